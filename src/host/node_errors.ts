// How do Node's exceptions become error numbers, and its strings and bytes what Python sees?  Invariant: no exception of Node's leaves
// src/host, except those that are mistakes of ours.

import { isUtf8 } from 'node:buffer';
import { EINVAL, errnoOf } from '../config/errno.js';

/** -errno of what Node threw; throws on what no system call has caused. */
export function minusErrno(e: unknown): number {
  const code = e instanceof Error ? (e as NodeJS.ErrnoException).code : undefined;
  if (code === undefined) throw e;
  return code.startsWith('ERR_') ? -EINVAL : -errnoOf(code);
}

/** Runs a call whose result does not matter: 0 or -errno. */
export function attempt(call: () => void): number {
  try {
    call();
    return 0;
  } catch (e) {
    return minusErrno(e);
  }
}

/** Runs a call: its result or -errno. */
export function attemptValue<T>(call: () => T): T | number {
  try {
    return call();
  } catch (e) {
    return minusErrno(e);
  }
}

/** Does the text stand for bytes that are no UTF-8 (PEP 383)? */
const ESCAPED = /(?<![\ud800-\udbff])[\udc80-\udcff]/;

/** A path as Node takes it: the string itself, or the bytes that its escapes stand for. */
export function toNodePath(path: string): string | Buffer {
  return ESCAPED.test(path) ? encodeEscaped(path) : path;
}

/** UTF-8 with surrogateescape. */
export function encodeEscaped(text: string): Buffer {
  const parts: Buffer[] = [];
  let plain = '';
  for (const ch of text) {
    const c = ch.codePointAt(0) ?? 0;
    if (c >= 0xdc80 && c <= 0xdcff) {
      if (plain) parts.push(Buffer.from(plain));
      plain = '';
      parts.push(Buffer.of(c - 0xdc00));
    } else {
      plain += ch;
    }
  }
  if (plain) parts.push(Buffer.from(plain));
  return Buffer.concat(parts);
}

/** How many bytes a valid UTF-8 sequence at `i` has; 0 if there is none. */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const b = bytes[i];
  const n = b < 0x80 ? 1 : b < 0xc2 ? 0 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : b < 0xf5 ? 4 : 0;
  return n > 0 && isUtf8(bytes.subarray(i, i + n)) ? n : 0;
}

/** The text that these bytes stand for: UTF-8 with surrogateescape. */
export function decodeEscaped(bytes: Uint8Array): string {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(bytes)) return view.toString('utf8');
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const n = sequenceLength(bytes, i);
    if (n === 0) {
      text += String.fromCharCode(0xdc00 + bytes[i]);
      i++;
    } else {
      text += view.toString('utf8', i, i + n);
      i += n;
    }
  }
  return text;
}
