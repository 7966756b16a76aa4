// How is compiled code stored without a heap?  Invariant: the bytes are marshal's (version 5) of the code object that the unit becomes; no back
// references are used, so that nothing depends on identity.  Only the build needs this: it compiles the standard library before any runtime exists.

import type { CodeUnit } from './code_unit.js';
import type { ConstValue } from './ast.js';

class Out {
  private bytes = new Uint8Array(1024);
  private n = 0;
  private readonly view = new DataView(new ArrayBuffer(8));

  u8(b: number): void {
    if (this.n === this.bytes.length) {
      const grown = new Uint8Array(2 * this.n);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes[this.n++] = b;
  }
  i32(v: number): void {
    for (let i = 0; i < 4; i++) this.u8((v >> (8 * i)) & 0xff);
  }
  f64(v: number): void {
    this.view.setFloat64(0, v, true);
    for (let i = 0; i < 8; i++) this.u8(this.view.getUint8(i));
  }
  raw(b: Uint8Array): void {
    for (const x of b) this.u8(x);
  }
  type(c: string): void {
    this.u8(c.charCodeAt(0));
  }
  result(): Uint8Array {
    return this.bytes.slice(0, this.n);
  }
}

/** UTF-8 with surrogates encoded like other characters (surrogatepass). */
function utf8(points: Iterable<number>): Uint8Array {
  const out: number[] = [];
  for (const c of points) {
    if (c < 0x80) out.push(c);
    else if (c < 0x800) out.push(0xc0 | (c >> 6), 0x80 | (c & 63));
    else if (c < 0x10000) out.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
    else out.push(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
  }
  return Uint8Array.from(out);
}

function* codePoints(s: string): Iterable<number> {
  for (const c of s) yield c.codePointAt(0) as number;
}

function writeStr(out: Out, s: string, points?: readonly number[]): void {
  const bytes = utf8(points ?? codePoints(s));
  if (points === undefined && bytes.length === s.length) {
    if (bytes.length < 256) {
      out.type('z');
      out.u8(bytes.length);
    } else {
      out.type('a');
      out.i32(bytes.length);
    }
  } else {
    out.type('u');
    out.i32(bytes.length);
  }
  out.raw(bytes);
}

function writeBytes(out: Out, b: Uint8Array): void {
  out.type('s');
  out.i32(b.length);
  out.raw(b);
}

function writeInt(out: Out, v: bigint): void {
  if (v >= -0x80000000n && v <= 0x7fffffffn) {
    out.type('i');
    out.i32(Number(v));
    return;
  }
  out.type('l');
  const digits: number[] = [];
  for (let rest = v < 0n ? -v : v; rest > 0n; rest >>= 15n) digits.push(Number(rest & 0x7fffn));
  out.i32(v < 0n ? -digits.length : digits.length);
  for (const d of digits) {
    out.u8(d & 0xff);
    out.u8(d >> 8);
  }
}

function writeTuple<T>(out: Out, items: readonly T[], write: (item: T) => void): void {
  if (items.length < 256) {
    out.type(')');
    out.u8(items.length);
  } else {
    out.type('(');
    out.i32(items.length);
  }
  for (const item of items) write(item);
}

function writeConst(out: Out, c: ConstValue): void {
  switch (c.t) {
    case 'none':
      return out.type('N');
    case 'true':
      return out.type('T');
    case 'false':
      return out.type('F');
    case 'ellipsis':
      return out.type('.');
    case 'int':
      return writeInt(out, c.v);
    case 'float':
      out.type('g');
      return out.f64(c.v);
    case 'complex':
      out.type('y');
      out.f64(c.re);
      return out.f64(c.im);
    case 'str':
      return writeStr(out, c.v, c.points);
    case 'bytes':
      return writeBytes(out, c.v);
    case 'tuple':
      return writeTuple(out, c.v, (x) => writeConst(out, x));
    case 'frozenset':
      out.type('>');
      out.i32(c.v.length);
      for (const x of c.v) writeConst(out, x);
      return;
    case 'slice':
      out.type(':');
      for (const x of [c.start, c.stop, c.step]) writeConst(out, x);
      return;
    case 'code':
      return writeCode(out, c.v);
    default:
      throw new Error(`a constant of kind ${c.t} cannot be stored`);
  }
}

function writeCode(out: Out, u: CodeUnit): void {
  const str = (s: string) => writeStr(out, s);
  out.type('c');
  for (const n of [u.argcount, u.posonlyargcount, u.kwonlyargcount, u.stacksize, u.flags]) out.i32(n);
  writeBytes(out, u.code);
  writeTuple(out, u.consts, (c) => writeConst(out, c));
  writeTuple(out, u.names, str);
  writeTuple(out, u.localsplusnames, str);
  writeBytes(out, u.localspluskinds);
  str(u.filename);
  str(u.name);
  str(u.qualname);
  out.i32(u.firstlineno);
  writeBytes(out, u.linetable);
  writeBytes(out, u.exceptiontable);
}

/** The marshalled code object of a unit. */
export function marshalUnit(unit: CodeUnit): Uint8Array {
  const out = new Out();
  writeCode(out, unit);
  return out.result();
}
