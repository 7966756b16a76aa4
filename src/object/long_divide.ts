// How are integers divided and raised to powers?
//
// Invariant: quotients round down, remainders have the divisor's sign (Python's // and %); true division is correctly rounded.  Operands
// within 2**53 use double arithmetic, which is exact there; small divisors go digit by digit; the rest is BigInt, whose size limit
// (2**30 bits) shows as MemoryError.

import { H32 } from '../memory/linear.js';
import { errMinus1, PyErr_SetString } from './errors.js';
import { ldexp } from './float.js';
import { decref, newref, xdecref } from './header.js';
import {
  _PyLong_New,
  _PyLong_NumBits,
  asBigInt,
  asSafeInteger,
  digitCount,
  isNegative,
  lv_digit,
  normalizeLong,
  PyLong_CheckExact,
  PyLong_FromBigInt,
  PyLong_FromLong,
  smallInt,
} from './long.js';
import { long_add, long_subtract, SCHOOLBOOK_PAIRS } from './long_arith.js';
import { divideDigits, shiftDigitsLeft, shiftDigitsRight } from './long_digits.js';
import { PyErr_NoMemory } from './no_memory.js';
import { NULL, type Obj } from './ptr.js';
import { PyExc_OverflowError, PyExc_ValueError, PyExc_ZeroDivisionError } from './statics.js';

const TWO30 = 2 ** 30;
const TWO53 = 2 ** 53;
const MAX_BIGINT_BITS = 2 ** 30 - 64;

/** The int that `compute` answers as a BigInt; MemoryError if it is too large for one. */
export function tryBigInt(compute: () => bigint): Obj {
  try {
    return PyLong_FromBigInt(compute());
  } catch (e) {
    if (e instanceof RangeError) return PyErr_NoMemory();
    throw e;
  }
}

function byZero(): Obj {
  return PyErr_SetString(PyExc_ZeroDivisionError, 'division by zero');
}

const floorMod = (x: bigint, y: bigint): bigint => {
  const r = x % y;
  return r !== 0n && r < 0n !== y < 0n ? r + y : r;
};

const QUOTIENT = 1;
const REMAINDER = 2;

/** The remainder left by `divide` if it was asked for both; owned. */
let remainder: Obj = NULL;

/** a // b, a % b or both (then the remainder is in `remainder`). New, or NULL. */
function divide(a: Obj, b: Obj, want: number): Obj {
  const x = asSafeInteger(a);
  const y = asSafeInteger(b);
  if (y === 0) return byZero();
  // NaN compares false.
  if (x <= TWO53 && x >= -TWO53 && y <= TWO53 && y >= -TWO53) {
    let r = x % y;
    const up = r !== 0 && r < 0 !== y < 0;
    if (want === REMAINDER) return PyLong_FromLong((up ? r + y : r) + 0);
    const q = (x - r) / y - (up ? 1 : 0) + 0;
    if (want === QUOTIENT) return PyLong_FromLong(q);
    if (up) r += y;
    return pair(PyLong_FromLong(q), PyLong_FromLong(r + 0));
  }
  const n = digitCount(a);
  const m = digitCount(b);
  if (n < m) {
    // |a| < |b|: the quotient is 0 or -1.
    const down = isNegative(a) !== isNegative(b) && n > 0;
    if (want === QUOTIENT) return PyLong_FromLong(down ? -1 : 0);
    const r = down ? long_add(a, b) : exact(a);
    return want === REMAINDER ? r : pair(PyLong_FromLong(down ? -1 : 0), r);
  }
  if (y > 0 && y < 0x800000 && !isNegative(a)) return divideSmall(a, y, want);
  if (m > 1 && m * (n - m + 1) <= SCHOOLBOOK_PAIRS) return divideSchoolbook(a, n, b, m, want);
  let bx: bigint;
  let by: bigint;
  try {
    bx = asBigInt(a);
    by = asBigInt(b);
  } catch (e) {
    if (e instanceof SyntaxError || e instanceof RangeError) return PyErr_NoMemory();
    throw e;
  }
  if (want === REMAINDER) return PyLong_FromBigInt(floorMod(bx, by));
  let q = bx / by;
  if (want === QUOTIENT) {
    if (bx < 0n !== by < 0n && q * by !== bx) q -= 1n;
    return PyLong_FromBigInt(q);
  }
  let r = bx - q * by;
  if (r !== 0n && r < 0n !== by < 0n) {
    r += by;
    q -= 1n;
  }
  return pair(PyLong_FromBigInt(q), PyLong_FromBigInt(r));
}

/** As divide, digit by digit: `a` of n digits by `b` of m, n >= m >= 2. */
function divideSchoolbook(a: Obj, n: number, b: Obj, m: number, want: number): Obj {
  const u = _PyLong_New(n + 1);
  const v = _PyLong_New(m);
  const q = _PyLong_New(n - m + 1);
  if (u === 0 || v === 0 || q === 0) {
    xdecref(u);
    xdecref(v);
    xdecref(q);
    return NULL;
  }
  const pu = (u + lv_digit) >> 2;
  const pv = (v + lv_digit) >> 2;
  const bits = Math.clz32(H32[((b + lv_digit) >> 2) + m - 1]) - 2;
  shiftDigitsLeft((b + lv_digit) >> 2, m, bits, pv);
  H32[pu + n] = shiftDigitsLeft((a + lv_digit) >> 2, n, bits, pu);
  divideDigits(pu, n, pv, m, (q + lv_digit) >> 2);
  decref(v);
  shiftDigitsRight(pu, m, bits, pu);
  const down = isNegative(a) !== isNegative(b);
  let r = normalizeLong(u, m, isNegative(a));
  let quotient = normalizeLong(q, n - m + 1, down);
  if (down && digitCount(r) !== 0) {
    // The quotient is rounded down, the remainder has the divisor's sign.
    r = replaced(r, long_add(r, b));
    quotient = replaced(quotient, r === 0 ? NULL : long_subtract(quotient, smallInt(1)));
  }
  if (r === 0 || quotient === 0) {
    xdecref(r);
    xdecref(quotient);
    return NULL;
  }
  if (want !== QUOTIENT && want !== REMAINDER) return pair(quotient, r);
  decref(want === QUOTIENT ? r : quotient);
  return want === QUOTIENT ? quotient : r;
}

/** Gives up `old` for `value` (both owned), which is returned. */
function replaced(old: Obj, value: Obj): Obj {
  decref(old);
  return value;
}

function exact(a: Obj): Obj {
  return PyLong_CheckExact(a) ? newref(a) : PyLong_FromBigInt(asBigInt(a));
}

function pair(q: Obj, r: Obj): Obj {
  remainder = r;
  return q;
}

/** A positive a by a y below 2**23: a digit and a remainder together stay below 2**53. */
function divideSmall(a: Obj, y: number, want: number): Obj {
  const n = digitCount(a);
  const pa = (a + lv_digit) >> 2;
  let r = 0;
  if (want === REMAINDER) {
    for (let i = n - 1; i >= 0; i--) r = (r * TWO30 + H32[pa + i]) % y;
    return PyLong_FromLong(r);
  }
  const q = _PyLong_New(n);
  if (q === 0) return NULL;
  const pq = (q + lv_digit) >> 2;
  for (let i = n - 1; i >= 0; i--) {
    const t = r * TWO30 + H32[pa + i];
    const d = Math.floor(t / y);
    H32[pq + i] = d;
    r = t - d * y;
  }
  const result = normalizeLong(q, n, false);
  return want === QUOTIENT ? result : pair(result, PyLong_FromLong(r));
}

/** a // b. */
export function long_floordiv(a: Obj, b: Obj): Obj {
  return divide(a, b, QUOTIENT);
}

/** a % b. */
export function long_mod(a: Obj, b: Obj): Obj {
  return divide(a, b, REMAINDER);
}

/** The remainder of the last long_divmod that succeeded: owned by its caller. */
export let divmodRemainder: Obj = NULL;

/** The quotient a // b (new), with a % b (new) in divmodRemainder; NULL with an exception. */
export function long_divmod(a: Obj, b: Obj): Obj {
  remainder = NULL;
  const q = divide(a, b, QUOTIENT | REMAINDER);
  divmodRemainder = remainder;
  return q;
}

/** a / b as the nearest double (ties to even), for integers of any size; NaN with ZeroDivisionError or OverflowError set. */
export function long_true_divide(a: Obj, b: Obj): number {
  const x = asSafeInteger(a);
  const y = asSafeInteger(b);
  if (y === 0) {
    byZero();
    return NaN;
  }
  if (x <= TWO53 && x >= -TWO53 && y <= TWO53 && y >= -TWO53) return x / y;
  const negative = isNegative(a) !== isNegative(b);
  if (x === 0) return negative ? -0 : 0;
  const diff = _PyLong_NumBits(a) - _PyLong_NumBits(b);
  let result = 0;
  if (diff > 1024) result = Infinity;
  else if (diff >= -1075) {
    // A quotient of 55 or 56 bits and a sticky one; fewer where the result is subnormal, so that it is rounded only once.
    const shift = Math.max(diff, -1021) - 55;
    let bx = asBigInt(a);
    let by = asBigInt(b);
    if (bx < 0n) bx = -bx;
    if (by < 0n) by = -by;
    if (shift <= 0) bx <<= BigInt(-shift);
    else by <<= BigInt(shift);
    const q = bx / by;
    const sticky = q * by !== bx;
    const bits = q === 0n ? 0 : q.toString(2).length;
    const extra = BigInt(Math.max(bits, -1021 - shift) - 53);
    // Rounds to a multiple of 2**extra.
    let rounded = q >> extra;
    const rest = q - (rounded << extra);
    const half = 1n << (extra - 1n);
    if (rest > half || (rest === half && (sticky || (rounded & 1n) === 1n))) rounded += 1n;
    result = ldexp(Number(rounded), shift + Number(extra));
  }
  if (result === Infinity) {
    errMinus1(PyExc_OverflowError, 'integer division result too large for a float');
    return NaN;
  }
  return negative ? -result : result;
}

/** a ** b for b >= 0. */
export function long_power(a: Obj, b: Obj): Obj {
  const x = asSafeInteger(a);
  const y = asSafeInteger(b);
  if (y === 0) return PyLong_FromLong(1);
  if (x === 0 || x === 1) return PyLong_FromLong(x);
  if (x === -1) return PyLong_FromLong(H32[(b + lv_digit) >> 2] & 1 ? -1 : 1);
  if (y !== y) return PyErr_NoMemory();
  if (x <= TWO53 && x >= -TWO53 && y <= 64) {
    let r = 1;
    let i = 0;
    for (; i < y && r <= TWO53 && r >= -TWO53; i++) r *= x;
    if (r < TWO53 && r > -TWO53) return PyLong_FromLong(r);
  }
  if ((_PyLong_NumBits(a) - 1) * y > MAX_BIGINT_BITS) return PyErr_NoMemory();
  return tryBigInt(() => asBigInt(a) ** BigInt(y));
}

/** The inverse of a modulo n (n > 0), or -1n if there is none. */
function inverse(a: bigint, n: bigint): bigint {
  let r0 = n;
  let r1 = floorMod(a, n);
  let t0 = 0n;
  let t1 = 1n;
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1] = [r1, r0 - q * r1];
    [t0, t1] = [t1, t0 - q * t1];
  }
  return r0 === 1n ? floorMod(t0, n) : -1n;
}

/** base ** exponent % modulus for exponent >= 0, modulus > 1, 0 <= base < modulus. */
function modularPower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const bits = exponent.toString(2);
  if (modulus <= 0x4000000n) {
    // Products stay exact in doubles.
    const m = Number(modulus);
    const b = Number(base);
    let r = 1 % m;
    for (let i = 0; i < bits.length; i++) {
      r = (r * r) % m;
      if (bits.charCodeAt(i) === 49) r = (r * b) % m;
    }
    return BigInt(r);
  }
  if (bits.length <= 32) {
    let r = 1n;
    for (let i = 0; i < bits.length; i++) {
      r = (r * r) % modulus;
      if (bits.charCodeAt(i) === 49) r = (r * base) % modulus;
    }
    return r;
  }
  // Windows of five bits: one multiplication for each.
  const powers = [1n];
  for (let i = 1; i < 32; i++) powers.push((powers[i - 1] * base) % modulus);
  const padded = bits.padStart(Math.ceil(bits.length / 5) * 5, '0');
  let r = 1n;
  for (let i = 0; i < padded.length; i += 5) {
    for (let k = 0; k < 5; k++) r = (r * r) % modulus;
    const window = parseInt(padded.slice(i, i + 5), 2);
    if (window !== 0) r = (r * powers[window]) % modulus;
  }
  return r;
}

/** pow(a, b, c). */
export function long_modular_power(a: Obj, b: Obj, c: Obj): Obj {
  if (digitCount(c) === 0) return PyErr_SetString(PyExc_ValueError, 'pow() 3rd argument cannot be 0');
  let m = asBigInt(c);
  const negative = m < 0n;
  if (negative) m = -m;
  if (m === 1n) return PyLong_FromLong(0);
  let base = asBigInt(a);
  let exponent = asBigInt(b);
  if (exponent < 0n) {
    base = inverse(base, m);
    if (base < 0n) return PyErr_SetString(PyExc_ValueError, 'base is not invertible for the given modulus');
    exponent = -exponent;
  } else base = floorMod(base, m);
  const r = modularPower(base, exponent, m);
  return PyLong_FromBigInt(negative && r !== 0n ? r - m : r);
}

/** The greatest common divisor, never negative. */
export function _PyLong_GCD(a: Obj, b: Obj): Obj {
  let x = Math.abs(asSafeInteger(a));
  let y = Math.abs(asSafeInteger(b));
  if (x <= TWO53 && y <= TWO53) {
    while (y !== 0) [x, y] = [y, x % y];
    return PyLong_FromLong(x);
  }
  return PyLong_FromBigInt(gcdBig(asBigInt(a), asBigInt(b)));
}

/** The greatest common divisor of BigInts, never negative. */
export function gcdBig(a: bigint, b: bigint): bigint {
  if (a < 0n) a = -a;
  if (b < 0n) b = -b;
  if (a < b) [a, b] = [b, a];
  // Lehmer: while both are large, the leading bits decide several steps at once.
  while (b > 9007199254740992n) {
    const bits = a.toString(16).length * 4;
    const shift = BigInt(bits - 44);
    let x = Number(a >> shift);
    let y = Number(b >> shift);
    let A = 1;
    let B = 0;
    let C = 0;
    let D = 1;
    for (;;) {
      if (y + C === 0 || y + D === 0) break;
      const q = Math.floor((x + A) / (y + C));
      if (q !== Math.floor((x + B) / (y + D))) break;
      const nextC = A - q * C;
      const nextD = B - q * D;
      const nextY = x - q * y;
      if (Math.abs(nextC) > 0x3fffff || Math.abs(nextD) > 0x3fffff) break;
      A = C;
      B = D;
      C = nextC;
      D = nextD;
      x = y;
      y = nextY;
    }
    if (B === 0) [a, b] = [b, a % b];
    else [a, b] = [BigInt(A) * a + BigInt(B) * b, BigInt(C) * a + BigInt(D) * b];
  }
  if (b === 0n) return a;
  let x = Number(b);
  let y = Number(a % b);
  while (y !== 0) [x, y] = [y, x % y];
  return BigInt(x);
}
