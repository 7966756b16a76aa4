// The escape codecs: unicode_escape, raw_unicode_escape, and that of bytes literals.  Invariant: `invalidEscapeAt` tells, after a decoder ran, which
// backslash sequence it did not know first (the index of its letter in the input, -1: none), for the warning of the caller.

import { H8 } from '../memory/linear.js';
import { BytesWriter } from '../object/bytes_writer.js';
import { PyErr_SetString, PyErr_WarnEx } from '../object/errors.js';
import { decref } from '../object/header.js';
import { readChar } from '../object/memcpy.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_DeprecationWarning, PyExc_ValueError } from '../object/statics.js';
import { PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_KIND } from '../object/unicode.js';
import { characterOfName } from '../object/unicode_names.js';
import { Decoding } from './codec_errors.js';
import { setConsumed } from './codec_utf8.js';

function hexValue(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  if (c >= 97 && c <= 102) return c - 87;
  if (c >= 65 && c <= 70) return c - 55;
  return -1;
}

const SIMPLE = new Map<number, number>([
  [92, 92],
  [39, 39],
  [34, 34],
  [98, 8],
  [102, 12],
  [116, 9],
  [110, 10],
  [114, 13],
  [118, 11],
  [97, 7],
]);

/** The index of the first unknown escape's letter in the last decoded input, and its value if it was octal above 0o377; -1: none. */
export let invalidEscapeAt = -1;
export let invalidEscapeOctal = -1;

/** Decodes backslash escapes in Latin-1 bytes to a new str. */
export function decodeUnicodeEscape(p: number, n: number, errors: string | null, final: boolean): Obj {
  invalidEscapeAt = -1;
  invalidEscapeOctal = -1;
  setConsumed(n);
  const d = new Decoding('unicodeescape', errors, p, n);
  const w = d.writer;
  if (w.reserve(n, 0x7f) < 0) return d.fail();
  let i = 0;
  while (i < d.length) {
    const s = d.start;
    const c = H8[s + i];
    if (c !== 92) {
      if (w.char(c) < 0) return d.fail();
      i++;
      continue;
    }
    const start = i++;
    if (i >= d.length) {
      if (!final) {
        setConsumed(start);
        return d.finish();
      }
      i = d.error(start, d.length, '\\ at end of string');
      if (i < 0) return d.fail();
      continue;
    }
    const e = H8[s + i++];
    const simple = SIMPLE.get(e);
    if (simple !== undefined) {
      if (w.char(simple) < 0) return d.fail();
      continue;
    }
    if (e === 10) continue;
    if (e >= 48 && e <= 55) {
      let v = e - 48;
      for (let k = 0; k < 2 && i < d.length && H8[s + i] >= 48 && H8[s + i] <= 55; k++) v = v * 8 + H8[s + i++] - 48;
      if (v > 0o377 && invalidEscapeAt < 0) {
        invalidEscapeAt = start + 1;
        invalidEscapeOctal = v;
      }
      if (w.char(v) < 0) return d.fail();
      continue;
    }
    let message = '';
    if (e === 120 || e === 117 || e === 85) {
      const digits = e === 120 ? 2 : e === 117 ? 4 : 8;
      message = `truncated \\${String.fromCharCode(e)}${e === 120 ? 'XX' : e === 117 ? 'XXXX' : 'XXXXXXXX'} escape`;
      let v = 0;
      let k = 0;
      for (; k < digits && i < d.length; k++) {
        const h = hexValue(H8[s + i]);
        if (h < 0) break;
        v = v * 16 + h;
        i++;
      }
      if (k === digits) {
        if (v <= 0x10ffff) {
          if (w.char(v) < 0) return d.fail();
          continue;
        }
        message = 'illegal Unicode character';
      }
    } else if (e === 78) {
      message = 'malformed \\N character escape';
      if (i < d.length && H8[s + i] === 123) {
        let close = i + 1;
        while (close < d.length && H8[s + close] !== 125) close++;
        if (close < d.length && close > i + 1) {
          let name = '';
          for (let k = i + 1; k < close; k++) name += String.fromCharCode(H8[s + k]);
          i = close + 1;
          message = 'unknown Unicode character name';
          const v = characterOfName(name);
          if (v >= 0) {
            if (w.char(v) < 0) return d.fail();
            continue;
          }
        } else if (close >= d.length) i = d.length;
        else i = close + 1;
      }
    } else {
      if (invalidEscapeAt < 0) invalidEscapeAt = start + 1;
      if (w.char(92) < 0 || w.char(e) < 0) return d.fail();
      continue;
    }
    if (!final && i >= d.length) {
      setConsumed(start);
      return d.finish();
    }
    i = d.error(start, i, message);
    if (i < 0) return d.fail();
  }
  return d.finish();
}

/** As decodeUnicodeEscape, with a DeprecationWarning about an unknown escape; `p` must stay valid. */
export function decodeUnicodeEscapeWarning(p: number, n: number, errors: string | null, final: boolean): Obj {
  const r = decodeUnicodeEscape(p, n, errors, final);
  if (r !== 0 && invalidEscapeAt >= 0 && warnInvalidEscape(H8[p + invalidEscapeAt], invalidEscapeOctal) < 0) {
    decref(r);
    return NULL;
  }
  return r;
}

/** 0, or -1 if the warning is an error. */
function warnInvalidEscape(letter: number, octal: number): number {
  const what =
    octal >= 0
      ? `"\\${octal.toString(8)}" is an invalid octal escape sequence`
      : `"\\${String.fromCharCode(letter)}" is an invalid escape sequence`;
  return PyErr_WarnEx(PyExc_DeprecationWarning, what, 1);
}

/** Returns the str as bytes with everything but printable ASCII escaped. */
export function encodeUnicodeEscape(o: Obj): Obj {
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  const w = new BytesWriter();
  if (w.reserve(n) < 0) return NULL;
  for (let i = 0; i < n; i++) {
    const c = readChar(kind, data, i);
    let r: number;
    if (c === 92) r = w.latin1('\\\\');
    else if (c >= 32 && c < 127) r = w.byte(c);
    else if (c === 9) r = w.latin1('\\t');
    else if (c === 10) r = w.latin1('\\n');
    else if (c === 13) r = w.latin1('\\r');
    else if (c < 0x100) r = w.latin1(`\\x${c.toString(16).padStart(2, '0')}`);
    else if (c < 0x10000) r = w.latin1(`\\u${c.toString(16).padStart(4, '0')}`);
    else r = w.latin1(`\\U${c.toString(16).padStart(8, '0')}`);
    if (r < 0) return w.fail();
  }
  return w.finish();
}

/** Decodes \uXXXX and \UXXXXXXXX (behind an odd number of backslashes) in Latin-1 bytes. */
export function decodeRawUnicodeEscape(p: number, n: number, errors: string | null, final: boolean): Obj {
  setConsumed(n);
  const d = new Decoding('rawunicodeescape', errors, p, n);
  const w = d.writer;
  if (w.reserve(n, 0x7f) < 0) return d.fail();
  let i = 0;
  while (i < d.length) {
    const s = d.start;
    const c = H8[s + i];
    const at = i++;
    if (c !== 92) {
      if (w.char(c) < 0) return d.fail();
      continue;
    }
    if (i >= d.length && !final) {
      setConsumed(at);
      return d.finish();
    }
    const e = i < d.length ? H8[s + i] : 0;
    if (i >= d.length || (e !== 117 && e !== 85)) {
      if (w.char(92) < 0) return d.fail();
      if (i < d.length) {
        // A doubled backslash escapes nothing, and what follows it is plain.
        if (w.char(e) < 0) return d.fail();
        i++;
      }
      continue;
    }
    i++;
    const digits = e === 117 ? 4 : 8;
    let v = 0;
    let k = 0;
    for (; k < digits && i < d.length; k++) {
      const h = hexValue(H8[s + i]);
      if (h < 0) break;
      v = v * 16 + h;
      i++;
    }
    let message: string;
    if (k === digits) {
      if (v <= 0x10ffff) {
        if (w.char(v) < 0) return d.fail();
        continue;
      }
      message = '\\Uxxxxxxxx out of range';
    } else {
      if (!final && i >= d.length) {
        setConsumed(at);
        return d.finish();
      }
      message = e === 117 ? 'truncated \\uXXXX escape' : 'truncated \\UXXXXXXXX escape';
    }
    i = d.error(at, i, message);
    if (i < 0) return d.fail();
  }
  return d.finish();
}

export function encodeRawUnicodeEscape(o: Obj): Obj {
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  const w = new BytesWriter();
  if (w.reserve(n) < 0) return NULL;
  for (let i = 0; i < n; i++) {
    const c = readChar(kind, data, i);
    let r: number;
    if (c < 0x100) r = w.byte(c);
    else if (c < 0x10000) r = w.latin1(`\\u${c.toString(16).padStart(4, '0')}`);
    else r = w.latin1(`\\U${c.toString(16).padStart(8, '0')}`);
    if (r < 0) return w.fail();
  }
  return w.finish();
}

// ---- bytes ---------------------------------------------------------------------------------------------------------------------

/** Decodes the escapes of a bytes literal to new bytes; leaves invalidEscapeAt. NULL with ValueError. */
export function decodeBytesEscape(p: number, n: number, errors: string | null): Obj {
  invalidEscapeAt = -1;
  invalidEscapeOctal = -1;
  const w = new BytesWriter();
  if (w.reserve(n) < 0) return NULL;
  let i = 0;
  while (i < n) {
    const c = H8[p + i];
    if (c !== 92) {
      if (w.byte(c) < 0) return w.fail();
      i++;
      continue;
    }
    i++;
    if (i >= n) {
      w.drop();
      return PyErr_SetString(PyExc_ValueError, 'Trailing \\ in string');
    }
    const e = H8[p + i++];
    const simple = SIMPLE.get(e);
    let r = 0;
    if (simple !== undefined) r = w.byte(simple);
    else if (e === 10) r = 0;
    else if (e >= 48 && e <= 55) {
      const first = i - 1;
      let v = e - 48;
      for (let k = 0; k < 2 && i < n && H8[p + i] >= 48 && H8[p + i] <= 55; k++) v = v * 8 + H8[p + i++] - 48;
      if (v > 0o377 && invalidEscapeAt < 0) {
        invalidEscapeAt = first;
        invalidEscapeOctal = v;
      }
      r = w.byte(v & 0xff);
    } else if (e === 120) {
      const h1 = i < n ? hexValue(H8[p + i]) : -1;
      const h2 = i + 1 < n ? hexValue(H8[p + i + 1]) : -1;
      if (h1 >= 0 && h2 >= 0) {
        r = w.byte(h1 * 16 + h2);
        i += 2;
      } else {
        // The position is that of the backslash.
        if (errors === null || errors === 'strict') {
          w.drop();
          return PyErr_SetString(PyExc_ValueError, `invalid \\x escape at position ${i - 2}`);
        }
        if (errors === 'replace') r = w.byte(63);
        else if (errors !== 'ignore') {
          w.drop();
          return PyErr_SetString(PyExc_ValueError, `decoding error; unknown error handling code: ${errors}`);
        }
        if (h1 >= 0) i++;
      }
    } else {
      if (invalidEscapeAt < 0) invalidEscapeAt = i - 1;
      r = w.byte(92) < 0 ? -1 : w.byte(e);
    }
    if (r < 0) return w.fail();
  }
  return w.finish();
}

/** As decodeBytesEscape, with a DeprecationWarning about an unknown escape. */
export function decodeBytesEscapeWarning(p: number, n: number, errors: string | null): Obj {
  const r = decodeBytesEscape(p, n, errors);
  if (r !== 0 && invalidEscapeAt >= 0 && warnInvalidEscape(H8[p + invalidEscapeAt], invalidEscapeOctal) < 0) {
    decref(r);
    return NULL;
  }
  return r;
}

/** Returns n bytes with everything but printable ASCII escaped, as repr() without quotes would (single quotes escaped). */
export function encodeBytesEscape(p: number, n: number): Obj {
  const w = new BytesWriter();
  for (let i = 0; i < n; i++) {
    const c = H8[p + i];
    let r: number;
    if (c === 39 || c === 92) r = w.byte(92) < 0 ? -1 : w.byte(c);
    else if (c === 9) r = w.latin1('\\t');
    else if (c === 10) r = w.latin1('\\n');
    else if (c === 13) r = w.latin1('\\r');
    else if (c < 32 || c >= 127) r = w.latin1(`\\x${c.toString(16).padStart(2, '0')}`);
    else r = w.byte(c);
    if (r < 0) return w.fail();
  }
  return w.finish();
}
