// How do a generator and the machine hand the frame to and fro?
//
// Invariant: see src/types/generator_layout.ts; whoever resumes a generator links its exception state, whoever suspends or leaves it unlinks it.

import { H32, H8 } from '../memory/linear.js';
import { exc_info } from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref } from '../object/header.js';
import { _PyObject_NewVar } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyAsyncGen_Type, PyCoro_Type, PyGen_Type } from '../object/statics.js';
import { CO_ASYNC_GENERATOR, CO_COROUTINE } from '../compiler/code_unit.js';
import { co_flags, co_framesize } from '../types/code_layout.js';
import { func_name, func_qualname } from '../types/function_layout.js';
import {
  GEN_CLEARED,
  GEN_CREATED,
  GEN_EXECUTING,
  gen_exc,
  gen_exc_previous,
  gen_iframe,
  gen_name,
  gen_origin_or_finalizer,
  gen_qualname,
  gen_state,
  genOfFrame,
} from '../types/generator_layout.js';
import {
  clearFrameExceptCode,
  F_EXECUTABLE,
  F_FLAGS,
  F_FRAME_OBJ,
  F_FUNCOBJ,
  F_IP,
  F_OWNER,
  F_PREVIOUS,
  F_SP,
  FRAME_SPECIALS_WORDS,
  OWNED_BY_GENERATOR,
} from '../types/iframe.js';
import { f_frame } from '../types/frame_object.js';
import { coroutineOrigin, origin_depth } from '../types/coroutine_origin.js';

/** Makes a generator start or go on: pushes `value` (stolen) on its stack and links its exception state; the caller links the frame. */
export function resumeGenerator(gen: Obj, value: Obj): void {
  'use wasm';
  const frame = gen + gen_iframe;
  const sp = H32[(frame + F_SP) >> 2];
  H32[sp] = value;
  H32[(frame + F_SP) >> 2] = sp + 1;
  H32[(gen + gen_exc_previous) >> 2] = H32[exc_info];
  H32[exc_info] = gen + gen_exc;
  H32[(gen + gen_state) >> 2] = GEN_EXECUTING;
}

/** Leaves the frame of a finished generator: unlinks its exception state and gives up all that the frame holds but the code. */
export function leaveGenerator(frame: number): void {
  'use wasm';
  const gen = genOfFrame(frame);
  H32[exc_info] = H32[(gen + gen_exc_previous) >> 2];
  H32[(gen + gen_exc_previous) >> 2] = 0;
  H32[(gen + gen_state) >> 2] = GEN_CLEARED;
  H32[(frame + F_PREVIOUS) >> 2] = 0;
  clearFrameExceptCode(frame);
  H32[(frame + F_FUNCOBJ) >> 2] = 0;
  H32[(frame + F_SP) >> 2] = (frame >> 2) + FRAME_SPECIALS_WORDS;
  const e = H32[(gen + gen_exc) >> 2] as Obj;
  if (e !== 0) {
    H32[(gen + gen_exc) >> 2] = 0;
    decref(e);
  }
}

/** RETURN_GENERATOR: moves `frame` into a new generator, coroutine or asynchronous generator; NULL with MemoryError. */
export function makeGenerator(frame: number): Obj {
  const func = H32[(frame + F_FUNCOBJ) >> 2] as Obj;
  const code = H32[(frame + F_EXECUTABLE) >> 2] as Obj;
  const flags = H32[(code + co_flags) >> 2];
  const type = flags & CO_COROUTINE ? PyCoro_Type : flags & CO_ASYNC_GENERATOR ? PyAsyncGen_Type : PyGen_Type;
  let origin: Obj = NULL;
  if (type === PyCoro_Type && H32[origin_depth] !== 0) {
    origin = coroutineOrigin(H32[(frame + F_PREVIOUS) >> 2]);
    if (origin === 0) return NULL;
  }
  const gen = _PyObject_NewVar(type, H32[(code + co_framesize) >> 2]);
  if (gen === 0) {
    if (origin !== 0) decref(origin);
    return NULL;
  }
  H32[(gen + gen_origin_or_finalizer) >> 2] = origin;
  H32[(gen + gen_name) >> 2] = newref(H32[(func + func_name) >> 2] as Obj);
  H32[(gen + gen_qualname) >> 2] = newref(H32[(func + func_qualname) >> 2] as Obj);
  H32[(gen + gen_state) >> 2] = GEN_CREATED;
  const to = gen + gen_iframe;
  const words = H32[(frame + F_SP) >> 2] - (frame >> 2);
  H32.copyWithin(to >> 2, frame >> 2, (frame >> 2) + words);
  H32[(to + F_SP) >> 2] = (to >> 2) + words;
  H32[(to + F_IP) >> 2] = H32[(frame + F_IP) >> 2] + 1;
  H32[(to + F_PREVIOUS) >> 2] = 0;
  H8[to + F_OWNER] = OWNED_BY_GENERATOR;
  H8[to + F_FLAGS] = 0;
  const object = H32[(to + F_FRAME_OBJ) >> 2];
  if (object !== 0) H32[(object + f_frame) >> 2] = to;
  PyObject_GC_Track(gen);
  return gen;
}
