// How are bytes and bytearrays walked through?  Invariant: as str_iter.ts; a bytearray may shrink under its iterator, which then ends.

import { H32, H8 } from '../memory/linear.js';
import { PyByteArray_AS_STRING } from '../object/bytearray.js';
import { ob_sval } from '../object/bytes.js';
import { defineType, method } from '../object/declare.js';
import { PyErr_Occurred } from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, incref, newref } from '../object/header.js';
import { iteratorReduce } from '../object/iter_reduce.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyLong_AsSsize_t, PyLong_FromLong, smallInt } from '../object/long.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { emptyTuple, Py_None, PyByteArrayIter_Type, PyBytesIter_Type } from '../object/statics.js';
import { ob_size, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';

const Iter = layout({ index: i32, seq: ref });
const { index: it_index, seq: it_seq } = Iter;

function make(type: Obj, seq: Obj): Obj {
  const it = _PyObject_New(type);
  if (it === 0) return NULL;
  incref(seq);
  H32[(it + it_seq) >> 2] = seq;
  PyObject_GC_Track(it);
  return it;
}

/** tp_iter of bytes and of bytearray. */
export function bytes_iter(o: Obj): Obj {
  return make(PyBytesIter_Type, o);
}
export function bytearray_iter(o: Obj): Obj {
  return make(PyByteArrayIter_Type, o);
}

function exhausted(it: Obj, seq: Obj): Obj {
  H32[(it + it_seq) >> 2] = 0;
  decref(seq);
  return NULL;
}

function bytesNext(it: Obj): Obj {
  const seq = H32[(it + it_seq) >> 2] as Obj;
  if (seq === 0) return NULL;
  const i = H32[(it + it_index) >> 2];
  if (i >= H32[(seq + ob_size) >> 2]) return exhausted(it, seq);
  H32[(it + it_index) >> 2] = i + 1;
  return newref(smallInt(H8[seq + ob_sval + i]));
}

function bytearrayNext(it: Obj): Obj {
  const seq = H32[(it + it_seq) >> 2] as Obj;
  if (seq === 0) return NULL;
  const i = H32[(it + it_index) >> 2];
  if (i >= H32[(seq + ob_size) >> 2]) return exhausted(it, seq);
  H32[(it + it_index) >> 2] = i + 1;
  return newref(smallInt(H8[PyByteArray_AS_STRING(seq) + i]));
}

function lengthHint(it: Obj): Obj {
  const seq = H32[(it + it_seq) >> 2] as Obj;
  return PyLong_FromLong(seq === 0 ? 0 : Math.max(0, H32[(seq + ob_size) >> 2] - H32[(it + it_index) >> 2]));
}

const reduce = (it: Obj): Obj => iteratorReduce(it, it_seq, it_index, () => newref(emptyTuple));

function setState(it: Obj, state: Obj): Obj {
  const index = PyLong_AsSsize_t(state);
  if (index === -1 && PyErr_Occurred() !== 0) return NULL;
  const seq = H32[(it + it_seq) >> 2] as Obj;
  if (seq !== 0) H32[(it + it_index) >> 2] = Math.min(Math.max(index, 0), H32[(seq + ob_size) >> 2]);
  return newref(Py_None);
}

for (const [type, name, next] of [
  [PyBytesIter_Type, 'bytes_iterator', bytesNext],
  [PyByteArrayIter_Type, 'bytearray_iterator', bytearrayNext],
] as const) {
  defineType({
    type,
    name,
    layout: Iter,
    flags: Py_TPFLAGS_HAVE_GC,
    slots: { tp_iter: PyObject_SelfIter, tp_iternext: next },
    methods: [
      method('__length_hint__', '($self, /)', lengthHint, 'Private method returning an estimate of len(list(it)).'),
      method('__reduce__', '($self, /)', reduce, 'Return state information for pickling.'),
      method('__setstate__', '($self, object, /)', setState, 'Set state information for unpickling.'),
    ],
  });
}
