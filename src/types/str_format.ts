// str.format, str.format_map and str.__format__ (PEP 3101).
//
// Invariant: a format string is read from left to right as literal text and fields; a field's name is an argument (number, keyword, or empty
// for the next one) followed by .attributes and [items]; its specification may contain fields itself, two levels deep in all.  Automatic
// and manual numbering do not mix.

import { PyDict_CheckExact, PyDict_GetItemWithError } from '../object/dict.js';
import { errMinus1, PyErr_Occurred, PyErr_SetObject, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyObject_GetItem } from '../object/mapping.js';
import { PyObject_ASCII, PyObject_GetAttr, PyObject_Repr, PyObject_Str } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { emptyString, PyExc_IndexError, PyExc_KeyError, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import {
  PyUnicode_Check,
  PyUnicode_CheckExact,
  PyUnicode_GET_LENGTH,
  PyUnicode_MAX_CHAR_VALUE,
  PyUnicode_READ_CHAR,
  PyUnicode_Substring,
} from '../object/unicode.js';
import { toDecimal } from '../object/unicode_ctype.js';
import { UnicodeWriter } from '../object/unicode_writer.js';
import { PyObject_Format } from './format.js';
import { parseSpec, unknownType } from './format_spec.js';

const OPEN = 123;
const CLOSE = 125;
const BANG = 33;
const COLON = 58;
const LBRACKET = 91;
const RBRACKET = 93;
const DOT = 46;

/** str.__format__: a new str, or NULL. */
export function str___format__(o: Obj, specObj: Obj): Obj {
  if (!PyUnicode_Check(specObj)) {
    return PyErr_SetString(PyExc_TypeError, `__format__() argument must be str, not ${typeName(specObj)}`);
  }
  if (PyUnicode_GET_LENGTH(specObj) === 0) return PyUnicode_CheckExact(o) ? newref(o) : PyObject_Str(o);
  const spec = parseSpec(specObj, o, 's', '<');
  if (spec === null) return NULL;
  if (spec.type !== 's') return unknownType(spec.type, o);
  const refuse = (what: string): Obj =>
    PyErr_SetString(PyExc_ValueError, `${what} not allowed in string format specifier`);
  if (spec.sign !== '') return refuse(spec.sign === ' ' ? 'Space' : 'Sign');
  if (spec.noNegativeZero) return refuse('Negative zero coercion (z)');
  if (spec.alternate) return refuse('Alternate form (#)');
  if (spec.align === '=') return refuse("'=' alignment");
  const length = PyUnicode_GET_LENGTH(o);
  const n = spec.precision >= 0 && spec.precision < length ? spec.precision : length;
  const padding = Math.max(0, spec.width - n);
  if (padding === 0) return PyUnicode_Substring(o, 0, n);
  const left = spec.align === '>' ? padding : spec.align === '^' ? padding >> 1 : 0;
  const w = new UnicodeWriter();
  const max = n === length ? PyUnicode_MAX_CHAR_VALUE(o) : 0;
  if (
    w.reserve(n + padding, Math.max(spec.fill, max)) < 0 ||
    w.fill(spec.fill, left) < 0 ||
    w.substring(o, 0, n) < 0 ||
    w.fill(spec.fill, padding - left) < 0
  ) {
    return w.fail();
  }
  return w.finish();
}

// ---- parsing -------------------------------------------------------------------------------------------------------------------

/** One step through a format string: literal text, then perhaps a field. */
export interface Piece {
  literalStart: number;
  literalEnd: number;
  /** Whether a field follows; the rest is about it. */
  field: boolean;
  nameStart: number;
  nameEnd: number;
  specStart: number;
  specEnd: number;
  /** The conversion character, 0 if none. */
  conversion: number;
  /** Whether the specification contains fields. */
  nested: boolean;
}

export class MarkupIterator {
  private readonly text: Obj;
  private at: number;
  private readonly end: number;
  readonly piece: Piece = {
    literalStart: 0,
    literalEnd: 0,
    field: false,
    nameStart: 0,
    nameEnd: 0,
    specStart: 0,
    specEnd: 0,
    conversion: 0,
    nested: false,
  };

  constructor(text: Obj, start: number, end: number) {
    this.text = text;
    this.at = start;
    this.end = end;
  }

  /** How far the text was read. */
  get position(): number {
    return this.at;
  }

  /** Reads the next piece: 1, 0 at the end, -1 with ValueError. */
  next(): number {
    const { text, end, piece } = this;
    piece.field = piece.nested = false;
    piece.conversion = 0;
    piece.nameStart = piece.nameEnd = piece.specStart = piece.specEnd = 0;
    if (this.at >= end) return 0;
    const start = this.at;
    let c = 0;
    let markup = false;
    while (this.at < end) {
      c = PyUnicode_READ_CHAR(text, this.at++);
      if (c === OPEN || c === CLOSE) {
        markup = true;
        break;
      }
    }
    const atEnd = this.at >= end;
    let length = this.at - start;
    if (c === CLOSE && (atEnd || PyUnicode_READ_CHAR(text, this.at) !== CLOSE)) {
      return errMinus1(PyExc_ValueError, "Single '}' encountered in format string");
    }
    if (atEnd && c === OPEN) return errMinus1(PyExc_ValueError, "Single '{' encountered in format string");
    if (!atEnd && markup) {
      if (PyUnicode_READ_CHAR(text, this.at) === c) {
        // Doubled: one of it belongs to the literal text.
        this.at++;
        markup = false;
      } else length--;
    }
    piece.literalStart = start;
    piece.literalEnd = start + length;
    if (!markup) return 1;
    piece.field = true;
    return this.field();
  }

  private field(): number {
    const { text, end, piece } = this;
    piece.nameStart = this.at;
    let c = 0;
    for (;;) {
      if (this.at >= end) {
        return errMinus1(PyExc_ValueError, "expected '}' before end of string");
      }
      c = PyUnicode_READ_CHAR(text, this.at++);
      if (c === OPEN) return errMinus1(PyExc_ValueError, "unexpected '{' in field name");
      if (c === LBRACKET) {
        // Inside of brackets, nothing but ']' ends the item.
        while (this.at < end && PyUnicode_READ_CHAR(text, this.at) !== RBRACKET) this.at++;
        continue;
      }
      if (c === CLOSE || c === COLON || c === BANG) break;
    }
    piece.nameEnd = this.at - 1;
    if (c === CLOSE) return 1;
    if (c === BANG) {
      if (this.at >= end) {
        return errMinus1(PyExc_ValueError, 'end of string while looking for conversion specifier');
      }
      piece.conversion = PyUnicode_READ_CHAR(text, this.at++);
      if (this.at < end) {
        c = PyUnicode_READ_CHAR(text, this.at++);
        if (c === CLOSE) return 1;
        if (c !== COLON) return errMinus1(PyExc_ValueError, "expected ':' after conversion specifier");
      }
    }
    piece.specStart = this.at;
    piece.specEnd = end;
    let depth = 1;
    while (this.at < end) {
      c = PyUnicode_READ_CHAR(text, this.at);
      if (c === OPEN) {
        piece.nested = true;
        depth++;
      } else if (c === CLOSE && --depth === 0) {
        piece.specEnd = this.at++;
        return 1;
      }
      this.at++;
    }
    return errMinus1(PyExc_ValueError, "unmatched '{' in format spec");
  }
}

/** The integer that text[start:end] spells in decimal digits; -1 if it does not, -2 with ValueError if it is too large. */
export function fieldInteger(text: Obj, start: number, end: number): number {
  if (start >= end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const d = toDecimal(PyUnicode_READ_CHAR(text, i));
    if (d < 0) return -1;
    value = value * 10 + d;
    if (value > 0x7fffffff) {
      PyErr_SetString(PyExc_ValueError, 'Too many decimal digits in format string');
      return -2;
    }
  }
  return value;
}

/** Walks the .attributes and [items] of a field name. */
export class FieldNameIterator {
  private readonly text: Obj;
  private at: number;
  private readonly end: number;
  isAttribute = false;
  /** The item's number, or -1; then the text's range. */
  index = -1;
  start = 0;
  stop = 0;

  constructor(text: Obj, start: number, end: number) {
    this.text = text;
    this.at = start;
    this.end = end;
  }

  get position(): number {
    return this.at;
  }

  /** 1, 0 at the end, -1 with ValueError. */
  next(): number {
    const { text, end } = this;
    if (this.at >= end) return 0;
    const c = PyUnicode_READ_CHAR(text, this.at++);
    this.index = -1;
    if (c === DOT) {
      this.isAttribute = true;
      this.start = this.at;
      while (this.at < end) {
        const k = PyUnicode_READ_CHAR(text, this.at);
        if (k === LBRACKET || k === DOT) break;
        this.at++;
      }
      this.stop = this.at;
    } else if (c === LBRACKET) {
      this.isAttribute = false;
      this.start = this.at;
      while (this.at < end && PyUnicode_READ_CHAR(text, this.at) !== RBRACKET) this.at++;
      if (this.at >= end) return errMinus1(PyExc_ValueError, "Missing ']' in format string");
      this.stop = this.at++;
      this.index = fieldInteger(text, this.start, this.stop);
      if (this.index === -2) return -1;
    } else return errMinus1(PyExc_ValueError, "Only '.' or '[' may follow ']' in format field specifier");
    if (this.start === this.stop) return errMinus1(PyExc_ValueError, 'Empty attribute in format string');
    return 1;
  }
}

/** Where the first part of a field name (before '.' or '[') ends. */
export function firstPartEnd(text: Obj, start: number, end: number): number {
  let i = start;
  while (i < end) {
    const c = PyUnicode_READ_CHAR(text, i);
    if (c === DOT || c === LBRACKET) break;
    i++;
  }
  return i;
}

// ---- filling in ----------------------------------------------------------------------------------------------------------------

const UNKNOWN = 0;
const AUTOMATIC = 1;
const MANUAL = 2;

class Formatter {
  private numbering = UNKNOWN;
  private nextIndex = 0;
  private readonly args: Obj;
  private readonly kwargs: Obj;

  /** `args` a tuple or NULL (format_map); `kwargs` a mapping or NULL. */
  constructor(args: Obj, kwargs: Obj) {
    this.args = args;
    this.kwargs = kwargs;
  }

  /** Whether the numbering of a field is consistent with those before; false with ValueError. */
  private number(automatic: boolean): boolean {
    if (this.numbering === UNKNOWN) this.numbering = automatic ? AUTOMATIC : MANUAL;
    if (this.numbering === MANUAL && automatic) {
      PyErr_SetString(PyExc_ValueError, 'cannot switch from manual field specification to automatic field numbering');
      return false;
    }
    if (this.numbering === AUTOMATIC && !automatic) {
      PyErr_SetString(PyExc_ValueError, 'cannot switch from automatic field numbering to manual field specification');
      return false;
    }
    return true;
  }

  private argument(text: Obj, start: number, end: number): Obj {
    let index = fieldInteger(text, start, end);
    if (index === -2) return NULL;
    const empty = start === end;
    if (empty || index !== -1) {
      if (!this.number(empty)) return NULL;
      if (empty) index = this.nextIndex++;
    }
    if (index === -1) {
      const key = PyUnicode_Substring(text, start, end);
      if (key === 0) return NULL;
      let value: Obj = NULL;
      if (this.kwargs === 0) PyErr_SetObject(PyExc_KeyError, key);
      else if (PyDict_CheckExact(this.kwargs)) {
        value = PyDict_GetItemWithError(this.kwargs, key);
        if (value !== 0) newref(value);
        else if (PyErr_Occurred() === 0) PyErr_SetObject(PyExc_KeyError, key);
      } else value = PyObject_GetItem(this.kwargs, key);
      decref(key);
      return value;
    }
    if (this.args === 0) return PyErr_SetString(PyExc_ValueError, 'Format string contains positional fields');
    if (index >= PyTuple_GET_SIZE(this.args)) {
      return PyErr_SetString(PyExc_IndexError, `Replacement index ${index} out of range for positional args tuple`);
    }
    return newref(PyTuple_GET_ITEM(this.args, index));
  }

  /** The object that a field name stands for, a new reference. */
  private lookup(text: Obj, start: number, end: number): Obj {
    const first = firstPartEnd(text, start, end);
    let o = this.argument(text, start, first);
    if (o === 0) return NULL;
    const it = new FieldNameIterator(text, first, end);
    for (;;) {
      const more = it.next();
      if (more === 0) return o;
      let value: Obj = NULL;
      if (more > 0) {
        const key = it.index >= 0 ? PyLong_FromLong(it.index) : PyUnicode_Substring(text, it.start, it.stop);
        if (key !== 0) {
          value = it.isAttribute ? PyObject_GetAttr(o, key) : PyObject_GetItem(o, key);
          decref(key);
        }
      }
      decref(o);
      if (value === 0) return NULL;
      o = value;
    }
  }

  private field(text: Obj, piece: Piece, w: UnicodeWriter, depth: number): number {
    let o = this.lookup(text, piece.nameStart, piece.nameEnd);
    if (o === 0) return -1;
    if (piece.conversion !== 0) {
      const converted = convert(o, piece.conversion);
      decref(o);
      if (converted === 0) return -1;
      o = converted;
    }
    let spec: Obj;
    if (piece.nested) spec = this.build(text, piece.specStart, piece.specEnd, depth - 1);
    else if (piece.specStart === piece.specEnd) spec = newref(emptyString);
    else spec = PyUnicode_Substring(text, piece.specStart, piece.specEnd);
    if (spec === 0) {
      decref(o);
      return -1;
    }
    const r = PyObject_Format(o, spec);
    decref(spec);
    decref(o);
    if (r === 0) return -1;
    const status = w.str(r);
    decref(r);
    return status;
  }

  /** Returns text[start:end] with its fields filled in. */
  build(text: Obj, start: number, end: number, depth: number): Obj {
    if (depth <= 0) return PyErr_SetString(PyExc_ValueError, 'Max string recursion exceeded');
    const it = new MarkupIterator(text, start, end);
    const w = new UnicodeWriter();
    for (;;) {
      const more = it.next();
      if (more < 0) return w.fail();
      if (more === 0) return w.finish();
      const p = it.piece;
      if (w.substring(text, p.literalStart, p.literalEnd) < 0) return w.fail();
      if (p.field && this.field(text, p, w, depth) < 0) return w.fail();
    }
  }
}

/** Applies !s, !r or !a: a new reference, or NULL with ValueError. */
function convert(o: Obj, conversion: number): Obj {
  if (conversion === 114) return PyObject_Repr(o);
  if (conversion === 115) return PyObject_Str(o);
  if (conversion === 97) return PyObject_ASCII(o);
  const shown = conversion > 32 && conversion < 127 ? String.fromCharCode(conversion) : `\\x${conversion.toString(16)}`;
  return PyErr_SetString(PyExc_ValueError, `Unknown conversion specifier ${shown}`);
}

const MAX_DEPTH = 2;

export function str_format(self: Obj, args: Obj, kwargs: Obj): Obj {
  return new Formatter(args, kwargs).build(self, 0, PyUnicode_GET_LENGTH(self), MAX_DEPTH);
}

export function str_format_map(self: Obj, mapping: Obj): Obj {
  return new Formatter(NULL, mapping).build(self, 0, PyUnicode_GET_LENGTH(self), MAX_DEPTH);
}
