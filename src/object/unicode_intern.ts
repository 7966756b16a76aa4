// Which str stands for all strs with its characters?
//
// Invariant: the intern table is an open-addressing hash table in the heap; an entry is the address of an interned exact str (not
// counted: an interned str dies like any other and is taken out by its deallocator), 0 (never used) or 1 (deleted).  A str is in the
// table exactly when its state says that it is interned; the static one-character strings and the empty string are interned without being there.

import { PyMem_RawFree, PyMem_RawMalloc } from '../memory/alloc.js';
import { H32, staticWord } from '../memory/linear.js';
import { decref, newref } from './header.js';
import { NULL, type Obj } from './ptr.js';
import { emptyString, LATIN1_CHARS, LATIN1_SIZE } from './statics.js';
import {
  PyUnicode_CheckExact,
  PyUnicode_FromString,
  PyUnicode_Hash,
  PyUnicode_READ_CHAR,
  STATE_INTERNED,
  U_LENGTH,
  U_STATE,
  unicode_eq,
} from './unicode.js';

const DELETED = 1;
const MIN_SLOTS = 1024;

/** Indices of: the table's address, its number of slots (a power of two), entries in use, entries used or deleted. */
const table = staticWord();
const slots = staticWord();
const used = staticWord();
const filled = staticWord();

function grow(): boolean {
  const size = Math.max(MIN_SLOTS, H32[used] * 4 > H32[slots] ? H32[slots] * 2 : H32[slots]);
  const fresh = PyMem_RawMalloc(size * 4) as number;
  if (fresh === 0) return false;
  H32.fill(0, fresh >> 2, (fresh >> 2) + size);
  const old = H32[table];
  const n = H32[slots];
  H32[table] = fresh;
  H32[slots] = size;
  H32[filled] = H32[used];
  for (let i = 0; i < n; i++) {
    const o = H32[(old >> 2) + i] as Obj;
    if (o > DELETED) H32[freeSlot(o)] = o;
  }
  if (old !== 0) PyMem_RawFree(old as Parameters<typeof PyMem_RawFree>[0]);
  return true;
}

function freeSlot(o: Obj): number {
  const mask = H32[slots] - 1;
  const base = H32[table] >> 2;
  let i = PyUnicode_Hash(o) & mask;
  while (H32[base + i] > DELETED) i = (i + 1) & mask;
  return base + i;
}

/**
 * Takes a reference to an str and returns one to the interned str with the same characters (which may be `o` itself).  A subtype's
 * instance is returned as it is.  Cannot fail: without memory `o` stays uninterned.
 */
export function PyUnicode_InternInPlace(o: Obj): Obj {
  if (H32[(o + U_STATE) >> 2] & STATE_INTERNED) return o;
  if (!PyUnicode_CheckExact(o)) return o;
  const n = H32[(o + U_LENGTH) >> 2];
  if (n <= 1) {
    const c = n === 0 ? 256 : PyUnicode_READ_CHAR(o, 0);
    if (n === 0 || c < 256) {
      decref(o);
      return newref((n === 0 ? emptyString : LATIN1_CHARS + c * LATIN1_SIZE) as Obj);
    }
  }
  if (H32[filled] * 3 >= H32[slots] * 2 && !grow()) return o;
  const mask = H32[slots] - 1;
  const base = H32[table] >> 2;
  const hash = PyUnicode_Hash(o);
  let at = -1;
  for (let i = hash & mask; ; i = (i + 1) & mask) {
    const e = H32[base + i] as Obj;
    if (e === 0) {
      if (at < 0) {
        at = base + i;
        H32[filled]++;
      }
      break;
    }
    if (e === DELETED) {
      if (at < 0) at = base + i;
    } else if (PyUnicode_Hash(e) === hash && unicode_eq(e, o)) {
      newref(e);
      decref(o);
      return e;
    }
  }
  H32[at] = o;
  H32[used]++;
  H32[(o + U_STATE) >> 2] |= STATE_INTERNED;
  return o;
}

/** Returns the interned str of a JavaScript string, a new reference; NULL with MemoryError. */
export function PyUnicode_InternFromString(s: string): Obj {
  const o = PyUnicode_FromString(s);
  return o === 0 ? NULL : PyUnicode_InternInPlace(o);
}

/** Takes a dying str out of the table. */
export function forgetInterned(o: Obj): void {
  const mask = H32[slots] - 1;
  const base = H32[table] >> 2;
  for (let i = PyUnicode_Hash(o) & mask; H32[base + i] !== 0; i = (i + 1) & mask) {
    if (H32[base + i] === o) {
      H32[base + i] = DELETED;
      H32[used]--;
      return;
    }
  }
}

/** The number of strs in the table (sys._getinterned-like statistics, tests). */
export function internedCount(): number {
  return H32[used];
}

/** Releases the table at the very end; strs that outlive it are no longer interned. */
export function finiIntern(): void {
  const base = H32[table] >> 2;
  if (base === 0) return;
  for (let i = 0; i < H32[slots]; i++) {
    const o = H32[base + i];
    if (o > DELETED) H32[(o + U_STATE) >> 2] &= ~STATE_INTERNED;
  }
  PyMem_RawFree(H32[table] as Parameters<typeof PyMem_RawFree>[0]);
  H32[table] = 0;
  H32[slots] = 0;
  H32[used] = 0;
  H32[filled] = 0;
}
