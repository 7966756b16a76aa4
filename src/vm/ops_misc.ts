// The remaining instructions: making functions, subscripts and slices, pattern matching, and what is too rare for the loop.

import { H32 } from '../memory/linear.js';
import { PyDict_SetItem } from '../object/dict.js';
import { ob_type } from '../object/head.js';
import { list_items } from '../object/list.js';
import { PyErr_Clear, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { PyObject_DelItem, PyObject_GetItem, PyObject_SetItem, PyObject_Size } from '../object/mapping.js';
import { PyNumber_Invert, PyNumber_Negative } from '../object/number.js';
import type { Obj } from '../object/ptr.js';
import { compactValue, isCompactLong, PyLong_FromLong } from '../object/long.js';
import { PySlice_New } from '../object/slice.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import {
  Py_False,
  Py_None,
  Py_True,
  PyDict_Type,
  PyExc_RecursionError,
  PyExc_TypeError,
  PyFunction_Type,
  PyList_Type,
} from '../object/statics.js';
import { ob_size, Py_TPFLAGS_MAPPING, Py_TPFLAGS_SEQUENCE, tp_flags } from '../object/type_layout.js';
import * as O from '../compiler/opcodes.js';
import {
  func_annotate,
  func_annotations,
  func_closure,
  func_defaults,
  func_kwdefaults,
  func_qualname,
} from '../types/function_layout.js';
import { F_GLOBALS, py_recursion_remaining } from '../types/iframe.js';
import { PyFunction_New } from '../types/function.js';
import { intrinsic1, intrinsic2 } from './intrinsics.js';
import { matchClass, matchKeys } from './match.js';
import { unpack } from './ops_iter.js';

export { unpackMethod } from './ops_call.js';

/** RecursionError for one Python frame too many, whose count is taken back.  (Raising has some frames in reserve.) */
export function recursionError(): void {
  H32[py_recursion_remaining] += 50;
  PyErr_SetString(PyExc_RecursionError, 'maximum recursion depth exceeded');
  H32[py_recursion_remaining] -= 49;
}

export function unary(v: Obj, op: number): Obj {
  const r = op === O.UNARY_NEGATIVE ? PyNumber_Negative(v) : PyNumber_Invert(v);
  if (r !== 0) decref(v);
  return r;
}

/** MAKE_FUNCTION: `code` is given up on success. */
export function makeFunction(frame: number, code: Obj): Obj {
  const f = PyFunction_New(code, H32[(frame + F_GLOBALS) >> 2] as Obj);
  if (f !== 0) decref(code);
  return f;
}

/** SET_FUNCTION_ATTRIBUTE: [value, function] -> [function]. */
export function setFunctionAttribute(sp: number, which: number): void {
  const f = H32[sp - 1];
  const value = H32[sp - 2];
  let at = func_annotate;
  if (which === O.MAKE_FUNCTION_DEFAULTS) at = func_defaults;
  else if (which === O.MAKE_FUNCTION_KWDEFAULTS) at = func_kwdefaults;
  else if (which === O.MAKE_FUNCTION_ANNOTATIONS) at = func_annotations;
  else if (which === O.MAKE_FUNCTION_CLOSURE) at = func_closure;
  const old = H32[(f + at) >> 2] as Obj;
  H32[(f + at) >> 2] = value;
  H32[sp - 2] = f;
  xdecref(old);
  if (at === func_annotate && Py_TYPE(value as Obj) === PyFunction_Type) nameAnnotate(f as Obj, value as Obj);
}

/** The function that makes the annotations of `f` is named after it.  (Without memory it keeps the name of its code.) */
function nameAnnotate(f: Obj, annotate: Obj): void {
  const qualname = PyUnicode_FromString(`${asString(H32[(f + func_qualname) >> 2] as Obj)}.__annotate__`);
  if (qualname === 0) {
    PyErr_Clear();
    return;
  }
  const old = H32[(annotate + func_qualname) >> 2] as Obj;
  H32[(annotate + func_qualname) >> 2] = qualname;
  decref(old);
}

/** STORE_SUBSCR: [value, container, key] -> []. */
export function storeSubscr(sp: number): number {
  'use wasm';
  const value = H32[sp - 3] as Obj;
  const container = H32[sp - 2] as Obj;
  const key = H32[sp - 1] as Obj;
  const type = H32[(container + ob_type) >> 2];
  if (type === PyList_Type && isCompactLong(key)) {
    let i = compactValue(key);
    const n = H32[(container + ob_size) >> 2];
    if (i < 0) i += n;
    if (i >= 0 && i < n) {
      const at = (H32[(container + list_items) >> 2] >> 2) + i;
      const old = H32[at] as Obj;
      H32[at] = value;
      decref(old);
      decref(container);
      decref(key);
      return sp - 3;
    }
  }
  if (type === PyDict_Type) {
    if (PyDict_SetItem(container, key, value) < 0) return 0;
  } else if (PyObject_SetItem(container, key, value) < 0) return 0;
  decref(value);
  decref(container);
  decref(key);
  return sp - 3;
}

/** DELETE_SUBSCR, BINARY_SLICE and STORE_SLICE. */
export function sliceOp(sp: number, op: number): number {
  if (op === O.DELETE_SUBSCR) {
    const container = H32[sp - 2] as Obj;
    const key = H32[sp - 1] as Obj;
    if (PyObject_DelItem(container, key) < 0) return 0;
    decref(container);
    decref(key);
    return sp - 2;
  }
  const start = H32[sp - 2] as Obj;
  const stop = H32[sp - 1] as Obj;
  const container = H32[sp - 3] as Obj;
  const slice = PySlice_New(start, stop, Py_None);
  if (slice === 0) return 0;
  if (op === O.BINARY_SLICE) {
    const r = PyObject_GetItem(container, slice);
    decref(slice);
    if (r === 0) return 0;
    H32[sp - 3] = r;
    decref(container);
    decref(start);
    decref(stop);
    return sp - 2;
  }
  const value = H32[sp - 4] as Obj;
  const r = PyObject_SetItem(container, slice, value);
  decref(slice);
  if (r < 0) return 0;
  for (let i = 1; i <= 4; i++) decref(H32[sp - i] as Obj);
  return sp - 4;
}

/** The rarest: the new stack pointer, or 0. */
export function rareOp(frame: number, sp: number, op: number, oparg: number): number {
  switch (op) {
    case O.UNPACK_EX:
      return unpack(sp, oparg & 0xff, oparg >> 8);
    case O.GET_LEN: {
      const n = PyObject_Size(H32[sp - 1] as Obj);
      if (n < 0) return 0;
      const o = PyLong_FromLong(n);
      if (o === 0) return 0;
      H32[sp] = o;
      return sp + 1;
    }
    case O.MATCH_MAPPING:
    case O.MATCH_SEQUENCE: {
      const flag = op === O.MATCH_MAPPING ? Py_TPFLAGS_MAPPING : Py_TPFLAGS_SEQUENCE;
      H32[sp] = newref(H32[(Py_TYPE(H32[sp - 1] as Obj) + tp_flags) >> 2] & flag ? Py_True : Py_False);
      return sp + 1;
    }
    case O.MATCH_CLASS: {
      // [subject, type, names] -> [attributes or None]
      const r = matchClass(H32[sp - 3] as Obj, H32[sp - 2] as Obj, oparg, H32[sp - 1] as Obj);
      if (r === 0) return 0;
      for (let i = 1; i <= 3; i++) decref(H32[sp - i] as Obj);
      H32[sp - 3] = r;
      return sp - 2;
    }
    case O.MATCH_KEYS: {
      const r = matchKeys(H32[sp - 2] as Obj, H32[sp - 1] as Obj);
      if (r === 0) return 0;
      H32[sp] = r;
      return sp + 1;
    }
    case O.CALL_INTRINSIC_1: {
      const v = H32[sp - 1] as Obj;
      const r = intrinsic1(frame, oparg, v);
      if (r === 0) return 0;
      H32[sp - 1] = r;
      decref(v);
      return sp;
    }
    case O.CALL_INTRINSIC_2: {
      const a = H32[sp - 2] as Obj;
      const b = H32[sp - 1] as Obj;
      const r = intrinsic2(oparg, a, b);
      if (r === 0) return 0;
      H32[sp - 2] = r;
      decref(a);
      decref(b);
      return sp - 1;
    }
    default: {
      // EXIT_INIT_CHECK
      const v = H32[sp - 1] as Obj;
      if (v !== Py_None) {
        PyErr_SetString(PyExc_TypeError, `__init__() should return None, not '${typeName(v)}'`);
        return 0;
      }
      decref(v);
      return sp - 1;
    }
  }
}
