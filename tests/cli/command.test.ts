// Does the command start, refuse, and end as it should?  Invariant: these tests run the built package (dist/, which `npm ci` and `npm run
// build` make), once, whatever builds the other tests are run in.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const bin = join(import.meta.dirname, '../../bin/vivarium.js');

function vivarium(args: string[], env: Record<string, string> = {}, input = '') {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PYTHON|VIVARIUM)/.test(name)));
  const r = spawnSync(process.execPath, [bin, ...args], { env: { ...clean, ...env }, input, encoding: 'utf8' });
  return { status: r.status, signal: r.signal, stdout: r.stdout, stderr: r.stderr };
}

const refusal = (text: RegExp) => ({
  status: 2,
  signal: null,
  stdout: '',
  stderr: expect.stringMatching(new RegExp(`^vivarium: ${text.source}\n$`)),
});

describe.runIf(VIVARIUM_BUILD === 'release')('the command', () => {
  test('unknown builds', () => {
    const accepted = /no build 'nonesuch': accepted are .*release.*/;
    expect(vivarium(['--build', 'nonesuch', '-c', 'pass'])).toEqual(refusal(accepted));
    expect(vivarium(['-c', 'pass'], { VIVARIUM_BUILD: 'nonesuch' })).toEqual(refusal(accepted));
    expect(vivarium(['--build', '../cli'])).toEqual(refusal(/no build '\.\.\/cli': accepted are .*/));
    expect(vivarium(['--build'])).toEqual(refusal(/argument expected for --build/));
  });

  test('bad heap sizes', () => {
    for (const size of ['much', '1K', '3G', '-5']) {
      expect(vivarium([`--heap-size=${size}`, '-c', 'pass'])).toEqual(
        refusal(new RegExp(`bad --heap-size '${size}': accepted is .* from 16M to 2G`)),
      );
    }
    expect(vivarium([], { VIVARIUM_HEAP: 'x' })).toEqual(refusal(/bad VIVARIUM_HEAP 'x': accepted is .*/));
  });

  test('Python: its own usage errors', () => {
    const usage = `usage: ${bin} [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry \`python -h' for more information.\n`;
    expect(vivarium(['-Z'])).toEqual({ status: 2, signal: null, stdout: '', stderr: `Unknown option: -Z\n${usage}` });
    expect(vivarium(['-c'])).toMatchObject({ status: 2, stderr: `Argument expected for the -c option\n${usage}` });
    expect(vivarium(['-c', 'pass'], { PYTHONHASHSEED: 'x' })).toMatchObject({ status: 1, stdout: '' });
  });

  test('version and help', () => {
    expect(vivarium(['-V'])).toEqual({
      status: 0,
      signal: null,
      stdout: expect.stringMatching(/^Python 3\.14\.\d+\n$/),
      stderr: '',
    });
    expect(vivarium(['--build=release', '-VV']).stdout).toMatch(/^Python 3\.14\.\d+ \(vivarium release\) \[.*\]\n$/);
    expect(vivarium(['-h']).stdout).toMatch(/^usage: .*\n-b {5}: /s);
  });
});
