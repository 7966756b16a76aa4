// Is it suspicious to mix bytes and str (the command line's -b)?  Invariant: 0 no, 1 warn, 2 (-bb) warn as an error (through the warnings
// filter).

import { H32, staticWord } from '../memory/linear.js';

const level = staticWord();

export function bytesWarningLevel(): number {
  return H32[level];
}

/** Set at start-up from -b. */
export function setBytesWarningLevel(n: number): void {
  H32[level] = n;
}
