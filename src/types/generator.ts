// What can be done with a generator, and what do generators, coroutines and asynchronous generators share?
//
// Invariant: a generator is resumed only when it is suspended or new; what leaves it is a value it yielded (PYGEN_NEXT), its result
// (PYGEN_RETURN) or an exception; a StopIteration is made from the result only where Python code will see it.

import { H16, H32 } from '../memory/linear.js';
import {
  PyObject_CallMethodOneArg,
  PyObject_CallNoArgs,
  PyObject_CallFunctionObjArgs,
  PyObject_CallOneArg,
} from '../object/call.js';
import { classMethod, defineType, fastcall, getset, method } from '../object/declare.js';
import { Py_GenericAlias } from '../object/mapping.js';
import {
  chainContext,
  curexc,
  exc_info,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_GivenExceptionMatches,
  PyErr_Occurred,
  PyErr_SetNone,
  PyErr_SetObject,
  PyErr_SetRaisedException,
  PyErr_SetString,
  PyErr_WarnEx,
  PyErr_WriteUnraisable,
  PyException_SetTraceback,
  PyExceptionClass_Check,
  PyExceptionInstance_Check,
  typeName,
  reprText,
  errMinus1,
  createException,
} from '../object/errors.js';
import { F } from '../object/functable.js';
import { PyObject_GC_IsTracked, PyObject_GC_Track, PyObject_GC_UnTrack } from '../object/gc_head.js';
import { decref, incref, newref, Py_TYPE, xdecref, xnewref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { freeObject } from '../object/new_object.js';
import { addressText, PyIter_Check, PyObject_GetOptionalAttr, PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_False,
  Py_None,
  Py_True,
  PyAsyncGen_Type,
  PyCoro_Type,
  PyExc_DeprecationWarning,
  PyExc_GeneratorExit,
  PyExc_RuntimeError,
  PyExc_StopAsyncIteration,
  PyExc_StopIteration,
  PyExc_TypeError,
  PyExc_ValueError,
  PyGen_Type,
  PyTraceBack_Type,
} from '../object/statics.js';
import { PyTuple_Check } from '../object/tuple.js';
import { am_await, am_send, Py_TPFLAGS_HAVE_GC, tp_iternext } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { PyObject_CallFinalizerFromDealloc } from '../object/subtype.js';
import { PyObject_ClearWeakRefs } from '../object/weakref.js';
import { CO_COROUTINE, CO_ITERABLE_COROUTINE } from '../compiler/code_unit.js';
import { INSTRUMENTED_RESUME, RESUME, RESUME_OPARG_DEPTH1_MASK } from '../compiler/opcodes.js';
import { co_flags } from './code_layout.js';
import { exc_value as stop_value } from './exceptions_attrs.js';
import {
  GEN_CLEARED,
  GEN_CREATED,
  GEN_EXECUTING,
  GEN_SUSPENDED,
  GEN_SUSPENDED_YIELD_FROM,
  Gen,
  gen_exc,
  gen_exc_previous,
  gen_iframe,
  gen_name,
  gen_origin_or_finalizer,
  gen_qualname,
  gen_state,
} from './generator_layout.js';
import { frameObjectOf } from './frame_object.js';
import { vmPort } from './function_call.js';
import {
  clearFrameExceptCode,
  cur_frame,
  F_EXECUTABLE,
  F_FUNCOBJ,
  F_IP,
  F_PREVIOUS,
  F_SP,
  FRAME_SPECIALS_WORDS,
  frameCode,
  traverseFrame,
} from './iframe.js';

export const PYGEN_RETURN = 0;
export const PYGEN_ERROR = -1;
export const PYGEN_NEXT = 1;

/** The value that goes with PYGEN_NEXT and PYGEN_RETURN: a new reference. */
export let sendValue: Obj = NULL;

export function setSendValue(v: Obj): void {
  sendValue = v;
}

/** The iterator that awaiting `o` runs: a new reference, or NULL with TypeError. */
export function _PyCoro_GetAwaitableIter(o: Obj): Obj {
  const type = Py_TYPE(o);
  if (type === PyCoro_Type || isIterableCoroutine(o)) return newref(o);
  const f = H32[(type + am_await) >> 2];
  if (f === 0) return PyErr_SetString(PyExc_TypeError, `'${typeName(o)}' object can't be awaited`);
  const r = F[f](o) as Obj;
  if (r === 0) return NULL;
  if (Py_TYPE(r) === PyCoro_Type || isIterableCoroutine(r)) {
    decref(r);
    return PyErr_SetString(PyExc_TypeError, '__await__() returned a coroutine');
  }
  if (!PyIter_Check(r)) {
    PyErr_SetString(PyExc_TypeError, `__await__() returned non-iterator of type '${typeName(r)}'`);
    decref(r);
    return NULL;
  }
  return r;
}

/** A generator that types.coroutine marked. */
function isIterableCoroutine(o: Obj): boolean {
  return Py_TYPE(o) === PyGen_Type && (H32[(frameCode(o + gen_iframe) + co_flags) >> 2] & CO_ITERABLE_COROUTINE) !== 0;
}

const s_send = ID('send');
const s_throw = ID('throw');
const s_close = ID('close');

/** "generator", "coroutine" or "async generator", as messages call it. */
export function kindName(gen: Obj): string {
  const type = Py_TYPE(gen);
  return type === PyCoro_Type ? 'coroutine' : type === PyAsyncGen_Type ? 'async generator' : 'generator';
}

/** What a suspended generator delegates to (yield from, await): a new reference, or NULL. */
export function _PyGen_yf(gen: Obj): Obj {
  if (H32[(gen + gen_state) >> 2] !== GEN_SUSPENDED_YIELD_FROM) return NULL;
  return newref(H32[H32[(gen + gen_iframe + F_SP) >> 2] - 1] as Obj);
}

/**
 * Resumes a generator with `arg` (borrowed; NULL or None: nothing) or, with `throwing`, with the current exception.  PYGEN_*; the value in
 * sendValue.  (gen_send_ex2)
 */
export function genSendEx(gen: Obj, arg: Obj, throwing: boolean, closing = false): number {
  const state = H32[(gen + gen_state) >> 2];
  sendValue = NULL;
  if (state === GEN_CREATED && arg !== 0 && arg !== Py_None) {
    PyErr_SetString(PyExc_TypeError, `can't send non-None value to a just-started ${kindName(gen)}`);
    return PYGEN_ERROR;
  }
  if (state === GEN_EXECUTING) {
    PyErr_SetString(PyExc_ValueError, `${kindName(gen)} already executing`);
    return PYGEN_ERROR;
  }
  if (state > GEN_EXECUTING) {
    if (Py_TYPE(gen) === PyCoro_Type && !closing) {
      PyErr_SetString(PyExc_RuntimeError, 'cannot reuse already awaited coroutine');
    } else if (arg !== 0 && !throwing) {
      // Exhausted: it returns once more.
      sendValue = newref(Py_None);
      return PYGEN_RETURN;
    }
    return PYGEN_ERROR;
  }
  const frame = gen + gen_iframe;
  const sp = H32[(frame + F_SP) >> 2];
  H32[sp] = newref(arg === 0 ? Py_None : arg);
  H32[(frame + F_SP) >> 2] = sp + 1;
  H32[(gen + gen_exc_previous) >> 2] = H32[exc_info];
  H32[exc_info] = gen + gen_exc;
  H32[(gen + gen_state) >> 2] = GEN_EXECUTING;
  // What is thrown in has what the generator is handling for its context.
  if (throwing) chainContext(H32[curexc] as Obj);
  // The frame must not vanish under the loop.
  incref(gen);
  const result = vmPort.evalFrame(frame, throwing);
  const after = H32[(gen + gen_state) >> 2];
  decref(gen);
  if (result === 0) return PYGEN_ERROR;
  sendValue = result;
  return after === GEN_SUSPENDED || after === GEN_SUSPENDED_YIELD_FROM ? PYGEN_NEXT : PYGEN_RETURN;
}

/** Raises StopIteration(value) (value stolen) the way the interpreter does; returns NULL. */
export function raiseStopIteration(value: Obj): Obj {
  _PyGen_SetStopIterationValue(value);
  decref(value);
  return NULL;
}

/** Sets StopIteration with `value` (borrowed); a tuple or an exception is wrapped so that it arrives as it is. */
export function _PyGen_SetStopIterationValue(value: Obj): void {
  if (value === 0 || (!PyTuple_Check(value) && !PyExceptionInstance_Check(value))) {
    PyErr_SetObject(PyExc_StopIteration, value);
    return;
  }
  const e = PyObject_CallOneArg(PyExc_StopIteration, value);
  if (e === 0) return;
  PyErr_SetObject(PyExc_StopIteration, e);
  decref(e);
}

/** The value of the current StopIteration (cleared), in sendValue as a new reference; None if no exception is set: 0, or -1 with another exception. */
export function _PyGen_FetchStopIterationValue(): number {
  sendValue = NULL;
  if (H32[curexc] === 0) {
    sendValue = newref(Py_None);
    return 0;
  }
  if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return -1;
  const e = PyErr_GetRaisedException();
  sendValue = newref(H32[(e + stop_value) >> 2] as Obj);
  decref(e);
  return 0;
}

/** As genSendEx, but the result for Python code: the value yielded, or NULL with StopIteration (StopAsyncIteration for an async generator). */
export function genSend(gen: Obj, arg: Obj, throwing: boolean): Obj {
  const how = genSendEx(gen, arg, throwing);
  const value = sendValue;
  if (how === PYGEN_NEXT) return value;
  if (how === PYGEN_RETURN) {
    if (Py_TYPE(gen) === PyAsyncGen_Type) {
      decref(value);
      PyErr_SetNone(PyExc_StopAsyncIteration);
    } else if (value === Py_None) {
      decref(value);
      PyErr_SetNone(PyExc_StopIteration);
    } else raiseStopIteration(value);
  }
  return NULL;
}

/** PyIter_Send: sends to any iterator; PYGEN_* with the value in sendValue. */
export function PyIter_Send(it: Obj, arg: Obj): number {
  const type = Py_TYPE(it);
  const f = H32[(type + am_send) >> 2];
  if (f !== 0) return F[f](it, arg);
  let r: Obj;
  if (arg === Py_None && H32[(type + tp_iternext) >> 2] !== 0) r = F[H32[(type + tp_iternext) >> 2]](it) as Obj;
  else r = PyObject_CallMethodOneArg(it, idObj(s_send), arg);
  if (r !== 0) {
    sendValue = r;
    return PYGEN_NEXT;
  }
  return _PyGen_FetchStopIterationValue() === 0 ? PYGEN_RETURN : PYGEN_ERROR;
}

/** am_send of generators and coroutines. */
export function PyGen_am_send(gen: Obj, arg: Obj): number {
  return genSendEx(gen, arg, false);
}

export function gen_send(gen: Obj, arg: Obj): Obj {
  return genSend(gen, arg, false);
}

/** tp_iternext: the end is NULL without an exception when the result is None. */
export function gen_iternext(gen: Obj): Obj {
  const how = genSendEx(gen, NULL, false);
  if (how === PYGEN_NEXT) return sendValue;
  if (how === PYGEN_RETURN) {
    if (sendValue === Py_None) decref(sendValue);
    else raiseStopIteration(sendValue);
  }
  return NULL;
}

function isGenerator(o: Obj): boolean {
  const type = Py_TYPE(o);
  return type === PyGen_Type || type === PyCoro_Type;
}

/** Closes what a generator delegates to: 0, or -1. */
function closeIter(yf: Obj): number {
  let r: Obj;
  if (isGenerator(yf)) r = gen_close(yf);
  else {
    const meth = PyObject_GetOptionalAttr(yf, idObj(s_close));
    if (meth === 0) {
      if (PyErr_Occurred() !== 0) PyErr_WriteUnraisable(NULL, `closing generator ${reprText(yf)}`);
      return 0;
    }
    r = PyObject_CallNoArgs(meth);
    decref(meth);
  }
  if (r === 0) return -1;
  decref(r);
  return 0;
}

/** src/vm/monitoring_events.ts: whether somebody wants to hear of frames that are left by an exception. */
export const unwindPort = { watched: (): boolean => false };

/** Whether closing may skip running the generator: it is suspended where no handler or finally block would run. */
function noTryBlock(gen: Obj): boolean {
  const w = H16[H32[(gen + gen_iframe + F_IP) >> 2]];
  const op = w & 255;
  return (
    (op === RESUME || op === INSTRUMENTED_RESUME) &&
    ((w >> 8) & RESUME_OPARG_DEPTH1_MASK) !== 0 &&
    !unwindPort.watched()
  );
}

/** Gives up the frame of a generator that will not run again. */
function finishFrame(gen: Obj): void {
  const frame = gen + gen_iframe;
  H32[(gen + gen_state) >> 2] = GEN_CLEARED;
  H32[(frame + F_PREVIOUS) >> 2] = 0;
  clearFrameExceptCode(frame);
  H32[(frame + F_FUNCOBJ) >> 2] = 0;
  H32[(frame + F_SP) >> 2] = (frame >> 2) + FRAME_SPECIALS_WORDS;
}

/** generator.close(): a new reference, or NULL. */
export function gen_close(gen: Obj): Obj {
  const state = H32[(gen + gen_state) >> 2];
  if (state === GEN_CREATED) {
    finishFrame(gen);
    return newref(Py_None);
  }
  if (state > GEN_EXECUTING) return newref(Py_None);
  const yf = _PyGen_yf(gen);
  let err = 0;
  if (yf !== 0) {
    H32[(gen + gen_state) >> 2] = GEN_EXECUTING;
    err = closeIter(yf);
    H32[(gen + gen_state) >> 2] = state;
    decref(yf);
  }
  if (state !== GEN_EXECUTING && err === 0 && noTryBlock(gen)) {
    finishFrame(gen);
    return newref(Py_None);
  }
  if (err === 0) PyErr_SetNone(PyExc_GeneratorExit);
  const how = genSendEx(gen, Py_None, true, true);
  const value = sendValue;
  if (how === PYGEN_NEXT) {
    decref(value);
    return PyErr_SetString(PyExc_RuntimeError, `${kindName(gen)} ignored GeneratorExit`);
  }
  if (how === PYGEN_RETURN) return value;
  if (PyErr_ExceptionMatches(PyExc_GeneratorExit) || PyErr_ExceptionMatches(PyExc_StopIteration)) {
    PyErr_Clear();
    return newref(Py_None);
  }
  return NULL;
}

/** Throws (type, value, traceback), all borrowed, into a generator; `closeOnExit`: GeneratorExit closes what it delegates to.  New reference or NULL. */
export function genThrow(gen: Obj, closeOnExit: boolean, typ: Obj, val: Obj, tb: Obj): Obj {
  const yf = _PyGen_yf(gen);
  if (yf !== 0) {
    if (closeOnExit && PyErr_GivenExceptionMatches(typ, PyExc_GeneratorExit)) {
      const state = H32[(gen + gen_state) >> 2];
      H32[(gen + gen_state) >> 2] = GEN_EXECUTING;
      const err = closeIter(yf);
      H32[(gen + gen_state) >> 2] = state;
      decref(yf);
      if (err < 0) return genSend(gen, Py_None, true);
      return throwHere(gen, typ, val, tb);
    }
    const state = H32[(gen + gen_state) >> 2];
    let r: Obj;
    if (isGenerator(yf)) {
      const frame = gen + gen_iframe;
      // While it runs, the delegate's frame is this one's callee.
      H32[(frame + F_PREVIOUS) >> 2] = H32[cur_frame];
      H32[cur_frame] = frame;
      H32[(gen + gen_state) >> 2] = GEN_EXECUTING;
      r = genThrow(yf, closeOnExit, typ, val, tb);
      H32[(gen + gen_state) >> 2] = state;
      H32[cur_frame] = H32[(frame + F_PREVIOUS) >> 2];
      H32[(frame + F_PREVIOUS) >> 2] = 0;
    } else {
      const meth = PyObject_GetOptionalAttr(yf, idObj(s_throw));
      if (meth === 0) {
        decref(yf);
        if (PyErr_Occurred() !== 0) return NULL;
        return throwHere(gen, typ, val, tb);
      }
      const frame = gen + gen_iframe;
      H32[(frame + F_PREVIOUS) >> 2] = H32[cur_frame];
      H32[cur_frame] = frame;
      H32[(gen + gen_state) >> 2] = GEN_EXECUTING;
      r = PyObject_CallFunctionObjArgs(meth, typ, val, tb);
      H32[(gen + gen_state) >> 2] = state;
      H32[cur_frame] = H32[(frame + F_PREVIOUS) >> 2];
      H32[(frame + F_PREVIOUS) >> 2] = 0;
      decref(meth);
    }
    decref(yf);
    if (r === 0) r = genSend(gen, Py_None, true);
    return r;
  }
  return throwHere(gen, typ, val, tb);
}

function throwHere(gen: Obj, typ: Obj, val: Obj, tb: Obj): Obj {
  if (tb === Py_None) tb = NULL;
  else if (tb !== 0 && Py_TYPE(tb) !== PyTraceBack_Type) {
    return PyErr_SetString(PyExc_TypeError, 'throw() third argument must be a traceback object');
  }
  let e: Obj;
  if (PyExceptionClass_Check(typ)) {
    if (val !== 0 && PyExceptionInstance_Check(val) && PyErr_GivenExceptionMatches(val, typ)) e = newref(val);
    else {
      e = createException(typ, val === Py_None ? NULL : val);
      // What goes wrong with making the exception is raised in its place.
      if (e === 0) return genSend(gen, Py_None, true);
    }
  } else if (PyExceptionInstance_Check(typ)) {
    if (val !== 0 && val !== Py_None)
      return PyErr_SetString(PyExc_TypeError, 'instance exception may not have a separate value');
    e = newref(typ);
  } else {
    return PyErr_SetString(
      PyExc_TypeError,
      `exceptions must be classes or instances deriving from BaseException, not ${typeName(typ)}`,
    );
  }
  if (tb !== 0) PyException_SetTraceback(e, tb);
  PyErr_SetRaisedException(e);
  return genSend(gen, Py_None, true);
}

/** throw(typ[, val[, tb]]) in the raw vectorcall form. */
export function gen_throw(gen: Obj, args: number, nargs: number, _kwnames: Obj): Obj {
  if (!throwArguments('throw', nargs)) return NULL;
  const a = args >> 2;
  return genThrow(
    gen,
    true,
    H32[a] as Obj,
    nargs > 1 ? (H32[a + 1] as Obj) : NULL,
    nargs > 2 ? (H32[a + 2] as Obj) : NULL,
  );
}

/** Checks the number of throw()'s arguments, and warns of the old form: false with an exception. */
export function throwArguments(name: string, nargs: number): boolean {
  if (nargs < 1) {
    PyErr_SetString(PyExc_TypeError, `${name} expected at least 1 argument, got ${nargs}`);
    return false;
  }
  if (nargs > 3) {
    PyErr_SetString(PyExc_TypeError, `${name} expected at most 3 arguments, got ${nargs}`);
    return false;
  }
  if (nargs > 1) {
    return (
      PyErr_WarnEx(
        PyExc_DeprecationWarning,
        'the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.',
        1,
      ) >= 0
    );
  }
  return true;
}

// --- life and death

export function gen_traverse(gen: Obj, visit: number, arg: number): number {
  const f = F[visit];
  for (const offset of [gen_name, gen_qualname, gen_exc, gen_origin_or_finalizer]) {
    const o = H32[(gen + offset) >> 2];
    if (o !== 0) {
      const answer = f(o, arg);
      if (answer) return answer;
    }
  }
  const state = H32[(gen + gen_state) >> 2];
  // A running frame is the thread's: what it holds is not found through the generator.
  if (state === GEN_EXECUTING) return 0;
  return traverseFrame(gen + gen_iframe, visit, arg);
}

/** tp_finalize: closes a generator that is still suspended; warns of a coroutine that was never awaited. */
export function _PyGen_Finalize(gen: Obj): void {
  const state = H32[(gen + gen_state) >> 2];
  if (state > GEN_EXECUTING) return;
  if (Py_TYPE(gen) === PyAsyncGen_Type) {
    const finalizer = H32[(gen + gen_origin_or_finalizer) >> 2] as Obj;
    if (finalizer !== 0 && H32[(gen + Gen.closed) >> 2] === 0) {
      const saved = PyErr_GetRaisedException();
      const r = PyObject_CallOneArg(finalizer, gen);
      if (r === 0) PyErr_WriteUnraisable(NULL, `finalizing generator ${reprText(gen)}`);
      else decref(r);
      PyErr_SetRaisedException(saved);
      return;
    }
  }
  const saved = PyErr_GetRaisedException();
  const code = frameCode(gen + gen_iframe);
  if (H32[(code + co_flags) >> 2] & CO_COROUTINE && state === GEN_CREATED) warnUnawaited(gen);
  else {
    const r = gen_close(gen);
    if (r === 0) {
      if (PyErr_Occurred() !== 0) PyErr_WriteUnraisable(NULL, `closing generator ${reprText(gen)}`);
    } else decref(r);
  }
  PyErr_SetRaisedException(saved);
}

/** src/modules/_warnings: the warning about a coroutine that was never awaited. */
export const unawaitedPort = { warn: (_coro: Obj, _qualname: string): void => {} };

function warnUnawaited(coro: Obj): void {
  unawaitedPort.warn(coro, asString(H32[(coro + gen_qualname) >> 2] as Obj));
}

export function gen_dealloc(gen: Obj): void {
  PyObject_GC_UnTrack(gen);
  if (H32[(gen + Gen.weakreflist) >> 2] !== 0) PyObject_ClearWeakRefs(gen);
  PyObject_GC_Track(gen);
  if (PyObject_CallFinalizerFromDealloc(gen)) return;
  if (PyObject_GC_IsTracked(gen)) PyObject_GC_UnTrack(gen);
  if (H32[(gen + gen_state) >> 2] !== GEN_CLEARED) finishFrame(gen);
  for (const offset of [gen_iframe + F_EXECUTABLE, gen_exc, gen_name, gen_qualname, gen_origin_or_finalizer]) {
    const o = H32[(gen + offset) >> 2] as Obj;
    H32[(gen + offset) >> 2] = 0;
    xdecref(o);
  }
  freeObject(gen);
}

// --- attributes

export function get_name(gen: Obj): Obj {
  return newref(H32[(gen + gen_name) >> 2] as Obj);
}

function setStr(gen: Obj, offset: number, value: Obj, name: string): number {
  if (value === 0 || !PyUnicode_Check(value))
    return errMinus1(PyExc_TypeError, `${name} must be set to a string object`);
  const old = H32[(gen + offset) >> 2] as Obj;
  H32[(gen + offset) >> 2] = newref(value);
  decref(old);
  return 0;
}

export function set_name(gen: Obj, value: Obj): number {
  return setStr(gen, gen_name, value, '__name__');
}

export function get_qualname(gen: Obj): Obj {
  return newref(H32[(gen + gen_qualname) >> 2] as Obj);
}

export function set_qualname(gen: Obj, value: Obj): number {
  return setStr(gen, gen_qualname, value, '__qualname__');
}

export function get_yf(gen: Obj): Obj {
  const yf = _PyGen_yf(gen);
  return yf === 0 ? newref(Py_None) : yf;
}

export function get_running(gen: Obj): Obj {
  return newref(H32[(gen + gen_state) >> 2] === GEN_EXECUTING ? Py_True : Py_False);
}

export function get_suspended(gen: Obj): Obj {
  const state = H32[(gen + gen_state) >> 2];
  return newref(state === GEN_SUSPENDED || state === GEN_SUSPENDED_YIELD_FROM ? Py_True : Py_False);
}

export function get_frame(gen: Obj): Obj {
  if (H32[(gen + gen_state) >> 2] > GEN_EXECUTING) return newref(Py_None);
  return xnewref(frameObjectOf(gen + gen_iframe));
}

export function get_code(gen: Obj): Obj {
  return newref(frameCode(gen + gen_iframe));
}

export function reprAs(kind: string): (gen: Obj) => Obj {
  return (gen) =>
    PyUnicode_FromString(`<${kind} object ${asString(H32[(gen + gen_qualname) >> 2] as Obj)} at ${addressText(gen)}>`);
}

/** `__sizeof__` follows from the layout: the frame is the object's items. */
export const GENERATOR_FLAGS = Py_TPFLAGS_HAVE_GC;

defineType({
  type: PyGen_Type,
  name: 'generator',
  layout: Gen,
  flags: GENERATOR_FLAGS,
  slots: {
    tp_new: null,
    tp_dealloc: gen_dealloc,
    tp_finalize: _PyGen_Finalize,
    tp_traverse: gen_traverse,
    tp_clear: null,
    tp_repr: reprAs('generator'),
    tp_iter: PyObject_SelfIter,
    tp_iternext: gen_iternext,
    am_send: PyGen_am_send,
  },
  methods: [
    classMethod('__class_getitem__', '($type, object, /)', Py_GenericAlias, 'See PEP 585'),
    method(
      'send',
      '!($self, arg, /)',
      gen_send,
      "send(value) -> send 'value' into generator,\nreturn next yielded value or raise StopIteration.",
    ),
    fastcall(
      'throw',
      null,
      gen_throw,
      'throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return next yielded value or raise\nStopIteration.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.',
    ),
    method('close', '!($self, /)', gen_close, 'close() -> raise GeneratorExit inside generator.'),
  ],
  getset: [
    getset('__name__', get_name, set_name, 'name of the generator'),
    getset('__qualname__', get_qualname, set_qualname, 'qualified name of the generator'),
    getset('gi_yieldfrom', get_yf, null, 'object being iterated by yield from, or None'),
    getset('gi_running', get_running),
    getset('gi_frame', get_frame),
    getset('gi_suspended', get_suspended),
    getset('gi_code', get_code),
  ],
});
