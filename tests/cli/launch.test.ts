// Are our own options taken out of the command line, and nothing else?

import { expect, test } from 'vitest';
import { parseLaunch, parseSize } from '../../src/cli/launch.js';

const MB = 1024 * 1024;

test('sizes', () => {
  expect(parseSize('1000')).toBe(1000);
  expect(parseSize('16k')).toBe(16 * 1024);
  expect(parseSize('512M')).toBe(512 * MB);
  expect(parseSize('2G')).toBe(2048 * MB);
  for (const bad of ['', 'M', '1T', '-1', '1.5G', ' 1', '1 M', '0x10']) expect(parseSize(bad)).toBeNaN();
});

test('what is not said has its default', () => {
  expect(parseLaunch(['x.py', 'a'], {})).toEqual({
    build: 'release',
    heapSize: 512 * MB,
    args: ['x.py', 'a'],
    tool: null,
  });
  expect(parseLaunch([], { VIVARIUM_BUILD: '', VIVARIUM_HEAP: '' })).toMatchObject({ build: 'release' });
});

test('options win over variables', () => {
  const env = { VIVARIUM_BUILD: 'debug', VIVARIUM_HEAP: '64M' };
  expect(parseLaunch([], env)).toEqual({ build: 'debug', heapSize: 64 * MB, args: [], tool: null });
  expect(parseLaunch(['--build', 'ref-debug', '--heap-size=1G'], env)).toEqual({
    build: 'ref-debug',
    heapSize: 1024 * MB,
    args: [],
    tool: null,
  });
});

test('audit is a command where a program would stand', () => {
  expect(parseLaunch(['audit', '--every', '9', '-X', 'dev', 'x.py', 'audit'], {})).toMatchObject({
    build: 'trace-refs',
    args: ['-X', 'dev', 'x.py', 'audit'],
    tool: { name: 'audit', every: 9 },
  });
  expect(parseLaunch(['--build', 'debug', 'audit', '-c', 'pass'], {})).toMatchObject({
    build: 'debug',
    args: ['-c', 'pass'],
    tool: { name: 'audit', every: 0 },
  });
  expect(parseLaunch(['-X', 'dev', 'audit'], {})).toMatchObject({ args: ['-X', 'dev', 'audit'], tool: null });
  expect(parseLaunch(['--every', '9', 'x.py'], {})).toMatchObject({ tool: null });
  expect(parseLaunch(['audit', '--every', 'x', 'x.py'], {})).toHaveProperty('error');
});

test('they stand anywhere among the options, and not after the program', () => {
  expect(parseLaunch(['-X', 'dev', '--build', 'debug', '-Wd', 'x.py', '--build', 'y'], {})).toMatchObject({
    build: 'debug',
    args: ['-X', 'dev', '-Wd', 'x.py', '--build', 'y'],
  });
  for (const argv of [
    ['-c', '--build', '--build', 'y'],
    ['-Bc', 'pass', '--build'],
    ['-mpdb', '--build', 'y'],
    ['-', '--build', 'y'],
    ['--', '--build', 'y'],
    ['-W', '--build', 'x.py'],
    ['--check-hash-based-pycs', '--build', 'x.py'],
  ]) {
    expect(parseLaunch(argv, {})).toMatchObject({ build: 'release', args: argv });
  }
});

test('what is wrong is said in one line', () => {
  for (const [argv, env] of [
    [['--heap-size', 'much'], {}],
    [['--heap-size', '15M'], {}],
    [['--heap-size=2049M'], {}],
    [['--heap-size'], {}],
    [['--build'], {}],
    [[], { VIVARIUM_HEAP: '1' }],
  ] as const) {
    const r = parseLaunch(argv, env);
    expect('error' in r && r.error).toMatch(/^[^\n]+$/);
  }
});
