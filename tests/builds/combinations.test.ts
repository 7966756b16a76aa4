// Does any combination of defines make a build?  Invariant: what a combination has follows from its defines alone.

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ask, root, vivarium } from './run.js';

const COMBINATIONS = [
  {
    name: 'test-trace-counts',
    args: ['--define', 'Py_TRACE_REFS', '--define', 'COUNT_ALLOCS', '--no-define', 'WITH_PYMALLOC'],
    has: [true, true, true],
    vars: { WITH_PYMALLOC: 0, Py_REF_DEBUG: 1, Py_TRACE_REFS: 1, COUNT_ALLOCS: 1, PYMALLOC_DEBUG: 0, Py_DEBUG: 0 },
  },
  {
    name: 'test-debug-malloc',
    args: ['--define', 'Py_DEBUG', '--define', 'PYMALLOC_DEBUG', '--no-define', 'WITH_PYMALLOC'],
    has: [true, true, false],
    vars: { WITH_PYMALLOC: 0, Py_REF_DEBUG: 1, Py_TRACE_REFS: 1, COUNT_ALLOCS: 0, PYMALLOC_DEBUG: 1, Py_DEBUG: 1 },
  },
];

describe.runIf(VIVARIUM_BUILD === 'release')('a build of one’s own', () => {
  afterAll(() => {
    for (const { name } of COMBINATIONS) rmSync(join(root, 'dist', name), { recursive: true, force: true });
  });

  test.each(COMBINATIONS)('$name', ({ name, args, has, vars }) => {
    const built = spawnSync(process.execPath, ['scripts/build.mjs', ...args, '--name', name, '--no-cache'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect([built.status, built.stderr]).toEqual([0, '']);
    expect(
      ask(
        name,
        `import sysconfig
print(json.dumps([[hasattr(sys, n) for n in ('gettotalrefcount', 'getobjects', 'getcounts')],
                  {n: sysconfig.get_config_var(n) for n in ${JSON.stringify(Object.keys(vars))}}]))`,
      ),
    ).toEqual([has, vars]);
    const program = vivarium(name, ['-X', 'showrefcount', join(root, 'tests/programs/language.py')]);
    expect([program.status, program.stderr]).toEqual([0, '[0 refs, 0 blocks]\n']);
    // Without pymalloc there are no arenas to tell of.
    expect(vivarium(name, ['-c', 'pass'], { PYTHONMALLOCSTATS: '1' }).stderr).toBe('');
    const fatal = vivarium(name, ['-c', 'import _testcapi; _testcapi.negative_refcount()']);
    expect(fatal.status).toBe(134);
  });
});
