// How does a str look in source code?  Invariant: repr() quotes with ' unless the text has ' and no "; what is not printable is escaped in
// the shortest of \n-like, \xhh, \uhhhh, \Uhhhhhhhh; ascii() escapes everything above 0x7e as well.

import { H8 } from '../memory/linear.js';
import { newref } from '../object/header.js';
import { readChar } from '../object/memcpy.js';
import type { Obj } from '../object/ptr.js';
import {
  PyUnicode_DATA,
  PyUnicode_GET_LENGTH,
  PyUnicode_IS_ASCII,
  PyUnicode_KIND,
  PyUnicode_New,
  U_DATA,
} from '../object/unicode.js';
import { isPrintable } from '../object/unicode_ctype.js';
import { UnicodeWriter } from '../object/unicode_writer.js';

const HEX = '0123456789abcdef';

function hexDigits(w: UnicodeWriter, c: number, digits: number): number {
  for (let shift = (digits - 1) * 4; shift >= 0; shift -= 4)
    if (w.char(HEX.charCodeAt((c >>> shift) & 15)) < 0) return -1;
  return 0;
}

/** Appends the escape of a character that is shown as \t \n \r or in hexadecimal. */
export function writeEscape(w: UnicodeWriter, c: number): number {
  if (w.char(92) < 0) return -1;
  if (c === 9) return w.char(116);
  if (c === 10) return w.char(110);
  if (c === 13) return w.char(114);
  if (c < 0x100) return w.char(120) < 0 ? -1 : hexDigits(w, c, 2);
  if (c < 0x10000) return w.char(117) < 0 ? -1 : hexDigits(w, c, 4);
  return w.char(85) < 0 ? -1 : hexDigits(w, c, 8);
}

/** The quote that repr() uses for text with so many of each. */
function quoteFor(singles: boolean, doubles: boolean): number {
  return singles && !doubles ? 34 : 39;
}

/** tp_repr of str: a new str. */
export function str_repr(o: Obj): Obj {
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  let singles = false;
  let doubles = false;
  let plain = PyUnicode_IS_ASCII(o);
  for (let i = 0; i < n; i++) {
    const c = readChar(kind, data, i);
    if (c === 39) singles = true;
    else if (c === 34) doubles = true;
    else if (c < 32 || c === 92 || c === 127) plain = false;
  }
  const quote = quoteFor(singles, doubles);
  if (plain && !(singles && doubles)) {
    const r = PyUnicode_New(n + 2, 0x7f);
    if (r === 0) return r;
    const to = r + U_DATA;
    H8[to] = quote;
    H8.copyWithin(to + 1, data, data + n);
    H8[to + n + 1] = quote;
    return r;
  }
  const w = new UnicodeWriter();
  if (w.reserve(n + 2, 0x7f) < 0 || w.char(quote) < 0) return w.fail();
  for (let i = 0; i < n; i++) {
    const c = readChar(kind, data, i);
    let r: number;
    if (c === quote || c === 92) r = w.char(92) < 0 ? -1 : w.char(c);
    else r = isPrintable(c) ? w.char(c) : writeEscape(w, c);
    if (r < 0) return w.fail();
  }
  return w.char(quote) < 0 ? w.fail() : w.finish();
}

/** `o` (a repr) with everything that is not ASCII escaped: a new str. */
export function asciiOf(o: Obj): Obj {
  if (PyUnicode_IS_ASCII(o)) return newref(o);
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  const w = new UnicodeWriter();
  for (let i = 0; i < n; i++) {
    const c = readChar(kind, data, i);
    if ((c < 128 ? w.char(c) : writeEscape(w, c)) < 0) return w.fail();
  }
  return w.finish();
}
