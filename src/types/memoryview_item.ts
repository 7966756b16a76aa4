// What is one item of a memoryview as a Python object, and back?  Invariant: formats are the struct module's native single characters
// (with an optional '@'); others are for the struct module, asked by memoryview.ts.

import { H8, HDV } from '../memory/linear.js';
import { bytesFromArray, PyBytes_AS_STRING, PyBytes_Check, PyBytes_GET_SIZE } from '../object/bytes.js';
import { errMinus1, PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyFloat_AsDouble, PyFloat_FromDouble } from '../object/float.js';
import { decref, newref } from '../object/header.js';
import { asBigInt, PyLong_FromBigInt, PyLong_FromLong, smallInt } from '../object/long.js';
import { PyNumber_Index } from '../object/number.js';
import { PyBool_FromLong, PyObject_IsTrue } from '../object/object.js';
import type { Obj } from '../object/ptr.js';
import {
  PyExc_NotImplementedError,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';

const SIZES: Readonly<Record<string, number>> = {
  c: 1,
  b: 1,
  B: 1,
  '?': 1,
  h: 2,
  H: 2,
  i: 4,
  I: 4,
  l: 4,
  L: 4,
  q: 8,
  Q: 8,
  n: 4,
  N: 4,
  P: 4,
  f: 4,
  d: 8,
  e: 2,
};

/** The character of a native single-character format, or '' if it is none. */
export function nativeChar(format: string): string {
  const c = format.startsWith('@') ? format.slice(1) : format;
  return c.length === 1 && c in SIZES ? c : '';
}

/** The size of a native format character. */
export function nativeSize(c: string): number {
  return SIZES[c];
}

/** Half precision to double. */
export function halfToDouble(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const e = (bits >> 10) & 31;
  const f = bits & 0x3ff;
  if (e === 0) return sign * f * 2 ** -24;
  if (e === 31) return f === 0 ? sign * Infinity : NaN;
  return sign * (1 + f / 1024) * 2 ** (e - 15);
}

/** Double to half precision, rounded half to even; -1 if it overflows. */
export function doubleToHalf(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const a = Math.abs(x);
  if (Number.isNaN(x)) return sign | 0x7e00;
  if (a === Infinity) return sign | 0x7c00;
  if (a === 0) return sign;
  let e = Math.floor(Math.log2(a));
  if (2 ** e > a) e--;
  if (2 ** (e + 1) <= a) e++;
  const unit = 2 ** (Math.max(e, -14) - 10);
  const scaled = a / unit;
  let m = Math.floor(scaled);
  const rest = scaled - m;
  if (rest > 0.5 || (rest === 0.5 && m & 1)) m++;
  if (m === 0) return sign;
  // The mantissa may have carried into the next exponent; adding does the rest.
  const bits = Math.max(e, -14) === -14 && m < 1024 ? m : ((Math.max(e, -14) + 15) << 10) + (m - 1024);
  return bits >= 0x7c00 ? -1 : sign | bits;
}

/** The item at `p`, a new reference; NULL with NotImplementedError for a format that is not native. */
export function unpackItem(p: number, c: string, format: string): Obj {
  switch (c) {
    case 'B':
      return newref(smallInt(H8[p]));
    case 'b':
      return PyLong_FromLong(HDV.getInt8(p));
    case 'c':
      return bytesFromArray([H8[p]]);
    case '?':
      return PyBool_FromLong(H8[p] !== 0);
    case 'h':
      return PyLong_FromLong(HDV.getInt16(p, true));
    case 'H':
      return PyLong_FromLong(HDV.getUint16(p, true));
    case 'i':
    case 'l':
    case 'n':
      return PyLong_FromLong(HDV.getInt32(p, true));
    case 'I':
    case 'L':
    case 'N':
    case 'P':
      return PyLong_FromLong(HDV.getUint32(p, true));
    case 'q':
      return PyLong_FromBigInt(HDV.getBigInt64(p, true));
    case 'Q':
      return PyLong_FromBigInt(HDV.getBigUint64(p, true));
    case 'f':
      return PyFloat_FromDouble(HDV.getFloat32(p, true));
    case 'd':
      return PyFloat_FromDouble(HDV.getFloat64(p, true));
    case 'e':
      return PyFloat_FromDouble(halfToDouble(HDV.getUint16(p, true)));
  }
  return PyErr_SetString(PyExc_NotImplementedError, `memoryview: format ${format} not supported`);
}

function badType(format: string): number {
  return errMinus1(PyExc_TypeError, `memoryview: invalid type for format '${format}'`);
}
function badValue(format: string): number {
  return errMinus1(PyExc_ValueError, `memoryview: invalid value for format '${format}'`);
}

/** TypeError and OverflowError of a conversion in memoryview's words. */
function reword(format: string): number {
  if (PyErr_ExceptionMatches(PyExc_TypeError)) {
    PyErr_Clear();
    return badType(format);
  }
  if (PyErr_ExceptionMatches(PyExc_OverflowError) || PyErr_ExceptionMatches(PyExc_ValueError)) {
    PyErr_Clear();
    return badValue(format);
  }
  return -1;
}

const LIMITS: Readonly<Record<string, readonly [bigint, bigint]>> = {
  b: [-128n, 127n],
  B: [0n, 255n],
  h: [-32768n, 32767n],
  H: [0n, 65535n],
  i: [-(2n ** 31n), 2n ** 31n - 1n],
  l: [-(2n ** 31n), 2n ** 31n - 1n],
  n: [-(2n ** 31n), 2n ** 31n - 1n],
  I: [0n, 2n ** 32n - 1n],
  L: [0n, 2n ** 32n - 1n],
  N: [0n, 2n ** 32n - 1n],
  P: [0n, 2n ** 32n - 1n],
  q: [-(2n ** 63n), 2n ** 63n - 1n],
  Q: [0n, 2n ** 64n - 1n],
};

/** Stores `o` at `place()`: 0, or -1 with an exception.  `place` is asked after the conversion, which may run code; it answers 0 with an exception. */
export function packItem(place: () => number, c: string, format: string, o: Obj): number {
  const limits = LIMITS[c];
  if (limits !== undefined) {
    const i = PyNumber_Index(o);
    if (i === 0) return reword(format);
    const v = asBigInt(i);
    decref(i);
    if (v < limits[0] || v > limits[1]) return badValue(format);
    const p = place();
    if (p === 0) return -1;
    const size = SIZES[c];
    if (size === 8) HDV.setBigInt64(p, BigInt.asIntN(64, v), true);
    else {
      const n = Number(v);
      if (size === 1) H8[p] = n;
      else if (size === 2) HDV.setUint16(p, n & 0xffff, true);
      else HDV.setUint32(p, n >>> 0, true);
    }
    return 0;
  }
  if (c === 'f' || c === 'd' || c === 'e') {
    const x = PyFloat_AsDouble(o);
    if (x === -1 && PyErr_Occurred() !== 0) return reword(format);
    let half = 0;
    if (c === 'e') {
      half = doubleToHalf(x);
      if (half < 0) return badValue(format);
    }
    const p = place();
    if (p === 0) return -1;
    if (c === 'd') HDV.setFloat64(p, x, true);
    else if (c === 'f') HDV.setFloat32(p, x, true);
    else HDV.setUint16(p, half, true);
    return 0;
  }
  if (c === '?') {
    const v = PyObject_IsTrue(o);
    if (v < 0) return -1;
    const p = place();
    if (p === 0) return -1;
    H8[p] = v;
    return 0;
  }
  if (c === 'c') {
    if (!PyBytes_Check(o)) return badType(format);
    if (PyBytes_GET_SIZE(o) !== 1) return badValue(format);
    const p = place();
    if (p === 0) return -1;
    H8[p] = H8[PyBytes_AS_STRING(o)];
    return 0;
  }
  return errMinus1(PyExc_NotImplementedError, `memoryview: format ${format} not supported`);
}

/** Whether two items of one native format are equal (a nan is not equal to itself). */
export function equalItems(p: number, q: number, c: string): boolean {
  switch (c) {
    case 'f':
      return HDV.getFloat32(p, true) === HDV.getFloat32(q, true);
    case 'd':
      return HDV.getFloat64(p, true) === HDV.getFloat64(q, true);
    case 'e':
      return halfToDouble(HDV.getUint16(p, true)) === halfToDouble(HDV.getUint16(q, true));
    case '?':
      return (H8[p] !== 0) === (H8[q] !== 0);
  }
  for (let i = 0; i < SIZES[c]; i++) if (H8[p + i] !== H8[q + i]) return false;
  return true;
}
