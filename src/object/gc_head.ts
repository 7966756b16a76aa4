// How is an object made collectable?
//
// Invariant: an object whose type has Py_TPFLAGS_HAVE_GC has 8 bytes in front of its header: _gc_next and _gc_prev.  An untracked
// object has _gc_next == 0.  A tracked one is on exactly one circular list whose sentinel is a generation's head.  _gc_prev is the
// address of the previous head with two flag bits at the bottom (heads are 8-byte aligned).  Links are addresses of heads, not of objects.

import { H32, STATIC_END, staticAlloc, staticWord } from '../memory/linear.js';
import { GC_HEAD_SIZE, ob_type } from './head.js';
import type { Obj } from './ptr.js';
import { Py_TPFLAGS_HAVE_GC, tp_flags } from './type_layout.js';

/** The finalizer has been run. */
export const GC_FINALIZED = 1;
/** Being examined by a collection: _gc_prev holds a count instead of a link. */
export const GC_COLLECTING = 2;
export const GC_FLAGS = 7;

/** A generation: the sentinel's two links, then threshold and count. */
export const GEN_THRESHOLD = 8;
export const GEN_COUNT = 12;
const GEN_SIZE = 16;
export const GENERATIONS = 3;
const gens = staticAlloc(GEN_SIZE * (GENERATIONS + 1));

/** The address of generation n's head; n == 3 is the permanent generation (gc.freeze). */
export function generation(n: number): number {
  return gens + n * GEN_SIZE;
}

/** Indices into H32: whether automatic collection is on; whether one runs; whether one is due at the next safe point. */
export const gc_enabled = staticWord();
export const gc_collecting = staticWord();
export const gc_due = staticWord();
/**
 * Index of a word that is 1 while the collector traverses: an instance dictionary that only its instance knows is then looked through, as if
 * its values were the instance's own fields.  Such a dictionary is not tracked (it is, from the moment somebody asks for it).
 */
export const gc_look_through = staticWord();

/** Gives the generations their empty lists and thresholds (2000, 10, 10), as in CPython 3.14. */
export function initGenerations(): void {
  for (let n = 0; n <= GENERATIONS; n++) {
    const g = generation(n);
    H32[g >> 2] = g;
    H32[(g + 4) >> 2] = g;
    H32[(g + GEN_THRESHOLD) >> 2] = n === 0 ? 2000 : n < GENERATIONS ? 10 : 0;
    H32[(g + GEN_COUNT) >> 2] = 0;
  }
  H32[gc_enabled] = 1;
}

/** Puts an untracked object on the youngest generation's list. */
export function PyObject_GC_Track(o: Obj): void {
  'use wasm';
  const head = o - GC_HEAD_SIZE;
  const last = H32[(gens + 4) >> 2];
  H32[last >> 2] = head;
  H32[(head + 4) >> 2] = last | (H32[(head + 4) >> 2] & GC_FINALIZED);
  H32[head >> 2] = gens;
  H32[(gens + 4) >> 2] = head;
}

/** Takes an object off its list; does nothing if it is not tracked. */
export function PyObject_GC_UnTrack(o: Obj): void {
  'use wasm';
  const head = o - GC_HEAD_SIZE;
  const next = H32[head >> 2];
  if (next === 0) return;
  const prev = H32[(head + 4) >> 2];
  H32[(prev & ~GC_FLAGS) >> 2] = next;
  H32[(next + 4) >> 2] = (prev & ~GC_FLAGS) | (H32[(next + 4) >> 2] & GC_FLAGS);
  H32[head >> 2] = 0;
  H32[(head + 4) >> 2] = prev & GC_FINALIZED;
}

/** Whether `o` has a GC head: its type is collectable, and it does not stand in the static area. */
export function PyObject_IS_GC(o: Obj): boolean {
  'use wasm';
  return (H32[(H32[(o + ob_type) >> 2] + tp_flags) >> 2] & Py_TPFLAGS_HAVE_GC) !== 0 && o >= STATIC_END;
}

/** Whether an object is tracked. */
export function PyObject_GC_IsTracked(o: Obj): boolean {
  'use wasm';
  return PyObject_IS_GC(o) && H32[(o - GC_HEAD_SIZE) >> 2] !== 0;
}

/** Counts one more young object; marks a collection due when the threshold is passed. */
export function gcCountAllocation(): void {
  'use wasm';
  const count = ++H32[(gens + GEN_COUNT) >> 2];
  if (
    count > H32[(gens + GEN_THRESHOLD) >> 2] &&
    H32[gc_enabled] !== 0 &&
    H32[(gens + GEN_THRESHOLD) >> 2] !== 0 &&
    H32[gc_collecting] === 0
  ) {
    H32[gc_due] = 1;
  }
}

/** Counts one young object less. */
export function gcCountFree(): void {
  'use wasm';
  if (H32[(gens + GEN_COUNT) >> 2] > 0) H32[(gens + GEN_COUNT) >> 2]--;
}
