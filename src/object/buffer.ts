// How does one object show its memory to another (PEP 3118)?
//
// Invariant: a Py_buffer is a record in raw heap memory; a filled one owns a reference to `obj` (the exporter) until PyBuffer_Release,
// which sets it to NULL.  `format` is the address of a zero-terminated string; shape, strides and suboffsets are addresses of `ndim` words.
// They belong to the exporter and live as long as the buffer does.

import { PyMem_Free, PyMem_Malloc } from '../memory/alloc.js';
import { H32, H8, staticAlloc } from '../memory/linear.js';
import { errMinus1, PyErr_BadInternalCall, PyErr_SetString, typeName } from './errors.js';
import { F } from './functable.js';
import { ob_type } from './head.js';
import { decref, newref, Py_TYPE } from './header.js';
import { copyBytes } from './memcpy.js';
import { PyErr_NoMemory } from './no_memory.js';
import type { Obj, Ptr } from './ptr.js';
import { PyBytes_Type, PyExc_BufferError, PyExc_TypeError } from './statics.js';
import { bf_getbuffer, bf_releasebuffer, ob_size } from './type_layout.js';
import { ob_sval } from './bytes.js';

// The fields of a Py_buffer.
export const BUF_buf = 0;
export const BUF_obj = 4;
export const BUF_len = 8;
export const BUF_itemsize = 12;
export const BUF_readonly = 16;
export const BUF_ndim = 20;
export const BUF_format = 24;
export const BUF_shape = 28;
export const BUF_strides = 32;
export const BUF_suboffsets = 36;
export const BUF_internal = 40;
export const BUF_SIZE = 48;

// What the consumer asks for.
export const PyBUF_SIMPLE = 0;
export const PyBUF_WRITABLE = 0x0001;
export const PyBUF_FORMAT = 0x0004;
export const PyBUF_ND = 0x0008;
export const PyBUF_STRIDES = 0x0010 | PyBUF_ND;
export const PyBUF_C_CONTIGUOUS = 0x0020 | PyBUF_STRIDES;
export const PyBUF_F_CONTIGUOUS = 0x0040 | PyBUF_STRIDES;
export const PyBUF_ANY_CONTIGUOUS = 0x0080 | PyBUF_STRIDES;
export const PyBUF_INDIRECT = 0x0100 | PyBUF_STRIDES;
export const PyBUF_CONTIG = PyBUF_ND | PyBUF_WRITABLE;
export const PyBUF_CONTIG_RO = PyBUF_ND;
export const PyBUF_STRIDED = PyBUF_STRIDES | PyBUF_WRITABLE;
export const PyBUF_STRIDED_RO = PyBUF_STRIDES;
export const PyBUF_RECORDS = PyBUF_STRIDES | PyBUF_WRITABLE | PyBUF_FORMAT;
export const PyBUF_RECORDS_RO = PyBUF_STRIDES | PyBUF_FORMAT;
export const PyBUF_FULL = PyBUF_INDIRECT | PyBUF_WRITABLE | PyBUF_FORMAT;
export const PyBUF_FULL_RO = PyBUF_INDIRECT | PyBUF_FORMAT;
export const PyBUF_READ = 0x100;
export const PyBUF_WRITE = 0x200;
export const PyBUF_MAX_NDIM = 64;

/** A zero-terminated ASCII string in the static area (only while modules are evaluated). */
export function staticCString(s: string): number {
  const p = staticAlloc(s.length + 1, 4);
  for (let i = 0; i < s.length; i++) H8[p + i] = s.charCodeAt(i);
  H8[p + s.length] = 0;
  return p;
}

/** The format of unsigned bytes. */
export const FORMAT_B = staticCString('B');

/** A zero-terminated string as a JavaScript string. */
export function cString(p: number): string {
  let s = '';
  for (; H8[p] !== 0; p++) s += String.fromCharCode(H8[p]);
  return s;
}

/** The format of a buffer, 'B' if it has none. */
export function bufferFormat(view: number): string {
  const p = H32[(view + BUF_format) >> 2];
  return p === 0 ? 'B' : cString(p);
}

/** A zeroed Py_buffer in raw memory, to be given back with freeView; 0 with MemoryError. */
export function newView(): Ptr {
  const view = PyMem_Malloc(BUF_SIZE) as Ptr;
  if (view === 0) {
    PyErr_NoMemory();
    return 0 as Ptr;
  }
  for (let i = 0; i < BUF_SIZE; i += 4) H32[(view + i) >> 2] = 0;
  return view;
}

/** Gives back a Py_buffer of newView (released before, if it was filled). */
export function freeView(view: Ptr): void {
  PyMem_Free(view);
}

export function PyObject_CheckBuffer(o: Obj): boolean {
  return H32[(Py_TYPE(o) + bf_getbuffer) >> 2] !== 0;
}

/** Fills `view` with the memory of `o` as `flags` asks: 0, or -1 with an exception (view.obj is then NULL). */
export function PyObject_GetBuffer(o: Obj, view: number, flags: number): number {
  const f = H32[(Py_TYPE(o) + bf_getbuffer) >> 2];
  if (f === 0) {
    H32[(view + BUF_obj) >> 2] = 0;
    return errMinus1(PyExc_TypeError, `a bytes-like object is required, not '${typeName(o)}'`);
  }
  const r = F[f](o, view, flags);
  if (r < 0) H32[(view + BUF_obj) >> 2] = 0;
  return r;
}

/** Ends the use of a filled Py_buffer; does nothing to a released one.  May run code. */
export function PyBuffer_Release(view: number): void {
  const o = H32[(view + BUF_obj) >> 2] as Obj;
  if (o === 0) return;
  const f = H32[(Py_TYPE(o) + bf_releasebuffer) >> 2];
  if (f !== 0) F[f](o, view);
  H32[(view + BUF_obj) >> 2] = 0;
  decref(o);
}

/** Fills `view` for one run of bytes of `exporter`: 0, or -1 with BufferError if the consumer wants to write to read-only memory. */
export function PyBuffer_FillInfo(
  view: number,
  exporter: Obj,
  buf: number,
  len: number,
  readonly: boolean,
  flags: number,
): number {
  if (view === 0) return errMinus1(PyExc_BufferError, 'PyBuffer_FillInfo: view==NULL argument is obsolete');
  if (flags === PyBUF_READ || flags === PyBUF_WRITE) {
    PyErr_BadInternalCall();
    return -1;
  }
  if ((flags & PyBUF_WRITABLE) !== 0 && readonly) return errMinus1(PyExc_BufferError, 'Object is not writable.');
  const v = view >> 2;
  H32[v + (BUF_obj >> 2)] = exporter === 0 ? 0 : newref(exporter);
  H32[v + (BUF_buf >> 2)] = buf;
  H32[v + (BUF_len >> 2)] = len;
  H32[v + (BUF_readonly >> 2)] = readonly ? 1 : 0;
  H32[v + (BUF_itemsize >> 2)] = 1;
  H32[v + (BUF_format >> 2)] = flags & PyBUF_FORMAT ? FORMAT_B : 0;
  H32[v + (BUF_ndim >> 2)] = 1;
  H32[v + (BUF_shape >> 2)] = (flags & PyBUF_ND) === PyBUF_ND ? view + BUF_len : 0;
  H32[v + (BUF_strides >> 2)] = (flags & PyBUF_STRIDES) === PyBUF_STRIDES ? view + BUF_itemsize : 0;
  H32[v + (BUF_suboffsets >> 2)] = 0;
  H32[v + (BUF_internal >> 2)] = 0;
  return 0;
}

function isCContiguous(view: number): boolean {
  const strides = H32[(view + BUF_strides) >> 2];
  if (H32[(view + BUF_len) >> 2] === 0 || strides === 0) return true;
  const shape = H32[(view + BUF_shape) >> 2];
  let size = H32[(view + BUF_itemsize) >> 2];
  for (let i = H32[(view + BUF_ndim) >> 2] - 1; i >= 0; i--) {
    const dim = H32[(shape >> 2) + i];
    if (dim > 1 && H32[(strides >> 2) + i] !== size) return false;
    size *= dim;
  }
  return true;
}

function isFContiguous(view: number): boolean {
  const ndim = H32[(view + BUF_ndim) >> 2];
  const strides = H32[(view + BUF_strides) >> 2];
  const shape = H32[(view + BUF_shape) >> 2];
  if (H32[(view + BUF_len) >> 2] === 0) return true;
  if (strides === 0) {
    if (ndim <= 1) return true;
    let wide = 0;
    for (let i = 0; i < ndim; i++) if (H32[(shape >> 2) + i] > 1) wide++;
    return wide <= 1;
  }
  let size = H32[(view + BUF_itemsize) >> 2];
  for (let i = 0; i < ndim; i++) {
    const dim = H32[(shape >> 2) + i];
    if (dim > 1 && H32[(strides >> 2) + i] !== size) return false;
    size *= dim;
  }
  return true;
}

/** Whether the items follow each other in the order 'C', 'F' or 'A' (either). */
export function PyBuffer_IsContiguous(view: number, order: 'C' | 'F' | 'A'): boolean {
  if (H32[(view + BUF_suboffsets) >> 2] !== 0) return false;
  if (order === 'C') return isCContiguous(view);
  if (order === 'F') return isFContiguous(view);
  return isCContiguous(view) || isFContiguous(view);
}

/** The address of the item at `indices` (address of ndim words). */
export function PyBuffer_GetPointer(view: number, indices: number): number {
  let p = H32[(view + BUF_buf) >> 2];
  const strides = H32[(view + BUF_strides) >> 2];
  const sub = H32[(view + BUF_suboffsets) >> 2];
  const ndim = H32[(view + BUF_ndim) >> 2];
  for (let i = 0; i < ndim; i++) {
    p += H32[(strides >> 2) + i] * H32[(indices >> 2) + i];
    if (sub !== 0 && H32[(sub >> 2) + i] >= 0) p = H32[p >> 2] + H32[(sub >> 2) + i];
  }
  return p;
}

/** Fills `strides` for contiguous items of `itemsize` in the given order. */
export function PyBuffer_FillContiguousStrides(
  ndim: number,
  shape: number,
  strides: number,
  itemsize: number,
  order: 'C' | 'F',
): void {
  let size = itemsize;
  for (let k = 0; k < ndim; k++) {
    const i = order === 'F' ? k : ndim - 1 - k;
    H32[(strides >> 2) + i] = size;
    size *= H32[(shape >> 2) + i];
  }
}

/** The number of items along dimension i; a buffer without shape has one dimension. */
function dimOf(view: number, i: number): number {
  const shape = H32[(view + BUF_shape) >> 2];
  if (shape !== 0) return H32[(shape >> 2) + i];
  const itemsize = H32[(view + BUF_itemsize) >> 2];
  return itemsize === 0 ? 0 : Math.trunc(H32[(view + BUF_len) >> 2] / itemsize);
}

/** The distance in bytes between items along dimension i. */
function strideOf(view: number, i: number): number {
  const strides = H32[(view + BUF_strides) >> 2];
  if (strides !== 0) return H32[(strides >> 2) + i];
  let size = H32[(view + BUF_itemsize) >> 2];
  for (let k = H32[(view + BUF_ndim) >> 2] - 1; k > i; k--) size *= dimOf(view, k);
  return size;
}

/** Calls `item(address)` for each item in the order 'C' (last index fastest) or 'F'. */
export function forEachItem(view: number, order: 'C' | 'F', item: (address: number) => void): void {
  const ndim = H32[(view + BUF_ndim) >> 2];
  const buf = H32[(view + BUF_buf) >> 2];
  const sub = H32[(view + BUF_suboffsets) >> 2];
  if (ndim === 0) {
    item(buf);
    return;
  }
  const dims: number[] = [];
  const steps: number[] = [];
  for (let i = 0; i < ndim; i++) {
    dims.push(dimOf(view, i));
    steps.push(strideOf(view, i));
    if (dims[i] === 0) return;
  }
  const index = new Array<number>(ndim).fill(0);
  for (;;) {
    let p = buf;
    for (let i = 0; i < ndim; i++) {
      p += steps[i] * index[i];
      if (sub !== 0 && H32[(sub >> 2) + i] >= 0) p = H32[p >> 2] + H32[(sub >> 2) + i];
    }
    item(p);
    let k = order === 'C' ? ndim - 1 : 0;
    for (;;) {
      if (++index[k] < dims[k]) break;
      index[k] = 0;
      k += order === 'C' ? -1 : 1;
      if (k < 0 || k >= ndim) return;
    }
  }
}

/** Copies the items of a buffer to `to` (view.len bytes) one after the other in an order; 'A' keeps F order if that is how they lie. */
export function PyBuffer_ToContiguous(to: number, view: number, order: 'C' | 'F' | 'A'): number {
  if (PyBuffer_IsContiguous(view, order)) {
    copyBytes(to, H32[(view + BUF_buf) >> 2], H32[(view + BUF_len) >> 2]);
    return 0;
  }
  const itemsize = H32[(view + BUF_itemsize) >> 2];
  let at = to;
  forEachItem(view, order === 'F' ? 'F' : 'C', (p) => {
    copyBytes(at, p, itemsize);
    at += itemsize;
  });
  return 0;
}

/** The reverse of PyBuffer_ToContiguous: fills the buffer's items from `len` bytes at `from`. */
export function PyBuffer_FromContiguous(view: number, from: number, len: number, order: 'C' | 'F' | 'A'): number {
  const total = Math.min(len, H32[(view + BUF_len) >> 2]);
  if (PyBuffer_IsContiguous(view, order)) {
    copyBytes(H32[(view + BUF_buf) >> 2], from, total);
    return 0;
  }
  const itemsize = H32[(view + BUF_itemsize) >> 2];
  let at = from;
  forEachItem(view, order === 'F' ? 'F' : 'C', (p) => {
    if (at + itemsize > from + total) return;
    copyBytes(p, at, itemsize);
    at += itemsize;
  });
  return 0;
}

// ---- the common case: a run of bytes for the time of a native call ----------------------------------------------------------------

/** What acquireBytes found: valid until the next acquireBytes. */
export let rangeStart = 0;
export let rangeLength = 0;

/**
 * Lends the bytes of a bytes-like object: leaves rangeStart and rangeLength and returns a handle for releaseBytes; 0 with an exception.  For an
 * exact bytes object nothing is allocated (the caller's reference keeps it alive).
 */
export function acquireBytes(o: Obj): number {
  if (H32[(o + ob_type) >> 2] === PyBytes_Type) {
    rangeStart = o + ob_sval;
    rangeLength = H32[(o + ob_size) >> 2];
    return 1;
  }
  return acquireWith(o, PyBUF_SIMPLE);
}

/** As acquireBytes for memory that will be written to. */
export function acquireWritable(o: Obj): number {
  return acquireWith(o, PyBUF_WRITABLE);
}

function acquireWith(o: Obj, flags: number): number {
  const view = newView();
  if (view === 0) return 0;
  if (PyObject_GetBuffer(o, view, flags) < 0) {
    freeView(view);
    return 0;
  }
  rangeStart = H32[(view + BUF_buf) >> 2];
  rangeLength = H32[(view + BUF_len) >> 2];
  return view;
}

/** Ends what acquireBytes or acquireWritable began. */
export function releaseBytes(handle: number): void {
  if (handle <= 1) return;
  PyBuffer_Release(handle);
  freeView(handle as Ptr);
}

/** "a bytes-like object is required" for an argument that is none; returns NULL. */
export function needBytesLike(o: Obj): Obj {
  return PyErr_SetString(PyExc_TypeError, `a bytes-like object is required, not '${typeName(o)}'`);
}

/** The bytes of a bytes-like object, copied to JavaScript; null with an exception. */
export function bytesLikeToArray(o: Obj): Uint8Array | null {
  const handle = acquireBytes(o);
  if (handle === 0) return null;
  const copy = H8.slice(rangeStart, rangeStart + rangeLength);
  releaseBytes(handle);
  return copy;
}
