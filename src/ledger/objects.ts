// Which objects are there?
//
// Invariant: with Py_TRACE_REFS every live object is found: those of the static area, and those on the list of all objects.  In the other builds
// found are the objects that can be reached from the roots, from the frames or from an object that the collector tracks: an untracked object that
// nobody refers to any more has no trace there but its block.
//
// For users of this file: `Addresses` is JavaScript memory; the heap is only read.

import { H32 } from '../memory/linear.js';
import { typeSpecs } from '../object/declare.js';
import { GENERATIONS, generation } from '../object/gc_head.js';
import { _ob_next, GC_HEAD_SIZE } from '../object/head.js';
import { refchain } from '../object/header.js';
import type { Obj } from '../object/ptr.js';
import {
  BYTE_CHARS,
  BYTE_SIZE,
  emptyBytes,
  emptyString,
  emptyTuple,
  LATIN1_CHARS,
  LATIN1_SIZE,
  Py_Ellipsis,
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  SMALL_INT_MAX,
  SMALL_INT_MIN,
  SMALL_INT_SIZE,
  SMALL_INT_ZERO,
} from '../object/statics.js';

/** Whether this build knows every object. */
export const KNOWS_ALL = Py_TRACE_REFS;

/** A list of addresses that grows. */
export class Addresses {
  at = new Int32Array(1 << 16);
  length = 0;

  push(o: number): void {
    if (this.length === this.at.length) {
      const wider = new Int32Array(2 * this.length);
      wider.set(this.at);
      this.at = wider;
    }
    this.at[this.length++] = o;
  }
}

/** Calls `visit` for each object of the static area that is no type; the static area owns one reference to each. */
export function forEachSingleton(visit: (o: Obj) => void): void {
  for (const o of [Py_None, Py_NotImplemented, Py_Ellipsis, Py_True, Py_False, emptyTuple]) visit(o);
  for (let n = SMALL_INT_MIN; n <= SMALL_INT_MAX; n++) visit((SMALL_INT_ZERO + n * SMALL_INT_SIZE) as Obj);
  for (let o = LATIN1_CHARS; o <= emptyString; o = (o + LATIN1_SIZE) as Obj) visit(o);
  for (let o = BYTE_CHARS; o <= emptyBytes; o = (o + BYTE_SIZE) as Obj) visit(o);
}

/** Calls `visit` for each static type. */
export function forEachStaticType(visit: (o: Obj) => void): void {
  for (const { type } of typeSpecs) visit(type);
}

/** Calls `visit` for each object on the list of all objects (Py_TRACE_REFS), the most recent first. */
export function forEachListed(visit: (o: Obj) => void): void {
  if (!Py_TRACE_REFS) return;
  const first = H32[(refchain + _ob_next) >> 2] as Obj;
  if (first === 0) return;
  for (let o = first; o !== refchain; o = H32[(o + _ob_next) >> 2] as Obj) visit(o);
}

/** Calls `visit` for each object that the collector tracks. */
export function forEachTracked(visit: (o: Obj) => void): void {
  for (let n = 0; n <= GENERATIONS; n++) {
    const list = generation(n);
    for (let h = H32[list >> 2]; h !== list && h !== 0; h = H32[h >> 2]) visit((h + GC_HEAD_SIZE) as Obj);
  }
}
