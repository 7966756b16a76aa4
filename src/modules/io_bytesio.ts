// What is a BytesIO: a stream in memory?
//
// Invariant: `buf` is an owned bytes object of which the first `size` bytes are the content; it may be longer.  While it is shared (with whoever
// gave it or took it by getvalue) it is copied before it is written to.  `exports` counts the views that getbuffer gave out: while there are
// any, the content's size does not change.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import {
  acquireBytes,
  acquireWritable,
  PyBuffer_FillInfo,
  rangeLength,
  rangeStart,
  releaseBytes,
} from '../object/buffer.js';
import {
  newBytes,
  PyBytes_AS_STRING,
  PyBytes_CheckExact,
  PyBytes_FromStringAndSize,
  PyBytes_GET_SIZE,
} from '../object/bytes.js';
import { PyObject_CallMethodOneArg } from '../object/call.js';
import { defineType, getset, method } from '../object/declare.js';
import { errMinus1, nameOfType, PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref, Py_REFCNT, Py_TYPE, xdecref } from '../object/header.js';
import { idObj, ID } from '../object/identifiers.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyList_Append, PyList_New } from '../object/list.js';
import { PyLong_AsSsize_t, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { copyBytes, fillBytes, findByte } from '../object/memcpy.js';
import { PyDict_Check, PyDict_Copy, PyDict_Update } from '../object/dict.js';
import { _PyObject_New, PyType_GenericAlloc } from '../object/new_object.js';
import { PyNumber_AsSsize_t } from '../object/number.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import {
  emptyBytes,
  Py_None,
  PyExc_BufferError,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
  staticType,
} from '../object/statics.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC, tp_basicsize } from '../object/type_layout.js';
import { PyMemoryView_FromObject } from '../types/memoryview.js';
import { BufferedIOBase_Type, IO_FLAGS, IOBase, iobase_finalize, needWritable } from './io_base.js';
import { closedFile, none, optionalSize } from './io_common.js';
import { layoutDealloc } from '../object/subtype.js';
import { tupleOf } from './values.js';

const BytesIO = layout({ buf: ref, pos: i32, size: i32, exports: i32 }, { base: IOBase.info });
const { buf: b_buf, pos: b_pos, size: b_size, exports: b_exports, dict: b_dict } = { ...BytesIO, dict: IOBase.dict };

export const BytesIO_Type = staticType();
const BytesIOBuffer_Type = staticType();

const bufOf = (self: Obj): Obj => H32[(self + b_buf) >> 2] as Obj;

function open(self: Obj): boolean {
  if (bufOf(self) !== 0) return true;
  closedFile();
  return false;
}

/** No view of the content is held; false with BufferError. */
function resizable(self: Obj): boolean {
  if (H32[(self + b_exports) >> 2] === 0) return true;
  PyErr_SetString(PyExc_BufferError, 'Existing exports of data: object cannot be re-sized');
  return false;
}

function setBuf(self: Obj, buf: Obj): void {
  const old = bufOf(self);
  H32[(self + b_buf) >> 2] = buf;
  xdecref(old);
}

/** Makes `buf` ours alone, with room for its content and for `least` bytes: 0, or -1. */
function own(self: Obj, least: number): number {
  const buf = bufOf(self);
  const capacity = Math.max(least, H32[(self + b_size) >> 2]);
  const have = PyBytes_GET_SIZE(buf);
  if (Py_REFCNT(buf) === 1 && have >= capacity && have > 1) return 0;
  const grow = have >= capacity ? capacity : Math.max(capacity, capacity + (capacity >> 3) + 16);
  // Two at least: objects of one byte are shared by everybody.
  const fresh = newBytes(Math.max(grow, 2));
  if (fresh === 0) return -1;
  copyBytes(PyBytes_AS_STRING(fresh), PyBytes_AS_STRING(buf), H32[(self + b_size) >> 2]);
  setBuf(self, fresh);
  return 0;
}

/** Writes `n` bytes of memory at the position: 0, or -1. */
function writeBytes(self: Obj, from: number, n: number): number {
  const pos = H32[(self + b_pos) >> 2];
  const end = pos + n;
  if (end > 0x7fffff00) return errMinus1(PyExc_OverflowError, 'new position too large');
  if (own(self, end) < 0) return -1;
  const p = PyBytes_AS_STRING(bufOf(self));
  const size = H32[(self + b_size) >> 2];
  if (pos > size) fillBytes(p + size, 0, pos - size);
  copyBytes(p + pos, from, n);
  H32[(self + b_pos) >> 2] = end;
  if (end > size) H32[(self + b_size) >> 2] = end;
  return 0;
}

function write(self: Obj, o: Obj): number {
  if (!open(self)) return -1;
  const handle = acquireBytes(o);
  if (handle === 0) return -1;
  const n = rangeLength;
  // Asking for the bytes may have run anything.
  const r = !open(self) || !resizable(self) ? -1 : n === 0 ? 0 : writeBytes(self, rangeStart, n);
  releaseBytes(handle);
  return r < 0 ? -1 : n;
}

// ---- making ---------------------------------------------------------------------------------------------------------------------------------

const SIG = parseSignature('BytesIO', "(initial_bytes=b'')");

function bytesio_new(type: Obj, _args: Obj, _kwargs: Obj): Obj {
  const self = PyType_GenericAlloc(type, 0);
  if (self !== 0) H32[(self + b_buf) >> 2] = newref(emptyBytes);
  return self;
}

function bytesio_init(self: Obj, args: Obj, kwargs: Obj): number {
  if (!bindTuple(SIG, args, kwargs)) return -1;
  const initial = bound[0] as Obj;
  if (!resizable(self)) return -1;
  // Whoever initializes an object again starts from nothing.
  H32[(self + b_size) >> 2] = 0;
  H32[(self + b_pos) >> 2] = 0;
  if (initial === 0 || initial === Py_None) {
    if (bufOf(self) === 0) H32[(self + b_buf) >> 2] = newref(emptyBytes);
    return 0;
  }
  if (PyBytes_CheckExact(initial)) {
    setBuf(self, newref(initial));
    H32[(self + b_size) >> 2] = PyBytes_GET_SIZE(initial);
    return 0;
  }
  setBuf(self, newref(emptyBytes));
  if (write(self, initial) < 0) return -1;
  H32[(self + b_pos) >> 2] = 0;
  return 0;
}

function bytesio_dealloc(self: Obj): void {
  layoutDealloc(self);
}

// ---- reading ----------------------------------------------------------------------------------------------------------------------------------

/** How many of `n` (negative: all) bytes can be read from the position on. */
function available(self: Obj, n: number): number {
  const left = Math.max(0, H32[(self + b_size) >> 2] - H32[(self + b_pos) >> 2]);
  return n < 0 || n > left ? left : n;
}

/** The next `n` bytes, which are there: a new bytes object. */
function take(self: Obj, n: number): Obj {
  const buf = bufOf(self);
  const pos = H32[(self + b_pos) >> 2];
  H32[(self + b_pos) >> 2] = pos + n;
  if (n > 1 && pos === 0 && n === PyBytes_GET_SIZE(buf) && H32[(self + b_exports) >> 2] === 0) return newref(buf);
  return PyBytes_FromStringAndSize(PyBytes_AS_STRING(buf) + pos, n);
}

function bytesio_read(self: Obj, sizeArg: Obj): Obj {
  const n = optionalSize(sizeArg);
  return Number.isNaN(n) || !open(self) ? NULL : take(self, available(self, n));
}

/** The length of the next line, with its end. */
function lineLength(self: Obj, max: number): number {
  const n = available(self, max);
  const from = PyBytes_AS_STRING(bufOf(self)) + H32[(self + b_pos) >> 2];
  const end = n === 0 ? -1 : findByte(from, from + n, 10);
  return end < 0 ? n : end - from + 1;
}

function bytesio_readline(self: Obj, sizeArg: Obj): Obj {
  const n = optionalSize(sizeArg);
  return Number.isNaN(n) || !open(self) ? NULL : take(self, lineLength(self, n));
}

function bytesio_readlines(self: Obj, sizeArg: Obj): Obj {
  if (!open(self)) return NULL;
  let max = 0;
  if (sizeArg !== Py_None) {
    if (!PyLong_Check(sizeArg))
      return PyErr_SetString(PyExc_TypeError, `integer argument expected, got '${typeName(sizeArg)}'`);
    max = PyLong_AsSsize_t(sizeArg);
    if (max === -1 && PyErr_Occurred() !== 0) return NULL;
  }
  const list = PyList_New(0);
  if (list === 0) return NULL;
  let total = 0;
  for (let n = lineLength(self, -1); n > 0; n = lineLength(self, -1)) {
    const line = take(self, n);
    const r = line === 0 ? -1 : PyList_Append(list, line);
    xdecref(line);
    if (r < 0) {
      decref(list);
      return NULL;
    }
    total += n;
    if (max > 0 && total >= max) break;
  }
  return list;
}

function bytesio_iternext(self: Obj): Obj {
  if (!open(self)) return NULL;
  const n = lineLength(self, -1);
  return n === 0 ? NULL : take(self, n);
}

function bytesio_iter(self: Obj): Obj {
  return open(self) ? newref(self) : NULL;
}

function bytesio_readinto(self: Obj, target: Obj): Obj {
  const handle = acquireWritable(target);
  if (handle === 0) return needWritable('readinto', target);
  let r: Obj = NULL;
  if (open(self)) {
    const n = available(self, rangeLength);
    const pos = H32[(self + b_pos) >> 2];
    copyBytes(rangeStart, PyBytes_AS_STRING(bufOf(self)) + pos, n);
    H32[(self + b_pos) >> 2] = pos + n;
    r = PyLong_FromLong(n);
  }
  releaseBytes(handle);
  return r;
}

// ---- writing ------------------------------------------------------------------------------------------------------------------------------------

function bytesio_write(self: Obj, b: Obj): Obj {
  const n = write(self, b);
  return n < 0 ? NULL : PyLong_FromLong(n);
}

function bytesio_writelines(self: Obj, lines: Obj): Obj {
  if (!open(self)) return NULL;
  const it = PyObject_GetIter(lines);
  if (it === 0) return NULL;
  for (;;) {
    const item = PyIter_Next(it);
    if (item === 0) break;
    const n = write(self, item);
    decref(item);
    if (n < 0) {
      decref(it);
      return NULL;
    }
  }
  decref(it);
  return PyErr_Occurred() !== 0 ? NULL : none();
}

function bytesio_seek(self: Obj, posArg: Obj, whence: number): Obj {
  const given = PyNumber_AsSsize_t(posArg, PyExc_OverflowError);
  if (given === -1 && PyErr_Occurred() !== 0) return NULL;
  if (!open(self)) return NULL;
  if (given < 0 && whence === 0) return PyErr_SetString(PyExc_ValueError, `negative seek value ${given}`);
  let pos = given;
  if (whence === 1) pos += H32[(self + b_pos) >> 2];
  else if (whence === 2) pos += H32[(self + b_size) >> 2];
  else if (whence !== 0) return PyErr_SetString(PyExc_ValueError, `invalid whence (${whence}, should be 0, 1 or 2)`);
  if (pos > 0x7fffffff) return PyErr_SetString(PyExc_OverflowError, 'new position too large');
  pos = Math.max(pos, 0);
  H32[(self + b_pos) >> 2] = pos;
  return PyLong_FromLong(pos);
}

function bytesio_truncate(self: Obj, sizeArg: Obj): Obj {
  let size = H32[(self + b_pos) >> 2];
  if (sizeArg !== Py_None) {
    size = PyNumber_AsSsize_t(sizeArg, PyExc_OverflowError);
    if (size === -1 && PyErr_Occurred() !== 0) return NULL;
  }
  if (!open(self) || !resizable(self)) return NULL;
  if (size < 0) return PyErr_SetString(PyExc_ValueError, `negative size value ${size}`);
  if (size < H32[(self + b_size) >> 2]) {
    H32[(self + b_size) >> 2] = size;
    // The memory that is no longer needed is given back.
    const cut = PyBytes_FromStringAndSize(PyBytes_AS_STRING(bufOf(self)), size);
    if (cut === 0) return NULL;
    setBuf(self, cut);
  }
  return PyLong_FromLong(size);
}

function bytesio_close(self: Obj): Obj {
  if (!resizable(self)) return NULL;
  setBuf(self, NULL);
  return none();
}

function bytesio_getvalue(self: Obj): Obj {
  if (!open(self)) return NULL;
  const size = H32[(self + b_size) >> 2];
  const buf = bufOf(self);
  if (size !== PyBytes_GET_SIZE(buf)) {
    const exact = PyBytes_FromStringAndSize(PyBytes_AS_STRING(buf), size);
    if (exact === 0 || H32[(self + b_exports) >> 2] > 0) return exact;
    setBuf(self, exact);
  } else if (H32[(self + b_exports) >> 2] > 0) return PyBytes_FromStringAndSize(PyBytes_AS_STRING(buf), size);
  return newref(bufOf(self));
}

// ---- getbuffer ------------------------------------------------------------------------------------------------------------------------------

const Exporter = layout({ source: ref });
const { source: x_source } = Exporter;

function exporter_getbuffer(o: Obj, view: number, flags: number): number {
  const self = H32[(o + x_source) >> 2] as Obj;
  // Views write: the bytes must be ours alone.
  if (H32[(self + b_exports) >> 2] === 0 && own(self, H32[(self + b_size) >> 2]) < 0) return -1;
  const r = PyBuffer_FillInfo(view, o, PyBytes_AS_STRING(bufOf(self)), H32[(self + b_size) >> 2], false, flags);
  if (r === 0) H32[(self + b_exports) >> 2]++;
  return r;
}

function exporter_releasebuffer(o: Obj): void {
  H32[((H32[(o + x_source) >> 2] as Obj) + b_exports) >> 2]--;
}

function bytesio_getbuffer(self: Obj): Obj {
  if (!open(self)) return NULL;
  const o = _PyObject_New(BytesIOBuffer_Type);
  if (o === 0) return NULL;
  H32[(o + x_source) >> 2] = newref(self);
  PyObject_GC_Track(o);
  const view = PyMemoryView_FromObject(o);
  decref(o);
  return view;
}

defineType({
  type: BytesIOBuffer_Type,
  name: '_io._BytesIOBuffer',
  layout: Exporter,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { bf_getbuffer: exporter_getbuffer, bf_releasebuffer: exporter_releasebuffer },
});

// ---- pickling -----------------------------------------------------------------------------------------------------------------------------

const s_write = ID('write');

function bytesio_getstate(self: Obj): Obj {
  const value = bytesio_getvalue(self);
  if (value === 0) return NULL;
  const dict = H32[(self + b_dict) >> 2] as Obj;
  return tupleOf([value, PyLong_FromLong(H32[(self + b_pos) >> 2]), dict === 0 ? none() : PyDict_Copy(dict)]);
}

function bytesio_setstate(self: Obj, state: Obj): Obj {
  const shown = nameOfType(Py_TYPE(self));
  if (!PyTuple_Check(state) || PyTuple_GET_SIZE(state) < 3) {
    return PyErr_SetString(PyExc_TypeError, `${shown}.__setstate__ argument should be 3-tuple, got ${typeName(state)}`);
  }
  if (!resizable(self)) return NULL;
  // Sets the content through our own write().
  H32[(self + b_size) >> 2] = 0;
  H32[(self + b_pos) >> 2] = 0;
  if (bufOf(self) === 0) {
    closedFile();
    return NULL;
  }
  const written = PyObject_CallMethodOneArg(self, idObj(s_write), PyTuple_GET_ITEM(state, 0));
  if (written === 0) return NULL;
  decref(written);
  const posObj = PyTuple_GET_ITEM(state, 1);
  if (!PyLong_Check(posObj)) {
    return PyErr_SetString(PyExc_TypeError, `second item of state must be an integer, not ${typeName(posObj)}`);
  }
  const pos = PyLong_AsSsize_t(posObj);
  if (pos === -1 && PyErr_Occurred() !== 0) return NULL;
  if (pos < 0) return PyErr_SetString(PyExc_ValueError, 'position value cannot be negative');
  H32[(self + b_pos) >> 2] = pos;
  return restoreDict(self, PyTuple_GET_ITEM(state, 2), 'third item of state should be a dict, got a ');
}

/** Takes the third item of a pickled state into the object's dictionary: None, or NULL. */
export function restoreDict(self: Obj, dict: Obj, complaint: string): Obj {
  if (dict === Py_None) return none();
  if (!PyDict_Check(dict)) return PyErr_SetString(PyExc_TypeError, `${complaint}${typeName(dict)}`);
  const own = H32[(self + b_dict) >> 2] as Obj;
  if (own !== 0) return PyDict_Update(own, dict) < 0 ? NULL : none();
  H32[(self + b_dict) >> 2] = newref(dict);
  return none();
}

function bytesio_sizeof(self: Obj): Obj {
  const buf = bufOf(self);
  const size = H32[(Py_TYPE(self) + tp_basicsize) >> 2];
  const shared = buf === 0 || Py_REFCNT(buf) > 1;
  return PyLong_FromLong(shared ? size : size + PyBytes_GET_SIZE(buf) + (PyBytes_AS_STRING(buf) - buf) + 1);
}

function answer(value: boolean): (self: Obj) => Obj {
  return (self) => (open(self) ? PyBool_FromLong(value ? 1 : 0) : NULL);
}

defineType({
  type: BytesIO_Type,
  name: '_io.BytesIO',
  base: BufferedIOBase_Type,
  layout: BytesIO,
  flags: IO_FLAGS,
  signature: "(initial_bytes=b'')",
  doc: 'Buffered I/O implementation using an in-memory bytes buffer.',
  slots: {
    tp_new: bytesio_new,
    tp_init: bytesio_init,
    tp_dealloc: bytesio_dealloc,
    tp_finalize: iobase_finalize,
    tp_iter: bytesio_iter,
    tp_iternext: bytesio_iternext,
  },
  methods: [
    method('readable', '($self, /)', answer(true), 'Returns True if the IO object can be read.'),
    method('seekable', '($self, /)', answer(true), 'Returns True if the IO object can be seeked.'),
    method('writable', '($self, /)', answer(true), 'Returns True if the IO object can be written.'),
    method('close', '($self, /)', bytesio_close, 'Disable all I/O operations.'),
    method('flush', '($self, /)', (self: Obj) => (open(self) ? none() : NULL), 'Does nothing.'),
    method('isatty', '($self, /)', answer(false), 'Always returns False.'),
    method(
      'tell',
      '($self, /)',
      (self: Obj) => (open(self) ? PyLong_FromLong(H32[(self + b_pos) >> 2]) : NULL),
      'Current file position, an integer.',
    ),
    method('write', '($self, b, /)', bytesio_write, 'Write bytes to file.'),
    method('writelines', '($self, lines, /)', bytesio_writelines, 'Write lines to the file.'),
    method('read1', '($self, size=-1, /)', bytesio_read, 'Read at most size bytes, returned as a bytes object.'),
    method('readinto', '($self, buffer, /)', bytesio_readinto, 'Read bytes into buffer.'),
    method('readline', '($self, size=-1, /)', bytesio_readline, 'Next line from the file, as a bytes object.'),
    method(
      'readlines',
      '($self, size=None, /)',
      bytesio_readlines,
      'List of bytes objects, each a line from the file.',
    ),
    method('read', '($self, size=-1, /)', bytesio_read, 'Read at most size bytes, returned as a bytes object.'),
    method(
      'getbuffer',
      '($self, /)',
      bytesio_getbuffer,
      'Get a read-write view over the contents of the BytesIO object.',
    ),
    method('getvalue', '($self, /)', bytesio_getvalue, 'Retrieve the entire contents of the BytesIO object.'),
    method('seek', '($self, pos, whence: int =0, /)', bytesio_seek, 'Change stream position.'),
    method('truncate', '($self, size=None, /)', bytesio_truncate, 'Truncate the file to at most size bytes.'),
    method('__getstate__', '($self, /)', bytesio_getstate),
    method('__setstate__', '($self, object, /)', bytesio_setstate),
    method('__sizeof__', '($self, /)', bytesio_sizeof),
  ],
  getset: [
    getset('closed', (self: Obj) => PyBool_FromLong(bufOf(self) === 0 ? 1 : 0), null, 'True if the file is closed.'),
  ],
});
