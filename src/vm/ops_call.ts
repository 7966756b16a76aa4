// Calls: how do CALL, CALL_KW and CALL_FUNCTION_EX reach what they call?
//
// Invariant: these helpers take everything that the instruction has on the stack, whatever happens.  They return the result (> 0), 0 with an
// exception, or the negated address of a new innermost frame that is to run (then the result comes when it returns).

import { H32, H8 } from '../memory/linear.js';
import {
  _PyObject_FunctionStr,
  PY_VECTORCALL_ARGUMENTS_OFFSET,
  popNative,
  PyObject_Call,
  _Py_CheckFunctionResult,
  PyObject_Vectorcall,
  pushNative,
} from '../object/call.js';
import { METH_FASTCALL, METH_NOARGS, METH_O, METH_SIGNATURE, ML_FLAGS, ML_FN, ML_NPOS } from '../object/declare.js';
import { d_method, d_type, m_ml, m_self } from '../object/descr.js';
import { dictKey, dictValue, PyDict_CheckExact, PyDict_Next, PyDict_Size } from '../object/dict.js';
import { curexc, PyErr_SetString, typeName } from '../object/errors.js';
import { F } from '../object/functable.js';
import { ob_type } from '../object/head.js';
import { decref, incref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyType_IsSubtype } from '../object/isinstance.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Check, PySequence_Tuple } from '../object/sequence.js';
import {
  Py_None,
  PyBaseObject_Type,
  PyCFunction_Type,
  PyExc_SystemError,
  PyExc_TypeError,
  PyFunction_Type,
  PyMethod_Type,
  PyMethodDescr_Type,
  PyType_Type,
} from '../object/statics.js';
import { PyTuple_CheckExact, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM, tuple_items } from '../object/tuple.js';
import { Py_TPFLAGS_IS_ABSTRACT, tp_alloc, tp_call, tp_flags, tp_iter, tp_new } from '../object/type_layout.js';
import { _PyType_Lookup } from '../object/type_lookup.js';
import { PyUnicode_Check } from '../object/unicode.js';
import { func_vectorcall, PyFunction_Check } from '../types/function_layout.js';
import { _PyFunction_VectorcallIndex, makeCallFrame } from '../types/function_call.js';
import { cur_frame, F_FLAGS, F_IP, F_SP, FRAME_IS_INIT, popFrame, py_recursion_remaining } from '../types/iframe.js';
import { method_func, method_self } from '../types/method_layout.js';
import { recursionError } from './ops_misc.js';

const s_init = ID('__init__');

/** From pushGeneralCall: not a plain Python call after all; nothing was done. */
export const CALLED = 1;

function release(base: number, sp: number): void {
  for (let i = base; i < sp; i++) {
    const o = H32[i] as Obj;
    if (o !== 0) decref(o);
  }
}

/** Counts a new frame; makes it the innermost.  False with RecursionError, the frame given back. */
function enterFrame(frame: number): boolean {
  if (--H32[py_recursion_remaining] < 0) {
    recursionError();
    popFrame(frame);
    return false;
  }
  H32[cur_frame] = frame;
  return true;
}

/** Calls a Python function with any arguments: a new innermost frame, 0 with an exception, or CALLED. */
export function pushGeneralCall(frame: number, sp: number, base: number, kwnames: Obj): number {
  void frame;
  const func = H32[base] as Obj;
  if (H32[(func + func_vectorcall) >> 2] !== _PyFunction_VectorcallIndex) return CALLED;
  const args = H32[base + 1] === 0 ? base + 2 : base + 1;
  const total = sp - args;
  const next = makeCallFrame(func, NULL, args, kwnames === 0 ? total : total - PyTuple_GET_SIZE(kwnames), kwnames);
  release(base, sp);
  if (next === 0 || !enterFrame(next)) return 0;
  return next;
}

/** Puts a bound method's function and self in place of the method (at `base`, where the self slot is empty). */
export function unpackMethod(base: number): void {
  'use wasm';
  const m = H32[base] as Obj;
  const func = H32[(m + method_func) >> 2] as Obj;
  const self = H32[(m + method_self) >> 2] as Obj;
  incref(func);
  incref(self);
  H32[base] = func;
  H32[base + 1] = self;
  decref(m);
}

/** CALL of what is no Python function. */
export function callNative(frame: number, sp: number, base: number): number {
  const callable = H32[base] as Obj;
  const first = H32[base + 1] === 0 ? base + 2 : base + 1;
  const n = sp - first;
  const type = H32[(callable + ob_type) >> 2] as Obj;
  let r: Obj = NULL;
  let done = false;
  if (type === PyMethodDescr_Type) {
    if (n > 0) {
      const self = H32[first] as Obj;
      const owner = H32[(callable + d_type) >> 2] as Obj;
      if (Py_TYPE(self) === owner || PyType_IsSubtype(Py_TYPE(self), owner)) {
        const ml = H32[(callable + d_method) >> 2];
        const flags = H32[(ml + ML_FLAGS) >> 2];
        const f = F[H32[(ml + ML_FN) >> 2]];
        if (flags & METH_NOARGS) {
          if (n === 1) {
            r = f(self) as Obj;
            done = true;
          }
        } else if (flags & METH_O) {
          if (n === 2) {
            r = f(self, H32[first + 1]) as Obj;
            done = true;
          }
        } else if (flags & METH_FASTCALL) {
          r = f(self, (first + 1) << 2, n - 1, 0) as Obj;
          done = true;
        } else if (flags & METH_SIGNATURE && H32[(ml + ML_NPOS) >> 2] === n - 1) {
          if (n === 2) {
            r = f(self, H32[first + 1]) as Obj;
            done = true;
          } else if (n === 3) {
            r = f(self, H32[first + 1], H32[first + 2]) as Obj;
            done = true;
          }
        }
      }
    }
  } else if (type === PyCFunction_Type) {
    const self = H32[(callable + m_self) >> 2] as Obj;
    const ml = H32[(callable + m_ml) >> 2];
    const flags = H32[(ml + ML_FLAGS) >> 2];
    const f = F[H32[(ml + ML_FN) >> 2]];
    if (flags & METH_O) {
      if (n === 1) {
        r = f(self, H32[first]) as Obj;
        done = true;
      }
    } else if (flags & METH_NOARGS) {
      if (n === 0) {
        r = f(self) as Obj;
        done = true;
      }
    } else if (flags & METH_FASTCALL) {
      r = f(self, first << 2, n, 0) as Obj;
      done = true;
    } else if (flags & METH_SIGNATURE && H32[(ml + ML_NPOS) >> 2] === n) {
      if (n === 1) {
        r = f(self, H32[first]) as Obj;
        done = true;
      } else if (n === 2) {
        r = f(self, H32[first], H32[first + 1]) as Obj;
        done = true;
      }
    }
  } else if (type === PyType_Type || H32[(type + tp_call) >> 2] === H32[(PyType_Type + tp_call) >> 2]) {
    if (callable === PyType_Type && n === 1) {
      r = newref(Py_TYPE(H32[first] as Obj));
      done = true;
    } else if (first === base + 2) {
      const next = enterInit(callable, sp, base, NULL);
      if (next !== CALLED) return next;
    }
  } else if (type === PyFunction_Type && H32[(callable + func_vectorcall) >> 2] === _PyFunction_VectorcallIndex) {
    const next = pushGeneralCall(frame, sp, base, NULL);
    return -next;
  }
  if (!done) r = PyObject_Vectorcall(callable, first << 2, n | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
  else if (r === 0 || H32[curexc] !== 0) r = _Py_CheckFunctionResult(callable, r);
  for (let i = first; i < sp; i++) decref(H32[i] as Obj);
  decref(callable);
  return r;
}

/**
 * Calling a class whose instances are made by object.__new__ and initialized by a Python __init__: the negated address of __init__'s frame, with
 * the instance in the callable's place; 0 with an exception; or CALLED if the class is not of that kind (nothing was done).
 */
function enterInit(cls: Obj, sp: number, base: number, kwnames: Obj): number {
  if (H32[(cls + tp_new) >> 2] !== H32[(PyBaseObject_Type + tp_new) >> 2]) return CALLED;
  if (H32[(cls + tp_flags) >> 2] & Py_TPFLAGS_IS_ABSTRACT) return CALLED;
  const init = _PyType_Lookup(cls, idObj(s_init));
  if (init === 0 || !PyFunction_Check(init) || H32[(init + func_vectorcall) >> 2] !== _PyFunction_VectorcallIndex)
    return CALLED;
  const o = F[H32[(cls + tp_alloc) >> 2]](cls, 0) as Obj;
  if (o === 0) {
    release(base, sp);
    return 0;
  }
  H32[base + 1] = newref(o);
  incref(init);
  const total = sp - base - 1;
  const next = makeCallFrame(init, NULL, base + 1, kwnames === 0 ? total : total - PyTuple_GET_SIZE(kwnames), kwnames);
  decref(init);
  release(base, sp);
  if (next === 0 || !enterFrame(next)) {
    decref(o);
    return 0;
  }
  H32[base] = o;
  H8[next + F_FLAGS] |= FRAME_IS_INIT;
  return -next;
}

/** An __init__ called by enterInit has returned `value` (stolen) to `frame`: true and the frame goes on, or false with TypeError. */
export function leaveInit(frame: number, value: Obj): boolean {
  if (value !== Py_None) {
    PyErr_SetString(PyExc_TypeError, `__init__() should return None, not '${typeName(value)}'`);
    decref(value);
    return false;
  }
  decref(value);
  H32[(frame + F_IP) >> 2] += H32[(frame + F_SP + 4) >> 2];
  return true;
}

/** CALL_KW. */
export function callKw(frame: number, sp: number, base: number): number {
  const kwnames = H32[--sp] as Obj;
  if (Py_TYPE(H32[base] as Obj) === PyMethod_Type && H32[base + 1] === 0) unpackMethod(base);
  const callable = H32[base] as Obj;
  let r: number;
  if (Py_TYPE(callable) === PyFunction_Type && H32[(callable + func_vectorcall) >> 2] === _PyFunction_VectorcallIndex) {
    r = -pushGeneralCall(frame, sp, base, kwnames);
    decref(kwnames);
    return r;
  }
  const first = H32[base + 1] === 0 ? base + 2 : base + 1;
  const type = Py_TYPE(callable);
  if (first === base + 2 && H32[(type + tp_call) >> 2] === H32[(PyType_Type + tp_call) >> 2]) {
    r = enterInit(callable, sp, base, kwnames);
    if (r !== CALLED) {
      decref(kwnames);
      return r;
    }
  }
  const nargs = sp - first - PyTuple_GET_SIZE(kwnames);
  r = PyObject_Vectorcall(callable, first << 2, nargs | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
  release(base, sp);
  decref(kwnames);
  return r;
}

/** CALL_FUNCTION_EX: [callable, NULL, arguments, keywords or NULL]. */
export function callFunctionEx(frame: number, sp: number): number {
  void frame;
  const func = H32[sp - 4] as Obj;
  let args = H32[sp - 2] as Obj;
  const kwargs = H32[sp - 1] as Obj;
  if (!PyTuple_CheckExact(args)) {
    const tuple = argumentsTuple(func, args);
    if (tuple === 0) {
      release(sp - 4, sp);
      return 0;
    }
    H32[sp - 2] = tuple;
    decref(args);
    args = tuple;
  }
  if (kwargs !== 0 && !PyDict_CheckExact(kwargs)) {
    PyErr_SetString(PyExc_SystemError, 'keywords must be a dict');
    release(sp - 4, sp);
    return 0;
  }
  let r: number;
  if (PyFunction_Check(func) && H32[(func + func_vectorcall) >> 2] === _PyFunction_VectorcallIndex)
    r = -frameFor(func, args, kwargs);
  else r = PyObject_Call(func, args, kwargs);
  release(sp - 4, sp);
  return r;
}

function argumentsTuple(func: Obj, args: Obj): Obj {
  const type = Py_TYPE(args);
  const tuple = H32[(type + tp_iter) >> 2] === 0 && !PySequence_Check(args) ? NULL : PySequence_Tuple(args);
  if (tuple === 0 && H32[(type + tp_iter) >> 2] === 0 && !PySequence_Check(args)) {
    PyErr_SetString(
      PyExc_TypeError,
      `${_PyObject_FunctionStr(func)} argument after * must be an iterable, not ${typeName(args)}`,
    );
  }
  return tuple;
}

/** A new innermost frame for func(*args, **kwargs), or 0 with an exception. */
function frameFor(func: Obj, args: Obj, kwargs: Obj): number {
  const nargs = PyTuple_GET_SIZE(args);
  const nkw = kwargs === 0 ? 0 : PyDict_Size(kwargs);
  let next: number;
  if (nkw === 0) next = makeCallFrame(func, NULL, (args + tuple_items) >> 2, nargs, NULL);
  else {
    const names = PyTuple_New(nkw);
    if (names === 0) return 0;
    const base = pushNative(nargs + nkw);
    if (base === 0) {
      decref(names);
      return 0;
    }
    const w = base >> 2;
    for (let i = 0; i < nargs; i++) H32[w + i] = H32[((args + tuple_items) >> 2) + i];
    let pos = 0;
    let i = 0;
    let allStrings = true;
    while ((pos = PyDict_Next(kwargs, pos)) !== 0) {
      if (!PyUnicode_Check(dictKey)) allStrings = false;
      PyTuple_SET_ITEM(names, i, newref(dictKey));
      H32[w + nargs + i] = newref(dictValue);
      i++;
    }
    if (allStrings) next = makeCallFrame(func, NULL, w, nargs, names);
    else {
      PyErr_SetString(PyExc_TypeError, 'keywords must be strings');
      next = 0;
    }
    for (let k = 0; k < i; k++) decref(H32[w + nargs + k] as Obj);
    popNative(base);
    decref(names);
  }
  return next === 0 || !enterFrame(next) ? 0 : next;
}
