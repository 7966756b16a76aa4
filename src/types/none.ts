// What are None, NotImplemented and Ellipsis?  Invariant: each is the one instance of its type, at a fixed address, counted like any other
// object; the static area owns one reference.

import { object_richcompare } from '../object/object.js';
import { H32 } from '../memory/linear.js';
import { defineType, method } from '../object/declare.js';
import { errMinus1, PyErr_SetString } from '../object/errors.js';
import { ob_refcnt, ob_type } from '../object/head.js';
import { newref, RefTotal } from '../object/header.js';
import { layout } from '../object/layout.js';
import type { Obj } from '../object/ptr.js';
import {
  Py_Ellipsis,
  Py_None,
  Py_NotImplemented,
  PyEllipsis_Type,
  PyExc_TypeError,
  PyNone_Type,
  PyNotImplemented_Type,
} from '../object/statics.js';
import { immortalDealloc } from '../object/subtype.js';
import { PyTuple_GET_SIZE } from '../object/tuple.js';
import { PyDict_Size } from '../object/dict.js';
import { PyUnicode_FromString } from '../object/unicode.js';

const Singleton = layout({});

/** Gives the three their headers, before anything else is made. */
export function initSingletons(): void {
  for (const [o, type] of [
    [Py_None, PyNone_Type],
    [Py_NotImplemented, PyNotImplemented_Type],
    [Py_Ellipsis, PyEllipsis_Type],
  ]) {
    H32[(o + ob_refcnt) >> 2] = 1;
    H32[(o + ob_type) >> 2] = type;
    if (Py_REF_DEBUG) H32[RefTotal]++;
  }
}

function newOf(name: string, value: Obj): (type: Obj, args: Obj, kwargs: Obj) => Obj {
  return (_type, args, kwargs) => {
    if (PyTuple_GET_SIZE(args) > 0 || (kwargs !== 0 && PyDict_Size(kwargs) > 0))
      return PyErr_SetString(PyExc_TypeError, `${name} takes no arguments`);
    return newref(value);
  };
}

const text = (s: string) => () => PyUnicode_FromString(s);

function none_bool(): number {
  return 0;
}

// The address of None is the same at every start, so its hash is; CPython's is a constant too.
function none_hash(): number {
  return 0xfca86420 | 0;
}

function notimplemented_bool(): number {
  return errMinus1(PyExc_TypeError, 'NotImplemented should not be used in a boolean context');
}

defineType({
  type: PyNone_Type,
  name: 'NoneType',
  layout: Singleton,
  doc: 'The type of the None singleton.',
  slots: {
    tp_new: newOf('NoneType', Py_None),
    tp_repr: text('None'),
    tp_hash: none_hash,
    tp_richcompare: object_richcompare,
    nb_bool: none_bool,
    tp_dealloc: immortalDealloc,
  },
});

defineType({
  type: PyNotImplemented_Type,
  name: 'NotImplementedType',
  layout: Singleton,
  doc: 'The type of the NotImplemented singleton.',
  slots: {
    tp_new: newOf('NotImplementedType', Py_NotImplemented),
    tp_repr: text('NotImplemented'),
    nb_bool: notimplemented_bool,
    tp_dealloc: immortalDealloc,
  },
  methods: [method('__reduce__', '($self, /)', text('NotImplemented'))],
});

defineType({
  type: PyEllipsis_Type,
  name: 'ellipsis',
  layout: Singleton,
  doc: 'The type of the Ellipsis singleton.',
  slots: { tp_new: newOf('EllipsisType', Py_Ellipsis), tp_repr: text('Ellipsis'), tp_dealloc: immortalDealloc },
  methods: [method('__reduce__', '($self, /)', text('Ellipsis'))],
});
