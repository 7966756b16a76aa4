// What is a StringIO: a text stream in memory?
//
// Invariant: the content is `size` characters, each `kind` bytes wide, in raw memory with room for `capacity` of them; it grows wider when a
// wider character is written.  Newlines are translated as the text is written, so that reading need not.

import { H32 } from '../memory/linear.js';
import { PyMem_Free, PyMem_Malloc, PyMem_Realloc } from '../memory/alloc.js';
import { bindTuple, bound } from '../object/bind.js';
import { PyObject_CallMethodNoArgs } from '../object/call.js';
import { defineType, getset, method } from '../object/declare.js';
import { PyDict_Copy } from '../object/dict.js';
import {
  errMinus1,
  nameOfType,
  PyErr_NoMemory,
  PyErr_Occurred,
  PyErr_SetString,
  reprText,
  typeName,
} from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { idObj } from '../object/identifiers.js';
import { buffer, i32, layout, ref } from '../object/layout.js';
import { PyLong_AsSsize_t, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { copyChars, fillBytes } from '../object/memcpy.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyNumber_AsSsize_t } from '../object/number.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_False,
  Py_None,
  PyExc_OSError,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
  staticType,
} from '../object/statics.js';
import { layoutDealloc } from '../object/subtype.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import {
  asString,
  kindForMaxChar,
  PyUnicode_Check,
  PyUnicode_DATA,
  PyUnicode_FromKindAndData,
  PyUnicode_FromString,
  PyUnicode_GET_LENGTH,
  PyUnicode_KIND,
  PyUnicode_MAX_CHAR_VALUE,
  PyUnicode_Replace,
} from '../object/unicode.js';
import { IO_FLAGS, IOBase, iobase_finalize, TextIOBase_Type } from './io_base.js';
import { restoreDict } from './io_bytesio.js';
import { closedFile, none, optionalSize, s_readline } from './io_common.js';
import { decodeNewlines, newlinesValue } from './io_newlines.js';
import { findLineEnd } from './io_text.js';
import { tupleOf } from './values.js';

const StringIO = layout(
  {
    readnl: ref,
    writenl: ref,
    buf: buffer,
    kind: i32,
    size: i32,
    capacity: i32,
    pos: i32,
    ok: i32,
    closed: i32,
    readuniversal: i32,
    readtranslate: i32,
    nl_pendingcr: i32,
    nl_seen: i32,
  },
  { base: IOBase.info },
);
const {
  readnl: s_readnl,
  writenl: s_writenl,
  buf: s_buf,
  kind: s_kind,
  size: s_size,
  capacity: s_capacity,
  pos: s_pos,
  ok: s_ok,
  closed: s_isClosed,
  readuniversal: s_universal,
  readtranslate: s_translate,
  nl_pendingcr: s_nl,
  nl_seen: s_seen,
} = StringIO;
const s_dict = IOBase.dict;

export const StringIO_Type = staticType();

/** Initialized and open; false with ValueError. */
function open(self: Obj): boolean {
  if (H32[(self + s_ok) >> 2] <= 0) {
    PyErr_SetString(PyExc_ValueError, 'I/O operation on uninitialized object');
    return false;
  }
  if (!H32[(self + s_isClosed) >> 2]) return true;
  closedFile('I/O operation on closed file');
  return false;
}

function put(self: Obj, field: number, value: Obj): void {
  const old = H32[(self + field) >> 2] as Obj;
  H32[(self + field) >> 2] = value;
  xdecref(old);
}

/** Makes room for `length` characters of width `kind`: 0, or -1. */
function reserve(self: Obj, length: number, kind: number): number {
  const have = H32[(self + s_kind) >> 2];
  const capacity = H32[(self + s_capacity) >> 2];
  if (kind <= have && length <= capacity) return 0;
  const wide = Math.max(kind, have);
  const room = length <= capacity ? capacity : length + (length >> 3) + 32;
  if (room * wide > 0x7fffff00) {
    PyErr_SetString(PyExc_OverflowError, 'new buffer size too large');
    return -1;
  }
  const old = H32[(self + s_buf) >> 2];
  let p: number;
  if (wide === have) p = PyMem_Realloc(old, room * wide);
  else {
    p = PyMem_Malloc(room * wide);
    if (p !== 0 && old !== 0) {
      copyChars(wide, p, have, old, H32[(self + s_size) >> 2]);
      PyMem_Free(old);
    }
  }
  if (p === 0) {
    PyErr_NoMemory();
    return -1;
  }
  H32[(self + s_buf) >> 2] = p;
  H32[(self + s_kind) >> 2] = wide;
  H32[(self + s_capacity) >> 2] = room;
  return 0;
}

/** Writes a str as it is at the position: 0, or -1. */
function writeRaw(self: Obj, text: Obj): number {
  const n = PyUnicode_GET_LENGTH(text);
  const pos = H32[(self + s_pos) >> 2];
  if (pos > 0x7fffffff - n) return errMinus1(PyExc_OverflowError, 'new position too large');
  if (reserve(self, pos + n, kindForMaxChar(PyUnicode_MAX_CHAR_VALUE(text))) < 0) return -1;
  const kind = H32[(self + s_kind) >> 2];
  const p = H32[(self + s_buf) >> 2];
  const size = H32[(self + s_size) >> 2];
  if (pos > size) fillBytes(p + size * kind, 0, (pos - size) * kind);
  copyChars(kind, p + pos * kind, PyUnicode_KIND(text), PyUnicode_DATA(text), n);
  H32[(self + s_pos) >> 2] = pos + n;
  if (pos + n > size) H32[(self + s_size) >> 2] = pos + n;
  return 0;
}

/** Writes a str with its newlines translated: 0, or -1. */
function writeText(self: Obj, given: Obj): number {
  let text = newref(given);
  if (H32[(self + s_universal) >> 2])
    text = decodeNewlines(text, self + s_nl, H32[(self + s_translate) >> 2] !== 0, true);
  const writenl = H32[(self + s_writenl) >> 2] as Obj;
  if (text !== 0 && writenl !== 0) {
    const lf = PyUnicode_FromString('\n');
    const replaced = PyUnicode_Replace(text, lf, writenl, -1);
    decref(lf);
    decref(text);
    text = replaced;
  }
  if (text === 0) return -1;
  const r = PyUnicode_GET_LENGTH(text) === 0 ? 0 : writeRaw(self, text);
  decref(text);
  return r;
}

// ---- making ---------------------------------------------------------------------------------------------------------------------------------

const SIG = parseSignature('StringIO', "(initial_value='', newline='\\n')");

function stringio_new(type: Obj, _args: Obj, _kwargs: Obj): Obj {
  const self = PyType_GenericAlloc(type, 0);
  if (self !== 0) H32[(self + s_kind) >> 2] = 1;
  return self;
}

function stringio_init(self: Obj, args: Obj, kwargs: Obj): number {
  if (!bindTuple(SIG, args, kwargs)) return -1;
  const value = bound[0] as Obj;
  const newline = bound[1] as Obj;
  return initialize(self, value, newline);
}

function initialize(self: Obj, value: Obj, newlineArg: Obj): number {
  H32[(self + s_ok) >> 2] = 0;
  const nl =
    newlineArg === 0
      ? '\n'
      : newlineArg === Py_None
        ? null
        : PyUnicode_Check(newlineArg)
          ? asString(newlineArg)
          : undefined;
  if (nl === undefined) return errMinus1(PyExc_TypeError, `newline must be str or None, not ${typeName(newlineArg)}`);
  if (nl !== null && nl !== '' && nl !== '\n' && nl !== '\r' && nl !== '\r\n') {
    return errMinus1(PyExc_ValueError, `illegal newline value: ${reprText(newlineArg)}`);
  }
  if (value !== 0 && value !== Py_None && !PyUnicode_Check(value)) {
    return errMinus1(PyExc_TypeError, `initial_value must be str or None, not ${typeName(value)}`);
  }
  const readnl = nl === null ? NULL : PyUnicode_FromString(nl);
  put(self, s_readnl, readnl);
  put(self, s_writenl, nl?.startsWith('\r') ? newref(readnl) : NULL);
  H32[(self + s_universal) >> 2] = nl === null || nl === '' ? 1 : 0;
  H32[(self + s_translate) >> 2] = nl === null ? 1 : 0;
  for (const field of [s_size, s_pos, s_isClosed, s_nl, s_seen]) H32[(self + field) >> 2] = 0;
  if (value !== 0 && value !== Py_None && writeText(self, value) < 0) return -1;
  H32[(self + s_pos) >> 2] = 0;
  H32[(self + s_ok) >> 2] = 1;
  return 0;
}

function stringio_dealloc(self: Obj): void {
  layoutDealloc(self);
}

// ---- reading and writing -------------------------------------------------------------------------------------------------------------------

function stringio_write(self: Obj, text: Obj): Obj {
  if (H32[(self + s_ok) >> 2] <= 0) return PyErr_SetString(PyExc_ValueError, 'I/O operation on uninitialized object');
  if (!PyUnicode_Check(text))
    return PyErr_SetString(PyExc_TypeError, `string argument expected, got '${typeName(text)}'`);
  if (!open(self)) return NULL;
  const n = PyUnicode_GET_LENGTH(text);
  return n > 0 && writeText(self, text) < 0 ? NULL : PyLong_FromLong(n);
}

/** The characters [start, end): a new str. */
function slice(self: Obj, start: number, end: number): Obj {
  const kind = H32[(self + s_kind) >> 2];
  return PyUnicode_FromKindAndData(kind, H32[(self + s_buf) >> 2] + start * kind, end - start);
}

function stringio_getvalue(self: Obj): Obj {
  return open(self) ? slice(self, 0, H32[(self + s_size) >> 2]) : NULL;
}

function stringio_read(self: Obj, sizeArg: Obj): Obj {
  const n = optionalSize(sizeArg);
  if (Number.isNaN(n) || !open(self)) return NULL;
  const pos = H32[(self + s_pos) >> 2];
  const left = Math.max(0, H32[(self + s_size) >> 2] - pos);
  const take = n < 0 || n > left ? left : n;
  if (take === 0) return PyUnicode_FromString('');
  H32[(self + s_pos) >> 2] = pos + take;
  return slice(self, pos, pos + take);
}

function readLine(self: Obj, limit: number): Obj {
  const pos = H32[(self + s_pos) >> 2];
  const size = H32[(self + s_size) >> 2];
  if (limit === 0 || pos >= size) return PyUnicode_FromString('');
  const kind = H32[(self + s_kind) >> 2];
  const readnl = H32[(self + s_readnl) >> 2] as Obj;
  const end = findLineEnd(
    kind,
    H32[(self + s_buf) >> 2],
    pos,
    size,
    readnl === 0 ? null : asString(readnl),
    H32[(self + s_translate) >> 2] !== 0,
    H32[(self + s_universal) >> 2] !== 0,
  );
  let to = end < 0 ? size : end;
  if (limit > 0 && to - pos > limit) to = pos + limit;
  H32[(self + s_pos) >> 2] = to;
  return slice(self, pos, to);
}

function stringio_readline(self: Obj, sizeArg: Obj): Obj {
  const n = optionalSize(sizeArg);
  return Number.isNaN(n) || !open(self) ? NULL : readLine(self, n);
}

function stringio_iternext(self: Obj): Obj {
  if (!open(self)) return NULL;
  let line: Obj;
  if (Py_TYPE(self) === StringIO_Type) line = readLine(self, -1);
  else {
    line = PyObject_CallMethodNoArgs(self, idObj(s_readline));
    if (line !== 0 && !PyUnicode_Check(line)) {
      PyErr_SetString(PyExc_OSError, `readline() should have returned a str object, not '${typeName(line)}'`);
      decref(line);
      return NULL;
    }
  }
  if (line === 0 || PyUnicode_GET_LENGTH(line) > 0) return line;
  decref(line);
  return NULL;
}

// ---- positions ---------------------------------------------------------------------------------------------------------------------------

function stringio_seek(self: Obj, posArg: Obj, whence: number): Obj {
  const pos = PyNumber_AsSsize_t(posArg, PyExc_OverflowError);
  if (pos === -1 && PyErr_Occurred() !== 0) return NULL;
  if (!open(self)) return NULL;
  if (whence !== 0 && whence !== 1 && whence !== 2) {
    return PyErr_SetString(PyExc_ValueError, `Invalid whence (${whence}, should be 0, 1 or 2)`);
  }
  if (pos < 0 && whence === 0) return PyErr_SetString(PyExc_ValueError, `Negative seek position ${pos}`);
  if (whence !== 0 && pos !== 0) return PyErr_SetString(PyExc_OSError, "Can't do nonzero cur-relative seeks");
  if (whence === 0) H32[(self + s_pos) >> 2] = pos;
  else if (whence === 2) H32[(self + s_pos) >> 2] = H32[(self + s_size) >> 2];
  return PyLong_FromLong(H32[(self + s_pos) >> 2]);
}

function stringio_truncate(self: Obj, sizeArg: Obj): Obj {
  let size = H32[(self + s_pos) >> 2];
  if (sizeArg !== Py_None) {
    size = PyNumber_AsSsize_t(sizeArg, PyExc_OverflowError);
    if (size === -1 && PyErr_Occurred() !== 0) return NULL;
  }
  if (!open(self)) return NULL;
  if (size < 0) return PyErr_SetString(PyExc_ValueError, `Negative size value ${size}`);
  if (size < H32[(self + s_size) >> 2]) H32[(self + s_size) >> 2] = size;
  return PyLong_FromLong(size);
}

function stringio_close(self: Obj): Obj {
  H32[(self + s_isClosed) >> 2] = 1;
  const p = H32[(self + s_buf) >> 2];
  if (p !== 0) PyMem_Free(p);
  for (const field of [s_buf, s_size, s_capacity]) H32[(self + field) >> 2] = 0;
  return none();
}

// ---- pickling -----------------------------------------------------------------------------------------------------------------------------

function stringio_getstate(self: Obj): Obj {
  const value = stringio_getvalue(self);
  if (value === 0) return NULL;
  const readnl = H32[(self + s_readnl) >> 2] as Obj;
  const dict = H32[(self + s_dict) >> 2] as Obj;
  return tupleOf([
    value,
    readnl === 0 ? none() : newref(readnl),
    PyLong_FromLong(H32[(self + s_pos) >> 2]),
    dict === 0 ? none() : PyDict_Copy(dict),
  ]);
}

function stringio_setstate(self: Obj, state: Obj): Obj {
  // What is being unpickled was never initialized.
  if (H32[(self + s_isClosed) >> 2]) return closedFile('I/O operation on closed file');
  const shown = nameOfType(Py_TYPE(self));
  if (!PyTuple_Check(state) || PyTuple_GET_SIZE(state) < 4) {
    return PyErr_SetString(PyExc_TypeError, `${shown}.__setstate__ argument should be 4-tuple, got ${typeName(state)}`);
  }
  const value = PyTuple_GET_ITEM(state, 0);
  if (!PyUnicode_Check(value) && value !== Py_None) {
    return PyErr_SetString(PyExc_TypeError, `initial_value must be str or None, not ${typeName(value)}`);
  }
  if (initialize(self, NULL, PyTuple_GET_ITEM(state, 1)) < 0) return NULL;
  // The value was translated when it was first written: it is taken as it is.
  if (value !== Py_None && writeRaw(self, value) < 0) return NULL;
  H32[(self + s_pos) >> 2] = 0;
  const posObj = PyTuple_GET_ITEM(state, 2);
  if (!PyLong_Check(posObj)) {
    return PyErr_SetString(PyExc_TypeError, `third item of state must be an integer, got ${typeName(posObj)}`);
  }
  const pos = PyLong_AsSsize_t(posObj);
  if (pos === -1 && PyErr_Occurred() !== 0) return NULL;
  if (pos < 0) return PyErr_SetString(PyExc_ValueError, 'position value cannot be negative');
  H32[(self + s_pos) >> 2] = pos;
  return restoreDict(self, PyTuple_GET_ITEM(state, 3), 'fourth item of state should be a dict, got a ');
}

function answer(value: number): (self: Obj) => Obj {
  return (self) => (open(self) ? PyBool_FromLong(value) : NULL);
}

defineType({
  type: StringIO_Type,
  name: '_io.StringIO',
  base: TextIOBase_Type,
  layout: StringIO,
  flags: IO_FLAGS,
  signature: "(initial_value='', newline='\\n')",
  doc: `Text I/O implementation using an in-memory buffer.

The initial_value argument sets the value of object.  The newline
argument is like the one of TextIOWrapper's constructor.`,
  slots: {
    tp_new: stringio_new,
    tp_init: stringio_init,
    tp_dealloc: stringio_dealloc,
    tp_finalize: iobase_finalize,
    tp_iternext: stringio_iternext,
  },
  methods: [
    method('close', '($self, /)', stringio_close, 'Close the IO object.'),
    method('getvalue', '($self, /)', stringio_getvalue, 'Retrieve the entire contents of the object.'),
    method('read', '($self, size=-1, /)', stringio_read, 'Read at most size characters, returned as a string.'),
    method('readline', '($self, size=-1, /)', stringio_readline, 'Read until newline or EOF.'),
    method(
      'tell',
      '($self, /)',
      (self: Obj) => (open(self) ? PyLong_FromLong(H32[(self + s_pos) >> 2]) : NULL),
      'Tell the current file position.',
    ),
    method('truncate', '($self, pos=None, /)', stringio_truncate, 'Truncate size to pos.'),
    method('seek', '($self, pos, whence: int =0, /)', stringio_seek, 'Change stream position.'),
    method('write', '($self, s, /)', stringio_write, 'Write string to file.'),
    method('seekable', '($self, /)', answer(1), 'Returns True if the IO object can be seeked.'),
    method('readable', '($self, /)', answer(1), 'Returns True if the IO object can be read.'),
    method('writable', '($self, /)', answer(1), 'Returns True if the IO object can be written.'),
    method('__getstate__', '($self, /)', stringio_getstate),
    method('__setstate__', '($self, state, /)', stringio_setstate),
  ],
  getset: [
    getset('closed', (self: Obj) =>
      H32[(self + s_ok) >> 2] <= 0
        ? PyErr_SetString(PyExc_ValueError, 'I/O operation on uninitialized object')
        : PyBool_FromLong(H32[(self + s_isClosed) >> 2]),
    ),
    getset('newlines', (self: Obj) =>
      open(self) ? (H32[(self + s_universal) >> 2] ? newlinesValue(H32[(self + s_seen) >> 2]) : none()) : NULL,
    ),
    getset('line_buffering', (self: Obj) => (open(self) ? newref(Py_False) : NULL)),
  ],
});
