// How are deflate streams written and read, piece by piece?
//
// Invariant: the algorithms are pako's port of zlib, used at the level of zlib's own stream functions, so that flush modes, dictionaries,
// limits on the output and what is left of the input are zlib's.  A call takes in all of its input, except where the output is limited
// or the stream ends; a stream keeps no view of the input after a call, because heap memory changes.  States live outside the heap (the
// heap holds a handle).

import {
  Z_BUF_ERROR,
  Z_FINISH,
  Z_NEED_DICT,
  Z_NO_FLUSH,
  Z_OK,
  ZStream,
  zlibDeflate,
  zlibDeflateInit2,
  zlibDeflateSetDictionary,
  zlibInflate,
  zlibInflateInit2,
  zlibInflateSetDictionary,
} from 'pako';

export {
  Z_BLOCK,
  Z_BUF_ERROR,
  Z_DATA_ERROR,
  Z_DEFAULT_STRATEGY,
  Z_FILTERED,
  Z_FINISH,
  Z_FIXED,
  Z_FULL_FLUSH,
  Z_HUFFMAN_ONLY,
  Z_MEM_ERROR,
  Z_NEED_DICT,
  Z_NO_FLUSH,
  Z_OK,
  Z_PARTIAL_FLUSH,
  Z_RLE,
  Z_STREAM_END,
  Z_STREAM_ERROR,
  Z_SYNC_FLUSH,
  Z_TREES,
} from 'pako';

type FlushMode = Parameters<typeof zlibDeflate>[1];
type Strategy = Parameters<typeof zlibDeflateInit2>[5];

const NOTHING = new Uint8Array(0);
/** The sizes of the pieces of output, in KiB, the last for all that follow.  Stored blocks end with them, so they are CPython's. */
const PIECES = [32, 64, 256, 1024, 4096, 8192, 16384];

/** The version of zlib that pako is a port of, as `zlib.ZLIB_VERSION` says it. */
export const ZLIB_VERSION = '1.3.1';

/** A copy of a stream's state: objects and buffers that it shares with itself are shared in the copy, too. */
function copyGraph<T>(value: T, seen: Map<object, object>): T {
  if (typeof value !== 'object' || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known as T;
  let copy: object;
  if (value instanceof ArrayBuffer) copy = value.slice(0);
  else if (ArrayBuffer.isView(value)) {
    const view = value as unknown as Uint8Array;
    const buffer = copyGraph(view.buffer, seen);
    copy = new (view.constructor as typeof Uint8Array)(buffer, view.byteOffset, view.length);
  } else if (Array.isArray(value)) {
    const items: unknown[] = [];
    seen.set(value, items);
    for (const item of value) items.push(copyGraph(item, seen));
    return items as T;
  } else {
    copy = Object.create(Object.getPrototypeOf(value)) as object;
    seen.set(value, copy);
    for (const [name, field] of Object.entries(value)) (copy as Record<string, unknown>)[name] = copyGraph(field, seen);
    return copy as T;
  }
  seen.set(value, copy);
  return copy as T;
}

function copyStream(strm: ZStream): ZStream {
  strm.input = NOTHING;
  strm.output = new Uint8Array(0);
  return copyGraph(strm, new Map());
}

/** What has been put out, in pieces. */
class Output {
  private readonly strm: ZStream;
  private readonly full: Uint8Array[] = [];
  length = 0;

  constructor(strm: ZStream) {
    this.strm = strm;
  }

  /** Gives the stream room for at most `limit` bytes more. */
  room(limit: number): void {
    this.settle();
    const size = Math.min(PIECES[Math.min(this.full.length, PIECES.length - 1)] * 1024, limit);
    this.strm.output = new Uint8Array(size);
    this.strm.next_out = 0;
    this.strm.avail_out = size;
  }

  private settle(): void {
    const n = this.strm.next_out;
    if (n > 0) {
      this.full.push(this.strm.output.subarray(0, n));
      this.length += n;
    }
    this.strm.output = new Uint8Array(0);
    this.strm.next_out = 0;
    this.strm.avail_out = 0;
  }

  /** All of it. */
  take(): Uint8Array {
    this.settle();
    if (this.full.length === 1) return this.full[0];
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const piece of this.full) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }
}

/** The result of a call: zlib's code and what was put out. */
export interface ZlibResult {
  readonly code: number;
  readonly data: Uint8Array;
}

export class DeflateStream {
  private readonly strm: ZStream;

  private constructor(strm: ZStream) {
    this.strm = strm;
  }

  /** A new stream, or zlib's error code (a negative number). */
  static create(level: number, windowBits: number, memLevel: number, strategy: number): DeflateStream | number {
    const strm = new ZStream();
    // The last argument asks for zlib's own hash: the bytes are then those that CPython's zlib makes.
    const code = zlibDeflateInit2(strm, level, 8, windowBits, memLevel, strategy as Strategy, true);
    return code === Z_OK ? new DeflateStream(strm) : code;
  }

  setDictionary(dictionary: Uint8Array): number {
    return zlibDeflateSetDictionary(this.strm, dictionary.slice());
  }

  /** zlib's own words on the last error; '' if it had none. */
  get message(): string {
    return this.strm.msg;
  }

  /** Compresses all of `input`, then flushes as `mode` says; Z_OK, Z_STREAM_END after Z_FINISH, or an error. */
  run(input: Uint8Array, mode: number): ZlibResult {
    const { strm } = this;
    const output = new Output(strm);
    strm.input = input;
    strm.next_in = 0;
    strm.avail_in = input.length;
    let code: number;
    do {
      output.room(Number.POSITIVE_INFINITY);
      code = zlibDeflate(strm, mode as FlushMode);
    } while (code === Z_OK && strm.avail_out === 0);
    strm.input = NOTHING;
    strm.avail_in = 0;
    // Nothing to do is no error.
    if (code === Z_BUF_ERROR && mode !== Z_FINISH) code = Z_OK;
    return { code, data: output.take() };
  }

  copy(): DeflateStream {
    return new DeflateStream(copyStream(this.strm));
  }
}

export class InflateStream {
  private readonly strm: ZStream;
  /** How many bytes of the last call's input were used. */
  consumed = 0;

  private constructor(strm: ZStream) {
    this.strm = strm;
  }

  /** A new stream, or zlib's error code (a negative number). */
  static create(windowBits: number): InflateStream | number {
    const strm = new ZStream();
    const code = zlibInflateInit2(strm, windowBits);
    return code === Z_OK ? new InflateStream(strm) : code;
  }

  setDictionary(dictionary: Uint8Array): number {
    return zlibInflateSetDictionary(this.strm, dictionary.slice());
  }

  get message(): string {
    return this.strm.msg;
  }

  /**
   * Decompresses `input` until it is used up, the stream ends, or `maxLength` bytes (0: any number) are out: Z_STREAM_END at the end,
   * Z_OK or Z_BUF_ERROR (no progress) before, or an error.  If the stream asks for `dictionary` it gets it; Z_NEED_DICT without one.
   */
  run(input: Uint8Array, maxLength = 0, dictionary?: Uint8Array, mode: number = Z_NO_FLUSH): ZlibResult {
    const { strm } = this;
    const output = new Output(strm);
    strm.input = input;
    strm.next_in = 0;
    strm.avail_in = input.length;
    let code: number = Z_OK;
    for (;;) {
      const left = maxLength === 0 ? Number.POSITIVE_INFINITY : maxLength - output.length - strm.next_out;
      if (left <= 0) break;
      output.room(left);
      code = zlibInflate(strm, mode as FlushMode);
      if (code === Z_NEED_DICT && dictionary !== undefined) {
        code = this.setDictionary(dictionary);
        if (code !== Z_OK) break;
        continue;
      }
      if (code !== Z_OK) break;
      if (strm.avail_out > 0 && strm.avail_in === 0) break;
    }
    this.consumed = input.length - strm.avail_in;
    strm.input = NOTHING;
    strm.avail_in = 0;
    return { code, data: output.take() };
  }

  copy(): InflateStream {
    const to = new InflateStream(copyStream(this.strm));
    to.consumed = this.consumed;
    return to;
  }
}
