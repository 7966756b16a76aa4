// UTF-7 (RFC 2152).  Invariant: a shift sequence is '+', base64 digits of big-endian UTF-16, and anything else; a '-' behind it is
// swallowed; '+-' is a plus sign.  A decoder that may stop early stops before the shift sequence that is not finished.

import { H8 } from '../memory/linear.js';
import { BytesWriter } from '../object/bytes_writer.js';
import { readChar } from '../object/memcpy.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_KIND } from '../object/unicode.js';
import { Decoding } from './codec_errors.js';
import { setConsumed } from './codec_utf8.js';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const value = new Int8Array(256).fill(-1);
for (let i = 0; i < 64; i++) value[BASE64.charCodeAt(i)] = i;

/** Characters that stand for themselves outside of a shift sequence (set D, set O, whitespace). */
const direct = new Uint8Array(128);
for (const c of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\'(),-./:?!"#$%&*;<=>@[]^_`{|} \t\n\r')
  direct[c.charCodeAt(0)] = 1;

/** Decodes UTF-7 to a new str. */
export function decodeUtf7(p: number, n: number, errors: string | null, final: boolean): Obj {
  const d = new Decoding('utf7', errors, p, n);
  const w = d.writer;
  let i = 0;
  let inShift = false;
  let shiftStart = 0;
  let lengthAtShift = 0;
  let bits = 0;
  let nbits = 0;
  let surrogate = 0;
  const fail = (): Obj => d.fail();
  while (i < d.length) {
    const c = H8[d.start + i];
    let from = i;
    let reason = '';
    if (inShift) {
      const v = value[c];
      if (v >= 0) {
        bits = ((bits << 6) | v) & 0x3fffff;
        nbits += 6;
        i++;
        if (nbits >= 16) {
          const u = (bits >> (nbits - 16)) & 0xffff;
          nbits -= 16;
          bits &= (1 << nbits) - 1;
          if (surrogate !== 0) {
            if (u >= 0xdc00 && u <= 0xdfff) {
              const full = 0x10000 + ((surrogate & 0x3ff) << 10) + (u & 0x3ff);
              surrogate = 0;
              if (w.char(full) < 0) return fail();
              continue;
            }
            if (w.char(surrogate) < 0) return fail();
            surrogate = 0;
          }
          if (u >= 0xd800 && u <= 0xdbff) surrogate = u;
          else if (w.char(u) < 0) return fail();
        }
        continue;
      }
      inShift = false;
      if (nbits > 0) {
        if (nbits >= 6) {
          i++;
          reason = 'partial character in shift sequence';
        } else if (bits !== 0) {
          i++;
          reason = 'non-zero padding bits in shift sequence';
        }
        from = shiftStart;
      }
      if (reason === '') {
        if (surrogate !== 0 && c <= 127 && c !== 43) {
          // A lone surrogate that a plain character ends is kept.
          if (w.char(surrogate) < 0) return fail();
        }
        surrogate = 0;
        if (c === 45) i++;
        continue;
      }
    } else if (c === 43) {
      shiftStart = i++;
      if (i < d.length && H8[d.start + i] === 45) {
        i++;
        if (w.char(43) < 0) return fail();
        continue;
      }
      if (i < d.length && value[H8[d.start + i]] < 0) {
        i++;
        from = shiftStart;
        reason = 'ill-formed sequence';
      } else {
        inShift = true;
        surrogate = 0;
        lengthAtShift = w.length;
        bits = nbits = 0;
        continue;
      }
    } else if (c < 128) {
      i++;
      if (w.char(c) < 0) return fail();
      continue;
    } else {
      i++;
      reason = 'unexpected special character';
    }
    surrogate = 0;
    bits = nbits = 0;
    i = d.error(from, i, reason);
    if (i < 0) return fail();
  }
  if (inShift && final) {
    inShift = false;
    // The end of the data ends a sequence, too, if nothing is left over.
    if (surrogate !== 0 || nbits >= 6 || (nbits > 0 && bits !== 0)) {
      const at = d.error(shiftStart, d.length, 'unterminated shift sequence');
      if (at < 0) return fail();
    }
  }
  if (inShift) {
    w.truncate(lengthAtShift);
    setConsumed(shiftStart);
  } else setConsumed(i);
  return d.finish();
}

/** Encodes a str in UTF-7. */
export function encodeUtf7(o: Obj): Obj {
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  const w = new BytesWriter();
  if (n > 0 && w.reserve(n) < 0) return NULL;
  let inShift = false;
  let bits = 0;
  let nbits = 0;
  const plain = (c: number): boolean => c < 128 && direct[c] === 1;
  let r = 0;
  const put16 = (u: number): void => {
    bits = (bits << 16) | u;
    nbits += 16;
    while (nbits >= 6) {
      r |= w.byte(BASE64.charCodeAt((bits >> (nbits - 6)) & 0x3f));
      nbits -= 6;
    }
    bits &= (1 << nbits) - 1;
  };
  for (let i = 0; i < n; i++) {
    const c = readChar(kind, data, i);
    if (inShift) {
      if (plain(c)) {
        if (nbits > 0) r |= w.byte(BASE64.charCodeAt((bits << (6 - nbits)) & 0x3f));
        bits = nbits = 0;
        inShift = false;
        // A character that could continue the sequence, or '-' itself, needs the explicit end.
        if (value[c] >= 0 || c === 45) r |= w.byte(45);
        r |= w.byte(c);
        continue;
      }
    } else if (c === 43) {
      r |= w.latin1('+-');
      continue;
    } else if (plain(c)) {
      r |= w.byte(c);
      continue;
    } else {
      r |= w.byte(43);
      inShift = true;
    }
    if (c > 0xffff) {
      put16(0xd800 + ((c - 0x10000) >> 10));
      put16(0xdc00 + ((c - 0x10000) & 0x3ff));
    } else put16(c);
    if (r < 0) return w.fail();
  }
  if (nbits > 0) r |= w.byte(BASE64.charCodeAt((bits << (6 - nbits)) & 0x3f));
  if (inShift) r |= w.byte(45);
  return r < 0 ? w.fail() : w.finish();
}
