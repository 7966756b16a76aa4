// What does a Unicode error know about the text that could not be converted?
//
// Invariant: `start` and `end` are stored as given and may be out of range; whoever uses them clips them to the object's length first
// (_PyUnicodeError_GetParams).  Attributes may have been replaced by anything, so types are checked at each use.

import { port } from '../object/ports.js';
import { H32, H8 } from '../memory/linear.js';
import { acquireBytes, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import { PyObject_CallObject } from '../object/call.js';
import {
  bytesFromArray,
  PyBytes_AS_STRING,
  PyBytes_Check,
  PyBytes_FromStringAndSize,
  PyBytes_GET_SIZE,
} from '../object/bytes.js';
import { defineType, member } from '../object/declare.js';
import { errMinus1, PyErr_Occurred, PyErr_SetString, typeName, PyErr_SetRaisedException } from '../object/errors.js';
import { BaseExc } from '../object/exc_layout.js';
import type { TableFn } from '../object/functable.js';
import { decref, newref } from '../object/header.js';
import { PyObject_TypeCheck } from '../object/isinstance.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyLong_AsSsize_t, PyLong_FromLong } from '../object/long.js';
import { _PyNumber_Index } from '../object/number.js';
import { NULL, type Obj } from '../object/ptr.js';
import * as S from '../object/statics.js';
import { emptyString } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM } from '../object/tuple.js';
import { PyUnicode_Check, PyUnicode_FromString, PyUnicode_GET_LENGTH, PyUnicode_READ_CHAR } from '../object/unicode.js';
import { BaseException_init, BaseException_new, EXC_FLAGS, refOrNone, setRef, strText } from './exceptions.js';

export const UnicodeErrorExc = layout(
  { encoding: ref, object: ref, start: i32, end: i32, reason: ref },
  { base: BaseExc.info },
);
const X = UnicodeErrorExc;

/** What is missing at argument `i` (from 1), whose type must be str; returns whether it is one. */
function needStr(o: Obj, i: number): boolean {
  if (PyUnicode_Check(o)) return true;
  PyErr_SetString(S.PyExc_TypeError, `argument ${i} must be str, not ${typeName(o)}`);
  return false;
}

let parsedIndex = 0;
function needIndex(o: Obj): boolean {
  const index = _PyNumber_Index(o);
  if (index === 0) return false;
  parsedIndex = PyLong_AsSsize_t(index);
  decref(index);
  return parsedIndex !== -1 || PyErr_Occurred() === 0;
}

/** Binds (encoding, object, start, end, reason), or without encoding; `bytes`: object is bytes or has a buffer. */
function initError(e: Obj, args: Obj, kwargs: Obj, hasEncoding: boolean, bytes: boolean): number {
  if (BaseException_init(e, args, kwargs) < 0) return -1;
  const want = hasEncoding ? 5 : 4;
  const n = PyTuple_GET_SIZE(args);
  if (n !== want) return errMinus1(S.PyExc_TypeError, `function takes exactly ${want} arguments (${n} given)`);
  let i = 0;
  const encoding = hasEncoding ? PyTuple_GET_ITEM(args, i++) : NULL;
  const object = PyTuple_GET_ITEM(args, i++);
  if (hasEncoding && !needStr(encoding, 1)) return -1;
  if (!bytes && !needStr(object, i)) return -1;
  if (!needIndex(PyTuple_GET_ITEM(args, i++))) return -1;
  const start = parsedIndex;
  if (!needIndex(PyTuple_GET_ITEM(args, i++))) return -1;
  const end = parsedIndex;
  const reason = PyTuple_GET_ITEM(args, i++);
  if (!needStr(reason, i)) return -1;
  let held: Obj;
  if (bytes && !PyBytes_Check(object)) {
    held = bytesOf(object);
    if (held === 0) return -1;
  } else held = newref(object);
  if (hasEncoding) setRef(e, X.encoding, newref(encoding));
  setRef(e, X.object, held);
  H32[(e + X.start) >> 2] = start;
  H32[(e + X.end) >> 2] = end;
  setRef(e, X.reason, newref(reason));
  return 0;
}

/** A copy of a bytes-like object's bytes; new, or NULL. */
function bytesOf(o: Obj): Obj {
  const handle = acquireBytes(o);
  if (handle === 0) return NULL;
  const copy = PyBytes_FromStringAndSize(rangeStart, rangeLength);
  releaseBytes(handle);
  return copy;
}

const inRange = (start: number, end: number, n: number): boolean =>
  start >= 0 && start < n && end >= 0 && end <= n && end === start + 1;

function charText(c: number): string {
  const hex = c.toString(16);
  if (c <= 0xff) return `'\\x${hex.padStart(2, '0')}'`;
  return c <= 0xffff ? `'\\u${hex.padStart(4, '0')}'` : `'\\U${hex.padStart(8, '0')}'`;
}

/** The message; `verb` is "encode", "decode" or "translate". */
function errorText(e: Obj, verb: string, bytes: boolean): Obj {
  // Not initialised.
  if (H32[(e + X.object) >> 2] === 0) return newref(emptyString);
  const reason = strText(refOrNone(e, X.reason));
  if (reason === null) return NULL;
  let head = `can't ${verb}`;
  if (verb !== 'translate') {
    const encoding = strText(refOrNone(e, X.encoding));
    if (encoding === null) return NULL;
    head = `'${encoding}' codec ${head}`;
  }
  // The calls above may have replaced it.
  const object = H32[(e + X.object) >> 2] as Obj;
  if (!checkAttribute(object, 'object', bytes)) return NULL;
  const start = H32[(e + X.start) >> 2];
  const end = H32[(e + X.end) >> 2];
  const unit = bytes ? 'byte' : 'character';
  if (inRange(start, end, bytes ? PyBytes_GET_SIZE(object) : PyUnicode_GET_LENGTH(object))) {
    const what = bytes
      ? `0x${H8[PyBytes_AS_STRING(object) + start].toString(16).padStart(2, '0')}`
      : charText(PyUnicode_READ_CHAR(object, start));
    return PyUnicode_FromString(`${head} ${unit} ${what} in position ${start}: ${reason}`);
  }
  return PyUnicode_FromString(`${head} ${unit}s in position ${start}-${end - 1}: ${reason}`);
}

function checkAttribute(o: Obj, name: string, bytes: boolean): boolean {
  if (o !== 0 && (bytes ? PyBytes_Check(o) : PyUnicode_Check(o))) return true;
  const problem = o === 0 ? 'is not set' : `must be a ${bytes ? 'bytes' : 'string'}`;
  PyErr_SetString(S.PyExc_TypeError, `UnicodeError '${name}' attribute ${problem}`);
  return false;
}

const writable = (doc: string) => ({ writable: true, doc });

function define(type: Obj, name: string, doc: string, init: TableFn, str: TableFn): void {
  defineType({
    type,
    name,
    base: S.PyExc_UnicodeError,
    layout: UnicodeErrorExc,
    flags: EXC_FLAGS,
    doc,
    slots: { tp_new: BaseException_new, tp_init: init, tp_str: str },
    members: [
      member('encoding', 'object', X.encoding, writable('exception encoding')),
      member('object', 'object', X.object, writable('exception object')),
      member('start', 'ssize', X.start, writable('exception start')),
      member('end', 'ssize', X.end, writable('exception end')),
      member('reason', 'object', X.reason, writable('exception reason')),
    ],
  });
}

define(
  S.PyExc_UnicodeEncodeError,
  'UnicodeEncodeError',
  'Unicode encoding error.',
  (e: Obj, args: Obj, kwargs: Obj) => initError(e, args, kwargs, true, false),
  (e: Obj) => errorText(e, 'encode', false),
);
define(
  S.PyExc_UnicodeDecodeError,
  'UnicodeDecodeError',
  'Unicode decoding error.',
  (e: Obj, args: Obj, kwargs: Obj) => initError(e, args, kwargs, true, true),
  (e: Obj) => errorText(e, 'decode', true),
);
define(
  S.PyExc_UnicodeTranslateError,
  'UnicodeTranslateError',
  'Unicode translation error.',
  (e: Obj, args: Obj, kwargs: Obj) => initError(e, args, kwargs, false, false),
  (e: Obj) => errorText(e, 'translate', false),
);

/** Results of _PyUnicodeError_GetParams: the object (borrowed), its length, the clipped range and its length. */
export let unicodeErrorObject: Obj = NULL;
export let unicodeErrorLength = 0;
export let unicodeErrorStart = 0;
export let unicodeErrorEnd = 0;
export let unicodeErrorSliceLength = 0;

/** Reads an error's object (bytes or str) and range, clipped to it: 0, or -1 with TypeError. */
export function _PyUnicodeError_GetParams(e: Obj, asBytes: boolean): number {
  const object = H32[(e + X.object) >> 2] as Obj;
  if (!checkAttribute(object, 'object', asBytes)) return -1;
  const n = asBytes ? PyBytes_GET_SIZE(object) : PyUnicode_GET_LENGTH(object);
  unicodeErrorObject = object;
  unicodeErrorLength = n;
  unicodeErrorStart = Math.min(Math.max(H32[(e + X.start) >> 2], 0), n === 0 ? 0 : n - 1);
  unicodeErrorEnd = Math.min(Math.max(H32[(e + X.end) >> 2], 1), n);
  unicodeErrorSliceLength = Math.max(unicodeErrorEnd - unicodeErrorStart, 0);
  return 0;
}

/** Whether `e` is a UnicodeError of any kind. */
export function PyUnicodeError_Check(e: Obj): boolean {
  return PyObject_TypeCheck(e, S.PyExc_UnicodeError);
}

/** `encoding` as a new reference, or NULL with TypeError. */
export function PyUnicodeError_GetEncoding(e: Obj): Obj {
  const o = H32[(e + X.encoding) >> 2] as Obj;
  return checkAttribute(o, 'encoding', false) ? newref(o) : NULL;
}

/** `reason` as a new reference, or NULL with TypeError. */
export function PyUnicodeError_GetReason(e: Obj): Obj {
  const o = H32[(e + X.reason) >> 2] as Obj;
  return checkAttribute(o, 'reason', false) ? newref(o) : NULL;
}

/** Sets `start`, `end` and `reason`: 0, or -1 with MemoryError. */
export function PyUnicodeError_SetRange(e: Obj, start: number, end: number, reason: string): number {
  const text = PyUnicode_FromString(reason);
  if (text === 0) return -1;
  H32[(e + X.start) >> 2] = start;
  H32[(e + X.end) >> 2] = end;
  setRef(e, X.reason, text);
  return 0;
}

function create(type: Obj, encoding: string | null, object: Obj, start: number, end: number, reason: string): Obj {
  if (object === 0) return NULL;
  const args = PyTuple_New(encoding === null ? 4 : 5);
  if (args === 0) return NULL;
  let i = 0;
  let complete = true;
  const put = (o: Obj) => {
    if (o === 0) complete = false;
    else PyTuple_SET_ITEM(args, i++, o);
  };
  if (encoding !== null) put(PyUnicode_FromString(encoding));
  put(newref(object));
  put(PyLong_FromLong(start));
  put(PyLong_FromLong(end));
  put(PyUnicode_FromString(reason));
  const e = complete ? PyObject_CallObject(type, args) : NULL;
  decref(args);
  return e;
}

/** An instance for the bytes at an address; new, or NULL. */
export function PyUnicodeDecodeError_Create(
  encoding: string,
  address: number,
  length: number,
  start: number,
  end: number,
  reason: string,
): Obj {
  const object = PyBytes_FromStringAndSize(address, length);
  const e = create(S.PyExc_UnicodeDecodeError, encoding, object, start, end, reason);
  if (object !== 0) decref(object);
  return e;
}

/** As PyUnicodeDecodeError_Create for bytes that stand in JavaScript. */
export function unicodeDecodeErrorOf(
  encoding: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  reason: string,
): Obj {
  const object = bytesFromArray(bytes);
  const e = create(S.PyExc_UnicodeDecodeError, encoding, object, start, end, reason);
  if (object !== 0) decref(object);
  return e;
}

/** An instance for a str (borrowed); new, or NULL. */
export function PyUnicodeEncodeError_Create(
  encoding: string,
  object: Obj,
  start: number,
  end: number,
  reason: string,
): Obj {
  return create(S.PyExc_UnicodeEncodeError, encoding, object, start, end, reason);
}

/** An instance for a str (borrowed); new, or NULL. */
export function _PyUnicodeTranslateError_Create(object: Obj, start: number, end: number, reason: string): Obj {
  return create(S.PyExc_UnicodeTranslateError, null, object, start, end, reason);
}

port.unicodeEncodeError = (encoding, object, start, end, reason) => {
  const e = PyUnicodeEncodeError_Create(encoding, object, start, end, reason);
  if (e !== 0) PyErr_SetRaisedException(e);
  return NULL;
};
