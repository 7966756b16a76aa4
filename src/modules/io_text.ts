// How does a stream of bytes become a stream of text: TextIOWrapper?
//
// Invariant: the fields, the codec's state and the pending bytes are io_text_state.ts's; positions are io_text_position.ts's; here is what
// programs call.

import { concat } from '../types/bytes_methods.js';
import { reprOf } from '../types/exceptions.js';
import { H32, H8, HF64 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { acquireBytes, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_GET_SIZE } from '../object/bytes.js';
import { PyObject_CallMethodNoArgs, PyObject_CallMethodOneArg, PyObject_CallMethodObjArgs } from '../object/call.js';
import { defineType, getset, member, method } from '../object/declare.js';
import {
  _PyErr_ChainExceptions1,
  errMinus1,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetString,
  PyErr_WarnEx,
  typeName,
} from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyLong_FromBigInt, PyLong_FromLong } from '../object/long.js';
import { copyBytes, findByte, readChar } from '../object/memcpy.js';
import { PyNumber_AsSsize_t } from '../object/number.js';
import {
  PyObject_GetAttr,
  PyObject_GetOptionalAttr,
  PyObject_HasAttrWithError,
  PyObject_IsTrue,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_None,
  PyExc_AttributeError,
  PyExc_BlockingIOError,
  PyExc_EncodingWarning,
  PyExc_OSError,
  PyExc_RuntimeError,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import { layoutDealloc } from '../object/subtype.js';
import {
  asString,
  PyUnicode_Check,
  PyUnicode_CheckExact,
  PyUnicode_Concat,
  PyUnicode_DATA,
  PyUnicode_FromString,
  PyUnicode_GET_LENGTH,
  PyUnicode_IS_ASCII,
  PyUnicode_KIND,
  PyUnicode_Replace,
  PyUnicode_Substring,
  UnicodeWriter,
} from '../object/unicode.js';
import { findChar } from '../object/unicode_search.js';
import { encodeAscii, encodeLatin1, encodeUtf8 } from '../types/codec_utf8.js';
import { config } from '../vm/sys_state.js';
import { BufferedReader_Type, BufferedWriter_Type } from './io_buffered.js';
import { finalizeFromDealloc, IO_FLAGS, iobase_finalize, TextIOBase_Type, trapEintr } from './io_base.js';
import {
  attrTrue,
  callForEffect,
  cannotPickle,
  methodTrue,
  none,
  optionalAttr,
  optionalSize,
  s__dealloc_warn,
  s_close,
  s_closed,
  s_fileno,
  s_flush,
  s_isatty,
  s_mode,
  s_name,
  s_read,
  s_read1,
  s_readable,
  s_readline,
  s_seekable,
  s_truncate,
  s_writable,
  unsupported,
} from './io_common.js';
import { isFileIO } from './io_file.js';
import { newlinesValue, s_newlines } from './io_newlines.js';
import { textiowrapper_seek, textiowrapper_tell } from './io_text_position.js';
import { tupleOf } from './values.js';

import {
  attached,
  bufferOf,
  charsOf,
  decodeMemory,
  decodeObject,
  decoderBytes,
  decoderFlags,
  DEFAULT_CHUNK,
  errorsText,
  fixEncoder,
  getDecoderState,
  hasDecoder,
  LATIN1,
  localeEncoding,
  opened,
  put,
  reservePending,
  resetDecoder,
  setDecodedChars,
  setEncoding,
  setSnapshot,
  Text,
  TextIOWrapper_Type,
  UTF8,
  writePending,
  callBuffer,
  initialized,
} from './io_text_state.js';
const {
  b2cratio: t_b2cratio,
  buffer: t_buffer,
  raw: t_raw,
  encoding: t_encoding,
  errors: t_errors,
  encoder: t_encoder,
  decoder: t_decoder,
  readnl: t_readnl,
  writenl: t_writenl,
  decoded_chars: t_chars,
  snapshot: t_snapshot,
  pending_length: t_pending_length,
  used: t_used,
  chunk_size: t_chunk_size,
  ok: t_ok,
  detached: t_detached,
  finalizing: t_finalizing,
  line_buffering: t_line_buffering,
  write_through: t_write_through,
  readuniversal: t_readuniversal,
  readtranslate: t_readtranslate,
  writetranslate: t_writetranslate,
  seekable: t_seekable,
  telling: t_telling,
  has_read1: t_has_read1,
  native: t_native,
  can_read: t_can_read,
  can_write: t_can_write,
  nl_seen: t_nl_seen,
} = Text;

// ---- making ---------------------------------------------------------------------------------------------------------------------------------

const SIG = parseSignature(
  'TextIOWrapper',
  '(buffer, encoding=None, errors=None, newline=None, line_buffering: bool =False, write_through: bool =False)',
);

/** Whether `newline` is a str (or None) that says how lines end; false with an exception. */
function checkNewline(newline: Obj): boolean {
  if (newline === Py_None) return true;
  if (!PyUnicode_Check(newline)) {
    PyErr_SetString(
      PyExc_TypeError,
      `TextIOWrapper() argument 'newline' must be str or None, not ${typeName(newline)}`,
    );
    return false;
  }
  const s = asString(newline);
  if (s.includes('\0')) PyErr_SetString(PyExc_ValueError, 'embedded null character');
  else if (s !== '' && s !== '\n' && s !== '\r' && s !== '\r\n')
    PyErr_SetString(PyExc_ValueError, `illegal newline value: ${s}`);
  else return true;
  return false;
}

function setNewline(self: Obj, newline: Obj): void {
  const given = newline !== Py_None;
  const s = given ? asString(newline) : '';
  put(self, t_readnl, given ? newref(newline) : NULL);
  H32[(self + t_readuniversal) >> 2] = s === '' ? 1 : 0;
  H32[(self + t_readtranslate) >> 2] = given ? 0 : 1;
  H32[(self + t_writetranslate) >> 2] = !given || s !== '' ? 1 : 0;
  put(self, t_writenl, s === '' || s === '\n' ? NULL : newref(newline));
}

/** A str-or-None argument: false with TypeError. */
function strOrNone(o: Obj, where: string, name: string): boolean {
  if (o === Py_None || PyUnicode_Check(o)) {
    if (o === Py_None || !asString(o).includes('\0')) return true;
    PyErr_SetString(PyExc_ValueError, 'embedded null character');
    return false;
  }
  PyErr_SetString(PyExc_TypeError, `${where}() argument '${name}' must be str or None, not ${typeName(o)}`);
  return false;
}

function textiowrapper_init(self: Obj, args: Obj, kwargs: Obj): number {
  H32[(self + t_ok) >> 2] = 0;
  H32[(self + t_detached) >> 2] = 0;
  if (!bindTuple(SIG, args, kwargs)) return -1;
  const [buffer, encodingArg, errorsArg, newline, lineBuffering, writeThrough] = bound as unknown as Obj[];
  if (!strOrNone(encodingArg, 'TextIOWrapper', 'encoding')) return -1;
  if (encodingArg === Py_None && config.warn_default_encoding) {
    if (PyErr_WarnEx(PyExc_EncodingWarning, "'encoding' argument not specified", 1) < 0) return -1;
  }
  if (errorsArg !== Py_None && !PyUnicode_Check(errorsArg)) {
    return errMinus1(
      PyExc_TypeError,
      `TextIOWrapper() argument 'errors' must be str or None, not ${typeName(errorsArg)}`,
    );
  }
  if (errorsArg !== Py_None && asString(errorsArg).includes('\0'))
    return errMinus1(PyExc_ValueError, 'embedded null character');
  if (!checkNewline(newline)) return -1;
  for (const field of [t_encoder, t_decoder, t_snapshot, t_raw, t_chars]) put(self, field, NULL);
  H32[(self + t_used) >> 2] = 0;
  H32[(self + t_pending_length) >> 2] = 0;
  HF64[(self + t_b2cratio) >> 3] = 0;
  H32[(self + t_chunk_size) >> 2] = DEFAULT_CHUNK;
  H32[(self + t_line_buffering) >> 2] = lineBuffering;
  H32[(self + t_write_through) >> 2] = writeThrough;
  const byLocale = encodingArg === Py_None || asString(encodingArg) === 'locale';
  const encoding = byLocale ? PyUnicode_FromString(localeEncoding()) : newref(encodingArg);
  const errors = errorsArg === Py_None ? PyUnicode_FromString('strict') : newref(errorsArg);
  setNewline(self, newline);
  put(self, t_buffer, newref(buffer));
  const reads = methodTrue(buffer, s_readable);
  const writes = reads < 0 ? -1 : methodTrue(buffer, s_writable);
  if (writes < 0) {
    decref(encoding);
    decref(errors);
    return -1;
  }
  H32[(self + t_can_read) >> 2] = reads;
  H32[(self + t_can_write) >> 2] = writes;
  if (setEncoding(self, encoding, errors) < 0) return -1;
  if (Py_TYPE(buffer) === BufferedReader_Type || Py_TYPE(buffer) === BufferedWriter_Type) {
    const raw = PyObject_GetOptionalAttr(buffer, idObj(s_raw));
    if (raw === 0 && PyErr_Occurred() !== 0) return -1;
    if (raw !== 0 && isFileIO(raw)) put(self, t_raw, raw);
    else xdecref(raw);
  }
  const seekable = methodTrue(buffer, s_seekable);
  if (seekable < 0) return -1;
  H32[(self + t_seekable) >> 2] = seekable;
  H32[(self + t_telling) >> 2] = seekable;
  const read1 = PyObject_HasAttrWithError(buffer, idObj(s_read1));
  if (read1 < 0) return -1;
  H32[(self + t_has_read1) >> 2] = read1;
  if (fixEncoder(self) < 0) return -1;
  H32[(self + t_ok) >> 2] = 1;
  return 0;
}

const s_raw = ID('raw');
const s_replace = ID('replace');
const s_encode = ID('encode');

/** An optional truth value: `dflt` for None; -1 with an exception. */
function optionalBool(o: Obj, dflt: number): number {
  return o === Py_None || o === 0 ? dflt : PyObject_IsTrue(o);
}

function textiowrapper_reconfigure(
  self: Obj,
  encodingArg: Obj,
  errorsArg: Obj,
  newline: Obj,
  lineBuffering: Obj,
  writeThrough: Obj,
): Obj {
  if (!attached(self)) return NULL;
  if (!strOrNone(encodingArg, 'reconfigure', 'encoding')) return NULL;
  if (!strOrNone(errorsArg, 'reconfigure', 'errors')) return NULL;
  if (charsOf(self) !== 0 && (encodingArg !== Py_None || errorsArg !== Py_None || newline !== 0)) {
    return unsupported('It is not possible to set the encoding or newline of stream after the first read');
  }
  if (newline !== 0 && newline !== Py_None && !PyUnicode_Check(newline)) {
    return PyErr_SetString(
      PyExc_TypeError,
      `reconfigure() argument 'newline' must be str or None, not ${typeName(newline)}`,
    );
  }
  if (newline !== 0 && !checkNewline(newline)) return NULL;
  const line = optionalBool(lineBuffering, H32[(self + t_line_buffering) >> 2]);
  const through = line < 0 ? -1 : optionalBool(writeThrough, H32[(self + t_write_through) >> 2]);
  if (through < 0) return NULL;
  if (callForEffect(self, s_flush) < 0) return NULL;
  HF64[(self + t_b2cratio) >> 3] = 0;
  if (newline !== 0) setNewline(self, newline);
  if (encodingArg !== Py_None || errorsArg !== Py_None || newline !== 0) {
    let encoding: Obj;
    if (encodingArg === Py_None) encoding = newref(H32[(self + t_encoding) >> 2] as Obj);
    else if (asString(encodingArg) === 'locale') encoding = PyUnicode_FromString(localeEncoding());
    else encoding = newref(encodingArg);
    let errors: Obj;
    if (errorsArg !== Py_None) errors = newref(errorsArg);
    else if (encodingArg === Py_None) errors = newref(H32[(self + t_errors) >> 2] as Obj);
    else errors = PyUnicode_FromString('strict');
    if (setEncoding(self, encoding, errors) < 0 || fixEncoder(self) < 0) return NULL;
  }
  H32[(self + t_line_buffering) >> 2] = line;
  H32[(self + t_write_through) >> 2] = through;
  return none();
}

function textiowrapper_dealloc(self: Obj): void {
  H32[(self + t_finalizing) >> 2] = 1;
  if (finalizeFromDealloc(self)) return;
  H32[(self + t_ok) >> 2] = 0;
  layoutDealloc(self);
}

function textiowrapper_detach(self: Obj): Obj {
  if (!attached(self)) return NULL;
  if (callForEffect(self, s_flush) < 0) return NULL;
  // Flushing may have detached it already.
  if (!attached(self)) return NULL;
  const b = bufferOf(self);
  H32[(self + t_buffer) >> 2] = 0;
  put(self, t_raw, NULL);
  H32[(self + t_detached) >> 2] = 1;
  return b;
}

function textiowrapper_close(self: Obj): Obj {
  if (!attached(self)) return NULL;
  const closed = attrTrue(self, s_closed);
  if (closed < 0) return NULL;
  if (closed > 0) return none();
  if (H32[(self + t_finalizing) >> 2]) {
    const r = callBuffer(self, s__dealloc_warn, self);
    if (r === 0) PyErr_Clear();
    else decref(r);
  }
  const flushed = PyObject_CallMethodNoArgs(self, idObj(s_flush));
  const e = PyErr_GetRaisedException();
  xdecref(flushed);
  const r = callBuffer(self, s_close);
  if (e === 0) return r;
  _PyErr_ChainExceptions1(e);
  xdecref(r);
  return NULL;
}

// ---- writing ----------------------------------------------------------------------------------------------------------------------------------

/** Appends the encoded text to the pending bytes, which are written out first where they would become more than a chunk: 0, or -1. */
function encodePending(self: Obj, text: Obj): number {
  const native = H32[(self + t_native) >> 2];
  if (native !== 0 && PyUnicode_IS_ASCII(text))
    return appendPending(self, PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text));
  let bytes: Obj;
  if (native !== 0)
    bytes = (native === UTF8 ? encodeUtf8 : native === LATIN1 ? encodeLatin1 : encodeAscii)(text, errorsText(self));
  else {
    bytes = PyObject_CallMethodOneArg(H32[(self + t_encoder) >> 2] as Obj, idObj(s_encode), text);
    if (bytes !== 0 && !PyBytes_Check(bytes)) {
      PyErr_SetString(PyExc_TypeError, `encoder should return a bytes object, not '${typeName(bytes)}'`);
      decref(bytes);
      return -1;
    }
  }
  if (bytes === 0) return -1;
  const r = appendPending(self, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
  decref(bytes);
  return r;
}

function appendPending(self: Obj, p: number, n: number): number {
  // Writing out may run code that writes, too.
  for (;;) {
    const length = H32[(self + t_pending_length) >> 2];
    if (length === 0 || length + n <= H32[(self + t_chunk_size) >> 2]) break;
    if (writePending(self) < 0) return -1;
  }
  const to = reservePending(self, n);
  if (to === 0) return -1;
  copyBytes(to, p, n);
  H32[(self + t_pending_length) >> 2] += n;
  return 0;
}

/** Whether the stream can be written to; false with an exception. */
function writable(self: Obj): boolean {
  if (!opened(self)) return false;
  if (H32[(self + t_can_write) >> 2]) return true;
  unsupported('not writable');
  return false;
}

/** text.replace('\n', writenl): a new str, or NULL. */
function withNewlines(text: Obj, writenl: Obj): Obj {
  const lf = PyUnicode_FromString('\n');
  if (lf === 0) return NULL;
  const r = PyUnicode_CheckExact(text)
    ? PyUnicode_Replace(text, lf, writenl, -1)
    : PyObject_CallMethodObjArgs(text, idObj(s_replace), lf, writenl);
  decref(lf);
  if (r === 0 || PyUnicode_Check(r)) return r;
  const type = typeName(r);
  decref(r);
  return PyErr_SetString(PyExc_TypeError, `replace() should return a str, not ${type}`);
}

function textiowrapper_write(self: Obj, text: Obj): Obj {
  if (!writable(self)) return NULL;
  const length = PyUnicode_GET_LENGTH(text);
  const lineBuffering = H32[(self + t_line_buffering) >> 2] !== 0;
  const writenl = H32[(self + t_writenl) >> 2] as Obj;
  const translate = H32[(self + t_writetranslate) >> 2] !== 0 && writenl !== 0;
  let out = newref(text);
  let flush = false;
  if (translate || lineBuffering) {
    const kind = PyUnicode_KIND(text);
    const data = PyUnicode_DATA(text);
    const hasLf = findChar(kind, data, length, 10) >= 0;
    flush = lineBuffering && (hasLf || findChar(kind, data, length, 13) >= 0);
    if (hasLf && translate) {
      const replaced = withNewlines(text, writenl);
      decref(out);
      if (replaced === 0) return NULL;
      out = replaced;
      // A subclass's replace() may have closed, detached or changed the stream.
      if (!PyUnicode_CheckExact(text) && !writable(self)) {
        decref(out);
        return NULL;
      }
    }
  }
  const encoded = encodePending(self, out);
  decref(out);
  if (encoded < 0) return NULL;
  if (
    H32[(self + t_pending_length) >> 2] >= H32[(self + t_chunk_size) >> 2] ||
    flush ||
    H32[(self + t_write_through) >> 2]
  ) {
    if (writePending(self) < 0) return NULL;
  }
  if (flush) {
    const r = callBuffer(self, s_flush);
    if (r === 0) return NULL;
    decref(r);
  }
  if (H32[(self + t_snapshot) >> 2] !== 0) {
    setDecodedChars(self, NULL);
    setSnapshot(self, NULL);
  }
  if (hasDecoder(self) && resetDecoder(self) < 0) return NULL;
  return PyLong_FromLong(length);
}

function textiowrapper_flush(self: Obj): Obj {
  if (!opened(self)) return NULL;
  H32[(self + t_telling) >> 2] = H32[(self + t_seekable) >> 2];
  if (writePending(self) < 0) return NULL;
  return callBuffer(self, s_flush);
}

// ---- reading ----------------------------------------------------------------------------------------------------------------------------------

/** Up to `n` (negative: all) of the characters that were read ahead: a new str. */
function takeChars(self: Obj, n: number): Obj {
  const chars = charsOf(self);
  if (chars === 0) return PyUnicode_FromString('');
  const used = H32[(self + t_used) >> 2];
  const left = PyUnicode_GET_LENGTH(chars) - used;
  const take = n < 0 || n > left ? left : n;
  if (take === PyUnicode_GET_LENGTH(chars) && PyUnicode_CheckExact(chars)) {
    H32[(self + t_used) >> 2] += take;
    return newref(chars);
  }
  const r = PyUnicode_Substring(chars, used, used + take);
  if (r !== 0) H32[(self + t_used) >> 2] += take;
  return r;
}

/** Reads and decodes one piece: 1, 0 at the end, -1 with an exception. */
function readChunk(self: Obj, hint: number): number {
  if (!hasDecoder(self)) {
    unsupported('not readable');
    return -1;
  }
  const telling = H32[(self + t_telling) >> 2] !== 0;
  let before: Obj = NULL;
  let flags = 0n;
  if (telling) {
    if (getDecoderState(self) < 0) return -1;
    before = decoderBytes;
    flags = decoderFlags;
  }
  let size = H32[(self + t_chunk_size) >> 2];
  if (hint > 0) size = Math.max(size, Math.trunc(Math.max(HF64[(self + t_b2cratio) >> 3], 1) * hint));
  const n = PyLong_FromLong(Math.min(size, 0x7fffffff));
  const read1 = H32[(self + t_has_read1) >> 2] !== 0;
  const input = callBuffer(self, read1 ? s_read1 : s_read, n);
  decref(n);
  const r = input === 0 ? -1 : takeInput(self, input, read1);
  if (r >= 0 && telling) {
    const joined = joinBytes(before, input);
    const snapshot = joined === 0 ? NULL : tupleOf([PyLong_FromBigInt(flags), joined]);
    if (snapshot === 0) {
      xdecref(before);
      decref(input);
      return -1;
    }
    setSnapshot(self, snapshot);
  }
  xdecref(before);
  xdecref(input);
  return r;
}

/** before + input, which may be any bytes-like object: a new bytes object, or NULL. */
function joinBytes(before: Obj, input: Obj): Obj {
  if (PyBytes_GET_SIZE(before) === 0 && PyBytes_Check(input)) return newref(input);
  return concat(before, input);
}

function takeInput(self: Obj, input: Obj, read1: boolean): number {
  const handle = acquireBytes(input);
  if (handle === 0) {
    PyErr_Clear();
    return errMinus1(
      PyExc_TypeError,
      `underlying ${read1 ? 'read1' : 'read'}() should have returned a bytes-like object, not '${typeName(input)}'`,
    );
  }
  const nbytes = rangeLength;
  const chars = H32[(self + t_native) >> 2]
    ? decodeMemory(self, rangeStart, nbytes, nbytes === 0)
    : decodeObject(self, input, nbytes === 0);
  releaseBytes(handle);
  if (chars === 0) return -1;
  const count = PyUnicode_GET_LENGTH(chars);
  setDecodedChars(self, chars);
  HF64[(self + t_b2cratio) >> 3] = count > 0 ? nbytes / count : 0;
  return nbytes > 0 || count > 0 ? 1 : 0;
}

function textiowrapper_read(self: Obj, sizeArg: Obj): Obj {
  const n = optionalSize(sizeArg);
  if (Number.isNaN(n) || !opened(self)) return NULL;
  if (!hasDecoder(self)) return unsupported('not readable');
  if (writePending(self) < 0) return NULL;
  return n < 0 ? readAll(self) : readCount(self, n);
}

function readAll(self: Obj): Obj {
  const bytes = callBuffer(self, s_read);
  if (bytes === 0) return NULL;
  if (bytes === Py_None) {
    decref(bytes);
    return PyErr_SetString(PyExc_BlockingIOError, 'Read returned None.');
  }
  const decoded = decodeObject(self, bytes, true);
  decref(bytes);
  if (decoded === 0) return NULL;
  const first = takeChars(self, -1);
  if (first === 0) {
    decref(decoded);
    return NULL;
  }
  let r: Obj;
  if (PyUnicode_GET_LENGTH(first) === 0) r = newref(decoded);
  else r = PyUnicode_Concat(first, decoded);
  decref(first);
  decref(decoded);
  if (r !== 0 && H32[(self + t_snapshot) >> 2] !== 0) {
    setDecodedChars(self, NULL);
    setSnapshot(self, NULL);
  }
  return r;
}

function readCount(self: Obj, n: number): Obj {
  const first = takeChars(self, n);
  if (first === 0 || PyUnicode_GET_LENGTH(first) === n) return first;
  const all = new UnicodeWriter();
  let ok = all.str(first) >= 0;
  let left = n - PyUnicode_GET_LENGTH(first);
  decref(first);
  while (ok && left > 0) {
    const r = readChunk(self, left);
    if (r < 0) {
      if (trapEintr()) continue;
      ok = false;
      break;
    }
    if (r === 0) break;
    const piece = takeChars(self, left);
    ok = piece !== 0 && all.str(piece) >= 0;
    if (piece !== 0) {
      left -= PyUnicode_GET_LENGTH(piece);
      decref(piece);
    }
  }
  return ok ? all.finish() : all.fail();
}

/** After findLineEnd without a find: how many characters are surely not part of an end. */
let scanned = 0;

/** The index behind the end of the line that begins at `start`, or -1 (then `scanned`). */
export function findLineEnd(
  kind: number,
  data: number,
  start: number,
  length: number,
  readnl: string | null,
  translated: boolean,
  universal: boolean,
): number {
  const from = data + start * kind;
  const n = length - start;
  scanned = length;
  if (translated || (!universal && readnl === '\n')) {
    const i = kind === 1 ? byteIndex(from, n, 10) : findChar(kind, from, n, 10);
    return i < 0 ? -1 : start + i + 1;
  }
  if (universal) {
    for (let i = 0; i < n; i++) {
      const c = kind === 1 ? H8[from + i] : readCharAt(kind, from, i);
      if (c === 10) return start + i + 1;
      if (c === 13) {
        if (i + 1 < n && readCharAt(kind, from, i + 1) === 10) return start + i + 2;
        return start + i + 1;
      }
    }
    return -1;
  }
  const nl = readnl as string;
  for (let i = 0; i < n; ) {
    const k = findChar(kind, from + i * kind, n - i, nl.charCodeAt(0));
    if (k < 0) return -1;
    i += k;
    if (nl.length === 1) return start + i + 1;
    if (i + 1 >= n) {
      // The second half may come with the next piece.
      scanned = start + i;
      return -1;
    }
    if (readCharAt(kind, from, i + 1) === nl.charCodeAt(1)) return start + i + 2;
    i++;
  }
  return -1;
}

function readCharAt(kind: number, data: number, i: number): number {
  return kind === 1 ? H8[data + i] : readChar(kind, data, i);
}

function byteIndex(from: number, n: number, c: number): number {
  const p = findByte(from, from + n, c);
  return p < 0 ? -1 : p - from;
}

/** A line of at most `limit` characters (negative: any number): a new str, or NULL. */
function readLine(self: Obj, limit: number): Obj {
  if (!opened(self)) return NULL;
  if (writePending(self) < 0) return NULL;
  const readnlObj = H32[(self + t_readnl) >> 2] as Obj;
  const readnl = readnlObj === 0 ? null : asString(readnlObj);
  const translated = H32[(self + t_readtranslate) >> 2] !== 0;
  const universal = H32[(self + t_readuniversal) >> 2] !== 0;
  /** What comes before decoded_chars[used …] on this line, with `remaining` still unread at its end. */
  const line = new UnicodeWriter();
  let any = false;
  let taken = 0;
  let carried: Obj = NULL;
  for (;;) {
    let more = 1;
    while (charsOf(self) === 0 || H32[(self + t_used) >> 2] >= PyUnicode_GET_LENGTH(charsOf(self))) {
      more = readChunk(self, 0);
      if (more < 0) {
        if (trapEintr()) continue;
        xdecref(carried);
        return line.fail();
      }
      if (more === 0) break;
    }
    if (more === 0) {
      // The end: what there is is the line.
      setDecodedChars(self, NULL);
      setSnapshot(self, NULL);
      if (carried !== 0) {
        const ok = line.str(carried) >= 0;
        decref(carried);
        if (!ok) return line.fail();
      }
      return line.finish();
    }
    let text = newref(charsOf(self));
    let start = H32[(self + t_used) >> 2];
    let offset = 0;
    if (carried !== 0) {
      // The first half of an end of two characters was held back: it is looked at together with what follows.
      offset = PyUnicode_GET_LENGTH(carried);
      const joined = PyUnicode_Concat(carried, text);
      decref(text);
      decref(carried);
      carried = NULL;
      if (joined === 0) return line.fail();
      text = joined;
      start = 0;
    }
    const length = PyUnicode_GET_LENGTH(text);
    let end = findLineEnd(PyUnicode_KIND(text), PyUnicode_DATA(text), start, length, readnl, translated, universal);
    let complete = end >= 0;
    let keep = complete ? end : scanned;
    if (limit >= 0 && taken + (complete ? end : length) - start >= limit) {
      end = start + limit - taken;
      complete = true;
      keep = end;
    }
    if (complete) {
      H32[(self + t_used) >> 2] = end - offset;
      if (!any) {
        line.drop();
        const r =
          start === 0 && end === length && PyUnicode_CheckExact(text)
            ? newref(text)
            : PyUnicode_Substring(text, start, end);
        decref(text);
        return r;
      }
      const ok = line.substring(text, start, end) >= 0;
      decref(text);
      return ok ? line.finish() : line.fail();
    }
    if (keep > start) {
      any = true;
      taken += keep - start;
      if (line.substring(text, start, keep) < 0) {
        decref(text);
        return line.fail();
      }
    }
    if (keep < length) {
      any = true;
      carried = PyUnicode_Substring(text, keep, length);
      if (carried === 0) {
        decref(text);
        return line.fail();
      }
    }
    decref(text);
    setDecodedChars(self, NULL);
  }
}

function textiowrapper_readline(self: Obj, size: number): Obj {
  return attached(self) ? readLine(self, size) : NULL;
}

function textiowrapper_iternext(self: Obj): Obj {
  if (!attached(self)) return NULL;
  H32[(self + t_telling) >> 2] = 0;
  let line: Obj;
  if (Py_TYPE(self) === TextIOWrapper_Type) line = readLine(self, -1);
  else {
    line = PyObject_CallMethodNoArgs(self, idObj(s_readline));
    if (line !== 0 && !PyUnicode_Check(line)) {
      PyErr_SetString(PyExc_OSError, `readline() should have returned a str object, not '${typeName(line)}'`);
      decref(line);
      return NULL;
    }
  }
  if (line === 0) return NULL;
  if (PyUnicode_GET_LENGTH(line) > 0) return line;
  decref(line);
  setSnapshot(self, NULL);
  H32[(self + t_telling) >> 2] = H32[(self + t_seekable) >> 2];
  return NULL;
}

// ---- what it is ---------------------------------------------------------------------------------------------------------------------------------

function ofBuffer(id: number): (self: Obj) => Obj {
  return (self) => (attached(self) ? callBuffer(self, id) : NULL);
}

function attrOfBuffer(id: number): (self: Obj) => Obj {
  return (self) => (attached(self) ? PyObject_GetAttr(bufferOf(self), idObj(id)) : NULL);
}

function textiowrapper_truncate(self: Obj, pos: Obj): Obj {
  if (!attached(self) || callForEffect(self, s_flush) < 0) return NULL;
  return callBuffer(self, s_truncate, pos);
}

function get_newlines(self: Obj): Obj {
  if (!attached(self)) return NULL;
  if (H32[(self + t_native) >> 2]) {
    return hasDecoder(self) && H32[(self + t_readuniversal) >> 2]
      ? newlinesValue(H32[(self + t_nl_seen) >> 2])
      : none();
  }
  const decoder = H32[(self + t_decoder) >> 2] as Obj;
  if (decoder === 0) return none();
  const r = PyObject_GetOptionalAttr(decoder, idObj(s_newlines));
  return r === 0 && PyErr_Occurred() === 0 ? none() : r;
}

function set_chunk_size(self: Obj, value: Obj): number {
  if (!attached(self)) return -1;
  if (value === 0) return errMinus1(PyExc_AttributeError, 'cannot delete attribute');
  const n = PyNumber_AsSsize_t(value, PyExc_ValueError);
  if (n === -1 && PyErr_Occurred() !== 0) return -1;
  if (n <= 0) return errMinus1(PyExc_ValueError, 'a strictly positive integer is required');
  H32[(self + t_chunk_size) >> 2] = n;
  return 0;
}

/** An attribute for the repr: its text, null if there is none, undefined with an exception. */
function shownAttr(self: Obj, id: number): string | null | undefined {
  const v = optionalAttr(self, id);
  if (v === -1) {
    if (!PyErr_ExceptionMatches(PyExc_ValueError)) return undefined;
    PyErr_Clear();
    return null;
  }
  if (v === 0) return null;
  const text = reprOf(v);
  decref(v);
  return text ?? undefined;
}

function textiowrapper_repr(self: Obj): Obj {
  const type = typeName(self);
  if (H32[(self + t_ok) >> 2] <= 0) return PyErr_SetString(PyExc_ValueError, 'I/O operation on uninitialized object');
  const entered = Py_ReprEnter(self);
  if (entered !== 0)
    return entered > 0 ? PyErr_SetString(PyExc_RuntimeError, `reentrant call inside ${type}.__repr__`) : NULL;
  const name = shownAttr(self, s_name);
  const mode = name === undefined ? undefined : shownAttr(self, s_mode);
  Py_ReprLeave(self);
  if (name === undefined || mode === undefined) return NULL;
  const encoding = reprOf(H32[(self + t_encoding) >> 2] as Obj);
  if (encoding === null) return NULL;
  return PyUnicode_FromString(
    `<${type}${name === null ? '' : ` name=${name}`}${mode === null ? '' : ` mode=${mode}`} encoding=${encoding}>`,
  );
}

defineType({
  type: TextIOWrapper_Type,
  name: '_io.TextIOWrapper',
  base: TextIOBase_Type,
  layout: Text,
  flags: IO_FLAGS,
  signature: '(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)',
  doc: `Character and line based layer over a BufferedIOBase object, buffer.

encoding gives the name of the encoding that the stream will be
decoded or encoded with. It defaults to locale.getencoding().

errors determines the strictness of encoding and decoding (see
help(codecs.Codec) or the documentation for codecs.register) and
defaults to "strict".

newline controls how line endings are handled. It can be None, '',
'\\n', '\\r', and '\\r\\n'.

If line_buffering is True, a call to flush is implied when a call to
write contains a newline character.`,
  slots: {
    tp_init: textiowrapper_init,
    tp_dealloc: textiowrapper_dealloc,
    tp_finalize: iobase_finalize,
    tp_repr: textiowrapper_repr,
    tp_iternext: textiowrapper_iternext,
  },
  methods: [
    method('detach', '($self, /)', textiowrapper_detach),
    method(
      'reconfigure',
      '($self, /, *, encoding=None, errors=None, newline=<unrepresentable>, line_buffering=None, write_through=None)',
      textiowrapper_reconfigure,
      'Reconfigure the text stream with new parameters.',
    ),
    method('write', '($self, text: str, /)', textiowrapper_write),
    method('read', '($self, size=-1, /)', textiowrapper_read),
    method('readline', '($self, size: ssize =-1, /)', textiowrapper_readline),
    method('flush', '($self, /)', textiowrapper_flush),
    method('close', '($self, /)', textiowrapper_close),
    method('fileno', '($self, /)', ofBuffer(s_fileno)),
    method('seekable', '($self, /)', ofBuffer(s_seekable)),
    method('readable', '($self, /)', ofBuffer(s_readable)),
    method('writable', '($self, /)', ofBuffer(s_writable)),
    method('isatty', '($self, /)', ofBuffer(s_isatty)),
    method(
      'seek',
      '($self, cookie, whence: int =0, /)',
      textiowrapper_seek,
      'Set the stream position, and return the new stream position.',
    ),
    method('tell', '($self, /)', textiowrapper_tell, 'Return the stream position as an opaque number.'),
    method('truncate', '($self, pos=None, /)', textiowrapper_truncate),
    method('__getstate__', '($self, /)', cannotPickle),
  ],
  members: [
    member('encoding', 'object_ex', t_encoding),
    member('line_buffering', 'bool', t_line_buffering),
    member('write_through', 'bool', t_write_through),
    member('_finalizing', 'bool', t_finalizing, { writable: true }),
  ],
  getset: [
    getset('name', attrOfBuffer(s_name)),
    getset('closed', attrOfBuffer(s_closed)),
    getset('newlines', get_newlines),
    getset('errors', (self: Obj) => (initialized(self) ? newref(H32[(self + t_errors) >> 2] as Obj) : NULL)),
    getset(
      '_CHUNK_SIZE',
      (self: Obj) => (attached(self) ? PyLong_FromLong(H32[(self + t_chunk_size) >> 2]) : NULL),
      set_chunk_size,
    ),
    getset('buffer', (self: Obj) => (attached(self) ? newref(bufferOf(self)) : NULL)),
  ],
});
