// Does the raw allocator keep its invariant under any sequence of calls?

import { describe, expect, it } from 'vitest';
import { H8, HEAP_END } from '../../src/memory/linear.js';
import {
  rawAllocAligned,
  rawCalloc,
  rawCheck,
  rawFree,
  rawMalloc,
  rawRealloc,
  rawStats,
  rawTryResize,
  rawUsableSize,
} from '../../src/memory/raw.js';
import { randomIntegers } from './random.js';

function adds(): void {
  const s = rawStats();
  expect(s.usedBytes + s.freeBytes + s.topBytes).toBe(s.total);
}

describe('raw allocator', () => {
  it('gives aligned, distinct, writable blocks and takes them back', () => {
    const before = rawStats();
    const a = rawMalloc(0);
    const b = rawMalloc(0);
    expect(a).not.toBe(0);
    expect(b).not.toBe(a);
    expect(a % 8).toBe(0);
    rawFree(a);
    rawFree(b);
    rawFree(0);
    expect(rawCheck()).toBe('');
    expect(rawStats().usedBytes).toBe(before.usedBytes);
  });

  it('refuses what cannot be', () => {
    for (const n of [-1, -(2 ** 31), 2 ** 31, 2 ** 31 - 1, 2 ** 32, Number.POSITIVE_INFINITY, Number.NaN, HEAP_END]) {
      expect(rawMalloc(n)).toBe(0);
      const p = rawMalloc(10);
      expect(rawRealloc(p, n)).toBe(0);
      rawFree(p);
    }
    expect(rawCheck()).toBe('');
  });

  it('merges free neighbours on both sides', () => {
    const start = rawStats();
    const blocks = Array.from({ length: 9 }, () => rawMalloc(1000));
    for (const i of [1, 3, 5, 7, 2, 6, 4]) rawFree(blocks[i]);
    expect(rawCheck()).toBe('');
    // Seven blocks have become one: a request of their whole size fits in it.
    const big = rawMalloc(7 * 1008 - 8);
    expect(big).toBe(blocks[1]);
    rawFree(big);
    rawFree(blocks[0]);
    rawFree(blocks[8]);
    expect(rawStats().freeBytes + rawStats().topBytes).toBe(start.freeBytes + start.topBytes);
    expect(rawCheck()).toBe('');
  });

  it('resizes in place into the next free block and into the top', () => {
    const a = rawMalloc(100);
    const b = rawMalloc(5000);
    const c = rawMalloc(100);
    rawFree(b);
    expect(rawTryResize(a, 4000)).toBe(true);
    expect(rawUsableSize(a)).toBeGreaterThanOrEqual(4000);
    expect(rawTryResize(a, 50)).toBe(true);
    expect(rawCheck()).toBe('');
    expect(rawTryResize(a, 100_000)).toBe(false);
    const last = rawMalloc(8 * 1024 * 1024);
    expect(rawTryResize(last, 16 * 1024 * 1024)).toBe(true);
    expect(rawTryResize(last, 1024)).toBe(true);
    expect(rawCheck()).toBe('');
    for (const p of [a, c, last]) rawFree(p);
    expect(rawCheck()).toBe('');
  });

  it('zeroes what calloc returns, used before or not', () => {
    const p = rawMalloc(10_000);
    H8.fill(0xaa, p, p + 10_000);
    rawFree(p);
    for (const n of [0, 1, 9_000, 500_000]) {
      const q = rawCalloc(n);
      expect(H8.subarray(q, q + n).every((x) => x === 0)).toBe(true);
      rawFree(q);
    }
  });

  it('places aligned chunks side by side without waste', () => {
    const size = 256 * 1024;
    const chunks = Array.from({ length: 8 }, () => rawAllocAligned(size, size));
    for (const c of chunks) expect(c % size).toBe(0);
    for (let i = 1; i < 8; i++) expect(chunks[i]).toBe(chunks[i - 1] + size);
    rawFree(chunks[3] + 8);
    expect(rawAllocAligned(size, size)).toBe(chunks[3]);
    expect(rawCheck()).toBe('');
    for (const c of chunks) rawFree(c + 8);
    expect(rawCheck()).toBe('');
  });

  it('runs out cleanly, and recovers', () => {
    const before = rawStats();
    const blocks: number[] = [];
    for (;;) {
      const p = rawMalloc(32 * 1024 * 1024);
      if (p === 0) break;
      blocks.push(p);
    }
    expect(rawCheck()).toBe('');
    const rest = rawStats().largestFree;
    const p = rawMalloc(rest - 8);
    expect(p).not.toBe(0);
    rawFree(p);
    for (const b of blocks) rawFree(b);
    expect(rawCheck()).toBe('');
    expect(rawStats().usedBytes).toBe(before.usedBytes);
    adds();
  });

  it('detects a double free', () => {
    const p = rawMalloc(64);
    const guard = rawMalloc(64);
    rawFree(p);
    expect(() => rawFree(p)).toThrow('Fatal Python error: free(): the block is not in use');
    rawFree(guard);
  });

  it('agrees with a model over random calls', () => {
    const before = rawStats();
    for (const seed of [1, 2, 3]) {
      const rand = randomIntegers(seed);
      const live = new Map<number, { n: number; tag: number }>();
      const size = () => {
        const kind = rand(10);
        return kind < 6 ? rand(300) : kind < 9 ? rand(20_000) : rand(600_000);
      };
      const check = (p: number, n: number, tag: number) => {
        if (n > 0 && (H8[p] !== tag || H8[p + (n >> 1)] !== tag || H8[p + n - 1] !== tag)) throw new Error('damaged');
      };
      const keys: number[] = [];
      for (let step = 0; step < 30_000; step++) {
        const op = rand(10);
        if (op < 5 || keys.length === 0) {
          const n = size();
          const tag = rand(256);
          const aligned = rand(200) === 0;
          const p = aligned ? rawAllocAligned(65536, 65536) + 8 : rawMalloc(n);
          const m = aligned ? 65536 - 8 : n;
          if (p === 0 || p % 8 !== 0 || live.has(p)) throw new Error('bad block');
          H8.fill(tag, p, p + m);
          live.set(p, { n: m, tag });
          keys.push(p);
        } else {
          const i = rand(keys.length);
          const p = keys[i];
          const { n, tag } = live.get(p) as { n: number; tag: number };
          check(p, n, tag);
          live.delete(p);
          keys[i] = keys[keys.length - 1];
          keys.pop();
          if (op < 8) rawFree(p);
          else {
            const m = size();
            const q = rawRealloc(p, m);
            const keep = Math.min(n, m);
            check(q, keep, tag);
            H8.fill(tag, q, q + m);
            live.set(q, { n: m, tag });
            keys.push(q);
          }
        }
        if (step % 1000 === 0) {
          expect(rawCheck()).toBe('');
          adds();
        }
      }
      for (const [p, { n, tag }] of live) {
        check(p, n, tag);
        rawFree(p);
      }
      expect(rawCheck()).toBe('');
      expect(rawStats().usedBytes).toBe(before.usedBytes);
    }
  });
});
