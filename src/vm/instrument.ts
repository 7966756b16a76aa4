// When does code get its instrumented instructions?

import { H32, staticWord } from '../memory/linear.js';
import type { Obj } from '../object/ptr.js';
import { co_instrumentation } from '../types/code_layout.js';

/** Index of the number of the current state of monitoring; 0: nobody watches. */
export const instrumentation_version = staticWord();

/** Brings `code` up to the current state: 0, or -1. */
export function instrumentCode(code: Obj): number {
  H32[(code + co_instrumentation) >> 2] = H32[instrumentation_version];
  return 0;
}
