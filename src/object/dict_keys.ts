// How is a dict's hash table laid out?
//
// Invariant: a keys object is raw memory: a header, a sparse table of small indices, and a dense array of entries in insertion order.
//
//   +0 dk_refcnt  +4 dk_kind  +8 dk_mask  +12 dk_entries  +16 dk_version  +20 dk_usable  +24 dk_nentries  +28 dk_log2_size
//   +32 indices[dk_mask + 1], 1, 2 or 4 bytes each: an entry's index, EMPTY (-1) or DUMMY (-2: a deleted entry)
//   dk_entries ->  general: [hash, key, value] …    unicode: [key, value] …    split: [key, value not used] …
//
// The first dk_nentries entries are in use, a deleted one has key and value NULL; dk_usable more may be added, so that a third of the
// indices at least is EMPTY and probing ends.  Unicode and split tables have keys of exact type str only, whose hashes stand in the strings.
// A split table is shared by the instance dicts of a type and by the type; keys are only ever added to it.  Values of a combined
// table's live entries are never NULL.  dk_version is 0, or a number that no other state of any table has had: whoever sees
// the same number again knows that the same keys are at the same indices; any change of the set of keys resets it.

import { PyMem_Free, PyMem_Malloc } from '../memory/alloc.js';
import { H16, H32, H8, HS16, HS8, staticAlloc, staticWord } from '../memory/linear.js';
import { decref, Py_TYPE, xdecref } from './header.js';
import { PyErr_NoMemory } from './no_memory.js';
import { NULL, type Obj } from './ptr.js';
import { PyUnicode_Type } from './statics.js';
import { PyUnicode_Hash, U_HASH, unicode_eq } from './unicode.js';

export const dk_refcnt = 0;
export const dk_kind = 4;
export const dk_mask = 8;
export const dk_entries = 12;
export const dk_version = 16;
export const dk_usable = 20;
export const dk_nentries = 24;
export const dk_log2_size = 28;
export const DK_INDICES = 32;

export const DICT_KEYS_GENERAL = 0;
export const DICT_KEYS_UNICODE = 1;
export const DICT_KEYS_SPLIT = 2;

export const DKIX_EMPTY = -1;
export const DKIX_DUMMY = -2;
/** A lookup raised. */
export const DKIX_ERROR = -3;

/** Bytes of an entry, and the offset of the key and value in it. */
export const GENERAL_ENTRY = 12;
export const UNICODE_ENTRY = 8;

export const LOG2_MINSIZE = 3;
/** Slots of a table made for shared keys, and how many keys it may take. */
const LOG2_SHARED_SIZE = 6;
export const SHARED_KEYS_MAX_SIZE = 30;

/** The table of every empty dict: one slot, EMPTY; never written. */
export const Py_EMPTY_KEYS = staticAlloc(DK_INDICES + 8);
H32[(Py_EMPTY_KEYS + dk_refcnt) >> 2] = 1;
H32[(Py_EMPTY_KEYS + dk_kind) >> 2] = DICT_KEYS_UNICODE;
H32[(Py_EMPTY_KEYS + dk_entries) >> 2] = Py_EMPTY_KEYS + DK_INDICES + 4;
H32[(Py_EMPTY_KEYS + DK_INDICES) >> 2] = -1;

/** How many entries a table of `slots` slots takes: two thirds. */
export function usableFraction(slots: number): number {
  return Math.floor((slots << 1) / 3);
}

/** log2 of the slots of the smallest table for at least `minsize` slots. */
export function log2KeysizeFor(minsize: number): number {
  let log2 = LOG2_MINSIZE;
  while (2 ** log2 < minsize) log2++;
  return log2;
}

/** log2 of the slots of the smallest table that takes `n` entries. */
export function estimateLog2Keysize(n: number): number {
  return log2KeysizeFor(Math.floor((n * 3 + 1) / 2));
}

export function entrySize(keys: number): number {
  return H32[(keys + dk_kind) >> 2] === DICT_KEYS_GENERAL ? GENERAL_ENTRY : UNICODE_ENTRY;
}

function indexBytes(log2: number): number {
  const n = 2 ** log2;
  return log2 < 8 ? n : log2 < 16 ? 2 * n : 4 * n;
}

function allocKeys(log2: number, kind: number, usable: number): number {
  const index = indexBytes(log2);
  const size = DK_INDICES + index + usable * (kind === DICT_KEYS_GENERAL ? GENERAL_ENTRY : UNICODE_ENTRY);
  const keys = size > 0x7fffff00 ? 0 : PyMem_Malloc(size);
  if (keys === 0) {
    PyErr_NoMemory();
    return 0;
  }
  H32[(keys + dk_refcnt) >> 2] = 1;
  H32[(keys + dk_kind) >> 2] = kind;
  H32[(keys + dk_mask) >> 2] = 2 ** log2 - 1;
  H32[(keys + dk_entries) >> 2] = keys + DK_INDICES + index;
  H32[(keys + dk_version) >> 2] = 0;
  H32[(keys + dk_usable) >> 2] = usable;
  H32[(keys + dk_nentries) >> 2] = 0;
  H32[(keys + dk_log2_size) >> 2] = log2;
  const from = (keys + DK_INDICES) >> 2;
  const to = from + (index >> 2);
  if (index <= 64) for (let i = from; i < to; i++) H32[i] = -1;
  else H32.fill(-1, from, to);
  return keys;
}

/** A new empty keys object with 2**log2 slots and one reference; 0 with MemoryError. */
export function newKeysObject(log2: number, kind: number): number {
  return allocKeys(log2, kind, usableFraction(2 ** log2));
}

/** A new keys object to be shared by the dicts of a type's instances (_PyDict_NewSharedKeys; PEP 412): one reference; 0 with MemoryError. */
export function _PyDict_NewSharedKeys(): number {
  return allocKeys(LOG2_SHARED_SIZE, DICT_KEYS_SPLIT, SHARED_KEYS_MAX_SIZE);
}

/** The bytes of a keys object. */
export function keysSize(keys: number): number {
  return (
    H32[(keys + dk_entries) >> 2] -
    keys +
    entrySize(keys) * (H32[(keys + dk_usable) >> 2] + H32[(keys + dk_nentries) >> 2])
  );
}

export function _PyDictKeys_IncRef(keys: number): void {
  H32[(keys + dk_refcnt) >> 2]++;
}

/** Gives back one reference to a keys object; the last one gives back keys and values (those of a split table are not its own). */
export function _PyDictKeys_DecRef(keys: number): void {
  if (keys === Py_EMPTY_KEYS) return;
  if (--H32[(keys + dk_refcnt) >> 2] === 0) freeKeys(keys);
}

function freeKeys(keys: number): void {
  const n = H32[(keys + dk_nentries) >> 2];
  const kind = H32[(keys + dk_kind) >> 2];
  let at = H32[(keys + dk_entries) >> 2] >> 2;
  if (kind === DICT_KEYS_GENERAL) {
    for (let i = 0; i < n; i++, at += 3) {
      xdecref(H32[at + 1] as Obj);
      xdecref(H32[at + 2] as Obj);
    }
  } else {
    for (let i = 0; i < n; i++, at += 2) {
      xdecref(H32[at] as Obj);
      if (kind === DICT_KEYS_UNICODE) xdecref(H32[at + 1] as Obj);
    }
  }
  PyMem_Free(keys);
}

/** Frees the memory of a keys object whose entries have been moved away. */
export function freeKeysMemory(keys: number): void {
  if (keys !== Py_EMPTY_KEYS) PyMem_Free(keys);
}

/** What stands in slot i of the indices. */
export function getIndex(keys: number, i: number): number {
  'use wasm';
  const mask = H32[(keys + dk_mask) >> 2];
  if (mask < 128) return HS8[keys + DK_INDICES + i];
  return wideIndex(keys, mask, i);
}

function wideIndex(keys: number, mask: number, i: number): number {
  'use wasm';
  if (mask < 32768) return HS16[((keys + DK_INDICES) >> 1) + i];
  return H32[((keys + DK_INDICES) >> 2) + i];
}

export function setIndex(keys: number, i: number, ix: number): void {
  'use wasm';
  const mask = H32[(keys + dk_mask) >> 2];
  if (mask < 128) H8[keys + DK_INDICES + i] = ix;
  else if (mask < 32768) H16[((keys + DK_INDICES) >> 1) + i] = ix;
  else H32[((keys + DK_INDICES) >> 2) + i] = ix;
}

/** The hash of a key of exact type str. */
export function strHash(key: Obj): number {
  'use wasm';
  const hash = H32[(key + U_HASH) >> 2];
  return hash !== -1 ? hash : PyUnicode_Hash(key);
}

/**
 * The index of the entry of a str `key` (exact type) in a unicode or split table, or DKIX_EMPTY.  Never fails and runs no code: identity is asked first,
 * then the hash, then the characters.
 */
export function lookupStr(keys: number, key: Obj, hash: number): number {
  'use wasm';
  const mask = H32[(keys + dk_mask) >> 2];
  const entries = H32[(keys + dk_entries) >> 2];
  let i = hash & mask;
  let perturb = hash;
  for (;;) {
    const ix = mask < 128 ? HS8[keys + DK_INDICES + i] : wideIndex(keys, mask, i);
    if (ix >= 0) {
      const k = H32[(entries + (ix << 3)) >> 2];
      if (k === key || (H32[(k + U_HASH) >> 2] === hash && unicode_eq(k as Obj, key))) return ix;
    } else if (ix === DKIX_EMPTY) return DKIX_EMPTY;
    perturb >>>= 5;
    i = (i * 5 + perturb + 1) & mask;
  }
}

/** The index of a str key of exact type in any table of a state where only str keys matter: DKIX_EMPTY if absent; for caches (_PyDictKeys_StringLookup). */
export function _PyDictKeys_StringLookup(keys: number, key: Obj): number {
  if (Py_TYPE(key) !== PyUnicode_Type || H32[(keys + dk_kind) >> 2] === DICT_KEYS_GENERAL) return DKIX_ERROR;
  return lookupStr(keys, key, strHash(key));
}

/** The slot where an entry with `hash` can be put. */
export function findEmptySlot(keys: number, hash: number): number {
  'use wasm';
  const mask = H32[(keys + dk_mask) >> 2];
  let i = hash & mask;
  let perturb = hash;
  while (getIndex(keys, i) >= 0) {
    perturb >>>= 5;
    i = (i * 5 + perturb + 1) & mask;
  }
  return i;
}

/** The slot that holds entry `ix`, whose key has `hash`. */
export function findSlotOfIndex(keys: number, hash: number, ix: number): number {
  const mask = H32[(keys + dk_mask) >> 2];
  let i = hash & mask;
  let perturb = hash;
  while (getIndex(keys, i) !== ix) {
    perturb >>>= 5;
    i = (i * 5 + perturb + 1) & mask;
  }
  return i;
}

/** Fills the (empty) indices of a table whose first n entries have just been written, all live. */
export function buildIndices(keys: number, n: number): void {
  const mask = H32[(keys + dk_mask) >> 2];
  const entries = H32[(keys + dk_entries) >> 2];
  const general = H32[(keys + dk_kind) >> 2] === DICT_KEYS_GENERAL;
  for (let ix = 0; ix < n; ix++) {
    const hash = general
      ? H32[(entries + ix * GENERAL_ENTRY) >> 2]
      : H32[(H32[(entries + ix * UNICODE_ENTRY) >> 2] + U_HASH) >> 2];
    let i = hash & mask;
    let perturb = hash;
    while (getIndex(keys, i) !== DKIX_EMPTY) {
      perturb >>>= 5;
      i = (i * 5 + perturb + 1) & mask;
    }
    setIndex(keys, i, ix);
  }
}

/** The key of entry ix (NULL: deleted), borrowed. */
export function entryKey(keys: number, ix: number): Obj {
  const entries = H32[(keys + dk_entries) >> 2];
  if (H32[(keys + dk_kind) >> 2] === DICT_KEYS_GENERAL) return H32[(entries + ix * GENERAL_ENTRY + 4) >> 2] as Obj;
  return H32[(entries + ix * UNICODE_ENTRY) >> 2] as Obj;
}

/** The address of the value of entry ix of a combined table. */
export function entryValueAddress(keys: number, ix: number): number {
  'use wasm';
  const entries = H32[(keys + dk_entries) >> 2];
  if (H32[(keys + dk_kind) >> 2] === DICT_KEYS_GENERAL) return entries + ix * GENERAL_ENTRY + 8;
  return entries + ix * UNICODE_ENTRY + 4;
}

/** The hash of entry ix (live). */
export function entryHash(keys: number, ix: number): number {
  const entries = H32[(keys + dk_entries) >> 2];
  if (H32[(keys + dk_kind) >> 2] === DICT_KEYS_GENERAL) return H32[(entries + ix * GENERAL_ENTRY) >> 2];
  return H32[(H32[(entries + ix * UNICODE_ENTRY) >> 2] + U_HASH) >> 2];
}

const lastVersion = staticWord();

/** The number of the table's present state, assigned on demand; 0 if the numbers are used up (_PyDictKeys_GetVersionForCurrentState). */
export function dictKeysVersion(keys: number): number {
  const version = H32[(keys + dk_version) >> 2];
  if (version !== 0) return version;
  if (H32[lastVersion] === 0x7fffffff) return 0;
  return (H32[(keys + dk_version) >> 2] = ++H32[lastVersion]);
}

/** Puts a new key (stolen) with its hash and value (stolen; not for split tables) into a table that has room; returns the entry's index. */
export function addEntry(keys: number, key: Obj, hash: number, value: Obj): number {
  'use wasm';
  const ix = H32[(keys + dk_nentries) >> 2];
  setIndex(keys, findEmptySlot(keys, hash), ix);
  const entries = H32[(keys + dk_entries) >> 2];
  if (H32[(keys + dk_kind) >> 2] === DICT_KEYS_GENERAL) {
    const at = (entries + ix * GENERAL_ENTRY) >> 2;
    H32[at] = hash;
    H32[at + 1] = key;
    H32[at + 2] = value;
  } else {
    const at = (entries + ix * UNICODE_ENTRY) >> 2;
    H32[at] = key;
    H32[at + 1] = value;
  }
  H32[(keys + dk_version) >> 2] = 0;
  H32[(keys + dk_usable) >> 2]--;
  H32[(keys + dk_nentries) >> 2] = ix + 1;
  return ix;
}

/** Takes a combined table's entry ix (whose key has `hash`) out; leaves key and value (now the caller's) in removedKey and removedValue. */
export function removeEntry(keys: number, hash: number, ix: number): void {
  setIndex(keys, findSlotOfIndex(keys, hash, ix), DKIX_DUMMY);
  H32[(keys + dk_version) >> 2] = 0;
  const entries = H32[(keys + dk_entries) >> 2];
  let at = (entries + ix * UNICODE_ENTRY) >> 2;
  if (H32[(keys + dk_kind) >> 2] === DICT_KEYS_GENERAL) {
    at = (entries + ix * GENERAL_ENTRY) >> 2;
    H32[at++] = 0;
  }
  removedKey = H32[at] as Obj;
  removedValue = H32[at + 1] as Obj;
  H32[at] = 0;
  H32[at + 1] = 0;
}
export let removedKey: Obj = NULL;
export let removedValue: Obj = NULL;

/** Visits the keys of a shared table, which belong to the table and not to any one dict (the audit counts them once a table). */
export function visitSharedKeys(keys: number, visit: (key: Obj) => void): void {
  const n = H32[(keys + dk_nentries) >> 2];
  for (let ix = 0; ix < n; ix++) visit(entryKey(keys, ix));
}

/** Makes the last reference of a value give way to NULL: used where a table is emptied entry by entry. */
export function dropRemoved(): void {
  const key = removedKey;
  const value = removedValue;
  removedKey = NULL;
  removedValue = NULL;
  decref(key);
  decref(value);
}
