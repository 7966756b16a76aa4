// How are dicts stored, looked up and changed?
//
// Invariant: ma_keys points to a keys object (dict_keys.ts).  With ma_values == 0 the table is combined: this dict owns it alone and ma_used of
// its entries are live.  Otherwise the keys are shared (split) and ma_values points to the values of the first ma_used keys, none of
// them NULL, followed by zeros; the word before is how many words there are.  So an instance whose attributes are
// set in the order of its type's shared keys costs a word for each; any other change of a split dict makes it combined.
// A comparison or a last decref may run code that changes the dict: lookups start over when the table or the entry has changed, and
// nothing is given back before the table is whole again.
//
//   header | ma_used | ma_keys | ma_values

import { PyMem_Free, PyMem_Malloc, PyMem_Realloc } from '../memory/alloc.js';
import { H32, H8 } from '../memory/linear.js';
import {
  addEntry,
  buildIndices,
  DICT_KEYS_GENERAL,
  DICT_KEYS_SPLIT,
  DICT_KEYS_UNICODE,
  dk_entries,
  dk_kind,
  dk_mask,
  dk_nentries,
  dk_refcnt,
  dk_usable,
  dk_version,
  DKIX_EMPTY,
  DKIX_ERROR,
  dropRemoved,
  entryHash,
  entryKey,
  entryValueAddress,
  estimateLog2Keysize,
  freeKeysMemory,
  GENERAL_ENTRY,
  getIndex,
  keysSize,
  log2KeysizeFor,
  lookupStr,
  newKeysObject,
  Py_EMPTY_KEYS,
  removedKey,
  removedValue,
  removeEntry,
  strHash,
  UNICODE_ENTRY,
  usableFraction,
  _PyDict_NewSharedKeys,
  _PyDictKeys_DecRef,
  _PyDictKeys_IncRef,
} from './dict_keys.js';
import {
  curexc,
  errMinus1,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetObject,
  PyErr_SetRaisedException,
  PyErr_SetString,
  PyType_FastSubclass,
  typeName,
} from './errors.js';
import { PyObject_CallMethodOneArg, PyObject_CallOneArg } from './call.js';
import { F } from './functable.js';
import { PyObject_GC_Track, PyObject_GC_UnTrack } from './gc_head.js';
import { HEAD_SIZE } from './head.js';
import { decref, incref, newref, Py_TYPE, xdecref } from './header.js';
import { ID, idObj } from './identifiers.js';
import { PyIter_Next, PyObject_GetIter } from './iter.js';
import { i32, layout } from './layout.js';
import { fastItems, list_items, PyList_New } from './list.js';
import { PyMapping_Keys, PyObject_GetItem } from './mapping.js';
import { _PyObject_New, freeObject } from './new_object.js';
import { PyErr_NoMemory } from './no_memory.js';
import { Py_EQ, PyObject_Hash, PyObject_RichCompareBool, PyObject_Str } from './object.js';
import { NULL, type Obj } from './ptr.js';
import { PySequence_Fast } from './sequence.js';
import {
  PyDict_Type,
  PyExc_KeyError,
  PyExc_RuntimeError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyLong_Type,
  PyUnicode_Type,
} from './statics.js';
import { compactEqual, isCompactLong, long_hash } from './long.js';
import { PyTuple_Pack2 } from './tuple.js';
import {
  ht_cached_keys,
  ob_size,
  Py_TPFLAGS_DICT_SUBCLASS,
  Py_TPFLAGS_HEAPTYPE,
  tp_flags,
  tp_iter,
} from './type_layout.js';
import { asString, PyUnicode_FromString, PyUnicode_InternFromString, U_HASH, unicode_eq } from './unicode.js';

export {
  DICT_KEYS_GENERAL,
  DICT_KEYS_SPLIT,
  DICT_KEYS_UNICODE,
  _PyDict_NewSharedKeys,
  _PyDictKeys_DecRef,
  _PyDictKeys_IncRef,
};

export const DictLayout = layout({ ma_used: i32, ma_keys: i32, ma_values: i32 });
export const ma_used = HEAD_SIZE;
export const ma_keys = HEAD_SIZE + 4;
export const ma_values = HEAD_SIZE + 8;

/** Out values of PyDict_Next (borrowed), PyDict_Pop and PyDict_SetDefaultRef (dictValue, new). */
export let dictKey: Obj = NULL;
export let dictValue: Obj = NULL;
export let dictHash = 0;

export function PyDict_Check(o: Obj): boolean {
  return PyType_FastSubclass(Py_TYPE(o), Py_TPFLAGS_DICT_SUBCLASS);
}

export function PyDict_CheckExact(o: Obj): boolean {
  return Py_TYPE(o) === PyDict_Type;
}

/** len(d). */
export function PyDict_Size(d: Obj): number {
  return H32[(d + ma_used) >> 2];
}
export const PyDict_GET_SIZE = PyDict_Size;

// ---- making and unmaking ---------------------------------------------------------------------------------------------------------

/** A new empty dict; NULL with MemoryError. */
export function PyDict_New(): Obj {
  return dictOfKeys(Py_EMPTY_KEYS, 0, 0);
}

/** A new dict of a keys object (stolen, also when it fails), values and size. */
function dictOfKeys(keys: number, values: number, used: number): Obj {
  const d = _PyObject_New(PyDict_Type);
  if (d === 0) {
    _PyDictKeys_DecRef(keys);
    if (values !== 0) freeValues(values, used);
    return NULL;
  }
  H32[(d + ma_keys) >> 2] = keys;
  H32[(d + ma_values) >> 2] = values;
  H32[(d + ma_used) >> 2] = used;
  PyObject_GC_Track(d);
  return d;
}

/** What tp_new does to the zeroed memory of a dict or subtype instance. */
export function dictInitEmpty(d: Obj): void {
  H32[(d + ma_keys) >> 2] = Py_EMPTY_KEYS;
}

/** A new empty dict with room for `n` keys; `unicode`: they will be str.  NULL with MemoryError. */
export function _PyDict_NewPresized(n: number, unicode: boolean): Obj {
  if (n <= usableFraction(8)) return PyDict_New();
  const keys = newKeysObject(n > 131072 ? 17 : estimateLog2Keysize(n), unicode ? DICT_KEYS_UNICODE : DICT_KEYS_GENERAL);
  return keys === 0 ? NULL : dictOfKeys(keys, 0, 0);
}

/** A new dict for an instance of `type`, sharing keys with its other instances if it is a heap type; NULL with MemoryError. */
export function _PyObject_NewInstanceDict(type: Obj): Obj {
  if ((H32[(type + tp_flags) >> 2] & Py_TPFLAGS_HEAPTYPE) === 0) return PyDict_New();
  let keys = H32[(type + ht_cached_keys) >> 2];
  if (keys === 0) {
    keys = _PyDict_NewSharedKeys();
    if (keys === 0) {
      PyErr_Clear();
      return PyDict_New();
    }
    H32[(type + ht_cached_keys) >> 2] = keys;
  }
  // An odd number of words, with the count in front a multiple of 8 bytes.
  const room = H32[(keys + dk_nentries) >> 2] | 3;
  const values = newValues(room);
  if (values === 0) return NULL;
  _PyDictKeys_IncRef(keys);
  return dictOfKeys(keys, values, 0);
}

function newValues(room: number): number {
  const p = PyMem_Malloc(4 + 4 * room);
  if (p === 0) {
    PyErr_NoMemory();
    return 0;
  }
  H32[p >> 2] = room;
  const values = p + 4;
  for (let i = values >> 2, end = i + room; i < end; i++) H32[i] = 0;
  return values;
}

function freeValues(values: number, n: number): void {
  for (let i = 0; i < n; i++) xdecref(H32[(values >> 2) + i] as Obj);
  PyMem_Free(values - 4);
}

/** Gives back what a dying dict holds (tp_dealloc without the freeing). */
export function dictReleaseContents(d: Obj): void {
  const keys = H32[(d + ma_keys) >> 2];
  const values = H32[(d + ma_values) >> 2];
  const used = H32[(d + ma_used) >> 2];
  H32[(d + ma_keys) >> 2] = Py_EMPTY_KEYS;
  H32[(d + ma_values) >> 2] = 0;
  H32[(d + ma_used) >> 2] = 0;
  if (values !== 0) freeValues(values, used);
  if (keys !== 0) _PyDictKeys_DecRef(keys);
}

/** tp_dealloc. */
export function dict_dealloc(d: Obj): void {
  PyObject_GC_UnTrack(d);
  dictReleaseContents(d);
  freeObject(d);
}

/** tp_traverse: the values, and the keys of a combined table. */
export function dict_traverse(d: Obj, visit: number, arg: number): number {
  const f = F[visit];
  const values = H32[(d + ma_values) >> 2];
  if (values !== 0) {
    const n = H32[(d + ma_used) >> 2];
    for (let i = 0; i < n; i++) {
      const answer = f(H32[(values >> 2) + i], arg);
      if (answer) return answer;
    }
    return 0;
  }
  const keys = H32[(d + ma_keys) >> 2];
  if (keys === 0) return 0;
  const n = H32[(keys + dk_nentries) >> 2];
  const general = H32[(keys + dk_kind) >> 2] === DICT_KEYS_GENERAL;
  let at = (H32[(keys + dk_entries) >> 2] >> 2) + (general ? 1 : 0);
  for (let i = 0; i < n; i++, at += general ? 3 : 2) {
    if (H32[at] === 0) continue;
    const answer = f(H32[at], arg) || f(H32[at + 1], arg);
    if (answer) return answer;
  }
  return 0;
}

/** The bytes of a dict beyond its fixed part: values and, unless shared, keys. */
export function dictExtraSize(d: Obj): number {
  const keys = H32[(d + ma_keys) >> 2];
  const values = H32[(d + ma_values) >> 2];
  let size = values === 0 ? 0 : 4 + 4 * H32[(values - 4) >> 2];
  if (keys !== Py_EMPTY_KEYS && H32[(keys + dk_refcnt) >> 2] === 1) size += keysSize(keys);
  return size;
}

// ---- lookup ----------------------------------------------------------------------------------------------------------------------

/**
 * The index of the entry whose key equals `key`, DKIX_EMPTY, or DKIX_ERROR with an exception.  In a split dict an index from ma_used on
 * means that the key is not there.  May run code that changes the dict, but the index is valid for the table as it is on return.
 */
export function _Py_dict_lookup(d: Obj, key: Obj, hash: number): number {
  'use wasm';
  const keys = H32[(d + ma_keys) >> 2];
  if (H32[(keys + dk_kind) >> 2] === DICT_KEYS_GENERAL) return lookupGeneral(d, key, hash);
  if (Py_TYPE(key) === PyUnicode_Type) {
    const ix = lookupStr(keys, key, hash);
    return ix >= H32[(d + ma_used) >> 2] && H32[(d + ma_values) >> 2] !== 0 ? DKIX_EMPTY : ix;
  }
  return lookupOther(d, key, hash);
}

/** Looks up in a general table. */
function lookupGeneral(d: Obj, key: Obj, hash: number): number {
  'use wasm';
  restart: for (;;) {
    const keys = H32[(d + ma_keys) >> 2];
    if (H32[(keys + dk_kind) >> 2] !== DICT_KEYS_GENERAL) return _Py_dict_lookup(d, key, hash);
    const mask = H32[(keys + dk_mask) >> 2];
    const entries = H32[(keys + dk_entries) >> 2];
    const keyIsStr = Py_TYPE(key) === PyUnicode_Type;
    let i = hash & mask;
    let perturb = hash;
    for (;;) {
      const ix = getIndex(keys, i);
      if (ix >= 0) {
        const at = (entries + ix * GENERAL_ENTRY) >> 2;
        const k = H32[at + 1] as Obj;
        if (k === key) return ix;
        if (H32[at] === hash) {
          if (keyIsStr && Py_TYPE(k) === PyUnicode_Type) {
            if (unicode_eq(k, key)) return ix;
          } else if (isCompactLong(k) && isCompactLong(key)) {
            if (compactEqual(k, key)) return ix;
          } else {
            incref(k);
            const cmp = PyObject_RichCompareBool(k, key, Py_EQ);
            decref(k);
            if (cmp < 0) return DKIX_ERROR;
            if (H32[(d + ma_keys) >> 2] !== keys || H32[at + 1] !== k) continue restart;
            if (cmp > 0) return ix;
          }
        }
      } else if (ix === DKIX_EMPTY) return DKIX_EMPTY;
      perturb >>>= 5;
      i = (i * 5 + perturb + 1) & mask;
    }
  }
}

/** Looks up a key that is not exactly a str in a table of str keys. */
function lookupOther(d: Obj, key: Obj, hash: number): number {
  'use wasm';
  restart: for (;;) {
    const keys = H32[(d + ma_keys) >> 2];
    if (H32[(keys + dk_kind) >> 2] === DICT_KEYS_GENERAL) return lookupGeneral(d, key, hash);
    const mask = H32[(keys + dk_mask) >> 2];
    const entries = H32[(keys + dk_entries) >> 2];
    let i = hash & mask;
    let perturb = hash;
    for (;;) {
      const ix = getIndex(keys, i);
      if (ix >= 0) {
        const at = (entries + ix * UNICODE_ENTRY) >> 2;
        const k = H32[at] as Obj;
        if (H32[(k + U_HASH) >> 2] === hash) {
          incref(k);
          const cmp = PyObject_RichCompareBool(k, key, Py_EQ);
          decref(k);
          if (cmp < 0) return DKIX_ERROR;
          if (H32[(d + ma_keys) >> 2] !== keys || H32[at] !== k) continue restart;
          if (cmp > 0) return ix >= H32[(d + ma_used) >> 2] && H32[(d + ma_values) >> 2] !== 0 ? DKIX_EMPTY : ix;
        }
      } else if (ix === DKIX_EMPTY) return DKIX_EMPTY;
      perturb >>>= 5;
      i = (i * 5 + perturb + 1) & mask;
    }
  }
}

/** The address of the word that holds the value of entry ix, valid until the table changes. */
export function dictValueAddress(d: Obj, ix: number): number {
  'use wasm';
  const values = H32[(d + ma_values) >> 2];
  return values !== 0 ? values + 4 * ix : entryValueAddress(H32[(d + ma_keys) >> 2], ix);
}

/** The value of a str `key` of exact type whose hash is `hash` (borrowed), or NULL; in any dict whose keys are all str it runs no code. */
function getStr(d: Obj, key: Obj, hash: number): Obj {
  'use wasm';
  const keys = H32[(d + ma_keys) >> 2];
  const ix = lookupStr(keys, key, hash);
  if (ix < 0) return NULL;
  const values = H32[(d + ma_values) >> 2];
  if (values === 0) return H32[(H32[(keys + dk_entries) >> 2] + 4 + (ix << 3)) >> 2] as Obj;
  return ix < H32[(d + ma_used) >> 2] ? (H32[(values >> 2) + ix] as Obj) : NULL;
}

/** Replaces "unhashable type" by a message that says what the object was to be used for (dict_unhashable_type). */
export function explainUnhashable(key: Obj, use: string): void {
  const e = PyErr_GetRaisedException();
  if (Py_TYPE(e) !== PyExc_TypeError) {
    PyErr_SetRaisedException(e);
    return;
  }
  const text = PyObject_Str(e);
  if (text !== 0) {
    PyErr_SetString(PyExc_TypeError, `cannot use '${typeName(key)}' as a ${use} (${asString(text)})`);
    decref(text);
  }
  decref(e);
}

/** hash(key) as a dict needs it; -1 with an exception that names the use. */
export function hashKey(key: Obj): number {
  'use wasm';
  const type = Py_TYPE(key);
  if (type === PyUnicode_Type) return strHash(key);
  if (type === PyLong_Type) return long_hash(key);
  const hash = PyObject_Hash(key);
  if (hash === -1) explainUnhashable(key, 'dict key');
  return hash;
}

/** d[key], borrowed; NULL with an exception on an error, without one if the key is absent. */
export function PyDict_GetItemWithError(d: Obj, key: Obj): Obj {
  'use wasm';
  if (Py_TYPE(key) === PyUnicode_Type) {
    const hash = strHash(key);
    if (H32[(H32[(d + ma_keys) >> 2] + dk_kind) >> 2] !== DICT_KEYS_GENERAL) return getStr(d, key, hash);
    return getByIndex(d, lookupGeneral(d, key, hash));
  }
  const hash = hashKey(key);
  if (hash === -1) return NULL;
  return getByIndex(d, _Py_dict_lookup(d, key, hash));
}

function getByIndex(d: Obj, ix: number): Obj {
  'use wasm';
  return ix < 0 ? NULL : (H32[dictValueAddress(d, ix) >> 2] as Obj);
}

/** As PyDict_GetItemWithError with the hash known. */
export function _PyDict_GetItem_KnownHash(d: Obj, key: Obj, hash: number): Obj {
  'use wasm';
  if (Py_TYPE(key) === PyUnicode_Type && H32[(H32[(d + ma_keys) >> 2] + dk_kind) >> 2] !== DICT_KEYS_GENERAL)
    return getStr(d, key, hash);
  return getByIndex(d, _Py_dict_lookup(d, key, hash));
}

/** As PyDict_GetItemWithError, but errors are swallowed; an exception that is already set stays. */
export function PyDict_GetItem(d: Obj, key: Obj): Obj {
  const saved = PyErr_GetRaisedException();
  const value = PyDict_GetItemWithError(d, key);
  PyErr_Clear();
  PyErr_SetRaisedException(saved);
  return value;
}

/** d[key], a new reference; NULL with an exception on an error, without one if the key is absent. */
export function PyDict_GetItemRef(d: Obj, key: Obj): Obj {
  const value = PyDict_GetItemWithError(d, key);
  if (value !== 0) incref(value);
  return value;
}

/** d[name] for a JavaScript string, borrowed; NULL if absent (or, with an exception, when memory ran out). */
export function PyDict_GetItemString(d: Obj, name: string): Obj {
  const key = PyUnicode_FromString(name);
  if (key === 0) return NULL;
  const value = PyDict_GetItemWithError(d, key);
  decref(key);
  return value;
}

/** 1 if the key is there, 0 if not, -1 with an exception. */
export function PyDict_Contains(d: Obj, key: Obj): number {
  const hash = hashKey(key);
  if (hash === -1) return -1;
  const ix = _Py_dict_lookup(d, key, hash);
  return ix === DKIX_ERROR ? -1 : ix < 0 ? 0 : 1;
}

/** As PyDict_Contains with the hash known. */
export function _PyDict_Contains_KnownHash(d: Obj, key: Obj, hash: number): number {
  const ix = _Py_dict_lookup(d, key, hash);
  return ix === DKIX_ERROR ? -1 : ix < 0 ? 0 : 1;
}

/** A name of globals, then of builtins (both dicts): borrowed; NULL without an exception if in neither. */
export function _PyDict_LoadGlobal(globals: Obj, builtins: Obj, name: Obj): Obj {
  const value = PyDict_GetItemWithError(globals, name);
  if (value !== 0 || H32[curexc] !== 0) return value;
  return PyDict_GetItemWithError(builtins, name);
}

// ---- change ----------------------------------------------------------------------------------------------------------------------

/**
 * Gives the dict a combined table of 2**log2 slots, its live entries moved there; `unicode` says whether it may be a table of str keys.  0, or -1 with
 * MemoryError and the dict as before.
 */
function dictResize(d: Obj, log2: number, unicode: boolean): number {
  const old = H32[(d + ma_keys) >> 2];
  const oldKind = H32[(old + dk_kind) >> 2];
  const general = !unicode || oldKind === DICT_KEYS_GENERAL;
  const keys = newKeysObject(log2, general ? DICT_KEYS_GENERAL : DICT_KEYS_UNICODE);
  if (keys === 0) return -1;
  const values = H32[(d + ma_values) >> 2];
  const used = H32[(d + ma_used) >> 2];
  const from = H32[(old + dk_entries) >> 2] >> 2;
  let to = H32[(keys + dk_entries) >> 2] >> 2;
  if (values !== 0) {
    for (let i = 0; i < used; i++) {
      const key = H32[from + 2 * i] as Obj;
      incref(key);
      if (general) H32[to++] = H32[(key + U_HASH) >> 2];
      H32[to] = key;
      H32[to + 1] = H32[(values >> 2) + i];
      to += 2;
    }
  } else if (oldKind === DICT_KEYS_GENERAL) {
    const n = H32[(old + dk_nentries) >> 2];
    if (used === n) H32.copyWithin(to, from, from + 3 * n);
    else {
      for (let i = 0, at = from; i < n; i++, at += 3) {
        if (H32[at + 1] === 0) continue;
        H32[to] = H32[at];
        H32[to + 1] = H32[at + 1];
        H32[to + 2] = H32[at + 2];
        to += 3;
      }
    }
  } else {
    const n = H32[(old + dk_nentries) >> 2];
    if (used === n && !general) H32.copyWithin(to, from, from + 2 * n);
    else {
      for (let i = 0, at = from; i < n; i++, at += 2) {
        const key = H32[at];
        if (key === 0) continue;
        if (general) H32[to++] = H32[(key + U_HASH) >> 2];
        H32[to] = key;
        H32[to + 1] = H32[at + 1];
        to += 2;
      }
    }
  }
  buildIndices(keys, used);
  H32[(keys + dk_usable) >> 2] -= used;
  H32[(keys + dk_nentries) >> 2] = used;
  H32[(d + ma_keys) >> 2] = keys;
  if (values !== 0) {
    H32[(d + ma_values) >> 2] = 0;
    PyMem_Free(values - 4);
    _PyDictKeys_DecRef(old);
  } else freeKeysMemory(old);
  return 0;
}

/** Makes room for one more key. */
function insertionResize(d: Obj, unicode: boolean): number {
  return dictResize(d, log2KeysizeFor(H32[(d + ma_used) >> 2] * 3), unicode);
}

/** Adds a key that is known to be absent (both borrowed): 0 or -1. */
function insertNew(d: Obj, key: Obj, hash: number, value: Obj): number {
  'use wasm';
  const isStr = Py_TYPE(key) === PyUnicode_Type;
  let keys = H32[(d + ma_keys) >> 2];
  if (keys === Py_EMPTY_KEYS) {
    keys = newKeysObject(3, isStr ? DICT_KEYS_UNICODE : DICT_KEYS_GENERAL);
    if (keys === 0) return -1;
    H32[(d + ma_keys) >> 2] = keys;
  } else {
    const kind = H32[(keys + dk_kind) >> 2];
    if (kind === DICT_KEYS_SPLIT) {
      if (isStr) {
        const done = insertSplit(d, keys, key, hash, value);
        if (done !== 0) return done < 0 ? -1 : 0;
      }
      if (insertionResize(d, isStr) < 0) return -1;
    } else if ((kind === DICT_KEYS_UNICODE && !isStr) || H32[(keys + dk_usable) >> 2] <= 0) {
      if (insertionResize(d, isStr) < 0) return -1;
    }
    keys = H32[(d + ma_keys) >> 2];
  }
  incref(key);
  incref(value);
  addEntry(keys, key, hash, value);
  H32[(d + ma_used) >> 2]++;
  return 0;
}

/** Adds a str key to a split dict if it comes next in the shared order: 1 done, 0 the dict must be combined first, -1 error. */
function insertSplit(d: Obj, keys: number, key: Obj, hash: number, value: Obj): number {
  'use wasm';
  const used = H32[(d + ma_used) >> 2];
  const n = H32[(keys + dk_nentries) >> 2];
  if (used < n) {
    const next = H32[(H32[(keys + dk_entries) >> 2] + used * UNICODE_ENTRY) >> 2] as Obj;
    if (next !== key && !(H32[(next + U_HASH) >> 2] === hash && unicode_eq(next, key))) return 0;
  } else {
    if (H32[(keys + dk_usable) >> 2] <= 0) return 0;
    incref(key);
    addEntry(keys, key, hash, NULL);
  }
  let values = H32[(d + ma_values) >> 2];
  const room = H32[(values - 4) >> 2];
  if (used === room) {
    const more = room * 2 + 1;
    const p = PyMem_Realloc(values - 4, 4 + 4 * more);
    if (p === 0) {
      PyErr_NoMemory();
      return -1;
    }
    H32[p >> 2] = more;
    values = p + 4;
    for (let i = used; i < more; i++) H32[(values >> 2) + i] = 0;
    H32[(d + ma_values) >> 2] = values;
  }
  incref(value);
  H32[(values >> 2) + used] = value;
  H32[(d + ma_used) >> 2] = used + 1;
  return 1;
}

/** d[key] = value (both borrowed) with the hash known: 0, or -1 with an exception. */
export function _PyDict_SetItem_KnownHash(d: Obj, key: Obj, value: Obj, hash: number): number {
  'use wasm';
  // A comparison may drop the caller's key and value from wherever they were borrowed.
  if (Py_TYPE(key) !== PyUnicode_Type || H32[(H32[(d + ma_keys) >> 2] + dk_kind) >> 2] === DICT_KEYS_GENERAL) {
    incref(key);
    incref(value);
    const r = setKnownHash(d, key, value, hash);
    decref(key);
    decref(value);
    return r;
  }
  return setKnownHash(d, key, value, hash);
}

function setKnownHash(d: Obj, key: Obj, value: Obj, hash: number): number {
  'use wasm';
  const ix = _Py_dict_lookup(d, key, hash);
  if (ix >= 0) {
    const at = dictValueAddress(d, ix) >> 2;
    const old = H32[at] as Obj;
    incref(value);
    H32[at] = value;
    decref(old);
    return 0;
  }
  return ix === DKIX_ERROR ? -1 : insertNew(d, key, hash, value);
}

/** d[key] = value (both borrowed): 0, or -1 with an exception. */
export function PyDict_SetItem(d: Obj, key: Obj, value: Obj): number {
  'use wasm';
  const hash = hashKey(key);
  if (hash === -1) return -1;
  return _PyDict_SetItem_KnownHash(d, key, value, hash);
}

/** d[key] = value, both stolen, also when it fails: 0 or -1. */
export function _PyDict_SetItem_Take2(d: Obj, key: Obj, value: Obj): number {
  const r = PyDict_SetItem(d, key, value);
  decref(key);
  decref(value);
  return r;
}

/** d[name] = value (borrowed) for a JavaScript string, which is interned: 0 or -1. */
export function PyDict_SetItemString(d: Obj, name: string, value: Obj): number {
  const key = PyUnicode_InternFromString(name);
  if (key === 0) return -1;
  const r = PyDict_SetItem(d, key, value);
  decref(key);
  return r;
}

/** Takes entry ix out and leaves key and value, now the caller's, in removedKey and removedValue: 0, or -1 with MemoryError. */
function takeEntry(d: Obj, ix: number, hash: number): number {
  if (H32[(d + ma_values) >> 2] !== 0) {
    // The keys keep their indices.
    if (dictResize(d, estimateLog2Keysize(H32[(d + ma_used) >> 2]), true) < 0) return -1;
  }
  removeEntry(H32[(d + ma_keys) >> 2], hash, ix);
  H32[(d + ma_used) >> 2]--;
  return 0;
}

/** del d[key] with the hash known: 0, or -1 with an exception (KeyError). */
export function _PyDict_DelItem_KnownHash(d: Obj, key: Obj, hash: number): number {
  const ix = _Py_dict_lookup(d, key, hash);
  if (ix === DKIX_ERROR) return -1;
  if (ix < 0) {
    _PyErr_SetKeyError(key);
    return -1;
  }
  if (takeEntry(d, ix, hash) < 0) return -1;
  dropRemoved();
  return 0;
}

/** del d[key]: 0, or -1 with an exception (KeyError). */
export function PyDict_DelItem(d: Obj, key: Obj): number {
  const hash = hashKey(key);
  if (hash === -1) return -1;
  return _PyDict_DelItem_KnownHash(d, key, hash);
}

/** del d[name] for a JavaScript string: 0 or -1. */
export function PyDict_DelItemString(d: Obj, name: string): number {
  const key = PyUnicode_FromString(name);
  if (key === 0) return -1;
  const r = PyDict_DelItem(d, key);
  decref(key);
  return r;
}

/** Deletes `key` if `predicate(value)` is 1: 1 deleted, 0 not (or absent), -1 with an exception (weak dictionaries). */
export function _PyDict_DelItemIf(d: Obj, key: Obj, predicate: (value: Obj) => number): number {
  const hash = hashKey(key);
  if (hash === -1) return -1;
  const ix = _Py_dict_lookup(d, key, hash);
  if (ix < 0) return ix === DKIX_ERROR ? -1 : 0;
  const answer = predicate(H32[dictValueAddress(d, ix) >> 2] as Obj);
  if (answer <= 0) return answer;
  if (takeEntry(d, ix, hash) < 0) return -1;
  dropRemoved();
  return 1;
}

/** Raises KeyError(key), whatever the key is; returns NULL. */
export function _PyErr_SetKeyError(key: Obj): Obj {
  const e = PyObject_CallOneArg(PyExc_KeyError, key);
  if (e === 0) return NULL;
  PyErr_SetObject(PyExc_KeyError, e);
  decref(e);
  return NULL;
}

/** Removes `key`: 1 with its value (a new reference) in dictValue; 0 if absent; -1 with an exception. */
export function PyDict_Pop(d: Obj, key: Obj): number {
  dictValue = NULL;
  if (H32[(d + ma_used) >> 2] === 0) return 0;
  const hash = hashKey(key);
  if (hash === -1) return -1;
  return popKnownHash(d, key, hash);
}

function popKnownHash(d: Obj, key: Obj, hash: number): number {
  const ix = _Py_dict_lookup(d, key, hash);
  if (ix < 0 || takeEntry(d, ix, hash) < 0) {
    dictValue = NULL;
    return ix === DKIX_EMPTY ? 0 : -1;
  }
  const value = removedValue;
  decref(removedKey);
  dictValue = value;
  return 1;
}

/** d.pop(key, dflt): a new reference; NULL with KeyError if there is neither key nor dflt (NULL). */
export function _PyDict_Pop(d: Obj, key: Obj, dflt: Obj): Obj {
  const r = PyDict_Pop(d, key);
  if (r > 0) return dictValue;
  if (r < 0) return NULL;
  return dflt !== 0 ? newref(dflt) : _PyErr_SetKeyError(key);
}

/** As _PyDict_Pop with the hash known. */
export function _PyDict_Pop_KnownHash(d: Obj, key: Obj, hash: number, dflt: Obj): Obj {
  const r = popKnownHash(d, key, hash);
  if (r > 0) return dictValue;
  if (r < 0) return NULL;
  return dflt !== 0 ? newref(dflt) : _PyErr_SetKeyError(key);
}

/** Removes the last item: 1 with its key and value (new references) in dictKey and dictValue; 0 if the dict is empty; -1 with MemoryError. */
export function dictPopLast(d: Obj): number {
  if (H32[(d + ma_used) >> 2] === 0) return 0;
  if (H32[(d + ma_values) >> 2] !== 0 && dictResize(d, estimateLog2Keysize(H32[(d + ma_used) >> 2]), true) < 0)
    return -1;
  const keys = H32[(d + ma_keys) >> 2];
  let ix = H32[(keys + dk_nentries) >> 2] - 1;
  while (entryKey(keys, ix) === 0) ix--;
  removeEntry(keys, entryHash(keys, ix), ix);
  // What was deleted behind it is forgotten with it, so that popping everything is linear.
  H32[(keys + dk_nentries) >> 2] = ix;
  H32[(d + ma_used) >> 2]--;
  dictKey = removedKey;
  dictValue = removedValue;
  return 1;
}

/** Removes everything. */
export function PyDict_Clear(d: Obj): void {
  dictReleaseContents(d);
}

/** tp_clear. */
export function dict_tp_clear(d: Obj): number {
  dictReleaseContents(d);
  return 0;
}

/**
 * d.setdefault(key, dflt): 1 if the key was there, 0 if it has been added, -1 with an exception; the value, a new reference, is left in
 * dictValue.
 */
export function PyDict_SetDefaultRef(d: Obj, key: Obj, dflt: Obj): number {
  dictValue = NULL;
  const hash = hashKey(key);
  if (hash === -1) return -1;
  const ix = _Py_dict_lookup(d, key, hash);
  if (ix === DKIX_ERROR) return -1;
  if (ix >= 0) {
    dictValue = newref(H32[dictValueAddress(d, ix) >> 2] as Obj);
    return 1;
  }
  if (insertNew(d, key, hash, dflt) < 0) return -1;
  dictValue = newref(dflt);
  return 0;
}

/** As PyDict_SetDefaultRef; returns the value, borrowed, or NULL. */
export function PyDict_SetDefault(d: Obj, key: Obj, dflt: Obj): Obj {
  if (PyDict_SetDefaultRef(d, key, dflt) < 0) return NULL;
  const value = dictValue;
  decref(value);
  return value;
}

// ---- walking ---------------------------------------------------------------------------------------------------------------------

/**
 * The next item from position `pos` on (0 at first): leaves it in dictKey, dictValue (borrowed) and dictHash and returns the position after
 * it; 0 at the end.  Safe if values are replaced meanwhile; if keys come or go, items may be skipped or repeated.
 */
export function PyDict_Next(d: Obj, pos: number): number {
  const keys = H32[(d + ma_keys) >> 2];
  const values = H32[(d + ma_values) >> 2];
  if (values !== 0) {
    if (pos >= H32[(d + ma_used) >> 2]) return 0;
    const key = H32[(H32[(keys + dk_entries) >> 2] + pos * UNICODE_ENTRY) >> 2] as Obj;
    dictKey = key;
    dictHash = H32[(key + U_HASH) >> 2];
    dictValue = H32[(values >> 2) + pos] as Obj;
    return pos + 1;
  }
  const n = H32[(keys + dk_nentries) >> 2];
  const entries = H32[(keys + dk_entries) >> 2];
  if (H32[(keys + dk_kind) >> 2] === DICT_KEYS_GENERAL) {
    for (; pos < n; pos++) {
      const at = (entries + pos * GENERAL_ENTRY) >> 2;
      if (H32[at + 1] === 0) continue;
      dictHash = H32[at];
      dictKey = H32[at + 1] as Obj;
      dictValue = H32[at + 2] as Obj;
      return pos + 1;
    }
    return 0;
  }
  for (; pos < n; pos++) {
    const at = (entries + pos * UNICODE_ENTRY) >> 2;
    const key = H32[at] as Obj;
    if (key === 0) continue;
    dictHash = H32[(key + U_HASH) >> 2];
    dictKey = key;
    dictValue = H32[at + 1] as Obj;
    return pos + 1;
  }
  return 0;
}
export const _PyDict_Next = PyDict_Next;

/** The last item before position `pos` (dictPositions(d) at first), as PyDict_Next; returns its position + 1, or 0 at the start. */
export function dictPrevious(d: Obj, pos: number): number {
  const keys = H32[(d + ma_keys) >> 2];
  const values = H32[(d + ma_values) >> 2];
  for (let ix = pos - 1; ix >= 0; ix--) {
    const key = entryKey(keys, ix);
    if (key === 0) continue;
    dictKey = key;
    dictValue = values !== 0 ? (H32[(values >> 2) + ix] as Obj) : (H32[entryValueAddress(keys, ix) >> 2] as Obj);
    return ix + 1;
  }
  return 0;
}

/** How many positions (live and deleted entries) there are to walk. */
export function dictPositions(d: Obj): number {
  return H32[(d + ma_values) >> 2] !== 0 ? H32[(d + ma_used) >> 2] : H32[(H32[(d + ma_keys) >> 2] + dk_nentries) >> 2];
}

/** list(d): a new list, or NULL with MemoryError. */
export function PyDict_Keys(d: Obj): Obj {
  const list = PyList_New(H32[(d + ma_used) >> 2]);
  if (list === 0) return NULL;
  let at = H32[(list + list_items) >> 2] >> 2;
  for (let pos = 0; (pos = PyDict_Next(d, pos)) !== 0; ) {
    incref(dictKey);
    H32[at++] = dictKey;
  }
  return list;
}

/** list(d.values()): a new list, or NULL with MemoryError. */
export function PyDict_Values(d: Obj): Obj {
  const list = PyList_New(H32[(d + ma_used) >> 2]);
  if (list === 0) return NULL;
  let at = H32[(list + list_items) >> 2] >> 2;
  for (let pos = 0; (pos = PyDict_Next(d, pos)) !== 0; ) {
    incref(dictValue);
    H32[at++] = dictValue;
  }
  return list;
}

/** list(d.items()): a new list of pairs, or NULL with MemoryError. */
export function PyDict_Items(d: Obj): Obj {
  const list = PyList_New(H32[(d + ma_used) >> 2]);
  if (list === 0) return NULL;
  let at = H32[(list + list_items) >> 2] >> 2;
  for (let pos = 0; (pos = PyDict_Next(d, pos)) !== 0; ) {
    const pair = PyTuple_Pack2(dictKey, dictValue);
    if (pair === 0) {
      decref(list);
      return NULL;
    }
    H32[at++] = pair;
  }
  return list;
}

// ---- copying and merging ---------------------------------------------------------------------------------------------------------

/** A new keys object with the same entries (combined, whole), each with a new reference; 0 with MemoryError. */
function cloneKeys(old: number): number {
  const size = keysSize(old);
  const keys = PyMem_Malloc(size);
  if (keys === 0) {
    PyErr_NoMemory();
    return 0;
  }
  H8.copyWithin(keys, old, old + size);
  H32[(keys + dk_refcnt) >> 2] = 1;
  H32[(keys + dk_version) >> 2] = 0;
  const entries = keys + (H32[(old + dk_entries) >> 2] - old);
  H32[(keys + dk_entries) >> 2] = entries;
  const n = H32[(keys + dk_nentries) >> 2];
  const general = H32[(keys + dk_kind) >> 2] === DICT_KEYS_GENERAL;
  let at = (entries >> 2) + (general ? 1 : 0);
  for (let i = 0; i < n; i++, at += general ? 3 : 2) {
    if (H32[at] === 0) continue;
    incref(H32[at] as Obj);
    incref(H32[at + 1] as Obj);
  }
  return keys;
}

/** A shallow copy, always an exact dict: new, or NULL with MemoryError. */
export function PyDict_Copy(d: Obj): Obj {
  const used = H32[(d + ma_used) >> 2];
  if (used === 0) return PyDict_New();
  const keys = H32[(d + ma_keys) >> 2];
  const values = H32[(d + ma_values) >> 2];
  if (values !== 0) {
    const copy = newValues(used | 3);
    if (copy === 0) return NULL;
    for (let i = 0; i < used; i++) {
      const value = H32[(values >> 2) + i] as Obj;
      incref(value);
      H32[(copy >> 2) + i] = value;
    }
    _PyDictKeys_IncRef(keys);
    return dictOfKeys(keys, copy, used);
  }
  if (used >= (H32[(keys + dk_nentries) >> 2] * 2) / 3) {
    const clone = cloneKeys(keys);
    return clone === 0 ? NULL : dictOfKeys(clone, 0, used);
  }
  const copy = PyDict_New();
  if (copy === 0) return NULL;
  if (PyDict_Merge(copy, d, 1) < 0) {
    decref(copy);
    return NULL;
  }
  return copy;
}

/**
 * Copies the items of `b` (a dict, or anything with keys() and subscription) into `a`.  override 0: keys of `a` stay; 1: they are replaced; 2: a common
 * key is a KeyError.  0 or -1.
 */
export function PyDict_Merge(a: Obj, b: Obj, override: number): number {
  if (PyDict_Check(b) && H32[(Py_TYPE(b) + tp_iter) >> 2] === dictIterIndex()) return mergeDict(a, b, override);
  return mergeMapping(a, b, override);
}

/** The tp_iter of dict: a subclass that overrides __iter__ is merged like any mapping. */
function dictIterIndex(): number {
  return H32[(PyDict_Type + tp_iter) >> 2];
}

function mergeDict(a: Obj, b: Obj, override: number): number {
  if (a === b || H32[(b + ma_used) >> 2] === 0) return 0;
  const n = H32[(b + ma_used) >> 2];
  if (H32[(a + ma_used) >> 2] === 0) {
    // Into an empty dict: the table can be copied as it is if it has no holes and is not far too large.
    const bKeys = H32[(b + ma_keys) >> 2];
    if (
      H32[(b + ma_values) >> 2] === 0 &&
      H32[(bKeys + dk_nentries) >> 2] === n &&
      H32[(bKeys + dk_mask) >> 2] + 1 <= Math.max(8, 3 * n)
    ) {
      const clone = cloneKeys(bKeys);
      if (clone === 0) return -1;
      const old = H32[(a + ma_keys) >> 2];
      const oldValues = H32[(a + ma_values) >> 2];
      H32[(a + ma_keys) >> 2] = clone;
      H32[(a + ma_values) >> 2] = 0;
      H32[(a + ma_used) >> 2] = n;
      if (oldValues !== 0) freeValues(oldValues, 0);
      _PyDictKeys_DecRef(old);
      return 0;
    }
  }
  if (usableFraction(H32[(H32[(a + ma_keys) >> 2] + dk_mask) >> 2] + 1) < n) {
    const unicode = H32[(H32[(b + ma_keys) >> 2] + dk_kind) >> 2] !== DICT_KEYS_GENERAL;
    if (dictResize(a, estimateLog2Keysize(H32[(a + ma_used) >> 2] + n), unicode) < 0) return -1;
  }
  for (let pos = 0; (pos = PyDict_Next(b, pos)) !== 0; ) {
    const key = dictKey;
    const value = dictValue;
    const hash = dictHash;
    const bKeys = H32[(b + ma_keys) >> 2];
    const entries = dictPositions(b);
    incref(key);
    incref(value);
    let r: number;
    if (override === 1) r = _PyDict_SetItem_KnownHash(a, key, value, hash);
    else {
      r = _PyDict_Contains_KnownHash(a, key, hash);
      if (r === 0) r = _PyDict_SetItem_KnownHash(a, key, value, hash);
      else if (r > 0) {
        if (override === 0) r = 0;
        else {
          _PyErr_SetKeyError(key);
          r = -1;
        }
      }
    }
    decref(key);
    decref(value);
    if (r < 0) return -1;
    if (bKeys !== H32[(b + ma_keys) >> 2] || entries !== dictPositions(b))
      return errMinus1(PyExc_RuntimeError, 'dict mutated during update');
  }
  return 0;
}

function mergeMapping(a: Obj, b: Obj, override: number): number {
  const keys = PyMapping_Keys(b);
  if (keys === 0) return -1;
  const it = PyObject_GetIter(keys);
  decref(keys);
  if (it === 0) return -1;
  let r = 0;
  while (r === 0) {
    const key = PyIter_Next(it);
    if (key === 0) break;
    if (override !== 1) {
      r = PyDict_Contains(a, key);
      if (r !== 0) {
        if (r > 0) {
          r = 0;
          if (override === 2) {
            _PyErr_SetKeyError(key);
            r = -1;
          }
        }
        decref(key);
        continue;
      }
    }
    const value = PyObject_GetItem(b, key);
    if (value === 0) r = -1;
    else {
      r = PyDict_SetItem(a, key, value);
      decref(value);
    }
    decref(key);
  }
  decref(it);
  return r < 0 || PyErr_Occurred() !== 0 ? -1 : 0;
}

/** a.update(b) for a mapping: 0 or -1. */
export function PyDict_Update(a: Obj, b: Obj): number {
  return PyDict_Merge(a, b, 1);
}

/** As PyDict_Merge with override 2 (keyword arguments: a common key is a KeyError). */
export function _PyDict_MergeEx(a: Obj, b: Obj, override: number): number {
  return PyDict_Merge(a, b, override);
}

/** Copies pairs from an iterable of two-item iterables into `d`: 0 or -1. */
export function PyDict_MergeFromSeq2(d: Obj, pairs: Obj, override: number): number {
  const it = PyObject_GetIter(pairs);
  if (it === 0) return -1;
  for (let i = 0; ; i++) {
    const item = PyIter_Next(it);
    if (item === 0) break;
    const fast = PySequence_Fast(item, 'object is not iterable');
    decref(item);
    if (fast === 0) {
      if (PyErr_ExceptionMatches(PyExc_TypeError))
        addNote(`Cannot convert dictionary update sequence element #${i} to a sequence`);
      break;
    }
    const n = H32[(fast + ob_size) >> 2];
    if (n !== 2) {
      PyErr_SetString(PyExc_ValueError, `dictionary update sequence element #${i} has length ${n}; 2 is required`);
      decref(fast);
      break;
    }
    const at = fastItems(fast) >> 2;
    const key = newref(H32[at] as Obj);
    const value = newref(H32[at + 1] as Obj);
    let r: number;
    if (override) r = PyDict_SetItem(d, key, value);
    else r = PyDict_SetDefault(d, key, value) === 0 ? -1 : 0;
    decref(key);
    decref(value);
    decref(fast);
    if (r < 0) break;
  }
  decref(it);
  return PyErr_Occurred() !== 0 ? -1 : 0;
}

const s_add_note = ID('add_note');

/** Adds a note to the current exception (PEP 678). */
export function addNote(text: string): void {
  const e = PyErr_GetRaisedException();
  const note = PyUnicode_FromString(text);
  if (note !== 0) {
    const r = PyObject_CallMethodOneArg(e, idObj(s_add_note), note);
    decref(note);
    if (r !== 0) decref(r);
  }
  PyErr_Clear();
  PyErr_SetRaisedException(e);
}
