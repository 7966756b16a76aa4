// How does a number of seconds become nanoseconds?  Invariant: what does not fit in 64 bits is refused with OverflowError, NaN with ValueError.

import { PyErr_SetString } from '../object/errors.js';
import { PyFloat_AS_DOUBLE, PyFloat_Check } from '../object/float.js';
import { decref } from '../object/header.js';
import { asBigInt } from '../object/long.js';
import { PyNumber_Index } from '../object/number.js';
import type { Obj } from '../object/ptr.js';
import { PyExc_OverflowError, PyExc_ValueError } from '../object/statics.js';

export type Rounding = 'floor' | 'ceiling' | 'away';

const LIMIT = 1n << 63n;

function overflow(message: string): null {
  PyErr_SetString(PyExc_OverflowError, message);
  return null;
}

/** The int of an object with __index__; null with TypeError. */
function indexOf(o: Obj): bigint | null {
  const n = PyNumber_Index(o);
  if (n === 0) return null;
  const big = asBigInt(n);
  decref(n);
  return big;
}

/** Rounds a number as asked. */
function round(x: number, how: Rounding): number {
  return how === 'floor' ? Math.floor(x) : how === 'ceiling' ? Math.ceil(x) : x >= 0 ? Math.ceil(x) : Math.floor(x);
}

/** Seconds (int or float) as nanoseconds (_PyTime_FromSecondsObject); null with an exception. */
export function nanoseconds(o: Obj, how: Rounding): bigint | null {
  if (PyFloat_Check(o)) {
    const x = PyFloat_AS_DOUBLE(o);
    if (Number.isNaN(x)) {
      PyErr_SetString(PyExc_ValueError, 'Invalid value NaN (not a number)');
      return null;
    }
    const ns = round(x * 1e9, how);
    if (!(ns >= -(2 ** 63) && ns < 2 ** 63)) return overflow('timestamp out of range for C PyTime_t');
    return BigInt(ns);
  }
  const big = indexOf(o);
  if (big === null) return null;
  const ns = big * 1000000000n;
  if (ns >= LIMIT || ns < -LIMIT) return overflow('timestamp too large to convert to C PyTime_t');
  return ns;
}

/** Seconds (int or float) as whole seconds (_PyTime_ObjectToTime_t): a number, NaN with an exception. */
export function wholeSeconds(o: Obj, how: Rounding): number {
  if (PyFloat_Check(o)) {
    const x = PyFloat_AS_DOUBLE(o);
    if (Number.isNaN(x)) {
      PyErr_SetString(PyExc_ValueError, 'Invalid value NaN (not a number)');
      return Number.NaN;
    }
    const s = round(x, how);
    if (s >= -(2 ** 63) && s < 2 ** 63) return s;
    overflow('timestamp out of range for platform time_t');
    return Number.NaN;
  }
  const big = indexOf(o);
  if (big === null) return Number.NaN;
  if (big < LIMIT && big >= -LIMIT) return Number(big);
  overflow('timestamp out of range for platform time_t');
  return Number.NaN;
}
