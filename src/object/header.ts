// How are references counted?
//
// Invariant: with Py_REF_DEBUG, RefTotal is the sum of ob_refcnt over all objects; with Py_TRACE_REFS, every live heap object is on
// the list of all objects exactly once; with COUNT_ALLOCS, allocs - frees of a type is the number of its live objects.
// Whoever makes an object calls _Py_NewReference once; whoever releases its memory has called _Py_ForgetReference once (through
// the deallocator).  incref and decref are tiny so that V8 always inlines them; what is rare is out of line.

import { fatalObject } from './fatal_object.js';
import { F } from './functable.js';
import { GC_FLAGS, PyObject_GC_UnTrack, PyObject_IS_GC } from './gc_head.js';
import { _ob_next, _ob_prev, GC_HEAD_SIZE, ob_refcnt, ob_type } from './head.js';
import type { Obj } from './ptr.js';
import { PyFloat_Type, PyLong_Type } from './statics.js';
import { PyObject_Free } from '../memory/alloc.js';
import { H32, STATIC_END, staticAlloc, staticWord } from '../memory/linear.js';
import { tp_allocs, tp_counts_next, tp_dealloc, tp_frees, tp_maxalloc, tp_tracked } from './type_layout.js';

/** Index (into H32) of the sum of all reference counts (Py_REF_DEBUG). */
export const RefTotal = staticWord();
/** Index of the most recently first-seen type (COUNT_ALLOCS). */
export const CountsHead = staticWord();
/** Indices of how often a shared object was handed out instead of a new one (COUNT_ALLOCS). */
export const countedEmptyTuples = staticWord();
export const countedSmallInts = staticWord();
export const countedNegativeInts = staticWord();
export const countedEmptyStrings = staticWord();
export const countedOneStrings = staticWord();
/** The sentinel of the list of all objects (Py_TRACE_REFS): only its two links are used. */
export const refchain = staticAlloc(8) as Obj;

/** Py_TRACE_REFS: the function (in F) that is told what happens to the counts of types marked tp_tracked, 0 if there are none. */
export const tracking = staticWord();
/** What it is told, before the count changes. */
export const TAKEN = 1;
export const GIVEN_BACK = -1;
export const MADE = 2;
export const GONE = 0;

function tell(o: Obj, what: number): void {
  'use wasm';
  if (H32[(Py_TYPE(o) + tp_tracked) >> 2] !== 0) F[H32[tracking]](o, what);
}

export function Py_REFCNT(o: Obj): number {
  'use wasm';
  return H32[(o + ob_refcnt) >> 2];
}

/** Returns the type, borrowed. */
export function Py_TYPE(o: Obj): Obj {
  'use wasm';
  return H32[(o + ob_type) >> 2] as Obj;
}

export function incref(o: Obj): void {
  'use wasm';
  if (Py_TRACE_REFS && H32[tracking] !== 0) tell(o, TAKEN);
  H32[(o + ob_refcnt) >> 2]++;
  if (Py_REF_DEBUG) H32[RefTotal]++;
}

/** Gives up one reference to `o` (never NULL); may run arbitrary code. */
export function decref(o: Obj): void {
  'use wasm';
  if (Py_REF_DEBUG) H32[RefTotal]--;
  if (Py_TRACE_REFS && H32[tracking] !== 0) tell(o, GIVEN_BACK);
  const n = --H32[(o + ob_refcnt) >> 2];
  if (n <= 0) lastDecref(o, n);
}

function lastDecref(o: Obj, n: number): void {
  'use wasm';
  if (Py_REF_DEBUG && n < 0) fatalObject(o, 'object has negative ref count', '_Py_NegativeRefcount');
  _Py_Dealloc(o);
}

/** incref for a reference that may be NULL. */
export function xincref(o: Obj): void {
  'use wasm';
  if (o !== 0) incref(o);
}

/** decref for a reference that may be NULL. */
export function xdecref(o: Obj): void {
  'use wasm';
  if (o !== 0) decref(o);
}

/** Returns a new reference to `o` (Py_NewRef). */
export function newref(o: Obj): Obj {
  'use wasm';
  incref(o);
  return o;
}

/** Py_XNewRef: as newref, NULL stays NULL. */
export function xnewref(o: Obj): Obj {
  'use wasm';
  if (o !== 0) incref(o);
  return o;
}

/** How deep deallocators may call each other before the rest waits (the "trashcan"). */
const DEALLOC_DEPTH = 200;
const deallocDepth = staticWord();
/** The GC head of the first object that waits to be deallocated. */
const deallocLater = staticWord();

/**
 * Runs the deallocator of an object whose count has come to 0.  A long chain of objects that own each other is taken apart in steps, so
 * that the depth of the JavaScript stack stays bounded.  An object that waits is untracked, keeps its count of 0 (a weak reference to it
 * must see that it is dying), and is linked through its GC head (_gc_prev, the finalized bit kept); others make no long chains.
 */
export function _Py_Dealloc(o: Obj): void {
  'use wasm';
  if (Py_TRACE_REFS || COUNT_ALLOCS) _Py_ForgetReference(o);
  if (H32[deallocDepth] >= DEALLOC_DEPTH && PyObject_IS_GC(o)) {
    PyObject_GC_UnTrack(o);
    H32[(o - GC_HEAD_SIZE + 4) >> 2] |= H32[deallocLater];
    H32[deallocLater] = o - GC_HEAD_SIZE;
    return;
  }
  const type = H32[(o + ob_type) >> 2];
  if ((type === PyLong_Type || type === PyFloat_Type) && o >= STATIC_END) {
    // What a loop drops most is nothing but its memory.
    PyObject_Free(o);
    return;
  }
  H32[deallocDepth]++;
  F[H32[(type + tp_dealloc) >> 2]](o);
  if (--H32[deallocDepth] === 0 && H32[deallocLater] !== 0) deallocWaiting();
}

function deallocWaiting(): void {
  H32[deallocDepth]++;
  while (H32[deallocLater] !== 0) {
    const head = H32[deallocLater];
    const link = H32[(head + 4) >> 2];
    H32[deallocLater] = link & ~GC_FLAGS;
    H32[(head + 4) >> 2] = link & GC_FLAGS;
    const o = head + GC_HEAD_SIZE;
    F[H32[(H32[(o + ob_type) >> 2] + tp_dealloc) >> 2]](o);
  }
  H32[deallocDepth]--;
}

/** Makes fresh memory an object of `type` with one reference; the type's own count is the caller's business. */
export function _Py_NewReference(o: Obj, type: Obj): void {
  'use wasm';
  H32[(o + ob_refcnt) >> 2] = 1;
  H32[(o + ob_type) >> 2] = type;
  if (Py_REF_DEBUG) H32[RefTotal]++;
  if (COUNT_ALLOCS) countAlloc(type);
  if (Py_TRACE_REFS) linkObject(o);
  if (Py_TRACE_REFS && H32[tracking] !== 0) tell(o, MADE);
}

/** As _Py_NewReference for an object that comes back to life in its deallocator, with `count` references. */
export function _Py_ResurrectReference(o: Obj): void {
  if (COUNT_ALLOCS) H32[(Py_TYPE(o) + tp_frees) >> 2]--;
  if (Py_TRACE_REFS) linkObject(o);
}

/** Sets a count outright, keeping the total. */
export function Py_SET_REFCNT(o: Obj, n: number): void {
  if (Py_REF_DEBUG) H32[RefTotal] += n - H32[(o + ob_refcnt) >> 2];
  H32[(o + ob_refcnt) >> 2] = n;
}

/** Takes a dying object off the list of all objects and out of its type's count. */
export function _Py_ForgetReference(o: Obj): void {
  'use wasm';
  if (COUNT_ALLOCS) H32[(Py_TYPE(o) + tp_frees) >> 2]++;
  if (Py_TRACE_REFS && H32[tracking] !== 0) tell(o, GONE);
  if (Py_TRACE_REFS) unlinkObject(o);
}

/** The list must not lose an object whose memory moved (realloc of a variable-size object). */
export function _Py_UnlinkForMove(o: Obj): void {
  if (Py_TRACE_REFS) unlinkObject(o);
}

/** The other half of _Py_UnlinkForMove: `o` is the object's new address; its header was copied. */
export function _Py_RelinkAfterMove(o: Obj): void {
  if (Py_TRACE_REFS) linkObject(o);
}

function linkObject(o: Obj): void {
  'use wasm';
  if (H32[refchain >> 2] === 0) {
    H32[(refchain + _ob_next) >> 2] = refchain;
    H32[(refchain + _ob_prev) >> 2] = refchain;
  }
  const first = H32[(refchain + _ob_next) >> 2];
  H32[(o + _ob_next) >> 2] = first;
  H32[(o + _ob_prev) >> 2] = refchain;
  H32[(first + _ob_prev) >> 2] = o;
  H32[(refchain + _ob_next) >> 2] = o;
}

function unlinkObject(o: Obj): void {
  'use wasm';
  const next = H32[(o + _ob_next) >> 2];
  const prev = H32[(o + _ob_prev) >> 2];
  // A static object was never linked: both links are 0.
  if (next === 0 && prev === 0) return;
  if (H32[(next + _ob_prev) >> 2] !== o || H32[(prev + _ob_next) >> 2] !== o) {
    fatalObject(o, 'object is not properly linked in the list of all objects', '_Py_ForgetReference');
  }
  H32[(prev + _ob_next) >> 2] = next;
  H32[(next + _ob_prev) >> 2] = prev;
  H32[(o + _ob_next) >> 2] = 0;
  H32[(o + _ob_prev) >> 2] = 0;
}

/** Takes a dying class out of the list of types that have been counted (COUNT_ALLOCS). */
export function forgetCounts(type: Obj): void {
  const next = H32[(type + tp_counts_next) >> 2];
  if (next === 0) return;
  let at = CountsHead;
  while (H32[at] > 0 && H32[at] !== type) at = (H32[at] + tp_counts_next) >> 2;
  if (H32[at] === type) H32[at] = next;
}

function countAlloc(type: Obj): void {
  'use wasm';
  const allocs = ++H32[(type + tp_allocs) >> 2];
  if (allocs === 1 && H32[(type + tp_counts_next) >> 2] === 0) {
    H32[(type + tp_counts_next) >> 2] = H32[CountsHead] || -1;
    H32[CountsHead] = type;
  }
  const alive = allocs - H32[(type + tp_frees) >> 2];
  if (alive > H32[(type + tp_maxalloc) >> 2]) H32[(type + tp_maxalloc) >> 2] = alive;
}
