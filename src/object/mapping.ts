// How is an object subscripted and measured?  Invariant: the mapping slots are asked before the sequence slots; an index for a sequence slot
// is never negative unless the sequence has no length.

import { H32 } from '../memory/linear.js';
import { PyObject_CallMethodNoArgs, PyObject_CallOneArg } from './call.js';
import { PyDict_CheckExact, PyDict_GetItemWithError, PyDict_Items, PyDict_Keys, PyDict_Values } from './dict.js';
import {
  errMinus1,
  nameOfType,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  PyType_FastSubclass,
  typeName,
} from './errors.js';
import { F } from './functable.js';
import { decref, newref, Py_TYPE } from './header.js';
import { ID, idObj } from './identifiers.js';
import { PyObject_GetIter } from './iter.js';
import { PyIndex_Check, PyNumber_AsSsize_t } from './number.js';
import { PyObject_GetOptionalAttr } from './object.js';
import { NULL, type Obj } from './ptr.js';
import { PySequence_DelItem, PySequence_GetItem, PySequence_List, PySequence_SetItem } from './sequence.js';
import { Py_None, PyExc_IndexError, PyExc_KeyError, PyExc_TypeError, PyType_Type } from './statics.js';
import {
  mp_ass_subscript,
  mp_length,
  mp_subscript,
  Py_TPFLAGS_TYPE_SUBCLASS,
  sq_ass_item,
  sq_item,
  sq_length,
} from './type_layout.js';
import { PyUnicode_FromString } from './unicode.js';

const s_class_getitem = ID('__class_getitem__');
const s_keys = ID('keys');
const s_values = ID('values');
const s_items = ID('items');

/** len(o), or -1. */
export function PyObject_Size(o: Obj): number {
  const type = Py_TYPE(o);
  const f = H32[(type + sq_length) >> 2] || H32[(type + mp_length) >> 2];
  if (f !== 0) return F[f](o);
  return errMinus1(PyExc_TypeError, `object of type '${nameOfType(type)}' has no len()`);
}
export const PyObject_Length = PyObject_Size;

export function PyMapping_Check(o: Obj): boolean {
  return o !== 0 && H32[(Py_TYPE(o) + mp_subscript) >> 2] !== 0;
}

/** len of a mapping, or -1. */
export function PyMapping_Size(o: Obj): number {
  const f = H32[(Py_TYPE(o) + mp_length) >> 2];
  if (f !== 0) return F[f](o);
  if (H32[(Py_TYPE(o) + sq_length) >> 2] !== 0) return errMinus1(PyExc_TypeError, `${typeName(o)} is not a mapping`);
  return errMinus1(PyExc_TypeError, `object of type '${typeName(o)}' has no len()`);
}

let genericAlias: (origin: Obj, item: Obj) => Obj = () => NULL;

/** src/types/genericalias.ts makes `type[item]` (Py_GenericAlias). */
export function setGenericAlias(make: (origin: Obj, item: Obj) => Obj): void {
  genericAlias = make;
}

/** types.GenericAlias(origin, item): a new reference, or NULL. */
export function Py_GenericAlias(origin: Obj, item: Obj): Obj {
  return genericAlias(origin, item);
}

/** o[key]: a new reference, or NULL. */
export function PyObject_GetItem(o: Obj, key: Obj): Obj {
  const type = Py_TYPE(o);
  const f = H32[(type + mp_subscript) >> 2];
  if (f !== 0) return F[f](o, key) as Obj;
  if (H32[(type + sq_item) >> 2] !== 0) {
    if (PyIndex_Check(key)) {
      const i = PyNumber_AsSsize_t(key, PyExc_IndexError);
      if (i === -1 && PyErr_Occurred() !== 0) return NULL;
      return PySequence_GetItem(o, i);
    }
    return PyErr_SetString(PyExc_TypeError, `sequence index must be integer, not '${typeName(key)}'`);
  }
  if (PyType_FastSubclass(type, Py_TPFLAGS_TYPE_SUBCLASS)) {
    if (o === PyType_Type) return Py_GenericAlias(o, key);
    const method = PyObject_GetOptionalAttr(o, idObj(s_class_getitem));
    if (method === 0 && PyErr_Occurred() !== 0) return NULL;
    if (method !== 0 && method !== Py_None) {
      const r = PyObject_CallOneArg(method, key);
      decref(method);
      return r;
    }
    if (method !== 0) decref(method);
    return PyErr_SetString(PyExc_TypeError, `type '${nameOfType(o)}' is not subscriptable`);
  }
  return PyErr_SetString(PyExc_TypeError, `'${typeName(o)}' object is not subscriptable`);
}

/** o[key]: a new reference; NULL without an exception if KeyError, NULL with one on another failure. */
export function PyMapping_GetOptionalItem(o: Obj, key: Obj): Obj {
  if (PyDict_CheckExact(o)) {
    const r = PyDict_GetItemWithError(o, key);
    return r === 0 ? NULL : newref(r);
  }
  const r = PyObject_GetItem(o, key);
  if (r === 0 && PyErr_ExceptionMatches(PyExc_KeyError)) PyErr_Clear();
  return r;
}

/** o[key] = value: 0, or -1. */
export function PyObject_SetItem(o: Obj, key: Obj, value: Obj): number {
  return assItem(o, key, value, 'does not support item assignment');
}

/** del o[key]: 0, or -1. */
export function PyObject_DelItem(o: Obj, key: Obj): number {
  return assItem(o, key, NULL, "doesn't support item deletion");
}

function assItem(o: Obj, key: Obj, value: Obj, refusal: string): number {
  const type = Py_TYPE(o);
  const f = H32[(type + mp_ass_subscript) >> 2];
  if (f !== 0) return F[f](o, key, value);
  if (H32[(type + sq_ass_item) >> 2] !== 0) {
    if (PyIndex_Check(key)) {
      const i = PyNumber_AsSsize_t(key, PyExc_IndexError);
      if (i === -1 && PyErr_Occurred() !== 0) return -1;
      return value === 0 ? PySequence_DelItem(o, i) : PySequence_SetItem(o, i, value);
    }
    return errMinus1(PyExc_TypeError, `sequence index must be integer, not '${typeName(key)}'`);
  }
  return errMinus1(PyExc_TypeError, `'${typeName(o)}' object ${refusal}`);
}

/** o[name] for a JavaScript name: a new reference, or NULL. */
export function PyMapping_GetItemString(o: Obj, name: string): Obj {
  const key = PyUnicode_FromString(name);
  if (key === 0) return NULL;
  const r = PyObject_GetItem(o, key);
  decref(key);
  return r;
}

function listOfMethod(o: Obj, name: Obj): Obj {
  const view = PyObject_CallMethodNoArgs(o, name);
  if (view === 0) return NULL;
  const it = PyObject_GetIter(view);
  decref(view);
  if (it === 0) return NULL;
  const list = PySequence_List(it);
  decref(it);
  return list;
}

/** list(o.keys()): a new list, or NULL. */
export function PyMapping_Keys(o: Obj): Obj {
  return PyDict_CheckExact(o) ? PyDict_Keys(o) : listOfMethod(o, idObj(s_keys));
}

/** list(o.values()): a new list, or NULL. */
export function PyMapping_Values(o: Obj): Obj {
  return PyDict_CheckExact(o) ? PyDict_Values(o) : listOfMethod(o, idObj(s_values));
}

/** list(o.items()): a new list, or NULL. */
export function PyMapping_Items(o: Obj): Obj {
  return PyDict_CheckExact(o) ? PyDict_Items(o) : listOfMethod(o, idObj(s_items));
}
