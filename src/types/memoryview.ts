// The type memoryview (PEP 3118).
//
//   exporter <--(obj)-- managed buffer <--(mbuf)-- memoryview, memoryview, …
//
// Invariant: the managed buffer holds the exporter's buffer, once, for all views made of it, and gives it back when its last view is released;
// `exports` of a managed buffer counts its unreleased views, `exports` of a view the buffers that consumers hold of it.  A view's
// Py_buffer is its own (shape, strides and suboffsets in `array`); its obj field is the managed buffer's, not counted.

import { PyMem_Free, PyMem_Malloc } from '../memory/alloc.js';
import { H32, H8, staticAlloc } from '../memory/linear.js';
import {
  BUF_buf,
  BUF_format,
  BUF_itemsize,
  BUF_len,
  BUF_ndim,
  BUF_obj,
  BUF_readonly,
  BUF_shape,
  BUF_SIZE,
  BUF_strides,
  BUF_suboffsets,
  bufferFormat,
  FORMAT_B,
  freeView,
  newView,
  PyBUF_ANY_CONTIGUOUS,
  PyBUF_C_CONTIGUOUS,
  PyBUF_F_CONTIGUOUS,
  PyBUF_FORMAT,
  PyBUF_FULL_RO,
  PyBUF_INDIRECT,
  PyBUF_MAX_NDIM,
  PyBUF_ND,
  PyBUF_STRIDES,
  PyBUF_WRITABLE,
  PyBuffer_FillContiguousStrides,
  PyBuffer_IsContiguous,
  PyBuffer_Release,
  PyBuffer_ToContiguous,
  PyObject_CheckBuffer,
  PyObject_GetBuffer,
} from '../object/buffer.js';
import { bindTuple, bound } from '../object/bind.js';
import { newBytes, ob_sval, bytesResult, PyBytes_AS_STRING } from '../object/bytes.js';
import { classMethod, defineType, getset, method } from '../object/declare.js';
import {
  errMinus1,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  typeName,
} from '../object/errors.js';
import { PyObject_GC_Track, PyObject_GC_UnTrack } from '../object/gc_head.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { buffer, i32, layout, ref, weaklistField, words } from '../object/layout.js';
import { fastItems, PyList_Check, PyList_New, PyList_SET_ITEM } from '../object/list.js';
import { PyLong_AsSsize_t, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { copyBytes } from '../object/memcpy.js';
import { _PyObject_New, freeObject } from '../object/new_object.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { PyIndex_Check, PyNumber_AsSsize_t } from '../object/number.js';
import {
  Py_EQ,
  Py_NE,
  PyBool_FromLong,
  PyObject_Hash,
  PyObject_RichCompareBool,
  PyObject_SelfIter,
  addressText,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { PySlice_Check, PySlice_GetIndicesEx, sliceStart, sliceStep } from '../object/slice.js';
import {
  emptyTuple,
  Py_Ellipsis,
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyExc_BufferError,
  PyExc_IndexError,
  PyExc_NotImplementedError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyManagedBuffer_Type,
  PyMemoryIter_Type,
  PyMemoryView_Type,
} from '../object/statics.js';
import { hashBytes } from '../object/string_hash.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM } from '../object/tuple.js';
import { ob_size, Py_TPFLAGS_HAVE_GC, Py_TPFLAGS_SEQUENCE } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString, unicodeEqualsAscii } from '../object/unicode.js';
import { PyObject_ClearWeakRefs } from '../object/weakref.js';
import { hexSeparator, hexText } from './bytes_methods.js';
import { equalItems, nativeChar, nativeSize, packItem, unpackItem } from './memoryview_item.js';
import { structUnpackEqual } from './memoryview_struct.js';

// ---- the managed buffer ----------------------------------------------------------------------------------------------------------

// The master Py_buffer, spelled out so that its reference is declared.
const Managed = layout({ flags: i32, exports: i32, buf: i32, obj: ref, rest: words(10) });
const mb_flags = Managed.flags;
const mb_exports = Managed.exports;
const mb_master = Managed.buf;
const RELEASED = 1;

/** Gives the exporter's buffer back; at most once. */
function releaseManaged(mbuf: Obj): void {
  if (H32[(mbuf + mb_flags) >> 2] & RELEASED) return;
  H32[(mbuf + mb_flags) >> 2] |= RELEASED;
  PyObject_GC_UnTrack(mbuf);
  PyBuffer_Release(mbuf + mb_master);
}

function managedDealloc(mbuf: Obj): void {
  PyObject_GC_UnTrack(mbuf);
  releaseManaged(mbuf);
  freeObject(mbuf);
}

function managedClear(mbuf: Obj): number {
  if (H32[(mbuf + mb_exports) >> 2] > 0) return 0;
  releaseManaged(mbuf);
  return 0;
}

type GetBuffer = (...args: number[]) => number;

function newManaged(o: Obj, flags: number, ask: GetBuffer): Obj {
  const mbuf = _PyObject_New(PyManagedBuffer_Type);
  if (mbuf === 0) return NULL;
  if (ask(o, mbuf + mb_master, flags) < 0) {
    H32[(mbuf + mb_master + BUF_obj) >> 2] = 0;
    H32[(mbuf + mb_flags) >> 2] |= RELEASED;
    decref(mbuf);
    return NULL;
  }
  PyObject_GC_Track(mbuf);
  return mbuf;
}

defineType({
  type: PyManagedBuffer_Type,
  name: 'managedbuffer',
  layout: Managed,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_dealloc: managedDealloc, tp_clear: managedClear },
});

// ---- the view --------------------------------------------------------------------------------------------------------------------

const View = layout({
  mbuf: ref,
  hash: i32,
  flags: i32,
  exports: i32,
  view: words(12),
  array: buffer,
  weakreflist: weaklistField,
});
const mv_mbuf = View.mbuf;
const mv_hash = View.hash;
const mv_flags = View.flags;
const mv_exports = View.exports;
const mv_view = View.view;
const mv_array = View.array;

const VIEW_RELEASED = 1;
const RESTRICTED = 2;

const get = (o: Obj, field: number): number => H32[(o + mv_view + field) >> 2];
const set = (o: Obj, field: number, value: number): void => {
  H32[(o + mv_view + field) >> 2] = value;
};
const word = (p: number, i: number): number => H32[(p >> 2) + i];

export function PyMemoryView_Check(o: Obj): boolean {
  return Py_TYPE(o) === PyMemoryView_Type;
}

/** The address of a memoryview's Py_buffer. */
export function PyMemoryView_GET_BUFFER(o: Obj): number {
  return o + mv_view;
}

function isReleased(o: Obj): boolean {
  const mbuf = H32[(o + mv_mbuf) >> 2];
  return (
    (H32[(o + mv_flags) >> 2] & VIEW_RELEASED) !== 0 || mbuf === 0 || (H32[(mbuf + mb_flags) >> 2] & RELEASED) !== 0
  );
}

/** Whether the view may be used; false with ValueError if it was released. */
function usable(o: Obj): boolean {
  if (!isReleased(o)) return true;
  PyErr_SetString(PyExc_ValueError, 'operation forbidden on released memoryview object');
  return false;
}

/** A new view on the managed buffer with room for `ndim` dimensions; its Py_buffer is a copy of that at `source`, arrays included. */
function newFrom(mbuf: Obj, source: number, ndim: number): Obj {
  if ((H32[(mbuf + mb_flags) >> 2] & RELEASED) !== 0) {
    return PyErr_SetString(PyExc_ValueError, 'operation forbidden on released memoryview object');
  }
  const array = PyMem_Malloc(Math.max(1, ndim) * 12);
  if (array === 0) return PyErr_NoMemory();
  const o = _PyObject_New(PyMemoryView_Type);
  if (o === 0) {
    PyMem_Free(array);
    return NULL;
  }
  H32[(o + mv_array) >> 2] = array;
  H32[(o + mv_hash) >> 2] = -1;
  H32[(o + mv_mbuf) >> 2] = newref(mbuf);
  H32[(mbuf + mb_exports) >> 2]++;
  for (let i = 0; i < BUF_SIZE; i += 4) H32[(o + mv_view + i) >> 2] = H32[(source + i) >> 2];
  if (get(o, BUF_format) === 0) set(o, BUF_format, FORMAT_B);
  copyArrays(o, source, Math.min(ndim, H32[(source + BUF_ndim) >> 2]), ndim);
  PyObject_GC_Track(o);
  return o;
}

/** Gives the view arrays of its own for `ndim` dimensions, filled with the first `n` of the source's. */
function copyArrays(o: Obj, source: number, n: number, ndim: number): void {
  const array = H32[(o + mv_array) >> 2];
  const shape = H32[(source + BUF_shape) >> 2];
  const strides = H32[(source + BUF_strides) >> 2];
  const sub = H32[(source + BUF_suboffsets) >> 2];
  const itemsize = H32[(source + BUF_itemsize) >> 2];
  const newShape = array >> 2;
  const newStrides = newShape + ndim;
  const newSub = newStrides + ndim;
  for (let i = 0; i < n; i++) {
    H32[newShape + i] = shape !== 0 ? word(shape, i) : Math.trunc(H32[(source + BUF_len) >> 2] / Math.max(1, itemsize));
  }
  if (strides !== 0) for (let i = 0; i < n; i++) H32[newStrides + i] = word(strides, i);
  else {
    let size = itemsize;
    for (let i = n - 1; i >= 0; i--) {
      H32[newStrides + i] = size;
      size *= H32[newShape + i];
    }
  }
  if (sub !== 0) for (let i = 0; i < n; i++) H32[newSub + i] = word(sub, i);
  set(o, BUF_shape, ndim === 0 ? 0 : newShape << 2);
  set(o, BUF_strides, ndim === 0 ? 0 : newStrides << 2);
  set(o, BUF_suboffsets, sub === 0 ? 0 : newSub << 2);
}

/** Whether another view may be made of the view: it is not released and may outlive the call that it was made for. */
function viewable(o: Obj): boolean {
  if (!usable(o)) return false;
  if ((H32[(o + mv_flags) >> 2] & RESTRICTED) === 0) return true;
  PyErr_SetString(PyExc_ValueError, 'cannot create new view on restricted memoryview');
  return false;
}

/** memoryview(o): a new reference, or NULL. */
export function PyMemoryView_FromObject(o: Obj): Obj {
  return fromObjectFlags(o, PyBUF_FULL_RO);
}

/** As PyMemoryView_FromObject, asking the exporter for `flags`. */
function fromObjectFlags(o: Obj, flags: number): Obj {
  if (PyMemoryView_Check(o)) {
    if (!viewable(o)) return NULL;
    return newFrom(H32[(o + mv_mbuf) >> 2] as Obj, o + mv_view, get(o, BUF_ndim));
  }
  if (!PyObject_CheckBuffer(o)) {
    return PyErr_SetString(PyExc_TypeError, `memoryview: a bytes-like object is required, not '${typeName(o)}'`);
  }
  return fromExporter(o, flags, PyObject_GetBuffer as GetBuffer);
}

/** A view of the buffer that `ask` (a bf_getbuffer) gets from `o`. */
function fromExporter(o: Obj, flags: number, ask: GetBuffer): Obj {
  const mbuf = newManaged(o, flags, ask);
  if (mbuf === 0) return NULL;
  const ndim = H32[(mbuf + mb_master + BUF_ndim) >> 2];
  let r: Obj = NULL;
  if (ndim > PyBUF_MAX_NDIM) PyErr_SetString(PyExc_ValueError, 'memoryview: number of dimensions must not exceed 64');
  else r = newFrom(mbuf, mbuf + mb_master, ndim);
  decref(mbuf);
  return r;
}

/** For `__buffer__`: a view of what `o` exports for exactly these flags, through the bf_getbuffer of its native base. */
export function memoryViewFromSlot(o: Obj, flags: number, get: (...args: number[]) => number): Obj {
  return fromExporter(o, flags, get);
}

/** Whether a view's own buffer, or the managed one, was given back. */
export function memoryViewIsReleased(o: Obj): boolean {
  return isReleased(o);
}

/** A view of a filled Py_buffer that stays somebody else's: it keeps nothing alive (PyMemoryView_FromBuffer). */
export function PyMemoryView_FromBuffer(view: number): Obj {
  const mbuf = _PyObject_New(PyManagedBuffer_Type);
  if (mbuf === 0) return NULL;
  for (let i = 0; i < BUF_SIZE; i += 4) H32[(mbuf + mb_master + i) >> 2] = H32[(view + i) >> 2];
  H32[(mbuf + mb_master + BUF_obj) >> 2] = 0;
  PyObject_GC_Track(mbuf);
  const r = newFrom(mbuf, mbuf + mb_master, H32[(view + BUF_ndim) >> 2]);
  decref(mbuf);
  return r;
}

/** The number of buffers that consumers hold of a view. */
export function memoryViewExports(o: Obj): number {
  return H32[(o + mv_exports) >> 2];
}

/** The exporter of a view, borrowed; NULL if it has none or was released. */
export function memoryViewExporter(o: Obj): Obj {
  return isReleased(o) ? NULL : (get(o, BUF_obj) as Obj);
}

/** Makes a fresh view of contiguous memory show it as unsigned bytes in one dimension. */
export function setViewRaw(o: Obj): void {
  const array = H32[(o + mv_array) >> 2];
  H32[array >> 2] = get(o, BUF_len);
  set(o, BUF_format, FORMAT_B);
  set(o, BUF_itemsize, 1);
  set(o, BUF_ndim, 1);
  set(o, BUF_shape, array);
  // One item, one byte: the stride is the itemsize.
  set(o, BUF_strides, o + mv_view + BUF_itemsize);
  set(o, BUF_suboffsets, 0);
}

/** Marks a view as one that must not outlive a call (PEP 688). */
export function restrict(o: Obj): void {
  H32[(o + mv_flags) >> 2] |= RESTRICTED;
}

function doRelease(o: Obj): void {
  if (H32[(o + mv_flags) >> 2] & VIEW_RELEASED) return;
  H32[(o + mv_flags) >> 2] |= VIEW_RELEASED;
  const mbuf = H32[(o + mv_mbuf) >> 2] as Obj;
  if (mbuf !== 0 && --H32[(mbuf + mb_exports) >> 2] === 0) releaseManaged(mbuf);
}

/** Releases a view: 0, or -1 with BufferError while buffers of it are held. */
export function memoryViewRelease(o: Obj): number {
  if (H32[(o + mv_flags) >> 2] & VIEW_RELEASED) return 0;
  const n = H32[(o + mv_exports) >> 2];
  if (n > 0) return errMinus1(PyExc_BufferError, `memoryview has ${n} exported buffer${n === 1 ? '' : 's'}`);
  doRelease(o);
  return 0;
}

function dealloc(o: Obj): void {
  PyObject_GC_UnTrack(o);
  doRelease(o);
  if (H32[(o + View.weakreflist) >> 2] !== 0) PyObject_ClearWeakRefs(o);
  const mbuf = H32[(o + mv_mbuf) >> 2] as Obj;
  H32[(o + mv_mbuf) >> 2] = 0;
  xdecref(mbuf);
  PyMem_Free(H32[(o + mv_array) >> 2]);
  freeObject(o);
}

function clear(o: Obj): number {
  if (H32[(o + mv_exports) >> 2] > 0) return 0;
  doRelease(o);
  const mbuf = H32[(o + mv_mbuf) >> 2] as Obj;
  H32[(o + mv_mbuf) >> 2] = 0;
  xdecref(mbuf);
  return 0;
}

// ---- the buffer protocol ---------------------------------------------------------------------------------------------------------

function getbuffer(o: Obj, view: number, flags: number): number {
  H32[(view + BUF_obj) >> 2] = 0;
  if (!viewable(o)) return -1;
  const refuse = (what: string): number => errMinus1(PyExc_BufferError, `memoryview: underlying buffer ${what}`);
  if ((flags & PyBUF_WRITABLE) !== 0 && get(o, BUF_readonly) !== 0) return refuse('is not writable');
  const v = o + mv_view;
  const want = (mask: number): boolean => (flags & mask) === mask;
  if (want(PyBUF_C_CONTIGUOUS) && !PyBuffer_IsContiguous(v, 'C')) return refuse('is not C-contiguous');
  if (want(PyBUF_F_CONTIGUOUS) && !PyBuffer_IsContiguous(v, 'F')) return refuse('is not Fortran contiguous');
  if (want(PyBUF_ANY_CONTIGUOUS) && !PyBuffer_IsContiguous(v, 'A')) return refuse('is not contiguous');
  if (!want(PyBUF_INDIRECT) && get(o, BUF_suboffsets) !== 0) return refuse('requires suboffsets');
  if (!want(PyBUF_STRIDES) && !PyBuffer_IsContiguous(v, 'C')) return refuse('is not C-contiguous');
  for (let i = 0; i < BUF_SIZE; i += 4) H32[(view + i) >> 2] = H32[(v + i) >> 2];
  if (!want(PyBUF_STRIDES)) H32[(view + BUF_strides) >> 2] = 0;
  if (!want(PyBUF_INDIRECT)) H32[(view + BUF_suboffsets) >> 2] = 0;
  if (!want(PyBUF_ND)) {
    // Without a shape the items are bytes: a format would contradict that.
    if (flags & PyBUF_FORMAT) {
      return errMinus1(PyExc_BufferError, 'memoryview: cannot cast to unsigned bytes if the format flag is present');
    }
    H32[(view + BUF_ndim) >> 2] = 1;
    H32[(view + BUF_shape) >> 2] = 0;
  }
  if (!(flags & PyBUF_FORMAT)) H32[(view + BUF_format) >> 2] = 0;
  H32[(view + BUF_obj) >> 2] = newref(o);
  H32[(o + mv_exports) >> 2]++;
  return 0;
}

function releasebuffer(o: Obj): void {
  H32[(o + mv_exports) >> 2]--;
}

// ---- casting ---------------------------------------------------------------------------------------------------------------------

function castFormat(o: Obj, format: string): number {
  const source = nativeChar(bufferFormat(o + mv_view));
  if (source === '') {
    return errMinus1(
      PyExc_ValueError,
      "memoryview: source format must be a native single character format prefixed with an optional '@'",
    );
  }
  const c = nativeChar(format);
  if (c === '') {
    return errMinus1(
      PyExc_ValueError,
      "memoryview: destination format must be a native single character format prefixed with an optional '@'",
    );
  }
  const isByte = (x: string): boolean => x === 'b' || x === 'B' || x === 'c';
  if (!isByte(c) && !isByte(source))
    return errMinus1(PyExc_TypeError, 'memoryview: cannot cast between two non-byte formats');
  const size = nativeSize(c);
  const len = get(o, BUF_len);
  if (len % size !== 0) return errMinus1(PyExc_TypeError, 'memoryview: length is not a multiple of itemsize');
  set(o, BUF_format, formatString(format.startsWith('@') ? `@${c}` : c));
  set(o, BUF_itemsize, size);
  set(o, BUF_ndim, 1);
  const array = H32[(o + mv_array) >> 2];
  H32[array >> 2] = len / size;
  H32[(array >> 2) + 1] = size;
  set(o, BUF_shape, array);
  set(o, BUF_strides, array + 4);
  set(o, BUF_suboffsets, 0);
  return 0;
}

const NATIVE = 'cbB?hHiIlLqQnNPfde';
/** 'c', …, 'e', then '@c', …, '@e', a word each. */
const FORMATS = staticAlloc(8 * NATIVE.length);
for (let i = 0; i < NATIVE.length; i++) {
  H8[FORMATS + 4 * i] = NATIVE.charCodeAt(i);
  H8[FORMATS + 4 * (NATIVE.length + i)] = 0x40;
  H8[FORMATS + 4 * (NATIVE.length + i) + 1] = NATIVE.charCodeAt(i);
}

/** The address of a native format, zero-terminated. */
// XX as long as the heap: there are few, one word each. */
function formatString(format: string): number {
  return FORMATS + 4 * (NATIVE.indexOf(format.at(-1) as string) + (format.length === 2 ? NATIVE.length : 0));
}

function castShape(o: Obj, shape: Obj, ndim: number): number {
  const itemsize = get(o, BUF_itemsize);
  const array = H32[(o + mv_array) >> 2];
  let product = 1;
  for (let i = 0; i < ndim; i++) {
    const item = H32[(fastItems(shape) >> 2) + i] as Obj;
    if (!PyLong_Check(item)) return errMinus1(PyExc_TypeError, 'memoryview.cast(): elements of shape must be integers');
    const n = PyLong_AsSsize_t(item);
    if (n === -1 && PyErr_Occurred() !== 0) return -1;
    if (n <= 0) return errMinus1(PyExc_ValueError, 'memoryview.cast(): elements of shape must be integers > 0');
    product *= n;
    if (product > 0x7fffffff) return errMinus1(PyExc_ValueError, 'memoryview.cast(): product(shape) > SSIZE_MAX');
    H32[(array >> 2) + i] = n;
  }
  if (product * itemsize !== get(o, BUF_len)) {
    return errMinus1(PyExc_TypeError, 'memoryview: product(shape) * itemsize != buffer size');
  }
  set(o, BUF_ndim, ndim);
  if (ndim === 0) {
    set(o, BUF_shape, 0);
    set(o, BUF_strides, 0);
    return 0;
  }
  set(o, BUF_shape, array);
  set(o, BUF_strides, array + 4 * ndim);
  PyBuffer_FillContiguousStrides(ndim, array, array + 4 * ndim, itemsize, 'C');
  return 0;
}

function cast(o: Obj, format: Obj, shape: Obj): Obj {
  if (!PyUnicode_Check(format)) {
    return PyErr_SetString(PyExc_TypeError, `cast() argument 'format' must be str, not ${typeName(format)}`);
  }
  if (!viewable(o)) return NULL;
  if (!PyBuffer_IsContiguous(o + mv_view, 'C')) {
    return PyErr_SetString(PyExc_TypeError, 'memoryview: casts are restricted to C-contiguous views');
  }
  const ndim0 = get(o, BUF_ndim);
  let ndim = 1;
  if (shape !== 0 || ndim0 !== 1) {
    for (let i = 0; i < ndim0; i++) {
      if (word(get(o, BUF_shape), i) === 0 || word(get(o, BUF_strides), i) === 0) {
        return PyErr_SetString(PyExc_TypeError, 'memoryview: cannot cast view with zeros in shape or strides');
      }
    }
  }
  if (shape !== 0) {
    if (!PyList_Check(shape) && !PyTuple_Check(shape)) {
      return PyErr_SetString(PyExc_TypeError, 'shape must be a list or a tuple');
    }
    ndim = H32[(shape + ob_size) >> 2];
    if (ndim > PyBUF_MAX_NDIM) {
      return PyErr_SetString(PyExc_ValueError, 'memoryview: number of dimensions must not exceed 64');
    }
    if (ndim0 !== 1 && ndim !== 1) {
      return PyErr_SetString(PyExc_TypeError, 'memoryview: cast must be 1D -> ND or ND -> 1D');
    }
  }
  const r = newFrom(H32[(o + mv_mbuf) >> 2] as Obj, o + mv_view, Math.max(ndim, ndim0, 1));
  if (r === 0) return NULL;
  if (castFormat(r, asString(format)) < 0 || (shape !== 0 && castShape(r, shape, ndim) < 0)) {
    decref(r);
    return NULL;
  }
  return r;
}

function toreadonly(o: Obj): Obj {
  if (!viewable(o)) return NULL;
  const r = newFrom(H32[(o + mv_mbuf) >> 2] as Obj, o + mv_view, get(o, BUF_ndim));
  if (r !== 0) set(r, BUF_readonly, 1);
  return r;
}

// ---- items -----------------------------------------------------------------------------------------------------------------------

/** The address of item `index` along dimension `dim`, starting at `p`; 0 with IndexError. */
function lookup(o: Obj, p: number, dim: number, index: number): number {
  const n = word(get(o, BUF_shape), dim);
  const i = index < 0 ? index + n : index;
  if (i < 0 || i >= n) {
    PyErr_SetString(PyExc_IndexError, `index out of bounds on dimension ${dim + 1}`);
    return 0;
  }
  const q = p + word(get(o, BUF_strides), dim) * i;
  const sub = get(o, BUF_suboffsets);
  return sub !== 0 && word(sub, dim) >= 0 ? H32[q >> 2] + word(sub, dim) : q;
}

/** The native character of the view's format; '' with NotImplementedError if it is another. */
function itemFormat(o: Obj): string {
  const format = bufferFormat(o + mv_view);
  const c = nativeChar(format);
  if (c === '') PyErr_SetString(PyExc_NotImplementedError, `memoryview: unsupported format ${format}`);
  return c;
}

function item(o: Obj, index: number): Obj {
  if (!usable(o)) return NULL;
  const ndim = get(o, BUF_ndim);
  const c = itemFormat(o);
  if (c === '') return NULL;
  if (ndim === 0) return PyErr_SetString(PyExc_TypeError, 'invalid indexing of 0-dim memory');
  if (ndim > 1) return PyErr_SetString(PyExc_NotImplementedError, 'multi-dimensional sub-views are not implemented');
  const p = lookup(o, get(o, BUF_buf), 0, index);
  return p === 0 ? NULL : unpackItem(p, c, c);
}

function isIndexTuple(key: Obj): boolean {
  if (!PyTuple_Check(key)) return false;
  for (let i = 0; i < PyTuple_GET_SIZE(key); i++) if (!PyIndex_Check(PyTuple_GET_ITEM(key, i))) return false;
  return true;
}

function isSliceTuple(key: Obj): boolean {
  if (!PyTuple_Check(key) || PyTuple_GET_SIZE(key) === 0) return false;
  for (let i = 0; i < PyTuple_GET_SIZE(key); i++) if (!PySlice_Check(PyTuple_GET_ITEM(key, i))) return false;
  return true;
}

/** The address of the item that a tuple of indices names; 0 with an exception. */
function tupleLookup(o: Obj, key: Obj): number {
  const n = PyTuple_GET_SIZE(key);
  const ndim = get(o, BUF_ndim);
  if (n > ndim) {
    PyErr_SetString(PyExc_TypeError, `cannot index ${ndim}-dimension view with ${n}-element tuple`);
    return 0;
  }
  let p = get(o, BUF_buf);
  for (let dim = 0; dim < n; dim++) {
    const index = PyNumber_AsSsize_t(PyTuple_GET_ITEM(key, dim), PyExc_IndexError);
    if (index === -1 && PyErr_Occurred() !== 0) return 0;
    // The conversion may have released the view.
    if (!usable(o)) return 0;
    p = lookup(o, p, dim, index);
    if (p === 0) return 0;
  }
  return p;
}

/** Makes `r`, a fresh view, show the slice of its first dimension: 0, or -1. */
function sliceFirst(r: Obj, key: Obj): number {
  const shape = get(r, BUF_shape);
  const strides = get(r, BUF_strides);
  const n = PySlice_GetIndicesEx(key, word(shape, 0));
  if (n < 0) return -1;
  set(r, BUF_buf, get(r, BUF_buf) + word(strides, 0) * sliceStart);
  H32[shape >> 2] = n;
  H32[strides >> 2] = word(strides, 0) * sliceStep;
  let len = get(r, BUF_itemsize);
  for (let i = 0; i < get(r, BUF_ndim); i++) len *= word(shape, i);
  set(r, BUF_len, len);
  return 0;
}

function slice(o: Obj, key: Obj): Obj {
  const r = newFrom(H32[(o + mv_mbuf) >> 2] as Obj, o + mv_view, get(o, BUF_ndim));
  if (r === 0) return NULL;
  if (sliceFirst(r, key) < 0) {
    decref(r);
    return NULL;
  }
  return r;
}

function subscript(o: Obj, key: Obj): Obj {
  if (!usable(o)) return NULL;
  const ndim = get(o, BUF_ndim);
  if (ndim === 0) {
    if (PyTuple_Check(key) && PyTuple_GET_SIZE(key) === 0) {
      const c = itemFormat(o);
      return c === '' ? NULL : unpackItem(get(o, BUF_buf), c, c);
    }
    if (key === Py_Ellipsis) return newref(o);
    return PyErr_SetString(PyExc_TypeError, 'invalid indexing of 0-dim memory');
  }
  if (PyIndex_Check(key)) {
    const i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i === -1 && PyErr_Occurred() !== 0) return NULL;
    return item(o, i);
  }
  if (PySlice_Check(key)) return viewable(o) ? slice(o, key) : NULL;
  if (isIndexTuple(key)) {
    if (PyTuple_GET_SIZE(key) < ndim)
      return PyErr_SetString(PyExc_NotImplementedError, 'sub-views are not implemented');
    const c = itemFormat(o);
    if (c === '') return NULL;
    const p = tupleLookup(o, key);
    return p === 0 ? NULL : unpackItem(p, c, c);
  }
  if (isSliceTuple(key)) {
    return PyErr_SetString(PyExc_NotImplementedError, 'multi-dimensional slicing is not implemented');
  }
  return PyErr_SetString(PyExc_TypeError, 'memoryview: invalid slice key');
}

/** view[slice] = the items of `value`, of the same structure; through a copy, since they may overlap. */
function assignSlice(o: Obj, key: Obj, value: Obj): number {
  const source = newView();
  if (source === 0) return -1;
  if (PyObject_GetBuffer(value, source, PyBUF_FULL_RO) < 0) {
    freeView(source);
    return -1;
  }
  let status = -1;
  const target = slice(o, key);
  // The key's __index__ may have released the view.
  if (target !== 0 && usable(o)) {
    const same =
      nativeChar(bufferFormat(source)) === nativeChar(bufferFormat(target + mv_view)) &&
      bufferFormat(source).replace('@', '') === bufferFormat(target + mv_view).replace('@', '') &&
      H32[(source + BUF_itemsize) >> 2] === get(target, BUF_itemsize) &&
      H32[(source + BUF_ndim) >> 2] === 1 &&
      H32[(source + BUF_len) >> 2] === get(target, BUF_len);
    if (!same) errMinus1(PyExc_ValueError, 'memoryview assignment: lvalue and rvalue have different structures');
    else {
      const len = get(target, BUF_len);
      const itemsize = get(target, BUF_itemsize);
      const copy = PyMem_Malloc(Math.max(len, 1));
      if (copy === 0) PyErr_NoMemory();
      else {
        PyBuffer_ToContiguous(copy, source, 'C');
        for (let i = 0, p = copy; p < copy + len; i++, p += itemsize) {
          copyBytes(lookup(target, get(target, BUF_buf), 0, i), p, itemsize);
        }
        PyMem_Free(copy);
        status = 0;
      }
    }
  }
  if (target !== 0) decref(target);
  PyBuffer_Release(source);
  freeView(source);
  return status;
}

function assSubscript(o: Obj, key: Obj, value: Obj): number {
  if (!usable(o)) return -1;
  if (get(o, BUF_readonly) !== 0) return errMinus1(PyExc_TypeError, 'cannot modify read-only memory');
  if (value === 0) return errMinus1(PyExc_TypeError, 'cannot delete memory');
  const format = bufferFormat(o + mv_view);
  const ndim = get(o, BUF_ndim);
  const store = (place: () => number): number => {
    const c = itemFormat(o);
    return c === '' ? -1 : packItem(place, c, format.replace('@', ''), value);
  };
  if (ndim === 0) {
    if (key === Py_Ellipsis || (PyTuple_Check(key) && PyTuple_GET_SIZE(key) === 0)) {
      return store(() => (usable(o) ? get(o, BUF_buf) : 0));
    }
    return errMinus1(PyExc_TypeError, 'invalid indexing of 0-dim memory');
  }
  if (PyIndex_Check(key)) {
    if (ndim > 1) return errMinus1(PyExc_NotImplementedError, 'sub-views are not implemented');
    const i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i === -1 && PyErr_Occurred() !== 0) return -1;
    if (!usable(o) || lookup(o, get(o, BUF_buf), 0, i) === 0) return -1;
    return store(() => (usable(o) ? lookup(o, get(o, BUF_buf), 0, i) : 0));
  }
  if (PySlice_Check(key) && ndim === 1) return assignSlice(o, key, value);
  if (isIndexTuple(key)) {
    if (PyTuple_GET_SIZE(key) < ndim) return errMinus1(PyExc_NotImplementedError, 'sub-views are not implemented');
    const p = tupleLookup(o, key);
    if (p === 0) return -1;
    return store(() => (usable(o) ? p : 0));
  }
  if (PySlice_Check(key) || isSliceTuple(key)) {
    return errMinus1(PyExc_NotImplementedError, 'memoryview slice assignments are currently restricted to ndim = 1');
  }
  return errMinus1(PyExc_TypeError, 'memoryview: invalid slice key');
}

// ---- methods -----------------------------------------------------------------------------------------------------------------------

function listFrom(o: Obj, p: number, dim: number, c: string): Obj {
  const ndim = get(o, BUF_ndim);
  if (ndim === 0) return unpackItem(p, c, c);
  const n = word(get(o, BUF_shape), dim);
  const list = PyList_New(n);
  if (list === 0) return NULL;
  for (let i = 0; i < n; i++) {
    const q = lookup(o, p, dim, i);
    const v = dim + 1 < ndim ? listFrom(o, q, dim + 1, c) : unpackItem(q, c, c);
    if (v === 0) {
      decref(list);
      return NULL;
    }
    PyList_SET_ITEM(list, i, v);
  }
  return list;
}

function tolist(o: Obj): Obj {
  if (!usable(o)) return NULL;
  const c = itemFormat(o);
  return c === '' ? NULL : listFrom(o, get(o, BUF_buf), 0, c);
}

/** The bytes of the view's items, in an order. */
function contents(o: Obj, order: 'C' | 'F' | 'A'): Obj {
  const n = get(o, BUF_len);
  const r = newBytes(n);
  if (r !== 0 && n > 0) PyBuffer_ToContiguous(r + ob_sval, o + mv_view, order);
  return n === 1 ? bytesResult(r) : r;
}

function tobytes(o: Obj, order: Obj): Obj {
  if (!usable(o)) return NULL;
  let how: 'C' | 'F' | 'A' = 'C';
  if (order !== 0 && order !== Py_None) {
    if (!PyUnicode_Check(order)) {
      return PyErr_SetString(PyExc_TypeError, `tobytes() argument 'order' must be str or None, not ${typeName(order)}`);
    }
    if (unicodeEqualsAscii(order, 'F')) how = 'F';
    else if (unicodeEqualsAscii(order, 'A')) how = 'A';
    else if (!unicodeEqualsAscii(order, 'C')) return PyErr_SetString(PyExc_ValueError, "order must be 'C', 'F' or 'A'");
  }
  return contents(o, how);
}

function hex(o: Obj, sep: Obj, perSep: number): Obj {
  if (!usable(o)) return NULL;
  // Asking for the separator's length may run code.
  H32[(o + mv_exports) >> 2]++;
  const c = hexSeparator(sep);
  H32[(o + mv_exports) >> 2]--;
  if (c < 0 || !usable(o)) return NULL;
  if (PyBuffer_IsContiguous(o + mv_view, 'C')) return hexText(get(o, BUF_buf), get(o, BUF_len), c, perSep);
  const copy = contents(o, 'C');
  if (copy === 0) return NULL;
  const r = hexText(PyBytes_AS_STRING(copy), get(o, BUF_len), c, perSep);
  decref(copy);
  return r;
}

function release(o: Obj): Obj {
  return memoryViewRelease(o) < 0 ? NULL : newref(Py_None);
}

function enter(o: Obj): Obj {
  return usable(o) ? newref(o) : NULL;
}

function fromFlags(_: Obj, o: Obj, flags: number): Obj {
  return fromObjectFlags(o, flags);
}

function count(o: Obj, value: Obj): Obj {
  const it = iter(o);
  if (it === 0) return NULL;
  let n = 0;
  for (;;) {
    const v = next(it);
    if (v === 0) break;
    const eq = v === value ? 1 : PyObject_RichCompareBool(v, value, Py_EQ);
    decref(v);
    if (eq < 0) {
      decref(it);
      return NULL;
    }
    n += eq;
  }
  decref(it);
  return PyErr_Occurred() !== 0 ? NULL : PyLong_FromLong(n);
}

function index(o: Obj, value: Obj, start: number, stop: number): Obj {
  if (!usable(o)) return NULL;
  const ndim = get(o, BUF_ndim);
  if (ndim === 0) return PyErr_SetString(PyExc_TypeError, 'invalid lookup on 0-dim memory');
  if (ndim > 1) return PyErr_SetString(PyExc_NotImplementedError, 'multi-dimensional lookup is not implemented');
  const n = word(get(o, BUF_shape), 0);
  const from = start < 0 ? Math.max(start + n, 0) : start;
  const to = Math.min(stop < 0 ? Math.max(stop + n, 0) : stop, n);
  for (let i = from; i < to; i++) {
    const v = item(o, i);
    if (v === 0) return NULL;
    const eq = v === value ? 1 : PyObject_RichCompareBool(v, value, Py_EQ);
    decref(v);
    if (eq < 0) return NULL;
    if (eq > 0) return PyLong_FromLong(i);
  }
  return PyErr_SetString(PyExc_ValueError, 'memoryview.index(x): x not found');
}

function length(o: Obj): number {
  if (!usable(o)) return -1;
  if (get(o, BUF_ndim) === 0) return errMinus1(PyExc_TypeError, '0-dim memory has no length');
  return word(get(o, BUF_shape), 0);
}

function repr(o: Obj): Obj {
  return PyUnicode_FromString(`<${isReleased(o) ? 'released ' : ''}memory at ${addressText(o)}>`);
}

function hash(o: Obj): number {
  const known = H32[(o + mv_hash) >> 2];
  if (known !== -1) return known;
  if (!usable(o)) return -1;
  if (get(o, BUF_readonly) === 0) return errMinus1(PyExc_ValueError, 'cannot hash writable memoryview object');
  const c = nativeChar(bufferFormat(o + mv_view));
  if (c !== 'b' && c !== 'B' && c !== 'c') {
    return errMinus1(PyExc_ValueError, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
  }
  const exporter = get(o, BUF_obj) as Obj;
  // The exporter must be hashable, too; asking it may run code.
  if (exporter !== 0) {
    H32[(o + mv_exports) >> 2]++;
    const h = PyObject_Hash(exporter);
    H32[(o + mv_exports) >> 2]--;
    if (h === -1) return -1;
  }
  let h: number;
  if (PyBuffer_IsContiguous(o + mv_view, 'C')) h = hashBytes(get(o, BUF_buf), get(o, BUF_len));
  else {
    const copy = contents(o, 'C');
    if (copy === 0) return -1;
    h = hashBytes(PyBytes_AS_STRING(copy), get(o, BUF_len));
    decref(copy);
  }
  H32[(o + mv_hash) >> 2] = h;
  return h;
}

/** Compares the items of two buffers of the same shape from dimension `dim` on: 1, 0, or -1 with an exception. */
function equalFrom(
  v: number,
  p0: number,
  w: number,
  q0: number,
  dim: number,
  eq: (p: number, q: number) => number,
): number {
  const ndim = H32[(v + BUF_ndim) >> 2];
  if (dim === ndim) return eq(p0, q0);
  const n = dimension(v, dim);
  const step = (b: number): number => {
    const s = H32[(b + BUF_strides) >> 2];
    if (s !== 0) return word(s, dim);
    let size = H32[(b + BUF_itemsize) >> 2];
    for (let k = ndim - 1; k > dim; k--) size *= dimension(b, k);
    return size;
  };
  const follow = (b: number, p: number): number => {
    const sub = H32[(b + BUF_suboffsets) >> 2];
    return sub !== 0 && word(sub, dim) >= 0 ? H32[p >> 2] + word(sub, dim) : p;
  };
  for (let i = 0, p = p0, q = q0; i < n; i++, p += step(v), q += step(w)) {
    const r = equalFrom(v, follow(v, p), w, follow(w, q), dim + 1, eq);
    if (r !== 1) return r;
  }
  return 1;
}

function dimension(b: number, dim: number): number {
  const shape = H32[(b + BUF_shape) >> 2];
  if (shape !== 0) return word(shape, dim);
  return Math.trunc(H32[(b + BUF_len) >> 2] / Math.max(1, H32[(b + BUF_itemsize) >> 2]));
}

function richcompare(a: Obj, b: Obj, op: number): Obj {
  if ((op !== Py_EQ && op !== Py_NE) || !PyMemoryView_Check(a)) return newref(Py_NotImplemented);
  let equal = -1;
  const mine = a + mv_view;
  let other = 0;
  let temporary = 0;
  if (isReleased(a)) equal = a === b ? 1 : 0;
  else if (PyMemoryView_Check(b)) {
    if (isReleased(b)) equal = a === b ? 1 : 0;
    else other = b + mv_view;
  } else {
    const view = newView();
    if (view === 0) return NULL;
    if (PyObject_GetBuffer(b, view, PyBUF_FULL_RO) < 0) {
      PyErr_Clear();
      freeView(view);
      return newref(Py_NotImplemented);
    }
    other = temporary = view;
  }
  if (other !== 0) {
    let same = H32[(mine + BUF_ndim) >> 2] === H32[(other + BUF_ndim) >> 2];
    for (let i = 0; same && i < H32[(mine + BUF_ndim) >> 2]; i++) {
      if (dimension(mine, i) !== dimension(other, i)) same = false;
      else if (dimension(mine, i) === 0) break;
    }
    if (!same) equal = 0;
    else {
      const f = bufferFormat(mine);
      const g = bufferFormat(other);
      const c = nativeChar(f);
      let eq: ((p: number, q: number) => number) | null;
      if (c !== '' && c === nativeChar(g)) eq = (p, q) => (equalItems(p, q, c) ? 1 : 0);
      else eq = structUnpackEqual(f, g, H32[(mine + BUF_itemsize) >> 2], H32[(other + BUF_itemsize) >> 2]);
      if (eq === null) equal = PyErr_Occurred() !== 0 ? -1 : 0;
      else {
        H32[(a + mv_exports) >> 2]++;
        equal = equalFrom(mine, H32[(mine + BUF_buf) >> 2], other, H32[(other + BUF_buf) >> 2], 0, eq);
        H32[(a + mv_exports) >> 2]--;
      }
    }
  }
  if (temporary !== 0) {
    PyBuffer_Release(temporary);
    freeView(temporary as Parameters<typeof freeView>[0]);
  }
  if (equal < 0) {
    if (PyErr_Occurred() !== 0 && !PyErr_ExceptionMatches(PyExc_NotImplementedError)) return NULL;
    PyErr_Clear();
    equal = 0;
  }
  return newref((equal === 1) === (op === Py_EQ) ? Py_True : Py_False);
}

// ---- attributes ----------------------------------------------------------------------------------------------------------------

function tupleOf(o: Obj, field: number): Obj {
  if (!usable(o)) return NULL;
  const p = get(o, field);
  const n = p === 0 ? 0 : get(o, BUF_ndim);
  if (n === 0) return newref(emptyTuple);
  const t = PyTuple_New(n);
  if (t === 0) return NULL;
  for (let i = 0; i < n; i++) {
    const v = PyLong_FromLong(word(p, i));
    if (v === 0) {
      decref(t);
      return NULL;
    }
    PyTuple_SET_ITEM(t, i, v);
  }
  return t;
}

const number =
  (field: number) =>
  (o: Obj): Obj =>
    usable(o) ? PyLong_FromLong(get(o, field)) : NULL;
const contiguous =
  (order: 'C' | 'F' | 'A') =>
  (o: Obj): Obj =>
    usable(o) ? PyBool_FromLong(PyBuffer_IsContiguous(o + mv_view, order)) : NULL;

function getObj(o: Obj): Obj {
  if (!usable(o)) return NULL;
  const exporter = get(o, BUF_obj) as Obj;
  return newref(exporter === 0 ? Py_None : exporter);
}

function nbytes(o: Obj): Obj {
  return usable(o) ? PyLong_FromLong(get(o, BUF_len)) : NULL;
}

function getFormat(o: Obj): Obj {
  return usable(o) ? PyUnicode_FromString(bufferFormat(o + mv_view)) : NULL;
}

function getReadonly(o: Obj): Obj {
  return usable(o) ? PyBool_FromLong(get(o, BUF_readonly)) : NULL;
}

const NEW = parseSignature('memoryview', '($type, object)');

function memoryview_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  return bindTuple(NEW, args, kwargs) ? PyMemoryView_FromObject(bound[0] as Obj) : NULL;
}

// ---- iteration -----------------------------------------------------------------------------------------------------------------

const Iter = layout({ index: i32, seq: ref, length: i32 });

function iter(o: Obj): Obj {
  if (!usable(o)) return NULL;
  const ndim = get(o, BUF_ndim);
  if (ndim === 0) return PyErr_SetString(PyExc_TypeError, 'invalid indexing of 0-dim memory');
  if (ndim !== 1) return PyErr_SetString(PyExc_NotImplementedError, 'multi-dimensional sub-views are not implemented');
  if (itemFormat(o) === '') return NULL;
  const it = _PyObject_New(PyMemoryIter_Type);
  if (it === 0) return NULL;
  H32[(it + Iter.seq) >> 2] = newref(o);
  H32[(it + Iter.length) >> 2] = word(get(o, BUF_shape), 0);
  PyObject_GC_Track(it);
  return it;
}

function next(it: Obj): Obj {
  const o = H32[(it + Iter.seq) >> 2] as Obj;
  if (o === 0) return NULL;
  const i = H32[(it + Iter.index) >> 2];
  if (i < H32[(it + Iter.length) >> 2]) {
    H32[(it + Iter.index) >> 2] = i + 1;
    return item(o, i);
  }
  H32[(it + Iter.seq) >> 2] = 0;
  decref(o);
  return NULL;
}

defineType({
  type: PyMemoryIter_Type,
  name: 'memory_iterator',
  layout: Iter,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_iter: PyObject_SelfIter, tp_iternext: next },
});

defineType({
  type: PyMemoryView_Type,
  name: 'memoryview',
  layout: View,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_SEQUENCE,
  doc: 'Create a new memoryview object which references the given object.',
  signature: '(object)',
  slots: {
    tp_new: memoryview_new,
    tp_dealloc: dealloc,
    tp_clear: clear,
    tp_repr: repr,
    tp_hash: hash,
    tp_richcompare: richcompare,
    tp_iter: iter,
    sq_length: length,
    sq_item: item,
    mp_length: length,
    mp_subscript: subscript,
    mp_ass_subscript: assSubscript,
    bf_getbuffer: getbuffer,
    bf_releasebuffer: releasebuffer,
  },
  methods: [
    method('release', '($self, /)', release, 'Gives the buffer back; afterwards the view cannot be used.'),
    method(
      'tobytes',
      "($self, /, order='C')",
      tobytes,
      "Returns the items' bytes, in 'C', 'F' or the memory's own order ('A').",
    ),
    method(
      'hex',
      '($self, /, sep=<unrepresentable>, bytes_per_sep: int = 1)',
      hex,
      "Returns the items' bytes as hexadecimal digits.",
    ),
    method('tolist', '($self, /)', tolist, 'Returns the items as a list (of lists, for more dimensions).'),
    method(
      'cast',
      '($self, /, format, shape=<unrepresentable>)',
      cast,
      'Returns a view of the same memory with another format or shape.',
    ),
    method('toreadonly', '($self, /)', toreadonly, 'Returns a read-only view of the same memory.'),
    classMethod(
      '_from_flags',
      '($type, /, object, flags: int)',
      fromFlags,
      'Makes a view with the buffer flags given.',
    ),
    method('count', '($self, value, /)', count, 'Returns how often a value occurs.'),
    method(
      'index',
      '($self, value, start: index = 0, stop: index = sys.maxsize, /)',
      index,
      'Returns the index of the first item of a value; ValueError if there is none.',
    ),
    method('__enter__', '($self, /)', enter),
    method('__exit__', '($self, /, *exc_info)', release, 'Gives the buffer back.'),
    classMethod(
      '__class_getitem__',
      '($type, object, /)',
      Py_GenericAlias,
      'memoryviews are generic over the type of their underlying data',
    ),
  ],
  getset: [
    getset('obj', getObj, null, 'The underlying object of the memoryview.'),
    getset('nbytes', nbytes, null, 'The bytes that the items take in contiguous memory.'),
    getset('readonly', getReadonly, null, 'Whether the memory is read-only.'),
    getset('itemsize', number(BUF_itemsize), null, 'The size of an item in bytes.'),
    getset('format', getFormat, null, 'The format of an item in the syntax of the struct module.'),
    getset('ndim', number(BUF_ndim), null, 'The number of dimensions.'),
    getset('shape', (o: Obj): Obj => tupleOf(o, BUF_shape), null, 'The number of items along each dimension.'),
    getset(
      'strides',
      (o: Obj): Obj => tupleOf(o, BUF_strides),
      null,
      'The bytes from item to item along each dimension.',
    ),
    getset(
      'suboffsets',
      (o: Obj): Obj => tupleOf(o, BUF_suboffsets),
      null,
      'Where the memory is one of pointers: what to add behind each.',
    ),
    getset('c_contiguous', contiguous('C'), null, 'Whether the items are contiguous in C order.'),
    getset('f_contiguous', contiguous('F'), null, 'Whether the items are contiguous in Fortran order.'),
    getset('contiguous', contiguous('A'), null, 'Whether the items are contiguous.'),
  ],
});
