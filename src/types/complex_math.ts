// How are complex numbers multiplied, divided and raised to powers?
//
// Invariant: results are left in `re` and `im`; infinities and zeros that the textbook formulas lose to NaN are recovered as C99's Annex G
// tells; `status` says whether the operation is undefined (EDOM) or overflowed (ERANGE).

import { power } from './float_math.js';

export let re = 0;
export let im = 0;

export const OK = 0;
export const EDOM = 1;
export const ERANGE = 2;
export let status = OK;

const isInf = (x: number): boolean => x === Infinity || x === -Infinity;
const isNaN = (x: number): boolean => x !== x;
const negative = (x: number): boolean => x < 0 || Object.is(x, -0);
/** 1 for an infinity, else 0, with the sign of x. */
const boxed = (x: number): number => {
  const m = isInf(x) ? 1 : 0;
  return negative(x) ? -m : m;
};
const zeroIfNaN = (x: number): number => (isNaN(x) ? (negative(x) ? -0 : 0) : x);

export function product(a: number, b: number, c: number, d: number): void {
  const ac = a * c;
  const bd = b * d;
  const ad = a * d;
  const bc = b * c;
  re = ac - bd;
  im = ad + bc;
  if (isNaN(re) && isNaN(im)) {
    let again = false;
    if (isInf(a) || isInf(b)) {
      a = boxed(a);
      b = boxed(b);
      c = zeroIfNaN(c);
      d = zeroIfNaN(d);
      again = true;
    }
    if (isInf(c) || isInf(d)) {
      c = boxed(c);
      d = boxed(d);
      a = zeroIfNaN(a);
      b = zeroIfNaN(b);
      again = true;
    }
    if (!again && (isInf(ac) || isInf(bd) || isInf(ad) || isInf(bc))) {
      a = zeroIfNaN(a);
      b = zeroIfNaN(b);
      c = zeroIfNaN(c);
      d = zeroIfNaN(d);
      again = true;
    }
    if (again) {
      re = Infinity * (a * c - b * d);
      im = Infinity * (a * d + b * c);
    }
  }
}

/** (a + bi) / (c + di), by Smith's method. */
export function quotient(a: number, b: number, c: number, d: number): void {
  status = OK;
  const ac = Math.abs(c);
  const ad = Math.abs(d);
  if (ac >= ad) {
    if (ac === 0) {
      status = EDOM;
      re = im = 0;
      return;
    }
    const ratio = d / c;
    const denominator = c + d * ratio;
    re = (a + b * ratio) / denominator;
    im = (b - a * ratio) / denominator;
  } else if (ad >= ac) {
    const ratio = c / d;
    const denominator = c * ratio + d;
    re = (a * ratio + b) / denominator;
    im = (b * ratio - a) / denominator;
  } else re = im = NaN;
  if (isNaN(re) && isNaN(im)) {
    if ((isInf(a) || isInf(b)) && Number.isFinite(c) && Number.isFinite(d)) {
      const x = boxed(a);
      const y = boxed(b);
      re = Infinity * (x * c + y * d);
      im = Infinity * (y * c - x * d);
    } else if ((isInf(ac) || isInf(ad)) && Number.isFinite(a) && Number.isFinite(b)) {
      const x = boxed(c);
      const y = boxed(d);
      re = 0 * (a * x + b * y);
      im = 0 * (b * x - a * y);
    }
  }
}

/** a / (c + di) for a real a. */
export function realQuotient(a: number, c: number, d: number): void {
  status = OK;
  const ac = Math.abs(c);
  const ad = Math.abs(d);
  if (ac >= ad) {
    if (ac === 0) {
      status = EDOM;
      re = im = 0;
      return;
    }
    const ratio = d / c;
    const denominator = c + d * ratio;
    re = a / denominator;
    im = (-a * ratio) / denominator;
  } else if (ad >= ac) {
    const ratio = c / d;
    const denominator = c * ratio + d;
    re = (a * ratio) / denominator;
    im = -a / denominator;
  } else re = im = NaN;
  if (isNaN(re) && isNaN(im) && Number.isFinite(a) && (isInf(ac) || isInf(ad))) {
    const x = boxed(c);
    const y = boxed(d);
    re = 0 * (a * x);
    im = 0 * (-a * y);
  }
}

function integerPower(a: number, b: number, n: number): void {
  let rr = 1;
  let ri = 0;
  for (let mask = 1; n >= mask; mask *= 2) {
    if (n & mask) {
      product(rr, ri, a, b);
      rr = re;
      ri = im;
    }
    product(a, b, a, b);
    a = re;
    b = im;
  }
  re = rr;
  im = ri;
}

/** (a + bi) ** (c + di). */
export function complexPower(a: number, b: number, c: number, d: number): void {
  status = OK;
  if (d === 0 && c === Math.floor(c) && Math.abs(c) <= 100) {
    integerPower(a, b, Math.abs(c));
    if (c < 0) quotient(1, 0, re, im);
  } else if (c === 0 && d === 0) {
    re = 1;
    im = 0;
  } else if (a === 0 && b === 0) {
    if (d !== 0 || c < 0) status = EDOM;
    re = im = 0;
  } else {
    const size = hypot2(a, b);
    let length = size > 0 && Number.isFinite(size) && Number.isFinite(c) ? power(size, c) : size ** c;
    const at = Math.atan2(b, a);
    let phase = at * c;
    if (d !== 0) {
      length *= Math.exp(-at * d);
      phase += d * Math.log(size);
    }
    re = length * Math.cos(phase);
    im = length * Math.sin(phase);
  }
  if (status === OK && (isInf(re) || isInf(im))) status = ERANGE;
}

/** hypot(x, y) of any doubles. */
export function hypot2(x: number, y: number): number {
  x = Math.abs(x);
  y = Math.abs(y);
  if (x === Infinity || y === Infinity) return Infinity;
  if (x < y) [x, y] = [y, x];
  if (y === 0 || x !== x || y !== y) return x + y;
  // Scaled so that the squares neither overflow nor vanish.
  const scale = x > 1e150 ? 2 ** -600 : x < 1e-150 ? 2 ** 600 : 1;
  const a = x * scale;
  const b = y * scale;
  const h = Math.sqrt(a * a + b * b);
  // One correction: h*h and the squares with their rounding errors.
  const err = residual(a, b, h);
  return (h - err / (2 * h)) / scale;
}

function residual(a: number, b: number, h: number): number {
  const [h1, h2] = square(h);
  const [a1, a2] = square(a);
  const [b1, b2] = square(b);
  return h1 - a1 - b1 + (h2 - a2 - b2);
}

function square(x: number): [number, number] {
  const p = x * x;
  const t = 134217729 * x;
  const high = t - (t - x);
  const low = x - high;
  return [p, high * high - p + 2 * high * low + low * low];
}
