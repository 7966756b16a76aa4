// The methods of str that search, replace, pad, strip and translate.  Invariant: `self` is a str (or a subtype's instance); results are
// exact strs, the unchanged self where nothing changes and it is exact.

import {
  errMinus1,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  PyType_FastSubclass,
  typeName,
} from '../object/errors.js';
import { PyDict_CheckExact, PyDict_New, PyDict_Next, PyDict_SetItem, dictKey, dictValue } from '../object/dict.js';
import { decref, incref, newref, Py_TYPE } from '../object/header.js';
import { PyLong_AsLong, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { PyObject_GetItem } from '../object/mapping.js';
import { copyChars, readChar } from '../object/memcpy.js';
import { NULL, type Obj } from '../object/ptr.js';
import { _PyEval_SliceIndex, sliceIndex } from '../object/slice.js';
import {
  emptyString,
  Py_False,
  Py_None,
  Py_True,
  PyExc_LookupError,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { Py_TPFLAGS_TUPLE_SUBCLASS } from '../object/type_layout.js';
import {
  fillChars,
  PyUnicode_Check,
  PyUnicode_Count,
  PyUnicode_DATA,
  PyUnicode_Find,
  PyUnicode_GET_LENGTH,
  PyUnicode_IS_ASCII,
  PyUnicode_KIND,
  PyUnicode_MAX_CHAR_VALUE,
  PyUnicode_New,
  PyUnicode_READ_CHAR,
  PyUnicode_Replace,
  PyUnicode_Substring,
  PyUnicode_Tailmatch,
  U_DATA,
  unicodeExact,
} from '../object/unicode.js';
import { isSpace } from '../object/unicode_ctype.js';
import { UnicodeWriter } from '../object/unicode_writer.js';

const MAX = 0x7fffffff;
const truth = (b: boolean): Obj => newref(b ? Py_True : Py_False);

/** TypeError for an argument that must be a str; returns NULL. */
export function needStr(o: Obj, what: string): Obj {
  return PyErr_SetString(PyExc_TypeError, `${what} must be str, not ${o === Py_None ? 'None' : typeName(o)}`);
}

let rangeFrom = 0;
let rangeTo = 0;

/** Leaves the optional bounds of a method in rangeFrom and rangeTo; false with an exception. */
function bounds(start: Obj, end: Obj): boolean {
  rangeFrom = 0;
  rangeTo = MAX;
  if (start === Py_None && end === Py_None) return true;
  if (!_PyEval_SliceIndex(start, 0)) return false;
  const from = sliceIndex;
  if (!_PyEval_SliceIndex(end, MAX)) return false;
  rangeFrom = from;
  rangeTo = sliceIndex;
  return true;
}

/** The index of `sub` as the method `name` finds it, -1 if nowhere, -2 with an exception. */
function search(self: Obj, sub: Obj, start: Obj, end: Obj, direction: number, name: string): number {
  if (!PyUnicode_Check(sub)) {
    needStr(sub, `${name}() argument 1`);
    return -2;
  }
  if (!bounds(start, end)) return -2;
  return PyUnicode_Find(self, sub, rangeFrom, rangeTo, direction);
}

export function str_find(self: Obj, sub: Obj, start: Obj, end: Obj): Obj {
  const at = search(self, sub, start, end, 1, 'find');
  return at === -2 ? NULL : PyLong_FromLong(at);
}
export function str_rfind(self: Obj, sub: Obj, start: Obj, end: Obj): Obj {
  const at = search(self, sub, start, end, -1, 'rfind');
  return at === -2 ? NULL : PyLong_FromLong(at);
}
function found(at: number): Obj {
  if (at === -1) return PyErr_SetString(PyExc_ValueError, 'substring not found');
  return at === -2 ? NULL : PyLong_FromLong(at);
}
export function str_index(self: Obj, sub: Obj, start: Obj, end: Obj): Obj {
  return found(search(self, sub, start, end, 1, 'index'));
}
export function str_rindex(self: Obj, sub: Obj, start: Obj, end: Obj): Obj {
  return found(search(self, sub, start, end, -1, 'rindex'));
}

export function str_count(self: Obj, sub: Obj, start: Obj, end: Obj): Obj {
  if (!PyUnicode_Check(sub)) return needStr(sub, 'count() argument 1');
  if (!bounds(start, end)) return NULL;
  return PyLong_FromLong(PyUnicode_Count(self, sub, rangeFrom, rangeTo));
}

export function str_replace(self: Obj, old: Obj, by: Obj, count: number): Obj {
  if (!PyUnicode_Check(old)) return needStr(old, 'replace() argument 1');
  if (!PyUnicode_Check(by)) return needStr(by, 'replace() argument 2');
  return PyUnicode_Replace(self, old, by, count);
}

function tailmatch(self: Obj, what: Obj, start: Obj, end: Obj, direction: number, name: string): Obj {
  if (!bounds(start, end)) return NULL;
  const from = rangeFrom;
  const to = rangeTo;
  if (PyType_FastSubclass(Py_TYPE(what), Py_TPFLAGS_TUPLE_SUBCLASS)) {
    const n = PyTuple_GET_SIZE(what);
    for (let i = 0; i < n; i++) {
      const sub = PyTuple_GET_ITEM(what, i);
      if (!PyUnicode_Check(sub)) {
        return PyErr_SetString(PyExc_TypeError, `tuple for ${name} must only contain str, not ${typeName(sub)}`);
      }
      if (PyUnicode_Tailmatch(self, sub, from, to, direction)) return truth(true);
    }
    return truth(false);
  }
  if (!PyUnicode_Check(what)) {
    return PyErr_SetString(PyExc_TypeError, `${name} first arg must be str or a tuple of str, not ${typeName(what)}`);
  }
  return truth(PyUnicode_Tailmatch(self, what, from, to, direction));
}

export function str_startswith(self: Obj, what: Obj, start: Obj, end: Obj): Obj {
  return tailmatch(self, what, start, end, -1, 'startswith');
}
export function str_endswith(self: Obj, what: Obj, start: Obj, end: Obj): Obj {
  return tailmatch(self, what, start, end, 1, 'endswith');
}

export function str_removeprefix(self: Obj, prefix: Obj): Obj {
  if (!PyUnicode_Check(prefix)) return needStr(prefix, 'removeprefix() argument');
  if (!PyUnicode_Tailmatch(self, prefix, 0, MAX, -1)) return unicodeExact(self);
  return PyUnicode_Substring(self, PyUnicode_GET_LENGTH(prefix), PyUnicode_GET_LENGTH(self));
}
export function str_removesuffix(self: Obj, suffix: Obj): Obj {
  if (!PyUnicode_Check(suffix)) return needStr(suffix, 'removesuffix() argument');
  if (!PyUnicode_Tailmatch(self, suffix, 0, MAX, 1)) return unicodeExact(self);
  return PyUnicode_Substring(self, 0, PyUnicode_GET_LENGTH(self) - PyUnicode_GET_LENGTH(suffix));
}

// ---- padding -------------------------------------------------------------------------------------------------------------------

/** Returns `self` with `left` and `right` times `fill` around it. */
function pad(self: Obj, left: number, right: number, fill: number): Obj {
  const l = left < 0 ? 0 : left;
  const r = right < 0 ? 0 : right;
  if (l === 0 && r === 0) return unicodeExact(self);
  const n = PyUnicode_GET_LENGTH(self);
  if (l + r + n > MAX) return PyErr_SetString(PyExc_OverflowError, 'padded string is too long');
  const o = PyUnicode_New(l + n + r, Math.max(fill, PyUnicode_MAX_CHAR_VALUE(self)));
  if (o === 0) return NULL;
  const kind = PyUnicode_KIND(o);
  const data = o + U_DATA;
  fillChars(kind, data, l, fill);
  copyChars(kind, data + l * kind, PyUnicode_KIND(self), PyUnicode_DATA(self), n);
  fillChars(kind, data + (l + n) * kind, r, fill);
  return o;
}

function fillChar(o: Obj): number {
  if (o === 0) return 32;
  if (!PyUnicode_Check(o)) {
    return errMinus1(PyExc_TypeError, `The fill character must be a unicode character, not ${typeName(o)}`);
  }
  if (PyUnicode_GET_LENGTH(o) !== 1)
    return errMinus1(PyExc_TypeError, 'The fill character must be exactly one character long');
  return PyUnicode_READ_CHAR(o, 0);
}

export function str_center(self: Obj, width: number, fillchar: Obj): Obj {
  const c = fillChar(fillchar);
  if (c < 0) return NULL;
  const n = PyUnicode_GET_LENGTH(self);
  if (n >= width) return unicodeExact(self);
  const margin = width - n;
  const left = (margin >> 1) + (margin & width & 1);
  return pad(self, left, margin - left, c);
}
export function str_ljust(self: Obj, width: number, fillchar: Obj): Obj {
  const c = fillChar(fillchar);
  return c < 0 ? NULL : pad(self, 0, width - PyUnicode_GET_LENGTH(self), c);
}
export function str_rjust(self: Obj, width: number, fillchar: Obj): Obj {
  const c = fillChar(fillchar);
  return c < 0 ? NULL : pad(self, width - PyUnicode_GET_LENGTH(self), 0, c);
}

export function str_zfill(self: Obj, width: number): Obj {
  const n = PyUnicode_GET_LENGTH(self);
  if (n >= width) return unicodeExact(self);
  const fill = width - n;
  const o = pad(self, fill, 0, 48);
  if (o === 0 || n === 0) return o;
  const kind = PyUnicode_KIND(o);
  const data = o + U_DATA;
  const c = readChar(kind, data, fill);
  if (c === 43 || c === 45) {
    fillChars(kind, data, 1, c);
    fillChars(kind, data + fill * kind, 1, 48);
  }
  return o;
}

export function str_expandtabs(self: Obj, tabsize: number): Obj {
  const n = PyUnicode_GET_LENGTH(self);
  const kind = PyUnicode_KIND(self);
  const data = PyUnicode_DATA(self);
  let total = 0;
  let column = 0;
  let any = false;
  for (let i = 0; i < n; i++) {
    const c = readChar(kind, data, i);
    if (c === 9) {
      any = true;
      if (tabsize > 0) {
        const k = tabsize - (column % tabsize);
        total += k;
        column += k;
      }
    } else {
      total++;
      column = c === 10 || c === 13 ? 0 : column + 1;
    }
  }
  if (!any) return unicodeExact(self);
  if (total > MAX) return PyErr_SetString(PyExc_OverflowError, 'new string is too long');
  const w = new UnicodeWriter();
  if (w.reserve(total, PyUnicode_MAX_CHAR_VALUE(self)) < 0) return w.fail();
  column = 0;
  for (let i = 0; i < n; i++) {
    const c = readChar(kind, data, i);
    if (c === 9) {
      if (tabsize > 0) {
        const k = tabsize - (column % tabsize);
        w.fill(32, k);
        column += k;
      }
    } else {
      w.char(c);
      column = c === 10 || c === 13 ? 0 : column + 1;
    }
  }
  return w.finish();
}

// ---- stripping -----------------------------------------------------------------------------------------------------------------

const LEFT = 1;
const RIGHT = 2;

/** Strips whitespace (`chars` None) or the characters of `chars` from the sides asked for. */
function strip(self: Obj, chars: Obj, sides: number, name: string): Obj {
  const n = PyUnicode_GET_LENGTH(self);
  const kind = PyUnicode_KIND(self);
  const data = PyUnicode_DATA(self);
  let start = 0;
  let end = n;
  if (chars === Py_None) {
    if (sides & LEFT) while (start < end && isSpace(readChar(kind, data, start))) start++;
    if (sides & RIGHT) while (end > start && isSpace(readChar(kind, data, end - 1))) end--;
  } else {
    if (!PyUnicode_Check(chars)) return PyErr_SetString(PyExc_TypeError, `${name} arg must be None or str`);
    const m = PyUnicode_GET_LENGTH(chars);
    const ck = PyUnicode_KIND(chars);
    const cd = PyUnicode_DATA(chars);
    let mask = 0;
    for (let i = 0; i < m; i++) mask |= 1 << (readChar(ck, cd, i) & 31);
    const among = (c: number): boolean => {
      if ((mask & (1 << (c & 31))) === 0) return false;
      for (let i = 0; i < m; i++) if (readChar(ck, cd, i) === c) return true;
      return false;
    };
    if (sides & LEFT) while (start < end && among(readChar(kind, data, start))) start++;
    if (sides & RIGHT) while (end > start && among(readChar(kind, data, end - 1))) end--;
  }
  return PyUnicode_Substring(self, start, end);
}

export function str_strip(self: Obj, chars: Obj): Obj {
  return strip(self, chars, LEFT | RIGHT, 'strip');
}
export function str_lstrip(self: Obj, chars: Obj): Obj {
  return strip(self, chars, LEFT, 'lstrip');
}
export function str_rstrip(self: Obj, chars: Obj): Obj {
  return strip(self, chars, RIGHT, 'rstrip');
}

// ---- translation ---------------------------------------------------------------------------------------------------------------

export function str_maketrans(_: Obj, x: Obj, y: Obj, z: Obj): Obj {
  const dict = PyDict_New();
  if (dict === 0) return NULL;
  const fail = (): Obj => {
    decref(dict);
    return NULL;
  };
  const put = (key: number, value: Obj): boolean => {
    const k = PyLong_FromLong(key);
    if (k === 0) return false;
    const r = PyDict_SetItem(dict, k, value);
    decref(k);
    return r === 0;
  };
  if (y === 0) {
    if (!PyDict_CheckExact(x)) {
      PyErr_SetString(PyExc_TypeError, 'if you give only one argument to maketrans it must be a dict');
      return fail();
    }
    let pos = 0;
    while ((pos = PyDict_Next(x, pos)) !== 0) {
      const key = dictKey;
      const value = dictValue;
      if (PyUnicode_Check(key)) {
        if (PyUnicode_GET_LENGTH(key) !== 1) {
          PyErr_SetString(PyExc_ValueError, 'string keys in translatetable must be of length 1');
          return fail();
        }
        if (!put(PyUnicode_READ_CHAR(key, 0), value)) return fail();
      } else if (PyLong_Check(key)) {
        incref(key);
        const r = PyDict_SetItem(dict, key, value);
        decref(key);
        if (r < 0) return fail();
      } else {
        PyErr_SetString(PyExc_TypeError, 'keys in translate table mustbe strings or integers');
        return fail();
      }
    }
    return dict;
  }
  if (!PyUnicode_Check(y)) {
    needStr(y, 'maketrans() argument 2');
    return fail();
  }
  if (z !== 0 && !PyUnicode_Check(z)) {
    needStr(z, 'maketrans() argument 3');
    return fail();
  }
  if (!PyUnicode_Check(x)) {
    PyErr_SetString(PyExc_TypeError, 'first maketrans argument must be a string if there is a second argument');
    return fail();
  }
  const n = PyUnicode_GET_LENGTH(x);
  if (n !== PyUnicode_GET_LENGTH(y)) {
    PyErr_SetString(PyExc_ValueError, 'the first two maketrans arguments must have equal length');
    return fail();
  }
  for (let i = 0; i < n; i++) {
    const value = PyLong_FromLong(PyUnicode_READ_CHAR(y, i));
    if (value === 0) return fail();
    const ok = put(PyUnicode_READ_CHAR(x, i), value);
    decref(value);
    if (!ok) return fail();
  }
  if (z !== 0) {
    for (let i = 0, m = PyUnicode_GET_LENGTH(z); i < m; i++)
      if (!put(PyUnicode_READ_CHAR(z, i), Py_None)) return fail();
  }
  return dict;
}

const UNMAPPED = -2;
const DELETED = -3;
const STRING = -4;
let mappedString: Obj = NULL;

/**
 * What `table` says about character `c`: a character; UNMAPPED; DELETED; STRING, with the owned str in mappedString; or -1 with an exception.
 */
function translateChar(table: Obj, c: number): number {
  const key = PyLong_FromLong(c);
  if (key === 0) return -1;
  const item = PyObject_GetItem(table, key);
  decref(key);
  if (item === 0) {
    if (!PyErr_ExceptionMatches(PyExc_LookupError)) return -1;
    PyErr_Clear();
    return UNMAPPED;
  }
  if (item === Py_None) {
    decref(item);
    return DELETED;
  }
  if (PyLong_Check(item)) {
    const v = PyLong_AsLong(item);
    decref(item);
    if (v === -1 && PyErr_Occurred() !== 0) PyErr_Clear();
    if (v < 0 || v > 0x10ffff) return errMinus1(PyExc_ValueError, 'character mapping must be in range(0x110000)');
    return v;
  }
  if (!PyUnicode_Check(item)) {
    decref(item);
    return errMinus1(PyExc_TypeError, 'character mapping must return integer, None or str');
  }
  if (PyUnicode_GET_LENGTH(item) === 1) {
    const v = PyUnicode_READ_CHAR(item, 0);
    decref(item);
    return v;
  }
  mappedString = item;
  return STRING;
}

const KNOWN_UNSET = -5;

export function str_translate(self: Obj, table: Obj): Obj {
  const n = PyUnicode_GET_LENGTH(self);
  if (n === 0) return newref(emptyString);
  const w = new UnicodeWriter();
  // One-to-one answers about ASCII characters are asked for once.
  const known = PyUnicode_IS_ASCII(self) ? new Int32Array(128).fill(KNOWN_UNSET) : null;
  let changed = false;
  for (let i = 0; i < n; i++) {
    const c = PyUnicode_READ_CHAR(self, i);
    let to = known === null ? KNOWN_UNSET : known[c];
    if (to === KNOWN_UNSET) {
      to = translateChar(table, c);
      if (to === -1) return w.fail();
      if (known !== null && to !== STRING) known[c] = to;
    }
    let r = 0;
    if (to === UNMAPPED) r = w.char(c);
    else {
      changed = true;
      if (to === STRING) {
        const s = mappedString;
        r = w.str(s);
        decref(s);
      } else if (to !== DELETED) r = w.char(to);
    }
    if (r < 0) return w.fail();
  }
  if (!changed) {
    w.drop();
    return unicodeExact(self);
  }
  return w.finish();
}
