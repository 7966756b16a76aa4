// Which candidates are reachable only from each other?
//
// Invariant: before and after deduceUnreachable the lists are what gc_list.ts says; in between, a candidate's _gc_prev holds a count (see
// gc.ts for the three steps).  No Python code runs here and nothing is allocated.

import { H32 } from '../memory/linear.js';
import { ma_keys, ma_used, ma_values } from './dict.js';
import { DICT_KEYS_GENERAL, dk_entries, dk_kind, dk_nentries } from './dict_keys.js';
import { fatalObject } from './fatal_object.js';
import { F, fn } from './functable.js';
import {
  GC_COLLECTING,
  GC_FINALIZED,
  GC_FLAGS,
  gc_look_through,
  PyObject_GC_IsTracked,
  PyObject_IS_GC,
} from './gc_head.js';
import { listAppend, listInit, objectOf, setPrev } from './gc_list.js';
import { GC_HEAD_SIZE } from './head.js';
import { Py_REFCNT, Py_TYPE } from './header.js';
import { layoutRecord } from './layout.js';
import { _PyObject_GetDictPtr } from './object.js';
import type { Obj } from './ptr.js';
import { PyDict_Type } from './statics.js';
import { layoutTraverseIndex, subtypeTraverseIndex } from './subtype.js';
import {
  ht_slots_offset,
  ob_size,
  Py_TPFLAGS_HEAPTYPE,
  tp_base,
  tp_dictoffset,
  tp_flags,
  tp_layout,
  tp_traverse,
} from './type_layout.js';

/** In _gc_next, during a collection: on the list of what is unreachable so far. */
export const UNREACHABLE = 2;
const REFS_SHIFT = 3;

function updateRefs(list: number): void {
  'use wasm always';
  for (let h = H32[list >> 2]; h !== list; h = H32[h >> 2]) {
    const refs = Py_REFCNT(objectOf(h));
    if (Py_DEBUG && refs <= 0) fatalObject(objectOf(h), 'a tracked object has no references');
    H32[(h + 4) >> 2] = (refs << REFS_SHIFT) | GC_COLLECTING | (H32[(h + 4) >> 2] & GC_FINALIZED);
  }
}

function visitDecref(o: Obj): number {
  'use wasm';
  if (!PyObject_IS_GC(o)) return 0;
  const at = (o - GC_HEAD_SIZE + 4) >> 2;
  const word = H32[at];
  if ((word & GC_COLLECTING) !== 0) {
    if (Py_DEBUG && word >> REFS_SHIFT <= 0) fatalObject(o, 'refcount is too small');
    H32[at] = word - (1 << REFS_SHIFT);
  }
  return 0;
}
const visitDecrefIndex = fn(visitDecref);

/** What stands in the place of the list while references are subtracted. */
const SUBTRACT = 0;

/** Does to `o` what the present step does to everything that is referred to. */
function visit(o: Obj, list: number): void {
  'use wasm';
  if (list === SUBTRACT) visitDecref(o);
  else visitReachable(o, list);
}

/**
 * Visits what `o` refers to, as its tp_traverse would.  What nearly all objects are (a declared layout, an instance of a class, a
 * dict) is done here, where it is compiled (scripts/kernel_compiler.mjs); the others have their own functions called.
 */
function visitAll(o: Obj, list: number): void {
  'use wasm';
  const type = Py_TYPE(o);
  visitAs(o, type, H32[(type + tp_traverse) >> 2], list);
}

function visitAs(o: Obj, type: Obj, f: number, list: number): void {
  'use wasm';
  if (f === layoutTraverseIndex) visitFields(o, layoutRecord(H32[(type + tp_layout) >> 2]), list);
  else if (f === subtypeTraverseIndex) visitInstance(o, type, list);
  else if (f === H32[(PyDict_Type + tp_traverse) >> 2]) visitDict(o, list);
  else if (f !== 0) F[f](o, list === SUBTRACT ? visitDecrefIndex : visitReachableIndex, list);
}

function visitRange(start: number, n: number, list: number): void {
  'use wasm';
  for (let i = start >> 2, end = i + n; i < end; i++) {
    const r = H32[i] as Obj;
    if (r !== 0) visit(r, list);
  }
}

/** As traverseFields (layout.ts), from the layout's record in the heap. */
function visitFields(o: Obj, record: number, list: number): void {
  'use wasm';
  let at = record >> 2;
  for (let n = H32[at++]; n > 0; n--) {
    const r = H32[(o + H32[at++]) >> 2] as Obj;
    if (r !== 0) visit(r, list);
  }
  for (let n = H32[at++]; n > 0; n--) {
    const start = H32[(o + H32[at++]) >> 2];
    const count = H32[(o + H32[at++]) >> 2];
    if (start !== 0) visitRange(start, count, list);
  }
  const items = H32[at];
  if (items !== 0) visitRange(o + items, H32[(o + ob_size) >> 2], list);
}

/** As subtypeTraverse (subtype.ts). */
function visitInstance(o: Obj, type: Obj, list: number): void {
  'use wasm';
  let base = type;
  while (H32[(base + tp_traverse) >> 2] === subtypeTraverseIndex) {
    const n = H32[(base + ob_size) >> 2];
    if (n !== 0) visitRange(o + H32[(base + ht_slots_offset) >> 2], n, list);
    base = H32[(base + tp_base) >> 2] as Obj;
  }
  if (H32[(type + tp_dictoffset) >> 2] !== H32[(base + tp_dictoffset) >> 2]) {
    const at = _PyObject_GetDictPtr(o);
    const dict = (at === 0 ? 0 : H32[at >> 2]) as Obj;
    if (dict !== 0) {
      // A dictionary that only its instance knows is not tracked: the collector looks through it.
      if (PyObject_GC_IsTracked(dict)) visit(dict, list);
      else visitDict(dict, list);
    }
  }
  if (H32[(type + tp_flags) >> 2] & Py_TPFLAGS_HEAPTYPE) visit(type, list);
  visitAs(o, type, H32[(base + tp_traverse) >> 2], list);
}

/** As dict_traverse (dict.ts). */
function visitDict(d: Obj, list: number): void {
  'use wasm';
  const values = H32[(d + ma_values) >> 2];
  if (values !== 0) {
    visitRange(values, H32[(d + ma_used) >> 2], list);
    return;
  }
  const keys = H32[(d + ma_keys) >> 2];
  if (keys === 0) return;
  const general = H32[(keys + dk_kind) >> 2] === DICT_KEYS_GENERAL;
  let at = (H32[(keys + dk_entries) >> 2] >> 2) + (general ? 1 : 0);
  for (let n = H32[(keys + dk_nentries) >> 2]; n > 0; n--) {
    if (H32[at] !== 0) {
      visit(H32[at] as Obj, list);
      visit(H32[at + 1] as Obj, list);
    }
    at += general ? 3 : 2;
  }
}

function subtractRefs(list: number): void {
  'use wasm always';
  for (let h = H32[list >> 2]; h !== list; h = H32[h >> 2]) visitAll(objectOf(h), SUBTRACT);
}

/** Something reachable refers to `o`: it is no garbage, nor is what it refers to. */
function visitReachable(o: Obj, list: number): number {
  'use wasm';
  if (!PyObject_IS_GC(o)) return 0;
  const head = o - GC_HEAD_SIZE;
  const word = H32[(head + 4) >> 2];
  if ((word & GC_COLLECTING) === 0) return 0;
  const next = H32[head >> 2];
  if ((next & UNREACHABLE) !== 0) {
    // It had been given up too early: back to the end of the list, where it will be traversed.
    const prev = word & ~GC_FLAGS;
    H32[prev >> 2] = next;
    setPrev(next & ~UNREACHABLE, prev);
    listAppend(head, list);
    H32[(head + 4) >> 2] = (1 << REFS_SHIFT) | (word & GC_FLAGS);
  } else if (word >> REFS_SHIFT === 0) {
    H32[(head + 4) >> 2] = (1 << REFS_SHIFT) | (word & GC_FLAGS);
  }
  return 0;
}
const visitReachableIndex = fn(visitReachable);

function moveUnreachable(list: number, into: number): void {
  'use wasm always';
  let prev = list;
  let head = H32[list >> 2];
  while (head !== list) {
    if (H32[(head + 4) >> 2] >> REFS_SHIFT !== 0) {
      visitAll(objectOf(head), list);
      // A link again, and no longer a candidate.
      H32[(head + 4) >> 2] = prev | (H32[(head + 4) >> 2] & GC_FINALIZED);
      prev = head;
    } else {
      H32[prev >> 2] = H32[head >> 2];
      const last = H32[(into + 4) >> 2];
      H32[last >> 2] = head | UNREACHABLE;
      setPrev(head, last);
      H32[head >> 2] = into | UNREACHABLE;
      H32[(into + 4) >> 2] = head;
    }
    head = H32[prev >> 2];
  }
  H32[(list + 4) >> 2] = prev;
  H32[into >> 2] &= ~UNREACHABLE;
}

/** Moves what is reachable only from within `list` into `into`, whose members then have UNREACHABLE in _gc_next and are candidates. */
export function deduceUnreachable(list: number, into: number): void {
  listInit(into);
  updateRefs(list);
  H32[gc_look_through] = 1;
  subtractRefs(list);
  moveUnreachable(list, into);
  H32[gc_look_through] = 0;
}
