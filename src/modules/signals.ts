// Which Python function handles a signal, and when does it run?
//
// Invariant: the host notes signals in words that both threads see; Python handlers run only in PyErr_CheckSignals, which the evaluation
// loop calls at its safe points and every blocking call when the host answers EINTR.  A handler slot holds an owned reference: a callable,
// or the int SIG_DFL or SIG_IGN, or None for a handler that was not installed from Python; NULL before the module is set up.

import { host, SIGNAL_ANY, SIGNAL_FIRST, SIGNAL_MAX } from '../config/host_interface.js';
import { H32 } from '../memory/linear.js';
import { PyObject_CallFunctionObjArgs } from '../object/call.js';
import { decref, newref, xdecref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyCallable_Check } from '../object/call.js';
import type { Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import { Py_None } from '../object/statics.js';

/** One word for each signal number. */
const handlers = Array.from({ length: SIGNAL_MAX + 1 }, ownedWord);

/** What asks for the current frame, for handlers: a new reference to a frame or None. */
export const framePort = { current: (): Obj => newref(Py_None) };

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

/** Runs the Python handlers of the signals that were noted: 0, or -1 with an exception. */
export function PyErr_CheckSignals(): number {
  const noted = host.signals;
  if (noted[SIGNAL_ANY] === 0) return 0;
  Atomics.store(noted, SIGNAL_ANY, 0);
  for (let n = 1; n <= SIGNAL_MAX; n++) {
    if (Atomics.exchange(noted, SIGNAL_FIRST + n - 1, 0) === 0) continue;
    const handler = signalHandler(n);
    if (handler === 0 || !PyCallable_Check(handler)) continue;
    if (call(newref(handler), n) < 0) {
      // What else was noted waits for the next look.
      Atomics.store(noted, SIGNAL_ANY, 1);
      return -1;
    }
  }
  return 0;
}

/** Calls a handler (stolen): 0, or -1. */
function call(handler: Obj, n: number): number {
  const number = PyLong_FromLong(n);
  const frame = framePort.current();
  const r = PyObject_CallFunctionObjArgs(handler, number, frame);
  decref(number);
  decref(frame);
  decref(handler);
  if (r === 0) return -1;
  decref(r);
  return 0;
}
