// How are sequences used without knowing their type?  Invariant: indices reach the slots already corrected by the length when negative.

import { H32 } from '../memory/linear.js';
import {
  errMinus1,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  PyType_FastSubclass,
  typeName,
} from './errors.js';
import { F } from './functable.js';
import { decref, newref, Py_TYPE } from './header.js';
import { PyIter_Next, PyObject_GetIter } from './iter.js';
import { PyList_AsTuple, PyList_CheckExact, PyList_Extend, PyList_New } from './list.js';
import { PyLong_FromLong } from './long.js';
import { binaryOp1 } from './number.js';
import { Py_EQ, PyObject_RichCompareBool } from './object.js';
import { PyObject_DelItem, PyObject_GetItem, PyObject_SetItem } from './mapping.js';
import { NULL, type Obj } from './ptr.js';
import { PySlice_New } from './slice.js';
import { Py_NotImplemented, PyExc_OverflowError, PyExc_TypeError, PyExc_ValueError } from './statics.js';
import { PyTuple_CheckExact } from './tuple.js';
import {
  mp_ass_subscript,
  mp_length,
  mp_subscript,
  nb_add,
  nb_inplace_add,
  nb_inplace_multiply,
  nb_multiply,
  Py_TPFLAGS_DICT_SUBCLASS,
  sq_ass_item,
  sq_concat,
  sq_contains,
  sq_inplace_concat,
  sq_inplace_repeat,
  sq_item,
  sq_length,
  sq_repeat,
} from './type_layout.js';

export function PySequence_Check(o: Obj): boolean {
  const type = Py_TYPE(o);
  if (PyType_FastSubclass(type, Py_TPFLAGS_DICT_SUBCLASS)) return false;
  return H32[(type + sq_item) >> 2] !== 0;
}

/** len of a sequence, or -1. */
export function PySequence_Size(o: Obj): number {
  const type = Py_TYPE(o);
  const f = H32[(type + sq_length) >> 2];
  if (f !== 0) return F[f](o);
  if (H32[(type + mp_length) >> 2] !== 0) return errMinus1(PyExc_TypeError, `${typeName(o)} is not a sequence`);
  return errMinus1(PyExc_TypeError, `object of type '${typeName(o)}' has no len()`);
}
export const PySequence_Length = PySequence_Size;

/** s + t for sequences: a new reference, or NULL. */
export function PySequence_Concat(s: Obj, o: Obj): Obj {
  const f = H32[(Py_TYPE(s) + sq_concat) >> 2];
  if (f !== 0) return F[f](s, o) as Obj;
  // Classes made by Python code have nb_add only.
  if (PySequence_Check(s) && PySequence_Check(o)) {
    const r = binaryOp1(s, o, nb_add);
    if (r !== Py_NotImplemented) return r;
    decref(r);
  }
  return PyErr_SetString(PyExc_TypeError, `'${typeName(s)}' object can't be concatenated`);
}

/** s += t for sequences: a new reference, or NULL. */
export function PySequence_InPlaceConcat(s: Obj, o: Obj): Obj {
  const type = Py_TYPE(s);
  const f = H32[(type + sq_inplace_concat) >> 2];
  if (f !== 0) return F[f](s, o) as Obj;
  const g = H32[(type + nb_inplace_add) >> 2];
  if (g !== 0 && PySequence_Check(s) && PySequence_Check(o)) {
    const r = F[g](s, o) as Obj;
    if (r !== Py_NotImplemented) return r;
    decref(r);
  }
  return PySequence_Concat(s, o);
}

/** s * n: a new reference, or NULL. */
export function PySequence_Repeat(s: Obj, n: number): Obj {
  const f = H32[(Py_TYPE(s) + sq_repeat) >> 2];
  if (f !== 0) return F[f](s, n) as Obj;
  if (PySequence_Check(s)) {
    const count = PyLong_FromLong(n);
    if (count === 0) return NULL;
    const r = binaryOp1(s, count, nb_multiply);
    decref(count);
    if (r !== Py_NotImplemented) return r;
    decref(r);
  }
  return PyErr_SetString(PyExc_TypeError, `'${typeName(s)}' object can't be repeated`);
}

/** s *= n for sequences: a new reference, or NULL. */
export function PySequence_InPlaceRepeat(s: Obj, n: number): Obj {
  const type = Py_TYPE(s);
  const f = H32[(type + sq_inplace_repeat) >> 2];
  if (f !== 0) return F[f](s, n) as Obj;
  const g = H32[(type + nb_inplace_multiply) >> 2];
  if (g !== 0 && PySequence_Check(s)) {
    const count = PyLong_FromLong(n);
    if (count === 0) return NULL;
    const r = F[g](s, count) as Obj;
    decref(count);
    if (r !== Py_NotImplemented) return r;
    decref(r);
  }
  return PySequence_Repeat(s, n);
}

/** An index corrected by the length if negative; the caller checks PyErr_Occurred when it is still negative. */
function correct(o: Obj, i: number): number {
  if (i >= 0) return i;
  const f = H32[(Py_TYPE(o) + sq_length) >> 2];
  if (f === 0) return i;
  const n = F[f](o);
  return n < 0 ? i : i + n;
}

/** s[i]: a new reference, or NULL. */
export function PySequence_GetItem(s: Obj, i: number): Obj {
  const type = Py_TYPE(s);
  const f = H32[(type + sq_item) >> 2];
  if (f === 0) {
    if (H32[(type + mp_subscript) >> 2] !== 0)
      return PyErr_SetString(PyExc_TypeError, `${typeName(s)} is not a sequence`);
    return PyErr_SetString(PyExc_TypeError, `'${typeName(s)}' object does not support indexing`);
  }
  const at = correct(s, i);
  if (at < 0 && PyErr_Occurred() !== 0) return NULL;
  return F[f](s, at) as Obj;
}

function assItem(s: Obj, i: number, value: Obj, verb: string): number {
  const type = Py_TYPE(s);
  const f = H32[(type + sq_ass_item) >> 2];
  if (f === 0) {
    if (H32[(type + mp_ass_subscript) >> 2] !== 0)
      return errMinus1(PyExc_TypeError, `${typeName(s)} is not a sequence`);
    return errMinus1(PyExc_TypeError, `'${typeName(s)}' object ${verb}`);
  }
  const at = correct(s, i);
  if (at < 0 && PyErr_Occurred() !== 0) return -1;
  return F[f](s, at, value);
}

/** s[i] = value: 0, or -1. */
export function PySequence_SetItem(s: Obj, i: number, value: Obj): number {
  return assItem(s, i, value, 'does not support item assignment');
}

/** del s[i]: 0, or -1. */
export function PySequence_DelItem(s: Obj, i: number): number {
  return assItem(s, i, NULL, "doesn't support item deletion");
}

function withSlice<T>(i1: number, i2: number, use: (slice: Obj) => T, failed: T): T {
  const a = PyLong_FromLong(i1);
  const b = PyLong_FromLong(i2);
  const slice = a !== 0 && b !== 0 ? PySlice_New(a, b, NULL) : NULL;
  if (a !== 0) decref(a);
  if (b !== 0) decref(b);
  if (slice === 0) return failed;
  const r = use(slice);
  decref(slice);
  return r;
}

/** s[i1:i2]: a new reference, or NULL. */
export function PySequence_GetSlice(s: Obj, i1: number, i2: number): Obj {
  if (H32[(Py_TYPE(s) + mp_subscript) >> 2] === 0)
    return PyErr_SetString(PyExc_TypeError, `'${typeName(s)}' object is unsliceable`);
  return withSlice(i1, i2, (slice) => PyObject_GetItem(s, slice), NULL);
}

/** s[i1:i2] = value: 0, or -1. */
export function PySequence_SetSlice(s: Obj, i1: number, i2: number, value: Obj): number {
  if (H32[(Py_TYPE(s) + mp_ass_subscript) >> 2] === 0)
    return errMinus1(PyExc_TypeError, `'${typeName(s)}' object doesn't support slice assignment`);
  return withSlice(i1, i2, (slice) => PyObject_SetItem(s, slice, value), -1);
}

/** del s[i1:i2]: 0, or -1. */
export function PySequence_DelSlice(s: Obj, i1: number, i2: number): number {
  if (H32[(Py_TYPE(s) + mp_ass_subscript) >> 2] === 0)
    return errMinus1(PyExc_TypeError, `'${typeName(s)}' object doesn't support slice deletion`);
  return withSlice(i1, i2, (slice) => PyObject_DelItem(s, slice), -1);
}

/** tuple(o): a new reference, or NULL. */
export function PySequence_Tuple(o: Obj): Obj {
  if (PyTuple_CheckExact(o)) return newref(o);
  if (PyList_CheckExact(o)) return PyList_AsTuple(o);
  const list = PySequence_List(o);
  if (list === 0) return NULL;
  const tuple = PyList_AsTuple(list);
  decref(list);
  return tuple;
}

/** list(o): a new list, or NULL. */
export function PySequence_List(o: Obj): Obj {
  const list = PyList_New(0);
  if (list === 0) return NULL;
  if (PyList_Extend(list, o) < 0) {
    decref(list);
    return NULL;
  }
  return list;
}

/** `o` itself if it is a list or tuple, else a list of its items: a new reference, or NULL; `message` replaces the text of a TypeError. */
export function PySequence_Fast(o: Obj, message: string): Obj {
  if (PyList_CheckExact(o) || PyTuple_CheckExact(o)) return newref(o);
  const it = PyObject_GetIter(o);
  if (it === 0) {
    if (PyErr_ExceptionMatches(PyExc_TypeError)) PyErr_SetString(PyExc_TypeError, message);
    return NULL;
  }
  const list = PySequence_List(it);
  decref(it);
  return list;
}

const COUNT = 1;
const INDEX = 2;
const CONTAINS = 3;

/** Searches by iteration: how many, at which index (-1 with ValueError if nowhere), or whether; -1 with an exception on failure. */
function iterSearch(o: Obj, value: Obj, what: number): number {
  const it = PyObject_GetIter(o);
  if (it === 0) {
    if (PyErr_ExceptionMatches(PyExc_TypeError)) {
      PyErr_Clear();
      if (what === CONTAINS)
        return errMinus1(PyExc_TypeError, `argument of type '${typeName(o)}' is not a container or iterable`);
      PyErr_SetString(PyExc_TypeError, `argument of type '${typeName(o)}' is not iterable`);
    }
    return -1;
  }
  let n = 0;
  for (;;) {
    const item = PyIter_Next(it);
    if (item === 0) break;
    const eq = PyObject_RichCompareBool(item, value, Py_EQ);
    decref(item);
    if (eq < 0) {
      decref(it);
      return -1;
    }
    if (eq > 0) {
      if (what === COUNT) n++;
      else {
        decref(it);
        return what === INDEX ? n : 1;
      }
    } else if (what === INDEX) n++;
    if (n === 0x7fffffff) {
      decref(it);
      return errMinus1(
        PyExc_OverflowError,
        what === COUNT ? 'count exceeds C integer size' : 'index exceeds C integer size',
      );
    }
  }
  decref(it);
  if (PyErr_Occurred() !== 0) return -1;
  if (what === INDEX) return errMinus1(PyExc_ValueError, 'sequence.index(x): x not in sequence');
  return what === COUNT ? n : 0;
}

/** How often value occurs, or -1. */
export function PySequence_Count(o: Obj, value: Obj): number {
  return iterSearch(o, value, COUNT);
}

/** The first index of value, or -1 with an exception. */
export function PySequence_Index(o: Obj, value: Obj): number {
  return iterSearch(o, value, INDEX);
}

/** value in o: 1, 0, or -1. */
export function PySequence_Contains(o: Obj, value: Obj): number {
  const f = H32[(Py_TYPE(o) + sq_contains) >> 2];
  return f !== 0 ? F[f](o, value) : iterSearch(o, value, CONTAINS);
}

/** Membership by iteration, for types whose sq_contains falls back to it. */
export function _PySequence_IterSearchContains(o: Obj, value: Obj): number {
  return iterSearch(o, value, CONTAINS);
}
