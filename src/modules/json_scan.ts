// How is JSON text read?
//
// Invariant: the characters are read where they are in the heap; `scanEnd` is the index after what was read last.  The text is held by the caller
// for as long as hooks may run, and an address in it is valid for so long.

import { H16, H32, H8 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { PyObject_CallFunctionObjArgs, PyObject_CallOneArg } from '../object/call.js';
import { defineType, member } from '../object/declare.js';
import { PyDict_New, PyDict_SetDefaultRef, PyDict_SetItem, dictValue } from '../object/dict.js';
import {
  Py_EnterRecursiveCall,
  Py_LeaveRecursiveCall,
  PyErr_SetObject,
  PyErr_SetString,
  typeName,
} from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { decref, newref } from '../object/header.js';
import { i32, layout, ref } from '../object/layout.js';
import { _PyList_AppendTakeRef, PyList_New } from '../object/list.js';
import { PyLong_FromLong } from '../object/long.js';
import { readChar } from '../object/memcpy.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyObject_GetAttrString, PyObject_IsTrue } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_False,
  Py_None,
  Py_True,
  PyExc_StopIteration,
  PyExc_TypeError,
  PyExc_ValueError,
  PyFloat_Type,
  PyLong_Type,
  staticType,
} from '../object/statics.js';
import { tupleSteal2 } from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import {
  PyUnicode_Check,
  PyUnicode_DATA,
  PyUnicode_FromKindAndData,
  PyUnicode_FromString,
  PyUnicode_GET_LENGTH,
  PyUnicode_KIND,
} from '../object/unicode.js';
import { UnicodeWriter } from '../object/unicode_writer.js';
import { _PyLong_FromBytes } from '../types/int_text.js';
import { PyImport_ImportModule } from '../vm/import.js';

/** Where the last successful scan ended. */
export let scanEnd = 0;

/** Raises json.JSONDecodeError(message, text, index); returns NULL. */
function decodeError(message: string, text: Obj, index: number): Obj {
  const m = PyImport_ImportModule('json.decoder');
  if (m === 0) return NULL;
  const type = PyObject_GetAttrString(m, 'JSONDecodeError');
  decref(m);
  if (type === 0) return NULL;
  const said = PyUnicode_FromString(message);
  const at = said === 0 ? NULL : PyLong_FromLong(index);
  if (at !== 0) {
    const e = PyObject_CallFunctionObjArgs(type, said, text, at);
    decref(at);
    if (e !== 0) {
      PyErr_SetObject(type, e);
      decref(e);
    }
  }
  if (said !== 0) decref(said);
  decref(type);
  return NULL;
}

/** Raises StopIteration(index): there is no value there. */
function noValue(index: number): Obj {
  const at = PyLong_FromLong(index);
  if (at === 0) return NULL;
  PyErr_SetObject(PyExc_StopIteration, at);
  decref(at);
  return NULL;
}

/** Four hexadecimal digits as a number, -1 if they are none. */
function hex4(kind: number, data: number, at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i++) {
    const c = readChar(kind, data, i);
    if (c >= 48 && c <= 57) value = (value << 4) | (c - 48);
    else if ((c | 32) >= 97 && (c | 32) <= 102 && c < 128) value = (value << 4) | ((c | 32) - 87);
    else return -1;
  }
  return value;
}

/** What a backslash and a character stand for, 0 if nothing. */
function simpleEscape(c: number): number {
  switch (c) {
    case 34:
    case 47:
    case 92:
      return c;
    case 98:
      return 8;
    case 102:
      return 12;
    case 110:
      return 10;
    case 114:
      return 13;
    case 116:
      return 9;
    default:
      return 0;
  }
}

/** The index of the next quote or backslash at or after `i`; in strict mode of a control character, too; the length if there is none. */
function endOfPlain(kind: number, data: number, i: number, len: number, strict: boolean): number {
  const low = strict ? 32 : 0;
  if (kind === 1) {
    for (; i < len; i++) {
      const c = H8[data + i];
      if (c === 34 || c === 92 || c < low) break;
    }
  } else if (kind === 2) {
    const base = data >> 1;
    for (; i < len; i++) {
      const c = H16[base + i];
      if (c === 34 || c === 92 || c < low) break;
    }
  } else {
    const base = data >> 2;
    for (; i < len; i++) {
      const c = H32[base + i];
      if (c === 34 || c === 92 || c < low) break;
    }
  }
  return i;
}

/** Reads a string whose first character is at `start` (after its quote): a new str; leaves scanEnd. */
export function scanString(text: Obj, start: number, strict: boolean): Obj {
  const len = PyUnicode_GET_LENGTH(text);
  const kind = PyUnicode_KIND(text);
  const data = PyUnicode_DATA(text);
  const begin = start - 1;
  if (start < 0 || len < start) return PyErr_SetString(PyExc_ValueError, 'end is out of bounds');
  let at = start;
  let writer: UnicodeWriter | null = null;
  const fail = (message: string, index: number): Obj => {
    writer?.fail();
    return decodeError(message, text, index);
  };
  for (;;) {
    const stop = endOfPlain(kind, data, at, len, strict);
    let c = stop < len ? readChar(kind, data, stop) : 0;
    if (stop === len) return fail('Unterminated string starting at', begin);
    if (c === 34) {
      scanEnd = stop + 1;
      if (writer === null) return PyUnicode_FromKindAndData(kind, data + at * kind, stop - at);
      return writer.substring(text, at, stop) < 0 ? writer.fail() : writer.finish();
    }
    if (c !== 92) return fail('Invalid control character at', stop);
    writer ??= new UnicodeWriter();
    if (writer.substring(text, at, stop) < 0) return writer.fail();
    let next = stop + 1;
    if (next === len) return fail('Unterminated string starting at', begin);
    c = readChar(kind, data, next);
    if (c !== 117) {
      at = next + 1;
      c = simpleEscape(c);
      if (c === 0) return fail('Invalid \\escape', at - 2);
    } else {
      next++;
      at = next + 4;
      if (at >= len) return fail('Invalid \\uXXXX escape', next - 1);
      c = hex4(kind, data, next);
      if (c < 0) return fail('Invalid \\uXXXX escape', at - 5);
      if (
        c >= 0xd800 &&
        c <= 0xdbff &&
        at + 6 < len &&
        readChar(kind, data, at) === 92 &&
        readChar(kind, data, at + 1) === 117
      ) {
        const low = hex4(kind, data, at + 2);
        if (low < 0) return fail('Invalid \\uXXXX escape', at + 1);
        if (low >= 0xdc00 && low <= 0xdfff) {
          c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
          at += 6;
        }
      }
    }
    if (writer.char(c) < 0) return writer.fail();
  }
}

// --- Scanner --------------------------------------------------------------------------------------------------------------------

export const Scanner_Type = staticType();
const Scanner = layout({
  strict: i32,
  object_hook: ref,
  object_pairs_hook: ref,
  parse_float: ref,
  parse_int: ref,
  parse_constant: ref,
});
const { strict: sc_strict, object_hook: sc_object_hook, object_pairs_hook: sc_pairs_hook } = Scanner;
const { parse_float: sc_parse_float, parse_int: sc_parse_int, parse_constant: sc_parse_constant } = Scanner;

const at = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;
const isDigit = (c: number): boolean => c >= 48 && c <= 57;

/** The text that is being scanned: set by scanner_call, put back by it, because a hook may scan another. */
let text: Obj = NULL;
let kind = 1;
let data = 0;
let length = 0;
let memo: Obj = NULL;

const char = (i: number): number => (kind === 1 ? H8[data + i] : readChar(kind, data, i));

function skipSpace(i: number): number {
  for (; i < length; i++) {
    const c = char(i);
    if (c !== 32 && c !== 10 && c !== 13 && c !== 9) break;
  }
  return i;
}

/** Reads a number: new; StopIteration if there is none. */
function scanNumber(s: Obj, start: number): Obj {
  const end = length - 1;
  let i = start;
  if (char(i) === 45) {
    i++;
    if (i > end) return noValue(start);
  }
  const first = char(i);
  if (!isDigit(first)) return noValue(start);
  i++;
  if (first !== 48) while (i <= end && isDigit(char(i))) i++;
  let isFloat = false;
  if (i < end && char(i) === 46 && isDigit(char(i + 1))) {
    isFloat = true;
    i += 2;
    while (i <= end && isDigit(char(i))) i++;
  }
  if (i < end && (char(i) | 32) === 101 && char(i) < 128) {
    const mark = i;
    i++;
    if (i < end && (char(i) === 45 || char(i) === 43)) i++;
    while (i <= end && isDigit(char(i))) i++;
    if (isDigit(char(i - 1))) isFloat = true;
    else i = mark;
  }
  const parse = at(s, isFloat ? sc_parse_float : sc_parse_int);
  if (parse !== (isFloat ? PyFloat_Type : PyLong_Type)) {
    const digits = PyUnicode_FromKindAndData(kind, data + start * kind, i - start);
    if (digits === 0) return NULL;
    const r = PyObject_CallOneArg(parse, digits);
    decref(digits);
    scanEnd = i;
    return r;
  }
  scanEnd = i;
  if (!isFloat) {
    if (i - start <= 15) {
      const negative = char(start) === 45;
      let n = 0;
      for (let k = negative ? start + 1 : start; k < i; k++) n = n * 10 + (char(k) - 48);
      return PyLong_FromLong(negative ? 0 - n : n);
    }
    if (kind === 1) return _PyLong_FromBytes(data + start, i - start, 10);
  }
  let digits = '';
  for (let k = start; k < i; k++) digits += String.fromCharCode(char(k));
  if (isFloat) return PyFloat_FromDouble(Number(digits));
  const narrow = PyUnicode_FromString(digits);
  if (narrow === 0) return NULL;
  const r = _PyLong_FromBytes(PyUnicode_DATA(narrow), digits.length, 10);
  decref(narrow);
  return r;
}

/** Calls parse_constant for NaN and the infinities. */
function constant(s: Obj, name: string, start: number): Obj {
  const word = PyUnicode_FromString(name);
  if (word === 0) return NULL;
  const r = PyObject_CallOneArg(at(s, sc_parse_constant), word);
  decref(word);
  scanEnd = start + name.length;
  return r;
}

function follows(word: string, i: number): boolean {
  if (i + word.length > length) return false;
  for (let k = 0; k < word.length; k++) if (char(i + k) !== word.charCodeAt(k)) return false;
  return true;
}

/** Reads a key: new, the same object for the same text. */
function scanKey(s: Obj, i: number): Obj {
  const key = scanString(text, i, H32[(s + sc_strict) >> 2] !== 0);
  if (key === 0) return NULL;
  const r = PyDict_SetDefaultRef(memo, key, key);
  decref(key);
  return r < 0 ? NULL : dictValue;
}

/** Reads a member and puts it into `into` (a dict, or a list of pairs): the index after it, -1 with an exception. */
function scanMember(s: Obj, i: number, into: Obj, pairs: boolean): number {
  if (i >= length || char(i) !== 34) {
    decodeError('Expecting property name enclosed in double quotes', text, i);
    return -1;
  }
  const key = scanKey(s, i + 1);
  if (key === 0) return -1;
  const colon = skipSpace(scanEnd);
  let value: Obj = NULL;
  if (colon >= length || char(colon) !== 58) decodeError("Expecting ':' delimiter", text, colon);
  else value = scanOnce(s, skipSpace(colon + 1));
  if (value === 0) {
    decref(key);
    return -1;
  }
  const end = scanEnd;
  if (pairs) {
    const pair = tupleSteal2(key, value);
    return pair === 0 || _PyList_AppendTakeRef(into, pair) < 0 ? -1 : end;
  }
  const r = PyDict_SetItem(into, key, value);
  decref(key);
  decref(value);
  return r < 0 ? -1 : end;
}

/** Reads members up to the closing brace: the index after it, or -1. */
function scanMembers(s: Obj, i: number, into: Obj, pairs: boolean): number {
  i = skipSpace(i);
  if (i < length && char(i) === 125) return i + 1;
  for (;;) {
    i = scanMember(s, i, into, pairs);
    if (i < 0) return -1;
    i = skipSpace(i);
    const c = i < length ? char(i) : 0;
    if (c === 125) return i + 1;
    if (c !== 44) {
      decodeError("Expecting ',' delimiter", text, i);
      return -1;
    }
    const comma = i;
    i = skipSpace(i + 1);
    if (i < length && char(i) === 125) {
      decodeError('Illegal trailing comma before end of object', text, comma);
      return -1;
    }
  }
}

function scanObject(s: Obj, i: number): Obj {
  const pairsHook = at(s, sc_pairs_hook);
  const pairs = pairsHook !== Py_None;
  const made = pairs ? PyList_New(0) : PyDict_New();
  if (made === 0) return NULL;
  const end = scanMembers(s, i, made, pairs);
  if (end < 0) {
    decref(made);
    return NULL;
  }
  const hook = pairs ? pairsHook : at(s, sc_object_hook);
  scanEnd = end;
  if (hook === Py_None) return made;
  const r = PyObject_CallOneArg(hook, made);
  decref(made);
  scanEnd = end;
  return r;
}

/** Reads items up to the closing bracket into `into`: the index after it, or -1. */
function scanItems(s: Obj, i: number, into: Obj): number {
  i = skipSpace(i);
  if (i < length && char(i) === 93) return i + 1;
  for (;;) {
    const item = scanOnce(s, i);
    if (item === 0) return -1;
    i = scanEnd;
    if (_PyList_AppendTakeRef(into, item) < 0) return -1;
    i = skipSpace(i);
    const c = i < length ? char(i) : 0;
    if (c === 93) return i + 1;
    if (c !== 44) {
      decodeError("Expecting ',' delimiter", text, i);
      return -1;
    }
    const comma = i;
    i = skipSpace(i + 1);
    if (i < length && char(i) === 93) {
      decodeError('Illegal trailing comma before end of array', text, comma);
      return -1;
    }
  }
}

function scanArray(s: Obj, i: number): Obj {
  const list = PyList_New(0);
  if (list === 0) return NULL;
  const end = scanItems(s, i, list);
  if (end < 0) {
    decref(list);
    return NULL;
  }
  scanEnd = end;
  return list;
}

/** Reads one value: a new reference; leaves scanEnd. */
function scanOnce(s: Obj, i: number): Obj {
  if (i < 0) return PyErr_SetString(PyExc_ValueError, 'idx cannot be negative');
  if (i >= length) return noValue(i);
  switch (char(i)) {
    case 34:
      return scanString(text, i + 1, H32[(s + sc_strict) >> 2] !== 0);
    case 123: {
      if (Py_EnterRecursiveCall(' while decoding a JSON object from a unicode string')) return NULL;
      const r = scanObject(s, i + 1);
      Py_LeaveRecursiveCall();
      return r;
    }
    case 91: {
      if (Py_EnterRecursiveCall(' while decoding a JSON array from a unicode string')) return NULL;
      const r = scanArray(s, i + 1);
      Py_LeaveRecursiveCall();
      return r;
    }
    case 110:
      if (!follows('null', i)) break;
      scanEnd = i + 4;
      return newref(Py_None);
    case 116:
      if (!follows('true', i)) break;
      scanEnd = i + 4;
      return newref(Py_True);
    case 102:
      if (!follows('false', i)) break;
      scanEnd = i + 5;
      return newref(Py_False);
    case 78:
      if (follows('NaN', i)) return constant(s, 'NaN', i);
      break;
    case 73:
      if (follows('Infinity', i)) return constant(s, 'Infinity', i);
      break;
    case 45:
      if (follows('-Infinity', i)) return constant(s, '-Infinity', i);
      break;
  }
  return scanNumber(s, i);
}

const NEW = parseSignature('make_scanner', '(context)');
const CALL = parseSignature('scan_once', '(string, idx: ssize)');

/** The attributes of the context that become fields, in the order in which they are asked for. */
const HOOKS = [
  ['object_hook', sc_object_hook],
  ['object_pairs_hook', sc_pairs_hook],
  ['parse_float', sc_parse_float],
  ['parse_int', sc_parse_int],
  ['parse_constant', sc_parse_constant],
] as const;

function scanner_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(NEW, args, kwargs)) return NULL;
  const context = bound[0] as Obj;
  const s = PyType_GenericAlloc(type, 0);
  if (s === 0) return NULL;
  const strict = PyObject_GetAttrString(context, 'strict');
  const truth = strict === 0 ? -1 : PyObject_IsTrue(strict);
  if (strict !== 0) decref(strict);
  let ok = truth >= 0;
  H32[(s + sc_strict) >> 2] = truth;
  for (const [name, offset] of HOOKS) {
    if (!ok) break;
    const hook = PyObject_GetAttrString(context, name);
    H32[(s + offset) >> 2] = hook;
    ok = hook !== 0;
  }
  if (ok) return s;
  decref(s);
  return NULL;
}

function scanner_call(self: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(CALL, args, kwargs)) return NULL;
  const [string, index] = bound as Obj[];
  if (!PyUnicode_Check(string)) {
    return PyErr_SetString(PyExc_TypeError, `first argument must be a string, not ${typeName(string)}`);
  }
  const seen = PyDict_New();
  if (seen === 0) return NULL;
  const outerText = text;
  const outerMemo = memo;
  memo = seen;
  setText(newref(string));
  const value = scanOnce(self, index);
  const end = scanEnd;
  decref(string);
  memo = outerMemo;
  setText(outerText);
  decref(seen);
  return valueAndEnd(value, end);
}

function setText(o: Obj): void {
  text = o;
  if (o === 0) return;
  kind = PyUnicode_KIND(o);
  data = PyUnicode_DATA(o);
  length = PyUnicode_GET_LENGTH(o);
}

/** The pair (value, end), a new tuple; the value is stolen, NULL stays NULL. */
export function valueAndEnd(value: Obj, end: number): Obj {
  if (value === 0) return NULL;
  const e = PyLong_FromLong(end);
  if (e !== 0) return tupleSteal2(value, e);
  decref(value);
  return NULL;
}

defineType({
  type: Scanner_Type,
  name: '_json.Scanner',
  layout: Scanner,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: 'JSON scanner object',
  slots: { tp_new: scanner_new, tp_call: scanner_call },
  members: [
    member('strict', 'bool', sc_strict, { doc: 'strict' }),
    member('object_hook', 'object', sc_object_hook, { doc: 'object_hook' }),
    member('object_pairs_hook', 'object', sc_pairs_hook),
    member('parse_float', 'object', sc_parse_float, { doc: 'parse_float' }),
    member('parse_int', 'object', sc_parse_int, { doc: 'parse_int' }),
    member('parse_constant', 'object', sc_parse_constant, { doc: 'parse_constant' }),
  ],
});
