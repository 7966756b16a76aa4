// How does one walk through an object that has only __getitem__, or through the results of a callable?
//
// Invariant: an exhausted iterator has given back what it walked through, and stays exhausted.

import { H32 } from '../memory/linear.js';
import { PyObject_CallNoArgs } from '../object/call.js';
import { defineType, method } from '../object/declare.js';
import { PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { ID } from '../object/identifiers.js';
import { setSeqIter } from '../object/iter.js';
import { getBuiltin } from '../object/iter_reduce.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyLong_AsSsize_t, PyLong_FromSsize_t } from '../object/long.js';
import { _PyObject_New } from '../object/new_object.js';
import { Py_EQ, PyObject_GenericGetAttr, PyObject_RichCompareBool, PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_GetItem, PySequence_Size } from '../object/sequence.js';
import { setSlotSeqIter } from '../object/slot_functions.js';
import {
  emptyTuple,
  Py_None,
  Py_NotImplemented,
  PyCallIter_Type,
  PyExc_IndexError,
  PyExc_OverflowError,
  PyExc_StopIteration,
  PySeqIter_Type,
} from '../object/statics.js';
import { PyTuple_Pack } from '../object/tuple.js';
import { mp_length, Py_TPFLAGS_HAVE_GC, sq_length } from '../object/type_layout.js';

const s_iter = ID('iter');
const LENGTH_HINT_DOC = 'Private method returning an estimate of len(list(it)).';
const REDUCE_DOC = 'Return state information for pickling.';
const SETSTATE_DOC = 'Set state information for unpickling.';

/** Steals the reference at `offset` and gives it back. */
export function dropRef(o: Obj, offset: number): void {
  const r = H32[(o + offset) >> 2] as Obj;
  H32[(o + offset) >> 2] = 0;
  if (r !== 0) decref(r);
}

const SeqIter = layout({ it_index: i32, it_seq: ref });
const { it_index: seq_index, it_seq: seq_seq } = SeqIter;

/** PySeqIter_New: an iterator over s[0], s[1], …; new, or NULL. */
export function PySeqIter_New(s: Obj): Obj {
  const it = _PyObject_New(PySeqIter_Type);
  if (it === 0) return NULL;
  H32[(it + seq_index) >> 2] = 0;
  H32[(it + seq_seq) >> 2] = newref(s);
  PyObject_GC_Track(it);
  return it;
}

setSeqIter(PySeqIter_New);
setSlotSeqIter(PySeqIter_New);

function seq_next(it: Obj): Obj {
  const s = H32[(it + seq_seq) >> 2] as Obj;
  if (s === 0) return NULL;
  const i = H32[(it + seq_index) >> 2];
  if (i === 0x7fffffff) return PyErr_SetString(PyExc_OverflowError, 'iter index too large');
  const item = PySequence_GetItem(s, i);
  if (item !== 0) {
    H32[(it + seq_index) >> 2] = i + 1;
    return item;
  }
  if (PyErr_ExceptionMatches(PyExc_IndexError) || PyErr_ExceptionMatches(PyExc_StopIteration)) {
    PyErr_Clear();
    dropRef(it, seq_seq);
  }
  return NULL;
}

function seq_length_hint(it: Obj): Obj {
  const s = H32[(it + seq_seq) >> 2] as Obj;
  if (s === 0) return PyLong_FromSsize_t(0);
  const type = Py_TYPE(s);
  if (H32[(type + sq_length) >> 2] === 0 && H32[(type + mp_length) >> 2] === 0) return newref(Py_NotImplemented);
  const n = PySequence_Size(s);
  if (n < 0) return NULL;
  return PyLong_FromSsize_t(Math.max(n - H32[(it + seq_index) >> 2], 0));
}

function seq_reduce(it: Obj): Obj {
  // Looking up the name may run code that exhausts the iterator.
  const iter = getBuiltin(s_iter);
  if (iter === 0) return NULL;
  const s = H32[(it + seq_seq) >> 2] as Obj;
  const args = PyTuple_Pack(s === 0 ? emptyTuple : s);
  const index = PyLong_FromSsize_t(H32[(it + seq_index) >> 2]);
  const r = args === 0 || index === 0 ? NULL : s === 0 ? PyTuple_Pack(iter, args) : PyTuple_Pack(iter, args, index);
  for (const o of [iter, args, index]) if (o !== 0) decref(o);
  return r;
}

function seq_setstate(it: Obj, state: Obj): Obj {
  const index = PyLong_AsSsize_t(state);
  if (index === -1 && PyErr_Occurred() !== 0) return NULL;
  if (H32[(it + seq_seq) >> 2] !== 0) H32[(it + seq_index) >> 2] = Math.max(index, 0);
  return newref(Py_None);
}

defineType({
  type: PySeqIter_Type,
  name: 'iterator',
  layout: SeqIter,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_getattro: PyObject_GenericGetAttr, tp_iter: PyObject_SelfIter, tp_iternext: seq_next },
  methods: [
    method('__length_hint__', '($self, /)', seq_length_hint, LENGTH_HINT_DOC),
    method('__reduce__', '($self, /)', seq_reduce, REDUCE_DOC),
    method('__setstate__', '($self, object, /)', seq_setstate, SETSTATE_DOC),
  ],
});

const CallIter = layout({ it_callable: ref, it_sentinel: ref });
const { it_callable, it_sentinel } = CallIter;

/** PyCallIter_New: calls until the result equals the sentinel; new, or NULL. */
export function PyCallIter_New(callable: Obj, sentinel: Obj): Obj {
  const it = _PyObject_New(PyCallIter_Type);
  if (it === 0) return NULL;
  H32[(it + it_callable) >> 2] = newref(callable);
  H32[(it + it_sentinel) >> 2] = newref(sentinel);
  PyObject_GC_Track(it);
  return it;
}

function call_next(it: Obj): Obj {
  const f = H32[(it + it_callable) >> 2] as Obj;
  if (f === 0) return NULL;
  const r = PyObject_CallNoArgs(newref(f));
  decref(f);
  // The call may have exhausted this very iterator.
  const sentinel = H32[(it + it_sentinel) >> 2] as Obj;
  if (r !== 0 && sentinel !== 0) {
    const equal = PyObject_RichCompareBool(newref(sentinel), r, Py_EQ);
    decref(sentinel);
    if (equal === 0) return r;
    if (equal > 0) {
      dropRef(it, it_callable);
      dropRef(it, it_sentinel);
    }
  } else if (r === 0 && PyErr_ExceptionMatches(PyExc_StopIteration)) {
    PyErr_Clear();
    dropRef(it, it_callable);
    dropRef(it, it_sentinel);
  }
  if (r !== 0) decref(r);
  return NULL;
}

function call_reduce(it: Obj): Obj {
  // Looking up the name may run code that exhausts the iterator.
  const iter = getBuiltin(s_iter);
  if (iter === 0) return NULL;
  const f = H32[(it + it_callable) >> 2] as Obj;
  const sentinel = H32[(it + it_sentinel) >> 2] as Obj;
  const args = f !== 0 && sentinel !== 0 ? PyTuple_Pack(f, sentinel) : PyTuple_Pack(emptyTuple);
  const r = args === 0 ? NULL : PyTuple_Pack(iter, args);
  decref(iter);
  if (args !== 0) decref(args);
  return r;
}

defineType({
  type: PyCallIter_Type,
  name: 'callable_iterator',
  layout: CallIter,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_getattro: PyObject_GenericGetAttr, tp_iter: PyObject_SelfIter, tp_iternext: call_next },
  methods: [method('__reduce__', '($self, /)', call_reduce, REDUCE_DOC)],
});
