// What kinds of characters does a str consist of, and what is it in another case?
//
// Invariant: ASCII strs are answered from the bytes alone; others through src/object/unicode_ctype.ts.  Case mappings are the full ones
// of the Unicode standard (SpecialCasing): one character may become up to three, and a final sigma has a form of its own.

import { PyErr_SetString } from '../object/errors.js';
import { H8 } from '../memory/linear.js';
import { newref } from '../object/header.js';
import { readChar } from '../object/memcpy.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_False, Py_True, PyExc_OverflowError } from '../object/statics.js';
import {
  PyUnicode_DATA,
  PyUnicode_GET_LENGTH,
  PyUnicode_IS_ASCII,
  PyUnicode_KIND,
  PyUnicode_New,
  U_DATA,
  unicodeChar,
  unicodeExact,
} from '../object/unicode.js';
import {
  CT_ALNUM,
  CT_ALPHA,
  CT_DIGIT,
  CT_LOWER,
  CT_SPACE,
  CT_UPPER,
  ctype,
  isAlnum,
  isAlpha,
  isCased,
  isCaseIgnorable,
  isDecimal,
  isDigit,
  isLower,
  isNumeric,
  isPrintable,
  isSpace,
  isTitle,
  isUpper,
  isXidContinue,
  isXidStart,
  caseMap,
  toFoldedFull,
  toLowerFull,
  toTitleFull,
  toUpperFull,
} from '../object/unicode_ctype.js';
import { UnicodeWriter } from '../object/unicode_writer.js';

const truth = (b: boolean): Obj => newref(b ? Py_True : Py_False);

function all(o: Obj, mask: number, test: (c: number) => boolean): Obj {
  const n = PyUnicode_GET_LENGTH(o);
  if (n === 0) return truth(false);
  const data = PyUnicode_DATA(o);
  if (PyUnicode_IS_ASCII(o)) {
    for (let i = 0; i < n; i++) if ((ctype[H8[data + i]] & mask) === 0) return truth(false);
    return truth(true);
  }
  const kind = PyUnicode_KIND(o);
  for (let i = 0; i < n; i++) if (!test(readChar(kind, data, i))) return truth(false);
  return truth(true);
}

export function str_isspace(o: Obj): Obj {
  return all(o, CT_SPACE, isSpace);
}
export function str_isalpha(o: Obj): Obj {
  return all(o, CT_ALPHA, isAlpha);
}
export function str_isalnum(o: Obj): Obj {
  return all(o, CT_ALNUM, isAlnum);
}
export function str_isdecimal(o: Obj): Obj {
  return all(o, CT_DIGIT, isDecimal);
}
export function str_isdigit(o: Obj): Obj {
  return all(o, CT_DIGIT, isDigit);
}
export function str_isnumeric(o: Obj): Obj {
  return all(o, CT_DIGIT, isNumeric);
}
export function str_isascii(o: Obj): Obj {
  return truth(PyUnicode_IS_ASCII(o));
}

export function str_isprintable(o: Obj): Obj {
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  for (let i = 0; i < n; i++) if (!isPrintable(readChar(kind, data, i))) return truth(false);
  return truth(true);
}

export function str_islower(o: Obj): Obj {
  return uniformCase(o, isLower, (c) => isUpper(c) || isTitle(c));
}
export function str_isupper(o: Obj): Obj {
  return uniformCase(o, isUpper, (c) => isLower(c) || isTitle(c));
}

function uniformCase(o: Obj, wanted: (c: number) => boolean, refused: (c: number) => boolean): Obj {
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  let found = false;
  for (let i = 0; i < n; i++) {
    const c = readChar(kind, data, i);
    if (refused(c)) return truth(false);
    if (!found && wanted(c)) found = true;
  }
  return truth(found);
}

export function str_istitle(o: Obj): Obj {
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  let cased = false;
  let previousCased = false;
  for (let i = 0; i < n; i++) {
    const c = readChar(kind, data, i);
    if (isUpper(c) || isTitle(c)) {
      if (previousCased) return truth(false);
      previousCased = cased = true;
    } else if (isLower(c)) {
      if (!previousCased) return truth(false);
      previousCased = cased = true;
    } else previousCased = false;
  }
  return truth(cased);
}

/** Whether the str is an identifier (PyUnicode_IsIdentifier). */
export function PyUnicode_IsIdentifier(o: Obj): boolean {
  const n = PyUnicode_GET_LENGTH(o);
  if (n === 0) return false;
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  const first = readChar(kind, data, 0);
  if (first !== 0x5f && !isXidStart(first)) return false;
  for (let i = 1; i < n; i++) if (!isXidContinue(readChar(kind, data, i))) return false;
  return true;
}

export function str_isidentifier(o: Obj): Obj {
  return PyBool_FromLong(PyUnicode_IsIdentifier(o));
}

/** An ASCII str with each character mapped by itself and its index. */
function asciiMapped(o: Obj, map: (c: number, i: number) => number): Obj {
  const n = PyUnicode_GET_LENGTH(o);
  const data = PyUnicode_DATA(o);
  if (n === 0) return unicodeExact(o);
  if (n === 1) return unicodeChar(map(H8[data], 0));
  const r = PyUnicode_New(n, 0x7f);
  if (r === 0) return NULL;
  for (let i = 0; i < n; i++) H8[r + U_DATA + i] = map(H8[data + i], i);
  return r;
}

const asciiLower = (c: number): number => (c >= 0x41 && c <= 0x5a ? c + 32 : c);
const asciiUpper = (c: number): number => (c >= 0x61 && c <= 0x7a ? c - 32 : c);

function appendMapped(w: UnicodeWriter, n: number): number {
  for (let i = 0; i < n; i++) if (w.char(caseMap[i]) < 0) return -1;
  return 0;
}

/** Whether the capital sigma at index `i` ends a word: something cased before it, nothing cased after it (case-ignorable ones skipped). */
function finalSigma(kind: number, data: number, n: number, i: number): boolean {
  let j = i - 1;
  while (j >= 0 && isCaseIgnorable(readChar(kind, data, j))) j--;
  if (j < 0 || !isCased(readChar(kind, data, j))) return false;
  j = i + 1;
  while (j < n && isCaseIgnorable(readChar(kind, data, j))) j++;
  return j === n || !isCased(readChar(kind, data, j));
}

function lowerAt(kind: number, data: number, n: number, i: number, c: number): number {
  if (c === 0x3a3) {
    caseMap[0] = finalSigma(kind, data, n, i) ? 0x3c2 : 0x3c3;
    return 1;
  }
  return toLowerFull(c);
}

type MapAt = (kind: number, data: number, n: number, i: number, c: number) => number;

function mapped(o: Obj, map: MapAt): Obj {
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  // One character may become three.
  if (n > 0x7fffffff / (3 * 4)) return PyErr_SetString(PyExc_OverflowError, 'string is too long');
  const w = new UnicodeWriter();
  if (w.reserve(n, kind === 1 ? 0xff : kind === 2 ? 0xffff : 0x10ffff) < 0) return NULL;
  for (let i = 0; i < n; i++) if (appendMapped(w, map(kind, data, n, i, readChar(kind, data, i))) < 0) return w.fail();
  return w.finish();
}

export function str_lower(o: Obj): Obj {
  return PyUnicode_IS_ASCII(o) ? asciiMapped(o, asciiLower) : mapped(o, lowerAt);
}
export function str_upper(o: Obj): Obj {
  return PyUnicode_IS_ASCII(o) ? asciiMapped(o, asciiUpper) : mapped(o, (_k, _d, _n, _i, c) => toUpperFull(c));
}
export function str_casefold(o: Obj): Obj {
  return PyUnicode_IS_ASCII(o) ? asciiMapped(o, asciiLower) : mapped(o, (_k, _d, _n, _i, c) => toFoldedFull(c));
}
export function str_swapcase(o: Obj): Obj {
  if (PyUnicode_IS_ASCII(o)) return asciiMapped(o, (c) => (c >= 0x61 && c <= 0x7a ? c - 32 : asciiLower(c)));
  return mapped(o, (kind, data, n, i, c) => {
    if (isUpper(c)) return lowerAt(kind, data, n, i, c);
    if (isLower(c)) return toUpperFull(c);
    caseMap[0] = c;
    return 1;
  });
}
export function str_capitalize(o: Obj): Obj {
  if (PyUnicode_IS_ASCII(o)) return asciiMapped(o, (c, i) => (i === 0 ? asciiUpper(c) : asciiLower(c)));
  return mapped(o, (kind, data, n, i, c) => (i === 0 ? toTitleFull(c) : lowerAt(kind, data, n, i, c)));
}
export function str_title(o: Obj): Obj {
  let previousCased = false;
  if (PyUnicode_IS_ASCII(o)) {
    return asciiMapped(o, (c) => {
      const r = previousCased ? asciiLower(c) : asciiUpper(c);
      previousCased = (ctype[c] & (CT_UPPER | CT_LOWER)) !== 0;
      return r;
    });
  }
  return mapped(o, (kind, data, n, i, c) => {
    const k = previousCased ? lowerAt(kind, data, n, i, c) : toTitleFull(c);
    previousCased = isCased(c);
    return k;
  });
}
