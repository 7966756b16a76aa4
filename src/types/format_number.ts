// How is a number laid out in a field?
//
//   | left padding | sign | prefix | '=' padding | digits with separators | point | fraction and exponent | right padding |
//
// Invariant: the texts that come in are ASCII, made without regard to width; only here are they grouped and padded.

import { PyErr_NoMemory } from '../object/no_memory.js';
import { PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyFloat_AsDouble } from '../object/float.js';
import { decref } from '../object/header.js';
import { asBigInt, PyLong_AsLong, PyLong_CheckExact } from '../object/long.js';
import { PyNumber_Float } from '../object/number.js';
import { PyObject_Str } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_OverflowError, PyExc_ValueError } from '../object/statics.js';
import { PyUnicode_FromString, PyUnicode_GET_LENGTH, unicodeChar } from '../object/unicode.js';
import { UnicodeWriter } from '../object/unicode_writer.js';
import { DTSF_ADD_DOT_0, DTSF_ALT, DTSF_NO_NEG_0, doubleToString, LONGEST_TEXT } from './float_text.js';
import { type FormatSpec, parseSpec, unknownType } from './format_spec.js';
import { complexParts, imagPart, realPart } from './complex_parts.js';
import { longToText } from './format_long.js';

/** Inserts separators into a run of digits from the right; zeros fill it up to `minWidth` characters, separators included. */
export function groupDigits(digits: string, separator: string, size: number, minWidth: number): string {
  if (separator === '') return digits.padStart(minWidth, '0');
  const parts: string[] = [];
  let remaining = digits.length;
  let width = minWidth;
  for (;;) {
    const n = Math.min(size, Math.max(remaining, width, 1));
    const take = Math.max(0, Math.min(remaining, n));
    parts.push('0'.repeat(n - take) + digits.slice(remaining - take, remaining));
    remaining -= take;
    width -= n;
    if (remaining <= 0 && width <= 0) break;
    width--;
  }
  return parts.reverse().join(separator);
}

/** Inserts separators into the leading digits of what follows the point. */
function groupFraction(rest: string, separator: string): string {
  if (separator === '') return rest;
  const n = /^\d*/.exec(rest)?.[0].length ?? 0;
  return rest.slice(0, n).replace(/\d{3}(?=\d)/g, `$&${separator}`) + rest.slice(n);
}

interface Parts {
  negative: boolean;
  prefix: string;
  digits: string;
  point: string;
  rest: string;
}

/** Splits the text of a float into sign, digits, point and what follows. */
function splitNumber(text: string): Parts {
  const negative = text.startsWith('-');
  const body = negative ? text.slice(1) : text;
  const digits = /^\d*/.exec(body)?.[0] ?? '';
  const hasPoint = body[digits.length] === '.';
  return {
    negative,
    prefix: '',
    digits,
    point: hasPoint ? '.' : '',
    rest: body.slice(digits.length + (hasPoint ? 1 : 0)),
  };
}

function signText(spec: FormatSpec, negative: boolean): string {
  if (negative) return '-';
  return spec.sign === '+' || spec.sign === ' ' ? spec.sign : '';
}

/** The digits of `p` grouped, for a field of `width` that is filled with zeros behind the sign if `zeros`. */
function grouped(p: Parts, spec: FormatSpec, sign: string, rest: string, zeros: boolean): string {
  if (p.digits === '') return '';
  const others = sign.length + p.prefix.length + p.point.length + rest.length;
  const min = zeros ? spec.width - others : 0;
  const size = spec.grouping === '_' && 'boxX'.includes(spec.type) && spec.type !== '' ? 4 : 3;
  return groupDigits(p.digits, spec.grouping, size, Math.max(min, 0));
}

/** Returns the str of a laid-out number. */
function layOut(p: Parts, spec: FormatSpec, upper: boolean): Obj {
  const sign = signText(spec, p.negative);
  const rest = groupFraction(p.rest, spec.fractionGrouping);
  // A width without bound would not fit in memory anyway; the writer says so.
  const zeros = spec.fill === 48 && spec.align === '=' && spec.width < 0x1000000;
  let body = grouped(p, spec, sign, rest, zeros) + p.point + rest;
  let head = sign + p.prefix;
  if (upper) {
    body = body.toUpperCase();
    head = head.toUpperCase();
  }
  return padded(head, body, spec, spec.align);
}

function padded(head: string, body: string, spec: FormatSpec, align: string): Obj {
  const padding = Math.max(0, spec.width - head.length - body.length);
  if (padding === 0) return PyUnicode_FromString(head + body);
  const left = align === '>' ? padding : align === '^' ? padding >> 1 : 0;
  const inner = align === '=' ? padding : 0;
  const w = new UnicodeWriter();
  if (
    w.fill(spec.fill, left) < 0 ||
    w.text(head) < 0 ||
    w.fill(spec.fill, inner) < 0 ||
    w.text(body) < 0 ||
    w.fill(spec.fill, padding - left - inner) < 0
  ) {
    return w.fail();
  }
  return w.finish();
}

// ---- int -----------------------------------------------------------------------------------------------------------------------

function formatLong(o: Obj, spec: FormatSpec): Obj {
  const value = (message: string): Obj => PyErr_SetString(PyExc_ValueError, message);
  if (spec.precision !== -1) return value('Precision not allowed in integer format specifier');
  if (spec.noNegativeZero) return value('Negative zero coercion (z) not allowed in integer format specifier');
  if (spec.type === 'c') {
    if (spec.sign !== '') return value("Sign not allowed with integer format specifier 'c'");
    if (spec.alternate) return value("Alternate form (#) not allowed with integer format specifier 'c'");
    const c = PyLong_AsLong(o);
    if (c === -1 && PyErr_Occurred() !== 0 && !PyErr_ExceptionMatches(PyExc_OverflowError)) return NULL;
    if (c < 0 || c > 0x10ffff) return PyErr_SetString(PyExc_OverflowError, '%c arg not in range(0x110000)');
    if (spec.width <= 1) return unicodeChar(c);
    const padding = spec.width - 1;
    const left = spec.align === '<' ? 0 : spec.align === '^' ? padding >> 1 : padding;
    const w = new UnicodeWriter();
    if (w.fill(spec.fill, left) < 0 || w.char(c) < 0 || w.fill(spec.fill, padding - left) < 0) return w.fail();
    return w.finish();
  }
  const base = spec.type === 'b' ? 2 : spec.type === 'o' ? 8 : spec.type === 'x' || spec.type === 'X' ? 16 : 10;
  const text = base === 10 ? longToText(o) : asBigInt(o).toString(base);
  if (text === null) return NULL;
  const negative = text.startsWith('-');
  const prefix = spec.alternate && base !== 10 ? (base === 2 ? '0b' : base === 8 ? '0o' : '0x') : '';
  const digits = negative ? text.slice(1) : text;
  return layOut({ negative, prefix, digits, point: '', rest: '' }, spec, spec.type === 'X');
}

/** int.__format__: a new str, or NULL. */
export function _PyLong_FormatAdvanced(o: Obj, specObj: Obj): Obj {
  if (PyUnicode_GET_LENGTH(specObj) === 0) {
    if (!PyLong_CheckExact(o)) return PyObject_Str(o);
    const text = longToText(o);
    return text === null ? NULL : PyUnicode_FromString(text);
  }
  const spec = parseSpec(specObj, o, 'd', '>');
  if (spec === null) return NULL;
  if ('bcdoxXn'.includes(spec.type)) return formatLong(o, spec);
  if (!'eEfFgG%'.includes(spec.type)) return unknownType(spec.type, o);
  const f = PyNumber_Float(o);
  if (f === 0) return NULL;
  const r = formatFloat(PyFloat_AsDouble(f), spec);
  decref(f);
  return r;
}

// ---- float ---------------------------------------------------------------------------------------------------------------------

function floatText(x: number, spec: FormatSpec): string {
  let flags = (spec.alternate ? DTSF_ALT : 0) | (spec.noNegativeZero ? DTSF_NO_NEG_0 : 0);
  let type = spec.type;
  let fallback = 6;
  if (type === '') {
    flags |= DTSF_ADD_DOT_0;
    type = 'r';
    fallback = 0;
  } else if (type === 'n') type = 'g';
  if (type === '%') return `${doubleToString(x * 100, 'f', spec.precision < 0 ? fallback : spec.precision, flags)}%`;
  if (spec.precision >= 0 && type === 'r') type = 'g';
  return doubleToString(x, type, spec.precision < 0 ? fallback : spec.precision, flags);
}

/** With more digits CPython's own conversion of doubles would overflow an int. */
const MAX_PRECISION = 0x7fffffff - 1024;

/** Whether a float cannot be written with so many digits: true with ValueError or MemoryError. */
export function precisionTooBig(precision: number): boolean {
  if (precision <= LONGEST_TEXT) return false;
  if (precision > MAX_PRECISION) PyErr_SetString(PyExc_ValueError, 'precision too big');
  else PyErr_NoMemory();
  return true;
}

function formatFloat(x: number, spec: FormatSpec): Obj {
  if (precisionTooBig(spec.precision)) return NULL;
  const text = floatText(x, spec);
  // Nothing to group, to pad or to sign: the common case.
  if (
    spec.width <= text.length &&
    spec.grouping === '' &&
    spec.fractionGrouping === '' &&
    spec.sign !== '+' &&
    spec.sign !== ' '
  ) {
    return PyUnicode_FromString(text);
  }
  return layOut(splitNumber(text), spec, false);
}

/** float.__format__: a new str, or NULL. */
export function _PyFloat_FormatAdvanced(o: Obj, specObj: Obj): Obj {
  if (PyUnicode_GET_LENGTH(specObj) === 0) return PyObject_Str(o);
  const spec = parseSpec(specObj, o, '', '>');
  if (spec === null) return NULL;
  if (spec.type !== '' && !'eEfFgGn%'.includes(spec.type)) return unknownType(spec.type, o);
  return formatFloat(PyFloat_AsDouble(o), spec);
}

// ---- complex -------------------------------------------------------------------------------------------------------------------

/** complex.__format__: a new str, or NULL. */
export function _PyComplex_FormatAdvanced(o: Obj, specObj: Obj): Obj {
  if (PyUnicode_GET_LENGTH(specObj) === 0) return PyObject_Str(o);
  const spec = parseSpec(specObj, o, '', '>');
  if (spec === null) return NULL;
  if (spec.type !== '' && !'eEfFgGn'.includes(spec.type)) return unknownType(spec.type, o);
  if (precisionTooBig(spec.precision)) return NULL;
  if (spec.fill === 48)
    return PyErr_SetString(PyExc_ValueError, 'Zero padding is not allowed in complex format specifier');
  if (spec.align === '=') {
    return PyErr_SetString(PyExc_ValueError, "'=' alignment flag is not allowed in complex format specifier");
  }
  complexParts(o);
  const re = realPart;
  const im = imagPart;
  const skipReal = spec.type === '' && Object.is(re, 0);
  const parens = spec.type === '' && !skipReal;
  const inner: FormatSpec = { ...spec, width: -1, fill: 32, align: '<' };
  // Without a type the parts are shown as by repr, with no '.0'.
  const part = (x: number, s: FormatSpec): string => {
    const flags = (s.alternate ? DTSF_ALT : 0) | (s.noNegativeZero ? DTSF_NO_NEG_0 : 0);
    const type = s.type === '' ? (s.precision < 0 ? 'r' : 'g') : s.type === 'n' ? 'g' : s.type;
    const p = splitNumber(doubleToString(x, type, s.precision < 0 ? (s.type === '' ? 0 : 6) : s.precision, flags));
    const sign = signText(s, p.negative);
    const rest = groupFraction(p.rest, s.fractionGrouping);
    return sign + grouped(p, s, sign, rest, false) + p.point + rest;
  };
  const imag = part(im, skipReal ? inner : { ...inner, sign: '+' });
  const body = `${parens ? '(' : ''}${skipReal ? '' : part(re, inner)}${imag}j${parens ? ')' : ''}`;
  return padded('', body, spec, spec.align);
}
