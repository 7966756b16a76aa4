// Which objects are kept alive only by each other, and how do they go?
//
// Invariant: between collections every tracked object is on the list of exactly one generation, _gc_next and _gc_prev are links, and
// no flag but GC_FINALIZED is set.  A collection runs only at a safe point (the evaluation loop, gc.collect(), finalization), never
// from inside an allocation: so native code may hold half-made objects.
//
// The algorithm is that of CPython's three generations.  The candidates are one generation and the younger ones, merged:
//
//   1. update:    each candidate's reference count is copied into its _gc_prev (the list is singly linked meanwhile);
//   2. subtract:  each reference from one candidate to another takes one off: what remains counts references from outside;
//   3. move:      candidates with 0 go to `unreachable`; those that turn out to be reachable from the others come back.
//
// What is unreachable dies in an order that shows no half-dead object to Python code: weak references to it are cleared and the callbacks
// of those that outlive it called; finalizers run (each once); then comes a second look at what the finalizers brought back to life; and
// only then tp_clear breaks the cycles.  Objects with the old tp_del, and what only they reach, are not collected but put
// into gc.garbage.

import { H32, staticAlloc, staticWord } from '../memory/linear.js';
import { PyObject_CallFunctionObjArgs } from './call.js';
import { PyDict_New, PyDict_SetItemString } from './dict.js';
import {
  PyErr_Clear,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetRaisedException,
  PyErr_SetString,
  PyErr_WriteUnraisable,
  reprText,
  typeName,
} from './errors.js';
import { fatalObject } from './fatal_object.js';
import { F, fn } from './functable.js';
import {
  GC_FINALIZED,
  GEN_COUNT,
  GEN_THRESHOLD,
  GENERATIONS,
  gc_collecting,
  gc_due,
  gc_enabled,
  gc_look_through,
  generation,
  PyObject_IS_GC,
} from './gc_head.js';
import { deduceUnreachable, UNREACHABLE } from './gc_deduce.js';
import {
  clearCollecting,
  isCollecting,
  listInit,
  listIsEmpty,
  listMerge,
  listMove,
  listSize,
  objectOf,
} from './gc_list.js';
import { GC_HEAD_SIZE } from './head.js';
import { decref, incref, newref, Py_REFCNT, Py_TYPE, xdecref } from './header.js';
import { PyList_Append, PyList_GET_ITEM, PyList_GET_SIZE, PyList_New } from './list.js';
import { PyLong_FromLong } from './long.js';
import { addressText } from './object.js';
import { NULL, type Obj } from './ptr.js';
import { rootWord } from './roots.js';
import { PyExc_ValueError, PyTuple_Type } from './statics.js';
import { _PyTuple_MaybeUntrack } from './tuple.js';
import { tp_clear, tp_del, tp_finalize, tp_traverse } from './type_layout.js';
import { PyUnicode_FromString } from './unicode.js';
import {
  _PyWeakref_ClearRef,
  _PyWeakref_ClearWeakRefsNoCallbacks,
  callWeakrefCallback,
  PyWeakref_Check,
  weakrefListAddress,
  wr_callback,
} from './weakref.js';

export const DEBUG_STATS = 1;
export const DEBUG_COLLECTABLE = 2;
export const DEBUG_UNCOLLECTABLE = 4;
export const DEBUG_SAVEALL = 32;
export const DEBUG_LEAK = DEBUG_COLLECTABLE | DEBUG_UNCOLLECTABLE | DEBUG_SAVEALL;

/** gc.set_debug(): an index into H32, as the next two. */
export const gc_debug = staticWord();
/** The lists gc.garbage and gc.callbacks (owned), NULL before initGC. */
export const gc_garbage = rootWord('gc.garbage');
export const gc_callbacks = rootWord('gc.callbacks');
/** Objects that have survived a full collection, and those that have come into the oldest generation since. */
const longLivedTotal = staticWord();
const longLivedPending = staticWord();

/** How many objects have survived a full collection (_testinternalcapi.get_long_lived_total). */
export function longLived(): number {
  return H32[longLivedTotal];
}

/** Figures of a generation: index of its first word in H32; then collections, collected, uncollectable. */
const stats = staticAlloc(GENERATIONS * 12) >> 2;

/** The figures of generation n for gc.get_stats(). */
export function generationStats(n: number): { collections: number; collected: number; uncollectable: number } {
  const at = stats + 3 * n;
  return { collections: H32[at], collected: H32[at + 1], uncollectable: H32[at + 2] };
}

// The heads of a collection's temporary lists; there is only one collection at a time.
const HEADS = staticAlloc(5 * 8);
const unreachable = HEADS;
const stillUnreachable = HEADS + 8;
const finalizers = HEADS + 16;
const callbacksToCall = HEADS + 24;
const seen = HEADS + 32;

let writeDebug: (text: string) => void = () => {};

/** src/modules/gc.ts says where the lines of gc.set_debug() go. */
export function setGCDebugWriter(write: (text: string) => void): void {
  writeDebug = write;
}

/** Makes gc.garbage and gc.callbacks: false with MemoryError. */
export function initGC(): boolean {
  H32[gc_garbage] = PyList_New(0);
  H32[gc_callbacks] = PyList_New(0);
  return H32[gc_garbage] !== 0 && H32[gc_callbacks] !== 0;
}

/** Gives back what initGC made (finalization). */
export function finiGC(): void {
  for (const word of [gc_garbage, gc_callbacks]) {
    const list = H32[word] as Obj;
    H32[word] = 0;
    xdecref(list);
  }
}

function traverse(o: Obj, visit: number, arg: number): void {
  F[H32[(Py_TYPE(o) + tp_traverse) >> 2]](o, visit, arg);
}

function clearUnreachableMarks(list: number): void {
  for (let h = H32[list >> 2]; h !== list; h = H32[h >> 2]) H32[h >> 2] &= ~UNREACHABLE;
}

function untrackTuples(list: number): void {
  let h = H32[list >> 2];
  while (h !== list) {
    const next = H32[h >> 2];
    if (Py_TYPE(objectOf(h)) === PyTuple_Type) _PyTuple_MaybeUntrack(objectOf(h));
    h = next;
  }
}

// --- what is done with the unreachable

function hasLegacyFinalizer(o: Obj): boolean {
  return H32[(Py_TYPE(o) + tp_del) >> 2] !== 0;
}

/** Takes objects with tp_del, and what they reach, out of the unreachable ones; clears the marks. */
function moveLegacyFinalizers(): void {
  listInit(finalizers);
  let h = H32[unreachable >> 2];
  while (h !== unreachable) {
    const next = H32[h >> 2] & ~UNREACHABLE;
    H32[h >> 2] = next;
    if (hasLegacyFinalizer(objectOf(h))) {
      clearCollecting(h);
      listMove(h, finalizers);
    }
    h = next;
  }
  H32[gc_look_through] = 1;
  for (let f = H32[finalizers >> 2]; f !== finalizers; f = H32[f >> 2])
    traverse(objectOf(f), visitMoveIndex, finalizers);
  H32[gc_look_through] = 0;
}

function visitMove(o: Obj, list: number): number {
  if (!PyObject_IS_GC(o)) return 0;
  const head = o - GC_HEAD_SIZE;
  if (isCollecting(head)) {
    listMove(head, list);
    clearCollecting(head);
  }
  return 0;
}
const visitMoveIndex = fn(visitMove);

/**
 * Makes all weak references to unreachable objects, and those among them, dead, so that no finalizer finds anything through one; then calls
 * the callbacks and answers how many references died of it.  A reference that is itself unreachable is not called: nobody could have
 * noticed the difference, and the callback might reach what is about to be cleared.
 */
function handleWeakrefs(old: number): number {
  listInit(callbacksToCall);
  for (let h = H32[unreachable >> 2]; h !== unreachable; h = H32[h >> 2]) {
    const o = objectOf(h);
    if (PyWeakref_Check(o)) _PyWeakref_ClearRef(o);
    const list = weakrefListAddress(o);
    if (list === 0) continue;
    for (let w = H32[list >> 2] as Obj; w !== 0; w = H32[list >> 2] as Obj) {
      _PyWeakref_ClearRef(w);
      if (H32[(w + wr_callback) >> 2] === 0 || isCollecting(w - GC_HEAD_SIZE)) continue;
      incref(w);
      listMove(w - GC_HEAD_SIZE, callbacksToCall);
    }
  }
  let freed = 0;
  while (!listIsEmpty(callbacksToCall)) {
    const head = H32[callbacksToCall >> 2];
    const w = objectOf(head);
    callWeakrefCallback(w, H32[(w + wr_callback) >> 2] as Obj);
    decref(w);
    // The reference of our own may have been the last one.
    if (H32[callbacksToCall >> 2] === head) listMove(head, old);
    else freed++;
  }
  return freed;
}

/** Runs tp_finalize of what has not been finalized yet; anything may happen to the list meanwhile. */
function finalizeGarbage(list: number): void {
  listInit(seen);
  while (!listIsEmpty(list)) {
    const head = H32[list >> 2];
    const o = objectOf(head);
    listMove(head, seen);
    const finalize = H32[(Py_TYPE(o) + tp_finalize) >> 2];
    if (finalize !== 0 && (H32[(head + 4) >> 2] & GC_FINALIZED) === 0) {
      H32[(head + 4) >> 2] |= GC_FINALIZED;
      incref(o);
      F[finalize](o);
      decref(o);
    }
  }
  listMerge(seen, list);
}

/** After finalizers: what is reachable again goes to `old`, the rest to `stillUnreachable`. */
function handleResurrected(old: number): void {
  for (let h = H32[unreachable >> 2]; h !== unreachable; h = H32[h >> 2]) clearCollecting(h);
  deduceUnreachable(unreachable, stillUnreachable);
  clearUnreachableMarks(stillUnreachable);
  listMerge(unreachable, old);
}

/** Finalizers may have made new weak references: from here on nobody can get at the garbage through one. */
function clearWeakrefs(list: number): void {
  for (let h = H32[list >> 2]; h !== list; h = H32[h >> 2]) {
    const o = objectOf(h);
    if (PyWeakref_Check(o)) _PyWeakref_ClearRef(o);
    _PyWeakref_ClearWeakRefsNoCallbacks(o);
  }
}

/** Breaks the cycles (or saves the objects, with DEBUG_SAVEALL). */
function deleteGarbage(list: number, old: number): void {
  while (!listIsEmpty(list)) {
    const head = H32[list >> 2];
    const o = objectOf(head);
    if (Py_DEBUG && Py_REFCNT(o) <= 0) fatalObject(o, 'refcount is too small');
    if (H32[gc_debug] & DEBUG_SAVEALL) {
      if (PyList_Append(H32[gc_garbage] as Obj, o) < 0) PyErr_Clear();
    } else {
      const clear = H32[(Py_TYPE(o) + tp_clear) >> 2];
      if (clear !== 0) {
        incref(o);
        F[clear](o);
        if (PyErr_Occurred() !== 0) PyErr_WriteUnraisable(NULL, `in tp_clear of ${typeName(o)}`);
        decref(o);
      }
    }
    if (H32[list >> 2] === head) {
      clearCollecting(head);
      listMove(head, old);
    }
  }
}

function handleLegacyFinalizers(old: number): void {
  for (let h = H32[finalizers >> 2]; h !== finalizers; h = H32[h >> 2]) {
    const o = objectOf(h);
    if (H32[gc_debug] & DEBUG_SAVEALL || hasLegacyFinalizer(o)) {
      if (PyList_Append(H32[gc_garbage] as Obj, o) < 0) {
        PyErr_Clear();
        break;
      }
    }
  }
  listMerge(finalizers, old);
}

// --- a collection

function setInfo(info: Obj, key: string, value: number): boolean {
  const v = PyLong_FromLong(value);
  const ok = v !== 0 && PyDict_SetItemString(info, key, v) === 0;
  xdecref(v);
  return ok;
}

/** Tells gc.callbacks. */
function invokeCallbacks(phase: string, gen: number, collected: number, uncollectable: number): void {
  const callbacks = H32[gc_callbacks] as Obj;
  if (callbacks === 0 || PyList_GET_SIZE(callbacks) === 0) return;
  const info = PyDict_New();
  const phaseObj = info === 0 ? NULL : PyUnicode_FromString(phase);
  const ok =
    phaseObj !== 0 &&
    setInfo(info, 'generation', gen) &&
    setInfo(info, 'collected', collected) &&
    setInfo(info, 'uncollectable', uncollectable);
  if (!ok) PyErr_WriteUnraisable(NULL, 'on invoking gc callbacks');
  for (let i = 0; ok && i < PyList_GET_SIZE(callbacks); i++) {
    const callback = newref(PyList_GET_ITEM(callbacks, i));
    const r = PyObject_CallFunctionObjArgs(callback, phaseObj, info);
    if (r === 0) PyErr_WriteUnraisable(callback, `calling GC callback ${reprText(callback)}`);
    else decref(r);
    decref(callback);
  }
  xdecref(phaseObj);
  xdecref(info);
}

/** The oldest generation whose threshold is passed, or -1. */
function selectGeneration(): number {
  for (let n = GENERATIONS - 1; n >= 0; n--) {
    const g = generation(n);
    const threshold = H32[(g + GEN_THRESHOLD) >> 2];
    if (H32[(g + GEN_COUNT) >> 2] <= threshold) continue;
    // A full collection costs as much as there are old objects: it waits until a quarter of them is new (linear in the end).
    if (n === GENERATIONS - 1 && H32[longLivedPending] < H32[longLivedTotal] >> 2) continue;
    return n;
  }
  return -1;
}

function debugObjects(message: string, list: number): number {
  let n = 0;
  const show = message !== '';
  for (let h = H32[list >> 2]; h !== list; h = H32[h >> 2]) {
    n++;
    if (show) writeDebug(`gc: ${message} <${typeName(objectOf(h))} ${addressText(h + GC_HEAD_SIZE)}>\n`);
  }
  return n;
}

function debugHeader(gen: number): void {
  const sizes = [0, 1, 2].map((n) => listSize(generation(n)));
  writeDebug(`gc: collecting generation ${gen}...\n`);
  writeDebug(`gc: objects in each generation: ${sizes.join(' ')}\n`);
  writeDebug(`gc: objects in permanent generation: ${listSize(generation(GENERATIONS))}\n`);
}

/** Collects generation `gen` and the younger ones; answers how many unreachable objects there were.  0 if a collection is running. */
function collect(gen: number, atShutdown: boolean): number {
  if (H32[gc_collecting] !== 0) return 0;
  H32[gc_collecting] = 1;
  if (!atShutdown) invokeCallbacks('start', gen, 0, 0);
  const debug = H32[gc_debug];
  let startTime = 0;
  if (debug & DEBUG_STATS) {
    debugHeader(gen);
    startTime = performance.now();
  }
  if (gen + 1 < GENERATIONS) H32[(generation(gen + 1) + GEN_COUNT) >> 2]++;
  for (let n = 0; n <= gen; n++) H32[(generation(n) + GEN_COUNT) >> 2] = 0;
  for (let n = 0; n < gen; n++) listMerge(generation(n), generation(gen));
  const young = generation(gen);
  const old = gen < GENERATIONS - 1 ? generation(gen + 1) : young;

  deduceUnreachable(young, unreachable);
  untrackTuples(young);
  if (young !== old) {
    if (gen === GENERATIONS - 2) H32[longLivedPending] += listSize(young);
    listMerge(young, old);
  } else {
    H32[longLivedPending] = 0;
    H32[longLivedTotal] = listSize(young);
  }
  moveLegacyFinalizers();
  if (debug & DEBUG_COLLECTABLE) debugObjects('collectable', unreachable);

  let found = handleWeakrefs(old);
  finalizeGarbage(unreachable);
  handleResurrected(old);
  clearWeakrefs(stillUnreachable);
  found += listSize(stillUnreachable);
  deleteGarbage(stillUnreachable, old);

  const uncollectable = debugObjects(debug & DEBUG_UNCOLLECTABLE ? 'uncollectable' : '', finalizers);
  if (debug & DEBUG_STATS) {
    const seconds = ((performance.now() - startTime) / 1000).toFixed(4);
    writeDebug(`gc: done, ${found + uncollectable} unreachable, ${uncollectable} uncollectable, ${seconds}s elapsed\n`);
  }
  handleLegacyFinalizers(old);
  if (PyErr_Occurred() !== 0) {
    if (atShutdown) PyErr_Clear();
    else PyErr_WriteUnraisable(NULL, 'in garbage collection');
  }
  const at = stats + 3 * gen;
  H32[at]++;
  H32[at + 1] += found;
  H32[at + 2] += uncollectable;
  if (!atShutdown) invokeCallbacks('stop', gen, found, uncollectable);
  H32[gc_collecting] = 0;
  return found + uncollectable;
}

/** At a safe point: runs the collection that is due, if there is one.  Keeps an exception that is set. */
export function _Py_RunGC(): void {
  H32[gc_due] = 0;
  if (H32[gc_enabled] === 0 || H32[gc_collecting] !== 0) return;
  const gen = selectGeneration();
  if (gen < 0) return;
  const saved = PyErr_GetRaisedException();
  collect(gen, false);
  if (saved !== 0) PyErr_SetRaisedException(saved);
}

/** gc.collect(n) whether or not automatic collection is on: how many unreachable objects were found. */
export function collectGeneration(n: number): number {
  const saved = PyErr_GetRaisedException();
  const found = collect(n, false);
  if (saved !== 0) PyErr_SetRaisedException(saved);
  return found;
}

/** A full collection if the collector is enabled: how many unreachable objects were found. */
export function PyGC_Collect(): number {
  return H32[gc_enabled] === 0 ? 0 : collectGeneration(GENERATIONS - 1);
}

/** A full collection during finalization: no callbacks, errors forgotten. */
export function _PyGC_CollectNoFail(): number {
  return collect(GENERATIONS - 1, true);
}

/** PyGC_Enable, PyGC_Disable: whether automatic collection was on. */
export function PyGC_Enable(): boolean {
  const was = H32[gc_enabled] !== 0;
  H32[gc_enabled] = 1;
  return was;
}

export function PyGC_Disable(): boolean {
  const was = H32[gc_enabled] !== 0;
  H32[gc_enabled] = 0;
  return was;
}

export function PyGC_IsEnabled(): boolean {
  return H32[gc_enabled] !== 0;
}

// --- looking at the lists

/** gc.get_objects(n), or of all generations if n is -1: a new list, or NULL. */
export function _PyGC_GetObjects(n: number): Obj {
  if (n >= GENERATIONS) {
    return PyErr_SetString(
      PyExc_ValueError,
      `generation parameter must be less than the number of available generations (${GENERATIONS})`,
    );
  }
  const result = PyList_New(0);
  if (result === 0) return NULL;
  for (let g = Math.max(n, 0); g < (n < 0 ? GENERATIONS : n + 1); g++) {
    const list = generation(g);
    for (let h = H32[list >> 2]; h !== list; h = H32[h >> 2]) {
      if (objectOf(h) !== result && PyList_Append(result, objectOf(h)) < 0) {
        decref(result);
        return NULL;
      }
    }
  }
  return result;
}

let wanted: ReadonlySet<number> = new Set();

function visitIsWanted(o: Obj): number {
  return wanted.has(o) ? 1 : 0;
}
const visitIsWantedIndex = fn(visitIsWanted);

/** The tracked objects that refer to one of `objs` (a tuple): a new list, or NULL. */
export function _PyGC_GetReferrers(objs: Obj, members: ReadonlySet<number>): Obj {
  const result = PyList_New(0);
  if (result === 0) return NULL;
  wanted = members;
  for (let g = 0; g < GENERATIONS; g++) {
    const list = generation(g);
    for (let h = H32[list >> 2]; h !== list; h = H32[h >> 2]) {
      const o = objectOf(h);
      if (o === objs || o === result) continue;
      H32[gc_look_through] = 1;
      const refers = F[H32[(Py_TYPE(o) + tp_traverse) >> 2]](o, visitIsWantedIndex, 0) !== 0;
      H32[gc_look_through] = 0;
      if (refers && PyList_Append(result, o) < 0) {
        decref(result);
        return NULL;
      }
    }
  }
  return result;
}

function visitAppend(o: Obj, list: Obj): number {
  return PyList_Append(list, o) < 0 ? 1 : 0;
}
const visitAppendIndex = fn(visitAppend);

/** Appends what `o` refers to, as its type's traversal tells, to `list`: 0, or -1 with MemoryError. */
export function appendReferents(o: Obj, list: Obj): number {
  const f = H32[(Py_TYPE(o) + tp_traverse) >> 2];
  if (!PyObject_IS_GC(o) || f === 0) return 0;
  H32[gc_look_through] = 1;
  const failed = F[f](o, visitAppendIndex, list) !== 0;
  H32[gc_look_through] = 0;
  return failed ? -1 : 0;
}

/** gc.freeze(): all tracked objects into the permanent generation. */
export function PyGC_Freeze(): void {
  for (let n = 0; n < GENERATIONS; n++) {
    listMerge(generation(n), generation(GENERATIONS));
    H32[(generation(n) + GEN_COUNT) >> 2] = 0;
  }
}

/** gc.unfreeze(): the permanent generation into the oldest. */
export function PyGC_Unfreeze(): void {
  listMerge(generation(GENERATIONS), generation(GENERATIONS - 1));
}

/** gc.get_freeze_count() */
export function PyGC_GetFreezeCount(): number {
  return listSize(generation(GENERATIONS));
}

/** Calls `visit` for every tracked object (PyUnstable_GC_VisitObjects); it must not allocate or free objects. */
export function visitTracked(visit: (o: Obj) => void): void {
  for (let n = 0; n <= GENERATIONS; n++) {
    const list = generation(n);
    for (let h = H32[list >> 2]; h !== list; h = H32[h >> 2]) visit(objectOf(h));
  }
}

/** Whether the finalizer of `o` has been run (gc.is_finalized). */
export function PyObject_GC_IsFinalized(o: Obj): boolean {
  return PyObject_IS_GC(o) && (H32[(o - GC_HEAD_SIZE + 4) >> 2] & GC_FINALIZED) !== 0;
}
