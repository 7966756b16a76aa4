// What can Python code do with lists?  Invariant: every operation that calls out holds its own reference to the items it uses, and reads size
// and buffer again afterwards; storage is in src/object/list.ts, the iterators are in list_iter.ts.

import { PyMem_Free, PyMem_Malloc } from '../memory/alloc.js';
import { H32 } from '../memory/linear.js';
import { checkPositional, noKwargs } from '../object/bind.js';
import { classMethod, coexist, defineType, method } from '../object/declare.js';
import { errMinus1, PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import {
  fastItems,
  list_allocated,
  list_ass_slice,
  list_clear,
  list_items,
  list_resize,
  ListLayout,
  listOrTupleOf,
  PyList_Append,
  PyList_Check,
  PyList_Extend,
  PyList_GET_ITEM,
  PyList_GetSlice,
  PyList_Insert,
  PyList_New,
  PyList_Reverse,
} from '../object/list.js';
import { sortList } from '../object/list_sort.js';
import { PyLong_FromSsize_t } from '../object/long.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { PyIndex_Check, PyNumber_AsSsize_t } from '../object/number.js';
import {
  Py_EQ,
  Py_NE,
  PyObject_HashNotImplemented,
  PyObject_Repr,
  PyObject_RichCompare,
  PyObject_RichCompareBool,
  richCompareNumbers,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import {
  PySlice_AdjustIndices,
  PySlice_Check,
  PySlice_Unpack,
  sliceStart,
  sliceStep,
  sliceStop,
} from '../object/slice.js';
import {
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyExc_IndexError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyList_Type,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import {
  ob_size,
  Py_TPFLAGS_BASETYPE,
  Py_TPFLAGS_HAVE_GC,
  Py_TPFLAGS_LIST_SUBCLASS,
  Py_TPFLAGS_MATCH_SELF,
  Py_TPFLAGS_SEQUENCE,
  tp_basicsize,
  tp_new,
} from '../object/type_layout.js';
import { PyUnicode_FromString, UnicodeWriter } from '../object/unicode.js';
import { list_iter, list_reversed } from './list_iter.js';

function list_new(type: Obj): Obj {
  return PyType_GenericAlloc(type, 0);
}

function list_init(self: Obj, args: Obj, kwargs: Obj): number {
  if (
    (Py_TYPE(self) === PyList_Type || H32[(Py_TYPE(self) + tp_new) >> 2] === H32[(PyList_Type + tp_new) >> 2]) &&
    !noKwargs('list', kwargs)
  )
    return -1;
  const n = PyTuple_GET_SIZE(args);
  if (!checkPositional('list', n, 0, 1)) return -1;
  list_clear(self);
  return n === 0 ? 0 : PyList_Extend(self, PyTuple_GET_ITEM(args, 0));
}

/** list(iterable) as a vectorcall of the type. */
function list_vectorcall(type: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  if (kwnames !== 0 && PyTuple_GET_SIZE(kwnames) !== 0)
    return PyErr_SetString(PyExc_TypeError, 'list() takes no keyword arguments');
  const n = nargsf & 0x3fffffff;
  if (!checkPositional('list', n, 0, 1)) return NULL;
  const list = PyType_GenericAlloc(type, 0);
  if (list !== 0 && n !== 0 && PyList_Extend(list, H32[args >> 2] as Obj) < 0) {
    decref(list);
    return NULL;
  }
  return list;
}

function list_repr(list: Obj): Obj {
  if (H32[(list + ob_size) >> 2] === 0) return PyUnicode_FromString('[]');
  if (Py_ReprEnter(list) !== 0) return PyUnicode_FromString('[...]');
  const w = new UnicodeWriter();
  let ok = w.ascii('[') === 0;
  for (let i = 0; ok && i < H32[(list + ob_size) >> 2]; i++) {
    if (i > 0) ok = w.ascii(', ') === 0;
    const item = newref(PyList_GET_ITEM(list, i));
    const r = ok ? PyObject_Repr(item) : NULL;
    decref(item);
    ok = r !== 0 && w.str(r) === 0;
    xdecref(r);
  }
  if (ok) ok = w.ascii(']') === 0;
  Py_ReprLeave(list);
  return ok ? w.finish() : w.fail();
}

function list_length(list: Obj): number {
  return H32[(list + ob_size) >> 2];
}

/** item i == value, the item kept alive meanwhile: 1, 0 or -1. */
function equalItem(list: Obj, i: number, value: Obj): number {
  const item = PyList_GET_ITEM(list, i);
  incref(item);
  const cmp = PyObject_RichCompareBool(item, value, Py_EQ);
  decref(item);
  return cmp;
}

function list_contains(list: Obj, value: Obj): number {
  for (let i = 0; i < H32[(list + ob_size) >> 2]; i++) {
    const cmp = equalItem(list, i, value);
    if (cmp !== 0) return cmp;
  }
  return 0;
}

function list_item(list: Obj, i: number): Obj {
  if (i < 0 || i >= H32[(list + ob_size) >> 2]) return PyErr_SetString(PyExc_IndexError, 'list index out of range');
  return newref(PyList_GET_ITEM(list, i));
}

export function list_concat(a: Obj, b: Obj): Obj {
  if (!PyList_Check(b))
    return PyErr_SetString(PyExc_TypeError, `can only concatenate list (not "${typeName(b)}") to list`);
  const na = H32[(a + ob_size) >> 2];
  const nb = H32[(b + ob_size) >> 2];
  if (na + nb > 0x1fffffff) return PyErr_NoMemory();
  const r = PyList_New(na + nb);
  if (r === 0) return NULL;
  let to = H32[(r + list_items) >> 2] >> 2;
  for (let i = 0; i < na; i++) H32[to++] = newref(PyList_GET_ITEM(a, i));
  for (let i = 0; i < nb; i++) H32[to++] = newref(PyList_GET_ITEM(b, i));
  return r;
}

function list_repeat(list: Obj, n: number): Obj {
  const size = H32[(list + ob_size) >> 2];
  if (size === 0 || n <= 0) return PyList_New(0);
  if (size * n > 0x1fffffff) return PyErr_NoMemory();
  const r = PyList_New(size * n);
  if (r === 0) return NULL;
  let to = H32[(r + list_items) >> 2] >> 2;
  const from = H32[(list + list_items) >> 2] >> 2;
  for (let k = 0; k < n; k++) for (let i = 0; i < size; i++) H32[to++] = newref(H32[from + i] as Obj);
  return r;
}

function list_inplace_repeat(list: Obj, n: number): Obj {
  const size = H32[(list + ob_size) >> 2];
  if (size === 0 || n === 1) return newref(list);
  if (n < 1) {
    list_clear(list);
    return newref(list);
  }
  if (size * n > 0x1fffffff) return PyErr_NoMemory();
  if (list_resize(list, size * n) < 0) return NULL;
  const items = H32[(list + list_items) >> 2] >> 2;
  for (let k = size; k < size * n; k++) H32[items + k] = newref(H32[items + k - size] as Obj);
  return newref(list);
}

function list_inplace_concat(list: Obj, other: Obj): Obj {
  return PyList_Extend(list, other) < 0 ? NULL : newref(list);
}

/** Replaces or (value NULL) deletes item i: 0 or -1. */
function list_ass_item(list: Obj, i: number, value: Obj): number {
  if (i < 0 || i >= H32[(list + ob_size) >> 2])
    return errMinus1(PyExc_IndexError, 'list assignment index out of range');
  if (value === 0) return list_ass_slice(list, i, i + 1, 0, 0);
  const at = (H32[(list + list_items) >> 2] + 4 * i) >> 2;
  const old = H32[at] as Obj;
  H32[at] = newref(value);
  decref(old);
  return 0;
}

export function list_subscript(list: Obj, key: Obj): Obj {
  if (PyIndex_Check(key)) {
    let i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i === -1 && PyErr_Occurred() !== 0) return NULL;
    if (i < 0) i += H32[(list + ob_size) >> 2];
    return list_item(list, i);
  }
  if (!PySlice_Check(key))
    return PyErr_SetString(PyExc_TypeError, `list indices must be integers or slices, not ${typeName(key)}`);
  if (PySlice_Unpack(key) < 0) return NULL;
  const n = PySlice_AdjustIndices(H32[(list + ob_size) >> 2]);
  if (n <= 0) return PyList_New(0);
  const start = sliceStart;
  const step = sliceStep;
  if (step === 1) return PyList_GetSlice(list, start, start + n);
  const r = PyList_New(n);
  if (r === 0) return NULL;
  const to = H32[(r + list_items) >> 2] >> 2;
  for (let i = 0; i < n; i++) H32[to + i] = newref(PyList_GET_ITEM(list, start + i * step));
  return r;
}

function list_ass_subscript(list: Obj, key: Obj, value: Obj): number {
  if (PyIndex_Check(key)) {
    let i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i === -1 && PyErr_Occurred() !== 0) return -1;
    if (i < 0) i += H32[(list + ob_size) >> 2];
    return list_ass_item(list, i, value);
  }
  if (!PySlice_Check(key))
    return errMinus1(PyExc_TypeError, `list indices must be integers or slices, not ${typeName(key)}`);
  if (PySlice_Unpack(key) < 0) return -1;
  const step = sliceStep;
  if (step === 1) {
    PySlice_AdjustIndices(H32[(list + ob_size) >> 2]);
    return assignSlice(list, sliceStart, sliceStop, value);
  }
  if (value === 0) return deleteExtended(list);
  return assignExtended(list, value, sliceStart, sliceStop, step);
}

function assignSlice(list: Obj, low: number, high: number, value: Obj): number {
  if (value === 0) return list_ass_slice(list, low, high, 0, 0);
  const seq = listOrTupleOf(value, list, 'must assign iterable to extended slice');
  if (seq === 0) return -1;
  const r = list_ass_slice(list, low, high, fastItems(seq), H32[(seq + ob_size) >> 2]);
  decref(seq);
  return r;
}

/** Deletes the items of the slice just unpacked, step not 1. */
function deleteExtended(list: Obj): number {
  const size = H32[(list + ob_size) >> 2];
  const n = PySlice_AdjustIndices(size);
  if (n <= 0) return 0;
  let start = sliceStart;
  let step = sliceStep;
  if (step < 0) {
    start += step * (n - 1);
    step = -step;
  }
  const garbage = PyMem_Malloc(4 * n);
  if (garbage === 0) {
    PyErr_NoMemory();
    return -1;
  }
  const items = H32[(list + list_items) >> 2] >> 2;
  let to = start;
  let next = start;
  let taken = 0;
  for (let i = start; i < size; i++) {
    if (i === next && taken < n) {
      H32[(garbage >> 2) + taken++] = H32[items + i];
      next += step;
    } else H32[items + to++] = H32[items + i];
  }
  H32[(list + ob_size) >> 2] = size - n;
  const r = list_resize(list, size - n);
  for (let i = 0; i < n; i++) decref(H32[(garbage >> 2) + i] as Obj);
  PyMem_Free(garbage);
  return r;
}

/** Assigns to an extended slice, given by its unadjusted indices: making a sequence of `value` may change the list. */
function assignExtended(list: Obj, value: Obj, start: number, stop: number, step: number): number {
  const seq = listOrTupleOf(value, list, 'must assign iterable to extended slice');
  if (seq === 0) return -1;
  const size = H32[(list + ob_size) >> 2];
  const low = step < 0 ? -1 : 0;
  const high = step < 0 ? size - 1 : size;
  start = start < 0 ? Math.max(start + size, low) : Math.min(start, high);
  stop = stop < 0 ? Math.max(stop + size, low) : Math.min(stop, high);
  let n = 0;
  if (step < 0 ? stop < start : start < stop) n = Math.floor((Math.abs(stop - start) - 1) / Math.abs(step)) + 1;
  const m = H32[(seq + ob_size) >> 2];
  if (m !== n) {
    decref(seq);
    return errMinus1(PyExc_ValueError, `attempt to assign sequence of size ${m} to extended slice of size ${n}`);
  }
  if (n === 0) {
    decref(seq);
    return 0;
  }
  const garbage = PyMem_Malloc(4 * n);
  if (garbage === 0) {
    decref(seq);
    PyErr_NoMemory();
    return -1;
  }
  const items = H32[(list + list_items) >> 2] >> 2;
  const from = fastItems(seq) >> 2;
  for (let i = 0, at = items + start; i < n; i++, at += step) {
    H32[(garbage >> 2) + i] = H32[at];
    H32[at] = newref(H32[from + i] as Obj);
  }
  for (let i = 0; i < n; i++) decref(H32[(garbage >> 2) + i] as Obj);
  PyMem_Free(garbage);
  decref(seq);
  return 0;
}

function list_richcompare(v: Obj, w: Obj, op: number): Obj {
  if (!PyList_Check(v) || !PyList_Check(w)) return newref(Py_NotImplemented);
  if (H32[(v + ob_size) >> 2] !== H32[(w + ob_size) >> 2] && (op === Py_EQ || op === Py_NE))
    return newref(op === Py_EQ ? Py_False : Py_True);
  for (let i = 0; i < H32[(v + ob_size) >> 2] && i < H32[(w + ob_size) >> 2]; i++) {
    const a = PyList_GET_ITEM(v, i);
    const b = PyList_GET_ITEM(w, i);
    if (a === b) continue;
    incref(a);
    incref(b);
    const cmp = PyObject_RichCompareBool(a, b, Py_EQ);
    decref(a);
    decref(b);
    if (cmp < 0) return NULL;
    if (cmp === 0) return compareItems(v, w, i, op);
  }
  return richCompareNumbers(H32[(v + ob_size) >> 2], H32[(w + ob_size) >> 2], op);
}

/** The comparison of two lists decided by item i, which differs, or by the sizes if the comparison has taken it away. */
function compareItems(v: Obj, w: Obj, i: number, op: number): Obj {
  const nv = H32[(v + ob_size) >> 2];
  const nw = H32[(w + ob_size) >> 2];
  if (i >= nv || i >= nw) return richCompareNumbers(nv, nw, op);
  if (op === Py_EQ) return newref(Py_False);
  if (op === Py_NE) return newref(Py_True);
  const a = newref(PyList_GET_ITEM(v, i));
  const b = newref(PyList_GET_ITEM(w, i));
  const r = PyObject_RichCompare(a, b, op);
  decref(a);
  decref(b);
  return r;
}

// ---- methods ---------------------------------------------------------------------------------------------------------------------

function list_append(list: Obj, item: Obj): Obj {
  return PyList_Append(list, item) < 0 ? NULL : newref(Py_None);
}

function list_insert(list: Obj, i: number, item: Obj): Obj {
  return PyList_Insert(list, i, item) < 0 ? NULL : newref(Py_None);
}

function list_extend(list: Obj, iterable: Obj): Obj {
  return PyList_Extend(list, iterable) < 0 ? NULL : newref(Py_None);
}

function list_clear_method(list: Obj): Obj {
  list_clear(list);
  return newref(Py_None);
}

function list_copy(list: Obj): Obj {
  return PyList_GetSlice(list, 0, H32[(list + ob_size) >> 2]);
}

function list_pop(list: Obj, i: number): Obj {
  const size = H32[(list + ob_size) >> 2];
  if (size === 0) return PyErr_SetString(PyExc_IndexError, 'pop from empty list');
  if (i < 0) i += size;
  if (i < 0 || i >= size) return PyErr_SetString(PyExc_IndexError, 'pop index out of range');
  const items = H32[(list + list_items) >> 2] >> 2;
  const item = H32[items + i] as Obj;
  if (i < size - 1) {
    if (size - i > 32) H32.copyWithin(items + i, items + i + 1, items + size);
    else for (let k = i; k < size - 1; k++) H32[items + k] = H32[items + k + 1];
  }
  if (list_resize(list, size - 1) < 0) {
    // The buffer could not be made smaller: put the item back.
    const again = H32[(list + list_items) >> 2] >> 2;
    for (let k = size - 1; k > i; k--) H32[again + k] = H32[again + k - 1];
    H32[again + i] = item;
    return NULL;
  }
  return item;
}

function list_remove(list: Obj, value: Obj): Obj {
  for (let i = 0; i < H32[(list + ob_size) >> 2]; i++) {
    const cmp = equalItem(list, i, value);
    if (cmp > 0) return list_ass_slice(list, i, i + 1, 0, 0) < 0 ? NULL : newref(Py_None);
    if (cmp < 0) return NULL;
  }
  return PyErr_SetString(PyExc_ValueError, 'list.remove(x): x not in list');
}

function list_index(list: Obj, value: Obj, start: number, stop: number): Obj {
  const size = H32[(list + ob_size) >> 2];
  if (start < 0) start = Math.max(start + size, 0);
  if (stop < 0) stop = Math.max(stop + size, 0);
  for (let i = start; i < stop && i < H32[(list + ob_size) >> 2]; i++) {
    const cmp = equalItem(list, i, value);
    if (cmp > 0) return PyLong_FromSsize_t(i);
    if (cmp < 0) return NULL;
  }
  return PyErr_SetString(PyExc_ValueError, 'list.index(x): x not in list');
}

function list_count(list: Obj, value: Obj): Obj {
  let count = 0;
  for (let i = 0; i < H32[(list + ob_size) >> 2]; i++) {
    if (PyList_GET_ITEM(list, i) === value) {
      count++;
      continue;
    }
    const cmp = equalItem(list, i, value);
    if (cmp < 0) return NULL;
    count += cmp;
  }
  return PyLong_FromSsize_t(count);
}

function list_reverse(list: Obj): Obj {
  PyList_Reverse(list);
  return newref(Py_None);
}

function list_sort(list: Obj, key: Obj, reverse: number): Obj {
  return sortList(list, key === Py_None ? NULL : key, reverse !== 0) < 0 ? NULL : newref(Py_None);
}

function list_sizeof(list: Obj): Obj {
  return PyLong_FromSsize_t(
    H32[(Py_TYPE(list) + tp_basicsize) >> 2] + 4 * Math.max(H32[(list + list_allocated) >> 2], 0),
  );
}

defineType({
  type: PyList_Type,
  name: 'list',
  layout: ListLayout,
  flags:
    Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_LIST_SUBCLASS | Py_TPFLAGS_MATCH_SELF | Py_TPFLAGS_SEQUENCE,
  doc: `Built-in mutable sequence.

If no argument is given, the constructor creates a new empty list.
The argument must be an iterable if specified.`,
  signature: '(iterable=(), /)',
  slots: {
    tp_new: list_new,
    tp_init: list_init,
    tp_vectorcall: list_vectorcall,
    tp_repr: list_repr,
    tp_hash: PyObject_HashNotImplemented,
    tp_richcompare: list_richcompare,
    tp_iter: list_iter,
    sq_length: list_length,
    sq_concat: list_concat,
    sq_repeat: list_repeat,
    sq_item: list_item,
    sq_ass_item: list_ass_item,
    sq_contains: list_contains,
    sq_inplace_concat: list_inplace_concat,
    sq_inplace_repeat: list_inplace_repeat,
    mp_length: list_length,
    mp_subscript: list_subscript,
    mp_ass_subscript: list_ass_subscript,
  },
  methods: [
    coexist('__getitem__', '($self, index, /)', list_subscript, 'Return self[index].'),
    method('__reversed__', '($self, /)', list_reversed, 'Return a reverse iterator over the list.'),
    method('__sizeof__', '($self, /)', list_sizeof, 'Return the size of the list in memory, in bytes.'),
    method('clear', '($self, /)', list_clear_method, 'Remove all items from list.'),
    method('copy', '($self, /)', list_copy, 'Return a shallow copy of the list.'),
    method('append', '($self, object, /)', list_append, 'Append object to the end of the list.'),
    method('insert', '($self, index: ssize, object, /)', list_insert, 'Insert object before index.'),
    method('extend', '($self, iterable, /)', list_extend, 'Extend list by appending elements from the iterable.'),
    method(
      'pop',
      '($self, index: ssize = -1, /)',
      list_pop,
      'Remove and return item at index (default last).\n\nRaises IndexError if list is empty or index is out of range.',
    ),
    method(
      'remove',
      '($self, value, /)',
      list_remove,
      'Remove first occurrence of value.\n\nRaises ValueError if the value is not present.',
    ),
    method(
      'index',
      '($self, value, start: slice = 0, stop: slice = sys.maxsize, /)',
      list_index,
      'Return first index of value.\n\nRaises ValueError if the value is not present.',
    ),
    method('count', '($self, value, /)', list_count, 'Return number of occurrences of value.'),
    method('reverse', '($self, /)', list_reverse, 'Reverse *IN PLACE*.'),
    method(
      'sort',
      '($self, /, *, key=None, reverse: bool = False)',
      list_sort,
      `Sort the list in ascending order and return None.

The sort is in-place (i.e. the list itself is modified) and stable
(i.e. the order of two equal elements is maintained).

If a key function is given, apply it once to each list item and sort
them, ascending or descending, according to their function values.

The reverse flag can be set to sort in descending order.`,
    ),
    classMethod('__class_getitem__', '($type, object, /)', Py_GenericAlias, 'See PEP 585'),
  ],
});
