// How are tuples stored?
//
// Invariant: a tuple is its references in a row at the end of the object; the items of a tuple that is still being filled may be NULL, and
// only its maker has it then.  ob_hash caches the hash; -1 says that it has not been computed.
//
//   header | ob_size | ob_hash | item 0 | item 1 | …

import { H32 } from '../memory/linear.js';
import { Py_EnterRecursiveCall, Py_LeaveRecursiveCall, PyErr_BadInternalCall, PyType_FastSubclass } from './errors.js';
import { HEAD_SIZE, ob_refcnt, ob_type } from './head.js';
import { countedEmptyTuples, decref, incref, newref, Py_REFCNT, Py_TYPE, RefTotal, xdecref } from './header.js';
import { PyObject_GC_IsTracked, PyObject_GC_Track, PyObject_GC_UnTrack, PyObject_IS_GC } from './gc_head.js';
import { i32, layout } from './layout.js';
import { _PyObject_NewVar, _PyObject_Resize } from './new_object.js';
import { PyObject_Hash } from './object.js';
import { NULL, type Obj } from './ptr.js';
import { emptyTuple, PyTuple_Type } from './statics.js';
import { ob_size, Py_TPFLAGS_HAVE_GC, Py_TPFLAGS_TUPLE_SUBCLASS, tp_flags } from './type_layout.js';

export const TupleLayout = layout({ ob_hash: i32 }, { items: 'refs' });
export const tuple_hash_field = HEAD_SIZE + 4;
/** Byte offset of the first item. */
export const tuple_items = HEAD_SIZE + 8;

export function PyTuple_Check(o: Obj): boolean {
  return PyType_FastSubclass(Py_TYPE(o), Py_TPFLAGS_TUPLE_SUBCLASS);
}

export function PyTuple_CheckExact(o: Obj): boolean {
  return Py_TYPE(o) === PyTuple_Type;
}

export function PyTuple_GET_SIZE(o: Obj): number {
  return H32[(o + ob_size) >> 2];
}

/** The size, or -1 with SystemError if `o` is not a tuple. */
export function PyTuple_Size(o: Obj): number {
  if (!PyTuple_Check(o)) {
    PyErr_BadInternalCall();
    return -1;
  }
  return H32[(o + ob_size) >> 2];
}

/** Item i, borrowed; not checked. */
export function PyTuple_GET_ITEM(o: Obj, i: number): Obj {
  return H32[(o + tuple_items + 4 * i) >> 2] as Obj;
}

/** Puts `item` (stolen) into a tuple being filled; the old item is not given back. */
export function PyTuple_SET_ITEM(o: Obj, i: number, item: Obj): void {
  H32[(o + tuple_items + 4 * i) >> 2] = item;
}

/** `()`, a new reference. */
function sharedEmpty(): Obj {
  if (COUNT_ALLOCS) H32[countedEmptyTuples]++;
  return newref(emptyTuple);
}

/** A new tuple of exact type whose `n` items its maker fills, then to be given to tupleComplete; `()` for 0; NULL with MemoryError. */
export function tupleAlloc(n: number): Obj {
  if (n === 0) return sharedEmpty();
  const t = _PyObject_NewVar(PyTuple_Type, n);
  if (t !== 0) H32[(t + tuple_hash_field) >> 2] = -1;
  return t;
}

/** A new tuple of `n` NULLs to be filled with PyTuple_SET_ITEM, tracked; `()` for 0; NULL with MemoryError. */
export function PyTuple_New(n: number): Obj {
  if (n === 0) return sharedEmpty();
  const t = _PyObject_NewVar(PyTuple_Type, n);
  if (t === 0) return NULL;
  H32[(t + tuple_hash_field) >> 2] = -1;
  PyObject_GC_Track(t);
  return t;
}

/** Tracks a new tuple whose items are all there if one of them could be part of a cycle; most tuples hold atoms only. */
export function tupleComplete(t: Obj): void {
  trackIfNeeded(t, H32[(t + ob_size) >> 2]);
}

function trackIfNeeded(t: Obj, n: number): void {
  'use wasm';
  for (let at = (t + tuple_items) >> 2, end = at + n; at < end; at++) {
    if (H32[(H32[(H32[at] + ob_type) >> 2] + tp_flags) >> 2] & Py_TPFLAGS_HAVE_GC) {
      PyObject_GC_Track(t);
      return;
    }
  }
}

/** The address of an untracked exact tuple for `n` > 0 items; NULL with MemoryError. */
function allocItems(n: number): Obj {
  'use wasm';
  const t = _PyObject_NewVar(PyTuple_Type, n);
  if (t !== 0) H32[(t + tuple_hash_field) >> 2] = -1;
  return t;
}

/** A new tuple of the given (borrowed) items; NULL with MemoryError. */
export function PyTuple_Pack(...items: Obj[]): Obj {
  if (items.length === 0) return sharedEmpty();
  const t = allocItems(items.length);
  if (t === 0) return NULL;
  for (let i = 0; i < items.length; i++) H32[((t + tuple_items) >> 2) + i] = newref(items[i]);
  trackIfNeeded(t, items.length);
  return t;
}

/** A new pair of two (borrowed) items; NULL with MemoryError. */
export function PyTuple_Pack2(a: Obj, b: Obj): Obj {
  const t = allocItems(2);
  if (t === 0) return NULL;
  H32[(t + tuple_items) >> 2] = newref(a);
  H32[(t + tuple_items + 4) >> 2] = newref(b);
  trackIfNeeded(t, 2);
  return t;
}

/** A new pair of two stolen items, which are given back if memory runs out. */
export function tupleSteal2(a: Obj, b: Obj): Obj {
  const t = allocItems(2);
  if (t === 0) {
    decref(a);
    decref(b);
    return NULL;
  }
  H32[(t + tuple_items) >> 2] = a;
  H32[(t + tuple_items + 4) >> 2] = b;
  trackIfNeeded(t, 2);
  return t;
}

/** A new tuple of the `n` references at `address` (borrowed: each gets a new reference); NULL with MemoryError (PyTuple_FromArray). */
export function fromArray(address: number, n: number): Obj {
  'use wasm';
  if (n === 0) return sharedEmpty();
  const t = allocItems(n);
  if (t === 0) return NULL;
  const from = address >> 2;
  const to = (t + tuple_items) >> 2;
  for (let i = 0; i < n; i++) {
    const item = H32[from + i] as Obj;
    incref(item);
    H32[to + i] = item;
  }
  trackIfNeeded(t, n);
  return t;
}

/** As fromArray, but the references are stolen, also when it fails (_PyTuple_FromArraySteal). */
export function fromArraySteal(address: number, n: number): Obj {
  'use wasm';
  if (n === 0) return sharedEmpty();
  const t = allocItems(n);
  const from = address >> 2;
  if (t === 0) {
    for (let i = 0; i < n; i++) decref(H32[from + i] as Obj);
    return NULL;
  }
  const to = (t + tuple_items) >> 2;
  for (let i = 0; i < n; i++) H32[to + i] = H32[from + i];
  trackIfNeeded(t, n);
  return t;
}

/** A new tuple of a JavaScript array's references, which are stolen, also when it fails. */
export function tupleFromObjs(items: readonly Obj[]): Obj {
  const t = tupleAlloc(items.length);
  for (let i = 0; i < items.length; i++) {
    if (t === 0) decref(items[i]);
    else H32[((t + tuple_items) >> 2) + i] = items[i];
  }
  if (t !== 0) tupleComplete(t);
  return t;
}

/** t[low:high] as a new tuple, the bounds clipped; an exact tuple in full is itself; NULL with MemoryError. */
export function PyTuple_GetSlice(t: Obj, low: number, high: number): Obj {
  const size = H32[(t + ob_size) >> 2];
  if (low < 0) low = 0;
  if (high > size) high = size;
  if (high < low) high = low;
  if (low === 0 && high === size && Py_TYPE(t) === PyTuple_Type) return newref(t);
  return fromArray(t + tuple_items + 4 * low, high - low);
}

/**
 * _PyTuple_Resize for a tuple to which nobody else refers: steals `t` and returns it at its new place with `n` items, new ones NULL, those
 * cut off given back; NULL with an exception (`t` is then gone).
 */
export function _PyTuple_Resize(t: Obj, n: number): Obj {
  const old = H32[(t + ob_size) >> 2];
  if (old === n) return t;
  if (old === 0) {
    decref(t);
    return PyTuple_New(n);
  }
  if (Py_REFCNT(t) !== 1) {
    decref(t);
    return PyErr_BadInternalCall();
  }
  if (n === 0) {
    decref(t);
    return sharedEmpty();
  }
  if (PyObject_GC_IsTracked(t)) PyObject_GC_UnTrack(t);
  for (let i = n; i < old; i++) {
    const at = (t + tuple_items + 4 * i) >> 2;
    const item = H32[at] as Obj;
    H32[at] = 0;
    xdecref(item);
  }
  const moved = _PyObject_Resize(t, n);
  if (moved === 0) {
    decref(t);
    return NULL;
  }
  for (let i = old; i < n; i++) H32[(moved + tuple_items + 4 * i) >> 2] = 0;
  H32[(moved + tuple_hash_field) >> 2] = -1;
  PyObject_GC_Track(moved);
  return moved;
}

const XXPRIME_1 = 2654435761 | 0;
const XXPRIME_2 = 2246822519 | 0;
const XXPRIME_5 = 374761393;

/** The hash of the `n` references that stand in `owner` from offset `first` on, as a tuple of them has it; -1 with an exception. */
export function hashItems(owner: Obj, first: number, n: number): number {
  let acc = XXPRIME_5;
  for (let i = 0; i < n; i++) {
    const lane = PyObject_Hash(H32[(owner + first + 4 * i) >> 2] as Obj);
    if (lane === -1) return -1;
    acc = (acc + Math.imul(lane, XXPRIME_2)) | 0;
    acc = (acc << 13) | (acc >>> 19);
    acc = Math.imul(acc, XXPRIME_1);
  }
  acc = (acc + (n ^ (XXPRIME_5 ^ 3527539))) | 0;
  return acc === -1 ? 1546275796 : acc;
}

/** hash(t), cached; -1 with an exception. */
export function tuple_hash(t: Obj): number {
  const cached = H32[(t + tuple_hash_field) >> 2];
  if (cached !== -1) return cached;
  if (Py_EnterRecursiveCall(' while hashing a tuple') !== 0) return -1;
  const hash = hashItems(t, tuple_items, H32[(t + ob_size) >> 2]);
  Py_LeaveRecursiveCall();
  if (hash !== -1) H32[(t + tuple_hash_field) >> 2] = hash;
  return hash;
}

/** Untracks an exact tuple that can never be part of a cycle: all its items are there, and atoms or untracked tuples themselves. */
export function _PyTuple_MaybeUntrack(t: Obj): void {
  if (Py_TYPE(t) !== PyTuple_Type || !PyObject_GC_IsTracked(t)) return;
  const n = H32[(t + ob_size) >> 2];
  for (let i = 0; i < n; i++) {
    const item = H32[(t + tuple_items + 4 * i) >> 2] as Obj;
    if (item === 0 || (PyObject_IS_GC(item) && (Py_TYPE(item) !== PyTuple_Type || PyObject_GC_IsTracked(item)))) return;
  }
  PyObject_GC_UnTrack(t);
}

/** Makes `()`: the static tuple, counted once for the static area.  It is never tracked: the word in front of it stays 0. */
export function initTuples(): void {
  H32[(emptyTuple + ob_refcnt) >> 2] = 1;
  H32[(emptyTuple + ob_type) >> 2] = PyTuple_Type;
  if (Py_REF_DEBUG) H32[RefTotal]++;
  H32[(emptyTuple + ob_size) >> 2] = 0;
  H32[(emptyTuple + tuple_hash_field) >> 2] = -1;
}
