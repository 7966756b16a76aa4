// How fast is it?  Invariant: every figure of a table comes from one run on one machine, the interpreters taking turns program by program.
//
//   npm run bench                 release, debug, CPython (release and debug, where CPYTHON_ORACLE or ~/.cache/cpython-oracle has them), Pyodide
//   npm run bench -- --builds     every shipped build against release

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILD_NAMES } from '../src/config/builds.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const command = join(dirname(here), 'bin', 'vivarium.js');
const script = join(here, 'time_program.py');
const oracle = process.env.CPYTHON_ORACLE ?? join(homedir(), '.cache', 'cpython-oracle');
const builds = process.argv.includes('--builds');

/** @type {{ name: string, argv: (program: string) => string[], startup: string[] | null }[]} */
const subjects = (builds ? BUILD_NAMES : ['release', 'debug']).map((build) => ({
  name: build,
  argv: (program) => [process.execPath, command, '--build', build, script, program],
  startup: [process.execPath, command, '--build', build, '-c', 'pass'],
}));
if (!builds) {
  for (const [name, file] of [
    ['cpython', 'python3.14'],
    ['cpython-d', 'python3.14-debug'],
  ]) {
    const path = join(oracle, 'bin', file);
    if (existsSync(path))
      subjects.push({ name, argv: (program) => [path, script, program], startup: [path, '-c', 'pass'] });
  }
  subjects.push({
    name: 'pyodide',
    argv: (program) => [process.execPath, join(here, 'pyodide.mjs'), program],
    startup: null,
  });
}

/** The best time of one run, in seconds; NaN if the program failed. @param {string[]} argv */
function measure([file, ...args]) {
  const r = spawnSync(file, args, { encoding: 'utf8' });
  if (r.status !== 0) console.error(`${file} ${args.join(' ')}: ${r.stderr.trim().split('\n').pop()}`);
  return r.status === 0 ? Number(r.stdout.trim().split('\n').pop()) : Number.NaN;
}

/** The best of five starts, in seconds. @param {string[]} argv */
function start([file, ...args]) {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const t = performance.now();
    spawnSync(file, args);
    best = Math.min(best, (performance.now() - t) / 1000);
  }
  return best;
}

const cell = (/** @type {string} */ s) => s.padStart(12);
console.log(cell('ms') + subjects.map((s) => cell(s.name)).join(''));
/** @type {number[][]} */
const rows = [];
for (const file of readdirSync(join(here, 'programs')).filter((f) => f.endsWith('.py'))) {
  const times = subjects.map((s) => measure(s.argv(join(here, 'programs', file))));
  rows.push(times);
  console.log(cell(file.slice(0, -3)) + times.map((t) => cell((1000 * t).toFixed(2))).join(''));
}
const node = start([process.execPath, '-e', '0']);
console.log(
  cell('start-up') +
    subjects.map((s) => cell(s.startup ? (1000 * start(s.startup)).toFixed(0) : '')).join('') +
    `   (node -e 0: ${(1000 * node).toFixed(0)})`,
);
const geo = subjects.map((_, i) => Math.exp(rows.reduce((a, r) => a + Math.log(r[i] / r[0]), 0) / rows.length));
console.log(cell('× release') + geo.map((g) => cell(g.toFixed(2))).join('') + '   geometric mean of the programs');
