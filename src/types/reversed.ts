// What is reversed?  Invariant: over a sequence without __reversed__, it keeps the sequence until it is exhausted and the next index;
// the index is -1 from then on.

import { H32 } from '../memory/linear.js';
import { checkPositional } from '../object/bind.js';
import { PyObject_CallNoArgs } from '../object/call.js';
import { defineType, method } from '../object/declare.js';
import { PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyLong_AsSsize_t, PyLong_FromSsize_t } from '../object/long.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyObject_GenericGetAttr, PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Check, PySequence_GetItem, PySequence_Size } from '../object/sequence.js';
import {
  emptyTuple,
  Py_None,
  PyExc_IndexError,
  PyExc_StopIteration,
  PyExc_TypeError,
  PyReversed_Type,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import { _PyObject_LookupSpecial } from '../object/type_lookup.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { noKwargsFor } from './float.js';
import { dropRef } from './iterators.js';

const s_reversed = ID('__reversed__');
const Reversed = layout({ index: i32, seq: ref });
const { index: r_index, seq: r_seq } = Reversed;

function reversed_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargsFor(type, PyReversed_Type, 'reversed', kwargs)) return NULL;
  if (!checkPositional('reversed', PyTuple_GET_SIZE(args), 1, 1)) return NULL;
  const seq = PyTuple_GET_ITEM(args, 0);
  const special = _PyObject_LookupSpecial(seq, idObj(s_reversed));
  const refuse = () => PyErr_SetString(PyExc_TypeError, `'${typeName(seq)}' object is not reversible`);
  if (special === Py_None) {
    decref(special);
    return refuse();
  }
  if (special !== 0) {
    const r = PyObject_CallNoArgs(special);
    decref(special);
    return r;
  }
  if (PyErr_Occurred() !== 0) return NULL;
  if (!PySequence_Check(seq)) return refuse();
  const n = PySequence_Size(seq);
  if (n === -1) return NULL;
  const r = PyType_GenericAlloc(type, 0);
  if (r === 0) return NULL;
  H32[(r + r_index) >> 2] = n - 1;
  H32[(r + r_seq) >> 2] = newref(seq);
  return r;
}

function reversed_next(r: Obj): Obj {
  const i = H32[(r + r_index) >> 2];
  if (i >= 0) {
    const item = PySequence_GetItem(H32[(r + r_seq) >> 2] as Obj, i);
    if (item !== 0) {
      H32[(r + r_index) >> 2] = i - 1;
      return item;
    }
    if (PyErr_ExceptionMatches(PyExc_IndexError) || PyErr_ExceptionMatches(PyExc_StopIteration)) PyErr_Clear();
  }
  H32[(r + r_index) >> 2] = -1;
  dropRef(r, r_seq);
  return NULL;
}

function reversed_length_hint(r: Obj): Obj {
  const seq = H32[(r + r_seq) >> 2] as Obj;
  if (seq === 0) return PyLong_FromSsize_t(0);
  const n = PySequence_Size(seq);
  if (n === -1) return NULL;
  const left = H32[(r + r_index) >> 2] + 1;
  return PyLong_FromSsize_t(n < left ? 0 : left);
}

function reversed_reduce(r: Obj): Obj {
  const seq = H32[(r + r_seq) >> 2] as Obj;
  const args = PyTuple_Pack(seq === 0 ? emptyTuple : seq);
  const index = seq === 0 || args === 0 ? NULL : PyLong_FromSsize_t(H32[(r + r_index) >> 2]);
  const t = args === 0 ? NULL : index === 0 ? PyTuple_Pack(Py_TYPE(r), args) : PyTuple_Pack(Py_TYPE(r), args, index);
  if (args !== 0) decref(args);
  if (index !== 0) decref(index);
  return t;
}

function reversed_setstate(r: Obj, state: Obj): Obj {
  const i = PyLong_AsSsize_t(state);
  if (i === -1 && PyErr_Occurred() !== 0) return NULL;
  const seq = H32[(r + r_seq) >> 2] as Obj;
  if (seq !== 0) {
    const n = PySequence_Size(seq);
    if (n < 0) return NULL;
    H32[(r + r_index) >> 2] = Math.min(Math.max(i, -1), n - 1);
  }
  return newref(Py_None);
}

defineType({
  type: PyReversed_Type,
  name: 'reversed',
  layout: Reversed,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: 'Return a reverse iterator over the values of the given sequence.',
  signature: '(sequence, /)',
  slots: {
    tp_new: reversed_new,
    tp_getattro: PyObject_GenericGetAttr,
    tp_iter: PyObject_SelfIter,
    tp_iternext: reversed_next,
  },
  methods: [
    method(
      '__length_hint__',
      '($self, /)',
      reversed_length_hint,
      'Private method returning an estimate of len(list(it)).',
    ),
    method('__reduce__', '($self, /)', reversed_reduce, 'Return state information for pickling.'),
    method('__setstate__', '($self, object, /)', reversed_setstate, 'Set state information for unpickling.'),
  ],
});
