// What is the module cmath?
//
// Invariant: each function leaves its result in `re` and `im` and its problem in `problem`; arguments that are not finite are answered by the
// tables of cmath_special.ts, large and tiny ones are scaled so that no intermediate result overflows.  Branch cuts follow the sign of zeros.

import { defineModule, method } from '../object/declare.js';
import { PyErr_SetString } from '../object/errors.js';
import { ldexp, PyFloat_FromDouble } from '../object/float.js';
import { decref } from '../object/header.js';
import { PyModule_Add } from '../object/module_storage.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_OverflowError, PyExc_ValueError } from '../object/statics.js';
import { PyTuple_Pack } from '../object/tuple.js';
import { complexImag, complexReal, PyComplex_AsCComplex, PyComplex_FromDoubles } from '../types/complex.js';
import { EDOM, ERANGE, hypot2, im as quotIm, OK, quotient, re as quotRe, status } from '../types/complex_math.js';
import { specialImag, specialReal, specialValue, type SpecialFunction } from './cmath_special.js';

const DBL_MAX = Number.MAX_VALUE;
const DBL_MIN = 2 ** -1022;
const LARGE = DBL_MAX / 4;
const SQRT_LARGE = Math.sqrt(LARGE);
const LOG_LARGE = Math.log(LARGE);
const SQRT_MIN = Math.sqrt(DBL_MIN);
const LN10 = Math.LN10;
const LN2 = Math.LN2;

let re = 0;
let im = 0;
let problem = OK;

const finite = (a: number, b: number): boolean => Number.isFinite(a) && Number.isFinite(b);
const negative = (x: number): boolean => x < 0 || Object.is(x, -0);
const copysign = (x: number, sign: number): number => (negative(x) === negative(sign) ? x : -x);

function special(name: SpecialFunction, a: number, b: number): void {
  if (specialValue(name, a, b)) {
    re = specialReal;
    im = specialImag;
  } else problem = EDOM;
}

/** An infinity from finite arguments is an overflow. */
function checkRange(): void {
  if (re === Infinity || re === -Infinity || im === Infinity || im === -Infinity) problem = ERANGE;
}

function sqrt(a: number, b: number): void {
  if (!finite(a, b)) {
    special('sqrt', a, b);
    return;
  }
  if (a === 0 && b === 0) {
    re = 0;
    im = b;
    return;
  }
  let ax = Math.abs(a);
  const ay = Math.abs(b);
  let s: number;
  if (ax < DBL_MIN && ay < DBL_MIN) {
    ax = ldexp(ax, 53);
    s = ldexp(Math.sqrt(ax + hypot2(ax, ldexp(ay, 53))), -27);
  } else {
    ax /= 8;
    s = 2 * Math.sqrt(ax + hypot2(ax, ay / 8));
  }
  const d = ay / (2 * s);
  re = a >= 0 ? s : d;
  im = copysign(a >= 0 ? d : s, b);
}

/** log(hypot(a, b)) for huge parts. */
const logHuge = (a: number, b: number): number => Math.log(hypot2(a / 2, b / 2));

function acos(a: number, b: number): void {
  if (!finite(a, b)) {
    special('acos', a, b);
    return;
  }
  if (Math.abs(a) > LARGE || Math.abs(b) > LARGE) {
    const l = logHuge(a, b) + 2 * LN2;
    re = Math.atan2(Math.abs(b), a);
    im = a < 0 ? -copysign(l, b) : copysign(l, -b);
    return;
  }
  sqrt(1 - a, -b);
  const r1 = re;
  const i1 = im;
  sqrt(1 + a, b);
  const r2 = re;
  const i2 = im;
  re = 2 * Math.atan2(r1, r2);
  im = Math.asinh(r2 * i1 - i2 * r1);
}

function acosh(a: number, b: number): void {
  if (!finite(a, b)) {
    special('acosh', a, b);
    return;
  }
  if (Math.abs(a) > LARGE || Math.abs(b) > LARGE) {
    re = logHuge(a, b) + 2 * LN2;
    im = Math.atan2(b, a);
    return;
  }
  sqrt(a - 1, b);
  const r1 = re;
  const i1 = im;
  sqrt(a + 1, b);
  const r2 = re;
  const i2 = im;
  re = Math.asinh(r1 * r2 + i1 * i2);
  im = 2 * Math.atan2(i1, r2);
}

function asinh(a: number, b: number): void {
  if (!finite(a, b)) {
    special('asinh', a, b);
    return;
  }
  if (Math.abs(a) > LARGE || Math.abs(b) > LARGE) {
    const l = logHuge(a, b) + 2 * LN2;
    re = copysign(l, a);
    im = Math.atan2(b, Math.abs(a));
    return;
  }
  sqrt(1 + b, -a);
  const r1 = re;
  const i1 = im;
  sqrt(1 - b, a);
  const r2 = re;
  const i2 = im;
  re = Math.asinh(r1 * i2 - r2 * i1);
  im = Math.atan2(b, r1 * r2 - i1 * i2);
}

function atanh(a: number, b: number): void {
  if (!finite(a, b)) {
    special('atanh', a, b);
    return;
  }
  if (negative(a)) {
    atanh(-a, -b);
    re = -re;
    im = -im;
    return;
  }
  const ay = Math.abs(b);
  if (a > SQRT_LARGE || ay > SQRT_LARGE) {
    const h = hypot2(a / 2, b / 2);
    re = a / 4 / h / h;
    im = -copysign(Math.PI / 2, -b);
  } else if (a === 1 && ay < SQRT_MIN) {
    if (ay === 0) {
      re = Infinity;
      im = b;
      problem = EDOM;
    } else {
      re = -Math.log(Math.sqrt(ay) / Math.sqrt(hypot2(ay, 2)));
      im = copysign(Math.atan2(2, -ay) / 2, b);
    }
  } else {
    re = Math.log1p((4 * a) / ((1 - a) * (1 - a) + ay * ay)) / 4;
    im = -Math.atan2(-2 * b, (1 - a) * (1 + a) - ay * ay) / 2;
  }
}

/** f(i z) / i for an odd f, from f. */
function rotated(f: (a: number, b: number) => void): (a: number, b: number) => void {
  return (a, b) => {
    f(-b, a);
    const r = re;
    re = im;
    im = -r;
  };
}

function cosh(a: number, b: number): void {
  if (!finite(a, b)) {
    special('cosh', a, b);
    return;
  }
  if (Math.abs(a) > LOG_LARGE) {
    const less = a - copysign(1, a);
    re = Math.cos(b) * Math.cosh(less) * Math.E;
    im = Math.sin(b) * Math.sinh(less) * Math.E;
  } else {
    re = Math.cos(b) * Math.cosh(a);
    im = Math.sin(b) * Math.sinh(a);
  }
  checkRange();
}

function sinh(a: number, b: number): void {
  if (!finite(a, b)) {
    special('sinh', a, b);
    return;
  }
  if (Math.abs(a) > LOG_LARGE) {
    const less = a - copysign(1, a);
    re = Math.cos(b) * Math.sinh(less) * Math.E;
    im = Math.sin(b) * Math.cosh(less) * Math.E;
  } else {
    re = Math.cos(b) * Math.sinh(a);
    im = Math.sin(b) * Math.cosh(a);
  }
  checkRange();
}

function tanh(a: number, b: number): void {
  if (!finite(a, b)) {
    special('tanh', a, b);
    return;
  }
  if (Math.abs(a) > LOG_LARGE) {
    re = copysign(1, a);
    im = 4 * Math.sin(b) * Math.cos(b) * Math.exp(-2 * Math.abs(a));
    return;
  }
  const tx = Math.tanh(a);
  const ty = Math.tan(b);
  const cx = 1 / Math.cosh(a);
  const txty = tx * ty;
  const denominator = 1 + txty * txty;
  re = (tx * (1 + ty * ty)) / denominator;
  im = (ty / denominator) * cx * cx;
}

function exp(a: number, b: number): void {
  if (!finite(a, b)) {
    special('exp', a, b);
    return;
  }
  const factor = a > LOG_LARGE ? Math.E : 1;
  const l = Math.exp(a > LOG_LARGE ? a - 1 : a);
  re = l * Math.cos(b) * factor;
  im = l * Math.sin(b) * factor;
  checkRange();
}

function log(a: number, b: number): void {
  if (!finite(a, b)) {
    special('log', a, b);
    return;
  }
  const ax = Math.abs(a);
  const ay = Math.abs(b);
  im = Math.atan2(b, a);
  if (ax > LARGE || ay > LARGE) re = logHuge(ax, ay) + LN2;
  else if (ax < DBL_MIN && ay < DBL_MIN) {
    if (ax > 0 || ay > 0) re = Math.log(hypot2(ldexp(ax, 53), ldexp(ay, 53))) - 53 * LN2;
    else {
      re = -Infinity;
      problem = EDOM;
    }
  } else {
    const h = hypot2(ax, ay);
    if (h >= 0.71 && h <= 1.73) {
      // Near the unit circle the logarithm of the length is small.
      const larger = Math.max(ax, ay);
      const smaller = Math.min(ax, ay);
      re = Math.log1p((larger - 1) * (larger + 1) + smaller * smaller) / 2;
    } else re = Math.log(h);
  }
}

function log10(a: number, b: number): void {
  log(a, b);
  re /= LN10;
  im /= LN10;
}

function rect(r: number, phi: number): void {
  if (!finite(r, phi)) special('rect', r, phi);
  else if (phi === 0) {
    // r * cos(phi) would be right, too, but the product keeps the sign of phi.
    re = r;
    im = r * phi;
  } else {
    re = r * Math.cos(phi);
    im = r * Math.sin(phi);
  }
}

function result(): Obj {
  if (problem === EDOM) return PyErr_SetString(PyExc_ValueError, 'math domain error');
  if (problem === ERANGE) return PyErr_SetString(PyExc_OverflowError, 'math range error');
  return PyComplex_FromDoubles(re, im);
}

function unary(name: string, f: (a: number, b: number) => void, doc: string) {
  return method(
    name,
    '($module, z, /)',
    (_module: Obj, z: Obj) => {
      if (PyComplex_AsCComplex(z) < 0) return NULL;
      problem = OK;
      f(complexReal, complexImag);
      return result();
    },
    doc,
  );
}

function predicate(name: string, f: (a: number, b: number) => boolean, doc: string) {
  return method(
    name,
    '($module, z, /)',
    (_module: Obj, z: Obj) => (PyComplex_AsCComplex(z) < 0 ? NULL : PyBool_FromLong(f(complexReal, complexImag))),
    doc,
  );
}

function cmath_log(_module: Obj, z: Obj, base: Obj): Obj {
  if (PyComplex_AsCComplex(z) < 0) return NULL;
  problem = OK;
  log(complexReal, complexImag);
  if (base !== 0) {
    const a = re;
    const b = im;
    if (PyComplex_AsCComplex(base) < 0) return NULL;
    log(complexReal, complexImag);
    quotient(a, b, re, im);
    if (status === EDOM) problem = EDOM;
    re = quotRe;
    im = quotIm;
  }
  return result();
}

function phase(_module: Obj, z: Obj): Obj {
  return PyComplex_AsCComplex(z) < 0 ? NULL : PyFloat_FromDouble(Math.atan2(complexImag, complexReal));
}

function polar(_module: Obj, z: Obj): Obj {
  if (PyComplex_AsCComplex(z) < 0) return NULL;
  const a = complexReal;
  const b = complexImag;
  const length = hypot2(a, b);
  if (length === Infinity && finite(a, b)) return PyErr_SetString(PyExc_OverflowError, 'math range error');
  const r = PyFloat_FromDouble(length);
  const phi = r === 0 ? NULL : PyFloat_FromDouble(Math.atan2(b, a));
  const pair = phi === 0 ? NULL : PyTuple_Pack(r, phi);
  if (r !== 0) decref(r);
  if (phi !== 0) decref(phi);
  return pair;
}

function cmath_rect(_module: Obj, r: number, phi: number): Obj {
  problem = OK;
  rect(r, phi);
  return result();
}

function isclose(_module: Obj, aObj: Obj, bObj: Obj, relTol: number, absTol: number): Obj {
  if (PyComplex_AsCComplex(aObj) < 0) return NULL;
  const a0 = complexReal;
  const a1 = complexImag;
  if (PyComplex_AsCComplex(bObj) < 0) return NULL;
  const b0 = complexReal;
  const b1 = complexImag;
  if (relTol < 0 || absTol < 0) return PyErr_SetString(PyExc_ValueError, 'tolerances must be non-negative');
  if (a0 === b0 && a1 === b1) return PyBool_FromLong(1);
  const infinite = (x: number) => x === Infinity || x === -Infinity;
  if (infinite(a0) || infinite(a1) || infinite(b0) || infinite(b1)) return PyBool_FromLong(0);
  const diff = hypot2(a0 - b0, a1 - b1);
  return PyBool_FromLong(diff <= relTol * hypot2(b0, b1) || diff <= relTol * hypot2(a0, a1) || diff <= absTol);
}

defineModule({
  name: 'cmath',
  doc: 'This module provides access to mathematical functions for complex\nnumbers.',
  functions: [
    unary('acos', acos, 'Return the arc cosine of z.'),
    unary('acosh', acosh, 'Return the inverse hyperbolic cosine of z.'),
    unary('asin', rotated(asinh), 'Return the arc sine of z.'),
    unary('asinh', asinh, 'Return the inverse hyperbolic sine of z.'),
    unary('atan', rotated(atanh), 'Return the arc tangent of z.'),
    unary('atanh', atanh, 'Return the inverse hyperbolic tangent of z.'),
    unary('cos', (a, b) => cosh(-b, a), 'Return the cosine of z.'),
    unary('cosh', cosh, 'Return the hyperbolic cosine of z.'),
    unary('exp', exp, 'Return the exponential value e**z.'),
    method(
      'isclose',
      '($module, /, a, b, *, rel_tol: double = 1e-09, abs_tol: double = 0.0)',
      isclose,
      `Determine whether two complex numbers are close in value.

  rel_tol
    maximum difference for being considered "close", relative to the
    magnitude of the input values
  abs_tol
    maximum difference for being considered "close", regardless of the
    magnitude of the input values

Return True if a is close in value to b, and False otherwise.

For the values to be considered close, the difference between them must
be smaller than at least one of the tolerances.

-inf, inf and NaN behave similarly to the IEEE 754 Standard.  That is,
NaN is not close to anything, even itself. inf and -inf are only close
to themselves.`,
    ),
    predicate('isfinite', finite, 'Return True if both the real and imaginary parts of z are finite, else False.'),
    predicate(
      'isinf',
      (a, b) => a === Infinity || a === -Infinity || b === Infinity || b === -Infinity,
      'Checks if the real or imaginary part of z is infinite.',
    ),
    predicate('isnan', (a, b) => a !== a || b !== b, 'Checks if the real or imaginary part of z not a number (NaN).'),
    method(
      'log',
      '($module, z, base=<unrepresentable>, /)',
      cmath_log,
      'log(z[, base]) -> the logarithm of z to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e)\nof z.',
    ),
    unary('log10', log10, 'Return the base-10 logarithm of z.'),
    method('phase', '($module, z, /)', phase, 'Return argument, also known as the phase angle, of a complex.'),
    method(
      'polar',
      '($module, z, /)',
      polar,
      'Convert a complex from rectangular coordinates to polar coordinates.\n\nr is the distance from 0 and phi the phase angle.',
    ),
    method(
      'rect',
      '($module, r: double, phi: double, /)',
      cmath_rect,
      'Convert from polar coordinates to rectangular coordinates.',
    ),
    unary('sin', rotated(sinh), 'Return the sine of z.'),
    unary('sinh', sinh, 'Return the hyperbolic sine of z.'),
    unary('sqrt', sqrt, 'Return the square root of z.'),
    unary('tan', rotated(tanh), 'Return the tangent of z.'),
    unary('tanh', tanh, 'Return the hyperbolic tangent of z.'),
  ],
  exec: (module) => {
    const floats: [string, number][] = [
      ['pi', Math.PI],
      ['e', Math.E],
      ['tau', 2 * Math.PI],
      ['inf', Infinity],
      ['nan', NaN],
    ];
    for (const [name, value] of floats) if (PyModule_Add(module, name, PyFloat_FromDouble(value)) < 0) return -1;
    if (PyModule_Add(module, 'infj', PyComplex_FromDoubles(0, Infinity)) < 0) return -1;
    return PyModule_Add(module, 'nanj', PyComplex_FromDoubles(0, NaN));
  },
});
