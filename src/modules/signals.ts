// Which Python function handles a signal, and when does it run?
//
// Invariant: the host notes signals in words that both threads see; Python handlers run only in PyErr_CheckSignals, which the evaluation
// loop calls at its safe points and every blocking call when the host answers EINTR.  A handler slot holds an owned reference: a callable,
// or the int SIG_DFL or SIG_IGN, or None for a handler that was not installed from Python; NULL before the module is set up.  A blocked
// signal stays noted until it is unblocked.

import { host, SIGNAL_ANY, SIGNAL_FIRST, SIGNAL_MAX } from '../config/host_interface.js';
import { H32, H8, staticAlloc, staticWord } from '../memory/linear.js';
import { PyCallable_Check, PyObject_CallFunctionObjArgs } from '../object/call.js';
import { PyErr_SetRaisedException, PyErr_GetRaisedException, PyErr_WriteUnraisable } from '../object/errors.js';
import { decref, newref, xdecref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import type { Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import { NULL } from '../object/ptr.js';
import { Py_None } from '../object/statics.js';
import { PyEval_GetFrame } from '../types/frame.js';
import { signalPort } from '../vm/pending.js';
import { raiseErrno } from './os_error.js';

/** One word for each signal number. */
const handlers = Array.from({ length: SIGNAL_MAX + 1 }, ownedWord);
/** Bit n of these two words: signal n + 1 is blocked. */
const blocked = staticAlloc(8);
/** 1 + the descriptor to which the number of each noted signal is written; 0: none. */
export const wakeup_fd = staticWord();
/** Whether it is worth a word if that write would block. */
export const wakeup_warns = staticWord();
const oneByte = staticAlloc(8);

/** The handler of a signal, borrowed; NULL before set-up. */
export function signalHandler(n: number): Obj {
  return H32[handlers[n]] as Obj;
}

/** Installs a handler (stolen). */
export function setSignalHandler(n: number, handler: Obj): void {
  const old = H32[handlers[n]] as Obj;
  H32[handlers[n]] = handler;
  xdecref(old);
}

export function isBlocked(n: number): boolean {
  return (H8[blocked + ((n - 1) >> 3)] & (1 << ((n - 1) & 7))) !== 0;
}

export function setBlocked(n: number, on: boolean): void {
  const bit = 1 << ((n - 1) & 7);
  if (on) H8[blocked + ((n - 1) >> 3)] |= bit;
  else H8[blocked + ((n - 1) >> 3)] &= ~bit;
}

/** Whether a signal is noted and waits. */
export function isNoted(n: number): boolean {
  return Atomics.load(host.signals, SIGNAL_FIRST + n - 1) !== 0;
}

/** Has everything that is noted looked at again. */
export function lookAgain(): void {
  for (let n = 1; n <= SIGNAL_MAX; n++) if (isNoted(n)) Atomics.store(host.signals, SIGNAL_ANY, 1);
}

/** Takes a noted signal without running its handler: whether it was noted. */
export function takeSignal(n: number): boolean {
  return Atomics.exchange(host.signals, SIGNAL_FIRST + n - 1, 0) !== 0;
}

/** src/modules/faulthandler.ts: sees a noted signal first; true if nothing else is to be done about it. */
export const signalWatcher = { noted: (_n: number): boolean => false };

/** Runs the Python handlers of the signals that were noted: 0, or -1 with an exception. */
export function PyErr_CheckSignals(): number {
  const words = host.signals;
  if (words[SIGNAL_ANY] === 0) return 0;
  Atomics.store(words, SIGNAL_ANY, 0);
  for (let n = 1; n <= SIGNAL_MAX; n++) {
    if (words[SIGNAL_FIRST + n - 1] === 0 || isBlocked(n) || !takeSignal(n)) continue;
    if (signalWatcher.noted(n)) continue;
    wakeUp(n);
    const handler = signalHandler(n);
    if (handler === 0 || !PyCallable_Check(handler)) continue;
    if (call(newref(handler), n) < 0) {
      // What else was noted waits for the next look.
      lookAgain();
      return -1;
    }
  }
  return 0;
}

signalPort.run = PyErr_CheckSignals;

/** Writes the number of a signal to the wakeup descriptor, if there is one. */
function wakeUp(n: number): void {
  const fd = H32[wakeup_fd] - 1;
  if (fd < 0) return;
  H8[oneByte] = n;
  const r = host.write(fd, H8, oneByte, 1);
  if (r >= 0 || (r === -11 && !H32[wakeup_warns])) return;
  const saved = PyErr_GetRaisedException();
  raiseErrno(r);
  PyErr_WriteUnraisable(NULL, 'when trying to write to the signal wakeup fd');
  PyErr_SetRaisedException(saved);
}

/** Calls a handler (stolen): 0, or -1. */
function call(handler: Obj, n: number): number {
  const number = PyLong_FromLong(n);
  const frame = PyEval_GetFrame() || Py_None;
  const r = PyObject_CallFunctionObjArgs(handler, number, frame);
  decref(number);
  decref(handler);
  if (r === 0) return -1;
  decref(r);
  return 0;
}
