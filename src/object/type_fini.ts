// How are the static types taken down?  Invariant: afterwards no static type owns anything, and each is owned once, by the static area, which gives that
// reference back too: then nothing is left of the type system in the books.

import { H32 } from '../memory/linear.js';
import { typeSpecs } from './declare.js';
import { PyDict_Clear, PyDict_Next, dictValue } from './dict.js';
import { ob_refcnt } from './head.js';
import { decref, RefTotal } from './header.js';
import type { Obj } from './ptr.js';
import * as T from './type_layout.js';
import { PyWeakref_GET_OBJECT } from './weakref.js';

const OWNED = [T.tp_subclasses, T.tp_cache, T.tp_dict, T.tp_bases, T.tp_mro, T.tp_doc, T.tp_name];

/** Classes that are still alive below the static types, for the caller to look at (borrowed). */
export function livingSubclasses(): Obj[] {
  const found: Obj[] = [];
  for (const spec of typeSpecs) {
    const dict = H32[(spec.type + T.tp_subclasses) >> 2] as Obj;
    if (dict === 0) continue;
    let pos = 0;
    while ((pos = PyDict_Next(dict, pos)) !== 0) {
      const sub = PyWeakref_GET_OBJECT(dictValue);
      if (sub !== 0 && H32[(sub + T.tp_flags) >> 2] & T.Py_TPFLAGS_HEAPTYPE) found.push(sub);
    }
  }
  return found;
}

/** Takes the static types down; what still refers to them afterwards is a leak. */
export function finiStaticTypes(): void {
  for (let i = typeSpecs.length - 1; i >= 0; i--) {
    const dict = H32[(typeSpecs[i].type + T.tp_dict) >> 2] as Obj;
    if (dict !== 0) PyDict_Clear(dict);
  }
  for (const offset of OWNED) {
    for (let i = typeSpecs.length - 1; i >= 0; i--) {
      const type = typeSpecs[i].type;
      const o = H32[(type + offset) >> 2] as Obj;
      H32[(type + offset) >> 2] = 0;
      H32[(type + T.tp_version_tag) >> 2] = 0;
      if (o !== 0) decref(o);
    }
  }
  for (const { type } of typeSpecs) {
    const base = H32[(type + T.tp_base) >> 2] as Obj;
    // A type whose module was never imported has not been readied: it does not own its base.
    if (base === 0 || (H32[(type + T.tp_flags) >> 2] & T.Py_TPFLAGS_READY) === 0) continue;
    H32[(base + ob_refcnt) >> 2]--;
    if (Py_REF_DEBUG) H32[RefTotal]--;
  }
  for (const { type } of typeSpecs) {
    H32[(type + ob_refcnt) >> 2]--;
    if (Py_REF_DEBUG) H32[RefTotal]--;
  }
}
