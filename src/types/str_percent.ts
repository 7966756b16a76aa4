// The % operator of str (library reference, "printf-style String Formatting").
//
// Invariant: a format is literal text and conversions `%[(key)][flags][width][.precision][l|h|L]type`; a mapping's keys and a tuple's items
// do not mix, and all items of a tuple are used.

import { fullyQualifiedName } from './type.js';
import { precisionTooBig } from './format_number.js';
import { PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString, errMinus1, typeName } from '../object/errors.js';
import { PyFloat_AsDouble } from '../object/float.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { asBigInt, PyLong_AsInt, PyLong_AsLong, PyLong_AsSsize_t, PyLong_Check } from '../object/long.js';
import { PyMapping_Check, PyObject_GetItem } from '../object/mapping.js';
import { PyIndex_Check, PyNumber_Check, PyNumber_Index, PyNumber_Long } from '../object/number.js';
import { PyObject_ASCII, PyObject_Repr, PyObject_Str } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_OverflowError, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { PyUnicode_Check, PyUnicode_GET_LENGTH, PyUnicode_READ_CHAR, PyUnicode_Substring } from '../object/unicode.js';
import { UnicodeWriter } from '../object/unicode_writer.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { DTSF_ALT, doubleToString, LONGEST_TEXT } from './float_text.js';
import { longToText } from './format_long.js';

export const F_LJUST = 1;
export const F_SIGN = 2;
export const F_BLANK = 4;
export const F_ALT = 8;
export const F_ZERO = 16;

/** One conversion, parsed. */
export interface Conversion {
  flags: number;
  /** -1: none */
  width: number;
  precision: number;
  type: number;
}

const FLAG_CHARS = '-+ #0';

/** The arguments of a % operation: a mapping, the items of a tuple, or one object. */
export class PercentArgs {
  /** Borrowed, or owned when a key was looked up. */
  private single: Obj;
  private tuple: Obj;
  private at = 0;
  private readonly mapping: Obj;
  private keyed: Obj = NULL;
  private usedKey = false;
  private readonly unit: string;

  constructor(args: Obj, isText: (o: Obj) => boolean, unit: string) {
    this.unit = unit;
    this.tuple = PyTuple_Check(args) ? args : NULL;
    this.single = this.tuple === 0 ? args : NULL;
    this.mapping = this.tuple === 0 && PyMapping_Check(args) && !isText(args) ? args : NULL;
  }

  /** Makes the next argument mapping[key] (stolen); -1 with an exception. */
  useKey(key: Obj): number {
    const value = PyObject_GetItem(this.mapping, key);
    decref(key);
    if (value === 0) return -1;
    if (this.keyed !== 0) decref(this.keyed);
    this.keyed = value;
    this.usedKey = true;
    this.single = value;
    this.tuple = NULL;
    return 0;
  }

  get hasMapping(): boolean {
    return this.mapping !== 0;
  }

  /** The next argument, borrowed; NULL with TypeError if there is none. */
  next(): Obj {
    if (this.tuple !== 0) {
      if (this.at < PyTuple_GET_SIZE(this.tuple)) return PyTuple_GET_ITEM(this.tuple, this.at++);
    } else if (this.single !== 0) {
      const o = this.single;
      this.single = NULL;
      return o;
    }
    return PyErr_SetString(PyExc_TypeError, 'not enough arguments for format string');
  }

  /** 0 if everything was used; -1 with TypeError. */
  finish(): number {
    const left = this.tuple !== 0 ? this.at < PyTuple_GET_SIZE(this.tuple) : this.single !== 0;
    if (!left || this.mapping !== 0 || this.usedKey) return 0;
    return errMinus1(PyExc_TypeError, `not all arguments converted during ${this.unit} formatting`);
  }

  release(): void {
    if (this.keyed !== 0) decref(this.keyed);
    this.keyed = NULL;
  }
}

/** Reads characters of a format, for str and bytes alike. */
export type CharAt = (i: number) => number;

/** The index behind the last parsed conversion. */
export let conversionEnd = 0;

/**
 * Parses a conversion from index `i` (behind its '%') on; `key` makes the key object of a range.  Leaves conversionEnd; null with an
 * exception.
 */
export function parseConversion(
  at: CharAt,
  i: number,
  n: number,
  args: PercentArgs,
  key: (start: number, end: number) => Obj,
): Conversion | null {
  const c: Conversion = { flags: 0, width: -1, precision: -1, type: 0 };
  const incomplete = (): null => {
    PyErr_SetString(PyExc_ValueError, 'incomplete format');
    return null;
  };
  if (i < n && at(i) === 40) {
    if (!args.hasMapping) {
      PyErr_SetString(PyExc_TypeError, 'format requires a mapping');
      return null;
    }
    const start = ++i;
    let depth = 1;
    while (i < n && depth > 0) {
      const k = at(i++);
      if (k === 41) depth--;
      else if (k === 40) depth++;
    }
    if (depth > 0) {
      PyErr_SetString(PyExc_ValueError, 'incomplete format key');
      return null;
    }
    const k = key(start, i - 1);
    if (k === 0 || args.useKey(k) < 0) return null;
  }
  for (; i < n; i++) {
    const flag = FLAG_CHARS.indexOf(String.fromCharCode(at(i)));
    if (flag < 0 || at(i) > 127) break;
    c.flags |= [F_LJUST, F_SIGN, F_BLANK, F_ALT, F_ZERO][flag];
  }
  const star = (what: string, limit: (o: Obj) => number): number => {
    const o = args.next();
    if (o === 0) return -1;
    if (!PyLong_Check(o)) return errMinus1(PyExc_TypeError, '* wants int');
    const v = limit(o);
    if (v === -1 && PyErr_Occurred() !== 0) {
      if (PyErr_ExceptionMatches(PyExc_OverflowError)) PyErr_SetString(PyExc_OverflowError, what);
      return -1;
    }
    return v;
  };
  if (i < n && at(i) === 42) {
    i++;
    const w = star('Python int too large to convert to C ssize_t', PyLong_AsSsize_t);
    if (w === -1 && PyErr_Occurred() !== 0) return null;
    c.width = w;
    if (w === -0x80000000) {
      PyErr_SetString(PyExc_OverflowError, 'width too big');
      return null;
    }
    if (w < 0) {
      c.flags |= F_LJUST;
      c.width = -w;
    }
  } else {
    for (; i < n && at(i) >= 48 && at(i) <= 57; i++) {
      c.width = (c.width < 0 ? 0 : c.width) * 10 + at(i) - 48;
      if (c.width > 0x7fffffff) {
        PyErr_SetString(PyExc_ValueError, 'width too big');
        return null;
      }
    }
  }
  if (i < n && at(i) === 46) {
    i++;
    c.precision = 0;
    if (i < n && at(i) === 42) {
      i++;
      const p = star('Python int too large to convert to C int', PyLong_AsInt);
      if (p === -1 && PyErr_Occurred() !== 0) return null;
      c.precision = p < 0 ? 0 : p;
    } else {
      for (; i < n && at(i) >= 48 && at(i) <= 57; i++) {
        c.precision = c.precision * 10 + at(i) - 48;
        if (c.precision > 0x7fffffff) {
          PyErr_SetString(PyExc_ValueError, 'precision too big');
          return null;
        }
      }
    }
  }
  if (i < n && (at(i) === 104 || at(i) === 108 || at(i) === 76)) i++;
  if (i >= n) return incomplete();
  c.type = at(i++);
  conversionEnd = i;
  return c;
}

/** The text of a float conversion (sign included if negative or asked for), or null with an exception. */
export function percentFloat(o: Obj, c: Conversion): string | null {
  const x = PyFloat_AsDouble(o);
  return x === -1 && PyErr_Occurred() !== 0 ? null : percentDouble(x, c);
}

/** As percentFloat for a number that is known. */
export function percentDouble(x: number, c: Conversion): string | null {
  if (precisionTooBig(c.precision)) return null;
  return doubleToString(
    x,
    String.fromCharCode(c.type),
    c.precision < 0 ? 6 : c.precision,
    c.flags & F_ALT ? DTSF_ALT : 0,
  );
}

/** The text of an integer conversion d i u o x X with its prefix if '#', minus sign first; null with an exception. */
export function percentInteger(o: Obj, c: Conversion): string | null {
  const type = c.type === 105 || c.type === 117 ? 100 : c.type;
  const letter = String.fromCharCode(c.type);
  const refuse = (wanted: string): null => {
    PyErr_SetString(PyExc_TypeError, `%${letter} format: ${wanted}, not ${typeName(o)}`);
    return null;
  };
  const decimal = type === 100;
  let v: Obj;
  if (PyLong_Check(o)) v = newref(o);
  else if (decimal && PyNumber_Check(o)) {
    v = PyNumber_Long(o);
    if (v === 0) return PyErr_ExceptionMatches(PyExc_TypeError) ? refuse('a real number is required') : null;
  } else if (!decimal && PyIndex_Check(o)) {
    v = PyNumber_Index(o);
    if (v === 0) return PyErr_ExceptionMatches(PyExc_TypeError) ? refuse('an integer is required') : null;
  } else return refuse(decimal ? 'a real number is required' : 'an integer is required');
  const base = decimal ? 10 : type === 111 ? 8 : 16;
  const text = decimal ? longToText(v) : asBigInt(v).toString(base);
  decref(v);
  if (text === null) return null;
  const negative = text.startsWith('-');
  let digits = negative ? text.slice(1) : text;
  if (c.precision > 0x7fffffff - 3) {
    PyErr_SetString(PyExc_OverflowError, 'precision too large');
    return null;
  }
  if (c.precision > LONGEST_TEXT) {
    PyErr_NoMemory();
    return null;
  }
  if (digits.length < c.precision) digits = digits.padStart(c.precision, '0');
  const prefix = c.flags & F_ALT && !decimal ? (base === 8 ? '0o' : '0x') : '';
  const all = prefix + digits;
  return (negative ? '-' : '') + (type === 88 ? all.toUpperCase() : all);
}

/**
 * Adds sign and zeros to the text of a number as flags and width ask; the rest of the width is for the caller to fill.  `keepPrefix`: zeros go
 * behind 0x and 0o.
 */
export function finishNumber(text: string, c: Conversion, keepPrefix: boolean): string {
  let sign = '';
  let body = text;
  if (text.startsWith('-')) {
    sign = '-';
    body = text.slice(1);
  } else if (c.flags & F_SIGN) sign = '+';
  else if (c.flags & F_BLANK) sign = ' ';
  if (c.flags & F_ZERO && !(c.flags & F_LJUST)) {
    const prefix = keepPrefix ? body.slice(0, 2) : '';
    const digits = body.slice(prefix.length);
    const room = c.width - sign.length - prefix.length;
    if (room < 0x1000000) body = prefix + digits.padStart(room, '0');
  }
  return sign + body;
}

function charArg(o: Obj): number {
  if (PyUnicode_Check(o)) {
    if (PyUnicode_GET_LENGTH(o) === 1) return PyUnicode_READ_CHAR(o, 0);
    return errMinus1(
      PyExc_TypeError,
      `%c requires an int or a unicode character, not a string of length ${PyUnicode_GET_LENGTH(o)}`,
    );
  }
  const v = PyNumber_Index(o);
  if (v === 0) {
    if (PyErr_ExceptionMatches(PyExc_TypeError)) {
      PyErr_SetString(
        PyExc_TypeError,
        `%c requires an int or a unicode character, not ${fullyQualifiedName(Py_TYPE(o), true)}`,
      );
    }
    return -1;
  }
  const x = PyLong_AsLong(v);
  decref(v);
  if (x === -1 && PyErr_Occurred() !== 0 && !PyErr_ExceptionMatches(PyExc_OverflowError)) return -1;
  if (x < 0 || x > 0x10ffff) return errMinus1(PyExc_OverflowError, '%c arg not in range(0x110000)');
  return x;
}

function padTo(w: UnicodeWriter, length: number, c: Conversion, body: () => number): number {
  const padding = Math.max(0, c.width - length);
  if (!(c.flags & F_LJUST) && w.fill(32, padding) < 0) return -1;
  if (body() < 0) return -1;
  return c.flags & F_LJUST ? w.fill(32, padding) : 0;
}

function writeConversion(w: UnicodeWriter, c: Conversion, args: PercentArgs, index: number): number {
  const o = args.next();
  if (o === 0) return -1;
  switch (c.type) {
    case 115:
    case 114:
    case 97: {
      const s = c.type === 115 ? PyObject_Str(o) : c.type === 114 ? PyObject_Repr(o) : PyObject_ASCII(o);
      if (s === 0) return -1;
      const length = PyUnicode_GET_LENGTH(s);
      const n = c.precision >= 0 && c.precision < length ? c.precision : length;
      const r = padTo(w, n, c, () => w.substring(s, 0, n));
      decref(s);
      return r;
    }
    case 99: {
      const x = charArg(o);
      return x < 0 ? -1 : padTo(w, 1, c, () => w.char(x));
    }
    case 100:
    case 105:
    case 117:
    case 111:
    case 120:
    case 88: {
      const text = percentInteger(o, c);
      if (text === null) return -1;
      const hasPrefix = (c.flags & F_ALT) !== 0 && (c.type === 111 || c.type === 120 || c.type === 88);
      const done = finishNumber(text, c, hasPrefix);
      return padTo(w, done.length, c, () => w.ascii(done));
    }
    case 101:
    case 69:
    case 102:
    case 70:
    case 103:
    case 71: {
      const text = percentFloat(o, c);
      if (text === null) return -1;
      const done = finishNumber(text, c, false);
      return padTo(w, done.length, c, () => w.ascii(done));
    }
    default: {
      const shown = c.type > 31 && c.type < 127 ? String.fromCharCode(c.type) : '?';
      return errMinus1(
        PyExc_ValueError,
        `unsupported format character '${shown}' (0x${c.type.toString(16)}) at index ${index}`,
      );
    }
  }
}

/** Returns format % args as a new str (PyUnicode_Format). */
export function PyUnicode_Format(format: Obj, argsObj: Obj): Obj {
  const n = PyUnicode_GET_LENGTH(format);
  const at: CharAt = (i) => PyUnicode_READ_CHAR(format, i);
  const args = new PercentArgs(argsObj, PyUnicode_Check, 'string');
  const w = new UnicodeWriter();
  const fail = (): Obj => {
    args.release();
    return w.fail();
  };
  let i = 0;
  while (i < n) {
    const start = i;
    while (i < n && at(i) !== 37) i++;
    if (w.substring(format, start, i) < 0) return fail();
    if (i >= n) break;
    if (i + 1 < n && at(i + 1) === 37) {
      if (w.char(37) < 0) return fail();
      i += 2;
      continue;
    }
    const c = parseConversion(at, i + 1, n, args, (a, b) => PyUnicode_Substring(format, a, b));
    if (c === null) return fail();
    i = conversionEnd;
    if (writeConversion(w, c, args, i - 1) < 0) return fail();
  }
  if (args.finish() < 0) return fail();
  args.release();
  return w.finish();
}
