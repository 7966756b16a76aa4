// What do all streams have in common: _IOBase, _RawIOBase, _BufferedIOBase, _TextIOBase?
//
// Invariant: a stream is closed at most once by its finalizer, which runs when the last reference goes or the collector finds the stream
// unreachable; whether it is closed is asked through the attribute `closed`, which subclasses answer in their own way.

import { H32, H8 } from '../memory/linear.js';
import { acquireWritable, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import { PyByteArray_AS_STRING, PyByteArray_FromStringAndSize, PyByteArray_GET_SIZE } from '../object/bytearray.js';
import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_FromStringAndSize, PyBytes_GET_SIZE } from '../object/bytes.js';
import { BytesWriter } from '../object/bytes_writer.js';
import { PyObject_CallMethodNoArgs, PyObject_CallMethodObjArgs, PyObject_CallMethodOneArg } from '../object/call.js';
import { defineType, getset, method } from '../object/declare.js';
import {
  _PyErr_ChainExceptions1,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetRaisedException,
  PyErr_SetString,
  PyErr_WriteUnraisable,
  reprText,
  typeName,
} from '../object/errors.js';
import { decref, incref, newref, Py_REFCNT, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import { dictField, layout, weaklistField } from '../object/layout.js';
import { PyList_Append, PyList_New } from '../object/list.js';
import { PyLong_AsSsize_t, PyLong_FromLong } from '../object/long.js';
import { copyBytes } from '../object/memcpy.js';
import {
  PyBool_FromLong,
  PyObject_GenericGetDict,
  PyObject_GetOptionalAttr,
  PyObject_IsTrue,
  PyObject_SetAttr,
} from '../object/object.js';
import { PyObject_Size } from '../object/mapping.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_False,
  Py_None,
  Py_True,
  PyExc_InterruptedError,
  PyExc_OSError,
  PyExc_TypeError,
  PyExc_ValueError,
  staticType,
} from '../object/statics.js';
import { layoutDealloc, PyObject_CallFinalizer, PyObject_CallFinalizerFromDealloc } from '../object/subtype.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC, Py_TPFLAGS_HEAPTYPE, tp_flags } from '../object/type_layout.js';
import {
  closedFile,
  DEFAULT_BUFFER_SIZE,
  none,
  optionalSize,
  s__finalizing,
  s_close,
  s_closed,
  s_flush,
  s_peek,
  s_read,
  s_readable,
  s_readall,
  s_readinto,
  s_readline,
  s_seek,
  s_seekable,
  s_writable,
  s_write,
  unsupported,
} from './io_common.js';
import { PyErr_CheckSignals } from './signals.js';

export const IOBase = layout({ dict: dictField, weaklist: weaklistField });

export const IOBase_Type = staticType();
export const RawIOBase_Type = staticType();
export const BufferedIOBase_Type = staticType();
export const TextIOBase_Type = staticType();

export const IO_FLAGS = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE;

const s_closedMark = ID('__IOBase_closed');
const s_extend = ID('extend');

/** Whether the current exception is InterruptedError and its handlers went well: clears it and answers true, so that the call is made again. */
export function trapEintr(): boolean {
  if (!PyErr_ExceptionMatches(PyExc_OSError)) return false;
  if (!PyErr_ExceptionMatches(PyExc_InterruptedError)) return false;
  PyErr_Clear();
  return PyErr_CheckSignals() === 0;
}

// ---- closing and finalization -----------------------------------------------------------------------------------------------------

function isMarkedClosed(self: Obj): number {
  const v = PyObject_GetOptionalAttr(self, idObj(s_closedMark));
  if (v === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  decref(v);
  return 1;
}

/** 0 if the stream is open by its `closed` attribute, else -1 with ValueError or another exception. */
export function checkClosed(self: Obj): number {
  const v = PyObject_GetOptionalAttr(self, idObj(s_closed));
  if (v === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  const closed = PyObject_IsTrue(v);
  decref(v);
  if (closed > 0) closedFile();
  return closed === 0 ? 0 : -1;
}

/** tp_finalize of all streams: closes the stream unless it says that it is closed. */
export function iobase_finalize(self: Obj): void {
  const saved = PyErr_GetRaisedException();
  let closed = 0;
  const v = PyObject_GetOptionalAttr(self, idObj(s_closed));
  if (v === 0) {
    if (PyErr_Occurred() !== 0) PyErr_Clear();
    // An object without the attribute was never made a stream: nothing to close.
    closed = -1;
  } else {
    closed = PyObject_IsTrue(v);
    decref(v);
    if (closed < 0) PyErr_Clear();
  }
  if (closed === 0) {
    // Tells a subclass's close() that it is called for an object that nobody refers to.
    if (PyObject_SetAttr(self, idObj(s__finalizing), Py_True) < 0) PyErr_Clear();
    const r = PyObject_CallMethodNoArgs(self, idObj(s_close));
    if (r === 0) {
      const e = PyErr_GetRaisedException();
      const name = reprText(self);
      PyErr_SetRaisedException(e);
      PyErr_WriteUnraisable(NULL, `finalizing file ${name}`);
    } else decref(r);
  }
  PyErr_SetRaisedException(saved);
}

/** Runs the finalizer from tp_dealloc; true: the object lives on, and the deallocator must return. */
export function finalizeFromDealloc(self: Obj): boolean {
  if (Py_REFCNT(self) !== 0) {
    PyObject_CallFinalizer(self);
    return false;
  }
  if (!PyObject_CallFinalizerFromDealloc(self)) return false;
  // The deallocator of a class made in Python gives back the reference to the class when we return.
  if (H32[(Py_TYPE(self) + tp_flags) >> 2] & Py_TPFLAGS_HEAPTYPE) incref(Py_TYPE(self));
  return true;
}

/** tp_dealloc of the streams whose fields need nothing beyond what the layout says. */
export function iobase_dealloc(self: Obj): void {
  if (!finalizeFromDealloc(self)) layoutDealloc(self);
}

/** close() of _IOBase: flushes, then marks the stream as closed, also if flushing failed. */
export function iobase_close(self: Obj): Obj {
  const marked = isMarkedClosed(self);
  if (marked < 0) return NULL;
  if (marked) return none();
  const r = PyObject_CallMethodNoArgs(self, idObj(s_flush));
  const saved = PyErr_GetRaisedException();
  const set = PyObject_SetAttr(self, idObj(s_closedMark), Py_True);
  if (saved !== 0) _PyErr_ChainExceptions1(saved);
  if (r === 0) return NULL;
  decref(r);
  return set < 0 ? NULL : none();
}

function get_closed(self: Obj): Obj {
  const r = isMarkedClosed(self);
  return r < 0 ? NULL : PyBool_FromLong(r);
}

function iobase_flush(self: Obj): Obj {
  const closed = isMarkedClosed(self);
  if (closed < 0) return NULL;
  return closed ? closedFile() : none();
}

function iobase_checkClosed(self: Obj): Obj {
  return checkClosed(self) < 0 ? NULL : none();
}

// ---- what a stream can do ------------------------------------------------------------------------------------------------------------

/** Requires that a method answers True: the True (new), or NULL with UnsupportedOperation. */
function requireTrue(self: Obj, id: number, what: string): Obj {
  const r = PyObject_CallMethodNoArgs(self, idObj(id));
  if (r === 0) return NULL;
  if (r === Py_True) return r;
  decref(r);
  return unsupported(`File or stream is not ${what}.`);
}

export function checkSeekable(self: Obj): Obj {
  return requireTrue(self, s_seekable, 'seekable');
}
export function checkReadable(self: Obj): Obj {
  return requireTrue(self, s_readable, 'readable');
}
export function checkWritable(self: Obj): Obj {
  return requireTrue(self, s_writable, 'writable');
}

function answerFalse(): Obj {
  return newref(Py_False);
}

function iobase_isatty(self: Obj): Obj {
  return checkClosed(self) < 0 ? NULL : newref(Py_False);
}

function iobase_tell(self: Obj): Obj {
  const zero = PyLong_FromLong(0);
  const one = PyLong_FromLong(1);
  const r = PyObject_CallMethodObjArgs(self, idObj(s_seek), zero, one);
  decref(zero);
  decref(one);
  return r;
}

function iobase_enter(self: Obj): Obj {
  return checkClosed(self) < 0 ? NULL : newref(self);
}

function iobase_exit(self: Obj): Obj {
  return PyObject_CallMethodNoArgs(self, idObj(s_close));
}

// ---- lines ----------------------------------------------------------------------------------------------------------------------------

function iobase_readline(self: Obj, sizeArg: Obj): Obj {
  let limit = optionalSize(sizeArg);
  if (Number.isNaN(limit)) return NULL;
  const peek = PyObject_GetOptionalAttr(self, idObj(s_peek));
  if (peek === 0 && PyErr_Occurred() !== 0) return NULL;
  const hasPeek = peek !== 0;
  if (hasPeek) decref(peek);
  if (limit < 0) limit = 0x7fffffff;
  const line = new BytesWriter();
  let total = 0;
  while (total < limit) {
    let want = 1;
    if (hasPeek) {
      want = peekForLine(self, limit - total);
      if (want < 0) {
        line.drop();
        return NULL;
      }
    }
    const n = PyLong_FromLong(want);
    const chunk = PyObject_CallMethodOneArg(self, idObj(s_read), n);
    decref(n);
    if (chunk === 0) {
      if (trapEintr()) continue;
      line.drop();
      return NULL;
    }
    if (!PyBytes_Check(chunk)) {
      PyErr_SetString(PyExc_OSError, `read() should have returned a bytes object, not '${typeName(chunk)}'`);
      decref(chunk);
      line.drop();
      return NULL;
    }
    const got = PyBytes_GET_SIZE(chunk);
    if (got > 0 && line.bytes(PyBytes_AS_STRING(chunk), got) < 0) {
      decref(chunk);
      line.drop();
      return NULL;
    }
    total += got;
    const atEnd = got === 0 || H8[PyBytes_AS_STRING(chunk) + got - 1] === 10;
    decref(chunk);
    if (atEnd) break;
  }
  return line.finish();
}

/** How many bytes to read so that a line's end is not passed: -1 with an exception. */
function peekForLine(self: Obj, limit: number): number {
  for (;;) {
    const one = PyLong_FromLong(1);
    const ahead = PyObject_CallMethodOneArg(self, idObj(s_peek), one);
    decref(one);
    if (ahead === 0) {
      if (trapEintr()) continue;
      return -1;
    }
    if (!PyBytes_Check(ahead)) {
      PyErr_SetString(PyExc_OSError, `peek() should have returned a bytes object, not '${typeName(ahead)}'`);
      decref(ahead);
      return -1;
    }
    const p = PyBytes_AS_STRING(ahead);
    const n = PyBytes_GET_SIZE(ahead);
    let want = 1;
    if (n > 0) {
      for (want = 0; want < n && want < limit; ) if (H8[p + want++] === 10) break;
    }
    decref(ahead);
    return want;
  }
}

function iobase_iter(self: Obj): Obj {
  return checkClosed(self) < 0 ? NULL : newref(self);
}

function iobase_iternext(self: Obj): Obj {
  const line = PyObject_CallMethodNoArgs(self, idObj(s_readline));
  if (line === 0) return NULL;
  const n = PyObject_Size(line);
  if (n > 0) return line;
  // End of file, or an object without a size.
  decref(line);
  return NULL;
}

function iobase_readlines(self: Obj, hintArg: Obj): Obj {
  const hint = optionalSize(hintArg);
  if (Number.isNaN(hint)) return NULL;
  const list = PyList_New(0);
  if (list === 0) return NULL;
  if (hint <= 0) {
    const r = PyObject_CallMethodOneArg(list, idObj(s_extend), self);
    if (r === 0) {
      decref(list);
      return NULL;
    }
    decref(r);
    return list;
  }
  const it = PyObject_GetIter(self);
  let ok = it !== 0;
  let total = 0;
  while (ok) {
    const line = PyIter_Next(it);
    if (line === 0) {
      ok = PyErr_Occurred() === 0;
      break;
    }
    const n = PyList_Append(list, line) < 0 ? -1 : PyObject_Size(line);
    decref(line);
    if (n < 0) ok = false;
    if (n > hint - total) break;
    total += n;
  }
  if (it !== 0) decref(it);
  if (ok) return list;
  decref(list);
  return NULL;
}

function iobase_writelines(self: Obj, lines: Obj): Obj {
  if (checkClosed(self) < 0) return NULL;
  const it = PyObject_GetIter(lines);
  if (it === 0) return NULL;
  for (;;) {
    const line = PyIter_Next(it);
    if (line === 0) break;
    let r: Obj;
    do r = PyObject_CallMethodOneArg(self, idObj(s_write), line);
    while (r === 0 && trapEintr());
    decref(line);
    if (r === 0) {
      decref(it);
      return NULL;
    }
    decref(r);
  }
  decref(it);
  return PyErr_Occurred() !== 0 ? NULL : none();
}

defineType({
  type: IOBase_Type,
  name: '_io._IOBase',
  layout: IOBase,
  flags: IO_FLAGS,
  doc: `The abstract base class for all I/O classes.

This class provides dummy implementations for many methods that
derived classes can override selectively; the default implementations
represent a file that cannot be read, written or seeked.`,
  slots: {
    tp_dealloc: iobase_dealloc,
    tp_finalize: iobase_finalize,
    tp_iter: iobase_iter,
    tp_iternext: iobase_iternext,
  },
  methods: [
    method(
      'seek',
      '($self, offset, whence=os.SEEK_SET, /)',
      () => unsupported('seek'),
      'Change the stream position to the given byte offset.',
    ),
    method('tell', '($self, /)', iobase_tell, 'Return current stream position.'),
    method('truncate', '($self, size=None, /)', () => unsupported('truncate'), 'Truncate file to size bytes.'),
    method('flush', '($self, /)', iobase_flush, 'Flush write buffers, if applicable.'),
    method('close', '($self, /)', iobase_close, 'Flush and close the IO object.'),
    method('seekable', '($self, /)', answerFalse, 'Return whether object supports random access.'),
    method('readable', '($self, /)', answerFalse, 'Return whether object was opened for reading.'),
    method('writable', '($self, /)', answerFalse, 'Return whether object was opened for writing.'),
    method('_checkClosed', '($self, /)', iobase_checkClosed),
    method('_checkSeekable', '($self, /)', checkSeekable),
    method('_checkReadable', '($self, /)', checkReadable),
    method('_checkWritable', '($self, /)', checkWritable),
    method('fileno', '($self, /)', () => unsupported('fileno'), 'Return underlying file descriptor if one exists.'),
    method('isatty', '($self, /)', iobase_isatty, "Return whether this is an 'interactive' stream."),
    method('__enter__', '($self, /)', iobase_enter),
    method('__exit__', '!($self, /, *args)', iobase_exit),
    method('readline', '($self, size=-1, /)', iobase_readline, 'Read and return a line from the stream.'),
    method('readlines', '($self, hint=-1, /)', iobase_readlines, 'Return a list of lines from the stream.'),
    method('writelines', '($self, lines, /)', iobase_writelines, 'Write a list of lines to stream.'),
  ],
  getset: [getset('__dict__', PyObject_GenericGetDict), getset('closed', get_closed)],
});

// ---- _RawIOBase -------------------------------------------------------------------------------------------------------------------------

function rawiobase_read(self: Obj, sizeArg: Obj): Obj {
  const n = optionalSize(sizeArg);
  if (Number.isNaN(n)) return NULL;
  if (n < 0) return PyObject_CallMethodNoArgs(self, idObj(s_readall));
  const b = PyByteArray_FromStringAndSize(0, n);
  if (b === 0) return NULL;
  const r = PyObject_CallMethodOneArg(self, idObj(s_readinto), b);
  if (r === 0 || r === Py_None) {
    decref(b);
    return r;
  }
  const got = PyLong_AsSsize_t(r);
  decref(r);
  if (got === -1 && PyErr_Occurred() !== 0) {
    decref(b);
    return NULL;
  }
  if (got < 0 || got > PyByteArray_GET_SIZE(b)) {
    const size = PyByteArray_GET_SIZE(b);
    decref(b);
    return PyErr_SetString(PyExc_ValueError, `readinto returned ${got} outside buffer size ${size}`);
  }
  const result = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(b), got);
  decref(b);
  return result;
}

function rawiobase_readall(self: Obj): Obj {
  const all = new BytesWriter();
  let any = false;
  for (;;) {
    const n = PyLong_FromLong(DEFAULT_BUFFER_SIZE);
    const data = PyObject_CallMethodOneArg(self, idObj(s_read), n);
    decref(n);
    if (data === 0) {
      if (trapEintr()) continue;
      all.drop();
      return NULL;
    }
    if (data === Py_None) {
      if (!any) {
        all.drop();
        return data;
      }
      decref(data);
      break;
    }
    if (!PyBytes_Check(data)) {
      decref(data);
      all.drop();
      return PyErr_SetString(PyExc_TypeError, 'read() should return bytes');
    }
    any = true;
    const got = PyBytes_GET_SIZE(data);
    const ok = got === 0 || all.bytes(PyBytes_AS_STRING(data), got) >= 0;
    decref(data);
    if (!ok) {
      all.drop();
      return NULL;
    }
    if (got === 0) break;
  }
  return all.finish();
}

function notImplemented(name: string): () => Obj {
  return () => unsupported(name);
}

defineType({
  type: RawIOBase_Type,
  name: '_io._RawIOBase',
  base: IOBase_Type,
  layout: layout({}, { base: IOBase.info }),
  flags: IO_FLAGS,
  doc: 'Base class for raw binary I/O.',
  methods: [
    method('read', '($self, size=-1, /)', rawiobase_read),
    method('readall', '($self, /)', rawiobase_readall, 'Read until EOF, using multiple read() call.'),
  ],
});

// ---- _BufferedIOBase --------------------------------------------------------------------------------------------------------------------

/** readinto and readinto1 by read and read1. */
function readintoBy(self: Obj, buffer: Obj, id: number): Obj {
  const handle = acquireWritable(buffer);
  if (handle === 0) {
    return needWritable('readinto', buffer);
  }
  const start = rangeStart;
  const length = rangeLength;
  const r = readintoRange(self, start, length, id);
  releaseBytes(handle);
  return r;
}

function readintoRange(self: Obj, start: number, length: number, id: number): Obj {
  const n = PyLong_FromLong(length);
  const data = PyObject_CallMethodOneArg(self, idObj(id), n);
  decref(n);
  if (data === 0) return NULL;
  if (!PyBytes_Check(data)) {
    decref(data);
    return PyErr_SetString(PyExc_TypeError, 'read() should return bytes');
  }
  const got = PyBytes_GET_SIZE(data);
  if (got > length) {
    decref(data);
    return PyErr_SetString(
      PyExc_ValueError,
      `read() returned too much data: ${length} bytes requested, ${got} returned`,
    );
  }
  copyBytes(start, PyBytes_AS_STRING(data), got);
  decref(data);
  return PyLong_FromLong(got);
}

/** The TypeError of an argument that is no writable bytes-like object; returns NULL. */
export function needWritable(name: string, o: Obj): Obj {
  PyErr_Clear();
  return PyErr_SetString(
    PyExc_TypeError,
    `${name}() argument must be read-write bytes-like object, not ${o === Py_None ? 'None' : typeName(o)}`,
  );
}

const s_read1Id = ID('read1');

defineType({
  type: BufferedIOBase_Type,
  name: '_io._BufferedIOBase',
  base: IOBase_Type,
  layout: layout({}, { base: IOBase.info }),
  flags: IO_FLAGS,
  doc: 'Base class for buffered IO objects.',
  methods: [
    method(
      'detach',
      '($self, /)',
      notImplemented('detach'),
      'Disconnect this buffer from its underlying raw stream and return it.',
    ),
    method('read', '($self, size=-1, /)', notImplemented('read'), 'Read and return up to n bytes.'),
    method('read1', '($self, size=-1, /)', notImplemented('read1'), 'Read and return up to size bytes.'),
    method('readinto', '($self, buffer, /)', (self: Obj, b: Obj) => readintoBy(self, b, s_read)),
    method('readinto1', '($self, buffer, /)', (self: Obj, b: Obj) => readintoBy(self, b, s_read1Id)),
    method('write', '($self, b, /)', notImplemented('write'), 'Write buffer b to the IO stream.'),
  ],
});

// ---- _TextIOBase ------------------------------------------------------------------------------------------------------------------------

defineType({
  type: TextIOBase_Type,
  name: '_io._TextIOBase',
  base: IOBase_Type,
  layout: layout({}, { base: IOBase.info }),
  flags: IO_FLAGS,
  doc: 'Base class for text I/O.',
  methods: [
    method(
      'detach',
      '($self, /)',
      notImplemented('detach'),
      'Separate the underlying buffer from the TextIOBase and return it.',
    ),
    method('read', '($self, size: ssize = -1, /)', notImplemented('read'), 'Read at most size characters from stream.'),
    method('readline', '($self, size: ssize = -1, /)', notImplemented('readline'), 'Read until newline or EOF.'),
    method('write', '($self, s: str, /)', notImplemented('write'), 'Write string s to stream.'),
  ],
  getset: [
    getset('encoding', none, null, 'Encoding of the text stream.'),
    getset('newlines', none, null, 'Line endings translated so far.'),
    getset('errors', none, null, 'The error setting of the decoder or encoder.'),
  ],
});
