// What do the test modules' functions share?  Invariant: where these functions take an object for a C pointer, None stands for NULL, as CPython's
// tests have it.

import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { newref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_KeyError } from '../object/statics.js';

/** None is NULL; anything else itself (borrowed). */
export function nullable(o: Obj): Obj {
  return o === Py_None ? NULL : o;
}

/** None, a new reference. */
export const none = (): Obj => newref(Py_None);

/** The int result `n`, or NULL where -1 came with an exception. */
export function intResult(n: number): Obj {
  return n === -1 && PyErr_Occurred() !== 0 ? NULL : PyLong_FromLong(n);
}

/** A new reference to a borrowed result; where there is none, KeyError unless an exception is set already. */
export function borrowedResult(o: Obj, missing = 'NULL'): Obj {
  if (o !== 0) return newref(o);
  return PyErr_Occurred() !== 0 ? NULL : PyErr_SetString(PyExc_KeyError, missing);
}
