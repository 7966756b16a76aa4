// What is the arithmetic of the General Decimal Arithmetic specification?
//
// Invariant: a number is a plain value of JavaScript (sign, kind, coefficient, exponent) and never changes; an operation answers the result rounded to
// the context that it is given and adds the conditions that it met to `status`, which whoever calls sets to 0 beforehand.  Nothing here
// knows the heap.  The bits of the conditions are libmpdec's, which programs see in `Context._traps` of pickles.

export const FINITE = 0;
export const INFINITE = 1;
export const QNAN = 2;
export const SNAN = 3;

export interface Dec {
  readonly kind: number;
  /** 0, or 1 for a minus sign. */
  readonly sign: number;
  /** A NaN's payload; 0 for an infinity. */
  readonly coef: bigint;
  readonly exp: number;
}

export interface Rules {
  readonly prec: number;
  readonly rounding: number;
  readonly emin: number;
  readonly emax: number;
  /** Fold down large exponents (1) or not (0). */
  readonly clamp: number;
}

export const CLAMPED = 0x1;
export const CONVERSION_SYNTAX = 0x2;
export const DIVISION_BY_ZERO = 0x4;
export const DIVISION_IMPOSSIBLE = 0x8;
export const DIVISION_UNDEFINED = 0x10;
export const INEXACT = 0x40;
export const INVALID_CONTEXT = 0x80;
export const INVALID_OPERATION = 0x100;
export const NO_MEMORY = 0x200;
export const FLOAT_OPERATION = 0x400;
export const OVERFLOW = 0x800;
export const ROUNDED = 0x1000;
export const SUBNORMAL = 0x2000;
export const UNDERFLOW = 0x4000;

// Rounding modes, in the order of libmpdec.
export const ROUND_UP = 0;
export const ROUND_DOWN = 1;
export const ROUND_CEILING = 2;
export const ROUND_FLOOR = 3;
export const ROUND_HALF_UP = 4;
export const ROUND_HALF_DOWN = 5;
export const ROUND_HALF_EVEN = 6;
export const ROUND_05UP = 7;
export const ROUNDINGS = [
  'ROUND_UP',
  'ROUND_DOWN',
  'ROUND_CEILING',
  'ROUND_FLOOR',
  'ROUND_HALF_UP',
  'ROUND_HALF_DOWN',
  'ROUND_HALF_EVEN',
  'ROUND_05UP',
];

// The limits of libmpdec where pointers have 32 bits.
export const MAX_PREC = 425000000;
export const MAX_EMAX = 425000000;
export const MIN_EMIN = -425000000;
export const MIN_ETINY = MIN_EMIN - (MAX_PREC - 1);

/** No operation works on more digits than this: it is out of memory (V8's integers end at about 2**30 bits, 323 million digits). */
export const MAX_WORK = 100_000_000;

/** The conditions met since it was last set to 0. */
export let status = 0;

export function resetStatus(): void {
  status = 0;
}

/** Adds conditions. */
export function note(bits: number): void {
  status |= bits;
}

/** The widest context: results are exact, or invalid. */
export const WIDEST: Rules = {
  prec: MAX_PREC,
  rounding: ROUND_HALF_EVEN,
  emin: MIN_EMIN,
  emax: MAX_EMAX,
  clamp: 0,
};

export function finite(sign: number, coef: bigint, exp: number): Dec {
  return { kind: FINITE, sign, coef, exp };
}

export function infinity(sign: number): Dec {
  return { kind: INFINITE, sign, coef: 0n, exp: 0 };
}

export const NAN: Dec = { kind: QNAN, sign: 0, coef: 0n, exp: 0 };
export const ONE = finite(0, 1n, 0);

/** A NaN, with these conditions noted. */
export function invalid(bits = INVALID_OPERATION): Dec {
  status |= bits;
  return NAN;
}

export const isNaN_ = (d: Dec): boolean => d.kind >= QNAN;
export const isZero = (d: Dec): boolean => d.kind === FINITE && d.coef === 0n;
export const isFinite_ = (d: Dec): boolean => d.kind === FINITE;
export const isInfinite = (d: Dec): boolean => d.kind === INFINITE;
export const negate = (d: Dec): Dec => ({ ...d, sign: 1 - d.sign });
export const withSign = (d: Dec, sign: number): Dec => (d.sign === sign ? d : { ...d, sign });

const powers: bigint[] = [1n];

/** 10 ** n. */
export function pow10(n: number): bigint {
  if (n > 600) return 10n ** BigInt(n);
  while (powers.length <= n) powers.push(powers[powers.length - 1] * 10n);
  return powers[n];
}

const FIFTEEN_DIGITS = 10n ** 15n;

/** How many bits n (not negative) has. */
export function bitLength(n: bigint): number {
  const hex = n.toString(16);
  return hex.length * 4 - Math.clz32(Number.parseInt(hex[0], 16)) + 28;
}

/** How many decimal digits n (not negative) has; 0 has one. */
export function digitsOf(n: bigint): number {
  if (n < FIFTEEN_DIGITS) {
    let small = Number(n);
    let digits = 1;
    while (small >= 10) {
      small /= 10;
      digits++;
    }
    return digits;
  }
  // 2**(b-1) <= n < 2**b leaves two candidates.
  const least = Math.floor((bitLength(n) - 1) * Math.LOG10E * Math.LN2) + 1;
  return n >= pow10(least) ? least + 1 : least;
}

/** The exponent of the most significant digit. */
export const adjusted = (d: Dec): number => d.exp + digitsOf(d.coef) - 1;
export const etiny = (c: Rules): number => c.emin - (c.prec - 1);
export const etop = (c: Rules): number => c.emax - (c.prec - 1);

/** `coef` without its last `drop` digits, rounded; `inexact` tells afterwards whether these were not all 0. */
export function roundOff(coef: bigint, drop: number, sign: number, rounding: number): bigint {
  // Dropping more than there is leaves 0 and something far below one half.
  const p = drop > MAX_WORK || drop > digitsOf(coef) + 1 ? 0n : pow10(drop);
  const q = p === 0n ? 0n : coef / p;
  const r = p === 0n ? coef : coef - q * p;
  inexact = r !== 0n;
  if (!inexact) return q;
  let up = false;
  switch (rounding) {
    case ROUND_UP:
      up = true;
      break;
    case ROUND_CEILING:
      up = sign === 0;
      break;
    case ROUND_FLOOR:
      up = sign === 1;
      break;
    case ROUND_05UP:
      up = q % 5n === 0n;
      break;
    case ROUND_HALF_UP:
    case ROUND_HALF_DOWN:
    case ROUND_HALF_EVEN: {
      const twice = p === 0n ? -1n : 2n * r - p;
      if (twice !== 0n) up = twice > 0n;
      else up = rounding === ROUND_HALF_UP || (rounding === ROUND_HALF_EVEN && (q & 1n) === 1n);
    }
  }
  return up ? q + 1n : q;
}
export let inexact = false;

function overflowed(sign: number, c: Rules): Dec {
  status |= OVERFLOW | INEXACT | ROUNDED;
  const r = c.rounding;
  const toInfinity =
    r === ROUND_UP ||
    r === ROUND_HALF_UP ||
    r === ROUND_HALF_DOWN ||
    r === ROUND_HALF_EVEN ||
    (r === ROUND_CEILING && sign === 0) ||
    (r === ROUND_FLOOR && sign === 1);
  if (toInfinity) return infinity(sign);
  if (c.prec > MAX_WORK) return invalid(NO_MEMORY);
  return finite(sign, pow10(c.prec) - 1n, etop(c));
}

/** The number rounded to the context. */
export function finalize(d: Dec, c: Rules): Dec {
  if (d.kind !== FINITE) {
    if (d.kind === INFINITE || d.coef === 0n) return d;
    const room = c.prec - c.clamp;
    return digitsOf(d.coef) <= room ? d : { ...d, coef: room > 0 ? d.coef % pow10(room) : 0n };
  }
  const tiny = etiny(c);
  const top = etop(c);
  if (d.coef === 0n) {
    const exp = Math.min(Math.max(d.exp, tiny), c.clamp ? top : c.emax);
    if (exp === d.exp) return d;
    status |= CLAMPED;
    return { ...d, exp };
  }
  const digits = digitsOf(d.coef);
  let least = digits + d.exp - c.prec;
  if (least > top) return overflowed(d.sign, c);
  const subnormal = least < tiny;
  if (subnormal) least = tiny;
  if (d.exp < least) {
    let coef = roundOff(d.coef, least - d.exp, d.sign, c.rounding);
    const lossy = inexact;
    let exp = least;
    if (digitsOf(coef) > c.prec) {
      coef /= 10n;
      exp++;
    }
    if (exp > top) return overflowed(d.sign, c);
    if (lossy && subnormal) status |= UNDERFLOW;
    if (subnormal) status |= SUBNORMAL;
    if (lossy) status |= INEXACT;
    status |= ROUNDED;
    if (coef === 0n) status |= CLAMPED;
    return finite(d.sign, coef, exp);
  }
  if (subnormal) status |= SUBNORMAL;
  if (c.clamp && d.exp > top) {
    status |= CLAMPED;
    return finite(d.sign, d.coef * pow10(d.exp - top), top);
  }
  return d;
}

const quiet = (d: Dec, c: Rules): Dec => {
  if (d.kind === SNAN) status |= INVALID_OPERATION;
  return finalize(d.kind === SNAN ? { ...d, kind: QNAN } : d, c);
};

/** The NaN that the operands make, or null: the first signaling one, else the first. */
export function nanOf(a: Dec, b: Dec | null, c: Rules): Dec | null {
  if (a.kind === SNAN) return quiet(a, c);
  if (b !== null && b.kind === SNAN) return quiet(b, c);
  if (a.kind === QNAN) return quiet(a, c);
  if (b !== null && b.kind === QNAN) return quiet(b, c);
  return null;
}

/** -1, 0 or 1, by value; neither may be a NaN. */
export function compareValues(a: Dec, b: Dec): number {
  const sa = a.sign ? -1 : 1;
  const za = isZero(a);
  const zb = isZero(b);
  if (za && zb) return 0;
  if (za) return b.sign ? 1 : -1;
  if (zb) return sa;
  if (a.sign !== b.sign) return sa;
  if (a.kind === INFINITE || b.kind === INFINITE) return a.kind === b.kind ? 0 : a.kind === INFINITE ? sa : -sa;
  return sa * compareMagnitudes(a, b);
}

/** -1, 0 or 1, without regard to signs, for finite numbers other than 0. */
function compareMagnitudes(a: Dec, b: Dec): number {
  const ea = adjusted(a);
  const eb = adjusted(b);
  if (ea !== eb) return ea < eb ? -1 : 1;
  const shift = a.exp - b.exp;
  const x = shift > 0 ? a.coef * pow10(shift) : a.coef;
  const y = shift < 0 ? b.coef * pow10(-shift) : b.coef;
  return x < y ? -1 : x > y ? 1 : 0;
}

/** compare_total: the order of representations, -1, 0 or 1. */
export function compareTotal(a: Dec, b: Dec): number {
  if (a.sign !== b.sign) return a.sign ? -1 : 1;
  const s = a.sign ? -1 : 1;
  if (isNaN_(a) || isNaN_(b)) {
    if (a.kind !== b.kind) {
      // Signaling NaNs stand below quiet ones, both above the numbers.
      const rank = (d: Dec) => (d.kind === QNAN ? 2 : d.kind === SNAN ? 1 : 0);
      return rank(a) < rank(b) ? -s : s;
    }
    return a.coef === b.coef ? 0 : a.coef < b.coef ? -s : s;
  }
  const c = compareValues(a, b);
  if (c !== 0 || a.kind !== FINITE || a.exp === b.exp) return c;
  return a.exp < b.exp ? -s : s;
}

/** a + b exactly, for finite operands; what is far below the last digit that counts is replaced by something as small. */
function sum(a: Dec, b: Dec, c: Rules): Dec {
  const exp = Math.min(a.exp, b.exp);
  if (a.coef === 0n && b.coef === 0n) {
    const negative = a.sign === b.sign ? a.sign : c.rounding === ROUND_FLOOR ? 1 : 0;
    return finite(negative, 0n, exp);
  }
  if (a.coef === 0n || b.coef === 0n) {
    const d = a.coef === 0n ? b : a;
    const target = Math.max(exp, d.exp - c.prec - 1);
    return target < d.exp ? finite(d.sign, d.coef * pow10(d.exp - target), target) : d;
  }
  let [big, small] = a.exp < b.exp ? [b, a] : [a, b];
  const smallest = big.exp + Math.min(-1, digitsOf(big.coef) - c.prec - 2);
  if (digitsOf(small.coef) + small.exp - 1 < smallest) small = finite(small.sign, 1n, smallest);
  const shift = big.exp - small.exp;
  if (shift > MAX_WORK) return invalid(NO_MEMORY);
  const x = big.coef * pow10(shift);
  const y = small.coef;
  const total = (big.sign ? -x : x) + (small.sign ? -y : y);
  if (total === 0n) return finite(c.rounding === ROUND_FLOOR ? 1 : 0, 0n, small.exp);
  return total < 0n ? finite(1, -total, small.exp) : finite(0, total, small.exp);
}

export function add(a: Dec, b: Dec, c: Rules): Dec {
  if (a.kind !== FINITE || b.kind !== FINITE) {
    const nan = nanOf(a, b, c);
    if (nan !== null) return nan;
    if (a.kind === INFINITE) return b.kind === INFINITE && a.sign !== b.sign ? invalid() : a;
    return b;
  }
  const s = sum(a, b, c);
  return isNaN_(s) ? s : finalize(s, c);
}

export const subtract = (a: Dec, b: Dec, c: Rules): Dec => {
  // A NaN keeps its own sign.
  return add(a, isNaN_(b) ? b : negate(b), c);
};

/** a * b without rounding, for operands that are no NaNs; NaN with a condition for 0 * infinity. */
function product(a: Dec, b: Dec): Dec {
  const sign = a.sign ^ b.sign;
  if (a.kind === INFINITE || b.kind === INFINITE) return isZero(a) || isZero(b) ? invalid() : infinity(sign);
  return finite(sign, a.coef * b.coef, a.exp + b.exp);
}

export function multiply(a: Dec, b: Dec, c: Rules): Dec {
  return nanOf(a, b, c) ?? finalize(product(a, b), c);
}

export function fma(a: Dec, b: Dec, third: Dec, c: Rules): Dec {
  const before = status;
  status = 0;
  const p = nanOf(a, b, c) ?? product(a, b);
  const failed = status & INVALID_OPERATION;
  status |= before;
  return failed ? p : add(p, third, c);
}

/** a / b for finite operands, b not 0, with `prec` digits and one more that is never 0 nor 5 unless the quotient is exact. */
function quotient(a: Dec, b: Dec, prec: number): Dec {
  const sign = a.sign ^ b.sign;
  const ideal = a.exp - b.exp;
  const shift = digitsOf(b.coef) - digitsOf(a.coef) + prec + 1;
  let exp = ideal - shift;
  const x = shift >= 0 ? a.coef * pow10(shift) : a.coef;
  const y = shift >= 0 ? b.coef : b.coef * pow10(-shift);
  let q = x / y;
  if (x - q * y !== 0n) {
    if (q % 5n === 0n) q += 1n;
  } else [q, exp] = strip(q, exp, ideal);
  return finite(sign, q, exp);
}

/** Removes zeros at the end while the exponent is below `limit`: [coefficient, exponent]. */
export function strip(coef: bigint, exp: number, limit: number): [bigint, number] {
  let q = coef;
  let e = exp;
  // In big steps first: a quotient has as many zeros as the precision has digits.
  for (let step = 512; step >= 1; step = step >> 1) {
    const p = pow10(step);
    while (e + step <= limit && q % p === 0n) {
      q /= p;
      e += step;
    }
  }
  return [q, e];
}

export function divide(a: Dec, b: Dec, c: Rules): Dec {
  const nan = nanOf(a, b, c);
  if (nan !== null) return nan;
  const sign = a.sign ^ b.sign;
  if (a.kind === INFINITE) return b.kind === INFINITE ? invalid() : infinity(sign);
  if (b.kind === INFINITE) {
    status |= CLAMPED;
    return finite(sign, 0n, etiny(c));
  }
  if (b.coef === 0n) {
    if (a.coef === 0n) return invalid(DIVISION_UNDEFINED);
    status |= DIVISION_BY_ZERO;
    return infinity(sign);
  }
  if (a.coef === 0n) return finalize(finite(sign, 0n, a.exp - b.exp), c);
  if (c.prec <= MAX_WORK) return finalize(quotient(a, b, c.prec), c);
  // So many digits cannot be had: the quotient may still be exact with fewer.
  const prec = digitsOf(a.coef) + 4 * digitsOf(b.coef);
  const q = quotient(a, b, prec);
  return digitsOf(q.coef) > prec ? invalid(NO_MEMORY) : finalize(q, c);
}

/** The integer part of a / b and the remainder, for finite operands, b not 0; null if the integer part has too many digits. */
function wholeDivision(a: Dec, b: Dec, c: Rules): [Dec, Dec] | null {
  const sign = a.sign ^ b.sign;
  const ideal = Math.min(a.exp, b.exp);
  const expdiff = adjusted(a) - adjusted(b);
  if (a.coef === 0n || expdiff <= -2) {
    // The dividend itself, with the exponent that a remainder has.
    const r = a.exp > ideal && a.exp - ideal <= c.prec ? finite(a.sign, a.coef * pow10(a.exp - ideal), ideal) : a;
    return [finite(sign, 0n, 0), a.coef === 0n ? finite(a.sign, 0n, ideal) : r];
  }
  if (expdiff > c.prec || expdiff > MAX_WORK) return null;
  const x = a.exp >= b.exp ? a.coef * pow10(a.exp - b.exp) : a.coef;
  const y = a.exp >= b.exp ? b.coef : b.coef * pow10(b.exp - a.exp);
  const q = x / y;
  if (digitsOf(q) > c.prec) return null;
  return [finite(sign, q, 0), finite(a.sign, x - q * y, ideal)];
}

export function divideInteger(a: Dec, b: Dec, c: Rules): Dec {
  const nan = nanOf(a, b, c);
  if (nan !== null) return nan;
  const sign = a.sign ^ b.sign;
  if (a.kind === INFINITE) return b.kind === INFINITE ? invalid() : infinity(sign);
  if (b.kind === INFINITE) return finite(sign, 0n, 0);
  if (b.coef === 0n) {
    if (a.coef === 0n) return invalid(DIVISION_UNDEFINED);
    status |= DIVISION_BY_ZERO;
    return infinity(sign);
  }
  const both = wholeDivision(a, b, c);
  return both === null ? invalid(DIVISION_IMPOSSIBLE) : finalize(both[0], c);
}

export function remainder(a: Dec, b: Dec, c: Rules): Dec {
  const nan = nanOf(a, b, c);
  if (nan !== null) return nan;
  if (a.kind === INFINITE) return invalid();
  if (b.kind === INFINITE) return finalize(a, c);
  if (b.coef === 0n) return invalid(a.coef === 0n ? DIVISION_UNDEFINED : INVALID_OPERATION);
  const both = wholeDivision(a, b, c);
  return both === null ? invalid(DIVISION_IMPOSSIBLE) : finalize(both[1], c);
}

export function divmod(a: Dec, b: Dec, c: Rules): [Dec, Dec] {
  const nan = nanOf(a, b, c);
  if (nan !== null) return [nan, nan];
  const sign = a.sign ^ b.sign;
  if (a.kind === INFINITE) {
    if (b.kind === INFINITE) return [invalid(), NAN];
    return [infinity(sign), invalid()];
  }
  if (b.kind === INFINITE) return [finite(sign, 0n, 0), finalize(a, c)];
  if (b.coef === 0n) {
    if (a.coef === 0n) return [invalid(DIVISION_UNDEFINED), NAN];
    status |= DIVISION_BY_ZERO | INVALID_OPERATION;
    return [infinity(sign), NAN];
  }
  const both = wholeDivision(a, b, c);
  return both === null ? [invalid(DIVISION_IMPOSSIBLE), NAN] : [finalize(both[0], c), finalize(both[1], c)];
}

export function remainderNear(a: Dec, b: Dec, c: Rules): Dec {
  const nan = nanOf(a, b, c);
  if (nan !== null) return nan;
  if (a.kind === INFINITE) return invalid();
  if (b.kind === INFINITE) return finalize(a, c);
  if (b.coef === 0n) return invalid(a.coef === 0n ? DIVISION_UNDEFINED : INVALID_OPERATION);
  const both = wholeDivision(a, b, c);
  if (both === null) return invalid(DIVISION_IMPOSSIBLE);
  let [q, r] = [both[0].coef, both[1]];
  // Twice the remainder against the divisor, without signs.
  const side = r.coef === 0n ? -1 : compareMagnitudes(finite(0, 2n * r.coef, r.exp), withSign(b, 0));
  if (side > 0 || (side === 0 && (q & 1n) === 1n)) {
    const less = sum(withSign(r, 0), finite(1, b.coef, b.exp), { ...c, prec: MAX_WORK, rounding: ROUND_HALF_EVEN });
    r = finite(a.sign ^ less.sign, less.coef, less.exp);
    q += 1n;
  }
  if (digitsOf(q) > c.prec) return invalid(DIVISION_IMPOSSIBLE);
  return finalize(r, c);
}

/** The number with the exponent of `b`. */
export function quantize(a: Dec, b: Dec, c: Rules): Dec {
  const nan = nanOf(a, b, c);
  if (nan !== null) return nan;
  if (a.kind === INFINITE || b.kind === INFINITE) return a.kind === b.kind ? a : invalid();
  if (b.exp > c.emax || b.exp < etiny(c)) return invalid();
  if (a.coef === 0n) return finalize(finite(a.sign, 0n, b.exp), c);
  const shift = a.exp - b.exp;
  let r: Dec;
  if (shift >= 0) {
    if (digitsOf(a.coef) + shift > c.prec) return invalid();
    r = finite(a.sign, a.coef * pow10(shift), b.exp);
  } else {
    r = finite(a.sign, roundOff(a.coef, -shift, a.sign, c.rounding), b.exp);
    if (inexact) status |= INEXACT;
    status |= ROUNDED;
  }
  if (adjusted(r) > c.emax || digitsOf(r.coef) > c.prec) {
    status &= ~(INEXACT | ROUNDED);
    return invalid();
  }
  return finalize(r, c);
}

/** Rounded to an integer; with `signal`, Inexact and Rounded are noted. */
export function toIntegral(a: Dec, c: Rules, signal: boolean): Dec {
  const nan = nanOf(a, null, c);
  if (nan !== null) return nan;
  if (a.kind === INFINITE || a.exp >= 0) return a;
  if (a.coef === 0n) return finite(a.sign, 0n, 0);
  const coef = roundOff(a.coef, -a.exp, a.sign, c.rounding);
  if (signal) status |= inexact ? INEXACT | ROUNDED : ROUNDED;
  return finite(a.sign, coef, 0);
}

/** The shortest form of the rounded number. */
export function reduce(a: Dec, c: Rules): Dec {
  const nan = nanOf(a, null, c);
  if (nan !== null) return nan;
  const d = finalize(a, c);
  if (d.kind === INFINITE) return d;
  if (d.coef === 0n) return finite(d.sign, 0n, 0);
  const [coef, exp] = strip(d.coef, d.exp, c.clamp ? etop(c) : c.emax);
  return finite(d.sign, coef, exp);
}

/** The integer square root. */
export function isqrt(n: bigint): bigint {
  if (n < 2n) return n;
  const bits = bitLength(n);
  if (bits <= 52) return BigInt(Math.floor(Math.sqrt(Number(n))));
  // The root of the upper half of the bits, one step of Newton's method behind.
  const k = BigInt((bits - 3) >> 2);
  const a = isqrt(n >> (2n * k)) << k;
  let r = (a + n / a) >> 1n;
  while (r * r > n) r -= 1n;
  while ((r + 1n) * (r + 1n) <= n) r += 1n;
  return r;
}

export function sqrt(a: Dec, c: Rules): Dec {
  const nan = nanOf(a, null, c);
  if (nan !== null) return nan;
  if (a.kind === INFINITE) return a.sign ? invalid() : a;
  const ideal = Math.floor(a.exp / 2);
  if (a.coef === 0n) return finalize(finite(a.sign, 0n, ideal), c);
  if (a.sign) return invalid();
  // As many digits as the precision has and one more, or so many that an exact root is found.
  const prec = c.prec > MAX_WORK ? digitsOf(a.coef) + 1 : c.prec + 1;
  let e = ideal;
  let n = a.coef;
  let l: number;
  if (a.exp & 1) {
    n *= 10n;
    l = (digitsOf(a.coef) >> 1) + 1;
  } else l = (digitsOf(a.coef) + 1) >> 1;
  let exact = true;
  const shift = prec - l;
  if (shift >= 0) n *= pow10(2 * shift);
  else {
    const p = pow10(-2 * shift);
    const q = n / p;
    exact = q * p === n;
    n = q;
  }
  e -= shift;
  let root = isqrt(n);
  exact = exact && root * root === n;
  if (exact) [root, e] = strip(root, e, ideal);
  else {
    if (c.prec > MAX_WORK) return invalid(NO_MEMORY);
    if (root % 5n === 0n) root += 1n;
  }
  return finalize(finite(0, root, e), { ...c, rounding: ROUND_HALF_EVEN });
}
