// Does the front end read Python as CPython 3.14 does? Trees with every position, syntax errors with their words and places, warnings, raw tokens.
//
// Invariant: the expectations were recorded from CPython (record_frontend.py); nothing here decides what is right.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ConstValue, Mod, Node } from '../../src/compiler/ast.js';
import { preprocess } from '../../src/compiler/ast_preprocess.js';
import { AST_FIELDS, type FieldInfo, isLocated } from '../../src/compiler/ast_schema.js';
import { validateAst } from '../../src/compiler/ast_validate.js';
import { rawTokens } from '../../src/compiler/c_tokenizer.js';
import { type ParseMode, parse } from '../../src/compiler/parser.js';
import { setUnicodeNameLookup } from '../../src/compiler/string_parser.js';
import { PySyntaxError } from '../../src/compiler/syntax_error.js';

type Failure = [string, string, number | null, number | null, number | null, number | null, string | null];

interface Sources {
  trees: string[];
  typeComments: string[];
  errors: [string, ParseMode, number][];
  prepared: [string, 0 | 1 | 2][];
  tokens: [string, boolean][];
  invalidTrees: unknown[];
}
interface Expected {
  trees: string[];
  typeComments: string[];
  errors: (Failure | null)[];
  prepared: { tree: string; warnings: [string, string, number][] }[];
  tokens: { tokens: unknown[][]; error: Failure | null }[];
  invalidTrees: ([string, string] | null)[];
}

const read = (name: string) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const sources: Sources = read('./frontend_sources.json');
const expected: Expected = read('./frontend_expected.json');

// ---- The text for a tree, as record_frontend.py writes it ----

function floatHex(...values: number[]): string {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => {
    view.setFloat64(8 * i, value);
  });
  return Buffer.from(view.buffer).toString('hex');
}

/** A string as Python's json.dumps() writes it: ASCII only. */
function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (ch) => `\\u${ch.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function constantText(value: ConstValue): string {
  switch (value.t) {
    case 'none':
      return 'None';
    case 'true':
      return 'True';
    case 'false':
      return 'False';
    case 'ellipsis':
      return 'Ellipsis';
    case 'int':
      return value.v.toString();
    case 'float':
      return `float ${floatHex(value.v)}`;
    case 'complex':
      return `complex ${floatHex(value.re, value.im)}`;
    case 'str':
      return asciiJson(value.v);
    case 'bytes':
      return `bytes ${Buffer.from(value.v).toString('hex')}`;
    default:
      return value.t;
  }
}

const ENUMS = new Set(['expr_context', 'operator', 'boolop', 'unaryop', 'cmpop']);

function fieldText(value: unknown, field: FieldInfo): string {
  if (value === null) return 'None';
  if (Array.isArray(value)) return `[${value.map((item) => fieldText(item, field)).join(', ')}]`;
  if (typeof value === 'string') return ENUMS.has(field.type) ? value : asciiJson(value);
  if (typeof value === 'number') return String(value);
  return field.type === 'constant' ? constantText(value as ConstValue) : dump(value as Node);
}

function dump(node: Node): string {
  const record = node as unknown as Record<string, unknown>;
  const parts = (AST_FIELDS.get(node.kind) ?? []).map((field) => {
    return `${field.name}=${fieldText(record[field.prop], field)}`;
  });
  const place = isLocated(node.kind)
    ? `@${record.lineno}:${record.col_offset}-${record.end_lineno}:${record.end_col_offset}`
    : '';
  return `${node.kind}(${parts.join(', ')})${place}`;
}

function failureOf(run: () => void): Failure | null {
  try {
    run();
  } catch (error) {
    if (!(error instanceof PySyntaxError)) throw error;
    return [error.kind, error.msg, error.lineno, error.offset, error.end_lineno, error.end_offset, error.text];
  }
  return null;
}

beforeAll(() => {
  setUnicodeNameLookup((name) => (name === 'DIGIT ONE' ? 0x31 : -1));
});

describe('trees', () => {
  test.each(sources.trees.map((source, i) => [source, i] as const))('%j', (source, i) => {
    expect(dump(parse(source, 'exec', { filename: '<test>', flags: 0 }))).toBe(expected.trees[i]);
  });

  test.each(sources.typeComments.map((source, i) => [source, i] as const))('type comments: %j', (source, i) => {
    const tree = parse(source, 'exec', { filename: '<test>', flags: 0, typeComments: true });
    expect(dump(tree)).toBe(expected.typeComments[i]);
  });

  test('bytes are decoded as PEP 263 says', () => {
    const asked: string[] = [];
    const decode = (bytes: Uint8Array, encoding: string) => {
      asked.push(encoding);
      return String.fromCharCode(...bytes);
    };
    const tree = (bytes: Uint8Array) => dump(parse(bytes, 'exec', { filename: '<test>', flags: 0, decode }));
    const utf8 = new TextEncoder().encode("x = 'ü'\r\ny = 1");
    expect(tree(utf8)).toBe(dump(parse("x = 'ü'\ny = 1", 'exec', { filename: '<test>', flags: 0 })));
    const latin1 = Uint8Array.from("# -*- coding: latin-1 -*-\nx = 'ü'", (ch) => ch.charCodeAt(0));
    expect(tree(latin1)).toContain('value="\\u00fc"');
    expect(asked).toEqual(['iso-8859-1']);
    expect(tree(Uint8Array.of(0xef, 0xbb, 0xbf, 0x78))).toContain('Name(id="x", ctx=Load)@1:0-1:1');
  });
});

describe('errors', () => {
  test.each(sources.errors.map(([source, mode, flags], i) => [source, mode, flags, i] as const))(
    '%j %s %i',
    (source, mode, flags, i) => {
      const got = failureOf(() => {
        preprocess(parse(source, mode, { filename: '<test>', flags }), {
          filename: '<test>',
          optimize: 0,
          flags: 0,
          checkOnly: true,
        });
      });
      expect(got).toEqual(expected.errors[i]);
    },
  );

  test('a source that no parser has room for', () => {
    for (const source of [`${'-'.repeat(100_000)}1`, `${'lambda:'.repeat(50_000)}1`]) {
      const got = failureOf(() => {
        parse(source, 'eval', { filename: '<test>', flags: 0 });
      });
      expect(got?.[0]).toBe('MemoryError');
    }
  });

  test('a warning can be made an error', () => {
    const got = failureOf(() => {
      parse("x = '\\d'", 'exec', { filename: '<test>', flags: 0, warn: () => true });
    });
    expect(got?.slice(0, 4)).toEqual([
      'SyntaxError',
      '"\\d" is an invalid escape sequence. Did you mean "\\\\d"? A raw string is also an option.',
      1,
      6,
    ]);
  });
});

describe('prepared trees and warnings', () => {
  test.each(sources.prepared.map(([source, optimize], i) => [source, optimize, i] as const))(
    '%j %i',
    (source, optimize, i) => {
      const warnings: [string, string, number][] = [];
      const warn = (category: string, msg: string, lineno: number) => {
        warnings.push([category, msg, lineno]);
        return false;
      };
      const tree = parse(source, 'exec', { filename: '<test>', flags: 0, warn });
      preprocess(tree, { filename: '<test>', optimize, flags: 0, checkOnly: false });
      expect(dump(tree)).toBe(expected.prepared[i].tree);
      expect(warnings.sort()).toEqual(expected.prepared[i].warnings.sort());
      validateAst(tree, () => 'object');
    },
  );
});

test('leaving a finally block gives a warning when code is made (PEP 765)', () => {
  const warnings: string[] = [];
  const source = [
    'while x:',
    '  try: pass',
    '  finally:',
    '    break',
    '    continue',
    '    for y in z: break',
    '    def g(): return',
    'def f():',
    '  try: pass',
    '  finally: return',
  ].join('\n');
  preprocess(parse(source, 'exec', { filename: '<test>', flags: 0 }), {
    filename: '<test>',
    optimize: 0,
    flags: 0,
    checkOnly: false,
    warn: (category, msg, lineno) => {
      warnings.push(`${lineno}: ${category}: ${msg}`);
      return false;
    },
  });
  expect(warnings).toEqual([
    "4: SyntaxWarning: 'break' in a 'finally' block",
    "5: SyntaxWarning: 'continue' in a 'finally' block",
    "10: SyntaxWarning: 'return' in a 'finally' block",
  ]);
});

describe('raw tokens', () => {
  test.each(sources.tokens.map(([source, extra], i) => [source, extra, i] as const))('%j', (source, extra, i) => {
    const tokens: unknown[][] = [];
    const error = failureOf(() => {
      for (const t of rawTokens(source, extra)) {
        tokens.push([t.type, t.string, t.lineno, t.col, t.endLineno, t.endCol, t.line]);
      }
    });
    const want = expected.tokens[i];
    expect(tokens).toEqual(want.tokens);
    expect(error?.slice(0, 4)).toEqual(want.error?.slice(0, 4));
  });
});

describe('validation of trees that a program has made', () => {
  /** Completes a tree of the source file with places and exact constants. */
  const complete = (spec: unknown): unknown => {
    if (Array.isArray(spec)) return spec.map(complete);
    if (spec === null || typeof spec !== 'object') return spec;
    const record = spec as Record<string, unknown>;
    if (record.t === 'int') return { t: 'int', v: BigInt(record.v as number) };
    if ('t' in record) return record;
    const place = { lineno: 1, col_offset: 0, end_lineno: 1, end_col_offset: 0 };
    const fields = Object.entries(record).map(([name, value]) => [name, complete(value)]);
    return { ...place, ...Object.fromEntries(fields) };
  };

  test.each(sources.invalidTrees.map((spec, i) => [expected.invalidTrees[i], spec] as const))('%j', (want, spec) => {
    const got = failureOf(() => validateAst(complete(spec) as Mod, () => 'object'));
    expect(got === null ? null : [got[0], got[1]]).toEqual(want);
  });
});
