// What does the command itself read from standard input?
//
// Invariant: this is C's `stdin`: what has been read ahead of a line stays here and is not seen by sys.stdin, whatever the program puts there.

import { EINTR } from '../config/errno.js';
import { host } from '../config/host_interface.js';
import { PyErr_CheckSignals } from '../modules/signals.js';

const NEWLINE = 10;
const PIECE = 4096;
let ahead = new Uint8Array(0);

/** Reads a piece: false at the end (or on a failure to read), null with an exception. */
function readPiece(): boolean | null {
  const piece = new Uint8Array(PIECE);
  for (;;) {
    const n = host.read(0, piece, 0, PIECE);
    if (n === -EINTR) {
      if (PyErr_CheckSignals() < 0) return null;
      continue;
    }
    if (n <= 0) return false;
    const all = new Uint8Array(ahead.length + n);
    all.set(ahead);
    all.set(piece.subarray(0, n), ahead.length);
    ahead = all;
    return true;
  }
}

/** The next line with its end, which the last one may lack; empty at the end of input; null with an exception. */
export function readLineBytes(): Uint8Array | null {
  let from = 0;
  for (;;) {
    const end = ahead.indexOf(NEWLINE, from) + 1;
    from = ahead.length;
    if (end === 0) {
      const more = readPiece();
      if (more === null) return null;
      if (more) continue;
    }
    const line = ahead.subarray(0, end || ahead.length);
    ahead = ahead.subarray(line.length);
    return line;
  }
}

/** Everything up to the end; null with an exception. */
export function readAllBytes(): Uint8Array | null {
  const parts: Uint8Array[] = [];
  for (;;) {
    parts.push(ahead);
    ahead = new Uint8Array(0);
    const more = readPiece();
    if (more === null) return null;
    if (!more) break;
  }
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return all;
}
