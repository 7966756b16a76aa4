// Which operations are methods of both Decimal and Context?
//
// Invariant: each stands here once; as a method of Decimal its context is an optional last argument, as a method of Context its first.

import { type MethodDef, method } from '../object/declare.js';
import { newref } from '../object/header.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_False, Py_True } from '../object/statics.js';
import * as F from './decimal_functions.js';
import { contextArgument, operand, read, result, rulesOf } from './decimal_heap.js';
import * as N from './decimal_number.js';

type Unary = (a: N.Dec, c: N.Rules) => N.Dec;
type Binary = (a: N.Dec, b: N.Dec, c: N.Rules) => N.Dec;
type Predicate = (a: N.Dec, c: N.Rules) => boolean;

const unsigned = (d: N.Dec): N.Dec => N.withSign(d, 0);

/** A zero loses its sign, except when rounding down. */
const zeroSign = (a: N.Dec, c: N.Rules, d: N.Dec): N.Dec =>
  N.isZero(a) ? N.withSign(d, c.rounding === N.ROUND_FLOOR ? d.sign : 0) : d;

export const plus: Unary = (a, c) => N.nanOf(a, null, c) ?? N.finalize(zeroSign(a, c, a), c);
export const minus: Unary = (a, c) => N.nanOf(a, null, c) ?? N.finalize(zeroSign(a, c, N.negate(a)), c);
export const absolute: Unary = (a, c) => (a.sign && !N.isNaN_(a) ? minus(a, c) : plus(a, c));

const ofOrder = (n: number): N.Dec => N.finite(n < 0 ? 1 : 0, BigInt(Math.abs(n)), 0);

/** Names, what they do, and what help() says. */
const UNARY: readonly (readonly [string, Unary, string])[] = [
  ['exp', F.exp, 'Return e raised to the power of the number, correctly rounded.'],
  ['ln', F.ln, 'Return the natural (base e) logarithm, correctly rounded.'],
  ['log10', F.log10, 'Return the base ten logarithm, correctly rounded.'],
  ['logb', F.logb, 'Return the adjusted exponent as a Decimal.'],
  ['logical_invert', F.logicalInvert, 'Return the digit-wise inversion of the (logical) operand.'],
  ['next_minus', (a, c) => F.next(a, c, false), 'Return the largest representable number smaller than the operand.'],
  ['next_plus', (a, c) => F.next(a, c, true), 'Return the smallest representable number larger than the operand.'],
  ['normalize', N.reduce, 'Strip the rightmost trailing zeros; every zero becomes 0.'],
  ['sqrt', N.sqrt, 'Return the square root to full precision.'],
];

const BINARY: readonly (readonly [string, Binary, string])[] = [
  ['compare', (a, b, c) => F.compare(a, b, c, false), 'Compare numerically: -1, 0, 1 or NaN as a Decimal.'],
  ['compare_signal', (a, b, c) => F.compare(a, b, c, true), 'Compare numerically; all NaNs signal.'],
  ['compare_total', (a, b) => ofOrder(N.compareTotal(a, b)), 'Compare by the abstract representation.'],
  [
    'compare_total_mag',
    (a, b) => ofOrder(N.compareTotal(unsigned(a), unsigned(b))),
    'Compare by the abstract representation, ignoring signs.',
  ],
  ['copy_sign', (a, b) => N.withSign(a, b.sign), 'Return the first operand with the sign of the second.'],
  ['logical_and', (a, b, c) => F.logicalOperation(a, b, c, (x, y) => x && y), 'Digit-wise and of logical operands.'],
  ['logical_or', (a, b, c) => F.logicalOperation(a, b, c, (x, y) => x || y), 'Digit-wise or of logical operands.'],
  ['logical_xor', (a, b, c) => F.logicalOperation(a, b, c, (x, y) => x !== y), 'Digit-wise exclusive or.'],
  ['max', (a, b, c) => F.extreme(a, b, c, 1, false), 'Return the larger operand; a number is preferred to NaN.'],
  ['max_mag', (a, b, c) => F.extreme(a, b, c, 1, true), 'As max(), comparing absolute values.'],
  ['min', (a, b, c) => F.extreme(a, b, c, -1, false), 'Return the smaller operand; a number is preferred to NaN.'],
  ['min_mag', (a, b, c) => F.extreme(a, b, c, -1, true), 'As min(), comparing absolute values.'],
  ['next_toward', F.nextToward, 'Return the number closest to the first operand, towards the second.'],
  ['remainder_near', N.remainderNear, 'Return the remainder from the nearest multiple.'],
  ['rotate', F.rotate, 'Rotate the digits of the coefficient.'],
  ['scaleb', F.scaleb, 'Add the second operand to the exponent of the first.'],
  ['shift', F.shift, 'Shift the digits of the coefficient.'],
];

/** Operators, which have names in Context only. */
const CONTEXT_UNARY: readonly (readonly [string, Unary, string])[] = [
  ['abs', absolute, 'Return the absolute value of x.'],
  ['minus', minus, 'Corresponds to the unary prefix minus operator of Python.'],
  ['plus', plus, 'Corresponds to the unary prefix plus operator of Python; the result is rounded.'],
  ['to_integral', (a, c) => N.toIntegral(a, c, false), 'Round to an integer.'],
  ['to_integral_exact', (a, c) => N.toIntegral(a, c, true), 'Round to an integer; signal if the result is rounded.'],
  ['to_integral_value', (a, c) => N.toIntegral(a, c, false), 'Round to an integer.'],
];

const CONTEXT_BINARY: readonly (readonly [string, Binary, string])[] = [
  ['add', N.add, 'Return the sum of x and y.'],
  ['divide', N.divide, 'Return x divided by y.'],
  ['divide_int', N.divideInteger, 'Return x divided by y, truncated to an integer.'],
  ['multiply', N.multiply, 'Return the product of x and y.'],
  ['quantize', N.quantize, 'Return x rounded to the exponent of y.'],
  ['remainder', N.remainder, 'Return the remainder from integer division.'],
  ['subtract', N.subtract, 'Return the difference between x and y.'],
];

const normal: Predicate = (a, c) => N.isFinite_(a) && !N.isZero(a) && N.adjusted(a) >= c.emin;

/** Predicates that need a context in Decimal as well. */
const CONTEXT_PREDICATES: readonly (readonly [string, Predicate, string])[] = [
  ['is_normal', normal, 'Return True if the operand is a normal finite number (not 0).'],
  [
    'is_subnormal',
    (a, c) => N.isFinite_(a) && !N.isZero(a) && N.adjusted(a) < c.emin,
    'Return True if the operand is subnormal.',
  ],
];

const PREDICATES: readonly (readonly [string, (a: N.Dec) => boolean, string])[] = [
  ['is_finite', N.isFinite_, 'Return True if the operand is a finite number.'],
  ['is_infinite', N.isInfinite, 'Return True if the operand is infinite.'],
  ['is_nan', N.isNaN_, 'Return True if the operand is a quiet or signaling NaN.'],
  ['is_qnan', (a) => a.kind === N.QNAN, 'Return True if the operand is a quiet NaN.'],
  ['is_signed', (a) => a.sign === 1, 'Return True if the operand has a negative sign.'],
  ['is_snan', (a) => a.kind === N.SNAN, 'Return True if the operand is a signaling NaN.'],
  ['is_zero', N.isZero, 'Return True if the operand is a zero.'],
];

const truth = (b: boolean): Obj => newref(b ? Py_True : Py_False);

/** Runs an operation in a context: a new reference, or NULL. */
export function unary(f: Unary, a: Obj, context: Obj): Obj {
  if (context === 0) return NULL;
  const x = operand(a, context);
  if (x === null) return NULL;
  N.resetStatus();
  return result(context, f(x, rulesOf(context)));
}

export function binary(f: Binary, a: Obj, b: Obj, context: Obj): Obj {
  if (context === 0) return NULL;
  const x = operand(a, context);
  const y = x === null ? null : operand(b, context);
  if (x === null || y === null) return NULL;
  N.resetStatus();
  return result(context, f(x, y, rulesOf(context)));
}

const sameQuantum = (x: N.Dec, y: N.Dec): boolean =>
  x.kind === N.FINITE && y.kind === N.FINITE
    ? x.exp === y.exp
    : (N.isNaN_(x) && N.isNaN_(y)) || (N.isInfinite(x) && N.isInfinite(y));

/** same_quantum of two operands: a new bool, or NULL. */
function same(a: Obj, b: Obj, context: Obj): Obj {
  if (context === 0) return NULL;
  const x = operand(a, context);
  const y = x === null ? null : operand(b, context);
  return x === null || y === null ? NULL : truth(sameQuantum(x, y));
}

export const DECIMAL_METHODS: readonly MethodDef[] = [
  ...UNARY.map(([name, f, doc]) =>
    method(
      name,
      '($self, /, context=None)',
      (self: Obj, context: Obj) => unary(f, self, contextArgument(context)),
      doc,
    ),
  ),
  ...BINARY.map(([name, f, doc]) =>
    method(
      name,
      '($self, /, other, context=None)',
      (self: Obj, other: Obj, context: Obj) => binary(f, self, other, contextArgument(context)),
      doc,
    ),
  ),
  ...CONTEXT_PREDICATES.map(([name, f, doc]) =>
    method(
      name,
      '($self, /, context=None)',
      (self: Obj, context: Obj) => {
        const c = contextArgument(context);
        return c === 0 ? NULL : truth(f(read(self), rulesOf(c)));
      },
      doc,
    ),
  ),
  ...PREDICATES.map(([name, f, doc]) => method(name, '($self, /)', (self: Obj) => truth(f(read(self))), doc)),
  method(
    'is_canonical',
    '($self, /)',
    () => newref(Py_True),
    'Return True: the encoding of all Decimals is canonical.',
  ),
  method(
    'same_quantum',
    '($self, /, other, context=None)',
    (self: Obj, other: Obj, context: Obj) => same(self, other, contextArgument(context)),
    'Test whether self and other have the same exponent or whether both are NaN.',
  ),
];

export const CONTEXT_METHODS: readonly MethodDef[] = [
  ...[...UNARY, ...CONTEXT_UNARY].map(([name, f, doc]) =>
    method(name, '($self, x, /)', (self: Obj, x: Obj) => unary(f, x, self), doc),
  ),
  ...[...BINARY, ...CONTEXT_BINARY].map(([name, f, doc]) =>
    method(name, '($self, x, y, /)', (self: Obj, x: Obj, y: Obj) => binary(f, x, y, self), doc),
  ),
  ...[...CONTEXT_PREDICATES, ...PREDICATES].map(([name, f, doc]) =>
    method(
      name,
      '($self, x, /)',
      (self: Obj, x: Obj) => {
        const d = operand(x, self);
        return d === null ? NULL : truth(f(d, rulesOf(self)));
      },
      doc,
    ),
  ),
  method(
    'same_quantum',
    '($self, x, y, /)',
    (self: Obj, x: Obj, y: Obj) => same(x, y, self),
    'Return True if the two operands have the same exponent.',
  ),
];

/** number_class: the class of a number as text. */
export function numberClass(d: N.Dec, c: N.Rules): string {
  if (d.kind === N.SNAN) return 'sNaN';
  if (d.kind === N.QNAN) return 'NaN';
  const sign = d.sign ? '-' : '+';
  if (d.kind === N.INFINITE) return `${sign}Infinity`;
  if (N.isZero(d)) return `${sign}Zero`;
  return sign + (normal(d, c) ? 'Normal' : 'Subnormal');
}
