// What can Python code do with tuples?  Invariant: a tuple that Python code has seen never changes; storage and hash are in src/object/tuple.ts.

import { H32 } from '../memory/linear.js';
import { checkPositional, noKwargs } from '../object/bind.js';
import { classMethod, defineType, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { HEAD_SIZE } from '../object/head.js';
import { decref, incref, newref, xdecref } from '../object/header.js';

import { iteratorReduce } from '../object/iter_reduce.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyLong_AsSsize_t, PyLong_FromSsize_t } from '../object/long.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { _PyObject_New, PyType_GenericAlloc } from '../object/new_object.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { PyIndex_Check, PyNumber_AsSsize_t } from '../object/number.js';
import {
  Py_EQ,
  Py_NE,
  PyObject_Repr,
  PyObject_RichCompare,
  PyObject_RichCompareBool,
  PyObject_SelfIter,
  richCompareNumbers,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import { PySequence_Tuple } from '../object/sequence.js';
import { PySlice_AdjustIndices, PySlice_Check, PySlice_Unpack, sliceStart, sliceStep } from '../object/slice.js';
import {
  emptyTuple,
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyExc_IndexError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyTuple_Type,
  PyTupleIter_Type,
} from '../object/statics.js';
import {
  fromArray,
  PyTuple_Check,
  PyTuple_CheckExact,
  PyTuple_GET_ITEM,
  PyTuple_GET_SIZE,
  PyTuple_New,
  PyTuple_Pack,
  tuple_hash,
  tupleAlloc,
  tupleComplete,
  tuple_hash_field,
  tuple_items,
  TupleLayout,
} from '../object/tuple.js';
import {
  ob_size,
  Py_TPFLAGS_BASETYPE,
  Py_TPFLAGS_HAVE_GC,
  Py_TPFLAGS_MATCH_SELF,
  Py_TPFLAGS_SEQUENCE,
  Py_TPFLAGS_TUPLE_SUBCLASS,
  tp_init,
} from '../object/type_layout.js';
import { PyUnicode_FromString, UnicodeWriter } from '../object/unicode.js';

/** tuple.__new__ */
export function tuple_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (
    (type === PyTuple_Type || H32[(type + tp_init) >> 2] === H32[(PyTuple_Type + tp_init) >> 2]) &&
    !noKwargs('tuple', kwargs)
  )
    return NULL;
  const n = PyTuple_GET_SIZE(args);
  if (!checkPositional('tuple', n, 0, 1)) return NULL;
  const t = n === 0 ? PyTuple_New(0) : PySequence_Tuple(PyTuple_GET_ITEM(args, 0));
  if (t === 0 || type === PyTuple_Type) return t;
  const size = PyTuple_GET_SIZE(t);
  const o = PyType_GenericAlloc(type, size);
  if (o !== 0) {
    H32[(o + tuple_hash_field) >> 2] = -1;
    for (let i = 0; i < size; i++) H32[(o + tuple_items + 4 * i) >> 2] = newref(PyTuple_GET_ITEM(t, i));
  }
  decref(t);
  return o;
}

/** tuple(iterable) as a vectorcall of the type. */
function tuple_vectorcall(type: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  if (kwnames !== 0 && PyTuple_GET_SIZE(kwnames) !== 0)
    return PyErr_SetString(PyExc_TypeError, 'tuple() takes no keyword arguments');
  const n = nargsf & 0x3fffffff;
  if (!checkPositional('tuple', n, 0, 1)) return NULL;
  if (type !== PyTuple_Type) {
    const t = fromArray(args, n);
    if (t === 0) return NULL;
    const r = tuple_new(type, t, NULL);
    decref(t);
    return r;
  }
  return n === 0 ? PyTuple_New(0) : PySequence_Tuple(H32[args >> 2] as Obj);
}

function tuple_repr(t: Obj): Obj {
  const n = PyTuple_GET_SIZE(t);
  if (n === 0) return PyUnicode_FromString('()');
  if (Py_ReprEnter(t) !== 0) return PyUnicode_FromString('(...)');
  const w = new UnicodeWriter();
  let ok = w.ascii('(') === 0;
  for (let i = 0; ok && i < n; i++) {
    if (i > 0) ok = w.ascii(', ') === 0;
    const r = ok ? PyObject_Repr(PyTuple_GET_ITEM(t, i)) : NULL;
    ok = r !== 0 && w.str(r) === 0;
    xdecref(r);
  }
  if (ok) ok = w.ascii(n === 1 ? ',)' : ')') === 0;
  Py_ReprLeave(t);
  return ok ? w.finish() : w.fail();
}

export function tuple_length(t: Obj): number {
  return H32[(t + ob_size) >> 2];
}

function tuple_contains(t: Obj, x: Obj): number {
  const n = PyTuple_GET_SIZE(t);
  for (let i = 0; i < n; i++) {
    const cmp = PyObject_RichCompareBool(PyTuple_GET_ITEM(t, i), x, Py_EQ);
    if (cmp !== 0) return cmp;
  }
  return 0;
}

function tuple_item(t: Obj, i: number): Obj {
  if (i < 0 || i >= PyTuple_GET_SIZE(t)) return PyErr_SetString(PyExc_IndexError, 'tuple index out of range');
  return newref(PyTuple_GET_ITEM(t, i));
}

export function tuple_concat(a: Obj, b: Obj): Obj {
  const na = PyTuple_GET_SIZE(a);
  if (na === 0 && PyTuple_CheckExact(b)) return newref(b);
  if (!PyTuple_Check(b))
    return PyErr_SetString(PyExc_TypeError, `can only concatenate tuple (not "${typeName(b)}") to tuple`);
  const nb = PyTuple_GET_SIZE(b);
  if (nb === 0 && PyTuple_CheckExact(a)) return newref(a);
  if (na + nb === 0) return PyTuple_New(0);
  const t = tupleAlloc(na + nb);
  if (t === 0) return NULL;
  for (let i = 0; i < na; i++) H32[(t + tuple_items + 4 * i) >> 2] = newref(PyTuple_GET_ITEM(a, i));
  for (let i = 0; i < nb; i++) H32[(t + tuple_items + 4 * (na + i)) >> 2] = newref(PyTuple_GET_ITEM(b, i));
  tupleComplete(t);
  return t;
}

function tuple_repeat(t: Obj, n: number): Obj {
  const size = PyTuple_GET_SIZE(t);
  if ((size === 0 || n === 1) && PyTuple_CheckExact(t)) return newref(t);
  if (size === 0 || n <= 0) return PyTuple_New(0);
  if (size * n > 0x1fffffff) return PyErr_NoMemory();
  const r = tupleAlloc(size * n);
  if (r === 0) return NULL;
  let at = (r + tuple_items) >> 2;
  for (let k = 0; k < n; k++) for (let i = 0; i < size; i++) H32[at++] = newref(PyTuple_GET_ITEM(t, i));
  tupleComplete(r);
  return r;
}

function tuple_subscript(t: Obj, key: Obj): Obj {
  if (PyIndex_Check(key)) {
    let i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i === -1 && PyErr_Occurred() !== 0) return NULL;
    if (i < 0) i += PyTuple_GET_SIZE(t);
    return tuple_item(t, i);
  }
  if (!PySlice_Check(key))
    return PyErr_SetString(PyExc_TypeError, `tuple indices must be integers or slices, not ${typeName(key)}`);
  if (PySlice_Unpack(key) < 0) return NULL;
  const size = PyTuple_GET_SIZE(t);
  const n = PySlice_AdjustIndices(size);
  if (n <= 0) return PyTuple_New(0);
  if (sliceStart === 0 && sliceStep === 1 && n === size && PyTuple_CheckExact(t)) return newref(t);
  const start = sliceStart;
  const step = sliceStep;
  if (step === 1) return fromArray(t + tuple_items + 4 * start, n);
  const r = tupleAlloc(n);
  if (r === 0) return NULL;
  for (let i = 0; i < n; i++) H32[(r + tuple_items + 4 * i) >> 2] = newref(PyTuple_GET_ITEM(t, start + i * step));
  tupleComplete(r);
  return r;
}

export function tuple_richcompare(v: Obj, w: Obj, op: number): Obj {
  if (!PyTuple_Check(v) || !PyTuple_Check(w)) return newref(Py_NotImplemented);
  const nv = PyTuple_GET_SIZE(v);
  const nw = PyTuple_GET_SIZE(w);
  const n = nv < nw ? nv : nw;
  let i = 0;
  for (; i < n; i++) {
    const cmp = PyObject_RichCompareBool(PyTuple_GET_ITEM(v, i), PyTuple_GET_ITEM(w, i), Py_EQ);
    if (cmp < 0) return NULL;
    if (cmp === 0) break;
  }
  if (i >= n) return richCompareNumbers(nv, nw, op);
  if (op === Py_EQ) return newref(Py_False);
  if (op === Py_NE) return newref(Py_True);
  return PyObject_RichCompare(PyTuple_GET_ITEM(v, i), PyTuple_GET_ITEM(w, i), op);
}

function tuple_index(t: Obj, value: Obj, start: number, stop: number): Obj {
  const size = PyTuple_GET_SIZE(t);
  if (start < 0) start = Math.max(start + size, 0);
  if (stop < 0) stop += size;
  else if (stop > size) stop = size;
  for (let i = start; i < stop; i++) {
    const cmp = PyObject_RichCompareBool(PyTuple_GET_ITEM(t, i), value, Py_EQ);
    if (cmp > 0) return PyLong_FromSsize_t(i);
    if (cmp < 0) return NULL;
  }
  return PyErr_SetString(PyExc_ValueError, 'tuple.index(x): x not in tuple');
}

function tuple_count(t: Obj, value: Obj): Obj {
  const n = PyTuple_GET_SIZE(t);
  let count = 0;
  for (let i = 0; i < n; i++) {
    const cmp = PyObject_RichCompareBool(PyTuple_GET_ITEM(t, i), value, Py_EQ);
    if (cmp < 0) return NULL;
    count += cmp;
  }
  return PyLong_FromSsize_t(count);
}

/** A new reference to a 1-tuple of a plain tuple with the same items. */
function tuple_getnewargs(t: Obj): Obj {
  const copy = fromArray(t + tuple_items, PyTuple_GET_SIZE(t));
  if (copy === 0) return NULL;
  const r = PyTuple_Pack(copy);
  decref(copy);
  return r;
}

defineType({
  type: PyTuple_Type,
  name: 'tuple',
  layout: TupleLayout,
  flags:
    Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_TUPLE_SUBCLASS | Py_TPFLAGS_MATCH_SELF | Py_TPFLAGS_SEQUENCE,
  doc: `Built-in immutable sequence.

If no argument is given, the constructor returns an empty tuple.
If iterable is specified the tuple is initialized from iterable's items.

If the argument is a tuple, the return value is the same object.`,
  signature: '(iterable=(), /)',
  slots: {
    tp_new: tuple_new,
    tp_vectorcall: tuple_vectorcall,
    tp_repr: tuple_repr,
    tp_hash: tuple_hash,
    tp_richcompare: tuple_richcompare,
    tp_iter: tuple_iter,
    // The items of a tuple are never taken away while somebody has it: the cycle is broken elsewhere.
    tp_clear: null,
    sq_length: tuple_length,
    sq_concat: tuple_concat,
    sq_repeat: tuple_repeat,
    sq_item: tuple_item,
    sq_contains: tuple_contains,
    mp_length: tuple_length,
    mp_subscript: tuple_subscript,
  },
  methods: [
    method('__getnewargs__', '($self, /)', tuple_getnewargs),
    method(
      'index',
      '($self, value, start: slice = 0, stop: slice = sys.maxsize, /)',
      tuple_index,
      'Return first index of value.\n\nRaises ValueError if the value is not present.',
    ),
    method('count', '($self, value, /)', tuple_count, 'Return number of occurrences of value.'),
    classMethod('__class_getitem__', '($type, object, /)', Py_GenericAlias, 'See PEP 585'),
  ],
});

// ---- iterator --------------------------------------------------------------------------------------------------------------------

const TupleIter = layout({ it_index: i32, it_seq: ref });
/** The next index, and the tuple (NULL when exhausted). */
export const tupleiter_index = HEAD_SIZE;
export const tupleiter_seq = HEAD_SIZE + 4;

/** iter(t): new. */
export function tuple_iter(t: Obj): Obj {
  const it = _PyObject_New(PyTupleIter_Type);
  if (it === 0) return NULL;
  incref(t);
  H32[(it + tupleiter_seq) >> 2] = t;
  PyObject_GC_Track(it);
  return it;
}

export function tupleiter_next(it: Obj): Obj {
  'use wasm';
  const seq = H32[(it + tupleiter_seq) >> 2] as Obj;
  if (seq === 0) return NULL;
  const i = H32[(it + tupleiter_index) >> 2];
  if (i < H32[(seq + ob_size) >> 2]) {
    H32[(it + tupleiter_index) >> 2] = i + 1;
    const item = H32[(seq + tuple_items + 4 * i) >> 2] as Obj;
    incref(item);
    return item;
  }
  H32[(it + tupleiter_seq) >> 2] = 0;
  decref(seq);
  return NULL;
}

function tupleiter_len(it: Obj): Obj {
  const seq = H32[(it + tupleiter_seq) >> 2] as Obj;
  return PyLong_FromSsize_t(seq === 0 ? 0 : PyTuple_GET_SIZE(seq) - H32[(it + tupleiter_index) >> 2]);
}

function tupleiter_reduce(it: Obj): Obj {
  return iteratorReduce(it, tupleiter_seq, tupleiter_index, () => newref(emptyTuple));
}

function tupleiter_setstate(it: Obj, state: Obj): Obj {
  let i = PyLong_AsSsize_t(state);
  if (i === -1 && PyErr_Occurred() !== 0) return NULL;
  const seq = H32[(it + tupleiter_seq) >> 2] as Obj;
  if (seq !== 0) {
    if (i < 0) i = 0;
    else if (i > PyTuple_GET_SIZE(seq)) i = PyTuple_GET_SIZE(seq);
    H32[(it + tupleiter_index) >> 2] = i;
  }
  return newref(Py_None);
}

defineType({
  type: PyTupleIter_Type,
  name: 'tuple_iterator',
  layout: TupleIter,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_iter: PyObject_SelfIter, tp_iternext: tupleiter_next },
  methods: [
    method('__length_hint__', '($self, /)', tupleiter_len, 'Private method returning an estimate of len(list(it)).'),
    method('__reduce__', '($self, /)', tupleiter_reduce, 'Return state information for pickling.'),
    method('__setstate__', '($self, object, /)', tupleiter_setstate, 'Set state information for unpickling.'),
  ],
});
