// How is a str built piece by piece?
//
// Invariant: the text so far is in a str object that only the writer has, wider and longer than needed; `finish` gives it out cut to size,
// or `drop` gives it up: one of them must be called on every path.  Methods that may need memory answer 0, or -1 with MemoryError.
// As long as one whole str is all that was written, the buffer is that very str, shared: the capacity is then 0, so that whatever is
// written next moves to a buffer of the writer's own.

import { decref, newref } from './header.js';
import { copyChars, maxCharOf, writeChar } from './memcpy.js';
import { NULL, type Obj } from './ptr.js';
import { emptyString } from './statics.js';
import {
  kindForMaxChar,
  PyUnicode_CheckExact,
  PyUnicode_DATA,
  PyUnicode_FromKindAndData,
  PyUnicode_GET_LENGTH,
  PyUnicode_KIND,
  PyUnicode_MAX_CHAR_VALUE,
  PyUnicode_New,
  U_DATA,
  unicodeResize,
} from './unicode.js';
import { fillChars } from './unicode_ops.js';

export class UnicodeWriter {
  private buffer: Obj = NULL;
  private kind = 1;
  private maxchar = 0x7f;
  private capacity = 0;
  /** The number of characters written. */
  length = 0;

  /** Makes room for `n` more characters none of which is above `maxchar`. */
  reserve(n: number, maxchar: number): number {
    const need = this.length + n;
    if (need <= this.capacity && maxchar <= this.maxchar) return 0;
    return this.grow(need, maxchar);
  }

  private grow(need: number, maxchar: number): number {
    const max = Math.max(maxchar, this.maxchar);
    const bound = max < 0x80 ? 0x7f : max < 0x100 ? 0xff : max < 0x10000 ? 0xffff : 0x10ffff;
    const capacity = need <= this.capacity ? this.capacity : Math.max(24, need + (need >> 2));
    if (this.buffer !== 0 && this.capacity !== 0 && bound === this.maxchar) {
      const moved = unicodeResize(this.buffer, capacity);
      if (moved === 0) return -1;
      this.buffer = moved;
    } else {
      const fresh = PyUnicode_New(capacity, bound);
      if (fresh === 0) return -1;
      if (this.buffer !== 0) {
        copyChars(kindForMaxChar(bound), fresh + U_DATA, this.kind, this.buffer + U_DATA, this.length);
        decref(this.buffer);
      }
      this.buffer = fresh;
    }
    this.kind = kindForMaxChar(bound);
    this.maxchar = bound;
    this.capacity = capacity;
    return 0;
  }

  /** Appends one character. */
  char(c: number): number {
    if ((this.length >= this.capacity || c > this.maxchar) && this.grow(this.length + 1, c) < 0) return -1;
    writeChar(this.kind, this.buffer + U_DATA, this.length++, c);
    return 0;
  }

  /** Appends `n` characters from memory. */
  chars(kind: number, data: number, n: number, maxchar: number): number {
    if (n === 0) return 0;
    if (this.reserve(n, maxchar) < 0) return -1;
    copyChars(this.kind, this.buffer + U_DATA + this.length * this.kind, kind, data, n);
    this.length += n;
    return 0;
  }

  private share(o: Obj): number {
    this.buffer = newref(o);
    this.kind = PyUnicode_KIND(o);
    this.maxchar = PyUnicode_MAX_CHAR_VALUE(o);
    this.length = PyUnicode_GET_LENGTH(o);
    return 0;
  }

  /** Appends a str. */
  str(o: Obj): number {
    if (this.buffer === 0 && PyUnicode_CheckExact(o) && PyUnicode_GET_LENGTH(o) > 0) return this.share(o);
    return this.chars(PyUnicode_KIND(o), PyUnicode_DATA(o), PyUnicode_GET_LENGTH(o), PyUnicode_MAX_CHAR_VALUE(o));
  }

  /** Appends o[start:end]. */
  substring(o: Obj, start: number, end: number): number {
    const kind = PyUnicode_KIND(o);
    const data = PyUnicode_DATA(o) + start * kind;
    const n = end - start;
    if (n <= 0) return 0;
    if (n === PyUnicode_GET_LENGTH(o) && this.buffer === 0 && PyUnicode_CheckExact(o)) return this.share(o);
    const bound = PyUnicode_MAX_CHAR_VALUE(o);
    return this.chars(kind, data, n, bound <= this.maxchar ? bound : maxCharOf(kind, data, n));
  }

  /** Appends a JavaScript string of ASCII (or Latin-1) characters. */
  ascii(s: string): number {
    const n = s.length;
    if (n === 0) return 0;
    let all = 0;
    for (let i = 0; i < n; i++) all |= s.charCodeAt(i);
    if (this.reserve(n, all) < 0) return -1;
    for (let i = 0; i < n; i++) writeChar(this.kind, this.buffer + U_DATA, this.length + i, s.charCodeAt(i));
    this.length += n;
    return 0;
  }

  /** Appends any JavaScript string: surrogate pairs become one character. */
  text(s: string): number {
    for (const c of s) if (this.char(c.codePointAt(0) as number) < 0) return -1;
    return 0;
  }

  /** Appends `n` times the same character. */
  fill(c: number, n: number): number {
    if (n <= 0) return 0;
    if (this.reserve(n, c) < 0) return -1;
    fillChars(this.kind, this.buffer + U_DATA + this.length * this.kind, n, c);
    this.length += n;
    return 0;
  }

  /** Cuts the text to its first `n` characters (a shared str is never cut). */
  truncate(n: number): void {
    if (this.capacity !== 0) this.length = n;
  }

  /** Returns the text as a new reference (narrowest kind) and leaves the writer empty; NULL with MemoryError. */
  finish(): Obj {
    const o = this.buffer;
    const n = this.length;
    this.buffer = NULL;
    if (n === 0) {
      if (o !== 0) decref(o);
      return newref(emptyString);
    }
    if (this.capacity === 0) return o;
    if (n > 1 && (this.maxchar === 0x7f || maxCharOf(this.kind, o + U_DATA, n) === this.maxchar)) {
      if (n === this.capacity) return o;
      const cut = unicodeResize(o, n);
      if (cut === 0) decref(o);
      return cut;
    }
    const r = PyUnicode_FromKindAndData(this.kind, o + U_DATA, n);
    decref(o);
    return r;
  }

  /** Gives the text up (after an error). */
  drop(): void {
    if (this.buffer !== 0) decref(this.buffer);
    this.buffer = NULL;
  }

  /** drop, for `return writer.fail()` in functions that return an object. */
  fail(): Obj {
    this.drop();
    return NULL;
  }
}
