// How are integers added, multiplied, compared and shifted?
//
// Invariant: operands are ints (or of subclasses), results are new exact ints in normal form, NULL with MemoryError or OverflowError.
// Three paths, tried in this order: both compact (plain number arithmetic); both safe integers and the result too (doubles); digits in
// the heap, schoolbook for what is linear or small, BigInt for products where it is faster.

import { H32 } from '../memory/linear.js';
import { PyErr_SetString } from './errors.js';
import { newref } from './header.js';
import {
  _PyLong_New,
  asBigInt,
  asSafeInteger,
  compactValue,
  digitCount,
  isCompact,
  isNegative,
  lv_digit,
  lv_tag,
  MAX_LONG_DIGITS,
  normalizeLong,
  PyLong_CheckExact,
  PyLong_FromBigInt,
  PyLong_FromLong,
  PyLong_MASK,
} from './long.js';
import { multiplyDigits, shiftDigitsLeft } from './long_digits.js';
import { PyErr_NoMemory } from './no_memory.js';
import { NULL, type Obj } from './ptr.js';
import { PyExc_OverflowError } from './statics.js';

const TWO53 = 2 ** 53;

/** -1, 0 or 1 as the magnitude of `a` is below, equal to or above that of `b`. */
function compareMagnitudes(a: Obj, b: Obj): number {
  const n = digitCount(a);
  const m = digitCount(b);
  if (n !== m) return n < m ? -1 : 1;
  const pa = (a + lv_digit) >> 2;
  const pb = (b + lv_digit) >> 2;
  for (let i = n - 1; i >= 0; i--) {
    if (H32[pa + i] !== H32[pb + i]) return H32[pa + i] < H32[pb + i] ? -1 : 1;
  }
  return 0;
}

/** -1, 0 or 1 as a < b, a == b, a > b. */
export function long_compare(a: Obj, b: Obj): number {
  if (isCompact(a) && isCompact(b)) {
    const x = compactValue(a);
    const y = compactValue(b);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  const negative = isNegative(a);
  if (negative !== isNegative(b)) return negative ? -1 : 1;
  const c = compareMagnitudes(a, b);
  return negative ? -c : c;
}

/** The sum of the magnitudes, with the given sign. */
function addMagnitudes(a: Obj, b: Obj, negative: boolean): Obj {
  let n = digitCount(a);
  let m = digitCount(b);
  if (n < m) {
    const t = a;
    a = b;
    b = t;
    const k = n;
    n = m;
    m = k;
  }
  const r = _PyLong_New(n + 1);
  if (r === 0) return NULL;
  const pa = (a + lv_digit) >> 2;
  const pb = (b + lv_digit) >> 2;
  const pr = (r + lv_digit) >> 2;
  let carry = 0;
  let i = 0;
  for (; i < m; i++) {
    carry += H32[pa + i] + H32[pb + i];
    H32[pr + i] = carry & PyLong_MASK;
    carry >>>= 30;
  }
  for (; i < n; i++) {
    carry += H32[pa + i];
    H32[pr + i] = carry & PyLong_MASK;
    carry >>>= 30;
  }
  H32[pr + n] = carry;
  return normalizeLong(r, n + 1, negative);
}

/** |a| - |b|, negated if `negate`. */
function subtractMagnitudes(a: Obj, b: Obj, negate: boolean): Obj {
  const c = compareMagnitudes(a, b);
  if (c === 0) return PyLong_FromLong(0);
  if (c < 0) {
    const t = a;
    a = b;
    b = t;
    negate = !negate;
  }
  const n = digitCount(a);
  const m = digitCount(b);
  const r = _PyLong_New(n);
  if (r === 0) return NULL;
  const pa = (a + lv_digit) >> 2;
  const pb = (b + lv_digit) >> 2;
  const pr = (r + lv_digit) >> 2;
  let borrow = 0;
  for (let i = 0; i < n; i++) {
    const d = H32[pa + i] - (i < m ? H32[pb + i] : 0) + borrow;
    H32[pr + i] = d & PyLong_MASK;
    borrow = d >> 30;
  }
  return normalizeLong(r, n, negate);
}

/** a + b. */
export function long_add(a: Obj, b: Obj): Obj {
  if (isCompact(a) && isCompact(b)) return PyLong_FromLong(compactValue(a) + compactValue(b));
  const negative = isNegative(a);
  return negative === isNegative(b) ? addMagnitudes(a, b, negative) : subtractMagnitudes(a, b, negative);
}

/** a - b. */
export function long_subtract(a: Obj, b: Obj): Obj {
  if (isCompact(a) && isCompact(b)) return PyLong_FromLong(compactValue(a) - compactValue(b));
  const negative = isNegative(a);
  return negative === isNegative(b) ? subtractMagnitudes(a, b, negative) : addMagnitudes(a, b, negative);
}

/** At most so many pairs of digits are multiplied one by one. */
export const SCHOOLBOOK_PAIRS = 5000;

/** a * b. */
export function long_multiply(a: Obj, b: Obj): Obj {
  const x = asSafeInteger(a);
  const y = asSafeInteger(b);
  const product = x * y;
  // The exact product of two such numbers is below 2**53 in magnitude if and only if the rounded one is.
  if (product < TWO53 && product > -TWO53) return PyLong_FromLong(product + 0);
  const n = digitCount(a);
  const m = digitCount(b);
  if (n === 0 || m === 0) return PyLong_FromLong(0);
  const negative = isNegative(a) !== isNegative(b);
  if (n * m > SCHOOLBOOK_PAIRS && n > 2 && m > 2) return bigMultiply(a, b);
  const r = _PyLong_New(n + m);
  if (r === 0) return NULL;
  multiplyDigits((a + lv_digit) >> 2, n, (b + lv_digit) >> 2, m, (r + lv_digit) >> 2);
  return normalizeLong(r, n + m, negative);
}

/** The largest BigInt that V8 makes has 2**30 bits. */
const MAX_BIGINT_DIGITS = 2 ** 30 / 30 - 2;

function bigMultiply(a: Obj, b: Obj): Obj {
  if (digitCount(a) + digitCount(b) > MAX_BIGINT_DIGITS) return PyErr_NoMemory();
  const x = asBigInt(a);
  return PyLong_FromBigInt(a === b ? x * x : x * asBigInt(b));
}

/** An exact copy with the other sign. */
export function long_neg(a: Obj): Obj {
  if (isCompact(a)) return PyLong_FromLong(0 - compactValue(a));
  return withSign(a, !isNegative(a));
}

/** |a|. */
export function long_abs(a: Obj): Obj {
  if (isCompact(a)) return PyLong_FromLong(Math.abs(compactValue(a)));
  return isNegative(a) || !PyLong_CheckExact(a) ? withSign(a, false) : newref(a);
}

function withSign(a: Obj, negative: boolean): Obj {
  const n = digitCount(a);
  const r = _PyLong_New(n);
  if (r === 0) return NULL;
  H32.copyWithin((r + lv_digit) >> 2, (a + lv_digit) >> 2, ((a + lv_digit) >> 2) + n);
  H32[(r + lv_tag) >> 2] = (n << 3) | (negative ? 2 : 0);
  return r;
}

/** ~a. */
export function long_invert(a: Obj): Obj {
  const x = asSafeInteger(a);
  if (x > -TWO53 && x < TWO53) return PyLong_FromLong(-1 - x);
  return isNegative(a) ? adjustOne(a, -1, false) : adjustOne(a, 1, true);
}

/** The magnitude of `a` (more than a digit) plus or minus 1, with the given sign. */
function adjustOne(a: Obj, by: number, negative: boolean): Obj {
  const n = digitCount(a);
  const r = _PyLong_New(n + 1);
  if (r === 0) return NULL;
  const pa = (a + lv_digit) >> 2;
  const pr = (r + lv_digit) >> 2;
  let carry = by;
  for (let i = 0; i < n; i++) {
    const d = H32[pa + i] + carry;
    H32[pr + i] = d & PyLong_MASK;
    carry = d >> 30;
  }
  H32[pr + n] = carry;
  return normalizeLong(r, n + 1, negative);
}

/** a << (30 * words + bits). */
export function shiftLeft(a: Obj, words: number, bits: number): Obj {
  const n = digitCount(a);
  if (n === 0) return PyLong_FromLong(0);
  if (n + words + 1 > MAX_LONG_DIGITS) return PyErr_SetString(PyExc_OverflowError, 'too many digits in integer');
  if (isCompact(a) && words === 0 && bits <= 22) return PyLong_FromLong(compactValue(a) * (1 << bits));
  const r = _PyLong_New(n + words + 1);
  if (r === 0) return NULL;
  const pa = (a + lv_digit) >> 2;
  let at = (r + lv_digit) >> 2;
  H32.fill(0, at, at + words);
  at += words;
  H32[at + n] = shiftDigitsLeft(pa, n, bits, at);
  return normalizeLong(r, n + words + 1, isNegative(a));
}

/** a >> (30 * words + bits), rounding down. */
export function shiftRight(a: Obj, words: number, bits: number): Obj {
  if (isCompact(a)) {
    const x = compactValue(a);
    return PyLong_FromLong(words > 0 ? (x < 0 ? -1 : 0) : x >> bits);
  }
  const n = digitCount(a);
  const negative = isNegative(a);
  const m = n - words;
  if (m <= 0) return PyLong_FromLong(negative ? -1 : 0);
  const pa = (a + lv_digit) >> 2;
  // A negative number rounds away from zero if any bit is lost.
  let carry = 0;
  if (negative) {
    if (H32[pa + words] & ((1 << bits) - 1)) carry = 1;
    for (let i = 0; carry === 0 && i < words; i++) if (H32[pa + i] !== 0) carry = 1;
  }
  const r = _PyLong_New(m + 1);
  if (r === 0) return NULL;
  const pr = (r + lv_digit) >> 2;
  for (let i = 0; i < m; i++) {
    let d = H32[pa + words + i] >>> bits;
    if (bits !== 0 && i + 1 < m) d |= (H32[pa + words + i + 1] << (30 - bits)) & PyLong_MASK;
    d += carry;
    H32[pr + i] = d & PyLong_MASK;
    carry = d >>> 30;
  }
  H32[pr + m] = carry;
  return normalizeLong(r, m + 1, negative);
}

export const AND = 0;
export const OR = 1;
export const XOR = 2;

/** a & b, a | b or a ^ b, on the two's complement. */
export function long_bitwise(a: Obj, b: Obj, op: number): Obj {
  if (isCompact(a) && isCompact(b)) {
    const x = compactValue(a);
    const y = compactValue(b);
    return PyLong_FromLong(op === AND ? x & y : op === OR ? x | y : x ^ y);
  }
  const nega = isNegative(a);
  const negb = isNegative(b);
  const na = digitCount(a);
  const nb = digitCount(b);
  const negr = op === AND ? nega && negb : op === OR ? nega || negb : nega !== negb;
  // A positive operand of & cuts the result to its own length.
  let n = Math.max(na, nb);
  if (op === AND && !nega && !negb) n = Math.min(na, nb);
  else if (op === AND && !nega) n = na;
  else if (op === AND && !negb) n = nb;
  const r = _PyLong_New(n + 1);
  if (r === 0) return NULL;
  const pa = (a + lv_digit) >> 2;
  const pb = (b + lv_digit) >> 2;
  const pr = (r + lv_digit) >> 2;
  let ca = 1;
  let cb = 1;
  let cr = 1;
  for (let i = 0; i < n; i++) {
    let x = i < na ? H32[pa + i] : 0;
    let y = i < nb ? H32[pb + i] : 0;
    if (nega) {
      x = (x ^ PyLong_MASK) + ca;
      ca = x >>> 30;
      x &= PyLong_MASK;
    }
    if (negb) {
      y = (y ^ PyLong_MASK) + cb;
      cb = y >>> 30;
      y &= PyLong_MASK;
    }
    let z = op === AND ? x & y : op === OR ? x | y : x ^ y;
    if (negr) {
      z = (z ^ PyLong_MASK) + cr;
      cr = z >>> 30;
      z &= PyLong_MASK;
    }
    H32[pr + i] = z;
  }
  // All digits of the complement were zero: the magnitude is the next power of the base.
  H32[pr + n] = negr ? cr : 0;
  return normalizeLong(r, n + 1, negr);
}
