// How is collections.deque stored, and what can be done with it?
//
// Invariant: `len` references stand in a ring buffer of 2**k words, the first at `head`, wrapping around at the end; the other words are 0.
// `state` counts the changes of length and place, so that iterators and searches notice them.  maxlen is -1 when unbounded.

import { PyMem_Free, PyMem_Malloc } from '../memory/alloc.js';
import { H32 } from '../memory/linear.js';
import { bindTuple, bound, checkPositional, noKwargs } from '../object/bind.js';
import { PyObject_CallFunctionObjArgs, PyObject_CallMethodNoArgs } from '../object/call.js';
import { classMethod, defineType, getset, method } from '../object/declare.js';
import { errMinus1, nameOfType, PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { PyObject_GC_Track, PyObject_GC_UnTrack } from '../object/gc_head.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_TypeCheck } from '../object/isinstance.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import { F } from '../object/functable.js';
import { i32, layout, ref, weaklistField } from '../object/layout.js';
import { PyLong_AsSsize_t, PyLong_FromSsize_t } from '../object/long.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { _PyObject_New, freeObject, PyType_GenericAlloc } from '../object/new_object.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import {
  Py_EQ,
  Py_NE,
  PyObject_GenericGetAttr,
  PyObject_HashNotImplemented,
  PyObject_Repr,
  PyObject_RichCompareBool,
  PyObject_SelfIter,
  richCompareNumbers,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import { PySequence_List } from '../object/sequence.js';
import { parseSignature } from '../object/signature.js';
import {
  emptyTuple,
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyExc_IndexError,
  PyExc_RuntimeError,
  PyExc_TypeError,
  PyExc_ValueError,
  staticType,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC, Py_TPFLAGS_SEQUENCE, tp_basicsize } from '../object/type_layout.js';
import { PyUnicode_FromString, UnicodeWriter } from '../object/unicode.js';
import { PyObject_ClearWeakRefs } from '../object/weakref.js';

const Deque = layout({ len: i32, buf: i32, mask: i32, head: i32, maxlen: i32, state: i32, weakreflist: weaklistField });
const {
  len: dq_len,
  buf: dq_buf,
  mask: dq_mask,
  head: dq_head,
  maxlen: dq_maxlen,
  state: dq_state,
  weakreflist: dq_weak,
} = Deque;
export const deque_type = staticType();
const s_getstate = ID('__getstate__');

const size = (d: Obj): number => H32[(d + dq_len) >> 2];
/** The index into H32 of item i. */
const place = (d: Obj, i: number): number =>
  (H32[(d + dq_buf) >> 2] >> 2) + ((H32[(d + dq_head) >> 2] + i) & H32[(d + dq_mask) >> 2]);
const itemAt = (d: Obj, i: number): Obj => H32[place(d, i)] as Obj;
const touched = (d: Obj): void => {
  H32[(d + dq_state) >> 2]++;
};
const isDeque = (o: Obj): boolean => PyObject_TypeCheck(o, deque_type);

function deque_new(type: Obj): Obj {
  const d = PyType_GenericAlloc(type, 0);
  if (d !== 0) H32[(d + dq_maxlen) >> 2] = -1;
  return d;
}

/** Doubles the buffer: 0, or -1 with MemoryError. */
function grow(d: Obj): number {
  const old = H32[(d + dq_buf) >> 2];
  const room = old === 0 ? 8 : 2 * (H32[(d + dq_mask) >> 2] + 1);
  const buf = room > 0x1fffffff ? 0 : PyMem_Malloc(4 * room);
  if (buf === 0) {
    PyErr_NoMemory();
    return -1;
  }
  const n = size(d);
  for (let i = 0; i < n; i++) H32[(buf >> 2) + i] = itemAt(d, i);
  H32.fill(0, (buf >> 2) + n, (buf >> 2) + room);
  if (old !== 0) PyMem_Free(old);
  H32[(d + dq_buf) >> 2] = buf;
  H32[(d + dq_mask) >> 2] = room - 1;
  H32[(d + dq_head) >> 2] = 0;
  return 0;
}

const isFull = (d: Obj): boolean => H32[(d + dq_buf) >> 2] === 0 || size(d) > H32[(d + dq_mask) >> 2];

/** Takes the first item out of a deque that has one; the caller's. */
function takeLeft(d: Obj): Obj {
  const at = place(d, 0);
  const item = H32[at] as Obj;
  H32[at] = 0;
  H32[(d + dq_head) >> 2] = (H32[(d + dq_head) >> 2] + 1) & H32[(d + dq_mask) >> 2];
  H32[(d + dq_len) >> 2]--;
  touched(d);
  return item;
}

/** Takes the last item out. */
function takeRight(d: Obj): Obj {
  const at = place(d, size(d) - 1);
  const item = H32[at] as Obj;
  H32[at] = 0;
  H32[(d + dq_len) >> 2]--;
  touched(d);
  return item;
}

/** Appends `item` (stolen, also when it fails); a bounded deque drops an item at the other end: 0 or -1. */
function pushRight(d: Obj, item: Obj): number {
  if (isFull(d) && grow(d) < 0) {
    decref(item);
    return -1;
  }
  const n = size(d);
  H32[place(d, n)] = item;
  H32[(d + dq_len) >> 2] = n + 1;
  const max = H32[(d + dq_maxlen) >> 2];
  if (max >= 0 && n + 1 > max) decref(takeLeft(d));
  else touched(d);
  return 0;
}

function pushLeft(d: Obj, item: Obj): number {
  if (isFull(d) && grow(d) < 0) {
    decref(item);
    return -1;
  }
  const head = (H32[(d + dq_head) >> 2] - 1) & H32[(d + dq_mask) >> 2];
  H32[(d + dq_head) >> 2] = head;
  H32[(H32[(d + dq_buf) >> 2] >> 2) + head] = item;
  const n = ++H32[(d + dq_len) >> 2];
  const max = H32[(d + dq_maxlen) >> 2];
  if (max >= 0 && n > max) decref(takeRight(d));
  else touched(d);
  return 0;
}

/** Empties the deque; safe against whatever giving items back runs. */
function deque_clear(d: Obj): number {
  const buf = H32[(d + dq_buf) >> 2];
  if (buf === 0) return 0;
  const n = size(d);
  const head = H32[(d + dq_head) >> 2];
  const mask = H32[(d + dq_mask) >> 2];
  H32[(d + dq_buf) >> 2] = 0;
  H32[(d + dq_mask) >> 2] = 0;
  H32[(d + dq_head) >> 2] = 0;
  H32[(d + dq_len) >> 2] = 0;
  touched(d);
  for (let i = 0; i < n; i++) decref(H32[(buf >> 2) + ((head + i) & mask)] as Obj);
  PyMem_Free(buf);
  return 0;
}

function deque_dealloc(d: Obj): void {
  PyObject_GC_UnTrack(d);
  if (H32[(d + dq_weak) >> 2] !== 0) PyObject_ClearWeakRefs(d);
  deque_clear(d);
  freeObject(d);
}

function deque_traverse(d: Obj, visit: number, arg: number): number {
  const n = size(d);
  for (let i = 0; i < n; i++) {
    const answer = F[visit](itemAt(d, i), arg);
    if (answer) return answer;
  }
  return 0;
}

/** Appends (or prepends) the items of an iterable: 0 or -1. */
function extendWith(d: Obj, iterable: Obj, left: boolean): number {
  let source = newref(iterable);
  if (iterable === d) {
    const list = PySequence_List(d);
    decref(source);
    if (list === 0) return -1;
    source = list;
  }
  const it = PyObject_GetIter(source);
  decref(source);
  if (it === 0) return -1;
  let r = 0;
  while (r === 0) {
    const item = PyIter_Next(it);
    if (item === 0) break;
    // With maxlen 0 the input is only consumed.
    if (H32[(d + dq_maxlen) >> 2] === 0) decref(item);
    else r = left ? pushLeft(d, item) : pushRight(d, item);
  }
  decref(it);
  return r < 0 || PyErr_Occurred() !== 0 ? -1 : 0;
}

const done = (r: number): Obj => (r < 0 ? NULL : newref(Py_None));

function deque_pop(d: Obj): Obj {
  return size(d) === 0 ? PyErr_SetString(PyExc_IndexError, 'pop from an empty deque') : takeRight(d);
}

function deque_popleft(d: Obj): Obj {
  return size(d) === 0 ? PyErr_SetString(PyExc_IndexError, 'pop from an empty deque') : takeLeft(d);
}

const SIG_init = parseSignature('deque', '(iterable=(), maxlen=None)');

function deque_init(d: Obj, args: Obj, kwargs: Obj): number {
  if (!bindDequeArgs(args, kwargs)) return -1;
  const iterable = bound[0] as Obj;
  const maxlenObj = bound[1] as Obj;
  let maxlen = -1;
  if (maxlenObj !== 0 && maxlenObj !== Py_None) {
    maxlen = PyLong_AsSsize_t(maxlenObj);
    if (maxlen === -1 && PyErr_Occurred() !== 0) return -1;
    if (maxlen < 0) return errMinus1(PyExc_ValueError, 'maxlen must be non-negative');
  }
  H32[(d + dq_maxlen) >> 2] = maxlen;
  deque_clear(d);
  return iterable === 0 ? 0 : extendWith(d, iterable, false);
}

function bindDequeArgs(args: Obj, kwargs: Obj): boolean {
  const n = PyTuple_GET_SIZE(args);
  if (n > 2) {
    PyErr_SetString(PyExc_TypeError, `deque() takes at most 2 arguments (${n} given)`);
    return false;
  }
  return bindTuple(SIG_init, args, kwargs);
}

/** A copy of the same class and maxlen: new, or NULL. */
function deque_copy(d: Obj): Obj {
  const type = Py_TYPE(d);
  const max = H32[(d + dq_maxlen) >> 2];
  if (type === deque_type) {
    const copy = deque_new(type);
    if (copy === 0) return NULL;
    H32[(copy + dq_maxlen) >> 2] = max;
    const n = size(d);
    for (let i = 0; i < n; i++) {
      if (pushRight(copy, newref(itemAt(d, i))) < 0) {
        decref(copy);
        return NULL;
      }
    }
    return copy;
  }
  let copy: Obj;
  if (max < 0) copy = PyObject_CallFunctionObjArgs(type, d);
  else {
    const n = PyLong_FromSsize_t(max);
    copy = n === 0 ? NULL : PyObject_CallFunctionObjArgs(type, d, n);
    xdecref(n);
  }
  if (copy !== 0 && !isDeque(copy)) {
    PyErr_SetString(PyExc_TypeError, `${nameOfType(type)}() must return a deque, not ${typeName(copy)}`);
    decref(copy);
    return NULL;
  }
  return copy;
}

function deque_concat(d: Obj, other: Obj): Obj {
  if (!isDeque(other))
    return PyErr_SetString(PyExc_TypeError, `can only concatenate deque (not "${typeName(other)}") to deque`);
  const copy = deque_copy(d);
  if (copy === 0) return NULL;
  if (extendWith(copy, other, false) < 0) {
    decref(copy);
    return NULL;
  }
  return copy;
}

function deque_inplace_concat(d: Obj, other: Obj): Obj {
  return extendWith(d, other, false) < 0 ? NULL : newref(d);
}

function deque_inplace_repeat(d: Obj, n: number): Obj {
  const len = size(d);
  if (len === 0 || n === 1) return newref(d);
  if (n <= 0) {
    deque_clear(d);
    return newref(d);
  }
  const max = H32[(d + dq_maxlen) >> 2];
  // A bounded deque needs no more repetitions than fill it.
  if (max >= 0 && len * n > max) n = Math.ceil(max / len) + 1;
  if (len * n > 0x1fffffff) return PyErr_NoMemory();
  const items = PySequence_List(d);
  if (items === 0) return NULL;
  let r = 0;
  for (let i = 1; r === 0 && i < n; i++) r = extendWith(d, items, false);
  decref(items);
  return r < 0 ? NULL : newref(d);
}

function deque_repeat(d: Obj, n: number): Obj {
  const copy = deque_copy(d);
  if (copy === 0) return NULL;
  const r = deque_inplace_repeat(copy, n);
  decref(copy);
  return r;
}

/** Rotates n steps to the right. */
function rotate(d: Obj, n: number): void {
  const len = size(d);
  if (len <= 1) return;
  const half = len >> 1;
  if (n > half || n < -half) {
    n %= len;
    if (n > half) n -= len;
    else if (n < -half) n += len;
  }
  const mask = H32[(d + dq_mask) >> 2];
  const buf = H32[(d + dq_buf) >> 2] >> 2;
  for (; n > 0; n--) {
    const from = place(d, len - 1);
    const head = (H32[(d + dq_head) >> 2] - 1) & mask;
    const item = H32[from];
    H32[from] = 0;
    H32[(d + dq_head) >> 2] = head;
    H32[buf + head] = item;
  }
  for (; n < 0; n++) {
    const from = place(d, 0);
    const item = H32[from];
    H32[from] = 0;
    H32[(d + dq_head) >> 2] = (H32[(d + dq_head) >> 2] + 1) & mask;
    H32[place(d, len - 1)] = item;
  }
  touched(d);
}

/** Where items are compared one after the other: the index of the first equal to `value` in [start, stop), -1 if none, -2 with an exception. */
function search(d: Obj, value: Obj, start: number, stop: number, changedType: Obj, changed: string): number {
  const state = H32[(d + dq_state) >> 2];
  for (let i = start; i < stop; i++) {
    const item = newref(itemAt(d, i));
    const cmp = PyObject_RichCompareBool(item, value, Py_EQ);
    decref(item);
    if (cmp < 0) return -2;
    if (cmp > 0) return i;
    if (state !== H32[(d + dq_state) >> 2]) {
      PyErr_SetString(changedType, changed);
      return -2;
    }
  }
  return -1;
}
const MUTATED = 'deque mutated during iteration';

function deque_contains(d: Obj, value: Obj): number {
  const i = search(d, value, 0, size(d), PyExc_RuntimeError, MUTATED);
  return i === -2 ? -1 : i >= 0 ? 1 : 0;
}

function deque_count(d: Obj, value: Obj): Obj {
  const state = H32[(d + dq_state) >> 2];
  const n = size(d);
  let count = 0;
  for (let i = 0; i < n; i++) {
    const item = newref(itemAt(d, i));
    const cmp = PyObject_RichCompareBool(item, value, Py_EQ);
    decref(item);
    if (cmp < 0) return NULL;
    count += cmp;
    if (state !== H32[(d + dq_state) >> 2]) return PyErr_SetString(PyExc_RuntimeError, MUTATED);
  }
  return PyLong_FromSsize_t(count);
}

function deque_index(d: Obj, value: Obj, start: number, stop: number): Obj {
  const n = size(d);
  if (start < 0) start = Math.max(start + n, 0);
  if (stop < 0) stop = Math.max(stop + n, 0);
  if (stop > n) stop = n;
  const i = search(d, value, start, stop, PyExc_RuntimeError, MUTATED);
  if (i === -2) return NULL;
  return i >= 0 ? PyLong_FromSsize_t(i) : PyErr_SetString(PyExc_ValueError, 'deque.index(x): x not in deque');
}

function deque_remove(d: Obj, value: Obj): Obj {
  const n = size(d);
  const i = searchForRemoval(d, value, n);
  if (i === -2) return NULL;
  if (i < 0) return PyErr_SetString(PyExc_ValueError, 'deque.remove(x): x not in deque');
  deleteAt(d, i);
  return newref(Py_None);
}

/** As search, where also the last comparison may have changed the deque. */
function searchForRemoval(d: Obj, value: Obj, n: number): number {
  const state = H32[(d + dq_state) >> 2];
  const i = search(d, value, 0, n, PyExc_IndexError, 'deque mutated during remove().');
  if (i >= 0 && state !== H32[(d + dq_state) >> 2]) {
    PyErr_SetString(PyExc_IndexError, 'deque mutated during remove().');
    return -2;
  }
  return i;
}

function deleteAt(d: Obj, i: number): void {
  rotate(d, -i);
  const item = takeLeft(d);
  rotate(d, i);
  decref(item);
}

function deque_insert(d: Obj, index: number, value: Obj): Obj {
  const n = size(d);
  if (H32[(d + dq_maxlen) >> 2] === n) return PyErr_SetString(PyExc_IndexError, 'deque already at its maximum size');
  if (index >= n) return done(pushRight(d, newref(value)));
  if (index <= -n || index === 0) return done(pushLeft(d, newref(value)));
  rotate(d, -index);
  const r = index < 0 ? pushRight(d, newref(value)) : pushLeft(d, newref(value));
  rotate(d, index);
  return done(r);
}

function deque_reverse(d: Obj): Obj {
  for (let i = 0, j = size(d) - 1; i < j; i++, j--) {
    const a = place(d, i);
    const b = place(d, j);
    const item = H32[a];
    H32[a] = H32[b];
    H32[b] = item;
  }
  return newref(Py_None);
}

function deque_item(d: Obj, i: number): Obj {
  if (i < 0 || i >= size(d)) return PyErr_SetString(PyExc_IndexError, 'deque index out of range');
  return newref(itemAt(d, i));
}

function deque_ass_item(d: Obj, i: number, value: Obj): number {
  if (i < 0 || i >= size(d)) return errMinus1(PyExc_IndexError, 'deque index out of range');
  if (value === 0) {
    deleteAt(d, i);
    return 0;
  }
  const at = place(d, i);
  const old = H32[at] as Obj;
  H32[at] = newref(value);
  decref(old);
  return 0;
}

/** (type, () or ((), maxlen), state, iterator) */
function deque_reduce(d: Obj): Obj {
  const state = PyObject_CallMethodNoArgs(d, idObj(s_getstate));
  const it = state === 0 ? NULL : PyObject_GetIter(d);
  let args: Obj = NULL;
  if (it !== 0) {
    const max = H32[(d + dq_maxlen) >> 2];
    if (max < 0) args = newref(emptyTuple);
    else {
      const n = PyLong_FromSsize_t(max);
      args = n === 0 ? NULL : PyTuple_Pack(emptyTuple, n);
      xdecref(n);
    }
  }
  const r = args === 0 ? NULL : PyTuple_Pack(Py_TYPE(d), args, state, it);
  xdecref(args);
  xdecref(it);
  xdecref(state);
  return r;
}

function deque_repr(d: Obj): Obj {
  if (Py_ReprEnter(d) !== 0) return PyUnicode_FromString('[...]');
  const list = PySequence_List(d);
  const r = list === 0 ? NULL : PyObject_Repr(list);
  xdecref(list);
  Py_ReprLeave(d);
  if (r === 0) return NULL;
  const w = new UnicodeWriter();
  const max = H32[(d + dq_maxlen) >> 2];
  const name = typeName(d).replace(/^.*\./, '');
  const ok = w.text(`${name}(`) === 0 && w.str(r) === 0 && w.ascii(max >= 0 ? `, maxlen=${max})` : ')') === 0;
  decref(r);
  return ok ? w.finish() : w.fail();
}

function deque_richcompare(v: Obj, w: Obj, op: number): Obj {
  if (!isDeque(v) || !isDeque(w)) return newref(Py_NotImplemented);
  const nv = size(v);
  const nw = size(w);
  const bool = (b: boolean) => newref(b ? Py_True : Py_False);
  if (op === Py_EQ && (v === w || nv !== nw)) return bool(v === w);
  if (op === Py_NE && (v === w || nv !== nw)) return bool(v !== w);
  const a = deque_iter(v);
  const b = a === 0 ? NULL : deque_iter(w);
  let r: Obj = NULL;
  if (b !== 0) r = compareItems(a, b, op);
  xdecref(a);
  xdecref(b);
  return r;
}

function compareItems(a: Obj, b: Obj, op: number): Obj {
  for (;;) {
    const x = dequeiter_next(a);
    if (x === 0 && PyErr_Occurred() !== 0) return NULL;
    const y = dequeiter_next(b);
    if (x === 0 || y === 0) {
      xdecref(x);
      xdecref(y);
      if (PyErr_Occurred() !== 0) return NULL;
      const order = x === 0 && y === 0 ? 0 : x === 0 ? -1 : 1;
      return richCompareNumbers(order, 0, op);
    }
    const eq = PyObject_RichCompareBool(x, y, Py_EQ);
    let r: Obj = NULL;
    if (eq === 0) {
      const answer = op === Py_EQ ? 0 : op === Py_NE ? 1 : PyObject_RichCompareBool(x, y, op);
      r = answer < 0 ? NULL : newref(answer ? Py_True : Py_False);
    }
    decref(x);
    decref(y);
    if (eq <= 0) return r;
  }
}

function deque_sizeof(d: Obj): Obj {
  const buf = H32[(d + dq_buf) >> 2];
  return PyLong_FromSsize_t(
    H32[(Py_TYPE(d) + tp_basicsize) >> 2] + (buf === 0 ? 0 : 4 * (H32[(d + dq_mask) >> 2] + 1)),
  );
}

function deque_get_maxlen(d: Obj): Obj {
  const max = H32[(d + dq_maxlen) >> 2];
  return max < 0 ? newref(Py_None) : PyLong_FromSsize_t(max);
}

defineType({
  type: deque_type,
  name: 'collections.deque',
  layout: Deque,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_SEQUENCE,
  doc: 'A list-like sequence optimized for data accesses near its endpoints.',
  signature: '([iterable[, maxlen]])',
  slots: {
    tp_new: deque_new,
    tp_init: deque_init,
    tp_dealloc: deque_dealloc,
    tp_traverse: deque_traverse,
    tp_clear: deque_clear,
    tp_repr: deque_repr,
    tp_hash: PyObject_HashNotImplemented,
    tp_getattro: PyObject_GenericGetAttr,
    tp_richcompare: deque_richcompare,
    tp_iter: deque_iter,
    sq_length: size,
    sq_concat: deque_concat,
    sq_repeat: deque_repeat,
    sq_item: deque_item,
    sq_ass_item: deque_ass_item,
    sq_contains: deque_contains,
    sq_inplace_concat: deque_inplace_concat,
    sq_inplace_repeat: deque_inplace_repeat,
  },
  methods: [
    method(
      'append',
      '($self, item, /)',
      (d: Obj, item: Obj) => done(pushRight(d, newref(item))),
      'Add an element to the right side of the deque.',
    ),
    method(
      'appendleft',
      '($self, item, /)',
      (d: Obj, item: Obj) => done(pushLeft(d, newref(item))),
      'Add an element to the left side of the deque.',
    ),
    method('clear', '($self, /)', (d: Obj) => done(deque_clear(d)), 'Remove all elements from the deque.'),
    method('__copy__', '($self, /)', deque_copy, 'Return a shallow copy of a deque.'),
    method('copy', '($self, /)', deque_copy, 'Return a shallow copy of a deque.'),
    method('count', '($self, value, /)', deque_count, 'Return number of occurrences of value.'),
    method(
      'extend',
      '($self, iterable, /)',
      (d: Obj, it: Obj) => done(extendWith(d, it, false)),
      'Extend the right side of the deque with elements from the iterable.',
    ),
    method(
      'extendleft',
      '($self, iterable, /)',
      (d: Obj, it: Obj) => done(extendWith(d, it, true)),
      'Extend the left side of the deque with elements from the iterable.',
    ),
    method(
      'index',
      '($self, value, start: slice = 0, stop: slice = sys.maxsize, /)',
      deque_index,
      'Return first index of value.\n\nRaises ValueError if the value is not present.',
    ),
    method('insert', '($self, index: ssize, value, /)', deque_insert, 'Insert value before index.'),
    method('pop', '($self, /)', deque_pop, 'Remove and return the rightmost element.'),
    method('popleft', '($self, /)', deque_popleft, 'Remove and return the leftmost element.'),
    method('__reduce__', '($self, /)', deque_reduce, 'Return state information for pickling.'),
    method('remove', '($self, value, /)', deque_remove, 'Remove first occurrence of value.'),
    method('__reversed__', '($self, /)', deque_reversed, 'Return a reverse iterator over the deque.'),
    method('reverse', '($self, /)', deque_reverse, 'Reverse *IN PLACE*.'),
    method(
      'rotate',
      '($self, n: ssize = 1, /)',
      (d: Obj, n: number) => {
        rotate(d, n);
        return newref(Py_None);
      },
      'Rotate the deque n steps to the right.  If n is negative, rotates left.',
    ),
    method('__sizeof__', '($self, /)', deque_sizeof, 'Return the size of the deque in memory, in bytes.'),
    classMethod('__class_getitem__', '($type, object, /)', Py_GenericAlias, 'See PEP 585'),
  ],
  getset: [getset('maxlen', deque_get_maxlen, null, 'maximum size of a deque or None if unbounded')],
  edges: (d) => Array.from({ length: size(d) }, (_, i) => `[${i}]`),
});

// ---- iterators -------------------------------------------------------------------------------------------------------------------

const DequeIter = layout({ deque: ref, counter: i32, state: i32 });
const di_deque = DequeIter.deque;
/** How many items are still to come. */
const di_counter = DequeIter.counter;
const di_state = DequeIter.state;
export const dequeiter_type = staticType();
export const dequereviter_type = staticType();

function iterOf(type: Obj, d: Obj): Obj {
  const it = _PyObject_New(type);
  if (it === 0) return NULL;
  incref(d);
  H32[(it + di_deque) >> 2] = d;
  H32[(it + di_counter) >> 2] = size(d);
  H32[(it + di_state) >> 2] = H32[(d + dq_state) >> 2];
  PyObject_GC_Track(it);
  return it;
}

function deque_iter(d: Obj): Obj {
  return iterOf(dequeiter_type, d);
}

function deque_reversed(d: Obj): Obj {
  return iterOf(dequereviter_type, d);
}

function stepped(it: Obj, forward: boolean): Obj {
  const d = H32[(it + di_deque) >> 2] as Obj;
  if (H32[(it + di_state) >> 2] !== H32[(d + dq_state) >> 2]) {
    H32[(it + di_counter) >> 2] = 0;
    return PyErr_SetString(PyExc_RuntimeError, MUTATED);
  }
  const left = H32[(it + di_counter) >> 2];
  if (left === 0) return NULL;
  H32[(it + di_counter) >> 2] = left - 1;
  return newref(itemAt(d, forward ? size(d) - left : left - 1));
}

function dequeiter_next(it: Obj): Obj {
  return stepped(it, true);
}

function dequereviter_next(it: Obj): Obj {
  return stepped(it, false);
}

function dequeiter_len(it: Obj): Obj {
  return PyLong_FromSsize_t(H32[(it + di_counter) >> 2]);
}

function dequeiter_reduce(it: Obj): Obj {
  const d = H32[(it + di_deque) >> 2] as Obj;
  const n = PyLong_FromSsize_t(size(d) - H32[(it + di_counter) >> 2]);
  const args = n === 0 ? NULL : PyTuple_Pack(d, n);
  xdecref(n);
  const r = args === 0 ? NULL : PyTuple_Pack(Py_TYPE(it), args);
  xdecref(args);
  return r;
}

/** _deque_iterator(deque, index=0): an iterator that has taken `index` steps. */
function iterNew(name: string): (type: Obj, args: Obj, kwargs: Obj) => Obj {
  return (type, args, kwargs) => {
    if (!noKwargs(name, kwargs) || !checkPositional(name, PyTuple_GET_SIZE(args), 1, 2)) return NULL;
    const d = PyTuple_GET_ITEM(args, 0);
    if (!isDeque(d))
      return PyErr_SetString(PyExc_TypeError, `argument 1 must be collections.deque, not ${typeName(d)}`);
    let index = 0;
    if (PyTuple_GET_SIZE(args) === 2) {
      index = PyLong_AsSsize_t(PyTuple_GET_ITEM(args, 1));
      if (index === -1 && PyErr_Occurred() !== 0) return NULL;
    }
    const it = iterOf(type, d);
    if (it !== 0) H32[(it + di_counter) >> 2] = Math.max(size(d) - Math.max(index, 0), 0);
    return it;
  };
}

function defineDequeIter(type: Obj, name: string, next: (it: Obj) => Obj): void {
  defineType({
    type,
    name: `collections.${name}`,
    layout: DequeIter,
    flags: Py_TPFLAGS_HAVE_GC,
    slots: {
      tp_new: iterNew(name),
      tp_iter: PyObject_SelfIter,
      tp_iternext: next,
      tp_getattro: PyObject_GenericGetAttr,
    },
    methods: [
      method('__length_hint__', '($self, /)', dequeiter_len, 'Private method returning an estimate of len(list(it)).'),
      method('__reduce__', '($self, /)', dequeiter_reduce, 'Return state information for pickling.'),
    ],
  });
}

defineDequeIter(dequeiter_type, '_deque_iterator', dequeiter_next);
defineDequeIter(dequereviter_type, '_deque_reverse_iterator', dequereviter_next);
