// Do whole programs print what CPython 3.14 prints, and do the books balance afterwards?  Invariant: each program in tests/programs runs through the real
// command in the build under test; its `.out` file is CPython's output (recorded by running `python3.14 NAME.py > NAME.out`).

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const command = join(dirname(here), 'bin', 'vivarium.js');
const programs = readdirSync(join(here, 'programs')).filter((f) => f.endsWith('.py'));

function run(...args: string[]) {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  return spawnSync(process.execPath, [command, '--build', VIVARIUM_BUILD, ...args], { encoding: 'utf8', env });
}

describe('programs', () => {
  test.each(programs)('%s', (program) => {
    const r = run('-X', 'showrefcount', join(here, 'programs', program));
    expect(r.stderr.replace(/\[\d+ refs, \d+ blocks\]\n$/, '')).toBe('');
    expect(r.stdout).toBe(readFileSync(join(here, 'programs', program.replace(/\.py$/, '.out')), 'utf8'));
    expect(r.status).toBe(0);
    if (Py_REF_DEBUG) expect(r.stderr).toBe('[0 refs, 0 blocks]\n');
  });
});

describe('ends', () => {
  test('nothing is left after doing nothing', () => {
    const r = run('-X', 'showrefcount', '-c', 'pass');
    expect([r.status, r.stdout, r.stderr]).toEqual([0, '', Py_REF_DEBUG ? '[0 refs, 0 blocks]\n' : '']);
  });

  test('the functions of a build are there, and no others', () => {
    const r = run(
      '-c',
      "import sys; print([hasattr(sys, n) for n in ('gettotalrefcount', 'getobjects', 'getcounts')])",
    );
    const bool = (b: boolean) => (b ? 'True' : 'False');
    expect(r.stdout).toBe(`[${[Py_REF_DEBUG, Py_TRACE_REFS, COUNT_ALLOCS].map(bool).join(', ')}]\n`);
  });

  test('exit statuses', () => {
    expect(run('-c', 'import sys; sys.exit(3)').status).toBe(3);
    expect(run('-c', 'raise SystemExit').status).toBe(0);
    const fails = run('-c', 'def f():\n    1 / 0\nf()');
    expect(fails.status).toBe(1);
    expect(fails.stderr).toContain('ZeroDivisionError: division by zero');
  });

  test('recursion without end is an error that can be caught', () => {
    const r = run('-c', 'def f(): return f()\ntry: f()\nexcept RecursionError as e: print("caught", e)');
    expect(r.stdout).toBe('caught maximum recursion depth exceeded\n');
  });

  test('memory that is not there is an error that can be caught', () => {
    const r = run('-c', 'try: bytearray(2**31 - 10)\nexcept MemoryError: print("caught")');
    expect(r.stdout).toBe('caught\n');
  });
});
