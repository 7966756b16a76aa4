// What is a frame object?
//
// Invariant: an interpreter frame has at most one frame object, made when somebody first looks; while the frame lives elsewhere (data stack,
// generator) the object only points at it (f_frame) and is owned by it; when the frame ends while others hold the object, the frame's
// content moves to the end of the object (OWNED_BY_FRAME_OBJECT), and F_PREVIOUS gives way to f_back.

import { H32, H8 } from '../memory/linear.js';
import { PyErr_Clear, PyErr_GetRaisedException, PyErr_SetRaisedException } from '../object/errors.js';
import { PyObject_GC_Track, PyObject_GC_IsTracked } from '../object/gc_head.js';
import { decref, incref, newref } from '../object/header.js';
import { borrowed, i32, layout, ref, traverseFields } from '../object/layout.js';
import { _PyObject_NewVar } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyFrame_Type } from '../object/statics.js';
import { co_framesize } from './code_layout.js';
import {
  clearFrameLocals,
  F_EXECUTABLE,
  F_FLAGS,
  F_FRAME_OBJ,
  F_FUNCOBJ,
  F_OWNER,
  F_PREVIOUS,
  F_SP,
  firstComplete,
  frameCode,
  frameObjectPort,
  OWNED_BY_FRAME_OBJECT,
  OWNED_BY_THREAD,
  traverseFrame,
} from './iframe.js';

export const FrameObject = layout(
  {
    back: ref,
    frame: borrowed,
    trace: ref,
    // Set by a jump until the line event for it has been sent; 0: computed.
    lineno: i32,
    traceLines: i32,
    traceOpcodes: i32,
    extraLocals: ref,
    localsCache: ref,
    overwritten: ref,
  },
  { items: 4 },
);
export const {
  back: f_back,
  frame: f_frame,
  trace: f_trace,
  lineno: f_lineno,
  traceLines: f_trace_lines,
  traceOpcodes: f_trace_opcodes,
  extraLocals: f_extra_locals,
  localsCache: f_locals_cache,
  overwritten: f_overwritten,
} = FrameObject;
/** Where the frame's content goes when the object takes it over. */
const f_data = FrameObject.info.basicsize;

/** The frame object of an interpreter frame, borrowed; NULL with MemoryError.  Keeps the current exception. */
export function frameObjectOf(frame: number): Obj {
  const there = H32[(frame + F_FRAME_OBJ) >> 2] as Obj;
  if (there !== 0) return there;
  if (H8[frame + F_OWNER] === OWNED_BY_FRAME_OBJECT) return (frame - f_data) as Obj;
  const e = PyErr_GetRaisedException();
  const object = _PyObject_NewVar(PyFrame_Type, H32[(frameCode(frame) + co_framesize) >> 2]);
  if (object === 0) {
    if (e !== 0) {
      PyErr_Clear();
      PyErr_SetRaisedException(e);
    }
    return NULL;
  }
  H32[(object + f_frame) >> 2] = frame;
  H32[(object + f_trace_lines) >> 2] = 1;
  H32[(frame + F_FRAME_OBJ) >> 2] = object;
  PyObject_GC_Track(object);
  if (e !== 0) PyErr_SetRaisedException(e);
  return object;
}

/** The interpreter frame that an object shows. */
export function frameOfObject(object: Obj): number {
  return H32[(object + f_frame) >> 2];
}

/** The code of a frame object's frame, borrowed. */
export function frameObjectCode(object: Obj): Obj {
  return frameCode(frameOfObject(object));
}

function takeOwnership(object: Obj, frame: number): void {
  const words = (H32[(frame + F_SP) >> 2] as number) - (frame >> 2);
  const to = object + f_data;
  H32.copyWithin(to >> 2, frame >> 2, (frame >> 2) + words);
  incref(frameCode(frame));
  H32[(to + F_SP) >> 2] = (to >> 2) + words;
  H32[(to + F_FRAME_OBJ) >> 2] = 0;
  const wasThread = H8[frame + F_OWNER] === OWNED_BY_THREAD;
  H8[to + F_OWNER] = OWNED_BY_FRAME_OBJECT;
  H8[to + F_FLAGS] = 0;
  H32[(object + f_frame) >> 2] = to;
  // The frame's references are the object's now.
  H32[(frame + F_SP) >> 2] = 0;
  const previous = wasThread ? firstComplete(H32[(frame + F_PREVIOUS) >> 2]) : 0;
  H32[(to + F_PREVIOUS) >> 2] = 0;
  if (previous !== 0 && H32[(object + f_back) >> 2] === 0) {
    // Without memory for it, f_back is lost; nothing else can be done here.  An exception that unwinds the frame goes on.
    const saved = PyErr_GetRaisedException();
    const back = frameObjectOf(previous);
    if (back === 0) PyErr_Clear();
    else H32[(object + f_back) >> 2] = newref(back);
    if (saved !== 0) PyErr_SetRaisedException(saved);
  }
  if (!PyObject_GC_IsTracked(object)) PyObject_GC_Track(object);
}

frameObjectPort.takeOwnership = takeOwnership;

/** tp_traverse: what the object itself holds, and the frame's content if it owns that. */
export function traverseFrameObject(object: Obj, visit: number, arg: number): number {
  const answer = traverseFields(object, FrameObject.info, visit, arg);
  if (answer) return answer;
  const frame = frameOfObject(object);
  if (frame === 0 || H8[frame + F_OWNER] !== OWNED_BY_FRAME_OBJECT) return 0;
  return traverseFrame(frame, visit, arg);
}

/** Gives up the locals and the stack of a frame that the object owns. */
export function clearOwnedFrame(object: Obj): void {
  const frame = frameOfObject(object);
  if (frame !== 0 && H8[frame + F_OWNER] === OWNED_BY_FRAME_OBJECT) clearFrameLocals(frame);
}

/** Gives up everything of an owned frame (deallocation). */
export function releaseOwnedFrame(object: Obj): void {
  const frame = frameOfObject(object);
  if (frame === 0 || H8[frame + F_OWNER] !== OWNED_BY_FRAME_OBJECT) return;
  H32[(object + f_frame) >> 2] = 0;
  clearFrameLocals(frame);
  for (const at of [F_FUNCOBJ, F_EXECUTABLE]) {
    const o = H32[(frame + at) >> 2] as Obj;
    H32[(frame + at) >> 2] = 0;
    if (o !== 0) decref(o);
  }
}
