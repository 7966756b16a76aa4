// How is the linear memory shared out in pieces of any size?
//
// Invariant: from RAW_START to the top chunk the memory is a gapless sequence of chunks; no two free chunks are neighbours; a free
// chunk is on the list of exactly one bin, and a bin's bit is set exactly if its list is not empty.  All of this is in the heap.
//
// A chunk `c` (a multiple of 8):
//
//   c      c+4          c+8                                   c+size
//   +------+------------+-------------------------------------+------+
//   | size | size flags | payload ...                         | ...  |
//   | of   |            | free: next, prev of its bin's list  | its  |
//   | prev |            |                                     | size |
//   +------+------------+-------------------------------------+------+
//
// The word at `c` is the size of the chunk before it if that one is free, and otherwise the last word of its payload: so a chunk in
// use costs four bytes.  Flags: USED, PREV_USED.  What lies above the last chunk, the "top", is on no list: it is handed out when no
// bin has a fit, and a free chunk that touches it becomes part of it.  Memory above the highest top ever reached has not been touched.
//
// Bins (two levels, TLSF): below 256 bytes one for each multiple of 8; above, 32 between consecutive powers of two.  A request is
// looked for among the first few chunks of its own bin (programs ask for the same sizes again), then in the bins above, where every
// chunk fits: no search.  Only if the top has no room either is the whole of its own bin searched, so that memory is not refused while
// it is there.

import { Py_FatalError } from './fatal.js';
import { H8, H32, HEAP_END, STATIC_END, staticAlloc, staticWord } from './linear.js';

const USED = 1;
const PREV_USED = 2;
const FLAGS = 7;
const CHUNK_HEADER = 8;
const MIN_CHUNK = 16;

const SL_SHIFT = 5;
const SL_COUNT = 1 << SL_SHIFT;
/** Sizes below 1 << SMALL_SHIFT are in row 0, one bin for each multiple of 8. */
const SMALL_SHIFT = SL_SHIFT + 3;
const SMALL_SIZE = 1 << SMALL_SHIFT;
const FL_COUNT = 31 - SMALL_SHIFT + 1;

/** The largest request that is considered at all. */
export const RAW_MAX = 0x7fffff00;
/** Where the first chunk stands. */
export const RAW_START = (STATIC_END + 7) & -8;
/** The top never passes this: its header must fit. */
const RAW_END = HEAP_END - CHUNK_HEADER;

// Indices into H32.
const bins = staticAlloc(FL_COUNT * SL_COUNT * 4) >> 2;
const slMaps = staticAlloc(FL_COUNT * 4) >> 2;
const flMap = staticWord();
const topWord = staticWord();
const highWater = staticWord();

H32[topWord] = RAW_START;
H32[highWater] = RAW_START;
H32[(RAW_START + 4) >> 2] = PREV_USED;

/** The number of a free chunk's bin. */
function binOf(size: number): number {
  if (size < SMALL_SIZE) return size >> 3;
  const log = 31 - Math.clz32(size);
  return ((log - SMALL_SHIFT + 1) << SL_SHIFT) + ((size >> (log - SL_SHIFT)) & (SL_COUNT - 1));
}

function insertFree(c: number, size: number): void {
  const bin = binOf(size);
  const first = H32[bins + bin];
  H32[(c + 8) >> 2] = first;
  H32[(c + 12) >> 2] = 0;
  if (first !== 0) H32[(first + 12) >> 2] = c;
  H32[bins + bin] = c;
  H32[slMaps + (bin >> SL_SHIFT)] |= 1 << (bin & (SL_COUNT - 1));
  H32[flMap] |= 1 << (bin >> SL_SHIFT);
  // The neighbour above is in use: a free one would have been merged, and the top is not a neighbour of free chunks.
  const next = c + size;
  H32[(c + 4) >> 2] = size | PREV_USED;
  H32[next >> 2] = size;
  H32[(next + 4) >> 2] &= ~PREV_USED;
}

function removeFree(c: number, size: number): void {
  const next = H32[(c + 8) >> 2];
  const prev = H32[(c + 12) >> 2];
  if (next !== 0) H32[(next + 12) >> 2] = prev;
  if (prev !== 0) {
    H32[(prev + 8) >> 2] = next;
    return;
  }
  const bin = binOf(size);
  H32[bins + bin] = next;
  if (next !== 0) return;
  const fl = bin >> SL_SHIFT;
  H32[slMaps + fl] &= ~(1 << (bin & (SL_COUNT - 1)));
  if (H32[slMaps + fl] === 0) H32[flMap] &= ~(1 << fl);
}

/** The lowest bit set in a word that is not 0. */
function lowestBit(x: number): number {
  return 31 - Math.clz32(x & -x);
}

/** The first chunk of the first non-empty bin from `bin` upwards, or 0. */
function firstFrom(bin: number): number {
  let fl = bin >> SL_SHIFT;
  if (fl >= FL_COUNT) return 0;
  let map = H32[slMaps + fl] & (-1 << (bin & (SL_COUNT - 1)));
  if (map === 0) {
    const rows = H32[flMap] & (-1 << (fl + 1));
    if (rows === 0) return 0;
    fl = lowestBit(rows);
    map = H32[slMaps + fl];
  }
  return H32[bins + (fl << SL_SHIFT) + lowestBit(map)];
}

/** How many chunks of a request's own bin are looked at before a larger one is cut. */
const OWN_BIN_TRIES = 8;

/** A free chunk of at least `need` bytes, still on its list, or 0; the top is not considered. */
function findFree(need: number): number {
  const bin = binOf(need);
  if (need < SMALL_SIZE) return firstFrom(bin);
  const c = findInBin(bin, need, OWN_BIN_TRIES);
  return c !== 0 ? c : firstFrom(bin + 1);
}

/** A chunk of at least `need` bytes among the first `tries` of a bin, or 0. */
function findInBin(bin: number, need: number, tries: number): number {
  let left = tries;
  for (let c = H32[bins + bin]; c !== 0 && left > 0; c = H32[(c + 8) >> 2], left--) {
    if ((H32[(c + 4) >> 2] & ~FLAGS) >= need) return c;
  }
  return 0;
}

/** Makes a free chunk, taken off its list, a used one of `need` bytes; what is left over goes back. */
function useChunk(c: number, size: number, need: number): number {
  const rest = size - need;
  if (rest >= MIN_CHUNK) {
    H32[(c + 4) >> 2] = need | USED | PREV_USED;
    insertFree(c + need, rest);
  } else {
    H32[(c + 4) >> 2] = size | USED | PREV_USED;
    H32[(c + size + 4) >> 2] |= PREV_USED;
  }
  return c + CHUNK_HEADER;
}

function setTop(top: number): void {
  H32[topWord] = top;
  H32[(top + 4) >> 2] = PREV_USED;
  if (top > H32[highWater]) H32[highWater] = top;
}

function chunkSizeFor(n: number): number {
  return n <= 11 ? MIN_CHUNK : (n + 11) & -8;
}

/** Returns a new block of at least `n` bytes, 8-byte aligned, with undefined contents; 0 if there is no room.  n may be 0. */
export function rawMalloc(n: number): number {
  if (!(n >= 0 && n <= RAW_MAX)) return 0;
  const need = chunkSizeFor(n);
  let c = findFree(need);
  if (c === 0) {
    c = H32[topWord];
    if (need <= RAW_END - c) {
      H32[(c + 4) >> 2] = need | USED | PREV_USED;
      setTop(c + need);
      return c + CHUNK_HEADER;
    }
    c = findInBin(binOf(need), need, Number.MAX_SAFE_INTEGER);
    if (c === 0) return 0;
  }
  const size = H32[(c + 4) >> 2] & ~FLAGS;
  removeFree(c, size);
  return useChunk(c, size, need);
}

/** Returns a new block of zeros, or 0. */
export function rawCalloc(n: number): number {
  const untouched = H32[highWater];
  const p = rawMalloc(n);
  // Memory above the highest top has never been written to and is still zero.
  if (p !== 0 && p < untouched) H8.fill(0, p, p + n);
  return p;
}

/** Gives a block back; 0 is ignored. */
export function rawFree(p: number): void {
  if (p === 0) return;
  let c = p - CHUNK_HEADER;
  const head = H32[(c + 4) >> 2];
  if ((head & USED) === 0) Py_FatalError('free(): the block is not in use (double free or invalid pointer)');
  let size = head & ~FLAGS;
  if ((head & PREV_USED) === 0) {
    const prevSize = H32[c >> 2];
    c -= prevSize;
    size += prevSize;
    removeFree(c, prevSize);
  }
  const next = c + size;
  if (next === H32[topWord]) {
    setTop(c);
    return;
  }
  const nextHead = H32[(next + 4) >> 2];
  if ((nextHead & USED) === 0) {
    const nextSize = nextHead & ~FLAGS;
    removeFree(next, nextSize);
    size += nextSize;
  }
  insertFree(c, size);
}

/** How many bytes the block at `p` really has. */
export function rawUsableSize(p: number): number {
  return (H32[(p - 4) >> 2] & ~FLAGS) - 4;
}

/** Makes the block hold `n` bytes where it stands, if that is possible; says whether it was. */
export function rawTryResize(p: number, n: number): boolean {
  if (!(n >= 0 && n <= RAW_MAX)) return false;
  const need = chunkSizeFor(n);
  const c = p - CHUNK_HEADER;
  const head = H32[(c + 4) >> 2];
  let size = head & ~FLAGS;
  if (need > size) {
    const next = c + size;
    if (next === H32[topWord]) {
      if (need - size > RAW_END - next) return false;
      H32[(c + 4) >> 2] = need | (head & FLAGS);
      setTop(c + need);
      return true;
    }
    const nextHead = H32[(next + 4) >> 2];
    if ((nextHead & USED) !== 0) return false;
    const nextSize = nextHead & ~FLAGS;
    if (need - size > nextSize) return false;
    removeFree(next, nextSize);
    size += nextSize;
    H32[(c + 4) >> 2] = size | (head & FLAGS);
    H32[(c + size + 4) >> 2] |= PREV_USED;
  }
  if (size - need >= MIN_CHUNK) {
    // Cut the tail off as a chunk of its own and free it: that merges it with what follows.
    H32[(c + 4) >> 2] = need | (head & FLAGS);
    H32[(c + need + 4) >> 2] = (size - need) | USED | PREV_USED;
    rawFree(c + need + CHUNK_HEADER);
  }
  return true;
}

/** Resizes a block, moving it if it must; 0 (and the block unchanged) if there is no room.  realloc(0, n) is malloc(n). */
export function rawRealloc(p: number, n: number): number {
  if (p === 0) return rawMalloc(n);
  if (rawTryResize(p, n)) return p;
  const q = rawMalloc(n);
  if (q === 0) return 0;
  const old = rawUsableSize(p);
  H8.copyWithin(q, p, p + Math.min(old, n));
  rawFree(p);
  return q;
}

/** The first place at or after `c` where an aligned chunk may begin so that what is left before it can be a chunk. */
function alignedStart(c: number, align: number): number {
  let a = (c + align - 1) & -align;
  if (a !== c && a - c < MIN_CHUNK) a += align;
  return a;
}

/**
 * Returns a chunk of exactly `size` bytes whose start, header included, is a multiple of `align`; `size` is a multiple of `align`, a power
 * of two.  The first CHUNK_HEADER bytes and the last four belong to the allocator's tags.  0 if there is no room.  Free with
 * rawFree(result + 8).
 */
export function rawAllocAligned(size: number, align: number): number {
  // First the holes that such chunks leave, then any chunk that has one inside whatever its start, then the top.
  const low = binOf(size);
  const high = binOf(size + align);
  for (let bin = low; bin < high; bin++) {
    for (let c = H32[bins + bin]; c !== 0; c = H32[(c + 8) >> 2]) {
      if (alignedStart(c, align) + size <= c + (H32[(c + 4) >> 2] & ~FLAGS)) return carveAligned(c, size, align);
    }
  }
  const c = findFree(size + align + MIN_CHUNK);
  if (c !== 0) return carveAligned(c, size, align);
  const top = H32[topWord];
  const a = alignedStart(top, align);
  if (a + size > RAW_END) return 0;
  H32[(a + 4) >> 2] = size | USED | PREV_USED;
  setTop(a + size);
  if (a !== top) insertFree(top, a - top);
  return a;
}

function carveAligned(c: number, size: number, align: number): number {
  const total = H32[(c + 4) >> 2] & ~FLAGS;
  removeFree(c, total);
  const a = alignedStart(c, align);
  useChunk(a, total - (a - c), size);
  if (a !== c) insertFree(c, a - c);
  return a;
}

/** Visits every chunk from the bottom to the top: address of the payload, size of the chunk with its tag, whether it is in use. */
export function rawWalk(visit: (payload: number, chunkSize: number, used: boolean) => void): void {
  const top = H32[topWord];
  let c = RAW_START;
  while (c < top) {
    const head = H32[(c + 4) >> 2];
    const size = head & ~FLAGS;
    if (size < MIN_CHUNK || c + size > top)
      Py_FatalError(`the raw allocator's chunk at 0x${c.toString(16)} is damaged`);
    visit(c + CHUNK_HEADER, size, (head & USED) !== 0);
    c += size;
  }
}

export interface RawStats {
  /** Bytes of the whole region; used + free + untouched top. */
  total: number;
  usedBytes: number;
  usedBlocks: number;
  /** Bytes in free chunks below the top. */
  freeBytes: number;
  freeBlocks: number;
  /** Bytes above the last chunk. */
  topBytes: number;
  /** The largest request that can be met now. */
  largestFree: number;
  /** The most bytes that were ever below the top. */
  highWater: number;
}

/** What the raw allocator holds; `usedBytes + freeBytes + topBytes === total`. */
export function rawStats(): RawStats {
  const s: RawStats = {
    total: HEAP_END - RAW_START,
    usedBytes: 0,
    usedBlocks: 0,
    freeBytes: 0,
    freeBlocks: 0,
    topBytes: HEAP_END - H32[topWord],
    largestFree: Math.max(0, RAW_END - H32[topWord] - 4),
    highWater: H32[highWater] - RAW_START,
  };
  rawWalk((_payload, size, used) => {
    if (used) {
      s.usedBytes += size;
      s.usedBlocks++;
    } else {
      s.freeBytes += size;
      s.freeBlocks++;
      if (size - 4 > s.largestFree) s.largestFree = size - 4;
    }
  });
  return s;
}

/** Checks every tag, list and bit against each other; a text that says what is wrong, or '' (for tests and the debug build). */
export function rawCheck(): string {
  let problem = '';
  let prevUsed = true;
  let prevSize = 0;
  const free = new Set<number>();
  rawWalk((payload, size, used) => {
    const c = payload - CHUNK_HEADER;
    const says = (H32[(c + 4) >> 2] & PREV_USED) !== 0;
    if (says !== prevUsed) problem ||= `chunk 0x${c.toString(16)}: PREV_USED is ${says}`;
    if (!prevUsed && H32[c >> 2] !== prevSize) problem ||= `chunk 0x${c.toString(16)}: wrong size of its predecessor`;
    if (!used && !prevUsed) problem ||= `chunk 0x${c.toString(16)}: two free neighbours`;
    if (!used) free.add(c);
    prevUsed = used;
    prevSize = size;
  });
  if (!prevUsed) problem ||= 'the chunk below the top is free';
  for (let bin = 0; bin < FL_COUNT * SL_COUNT; bin++) {
    const bit = (H32[slMaps + (bin >> SL_SHIFT)] >>> (bin & (SL_COUNT - 1))) & 1;
    if ((bit === 1) !== (H32[bins + bin] !== 0)) problem ||= `bin ${bin}: its bit is ${bit}`;
    let prev = 0;
    for (let c = H32[bins + bin]; c !== 0; c = H32[(c + 8) >> 2]) {
      if (!free.delete(c)) problem ||= `bin ${bin}: 0x${c.toString(16)} is not a free chunk`;
      if (binOf(H32[(c + 4) >> 2] & ~FLAGS) !== bin) problem ||= `bin ${bin}: 0x${c.toString(16)} belongs elsewhere`;
      if (H32[(c + 12) >> 2] !== prev) problem ||= `bin ${bin}: 0x${c.toString(16)} has a wrong link back`;
      prev = c;
    }
  }
  if (free.size > 0) problem ||= `${free.size} free chunks are on no list`;
  return problem;
}

/** The first address that no chunk has ever covered: every object stands below it. */
export function rawHighWater(): number {
  return H32[highWater];
}
