// Does the house stand as DESIGN.md section 3 says?  Invariant: a file imports only from its own folder and from lower ones, and only
// what is listed as outside may come from elsewhere.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const FLOORS = [
  'config',
  'memory',
  'object',
  'types',
  'compiler',
  'vm',
  'jit',
  'modules',
  'ledger',
  'host',
  'api',
  'cli',
];
/**
 * The words in which the compiler hands its result to the types of code objects: declarations that import only one another, so
 * that lower floors may read them without a circle.
 */
const VOCABULARY = ['compiler/opcodes', 'compiler/code_unit', 'compiler/ast'];
/** Only these know what a host is made of. */
const MAY_USE_NODE = ['host', 'cli'];
const src = join(import.meta.dirname, '../src');

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function* imports(): Generator<Import> {
  for (const entry of readdirSync(src, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(ts|mjs)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, 'utf8');
    for (const m of text.matchAll(/^\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]/gm)) {
      yield { file: relative(src, path), specifier: m[1] };
    }
  }
}

const bare = (path: string): string => path.replace(/\.m?[jt]s$/, '');
const targetOf = ({ file, specifier }: Import): string => relative(src, join(src, dirname(file), specifier));
const folderOf = (path: string): string => path.split('/')[0];

describe('floors', () => {
  const all = [...imports()];

  test('the imports are found', () => {
    expect(all.length).toBeGreaterThan(20);
    expect(all.some((i) => i.file === 'cli/runtime.ts' && i.specifier === '../host/node.js')).toBe(true);
  });

  test('every folder is a floor', () => {
    const folders = readdirSync(src, { withFileTypes: true }).filter((d) => d.isDirectory());
    expect(folders.map((d) => d.name).filter((name) => !FLOORS.includes(name))).toEqual([]);
  });

  test('imports lead downwards', () => {
    const wrong = all.filter((i) => {
      if (!i.specifier.startsWith('.') || VOCABULARY.includes(bare(targetOf(i)))) return false;
      const target = folderOf(targetOf(i));
      return FLOORS.indexOf(target) > FLOORS.indexOf(folderOf(i.file)) || !FLOORS.includes(target);
    });
    expect(wrong).toEqual([]);
  });

  test('the vocabulary imports only itself', () => {
    const wrong = all.filter((i) => VOCABULARY.includes(bare(i.file)) && !VOCABULARY.includes(bare(targetOf(i))));
    expect(wrong).toEqual([]);
  });

  test('only the host and the command know Node', () => {
    const wrong = all.filter((i) => i.specifier.startsWith('node:') && !MAY_USE_NODE.includes(folderOf(i.file)));
    expect(wrong).toEqual([]);
  });

  test('relative imports end in .js or .mjs', () => {
    expect(all.filter((i) => i.specifier.startsWith('.') && !/\.m?js$/.test(i.specifier))).toEqual([]);
  });
});
