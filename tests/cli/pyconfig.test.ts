// Is Python's command line read as CPython 3.14 reads it?  What is expected here was observed there.

import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../src/cli/pyconfig.js';
import type { PyConfig } from '../../src/config/pyconfig.js';

const UTF8 = { LANG: 'en_US.UTF-8' };

function command(args: string[], env: Record<string, string> = UTF8) {
  return parseCommand({ args, origArgv: ['python', ...args], env, executable: 'python', cwd: '/home' });
}

function run(args: string[], env: Record<string, string> = {}): PyConfig {
  const c = command(args, { ...UTF8, ...env });
  if (c.kind !== 'run') throw new Error(c.stderr);
  return c.config;
}

function refused(args: string[], env: Record<string, string> = {}): { status: number; stderr: string } {
  const c = command(args, { ...UTF8, ...env });
  if (c.kind !== 'exit') throw new Error('not refused');
  return { status: c.status, stderr: c.stderr };
}

const usage = (message: string) => ({
  status: 2,
  stderr: `${message}\nusage: python [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry \`python -h' for more information.\n`,
});
const fatal = (message: string, state = 'preinitialized') => ({
  status: 1,
  stderr: `Fatal Python error: ${message}\nPython runtime state: ${state}\n\n`,
});

describe('what to run', () => {
  test('a file', () => {
    expect(run(['./x.py', '-v', 'a'])).toMatchObject({
      run_filename: '/home/./x.py',
      argv: ['./x.py', '-v', 'a'],
      verbose: 0,
    });
    expect(run(['/x.py']).run_filename).toBe('/x.py');
    expect(run(['--', '-c']).run_filename).toBe('/home/-c');
  });
  test('a command', () => {
    expect(run(['-Bc', 'pass', '-O', 'x'])).toMatchObject({
      run_command: 'pass\n',
      write_bytecode: false,
      optimization_level: 0,
      argv: ['-c', '-O', 'x'],
    });
    expect(run(['-cpass']).run_command).toBe('pass\n');
    expect(run(['-c', '']).run_command).toBe('\n');
  });
  test('a module', () => {
    expect(run(['-m', 'dis', '-h'])).toMatchObject({ run_module: 'dis', argv: ['-m', '-h'] });
  });
  test('standard input', () => {
    expect(run([])).toMatchObject({ run_filename: null, argv: [''] });
    expect(run(['-', 'a'])).toMatchObject({ run_filename: null, argv: ['-', 'a'] });
    expect(run(['-q', 'a']).orig_argv).toEqual(['python', '-q', 'a']);
  });
});

describe('options', () => {
  test('flags', () => {
    expect(run(['-bbdvvOOiqsSuxP'])).toMatchObject({
      bytes_warning: 2,
      parser_debug: 1,
      verbose: 2,
      optimization_level: 2,
      inspect: true,
      interactive: true,
      quiet: true,
      user_site_directory: false,
      site_import: false,
      buffered_stdio: false,
      skip_source_first_line: true,
      safe_path: true,
    });
  });
  test('isolation', () => {
    expect(run(['-I'], { PYTHONVERBOSE: '1', PYTHONPATH: '/x' })).toMatchObject({
      isolated: true,
      use_environment: false,
      safe_path: true,
      user_site_directory: false,
      verbose: 0,
      pythonpath: [],
    });
    expect(run(['-E'], { PYTHONVERBOSE: '1' })).toMatchObject({ isolated: false, use_environment: false, verbose: 0 });
  });
  test('arguments of options', () => {
    expect(run(['-Xa=b=c', '-X', 'd', '-X', '']).xoptions).toEqual(['a=b=c', 'd', '']);
    expect(run(['--check-hash-based-pycs', 'always']).check_hash_pycs_mode).toBe('always');
    expect(run(['-t', '-R']).argv).toEqual(['']);
  });
  test('mistakes', () => {
    expect(refused(['-Z'])).toEqual(usage('Unknown option: -Z'));
    expect(refused(['-J'])).toEqual(usage('Unknown option: -J'));
    expect(refused(['-b='])).toEqual(usage('Unknown option: -='));
    expect(refused(['--foo'])).toEqual(usage('Unknown option: --foo'));
    for (const o of ['c', 'm', 'W', 'X']) {
      expect(refused([`-${o}`])).toEqual(usage(`Argument expected for the -${o} option`));
    }
    expect(refused(['--check-hash-based-pycs'])).toEqual(
      usage('Argument expected for the --check-hash-based-pycs options'),
    );
    expect(refused(['--check-hash-based-pycs', 'foo'])).toEqual(
      usage("--check-hash-based-pycs must be one of 'default', 'always', or 'never'"),
    );
  });
  test('help and version', () => {
    for (const args of [
      ['-h'],
      ['-?', '-Z'],
      ['--help'],
      ['-Ihc'],
      ['--help-all'],
      ['--help-env'],
      ['--help-xoptions'],
    ]) {
      const c = command(args);
      expect(c).toMatchObject({ kind: 'exit', status: 0, stderr: '' });
      const lines = c.kind === 'exit' ? c.stdout.split('\n') : [];
      expect(lines.length).toBeGreaterThan(10);
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
    }
    expect(command(['-V'])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Python 3\.14\.\d+\n$/) });
    expect(command(['-i', '-VVx'])).toMatchObject({
      stdout: expect.stringMatching(/^Python 3\.14\.\d+ \(.*\) \[.*\]\n$/),
    });
    expect(refused(['-V', '-Z']).status).toBe(2);
  });
});

describe('variables', () => {
  test('flags take the larger', () => {
    const env = {
      PYTHONOPTIMIZE: '5',
      PYTHONVERBOSE: '0',
      PYTHONDEBUG: 'abc',
      PYTHONINSPECT: '',
      PYTHONDONTWRITEBYTECODE: '0',
    };
    expect(run(['-vO'], env)).toMatchObject({
      optimization_level: 5,
      verbose: 1,
      parser_debug: 1,
      inspect: false,
      write_bytecode: true,
    });
    expect(run([], { PYTHONOPTIMIZE: '-5', PYTHONINSPECT: '1' })).toMatchObject({
      optimization_level: 1,
      inspect: true,
      interactive: false,
    });
  });
  test('paths and files', () => {
    expect(
      run([], { PYTHONPATH: '/a::/b', PYTHONDUMPREFS: '1', PYTHONDUMPREFSFILE: '/f', PYTHONMALLOCSTATS: 'x' }),
    ).toMatchObject({
      pythonpath: ['/a', '', '/b'],
      dump_refs: true,
      dump_refs_file: '/f',
      malloc_stats: true,
    });
    expect(run(['-X', 'pycache_prefix'], { PYTHONPYCACHEPREFIX: '/p' }).pycache_prefix).toBe(null);
    expect(run(['-Xpycache_prefix=/q'], { PYTHONPYCACHEPREFIX: '/p' }).pycache_prefix).toBe('/q');
  });
  test('development mode', () => {
    const expected = { dev_mode: true, faulthandler: true, allocator: 'debug', warnoptions: ['default'] };
    expect(run(['-X', 'dev'])).toMatchObject(expected);
    expect(run([], { PYTHONDEVMODE: '0' })).toMatchObject(expected);
  });
  test('warnings', () => {
    expect(run(['-W', 'd', '-bb', '-X', 'dev'], { PYTHONWARNINGS: 'a,b,,c' }).warnoptions).toEqual([
      'default',
      'a',
      'b',
      'c',
      'd',
      'error::BytesWarning',
    ]);
    expect(run(['-Wd', '-Wd', '-b']).warnoptions).toEqual(['d', 'default::BytesWarning']);
  });
  test('encodings', () => {
    expect(run([])).toMatchObject({ utf8_mode: false, stdio_encoding: 'utf-8', stdio_errors: 'strict' });
    expect(run([], { LANG: 'C.UTF-8' })).toMatchObject({ utf8_mode: false, stdio_errors: 'surrogateescape' });
    expect(run([], { PYTHONIOENCODING: 'latin-1' })).toMatchObject({
      stdio_encoding: 'latin-1',
      stdio_errors: 'strict',
    });
    expect(run([], { PYTHONIOENCODING: ':replace' })).toMatchObject({
      stdio_encoding: 'utf-8',
      stdio_errors: 'replace',
    });
    expect(run(['-X', 'utf8'])).toMatchObject({ utf8_mode: true, stdio_errors: 'surrogateescape' });
  });
  test('the C locale becomes C.UTF-8', () => {
    expect(command([], { LANG: 'C' })).toMatchObject({ config: { utf8_mode: true }, setenv: { LC_CTYPE: 'C.UTF-8' } });
    expect(command([], { LC_ALL: 'C' })).toMatchObject({ config: { utf8_mode: true }, setenv: {} });
    expect(command([], { LANG: 'C', PYTHONCOERCECLOCALE: '0', PYTHONUTF8: '0' })).toMatchObject({
      config: { utf8_mode: false },
      setenv: {},
    });
  });
  test('numbers', () => {
    expect(run([]).hash_seed).toBe(null);
    expect(run([], { PYTHONHASHSEED: 'random' }).hash_seed).toBe(null);
    expect(run([], { PYTHONHASHSEED: '0' }).hash_seed).toBe(0);
    expect(run([], { PYTHONHASHSEED: '4294967295' }).hash_seed).toBe(4294967295);
    expect(run(['-Xint_max_str_digits=0'], { PYTHONINTMAXSTRDIGITS: '700' }).int_max_str_digits).toBe(0);
    expect(run(['-Xcpu_count=3']).cpu_count).toBe(3);
    expect(run(['-Xcpu_count=default'], { PYTHON_CPU_COUNT: '2' }).cpu_count).toBe(-1);
    expect(run(['-Xtracemalloc']).tracemalloc).toBe(1);
    expect(run(['-Ximporttime=2']).import_time).toBe(2);
    expect(run([], { PYTHONPROFILEIMPORTTIME: 'yes' }).import_time).toBe(1);
    expect(run(['-Xshowrefcount']).show_ref_count).toBe(true);
    expect(run(['-Xshowrefcount=0']).show_ref_count).toBe(false);
    expect(run([]).show_ref_count).toBe(null);
  });
  test('what is refused', () => {
    const seed = 'config_init_hash_seed: PYTHONHASHSEED must be "random" or an integer in range [0; 4294967295]';
    for (const bad of ['-1', 'abc', '4294967296', '5 '])
      expect(refused([], { PYTHONHASHSEED: bad })).toEqual(fatal(seed));
    const digits = 'invalid limit; must be >= 640 or 0 for unlimited.';
    expect(refused(['-X', 'int_max_str_digits'])).toEqual(
      fatal(`config_init_int_max_str_digits: -X int_max_str_digits: ${digits}`),
    );
    expect(refused([], { PYTHONINTMAXSTRDIGITS: '5' })).toEqual(
      fatal(`config_init_int_max_str_digits: PYTHONINTMAXSTRDIGITS: ${digits}`),
    );
    expect(refused(['-X', 'utf8=3'])).toEqual(
      fatal('preconfig_init_utf8_mode: invalid -X utf8 option value', 'preinitializing'),
    );
    expect(refused([], { PYTHONMALLOC: 'foo' })).toEqual(
      fatal('preconfig_init_allocator: PYTHONMALLOC: unknown allocator', 'preinitializing'),
    );
    expect(refused(['-Xfrozen_modules=maybe'])).toEqual(
      fatal('bad value for option -X frozen_modules (expected "on" or "off")'),
    );
    expect(refused(['-Xtracemalloc=a'])).toEqual(
      fatal('config_init_tracemalloc: -X tracemalloc=NFRAME: invalid number of frames'),
    );
    expect(refused(['-Ximporttime=3'])).toEqual(
      fatal('config_init_import_time: -X importtime: values other than 1 and 2 are reserved for future use.'),
    );
    expect(refused(['-Xgil=0'])).toEqual(fatal('config_read_gil: Disabling the GIL is not supported by this build'));
    expect(refused(['-Xcontext_aware_warnings=3'])).toEqual(
      fatal('config_init_context_aware_warnings: -X context_aware_warnings=n: n is missing or invalid'),
    );
  });
});
