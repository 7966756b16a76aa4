// What is map?  Invariant: as zip, but each group of items goes to the function.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { popNative, PyObject_Vectorcall, pushNative } from '../object/call.js';
import { defineType, method } from '../object/declare.js';
import { PyErr_SetString } from '../object/errors.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyObject_GenericGetAttr, PyObject_IsTrue, PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { emptyTuple, Py_None, Py_True, PyExc_TypeError, PyMap_Type } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_Pack, PyTuple_SET_ITEM } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { iteratorsOf, nextOf, strictEnd } from './zip.js';

const MapLayout = layout({ iters: ref, func: ref, strict: i32 });
const { iters: m_iters, func: m_func, strict: m_strict } = MapLayout;

const STRICT_SIG = parseSignature('map', '(*, strict: bool = False)');

function map_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  let strict = 0;
  if (kwargs !== 0) {
    if (!bindTuple(STRICT_SIG, emptyTuple, kwargs)) return NULL;
    strict = bound[0];
  }
  if (PyTuple_GET_SIZE(args) < 2) return PyErr_SetString(PyExc_TypeError, 'map() must have at least two arguments.');
  const its = iteratorsOf(args, 1);
  if (its === 0) return NULL;
  const m = PyType_GenericAlloc(type, 0);
  if (m === 0) {
    decref(its);
    return NULL;
  }
  H32[(m + m_iters) >> 2] = its;
  H32[(m + m_func) >> 2] = newref(PyTuple_GET_ITEM(args, 0));
  H32[(m + m_strict) >> 2] = strict;
  return m;
}

export function map_next(m: Obj): Obj {
  const its = H32[(m + m_iters) >> 2] as Obj;
  const n = PyTuple_GET_SIZE(its);
  const p = pushNative(n);
  if (p === 0) return NULL;
  let i = 0;
  let r: Obj = NULL;
  for (; i < n; i++) {
    const item = nextOf(its, i);
    if (item === 0) {
      if (H32[(m + m_strict) >> 2] !== 0) strictEnd('map', its, i);
      break;
    }
    H32[(p >> 2) + i] = item;
  }
  if (i === n) r = PyObject_Vectorcall(H32[(m + m_func) >> 2] as Obj, p, n, NULL);
  while (i > 0) decref(H32[(p >> 2) + --i] as Obj);
  popNative(p);
  return r;
}

function map_reduce(m: Obj): Obj {
  const its = H32[(m + m_iters) >> 2] as Obj;
  const n = PyTuple_GET_SIZE(its);
  const args = PyTuple_New(n + 1);
  if (args === 0) return NULL;
  PyTuple_SET_ITEM(args, 0, newref(H32[(m + m_func) >> 2] as Obj));
  for (let i = 0; i < n; i++) PyTuple_SET_ITEM(args, i + 1, newref(PyTuple_GET_ITEM(its, i)));
  const r = H32[(m + m_strict) >> 2] !== 0 ? PyTuple_Pack(Py_TYPE(m), args, Py_True) : PyTuple_Pack(Py_TYPE(m), args);
  decref(args);
  return r;
}

function map_setstate(m: Obj, state: Obj): Obj {
  const strict = PyObject_IsTrue(state);
  if (strict < 0) return NULL;
  H32[(m + m_strict) >> 2] = strict;
  return newref(Py_None);
}

defineType({
  type: PyMap_Type,
  name: 'map',
  layout: MapLayout,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: `Make an iterator that computes the function using arguments from
each of the iterables.  Stops when the shortest iterable is exhausted.

If strict is true and one of the arguments is exhausted before the
others, raise a ValueError.`,
  signature: '(function, iterable, /, *iterables, strict=False)',
  slots: { tp_new: map_new, tp_getattro: PyObject_GenericGetAttr, tp_iter: PyObject_SelfIter, tp_iternext: map_next },
  methods: [
    method('__reduce__', '($self, /)', map_reduce, 'Return state information for pickling.'),
    method('__setstate__', '($self, object, /)', map_setstate, 'Set state information for unpickling.'),
  ],
});
