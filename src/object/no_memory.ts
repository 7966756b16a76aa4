// What happens when memory runs out?  Invariant: raising MemoryError needs no memory: instances are kept in reserve, and the raising
// itself is a port that src/object/errors.ts fills.

import { NULL, type Obj } from './ptr.js';

let raise: () => void = () => {
  throw new Error('out of memory before the runtime was assembled');
};

export function setNoMemory(f: () => void): void {
  raise = f;
}

/** Sets MemoryError; returns NULL (PyErr_NoMemory). */
export function PyErr_NoMemory(): Obj {
  raise();
  return NULL;
}
