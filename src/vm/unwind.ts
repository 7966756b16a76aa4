// Where does an exception go?
//
// Invariant: unwinding leaves the frames it passes completely, and the one it ends in at a handler with exactly the stack that the
// exception table promises there.

import { Py_None } from '../object/statics.js';
import { H32, H8, staticWord } from '../memory/linear.js';
import { PyErr_GetRaisedException, PyErr_Clear } from '../object/errors.js';
import { decref, xdecref, newref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import type { Obj } from '../object/ptr.js';
import { codeStart, findHandler, handlerDepth, handlerLasti, handlerTarget } from '../types/code_layout.js';
import {
  clearFrameExceptCode,
  cur_frame,
  F_EXECUTABLE,
  F_FLAGS,
  F_IP,
  F_OWNER,
  F_PREVIOUS,
  F_SP,
  FRAME_IS_ENTRY,
  frameCode,
  frameIsIncomplete,
  frameUnit,
  OWNED_BY_GENERATOR,
  popDataStack,
  py_recursion_remaining,
  stackBase,
} from '../types/iframe.js';
import { leaveGenerator } from './generator_frame.js';
import { PyTraceBack_Here } from '../types/traceback.js';
import { instrumentation_version } from './instrument.js';
import { monitorRaise, monitorReraise, monitorUnwind, monitorHandled } from './monitoring_events.js';

/** How an exception begins: with an entry in its traceback, or as it is (re-raised). */
export const UNWIND_TRACED = 1;
export const UNWIND_SILENT = 2;

/** Leaves a frame: unlinks it and gives up all that it holds.  Keeps the current exception. */
export function leaveFrame(frame: number): void {
  H32[cur_frame] = H32[(frame + F_PREVIOUS) >> 2];
  if (H8[frame + F_OWNER] === OWNED_BY_GENERATOR) leaveGenerator(frame);
  else {
    const code = H32[(frame + F_EXECUTABLE) >> 2] as Obj;
    clearFrameExceptCode(frame);
    decref(code);
    popDataStack(frame);
  }
  H32[py_recursion_remaining]++;
}

/**
 * Takes the current exception to its handler, from `frame` outward.  Returns the frame that handles it, ready to go on at the handler, or
 * 0 when an entry frame was left (native code gets the exception).  `at` (an index into H16, or 0) is where handlers are looked for if that is not
 * the frame's instruction pointer: RERAISE shows where the exception came from first.
 */
export function unwind(frame: number, how: number, at: number): number {
  for (;;) {
    if (how === UNWIND_TRACED) {
      if (!frameIsIncomplete(frame)) PyTraceBack_Here(frame);
      if (H32[instrumentation_version] !== 0) monitorRaise(frame);
    } else if (H32[instrumentation_version] !== 0) monitorReraise(frame);
    while (enterHandler(frame, at)) {
      if (H32[instrumentation_version] === 0) return frame;
      const handled = H32[H32[(frame + F_SP) >> 2] - 1] as Obj;
      if (monitorHandled(frame, handled) === 0) return frame;
      // The handler's event callback failed: its exception counts as one of the instruction before the handler, which has not begun (the handler's own
      // cleanup would restore an exception that was never put away).
      at = H32[(frame + F_IP) >> 2] - 1;
    }
    // Values that are on the stack go before the locals.
    popTo(frame, stackBase(frame));
    if (H32[instrumentation_version] !== 0) monitorUnwind(frame);
    const flags = H8[frame + F_FLAGS];
    const previous = H32[(frame + F_PREVIOUS) >> 2];
    leaveFrame(frame);
    if (flags & FRAME_IS_ENTRY) return 0;
    frame = previous;
    how = UNWIND_TRACED;
    at = 0;
  }
}

function popTo(frame: number, base: number): void {
  let sp = H32[(frame + F_SP) >> 2];
  while (sp > base) {
    sp--;
    H32[(frame + F_SP) >> 2] = sp;
    xdecref(H32[sp] as Obj);
  }
}

/** Index of: where the frame that unwind returned was when the exception came (an index into H16). */
export const unwoundFrom = staticWord();

function enterHandler(frame: number, at: number): boolean {
  const code = frameCode(frame);
  const unit = frameUnit(frame);
  if (!findHandler(code, at === 0 ? unit : at - codeStart(code))) return false;
  const target = handlerTarget;
  const lasti = handlerLasti;
  popTo(frame, stackBase(frame) + handlerDepth);
  let sp = H32[(frame + F_SP) >> 2];
  if (lasti) {
    const e = PyErr_GetRaisedException();
    let n = PyLong_FromLong(unit);
    if (n === 0) {
      // Without memory for the number the handler still runs (it may be what sets memory free); a re-raise then names the code's start.
      PyErr_Clear();
      n = newref(Py_None);
    }
    H32[sp++] = n;
    H32[sp++] = e;
  } else H32[sp++] = PyErr_GetRaisedException();
  H32[(frame + F_SP) >> 2] = sp;
  H32[unwoundFrom] = H32[(frame + F_IP) >> 2];
  H32[(frame + F_IP) >> 2] = codeStart(code) + target;
  return true;
}
