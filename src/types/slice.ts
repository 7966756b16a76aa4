// What is the type slice?  Invariant: its parts never change; they are compared, hashed and shown like those of a tuple.

import { H32 } from '../memory/linear.js';
import { checkPositional, noKwargs } from '../object/bind.js';
import { defineType, member, method } from '../object/declare.js';
import { PyErr_SetString } from '../object/errors.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { asBigInt, PyLong_FromBigInt } from '../object/long.js';
import { PyIndex_Check, PyNumber_Index } from '../object/number.js';
import {
  Py_EQ,
  Py_GE,
  Py_LE,
  PyBool_FromLong,
  PyObject_Hash,
  PyObject_Repr,
  PyObject_RichCompare,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySlice_New, slice_start, slice_step, slice_stop, SliceLayout } from '../object/slice.js';
import { Py_None, Py_NotImplemented, PyExc_TypeError, PyExc_ValueError, PySlice_Type } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';

const startOf = (s: Obj): Obj => H32[(s + slice_start) >> 2] as Obj;
const stopOf = (s: Obj): Obj => H32[(s + slice_stop) >> 2] as Obj;
const stepOf = (s: Obj): Obj => H32[(s + slice_step) >> 2] as Obj;

function slice_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  const n = PyTuple_GET_SIZE(args);
  if (!noKwargs('slice', kwargs) || !checkPositional('slice', n, 1, 3)) return NULL;
  const a = PyTuple_GET_ITEM(args, 0);
  if (n === 1) return PySlice_New(NULL, a, NULL);
  return PySlice_New(a, PyTuple_GET_ITEM(args, 1), n === 3 ? PyTuple_GET_ITEM(args, 2) : NULL);
}

function slice_repr(s: Obj): Obj {
  const texts: string[] = [];
  for (const part of [startOf(s), stopOf(s), stepOf(s)]) {
    const r = PyObject_Repr(part);
    if (r === 0) return NULL;
    texts.push(asString(r));
    decref(r);
  }
  return PyUnicode_FromString(`slice(${texts.join(', ')})`);
}

const PRIME_1 = 2654435761 | 0;
const PRIME_2 = 2246822519 | 0;
const PRIME_5 = 374761393;

// The hash of tuples without their length (xxHash).
function slice_hash(s: Obj): number {
  let h = PRIME_5;
  for (const part of [startOf(s), stopOf(s), stepOf(s)]) {
    const lane = PyObject_Hash(part);
    if (lane === -1) return -1;
    h = (h + Math.imul(lane, PRIME_2)) | 0;
    h = (h << 13) | (h >>> 19);
    h = Math.imul(h, PRIME_1);
  }
  return h === -1 ? 1546275796 : h;
}

const asTuple = (s: Obj): Obj => PyTuple_Pack(startOf(s), stopOf(s), stepOf(s));

function slice_richcompare(a: Obj, b: Obj, op: number): Obj {
  if (Py_TYPE(a) !== PySlice_Type || Py_TYPE(b) !== PySlice_Type) return newref(Py_NotImplemented);
  if (a === b) return PyBool_FromLong(op === Py_EQ || op === Py_LE || op === Py_GE);
  const x = asTuple(a);
  const y = x === 0 ? NULL : asTuple(b);
  const r = y === 0 ? NULL : PyObject_RichCompare(x, y, op);
  if (x !== 0) decref(x);
  if (y !== 0) decref(y);
  return r;
}

/** The indices that _PySlice_GetLongIndices leaves. */
export let bigStart = 0n;
export let bigStop = 0n;
export let bigStep = 0n;

let part = 0n;

/** Leaves an index in `part`; false with an exception. */
function evaluate(o: Obj): boolean {
  if (!PyIndex_Check(o)) {
    PyErr_SetString(PyExc_TypeError, 'slice indices must be integers or None or have an __index__ method');
    return false;
  }
  const i = PyNumber_Index(o);
  if (i === 0) return false;
  part = asBigInt(i);
  decref(i);
  return true;
}

function clip(i: bigint, length: bigint, lower: bigint, upper: bigint): bigint {
  if (i < 0n) {
    i += length;
    return i < lower ? lower : i;
  }
  return i > upper ? upper : i;
}

/** The slice's indices for a sequence of `length`, at any size, in bigStart, bigStop, bigStep; false with an exception. */
export function _PySlice_GetLongIndices(s: Obj, length: bigint): boolean {
  let step = 1n;
  if (stepOf(s) !== Py_None) {
    if (!evaluate(stepOf(s))) return false;
    step = part;
    if (step === 0n) {
      PyErr_SetString(PyExc_ValueError, 'slice step cannot be zero');
      return false;
    }
  }
  const lower = step < 0n ? -1n : 0n;
  const upper = step < 0n ? length - 1n : length;
  let start = step < 0n ? upper : lower;
  if (startOf(s) !== Py_None) {
    if (!evaluate(startOf(s))) return false;
    start = clip(part, length, lower, upper);
  }
  let stop = step < 0n ? lower : upper;
  if (stopOf(s) !== Py_None) {
    if (!evaluate(stopOf(s))) return false;
    stop = clip(part, length, lower, upper);
  }
  bigStart = start;
  bigStop = stop;
  bigStep = step;
  return true;
}

/** A tuple of three ints; new, or NULL. */
export function tripleOf(a: bigint, b: bigint, c: bigint): Obj {
  const x = PyLong_FromBigInt(a);
  const y = PyLong_FromBigInt(b);
  const z = PyLong_FromBigInt(c);
  const t = x === 0 || y === 0 || z === 0 ? NULL : PyTuple_Pack(x, y, z);
  for (const o of [x, y, z]) if (o !== 0) decref(o);
  return t;
}

function slice_indices(s: Obj, lengthObj: Obj): Obj {
  const i = PyNumber_Index(lengthObj);
  if (i === 0) return NULL;
  const length = asBigInt(i);
  decref(i);
  if (length < 0n) return PyErr_SetString(PyExc_ValueError, 'length should not be negative');
  return _PySlice_GetLongIndices(s, length) ? tripleOf(bigStart, bigStop, bigStep) : NULL;
}

function slice_reduce(s: Obj): Obj {
  const parts = asTuple(s);
  if (parts === 0) return NULL;
  const r = PyTuple_Pack(Py_TYPE(s), parts);
  decref(parts);
  return r;
}

defineType({
  type: PySlice_Type,
  name: 'slice',
  layout: SliceLayout,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: 'slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.\n\nThis is used for extended slicing (e.g. a[0:10:2]).',
  slots: { tp_new: slice_new, tp_repr: slice_repr, tp_hash: slice_hash, tp_richcompare: slice_richcompare },
  methods: [
    method(
      'indices',
      '($self, object, /)',
      slice_indices,
      `S.indices(len) -> (start, stop, stride)

Assuming a sequence of length len, calculate the start and stop
indices, and the stride length of the extended slice described by
S. Out of bounds indices are clipped in a manner consistent with the
handling of normal slices.`,
    ),
    method('__reduce__', '($self, /)', slice_reduce, 'Return state information for pickling.'),
  ],
  members: [
    member('start', 'object', slice_start),
    member('stop', 'object', slice_stop),
    member('step', 'object', slice_step),
  ],
});
