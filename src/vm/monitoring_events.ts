// How are events reported?
//
// Invariant: while a callback runs, nothing else is reported.  A callback that fails ends the reporting with its exception; one that answers
// DISABLE is not called again at that place until the events are restarted.

import { H32, H8 } from '../memory/linear.js';
import { PyObject_CallFunctionObjArgs, PyObject_CallOneArg } from '../object/call.js';
import {
  curexc,
  PyErr_GetRaisedException,
  PyErr_SetObject,
  PyErr_SetRaisedException,
  errMinus1,
} from '../object/errors.js';
import { decref, newref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_StopIteration, PyExc_ValueError } from '../object/statics.js';
import { monitoringDisable } from './monitoring_objects.js';
import { cur_frame, frameCode, frameUnit } from '../types/iframe.js';
import { unwindPort } from '../types/generator.js';
import { disableAt } from './instrument.js';
import {
  EVENT_NAMES,
  EVENTS,
  EXCEPTION_HANDLED,
  getCallback,
  globalEvents,
  globalTools,
  instrumentation_version,
  legacyCallbacks,
  LINE,
  LOCAL_EVENTS,
  PY_THROW,
  PY_UNWIND,
  RAISE,
  RERAISE_EVENT,
  running_event,
  setCallback,
  setGlobalEvents,
  SYS_PROFILE_ID,
  tracing,
} from './monitoring_state.js';

/** Reports an event to one tool, with its arguments (borrowed; NULL ends them): 0, 1 if it is to be disabled here, -1 with an exception. */
export function callOne(tool: number, event: number, code: Obj, a: Obj, b: Obj, c: Obj): number {
  if (H32[tracing] !== 0) return 0;
  const legacy = tool >= SYS_PROFILE_ID ? legacyCallbacks[tool * EVENTS + event] : null;
  const before = H32[running_event];
  H32[running_event] = event;
  H32[tracing]++;
  let answer = 0;
  if (legacy !== null) answer = legacy(code, a, b, c);
  else {
    const f = getCallback(tool, event);
    if (f !== 0) {
      newref(f);
      const r = PyObject_CallFunctionObjArgs(f, code, a, b, c);
      decref(f);
      if (r === 0) answer = -1;
      else {
        answer = r === monitoringDisable() ? 1 : 0;
        decref(r);
      }
    }
  }
  H32[tracing]--;
  H32[running_event] = before;
  return answer;
}

/**
 * Reports a local event of `code` at code unit `unit` to `tools`, with its arguments after the code (borrowed; NULL ends them): 0, or -1
 * with an exception.
 */
export function fire(event: number, tools: number, code: Obj, unit: number, a: Obj, b: Obj, c: Obj): number {
  for (let tool = 0; tools !== 0; tool++, tools >>= 1) {
    if (!(tools & 1)) continue;
    const answer = callOne(tool, event, code, a, b, c);
    if (answer < 0) return -1;
    if (answer > 0) {
      if (event < LOCAL_EVENTS) disableAt(code, unit, event, tool);
      else {
        return cannotDisable(tool, event);
      }
    }
  }
  return 0;
}

/** Only places can be disabled: the callback of another event goes; -1 with ValueError. */
export function cannotDisable(tool: number, event: number): -1 {
  const old = setCallback(tool, event, NULL);
  if (old !== 0) decref(old);
  setGlobalEvents(tool, globalEvents(tool) & ~(1 << event));
  return errMinus1(PyExc_ValueError, `Cannot disable ${EVENT_NAMES[event]} events. Callback removed.`);
}

/** As fire, with the instruction's offset as the first argument. */
export function fireAt(event: number, tools: number, code: Obj, unit: number, b: Obj = NULL, c: Obj = NULL): number {
  const offset = PyLong_FromLong(unit * 2);
  if (offset === 0) return -1;
  const r = fire(event, tools, code, unit, offset, b, c);
  decref(offset);
  return r;
}

/** LINE events have the line for their argument. */
export function fireLine(tools: number, code: Obj, unit: number, line: number): number {
  const o = PyLong_FromLong(line);
  if (o === 0) return -1;
  const r = fire(LINE, tools, code, unit, o, NULL, NULL);
  decref(o);
  return r;
}

/** Reports a global event with the current exception, which stays current unless a callback fails: 0, or -1. */
function fireException(frame: number, event: number): number {
  const tools = H8[globalTools + event];
  if (tools === 0 || H32[tracing] !== 0) return 0;
  const e = PyErr_GetRaisedException();
  const r = fireAt(event, tools, frameCode(frame), frameUnit(frame), e);
  if (r === 0) PyErr_SetRaisedException(e);
  else decref(e);
  return r;
}

export function monitorRaise(frame: number): void {
  fireException(frame, RAISE);
}

export function monitorReraise(frame: number): void {
  fireException(frame, RERAISE_EVENT);
}

export function monitorUnwind(frame: number): void {
  fireException(frame, PY_UNWIND);
}

export function monitorThrow(frame: number): void {
  fireException(frame, PY_THROW);
}

/** The frame is at a handler with the exception on its stack: 0, or -1 with a new exception. */
export function monitorHandled(frame: number, exception: Obj): number {
  const tools = H8[globalTools + EXCEPTION_HANDLED];
  if (tools === 0 || H32[tracing] !== 0) return 0;
  return fireAt(EXCEPTION_HANDLED, tools, frameCode(frame), frameUnit(frame), exception);
}

/** Reports an artificial StopIteration(value) (a `for` or `yield from` over a generator that returned): 0, or -1. */
export function fireStopIteration(event: number, tools: number, code: Obj, unit: number, value: Obj): number {
  if (H32[tracing] !== 0) return 0;
  if (value === Py_None) PyErr_SetObject(PyExc_StopIteration, NULL);
  else {
    const e = PyObject_CallOneArg(PyExc_StopIteration, value);
    if (e === 0) return -1;
    PyErr_SetObject(PyExc_StopIteration, e);
    decref(e);
  }
  const e = PyErr_GetRaisedException();
  if (e === 0) return H32[curexc] === 0 ? 0 : -1;
  const r = fireAt(event, tools, code, unit, e);
  decref(e);
  return r;
}

/** FOR_ITER and SEND saw the StopIteration that ended an iteration: it counts as raised here. */
export function monitorStop(): void {
  if (H32[instrumentation_version] !== 0) monitorRaise(H32[cur_frame]);
}

unwindPort.watched = () => H8[globalTools + PY_UNWIND] !== 0;
