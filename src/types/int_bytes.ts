// How does an integer become bytes, and bytes an integer?  Invariant: both directions are linear in the size; negative numbers are in two's
// complement.

import { H32, H8 } from '../memory/linear.js';
import { newBytes, PyBytes_AS_STRING, PyBytes_Check, PyBytes_GET_SIZE } from '../object/bytes.js';
import { PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { PyObject_CallOneArg } from '../object/call.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import {
  _PyLong_New,
  _PyLong_NumBits,
  digitCount,
  isNegative,
  lv_digit,
  normalizeLong,
  PyLong_FromLong,
  PyLong_MASK,
} from '../object/long.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  PyBytes_Type,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyLong_Type,
} from '../object/statics.js';
import { PySequence_Check } from '../object/sequence.js';
import { _PyObject_LookupSpecial } from '../object/type_lookup.js';
import { tp_iter } from '../object/type_layout.js';
import { asString, PyUnicode_Check } from '../object/unicode.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_CheckBuffer } from '../object/buffer.js';

/** The int of `n` bytes at an address; new, or NULL. */
export function _PyLong_FromByteArray(address: number, n: number, little: boolean, signed: boolean): Obj {
  if (n === 0) return PyLong_FromLong(0);
  const first = little ? address : address + n - 1;
  const step = little ? 1 : -1;
  const negative = signed && (H8[first + step * (n - 1)] & 0x80) !== 0;
  const digits = Math.ceil((n * 8) / 30) + 1;
  const o = _PyLong_New(digits);
  if (o === 0) return NULL;
  let at = (o + lv_digit) >> 2;
  const end = at + digits;
  let accumulated = 0;
  let bits = 0;
  // The magnitude of a negative number is the complement plus one.
  let carry = 1;
  for (let i = 0; i < n; i++) {
    let b = H8[first + step * i];
    if (negative) {
      b = (b ^ 0xff) + carry;
      carry = b >> 8;
      b &= 0xff;
    }
    accumulated |= b << bits;
    bits += 8;
    if (bits >= 30) {
      H32[at++] = accumulated & PyLong_MASK;
      bits -= 30;
      accumulated = b >>> (8 - bits);
    }
  }
  if (negative && carry !== 0) accumulated |= carry << bits;
  while (at < end) {
    H32[at++] = accumulated & PyLong_MASK;
    accumulated = 0;
  }
  return normalizeLong(o, digits, negative);
}

/** Why _PyLong_AsByteArray failed. */
export type ByteArrayProblem = '' | 'int too big to convert' | "can't convert negative int to unsigned";

/** Whether the value fits `n` bytes. */
function fits(o: Obj, n: number, signed: boolean): boolean {
  const bits = _PyLong_NumBits(o);
  if (!signed) return bits <= 8 * n;
  if (bits === 0 || bits < 8 * n) return true;
  // -2**(8n - 1) has one bit more than the largest positive number.
  return bits === 8 * n && n > 0 && isNegative(o) && isPowerOfTwo(o);
}

function isPowerOfTwo(o: Obj): boolean {
  const top = digitCount(o) - 1;
  const at = (o + lv_digit) >> 2;
  for (let i = 0; i < top; i++) if (H32[at + i] !== 0) return false;
  return (H32[at + top] & (H32[at + top] - 1)) === 0;
}

/** Writes the value into `n` bytes at an address; what is wrong, or ''. */
export function _PyLong_AsByteArray(
  o: Obj,
  address: number,
  n: number,
  little: boolean,
  signed: boolean,
): ByteArrayProblem {
  const negative = isNegative(o);
  if (negative && !signed) return "can't convert negative int to unsigned";
  if (!fits(o, n, signed)) return 'int too big to convert';
  const digits = digitCount(o);
  const at = (o + lv_digit) >> 2;
  const step = little ? 1 : -1;
  let accumulated = 0;
  let bits = 0;
  let next = 0;
  let carry = 1;
  for (let i = 0, p = little ? address : address + n - 1; i < n; i++, p += step) {
    if (bits >= 8) {
      H8[p] = accumulated;
      accumulated >>>= 8;
      bits -= 8;
      continue;
    }
    let d = next < digits ? H32[at + next] : 0;
    next++;
    if (negative) {
      d = (d ^ PyLong_MASK) + carry;
      carry = d >>> 30;
      d &= PyLong_MASK;
    }
    H8[p] = accumulated | (d << bits);
    accumulated = d >>> (8 - bits);
    bits += 22;
  }
  return '';
}

/** true for "little"; null with ValueError for neither "little" nor "big". NULL: big. */
function isLittle(byteorder: Obj): boolean | null {
  if (byteorder === 0) return false;
  const text = asString(byteorder);
  if (text === 'little') return true;
  if (text === 'big') return false;
  PyErr_SetString(PyExc_ValueError, "byteorder must be either 'little' or 'big'");
  return null;
}

export function int_to_bytes(o: Obj, length: number, byteorder: Obj, signed: number): Obj {
  const little = isLittle(byteorder);
  if (little === null) return NULL;
  if (length < 0) return PyErr_SetString(PyExc_ValueError, 'length argument must be non-negative');
  const bytes = newBytes(length);
  if (bytes === 0) return NULL;
  const problem = _PyLong_AsByteArray(o, PyBytes_AS_STRING(bytes), length, little, signed !== 0);
  if (problem === '') return bytes;
  decref(bytes);
  return PyErr_SetString(PyExc_OverflowError, problem);
}

const s_bytes = ID('__bytes__');

/** bytes(source) for a source of bytes: a buffer, an iterable, or an object with __bytes__; new, or NULL. */
function bytesFrom(source: Obj): Obj {
  let usable =
    !PyUnicode_Check(source) &&
    (PyObject_CheckBuffer(source) || PySequence_Check(source) || H32[(Py_TYPE(source) + tp_iter) >> 2] !== 0);
  if (!usable) {
    const special = _PyObject_LookupSpecial(source, idObj(s_bytes));
    if (special === 0 && PyErr_Occurred() !== 0) return NULL;
    usable = special !== 0;
    if (usable) decref(special);
  }
  if (!usable) return PyErr_SetString(PyExc_TypeError, `cannot convert '${typeName(source)}' object to bytes`);
  return PyObject_CallOneArg(PyBytes_Type, source);
}

export function int_from_bytes(type: Obj, source: Obj, byteorder: Obj, signed: number): Obj {
  const little = isLittle(byteorder);
  if (little === null) return NULL;
  const bytes = PyBytes_Check(source) ? newref(source) : bytesFrom(source);
  if (bytes === 0) return NULL;
  const value = _PyLong_FromByteArray(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes), little, signed !== 0);
  decref(bytes);
  if (value === 0 || type === PyLong_Type) return value;
  const r = PyObject_CallOneArg(type, value);
  decref(value);
  return r;
}
