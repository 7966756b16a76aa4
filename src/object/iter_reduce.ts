// How does an iterator of a built-in sequence pickle?  Invariant: as builtins.iter applied to what is left, and the index to set.

import { PyMapping_GetOptionalItem } from './mapping.js';
import { H32 } from '../memory/linear.js';
import { PyErr_Occurred, PyErr_SetObject } from './errors.js';
import { decref, newref, xdecref } from './header.js';
import { ID, idObj } from './identifiers.js';
import { PyLong_FromLong } from './long.js';
import { port } from './ports.js';
import { NULL, type Obj } from './ptr.js';
import { PyExc_AttributeError } from './statics.js';
import { tupleFromObjs } from './tuple.js';

const s_iter = ID('iter');

/** builtins.<name> as the current frame sees it, a new reference; NULL with AttributeError (_PyEval_GetBuiltin). */
export function getBuiltin(handle: number): Obj {
  // Whoever evaluates code may have given it any mapping.
  const f = PyMapping_GetOptionalItem(port.currentBuiltins(), idObj(handle));
  if (f === 0 && PyErr_Occurred() === 0) PyErr_SetObject(PyExc_AttributeError, idObj(handle));
  return f;
}

/**
 * Returns (f, (seq,), index) for a running iterator `it` with its sequence and its index at these offsets, (f, (empty,)) for an
 * exhausted one, where f is the builtin named `handle` and `makeEmpty` makes a new reference.  Looking the name up may run code that
 * moves the iterator, so its state is read afterwards.
 */
export function iteratorReduce(
  it: Obj,
  seqOffset: number,
  indexOffset: number,
  makeEmpty: () => Obj,
  handle: number = s_iter,
): Obj {
  const f = getBuiltin(handle);
  if (f === 0) return NULL;
  const seq = H32[(it + seqOffset) >> 2] as Obj;
  const source = seq === 0 ? makeEmpty() : newref(seq);
  const args = source === 0 ? NULL : tupleFromObjs([source]);
  const n = seq === 0 ? NULL : PyLong_FromLong(H32[(it + indexOffset) >> 2]);
  if (args === 0 || (seq !== 0 && n === 0)) {
    decref(f);
    xdecref(args);
    xdecref(n);
    return NULL;
  }
  return tupleFromObjs(seq === 0 ? [f, args] : [f, args, n]);
}
