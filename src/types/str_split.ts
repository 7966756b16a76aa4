// How is a str cut into pieces?  Invariant: a list of exact strs is returned, or NULL and nothing is left behind; at most `maxsplit` cuts
// are made (negative: any number).

import { H8 } from '../memory/linear.js';
import { PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref } from '../object/header.js';
import { _PyList_AppendTakeRef, PyList_New, PyList_Reverse } from '../object/list.js';
import { copyBytes, readChar } from '../object/memcpy.js';
import { NULL, type Obj } from '../object/ptr.js';
import { emptyString, Py_None, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { tupleFromObjs } from '../object/tuple.js';
import {
  latin1Char,
  PyUnicode_Check,
  PyUnicode_DATA,
  PyUnicode_FromKindAndData,
  PyUnicode_GET_LENGTH,
  PyUnicode_IS_ASCII,
  PyUnicode_KIND,
  PyUnicode_New,
  U_DATA,
  unicodeExact,
} from '../object/unicode.js';
import { CT_SPACE, ctype, isSpace } from '../object/unicode_ctype.js';
import { findChar, findChars, rfindChars } from '../object/unicode_search.js';

/** Characters [start, end) of a str whose fields were read before. */
function piece(o: Obj, kind: number, data: number, start: number, end: number, ascii: boolean): Obj {
  const n = end - start;
  if (n === PyUnicode_GET_LENGTH(o)) return unicodeExact(o);
  if (ascii) {
    if (n === 0) return newref(emptyString);
    if (n === 1) return latin1Char(H8[data + start]);
    const r = PyUnicode_New(n, 0x7f);
    if (r !== 0) copyBytes(r + U_DATA, data + start, n);
    return r;
  }
  return PyUnicode_FromKindAndData(kind, data + start * kind, n);
}

function push(list: Obj, item: Obj): boolean {
  return item !== 0 && _PyList_AppendTakeRef(list, item) === 0;
}

function fail(list: Obj): Obj {
  decref(list);
  return NULL;
}

function splitWhitespace(o: Obj, maxsplit: number): Obj {
  const list = PyList_New(0);
  if (list === 0) return NULL;
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  const ascii = PyUnicode_IS_ASCII(o);
  let i = 0;
  let left = maxsplit < 0 ? n : maxsplit;
  for (;;) {
    if (ascii) while (i < n && (ctype[H8[data + i]] & CT_SPACE) !== 0) i++;
    else while (i < n && isSpace(readChar(kind, data, i))) i++;
    if (i === n) return list;
    const start = i;
    if (left-- <= 0) {
      if (!push(list, piece(o, kind, data, start, n, ascii))) return fail(list);
      return list;
    }
    if (ascii) while (i < n && (ctype[H8[data + i]] & CT_SPACE) === 0) i++;
    else while (i < n && !isSpace(readChar(kind, data, i))) i++;
    if (!push(list, piece(o, kind, data, start, i, ascii))) return fail(list);
  }
}

function rsplitWhitespace(o: Obj, maxsplit: number): Obj {
  const list = PyList_New(0);
  if (list === 0) return NULL;
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  const ascii = PyUnicode_IS_ASCII(o);
  let i = n;
  let left = maxsplit < 0 ? n : maxsplit;
  for (;;) {
    while (i > 0 && isSpace(readChar(kind, data, i - 1))) i--;
    if (i === 0) break;
    const end = i;
    if (left-- <= 0) {
      if (!push(list, piece(o, kind, data, 0, end, ascii))) return fail(list);
      break;
    }
    while (i > 0 && !isSpace(readChar(kind, data, i - 1))) i--;
    if (!push(list, piece(o, kind, data, i, end, ascii))) return fail(list);
  }
  PyList_Reverse(list);
  return list;
}

/** Returns the list o.split(sep, maxsplit); `sep` NULL or None splits at whitespace (PyUnicode_Split). */
export function PyUnicode_Split(o: Obj, sep: Obj, maxsplit: number): Obj {
  if (sep === 0 || sep === Py_None) return splitWhitespace(o, maxsplit);
  if (!PyUnicode_Check(sep)) return PyErr_SetString(PyExc_TypeError, `must be str or None, not ${typeName(sep)}`);
  const m = PyUnicode_GET_LENGTH(sep);
  if (m === 0) return PyErr_SetString(PyExc_ValueError, 'empty separator');
  const list = PyList_New(0);
  if (list === 0) return NULL;
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  const ascii = PyUnicode_IS_ASCII(o);
  const sk = PyUnicode_KIND(sep);
  const sd = PyUnicode_DATA(sep);
  const one = m === 1 ? readChar(sk, sd, 0) : 0;
  let left = maxsplit < 0 ? n : maxsplit;
  let from = 0;
  while (left-- > 0 && sk <= kind) {
    const at =
      m === 1
        ? findChar(kind, data + from * kind, n - from, one)
        : findChars(kind, data + from * kind, n - from, sk, sd, m);
    if (at < 0) break;
    if (!push(list, piece(o, kind, data, from, from + at, ascii))) return fail(list);
    from += at + m;
  }
  if (!push(list, piece(o, kind, data, from, n, ascii))) return fail(list);
  return list;
}

/** As PyUnicode_Split from the right (PyUnicode_RSplit). */
export function PyUnicode_RSplit(o: Obj, sep: Obj, maxsplit: number): Obj {
  if (sep === 0 || sep === Py_None) return rsplitWhitespace(o, maxsplit);
  if (!PyUnicode_Check(sep)) return PyErr_SetString(PyExc_TypeError, `must be str or None, not ${typeName(sep)}`);
  const m = PyUnicode_GET_LENGTH(sep);
  if (m === 0) return PyErr_SetString(PyExc_ValueError, 'empty separator');
  const list = PyList_New(0);
  if (list === 0) return NULL;
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  const ascii = PyUnicode_IS_ASCII(o);
  const sk = PyUnicode_KIND(sep);
  const sd = PyUnicode_DATA(sep);
  let left = maxsplit < 0 ? n : maxsplit;
  let end = n;
  while (left-- > 0 && sk <= kind) {
    const at = rfindChars(kind, data, end, sk, sd, m);
    if (at < 0) break;
    if (!push(list, piece(o, kind, data, at + m, end, ascii))) return fail(list);
    end = at;
  }
  if (!push(list, piece(o, kind, data, 0, end, ascii))) return fail(list);
  PyList_Reverse(list);
  return list;
}

/** Whether a line ends at `c` (PEP 278's characters and Unicode's). */
export function isLineBreak(c: number): boolean {
  return (c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) || c === 0x85 || c === 0x2028 || c === 0x2029;
}

/** Returns the list of lines, with their ends if `keepends` (PyUnicode_Splitlines). */
export function PyUnicode_Splitlines(o: Obj, keepends: boolean): Obj {
  const list = PyList_New(0);
  if (list === 0) return NULL;
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  const ascii = PyUnicode_IS_ASCII(o);
  let i = 0;
  while (i < n) {
    const start = i;
    while (i < n && !isLineBreak(readChar(kind, data, i))) i++;
    let end = i;
    if (i < n) {
      if (readChar(kind, data, i) === 13 && i + 1 < n && readChar(kind, data, i + 1) === 10) i += 2;
      else i++;
      if (keepends) end = i;
    }
    if (!push(list, piece(o, kind, data, start, end, ascii))) return fail(list);
  }
  return list;
}

function threeParts(a: Obj, b: Obj, c: Obj): Obj {
  if (a !== 0 && b !== 0 && c !== 0) return tupleFromObjs([a, b, c]);
  if (a !== 0) decref(a);
  if (b !== 0) decref(b);
  if (c !== 0) decref(c);
  return NULL;
}

function partition(o: Obj, sep: Obj, fromRight: boolean): Obj {
  if (!PyUnicode_Check(sep)) return PyErr_SetString(PyExc_TypeError, `must be str, not ${typeName(sep)}`);
  const m = PyUnicode_GET_LENGTH(sep);
  if (m === 0) return PyErr_SetString(PyExc_ValueError, 'empty separator');
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  const sk = PyUnicode_KIND(sep);
  const sd = PyUnicode_DATA(sep);
  const ascii = PyUnicode_IS_ASCII(o);
  const at = sk > kind ? -1 : fromRight ? rfindChars(kind, data, n, sk, sd, m) : findChars(kind, data, n, sk, sd, m);
  if (at < 0) {
    const e1 = newref(emptyString);
    const e2 = newref(emptyString);
    return fromRight ? threeParts(e1, e2, unicodeExact(o)) : threeParts(unicodeExact(o), e1, e2);
  }
  return threeParts(piece(o, kind, data, 0, at, ascii), newref(sep), piece(o, kind, data, at + m, n, ascii));
}

export function PyUnicode_Partition(o: Obj, sep: Obj): Obj {
  return partition(o, sep, false);
}
export function PyUnicode_RPartition(o: Obj, sep: Obj): Obj {
  return partition(o, sep, true);
}
