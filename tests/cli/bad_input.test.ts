// What does the command answer to what it should not be given, and is it usable afterwards?  Invariant: these tests run the built package;
// the expected texts are CPython's.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

const bin = join(import.meta.dirname, '../../bin/vivarium.js');
const folder = mkdtempSync(join(tmpdir(), 'vivarium-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function run(args: string[], input = '', env: Record<string, string> = {}) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PYTHON|VIVARIUM)/.test(name)));
  const r = spawnSync(process.execPath, [bin, ...args], {
    env: { ...clean, VIVARIUM_BUILD, ...env },
    input,
    encoding: 'utf8',
    cwd: folder,
  });
  return { status: r.status, stdout: r.stdout, stderr: r.stderr.replaceAll(bin, 'python').replaceAll(folder, '.') };
}

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return name;
}

const answer = (status: number, stderr: string, stdout = '') => ({ status, stdout, stderr });

describe.runIf(VIVARIUM_BUILD === 'release')('bad input', () => {
  test('files that cannot be run', () => {
    expect(run(['none.py'])).toEqual(
      answer(2, "python: can't open file './none.py': [Errno 2] No such file or directory\n"),
    );
    expect(run(['.'])).toEqual(answer(1, "python: can't find '__main__' module in './.'\n"));
    const latin = file('latin.py', Buffer.from('x = 1\n#\ny = "\xe9"\n', 'latin1'));
    expect(run([latin]).stderr).toMatch(
      /^ {2}File "\.\/latin\.py", line 3\n.*\n.*\nSyntaxError: Non-UTF-8 code starting with '\\xe9' in file \.\/latin\.py on line 3,/,
    );
    expect(run([file('nul.py', 'x = 1\n\0\n')])).toEqual(
      answer(1, '  File "./nul.py", line 2\n    \nSyntaxError: source code cannot contain null bytes\n'),
    );
    expect(run([file('first.py', 'x = 1\n y = 2\n\0\n')]).stderr).toMatch(
      /line 2\n.*\nIndentationError: unexpected indent/,
    );
    expect(run([file('bad.pyc', 'abc')])).toEqual(answer(1, 'EOFError: EOF read where not expected\n'));
    const magic = Uint8Array.of(0x2b, 0x0e, 13, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xe3, 0, 0);
    expect(run([file('cut.pyc', magic)])).toEqual(answer(1, 'RuntimeError: Bad code object in .pyc file\n'));
  });

  test('texts: dedent, source lines in tracebacks, the interactive loop through a pipe', () => {
    expect(run(['-c', '  x = 1\n  1/0\n'])).toEqual(
      answer(
        1,
        'Traceback (most recent call last):\n  File "<string>", line 2, in <module>\n    1/0\n    ~^~\nZeroDivisionError: division by zero\n',
      ),
    );
    file('startup.py', 'zz = 12\n');
    const session = run(
      ['-iq', '-X', 'showrefcount=0'],
      'zz\nfor i in range(2):\n  print(i)\n\n1/0\nimport sys; sys.exit(4)\n',
      {
        PYTHONSTARTUP: 'startup.py',
      },
    );
    expect(session).toEqual(
      answer(
        4,
        '>>> >>> ... ... >>> Traceback (most recent call last):\n  File "<stdin>", line 1, in <module>\n    1/0\n    ~^~\nZeroDivisionError: division by zero\n>>> ',
        '12\n0\n1\n',
      ),
    );
    expect(run(['-iq', '-X', 'showrefcount=0', '-c', 'x = 5; raise SystemExit(3)'], 'x\n')).toMatchObject({
      status: 0,
      stdout: '5\n',
      stderr: expect.stringMatching(/SystemExit: 3\n>>> >>> \n$/),
    });
  });

  test('recursion and calls without bound, and life afterwards', () => {
    const program = `
import functools, sys, types
def attempt(f):
    try: return f()
    except (RecursionError, MemoryError) as e: return type(e).__name__
def f(*a): return len(a)
print(f(*range(300000)), functools.partial(f, *range(300000))(), types.MethodType(f, 1)(*range(300000)))
# Each method adds an argument: their sum does not fit.
m = f
for i in range(100000): m = types.MethodType(m, 1)
print(attempt(lambda: m()))
nested = []
for i in range(100000): nested = [nested]
print(attempt(lambda: repr(nested)), attempt(lambda: nested == [nested]), attempt(lambda: isinstance(1, functools.reduce(lambda a, b: (a,), range(100000), ()))))
print(attempt(lambda: compile('-' * 100000 + '1', '', 'eval')), attempt(lambda: [0] * 2**29))
sys.setrecursionlimit(10**9)
def deep(): return deep()
try: deep()
except MemoryError: pass
print('alive')
`;
    expect(run(['--heap-size', '32M', '-c', program])).toEqual(
      answer(
        0,
        '',
        '300000 300000 300001\nMemoryError\nRecursionError RecursionError RecursionError\nMemoryError MemoryError\nalive\n',
      ),
    );
  });

  test('a file that only a signal handler keeps is closed at the end', () => {
    const program =
      "import signal\nc = type('C', (), {})()\nc.f = open('kept', 'a'); c.f.write('x'); c.c = c\nsignal.signal(signal.SIGCONT, lambda *a, c=c: c)\ndel c";
    expect(run(['-c', program])).toEqual(answer(0, ''));
  });
});
