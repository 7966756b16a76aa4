// How does native code name an attribute?  Invariant: every identifier that native code uses is interned once at start-up and owned
// by the static area until finalization; ID() only reserves its word.

import { H32, staticWord } from '../memory/linear.js';
import { decref } from './header.js';
import type { Obj } from './ptr.js';
import { addRoots } from './roots.js';
import { PyUnicode_FromString, PyUnicode_InternInPlace } from './unicode.js';

const handles = new Map<string, number>();
let ready = false;

/** Reserves the interned string `name`; use `idObj` on the result.  To be called while modules are evaluated. */
export function ID(name: string): number {
  let handle = handles.get(name);
  if (handle === undefined) {
    if (ready) throw new Error(`ID('${name}') after start-up`);
    handle = staticWord();
    handles.set(name, handle);
  }
  return handle;
}

/** The interned str of an identifier, borrowed. */
export function idObj(handle: number): Obj {
  return H32[handle] as Obj;
}

/** Makes all identifiers; false if memory ran out. */
export function initIdentifiers(): boolean {
  ready = true;
  for (const [name, handle] of handles) {
    const s = PyUnicode_FromString(name);
    if (s === 0) return false;
    H32[handle] = PyUnicode_InternInPlace(s);
  }
  return true;
}

addRoots((visit) => {
  for (const [name, handle] of handles) if (H32[handle] !== 0) visit(H32[handle] as Obj, `the identifier ${name}`);
});

/** Gives the identifiers back at finalization. */
export function finiIdentifiers(): void {
  for (const handle of handles.values()) {
    const s = H32[handle] as Obj;
    H32[handle] = 0;
    if (s !== 0) decref(s);
  }
}
