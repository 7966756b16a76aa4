// Does the symbol table know what CPython's knows? Tables that CPython 3.14.10's `_symtable` gives, recorded.
//
// Invariant: blocks, their order, parameters and every bit of every symbol's flags are the same.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { futureFeatures } from '../../src/compiler/future.js';
import { parse } from '../../src/compiler/parser.js';
import type { SymtableEntry } from '../../src/compiler/symbols.js';
import { buildSymtable } from '../../src/compiler/symtable.js';

interface Case {
  source: string;
  table: unknown;
}

const cases = JSON.parse(readFileSync(new URL('./symtable_expected.json', import.meta.url), 'utf8')) as Case[];

function describeEntry(entry: SymtableEntry): unknown {
  const { name, type, loc, nested, symbols, varnames, children } = entry;
  return [name, type, loc.lineno, nested, Object.fromEntries(symbols), varnames, children.map(describeEntry)];
}

test.each(cases)('$source', ({ source, table }) => {
  const filename = '<test>';
  const mod = parse(source, 'exec', { filename, flags: 0 });
  expect(describeEntry(buildSymtable(mod, filename, futureFeatures(mod, filename)).top)).toEqual(table);
});
