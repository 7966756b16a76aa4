// How are sets stored, looked up and changed?
//
// Invariant: `table` points to mask + 1 entries [key, hash]: the eight in the object itself, or a buffer of its own.  A key of NULL (with hash 0) is
// free, DUMMY (with hash -1, which no object has) a deleted one.  `fill` counts live and deleted entries, `used` the live ones; fill is
// kept under three fifths of the table, so that probing ends.  A probe looks at up to ten neighbouring entries before it jumps.
// A comparison may run code that changes the set: a lookup starts over when the table or the entry has changed.
//
//   header | fill | used | mask | table | hash | finger | weakreflist | eight entries

import { PyMem_Free, PyMem_Malloc } from '../memory/alloc.js';
import { H32 } from '../memory/linear.js';
import { PyDict_CheckExact, PyDict_Next, PyDict_Size, dictHash, dictKey, explainUnhashable } from './dict.js';
import {
  errMinus1,
  PyErr_BadInternalCall,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
} from './errors.js';
import { F } from './functable.js';
import { PyObject_GC_Track, PyObject_GC_UnTrack } from './gc_head.js';
import { HEAD_SIZE } from './head.js';
import { decref, incref, Py_REFCNT, Py_TYPE } from './header.js';
import { PyType_IsSubtype } from './isinstance.js';
import { PyIter_Next, PyObject_GetIter } from './iter.js';
import { i32, layout, weaklistField, words } from './layout.js';
import { _PyObject_New, freeObject } from './new_object.js';
import { PyErr_NoMemory } from './no_memory.js';
import { Py_EQ, PyObject_Hash, PyObject_RichCompareBool } from './object.js';
import { NULL, type Obj } from './ptr.js';
import {
  PyExc_KeyError,
  PyExc_RuntimeError,
  PyExc_TypeError,
  PyFrozenSet_Type,
  PySet_Type,
  PyUnicode_Type,
} from './statics.js';
import { strHash } from './dict_keys.js';
import { unicode_eq } from './unicode.js';
import { PyObject_ClearWeakRefs } from './weakref.js';

export const SetLayout = layout({
  fill: i32,
  used: i32,
  mask: i32,
  table: i32,
  hash: i32,
  finger: i32,
  weakreflist: weaklistField,
  smalltable: words(16),
});
export const set_fill = HEAD_SIZE;
export const set_used = HEAD_SIZE + 4;
export const set_mask = HEAD_SIZE + 8;
export const set_table = HEAD_SIZE + 12;
export const set_hash = HEAD_SIZE + 16;
const set_finger = HEAD_SIZE + 20;
const set_weakreflist = HEAD_SIZE + 24;
const set_smalltable = HEAD_SIZE + 28;

const MINSIZE = 8;
const DUMMY = 1;
const LINEAR_PROBES = 9;

export function PySet_Check(o: Obj): boolean {
  const t = Py_TYPE(o);
  return t === PySet_Type || PyType_IsSubtype(t, PySet_Type);
}

export function PySet_CheckExact(o: Obj): boolean {
  return Py_TYPE(o) === PySet_Type;
}

export function PyFrozenSet_CheckExact(o: Obj): boolean {
  return Py_TYPE(o) === PyFrozenSet_Type;
}

export function PyAnySet_CheckExact(o: Obj): boolean {
  const t = Py_TYPE(o);
  return t === PySet_Type || t === PyFrozenSet_Type;
}

export function PyAnySet_Check(o: Obj): boolean {
  const t = Py_TYPE(o);
  return (
    t === PySet_Type ||
    t === PyFrozenSet_Type ||
    PyType_IsSubtype(t, PySet_Type) ||
    PyType_IsSubtype(t, PyFrozenSet_Type)
  );
}

/** len(so), or -1 with SystemError if it is not a set. */
export function PySet_Size(so: Obj): number {
  if (!PyAnySet_Check(so)) {
    PyErr_BadInternalCall();
    return -1;
  }
  return H32[(so + set_used) >> 2];
}

export function PySet_GET_SIZE(so: Obj): number {
  return H32[(so + set_used) >> 2];
}

/** What tp_new does to the zeroed memory of a set or subtype instance. */
export function setInitEmpty(so: Obj): void {
  H32[(so + set_mask) >> 2] = MINSIZE - 1;
  H32[(so + set_table) >> 2] = so + set_smalltable;
  H32[(so + set_hash) >> 2] = -1;
}

function newSetOf(type: Obj, iterable: Obj): Obj {
  const so = _PyObject_New(type);
  if (so === 0) return NULL;
  setInitEmpty(so);
  PyObject_GC_Track(so);
  if (iterable !== 0 && set_update(so, iterable) < 0) {
    decref(so);
    return NULL;
  }
  return so;
}

/** set(iterable), or an empty set for NULL: a new reference, or NULL. */
export function PySet_New(iterable: Obj): Obj {
  return newSetOf(PySet_Type, iterable);
}

/** frozenset(iterable), or an empty one for NULL: a new reference that its maker may still fill with PySet_Add; or NULL. */
export function PyFrozenSet_New(iterable: Obj): Obj {
  return newSetOf(PyFrozenSet_Type, iterable);
}

/** tp_dealloc. */
export function set_dealloc(so: Obj): void {
  PyObject_GC_UnTrack(so);
  if (H32[(so + set_weakreflist) >> 2] !== 0) PyObject_ClearWeakRefs(so);
  const table = H32[(so + set_table) >> 2];
  let left = H32[(so + set_used) >> 2];
  for (let at = table >> 2; left > 0; at += 2) {
    const key = H32[at] as Obj;
    if (key > DUMMY) {
      left--;
      decref(key);
    }
  }
  if (table !== so + set_smalltable) PyMem_Free(table);
  freeObject(so);
}

/** tp_traverse: the members. */
export function set_traverse(so: Obj, visit: number, arg: number): number {
  const f = F[visit];
  const end = (H32[(so + set_table) >> 2] >> 2) + 2 * H32[(so + set_mask) >> 2];
  for (let at = H32[(so + set_table) >> 2] >> 2; at <= end; at += 2) {
    const key = H32[at];
    if (key > DUMMY) {
      const answer = f(key, arg);
      if (answer) return answer;
    }
  }
  return 0;
}

/** The bytes of a set's table if it is not in the set itself. */
export function setExtraSize(so: Obj): number {
  return H32[(so + set_table) >> 2] === so + set_smalltable ? 0 : 8 * (H32[(so + set_mask) >> 2] + 1);
}

/** Empties the set: tp_clear; 0. */
export function set_clear_internal(so: Obj): number {
  const table = H32[(so + set_table) >> 2];
  const mask = H32[(so + set_mask) >> 2];
  if (H32[(so + set_fill) >> 2] === 0) return 0;
  let old = table;
  const small = table === so + set_smalltable;
  if (small) {
    // Giving a member back may run code that fills the set again: take the entries out first.
    old = PyMem_Malloc(8 * MINSIZE);
    if (old === 0) return clearInPlace(so);
    for (let i = 0; i < 2 * MINSIZE; i++) H32[(old >> 2) + i] = H32[(table >> 2) + i];
  }
  resetEmpty(so);
  for (let i = 0; i <= mask; i++) {
    const key = H32[(old + 8 * i) >> 2] as Obj;
    if (key > DUMMY) decref(key);
  }
  PyMem_Free(old);
  return 0;
}

function resetEmpty(so: Obj): void {
  const small = so + set_smalltable;
  for (let i = 0; i < 2 * MINSIZE; i++) H32[(small >> 2) + i] = 0;
  H32[(so + set_fill) >> 2] = 0;
  H32[(so + set_used) >> 2] = 0;
  H32[(so + set_mask) >> 2] = MINSIZE - 1;
  H32[(so + set_table) >> 2] = small;
  H32[(so + set_hash) >> 2] = -1;
}

function clearInPlace(so: Obj): number {
  for (;;) {
    const at = nextLive(so, 0);
    if (at === 0) return 0;
    const key = H32[at >> 2] as Obj;
    removeAt(so, at);
    decref(key);
  }
}

/** The address of the first live entry from slot i on, or 0. */
function nextLive(so: Obj, i: number): number {
  const mask = H32[(so + set_mask) >> 2];
  const table = H32[(so + set_table) >> 2];
  for (; i <= mask; i++) if (H32[(table + 8 * i) >> 2] > DUMMY) return table + 8 * i;
  return 0;
}

// ---- lookup and change -----------------------------------------------------------------------------------------------------------

/** The hash of a would-be member; -1 with an exception. */
export function setHash(key: Obj): number {
  if (Py_TYPE(key) === PyUnicode_Type) return strHash(key);
  const hash = PyObject_Hash(key);
  if (hash === -1) explainUnhashable(key, 'set element');
  return hash;
}

/**
 * The address of the entry of an equal member, or of the free entry where the search ended (its key is 0); 0 with an exception.  Valid until
 * the set changes.
 */
export function set_lookkey(so: Obj, key: Obj, hash: number): number {
  const keyIsStr = Py_TYPE(key) === PyUnicode_Type;
  restart: for (;;) {
    const table = H32[(so + set_table) >> 2];
    const mask = H32[(so + set_mask) >> 2];
    let i = hash & mask;
    let perturb = hash;
    for (;;) {
      let at = (table + 8 * i) >> 2;
      const last = i + LINEAR_PROBES <= mask ? at + 2 * LINEAR_PROBES : at;
      for (; at <= last; at += 2) {
        const k = H32[at] as Obj;
        if (k === 0) return at << 2;
        if (H32[at + 1] !== hash) continue;
        if (k === key) return at << 2;
        if (keyIsStr && Py_TYPE(k) === PyUnicode_Type) {
          if (unicode_eq(k, key)) return at << 2;
          continue;
        }
        incref(k);
        const cmp = PyObject_RichCompareBool(k, key, Py_EQ);
        decref(k);
        if (cmp < 0) return 0;
        if (H32[(so + set_table) >> 2] !== table || H32[(so + set_mask) >> 2] !== mask || H32[at] !== k)
          continue restart;
        if (cmp > 0) return at << 2;
      }
      perturb >>>= 5;
      i = (i * 5 + 1 + perturb) & mask;
    }
  }
}

/** Puts a member that is not there (the reference is the table's) into a table without deleted entries. */
function insertClean(table: number, mask: number, key: number, hash: number): void {
  let i = hash & mask;
  let perturb = hash;
  for (;;) {
    let at = (table + 8 * i) >> 2;
    const last = i + LINEAR_PROBES <= mask ? at + 2 * LINEAR_PROBES : at;
    for (; at <= last; at += 2) {
      if (H32[at] === 0) {
        H32[at] = key;
        H32[at + 1] = hash;
        return;
      }
    }
    perturb >>>= 5;
    i = (i * 5 + 1 + perturb) & mask;
  }
}

/** Gives the set a fresh table for more than `minused` members: 0, or -1 with MemoryError and the set as before. */
function tableResize(so: Obj, minused: number): number {
  let size = MINSIZE;
  while (size <= minused) size *= 2;
  const oldMask = H32[(so + set_mask) >> 2];
  const small = so + set_smalltable;
  let old = H32[(so + set_table) >> 2];
  const wasSmall = old === small;
  let table = small;
  let copy = 0;
  if (size === MINSIZE) {
    if (wasSmall) {
      if (H32[(so + set_fill) >> 2] === H32[(so + set_used) >> 2]) return 0;
      copy = PyMem_Malloc(8 * MINSIZE);
      if (copy === 0) {
        PyErr_NoMemory();
        return -1;
      }
      for (let i = 0; i < 2 * MINSIZE; i++) H32[(copy >> 2) + i] = H32[(small >> 2) + i];
      old = copy;
    }
  } else {
    table = size > 0x0fffffff ? 0 : PyMem_Malloc(8 * size);
    if (table === 0) {
      PyErr_NoMemory();
      return -1;
    }
  }
  H32.fill(0, table >> 2, (table >> 2) + 2 * size);
  for (let i = 0, at = old >> 2; i <= oldMask; i++, at += 2) {
    if (H32[at] > DUMMY) insertClean(table, size - 1, H32[at], H32[at + 1]);
  }
  H32[(so + set_table) >> 2] = table;
  H32[(so + set_mask) >> 2] = size - 1;
  H32[(so + set_fill) >> 2] = H32[(so + set_used) >> 2];
  if (copy !== 0) PyMem_Free(copy);
  else if (!wasSmall) PyMem_Free(old);
  return 0;
}

/** Adds `key` (borrowed) with its hash: 0, or -1 with an exception. */
export function set_add_entry(so: Obj, key: Obj, hash: number): number {
  // A comparison may drop the key from wherever it was borrowed.
  incref(key);
  const at = set_lookkey(so, key, hash) >> 2;
  if (at === 0 || H32[at] !== 0) {
    decref(key);
    return at === 0 ? -1 : 0;
  }
  H32[at] = key;
  H32[at + 1] = hash;
  const used = ++H32[(so + set_used) >> 2];
  const fill = ++H32[(so + set_fill) >> 2];
  if (fill * 5 < H32[(so + set_mask) >> 2] * 3) return 0;
  return tableResize(so, used > 50000 ? used * 2 : used * 4);
}

/** 1 if a member with this hash equals `key`, 0 if not, -1 with an exception. */
export function set_contains_entry(so: Obj, key: Obj, hash: number): number {
  const at = set_lookkey(so, key, hash);
  if (at === 0) return -1;
  return H32[at >> 2] !== 0 ? 1 : 0;
}

/** Marks the entry at an address as deleted; its key is the caller's. */
function removeAt(so: Obj, at: number): void {
  H32[at >> 2] = DUMMY;
  H32[(at + 4) >> 2] = -1;
  H32[(so + set_used) >> 2]--;
}

/** Removes the member that equals `key`: 1 removed, 0 absent, -1 with an exception. */
export function set_discard_entry(so: Obj, key: Obj, hash: number): number {
  const at = set_lookkey(so, key, hash);
  if (at === 0) return -1;
  const old = H32[at >> 2] as Obj;
  if (old === 0) return 0;
  removeAt(so, at);
  decref(old);
  return 1;
}

/** Adds `key` (borrowed); also to a frozenset that only its maker has: 0, or -1 with an exception. */
export function PySet_Add(so: Obj, key: Obj): number {
  if (!PySet_Check(so) && !(PyAnySet_Check(so) && Py_REFCNT(so) === 1)) {
    PyErr_BadInternalCall();
    return -1;
  }
  return set_add_key(so, key);
}

/** As PySet_Add, unchecked. */
export function set_add_key(so: Obj, key: Obj): number {
  const hash = setHash(key);
  return hash === -1 ? -1 : set_add_entry(so, key, hash);
}

/** 1, 0, or -1 with an exception. */
export function PySet_Contains(so: Obj, key: Obj): number {
  const hash = setHash(key);
  return hash === -1 ? -1 : set_contains_entry(so, key, hash);
}

/** Removes `key` if it is there: 1, 0, or -1 with an exception. */
export function PySet_Discard(so: Obj, key: Obj): number {
  const hash = setHash(key);
  return hash === -1 ? -1 : set_discard_entry(so, key, hash);
}

export function PySet_Clear(so: Obj): number {
  return set_clear_internal(so);
}

/** Takes out and returns some member (a new reference); NULL with KeyError if there is none. */
export function PySet_Pop(so: Obj): Obj {
  if (H32[(so + set_used) >> 2] === 0) return PyErr_SetString(PyExc_KeyError, 'pop from an empty set');
  // The finger makes popping everything linear.
  const at = nextLive(so, H32[(so + set_finger) >> 2] & H32[(so + set_mask) >> 2]) || nextLive(so, 0);
  const key = H32[at >> 2] as Obj;
  removeAt(so, at);
  H32[(so + set_finger) >> 2] = ((at - H32[(so + set_table) >> 2]) >> 3) + 1;
  return key;
}

/** Out values of _PySet_NextEntry (borrowed). */
export let setKey: Obj = NULL;
export let setKeyHash = 0;

/** The next member from position `pos` on (0 at first): leaves it in setKey and setKeyHash and returns the position after it; 0 at the end. */
export function _PySet_NextEntry(so: Obj, pos: number): number {
  const mask = H32[(so + set_mask) >> 2];
  let at = (H32[(so + set_table) >> 2] + 8 * pos) >> 2;
  for (; pos <= mask; pos++, at += 2) {
    const key = H32[at] as Obj;
    if (key > DUMMY) {
      setKey = key;
      setKeyHash = H32[at + 1];
      return pos + 1;
    }
  }
  return 0;
}

/** Adds the members of another set: 0 or -1. */
export function set_merge(so: Obj, other: Obj): number {
  if (other === so || H32[(other + set_used) >> 2] === 0) return 0;
  const n = H32[(other + set_used) >> 2];
  if ((H32[(so + set_fill) >> 2] + n) * 5 >= H32[(so + set_mask) >> 2] * 3) {
    if (tableResize(so, (H32[(so + set_used) >> 2] + n) * 2) < 0) return -1;
  }
  if (H32[(so + set_fill) >> 2] === 0) {
    // Nothing to compare with: members of a set differ from each other.
    const table = H32[(so + set_table) >> 2];
    const mask = H32[(so + set_mask) >> 2];
    for (let pos = 0; (pos = _PySet_NextEntry(other, pos)) !== 0; ) {
      incref(setKey);
      insertClean(table, mask, setKey, setKeyHash);
    }
    H32[(so + set_fill) >> 2] = n;
    H32[(so + set_used) >> 2] = n;
    return 0;
  }
  for (let pos = 0; (pos = _PySet_NextEntry(other, pos)) !== 0; ) {
    if (set_add_entry(so, setKey, setKeyHash) < 0) return -1;
  }
  return 0;
}

/** Adds the items of any iterable (_PySet_Update): 0 or -1. */
export function set_update(so: Obj, iterable: Obj): number {
  if (PyAnySet_Check(iterable)) return set_merge(so, iterable);
  if (PyDict_CheckExact(iterable)) {
    const n = PyDict_Size(iterable);
    if ((H32[(so + set_fill) >> 2] + n) * 5 >= H32[(so + set_mask) >> 2] * 3) {
      if (tableResize(so, (H32[(so + set_used) >> 2] + n) * 2) < 0) return -1;
    }
    for (let pos = 0; (pos = PyDict_Next(iterable, pos)) !== 0; ) {
      if (set_add_entry(so, dictKey, dictHash) < 0) return -1;
    }
    return 0;
  }
  const it = PyObject_GetIter(iterable);
  if (it === 0) return -1;
  for (;;) {
    const key = PyIter_Next(it);
    if (key === 0) break;
    const r = set_add_key(so, key);
    decref(key);
    if (r < 0) {
      decref(it);
      return -1;
    }
  }
  decref(it);
  return PyErr_Occurred() !== 0 ? -1 : 0;
}
export const _PySet_Update = set_update;

function shuffleBits(h: number): number {
  return Math.imul(h ^ 89869747 ^ (h << 16), 3644798167 | 0);
}

/** The hash of a set's members, the same in any order; not cached, never -1. */
export function frozensetHashOf(so: Obj): number {
  let hash = 0;
  for (let pos = 0; (pos = _PySet_NextEntry(so, pos)) !== 0; ) hash ^= shuffleBits(setKeyHash);
  hash ^= Math.imul(H32[(so + set_used) >> 2] + 1, 1927868237);
  hash ^= (hash >>> 11) ^ (hash >>> 25);
  hash = (Math.imul(hash, 69069) + 907133923) | 0;
  return hash === -1 ? 590923713 : hash;
}

/** hash(frozenset), cached. */
export function frozenset_hash(so: Obj): number {
  let hash = H32[(so + set_hash) >> 2];
  if (hash === -1) {
    hash = frozensetHashOf(so);
    H32[(so + set_hash) >> 2] = hash;
  }
  return hash;
}

/** The hash of `key`; a set, unhashable itself, counts as the frozenset of its members.  -1 with an exception. */
export function setHashOrFrozen(key: Obj): number {
  const hash = setHash(key);
  if (hash !== -1 || !PySet_Check(key) || !PyErr_ExceptionMatches(PyExc_TypeError)) return hash;
  PyErr_Clear();
  return frozensetHashOf(key);
}

/** Exchanges what two sets hold. */
export function set_swap_bodies(a: Obj, b: Obj): void {
  const aSmall = H32[(a + set_table) >> 2] === a + set_smalltable;
  const bSmall = H32[(b + set_table) >> 2] === b + set_smalltable;
  for (let f = set_fill; f <= set_table; f += 4) swapWord(a + f, b + f);
  for (let i = 0; i < 2 * MINSIZE; i++) swapWord(a + set_smalltable + 4 * i, b + set_smalltable + 4 * i);
  if (bSmall) H32[(a + set_table) >> 2] = a + set_smalltable;
  if (aSmall) H32[(b + set_table) >> 2] = b + set_smalltable;
  H32[(a + set_hash) >> 2] = -1;
  H32[(b + set_hash) >> 2] = -1;
}

function swapWord(p: number, q: number): void {
  const word = H32[p >> 2];
  H32[p >> 2] = H32[q >> 2];
  H32[q >> 2] = word;
}

/** The error of an iterator whose set has changed; -1. */
export function setChangedSize(): -1 {
  return errMinus1(PyExc_RuntimeError, 'Set changed size during iteration');
}

/** A new set or frozenset of exact type with the same members, or NULL. */
export function setCopyAs(type: Obj, so: Obj): Obj {
  return newSetOf(type, so);
}
