// Does `vivarium hunt` find the leaks of the examples, and answer bad input as it should?  Invariant: these tests run the built package, once, whatever
// builds the other tests are run in.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const bin = join(root, 'bin/vivarium.js');
const folder = mkdtempSync(join(tmpdir(), 'vivarium-hunt-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PYTHON|VIVARIUM)/.test(name)));

function hunt(args: string[], cwd = folder) {
  const r = spawnSync(process.execPath, [bin, 'hunt', ...args], { cwd, env, encoding: 'utf8' });
  return { status: r.status, stdout: r.stdout, stderr: r.stderr };
}

const FEW = ['--warmup', '2', '--runs', '3'];

describe.runIf(VIVARIUM_BUILD === 'release')('hunt', () => {
  test('the event bus: what grew, where it was allocated, who holds it', () => {
    const r = hunt(
      [...FEW, '--fail-on', 'refs', 'examples/event_bus.py::visit', '--json', join(folder, 'o.json')],
      root,
    );
    expect(r.status).toBe(1);
    expect(r.stderr).toBe('');
    expect(r.stdout).toMatch(
      /^vivarium hunt: examples\/event_bus.py::visit \(build trace-refs, 2 warm-up runs, 3 measured\)\n/,
    );
    expect(r.stdout.match(/^ +\d +\+11 +\+6 +\+4$/gm)).toHaveLength(3);
    expect(r.stdout).toContain('verdict: it grows: +11 references, +6 blocks, +4 objects a run');
    expect(r.stdout).toMatch(
      / 1 +\d+ {2}Cart\n +allocated at examples\/event_bus.py:45\n +held by module event_bus → bus: EventBus → .handlers: list → \[0..n\]: method → .self\n/,
    );
    const { targets, ended } = JSON.parse(readFileSync(join(folder, 'o.json'), 'utf8'));
    expect(ended).toBe('complete');
    expect(targets[0]).toMatchObject({ verdict: 'grows', rates: { refs: 11, objects: 4 }, leaked: [] });
    expect(targets[0].grew.map((g: { type: string }) => g.type)).toEqual(['dict', 'dict', 'method', 'Cart']);
  });

  test('a clean program is flat, whatever it does to its surroundings', () => {
    expect(hunt(['examples/clean.py', '--fail-on=refs,blocks,objects'], root)).toMatchObject({ status: 0 });
    file(
      'wild.py',
      `import sys, os, gc, io
gc.disable(); os.chdir('/'); print('noise' * 1000); sys.stdout = io.StringIO(); print('more')
class Knot: pass
k = Knot(); k.me = k`,
    );
    const r = hunt([...FEW, '--fail-on', 'refs', '--html', 'page.html', 'wild.py']);
    expect(r).toMatchObject({ status: 0, stderr: `${'noise'.repeat(1000)}\n` });
    expect(r.stdout).not.toContain('noise');
    expect(r.stdout).toContain('verdict: flat');
    expect(readFileSync(join(folder, 'page.html'), 'utf8')).toMatch(/^<!DOCTYPE html>.*wild.py/s);
  });

  test('test methods, one by one', () => {
    file(
      'test_it.py',
      `import unittest
kept = []
class T(unittest.TestCase):
    def test_leaks(self): kept.append([])
    def test_clean(self): self.assertTrue(True)
    def test_fails(self): self.fail('so it is')`,
    );
    const r = hunt([...FEW, '-m', 'unittest', 'test_it']);
    expect(r.status).toBe(3);
    expect(r.stderr).toContain('AssertionError: so it is');
    expect(r.stdout).toContain('test_it.T.test_clean: flat');
    expect(r.stdout).toContain('held by module test_it → kept: list → [0..n]');
    expect(r.stdout).toMatch(
      /3 tests: 1 grow, 1 failed\n {2}test_it.T.test_leaks: .*\n {2}test_it.T.test_fails: failed\n$/,
    );
  });

  test('bad input', () => {
    file('app.py', 'def serve(): pass\ndef stop(): raise ValueError("no")\n');
    expect(hunt(['app.py::serv'])).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/no function 'serv'.*serve/),
    });
    const raised = hunt(['app.py::stop']);
    expect(raised).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/^Traceback .*\n {2}File ".*app.py", line 2, in stop\n/),
    });
    expect(raised.stderr).not.toContain('_vivarium_hunt');
    expect(hunt(['none.py'])).toMatchObject({ status: 2, stderr: expect.stringContaining("can't open file") });
    expect(hunt(['--build', 'release', 'app.py'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^vivarium: hunt needs .*trace-refs.*\n$/),
    });
    for (const wrong of [
      ['--runs', '0'],
      ['--fail-on', 'x'],
      ['--timeout', 'x'],
    ]) {
      expect(hunt([...wrong, 'app.py'])).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/^vivarium: bad --.*accepted .*\n$/),
      });
    }
    expect(hunt([])).toMatchObject({ status: 2, stderr: expect.stringContaining('needs a program') });
  });

  test('a target that never returns: Ctrl-C and --timeout print what was seen', async () => {
    file('slow.py', 'runs = []\ndef f():\n    runs.append(1)\n    while len(runs) > 2: pass\n');
    expect(hunt(['--timeout', '4', 'slow.py::f'])).toMatchObject({
      status: 3,
      stdout: expect.stringMatching(/the time is up: this is what was seen so far\n$/),
    });
    const child = spawn(process.execPath, [bin, 'hunt', 'slow.py::f'], { cwd: folder, env });
    let seen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
      if (/warm-up 2 .*\n/.test(text)) setTimeout(() => child.kill('SIGINT'), 300);
    });
    const [code, signal] = await new Promise<[number | null, string | null]>((done) =>
      child.on('close', (...how) => done(how)),
    );
    expect(code === 130 || signal === 'SIGINT').toBe(true);
    expect(seen).toMatch(/warm-up 1 .*interrupted: this is what was seen so far\n$/s);
  });
});
