// How is a bytes object built piece by piece?  Invariant: as with UnicodeWriter, the bytes so far are in an object that only the writer has;
// `finish` or `drop` must be called on every path; methods answer 0, or -1 with MemoryError.

import { H8 } from '../memory/linear.js';
import { _PyBytes_Resize, bytesResult, newBytes, ob_sval } from './bytes.js';
import { decref, newref } from './header.js';
import { copyBytes, fillBytes } from './memcpy.js';
import { NULL, type Obj } from './ptr.js';
import { emptyBytes } from './statics.js';

export class BytesWriter {
  private buffer: Obj = NULL;
  private capacity = 0;
  length = 0;

  /** Makes room for `n` more bytes. */
  reserve(n: number): number {
    const need = this.length + n;
    if (need <= this.capacity) return 0;
    const capacity = Math.max(32, this.capacity === 0 ? need : need + (need >> 2));
    // Two at least: objects of one byte are shared.
    const moved = this.buffer === 0 ? newBytes(capacity) : _PyBytes_Resize(this.buffer, capacity);
    if (moved === 0) {
      this.buffer = NULL;
      this.capacity = 0;
      return -1;
    }
    this.buffer = moved;
    this.capacity = capacity;
    return 0;
  }

  byte(b: number): number {
    if (this.length >= this.capacity && this.reserve(1) < 0) return -1;
    H8[this.buffer + ob_sval + this.length++] = b;
    return 0;
  }

  /** Appends `n` bytes from memory. */
  bytes(from: number, n: number): number {
    if (this.reserve(n) < 0) return -1;
    copyBytes(this.buffer + ob_sval + this.length, from, n);
    this.length += n;
    return 0;
  }

  /** Appends a JavaScript string of Latin-1 characters. */
  latin1(s: string): number {
    if (this.reserve(s.length) < 0) return -1;
    for (let i = 0; i < s.length; i++) H8[this.buffer + ob_sval + this.length + i] = s.charCodeAt(i);
    this.length += s.length;
    return 0;
  }

  fill(b: number, n: number): number {
    if (n <= 0) return 0;
    if (this.reserve(n) < 0) return -1;
    fillBytes(this.buffer + ob_sval + this.length, b, n);
    this.length += n;
    return 0;
  }

  /** The address of the first byte written; valid until the next append. */
  get start(): number {
    return this.buffer + ob_sval;
  }

  /** Returns the bytes as a new reference; NULL with MemoryError. */
  finish(): Obj {
    const o = this.buffer;
    this.buffer = NULL;
    if (o === 0) return newref(emptyBytes);
    return bytesResult(_PyBytes_Resize(o, this.length));
  }

  drop(): void {
    if (this.buffer !== 0) decref(this.buffer);
    this.buffer = NULL;
  }

  /** drop, for `return writer.fail()`. */
  fail(): Obj {
    this.drop();
    return NULL;
  }
}
