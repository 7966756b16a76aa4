// Does the compiler give CPython's code? Sources with the code objects, errors and warnings that CPython 3.14.10 gives for them, recorded.
//
// Invariant: every byte counts: code, constants and their order, names, location and exception tables, and the places of errors.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ConstValue, Mod } from '../../src/compiler/ast.js';
import { CO_FAST_CELL, CO_FAST_FREE, CO_FAST_LOCAL, type CodeUnit } from '../../src/compiler/code_unit.js';
import { compileAst } from '../../src/compiler/compile.js';
import * as opcodes from '../../src/compiler/opcodes.js';
import { parse } from '../../src/compiler/parser.js';
import { PySyntaxError } from '../../src/compiler/syntax_error.js';

interface Case {
  source: string;
  mode: 'exec' | 'eval' | 'single';
  flags: number;
  optimize: 0 | 1 | 2;
  code?: unknown;
  error?: unknown;
  warnings?: string[];
}

const cases = JSON.parse(readFileSync(new URL('./backend_expected.json', import.meta.url), 'utf8')) as Case[];

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A float as float.hex() writes it. */
function floatHex(v: number): string {
  if (Number.isNaN(v)) return 'nan';
  if (!Number.isFinite(v)) return v < 0 ? '-inf' : 'inf';
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, v);
  const bits = view.getBigUint64(0);
  const sign = bits >> 63n ? '-' : '';
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = (bits & 0xfffffffffffffn).toString(16).padStart(13, '0');
  if (v === 0) return `${sign}0x0.0p+0`;
  if (exponent === 0) return `${sign}0x0.${fraction}p-1022`;
  const e = exponent - 1023;
  return `${sign}0x1.${fraction}p${e < 0 ? '-' : '+'}${Math.abs(e)}`;
}

function intHex(v: bigint): string {
  return v < 0n ? `-0x${(-v).toString(16)}` : `0x${v.toString(16)}`;
}

function constant(c: ConstValue): unknown {
  switch (c.t) {
    case 'int':
      return { t: 'int', v: intHex(c.v) };
    case 'float':
      return { t: 'float', v: floatHex(c.v) };
    case 'complex':
      return { t: 'complex', re: floatHex(c.re), im: floatHex(c.im) };
    case 'bytes':
      return { t: 'bytes', v: hex(c.v) };
    case 'str':
      return c.points ? { t: 'str', v: '', points: c.points } : { t: 'str', v: c.v };
    case 'tuple':
      return { t: 'tuple', v: c.v.map(constant) };
    case 'frozenset':
      return unordered({ t: 'frozenset', v: c.v.map(constant) });
    case 'slice':
      return { t: 'slice', start: constant(c.start), stop: constant(c.stop), step: constant(c.step) };
    case 'code':
      return { t: 'code', v: describeCode(c.v) };
    default:
      return c;
  }
}

/** The order of a frozenset's elements depends on the run. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unordered);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) copy[key] = unordered(part);
  if (copy.t === 'frozenset' && Array.isArray(copy.v))
    copy.v.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return copy;
}

function describeCode(unit: CodeUnit): unknown {
  const variables = (kind: number) => unit.localsplusnames.filter((_, i) => unit.localspluskinds[i]! & kind);
  return {
    name: unit.name,
    qualname: unit.qualname,
    firstlineno: unit.firstlineno,
    flags: unit.flags,
    argcount: unit.argcount,
    posonlyargcount: unit.posonlyargcount,
    kwonlyargcount: unit.kwonlyargcount,
    stacksize: unit.stacksize,
    code: hex(unit.code),
    consts: unit.consts.map(constant),
    names: unit.names,
    varnames: variables(CO_FAST_LOCAL),
    cellvars: variables(CO_FAST_CELL),
    freevars: variables(CO_FAST_FREE),
    linetable: hex(unit.linetable),
    exceptiontable: hex(unit.exceptiontable),
  };
}

describe('code objects are CPython’s', () => {
  test.each(cases)('$mode $flags $optimize $source', ({ source, mode, flags, optimize, code, error, warnings }) => {
    const filename = '<test>';
    const seen: string[] = [];
    const warn = (_category: string, msg: string): boolean => {
      seen.push(msg);
      return false;
    };
    let result: unknown;
    let failure: unknown;
    try {
      const mod = parse(source, mode, { filename, flags, warn });
      result = describeCode(compileAst(mod, { filename, flags, optimize, warn }));
    } catch (e) {
      if (!(e instanceof PySyntaxError)) throw e;
      failure = [e.kind, e.msg, e.lineno, e.offset, e.end_lineno, e.end_offset];
    }
    expect(failure).toEqual(error);
    if (code) expect(result).toEqual(unordered(code));
    expect(seen).toEqual(warnings ?? []);
  });
});

describe('the instruction set', () => {
  test('every instruction has one row, in the order of the numbers', () => {
    const numbers = opcodes.INSTRUCTIONS.map(([op]) => op);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    for (const [op, name] of opcodes.INSTRUCTIONS) {
      expect((opcodes as unknown as Record<string, number>)[name]).toBe(op);
      expect(opcodes.OPNAMES[op]).toBe(name);
    }
  });

  test('specialized forms have the caches of what they specialize', () => {
    for (const [op, forms] of opcodes.SPECIALIZATIONS) {
      for (const form of forms) {
        expect(opcodes.DEOPT[form]).toBe(op);
        expect(opcodes.CACHE_ENTRIES[form]).toBe(opcodes.CACHE_ENTRIES[op]);
      }
    }
  });

  test('stack effects', () => {
    expect(opcodes.stackEffect(opcodes.CALL, 2, false)).toBe(-3);
    expect(opcodes.stackEffect(opcodes.BUILD_MAP, 3, false)).toBe(-5);
    expect(opcodes.stackEffect(opcodes.UNPACK_EX, 1 + (2 << 8), false)).toBe(3);
    expect(opcodes.stackEffect(opcodes.SETUP_WITH, 0, false)).toBe(0);
    expect(opcodes.stackEffect(opcodes.SETUP_WITH, 0, true)).toBe(1);
  });
});

test('nesting without end is a RecursionError', () => {
  const at = { lineno: 1, col_offset: 0, end_lineno: 1, end_col_offset: 1 };
  const mod: Mod = { kind: 'Expression', body: { kind: 'Name', id: 'a', ctx: 'Load', ...at } };
  for (let i = 0; i < 100_000; i++) mod.body = { kind: 'Attribute', value: mod.body, attr: 'b', ctx: 'Load', ...at };
  const compile = () => compileAst(mod, { filename: '<test>', flags: 0, optimize: 0 });
  expect(compile).toThrow(expect.objectContaining({ kind: 'RecursionError' }));
});
