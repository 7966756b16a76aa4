// What is a position in a text stream?
//
// Invariant: a position is an int that packs where to put the buffer and what to do then to be in the same state: from the low end,
// start_pos (64 bits), the decoder's flags (32), how many bytes to feed it (32), how many of the resulting characters to skip (32), and whether
// to feed the end of the input as well (8).  A stream without a stateful decoder and nothing read ahead has the buffer's own positions.

import { H32, HF64 } from '../memory/linear.js';
import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_FromStringAndSize, PyBytes_GET_SIZE } from '../object/bytes.js';
import { PyObject_CallMethodNoArgs } from '../object/call.js';
import {
  errMinus1,
  PyErr_GetRaisedException,
  PyErr_SetRaisedException,
  PyErr_SetString,
  reprText,
  typeName,
} from '../object/errors.js';
import { decref, newref, xdecref } from '../object/header.js';
import { idObj } from '../object/identifiers.js';
import { asBigInt, PyLong_FromBigInt, PyLong_FromLong } from '../object/long.js';
import { PyNumber_Index } from '../object/number.js';
import { PyObject_IsTrue, PyObject_RichCompareBool, Py_LT } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_OSError, PyExc_OverflowError, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { PyTuple_GET_ITEM } from '../object/tuple.js';
import { PyUnicode_GET_LENGTH } from '../object/unicode.js';
import { asOffset, callForEffect, s_flush, s_read, s_seek, s_tell, unsupported } from './io_common.js';
import {
  decodeMemory,
  decodeObject,
  decoderBytes,
  decoderFlags,
  getDecoderState,
  hasDecoder,
  opened,
  resetDecoder,
  setDecodedChars,
  setDecoderState,
  setEncoderState,
  setSnapshot,
  Text,
  writePending,
  callBuffer,
} from './io_text_state.js';
import { tupleOf } from './values.js';

const {
  b2cratio: t_b2cratio,
  decoded_chars: t_chars,
  used: t_used,
  snapshot: t_snapshot,
  seekable: t_seekable,
  telling: t_telling,
} = Text;

interface Cookie {
  start: bigint;
  flags: bigint;
  feed: number;
  skip: number;
  eof: boolean;
}

function pack(c: Cookie): Obj {
  const n =
    c.start |
    (BigInt.asUintN(32, c.flags) << 64n) |
    (BigInt(c.feed) << 96n) |
    (BigInt(c.skip) << 128n) |
    (c.eof ? 1n << 160n : 0n);
  return PyLong_FromBigInt(n);
}

function unpack(n: bigint): Cookie | null {
  if (n >> 168n !== 0n) {
    PyErr_SetString(PyExc_OverflowError, 'int too big to convert');
    return null;
  }
  const field = (at: bigint, bits: number) => BigInt.asUintN(bits, n >> at);
  return {
    start: field(0n, 64),
    flags: field(64n, 32),
    feed: Number(field(96n, 32)),
    skip: Number(field(128n, 32)),
    eof: field(160n, 8) !== 0n,
  };
}

/** Brings the decoder to the state of a position whose bytes have not been fed yet: 0, or -1. */
function decoderToCookie(self: Obj, c: Cookie): number {
  if (c.start === 0n && c.flags === 0n) return resetDecoder(self);
  return withEmpty((empty) => setDecoderState(self, empty, c.flags));
}

function withEmpty(f: (empty: Obj) => number): number {
  const empty = PyBytes_FromStringAndSize(0, 0);
  const r = f(empty);
  decref(empty);
  return r;
}

/** Decodes for the count only: how many characters, or -1. */
function countDecoded(self: Obj, p: number, n: number, final: boolean): number {
  const s = decodeMemory(self, p, n, final);
  if (s === 0) return -1;
  const count = PyUnicode_GET_LENGTH(s);
  decref(s);
  return count;
}

/** How many bytes the decoder holds back; the flags stay in decoderFlags.  -1 with an exception. */
function heldBack(self: Obj): number {
  if (getDecoderState(self) < 0) return -1;
  const n = PyBytes_GET_SIZE(decoderBytes);
  decref(decoderBytes);
  return n;
}

/** TextIOWrapper.tell */
export function textiowrapper_tell(self: Obj): Obj {
  if (!opened(self)) return NULL;
  if (!H32[(self + t_seekable) >> 2]) return unsupported('underlying stream is not seekable');
  if (!H32[(self + t_telling) >> 2]) return PyErr_SetString(PyExc_OSError, 'telling position disabled by next() call');
  if (writePending(self) < 0 || callForEffect(self, s_flush) < 0) return NULL;
  const at = callBuffer(self, s_tell);
  if (at === 0) return NULL;
  const snapshot = H32[(self + t_snapshot) >> 2] as Obj;
  if (!hasDecoder(self) || snapshot === 0) return at;
  const where = asOffset(at);
  decref(at);
  if (Number.isNaN(where)) return NULL;
  // The decoder's methods may seek, and so put an end to the snapshot.
  const input = newref(PyTuple_GET_ITEM(snapshot, 1));
  const c: Cookie = {
    start: BigInt(where) - BigInt(PyBytes_GET_SIZE(input)),
    flags: asBigInt(PyTuple_GET_ITEM(snapshot, 0)),
    feed: 0,
    skip: 0,
    eof: false,
  };
  const r = tellFrom(self, c, input, H32[(self + t_used) >> 2]);
  decref(input);
  return r;
}

/** The cookie of the place `skip` characters behind the beginning of the snapshot whose bytes are `input`: a new int, or NULL. */
function tellFrom(self: Obj, c: Cookie, input: Obj, skip: number): Obj {
  if (skip === 0 || H32[(self + t_chars) >> 2] === 0) return pack(c);
  if (getDecoderState(self) < 0) return NULL;
  const savedBytes = decoderBytes;
  const savedFlags = decoderFlags;
  const found = findStart(self, c, input, skip);
  const e = PyErr_GetRaisedException();
  const restored = setDecoderState(self, savedBytes, savedFlags);
  decref(savedBytes);
  if (e !== 0) {
    PyErr_SetRaisedException(e);
    return NULL;
  }
  return found < 0 || restored < 0 ? NULL : pack(c);
}

/** Finds the last point before the `skip`th character of `input` at which the decoder holds nothing back: 0, or -1. */
function findStart(self: Obj, c: Cookie, input: Obj, skip: number): number {
  const p = PyBytes_AS_STRING(input);
  const size = PyBytes_GET_SIZE(input);
  let toSkip = skip;
  let bytes = Math.min(Math.trunc(HF64[(self + t_b2cratio) >> 3] * skip), size);
  let back = 1;
  while (bytes > 0) {
    if (decoderToCookie(self, c) < 0) return -1;
    const count = countDecoded(self, p, bytes, false);
    if (count < 0) return -1;
    if (count <= toSkip) {
      const held = heldBack(self);
      if (held < 0) return -1;
      if (held === 0) {
        c.flags = decoderFlags;
        toSkip -= count;
        break;
      }
      bytes -= held;
      back = 1;
    } else {
      bytes -= back;
      back *= 2;
    }
  }
  if (bytes <= 0) {
    bytes = 0;
    if (decoderToCookie(self, c) < 0) return -1;
  }
  c.start += BigInt(bytes);
  c.skip = toSkip;
  if (toSkip === 0) return 0;
  // Close by: byte after byte from here.
  let count = 0;
  let i = bytes;
  while (i < size) {
    const n = countDecoded(self, p + i, 1, false);
    if (n < 0) return -1;
    count += n;
    c.feed++;
    i++;
    const held = heldBack(self);
    if (held < 0) return -1;
    if (held === 0 && count <= toSkip) {
      c.start += BigInt(c.feed);
      toSkip -= count;
      c.flags = decoderFlags;
      c.feed = 0;
      count = 0;
    }
    if (count >= toSkip) break;
  }
  if (i >= size && count < toSkip) {
    const n = countDecoded(self, p, 0, true);
    if (n < 0) return -1;
    c.eof = true;
    if (count + n < toSkip) return errMinus1(PyExc_OSError, "can't reconstruct logical file position");
  }
  c.skip = toSkip;
  return 0;
}

/** TextIOWrapper.seek */
export function textiowrapper_seek(self: Obj, cookieArg: Obj, whence: number): Obj {
  if (!opened(self)) return NULL;
  if (!H32[(self + t_seekable) >> 2]) return unsupported('underlying stream is not seekable');
  if (whence === 0) return seekTo(self, cookieArg);
  if (whence !== 1 && whence !== 2) {
    return PyErr_SetString(PyExc_ValueError, `invalid whence (${whence}, should be 0, 1 or 2)`);
  }
  const nonzero = PyObject_IsTrue(cookieArg);
  if (nonzero < 0) return NULL;
  if (nonzero) return unsupported(`can't do nonzero ${whence === 1 ? 'cur' : 'end'}-relative seeks`);
  if (callForEffect(self, s_flush) < 0) return NULL;
  if (whence === 1) {
    const here = PyObject_CallMethodNoArgs(self, idObj(s_tell));
    if (here === 0) return NULL;
    const r = seekTo(self, here);
    decref(here);
    return r;
  }
  setDecodedChars(self, NULL);
  setSnapshot(self, NULL);
  if (hasDecoder(self) && resetDecoder(self) < 0) return NULL;
  const zero = PyLong_FromLong(0);
  const two = PyLong_FromLong(2);
  const r = callBuffer(self, s_seek, zero, two);
  decref(zero);
  decref(two);
  if (r === 0) return NULL;
  const somewhere = PyObject_IsTrue(r);
  if (somewhere < 0 || setEncoderState(self, somewhere === 0) < 0) {
    decref(r);
    return NULL;
  }
  return r;
}

function seekTo(self: Obj, cookieArg: Obj): Obj {
  const zero = PyLong_FromLong(0);
  const negative = PyObject_RichCompareBool(cookieArg, zero, Py_LT);
  decref(zero);
  if (negative < 0) return NULL;
  if (negative) return PyErr_SetString(PyExc_ValueError, `negative seek position ${reprText(cookieArg)}`);
  if (callForEffect(self, s_flush) < 0) return NULL;
  const number = PyNumber_Index(cookieArg);
  if (number === 0) return NULL;
  const c = unpack(asBigInt(number));
  decref(number);
  if (c === null) return NULL;
  const start = PyLong_FromBigInt(c.start);
  const moved = callBuffer(self, s_seek, start);
  decref(start);
  if (moved === 0) return NULL;
  decref(moved);
  setDecodedChars(self, NULL);
  setSnapshot(self, NULL);
  if (hasDecoder(self) && decoderToCookie(self, c) < 0) return NULL;
  if (c.skip > 0) {
    if (restore(self, c) < 0) return NULL;
  } else {
    const snapshot = tupleOf([PyLong_FromBigInt(c.flags), PyBytes_FromStringAndSize(0, 0)]);
    if (snapshot === 0) return NULL;
    setSnapshot(self, snapshot);
  }
  if (setEncoderState(self, c.start === 0n && c.flags === 0n) < 0) return NULL;
  return newref(cookieArg);
}

/** Feeds the decoder what the position says and skips the characters: 0, or -1. */
function restore(self: Obj, c: Cookie): number {
  const n = PyLong_FromLong(c.feed);
  const input = callBuffer(self, s_read, n);
  decref(n);
  if (input === 0) return -1;
  if (!PyBytes_Check(input)) {
    PyErr_SetString(PyExc_TypeError, `underlying read() should have returned a bytes object, not '${typeName(input)}'`);
    decref(input);
    return -1;
  }
  const snapshot = tupleOf([PyLong_FromBigInt(c.flags), newref(input)]);
  const chars = snapshot === 0 ? NULL : decodeObject(self, input, c.eof);
  decref(input);
  if (chars === 0) {
    xdecref(snapshot);
    return -1;
  }
  setSnapshot(self, snapshot);
  const count = PyUnicode_GET_LENGTH(chars);
  setDecodedChars(self, chars);
  if (count < c.skip) return errMinus1(PyExc_OSError, "can't restore logical file position");
  H32[(self + t_used) >> 2] = c.skip;
  return 0;
}
