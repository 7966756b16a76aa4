// How are instances traversed, cleared and deallocated?
//
// Invariant: a static type's derived functions work from its layout alone; a class made by Python code adds its `__slots__` members, its
// dictionary, its list of weak references and its reference to the type itself, on top of what its nearest native base does.  After a
// deallocator has run, the object's memory is free and every reference it owned has been given back exactly once.

import { PyMem_Free } from '../memory/alloc.js';
import { H32 } from '../memory/linear.js';
import { dict_traverse } from './dict.js';
import { fatalObject } from './fatal_object.js';
import { PyErr_GetRaisedException, PyErr_SetRaisedException } from './errors.js';
import { F, fn } from './functable.js';
import {
  GC_FINALIZED,
  gc_look_through,
  PyObject_GC_IsTracked,
  PyObject_GC_Track,
  PyObject_GC_UnTrack,
} from './gc_head.js';
import { GC_HEAD_SIZE, HEAD_SIZE, ob_refcnt } from './head.js';
import { _Py_ResurrectReference, decref, Py_REFCNT, Py_TYPE, RefTotal } from './header.js';
import { type LayoutInfo, layouts, traverseFields, traverseRange } from './layout.js';
import { freeObject, typeIsGC } from './new_object.js';
import { _PyObject_GetDictPtr } from './object.js';
import type { Obj } from './ptr.js';
import {
  ht_slots_offset,
  ob_size,
  Py_TPFLAGS_HEAPTYPE,
  tp_base,
  tp_clear,
  tp_dealloc,
  tp_del,
  tp_dictoffset,
  tp_finalize,
  tp_flags,
  tp_layout,
  tp_traverse,
  tp_weaklistoffset,
} from './type_layout.js';
import { PyObject_ClearWeakRefs } from './weakref.js';

function layoutOf(o: Obj): LayoutInfo {
  return layouts[H32[(Py_TYPE(o) + tp_layout) >> 2]] as LayoutInfo;
}

/** The derived tp_traverse of static types. */
export function layoutTraverse(o: Obj, visit: number, arg: number): number {
  return traverseFields(o, layoutOf(o), visit, arg);
}

function clearRange(start: number, n: number): void {
  for (let i = start >> 2, end = i + n; i < end; i++) {
    const r = H32[i] as Obj;
    H32[i] = 0;
    if (r !== 0) decref(r);
  }
}

function clearFields(o: Obj, info: LayoutInfo): void {
  const offsets = info.refOffsets;
  for (let i = 0; i < offsets.length; i++) {
    const at = (o + offsets[i]) >> 2;
    const r = H32[at] as Obj;
    if (r !== 0) {
      H32[at] = 0;
      decref(r);
    }
  }
  for (const b of info.refBuffers) {
    const start = H32[(o + b.offset) >> 2];
    const n = H32[(o + b.countOffset) >> 2];
    if (start === 0) continue;
    H32[(o + b.offset) >> 2] = 0;
    H32[(o + b.countOffset) >> 2] = 0;
    clearRange(start, n);
    PyMem_Free(start);
  }
  if (info.itemsAreRefs) clearRange(o + info.basicsize, H32[(o + HEAD_SIZE) >> 2]);
}

/** The derived tp_clear of static types: gives back every reference. */
export function layoutClear(o: Obj): number {
  clearFields(o, layoutOf(o));
  return 0;
}

/** The derived tp_dealloc of static types. */
export function layoutDealloc(o: Obj): void {
  const info = layoutOf(o);
  if (typeIsGC(Py_TYPE(o))) PyObject_GC_UnTrack(o);
  if (info.weaklistOffset !== 0 && H32[(o + info.weaklistOffset) >> 2] !== 0) PyObject_ClearWeakRefs(o);
  clearFields(o, info);
  for (const offset of info.bufferOffsets) {
    const p = H32[(o + offset) >> 2];
    H32[(o + offset) >> 2] = 0;
    if (p !== 0) PyMem_Free(p);
  }
  freeObject(o);
}

/** The tp_dealloc of objects that are never released while the runtime lives (singletons): coming here is a missing incref. */
export function immortalDealloc(o: Obj): void {
  fatalObject(o, 'deallocating a static object');
}

export const layoutTraverseIndex = fn(layoutTraverse);
export const layoutClearIndex = fn(layoutClear);
export const layoutDeallocIndex = fn(layoutDealloc);

/** The nearest base whose function in `slot` is not `own`. */
function nativeBase(type: Obj, slot: number, own: number): Obj {
  let base = type;
  while (base !== 0 && H32[(base + slot) >> 2] === own) base = H32[(base + tp_base) >> 2] as Obj;
  return base;
}

function subtypeTraverse(o: Obj, visit: number, arg: number): number {
  const type = Py_TYPE(o);
  let base = type;
  // The slots of this class and of each base that is made the same way.
  while (H32[(base + tp_traverse) >> 2] === subtypeTraverseIndex) {
    const n = H32[(base + ob_size) >> 2];
    if (n !== 0) {
      const answer = traverseRange(o + H32[(base + ht_slots_offset) >> 2], n, visit, arg);
      if (answer) return answer;
    }
    base = H32[(base + tp_base) >> 2] as Obj;
  }
  if (H32[(type + tp_dictoffset) >> 2] !== H32[(base + tp_dictoffset) >> 2]) {
    const at = _PyObject_GetDictPtr(o);
    const dict = (at === 0 ? 0 : H32[at >> 2]) as Obj;
    if (dict !== 0) {
      const inside = H32[gc_look_through] !== 0 && !PyObject_GC_IsTracked(dict);
      const answer = inside ? dict_traverse(dict, visit, arg) : F[visit](dict, arg);
      if (answer) return answer;
    }
  }
  if (H32[(type + tp_flags) >> 2] & Py_TPFLAGS_HEAPTYPE) {
    const answer = F[visit](type, arg);
    if (answer) return answer;
  }
  const f = H32[(base + tp_traverse) >> 2];
  return f !== 0 ? F[f](o, visit, arg) : 0;
}

function subtypeClear(o: Obj): number {
  const type = Py_TYPE(o);
  let base = type;
  while (H32[(base + tp_clear) >> 2] === subtypeClearIndex) {
    const n = H32[(base + ob_size) >> 2];
    if (n !== 0) clearRange(o + H32[(base + ht_slots_offset) >> 2], n);
    base = H32[(base + tp_base) >> 2] as Obj;
  }
  if (H32[(type + tp_dictoffset) >> 2] !== H32[(base + tp_dictoffset) >> 2]) {
    const at = _PyObject_GetDictPtr(o);
    if (at !== 0) clearRange(at, 1);
  }
  const f = H32[(base + tp_clear) >> 2];
  return f !== 0 ? F[f](o) : 0;
}

/** Runs tp_finalize once (PEP 442). */
export function PyObject_CallFinalizer(o: Obj): void {
  const type = Py_TYPE(o);
  const f = H32[(type + tp_finalize) >> 2];
  if (f === 0) return;
  if (typeIsGC(type)) {
    const at = (o - GC_HEAD_SIZE + 4) >> 2;
    if (H32[at] & GC_FINALIZED) return;
    F[f](o);
    H32[(o - GC_HEAD_SIZE + 4) >> 2] |= GC_FINALIZED;
  } else F[f](o);
}

/** Runs the finalizer of an object whose count is 0; true if it has come back to life and must not be deallocated. */
export function PyObject_CallFinalizerFromDealloc(o: Obj): boolean {
  H32[(o + ob_refcnt) >> 2] = 1;
  if (Py_REF_DEBUG) H32[RefTotal]++;
  PyObject_CallFinalizer(o);
  if (Py_REF_DEBUG) H32[RefTotal]--;
  H32[(o + ob_refcnt) >> 2]--;
  if (Py_REFCNT(o) === 0) return false;
  _Py_ResurrectReference(o);
  return true;
}

function subtypeDealloc(o: Obj): void {
  let type = Py_TYPE(o);
  const gc = typeIsGC(type);
  if (H32[(type + tp_finalize) >> 2] !== 0 || H32[(type + tp_del) >> 2] !== 0) {
    if (gc && H32[(o - GC_HEAD_SIZE) >> 2] === 0) PyObject_GC_Track(o);
    if (PyObject_CallFinalizerFromDealloc(o)) return;
    // A finalizer may have assigned to __class__: what follows is for the class that the object has now.
    type = Py_TYPE(o);
    const del = H32[(type + tp_del) >> 2];
    if (del !== 0) {
      const weak = H32[(type + tp_weaklistoffset) >> 2];
      if (weak !== 0 && H32[(o + weak) >> 2] !== 0) PyObject_ClearWeakRefs(o);
      F[del](o);
      if (Py_REFCNT(o) > 0) return;
    }
  }
  const base = nativeBase(type, tp_dealloc, subtypeDeallocIndex);
  if (gc) PyObject_GC_UnTrack(o);
  // An exception in flight must survive whatever the callbacks of weak references do.
  const saved = PyErr_GetRaisedException();
  if (H32[(type + tp_weaklistoffset) >> 2] !== 0 && H32[(base + tp_weaklistoffset) >> 2] === 0) {
    if (H32[(o + H32[(type + tp_weaklistoffset) >> 2]) >> 2] !== 0) PyObject_ClearWeakRefs(o);
  }
  let t = type;
  while (t !== base) {
    const n = H32[(t + ob_size) >> 2];
    if (n !== 0) clearRange(o + H32[(t + ht_slots_offset) >> 2], n);
    t = H32[(t + tp_base) >> 2] as Obj;
  }
  if (H32[(type + tp_dictoffset) >> 2] !== H32[(base + tp_dictoffset) >> 2]) {
    const at = _PyObject_GetDictPtr(o);
    if (at !== 0) clearRange(at, 1);
  }
  if (saved !== 0) PyErr_SetRaisedException(saved);
  // The base's deallocator frees the memory, by the type's own flags; afterwards the instance's reference to its class is given back.
  const heap = (H32[(type + tp_flags) >> 2] & Py_TPFLAGS_HEAPTYPE) !== 0;
  F[H32[(base + tp_dealloc) >> 2]](o);
  if (heap) decref(type);
}

export const subtypeTraverseIndex = fn(subtypeTraverse);
export const subtypeClearIndex = fn(subtypeClear);
export const subtypeDeallocIndex = fn(subtypeDealloc);

/** The tp_dealloc of `object`: nothing but the memory. */
export function objectDealloc(o: Obj): void {
  freeObject(o);
}
