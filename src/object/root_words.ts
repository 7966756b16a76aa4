// Which words of the static area own a reference?
//
// Invariant: every static word that owns a reference, or NULL, and is not given back by a function of its own, is entered here: the audit counts what
// it holds, and finalization gives it back.

import { H32, staticWord } from '../memory/linear.js';
import { F } from './functable.js';
import { decref } from './header.js';
import type { Obj } from './ptr.js';

const words: number[] = [];

/** Reserves a word that owns a reference (an index into H32). */
export function ownedWord(): number {
  const w = staticWord();
  words.push(w);
  return w;
}

/** Visits what the words own: F[visit](reference, arg). */
export function visitRootWords(visit: number, arg: number): void {
  for (const w of words) if (H32[w] !== 0) F[visit](H32[w], arg);
}

/** Gives everything back, the last entered first. */
export function clearRootWords(): void {
  for (let i = words.length - 1; i >= 0; i--) {
    const o = H32[words[i]] as Obj;
    H32[words[i]] = 0;
    if (o !== 0) decref(o);
  }
}
