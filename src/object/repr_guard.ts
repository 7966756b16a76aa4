// Is this object's repr being made already?  Invariant: the list holds a borrowed reference to each container whose repr is in progress, innermost last; who
// enters one leaves it before returning.

import type { Obj } from './ptr.js';

const active: Obj[] = [];

/** Enters the repr of `o`: 0, or 1 if it is in progress already (a cycle: show `...`). */
export function Py_ReprEnter(o: Obj): number {
  for (let i = active.length - 1; i >= 0; i--) if (active[i] === o) return 1;
  active.push(o);
  return 0;
}

/** Leaves the repr of `o`. */
export function Py_ReprLeave(o: Obj): void {
  for (let i = active.length - 1; i >= 0; i--) {
    if (active[i] === o) {
      active.splice(i, 1);
      return;
    }
  }
}
