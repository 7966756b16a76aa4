// How is a bytearray stored?
//
// Invariant: ob_bytes is the address of ob_alloc bytes of raw memory (0: none), of which ob_size, from ob_start on, are the contents, followed
// by a zero byte; bytes before ob_start were deleted from the front.  While ob_exports is not 0 (somebody holds a buffer), neither size nor
// place may change.

import { PyMem_Free, PyMem_Malloc, PyMem_Realloc } from '../memory/alloc.js';
import { H32, H8 } from '../memory/linear.js';
import { errMinus1 } from './errors.js';
import { HEAD_SIZE, ob_type } from './head.js';
import { decref } from './header.js';
import { buffer, i32, layout } from './layout.js';
import { copyBytes } from './memcpy.js';
import { _PyObject_New, PyType_GenericAlloc } from './new_object.js';
import { PyErr_NoMemory } from './no_memory.js';
import { NULL, type Obj } from './ptr.js';
import { PyByteArray_Type, PyExc_BufferError } from './statics.js';
import { ob_size } from './type_layout.js';
import { PyType_IsSubtype } from './isinstance.js';

export const ByteArrayLayout = layout(
  { ob_alloc: i32, ob_bytes: buffer, ob_start: i32, ob_exports: i32 },
  { items: 0 },
);
export const ba_alloc = HEAD_SIZE + 4;
export const ba_bytes = HEAD_SIZE + 8;
export const ba_start = HEAD_SIZE + 12;
export const ba_exports = HEAD_SIZE + 16;

export function PyByteArray_Check(o: Obj): boolean {
  const type = H32[(o + ob_type) >> 2] as Obj;
  return type === PyByteArray_Type || PyType_IsSubtype(type, PyByteArray_Type);
}

export function PyByteArray_CheckExact(o: Obj): boolean {
  return H32[(o + ob_type) >> 2] === PyByteArray_Type;
}

export function PyByteArray_GET_SIZE(o: Obj): number {
  return H32[(o + ob_size) >> 2];
}

/** The address of the first byte (0 if there never was one); invalid after anything that may resize. */
export function PyByteArray_AS_STRING(o: Obj): number {
  return H32[(o + ba_start) >> 2];
}

/** 0, or -1 with BufferError if somebody holds a buffer. */
export function bytearrayCanResize(o: Obj): number {
  if (H32[(o + ba_exports) >> 2] > 0) {
    return errMinus1(PyExc_BufferError, 'Existing exports of data: object cannot be re-sized');
  }
  return 0;
}

/** Changes the size; new bytes are undefined.  0, or -1 with BufferError or MemoryError. */
export function PyByteArray_Resize(o: Obj, n: number): number {
  const size = H32[(o + ob_size) >> 2];
  if (n === size) return 0;
  if (bytearrayCanResize(o) < 0) return -1;
  const base = H32[(o + ba_bytes) >> 2];
  const start = H32[(o + ba_start) >> 2];
  const offset = start - base;
  const allocated = H32[(o + ba_alloc) >> 2];
  let alloc: number;
  if (n + offset + 1 <= allocated) {
    if (n >= allocated >> 1) {
      H32[(o + ob_size) >> 2] = n;
      H8[start + n] = 0;
      return 0;
    }
    alloc = n + 1;
  } else if (n <= allocated * 1.125) alloc = n + (n >> 3) + (n < 9 ? 3 : 6);
  else alloc = n + 1;
  if (alloc > 0x7ffffe00) {
    PyErr_NoMemory();
    return -1;
  }
  let p: number;
  if (offset > 0) {
    p = PyMem_Malloc(alloc);
    if (p !== 0) {
      copyBytes(p, start, n < size ? n : size);
      PyMem_Free(base);
    }
  } else p = base === 0 ? PyMem_Malloc(alloc) : PyMem_Realloc(base, alloc);
  if (p === 0) {
    PyErr_NoMemory();
    return -1;
  }
  H32[(o + ba_bytes) >> 2] = p;
  H32[(o + ba_start) >> 2] = p;
  H32[(o + ba_alloc) >> 2] = alloc;
  H32[(o + ob_size) >> 2] = n;
  H8[p + n] = 0;
  return 0;
}

/** Returns a new bytearray with the `n` bytes at `address` (0: undefined bytes); NULL with MemoryError. */
export function PyByteArray_FromStringAndSize(address: number, n: number): Obj {
  const o = _PyObject_New(PyByteArray_Type);
  if (o === 0) return NULL;
  if (n > 0) {
    const p = PyMem_Malloc(n + 1);
    if (p === 0) {
      decref(o);
      return PyErr_NoMemory();
    }
    if (address !== 0) copyBytes(p, address, n);
    H8[p + n] = 0;
    H32[(o + ba_bytes) >> 2] = p;
    H32[(o + ba_start) >> 2] = p;
    H32[(o + ba_alloc) >> 2] = n + 1;
    H32[(o + ob_size) >> 2] = n;
  }
  return o;
}

/** Returns a new, empty instance of `type` (bytearray or a subtype); NULL with MemoryError. */
export function bytearrayAlloc(type: Obj): Obj {
  return PyType_GenericAlloc(type, 0);
}

/** Takes `n` bytes at index `at` out, those behind move up (from the front nothing moves): 0, or -1. */
export function bytearrayDelete(o: Obj, at: number, n: number): number {
  if (n === 0) return 0;
  if (bytearrayCanResize(o) < 0) return -1;
  const size = H32[(o + ob_size) >> 2];
  const p = H32[(o + ba_start) >> 2];
  if (at === 0) {
    H32[(o + ba_start) >> 2] = p + n;
    return PyByteArray_Resize(o, size - n);
  }
  copyBytes(p + at, p + at + n, size - at - n);
  return PyByteArray_Resize(o, size - n);
}
