// What are exp, ln, log10, power and the operations on digits of the decimal arithmetic?
//
// Invariant: exp, ln and log10 are rounded correctly (half even): they are computed in fixed binary point with digits to spare, and again
// with more while the spare digits leave open to which side to round.

import {
  adjusted,
  bitLength,
  type Dec,
  digitsOf,
  divide,
  etiny,
  etop,
  finalize,
  finite,
  FINITE,
  INEXACT,
  INFINITE,
  infinity,
  invalid,
  isqrt,
  isNaN_,
  isZero,
  MAX_WORK,
  multiply,
  nanOf,
  negate,
  NO_MEMORY,
  note,
  ONE,
  OVERFLOW,
  pow10,
  ROUND_CEILING,
  ROUND_FLOOR,
  ROUND_HALF_EVEN,
  ROUNDED,
  type Rules,
  compareTotal,
  compareValues,
  CLAMPED,
  DIVISION_BY_ZERO,
  INVALID_OPERATION,
  QNAN,
  resetStatus,
  SNAN,
  status,
  SUBNORMAL,
  UNDERFLOW,
  withSign,
} from './decimal_number.js';

// --- fixed point: x stands for x / 2**w -----------------------------------------------------------------------------------

/** atanh(1/n). */
function atanhInverse(n: bigint, w: number): bigint {
  const square = n * n;
  let term = (1n << BigInt(w)) / n;
  let total = term;
  for (let k = 3n; term !== 0n; k += 2n) {
    term /= square;
    total += term / k;
  }
  return total;
}

let logWidth = -1;
let log2Fixed = 0n;
let log10Fixed = 0n;

/** Leaves ln 2 and ln 10 in log2Fixed and log10Fixed. */
function logs(w: number): void {
  if (w === logWidth) return;
  const g = w + 16;
  const a = atanhInverse(251n, g);
  const b = atanhInverse(449n, g);
  const c = atanhInverse(4801n, g);
  const d = atanhInverse(8749n, g);
  log2Fixed = (144n * a + 54n * b - 38n * c + 62n * d) >> 16n;
  log10Fixed = (478n * a + 180n * b - 126n * c + 206n * d) >> 16n;
  logWidth = w;
}

/** ln of the positive integer n. */
function lnInteger(n: bigint, w: number): bigint {
  const g = w + 32;
  const wide = BigInt(g);
  const one = 1n << wide;
  // n = m * 2**k with 1 <= m < 2.
  const k = bitLength(n) - 1;
  let m = k <= g ? n << BigInt(g - k) : n >> BigInt(k - g);
  const roots = Math.floor(Math.sqrt(g) / 2);
  for (let i = 0; i < roots; i++) m = isqrt(m << wide);
  const y = ((m - one) << wide) / (m + one);
  const square = (y * y) >> wide;
  let term = y;
  let total = y;
  for (let i = 3n; term !== 0n; i += 2n) {
    term = (term * square) >> wide;
    total += term / i;
  }
  logs(g);
  return ((total << BigInt(roots + 1)) + BigInt(k) * log2Fixed) >> 32n;
}

/** e**x for 0 <= x < 3. */
function expFixed(x: bigint, w: number): bigint {
  const halvings = Math.floor(Math.sqrt(w) / 2) + 2;
  const g = w + 2 * halvings + 16;
  const wide = BigInt(g);
  const r = (x << BigInt(g - w)) >> BigInt(halvings);
  let term = 1n << wide;
  let total = term;
  for (let i = 1n; term !== 0n; i++) {
    term = ((term * r) >> wide) / i;
    total += term;
  }
  for (let i = 0; i < halvings; i++) total = (total * total) >> wide;
  return total >> BigInt(g - w);
}

/** Bits that hold so many decimal digits. */
const bitsFor = (digits: number): number => Math.ceil(digits * 3.3219280948873626) + 8;

/** Whether `coef`, exact but for its last digit, can be rounded to `prec` digits. */
function decided(coef: bigint, prec: number): boolean {
  const spare = digitsOf(coef) - prec;
  if (spare < 2) return false;
  const half = 5n * pow10(spare - 1);
  const r = coef % half;
  return r > 2n && r < half - 2n;
}

/** ln(|coef * 10**exp|) * 2**w. */
function lnOf(d: Dec, w: number): bigint {
  const g = w + 32 + Math.abs(Math.trunc(Math.log2(Math.abs(d.exp) + 1)));
  const ln = lnInteger(d.coef, g);
  logs(g);
  return (ln + BigInt(d.exp) * log10Fixed) >> BigInt(g - w);
}

/** A fixed-point number as coefficient of `digits` digits or more and an exponent. */
function fromFixed(x: bigint, w: number, digits: number): Dec {
  const sign = x < 0n ? 1 : 0;
  const m = x < 0n ? -x : x;
  // The exponent of the first digit, to within one.
  const lead = m === 0n ? 0 : Math.floor((bitLength(m) - 1 - w) * Math.LOG10E * Math.LN2);
  const scale = digits - lead;
  const coef = scale >= 0 ? (m * pow10(scale)) >> BigInt(w) : (m >> BigInt(w)) / pow10(-scale);
  return finite(sign, coef, -scale);
}

/** e ** (x / 2**w) with `digits` digits or more. */
function expOf(x: bigint, w: number, digits: number): Dec {
  logs(w);
  let k = x / log10Fixed;
  let r = x - k * log10Fixed;
  if (r < 0n) {
    r += log10Fixed;
    k -= 1n;
  }
  return finite(0, (expFixed(r, w) * pow10(digits)) >> BigInt(w), Number(k) - digits);
}

/** d * 2**w, truncated. */
function toFixed(d: Dec, w: number): bigint {
  const m = d.exp >= 0 ? (d.coef * pow10(d.exp)) << BigInt(w) : (d.coef << BigInt(w)) / pow10(-d.exp);
  return d.sign ? -m : m;
}

/** Makes a finite result inexact and as long as the precision. */
function padded(d: Dec, c: Rules): Dec {
  const digits = digitsOf(d.coef);
  return digits >= c.prec ? d : finite(d.sign, d.coef * pow10(c.prec - digits), d.exp - (c.prec - digits));
}

const halfEven = (c: Rules): Rules => ({ ...c, rounding: ROUND_HALF_EVEN });

export function exp(a: Dec, c: Rules): Dec {
  const nan = nanOf(a, null, c);
  if (nan !== null) return nan;
  if (a.kind === INFINITE) return a.sign ? finite(0, 0n, 0) : infinity(0);
  if (a.coef === 0n) return ONE;
  if (c.prec > MAX_WORK) return invalid(NO_MEMORY);
  const rules = halfEven(c);
  const size = adjusted(a);
  // Beyond every exponent: overflow or underflow, as the sign says.
  if (size >= digitsOf(BigInt(Math.max(c.emax + 1, -etiny(c) + 1) * 3))) {
    return finalize(a.sign ? finite(0, 1n, etiny(c) - 1) : finite(0, 1n, c.emax + 1), rules);
  }
  // So small that the result is 1 and next to nothing.
  if (size < -c.prec - 1) {
    const one = pow10(c.prec + 1);
    return finalize(finite(0, a.sign ? one - 1n : one + 1n, -c.prec - 1), rules);
  }
  for (let extra = 4; ; extra += 4 + extra) {
    const digits = c.prec + extra;
    const w = bitsFor(digits + Math.max(0, size) + 4);
    const d = expOf(toFixed(a, w), w, digits);
    if (decided(d.coef, c.prec)) return finalize(d, rules);
  }
}

/** k with |x| = 10**k, or null. */
function exactPower10(d: Dec): number | null {
  const n = digitsOf(d.coef);
  return d.coef === pow10(n - 1) ? d.exp + n - 1 : null;
}

export function ln(a: Dec, c: Rules): Dec {
  const nan = nanOf(a, null, c);
  if (nan !== null) return nan;
  if (isZero(a)) return infinity(1);
  if (a.kind === INFINITE) return a.sign ? invalid() : infinity(0);
  if (a.sign) return invalid();
  if (exactPower10(a) === 0) return finite(0, 0n, 0);
  if (c.prec > MAX_WORK) return invalid(NO_MEMORY);
  const rules = halfEven(c);
  // Close to 1 the first digits of the logarithm are zeros.
  const near = nearOne(a);
  for (let extra = 4; ; extra += 4 + extra) {
    const digits = c.prec + extra;
    const w = bitsFor(digits + near + 4);
    const d = fromFixed(lnOf(a, w), w, digits);
    if (decided(d.coef, c.prec)) return finalize(d, rules);
  }
}

/** How many zeros behind the point |a - 1| begins with, at least 0. */
function nearOne(a: Dec): number {
  const size = adjusted(a);
  if (size !== 0 && size !== -1) return 0;
  const one = pow10(-Math.min(a.exp, 0));
  const m = a.exp > 0 ? a.coef * pow10(a.exp) : a.coef;
  const distance = m > one ? m - one : one - m;
  return distance === 0n ? 0 : Math.max(0, digitsOf(one) - digitsOf(distance));
}

export function log10(a: Dec, c: Rules): Dec {
  const nan = nanOf(a, null, c);
  if (nan !== null) return nan;
  if (isZero(a)) return infinity(1);
  if (a.kind === INFINITE) return a.sign ? invalid() : infinity(0);
  if (a.sign) return invalid();
  const rules = halfEven(c);
  const k = exactPower10(a);
  if (k !== null) return finalize(finite(k < 0 ? 1 : 0, BigInt(Math.abs(k)), 0), rules);
  if (c.prec > MAX_WORK) return invalid(NO_MEMORY);
  const near = nearOne(a);
  for (let extra = 4; ; extra += 4 + extra) {
    const digits = c.prec + extra;
    const w = bitsFor(digits + near + 4);
    const natural = lnOf(a, w);
    logs(w);
    const d = fromFixed((natural << BigInt(w)) / log10Fixed, w, digits);
    if (decided(d.coef, c.prec)) return finalize(d, rules);
  }
}

// --- power ------------------------------------------------------------------------------------------------------------------------

const isInteger = (d: Dec): boolean =>
  d.kind === FINITE && (d.exp >= 0 || d.coef % pow10(Math.min(-d.exp, digitsOf(d.coef) + 1)) === 0n);

/** Whether an integral number is odd. */
function isOdd(d: Dec): boolean {
  if (d.exp > 0) return false;
  return ((d.coef / pow10(-d.exp)) & 1n) === 1n;
}

/** base ** n by squaring, each step rounded to `c`. */
function powerInteger(base: Dec, n: bigint, c: Rules): Dec {
  let r = base;
  for (const bit of n.toString(2).slice(1)) {
    r = multiply(r, r, c);
    if (bit === '1') r = multiply(r, base, c);
    if (r.kind !== FINITE || r.coef === 0n) break;
  }
  return r;
}

export function power(a: Dec, b: Dec, c: Rules): Dec {
  const nan = nanOf(a, b, c);
  if (nan !== null) return nan;
  if (isZero(b)) return isZero(a) ? invalid() : ONE;
  const integral = isInteger(b);
  const sign = a.sign === 1 && integral && isOdd(b) ? 1 : 0;
  if (isZero(a)) {
    if (b.sign === 0) return finite(sign, 0n, 0);
    return infinity(sign);
  }
  if (a.sign === 1 && (!integral || b.kind === INFINITE)) return invalid();
  if (a.kind === INFINITE) return b.sign ? finite(sign, 0n, 0) : infinity(sign);
  const size = compareValues(withSign(a, 0), ONE);
  if (size === 0) {
    // One to any power is one, with as many digits as the operation would have made.
    if (integral && b.sign === 1) return finite(sign, 1n, 0);
    let places = c.prec - 1;
    if (integral) {
      const wanted = BigInt(-a.exp) * wholeOf(b, 12);
      if (wanted > BigInt(places)) note(ROUNDED);
      else places = Number(wanted);
    } else note(INEXACT | ROUNDED);
    return places > MAX_WORK ? invalid(NO_MEMORY) : finite(sign, pow10(places), -places);
  }
  if (b.kind === INFINITE) return size > 0 === (b.sign === 0) ? infinity(0) : finite(0, 0n, 0);
  // The size of the exponent of the result, roughly: what is far outside needs no computation.
  const log = approximateLog10(a) * approximate(b);
  if (log > c.emax + 2 || log < etiny(c) - 2) {
    return finalize(log > 0 ? finite(sign, 1n, c.emax + 1) : finite(sign, 1n, etiny(c) - 2), c);
  }
  if (integral) {
    const n = wholeOf(b, MAX_WORK);
    const wide: Rules = {
      prec: Math.min(c.prec + 4 + digitsOf(n) + b.sign, MAX_WORK),
      rounding: ROUND_HALF_EVEN,
      emin: -(2 ** 50),
      emax: 2 ** 50,
      clamp: 0,
    };
    const base = b.sign ? divide(ONE, a, wide) : a;
    return finalize(withSign(powerInteger(base, n, wide), sign), c);
  }
  if (c.prec > MAX_WORK) return invalid(NO_MEMORY);
  return powerReal(a, b, c, Math.abs(log));
}

/** |b| as an integer; one with too many digits to be used is 10**limit. */
function wholeOf(b: Dec, limit: number): bigint {
  if (b.exp > limit) return pow10(limit);
  return b.exp >= 0 ? b.coef * pow10(b.exp) : b.coef / pow10(-b.exp);
}

/** The value as a double, or an infinity. */
function approximate(d: Dec): number {
  const drop = Math.max(0, digitsOf(d.coef) - 17);
  const m = Number(d.coef / pow10(drop)) * 10 ** Math.min(d.exp + drop, 300);
  return d.sign ? -m : m;
}

function approximateLog10(d: Dec): number {
  const drop = Math.max(0, digitsOf(d.coef) - 17);
  return Math.log10(Number(d.coef / pow10(drop))) + d.exp + drop;
}

/** a ** b = e ** (b ln a) for a > 0, b no integer; always inexact, and as long as the precision. */
function powerReal(a: Dec, b: Dec, c: Rules, log: number): Dec {
  const more = digitsOf(BigInt(Math.ceil(log) + 1)) + 2;
  const rules = c;
  for (let extra = 6; ; extra += 4 + extra) {
    const digits = c.prec + extra;
    const w = bitsFor(digits + more + nearOne(a) + Math.max(0, adjusted(b)) + 4);
    const natural = lnOf(a, w);
    const m = natural * b.coef;
    const x = b.exp >= 0 ? m * pow10(b.exp) : m / pow10(-b.exp);
    const d = expOf(b.sign ? -x : x, w, digits);
    // An exact root never gets decided: after enough digits it is taken for what it is.
    if (decided(d.coef, c.prec) || extra > c.prec + 20) {
      const near = finalize(d, {
        ...rules,
        prec: c.prec + 4,
        rounding: ROUND_HALF_EVEN,
        emin: -(2 ** 50),
        emax: 2 ** 50,
        clamp: 0,
      });
      const r = finalize(decided(d.coef, c.prec) ? d : padded(near, c), rules);
      note(status & SUBNORMAL ? INEXACT | ROUNDED | UNDERFLOW : INEXACT | ROUNDED);
      return r;
    }
  }
}

/** a ** b % m, all integers. */
export function powerModulo(a: Dec, b: Dec, m: Dec, c: Rules): Dec {
  for (const kind of [SNAN, QNAN]) {
    for (const d of [a, b, m]) {
      if (d.kind === kind) return nanOf(d, null, c) as Dec;
    }
  }
  if (!isInteger(a) || !isInteger(b) || !isInteger(m)) return invalid();
  if (b.sign || isZero(m)) return invalid();
  if (adjusted(m) >= c.prec) return invalid();
  if (isZero(a) && isZero(b)) return invalid();
  const modulus = wholeOf(m, MAX_WORK);
  const odd = isOdd(b);
  const exponent = wholeOf(b, MAX_WORK);
  let base = wholeOf(a, MAX_WORK) % modulus;
  let r = 1n % modulus;
  for (let n = exponent; n > 0n; n >>= 1n) {
    if (n & 1n) r = (r * base) % modulus;
    base = (base * base) % modulus;
  }
  return finalize(finite(a.sign && odd ? 1 : 0, r, 0), c);
}

// --- the rest ----------------------------------------------------------------------------------------------------------------

export function logb(a: Dec, c: Rules): Dec {
  const nan = nanOf(a, null, c);
  if (nan !== null) return nan;
  if (a.kind === INFINITE) return infinity(0);
  if (a.coef === 0n) {
    note(DIVISION_BY_ZERO);
    return infinity(1);
  }
  const e = adjusted(a);
  return finalize(finite(e < 0 ? 1 : 0, BigInt(Math.abs(e)), 0), c);
}

/** An integer with exponent 0 between -limit and limit, as scaleb, shift and rotate want their second operand; else null. */
function smallInteger(b: Dec, limit: number): number | null {
  if (b.kind !== FINITE || b.exp !== 0 || digitsOf(b.coef) > 15) return null;
  const n = Number(b.coef);
  return n > limit ? null : b.sign ? -n : n;
}

export function scaleb(a: Dec, b: Dec, c: Rules): Dec {
  const nan = nanOf(a, b, c);
  if (nan !== null) return nan;
  const n = smallInteger(b, 2 * (c.emax + c.prec));
  if (n === null) return invalid();
  return a.kind === INFINITE ? a : finalize(finite(a.sign, a.coef, a.exp + n), c);
}

export function shift(a: Dec, b: Dec, c: Rules): Dec {
  const nan = nanOf(a, b, c);
  if (nan !== null) return nan;
  const n = smallInteger(b, c.prec);
  if (n === null) return invalid();
  if (a.kind === INFINITE) return a;
  const cut = (coef: bigint) => (digitsOf(coef) > c.prec ? coef % pow10(c.prec) : coef);
  if (n < 0) return finite(a.sign, -n > MAX_WORK ? 0n : cut(a.coef) / pow10(-n), a.exp);
  if (n > MAX_WORK) return a.coef === 0n ? a : invalid(NO_MEMORY);
  return finite(a.sign, cut(a.coef * pow10(n)), a.exp);
}

export function rotate(a: Dec, b: Dec, c: Rules): Dec {
  const nan = nanOf(a, b, c);
  if (nan !== null) return nan;
  const n = smallInteger(b, c.prec);
  if (n === null) return invalid();
  if (a.kind === INFINITE) return a;
  if (c.prec > MAX_WORK) return invalid(NO_MEMORY);
  const kept = a.coef % pow10(c.prec);
  const left = n >= 0 ? n : c.prec + n;
  const low = pow10(c.prec - left);
  return finite(a.sign, (kept % low) * pow10(left) + kept / low, a.exp);
}

/** The digits of a logical operand (0s and 1s only, no sign, exponent 0); null if it is none. */
function logical(a: Dec, c: Rules): string | null {
  if (a.kind !== FINITE || a.sign !== 0 || a.exp !== 0) return null;
  const text = a.coef.toString();
  if (!/^[01]+$/.test(text) || text.length > MAX_WORK) return null;
  return text.length > c.prec ? text.slice(-c.prec) : text;
}

export function logicalOperation(a: Dec, b: Dec, c: Rules, f: (x: boolean, y: boolean) => boolean): Dec {
  const x = logical(a, c);
  const y = logical(b, c);
  if (x === null || y === null) return invalid();
  const n = Math.max(x.length, y.length);
  let r = '';
  const [p, q] = [x.padStart(n, '0'), y.padStart(n, '0')];
  for (let i = 0; i < n; i++) r += f(p[i] === '1', q[i] === '1') ? '1' : '0';
  return finite(0, BigInt(r), 0);
}

export function logicalInvert(a: Dec, c: Rules): Dec {
  const x = logical(a, c);
  if (x === null) return invalid();
  if (c.prec > MAX_WORK) return invalid(NO_MEMORY);
  return finite(0, BigInt(x.padStart(c.prec, '0').replace(/[01]/g, (d) => (d === '0' ? '1' : '0'))), 0);
}

/** max (greater: 1) or min (-1), by value or (magnitude) without signs; one quiet NaN yields to a number. */
export function extreme(a: Dec, b: Dec, c: Rules, greater: number, magnitude: boolean): Dec {
  if (a.kind === QNAN && !isNaN_(b)) return finalize(b, c);
  if (b.kind === QNAN && !isNaN_(a)) return finalize(a, c);
  const nan = nanOf(a, b, c);
  if (nan !== null) return nan;
  let order = magnitude ? compareValues(withSign(a, 0), withSign(b, 0)) : compareValues(a, b);
  if (order === 0 && magnitude) order = compareValues(a, b);
  if (order === 0) order = compareTotal(a, b);
  return finalize(order * greater >= 0 ? a : b, c);
}

/** The next number above (up) or below. */
export function next(a: Dec, c: Rules, up: boolean): Dec {
  const nan = nanOf(a, null, c);
  if (nan !== null) return nan;
  if (a.kind === INFINITE) {
    if (up === (a.sign === 0)) return a;
    return c.prec > MAX_WORK ? invalid(NO_MEMORY) : finite(a.sign, pow10(c.prec) - 1n, etop(c));
  }
  const rules = { ...c, rounding: up ? ROUND_CEILING : ROUND_FLOOR };
  const before = status;
  const rounded = finalize(a, rules);
  const changed = rounded.kind !== FINITE || compareValues(rounded, a) !== 0;
  const least = finite(up ? 0 : 1, 1n, etiny(c) - 1);
  const r = changed ? rounded : nextAfter(a, least, rules);
  resetStatus();
  note(before);
  return r;
}

/** a moved by less than its last place: the sum, rounded. */
function nextAfter(a: Dec, least: Dec, rules: Rules): Dec {
  if (a.coef === 0n) return finalize(least, rules);
  // One unit far below the last digit that counts, with the sign of `least`.
  const drop = Math.max(rules.prec - digitsOf(a.coef), 0) + 1;
  if (drop > MAX_WORK) return invalid(NO_MEMORY);
  const m = a.coef * pow10(drop);
  const coef = a.sign === least.sign ? m + 1n : m - 1n;
  return finalize(finite(a.sign, coef, a.exp - drop), rules);
}

export function nextToward(a: Dec, b: Dec, c: Rules): Dec {
  const nan = nanOf(a, b, c);
  if (nan !== null) return nan;
  const order = compareValues(a, b);
  if (order === 0) return withSign(a, b.sign);
  const r = next(a, c, order < 0);
  if (r.kind === INFINITE && a.kind === FINITE) note(OVERFLOW | ROUNDED | INEXACT);
  else if (r.kind === FINITE && (r.coef === 0n || adjusted(r) < c.emin)) {
    note(UNDERFLOW | SUBNORMAL | ROUNDED | INEXACT);
    if (r.coef === 0n) note(CLAMPED);
  }
  return r;
}

/** compare: -1, 0, 1 or a NaN; with `signal`, quiet NaNs are an invalid operation as well. */
export function compare(a: Dec, b: Dec, c: Rules, signal: boolean): Dec {
  const nan = nanOf(a, b, c);
  if (nan !== null) {
    if (signal) note(INVALID_OPERATION);
    return nan;
  }
  const order = compareValues(a, b);
  return order < 0 ? negate(ONE) : finite(0, BigInt(order), 0);
}
