// What does a format specification say (library reference, "Format Specification Mini-Language")?
//
// Invariant: parseSpec either returns a complete specification or has raised ValueError with CPython's text; it judges only what does
// not depend on the value's type.

import { PyErr_SetString, typeName } from '../object/errors.js';
import type { Obj } from '../object/ptr.js';
import { PyExc_ValueError } from '../object/statics.js';
import { asString, PyUnicode_GET_LENGTH, PyUnicode_READ_CHAR } from '../object/unicode.js';
import { toDecimal } from '../object/unicode_ctype.js';

export interface FormatSpec {
  readonly fill: number;
  /** '<', '>', '=', '^' */
  readonly align: string;
  readonly alternate: boolean;
  readonly noNegativeZero: boolean;
  /** '+', '-', ' ' or '' */
  readonly sign: string;
  /** -1: none */
  readonly width: number;
  /** ',' or '_' or '' */
  readonly grouping: string;
  readonly fractionGrouping: string;
  /** -1: none */
  readonly precision: number;
  /** The presentation type, '' if none and the default has none. */
  readonly type: string;
}

const ALIGN = '<>=^';

/** Raises ValueError for a type that the value does not have; returns NULL. */
export function unknownType(type: string, o: Obj): Obj {
  const c = type.codePointAt(0) as number;
  const shown = c > 32 && c < 128 ? type : `\\x${c.toString(16)}`;
  return PyErr_SetString(PyExc_ValueError, `Unknown format code '${shown}' for object of type '${typeName(o)}'`);
}

let intValue = 0;
let at = 0;

/** Reads digits from index `at` on: how many, or -1 with an exception; the number is left in intValue. */
function integer(spec: Obj, end: number): number {
  let value = 0;
  let n = 0;
  while (at < end) {
    const d = toDecimal(PyUnicode_READ_CHAR(spec, at));
    if (d < 0) break;
    value = value * 10 + d;
    if (value > 0x7fffffff) {
      PyErr_SetString(PyExc_ValueError, 'Too many decimal digits in format string');
      return -1;
    }
    at++;
    n++;
  }
  intValue = value;
  return n;
}

function bad(message: string): null {
  PyErr_SetString(PyExc_ValueError, message);
  return null;
}

/** What was parsed before, by default type and text. */
const known = new Map<string, FormatSpec>();
const MAX_KNOWN = 500;

/** The specification in `spec` (a str) for the object `o`; null with ValueError. */
export function parseSpec(spec: Obj, o: Obj, defaultType: string, defaultAlign: string): FormatSpec | null {
  if (PyUnicode_GET_LENGTH(spec) > 20) return parse(spec, o, defaultType, defaultAlign);
  const key = `${defaultType}:${asString(spec)}`;
  let f: FormatSpec | null | undefined = known.get(key);
  if (f === undefined) {
    f = parse(spec, o, defaultType, defaultAlign);
    if (f !== null && known.size < MAX_KNOWN) known.set(key, f);
  }
  return f;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function parse(spec: Obj, o: Obj, defaultType: string, defaultAlign: string): FormatSpec | null {
  const end = PyUnicode_GET_LENGTH(spec);
  const ch = (i: number): string => (i < end ? String.fromCodePoint(PyUnicode_READ_CHAR(spec, i)) : '');
  const f: Mutable<FormatSpec> = {
    fill: 32,
    align: defaultAlign,
    alternate: false,
    noNegativeZero: false,
    sign: '',
    width: -1,
    grouping: '',
    fractionGrouping: '',
    precision: -1,
    type: defaultType,
  };
  let fillGiven = false;
  let alignGiven = false;
  at = 0;
  if (end >= 2 && ALIGN.includes(ch(1))) {
    f.align = ch(1);
    f.fill = PyUnicode_READ_CHAR(spec, 0);
    fillGiven = alignGiven = true;
    at = 2;
  } else if (end >= 1 && ALIGN.includes(ch(0))) {
    f.align = ch(0);
    alignGiven = true;
    at = 1;
  }
  let c = ch(at);
  if (c === '+' || c === '-' || c === ' ') {
    f.sign = c;
    c = ch(++at);
  }
  if (c === 'z') {
    f.noNegativeZero = true;
    c = ch(++at);
  }
  if (c === '#') {
    f.alternate = true;
    c = ch(++at);
  }
  if (!fillGiven && c === '0') {
    f.fill = 48;
    if (!alignGiven && defaultAlign === '>') f.align = '=';
    at++;
  }
  const digits = integer(spec, end);
  if (digits < 0) return null;
  if (digits > 0) f.width = intValue;
  c = ch(at);
  if (c === ',') {
    f.grouping = c;
    c = ch(++at);
  }
  if (c === '_') {
    if (f.grouping !== '') return bad("Cannot specify both ',' and '_'.");
    f.grouping = c;
    c = ch(++at);
  }
  if (c === ',' && f.grouping === '_') return bad("Cannot specify both ',' and '_'.");
  if (c === '.') {
    at++;
    const n = integer(spec, end);
    if (n < 0) return null;
    if (n > 0) f.precision = intValue;
    c = ch(at);
    if (c === ',') {
      f.fractionGrouping = c;
      c = ch(++at);
    }
    if (c === '_') {
      if (f.fractionGrouping !== '') return bad("Cannot specify both ',' and '_'.");
      f.fractionGrouping = c;
      c = ch(++at);
    }
    if (c === ',' && f.fractionGrouping === '_') return bad("Cannot specify both ',' and '_'.");
    if (n === 0 && f.fractionGrouping === '') return bad('Format specifier missing precision');
  }
  if (end - at > 1) return bad(`Invalid format specifier '${asString(spec)}' for object of type '${typeName(o)}'`);
  if (end - at === 1) f.type = c;
  if (
    f.grouping !== '' &&
    !(f.type === '' || 'defgEG%F'.includes(f.type)) &&
    !(f.grouping === '_' && 'boxX'.includes(f.type))
  ) {
    const code = f.type.codePointAt(0) as number;
    const shown = code > 32 && code < 128 ? f.type : `\\x${code.toString(16)}`;
    return bad(`Cannot specify '${f.grouping}' with '${shown}'.`);
  }
  // The locale decides how numbers of type 'n' are grouped.
  if (f.type === 'n' && f.fractionGrouping !== '') return bad(`Cannot specify '${f.fractionGrouping}' with 'n'.`);
  return f;
}
