// The methods that bytes and bytearray share.
//
// Invariant: `self` is either; its bytes are borrowed through acquireBytes for the time they are looked at, so that a bytearray cannot be resized under
// a method that runs other code; results are exact bytes for bytes and new bytearrays for bytearrays.  Characters are ASCII.

import { UnicodeWriter } from '../object/unicode_writer.js';
import { H32, H8, staticAlloc } from '../memory/linear.js';
import {
  acquireBytes,
  freeView,
  newView,
  PyBuffer_Release,
  PyBUF_SIMPLE,
  PyObject_CheckBuffer,
  PyObject_GetBuffer,
  BUF_buf,
  BUF_len,
  rangeLength,
  rangeStart,
  releaseBytes,
} from '../object/buffer.js';
import { PyByteArray_AS_STRING, PyByteArray_Check, PyByteArray_FromStringAndSize } from '../object/bytearray.js';
import {
  byteObj,
  newBytes,
  ob_sval,
  PyBytes_AS_STRING,
  PyBytes_Check,
  PyBytes_CheckExact,
  PyBytes_FromStringAndSize,
  PyBytes_GET_SIZE,
} from '../object/bytes.js';
import { BytesWriter } from '../object/bytes_writer.js';
import { type MethodDef, method, staticMethod } from '../object/declare.js';
import {
  errMinus1,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  PyType_FastSubclass,
  typeName,
} from '../object/errors.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { _PyList_AppendTakeRef, fastItems, PyList_New, PyList_Reverse } from '../object/list.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyObject_Size } from '../object/mapping.js';
import { copyBytes, equalBytes, findByte } from '../object/memcpy.js';
import { PyIndex_Check, PyNumber_AsSsize_t } from '../object/number.js';
import type { Obj, Ptr } from '../object/ptr.js';
import { NULL } from '../object/ptr.js';
import { PySequence_Fast } from '../object/sequence.js';
import { _PyEval_SliceIndex, sliceIndex } from '../object/slice.js';
import {
  Py_False,
  Py_None,
  Py_True,
  PyExc_BufferError,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyExc_RuntimeError,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, tupleFromObjs } from '../object/tuple.js';
import { ob_size, Py_TPFLAGS_TUPLE_SUBCLASS } from '../object/type_layout.js';
import {
  clipEnd,
  clipStart,
  PyUnicode_Check,
  PyUnicode_DATA,
  PyUnicode_FromLatin1,
  PyUnicode_GET_LENGTH,
  PyUnicode_KIND,
  PyUnicode_New,
  PyUnicode_READ_CHAR,
  repeatBytes,
  U_DATA,
} from '../object/unicode.js';
import { CT_ALNUM, CT_ALPHA, CT_BYTE_SPACE, CT_DIGIT, CT_LOWER, CT_UPPER, ctype } from '../object/unicode_ctype.js';
import { countChars, findChars, rfindChars } from '../object/unicode_search.js';
import { optionalText, PyUnicode_Decode } from './codec.js';

const MAX = 0x7fffffff;
const truth = (b: boolean): Obj => newref(b ? Py_True : Py_False);

/** A new object of self's kind with bytes [p, p+n); with p 0 undefined ones. */
export function make(self: Obj, p: number, n: number): Obj {
  return PyByteArray_Check(self) ? PyByteArray_FromStringAndSize(p, n) : PyBytes_FromStringAndSize(p, n);
}

/** A new object of self's kind of `n` bytes to be filled, which `dataOf` finds. */
function makeEmpty(self: Obj, n: number): Obj {
  return PyByteArray_Check(self) ? PyByteArray_FromStringAndSize(0, n) : newBytes(n);
}
function dataOf(o: Obj): number {
  return PyBytes_Check(o) ? PyBytes_AS_STRING(o) : PyByteArray_AS_STRING(o);
}

/** Turns the writer's bytes into an object of self's kind. */
function finishAs(self: Obj, w: BytesWriter): Obj {
  const o = w.finish();
  if (o === 0 || !PyByteArray_Check(self)) return o;
  const r = PyByteArray_FromStringAndSize(PyBytes_AS_STRING(o), PyBytes_GET_SIZE(o));
  decref(o);
  return r;
}

/** self unchanged: itself if it is exact bytes, else a copy. */
function unchanged(self: Obj, p: number, n: number): Obj {
  return PyBytes_CheckExact(self) ? newref(self) : make(self, p, n);
}

// ---- searching -----------------------------------------------------------------------------------------------------------------

/** Where a single byte that is searched for stands. */
const oneByte = staticAlloc(4);

let rangeFrom = 0;
let rangeTo = 0;

function bounds(start: Obj, end: Obj): boolean {
  rangeFrom = 0;
  rangeTo = MAX;
  if (start === Py_None && end === Py_None) return true;
  if (!_PyEval_SliceIndex(start, 0)) return false;
  const from = sliceIndex;
  if (!_PyEval_SliceIndex(end, MAX)) return false;
  rangeFrom = from;
  rangeTo = sliceIndex;
  return true;
}

let subStart = 0;
let subLength = 0;

/** Borrows what is searched for, bytes-like or an int, as subStart and subLength: a handle for releaseBytes, or 0 with an exception. */
function acquireSub(sub: Obj): number {
  if (PyObject_CheckBuffer(sub)) {
    const h = acquireBytes(sub);
    subStart = rangeStart;
    subLength = rangeLength;
    return h;
  }
  if (!PyIndex_Check(sub)) {
    PyErr_SetString(PyExc_TypeError, `argument should be integer or bytes-like object, not '${typeName(sub)}'`);
    return 0;
  }
  const v = PyNumber_AsSsize_t(sub, NULL);
  if (v === -1 && PyErr_Occurred() !== 0) return 0;
  if (v < 0 || v > 255) {
    PyErr_SetString(PyExc_ValueError, 'byte must be in range(0, 256)');
    return 0;
  }
  H8[oneByte] = v;
  subStart = oneByte;
  subLength = 1;
  return 1;
}

const FIND = 1;
const RFIND = 2;
const COUNT = 3;

/** The answer of find, rfind or count; -1 not found, -2 with an exception. */
function search(self: Obj, sub: Obj, start: Obj, end: Obj, what: number): number {
  if (!bounds(start, end)) return -2;
  let from = rangeFrom;
  let to = rangeTo;
  // Held first, so that asking for what is searched cannot change the place where.
  const h = acquireBytes(self);
  if (h === 0) return -2;
  const p = rangeStart;
  to = clipEnd(to, rangeLength);
  from = clipStart(from, rangeLength);
  const hs = acquireSub(sub);
  if (hs === 0) {
    releaseBytes(h);
    return -2;
  }
  const s = subStart;
  const m = subLength;
  let r = what === COUNT ? 0 : -1;
  if (to - from >= m) {
    if (what === FIND) r = findChars(1, p + from, to - from, 1, s, m);
    else if (what === RFIND) r = rfindChars(1, p + from, to - from, 1, s, m);
    else r = countChars(1, p + from, to - from, 1, s, m, MAX);
    if (what !== COUNT && r >= 0) r += from;
  }
  releaseBytes(h);
  releaseBytes(hs);
  return r;
}

const intResult = (r: number): Obj => (r === -2 ? NULL : PyLong_FromLong(r));
function indexResult(r: number): Obj {
  return r === -1 ? PyErr_SetString(PyExc_ValueError, 'subsection not found') : intResult(r);
}

function find(self: Obj, sub: Obj, start: Obj, end: Obj): Obj {
  return intResult(search(self, sub, start, end, FIND));
}
function rfind(self: Obj, sub: Obj, start: Obj, end: Obj): Obj {
  return intResult(search(self, sub, start, end, RFIND));
}
function index(self: Obj, sub: Obj, start: Obj, end: Obj): Obj {
  return indexResult(search(self, sub, start, end, FIND));
}
function rindex(self: Obj, sub: Obj, start: Obj, end: Obj): Obj {
  return indexResult(search(self, sub, start, end, RFIND));
}
function count(self: Obj, sub: Obj, start: Obj, end: Obj): Obj {
  return intResult(search(self, sub, start, end, COUNT));
}

/** sq_contains: 1, 0, or -1. */
export function contains(self: Obj, sub: Obj): number {
  const h = acquireBytes(self);
  if (h === 0) return -1;
  const r = containsIn(rangeStart, rangeLength, sub);
  releaseBytes(h);
  return r;
}

function containsIn(p: number, n: number, sub: Obj): number {
  if (PyIndex_Check(sub)) {
    const v = PyNumber_AsSsize_t(sub, PyExc_ValueError);
    if (v === -1 && PyErr_Occurred() !== 0) {
      if (!PyErr_ExceptionMatches(PyExc_ValueError)) return -1;
      return errMinus1(PyExc_ValueError, 'byte must be in range(0, 256)');
    }
    if (v < 0 || v > 255) return errMinus1(PyExc_ValueError, 'byte must be in range(0, 256)');
    return findByte(p, p + n, v) >= 0 ? 1 : 0;
  }
  const hs = acquireBytes(sub);
  if (hs === 0) return -1;
  const s = rangeStart;
  const m = rangeLength;
  const r = findChars(1, p, n, 1, s, m) >= 0 ? 1 : 0;
  releaseBytes(hs);
  return r;
}

/** Whether self[from:to] has `sub` at its begin or end: 1, 0, or -1. */
function tailmatch(self: Obj, sub: Obj, from: number, to: number, atEnd: boolean): number {
  const hs = acquireBytes(sub);
  if (hs === 0) return -1;
  const s = rangeStart;
  const m = rangeLength;
  const n = H32[(self + ob_size) >> 2];
  const end = clipEnd(to, n);
  const start = clipStart(from, n);
  const at = atEnd ? end - m : start;
  const r = end - start >= m && equalBytes(dataOf(self) + at, s, m) ? 1 : 0;
  releaseBytes(hs);
  return r;
}

function anyTail(self: Obj, what: Obj, start: Obj, end: Obj, atEnd: boolean): Obj {
  if (!bounds(start, end)) return NULL;
  const from = rangeFrom;
  const to = rangeTo;
  if (PyType_FastSubclass(Py_TYPE(what), Py_TPFLAGS_TUPLE_SUBCLASS)) {
    for (let i = 0; i < PyTuple_GET_SIZE(what); i++) {
      const r = tailmatch(self, PyTuple_GET_ITEM(what, i), from, to, atEnd);
      if (r < 0) return NULL;
      if (r > 0) return truth(true);
    }
    return truth(false);
  }
  const r = tailmatch(self, what, from, to, atEnd);
  if (r < 0) {
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) return NULL;
    const name = atEnd ? 'endswith' : 'startswith';
    return PyErr_SetString(
      PyExc_TypeError,
      `${name} first arg must be bytes or a tuple of bytes, not ${typeName(what)}`,
    );
  }
  return truth(r > 0);
}
function startswith(self: Obj, what: Obj, start: Obj, end: Obj): Obj {
  return anyTail(self, what, start, end, false);
}
function endswith(self: Obj, what: Obj, start: Obj, end: Obj): Obj {
  return anyTail(self, what, start, end, true);
}

function removeprefix(self: Obj, prefix: Obj): Obj {
  return removeAffix(self, prefix, false);
}
function removesuffix(self: Obj, suffix: Obj): Obj {
  return removeAffix(self, suffix, true);
}
function removeAffix(self: Obj, affix: Obj, atEnd: boolean): Obj {
  const hs = acquireBytes(affix);
  if (hs === 0) return NULL;
  const s = rangeStart;
  const m = rangeLength;
  const p = dataOf(self);
  const n = H32[(self + ob_size) >> 2];
  let r: Obj;
  if (m > 0 && m <= n && equalBytes(atEnd ? p + n - m : p, s, m)) r = make(self, atEnd ? p : p + m, n - m);
  else r = unchanged(self, p, n);
  releaseBytes(hs);
  return r;
}

// ---- replacing and translating ---------------------------------------------------------------------------------------------------

function replace(self: Obj, old: Obj, by: Obj, max: number): Obj {
  const ho = acquireBytes(old);
  if (ho === 0) return NULL;
  const op = rangeStart;
  const on = rangeLength;
  const hb = acquireBytes(by);
  if (hb === 0) {
    releaseBytes(ho);
    return NULL;
  }
  const bp = rangeStart;
  const bn = rangeLength;
  const r = replaceRange(self, op, on, bp, bn, max < 0 ? MAX : max);
  releaseBytes(hb);
  releaseBytes(ho);
  return r;
}

function replaceRange(self: Obj, op: number, on: number, bp: number, bn: number, max: number): Obj {
  const p = dataOf(self);
  const n = H32[(self + ob_size) >> 2];
  const times = on > n || (on === 0 && bn === 0) ? 0 : countChars(1, p, n, 1, op, on, max);
  if (times === 0 || (on === bn && equalBytes(op, bp, on))) return unchanged(self, p, n);
  const total = n + times * (bn - on);
  if (total > MAX) return PyErr_SetString(PyExc_OverflowError, 'replace bytes is too long');
  const w = new BytesWriter();
  if (total > 0 && w.reserve(total) < 0) return w.fail();
  let from = 0;
  for (let i = 0; i < times; i++) {
    const gap = on === 0 ? (i === 0 ? 0 : 1) : findChars(1, p + from, n - from, 1, op, on);
    if (w.bytes(p + from, gap) < 0 || w.bytes(bp, bn) < 0) return w.fail();
    from += gap + on;
  }
  if (w.bytes(p + from, n - from) < 0) return w.fail();
  return finishAs(self, w);
}

function translate(self: Obj, table: Obj, deletechars: Obj): Obj {
  let map: Uint8Array | null = null;
  if (table !== Py_None) {
    const h = acquireBytes(table);
    if (h === 0) return NULL;
    if (rangeLength !== 256) {
      releaseBytes(h);
      return PyErr_SetString(PyExc_ValueError, 'translation table must be 256 characters long');
    }
    map = H8.slice(rangeStart, rangeStart + 256);
    releaseBytes(h);
  }
  let gone: Uint8Array | null = null;
  if (deletechars !== 0) {
    const h = acquireBytes(deletechars);
    if (h === 0) return NULL;
    if (rangeLength > 0) {
      gone = new Uint8Array(256);
      for (let i = 0; i < rangeLength; i++) gone[H8[rangeStart + i]] = 1;
    }
    releaseBytes(h);
  }
  const p = dataOf(self);
  const n = H32[(self + ob_size) >> 2];
  const w = new BytesWriter();
  if (n > 0 && w.reserve(n) < 0) return w.fail();
  let changed = false;
  for (let i = 0; i < n; i++) {
    const b = H8[p + i];
    if (gone !== null && gone[b] === 1) {
      changed = true;
      continue;
    }
    const c = map === null ? b : map[b];
    if (c !== b) changed = true;
    w.byte(c);
  }
  if (!changed && PyBytes_CheckExact(self)) {
    w.drop();
    return newref(self);
  }
  return finishAs(self, w);
}

function maketrans(_: Obj, frm: Obj, to: Obj): Obj {
  const hf = acquireBytes(frm);
  if (hf === 0) return NULL;
  const fp = rangeStart;
  const fn = rangeLength;
  const ht = acquireBytes(to);
  if (ht === 0) {
    releaseBytes(hf);
    return NULL;
  }
  const tp = rangeStart;
  let r: Obj = NULL;
  if (fn !== rangeLength) PyErr_SetString(PyExc_ValueError, 'maketrans arguments must have same length');
  else {
    r = newBytes(256);
    if (r !== 0) {
      for (let i = 0; i < 256; i++) H8[r + ob_sval + i] = i;
      for (let i = 0; i < fn; i++) H8[r + ob_sval + H8[fp + i]] = H8[tp + i];
    }
  }
  releaseBytes(ht);
  releaseBytes(hf);
  return r;
}

// ---- splitting and joining -------------------------------------------------------------------------------------------------------

function push(list: Obj, item: Obj): boolean {
  return item !== 0 && _PyList_AppendTakeRef(list, item) === 0;
}

const isSpace = (b: number): boolean => (ctype[b] & CT_BYTE_SPACE) !== 0;

function splitSpace(self: Obj, p: number, n: number, max: number, list: Obj): boolean {
  let i = 0;
  let left = max;
  for (;;) {
    while (i < n && isSpace(H8[p + i])) i++;
    if (i === n) return true;
    const start = i;
    if (left-- <= 0) return push(list, start === 0 ? unchanged(self, p, n) : make(self, p + start, n - start));
    while (i < n && !isSpace(H8[p + i])) i++;
    if (!push(list, start === 0 && i === n ? unchanged(self, p, n) : make(self, p + start, i - start))) return false;
  }
}

function rsplitSpace(self: Obj, p: number, n: number, max: number, list: Obj): boolean {
  let i = n;
  let left = max;
  for (;;) {
    while (i > 0 && isSpace(H8[p + i - 1])) i--;
    if (i === 0) return true;
    const end = i;
    if (left-- <= 0) return push(list, end === n ? unchanged(self, p, n) : make(self, p, end));
    while (i > 0 && !isSpace(H8[p + i - 1])) i--;
    if (!push(list, i === 0 && end === n ? unchanged(self, p, n) : make(self, p + i, end - i))) return false;
  }
}

function splitSep(self: Obj, p: number, n: number, s: number, m: number, max: number, list: Obj): boolean {
  let from = 0;
  let left = max;
  while (left-- > 0) {
    const at = findChars(1, p + from, n - from, 1, s, m);
    if (at < 0) break;
    if (!push(list, make(self, p + from, at))) return false;
    from += at + m;
  }
  return push(list, from === 0 ? unchanged(self, p, n) : make(self, p + from, n - from));
}

function rsplitSep(self: Obj, p: number, n: number, s: number, m: number, max: number, list: Obj): boolean {
  let end = n;
  let left = max;
  while (left-- > 0) {
    const at = rfindChars(1, p, end, 1, s, m);
    if (at < 0) break;
    if (!push(list, make(self, p + at + m, end - at - m))) return false;
    end = at;
  }
  return push(list, end === n ? unchanged(self, p, n) : make(self, p, end));
}

function splitBoth(self: Obj, sep: Obj, maxsplit: number, right: boolean): Obj {
  const h = acquireBytes(self);
  if (h === 0) return NULL;
  const r = splitHeld(self, sep, maxsplit, right);
  releaseBytes(h);
  return r;
}

function splitHeld(self: Obj, sep: Obj, maxsplit: number, right: boolean): Obj {
  const max = maxsplit < 0 ? MAX : maxsplit;
  let hs = 1;
  let s = 0;
  let m = 0;
  if (sep !== Py_None) {
    hs = acquireBytes(sep);
    if (hs === 0) return NULL;
    s = rangeStart;
    m = rangeLength;
    if (m === 0) {
      releaseBytes(hs);
      return PyErr_SetString(PyExc_ValueError, 'empty separator');
    }
  }
  let list = PyList_New(0);
  const p = dataOf(self);
  const n = H32[(self + ob_size) >> 2];
  if (list !== 0) {
    let ok: boolean;
    if (sep === Py_None) ok = right ? rsplitSpace(self, p, n, max, list) : splitSpace(self, p, n, max, list);
    else ok = right ? rsplitSep(self, p, n, s, m, max, list) : splitSep(self, p, n, s, m, max, list);
    if (!ok) {
      decref(list);
      list = NULL;
    } else if (right) PyList_Reverse(list);
  }
  releaseBytes(hs);
  return list;
}
function split(self: Obj, sep: Obj, maxsplit: number): Obj {
  return splitBoth(self, sep, maxsplit, false);
}
function rsplit(self: Obj, sep: Obj, maxsplit: number): Obj {
  return splitBoth(self, sep, maxsplit, true);
}

function splitlines(self: Obj, keepends: number): Obj {
  const list = PyList_New(0);
  if (list === 0) return NULL;
  const p = dataOf(self);
  const n = H32[(self + ob_size) >> 2];
  let i = 0;
  while (i < n) {
    const start = i;
    while (i < n && H8[p + i] !== 10 && H8[p + i] !== 13) i++;
    let end = i;
    if (i < n) {
      i += H8[p + i] === 13 && i + 1 < n && H8[p + i + 1] === 10 ? 2 : 1;
      if (keepends) end = i;
    }
    if (!push(list, start === 0 && end === n ? unchanged(self, p, n) : make(self, p + start, end - start))) {
      decref(list);
      return NULL;
    }
  }
  return list;
}

function partitionBoth(self: Obj, sep: Obj, right: boolean): Obj {
  const hs = acquireBytes(sep);
  if (hs === 0) return NULL;
  const s = rangeStart;
  const m = rangeLength;
  const p = dataOf(self);
  const n = H32[(self + ob_size) >> 2];
  let parts: Obj[];
  if (m === 0) {
    releaseBytes(hs);
    return PyErr_SetString(PyExc_ValueError, 'empty separator');
  }
  const at = right ? rfindChars(1, p, n, 1, s, m) : findChars(1, p, n, 1, s, m);
  if (at < 0) {
    const whole = unchanged(self, p, n);
    parts = right ? [make(self, 0, 0), make(self, 0, 0), whole] : [whole, make(self, 0, 0), make(self, 0, 0)];
  } else {
    const middle = PyBytes_Check(self) && PyBytes_CheckExact(sep) ? newref(sep) : make(self, s, m);
    parts = [make(self, p, at), middle, make(self, p + at + m, n - at - m)];
  }
  releaseBytes(hs);
  if (parts.every((o) => o !== 0)) return tupleFromObjs(parts);
  for (const o of parts) if (o !== 0) decref(o);
  return NULL;
}
function partition(self: Obj, sep: Obj): Obj {
  return partitionBoth(self, sep, false);
}
function rpartition(self: Obj, sep: Obj): Obj {
  return partitionBoth(self, sep, true);
}

/** sep.join(iterable) (PyBytes_Join). */
export function join(self: Obj, iterable: Obj): Obj {
  // Held before the iterable is asked, which may want to change it.
  const h = acquireBytes(self);
  if (h === 0) return NULL;
  const r = joinHeld(self, rangeStart, rangeLength, iterable);
  releaseBytes(h);
  return r;
}

/** As join; `sn` bytes at `sp` are those of self. */
function joinHeld(self: Obj, sp: number, sn: number, iterable: Obj): Obj {
  const seq = PySequence_Fast(iterable, 'can only join an iterable');
  if (seq === 0) return NULL;
  const n = H32[(seq + ob_size) >> 2];
  if (n === 1 && PyBytes_Check(self)) {
    const only = H32[fastItems(seq) >> 2] as Obj;
    if (PyBytes_CheckExact(only)) {
      newref(only);
      decref(seq);
      return only;
    }
  }
  const w = new BytesWriter();
  let ok = true;
  for (let i = 0; ok && i < n; i++) {
    // Asking for a buffer may run code that changes the list.
    if (H32[(seq + ob_size) >> 2] !== n) {
      PyErr_SetString(PyExc_RuntimeError, 'sequence changed size during iteration');
      ok = false;
      break;
    }
    const item = newref(H32[(fastItems(seq) >> 2) + i] as Obj);
    if (i > 0 && w.bytes(sp, sn) < 0) ok = false;
    else if (PyBytes_CheckExact(item)) ok = w.bytes(PyBytes_AS_STRING(item), PyBytes_GET_SIZE(item)) === 0;
    else {
      const hi = acquireBytes(item);
      if (hi === 0) {
        if (PyErr_ExceptionMatches(PyExc_TypeError) || PyErr_ExceptionMatches(PyExc_BufferError)) {
          PyErr_SetString(PyExc_TypeError, `sequence item ${i}: expected a bytes-like object, ${typeName(item)} found`);
        }
        ok = false;
      } else {
        ok = w.bytes(rangeStart, rangeLength) === 0;
        releaseBytes(hi);
      }
    }
    decref(item);
  }
  decref(seq);
  return ok ? finishAs(self, w) : w.fail();
}

// ---- stripping and padding -------------------------------------------------------------------------------------------------------

const LEFT = 1;
const RIGHT = 2;

function stripSides(self: Obj, chars: Obj, sides: number): Obj {
  let among: (b: number) => boolean = isSpace;
  if (chars !== Py_None) {
    const h = acquireBytes(chars);
    if (h === 0) return NULL;
    const set = new Uint8Array(256);
    for (let i = 0; i < rangeLength; i++) set[H8[rangeStart + i]] = 1;
    releaseBytes(h);
    among = (b) => set[b] === 1;
  }
  const p = dataOf(self);
  const n = H32[(self + ob_size) >> 2];
  let i = 0;
  let j = n;
  if (sides & LEFT) while (i < j && among(H8[p + i])) i++;
  if (sides & RIGHT) while (j > i && among(H8[p + j - 1])) j--;
  return i === 0 && j === n ? unchanged(self, p, n) : make(self, p + i, j - i);
}
function strip(self: Obj, chars: Obj): Obj {
  return stripSides(self, chars, LEFT | RIGHT);
}
function lstrip(self: Obj, chars: Obj): Obj {
  return stripSides(self, chars, LEFT);
}
function rstrip(self: Obj, chars: Obj): Obj {
  return stripSides(self, chars, RIGHT);
}

function pad(self: Obj, left: number, right: number, fill: number): Obj {
  const p = dataOf(self);
  const n = H32[(self + ob_size) >> 2];
  const l = Math.max(0, left);
  const r = Math.max(0, right);
  if (l === 0 && r === 0) return unchanged(self, p, n);
  const o = makeEmpty(self, l + n + r);
  if (o === 0) return NULL;
  const to = dataOf(o);
  H8.fill(fill, to, to + l);
  copyBytes(to + l, dataOf(self), n);
  H8.fill(fill, to + l + n, to + l + n + r);
  return o;
}

/** The fill byte of center, ljust, rjust; -1 with TypeError. */
function fillByte(o: Obj, name: string): number {
  if (o === 0) return 32;
  if (PyBytes_Check(o) || PyByteArray_Check(o)) {
    const n = H32[(o + ob_size) >> 2];
    if (n === 1) return H8[dataOf(o)];
    const kind = PyBytes_Check(o) ? 'bytes' : 'bytearray';
    return errMinus1(
      PyExc_TypeError,
      `${name}(): argument 2 must be a byte string of length 1, not a ${kind} object of length ${n}`,
    );
  }
  return errMinus1(PyExc_TypeError, `${name}() argument 2 must be a byte string of length 1, not ${typeName(o)}`);
}

function center(self: Obj, width: number, fillchar: Obj): Obj {
  const c = fillByte(fillchar, 'center');
  if (c < 0) return NULL;
  const margin = width - H32[(self + ob_size) >> 2];
  const left = margin <= 0 ? 0 : (margin >> 1) + (margin & width & 1);
  return pad(self, left, margin - left, c);
}
function ljust(self: Obj, width: number, fillchar: Obj): Obj {
  const c = fillByte(fillchar, 'ljust');
  return c < 0 ? NULL : pad(self, 0, width - H32[(self + ob_size) >> 2], c);
}
function rjust(self: Obj, width: number, fillchar: Obj): Obj {
  const c = fillByte(fillchar, 'rjust');
  return c < 0 ? NULL : pad(self, width - H32[(self + ob_size) >> 2], 0, c);
}

function zfill(self: Obj, width: number): Obj {
  const n = H32[(self + ob_size) >> 2];
  const fill = width - n;
  const o = pad(self, fill, 0, 48);
  if (o === 0 || fill <= 0 || n === 0) return o;
  const p = dataOf(o);
  const c = H8[p + fill];
  if (c === 43 || c === 45) {
    H8[p] = c;
    H8[p + fill] = 48;
  }
  return o;
}

function expandtabs(self: Obj, tabsize: number): Obj {
  const p = dataOf(self);
  const n = H32[(self + ob_size) >> 2];
  let total = 0;
  let column = 0;
  for (let i = 0; i < n; i++) {
    const c = H8[p + i];
    if (c === 9) {
      if (tabsize > 0) {
        const k = tabsize - (column % tabsize);
        column += k;
        total += k;
      }
    } else {
      total++;
      column = c === 10 || c === 13 ? 0 : column + 1;
    }
  }
  if (total > MAX) return PyErr_SetString(PyExc_OverflowError, 'result too long');
  const w = new BytesWriter();
  if (total > 0 && w.reserve(total) < 0) return w.fail();
  column = 0;
  for (let i = 0; i < n; i++) {
    const c = H8[p + i];
    if (c === 9) {
      if (tabsize > 0) {
        const k = tabsize - (column % tabsize);
        w.fill(32, k);
        column += k;
      }
    } else {
      w.byte(c);
      column = c === 10 || c === 13 ? 0 : column + 1;
    }
  }
  return finishAs(self, w);
}

// ---- kinds of bytes and their case ---------------------------------------------------------------------------------------------

function all(self: Obj, mask: number): Obj {
  const p = dataOf(self);
  const n = H32[(self + ob_size) >> 2];
  for (let i = 0; i < n; i++) if ((ctype[H8[p + i]] & mask) === 0) return truth(false);
  return truth(n > 0);
}
const isalnum = (self: Obj): Obj => all(self, CT_ALNUM);
const isalpha = (self: Obj): Obj => all(self, CT_ALPHA);
const isdigit = (self: Obj): Obj => all(self, CT_DIGIT);
const isspace = (self: Obj): Obj => all(self, CT_BYTE_SPACE);

function isascii(self: Obj): Obj {
  const p = dataOf(self);
  const n = H32[(self + ob_size) >> 2];
  for (let i = 0; i < n; i++) if (H8[p + i] >= 0x80) return truth(false);
  return truth(true);
}

function uniform(self: Obj, wanted: number, refused: number): Obj {
  const p = dataOf(self);
  const n = H32[(self + ob_size) >> 2];
  let found = false;
  for (let i = 0; i < n; i++) {
    const t = ctype[H8[p + i]];
    if (t & refused) return truth(false);
    if (t & wanted) found = true;
  }
  return truth(found);
}
const islower = (self: Obj): Obj => uniform(self, CT_LOWER, CT_UPPER);
const isupper = (self: Obj): Obj => uniform(self, CT_UPPER, CT_LOWER);

function istitle(self: Obj): Obj {
  const p = dataOf(self);
  const n = H32[(self + ob_size) >> 2];
  let cased = false;
  let previous = false;
  for (let i = 0; i < n; i++) {
    const t = ctype[H8[p + i]];
    if (t & CT_UPPER ? previous : t & CT_LOWER ? !previous : false) return truth(false);
    previous = (t & CT_ALPHA) !== 0;
    if (previous) cased = true;
  }
  return truth(cased);
}

function mapped(self: Obj, map: (c: number, i: number) => number): Obj {
  const n = H32[(self + ob_size) >> 2];
  if (n === 1 && !PyByteArray_Check(self)) return byteObj(map(H8[dataOf(self)], 0));
  const o = makeEmpty(self, n);
  if (o === 0) return NULL;
  const p = dataOf(self);
  const to = dataOf(o);
  for (let i = 0; i < n; i++) H8[to + i] = map(H8[p + i], i);
  return o;
}
const low = (c: number): number => (c >= 0x41 && c <= 0x5a ? c + 32 : c);
const up = (c: number): number => (c >= 0x61 && c <= 0x7a ? c - 32 : c);
const lower = (self: Obj): Obj => mapped(self, low);
const upper = (self: Obj): Obj => mapped(self, up);
const swapcase = (self: Obj): Obj => mapped(self, (c) => (c >= 0x61 && c <= 0x7a ? c - 32 : low(c)));
const capitalize = (self: Obj): Obj => mapped(self, (c, i) => (i === 0 ? up(c) : low(c)));
function title(self: Obj): Obj {
  let previous = false;
  return mapped(self, (c) => {
    const r = previous ? low(c) : up(c);
    previous = (ctype[c] & CT_ALPHA) !== 0;
    return r;
  });
}

// ---- text ----------------------------------------------------------------------------------------------------------------------

function decode(self: Obj, encoding: Obj, errors: Obj): Obj {
  const h = acquireBytes(self);
  if (h === 0) return NULL;
  const r = PyUnicode_Decode(rangeStart, rangeLength, optionalText(encoding), optionalText(errors));
  releaseBytes(h);
  return r;
}

const HEX = '0123456789abcdef';

/** The hexadecimal text of n bytes at p, with a separator (NO_SEPARATOR: none) every `group` bytes counted from the right, or from the left if negative. */
export function hexText(p: number, n: number, separator: number, group: number): Obj {
  const size = Math.abs(group);
  const groups = separator === NO_SEPARATOR || size === 0 || n === 0 ? 0 : Math.floor((n - 1) / size);
  const total = n * 2 + groups;
  if (total > MAX) return PyErr_SetString(PyExc_OverflowError, 'hex text too long');
  const o = PyUnicode_New(total, 0x7f);
  if (o === 0 || total === 0) return o;
  let to = o + U_DATA;
  // The first group takes what is left over when they are counted from the right.
  let inGroup = groups === 0 ? n : group > 0 ? n - groups * size : size;
  for (let i = 0; i < n; i++) {
    if (inGroup === 0) {
      H8[to++] = separator;
      inGroup = size;
    }
    inGroup--;
    const b = H8[p + i];
    H8[to++] = HEX.charCodeAt(b >> 4);
    H8[to++] = HEX.charCodeAt(b & 15);
  }
  return o;
}

/** What hexSeparator answers when nothing is to stand between the bytes. */
export const NO_SEPARATOR = 256;

/** The separator argument of hex(): a byte, NO_SEPARATOR, or -1 with an exception. */
export function hexSeparator(sep: Obj): number {
  if (sep === 0) return NO_SEPARATOR;
  const n = PyObject_Size(sep);
  if (n < 0) return -1;
  if (n !== 1) return errMinus1(PyExc_ValueError, 'sep must be length 1.');
  if (PyUnicode_Check(sep)) {
    const c = PyUnicode_READ_CHAR(sep, 0);
    return c > 127 ? errMinus1(PyExc_ValueError, 'sep must be ASCII.') : c;
  }
  if (PyBytes_Check(sep)) {
    const c = H8[PyBytes_AS_STRING(sep)];
    return c > 127 ? errMinus1(PyExc_ValueError, 'sep must be ASCII.') : c;
  }
  return errMinus1(PyExc_TypeError, 'sep must be str or bytes.');
}

function hex(self: Obj, sep: Obj, perSep: number): Obj {
  // Asking for the separator's length may run code.
  const h = acquireBytes(self);
  if (h === 0) return NULL;
  const p = rangeStart;
  const n = rangeLength;
  const c = hexSeparator(sep);
  const r = c < 0 ? NULL : hexText(p, n, c, perSep);
  releaseBytes(h);
  return r;
}

function hexValue(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const l = c | 32;
  return c < 128 && l >= 97 && l <= 102 ? l - 87 : -1;
}

/** bytes.fromhex: the bytes as a new bytes object; NULL with ValueError or TypeError. */
export function fromHexText(o: Obj): Obj {
  let handle = 1;
  let kind = 1;
  let data: number;
  let n: number;
  if (PyUnicode_Check(o)) {
    kind = PyUnicode_KIND(o);
    data = PyUnicode_DATA(o);
    n = PyUnicode_GET_LENGTH(o);
  } else if (PyObject_CheckBuffer(o)) {
    handle = acquireBytes(o);
    if (handle === 0) return NULL;
    data = rangeStart;
    n = rangeLength;
  } else return PyErr_SetString(PyExc_TypeError, `fromhex() argument must be str or bytes-like, not ${typeName(o)}`);
  const at = (i: number): number => (kind === 1 ? H8[data + i] : PyUnicode_READ_CHAR(o, i));
  const w = new BytesWriter();
  let bad = -1;
  let odd = false;
  for (let i = 0; i < n; ) {
    const c = at(i);
    if (isSpace(c < 256 ? c : 0)) {
      i++;
      continue;
    }
    const h1 = hexValue(c);
    if (h1 < 0) {
      bad = i;
      break;
    }
    if (i + 1 >= n) {
      odd = true;
      break;
    }
    const h2 = hexValue(at(i + 1));
    if (h2 < 0) {
      bad = i + 1;
      break;
    }
    if (w.byte(h1 * 16 + h2) < 0) {
      releaseBytes(handle);
      return w.fail();
    }
    i += 2;
  }
  releaseBytes(handle);
  if (odd) {
    w.drop();
    return PyErr_SetString(PyExc_ValueError, 'fromhex() arg must contain an even number of hexadecimal digits');
  }
  if (bad >= 0) {
    w.drop();
    return PyErr_SetString(PyExc_ValueError, `non-hexadecimal number found in fromhex() arg at position ${bad}`);
  }
  return w.finish();
}

/** The repr of n bytes at p: b'…'.  `bytearray` escapes every single quote. */
export function bytesRepr(p: number, n: number, prefix: string, suffix: string, escapeSingle: boolean): Obj {
  let singles = false;
  let doubles = false;
  for (let i = 0; i < n; i++) {
    if (H8[p + i] === 39) singles = true;
    else if (H8[p + i] === 34) doubles = true;
  }
  const quote = singles && !doubles ? 34 : 39;
  const w = new BytesWriter();
  let r = w.byte(98) | w.byte(quote);
  for (let i = 0; i < n && r === 0; i++) {
    const c = H8[p + i];
    if (c === quote || c === 92 || (escapeSingle && c === 39)) r = w.byte(92) | w.byte(c);
    else if (c === 9) r = w.latin1('\\t');
    else if (c === 10) r = w.latin1('\\n');
    else if (c === 13) r = w.latin1('\\r');
    else if (c < 32 || c >= 127) r = w.latin1(`\\x${HEX[c >> 4]}${HEX[c & 15]}`);
    else r = w.byte(c);
  }
  r |= w.byte(quote);
  if (r !== 0) return w.fail();
  const s = PyUnicode_FromLatin1(w.start, w.length);
  w.drop();
  if (s === 0 || (prefix === '' && suffix === '')) return s;
  const all = new UnicodeWriter();
  const ok = all.text(prefix) === 0 && all.str(s) === 0 && all.text(suffix) === 0;
  decref(s);
  return ok ? all.finish() : all.fail();
}

// ---- concatenation -------------------------------------------------------------------------------------------------------------

/** a + b of self's kind (that of `a`). */
export function concat(a: Obj, b: Obj): Obj {
  const view = newView();
  if (view === 0) return NULL;
  if (!PyObject_CheckBuffer(b) || PyObject_GetBuffer(b, view, PyBUF_SIMPLE) < 0) {
    freeView(view);
    return PyErr_SetString(PyExc_TypeError, `can't concat ${typeName(b)} to ${typeName(a)}`);
  }
  const bp = H32[(view + BUF_buf) >> 2];
  const bn = H32[(view + BUF_len) >> 2];
  const r = concatRange(a, b, bp, bn);
  PyBuffer_Release(view);
  freeView(view as Ptr);
  return r;
}

function concatRange(a: Obj, b: Obj, bp: number, bn: number): Obj {
  const an = H32[(a + ob_size) >> 2];
  if (PyBytes_CheckExact(a)) {
    if (bn === 0) return newref(a);
    if (an === 0 && PyBytes_CheckExact(b)) return newref(b);
  }
  const r = makeEmpty(a, an + bn);
  if (r === 0 || an + bn === 0) return r;
  copyBytes(dataOf(r), dataOf(a), an);
  copyBytes(dataOf(r) + an, bp, bn);
  return r;
}

/** a * n of self's kind. */
export function repeat(a: Obj, times: number): Obj {
  const n = H32[(a + ob_size) >> 2];
  const k = times < 0 ? 0 : times;
  if (PyBytes_CheckExact(a) && (k === 1 || n === 0)) return newref(a);
  if (n * k > 0x7ffffe00) return PyErr_SetString(PyExc_OverflowError, 'repeated bytes are too long');
  const r = makeEmpty(a, n * k);
  if (r === 0 || n * k === 0) return r;
  const to = dataOf(r);
  copyBytes(to, dataOf(a), n);
  repeatBytes(to, n, n * k);
  return r;
}

// ---- the table -----------------------------------------------------------------------------------------------------------------

const RANGE = 'Optional start and end are interpreted as in slice notation.';

/** The methods that both types have. */
export const sharedMethods: readonly MethodDef[] = [
  method(
    'capitalize',
    '($self, /)',
    capitalize,
    'Returns a copy with the first byte in upper case, the rest in lower case (ASCII).',
  ),
  method('center', "($self, width: ssize, fillchar=b' ', /)", center, 'Returns a centered copy of the given width.'),
  method(
    'count',
    '!($self, sub, start=None, end=None, /)',
    count,
    `Returns how often sub occurs without overlap.  ${RANGE}`,
  ),
  method(
    'decode',
    "($self, /, encoding: str = 'utf-8', errors: str = 'strict')",
    decode,
    'Returns the str that the bytes stand for in an encoding.',
  ),
  method(
    'endswith',
    '!($self, suffix, start=None, end=None, /)',
    endswith,
    `Whether the bytes end with suffix (or one of a tuple).  ${RANGE}`,
  ),
  method(
    'expandtabs',
    '($self, /, tabsize: int = 8)',
    expandtabs,
    'Returns a copy with tabs replaced by spaces up to the next multiple of tabsize.',
  ),
  method('find', '!($self, sub, start=None, end=None, /)', find, `Returns the lowest index of sub, or -1.  ${RANGE}`),
  method(
    'hex',
    '($self, /, sep=<unrepresentable>, bytes_per_sep: int = 1)',
    hex,
    'Returns the bytes as hexadecimal digits, with sep every bytes_per_sep bytes from the right (negative: left).',
  ),
  method(
    'index',
    '!($self, sub, start=None, end=None, /)',
    index,
    `Returns the lowest index of sub; ValueError if there is none.  ${RANGE}`,
  ),
  method('isalnum', '($self, /)', isalnum, 'Whether all bytes are ASCII letters or digits and there is one.'),
  method('isalpha', '($self, /)', isalpha, 'Whether all bytes are ASCII letters and there is one.'),
  method('isascii', '($self, /)', isascii, 'Whether all bytes are ASCII.'),
  method('isdigit', '($self, /)', isdigit, 'Whether all bytes are ASCII digits and there is one.'),
  method('islower', '($self, /)', islower, 'Whether all cased bytes are lower case and there is one.'),
  method('isspace', '($self, /)', isspace, 'Whether all bytes are ASCII whitespace and there is one.'),
  method('istitle', '($self, /)', istitle, 'Whether the bytes are in title case.'),
  method('isupper', '($self, /)', isupper, 'Whether all cased bytes are upper case and there is one.'),
  method(
    'join',
    '($self, iterable_of_bytes, /)',
    join,
    'Returns the bytes objects of an iterable with this one between them.',
  ),
  method(
    'ljust',
    "($self, width: ssize, fillchar=b' ', /)",
    ljust,
    'Returns a left-justified copy of the given width.',
  ),
  method('lower', '($self, /)', lower, 'Returns a copy with ASCII letters in lower case.'),
  method(
    'lstrip',
    '($self, bytes=None, /)',
    lstrip,
    'Returns a copy without leading whitespace (or bytes of the argument).',
  ),
  staticMethod('maketrans', '(frm, to, /)', maketrans, 'Returns a table for translate().'),
  method('partition', '($self, sep, /)', partition, 'Returns what is before the first sep, sep, and what is after it.'),
  method(
    'replace',
    '($self, old, new, count: ssize = -1, /)',
    replace,
    'Returns a copy with all, or the first count, occurrences of old replaced by new.',
  ),
  method(
    'removeprefix',
    '($self, prefix, /)',
    removeprefix,
    'Returns the bytes without prefix, if they begin with it.',
  ),
  method('removesuffix', '($self, suffix, /)', removesuffix, 'Returns the bytes without suffix, if they end with it.'),
  method(
    'rfind',
    '!($self, sub, start=None, end=None, /)',
    rfind,
    `Returns the highest index of sub, or -1.  ${RANGE}`,
  ),
  method(
    'rindex',
    '!($self, sub, start=None, end=None, /)',
    rindex,
    `Returns the highest index of sub; ValueError if there is none.  ${RANGE}`,
  ),
  method(
    'rjust',
    "($self, width: ssize, fillchar=b' ', /)",
    rjust,
    'Returns a right-justified copy of the given width.',
  ),
  method(
    'rpartition',
    '($self, sep, /)',
    rpartition,
    'Returns what is before the last sep, sep, and what is after it.',
  ),
  method(
    'rsplit',
    '($self, /, sep=None, maxsplit: ssize = -1)',
    rsplit,
    'As split, with the cuts counted from the end.',
  ),
  method(
    'rstrip',
    '($self, bytes=None, /)',
    rstrip,
    'Returns a copy without trailing whitespace (or bytes of the argument).',
  ),
  method(
    'split',
    '($self, /, sep=None, maxsplit: ssize = -1)',
    split,
    'Returns the list of the parts between separators (None: runs of whitespace).',
  ),
  method(
    'splitlines',
    '($self, /, keepends: bool = False)',
    splitlines,
    'Returns the list of lines, with their ends if keepends is true.',
  ),
  method(
    'startswith',
    '!($self, prefix, start=None, end=None, /)',
    startswith,
    `Whether the bytes begin with prefix (or one of a tuple).  ${RANGE}`,
  ),
  method(
    'strip',
    '($self, bytes=None, /)',
    strip,
    'Returns a copy without whitespace (or bytes of the argument) at both ends.',
  ),
  method('swapcase', '($self, /)', swapcase, 'Returns a copy with upper case and lower case exchanged (ASCII).'),
  method('title', '($self, /)', title, 'Returns a copy with each word in title case (ASCII).'),
  method(
    'translate',
    "($self, table, /, delete=b'')",
    translate,
    'Returns a copy without the bytes of delete, the others mapped through a table of 256 bytes (None: as they are).',
  ),
  method('upper', '($self, /)', upper, 'Returns a copy with ASCII letters in upper case.'),
  method(
    'zfill',
    '($self, width: ssize, /)',
    zfill,
    'Returns a copy with zeros between its sign and its digits up to the given width.',
  ),
];
