// How do these tests ask a build?  Invariant: the real command runs the real bundle (dist/, which `npm ci` and `npm run build` make), in an
// environment without Python's or our own variables but those that are given.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
const bin = join(root, 'bin/vivarium.js');

export interface Answer {
  status: number | null;
  stdout: string;
  stderr: string;
}

export function vivarium(build: string, args: string[], env: Record<string, string> = {}, input = ''): Answer {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PYTHON|VIVARIUM)/.test(name)));
  const r = spawnSync(process.execPath, [bin, '--build', build, ...args], {
    env: { ...clean, ...env },
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  // The runtime dies by the signal itself where there are signals: a shell shows 128 + its number.
  const status = r.status ?? (r.signal === 'SIGABRT' ? 134 : null);
  return { status, stdout: r.stdout, stderr: r.stderr };
}

/** The program's standard output, read as JSON; its errors are the test's. */
export function ask(build: string, code: string, args: string[] = [], env: Record<string, string> = {}): unknown {
  const r = vivarium(build, [...args, '-c', `import json, sys\n${code}`], env);
  if (r.status !== 0) throw new Error(`${build}: status ${r.status}\n${r.stderr}`);
  return JSON.parse(r.stdout);
}
