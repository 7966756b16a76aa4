// How does a float stand in the heap?  Invariant: a float is its header and one double, aligned to 8 bytes.

import { PyObject_Free, PyObject_Malloc } from '../memory/alloc.js';
import { H32, HF64 } from '../memory/linear.js';
import { errMinus1, nameOfType, PyErr_SetString, PyErr_WarnEx, typeName } from './errors.js';
import { F } from './functable.js';
import { HEAD_SIZE, ob_type } from './head.js';
import { _Py_NewReference, decref, Py_TYPE } from './header.js';
import { PyType_IsSubtype } from './isinstance.js';
import { f64, layout } from './layout.js';
import { PyLong_AsDouble } from './long.js';
import { freeObject } from './new_object.js';
import { PyErr_NoMemory } from './no_memory.js';
import { _PyNumber_Index } from './number.js';
import { Py_HashPointer } from './object.js';
import type { Obj } from './ptr.js';
import { PyExc_DeprecationWarning, PyExc_TypeError, PyFloat_Type } from './statics.js';
import { nb_float, nb_index } from './type_layout.js';

export const FloatLayout = layout({ ob_fval: f64 });
export const ob_fval = HEAD_SIZE;

/** A float; new, or NULL with MemoryError. */
export function PyFloat_FromDouble(value: number): Obj {
  'use wasm';
  const o = PyObject_Malloc(HEAD_SIZE + 8) as number as Obj;
  if ((o as number) === 0) return PyErr_NoMemory();
  _Py_NewReference(o, PyFloat_Type);
  HF64[(o + ob_fval) >> 3] = value;
  return o;
}

export function PyFloat_CheckExact(o: Obj): boolean {
  return H32[(o + ob_type) >> 2] === PyFloat_Type;
}

export function PyFloat_Check(o: Obj): boolean {
  const type = Py_TYPE(o);
  return type === PyFloat_Type || PyType_IsSubtype(type, PyFloat_Type);
}

/** tp_dealloc of float. */
export function float_dealloc(o: Obj): void {
  'use wasm';
  if (H32[(o + ob_type) >> 2] === PyFloat_Type) PyObject_Free(o);
  else freeObject(o);
}

/** The value of a float (no check). */
export function PyFloat_AS_DOUBLE(o: Obj): number {
  return HF64[(o + ob_fval) >> 3];
}

/** The value of a float, or of what __float__ or __index__ gives; -1 with an exception. */
export function PyFloat_AsDouble(o: Obj): number {
  if (PyFloat_Check(o)) return HF64[(o + ob_fval) >> 3];
  const type = Py_TYPE(o);
  const f = H32[(type + nb_float) >> 2];
  if (f === 0) {
    if (H32[(type + nb_index) >> 2] !== 0) {
      const index = _PyNumber_Index(o);
      if (index === 0) return -1;
      const value = PyLong_AsDouble(index);
      decref(index);
      return value;
    }
    return errMinus1(PyExc_TypeError, `must be real number, not ${typeName(o)}`);
  }
  const r = F[f](o) as Obj;
  if (r === 0) return -1;
  if (!PyFloat_CheckExact(r)) {
    const problem = `${nameOfType(type)}.__float__ returned non-float (type ${typeName(r)})`;
    if (!PyFloat_Check(r)) PyErr_SetString(PyExc_TypeError, problem);
    else if (
      PyErr_WarnEx(
        PyExc_DeprecationWarning,
        `${problem}.  The ability to return an instance of a strict subclass of float is deprecated, and may not be allowed in a future version of Python.`,
        1,
      ) === 0
    ) {
      const value = HF64[(r + ob_fval) >> 3];
      decref(r);
      return value;
    }
    decref(r);
    return -1;
  }
  const value = HF64[(r + ob_fval) >> 3];
  decref(r);
  return value;
}

/** `_Py_HashDouble`: the hash of a number, equal to that of an equal int or Fraction; NaN hashes as the object `o`. */
export function _Py_HashDouble(o: Obj, value: number): number {
  if (value !== value) return Py_HashPointer(o);
  if (value === Infinity) return 314159;
  if (value === -Infinity) return -314159;
  if (Number.isInteger(value) && value > -0x7fffffff && value < 0x7fffffff) return value === -1 ? -2 : value + 0;
  return hashFraction(value);
}

const split = new Float64Array(1);
const halves = new Uint32Array(split.buffer);

/** Set by frexp: the exponent. */
export let frexpExponent = 0;

/** m with 0.5 <= |m| < 1 such that x == m * 2**frexpExponent; zero, infinities and NaN as they are, with exponent 0. */
export function frexp(x: number): number {
  if (x === 0 || x !== x || x === Infinity || x === -Infinity) {
    frexpExponent = 0;
    return x;
  }
  split[0] = x;
  let e = (halves[1] >>> 20) & 0x7ff;
  let extra = 0;
  if (e === 0) {
    split[0] = x * 18014398509481984;
    extra = 54;
    e = (halves[1] >>> 20) & 0x7ff;
  }
  halves[1] = (halves[1] & 0x800fffff) | (1022 << 20);
  frexpExponent = e - 1022 - extra;
  return split[0];
}

/** x * 2**e, correctly rounded (ldexp). */
export function ldexp(x: number, e: number): number {
  if (x === 0 || x !== x || x === Infinity || x === -Infinity) return x;
  const m = frexp(x);
  let exp = frexpExponent + e;
  if (exp > 1024) return m < 0 ? -Infinity : Infinity;
  if (exp > -1021) {
    // Two steps: 2**1024 itself is no double.
    return m * 2 * 2 ** (exp - 1);
  }
  if (exp < -1075) return m < 0 ? -0 : 0;
  // The result is subnormal: one multiplication rounds once.
  exp += 1000;
  return m * 2 ** exp * 2 ** -1000;
}

function hashFraction(value: number): number {
  let m = frexp(value);
  let e = frexpExponent;
  let sign = 1;
  if (m < 0) {
    sign = -1;
    m = -m;
  }
  // 28 bits at a time, modulo 2**31 - 1.
  let x = 0;
  while (m !== 0) {
    x = (((x << 28) & 0x7fffffff) | (x >>> 3)) >>> 0;
    m *= 268435456;
    e -= 28;
    const y = Math.trunc(m);
    m -= y;
    x += y;
    if (x >= 0x7fffffff) x -= 0x7fffffff;
  }
  e = e >= 0 ? e % 31 : 30 - ((-1 - e) % 31);
  x = ((x << e) & 0x7fffffff) | (x >>> (31 - e));
  x *= sign;
  return x === -1 ? -2 : x;
}
