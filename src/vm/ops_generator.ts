// Generators in the loop: how are they resumed, and how do await, async for and yield from find what to iterate?

import { H32 } from '../memory/linear.js';
import {
  PyErr_SetString,
  _PyErr_FormatFromCause,
  curexc,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  typeName,
  nameOfType,
} from '../object/errors.js';
import { F } from '../object/functable.js';
import { ob_type } from '../object/head.js';
import { decref, Py_TYPE } from '../object/header.js';
import { PyObject_GetIter } from '../object/iter.js';
import type { Obj } from '../object/ptr.js';
import {
  Py_None,
  PyAsyncGen_Type,
  PyCoro_Type,
  PyExc_RuntimeError,
  PyExc_StopIteration,
  PyExc_TypeError,
  PyGen_Type,
} from '../object/statics.js';
import { am_aiter, am_anext, am_await, am_send, tp_iternext } from '../object/type_layout.js';
import { CO_COROUTINE, CO_ITERABLE_COROUTINE } from '../compiler/code_unit.js';
import * as O from '../compiler/opcodes.js';
import { co_flags } from '../types/code_layout.js';
import { PyObject_CallMethodOneArg } from '../object/call.js';
import { ID, idObj } from '../object/identifiers.js';
import { monitorStop } from './monitoring_events.js';
import {
  _PyCoro_GetAwaitableIter,
  _PyGen_FetchStopIterationValue,
  _PyGen_yf,
  PyIter_Send,
  sendValue,
  PYGEN_ERROR,
  PYGEN_NEXT,
  PYGEN_RETURN,
} from '../types/generator.js';
import { GEN_EXECUTING, gen_state } from '../types/generator_layout.js';
import { frameCode, py_recursion_remaining } from '../types/iframe.js';
import { recursionError } from './ops_misc.js';

const s_send = ID('send');

export { leaveGenerator, makeGenerator, resumeGenerator } from './generator_frame.js';

/** The frame that was just entered is one too many. */
export function recursionErrorInFrame(): void {
  recursionError();
  // Leaving the frame counts it off.
  H32[py_recursion_remaining]--;
}

/** Whether SEND can go on in this very loop: a generator or coroutine that is not running and not finished. */
export function canResume(receiver: Obj): boolean {
  'use wasm';
  const type = H32[(receiver + ob_type) >> 2];
  return (type === PyGen_Type || type === PyCoro_Type) && H32[(receiver + gen_state) >> 2] < GEN_EXECUTING;
}

/** SEND to anything: [receiver, value] -> [receiver, result]; > 0: it yielded, < 0: it returned, 0 with an exception. */
export function send(sp: number): number {
  const receiver = H32[sp - 2] as Obj;
  const v = H32[sp - 1] as Obj;
  const type = Py_TYPE(receiver);
  let how = PYGEN_NEXT;
  let result: Obj;
  if (H32[(type + am_send) >> 2] !== 0) {
    how = PyIter_Send(receiver, v);
    result = sendValue;
  } else {
    const next = H32[(type + tp_iternext) >> 2];
    result =
      v === Py_None && next !== 0 ? (F[next](receiver) as Obj) : PyObject_CallMethodOneArg(receiver, idObj(s_send), v);
    if (result === 0) {
      if (H32[curexc] !== 0 && PyErr_ExceptionMatches(PyExc_StopIteration)) monitorStop();
      how = _PyGen_FetchStopIterationValue() < 0 ? PYGEN_ERROR : PYGEN_RETURN;
      result = sendValue;
    }
  }
  if (how === PYGEN_ERROR) return 0;
  H32[sp - 1] = result;
  decref(v);
  return how === PYGEN_NEXT ? 1 : -1;
}

/** GET_ITER: a new iterator, the operand given up on success. */
export function getIter(o: Obj): Obj {
  const it = PyObject_GetIter(o);
  if (it !== 0) decref(o);
  return it;
}

/** GET_YIELD_FROM_ITER, GET_AWAITABLE, GET_AITER, GET_ANEXT: the new stack pointer, or 0. */
export function asyncOp(frame: number, sp: number, op: number, oparg: number): number {
  const o = H32[sp - 1] as Obj;
  const type = Py_TYPE(o);
  switch (op) {
    case O.GET_YIELD_FROM_ITER: {
      if (type === PyCoro_Type) {
        if (!(H32[(frameCode(frame) + co_flags) >> 2] & (CO_COROUTINE | CO_ITERABLE_COROUTINE))) {
          PyErr_SetString(PyExc_TypeError, "cannot 'yield from' a coroutine object in a non-coroutine generator");
          return 0;
        }
        return sp;
      }
      if (type === PyGen_Type) return sp;
      const it = PyObject_GetIter(o);
      if (it === 0) return 0;
      H32[sp - 1] = it;
      decref(o);
      return sp;
    }
    case O.GET_AWAITABLE: {
      const it = awaitable(o, oparg);
      if (it === 0) return 0;
      H32[sp - 1] = it;
      decref(o);
      return sp;
    }
    case O.GET_AITER: {
      const f = H32[(type + am_aiter) >> 2];
      if (f === 0) {
        PyErr_SetString(
          PyExc_TypeError,
          `'async for' requires an object with __aiter__ method, got ${nameOfType(type)}`,
        );
        return 0;
      }
      const it = F[f](o) as Obj;
      if (it === 0) return 0;
      if (H32[(Py_TYPE(it) + am_anext) >> 2] === 0) {
        PyErr_SetString(
          PyExc_TypeError,
          `'async for' received an object from __aiter__ that does not implement __anext__: ${typeName(it)}`,
        );
        decref(it);
        return 0;
      }
      H32[sp - 1] = it;
      decref(o);
      return sp;
    }
    default: {
      // GET_ANEXT: [iterator] -> [iterator, awaitable]
      const a = anext(o, type);
      if (a === 0) return 0;
      H32[sp] = a;
      return sp + 1;
    }
  }
}

function awaitable(o: Obj, oparg: number): Obj {
  const it = _PyCoro_GetAwaitableIter(o);
  if (it === 0) {
    if (oparg !== 0 && H32[curexc] !== 0 && PyErr_ExceptionMatches(PyExc_TypeError) && !isAwaitable(o)) {
      const where = oparg === 1 ? '__aenter__' : '__aexit__';
      PyErr_Clear();
      PyErr_SetString(
        PyExc_TypeError,
        `'async with' received an object from ${where} that does not implement __await__: ${typeName(o)}`,
      );
    }
    return it;
  }
  if (Py_TYPE(it) === PyCoro_Type) {
    const yf = _PyGen_yf(it);
    if (yf !== 0) {
      // It is being awaited already.
      decref(yf);
      decref(it);
      return PyErr_SetString(PyExc_RuntimeError, 'coroutine is being awaited already');
    }
  }
  return it;
}

function isAwaitable(o: Obj): boolean {
  return H32[(Py_TYPE(o) + am_await) >> 2] !== 0;
}

function anext(o: Obj, type: Obj): Obj {
  const f = H32[(type + am_anext) >> 2];
  if (type === PyAsyncGen_Type) return F[f](o) as Obj;
  if (f === 0)
    return PyErr_SetString(
      PyExc_TypeError,
      `'async for' requires an iterator with __anext__ method, got ${nameOfType(type)}`,
    );
  const next = F[f](o) as Obj;
  if (next === 0) return next;
  const a = _PyCoro_GetAwaitableIter(next);
  if (a === 0)
    _PyErr_FormatFromCause(PyExc_TypeError, `'async for' received an invalid object from __anext__: ${typeName(next)}`);
  decref(next);
  return a;
}
