// What is the value of an operation on constants?
//
// Invariant: a result is given only when the operation would succeed at run time with that same value, and is small enough to be kept
// in a code object; null means "leave it to run time" (it raises, warns, or is too large). The limits are CPython's.

import type { ConstValue } from './ast.js';
import { isTrue } from './constants.js';
import {
  CALL_INTRINSIC_1,
  NB_ADD,
  NB_AND,
  NB_FLOOR_DIVIDE,
  NB_LSHIFT,
  NB_MULTIPLY,
  NB_OR,
  NB_POWER,
  NB_REMAINDER,
  NB_RSHIFT,
  NB_SUBSCR,
  NB_SUBTRACT,
  NB_TRUE_DIVIDE,
  NB_XOR,
  UNARY_INVERT,
  UNARY_NEGATIVE,
  UNARY_NOT,
} from './opcodes.js';

const MAX_INT_BITS = 128;
const MAX_COLLECTION_SIZE = 256;
const MAX_STR_SIZE = 4096;
const MAX_TOTAL_ITEMS = 1024;

type Complex = { re: number; im: number };

const bool = (b: boolean): ConstValue => ({ t: b ? 'true' : 'false' });
const int = (v: bigint): ConstValue => ({ t: 'int', v });
const float = (v: number): ConstValue => ({ t: 'float', v });
const complex = (c: Complex): ConstValue => ({ t: 'complex', re: c.re, im: c.im });

/** The value as an integer when it is an int or a bool. */
export function asInt(c: ConstValue): bigint | null {
  if (c.t === 'int') return c.v;
  if (c.t === 'true') return 1n;
  if (c.t === 'false') return 0n;
  return null;
}

function bitLength(v: bigint): number {
  const digits = (v < 0n ? -v : v).toString(16);
  return digits === '0' ? 0 : digits.length * 4 - (Math.clz32(Number.parseInt(digits[0]!, 16)) - 28);
}

/** float(v), or null when it overflows. */
function intToFloat(v: bigint): number | null {
  const f = Number(v);
  return Number.isFinite(f) ? f : null;
}

/** The code points of a string constant. */
function codePoints(s: ConstValue & { t: 'str' }): number[] {
  return s.points ?? Array.from(s.v, (ch) => ch.codePointAt(0)!);
}

/** The string constant of these code points. */
export function stringOf(points: number[]): ConstValue {
  let v = '';
  for (const p of points) v += String.fromCodePoint(p);
  return points.some((p) => p >= 0xd800 && p < 0xe000) ? { t: 'str', v, points } : { t: 'str', v };
}

function floorDivInt(a: bigint, b: bigint): bigint {
  const q = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? q - 1n : q;
}

function modInt(a: bigint, b: bigint): bigint {
  const r = a % b;
  return r !== 0n && r < 0n !== b < 0n ? r + b : r;
}

/** a / b, correctly rounded, or null when it overflows. `b` is not zero. */
function trueDivide(a: bigint, b: bigint): number | null {
  const fa = Number(a);
  const fb = Number(b);
  if (Number.isSafeInteger(fa) && Number.isSafeInteger(fb)) return fa / fb;
  const negative = a < 0n !== b < 0n;
  let x = a < 0n ? -a : a;
  let y = b < 0n ? -b : b;
  // Scale so that the quotient has at least 66 bits; what is cut off goes into a sticky last bit, and the one rounding is Number()'s.
  const shift = 66 - (bitLength(x) - bitLength(y));
  if (shift > 0) x <<= BigInt(shift);
  else y <<= BigInt(-shift);
  let q = x / y;
  if (x % y !== 0n) q |= 1n;
  let exponent = -shift;
  const excess = bitLength(q) + exponent;
  if (excess > 1024) return null;
  if (excess < -1022) {
    // A subnormal result: drop the bits that it cannot hold before rounding.
    const drop = BigInt(Math.min(-1074 - exponent - 2, 4096));
    if (drop > 0n) {
      const sticky = q & ((1n << drop) - 1n) ? 1n : 0n;
      q = (q >> drop) | sticky;
      exponent += Number(drop);
    }
    // Two bits below the last place are left: round half to even by hand.
    const low = Number(q & 3n);
    q >>= 2n;
    if (low === 3 || (low === 2 && (q & 1n) === 1n)) q += 1n;
    const v = Number(q) * 2 ** -1074;
    return negative ? -v : v;
  }
  let v = Number(q);
  while (exponent < -1000) {
    v *= 2 ** -500;
    exponent += 500;
  }
  v *= 2 ** exponent;
  if (!Number.isFinite(v)) return null;
  return negative ? -v : v;
}

function floatDivmod(x: number, y: number): [number, number] {
  let mod = x % y;
  let div = (x - mod) / y;
  if (mod !== 0) {
    if (y < 0 !== mod < 0) {
      mod += y;
      div -= 1;
    }
  } else {
    mod = y < 0 ? -0 : 0;
  }
  let floor: number;
  if (div !== 0) {
    floor = Math.floor(div);
    if (div - floor > 0.5) floor += 1;
  } else {
    floor = x / y < 0 || Object.is(x / y, -0) ? -0 : 0;
  }
  return [floor, mod];
}

function floatPow(x: number, y: number): ConstValue | null {
  if (y === 0) return float(1);
  if (x === 1) return float(1);
  if (x === -1 && (y === Infinity || y === -Infinity)) return float(1);
  if (x === 0 && y < 0) return null;
  if (x < 0 && Number.isFinite(x) && Number.isFinite(y) && !Number.isInteger(y)) {
    return complexPow({ re: x, im: 0 }, { re: y, im: 0 });
  }
  const v = x ** y;
  if (!Number.isFinite(v) && Number.isFinite(x) && Number.isFinite(y)) return null;
  return float(v);
}

function copySign(magnitude: number, sign: number): number {
  return sign < 0 || Object.is(sign, -0) ? -Math.abs(magnitude) : Math.abs(magnitude);
}

function isInfinite(v: number): boolean {
  return v === Infinity || v === -Infinity;
}

/** 1 for an infinity, 0 for anything else, with the sign of v. */
function boxed(v: number): number {
  return copySign(isInfinite(v) ? 1 : 0, v);
}

function nanToZero(v: number): number {
  return Number.isNaN(v) ? 0 : v;
}

/** A product, with infinities that came out as NaN recovered (C99, Annex G). */
function complexMul(x: Complex, y: Complex): Complex {
  let { re: a, im: b } = x;
  let { re: c, im: d } = y;
  const re = a * c - b * d;
  const im = a * d + b * c;
  if (!Number.isNaN(re) || !Number.isNaN(im)) return { re, im };
  let recalculate = false;
  if (isInfinite(a) || isInfinite(b)) {
    [a, b, c, d] = [boxed(a), boxed(b), nanToZero(c), nanToZero(d)];
    recalculate = true;
  }
  if (isInfinite(c) || isInfinite(d)) {
    [a, b, c, d] = [nanToZero(a), nanToZero(b), boxed(c), boxed(d)];
    recalculate = true;
  }
  if (!recalculate && [a * c, b * d, a * d, b * c].some(isInfinite)) {
    [a, b, c, d] = [nanToZero(a), nanToZero(b), nanToZero(c), nanToZero(d)];
    recalculate = true;
  }
  return recalculate ? { re: Infinity * (a * c - b * d), im: Infinity * (a * d + b * c) } : { re, im };
}

/** A quotient by Smith's method, scaled so that it does not overflow on the way; null for a zero divisor. */
function complexDiv(a: Complex, b: Complex): Complex | null {
  const absRe = Math.abs(b.re);
  const absIm = Math.abs(b.im);
  if (absRe === 0 && absIm === 0) return null;
  let re = Number.NaN;
  let im = Number.NaN;
  if (absRe >= absIm) {
    const ratio = b.im / b.re;
    const denominator = b.re + b.im * ratio;
    re = (a.re + a.im * ratio) / denominator;
    im = (a.im - a.re * ratio) / denominator;
  } else if (absIm >= absRe) {
    const ratio = b.re / b.im;
    const denominator = b.re * ratio + b.im;
    re = (a.re * ratio + a.im) / denominator;
    im = (a.im * ratio - a.re) / denominator;
  }
  if (Number.isNaN(re) && Number.isNaN(im)) {
    const finite = (z: Complex): boolean => Number.isFinite(z.re) && Number.isFinite(z.im);
    const infinite = (z: Complex): boolean => isInfinite(z.re) || isInfinite(z.im);
    if (infinite(a) && finite(b)) {
      const x = boxed(a.re);
      const y = boxed(a.im);
      return { re: Infinity * (x * b.re + y * b.im), im: Infinity * (y * b.re - x * b.im) };
    }
    if (infinite(b) && finite(a)) {
      const x = boxed(b.re);
      const y = boxed(b.im);
      return { re: 0 * (a.re * x + a.im * y), im: 0 * (a.im * x - a.re * y) };
    }
  }
  return { re, im };
}

/** A real number divided by a complex one. */
function realDivComplex(a: number, b: Complex): Complex | null {
  const absRe = Math.abs(b.re);
  const absIm = Math.abs(b.im);
  if (absRe === 0 && absIm === 0) return null;
  if (absRe >= absIm) {
    const ratio = b.im / b.re;
    const denominator = b.re + b.im * ratio;
    return { re: a / denominator, im: (-a * ratio) / denominator };
  }
  const ratio = b.re / b.im;
  const denominator = b.re * ratio + b.im;
  return { re: (a * ratio) / denominator, im: -a / denominator };
}

function complexPow(a: Complex, b: Complex): ConstValue | null {
  if (b.re === 0 && b.im === 0) return complex({ re: 1, im: 0 });
  if (a.re === 0 && a.im === 0) return b.im !== 0 || b.re < 0 ? null : complex({ re: 0, im: 0 });
  let result: Complex;
  if (b.im === 0 && Number.isInteger(b.re) && Math.abs(b.re) <= 100) {
    let n = Math.abs(b.re);
    result = { re: 1, im: 0 };
    let square = a;
    while (n > 0) {
      if (n & 1) result = complexMul(result, square);
      n >>>= 1;
      square = complexMul(square, square);
    }
    if (b.re < 0) {
      const inverse = complexDiv({ re: 1, im: 0 }, result);
      if (!inverse) return null;
      result = inverse;
    }
  } else {
    const abs = Math.hypot(a.re, a.im);
    let length = abs ** b.re;
    const angle = Math.atan2(a.im, a.re);
    let phase = angle * b.re;
    if (b.im !== 0) {
      length *= Math.exp(-angle * b.im);
      phase += b.im * Math.log(abs);
    }
    result = { re: length * Math.cos(phase), im: length * Math.sin(phase) };
  }
  return Number.isFinite(result.re) && Number.isFinite(result.im) ? complex(result) : null;
}

function foldInts(a: bigint, op: number, b: bigint): ConstValue | null {
  switch (op) {
    case NB_ADD:
      return int(a + b);
    case NB_SUBTRACT:
      return int(a - b);
    case NB_MULTIPLY:
      return a !== 0n && b !== 0n && bitLength(a) + bitLength(b) > MAX_INT_BITS ? null : int(a * b);
    case NB_TRUE_DIVIDE: {
      const v = b === 0n ? null : trueDivide(a, b);
      return v === null ? null : float(v);
    }
    case NB_FLOOR_DIVIDE:
      return b === 0n ? null : int(floorDivInt(a, b));
    case NB_REMAINDER:
      return b === 0n ? null : int(modInt(a, b));
    case NB_POWER: {
      if (b < 0n) {
        const x = intToFloat(a);
        const y = intToFloat(b);
        return x === null || y === null ? null : floatPow(x, y);
      }
      if (a !== 0n && b > 0n && (b > 0xffff_ffffn || bitLength(a) > Math.floor(MAX_INT_BITS / Number(b)))) return null;
      return int(a === 0n ? (b === 0n ? 1n : 0n) : a ** b);
    }
    case NB_LSHIFT:
      if (b < 0n) return null;
      if (a !== 0n && b !== 0n && (b > BigInt(MAX_INT_BITS) || bitLength(a) > MAX_INT_BITS - Number(b))) return null;
      return int(a === 0n ? 0n : a << b);
    case NB_RSHIFT:
      if (b < 0n) return null;
      return int(b > 0x7fff_ffffn ? (a < 0n ? -1n : 0n) : a >> b);
    case NB_OR:
      return int(a | b);
    case NB_XOR:
      return int(a ^ b);
    case NB_AND:
      return int(a & b);
    default:
      return null;
  }
}

function foldFloats(a: number, op: number, b: number): ConstValue | null {
  switch (op) {
    case NB_ADD:
      return float(a + b);
    case NB_SUBTRACT:
      return float(a - b);
    case NB_MULTIPLY:
      return float(a * b);
    case NB_TRUE_DIVIDE:
      return b === 0 ? null : float(a / b);
    case NB_FLOOR_DIVIDE:
      return b === 0 ? null : float(floatDivmod(a, b)[0]);
    case NB_REMAINDER:
      return b === 0 ? null : float(floatDivmod(a, b)[1]);
    case NB_POWER:
      return floatPow(a, b);
    default:
      return null;
  }
}

/** Complex arithmetic; a real operand (given as a number) does not become complex first, so that signs of zeros survive. */
function foldComplex(a: Complex | number, op: number, b: Complex | number): ConstValue | null {
  const ca = typeof a === 'number' ? { re: a, im: 0 } : a;
  const cb = typeof b === 'number' ? { re: b, im: 0 } : b;
  switch (op) {
    case NB_ADD:
      if (typeof a === 'number') return complex({ re: a + cb.re, im: cb.im });
      if (typeof b === 'number') return complex({ re: ca.re + b, im: ca.im });
      return complex({ re: ca.re + cb.re, im: ca.im + cb.im });
    case NB_SUBTRACT:
      if (typeof a === 'number') return complex({ re: a - cb.re, im: -cb.im });
      if (typeof b === 'number') return complex({ re: ca.re - b, im: ca.im });
      return complex({ re: ca.re - cb.re, im: ca.im - cb.im });
    case NB_MULTIPLY:
      if (typeof a === 'number') return complex({ re: a * cb.re, im: a * cb.im });
      if (typeof b === 'number') return complex({ re: ca.re * b, im: ca.im * b });
      return complex(complexMul(ca, cb));
    case NB_TRUE_DIVIDE: {
      if (typeof b === 'number') return b === 0 ? null : complex({ re: ca.re / b, im: ca.im / b });
      const q = typeof a === 'number' ? realDivComplex(a, cb) : complexDiv(ca, cb);
      return q && complex(q);
    }
    case NB_POWER:
      return complexPow(ca, cb);
    default:
      return null;
  }
}

/** Is the number of items, with those of nested tuples, within the limit? */
function itemsLeft(c: ConstValue, limit: number): number {
  if (c.t !== 'tuple') return limit;
  limit -= c.v.length;
  for (const item of c.v) {
    if (limit < 0) break;
    limit = itemsLeft(item, limit);
  }
  return limit;
}

/** `n` copies of the sequence; a count that is no Py_ssize_t (of 32 bits here) raises at run time. */
function repeat(n: bigint, seq: ConstValue): ConstValue | null {
  if (BigInt.asIntN(32, n) !== n) return null;
  if (seq.t === 'tuple') {
    const size = seq.v.length;
    if (size === 0) return seq;
    if (n < 0n || n > BigInt(Math.floor(MAX_COLLECTION_SIZE / size))) return null;
    const times = Number(n);
    if (times > 0 && itemsLeft(seq, Math.floor(MAX_TOTAL_ITEMS / times)) < 0) return null;
    return { t: 'tuple', v: Array.from({ length: times }, () => seq.v).flat() };
  }
  if (seq.t === 'str') {
    const size = codePoints(seq).length;
    if (size === 0) return seq;
    if (n < 0n || n > BigInt(Math.floor(MAX_STR_SIZE / size))) return null;
    if (!seq.points) return { t: 'str', v: seq.v.repeat(Number(n)) };
    const points = seq.points;
    return stringOf(Array.from({ length: Number(n) }, () => points).flat());
  }
  if (seq.t === 'bytes') {
    const size = seq.v.length;
    if (size === 0) return seq;
    if (n < 0n || n > BigInt(Math.floor(MAX_STR_SIZE / size))) return null;
    const v = new Uint8Array(size * Number(n));
    for (let i = 0; i < v.length; i += size) v.set(seq.v, i);
    return { t: 'bytes', v };
  }
  return null;
}

function concatenate(a: ConstValue, b: ConstValue): ConstValue | null {
  if (a.t === 'str' && b.t === 'str') {
    // Two lone surrogates may meet and must not become a pair: go by code points whenever either has any.
    return a.points || b.points ? stringOf([...codePoints(a), ...codePoints(b)]) : { t: 'str', v: a.v + b.v };
  }
  if (a.t === 'bytes' && b.t === 'bytes') {
    const v = new Uint8Array(a.v.length + b.v.length);
    v.set(a.v);
    v.set(b.v, a.v.length);
    return { t: 'bytes', v };
  }
  if (a.t === 'tuple' && b.t === 'tuple') return { t: 'tuple', v: [...a.v, ...b.v] };
  return null;
}

/** The indices that a slice selects from a sequence of that length, or null when the slice is not valid. */
function sliceIndices(s: ConstValue & { t: 'slice' }, length: number): number[] | null {
  const part = (c: ConstValue): bigint | null | undefined => (c.t === 'none' ? undefined : asInt(c));
  const step = part(s.step);
  const start = part(s.start);
  const stop = part(s.stop);
  if (step === null || start === null || stop === null || step === 0n) return null;
  const by = step === undefined ? 1n : step;
  const size = BigInt(length);
  const lowest = by < 0n ? -1n : 0n;
  const highest = by < 0n ? size - 1n : size;
  const clip = (v: bigint): bigint => {
    if (v < 0n) return v + size < lowest ? lowest : v + size;
    return v > highest ? highest : v;
  };
  const from = start === undefined ? (by < 0n ? highest : lowest) : clip(start);
  const to = stop === undefined ? (by < 0n ? lowest : highest) : clip(stop);
  const indices: number[] = [];
  for (let i = from; by < 0n ? i > to : i < to; i += by) indices.push(Number(i));
  return indices;
}

function subscript(seq: ConstValue, index: ConstValue): ConstValue | null {
  if (seq.t !== 'str' && seq.t !== 'bytes' && seq.t !== 'tuple') return null;
  const points = seq.t === 'str' ? codePoints(seq) : null;
  const length = points ? points.length : seq.v.length;
  if (index.t === 'slice') {
    const indices = sliceIndices(index, length);
    if (!indices) return null;
    if (points) return stringOf(indices.map((i) => points[i]!));
    if (seq.t === 'bytes') return { t: 'bytes', v: Uint8Array.from(indices, (i) => seq.v[i]!) };
    return seq.t === 'tuple' ? { t: 'tuple', v: indices.map((i) => seq.v[i]!) } : null;
  }
  const n = asInt(index);
  if (n === null) return null;
  const i = n < 0n ? n + BigInt(length) : n;
  if (i < 0n || i >= BigInt(length)) return null;
  if (points) return stringOf([points[Number(i)]!]);
  if (seq.t === 'bytes') return int(BigInt(seq.v[Number(i)]!));
  return seq.t === 'tuple' ? seq.v[Number(i)]! : null;
}

/** The value of `a op b` (an NB_* number), or null. */
export function foldBinary(a: ConstValue, op: number, b: ConstValue): ConstValue | null {
  if (op === NB_SUBSCR) return subscript(a, b);
  const ia = asInt(a);
  const ib = asInt(b);
  if (ia !== null && ib !== null) {
    if (a.t !== 'int' && b.t !== 'int' && (op === NB_AND || op === NB_OR || op === NB_XOR)) {
      return bool(op === NB_AND ? (ia & ib) !== 0n : op === NB_OR ? (ia | ib) !== 0n : ia !== ib);
    }
    return foldInts(ia, op, ib);
  }
  const number = (c: ConstValue, i: bigint | null): Complex | number | null => {
    if (i !== null) return intToFloat(i);
    if (c.t === 'float') return c.v;
    return c.t === 'complex' ? { re: c.re, im: c.im } : null;
  };
  const na = number(a, ia);
  const nb = number(b, ib);
  if (na !== null && nb !== null) {
    return typeof na === 'number' && typeof nb === 'number' ? foldFloats(na, op, nb) : foldComplex(na, op, nb);
  }
  if (op === NB_MULTIPLY) {
    if (ia !== null) return repeat(ia, b);
    if (ib !== null) return repeat(ib, a);
    return null;
  }
  return op === NB_ADD ? concatenate(a, b) : null;
}

/** The value of a unary operation (the instruction's number; CALL_INTRINSIC_1 stands for unary plus), or null. */
export function foldUnary(op: number, c: ConstValue): ConstValue | null {
  if (op === UNARY_NOT) return c.t === 'object' ? null : bool(!isTrue(c));
  const i = asInt(c);
  switch (op) {
    case UNARY_NEGATIVE:
      if (i !== null) return int(-i);
      if (c.t === 'float') return float(-c.v);
      return c.t === 'complex' ? complex({ re: -c.re, im: -c.im }) : null;
    case UNARY_INVERT:
      // ~True is deprecated, and says so at run time.
      return c.t === 'int' ? int(~c.v) : null;
    case CALL_INTRINSIC_1:
      if (i !== null) return int(i);
      return c.t === 'float' || c.t === 'complex' ? c : null;
    default:
      return null;
  }
}
