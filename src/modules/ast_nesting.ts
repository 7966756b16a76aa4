// How deep may a tree be that is converted?  Invariant: who enters a node leaves it.
//
// A level of a tree takes a few frames of the host's stack, less than what the limit of native recursion reckons with: so only every
// fourth level counts, and trees may be nearly as deep here as the compiler allows (src/compiler/recursion.ts).

import { Py_EnterRecursiveCall, Py_LeaveRecursiveCall } from '../object/errors.js';

const LEVELS = 4;
let depth = 0;

/** Goes one level down: false with RecursionError. */
export function enterNode(where: string): boolean {
  if (depth % LEVELS === 0 && Py_EnterRecursiveCall(where) !== 0) return false;
  depth++;
  return true;
}

export function leaveNode(): void {
  depth--;
  if (depth % LEVELS === 0) Py_LeaveRecursiveCall();
}
