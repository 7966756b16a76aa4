// Who is told of asynchronous generators?  Invariant: a generator takes over the hooks that are set when it is first iterated.

import { H32 } from '../memory/linear.js';
import { PyObject_CallOneArg } from '../object/call.js';
import { decref, newref, xdecref, xnewref } from '../object/header.js';
import { NULL, type Obj } from '../object/ptr.js';
import { rootWord } from '../object/roots.js';
import { gen_hooks_inited, gen_origin_or_finalizer } from './generator_layout.js';

/** Indices of the hooks (owned, or 0): sys.set_asyncgen_hooks. */
export const asyncgen_firstiter = rootWord('the firstiter hook of asynchronous generators');
export const asyncgen_finalizer = rootWord('the finalizer hook of asynchronous generators');

/** Replaces a hook (borrowed; NULL: none). */
export function setAsyncGenHook(word: number, hook: Obj): void {
  const old = H32[word] as Obj;
  H32[word] = xnewref(hook);
  xdecref(old);
}

/** Takes the hooks over on first use: 0, or -1 with the exception of the firstiter hook. */
export function initHooks(gen: Obj): number {
  if (H32[(gen + gen_hooks_inited) >> 2] !== 0) return 0;
  H32[(gen + gen_hooks_inited) >> 2] = 1;
  const finalizer = H32[asyncgen_finalizer] as Obj;
  if (finalizer !== 0) H32[(gen + gen_origin_or_finalizer) >> 2] = newref(finalizer);
  const first = H32[asyncgen_firstiter] as Obj;
  if (first === 0) return 0;
  newref(first);
  const r = PyObject_CallOneArg(first, gen);
  decref(first);
  if (r === NULL) return -1;
  decref(r);
  return 0;
}
