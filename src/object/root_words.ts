// Which static words are given back by finalization itself?
//
// Invariant: a static word that owns a reference is reserved by `rootWord` (roots.ts) when a function of its own gives the reference back, and by
// `ownedWord` when nothing else does: then finalization empties it.

import { H32 } from '../memory/linear.js';
import { decref } from './header.js';
import type { Obj } from './ptr.js';
import { rootWord } from './roots.js';

const words: number[] = [];

/** Reserves a word that owns a reference (an index into H32); `name` is what the audit calls it. */
export function ownedWord(name = 'a static word'): number {
  const w = rootWord(name);
  words.push(w);
  return w;
}

/** Gives everything back, the last entered first. */
export function clearRootWords(): void {
  for (let i = words.length - 1; i >= 0; i--) {
    const o = H32[words[i]] as Obj;
    H32[words[i]] = 0;
    if (o !== 0) decref(o);
  }
}
