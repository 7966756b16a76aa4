// Do the guards see what they are there for, and say so in CPython's words?

import { describe, expect, it } from 'vitest';
import {
  PyMem_Free,
  PyMem_Malloc,
  PyMem_RawFree,
  PyMem_RawMalloc,
  PyObject_Calloc,
  PyObject_Free,
  PyObject_Malloc,
  PyObject_Realloc,
} from '../../src/memory/alloc.js';
import { debugSerial } from '../../src/memory/debug_alloc.js';
import { FatalError } from '../../src/memory/fatal.js';
import { H8 } from '../../src/memory/linear.js';

function bytes(p: number, n: number): string {
  return [...H8.subarray(p, p + n)].map((b) => b.toString(16).padStart(2, '0')).join('');
}

function dying(f: () => void): string {
  try {
    f();
  } catch (e) {
    if (e instanceof FatalError) return e.text;
    throw e;
  }
  throw new Error('it lived');
}

describe.runIf(PYMALLOC_DEBUG)('guarded blocks', () => {
  it('are laid out as in a 32-bit CPython', () => {
    const p = PyObject_Malloc(5);
    const serial = debugSerial().toString(16).padStart(8, '0');
    expect(p % 8).toBe(0);
    expect(bytes(p - 8, 5 + 16)).toBe(`000000056ffdfdfdcdcdcdcdcdfdfdfdfd${serial}`);
    PyObject_Free(p);
    // The first word of each block is the free list's; the rest is dead.
    expect(bytes(p - 4, 16)).toBe('dd'.repeat(16));
    const z = PyObject_Calloc(2, 8);
    expect(bytes(z, 16)).toBe('00'.repeat(16));
    PyObject_Free(z);
  });

  it('keep their contents when resized, clean what is new, bury what is old', () => {
    for (const [from, to] of [
      [10, 12],
      [10, 200],
      [10, 5000],
      [5000, 6000],
      [5000, 90_000],
      [5000, 100],
      [5000, 0],
      [300, 290],
      [300, 7],
    ]) {
      const p = PyObject_Malloc(from);
      for (let i = 0; i < from; i++) H8[p + i] = i * 7;
      const q = PyObject_Realloc(p, to);
      const keep = Math.min(from, to);
      for (let i = 0; i < keep; i++) expect(H8[q + i]).toBe((i * 7) & 0xff);
      expect(bytes(q + keep, to - keep)).toBe('cd'.repeat(to - keep));
      expect(bytes(q + to, 4)).toBe('fdfdfdfd');
      PyObject_Free(q);
    }
  });

  it('detect an overrun', () => {
    const p = PyMem_Malloc(16);
    H8[p + 16] = 0x78;
    const text = dying(() => PyMem_Free(p));
    const at = p.toString(16);
    expect(text).toBe(
      `Debug memory block at address p=0x${at}: API 'm'\n` +
        '    16 bytes originally requested\n' +
        '    The 3 pad bytes at p-3 are FORBIDDENBYTE, as expected.\n' +
        `    The 4 pad bytes at tail=0x${(p + 16).toString(16)} are not all FORBIDDENBYTE (0xfd):\n` +
        '        at tail+0: 0x78 *** OUCH\n' +
        '        at tail+1: 0xfd\n' +
        '        at tail+2: 0xfd\n' +
        '        at tail+3: 0xfd\n' +
        `    The block was made by call #${debugSerial()} to debug malloc/realloc.\n` +
        '    Data at p: cd cd cd cd cd cd cd cd cd cd cd cd cd cd cd cd\n' +
        '\n' +
        'Enable tracemalloc to get the memory block allocation traceback\n' +
        '\n' +
        'Fatal Python error: _PyMem_DebugRawFree: bad trailing pad byte\n' +
        'Python runtime state: initialized\n\n',
    );
  });

  it('detect an underrun', () => {
    const p = PyMem_Malloc(20);
    H8[p - 1] = 0;
    const text = dying(() => PyMem_Free(p));
    expect(text).toContain('The 3 pad bytes at p-3 are not all FORBIDDENBYTE (0xfd):\n        at p-3: 0xfd\n');
    expect(text).toContain('        at p-1: 0x00 *** OUCH\n');
    expect(text).toContain('Data at p: cd cd cd cd cd cd cd cd ... cd cd cd cd cd cd cd cd\n');
    expect(text).toContain('Fatal Python error: _PyMem_DebugRawFree: bad leading pad byte\n');
  });

  it('detect a free through another domain', () => {
    const p = PyMem_Malloc(16);
    expect(dying(() => PyMem_RawFree(p))).toContain("bad ID: Allocated using API 'm', verified using API 'r'");
    expect(dying(() => PyObject_Free(p))).toContain("bad ID: Allocated using API 'm', verified using API 'o'");
    PyMem_Free(p);
  });

  it('detect a double free', () => {
    const p = PyObject_Malloc(16);
    PyObject_Free(p);
    expect(dying(() => PyObject_Free(p))).toContain("bad ID: Allocated using API '\u00dd', verified using API 'o'");
    const big = PyMem_RawMalloc(3000);
    const guard = PyMem_RawMalloc(10);
    PyMem_RawFree(big);
    expect(dying(() => PyMem_RawFree(big))).toContain('bad ID');
    PyMem_RawFree(guard);
  });

  it('detect damage when resized', () => {
    const p = PyObject_Malloc(30);
    H8[p + 31] = 1;
    expect(dying(() => PyObject_Realloc(p, 40))).toContain('_PyMem_DebugRawRealloc: bad trailing pad byte');
  });
});
