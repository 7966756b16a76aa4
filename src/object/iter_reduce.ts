// How does an iterator of a built-in sequence pickle?  Invariant: as builtins.iter applied to what is left, and the index to set.

import { PyDict_GetItemWithError } from './dict.js';
import { PyErr_Occurred, PyErr_SetString } from './errors.js';
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
  const builtins = port.currentBuiltins();
  const f = PyDict_GetItemWithError(builtins, idObj(handle));
  if (f !== 0) return newref(f);
  if (PyErr_Occurred() === 0) PyErr_SetString(PyExc_AttributeError, 'builtins has no such name');
  return NULL;
}

/** Returns (iter, (seq,), index) for a running iterator over `seq`, (iter, (empty,)) for an exhausted one (`seq` NULL); all borrowed. */
export function iteratorReduce(seq: Obj, empty: Obj, index: number): Obj {
  const iter = getBuiltin(s_iter);
  if (iter === 0) return NULL;
  const args = tupleFromObjs([newref(seq === 0 ? empty : seq)]);
  const n = seq === 0 ? NULL : PyLong_FromLong(index);
  if (args === 0 || (seq !== 0 && n === 0)) {
    decref(iter);
    xdecref(args);
    xdecref(n);
    return NULL;
  }
  return tupleFromObjs(seq === 0 ? [iter, args] : [iter, args, n]);
}
