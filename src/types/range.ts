// What is a range, and how does one walk through it?
//
// Invariant: start, stop, step and length are exact ints of any size, never changed; the length is that of the sequence.  Where all numbers
// that an iteration meets fit 32 bits, the iterator holds them as such (range_iterator), else as ints (longrange_iterator).

import { reprOf } from './exceptions.js';
import { H32 } from '../memory/linear.js';
import { noKwargs } from '../object/bind.js';
import { defineType, member, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { HEAD_SIZE } from '../object/head.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { ID } from '../object/identifiers.js';
import { getBuiltin } from '../object/iter_reduce.js';
import { i32, layout, ref } from '../object/layout.js';
import {
  asBigInt,
  asSafeInteger,
  digitCount,
  isNegative,
  PyLong_AsLong,
  PyLong_AsSsize_t,
  PyLong_CheckExact,
  PyLong_FromBigInt,
  PyLong_FromLong,
} from '../object/long.js';
import { long_add, long_compare, long_multiply, long_subtract } from '../object/long_arith.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyIndex_Check, PyNumber_Index } from '../object/number.js';
import {
  Py_EQ,
  Py_NE,
  PyBool_FromLong,
  PyObject_GenericGetAttr,
  PyObject_Hash,
  PyObject_SelfIter,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { _PySequence_IterSearchContains, PySequence_Count, PySequence_Index } from '../object/sequence.js';
import {
  Py_None,
  Py_NotImplemented,
  PyBool_Type,
  PyExc_IndexError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyLongRangeIter_Type,
  PyRange_Type,
  PyRangeIter_Type,
  PySlice_Type,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import { Py_TPFLAGS_SEQUENCE } from '../object/type_layout.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { _PySlice_GetLongIndices, bigStart, bigStep, bigStop } from './slice.js';

const s_iter = ID('iter');

export const RangeLayout = layout({ start: ref, stop: ref, step: ref, length: ref });
const { start: r_start, stop: r_stop, step: r_step, length: r_length } = RangeLayout;

const field = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;
const LIMIT = 2 ** 52;
const fitsNumber = (x: number): boolean => x >= -LIMIT && x <= LIMIT;

/** How many items range(start, stop, step) has, as an int; new, or NULL. */
function lengthOf(start: Obj, stop: Obj, step: Obj): Obj {
  const a = asSafeInteger(start);
  const b = asSafeInteger(stop);
  const s = asSafeInteger(step);
  if (fitsNumber(a) && fitsNumber(b) && fitsNumber(s)) {
    const span = s > 0 ? b - a : a - b;
    return PyLong_FromLong(span <= 0 ? 0 : Math.floor((span - 1) / Math.abs(s)) + 1);
  }
  const x = asBigInt(start);
  const y = asBigInt(stop);
  const z = asBigInt(step);
  const span = z > 0n ? y - x : x - y;
  return PyLong_FromBigInt(span <= 0n ? 0n : (span - 1n) / (z < 0n ? -z : z) + 1n);
}

/** A range of exact ints, which are stolen (any may be NULL: an error is set); new, or NULL. */
function makeRange(start: Obj, stop: Obj, step: Obj): Obj {
  const complete = start !== 0 && stop !== 0 && step !== 0;
  const length = complete ? lengthOf(start, stop, step) : NULL;
  const r = length === 0 ? NULL : _PyObject_New(PyRange_Type);
  if (r === 0) {
    for (const o of [start, stop, step, length]) if (o !== 0) decref(o);
    return NULL;
  }
  H32[(r + r_start) >> 2] = start;
  H32[(r + r_stop) >> 2] = stop;
  H32[(r + r_step) >> 2] = step;
  H32[(r + r_length) >> 2] = length;
  return r;
}

function range_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargs('range', kwargs)) return NULL;
  const n = PyTuple_GET_SIZE(args);
  if (n === 0) return PyErr_SetString(PyExc_TypeError, 'range expected at least 1 argument, got 0');
  if (n > 3) return PyErr_SetString(PyExc_TypeError, `range expected at most 3 arguments, got ${n}`);
  if (n === 1) {
    const stop = PyNumber_Index(PyTuple_GET_ITEM(args, 0));
    return stop === 0 ? NULL : makeRange(PyLong_FromLong(0), stop, PyLong_FromLong(1));
  }
  const start = PyNumber_Index(PyTuple_GET_ITEM(args, 0));
  if (start === 0) return NULL;
  const stop = PyNumber_Index(PyTuple_GET_ITEM(args, 1));
  const step = stop === 0 ? NULL : n === 3 ? PyNumber_Index(PyTuple_GET_ITEM(args, 2)) : PyLong_FromLong(1);
  if (step !== 0 && digitCount(step) === 0) {
    decref(start);
    decref(stop);
    decref(step);
    return PyErr_SetString(PyExc_ValueError, 'range() arg 3 must not be zero');
  }
  return makeRange(start, stop, step);
}

function range_length(r: Obj): number {
  return PyLong_AsSsize_t(field(r, r_length));
}

/** Item i, an int that is known to be within; new, or NULL. */
function itemAt(r: Obj, i: Obj): Obj {
  const offset = long_multiply(i, field(r, r_step));
  if (offset === 0) return NULL;
  const item = long_add(field(r, r_start), offset);
  decref(offset);
  return item;
}

const outOfRange = (): Obj => PyErr_SetString(PyExc_IndexError, 'range object index out of range');

function itemAtChecked(r: Obj, index: Obj): Obj {
  const length = field(r, r_length);
  let i = newref(index);
  if (isNegative(i)) {
    decref(i);
    i = long_add(index, length);
    if (i === 0) return NULL;
  }
  const ok = !isNegative(i) && long_compare(i, length) < 0;
  const item = ok ? itemAt(r, i) : outOfRange();
  decref(i);
  return item;
}

function range_item(r: Obj, i: number): Obj {
  const index = PyLong_FromLong(i);
  if (index === 0) return NULL;
  // A sequence index below zero has had the length added already.
  const ok = i >= 0 && long_compare(index, field(r, r_length)) < 0;
  const item = ok ? itemAt(r, index) : outOfRange();
  decref(index);
  return item;
}

function range_subscript(r: Obj, key: Obj): Obj {
  if (PyIndex_Check(key)) {
    const i = PyNumber_Index(key);
    if (i === 0) return NULL;
    const item = itemAtChecked(r, i);
    decref(i);
    return item;
  }
  if (Py_TYPE(key) === PySlice_Type) {
    if (!_PySlice_GetLongIndices(key, asBigInt(field(r, r_length)))) return NULL;
    const step = asBigInt(field(r, r_step));
    const start = asBigInt(field(r, r_start));
    return makeRange(
      PyLong_FromBigInt(start + bigStart * step),
      PyLong_FromBigInt(start + bigStop * step),
      PyLong_FromBigInt(bigStep * step),
    );
  }
  return PyErr_SetString(PyExc_TypeError, `range indices must be integers or slices, not ${typeName(key)}`);
}

const isPlainInt = (o: Obj): boolean => PyLong_CheckExact(o) || Py_TYPE(o) === PyBool_Type;

function containsInt(r: Obj, o: Obj): boolean {
  const x = asBigInt(o);
  const start = asBigInt(field(r, r_start));
  const stop = asBigInt(field(r, r_stop));
  const step = asBigInt(field(r, r_step));
  if (step > 0n ? x < start || x >= stop : x > start || x <= stop) return false;
  return (x - start) % step === 0n;
}

function containsPlain(r: Obj, o: Obj): boolean {
  const x = asSafeInteger(o);
  const a = asSafeInteger(field(r, r_start));
  const b = asSafeInteger(field(r, r_stop));
  const s = asSafeInteger(field(r, r_step));
  if (!(fitsNumber(x) && fitsNumber(a) && fitsNumber(b) && fitsNumber(s))) return containsInt(r, o);
  return (s > 0 ? x >= a && x < b : x <= a && x > b) && (x - a) % s === 0;
}

function range_contains(r: Obj, o: Obj): number {
  if (isPlainInt(o)) return containsPlain(r, o) ? 1 : 0;
  return _PySequence_IterSearchContains(r, o);
}

function range_bool(r: Obj): number {
  return digitCount(field(r, r_length)) !== 0 ? 1 : 0;
}

function range_repr(r: Obj): Obj {
  const plain = asSafeInteger(field(r, r_step)) === 1;
  const parts: string[] = [];
  for (const offset of plain ? [r_start, r_stop] : [r_start, r_stop, r_step]) {
    // An int may have more digits than may be shown.
    const text = reprOf(field(r, offset));
    if (text === null) return NULL;
    parts.push(text);
  }
  return PyUnicode_FromString(`range(${parts.join(', ')})`);
}

/** Whether two ranges are the same sequence. */
function sameSequence(a: Obj, b: Obj): boolean {
  if (a === b) return true;
  const n = field(a, r_length);
  if (long_compare(n, field(b, r_length)) !== 0) return false;
  if (digitCount(n) === 0) return true;
  if (long_compare(field(a, r_start), field(b, r_start)) !== 0) return false;
  return asSafeInteger(n) === 1 || long_compare(field(a, r_step), field(b, r_step)) === 0;
}

function range_richcompare(a: Obj, b: Obj, op: number): Obj {
  if (Py_TYPE(b) !== PyRange_Type || (op !== Py_EQ && op !== Py_NE)) return newref(Py_NotImplemented);
  return PyBool_FromLong(sameSequence(a, b) === (op === Py_EQ));
}

// As the tuple (length, start, step), where a part that does not matter is None.
function range_hash(r: Obj): number {
  const n = field(r, r_length);
  const t = PyTuple_Pack(
    n,
    digitCount(n) === 0 ? Py_None : field(r, r_start),
    digitCount(n) === 0 || asSafeInteger(n) === 1 ? Py_None : field(r, r_step),
  );
  if (t === 0) return -1;
  const h = PyObject_Hash(t);
  decref(t);
  return h;
}

function range_count(r: Obj, o: Obj): Obj {
  if (isPlainInt(o)) return PyLong_FromLong(containsPlain(r, o) ? 1 : 0);
  const n = PySequence_Count(r, o);
  return n < 0 ? NULL : PyLong_FromLong(n);
}

function range_index(r: Obj, o: Obj): Obj {
  if (!isPlainInt(o)) {
    const i = PySequence_Index(r, o);
    return i < 0 ? NULL : PyLong_FromLong(i);
  }
  if (!containsPlain(r, o)) return PyErr_SetString(PyExc_ValueError, 'range.index(x): x not in range');
  return PyLong_FromBigInt((asBigInt(o) - asBigInt(field(r, r_start))) / asBigInt(field(r, r_step)));
}

function range_reduce(r: Obj): Obj {
  const args = PyTuple_Pack(field(r, r_start), field(r, r_stop), field(r, r_step));
  if (args === 0) return NULL;
  const t = PyTuple_Pack(PyRange_Type, args);
  decref(args);
  return t;
}

const RangeIter = layout({ start: i32, step: i32, len: i32 });
/** The next value, the step, and how many are left. */
export const rangeiter_start = HEAD_SIZE;
export const rangeiter_step = HEAD_SIZE + 4;
export const rangeiter_len = HEAD_SIZE + 8;

const LongRangeIter = layout({ start: ref, step: ref, len: ref });
const { start: lr_start, step: lr_step, len: lr_len } = LongRangeIter;

const isInt32 = (x: number): boolean => x >= -0x80000000 && x <= 0x7fffffff;

/** An iterator from `start` on, `n` items by `step`; new, or NULL. */
function makeIter(start: number, step: number, n: number): Obj {
  const it = _PyObject_New(PyRangeIter_Type);
  if (it === 0) return NULL;
  H32[(it + rangeiter_start) >> 2] = start;
  H32[(it + rangeiter_step) >> 2] = step;
  H32[(it + rangeiter_len) >> 2] = n;
  return it;
}

/** As makeIter for ints, which are stolen. */
function makeLongIter(start: Obj, step: Obj, n: Obj): Obj {
  const it = start === 0 || step === 0 || n === 0 ? NULL : _PyObject_New(PyLongRangeIter_Type);
  if (it === 0) {
    for (const o of [start, step, n]) if (o !== 0) decref(o);
    return NULL;
  }
  H32[(it + lr_start) >> 2] = start;
  H32[(it + lr_step) >> 2] = step;
  H32[(it + lr_len) >> 2] = n;
  return it;
}

function range_iter(r: Obj): Obj {
  const a = asSafeInteger(field(r, r_start));
  const s = asSafeInteger(field(r, r_step));
  const n = asSafeInteger(field(r, r_length));
  // Even the value behind the last one is computed.
  if (isInt32(a) && isInt32(s) && isInt32(n) && isInt32(a + n * s)) return makeIter(a, s, n);
  return makeLongIter(newref(field(r, r_start)), newref(field(r, r_step)), newref(field(r, r_length)));
}

function range_reverse(r: Obj): Obj {
  const a = asSafeInteger(field(r, r_start));
  const s = asSafeInteger(field(r, r_step));
  const n = asSafeInteger(field(r, r_length));
  if (isInt32(a - s) && isInt32(-s) && isInt32(n) && isInt32(a + (n - 1) * s)) return makeIter(a + (n - 1) * s, -s, n);
  const length = asBigInt(field(r, r_length));
  const step = asBigInt(field(r, r_step));
  const last = asBigInt(field(r, r_start)) + (length - 1n) * step;
  return makeLongIter(PyLong_FromBigInt(last), PyLong_FromBigInt(-step), newref(field(r, r_length)));
}

export function rangeiter_next(it: Obj): Obj {
  const n = H32[(it + rangeiter_len) >> 2];
  if (n <= 0) return NULL;
  const value = H32[(it + rangeiter_start) >> 2];
  H32[(it + rangeiter_start) >> 2] = value + H32[(it + rangeiter_step) >> 2];
  H32[(it + rangeiter_len) >> 2] = n - 1;
  return PyLong_FromLong(value);
}

/** (iter, (range(start, stop, step),), None) for what is left; the ints are stolen. */
function reduceRest(start: Obj, stop: Obj, step: Obj): Obj {
  const r = makeRange(start, stop, step);
  if (r === 0) return NULL;
  const iter = getBuiltin(s_iter);
  const args = PyTuple_Pack(r);
  decref(r);
  const t = iter === 0 || args === 0 ? NULL : PyTuple_Pack(iter, args, Py_None);
  if (iter !== 0) decref(iter);
  if (args !== 0) decref(args);
  return t;
}

function rangeiter_reduce(it: Obj): Obj {
  const a = H32[(it + rangeiter_start) >> 2];
  const s = H32[(it + rangeiter_step) >> 2];
  return reduceRest(PyLong_FromLong(a), PyLong_FromLong(a + H32[(it + rangeiter_len) >> 2] * s), PyLong_FromLong(s));
}

function rangeiter_setstate(it: Obj, state: Obj): Obj {
  let i = PyLong_AsLong(state);
  if (i === -1 && PyErr_Occurred() !== 0) return NULL;
  const n = H32[(it + rangeiter_len) >> 2];
  i = Math.min(Math.max(i, 0), n);
  H32[(it + rangeiter_start) >> 2] += i * H32[(it + rangeiter_step) >> 2];
  H32[(it + rangeiter_len) >> 2] = n - i;
  return newref(Py_None);
}

function longrangeiter_next(it: Obj): Obj {
  const n = field(it, lr_len);
  if (digitCount(n) === 0) return NULL;
  const one = PyLong_FromLong(1);
  const rest = long_subtract(n, one);
  decref(one);
  if (rest === 0) return NULL;
  const value = field(it, lr_start);
  const next = long_add(value, field(it, lr_step));
  if (next === 0) {
    decref(rest);
    return NULL;
  }
  H32[(it + lr_start) >> 2] = next;
  H32[(it + lr_len) >> 2] = rest;
  decref(n);
  return value;
}

function longrangeiter_reduce(it: Obj): Obj {
  const start = asBigInt(field(it, lr_start));
  const stop = start + asBigInt(field(it, lr_len)) * asBigInt(field(it, lr_step));
  return reduceRest(newref(field(it, lr_start)), PyLong_FromBigInt(stop), newref(field(it, lr_step)));
}

function longrangeiter_setstate(it: Obj, state: Obj): Obj {
  if (!PyLong_CheckExact(state))
    return PyErr_SetString(PyExc_TypeError, `state must be an int, not ${typeName(state)}`);
  const n = asBigInt(field(it, lr_len));
  let i = asBigInt(state);
  i = i < 0n ? 0n : i > n ? n : i;
  const start = PyLong_FromBigInt(asBigInt(field(it, lr_start)) + i * asBigInt(field(it, lr_step)));
  const rest = PyLong_FromBigInt(n - i);
  decref(field(it, lr_start));
  decref(field(it, lr_len));
  H32[(it + lr_start) >> 2] = start;
  H32[(it + lr_len) >> 2] = rest;
  return newref(Py_None);
}

const LENGTH_HINT_DOC = 'Private method returning an estimate of len(list(it)).';
const REDUCE_DOC = 'Return state information for pickling.';
const SETSTATE_DOC = 'Set state information for unpickling.';

defineType({
  type: PyRange_Type,
  name: 'range',
  layout: RangeLayout,
  flags: Py_TPFLAGS_SEQUENCE,
  doc: `range(stop) -> range object
range(start, stop[, step]) -> range object

Return an object that produces a sequence of integers from start (inclusive)
to stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.
start defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.
These are exactly the valid indices for a list of 4 elements.
When step is given, it specifies the increment (or decrement).`,
  slots: {
    tp_new: range_new,
    tp_repr: range_repr,
    tp_hash: range_hash,
    tp_richcompare: range_richcompare,
    tp_iter: range_iter,
    nb_bool: range_bool,
    sq_length: range_length,
    sq_item: range_item,
    sq_contains: range_contains,
    mp_length: range_length,
    mp_subscript: range_subscript,
  },
  methods: [
    method('__reversed__', '($self, /)', range_reverse, 'Return a reverse iterator.'),
    method('__reduce__', '($self, /)', range_reduce),
    method(
      'count',
      '($self, object, /)',
      range_count,
      'rangeobject.count(value) -> integer -- return number of occurrences of value',
    ),
    method(
      'index',
      '($self, object, /)',
      range_index,
      'rangeobject.index(value) -> integer -- return index of value.\nRaise ValueError if the value is not present.',
    ),
  ],
  members: [
    member('start', 'object_ex', r_start),
    member('stop', 'object_ex', r_stop),
    member('step', 'object_ex', r_step),
  ],
});

defineType({
  type: PyRangeIter_Type,
  name: 'range_iterator',
  layout: RangeIter,
  slots: { tp_getattro: PyObject_GenericGetAttr, tp_iter: PyObject_SelfIter, tp_iternext: rangeiter_next },
  methods: [
    method(
      '__length_hint__',
      '($self, /)',
      (it: Obj) => PyLong_FromLong(H32[(it + rangeiter_len) >> 2]),
      LENGTH_HINT_DOC,
    ),
    method('__reduce__', '($self, /)', rangeiter_reduce, REDUCE_DOC),
    method('__setstate__', '($self, object, /)', rangeiter_setstate, SETSTATE_DOC),
  ],
});

defineType({
  type: PyLongRangeIter_Type,
  name: 'longrange_iterator',
  layout: LongRangeIter,
  slots: { tp_getattro: PyObject_GenericGetAttr, tp_iter: PyObject_SelfIter, tp_iternext: longrangeiter_next },
  methods: [
    method('__length_hint__', '($self, /)', (it: Obj) => newref(field(it, lr_len)), LENGTH_HINT_DOC),
    method('__reduce__', '($self, /)', longrangeiter_reduce, REDUCE_DOC),
    method('__setstate__', '($self, object, /)', longrangeiter_setstate, SETSTATE_DOC),
  ],
});
