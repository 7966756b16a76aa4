// Where was each block of memory allocated?
//
// Invariant: while tracing, every block handed out by the functions of src/memory/alloc.ts since tracing began has exactly one entry here,
// (address, size, traceback, domain), and `traced` is the sum of the sizes.  Tracebacks are stored once each.  All of it is in memory taken
// directly from the raw allocator, which is not traced and not counted as Python's; each traceback owns references to its file names.  Other
// domains than TRACE_DOMAIN are those of memory that native code has told of (PyTraceMalloc_Track).
//
//   blocks       open addressing: [address, size, traceback, domain] …        (address 0: free)
//   tracebacks   open addressing: [address of a traceback] …          (0: free)
//   traceback    [hash, number of frames there were, n, then n times (file name, line)], the innermost frame first

import { isTracing, setAllocationTracer, setTracing, TRACE_DOMAIN } from '../memory/alloc.js';
import { setBlockOrigin } from '../memory/debug_alloc.js';
import { H32, staticWord } from '../memory/linear.js';
import { rawFree, rawMalloc } from '../memory/raw.js';
import { setObjectOrigin } from './fatal_object.js';
import { PyObject_IS_GC } from './gc_head.js';
import { GC_HEAD_SIZE } from './head.js';
import { decref, incref } from './header.js';
import type { Obj } from './ptr.js';
import { addRoots } from './roots.js';
import { asString } from './unicode.js';

/** The most frames that a traceback may be asked to have. */
export const MAX_FRAMES = 65535;

// Indices into H32.
const blocks = staticWord();
const blocksMask = staticWord();
const blocksUsed = staticWord();
const tracebacks = staticWord();
const tracebacksMask = staticWord();
const tracebacksUsed = staticWord();
const tracebackBytes = staticWord();
const traced = staticWord();
const peak = staticWord();
const frameLimit = staticWord();

const ENTRY_WORDS = 4;
const INITIAL = 1024;

const TB_TOTAL = 4;
const TB_COUNT = 8;
const TB_FRAMES = 12;

// The stack as the collector below finds it: file names (borrowed) and lines.
let files = new Int32Array(64);
let lines = new Int32Array(64);

/**
 * The floor that knows frames fills the arrays through `frame(i, file, line)` with at most `limit` frames, the innermost first, and answers how
 * many frames there are in all.
 */
let collectFrames: (limit: number, frame: (i: number, file: Obj, line: number) => void) => number = () => 0;

export function setFrameCollector(collector: typeof collectFrames): void {
  collectFrames = collector;
}

function putFrame(i: number, file: Obj, line: number): void {
  if (i >= files.length) {
    const wider = (a: Int32Array) => {
      const b = new Int32Array(a.length * 2);
      b.set(a);
      return b;
    };
    files = wider(files);
    lines = wider(lines);
  }
  files[i] = file;
  lines[i] = line;
}

function newTable(words: number): number {
  const p = rawMalloc(words * 4);
  if (p !== 0) H32.fill(0, p >> 2, (p >> 2) + words);
  return p;
}

function hashAddress(p: number): number {
  return Math.imul(p >>> 3, 0x9e3779b1) >>> 7;
}

/** Index into H32 of the entry of `p` in `domain`, or of the free one where it belongs. */
function findBlock(domain: number, p: number): number {
  const table = H32[blocks] >> 2;
  const mask = H32[blocksMask];
  let i = hashAddress(p) & mask;
  for (let at = table + i * ENTRY_WORDS; H32[at] !== 0; at = table + i * ENTRY_WORDS) {
    if (H32[at] === p && H32[at + 3] === domain) break;
    i = (i + 1) & mask;
  }
  return table + i * ENTRY_WORDS;
}

function growBlocks(): void {
  const old = H32[blocks] >> 2;
  const oldMask = H32[blocksMask];
  const size = (oldMask + 1) * 2;
  const table = newTable(size * ENTRY_WORDS);
  if (table === 0) return;
  H32[blocks] = table;
  H32[blocksMask] = size - 1;
  for (let i = 0; i <= oldMask; i++) {
    const from = old + i * ENTRY_WORDS;
    if (H32[from] === 0) continue;
    const to = findBlock(H32[from + 3], H32[from]);
    for (let w = 0; w < ENTRY_WORDS; w++) H32[to + w] = H32[from + w];
  }
  rawFree(old << 2);
}

/** The stored traceback of the current stack, or 0 if there is no memory for it. */
function currentTraceback(): number {
  const limit = H32[frameLimit];
  const total = collectFrames(limit, putFrame);
  const n = Math.min(total, limit);
  let hash = 0x345678 ^ total;
  for (let i = 0; i < n; i++)
    hash = Math.imul(hash ^ (files[i] >>> 3) ^ Math.imul(lines[i], 0x85ebca6b), 0x9e3779b1) ^ (hash >>> 15);
  if (H32[tracebacksUsed] * 4 > H32[tracebacksMask] * 3) growTracebacks();
  const at = findTraceback(hash, total, n);
  if (H32[at] !== 0) return H32[at];
  if (H32[tracebacksUsed] >= H32[tracebacksMask]) return 0;
  const size = TB_FRAMES + 8 * n;
  const tb = rawMalloc(size);
  if (tb === 0) return 0;
  H32[tb >> 2] = hash;
  H32[(tb + TB_TOTAL) >> 2] = Math.min(total, MAX_FRAMES);
  H32[(tb + TB_COUNT) >> 2] = n;
  for (let i = 0; i < n; i++) {
    incref(files[i] as Obj);
    H32[(tb + TB_FRAMES + 8 * i) >> 2] = files[i];
    H32[(tb + TB_FRAMES + 8 * i + 4) >> 2] = lines[i];
  }
  H32[at] = tb;
  H32[tracebacksUsed]++;
  H32[tracebackBytes] += size;
  return tb;
}

function sameTraceback(tb: number, hash: number, total: number, n: number): boolean {
  if (H32[tb >> 2] !== hash || H32[(tb + TB_COUNT) >> 2] !== n) return false;
  if (H32[(tb + TB_TOTAL) >> 2] !== Math.min(total, MAX_FRAMES)) return false;
  const at = (tb + TB_FRAMES) >> 2;
  for (let i = 0; i < n; i++) if (H32[at + 2 * i] !== files[i] || H32[at + 2 * i + 1] !== lines[i]) return false;
  return true;
}

function findTraceback(hash: number, total: number, n: number): number {
  const table = H32[tracebacks] >> 2;
  const mask = H32[tracebacksMask];
  let i = (hash >>> 4) & mask;
  while (H32[table + i] !== 0 && !sameTraceback(H32[table + i], hash, total, n)) i = (i + 1) & mask;
  return table + i;
}

function growTracebacks(): void {
  const old = H32[tracebacks] >> 2;
  const oldMask = H32[tracebacksMask];
  const size = (oldMask + 1) * 2;
  const table = newTable(size);
  if (table === 0) return;
  for (let i = 0; i <= oldMask; i++) {
    const tb = H32[old + i];
    if (tb === 0) continue;
    let j = (H32[tb >> 2] >>> 4) & (size - 1);
    while (H32[(table >> 2) + j] !== 0) j = (j + 1) & (size - 1);
    H32[(table >> 2) + j] = tb;
  }
  H32[tracebacks] = table;
  H32[tracebacksMask] = size - 1;
  rawFree(old << 2);
}

/** A block has come, or has changed its size where it stands.  Without memory for the entry it stays unknown. */
function track(domain: number, p: number, size: number): void {
  if (H32[blocks] === 0) return;
  if (H32[blocksUsed] * 4 > H32[blocksMask] * 3) growBlocks();
  if (H32[blocksUsed] >= H32[blocksMask]) return;
  const tb = currentTraceback();
  if (tb === 0) return;
  const at = findBlock(domain, p);
  if (H32[at] === 0) {
    H32[at] = p;
    H32[at + 3] = domain;
    H32[blocksUsed]++;
  } else H32[traced] -= H32[at + 1];
  H32[at + 1] = size;
  H32[at + 2] = tb;
  H32[traced] += size;
  if (H32[traced] > H32[peak]) H32[peak] = H32[traced];
}

function untrack(domain: number, p: number): void {
  if (H32[blocks] === 0) return;
  const found = findBlock(domain, p);
  if (H32[found] === 0) return;
  H32[traced] -= H32[found + 1];
  H32[blocksUsed]--;
  // What follows in the same run may have been pushed on by this entry: close the gap.
  const table = H32[blocks] >> 2;
  const mask = H32[blocksMask];
  let hole = (found - table) / ENTRY_WORDS;
  for (let i = (hole + 1) & mask; H32[table + i * ENTRY_WORDS] !== 0; i = (i + 1) & mask) {
    const home = hashAddress(H32[table + i * ENTRY_WORDS]) & mask;
    if (((i - home) & mask) < ((i - hole) & mask)) continue;
    for (let w = 0; w < ENTRY_WORDS; w++) H32[table + hole * ENTRY_WORDS + w] = H32[table + i * ENTRY_WORDS + w];
    hole = i;
  }
  H32[table + hole * ENTRY_WORDS] = 0;
}

setAllocationTracer(track, untrack);

/** Begins tracing with tracebacks of at most `nframe` frames: false if there is no memory for the tables.  No effect if it is on. */
export function startTraces(nframe: number): boolean {
  if (isTracing()) return true;
  H32[blocks] = newTable(INITIAL * ENTRY_WORDS);
  H32[tracebacks] = newTable(INITIAL);
  if (H32[blocks] === 0 || H32[tracebacks] === 0) {
    releaseTables();
    return false;
  }
  H32[blocksMask] = INITIAL - 1;
  H32[tracebacksMask] = INITIAL - 1;
  H32[frameLimit] = nframe;
  setTracing(true);
  return true;
}

/** Ends tracing and forgets all traces. */
export function stopTraces(): void {
  if (!isTracing()) return;
  setTracing(false);
  forgetTracebacks();
  releaseTables();
}

/** Forgets all traces so far; tracing goes on. */
export function clearTraces(): void {
  if (!isTracing()) return;
  H32.fill(0, H32[blocks] >> 2, (H32[blocks] >> 2) + (H32[blocksMask] + 1) * ENTRY_WORDS);
  H32[blocksUsed] = 0;
  H32[traced] = 0;
  H32[peak] = 0;
  forgetTracebacks();
}

function forgetTracebacks(): void {
  const table = H32[tracebacks] >> 2;
  const names: number[] = [];
  for (let i = 0; i <= H32[tracebacksMask]; i++) {
    const tb = H32[table + i];
    if (tb === 0) continue;
    for (let f = 0; f < H32[(tb + TB_COUNT) >> 2]; f++) names.push(H32[(tb + TB_FRAMES + 8 * f) >> 2]);
    rawFree(tb);
    H32[table + i] = 0;
  }
  H32[tracebacksUsed] = 0;
  H32[tracebackBytes] = 0;
  // Last, when the tables are consistent: giving a name back frees memory.
  for (const name of names) decref(name as Obj);
}

function releaseTables(): void {
  rawFree(H32[blocks]);
  rawFree(H32[tracebacks]);
  for (const word of [blocks, blocksMask, blocksUsed, tracebacks, tracebacksMask, tracebacksUsed, traced, peak])
    H32[word] = 0;
}

/** tracemalloc.get_traced_memory() */
export function tracedMemory(): { current: number; peak: number } {
  return { current: H32[traced], peak: H32[peak] };
}

export function resetPeak(): void {
  H32[peak] = H32[traced];
}

/** The bytes of the tables and tracebacks themselves. */
export function tracesOwnMemory(): number {
  if (H32[blocks] === 0) return 0;
  return (H32[blocksMask] + 1) * ENTRY_WORDS * 4 + (H32[tracebacksMask] + 1) * 4 + H32[tracebackBytes];
}

/** The most frames of a traceback; 1 before tracing was ever on. */
export function traceFrameLimit(): number {
  return H32[frameLimit] || 1;
}

/** A block as gc and tracemalloc know it: address, size, and the address of its traceback. */
export interface Trace {
  readonly address: number;
  readonly size: number;
  readonly traceback: number;
  readonly domain: number;
}

/** All traces at this moment. */
export function allTraces(): Trace[] {
  const found: Trace[] = [];
  if (H32[blocks] === 0) return found;
  const table = H32[blocks] >> 2;
  for (let i = 0; i <= H32[blocksMask]; i++) {
    const at = table + i * ENTRY_WORDS;
    if (H32[at] !== 0)
      found.push({ address: H32[at], size: H32[at + 1], traceback: H32[at + 2], domain: H32[at + 3] >>> 0 });
  }
  return found;
}

/** The traceback of the block at `p`, or 0 if it is not known. */
export function tracebackOf(p: number, domain = TRACE_DOMAIN): number {
  if (H32[blocks] === 0) return 0;
  const at = findBlock(domain, p);
  return H32[at] === 0 ? 0 : H32[at + 2];
}

/** How many frames there were when the traceback was taken. */
export function tracebackTotal(tb: number): number {
  return H32[(tb + TB_TOTAL) >> 2];
}

/** The frames of a traceback, the innermost first; file names are borrowed. */
export function tracebackFrames(tb: number): { file: Obj; line: number }[] {
  return Array.from({ length: H32[(tb + TB_COUNT) >> 2] }, (_, i) => {
    const at = (tb + TB_FRAMES + 8 * i) >> 2;
    return { file: H32[at] as Obj, line: H32[at + 1] };
  });
}

addRoots((visit) => {
  if (H32[tracebacks] === 0) return;
  const table = H32[tracebacks] >> 2;
  for (let i = 0; i <= H32[tracebacksMask]; i++) {
    if (H32[table + i] !== 0)
      for (const { file } of tracebackFrames(H32[table + i])) visit(file, 'a traceback of tracemalloc');
  }
});

/** What a fatal error says of the origin of a block: lines that end in an empty one; '' if it is not known. */
function originOf(p: number): string {
  if (!isTracing()) return 'Enable tracemalloc to get the memory block allocation traceback\n\n';
  const tb = tracebackOf(p);
  if (tb === 0) return '';
  const shown = tracebackFrames(tb).map(({ file, line }) => `  File "${asString(file)}", line ${line}\n`);
  return `Memory block allocated at (most recent call first):\n${shown.join('')}\n`;
}

setBlockOrigin(originOf);
setObjectOrigin((o) => originOf(PyObject_IS_GC(o) ? o - GC_HEAD_SIZE : o));
