// UTF-16 and UTF-32.  Invariant: byte order -1 is little-endian, 1 big-endian, 0 native (little) with a byte order mark: read from the start
// when decoding, written when encoding.  The order that a decoder ended up with is left in `byteOrder`.

import { H8 } from '../memory/linear.js';
import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_GET_SIZE } from '../object/bytes.js';
import { BytesWriter } from '../object/bytes_writer.js';
import { readChar } from '../object/memcpy.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_KIND, PyUnicode_READ_CHAR } from '../object/unicode.js';
import { Decoding, Encoding } from './codec_errors.js';
import { setConsumed } from './codec_utf8.js';

/** What the last decoder took the byte order for. */
export let byteOrder = 0;

function unit(size: number, p: number, little: boolean): number {
  let c = 0;
  for (let i = 0; i < size; i++) c = c * 256 + H8[p + (little ? size - 1 - i : i)];
  return c;
}

/** Reads a byte order mark: its size, or 0. */
function readMark(size: number, p: number, n: number, order: number): number {
  byteOrder = order;
  if (order !== 0 || n < size) return 0;
  if (unit(size, p, true) === 0xfeff) {
    byteOrder = -1;
    return size;
  }
  if (unit(size, p, false) === 0xfeff) {
    byteOrder = 1;
    return size;
  }
  return 0;
}

/** Returns the str that UTF-16 stands for; leaves byteOrder and (codec_utf8's) consumed. */
export function decodeUtf16(p: number, n: number, errors: string | null, order: number, final: boolean): Obj {
  let i = readMark(2, p, n, order);
  const little = byteOrder <= 0;
  const d = new Decoding(little ? 'utf-16-le' : 'utf-16-be', errors, p, n);
  const w = d.writer;
  if (w.reserve(n >> 1, 0x7f) < 0) return d.fail();
  while (i < d.length) {
    const left = d.length - i;
    if (left < 2) {
      if (!final) break;
      i = d.error(i, d.length, 'truncated data');
      if (i < 0) return d.fail();
      continue;
    }
    const c = unit(2, d.start + i, little);
    if (c < 0xd800 || c > 0xdfff) {
      if (w.char(c) < 0) return d.fail();
      i += 2;
    } else if (c >= 0xdc00) {
      i = d.error(i, i + 2, 'illegal encoding');
      if (i < 0) return d.fail();
    } else if (left < 4) {
      if (!final) break;
      i = d.error(i, d.length, 'unexpected end of data');
      if (i < 0) return d.fail();
    } else {
      const c2 = unit(2, d.start + i + 2, little);
      if (c2 >= 0xdc00 && c2 <= 0xdfff) {
        if (w.char(0x10000 + ((c & 0x3ff) << 10) + (c2 & 0x3ff)) < 0) return d.fail();
        i += 4;
      } else {
        i = d.error(i, i + 2, 'illegal UTF-16 surrogate');
        if (i < 0) return d.fail();
      }
    }
  }
  setConsumed(i);
  return d.finish();
}

/** Returns the str that UTF-32 stands for. */
export function decodeUtf32(p: number, n: number, errors: string | null, order: number, final: boolean): Obj {
  let i = readMark(4, p, n, order);
  const little = byteOrder <= 0;
  const d = new Decoding(little ? 'utf-32-le' : 'utf-32-be', errors, p, n);
  const w = d.writer;
  if (w.reserve(n >> 2, 0x7f) < 0) return d.fail();
  while (i < d.length) {
    const left = d.length - i;
    if (left < 4) {
      if (!final) break;
      i = d.error(i, d.length, 'truncated data');
      if (i < 0) return d.fail();
      continue;
    }
    const c = unit(4, d.start + i, little);
    if (c > 0x10ffff) i = d.error(i, i + 4, 'code point not in range(0x110000)');
    else if (c >= 0xd800 && c <= 0xdfff)
      i = d.error(i, i + 4, 'code point in surrogate code point range(0xd800, 0xe000)');
    else {
      if (w.char(c) < 0) return d.fail();
      i += 4;
      continue;
    }
    if (i < 0) return d.fail();
  }
  setConsumed(i);
  return d.finish();
}

function put(w: BytesWriter, c: number, size: number, little: boolean): number {
  let r = 0;
  for (let i = 0; i < size; i++) r |= w.byte((c >>> (8 * (little ? i : size - 1 - i))) & 0xff);
  return r;
}

function encodeWide(o: Obj, errors: string | null, order: number, size: 2 | 4): Obj {
  const little = order <= 0;
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  const base = size === 2 ? 'utf-16' : 'utf-32';
  const e = new Encoding(order === 0 ? base : order < 0 ? `${base}-le` : `${base}-be`, errors, o);
  const w = new BytesWriter();
  if (w.reserve((n + 1) * size) < 0) return NULL;
  if (order === 0 && put(w, 0xfeff, size, little) < 0) return e.fail(w);
  const scalar = (c: number): number => {
    if (size === 2 && c > 0xffff) {
      return put(w, 0xd800 + ((c - 0x10000) >> 10), 2, little) | put(w, 0xdc00 + ((c - 0x10000) & 0x3ff), 2, little);
    }
    return put(w, c, size, little);
  };
  for (let i = 0; i < n; ) {
    const c = readChar(kind, data, i);
    if (c < 0xd800 || c > 0xdfff) {
      if (scalar(c) < 0) return e.fail(w);
      i++;
      continue;
    }
    const end = i + 1;
    const at = e.error(i, end, 'surrogates not allowed', n);
    if (at < 0) return e.fail(w);
    const r = e.replacement;
    let status = 0;
    if (PyBytes_Check(r)) {
      if (PyBytes_GET_SIZE(r) % size !== 0) status = e.raise(i, end, 'surrogates not allowed');
      else status = w.bytes(PyBytes_AS_STRING(r), PyBytes_GET_SIZE(r));
    } else {
      const m = PyUnicode_GET_LENGTH(r);
      for (let k = 0; k < m && status === 0; k++) {
        const rc = PyUnicode_READ_CHAR(r, k);
        if (rc >= 0x80) status = e.raise(i, end, 'surrogates not allowed');
        else status = put(w, rc, size, little);
      }
    }
    e.dropReplacement();
    if (status < 0) return e.fail(w);
    i = at;
  }
  return e.finish(w);
}

export function encodeUtf16(o: Obj, errors: string | null, order: number): Obj {
  return encodeWide(o, errors, order, 2);
}
export function encodeUtf32(o: Obj, errors: string | null, order: number): Obj {
  return encodeWide(o, errors, order, 4);
}
