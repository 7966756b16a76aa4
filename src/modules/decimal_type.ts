// What is the type decimal.Decimal?
//
// Invariant: operators take Decimals and ints, use the current context, and answer NotImplemented for anything else; comparisons know floats,
// complex numbers and rationals besides.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { PyObject_Call, PyObject_CallMethodNoArgs, PyObject_CallOneArg } from '../object/call.js';
import { classMethod, defineType, getset, method } from '../object/declare.js';
import { PyDict_Check, PyDict_GetItemString } from '../object/dict.js';
import { PyErr_NoMemory, PyErr_Occurred, PyErr_SetString, PyErr_WarnEx } from '../object/errors.js';
import { ob_fval, PyFloat_Check, PyFloat_FromDouble } from '../object/float.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_IsInstance } from '../object/isinstance.js';
import {
  asBigInt,
  PyLong_AsLong,
  PyLong_AsSsize_t,
  PyLong_Check,
  PyLong_FromBigInt,
  PyLong_FromLong,
} from '../object/long.js';
import { Py_EQ, Py_HashPointer, Py_NE, PyObject_GetAttr, richCompareNumbers } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyExc_DeprecationWarning,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import { Py_TPFLAGS_BASETYPE } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { PyTuple_GET_SIZE } from '../object/tuple.js';
import { PyComplex_Check, PyComplex_FromDoubles } from '../types/complex.js';
import { complexParts, imagPart, realPart } from '../types/complex_parts.js';
import { signNaN } from '../types/float_parse.js';
import * as F from './decimal_functions.js';
import {
  addStatus,
  bitsOf,
  capitalsOf,
  contextArgument,
  currentContext,
  Decimal_Type,
  DecimalLayout,
  decimalTuple,
  fromFloat,
  fromInt,
  fromObject,
  isDecimal,
  isOperand,
  letterOf,
  newDecimal,
  newDecimalOf,
  notSupported,
  operand,
  rationalClass,
  read,
  result,
  roundingOf,
  rulesOf,
  setBits,
  toInt,
  trapsOf,
} from './decimal_heap.js';
import * as N from './decimal_number.js';
import { absolute, DECIMAL_METHODS, minus, numberClass, plus } from './decimal_operations.js';
import { formatDecimal, type NumberStyle, toText } from './decimal_text.js';
import { tupleOf } from './values.js';

const NEW = parseSignature('Decimal', '(value=None, context=None)');

function decimal_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(NEW, args, kwargs)) return NULL;
  const value = bound[0] as Obj;
  const given = PyTuple_GET_SIZE(args) > 0 || (kwargs !== 0 && PyDict_GetItemString(kwargs, 'value') !== 0);
  const context = contextArgument(bound[1] as Obj);
  if (context === 0) return NULL;
  if (!given) return newDecimalOf(type, N.finite(0, 0n, 0));
  if (type === Decimal_Type && Py_TYPE(value) === Decimal_Type) return newref(value);
  const d = fromObject(value, context, true);
  return d === null ? NULL : newDecimalOf(type, d);
}

/** An instance of `type`, made from a Decimal by calling it if it is a subclass. */
function asType(type: Obj, d: N.Dec | null): Obj {
  if (d === null) return NULL;
  const exact = newDecimal(d);
  if (exact === 0 || type === Decimal_Type) return exact;
  const made = PyObject_CallOneArg(type, exact);
  decref(exact);
  return made;
}

function from_float(type: Obj, f: Obj): Obj {
  const context = currentContext();
  return context === 0 ? NULL : asType(type, fromFloat(f, context, true));
}

function from_number(type: Obj, o: Obj): Obj {
  const context = currentContext();
  if (context === 0) return NULL;
  if (isDecimal(o)) return asType(type, read(o));
  if (PyLong_Check(o)) return asType(type, fromInt(o, context, true));
  if (PyFloat_Check(o)) return asType(type, fromFloat(o, context, true));
  notSupported(o);
  return NULL;
}

// --- operators --------------------------------------------------------------------------------------------------------------------

const binaryOperator =
  (f: (a: N.Dec, b: N.Dec, c: N.Rules) => N.Dec) =>
  (a: Obj, b: Obj): Obj => {
    if (!isOperand(a) || !isOperand(b)) return newref(Py_NotImplemented);
    const context = currentContext();
    if (context === 0) return NULL;
    const x = operand(a, context);
    const y = x === null ? null : operand(b, context);
    if (x === null || y === null) return NULL;
    N.resetStatus();
    return result(context, f(x, y, rulesOf(context)));
  };

const unaryOperator =
  (f: (a: N.Dec, c: N.Rules) => N.Dec) =>
  (a: Obj): Obj => {
    const context = currentContext();
    if (context === 0) return NULL;
    N.resetStatus();
    return result(context, f(read(a), rulesOf(context)));
  };

/** divmod(a, b) of two numbers: a new tuple, or NULL. */
export function divmodPair(x: N.Dec, y: N.Dec, context: Obj): Obj {
  N.resetStatus();
  const [q, r] = N.divmod(x, y, rulesOf(context));
  const bits = N.status;
  if (bits !== 0 && addStatus(context, bits) < 0) return NULL;
  return tupleOf([newDecimal(q), newDecimal(r)]);
}

function decimal_divmod(a: Obj, b: Obj): Obj {
  if (!isOperand(a) || !isOperand(b)) return newref(Py_NotImplemented);
  const context = currentContext();
  if (context === 0) return NULL;
  const x = operand(a, context);
  const y = x === null ? null : operand(b, context);
  return x === null || y === null ? NULL : divmodPair(x, y, context);
}

/** a ** b, or modulo m: new, or NULL. */
export function powerOf(a: Obj, b: Obj, m: Obj, context: Obj): Obj {
  const x = operand(a, context);
  const y = x === null ? null : operand(b, context);
  if (x === null || y === null) return NULL;
  const z = m === Py_None ? undefined : operand(m, context);
  if (z === null) return NULL;
  const rules = rulesOf(context);
  N.resetStatus();
  return result(context, z === undefined ? F.power(x, y, rules) : F.powerModulo(x, y, z, rules));
}

function decimal_power(a: Obj, b: Obj, m: Obj): Obj {
  if (!isOperand(a) || !isOperand(b) || (m !== Py_None && !isOperand(m))) return newref(Py_NotImplemented);
  const context = currentContext();
  return context === 0 ? NULL : powerOf(a, b, m, context);
}

// --- comparison and hash --------------------------------------------------------------------------------------------------------

const s_numerator = ID('numerator');
const s_denominator = ID('denominator');

let leftOperand: N.Dec = N.NAN;
let rightOperand: N.Dec = N.NAN;

/** Prepares v op w: 1 with the operands, 0 if w is no number for it, -1 with an exception. */
function comparands(v: Obj, w: Obj, op: number, context: Obj): number {
  leftOperand = read(v);
  const take = (d: N.Dec | null): number => {
    if (d === null) return -1;
    rightOperand = d;
    return 1;
  };
  if (isDecimal(w)) return take(read(w));
  if (PyLong_Check(w)) return take(fromInt(w, context, true));
  const equality = op === Py_EQ || op === Py_NE;
  if (PyFloat_Check(w) || (PyComplex_Check(w) && equality)) {
    let x = w;
    if (PyComplex_Check(w)) {
      complexParts(w);
      if (imagPart !== 0) return 0;
      x = PyFloat_FromDouble(realPart);
      if (x === 0) return -1;
    } else newref(w);
    // Equality tells that there was a float, but does not trap it.
    const bits = N.FLOAT_OPERATION;
    const failed = equality ? noteOnly(context, bits) : addStatus(context, bits);
    const r = failed < 0 ? -1 : take(fromFloat(x, context, true));
    decref(x);
    return r;
  }
  const rational = PyObject_IsInstance(w, H32[rationalClass] as Obj);
  return rational <= 0 ? rational : fraction(w);
}

/** Sets flags without traps: 0. */
function noteOnly(context: Obj, bits: number): number {
  const traps = trapsBits(context, 0);
  addStatus(context, bits);
  trapsBits(context, traps);
  return 0;
}

/** Replaces the traps; what they were. */
function trapsBits(context: Obj, bits: number): number {
  const old = bitsOf(trapsOf(context));
  setBits(trapsOf(context), bits);
  return old;
}

/** Compares with a rational number: both sides are multiplied by its denominator. */
function fraction(w: Obj): number {
  const numerator = PyObject_GetAttr(w, idObj(s_numerator));
  const denominator = numerator === 0 ? NULL : PyObject_GetAttr(w, idObj(s_denominator));
  let r = -1;
  if (denominator !== 0) {
    if (!PyLong_Check(numerator) || !PyLong_Check(denominator)) {
      PyErr_SetString(PyExc_TypeError, 'argument must be a rational number with integer parts');
    } else {
      const n = asBigInt(numerator);
      rightOperand = N.finite(n < 0n ? 1 : 0, n < 0n ? -n : n, 0);
      // Exactly, beyond every context's limits.
      const { sign, coef, exp } = leftOperand;
      if (leftOperand.kind === N.FINITE) leftOperand = N.finite(sign, coef * asBigInt(denominator), exp);
      r = 1;
    }
  }
  if (numerator !== 0) decref(numerator);
  if (denominator !== 0) decref(denominator);
  return r;
}

function decimal_richcompare(v: Obj, w: Obj, op: number): Obj {
  const context = currentContext();
  if (context === 0) return NULL;
  const ready = comparands(v, w, op, context);
  if (ready <= 0) return ready < 0 ? NULL : newref(Py_NotImplemented);
  const [a, b] = [leftOperand, rightOperand];
  if (N.isNaN_(a) || N.isNaN_(b)) {
    const signals = a.kind === N.SNAN || b.kind === N.SNAN || (op !== Py_EQ && op !== Py_NE);
    if (signals && addStatus(context, N.INVALID_OPERATION) < 0) return NULL;
    return newref(op === Py_NE ? Py_True : Py_False);
  }
  const order = N.compareValues(a, b);
  return richCompareNumbers(order, 0, op);
}

const MODULUS = 2147483647n;
/** The inverse of 10 modulo MODULUS. */
const TENTH = 1503238553n;
const HASH_INFINITY = 314159;

function powerModulus(base: bigint, n: number): bigint {
  let r = 1n;
  let b = base;
  for (let e = BigInt(n); e > 0n; e >>= 1n) {
    if (e & 1n) r = (r * b) % MODULUS;
    b = (b * b) % MODULUS;
  }
  return r;
}

function decimal_hash(self: Obj): number {
  const d = read(self);
  if (d.kind === N.SNAN) {
    PyErr_SetString(PyExc_TypeError, 'Cannot hash a signaling NaN value');
    return -1;
  }
  if (d.kind === N.QNAN) return Py_HashPointer(self);
  if (d.kind === N.INFINITE) return d.sign ? -HASH_INFINITY : HASH_INFINITY;
  const scale = powerModulus(d.exp >= 0 ? 10n : TENTH, Math.abs(d.exp));
  const h = Number(((d.coef % MODULUS) * scale) % MODULUS);
  const signed = d.sign ? -h : h;
  return signed === -1 ? -2 : signed;
}

// --- text -----------------------------------------------------------------------------------------------------------------------

function decimal_str(self: Obj): Obj {
  const context = currentContext();
  return context === 0 ? NULL : PyUnicode_FromString(toText(read(self), letterOf(context)));
}

function decimal_repr(self: Obj): Obj {
  const context = currentContext();
  return context === 0 ? NULL : PyUnicode_FromString(`Decimal('${toText(read(self), letterOf(context))}')`);
}

const PLAIN: NumberStyle = { point: '.', separator: '', grouping: [] };

/** What the third argument of `__format__` says; null with an exception. */
function styleOf(dict: Obj): NumberStyle | null {
  if (!PyDict_Check(dict)) {
    PyErr_SetString(PyExc_TypeError, 'optional argument must be a dict');
    return null;
  }
  const of = (name: string, fallback: string): string | null => {
    const o = PyDict_GetItemString(dict, name);
    if (o === 0) return fallback;
    return PyUnicode_Check(o) ? asString(o) : null;
  };
  const point = of('decimal_point', '.');
  const separator = of('thousands_sep', '');
  const grouping = of('grouping', '');
  if (
    point === null ||
    separator === null ||
    grouping === null ||
    [...point].length !== 1 ||
    [...separator].length > 1 ||
    /[^\0-\x7f]/.test(grouping)
  ) {
    PyErr_SetString(PyExc_ValueError, 'invalid override dict');
    return null;
  }
  return { point, separator, grouping: [...grouping].map((c) => c.charCodeAt(0)) };
}

function decimal_format(self: Obj, spec: Obj, override: Obj): Obj {
  if (!PyUnicode_Check(spec)) return PyErr_SetString(PyExc_TypeError, 'format arg must be str');
  const context = currentContext();
  if (context === 0) return NULL;
  const style = override === 0 ? PLAIN : styleOf(override);
  if (style === null) return NULL;
  if (/\d{10}/.test(asString(spec))) {
    return PyErr_SetString(PyExc_ValueError, 'format specification exceeds internal limits of _decimal');
  }
  const text = formatDecimal(read(self), asString(spec), rulesOf(context), capitalsOf(context), style);
  if (text === null) return PyErr_SetString(PyExc_ValueError, 'invalid format string');
  if (asString(spec).endsWith('N')) {
    const message = "Format specifier 'N' is deprecated and slated for removal in Python 3.18";
    if (PyErr_WarnEx(PyExc_DeprecationWarning, message, 1) < 0) return NULL;
  }
  return PyUnicode_FromString(text);
}

function to_eng_string(self: Obj, contextArg: Obj): Obj {
  const context = contextArgument(contextArg);
  return context === 0 ? NULL : PyUnicode_FromString(toText(read(self), letterOf(context), true));
}

// --- conversions ----------------------------------------------------------------------------------------------------------------

function as_tuple(self: Obj): Obj {
  const d = read(self);
  const third = d.kind === N.FINITE ? PyLong_FromLong(d.exp) : PyUnicode_FromString('FFnN'[d.kind]);
  const digits = N.isNaN_(d) && d.coef === 0n ? '' : d.coef.toString();
  const args = tupleOf([PyLong_FromLong(d.sign), tupleOf([...digits].map((c) => PyLong_FromLong(Number(c)))), third]);
  if (args === 0) return NULL;
  const made = PyObject_Call(H32[decimalTuple] as Obj, args, NULL);
  decref(args);
  return made;
}

function as_integer_ratio(self: Obj): Obj {
  const d = read(self);
  if (N.isNaN_(d)) return PyErr_SetString(PyExc_ValueError, 'cannot convert NaN to integer ratio');
  if (d.kind === N.INFINITE) {
    return PyErr_SetString(PyExc_OverflowError, 'cannot convert Infinity to integer ratio');
  }
  let numerator = d.coef;
  let denominator = 1n;
  if (Math.abs(d.exp) > N.MAX_WORK) return PyErr_NoMemory();
  if (d.exp >= 0) numerator *= N.pow10(d.exp);
  else if (numerator !== 0n) {
    const [coef, exp] = N.strip(numerator, d.exp, 0);
    numerator = coef;
    denominator = N.pow10(-exp);
    // Only the factors 2 and 5 can be common.
    for (const p of [2n, 5n]) {
      while (numerator % p === 0n && denominator % p === 0n) {
        numerator /= p;
        denominator /= p;
      }
    }
  }
  return tupleOf([PyLong_FromBigInt(d.sign ? -numerator : numerator), PyLong_FromBigInt(denominator)]);
}

const toIntMethod = (rounding: number) => (self: Obj) => {
  const context = currentContext();
  return context === 0 ? NULL : toInt(read(self), rounding, context);
};

/** The nearest double; NaN with an exception for a signaling NaN. */
function toDouble(d: N.Dec): number {
  if (d.kind === N.SNAN) {
    PyErr_SetString(PyExc_ValueError, 'cannot convert signaling NaN to float');
    return NaN;
  }
  if (d.kind === N.QNAN) return NaN;
  if (d.kind === N.INFINITE) return d.sign ? -Infinity : Infinity;
  return Number(`${d.sign ? '-' : ''}${d.coef}e${d.exp}`);
}

function decimal_float(self: Obj): Obj {
  const d = read(self);
  const x = toDouble(d);
  if (d.kind === N.SNAN) return NULL;
  // The sign of a NaN: JavaScript does not say which one it makes.
  return d.kind === N.QNAN ? floatNaN(d.sign) : PyFloat_FromDouble(x);
}

function floatNaN(sign: number): Obj {
  const f = PyFloat_FromDouble(NaN);
  if (f !== 0) signNaN(f + ob_fval, sign ? '-nan' : 'nan');
  return f;
}

function decimal_complex(self: Obj): Obj {
  const d = read(self);
  const x = toDouble(d);
  return d.kind === N.SNAN ? NULL : PyComplex_FromDoubles(x, 0);
}

function decimal_round(self: Obj, digits: Obj): Obj {
  const context = currentContext();
  if (context === 0) return NULL;
  if (digits === 0) return toInt(read(self), N.ROUND_HALF_EVEN, context);
  if (!PyLong_Check(digits)) return PyErr_SetString(PyExc_TypeError, 'optional arg must be an integer');
  const n = PyLong_AsSsize_t(digits);
  if (n === -1 && PyErr_Occurred() !== 0) return NULL;
  N.resetStatus();
  return result(context, N.quantize(read(self), N.finite(0, 1n, -n), rulesOf(context)));
}

const sameObject = (self: Obj): Obj => newref(self);

/** The rules of a context with another rounding mode, if one is given; null with TypeError. */
function roundedRules(rounding: Obj, context: Obj): N.Rules | null {
  const rules = rulesOf(context);
  if (rounding === Py_None) return rules;
  const mode = roundingOf(rounding);
  return mode < 0 ? null : { ...rules, rounding: mode };
}

function quantize(self: Obj, exp: Obj, rounding: Obj, contextArg: Obj): Obj {
  const context = contextArgument(contextArg);
  if (context === 0) return NULL;
  const rules = roundedRules(rounding, context);
  const y = rules === null ? null : operand(exp, context);
  if (rules === null || y === null) return NULL;
  N.resetStatus();
  return result(context, N.quantize(read(self), y, rules));
}

const toIntegralMethod = (signal: boolean) => (self: Obj, rounding: Obj, contextArg: Obj) => {
  const context = contextArgument(contextArg);
  if (context === 0) return NULL;
  const rules = roundedRules(rounding, context);
  if (rules === null) return NULL;
  N.resetStatus();
  return result(context, N.toIntegral(read(self), rules, signal));
};

function fma(self: Obj, other: Obj, third: Obj, contextArg: Obj): Obj {
  const context = contextArgument(contextArg);
  if (context === 0) return NULL;
  const y = operand(other, context);
  const z = y === null ? null : operand(third, context);
  if (y === null || z === null) return NULL;
  N.resetStatus();
  return result(context, N.fma(read(self), y, z, rulesOf(context)));
}

function number_class(self: Obj, contextArg: Obj): Obj {
  const context = contextArgument(contextArg);
  return context === 0 ? NULL : PyUnicode_FromString(numberClass(read(self), rulesOf(context)));
}

function adjustedExponent(self: Obj): Obj {
  const d = read(self);
  return PyLong_FromLong(d.kind === N.FINITE ? N.adjusted(d) : 0);
}

function decimal_reduce(self: Obj): Obj {
  const context = currentContext();
  if (context === 0) return NULL;
  const args = tupleOf([PyUnicode_FromString(toText(read(self), letterOf(context)))]);
  return args === 0 ? NULL : tupleOf([newref(Py_TYPE(self)), args]);
}

function decimal_sizeof(self: Obj): Obj {
  const coef = H32[(self + DecimalLayout.coef) >> 2] as Obj;
  const size = PyObject_CallMethodNoArgs(coef, idObj(s_sizeof));
  if (size === 0) return NULL;
  const n = PyLong_AsLong(size);
  decref(size);
  return PyLong_FromLong(DecimalLayout.info.basicsize + n);
}
const s_sizeof = ID('__sizeof__');

defineType({
  type: Decimal_Type,
  name: 'decimal.Decimal',
  layout: DecimalLayout,
  flags: Py_TPFLAGS_BASETYPE,
  doc: `A decimal floating-point number: value is an integer, string, tuple, float
or another Decimal; without one the result is Decimal('0').  The conversion is exact: the context
says only whether invalid values raise InvalidOperation.`,
  signature: '(value="0", context=None)',
  slots: {
    tp_new: decimal_new,
    tp_repr: decimal_repr,
    tp_str: decimal_str,
    tp_hash: decimal_hash,
    tp_richcompare: decimal_richcompare,
    nb_add: binaryOperator(N.add),
    nb_subtract: binaryOperator(N.subtract),
    nb_multiply: binaryOperator(N.multiply),
    nb_remainder: binaryOperator(N.remainder),
    nb_divmod: decimal_divmod,
    nb_power: decimal_power,
    nb_negative: unaryOperator(minus),
    nb_positive: unaryOperator(plus),
    nb_absolute: unaryOperator(absolute),
    nb_bool: (self: Obj) => (N.isZero(read(self)) ? 0 : 1),
    nb_int: toIntMethod(N.ROUND_DOWN),
    nb_float: decimal_float,
    nb_floor_divide: binaryOperator(N.divideInteger),
    nb_true_divide: binaryOperator(N.divide),
  },
  getset: [getset('real', sameObject), getset('imag', () => newDecimal(N.finite(0, 0n, 0)))],
  methods: [
    ...DECIMAL_METHODS,
    method('fma', '($self, /, other, third, context=None)', fma, 'Return self * other + third with a single rounding.'),
    method(
      'quantize',
      '($self, /, exp, rounding=None, context=None)',
      quantize,
      'Return a value equal to self after rounding, with the exponent of exp.',
    ),
    method(
      'to_integral',
      '($self, /, rounding=None, context=None)',
      toIntegralMethod(false),
      'Round to the nearest integer without signaling Inexact or Rounded.',
    ),
    method(
      'to_integral_value',
      '($self, /, rounding=None, context=None)',
      toIntegralMethod(false),
      'Round to the nearest integer without signaling Inexact or Rounded.',
    ),
    method(
      'to_integral_exact',
      '($self, /, rounding=None, context=None)',
      toIntegralMethod(true),
      'Round to the nearest integer, signaling Inexact or Rounded as appropriate.',
    ),
    method('number_class', '($self, /, context=None)', number_class, 'Return the class of the operand as a string.'),
    method('to_eng_string', '($self, /, context=None)', to_eng_string, 'Convert to an engineering-type string.'),
    method('adjusted', '($self, /)', adjustedExponent, 'Return the exponent of the most significant digit.'),
    method('canonical', '($self, /)', sameObject, 'Return self: all Decimals are canonical.'),
    method('conjugate', '($self, /)', sameObject, 'Return self.'),
    method(
      'radix',
      '($self, /)',
      () => newDecimal(N.finite(0, 10n, 0)),
      'Return Decimal(10), the base of the arithmetic.',
    ),
    method(
      'copy_abs',
      '($self, /)',
      (self: Obj) => newDecimal(N.withSign(read(self), 0)),
      'Return the absolute value, without rounding.',
    ),
    method(
      'copy_negate',
      '($self, /)',
      (self: Obj) => newDecimal(N.negate(read(self))),
      'Return the negation, without rounding.',
    ),
    method('as_integer_ratio', '($self, /)', as_integer_ratio, 'Return a pair of integers, whose ratio is the number.'),
    method('as_tuple', '($self, /)', as_tuple, 'Return a tuple representation of the number.'),
    classMethod('from_float', '($type, f, /)', from_float, 'Convert a float (or int) exactly.'),
    classMethod('from_number', '($type, number, /)', from_number, 'Convert a real number exactly.'),
    method('__copy__', '($self, /)', sameObject),
    method('__deepcopy__', '($self, object, /)', sameObject),
    method('__format__', '!($self, spec, override=<unrepresentable>, /)', decimal_format, 'Formats the Decimal.'),
    method('__reduce__', '($self, /)', decimal_reduce, 'Return state information for pickling.'),
    method('__round__', '!($self, ndigits=<unrepresentable>, /)', decimal_round, 'Return the rounded number.'),
    method('__ceil__', '($self, /)', toIntMethod(N.ROUND_CEILING), 'Return the ceiling as an Integral.'),
    method('__floor__', '($self, /)', toIntMethod(N.ROUND_FLOOR), 'Return the floor as an Integral.'),
    method('__trunc__', '($self, /)', toIntMethod(N.ROUND_DOWN), 'Return the Integral closest to 0.'),
    method('__complex__', '($self, /)', decimal_complex, 'Convert to a complex number.'),
    method('__sizeof__', '($self, /)', decimal_sizeof, 'Returns the size in memory, in bytes.'),
  ],
});
