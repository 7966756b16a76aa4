// What is `type`?
//
// Invariant: a type's attributes live in its dictionary, and every change to it goes through here: it takes the version tag away
// (type_lookup.ts) and updates the slots (slot_update.ts), so that no cache and no slot outlives what it was derived from.

import { H32 } from '../memory/linear.js';
import { PyObject_CallOneArg } from '../object/call.js';
import { classMethod, defineType, getset, member, method } from '../object/declare.js';
import {
  _PyDictKeys_DecRef,
  dictValue,
  PyDict_Check,
  PyDict_Clear,
  PyDict_Contains,
  PyDict_DelItem,
  PyDict_GetItemWithError,
  PyDict_Keys,
  PyDict_New,
  PyDict_Next,
  PyDict_SetItem,
} from '../object/dict.js';
import {
  errMinus1,
  nameOfType,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetObject,
  PyErr_SetRaisedException,
  PyErr_SetString,
  reprText,
  typeName,
} from '../object/errors.js';
import { F } from '../object/functable.js';
import { PyObject_GC_UnTrack } from '../object/gc_head.js';
import { HEAD_SIZE } from '../object/head.js';
import { decref, forgetCounts, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import {
  _PyObject_RealIsInstance,
  _PyObject_RealIsSubclass,
  PyType_Check,
  PyType_IsSubtype,
} from '../object/isinstance.js';
import { layout, words } from '../object/layout.js';
import { PyList_Append, PyList_New } from '../object/list.js';
import { PyLong_FromLong } from '../object/long.js';
import { c3 } from '../object/mro.js';
import { freeObject } from '../object/new_object.js';
import { addressText, genericSetAttr, mergeClassDict, PyBool_FromLong, PyObject_IsTrue } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_List } from '../object/sequence.js';
import { hasSlot, updateAllSlotsBelow, updateSlotsFor } from '../object/slot_update.js';
import {
  Py_None,
  PyExc_AttributeError,
  PyExc_KeyError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyType_Type,
} from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New } from '../object/tuple.js';
import { _PyType_Lookup, PyType_Modified } from '../object/type_lookup.js';
import * as T from '../object/type_layout.js';
import { addSubclass, specOf } from '../object/type_ready.js';
import { asString, PyUnicode_Check, PyUnicode_FromString, PyUnicode_InternInPlace } from '../object/unicode.js';
import { PyObject_ClearWeakRefs, PyWeakref_GET_OBJECT } from '../object/weakref.js';
import { bestBase, renewMro, replacedMro, type_new, encodable } from './type_new.js';

const s_module = ID('__module__');
const s_doc = ID('__doc__');
const s_abstractmethods = ID('__abstractmethods__');
const s_annotations = ID('__annotations__');
const s_annotations_cache = ID('__annotations_cache__');
const s_annotate = ID('__annotate__');
const s_annotate_func = ID('__annotate_func__');
const s_type_params = ID('__type_params__');
const s_firstlineno = ID('__firstlineno__');

const word = (type: Obj, offset: number): number => H32[(type + offset) >> 2];
const setWord = (type: Obj, offset: number, value: number): void => {
  H32[(type + offset) >> 2] = value;
};
const isHeap = (type: Obj): boolean => (word(type, T.tp_flags) & T.Py_TPFLAGS_HEAPTYPE) !== 0;

/** The references that a type owns. */
const OWNED = [
  T.tp_doc,
  T.tp_dict,
  T.tp_base,
  T.tp_bases,
  T.tp_mro,
  T.tp_cache,
  T.tp_subclasses,
  T.tp_name,
  T.ht_name,
  T.ht_qualname,
  T.ht_slots,
  T.ht_module,
];
const OWNED_NAMES = [
  '__doc__',
  '__dict__',
  '__base__',
  '__bases__',
  '__mro__',
  'cache',
  'subclasses',
  'name',
  '__name__',
  '__qualname__',
  '__slots__',
  'module',
];

// --- names -------------------------------------------------------------------------------------------------------------------

/** A type's name without its module, as a JavaScript string. */
export function shortName(type: Obj): string {
  const name = nameOfType(type);
  return isHeap(type) ? name : name.slice(name.lastIndexOf('.') + 1);
}

function type_get_name(type: Obj): Obj {
  return isHeap(type) ? newref(word(type, T.ht_name) as Obj) : PyUnicode_FromString(shortName(type));
}

/** Whether a special attribute of a type may be set: false with TypeError. */
function mayAssign(type: Obj, value: Obj, name: string): boolean {
  if (word(type, T.tp_flags) & T.Py_TPFLAGS_IMMUTABLETYPE) {
    PyErr_SetString(PyExc_TypeError, `cannot set '${name}' attribute of immutable type '${nameOfType(type)}'`);
    return false;
  }
  if (value === 0) {
    PyErr_SetString(PyExc_TypeError, `cannot delete '${name}' attribute of immutable type '${nameOfType(type)}'`);
    return false;
  }
  return true;
}

function replaceWord(type: Obj, offset: number, value: Obj): void {
  const old = word(type, offset) as Obj;
  setWord(type, offset, value);
  xdecref(old);
}

function type_set_name(type: Obj, value: Obj): number {
  if (!mayAssign(type, value, '__name__')) return -1;
  if (!PyUnicode_Check(value))
    return errMinus1(
      PyExc_TypeError,
      `can only assign string to ${nameOfType(type)}.__name__, not '${typeName(value)}'`,
    );
  if (asString(value).includes('\0')) return errMinus1(PyExc_ValueError, 'type name must not contain null characters');
  if (!encodable(value)) return -1;
  replaceWord(type, T.tp_name, newref(value));
  replaceWord(type, T.ht_name, newref(value));
  return 0;
}

function type_get_qualname(type: Obj): Obj {
  return isHeap(type) ? newref(word(type, T.ht_qualname) as Obj) : type_get_name(type);
}

/** A type's qualified name as a JavaScript string. */
export function qualnameOf(type: Obj): string {
  return isHeap(type) ? asString(word(type, T.ht_qualname) as Obj) : shortName(type);
}

function type_set_qualname(type: Obj, value: Obj): number {
  if (!mayAssign(type, value, '__qualname__')) return -1;
  if (!PyUnicode_Check(value))
    return errMinus1(
      PyExc_TypeError,
      `can only assign string to ${nameOfType(type)}.__qualname__, not '${typeName(value)}'`,
    );
  replaceWord(type, T.ht_qualname, newref(value));
  return 0;
}

function fromDict(type: Obj, name: Obj): Obj {
  return PyDict_GetItemWithError(word(type, T.tp_dict) as Obj, name);
}

/** type.__module__: a new reference, or NULL. */
export function type_get_module(type: Obj): Obj {
  if (isHeap(type)) {
    const m = fromDict(type, idObj(s_module));
    if (m !== 0) return newref(m);
    if (PyErr_Occurred() === 0) PyErr_SetObject(PyExc_AttributeError, idObj(s_module));
    return NULL;
  }
  const name = nameOfType(type);
  const dot = name.lastIndexOf('.');
  const s = PyUnicode_FromString(dot < 0 ? 'builtins' : name.slice(0, dot));
  return s === 0 ? NULL : PyUnicode_InternInPlace(s);
}

function type_set_module(type: Obj, value: Obj): number {
  if (!mayAssign(type, value, '__module__')) return -1;
  PyType_Modified(type);
  const dict = word(type, T.tp_dict) as Obj;
  if (PyDict_Contains(dict, idObj(s_firstlineno)) > 0 && PyDict_DelItem(dict, idObj(s_firstlineno)) < 0) return -1;
  return PyDict_SetItem(dict, idObj(s_module), value);
}

/** `module.qualname`, or the qualified name alone for builtins and __main__-less modules, as reprs show a type. */
export function fullyQualifiedName(type: Obj, skipMain = false): string {
  if (!isHeap(type)) return nameOfType(type);
  const m = fromDict(type, idObj(s_module));
  const q = qualnameOf(type);
  if (m === 0 || !PyUnicode_Check(m)) {
    PyErr_Clear();
    return q;
  }
  const module = asString(m);
  return module === 'builtins' || (skipMain && module === '__main__') ? q : `${module}.${q}`;
}

function type_repr(type: Obj): Obj {
  if (word(type, T.tp_name) === 0) return PyUnicode_FromString(`<class at ${addressText(type)}>`);
  return PyUnicode_FromString(`<class '${fullyQualifiedName(type)}'>`);
}

// --- attributes --------------------------------------------------------------------------------------------------------------

/** type.__getattribute__: a new reference, or NULL. */
function type_getattro(type: Obj, name: Obj): Obj {
  if (!PyUnicode_Check(name))
    return PyErr_SetString(PyExc_TypeError, `attribute name must be string, not '${typeName(name)}'`);
  const meta = Py_TYPE(type);
  const metaAttr = _PyType_Lookup(meta, name);
  let metaGet = 0;
  if (metaAttr !== 0) {
    incref(metaAttr);
    metaGet = word(Py_TYPE(metaAttr), T.tp_descr_get);
    if (metaGet !== 0 && word(Py_TYPE(metaAttr), T.tp_descr_set) !== 0) {
      const r = F[metaGet](metaAttr, type, meta) as Obj;
      decref(metaAttr);
      return r;
    }
  }
  const attr = _PyType_Lookup(type, name);
  if (attr !== 0) {
    incref(attr);
    xdecref(metaAttr);
    const get = word(Py_TYPE(attr), T.tp_descr_get);
    if (get === 0) return attr;
    const r = F[get](attr, NULL, type) as Obj;
    decref(attr);
    return r;
  }
  if (metaGet !== 0) {
    const r = F[metaGet](metaAttr, type, meta) as Obj;
    decref(metaAttr);
    return r;
  }
  if (metaAttr !== 0) return metaAttr;
  return PyErr_SetString(
    PyExc_AttributeError,
    `type object '${nameOfType(type)}' has no attribute '${asString(name)}'`,
  );
}

/** type.__setattr__ and __delattr__: 0, or -1. */
function type_setattro(type: Obj, name: Obj, value: Obj): number {
  if (word(type, T.tp_flags) & T.Py_TPFLAGS_IMMUTABLETYPE) {
    return errMinus1(PyExc_TypeError, `cannot set ${reprText(name)} attribute of immutable type '${nameOfType(type)}'`);
  }
  if (!PyUnicode_Check(name))
    return errMinus1(PyExc_TypeError, `attribute name must be string, not '${typeName(name)}'`);
  const dict = word(type, T.tp_dict) as Obj;
  const metaAttr = _PyType_Lookup(Py_TYPE(type), name);
  let r: number;
  if (metaAttr !== 0 && word(Py_TYPE(metaAttr), T.tp_descr_set) !== 0) r = genericSetAttr(type, name, value, dict);
  else {
    // Old value kept alive until the caches know of the change: its finalizer may look at the type.
    const old = PyDict_GetItemWithError(dict, name);
    if (old === 0 && PyErr_Occurred() !== 0) return -1;
    if (old !== 0) incref(old);
    if (value === 0) {
      r =
        old === 0
          ? errMinus1(PyExc_AttributeError, `type object '${nameOfType(type)}' has no attribute '${asString(name)}'`)
          : PyDict_DelItem(dict, name);
    } else r = PyDict_SetItem(dict, name, value);
    PyType_Modified(type);
    if (r === 0 && hasSlot(asString(name))) updateSlotsFor(type, name);
    xdecref(old);
    return r;
  }
  PyType_Modified(type);
  return r;
}

function type_get_bases(type: Obj): Obj {
  return newref(word(type, T.tp_bases) as Obj);
}

function type_get_mro(type: Obj): Obj {
  const mro = word(type, T.tp_mro) as Obj;
  return newref(mro === 0 ? Py_None : mro);
}

function sameSlotsAdded(a: Obj, b: Obj): boolean {
  const slotsA = word(a, T.ht_slots) as Obj;
  const slotsB = word(b, T.ht_slots) as Obj;
  const na = slotsA === 0 ? 0 : PyTuple_GET_SIZE(slotsA);
  const nb = slotsB === 0 ? 0 : PyTuple_GET_SIZE(slotsB);
  if (na !== nb) return false;
  for (let i = 0; i < na; i++)
    if (asString(PyTuple_GET_ITEM(slotsA, i)) !== asString(PyTuple_GET_ITEM(slotsB, i))) return false;
  // What is not slots, dictionary or weak references is a native type's own.
  const base = word(a, T.tp_base) as Obj;
  let size = base === 0 ? 0 : word(base, T.tp_basicsize) + 4 * na;
  for (const offset of [T.tp_dictoffset, T.tp_weaklistoffset]) {
    if (word(a, offset) !== word(b, offset)) return false;
    if (base !== 0 && word(a, offset) !== word(base, offset)) size += 4;
  }
  return size === word(a, T.tp_basicsize) && size === word(b, T.tp_basicsize);
}

/** Whether instances of `from` may become instances of `to` (or bases be exchanged so): false with TypeError naming `attr`. */
export function compatibleForAssignment(from: Obj, to: Obj, attr: string): boolean {
  const bad = (): false => {
    PyErr_SetString(
      PyExc_TypeError,
      `${attr} assignment: '${nameOfType(to)}' object layout differs from '${nameOfType(from)}'`,
    );
    return false;
  };
  let a = from;
  let b = to;
  while (equivalent(a, word(a, T.tp_base) as Obj)) a = word(a, T.tp_base) as Obj;
  while (equivalent(b, word(b, T.tp_base) as Obj)) b = word(b, T.tp_base) as Obj;
  if (a === b) return true;
  if (word(a, T.tp_base) !== word(b, T.tp_base) || !sameSlotsAdded(a, b)) return bad();
  return true;
}

/** Whether a class adds nothing to the layout of its base. */
function equivalent(type: Obj, base: Obj): boolean {
  return (
    base !== 0 &&
    word(type, T.tp_basicsize) === word(base, T.tp_basicsize) &&
    word(type, T.tp_itemsize) === word(base, T.tp_itemsize) &&
    word(type, T.tp_dictoffset) === word(base, T.tp_dictoffset) &&
    word(type, T.tp_weaklistoffset) === word(base, T.tp_weaklistoffset) &&
    (word(type, T.tp_flags) & T.Py_TPFLAGS_HAVE_GC) === (word(base, T.tp_flags) & T.Py_TPFLAGS_HAVE_GC) &&
    (word(type, T.ob_size) === 0 || !isHeap(type))
  );
}

/** An MRO that was exchanged; every field is an owned reference (`old` may be NULL). */
interface ExchangedMro {
  type: Obj;
  fresh: Obj;
  old: Obj;
}

/** The MROs of a type and of everything below it, recomputed; what was exchanged is entered in `done`. 0, or -1. */
function recomputeMros(type: Obj, done: ExchangedMro[]): number {
  const r = renewMro(type);
  if (r <= 0) return r;
  done.push({ type: newref(type), fresh: newref(word(type, T.tp_mro) as Obj), old: replacedMro });
  // The mro() of one subclass may be the end of another.
  const subclasses = liveSubclasses(type).map(newref);
  let status = 0;
  for (const sub of subclasses) {
    if (status === 0) status = recomputeMros(sub, done);
    decref(sub);
  }
  return status;
}

/** Puts old MROs back, the last first, except where a newer one has come meanwhile. */
function restoreMros(done: ExchangedMro[]): void {
  for (const { type, fresh, old } of done.toReversed()) {
    if (word(type, T.tp_mro) !== fresh) continue;
    if (old !== 0) incref(old);
    setWord(type, T.tp_mro, old);
    PyType_Modified(type);
    decref(fresh);
  }
}

/** Whether `base` is on the chain of the tp_base of `type`: while an mro() runs, MROs lag behind it. */
function onBaseChain(type: Obj, base: Obj): boolean {
  for (let t = type; t !== 0; t = word(t, T.tp_base) as Obj) if (t === base) return true;
  return false;
}

/** The living subclasses, borrowed. */
export function liveSubclasses(type: Obj): Obj[] {
  const dict = word(type, T.tp_subclasses) as Obj;
  const found: Obj[] = [];
  if (dict === 0) return found;
  let pos = 0;
  while ((pos = PyDict_Next(dict, pos)) !== 0) {
    const sub = PyWeakref_GET_OBJECT(dictValue);
    if (sub !== 0) found.push(sub);
  }
  return found;
}

function removeSubclass(base: Obj, type: Obj): void {
  const dict = word(base, T.tp_subclasses) as Obj;
  if (dict === 0) return;
  // A type may die while an exception is on its way; an entry that cannot be removed is a dead weak reference.
  const saved = PyErr_GetRaisedException();
  const key = PyLong_FromLong(type);
  if (key !== 0) {
    if (PyDict_Contains(dict, key) > 0) PyDict_DelItem(dict, key);
    decref(key);
  }
  PyErr_Clear();
  if (saved !== 0) PyErr_SetRaisedException(saved);
}

function type_set_bases(type: Obj, value: Obj): number {
  if (!mayAssign(type, value, '__bases__')) return -1;
  if (!PyTuple_Check(value))
    return errMinus1(PyExc_TypeError, `can only assign tuple to ${nameOfType(type)}.__bases__, not ${typeName(value)}`);
  const n = PyTuple_GET_SIZE(value);
  if (n === 0)
    return errMinus1(PyExc_TypeError, `can only assign non-empty tuple to ${nameOfType(type)}.__bases__, not ()`);
  for (let i = 0; i < n; i++) {
    const b = PyTuple_GET_ITEM(value, i);
    if (!PyType_Check(b))
      return errMinus1(PyExc_TypeError, `${nameOfType(type)}.__bases__ must be tuple of classes, not '${typeName(b)}'`);
    if (PyType_IsSubtype(b, type) || (word(b, T.tp_mro) !== 0 && onBaseChain(b, type)))
      return errMinus1(PyExc_TypeError, 'a __bases__ item causes an inheritance cycle');
  }
  const newBase = bestBase(value);
  if (newBase === 0) return -1;
  const oldBases = word(type, T.tp_bases) as Obj;
  const oldBase = word(type, T.tp_base) as Obj;
  if (!compatibleForAssignment(oldBase, newBase, '__bases__')) return -1;
  setWord(type, T.tp_bases, newref(value));
  setWord(type, T.tp_base, newref(newBase));
  const done: ExchangedMro[] = [];
  let r = recomputeMros(type, done);
  if (r < 0) restoreMros(done);
  // An mro() may have assigned other bases, and these stand then.
  const stands = word(type, T.tp_bases) === value;
  if (r < 0 && stands) {
    setWord(type, T.tp_bases, oldBases);
    setWord(type, T.tp_base, oldBase);
    decref(value);
    decref(newBase);
  } else {
    if (stands) {
      for (let i = 0; i < PyTuple_GET_SIZE(oldBases); i++) removeSubclass(PyTuple_GET_ITEM(oldBases, i), type);
      for (let i = 0; i < n; i++) if (!addSubclass(PyTuple_GET_ITEM(value, i), type)) r = -1;
      updateAllSlotsBelow(type);
    }
    decref(oldBases);
    decref(oldBase);
  }
  for (const { type: t, fresh, old } of done) {
    decref(t);
    decref(fresh);
    xdecref(old);
  }
  return r;
}

let newProxy: (dict: Obj) => Obj = () => NULL;
/** src/types/mappingproxy.ts makes read-only views (PyDictProxy_New). */
export function setDictProxy(make: (dict: Obj) => Obj): void {
  newProxy = make;
}

function type_get_dict(type: Obj): Obj {
  const dict = word(type, T.tp_dict) as Obj;
  return dict === 0 ? newref(Py_None) : newProxy(dict);
}

function type_get_doc(type: Obj): Obj {
  if (!isHeap(type)) {
    const doc = specOf(type)?.doc;
    return doc === undefined ? newref(Py_None) : PyUnicode_FromString(doc);
  }
  const doc = fromDict(type, idObj(s_doc));
  if (doc === 0) return PyErr_Occurred() !== 0 ? NULL : newref(Py_None);
  const get = word(Py_TYPE(doc), T.tp_descr_get);
  return get === 0 ? newref(doc) : (F[get](doc, NULL, type) as Obj);
}

function type_set_doc(type: Obj, value: Obj): number {
  if (!mayAssign(type, value, '__doc__')) return -1;
  PyType_Modified(type);
  return PyDict_SetItem(word(type, T.tp_dict) as Obj, idObj(s_doc), value);
}

function type_get_text_signature(type: Obj): Obj {
  const sig = isHeap(type) ? undefined : specOf(type)?.signature;
  return sig === undefined ? newref(Py_None) : PyUnicode_FromString(sig);
}

function type_get_abstractmethods(type: Obj): Obj {
  // `type` itself has the descriptor, not the attribute.
  const v = type === PyType_Type ? NULL : fromDict(type, idObj(s_abstractmethods));
  if (v !== 0) return newref(v);
  if (PyErr_Occurred() === 0) PyErr_SetObject(PyExc_AttributeError, idObj(s_abstractmethods));
  return NULL;
}

function type_set_abstractmethods(type: Obj, value: Obj): number {
  const dict = word(type, T.tp_dict) as Obj;
  let abstract = 0;
  let r: number;
  if (value !== 0) {
    abstract = PyObject_IsTrue(value);
    if (abstract < 0) return -1;
    r = PyDict_SetItem(dict, idObj(s_abstractmethods), value);
  } else {
    r = PyDict_DelItem(dict, idObj(s_abstractmethods));
    if (r < 0 && PyErr_ExceptionMatches(PyExc_KeyError)) {
      PyErr_Clear();
      PyErr_SetObject(PyExc_AttributeError, idObj(s_abstractmethods));
    }
  }
  if (r < 0) return -1;
  PyType_Modified(type);
  const flags = word(type, T.tp_flags);
  setWord(type, T.tp_flags, abstract ? flags | T.Py_TPFLAGS_IS_ABSTRACT : flags & ~T.Py_TPFLAGS_IS_ABSTRACT);
  return 0;
}

function bind(type: Obj, attr: Obj): Obj {
  const get = word(Py_TYPE(attr), T.tp_descr_get);
  return get === 0 ? newref(attr) : (F[get](attr, NULL, type) as Obj);
}

function noAttribute(type: Obj, name: string): Obj {
  return PyErr_SetString(PyExc_AttributeError, `type object '${nameOfType(type)}' has no attribute '${name}'`);
}

/** `__annotate__`: what was stored under either name; None if nothing (PEP 649). */
function type_get_annotate(type: Obj): Obj {
  if (!isHeap(type)) return noAttribute(type, '__annotate__');
  const dict = word(type, T.tp_dict) as Obj;
  // What the body of the class itself calls so comes first.
  let f = PyDict_GetItemWithError(dict, idObj(s_annotate));
  if (f === 0 && PyErr_Occurred() === 0) f = PyDict_GetItemWithError(dict, idObj(s_annotate_func));
  if (f !== 0) return bind(type, f);
  if (PyErr_Occurred() !== 0) return NULL;
  if (PyDict_SetItem(dict, idObj(s_annotate_func), Py_None) < 0) return NULL;
  return newref(Py_None);
}

function type_set_annotate(type: Obj, value: Obj): number {
  if (value === 0) return errMinus1(PyExc_TypeError, 'cannot delete __annotate__ attribute');
  if (word(type, T.tp_flags) & T.Py_TPFLAGS_IMMUTABLETYPE) {
    return errMinus1(PyExc_TypeError, `cannot set '__annotate__' attribute of immutable type '${nameOfType(type)}'`);
  }
  if (value !== Py_None && word(Py_TYPE(value), T.tp_call) === 0)
    return errMinus1(PyExc_TypeError, '__annotate__ must be callable or None');
  const dict = word(type, T.tp_dict) as Obj;
  PyType_Modified(type);
  if (PyDict_SetItem(dict, idObj(s_annotate_func), value) < 0) return -1;
  if (value !== Py_None && PyDict_Contains(dict, idObj(s_annotations_cache)) > 0)
    return PyDict_DelItem(dict, idObj(s_annotations_cache));
  return 0;
}

/** `__annotations__`: evaluated by __annotate__ on first use and kept under a name of its own. */
function type_get_annotations(type: Obj): Obj {
  if (!isHeap(type)) return noAttribute(type, '__annotations__');
  const dict = word(type, T.tp_dict) as Obj;
  let a = PyDict_GetItemWithError(dict, idObj(s_annotations));
  if (a === 0 && PyErr_Occurred() === 0) a = PyDict_GetItemWithError(dict, idObj(s_annotations_cache));
  if (a !== 0) return bind(type, a);
  if (PyErr_Occurred() !== 0) return NULL;
  const annotate = type_get_annotate(type);
  if (annotate === 0) return NULL;
  let made: Obj;
  if (annotate === Py_None) made = PyDict_New();
  else {
    const one = PyLong_FromLong(1);
    made = one === 0 ? NULL : PyObject_CallOneArg(annotate, one);
    xdecref(one);
    if (made !== 0 && !PyDict_Check(made)) {
      PyErr_SetString(PyExc_TypeError, `__annotate__ returned non-dict of type '${typeName(made)}'`);
      decref(made);
      made = NULL;
    }
  }
  decref(annotate);
  if (made === 0) return NULL;
  if (PyDict_SetItem(dict, idObj(s_annotations_cache), made) < 0) {
    decref(made);
    return NULL;
  }
  return made;
}

function type_set_annotations(type: Obj, value: Obj): number {
  if (word(type, T.tp_flags) & T.Py_TPFLAGS_IMMUTABLETYPE) {
    return errMinus1(PyExc_TypeError, `cannot set '__annotations__' attribute of immutable type '${nameOfType(type)}'`);
  }
  const dict = word(type, T.tp_dict) as Obj;
  PyType_Modified(type);
  const own = PyDict_Contains(dict, idObj(s_annotations));
  if (own < 0) return -1;
  if (value !== 0) {
    if (PyDict_SetItem(dict, own > 0 ? idObj(s_annotations) : idObj(s_annotations_cache), value) < 0) return -1;
  } else {
    const name = own > 0 ? s_annotations : s_annotations_cache;
    if (PyDict_Contains(dict, idObj(name)) === 0) {
      PyErr_SetObject(PyExc_AttributeError, idObj(s_annotations));
      return -1;
    }
    if (PyDict_DelItem(dict, idObj(name)) < 0) return -1;
  }
  for (const name of [s_annotate_func, s_annotate]) {
    if (PyDict_Contains(dict, idObj(name)) > 0 && PyDict_DelItem(dict, idObj(name)) < 0) return -1;
  }
  return 0;
}

function type_get_type_params(type: Obj): Obj {
  if (type === PyType_Type) return PyTuple_New(0);
  const params = fromDict(type, idObj(s_type_params));
  if (params !== 0) return newref(params);
  return PyErr_Occurred() !== 0 ? NULL : PyTuple_New(0);
}

function type_set_type_params(type: Obj, value: Obj): number {
  if (!mayAssign(type, value, '__type_params__')) return -1;
  PyType_Modified(type);
  return PyDict_SetItem(word(type, T.tp_dict) as Obj, idObj(s_type_params), value);
}

// --- calling ------------------------------------------------------------------------------------------------------------------

/** type(x), and otherwise T(…): a new reference, or NULL. */
function type_call(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (type === PyType_Type) {
    const n = PyTuple_GET_SIZE(args);
    if (n === 1 && kwargs === 0) return newref(Py_TYPE(PyTuple_GET_ITEM(args, 0)));
    if (n !== 3) return PyErr_SetString(PyExc_TypeError, 'type() takes 1 or 3 arguments');
  }
  const make = word(type, T.tp_new);
  if (make === 0 || word(type, T.tp_flags) & T.Py_TPFLAGS_DISALLOW_INSTANTIATION) {
    return PyErr_SetString(PyExc_TypeError, `cannot create '${nameOfType(type)}' instances`);
  }
  const o = F[make](type, args, kwargs) as Obj;
  if (o === 0 || !PyType_IsSubtype(Py_TYPE(o), type)) return o;
  const init = word(Py_TYPE(o), T.tp_init);
  if (init !== 0 && F[init](o, args, kwargs) < 0) {
    decref(o);
    return NULL;
  }
  return o;
}

/** type.__init__: only checks the number of arguments. */
function type_init(_type: Obj, args: Obj, kwargs: Obj): number {
  const n = PyTuple_GET_SIZE(args);
  if (n === 1 && kwargs !== 0) return errMinus1(PyExc_TypeError, 'type.__init__() takes no keyword arguments');
  if (n !== 1 && n !== 3) return errMinus1(PyExc_TypeError, 'type.__init__() takes 1 or 3 arguments');
  return 0;
}

// --- methods ------------------------------------------------------------------------------------------------------------------

function type_mro(type: Obj): Obj {
  const mro = c3(type);
  if (mro === 0) return NULL;
  const list = PySequence_List(mro);
  decref(mro);
  return list;
}

function type_subclasses(type: Obj): Obj {
  const list = PyList_New(0);
  if (list === 0) return NULL;
  for (const sub of liveSubclasses(type)) {
    if (PyList_Append(list, sub) < 0) {
      decref(list);
      return NULL;
    }
  }
  return list;
}

function type_prepare(): Obj {
  return PyDict_New();
}

function type_instancecheck(type: Obj, o: Obj): Obj {
  const r = _PyObject_RealIsInstance(o, type);
  return r < 0 ? NULL : PyBool_FromLong(r);
}

function type_subclasscheck(type: Obj, o: Obj): Obj {
  const r = _PyObject_RealIsSubclass(o, type);
  return r < 0 ? NULL : PyBool_FromLong(r);
}

function type_dir(type: Obj): Obj {
  const dict = PyDict_New();
  if (dict === 0) return NULL;
  const keys = mergeClassDict(dict, type) < 0 ? NULL : PyDict_Keys(dict);
  decref(dict);
  return keys;
}

function type_sizeof(): Obj {
  return PyLong_FromLong(T.TYPE_SIZE);
}

let unionOr: (a: Obj, b: Obj) => Obj = () => NULL;
/** src/types/union.ts: `X | Y` of types (_Py_union_type_or). */
export function setUnionOr(f: (a: Obj, b: Obj) => Obj): void {
  unionOr = f;
}

// --- life and death -----------------------------------------------------------------------------------------------------------

function type_traverse(type: Obj, visit: number, arg: number): number {
  const f = F[visit];
  for (const offset of OWNED) {
    const r = word(type, offset);
    if (r !== 0) {
      const answer = f(r, arg);
      if (answer) return answer;
    }
  }
  return 0;
}

function type_clear(type: Obj): number {
  PyType_Modified(type);
  const keys = word(type, T.ht_cached_keys);
  setWord(type, T.ht_cached_keys, 0);
  if (keys !== 0) _PyDictKeys_DecRef(keys);
  const dict = word(type, T.tp_dict) as Obj;
  if (dict !== 0) PyDict_Clear(dict);
  const mro = word(type, T.tp_mro) as Obj;
  setWord(type, T.tp_mro, 0);
  xdecref(mro);
  return 0;
}

function type_dealloc(type: Obj): void {
  PyObject_GC_UnTrack(type);
  PyType_Modified(type);
  const bases = word(type, T.tp_bases) as Obj;
  if (bases !== 0) for (let i = 0; i < PyTuple_GET_SIZE(bases); i++) removeSubclass(PyTuple_GET_ITEM(bases, i), type);
  if (word(type, T.tp_weaklist) !== 0) PyObject_ClearWeakRefs(type);
  const keys = word(type, T.ht_cached_keys);
  setWord(type, T.ht_cached_keys, 0);
  if (keys !== 0) _PyDictKeys_DecRef(keys);
  for (const offset of OWNED) {
    const r = word(type, offset) as Obj;
    setWord(type, offset, 0);
    xdecref(r);
  }
  if (COUNT_ALLOCS) forgetCounts(type);
  freeObject(type);
}

function type_is_gc(type: Obj): number {
  return isHeap(type) ? 1 : 0;
}

const TypeLayout = layout({ words: words((T.TYPE_SIZE - HEAD_SIZE - 4) / 4) }, { items: 4 });
const TypeInfo = { info: { ...TypeLayout.info, weaklistOffset: T.tp_weaklist } };

defineType({
  type: PyType_Type,
  name: 'type',
  layout: TypeInfo,
  flags: T.Py_TPFLAGS_HAVE_GC | T.Py_TPFLAGS_BASETYPE | T.Py_TPFLAGS_TYPE_SUBCLASS | T.Py_TPFLAGS_ITEMS_AT_END,
  doc: "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
  vectorcallOffset: T.tp_vectorcall,
  slots: {
    tp_new: type_new,
    tp_init: type_init,
    tp_call: type_call,
    tp_repr: type_repr,
    tp_getattro: type_getattro,
    tp_setattro: type_setattro,
    tp_traverse: type_traverse,
    tp_clear: type_clear,
    tp_dealloc: type_dealloc,
    tp_is_gc: type_is_gc,
    nb_or: (a: Obj, b: Obj) => unionOr(a, b),
  },
  methods: [
    method('mro', '($self, /)', type_mro, "Return a type's method resolution order."),
    method('__subclasses__', '($self, /)', type_subclasses, 'Return a list of immediate subclasses.'),
    classMethod(
      '__prepare__',
      '!($cls, /, *args, **kwargs)',
      type_prepare,
      'Create the namespace for the class statement',
    ),
    method('__instancecheck__', '($self, instance, /)', type_instancecheck, 'Check if an object is an instance.'),
    method('__subclasscheck__', '($self, subclass, /)', type_subclasscheck, 'Check if a class is a subclass.'),
    method('__dir__', '($self, /)', type_dir, 'Specialized __dir__ implementation for types.'),
    method('__sizeof__', '($self, /)', type_sizeof, 'Return memory consumption of the type object.'),
  ],
  members: [
    member('__basicsize__', 'ssize', T.tp_basicsize),
    member('__itemsize__', 'ssize', T.tp_itemsize),
    member('__flags__', 'uint', T.tp_flags),
    member('__weakrefoffset__', 'ssize', T.tp_weaklistoffset),
    member('__base__', 'object', T.tp_base),
    member('__dictoffset__', 'ssize', T.tp_dictoffset),
  ],
  getset: [
    getset('__name__', type_get_name, type_set_name),
    getset('__qualname__', type_get_qualname, type_set_qualname),
    getset('__bases__', type_get_bases, type_set_bases),
    getset('__mro__', type_get_mro),
    getset('__module__', type_get_module, type_set_module),
    getset('__abstractmethods__', type_get_abstractmethods, type_set_abstractmethods),
    getset('__dict__', type_get_dict),
    getset('__doc__', type_get_doc, type_set_doc),
    getset('__text_signature__', type_get_text_signature),
    getset('__annotations__', type_get_annotations, type_set_annotations),
    getset('__annotate__', type_get_annotate, type_set_annotate),
    getset('__type_params__', type_get_type_params, type_set_type_params),
  ],
  edges: (type) => OWNED_NAMES.filter((_, i) => word(type, OWNED[i]) !== 0),
});
