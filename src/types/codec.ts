// How does text become bytes, and bytes text?
//
// Invariant: the common encodings are recognized by name and go straight to their functions; all others go through the codec registry and
// must be text encodings there.

import { H32, staticWord } from '../memory/linear.js';
import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_GET_SIZE, PyBytes_FromStringAndSize } from '../object/bytes.js';
import { acquireBytes, PyObject_CheckBuffer, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import { PyErr_ExceptionMatches, PyErr_SetString, PyErr_WarnEx, typeName } from '../object/errors.js';
import { decref, newref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_CallNoArgs } from '../object/call.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  PyByteArray_Type,
  PyExc_BufferError,
  PyExc_RuntimeWarning,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import { PyObject_TypeCheck } from '../object/isinstance.js';
import { _PyObject_LookupSpecial } from '../object/type_lookup.js';
import {
  asString,
  PyUnicode_Check,
  PyUnicode_FromLatin1,
  PyUnicode_FromString,
  PyUnicode_GET_LENGTH,
  PyUnicode_READ_CHAR,
} from '../object/unicode.js';
import { PyMemoryView_FromObject } from './memoryview.js';
import { _PyCodec_DecodeText, _PyCodec_EncodeText, _PyCodec_Lookup, PyCodec_LookupError } from './codec_registry.js';
import { decodeUtf16, decodeUtf32, encodeUtf16, encodeUtf32 } from './codec_utf16.js';
import { encodeAscii, encodeLatin1, encodeUtf8, PyUnicode_DecodeASCII, PyUnicode_DecodeUTF8 } from './codec_utf8.js';

/** The JavaScript text of an optional str; null if NULL. */
export function optionalText(o: Obj): string | null {
  return o === 0 ? null : asString(o);
}

type Shortcut = 'utf-8' | 'latin-1' | 'ascii' | 'utf-16' | 'utf-32' | '';
const shortcuts = new Map<string, Shortcut>();

/** The encoding that a name obviously means, '' if the registry has to say. */
function shortcut(encoding: string): Shortcut {
  let s = shortcuts.get(encoding);
  if (s === undefined) {
    const name = encoding.toLowerCase().replaceAll('_', '-');
    if (name === 'utf-8' || name === 'utf8') s = 'utf-8';
    else if (name === 'latin-1' || name === 'latin1' || name === 'iso-8859-1' || name === 'iso8859-1') s = 'latin-1';
    else if (name === 'ascii' || name === 'us-ascii') s = 'ascii';
    else if (name === 'utf-16' || name === 'utf16') s = 'utf-16';
    else if (name === 'utf-32' || name === 'utf32') s = 'utf-32';
    else s = '';
    if (shortcuts.size < 100) shortcuts.set(encoding, s);
  }
  return s;
}

/** Whether encodings and error handlers are looked up even where nothing would need them: the development mode, and debug builds. */
const checking = staticWord();

export function setCodecChecks(on: boolean): void {
  H32[checking] = on ? 1 : 0;
}

const KNOWN_ERRORS = ['strict', 'ignore', 'replace', 'surrogateescape', 'surrogatepass'];

/** False with LookupError if there is no such encoding or no such error handler. */
function namesExist(encoding: string | null, errors: string | null): boolean {
  if (encoding !== null && encoding !== 'utf-8' && encoding !== 'utf8') {
    const codec = _PyCodec_Lookup(encoding);
    if (codec === 0) return false;
    decref(codec);
  }
  if (errors !== null && !KNOWN_ERRORS.includes(errors)) {
    const handler = PyCodec_LookupError(errors);
    if (handler === 0) return false;
    decref(handler);
  }
  return true;
}

/** Returns the str that bytes [p, p+n) stand for in an encoding (null: utf-8); NULL with an exception (PyUnicode_Decode). */
export function PyUnicode_Decode(p: number, n: number, encoding: string | null, errors: string | null): Obj {
  if (H32[checking] !== 0 && !namesExist(encoding, errors)) return NULL;
  switch (encoding === null ? 'utf-8' : shortcut(encoding)) {
    case 'utf-8':
      return PyUnicode_DecodeUTF8(p, n, errors);
    case 'latin-1':
      return PyUnicode_FromLatin1(p, n);
    case 'ascii':
      return PyUnicode_DecodeASCII(p, n, errors);
    case 'utf-16':
      return decodeUtf16(p, n, errors, 0, true);
    case 'utf-32':
      return decodeUtf32(p, n, errors, 0, true);
  }
  // The decoder may keep what it gets: a copy, seen through a memoryview.
  const copy = PyBytes_FromStringAndSize(p, n);
  if (copy === 0) return NULL;
  const view = PyMemoryView_FromObject(copy);
  decref(copy);
  if (view === 0) return NULL;
  const errorsObj = errors === null ? NULL : PyUnicode_FromString(errors);
  const r = errors !== null && errorsObj === 0 ? NULL : _PyCodec_DecodeText(view, encoding as string, errorsObj);
  if (errorsObj !== 0) decref(errorsObj);
  decref(view);
  if (r !== 0 && !PyUnicode_Check(r)) {
    PyErr_SetString(
      PyExc_TypeError,
      `'${encoding}' decoder returned '${typeName(r)}' instead of 'str'; use codecs.decode() to decode to arbitrary types`,
    );
    decref(r);
    return NULL;
  }
  return r;
}

/** Refuses a name with a zero character; false with ValueError. */
function checkName(o: Obj): boolean {
  if (o === 0) return true;
  const n = PyUnicode_GET_LENGTH(o);
  for (let i = 0; i < n; i++) {
    if (PyUnicode_READ_CHAR(o, i) === 0) {
      PyErr_SetString(PyExc_ValueError, 'embedded null character');
      return false;
    }
  }
  return true;
}

/** str.encode: encoding and errors are strs or NULL; returns bytes, or NULL with an exception (PyUnicode_AsEncodedString). */
export function PyUnicode_AsEncodedString(o: Obj, encoding: Obj, errors: Obj): Obj {
  if (!checkName(encoding) || !checkName(errors)) return NULL;
  const name = optionalText(encoding);
  const mode = optionalText(errors);
  if (H32[checking] !== 0 && !namesExist(name, mode)) return NULL;
  switch (name === null ? 'utf-8' : shortcut(name)) {
    case 'utf-8':
      return encodeUtf8(o, mode);
    case 'latin-1':
      return encodeLatin1(o, mode);
    case 'ascii':
      return encodeAscii(o, mode);
    case 'utf-16':
      return encodeUtf16(o, mode, 0);
    case 'utf-32':
      return encodeUtf32(o, mode, 0);
  }
  const r = _PyCodec_EncodeText(o, name as string, errors);
  if (r === 0 || PyBytes_Check(r)) return r;
  if (PyObject_TypeCheck(r, PyByteArray_Type)) {
    const message = `encoder ${name} returned bytearray instead of bytes; use codecs.encode() to encode to arbitrary types`;
    if (PyErr_WarnEx(PyExc_RuntimeWarning, message, 1) < 0) {
      decref(r);
      return NULL;
    }
    const handle = acquireBytes(r);
    const copy = handle === 0 ? NULL : PyBytes_FromStringAndSize(rangeStart, rangeLength);
    releaseBytes(handle);
    decref(r);
    return copy;
  }
  PyErr_SetString(
    PyExc_TypeError,
    `'${name}' encoder returned '${typeName(r)}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types`,
  );
  decref(r);
  return NULL;
}

/** str(o, encoding, errors) for a bytes-like object. */
export function PyUnicode_FromEncodedObject(o: Obj, encoding: Obj, errors: Obj): Obj {
  if (!checkName(encoding) || !checkName(errors)) return NULL;
  if (PyBytes_Check(o))
    return PyUnicode_Decode(PyBytes_AS_STRING(o), PyBytes_GET_SIZE(o), optionalText(encoding), optionalText(errors));
  if (PyUnicode_Check(o)) return PyErr_SetString(PyExc_TypeError, 'decoding str is not supported');
  const needed = `decoding to str: need a bytes-like object, ${typeName(o)} found`;
  if (!PyObject_CheckBuffer(o)) return PyErr_SetString(PyExc_TypeError, needed);
  const handle = acquireBytes(o);
  if (handle === 0) return PyErr_ExceptionMatches(PyExc_BufferError) ? PyErr_SetString(PyExc_TypeError, needed) : NULL;
  const r = PyUnicode_Decode(rangeStart, rangeLength, optionalText(encoding), optionalText(errors));
  releaseBytes(handle);
  return r;
}

// ---- file names ------------------------------------------------------------------------------------------------------------------

/** The encoding of file names: utf-8 with surrogateescape. */
export function PyUnicode_EncodeFSDefault(o: Obj): Obj {
  return encodeUtf8(o, 'surrogateescape');
}
export function PyUnicode_DecodeFSDefaultAndSize(p: number, n: number): Obj {
  return PyUnicode_DecodeUTF8(p, n, 'surrogateescape');
}

const s___fspath__ = ID('__fspath__');

/** os.fspath(o): a str or bytes as a new reference; NULL with TypeError. */
export function PyOS_FSPath(o: Obj): Obj {
  if (PyUnicode_Check(o) || PyBytes_Check(o)) return newref(o);
  const f = _PyObject_LookupSpecial(o, idObj(s___fspath__));
  if (f === 0) return PyErr_SetString(PyExc_TypeError, `expected str, bytes or os.PathLike object, not ${typeName(o)}`);
  const r = PyObject_CallNoArgs(f);
  decref(f);
  if (r !== 0 && !PyUnicode_Check(r) && !PyBytes_Check(r)) {
    PyErr_SetString(PyExc_TypeError, `expected ${typeName(o)}.__fspath__() to return str or bytes, not ${typeName(r)}`);
    decref(r);
    return NULL;
  }
  return r;
}
