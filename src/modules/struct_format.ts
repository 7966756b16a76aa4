// What does a struct format string mean, and how does one item of it travel between Python and memory?
//
// Invariant: a format is compiled once into its items with their offsets; native sizes and alignments are those of a 32-bit C (long, pointer
// and size_t have 4 bytes, long long and double are aligned to 8).

import { H8, HDV } from '../memory/linear.js';
import { PyByteArray_AS_STRING, PyByteArray_Check, PyByteArray_GET_SIZE } from '../object/bytearray.js';
import {
  newBytes,
  PyBytes_AS_STRING,
  PyBytes_Check,
  PyBytes_FromStringAndSize,
  PyBytes_GET_SIZE,
} from '../object/bytes.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyFloat_AsDouble, PyFloat_FromDouble } from '../object/float.js';
import { decref, newref } from '../object/header.js';
import { asSafeInteger, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { PyIndex_Check, PyNumber_Index } from '../object/number.js';
import { PyBool_FromLong, PyObject_IsTrue } from '../object/object.js';
import type { Obj } from '../object/ptr.js';
import { PyExc_Exception, PyExc_OverflowError, staticType } from '../object/statics.js';
import { PyComplex_AsCComplex, complexImag, complexReal, PyComplex_FromDoubles } from '../types/complex.js';
import { simpleException } from '../types/exceptions.js';
import { _PyLong_AsByteArray, _PyLong_FromByteArray } from '../types/int_bytes.js';

export const StructError = staticType();
simpleException(StructError, 'struct.error', PyExc_Exception, undefined);

export interface Item {
  readonly code: string;
  readonly offset: number;
  /** Bytes of one value; for s and p the whole length. */
  readonly size: number;
  readonly repeat: number;
}

export interface Format {
  readonly items: readonly Item[];
  readonly size: number;
  /** The number of values. */
  readonly count: number;
  readonly little: boolean;
}

const fail = (message: string): null => {
  PyErr_SetString(StructError, message);
  return null;
};

const STANDARD: Record<string, number> = {
  x: 1,
  b: 1,
  B: 1,
  c: 1,
  s: 1,
  p: 1,
  '?': 1,
  h: 2,
  H: 2,
  e: 2,
  i: 4,
  I: 4,
  l: 4,
  L: 4,
  f: 4,
  q: 8,
  Q: 8,
  d: 8,
  F: 8,
  D: 16,
};
const NATIVE: Record<string, number> = { ...STANDARD, n: 4, N: 4, P: 4 };
const alignOf = (code: string, size: number): number => (code === 'F' ? 4 : code === 'D' ? 8 : size);

const MAX = 0x7fffffff;

/** Compiles a format; null with struct.error. */
export function compileFormat(text: string): Format | null {
  if (text.includes('\0')) return fail('embedded null character');
  let i = 0;
  let native = true;
  let little = true;
  const first = text[0];
  if (first === '@' || first === '=' || first === '<' || first === '>' || first === '!') {
    i = 1;
    native = first === '@';
    little = first !== '>' && first !== '!';
  }
  const sizes = native ? NATIVE : STANDARD;
  const items: Item[] = [];
  let size = 0;
  let count = 0;
  while (i < text.length) {
    let c = text[i++];
    if (/\s/.test(c)) continue;
    let repeat = 1;
    if (c >= '0' && c <= '9') {
      repeat = Number(c);
      while (i < text.length && text[i] >= '0' && text[i] <= '9') {
        repeat = repeat * 10 + Number(text[i++]);
        if (repeat > MAX) return fail('total struct size too long');
      }
      if (i >= text.length) return fail('repeat count given without format specifier');
      c = text[i++];
    }
    const one = Object.hasOwn(sizes, c) ? sizes[c] : 0;
    if (one === 0) return fail('bad char in struct format');
    if (native) {
      const align = alignOf(c, one);
      size = Math.ceil(size / align) * align;
    }
    const isString = c === 's' || c === 'p';
    if (c !== 'x' && (repeat > 0 || isString)) {
      items.push({ code: c, offset: size, size: isString ? repeat : one, repeat: isString ? 1 : repeat });
      count += isString ? 1 : repeat;
    }
    size += one * repeat;
    if (size > MAX) return fail('total struct size too long');
  }
  return { items, size, count, little };
}

const RANGES: Record<string, readonly [string, string]> = {
  b: ['-128', '127'],
  B: ['0', '255'],
  h: ['-32768', '32767'],
  H: ['0', '65535'],
  i: ['-2147483648', '2147483647'],
  I: ['0', '4294967295'],
  l: ['-2147483648', '2147483647'],
  L: ['0', '4294967295'],
  n: ['-2147483648', '2147483647'],
  N: ['0', '4294967295'],
  q: ['-9223372036854775808', '9223372036854775807'],
  Q: ['0', '18446744073709551615'],
};

const failed = (message: string): -1 => {
  PyErr_SetString(StructError, message);
  return -1;
};

/** An int for an integer code: a new reference, or NULL. */
function needInt(v: Obj): Obj {
  if (PyLong_Check(v)) return newref(v);
  if (PyIndex_Check(v)) return PyNumber_Index(v);
  return PyErr_SetString(StructError, 'required argument is not an integer');
}

function packInt(p: number, item: Item, little: boolean, v: Obj): number {
  const o = needInt(v);
  if (o === 0) return -1;
  const code = item.code;
  const unsigned = code !== 'P' && code === code.toUpperCase();
  let ok: boolean;
  if (item.size === 8) ok = _PyLong_AsByteArray(o, p, 8, little, !unsigned) === '';
  else {
    const x = asSafeInteger(o);
    const limit = 2 ** (8 * item.size);
    ok =
      code === 'P' ? x >= -limit / 2 && x < limit : unsigned ? x >= 0 && x < limit : x >= -limit / 2 && x < limit / 2;
    if (ok && item.size === 1) H8[p] = x;
    else if (ok && item.size === 2) HDV.setInt16(p, x, little);
    else if (ok) HDV.setInt32(p, x, little);
  }
  decref(o);
  if (ok) return 0;
  if (code === 'P') return failed('int too large to convert');
  const [low, high] = RANGES[code];
  return failed(`'${code}' format requires ${low} <= number <= ${high}`);
}

/** Writes x as half precision, rounded to even; -1 with OverflowError. */
export function packHalf(p: number, x: number, little: boolean): number {
  let bits: number;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const a = Math.abs(x);
  if (a !== a) bits = 0x7e00 | sign;
  else if (a === Infinity) bits = 0x7c00 | sign;
  else {
    const exponent = a < 2 ** -14 ? -14 : Math.floor(Math.log2(a));
    const e = 2 ** exponent > a ? exponent - 1 : 2 ** (exponent + 1) <= a ? exponent + 1 : exponent;
    const unit = 2 ** (Math.max(e, -14) - 10);
    let m = a / unit;
    const whole = Math.floor(m);
    const rest = m - whole;
    m = rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
    // A mantissa that rounds up to the next power carries into the exponent by itself.
    bits = (a < 2 ** -14 ? 0 : (Math.max(e, -14) + 14) * 1024) + m;
    if (bits >= 0x7c00) {
      PyErr_SetString(PyExc_OverflowError, 'float too large to pack with e format');
      return -1;
    }
    bits |= sign;
  }
  HDV.setUint16(p, bits, little);
  return 0;
}

/** Reads half precision. */
export function unpackHalf(p: number, little: boolean): number {
  const bits = HDV.getUint16(p, little);
  const sign = bits & 0x8000 ? -1 : 1;
  const e = (bits >> 10) & 0x1f;
  const m = bits & 0x3ff;
  if (e === 0x1f) return m === 0 ? sign * Infinity : NaN;
  return sign * (e === 0 ? m * 2 ** -24 : (1 + m / 1024) * 2 ** (e - 15));
}

/** Writes x as single precision; -1 with OverflowError. */
export function packSingle(p: number, x: number, little: boolean): number {
  if (Number.isFinite(x) && !Number.isFinite(Math.fround(x))) {
    PyErr_SetString(PyExc_OverflowError, 'float too large to pack with f format');
    return -1;
  }
  HDV.setFloat32(p, x, little);
  return 0;
}

function packFloat(p: number, code: string, little: boolean, v: Obj): number {
  const x = PyFloat_AsDouble(v);
  if (x === -1 && PyErr_Occurred() !== 0) return failed('required argument is not a float');
  if (code === 'e') return packHalf(p, x, little);
  if (code === 'f') return packSingle(p, x, little);
  HDV.setFloat64(p, x, little);
  return 0;
}

function packComplex(p: number, code: string, little: boolean, v: Obj): number {
  if (PyComplex_AsCComplex(v) < 0) return failed('required argument is not a complex');
  const a = complexReal;
  const b = complexImag;
  if (code === 'F') return packSingle(p, a, little) < 0 ? -1 : packSingle(p + 4, b, little);
  HDV.setFloat64(p, a, little);
  HDV.setFloat64(p + 8, b, little);
  return 0;
}

function packText(p: number, item: Item, v: Obj): number {
  const isBytes = PyBytes_Check(v);
  if (!isBytes && !PyByteArray_Check(v)) return failed(`argument for '${item.code}' must be a bytes object`);
  const from = isBytes ? PyBytes_AS_STRING(v) : PyByteArray_AS_STRING(v);
  let n = isBytes ? PyBytes_GET_SIZE(v) : PyByteArray_GET_SIZE(v);
  H8.fill(0, p, p + item.size);
  if (item.code === 's') H8.copyWithin(p, from, from + Math.min(n, item.size));
  else if (item.size > 0) {
    n = Math.min(n, item.size - 1);
    H8.copyWithin(p + 1, from, from + n);
    H8[p] = Math.min(n, 255);
  }
  return 0;
}

/** Writes one value at address p: 0, or -1 with an exception. */
export function packItem(p: number, item: Item, little: boolean, v: Obj): number {
  switch (item.code) {
    case 'c':
      if (!PyBytes_Check(v) || PyBytes_GET_SIZE(v) !== 1)
        return failed('char format requires a bytes object of length 1');
      H8[p] = H8[PyBytes_AS_STRING(v)];
      return 0;
    case '?': {
      const truth = PyObject_IsTrue(v);
      if (truth < 0) return -1;
      H8[p] = truth;
      return 0;
    }
    case 's':
    case 'p':
      return packText(p, item, v);
    case 'e':
    case 'f':
    case 'd':
      return packFloat(p, item.code, little, v);
    case 'F':
    case 'D':
      return packComplex(p, item.code, little, v);
    default:
      return packInt(p, item, little, v);
  }
}

/** Reads one value at address p: new, or NULL. */
export function unpackItem(p: number, item: Item, little: boolean): Obj {
  switch (item.code) {
    case 'b':
      return PyLong_FromLong(HDV.getInt8(p));
    case 'B':
      return PyLong_FromLong(H8[p]);
    case 'c':
      return PyBytes_FromStringAndSize(p, 1);
    case '?':
      return PyBool_FromLong(H8[p] !== 0);
    case 's':
      return PyBytes_FromStringAndSize(p, item.size);
    case 'p':
      return item.size === 0 ? newBytes(0) : PyBytes_FromStringAndSize(p + 1, Math.min(H8[p], item.size - 1));
    case 'h':
      return PyLong_FromLong(HDV.getInt16(p, little));
    case 'H':
      return PyLong_FromLong(HDV.getUint16(p, little));
    case 'i':
    case 'l':
    case 'n':
      return PyLong_FromLong(HDV.getInt32(p, little));
    case 'I':
    case 'L':
    case 'N':
    case 'P':
      return PyLong_FromLong(HDV.getUint32(p, little));
    case 'q':
      return _PyLong_FromByteArray(p, 8, little, true);
    case 'Q':
      return _PyLong_FromByteArray(p, 8, little, false);
    case 'e':
      return PyFloat_FromDouble(unpackHalf(p, little));
    case 'f':
      return PyFloat_FromDouble(HDV.getFloat32(p, little));
    case 'd':
      return PyFloat_FromDouble(HDV.getFloat64(p, little));
    case 'F':
      return PyComplex_FromDoubles(HDV.getFloat32(p, little), HDV.getFloat32(p + 4, little));
    default:
      return PyComplex_FromDoubles(HDV.getFloat64(p, little), HDV.getFloat64(p + 8, little));
  }
}
