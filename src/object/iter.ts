// How is an object iterated over?  Invariant: whatever PyObject_GetIter returns has a tp_iternext; the end of an iteration is NULL without
// an exception, whether the iterator raised StopIteration or just stopped.

import { H32 } from '../memory/linear.js';
import {
  curexc,
  errMinus1,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  typeName,
} from './errors.js';
import { F } from './functable.js';
import { decref, Py_TYPE } from './header.js';
import { _PyObject_LookupSpecial } from './type_lookup.js';
import { PyLong_AsSsize_t, PyLong_Check } from './long.js';
import { ID, idObj } from './identifiers.js';
import { PyIter_Check } from './object.js';
import { NULL, type Obj } from './ptr.js';
import { PySequence_Check } from './sequence.js';
import { PyObject_Size } from './mapping.js';
import { PyObject_CallNoArgs } from './call.js';
import { Py_NotImplemented, PyExc_StopIteration, PyExc_TypeError, PyExc_ValueError } from './statics.js';
import { am_aiter, am_anext, mp_length, sq_length, tp_iter, tp_iternext } from './type_layout.js';

let newSeqIter: (o: Obj) => Obj = () => NULL;

/** src/types/iterators.ts makes the iterator of objects that have only __getitem__ (PySeqIter_New). */
export function setSeqIter(make: (o: Obj) => Obj): void {
  newSeqIter = make;
}

/** iter(o): a new reference, or NULL. */
export function PyObject_GetIter(o: Obj): Obj {
  const f = H32[(Py_TYPE(o) + tp_iter) >> 2];
  if (f === 0) {
    if (PySequence_Check(o)) return newSeqIter(o);
    return PyErr_SetString(PyExc_TypeError, `'${typeName(o)}' object is not iterable`);
  }
  const it = F[f](o) as Obj;
  if (it !== 0 && !PyIter_Check(it)) {
    PyErr_SetString(PyExc_TypeError, `iter() returned non-iterator of type '${typeName(it)}'`);
    decref(it);
    return NULL;
  }
  return it;
}

/** aiter(o): a new reference, or NULL. */
export function PyObject_GetAIter(o: Obj): Obj {
  const f = H32[(Py_TYPE(o) + am_aiter) >> 2];
  if (f === 0) return PyErr_SetString(PyExc_TypeError, `'${typeName(o)}' object is not an async iterable`);
  const it = F[f](o) as Obj;
  if (it !== 0 && H32[(Py_TYPE(it) + am_anext) >> 2] === 0) {
    PyErr_SetString(PyExc_TypeError, `aiter() returned not an async iterator of type '${typeName(it)}'`);
    decref(it);
    return NULL;
  }
  return it;
}

/** The next item: a new reference; NULL at the end (no exception is set then) or on an error. */
export function PyIter_Next(it: Obj): Obj {
  const r = F[H32[(Py_TYPE(it) + tp_iternext) >> 2]](it) as Obj;
  if (r === 0 && H32[curexc] !== 0 && PyErr_ExceptionMatches(PyExc_StopIteration)) PyErr_Clear();
  return r;
}

const s_length_hint = ID('__length_hint__');

/** operator.length_hint(o, dflt): a size, or -1 with an exception. */
export function PyObject_LengthHint(o: Obj, dflt: number): number {
  const type = Py_TYPE(o);
  if (H32[(type + mp_length) >> 2] !== 0 || H32[(type + sq_length) >> 2] !== 0) {
    const n = PyObject_Size(o);
    if (n >= 0) return n;
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) return -1;
    PyErr_Clear();
  }
  const hint = _PyObject_LookupSpecial(o, idObj(s_length_hint));
  if (hint === 0) return PyErr_Occurred() !== 0 ? -1 : dflt;
  const r = PyObject_CallNoArgs(hint);
  decref(hint);
  if (r === 0) {
    if (PyErr_ExceptionMatches(PyExc_TypeError)) {
      PyErr_Clear();
      return dflt;
    }
    return -1;
  }
  if (r === Py_NotImplemented) {
    decref(r);
    return dflt;
  }
  if (!PyLong_Check(r)) {
    const name = typeName(r);
    decref(r);
    return errMinus1(PyExc_TypeError, `__length_hint__ must be an integer, not ${name}`);
  }
  const n = PyLong_AsSsize_t(r);
  decref(r);
  if (n < 0 && PyErr_Occurred() === 0) return errMinus1(PyExc_ValueError, '__length_hint__() should return >= 0');
  return n;
}
