// What is particular to asynchronous generators?
//
// Invariant: a value that an asynchronous generator yields to its consumer is wrapped (asyncGenWrap), one that it awaits is not; asend() and
// athrow() return awaitables that run the generator until it yields a wrapped value, which becomes their result.  No two of them run
// the same generator at once (ag_running_async).

import { H32 } from '../memory/linear.js';

import { classMethod, defineType, fastcall, getset, member, method } from '../object/declare.js';
import { Py_GenericAlias } from '../object/mapping.js';
import {
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetNone,
  PyErr_SetString,
  typeName,
} from '../object/errors.js';
import { F } from '../object/functable.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref, Py_TYPE, xnewref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { i32, layout, ref } from '../object/layout.js';
import { _PyObject_New } from '../object/new_object.js';
import { popNative, PyObject_CallMethodObjArgs, PyObject_VectorcallMethod, pushNative } from '../object/call.js';
import { PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { layoutDealloc, PyObject_CallFinalizerFromDealloc } from '../object/subtype.js';
import {
  Py_None,
  PyAnextAwaitable_Type,
  PyAsyncGen_Type,
  PyAsyncGenASend_Type,
  PyAsyncGenAThrow_Type,
  PyAsyncGenWrappedValue_Type,
  PyExc_GeneratorExit,
  PyExc_RuntimeError,
  PyExc_StopAsyncIteration,
  PyExc_StopIteration,
  PyExc_TypeError,
} from '../object/statics.js';
import { am_await, Py_TPFLAGS_HAVE_GC, tp_iternext } from '../object/type_layout.js';
import { initHooks } from './asyncgen_hooks.js';
import {
  _PyCoro_GetAwaitableIter,
  _PyGen_Finalize,
  _PyGen_SetStopIterationValue,
  GENERATOR_FLAGS,
  gen_dealloc,
  gen_traverse,
  genSend,
  genThrow,
  get_code,
  get_frame,
  get_name,
  get_qualname,
  get_suspended,
  get_yf,
  raiseStopIteration,
  reprAs,
  set_name,
  set_qualname,
  throwArguments,
} from './generator.js';
import { GEN_CLEARED, GEN_EXECUTING, Gen, gen_closed, gen_running_async, gen_state } from './generator_layout.js';

/** Deallocation of an awaitable: one that was never awaited says so first. */
function finalizingDealloc(o: Obj): void {
  if (!PyObject_CallFinalizerFromDealloc(o)) layoutDealloc(o);
}

const Wrapped = layout({ value: ref });
const { value: agw_value } = Wrapped;

/** Wraps a value that an asynchronous generator yields (INTRINSIC_ASYNC_GEN_WRAP): a new reference, or NULL. */
export function _PyAsyncGenValueWrapperNew(value: Obj): Obj {
  const w = _PyObject_New(PyAsyncGenWrappedValue_Type);
  if (w === 0) return NULL;
  H32[(w + agw_value) >> 2] = newref(value);
  PyObject_GC_Track(w);
  return w;
}

defineType({
  type: PyAsyncGenWrappedValue_Type,
  name: 'async_generator_wrapped_value',
  layout: Wrapped,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_new: null },
});

// States of the awaitables.
const INIT = 0;
const ITER = 1;
const CLOSED = 2;

const ASend = layout({ gen: ref, value: ref, state: i32 });
const { gen: as_gen, value: as_value, state: as_state } = ASend;
const AThrow = layout({ gen: ref, typ: ref, val: ref, tb: ref, state: i32 });
const { gen: at_gen, typ: at_typ, val: at_val, tb: at_tb, state: at_state } = AThrow;

const s_throw = ID('throw');
const s_send = ID('send');
const s_close = ID('close');

function running(gen: Obj): boolean {
  return H32[(gen + gen_running_async) >> 2] !== 0;
}

function setRunning(gen: Obj, on: boolean): void {
  H32[(gen + gen_running_async) >> 2] = on ? 1 : 0;
}

/** What the generator's step produced, for an awaitable: a wrapped value ends it with StopIteration(value). */
function unwrapValue(gen: Obj, result: Obj): Obj {
  if (result === 0) {
    if (PyErr_Occurred() === 0) PyErr_SetNone(PyExc_StopAsyncIteration);
    if (PyErr_ExceptionMatches(PyExc_StopAsyncIteration) || PyErr_ExceptionMatches(PyExc_GeneratorExit))
      H32[(gen + gen_closed) >> 2] = 1;
    setRunning(gen, false);
    return NULL;
  }
  if (Py_TYPE(result) === PyAsyncGenWrappedValue_Type) {
    _PyGen_SetStopIterationValue(H32[(result + agw_value) >> 2] as Obj);
    decref(result);
    setRunning(gen, false);
    return NULL;
  }
  return result;
}

function newASend(gen: Obj, value: Obj): Obj {
  const o = _PyObject_New(PyAsyncGenASend_Type);
  if (o === 0) return NULL;
  H32[(o + as_gen) >> 2] = newref(gen);
  H32[(o + as_value) >> 2] = xnewref(value);
  H32[(o + as_state) >> 2] = INIT;
  PyObject_GC_Track(o);
  return o;
}

function newAThrow(gen: Obj, typ: Obj, val: Obj, tb: Obj): Obj {
  const o = _PyObject_New(PyAsyncGenAThrow_Type);
  if (o === 0) return NULL;
  H32[(o + at_gen) >> 2] = newref(gen);
  H32[(o + at_typ) >> 2] = xnewref(typ);
  H32[(o + at_val) >> 2] = xnewref(val);
  H32[(o + at_tb) >> 2] = xnewref(tb);
  H32[(o + at_state) >> 2] = INIT;
  PyObject_GC_Track(o);
  return o;
}

function ag_anext(gen: Obj): Obj {
  return initHooks(gen) < 0 ? NULL : newASend(gen, NULL);
}

function ag_asend(gen: Obj, value: Obj): Obj {
  return initHooks(gen) < 0 ? NULL : newASend(gen, value);
}

function ag_aclose(gen: Obj): Obj {
  return initHooks(gen) < 0 ? NULL : newAThrow(gen, NULL, NULL, NULL);
}

function ag_athrow(gen: Obj, args: number, nargs: number, _kwnames: Obj): Obj {
  if (!throwArguments('athrow', nargs) || initHooks(gen) < 0) return NULL;
  const a = args >> 2;
  return newAThrow(gen, H32[a] as Obj, nargs > 1 ? (H32[a + 1] as Obj) : NULL, nargs > 2 ? (H32[a + 2] as Obj) : NULL);
}

// --- asend() and __anext__()

function asend_send(o: Obj, arg: Obj): Obj {
  if (H32[(o + as_state) >> 2] === CLOSED) {
    return PyErr_SetString(PyExc_RuntimeError, 'cannot reuse already awaited __anext__()/asend()');
  }
  const gen = H32[(o + as_gen) >> 2] as Obj;
  if (H32[(o + as_state) >> 2] === INIT) {
    if (running(gen)) {
      H32[(o + as_state) >> 2] = CLOSED;
      return PyErr_SetString(PyExc_RuntimeError, 'anext(): asynchronous generator is already running');
    }
    const value = H32[(o + as_value) >> 2] as Obj;
    if ((arg === 0 || arg === Py_None) && value !== 0) arg = value;
    H32[(o + as_state) >> 2] = ITER;
  }
  setRunning(gen, true);
  const result = unwrapValue(gen, genSend(gen, arg, false));
  if (result === 0) H32[(o + as_state) >> 2] = CLOSED;
  return result;
}

function asend_throw(o: Obj, args: number, nargs: number, _kwnames: Obj): Obj {
  if (H32[(o + as_state) >> 2] === CLOSED) {
    return PyErr_SetString(PyExc_RuntimeError, 'cannot reuse already awaited __anext__()/asend()');
  }
  const gen = H32[(o + as_gen) >> 2] as Obj;
  if (H32[(o + as_state) >> 2] === INIT) {
    if (running(gen)) {
      H32[(o + as_state) >> 2] = CLOSED;
      return PyErr_SetString(PyExc_RuntimeError, 'anext(): asynchronous generator is already running');
    }
    H32[(o + as_state) >> 2] = ITER;
    setRunning(gen, true);
  }
  if (!throwArguments('throw', nargs)) return NULL;
  const a = args >> 2;
  const result = unwrapValue(
    gen,
    genThrow(gen, false, H32[a] as Obj, nargs > 1 ? (H32[a + 1] as Obj) : NULL, nargs > 2 ? (H32[a + 2] as Obj) : NULL),
  );
  if (result === 0) H32[(o + as_state) >> 2] = CLOSED;
  return result;
}

/** close() of an awaitable: throws GeneratorExit into it; `step` is its throw. */
function closeAwaitable(o: Obj, stateAt: number, step: (o: Obj, exc: Obj) => Obj): Obj {
  if (H32[(o + stateAt) >> 2] === CLOSED) return newref(Py_None);
  const result = step(o, PyExc_GeneratorExit);
  if (result === 0) {
    if (
      PyErr_ExceptionMatches(PyExc_StopIteration) ||
      PyErr_ExceptionMatches(PyExc_StopAsyncIteration) ||
      PyErr_ExceptionMatches(PyExc_GeneratorExit)
    ) {
      PyErr_Clear();
      return newref(Py_None);
    }
    return NULL;
  }
  decref(result);
  return PyErr_SetString(PyExc_RuntimeError, 'coroutine ignored GeneratorExit');
}

function asend_close(o: Obj): Obj {
  return closeAwaitable(o, as_state, (self, exc) => PyObject_CallMethodObjArgs(self, idObj(s_throw), exc));
}

function asend_finalize(o: Obj): void {
  if (H32[(o + as_state) >> 2] === CLOSED) return;
  if (H32[(o + as_state) >> 2] === INIT) unawaited(o, as_gen, H32[(o + as_value) >> 2] !== 0 ? 'asend' : '__anext__');
}

/** src/modules/_warnings sets how "coroutine method 'x' of 'y' was never awaited" is said. */
export const unawaitedMethodPort = { warn: (_gen: Obj, _method: string): void => {} };

function unawaited(o: Obj, genAt: number, methodName: string): void {
  const gen = H32[(o + genAt) >> 2] as Obj;
  if (gen === 0 || H32[(gen + gen_state) >> 2] === GEN_CLEARED) return;
  unawaitedMethodPort.warn(gen, methodName);
}

defineType({
  type: PyAsyncGenASend_Type,
  name: 'async_generator_asend',
  layout: ASend,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: {
    tp_new: null,
    tp_dealloc: finalizingDealloc,
    tp_finalize: asend_finalize,
    tp_iter: PyObject_SelfIter,
    tp_iternext: (o: Obj) => asend_send(o, NULL),
    am_await: PyObject_SelfIter,
  },
  methods: [
    classMethod('__class_getitem__', '($type, object, /)', Py_GenericAlias, 'See PEP 585'),
    method(
      'send',
      '!($self, arg, /)',
      asend_send,
      "send(value) -> send 'value' into generator,\nreturn next yielded value or raise StopIteration.",
    ),
    fastcall(
      'throw',
      null,
      asend_throw,
      'throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return next yielded value or raise\nStopIteration.',
    ),
    method('close', '!($self, /)', asend_close, 'close() -> raise GeneratorExit inside generator.'),
  ],
});

// --- athrow() and aclose()

function ignoredExit(o: Obj, gen: Obj): Obj {
  setRunning(gen, false);
  H32[(o + at_state) >> 2] = CLOSED;
  return PyErr_SetString(PyExc_RuntimeError, 'async generator ignored GeneratorExit');
}

function athrow_send(o: Obj, arg: Obj): Obj {
  const gen = H32[(o + at_gen) >> 2] as Obj;
  const typ = H32[(o + at_typ) >> 2] as Obj;
  const state = H32[(o + at_state) >> 2];
  if (state === CLOSED) return PyErr_SetString(PyExc_RuntimeError, 'cannot reuse already awaited aclose()/athrow()');
  if (H32[(gen + gen_state) >> 2] > GEN_EXECUTING) {
    H32[(o + at_state) >> 2] = CLOSED;
    PyErr_SetNone(PyExc_StopIteration);
    return NULL;
  }
  let result: Obj;
  if (state === INIT) {
    if (running(gen)) {
      H32[(o + at_state) >> 2] = CLOSED;
      return PyErr_SetString(
        PyExc_RuntimeError,
        `${typ === 0 ? 'aclose' : 'athrow'}(): asynchronous generator is already running`,
      );
    }
    if (H32[(gen + gen_closed) >> 2] !== 0) {
      H32[(o + at_state) >> 2] = CLOSED;
      PyErr_SetNone(PyExc_StopAsyncIteration);
      return NULL;
    }
    if (arg !== Py_None)
      return PyErr_SetString(PyExc_RuntimeError, "can't send non-None value to a just-started coroutine");
    H32[(o + at_state) >> 2] = ITER;
    setRunning(gen, true);
    if (typ === 0) {
      // aclose()
      H32[(gen + gen_closed) >> 2] = 1;
      result = genThrow(gen, false, PyExc_GeneratorExit, NULL, NULL);
      if (result !== 0 && Py_TYPE(result) === PyAsyncGenWrappedValue_Type) {
        decref(result);
        return ignoredExit(o, gen);
      }
    } else {
      result = unwrapValue(gen, genThrow(gen, false, typ, H32[(o + at_val) >> 2] as Obj, H32[(o + at_tb) >> 2] as Obj));
    }
    return result === 0 ? athrowEnd(o, gen, typ) : result;
  }
  result = genSend(gen, arg, false);
  if (typ !== 0) {
    result = unwrapValue(gen, result);
    if (result === 0) H32[(o + at_state) >> 2] = CLOSED;
    return result;
  }
  if (result !== 0) {
    if (Py_TYPE(result) === PyAsyncGenWrappedValue_Type) {
      decref(result);
      return ignoredExit(o, gen);
    }
    return result;
  }
  return athrowEnd(o, gen, typ);
}

/** The generator raised: for aclose() the end of iteration is its result. */
function athrowEnd(o: Obj, gen: Obj, typ: Obj): Obj {
  setRunning(gen, false);
  H32[(o + at_state) >> 2] = CLOSED;
  if (typ === 0 && (PyErr_ExceptionMatches(PyExc_StopAsyncIteration) || PyErr_ExceptionMatches(PyExc_GeneratorExit))) {
    PyErr_Clear();
    PyErr_SetNone(PyExc_StopIteration);
  }
  return NULL;
}

function athrow_throw(o: Obj, args: number, nargs: number, _kwnames: Obj): Obj {
  const gen = H32[(o + at_gen) >> 2] as Obj;
  const typ = H32[(o + at_typ) >> 2] as Obj;
  if (H32[(o + at_state) >> 2] === CLOSED) {
    return PyErr_SetString(PyExc_RuntimeError, 'cannot reuse already awaited aclose()/athrow()');
  }
  if (H32[(o + at_state) >> 2] === INIT) {
    if (running(gen)) {
      H32[(o + at_state) >> 2] = CLOSED;
      return PyErr_SetString(
        PyExc_RuntimeError,
        `${typ === 0 ? 'aclose' : 'athrow'}(): asynchronous generator is already running`,
      );
    }
    H32[(o + at_state) >> 2] = ITER;
    setRunning(gen, true);
  }
  if (!throwArguments('throw', nargs)) return NULL;
  const a = args >> 2;
  const result = genThrow(
    gen,
    false,
    H32[a] as Obj,
    nargs > 1 ? (H32[a + 1] as Obj) : NULL,
    nargs > 2 ? (H32[a + 2] as Obj) : NULL,
  );
  if (typ !== 0) {
    const r = unwrapValue(gen, result);
    if (r === 0) H32[(o + at_state) >> 2] = CLOSED;
    return r;
  }
  if (result !== 0 && Py_TYPE(result) === PyAsyncGenWrappedValue_Type) {
    decref(result);
    return ignoredExit(o, gen);
  }
  return result === 0 ? athrowEnd(o, gen, typ) : result;
}

function athrow_close(o: Obj): Obj {
  return closeAwaitable(o, at_state, (self, exc) => PyObject_CallMethodObjArgs(self, idObj(s_throw), exc));
}

function athrow_finalize(o: Obj): void {
  if (H32[(o + at_state) >> 2] === INIT) unawaited(o, at_gen, H32[(o + at_typ) >> 2] !== 0 ? 'athrow' : 'aclose');
}

defineType({
  type: PyAsyncGenAThrow_Type,
  name: 'async_generator_athrow',
  layout: AThrow,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: {
    tp_new: null,
    tp_dealloc: finalizingDealloc,
    tp_finalize: athrow_finalize,
    tp_iter: PyObject_SelfIter,
    tp_iternext: (o: Obj) => athrow_send(o, Py_None),
    am_await: PyObject_SelfIter,
  },
  methods: [
    method(
      'send',
      '!($self, arg, /)',
      athrow_send,
      "send(value) -> send 'value' into generator,\nreturn next yielded value or raise StopIteration.",
    ),
    fastcall(
      'throw',
      null,
      athrow_throw,
      'throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return next yielded value or raise\nStopIteration.',
    ),
    method('close', '!($self, /)', athrow_close, 'close() -> raise GeneratorExit inside generator.'),
  ],
});

// --- the asynchronous generator itself

defineType({
  type: PyAsyncGen_Type,
  name: 'async_generator',
  layout: Gen,
  flags: GENERATOR_FLAGS,
  slots: {
    tp_new: null,
    tp_dealloc: gen_dealloc,
    tp_finalize: _PyGen_Finalize,
    tp_traverse: gen_traverse,
    tp_clear: null,
    tp_repr: reprAs('async_generator'),
    am_aiter: PyObject_SelfIter,
    am_anext: ag_anext,
  },
  methods: [
    method('asend', '!($self, value, /)', ag_asend, "asend(v) -> send 'v' in generator."),
    fastcall(
      'athrow',
      null,
      ag_athrow,
      'athrow(value)\nathrow(type[,value[,tb]])\n\nraise exception in generator.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.',
    ),
    method('aclose', '!($self, /)', ag_aclose, 'aclose() -> raise GeneratorExit inside generator.'),
  ],
  members: [member('ag_running', 'bool', gen_running_async)],
  getset: [
    getset('__name__', get_name, set_name, 'name of the async generator'),
    getset('__qualname__', get_qualname, set_qualname, 'qualified name of the async generator'),
    getset('ag_await', get_yf, null, 'object being awaited on, or None'),
    getset('ag_frame', get_frame),
    getset('ag_code', get_code),
    getset('ag_suspended', get_suspended),
  ],
});

// --- anext(iterator, default)

const AnextAwaitable = layout({ wrapped: ref, dflt: ref });
const { wrapped: aa_wrapped, dflt: aa_default } = AnextAwaitable;

/** What anext() with a default returns: awaits `wrapped`, and gives the default at the end of iteration.  New reference, or NULL. */
export function PyAnextAwaitable_New(wrapped: Obj, dflt: Obj): Obj {
  const o = _PyObject_New(PyAnextAwaitable_Type);
  if (o === 0) return NULL;
  H32[(o + aa_wrapped) >> 2] = newref(wrapped);
  H32[(o + aa_default) >> 2] = newref(dflt);
  PyObject_GC_Track(o);
  return o;
}

/** The iterator of the wrapped awaitable: a new reference, or NULL. */
function anextIter(o: Obj): Obj {
  const it = _PyCoro_GetAwaitableIter(H32[(o + aa_wrapped) >> 2] as Obj);
  if (it === 0 || H32[(Py_TYPE(it) + tp_iternext) >> 2] !== 0) return it;
  // A coroutine has no tp_iternext; the object of its __await__ has.
  const f = H32[(Py_TYPE(it) + am_await) >> 2];
  const wrapped = F[f](it) as Obj;
  decref(it);
  if (wrapped !== 0 && H32[(Py_TYPE(wrapped) + tp_iternext) >> 2] === 0) {
    PyErr_SetString(PyExc_TypeError, `object ${typeName(wrapped)} can't be used in 'await' expression`);
    decref(wrapped);
    return NULL;
  }
  return wrapped;
}

/** At StopAsyncIteration the default is the result. */
function orDefault(o: Obj, r: Obj): Obj {
  if (r === 0 && PyErr_Occurred() !== 0 && PyErr_ExceptionMatches(PyExc_StopAsyncIteration)) {
    PyErr_Clear();
    raiseStopIteration(newref(H32[(o + aa_default) >> 2] as Obj));
  }
  return r;
}

function aa_iternext(o: Obj): Obj {
  const it = anextIter(o);
  if (it === 0) return NULL;
  const r = F[H32[(Py_TYPE(it) + tp_iternext) >> 2]](it) as Obj;
  decref(it);
  return orDefault(o, r);
}

function aa_proxy(name: number): (o: Obj, args: number, nargs: number, kw: Obj) => Obj {
  return (o, args, nargs, _kw) => {
    const it = anextIter(o);
    if (it === 0) return NULL;
    const base = pushNative(nargs + 1);
    if (base === 0) {
      decref(it);
      return NULL;
    }
    H32[base >> 2] = it;
    for (let i = 0; i < nargs; i++) H32[(base >> 2) + 1 + i] = H32[(args >> 2) + i];
    const r = PyObject_VectorcallMethod(idObj(name), base, nargs + 1, NULL);
    popNative(base);
    decref(it);
    return orDefault(o, r);
  };
}

defineType({
  type: PyAnextAwaitable_Type,
  name: 'anext_awaitable',
  layout: AnextAwaitable,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_new: null, tp_iter: PyObject_SelfIter, tp_iternext: aa_iternext, am_await: PyObject_SelfIter },
  methods: [
    fastcall(
      'send',
      null,
      aa_proxy(s_send),
      "send(arg) -> send 'arg' into the wrapped iterator,\nreturn next yielded value or raise StopIteration.",
    ),
    fastcall(
      'throw',
      null,
      aa_proxy(s_throw),
      'throw(value)\nthrow(typ[,val[,tb]])\n\nraise exception in the wrapped iterator, return next yielded value\nor raise StopIteration.',
    ),
    fastcall('close', null, aa_proxy(s_close), 'close() -> raise GeneratorExit inside generator.'),
  ],
});
