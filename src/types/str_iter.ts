// How is a str walked through?  Invariant: the iterator owns the str until it is exhausted, then its reference is NULL; `index` is the
// next character.  ASCII strs have a type of their own, as in CPython.

import { H32 } from '../memory/linear.js';
import { defineType, method } from '../object/declare.js';
import { PyErr_Occurred } from '../object/errors.js';
import { decref, incref, newref } from '../object/header.js';
import { iteratorReduce } from '../object/iter_reduce.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyLong_AsSsize_t, PyLong_FromLong } from '../object/long.js';
import { PyObject_SelfIter } from '../object/object.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { _PyObject_New } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { emptyString, Py_None, PyUnicodeASCIIIter_Type, PyUnicodeIter_Type } from '../object/statics.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { PyUnicode_GET_LENGTH, PyUnicode_IS_ASCII, PyUnicode_READ_CHAR, unicodeChar } from '../object/unicode.js';

const StrIter = layout({ index: i32, seq: ref });
const { index: it_index, seq: it_seq } = StrIter;

/** tp_iter of str: a new iterator. */
export function str_iter(self: Obj): Obj {
  const it = _PyObject_New(PyUnicode_IS_ASCII(self) ? PyUnicodeASCIIIter_Type : PyUnicodeIter_Type);
  if (it === 0) return NULL;
  incref(self);
  H32[(it + it_seq) >> 2] = self;
  PyObject_GC_Track(it);
  return it;
}

function next(it: Obj): Obj {
  const s = H32[(it + it_seq) >> 2] as Obj;
  if (s === 0) return NULL;
  const i = H32[(it + it_index) >> 2];
  if (i < PyUnicode_GET_LENGTH(s)) {
    H32[(it + it_index) >> 2] = i + 1;
    return unicodeChar(PyUnicode_READ_CHAR(s, i));
  }
  H32[(it + it_seq) >> 2] = 0;
  decref(s);
  return NULL;
}

function lengthHint(it: Obj): Obj {
  const s = H32[(it + it_seq) >> 2] as Obj;
  return PyLong_FromLong(s === 0 ? 0 : PyUnicode_GET_LENGTH(s) - H32[(it + it_index) >> 2]);
}

function reduce(it: Obj): Obj {
  return iteratorReduce(it, it_seq, it_index, () => newref(emptyString));
}

function setState(it: Obj, state: Obj): Obj {
  let index = PyLong_AsSsize_t(state);
  if (index === -1 && PyErr_Occurred() !== 0) return NULL;
  const s = H32[(it + it_seq) >> 2] as Obj;
  if (s !== 0) {
    if (index < 0) index = 0;
    else if (index > PyUnicode_GET_LENGTH(s)) index = PyUnicode_GET_LENGTH(s);
    H32[(it + it_index) >> 2] = index;
  }
  return newref(Py_None);
}

for (const [type, name] of [
  [PyUnicodeIter_Type, 'str_iterator'],
  [PyUnicodeASCIIIter_Type, 'str_ascii_iterator'],
] as const) {
  defineType({
    type,
    name,
    layout: StrIter,
    flags: Py_TPFLAGS_HAVE_GC,
    slots: { tp_iter: PyObject_SelfIter, tp_iternext: next },
    methods: [
      method('__length_hint__', '($self, /)', lengthHint, 'Private method returning an estimate of len(list(it)).'),
      method('__reduce__', '($self, /)', reduce, 'Return state information for pickling.'),
      method('__setstate__', '($self, object, /)', setState, 'Set state information for unpickling.'),
    ],
  });
}
