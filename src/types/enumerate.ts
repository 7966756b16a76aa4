// What is enumerate?  Invariant: the count is a number as long as it fits a Py_ssize_t, then the int in en_longindex.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { classMethod, defineType, method } from '../object/declare.js';
import { PyDict_Size } from '../object/dict.js';
import { PyErr_SetString } from '../object/errors.js';
import { F } from '../object/functable.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { PyObject_GetIter } from '../object/iter.js';
import { i32, layout, ref } from '../object/layout.js';
import { asSafeInteger, PyLong_FromLong } from '../object/long.js';
import { long_add } from '../object/long_arith.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyNumber_Index } from '../object/number.js';
import { PyObject_GenericGetAttr, PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { Py_None, PyEnum_Type, PyExc_TypeError } from '../object/statics.js';
import { PyTuple_GET_SIZE, PyTuple_Pack, tuple_items } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC, tp_iternext } from '../object/type_layout.js';
import { finishRecycled, takeRecycled } from './tuple_recycle.js';

const Enum = layout({ en_index: i32, en_sit: ref, en_result: ref, en_longindex: ref });
const { en_index, en_sit, en_result, en_longindex } = Enum;

const MAX = 0x7fffffff;
const NEW_SIG = parseSignature('enumerate', '(iterable, start=<none>)');

function enum_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  const given = PyTuple_GET_SIZE(args) + (kwargs === 0 ? 0 : PyDict_Size(kwargs));
  if (given > 2) return PyErr_SetString(PyExc_TypeError, `enumerate() takes at most 2 arguments (${given} given)`);
  if (given === 0) return PyErr_SetString(PyExc_TypeError, "enumerate() missing required argument 'iterable'");
  if (!bindTuple(NEW_SIG, args, kwargs)) return NULL;
  const iterable = bound[0] as Obj;
  const startObj = bound[1] as Obj;
  let index = 0;
  let long: Obj = NULL;
  if (startObj !== 0) {
    const start = PyNumber_Index(startObj);
    if (start === 0) return NULL;
    const n = asSafeInteger(start);
    if (n >= -0x80000000 && n < MAX) {
      index = n;
      decref(start);
    } else {
      index = MAX;
      long = start;
    }
  }
  const it = PyObject_GetIter(iterable);
  const result = it === 0 ? NULL : PyTuple_Pack(Py_None, Py_None);
  const en = result === 0 ? NULL : PyType_GenericAlloc(type, 0);
  if (en === 0) {
    for (const o of [it, result, long]) if (o !== 0) decref(o);
    return NULL;
  }
  H32[(en + en_index) >> 2] = index;
  H32[(en + en_sit) >> 2] = it;
  H32[(en + en_result) >> 2] = result;
  H32[(en + en_longindex) >> 2] = long;
  return en;
}

/** The next count: new, or NULL. */
function nextIndex(en: Obj): Obj {
  const i = H32[(en + en_index) >> 2];
  if (i !== MAX) {
    const index = PyLong_FromLong(i);
    if (index !== 0) H32[(en + en_index) >> 2] = i + 1;
    return index;
  }
  let current = H32[(en + en_longindex) >> 2] as Obj;
  if (current === 0) {
    current = PyLong_FromLong(MAX);
    if (current === 0) return NULL;
  }
  const one = PyLong_FromLong(1);
  const next = long_add(current, one);
  decref(one);
  H32[(en + en_longindex) >> 2] = next === 0 ? current : next;
  return next === 0 ? NULL : current;
}

export function enum_next(en: Obj): Obj {
  const it = H32[(en + en_sit) >> 2] as Obj;
  const item = F[H32[(Py_TYPE(it) + tp_iternext) >> 2]](it) as Obj;
  if (item === 0) return NULL;
  const index = nextIndex(en);
  if (index === 0) {
    decref(item);
    return NULL;
  }
  const result = H32[(en + en_result) >> 2] as Obj;
  if (takeRecycled(result)) {
    const at = (result + tuple_items) >> 2;
    const oldIndex = H32[at] as Obj;
    const oldItem = H32[at + 1] as Obj;
    H32[at] = index;
    H32[at + 1] = item;
    decref(oldIndex);
    decref(oldItem);
    finishRecycled(result);
    return result;
  }
  const pair = PyTuple_Pack(index, item);
  decref(index);
  decref(item);
  return pair;
}

function enum_reduce(en: Obj): Obj {
  const long = H32[(en + en_longindex) >> 2] as Obj;
  const index = long === 0 ? PyLong_FromLong(H32[(en + en_index) >> 2]) : newref(long);
  if (index === 0) return NULL;
  const args = PyTuple_Pack(H32[(en + en_sit) >> 2] as Obj, index);
  decref(index);
  if (args === 0) return NULL;
  const r = PyTuple_Pack(Py_TYPE(en), args);
  decref(args);
  return r;
}

defineType({
  type: PyEnum_Type,
  name: 'enumerate',
  layout: Enum,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: `Return an enumerate object.

  iterable
    an object supporting iteration

The enumerate object yields pairs containing a count (from start, which
defaults to zero) and a value yielded by the iterable argument.

enumerate is useful for obtaining an indexed list:
    (0, seq[0]), (1, seq[1]), (2, seq[2]), ...`,
  signature: '(iterable, start=0)',
  slots: { tp_new: enum_new, tp_getattro: PyObject_GenericGetAttr, tp_iter: PyObject_SelfIter, tp_iternext: enum_next },
  methods: [
    method('__reduce__', '($self, /)', enum_reduce, 'Return state information for pickling.'),
    classMethod(
      '__class_getitem__',
      '($type, object, /)',
      Py_GenericAlias,
      "'enumerate' objects are generic over the type of their values",
    ),
  ],
});
