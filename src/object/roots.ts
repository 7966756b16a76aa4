// Which places outside all objects own references?
//
// Invariant: every static word, table or block that owns a reference and is no object's field is entered here while modules are evaluated, under a
// name that a person understands; the audit (src/ledger) counts what they hold.  A word that is missing here shows as a leak.

import { H32, staticWord } from '../memory/linear.js';
import type { Obj } from './ptr.js';

/** Called with each owned reference (never NULL) and the name of its place. */
export type RootVisitor = (o: Obj, name: string) => void;

const words: { readonly word: number; readonly name: string }[] = [];
const places: ((visit: RootVisitor) => void)[] = [];

/** Reserves a word that owns a reference or is NULL (an index into H32); who asks for it gives the reference back at finalization. */
export function rootWord(name: string): number {
  const word = staticWord();
  words.push({ word, name });
  return word;
}

/** Enters a place that is more than a word: `walk` calls its argument for each reference that is owned there now. */
export function addRoots(walk: (visit: RootVisitor) => void): void {
  places.push(walk);
}

/** Calls `visit` for every reference that is owned from outside all objects; frames are not among them. */
export function visitRoots(visit: RootVisitor): void {
  for (const { word, name } of words) if (H32[word] !== 0) visit(H32[word] as Obj, name);
  for (const walk of places) walk(visit);
}
