// How does an integer stand in the heap, and how does it become a JavaScript number and back?
//
// Invariant: an int is its sign and magnitude in 30-bit digits, least significant first, without leading zeros:
//
//   header | lv_tag = ndigits << 3 | sign (0 positive, 1 zero, 2 negative) | digit 0 | digit 1 | …
//
// An exact int from SMALL_INT_MIN to SMALL_INT_MAX is always the one static object of its value.  An int of at most one digit is
// "compact": its value is (1 - sign) * digit.  BigInt appears only where a magnitude exceeds 2**53 and an operation is not linear;
// results of compact operands never touch it.

import { PyObject_Free, PyObject_Malloc } from '../memory/alloc.js';
import { H32, H8, staticAlloc } from '../memory/linear.js';
import { errMinus1, PyErr_SetString, PyType_FastSubclass } from './errors.js';
import { HEAD_SIZE, ob_type } from './head.js';
import {
  _Py_NewReference,
  countedNegativeInts,
  countedSmallInts,
  decref,
  incref,
  newref,
  Py_REFCNT,
  Py_SET_REFCNT,
  Py_TYPE,
} from './header.js';
import { layout } from './layout.js';
import { freeObject } from './new_object.js';
import { _PyNumber_Index } from './number.js';
import { PyErr_NoMemory } from './no_memory.js';
import { NULL, type Obj } from './ptr.js';
import {
  Py_False,
  Py_True,
  PyBool_Type,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyLong_Type,
  SMALL_INT_MAX,
  SMALL_INT_MIN,
  SMALL_INT_SIZE,
  SMALL_INT_ZERO,
} from './statics.js';
import { Py_TPFLAGS_LONG_SUBCLASS } from './type_layout.js';

export const LongLayout = layout({}, { items: 4 });
/** Where ob_size stands in other variable-size objects. */
export const lv_tag = HEAD_SIZE;
/** The least significant digit; the next is 4 bytes further. */
export const lv_digit = HEAD_SIZE + 4;

export const PyLong_SHIFT = 30;
export const PyLong_BASE = 1 << 30;
export const PyLong_MASK = PyLong_BASE - 1;
/** The most digits that an int can have, by the size of the address space. */
export const MAX_LONG_DIGITS = 0x1ffffffc;

const TWO30 = 2 ** 30;
const TWO53 = 2 ** 53;

export function PyLong_Check(o: Obj): boolean {
  return PyType_FastSubclass(Py_TYPE(o), Py_TPFLAGS_LONG_SUBCLASS);
}

export function PyLong_CheckExact(o: Obj): boolean {
  return H32[(o + ob_type) >> 2] === PyLong_Type;
}

/** Whether the int has at most one digit. */
export function isCompact(o: Obj): boolean {
  return H32[(o + lv_tag) >> 2] < 16;
}

/** The value of a compact int. */
export function compactValue(o: Obj): number {
  'use wasm';
  return ((1 - (H32[(o + lv_tag) >> 2] & 3)) * H32[(o + lv_digit) >> 2]) | 0;
}

/** Whether `o` is exactly an int, of a magnitude below 2**53. */
export function isMediumLong(o: Obj): boolean {
  'use wasm';
  if (H32[(o + ob_type) >> 2] !== PyLong_Type) return false;
  const tag = H32[(o + lv_tag) >> 2];
  return tag < 16 || (tag < 24 && H32[(o + lv_digit + 4) >> 2] < 0x800000);
}

/** The value of an int that isMediumLong is true of. */
export function mediumValue(o: Obj): number {
  'use wasm';
  const tag = H32[(o + lv_tag) >> 2];
  const low = H32[(o + lv_digit) >> 2];
  const magnitude = tag < 16 ? low : H32[(o + lv_digit + 4) >> 2] * TWO30 + low;
  return (1 - (tag & 3)) * magnitude;
}

/** The int of a whole number whose magnitude is at most 2**53; new, or NULL with MemoryError. */
export function longFromWhole(value: number): Obj {
  'use wasm';
  return value < TWO30 && value > -TWO30 ? PyLong_FromLong(value | 0) : newTwoDigits(value);
}

/** The number of digits. */
export function digitCount(o: Obj): number {
  return H32[(o + lv_tag) >> 2] >>> 3;
}

/** Whether the int is below zero. */
export function isNegative(o: Obj): boolean {
  return (H32[(o + lv_tag) >> 2] & 3) === 2;
}

/** -1, 0 or 1. */
export function _PyLong_Sign(o: Obj): number {
  return 1 - (H32[(o + lv_tag) >> 2] & 3);
}

/** The static int of value `n`, which must be within SMALL_INT_MIN and SMALL_INT_MAX; borrowed. */
export function smallInt(n: number): Obj {
  'use wasm';
  return (SMALL_INT_ZERO + n * SMALL_INT_SIZE) as Obj;
}

/** An exact int of `n` digits, their values unset, positive; NULL with an error.  New. */
export function _PyLong_New(n: number): Obj {
  'use wasm';
  if (n > MAX_LONG_DIGITS) return PyErr_SetString(PyExc_OverflowError, 'too many digits in integer');
  const o = PyObject_Malloc(HEAD_SIZE + 4 + 4 * (n === 0 ? 1 : n)) as number as Obj;
  if ((o as number) === 0) return PyErr_NoMemory();
  _Py_NewReference(o, PyLong_Type);
  H32[(o + lv_tag) >> 2] = n === 0 ? 1 : n << 3;
  if (n === 0) H32[(o + lv_digit) >> 2] = 0;
  return o;
}

/** Gives a fresh int its tag after leading zeros are cut off; returns it, or (having released it) the small int of that value. Steals `o`. */
export function normalizeLong(o: Obj, n: number, negative: boolean): Obj {
  while (n > 0 && H32[(o + lv_digit + 4 * (n - 1)) >> 2] === 0) n--;
  if (n <= 1) {
    const magnitude = n === 0 ? 0 : H32[(o + lv_digit) >> 2];
    const value = negative ? -magnitude : magnitude;
    if (value >= SMALL_INT_MIN && value <= SMALL_INT_MAX) {
      H32[(o + lv_tag) >> 2] = 8;
      decref(o);
      return newref(smallInt(value));
    }
  }
  H32[(o + lv_tag) >> 2] = n === 0 ? 1 : (n << 3) | (negative ? 2 : 0);
  return o;
}

function newCompact(value: number): Obj {
  'use wasm';
  const o = PyObject_Malloc(HEAD_SIZE + 8) as number as Obj;
  if ((o as number) === 0) return PyErr_NoMemory();
  _Py_NewReference(o, PyLong_Type);
  if (value < 0) {
    H32[(o + lv_tag) >> 2] = 10;
    H32[(o + lv_digit) >> 2] = -value;
  } else {
    H32[(o + lv_tag) >> 2] = 8;
    H32[(o + lv_digit) >> 2] = value;
  }
  return o;
}

function newTwoDigits(value: number): Obj {
  'use wasm';
  const o = _PyLong_New(2);
  if (o === 0) return NULL;
  const magnitude = value < 0 ? -value : value;
  const high = Math.floor(magnitude / TWO30);
  H32[(o + lv_tag) >> 2] = value < 0 ? 18 : 16;
  H32[(o + lv_digit) >> 2] = magnitude - high * TWO30;
  H32[(o + lv_digit + 4) >> 2] = high;
  return o;
}

/** The int of an integer from -2**53 to 2**53; new, or NULL with MemoryError. */
export function PyLong_FromLong(n: number): Obj {
  'use wasm';
  if (n >= SMALL_INT_MIN && n <= SMALL_INT_MAX) {
    const small = (SMALL_INT_ZERO + n * SMALL_INT_SIZE) as Obj;
    if (COUNT_ALLOCS) H32[n < 0 ? countedNegativeInts : countedSmallInts]++;
    incref(small);
    return small;
  }
  if (n > -TWO30 && n < TWO30) return newCompact(n);
  return newTwoDigits(n);
}

export const PyLong_FromSsize_t = PyLong_FromLong;
export const PyLong_FromSize_t = PyLong_FromLong;
export const PyLong_FromVoidPtr = PyLong_FromLong;

/** The int of an unsigned 32-bit value, which may come as a signed one; new, or NULL. */
export function PyLong_FromUnsignedLong(n: number): Obj {
  return PyLong_FromLong(n >>> 0);
}

const u64 = new BigUint64Array(1);
const u64halves = new Uint32Array(u64.buffer);
const MASK60 = (1n << 60n) - 1n;

/** The int of a BigInt; new, or NULL with MemoryError. */
export function PyLong_FromBigInt(value: bigint): Obj {
  const negative = value < 0n;
  let magnitude = negative ? -value : value;
  if (magnitude <= 9007199254740992n) return PyLong_FromLong(Number(value));
  if (magnitude >> 240n === 0n) {
    // Few digits: peel off pairs.
    let n = 0;
    for (let m = magnitude; m > 0n; m >>= 60n) n += 2;
    const o = _PyLong_New(n);
    if (o === 0) return NULL;
    for (let at = (o + lv_digit) >> 2; magnitude > 0n; at += 2, magnitude >>= 60n) {
      u64[0] = magnitude & MASK60;
      H32[at] = u64halves[0] & PyLong_MASK;
      H32[at + 1] = (u64halves[1] << 2) | (u64halves[0] >>> 30);
    }
    return normalizeLong(o, n, negative);
  }
  return fromHex(magnitude.toString(16), negative);
}

/** The int whose magnitude is the hexadecimal text `hex` (no prefix, lower case): linear time.  New, or NULL. */
export function fromHex(hex: string, negative: boolean): Obj {
  const n = Math.ceil((hex.length * 4) / 30);
  const o = _PyLong_New(n);
  if (o === 0) return NULL;
  let bits = 0;
  let digit = 0;
  let at = (o + lv_digit) >> 2;
  const end = at + n;
  for (let i = hex.length - 1; i >= 0; i--) {
    const c = hex.charCodeAt(i);
    const nibble = c < 58 ? c - 48 : c - 87;
    digit |= nibble << bits;
    bits += 4;
    if (bits >= 30) {
      H32[at++] = digit & PyLong_MASK;
      bits -= 30;
      digit = bits === 0 ? 0 : nibble >>> (4 - bits);
    }
  }
  if (at < end) H32[at++] = digit;
  while (at < end) H32[at++] = 0;
  return normalizeLong(o, n, negative);
}

/** The int nearest below (towards zero) a finite double; OverflowError / ValueError for infinity and NaN.  New, or NULL. */
export function PyLong_FromDouble(value: number): Obj {
  if (value !== value) return PyErr_SetString(PyExc_ValueError, 'cannot convert float NaN to integer');
  if (value === Infinity || value === -Infinity) {
    return PyErr_SetString(PyExc_OverflowError, 'cannot convert float infinity to integer');
  }
  const whole = Math.trunc(value);
  if (whole >= -TWO53 && whole <= TWO53) return PyLong_FromLong(whole);
  return PyLong_FromBigInt(BigInt(whole));
}

/** The value as a BigInt. */
export function asBigInt(o: Obj): bigint {
  const n = digitCount(o);
  const at = (o + lv_digit) >> 2;
  if (n <= 1) return BigInt(compactValue(o));
  const negative = isNegative(o);
  let r: bigint;
  if (n <= 8) {
    r = 0n;
    let i = n;
    if (n & 1) r = BigInt(H32[at + --i]);
    for (; i > 0; i -= 2) {
      const high = H32[at + i - 1];
      const low = H32[at + i - 2];
      u64halves[0] = low | (high << 30);
      u64halves[1] = high >>> 2;
      r = (r << 60n) | u64[0];
    }
  } else r = BigInt(`0x${hexDigits(o)}`);
  return negative ? -r : r;
}

const HEX_CHUNK = 4096;
/** Where hexDigits writes its characters. */
const hexText = staticAlloc(HEX_CHUNK);

/** Writes the hexadecimal digits number `from`, from - 1, … (0 is the lowest) of the `n` digits at H32[at]: `count` characters at `to`. */
function writeHex(at: number, n: number, from: number, count: number, to: number): void {
  'use wasm always';
  let digit = ((from << 2) / PyLong_SHIFT) | 0;
  let bit = (from << 2) - Math.imul(digit, PyLong_SHIFT);
  for (let end = to + count; to < end; to++) {
    let v = digit < n ? H32[at + digit] >> bit : 0;
    // The nibble reaches into the digit above.
    if (bit > PyLong_SHIFT - 4 && digit + 1 < n) v |= H32[at + digit + 1] << (PyLong_SHIFT - bit);
    v &= 15;
    H8[to] = v < 10 ? v + 48 : v + 87;
    bit -= 4;
    if (bit < 0) {
      bit += PyLong_SHIFT;
      digit--;
    }
  }
}

/** The magnitude of `o` in hexadecimal, possibly with leading zeros. */
export function hexDigits(o: Obj): string {
  const n = digitCount(o);
  const at = (o + lv_digit) >> 2;
  let text = '';
  for (let left = Math.ceil((n * PyLong_SHIFT) / 4); left > 0; ) {
    const count = Math.min(left, HEX_CHUNK);
    writeHex(at, n, left - 1, count, hexText);
    text += String.fromCharCode.apply(null, H8.subarray(hexText, hexText + count) as unknown as number[]);
    left -= count;
  }
  return text === '' ? '0' : text;
}

/** The value as a JavaScript number if it is an integer of magnitude 2**53 or less, else NaN. */
export function asSafeInteger(o: Obj): number {
  const tag = H32[(o + lv_tag) >> 2];
  if (tag < 16) return (1 - (tag & 3)) * H32[(o + lv_digit) >> 2];
  if (tag >= 24) return NaN;
  const magnitude = H32[(o + lv_digit + 4) >> 2] * TWO30 + H32[(o + lv_digit) >> 2];
  return magnitude > TWO53 || (magnitude === TWO53 && (H32[(o + lv_digit) >> 2] & 1) !== 0)
    ? NaN
    : (1 - (tag & 3)) * magnitude;
}

/** Set by PyLong_AsLongAndOverflow: -1, 0 or 1. */
export let longOverflow = 0;

/** The value if it fits 32 bits with sign; else -1 and longOverflow says on which side. `o` must be an int. */
function fitInt32(o: Obj): number {
  longOverflow = 0;
  const value = asSafeInteger(o);
  if (value >= -0x80000000 && value <= 0x7fffffff) return value;
  longOverflow = isNegative(o) ? -1 : 1;
  return -1;
}

/** As PyLong_AsLong, but out of range is told by longOverflow instead of by an exception. */
export function PyLong_AsLongAndOverflow(o: Obj): number {
  longOverflow = 0;
  if (PyLong_Check(o)) return fitInt32(o);
  const index = _PyNumber_Index(o);
  if (index === 0) return -1;
  const value = fitInt32(index);
  decref(index);
  return value;
}

function asInt32(o: Obj, message: string): number {
  if (H32[(o + lv_tag) >> 2] < 16 && PyLong_Check(o)) return compactValue(o);
  const value = PyLong_AsLongAndOverflow(o);
  if (longOverflow !== 0) return errMinus1(PyExc_OverflowError, message);
  return value;
}

/** The value as a C long (32 bits), through __index__; -1 with an exception. */
export function PyLong_AsLong(o: Obj): number {
  return asInt32(o, 'Python int too large to convert to C long');
}

/** The value as a C int, through __index__; -1 with an exception. */
export function PyLong_AsInt(o: Obj): number {
  return asInt32(o, 'Python int too large to convert to C int');
}

/** The value of an int as Py_ssize_t; -1 with an exception. */
export function PyLong_AsSsize_t(o: Obj): number {
  if (!PyLong_Check(o)) return errMinus1(PyExc_TypeError, 'an integer is required');
  const value = fitInt32(o);
  if (longOverflow !== 0) return errMinus1(PyExc_OverflowError, 'Python int too large to convert to C ssize_t');
  return value;
}

function asUint32(o: Obj, ctype: string): number {
  if (!PyLong_Check(o)) return errMinus1(PyExc_TypeError, 'an integer is required');
  if (isNegative(o))
    return errMinus1(
      PyExc_OverflowError,
      `can't convert negative value to ${ctype === 'size_t' ? 'size_t' : 'unsigned int'}`,
    );
  const value = asSafeInteger(o);
  if (value <= 0xffffffff) return value;
  return errMinus1(PyExc_OverflowError, `Python int too large to convert to C ${ctype}`);
}

/** The value of an int as an unsigned 32-bit number; -1 with an exception. */
export function PyLong_AsUnsignedLong(o: Obj): number {
  return asUint32(o, 'unsigned long');
}

/** The value of an int as size_t; -1 with an exception. */
export function PyLong_AsSize_t(o: Obj): number {
  return asUint32(o, 'size_t');
}

/** The low 32 bits of the value (two's complement) as an unsigned number, through __index__; -1 with an exception. */
export function PyLong_AsUnsignedLongMask(o: Obj): number {
  let index = o;
  if (!PyLong_Check(o)) {
    index = _PyNumber_Index(o);
    if (index === 0) return -1;
  } else incref(o);
  const n = digitCount(index);
  let low = n === 0 ? 0 : H32[(index + lv_digit) >> 2];
  if (n > 1) low |= H32[(index + lv_digit + 4) >> 2] << 30;
  if (isNegative(index)) low = -low;
  decref(index);
  return low >>> 0;
}

/** The low 64 bits of the value (two's complement) as an unsigned BigInt; `o` must be an int. */
export function PyLong_AsUnsignedLongLongMask(o: Obj): bigint {
  return BigInt.asUintN(64, asBigInt(o));
}

/** The double nearest to the value (ties to even), or -1 with OverflowError.  `o` must be an int, else TypeError. */
export function PyLong_AsDouble(o: Obj): number {
  if (!PyLong_Check(o)) return errMinus1(PyExc_TypeError, 'an integer is required');
  const value = longToDouble(o);
  if (value === Infinity || value === -Infinity)
    return errMinus1(PyExc_OverflowError, 'int too large to convert to float');
  return value;
}

/** As PyLong_AsDouble without an error: too large gives an infinity. */
export function longToDouble(o: Obj): number {
  const tag = H32[(o + lv_tag) >> 2];
  if (tag < 16) return (1 - (tag & 3)) * H32[(o + lv_digit) >> 2];
  const n = tag >>> 3;
  const at = (o + lv_digit) >> 2;
  let magnitude: number;
  if (n === 2) magnitude = H32[at + 1] * TWO30 + H32[at];
  else if (n > 35) magnitude = Infinity;
  else {
    // The top 90 bits, of which at least 61 count, and one that says whether anything follows.
    u64halves[0] = H32[at + n - 2] | (H32[at + n - 1] << 30);
    u64halves[1] = H32[at + n - 1] >>> 2;
    let top = (u64[0] << 30n) | BigInt(H32[at + n - 3]);
    let rest = 0;
    for (let i = 0; i < n - 3; i++) rest |= H32[at + i];
    top = (top << 1n) | (rest === 0 ? 0n : 1n);
    magnitude = Number(top) * 2 ** (30 * (n - 3) - 1);
  }
  return (tag & 3) === 2 ? -magnitude : magnitude;
}

/** Set by _PyLong_Frexp: the power of two. */
export let longExponent = 0;

/** x with 0.5 <= |x| < 1 such that the value is x * 2**longExponent, correctly rounded; 0 for zero.  For ints beyond the doubles. */
export function _PyLong_Frexp(o: Obj): number {
  const bits = _PyLong_NumBits(o);
  longExponent = bits;
  if (bits === 0) return 0;
  const n = digitCount(o);
  const at = (o + lv_digit) >> 2;
  let top = 0n;
  if (n < 3) {
    const x = longToDouble(o) / 2 ** bits;
    if (x !== 1 && x !== -1) return x;
    longExponent++;
    return x / 2;
  }
  for (let i = 1; i <= 3; i++) top = (top << 30n) | BigInt(H32[at + n - i]);
  let rest = 0;
  for (let i = 0; i < n - 3; i++) rest |= H32[at + i];
  top = (top << 1n) | (rest === 0 ? 0n : 1n);
  const topBits = bits - 30 * (n - 3) + 1;
  const x = Number(top) / 2 ** topBits;
  if (x === 1) {
    longExponent++;
    return isNegative(o) ? -0.5 : 0.5;
  }
  return isNegative(o) ? -x : x;
}

/** The number of bits of the magnitude. */
export function _PyLong_NumBits(o: Obj): number {
  const n = digitCount(o);
  return n === 0 ? 0 : 30 * (n - 1) + 32 - Math.clz32(H32[(o + lv_digit + 4 * (n - 1)) >> 2]);
}

/** An exact int of the same value: new, or NULL. */
export function _PyLong_Copy(o: Obj): Obj {
  if (PyLong_CheckExact(o)) return newref(o);
  const n = digitCount(o);
  if (n <= 1) return PyLong_FromLong(compactValue(o));
  const copy = _PyLong_New(n);
  if (copy === 0) return NULL;
  H32.copyWithin((copy + lv_tag) >> 2, (o + lv_tag) >> 2, (o + lv_digit + 4 * n) >> 2);
  return copy;
}

/** hash(o): the value modulo 2**31 - 1, with its sign; -2 in place of -1. */
export function long_hash(o: Obj): number {
  'use wasm';
  const tag = H32[(o + lv_tag) >> 2];
  if (tag < 16) {
    const value = ((1 - (tag & 3)) * H32[(o + lv_digit) >> 2]) | 0;
    return value === -1 ? -2 : value;
  }
  return hashDigits(o, tag);
}

function hashDigits(o: Obj, tag: number): number {
  let x = 0;
  for (let i = tag >>> 3, at = ((o + lv_digit) >> 2) - 1; i > 0; i--) {
    // x * 2**30 modulo 2**31 - 1 is a rotation within 31 bits.
    x = (((x << 30) & 0x7fffffff) | (x >>> 1)) + H32[at + i];
    if (x >= 0x7fffffff) x -= 0x7fffffff;
  }
  if ((tag & 3) === 2) x = -x;
  return x === -1 ? -2 : x;
}

/** Makes the small ints, True and False, each owned once by the static area. */
export function initLongs(): void {
  for (let n = SMALL_INT_MIN; n <= SMALL_INT_MAX; n++) initStatic(smallInt(n), PyLong_Type, n);
  initStatic(Py_True, PyBool_Type, 1);
  initStatic(Py_False, PyBool_Type, 0);
}

/** Gives back the static area's own references at finalization. */
export function finiLongs(): void {
  for (let n = SMALL_INT_MIN; n <= SMALL_INT_MAX; n++) Py_SET_REFCNT(smallInt(n), Py_REFCNT(smallInt(n)) - 1);
  Py_SET_REFCNT(Py_True, Py_REFCNT(Py_True) - 1);
  Py_SET_REFCNT(Py_False, Py_REFCNT(Py_False) - 1);
}

/** Whether `o` is an exact int of one digit. */
export function isCompactLong(o: Obj): boolean {
  'use wasm';
  return H32[(o + ob_type) >> 2] === PyLong_Type && H32[(o + lv_tag) >> 2] < 16;
}

/** Whether two compact ints are equal. */
export function compactEqual(a: Obj, b: Obj): boolean {
  'use wasm';
  // The lowest two bits are the sign.
  return (
    H32[(a + lv_digit) >> 2] === H32[(b + lv_digit) >> 2] &&
    ((H32[(a + lv_tag) >> 2] ^ H32[(b + lv_tag) >> 2]) & 3) === 0
  );
}

/** tp_dealloc of int.  The static ints have no memory to give back. */
export function long_dealloc(o: Obj): void {
  'use wasm';
  if (H32[(o + ob_type) >> 2] !== PyLong_Type) freeObject(o);
  else if (o < smallInt(SMALL_INT_MIN) || o > smallInt(SMALL_INT_MAX)) PyObject_Free(o);
}

function initStatic(o: Obj, type: Obj, value: number): void {
  H32[(o + ob_type) >> 2] = type;
  Py_SET_REFCNT(o, 1);
  H32[(o + lv_tag) >> 2] = value === 0 ? 1 : value < 0 ? 10 : 8;
  H32[(o + lv_digit) >> 2] = Math.abs(value);
}
