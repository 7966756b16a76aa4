// What is the module math?
//
// Invariant: a NaN that did not come in raises ValueError, an infinity from finite arguments OverflowError (ValueError at a pole), with
// CPython 3.14's texts; functions of integers are exact.

import { H32 } from '../memory/linear.js';
import { PyObject_CallNoArgs } from '../object/call.js';
import { defineModule, fastcall, method } from '../object/declare.js';
import { nameOfType, PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import {
  frexp,
  frexpExponent,
  ldexp,
  PyFloat_AS_DOUBLE,
  PyFloat_AsDouble,
  PyFloat_CheckExact,
  PyFloat_FromDouble,
} from '../object/float.js';
import { decref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import {
  _PyLong_Frexp,
  _PyLong_Sign,
  asBigInt,
  asSafeInteger,
  longExponent,
  PyLong_AsDouble,
  PyLong_Check,
  PyLong_FromDouble,
  PyLong_FromLong,
} from '../object/long.js';
import { _PyLong_GCD, long_floordiv, tryBigInt } from '../object/long_divide.js';
import { long_abs, long_multiply } from '../object/long_arith.js';
import { checkPositional } from '../object/bind.js';
import { PyNumber_Index, PyNumber_TrueDivide } from '../object/number.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_OverflowError, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import { _PyObject_LookupSpecial } from '../object/type_lookup.js';
import { PyModule_AddObjectRef } from '../object/module_storage.js';
import { power } from '../types/float_math.js';
import { floatRepr } from '../types/float_text.js';
import { fma } from './math_exact.js';
import { combinations, factorial, integerRoot, permutations } from './math_integer.js';
import { erf, erfc, exp2, gamma, lgamma } from './math_special.js';
import { math_dist, math_fsum, math_hypot, math_prod, math_sumprod } from './math_sums.js';

const DOMAIN = 'math domain error';
const RANGE = 'math range error';

const domainError = (message = DOMAIN): Obj => PyErr_SetString(PyExc_ValueError, message);
const rangeError = (): Obj => PyErr_SetString(PyExc_OverflowError, RANGE);

/** The double that `o` stands for; NaN with `failed` set if it is none. */
let failed = false;
function doubleOf(o: Obj): number {
  failed = false;
  if (PyFloat_CheckExact(o)) return PyFloat_AS_DOUBLE(o);
  const x = PyFloat_AsDouble(o);
  failed = x === -1 && PyErr_Occurred() !== 0;
  return x;
}

/** A function of one double; `expected` completes "expected …, got x" where the argument is outside the domain. */
function unary(f: (x: number) => number, overflows: boolean, expected: string | null): (module: Obj, o: Obj) => Obj {
  return (_module, o) => {
    const x = doubleOf(o);
    if (failed) return NULL;
    const r = f(x);
    const outside = r !== r && x === x;
    const infinite = (r === Infinity || r === -Infinity) && Number.isFinite(x);
    if (outside || (infinite && (!overflows || x === 0))) {
      return domainError(expected === null ? DOMAIN : `expected ${expected}, got ${floatRepr(x)}`);
    }
    return infinite ? rangeError() : PyFloat_FromDouble(r);
  };
}

// log, log2 and log10 take ints of any size.
function logOf(o: Obj, f: (x: number) => number): Obj {
  if (PyLong_Check(o)) {
    if (_PyLong_Sign(o) <= 0) return domainError('expected a positive input');
    const x = PyLong_AsDouble(o);
    if (x !== -1 || PyErr_Occurred() === 0) return PyFloat_FromDouble(f(x));
    if (!PyErr_ExceptionMatches(PyExc_OverflowError)) return NULL;
    PyErr_Clear();
    const m = _PyLong_Frexp(o);
    return PyFloat_FromDouble(f(m) + f(2) * longExponent);
  }
  const x = doubleOf(o);
  if (failed) return NULL;
  if (x <= 0) return domainError(`expected a positive input, got ${floatRepr(x)}`);
  return PyFloat_FromDouble(f(x));
}

/** log2, exact for powers of two. */
function log2(x: number): number {
  if (!Number.isFinite(x)) return x;
  const m = frexp(x);
  const e = frexpExponent;
  if (m === 0.5) return e - 1;
  // Near 1 the parts would cancel.
  return x >= 1 ? Math.log(2 * m) / Math.LN2 + (e - 1) : Math.log(m) / Math.LN2 + e;
}

function math_log(_module: Obj, args: number, nargs: number): Obj {
  if (!checkPositional('log', nargs, 1, 2)) return NULL;
  const num = logOf(H32[args >> 2] as Obj, Math.log);
  if (num === 0 || nargs === 1) return num;
  const den = logOf(H32[(args >> 2) + 1] as Obj, Math.log);
  const r = den === 0 ? NULL : PyNumber_TrueDivide(num, den);
  decref(num);
  if (den !== 0) decref(den);
  return r;
}

/** x ** y as C99 has it. */
function pow99(x: number, y: number): number {
  if (x === 1 || y === 0) return 1;
  if (x !== x || y !== y) return NaN;
  if (y === Infinity || y === -Infinity) {
    const a = Math.abs(x);
    return a === 1 ? 1 : y > 0 === a > 1 ? Infinity : 0;
  }
  if (x > 0 && x < Infinity) return power(x, y);
  if (x < 0 && x > -Infinity && y === Math.floor(y)) {
    const r = power(-x, y);
    return Math.abs(y) % 2 === 1 ? -r : r;
  }
  return x ** y;
}

function math_pow(_module: Obj, x: number, y: number): Obj {
  const r = pow99(x, y);
  if (Number.isFinite(x) && Number.isFinite(y)) {
    if (r !== r) return domainError();
    if (!Number.isFinite(r)) return x === 0 ? domainError() : rangeError();
  }
  return PyFloat_FromDouble(r);
}

function math_fmod(_module: Obj, x: number, y: number): Obj {
  const r = x % y;
  return r !== r && x === x && y === y ? domainError() : PyFloat_FromDouble(r);
}

/** IEEE 754's remainder: exact. */
function remainder(x: number, y: number): number {
  if (Number.isFinite(x) && Number.isFinite(y)) {
    if (y === 0) return NaN;
    const a = Math.abs(x);
    const b = Math.abs(y);
    const m = a % b;
    const c = b - m;
    const r = m < c ? m : m > c ? -c : m - 2 * ((0.5 * (a - m)) % b);
    return x < 0 || Object.is(x, -0) ? -r : r;
  }
  if (x !== x || y !== y) return NaN;
  return Number.isFinite(x) ? x : NaN;
}

function math_remainder(_module: Obj, x: number, y: number): Obj {
  const r = remainder(x, y);
  return r !== r && x === x && y === y ? domainError() : PyFloat_FromDouble(r);
}

function math_fma(_module: Obj, x: number, y: number, z: number): Obj {
  const r = fma(x, y, z);
  if (Number.isFinite(r)) return PyFloat_FromDouble(r);
  if (r !== r) {
    if (x === x && y === y && z === z) return domainError('invalid operation in fma');
  } else if (Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(z)) {
    return PyErr_SetString(PyExc_OverflowError, 'overflow in fma');
  }
  return PyFloat_FromDouble(r);
}

function math_ldexp(_module: Obj, x: number, i: Obj): Obj {
  if (!PyLong_Check(i)) return PyErr_SetString(PyExc_TypeError, 'Expected an int as second argument to ldexp.');
  const n = asSafeInteger(i);
  const e = n === n ? n : _PyLong_Sign(i) * Infinity;
  if (x === 0 || !Number.isFinite(x)) return PyFloat_FromDouble(x);
  const r = e > 5000 ? (x < 0 ? -Infinity : Infinity) : e < -5000 ? (x < 0 ? -0 : 0) : ldexp(x, e);
  return Number.isFinite(r) ? PyFloat_FromDouble(r) : rangeError();
}

/** A pair of new references, which are stolen. */
function pairOf(a: Obj, b: Obj): Obj {
  const t = a === 0 || b === 0 ? NULL : PyTuple_Pack(a, b);
  if (a !== 0) decref(a);
  if (b !== 0) decref(b);
  return t;
}

function math_frexp(_module: Obj, x: number): Obj {
  const m = frexp(x);
  const e = frexpExponent;
  return pairOf(PyFloat_FromDouble(m), PyLong_FromLong(e));
}

function math_modf(_module: Obj, x: number): Obj {
  const whole = Math.trunc(x);
  let rest = x === Infinity || x === -Infinity ? 0 : x - whole;
  if (rest === 0 && (x < 0 || Object.is(x, -0))) rest = -0;
  return pairOf(PyFloat_FromDouble(rest), PyFloat_FromDouble(whole));
}

const s_floor = ID('__floor__');
const s_ceil = ID('__ceil__');
const s_trunc = ID('__trunc__');

/** The result of a special method without arguments: new; NULL, perhaps without an exception if there is none. */
function callSpecial(o: Obj, name: number): Obj {
  const f = _PyObject_LookupSpecial(o, idObj(name));
  if (f === 0) return NULL;
  const r = PyObject_CallNoArgs(f);
  decref(f);
  if (r === 0 && PyErr_Occurred() === 0) return NULL;
  return r;
}

function rounding(name: number, f: (x: number) => number): (module: Obj, o: Obj) => Obj {
  return (_module, o) => {
    if (!PyFloat_CheckExact(o)) {
      const r = callSpecial(o, name);
      if (r !== 0 || PyErr_Occurred() !== 0) return r;
    }
    const x = doubleOf(o);
    return failed ? NULL : PyLong_FromDouble(f(x));
  };
}

function math_trunc(_module: Obj, o: Obj): Obj {
  if (PyFloat_CheckExact(o)) return PyLong_FromDouble(PyFloat_AS_DOUBLE(o));
  const r = callSpecial(o, s_trunc);
  if (r !== 0 || PyErr_Occurred() !== 0) return r;
  return PyErr_SetString(PyExc_TypeError, `type ${nameOfType(Py_TYPE(o))} doesn't define __trunc__ method`);
}

function math_factorial(_module: Obj, o: Obj): Obj {
  const index = PyNumber_Index(o);
  if (index === 0) return NULL;
  const n = asSafeInteger(index);
  const sign = _PyLong_Sign(index);
  decref(index);
  if (sign < 0) return PyErr_SetString(PyExc_ValueError, 'factorial() not defined for negative values');
  if (!(n <= 0x7fffffff))
    return PyErr_SetString(PyExc_OverflowError, 'factorial() argument should not exceed 2147483647');
  return tryBigInt(() => factorial(n));
}

function math_isqrt(_module: Obj, o: Obj): Obj {
  const index = PyNumber_Index(o);
  if (index === 0) return NULL;
  const n = asBigInt(index);
  decref(index);
  if (n < 0n) return PyErr_SetString(PyExc_ValueError, 'isqrt() argument must be nonnegative');
  return tryBigInt(() => integerRoot(n));
}

const LLONG_MAX = 2n ** 63n - 1n;

/** Leaves n and k of comb and perm; false with an exception. */
let argN = 0n;
let argK = 0n;
function choices(nObj: Obj, kObj: Obj): boolean {
  const n = PyNumber_Index(nObj);
  if (n === 0) return false;
  const k = PyNumber_Index(kObj);
  if (k === 0) {
    decref(n);
    return false;
  }
  argN = asBigInt(n);
  argK = asBigInt(k);
  decref(n);
  decref(k);
  if (argN < 0n) domainError('n must be a non-negative integer');
  else if (argK < 0n) domainError('k must be a non-negative integer');
  else return true;
  return false;
}

function math_comb(_module: Obj, n: Obj, k: Obj): Obj {
  if (!choices(n, k)) return NULL;
  if (argK <= argN && argK > LLONG_MAX && argN - argK > LLONG_MAX) {
    return PyErr_SetString(PyExc_OverflowError, `min(n - k, k) must not exceed ${LLONG_MAX}`);
  }
  return tryBigInt(() => combinations(argN, argK));
}

function math_perm(module: Obj, n: Obj, k: Obj): Obj {
  if (k === Py_None) return math_factorial(module, n);
  if (!choices(n, k)) return NULL;
  if (argK <= argN && argK > LLONG_MAX) return PyErr_SetString(PyExc_OverflowError, `k must not exceed ${LLONG_MAX}`);
  return tryBigInt(() => permutations(argN, argK));
}

/** Folds the integers of a tuple; `f` borrows both and answers a new reference. */
function foldIntegers(args: Obj, start: number, f: (a: Obj, b: Obj) => Obj): Obj {
  let r = PyLong_FromLong(start);
  for (let i = 0; r !== 0 && i < PyTuple_GET_SIZE(args); i++) {
    const x = PyNumber_Index(PyTuple_GET_ITEM(args, i));
    const next = x === 0 ? NULL : f(r, x);
    if (x !== 0) decref(x);
    decref(r);
    r = next;
  }
  return r;
}

function lcm(a: Obj, b: Obj): Obj {
  if (_PyLong_Sign(a) === 0 || _PyLong_Sign(b) === 0) return PyLong_FromLong(0);
  const g = _PyLong_GCD(a, b);
  const q = g === 0 ? NULL : long_floordiv(a, g);
  const m = q === 0 ? NULL : long_multiply(q, b);
  const r = m === 0 ? NULL : long_abs(m);
  for (const o of [g, q, m]) if (o !== 0) decref(o);
  return r;
}

const bits = new BigInt64Array(1);
const double = new Float64Array(bits.buffer);

/** The double `steps` representable ones after x towards y. */
function nextAfter(x: number, y: number, steps: bigint): number {
  if (x !== x || y !== y) return NaN;
  if (x === y || steps === 0n) return steps === 0n ? x : y;
  // The bit patterns as numbers on one line through zero.
  const place = (v: number): bigint => {
    double[0] = v;
    const b = bits[0];
    return b < 0n ? -(b & 0x7fffffffffffffffn) : b;
  };
  const from = place(x);
  const to = place(y);
  const reach = from < to ? to - from : from - to;
  if (steps >= reach) return y;
  const at = from < to ? from + steps : from - steps;
  bits[0] = at < 0n || (at === 0n && (x < 0 || Object.is(x, -0))) ? -at | -0x8000000000000000n : at;
  return double[0];
}

function math_nextafter(_module: Obj, x: number, y: number, stepsObj: Obj): Obj {
  if (stepsObj === Py_None) {
    const next = nextAfter(x, y, 1n);
    // A step to zero keeps the sign.
    return PyFloat_FromDouble(next === 0 && x !== 0 ? copySign(0, x) : next);
  }
  const index = PyNumber_Index(stepsObj);
  if (index === 0) return NULL;
  const steps = asBigInt(index);
  decref(index);
  if (steps < 0n) return PyErr_SetString(PyExc_ValueError, 'steps must be a non-negative integer');
  return PyFloat_FromDouble(nextAfter(x, y, steps));
}

function ulp(x: number): number {
  if (x !== x) return x;
  x = Math.abs(x);
  if (x === Infinity) return x;
  const up = nextAfter(x, Infinity, 1n);
  return up === Infinity ? x - nextAfter(x, -Infinity, 1n) : up - x;
}

function math_isclose(_module: Obj, a: number, b: number, relTol: number, absTol: number): Obj {
  if (relTol < 0 || absTol < 0) return PyErr_SetString(PyExc_ValueError, 'tolerances must be non-negative');
  if (a === b) return PyBool_FromLong(1);
  if (!Number.isFinite(a) || !Number.isFinite(b)) return PyBool_FromLong(0);
  const diff = Math.abs(b - a);
  return PyBool_FromLong(diff <= Math.abs(relTol * b) || diff <= Math.abs(relTol * a) || diff <= absTol);
}

const copySign = (x: number, y: number): number => {
  double[0] = y;
  const negative = bits[0] < 0n;
  const a = Math.abs(x);
  return negative ? -a : a;
};

const one = (name: string, f: (x: number) => number, overflows: boolean, expected: string | null, doc: string) =>
  method(name, '($module, x, /)', unary(f, overflows, expected), doc);
const predicate = (name: string, f: (x: number) => boolean, doc: string) =>
  method(name, '($module, x: double, /)', (_module: Obj, x: number) => PyBool_FromLong(f(x)), doc);
const plain = (name: string, f: (x: number) => number, doc: string) =>
  method(name, '($module, x: double, /)', (_module: Obj, x: number) => PyFloat_FromDouble(f(x)), doc);

const UNIT = 'a number in range from -1 up to 1';
const FINITE = 'a finite input';
const GAMMA = 'a noninteger or positive integer';

defineModule({
  name: 'math',
  doc: 'This module provides access to the mathematical functions\ndefined by the C standard.',
  functions: [
    one(
      'acos',
      Math.acos,
      false,
      UNIT,
      'Return the arc cosine (measured in radians) of x.\n\nThe result is between 0 and pi.',
    ),
    one('acosh', Math.acosh, false, 'argument value not less than 1', 'Return the inverse hyperbolic cosine of x.'),
    one(
      'asin',
      Math.asin,
      false,
      UNIT,
      'Return the arc sine (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2.',
    ),
    one('asinh', Math.asinh, false, null, 'Return the inverse hyperbolic sine of x.'),
    one(
      'atan',
      Math.atan,
      false,
      null,
      'Return the arc tangent (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2.',
    ),
    method(
      'atan2',
      '($module, y: double, x: double, /)',
      (_module: Obj, y: number, x: number) => PyFloat_FromDouble(Math.atan2(y, x)),
      'Return the arc tangent (measured in radians) of y/x.\n\nUnlike atan(y/x), the signs of both x and y are considered.',
    ),
    one('atanh', Math.atanh, false, 'a number between -1 and 1', 'Return the inverse hyperbolic tangent of x.'),
    one('cbrt', Math.cbrt, false, null, 'Return the cube root of x.'),
    method(
      'ceil',
      '($module, x, /)',
      rounding(s_ceil, Math.ceil),
      'Return the ceiling of x as an Integral.\n\nThis is the smallest integer >= x.',
    ),
    method(
      'copysign',
      '($module, x: double, y: double, /)',
      (_module: Obj, x: number, y: number) => PyFloat_FromDouble(copySign(x, y)),
      'Return a float with the magnitude (absolute value) of x but the sign of y.\n\nOn platforms that support signed zeros, copysign(1.0, -0.0)\nreturns -1.0.\n',
    ),
    one('cos', Math.cos, false, FINITE, 'Return the cosine of x (measured in radians).'),
    one('cosh', Math.cosh, true, null, 'Return the hyperbolic cosine of x.'),
    plain('degrees', (x) => x * (180 / Math.PI), 'Convert angle x from radians to degrees.'),
    method(
      'dist',
      '($module, p, q, /)',
      math_dist,
      `Return the Euclidean distance between two points p and q.

The points should be specified as sequences (or iterables) of
coordinates.  Both inputs must have the same dimension.

Roughly equivalent to:
    sqrt(sum((px - qx) ** 2.0 for px, qx in zip(p, q)))`,
    ),
    one('erf', erf, false, null, 'Error function at x.'),
    one('erfc', erfc, false, null, 'Complementary error function at x.'),
    one('exp', Math.exp, true, null, 'Return e raised to the power of x.'),
    one('exp2', exp2, true, null, 'Return 2 raised to the power of x.'),
    one(
      'expm1',
      Math.expm1,
      true,
      null,
      'Return exp(x)-1.\n\nThis function avoids the loss of precision involved in the direct evaluation of exp(x)-1 for small x.',
    ),
    one('fabs', Math.abs, false, null, 'Return the absolute value of the float x.'),
    method('factorial', '($module, n, /)', math_factorial, 'Find n!.'),
    method(
      'floor',
      '($module, x, /)',
      rounding(s_floor, Math.floor),
      'Return the floor of x as an Integral.\n\nThis is the largest integer <= x.',
    ),
    method(
      'fma',
      '($module, x: double, y: double, z: double, /)',
      math_fma,
      'Fused multiply-add operation.\n\nCompute (x * y) + z with a single round.',
    ),
    method(
      'fmod',
      '($module, x: double, y: double, /)',
      math_fmod,
      'Return fmod(x, y), according to platform C.\n\nx % y may differ.',
    ),
    method(
      'frexp',
      '($module, x: double, /)',
      math_frexp,
      `Return the mantissa and exponent of x, as pair (m, e).

If x is a finite nonzero number, then m is a float with
0.5 <= abs(m) < 1.0 and an integer e is such that
x == m * 2**e exactly.  Else, return (x, 0).`,
    ),
    method(
      'fsum',
      '($module, seq, /)',
      math_fsum,
      'Return an accurate floating-point sum of values in the iterable seq.\n\nAssumes IEEE-754 floating-point arithmetic.',
    ),
    one('gamma', gamma, true, GAMMA, 'Gamma function at x.'),
    method(
      'gcd',
      '($module, /, *integers)',
      (_module: Obj, args: Obj) => foldIntegers(args, 0, _PyLong_GCD),
      'Greatest Common Divisor.',
    ),
    method(
      'hypot',
      '($module, /, *coordinates)',
      math_hypot,
      `Multidimensional Euclidean distance from the origin to a point.

Roughly equivalent to:
    sqrt(sum(x**2 for x in coordinates))

For a two dimensional point (x, y), gives the hypotenuse
using the Pythagorean theorem:  sqrt(x*x + y*y).

For example, the hypotenuse of a 3/4/5 right triangle is:

    >>> hypot(3.0, 4.0)
    5.0`,
    ),
    method(
      'isclose',
      '($module, /, a: double, b: double, *, rel_tol: double = 1e-09, abs_tol: double = 0.0)',
      math_isclose,
      `Determine whether two floating-point numbers are close in value.

  rel_tol
    maximum difference for being considered "close", relative to the
    magnitude of the input values
  abs_tol
    maximum difference for being considered "close", regardless of the
    magnitude of the input values

Return True if a is close in value to b, and False otherwise.

For the values to be considered close, the difference between them
must be smaller than at least one of the tolerances.

-inf, inf and NaN behave similarly to the IEEE 754 Standard.  That
is, NaN is not close to anything, even itself.  inf and -inf are
only close to themselves.`,
    ),
    predicate('isfinite', Number.isFinite, 'Return True if x is neither an infinity nor a NaN, and False otherwise.'),
    predicate(
      'isinf',
      (x) => x === Infinity || x === -Infinity,
      'Return True if x is a positive or negative infinity, and False otherwise.',
    ),
    predicate('isnan', (x) => x !== x, 'Return True if x is a NaN (not a number), and False otherwise.'),
    method('isqrt', '($module, n, /)', math_isqrt, 'Return the integer part of the square root of the input.'),
    method(
      'lcm',
      '($module, /, *integers)',
      (_module: Obj, args: Obj) => foldIntegers(args, 1, lcm),
      'Least Common Multiple.',
    ),
    method(
      'ldexp',
      '($module, x: double, i, /)',
      math_ldexp,
      'Return x * (2**i).\n\nThis is essentially the inverse of frexp().',
    ),
    method(
      'lgamma',
      '($module, x, /)',
      (_module: Obj, o: Obj) => {
        const x = doubleOf(o);
        if (failed) return NULL;
        const r = lgamma(x);
        if (r !== Infinity || !Number.isFinite(x)) return PyFloat_FromDouble(r);
        return x <= 0 && x === Math.floor(x) ? domainError(`expected ${GAMMA}, got ${floatRepr(x)}`) : rangeError();
      },
      'Natural logarithm of absolute value of Gamma function at x.',
    ),
    fastcall(
      'log',
      null,
      math_log,
      'log(x, [base=math.e])\nReturn the logarithm of x to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e) of x.',
    ),
    one(
      'log1p',
      Math.log1p,
      false,
      'argument value > -1',
      'Return the natural logarithm of 1+x (base e).\n\nThe result is computed in a way which is accurate for x near zero.',
    ),
    method(
      'log10',
      '($module, x, /)',
      (_module: Obj, o: Obj) => logOf(o, Math.log10),
      'Return the base 10 logarithm of x.',
    ),
    method('log2', '($module, x, /)', (_module: Obj, o: Obj) => logOf(o, log2), 'Return the base 2 logarithm of x.'),
    method(
      'modf',
      '($module, x: double, /)',
      math_modf,
      'Return the fractional and integer parts of x.\n\nBoth results carry the sign of x and are floats.',
    ),
    method('pow', '($module, x: double, y: double, /)', math_pow, 'Return x**y (x to the power of y).'),
    plain('radians', (x) => x * (Math.PI / 180), 'Convert angle x from degrees to radians.'),
    method(
      'remainder',
      '($module, x: double, y: double, /)',
      math_remainder,
      `Difference between x and the closest integer multiple of y.

Return x - n*y where n*y is the closest integer multiple of y.
In the case where x is exactly halfway between two multiples of
y, the nearest even value of n is used. The result is always exact.`,
    ),
    one('sin', Math.sin, false, FINITE, 'Return the sine of x (measured in radians).'),
    one('sinh', Math.sinh, true, null, 'Return the hyperbolic sine of x.'),
    one('sqrt', Math.sqrt, false, 'a nonnegative input', 'Return the square root of x.'),
    one('tan', Math.tan, false, FINITE, 'Return the tangent of x (measured in radians).'),
    one('tanh', Math.tanh, false, null, 'Return the hyperbolic tangent of x.'),
    method(
      'sumprod',
      '($module, p, q, /)',
      math_sumprod,
      `Return the sum of products of values from two iterables p and q.

Roughly equivalent to:

    sum(map(operator.mul, p, q, strict=True))

For float and mixed int/float inputs, the intermediate products
and sums are computed with extended precision.`,
    ),
    method(
      'trunc',
      '($module, x, /)',
      math_trunc,
      'Truncates the Real x to the nearest Integral toward 0.\n\nUses the __trunc__ magic method.',
    ),
    method(
      'prod',
      '($module, iterable, /, *, start=1)',
      math_prod,
      `Calculate the product of all the elements in the input iterable.

The default start value for the product is 1.

When the iterable is empty, return the start value.  This function is
intended specifically for use with numeric values and may reject
non-numeric types.`,
    ),
    method(
      'perm',
      '($module, n, k=None, /)',
      math_perm,
      `Number of ways to choose k items from n items without repetition and with order.

Evaluates to n! / (n - k)! when k <= n and evaluates
to zero when k > n.

If k is not specified or is None, then k defaults to n
and the function returns n!.

Raises TypeError if either of the arguments are not integers.
Raises ValueError if either of the arguments are negative.`,
    ),
    method(
      'comb',
      '($module, n, k, /)',
      math_comb,
      `Number of ways to choose k items from n items without repetition and without order.

Evaluates to n! / (k! * (n - k)!) when k <= n and evaluates
to zero when k > n.

Also called the binomial coefficient because it is equivalent
to the coefficient of k-th term in polynomial expansion of the
expression (1 + x)**n.

Raises TypeError if either of the arguments are not integers.
Raises ValueError if either of the arguments are negative.`,
    ),
    method(
      'nextafter',
      '($module, x: double, y: double, /, *, steps=None)',
      math_nextafter,
      `Return the floating-point value the given number of steps after x towards y.

If steps is not specified or is None, it defaults to 1.

Raises a TypeError, if x or y is not a double, or if steps is not
an integer.  Raises ValueError if steps is negative.`,
    ),
    plain('ulp', ulp, 'Return the value of the least significant bit of the float x.'),
  ],
  exec: (module) => {
    const constants: [string, number][] = [
      ['pi', Math.PI],
      ['e', Math.E],
      ['tau', 2 * Math.PI],
      ['inf', Infinity],
      ['nan', NaN],
    ];
    for (const [name, value] of constants) {
      const o = PyFloat_FromDouble(value);
      if (o === 0) return -1;
      const r = PyModule_AddObjectRef(module, name, o);
      decref(o);
      if (r < 0) return -1;
    }
    return 0;
  },
});
