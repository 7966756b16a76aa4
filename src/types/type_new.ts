// How is a class made?
//
// Invariant: `type_new` either returns a complete class (layout, slots, MRO, `__set_name__` and `__init_subclass__` called) or leaves
// nothing behind.  Instances of a class are laid out as those of its best base, then the `__slots__` members, the dictionary, the list of
// weak references, each only if asked for.

import { dk_kind, DICT_KEYS_GENERAL } from '../object/dict_keys.js';
import { H32 } from '../memory/linear.js';
import { PyObject_Call, PyObject_CallFunctionObjArgs } from '../object/call.js';
import { PyCell_Check, PyCell_Set } from '../object/cell.js';
import { newSlotMember } from '../object/descr.js';
import {
  _PyDict_NewSharedKeys,
  dictKey,
  dictValue,
  PyDict_Check,
  PyDict_Contains,
  PyDict_Copy,
  PyDict_DelItem,
  PyDict_GetItemWithError,
  PyDict_Next,
  PyDict_SetItem,
  ma_keys,
  PyDict_New,
  PyDict_Update,
} from '../object/dict.js';
import {
  errMinus1,
  nameOfType,
  PyErr_Occurred,
  PyErr_SetString,
  reprText,
  typeName,
  _PyErr_AddNote,
  PyErr_WarnEx,
} from '../object/errors.js';
import { F } from '../object/functable.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyType_Check, PyType_IsSubtype } from '../object/isinstance.js';
import { PyList_Append, PyList_AsTuple, PyList_New, PyList_Sort } from '../object/list.js';
import { c3 } from '../object/mro.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyObject_GetOptionalAttr } from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Tuple } from '../object/sequence.js';
import { updateAllSlots } from '../object/slot_update.js';
import {
  Py_None,
  PyBaseObject_Type,
  PyExc_TypeError,
  PyExc_ValueError,
  PyFunction_Type,
  PyType_Type,
  PyExc_RuntimeWarning,
} from '../object/statics.js';
import { PyClassMethod_New, PyStaticMethod_New } from '../object/static_method.js';
import { subtypeClearIndex, subtypeDeallocIndex, subtypeTraverseIndex } from '../object/subtype.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_Pack } from '../object/tuple.js';
import { _PyObject_LookupSpecial, PyType_Modified } from '../object/type_lookup.js';
import { addSubclass, hashRule, inheritSlots, inheritSpecial } from '../object/type_ready.js';
import * as T from '../object/type_layout.js';
import {
  asString,
  PyUnicode_Check,
  PyUnicode_FromString,
  PyUnicode_READ_CHAR,
  PyUnicode_GET_LENGTH,
} from '../object/unicode.js';

const s_mro_entries = ID('__mro_entries__');
const s_qualname = ID('__qualname__');
const s_module = ID('__module__');
const s_name = ID('__name__');
const s_doc = ID('__doc__');
const s_new = ID('__new__');
const s_init_subclass = ID('__init_subclass__');
const s_class_getitem = ID('__class_getitem__');
const s_classcell = ID('__classcell__');
const s_classdictcell = ID('__classdictcell__');
const s_slots = ID('__slots__');
const s_set_name = ID('__set_name__');
const s_mro = ID('mro');

const word = (type: Obj, offset: number): number => H32[(type + offset) >> 2];
const setWord = (type: Obj, offset: number, value: number): void => {
  H32[(type + offset) >> 2] = value;
};

/** The most derived metatype of `metatype` and the bases': borrowed, or NULL with TypeError (_PyType_CalculateMetaclass). */
export function calculateMetaclass(metatype: Obj, bases: Obj): Obj {
  let winner = metatype;
  for (let i = 0, n = PyTuple_GET_SIZE(bases); i < n; i++) {
    const meta = Py_TYPE(PyTuple_GET_ITEM(bases, i));
    if (PyType_IsSubtype(winner, meta)) continue;
    if (PyType_IsSubtype(meta, winner)) {
      winner = meta;
      continue;
    }
    return PyErr_SetString(
      PyExc_TypeError,
      'metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases',
    );
  }
  return winner;
}

/** Whether `type` adds something to the layout of `base` besides a dictionary and a list of weak references. */
function shapeDiffers(type: Obj, base: Obj): boolean {
  return (
    word(type, T.tp_basicsize) !== word(base, T.tp_basicsize) || word(type, T.tp_itemsize) !== word(base, T.tp_itemsize)
  );
}

function extraIvars(type: Obj, base: Obj): boolean {
  if (!shapeDiffers(type, base)) return false;
  let size = word(type, T.tp_basicsize);
  const baseSize = word(base, T.tp_basicsize);
  if (word(type, T.tp_itemsize) !== 0 || word(base, T.tp_itemsize) !== 0) {
    // The dictionary of a variable-size instance is at its end.
    if (
      word(type, T.tp_itemsize) === word(base, T.tp_itemsize) &&
      word(type, T.tp_dictoffset) < 0 &&
      word(base, T.tp_dictoffset) === 0
    ) {
      return size - 4 !== baseSize;
    }
    return true;
  }
  const heap = (word(type, T.tp_flags) & T.Py_TPFLAGS_HEAPTYPE) !== 0;
  if (heap && word(type, T.tp_weaklistoffset) !== 0 && word(base, T.tp_weaklistoffset) === 0) size -= 4;
  if (heap && word(type, T.tp_dictoffset) !== 0 && word(base, T.tp_dictoffset) === 0) size -= 4;
  return size !== baseSize;
}

/** The nearest base (or the type itself) that determines the layout. */
export function solidBase(type: Obj): Obj {
  const base = word(type, T.tp_base) as Obj;
  const inherited = base !== 0 ? solidBase(base) : PyBaseObject_Type;
  return extraIvars(type, inherited) ? type : inherited;
}

/** The base whose layout instances extend: borrowed, or NULL with TypeError. */
export function bestBase(bases: Obj): Obj {
  let base: Obj = NULL;
  let winner: Obj = NULL;
  for (let i = 0, n = PyTuple_GET_SIZE(bases); i < n; i++) {
    const b = PyTuple_GET_ITEM(bases, i);
    if (!PyType_Check(b)) return PyErr_SetString(PyExc_TypeError, 'bases must be types');
    if ((word(b, T.tp_flags) & T.Py_TPFLAGS_BASETYPE) === 0) {
      return PyErr_SetString(PyExc_TypeError, `type '${nameOfType(b)}' is not an acceptable base type`);
    }
    const candidate = solidBase(b);
    if (winner === 0 || (!PyType_IsSubtype(winner, candidate) && PyType_IsSubtype(candidate, winner))) {
      winner = candidate;
      base = b;
    } else if (!PyType_IsSubtype(winner, candidate)) {
      return PyErr_SetString(PyExc_TypeError, 'multiple bases have instance lay-out conflict');
    }
  }
  return base;
}

/** `name` as a class's private attribute is stored: `_Class__name`; a new str, or NULL. */
function mangle(className: string, name: Obj): Obj {
  const text = asString(name);
  if (!text.startsWith('__') || text.endsWith('__') || text.includes('.')) return newref(name);
  const stripped = className.replace(/^_+/, '');
  return stripped === '' ? newref(name) : PyUnicode_FromString(`_${stripped}${text}`);
}

export interface Slots {
  /** A new tuple of the members, mangled and sorted. */
  names: Obj;
  dict: boolean;
  weakref: boolean;
}

/** Python identifiers, as str.isidentifier decides. */
const IDENTIFIER = /^[\p{XIDS}_][\p{XIDC}]*$/u;

/** Reads `__slots__`; null with an exception. */
function readSlots(
  className: string,
  slots: Obj,
  base: Obj,
  dict: Obj,
  mayDict: boolean,
  mayWeak: boolean,
): Slots | null {
  const wanted = PyUnicode_Check(slots) ? PyTuple_Pack(slots) : PySequence_Tuple(slots);
  if (wanted === 0) return null;
  const fail = (message?: string): null => {
    if (message !== undefined) PyErr_SetString(PyExc_TypeError, message);
    decref(wanted);
    if (list !== 0) decref(list);
    return null;
  };
  let list: Obj = NULL;
  const n = PyTuple_GET_SIZE(wanted);
  if (n > 0 && word(base, T.tp_itemsize) !== 0)
    return fail(`nonempty __slots__ not supported for subtype of '${nameOfType(base)}'`);
  const result: Slots = { names: NULL, dict: false, weakref: false };
  list = PyList_New(0);
  if (list === 0) return fail();
  for (let i = 0; i < n; i++) {
    const name = PyTuple_GET_ITEM(wanted, i);
    if (!PyUnicode_Check(name)) return fail(`__slots__ items must be strings, not '${typeName(name)}'`);
    const text = asString(name);
    if (!IDENTIFIER.test(text)) return fail('__slots__ must be identifiers');
    if (text === '__dict__') {
      if (!mayDict || result.dict) return fail('__dict__ slot disallowed: we already got one');
      result.dict = true;
      continue;
    }
    if (text === '__weakref__') {
      if (!mayWeak || result.weakref) return fail('__weakref__ slot disallowed: we already got one');
      result.weakref = true;
      continue;
    }
    const mangled = mangle(className, name);
    if (mangled === 0) return fail();
    const isCell = text === '__classcell__' || text === '__qualname__' || text === '__classdictcell__';
    const clash = PyDict_Contains(dict, mangled);
    if (clash > 0 && !isCell) {
      PyErr_SetString(PyExc_ValueError, `${reprText(mangled)} in __slots__ conflicts with class variable`);
      decref(mangled);
      return fail();
    }
    const ok = clash >= 0 && PyList_Append(list, mangled) === 0;
    decref(mangled);
    if (!ok) return fail();
  }
  if (PyList_Sort(list) < 0) return fail();
  result.names = PyList_AsTuple(list);
  decref(list);
  decref(wanted);
  return result.names === 0 ? null : result;
}

/** `__dict__` and `__weakref__` of classes that have them (type_dict.ts declares the descriptors). */
let addInstanceGetset: (type: Obj, hasDict: boolean, hasWeakref: boolean) => number = () => 0;
export function setInstanceGetset(f: (type: Obj, hasDict: boolean, hasWeakref: boolean) => number): void {
  addInstanceGetset = f;
}

/** type.__new__(metatype, name, bases, dict, **kwds): a new reference, or NULL. */
export function type_new(metatype: Obj, args: Obj, kwargs: Obj): Obj {
  const n = PyTuple_GET_SIZE(args);
  if (n !== 3) {
    return PyErr_SetString(
      PyExc_TypeError,
      n === 1 && metatype === PyType_Type
        ? 'type() takes 1 or 3 arguments'
        : `type.__new__() takes exactly 3 arguments (${n} given)`,
    );
  }
  const [name, bases, dict] = [PyTuple_GET_ITEM(args, 0), PyTuple_GET_ITEM(args, 1), PyTuple_GET_ITEM(args, 2)];
  const want = (o: Obj, i: number, what: string, ok: boolean): boolean => {
    if (!ok) PyErr_SetString(PyExc_TypeError, `type.__new__() argument ${i} must be ${what}, not ${typeName(o)}`);
    return ok;
  };
  if (!want(name, 1, 'str', PyUnicode_Check(name))) return NULL;
  if (!want(bases, 2, 'tuple', PyTuple_Check(bases))) return NULL;
  if (!want(dict, 3, 'dict', PyDict_Check(dict))) return NULL;

  let allBases = bases;
  if (PyTuple_GET_SIZE(bases) === 0) {
    allBases = PyTuple_Pack(PyBaseObject_Type);
    if (allBases === 0) return NULL;
  } else {
    for (let i = 0; i < PyTuple_GET_SIZE(bases); i++) {
      const b = PyTuple_GET_ITEM(bases, i);
      if (PyType_Check(b)) continue;
      const entries = PyObject_GetOptionalAttr(b, idObj(s_mro_entries));
      if (entries === 0) {
        if (PyErr_Occurred() !== 0) return NULL;
        continue;
      }
      decref(entries);
      return PyErr_SetString(PyExc_TypeError, "type() doesn't support MRO entry resolution; use types.new_class()");
    }
    incref(allBases);
  }
  const winner = PyTuple_GET_SIZE(bases) === 0 ? metatype : calculateMetaclass(metatype, allBases);
  let result: Obj = NULL;
  if (winner !== 0) {
    if (winner !== metatype && word(winner, T.tp_new) !== word(PyType_Type, T.tp_new)) {
      result =
        word(winner, T.tp_new) === 0
          ? PyErr_SetString(PyExc_TypeError, `cannot create '${nameOfType(winner)}' instances`)
          : (F[word(winner, T.tp_new)](winner, args, kwargs) as Obj);
    } else result = makeClass(winner, name, allBases, dict, kwargs);
  }
  decref(allBases);
  return result;
}

function makeClass(metatype: Obj, name: Obj, bases: Obj, origDict: Obj, kwargs: Obj): Obj {
  const base = bestBase(bases);
  if (base === 0) return NULL;
  const text = asString(name);
  if (text.includes('\0')) return PyErr_SetString(PyExc_ValueError, 'type name must not contain null characters');
  if (!encodable(name)) return NULL;
  const dict = PyDict_New();
  if (dict === 0) return NULL;
  // A subclass of dict may have an order of its own.
  if (PyDict_Update(dict, origDict) < 0) {
    decref(dict);
    return NULL;
  }
  const slots = wantedSlots(text, bases, base, dict);
  const type = slots === null ? NULL : buildType(metatype, name, bases, base, dict, slots);
  if (type === 0) {
    decref(dict);
    return NULL;
  }
  if (finishType(type, base, dict) < 0 || callSetNames(type) < 0 || callInitSubclass(type, kwargs) < 0) {
    decref(type);
    return NULL;
  }
  return type;
}

/** Whether a str can be encoded to UTF-8, as a C string has to be: false with UnicodeEncodeError. */
export function encodable(s: Obj): boolean {
  for (let i = 0, n = PyUnicode_GET_LENGTH(s); i < n; i++) {
    const c = PyUnicode_READ_CHAR(s, i);
    if (c < 0xd800 || c > 0xdfff) continue;
    port.unicodeEncodeError('utf-8', s, i, i + 1, 'surrogates not allowed');
    return false;
  }
  return true;
}

/** What `__slots__` in the namespace asks for; null with an exception.  `names` is owned. */
function wantedSlots(text: string, bases: Obj, base: Obj, dict: Obj): Slots | null {
  const slotsObj = PyDict_GetItemWithError(dict, idObj(s_slots));
  if (slotsObj === 0 && PyErr_Occurred() !== 0) return null;
  const mayDict = mayHaveDict(base);
  const mayWeak = mayHaveWeakrefs(base);
  if (slotsObj === 0) return { names: NULL, dict: mayDict, weakref: mayWeak };
  incref(slotsObj);
  const slots = readSlots(text, slotsObj, base, dict, mayDict, mayWeak);
  decref(slotsObj);
  if (slots === null) return null;
  // Another base may bring the dictionary or the weak references although __slots__ does not.
  for (let i = 0, n = PyTuple_GET_SIZE(bases); i < n; i++) {
    const b = PyTuple_GET_ITEM(bases, i);
    if (b === base) continue;
    if (mayDict && !slots.dict && word(b, T.tp_dictoffset) !== 0) slots.dict = true;
    if (mayWeak && !slots.weakref && word(b, T.tp_weaklistoffset) !== 0) slots.weakref = true;
  }
  return slots;
}

// A metaclass's instances have the dictionary that every type has.
const mayHaveDict = (base: Obj): boolean =>
  word(base, T.tp_dictoffset) === 0 && (word(base, T.tp_flags) & T.Py_TPFLAGS_TYPE_SUBCLASS) === 0;
const mayHaveWeakrefs = (base: Obj): boolean =>
  word(base, T.tp_weaklistoffset) === 0 && word(base, T.tp_itemsize) === 0;

/** Allocates the class and its layout; `dict` becomes its own on success, `slots.names` always.  A new reference, or NULL. */
export function buildType(metatype: Obj, name: Obj, bases: Obj, base: Obj, dict: Obj, slots: Slots): Obj {
  const mayDict = mayHaveDict(base);
  const mayWeak = mayHaveWeakrefs(base);
  const type = PyType_GenericAlloc(metatype, 0);
  if (type === 0) {
    xdecref(slots.names);
    return NULL;
  }
  H32[(type + T.ob_size) >> 2] = slots.names === 0 ? 0 : PyTuple_GET_SIZE(slots.names);
  setWord(type, T.tp_name, newref(name));
  setWord(type, T.ht_name, newref(name));
  setWord(type, T.ht_slots, slots.names);
  setWord(type, T.tp_bases, newref(bases));
  setWord(type, T.tp_base, newref(base));
  setWord(type, T.tp_dict, newref(dict));
  setWord(type, T.tp_layout, word(base, T.tp_layout));
  const qualname = takeQualname(type, dict, name);
  if (!qualname) {
    decref(type);
    return NULL;
  }
  let size = word(base, T.tp_basicsize);
  const members = slots.names === 0 ? 0 : PyTuple_GET_SIZE(slots.names);
  setWord(type, T.ht_slots_offset, size);
  size += 4 * members;
  if (slots.dict && mayDict) {
    setWord(type, T.tp_dictoffset, word(base, T.tp_itemsize) !== 0 ? -4 : size);
    size += 4;
  }
  if (slots.weakref && mayWeak) {
    setWord(type, T.tp_weaklistoffset, size);
    size += 4;
  }
  setWord(type, T.tp_basicsize, size);
  setWord(type, T.tp_itemsize, word(base, T.tp_itemsize));
  let flags = T.Py_TPFLAGS_HEAPTYPE | T.Py_TPFLAGS_BASETYPE;
  // Everything that can own a reference to an arbitrary object is collectable; so is a class with no fields of its own, for its type.
  flags |= T.Py_TPFLAGS_HAVE_GC;
  // The dictionary is the class's own affair, not a native base's: the collector may look through it (gc_head.ts).
  if (
    (slots.dict && mayDict && word(base, T.tp_itemsize) === 0) ||
    word(base, T.tp_flags) & T.Py_TPFLAGS_INLINE_VALUES
  ) {
    flags |= T.Py_TPFLAGS_INLINE_VALUES;
  }
  // Whoever makes the dictionary's field, the interpreter makes and clears the dictionary.
  if ((slots.dict && mayDict) || word(base, T.tp_flags) & T.Py_TPFLAGS_MANAGED_DICT) flags |= T.Py_TPFLAGS_MANAGED_DICT;
  setWord(type, T.tp_flags, flags);
  setWord(type, T.tp_dealloc, subtypeDeallocIndex);
  setWord(type, T.tp_traverse, subtypeTraverseIndex);
  setWord(type, T.tp_clear, subtypeClearIndex);
  if (word(type, T.tp_dictoffset) !== 0) setWord(type, T.ht_cached_keys, _PyDict_NewSharedKeys());
  // Before the members are entered: a slot may have the name of a cell.
  if (
    takeCell(dict, idObj(s_classcell), '__classcell__', type) < 0 ||
    takeCell(dict, idObj(s_classdictcell), '__classdictcell__', dict) < 0
  ) {
    decref(type);
    return NULL;
  }
  for (let i = 0; i < members; i++) {
    const member = PyTuple_GET_ITEM(slots.names, i);
    const d = newSlotMember(type, member, word(type, T.ht_slots_offset) + 4 * i);
    const ok = d !== 0 && PyDict_SetItem(dict, member, d) === 0;
    xdecref(d);
    if (!ok) {
      decref(type);
      return NULL;
    }
  }
  if (addInstanceGetset(type, slots.dict && mayDict, slots.weakref && mayWeak) < 0) {
    decref(type);
    return NULL;
  }
  return type;
}

/** Moves `__qualname__` from the namespace to the type; false with an exception. */
function takeQualname(type: Obj, dict: Obj, name: Obj): boolean {
  const q = PyDict_GetItemWithError(dict, idObj(s_qualname));
  if (q === 0) {
    if (PyErr_Occurred() !== 0) return false;
    setWord(type, T.ht_qualname, newref(name));
    return true;
  }
  if (!PyUnicode_Check(q)) {
    PyErr_SetString(PyExc_TypeError, `type __qualname__ must be a str, not ${typeName(q)}`);
    return false;
  }
  setWord(type, T.ht_qualname, newref(q));
  return PyDict_DelItem(dict, idObj(s_qualname)) === 0;
}

function wrapFunction(dict: Obj, name: Obj, make: (f: Obj) => Obj): boolean {
  const f = PyDict_GetItemWithError(dict, name);
  if (f === 0) return PyErr_Occurred() === 0;
  if (Py_TYPE(f) !== PyFunction_Type) return true;
  const wrapped = make(f);
  if (wrapped === 0) return false;
  const ok = PyDict_SetItem(dict, name, wrapped) === 0;
  decref(wrapped);
  return ok;
}

/** Everything after the layout: module, doc, implicit static and class methods, cells, MRO, slots. 0, or -1. */
export function finishType(type: Obj, base: Obj, dict: Obj): number {
  // The type owns the dict now.
  decref(dict);
  if (PyDict_Contains(dict, idObj(s_module)) === 0) {
    const globals = port.currentGlobals();
    const module = globals === 0 ? NULL : PyDict_GetItemWithError(globals, idObj(s_name));
    if (module !== 0 && PyDict_SetItem(dict, idObj(s_module), module) < 0) return -1;
    if (PyErr_Occurred() !== 0) return -1;
  }
  const doc = PyDict_GetItemWithError(dict, idObj(s_doc));
  if (doc !== 0 && PyUnicode_Check(doc)) {
    if (!encodable(doc)) return -1;
    setWord(type, T.tp_doc, newref(doc));
  }
  if (!wrapFunction(dict, idObj(s_new), PyStaticMethod_New)) return -1;
  if (!wrapFunction(dict, idObj(s_init_subclass), PyClassMethod_New)) return -1;
  if (!wrapFunction(dict, idObj(s_class_getitem), PyClassMethod_New)) return -1;
  if (renewMro(type) < 0) return -1;
  xdecref(replacedMro);
  inheritSpecial(type, base);
  inheritSlots(type);
  if (word(type, T.tp_new) === 0) setWord(type, T.tp_new, word(base, T.tp_new));
  if (!hashRule(type, dict)) return -1;
  // A class without a docstring hides that of its base.
  if (PyDict_Contains(dict, idObj(s_doc)) === 0 && PyDict_SetItem(dict, idObj(s_doc), Py_None) < 0) return -1;
  if (warnOfOddKeys(type, dict) < 0) return -1;
  setWord(type, T.tp_flags, (word(type, T.tp_flags) | T.Py_TPFLAGS_READY) & ~T.Py_TPFLAGS_DISALLOW_INSTANTIATION);
  const bases = word(type, T.tp_bases) as Obj;
  for (let i = 0, n = PyTuple_GET_SIZE(bases); i < n; i++)
    if (!addSubclass(PyTuple_GET_ITEM(bases, i), type)) return -1;
  updateAllSlots(type);
  return 0;
}

/** A RuntimeWarning if the namespace has keys that are no strings: 0, or -1 with an exception. */
function warnOfOddKeys(type: Obj, dict: Obj): number {
  let odd = false;
  if (H32[(H32[(dict + ma_keys) >> 2] + dk_kind) >> 2] === DICT_KEYS_GENERAL) {
    for (let pos = 0; !odd && (pos = PyDict_Next(dict, pos)) !== 0; ) odd = !PyUnicode_Check(dictKey);
  }
  if (!odd) return 0;
  return PyErr_WarnEx(PyExc_RuntimeWarning, `non-string key in the __dict__ of class ${nameOfType(type)}`, 1);
}

/** Fills a cell of the class body and removes it from the namespace. */
function takeCell(dict: Obj, name: Obj, text: string, value: Obj): number {
  const cell = PyDict_GetItemWithError(dict, name);
  if (cell === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  if (!PyCell_Check(cell))
    return errMinus1(PyExc_TypeError, `${text} must be a nonlocal cell, not ${reprText(Py_TYPE(cell))}`);
  PyCell_Set(cell, value);
  return PyDict_DelItem(dict, name);
}

/** The MRO that renewMro replaced, which the caller owns now; NULL if there was none. */
export let replacedMro: Obj = NULL;

/**
 * Gives `type` the MRO of its present bases: 1, and replacedMro is the caller's; 0 if the metatype's mro() has by itself brought about a
 * newer one, which stands (replacedMro is NULL); -1 with an exception.
 */
export function renewMro(type: Obj): number {
  const old = word(type, T.tp_mro) as Obj;
  // Owned meanwhile, so that another tuple cannot come to lie at the same address.
  if (old !== 0) incref(old);
  const mro = computeMro(type);
  const overtaken = word(type, T.tp_mro) !== old;
  if (old !== 0) decref(old);
  replacedMro = NULL;
  if (mro === 0) return -1;
  if (overtaken) {
    decref(mro);
    return 0;
  }
  setWord(type, T.tp_mro, mro);
  PyType_Modified(type);
  replacedMro = old;
  return 1;
}

/** The MRO of a class, by its metatype's mro() if that is overridden: a new tuple, or NULL. */
function computeMro(type: Obj): Obj {
  if (Py_TYPE(type) === PyType_Type) return c3(type);
  const method = _PyObject_LookupSpecial(type, idObj(s_mro));
  if (method === 0) return NULL;
  const answer = PyObject_CallFunctionObjArgs(method);
  decref(method);
  if (answer === 0) return NULL;
  const mro = PySequence_Tuple(answer);
  decref(answer);
  if (mro === 0) return NULL;
  const n = PyTuple_GET_SIZE(mro);
  if (n === 0) {
    decref(mro);
    return PyErr_SetString(PyExc_TypeError, 'type MRO must not be empty');
  }
  const solid = solidBase(type);
  for (let i = 0; i < n; i++) {
    const cls = PyTuple_GET_ITEM(mro, i);
    let message = '';
    if (!PyType_Check(cls)) message = `mro() returned a non-class ('${typeName(cls)}')`;
    else if (!PyType_IsSubtype(solid, solidBase(cls)))
      message = `mro() returned base with unsuitable layout ('${nameOfType(cls)}')`;
    if (message !== '') {
      decref(mro);
      return PyErr_SetString(PyExc_TypeError, message);
    }
  }
  return mro;
}

function callSetNames(type: Obj): number {
  const names = PyDict_Copy(word(type, T.tp_dict) as Obj);
  if (names === 0) return -1;
  let pos = 0;
  let r = 0;
  while (r === 0 && (pos = PyDict_Next(names, pos)) !== 0) {
    const key = dictKey;
    const value = dictValue;
    const f = _PyObject_LookupSpecial(value, idObj(s_set_name));
    if (f === 0) {
      if (PyErr_Occurred() !== 0) r = -1;
      continue;
    }
    const answer = PyObject_CallFunctionObjArgs(f, type, key);
    decref(f);
    if (answer === 0) {
      _PyErr_AddNote(
        `Error calling __set_name__ on '${typeName(value)}' instance ${reprText(key)} in '${nameOfType(type)}'`,
      );
      r = -1;
    } else decref(answer);
  }
  decref(names);
  return r;
}

let superInitSubclass: (type: Obj) => Obj = () => NULL;
/** src/types/super.ts: super(type, type).__init_subclass__, a new reference or NULL. */
export function setSuperInitSubclass(f: (type: Obj) => Obj): void {
  superInitSubclass = f;
}

function callInitSubclass(type: Obj, kwargs: Obj): number {
  const f = superInitSubclass(type);
  if (f === 0) return -1;
  const empty = PyTuple_New(0);
  const r = empty === 0 ? NULL : PyObject_Call(f, empty, kwargs);
  xdecref(empty);
  decref(f);
  if (r === 0) return -1;
  decref(r);
  return 0;
}
