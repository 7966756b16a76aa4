// What is zip?  Invariant: the iterators stand in a tuple that never changes; with strict, all must end at the same time, and what did not
// is named.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { defineType, method } from '../object/declare.js';
import { PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { F } from '../object/functable.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { PyObject_GetIter } from '../object/iter.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyObject_GenericGetAttr, PyObject_IsTrue, PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { emptyTuple, Py_None, Py_True, PyExc_StopIteration, PyExc_ValueError, PyZip_Type } from '../object/statics.js';
import {
  PyTuple_GET_ITEM,
  PyTuple_GET_SIZE,
  PyTuple_New,
  PyTuple_Pack,
  PyTuple_SET_ITEM,
  tuple_items,
} from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC, tp_iternext } from '../object/type_layout.js';
import { finishRecycled, takeRecycled } from './tuple_recycle.js';

const Zip = layout({ ittuple: ref, result: ref, strict: i32 });
const { ittuple, result: z_result, strict: z_strict } = Zip;

const STRICT_SIG = parseSignature('zip', '(*, strict: bool = False)');

/** A tuple of iterators over args[from], args[from + 1], …; new, or NULL. */
export function iteratorsOf(args: Obj, from: number): Obj {
  const n = PyTuple_GET_SIZE(args) - from;
  const its = PyTuple_New(n);
  if (its === 0) return NULL;
  for (let i = 0; i < n; i++) {
    const it = PyObject_GetIter(PyTuple_GET_ITEM(args, from + i));
    if (it === 0) {
      decref(its);
      return NULL;
    }
    PyTuple_SET_ITEM(its, i, it);
  }
  return its;
}

function zip_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  let strict = 0;
  if (kwargs !== 0) {
    if (!bindTuple(STRICT_SIG, emptyTuple, kwargs)) return NULL;
    strict = bound[0];
  }
  const its = iteratorsOf(args, 0);
  if (its === 0) return NULL;
  const n = PyTuple_GET_SIZE(its);
  const result = PyTuple_New(n);
  const z = result === 0 ? NULL : PyType_GenericAlloc(type, 0);
  if (z === 0) {
    decref(its);
    if (result !== 0) decref(result);
    return NULL;
  }
  for (let i = 0; i < n; i++) PyTuple_SET_ITEM(result, i, newref(Py_None));
  H32[(z + ittuple) >> 2] = its;
  H32[(z + z_result) >> 2] = result;
  H32[(z + z_strict) >> 2] = strict;
  return z;
}

/** Asks iterator i of the tuple for its next item: new, or NULL at the end or with an exception. */
export function nextOf(its: Obj, i: number): Obj {
  const it = PyTuple_GET_ITEM(its, i);
  return F[H32[(Py_TYPE(it) + tp_iternext) >> 2]](it) as Obj;
}

/** Whether iteration has just ended rather than failed; clears StopIteration. */
function ended(): boolean {
  if (PyErr_Occurred() === 0) return true;
  if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return false;
  PyErr_Clear();
  return true;
}

/** Iterator i has ended in strict mode: NULL, with ValueError unless all others end now. */
export function strictEnd(name: string, its: Obj, i: number): Obj {
  if (!ended()) return NULL;
  const upTo = (k: number) => (k === 1 ? ' 1' : `s 1-${k}`);
  if (i > 0) return PyErr_SetString(PyExc_ValueError, `${name}() argument ${i + 1} is shorter than argument${upTo(i)}`);
  for (let k = 1; k < PyTuple_GET_SIZE(its); k++) {
    const item = nextOf(its, k);
    if (item !== 0) {
      decref(item);
      return PyErr_SetString(PyExc_ValueError, `${name}() argument ${k + 1} is longer than argument${upTo(k)}`);
    }
    if (!ended()) return NULL;
  }
  return NULL;
}

export function zip_next(z: Obj): Obj {
  const its = H32[(z + ittuple) >> 2] as Obj;
  const n = PyTuple_GET_SIZE(its);
  if (n === 0) return NULL;
  const kept = H32[(z + z_result) >> 2] as Obj;
  const recycled = takeRecycled(kept);
  const result = recycled ? kept : PyTuple_New(n);
  if (result === 0) return NULL;
  for (let i = 0; i < n; i++) {
    const item = nextOf(its, i);
    if (item === 0) {
      decref(result);
      return H32[(z + z_strict) >> 2] !== 0 ? strictEnd('zip', its, i) : NULL;
    }
    const at = (result + tuple_items + 4 * i) >> 2;
    const old = H32[at] as Obj;
    H32[at] = item;
    if (old !== 0) decref(old);
  }
  if (recycled) finishRecycled(result);
  return result;
}

function zip_reduce(z: Obj): Obj {
  const its = H32[(z + ittuple) >> 2] as Obj;
  return H32[(z + z_strict) >> 2] !== 0 ? PyTuple_Pack(Py_TYPE(z), its, Py_True) : PyTuple_Pack(Py_TYPE(z), its);
}

function zip_setstate(z: Obj, state: Obj): Obj {
  const strict = PyObject_IsTrue(state);
  if (strict < 0) return NULL;
  H32[(z + z_strict) >> 2] = strict;
  return newref(Py_None);
}

defineType({
  type: PyZip_Type,
  name: 'zip',
  layout: Zip,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: `The zip object yields n-length tuples, where n is the number of
iterables passed as positional arguments to zip().  The i-th element
in every tuple comes from the i-th iterable argument to zip().  This
continues until the shortest argument is exhausted.

If strict is true and one of the arguments is exhausted before the
others, raise a ValueError.

   >>> list(zip('abcdefg', range(3), range(4)))
   [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]`,
  signature: '(*iterables, strict=False)',
  slots: { tp_new: zip_new, tp_getattro: PyObject_GenericGetAttr, tp_iter: PyObject_SelfIter, tp_iternext: zip_next },
  methods: [
    method('__reduce__', '($self, /)', zip_reduce, 'Return state information for pickling.'),
    method('__setstate__', '($self, object, /)', zip_setstate, 'Set state information for unpickling.'),
  ],
});
