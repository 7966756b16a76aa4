// How are lists stored?
//
// Invariant: ob_item points to `allocated` words (0: none), the first ob_size of which are owned references; the rest is garbage.
// Anything that may run Python code may change any list, so code that calls out re-reads ob_size and ob_item afterwards.
//
//   header | ob_size | ob_item | allocated          ob_item -> item 0 | item 1 | … | spare words

import { PyMem_Free, PyMem_Malloc, PyMem_Realloc } from '../memory/alloc.js';
import { H32 } from '../memory/linear.js';
import {
  errMinus1,
  PyErr_BadInternalCall,
  PyErr_ExceptionMatches,
  PyErr_Clear,
  PyErr_Occurred,
  PyErr_SetString,
  PyType_FastSubclass,
} from './errors.js';
import { F } from './functable.js';
import { PyObject_GC_Track } from './gc_head.js';
import { HEAD_SIZE } from './head.js';
import { decref, incref, newref, Py_TYPE, xdecref } from './header.js';
import { PyObject_GetIter, PyObject_LengthHint } from './iter.js';
import { i32, layout, refs } from './layout.js';
import { sortList } from './list_sort.js';
import { _PyObject_New } from './new_object.js';
import { PyErr_NoMemory } from './no_memory.js';
import { NULL, type Obj } from './ptr.js';
import { PyExc_IndexError, PyExc_StopIteration, PyExc_TypeError, PyList_Type, PyTuple_Type } from './statics.js';
import { fromArray, tuple_items } from './tuple.js';
import { ob_size, Py_TPFLAGS_LIST_SUBCLASS, tp_iternext } from './type_layout.js';

export const ListLayout = layout({ ob_item: refs('ob_size'), allocated: i32 }, { items: 0 });
/** Byte offset of the pointer to the items, and of the number of words there. */
export const list_items = HEAD_SIZE + 4;
export const list_allocated = HEAD_SIZE + 8;
const MAX_ITEMS = 0x1fffffff;

export function PyList_Check(o: Obj): boolean {
  return PyType_FastSubclass(Py_TYPE(o), Py_TPFLAGS_LIST_SUBCLASS);
}

export function PyList_CheckExact(o: Obj): boolean {
  return Py_TYPE(o) === PyList_Type;
}

export function PyList_GET_SIZE(o: Obj): number {
  return H32[(o + ob_size) >> 2];
}

/** The size, or -1 with SystemError if `o` is not a list. */
export function PyList_Size(o: Obj): number {
  if (!PyList_Check(o)) {
    PyErr_BadInternalCall();
    return -1;
  }
  return H32[(o + ob_size) >> 2];
}

/** Item i, borrowed; not checked. */
export function PyList_GET_ITEM(o: Obj, i: number): Obj {
  return H32[(H32[(o + list_items) >> 2] + 4 * i) >> 2] as Obj;
}

/** Puts `item` (stolen) into a list being filled; the old item is not given back. */
export function PyList_SET_ITEM(o: Obj, i: number, item: Obj): void {
  H32[(H32[(o + list_items) >> 2] + 4 * i) >> 2] = item;
}

/** A new list of `n` NULLs to be filled with PyList_SET_ITEM before anyone sees it; NULL with MemoryError. */
export function PyList_New(n: number): Obj {
  const list = _PyObject_New(PyList_Type);
  if (list === 0) return NULL;
  if (n > 0) {
    const p = n > MAX_ITEMS ? 0 : PyMem_Malloc(4 * n);
    if (p === 0) {
      decref(list);
      return PyErr_NoMemory();
    }
    if (n < 64) for (let i = 0; i < n; i++) H32[(p >> 2) + i] = 0;
    else H32.fill(0, p >> 2, (p >> 2) + n);
    H32[(list + ob_size) >> 2] = n;
    H32[(list + list_items) >> 2] = p;
    H32[(list + list_allocated) >> 2] = n;
  }
  PyObject_GC_Track(list);
  return list;
}

/** A new list of the `n` references at `address`, which are stolen, also when it fails. */
export function listFromArraySteal(address: number, n: number): Obj {
  const list = PyList_New(n);
  const from = address >> 2;
  if (list === 0) {
    for (let i = 0; i < n; i++) decref(H32[from + i] as Obj);
    return NULL;
  }
  const to = H32[(list + list_items) >> 2] >> 2;
  for (let i = 0; i < n; i++) H32[to + i] = H32[from + i];
  return list;
}

/**
 * Makes room for, and sets the size to, `newsize`: 0, or -1 with MemoryError and the list as before.  New places hold garbage that the caller
 * overwrites at once; items cut off must have been taken out before.
 */
export function list_resize(list: Obj, newsize: number): number {
  const allocated = H32[(list + list_allocated) >> 2];
  if (allocated >= newsize && newsize >= allocated >> 1) {
    H32[(list + ob_size) >> 2] = newsize;
    return 0;
  }
  const size = H32[(list + ob_size) >> 2];
  // Mild over-allocation in proportion: 0, 4, 8, 16, 24, 32, 40, 52, 64, 76, …
  let room = (newsize + (newsize >> 3) + 6) & ~3;
  if (newsize - size > room - newsize) room = (newsize + 3) & ~3;
  if (newsize === 0) {
    const old = H32[(list + list_items) >> 2];
    H32[(list + list_items) >> 2] = 0;
    H32[(list + list_allocated) >> 2] = 0;
    H32[(list + ob_size) >> 2] = 0;
    PyMem_Free(old);
    return 0;
  }
  const p = room > MAX_ITEMS ? 0 : PyMem_Realloc(H32[(list + list_items) >> 2], 4 * room);
  if (p === 0) {
    PyErr_NoMemory();
    return -1;
  }
  H32[(list + list_items) >> 2] = p;
  H32[(list + ob_size) >> 2] = newsize;
  H32[(list + list_allocated) >> 2] = room;
  return 0;
}

/** Gives an empty list room for `n` items without any growth pattern; 0 or -1. */
export function list_preallocate_exact(list: Obj, n: number): number {
  // One more to make it even: an odd number of words would be rounded up by the allocator anyway.
  const room = (n + 1) & ~1;
  const p = room > MAX_ITEMS ? 0 : PyMem_Malloc(4 * room);
  if (p === 0) {
    PyErr_NoMemory();
    return -1;
  }
  H32[(list + list_items) >> 2] = p;
  H32[(list + list_allocated) >> 2] = room;
  return 0;
}

/** Appends `item` (borrowed) to a list: 0, or -1 with MemoryError. */
export function PyList_Append(list: Obj, item: Obj): number {
  incref(item);
  return _PyList_AppendTakeRef(list, item);
}

/** Appends `item` (stolen, also when it fails): 0, or -1 with MemoryError. */
export function _PyList_AppendTakeRef(list: Obj, item: Obj): number {
  'use wasm';
  const n = H32[(list + ob_size) >> 2];
  if (n < H32[(list + list_allocated) >> 2]) {
    H32[(H32[(list + list_items) >> 2] + 4 * n) >> 2] = item;
    H32[(list + ob_size) >> 2] = n + 1;
    return 0;
  }
  return appendSlow(list, item, n);
}

function appendSlow(list: Obj, item: Obj, n: number): number {
  if (list_resize(list, n + 1) < 0) {
    decref(item);
    return -1;
  }
  H32[(H32[(list + list_items) >> 2] + 4 * n) >> 2] = item;
  return 0;
}

/** Inserts `item` (borrowed) before index `where`, counted from the end if negative, clipped: 0 or -1. */
export function PyList_Insert(list: Obj, where: number, item: Obj): number {
  const n = H32[(list + ob_size) >> 2];
  if (list_resize(list, n + 1) < 0) return -1;
  if (where < 0) {
    where += n;
    if (where < 0) where = 0;
  }
  if (where > n) where = n;
  const items = H32[(list + list_items) >> 2] >> 2;
  if (n - where > 32) H32.copyWithin(items + where + 1, items + where, items + n);
  else for (let i = n; i > where; i--) H32[items + i] = H32[items + i - 1];
  incref(item);
  H32[items + where] = item;
  return 0;
}

/** Item i, borrowed; NULL with IndexError. */
export function PyList_GetItem(list: Obj, i: number): Obj {
  if (i < 0 || i >= H32[(list + ob_size) >> 2]) return PyErr_SetString(PyExc_IndexError, 'list index out of range');
  return PyList_GET_ITEM(list, i);
}

/** Item i, a new reference; NULL with IndexError. */
export function PyList_GetItemRef(list: Obj, i: number): Obj {
  const item = PyList_GetItem(list, i);
  if (item !== 0) incref(item);
  return item;
}

/** Replaces item i by `item` (stolen, also when it fails): 0, or -1 with IndexError. */
export function PyList_SetItem(list: Obj, i: number, item: Obj): number {
  if (i < 0 || i >= H32[(list + ob_size) >> 2]) {
    xdecref(item);
    return errMinus1(PyExc_IndexError, 'list assignment index out of range');
  }
  const at = (H32[(list + list_items) >> 2] + 4 * i) >> 2;
  const old = H32[at] as Obj;
  H32[at] = item;
  xdecref(old);
  return 0;
}

/** list[low:high] as a new list, the bounds clipped; NULL with MemoryError. */
export function PyList_GetSlice(list: Obj, low: number, high: number): Obj {
  const size = H32[(list + ob_size) >> 2];
  if (low < 0) low = 0;
  if (low > size) low = size;
  if (high > size) high = size;
  if (high < low) high = low;
  const n = high - low;
  const result = PyList_New(n);
  if (result === 0 || n === 0) return result;
  const from = (H32[(list + list_items) >> 2] >> 2) + low;
  const to = H32[(result + list_items) >> 2] >> 2;
  for (let i = 0; i < n; i++) {
    const item = H32[from + i] as Obj;
    incref(item);
    H32[to + i] = item;
  }
  return result;
}

/** Empties the list and gives back its items; safe against whatever that runs. */
export function list_clear(list: Obj): void {
  const items = H32[(list + list_items) >> 2];
  if (items === 0) return;
  const n = H32[(list + ob_size) >> 2];
  H32[(list + ob_size) >> 2] = 0;
  H32[(list + list_items) >> 2] = 0;
  H32[(list + list_allocated) >> 2] = 0;
  for (let i = n - 1; i >= 0; i--) xdecref(H32[(items >> 2) + i] as Obj);
  PyMem_Free(items);
}

/**
 * list[low:high] = the `n` references at `src` (borrowed; they must not move meanwhile), the bounds clipped; n == 0 deletes.  0, or -1 with
 * MemoryError and the list as before.
 */
export function list_ass_slice(list: Obj, low: number, high: number, src: number, n: number): number {
  const size = H32[(list + ob_size) >> 2];
  if (low < 0) low = 0;
  else if (low > size) low = size;
  if (high < low) high = low;
  else if (high > size) high = size;
  const gone = high - low;
  const delta = n - gone;
  if (size + delta === 0) {
    list_clear(list);
    return 0;
  }
  // What is replaced is given back last: by then the list is whole.
  const recycle = gone === 0 ? 0 : PyMem_Malloc(4 * gone);
  if (gone !== 0) {
    if (recycle === 0) {
      PyErr_NoMemory();
      return -1;
    }
    const from = (H32[(list + list_items) >> 2] >> 2) + low;
    for (let i = 0; i < gone; i++) H32[(recycle >> 2) + i] = H32[from + i];
  }
  if (delta < 0) {
    const items = H32[(list + list_items) >> 2] >> 2;
    H32.copyWithin(items + high + delta, items + high, items + size);
    if (list_resize(list, size + delta) < 0) {
      // Shrinking failed: the old buffer is big enough.
      PyErr_Clear();
      H32[(list + ob_size) >> 2] = size + delta;
    }
  } else if (delta > 0) {
    if (list_resize(list, size + delta) < 0) {
      if (recycle !== 0) PyMem_Free(recycle);
      return -1;
    }
    const items = H32[(list + list_items) >> 2] >> 2;
    H32.copyWithin(items + high + delta, items + high, items + size);
  }
  const to = (H32[(list + list_items) >> 2] >> 2) + low;
  for (let i = 0; i < n; i++) {
    const item = H32[(src >> 2) + i] as Obj;
    incref(item);
    H32[to + i] = item;
  }
  if (recycle !== 0) {
    for (let i = gone - 1; i >= 0; i--) xdecref(H32[(recycle >> 2) + i] as Obj);
    PyMem_Free(recycle);
  }
  return 0;
}

/** Whether `o` is exactly a list or tuple, so that its items can be read in place. */
export function isListOrTuple(o: Obj): boolean {
  const t = Py_TYPE(o);
  return t === PyList_Type || t === PyTuple_Type;
}

/** The address of the items of a list or tuple (or a subclass instance); invalid after anything that may change the list. */
export function fastItems(o: Obj): number {
  return PyList_Check(o) ? H32[(o + list_items) >> 2] : o + tuple_items;
}

/** list[low:high] = value, any iterable (borrowed) or NULL to delete: 0 or -1. */
export function PyList_SetSlice(list: Obj, low: number, high: number, value: Obj): number {
  if (value === 0) return list_ass_slice(list, low, high, 0, 0);
  const seq = listOrTupleOf(value, list, 'can only assign an iterable');
  if (seq === 0) return -1;
  const r = list_ass_slice(list, low, high, fastItems(seq), H32[(seq + ob_size) >> 2]);
  decref(seq);
  return r;
}

/**
 * A new reference to a list or tuple with the items of `value`, which is not `self` itself: value if it can be read in place, a new list
 * otherwise; NULL with an exception (`message` if it is not iterable).
 */
export function listOrTupleOf(value: Obj, self: Obj, message: string): Obj {
  if (value === self) return PyList_GetSlice(value, 0, H32[(value + ob_size) >> 2]);
  const t = Py_TYPE(value);
  if (t === PyList_Type || t === PyTuple_Type) return newref(value);
  const it = PyObject_GetIter(value);
  if (it === 0) {
    if (PyErr_ExceptionMatches(PyExc_TypeError)) PyErr_SetString(PyExc_TypeError, message);
    return NULL;
  }
  decref(it);
  const list = PyList_New(0);
  if (list === 0) return NULL;
  if (PyList_Extend(list, value) < 0) {
    decref(list);
    return NULL;
  }
  return list;
}

/** Appends the items of any iterable (borrowed): 0 or -1. */
export function PyList_Extend(list: Obj, iterable: Obj): number {
  const t = Py_TYPE(iterable);
  if (t === PyList_Type || t === PyTuple_Type) {
    const n = H32[(iterable + ob_size) >> 2];
    if (n === 0) return 0;
    const m = H32[(list + ob_size) >> 2];
    if (H32[(list + list_items) >> 2] === 0) {
      if (list_preallocate_exact(list, n) < 0) return -1;
      H32[(list + ob_size) >> 2] = n;
    } else if (list_resize(list, m + n) < 0) return -1;
    // Read after the resize: iterable may be the list itself.
    const from = (t === PyList_Type ? H32[(iterable + list_items) >> 2] : iterable + tuple_items) >> 2;
    const to = (H32[(list + list_items) >> 2] >> 2) + m;
    for (let i = 0; i < n; i++) {
      const item = H32[from + i] as Obj;
      incref(item);
      H32[to + i] = item;
    }
    return 0;
  }
  const it = PyObject_GetIter(iterable);
  if (it === 0) return -1;
  const hint = PyObject_LengthHint(iterable, 8);
  if (hint < 0) {
    decref(it);
    return -1;
  }
  if (H32[(list + list_items) >> 2] === 0) {
    if (hint > 0 && hint <= MAX_ITEMS && list_preallocate_exact(list, hint) < 0) {
      decref(it);
      return -1;
    }
  } else {
    const m = H32[(list + ob_size) >> 2];
    if (m + hint <= MAX_ITEMS) {
      if (list_resize(list, m + hint) < 0) {
        decref(it);
        return -1;
      }
      H32[(list + ob_size) >> 2] = m;
    }
  }
  const next = H32[(Py_TYPE(it) + tp_iternext) >> 2];
  for (;;) {
    const item = F[next](it) as Obj;
    if (item === 0) break;
    if (_PyList_AppendTakeRef(list, item) < 0) {
      decref(it);
      return -1;
    }
  }
  decref(it);
  if (PyErr_Occurred() !== 0) {
    if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return -1;
    PyErr_Clear();
  }
  const size = H32[(list + ob_size) >> 2];
  if (size < H32[(list + list_allocated) >> 2] && list_resize(list, size) < 0) return -1;
  return 0;
}

/** tuple(list): a new tuple; NULL with MemoryError. */
export function PyList_AsTuple(list: Obj): Obj {
  return fromArray(H32[(list + list_items) >> 2], H32[(list + ob_size) >> 2]);
}

/** Reverses the list in place; 0. */
export function PyList_Reverse(list: Obj): number {
  const items = H32[(list + list_items) >> 2] >> 2;
  for (let i = 0, j = H32[(list + ob_size) >> 2] - 1; i < j; i++, j--) {
    const item = H32[items + i];
    H32[items + i] = H32[items + j];
    H32[items + j] = item;
  }
  return 0;
}

/** list.sort(): 0 or -1. */
export function PyList_Sort(list: Obj): number {
  return sortList(list, NULL, false);
}
