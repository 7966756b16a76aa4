// Does running the same code again and again leave nothing behind?  Invariant: tests/flat has code for every built-in type and every built-in module; it
// runs through the real command in the build under test, and prints what leaks, what fails, and which type or module no code covers.

import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const command = join(dirname(here), 'bin', 'vivarium.js');
const TIMEOUT = 1_200_000;

function run(program: string) {
  const args = [command, '--build', VIVARIUM_BUILD, '-W', 'ignore', join(here, 'flat', program)];
  const r = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: TIMEOUT });
  return { status: r.status, stdout: r.stdout, stderr: r.stderr };
}

describe.runIf(Py_REF_DEBUG)('flat', () => {
  test('what leaks is found', { timeout: TIMEOUT }, () => {
    const lines = run('planted.py').stdout.trim().split('\n');
    expect(lines.map((line) => line.replace(/\[.*/, ''))).toEqual([
      'objects: references left behind by each run: ',
      'objects: blocks left behind by each run: ',
      'references: references left behind by each run: ',
    ]);
  });

  test.each(['types_flat.py', 'modules_flat.py'])('%s', { timeout: TIMEOUT }, (program) => {
    expect(run(program)).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});
