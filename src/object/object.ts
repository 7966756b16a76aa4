// What can be done with any object?
//
// Invariant: these operations reach implementations only through type slots, and check what the slots promise (a str from tp_repr, a
// result or an exception from tp_richcompare), so that a wrong answer is an error and never a broken heap.

import { H32 } from '../memory/linear.js';
import { PyObject_CallNoArgs } from './call.js';
import {
  PyDict_DelItem,
  PyDict_GetItemWithError,
  PyDict_New,
  PyDict_SetItem,
  PyDict_Keys,
  PyDict_Check,
  PyDict_Update,
  _PyObject_NewInstanceDict,
} from './dict.js';
import {
  errMinus1,
  nameOfType,
  noteAttributeError,
  Py_EnterRecursiveCall,
  Py_LeaveRecursiveCall,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  typeName,
} from './errors.js';
import { F, fn } from './functable.js';
import { PyObject_GC_IsTracked, PyObject_GC_Track, PyObject_GC_UnTrack } from './gc_head.js';
import { decref, incref, newref, Py_TYPE, xdecref } from './header.js';
import { ID, idObj } from './identifiers.js';
import { PyType_IsSubtype } from './isinstance.js';
import { lv_tag } from './long.js';
import { PyList_GET_ITEM, PyList_GET_SIZE, PyList_Sort } from './list.js';
import { NULL, type Obj } from './ptr.js';
import { PySequence_List } from './sequence.js';
import {
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyBool_Type,
  PyExc_AttributeError,
  PyExc_KeyError,
  PyExc_TypeError,
  PyUnicode_Type,
  PyLong_Type,
} from './statics.js';
import { _PyType_Lookup, _PyObject_LookupSpecial } from './type_lookup.js';
import {
  mp_length,
  nb_bool,
  ob_size,
  Py_TPFLAGS_INLINE_VALUES,
  Py_TPFLAGS_LONG_SUBCLASS,
  Py_TPFLAGS_METHOD_DESCRIPTOR,
  sq_length,
  tp_basicsize,
  tp_descr_get,
  tp_descr_set,
  tp_dictoffset,
  tp_flags,
  tp_getattro,
  tp_hash,
  tp_itemsize,
  tp_iternext,
  tp_repr,
  tp_richcompare,
  tp_setattro,
  tp_str,
} from './type_layout.js';
import {
  asString,
  PyUnicode_Check,
  PyUnicode_FromString,
  PyUnicode_InternInPlace,
  PyUnicode_GET_LENGTH,
  PyUnicode_IS_ASCII,
  PyUnicode_READ_CHAR,
} from './unicode.js';

export const Py_LT = 0;
export const Py_LE = 1;
export const Py_EQ = 2;
export const Py_NE = 3;
export const Py_GT = 4;
export const Py_GE = 5;
const OP_TEXT = ['<', '<=', '==', '!=', '>', '>='];
const SWAPPED = [Py_GT, Py_GE, Py_EQ, Py_NE, Py_LT, Py_LE];

const s_dict = ID('__dict__');
const s_class = ID('__class__');
const s_dir = ID('__dir__');

// --- repr, str ------------------------------------------------------------------------------------------------------------

/** repr(o): a new str, or NULL. */
export function PyObject_Repr(o: Obj): Obj {
  if (o === 0) return PyUnicode_FromString('<NULL>');
  const slot = H32[(Py_TYPE(o) + tp_repr) >> 2];
  if (slot === 0) return PyUnicode_FromString(`<${typeName(o)} object at ${addressText(o)}>`);
  if (Py_EnterRecursiveCall(' while getting the repr of an object') !== 0) return NULL;
  const r = F[slot](o) as Obj;
  Py_LeaveRecursiveCall();
  if (r === 0) return NULL;
  if (!PyUnicode_Check(r)) {
    PyErr_SetString(PyExc_TypeError, `__repr__ returned non-string (type ${typeName(r)})`);
    decref(r);
    return NULL;
  }
  return r;
}

/** An address as reprs show it (`%p`). */
export function addressText(o: number): string {
  return `0x${(o >>> 0).toString(16)}`;
}

/** str(o): a new str, or NULL. */
export function PyObject_Str(o: Obj): Obj {
  if (o === 0) return PyUnicode_FromString('<NULL>');
  const type = Py_TYPE(o);
  if (type === PyUnicode_Type) return newref(o);
  const slot = H32[(type + tp_str) >> 2];
  if (slot === 0) return PyObject_Repr(o);
  if (Py_EnterRecursiveCall(' while getting the str of an object') !== 0) return NULL;
  const r = F[slot](o) as Obj;
  Py_LeaveRecursiveCall();
  if (r === 0) return NULL;
  if (!PyUnicode_Check(r)) {
    PyErr_SetString(PyExc_TypeError, `__str__ returned non-string (type ${typeName(r)})`);
    decref(r);
    return NULL;
  }
  return r;
}

/** ascii(o): a new str, or NULL. */
export function PyObject_ASCII(o: Obj): Obj {
  const r = PyObject_Repr(o);
  if (r === 0 || PyUnicode_IS_ASCII(r)) return r;
  const text = asciiText(r);
  decref(r);
  return PyUnicode_FromString(text);
}

/** A str with every character above 0x7f escaped. */
function asciiText(s: Obj): string {
  let text = '';
  for (let i = 0, n = PyUnicode_GET_LENGTH(s); i < n; i++) {
    const c = PyUnicode_READ_CHAR(s, i);
    if (c < 0x80) text += String.fromCharCode(c);
    else if (c < 0x100) text += `\\x${c.toString(16).padStart(2, '0')}`;
    else if (c < 0x10000) text += `\\u${c.toString(16).padStart(4, '0')}`;
    else text += `\\U${c.toString(16).padStart(8, '0')}`;
  }
  return text;
}

// --- comparison, hash, truth ------------------------------------------------------------------------------------------------

/** The rich comparison `v op w`: a new reference, or NULL. */
export function PyObject_RichCompare(v: Obj, w: Obj, op: number): Obj {
  if (Py_EnterRecursiveCall(' in comparison') !== 0) return NULL;
  const r = doRichCompare(v, w, op);
  Py_LeaveRecursiveCall();
  return r;
}

function doRichCompare(v: Obj, w: Obj, op: number): Obj {
  const tv = Py_TYPE(v);
  const tw = Py_TYPE(w);
  const fw = H32[(tw + tp_richcompare) >> 2];
  let reflected = false;
  if (tv !== tw && fw !== 0 && PyType_IsSubtype(tw, tv)) {
    reflected = true;
    const r = F[fw](w, v, SWAPPED[op]) as Obj;
    if (r !== Py_NotImplemented) return r;
    decref(r);
  }
  const fv = H32[(tv + tp_richcompare) >> 2];
  if (fv !== 0) {
    const r = F[fv](v, w, op) as Obj;
    if (r !== Py_NotImplemented) return r;
    decref(r);
  }
  if (!reflected && fw !== 0) {
    const r = F[fw](w, v, SWAPPED[op]) as Obj;
    if (r !== Py_NotImplemented) return r;
    decref(r);
  }
  if (op === Py_EQ) return newref(v === w ? Py_True : Py_False);
  if (op === Py_NE) return newref(v !== w ? Py_True : Py_False);
  return PyErr_SetString(
    PyExc_TypeError,
    `'${OP_TEXT[op]}' not supported between instances of '${typeName(v)}' and '${typeName(w)}'`,
  );
}

/** As PyObject_RichCompare, as a truth value: 1, 0, or -1. Identity implies equality. */
export function PyObject_RichCompareBool(v: Obj, w: Obj, op: number): number {
  if (v === w) {
    if (op === Py_EQ) return 1;
    if (op === Py_NE) return 0;
  }
  const r = PyObject_RichCompare(v, w, op);
  if (r === 0) return -1;
  const truth = r === Py_True ? 1 : r === Py_False ? 0 : PyObject_IsTrue(r);
  decref(r);
  return truth;
}

/** hash(o), or -1 with an exception. */
export function PyObject_Hash(o: Obj): number {
  const slot = H32[(Py_TYPE(o) + tp_hash) >> 2];
  if (slot !== 0) return F[slot](o);
  return PyObject_HashNotImplemented(o);
}

/** The tp_hash of unhashable types. */
export function PyObject_HashNotImplemented(o: Obj): number {
  return errMinus1(PyExc_TypeError, `unhashable type: '${typeName(o)}'`);
}

/** The hash of an address: objects are 8-byte aligned, so the low bits go to the top. Never -1. */
export function Py_HashPointer(p: number): number {
  const h = (p >>> 3) | (p << 29);
  return h === -1 ? -2 : h;
}

/** Truth of `o`: 1, 0, or -1. */
export function PyObject_IsTrue(o: Obj): number {
  'use wasm';
  if (o === Py_True) return 1;
  if (o === Py_False || o === Py_None) return 0;
  const type = Py_TYPE(o);
  // Zero is the int whose sign bits are 1.
  if (type === PyLong_Type) return (H32[(o + lv_tag) >> 2] & 3) !== 1 ? 1 : 0;
  let slot = H32[(type + nb_bool) >> 2];
  if (slot !== 0) return F[slot](o);
  slot = H32[(type + mp_length) >> 2] || H32[(type + sq_length) >> 2];
  if (slot === 0) return 1;
  const n = F[slot](o);
  return n > 0 ? 1 : n;
}

/** not o: 1, 0, or -1. */
export function PyObject_Not(o: Obj): number {
  const r = PyObject_IsTrue(o);
  return r < 0 ? r : r === 0 ? 1 : 0;
}

/** A new reference to True or False. */
export function PyBool_FromLong(truth: number | boolean): Obj {
  return newref(truth ? Py_True : Py_False);
}

export function PyBool_Check(o: Obj): boolean {
  return Py_TYPE(o) === PyBool_Type;
}

// --- attributes -------------------------------------------------------------------------------------------------------------

function badName(name: Obj): Obj {
  return PyErr_SetString(PyExc_TypeError, `attribute name must be string, not '${typeName(name)}'`);
}

/** o.name: a new reference, or NULL. */
export function PyObject_GetAttr(o: Obj, name: Obj): Obj {
  if (!PyUnicode_Check(name)) return badName(name);
  const type = Py_TYPE(o);
  const slot = H32[(type + tp_getattro) >> 2];
  if (slot === 0)
    return PyErr_SetString(PyExc_AttributeError, `'${nameOfType(type)}' object has no attribute '${asString(name)}'`);
  const r = F[slot](o, name) as Obj;
  if (r === 0) attributeErrorContext(o, name);
  return r;
}

/** Fills `name` and `obj` of an AttributeError that has neither, for suggestions. */
function attributeErrorContext(o: Obj, name: Obj): void {
  if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return;
  noteAttributeError(o, name);
}

/** As PyObject_GetAttr with a JavaScript name. */
export function PyObject_GetAttrString(o: Obj, name: string): Obj {
  const s = PyUnicode_FromString(name);
  if (s === 0) return NULL;
  const r = PyObject_GetAttr(o, s);
  decref(s);
  return r;
}

/** o.name as a new reference; NULL without an exception if there is no such attribute, NULL with one if looking failed. */
export function PyObject_GetOptionalAttr(o: Obj, name: Obj): Obj {
  const type = Py_TYPE(o);
  if (H32[(type + tp_getattro) >> 2] === genericGetAttrIndex) return genericGetAttr(o, name, NULL, true);
  const r = PyObject_GetAttr(o, name);
  if (r === 0 && PyErr_ExceptionMatches(PyExc_AttributeError)) PyErr_Clear();
  return r;
}

/** The older name of PyObject_GetOptionalAttr. */
export const _PyObject_LookupAttr = PyObject_GetOptionalAttr;

/** Whether o.name exists: 1, 0, or -1. */
export function PyObject_HasAttrWithError(o: Obj, name: Obj): number {
  const r = PyObject_GetOptionalAttr(o, name);
  if (r !== 0) {
    decref(r);
    return 1;
  }
  return PyErr_Occurred() !== 0 ? -1 : 0;
}

/** o.name = value, or del o.name if value is NULL: 0, or -1. */
export function PyObject_SetAttr(o: Obj, name: Obj, value: Obj): number {
  if (!PyUnicode_Check(name)) {
    badName(name);
    return -1;
  }
  const type = Py_TYPE(o);
  incref(name);
  name = PyUnicode_InternInPlace(name);
  const slot = H32[(type + tp_setattro) >> 2];
  let r: number;
  if (slot !== 0) r = F[slot](o, name, value);
  else {
    const how = H32[(type + tp_getattro) >> 2] === 0 ? 'has no attributes' : 'has only read-only attributes';
    r = errMinus1(
      PyExc_TypeError,
      `'${nameOfType(type)}' object ${how} (${value === 0 ? 'del' : 'assign to'} .${asString(name)})`,
    );
  }
  decref(name);
  return r;
}

export function PyObject_SetAttrString(o: Obj, name: string, value: Obj): number {
  const s = PyUnicode_FromString(name);
  if (s === 0) return -1;
  const r = PyObject_SetAttr(o, s, value);
  decref(s);
  return r;
}

export function PyObject_DelAttr(o: Obj, name: Obj): number {
  return PyObject_SetAttr(o, name, NULL);
}

/** The address of an object's dictionary field, or 0 if its type has none. */
export function _PyObject_GetDictPtr(o: Obj): number {
  'use wasm';
  const offset = H32[(Py_TYPE(o) + tp_dictoffset) >> 2];
  if (offset > 0) return o + offset;
  return offset === 0 ? 0 : dictPtrOfVarObject(o, offset);
}

/** A negative dictoffset counts from the end of a variable-size object (subclasses of int, tuple, bytes). */
function dictPtrOfVarObject(o: Obj, offset: number): number {
  const type = Py_TYPE(o);
  let n = H32[(o + ob_size) >> 2];
  if (type_isLong(type)) n >>= 3;
  if (n < 0) n = -n;
  return o + ((H32[(type + tp_basicsize) >> 2] + n * H32[(type + tp_itemsize) >> 2] + 3) & -4) + offset;
}

function type_isLong(type: Obj): boolean {
  return (H32[(type + tp_flags) >> 2] & Py_TPFLAGS_LONG_SUBCLASS) !== 0;
}

/** PyObject_GenericGetDict: the instance dictionary, made if needed; new reference or NULL. */
export function PyObject_GenericGetDict(o: Obj): Obj {
  const at = _PyObject_GetDictPtr(o);
  if (at === 0) return PyErr_SetString(PyExc_AttributeError, 'This object has no __dict__');
  let d = H32[at >> 2] as Obj;
  if (d === 0) {
    d = _PyObject_NewInstanceDict(Py_TYPE(o));
    if (d === 0) return NULL;
    H32[at >> 2] = d;
  } else if (!PyObject_GC_IsTracked(d)) PyObject_GC_Track(d);
  return newref(d);
}

/** PyObject_GenericSetDict: replaces the instance dictionary: 0, or -1. */
export function PyObject_GenericSetDict(o: Obj, value: Obj): number {
  const at = _PyObject_GetDictPtr(o);
  if (at === 0) return errMinus1(PyExc_AttributeError, 'This object has no __dict__');
  if (value === 0) return errMinus1(PyExc_TypeError, 'cannot delete __dict__');
  if (!PyDict_Check(value))
    return errMinus1(PyExc_TypeError, `__dict__ must be set to a dictionary, not a '${typeName(value)}'`);
  const old = H32[at >> 2] as Obj;
  H32[at >> 2] = newref(value);
  xdecref(old);
  return 0;
}

/** object.__getattribute__: a new reference, or NULL with AttributeError. */
export function PyObject_GenericGetAttr(o: Obj, name: Obj): Obj {
  return genericGetAttr(o, name, NULL, false);
}

/** The function index of PyObject_GenericGetAttr and PyObject_GenericSetAttr, to recognize types that use them. */
export const genericGetAttrIndex = fn(PyObject_GenericGetAttr);
export const genericSetAttrIndex = fn(PyObject_GenericSetAttr);

/** The algorithm of object.__getattribute__; `dict` (borrowed) replaces the instance's if not NULL; `quiet`: no AttributeError when absent. */
export function genericGetAttr(o: Obj, name: Obj, dict: Obj, quiet: boolean): Obj {
  if (!PyUnicode_Check(name)) return badName(name);
  const type = Py_TYPE(o);
  const descr = _PyType_Lookup(type, name);
  let get = 0;
  if (descr !== 0) {
    const dt = Py_TYPE(descr);
    get = H32[(dt + tp_descr_get) >> 2];
    if (get !== 0 && H32[(dt + tp_descr_set) >> 2] !== 0) {
      incref(descr);
      const r = F[get](descr, o, type) as Obj;
      decref(descr);
      if (r === 0 && quiet && PyErr_ExceptionMatches(PyExc_AttributeError)) PyErr_Clear();
      return r;
    }
  }
  if (dict === 0) {
    const at = _PyObject_GetDictPtr(o);
    if (at !== 0) dict = H32[at >> 2] as Obj;
  }
  if (dict !== 0) {
    if (descr !== 0) incref(descr);
    incref(dict);
    const r = PyDict_GetItemWithError(dict, name);
    if (r !== 0) incref(r);
    decref(dict);
    if (r !== 0) {
      xdecref(descr);
      return r;
    }
    if (PyErr_Occurred() !== 0) {
      xdecref(descr);
      if (quiet && PyErr_ExceptionMatches(PyExc_AttributeError)) PyErr_Clear();
      return NULL;
    }
  } else if (descr !== 0) incref(descr);
  if (get !== 0) {
    const r = F[get](descr, o, type) as Obj;
    decref(descr);
    if (r === 0 && quiet && PyErr_ExceptionMatches(PyExc_AttributeError)) PyErr_Clear();
    return r;
  }
  if (descr !== 0) return descr;
  if (!quiet) {
    PyErr_SetString(PyExc_AttributeError, `'${nameOfType(type)}' object has no attribute '${asString(name)}'`);
    attributeErrorContext(o, name);
  }
  return NULL;
}

/** Whether the last _PyObject_GetMethod found a function to be called with self in front. */
export let methodUnbound = false;

/**
 * Looks up o.name to be called: a new reference, or NULL with an exception.  If `methodUnbound` is then true, the result is a plain function or
 * method descriptor that takes `o` as its first argument; no bound method was made.
 */
export function _PyObject_GetMethod(o: Obj, name: Obj): Obj {
  const r = findMethod(o, name);
  // Descriptors and __getattr__ run code that looks up methods, too: the answer is given out last.
  methodUnbound = foundUnbound;
  foundUnbound = false;
  return r;
}

/** Set by findMethod as its last act. */
let foundUnbound = false;

function findMethod(o: Obj, name: Obj): Obj {
  const type = Py_TYPE(o);
  if (H32[(type + tp_getattro) >> 2] !== genericGetAttrIndex || !PyUnicode_Check(name))
    return PyObject_GetAttr(o, name);
  const descr = _PyType_Lookup(type, name);
  let get = 0;
  let isMethod = false;
  if (descr !== 0) {
    incref(descr);
    const dt = Py_TYPE(descr);
    if (H32[(dt + tp_flags) >> 2] & Py_TPFLAGS_METHOD_DESCRIPTOR) isMethod = true;
    else {
      get = H32[(dt + tp_descr_get) >> 2];
      if (get !== 0 && H32[(dt + tp_descr_set) >> 2] !== 0) {
        const r = F[get](descr, o, type) as Obj;
        decref(descr);
        return r;
      }
    }
  }
  const at = _PyObject_GetDictPtr(o);
  const dict = at === 0 ? NULL : (H32[at >> 2] as Obj);
  if (dict !== 0) {
    incref(dict);
    const r = PyDict_GetItemWithError(dict, name);
    if (r !== 0) incref(r);
    decref(dict);
    if (r !== 0 || PyErr_Occurred() !== 0) {
      xdecref(descr);
      return r;
    }
  }
  if (isMethod) {
    foundUnbound = true;
    return descr;
  }
  if (get !== 0) {
    const r = F[get](descr, o, type) as Obj;
    decref(descr);
    return r;
  }
  if (descr !== 0) return descr;
  PyErr_SetString(PyExc_AttributeError, `'${nameOfType(type)}' object has no attribute '${asString(name)}'`);
  attributeErrorContext(o, name);
  return NULL;
}

/** object.__setattr__ / __delattr__: 0, or -1. */
export function PyObject_GenericSetAttr(o: Obj, name: Obj, value: Obj): number {
  return genericSetAttr(o, name, value, NULL);
}

/** The algorithm of object.__setattr__; `dict` (borrowed) replaces the instance's if not NULL. */
export function genericSetAttr(o: Obj, name: Obj, value: Obj, dict: Obj): number {
  if (!PyUnicode_Check(name)) {
    badName(name);
    return -1;
  }
  const type = Py_TYPE(o);
  const descr = _PyType_Lookup(type, name);
  if (descr !== 0) {
    const set = H32[(Py_TYPE(descr) + tp_descr_set) >> 2];
    if (set !== 0) {
      incref(descr);
      const r = F[set](descr, o, value);
      decref(descr);
      return r;
    }
  }
  if (dict === 0) {
    const at = _PyObject_GetDictPtr(o);
    if (at === 0) return noSuchAttribute(o, name, descr);
    dict = H32[at >> 2] as Obj;
    if (dict === 0) {
      if (value === 0) return noSuchAttribute(o, name, NULL);
      dict = _PyObject_NewInstanceDict(type);
      if (dict === 0) return -1;
      if (H32[(type + tp_flags) >> 2] & Py_TPFLAGS_INLINE_VALUES) PyObject_GC_UnTrack(dict);
      H32[at >> 2] = dict;
    }
  }
  incref(dict);
  const r = value === 0 ? PyDict_DelItem(dict, name) : PyDict_SetItem(dict, name, value);
  decref(dict);
  if (r < 0 && value === 0 && PyErr_ExceptionMatches(PyExc_KeyError)) return noSuchAttribute(o, name, NULL);
  return r;
}

function noSuchAttribute(o: Obj, name: Obj, descr: Obj): -1 {
  PyErr_Clear();
  const type = typeName(o);
  const n = asString(name);
  if (descr !== 0) PyErr_SetString(PyExc_AttributeError, `'${type}' object attribute '${n}' is read-only`);
  else if (_PyObject_GetDictPtr(o) === 0 && H32[(Py_TYPE(o) + tp_setattro) >> 2] === genericSetAttrIndex)
    PyErr_SetString(
      PyExc_AttributeError,
      `'${type}' object has no attribute '${n}' and no __dict__ for setting new attributes`,
    );
  else PyErr_SetString(PyExc_AttributeError, `'${type}' object has no attribute '${n}'`);
  attributeErrorContext(o, name);
  return -1;
}

// --- dir, iteration ---------------------------------------------------------------------------------------------------------

/** dir(o): a new sorted list, or NULL. */
export function PyObject_Dir(o: Obj): Obj {
  const f = _PyObject_LookupSpecial(o, idObj(s_dir));
  if (f === 0) {
    if (PyErr_Occurred() === 0) PyErr_SetString(PyExc_TypeError, 'object does not provide __dir__');
    return NULL;
  }
  const names = PyObject_CallNoArgs(f);
  decref(f);
  if (names === 0) return NULL;
  const list = PySequence_List(names);
  decref(names);
  if (list === 0) return NULL;
  if (PyList_Sort(list) < 0) {
    decref(list);
    return NULL;
  }
  return list;
}

/** object.__dir__: the names of the instance, its class and the class's bases; a new list or NULL. */
export function genericDir(o: Obj): Obj {
  let dict = PyObject_GetOptionalAttr(o, idObj(s_dict));
  if (dict === 0 && PyErr_Occurred() !== 0) return NULL;
  if (dict !== 0 && !PyDict_Check(dict)) {
    decref(dict);
    dict = NULL;
  }
  const all = PyDict_New();
  let ok = all !== 0 && (dict === 0 || PyDict_Update(all, dict) === 0);
  xdecref(dict);
  if (ok) {
    const cls = PyObject_GetOptionalAttr(o, idObj(s_class));
    if (cls !== 0) {
      ok = mergeClassDict(all, cls) === 0;
      decref(cls);
    } else ok = PyErr_Occurred() === 0;
  }
  const keys = ok ? PyDict_Keys(all) : NULL;
  xdecref(all);
  return keys;
}

const s_bases = ID('__bases__');

/** Adds the names of a class and of its bases to the dict `into`: 0, or -1. */
export function mergeClassDict(into: Obj, cls: Obj): number {
  const dict = PyObject_GetOptionalAttr(cls, idObj(s_dict));
  if (dict === 0) {
    if (PyErr_Occurred() !== 0) return -1;
  } else {
    const r = PyDict_Update(into, dict);
    decref(dict);
    if (r < 0) return -1;
  }
  const bases = PyObject_GetOptionalAttr(cls, idObj(s_bases));
  if (bases === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  const list = PySequence_List(bases);
  decref(bases);
  if (list === 0) return -1;
  let r = 0;
  for (let i = 0; r === 0 && i < PyList_GET_SIZE(list); i++) r = mergeClassDict(into, PyList_GET_ITEM(list, i));
  decref(list);
  return r;
}

export function PyIter_Check(o: Obj): boolean {
  const slot = H32[(Py_TYPE(o) + tp_iternext) >> 2];
  return slot !== 0 && slot !== nextNotImplementedIndex;
}

/** The tp_iternext of classes that set `__next__ = None`. */
export function _PyObject_NextNotImplemented(o: Obj): Obj {
  return PyErr_SetString(PyExc_TypeError, `'${typeName(o)}' object is not iterable`);
}
export const nextNotImplementedIndex = fn(_PyObject_NextNotImplemented);

/** PyObject_SelfIter: the tp_iter of iterators; new reference to the object itself. */
export function PyObject_SelfIter(o: Obj): Obj {
  return newref(o);
}

/** The tp_richcompare of identity: returns what object.__eq__ and __ne__ do. */
export function object_richcompare(a: Obj, b: Obj, op: number): Obj {
  if (op === Py_EQ) return newref(a === b ? Py_True : Py_NotImplemented);
  if (op === Py_NE) {
    const slot = H32[(Py_TYPE(a) + tp_richcompare) >> 2];
    if (slot === 0) return newref(Py_NotImplemented);
    const eq = F[slot](a, b, Py_EQ) as Obj;
    if (eq === 0 || eq === Py_NotImplemented) return eq;
    const truth = PyObject_IsTrue(eq);
    decref(eq);
    return truth < 0 ? NULL : newref(truth ? Py_False : Py_True);
  }
  return newref(Py_NotImplemented);
}

/** A comparison of two JavaScript numbers as a new bool (Py_RETURN_RICHCOMPARE). */
export function richCompareNumbers(a: number, b: number, op: number): Obj {
  let r: boolean;
  switch (op) {
    case Py_LT:
      r = a < b;
      break;
    case Py_LE:
      r = a <= b;
      break;
    case Py_EQ:
      r = a === b;
      break;
    case Py_NE:
      r = a !== b;
      break;
    case Py_GT:
      r = a > b;
      break;
    default:
      r = a >= b;
  }
  return newref(r ? Py_True : Py_False);
}
