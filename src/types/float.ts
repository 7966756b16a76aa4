// What is the type float?
//
// Invariant: operands that are floats or ints become doubles (an int too large raises OverflowError), others are NotImplemented;
// comparisons with ints are exact at any size.

import { H32, HF64 } from '../memory/linear.js';
import { checkPositional, noKwargs } from '../object/bind.js';
import { PyObject_CallOneArg } from '../object/call.js';
import { classMethod, defineType, getset, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetObject, PyErr_SetString, typeName } from '../object/errors.js';
import {
  _Py_HashDouble,
  float_dealloc,
  FloatLayout,
  frexp,
  frexpExponent,
  ob_fval,
  PyFloat_AS_DOUBLE,
  PyFloat_AsDouble,
  PyFloat_Check,
  PyFloat_CheckExact,
  PyFloat_FromDouble,
} from '../object/float.js';
import { F } from '../object/functable.js';
import { decref, newref } from '../object/header.js';
import {
  asBigInt,
  asSafeInteger,
  digitCount,
  isNegative,
  PyLong_AsDouble,
  PyLong_Check,
  PyLong_FromBigInt,
  PyLong_FromDouble,
  PyLong_FromLong,
} from '../object/long.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyNumber_Float, PyNumber_Index } from '../object/number.js';
import { PyBool_FromLong, Py_EQ, Py_GE, Py_GT, Py_LE, Py_LT, Py_NE, richCompareNumbers } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_None,
  Py_NotImplemented,
  PyComplex_Type,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyExc_ZeroDivisionError,
  PyFloat_Type,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import { nb_power, Py_TPFLAGS_BASETYPE, Py_TPFLAGS_MATCH_SELF, tp_init } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { power } from './float_math.js';
import { doubleToString, floatHex, floatRepr, parseFloatHex } from './float_text.js';
import { _PyFloat_FormatAdvanced } from './format_number.js';

/** What toDouble answers for an operand that is no real number, or with an exception. */
const OTHER = 1;
const FAILED = 2;
let operand = 0;

/** Leaves the operand as a double in `operand`: 0, OTHER or FAILED. */
function toDouble(o: Obj): number {
  if (PyFloat_Check(o)) {
    operand = HF64[(o + ob_fval) >> 3];
    return 0;
  }
  if (!PyLong_Check(o)) return OTHER;
  operand = PyLong_AsDouble(o);
  return operand === -1 && PyErr_Occurred() !== 0 ? FAILED : 0;
}

/** The slot of a binary operator from its function on doubles, which answers a new reference. */
function binary(f: (x: number, y: number) => Obj): (a: Obj, b: Obj) => Obj {
  return (a, b) => {
    let problem = toDouble(a);
    const x = operand;
    if (problem === 0) problem = toDouble(b);
    if (problem !== 0) return problem === OTHER ? newref(Py_NotImplemented) : NULL;
    return f(x, operand);
  };
}

const byZero = (): Obj => PyErr_SetString(PyExc_ZeroDivisionError, 'division by zero');
const copysign = (x: number, sign: number): number => {
  const negative = sign < 0 || Object.is(sign, -0);
  return negative === (x < 0 || Object.is(x, -0)) ? x : -x;
};

/** x % y with the sign of y. */
function floorMod(x: number, y: number): number {
  const r = x % y;
  if (r === 0) return copysign(0, y);
  return y < 0 !== r < 0 ? r + y : r;
}

/** floor(x / y), computed from the exact remainder. */
function floorDiv(x: number, y: number): number {
  const r = x % y;
  let q = (x - r) / y;
  if (r !== 0 && y < 0 !== r < 0) q -= 1;
  if (q === 0) return copysign(0, x / y);
  const whole = Math.floor(q);
  return q - whole > 0.5 ? whole + 1 : whole;
}

function divmod(x: number, y: number): Obj {
  if (y === 0) return byZero();
  const q = PyFloat_FromDouble(floorDiv(x, y));
  if (q === 0) return NULL;
  const r = PyFloat_FromDouble(floorMod(x, y));
  const pair = r === 0 ? NULL : PyTuple_Pack(q, r);
  decref(q);
  if (r !== 0) decref(r);
  return pair;
}

const isOdd = (y: number): boolean => Math.abs(y) % 2 === 1;

function float_pow(a: Obj, b: Obj, c: Obj): Obj {
  if (c !== Py_None) {
    return PyErr_SetString(PyExc_TypeError, 'pow() 3rd argument not allowed unless all arguments are integers');
  }
  let problem = toDouble(a);
  const x = operand;
  if (problem === 0) problem = toDouble(b);
  if (problem !== 0) return problem === OTHER ? newref(Py_NotImplemented) : NULL;
  const y = operand;
  if (y === 0 || x === 1) return PyFloat_FromDouble(1);
  if (x !== x) return PyFloat_FromDouble(x);
  if (y !== y) return PyFloat_FromDouble(y);
  if (y === Infinity || y === -Infinity) {
    const m = Math.abs(x);
    return PyFloat_FromDouble(m === 1 ? 1 : y > 0 === m > 1 ? Infinity : 0);
  }
  if (x === Infinity || x === -Infinity) {
    const odd = isOdd(y);
    return PyFloat_FromDouble(y > 0 ? (odd ? x : Math.abs(x)) : odd ? copysign(0, x) : 0);
  }
  if (x === 0) {
    if (y < 0) return PyErr_SetString(PyExc_ZeroDivisionError, 'zero to a negative power');
    return PyFloat_FromDouble(isOdd(y) ? x : 0);
  }
  // A negative number to a power that is no integer is complex.
  if (x < 0 && y !== Math.floor(y)) return F[H32[(PyComplex_Type + nb_power) >> 2]](a, b, c) as Obj;
  const r = power(Math.abs(x), y);
  if (r === Infinity) return rangeError();
  return PyFloat_FromDouble(x < 0 && isOdd(y) ? -r : r);
}

/** Raises OverflowError as C's ERANGE; returns NULL. */
function rangeError(): Obj {
  const code = PyLong_FromLong(34);
  const text = PyUnicode_FromString('Numerical result out of range');
  const args = PyTuple_Pack(code, text);
  decref(code);
  decref(text);
  PyErr_SetObject(PyExc_OverflowError, args);
  decref(args);
  return NULL;
}

function compareWithLong(x: number, b: Obj, op: number): Obj {
  // NaN, and the infinities, which are beyond every int.
  if (x !== x || x === Infinity || x === -Infinity) return richCompareNumbers(x, 0, op);
  const y = asSafeInteger(b);
  if (y === y) return richCompareNumbers(x, y, op);
  if (digitCount(b) > 35) return richCompareNumbers(0, isNegative(b) ? -1 : 1, op);
  const big = asBigInt(b);
  // JavaScript compares doubles with BigInts exactly.
  return richCompareNumbers(x < big ? -1 : x > big ? 1 : 0, 0, op);
}

/** The comparison of the double x with an object; new, NotImplemented if the object is no real number. */
export function compareDouble(x: number, b: Obj, op: number): Obj {
  if (PyFloat_Check(b)) {
    const y = HF64[(b + ob_fval) >> 3];
    switch (op) {
      case Py_EQ:
        return PyBool_FromLong(x === y);
      case Py_NE:
        return PyBool_FromLong(x !== y);
      case Py_LT:
        return PyBool_FromLong(x < y);
      case Py_LE:
        return PyBool_FromLong(x <= y);
      case Py_GT:
        return PyBool_FromLong(x > y);
      case Py_GE:
        return PyBool_FromLong(x >= y);
    }
  }
  return PyLong_Check(b) ? compareWithLong(x, b, op) : newref(Py_NotImplemented);
}

/** Refuses keyword arguments unless a subclass has an __init__ that may take them. */
export function noKwargsFor(type: Obj, base: Obj, name: string, kwargs: Obj): boolean {
  if (type !== base && H32[(type + tp_init) >> 2] !== H32[(base + tp_init) >> 2]) return true;
  return noKwargs(name, kwargs);
}

function float_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  const n = PyTuple_GET_SIZE(args);
  if (!noKwargsFor(type, PyFloat_Type, 'float', kwargs) || !checkPositional('float', n, 0, 1)) return NULL;
  const value = n === 0 ? PyFloat_FromDouble(0) : PyNumber_Float(PyTuple_GET_ITEM(args, 0));
  if (value === 0 || type === PyFloat_Type) return value;
  const o = PyType_GenericAlloc(type, 0);
  if (o !== 0) HF64[(o + ob_fval) >> 3] = HF64[(value + ob_fval) >> 3];
  decref(value);
  return o;
}

const exact = (o: Obj): Obj => (PyFloat_CheckExact(o) ? newref(o) : PyFloat_FromDouble(PyFloat_AS_DOUBLE(o)));

/** -o (flip -1) or |o| (flip 0), on the sign bit alone, so that a NaN has a sign, too. */
function withSign(o: Obj, flip: number): Obj {
  const r = PyFloat_FromDouble(PyFloat_AS_DOUBLE(o));
  if (r === 0) return NULL;
  const sign = H32[(o + ob_fval + 4) >> 2] & 0x80000000;
  H32[(r + ob_fval + 4) >> 2] = (H32[(r + ob_fval + 4) >> 2] & 0x7fffffff) | (flip === 0 ? 0 : ~sign & 0x80000000);
  return r;
}

/** The nearest integer as a double, ties to even. */
export function roundHalfEven(x: number): number {
  const r = Math.round(x);
  if (Math.abs(x) >= 2 ** 52) return x;
  return Math.abs(x - Math.trunc(x)) === 0.5 ? 2 * Math.round(x / 2) : r;
}

/** round(x, n) for n < 0, exact. */
function roundToTens(x: number, n: number): number {
  const m = frexp(x);
  const e = frexpExponent - 53;
  let mantissa = BigInt(m * 2 ** 53);
  const negative = mantissa < 0n;
  if (negative) mantissa = -mantissa;
  let unit = 10n ** BigInt(-n);
  const tens = unit;
  if (e >= 0) mantissa <<= BigInt(e);
  else unit <<= BigInt(-e);
  let q = mantissa / unit;
  const twice = (mantissa - q * unit) * 2n;
  if (twice > unit || (twice === unit && (q & 1n) === 1n)) q += 1n;
  const r = Number(q * tens);
  return negative ? -r : r;
}

function float_round(o: Obj, ndigits: Obj): Obj {
  const x = PyFloat_AS_DOUBLE(o);
  if (ndigits === Py_None) return PyLong_FromDouble(roundHalfEven(x));
  const index = PyNumber_Index(ndigits);
  if (index === 0) return NULL;
  const negative = isNegative(index);
  const small = asSafeInteger(index);
  decref(index);
  const n = small === small ? small : negative ? -Infinity : Infinity;
  if (!Number.isFinite(x) || n > 323) return PyFloat_FromDouble(x);
  if (n < -308) return PyFloat_FromDouble(0 * x);
  const r = n >= 0 ? Number(doubleToString(x, 'f', n)) : x === 0 ? x : roundToTens(x, n);
  if (!Number.isFinite(r)) return PyErr_SetString(PyExc_OverflowError, 'rounded value too large to represent');
  return PyFloat_FromDouble(r);
}

function as_integer_ratio(o: Obj): Obj {
  const x = PyFloat_AS_DOUBLE(o);
  if (x !== x) return PyErr_SetString(PyExc_ValueError, 'cannot convert NaN to integer ratio');
  if (!Number.isFinite(x)) return PyErr_SetString(PyExc_OverflowError, 'cannot convert Infinity to integer ratio');
  let m = frexp(x);
  let e = frexpExponent;
  for (let i = 0; i < 300 && m !== Math.floor(m); i++) {
    m *= 2;
    e--;
  }
  const n = BigInt(m);
  const numerator = PyLong_FromBigInt(e > 0 ? n << BigInt(e) : n);
  const denominator = PyLong_FromBigInt(e < 0 ? 1n << BigInt(-e) : 1n);
  const pair = numerator === 0 || denominator === 0 ? NULL : PyTuple_Pack(numerator, denominator);
  if (numerator !== 0) decref(numerator);
  if (denominator !== 0) decref(denominator);
  return pair;
}

function ofType(type: Obj, value: Obj): Obj {
  if (value === 0 || type === PyFloat_Type) return value;
  const r = PyObject_CallOneArg(type, value);
  decref(value);
  return r;
}

function from_number(type: Obj, number: Obj): Obj {
  if (type === PyFloat_Type && PyFloat_CheckExact(number)) return newref(number);
  const x = PyFloat_AsDouble(number);
  return x === -1 && PyErr_Occurred() !== 0 ? NULL : ofType(type, PyFloat_FromDouble(x));
}

function fromhex(type: Obj, text: Obj): Obj {
  if (!PyUnicode_Check(text)) return PyErr_SetString(PyExc_TypeError, 'bad argument type for built-in operation');
  const x = parseFloatHex(asString(text));
  if (x === 'invalid') return PyErr_SetString(PyExc_ValueError, 'invalid hexadecimal floating-point string');
  if (x === 'overflow') {
    return PyErr_SetString(PyExc_OverflowError, 'hexadecimal value too large to represent as a float');
  }
  return ofType(type, PyFloat_FromDouble(x));
}

function getformat(_type: Obj, kind: Obj): Obj {
  if (!PyUnicode_Check(kind)) {
    return PyErr_SetString(PyExc_TypeError, `__getformat__() argument must be str, not ${typeName(kind)}`);
  }
  const name = asString(kind);
  if (name === 'double' || name === 'float') return PyUnicode_FromString('IEEE, little-endian');
  return PyErr_SetString(PyExc_ValueError, "__getformat__() argument 1 must be 'double' or 'float'");
}

function getnewargs(o: Obj): Obj {
  const value = PyFloat_FromDouble(PyFloat_AS_DOUBLE(o));
  if (value === 0) return NULL;
  const args = PyTuple_Pack(value);
  decref(value);
  return args;
}

defineType({
  type: PyFloat_Type,
  name: 'float',
  layout: FloatLayout,
  flags: Py_TPFLAGS_BASETYPE | Py_TPFLAGS_MATCH_SELF,
  doc: 'Convert a string or number to a floating-point number, if possible.',
  signature: '(x=0, /)',
  slots: {
    tp_new: float_new,
    tp_dealloc: float_dealloc,
    tp_repr: (o: Obj) => PyUnicode_FromString(floatRepr(PyFloat_AS_DOUBLE(o))),
    tp_hash: (o: Obj) => _Py_HashDouble(o, PyFloat_AS_DOUBLE(o)),
    tp_richcompare: (a: Obj, b: Obj, op: number) => compareDouble(PyFloat_AS_DOUBLE(a), b, op),
    nb_add: binary((x, y) => PyFloat_FromDouble(x + y)),
    nb_subtract: binary((x, y) => PyFloat_FromDouble(x - y)),
    nb_multiply: binary((x, y) => PyFloat_FromDouble(x * y)),
    nb_true_divide: binary((x, y) => (y === 0 ? byZero() : PyFloat_FromDouble(x / y))),
    nb_floor_divide: binary((x, y) => (y === 0 ? byZero() : PyFloat_FromDouble(floorDiv(x, y)))),
    nb_remainder: binary((x, y) => (y === 0 ? byZero() : PyFloat_FromDouble(floorMod(x, y)))),
    nb_divmod: binary(divmod),
    nb_power: float_pow,
    nb_negative: (o: Obj) => withSign(o, -1),
    nb_positive: exact,
    nb_absolute: (o: Obj) => withSign(o, 0),
    nb_bool: (o: Obj) => (PyFloat_AS_DOUBLE(o) !== 0 ? 1 : 0),
    nb_int: (o: Obj) => PyLong_FromDouble(PyFloat_AS_DOUBLE(o)),
    nb_float: exact,
  },
  methods: [
    classMethod('from_number', '($type, number, /)', from_number, 'Convert real number to a floating-point number.'),
    method('conjugate', '($self, /)', exact, 'Return self, the complex conjugate of any float.'),
    method(
      '__trunc__',
      '($self, /)',
      (o: Obj) => PyLong_FromDouble(PyFloat_AS_DOUBLE(o)),
      'Return the Integral closest to x between 0 and x.',
    ),
    method(
      '__floor__',
      '($self, /)',
      (o: Obj) => PyLong_FromDouble(Math.floor(PyFloat_AS_DOUBLE(o))),
      'Return the floor as an Integral.',
    ),
    method(
      '__ceil__',
      '($self, /)',
      (o: Obj) => PyLong_FromDouble(Math.ceil(PyFloat_AS_DOUBLE(o))),
      'Return the ceiling as an Integral.',
    ),
    method(
      '__round__',
      '($self, ndigits=None, /)',
      float_round,
      'Return the Integral closest to x, rounding half toward even.\n\nWhen an argument is passed, work like built-in round(x, ndigits).',
    ),
    method(
      'as_integer_ratio',
      '($self, /)',
      as_integer_ratio,
      `Return a pair of integers, whose ratio is exactly equal to the original float.

The ratio is in lowest terms and has a positive denominator.  Raise
OverflowError on infinities and a ValueError on NaNs.

>>> (10.0).as_integer_ratio()
(10, 1)
>>> (0.0).as_integer_ratio()
(0, 1)
>>> (-.25).as_integer_ratio()
(-1, 4)`,
    ),
    classMethod(
      'fromhex',
      '($type, string, /)',
      fromhex,
      "Create a floating-point number from a hexadecimal string.\n\n>>> float.fromhex('0x1.ffffp10')\n2047.984375\n>>> float.fromhex('-0x1p-1074')\n-5e-324",
    ),
    method(
      'hex',
      '($self, /)',
      (o: Obj) => PyUnicode_FromString(floatHex(PyFloat_AS_DOUBLE(o))),
      "Return a hexadecimal representation of a floating-point number.\n\n>>> (-0.1).hex()\n'-0x1.999999999999ap-4'\n>>> 3.14159.hex()\n'0x1.921f9f01b866ep+1'",
    ),
    method(
      'is_integer',
      '($self, /)',
      (o: Obj) => PyBool_FromLong(Number.isInteger(PyFloat_AS_DOUBLE(o))),
      'Return True if the float is an integer.',
    ),
    method('__getnewargs__', '($self, /)', getnewargs),
    classMethod(
      '__getformat__',
      '($type, typestr, /)',
      getformat,
      `You probably don't want to use this function.

  typestr
    Must be 'double' or 'float'.

It exists mainly to be used in Python's test suite.

This function returns whichever of 'unknown', 'IEEE, big-endian' or
'IEEE, little-endian' best describes the format of floating-point
numbers used by the C type named by typestr.`,
    ),
    method(
      '__format__',
      '($self, format_spec: str, /)',
      _PyFloat_FormatAdvanced,
      'Formats the float according to format_spec.',
    ),
  ],
  getset: [
    getset('real', exact, null, 'the real part of a complex number'),
    getset('imag', () => PyFloat_FromDouble(0), null, 'the imaginary part of a complex number'),
  ],
});
