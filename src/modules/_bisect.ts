// What does the module _bisect export?  Invariant: a search asks for `<` only, at most log2(n) + 1 times, and for items by index, so that it works for any
// sequence.

import { defineModule, method } from '../object/declare.js';
import { PyObject_CallMethodObjArgs, PyObject_CallOneArg } from '../object/call.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { decref, newref, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyList_CheckExact, PyList_Insert } from '../object/list.js';
import { PyLong_FromSsize_t } from '../object/long.js';
import { PyNumber_AsSsize_t } from '../object/number.js';
import { Py_LT, PyObject_RichCompareBool } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_GetItem, PySequence_Size } from '../object/sequence.js';
import { Py_None, PyExc_OverflowError, PyExc_ValueError } from '../object/statics.js';

const s_insert = ID('insert');

/** The place for x in list[lo:hi] (hi -1: to the end): after equal items if `right`; -1 with an exception. */
function bisect(list: Obj, x: Obj, lo: number, hi: number, key: Obj, right: boolean): number {
  if (lo < 0) {
    PyErr_SetString(PyExc_ValueError, 'lo must be non-negative');
    return -1;
  }
  if (hi === -1) {
    hi = PySequence_Size(list);
    if (hi < 0) return -1;
  }
  while (lo < hi) {
    const mid = Math.floor((lo + hi) / 2);
    let item = PySequence_GetItem(list, mid);
    if (item !== 0 && key !== Py_None) {
      const k = PyObject_CallOneArg(key, item);
      decref(item);
      item = k;
    }
    if (item === 0) return -1;
    const cmp = right ? PyObject_RichCompareBool(x, item, Py_LT) : PyObject_RichCompareBool(item, x, Py_LT);
    decref(item);
    if (cmp < 0) return -1;
    if (cmp > 0 === right) hi = mid;
    else lo = mid + 1;
  }
  return lo;
}

/** The argument hi: None is -1; -2 with an exception. */
function highOf(hi: Obj): number {
  if (hi === Py_None) return -1;
  const n = PyNumber_AsSsize_t(hi, PyExc_OverflowError);
  return n === -1 && PyErr_Occurred() !== 0 ? -2 : n;
}

function bisectFunction(right: boolean): (m: Obj, a: Obj, x: Obj, lo: number, hi: Obj, key: Obj) => Obj {
  return (_m, a, x, lo, hi, key) => {
    const high = highOf(hi);
    const i = high === -2 ? -1 : bisect(a, x, lo, high, key, right);
    return i < 0 ? NULL : PyLong_FromSsize_t(i);
  };
}

function insortFunction(right: boolean): (m: Obj, a: Obj, x: Obj, lo: number, hi: Obj, key: Obj) => Obj {
  return (_m, a, x, lo, hi, key) => {
    const high = highOf(hi);
    if (high === -2) return NULL;
    const k = key === Py_None ? newref(x) : PyObject_CallOneArg(key, x);
    if (k === 0) return NULL;
    const i = bisect(a, k, lo, high, key, right);
    decref(k);
    if (i < 0) return NULL;
    if (PyList_CheckExact(a)) return PyList_Insert(a, i, x) < 0 ? NULL : newref(Py_None);
    const index = PyLong_FromSsize_t(i);
    const r = index === 0 ? NULL : PyObject_CallMethodObjArgs(a, idObj(s_insert), index, x);
    xdecref(index);
    if (r === 0) return NULL;
    decref(r);
    return newref(Py_None);
  };
}

const SIG = '($module, /, a, x, lo: ssize = 0, hi=None, *, key=None)';

defineModule({
  name: '_bisect',
  doc: `Bisection algorithms.

This module provides support for maintaining a list in sorted order without
having to sort the list after each insertion. For long lists of items with
expensive comparison operations, this can be an improvement over the more
common approach.
`,
  functions: [
    method(
      'bisect_right',
      SIG,
      bisectFunction(true),
      'Return the index where to insert item x in list a, assuming a is sorted: after any x that is there.',
    ),
    method(
      'insort_right',
      SIG,
      insortFunction(true),
      'Insert item x in list a, and keep it sorted assuming a is sorted: to the right of any x that is there.',
    ),
    method(
      'bisect_left',
      SIG,
      bisectFunction(false),
      'Return the index where to insert item x in list a, assuming a is sorted: before any x that is there.',
    ),
    method(
      'insort_left',
      SIG,
      insortFunction(false),
      'Insert item x in list a, and keep it sorted assuming a is sorted: to the left of any x that is there.',
    ),
  ],
});
