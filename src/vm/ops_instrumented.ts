// What do the instrumented instructions do?
//
// Invariant: each reports its event and then has the loop carry out the plain instruction, unless a callback moved the frame (f_lineno), or the
// instruction had to be carried out here because more is to be reported when it is done.

import { H32, H8 } from '../memory/linear.js';
import { PyErr_GetRaisedException, PyErr_SetRaisedException, PyErr_SetString } from '../object/errors.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_False,
  Py_None,
  Py_True,
  PyCoro_Type,
  PyExc_SystemError,
  PyFunction_Type,
  PyGen_Type,
  PyMethod_Type,
} from '../object/statics.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyTuple_CheckExact, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import * as O from '../compiler/opcodes.js';
import { co_instrumentation, co_names, codeStart } from '../types/code_layout.js';
import { F_FLAGS, F_IP, F_RETURN_OFFSET, F_SP, FRAME_IS_INIT, frameCode } from '../types/iframe.js';
import { func_vectorcall } from '../types/function_layout.js';
import { _PyFunction_VectorcallIndex } from '../types/function_call.js';
import { instrumentCode, lineAt, PLAIN, toolsAt, underEvent } from './instrument.js';
import { fire, fireAt, fireLine, fireStopIteration } from './monitoring_events.js';
import { monitoringMissing } from './monitoring_objects.js';
import {
  BRANCH_LEFT,
  BRANCH_RIGHT,
  C_RAISE,
  C_RETURN,
  CALL_EVENT,
  INSTRUCTION,
  instrumentation_version,
  JUMP_EVENT,
  LINE,
  PY_RESUME,
  PY_RETURN,
  PY_START,
  PY_YIELD,
  STOP_ITERATION,
  tracing,
} from './monitoring_state.js';
import { loadSuperAttr } from './ops_attr.js';
import { callFunctionEx, callKw, callNative, unpackMethod } from './ops_call.js';
import { iterNext } from './ops_iter.js';

/** The loop is to go on with the innermost frame as it stands. */
export const REENTER = 1000;

/**
 * Carries out an instrumented instruction of `frame`; `prev` (an index into H16) is the instruction before it, or 0 if unknown.  Answers the opcode
 * to carry out in its place, REENTER, or -1 with an exception (F_SP tells what is still owned).
 */
export function instrumented(frame: number, op: number, oparg: number, prev: number): number {
  const code = frameCode(frame);
  const ip = H32[(frame + F_IP) >> 2];
  const unit = ip - codeStart(code);
  if (op < O.MIN_INSTRUMENTED_OPCODE || op === O.ENTER_EXECUTOR) {
    PyErr_SetString(PyExc_SystemError, `unknown opcode ${op}`);
    return -1;
  }
  const moved = (): boolean => H32[(frame + F_IP) >> 2] !== ip;
  const quiet = H32[tracing] !== 0;
  const sp = H32[(frame + F_SP) >> 2];
  if (op === O.INSTRUMENTED_LINE) {
    if (!quiet) {
      const line = lineAt(code, unit);
      const before = prev === 0 ? -1 : prev - codeStart(code);
      const same = before >= 0 && lineAt(code, before) === line;
      const opBefore = same ? plainAt(code, before) : 0;
      if (!same || opBefore === O.RESUME) {
        if (fireLine(toolsAt(code, unit, LINE), code, unit, line) < 0) return -1;
        if (moved()) return REENTER;
      }
    }
    return underEvent(code, unit, op);
  }
  if (op === O.INSTRUMENTED_INSTRUCTION) {
    if (!quiet && fireAt(INSTRUCTION, toolsAt(code, unit, INSTRUCTION), code, unit) < 0) return -1;
    return moved() ? REENTER : underEvent(code, unit, op);
  }
  const plain = PLAIN[op];
  if (
    op === O.INSTRUMENTED_RESUME &&
    H32[(code + co_instrumentation) >> 2] !== H32[instrumentation_version] &&
    !quiet
  ) {
    return instrumentCode(code) < 0 ? -1 : REENTER;
  }
  if (quiet) return plain;
  const tools = toolsAt(code, unit, 0);
  let r = 0;
  switch (op) {
    case O.INSTRUMENTED_RESUME:
      r = fireAt((oparg & O.RESUME_OPARG_LOCATION_MASK) === 0 ? PY_START : PY_RESUME, tools, code, unit);
      break;
    case O.INSTRUMENTED_RETURN_VALUE:
      r = fireAt(PY_RETURN, tools, code, unit, H32[sp - 1] as Obj);
      break;
    case O.INSTRUMENTED_YIELD_VALUE:
      r = fireAt(PY_YIELD, tools, code, unit, H32[sp - 1] as Obj);
      break;
    case O.INSTRUMENTED_CALL:
    case O.INSTRUMENTED_CALL_KW:
    case O.INSTRUMENTED_CALL_FUNCTION_EX:
      return call(frame, code, unit, tools, op, oparg, sp);
    case O.INSTRUMENTED_LOAD_SUPER_ATTR:
      return loadSuper(frame, code, unit, tools, oparg, sp);
    case O.INSTRUMENTED_JUMP_FORWARD:
      r = jump(JUMP_EVENT, tools, code, unit, unit, unit + 1 + oparg);
      break;
    case O.INSTRUMENTED_JUMP_BACKWARD:
      r = jump(JUMP_EVENT, tools, code, unit, unit, unit + 2 - oparg);
      break;
    case O.INSTRUMENTED_POP_JUMP_IF_FALSE:
    case O.INSTRUMENTED_POP_JUMP_IF_TRUE:
    case O.INSTRUMENTED_POP_JUMP_IF_NONE:
    case O.INSTRUMENTED_POP_JUMP_IF_NOT_NONE: {
      const v = H32[sp - 1];
      const taken =
        op === O.INSTRUMENTED_POP_JUMP_IF_FALSE
          ? v === Py_False
          : op === O.INSTRUMENTED_POP_JUMP_IF_TRUE
            ? v === Py_True
            : (v === Py_None) === (op === O.INSTRUMENTED_POP_JUMP_IF_NONE);
      if (taken) r = jump(BRANCH_RIGHT, tools, code, unit, unit, unit + 2 + oparg);
      break;
    }
    case O.INSTRUMENTED_NOT_TAKEN:
      r = jump(BRANCH_LEFT, tools, code, unit, prev === 0 ? unit - 2 : prev - codeStart(code), unit + 1);
      break;
    case O.INSTRUMENTED_POP_ITER:
      r = jump(BRANCH_RIGHT, tools, code, unit, prev === 0 ? unit : prev - codeStart(code), unit + 1);
      break;
    case O.INSTRUMENTED_END_ASYNC_FOR:
      r = jump(BRANCH_RIGHT, tools, code, unit, unit + 1 - oparg, unit + 1);
      break;
    case O.INSTRUMENTED_FOR_ITER:
      return forIter(frame, code, unit, tools, oparg, sp);
    case O.INSTRUMENTED_END_FOR:
    case O.INSTRUMENTED_END_SEND: {
      // A loop over a generator ends without an exception when the generator returned None.
      if (op === O.INSTRUMENTED_END_FOR && H32[sp - 1] === Py_None) break;
      const type = Py_TYPE(H32[sp - 2] as Obj);
      if (type === PyGen_Type || (op === O.INSTRUMENTED_END_SEND && type === PyCoro_Type)) {
        r = fireStopIteration(STOP_ITERATION, tools, code, unit, H32[sp - 1] as Obj);
      }
      break;
    }
  }
  if (r < 0) return -1;
  return moved() ? REENTER : plain;
}

function plainAt(code: Obj, unit: number): number {
  const op = H8[(codeStart(code) + unit) << 1];
  if (op < O.MIN_INSTRUMENTED_OPCODE) return O.DEOPT[op];
  let under = op;
  if (under === O.INSTRUMENTED_LINE) under = underEvent(code, unit, O.INSTRUMENTED_LINE);
  if (under === O.INSTRUMENTED_INSTRUCTION) under = underEvent(code, unit, O.INSTRUMENTED_INSTRUCTION);
  return under >= O.MIN_INSTRUMENTED_OPCODE ? PLAIN[under] : O.DEOPT[under];
}

function jump(event: number, tools: number, code: Obj, unit: number, from: number, to: number): number {
  const a = PyLong_FromLong(from * 2);
  const b = a === 0 ? NULL : PyLong_FromLong(to * 2);
  const r = b === 0 ? -1 : fire(event, tools, code, unit, a, b, NULL);
  if (a !== 0) decref(a);
  if (b !== 0) decref(b);
  return r;
}

function forIter(frame: number, code: Obj, unit: number, tools: number, oparg: number, sp: number): number {
  const v = iterNext(H32[sp - 1] as Obj);
  if (v < 0) return -1;
  const start = codeStart(code);
  if (v === 0) {
    H32[(frame + F_IP) >> 2] = start + unit + 3 + oparg;
    return REENTER;
  }
  H32[sp] = v;
  H32[(frame + F_SP) >> 2] = sp + 1;
  if (jump(BRANCH_LEFT, tools, code, unit, unit, unit + 2) < 0) return -1;
  if (H32[(frame + F_IP) >> 2] === start + unit) H32[(frame + F_IP) >> 2] = start + unit + 2;
  return REENTER;
}

function isInlined(callable: Obj): boolean {
  return (
    Py_TYPE(callable) === PyFunction_Type && H32[(callable + func_vectorcall) >> 2] === _PyFunction_VectorcallIndex
  );
}

/** The three forms of calls: native callables are called here, so that their return can be reported. */
function call(frame: number, code: Obj, unit: number, tools: number, op: number, oparg: number, sp: number): number {
  let base: number;
  let size: number;
  let arg0: Obj;
  if (op === O.INSTRUMENTED_CALL_FUNCTION_EX) {
    base = sp - 4;
    size = 1;
    const args = H32[sp - 2] as Obj;
    arg0 = PyTuple_CheckExact(args) && PyTuple_GET_SIZE(args) > 0 ? PyTuple_GET_ITEM(args, 0) : monitoringMissing();
  } else {
    const kw = op === O.INSTRUMENTED_CALL_KW;
    base = sp - oparg - (kw ? 3 : 2);
    size = 4;
    if (Py_TYPE(H32[base] as Obj) === PyMethod_Type && H32[base + 1] === 0) unpackMethod(base);
    arg0 = (H32[base + 1] !== 0 ? H32[base + 1] : oparg > 0 ? H32[base + 2] : monitoringMissing()) as Obj;
  }
  const callable = H32[base] as Obj;
  const ip = codeStart(code) + unit;
  if (fireAt(CALL_EVENT, tools, code, unit, callable, arg0) < 0) return -1;
  if (H32[(frame + F_IP) >> 2] !== ip) return REENTER;
  if (isInlined(callable)) return PLAIN[op];
  newref(callable);
  newref(arg0);
  const r =
    op === O.INSTRUMENTED_CALL
      ? callNative(frame, sp, base)
      : op === O.INSTRUMENTED_CALL_KW
        ? callKw(frame, sp, base)
        : callFunctionEx(frame, sp);
  let answer = REENTER;
  H32[(frame + F_SP) >> 2] = base;
  if (r < 0) {
    // __init__ in Python: its frame is the innermost now, the instance in the callable's place.
    H32[(frame + F_RETURN_OFFSET) >> 2] = size;
    H32[(frame + F_SP) >> 2] = base + (op === O.INSTRUMENTED_CALL || H8[F_FLAGS - r] & FRAME_IS_INIT ? 1 : 0);
  } else if (r === 0) {
    const e = PyErr_GetRaisedException();
    if (fireAt(C_RAISE, toolsAt(code, unit, 0), code, unit, callable, arg0) === 0) PyErr_SetRaisedException(e);
    else decref(e);
    answer = -1;
  } else if (fireAt(C_RETURN, toolsAt(code, unit, 0), code, unit, callable, arg0) < 0) {
    decref(r as Obj);
    answer = -1;
  } else {
    H32[base] = r;
    H32[(frame + F_SP) >> 2] = base + 1;
    H32[(frame + F_IP) >> 2] = ip + size;
  }
  decref(callable);
  decref(arg0);
  return answer;
}

function loadSuper(frame: number, code: Obj, unit: number, tools: number, oparg: number, sp: number): number {
  const global = newref(H32[sp - 3] as Obj);
  const arg0 = oparg & 2 ? (H32[sp - 2] as Obj) : monitoringMissing();
  newref(arg0);
  let answer = REENTER;
  if (fireAt(CALL_EVENT, tools, code, unit, global, arg0) < 0) answer = -1;
  else {
    const name = PyTuple_GET_ITEM(H32[(code + co_names) >> 2] as Obj, oparg >> 2);
    const r = loadSuperAttr(sp, name, oparg);
    if (r === 0) {
      const e = PyErr_GetRaisedException();
      if (fireAt(C_RAISE, toolsAt(code, unit, 0), code, unit, global, arg0) === 0) PyErr_SetRaisedException(e);
      else decref(e);
      answer = -1;
    } else {
      H32[(frame + F_SP) >> 2] = r;
      if (fireAt(C_RETURN, toolsAt(code, unit, 0), code, unit, global, arg0) < 0) answer = -1;
      else H32[(frame + F_IP) >> 2] = codeStart(code) + unit + 2;
    }
  }
  decref(global);
  decref(arg0);
  return answer;
}
