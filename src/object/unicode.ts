// How is a str stored?
//
// Invariant: a str holds its characters in the narrowest of three widths (PEP 393): 1, 2 or 4 bytes each, directly behind its fields.
//
//   header | length | hash (-1: not computed) | state | [fields of a subtype] | characters, a zero character, zeros up to the word
//
//   state:  bits 0-2 kind (1, 2, 4) | bit 3 all characters < 0x80 | bit 4 interned | bits 8-31 offset of the characters
//
// The characters of an exact str begin at `U_DATA`; those of a subtype's instance begin after the subtype's own fields, which is
// why their offset stands in the state.  They are word-aligned, and the bytes between the last character and the next word
// boundary are zero, so that equal strings are equal word by word.  A str is immutable once anyone but its maker has it.
// The empty string and the 256 one-character Latin-1 strings are unique (statics.ts).

import { PyObject_Free, PyObject_Malloc, PyObject_Realloc } from '../memory/alloc.js';
import { H16, H32, H8 } from '../memory/linear.js';
import { PyErr_SetString } from './errors.js';
import { setStrReader } from './fatal_object.js';
import { gcCountAllocation } from './gc_head.js';
import { PyObject_GC_Track } from './gc_head.js';
import { GC_HEAD_SIZE, HEAD_SIZE, ob_refcnt, ob_type } from './head.js';
import {
  _Py_NewReference,
  _Py_RelinkAfterMove,
  _Py_UnlinkForMove,
  decref,
  incref,
  newref,
  RefTotal,
  countedEmptyStrings,
  countedOneStrings,
} from './header.js';
import { i32, layout } from './layout.js';
import { copyChars, maxCharOf, readChar, writeChar } from './memcpy.js';
import { freeObject } from './new_object.js';
import { PyErr_NoMemory } from './no_memory.js';
import { NULL, type Obj } from './ptr.js';
import {
  emptyString,
  LATIN1_CHARS,
  LATIN1_SIZE,
  PyExc_SystemError,
  PyExc_ValueError,
  PyUnicode_Type,
} from './statics.js';
import { hashBytes } from './string_hash.js';
import {
  Py_TPFLAGS_HAVE_GC,
  Py_TPFLAGS_HEAPTYPE,
  Py_TPFLAGS_UNICODE_SUBCLASS,
  tp_basicsize,
  tp_flags,
} from './type_layout.js';
import { forgetInterned } from './unicode_intern.js';

export const UnicodeLayout = layout({ length: i32, hash: i32, state: i32 });

export const U_LENGTH = HEAD_SIZE;
export const U_HASH = HEAD_SIZE + 4;
export const U_STATE = HEAD_SIZE + 8;
/** Where the characters of an exact str begin. */
export const U_DATA = HEAD_SIZE + 12;

export const STATE_KIND = 7;
export const STATE_ASCII = 8;
export const STATE_INTERNED = 16;
export const STATE_OFFSET_SHIFT = 8;

const ASCII_STATE = 1 | STATE_ASCII | (U_DATA << STATE_OFFSET_SHIFT);

export const MAX_UNICODE = 0x10ffff;

// ---- reading -------------------------------------------------------------------------------------------------------------------

/** Whether `o` is a str or an instance of a subtype. */
export function PyUnicode_Check(o: Obj): boolean {
  return (H32[(H32[(o + ob_type) >> 2] + tp_flags) >> 2] & Py_TPFLAGS_UNICODE_SUBCLASS) !== 0;
}

export function PyUnicode_CheckExact(o: Obj): boolean {
  return H32[(o + ob_type) >> 2] === PyUnicode_Type;
}

export function PyUnicode_GET_LENGTH(o: Obj): number {
  return H32[(o + U_LENGTH) >> 2];
}

/** Bytes per character: 1, 2 or 4. */
export function PyUnicode_KIND(o: Obj): number {
  return H32[(o + U_STATE) >> 2] & STATE_KIND;
}

/** The address of the first character. */
export function PyUnicode_DATA(o: Obj): number {
  return o + (H32[(o + U_STATE) >> 2] >>> STATE_OFFSET_SHIFT);
}

/** Whether all characters are ASCII. */
export function PyUnicode_IS_ASCII(o: Obj): boolean {
  return (H32[(o + U_STATE) >> 2] & STATE_ASCII) !== 0;
}

export function PyUnicode_CHECK_INTERNED(o: Obj): boolean {
  return (H32[(o + U_STATE) >> 2] & STATE_INTERNED) !== 0;
}

/** The character at `i` (not checked) of `kind`-wide characters at `data`. */
export const PyUnicode_READ = readChar;
/** Stores a character that fits the kind. */
export const PyUnicode_WRITE = writeChar;

/** The character at index `i`, which must be valid. */
export function PyUnicode_READ_CHAR(o: Obj, i: number): number {
  const state = H32[(o + U_STATE) >> 2];
  const data = o + (state >>> STATE_OFFSET_SHIFT);
  if (state & 1) return H8[data + i];
  if (state & 2) return H16[(data >> 1) + i];
  return H32[(data >> 2) + i];
}

/** An upper bound for the characters: 0x7f, 0xff, 0xffff or 0x10ffff. */
export function PyUnicode_MAX_CHAR_VALUE(o: Obj): number {
  const state = H32[(o + U_STATE) >> 2];
  if (state & STATE_ASCII) return 0x7f;
  return state & 1 ? 0xff : state & 2 ? 0xffff : MAX_UNICODE;
}

/** Bytes per character that `maxchar` needs. */
export function kindForMaxChar(maxchar: number): number {
  return maxchar < 0x100 ? 1 : maxchar < 0x10000 ? 2 : 4;
}

// ---- making --------------------------------------------------------------------------------------------------------------------

/**
 * Returns a new str of `size` characters, none above `maxchar`, to be filled by the caller before anyone sees it; NULL with
 * MemoryError.  For size 0 it is the empty string.
 */
export function PyUnicode_New(size: number, maxchar: number): Obj {
  if (size === 0) return sharedEmpty();
  if (maxchar < 0x80) {
    // The last word first: the bytes behind the characters stay zero.
    const bytes = (U_DATA + size + 4) & -4;
    if (size > 0x7ffffe00) return PyErr_NoMemory();
    const o = PyObject_Malloc(bytes) as number as Obj;
    if (o === 0) return PyErr_NoMemory();
    H32[(o + bytes - 4) >> 2] = 0;
    H32[(o + U_LENGTH) >> 2] = size;
    H32[(o + U_HASH) >> 2] = -1;
    H32[(o + U_STATE) >> 2] = ASCII_STATE;
    _Py_NewReference(o, PyUnicode_Type);
    return o;
  }
  return newStr(PyUnicode_Type, U_DATA, 0, size, maxchar);
}

function newStr(type: Obj, offset: number, gc: number, size: number, maxchar: number): Obj {
  const kind = kindForMaxChar(maxchar);
  const wanted = gc + offset + (size + 1) * kind;
  if (wanted > 0x7ffffe00) return PyErr_NoMemory();
  const bytes = (wanted + 3) & -4;
  const p = PyObject_Malloc(bytes) as number;
  if (p === 0) return PyErr_NoMemory();
  if (gc !== 0) {
    H32[p >> 2] = 0;
    H32[(p + 4) >> 2] = 0;
    gcCountAllocation();
  }
  const o = (p + gc) as Obj;
  H32[(p + bytes - 4) >> 2] = 0;
  H32[(o + U_LENGTH) >> 2] = size;
  H32[(o + U_HASH) >> 2] = -1;
  H32[(o + U_STATE) >> 2] = kind | (maxchar < 0x80 ? STATE_ASCII : 0) | (offset << STATE_OFFSET_SHIFT);
  _Py_NewReference(o, type);
  return o;
}

/** Returns a new instance of `type`, a subtype of str, with the characters of `value`; untracked fields zero; NULL with MemoryError. */
export function unicodeSubtypeNew(type: Obj, value: Obj): Obj {
  const flags = H32[(type + tp_flags) >> 2];
  const offset = (H32[(type + tp_basicsize) >> 2] + 3) & -4;
  const size = PyUnicode_GET_LENGTH(value);
  const o = newStr(type, offset, flags & Py_TPFLAGS_HAVE_GC ? GC_HEAD_SIZE : 0, size, PyUnicode_MAX_CHAR_VALUE(value));
  if (o === 0) return NULL;
  for (let p = o + U_DATA; p < o + offset; p += 4) H32[p >> 2] = 0;
  const kind = PyUnicode_KIND(value);
  copyChars(kind, o + offset, kind, PyUnicode_DATA(value), size);
  H32[(o + U_HASH) >> 2] = H32[(value + U_HASH) >> 2];
  if (flags & Py_TPFLAGS_HEAPTYPE) incref(type);
  if (flags & Py_TPFLAGS_HAVE_GC) PyObject_GC_Track(o);
  return o;
}

/** The bytes of the object without a GC head, for __sizeof__. */
export function unicodeSize(o: Obj): number {
  const state = H32[(o + U_STATE) >> 2];
  return (state >>> STATE_OFFSET_SHIFT) + (H32[(o + U_LENGTH) >> 2] + 1) * (state & STATE_KIND);
}

/** '', a new reference. */
function sharedEmpty(): Obj {
  if (COUNT_ALLOCS) H32[countedEmptyStrings]++;
  return newref(emptyString);
}

/** The static string of one Latin-1 character, a new reference. */
export function latin1Char(c: number): Obj {
  if (COUNT_ALLOCS) H32[countedOneStrings]++;
  return newref((LATIN1_CHARS + c * LATIN1_SIZE) as Obj);
}

/** Returns the str of one character (PyUnicode_FromOrdinal); NULL with ValueError out of range. */
export function PyUnicode_FromOrdinal(c: number): Obj {
  if (c < 0 || c > MAX_UNICODE) return PyErr_SetString(PyExc_ValueError, 'chr() arg not in range(0x110000)');
  return unicodeChar(c);
}

/** As PyUnicode_FromOrdinal for a valid character. */
export function unicodeChar(c: number): Obj {
  if (c < 0x100) return latin1Char(c);
  const o = PyUnicode_New(1, c);
  if (o !== 0) writeChar(PyUnicode_KIND(o), o + U_DATA, 0, c);
  return o;
}

/** Returns a new str of `n` characters of width `kind` at address `data`, in its narrowest kind; NULL with MemoryError. */
export function PyUnicode_FromKindAndData(kind: number, data: number, n: number): Obj {
  if (n === 0) return sharedEmpty();
  if (n === 1) return unicodeChar(readChar(kind, data, 0));
  const o = PyUnicode_New(n, maxCharOf(kind, data, n));
  if (o !== 0) copyChars(PyUnicode_KIND(o), o + U_DATA, kind, data, n);
  return o;
}

/** Returns a new str of the Latin-1 bytes at `data`. */
export function PyUnicode_FromLatin1(data: number, n: number): Obj {
  return PyUnicode_FromKindAndData(1, data, n);
}

/** Returns a new str of JavaScript bytes read as Latin-1. */
export function PyUnicode_FromLatin1Array(bytes: Uint8Array): Obj {
  const n = bytes.length;
  if (n === 0) return sharedEmpty();
  if (n === 1) return latin1Char(bytes[0]);
  let all = 0;
  for (let i = 0; i < n; i++) all |= bytes[i];
  const o = PyUnicode_New(n, all < 0x80 ? 0x7f : 0xff);
  if (o !== 0) H8.set(bytes, o + U_DATA);
  return o;
}

/**
 * Returns a new str of a JavaScript string: surrogate pairs become one character, lone surrogates stay; NULL with MemoryError.
 */
export function PyUnicode_FromString(s: string): Obj {
  const n = s.length;
  if (n === 0) return sharedEmpty();
  let all = 0;
  for (let i = 0; i < n; i++) all |= s.charCodeAt(i);
  if (all < 0x100) {
    if (n === 1) return latin1Char(all);
    const o = PyUnicode_New(n, all);
    if (o === 0) return NULL;
    for (let i = 0, p = o + U_DATA; i < n; i++) H8[p + i] = s.charCodeAt(i);
    return o;
  }
  let pairs = 0;
  if (all >= 0xd800) {
    for (let i = 0; i < n - 1; i++) {
      if ((s.charCodeAt(i) & 0xfc00) === 0xd800 && (s.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
        pairs++;
        i++;
      }
    }
  }
  if (pairs === 0) {
    // `all` may set bits that no character has, never too few.
    let max = 0;
    for (let i = 0; i < n; i++) max = Math.max(max, s.charCodeAt(i));
    const o = PyUnicode_New(n, max);
    if (o === 0) return NULL;
    for (let i = 0, p = (o + U_DATA) >> 1; i < n; i++) H16[p + i] = s.charCodeAt(i);
    return o;
  }
  const o = PyUnicode_New(n - pairs, MAX_UNICODE);
  if (o === 0) return NULL;
  for (let i = 0, p = (o + U_DATA) >> 2; i < n; p++) {
    const c = s.codePointAt(i) as number;
    H32[p] = c;
    i += c > 0xffff ? 2 : 1;
  }
  return o;
}

/** Returns a new str of an array of code points. */
export function fromCodePoints(points: ArrayLike<number>, n = points.length): Obj {
  if (n === 0) return sharedEmpty();
  if (n === 1) return unicodeChar(points[0]);
  let max = 0;
  for (let i = 0; i < n; i++) if (points[i] > max) max = points[i];
  const o = PyUnicode_New(n, max);
  if (o === 0) return NULL;
  const kind = PyUnicode_KIND(o);
  for (let i = 0; i < n; i++) writeChar(kind, o + U_DATA, i, points[i]);
  return o;
}

/** Takes a finished str and returns the one to use instead: the unique object for lengths 0 and 1 of Latin-1, else itself (steals). */
export function unicodeResult(o: Obj): Obj {
  if (o === 0) return NULL;
  const n = PyUnicode_GET_LENGTH(o);
  if (n > 1 || o === emptyString) return o;
  if (n === 0) {
    decref(o);
    return sharedEmpty();
  }
  const c = PyUnicode_READ_CHAR(o, 0);
  if (c >= 0x100) return o;
  decref(o);
  return latin1Char(c);
}

/** Returns `o` itself as a new reference if it is an exact str, else an exact copy (unicode_result_unchanged). */
export function unicodeExact(o: Obj): Obj {
  if (PyUnicode_CheckExact(o)) return newref(o);
  return PyUnicode_FromKindAndData(PyUnicode_KIND(o), PyUnicode_DATA(o), PyUnicode_GET_LENGTH(o));
}

/** Whether the str may still be changed in place by its only owner. */
export function unicodeModifiable(o: Obj): boolean {
  return (
    H32[(o + ob_refcnt) >> 2] === 1 &&
    H32[(o + ob_type) >> 2] === PyUnicode_Type &&
    (H32[(o + U_STATE) >> 2] & STATE_INTERNED) === 0 &&
    (o < LATIN1_CHARS || o > emptyString)
  );
}

/**
 * Changes the length of a modifiable str of which the caller owns the only reference; new characters are undefined.  Returns the
 * str at its new place, or NULL with MemoryError (then `o` is as before and still the caller's).
 */
export function unicodeResize(o: Obj, size: number): Obj {
  if (size === 0) {
    decref(o);
    return sharedEmpty();
  }
  const kind = PyUnicode_KIND(o);
  const wanted = U_DATA + (size + 1) * kind;
  if (wanted > 0x7ffffe00) return PyErr_NoMemory();
  const bytes = (wanted + 3) & -4;
  _Py_UnlinkForMove(o);
  const moved = PyObject_Realloc(o, bytes) as number as Obj;
  if (moved === 0) {
    _Py_RelinkAfterMove(o);
    return PyErr_NoMemory();
  }
  _Py_RelinkAfterMove(moved);
  // The new characters may begin in the word that holds old ones: only what is behind them all becomes zero.
  for (let p = moved + U_DATA + size * kind; p < moved + bytes; p++) H8[p] = 0;
  H32[(moved + U_LENGTH) >> 2] = size;
  H32[(moved + U_HASH) >> 2] = -1;
  return moved;
}

/** tp_dealloc of str. */
export function unicodeDealloc(o: Obj): void {
  const state = H32[(o + U_STATE) >> 2];
  if (o >= LATIN1_CHARS && o <= emptyString) return;
  if (state & STATE_INTERNED) forgetInterned(o);
  if (H32[(o + ob_type) >> 2] === PyUnicode_Type) PyObject_Free(o);
  else freeObject(o);
}

// ---- to JavaScript -------------------------------------------------------------------------------------------------------------

const CHUNK = 8192;

/** The str as a JavaScript string; characters above 0xffff become surrogate pairs. */
export function asString(o: Obj): string {
  return charsToString(PyUnicode_KIND(o), PyUnicode_DATA(o), PyUnicode_GET_LENGTH(o));
}

/** `n` characters at `data` as a JavaScript string. */
export function charsToString(kind: number, data: number, n: number): string {
  if (n <= 16 && kind === 1) {
    let s = '';
    for (let i = 0; i < n; i++) s += String.fromCharCode(H8[data + i]);
    return s;
  }
  let text = '';
  for (let i = 0; i < n; i += CHUNK) {
    const end = Math.min(n, i + CHUNK);
    if (kind === 1) text += String.fromCharCode.apply(null, H8.subarray(data + i, data + end) as unknown as number[]);
    else if (kind === 2) {
      text += String.fromCharCode.apply(null, H16.subarray((data >> 1) + i, (data >> 1) + end) as unknown as number[]);
    } else
      text += String.fromCodePoint.apply(null, H32.subarray((data >> 2) + i, (data >> 2) + end) as unknown as number[]);
  }
  return text;
}

/** The str with everything that is not ASCII escaped, as ascii() shows it. */
export function asciiText(o: Obj): string {
  let text = '';
  for (const ch of asString(o)) {
    const c = ch.codePointAt(0) as number;
    if (c < 0x80) text += ch;
    else if (c < 0x100) text += `\\x${c.toString(16)}`;
    else if (c < 0x10000) text += `\\u${c.toString(16).padStart(4, '0')}`;
    else text += `\\U${c.toString(16).padStart(8, '0')}`;
  }
  return text;
}

/** The number of bytes of `o` in UTF-8, lone surrogates counted as three bytes. */
export function utf8Length(o: Obj): number {
  const n = PyUnicode_GET_LENGTH(o);
  if (PyUnicode_IS_ASCII(o)) return n;
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  let bytes = 0;
  for (let i = 0; i < n; i++) {
    const c = readChar(kind, data, i);
    bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** Writes `o` in UTF-8 (lone surrogates as three bytes) to `out` from `at` on; returns the index behind it. */
export function writeUtf8(o: Obj, out: Uint8Array, at: number): number {
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  let p = at;
  for (let i = 0; i < n; i++) {
    const c = readChar(kind, data, i);
    if (c < 0x80) out[p++] = c;
    else {
      if (c < 0x800) out[p++] = 0xc0 | (c >> 6);
      else {
        if (c < 0x10000) out[p++] = 0xe0 | (c >> 12);
        else {
          out[p++] = 0xf0 | (c >> 18);
          out[p++] = 0x80 | ((c >> 12) & 0x3f);
        }
        out[p++] = 0x80 | ((c >> 6) & 0x3f);
      }
      out[p++] = 0x80 | (c & 0x3f);
    }
  }
  return p;
}

/** The str in UTF-8 as JavaScript bytes; lone surrogates become three bytes each (`surrogatepass`). */
export function asUtf8(o: Obj): Uint8Array {
  const out = new Uint8Array(utf8Length(o));
  writeUtf8(o, out, 0);
  return out;
}

// ---- hash and comparison -------------------------------------------------------------------------------------------------------

/** The hash, computed on first use; never -1. */
export function PyUnicode_Hash(o: Obj): number {
  const h = H32[(o + U_HASH) >> 2];
  if (h !== -1) return h;
  const state = H32[(o + U_STATE) >> 2];
  const hash = hashBytes(o + (state >>> STATE_OFFSET_SHIFT), H32[(o + U_LENGTH) >> 2] * (state & STATE_KIND));
  H32[(o + U_HASH) >> 2] = hash;
  return hash;
}

/** As PyUnicode_Hash, under the name of CPython's slot function. */
export const unicode_hash = PyUnicode_Hash;

/** Whether two strs (subtypes allowed) have the same characters. */
export function unicode_eq(a: Obj, b: Obj): boolean {
  'use wasm';
  if (a === b) return true;
  const n = H32[(a + U_LENGTH) >> 2];
  if (n !== H32[(b + U_LENGTH) >> 2]) return false;
  const sa = H32[(a + U_STATE) >> 2];
  const sb = H32[(b + U_STATE) >> 2];
  const kind = sa & STATE_KIND;
  if (kind !== (sb & STATE_KIND)) return false;
  let x = (a + (sa >>> STATE_OFFSET_SHIFT)) >> 2;
  let y = (b + (sb >>> STATE_OFFSET_SHIFT)) >> 2;
  for (const end = x + ((n * kind + 3) >> 2); x < end; x++, y++) if (H32[x] !== H32[y]) return false;
  return true;
}

/** -1, 0 or 1 in the order of code points. */
export function PyUnicode_Compare(a: Obj, b: Obj): number {
  if (a === b) return 0;
  const na = PyUnicode_GET_LENGTH(a);
  const nb = PyUnicode_GET_LENGTH(b);
  const ka = PyUnicode_KIND(a);
  const kb = PyUnicode_KIND(b);
  const da = PyUnicode_DATA(a);
  const db = PyUnicode_DATA(b);
  const n = na < nb ? na : nb;
  let i = 0;
  if (ka === kb) {
    const words = (n * ka) >> 2;
    let w = 0;
    while (w < words && H32[(da >> 2) + w] === H32[(db >> 2) + w]) w++;
    i = Math.floor((w << 2) / ka);
  }
  for (; i < n; i++) {
    const d = readChar(ka, da, i) - readChar(kb, db, i);
    if (d !== 0) return d < 0 ? -1 : 1;
  }
  return na === nb ? 0 : na < nb ? -1 : 1;
}

/** Whether a str equals a JavaScript string of ASCII characters. */
export function unicodeEqualsAscii(o: Obj, s: string): boolean {
  const n = PyUnicode_GET_LENGTH(o);
  if (n !== s.length || PyUnicode_KIND(o) !== 1) return false;
  const data = PyUnicode_DATA(o);
  for (let i = 0; i < n; i++) if (H8[data + i] !== s.charCodeAt(i)) return false;
  return true;
}

// ---- the static strings --------------------------------------------------------------------------------------------------------

/** Makes the empty string and the 256 one-character strings; to be called before any other str is made. */
export function initUnicode(): void {
  for (let c = 0; c <= 256; c++) {
    const o = LATIN1_CHARS + c * LATIN1_SIZE;
    H32[(o + ob_refcnt) >> 2] = 1;
    H32[(o + ob_type) >> 2] = PyUnicode_Type;
    if (Py_REF_DEBUG) H32[RefTotal]++;
    H32[(o + U_LENGTH) >> 2] = c < 256 ? 1 : 0;
    H32[(o + U_HASH) >> 2] = -1;
    H32[(o + U_STATE) >> 2] =
      1 | (c < 128 || c === 256 ? STATE_ASCII : 0) | STATE_INTERNED | (U_DATA << STATE_OFFSET_SHIFT);
    H32[(o + U_DATA) >> 2] = c & 0xff;
  }
}

/** Gives back the static area's own references at finalization. */
export function finiUnicode(): void {
  for (let c = 0; c <= 256; c++) {
    H32[(LATIN1_CHARS + c * LATIN1_SIZE + ob_refcnt) >> 2]--;
    if (Py_REF_DEBUG) H32[RefTotal]--;
  }
}

/** SystemError for a native caller's mistake; returns NULL. */
export function badUnicodeCall(): Obj {
  return PyErr_SetString(PyExc_SystemError, 'bad argument to internal function');
}

setStrReader((s) => {
  const n = H32[(s + U_LENGTH) >> 2];
  return n >= 0 && n < 1000 ? asString(s) : '?';
});

export { PyUnicode_InternInPlace, PyUnicode_InternFromString } from './unicode_intern.js';
export * from './unicode_ops.js';
export { UnicodeWriter } from './unicode_writer.js';
