// What is filter?  Invariant: it yields the items for which the function (None: the item itself) is true.

import { H32 } from '../memory/linear.js';
import { checkPositional } from '../object/bind.js';
import { PyObject_CallOneArg } from '../object/call.js';
import { defineType, method } from '../object/declare.js';
import { F } from '../object/functable.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { PyObject_GetIter } from '../object/iter.js';
import { layout, ref } from '../object/layout.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyObject_GenericGetAttr, PyObject_IsTrue, PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyBool_Type, PyFilter_Type } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC, tp_iternext } from '../object/type_layout.js';
import { noKwargsFor } from './float.js';

const Filter = layout({ func: ref, it: ref });
const { func: f_func, it: f_it } = Filter;

function filter_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargsFor(type, PyFilter_Type, 'filter', kwargs)) return NULL;
  if (!checkPositional('filter', PyTuple_GET_SIZE(args), 2, 2)) return NULL;
  const it = PyObject_GetIter(PyTuple_GET_ITEM(args, 1));
  if (it === 0) return NULL;
  const f = PyType_GenericAlloc(type, 0);
  if (f === 0) {
    decref(it);
    return NULL;
  }
  H32[(f + f_func) >> 2] = newref(PyTuple_GET_ITEM(args, 0));
  H32[(f + f_it) >> 2] = it;
  return f;
}

export function filter_next(f: Obj): Obj {
  const it = H32[(f + f_it) >> 2] as Obj;
  const func = H32[(f + f_func) >> 2] as Obj;
  const next = F[H32[(Py_TYPE(it) + tp_iternext) >> 2]];
  const plain = func === Py_None || func === PyBool_Type;
  for (;;) {
    const item = next(it) as Obj;
    if (item === 0) return NULL;
    let truth: number;
    if (plain) truth = PyObject_IsTrue(item);
    else {
      const good = PyObject_CallOneArg(func, item);
      truth = good === 0 ? -1 : PyObject_IsTrue(good);
      if (good !== 0) decref(good);
    }
    if (truth > 0) return item;
    decref(item);
    if (truth < 0) return NULL;
  }
}

function filter_reduce(f: Obj): Obj {
  const args = PyTuple_Pack(H32[(f + f_func) >> 2] as Obj, H32[(f + f_it) >> 2] as Obj);
  if (args === 0) return NULL;
  const r = PyTuple_Pack(Py_TYPE(f), args);
  decref(args);
  return r;
}

defineType({
  type: PyFilter_Type,
  name: 'filter',
  layout: Filter,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: `Return an iterator yielding those items of iterable for which
function(item) is true.  If function is None, return the items that
are true.`,
  signature: '(function, iterable, /)',
  slots: {
    tp_new: filter_new,
    tp_getattro: PyObject_GenericGetAttr,
    tp_iter: PyObject_SelfIter,
    tp_iternext: filter_next,
  },
  methods: [method('__reduce__', '($self, /)', filter_reduce, 'Return state information for pickling.')],
});
