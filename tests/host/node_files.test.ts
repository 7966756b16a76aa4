// Do files behave as a kernel's do, over a host that can neither seek nor duplicate?

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import {
  EACCES,
  EAGAIN,
  EBADF,
  EEXIST,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOTDIR,
  ENOTSOCK,
  EPIPE,
  ESPIPE,
} from '../../src/config/errno.js';
import { SIGNAL_WORDS } from '../../src/config/host_interface.js';
import { createNodeHost } from '../../src/host/node.js';
import { decodeEscaped, encodeEscaped } from '../../src/host/node_errors.js';

const O_RDONLY = 0;
const O_WRONLY = 1;
const O_RDWR = 2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;

const channel = new MessageChannel();
const host = createNodeHost(channel.port1, new SharedArrayBuffer(4 * SIGNAL_WORDS));
const folder = mkdtempSync(join(tmpdir(), 'vivarium-test-'));
const path = (name: string) => join(folder, name);

afterAll(() => {
  channel.port1.close();
  rmSync(folder, { recursive: true });
});

function write(fd: number, text: string): number {
  const bytes = new TextEncoder().encode(text);
  return host.write(fd, bytes, 0, bytes.length);
}

function read(fd: number, length: number): string | number {
  const bytes = new Uint8Array(length);
  const n = host.read(fd, bytes, 0, length);
  return n < 0 ? n : new TextDecoder().decode(bytes.subarray(0, n));
}

describe('open files', () => {
  test('position', () => {
    const fd = host.open(path('a'), O_RDWR | O_CREAT | O_TRUNC, 0o644);
    expect(fd).toBeGreaterThan(2);
    expect(write(fd, 'hello world')).toBe(11);
    expect(host.lseek(fd, 0, 1)).toBe(11);
    expect(host.lseek(fd, 0, 0)).toBe(0);
    expect(read(fd, 5)).toBe('hello');
    expect(host.lseek(fd, -2, 2)).toBe(9);
    expect(read(fd, 9)).toBe('ld');
    expect(read(fd, 9)).toBe('');
    expect(host.lseek(fd, -1, 0)).toBe(-EINVAL);
    expect(host.lseek(fd, 0, 9)).toBe(-EINVAL);
    const bytes = new Uint8Array(4);
    expect(host.pread(fd, bytes, 0, 4, 1)).toBe(4);
    expect(host.lseek(fd, 0, 1)).toBe(11);
    expect(host.ftruncate(fd, 4)).toBe(0);
    expect(host.fstat(fd)).toMatchObject({ size: 4 });
    expect(host.close(fd)).toBe(0);
    expect(host.close(fd)).toBe(-EBADF);
    expect(read(fd, 1)).toBe(-EBADF);
  });

  test('appending', () => {
    writeFileSync(path('b'), 'start');
    const fd = host.open(path('b'), O_WRONLY | O_APPEND, 0);
    expect(host.lseek(fd, 0, 0)).toBe(0);
    expect(write(fd, '++')).toBe(2);
    expect(host.lseek(fd, 0, 1)).toBe(7);
    host.close(fd);
    expect(readFileSync(path('b'), 'utf8')).toBe('start++');
  });

  test('duplicates share the position, and close alone', () => {
    writeFileSync(path('c'), 'abcdef');
    const fd = host.open(path('c'), O_RDONLY, 0);
    const other = host.dup(fd);
    expect(other).not.toBe(fd);
    expect(read(fd, 2)).toBe('ab');
    expect(read(other, 2)).toBe('cd');
    expect(host.close(fd)).toBe(0);
    const third = host.open(path('c'), O_RDONLY, 0);
    expect(third).not.toBe(other);
    expect(read(other, 9)).toBe('ef');
    expect(read(third, 1)).toBe('a');
    expect(host.dup2(third, 200)).toBe(200);
    expect(host.dup2(third, other)).toBe(other);
    expect(read(200, 1)).toBe('b');
    expect(read(other, 1)).toBe('c');
    for (const open of [third, other, 200]) expect(host.close(open)).toBe(0);
    expect(host.dup(third)).toBe(-EBADF);
    expect(host.dup2(third, 5)).toBe(-EBADF);
  });

  test('redirected standard output', () => {
    const saved = host.dup(1);
    const fd = host.open(path('out'), O_WRONLY | O_CREAT, 0o600);
    host.dup2(fd, 1);
    host.close(fd);
    write(1, 'to the file');
    host.dup2(saved, 1);
    host.close(saved);
    expect(readFileSync(path('out'), 'utf8')).toBe('to the file');
  });

  test('pipes', () => {
    const ends = host.pipe();
    if (typeof ends === 'number') throw new Error(String(ends));
    const [reader, writer] = ends;
    expect(write(writer, 'abc')).toBe(3);
    expect(read(reader, 2)).toBe('ab');
    expect(host.lseek(reader, 0, 1)).toBe(-ESPIPE);
    expect(read(reader, 9)).toBe('c');
    host.setBlocking(reader, false);
    expect(read(reader, 9)).toBe(-EAGAIN);
    host.close(writer);
    expect(read(reader, 9)).toBe('');
    host.close(reader);
  });

  test('pairs of sockets', () => {
    const ends = host.socketpair();
    if (typeof ends === 'number') throw new Error(String(ends));
    const [a, b] = ends;
    expect(host.poll([a, b], [false, true], 0)).toEqual([1]);
    expect(write(a, 'abc')).toBe(3);
    expect(write(b, 'there')).toBe(5);
    expect(host.poll([a, b], [false, false], -1)).toEqual([0, 1]);
    expect([read(b, 2), read(b, 9), read(a, 9)]).toEqual(['ab', 'c', 'there']);
    host.setBlocking(b, false);
    expect(read(b, 9)).toBe(-EAGAIN);
    // Full, and emptied by as much as can be written again.
    let sent = 0;
    for (let n = 0; n >= 0; n = host.write(b, new Uint8Array(65536), 0, 65536)) sent += n;
    expect(host.poll([b], [true], 0)).toEqual([]);
    expect(host.available(a)).toBe(sent);
    expect(host.shutdown(b, 1)).toBe(0);
    for (let n = 1; n > 0; sent -= n) n = host.read(a, new Uint8Array(65536), 0, 65536);
    expect(sent).toBe(0);
    // A duplicate keeps the end open.
    const copy = host.dup(a);
    host.close(a);
    expect(read(b, 9)).toBe(-EAGAIN);
    host.close(copy);
    expect(read(b, 9)).toBe('');
    expect(write(b, 'x')).toBe(-EPIPE);
    expect(host.shutdown(0, 3)).toBe(-ENOTSOCK);
    host.close(b);
  });
});

describe('the file system', () => {
  test('errors', () => {
    writeFileSync(path('file'), '');
    expect(host.stat(path('nothing'))).toBe(-ENOENT);
    expect(host.stat(path('no/thing'))).toBe(-ENOENT);
    expect(host.stat(path('file/x'))).toBe(-ENOTDIR);
    expect(host.stat(`${path('file')}/`)).toBe(-ENOTDIR);
    expect(host.stat('')).toBe(-ENOENT);
    expect(host.open(path('nothing'), O_RDONLY, 0)).toBe(-ENOENT);
    expect(host.open(path('file'), O_WRONLY | O_CREAT | O_EXCL, 0)).toBe(-EEXIST);
    expect(host.open(folder, O_WRONLY, 0)).toBe(-EISDIR);
    expect(host.listdir(path('file'))).toBe(-ENOTDIR);
    expect(host.mkdir(folder, 0o777)).toBe(-EEXIST);
    expect(host.readlink(path('file'))).toBe(-EINVAL);
    expect(host.access(path('file'), 1)).toBe(-EACCES);
    expect(host.open('a\0b', O_RDONLY, 0)).toBe(-EINVAL);
  });

  test('links and times', () => {
    writeFileSync(path('target'), 'x');
    expect(host.symlink('target', path('link'))).toBe(0);
    expect(host.readlink(path('link'))).toBe('target');
    expect(host.lstat(path('link'))).toMatchObject({ mode: 0o120777 });
    expect(host.link(path('target'), path('hard'))).toBe(0);
    expect(host.stat(path('hard'))).toMatchObject({ nlink: 2, size: 1 });
    expect(host.utimes(path('target'), 1_000_000_000n, 1_500_000_000_500_000_000n, true)).toBe(0);
    expect(host.stat(path('link'))).toMatchObject({ atimeNs: 1_000_000_000n, mtimeNs: 1_500_000_000_500_000_000n });
  });

  test('names that are no UTF-8', () => {
    const name = 'bad\udcff\udc80\u00e9';
    const fd = host.open(path(name), O_WRONLY | O_CREAT, 0o600);
    expect(fd).toBeGreaterThan(2);
    host.close(fd);
    expect(host.listdir(folder)).toContain(name);
    expect(host.unlink(path(name))).toBe(0);
    for (const text of ['', 'a\u00e9\u20ac\u{1f600}', '\udc80', '\u00e9\udcff\udcfe\u{1f600}z']) {
      expect(decodeEscaped(encodeEscaped(text))).toBe(text);
    }
    expect(decodeEscaped(Uint8Array.of(0xed, 0xa0, 0x80, 0xc3))).toBe('\udced\udca0\udc80\udcc3');
  });
});

describe('the rest', () => {
  test('clocks', () => {
    expect(Math.abs(Number(host.wallNs() / 1_000_000n) - Date.now())).toBeLessThan(10);
    const before = host.monotonicNs();
    expect(host.sleep(2e6)).toBe(0);
    expect(Number(host.monotonicNs() - before)).toBeGreaterThanOrEqual(2e6);
  });

  test('entropy', () => {
    const bytes = new Uint8Array(40);
    host.randomFill(bytes, 4, 32);
    expect(bytes.subarray(0, 4)).toEqual(new Uint8Array(4));
    expect(bytes.subarray(36)).toEqual(new Uint8Array(4));
    expect(new Set(bytes).size).toBeGreaterThan(8);
  });
});
