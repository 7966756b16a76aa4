// What are the parts of a complex number?  Invariant: valid until the next call.

import { HEAD_SIZE } from '../object/head.js';
import { HF64 } from '../memory/linear.js';
import type { Obj } from '../object/ptr.js';

export let realPart = 0;
export let imagPart = 0;

/** Leaves the parts of a complex object in realPart and imagPart. */
export function complexParts(o: Obj): void {
  realPart = HF64[(o + HEAD_SIZE) >> 3];
  imagPart = HF64[(o + HEAD_SIZE + 8) >> 3];
}
