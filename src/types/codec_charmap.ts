// The charmap codecs: one byte per character through a table.
//
// Invariant: a decoding table is a str (its character 0xfffe: undefined) or a mapping int → int, str or None; an encoding table an
// EncodingMap or a mapping int → int, bytes or None.

import { H16, H32, H8 } from '../memory/linear.js';
import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_GET_SIZE } from '../object/bytes.js';
import { BytesWriter } from '../object/bytes_writer.js';
import { defineType, method } from '../object/declare.js';
import { PyDict_New, PyDict_SetItem } from '../object/dict.js';
import {
  errMinus1,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  typeName,
} from '../object/errors.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { layout } from '../object/layout.js';
import { PyLong_AsLong, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { PyObject_GetItem } from '../object/mapping.js';
import { readChar } from '../object/memcpy.js';
import { _PyObject_NewVar } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyEncodingMap_Type, PyExc_LookupError, PyExc_TypeError } from '../object/statics.js';
import { ob_size, Py_TPFLAGS_DISALLOW_INSTANTIATION, tp_basicsize } from '../object/type_layout.js';
import {
  PyUnicode_Check,
  PyUnicode_DATA,
  PyUnicode_FromLatin1,
  PyUnicode_GET_LENGTH,
  PyUnicode_KIND,
  PyUnicode_READ_CHAR,
} from '../object/unicode.js';
import { backslashEscape, Decoding, Encoding } from './codec_errors.js';
import { setConsumed } from './codec_utf8.js';

const UNDEFINED = 'character maps to <undefined>';

// ---- decoding ------------------------------------------------------------------------------------------------------------------

/** Decodes one byte through a mapping: 1 written, 0 undefined, -1 with an exception. */
function decodeMapped(d: Decoding, mapping: Obj, b: number): number {
  const key = PyLong_FromLong(b);
  if (key === 0) return -1;
  const item = PyObject_GetItem(mapping, key);
  decref(key);
  if (item === 0) {
    if (!PyErr_ExceptionMatches(PyExc_LookupError)) return -1;
    PyErr_Clear();
    return 0;
  }
  let r: number;
  if (item === Py_None) r = 0;
  else if (PyLong_Check(item)) {
    const v = PyLong_AsLong(item);
    if (v === -1 && PyErr_Occurred() !== 0) PyErr_Clear();
    if (v === 0xfffe) r = 0;
    else if (v < 0 || v > 0x10ffff) r = errMinus1(PyExc_TypeError, 'character mapping must be in range(0x110000)');
    else r = d.writer.char(v) < 0 ? -1 : 1;
  } else if (PyUnicode_Check(item)) {
    if (PyUnicode_GET_LENGTH(item) === 1 && PyUnicode_READ_CHAR(item, 0) === 0xfffe) r = 0;
    else r = d.writer.str(item) < 0 ? -1 : 1;
  } else r = errMinus1(PyExc_TypeError, 'character mapping must return integer, None or str');
  decref(item);
  return r;
}

/** Decodes bytes through a table; without one (NULL) as Latin-1. */
export function decodeCharmap(p: number, n: number, mapping: Obj, errors: string | null): Obj {
  setConsumed(n);
  if (mapping === 0) return PyUnicode_FromLatin1(p, n);
  const d = new Decoding('charmap', errors, p, n);
  const w = d.writer;
  if (w.reserve(n, 0x7f) < 0) return d.fail();
  const isText = PyUnicode_Check(mapping);
  const size = isText ? PyUnicode_GET_LENGTH(mapping) : 0;
  let i = 0;
  while (i < d.length) {
    const b = H8[d.start + i];
    let r: number;
    if (isText) {
      const c = b < size ? PyUnicode_READ_CHAR(mapping, b) : 0xfffe;
      r = c === 0xfffe ? 0 : w.char(c) < 0 ? -1 : 1;
    } else r = decodeMapped(d, mapping, b);
    if (r < 0) return d.fail();
    if (r > 0) i++;
    else {
      i = d.error(i, i + 1, UNDEFINED);
      if (i < 0) return d.fail();
    }
  }
  return d.finish();
}

// ---- EncodingMap ---------------------------------------------------------------------------------------------------------------

// A sorted table of pairs (character, byte) for at most 256 characters: three levels would save nothing at this size.
const EncodingMap = layout({}, { items: 4 });
const emap_items = EncodingMap.info.basicsize;

function encodingMapSize(o: Obj): Obj {
  return PyLong_FromLong(H32[(Py_TYPE(o) + tp_basicsize) >> 2] + H32[(o + ob_size) >> 2] * 4);
}

/** Returns the table that encodes what the decoding table `map` (a str) decodes: an EncodingMap, or a dict if it needs one. */
export function PyUnicode_BuildEncodingMap(map: Obj): Obj {
  const n = Math.min(PyUnicode_GET_LENGTH(map), 256);
  if (PyUnicode_GET_LENGTH(map) === 0) {
    PyErr_SetString(PyExc_TypeError, 'bad argument type for built-in operation');
    return NULL;
  }
  let needDict = PyUnicode_READ_CHAR(map, 0) !== 0;
  const pairs: number[] = [];
  for (let i = 0; i < n; i++) {
    const c = PyUnicode_READ_CHAR(map, i);
    if (c > 0xffff || (i > 0 && c === 0)) needDict = true;
    else if (c !== 0xfffe) pairs.push(c * 256 + i);
  }
  if (needDict) {
    const dict = PyDict_New();
    if (dict === 0) return NULL;
    for (let i = 0; i < n; i++) {
      const key = PyLong_FromLong(PyUnicode_READ_CHAR(map, i));
      const value = PyLong_FromLong(i);
      const r = key === 0 || value === 0 ? -1 : PyDict_SetItem(dict, key, value);
      if (key !== 0) decref(key);
      if (value !== 0) decref(value);
      if (r < 0) {
        decref(dict);
        return NULL;
      }
    }
    return dict;
  }
  pairs.sort((a, b) => a - b);
  const o = _PyObject_NewVar(PyEncodingMap_Type, pairs.length);
  if (o === 0) return NULL;
  for (let i = 0; i < pairs.length; i++) {
    const p = o + emap_items + 4 * i;
    H16[p >> 1] = Math.floor(pairs[i] / 256);
    H16[(p + 2) >> 1] = pairs[i] & 255;
  }
  return o;
}

/** The byte for a character, or -1.  Of several bytes the last one wins, as in the dict. */
function encodingMapLookup(o: Obj, c: number): number {
  const p = (o + emap_items) >> 1;
  let lo = 0;
  let hi = H32[(o + ob_size) >> 2];
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (H16[p + 2 * mid] <= c) lo = mid + 1;
    else hi = mid;
  }
  return lo > 0 && H16[p + 2 * (lo - 1)] === c ? H16[p + 2 * (lo - 1) + 1] : -1;
}

defineType({
  type: PyEncodingMap_Type,
  name: 'EncodingMap',
  layout: EncodingMap,
  flags: Py_TPFLAGS_DISALLOW_INSTANTIATION,
  methods: [method('size', '($self, /)', encodingMapSize, 'Return the size (in bytes) of this object.')],
});

// ---- encoding ------------------------------------------------------------------------------------------------------------------

/** Encodes one character: 1 written, 0 undefined, -1 with an exception. */
function encodeMapped(w: BytesWriter, mapping: Obj, c: number): number {
  if (Py_TYPE(mapping) === PyEncodingMap_Type) {
    const b = encodingMapLookup(mapping, c);
    return b < 0 ? 0 : w.byte(b) < 0 ? -1 : 1;
  }
  const key = PyLong_FromLong(c);
  if (key === 0) return -1;
  const item = PyObject_GetItem(mapping, key);
  decref(key);
  if (item === 0) {
    if (!PyErr_ExceptionMatches(PyExc_LookupError)) return -1;
    PyErr_Clear();
    return 0;
  }
  let r: number;
  if (item === Py_None) r = 0;
  else if (PyLong_Check(item)) {
    const v = PyLong_AsLong(item);
    if (v === -1 && PyErr_Occurred() !== 0) PyErr_Clear();
    if (v < 0 || v > 255) r = errMinus1(PyExc_TypeError, 'character mapping must be in range(256)');
    else r = w.byte(v) < 0 ? -1 : 1;
  } else if (PyBytes_Check(item)) r = w.bytes(PyBytes_AS_STRING(item), PyBytes_GET_SIZE(item)) < 0 ? -1 : 1;
  else r = errMinus1(PyExc_TypeError, `character mapping must return integer, bytes or None, not ${typeName(item)}`);
  decref(item);
  return r;
}

/** Whether a character has a place in the table, without writing it: 1, 0, or -1. */
function isMapped(mapping: Obj, c: number): number {
  const probe = new BytesWriter();
  const r = encodeMapped(probe, mapping, c);
  probe.drop();
  return r;
}

/** Encodes replacement text; raises the original error if a character of it has no place. */
function encodeText(
  e: Encoding,
  w: BytesWriter,
  mapping: Obj,
  chars: readonly number[],
  from: number,
  to: number,
): number {
  for (const c of chars) {
    const r = encodeMapped(w, mapping, c);
    if (r < 0) return -1;
    if (r === 0) return e.raise(from, to, UNDEFINED);
  }
  return 0;
}

const codes = (s: string): number[] => Array.from(s, (c) => c.codePointAt(0) as number);

/** Encodes a str through a table (never NULL; Latin-1 is the caller's business). */
export function encodeCharmap(o: Obj, mapping: Obj, errors: string | null): Obj {
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  const e = new Encoding('charmap', errors, o);
  const w = new BytesWriter();
  if (n > 0 && w.reserve(n) < 0) return NULL;
  for (let i = 0; i < n; ) {
    const r = encodeMapped(w, mapping, readChar(kind, data, i));
    if (r < 0) return e.fail(w);
    if (r > 0) {
      i++;
      continue;
    }
    let end = i + 1;
    while (end < n) {
      const next = isMapped(mapping, readChar(kind, data, end));
      if (next < 0) return e.fail(w);
      if (next > 0) break;
      end++;
    }
    let at = end;
    let status = 0;
    if (errors === 'replace') {
      for (let k = i; k < end && status === 0; k++) status = encodeText(e, w, mapping, [63], i, end);
    } else if (errors === 'xmlcharrefreplace') {
      for (let k = i; k < end && status === 0; k++) {
        status = encodeText(e, w, mapping, codes(`&#${readChar(kind, data, k)};`), i, end);
      }
    } else if (errors === 'backslashreplace') {
      for (let k = i; k < end && status === 0; k++) {
        status = encodeText(e, w, mapping, codes(backslashEscape(readChar(kind, data, k))), i, end);
      }
    } else if (errors !== 'ignore') {
      at = e.error(i, end, UNDEFINED, n);
      if (at < 0) return e.fail(w);
      const text = newref(e.replacement);
      e.dropReplacement();
      if (PyBytes_Check(text)) status = w.bytes(PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text));
      else {
        const chars: number[] = [];
        for (let k = 0; k < PyUnicode_GET_LENGTH(text); k++) chars.push(PyUnicode_READ_CHAR(text, k));
        status = encodeText(e, w, mapping, chars, i, end);
      }
      decref(text);
    }
    if (status < 0) return e.fail(w);
    i = at;
  }
  return e.finish(w);
}
