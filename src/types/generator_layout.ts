// What do generators, coroutines and asynchronous generators look like?
//
// Invariant: the three have one layout; the interpreter frame stands at the end of the object and moves nowhere while the object lives.
// gen_state is one of GEN_*; while it is GEN_EXECUTING the frame is on the thread's chain and gen_exc on the stack of handled exceptions;
// when it is GEN_CLEARED the frame holds nothing.

import { i32, layout, ref, weaklistField } from '../object/layout.js';
import { H32 } from '../memory/linear.js';
import { ob_type } from '../object/head.js';
import type { Obj } from '../object/ptr.js';
import { PyAsyncGen_Type, PyCoro_Type, PyGen_Type } from '../object/statics.js';

export const Gen = layout(
  {
    weakreflist: weaklistField,
    name: ref,
    qualname: ref,
    // An item of the stack of handled exceptions (errors.ts): value and previous item.
    excValue: ref,
    excPrevious: i32,
    // cr_origin of a coroutine, the finalizer hook of an asynchronous generator.
    originOrFinalizer: ref,
    hooksInited: i32,
    closed: i32,
    runningAsync: i32,
    state: i32,
  },
  { items: 4 },
);

export const {
  name: gen_name,
  qualname: gen_qualname,
  excValue: gen_exc,
  excPrevious: gen_exc_previous,
  originOrFinalizer: gen_origin_or_finalizer,
  hooksInited: gen_hooks_inited,
  closed: gen_closed,
  runningAsync: gen_running_async,
  state: gen_state,
} = Gen;

/** Offset of the interpreter frame. */
export const gen_iframe = Gen.info.basicsize;

export const GEN_CREATED = -3;
export const GEN_SUSPENDED = -2;
export const GEN_SUSPENDED_YIELD_FROM = -1;
export const GEN_EXECUTING = 0;
export const GEN_COMPLETED = 1;
export const GEN_CLEARED = 4;

/** The generator that a frame stands in (F_OWNER is OWNED_BY_GENERATOR). */
export function genOfFrame(frame: number): Obj {
  'use wasm';
  return (frame - gen_iframe) as Obj;
}

export function PyGen_Check(o: Obj): boolean {
  return H32[(o + ob_type) >> 2] === PyGen_Type;
}

export function PyCoro_CheckExact(o: Obj): boolean {
  return H32[(o + ob_type) >> 2] === PyCoro_Type;
}

export function PyAsyncGen_CheckExact(o: Obj): boolean {
  return H32[(o + ob_type) >> 2] === PyAsyncGen_Type;
}
