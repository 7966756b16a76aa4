// How does a declaration become a type, and how do types inherit?
//
// Invariant: after readyType, a type has bases, an MRO, a dictionary with a descriptor for every declared method, member, computed attribute
// and slot, and every slot that it does not define itself holds what its bases in MRO order have.  The same inheritance serves static types
// and classes made by Python code.

import { H32 } from '../memory/linear.js';
import { _PyStack_AsDict } from './call.js';
import { fastcall, METH_COEXIST, METH_STATIC, typeSpecs, type TypeSpec } from './declare.js';
import {
  m_ml,
  PyCFunction_NewEx,
  PyCMethod_New,
  PyDescr_NewGetSet,
  PyDescr_NewMember,
  PyDescr_NewMethod,
  PyDescr_NewWrapper,
  WrapperDescr,
} from './descr.js';
import { PyDict_Contains, PyDict_New, PyDict_SetItem } from './dict.js';
import { F, fn } from './functable.js';
import { ob_refcnt, ob_type } from './head.js';
import { decref, incref, Py_TYPE, RefTotal } from './header.js';
import { ID, idObj } from './identifiers.js';
import type { LayoutInfo } from './layout.js';
import { PyObject_HashNotImplemented } from './object.js';
import { NULL, type Obj } from './ptr.js';
import { addRoots } from './roots.js';
import { slotDefs } from './slot_defs.js';
import { setIsWrapperOf } from './slot_functions.js';
import { checkNewArgs } from './slot_wrappers.js';
import { Py_None, PyBaseObject_Type, PyCFunction_Type, PyType_Type, PyWrapperDescr_Type } from './statics.js';
import { layoutClearIndex, layoutDeallocIndex, layoutTraverseIndex } from './subtype.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack, PyTuple_GetSlice, fromArray } from './tuple.js';
import * as T from './type_layout.js';
import { PyLong_FromLong } from './long.js';
import { PyUnicode_FromString, PyUnicode_InternInPlace } from './unicode.js';
import { PyWeakref_NewRef } from './weakref.js';
import { PyStaticMethod_New } from './static_method.js';

const SPEC_OF = new Map<Obj, TypeSpec>();

/** The declaration of a static type. */
export function specOf(type: Obj): TypeSpec | undefined {
  return SPEC_OF.get(type);
}

const s_doc = ID('__doc__');
const s_hash = ID('__hash__');
const s_new = ID('__new__');

function word(type: Obj, offset: number): number {
  return H32[(type + offset) >> 2];
}
function setWord(type: Obj, offset: number, value: number): void {
  H32[(type + offset) >> 2] = value;
}

/** Slots that are never inherited through the loop below. */
const NOT_INHERITED = new Set<T.SlotName>([
  'tp_new',
  'tp_dealloc',
  'tp_traverse',
  'tp_clear',
  'tp_hash',
  'tp_richcompare',
  'tp_getattro',
  'tp_setattro',
  'tp_vectorcall',
  'tp_is_gc',
  'tp_del',
  'bf_getbuffer',
  'bf_releasebuffer',
]);
const INHERITED: number[] = (Object.keys(T.SLOT_OFFSETS) as T.SlotName[])
  .filter((s) => !NOT_INHERITED.has(s))
  .map((s) => T.SLOT_OFFSETS[s]);

/** Fills the header and the declared fields of all static types, so that any of them can be named; no allocation. */
export function layOutStaticTypes(): void {
  for (const spec of typeSpecs) {
    if (SPEC_OF.has(spec.type)) throw new Error(`the type ${spec.name} is declared twice`);
    SPEC_OF.set(spec.type, spec);
    layOut(spec);
  }
}

addRoots((visit) => {
  for (const { type } of typeSpecs) if (H32[(type + ob_refcnt) >> 2] !== 0) visit(type, 'the static types');
});

const metatypes = new Map<Obj, Obj>();
/** Declares that a static type is an instance of another metatype than `type` (ctypes-like types; none of the core's). */
export function setMetatype(type: Obj, meta: Obj): void {
  metatypes.set(type, meta);
}

function layOut(spec: TypeSpec): void {
  const type = spec.type;
  const info: LayoutInfo = spec.layout.info;
  const slots = spec.slots ?? {};
  // The static area owns one reference; static types are not on the list of all objects.
  H32[(type + ob_type) >> 2] = metatypes.get(type) ?? PyType_Type;
  setRefcnt(type);
  let flags = (spec.flags ?? 0) | T.Py_TPFLAGS_STATIC_BUILTIN;
  if (!spec.mutable) flags |= T.Py_TPFLAGS_IMMUTABLETYPE;
  if (spec.vectorcallOffset) flags |= T.Py_TPFLAGS_HAVE_VECTORCALL;
  setWord(type, T.tp_flags, flags);
  setWord(type, T.tp_basicsize, info.basicsize);
  setWord(type, T.tp_itemsize, info.itemsize);
  setWord(type, T.tp_layout, info.index);
  setWord(type, T.tp_dictoffset, info.dictOffset);
  setWord(type, T.tp_weaklistoffset, info.weaklistOffset);
  setWord(type, T.tp_vectorcall_offset, spec.vectorcallOffset ?? 0);
  setWord(type, T.tp_base, spec.base ?? (type === PyBaseObject_Type ? 0 : PyBaseObject_Type));
  for (const name of Object.keys(slots) as T.SlotName[]) {
    const f = slots[name];
    if (f) setWord(type, T.SLOT_OFFSETS[name], fn(f));
  }
  if (slots.tp_hash === null) setWord(type, T.tp_hash, fn(PyObject_HashNotImplemented));
  if (!slots.tp_dealloc && type !== PyBaseObject_Type) setWord(type, T.tp_dealloc, layoutDeallocIndex);
  if (flags & T.Py_TPFLAGS_HAVE_GC) {
    if (!slots.tp_traverse) setWord(type, T.tp_traverse, layoutTraverseIndex);
    if (slots.tp_clear === undefined && !slots.tp_traverse) setWord(type, T.tp_clear, layoutClearIndex);
  }
}

function setRefcnt(type: Obj): void {
  H32[(type + ob_refcnt) >> 2] = 1;
  if (Py_REF_DEBUG) H32[RefTotal]++;
}

/** Readies every declared type, bases first; false with an exception (start-up then fails). */
export function readyStaticTypes(): boolean {
  for (const spec of typeSpecs) if (!spec.late && !readyStatic(spec)) return false;
  // Ints and weak references exist only now.
  for (const spec of typeSpecs) {
    if (spec.late) continue;
    const base = word(spec.type, T.tp_base) as Obj;
    if (base !== 0 && !addSubclass(base, spec.type)) return false;
  }
  return true;
}

/** Readies a type that was declared `late`, if that has not been done: false with an exception. */
export function readyLateType(type: Obj): boolean {
  const spec = SPEC_OF.get(type);
  return !spec?.late || readyStatic(spec);
}

function readyStatic(spec: TypeSpec): boolean {
  const type = spec.type;
  if (word(type, T.tp_flags) & T.Py_TPFLAGS_READY) return true;
  const base = word(type, T.tp_base) as Obj;
  const allBases = spec.bases ?? (base === 0 ? [] : [base]);
  for (const b of allBases) {
    const baseSpec = SPEC_OF.get(b);
    if (!baseSpec) throw new Error(`a base of ${spec.name} is not declared`);
    if (!readyStatic(baseSpec)) return false;
  }
  if (base !== 0) incref(base);
  const name = PyUnicode_FromString(spec.name);
  if (name === 0) return false;
  setWord(type, T.tp_name, PyUnicode_InternInPlace(name));
  const bases = PyTuple_Pack(...allBases);
  const dict = PyDict_New();
  if (bases === 0 || dict === 0) return false;
  setWord(type, T.tp_bases, bases);
  setWord(type, T.tp_dict, dict);
  const mro = staticMro(type, allBases);
  if (mro === 0) return false;
  setWord(type, T.tp_mro, mro);
  inheritSpecial(type, base);
  if (!addOperators(type)) return false;
  if (!addDeclared(type, spec, dict)) return false;
  // A native type gets `__new__` in its dict when it defines tp_new itself.
  const definesNew = word(type, T.tp_new) !== 0;
  if (definesNew) {
    if (!addNew(type, dict)) return false;
  }
  if (!setDocOf(type, dict, spec.doc)) return false;
  inheritSlots(type);
  if (!definesNew && base !== 0 && (word(type, T.tp_flags) & T.Py_TPFLAGS_DISALLOW_INSTANTIATION) === 0) {
    // A native type does not inherit object's tp_new silently: without a constructor of its own it cannot be called, unless it says that it can be
    // initialized or subclassed.
    const open = spec.slots?.tp_init != null || (word(type, T.tp_flags) & T.Py_TPFLAGS_BASETYPE) !== 0;
    if (base === PyBaseObject_Type && !open)
      setWord(type, T.tp_flags, word(type, T.tp_flags) | T.Py_TPFLAGS_DISALLOW_INSTANTIATION);
    else setWord(type, T.tp_new, word(base, T.tp_new));
  }
  if (!hashRule(type, dict)) return false;
  for (const b of allBases) if (!addSubclass(b, type)) return false;
  setWord(type, T.tp_flags, word(type, T.tp_flags) | T.Py_TPFLAGS_READY);
  return true;
}

/** The type, then the MRO of its base; of several bases, each one's without what comes again in the last one's. */
function staticMro(type: Obj, bases: readonly Obj[]): Obj {
  const order: Obj[] = [];
  for (let i = bases.length - 1; i >= 0; i--) {
    const rest = word(bases[i], T.tp_mro) as Obj;
    const own: Obj[] = [];
    for (let k = 0; k < PyTuple_GET_SIZE(rest); k++) {
      const t = PyTuple_GET_ITEM(rest, k);
      if (!order.includes(t)) own.push(t);
    }
    order.unshift(...own);
  }
  return PyTuple_Pack(type, ...order);
}

const SUBCLASS_FLAGS =
  T.Py_TPFLAGS_LONG_SUBCLASS |
  T.Py_TPFLAGS_LIST_SUBCLASS |
  T.Py_TPFLAGS_TUPLE_SUBCLASS |
  T.Py_TPFLAGS_BYTES_SUBCLASS |
  T.Py_TPFLAGS_UNICODE_SUBCLASS |
  T.Py_TPFLAGS_DICT_SUBCLASS |
  T.Py_TPFLAGS_BASE_EXC_SUBCLASS |
  T.Py_TPFLAGS_TYPE_SUBCLASS;

/** Flags and sizes come from the base ("best base"), before anything else is inherited. */
export function inheritSpecial(type: Obj, base: Obj): void {
  if (base === 0) return;
  let flags = word(type, T.tp_flags);
  const baseFlags = word(base, T.tp_flags);
  flags |= baseFlags & (SUBCLASS_FLAGS | T.Py_TPFLAGS_MATCH_SELF | T.Py_TPFLAGS_ITEMS_AT_END);
  if (!(flags & T.Py_TPFLAGS_HAVE_GC) && baseFlags & T.Py_TPFLAGS_HAVE_GC && word(type, T.tp_traverse) === 0) {
    flags |= T.Py_TPFLAGS_HAVE_GC;
    setWord(type, T.tp_traverse, word(base, T.tp_traverse));
    setWord(type, T.tp_clear, word(base, T.tp_clear));
  }
  setWord(type, T.tp_flags, flags);
  for (const offset of [T.tp_basicsize, T.tp_itemsize, T.tp_weaklistoffset, T.tp_dictoffset, T.tp_layout]) {
    if (word(type, offset) === 0) setWord(type, offset, word(base, offset));
  }
}

/** Whether `type` gets the slot at `offset` from `base`: the base defines it anew (it does not just inherit it). */
function inheritOne(type: Obj, base: Obj, offset: number): void {
  if (word(type, offset) !== 0) return;
  const f = word(base, offset);
  if (f === 0) return;
  const grand = word(base, T.tp_base) as Obj;
  if (grand === 0 || f !== word(grand, offset)) setWord(type, offset, f);
}

/** Inherits the slots along the MRO. */
export function inheritSlots(type: Obj): void {
  const mro = word(type, T.tp_mro) as Obj;
  const n = PyTuple_GET_SIZE(mro);
  for (let i = 1; i < n; i++) {
    const base = PyTuple_GET_ITEM(mro, i);
    for (const offset of INHERITED) inheritOne(type, base, offset);
    // Pairs and triples that only make sense together.
    if (word(type, T.tp_getattro) === 0) setWord(type, T.tp_getattro, word(base, T.tp_getattro));
    if (word(type, T.tp_setattro) === 0) setWord(type, T.tp_setattro, word(base, T.tp_setattro));
    if (word(type, T.tp_richcompare) === 0 && word(type, T.tp_hash) === 0 && !definesHashOrEq(type)) {
      setWord(type, T.tp_richcompare, word(base, T.tp_richcompare));
      setWord(type, T.tp_hash, word(base, T.tp_hash));
    }
    if (word(type, T.bf_getbuffer) === 0) {
      setWord(type, T.bf_getbuffer, word(base, T.bf_getbuffer));
      if (word(type, T.bf_releasebuffer) === 0) setWord(type, T.bf_releasebuffer, word(base, T.bf_releasebuffer));
    }
    if (word(type, T.tp_dealloc) === 0) setWord(type, T.tp_dealloc, word(base, T.tp_dealloc));
    if (
      word(type, T.tp_is_gc) === 0 &&
      (word(type, T.tp_flags) & T.Py_TPFLAGS_HAVE_GC) === (word(base, T.tp_flags) & T.Py_TPFLAGS_HAVE_GC)
    ) {
      setWord(type, T.tp_is_gc, word(base, T.tp_is_gc));
    }
    inheritVectorcall(type, base);
    // The nearest class of the resolution order that is a sequence or a mapping says which of them this one is to patterns.
    const collections = T.Py_TPFLAGS_SEQUENCE | T.Py_TPFLAGS_MAPPING;
    const flags = word(type, T.tp_flags);
    if ((flags & collections) === 0) setWord(type, T.tp_flags, flags | (word(base, T.tp_flags) & collections));
  }
}

function inheritVectorcall(type: Obj, base: Obj): void {
  if (word(type, T.tp_vectorcall_offset) !== 0 || word(base, T.tp_vectorcall_offset) === 0) return;
  setWord(type, T.tp_vectorcall_offset, word(base, T.tp_vectorcall_offset));
  // A subtype with the same tp_call may use the vectorcall of its base (immutable types always, classes as long as they define no __call__).
  const baseFlags = word(base, T.tp_flags);
  if (baseFlags & T.Py_TPFLAGS_HAVE_VECTORCALL && word(type, T.tp_call) === word(base, T.tp_call)) {
    setWord(type, T.tp_flags, word(type, T.tp_flags) | T.Py_TPFLAGS_HAVE_VECTORCALL);
  }
  // It binds as the base does only if it has not a __get__ of its own.
  const binds = word(type, T.tp_descr_get) === word(base, T.tp_descr_get);
  if (binds && baseFlags & T.Py_TPFLAGS_METHOD_DESCRIPTOR && word(type, T.tp_flags) & T.Py_TPFLAGS_IMMUTABLETYPE) {
    setWord(type, T.tp_flags, word(type, T.tp_flags) | T.Py_TPFLAGS_METHOD_DESCRIPTOR);
  }
}

const s_eq = ID('__eq__');

function definesHashOrEq(type: Obj): boolean {
  const dict = word(type, T.tp_dict) as Obj;
  return PyDict_Contains(dict, idObj(s_eq)) > 0 || PyDict_Contains(dict, idObj(s_hash)) > 0;
}

/** A type that compares but does not hash has `__hash__ = None`. */
export function hashRule(type: Obj, dict: Obj): boolean {
  if (word(type, T.tp_hash) !== 0 && word(type, T.tp_hash) !== hashNotImplemented) return true;
  const has = PyDict_Contains(dict, idObj(s_hash));
  if (has < 0) return false;
  if (has > 0) return true;
  if (PyDict_SetItem(dict, idObj(s_hash), Py_None) < 0) return false;
  setWord(type, T.tp_hash, hashNotImplemented);
  return true;
}
const hashNotImplemented = fn(PyObject_HashNotImplemented);

/** Puts a wrapper for every filled slot into the type's dict (what is there already wins). */
export function addOperators(type: Obj): boolean {
  const dict = word(type, T.tp_dict) as Obj;
  for (let i = 0; i < slotDefs.length; i++) {
    const d = slotDefs[i];
    if (d.kind === 'none') continue;
    const f = word(type, T.SLOT_OFFSETS[d.slot]);
    if (f === 0) continue;
    if (d.slot === 'tp_hash' && f === hashNotImplemented) {
      if (PyDict_SetItem(dict, idObj(s_hash), Py_None) < 0) return false;
      continue;
    }
    const name = PyUnicode_FromString(d.name);
    if (name === 0) return false;
    const key = PyUnicode_InternInPlace(name);
    const has = PyDict_Contains(dict, key);
    if (has === 0) {
      const w = PyDescr_NewWrapper(type, d.name, i, f);
      if (w === 0 || PyDict_SetItem(dict, key, w) < 0) {
        decref(key);
        return false;
      }
      decref(w);
    }
    decref(key);
    if (has < 0) return false;
  }
  return true;
}

function put(dict: Obj, name: string, value: Obj, overwrite: boolean): boolean {
  if (value === 0) return false;
  const s = PyUnicode_FromString(name);
  if (s === 0) {
    decref(value);
    return false;
  }
  const key = PyUnicode_InternInPlace(s);
  const has = overwrite ? 0 : PyDict_Contains(dict, key);
  const ok = has > 0 || (has === 0 && PyDict_SetItem(dict, key, value) === 0);
  decref(key);
  decref(value);
  return ok;
}

/** Puts what is declared into the dict: false with an exception. */
export function addDeclared(
  type: Obj,
  spec: Pick<TypeSpec, 'methods' | 'members' | 'getset' | 'attributes'>,
  dict: Obj,
): boolean {
  for (const def of spec.methods ?? []) {
    let d: Obj;
    if (def.flags & METH_STATIC) {
      const f = PyCMethod_New(def.ml, NULL, NULL, type);
      d = f === 0 ? NULL : PyStaticMethod_New(f);
      if (f !== 0) decref(f);
    } else d = PyDescr_NewMethod(type, def.ml);
    if (!put(dict, def.name, d, (def.flags & METH_COEXIST) !== 0 || def.name === '__class_getitem__')) return false;
  }
  for (const def of spec.members ?? []) if (!put(dict, def.name, PyDescr_NewMember(type, def), false)) return false;
  for (const def of spec.getset ?? []) if (!put(dict, def.name, PyDescr_NewGetSet(type, def), false)) return false;
  for (const [name, make] of Object.entries(spec.attributes ?? {})) if (!put(dict, name, make(), true)) return false;
  return true;
}

function setDocOf(type: Obj, dict: Obj, doc: string | undefined): boolean {
  const has = PyDict_Contains(dict, idObj(s_doc));
  if (has !== 0) return has > 0;
  if (doc === undefined) return PyDict_SetItem(dict, idObj(s_doc), Py_None) === 0;
  const text = PyUnicode_FromString(doc);
  if (text === 0) return false;
  const ok = PyDict_SetItem(dict, idObj(s_doc), text) === 0;
  setWord(type, T.tp_doc, text);
  return ok;
}

/** `T.__new__`: a built-in function whose self is T. */
function newWrapper(self: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  const tuple = fromArray(args, nargs);
  if (tuple === 0) return NULL;
  const f = word(self, T.tp_new);
  const sub = checkNewArgs(self, tuple, f);
  let r: Obj = NULL;
  if (sub !== 0) {
    const rest = PyTuple_GetSlice(tuple, 1, nargs);
    const kwargs = rest === 0 ? NULL : kwnames === 0 ? NULL : _PyStack_AsDict(args + 4 * nargs, kwnames);
    if (rest !== 0 && (kwnames === 0 || kwargs !== 0)) r = F[f](sub, rest, kwargs) as Obj;
    if (rest !== 0) decref(rest);
    if (kwargs !== 0) decref(kwargs);
  }
  decref(tuple);
  return r;
}

const newDef = fastcall(
  '__new__',
  '($type, *args, **kwargs)',
  newWrapper,
  'Create and return a new object.  See help(type) for accurate signature.',
);

/** Puts `__new__` into the dict, unless there is one: false with an exception. */
export function addNew(type: Obj, dict: Obj): boolean {
  const has = PyDict_Contains(dict, idObj(s_new));
  if (has !== 0) return has > 0;
  const f = PyCFunction_NewEx(newDef.ml, type, NULL);
  if (f === 0) return false;
  const ok = PyDict_SetItem(dict, idObj(s_new), f) === 0;
  decref(f);
  return ok;
}

/** Whether an object is the `__new__` built-in of a native type; its self is that type. */
export function isNewWrapper(o: Obj): boolean {
  return Py_TYPE(o) === PyCFunction_Type && H32[(o + m_ml) >> 2] === newDef.ml;
}

/** Enters `type` among the subclasses of `base`: false with an exception. */
export function addSubclass(base: Obj, type: Obj): boolean {
  let dict = word(base, T.tp_subclasses) as Obj;
  if (dict === 0) {
    dict = PyDict_New();
    if (dict === 0) return false;
    setWord(base, T.tp_subclasses, dict);
  }
  const key = PyLong_FromLong(type);
  if (key === 0) return false;
  const weak = PyWeakref_NewRef(type, NULL);
  const ok = weak !== 0 && PyDict_SetItem(dict, key, weak) === 0;
  decref(key);
  if (weak !== 0) decref(weak);
  return ok;
}

setIsWrapperOf(
  (descr, wrapped) => Py_TYPE(descr) === PyWrapperDescr_Type && H32[(descr + WrapperDescr.d_wrapped) >> 2] === wrapped,
);
