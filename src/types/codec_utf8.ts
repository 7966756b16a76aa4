// UTF-8, Latin-1 and ASCII.
//
// Invariant: a decoder takes (address, length, errors) and returns a new str, or NULL with an exception; where it may stop before an
// incomplete sequence at the end (`final` false) it leaves how many bytes it used in `consumed`.  Ill-formed sequences are divided as the
// Unicode standard recommends (the longest prefix of a well-formed sequence is one error).

import { H8 } from '../memory/linear.js';
import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_FromStringAndSize, PyBytes_GET_SIZE } from '../object/bytes.js';
import { BytesWriter } from '../object/bytes_writer.js';
import { isAsciiRange, readChar } from '../object/memcpy.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  PyUnicode_DATA,
  PyUnicode_FromLatin1,
  PyUnicode_GET_LENGTH,
  PyUnicode_IS_ASCII,
  PyUnicode_KIND,
  PyUnicode_READ_CHAR,
} from '../object/unicode.js';
import { backslashEscape, Decoding, Encoding } from './codec_errors.js';

/** How many bytes the last decoder used. */
export let consumed = 0;

export function setConsumed(n: number): void {
  consumed = n;
}

/** Returns the str that `n` bytes of UTF-8 at `p` stand for. */
export function PyUnicode_DecodeUTF8(p: number, n: number, errors: string | null): Obj {
  return decodeUtf8(p, n, errors, true);
}

export function decodeUtf8(p: number, n: number, errors: string | null, final: boolean): Obj {
  consumed = n;
  if (isAsciiRange(p, n)) return PyUnicode_FromLatin1(p, n);
  const d = new Decoding('utf-8', errors, p, n);
  const w = d.writer;
  if (w.reserve(n, 0xff) < 0) return d.fail();
  let i = 0;
  while (i < d.length) {
    const s = d.start;
    const b0 = H8[s + i];
    if (b0 < 0x80) {
      let j = i + 1;
      while (j < d.length && H8[s + j] < 0x80) j++;
      if (w.chars(1, s + i, j - i, 0x7f) < 0) return d.fail();
      i = j;
      continue;
    }
    const left = d.length - i;
    const b1 = left > 1 ? H8[s + i + 1] : -1;
    let size = 0;
    /** Bytes that belong to the error; 0: well-formed; -1: incomplete. */
    let bad = 0;
    if (b0 >= 0xc2 && b0 <= 0xdf) {
      size = 2;
      if (b1 < 0) bad = -1;
      else if ((b1 & 0xc0) !== 0x80) bad = 1;
    } else if (b0 >= 0xe0 && b0 <= 0xef) {
      size = 3;
      if (b1 < 0) bad = -1;
      else if ((b1 & 0xc0) !== 0x80 || (b1 < 0xa0 ? b0 === 0xe0 : b0 === 0xed)) {
        bad = 1;
        // Half of a surrogate: more may come that `surrogatepass` wants to see whole.
        if (!final && b0 === 0xed && left === 2 && b1 >= 0xa0 && b1 <= 0xbf) bad = -1;
      } else if (left < 3) bad = -1;
      else if ((H8[s + i + 2] & 0xc0) !== 0x80) bad = 2;
    } else if (b0 >= 0xf0 && b0 <= 0xf4) {
      size = 4;
      if (b1 < 0) bad = -1;
      else if ((b1 & 0xc0) !== 0x80 || (b1 < 0x90 ? b0 === 0xf0 : b0 === 0xf4)) bad = 1;
      else if (left < 3) bad = -1;
      else if ((H8[s + i + 2] & 0xc0) !== 0x80) bad = 2;
      else if (left < 4) bad = -1;
      else if ((H8[s + i + 3] & 0xc0) !== 0x80) bad = 3;
    } else {
      i = d.error(i, i + 1, 'invalid start byte');
      if (i < 0) return d.fail();
      continue;
    }
    if (bad === 0) {
      let c: number;
      if (size === 2) c = ((b0 & 0x1f) << 6) | (b1 & 0x3f);
      else if (size === 3) c = ((b0 & 0x0f) << 12) | ((b1 & 0x3f) << 6) | (H8[s + i + 2] & 0x3f);
      else c = ((b0 & 7) << 18) | ((b1 & 0x3f) << 12) | ((H8[s + i + 2] & 0x3f) << 6) | (H8[s + i + 3] & 0x3f);
      if (w.char(c) < 0) return d.fail();
      i += size;
    } else if (bad < 0) {
      if (!final) break;
      i = d.error(i, d.length, 'unexpected end of data');
      if (i < 0) return d.fail();
    } else {
      i = d.error(i, i + bad, 'invalid continuation byte');
      if (i < 0) return d.fail();
    }
  }
  consumed = i;
  return d.finish();
}

/** Whether the replacement of an error is ASCII bytes or text that may be copied; appends it. -1 with an exception, -2 if it cannot be encoded. */
function writeReplacement(w: BytesWriter, o: Obj, limit: number): number {
  if (PyBytes_Check(o)) return w.bytes(PyBytes_AS_STRING(o), PyBytes_GET_SIZE(o));
  const n = PyUnicode_GET_LENGTH(o);
  for (let i = 0; i < n; i++) {
    const c = PyUnicode_READ_CHAR(o, i);
    if (c >= limit) return -2;
    if (w.byte(c) < 0) return -1;
  }
  return 0;
}

/** Returns the bytes of a str in UTF-8 (_PyUnicode_AsUTF8String). */
export function encodeUtf8(o: Obj, errors: string | null): Obj {
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  if (PyUnicode_IS_ASCII(o)) return PyBytes_FromStringAndSize(data, n);
  const e = new Encoding('utf-8', errors, o);
  const w = new BytesWriter();
  if (w.reserve(n * 2) < 0) return NULL;
  for (let i = 0; i < n; ) {
    const c = readChar(kind, data, i);
    let r: number;
    if (c < 0x80) r = w.byte(c);
    else if (c < 0x800) r = w.byte(0xc0 | (c >> 6)) | w.byte(0x80 | (c & 0x3f));
    else if (c >= 0xd800 && c <= 0xdfff) {
      let end = i + 1;
      while (end < n && readChar(kind, data, end) >= 0xd800 && readChar(kind, data, end) <= 0xdfff) end++;
      const at = utf8Error(e, w, i, end, kind, data, n);
      if (at < 0) return e.fail(w);
      i = at;
      continue;
    } else if (c < 0x10000) r = w.byte(0xe0 | (c >> 12)) | w.byte(0x80 | ((c >> 6) & 0x3f)) | w.byte(0x80 | (c & 0x3f));
    else {
      r =
        w.byte(0xf0 | (c >> 18)) |
        w.byte(0x80 | ((c >> 12) & 0x3f)) |
        w.byte(0x80 | ((c >> 6) & 0x3f)) |
        w.byte(0x80 | (c & 0x3f));
    }
    if (r < 0) return e.fail(w);
    i++;
  }
  return e.finish(w);
}

const NO_SURROGATES = 'surrogates not allowed';

/** Deals with the surrogates [i, end): the index to go on at, or -1. */
function utf8Error(e: Encoding, w: BytesWriter, i: number, end: number, kind: number, data: number, n: number): number {
  switch (e.errors) {
    case 'replace':
      return w.fill(63, end - i) < 0 ? -1 : end;
    case 'ignore':
      return end;
    case 'surrogatepass':
      for (let k = i; k < end; k++) {
        const c = readChar(kind, data, k);
        if ((w.byte(0xe0 | (c >> 12)) | w.byte(0x80 | ((c >> 6) & 0x3f)) | w.byte(0x80 | (c & 0x3f))) < 0) return -1;
      }
      return end;
    case 'backslashreplace':
      for (let k = i; k < end; k++) if (w.latin1(backslashEscape(readChar(kind, data, k))) < 0) return -1;
      return end;
    case 'surrogateescape': {
      let k = i;
      for (; k < end; k++) {
        const c = readChar(kind, data, k);
        if (c < 0xdc80 || c > 0xdcff) break;
        if (w.byte(c & 0xff) < 0) return -1;
      }
      if (k === end) return end;
      i = k;
    }
  }
  const at = e.error(i, end, NO_SURROGATES, n);
  if (at < 0) return -1;
  const r = writeReplacement(w, e.replacement, 0x80);
  e.dropReplacement();
  return r === -2 ? e.raise(i, end, NO_SURROGATES) : r < 0 ? -1 : at;
}

// ---- Latin-1 and ASCII -----------------------------------------------------------------------------------------------------------

/** Returns the str that `n` bytes of ASCII stand for. */
export function PyUnicode_DecodeASCII(p: number, n: number, errors: string | null): Obj {
  consumed = n;
  if (isAsciiRange(p, n)) return PyUnicode_FromLatin1(p, n);
  const d = new Decoding('ascii', errors, p, n);
  const w = d.writer;
  if (w.reserve(n, 0x7f) < 0) return d.fail();
  let i = 0;
  while (i < d.length) {
    const b = H8[d.start + i];
    if (b < 0x80) {
      if (w.char(b) < 0) return d.fail();
      i++;
    } else {
      i = d.error(i, i + 1, 'ordinal not in range(128)');
      if (i < 0) return d.fail();
    }
  }
  return d.finish();
}

/** Encodes to one byte a character below `limit` (128 or 256). */
function encodeNarrow(o: Obj, errors: string | null, limit: number): Obj {
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  if (kind === 1 && (limit === 256 || PyUnicode_IS_ASCII(o))) return PyBytes_FromStringAndSize(data, n);
  const e = new Encoding(limit === 256 ? 'latin-1' : 'ascii', errors, o);
  const reason = limit === 256 ? 'ordinal not in range(256)' : 'ordinal not in range(128)';
  const w = new BytesWriter();
  if (w.reserve(n) < 0) return NULL;
  for (let i = 0; i < n; ) {
    const c = readChar(kind, data, i);
    if (c < limit) {
      if (w.byte(c) < 0) return e.fail(w);
      i++;
      continue;
    }
    let end = i + 1;
    while (end < n && readChar(kind, data, end) >= limit) end++;
    const at = narrowError(e, w, i, end, kind, data, n, limit, reason);
    if (at < 0) return e.fail(w);
    i = at;
  }
  return e.finish(w);
}

function narrowError(
  e: Encoding,
  w: BytesWriter,
  i: number,
  end: number,
  kind: number,
  data: number,
  n: number,
  limit: number,
  reason: string,
): number {
  switch (e.errors) {
    case 'replace':
      return w.fill(63, end - i) < 0 ? -1 : end;
    case 'ignore':
      return end;
    case 'backslashreplace':
      for (let k = i; k < end; k++) if (w.latin1(backslashEscape(readChar(kind, data, k))) < 0) return -1;
      return end;
    case 'xmlcharrefreplace':
      for (let k = i; k < end; k++) if (w.latin1(`&#${readChar(kind, data, k)};`) < 0) return -1;
      return end;
    case 'surrogateescape': {
      let k = i;
      for (; k < end; k++) {
        const c = readChar(kind, data, k);
        if (c < 0xdc80 || c > 0xdcff) break;
        if (w.byte(c & 0xff) < 0) return -1;
      }
      if (k === end) return end;
      i = k;
    }
  }
  const at = e.error(i, end, reason, n);
  if (at < 0) return -1;
  const o = e.replacement;
  let r = 0;
  if (PyBytes_Check(o)) r = writeReplacement(w, o, limit);
  else {
    // Written only if all of it can be.
    const length = PyUnicode_GET_LENGTH(o);
    for (let k = 0; k < length; k++) if (PyUnicode_READ_CHAR(o, k) >= limit) r = -2;
    if (r === 0) r = writeReplacement(w, o, limit);
  }
  e.dropReplacement();
  return r === -2 ? e.raise(i, end, reason) : r < 0 ? -1 : at;
}

export function encodeAscii(o: Obj, errors: string | null): Obj {
  return encodeNarrow(o, errors, 128);
}
export function encodeLatin1(o: Obj, errors: string | null): Obj {
  return encodeNarrow(o, errors, 256);
}
