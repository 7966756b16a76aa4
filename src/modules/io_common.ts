// What do the stream types share?  Invariant: no stream is touched here except through its attributes; the texts are the ones programs see.

import { H32 } from '../memory/linear.js';
import { ownedWord } from '../object/root_words.js';
import { PyObject_CallMethodNoArgs } from '../object/call.js';
import { errMinus1, PyErr_Occurred, PyErr_SetObject, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { asBigInt, PyLong_FromLong } from '../object/long.js';
import { PyNumber_AsSsize_t, PyNumber_Index } from '../object/number.js';
import { PyObject_GetAttr, PyObject_GetOptionalAttr, PyObject_IsTrue } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_OverflowError, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { nameOfType } from '../object/errors.js';

export const s_close = ID('close');
export const s_closed = ID('closed');
export const s_fileno = ID('fileno');
export const s_flush = ID('flush');
export const s_isatty = ID('isatty');
export const s_mode = ID('mode');
export const s_name = ID('name');
export const s_peek = ID('peek');
export const s_read = ID('read');
export const s_read1 = ID('read1');
export const s_readable = ID('readable');
export const s_readall = ID('readall');
export const s_readinto = ID('readinto');
export const s_readinto1 = ID('readinto1');
export const s_readline = ID('readline');
export const s_seek = ID('seek');
export const s_seekable = ID('seekable');
export const s_tell = ID('tell');
export const s_truncate = ID('truncate');
export const s_writable = ID('writable');
export const s_write = ID('write');
export const s__dealloc_warn = ID('_dealloc_warn');
export const s__finalizing = ID('_finalizing');

export const DEFAULT_BUFFER_SIZE = 128 * 1024;

/** io.UnsupportedOperation (owned): a class of its own for each interpreter, as io.py gives it its module. */
export const unsupportedOperation = ownedWord();

/** Raises UnsupportedOperation; returns NULL. */
export function unsupported(message: string): Obj {
  return PyErr_SetString(H32[unsupportedOperation] as Obj, message);
}

/** Raises ValueError for a closed file; returns NULL. */
export function closedFile(message = 'I/O operation on closed file.'): Obj {
  return PyErr_SetString(PyExc_ValueError, message);
}

/** An attribute's truth: 1, 0, or -1 with an exception. */
export function attrTrue(o: Obj, id: number): number {
  const v = PyObject_GetAttr(o, idObj(id));
  if (v === 0) return -1;
  const r = PyObject_IsTrue(v);
  decref(v);
  return r;
}

/** A method's answer's truth: 1, 0, or -1 with an exception. */
export function methodTrue(o: Obj, id: number): number {
  const v = PyObject_CallMethodNoArgs(o, idObj(id));
  if (v === 0) return -1;
  const r = PyObject_IsTrue(v);
  decref(v);
  return r;
}

/** Calls a method for its effect: 0, or -1. */
export function callForEffect(o: Obj, id: number): number {
  const v = PyObject_CallMethodNoArgs(o, idObj(id));
  if (v === 0) return -1;
  decref(v);
  return 0;
}

/** A file offset from an int-like (PyNumber_AsOff_t): a number, or NaN with an exception. */
export function asOffset(o: Obj): number {
  const n = PyNumber_Index(o);
  if (n === 0) return Number.NaN;
  const big = asBigInt(n);
  decref(n);
  if (big > 0x7fffffffffffffffn || big < -0x8000000000000000n) {
    PyErr_SetString(PyExc_ValueError, `cannot fit '${typeName(o)}' into an offset-sized integer`);
    return Number.NaN;
  }
  return Number(big);
}

/** A Py_ssize_t argument of which None means -1 (_Py_convert_optional_to_ssize_t): the number, or NaN with an exception. */
export function optionalSize(o: Obj): number {
  if (o === 0 || o === Py_None) return -1;
  const n = PyNumber_AsSsize_t(o, PyExc_OverflowError);
  return n === -1 && PyErr_Occurred() !== 0 ? Number.NaN : n;
}

/** `__reduce__` and `__reduce_ex__` of streams: refuses. */
export function cannotPickle(self: Obj): Obj {
  const name = nameOfType(Py_TYPE(self));
  return PyErr_SetString(PyExc_TypeError, `cannot pickle '${name.slice(name.lastIndexOf('.') + 1)}' instances`);
}

/** None, as the answer of a method. */
export function none(): Obj {
  return newref(Py_None);
}

/** The int or NULL of an offset. */
export const fromOffset = PyLong_FromLong;

/** Refuses a value of the wrong type: -1 with TypeError. */
export function typeError(message: string): -1 {
  return errMinus1(PyExc_TypeError, message);
}

/** The attribute as text for a repr, or null if it is not there; undefined with an exception. */
export function optionalAttr(o: Obj, id: number): Obj | -1 {
  const v = PyObject_GetOptionalAttr(o, idObj(id));
  return v === 0 && PyErr_Occurred() !== 0 ? -1 : v;
}

/** Raises BlockingIOError(errno, message, written); returns NULL. */
export function blockingError(
  type: Obj,
  make: (code: Obj, text: Obj, written: Obj) => Obj,
  errno: number,
  message: string,
  written: number,
): Obj {
  const code = PyLong_FromLong(errno);
  const text = PyUnicode_FromString(message);
  const count = PyLong_FromLong(written);
  const e = code === 0 || text === 0 || count === 0 ? NULL : make(code, text, count);
  xdecref(code);
  xdecref(text);
  xdecref(count);
  if (e === 0) return NULL;
  PyErr_SetObject(type, e);
  decref(e);
  return NULL;
}
