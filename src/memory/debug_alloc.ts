// How does a guarded block look, and what is checked?
//
// Invariant (PYMALLOC_DEBUG; CPython's debug hooks with serial numbers, S = 4): a block of n bytes that is in use is
//
//   [n, big-endian][api][FD FD FD][ n bytes of data ][FD FD FD FD][serial number, big-endian]
//   p-8            p-4             p                  p+n          p+n+4
//
// where p is what the caller has; data starts as CD; everything from p-8 on becomes DD when the block is given back (the allocator
// below then uses the first words for its list).  The header is 8 bytes, so p is aligned as the block below is.  Every free and
// resize checks the API letter and both pads before it touches anything.

import { Py_FatalError } from './fatal.js';
import { H8, H32, HEAP_END, staticWord } from './linear.js';
import { objCalloc, objFree, objMalloc, objTryResize } from './pymalloc.js';
import { RAW_MAX, rawCalloc, rawFree, rawMalloc, rawTryResize } from './raw.js';

/** API letters, as in CPython's dumps. */
export const API_RAW = 0x72;
export const API_MEM = 0x6d;
export const API_OBJ = 0x6f;

const HEADER = 8;
/** What the guards add to a request. */
export const DEBUG_EXTRA = 16;
const CLEAN_WORD = 0xcdcdcdcd | 0;
const DEAD_WORD = 0xdddddddd | 0;
const FORBIDDEN = 0xfd;
const FORBIDDEN_WORD = 0xfdfdfdfd | 0;
/** The word at p-4 without the API letter (little-endian: the letter is its lowest byte). */
const LEAD_WORD = 0xfdfdfd00 | 0;

const serial = staticWord();

/** How many blocks the guarded allocators have handed out or resized. */
export function debugSerial(): number {
  return H32[serial];
}

let describeOrigin: (p: number) => string = () => 'Enable tracemalloc to get the memory block allocation traceback\n\n';

/** tracemalloc says where the block at `p` was allocated: lines that end in an empty one. */
export function setBlockOrigin(describe: (p: number) => string): void {
  describeOrigin = describe;
}

function swap(x: number): number {
  return (x >>> 24) | ((x >>> 8) & 0xff00) | ((x << 8) & 0xff0000) | (x << 24);
}

/** Fills [p, end) with copies of a byte, given as a word of four; p is a multiple of 4. */
function fill(p: number, end: number, word: number): void {
  if (end - p > 256) {
    H8.fill(word & 0xff, p, end);
    return;
  }
  const lastWord = end >> 2;
  for (let i = p >> 2; i < lastWord; i++) H32[i] = word;
  for (let q = end & -4; q < end; q++) H8[q] = word & 0xff;
}

function writeTail(tail: number, serialNumber: number): void {
  if ((tail & 3) === 0) {
    H32[tail >> 2] = FORBIDDEN_WORD;
    H32[(tail + 4) >> 2] = swap(serialNumber);
    return;
  }
  for (let i = 0; i < 4; i++) {
    H8[tail + i] = FORBIDDEN;
    H8[tail + 4 + i] = serialNumber >>> (24 - 8 * i);
  }
}

/** Returns a guarded block of `n` bytes of CD, or 0. */
export function debugMalloc(api: number, n: number): number {
  if (!(n >= 0 && n <= RAW_MAX - DEBUG_EXTRA)) return 0;
  const total = n + DEBUG_EXTRA;
  const block = api === API_RAW ? rawMalloc(total) : objMalloc(total);
  if (block === 0) return 0;
  const p = block + HEADER;
  H32[block >> 2] = swap(n);
  H32[(block + 4) >> 2] = LEAD_WORD | api;
  fill(p, p + n, CLEAN_WORD);
  writeTail(p + n, ++H32[serial]);
  return p;
}

/** Returns a guarded block of `n` zeros, or 0. */
export function debugCalloc(api: number, n: number): number {
  if (!(n >= 0 && n <= RAW_MAX - DEBUG_EXTRA)) return 0;
  const total = n + DEBUG_EXTRA;
  const block = api === API_RAW ? rawCalloc(total) : objCalloc(total);
  if (block === 0) return 0;
  const p = block + HEADER;
  H32[block >> 2] = swap(n);
  H32[(block + 4) >> 2] = LEAD_WORD | api;
  writeTail(p + n, ++H32[serial]);
  return p;
}

/** Checks a block, fills it with DD, and gives it back; 0 is ignored. */
export function debugFree(api: number, p: number): void {
  if (p === 0) return;
  debugCheck('_PyMem_DebugRawFree', api, p);
  const n = swap(H32[(p - HEADER) >> 2]);
  fill(p - HEADER, p + n + 8, DEAD_WORD);
  if (api === API_RAW) rawFree(p - HEADER);
  else objFree(p - HEADER);
}

/** Checks and resizes a block; 0 (and the block unchanged) if there is no room.  New bytes are CD, bytes given up are DD. */
export function debugRealloc(api: number, p: number, n: number): number {
  if (p === 0) return debugMalloc(api, n);
  debugCheck('_PyMem_DebugRawRealloc', api, p);
  if (!(n >= 0 && n <= RAW_MAX - DEBUG_EXTRA)) return 0;
  const old = swap(H32[(p - HEADER) >> 2]);
  const block = p - HEADER;
  // Dead before the block below shrinks: afterwards these bytes may be another's.  (The tail is written anew either way.)
  if (n < old) deaden(p + n, p + old + 8);
  if (api === API_RAW ? rawTryResize(block, n + DEBUG_EXTRA) : objTryResize(block, n + DEBUG_EXTRA)) {
    H32[block >> 2] = swap(n);
    for (let q = p + old; q < p + n; q++) H8[q] = CLEAN_WORD & 0xff;
    writeTail(p + n, ++H32[serial]);
    return p;
  }
  const moved = debugMalloc(api, n);
  if (moved === 0) {
    // A smaller block that cannot be had: the old one stays, at its new size, as the caller's view of it allows.
    if (n >= old) return 0;
    H32[block >> 2] = swap(n);
    writeTail(p + n, ++H32[serial]);
    return p;
  }
  H8.copyWithin(moved, p, p + Math.min(old, n));
  fill(block, p + old + 8, DEAD_WORD);
  if (api === API_RAW) rawFree(block);
  else objFree(block);
  return moved;
}

function deaden(from: number, to: number): void {
  H8.fill(DEAD_WORD & 0xff, from, to);
}

/** Checks the API letter and both pads of a block; a violation is fatal, in CPython's words. */
export function debugCheck(func: string, api: number, p: number): void {
  const lead = H32[(p - 4) >> 2];
  if (lead === (LEAD_WORD | api)) {
    const tail = p + swap(H32[(p - HEADER) >> 2]);
    if ((tail & 3) === 0) {
      if (H32[tail >> 2] === FORBIDDEN_WORD) return;
    } else if (
      H8[tail] === FORBIDDEN &&
      H8[tail + 1] === FORBIDDEN &&
      H8[tail + 2] === FORBIDDEN &&
      H8[tail + 3] === FORBIDDEN
    ) {
      return;
    }
  }
  badBlock(func, api, p);
}

function badBlock(func: string, api: number, p: number): never {
  const id = byteAt(p - 4);
  const dump = _PyObject_DebugDumpAddress(p);
  if (id !== api) {
    const [was, is] = [String.fromCharCode(id), String.fromCharCode(api)];
    Py_FatalError(`${func}: bad ID: Allocated using API '${was}', verified using API '${is}'`, dump);
  }
  if (!allForbidden(p - 3, 3)) Py_FatalError(`${func}: bad leading pad byte`, dump);
  Py_FatalError(`${func}: bad trailing pad byte`, dump);
}

/** A byte of the heap; 0 where there is no memory (a size that is nuts leads anywhere). */
function byteAt(p: number): number {
  return p >= 0 && p < HEAP_END ? H8[p] : 0;
}

function allForbidden(p: number, n: number): boolean {
  for (let i = 0; i < n; i++) if (byteAt(p + i) !== FORBIDDEN) return false;
  return true;
}

function hex2(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function padLines(p: number, n: number, name: (i: number) => string): string {
  if (allForbidden(p, n)) return 'FORBIDDENBYTE, as expected.\n';
  let text = `not all FORBIDDENBYTE (0x${hex2(FORBIDDEN)}):\n`;
  for (let i = 0; i < n; i++) {
    const byte = byteAt(p + i);
    text += `        at ${name(i)}: 0x${hex2(byte)}${byte === FORBIDDEN ? '' : ' *** OUCH'}\n`;
  }
  return text;
}

/** What CPython prints about a guarded block before it dies. */
export function _PyObject_DebugDumpAddress(p: number): string {
  if (p === 0) return 'Debug memory block at address p=(nil):\n';
  let n = 0;
  for (let i = 0; i < 4; i++) n = n * 256 + byteAt(p - HEADER + i);
  let text = `Debug memory block at address p=0x${p.toString(16)}: API '${String.fromCharCode(byteAt(p - 4))}'\n`;
  text += `    ${n} bytes originally requested\n`;
  text += '    The 3 pad bytes at p-3 are ';
  text += padLines(p - 3, 3, (i) => `p-${3 - i}`);
  if (!allForbidden(p - 3, 3)) {
    text += '    Because memory is corrupted at the start, the count of bytes requested\n';
    text += '       may be bogus, and checking the trailing pad bytes may segfault.\n';
  }
  const tail = p + n;
  text += `    The 4 pad bytes at tail=0x${tail.toString(16)} are `;
  text += padLines(tail, 4, (i) => `tail+${i}`);
  let made = 0;
  for (let i = 0; i < 4; i++) made = made * 256 + byteAt(tail + 4 + i);
  text += `    The block was made by call #${made} to debug malloc/realloc.\n`;
  if (n > 0) {
    const bytes: string[] = [];
    for (let q = p; q < tail && q < p + 8; q++) bytes.push(hex2(byteAt(q)));
    if (n > 16) bytes.push('...');
    for (let q = Math.max(p + 8, tail - 8); q < tail; q++) bytes.push(hex2(byteAt(q)));
    text += `    Data at p: ${bytes.join(' ')}\n`;
  }
  return `${text}\n${describeOrigin(p)}`;
}
