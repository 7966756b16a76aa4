// How does one walk through a list?  Invariant: an iterator keeps the list until it is exhausted and the next index; the list may change
// meanwhile, so each step asks for its size again.  An exhausted iterator has given the list back and stays exhausted.

import { H32 } from '../memory/linear.js';
import { defineType, method } from '../object/declare.js';
import { PyErr_Occurred } from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { HEAD_SIZE } from '../object/head.js';
import { decref, incref, newref } from '../object/header.js';
import { ID } from '../object/identifiers.js';
import { iteratorReduce } from '../object/iter_reduce.js';
import { i32, layout, ref } from '../object/layout.js';
import { list_items, PyList_New } from '../object/list.js';
import { PyLong_AsSsize_t, PyLong_FromSsize_t } from '../object/long.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyListIter_Type, PyListRevIter_Type } from '../object/statics.js';
import { ob_size, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';

const s_reversed = ID('reversed');

const ListIter = layout({ it_index: i32, it_seq: ref });
/** The next index, and the list (NULL when exhausted). */
export const listiter_index = HEAD_SIZE;
export const listiter_seq = HEAD_SIZE + 4;

function newIter(type: Obj, list: Obj, index: number): Obj {
  const it = _PyObject_New(type);
  if (it === 0) return NULL;
  incref(list);
  H32[(it + listiter_index) >> 2] = index;
  H32[(it + listiter_seq) >> 2] = list;
  PyObject_GC_Track(it);
  return it;
}

/** iter(list): new. */
export function list_iter(list: Obj): Obj {
  return newIter(PyListIter_Type, list, 0);
}

/** reversed(list): new. */
export function list_reversed(list: Obj): Obj {
  return newIter(PyListRevIter_Type, list, H32[(list + ob_size) >> 2] - 1);
}

export function listiter_next(it: Obj): Obj {
  'use wasm';
  const list = H32[(it + listiter_seq) >> 2] as Obj;
  if (list === 0) return NULL;
  const i = H32[(it + listiter_index) >> 2];
  if (i < H32[(list + ob_size) >> 2]) {
    H32[(it + listiter_index) >> 2] = i + 1;
    const item = H32[(H32[(list + list_items) >> 2] + 4 * i) >> 2] as Obj;
    incref(item);
    return item;
  }
  H32[(it + listiter_seq) >> 2] = 0;
  decref(list);
  return NULL;
}

export function listreviter_next(it: Obj): Obj {
  const list = H32[(it + listiter_seq) >> 2] as Obj;
  if (list === 0) return NULL;
  const i = H32[(it + listiter_index) >> 2];
  if (i >= 0 && i < H32[(list + ob_size) >> 2]) {
    H32[(it + listiter_index) >> 2] = i - 1;
    return newref(H32[(H32[(list + list_items) >> 2] + 4 * i) >> 2] as Obj);
  }
  H32[(it + listiter_index) >> 2] = -1;
  H32[(it + listiter_seq) >> 2] = 0;
  decref(list);
  return NULL;
}

function listiter_len(it: Obj): Obj {
  const list = H32[(it + listiter_seq) >> 2] as Obj;
  return PyLong_FromSsize_t(list === 0 ? 0 : Math.max(H32[(list + ob_size) >> 2] - H32[(it + listiter_index) >> 2], 0));
}

function listreviter_len(it: Obj): Obj {
  const list = H32[(it + listiter_seq) >> 2] as Obj;
  const n = H32[(it + listiter_index) >> 2] + 1;
  return PyLong_FromSsize_t(list === 0 || H32[(list + ob_size) >> 2] < n ? 0 : n);
}

function listiter_reduce(it: Obj): Obj {
  return iteratorReduce(it, listiter_seq, listiter_index, () => PyList_New(0));
}

function listreviter_reduce(it: Obj): Obj {
  return iteratorReduce(it, listiter_seq, listiter_index, () => PyList_New(0), s_reversed);
}

function setstate(it: Obj, state: Obj, last: number): Obj {
  let i = PyLong_AsSsize_t(state);
  if (i === -1 && PyErr_Occurred() !== 0) return NULL;
  const list = H32[(it + listiter_seq) >> 2] as Obj;
  if (list !== 0) {
    if (i < -1) i = -1;
    else if (i > H32[(list + ob_size) >> 2] - last) i = H32[(list + ob_size) >> 2] - last;
    if (last === 0 && i < 0) i = 0;
    H32[(it + listiter_index) >> 2] = i;
  }
  return newref(Py_None);
}

function listiter_setstate(it: Obj, state: Obj): Obj {
  return setstate(it, state, 0);
}

function listreviter_setstate(it: Obj, state: Obj): Obj {
  return setstate(it, state, 1);
}

const LENGTH_HINT = 'Private method returning an estimate of len(list(it)).';

defineType({
  type: PyListIter_Type,
  name: 'list_iterator',
  layout: ListIter,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_iter: PyObject_SelfIter, tp_iternext: listiter_next },
  methods: [
    method('__length_hint__', '($self, /)', listiter_len, LENGTH_HINT),
    method('__reduce__', '($self, /)', listiter_reduce, 'Return state information for pickling.'),
    method('__setstate__', '($self, object, /)', listiter_setstate, 'Set state information for unpickling.'),
  ],
});

defineType({
  type: PyListRevIter_Type,
  name: 'list_reverseiterator',
  layout: ListIter,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_iter: PyObject_SelfIter, tp_iternext: listreviter_next },
  methods: [
    method('__length_hint__', '($self, /)', listreviter_len, LENGTH_HINT),
    method('__reduce__', '($self, /)', listreviter_reduce, 'Return state information for pickling.'),
    method('__setstate__', '($self, object, /)', listreviter_setstate, 'Set state information for unpickling.'),
  ],
});
