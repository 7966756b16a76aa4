// How does native code that runs a language of its own report events?  (PyMonitoring_*, PEP 669's C API)
//
// Invariant: a state is a word of the caller's: the tools that watch one event of one code-like object; it is right as long as the version beside
// it is the global one, and entering a scope makes it so.

import { H32, H8 } from '../memory/linear.js';
import { errMinus1, PyErr_GetRaisedException, PyErr_SetRaisedException } from '../object/errors.js';
import { decref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_ValueError } from '../object/statics.js';
import { _PyGen_SetStopIterationValue } from '../types/generator.js';
import { callOne, cannotDisable } from './monitoring_events.js';
import { globalTools, instrumentation_version, LOCAL_EVENTS, STOP_ITERATION, tracing } from './monitoring_state.js';

/** Brings `events.length` states (from index `states` of H32 on) up to date, unless the word at `version` says that they are. */
export function PyMonitoring_EnterScope(states: number, version: number, events: readonly number[]): void {
  const now = H32[instrumentation_version];
  if (H32[version] === now) return;
  events.forEach((event, i) => {
    H32[states + i] = H8[globalTools + event];
  });
  H32[version] = now;
}

/** Reports to the tools of the state; the arguments after the code-like object are borrowed, NULL ends them: 0, or -1. */
function fireState(state: number, event: number, code: Obj, offset: number, a: Obj, b: Obj): number {
  if (H32[tracing] !== 0) return 0;
  const at = PyLong_FromLong(offset);
  if (at === 0) return -1;
  let r = 0;
  for (let tool = 0, tools = H32[state]; r === 0 && tools !== 0; tool++, tools >>= 1) {
    if (!(tools & 1)) continue;
    const answer = callOne(tool, event, code, at, a, b);
    if (answer < 0) r = -1;
    else if (answer > 0) {
      if (event < LOCAL_EVENTS) H32[state] &= ~(1 << tool);
      else r = cannotDisable(tool, event);
    }
  }
  decref(at);
  return r;
}

/** Reports an event of `code` at `offset` with up to two further arguments (borrowed): 0, or -1. */
export function PyMonitoring_Fire(
  state: number,
  event: number,
  code: Obj,
  offset: number,
  a: Obj = NULL,
  b: Obj = NULL,
): number {
  return H32[state] === 0 ? 0 : fireState(state, event, code, offset, a, b);
}

/** Reports an event about the current exception, which stays current unless a callback fails: 0, or -1. */
export function PyMonitoring_FireException(state: number, event: number, code: Obj, offset: number): number {
  if (H32[state] === 0) return 0;
  const e = PyErr_GetRaisedException();
  if (e === 0) return errMinus1(PyExc_ValueError, `Firing event ${event} with no exception set`);
  const r = fireState(state, event, code, offset, e, NULL);
  if (r === 0) PyErr_SetRaisedException(e);
  else decref(e);
  return r;
}

/** Reports that an iteration has ended with `value`: 0, or -1. */
export function PyMonitoring_FireStopIteration(state: number, code: Obj, offset: number, value: Obj): number {
  if (H32[state] === 0) return 0;
  _PyGen_SetStopIterationValue(value);
  const e = PyErr_GetRaisedException();
  if (e === 0) return -1;
  const r = fireState(state, STOP_ITERATION, code, offset, e, NULL);
  decref(e);
  return r;
}
