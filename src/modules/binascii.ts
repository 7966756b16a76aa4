// What is the module binascii?  Invariant: the decoders refuse or skip exactly what CPython's do; arguments are copied to JavaScript first,
// so that no buffer stays acquired.

import { bytesLikeToArray, PyObject_CheckBuffer } from '../object/buffer.js';
import { asBytes, bytesFromArray, PyBytes_Check } from '../object/bytes.js';
import { defineModule, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { PyObject_Size } from '../object/mapping.js';
import { PyLong_AsUnsignedLongMask, PyLong_FromLong } from '../object/long.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_Exception, PyExc_TypeError, PyExc_ValueError, staticType } from '../object/statics.js';
import { asString, PyUnicode_Check, PyUnicode_IS_ASCII } from '../object/unicode.js';
import { simpleException } from '../types/exceptions.js';

const Error_Type = staticType();
const Incomplete_Type = staticType();
simpleException(Error_Type, 'binascii.Error', PyExc_ValueError, undefined);
simpleException(Incomplete_Type, 'binascii.Incomplete', PyExc_Exception, undefined);

const fail = (message: string): Obj => PyErr_SetString(Error_Type, message);

/** The bytes of a bytes-like object or an ASCII str; null with an exception. */
function asciiOrBytes(o: Obj): Uint8Array | null {
  if (PyUnicode_Check(o)) {
    if (!PyUnicode_IS_ASCII(o)) {
      PyErr_SetString(PyExc_ValueError, 'string argument should contain only ASCII characters');
      return null;
    }
    const s = asString(o);
    const bytes = new Uint8Array(s.length);
    for (let i = 0; i < s.length; i++) bytes[i] = s.charCodeAt(i);
    return bytes;
  }
  if (!PyObject_CheckBuffer(o)) {
    PyErr_SetString(PyExc_TypeError, `argument should be bytes, buffer or ASCII string, not '${typeName(o)}'`);
    return null;
  }
  return bytesLikeToArray(o);
}

/** A growing array of bytes. */
class Bytes {
  private data: Uint8Array;
  private n = 0;

  constructor(size: number) {
    this.data = new Uint8Array(Math.max(size, 16));
  }

  push(b: number): void {
    if (this.n === this.data.length) {
      const larger = new Uint8Array(2 * this.n);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.n++] = b;
  }

  get length(): number {
    return this.n;
  }

  set length(n: number) {
    this.n = n;
  }

  at(i: number): number {
    return this.data[i];
  }

  take(): Obj {
    return bytesFromArray(this.data, this.n);
  }
}

// ---- base64 --------------------------------------------------------------------------------------------------------------------

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const encode64 = Uint8Array.from(ALPHABET, (c) => c.charCodeAt(0));
const decode64 = new Uint8Array(256).fill(255);
for (let i = 0; i < 64; i++) decode64[encode64[i]] = i;

const PAD = 61;

function invalidCount(out: Bytes): Obj {
  const n = Math.floor(out.length / 3) * 4 + 1;
  return fail(`Invalid base64-encoded string: number of data characters (${n}) cannot be 1 more than a multiple of 4`);
}

// Outside strict mode whatever is no data is passed over, and padding only counts at the end.
function a2b_base64(_module: Obj, data: Obj, strict: number): Obj {
  const s = asciiOrBytes(data);
  if (s === null) return NULL;
  const out = new Bytes(Math.ceil(s.length / 4) * 3);
  let quad = 0;
  let left = 0;
  let pads = 0;
  for (let i = 0; i < s.length; i++) {
    const c = s[i];
    if (c === PAD) {
      pads++;
      if (!strict) continue;
      if (i === 0) return fail('Leading padding not allowed');
      if (quad === 1) return invalidCount(out);
      if (quad === 0 || quad + pads > 4) return fail('Excess padding not allowed');
      continue;
    }
    const v = decode64[c];
    if (v === 255) {
      if (strict) return fail('Only base64 data is allowed');
      continue;
    }
    if (strict && pads > 0)
      return fail(quad + pads === 4 ? 'Excess data after padding' : 'Discontinuous padding not allowed');
    pads = 0;
    if (quad === 0) left = v;
    else if (quad === 1) {
      out.push((left << 2) | (v >> 4));
      left = v & 15;
    } else if (quad === 2) {
      out.push((left << 4) | (v >> 2));
      left = v & 3;
    } else out.push((left << 6) | v);
    quad = (quad + 1) & 3;
  }
  if (quad === 0 || (quad > 1 && quad + pads >= 4)) return out.take();
  return quad === 1 ? invalidCount(out) : fail('Incorrect padding');
}

function b2a_base64(_module: Obj, data: Obj, newline: number): Obj {
  const s = bytesLikeToArray(data);
  if (s === null) return NULL;
  const out = new Uint8Array(Math.ceil(s.length / 3) * 4 + (newline ? 1 : 0));
  let n = 0;
  for (let i = 0; i < s.length; i += 3) {
    const a = s[i];
    const b = i + 1 < s.length ? s[i + 1] : 0;
    const c = i + 2 < s.length ? s[i + 2] : 0;
    out[n++] = encode64[a >> 2];
    out[n++] = encode64[((a & 3) << 4) | (b >> 4)];
    out[n++] = i + 1 < s.length ? encode64[((b & 15) << 2) | (c >> 6)] : PAD;
    out[n++] = i + 2 < s.length ? encode64[c & 63] : PAD;
  }
  if (newline) out[n++] = 10;
  return bytesFromArray(out);
}

// ---- uu ------------------------------------------------------------------------------------------------------------------------

function a2b_uu(_module: Obj, data: Obj): Obj {
  const s = asciiOrBytes(data);
  if (s === null) return NULL;
  if (s.length === 0) return fail('Missing length byte');
  let at = 1;
  let want = (s[0] - 32) & 63;
  const out = new Bytes(want);
  let bits = 0;
  let left = 0;
  while (want > 0) {
    const c = at < s.length ? s[at] : 0;
    at++;
    let v = 0;
    // A line that is too short is filled up with zeros, as if trailing spaces had been cut off.
    if (at - 1 < s.length && c !== 10 && c !== 13) {
      if (c < 32 || c > 96) return fail('Illegal char');
      v = (c - 32) & 63;
    }
    left = (left << 6) | v;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push((left >> bits) & 0xff);
      left &= (1 << bits) - 1;
      want--;
    }
  }
  for (; at < s.length; at++) {
    const c = s[at];
    // Some encoders put '`' as a check; ends of lines are no data.
    if (c !== 32 && c !== 96 && c !== 10 && c !== 13) return fail('Trailing garbage');
  }
  return out.take();
}

function b2a_uu(_module: Obj, data: Obj, backtick: number): Obj {
  const s = bytesLikeToArray(data);
  if (s === null) return NULL;
  if (s.length > 45) return fail('At most 45 bytes at once');
  const zero = backtick ? 96 : 32;
  const char = (v: number): number => (v === 0 ? zero : v + 32);
  const out = new Bytes(64);
  out.push(char(s.length));
  for (let i = 0; i < s.length; i += 3) {
    const a = s[i];
    const b = s[i + 1] ?? 0;
    const c = s[i + 2] ?? 0;
    out.push(char(a >> 2));
    out.push(char(((a & 3) << 4) | (b >> 4)));
    out.push(char(((b & 15) << 2) | (c >> 6)));
    out.push(char(c & 63));
  }
  out.push(10);
  return out.take();
}

// ---- hex -----------------------------------------------------------------------------------------------------------------------

const hexDigit = (c: number): number => {
  if (c >= 48 && c <= 57) return c - 48;
  const lower = c | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
};

function a2b_hex(_module: Obj, data: Obj): Obj {
  const s = asciiOrBytes(data);
  if (s === null) return NULL;
  if (s.length % 2 !== 0) return fail('Odd-length string');
  const out = new Uint8Array(s.length / 2);
  for (let i = 0; i < out.length; i++) {
    const high = hexDigit(s[2 * i]);
    const low = hexDigit(s[2 * i + 1]);
    if (high < 0 || low < 0) return fail('Non-hexadecimal digit found');
    out[i] = (high << 4) | low;
  }
  return bytesFromArray(out);
}

const HEX = '0123456789abcdef';

/** The separator's byte, -1 for none (NULL), -2 with an exception. */
function separator(sep: Obj): number {
  if (sep === 0) return -1;
  const n = PyObject_Size(sep);
  if (n < 0) return -2;
  const bad = (type: Obj, message: string): -2 => {
    PyErr_SetString(type, message);
    return -2;
  };
  if (n !== 1) return bad(PyExc_ValueError, 'sep must be length 1.');
  if (PyUnicode_Check(sep)) {
    const c = asString(sep).codePointAt(0) as number;
    return c > 127 ? bad(PyExc_ValueError, 'sep must be ASCII.') : c;
  }
  if (PyBytes_Check(sep)) {
    const c = asBytes(sep)[0];
    return c > 127 ? bad(PyExc_ValueError, 'sep must be ASCII.') : c;
  }
  return bad(PyExc_TypeError, 'sep must be str or bytes.');
}

function b2a_hex(_module: Obj, data: Obj, sepObj: Obj, perSep: number): Obj {
  const s = bytesLikeToArray(data);
  if (s === null) return NULL;
  const sep = separator(sepObj);
  if (sep === -2) return NULL;
  const n = s.length;
  const group = Math.abs(perSep);
  const separated = sep >= 0 && group > 0 && group < n;
  const out = new Bytes(2 * n + (separated ? Math.floor((n - 1) / group) : 0));
  for (let i = 0; i < n; i++) {
    // Positive groups are counted from the right, negative ones from the left.
    if (separated && i > 0 && (perSep < 0 ? i : n - i) % group === 0) out.push(sep);
    out.push(HEX.charCodeAt(s[i] >> 4));
    out.push(HEX.charCodeAt(s[i] & 15));
  }
  return out.take();
}

// ---- checksums -----------------------------------------------------------------------------------------------------------------

const crc32Table = new Int32Array(256);
const crcHqxTable = new Uint16Array(256);
for (let i = 0; i < 256; i++) {
  let c = i;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  crc32Table[i] = c;
  let h = i << 8;
  for (let k = 0; k < 8; k++) h = h & 0x8000 ? (h << 1) ^ 0x1021 : h << 1;
  crcHqxTable[i] = h;
}

/** The CRC-32 of bytes, continuing from `crc`; unsigned. */
export function crc32Of(bytes: Uint8Array, crc: number): number {
  let c = ~crc;
  for (let i = 0; i < bytes.length; i++) c = crc32Table[(c ^ bytes[i]) & 0xff] ^ (c >>> 8);
  return ~c >>> 0;
}

function crc32(_module: Obj, data: Obj, start: number): Obj {
  const s = bytesLikeToArray(data);
  return s === null ? NULL : PyLong_FromLong(crc32Of(s, start));
}

function crc_hqx(_module: Obj, data: Obj, startObj: Obj): Obj {
  const start = PyLong_AsUnsignedLongMask(startObj);
  if (start === -1 && PyErr_Occurred() !== 0) return NULL;
  const s = bytesLikeToArray(data);
  if (s === null) return NULL;
  let c = start & 0xffff;
  for (let i = 0; i < s.length; i++) c = ((c << 8) & 0xff00) ^ crcHqxTable[(c >> 8) ^ s[i]];
  return PyLong_FromLong(c);
}

// ---- quoted-printable ----------------------------------------------------------------------------------------------------------

const MAX_LINE = 76;

function a2b_qp(_module: Obj, data: Obj, header: number): Obj {
  const s = asciiOrBytes(data);
  if (s === null) return NULL;
  const out = new Bytes(s.length);
  for (let i = 0; i < s.length; ) {
    const c = s[i];
    if (c === PAD) {
      i++;
      if (i >= s.length) break;
      if (s[i] === 10 || s[i] === 13) {
        // A soft line break: everything up to the newline goes.
        if (s[i] !== 10) while (i < s.length && s[i] !== 10) i++;
        if (i < s.length) i++;
      } else if (s[i] === PAD) {
        // A broken encoding of '='.
        out.push(PAD);
        i++;
      } else if (i + 1 < s.length && hexDigit(s[i]) >= 0 && hexDigit(s[i + 1]) >= 0) {
        out.push((hexDigit(s[i]) << 4) | hexDigit(s[i + 1]));
        i += 2;
      } else out.push(PAD);
    } else {
      out.push(header && c === 95 ? 32 : c);
      i++;
    }
  }
  return out.take();
}

function b2a_qp(_module: Obj, data: Obj, quotetabs: number, istext: number, header: number): Obj {
  const s = bytesLikeToArray(data);
  if (s === null) return NULL;
  const out = new Bytes(s.length + (s.length >> 1));
  // The first line ending decides for all.
  const newline = s.indexOf(10);
  const crlf = newline > 0 && s[newline - 1] === 13;
  let line = 0;
  const endLine = () => {
    if (crlf) out.push(13);
    out.push(10);
  };
  const hex = (c: number) => {
    out.push(PAD);
    out.push('0123456789ABCDEF'.charCodeAt(c >> 4));
    out.push('0123456789ABCDEF'.charCodeAt(c & 15));
  };
  const isEnd = (i: number) => i >= s.length;
  for (let i = 0; i < s.length; ) {
    const c = s[i];
    const dotAlone = c === 46 && line === 0 && (isEnd(i + 1) || s[i + 1] === 10 || s[i + 1] === 13 || s[i + 1] === 0);
    const quote =
      c > 126 ||
      c === PAD ||
      (header && c === 95) ||
      dotAlone ||
      (!istext && (c === 13 || c === 10)) ||
      ((c === 9 || c === 32) && isEnd(i + 1)) ||
      (c < 33 && c !== 13 && c !== 10 && c !== 9 && c !== 32) ||
      (c < 33 && c !== 13 && c !== 10 && (quotetabs || (!quotetabs && c !== 9 && c !== 32)));
    if (quote) {
      if (line + 3 >= MAX_LINE) {
        out.push(PAD);
        endLine();
        line = 0;
      }
      hex(c);
      i++;
      line += 3;
      continue;
    }
    if (istext && (c === 10 || (c === 13 && i + 1 < s.length && s[i + 1] === 10))) {
      line = 0;
      // White space at the end of a line would get lost on its way.
      const last = out.length > 0 ? out.at(out.length - 1) : 0;
      if (last === 32 || last === 9) {
        out.length--;
        hex(last);
      }
      endLine();
      i += c === 13 ? 2 : 1;
      continue;
    }
    if (i + 1 !== s.length && s[i + 1] !== 10 && line + 1 >= MAX_LINE) {
      out.push(PAD);
      endLine();
      line = 0;
    }
    line++;
    if (header && c === 32) out.push(95);
    else out.push(c);
    i++;
  }
  return out.take();
}

const HEX_DOC = (other: string) => `Hexadecimal representation of binary data.

  sep
    An optional single character or byte to separate hex bytes.
  bytes_per_sep
    How many bytes between separators.  Positive values count from the
    right, negative values count from the left.

The return value is a bytes object.  This function is also
available as "${other}()".`;

const UNHEX_DOC = `Binary data of hexadecimal representation.

hexstr must contain an even number of hex digits (upper or lower case).`;

defineModule({
  name: 'binascii',
  doc: 'Conversion between binary data and ASCII',
  types: [Error_Type, Incomplete_Type],
  functions: [
    method('a2b_uu', '($module, data, /)', a2b_uu, 'Decode a line of uuencoded data.'),
    method('b2a_uu', '($module, data, /, *, backtick: bool = False)', b2a_uu, 'Uuencode line of data.'),
    method(
      'a2b_base64',
      '($module, data, /, *, strict_mode: bool = False)',
      a2b_base64,
      `Decode a line of base64 data.

  strict_mode
    When set to True, bytes that are not part of the base64 standard are not allowed.
    The same applies to excess data after padding (= / ==).`,
    ),
    method('b2a_base64', '($module, data, /, *, newline: bool = True)', b2a_base64, 'Base64-code line of data.'),
    method(
      'a2b_hex',
      '($module, hexstr, /)',
      a2b_hex,
      `${UNHEX_DOC}\nThis function is also available as "unhexlify()".`,
    ),
    method(
      'b2a_hex',
      '($module, /, data, sep=<unrepresentable>, bytes_per_sep: int = 1)',
      b2a_hex,
      `${HEX_DOC('hexlify')}

Example:
>>> binascii.b2a_hex(b'\\xb9\\x01\\xef')
b'b901ef'
>>> binascii.hexlify(b'\\xb9\\x01\\xef', ':')
b'b9:01:ef'
>>> binascii.b2a_hex(b'\\xb9\\x01\\xef', b'_', 2)
b'b9_01ef'`,
    ),
    method('hexlify', '($module, /, data, sep=<unrepresentable>, bytes_per_sep: int = 1)', b2a_hex, HEX_DOC('b2a_hex')),
    method('unhexlify', '($module, hexstr, /)', a2b_hex, UNHEX_DOC),
    method('crc_hqx', '($module, data, crc, /)', crc_hqx, 'Compute CRC-CCITT incrementally.'),
    method('crc32', '($module, data, crc: uint = 0, /)', crc32, 'Compute CRC-32 incrementally.'),
    method('a2b_qp', '($module, /, data, header: bool = False)', a2b_qp, 'Decode a string of qp-encoded data.'),
    method(
      'b2a_qp',
      '($module, /, data, quotetabs: bool = False, istext: bool = True, header: bool = False)',
      b2a_qp,
      `Encode a string using quoted-printable encoding.

On encoding, when istext is set, newlines are not encoded, and white
space at end of lines is.  When istext is not set, \\r and \\n (CR/LF)
are both encoded.  When quotetabs is set, space and tabs are encoded.`,
    ),
  ],
});
