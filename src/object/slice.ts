// How does a slice stand in the heap, and which indices does it mean?  Invariant: start, stop and step are owned references, None
// where the slice leaves them open.

import { H32 } from '../memory/linear.js';
import { errMinus1, PyErr_Occurred, PyErr_SetString } from './errors.js';
import { PyObject_GC_Track } from './gc_head.js';
import { decref, newref, Py_TYPE } from './header.js';
import { layout, ref } from './layout.js';
import { PyLong_FromLong } from './long.js';
import { _PyObject_New } from './new_object.js';
import { PyIndex_Check, PyNumber_AsSsize_t } from './number.js';
import { NULL, type Obj } from './ptr.js';
import { Py_None, PyExc_TypeError, PyExc_ValueError, PySlice_Type } from './statics.js';

export const SliceLayout = layout({ start: ref, stop: ref, step: ref });
export const { start: slice_start, stop: slice_stop, step: slice_step } = SliceLayout;

export const PY_SSIZE_T_MAX = 0x7fffffff;
export const PY_SSIZE_T_MIN = -0x80000000;

export function PySlice_Check(o: Obj): boolean {
  return Py_TYPE(o) === PySlice_Type;
}

/** A slice of borrowed parts (NULL means None); new, or NULL with MemoryError. */
export function PySlice_New(start: Obj, stop: Obj, step: Obj): Obj {
  const s = _PyObject_New(PySlice_Type);
  if (s === 0) return NULL;
  H32[(s + slice_start) >> 2] = newref(start === 0 ? Py_None : start);
  H32[(s + slice_stop) >> 2] = newref(stop === 0 ? Py_None : stop);
  H32[(s + slice_step) >> 2] = newref(step === 0 ? Py_None : step);
  PyObject_GC_Track(s);
  return s;
}

/** slice(start, stop) of two numbers; new, or NULL. */
export function _PySlice_FromIndices(start: number, stop: number): Obj {
  const a = PyLong_FromLong(start);
  if (a === 0) return NULL;
  const b = PyLong_FromLong(stop);
  if (b === 0) {
    decref(a);
    return NULL;
  }
  const s = PySlice_New(a, b, NULL);
  decref(a);
  decref(b);
  return s;
}

/** The results of PySlice_Unpack, PySlice_AdjustIndices and PySlice_GetIndicesEx. */
export let sliceStart = 0;
export let sliceStop = 0;
export let sliceStep = 0;
/** The result of _PyEval_SliceIndex. */
export let sliceIndex = 0;

/** Leaves the index `o` (None keeps `dflt`), clipped to Py_ssize_t, in sliceIndex: 1, or 0 with an exception. */
export function _PyEval_SliceIndex(o: Obj, dflt: number): number {
  sliceIndex = dflt;
  return o === Py_None ? 1 : _PyEval_SliceIndexNotNone(o);
}

/** As _PyEval_SliceIndex, where None is refused. */
export function _PyEval_SliceIndexNotNone(o: Obj): number {
  if (!PyIndex_Check(o)) {
    PyErr_SetString(PyExc_TypeError, 'slice indices must be integers or None or have an __index__ method');
    return 0;
  }
  const x = PyNumber_AsSsize_t(o, NULL);
  if (x === -1 && PyErr_Occurred() !== 0) return 0;
  sliceIndex = x;
  return 1;
}

/** Leaves the slice's indices, clipped to Py_ssize_t, in sliceStart, sliceStop, sliceStep: 0, or -1 with an exception. May run Python code. */
export function PySlice_Unpack(s: Obj): number {
  let step = 1;
  const stepObj = H32[(s + slice_step) >> 2] as Obj;
  if (stepObj !== Py_None) {
    if (!_PyEval_SliceIndex(stepObj, 1)) return -1;
    step = sliceIndex;
    if (step === 0) return errMinus1(PyExc_ValueError, 'slice step cannot be zero');
    // So that -step is representable too.
    if (step < -PY_SSIZE_T_MAX) step = -PY_SSIZE_T_MAX;
  }
  if (!_PyEval_SliceIndex(H32[(s + slice_start) >> 2] as Obj, step < 0 ? PY_SSIZE_T_MAX : 0)) return -1;
  const start = sliceIndex;
  if (!_PyEval_SliceIndex(H32[(s + slice_stop) >> 2] as Obj, step < 0 ? PY_SSIZE_T_MIN : PY_SSIZE_T_MAX)) return -1;
  sliceStart = start;
  sliceStop = sliceIndex;
  sliceStep = step;
  return 0;
}

/** Fits sliceStart and sliceStop, for sliceStep, to a sequence of `length` items; returns how many items the slice has. */
export function PySlice_AdjustIndices(length: number): number {
  if (sliceStart < 0) {
    sliceStart += length;
    if (sliceStart < 0) sliceStart = sliceStep < 0 ? -1 : 0;
  } else if (sliceStart >= length) sliceStart = sliceStep < 0 ? length - 1 : length;
  if (sliceStop < 0) {
    sliceStop += length;
    if (sliceStop < 0) sliceStop = sliceStep < 0 ? -1 : 0;
  } else if (sliceStop >= length) sliceStop = sliceStep < 0 ? length - 1 : length;
  if (sliceStep < 0) {
    if (sliceStop < sliceStart) return Math.floor((sliceStart - sliceStop - 1) / -sliceStep) + 1;
  } else if (sliceStart < sliceStop) return Math.floor((sliceStop - sliceStart - 1) / sliceStep) + 1;
  return 0;
}

/** PySlice_Unpack and PySlice_AdjustIndices in one: the number of items, or -1 with an exception. */
export function PySlice_GetIndicesEx(s: Obj, length: number): number {
  return PySlice_Unpack(s) < 0 ? -1 : PySlice_AdjustIndices(length);
}
