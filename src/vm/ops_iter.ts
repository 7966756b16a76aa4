// Iteration: what do FOR_ITER and UNPACK_SEQUENCE / UNPACK_EX do?

import { H32, H8 } from '../memory/linear.js';
import { curexc, PyErr_Clear, PyErr_ExceptionMatches, PyErr_SetString, typeName } from '../object/errors.js';
import { F } from '../object/functable.js';
import { ob_type } from '../object/head.js';
import { decref, incref, Py_TYPE } from '../object/header.js';
import { PyObject_GetIter } from '../object/iter.js';
import { PyDict_CheckExact, PyDict_Size } from '../object/dict.js';
import { list_items, PyList_CheckExact, PyList_GET_SIZE } from '../object/list.js';
import { PyObject_Size } from '../object/mapping.js';
import { PySequence_Check, PySequence_List } from '../object/sequence.js';
import type { Obj } from '../object/ptr.js';
import {
  PyExc_StopIteration,
  PyExc_TypeError,
  PyExc_ValueError,
  PyListIter_Type,
  PyRangeIter_Type,
  PyTupleIter_Type,
} from '../object/statics.js';
import { PyTuple_CheckExact, tuple_items } from '../object/tuple.js';
import { ob_size, tp_iter, tp_iternext } from '../object/type_layout.js';
import * as O from '../compiler/opcodes.js';
import { monitorStop } from './monitoring_events.js';

/** The next item (a new reference), 0 at the end (StopIteration is cleared), -1 on error. */
export function iterNext(it: Obj): number {
  const next = H32[(H32[(it + ob_type) >> 2] + tp_iternext) >> 2];
  if (next === 0) {
    PyErr_SetString(PyExc_TypeError, `'${typeName(it)}' object is not an iterator`);
    return -1;
  }
  const v = F[next](it);
  return v !== 0 ? v : iterationEnded() ? 0 : -1;
}

/** An iterator gave nothing: whether that is its end (a StopIteration is then cleared). */
export function iterationEnded(): boolean {
  if (H32[curexc] === 0) return true;
  if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return false;
  monitorStop();
  if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return false;
  PyErr_Clear();
  return true;
}

/** FOR_ITER in general. */
export function forIterSlow(it: Obj, pc: number): number {
  const type = H32[(it + ob_type) >> 2];
  if (
    (type === PyRangeIter_Type || type === PyListIter_Type || type === PyTupleIter_Type) &&
    H8[pc << 1] === O.FOR_ITER
  ) {
    H8[pc << 1] =
      type === PyRangeIter_Type ? O.FOR_ITER_RANGE : type === PyListIter_Type ? O.FOR_ITER_LIST : O.FOR_ITER_TUPLE;
  }
  return iterNext(it);
}

function notEnough(expected: number, got: number, star: boolean): 0 {
  PyErr_SetString(
    PyExc_ValueError,
    `not enough values to unpack (expected ${star ? 'at least ' : ''}${expected}, got ${got})`,
  );
  return 0;
}

function notIterable(v: Obj): boolean {
  const type = Py_TYPE(v);
  if (!PyErr_ExceptionMatches(PyExc_TypeError)) return false;
  return H32[(type + tp_iter) >> 2] === 0 && !PySequence_Check(v);
}

/** UNPACK_SEQUENCE: the new stack pointer, or 0. */
export function unpackSequence(sp: number, n: number): number {
  return unpack(sp, n, -1);
}

/** Unpacks TOS into `before` items, or with `after` >= 0 into `before` items, a list, and `after` items; the first item ends up on top. */
export function unpack(sp: number, before: number, after: number): number {
  const v = H32[sp - 1] as Obj;
  const base = sp - 1;
  const total = after < 0 ? before : before + 1 + after;
  if (after < 0 && (PyList_CheckExact(v) || PyTuple_CheckExact(v)) && H32[(v + ob_size) >> 2] === before) {
    const items = (PyList_CheckExact(v) ? H32[(v + list_items) >> 2] : v + tuple_items) >> 2;
    for (let i = 0; i < before; i++) {
      const item = H32[items + i] as Obj;
      incref(item);
      H32[base + before - 1 - i] = item;
    }
    decref(v);
    return base + before;
  }
  const it = PyObject_GetIter(v);
  if (it === 0) {
    if (notIterable(v)) PyErr_SetString(PyExc_TypeError, `cannot unpack non-iterable ${typeName(v)} object`);
    return 0;
  }
  // Items gather above the operand, where the frame does not see them; they are given back on failure.
  const got: Obj[] = [];
  const fail = (): 0 => {
    for (const o of got) decref(o);
    decref(it);
    return 0;
  };
  while (got.length < before) {
    const item = iterNext(it);
    if (item < 0) return fail();
    if (item === 0) {
      notEnough(after < 0 ? before : before + after, got.length, after >= 0);
      return fail();
    }
    got.push(item as Obj);
  }
  if (after < 0) {
    const extra = iterNext(it);
    if (extra < 0) return fail();
    if (extra > 0) {
      decref(extra as Obj);
      let more = '';
      if (PyList_CheckExact(v) || PyTuple_CheckExact(v) || PyDict_CheckExact(v)) {
        const n = PyDict_CheckExact(v) ? PyDict_Size(v) : PyObject_Size(v);
        if (n > before) more = `, got ${n}`;
      }
      PyErr_SetString(PyExc_ValueError, `too many values to unpack (expected ${before}${more})`);
      return fail();
    }
  } else {
    const rest = PySequence_List(it);
    if (rest === 0) return fail();
    const n = PyList_GET_SIZE(rest);
    if (n < after) {
      decref(rest);
      notEnough(before + after, before + n, true);
      return fail();
    }
    got.push(rest);
    const items = H32[(rest + list_items) >> 2] >> 2;
    for (let i = n - after; i < n; i++) {
      got.push(H32[items + i] as Obj);
      H32[items + i] = 0;
    }
    H32[(rest + ob_size) >> 2] = n - after;
  }
  decref(it);
  for (let i = 0; i < total; i++) H32[base + total - 1 - i] = got[i];
  decref(v);
  return base + total;
}
