// What is the module _decimal?  Invariant: its classes and templates are made once and stay the same when the module is imported anew, as the exceptions
// that the arithmetic raises must be those that programs name.

import { H32 } from '../memory/linear.js';
import { PyObject_Call, PyObject_CallFunctionObjArgs, PyObject_CallMethodOneArg } from '../object/call.js';
import { defineModule, method } from '../object/declare.js';
import { PyDict_New, PyDict_SetItemString } from '../object/dict.js';
import { PyErr_SetString } from '../object/errors.js';
import { decref, newref, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_TypeCheck } from '../object/isinstance.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyModule_Add, PyModule_AddObjectRef } from '../object/module_storage.js';
import { PyObject_GetAttrString } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_True,
  PyExc_ArithmeticError,
  PyExc_TypeError,
  PyExc_ZeroDivisionError,
  PyType_Type,
} from '../object/statics.js';
import { PyUnicode_FromString, PyUnicode_InternFromString } from '../object/unicode.js';
import { newContextVar } from '../types/context.js';
import { PyImport_ImportModule } from '../vm/import.js';
import { IEEE_MAX_BITS, ieeeContext, localContext } from './decimal_context.js';
import {
  basicContext,
  CONDITIONS,
  Context_Type,
  ContextLayout,
  contextVariable,
  currentContext,
  Decimal_Type,
  decimalTuple,
  DEFAULT_TRAPS,
  defaultContext,
  extendedContext,
  newContext,
  rationalClass,
  setBits,
  setCurrent,
  signalDictClass,
  SignalDictMixin_Type,
  SIGNALS,
  trapsOf,
} from './decimal_heap.js';
import * as N from './decimal_number.js';
import { none } from './io_common.js';
import { tupleOf } from './values.js';

const s_register = ID('register');

/** A class made by calling type: new, or NULL.  The bases are borrowed. */
function makeClass(name: string, module: string, bases: readonly Obj[]): Obj {
  const text = PyUnicode_FromString(name);
  const tuple = tupleOf(bases.map(newref));
  const dict = PyDict_New();
  const where = PyUnicode_FromString(module);
  let made: Obj = NULL;
  if (text !== 0 && tuple !== 0 && dict !== 0 && where !== 0 && PyDict_SetItemString(dict, '__module__', where) === 0) {
    made = PyObject_CallFunctionObjArgs(PyType_Type, text, tuple, dict);
  }
  for (const o of [text, tuple, dict, where]) xdecref(o);
  return made;
}

/** An attribute of a module imported by name: new, or NULL. */
function imported(module: string, name: string): Obj {
  const m = PyImport_ImportModule(module);
  if (m === 0) return NULL;
  const o = PyObject_GetAttrString(m, name);
  decref(m);
  return o;
}

const word = (name: string): number => {
  const s = [...SIGNALS, ...CONDITIONS].find((x) => x.name === name);
  if (s === undefined) throw new Error(name);
  return s.word;
};

/** The word of the first signal, whose class is a direct subclass of DecimalException. */
const firstSignal = SIGNALS[0].word;

/** Makes what the words own, if it is not there yet: 0, or -1. */
function makeOnce(base: Obj): number {
  const own = (w: number, o: Obj): boolean => {
    H32[w] = o;
    return o !== 0;
  };
  const exception = (name: string, ...bases: readonly (string | Obj)[]): boolean =>
    own(
      word(name),
      makeClass(
        name,
        'decimal',
        bases.map((b) => (typeof b === 'string' ? (H32[word(b)] as Obj) : b)),
      ),
    );
  const made =
    exception('InvalidOperation', base) &&
    exception('FloatOperation', base, PyExc_TypeError) &&
    exception('DivisionByZero', base, PyExc_ZeroDivisionError) &&
    exception('Subnormal', base) &&
    exception('Inexact', base) &&
    exception('Rounded', base) &&
    exception('Clamped', base) &&
    exception('Overflow', 'Inexact', 'Rounded') &&
    exception('Underflow', 'Inexact', 'Rounded', 'Subnormal') &&
    exception('ConversionSyntax', 'InvalidOperation') &&
    exception('DivisionImpossible', 'InvalidOperation') &&
    exception('DivisionUndefined', 'InvalidOperation', PyExc_ZeroDivisionError) &&
    exception('InvalidContext', 'InvalidOperation') &&
    own(rationalClass, imported('numbers', 'Rational')) &&
    own(decimalTuple, makeTupleClass()) &&
    own(signalDictClass, makeSignalDict()) &&
    own(contextVariable, makeVariable());
  if (!made) return -1;
  for (const [w, prec, rounding, traps] of [
    [basicContext, 9, N.ROUND_HALF_UP, DEFAULT_TRAPS | N.UNDERFLOW | N.CLAMPED],
    [extendedContext, 9, N.ROUND_HALF_EVEN, 0],
    [defaultContext, 28, N.ROUND_HALF_EVEN, DEFAULT_TRAPS],
  ]) {
    const c = newContext(Context_Type);
    if (c === 0) return -1;
    H32[(c + ContextLayout.prec) >> 2] = prec;
    H32[(c + ContextLayout.rounding) >> 2] = rounding;
    setBits(trapsOf(c), traps);
    H32[w] = c;
  }
  return 0;
}

function makeTupleClass(): Obj {
  const factory = imported('collections', 'namedtuple');
  const args =
    factory === 0
      ? NULL
      : tupleOf([PyUnicode_FromString('DecimalTuple'), PyUnicode_FromString('sign digits exponent')]);
  const kwargs = args === 0 ? NULL : PyDict_New();
  const module = kwargs === 0 ? NULL : PyUnicode_FromString('decimal');
  const made =
    module !== 0 && PyDict_SetItemString(kwargs, 'module', module) === 0 ? PyObject_Call(factory, args, kwargs) : NULL;
  for (const o of [factory, args, kwargs, module]) xdecref(o);
  return made;
}

function makeSignalDict(): Obj {
  const mapping = imported('collections.abc', 'MutableMapping');
  if (mapping === 0) return NULL;
  const made = makeClass('SignalDict', 'abc', [SignalDictMixin_Type, mapping]);
  decref(mapping);
  return made;
}

function makeVariable(): Obj {
  const name = PyUnicode_FromString('decimal_context');
  if (name === 0) return NULL;
  const v = newContextVar(name, NULL);
  decref(name);
  return v;
}

/** Makes Decimal a numbers.Number: 0, or -1. */
function registerNumber(): number {
  const number = imported('numbers', 'Number');
  if (number === 0) return -1;
  const r = PyObject_CallMethodOneArg(number, idObj(s_register), Decimal_Type);
  decref(number);
  if (r === 0) return -1;
  decref(r);
  return 0;
}

function decimal_exec(m: Obj): number {
  if (H32[defaultContext] === 0) {
    const base = makeClass('DecimalException', 'decimal', [PyExc_ArithmeticError]);
    if (base === 0) return -1;
    const failed = makeOnce(base);
    decref(base);
    if (failed < 0 || registerNumber() < 0) return -1;
  }
  const root = PyObject_GetAttrString(H32[firstSignal] as Obj, '__base__');
  if (PyModule_Add(m, 'DecimalException', root) < 0) return -1;
  for (const s of [...SIGNALS, ...CONDITIONS.slice(1)]) {
    if (PyModule_AddObjectRef(m, s.name, H32[s.word] as Obj) < 0) return -1;
  }
  for (const [name, o] of [
    ['DecimalTuple', H32[decimalTuple] as Obj],
    ['DefaultContext', H32[defaultContext] as Obj],
    ['BasicContext', H32[basicContext] as Obj],
    ['ExtendedContext', H32[extendedContext] as Obj],
    ['HAVE_CONTEXTVAR', Py_True],
    ['HAVE_THREADS', Py_True],
  ] as const) {
    if (PyModule_AddObjectRef(m, name, o) < 0) return -1;
  }
  for (const mode of N.ROUNDINGS) if (PyModule_Add(m, mode, PyUnicode_InternFromString(mode)) < 0) return -1;
  for (const [name, n] of [
    ['MAX_PREC', N.MAX_PREC],
    ['MAX_EMAX', N.MAX_EMAX],
    ['MIN_EMIN', N.MIN_EMIN],
    ['MIN_ETINY', N.MIN_ETINY],
    ['IEEE_CONTEXT_MAX_BITS', IEEE_MAX_BITS],
  ] as const) {
    if (PyModule_Add(m, name, PyLong_FromLong(n)) < 0) return -1;
  }
  if (PyModule_Add(m, '__version__', PyUnicode_FromString('1.70')) < 0) return -1;
  return PyModule_Add(m, '__libmpdec_version__', PyUnicode_FromString('2.5.1'));
}

defineModule({
  name: '_decimal',
  doc: 'C decimal arithmetic module',
  types: [Decimal_Type, Context_Type],
  functions: [
    method(
      'getcontext',
      '($module, /)',
      () => {
        const c = currentContext();
        return c === 0 ? NULL : newref(c);
      },
      'Get the current default context.',
    ),
    method(
      'setcontext',
      '($module, context, /)',
      (_module: Obj, context: Obj) => {
        if (!PyObject_TypeCheck(context, Context_Type)) {
          return PyErr_SetString(PyExc_TypeError, 'argument must be a context');
        }
        return setCurrent(context) < 0 ? NULL : none();
      },
      'Set a new default context.',
    ),
    method(
      'localcontext',
      '($module, /, ctx=None, **kwargs)',
      localContext,
      'Return a context manager that will set the default context to a copy of ctx on entry to the with-statement and restore the previous default context when exiting.',
    ),
    method(
      'IEEEContext',
      '($module, bits: ssize, /)',
      ieeeContext,
      'Return a context object initialized to the proper values for one of the IEEE interchange formats.',
    ),
  ],
  exec: decimal_exec,
});
