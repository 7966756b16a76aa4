// How are the special functions of math computed?
//
// Invariant: results are within a few units in the last place; NaN for an argument outside the domain, an infinity where the result
// overflows or at a pole; which of the two, math.ts tells by the argument.

import { power } from '../types/float_math.js';

const G = 6.024680040776729583740234375;
const G_MINUS_HALF = 5.524680040776729583740234375;

// Lanczos' approximation with 13 terms, numerator and denominator.
const NUM = [
  23531376880.41076, 42919803642.6491, 35711959237.355668, 17921034426.037209, 6039542586.352028, 1439720407.3117216,
  248874557.86205417, 31426415.5854002, 2876370.6289353725, 186056.26539522348, 8071.672002365816, 210.82427775157935,
  2.5066282746310002,
];
const DEN = [0, 39916800, 120543840, 150917976, 105258076, 45995730, 13339535, 2637558, 357423, 32670, 1925, 66, 1];

function lanczosSum(x: number): number {
  let num = 0;
  let den = 0;
  if (x < 5) {
    for (let i = NUM.length - 1; i >= 0; i--) {
      num = num * x + NUM[i];
      den = den * x + DEN[i];
    }
  } else {
    for (let i = 0; i < NUM.length; i++) {
      num = num / x + NUM[i];
      den = den / x + DEN[i];
    }
  }
  return num / den;
}

/** sin(pi * x). */
function sinPi(x: number): number {
  const y = Math.abs(x) % 2;
  const n = Math.round(2 * y);
  let r: number;
  if (n === 0) r = Math.sin(Math.PI * y);
  else if (n === 1) r = Math.cos(Math.PI * (y - 0.5));
  else if (n === 2) r = Math.sin(Math.PI * (1 - y));
  else if (n === 3) r = -Math.cos(Math.PI * (y - 1.5));
  else r = Math.sin(Math.PI * (y - 2));
  return x < 0 ? -r : r;
}

const FACTORIALS: number[] = [1];
for (let i = 1; i <= 22; i++) FACTORIALS.push(FACTORIALS[i - 1] * i);

/** The gamma function; NaN at negative integers and -inf, an infinity at zero. */
export function gamma(x: number): number {
  if (!Number.isFinite(x)) return x === -Infinity ? NaN : x;
  if (x === 0) return 1 / x;
  if (x === Math.floor(x)) {
    if (x < 0) return NaN;
    if (x <= FACTORIALS.length) return FACTORIALS[x - 1];
  }
  const a = Math.abs(x);
  if (a < 1e-20) return 1 / x;
  if (a > 200) return x < 0 ? 0 / sinPi(x) : Infinity;
  const y = a + G_MINUS_HALF;
  // The rounding error of that sum.
  const z = ((a > G_MINUS_HALF ? y - a - G_MINUS_HALF : y - G_MINUS_HALF - a) * G) / y;
  let r: number;
  if (x < 0) {
    r = ((-Math.PI / sinPi(a) / a) * Math.exp(y)) / lanczosSum(a);
    r -= z * r;
    if (a < 140) r /= y ** (a - 0.5);
    else {
      const half = y ** (a / 2 - 0.25);
      r /= half;
      r /= half;
    }
  } else {
    r = lanczosSum(a) / Math.exp(y);
    r += z * r;
    if (a < 140) r *= y ** (a - 0.5);
    else {
      const half = y ** (a / 2 - 0.25);
      r *= half;
      r *= half;
    }
  }
  return r;
}

const LOG_PI = 1.1447298858494002;

/** log(|gamma(x)|); an infinity at zero and negative integers. */
export function lgamma(x: number): number {
  if (!Number.isFinite(x)) return x !== x ? x : Infinity;
  if (x === Math.floor(x) && x <= 2) return x <= 0 ? Infinity : 0;
  const a = Math.abs(x);
  if (a < 1e-20) return -Math.log(a);
  let r = Math.log(lanczosSum(a)) - G;
  r += (a - 0.5) * (Math.log(a + G - 0.5) - 1);
  if (x < 0) r = LOG_PI - Math.log(Math.abs(sinPi(a))) - Math.log(a) - r;
  return r;
}

const SQRT_PI = 1.772453850905516;

function erfSeries(x: number): number {
  const x2 = x * x;
  let sum = 0;
  let fk = 25.5;
  for (let i = 0; i < 25; i++) {
    sum = 2 + (x2 * sum) / fk;
    fk -= 1;
  }
  return (sum * x * Math.exp(-x2)) / SQRT_PI;
}

function erfcFraction(x: number): number {
  if (x >= 30) return 0;
  const x2 = x * x;
  let a = 0;
  let da = 0.5;
  let p = 1;
  let p1 = 0;
  let q = da + x2;
  let q1 = 1;
  for (let i = 0; i < 50; i++) {
    a += da;
    da += 2;
    const b = da + x2;
    [p, p1] = [b * p - a * p1, p];
    [q, q1] = [b * q - a * q1, q];
  }
  return ((p / q) * x * Math.exp(-x2)) / SQRT_PI;
}

/** The error function. */
export function erf(x: number): number {
  if (x !== x) return x;
  const a = Math.abs(x);
  if (a < 1.5) return erfSeries(x);
  const c = erfcFraction(a);
  return x > 0 ? 1 - c : c - 1;
}

/** 1 - erf(x), accurate where that is small. */
export function erfc(x: number): number {
  if (x !== x) return x;
  const a = Math.abs(x);
  if (a < 1.5) return 1 - erfSeries(x);
  const c = erfcFraction(a);
  return x > 0 ? c : 2 - c;
}

/** 2 ** x. */
export function exp2(x: number): number {
  const n = Math.round(x);
  if (Number.isFinite(x) && Math.abs(n) < 1000) return 2 ** (x - n) * power(2, n);
  return 2 ** x;
}
