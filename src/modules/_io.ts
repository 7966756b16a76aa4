// What is `_io`: open(), and the module around the stream types?
//
// Invariant: open() builds a raw file, a buffer over it and, for text, a wrapper over that; whatever fails on the way closes what is open.

import { H32 } from '../memory/linear.js';
import { PyObject_Call, PyObject_CallFunctionObjArgs, PyObject_CallMethodNoArgs } from '../object/call.js';
import { defineModule, method } from '../object/declare.js';
import { PyDict_New } from '../object/dict.js';
import {
  _PyErr_ChainExceptions1,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetString,
  PyErr_WarnEx,
  typeName,
} from '../object/errors.js';
import { decref, newref, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyLong_AsSsize_t, PyLong_FromLong } from '../object/long.js';
import { PyModule_Add, PyModule_AddObjectRef } from '../object/module_storage.js';
import { PyObject_GetAttr, PyObject_SetAttr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_False,
  Py_None,
  Py_True,
  PyExc_BlockingIOError,
  PyExc_EncodingWarning,
  PyExc_OSError,
  PyExc_RuntimeWarning,
  PyExc_TypeError,
  PyExc_ValueError,
  PyType_Type,
} from '../object/statics.js';
import { PyBytes_Check } from '../object/bytes.js';
import { PyIndex_Check } from '../object/number.js';
import { PyTuple_Pack } from '../object/tuple.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { PyOS_FSPath } from '../types/codec.js';
import { config } from '../vm/sys_state.js';
import { BufferedIOBase_Type, IOBase_Type, RawIOBase_Type, TextIOBase_Type } from './io_base.js';
import { BufferedRandom_Type, BufferedReader_Type, BufferedWriter_Type } from './io_buffered.js';
import { BytesIO_Type } from './io_bytesio.js';
import { DEFAULT_BUFFER_SIZE, methodTrue, s_close, s_mode, unsupportedOperation } from './io_common.js';
import { FileIO_Type } from './io_file.js';
import { NewlineDecoder_Type } from './io_newlines.js';
import { BufferedRWPair_Type } from './io_rwpair.js';
import { StringIO_Type } from './io_stringio.js';
import './io_text.js';
import { TextIOWrapper_Type } from './io_text_state.js';

const s_blksize = ID('_blksize');
const s_isattyOpenOnly = ID('_isatty_open_only');

/** What a mode string says; null with ValueError. */
interface Mode {
  readonly raw: string;
  readonly reads: boolean;
  readonly updates: boolean;
  readonly text: boolean;
}

function parseMode(mode: string, encoding: Obj, errors: Obj, newline: Obj): Mode | null {
  const bad = (text: string): null => {
    PyErr_SetString(PyExc_ValueError, text);
    return null;
  };
  const seen = new Set<string>();
  for (const c of mode) {
    if (!'xrwatb+'.includes(c) || seen.has(c)) return bad(`invalid mode: '${mode}'`);
    seen.add(c);
  }
  const has = (c: string) => seen.has(c);
  const kinds = ['x', 'r', 'w', 'a'].filter(has);
  if (has('t') && has('b')) return bad("can't have text and binary mode at once");
  if (kinds.length !== 1) return bad('must have exactly one of create/read/write/append mode');
  if (has('b')) {
    if (encoding !== Py_None) return bad("binary mode doesn't take an encoding argument");
    if (errors !== Py_None) return bad("binary mode doesn't take an errors argument");
    if (newline !== Py_None) return bad("binary mode doesn't take a newline argument");
  }
  return { raw: kinds[0] + (has('+') ? '+' : ''), reads: kinds[0] === 'r', updates: has('+'), text: !has('b') };
}

/** The size of the buffer: given, or as the file suggests.  -1 with an exception. */
function bufferSize(raw: Obj): number {
  const v = PyObject_GetAttr(raw, idObj(s_blksize));
  if (v === 0) return -1;
  const n = PyLong_AsSsize_t(v);
  decref(v);
  if (n === -1 && PyErr_Occurred() !== 0) return -1;
  return Math.max(Math.min(n, 8192 * 1024), DEFAULT_BUFFER_SIZE);
}

/** A str, int or path: as it is, or its path; a new reference, or NULL with TypeError. */
function fileArgument(file: Obj): Obj {
  if (PyUnicode_Check(file) || PyBytes_Check(file) || PyIndex_Check(file)) return newref(file);
  const path = PyOS_FSPath(file);
  return path;
}

function io_open(
  _m: Obj,
  file: Obj,
  modeArg: Obj,
  bufferingArg: number,
  encoding: Obj,
  errors: Obj,
  newline: Obj,
  closefd: number,
  opener: Obj,
): Obj {
  for (const [name, o] of [
    ['encoding', encoding],
    ['errors', errors],
    ['newline', newline],
  ] as const) {
    if (o !== Py_None && !PyUnicode_Check(o)) {
      return PyErr_SetString(PyExc_TypeError, `open() argument '${name}' must be str or None, not ${typeName(o)}`);
    }
    if (o !== Py_None && asString(o).includes('\0'))
      return PyErr_SetString(PyExc_ValueError, 'embedded null character');
  }
  const text = modeArg === 0 ? 'r' : asString(modeArg);
  if (text.includes('\0')) return PyErr_SetString(PyExc_ValueError, 'embedded null character');
  const path = fileArgument(file);
  if (path === 0) return NULL;
  const mode = parseMode(text, encoding, errors, newline);
  const r =
    mode === null ? NULL : openLayers(path, mode, text, bufferingArg, encoding, errors, newline, closefd, opener);
  decref(path);
  return r;
}

function openLayers(
  path: Obj,
  mode: Mode,
  text: string,
  bufferingArg: number,
  encoding: Obj,
  errors: Obj,
  newline: Obj,
  closefd: number,
  opener: Obj,
): Obj {
  let buffering = bufferingArg;
  if (!mode.text && buffering === 1) {
    const message = "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used";
    if (PyErr_WarnEx(PyExc_RuntimeWarning, message, 1) < 0) return NULL;
  }
  const rawMode = PyUnicode_FromString(mode.raw);
  const raw = PyObject_CallFunctionObjArgs(FileIO_Type, path, rawMode, closefd ? Py_True : Py_False, opener);
  decref(rawMode);
  if (raw === 0) return NULL;
  let top = raw;
  // What a terminal shows should show at once.
  const isatty = buffering < 0 || (mode.text && buffering !== 0) ? methodTrue(raw, s_isattyOpenOnly) : 0;
  let lineBuffering = false;
  let ok = isatty >= 0;
  if (ok && (buffering === 1 || (buffering < 0 && isatty))) {
    buffering = -1;
    lineBuffering = mode.text;
  }
  if (ok && buffering < 0) {
    buffering = bufferSize(raw);
    ok = buffering >= 0;
  }
  if (ok && buffering === 0) {
    if (!mode.text) return raw;
    PyErr_SetString(PyExc_ValueError, "can't have unbuffered text I/O");
    ok = false;
  }
  if (ok) {
    const type = mode.updates ? BufferedRandom_Type : mode.reads ? BufferedReader_Type : BufferedWriter_Type;
    const size = PyLong_FromLong(buffering);
    const buffered = PyObject_CallFunctionObjArgs(type, raw, size);
    decref(size);
    ok = buffered !== 0;
    if (ok) {
      decref(raw);
      top = buffered;
      if (!mode.text) return top;
      const wrapper = wrapText(top, encoding, errors, newline, lineBuffering);
      ok = wrapper !== 0;
      if (ok) {
        decref(top);
        top = wrapper;
        const m = PyUnicode_FromString(text);
        ok = PyObject_SetAttr(top, idObj(s_mode), m) === 0;
        decref(m);
        if (ok) return top;
      }
    }
  }
  const e = PyErr_GetRaisedException();
  const closed = PyObject_CallMethodNoArgs(top, idObj(s_close));
  _PyErr_ChainExceptions1(e);
  xdecref(closed);
  decref(top);
  return NULL;
}

function wrapText(buffer: Obj, encoding: Obj, errors: Obj, newline: Obj, lineBuffering: boolean): Obj {
  const args = PyTuple_Pack(buffer, encoding, errors, newline, lineBuffering ? Py_True : Py_False);
  if (args === 0) return NULL;
  const r = PyObject_Call(TextIOWrapper_Type, args, NULL);
  decref(args);
  return r;
}

function io_text_encoding(_m: Obj, encoding: Obj, stackLevel: number): Obj {
  if (encoding !== 0 && encoding !== Py_None) return newref(encoding);
  if (
    config.warn_default_encoding &&
    PyErr_WarnEx(PyExc_EncodingWarning, "'encoding' argument not specified", stackLevel) < 0
  )
    return NULL;
  return PyUnicode_FromString(config.utf8_mode ? 'utf-8' : 'locale');
}

const s_open = ID('open');

function io_open_code(m: Obj, path: Obj): Obj {
  const mode = PyUnicode_FromString('rb');
  const open = PyObject_GetAttr(m, idObj(s_open));
  const r = open === 0 ? NULL : PyObject_CallFunctionObjArgs(open, path, mode);
  xdecref(open);
  decref(mode);
  return r;
}

/** Makes UnsupportedOperation: 0, or -1. */
function addUnsupported(m: Obj): number {
  const name = PyUnicode_FromString('UnsupportedOperation');
  const bases = PyTuple_Pack(PyExc_OSError, PyExc_ValueError);
  const dict = PyDict_New();
  const type =
    name === 0 || bases === 0 || dict === 0 ? NULL : PyObject_CallFunctionObjArgs(PyType_Type, name, bases, dict);
  xdecref(name);
  xdecref(bases);
  xdecref(dict);
  if (type === 0) return -1;
  const old = H32[unsupportedOperation] as Obj;
  H32[unsupportedOperation] = type;
  xdecref(old);
  return PyModule_AddObjectRef(m, 'UnsupportedOperation', type);
}

defineModule({
  name: '_io',
  doc: 'The io module provides the Python interfaces to stream handling.',
  functions: [
    method(
      'open',
      "($module, /, file, mode: str ='r', buffering: int =-1, encoding=None, errors=None, newline=None, closefd: bool =True, opener=None)",
      io_open,
      'Open file and return a stream.  Raise OSError upon failure.',
    ),
    method(
      'text_encoding',
      '($module, encoding, stacklevel: int =2, /)',
      io_text_encoding,
      'A helper function to choose the text encoding.',
    ),
    method(
      'open_code',
      '($module, /, path: str)',
      io_open_code,
      'Opens the provided file with the intent to import the contents.',
    ),
  ],
  types: [
    IOBase_Type,
    RawIOBase_Type,
    BufferedIOBase_Type,
    TextIOBase_Type,
    FileIO_Type,
    BytesIO_Type,
    StringIO_Type,
    BufferedReader_Type,
    BufferedWriter_Type,
    BufferedRWPair_Type,
    BufferedRandom_Type,
    TextIOWrapper_Type,
    NewlineDecoder_Type,
  ],
  exec: (m) =>
    addUnsupported(m) < 0 ||
    PyModule_Add(m, 'DEFAULT_BUFFER_SIZE', PyLong_FromLong(DEFAULT_BUFFER_SIZE)) < 0 ||
    PyModule_AddObjectRef(m, 'BlockingIOError', PyExc_BlockingIOError) < 0
      ? -1
      : 0,
});
