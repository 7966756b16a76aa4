// How are doubles added and multiplied without losing bits?
//
// Invariant: the functions here are exact until their one last rounding (ties to even), unless they say otherwise.

import { frexp, frexpExponent, ldexp } from '../object/float.js';
import { productError } from '../types/float_math.js';

/** n * 2**e as the nearest double; an infinity if it is too large. */
export function bigToDouble(n: bigint, e: number): number {
  if (n === 0n) return 0;
  const negative = n < 0n;
  if (negative) n = -n;
  const bits = n.toString(16).length * 4;
  // Keep 66 or so bits; what is cut off only matters as "something is there".
  const cut = bits - 66;
  if (cut > 0) {
    const shift = BigInt(cut);
    const top = n >> shift;
    n = top << shift === n ? top : top | 1n;
    e += cut;
  }
  const exact = n.toString(2).length;
  // The lowest bit that a double of this size can have.
  const drop = Math.max(exact - 53, -1074 - e);
  if (drop > 0) {
    if (drop > exact + 1) return negative ? -0 : 0;
    const shift = BigInt(drop);
    let q = n >> shift;
    const rest = n - (q << shift);
    const half = 1n << (shift - 1n);
    if (rest > half || (rest === half && (q & 1n) === 1n)) q += 1n;
    n = q;
    e += drop;
  }
  const r = ldexp(Number(n), e);
  return negative ? -r : r;
}

/** x = m * 2**exponentOf with an integer m of 53 bits. */
let exponentOf = 0;
function mantissaOf(x: number): bigint {
  const m = frexp(x);
  exponentOf = frexpExponent - 53;
  return BigInt(m * 9007199254740992);
}

/** x * y + z rounded once; NaN and infinities as IEEE 754 has them. */
export function fma(x: number, y: number, z: number): number {
  if (!Number.isFinite(x) || !Number.isFinite(y)) return x * y + z;
  // The product is finite, however large.
  if (!Number.isFinite(z)) return z;
  if (x === 0 || y === 0) return x * y + z;
  let n = mantissaOf(x);
  let e = exponentOf;
  n *= mantissaOf(y);
  e += exponentOf;
  if (z === 0) {
    const r = bigToDouble(n, e);
    return r === 0 ? x * y : r;
  }
  let m = mantissaOf(z);
  if (e > exponentOf) {
    n <<= BigInt(e - exponentOf);
    e = exponentOf;
  } else m <<= BigInt(exponentOf - e);
  const sum = n + m;
  // An exact zero of opposite terms is positive.
  return sum === 0n ? 0 : bigToDouble(sum, e);
}

/** The sum of doubles, rounded once: feed it, then ask. */
export class ExactSum {
  private readonly partials: number[] = [];
  private special = 0;
  private infinities = 0;
  private overflowed = false;

  add(x: number): void {
    const start = x;
    const p = this.partials;
    let n = 0;
    for (let i = 0; i < p.length; i++) {
      let y = p[i];
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const high = x + y;
      const low = y - (high - x);
      if (low !== 0) p[n++] = low;
      x = high;
    }
    p.length = n;
    if (x === 0) return;
    if (Number.isFinite(x)) p.push(x);
    else {
      if (Number.isFinite(start)) this.overflowed = true;
      if (start === Infinity || start === -Infinity) this.infinities += start;
      this.special += start;
      p.length = 0;
    }
  }

  /** What went wrong, or ''. */
  problem(): '' | 'intermediate overflow in fsum' | '-inf + inf in fsum' {
    if (this.overflowed) return 'intermediate overflow in fsum';
    return this.special !== 0 && this.infinities !== this.infinities ? '-inf + inf in fsum' : '';
  }

  value(): number {
    if (this.special !== 0) return this.special;
    const p = this.partials;
    let n = p.length;
    if (n === 0) return 0;
    let high = p[--n];
    let low = 0;
    while (n > 0) {
      const x = high;
      const y = p[--n];
      high = x + y;
      low = y - (high - x);
      if (low !== 0) break;
    }
    // Round half to even across the partials.
    if (n > 0 && ((low < 0 && p[n - 1] < 0) || (low > 0 && p[n - 1] > 0))) {
      const y = low * 2;
      const x = high + y;
      if (y === x - high) high = x;
    }
    return high;
  }
}

/** The sum of products of doubles in three doubles (Ogita, Rump and Oishi's dot product, with one more term). */
export class TripleSum {
  private hi = 0;
  private lo = 0;
  private tiny = 0;

  add(x: number, y: number): void {
    const p = x * y;
    const e = productError(x, y, p);
    let s = this.hi + p;
    let t = s - this.hi;
    const e1 = this.hi - (s - t) + (p - t);
    this.hi = s;
    s = this.lo + e;
    t = s - this.lo;
    let e2 = this.lo - (s - t) + (e - t);
    const lo = s;
    s = lo + e1;
    t = s - lo;
    e2 += lo - (s - t) + (e1 - t);
    this.lo = s;
    this.tiny += e2;
  }

  value(): number {
    if (!Number.isFinite(this.hi)) return this.hi;
    const s = this.hi + this.lo;
    const t = s - this.hi;
    const e = this.hi - (s - t) + (this.lo - t);
    return s + (e + this.tiny);
  }
}

const DBL_MIN = 2 ** -1022;

/** The Euclidean norm of `v`, which it overwrites; `max` is the largest magnitude in it. Nearly always correctly rounded. */
export function vectorNorm(v: number[], n: number, max: number, hasNaN: boolean): number {
  if (max === Infinity) return max;
  if (hasNaN) return NaN;
  if (max === 0 || n <= 1) return max;
  frexp(max);
  const e = frexpExponent;
  if (e < -1023) {
    // Where a square would vanish: scale up to normal numbers.
    for (let i = 0; i < n; i++) v[i] /= DBL_MIN;
    return DBL_MIN * vectorNorm(v, n, max / DBL_MIN, hasNaN);
  }
  const scale = ldexp(1, -e);
  let sum = 1;
  let frac1 = 0;
  let frac2 = 0;
  for (let i = 0; i < n; i++) {
    const x = v[i] * scale;
    const p = x * x;
    const s = sum + p;
    frac1 += productError(x, x, p);
    frac2 += sum - s + p;
    sum = s;
  }
  let h = Math.sqrt(sum - 1 + (frac1 + frac2));
  const p = -h * h;
  const s = sum + p;
  frac1 += productError(-h, h, p);
  frac2 += sum - s + p;
  h += (s - 1 + (frac1 + frac2)) / (2 * h);
  return h / scale;
}
