// How do iterators that yield tuples avoid making a new one each time?
//
// Invariant: an iterator keeps its last result; if nobody else refers to it any more, the same tuple is filled again.  It is then as good
// as new: tracked, and its cached hash forgotten.

import { H32 } from '../memory/linear.js';
import { PyObject_GC_IsTracked, PyObject_GC_Track } from '../object/gc_head.js';
import { incref, Py_REFCNT } from '../object/header.js';
import type { Obj } from '../object/ptr.js';
import { tuple_hash_field } from '../object/tuple.js';

/** Whether `t` may be filled again; then it has one more reference, which is the caller's result. */
export function takeRecycled(t: Obj): boolean {
  if (Py_REFCNT(t) !== 1) return false;
  incref(t);
  return true;
}

/** To be called when a recycled tuple has its new items. */
export function finishRecycled(t: Obj): void {
  H32[(t + tuple_hash_field) >> 2] = -1;
  if (!PyObject_GC_IsTracked(t)) PyObject_GC_Track(t);
}
