// How do the operators of numbers work?
//
// Invariant: a binary operation asks the slots of both operands in Python's order (the right one first if its type is a proper subclass
// that overrides the slot) and raises TypeError with CPython's text when both decline.

import { H32 } from '../memory/linear.js';
import {
  nameOfType,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  PyErr_WarnEx,
  typeName,
} from './errors.js';
import { PyFloat_AsDouble, PyFloat_Check, PyFloat_CheckExact, PyFloat_FromDouble } from './float.js';
import { F } from './functable.js';
import { decref, newref, Py_TYPE } from './header.js';
import { PyType_IsSubtype } from './isinstance.js';
import {
  _PyLong_Copy,
  _PyLong_Sign,
  PyLong_AsDouble,
  PyLong_AsSsize_t,
  PyLong_Check,
  PyLong_CheckExact,
} from './long.js';
import { NULL, type Obj } from './ptr.js';
import {
  Py_None,
  Py_NotImplemented,
  PyComplex_Type,
  PyExc_DeprecationWarning,
  PyExc_OverflowError,
  PyExc_TypeError,
} from './statics.js';
import {
  nb_absolute,
  nb_add,
  nb_and,
  nb_divmod,
  nb_float,
  nb_floor_divide,
  nb_index,
  nb_inplace_add,
  nb_inplace_and,
  nb_inplace_floor_divide,
  nb_inplace_lshift,
  nb_inplace_matrix_multiply,
  nb_inplace_multiply,
  nb_inplace_or,
  nb_inplace_power,
  nb_inplace_remainder,
  nb_inplace_rshift,
  nb_inplace_subtract,
  nb_inplace_true_divide,
  nb_inplace_xor,
  nb_int,
  nb_invert,
  nb_lshift,
  nb_matrix_multiply,
  nb_multiply,
  nb_negative,
  nb_or,
  nb_positive,
  nb_power,
  nb_remainder,
  nb_rshift,
  nb_subtract,
  nb_true_divide,
  nb_xor,
  sq_concat,
  sq_inplace_concat,
  sq_inplace_repeat,
  sq_repeat,
} from './type_layout.js';

/** Calls the binary slot of `v` and `w`: a new reference, which may be NotImplemented, or NULL. */
export function binaryOp1(v: Obj, w: Obj, slot: number): Obj {
  const tv = Py_TYPE(v);
  const tw = Py_TYPE(w);
  const fv = H32[(tv + slot) >> 2];
  let fw = 0;
  if (tv !== tw) {
    fw = H32[(tw + slot) >> 2];
    if (fw === fv) fw = 0;
  }
  if (fv !== 0) {
    if (fw !== 0 && PyType_IsSubtype(tw, tv)) {
      const r = F[fw](v, w) as Obj;
      if (r !== Py_NotImplemented) return r;
      decref(r);
      fw = 0;
    }
    const r = F[fv](v, w) as Obj;
    if (r !== Py_NotImplemented) return r;
    decref(r);
  }
  if (fw !== 0) return F[fw](v, w) as Obj;
  return newref(Py_NotImplemented);
}

function unsupported(v: Obj, w: Obj, op: string): Obj {
  return PyErr_SetString(
    PyExc_TypeError,
    `unsupported operand type(s) for ${op}: '${typeName(v)}' and '${typeName(w)}'`,
  );
}

function binaryOp(v: Obj, w: Obj, slot: number, op: string): Obj {
  const r = binaryOp1(v, w, slot);
  if (r === Py_NotImplemented) {
    decref(r);
    return unsupported(v, w, op);
  }
  return r;
}

/** Tries the in-place slot of `v`, then the binary one; a new reference, NotImplemented included. */
function inplaceOp1(v: Obj, w: Obj, inplace: number, slot: number): Obj {
  const f = H32[(Py_TYPE(v) + inplace) >> 2];
  if (f !== 0) {
    const r = F[f](v, w) as Obj;
    if (r !== Py_NotImplemented) return r;
    decref(r);
  }
  return binaryOp1(v, w, slot);
}

function inplaceOp(v: Obj, w: Obj, inplace: number, slot: number, op: string): Obj {
  const r = inplaceOp1(v, w, inplace, slot);
  if (r === Py_NotImplemented) {
    decref(r);
    return unsupported(v, w, op);
  }
  return r;
}

/** v - w: a new reference, or NULL. */
export function PyNumber_Subtract(v: Obj, w: Obj): Obj {
  return binaryOp(v, w, nb_subtract, '-');
}

/** v -= w: a new reference, or NULL. */
export function PyNumber_InPlaceSubtract(v: Obj, w: Obj): Obj {
  return inplaceOp(v, w, nb_inplace_subtract, nb_subtract, '-=');
}

/** v @ w: a new reference, or NULL. */
export function PyNumber_MatrixMultiply(v: Obj, w: Obj): Obj {
  return binaryOp(v, w, nb_matrix_multiply, '@');
}

/** v @= w: a new reference, or NULL. */
export function PyNumber_InPlaceMatrixMultiply(v: Obj, w: Obj): Obj {
  return inplaceOp(v, w, nb_inplace_matrix_multiply, nb_matrix_multiply, '@=');
}

/** v // w: a new reference, or NULL. */
export function PyNumber_FloorDivide(v: Obj, w: Obj): Obj {
  return binaryOp(v, w, nb_floor_divide, '//');
}

/** v //= w: a new reference, or NULL. */
export function PyNumber_InPlaceFloorDivide(v: Obj, w: Obj): Obj {
  return inplaceOp(v, w, nb_inplace_floor_divide, nb_floor_divide, '//=');
}

/** v / w: a new reference, or NULL. */
export function PyNumber_TrueDivide(v: Obj, w: Obj): Obj {
  return binaryOp(v, w, nb_true_divide, '/');
}

/** v /= w: a new reference, or NULL. */
export function PyNumber_InPlaceTrueDivide(v: Obj, w: Obj): Obj {
  return inplaceOp(v, w, nb_inplace_true_divide, nb_true_divide, '/=');
}

/** v % w: a new reference, or NULL. */
export function PyNumber_Remainder(v: Obj, w: Obj): Obj {
  return binaryOp(v, w, nb_remainder, '%');
}

/** v %= w: a new reference, or NULL. */
export function PyNumber_InPlaceRemainder(v: Obj, w: Obj): Obj {
  return inplaceOp(v, w, nb_inplace_remainder, nb_remainder, '%=');
}

/** v << w: a new reference, or NULL. */
export function PyNumber_Lshift(v: Obj, w: Obj): Obj {
  return binaryOp(v, w, nb_lshift, '<<');
}

/** v <<= w: a new reference, or NULL. */
export function PyNumber_InPlaceLshift(v: Obj, w: Obj): Obj {
  return inplaceOp(v, w, nb_inplace_lshift, nb_lshift, '<<=');
}

/** v >> w: a new reference, or NULL. */
export function PyNumber_Rshift(v: Obj, w: Obj): Obj {
  return binaryOp(v, w, nb_rshift, '>>');
}

/** v >>= w: a new reference, or NULL. */
export function PyNumber_InPlaceRshift(v: Obj, w: Obj): Obj {
  return inplaceOp(v, w, nb_inplace_rshift, nb_rshift, '>>=');
}

/** v & w: a new reference, or NULL. */
export function PyNumber_And(v: Obj, w: Obj): Obj {
  return binaryOp(v, w, nb_and, '&');
}

/** v &= w: a new reference, or NULL. */
export function PyNumber_InPlaceAnd(v: Obj, w: Obj): Obj {
  return inplaceOp(v, w, nb_inplace_and, nb_and, '&=');
}

/** v ^ w: a new reference, or NULL. */
export function PyNumber_Xor(v: Obj, w: Obj): Obj {
  return binaryOp(v, w, nb_xor, '^');
}

/** v ^= w: a new reference, or NULL. */
export function PyNumber_InPlaceXor(v: Obj, w: Obj): Obj {
  return inplaceOp(v, w, nb_inplace_xor, nb_xor, '^=');
}

/** v | w: a new reference, or NULL. */
export function PyNumber_Or(v: Obj, w: Obj): Obj {
  return binaryOp(v, w, nb_or, '|');
}

/** v |= w: a new reference, or NULL. */
export function PyNumber_InPlaceOr(v: Obj, w: Obj): Obj {
  return inplaceOp(v, w, nb_inplace_or, nb_or, '|=');
}

/** divmod(v, w): a new reference, or NULL. */
export function PyNumber_Divmod(v: Obj, w: Obj): Obj {
  return binaryOp(v, w, nb_divmod, 'divmod()');
}

/** v + w, for numbers and sequences: a new reference, or NULL. */
export function PyNumber_Add(v: Obj, w: Obj): Obj {
  const r = binaryOp1(v, w, nb_add);
  if (r !== Py_NotImplemented) return r;
  decref(r);
  const concat = H32[(Py_TYPE(v) + sq_concat) >> 2];
  return concat !== 0 ? (F[concat](v, w) as Obj) : unsupported(v, w, '+');
}

/** v += w: a new reference, or NULL. */
export function PyNumber_InPlaceAdd(v: Obj, w: Obj): Obj {
  const r = inplaceOp1(v, w, nb_inplace_add, nb_add);
  if (r !== Py_NotImplemented) return r;
  decref(r);
  const type = Py_TYPE(v);
  const concat = H32[(type + sq_inplace_concat) >> 2] || H32[(type + sq_concat) >> 2];
  return concat !== 0 ? (F[concat](v, w) as Obj) : unsupported(v, w, '+=');
}

/** v * w, for numbers and sequences: a new reference, or NULL. */
export function PyNumber_Multiply(v: Obj, w: Obj): Obj {
  const r = binaryOp1(v, w, nb_multiply);
  if (r !== Py_NotImplemented) return r;
  decref(r);
  return sequenceRepeat(v, w, H32[(Py_TYPE(v) + sq_repeat) >> 2], '*');
}

/** v *= w: a new reference, or NULL. */
export function PyNumber_InPlaceMultiply(v: Obj, w: Obj): Obj {
  const r = inplaceOp1(v, w, nb_inplace_multiply, nb_multiply);
  if (r !== Py_NotImplemented) return r;
  decref(r);
  const type = Py_TYPE(v);
  return sequenceRepeat(v, w, H32[(type + sq_inplace_repeat) >> 2] || H32[(type + sq_repeat) >> 2], '*=');
}

function sequenceRepeat(v: Obj, w: Obj, left: number, op: string): Obj {
  if (left !== 0) return repeat(left, v, w);
  const right = H32[(Py_TYPE(w) + sq_repeat) >> 2];
  if (right !== 0) return repeat(right, w, v);
  return unsupported(v, w, op);
}

function repeat(slot: number, sequence: Obj, n: Obj): Obj {
  if (!PyIndex_Check(n))
    return PyErr_SetString(PyExc_TypeError, `can't multiply sequence by non-int of type '${typeName(n)}'`);
  const count = PyNumber_AsSsize_t(n, PyExc_OverflowError);
  if (count === -1 && PyErr_Occurred() !== 0) return NULL;
  return F[slot](sequence, count) as Obj;
}

function ternaryOp(v: Obj, w: Obj, z: Obj, slot: number, inplace: boolean): Obj {
  const tv = Py_TYPE(v);
  const tw = Py_TYPE(w);
  const fv = H32[(tv + slot) >> 2];
  let fw = 0;
  if (tv !== tw) {
    fw = H32[(tw + slot) >> 2];
    if (fw === fv) fw = 0;
  }
  if (fv !== 0) {
    if (fw !== 0 && PyType_IsSubtype(tw, tv)) {
      const r = F[fw](v, w, z) as Obj;
      if (r !== Py_NotImplemented) return r;
      decref(r);
      fw = 0;
    }
    const r = F[fv](v, w, z) as Obj;
    if (r !== Py_NotImplemented) return r;
    decref(r);
  }
  if (fw !== 0) {
    const r = F[fw](v, w, z) as Obj;
    if (r !== Py_NotImplemented) return r;
    decref(r);
  }
  const fz = H32[(Py_TYPE(z) + slot) >> 2];
  if (fz !== 0 && fz !== fv && fz !== fw) {
    const r = F[fz](v, w, z) as Obj;
    if (r !== Py_NotImplemented) return r;
    decref(r);
  }
  const op = inplace ? '**=' : '** or pow()';
  if (z === Py_None) return unsupported(v, w, op);
  return PyErr_SetString(
    PyExc_TypeError,
    `unsupported operand type(s) for ${op}: '${typeName(v)}', '${typeName(w)}', '${typeName(z)}'`,
  );
}

/** pow(v, w, z), z None if absent: a new reference, or NULL. */
export function PyNumber_Power(v: Obj, w: Obj, z: Obj): Obj {
  return ternaryOp(v, w, z, nb_power, false);
}

/** v **= w: a new reference, or NULL. */
export function PyNumber_InPlacePower(v: Obj, w: Obj, z: Obj): Obj {
  const f = H32[(Py_TYPE(v) + nb_inplace_power) >> 2];
  if (f !== 0) {
    const r = F[f](v, w, z) as Obj;
    if (r !== Py_NotImplemented) return r;
    decref(r);
  }
  return ternaryOp(v, w, z, nb_power, true);
}

function unaryOp(o: Obj, slot: number, op: string): Obj {
  const f = H32[(Py_TYPE(o) + slot) >> 2];
  if (f !== 0) return F[f](o) as Obj;
  return PyErr_SetString(PyExc_TypeError, `bad operand type for ${op}: '${typeName(o)}'`);
}

/** -o: a new reference, or NULL. */
export function PyNumber_Negative(o: Obj): Obj {
  return unaryOp(o, nb_negative, 'unary -');
}

/** +o: a new reference, or NULL. */
export function PyNumber_Positive(o: Obj): Obj {
  return unaryOp(o, nb_positive, 'unary +');
}

/** ~o: a new reference, or NULL. */
export function PyNumber_Invert(o: Obj): Obj {
  return unaryOp(o, nb_invert, 'unary ~');
}

/** abs(o): a new reference, or NULL. */
export function PyNumber_Absolute(o: Obj): Obj {
  return unaryOp(o, nb_absolute, 'abs()');
}

export function PyIndex_Check(o: Obj): boolean {
  return H32[(Py_TYPE(o) + nb_index) >> 2] !== 0;
}

export function PyNumber_Check(o: Obj): boolean {
  if (o === 0) return false;
  const type = Py_TYPE(o);
  return (
    H32[(type + nb_index) >> 2] !== 0 ||
    H32[(type + nb_int) >> 2] !== 0 ||
    H32[(type + nb_float) >> 2] !== 0 ||
    complexCheck(o)
  );
}

function complexCheck(o: Obj): boolean {
  return Py_TYPE(o) === PyComplex_Type || PyType_IsSubtype(Py_TYPE(o), PyComplex_Type);
}

/** operator.index(o), possibly of a subclass of int: a new reference, or NULL (_PyNumber_Index). */
export function _PyNumber_Index(o: Obj): Obj {
  if (PyLong_Check(o)) return newref(o);
  const f = H32[(Py_TYPE(o) + nb_index) >> 2];
  if (f === 0) return PyErr_SetString(PyExc_TypeError, `'${typeName(o)}' object cannot be interpreted as an integer`);
  const r = F[f](o) as Obj;
  if (r === 0 || PyLong_CheckExact(r)) return r;
  if (!PyLong_Check(r)) {
    PyErr_SetString(PyExc_TypeError, `__index__ returned non-int (type ${typeName(r)})`);
    decref(r);
    return NULL;
  }
  return strictSubclass(r, '__index__');
}

/** A result that is a strict subclass of int: deprecated. Steals `r`, returns it, or NULL if the warning is an error. */
function strictSubclass(r: Obj, method: string): Obj {
  const message =
    `${method} returned non-int (type ${typeName(r)}).  The ability to return an instance of a strict subclass of int is deprecated, ` +
    'and may not be allowed in a future version of Python.';
  if (PyErr_WarnEx(PyExc_DeprecationWarning, message, 1) < 0) {
    decref(r);
    return NULL;
  }
  return r;
}

/** operator.index(o), exactly an int: a new reference, or NULL. */
export function PyNumber_Index(o: Obj): Obj {
  const r = _PyNumber_Index(o);
  if (r === 0 || PyLong_CheckExact(r)) return r;
  const exact = _PyLong_Copy(r);
  decref(r);
  return exact;
}

/**
 * The index `o` as a Py_ssize_t; -1 with an exception on failure.  Out of range: `err` is raised, or the value is clipped if `err` is NULL.
 */
export function PyNumber_AsSsize_t(o: Obj, err: Obj): number {
  const value = _PyNumber_Index(o);
  if (value === 0) return -1;
  const n = PyLong_AsSsize_t(value);
  if (n === -1 && PyErr_Occurred() !== 0 && PyErr_ExceptionMatches(PyExc_OverflowError)) {
    PyErr_Clear();
    if (err === 0) {
      const sign = _PyLong_Sign(value);
      decref(value);
      return sign < 0 ? -0x80000000 : 0x7fffffff;
    }
    PyErr_SetString(err, `cannot fit '${typeName(o)}' into an index-sized integer`);
  }
  decref(value);
  return n;
}

/** int(o) without a base: a new reference to an int, or NULL. `parse` reads text and buffers (src/types/int). */
export function PyNumber_Long(o: Obj): Obj {
  if (PyLong_CheckExact(o)) return newref(o);
  const type = Py_TYPE(o);
  const f = H32[(type + nb_int) >> 2];
  if (f !== 0) {
    const r = F[f](o) as Obj;
    if (r === 0 || PyLong_CheckExact(r)) return r;
    if (!PyLong_Check(r)) {
      PyErr_SetString(PyExc_TypeError, `__int__ returned non-int (type ${typeName(r)})`);
      decref(r);
      return NULL;
    }
    const kept = strictSubclass(r, '__int__');
    if (kept === 0) return NULL;
    const exact = _PyLong_Copy(kept);
    decref(kept);
    return exact;
  }
  if (H32[(type + nb_index) >> 2] !== 0) return PyNumber_Index(o);
  const parsed = parseInt10(o);
  if (parsed !== 0 || PyErr_Occurred() !== 0) return parsed;
  return PyErr_SetString(
    PyExc_TypeError,
    `int() argument must be a string, a bytes-like object or a real number, not '${nameOfType(type)}'`,
  );
}

let parseInt10: (o: Obj) => Obj = () => NULL;
let parseFloat: (o: Obj) => Obj = () => NULL;

/** src/types/int*.ts and float*.ts tell how text is read: a new reference; NULL without an exception if `o` is neither text nor a buffer. */
export function setNumberParsers(int: (o: Obj) => Obj, float: (o: Obj) => Obj): void {
  parseInt10 = int;
  parseFloat = float;
}

/** float(o): a new reference, or NULL. */
export function PyNumber_Float(o: Obj): Obj {
  if (PyFloat_CheckExact(o)) return newref(o);
  const type = Py_TYPE(o);
  const f = H32[(type + nb_float) >> 2];
  if (f !== 0) {
    const r = F[f](o) as Obj;
    if (r === 0 || PyFloat_CheckExact(r)) return r;
    if (!PyFloat_Check(r)) {
      PyErr_SetString(PyExc_TypeError, `${nameOfType(type)}.__float__ returned non-float (type ${typeName(r)})`);
      decref(r);
      return NULL;
    }
    const message =
      `${nameOfType(type)}.__float__ returned non-float (type ${typeName(r)}).  The ability to return an instance of a strict subclass of float is ` +
      'deprecated, and may not be allowed in a future version of Python.';
    if (PyErr_WarnEx(PyExc_DeprecationWarning, message, 1) < 0) {
      decref(r);
      return NULL;
    }
    const value = PyFloat_AsDouble(r);
    decref(r);
    return PyFloat_FromDouble(value);
  }
  if (H32[(type + nb_index) >> 2] !== 0) {
    const i = _PyNumber_Index(o);
    if (i === 0) return NULL;
    const value = PyLong_AsDouble(i);
    decref(i);
    if (value === -1 && PyErr_Occurred() !== 0) return NULL;
    return PyFloat_FromDouble(value);
  }
  if (PyFloat_Check(o)) return PyFloat_FromDouble(PyFloat_AsDouble(o));
  const parsed = parseFloat(o);
  if (parsed !== 0 || PyErr_Occurred() !== 0) return parsed;
  return PyErr_SetString(
    PyExc_TypeError,
    `float() argument must be a string or a real number, not '${nameOfType(type)}'`,
  );
}
