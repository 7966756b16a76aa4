// Exceptions: how are they raised, matched with clauses, and how do `with` blocks learn of them?

import { H32 } from '../memory/linear.js';
import {
  popNative,
  pushNative,
  PyObject_CallNoArgs,
  PyObject_Vectorcall,
  PY_VECTORCALL_ARGUMENTS_OFFSET,
} from '../object/call.js';
import {
  exc_info,
  handledException,
  PyErr_GivenExceptionMatches,
  PyErr_SetObject,
  PyErr_SetRaisedException,
  PyErr_SetString,
  PyException_SetCause,
  PyExceptionClass_Check,
  PyExceptionInstance_Check,
  nameOfType,
  reprText,
} from '../object/errors.js';
import { exc_traceback } from '../object/exc_layout.js';
import { F } from '../object/functable.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyLong_AsLong, PyLong_Check } from '../object/long.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_False,
  Py_None,
  Py_True,
  PyExc_RuntimeError,
  PyExc_StopAsyncIteration,
  PyExc_StopIteration,
  PyExc_SystemError,
  PyExc_TypeError,
} from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { Py_TPFLAGS_METHOD_DESCRIPTOR, tp_descr_get, tp_flags } from '../object/type_layout.js';
import { _PyType_Lookup } from '../object/type_lookup.js';
import * as O from '../compiler/opcodes.js';
import { _PyEval_ExceptionGroupMatch, groupMatch, groupRest } from '../types/exceptions_group.js';
import { cur_frame } from '../types/iframe.js';
import { newTracebackOf } from '../types/traceback.js';
import { codeStart, codeUnits } from '../types/code_layout.js';
import { exc_value as stop_value } from '../types/exceptions_attrs.js';
import { PyExc_BaseExceptionGroup } from '../object/statics.js';
import { PyType_IsSubtype } from '../object/isinstance.js';

const SPECIAL = O.SPECIAL_METHOD_NAMES.map((name) => ID(name));
const SPECIAL_ERRORS: readonly (readonly [plain: string, suggestion: string])[] = [
  [
    "'%s' object does not support the context manager protocol (missed __enter__ method)",
    "'%s' object does not support the context manager protocol (missed __enter__ method) but it supports the asynchronous context manager protocol. Did you mean to use 'async with'?",
  ],
  [
    "'%s' object does not support the context manager protocol (missed __exit__ method)",
    "'%s' object does not support the context manager protocol (missed __exit__ method) but it supports the asynchronous context manager protocol. Did you mean to use 'async with'?",
  ],
  [
    "'%s' object does not support the asynchronous context manager protocol (missed __aenter__ method)",
    "'%s' object does not support the asynchronous context manager protocol (missed __aenter__ method) but it supports the context manager protocol. Did you mean to use 'with'?",
  ],
  [
    "'%s' object does not support the asynchronous context manager protocol (missed __aexit__ method)",
    "'%s' object does not support the asynchronous context manager protocol (missed __aexit__ method) but it supports the context manager protocol. Did you mean to use 'with'?",
  ],
];

/** A new traceback of one entry for the running frame, for an exception that except* wraps in a group. */
function tracebackHere(): Obj {
  return newTracebackOf(H32[cur_frame]);
}

function checkExceptType(right: Obj): boolean {
  if (PyTuple_Check(right)) {
    for (let i = 0; i < PyTuple_GET_SIZE(right); i++) {
      if (!PyExceptionClass_Check(PyTuple_GET_ITEM(right, i))) return badClass();
    }
    return true;
  }
  return PyExceptionClass_Check(right) ? true : badClass();
}

function badClass(): false {
  PyErr_SetString(PyExc_TypeError, 'catching classes that do not inherit from BaseException is not allowed');
  return false;
}

function isGroupClass(c: Obj): boolean {
  return PyType_IsSubtype(c, PyExc_BaseExceptionGroup);
}

function checkExceptStarType(right: Obj): boolean {
  if (!checkExceptType(right)) return false;
  let group = false;
  if (PyTuple_Check(right)) {
    for (let i = 0; i < PyTuple_GET_SIZE(right); i++) if (isGroupClass(PyTuple_GET_ITEM(right, i))) group = true;
  } else group = isGroupClass(right);
  if (group)
    PyErr_SetString(PyExc_TypeError, 'catching ExceptionGroup with except* is not allowed. Use except instead.');
  return !group;
}

/** CHECK_EXC_MATCH, CHECK_EG_MATCH, WITH_EXCEPT_START, LOAD_SPECIAL: the new stack pointer, or 0. */
export function matchOp(sp: number, op: number, oparg: number): number {
  switch (op) {
    case O.CHECK_EXC_MATCH: {
      const right = H32[sp - 1] as Obj;
      if (!checkExceptType(right)) return 0;
      const match = PyErr_GivenExceptionMatches(H32[sp - 2] as Obj, right);
      H32[sp - 1] = newref(match ? Py_True : Py_False);
      decref(right);
      return sp;
    }
    case O.CHECK_EG_MATCH: {
      // [exception, type] -> [rest, match or None]
      const exc = H32[sp - 2] as Obj;
      const type = H32[sp - 1] as Obj;
      if (!checkExceptStarType(type)) return 0;
      if (_PyEval_ExceptionGroupMatch(exc, type, tracebackHere) < 0) return 0;
      const match = groupMatch;
      H32[sp - 2] = groupRest;
      H32[sp - 1] = match;
      decref(exc);
      decref(type);
      // The match is what is being handled now.
      if (match !== Py_None) {
        const item = H32[exc_info] >> 2;
        const old = H32[item] as Obj;
        H32[item] = newref(match);
        if (old !== 0) decref(old);
      }
      return sp;
    }
    case O.WITH_EXCEPT_START: {
      // [exit, self or NULL, lasti, previous exception, exception] -> … result
      const e = H32[sp - 1] as Obj;
      const exit = H32[sp - 5] as Obj;
      const self = H32[sp - 4];
      const tb = H32[(e + exc_traceback) >> 2];
      // Room for the arguments is above the stack: a frame's stack is as big as the compiler said, so they go to the native one.
      const base = pushNative(5);
      if (base === 0) return 0;
      const w = base >> 2;
      H32[w + 1] = self;
      H32[w + 2] = Py_TYPE(e);
      H32[w + 3] = e;
      H32[w + 4] = tb === 0 ? Py_None : tb;
      const r =
        self === 0
          ? PyObject_Vectorcall(exit, (w + 2) << 2, 3 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL)
          : PyObject_Vectorcall(exit, (w + 1) << 2, 4 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
      popNative(base);
      if (r === 0) return 0;
      H32[sp] = r;
      return sp + 1;
    }
    default: {
      // LOAD_SPECIAL: [owner] -> [method, owner] or [bound method, NULL]
      const owner = H32[sp - 1] as Obj;
      const type = Py_TYPE(owner);
      const descr = _PyType_Lookup(type, idObj(SPECIAL[oparg]));
      if (descr === 0) {
        const other = idObj(SPECIAL[oparg ^ 2]);
        const hint = _PyType_Lookup(type, other) !== 0 && _PyType_Lookup(type, idObj(SPECIAL[oparg ^ 2 ^ 1])) !== 0;
        PyErr_SetString(PyExc_TypeError, SPECIAL_ERRORS[oparg][hint ? 1 : 0].replace('%s', nameOfType(type)));
        return 0;
      }
      incref(descr);
      const dt = Py_TYPE(descr);
      if (H32[(dt + tp_flags) >> 2] & Py_TPFLAGS_METHOD_DESCRIPTOR) {
        H32[sp - 1] = descr;
        H32[sp] = owner;
        return sp + 1;
      }
      const get = H32[(dt + tp_descr_get) >> 2];
      let bound = descr;
      if (get !== 0) {
        bound = F[get](descr, owner, type) as Obj;
        decref(descr);
        if (bound === 0) return 0;
      }
      H32[sp - 1] = bound;
      H32[sp] = 0;
      decref(owner);
      return sp + 1;
    }
  }
}

/** RAISE_VARARGS with its operands at `sp`, which it takes.  Whether the exception is only raised again, as it is. */
export function raiseVarargs(sp: number, n: number): boolean {
  if (n === 0) {
    const e = handledException();
    if (e === 0) {
      PyErr_SetString(PyExc_RuntimeError, 'No active exception to reraise');
      return false;
    }
    PyErr_SetRaisedException(newref(e));
    return true;
  }
  const exc = H32[sp] as Obj;
  const cause = n === 2 ? (H32[sp + 1] as Obj) : NULL;
  raise(exc, cause);
  decref(exc);
  if (cause !== 0) decref(cause);
  return false;
}

function raise(exc: Obj, cause: Obj): void {
  let value: Obj;
  if (PyExceptionClass_Check(exc)) {
    value = PyObject_CallNoArgs(exc);
    if (value === 0) return;
    if (!PyExceptionInstance_Check(value)) {
      PyErr_SetString(
        PyExc_TypeError,
        `calling ${reprText(exc)} should have returned an instance of BaseException, not ${reprText(Py_TYPE(value))}`,
      );
      decref(value);
      return;
    }
  } else if (PyExceptionInstance_Check(exc)) value = newref(exc);
  else {
    PyErr_SetString(PyExc_TypeError, 'exceptions must derive from BaseException');
    return;
  }
  if (cause !== 0) {
    let fixed: Obj;
    if (PyExceptionClass_Check(cause)) {
      fixed = PyObject_CallNoArgs(cause);
      if (fixed === 0) {
        decref(value);
        return;
      }
      if (!PyExceptionInstance_Check(fixed)) {
        PyErr_SetString(
          PyExc_TypeError,
          `calling ${reprText(cause)} should have returned an instance of BaseException, not ${reprText(Py_TYPE(fixed))}`,
        );
        decref(fixed);
        decref(value);
        return;
      }
    } else if (PyExceptionInstance_Check(cause)) fixed = newref(cause);
    else if (cause === Py_None) fixed = NULL;
    else {
      PyErr_SetString(PyExc_TypeError, 'exception causes must derive from BaseException');
      decref(value);
      return;
    }
    PyException_SetCause(value, fixed);
  }
  PyErr_SetObject(Py_TYPE(value), value);
  decref(value);
}

/** The instruction (index into H16) where the exception that is raised again was first seen, from its saved offset. */
export function lastiOf(code: Obj, lasti: Obj): number {
  const n = lasti !== 0 && PyLong_Check(lasti) ? PyLong_AsLong(lasti) : 0;
  return codeStart(code) + (n >= 0 && n < codeUnits(code) ? n : 0);
}

/** END_ASYNC_FOR and CLEANUP_THROW: the new stack pointer, or 0 if the exception on top goes on. */
export function asyncCleanup(sp: number, op: number): number {
  const e = H32[sp - 1] as Obj;
  if (op === O.END_ASYNC_FOR) {
    if (!PyErr_GivenExceptionMatches(e, PyExc_StopAsyncIteration)) return 0;
    decref(H32[sp - 2] as Obj);
    decref(e);
    return sp - 2;
  }
  // [iterator, last value, exception] -> [None, value]
  if (!PyErr_GivenExceptionMatches(e, PyExc_StopIteration)) return 0;
  const value = newref(H32[(e + stop_value) >> 2] as Obj);
  decref(H32[sp - 3] as Obj);
  decref(H32[sp - 2] as Obj);
  H32[sp - 3] = newref(Py_None);
  H32[sp - 2] = value;
  decref(e);
  return sp - 1;
}

/** RERAISE: raises `e` (stolen) again.  Foreign code may have put something there that is no exception. */
export function reraise(e: Obj): void {
  if (e !== 0 && PyExceptionInstance_Check(e)) {
    PyErr_SetRaisedException(e);
    return;
  }
  xdecref(e);
  PyErr_SetString(PyExc_SystemError, 'bad value to raise again');
}
