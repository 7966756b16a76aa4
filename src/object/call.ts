// How is an object called?
//
// Invariant: argument vectors are in the heap: `args` is the address of consecutive references, the positional ones first, then one for
// each name in the tuple `kwnames`.  Vectors that native code builds stand on the native argument stack, which grows upward between
// two addresses and is cut back by whoever pushed; the references there are borrowed from the pusher.

import { PyMem_RawFree, PyMem_RawMalloc } from '../memory/alloc.js';
import { Py_FatalError } from '../memory/fatal.js';
import { H32, staticWord } from '../memory/linear.js';
import { PyExc_SystemError, PyExc_TypeError } from './statics.js';
import { PyDict_Next, PyDict_New, PyDict_SetItem, PyDict_Size, dictKey, dictValue } from './dict.js';
import {
  curexc,
  Py_EnterRecursiveCall,
  Py_LeaveRecursiveCall,
  PyErr_Clear,
  PyErr_GetRaisedException,
  PyException_GetCause,
  PyErr_NoMemory,
  PyErr_SetString,
  typeName,
  _PyErr_FormatFromCause,
  reprText,
} from './errors.js';
import { F } from './functable.js';
import { decref, incref, Py_TYPE, xdecref } from './header.js';
import { ID, idObj } from './identifiers.js';
import { _PyObject_GetMethod, methodUnbound, PyObject_GetAttr, PyObject_Str } from './object.js';
import { NULL, type Obj } from './ptr.js';
import { fromArray, PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM, tuple_items } from './tuple.js';
import { Py_TPFLAGS_HAVE_VECTORCALL, tp_call, tp_flags, tp_vectorcall_offset } from './type_layout.js';
import { PyUnicode_Check, asString } from './unicode.js';

const s_qualname = ID('__qualname__');
const s_module = ID('__module__');

/** In nargsf: the callee may overwrite args[-1] (and must restore it). */
export const PY_VECTORCALL_ARGUMENTS_OFFSET = 0x40000000;

export function PyVectorcall_NARGS(nargsf: number): number {
  return nargsf & ~PY_VECTORCALL_ARGUMENTS_OFFSET;
}

const NATIVE_STACK_BYTES = 1024 * 1024;
/** Index of the top of the native argument stack (an address), and of its end. */
export const native_sp = staticWord();
const native_end = staticWord();
const native_base = staticWord();

export function initNativeStack(): boolean {
  const p = PyMem_RawMalloc(NATIVE_STACK_BYTES);
  H32[native_base] = p;
  H32[native_sp] = p;
  H32[native_end] = p + NATIVE_STACK_BYTES;
  return p !== 0;
}

/** The address of the native argument stack's first word (finalization frees it). */
export function nativeStackBase(): number {
  return H32[native_base];
}

/**
 * Reserves `n` words of the native argument stack, or a block of their own where it has no room for them; give them back with
 * popNative(the result).  Returns 0 with MemoryError when there is no memory.
 */
export function pushNative(n: number): number {
  const p = H32[native_sp];
  const next = p + 4 * n;
  if (next > H32[native_end]) {
    const block = PyMem_RawMalloc(4 * n);
    return block !== 0 ? block : PyErr_NoMemory();
  }
  H32[native_sp] = next;
  return p;
}

export function popNative(p: number): void {
  if ((p - H32[native_base]) >>> 0 > NATIVE_STACK_BYTES) PyMem_RawFree(p);
  else H32[native_sp] = p;
}

/** The function index of an object's vectorcall, or 0. */
export function vectorcallOf(callable: Obj): number {
  const type = Py_TYPE(callable);
  if ((H32[(type + tp_flags) >> 2] & Py_TPFLAGS_HAVE_VECTORCALL) === 0) return 0;
  return H32[(callable + H32[(type + tp_vectorcall_offset) >> 2]) >> 2];
}

export function PyCallable_Check(o: Obj): boolean {
  return o !== 0 && H32[(Py_TYPE(o) + tp_call) >> 2] !== 0;
}

/** Returns the result of a call, having checked that it and the exception agree (a new reference, or NULL with an exception). */
export function _Py_CheckFunctionResult(callable: Obj, result: Obj): Obj {
  if (result === 0) {
    if (H32[curexc] === 0) {
      PyErr_SetString(PyExc_SystemError, `${reprText(callable)} returned NULL without setting an exception`);
      if (Py_DEBUG) fatalResult('a function returned NULL without setting an exception');
    }
    return NULL;
  }
  if (H32[curexc] !== 0) {
    decref(result);
    _PyErr_FormatFromCause(PyExc_SystemError, `${reprText(callable)} returned a result with an exception set`);
    if (Py_DEBUG) fatalResult('a function returned a result with an exception set');
    return NULL;
  }
  return result;
}

/** An assertion of a debug build: ends the process over the current exception, which tells of the wrong result. */
function fatalResult(message: string): never {
  const told = PyErr_GetRaisedException();
  const cause = PyException_GetCause(told);
  const before =
    cause === 0
      ? ''
      : `${exceptionLine(cause)}\nThe above exception was the direct cause of the following exception:\n\n`;
  return Py_FatalError(`_Py_CheckFunctionResult: ${message}`, '', before + exceptionLine(told));
}

function exceptionLine(e: Obj): string {
  const s = PyObject_Str(e);
  const text = s === 0 ? '<exception str() failed>' : asString(s);
  return `${typeName(e)}${text === '' ? '' : `: ${text}`}\n`;
}

/** Whether a result and the exception need a closer look: every call ends with this. */
const suspect = (result: Obj): boolean => result === 0 || H32[curexc] !== 0;

/** Calls with an argument vector (PEP 590). All borrowed; returns a new reference, or NULL with an exception. */
export function PyObject_Vectorcall(callable: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  const vc = vectorcallOf(callable);
  if (vc === 0) return _PyObject_MakeTpCall(callable, args, PyVectorcall_NARGS(nargsf), kwnames);
  const result = F[vc](callable, args, nargsf, kwnames) as Obj;
  return suspect(result) ? _Py_CheckFunctionResult(callable, result) : result;
}

/** The slow way: makes a tuple and a dict and calls tp_call. */
export function _PyObject_MakeTpCall(callable: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  const call = H32[(Py_TYPE(callable) + tp_call) >> 2];
  if (call === 0) return notCallable(callable);
  const tuple = fromArray(args, nargs);
  if (tuple === 0) return NULL;
  let kwargs: Obj = NULL;
  if (kwnames !== 0 && PyTuple_GET_SIZE(kwnames) > 0) {
    kwargs = _PyStack_AsDict(args + 4 * nargs, kwnames);
    if (kwargs === 0) {
      decref(tuple);
      return NULL;
    }
  }
  let result: Obj = NULL;
  if (Py_EnterRecursiveCall(' while calling a Python object') === 0) {
    result = F[call](callable, tuple, kwargs) as Obj;
    Py_LeaveRecursiveCall();
    result = _Py_CheckFunctionResult(callable, result);
  }
  decref(tuple);
  xdecref(kwargs);
  return result;
}

function notCallable(callable: Obj): Obj {
  return PyErr_SetString(PyExc_TypeError, `'${typeName(callable)}' object is not callable`);
}

/** A new dict of the keyword values at `values`, named by `kwnames`; NULL with an exception. */
export function _PyStack_AsDict(values: number, kwnames: Obj): Obj {
  const dict = PyDict_New();
  if (dict === 0) return NULL;
  const n = PyTuple_GET_SIZE(kwnames);
  for (let i = 0; i < n; i++) {
    if (PyDict_SetItem(dict, PyTuple_GET_ITEM(kwnames, i), H32[(values >> 2) + i] as Obj) < 0) {
      decref(dict);
      return NULL;
    }
  }
  return dict;
}

/** Calls with a tuple and a dict (or NULL); borrowed; new reference or NULL. */
export function PyObject_Call(callable: Obj, args: Obj, kwargs: Obj): Obj {
  const vc = vectorcallOf(callable);
  if (vc !== 0) return PyVectorcall_Call(callable, args, kwargs);
  const call = H32[(Py_TYPE(callable) + tp_call) >> 2];
  if (call === 0) return notCallable(callable);
  if (Py_EnterRecursiveCall(' while calling a Python object') !== 0) return NULL;
  const result = F[call](callable, args, kwargs) as Obj;
  Py_LeaveRecursiveCall();
  return _Py_CheckFunctionResult(callable, result);
}

/** tp_call of every type that has a vectorcall: lays the tuple and the dict out as a vector. */
export function PyVectorcall_Call(callable: Obj, tuple: Obj, kwargs: Obj): Obj {
  // Whether the type's flag says so or not: super().__call__() comes here from a class that has a __call__ of its own.
  const offset = H32[(Py_TYPE(callable) + tp_vectorcall_offset) >> 2];
  const vc = offset === 0 ? 0 : H32[(callable + offset) >> 2];
  if (vc === 0) return notCallable(callable);
  const nargs = PyTuple_GET_SIZE(tuple);
  if (kwargs === 0 || PyDict_Size(kwargs) === 0) {
    const r = F[vc](callable, tuple + tuple_items, nargs, 0) as Obj;
    return suspect(r) ? _Py_CheckFunctionResult(callable, r) : r;
  }
  const nkw = PyDict_Size(kwargs);
  const names = PyTuple_New(nkw);
  if (names === 0) return NULL;
  const base = pushNative(nargs + nkw + 1);
  if (base === 0) {
    decref(names);
    return NULL;
  }
  const args = base + 4;
  for (let i = 0; i < nargs; i++) H32[(args >> 2) + i] = PyTuple_GET_ITEM(tuple, i);
  let pos = 0;
  let i = 0;
  let allStrings = true;
  while ((pos = PyDict_Next(kwargs, pos)) !== 0) {
    if (!PyUnicode_Check(dictKey)) allStrings = false;
    incref(dictKey);
    incref(dictValue);
    PyTuple_SET_ITEM(names, i, dictKey);
    H32[(args >> 2) + nargs + i] = dictValue;
    i++;
  }
  let result: Obj = NULL;
  if (!allStrings) PyErr_SetString(PyExc_TypeError, 'keywords must be strings');
  else result = F[vc](callable, args, nargs | PY_VECTORCALL_ARGUMENTS_OFFSET, names) as Obj;
  for (let k = 0; k < i; k++) decref(H32[(args >> 2) + nargs + k] as Obj);
  popNative(base);
  decref(names);
  return suspect(result) ? _Py_CheckFunctionResult(callable, result) : result;
}

/** PyObject_VectorcallDict: positional vector and a keyword dict (or NULL). */
export function PyObject_VectorcallDict(callable: Obj, args: number, nargs: number, kwargs: Obj): Obj {
  if (kwargs === 0 || PyDict_Size(kwargs) === 0) return PyObject_Vectorcall(callable, args, nargs, NULL);
  const tuple = fromArray(args, nargs);
  if (tuple === 0) return NULL;
  const r = PyObject_Call(callable, tuple, kwargs);
  decref(tuple);
  return r;
}

export function PyObject_CallNoArgs(callable: Obj): Obj {
  const base = pushNative(1);
  if (base === 0) return NULL;
  const r = PyObject_Vectorcall(callable, base + 4, PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
  popNative(base);
  return r;
}

export function PyObject_CallOneArg(callable: Obj, a: Obj): Obj {
  const base = pushNative(2);
  if (base === 0) return NULL;
  H32[(base + 4) >> 2] = a;
  const r = PyObject_Vectorcall(callable, base + 4, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
  popNative(base);
  return r;
}

/** Calls with up to four positional arguments; NULL ends the list. */
export function PyObject_CallFunctionObjArgs(
  callable: Obj,
  a: Obj = NULL,
  b: Obj = NULL,
  c: Obj = NULL,
  d: Obj = NULL,
): Obj {
  const base = pushNative(5);
  if (base === 0) return NULL;
  const at = base >> 2;
  H32[at + 1] = a;
  H32[at + 2] = b;
  H32[at + 3] = c;
  H32[at + 4] = d;
  const n = a === 0 ? 0 : b === 0 ? 1 : c === 0 ? 2 : d === 0 ? 3 : 4;
  const r = PyObject_Vectorcall(callable, base + 4, n | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
  popNative(base);
  return r;
}

/** Calls with a tuple of arguments, or none if NULL. */
export function PyObject_CallObject(callable: Obj, args: Obj): Obj {
  return args === 0 ? PyObject_CallNoArgs(callable) : PyObject_Call(callable, args, NULL);
}

/** As PyObject_Vectorcall for the method `name` of args[0]. */
export function PyObject_VectorcallMethod(name: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  const nargs = PyVectorcall_NARGS(nargsf);
  const self = H32[args >> 2] as Obj;
  const callable = _PyObject_GetMethod(self, name);
  if (callable === 0) return NULL;
  const r = methodUnbound
    ? PyObject_Vectorcall(callable, args, nargs, kwnames)
    : PyObject_Vectorcall(callable, args + 4, (nargs - 1) | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
  decref(callable);
  return r;
}

export function PyObject_CallMethodNoArgs(self: Obj, name: Obj): Obj {
  return PyObject_CallMethodObjArgs(self, name);
}

export function PyObject_CallMethodOneArg(self: Obj, name: Obj, a: Obj): Obj {
  return PyObject_CallMethodObjArgs(self, name, a);
}

/** Calls the method `name` (a str) of `self` with up to four arguments; NULL ends the list. */
export function PyObject_CallMethodObjArgs(
  self: Obj,
  name: Obj,
  a: Obj = NULL,
  b: Obj = NULL,
  c: Obj = NULL,
  d: Obj = NULL,
): Obj {
  const base = pushNative(6);
  if (base === 0) return NULL;
  const at = base >> 2;
  H32[at + 1] = self;
  H32[at + 2] = a;
  H32[at + 3] = b;
  H32[at + 4] = c;
  H32[at + 5] = d;
  const n = a === 0 ? 1 : b === 0 ? 2 : c === 0 ? 3 : d === 0 ? 4 : 5;
  const r = PyObject_VectorcallMethod(name, base + 4, n | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
  popNative(base);
  return r;
}

/** The callable's name as messages show it: `module.qualname()` or its str (_PyObject_FunctionStr). */
export function _PyObject_FunctionStr(o: Obj): string {
  const q = PyObject_GetAttr(o, idObj(s_qualname));
  if (q === 0) {
    PyErr_Clear();
    return reprText(o);
  }
  let text = asString(q);
  decref(q);
  const m = PyObject_GetAttr(o, idObj(s_module));
  if (m === 0) PyErr_Clear();
  else {
    if (PyUnicode_Check(m)) {
      const name = asString(m);
      if (name !== 'builtins') text = `${name}.${text}`;
    }
    decref(m);
  }
  return `${text}()`;
}
