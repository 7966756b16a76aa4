// When are two constants one? The identity of constants in the compiler.
//
// Invariant: constants are merged when their types and values are the same, recursively, with the signs of zeros and the types of
// elements told apart (`1`, `1.0` and `True` are three constants, `0.0` and `-0.0` are two). Each distinct constant has one key, a
// string, within a compilation; equal constants become one object, so that the machine can see that they are the same.

import type { ConstValue } from './ast.js';
import type { CodeUnit } from './code_unit.js';

function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function stringsEqual(a: string[], b: string[]): boolean {
  return a.length === b.length && a.every((s, i) => s === b[i]);
}

function floatKey(v: number): string {
  return Object.is(v, -0) ? '-0' : String(v);
}

/** Shared by all blocks of one compilation. */
export class ConstantPool {
  private readonly byKey = new Map<string, ConstValue>();
  private readonly keys = new WeakMap<object, string>();
  private readonly codeBuckets = new Map<string, { unit: CodeUnit; key: string }[]>();
  private nextIdentity = 0;

  /** The key of the constant: equal for constants that are merged, different for others. */
  key(c: ConstValue): string {
    switch (c.t) {
      case 'none':
        return 'N';
      case 'true':
        return 'T';
      case 'false':
        return 'F';
      case 'ellipsis':
        return 'E';
      case 'int':
        return `i${c.v.toString(16)}`;
      case 'float':
        return Number.isNaN(c.v) ? this.identity(c) : `f${floatKey(c.v)}`;
      case 'complex':
        if (Number.isNaN(c.re) || Number.isNaN(c.im)) return this.identity(c);
        return `c${floatKey(c.re)},${floatKey(c.im)}`;
      case 'str':
        return c.points ? `p${c.points.join(',')}` : `s${c.v}`;
      case 'bytes':
        return `b${c.v.length < 4096 ? String.fromCharCode(...c.v) : Array.from(c.v).join(',')}`;
      case 'tuple': {
        let key = `t${c.v.length}`;
        for (const item of c.v) {
          const k = this.key(item);
          key += `,${k.length}:${k}`;
        }
        return key;
      }
      case 'frozenset': {
        const parts = c.v.map((item) => this.key(item)).sort();
        return `z${parts.map((k) => `${k.length}:${k}`).join(',')}`;
      }
      case 'slice':
        return `l${[c.start, c.stop, c.step].map((part) => `,${this.key(part)}`).join('')}`;
      case 'code':
        return this.codeKey(c.v);
      case 'object':
        return `o${c.v}`;
    }
  }

  private identity(c: object): string {
    const known = this.keys.get(c);
    if (known !== undefined) return known;
    const key = `n${this.nextIdentity++}`;
    this.keys.set(c, key);
    return key;
  }

  /** Code objects compare by value (a `finally` body is compiled twice, and so are the functions in it). */
  private codeKey(unit: CodeUnit): string {
    const known = this.keys.get(unit);
    if (known !== undefined) return known;
    const brief = `${unit.name}:${unit.firstlineno}:${unit.code.length}`;
    const bucket = this.codeBuckets.get(brief) ?? [];
    if (bucket.length === 0) this.codeBuckets.set(brief, bucket);
    let key = bucket.find((entry) => this.sameCode(entry.unit, unit))?.key;
    if (key === undefined) {
      key = `C${this.nextIdentity++}`;
      bucket.push({ unit, key });
    }
    this.keys.set(unit, key);
    return key;
  }

  private sameCode(a: CodeUnit, b: CodeUnit): boolean {
    return (
      a.argcount === b.argcount &&
      a.posonlyargcount === b.posonlyargcount &&
      a.kwonlyargcount === b.kwonlyargcount &&
      a.flags === b.flags &&
      bytesEqual(a.code, b.code) &&
      a.consts.length === b.consts.length &&
      a.consts.every((c, i) => this.key(c) === this.key(b.consts[i]!)) &&
      stringsEqual(a.names, b.names) &&
      stringsEqual(a.localsplusnames, b.localsplusnames) &&
      bytesEqual(a.linetable, b.linetable) &&
      bytesEqual(a.exceptiontable, b.exceptiontable)
    );
  }

  /** The one object for this constant; the elements of tuples and frozensets are merged too. */
  merge(c: ConstValue, key: string = this.key(c)): ConstValue {
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const merged: ConstValue =
      c.t === 'tuple' || c.t === 'frozenset' ? { t: c.t, v: c.v.map((item) => this.merge(item)) } : c;
    this.byKey.set(key, merged);
    return merged;
  }
}

/** Is it true, as bool() has it? */
export function isTrue(c: ConstValue): boolean {
  switch (c.t) {
    case 'none':
    case 'false':
      return false;
    case 'int':
      return c.v !== 0n;
    case 'float':
      return c.v !== 0;
    case 'complex':
      return c.re !== 0 || c.im !== 0;
    case 'str':
    case 'bytes':
    case 'tuple':
    case 'frozenset':
      return c.v.length !== 0;
    default:
      return true;
  }
}

/** A key that is the same for constants that are equal in Python (`1 == 1.0 == True`), as in a set or a dict. */
export function equalityKey(c: ConstValue): string {
  switch (c.t) {
    case 'true':
      return 'n1';
    case 'false':
      return 'n0';
    case 'int':
      return `n${c.v.toString(16)}`;
    case 'float':
      return realKey(c.v);
    case 'complex':
      return c.im === 0 ? realKey(c.re) : `c${c.re === 0 ? 0 : c.re},${c.im}`;
    case 'str':
      return c.points ? `p${c.points.join(',')}` : `s${c.v}`;
    case 'bytes':
      return `b${Array.from(c.v).join(',')}`;
    case 'tuple':
      return `t${c.v.map((item) => `${equalityKey(item).length}:${equalityKey(item)}`).join(',')}`;
    case 'frozenset':
      return `z${c.v.map(equalityKey).sort().join(',')}`;
    case 'object':
      return `o${c.v}`;
    default:
      return c.t;
  }
}

function realKey(v: number): string {
  return Number.isInteger(v) ? `n${BigInt(v).toString(16)}` : `f${v}`;
}

/** The constant frozenset of these items, equal ones only once (the first stays). */
export function makeFrozenset(items: ConstValue[]): ConstValue {
  const distinct = new Map<string, ConstValue>();
  for (const item of items) {
    const key = equalityKey(item);
    if (!distinct.has(key)) distinct.set(key, item);
  }
  return { t: 'frozenset', v: [...distinct.values()] };
}

/** The name of the constant's type, as in messages. */
export function typeName(c: ConstValue): string {
  switch (c.t) {
    case 'none':
      return 'NoneType';
    case 'true':
    case 'false':
      return 'bool';
    case 'ellipsis':
      return 'ellipsis';
    default:
      return c.t;
  }
}
