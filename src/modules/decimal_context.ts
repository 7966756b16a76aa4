// What are decimal.Context, the mapping of its signals, and the manager of `with localcontext()`?
//
// Invariant: a context's attributes are always valid; its traps and flags are two SignalDicts that live as long as it, and assigning to them copies
// bits.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { defineType, getset, method } from '../object/declare.js';
import {
  PyDict_Check,
  PyDict_Next,
  PyDict_Size,
  dictKey,
  dictValue,
  PyDict_New,
  PyDict_SetItem,
} from '../object/dict.js';
import { errMinus1, PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { F } from '../object/functable.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { PyObject_TypeCheck } from '../object/isinstance.js';
import { layout, ref } from '../object/layout.js';
import { PyList_Check, PyList_GET_ITEM, PyList_GET_SIZE } from '../object/list.js';
import { PyLong_AsSsize_t, PyLong_FromLong } from '../object/long.js';
import { _PyObject_New } from '../object/new_object.js';
import { Py_EQ, Py_NE, PyObject_GenericGetAttr, PyObject_GenericSetAttr, PyObject_IsTrue } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { layoutClear, layoutDealloc } from '../object/subtype.js';
import {
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyExc_AttributeError,
  PyExc_KeyError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyTuple_Type,
} from '../object/statics.js';
import {
  tp_iter,
  Py_TPFLAGS_BASETYPE,
  Py_TPFLAGS_DISALLOW_INSTANTIATION,
  Py_TPFLAGS_HAVE_GC,
} from '../object/type_layout.js';
import {
  asString,
  PyUnicode_Check,
  PyUnicode_FromString,
  PyUnicode_InternFromString,
  unicodeEqualsAscii,
} from '../object/unicode.js';
import {
  bitsOf,
  Context_Type,
  contextArgument,
  contextCopy,
  ContextLayout,
  ContextManager_Type,
  currentContext,
  flagsOf,
  fromFloat,
  fromObject,
  isDecimal,
  letterOf,
  newContext,
  newDecimal,
  operand,
  read,
  result,
  roundingOf,
  rulesOf,
  setBits,
  setCurrent,
  signalList,
  SignalDictMixin_Type,
  SignalLayout,
  SIGNALS,
  trapsOf,
  untieSignals,
} from './decimal_heap.js';
import * as N from './decimal_number.js';
import { CONTEXT_METHODS, numberClass } from './decimal_operations.js';
import { toText } from './decimal_text.js';
import { divmodPair, powerOf } from './decimal_type.js';
import { none } from './io_common.js';
import { tupleOf } from './values.js';

// --- signals ----------------------------------------------------------------------------------------------------------------------

const SIGNALS_ERROR = `valid values for signals are:
  [InvalidOperation, FloatOperation, DivisionByZero,
   Overflow, Underflow, Subnormal, Inexact, Rounded,
   Clamped]`;

/** The bits of a signal's class, or -1 with KeyError. */
function bitsOfClass(o: Obj): number {
  const s = SIGNALS.find((x) => H32[x.word] === o);
  return s === undefined ? errMinus1(PyExc_KeyError, SIGNALS_ERROR) : s.bits;
}

/** The bits of a list of signals, or -1 with an exception. */
function bitsOfList(list: Obj): number {
  let bits = 0;
  for (let i = 0; i < PyList_GET_SIZE(list); i++) {
    const b = bitsOfClass(PyList_GET_ITEM(list, i));
    if (b < 0) return -1;
    bits |= b;
  }
  return bits;
}

const isSignalDict = (o: Obj): boolean => PyObject_TypeCheck(o, SignalDictMixin_Type);

/** The bits of a SignalDict, or of a dict with all signals as keys; -1 with an exception. */
function bitsOfMapping(o: Obj): number {
  if (isSignalDict(o)) return bitsOf(o);
  if (!PyDict_Check(o)) return errMinus1(PyExc_TypeError, 'argument must be a signal dict');
  if (PyDict_Size(o) !== SIGNALS.length) return errMinus1(PyExc_KeyError, 'invalid signal dict');
  let bits = 0;
  for (let pos = PyDict_Next(o, 0); pos > 0; pos = PyDict_Next(o, pos)) {
    const [key, value] = [dictKey, newref(dictValue)];
    const b = bitsOfClass(key);
    const truth = b < 0 ? -1 : PyObject_IsTrue(value);
    decref(value);
    if (truth < 0) return -1;
    if (truth) bits |= b;
  }
  return bits;
}

/** Whether the context of a SignalDict is alive; else ValueError. */
function tied(self: Obj): boolean {
  if (H32[(self + SignalLayout.tied) >> 2] !== 0) return true;
  PyErr_SetString(PyExc_ValueError, 'invalid signal dict');
  return false;
}

function signals_getitem(self: Obj, key: Obj): Obj {
  if (!tied(self)) return NULL;
  const b = bitsOfClass(key);
  return b < 0 ? NULL : newref(bitsOf(self) & b ? Py_True : Py_False);
}

function signals_setitem(self: Obj, key: Obj, value: Obj): number {
  if (!tied(self)) return -1;
  if (value === 0) return errMinus1(PyExc_ValueError, 'signal keys cannot be deleted');
  const b = bitsOfClass(key);
  const truth = b < 0 ? -1 : PyObject_IsTrue(value);
  if (truth < 0) return -1;
  setBits(self, truth ? bitsOf(self) | b : bitsOf(self) & ~b);
  return 0;
}

function signals_iter(self: Obj): Obj {
  if (!tied(self)) return NULL;
  const t = tupleOf(SIGNALS.map((s) => newref(H32[s.word] as Obj)));
  if (t === 0) return NULL;
  const it = F[H32[(PyTuple_Type + tp_iter) >> 2]](t) as Obj;
  decref(t);
  return it;
}

function signals_repr(self: Obj): Obj {
  if (!tied(self)) return NULL;
  const bits = bitsOf(self);
  const items = SIGNALS.map((s) => `<class 'decimal.${s.name}'>:${bits & s.bits ? 'True' : 'False'}`);
  return PyUnicode_FromString(`{${items.join(', ')}}`);
}

function signals_richcompare(v: Obj, w: Obj, op: number): Obj {
  if (!tied(v) || (isSignalDict(w) && !tied(w))) return NULL;
  if (op !== Py_EQ && op !== Py_NE) return newref(Py_NotImplemented);
  if (!isSignalDict(w) && !PyDict_Check(w)) return newref(Py_NotImplemented);
  const bits = bitsOfMapping(w);
  if (bits < 0) {
    if (!PyErr_ExceptionMatches(PyExc_KeyError)) return NULL;
    PyErr_Clear();
    return newref(Py_NotImplemented);
  }
  const known = (b: number) => SIGNALS.reduce((sum, s, i) => (b & s.bits ? sum | (1 << i) : sum), 0);
  return newref((known(bits) === known(bitsOf(v))) === (op === Py_EQ) ? Py_True : Py_False);
}

function signals_copy(self: Obj): Obj {
  if (!tied(self)) return NULL;
  const dict = PyDict_New();
  for (const s of SIGNALS) {
    const value = bitsOf(self) & s.bits ? Py_True : Py_False;
    if (dict !== 0 && PyDict_SetItem(dict, H32[s.word] as Obj, value) < 0) {
      decref(dict);
      return NULL;
    }
  }
  return dict;
}

defineType({
  type: SignalDictMixin_Type,
  name: 'decimal.SignalDictMixin',
  layout: SignalLayout,
  flags: Py_TPFLAGS_BASETYPE,
  slots: {
    tp_repr: signals_repr,
    tp_hash: null,
    tp_richcompare: signals_richcompare,
    tp_iter: signals_iter,
    mp_length: (self: Obj) => (tied(self) ? SIGNALS.length : -1),
    mp_subscript: signals_getitem,
    mp_ass_subscript: signals_setitem,
  },
  methods: [method('copy', '($self, /)', signals_copy, 'Return a dict with the same items.')],
});

// --- contexts ---------------------------------------------------------------------------------------------------------------------

const INIT = parseSignature(
  'Context',
  '(prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None)',
);

/** A setter of an int between two bounds. */
const numberSetter = (field: number, least: number, most: number, message: string) => (self: Obj, value: Obj) => {
  const n = PyLong_AsSsize_t(value);
  if (n === -1 && PyErr_Occurred() !== 0) return -1;
  if (n < least || n > most) return errMinus1(PyExc_ValueError, message);
  H32[(self + field) >> 2] = n;
  return 0;
};

const setPrec = numberSetter(ContextLayout.prec, 1, N.MAX_PREC, 'valid range for prec is [1, MAX_PREC]');
const setEmin = numberSetter(ContextLayout.emin, N.MIN_EMIN, 0, 'valid range for Emin is [MIN_EMIN, 0]');
const setEmax = numberSetter(ContextLayout.emax, 0, N.MAX_EMAX, 'valid range for Emax is [0, MAX_EMAX]');
const setCapitals = numberSetter(ContextLayout.capitals, 0, 1, 'valid values for capitals are 0 or 1');
const setClamp = numberSetter(ContextLayout.clamp, 0, 1, 'valid values for clamp are 0 or 1');

function setRounding(self: Obj, value: Obj): number {
  const mode = roundingOf(value);
  if (mode < 0) return -1;
  H32[(self + ContextLayout.rounding) >> 2] = mode;
  return 0;
}

function setSignals(signalDict: Obj, value: Obj): number {
  const bits = PyList_Check(value) ? bitsOfList(value) : bitsOfMapping(value);
  if (bits < 0) return -1;
  setBits(signalDict, bits);
  return 0;
}

/** Sets what is not None of prec, rounding, Emin, Emax, capitals, clamp, flags, traps: 0, or -1. */
function setAll(self: Obj, values: readonly Obj[]): number {
  const setters = [setPrec, setRounding, setEmin, setEmax, setCapitals, setClamp];
  for (const [i, set] of setters.entries()) if (values[i] !== Py_None && set(self, values[i]) < 0) return -1;
  const [flags, traps] = values.slice(6);
  if (traps !== Py_None && setSignals(trapsOf(self), traps) < 0) return -1;
  return flags !== Py_None ? setSignals(flagsOf(self), flags) : 0;
}

function context_init(self: Obj, args: Obj, kwargs: Obj): number {
  return bindTuple(INIT, args, kwargs) ? setAll(self, bound.slice(0, 8) as Obj[]) : -1;
}

function context_getattr(self: Obj, name: Obj): Obj {
  if (PyUnicode_Check(name)) {
    if (unicodeEqualsAscii(name, 'traps')) return newref(trapsOf(self));
    if (unicodeEqualsAscii(name, 'flags')) return newref(flagsOf(self));
  }
  return PyObject_GenericGetAttr(self, name);
}

function context_setattr(self: Obj, name: Obj, value: Obj): number {
  if (value === 0) return errMinus1(PyExc_AttributeError, 'context attributes cannot be deleted');
  if (PyUnicode_Check(name)) {
    for (const [word, dict] of [
      ['traps', trapsOf(self)],
      ['flags', flagsOf(self)],
    ] as const) {
      if (!unicodeEqualsAscii(name, word)) continue;
      const bits = bitsOfMapping(value);
      if (bits >= 0) setBits(dict, bits);
      return bits < 0 ? -1 : 0;
    }
  }
  return PyObject_GenericSetAttr(self, name, value);
}

/** The signals in the order of their bits, as repr() shows them. */
const PRINTED = [8, 0, 2, 6, 1, 3, 7, 5, 4].map((i) => SIGNALS[i]);

function context_repr(self: Obj): Obj {
  const names = (bits: number) =>
    `[${PRINTED.filter((s) => bits & s.bits)
      .map((s) => s.name)
      .join(', ')}]`;
  const r = rulesOf(self);
  return PyUnicode_FromString(
    `Context(prec=${r.prec}, rounding=${N.ROUNDINGS[r.rounding]}, Emin=${r.emin}, Emax=${r.emax}, ` +
      `capitals=${H32[(self + ContextLayout.capitals) >> 2]}, clamp=${r.clamp}, ` +
      `flags=${names(bitsOf(flagsOf(self)))}, traps=${names(bitsOf(trapsOf(self)))})`,
  );
}

function context_reduce(self: Obj): Obj {
  const r = rulesOf(self);
  const values = tupleOf([
    PyLong_FromLong(r.prec),
    PyUnicode_FromString(N.ROUNDINGS[r.rounding]),
    PyLong_FromLong(r.emin),
    PyLong_FromLong(r.emax),
    PyLong_FromLong(H32[(self + ContextLayout.capitals) >> 2]),
    PyLong_FromLong(r.clamp),
    signalList(bitsOf(flagsOf(self))),
    signalList(bitsOf(trapsOf(self))),
  ]);
  return values === 0 ? NULL : tupleOf([newref(Py_TYPE(self)), values]);
}

const numberGetter = (field: number) => (self: Obj) => PyLong_FromLong(H32[(self + field) >> 2]);

function create_decimal(self: Obj, value: Obj): Obj {
  if (value === 0) return newDecimal(N.finite(0, 0n, 0));
  const d = fromObject(value, self, false);
  return d === null ? NULL : newDecimal(d);
}

function create_from_float(self: Obj, f: Obj): Obj {
  const d = fromFloat(f, self, false);
  return d === null ? NULL : newDecimal(d);
}

/** A method that takes an operand and answers something made of its number. */
const withOperand = (f: (d: N.Dec, context: Obj) => Obj) => (self: Obj, x: Obj) => {
  const d = operand(x, self);
  return d === null ? NULL : f(d, self);
};

function onlyDecimal(x: Obj): Obj {
  return isDecimal(x) ? newref(x) : PyErr_SetString(PyExc_TypeError, 'argument must be a Decimal');
}

function context_fma(self: Obj, a: Obj, b: Obj, c: Obj): Obj {
  const x = operand(a, self);
  const y = x === null ? null : operand(b, self);
  const z = y === null ? null : operand(c, self);
  if (x === null || y === null || z === null) return NULL;
  N.resetStatus();
  return result(self, N.fma(x, y, z, rulesOf(self)));
}

function context_divmod(self: Obj, a: Obj, b: Obj): Obj {
  const x = operand(a, self);
  const y = x === null ? null : operand(b, self);
  return x === null || y === null ? NULL : divmodPair(x, y, self);
}

function apply(self: Obj, x: Obj): Obj {
  if (!isDecimal(x)) return PyErr_SetString(PyExc_TypeError, 'argument must be a Decimal');
  N.resetStatus();
  return result(self, N.finalize(read(x), rulesOf(self)));
}

/** Where pointers have 32 bits, limits beyond the safe ones can be set, for tests of the arithmetic. */
const UNSAFE = [
  ['prec', ContextLayout.prec, 1, 1070000000],
  ['emin', ContextLayout.emin, -1070000000, 0],
  ['emax', ContextLayout.emax, 0, 1070000000],
] as const;

defineType({
  type: Context_Type,
  name: 'decimal.Context',
  layout: ContextLayout,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: `The context affects almost all operations and controls rounding,
Over/Underflow, raising of exceptions and much more.  Without arguments it is a copy of
decimal.DefaultContext.`,
  signature: '(prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None)',
  slots: {
    tp_new: newContext,
    tp_clear: (self: Obj) => {
      untieSignals(self);
      return layoutClear(self);
    },
    tp_dealloc: (self: Obj) => {
      untieSignals(self);
      layoutDealloc(self);
    },
    tp_init: context_init,
    tp_repr: context_repr,
    tp_getattro: context_getattr,
    tp_setattro: context_setattr,
  },
  getset: [
    getset('prec', numberGetter(ContextLayout.prec), setPrec),
    getset('Emax', numberGetter(ContextLayout.emax), setEmax),
    getset('Emin', numberGetter(ContextLayout.emin), setEmin),
    getset(
      'rounding',
      (self: Obj) => PyUnicode_InternFromString(N.ROUNDINGS[H32[(self + ContextLayout.rounding) >> 2]]),
      setRounding,
    ),
    getset('capitals', numberGetter(ContextLayout.capitals), setCapitals),
    getset('clamp', numberGetter(ContextLayout.clamp), setClamp),
  ],
  methods: [
    ...CONTEXT_METHODS,
    method(
      'is_canonical',
      '($self, x, /)',
      (_self: Obj, x: Obj) =>
        isDecimal(x) ? newref(Py_True) : PyErr_SetString(PyExc_TypeError, 'argument must be a Decimal'),
      'Return True if x is canonical; False otherwise.',
    ),
    method('Etiny', '($self, /)', (self: Obj) => PyLong_FromLong(N.etiny(rulesOf(self))), 'Emin - prec + 1.'),
    method('Etop', '($self, /)', (self: Obj) => PyLong_FromLong(N.etop(rulesOf(self))), 'Emax - prec + 1.'),
    method('radix', '($self, /)', () => newDecimal(N.finite(0, 10n, 0)), 'Return Decimal(10).'),
    method('power', '($self, /, a, b, modulo=None)', (self: Obj, a: Obj, b: Obj, m: Obj) => powerOf(a, b, m, self)),
    method('fma', '($self, x, y, z, /)', context_fma, 'Return x multiplied by y, plus z.'),
    method('divmod', '($self, x, y, /)', context_divmod, 'Return quotient and remainder of the division x / y.'),
    method('canonical', '($self, x, /)', (_self: Obj, x: Obj) => onlyDecimal(x), 'Return a new instance of x.'),
    method(
      'copy_abs',
      '($self, x, /)',
      withOperand((d) => newDecimal(N.withSign(d, 0))),
      'Return a copy of x with the sign set to 0.',
    ),
    method('copy_decimal', '($self, x, /)', withOperand(newDecimal), 'Return a copy of Decimal x.'),
    method(
      'copy_negate',
      '($self, x, /)',
      withOperand((d) => newDecimal(N.negate(d))),
      'Return a copy of x with the sign inverted.',
    ),
    method(
      'number_class',
      '($self, x, /)',
      withOperand((d, c) => PyUnicode_FromString(numberClass(d, rulesOf(c)))),
      'Return an indication of the class of x.',
    ),
    method(
      'to_sci_string',
      '($self, x, /)',
      withOperand((d, c) => PyUnicode_FromString(toText(d, letterOf(c)))),
      'Convert a number to a string using scientific notation.',
    ),
    method(
      'to_eng_string',
      '($self, x, /)',
      withOperand((d, c) => PyUnicode_FromString(toText(d, letterOf(c), true))),
      'Convert a number to a string using engineering notation.',
    ),
    method('create_decimal', '($self, num="0", /)', create_decimal, 'Create a Decimal, rounded to this context.'),
    method('create_decimal_from_float', '($self, f, /)', create_from_float, 'Create a Decimal from a float, rounded.'),
    method(
      'clear_flags',
      '($self, /)',
      (self: Obj) => {
        setBits(flagsOf(self), 0);
        return none();
      },
      'Reset all flags to False.',
    ),
    method(
      'clear_traps',
      '($self, /)',
      (self: Obj) => {
        setBits(trapsOf(self), 0);
        return none();
      },
      'Set all traps to False.',
    ),
    method('copy', '($self, /)', contextCopy, 'Return a duplicate of the context.'),
    method('__copy__', '($self, /)', contextCopy),
    method('__reduce__', '($self, /)', context_reduce),
    ...UNSAFE.map(([name, field, least, most]) =>
      method(`_unsafe_set${name}`, '($self, value, /)', (self: Obj, value: Obj) => {
        const message = `valid range for unsafe ${name} is [${least}, ${most}]`;
        return numberSetter(field, least, most, message)(self, value) < 0 ? NULL : none();
      }),
    ),
    method('_apply', '($self, object, /)', apply),
  ],
});

// --- localcontext ---------------------------------------------------------------------------------------------------------------

const Manager = layout({ local: ref, global: ref });

/** The keywords of localcontext, in the order of setAll. */
const KEYWORDS = ['prec', 'rounding', 'Emin', 'Emax', 'capitals', 'clamp', 'flags', 'traps'];

/** localcontext(): a new manager, or NULL. */
export function localContext(_module: Obj, ctx: Obj, kwargs: Obj): Obj {
  const global = currentContext();
  if (global === 0) return NULL;
  const values = KEYWORDS.map(() => Py_None);
  for (let pos = kwargs === 0 ? 0 : PyDict_Next(kwargs, 0); pos > 0; pos = PyDict_Next(kwargs, pos)) {
    const i = KEYWORDS.indexOf(asString(dictKey));
    if (i < 0) {
      const message = `this function got an unexpected keyword argument '${asString(dictKey)}'`;
      return PyErr_SetString(PyExc_TypeError, message);
    }
    values[i] = dictValue;
  }
  const given = contextArgument(ctx);
  const local = given === 0 ? NULL : contextCopy(given);
  if (local === 0) return NULL;
  const self = setAll(local, values) < 0 ? NULL : _PyObject_New(ContextManager_Type);
  if (self === 0) {
    decref(local);
    return NULL;
  }
  H32[(self + Manager.local) >> 2] = local;
  H32[(self + Manager.global) >> 2] = newref(global);
  PyObject_GC_Track(self);
  return self;
}

function manager_enter(self: Obj): Obj {
  const local = H32[(self + Manager.local) >> 2] as Obj;
  return setCurrent(local) < 0 ? NULL : newref(local);
}

function manager_exit(self: Obj): Obj {
  return setCurrent(H32[(self + Manager.global) >> 2] as Obj) < 0 ? NULL : newref(Py_False);
}

defineType({
  type: ContextManager_Type,
  name: 'decimal.ContextManager',
  layout: Manager,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
  methods: [method('__enter__', '($self, /)', manager_enter), method('__exit__', '($self, /, *args)', manager_exit)],
});

const IEEE_MAX_BITS = 256;

/** IEEEContext(bits): new, or NULL with ValueError. */
export function ieeeContext(_module: Obj, bits: number): Obj {
  if (bits <= 0 || bits > IEEE_MAX_BITS || bits % 32 !== 0) {
    return PyErr_SetString(PyExc_ValueError, `argument must be a multiple of 32, with a maximum of ${IEEE_MAX_BITS}`);
  }
  const c = newContext(Context_Type);
  if (c === 0) return NULL;
  const emax = 3 * 2 ** (bits / 16 + 3);
  H32[(c + ContextLayout.prec) >> 2] = 9 * (bits / 32) - 2;
  H32[(c + ContextLayout.emax) >> 2] = emax;
  H32[(c + ContextLayout.emin) >> 2] = 1 - emax;
  H32[(c + ContextLayout.rounding) >> 2] = N.ROUND_HALF_EVEN;
  H32[(c + ContextLayout.clamp) >> 2] = 1;
  setBits(trapsOf(c), 0);
  setBits(flagsOf(c), 0);
  return c;
}

export { IEEE_MAX_BITS };
