// How do decimals and contexts stand in the heap, and how do conditions become flags and exceptions?
//
// Invariant: a Decimal is never changed once it is visible.  A context's flags and traps are the bits in its two SignalDicts.  The exceptions, the
// SignalDict class and the templates are made when `decimal` is first imported, and owned by words of the static area.

import { H32 } from '../memory/linear.js';
import { doubleToBits } from './decimal_double.js';
import { PyErr_NoMemory, PyErr_Occurred, PyErr_SetObject, PyErr_SetString, typeName } from '../object/errors.js';
import { PyFloat_AS_DOUBLE, PyFloat_Check } from '../object/float.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { PyObject_TypeCheck } from '../object/isinstance.js';
import { i32, layout, ref } from '../object/layout.js';
import { isListOrTuple, PyList_Append, PyList_New } from '../object/list.js';
import { asBigInt, PyLong_AsSsize_t, PyLong_Check, PyLong_FromBigInt } from '../object/long.js';
import { _PyObject_New, PyType_GenericAlloc } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import { PySequence_Tuple } from '../object/sequence.js';
import { Py_None, PyExc_OverflowError, PyExc_TypeError, PyExc_ValueError, staticType } from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { asString, PyUnicode_Check, PyUnicode_FromString, PyUnicode_GET_LENGTH } from '../object/unicode.js';
import { isSpace, toDecimal } from '../object/unicode_ctype.js';
import { PyContextVar_Get, PyContextVar_Set } from '../types/context.js';
import * as N from './decimal_number.js';
import { parseDecimal } from './decimal_text.js';

export const Decimal_Type = staticType();
export const Context_Type = staticType();
export const SignalDictMixin_Type = staticType();
export const ContextManager_Type = staticType();

export const DecimalLayout = layout({ kind: i32, sign: i32, exp: i32, coef: ref });
const { kind: d_kind, sign: d_sign, exp: d_exp, coef: d_coef } = DecimalLayout;

export const ContextLayout = layout({
  prec: i32,
  rounding: i32,
  emin: i32,
  emax: i32,
  capitals: i32,
  clamp: i32,
  traps: ref,
  flags: ref,
});

/** `tied`: its context is alive. */
export const SignalLayout = layout({ bits: i32, tied: i32 });

/** The class of the flags and traps. */
export const signalDictClass = ownedWord();
/** The variable that has the current context. */
export const contextVariable = ownedWord();
export const defaultContext = ownedWord();
export const basicContext = ownedWord();
export const extendedContext = ownedWord();
export const decimalTuple = ownedWord();
/** numbers.Rational. */
export const rationalClass = ownedWord();

// --- signals --------------------------------------------------------------------------------------------------------------------

interface Signal {
  readonly name: string;
  /** The condition that sets it. */
  readonly bit: number;
  /** All conditions that it stands for. */
  readonly bits: number;
  readonly word: number;
}

const IEEE_INVALID =
  N.CONVERSION_SYNTAX |
  N.DIVISION_IMPOSSIBLE |
  N.DIVISION_UNDEFINED |
  N.INVALID_CONTEXT |
  N.INVALID_OPERATION |
  N.NO_MEMORY;

const signal = (name: string, bit: number, bits = bit): Signal => ({ name, bit, bits, word: ownedWord() });

/** The signals in the order in which they are listed. */
export const SIGNALS: readonly Signal[] = [
  signal('InvalidOperation', N.INVALID_OPERATION, IEEE_INVALID),
  signal('FloatOperation', N.FLOAT_OPERATION),
  signal('DivisionByZero', N.DIVISION_BY_ZERO),
  signal('Overflow', N.OVERFLOW),
  signal('Underflow', N.UNDERFLOW),
  signal('Subnormal', N.SUBNORMAL),
  signal('Inexact', N.INEXACT),
  signal('Rounded', N.ROUNDED),
  signal('Clamped', N.CLAMPED),
];

/** The conditions of InvalidOperation that have a class of their own. */
export const CONDITIONS: readonly Signal[] = [
  { ...SIGNALS[0], bits: N.INVALID_OPERATION },
  signal('ConversionSyntax', N.CONVERSION_SYNTAX),
  signal('DivisionImpossible', N.DIVISION_IMPOSSIBLE),
  signal('DivisionUndefined', N.DIVISION_UNDEFINED),
  signal('InvalidContext', N.INVALID_CONTEXT),
];

export const DEFAULT_TRAPS = IEEE_INVALID | N.DIVISION_BY_ZERO | N.OVERFLOW;

/** A list of the signals that the bits set: new, or NULL. */
export function signalList(bits: number): Obj {
  return classList(SIGNALS.filter((s) => bits & s.bits));
}

function classList(signals: readonly Signal[]): Obj {
  const list = PyList_New(0);
  for (const s of signals) {
    if (list !== 0 && PyList_Append(list, H32[s.word] as Obj) < 0) {
      decref(list);
      return NULL;
    }
  }
  return list;
}

export const bitsOf = (signalDict: Obj): number => H32[(signalDict + SignalLayout.bits) >> 2];
export const setBits = (signalDict: Obj, bits: number): void => {
  H32[(signalDict + SignalLayout.bits) >> 2] = bits;
};
export const flagsOf = (context: Obj): Obj => H32[(context + ContextLayout.flags) >> 2] as Obj;
export const trapsOf = (context: Obj): Obj => H32[(context + ContextLayout.traps) >> 2] as Obj;

/** Sets flags, and raises what is trapped: 0, or -1. */
export function addStatus(context: Obj, bits: number): number {
  const flags = flagsOf(context);
  setBits(flags, bitsOf(flags) | bits);
  if (bits & N.NO_MEMORY) {
    PyErr_NoMemory();
    return -1;
  }
  const trapped = bits & bitsOf(trapsOf(context));
  if (trapped === 0) return 0;
  const list = classList([
    ...CONDITIONS.filter((s) => trapped & s.bits),
    ...SIGNALS.slice(1).filter((s) => trapped & s.bits),
  ]);
  if (list === 0) return -1;
  const first = SIGNALS.find((s) => trapped & s.bits) as Signal;
  PyErr_SetObject(H32[first.word] as Obj, list);
  decref(list);
  return -1;
}

// --- contexts -------------------------------------------------------------------------------------------------------------------

/** What the arithmetic wants to know of a context. */
export function rulesOf(context: Obj): N.Rules {
  const i = context >> 2;
  return {
    prec: H32[i + (ContextLayout.prec >> 2)],
    rounding: H32[i + (ContextLayout.rounding >> 2)],
    emin: H32[i + (ContextLayout.emin >> 2)],
    emax: H32[i + (ContextLayout.emax >> 2)],
    clamp: H32[i + (ContextLayout.clamp >> 2)],
  };
}

export const capitalsOf = (context: Obj): number => H32[(context + ContextLayout.capitals) >> 2];
export const letterOf = (context: Obj): string => (capitalsOf(context) ? 'E' : 'e');

const NUMBERS = ['prec', 'rounding', 'emin', 'emax', 'capitals', 'clamp'] as const;

/** A new context of this type with the values of the default context's template, or NULL. */
export function newContext(type: Obj): Obj {
  const self = PyType_GenericAlloc(type, 0);
  if (self === 0) return NULL;
  for (const field of [ContextLayout.traps, ContextLayout.flags]) {
    const dict = PyType_GenericAlloc(H32[signalDictClass] as Obj, 0);
    if (dict === 0) {
      decref(self);
      return NULL;
    }
    H32[(self + field) >> 2] = dict;
    H32[(dict + SignalLayout.tied) >> 2] = 1;
  }
  const template = H32[defaultContext] as Obj;
  if (template !== 0) copyContext(self, template);
  else {
    const at = self >> 2;
    H32[at + (ContextLayout.prec >> 2)] = 28;
    H32[at + (ContextLayout.rounding >> 2)] = N.ROUND_HALF_EVEN;
    H32[at + (ContextLayout.emin >> 2)] = -999999;
    H32[at + (ContextLayout.emax >> 2)] = 999999;
    H32[at + (ContextLayout.capitals >> 2)] = 1;
    setBits(trapsOf(self), DEFAULT_TRAPS);
  }
  return self;
}

/** Takes the SignalDicts of a context that goes away out of use. */
export function untieSignals(context: Obj): void {
  for (const dict of [trapsOf(context), flagsOf(context)]) if (dict !== 0) H32[(dict + SignalLayout.tied) >> 2] = 0;
}

/** Copies everything from one context to another. */
function copyContext(to: Obj, from: Obj): void {
  for (const name of NUMBERS) H32[(to + ContextLayout[name]) >> 2] = H32[(from + ContextLayout[name]) >> 2];
  setBits(trapsOf(to), bitsOf(trapsOf(from)));
  setBits(flagsOf(to), bitsOf(flagsOf(from)));
}

/** A copy (new, or NULL). */
export function contextCopy(context: Obj): Obj {
  const copy = newContext(Context_Type);
  if (copy !== 0) copyContext(copy, context);
  return copy;
}

/** Makes `context`, or a copy of it if it is a template, the current one: 0, or -1. */
export function setCurrent(context: Obj): number {
  const isTemplate = [defaultContext, basicContext, extendedContext].some((w) => H32[w] === context);
  const c = isTemplate ? contextCopy(context) : newref(context);
  if (c === 0) return -1;
  if (isTemplate) setBits(flagsOf(c), 0);
  const token = PyContextVar_Set(H32[contextVariable] as Obj, c);
  decref(c);
  if (token === 0) return -1;
  decref(token);
  return 0;
}

/** The current context: borrowed (the context variable has it), or NULL. */
export function currentContext(): Obj {
  const variable = H32[contextVariable] as Obj;
  let c = PyContextVar_Get(variable, Py_None);
  if (c === Py_None) {
    decref(c);
    if (setCurrent(H32[defaultContext] as Obj) < 0) return NULL;
    c = PyContextVar_Get(variable, Py_None);
  }
  if (c !== 0) decref(c);
  return c;
}

/** An argument `context=None`: the context (borrowed), or NULL with TypeError. */
export function contextArgument(o: Obj): Obj {
  if (o === 0 || o === Py_None) return currentContext();
  if (!PyObject_TypeCheck(o, Context_Type)) {
    return PyErr_SetString(PyExc_TypeError, 'optional argument must be a context');
  }
  return o;
}

// --- decimals ---------------------------------------------------------------------------------------------------------------------

export const isDecimal = (o: Obj): boolean => PyObject_TypeCheck(o, Decimal_Type);

/** The number of a Decimal. */
export function read(o: Obj): N.Dec {
  return {
    kind: H32[(o + d_kind) >> 2],
    sign: H32[(o + d_sign) >> 2],
    exp: H32[(o + d_exp) >> 2],
    coef: asBigInt(H32[(o + d_coef) >> 2] as Obj),
  };
}

/** A new instance of `type`, or NULL. */
export function newDecimalOf(type: Obj, d: N.Dec): Obj {
  const coef = PyLong_FromBigInt(d.coef);
  const self = coef === 0 ? NULL : type === Decimal_Type ? _PyObject_New(type) : PyType_GenericAlloc(type, 0);
  if (self === 0) {
    if (coef !== 0) decref(coef);
    return NULL;
  }
  H32[(self + d_kind) >> 2] = d.kind;
  H32[(self + d_sign) >> 2] = d.sign;
  H32[(self + d_exp) >> 2] = d.exp;
  H32[(self + d_coef) >> 2] = coef;
  return self;
}

export const newDecimal = (d: N.Dec): Obj => newDecimalOf(Decimal_Type, d);

/** The result of an operation whose conditions are in N.status: a new Decimal, or NULL with what is trapped. */
export function result(context: Obj, d: N.Dec): Obj {
  const bits = N.status;
  if (bits !== 0 && addStatus(context, bits) < 0) return NULL;
  return newDecimal(d);
}

// --- conversions ----------------------------------------------------------------------------------------------------------------

/** Rounds to `rules` if given, else makes sure that the number can be had exactly; null with what is trapped. */
function settle(d: N.Dec, context: Obj, exact: boolean): N.Dec | null {
  N.resetStatus();
  let r = N.finalize(d, exact ? N.WIDEST : rulesOf(context));
  let bits = N.status;
  if (exact) {
    if (bits & (N.INEXACT | N.ROUNDED | N.CLAMPED)) {
      r = N.NAN;
      bits |= N.INVALID_OPERATION;
    }
    bits &= IEEE_INVALID;
  }
  return bits !== 0 && addStatus(context, bits) < 0 ? null : r;
}

/** A str as ASCII, for the parser: digits of other scripts become ours; null if there are other characters. */
function asAscii(o: Obj, lenient: boolean): string | null {
  const text = asString(o);
  let out = '';
  for (const ch of text) {
    const c = ch.codePointAt(0) as number;
    const digit = toDecimal(c);
    if (digit >= 0) out += digit;
    else if (isSpace(c)) out += ' ';
    else if (ch === '_' && lenient) continue;
    else if (c > 0 && c < 128) out += ch;
    else return null;
  }
  return lenient ? out.trim() : out;
}

/** From a str; `exact`: without rounding, white space and underscores allowed.  null with what is trapped. */
export function fromText(o: Obj, context: Obj, exact: boolean): N.Dec | null {
  const text = asAscii(o, exact);
  return fromAscii(text, context, exact);
}

function fromAscii(text: string | null, context: Obj, exact: boolean): N.Dec | null {
  const d = text === null ? null : parseDecimal(text);
  const rules = exact ? N.WIDEST : rulesOf(context);
  if (d === null || (N.isNaN_(d) && d.coef !== 0n && N.digitsOf(d.coef) > rules.prec - rules.clamp)) {
    return addStatus(context, N.CONVERSION_SYNTAX) < 0 ? null : N.NAN;
  }
  return settle(d, context, exact);
}

/** From an int. */
export function fromInt(o: Obj, context: Obj, exact: boolean): N.Dec | null {
  const n = asBigInt(o);
  return settle(N.finite(n < 0n ? 1 : 0, n < 0n ? -n : n, 0), context, exact);
}

/** The exact value of a double. */
function ofDouble(x: number): N.Dec {
  const { sign, mantissa, exponent, special } = doubleToBits(x);
  if (special) return x !== x ? { ...N.NAN, sign } : N.infinity(sign);
  if (exponent >= 0) return N.finite(sign, mantissa << BigInt(exponent), 0);
  return N.finite(sign, mantissa * 5n ** BigInt(-exponent), exponent);
}

/** From a float, or an int. */
export function fromFloat(o: Obj, context: Obj, exact: boolean): N.Dec | null {
  if (PyLong_Check(o)) return fromInt(o, context, exact);
  if (!PyFloat_Check(o)) {
    PyErr_SetString(PyExc_TypeError, 'argument must be int or float');
    return null;
  }
  return settle(ofDouble(PyFloat_AS_DOUBLE(o)), context, exact);
}

const valueError = (message: string): null => {
  PyErr_SetString(PyExc_ValueError, message);
  return null;
};

/** A small int, or null. */
function digit(o: Obj, most: number): number | null {
  if (!PyLong_Check(o)) return null;
  const n = asBigInt(o);
  return n < 0n || n > BigInt(most) ? null : Number(n);
}

/** The digits of a tuple as text; null with ValueError. */
function digitsText(digits: Obj): string | null {
  let text = '';
  const n = PyTuple_GET_SIZE(digits);
  for (let i = 0; i < n; i++) {
    const d = digit(PyTuple_GET_ITEM(digits, i), 9);
    if (d === null) return valueError('coefficient must be a tuple of digits');
    text += d;
  }
  return text;
}

/** The text of (sign, digits, exponent); null with an exception. */
function sequenceText(t: Obj): string | null {
  if (PyTuple_GET_SIZE(t) !== 3) return valueError('argument must be a sequence of length 3');
  const sign = digit(PyTuple_GET_ITEM(t, 0), 1);
  if (sign === null) return valueError('sign must be an integer with the value 0 or 1');
  const minus = sign ? '-' : '';
  const third = PyTuple_GET_ITEM(t, 2);
  let exponent = '';
  let word = '';
  if (PyUnicode_Check(third)) {
    const text = asString(third);
    if (text === 'F') return `${minus}Inf`;
    if (text !== 'n' && text !== 'N') {
      return valueError("string argument in the third position must be 'F', 'n' or 'N'");
    }
    word = text === 'n' ? 'NaN' : 'sNaN';
  } else {
    if (!PyLong_Check(third)) return valueError('exponent must be an integer');
    const e = PyLong_AsSsize_t(third);
    if (e === -1 && PyErr_Occurred() !== 0) return null;
    exponent = `E${e}`;
  }
  const tuple = PySequence_Tuple(PyTuple_GET_ITEM(t, 1));
  if (tuple === 0) return null;
  const digits = digitsText(tuple);
  decref(tuple);
  if (digits === null) return null;
  return word !== '' ? minus + word + digits : `${minus}${digits === '' ? '0' : digits}${exponent}`;
}

/** From (sign, digits, exponent) as a tuple or list. */
export function fromSequence(o: Obj, context: Obj, exact: boolean): N.Dec | null {
  const t = PyTuple_Check(o) ? newref(o) : PySequence_Tuple(o);
  if (t === 0) return null;
  const text = sequenceText(t);
  decref(t);
  return text === null ? null : fromAscii(text, context, exact);
}

/** Decimal(value) (exact) and Context.create_decimal(value) (not): null with an exception. */
export function fromObject(o: Obj, context: Obj, exact: boolean): N.Dec | null {
  if (isDecimal(o)) {
    const d = read(o);
    if (exact) return d;
    const rules = rulesOf(context);
    if (N.isNaN_(d) && d.coef !== 0n && N.digitsOf(d.coef) > rules.prec - rules.clamp) {
      return addStatus(context, N.CONVERSION_SYNTAX) < 0 ? null : N.NAN;
    }
    return settle(d, context, false);
  }
  if (PyUnicode_Check(o)) return fromText(o, context, exact);
  if (PyLong_Check(o)) return fromInt(o, context, exact);
  if (isListOrTuple(o)) return fromSequence(o, context, exact);
  if (PyFloat_Check(o)) {
    return addStatus(context, N.FLOAT_OPERATION) < 0 ? null : fromFloat(o, context, exact);
  }
  return notSupported(o);
}

export function notSupported(o: Obj): null {
  PyErr_SetString(PyExc_TypeError, `conversion from ${typeName(o)} to Decimal is not supported`);
  return null;
}

/** An operand of a method: a Decimal or an int; null with TypeError (or with what is trapped). */
export function operand(o: Obj, context: Obj): N.Dec | null {
  if (isDecimal(o)) return read(o);
  if (PyLong_Check(o)) return fromInt(o, context, true);
  return notSupported(o);
}

/** Whether an operator takes `o` at all. */
export const isOperand = (o: Obj): boolean => Py_TYPE(o) === Decimal_Type || isDecimal(o) || PyLong_Check(o);

const ROUNDING_ERROR = `valid values for rounding are:
  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,
   ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,
   ROUND_05UP]`;

/** The number of a rounding mode, or -1 with TypeError. */
export function roundingOf(o: Obj): number {
  const n = PyUnicode_Check(o) && PyUnicode_GET_LENGTH(o) < 20 ? N.ROUNDINGS.indexOf(asString(o)) : -1;
  if (n < 0) PyErr_SetString(PyExc_TypeError, ROUNDING_ERROR);
  return n;
}

/** The int nearest to d as the rounding mode says: new, or NULL with an exception. */
export function toInt(d: N.Dec, rounding: number, context: Obj): Obj {
  if (N.isNaN_(d)) return PyErr_SetString(PyExc_ValueError, 'cannot convert NaN to integer');
  if (d.kind === N.INFINITE) return PyErr_SetString(PyExc_OverflowError, 'cannot convert Infinity to integer');
  N.resetStatus();
  const r = N.toIntegral(d, { ...rulesOf(context), rounding }, false);
  if (r.exp > N.MAX_WORK) return PyErr_NoMemory();
  const n = r.coef * N.pow10(r.exp);
  return PyLong_FromBigInt(r.sign ? -n : n);
}

export const text = PyUnicode_FromString;
