// sys.settrace and sys.setprofile: how do they follow from monitoring?
//
// Invariant: the trace function and the profile function (owned words, or 0) are tools 7 and 6 of monitoring; their callbacks are native and call
// the Python function with (frame, event, argument) as sys.settrace documents.

import { H32 } from '../memory/linear.js';
import { F } from '../object/functable.js';
import { PyObject_CallFunctionObjArgs } from '../object/call.js';
import { PyErr_SetString, PyException_GetTraceback } from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref, xnewref } from '../object/header.js';
import { PyLong_AsInt } from '../object/long.js';
import { NULL, type Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import { Py_None, PyCFunction_Type, PyExc_SystemError, PyMethodDescr_Type } from '../object/statics.js';
import { PyTuple_Pack } from '../object/tuple.js';
import { tp_descr_get } from '../object/type_layout.js';
import { PyUnicode_InternFromString } from '../object/unicode.js';
import { f_lineno, f_trace, f_trace_lines, f_trace_opcodes, frameObjectCode } from '../types/frame_object.js';
import { jumpPort } from '../types/frame_jump.js';
import { framePort, PyEval_GetFrame } from '../types/frame.js';
import { lineAt, localEvents, newState, setLocalEvents } from './instrument.js';
import {
  BRANCH_LEFT,
  BRANCH_RIGHT,
  C_RAISE,
  C_RETURN,
  CALL_EVENT,
  EVENTS,
  INSTRUCTION,
  JUMP_EVENT,
  type LegacyCallback,
  legacyCallbacks,
  LINE,
  PY_RESUME,
  PY_RETURN,
  PY_START,
  PY_THROW,
  PY_UNWIND,
  PY_YIELD,
  RAISE,
  running_event,
  setGlobalEvents,
  STOP_ITERATION,
  SYS_PROFILE_ID,
  SYS_TRACE_ID,
  tracing,
} from './monitoring_state.js';
import { monitoringMissing } from './monitoring_objects.js';

/** Indices of the trace and the profile function (owned, or 0). */
export const trace_function = ownedWord('the trace function');
export const profile_function = ownedWord('the profile function');

type What = 'call' | 'exception' | 'line' | 'return' | 'c_call' | 'c_exception' | 'c_return' | 'opcode';

/** Calls f(frame, what, arg): a new reference, or NULL. */
function callWith(f: Obj, frame: Obj, what: What, arg: Obj): Obj {
  const name = PyUnicode_InternFromString(what);
  if (name === 0) return NULL;
  newref(f);
  const r = PyObject_CallFunctionObjArgs(f, frame, name, arg === 0 ? Py_None : arg);
  decref(f);
  decref(name);
  return r;
}

function runningFrame(): Obj {
  const frame = PyEval_GetFrame();
  if (frame === 0) PyErr_SetString(PyExc_SystemError, 'Missing frame when calling trace function.');
  return frame;
}

/** Calls the frame's trace function (for `call` the thread's): 0, or -1 and tracing is off. */
function traceCall(frame: Obj, what: What, arg: Obj): number {
  const f = (what === 'call' ? H32[trace_function] : H32[(frame + f_trace) >> 2]) as Obj;
  if (f === 0) return 0;
  const r = callWith(f, frame, what, arg);
  if (r === 0) {
    setTrace(NULL);
    const old = H32[(frame + f_trace) >> 2] as Obj;
    H32[(frame + f_trace) >> 2] = 0;
    xdecref(old);
    return -1;
  }
  if (r === Py_None) decref(r);
  else {
    const old = H32[(frame + f_trace) >> 2] as Obj;
    H32[(frame + f_trace) >> 2] = r;
    xdecref(old);
  }
  return 0;
}

function traced(what: What, arg: Obj): number {
  if (H32[trace_function] === 0) return 0;
  const frame = runningFrame();
  if (frame === 0) return -1;
  if (H32[(frame + f_trace_opcodes) >> 2] !== 0 && setOpcodeTrace(frame, true) < 0) return -1;
  newref(frame);
  const r = traceCall(frame, what, arg);
  H32[(frame + f_lineno) >> 2] = 0;
  decref(frame);
  return r;
}

function setOpcodeTrace(frame: Obj, on: boolean): number {
  const code = frameObjectCode(frame);
  const events = localEvents(code, SYS_TRACE_ID);
  const now = on ? events | (1 << INSTRUCTION) : events & ~(1 << INSTRUCTION);
  return now === events ? 0 : setLocalEvents(code, SYS_TRACE_ID, now);
}

function traceLine(frame: Obj, line: number): number {
  if (H32[(frame + f_trace_lines) >> 2] === 0 || line < 0) return 0;
  newref(frame);
  H32[(frame + f_lineno) >> 2] = line;
  const r = traceCall(frame, 'line', Py_None);
  H32[(frame + f_lineno) >> 2] = 0;
  decref(frame);
  return r;
}

const onException: LegacyCallback = (_code, _offset, e) => {
  const tb = PyException_GetTraceback(e);
  const t = PyTuple_Pack(Py_TYPE(e), e, tb === 0 ? Py_None : tb);
  if (tb !== 0) decref(tb);
  if (t === 0) return -1;
  const r = traced('exception', t);
  decref(t);
  return r;
};

const onInstruction: LegacyCallback = () => {
  const frame = runningFrame();
  if (frame === 0) return -1;
  if (H32[trace_function] === 0 || H32[(frame + f_trace_opcodes) >> 2] === 0) return setOpcodeTrace(frame, false);
  newref(frame);
  const r = traceCall(frame, 'opcode', Py_None);
  H32[(frame + f_lineno) >> 2] = 0;
  decref(frame);
  return r;
};

const onLine: LegacyCallback = (_code, line) => {
  if (H32[trace_function] === 0) return 0;
  const frame = runningFrame();
  return frame === 0 ? -1 : traceLine(frame, PyLong_AsInt(line));
};

/** Every backward jump is a line event, even on the same line. */
const onJump: LegacyCallback = (code, a, b) => {
  if (H32[trace_function] === 0) return 0;
  const from = PyLong_AsInt(a) >> 1;
  const to = PyLong_AsInt(b) >> 1;
  if (to > from || lineAt(code, to) !== lineAt(code, from)) return 1;
  const frame = runningFrame();
  return frame === 0 ? -1 : traceLine(frame, lineAt(code, to));
};

function profiled(what: What, arg: Obj): number {
  const f = H32[profile_function] as Obj;
  if (f === 0) return 0;
  const frame = runningFrame();
  if (frame === 0) return -1;
  newref(frame);
  const r = callWith(f, frame, what, arg);
  decref(frame);
  if (r === 0) {
    setProfile(NULL);
    return -1;
  }
  decref(r);
  return 0;
}

function profiledCall(what: What): LegacyCallback {
  return (_code, _offset, callable, arg0) => {
    const type = Py_TYPE(callable);
    if (type === PyCFunction_Type) return profiled(what, callable);
    if (type !== PyMethodDescr_Type || arg0 === monitoringMissing()) return 0;
    const bound = F[H32[(type + tp_descr_get) >> 2]](callable, arg0, Py_TYPE(arg0)) as Obj;
    if (bound === 0) return -1;
    const r = profiled(what, bound);
    decref(bound);
    return r;
  };
}

const TRACE: readonly (readonly [event: number, f: LegacyCallback])[] = [
  [PY_START, () => traced('call', Py_None)],
  [PY_RESUME, () => traced('call', Py_None)],
  [PY_THROW, () => traced('call', Py_None)],
  [PY_RETURN, (_c, _o, value) => traced('return', value)],
  [PY_YIELD, (_c, _o, value) => traced('return', value)],
  [RAISE, onException],
  [STOP_ITERATION, onException],
  [LINE, onLine],
  [PY_UNWIND, () => traced('return', NULL)],
  [JUMP_EVENT, onJump],
  [INSTRUCTION, onInstruction],
];

const PROFILE: readonly (readonly [event: number, f: LegacyCallback])[] = [
  [PY_START, () => profiled('call', Py_None)],
  [PY_RESUME, () => profiled('call', Py_None)],
  [PY_THROW, () => profiled('call', Py_None)],
  [PY_RETURN, (_c, _o, value) => profiled('return', value)],
  [PY_YIELD, (_c, _o, value) => profiled('return', value)],
  [PY_UNWIND, () => profiled('return', NULL)],
  [CALL_EVENT, profiledCall('c_call')],
  [C_RETURN, profiledCall('c_return')],
  [C_RAISE, profiledCall('c_exception')],
];

function setTool(
  tool: number,
  word: number,
  f: Obj,
  table: readonly (readonly [number, LegacyCallback])[],
  skip: number,
): number {
  for (const [event, callback] of table) legacyCallbacks[tool * EVENTS + event] = callback;
  const old = H32[word] as Obj;
  H32[word] = xnewref(f);
  let set = 0;
  if (f !== 0) for (const [event] of table) if (event < 16 && event !== skip) set |= 1 << event;
  const r = setGlobalEvents(tool, set) ? newState() : 0;
  xdecref(old);
  return r;
}

/** Sets the trace function (borrowed; NULL: none): 0, or -1. */
export function setTrace(f: Obj): number {
  return setTool(SYS_TRACE_ID, trace_function, f, TRACE, INSTRUCTION);
}

/** Sets the profile function (borrowed; NULL: none): 0, or -1. */
export function setProfile(f: Obj): number {
  return setTool(SYS_PROFILE_ID, profile_function, f, PROFILE, -1);
}

/** Calls func(*args) with reporting on, from within a callback (sys.call_tracing). */
export function callTracing(call: () => Obj): Obj {
  const saved = H32[tracing];
  H32[tracing] = 0;
  const r = call();
  H32[tracing] = saved;
  return r;
}

jumpPort.refusal = (suspended) => {
  if (H32[tracing] === 0) return 'f_lineno can only be set in a trace function';
  const event = H32[running_event];
  if (suspended) return event === PY_YIELD ? null : "can't jump from a suspended frame";
  switch (event) {
    case PY_START:
    case PY_RESUME:
    case PY_THROW:
      return "can't jump from the 'call' trace event of a new frame";
    case CALL_EVENT:
    case LINE:
    case INSTRUCTION:
    case JUMP_EVENT:
    case BRANCH_LEFT:
    case BRANCH_RIGHT:
    case PY_YIELD:
      return null;
    default:
      return "can only jump from a 'line' trace event";
  }
};

framePort.opcodesSet = (frame) => setOpcodeTrace(frame, true);
