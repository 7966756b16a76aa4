// How is a bytes object stored?
//
// Invariant: header | ob_size | ob_shash (-1: not computed) | the bytes | a zero byte.  The empty bytes object and the 256 of one byte
// are unique (statics.ts).  A bytes object is immutable once anyone but its maker has it.

import { PyObject_Free, PyObject_Malloc } from '../memory/alloc.js';
import { H32, H8 } from '../memory/linear.js';
import { HEAD_SIZE, ob_refcnt, ob_type } from './head.js';
import { _Py_NewReference, decref, newref, RefTotal } from './header.js';
import { i32, layout } from './layout.js';
import { copyBytes, equalBytes } from './memcpy.js';
import { _PyObject_Resize, freeObject, PyType_GenericAlloc } from './new_object.js';
import { PyErr_NoMemory } from './no_memory.js';
import { NULL, type Obj } from './ptr.js';
import { BYTE_CHARS, BYTE_SIZE, emptyBytes, PyBytes_Type } from './statics.js';
import { hashBytes } from './string_hash.js';
import { ob_size, Py_TPFLAGS_BYTES_SUBCLASS, tp_flags } from './type_layout.js';

export const BytesLayout = layout({ shash: i32 }, { items: 1 });

export const ob_shash = HEAD_SIZE + 4;
/** Where the bytes begin. */
export const ob_sval = HEAD_SIZE + 8;

export function PyBytes_Check(o: Obj): boolean {
  return (H32[(H32[(o + ob_type) >> 2] + tp_flags) >> 2] & Py_TPFLAGS_BYTES_SUBCLASS) !== 0;
}

export function PyBytes_CheckExact(o: Obj): boolean {
  return H32[(o + ob_type) >> 2] === PyBytes_Type;
}

export function PyBytes_GET_SIZE(o: Obj): number {
  return H32[(o + ob_size) >> 2];
}

/** The address of the first byte. */
export function PyBytes_AS_STRING(o: Obj): number {
  return o + ob_sval;
}

/** Returns a new bytes object of `n` undefined bytes (zero-terminated) to be filled by the caller; for n == 0 the empty one.  NULL with MemoryError. */
export function newBytes(n: number): Obj {
  if (n === 0) return newref(emptyBytes);
  if (n > 0x7ffffe00 || n < 0) return PyErr_NoMemory();
  const size = (ob_sval + n + 4) & -4;
  const o = PyObject_Malloc(size) as number as Obj;
  if (o === 0) return PyErr_NoMemory();
  H32[(o + size - 4) >> 2] = 0;
  H32[(o + ob_size) >> 2] = n;
  H32[(o + ob_shash) >> 2] = -1;
  _Py_NewReference(o, PyBytes_Type);
  return o;
}

/** Returns a bytes object with the `n` bytes at `address`; with address 0 as newBytes (then of one byte, too, a fresh object).  NULL with MemoryError. */
export function PyBytes_FromStringAndSize(address: number, n: number): Obj {
  if (n === 0) return newref(emptyBytes);
  if (n === 1 && address !== 0) return byteObj(H8[address]);
  const o = newBytes(n);
  if (o !== 0 && address !== 0) copyBytes(o + ob_sval, address, n);
  return o;
}

/** The static bytes object of one byte, a new reference. */
export function byteObj(b: number): Obj {
  return newref((BYTE_CHARS + b * BYTE_SIZE) as Obj);
}

/** Returns a bytes object with JavaScript bytes; NULL with MemoryError. */
export function bytesFromArray(bytes: ArrayLike<number>, n = bytes.length): Obj {
  if (n === 0) return newref(emptyBytes);
  if (n === 1) return byteObj(bytes[0]);
  const o = newBytes(n);
  if (o === 0) return NULL;
  if (bytes instanceof Uint8Array && n === bytes.length) H8.set(bytes, o + ob_sval);
  else for (let i = 0; i < n; i++) H8[o + ob_sval + i] = bytes[i];
  return o;
}

/** Returns a bytes object with the characters of a JavaScript string (all below 0x100). */
export function bytesFromLatin1(s: string): Obj {
  if (s.length === 1) return byteObj(s.charCodeAt(0));
  const o = newBytes(s.length);
  if (o !== 0) for (let i = 0; i < s.length; i++) H8[o + ob_sval + i] = s.charCodeAt(i);
  return o;
}

/** The bytes, as a view of the heap: valid until the next call into the runtime. */
export function bytesView(o: Obj): Uint8Array {
  return H8.subarray(o + ob_sval, o + ob_sval + PyBytes_GET_SIZE(o));
}

/** The bytes, copied. */
export function asBytes(o: Obj): Uint8Array {
  return H8.slice(o + ob_sval, o + ob_sval + PyBytes_GET_SIZE(o));
}

/** Takes a finished bytes object and returns the unique one for sizes 0 and 1 instead (steals). */
export function bytesResult(o: Obj): Obj {
  if (o === 0) return NULL;
  const n = PyBytes_GET_SIZE(o);
  if (n > 1 || o === emptyBytes) return o;
  const unique = n === 0 ? newref(emptyBytes) : byteObj(H8[o + ob_sval]);
  decref(o);
  return unique;
}

/** Returns a new instance of `type`, a subtype of bytes, with the bytes of `value`; NULL with MemoryError. */
export function bytesSubtypeNew(type: Obj, value: Obj): Obj {
  const n = PyBytes_GET_SIZE(value);
  const o = PyType_GenericAlloc(type, n);
  if (o === 0) return NULL;
  H32[(o + ob_shash) >> 2] = H32[(value + ob_shash) >> 2];
  copyBytes(o + ob_sval, value + ob_sval, n);
  return o;
}

/** Changes the size of a bytes object of which the caller owns the only reference (stolen); returns it at its new place, or NULL with MemoryError. */
export function _PyBytes_Resize(o: Obj, n: number): Obj {
  if (n === PyBytes_GET_SIZE(o)) return o;
  if (n === 0) {
    decref(o);
    return newref(emptyBytes);
  }
  if (PyBytes_GET_SIZE(o) === 0 || H32[(o + ob_refcnt) >> 2] !== 1 || (o >= BYTE_CHARS && o <= emptyBytes)) {
    const fresh = newBytes(n);
    if (fresh !== 0) copyBytes(fresh + ob_sval, o + ob_sval, Math.min(n, PyBytes_GET_SIZE(o)));
    decref(o);
    return fresh;
  }
  const moved = _PyObject_Resize(o, n + 1);
  if (moved === 0) {
    decref(o);
    return NULL;
  }
  H32[(moved + ob_size) >> 2] = n;
  H32[(moved + ob_shash) >> 2] = -1;
  H8[moved + ob_sval + n] = 0;
  return moved;
}

/** The hash, computed on first use: that of a str with the same bytes. */
export function PyBytes_Hash(o: Obj): number {
  const h = H32[(o + ob_shash) >> 2];
  if (h !== -1) return h;
  const hash = hashBytes(o + ob_sval, H32[(o + ob_size) >> 2]);
  H32[(o + ob_shash) >> 2] = hash;
  return hash;
}

/** Whether two bytes objects hold the same bytes. */
export function bytesEq(a: Obj, b: Obj): boolean {
  const n = PyBytes_GET_SIZE(a);
  return a === b || (n === PyBytes_GET_SIZE(b) && equalBytes(a + ob_sval, b + ob_sval, n));
}

/** tp_dealloc of bytes. */
export function bytesDealloc(o: Obj): void {
  if (o >= BYTE_CHARS && o <= emptyBytes) return;
  if (H32[(o + ob_type) >> 2] === PyBytes_Type) PyObject_Free(o);
  else freeObject(o);
}

/** Makes the unique objects; to be called before any other bytes object is made. */
export function initBytes(): void {
  for (let c = 0; c <= 256; c++) {
    const o = BYTE_CHARS + c * BYTE_SIZE;
    H32[(o + ob_refcnt) >> 2] = 1;
    H32[(o + ob_type) >> 2] = PyBytes_Type;
    if (Py_REF_DEBUG) H32[RefTotal]++;
    H32[(o + ob_size) >> 2] = c < 256 ? 1 : 0;
    H32[(o + ob_shash) >> 2] = -1;
    H8[o + ob_sval] = c & 0xff;
    H8[o + ob_sval + 1] = 0;
  }
}

/** Gives back the static area's own references at finalization. */
export function finiBytes(): void {
  for (let c = 0; c <= 256; c++) {
    H32[(BYTE_CHARS + c * BYTE_SIZE + ob_refcnt) >> 2]--;
    if (Py_REF_DEBUG) H32[RefTotal]--;
  }
}
