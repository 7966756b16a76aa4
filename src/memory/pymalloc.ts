// How are small blocks handed out?
//
// Invariant (CPython's obmalloc, at the sizes of a 32-bit build): an arena is 256 KiB, aligned to its size; its first 4 KiB hold the
// arena's own words (and the raw allocator's tag), the other 63 pages are pools; a pool holds blocks of one size class.  A pool is
//
//   used   some blocks handed out, some not: on the circular list of its class, and its freeblock is not 0;
//   full   all handed out: on no list, its freeblock is 0;
//   empty  none handed out: on its arena's list of free pools.
//
// Arenas with free pools are on one list, sorted by their number, the fullest first: so nearly empty arenas become empty, and an
// empty one is given back to the raw allocator (the last on the list is kept, lest a loop allocate and free it over and over).
//
//   pool   +0 blocks in use   +4 freeblock   +8 next   +12 prev   +16 arena   +20 class   +24 next offset   +28 last offset
//   arena  +8 carve address   +12 free pools   +16 list of free pools   +20 next   +24 prev
//
// A free block's first word is the next free block of its pool; blocks beyond `next offset` have never been handed out.  The
// sentinel of a class looks like a pool whose freeblock is 0: one test serves for "no pool" and for nothing else, because a used
// pool has always a free block ready.

import { H8, H32, HEAP_END, staticAlloc, staticWord } from './linear.js';
import { rawAllocAligned, rawCalloc, rawFree, rawMalloc, rawTryResize, rawUsableSize } from './raw.js';

export const ALIGNMENT = 8;
export const SMALL_REQUEST_THRESHOLD = 512;
export const NUM_CLASSES = SMALL_REQUEST_THRESHOLD / ALIGNMENT;
export const ARENA_BITS = 18;
export const ARENA_SIZE = 1 << ARENA_BITS;
export const POOL_SIZE = 4096;
export const POOL_OVERHEAD = 32;
/** What an arena loses to its own words. */
export const ARENA_OVERHEAD = POOL_SIZE;
export const POOLS_PER_ARENA = (ARENA_SIZE - ARENA_OVERHEAD) / POOL_SIZE;

const POOL_COUNT = 0;
const POOL_FREEBLOCK = 4;
const POOL_NEXT = 8;
const POOL_PREV = 12;
const POOL_ARENA = 16;
const POOL_CLASS = 20;
const POOL_NEXT_OFFSET = 24;
const POOL_MAX_OFFSET = 28;
/** No class: the pool has never been used. */
const DUMMY_CLASS = 0xffff;

const ARENA_CARVE = 8;
const ARENA_NFREE = 12;
const ARENA_FREEPOOLS = 16;
const ARENA_NEXT = 20;
const ARENA_PREV = 24;

const SENTINEL_SIZE = 16;
const sentinels = staticAlloc(NUM_CLASSES * SENTINEL_SIZE);
/** A byte for each 256 KiB of the largest heap: whether an arena stands there. */
const arenaMap = staticAlloc(2 ** (31 - ARENA_BITS));
/** Index of the word for n: the last arena on the list of those with n free pools, or 0. */
const lastWithFree = staticAlloc((POOLS_PER_ARENA + 1) * 4) >> 2;
const usableArenas = staticWord();
const arenasNow = staticWord();
const arenasEver = staticWord();
const arenasHigh = staticWord();
/** Blocks of the object and mem domains that were too large for a pool. */
const largeBlocks = staticWord();

for (let c = 0; c < NUM_CLASSES; c++) {
  const s = sentinels + c * SENTINEL_SIZE;
  H32[(s + POOL_NEXT) >> 2] = s;
  H32[(s + POOL_PREV) >> 2] = s;
}

let onNewArena: () => void = () => {};

/** PYTHONMALLOCSTATS: `hook` runs each time an arena has been allocated; it must not allocate from the heap. */
export function setNewArenaHook(hook: () => void): void {
  onNewArena = hook;
}

/** Whether `p` points into an arena. */
export function addressInArena(p: number): boolean {
  'use wasm';
  return H8[arenaMap + (p >> ARENA_BITS)] !== 0;
}

/** Returns a block of 1 <= n <= SMALL_REQUEST_THRESHOLD bytes, or 0 if there is no memory. */
export function smallMalloc(n: number): number {
  'use wasm';
  const pool = H32[(sentinels + POOL_NEXT + (((n - 1) >> 3) << 4)) >> 2];
  const block = H32[(pool + POOL_FREEBLOCK) >> 2];
  if (block === 0) return fromNewPool((n - 1) >> 3);
  const next = H32[block >> 2];
  H32[(pool + POOL_FREEBLOCK) >> 2] = next;
  H32[pool >> 2]++;
  if (next === 0) extendPool(pool);
  return block;
}

/** Gives back a block that addressInArena(p) is true of. */
export function smallFree(p: number): void {
  'use wasm';
  const pool = p & -POOL_SIZE;
  const lastFree = H32[(pool + POOL_FREEBLOCK) >> 2];
  H32[p >> 2] = lastFree;
  H32[(pool + POOL_FREEBLOCK) >> 2] = p;
  const count = --H32[pool >> 2];
  if (lastFree === 0 || count === 0) poolChanged(pool, lastFree);
}

/** The last free block has been taken: makes another one ready, or takes the pool off its list. */
function extendPool(pool: number): void {
  'use wasm';
  const offset = H32[(pool + POOL_NEXT_OFFSET) >> 2];
  if (offset <= H32[(pool + POOL_MAX_OFFSET) >> 2]) {
    const block = pool + offset;
    H32[(pool + POOL_FREEBLOCK) >> 2] = block;
    H32[(pool + POOL_NEXT_OFFSET) >> 2] = offset + ((H32[(pool + POOL_CLASS) >> 2] + 1) << 3);
    H32[block >> 2] = 0;
    return;
  }
  unlinkPool(pool);
}

function unlinkPool(pool: number): void {
  'use wasm';
  const next = H32[(pool + POOL_NEXT) >> 2];
  const prev = H32[(pool + POOL_PREV) >> 2];
  H32[(next + POOL_PREV) >> 2] = prev;
  H32[(prev + POOL_NEXT) >> 2] = next;
}

function linkPool(pool: number, cls: number): void {
  'use wasm';
  const s = sentinels + cls * SENTINEL_SIZE;
  const first = H32[(s + POOL_NEXT) >> 2];
  H32[(pool + POOL_NEXT) >> 2] = first;
  H32[(pool + POOL_PREV) >> 2] = s;
  H32[(first + POOL_PREV) >> 2] = pool;
  H32[(s + POOL_NEXT) >> 2] = pool;
}

/** No pool of the class has a block: takes a free pool and returns its first block, or 0. */
function fromNewPool(cls: number): number {
  'use wasm';
  let arena = H32[usableArenas];
  if (arena === 0) {
    arena = newArena();
    if (arena === 0) return 0;
  }
  const nfree = H32[(arena + ARENA_NFREE) >> 2];
  // This arena is the first of the list; it stays first with one free pool less.
  if (H32[lastWithFree + nfree] === arena) H32[lastWithFree + nfree] = 0;
  if (nfree > 1) H32[lastWithFree + nfree - 1] = arena;
  H32[(arena + ARENA_NFREE) >> 2] = nfree - 1;
  let pool = H32[(arena + ARENA_FREEPOOLS) >> 2];
  if (pool !== 0) H32[(arena + ARENA_FREEPOOLS) >> 2] = H32[(pool + POOL_NEXT) >> 2];
  else {
    pool = H32[(arena + ARENA_CARVE) >> 2];
    H32[(arena + ARENA_CARVE) >> 2] = pool + POOL_SIZE;
    H32[(pool + POOL_ARENA) >> 2] = arena;
    H32[(pool + POOL_CLASS) >> 2] = DUMMY_CLASS;
  }
  if (nfree === 1) {
    const next = H32[(arena + ARENA_NEXT) >> 2];
    H32[usableArenas] = next;
    if (next !== 0) H32[(next + ARENA_PREV) >> 2] = 0;
  }
  linkPool(pool, cls);
  H32[(pool + POOL_COUNT) >> 2] = 1;
  if (H32[(pool + POOL_CLASS) >> 2] === cls) {
    // It served this class before: its chain of free blocks still stands.
    const block = H32[(pool + POOL_FREEBLOCK) >> 2];
    const next = H32[block >> 2];
    H32[(pool + POOL_FREEBLOCK) >> 2] = next;
    if (next === 0) extendPool(pool);
    return block;
  }
  const size = (cls + 1) << 3;
  H32[(pool + POOL_CLASS) >> 2] = cls;
  H32[(pool + POOL_NEXT_OFFSET) >> 2] = POOL_OVERHEAD + 2 * size;
  H32[(pool + POOL_MAX_OFFSET) >> 2] = POOL_SIZE - size;
  const block = pool + POOL_OVERHEAD;
  H32[(pool + POOL_FREEBLOCK) >> 2] = block + size;
  H32[(block + size) >> 2] = 0;
  return block;
}

/** A block has come back to a pool that was full or is now empty. */
function poolChanged(pool: number, lastFree: number): void {
  'use wasm';
  if (lastFree === 0) {
    // It was full: to the front of its class.  (A pool has at least seven blocks: it cannot be full and empty at once.)
    linkPool(pool, H32[(pool + POOL_CLASS) >> 2]);
    return;
  }
  unlinkPool(pool);
  const arena = H32[(pool + POOL_ARENA) >> 2];
  H32[(pool + POOL_NEXT) >> 2] = H32[(arena + ARENA_FREEPOOLS) >> 2];
  H32[(arena + ARENA_FREEPOOLS) >> 2] = pool;
  arenaGainsPool(arena);
}

/** Counts one more free pool in an arena, and keeps the list of arenas sorted. */
function arenaGainsPool(arena: number): void {
  const before = H32[(arena + ARENA_NFREE) >> 2];
  const nfree = before + 1;
  const lastSame = before === 0 ? 0 : H32[lastWithFree + before];
  const next = H32[(arena + ARENA_NEXT) >> 2];
  const prev = H32[(arena + ARENA_PREV) >> 2];
  H32[(arena + ARENA_NFREE) >> 2] = nfree;
  if (before === 0) {
    // It was full and on no list.
    const first = H32[usableArenas];
    H32[(arena + ARENA_NEXT) >> 2] = first;
    H32[(arena + ARENA_PREV) >> 2] = 0;
    if (first !== 0) H32[(first + ARENA_PREV) >> 2] = arena;
    H32[usableArenas] = arena;
    if (H32[lastWithFree + 1] === 0) H32[lastWithFree + 1] = arena;
    return;
  }
  if (lastSame === arena) {
    H32[lastWithFree + before] = prev !== 0 && H32[(prev + ARENA_NFREE) >> 2] === before ? prev : 0;
  }
  if (nfree === POOLS_PER_ARENA && next !== 0) {
    unlinkArena(prev, next);
    freeArena(arena);
    return;
  }
  if (H32[lastWithFree + nfree] === 0) H32[lastWithFree + nfree] = arena;
  if (lastSame === arena) return;
  // It must follow the last of those that it was equal to.
  unlinkArena(prev, next);
  const after = H32[(lastSame + ARENA_NEXT) >> 2];
  H32[(arena + ARENA_PREV) >> 2] = lastSame;
  H32[(arena + ARENA_NEXT) >> 2] = after;
  if (after !== 0) H32[(after + ARENA_PREV) >> 2] = arena;
  H32[(lastSame + ARENA_NEXT) >> 2] = arena;
}

function unlinkArena(prev: number, next: number): void {
  if (prev === 0) H32[usableArenas] = next;
  else H32[(prev + ARENA_NEXT) >> 2] = next;
  if (next !== 0) H32[(next + ARENA_PREV) >> 2] = prev;
}

/** Allocates an arena, the only one on the list of usable arenas; returns it, or 0. */
function newArena(): number {
  const arena = rawAllocAligned(ARENA_SIZE, ARENA_SIZE);
  if (arena === 0) return 0;
  H8[arenaMap + (arena >> ARENA_BITS)] = 1;
  H32[(arena + ARENA_CARVE) >> 2] = arena + ARENA_OVERHEAD;
  H32[(arena + ARENA_NFREE) >> 2] = POOLS_PER_ARENA;
  H32[(arena + ARENA_FREEPOOLS) >> 2] = 0;
  H32[(arena + ARENA_NEXT) >> 2] = 0;
  H32[(arena + ARENA_PREV) >> 2] = 0;
  H32[usableArenas] = arena;
  H32[lastWithFree + POOLS_PER_ARENA] = arena;
  H32[arenasEver]++;
  if (++H32[arenasNow] > H32[arenasHigh]) H32[arenasHigh] = H32[arenasNow];
  onNewArena();
  return arena;
}

function freeArena(arena: number): void {
  H8[arenaMap + (arena >> ARENA_BITS)] = 0;
  H32[arenasNow]--;
  rawFree(arena + 8);
}

// The object and mem domains: pools for what is small, the raw allocator for the rest.

/** A block of any size; 0 if there is none. */
export function objMalloc(n: number): number {
  if (WITH_PYMALLOC && (n - 1) >>> 0 < SMALL_REQUEST_THRESHOLD) {
    const p = smallMalloc(n);
    if (p !== 0) return p;
  }
  return largeMalloc(n);
}

/** A block for a request that no pool serves. */
export function largeMalloc(n: number): number {
  if (WITH_PYMALLOC && n === 0) return objMalloc(1);
  const p = rawMalloc(n);
  if (p !== 0) H32[largeBlocks]++;
  return p;
}

/** A block of zeros; 0 if there is none. */
export function objCalloc(n: number): number {
  if (!WITH_PYMALLOC || (n - 1) >>> 0 >= SMALL_REQUEST_THRESHOLD) {
    if (WITH_PYMALLOC && n === 0) return objMalloc(1);
    const p = rawCalloc(n);
    if (p !== 0) H32[largeBlocks]++;
    return p;
  }
  const p = objMalloc(n);
  if (p !== 0) for (let i = p >> 2, end = (p + n + 3) >> 2; i < end; i++) H32[i] = 0;
  return p;
}

/** Gives back a block of objMalloc's; `p` is not 0. */
export function objFree(p: number): void {
  if (WITH_PYMALLOC && H8[arenaMap + (p >> ARENA_BITS)] !== 0) smallFree(p);
  else {
    H32[largeBlocks]--;
    rawFree(p);
  }
}

/** How many bytes the block at `p` really has. */
export function objUsableSize(p: number): number {
  return WITH_PYMALLOC && addressInArena(p) ? (H32[((p & -POOL_SIZE) + POOL_CLASS) >> 2] + 1) << 3 : rawUsableSize(p);
}

/** Makes the block hold `n` bytes where it stands, if that is possible (and not too wasteful); says whether it was. */
export function objTryResize(p: number, n: number): boolean {
  if (!(WITH_PYMALLOC && addressInArena(p))) return rawTryResize(p, n);
  const size = objUsableSize(p);
  // Copying costs time, not copying wastes memory: copy only if more than a quarter is saved.
  return n <= size && n >= 0 && 4 * n > 3 * size;
}

/** Resizes a block, moving it if it must; 0 (and the block unchanged) if there is no room. */
export function objRealloc(p: number, n: number): number {
  if (p === 0) return objMalloc(n);
  if (objTryResize(p, n)) return p;
  const q = objMalloc(n);
  if (q === 0) return 0;
  const old = objUsableSize(p);
  const keep = Math.min(old, n);
  if (keep > 64) H8.copyWithin(q, p, p + keep);
  else for (let i = 0, w = (keep + 3) >> 2; i < w; i++) H32[(q >> 2) + i] = H32[(p >> 2) + i];
  objFree(p);
  return q;
}

// What the statistics need.

export interface PymallocFigures {
  arenas: number;
  arenasEver: number;
  arenasHighWater: number;
  /** By class. */
  pools: number[];
  blocksInUse: number[];
  blocksAvailable: number[];
  freePools: number;
  /** Blocks of the object and mem domains outside of the arenas. */
  largeBlocks: number;
}

/** Counts what the arenas hold, by marching over every pool. */
export function pymallocFigures(): PymallocFigures {
  const figures: PymallocFigures = {
    arenas: 0,
    arenasEver: H32[arenasEver],
    arenasHighWater: H32[arenasHigh],
    pools: new Array<number>(NUM_CLASSES).fill(0),
    blocksInUse: new Array<number>(NUM_CLASSES).fill(0),
    blocksAvailable: new Array<number>(NUM_CLASSES).fill(0),
    freePools: 0,
    largeBlocks: H32[largeBlocks],
  };
  for (let i = 0; i < HEAP_END >> ARENA_BITS; i++) {
    if (H8[arenaMap + i] === 0) continue;
    const arena = i << ARENA_BITS;
    figures.arenas++;
    figures.freePools += H32[(arena + ARENA_NFREE) >> 2];
    for (let pool = arena + ARENA_OVERHEAD; pool < H32[(arena + ARENA_CARVE) >> 2]; pool += POOL_SIZE) {
      const count = H32[(pool + POOL_COUNT) >> 2];
      if (count === 0) continue;
      const cls = H32[(pool + POOL_CLASS) >> 2];
      figures.pools[cls]++;
      figures.blocksInUse[cls] += count;
      figures.blocksAvailable[cls] += blocksPerPool(cls) - count;
    }
  }
  return figures;
}

/** How many blocks of a class a pool has. */
export function blocksPerPool(cls: number): number {
  return Math.floor((POOL_SIZE - POOL_OVERHEAD) / ((cls + 1) * ALIGNMENT));
}

/** sys.getallocatedblocks(): blocks of the object and mem domains in use, in pools or not. */
export function _Py_GetGlobalAllocatedBlocks(): number {
  let n = H32[largeBlocks];
  for (let i = 0; i < HEAP_END >> ARENA_BITS; i++) {
    if (H8[arenaMap + i] === 0) continue;
    const arena = i << ARENA_BITS;
    for (let pool = arena + ARENA_OVERHEAD; pool < H32[(arena + ARENA_CARVE) >> 2]; pool += POOL_SIZE)
      n += H32[pool >> 2];
  }
  return n;
}

/** Checks lists and counts against each other; a text that says what is wrong, or '' (for tests and the debug build). */
export function pymallocCheck(): string {
  let before = 0;
  let prev = 0;
  const usable = new Set<number>();
  for (let arena = H32[usableArenas]; arena !== 0; arena = H32[(arena + ARENA_NEXT) >> 2]) {
    const at = `arena 0x${arena.toString(16)}`;
    const nfree = H32[(arena + ARENA_NFREE) >> 2];
    if (H8[arenaMap + (arena >> ARENA_BITS)] === 0) return `${at} is not in the map`;
    if (nfree < 1 || nfree < before) return `${at}: ${nfree} free pools after ${before}`;
    if (H32[(arena + ARENA_PREV) >> 2] !== prev) return `${at}: wrong link back`;
    const next = H32[(arena + ARENA_NEXT) >> 2];
    const isLast = next === 0 || H32[(next + ARENA_NFREE) >> 2] !== nfree;
    if ((H32[lastWithFree + nfree] === arena) !== isLast) return `${at}: wrong "last with ${nfree} free pools"`;
    let pools = (arena + ARENA_SIZE - H32[(arena + ARENA_CARVE) >> 2]) / POOL_SIZE;
    for (let p = H32[(arena + ARENA_FREEPOOLS) >> 2]; p !== 0; p = H32[(p + POOL_NEXT) >> 2]) {
      if (H32[p >> 2] !== 0) return `pool 0x${p.toString(16)} is on the free list with blocks in use`;
      pools++;
    }
    if (pools !== nfree) return `${at}: ${pools} free pools found, ${nfree} counted`;
    usable.add(arena);
    before = nfree;
    prev = arena;
  }
  let arenas = 0;
  for (let i = 0; i < HEAP_END >> ARENA_BITS; i++) {
    if (H8[arenaMap + i] === 0) continue;
    arenas++;
    if (!usable.has(i << ARENA_BITS) && H32[((i << ARENA_BITS) + ARENA_NFREE) >> 2] !== 0)
      return `arena ${i} is on no list`;
  }
  if (arenas !== H32[arenasNow]) return `${arenas} arenas found, ${H32[arenasNow]} counted`;
  for (let c = 0; c < NUM_CLASSES; c++) {
    const s = sentinels + c * SENTINEL_SIZE;
    for (let p = H32[(s + POOL_NEXT) >> 2]; p !== s; p = H32[(p + POOL_NEXT) >> 2]) {
      const at = `pool 0x${p.toString(16)}`;
      if (H32[(p + POOL_CLASS) >> 2] !== c) return `${at} is on the list of class ${c}`;
      if (H32[(H32[(p + POOL_NEXT) >> 2] + POOL_PREV) >> 2] !== p) return `${at}: broken list`;
      let free = 0;
      for (let b = H32[(p + POOL_FREEBLOCK) >> 2]; b !== 0; b = H32[b >> 2]) {
        if ((b & -POOL_SIZE) !== p) return `${at}: free block 0x${b.toString(16)} is elsewhere`;
        if (++free > POOL_SIZE) return `${at}: endless free list`;
      }
      if (free === 0) return `${at} has no free block but is on a list`;
      const size = (c + 1) << 3;
      const fresh = Math.max(0, Math.floor((POOL_SIZE - H32[(p + POOL_NEXT_OFFSET) >> 2]) / size));
      if (free + fresh + H32[p >> 2] !== blocksPerPool(c)) return `${at}: blocks do not add up`;
    }
  }
  return '';
}
