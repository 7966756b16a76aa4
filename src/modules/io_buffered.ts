// How does a stream get a buffer: BufferedReader, BufferedWriter, BufferedRandom?
//
// Invariant: `buffer` (raw memory of buffer_size bytes, 0 once closed) mirrors a stretch of the raw stream:
//
//     0 ………… pos ………… raw_pos ………… read_end        pos: where the program is; raw_pos: where the raw stream is; both relative to the
//         write_pos ……… write_end                       buffer's start.  [0, read_end) has been read (-1: nothing valid);
//                                                       [write_pos, write_end) is still to be written (write_end -1: nothing)
//
// abs_pos is the raw stream's absolute position, -1 if not known.  `busy` guards against a signal handler or a destructor that comes back
// into the object in the middle of an operation.

import { reprOf } from '../types/exceptions.js';
import { EAGAIN } from '../config/errno.js';
import { PyMem_Free, PyMem_Malloc } from '../memory/alloc.js';
import { H32, HF64 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import {
  acquireBytes,
  acquireWritable,
  freeView,
  newView,
  PyBUF_FULL,
  PyBUF_FULL_RO,
  PyBuffer_FillInfo,
  rangeLength,
  rangeStart,
  releaseBytes,
} from '../object/buffer.js';
import {
  _PyBytes_Resize,
  bytesResult,
  newBytes,
  PyBytes_AS_STRING,
  PyBytes_Check,
  PyBytes_FromStringAndSize,
  PyBytes_GET_SIZE,
} from '../object/bytes.js';
import { BytesWriter } from '../object/bytes_writer.js';
import {
  PyObject_CallFunctionObjArgs,
  PyObject_CallMethodNoArgs,
  PyObject_CallMethodObjArgs,
  PyObject_CallMethodOneArg,
} from '../object/call.js';
import { defineType, type GetSetDef, getset, member, type MethodDef, method } from '../object/declare.js';
import {
  _PyErr_ChainExceptions1,
  _PyErr_FormatFromCause,
  errMinus1,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetObject,
  PyErr_SetString,
  reprText,
  typeName,
} from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { idObj } from '../object/identifiers.js';
import { buffer, f64, i32, layout, ref } from '../object/layout.js';
import { PyLong_FromLong } from '../object/long.js';
import { copyBytes, findByte } from '../object/memcpy.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { PyNumber_AsSsize_t } from '../object/number.js';
import { PyObject_GetAttr, PyObject_GetOptionalAttr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_None,
  PyExc_BlockingIOError,
  PyExc_OSError,
  PyExc_RuntimeError,
  PyExc_TypeError,
  PyExc_ValueError,
  staticType,
} from '../object/statics.js';
import { tp_basicsize } from '../object/type_layout.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { PyMemoryView_FromBuffer } from '../types/memoryview.js';
import {
  BufferedIOBase_Type,
  checkReadable,
  checkSeekable,
  checkWritable,
  finalizeFromDealloc,
  IO_FLAGS,
  IOBase,
  iobase_finalize,
  needWritable,
  trapEintr,
} from './io_base.js';
import {
  asOffset,
  attrTrue,
  cannotPickle,
  closedFile,
  DEFAULT_BUFFER_SIZE,
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
  s_readable,
  s_readall,
  s_readinto,
  s_readline,
  s_seek,
  s_seekable,
  s_tell,
  s_truncate,
  s_writable,
  s_write,
  unsupported,
} from './io_common.js';
import { fileDescriptor, fileReadRaw, fileSeekRaw, fileWriteRaw, isFileIO } from './io_file.js';
import { PyErr_CheckSignals } from './signals.js';
import { layoutDealloc } from '../object/subtype.js';

export const Buffered = layout(
  {
    abs_pos: f64,
    raw: ref,
    buffer,
    ok: i32,
    detached: i32,
    readable: i32,
    writable: i32,
    finalizing: i32,
    fast: i32,
    busy: i32,
    pos: i32,
    raw_pos: i32,
    read_end: i32,
    write_pos: i32,
    write_end: i32,
    buffer_size: i32,
  },
  { base: IOBase.info },
);
const {
  abs_pos,
  raw: b_raw,
  buffer: b_buffer,
  ok: b_ok,
  detached: b_detached,
  readable: b_readable,
  writable: b_writable,
  finalizing: b_finalizing,
  fast: b_fast,
  busy: b_busy,
  pos: b_pos,
  raw_pos,
  read_end,
  write_pos,
  write_end,
  buffer_size: b_size,
} = Buffered;

export const BufferedReader_Type = staticType();
export const BufferedWriter_Type = staticType();
export const BufferedRandom_Type = staticType();

const BLOCKED = -2;
const WOULD_BLOCK = 'write could not complete without blocking';

const rawOf = (self: Obj): Obj => H32[(self + b_raw) >> 2] as Obj;
const at = (self: Obj): number => H32[(self + b_buffer) >> 2];

// ---- states -------------------------------------------------------------------------------------------------------------------------------

const validRead = (self: Obj): boolean => H32[(self + b_readable) >> 2] !== 0 && H32[(self + read_end) >> 2] !== -1;
const validWrite = (self: Obj): boolean => H32[(self + b_writable) >> 2] !== 0 && H32[(self + write_end) >> 2] !== -1;

/** How many bytes are there to be read without asking the raw stream. */
function readAhead(self: Obj): number {
  return validRead(self) ? H32[(self + read_end) >> 2] - H32[(self + b_pos) >> 2] : 0;
}

/** How far the raw stream is ahead of the program. */
function rawOffset(self: Obj): number {
  return (validRead(self) || validWrite(self)) && H32[(self + raw_pos) >> 2] >= 0
    ? H32[(self + raw_pos) >> 2] - H32[(self + b_pos) >> 2]
    : 0;
}

function adjustPosition(self: Obj, pos: number): void {
  H32[(self + b_pos) >> 2] = pos;
  if (validRead(self) && H32[(self + read_end) >> 2] < pos) H32[(self + read_end) >> 2] = pos;
}

function resetRead(self: Obj): void {
  H32[(self + read_end) >> 2] = -1;
}

function resetWrite(self: Obj): void {
  H32[(self + write_pos) >> 2] = 0;
  H32[(self + write_end) >> 2] = -1;
}

function initialized(self: Obj): boolean {
  if (H32[(self + b_ok) >> 2] > 0) return true;
  PyErr_SetString(
    PyExc_ValueError,
    H32[(self + b_detached) >> 2] ? 'raw stream has been detached' : 'I/O operation on uninitialized object',
  );
  return false;
}

/** Whether the raw stream is closed: 1, 0, or -1 with an exception. */
function rawClosed(self: Obj): number {
  return attrTrue(rawOf(self), s_closed);
}

/** Usable: initialized, and open or with bytes left in the buffer. */
function open(self: Obj, message: string): boolean {
  if (!initialized(self)) return false;
  if (at(self) !== 0) {
    if (H32[(self + b_fast) >> 2]) {
      if (fileDescriptor(rawOf(self)) >= 0) return true;
    } else {
      const closed = rawClosed(self);
      if (closed <= 0) return closed === 0;
    }
    if (readAhead(self) > 0) return true;
  }
  closedFile(message);
  return false;
}

/** Takes the object for an operation; false with RuntimeError if one is going on. */
function enter(self: Obj): boolean {
  if (H32[(self + b_busy) >> 2] === 0) {
    H32[(self + b_busy) >> 2] = 1;
    return true;
  }
  PyErr_SetString(PyExc_RuntimeError, `reentrant call inside ${reprText(self)}`);
  return false;
}

function leave(self: Obj): void {
  H32[(self + b_busy) >> 2] = 0;
}

/** Raises BlockingIOError(EAGAIN, message, written); returns -1. */
function wouldBlock(message: string, written: number): -1 {
  const code = PyLong_FromLong(EAGAIN);
  const text = PyUnicode_FromString(message);
  const count = PyLong_FromLong(written);
  const e = PyObject_CallFunctionObjArgs(PyExc_BlockingIOError, code, text, count);
  xdecref(code);
  xdecref(text);
  xdecref(count);
  if (e !== 0) {
    PyErr_SetObject(PyExc_BlockingIOError, e);
    decref(e);
  }
  return -1;
}

// ---- the raw stream -----------------------------------------------------------------------------------------------------------------------

/** Calls raw.readinto or raw.write with a view of memory: how many bytes, -1 with an exception, BLOCKED. */
function callWithView(self: Obj, id: number, p: number, n: number, writing: boolean): number {
  const view = newView();
  if (view === 0) return -1;
  PyBuffer_FillInfo(view, NULL, p, n, writing, writing ? PyBUF_FULL_RO : PyBUF_FULL);
  const memory = PyMemoryView_FromBuffer(view);
  freeView(view);
  if (memory === 0) return -1;
  let r: Obj;
  do r = PyObject_CallMethodOneArg(rawOf(self), idObj(id), memory);
  while (r === 0 && trapEintr());
  decref(memory);
  if (r === 0) return -1;
  if (r === Py_None) {
    decref(r);
    return BLOCKED;
  }
  const got = PyNumber_AsSsize_t(r, PyExc_ValueError);
  decref(r);
  if (got === -1 && PyErr_Occurred() !== 0) {
    if (!writing) _PyErr_FormatFromCause(PyExc_OSError, 'raw readinto() failed');
    return -1;
  }
  if (got < 0 || got > n) {
    const what = writing ? 'write()' : 'readinto()';
    return errMinus1(PyExc_OSError, `raw ${what} returned invalid length ${got} (should have been between 0 and ${n})`);
  }
  return got;
}

function rawRead(self: Obj, p: number, n: number): number {
  const raw = rawOf(self);
  const got = isFileIO(raw) ? fileReadRaw(raw, p, n) : callWithView(self, s_readinto, p, n, false);
  if (got > 0 && HF64[(self + abs_pos) >> 3] !== -1) HF64[(self + abs_pos) >> 3] += got;
  return got;
}

function rawWrite(self: Obj, p: number, n: number): number {
  const raw = rawOf(self);
  const done = isFileIO(raw) ? fileWriteRaw(raw, p, n) : callWithView(self, s_write, p, n, true);
  if (done > 0 && HF64[(self + abs_pos) >> 3] !== -1) HF64[(self + abs_pos) >> 3] += done;
  return done;
}

/** The position that a raw method answered (stolen): -1 with an exception. */
function rawPosition(self: Obj, r: Obj): number {
  HF64[(self + abs_pos) >> 3] = -1;
  if (r === 0) return -1;
  const n = asOffset(r);
  decref(r);
  if (Number.isNaN(n)) return -1;
  if (n < 0) return errMinus1(PyExc_OSError, `Raw stream returned invalid position ${n}`);
  HF64[(self + abs_pos) >> 3] = n;
  return n;
}

function rawSeek(self: Obj, target: number, whence: number): number {
  const raw = rawOf(self);
  if (isFileIO(raw)) {
    const n = fileSeekRaw(raw, target, whence);
    HF64[(self + abs_pos) >> 3] = n < 0 ? -1 : n;
    return n;
  }
  const t = PyLong_FromLong(target);
  const w = PyLong_FromLong(whence);
  const r = t === 0 || w === 0 ? NULL : PyObject_CallMethodObjArgs(raw, idObj(s_seek), t, w);
  xdecref(t);
  xdecref(w);
  return rawPosition(self, r);
}

function rawTell(self: Obj): number {
  const raw = rawOf(self);
  if (isFileIO(raw)) return rawSeek(self, 0, 1);
  return rawPosition(self, PyObject_CallMethodNoArgs(raw, idObj(s_tell)));
}

/** Fills what is free of the buffer: how many bytes came, 0 at the end, -1 with an exception, BLOCKED. */
function fill(self: Obj): number {
  const start = validRead(self) ? H32[(self + read_end) >> 2] : 0;
  const n = rawRead(self, at(self) + start, H32[(self + b_size) >> 2] - start);
  if (n > 0) {
    H32[(self + read_end) >> 2] = start + n;
    H32[(self + raw_pos) >> 2] = start + n;
  }
  return n;
}

/** Writes out what is to be written: 0, or -1. */
function flushWrites(self: Obj): number {
  if (validWrite(self) && H32[(self + write_pos) >> 2] !== H32[(self + write_end) >> 2]) {
    const rewind = rawOffset(self) + (H32[(self + b_pos) >> 2] - H32[(self + write_pos) >> 2]);
    if (rewind !== 0) {
      if (rawSeek(self, -rewind, 1) < 0) return -1;
      H32[(self + raw_pos) >> 2] -= rewind;
    }
    while (H32[(self + write_pos) >> 2] < H32[(self + write_end) >> 2]) {
      const from = H32[(self + write_pos) >> 2];
      const n = rawWrite(self, at(self) + from, H32[(self + write_end) >> 2] - from);
      if (n === BLOCKED) return wouldBlock(WOULD_BLOCK, 0);
      if (n < 0) return -1;
      H32[(self + write_pos) >> 2] += n;
      H32[(self + raw_pos) >> 2] = H32[(self + write_pos) >> 2];
      // A signal may have cut the write short: its handler runs before the rest is written.
      if (PyErr_CheckSignals() < 0) return -1;
    }
  }
  // Nothing valid to write from here on, also when there was nothing to do.
  resetWrite(self);
  return 0;
}

/** flushWrites, then the raw stream goes to where the program is: 0, or -1. */
function flushAndRewind(self: Obj): number {
  if (flushWrites(self) < 0) return -1;
  if (H32[(self + b_readable) >> 2]) {
    const n = rawSeek(self, -rawOffset(self), 1);
    resetRead(self);
    if (n < 0) return -1;
  }
  return 0;
}

// ---- making and ending ----------------------------------------------------------------------------------------------------------------------

const SIGS = {
  BufferedReader: parseSignature('BufferedReader', `(raw, buffer_size: ssize = ${DEFAULT_BUFFER_SIZE})`),
  BufferedWriter: parseSignature('BufferedWriter', `(raw, buffer_size: ssize = ${DEFAULT_BUFFER_SIZE})`),
  BufferedRandom: parseSignature('BufferedRandom', `(raw, buffer_size: ssize = ${DEFAULT_BUFFER_SIZE})`),
};

/** tp_init of the three types. */
function initializer(
  kind: keyof typeof SIGS,
  reads: boolean,
  writes: boolean,
  own: Obj,
): (self: Obj, args: Obj, kwargs: Obj) => number {
  return (self, args, kwargs) => {
    H32[(self + b_ok) >> 2] = 0;
    H32[(self + b_detached) >> 2] = 0;
    if (!bindTuple(SIGS[kind], args, kwargs)) return -1;
    const raw = bound[0] as Obj;
    const size = bound[1];
    for (const check of reads && writes
      ? [checkSeekable, checkReadable, checkWritable]
      : [reads ? checkReadable : checkWritable]) {
      const r = check(raw);
      if (r === 0) return -1;
      decref(r);
    }
    const old = rawOf(self);
    H32[(self + b_raw) >> 2] = newref(raw);
    xdecref(old);
    H32[(self + b_readable) >> 2] = reads ? 1 : 0;
    H32[(self + b_writable) >> 2] = writes ? 1 : 0;
    if (size <= 0) return errMinus1(PyExc_ValueError, 'buffer size must be strictly positive');
    const p = PyMem_Malloc(size);
    if (p === 0) {
      PyErr_NoMemory();
      return -1;
    }
    if (at(self) !== 0) PyMem_Free(at(self));
    H32[(self + b_buffer) >> 2] = p;
    H32[(self + b_size) >> 2] = size;
    H32[(self + b_pos) >> 2] = 0;
    H32[(self + raw_pos) >> 2] = 0;
    resetRead(self);
    resetWrite(self);
    if (rawTell(self) < 0) PyErr_Clear();
    H32[(self + b_fast) >> 2] = Py_TYPE(self) === own && isFileIO(raw) ? 1 : 0;
    H32[(self + b_ok) >> 2] = 1;
    return 0;
  };
}

function buffered_dealloc(self: Obj): void {
  H32[(self + b_finalizing) >> 2] = 1;
  if (finalizeFromDealloc(self)) return;
  H32[(self + b_ok) >> 2] = 0;
  layoutDealloc(self);
}

function buffered_dealloc_warn(self: Obj, source: Obj): Obj {
  if (H32[(self + b_ok) >> 2] && rawOf(self) !== 0) warnRaw(self, source);
  return none();
}

/** Passes a warning of deallocation on; what goes wrong with that is dropped. */
function warnRaw(self: Obj, source: Obj): void {
  const r = PyObject_CallMethodOneArg(rawOf(self), idObj(s__dealloc_warn), source);
  if (r === 0) PyErr_Clear();
  else decref(r);
}

function buffered_close(self: Obj): Obj {
  if (!initialized(self) || !enter(self)) return NULL;
  const closed = rawClosed(self);
  if (closed !== 0) {
    leave(self);
    return closed < 0 ? NULL : none();
  }
  if (H32[(self + b_finalizing) >> 2] && rawOf(self) !== 0) warnRaw(self, self);
  // flush() may be a method of a subclass.
  leave(self);
  const flushed = PyObject_CallMethodNoArgs(self, idObj(s_flush));
  if (!enter(self)) {
    xdecref(flushed);
    return NULL;
  }
  const e = PyErr_GetRaisedException();
  xdecref(flushed);
  let r = PyObject_CallMethodNoArgs(rawOf(self), idObj(s_close));
  if (at(self) !== 0) {
    PyMem_Free(at(self));
    H32[(self + b_buffer) >> 2] = 0;
  }
  if (e !== 0) {
    _PyErr_ChainExceptions1(e);
    xdecref(r);
    r = NULL;
  }
  H32[(self + read_end) >> 2] = 0;
  H32[(self + b_pos) >> 2] = 0;
  leave(self);
  return r;
}

function buffered_detach(self: Obj): Obj {
  if (!initialized(self)) return NULL;
  const r = PyObject_CallMethodNoArgs(self, idObj(s_flush));
  if (r === 0) return NULL;
  decref(r);
  const raw = rawOf(self);
  H32[(self + b_raw) >> 2] = 0;
  H32[(self + b_detached) >> 2] = 1;
  H32[(self + b_ok) >> 2] = 0;
  return raw;
}

/** A method that is the raw stream's. */
function ofRaw(id: number): (self: Obj) => Obj {
  return (self) => (initialized(self) ? PyObject_CallMethodNoArgs(rawOf(self), idObj(id)) : NULL);
}

/** An attribute that is the raw stream's. */
function attrOfRaw(id: number): (self: Obj) => Obj {
  return (self) => (initialized(self) ? PyObject_GetAttr(rawOf(self), idObj(id)) : NULL);
}

function buffered_repr(self: Obj): Obj {
  const type = typeName(self);
  let name = optionalAttr(self, s_name);
  if (name === -1) {
    // An object without a raw stream has no name either.
    if (!PyErr_ExceptionMatches(PyExc_ValueError)) return NULL;
    PyErr_Clear();
    name = NULL;
  }
  if (name === 0) return PyUnicode_FromString(`<${type}>`);
  const entered = Py_ReprEnter(self);
  if (entered !== 0) {
    decref(name);
    return entered > 0 ? PyErr_SetString(PyExc_RuntimeError, `reentrant call inside ${type}.__repr__`) : NULL;
  }
  const shown = reprOf(name);
  Py_ReprLeave(self);
  decref(name);
  return shown === null ? NULL : PyUnicode_FromString(`<${type} name=${shown}>`);
}

function buffered_sizeof(self: Obj): Obj {
  const size = H32[(Py_TYPE(self) + tp_basicsize) >> 2];
  return PyLong_FromLong(size + (at(self) !== 0 ? H32[(self + b_size) >> 2] : 0));
}

// ---- positions ---------------------------------------------------------------------------------------------------------------------------

function buffered_tell(self: Obj): Obj {
  if (!initialized(self)) return NULL;
  const n = rawTell(self);
  if (n < 0) return NULL;
  // The raw stream may have been moved behind our back.
  return PyLong_FromLong(Math.max(0, n - rawOffset(self)));
}

function buffered_seek(self: Obj, target: Obj, whence: number): Obj {
  if (whence < 0 || whence > 2) return PyErr_SetString(PyExc_ValueError, `whence value ${whence} unsupported`);
  if (!open(self, 'seek of closed file')) return NULL;
  const can = checkSeekable(rawOf(self));
  if (can === 0) return NULL;
  decref(can);
  let offset = asOffset(target);
  if (Number.isNaN(offset)) return NULL;
  if (whence !== 2 && H32[(self + b_readable) >> 2]) {
    const current = HF64[(self + abs_pos) >> 3] !== -1 ? HF64[(self + abs_pos) >> 3] : rawTell(self);
    if (current === -1) return NULL;
    const available = readAhead(self);
    if (available > 0) {
      const here = current - rawOffset(self);
      const by = whence === 0 ? offset - here : offset;
      if (by >= -H32[(self + b_pos) >> 2] && by <= available) {
        H32[(self + b_pos) >> 2] += by;
        // A device may say that it is at 0 whatever was read from it.
        return PyLong_FromLong(Math.max(here + by, 0));
      }
    }
  }
  if (!enter(self)) return NULL;
  let r: Obj = NULL;
  if (!H32[(self + b_writable) >> 2] || flushWrites(self) === 0) {
    if (whence === 1) offset -= rawOffset(self);
    const n = rawSeek(self, offset, whence);
    if (n >= 0) {
      H32[(self + raw_pos) >> 2] = -1;
      if (H32[(self + b_readable) >> 2]) resetRead(self);
      r = PyLong_FromLong(n);
    }
  }
  leave(self);
  return r;
}

function buffered_truncate(self: Obj, pos: Obj): Obj {
  if (!open(self, 'truncate of closed file')) return NULL;
  if (!H32[(self + b_writable) >> 2]) return unsupported('truncate');
  if (!enter(self)) return NULL;
  let r: Obj = NULL;
  if (flushAndRewind(self) === 0) {
    r = PyObject_CallMethodOneArg(rawOf(self), idObj(s_truncate), pos);
    // The position is asked again: truncating may have moved it.
    if (r !== 0 && rawTell(self) < 0) PyErr_Clear();
  }
  leave(self);
  return r;
}

// ---- reading -------------------------------------------------------------------------------------------------------------------------------

/** `n` bytes that are known to be in the buffer. */
function takeBuffered(self: Obj, n: number): Obj {
  const r = PyBytes_FromStringAndSize(at(self) + H32[(self + b_pos) >> 2], n);
  if (r !== 0) H32[(self + b_pos) >> 2] += n;
  return r;
}

/** The bytes `parts[0 … length)` as they were read so far; or None if nothing came and reading would block. */
function shortRead(data: Obj, written: number, n: number): Obj {
  if (n === 0 || written > 0) return bytesResult(_PyBytes_Resize(data, written));
  decref(data);
  return none();
}

function buffered_read(self: Obj, sizeArg: Obj): Obj {
  const n = optionalSize(sizeArg);
  if (Number.isNaN(n) || !initialized(self)) return NULL;
  if (n < -1) return PyErr_SetString(PyExc_ValueError, 'read length must be non-negative or -1');
  if (!open(self, 'read of closed file')) return NULL;
  if (n >= 0 && n <= readAhead(self)) return takeBuffered(self, n);
  if (!enter(self)) return NULL;
  const r = n === -1 ? readAll(self) : readGeneric(self, n);
  leave(self);
  return r;
}

function readGeneric(self: Obj, n: number): Obj {
  const data = newBytes(Math.max(n, 2));
  if (data === 0) return NULL;
  const out = PyBytes_AS_STRING(data);
  let written = readAhead(self);
  if (written > 0) {
    copyBytes(out, at(self) + H32[(self + b_pos) >> 2], written);
    H32[(self + b_pos) >> 2] += written;
  }
  if (H32[(self + b_writable) >> 2] && flushAndRewind(self) < 0) {
    decref(data);
    return NULL;
  }
  resetRead(self);
  const size = H32[(self + b_size) >> 2];
  // Whole buffers go straight to where they are wanted.
  while (n - written >= size) {
    const want = n - written;
    const got = rawRead(self, out + written, want - (want % size));
    if (got === -1) {
      decref(data);
      return NULL;
    }
    if (got <= 0) return shortRead(data, written, got);
    written += got;
  }
  H32[(self + b_pos) >> 2] = 0;
  H32[(self + raw_pos) >> 2] = 0;
  H32[(self + read_end) >> 2] = 0;
  while (written < n && H32[(self + read_end) >> 2] < size) {
    const got = fill(self);
    if (got === -1) {
      decref(data);
      return NULL;
    }
    if (got <= 0) return shortRead(data, written, got);
    const take = Math.min(got, n - written);
    copyBytes(out + written, at(self) + H32[(self + b_pos) >> 2], take);
    written += take;
    H32[(self + b_pos) >> 2] += take;
  }
  return bytesResult(_PyBytes_Resize(data, written));
}

/** Whether `o` is bytes or None; else drops it, with TypeError. */
function bytesOrNone(o: Obj, method: string): boolean {
  if (o === 0) return false;
  if (o === Py_None || PyBytes_Check(o)) return true;
  decref(o);
  PyErr_SetString(PyExc_TypeError, `${method}() should return bytes`);
  return false;
}

function readAll(self: Obj): Obj {
  const all = new BytesWriter();
  const ahead = readAhead(self);
  if (ahead > 0) {
    if (all.bytes(at(self) + H32[(self + b_pos) >> 2], ahead) < 0) return all.fail();
    H32[(self + b_pos) >> 2] += ahead;
  }
  if (H32[(self + b_writable) >> 2] && flushAndRewind(self) < 0) return all.fail();
  resetRead(self);
  const readall = PyObject_GetOptionalAttr(rawOf(self), idObj(s_readall));
  if (readall === 0 && PyErr_Occurred() !== 0) return all.fail();
  if (readall !== 0) {
    const rest = PyObject_CallFunctionObjArgs(readall);
    decref(readall);
    HF64[(self + abs_pos) >> 3] = -1;
    if (!bytesOrNone(rest, 'readall')) return all.fail();
    if (ahead === 0) {
      all.drop();
      return rest;
    }
    const ok = rest === Py_None || all.bytes(PyBytes_AS_STRING(rest), PyBytes_GET_SIZE(rest)) >= 0;
    decref(rest);
    return ok ? all.finish() : all.fail();
  }
  for (;;) {
    const chunk = PyObject_CallMethodNoArgs(rawOf(self), idObj(s_read));
    if (!bytesOrNone(chunk, 'read')) return all.fail();
    const n = chunk === Py_None ? 0 : PyBytes_GET_SIZE(chunk);
    if (n === 0) {
      if (all.length === 0) {
        all.drop();
        return chunk;
      }
      decref(chunk);
      return all.finish();
    }
    const ok = all.bytes(PyBytes_AS_STRING(chunk), n) >= 0;
    decref(chunk);
    if (!ok) return all.fail();
    if (HF64[(self + abs_pos) >> 3] !== -1) HF64[(self + abs_pos) >> 3] += n;
  }
}

function buffered_peek(self: Obj): Obj {
  if (!open(self, 'peek of closed file') || !enter(self)) return NULL;
  let r: Obj = NULL;
  if (!H32[(self + b_writable) >> 2] || flushAndRewind(self) === 0) {
    const have = readAhead(self);
    if (have > 0) r = PyBytes_FromStringAndSize(at(self) + H32[(self + b_pos) >> 2], have);
    else {
      resetRead(self);
      const n = fill(self);
      if (n !== -1) {
        H32[(self + b_pos) >> 2] = 0;
        r = PyBytes_FromStringAndSize(at(self), Math.max(n, 0));
      }
    }
  }
  leave(self);
  return r;
}

function buffered_read1(self: Obj, size: number): Obj {
  if (!open(self, 'read of closed file')) return NULL;
  const n = size < 0 ? H32[(self + b_size) >> 2] : size;
  if (n === 0) return PyBytes_FromStringAndSize(0, 0);
  const have = readAhead(self);
  if (have > 0) return takeBuffered(self, Math.min(n, have));
  const data = newBytes(Math.max(n, 2));
  if (data === 0) return NULL;
  if (!enter(self)) {
    decref(data);
    return NULL;
  }
  let got = -1;
  if (!H32[(self + b_writable) >> 2] || flushAndRewind(self) === 0) {
    resetRead(self);
    got = rawRead(self, PyBytes_AS_STRING(data), n);
  }
  leave(self);
  if (got === -1) {
    decref(data);
    return NULL;
  }
  return bytesResult(_PyBytes_Resize(data, Math.max(got, 0)));
}

function readintoGeneric(self: Obj, target: Obj, once: boolean): Obj {
  if (!initialized(self)) return NULL;
  const handle = acquireWritable(target);
  if (handle === 0) {
    return needWritable(once ? 'readinto1' : 'readinto', target);
  }
  const start = rangeStart;
  const length = rangeLength;
  const r = open(self, 'readinto of closed file') ? readToMemory(self, start, length, once) : -1;
  releaseBytes(handle);
  return r === -1 ? NULL : r === BLOCKED ? none() : PyLong_FromLong(r);
}

/** Reads to memory: how many bytes, BLOCKED if none could be read without waiting, -1 with an exception. */
export function readToMemory(self: Obj, start: number, length: number, once: boolean): number {
  const ahead = readAhead(self);
  const have = Math.min(ahead, length);
  if (ahead > 0) {
    copyBytes(start, at(self) + H32[(self + b_pos) >> 2], have);
    H32[(self + b_pos) >> 2] += have;
    // Nothing asked for is all there, too: what was read ahead stays.
    if (have === length) return length;
  }
  if (!enter(self)) return -1;
  const r = readMore(self, start, length, once, Math.max(have, 0));
  leave(self);
  return r;
}

function readMore(self: Obj, start: number, length: number, once: boolean, have: number): number {
  if (H32[(self + b_writable) >> 2] && flushAndRewind(self) < 0) return -1;
  resetRead(self);
  H32[(self + b_pos) >> 2] = 0;
  let written = have;
  while (written < length) {
    const left = length - written;
    let n: number;
    if (left > H32[(self + b_size) >> 2]) n = rawRead(self, start + written, left);
    else if (once && written > 0) n = 0;
    else {
      n = fill(self);
      if (n > 0) {
        n = Math.min(n, left);
        copyBytes(start + written, at(self) + H32[(self + b_pos) >> 2], n);
        H32[(self + b_pos) >> 2] += n;
      }
    }
    if (n === 0 || (n === BLOCKED && written > 0)) break;
    if (n < 0) return n;
    written += n;
    if (once) break;
  }
  return written;
}

/** A line with its end, of at most `limit` bytes (negative: any number). */
function readLine(self: Obj, max: number): Obj {
  if (!open(self, 'readline of closed file')) return NULL;
  let limit = max < 0 ? 0x7fffffff : max;
  const have = Math.min(readAhead(self), limit);
  const from = at(self) + H32[(self + b_pos) >> 2];
  const end = have > 0 ? findByte(from, from + have, 10) : -1;
  if (end >= 0) return takeBuffered(self, end - from + 1);
  if (have === limit) return takeBuffered(self, have);
  if (!enter(self)) return NULL;
  const line = new BytesWriter();
  let ok = true;
  if (have > 0) {
    ok = line.bytes(from, have) >= 0;
    H32[(self + b_pos) >> 2] += have;
    limit -= have;
  }
  if (ok && H32[(self + b_writable) >> 2]) ok = flushAndRewind(self) === 0;
  while (ok) {
    resetRead(self);
    const n = fill(self);
    if (n === -1) ok = false;
    if (n <= 0) break;
    const take = Math.min(n, limit);
    const start = at(self);
    const stop = findByte(start, start + take, 10);
    const used = stop >= 0 ? stop - start + 1 : take;
    ok = line.bytes(start, used) >= 0;
    H32[(self + b_pos) >> 2] = used;
    limit -= used;
    if (stop >= 0 || limit === 0) break;
  }
  leave(self);
  return ok ? line.finish() : line.fail();
}

function buffered_readline(self: Obj, sizeArg: Obj): Obj {
  const n = optionalSize(sizeArg);
  return Number.isNaN(n) || !initialized(self) ? NULL : readLine(self, n);
}

function buffered_iternext(self: Obj): Obj {
  if (!initialized(self)) return NULL;
  let line: Obj;
  if (Py_TYPE(self) === BufferedReader_Type || Py_TYPE(self) === BufferedRandom_Type) line = readLine(self, -1);
  else {
    line = PyObject_CallMethodNoArgs(self, idObj(s_readline));
    if (line !== 0 && !PyBytes_Check(line)) {
      PyErr_SetString(PyExc_OSError, `readline() should have returned a bytes object, not '${typeName(line)}'`);
      decref(line);
      return NULL;
    }
  }
  if (line === 0 || PyBytes_GET_SIZE(line) > 0) return line;
  decref(line);
  return NULL;
}

// ---- writing ---------------------------------------------------------------------------------------------------------------------------------

function buffered_write(self: Obj, o: Obj): Obj {
  if (!initialized(self)) return NULL;
  const handle = acquireBytes(o);
  if (handle === 0) return NULL;
  const start = rangeStart;
  const length = rangeLength;
  const n = writeFromMemory(self, start, length);
  releaseBytes(handle);
  return n < 0 ? NULL : PyLong_FromLong(n);
}

/** Writes `length` bytes of memory: how many are written or in the buffer, or -1 with an exception. */
export function writeFromMemory(self: Obj, start: number, length: number): number {
  if (!enter(self)) return -1;
  const n = writeLocked(self, start, length);
  leave(self);
  return n;
}

function writeLocked(self: Obj, start: number, length: number): number {
  const closed =
    at(self) === 0 ? 1 : H32[(self + b_fast) >> 2] ? (fileDescriptor(rawOf(self)) < 0 ? 1 : 0) : rawClosed(self);
  if (closed !== 0) {
    if (closed > 0) closedFile('write to closed file');
    return -1;
  }
  const size = H32[(self + b_size) >> 2];
  if (!validRead(self) && !validWrite(self)) {
    H32[(self + b_pos) >> 2] = 0;
    H32[(self + raw_pos) >> 2] = 0;
  }
  const pos = H32[(self + b_pos) >> 2];
  if (length <= size - pos) {
    copyBytes(at(self) + pos, start, length);
    if (!validWrite(self) || H32[(self + write_pos) >> 2] > pos) H32[(self + write_pos) >> 2] = pos;
    adjustPosition(self, pos + length);
    if (pos + length > H32[(self + write_end) >> 2]) H32[(self + write_end) >> 2] = pos + length;
    return length;
  }
  if (flushWrites(self) < 0) return writeBlocked(self, start, length);
  const ahead = rawOffset(self);
  if (ahead !== 0) {
    if (rawSeek(self, -ahead, 1) < 0) return -1;
    H32[(self + raw_pos) >> 2] -= ahead;
  }
  let written = 0;
  while (length - written > size) {
    const n = rawWrite(self, start + written, length - written);
    if (n === -1) return -1;
    if (n === BLOCKED) {
      if (length - written <= size) break;
      // Not everything finds room: as much as there is room for, then the error.
      copyBytes(at(self), start + written, size);
      H32[(self + raw_pos) >> 2] = 0;
      adjustPosition(self, size);
      H32[(self + write_pos) >> 2] = 0;
      H32[(self + write_end) >> 2] = size;
      return wouldBlock(WOULD_BLOCK, written + size);
    }
    written += n;
    if (PyErr_CheckSignals() < 0) return -1;
  }
  if (H32[(self + b_readable) >> 2]) resetRead(self);
  const left = length - written;
  if (left > 0) copyBytes(at(self), start + written, left);
  H32[(self + write_pos) >> 2] = 0;
  H32[(self + write_end) >> 2] = left;
  adjustPosition(self, left);
  H32[(self + raw_pos) >> 2] = 0;
  return length;
}

/** The buffer could not be written out.  If that is because writing would block, what fits is kept. */
function writeBlocked(self: Obj, start: number, length: number): number {
  if (!PyErr_ExceptionMatches(PyExc_BlockingIOError)) return -1;
  const e = PyErr_GetRaisedException();
  if (H32[(self + b_readable) >> 2]) resetRead(self);
  const from = H32[(self + write_pos) >> 2];
  copyBytes(at(self), at(self) + from, H32[(self + write_end) >> 2] - from);
  H32[(self + write_end) >> 2] -= from;
  H32[(self + raw_pos) >> 2] -= from;
  H32[(self + b_pos) >> 2] -= from;
  H32[(self + write_pos) >> 2] = 0;
  const end = H32[(self + write_end) >> 2];
  const room = Math.min(H32[(self + b_size) >> 2] - end, length);
  copyBytes(at(self) + end, start, room);
  H32[(self + write_end) >> 2] += room;
  H32[(self + b_pos) >> 2] += room;
  decref(e);
  return room === length ? length : wouldBlock(WOULD_BLOCK, room);
}

function buffered_flush(self: Obj): Obj {
  if (!initialized(self) || !open(self, 'flush of closed file') || !enter(self)) return NULL;
  const r = flushAndRewind(self);
  leave(self);
  return r < 0 ? NULL : none();
}

// ---- the types --------------------------------------------------------------------------------------------------------------------------------

const shared: readonly MethodDef[] = [
  method('detach', '($self, /)', buffered_detach),
  method('close', '($self, /)', buffered_close),
  method('seekable', '($self, /)', ofRaw(s_seekable)),
  method('fileno', '($self, /)', ofRaw(s_fileno)),
  method('isatty', '($self, /)', ofRaw(s_isatty)),
  method('_dealloc_warn', '($self, source, /)', buffered_dealloc_warn),
  method('seek', '($self, target, whence: int =0, /)', buffered_seek),
  method('tell', '($self, /)', buffered_tell),
  method('truncate', '($self, pos=None, /)', buffered_truncate),
  method('__sizeof__', '($self, /)', buffered_sizeof),
  method('__getstate__', '($self, /)', cannotPickle),
];
const reading: readonly MethodDef[] = [
  method('readable', '($self, /)', ofRaw(s_readable)),
  method('read', '($self, size=-1, /)', buffered_read),
  method('peek', '($self, size: ssize =0, /)', buffered_peek),
  method('read1', '($self, size: ssize =-1, /)', buffered_read1),
  method('readinto', '($self, buffer, /)', (self: Obj, b: Obj) => readintoGeneric(self, b, false)),
  method('readinto1', '($self, buffer, /)', (self: Obj, b: Obj) => readintoGeneric(self, b, true)),
  method('readline', '($self, size=-1, /)', buffered_readline),
];
const writing: readonly MethodDef[] = [
  method('writable', '($self, /)', ofRaw(s_writable)),
  method('write', '($self, buffer, /)', buffered_write),
];
const members = [member('raw', 'object', b_raw), member('_finalizing', 'bool', b_finalizing, { writable: true })];
const attributes: readonly GetSetDef[] = [
  getset('closed', attrOfRaw(s_closed)),
  getset('name', attrOfRaw(s_name)),
  getset('mode', attrOfRaw(s_mode)),
];
const slots = { tp_dealloc: buffered_dealloc, tp_finalize: iobase_finalize, tp_repr: buffered_repr };
const SIGNATURE = '(raw, buffer_size=DEFAULT_BUFFER_SIZE)';
const flushWriter = method('flush', '($self, /)', buffered_flush);

defineType({
  type: BufferedReader_Type,
  name: '_io.BufferedReader',
  base: BufferedIOBase_Type,
  layout: Buffered,
  flags: IO_FLAGS,
  signature: SIGNATURE,
  doc: 'Create a new buffered reader using the given readable raw IO object.',
  slots: {
    ...slots,
    tp_init: initializer('BufferedReader', true, false, BufferedReader_Type),
    tp_iternext: buffered_iternext,
  },
  methods: [...shared, ...reading, method('flush', '($self, /)', ofRaw(s_flush))],
  members,
  getset: attributes,
});

defineType({
  type: BufferedWriter_Type,
  name: '_io.BufferedWriter',
  base: BufferedIOBase_Type,
  layout: Buffered,
  flags: IO_FLAGS,
  signature: SIGNATURE,
  doc: `A buffer for a writeable sequential RawIO object.

The constructor creates a BufferedWriter for the given writeable raw
stream. If the buffer_size is not given, it defaults to
DEFAULT_BUFFER_SIZE.`,
  slots: { ...slots, tp_init: initializer('BufferedWriter', false, true, BufferedWriter_Type) },
  methods: [...shared, ...writing, flushWriter],
  members,
  getset: attributes,
});

defineType({
  type: BufferedRandom_Type,
  name: '_io.BufferedRandom',
  base: BufferedIOBase_Type,
  layout: Buffered,
  flags: IO_FLAGS,
  signature: SIGNATURE,
  doc: `A buffered interface to random access streams.

The constructor creates a reader and writer for a seekable stream,
raw, given in the first argument. If the buffer_size is omitted it
defaults to DEFAULT_BUFFER_SIZE.`,
  slots: {
    ...slots,
    tp_init: initializer('BufferedRandom', true, true, BufferedRandom_Type),
    tp_iternext: buffered_iternext,
  },
  methods: [...shared, ...reading, ...writing, flushWriter],
  members,
  getset: attributes,
});
