// What is an exception, and which are there?
//
// Invariant: `args` of an initialised exception is an owned tuple; all other references may be NULL, which shows as None.  The whole
// hierarchy of the library reference is declared here; classes with fields of their own have them in the neighbouring files
// (exceptions_attrs, exceptions_os, exceptions_syntax, exceptions_unicode, exceptions_group).

import { H32, staticAlloc, staticWord } from '../memory/linear.js';
import { noKwargs } from '../object/bind.js';
import { defineType, getset, member, method } from '../object/declare.js';
import { dictKey, dictValue, PyDict_Check, PyDict_Next } from '../object/dict.js';
import {
  curexc,
  errMinus1,
  nameOfType,
  PyErr_SetString,
  PyException_GetCause,
  PyException_GetContext,
  PyException_GetTraceback,
  PyException_SetContext,
  PyException_SetTraceback,
  PyExceptionInstance_Check,
  setMemoryErrorReserve,
  typeName,
} from '../object/errors.js';
import { BaseExc, exc_args, exc_cause, exc_suppress_context } from '../object/exc_layout.js';
import type { TableFn } from '../object/functable.js';
import { PyObject_GC_Track, PyObject_GC_UnTrack } from '../object/gc_head.js';
import { _Py_NewReference, decref, incref, newref, Py_REFCNT, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { type LayoutInfo, layout } from '../object/layout.js';
import { PyList_Append, PyList_Check, PyList_New } from '../object/list.js';
import { freeObject, PyType_GenericAlloc } from '../object/new_object.js';
import {
  PyObject_GenericGetDict,
  PyObject_GenericSetDict,
  PyObject_GetOptionalAttr,
  PyObject_Repr,
  PyObject_SetAttr,
  PyObject_Str,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import { PySequence_Tuple } from '../object/sequence.js';
import * as S from '../object/statics.js';
import { emptyString, emptyTuple, Py_None, PyExc_TypeError } from '../object/statics.js';
import { layoutClear } from '../object/subtype.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import { Py_TPFLAGS_BASE_EXC_SUBCLASS, Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';

export const EXC_FLAGS = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE;

const s_notes = ID('__notes__');

/** Replaces the owned reference at `offset` by `value` (stolen, may be NULL). */
export function setRef(o: Obj, offset: number, value: Obj): void {
  const old = H32[(o + offset) >> 2] as Obj;
  H32[(o + offset) >> 2] = value;
  xdecref(old);
}

/** The reference at `offset`, borrowed, None for NULL. */
export function refOrNone(o: Obj, offset: number): Obj {
  const r = H32[(o + offset) >> 2] as Obj;
  return r === 0 ? Py_None : r;
}

/** str(o) as a JavaScript string, or null with an exception. */
export function strText(o: Obj): string | null {
  const s = PyObject_Str(o);
  if (s === 0) return null;
  const text = asString(s);
  decref(s);
  return text;
}

/** repr(o) as a JavaScript string, or null with an exception. */
export function reprOf(o: Obj): string | null {
  const s = PyObject_Repr(o);
  if (s === 0) return null;
  const text = asString(s);
  decref(s);
  return text;
}

/** The name of a type without its module (_PyType_Name). */
export function lastName(type: Obj): string {
  const name = nameOfType(type);
  return name.slice(name.lastIndexOf('.') + 1);
}

/** tp_new: takes any arguments, keeps the positional ones. New, or NULL. */
export function BaseException_new(type: Obj, args: Obj, _kwargs: Obj): Obj {
  const e = PyType_GenericAlloc(type, 0);
  if (e === 0) return NULL;
  setRef(e, exc_args, newref(args === 0 ? emptyTuple : args));
  return e;
}

export function BaseException_init(e: Obj, args: Obj, kwargs: Obj): number {
  if (!noKwargs(nameOfType(Py_TYPE(e)), kwargs)) return -1;
  setRef(e, exc_args, newref(args));
  return 0;
}

/** The args tuple, borrowed. */
export function argsOf(e: Obj): Obj {
  return H32[(e + exc_args) >> 2] as Obj;
}

export function BaseException_str(e: Obj): Obj {
  const args = argsOf(e);
  const n = PyTuple_GET_SIZE(args);
  if (n === 0) return newref(emptyString);
  incref(args);
  const text = PyObject_Str(n === 1 ? PyTuple_GET_ITEM(args, 0) : args);
  decref(args);
  return text;
}

function BaseException_repr(e: Obj): Obj {
  const args = newref(argsOf(e));
  const single = PyTuple_GET_SIZE(args) === 1;
  const text = reprOf(single ? PyTuple_GET_ITEM(args, 0) : args);
  decref(args);
  if (text === null) return NULL;
  return PyUnicode_FromString(single ? `${lastName(Py_TYPE(e))}(${text})` : lastName(Py_TYPE(e)) + text);
}

function BaseException_reduce(e: Obj): Obj {
  const dict = H32[(e + BaseExc.dict) >> 2] as Obj;
  return dict === 0 ? PyTuple_Pack(Py_TYPE(e), argsOf(e)) : PyTuple_Pack(Py_TYPE(e), argsOf(e), dict);
}

function BaseException_setstate(e: Obj, state: Obj): Obj {
  if (state === Py_None) return newref(Py_None);
  if (!PyDict_Check(state)) return PyErr_SetString(PyExc_TypeError, 'state is not a dictionary');
  for (let pos = 0; (pos = PyDict_Next(state, pos)) !== 0; ) {
    const key = newref(dictKey);
    const value = newref(dictValue);
    const failed = PyObject_SetAttr(e, key, value) < 0;
    decref(key);
    decref(value);
    if (failed) return NULL;
  }
  return newref(Py_None);
}

function BaseException_with_traceback(e: Obj, tb: Obj): Obj {
  return set_traceback(e, tb) < 0 ? NULL : newref(e);
}

function BaseException_add_note(e: Obj, note: Obj): Obj {
  if (!PyUnicode_Check(note))
    return PyErr_SetString(PyExc_TypeError, `add_note() argument must be str, not ${typeName(note)}`);
  let notes = PyObject_GetOptionalAttr(e, idObj(s_notes));
  if (notes === 0) {
    if (H32[curexc] !== 0) return NULL;
    notes = PyList_New(0);
    if (notes === 0) return NULL;
    if (PyObject_SetAttr(e, idObj(s_notes), notes) < 0) {
      decref(notes);
      return NULL;
    }
  } else if (!PyList_Check(notes)) {
    decref(notes);
    return PyErr_SetString(PyExc_TypeError, 'Cannot add note: __notes__ is not a list');
  }
  const failed = PyList_Append(notes, note) < 0;
  decref(notes);
  return failed ? NULL : newref(Py_None);
}

function get_args(e: Obj): Obj {
  const args = argsOf(e);
  return newref(args === 0 ? Py_None : args);
}

function set_args(e: Obj, value: Obj): number {
  if (value === 0) return errMinus1(PyExc_TypeError, 'args may not be deleted');
  const tuple = PySequence_Tuple(value);
  if (tuple === 0) return -1;
  setRef(e, exc_args, tuple);
  return 0;
}

const orNone = (r: Obj): Obj => (r === 0 ? newref(Py_None) : r);

function get_traceback(e: Obj): Obj {
  return orNone(PyException_GetTraceback(e));
}

function set_traceback(e: Obj, tb: Obj): number {
  if (tb === 0) return errMinus1(PyExc_TypeError, '__traceback__ may not be deleted');
  if (tb !== Py_None && Py_TYPE(tb) !== S.PyTraceBack_Type) {
    return errMinus1(PyExc_TypeError, '__traceback__ must be a traceback or None');
  }
  PyException_SetTraceback(e, tb);
  return 0;
}

function get_context(e: Obj): Obj {
  return orNone(PyException_GetContext(e));
}

function set_context(e: Obj, context: Obj): number {
  if (context === 0) return errMinus1(PyExc_TypeError, '__context__ may not be deleted');
  if (context !== Py_None && !PyExceptionInstance_Check(context)) {
    return errMinus1(PyExc_TypeError, 'exception context must be None or derive from BaseException');
  }
  PyException_SetContext(e, context === Py_None ? NULL : newref(context));
  return 0;
}

function get_cause(e: Obj): Obj {
  return orNone(PyException_GetCause(e));
}

function set_cause(e: Obj, cause: Obj): number {
  if (cause === 0) return errMinus1(PyExc_TypeError, '__cause__ may not be deleted');
  if (cause !== Py_None && !PyExceptionInstance_Check(cause)) {
    return errMinus1(PyExc_TypeError, 'exception cause must be None or derive from BaseException');
  }
  H32[(e + exc_suppress_context) >> 2] = 1;
  setRef(e, exc_cause, cause === Py_None ? NULL : newref(cause));
  return 0;
}

defineType({
  type: S.PyExc_BaseException,
  name: 'BaseException',
  layout: BaseExc,
  flags: EXC_FLAGS | Py_TPFLAGS_BASE_EXC_SUBCLASS,
  doc: 'Common base class for all exceptions',
  slots: {
    tp_new: BaseException_new,
    tp_init: BaseException_init,
    tp_str: BaseException_str,
    tp_repr: BaseException_repr,
  },
  methods: [
    method('__reduce__', '($self, /)', BaseException_reduce),
    method('__setstate__', '($self, state, /)', BaseException_setstate),
    method(
      'with_traceback',
      '($self, tb, /)',
      BaseException_with_traceback,
      'Set self.__traceback__ to tb and return self.',
    ),
    method('add_note', '($self, note, /)', BaseException_add_note, 'Add a note to the exception'),
  ],
  members: [member('__suppress_context__', 'bool', exc_suppress_context, { writable: true })],
  getset: [
    getset('__dict__', PyObject_GenericGetDict, PyObject_GenericSetDict),
    getset('args', get_args, set_args),
    getset('__traceback__', get_traceback, set_traceback),
    getset('__context__', get_context, set_context),
    getset('__cause__', get_cause, set_cause),
  ],
});

/** Declares an exception that differs from `base` in its name only; `own` says whether it has a `__new__` of its own in its dict. */
export function simpleException(
  type: Obj,
  name: string,
  base: Obj,
  doc: string | undefined,
  info: LayoutInfo = BaseExc.info,
  own = true,
): void {
  defineType({
    type,
    name,
    base,
    layout: { info },
    flags: EXC_FLAGS,
    doc,
    slots: own ? { tp_new: BaseException_new as TableFn, tp_init: BaseException_init as TableFn } : {},
  });
}

const E = S.PyExc_Exception;
const simple: readonly (readonly [Obj, string, Obj, string])[] = [
  [S.PyExc_Exception, 'Exception', S.PyExc_BaseException, 'Common base class for all non-exit exceptions.'],
  [S.PyExc_TypeError, 'TypeError', E, 'Inappropriate argument type.'],
  [S.PyExc_StopAsyncIteration, 'StopAsyncIteration', E, 'Signal the end from iterator.__anext__().'],
  [S.PyExc_GeneratorExit, 'GeneratorExit', S.PyExc_BaseException, 'Request that a generator exit.'],
  [S.PyExc_KeyboardInterrupt, 'KeyboardInterrupt', S.PyExc_BaseException, 'Program interrupted by user.'],
  [S.PyExc_EOFError, 'EOFError', E, 'Read beyond end of file.'],
  [S.PyExc_RuntimeError, 'RuntimeError', E, 'Unspecified run-time error.'],
  [S.PyExc_RecursionError, 'RecursionError', S.PyExc_RuntimeError, 'Recursion limit exceeded.'],
  [
    S.PyExc_PythonFinalizationError,
    'PythonFinalizationError',
    S.PyExc_RuntimeError,
    'Operation blocked during Python finalization.',
  ],
  [
    S.PyExc_NotImplementedError,
    'NotImplementedError',
    S.PyExc_RuntimeError,
    "Method or function hasn't been implemented yet.",
  ],
  [S.PyExc_LookupError, 'LookupError', E, 'Base class for lookup errors.'],
  [S.PyExc_IndexError, 'IndexError', S.PyExc_LookupError, 'Sequence index out of range.'],
  [S.PyExc_ValueError, 'ValueError', E, 'Inappropriate argument value (of correct type).'],
  [S.PyExc_UnicodeError, 'UnicodeError', S.PyExc_ValueError, 'Unicode related error.'],
  [S.PyExc_AssertionError, 'AssertionError', E, 'Assertion failed.'],
  [S.PyExc_ArithmeticError, 'ArithmeticError', E, 'Base class for arithmetic errors.'],
  [S.PyExc_FloatingPointError, 'FloatingPointError', S.PyExc_ArithmeticError, 'Floating-point operation failed.'],
  [S.PyExc_OverflowError, 'OverflowError', S.PyExc_ArithmeticError, 'Result too large to be represented.'],
  [
    S.PyExc_ZeroDivisionError,
    'ZeroDivisionError',
    S.PyExc_ArithmeticError,
    'Second argument to a division or modulo operation was zero.',
  ],
  [
    S.PyExc_SystemError,
    'SystemError',
    E,
    'Internal error in the Python interpreter.\n\nPlease report this to the Python maintainer, along with the traceback,\nthe Python version, and the hardware/OS platform and version.',
  ],
  [S.PyExc_ReferenceError, 'ReferenceError', E, 'Weak ref proxy used after referent went away.'],
  [S.PyExc_BufferError, 'BufferError', E, 'Buffer error.'],
  [S.PyExc_Warning, 'Warning', E, 'Base class for warning categories.'],
  [S.PyExc_UserWarning, 'UserWarning', S.PyExc_Warning, 'Base class for warnings generated by user code.'],
  [
    S.PyExc_DeprecationWarning,
    'DeprecationWarning',
    S.PyExc_Warning,
    'Base class for warnings about deprecated features.',
  ],
  [
    S.PyExc_PendingDeprecationWarning,
    'PendingDeprecationWarning',
    S.PyExc_Warning,
    'Base class for warnings about features which will be deprecated\nin the future.',
  ],
  [S.PyExc_SyntaxWarning, 'SyntaxWarning', S.PyExc_Warning, 'Base class for warnings about dubious syntax.'],
  [
    S.PyExc_RuntimeWarning,
    'RuntimeWarning',
    S.PyExc_Warning,
    'Base class for warnings about dubious runtime behavior.',
  ],
  [
    S.PyExc_FutureWarning,
    'FutureWarning',
    S.PyExc_Warning,
    'Base class for warnings about constructs that will change semantically\nin the future.',
  ],
  [
    S.PyExc_ImportWarning,
    'ImportWarning',
    S.PyExc_Warning,
    'Base class for warnings about probable mistakes in module imports',
  ],
  [
    S.PyExc_UnicodeWarning,
    'UnicodeWarning',
    S.PyExc_Warning,
    'Base class for warnings about Unicode related problems, mostly\nrelated to conversion problems.',
  ],
  [
    S.PyExc_BytesWarning,
    'BytesWarning',
    S.PyExc_Warning,
    'Base class for warnings about bytes and buffer related problems, mostly\nrelated to conversion from str or comparing to str.',
  ],
  [S.PyExc_ResourceWarning, 'ResourceWarning', S.PyExc_Warning, 'Base class for warnings about resource usage.'],
  [S.PyExc_EncodingWarning, 'EncodingWarning', S.PyExc_Warning, 'Base class for warnings about encodings.'],
];
for (const [type, name, base, doc] of simple) simpleException(type, name, base, doc);

// KeyError shows the repr of a single argument: KeyError: '' would otherwise be empty.
function KeyError_str(e: Obj): Obj {
  const args = argsOf(e);
  return PyTuple_GET_SIZE(args) === 1 ? PyObject_Repr(PyTuple_GET_ITEM(args, 0)) : BaseException_str(e);
}

defineType({
  type: S.PyExc_KeyError,
  name: 'KeyError',
  base: S.PyExc_LookupError,
  layout: BaseExc,
  flags: EXC_FLAGS,
  doc: 'Mapping key not found.',
  slots: { tp_str: KeyError_str },
});

// MemoryError.  The reserve holds the memory of dead instances, which come back to life without an allocation; when it is used up, one
// instance that never dies is raised wherever memory runs out, as often as that happens.
const RESERVE = 16;
const reserve = staticAlloc(4 * RESERVE) >> 2;
const reserveCount = staticWord();

const lastResort = ownedWord();

function takeReserved(): Obj {
  const n = H32[reserveCount];
  if (n === 0) {
    const last = H32[lastResort] as Obj;
    if (last !== 0 && Py_REFCNT(last) === 1) {
      // Nobody has seen it: what its former appearance gathered goes.
      layoutClear(last);
      H32[(last + exc_args) >> 2] = newref(emptyTuple);
    }
    return last === 0 ? NULL : newref(last);
  }
  H32[reserveCount] = n - 1;
  const e = H32[reserve + n - 1] as Obj;
  _Py_NewReference(e, S.PyExc_MemoryError);
  H32[(e + exc_args) >> 2] = newref(emptyTuple);
  PyObject_GC_Track(e);
  return e;
}

function MemoryError_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  return BaseException_new(type, args, kwargs);
}

function MemoryError_dealloc(e: Obj): void {
  PyObject_GC_UnTrack(e);
  layoutClear(e);
  const n = H32[reserveCount];
  if (Py_TYPE(e) === S.PyExc_MemoryError && n < RESERVE) {
    H32[(e + exc_suppress_context) >> 2] = 0;
    H32[reserve + n] = e;
    H32[reserveCount] = n + 1;
  } else freeObject(e);
}

defineType({
  type: S.PyExc_MemoryError,
  name: 'MemoryError',
  base: E,
  layout: layout({}, { base: BaseExc.info }),
  flags: EXC_FLAGS,
  doc: 'Out of memory.',
  slots: { tp_new: MemoryError_new, tp_init: BaseException_init, tp_dealloc: MemoryError_dealloc },
});

/** Fills the reserve of MemoryErrors: false if there is no memory even for that. */
export function initExceptions(): boolean {
  setMemoryErrorReserve(takeReserved);
  const made: Obj[] = [];
  while (made.length < RESERVE) {
    const e = BaseException_new(S.PyExc_MemoryError, NULL, NULL);
    if (e === 0) break;
    made.push(e);
  }
  if (made.length < RESERVE) return false;
  for (const e of made) decref(e);
  const last = BaseException_new(S.PyExc_MemoryError, NULL, NULL);
  if (last === 0) return false;
  PyObject_GC_UnTrack(last);
  H32[lastResort] = last;
  return true;
}

/** Gives the reserve's memory back. */
export function finiExceptions(): void {
  for (let n = H32[reserveCount]; n > 0; n--) freeObject(H32[reserve + n - 1] as Obj);
  H32[reserveCount] = 0;
}
