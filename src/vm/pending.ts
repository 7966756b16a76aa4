// What interrupts the loop?
//
// Invariant: whoever wants the running code to stop at the next safe point (a loop's back edge, the start of a function) sets a bit of
// `eval_breaker`; a due collection has a word of its own, and signals have the host's.  The bits are cleared before they are acted on.

import { SIGNAL_ANY, SIGNAL_WORDS } from '../config/host_interface.js';
import { H32, staticWord } from '../memory/linear.js';
import { gc_due } from '../object/gc_head.js';
import { _Py_RunGC } from '../object/gc.js';

/** Index of the bits BREAK_*. */
export const eval_breaker = staticWord();

/** Functions wait to be called (addPendingCall). */
export const BREAK_PENDING = 1;
/** The host has noted a signal (the loop looks there only now and then). */
export const BREAK_SIGNAL = 2;

/** The words in which the host notes signals (Host.signals), from watchSignals on; noted[SIGNAL_ANY]: at least one is noted. */
export let noted = new Int32Array(SIGNAL_WORDS);

/** Lets the loop see the signals that the host notes. */
export function watchSignals(words: Int32Array): void {
  noted = words as Int32Array<ArrayBuffer>;
}

const pendingCalls: (() => number)[] = [];

/** Has `f` called at the next safe point: it answers 0, or -1 with an exception. */
export function addPendingCall(f: () => number): void {
  pendingCalls.push(f);
  H32[eval_breaker] |= BREAK_PENDING;
}

/** src/modules/signals: runs the Python handlers of signals that have arrived: 0, or -1 with an exception. */
export const signalPort = { run: (): number => 0 };

/** Does what is due: 0, or -1 with an exception. */
export function handlePending(_frame: number): number {
  const bits = H32[eval_breaker];
  H32[eval_breaker] = 0;
  if (noted[SIGNAL_ANY] !== 0 && signalPort.run() < 0) return -1;
  if (bits & BREAK_PENDING) {
    for (let n = pendingCalls.length; n > 0; n--) {
      const f = pendingCalls.shift() as () => number;
      if (f() < 0) {
        if (pendingCalls.length > 0) H32[eval_breaker] |= BREAK_PENDING;
        return -1;
      }
    }
  }
  if (H32[gc_due] !== 0) {
    H32[gc_due] = 0;
    _Py_RunGC();
  }
  return 0;
}
