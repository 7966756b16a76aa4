// What do staticmethod and classmethod objects look like?  Invariant: both hold the callable they wrap and a dictionary; the types are in
// src/types/staticmethod.ts.

import { H32 } from '../memory/linear.js';
import { PyObject_GC_Track } from './gc_head.js';
import { newref } from './header.js';
import { dictField, layout, ref } from './layout.js';
import { _PyObject_New } from './new_object.js';
import { NULL, type Obj } from './ptr.js';
import { PyClassMethod_Type, PyStaticMethod_Type } from './statics.js';

export const StaticMethod = layout({ sm_callable: ref, sm_dict: dictField });

function wrap(type: Obj, callable: Obj): Obj {
  const o = _PyObject_New(type);
  if (o === 0) return NULL;
  H32[(o + StaticMethod.sm_callable) >> 2] = newref(callable);
  PyObject_GC_Track(o);
  return o;
}

/** A new staticmethod (PyStaticMethod_New) or classmethod (PyClassMethod_New). */
export function PyStaticMethod_New(callable: Obj): Obj {
  return wrap(PyStaticMethod_Type, callable);
}
export function PyClassMethod_New(callable: Obj): Obj {
  return wrap(PyClassMethod_Type, callable);
}
