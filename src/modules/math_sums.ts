// How does math add up and multiply iterables?  Invariant: float sums lose nothing before the last rounding (fsum) or keep three doubles
// (sumprod); whatever is no exact int or float goes through Python's own operators.

import { PyErr_Clear, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyFloat_AS_DOUBLE, PyFloat_AsDouble, PyFloat_CheckExact, PyFloat_FromDouble } from '../object/float.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import { asBigInt, PyLong_AsDouble, PyLong_CheckExact, PyLong_FromBigInt } from '../object/long.js';
import { PyNumber_Add, PyNumber_Multiply } from '../object/number.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Tuple } from '../object/sequence.js';
import { PyBool_Type, PyExc_OverflowError, PyExc_ValueError } from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { ExactSum, TripleSum, vectorNorm } from './math_exact.js';

export function math_fsum(_module: Obj, iterable: Obj): Obj {
  const it = PyObject_GetIter(iterable);
  if (it === 0) return NULL;
  const sum = new ExactSum();
  for (;;) {
    const item = PyIter_Next(it);
    if (item === 0) break;
    const x = PyFloat_CheckExact(item) ? PyFloat_AS_DOUBLE(item) : PyFloat_AsDouble(item);
    decref(item);
    if (x === -1 && PyErr_Occurred() !== 0) break;
    sum.add(x);
    if (sum.problem() === 'intermediate overflow in fsum') break;
  }
  decref(it);
  if (PyErr_Occurred() !== 0) return NULL;
  const problem = sum.problem();
  if (problem === '') return PyFloat_FromDouble(sum.value());
  return PyErr_SetString(problem.startsWith('i') ? PyExc_OverflowError : PyExc_ValueError, problem);
}

/** The norm of the doubles that `at` answers (-1 with an exception for a failure). */
function norm(n: number, at: (i: number) => number): Obj {
  const v: number[] = [];
  let max = 0;
  let hasNaN = false;
  for (let i = 0; i < n; i++) {
    const x = Math.abs(at(i));
    if (PyErr_Occurred() !== 0) return NULL;
    v.push(x);
    if (x !== x) hasNaN = true;
    else if (x > max) max = x;
  }
  return PyFloat_FromDouble(vectorNorm(v, n, max, hasNaN));
}

export function math_hypot(_module: Obj, args: Obj): Obj {
  return norm(PyTuple_GET_SIZE(args), (i) => PyFloat_AsDouble(PyTuple_GET_ITEM(args, i)));
}

export function math_dist(_module: Obj, pArg: Obj, qArg: Obj): Obj {
  const p = PyTuple_Check(pArg) ? newref(pArg) : PySequence_Tuple(pArg);
  if (p === 0) return NULL;
  const q = PyTuple_Check(qArg) ? newref(qArg) : PySequence_Tuple(qArg);
  let r: Obj = NULL;
  if (q !== 0) {
    const n = PyTuple_GET_SIZE(p);
    if (n !== PyTuple_GET_SIZE(q))
      PyErr_SetString(PyExc_ValueError, 'both points must have the same number of dimensions');
    else {
      r = norm(n, (i) => {
        const x = PyFloat_AsDouble(PyTuple_GET_ITEM(p, i));
        if (x === -1 && PyErr_Occurred() !== 0) return -1;
        const y = PyFloat_AsDouble(PyTuple_GET_ITEM(q, i));
        return y === -1 && PyErr_Occurred() !== 0 ? -1 : x - y;
      });
    }
    decref(q);
  }
  decref(p);
  return r;
}

export function math_prod(_module: Obj, iterable: Obj, start: Obj): Obj {
  const it = PyObject_GetIter(iterable);
  if (it === 0) return NULL;
  let r = newref(start);
  while (r !== 0) {
    const item = PyIter_Next(it);
    if (item === 0) break;
    const next = PyNumber_Multiply(r, item);
    decref(item);
    decref(r);
    r = next;
  }
  decref(it);
  if (PyErr_Occurred() !== 0) {
    if (r !== 0) decref(r);
    return NULL;
  }
  return r;
}

/** Adds `x` (stolen) to `total` (stolen): new, or NULL. */
function addTo(total: Obj, x: Obj): Obj {
  const r = x === 0 ? NULL : PyNumber_Add(total, x);
  decref(total);
  if (x !== 0) decref(x);
  return r;
}

/** The double of an exact float, int or bool; NaN with `usable` false for anything else or an int too large. */
let usable = false;
function plainDouble(o: Obj): number {
  usable = true;
  if (PyFloat_CheckExact(o)) return PyFloat_AS_DOUBLE(o);
  if (PyLong_CheckExact(o) || Py_TYPE(o) === PyBool_Type) {
    const x = PyLong_AsDouble(o);
    if (x !== -1 || PyErr_Occurred() === 0) return x;
    PyErr_Clear();
  }
  usable = false;
  return NaN;
}

/** The sum of products so far: `total`, and what of ints or floats is not yet in it. */
class Products {
  total: Obj;
  private ints = 0n;
  private hasInts = false;
  private floats: TripleSum | null = null;
  private intPath = true;
  private floatPath = true;

  constructor(total: Obj) {
    this.total = total;
  }

  private flushInts(): void {
    if (!this.hasInts || this.total === 0) return;
    this.total = addTo(this.total, PyLong_FromBigInt(this.ints));
    this.ints = 0n;
    this.hasInts = false;
  }

  private flushFloats(): void {
    if (this.floats === null || this.total === 0) return;
    this.total = addTo(this.total, PyFloat_FromDouble(this.floats.value()));
    this.floats = null;
  }

  /** total is NULL afterwards if it fails. */
  add(p: Obj, q: Obj): void {
    if (this.intPath) {
      if (PyLong_CheckExact(p) && PyLong_CheckExact(q)) {
        const a = asBigInt(p);
        const b = asBigInt(q);
        const sum = this.ints + a * b;
        // The path ends where CPython's, which adds machine words, would overflow: what follows is rounded in its order.
        if ([a, b, a * b, sum].every((n) => BigInt.asIntN(64, n) === n)) {
          this.ints = sum;
          this.hasInts = true;
          return;
        }
      }
      // Ints and floats do not alternate cheaply: the integer path ends here.
      this.intPath = false;
      this.flushInts();
      if (this.total === 0) return;
    }
    if (this.floatPath) {
      const anyFloat = PyFloat_CheckExact(p) || PyFloat_CheckExact(q);
      const x = anyFloat ? plainDouble(p) : NaN;
      let ok = anyFloat && usable;
      const y = ok ? plainDouble(q) : NaN;
      ok = ok && usable;
      if (ok) {
        this.floats ??= new TripleSum();
        this.floats.add(x, y);
        return;
      }
      this.floatPath = false;
      this.flushFloats();
      if (this.total === 0) return;
    }
    this.total = addTo(this.total, PyNumber_Multiply(p, q));
  }

  finish(): Obj {
    this.flushInts();
    this.flushFloats();
    return this.total;
  }
}

export function math_sumprod(_module: Obj, pArg: Obj, qArg: Obj): Obj {
  const pit = PyObject_GetIter(pArg);
  if (pit === 0) return NULL;
  const qit = PyObject_GetIter(qArg);
  if (qit === 0) {
    decref(pit);
    return NULL;
  }
  const products = new Products(PyLong_FromBigInt(0n));
  while (products.total !== 0) {
    const p = PyIter_Next(pit);
    if (p === 0 && PyErr_Occurred() !== 0) break;
    const q = PyIter_Next(qit);
    if (q === 0 && PyErr_Occurred() !== 0) {
      if (p !== 0) decref(p);
      break;
    }
    if (p === 0 || q === 0) {
      if (p !== q) PyErr_SetString(PyExc_ValueError, 'Inputs are not the same length');
      if (p !== 0) decref(p);
      if (q !== 0) decref(q);
      break;
    }
    products.add(p, q);
    decref(p);
    decref(q);
  }
  decref(pit);
  decref(qit);
  if (PyErr_Occurred() !== 0) {
    if (products.total !== 0) decref(products.total);
    return NULL;
  }
  return products.finish();
}
