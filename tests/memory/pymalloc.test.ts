// Do pools and arenas keep their invariant, and do the statistics add up?

import { describe, expect, it } from 'vitest';
import {
  PyMem_Calloc,
  PyMem_Free,
  PyMem_Malloc,
  PyMem_RawFree,
  PyMem_RawMalloc,
  PyMem_Realloc,
  PyObject_Calloc,
  PyObject_Free,
  PyObject_Malloc,
  PyObject_Realloc,
  setAllocationTracer,
  setTracing,
} from '../../src/memory/alloc.js';
import { H8 } from '../../src/memory/linear.js';
import {
  _Py_GetGlobalAllocatedBlocks,
  addressInArena,
  pymallocCheck,
  pymallocFigures,
  setNewArenaHook,
} from '../../src/memory/pymalloc.js';
import { rawCheck } from '../../src/memory/raw.js';
import { _PyDebugAllocatorStats, _PyObject_DebugMallocStats, rawAllocatorStats } from '../../src/memory/stats.js';
import { randomIntegers } from './random.js';

function number(text: string, label: string): number {
  const found = text.split('\n').find((l) => l.includes(label));
  if (found === undefined) throw new Error(`no line "${label}" in\n${text}`);
  return Number((found.split('=').pop() as string).replaceAll(',', ''));
}

describe('pymalloc', () => {
  it('serves small requests from arenas, large ones from the raw allocator', () => {
    const extra = PYMALLOC_DEBUG ? 16 : 0;
    const small = PyObject_Malloc(512 - extra);
    const large = PyObject_Malloc(513 - extra);
    expect(addressInArena(small)).toBe(true);
    expect(addressInArena(large)).toBe(false);
    expect(small % 8).toBe(0);
    expect(large % 8).toBe(0);
    PyObject_Free(small);
    PyObject_Free(large);
    const zero = [PyObject_Malloc(0), PyMem_Malloc(0), PyObject_Calloc(0, 8), PyObject_Realloc(0, 0)];
    expect(new Set(zero).size).toBe(4);
    expect(zero.includes(0)).toBe(false);
    PyObject_Free(zero[0]);
    PyMem_Free(zero[1]);
    PyObject_Free(zero[2]);
    PyObject_Free(zero[3]);
    PyObject_Free(0);
    PyMem_Free(0);
    PyMem_RawFree(0);
    expect(pymallocCheck()).toBe('');
  });

  it('refuses what cannot be', () => {
    for (const n of [-1, -(2 ** 31), 2 ** 31, 2 ** 32]) {
      expect(PyObject_Malloc(n)).toBe(0);
      expect(PyMem_Malloc(n)).toBe(0);
      expect(PyMem_RawMalloc(n)).toBe(0);
    }
    expect(PyObject_Calloc(65536, 65536)).toBe(0);
    expect(PyObject_Calloc(-1, 8)).toBe(0);
    const p = PyObject_Malloc(40);
    expect(PyObject_Realloc(p, -1)).toBe(0);
    PyObject_Free(p);
  });

  it('counts blocks, gives arenas back, and tells of new ones', () => {
    const blocks0 = _Py_GetGlobalAllocatedBlocks();
    const arenas0 = pymallocFigures().arenas;
    let told = 0;
    setNewArenaHook(() => told++);
    const blocks = Array.from({ length: 60_000 }, () => PyObject_Malloc(40));
    expect(_Py_GetGlobalAllocatedBlocks()).toBe(blocks0 + 60_000);
    const arenas = pymallocFigures().arenas;
    expect(arenas - arenas0).toBeGreaterThan(8);
    expect(told).toBe(arenas - arenas0);
    setNewArenaHook(() => {});
    expect(pymallocCheck()).toBe('');
    for (const p of blocks) PyObject_Free(p);
    expect(pymallocFigures().arenas).toBeLessThanOrEqual(arenas0 + 1);
    expect(_Py_GetGlobalAllocatedBlocks()).toBe(blocks0);
    expect(pymallocCheck()).toBe('');
    expect(rawCheck()).toBe('');
  });

  it('agrees with a model over random calls', () => {
    const blocks0 = _Py_GetGlobalAllocatedBlocks();
    for (const seed of [11, 12]) {
      const rand = randomIntegers(seed);
      const live = new Map<number, { n: number; tag: number }>();
      const keys: number[] = [];
      const put = (p: number, n: number, tag: number) => {
        if (p === 0 || p % 8 !== 0 || live.has(p)) throw new Error('bad block');
        H8.fill(tag, p, p + n);
        live.set(p, { n, tag });
        keys.push(p);
      };
      const check = (p: number, n: number, tag: number) => {
        for (let i = 0; i < n; i++) if (H8[p + i] !== tag) throw new Error(`damaged at ${i} of ${n}`);
      };
      const size = () => (rand(20) === 0 ? rand(3000) : rand(520));
      for (let step = 0; step < 100_000; step++) {
        // Grow for a while, then shrink for a while, so that arenas come and go.
        const growing = (step / 20_000) & 1 ? 3 : 6;
        if (rand(10) < growing || keys.length === 0) {
          const n = size();
          if (rand(10) === 0) {
            const p = PyMem_Calloc(1, n);
            check(p, n, 0);
            put(p, n, rand(256));
          } else put(PyMem_Malloc(n), n, rand(256));
        } else {
          const i = rand(keys.length);
          const p = keys[i];
          const { n, tag } = live.get(p) as { n: number; tag: number };
          check(p, n, tag);
          live.delete(p);
          keys[i] = keys[keys.length - 1];
          keys.pop();
          if (rand(4) > 0) PyMem_Free(p);
          else {
            const m = size();
            const q = PyMem_Realloc(p, m);
            check(q, Math.min(n, m), tag);
            put(q, m, tag);
          }
        }
        if (step % 5000 === 0) {
          expect(pymallocCheck()).toBe('');
          expect(_Py_GetGlobalAllocatedBlocks()).toBe(blocks0 + keys.length);
        }
      }
      for (const [p] of live) PyMem_Free(p);
      expect(_Py_GetGlobalAllocatedBlocks()).toBe(blocks0);
      expect(pymallocCheck()).toBe('');
      expect(rawCheck()).toBe('');
    }
  });

  it('prints statistics that add up', () => {
    const rand = randomIntegers(5);
    const blocks = Array.from({ length: 20_000 }, () => PyObject_Malloc(rand(600)));
    for (let i = 0; i < blocks.length; i += 3) PyObject_Free(blocks[i]);
    const text = _PyObject_DebugMallocStats();
    const arenas = number(text, 'arenas allocated current');
    expect(text).toContain('Small block threshold = 512, in 64 size classes.\n\nclass   size   num pools');
    expect(text).toContain(`${arenas} arenas * 262144 bytes/arena`);
    expect(number(text, 'bytes/arena')).toBe(arenas * 262144);
    expect(number(text, 'Total')).toBe(arenas * 262144);
    const parts = [
      'allocated blocks',
      'available blocks',
      'unused pools',
      'pool headers',
      'quantization',
      'arena alignment',
    ];
    expect(parts.reduce((sum, label) => sum + number(text, label), 0)).toBe(arenas * 262144);
    // The layout of a line is CPython's.
    expect(text).toMatch(/^# arenas reclaimed {17}= {15,20}[\d,]+$/m);
    expect(_PyDebugAllocatorStats('free PyFloatObject', 4, 24)).toBe(
      '           4 free PyFloatObjects * 24 bytes each =                   96\n',
    );
    expect(rawAllocatorStats()).toContain('# bytes highwater mark');
    blocks.forEach((p, i) => {
      if (i % 3 !== 0) PyObject_Free(p);
    });
  });

  it('tells a tracer of every block while it is asked to', () => {
    const known = new Map<number, number>();
    setAllocationTracer(
      (_domain, p, n) => known.set(p, n),
      (_domain, p) => known.delete(p),
    );
    const before = PyObject_Malloc(24);
    setTracing(true);
    const a = PyObject_Malloc(24);
    const b = PyMem_Malloc(1000);
    const c = PyMem_RawMalloc(7);
    expect([...known]).toEqual([
      [a, 24],
      [b, 1000],
      [c, 7],
    ]);
    const b2 = PyMem_Realloc(b, 100_000);
    expect(known.get(b2)).toBe(100_000);
    PyObject_Free(before);
    PyObject_Free(a);
    PyMem_Free(b2);
    PyMem_RawFree(c);
    expect(known.size).toBe(0);
    setTracing(false);
    const d = PyObject_Malloc(24);
    expect(known.size).toBe(0);
    PyObject_Free(d);
  });
});
