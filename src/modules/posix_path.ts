// Which file does an argument of an os function name?
//
// Invariant: a path argument is text for the host, or a descriptor where the function takes one; the object that was given stays at hand, for
// the OSError that names it (borrowed: the caller of the function holds it).

import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_GET_SIZE } from '../object/bytes.js';
import { PyObject_CallMethodNoArgs, PyObject_CallNoArgs } from '../object/call.js';
import {
  errMinus1,
  nameOfType,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  PyErr_WarnEx,
  typeName,
} from '../object/errors.js';
import { decref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { asBigInt, PyLong_AsInt, PyLong_Check } from '../object/long.js';
import { findByte } from '../object/memcpy.js';
import { PyIndex_Check, PyNumber_Index } from '../object/number.js';
import { PyBool_Check, PyObject_GetOptionalAttr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_None,
  PyExc_NotImplementedError,
  PyExc_OverflowError,
  PyExc_RuntimeWarning,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import { _PyObject_LookupSpecial } from '../object/type_lookup.js';
import { PyUnicode_Check } from '../object/unicode.js';
import { raiseErrno } from './os_error.js';
import { bytesFromHostText, fromHostText, hostText } from './paths.js';

const s_fspath = ID('__fspath__');
const s_fileno = ID('fileno');

export interface PathArg {
  /** '' for a descriptor. */
  readonly text: string;
  /** -1 for a path. */
  readonly fd: number;
  /** Given as bytes: then names that come back are bytes as well. */
  readonly bytes: boolean;
  readonly object: Obj;
}

export interface PathOptions {
  readonly allowFd?: boolean;
  /** None means this. */
  readonly none?: string;
}

/** The path that argument `arg` of function `func` names; null with an exception. */
export function pathArg(o: Obj, func: string, arg = 'path', options: PathOptions = {}): PathArg | null {
  if (o === Py_None && options.none !== undefined) return { text: options.none, fd: -1, bytes: false, object: NULL };
  if (PyUnicode_Check(o)) return textArg(o, o, func, arg);
  if (PyBytes_Check(o)) return textArg(o, o, func, arg);
  if (options.allowFd && PyIndex_Check(o)) {
    const fd = descriptor(o);
    return fd === -1 && PyErr_Occurred() !== 0 ? null : { text: '', fd, bytes: false, object: o };
  }
  const f = _PyObject_LookupSpecial(o, idObj(s_fspath));
  if (f === 0) {
    if (PyErr_Occurred() !== 0) return null;
    const wanted =
      options.allowFd && options.none !== undefined
        ? 'string, bytes, os.PathLike, integer or None'
        : options.allowFd
          ? 'string, bytes, os.PathLike or integer'
          : options.none !== undefined
            ? 'string, bytes, os.PathLike or None'
            : 'string, bytes or os.PathLike';
    PyErr_SetString(PyExc_TypeError, `${func}: ${arg} should be ${wanted}, not ${nameOfType(Py_TYPE(o))}`);
    return null;
  }
  const path = PyObject_CallNoArgs(f);
  decref(f);
  if (path === 0) return null;
  if (!PyUnicode_Check(path) && !PyBytes_Check(path)) {
    PyErr_SetString(
      PyExc_TypeError,
      `expected ${typeName(o)}.__fspath__() to return str or bytes, not ${typeName(path)}`,
    );
    decref(path);
    return null;
  }
  const r = textArg(path, o, func, arg);
  decref(path);
  return r;
}

function textArg(path: Obj, object: Obj, func: string, arg: string): PathArg | null {
  const text = hostText(path, `${func}: embedded null character in ${arg}`);
  return text === null ? null : { text, fd: -1, bytes: PyBytes_Check(path), object };
}

/** A descriptor given as an int: -1 with an exception. */
function descriptor(o: Obj): number {
  if (PyBool_Check(o) && PyErr_WarnEx(PyExc_RuntimeWarning, 'bool is used as a file descriptor', 1) < 0) return -1;
  const n = PyNumber_Index(o);
  if (n === 0) return -1;
  const big = asBigInt(n);
  decref(n);
  if (big > 0x7fffffffn) return errMinus1(PyExc_OverflowError, 'fd is greater than maximum');
  if (big < -0x80000000n) return errMinus1(PyExc_OverflowError, 'fd is less than minimum');
  return Number(big);
}

/** The descriptor of an int or of an object with fileno() (PyObject_AsFileDescriptor): -1 with an exception. */
export function asFileDescriptor(o: Obj): number {
  let fd: number;
  if (PyLong_Check(o)) {
    if (PyBool_Check(o) && PyErr_WarnEx(PyExc_RuntimeWarning, 'bool is used as a file descriptor', 1) < 0) return -1;
    fd = PyLong_AsInt(o);
  } else {
    const f = PyObject_GetOptionalAttr(o, idObj(s_fileno));
    if (f === 0) {
      return PyErr_Occurred() !== 0
        ? -1
        : errMinus1(PyExc_TypeError, 'argument must be an int, or have a fileno() method.');
    }
    decref(f);
    const n = PyObject_CallMethodNoArgs(o, idObj(s_fileno));
    if (n === 0) return -1;
    if (!PyLong_Check(n)) {
      decref(n);
      return errMinus1(PyExc_TypeError, 'fileno() returned a non-integer');
    }
    fd = PyLong_AsInt(n);
    decref(n);
  }
  if (fd === -1 && PyErr_Occurred() !== 0) return -1;
  if (fd < 0) return errMinus1(PyExc_ValueError, `file descriptor cannot be a negative integer (${fd})`);
  return fd;
}

/** Refuses a directory descriptor (the host has none): false with an exception unless it is None. */
export function noDirFd(o: Obj): boolean {
  if (o === Py_None) return true;
  if (!PyIndex_Check(o)) PyErr_SetString(PyExc_TypeError, `argument should be integer or None, not ${typeName(o)}`);
  else PyErr_SetString(PyExc_NotImplementedError, 'dir_fd unavailable on this platform');
  return false;
}

/** Refuses follow_symlinks=False where the host cannot do it: false with NotImplementedError. */
export function mustFollow(func: string, follow: number): boolean {
  if (follow) return true;
  PyErr_SetString(PyExc_NotImplementedError, `${func}: follow_symlinks unavailable on this platform`);
  return false;
}

/** The OSError of a host's answer about a path; returns NULL. */
export function pathError(answer: number, path: PathArg): Obj {
  return raiseErrno(answer, path.object);
}

/** A name from the host, as bytes or str like the path it belongs to. */
export function nameLike(path: PathArg, name: string): Obj {
  return path.bytes ? bytesFromHostText(name) : fromHostText(name);
}

/** Drops an exception of the given type: whether there was one. */
export function dropException(type: Obj): boolean {
  if (!PyErr_ExceptionMatches(type)) return false;
  PyErr_Clear();
  return true;
}

/** Whether bytes hold a byte. */
export function bytesContain(o: Obj, byte: number): boolean {
  const p = PyBytes_AS_STRING(o);
  return findByte(p, p + PyBytes_GET_SIZE(o), byte) >= 0;
}
