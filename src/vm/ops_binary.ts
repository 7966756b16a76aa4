// The operators: what do BINARY_OP, COMPARE_OP and CONTAINS_OP do, and when do they become their specialized forms?
//
// Invariant: on success the operands' references are given up and a new result returned; on failure (NULL) the stack is untouched.

import { H16, H32, H8, HF64 } from '../memory/linear.js';
import { _Py_dict_lookup, _PyErr_SetKeyError, hashKey, PyDict_GetItemWithError } from '../object/dict.js';
import { DKIX_ERROR } from '../object/dict_keys.js';
import { PyErr_Occurred } from '../object/errors.js';
import { ob_fval, PyFloat_FromDouble } from '../object/float.js';
import { ob_refcnt, ob_type } from '../object/head.js';
import { decref, incref, newref } from '../object/header.js';
import {
  compactValue,
  isCompactLong,
  isMediumLong,
  longFromWhole,
  lv_digit,
  lv_tag,
  mediumValue,
  PyLong_FromLong,
} from '../object/long.js';
import { PyObject_GetItem } from '../object/mapping.js';
import * as NUM from '../object/number.js';
import { PyObject_IsTrue, PyObject_RichCompare } from '../object/object.js';
import { PySequence_Contains } from '../object/sequence.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_False,
  Py_None,
  Py_True,
  PyDict_Type,
  PyFloat_Type,
  PyList_Type,
  PyTuple_Type,
  PyUnicode_Type,
} from '../object/statics.js';
import { PyUnicode_Append, PyUnicode_Concat, unicode_eq } from '../object/unicode.js';
import * as O from '../compiler/opcodes.js';
import { F_LOCALSPLUS } from '../types/iframe.js';

/** An operand that nobody else refers to may become the result, in builds that do not watch each allocation. */
export const REUSE = !COUNT_ALLOCS && !Py_TRACE_REFS && !PYMALLOC_DEBUG;

/** The largest number below which every whole number is exact. */
const MAX_SAFE = 9007199254740991;

/** Executions after which an instruction that did not fit a specialized form is looked at again. */
const COOLDOWN = 52;

function isFloat(o: Obj): boolean {
  'use wasm';
  return H32[(o + ob_type) >> 2] === PyFloat_Type;
}

/** The specialized form that fits, or 0. */
function specialized(a: Obj, b: Obj, oparg: number): number {
  if (isCompactLong(a) && isCompactLong(b)) {
    switch (oparg) {
      case O.NB_ADD:
      case O.NB_INPLACE_ADD:
        return O.BINARY_OP_ADD_INT;
      case O.NB_SUBTRACT:
      case O.NB_INPLACE_SUBTRACT:
        return O.BINARY_OP_SUBTRACT_INT;
      case O.NB_MULTIPLY:
      case O.NB_INPLACE_MULTIPLY:
        return O.BINARY_OP_MULTIPLY_INT;
      case O.NB_POWER:
      case O.NB_INPLACE_POWER:
      case O.NB_MATRIX_MULTIPLY:
      case O.NB_INPLACE_MATRIX_MULTIPLY:
      case O.NB_SUBSCR:
        return 0;
      default:
        return O.BINARY_OP_EXTEND;
    }
  }
  if (isFloat(a) && isFloat(b)) {
    switch (oparg) {
      case O.NB_ADD:
      case O.NB_INPLACE_ADD:
        return O.BINARY_OP_ADD_FLOAT;
      case O.NB_SUBTRACT:
      case O.NB_INPLACE_SUBTRACT:
        return O.BINARY_OP_SUBTRACT_FLOAT;
      case O.NB_MULTIPLY:
      case O.NB_INPLACE_MULTIPLY:
        return O.BINARY_OP_MULTIPLY_FLOAT;
      case O.NB_TRUE_DIVIDE:
      case O.NB_INPLACE_TRUE_DIVIDE:
        return O.BINARY_OP_EXTEND;
      default:
        return 0;
    }
  }
  if ((isFloat(a) && isCompactLong(b)) || (isCompactLong(a) && isFloat(b))) {
    switch (oparg) {
      case O.NB_ADD:
      case O.NB_INPLACE_ADD:
      case O.NB_SUBTRACT:
      case O.NB_INPLACE_SUBTRACT:
      case O.NB_MULTIPLY:
      case O.NB_INPLACE_MULTIPLY:
      case O.NB_TRUE_DIVIDE:
      case O.NB_INPLACE_TRUE_DIVIDE:
        return O.BINARY_OP_EXTEND;
      default:
        return 0;
    }
  }
  if (oparg === O.NB_SUBSCR && isCompactLong(b)) {
    const type = H32[(a + ob_type) >> 2];
    if (type === PyList_Type) return O.BINARY_OP_SUBSCR_LIST_INT;
    if (type === PyTuple_Type) return O.BINARY_OP_SUBSCR_TUPLE_INT;
  }
  return 0;
}

/**
 * BINARY_OP on compact ints or floats, except +, -, * of the same kind: a new reference with the operands' given up; NULL, nothing done
 * and no exception, if this is not the place for these operands.
 */
export function binaryOther(a: Obj, b: Obj, oparg: number): Obj {
  'use wasm';
  let r: Obj;
  if (isCompactLong(a) && isCompactLong(b)) {
    const x = compactValue(a);
    const y = compactValue(b);
    let v: number;
    switch (oparg) {
      case O.NB_REMAINDER:
      case O.NB_INPLACE_REMAINDER:
        if (y === 0) return NULL;
        v = x % y;
        if (v !== 0 && v < 0 !== y < 0) v += y;
        break;
      case O.NB_FLOOR_DIVIDE:
      case O.NB_INPLACE_FLOOR_DIVIDE:
        if (y === 0) return NULL;
        v = x % y;
        if (v !== 0 && v < 0 !== y < 0) v += y;
        v = ((x - v) / y) | 0;
        break;
      case O.NB_AND:
      case O.NB_INPLACE_AND:
        v = x & y;
        break;
      case O.NB_OR:
      case O.NB_INPLACE_OR:
        v = x | y;
        break;
      case O.NB_XOR:
      case O.NB_INPLACE_XOR:
        v = x ^ y;
        break;
      case O.NB_LSHIFT:
      case O.NB_INPLACE_LSHIFT:
        if (y < 0 || y > 29 || (x < 0 ? -x : x) >> (30 - y) !== 0) return NULL;
        v = x << y;
        break;
      case O.NB_RSHIFT:
      case O.NB_INPLACE_RSHIFT:
        if (y < 0) return NULL;
        v = x >> (y > 31 ? 31 : y);
        break;
      case O.NB_TRUE_DIVIDE:
      case O.NB_INPLACE_TRUE_DIVIDE:
        if (y === 0) return NULL;
        r = PyFloat_FromDouble(x / y);
        return finish(r, a, b);
      default:
        return NULL;
    }
    if (REUSE && v > 256 && v < 0x40000000 && H32[(a + ob_refcnt) >> 2] === 1) {
      H32[(a + lv_tag) >> 2] = 8;
      H32[(a + lv_digit) >> 2] = v;
      decref(b);
      return a;
    }
    // -0 is no int.
    return finish(PyLong_FromLong(v | 0), a, b);
  }
  let x: number;
  let y: number;
  if (isFloat(a)) {
    x = HF64[(a + ob_fval) >> 3];
    if (isFloat(b)) y = HF64[(b + ob_fval) >> 3];
    else if (isCompactLong(b)) y = compactValue(b);
    else return NULL;
  } else if (isCompactLong(a) && isFloat(b)) {
    x = compactValue(a);
    y = HF64[(b + ob_fval) >> 3];
  } else return NULL;
  let v: number;
  switch (oparg) {
    case O.NB_ADD:
    case O.NB_INPLACE_ADD:
      v = x + y;
      break;
    case O.NB_SUBTRACT:
    case O.NB_INPLACE_SUBTRACT:
      v = x - y;
      break;
    case O.NB_MULTIPLY:
    case O.NB_INPLACE_MULTIPLY:
      v = x * y;
      break;
    case O.NB_TRUE_DIVIDE:
    case O.NB_INPLACE_TRUE_DIVIDE:
      if (y === 0) return NULL;
      v = x / y;
      break;
    default:
      return NULL;
  }
  return finish(PyFloat_FromDouble(v), a, b);
}

function finish(r: Obj, a: Obj, b: Obj): Obj {
  'use wasm';
  // Out of memory: the general way says so again.
  if (r === 0) return NULL;
  decref(a);
  decref(b);
  return r;
}

/** BINARY_OP in general: NULL with an exception on failure. */
export function binaryOp(frame: number, sp: number, oparg: number, pc: number): Obj {
  'use wasm';
  const a = H32[sp - 2] as Obj;
  const b = H32[sp - 1] as Obj;
  // Look for a specialized form now and then.
  const counter = H16[pc + 1];
  if (counter !== 0) H16[pc + 1] = counter - 1;
  else {
    const form = specialized(a, b, oparg);
    H16[pc + 1] = COOLDOWN;
    const op = H8[pc << 1];
    if (op < O.MIN_INSTRUMENTED_OPCODE) H8[pc << 1] = form === 0 ? O.BINARY_OP : form;
  }
  const ta = H32[(a + ob_type) >> 2];
  if (oparg === O.NB_SUBSCR && ta === PyDict_Type) {
    const v = PyDict_GetItemWithError(a, b);
    if (v === 0) {
      if (PyErr_Occurred() === 0) _PyErr_SetKeyError(b);
      return NULL;
    }
    incref(v);
    decref(a);
    decref(b);
    return v;
  }
  if (
    ta === PyUnicode_Type &&
    H32[(b + ob_type) >> 2] === PyUnicode_Type &&
    (oparg === O.NB_ADD || oparg === O.NB_INPLACE_ADD)
  ) {
    return concat(frame, sp, a, b, pc);
  }
  if (isMediumLong(a) && isMediumLong(b)) {
    let v = MAX_SAFE + 1;
    if (oparg === O.NB_ADD || oparg === O.NB_INPLACE_ADD) v = mediumValue(a) + mediumValue(b);
    else if (oparg === O.NB_SUBTRACT || oparg === O.NB_INPLACE_SUBTRACT) v = mediumValue(a) - mediumValue(b);
    else if (oparg === O.NB_MULTIPLY || oparg === O.NB_INPLACE_MULTIPLY) v = mediumValue(a) * mediumValue(b);
    // Beyond, the sum of the parts may have been rounded.
    if (v <= MAX_SAFE && v >= -MAX_SAFE) return finish(longFromWhole(v), a, b);
  }
  const r = binaryFunction(a, b, oparg);
  if (r !== 0) {
    decref(a);
    decref(b);
  }
  return r;
}

/** str + str.  If the result is stored at once in the variable that the left operand came from, the variable lets go of it, so that it can grow in place. */
function concat(frame: number, sp: number, a: Obj, b: Obj, pc: number): Obj {
  const next = H16[pc + 6];
  const local = ((frame + F_LOCALSPLUS) >> 2) + (next >> 8);
  if ((next & 255) === O.STORE_FAST && H32[local] === a && H32[(a + ob_refcnt) >> 2] === 2) {
    H32[local] = 0;
    decref(a);
    // The stack's reference goes into the result.
    H32[sp - 2] = 0;
    const r = PyUnicode_Append(a, b);
    if (r === 0) return NULL;
    decref(b);
    return r;
  }
  const r = PyUnicode_Concat(a, b);
  if (r !== 0) {
    decref(a);
    decref(b);
  }
  return r;
}

function binaryFunction(a: Obj, b: Obj, oparg: number): Obj {
  switch (oparg) {
    case O.NB_ADD:
      return NUM.PyNumber_Add(a, b);
    case O.NB_AND:
      return NUM.PyNumber_And(a, b);
    case O.NB_FLOOR_DIVIDE:
      return NUM.PyNumber_FloorDivide(a, b);
    case O.NB_LSHIFT:
      return NUM.PyNumber_Lshift(a, b);
    case O.NB_MATRIX_MULTIPLY:
      return NUM.PyNumber_MatrixMultiply(a, b);
    case O.NB_MULTIPLY:
      return NUM.PyNumber_Multiply(a, b);
    case O.NB_REMAINDER:
      return NUM.PyNumber_Remainder(a, b);
    case O.NB_OR:
      return NUM.PyNumber_Or(a, b);
    case O.NB_POWER:
      return NUM.PyNumber_Power(a, b, Py_None);
    case O.NB_RSHIFT:
      return NUM.PyNumber_Rshift(a, b);
    case O.NB_SUBTRACT:
      return NUM.PyNumber_Subtract(a, b);
    case O.NB_TRUE_DIVIDE:
      return NUM.PyNumber_TrueDivide(a, b);
    case O.NB_XOR:
      return NUM.PyNumber_Xor(a, b);
    case O.NB_INPLACE_ADD:
      return NUM.PyNumber_InPlaceAdd(a, b);
    case O.NB_INPLACE_AND:
      return NUM.PyNumber_InPlaceAnd(a, b);
    case O.NB_INPLACE_FLOOR_DIVIDE:
      return NUM.PyNumber_InPlaceFloorDivide(a, b);
    case O.NB_INPLACE_LSHIFT:
      return NUM.PyNumber_InPlaceLshift(a, b);
    case O.NB_INPLACE_MATRIX_MULTIPLY:
      return NUM.PyNumber_InPlaceMatrixMultiply(a, b);
    case O.NB_INPLACE_MULTIPLY:
      return NUM.PyNumber_InPlaceMultiply(a, b);
    case O.NB_INPLACE_REMAINDER:
      return NUM.PyNumber_InPlaceRemainder(a, b);
    case O.NB_INPLACE_OR:
      return NUM.PyNumber_InPlaceOr(a, b);
    case O.NB_INPLACE_POWER:
      return NUM.PyNumber_InPlacePower(a, b, Py_None);
    case O.NB_INPLACE_RSHIFT:
      return NUM.PyNumber_InPlaceRshift(a, b);
    case O.NB_INPLACE_SUBTRACT:
      return NUM.PyNumber_InPlaceSubtract(a, b);
    case O.NB_INPLACE_TRUE_DIVIDE:
      return NUM.PyNumber_InPlaceTrueDivide(a, b);
    case O.NB_INPLACE_XOR:
      return NUM.PyNumber_InPlaceXor(a, b);
    default:
      return PyObject_GetItem(a, b);
  }
}

/** COMPARE_OP. */
export function compareOp(sp: number, oparg: number, pc: number): Obj {
  'use wasm';
  const a = H32[sp - 2] as Obj;
  const b = H32[sp - 1] as Obj;
  const counter = H16[pc + 1];
  if (counter !== 0) H16[pc + 1] = counter - 1;
  else {
    H16[pc + 1] = COOLDOWN;
    if (H8[pc << 1] < O.MIN_INSTRUMENTED_OPCODE)
      H8[pc << 1] = isCompactLong(a) && isCompactLong(b) ? O.COMPARE_OP_INT : O.COMPARE_OP;
  }
  const op = oparg >> 5;
  let r: Obj;
  if (isFloat(a) && isFloat(b)) {
    const x = HF64[(a + ob_fval) >> 3];
    const y = HF64[(b + ob_fval) >> 3];
    const outcome =
      x < y
        ? O.COMPARISON_LESS_THAN
        : x > y
          ? O.COMPARISON_GREATER_THAN
          : x === y
            ? O.COMPARISON_EQUALS
            : O.COMPARISON_UNORDERED;
    r = newref(outcome & oparg ? Py_True : Py_False);
  } else if (
    op === O.CMP_EQ &&
    H32[(a + ob_type) >> 2] === PyUnicode_Type &&
    H32[(b + ob_type) >> 2] === PyUnicode_Type
  ) {
    r = newref(a === b || unicode_eq(a, b) ? Py_True : Py_False);
  } else {
    r = PyObject_RichCompare(a, b, op);
    if (r === 0) return NULL;
    if (oparg & O.COMPARE_TO_BOOL && r !== Py_True && r !== Py_False) {
      const truth = PyObject_IsTrue(r);
      decref(r);
      if (truth < 0) return NULL;
      r = newref(truth ? Py_True : Py_False);
    }
  }
  decref(a);
  decref(b);
  return r;
}

/** CONTAINS_OP. */
export function containsOp(sp: number, oparg: number): Obj {
  'use wasm';
  const item = H32[sp - 2] as Obj;
  const container = H32[sp - 1] as Obj;
  let there = -1;
  if (H32[(container + ob_type) >> 2] === PyDict_Type) {
    const hash = hashKey(item);
    const ix = hash === -1 ? DKIX_ERROR : _Py_dict_lookup(container, item, hash);
    there = ix === DKIX_ERROR ? -1 : ix >= 0 ? 1 : 0;
  } else there = PySequence_Contains(container, item);
  if (there < 0) return NULL;
  decref(item);
  decref(container);
  return newref((there === 1) === (oparg === 0) ? Py_True : Py_False);
}
