// How is memory turned into an object, and back?
//
// Invariant: an object's memory comes from PyObject_Malloc, zeroed past the header up to its size, with the GC head in front of it
// when its type is collectable; a heap type is referenced by each of its instances.

import { PyObject_Free, PyObject_Malloc, PyObject_Realloc } from '../memory/alloc.js';
import { H32, H8 } from '../memory/linear.js';
import { PyErr_NoMemory } from './no_memory.js';
import { GC_HEAD_SIZE, HEAD_SIZE, ob_type } from './head.js';
import { _Py_NewReference, _Py_RelinkAfterMove, _Py_UnlinkForMove, incref } from './header.js';
import { gcCountAllocation, gcCountFree, PyObject_GC_Track, PyObject_GC_UnTrack } from './gc_head.js';
import { NULL, type Obj } from './ptr.js';
import {
  ob_size,
  Py_TPFLAGS_HAVE_GC,
  Py_TPFLAGS_HEAPTYPE,
  tp_basicsize,
  tp_flags,
  tp_itemsize,
} from './type_layout.js';

function zero(p: number, end: number): void {
  'use wasm';
  if (end - p > 128) {
    zeroMany(p, end);
    return;
  }
  for (let i = p >> 2; i < end >> 2; i++) H32[i] = 0;
  for (let i = end & -4; i < end; i++) H8[i] = 0;
}

function zeroMany(p: number, end: number): void {
  H8.fill(0, p, end);
}

/** Whether instances of `type` have a GC head. */
export function typeIsGC(type: Obj): boolean {
  'use wasm';
  return (H32[(type + tp_flags) >> 2] & Py_TPFLAGS_HAVE_GC) !== 0;
}

/** The size in bytes of an instance of `type` with `nitems` items, without the GC head, rounded up to a word. */
export function _PyObject_VAR_SIZE(type: Obj, nitems: number): number {
  'use wasm';
  return (H32[(type + tp_basicsize) >> 2] + nitems * H32[(type + tp_itemsize) >> 2] + 3) & -4;
}

/**
 * PyType_GenericAlloc: returns a new object of `type`, zeroed, with `nitems` items (ob_size is set for variable-size types), tracked
 * by the collector if its type is collectable; NULL with MemoryError.
 */
export function PyType_GenericAlloc(type: Obj, nitems: number): Obj {
  'use wasm';
  const itemsize = H32[(type + tp_itemsize) >> 2];
  // One item more than asked for, as CPython: room for a sentinel or terminator.
  const o = allocObject(type, itemsize === 0 ? 0 : nitems + 1);
  if (o === 0) return NULL;
  if (itemsize !== 0) H32[(o + ob_size) >> 2] = nitems;
  if (typeIsGC(type)) PyObject_GC_Track(o);
  return o;
}

/** As PyType_GenericAlloc with no items, for both plain and collectable types, but NOT tracked: the maker tracks it once its fields are set. */
export function _PyObject_New(type: Obj): Obj {
  'use wasm';
  return allocObject(type, 0);
}

/** As _PyObject_New, with `nitems` items and ob_size set; not tracked. */
export function _PyObject_NewVar(type: Obj, nitems: number): Obj {
  'use wasm';
  const o = allocObject(type, nitems);
  if (o !== 0) H32[(o + ob_size) >> 2] = nitems;
  return o;
}

function allocObject(type: Obj, nitems: number): Obj {
  'use wasm';
  const gc = typeIsGC(type) ? GC_HEAD_SIZE : 0;
  const size = _PyObject_VAR_SIZE(type, nitems) + gc;
  if (size > 0x7fffff00) return PyErr_NoMemory();
  const p = PyObject_Malloc(size);
  if (p === 0) return PyErr_NoMemory();
  if (gc !== 0) {
    H32[p >> 2] = 0;
    H32[(p + 4) >> 2] = 0;
    gcCountAllocation();
  }
  const o = (p + gc) as Obj;
  zero(o + HEAD_SIZE, p + size);
  _Py_NewReference(o, type);
  if (H32[(type + tp_flags) >> 2] & Py_TPFLAGS_HEAPTYPE) incref(type);
  return o;
}

/** Grows or shrinks an object that nobody else refers to (and that is not tracked); returns its new place, or NULL with MemoryError (the object is then unchanged). */
export function _PyObject_Resize(o: Obj, nitems: number): Obj {
  const type = H32[(o + ob_type) >> 2] as Obj;
  const gc = typeIsGC(type) ? GC_HEAD_SIZE : 0;
  const size = _PyObject_VAR_SIZE(type, nitems) + gc;
  _Py_UnlinkForMove(o);
  const p = size > 0x7fffff00 ? 0 : PyObject_Realloc(o - gc, size);
  if (p === 0) {
    _Py_RelinkAfterMove(o);
    return PyErr_NoMemory();
  }
  const moved = (p + gc) as Obj;
  _Py_RelinkAfterMove(moved);
  H32[(moved + ob_size) >> 2] = nitems;
  return moved;
}

/** Gives back an object's memory (the tp_free of every type): GC head included; untracks it first if needed. */
export function freeObject(o: Obj): void {
  'use wasm';
  if (typeIsGC(H32[(o + ob_type) >> 2] as Obj)) {
    PyObject_GC_UnTrack(o);
    gcCountFree();
    PyObject_Free(o - GC_HEAD_SIZE);
  } else PyObject_Free(o);
}
