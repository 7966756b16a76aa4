// Which native functions are in progress?
//
// Invariant: a native function that runs Python code does so in a frame marked FRAME_IS_ENTRY; the instruction at which the frame before it stands is
// what called the native function.  What such a function holds in its local variables is counted and found nowhere in the heap.

import { H16, H32, H8 } from '../memory/linear.js';
import {
  CALL,
  CALL_FUNCTION_EX,
  CALL_KW,
  DEOPT,
  INSTRUMENTED_CALL,
  INSTRUMENTED_CALL_FUNCTION_EX,
  INSTRUMENTED_CALL_KW,
  OPNAMES,
} from '../compiler/opcodes.js';
import { methodDefs, ML_DEF } from '../object/declare.js';
import { d_name, d_type, m_ml, m_self } from '../object/descr.js';
import { Py_TYPE } from '../object/header.js';
import type { Obj } from '../object/ptr.js';
import {
  PyCFunction_Type,
  PyClassMethodDescr_Type,
  PyMethod_Type,
  PyMethodDescr_Type,
  PyModule_Type,
  PyType_Type,
} from '../object/statics.js';
import { Py_TPFLAGS_TYPE_SUBCLASS, tp_flags, tp_name } from '../object/type_layout.js';
import { asString } from '../object/unicode.js';
import { method_func } from '../types/method_layout.js';
import { co_name } from '../types/code_layout.js';
import { F_FLAGS, F_IP, F_PREVIOUS, F_SP, FRAME_IS_ENTRY, cur_frame, frameCode } from '../types/iframe.js';
import { describe, describeFrame, typeNameOf } from './describe.js';

/** A native function that has called Python code and waits for it. */
export interface NativeInProgress {
  /** `list.sort`, `builtin exec`, or the instruction: `FOR_ITER`. */
  readonly name: string;
  /** Where it was called: `f (file.py:12)`. */
  readonly calledAt: string;
}

function callableName(callable: Obj): string {
  return nativeCallableName(callable) ?? describe(callable);
}

/** The name of a function or class that is native code's, null for any other object. */
function nativeCallableName(callable: Obj): string | null {
  const type = Py_TYPE(callable);
  if (type === PyCFunction_Type) {
    const name = methodDefs[H32[(H32[(callable + m_ml) >> 2] + ML_DEF) >> 2]].name;
    const self = H32[(callable + m_self) >> 2] as Obj;
    return self === 0 || Py_TYPE(self) === PyModule_Type ? name : `${typeNameOf(self)}.${name}`;
  }
  if (type === PyMethodDescr_Type || type === PyClassMethodDescr_Type) {
    const owner = H32[(callable + d_type) >> 2] as Obj;
    return `${asString(H32[(owner + tp_name) >> 2] as Obj)}.${asString(H32[(callable + d_name) >> 2] as Obj)}`;
  }
  if (type === PyType_Type || H32[(type + tp_flags) >> 2] & Py_TPFLAGS_TYPE_SUBCLASS) {
    return asString(H32[(callable + tp_name) >> 2] as Obj);
  }
  if (type === PyMethod_Type) return nativeCallableName(H32[(callable + method_func) >> 2] as Obj);
  return null;
}

/** The opcode of the instruction at which a frame stands. */
function opcodeAt(frame: number): number {
  return DEOPT[H16[H32[(frame + F_IP) >> 2]] & 255];
}

/** What the instruction at which a frame stands is about to call, or 0. */
export function calleeOf(frame: number): Obj {
  const ip = H32[(frame + F_IP) >> 2];
  const op = opcodeAt(frame);
  const sp = H32[(frame + F_SP) >> 2];
  const arg = H16[ip] >> 8;
  let below = 0;
  if (op === CALL || op === INSTRUMENTED_CALL) below = arg + 2;
  else if (op === CALL_KW || op === INSTRUMENTED_CALL_KW) below = arg + 3;
  else if (op === CALL_FUNCTION_EX || op === INSTRUMENTED_CALL_FUNCTION_EX) below = 4;
  return (below === 0 ? 0 : H32[sp - below]) as Obj;
}

/** What the instruction calls at which a frame stands. */
function calledBy(frame: number): string {
  const callable = calleeOf(frame);
  return callable === 0 ? OPNAMES[opcodeAt(frame)] : callableName(callable);
}

/** The native code that works for a frame: the native function that it calls, or its instruction. */
export function nativeAt(frame: number): string {
  const callable = calleeOf(frame);
  return (callable === 0 ? null : nativeCallableName(callable)) ?? OPNAMES[opcodeAt(frame)];
}

/** Whether the command runs a module's code, for which it holds nothing; for anything else (runpy, an import at the start) it holds arguments. */
function isProgram(frame: number): boolean {
  return asString(H32[(frameCode(frame) + co_name) >> 2] as Obj) === '<module>';
}

/** The native functions in progress, the innermost first. */
export function nativesInProgress(): NativeInProgress[] {
  const found: NativeInProgress[] = [];
  let frame = H32[cur_frame];
  while (frame !== 0) {
    const previous = H32[(frame + F_PREVIOUS) >> 2];
    if (previous === 0) {
      if (!isProgram(frame)) found.push({ name: 'the command', calledAt: 'the start' });
    } else if (H8[frame + F_FLAGS] & FRAME_IS_ENTRY) {
      found.push({ name: calledBy(previous), calledAt: describeFrame(previous) });
    }
    frame = previous;
  }
  return found;
}
