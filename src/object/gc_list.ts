// How are GC heads linked?
//
// Invariant: a list is two words, next and last, as a head has them; every member's _gc_next and _gc_prev are links (with the flags of
// gc_head.ts in the lowest bits of _gc_prev), except while a collection uses _gc_prev for counts (gc_deduce.ts).

import { H32 } from '../memory/linear.js';
import { GC_COLLECTING, GC_FLAGS } from './gc_head.js';
import { GC_HEAD_SIZE } from './head.js';
import type { Obj } from './ptr.js';

export function objectOf(head: number): Obj {
  'use wasm';
  return (head + GC_HEAD_SIZE) as Obj;
}

export function listInit(list: number): void {
  'use wasm';
  H32[list >> 2] = list;
  H32[(list + 4) >> 2] = list;
}

export function listIsEmpty(list: number): boolean {
  'use wasm';
  return H32[list >> 2] === list;
}

export function setPrev(head: number, prev: number): void {
  'use wasm';
  H32[(head + 4) >> 2] = prev | (H32[(head + 4) >> 2] & GC_FLAGS);
}

export function getPrev(head: number): number {
  'use wasm';
  return H32[(head + 4) >> 2] & ~GC_FLAGS;
}

export function listAppend(head: number, list: number): void {
  'use wasm';
  const last = H32[(list + 4) >> 2];
  setPrev(head, last);
  H32[last >> 2] = head;
  H32[head >> 2] = list;
  H32[(list + 4) >> 2] = head;
}

export function listMove(head: number, list: number): void {
  'use wasm';
  const prev = getPrev(head);
  const next = H32[head >> 2];
  H32[prev >> 2] = next;
  setPrev(next, prev);
  listAppend(head, list);
}

/** Appends all of `from` to `to`; `from` is then empty. */
export function listMerge(from: number, to: number): void {
  'use wasm';
  if (!listIsEmpty(from)) {
    const tail = H32[(to + 4) >> 2];
    const first = H32[from >> 2];
    const last = H32[(from + 4) >> 2];
    H32[tail >> 2] = first;
    setPrev(first, tail);
    H32[last >> 2] = to;
    H32[(to + 4) >> 2] = last;
  }
  listInit(from);
}

export function listSize(list: number): number {
  'use wasm always';
  let n = 0;
  for (let h = H32[list >> 2]; h !== list; h = H32[h >> 2]) n++;
  return n;
}

export function isCollecting(head: number): boolean {
  'use wasm';
  return (H32[(head + 4) >> 2] & GC_COLLECTING) !== 0;
}

export function clearCollecting(head: number): void {
  'use wasm';
  H32[(head + 4) >> 2] &= ~GC_COLLECTING;
}
