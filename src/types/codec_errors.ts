// What happens to what cannot be encoded or decoded?
//
// Invariant: an error handler gets a UnicodeError and returns (replacement, position to go on at).  The built-in ones are functions like
// any other (codecs.lookup_error('ignore')); for codecs that know the built-in name, the same result comes without an exception object.

import { H8 } from '../memory/linear.js';
import { PyObject_CallOneArg } from '../object/call.js';
import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_GET_SIZE, bytesFromArray } from '../object/bytes.js';
import type { BytesWriter } from '../object/bytes_writer.js';
import { type MethodDef, method } from '../object/declare.js';
import {
  errMinus1,
  PyErr_Occurred,
  PyErr_SetObject,
  PyErr_SetString,
  PyExceptionInstance_Check,
  typeName,
} from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { PyObject_TypeCheck } from '../object/isinstance.js';
import { PyLong_AsSsize_t, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  emptyString,
  PyExc_IndexError,
  PyExc_TypeError,
  PyExc_UnicodeDecodeError,
  PyExc_UnicodeEncodeError,
  PyExc_UnicodeTranslateError,
} from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE, tupleFromObjs } from '../object/tuple.js';
import {
  asString,
  fromCodePoints,
  PyUnicode_Check,
  PyUnicode_FromString,
  PyUnicode_READ_CHAR,
} from '../object/unicode.js';
import { characterName } from '../object/unicode_names.js';
import { UnicodeWriter } from '../object/unicode_writer.js';
import { PyCodec_LookupError } from './codec_registry.js';
import {
  _PyUnicodeError_GetParams,
  PyUnicodeDecodeError_Create,
  PyUnicodeEncodeError_Create,
  PyUnicodeError_GetEncoding,
  PyUnicodeError_SetRange,
  unicodeErrorEnd,
  unicodeErrorObject,
  unicodeErrorSliceLength,
  unicodeErrorStart,
} from './exceptions_unicode.js';

// ---- calling a handler -----------------------------------------------------------------------------------------------------------

let handlerText: Obj = NULL;
let handlerPosition = 0;

/** Calls handler(exc) and leaves the replacement (owned) in handlerText, the position in handlerPosition: 0, or -1. */
function callHandler(handler: Obj, exc: Obj, encode: boolean): number {
  const r = PyObject_CallOneArg(handler, exc);
  if (r === 0) return -1;
  const wrong = encode
    ? 'encoding error handler must return (str/bytes, int) tuple'
    : 'decoding error handler must return (str, int) tuple';
  if (!PyTuple_Check(r) || PyTuple_GET_SIZE(r) !== 2) {
    decref(r);
    return errMinus1(PyExc_TypeError, wrong);
  }
  const text = PyTuple_GET_ITEM(r, 0);
  const position = PyTuple_GET_ITEM(r, 1);
  if (!(PyUnicode_Check(text) || (encode && PyBytes_Check(text))) || !PyLong_Check(position)) {
    decref(r);
    return errMinus1(PyExc_TypeError, wrong);
  }
  const at = PyLong_AsSsize_t(position);
  if (at === -1 && PyErr_Occurred() !== 0) {
    decref(r);
    return -1;
  }
  handlerText = newref(text);
  handlerPosition = at;
  decref(r);
  return 0;
}

/** Makes a handler's position an index into `n` units: -1 with IndexError. */
function checkedPosition(n: number): number {
  const at = handlerPosition < 0 ? handlerPosition + n : handlerPosition;
  if (at < 0 || at > n) return errMinus1(PyExc_IndexError, `position ${at} from error handler out of bounds`);
  return at;
}

/** One decoding in progress: where the bytes are, what was made of them, and what to do about errors. */
export class Decoding {
  readonly encoding: string;
  readonly errors: string | null;
  /** The bytes; a handler may replace them. */
  start: number;
  length: number;
  readonly writer = new UnicodeWriter();
  private handler: Obj = NULL;
  private exc: Obj = NULL;
  /** The bytes object that a handler put in place of the input, owned. */
  private replaced: Obj = NULL;

  constructor(encoding: string, errors: string | null, start: number, length: number) {
    this.encoding = encoding;
    this.errors = errors;
    this.start = start;
    this.length = length;
  }

  /** Handles the error at bytes [from, to): the index to go on at, or -1 with an exception. */
  error(from: number, to: number, reason: string): number {
    const { errors, writer } = this;
    if (errors === 'ignore') return to;
    if (errors === 'replace') return writer.char(0xfffd) < 0 ? -1 : to;
    if (errors === 'surrogateescape') {
      let i = from;
      while (i < to && i < from + 4 && H8[this.start + i] >= 0x80) {
        if (writer.char(0xdc00 + H8[this.start + i]) < 0) return -1;
        i++;
      }
      if (i > from) return i;
    }
    return this.call(from, to, reason);
  }

  private call(from: number, to: number, reason: string): number {
    if (this.handler === 0 && this.errors !== null && this.errors !== 'strict') {
      this.handler = PyCodec_LookupError(this.errors);
      if (this.handler === 0) return -1;
    }
    if (this.exc === 0) {
      this.exc = PyUnicodeDecodeError_Create(this.encoding, this.start, this.length, from, to, reason);
      if (this.exc === 0) return -1;
    } else if (PyUnicodeError_SetRange(this.exc, from, to, reason) < 0) return -1;
    if (this.handler === 0) {
      PyErr_SetObject(Py_TYPE(this.exc), this.exc);
      return -1;
    }
    if (callHandler(this.handler, this.exc, false) < 0) return -1;
    const text = handlerText;
    const position = handlerPosition;
    if (_PyUnicodeError_GetParams(this.exc, true) < 0) {
      decref(text);
      return -1;
    }
    const input = unicodeErrorObject;
    if (input !== this.replaced) {
      xdecref(this.replaced);
      this.replaced = newref(input);
      this.start = PyBytes_AS_STRING(input);
      this.length = PyBytes_GET_SIZE(input);
    }
    handlerPosition = position;
    const at = checkedPosition(this.length);
    const r = at < 0 ? -1 : this.writer.str(text);
    decref(text);
    return r < 0 ? -1 : at;
  }

  private release(): void {
    xdecref(this.handler);
    xdecref(this.exc);
    xdecref(this.replaced);
  }

  /** The result, a new str. */
  finish(): Obj {
    this.release();
    return this.writer.finish();
  }

  /** Gives everything up. */
  fail(): Obj {
    this.release();
    return this.writer.fail();
  }
}

/** One encoding in progress. */
export class Encoding {
  readonly encoding: string;
  readonly errors: string | null;
  readonly text: Obj;
  private handler: Obj = NULL;
  private exc: Obj = NULL;
  /** The replacement for the last error, owned until `dropReplacement`: a str or bytes. */
  replacement: Obj = NULL;

  constructor(encoding: string, errors: string | null, text: Obj) {
    this.encoding = encoding;
    this.errors = errors;
    this.text = text;
  }

  /** Raises UnicodeEncodeError for characters [from, to); returns -1. */
  raise(from: number, to: number, reason: string): -1 {
    if (this.makeExc(from, to, reason) === 0) PyErr_SetObject(Py_TYPE(this.exc), this.exc);
    return -1;
  }

  private makeExc(from: number, to: number, reason: string): number {
    if (this.exc === 0) {
      this.exc = PyUnicodeEncodeError_Create(this.encoding, this.text, from, to, reason);
      return this.exc === 0 ? -1 : 0;
    }
    return PyUnicodeError_SetRange(this.exc, from, to, reason);
  }

  /** Calls the error handler for characters [from, to): the index to go on at, with the replacement set; or -1. */
  error(from: number, to: number, reason: string, length: number): number {
    if (this.errors === null || this.errors === 'strict') return this.raise(from, to, reason);
    if (this.handler === 0) {
      this.handler = PyCodec_LookupError(this.errors);
      if (this.handler === 0) return -1;
    }
    if (this.makeExc(from, to, reason) < 0) return -1;
    if (callHandler(this.handler, this.exc, true) < 0) return -1;
    const at = checkedPosition(length);
    if (at < 0) {
      decref(handlerText);
      return -1;
    }
    this.replacement = handlerText;
    return at;
  }

  dropReplacement(): void {
    xdecref(this.replacement);
    this.replacement = NULL;
  }

  finish(w: BytesWriter): Obj {
    xdecref(this.handler);
    xdecref(this.exc);
    this.dropReplacement();
    return w.finish();
  }

  fail(w: BytesWriter): Obj {
    xdecref(this.handler);
    xdecref(this.exc);
    this.dropReplacement();
    return w.fail();
  }
}

// ---- the built-in handlers -----------------------------------------------------------------------------------------------------

const isEncode = (e: Obj): boolean => PyObject_TypeCheck(e, PyExc_UnicodeEncodeError);
const isDecode = (e: Obj): boolean => PyObject_TypeCheck(e, PyExc_UnicodeDecodeError);
const isTranslate = (e: Obj): boolean => PyObject_TypeCheck(e, PyExc_UnicodeTranslateError);

function wrongType(e: Obj): Obj {
  return PyErr_SetString(PyExc_TypeError, `don't know how to handle ${typeName(e)} in error callback`);
}

/** (text, position); steals `text`. */
function answer(text: Obj, position: number): Obj {
  if (text === 0) return NULL;
  const at = PyLong_FromLong(position);
  if (at === 0) {
    decref(text);
    return NULL;
  }
  return tupleFromObjs([text, at]);
}

function reraise(e: Obj): Obj {
  return PyErr_SetObject(Py_TYPE(e), e);
}

function strict(_: Obj, e: Obj): Obj {
  if (PyExceptionInstance_Check(e)) return reraise(e);
  return PyErr_SetString(PyExc_TypeError, 'codec must pass exception instance');
}

function ignore(_: Obj, e: Obj): Obj {
  const bytes = isDecode(e);
  if (!bytes && !isEncode(e) && !isTranslate(e)) return wrongType(e);
  if (_PyUnicodeError_GetParams(e, bytes) < 0) return NULL;
  return answer(newref(emptyString), unicodeErrorEnd);
}

function replace(_: Obj, e: Obj): Obj {
  const bytes = isDecode(e);
  const encode = isEncode(e);
  if (!bytes && !encode && !isTranslate(e)) return wrongType(e);
  if (_PyUnicodeError_GetParams(e, bytes) < 0) return NULL;
  const end = unicodeErrorEnd;
  const n = bytes ? 1 : unicodeErrorSliceLength;
  const w = new UnicodeWriter();
  if (w.fill(encode ? 63 : 0xfffd, n) < 0) return w.fail();
  return answer(w.finish(), end);
}

/** Builds the replacement of an encode error character by character. */
function eachChar(e: Obj, write: (w: UnicodeWriter, c: number) => number): Obj {
  if (_PyUnicodeError_GetParams(e, false) < 0) return NULL;
  const o = unicodeErrorObject;
  const end = unicodeErrorEnd;
  const w = new UnicodeWriter();
  for (let i = unicodeErrorStart; i < end; i++) if (write(w, PyUnicode_READ_CHAR(o, i)) < 0) return w.fail();
  return answer(w.finish(), end);
}

function xmlcharrefreplace(_: Obj, e: Obj): Obj {
  if (!isEncode(e)) return wrongType(e);
  return eachChar(e, (w, c) => w.ascii(`&#${c};`));
}

/** \xhh, \uhhhh or \Uhhhhhhhh. */
export function backslashEscape(c: number): string {
  const hex = c.toString(16);
  if (c < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return c < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

function backslashreplace(_: Obj, e: Obj): Obj {
  if (isDecode(e)) {
    if (_PyUnicodeError_GetParams(e, true) < 0) return NULL;
    const p = PyBytes_AS_STRING(unicodeErrorObject);
    const end = unicodeErrorEnd;
    let text = '';
    for (let i = unicodeErrorStart; i < end; i++) text += backslashEscape(H8[p + i]);
    return answer(PyUnicode_FromString(text), end);
  }
  if (!isEncode(e) && !isTranslate(e)) return wrongType(e);
  return eachChar(e, (w, c) => w.ascii(backslashEscape(c)));
}

function namereplace(_: Obj, e: Obj): Obj {
  if (!isEncode(e)) return wrongType(e);
  return eachChar(e, (w, c) => {
    const name = characterName(c);
    return w.ascii(name === '' ? backslashEscape(c) : `\\N{${name}}`);
  });
}

interface StandardEncoding {
  unit: 1 | 2 | 4;
  little: boolean;
}

/** Which of utf-8, utf-16 and utf-32 an encoding name means, or null. */
function standardEncoding(name: string): StandardEncoding | null {
  const m = /^(?:utf[-_]?(8|16|32)(?:[-_]?(le|be))?|cp_utf8)$/i.exec(name);
  if (m === null) return null;
  if (m[1] === undefined || m[1] === '8') return m[2] === undefined ? { unit: 1, little: true } : null;
  return { unit: m[1] === '16' ? 2 : 4, little: m[2]?.toLowerCase() !== 'be' };
}

function encodingOf(e: Obj): StandardEncoding | null | undefined {
  const o = PyUnicodeError_GetEncoding(e);
  if (o === 0) return undefined;
  const found = standardEncoding(asString(o));
  decref(o);
  return found;
}

const isSurrogate = (c: number): boolean => c >= 0xd800 && c <= 0xdfff;

function surrogatepass(_: Obj, e: Obj): Obj {
  if (isEncode(e)) {
    if (_PyUnicodeError_GetParams(e, false) < 0) return NULL;
    const o = unicodeErrorObject;
    const start = unicodeErrorStart;
    const end = unicodeErrorEnd;
    const code = encodingOf(e);
    if (code === undefined) return NULL;
    if (code === null) return reraise(e);
    const out: number[] = [];
    for (let i = start; i < end; i++) {
      const c = PyUnicode_READ_CHAR(o, i);
      if (!isSurrogate(c)) return reraise(e);
      if (code.unit === 1) out.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 0x3f), 0x80 | (c & 0x3f));
      else if (code.unit === 2) out.push(...(code.little ? [c & 0xff, c >> 8] : [c >> 8, c & 0xff]));
      else out.push(...(code.little ? [c & 0xff, c >> 8, 0, 0] : [0, 0, c >> 8, c & 0xff]));
    }
    return answer(bytesFromArray(out), end);
  }
  if (isDecode(e)) {
    if (_PyUnicodeError_GetParams(e, true) < 0) return NULL;
    const o = unicodeErrorObject;
    const start = unicodeErrorStart;
    const code = encodingOf(e);
    if (code === undefined) return NULL;
    if (code === null) return reraise(e);
    const p = PyBytes_AS_STRING(o) + start;
    const left = PyBytes_GET_SIZE(o) - start;
    let c = 0;
    let n: number = code.unit;
    if (code.unit === 1) {
      n = 3;
      if (left >= 3 && (H8[p] & 0xf0) === 0xe0 && (H8[p + 1] & 0xc0) === 0x80 && (H8[p + 2] & 0xc0) === 0x80) {
        c = ((H8[p] & 0x0f) << 12) | ((H8[p + 1] & 0x3f) << 6) | (H8[p + 2] & 0x3f);
      }
    } else if (left >= n) {
      for (let i = 0; i < n; i++) c = c * 256 + H8[p + (code.little ? n - 1 - i : i)];
    }
    if (!isSurrogate(c)) return reraise(e);
    return answer(fromCodePoints([c]), start + n);
  }
  return wrongType(e);
}

function surrogateescape(_: Obj, e: Obj): Obj {
  if (isEncode(e)) {
    if (_PyUnicodeError_GetParams(e, false) < 0) return NULL;
    const out: number[] = [];
    for (let i = unicodeErrorStart; i < unicodeErrorEnd; i++) {
      const c = PyUnicode_READ_CHAR(unicodeErrorObject, i);
      if (c < 0xdc80 || c > 0xdcff) return reraise(e);
      out.push(c - 0xdc00);
    }
    return answer(bytesFromArray(out), unicodeErrorEnd);
  }
  if (isDecode(e)) {
    if (_PyUnicodeError_GetParams(e, true) < 0) return NULL;
    const p = PyBytes_AS_STRING(unicodeErrorObject);
    const out: number[] = [];
    const start = unicodeErrorStart;
    for (let i = start; i < unicodeErrorEnd && out.length < 4 && H8[p + i] >= 0x80; i++) out.push(0xdc00 + H8[p + i]);
    if (out.length === 0) return reraise(e);
    return answer(fromCodePoints(out), start + out.length);
  }
  return wrongType(e);
}

const def = (name: string, f: (self: Obj, e: Obj) => Obj, doc: string): MethodDef =>
  method(`${name}_errors`, '($module, exc, /)', f, doc);

/** The built-in error handlers by their names. */
export const errorHandlerDefs: ReadonlyMap<string, MethodDef> = new Map([
  ['strict', def('strict', strict, "Implements the 'strict' error handling: raises the error.")],
  ['ignore', def('ignore', ignore, "Implements the 'ignore' error handling: leaves out what is wrong.")],
  [
    'replace',
    def('replace', replace, "Implements the 'replace' error handling: a replacement marker for what is wrong."),
  ],
  [
    'xmlcharrefreplace',
    def('xmlcharrefreplace', xmlcharrefreplace, "Implements the 'xmlcharrefreplace' error handling."),
  ],
  ['backslashreplace', def('backslashreplace', backslashreplace, "Implements the 'backslashreplace' error handling.")],
  ['namereplace', def('namereplace', namereplace, "Implements the 'namereplace' error handling.")],
  ['surrogatepass', def('surrogatepass', surrogatepass, "Implements the 'surrogatepass' error handling.")],
  ['surrogateescape', def('surrogateescape', surrogateescape, "Implements the 'surrogateescape' error handling.")],
]);
