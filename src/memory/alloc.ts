// Where does memory come from?
//
// Invariant: the three domains of PEP 445 (raw, mem, object) are these functions and nothing else.  They return an address that is a
// multiple of 8, or 0 when there is no memory or the size is negative or too large; they set no exception.  A block goes back through
// the domain it came from.  malloc(0) is a block of its own; realloc(0, n) is malloc(n); free(0) does nothing.
//
// What stands behind them is chosen when the build is made: raw allocator (raw) and pymalloc (mem, object), or the guards of
// debug_alloc.ts around the same (PYMALLOC_DEBUG).  While tracemalloc traces or requests are refused on purpose, `smallLimit` is 0: then no
// request is small, and all take the slow road on which the tracer is told.  So otherwise an allocation pays nothing for it, and a free one test.

import { API_MEM, API_OBJ, API_RAW, debugCalloc, debugFree, debugMalloc, debugRealloc } from './debug_alloc.js';
import { H32, staticWord } from './linear.js';
import {
  addressInArena,
  objCalloc,
  objFree,
  objMalloc,
  objRealloc,
  SMALL_REQUEST_THRESHOLD,
  smallFree,
  smallMalloc,
} from './pymalloc.js';
import { RAW_MAX, rawCalloc, rawFree, rawMalloc, rawRealloc } from './raw.js';

/** Indices into H32: requests of 1..limit bytes are small; whether allocations are being traced. */
const smallLimit = staticWord();
const tracing = staticWord();
/** Which requests are refused: whether any is, how many have been counted, the first, and one past the last. */
const failing = staticWord();
const failCount = staticWord();
const failFrom = staticWord();
const failTo = staticWord();

function setSmallLimit(): void {
  const fast = WITH_PYMALLOC && !PYMALLOC_DEBUG && H32[tracing] === 0 && H32[failing] === 0;
  H32[smallLimit] = fast ? SMALL_REQUEST_THRESHOLD : 0;
}
setSmallLimit();

/**
 * Makes the allocators refuse the requests number `from` (0 is the next one) up to, but not including, `to` (0 or less: all that follow), as
 * _testcapi.set_nomemory does: every path that runs out of memory can be walked.  A negative `from` ends it.
 */
export function setAllocationFailures(from: number, to: number): void {
  H32[failCount] = 0;
  H32[failFrom] = from;
  H32[failTo] = to;
  H32[failing] = from >= 0 ? 1 : 0;
  setSmallLimit();
}

/** Counts a request of a size that can be had; true if it is to be refused. */
function refused(n: number): boolean {
  if (H32[failing] === 0 || !(n >= 0 && n <= RAW_MAX)) return false;
  const count = H32[failCount]++;
  return count >= H32[failFrom] && (H32[failTo] <= 0 || count < H32[failTo]);
}

/** The trace domain of memory that was allocated by the functions of this file (tracemalloc.DomainFilter(domain=0)). */
export const TRACE_DOMAIN = 0;

let track: (domain: number, p: number, size: number) => void = () => {};
let untrack: (domain: number, p: number) => void = () => {};
let inTracer = false;

/**
 * Registers the tracer.  `onTrack` is told of each new block (again, with the new size, after a resize in place), `onUntrack` of each that
 * goes.  What they allocate themselves is not traced.
 */
export function setAllocationTracer(
  onTrack: (domain: number, p: number, size: number) => void,
  onUntrack: (domain: number, p: number) => void,
): void {
  track = onTrack;
  untrack = onUntrack;
}

/** Starts or stops telling the tracer. */
export function setTracing(on: boolean): void {
  H32[tracing] = on ? 1 : 0;
  setSmallLimit();
}

/** Tells the tracer of a block; for other allocators' memory too (PyTraceMalloc_Track). */
export function traceTrack(domain: number, p: number, size: number): void {
  if (inTracer) return;
  inTracer = true;
  try {
    track(domain, p, size);
  } finally {
    inTracer = false;
  }
}

/** Tells the tracer that a block is gone (PyTraceMalloc_Untrack). */
export function traceUntrack(domain: number, p: number): void {
  if (inTracer) return;
  inTracer = true;
  try {
    untrack(domain, p);
  } finally {
    inTracer = false;
  }
}

/** Whether allocations are being traced. */
export function isTracing(): boolean {
  return H32[tracing] !== 0;
}

function traced(p: number, n: number): number {
  if (p !== 0 && H32[tracing] !== 0) traceTrack(TRACE_DOMAIN, p, n);
  return p;
}

/** A resize: `p` was `old`; nothing has changed if it failed. */
function retraced(old: number, p: number, n: number): number {
  if (p !== 0 && H32[tracing] !== 0) {
    if (old !== 0 && old !== p) traceUntrack(TRACE_DOMAIN, old);
    traceTrack(TRACE_DOMAIN, p, n);
  }
  return p;
}

/** The size of nelem elements, or -1 if it is negative or too large. */
function product(nelem: number, elsize: number): number {
  const n = nelem * elsize;
  return nelem >= 0 && elsize >= 0 && n <= RAW_MAX ? n : -1;
}

/** The guards look first: what they say of a wrong block includes where it came from. */
function freeGuarded(api: number, p: number): void {
  debugFree(api, p);
  if (H32[tracing] !== 0) traceUntrack(TRACE_DOMAIN, p);
}

export function PyMem_RawMalloc(n: number): number {
  if (refused(n)) return 0;
  return traced(PYMALLOC_DEBUG ? debugMalloc(API_RAW, n) : rawMalloc(n), n);
}

export function PyMem_RawCalloc(nelem: number, elsize: number): number {
  const n = product(nelem, elsize);
  if (n < 0 || refused(n)) return 0;
  return traced(PYMALLOC_DEBUG ? debugCalloc(API_RAW, n) : rawCalloc(n), n);
}

export function PyMem_RawRealloc(p: number, n: number): number {
  if (refused(n)) return 0;
  return retraced(p, PYMALLOC_DEBUG ? debugRealloc(API_RAW, p, n) : rawRealloc(p, n), n);
}

export function PyMem_RawFree(p: number): void {
  if (p === 0) return;
  if (PYMALLOC_DEBUG) freeGuarded(API_RAW, p);
  else {
    if (H32[tracing] !== 0) traceUntrack(TRACE_DOMAIN, p);
    rawFree(p);
  }
}

export function PyMem_Malloc(n: number): number {
  if (PYMALLOC_DEBUG) return refused(n) ? 0 : traced(debugMalloc(API_MEM, n), n);
  return PyObject_Malloc(n);
}

export function PyMem_Calloc(nelem: number, elsize: number): number {
  const n = product(nelem, elsize);
  if (n < 0 || refused(n)) return 0;
  return traced(PYMALLOC_DEBUG ? debugCalloc(API_MEM, n) : objCalloc(n), n);
}

export function PyMem_Realloc(p: number, n: number): number {
  if (refused(n)) return 0;
  return retraced(p, PYMALLOC_DEBUG ? debugRealloc(API_MEM, p, n) : objRealloc(p, n), n);
}

export function PyMem_Free(p: number): void {
  if (PYMALLOC_DEBUG) {
    if (p === 0) return;
    freeGuarded(API_MEM, p);
  } else PyObject_Free(p);
}

export function PyObject_Malloc(n: number): number {
  'use wasm';
  if (PYMALLOC_DEBUG) return refused(n) ? 0 : traced(debugMalloc(API_OBJ, n), n);
  if ((n - 1) >>> 0 < H32[smallLimit]) {
    const p = smallMalloc(n);
    if (p !== 0) return p;
  }
  return slowMalloc(n);
}

function slowMalloc(n: number): number {
  return refused(n) ? 0 : traced(objMalloc(n), n);
}

export function PyObject_Calloc(nelem: number, elsize: number): number {
  const n = product(nelem, elsize);
  if (n < 0 || refused(n)) return 0;
  return traced(PYMALLOC_DEBUG ? debugCalloc(API_OBJ, n) : objCalloc(n), n);
}

export function PyObject_Realloc(p: number, n: number): number {
  if (refused(n)) return 0;
  return retraced(p, PYMALLOC_DEBUG ? debugRealloc(API_OBJ, p, n) : objRealloc(p, n), n);
}

export function PyObject_Free(p: number): void {
  'use wasm';
  if (PYMALLOC_DEBUG) {
    if (p === 0) return;
    freeGuarded(API_OBJ, p);
  } else if (WITH_PYMALLOC && H32[tracing] === 0 && addressInArena(p)) smallFree(p);
  else slowFree(p);
}

function slowFree(p: number): void {
  if (p === 0) return;
  if (H32[tracing] !== 0) traceUntrack(TRACE_DOMAIN, p);
  objFree(p);
}
