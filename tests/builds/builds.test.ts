// Is each shipped build what BUILDS.md says?  Invariant: every line of that page has a test here which runs the command and reads what it prints; they
// run once, whatever builds the other tests are run in.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_NAMES, BUILDS, DEFINES, resolveDefines } from '../../src/config/builds.mjs';
import { ask, root, vivarium } from './run.js';

const once = describe.runIf(VIVARIUM_BUILD === 'release');
const definesOf = (build: string) => resolveDefines(BUILDS[build]);
const withDefine = (define: (typeof DEFINES)[number]) => BUILD_NAMES.filter((build) => definesOf(build)[define]);

once('a build says what it is', () => {
  test.each(BUILD_NAMES)('%s', (build) => {
    const on = definesOf(build);
    const told = ask(
      build,
      `import sysconfig, _testcapi
print(json.dumps({
  'has': [hasattr(sys, n) for n in ('gettotalrefcount', 'getobjects', 'getcounts', 'getallocatedblocks', '_debugmallocstats')],
  'vars': {n: bool(sysconfig.get_config_var(n)) for n in ${JSON.stringify(DEFINES)}},
  'abi': sys.abiflags, 'executable': sys.executable, 'version': sys.version, 'debug': sysconfig.get_config_var('Py_DEBUG'),
  'pymalloc': _testcapi.WITH_PYMALLOC}))`,
    ) as Record<string, unknown>;
    expect(told).toMatchObject({
      has: [on.Py_REF_DEBUG, on.Py_TRACE_REFS, on.COUNT_ALLOCS, true, true],
      vars: on,
      abi: on.Py_DEBUG ? 'd' : '',
      debug: on.Py_DEBUG ? 1 : 0,
      pymalloc: on.WITH_PYMALLOC,
    });
    expect(told.version).toContain(build);
    // What it starts as itself is the same build, whatever the environment says.
    const child = spawnSync(told.executable as string, ['-E', '-c', 'import sys; print(sys.version, end="")'], {
      encoding: 'utf8',
      env: { ...process.env, VIVARIUM_BUILD: '' },
    });
    expect(child.stdout).toBe(told.version);
  });
});

once('Py_REF_DEBUG', () => {
  const input = '23\nx = 1\n"a"\n';
  const prompt = (stderr: string) => stderr.replace(/>>> /g, '');

  test.each(withDefine('Py_REF_DEBUG'))(
    'the interactive interpreter prints the total after each statement, and at the end of the input: %s',
    (build) => {
      const plain = vivarium(build, ['-i', '-q'], {}, input);
      expect(plain.stdout).toBe("23\n'a'\n");
      expect(prompt(plain.stderr)).toMatch(/^(\[\d+ refs\]\n){3}\n\[\d+ refs\]\n$/);
      const both = vivarium(build, ['-X', 'showrefcount', '-i', '-q'], {}, input);
      expect(prompt(both.stderr)).toMatch(
        /^(\[\d+ refs, \d+ blocks\]\n){3}\n\[\d+ refs, \d+ blocks\]\n\[0 refs, 0 blocks\]\n$/,
      );
      const off = vivarium(build, ['-X', 'showrefcount=0', '-i', '-q'], {}, input);
      expect(prompt(off.stderr).trim()).toBe('');
    },
  );

  test('`_` holds a reference to the last result', () => {
    const r = vivarium('ref-debug', ['-i', '-q'], {}, 'class C: pass\n\nC() and None\nNone\nNone\nobject()\nNone\n');
    const totals = [...r.stderr.matchAll(/\[(\d+) refs\]/g)].map((m) => Number(m[1]));
    // None shows nothing and leaves `_` alone; an object shown is one object (and its reference) more.
    const [, , none, again, shown, after] = totals;
    expect(again).toBe(none);
    expect(shown).toBeGreaterThan(again);
    expect(after).toBe(shown);
  });

  test.each(withDefine('Py_REF_DEBUG'))('the total is the sum of all references: %s', (build) => {
    const told = ask(
      build,
      `def f():
    a = [object() for i in range(1000)]
    del a
o = object(); keep = None; n = [0, 0, 0]
for i in range(3):
    f()
    n[0] = sys.gettotalrefcount(); f()
    n[1] = sys.gettotalrefcount(); keep = [o] * (500 if i == 2 else 0)
    n[2] = sys.gettotalrefcount()
print(json.dumps([n[1] - n[0], n[2] - n[1]]))`,
    ) as number[];
    expect(told[0]).toBeLessThanOrEqual(2);
    expect(told[1]).toBeGreaterThanOrEqual(500);
    expect(told[1]).toBeLessThan(510);
  });

  test.each(withDefine('Py_REF_DEBUG'))('a negative count ends the process, whatever is on the stack: %s', (build) => {
    const r = vivarium(build, [
      '-c',
      'import _testcapi\ndef f():\n    try: _testcapi.negative_refcount()\n    except BaseException: print("caught")\n    finally: print("finally")\nf()',
    ]);
    expect(r.status).toBe(134);
    expect(r.stdout).toBe('');
    expect(r.stderr).toMatch(
      /^src\/modules\/testcapi_memory\.ts:\d+:\d+: _Py_NegativeRefcount: Assertion failed: object has negative ref count\n/,
    );
    expect(r.stderr).toMatch(
      /object address {2}: 0x[0-9a-f]+\nobject refcount : -1\nobject type {5}: 0x[0-9a-f]+\nobject type name: str\n/,
    );
    expect(r.stderr).toMatch(/\nFatal Python error: _PyObject_AssertFailed: _PyObject_AssertFailed\n/);
    expect(r.stderr).toMatch(/ {2}File "<string>", line 3 in f\n {2}File "<string>", line 6 in <module>\n$/);
  });
});

once('Py_TRACE_REFS', () => {
  test.each(withDefine('Py_TRACE_REFS'))('sys.getobjects: %s', (build) => {
    const told = ask(
      build,
      `class C: pass
class D(C): pass
made = [C() for i in range(5)]
last = D()
exact = sys.getobjects(0, C)
print(json.dumps({
  'newest first': exact == made[::-1],
  'exactly that type': [type(o) is D for o in sys.getobjects(0, D)],
  'at most': len(sys.getobjects(2, C)),
  'max': len(sys.getobjects(7)),
  'first': sys.getobjects(0, D)[0] is last,
  'itself': any(o is exact for o in exact),
  'static': any(o is int or o is None or o == () and type(o) is tuple for o in sys.getobjects(0)),
  'heap type': any(o is C for o in sys.getobjects(0, type)),
  'temporaries': [type(o).__name__ for o in sys.getobjects(1)]}))`,
    );
    expect(told).toEqual({
      'newest first': true,
      'exactly that type': [true],
      'at most': 2,
      max: 7,
      first: true,
      itself: false,
      static: false,
      'heap type': true,
      temporaries: expect.any(Array),
    });
  });

  /** What combinerefs.py finds: each object of the first list with what the second says of it. */
  function combine(text: string) {
    const lines = text.split('\n');
    const start = lines.indexOf('Remaining objects:');
    const middle = lines.indexOf('Remaining object addresses:');
    const crack = /^([a-zA-Z\d]+) \[(\d+)\] (.*)$/;
    const parse = (part: string[]) => part.map((line) => crack.exec(line)).filter((m) => m !== null);
    expect(start).toBeGreaterThanOrEqual(0);
    expect(middle).toBeGreaterThan(start);
    return { before: parse(lines.slice(start + 1, middle)), after: parse(lines.slice(middle + 1)) };
  }

  test.each(withDefine('Py_TRACE_REFS'))('PYTHONDUMPREFS lists what is alive, twice: %s', (build) => {
    const r = vivarium(build, ['-c', 'import sys; sys.marked = ("marked", 12345678901)'], { PYTHONDUMPREFS: '1' });
    expect(r.status).toBe(0);
    const { before, after } = combine(r.stderr);
    expect(before.length).toBeGreaterThan(1000);
    expect(before.every((m) => Number(m[2]) > 0)).toBe(true);
    // Nothing leaks: nothing is left after the interpreter has been torn down.
    expect(after).toEqual([]);
  });

  test('PYTHONDUMPREFSFILE writes to a file instead', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vivarium-'));
    const file = join(folder, 'refs');
    const r = vivarium('trace-refs', ['-c', 'pass'], { PYTHONDUMPREFSFILE: file });
    expect([r.status, r.stderr]).toEqual([0, '']);
    expect(combine(readFileSync(file, 'utf8')).before.length).toBeGreaterThan(1000);
    rmSync(folder, { recursive: true });
  });

  test('a leaked object is in the second list, with its type', () => {
    const r = vivarium(
      'trace-refs',
      ['-c', 'import _testinternalcapi as t; t.check_pyobject_forbidden_bytes_is_freed.__self__'],
      { PYTHONDUMPREFS: '1' },
    );
    expect(combine(r.stderr).after).toEqual([]);
  });
});

once('COUNT_ALLOCS', () => {
  test.each(withDefine('COUNT_ALLOCS'))('sys.getcounts: %s', (build) => {
    const told = ask(
      build,
      `class Counted: pass
def row(name):
    return [list(r) for r in sys.getcounts() if r[0] == name]
none = row('Counted')
a = [Counted() for i in range(10)]
del a[3:]
more = [Counted() for i in range(2)]
class Later: pass
Later()
names = [r[0] for r in sys.getcounts()]
t = {r[0]: r for r in sys.getcounts()}['tuple']
for i in range(100): tuple([i, i])
u = {r[0]: r for r in sys.getcounts()}['tuple']
print(json.dumps([none, row('Counted'), names.index('Later') < names.index('Counted') < names.index('tuple'),
                  type(sys.getcounts()[0]).__name__, u[1] - t[1] >= 100, u[2] - t[2] >= 100]))`,
    );
    expect(told).toEqual([[], [['Counted', 12, 7, 10]], true, 'tuple', true, true]);
  });

  test.each(withDefine('COUNT_ALLOCS'))('-X showalloccount prints the table at exit: %s', (build) => {
    const r = vivarium(build, ['-X', 'showalloccount', '-c', 'x = [{}, {}]']);
    const lines = r.stderr.trimEnd().split('\n');
    const shared = lines.splice(-3);
    for (const line of lines) expect(line).toMatch(/^.+ alloc'd: \d+, freed: \d+, max in use: \d+$/);
    expect(lines.find((line) => line.startsWith('dict '))).toBeDefined();
    expect(shared.join('\n')).toMatch(
      /^fast tuple allocs: \d+, empty: \d+\npos int: \d+, neg: \d+\nnull strings: \d+, 1-strings: \d+$/,
    );
    expect(vivarium(build, ['-c', 'pass']).stderr).toBe('');
  });
});

once('PYMALLOC_DEBUG', () => {
  const dump = (api: string) =>
    `Debug memory block at address p=0x[0-9a-f]+: API '${api}'\n` +
    '    16 bytes originally requested\n' +
    '    The 3 pad bytes at p-3 are FORBIDDENBYTE, as expected.\n';
  const data = '    The block was made by call #\\d+ to debug malloc/realloc.\n    Data at p: (cd ){15}cd\n\n';

  test.each(withDefine('PYMALLOC_DEBUG'))('a write past the end is found when the block is freed: %s', (build) => {
    const r = vivarium(build, ['-c', 'import _testcapi; _testcapi.pymem_buffer_overflow()']);
    expect(r.status).toBe(134);
    expect(r.stderr).toMatch(
      new RegExp(
        `^${dump('m')}    The 4 pad bytes at tail=0x[0-9a-f]+ are not all FORBIDDENBYTE \\(0xfd\\):\n` +
          '        at tail\\+0: 0x78 \\*\\*\\* OUCH\n        at tail\\+1: 0xfd\n        at tail\\+2: 0xfd\n        at tail\\+3: 0xfd\n' +
          `${data}Enable tracemalloc to get the memory block allocation traceback\n\n` +
          'Fatal Python error: _PyMem_DebugRawFree: bad trailing pad byte\n',
      ),
    );
  });

  test.each(withDefine('PYMALLOC_DEBUG'))('a block given back through another API: %s', (build) => {
    const r = vivarium(build, ['-X', 'tracemalloc', '-c', 'import _testcapi\n_testcapi.pymem_api_misuse()']);
    expect(r.status).toBe(134);
    expect(r.stderr).toMatch(
      new RegExp(
        `^${dump('m')}    The 4 pad bytes at tail=0x[0-9a-f]+ are FORBIDDENBYTE, as expected.\n${data}` +
          'Memory block allocated at \\(most recent call first\\):\n  File "<string>", line 2\n\n' +
          "Fatal Python error: _PyMem_DebugRawFree: bad ID: Allocated using API 'm', verified using API 'r'\n",
      ),
    );
  });

  test('a reference to a freed object is seen for what it is', () => {
    const r = vivarium('debug', ['-c', 'import _testcapi; _testcapi.decref_freed_object()']);
    expect(r.status).toBe(134);
    expect(r.stderr).toMatch(
      /_Py_NegativeRefcount: Assertion failed: .*\n<object at 0x[0-9a-f]+ is freed>\nFatal Python error/,
    );
  });

  test.each(['release', 'debug'])('memory that runs out raises MemoryError, wherever: %s', (build) => {
    const r = vivarium(build, [
      '-c',
      `import _testcapi
caught = 0
for n in range(60):
    _testcapi.set_nomemory(n, n + 1)
    try: [x for x in [{} for i in range(10)]]
    except MemoryError: caught += 1
    finally: _testcapi.remove_mem_hooks()
print(caught > 10)`,
    ]);
    expect([r.status, r.stdout, r.stderr]).toEqual([0, 'True\n', '']);
  });
});

once('the statistics of pymalloc', () => {
  const number = (text: string) => Number(text.replaceAll(',', ''));

  /** The lines NAME = FIGURE of one report. */
  function figures(report: string) {
    return new Map([...report.matchAll(/^(\S.*?) += +([\d,]+)$/gm)].map((m) => [m[1], number(m[2])]));
  }

  test.each(['release', 'debug'])('every figure adds up: %s', (build) => {
    const r = vivarium(build, ['-c', 'x = [str(i) * 20 for i in range(20000)]; import sys; sys._debugmallocstats()'], {
      PYTHONMALLOCSTATS: '1',
    });
    expect(r.status).toBe(0);
    const reports = r.stderr.split(/^(?=Small block threshold)/m);
    // At each new arena, on demand, and at the end.
    expect(reports.length).toBeGreaterThan(6);
    for (const report of reports) {
      expect(report).toMatch(/^Small block threshold = 512, in 64 size classes\.\n/);
      const f = figures(report);
      const arenas = f.get('# arenas allocated current') as number;
      const total = f.get('Total');
      const unused = number(/ unused pools \* 4096 bytes += +([\d,]+)/.exec(report)?.[1] ?? '');
      expect(total).toBe(arenas * 262144);
      const parts =
        ['allocated blocks', 'available blocks']
          .map((n) => f.get(`# bytes in ${n}`) as number)
          .reduce((a, b) => a + b) +
        ['pool headers', 'quantization', 'arena alignment']
          .map((n) => f.get(`# bytes lost to ${n}`) as number)
          .reduce((a, b) => a + b);
      expect(parts + unused).toBe(total);
      let used = 0;
      for (const m of report.matchAll(/^ +\d+ +(\d+) +(\d+) +(\d+) +(\d+)$/gm)) used += Number(m[1]) * Number(m[3]);
      expect(used).toBe(f.get('# bytes in allocated blocks'));
    }
  });

  test('sys.getallocatedblocks counts', () => {
    expect(
      ask(
        'release',
        'a = sys.getallocatedblocks(); x = [object() for i in range(1000)]; print(json.dumps(sys.getallocatedblocks() - a))',
      ),
    ).toBeGreaterThanOrEqual(1000);
  });
});

once('Py_DEBUG', () => {
  test('its assertions end the process and say why', () => {
    const nothing = vivarium('debug', ['-c', 'import _testcapi\n_testcapi.return_null_without_error()']);
    expect(nothing.status).toBe(134);
    expect(nothing.stderr).toBe(
      'Fatal Python error: _Py_CheckFunctionResult: a function returned NULL without setting an exception\n' +
        'Python runtime state: initialized\n' +
        'SystemError: <built-in function return_null_without_error> returned NULL without setting an exception\n\n' +
        'Current thread 0x00000001 (most recent call first):\n  File "<string>", line 2 in <module>\n',
    );
    const both = vivarium('debug', ['-c', 'import _testcapi; _testcapi.return_result_with_error()']);
    expect(both.status).toBe(134);
    expect(both.stderr).toContain('_Py_CheckFunctionResult: a function returned a result with an exception set\n');
    expect(both.stderr).toContain(
      'ValueError\n\nThe above exception was the direct cause of the following exception:\n\n',
    );
  });

  test('other builds raise SystemError', () => {
    const told = ask(
      'release',
      `import _testcapi
said = []
for f in _testcapi.return_null_without_error, _testcapi.return_result_with_error:
    try: f()
    except SystemError as e: said.append(str(e))
print(json.dumps(said))`,
    );
    expect(told).toEqual([
      '<built-in function return_null_without_error> returned NULL without setting an exception',
      '<built-in function return_result_with_error> returned a result with an exception set',
    ]);
  });
});

once('the release bundle', () => {
  test('contains none of the accounting', () => {
    const bundle = readFileSync(join(root, 'dist/release/runtime.cjs'), 'utf8');
    for (const trace of [
      'gettotalrefcount',
      'getobjects',
      'getcounts',
      "alloc'd",
      'Remaining objects',
      'FORBIDDENBYTE',
      'negative ref count',
      'properly linked',
      'debugMalloc',
      'debugFree',
      'countAlloc',
      'RefTotal',
      'refchain',
      '_ob_next',
      'tp_maxalloc',
      'negative_refcount',
    ]) {
      expect(bundle.includes(trace), trace).toBe(false);
    }
    // The same words are in the builds that count.
    const debug = readFileSync(join(root, 'dist/debug/runtime.cjs'), 'utf8');
    for (const trace of ['gettotalrefcount', 'getobjects', 'getcounts', 'FORBIDDENBYTE', 'negative ref count']) {
      expect(debug.includes(trace), trace).toBe(true);
    }
  });
});
