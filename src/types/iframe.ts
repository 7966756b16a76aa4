// What is a frame?
//
// Invariant: a running Python function has one interpreter frame, in the heap: on the data stack, in its generator, or (when the
// function has finished but somebody still looks) in its frame object.  At every instruction boundary F_SP tells how many of
// its stack's words hold references, each owned by the frame; so do all fast locals.  `cur_frame` is the innermost frame.
//
//   F_EXECUTABLE | F_PREVIOUS | … | F_IP | F_SP | … | fast locals (nlocalsplus words) | value stack (stacksize words)
//
// F_IP is an index into H16 (of the instruction that runs, or the next one when the frame has not begun), F_SP an index into H32 (of the
// first free word).  A frame on the data stack is below the frame that it called:
//
//   chunk: [previous chunk | size in words] frame frame frame … H32[ds_top] … H32[ds_limit]

import { PyMem_RawFree, PyMem_RawMalloc } from '../memory/alloc.js';
import { H32, H8, staticWord } from '../memory/linear.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { F } from '../object/functable.js';
import { decref, incref, Py_REFCNT, tracking } from '../object/header.js';
import type { Obj } from '../object/ptr.js';
import { co_firsttraceable, co_nlocalsplus, codeStart } from './code_layout.js';
import { func_builtins, func_globals } from './function_layout.js';

export const F_EXECUTABLE = 0;
export const F_PREVIOUS = 4;
export const F_FUNCOBJ = 8;
/** Borrowed from the function, as F_BUILTINS is. */
export const F_GLOBALS = 12;
export const F_BUILTINS = 16;
export const F_LOCALS = 20;
export const F_FRAME_OBJ = 24;
export const F_IP = 28;
/** Right after F_IP: the loop relies on it. */
export const F_SP = 32;
/** Code units from the instruction that called another frame to the one that gets its result. */
export const F_RETURN_OFFSET = 36;
/** A byte: OWNED_BY_*; then a byte: FRAME_* flags below. */
export const F_OWNER = 40;
export const F_FLAGS = 41;
export const F_LOCALSPLUS = 44;
export const FRAME_SPECIALS_WORDS = F_LOCALSPLUS / 4;

export const OWNED_BY_THREAD = 0;
export const OWNED_BY_GENERATOR = 1;
export const OWNED_BY_FRAME_OBJECT = 2;

/** In F_FLAGS: the frame's caller is native code; when it returns, so does the evaluation loop. */
export const FRAME_IS_ENTRY = 1;
/** The frame is an __init__ called to make an instance: its caller's stack holds the instance, and the result must be None. */
export const FRAME_IS_INIT = 2;
/** `lltrace` for this frame. */
export const FRAME_LLTRACE = 4;

/** Index of the innermost frame's address. */
export const cur_frame = staticWord();
const ds_chunk = staticWord();
const ds_top = staticWord();
const ds_limit = staticWord();
/** Indices of how many more Python frames may be pushed, and of the limit (sys.setrecursionlimit). */
export const py_recursion_remaining = staticWord();
export const py_recursion_limit = staticWord();

const CHUNK_WORDS = 4096;

export function initFrames(): void {
  H32[py_recursion_limit] = 1000;
  H32[py_recursion_remaining] = 1000;
}

/** Gives the data stack's memory back (finalization). */
export function finiFrames(): void {
  let chunk = H32[ds_chunk];
  while (chunk !== 0) {
    const previous = H32[chunk >> 2];
    PyMem_RawFree(chunk);
    chunk = previous;
  }
  H32[ds_chunk] = 0;
  H32[ds_top] = 0;
  H32[ds_limit] = 0;
}

/** Reserves `words` words of the data stack; returns their address, or 0 with MemoryError. */
export function pushDataStack(words: number): number {
  'use wasm';
  const top = H32[ds_top];
  const next = top + (words << 2);
  if (next > H32[ds_limit]) return pushChunk(words);
  H32[ds_top] = next;
  return top;
}

function pushChunk(words: number): number {
  const size = Math.max(CHUNK_WORDS, words + 16);
  const chunk = PyMem_RawMalloc(size * 4);
  if (chunk === 0) {
    PyErr_NoMemory();
    return 0;
  }
  // Remember where the chunk below was cut off.
  H32[chunk >> 2] = H32[ds_chunk];
  H32[(chunk + 4) >> 2] = size;
  H32[(chunk + 8) >> 2] = H32[ds_top];
  H32[ds_chunk] = chunk;
  const first = chunk + 16;
  H32[ds_top] = first + (words << 2);
  H32[ds_limit] = chunk + size * 4;
  return first;
}

/** Gives back everything from `frame` on. */
export function popDataStack(frame: number): void {
  'use wasm';
  const chunk = H32[ds_chunk];
  if (frame !== chunk + 16 || H32[chunk >> 2] === 0) {
    H32[ds_top] = frame;
    return;
  }
  const previous = H32[chunk >> 2];
  H32[ds_top] = H32[(chunk + 8) >> 2];
  H32[ds_chunk] = previous;
  H32[ds_limit] = previous + H32[(previous + 4) >> 2] * 4;
  PyMem_RawFree(chunk);
}

/** Fills a frame's fixed part, and its locals from `from` on with NULL. */
export function initFrame(frame: number, func: Obj, code: Obj, locals: Obj, from: number): void {
  incref(func);
  incref(code);
  const f = frame >> 2;
  H32[f] = code;
  H32[f + 1] = H32[cur_frame];
  H32[f + 2] = func;
  H32[f + 3] = H32[(func + func_globals) >> 2];
  H32[f + 4] = H32[(func + func_builtins) >> 2];
  H32[f + 5] = locals;
  H32[f + 6] = 0;
  H32[f + 7] = codeStart(code);
  const end = f + FRAME_SPECIALS_WORDS + H32[(code + co_nlocalsplus) >> 2];
  H32[f + 8] = end;
  H32[f + 9] = 0;
  H32[f + 10] = 0;
  for (let i = f + FRAME_SPECIALS_WORDS + from; i < end; i++) H32[i] = 0;
}

/** The code of a frame, borrowed. */
export function frameCode(frame: number): Obj {
  return H32[(frame + F_EXECUTABLE) >> 2] as Obj;
}

/** The code unit (counted from the code's start) of the frame's current instruction. */
export function frameUnit(frame: number): number {
  return H32[(frame + F_IP) >> 2] - codeStart(frameCode(frame));
}

/** Whether the frame has not yet come to its first traceable instruction (it makes cells, or its generator). */
export function frameIsIncomplete(frame: number): boolean {
  return (
    H8[frame + F_OWNER] !== OWNED_BY_GENERATOR && frameUnit(frame) < H32[(frameCode(frame) + co_firsttraceable) >> 2]
  );
}

/** The innermost complete frame from `frame` outward, or 0. */
export function firstComplete(frame: number): number {
  while (frame !== 0 && frameIsIncomplete(frame)) frame = H32[(frame + F_PREVIOUS) >> 2];
  return frame;
}

/** The innermost complete frame, or 0. */
export function currentFrame(): number {
  return firstComplete(H32[cur_frame]);
}

/** The first word of a frame's value stack (an index into H32). */
export function stackBase(frame: number): number {
  return ((frame + F_LOCALSPLUS) >> 2) + H32[(frameCode(frame) + co_nlocalsplus) >> 2];
}

/** Index of the frame whose variables are being given up while references are recorded (src/ledger/history.ts), 0 if none is. */
export const cleared_frame = staticWord();

/** Gives up all locals, the stack and F_LOCALS. */
export function clearFrameLocals(frame: number): void {
  'use wasm';
  const first = (frame + F_LOCALSPLUS) >> 2;
  let sp = H32[(frame + F_SP) >> 2];
  while (sp > first) {
    sp--;
    const o = H32[sp] as Obj;
    H32[(frame + F_SP) >> 2] = sp;
    if (o !== 0) {
      H32[sp] = 0;
      if (Py_TRACE_REFS && H32[tracking] !== 0) H32[cleared_frame] = frame;
      decref(o);
    }
  }
  if (Py_TRACE_REFS) H32[cleared_frame] = 0;
  const locals = H32[(frame + F_LOCALS) >> 2] as Obj;
  if (locals !== 0) {
    H32[(frame + F_LOCALS) >> 2] = 0;
    decref(locals);
  }
}

function takeOwnership(frameObject: Obj, frame: number): void {
  frameObjectPort.takeOwnership(frameObject, frame);
}

/** What the frame object's file does when a frame that has an object is left: it takes the frame over, or lets go of it. */
export const frameObjectPort = {
  takeOwnership: (_frameObject: Obj, _frame: number): void => {
    throw new Error('frame objects are not there');
  },
};

/**
 * Gives up all references of a finished frame but F_EXECUTABLE.  If the frame has an object that somebody else refers to, the object
 * takes the frame's content over instead.  Keeps the current exception.
 */
export function clearFrameExceptCode(frame: number): void {
  'use wasm';
  const object = H32[(frame + F_FRAME_OBJ) >> 2] as Obj;
  if (object !== 0) {
    H32[(frame + F_FRAME_OBJ) >> 2] = 0;
    if (Py_REFCNT(object) > 1) {
      takeOwnership(object, frame);
      decref(object);
      return;
    }
    // The object dies now; it must not look at the frame any more.
    clearFrameLocals(frame);
    decref(object);
  } else clearFrameLocals(frame);
  const func = H32[(frame + F_FUNCOBJ) >> 2] as Obj;
  H32[(frame + F_FUNCOBJ) >> 2] = 0;
  decref(func);
}

/** As clearFrameExceptCode, then gives up the code and the place on the data stack. */
export function popFrame(frame: number): void {
  const code = H32[frame >> 2] as Obj;
  clearFrameExceptCode(frame);
  decref(code);
  popDataStack(frame);
}

/** Visits a frame's references (tp_traverse of generators and frame objects). */
export function traverseFrame(frame: number, visit: number, arg: number): number {
  const f = F[visit];
  const w = frame >> 2;
  for (const i of [0, 2, 5, 6]) {
    const r = H32[w + i];
    if (r !== 0) {
      const answer = f(r, arg);
      if (answer) return answer;
    }
  }
  const end = H32[(frame + F_SP) >> 2];
  for (let i = w + FRAME_SPECIALS_WORDS; i < end; i++) {
    const r = H32[i];
    if (r !== 0) {
      const answer = f(r, arg);
      if (answer) return answer;
    }
  }
  return 0;
}
