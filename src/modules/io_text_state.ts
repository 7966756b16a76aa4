// What does a TextIOWrapper consist of, and how does its codec keep its place?
//
// Invariants.
//   - Text on its way out waits as bytes in `pending` (raw memory); text on its way in that nobody has taken yet is decoded_chars[used …].
//   - The common encodings (utf-8, latin-1, ascii) are decoded and encoded right here, with the bytes of an incomplete character kept in
//     `tail`; all others go through the codec's incremental decoder and encoder (`decoder`, `encoder`).  `native` says which.
//   - `snapshot`, while the stream can tell, is (flags, bytes): the decoder's state before the bytes from which decoded_chars came.

import { H32 } from '../memory/linear.js';
import { PyMem_Free, PyMem_Malloc, PyMem_Realloc } from '../memory/alloc.js';
import { acquireBytes, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_FromStringAndSize, PyBytes_GET_SIZE } from '../object/bytes.js';
import {
  PyObject_CallFunctionObjArgs,
  PyObject_CallMethodNoArgs,
  PyObject_CallMethodOneArg,
  PyObject_CallMethodObjArgs,
} from '../object/call.js';
import { PyErr_NoMemory, PyErr_SetString, typeName, errMinus1 } from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref, incref } from '../object/header.js';
import { idObj } from '../object/identifiers.js';
import { buffer as bufferField, f64, i32, layout, ref } from '../object/layout.js';
import { PyLong_FromBigInt, PyLong_FromLong } from '../object/long.js';
import { copyBytes } from '../object/memcpy.js';
import { PyObject_IsTrue } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, Py_True, PyExc_TypeError, PyExc_ValueError, staticType } from '../object/statics.js';
import { asString, PyUnicode_FromLatin1 } from '../object/unicode.js';
import { consumed, decodeUtf8, PyUnicode_DecodeASCII } from '../types/codec_utf8.js';
import { config } from '../vm/sys_state.js';
import { BufferedWriter_Type, writeFromMemory } from './io_buffered.js';
import { IOBase, trapEintr } from './io_base.js';
import { incrementalCodec } from './io_codecs.js';
import { attrTrue, callForEffect, closedFile, s_closed, s_tell, s_write } from './io_common.js';
import { fileDescriptor } from './io_file.js';
import {
  callDecoder,
  decodeNewlines,
  NewlineDecoder_Type,
  newlineDecoderDecode,
  readState,
  s_getstate,
  s_reset,
  s_setstate,
  stateBuffer,
  stateFlags,
} from './io_newlines.js';
import { tupleOf } from './values.js';

export const Text = layout(
  {
    b2cratio: f64,
    buffer: ref,
    /** The FileIO below an exact BufferedReader or BufferedWriter: whether it is closed is seen without a call. */
    raw: ref,
    encoding: ref,
    errors: ref,
    encoder: ref,
    decoder: ref,
    readnl: ref,
    writenl: ref,
    decoded_chars: ref,
    snapshot: ref,
    pending: bufferField,
    pending_length: i32,
    pending_size: i32,
    used: i32,
    chunk_size: i32,
    ok: i32,
    detached: i32,
    finalizing: i32,
    line_buffering: i32,
    write_through: i32,
    readuniversal: i32,
    readtranslate: i32,
    writetranslate: i32,
    seekable: i32,
    telling: i32,
    has_read1: i32,
    /** UTF8, LATIN1, ASCII: encoded and decoded here; 0: by codec objects. */
    native: i32,
    can_read: i32,
    can_write: i32,
    tail: i32,
    tail_length: i32,
    nl_pendingcr: i32,
    nl_seen: i32,
  },
  { base: IOBase.info },
);
const {
  buffer: t_buffer,
  raw: t_raw,
  encoding: t_encoding,
  errors: t_errors,
  encoder: t_encoder,
  decoder: t_decoder,
  decoded_chars: t_chars,
  snapshot: t_snapshot,
  pending: t_pending,
  pending_length: t_pending_length,
  pending_size: t_pending_size,
  used: t_used,
  chunk_size: t_chunk_size,
  ok: t_ok,
  detached: t_detached,
  readuniversal: t_readuniversal,
  readtranslate: t_readtranslate,
  seekable: t_seekable,
  native: t_native,
  can_read: t_can_read,
  can_write: t_can_write,
  tail: t_tail,
  tail_length: t_tail_length,
  nl_pendingcr: t_nl,
  nl_seen: t_nl_seen,
} = Text;

export const TextIOWrapper_Type = staticType();

export const UTF8 = 1;
export const LATIN1 = 2;
export const ASCII = 3;

export const DEFAULT_CHUNK = 8192;

export const bufferOf = (self: Obj): Obj => H32[(self + t_buffer) >> 2] as Obj;
export const charsOf = (self: Obj): Obj => H32[(self + t_chars) >> 2] as Obj;

/** Puts a reference (stolen, may be NULL) into a field. */
export function put(self: Obj, field: number, value: Obj): void {
  const old = H32[(self + field) >> 2] as Obj;
  H32[(self + field) >> 2] = value;
  xdecref(old);
}

// ---- states -------------------------------------------------------------------------------------------------------------------------------

/** Whether __init__ has succeeded; false with an exception. */
export function initialized(self: Obj): boolean {
  if (H32[(self + t_ok) >> 2] > 0) return true;
  PyErr_SetString(PyExc_ValueError, 'I/O operation on uninitialized object');
  return false;
}

export function attached(self: Obj): boolean {
  if (!initialized(self)) return false;
  if (!H32[(self + t_detached) >> 2]) return true;
  PyErr_SetString(PyExc_ValueError, 'underlying buffer has been detached');
  return false;
}

/**
 * Calls a method of the buffer: a new reference, or NULL.  Whatever ran before may have detached the buffer, and the method may do so: it
 * is looked for now, and held until the method is over.
 */
export function callBuffer(self: Obj, id: number, ...args: Obj[]): Obj {
  const b = bufferOf(self);
  if (b === 0) return PyErr_SetString(PyExc_ValueError, 'underlying buffer has been detached');
  incref(b);
  const r = PyObject_CallMethodObjArgs(b, idObj(id), ...args);
  decref(b);
  return r;
}

/** Attached and not closed; false with an exception. */
export function opened(self: Obj): boolean {
  if (!attached(self)) return false;
  const raw = H32[(self + t_raw) >> 2] as Obj;
  if (raw !== 0 && Py_TYPE(self) === TextIOWrapper_Type) {
    if (fileDescriptor(raw) >= 0) return true;
    closedFile();
    return false;
  }
  const closed = attrTrue(self, s_closed);
  if (closed > 0) closedFile();
  return closed === 0;
}

/** Forgets what was read ahead. */
export function setDecodedChars(self: Obj, chars: Obj): void {
  H32[(self + t_used) >> 2] = 0;
  put(self, t_chars, chars);
}

export function setSnapshot(self: Obj, snapshot: Obj): void {
  put(self, t_snapshot, snapshot);
}

// ---- encodings --------------------------------------------------------------------------------------------------------------------------------

const nativeNames = new Map<string, number>([
  ['utf-8', UTF8],
  ['utf8', UTF8],
  ['latin-1', LATIN1],
  ['latin1', LATIN1],
  ['iso8859-1', LATIN1],
  ['iso-8859-1', LATIN1],
  ['ascii', ASCII],
  ['us-ascii', ASCII],
]);

/** The name that `encoding='locale'` and no encoding at all mean. */
export function localeEncoding(): string {
  return config.utf8_mode ? 'utf-8' : 'UTF-8';
}

/** Sets encoding, errors (both stolen) and what encodes and decodes: 0, or -1. */
export function setEncoding(self: Obj, encoding: Obj, errors: Obj): number {
  const native = nativeNames.get(asString(encoding).toLowerCase().replaceAll('_', '-')) ?? 0;
  let decoder: Obj = NULL;
  let encoder: Obj = NULL;
  let ok = true;
  if (native === 0) {
    const codec = incrementalCodec(
      encoding,
      errors,
      H32[(self + t_can_read) >> 2] !== 0,
      H32[(self + t_can_write) >> 2] !== 0,
    );
    ok = codec !== null;
    if (codec !== null) {
      decoder = codec.decoder;
      encoder = codec.encoder;
      if (decoder !== 0 && H32[(self + t_readuniversal) >> 2]) {
        const inner = decoder;
        decoder = PyObject_CallFunctionObjArgs(
          NewlineDecoder_Type,
          inner,
          H32[(self + t_readtranslate) >> 2] ? Py_True : Py_None,
        );
        decref(inner);
        ok = decoder !== 0;
      }
    }
  }
  if (!ok) {
    xdecref(encoder);
    decref(encoding);
    decref(errors);
    return -1;
  }
  put(self, t_encoding, encoding);
  put(self, t_errors, errors);
  put(self, t_decoder, decoder);
  put(self, t_encoder, encoder);
  H32[(self + t_native) >> 2] = native;
  resetNative(self);
  return 0;
}

/** The errors setting as the native codecs take it: null for strict. */
export function errorsText(self: Obj): string | null {
  const s = asString(H32[(self + t_errors) >> 2] as Obj);
  return s === 'strict' ? null : s;
}

/** After an encoder was made for a stream that is not at its start: no byte order mark. 0, or -1. */
export function fixEncoder(self: Obj): number {
  const encoder = H32[(self + t_encoder) >> 2] as Obj;
  if (!H32[(self + t_seekable) >> 2] || encoder === 0) return 0;
  const at = callBuffer(self, s_tell);
  if (at === 0) return -1;
  const somewhere = PyObject_IsTrue(at);
  decref(at);
  return somewhere < 0 ? -1 : somewhere ? setEncoderState(self, false) : 0;
}

/** Tells the encoder whether it is at the start of the stream: 0, or -1. */
export function setEncoderState(self: Obj, start: boolean): number {
  const encoder = H32[(self + t_encoder) >> 2] as Obj;
  if (encoder === 0) return 0;
  const zero = PyLong_FromLong(0);
  const r = start
    ? PyObject_CallMethodNoArgs(encoder, idObj(s_reset))
    : PyObject_CallMethodOneArg(encoder, idObj(s_setstate), zero);
  decref(zero);
  if (r === 0) return -1;
  decref(r);
  return 0;
}

/** What the decoders of this module's own keep in the stream, at its beginning. */
function resetNative(self: Obj): void {
  H32[(self + t_tail_length) >> 2] = 0;
  H32[(self + t_nl) >> 2] = 0;
  H32[(self + t_nl_seen) >> 2] = 0;
}

/** Brings the decoder to its first state: 0, or -1. */
export function resetDecoder(self: Obj): number {
  resetNative(self);
  const decoder = H32[(self + t_decoder) >> 2] as Obj;
  return decoder === 0 ? 0 : callForEffect(decoder, s_reset);
}

/** Whether the stream has something that decodes. */
export function hasDecoder(self: Obj): boolean {
  return H32[(self + t_can_read) >> 2] !== 0;
}

/** After getDecoderState: the bytes (owned by the caller) and the flags. */
export let decoderBytes: Obj = NULL;
export let decoderFlags = 0n;

/** Asks for the decoder's state: 0, or -1. */
export function getDecoderState(self: Obj): number {
  if (H32[(self + t_native) >> 2]) {
    decoderBytes = PyBytes_FromStringAndSize(self + t_tail, H32[(self + t_tail_length) >> 2]);
    decoderFlags = H32[(self + t_nl) >> 2] ? 1n : 0n;
    return decoderBytes === 0 ? -1 : 0;
  }
  if (readState(PyObject_CallMethodNoArgs(H32[(self + t_decoder) >> 2] as Obj, idObj(s_getstate))) < 0) return -1;
  if (!PyBytes_Check(stateBuffer)) {
    PyErr_SetString(
      PyExc_TypeError,
      `illegal decoder state: the first item should be a bytes object, not '${typeName(stateBuffer)}'`,
    );
    decref(stateBuffer);
    return -1;
  }
  decoderBytes = stateBuffer;
  decoderFlags = stateFlags;
  return 0;
}

/** Sets the decoder's state: bytes borrowed. 0, or -1. */
export function setDecoderState(self: Obj, bytes: Obj, flags: bigint): number {
  if (H32[(self + t_native) >> 2]) {
    const n = Math.min(4, PyBytes_GET_SIZE(bytes));
    copyBytes(self + t_tail, PyBytes_AS_STRING(bytes), n);
    H32[(self + t_tail_length) >> 2] = n;
    H32[(self + t_nl) >> 2] = flags & 1n ? 1 : 0;
    return 0;
  }
  const state = tupleOf([newref(bytes), PyLong_FromBigInt(flags)]);
  if (state === 0) return -1;
  const r = PyObject_CallMethodOneArg(H32[(self + t_decoder) >> 2] as Obj, idObj(s_setstate), state);
  decref(state);
  if (r === 0) return -1;
  decref(r);
  return 0;
}

/** Decodes `n` bytes at `p`, which follow what was decoded before: a new str, or NULL. */
export function decodeMemory(self: Obj, p: number, n: number, final: boolean): Obj {
  const native = H32[(self + t_native) >> 2];
  if (native === 0) {
    const bytes = PyBytes_FromStringAndSize(p, n);
    if (bytes === 0) return NULL;
    const r = decodeObject(self, bytes, final);
    decref(bytes);
    return r;
  }
  let piece: Obj;
  if (native === LATIN1) piece = PyUnicode_FromLatin1(p, n);
  else if (native === ASCII) piece = PyUnicode_DecodeASCII(p, n, errorsText(self));
  else piece = decodeUtf8Piece(self, p, n, final);
  if (!H32[(self + t_readuniversal) >> 2]) return piece;
  return decodeNewlines(piece, self + t_nl, H32[(self + t_readtranslate) >> 2] !== 0, final);
}

export function decodeUtf8Piece(self: Obj, p: number, n: number, final: boolean): Obj {
  const tail = H32[(self + t_tail_length) >> 2];
  let from = p;
  let length = n;
  let joined = 0;
  if (tail > 0) {
    joined = PyMem_Malloc(tail + n);
    if (joined === 0) return PyErr_NoMemory();
    copyBytes(joined, self + t_tail, tail);
    copyBytes(joined + tail, p, n);
    from = joined;
    length = tail + n;
  }
  const r = decodeUtf8(from, length, errorsText(self), final);
  if (r !== 0) {
    const used = final ? length : consumed;
    H32[(self + t_tail_length) >> 2] = length - used;
    copyBytes(self + t_tail, from + used, length - used);
  }
  if (joined !== 0) PyMem_Free(joined);
  return r;
}

/** Decodes a bytes-like object: a new str, or NULL. */
export function decodeObject(self: Obj, bytes: Obj, final: boolean): Obj {
  if (H32[(self + t_native) >> 2] === 0) {
    const decoder = H32[(self + t_decoder) >> 2] as Obj;
    return Py_TYPE(decoder) === NewlineDecoder_Type
      ? newlineDecoderDecode(decoder, bytes, final)
      : callDecoder(decoder, bytes, final);
  }
  const handle = acquireBytes(bytes);
  if (handle === 0) return NULL;
  const r = decodeMemory(self, rangeStart, rangeLength, final);
  releaseBytes(handle);
  return r;
}

// ---- bytes that wait ---------------------------------------------------------------------------------------------------------------------

/** Makes room for `n` more pending bytes: the address where they go, or 0 with MemoryError. */
export function reservePending(self: Obj, n: number): number {
  const need = H32[(self + t_pending_length) >> 2] + n;
  let p = H32[(self + t_pending) >> 2];
  if (need > H32[(self + t_pending_size) >> 2] || p === 0) {
    const size = Math.max(need, H32[(self + t_chunk_size) >> 2], 64);
    p = PyMem_Realloc(p, size);
    if (p === 0) return PyErr_NoMemory();
    H32[(self + t_pending) >> 2] = p;
    H32[(self + t_pending_size) >> 2] = size;
  }
  return p + H32[(self + t_pending_length) >> 2];
}

/** Hands the pending bytes to the buffer: 0, or -1. */
export function writePending(self: Obj): number {
  const n = H32[(self + t_pending_length) >> 2];
  if (n === 0) return 0;
  // Writing may come back into this object: the bytes are taken out first.
  const p = H32[(self + t_pending) >> 2];
  const size = H32[(self + t_pending_size) >> 2];
  H32[(self + t_pending) >> 2] = 0;
  H32[(self + t_pending_length) >> 2] = 0;
  H32[(self + t_pending_size) >> 2] = 0;
  const r = handOver(self, p, n);
  if (H32[(self + t_pending) >> 2] === 0) {
    H32[(self + t_pending) >> 2] = p;
    H32[(self + t_pending_size) >> 2] = size;
  } else PyMem_Free(p);
  return r;
}

/** Writes `n` bytes at `p` to the buffer: 0, or -1. */
export function handOver(self: Obj, p: number, n: number): number {
  const b = bufferOf(self);
  if (b === 0) return errMinus1(PyExc_ValueError, 'underlying buffer has been detached');
  if (Py_TYPE(b) === BufferedWriter_Type && H32[(self + t_raw) >> 2] !== 0) {
    for (;;) {
      if (writeFromMemory(b, p, n) >= 0) return 0;
      if (!trapEintr()) return -1;
    }
  }
  const bytes = PyBytes_FromStringAndSize(p, n);
  if (bytes === 0) return -1;
  let r: Obj;
  do r = callBuffer(self, s_write, bytes);
  while (r === 0 && trapEintr());
  decref(bytes);
  if (r === 0) return -1;
  decref(r);
  return 0;
}
