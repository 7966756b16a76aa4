// How is an integer written in a base, and how is it read?
//
// Invariant: conversions to and from bases that are no power of two refuse more than int_max_str_digits digits (4300
// unless changed, 0 for none); everything else is linear in the size.

import { H32, H8, staticWord } from '../memory/linear.js';
import { acquireBytes, PyObject_CheckBuffer, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_FromStringAndSize, PyBytes_GET_SIZE } from '../object/bytes.js';
import { PyErr_SetString } from '../object/errors.js';
import { decref } from '../object/header.js';
import { PyObject_TypeCheck } from '../object/isinstance.js';
import {
  _PyLong_NumBits,
  asBigInt,
  compactValue,
  hexDigits,
  isCompact,
  isNegative,
  PyLong_FromBigInt,
  PyLong_FromLong,
} from '../object/long.js';
import { PyObject_Repr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyByteArray_Type, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { asString, PyUnicode_Check, PyUnicode_FromString, PyUnicode_IS_ASCII } from '../object/unicode.js';
import { isSpace, toDecimal } from '../object/unicode_ctype.js';

/** Index into H32 of the limit that sys.set_int_max_str_digits sets. */
export const int_max_str_digits = staticWord();
export const DEFAULT_MAX_STR_DIGITS = 4300;
/** Texts of at most so many digits are never refused. */
export const MAX_STR_DIGITS_THRESHOLD = 640;

/** Sets the limit to its default. */
export function initIntText(): void {
  H32[int_max_str_digits] = DEFAULT_MAX_STR_DIGITS;
}

function tooLongToWrite(limit: number): null {
  PyErr_SetString(
    PyExc_ValueError,
    `Exceeds the limit (${limit} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit`,
  );
  return null;
}

/** The decimal text, or null with ValueError. */
export function decimalText(o: Obj): string | null {
  if (isCompact(o)) return String(compactValue(o));
  const limit = H32[int_max_str_digits];
  // Decide by the bits where the text would be far too long to be made in vain.
  if (limit > 0 && _PyLong_NumBits(o) > Math.max(limit, MAX_STR_DIGITS_THRESHOLD) * 3.4 + 64)
    return tooLongToWrite(limit);
  const text = asBigInt(o).toString();
  if (limit > 0) {
    const n = text.length - (isNegative(o) ? 1 : 0);
    if (n > MAX_STR_DIGITS_THRESHOLD && n > limit) return tooLongToWrite(limit);
  }
  return text;
}

/** The text in base 2, 8 or 16 without a prefix; the sign in front. */
export function powerOfTwoText(o: Obj, base: number): string {
  if (isCompact(o)) return compactValue(o).toString(base);
  if (base === 16) return (isNegative(o) ? '-' : '') + hexDigits(o).replace(/^0+/, '');
  return asBigInt(o).toString(base);
}

/** _PyLong_Format: bin, oct, hex with their prefixes, or decimal; new, or NULL. */
export function _PyLong_Format(o: Obj, base: number): Obj {
  if (base === 10) {
    const text = decimalText(o);
    return text === null ? NULL : PyUnicode_FromString(text);
  }
  const text = powerOfTwoText(o, base);
  const prefix = base === 16 ? '0x' : base === 8 ? '0o' : '0b';
  return PyUnicode_FromString(text.startsWith('-') ? `-${prefix}${text.slice(1)}` : prefix + text);
}

function digitValue(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  if (c >= 97 && c <= 122) return c - 87;
  return c >= 65 && c <= 90 ? c - 55 : 37;
}

/** What parseInteger found wrong: the number of digits that are too many, or that the text is no integer. */
export let tooManyDigits = 0;

/** Digits of any base below 37 to a BigInt, by halves. */
function parseDigits(digits: string, base: number): bigint {
  if (base === 10) return BigInt(digits);
  if (base === 16) return BigInt(`0x${digits}`);
  if (base === 8) return BigInt(`0o${digits}`);
  if (base === 2) return BigInt(`0b${digits}`);
  if (base === 4 || base === 32) {
    const width = base === 4 ? 2 : 5;
    let binary = '0b';
    for (let i = 0; i < digits.length; i++) binary += digitValue(digits.charCodeAt(i)).toString(2).padStart(width, '0');
    return BigInt(binary);
  }
  if (digits.length <= 10) return BigInt(parseInt(digits, base));
  const low = digits.length >> 1;
  const high = digits.length - low;
  return parseDigits(digits.slice(0, high), base) * BigInt(base) ** BigInt(low) + parseDigits(digits.slice(high), base);
}

/**
 * The integer that `text` stands for in `base` (0: by its prefix): surrounding ASCII whitespace, a sign, the base's prefix and single
 * underscores between digits are allowed.  null if it is none; then tooManyDigits is their number if only that is wrong, else 0.
 */
export function parseInteger(text: string, base: number): bigint | number | null {
  tooManyDigits = 0;
  let start = 0;
  let end = text.length;
  const space = (c: number) => c === 32 || (c >= 9 && c <= 13);
  while (start < end && space(text.charCodeAt(start))) start++;
  while (end > start && space(text.charCodeAt(end - 1))) end--;
  let negative = false;
  const c = text.charCodeAt(start);
  if (c === 43 || c === 45) {
    negative = c === 45;
    start++;
  }
  let zeroOnly = false;
  const marker = start < end && text.charCodeAt(start) === 48 && start + 1 < end ? text.charCodeAt(start + 1) | 32 : 0;
  if (base === 0) {
    if (text.charCodeAt(start) !== 48) base = 10;
    else if (marker === 120) base = 16;
    else if (marker === 111) base = 8;
    else if (marker === 98) base = 2;
    else {
      // An old octal literal is only valid as zero.
      zeroOnly = true;
      base = 10;
    }
  }
  if ((base === 16 && marker === 120) || (base === 8 && marker === 111) || (base === 2 && marker === 98)) {
    start += 2;
    if (start < end && text.charCodeAt(start) === 95) start++;
  }
  if (start >= end) return null;
  let hasUnderscore = false;
  let previous = 0;
  let underscores = 0;
  for (let i = start; i < end; i++) {
    const d = text.charCodeAt(i);
    if (d === 95) {
      if (i === start || previous === 95 || i === end - 1) return null;
      hasUnderscore = true;
      underscores++;
    } else if (digitValue(d) >= base) return null;
    previous = d;
  }
  const count = end - start - underscores;
  if ((base & (base - 1)) !== 0 && count > MAX_STR_DIGITS_THRESHOLD) {
    const limit = H32[int_max_str_digits];
    if (limit > 0 && count > limit) {
      tooManyDigits = count;
      return null;
    }
  }
  let digits = text.slice(start, end);
  if (hasUnderscore) digits = digits.replaceAll('_', '');
  if (digits.length <= 10) {
    const value = parseInt(digits, base);
    if (zeroOnly && value !== 0) return null;
    return negative ? 0 - value : value;
  }
  const value = parseDigits(digits, base);
  if (zeroOnly && value !== 0n) return null;
  return negative ? -value : value;
}

/**
 * The text of a str with decimal digits of all scripts as ASCII ones and all whitespace as spaces; other characters beyond ASCII become '?'
 * (_PyUnicode_TransformDecimalAndSpaceToASCII).
 */
export function asciiDecimal(o: Obj): string {
  const s = asString(o);
  if (PyUnicode_IS_ASCII(o)) return s;
  let out = '';
  for (const ch of s) {
    const c = ch.codePointAt(0) as number;
    if (c < 127) out += ch;
    else if (isSpace(c)) out += ' ';
    else {
      const d = toDecimal(c);
      out += d < 0 ? '?' : String(d);
    }
  }
  return out;
}

function invalidLiteral(o: Obj, base: number): Obj {
  if (tooManyDigits > 0) {
    return PyErr_SetString(
      PyExc_ValueError,
      `Exceeds the limit (${H32[int_max_str_digits]} digits) for integer string conversion: value has ${tooManyDigits} digits; use sys.set_int_max_str_digits() to increase the limit`,
    );
  }
  const shown = PyObject_Repr(o);
  if (shown === 0) return NULL;
  // Cut like CPython's %.200R.
  const text = [...asString(shown)].slice(0, 200).join('');
  decref(shown);
  return PyErr_SetString(PyExc_ValueError, `invalid literal for int() with base ${base}: ${text}`);
}

function fromParsed(value: bigint | number): Obj {
  return typeof value === 'number' ? PyLong_FromLong(value) : PyLong_FromBigInt(value);
}

/** int(str, base); new, or NULL with ValueError. */
export function PyLong_FromUnicodeObject(o: Obj, base: number): Obj {
  const value = parseInteger(asciiDecimal(o), base);
  return value === null ? invalidLiteral(o, base) : fromParsed(value);
}

/** int() of the bytes at an address; `shown` is what the error message shows (borrowed, or NULL: the bytes). */
export function _PyLong_FromBytes(address: number, n: number, base: number): Obj {
  let text = '';
  for (let i = 0; i < n; i++) text += String.fromCharCode(H8[address + i]);
  const value = parseInteger(text, base);
  if (value !== null) return fromParsed(value);
  const bytes = PyBytes_FromStringAndSize(address, n);
  if (bytes === 0) return NULL;
  invalidLiteral(bytes, base);
  decref(bytes);
  return NULL;
}

/** int(o, base) for text and buffers; NULL without an exception if `o` is neither and base is 10 by default. */
export function intFromText(o: Obj, base: number): Obj {
  if (PyUnicode_Check(o)) return PyLong_FromUnicodeObject(o, base);
  if (PyBytes_Check(o)) return _PyLong_FromBytes(PyBytes_AS_STRING(o), PyBytes_GET_SIZE(o), base);
  const handle = bufferOf(o);
  if (handle === 0) return NULL;
  const r = _PyLong_FromBytes(rangeStart, rangeLength, base);
  releaseBytes(handle);
  return r;
}

function bufferOf(o: Obj): number {
  return PyObject_CheckBuffer(o) ? acquireBytes(o) : 0;
}

/** int(o, base) with an explicit base. */
export function intFromTextWithBase(o: Obj, base: number): Obj {
  if (PyUnicode_Check(o) || PyBytes_Check(o) || PyObject_TypeCheck(o, PyByteArray_Type)) return intFromText(o, base);
  return PyErr_SetString(PyExc_TypeError, "int() can't convert non-string with explicit base");
}
