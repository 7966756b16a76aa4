// What is the module array?  Invariant: see array_storage.ts; items are converted before anything is moved, so that an error or code run by a
// conversion leaves a valid array.

import { H8, H32 } from '../memory/linear.js';
import {
  acquireBytes,
  BUF_format,
  BUF_itemsize,
  BUF_shape,
  BUF_strides,
  PyBUF_FORMAT,
  PyBUF_ND,
  PyBuffer_FillInfo,
  PyBUF_SIMPLE,
  PyBUF_STRIDES,
  rangeLength,
  rangeStart,
  releaseBytes,
  PyObject_CheckBuffer,
} from '../object/buffer.js';
import { PyByteArray_Check } from '../object/bytearray.js';
import { PyBytes_Check, PyBytes_FromStringAndSize, PyBytes_GET_SIZE } from '../object/bytes.js';
import { PyObject_CallMethodOneArg } from '../object/call.js';
import { classMethod, defineModule, defineType, getset, method } from '../object/declare.js';
import { errMinus1, PyErr_Occurred, PyErr_SetString, PyErr_WarnEx, reprText, typeName } from '../object/errors.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import { iteratorReduce } from '../object/iter_reduce.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyList_Check, PyList_GET_ITEM, PyList_GET_SIZE, PyList_New, PyList_SET_ITEM } from '../object/list.js';
import { PyLong_AsSsize_t, PyLong_FromLong } from '../object/long.js';
import { PyModule_Add, PyModule_AddObjectRef } from '../object/module_storage.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyIndex_Check, PyNumber_AsSsize_t } from '../object/number.js';
import {
  Py_EQ,
  Py_NE,
  PyBool_FromLong,
  PyObject_GenericGetAttr,
  PyObject_GetAttr,
  PyObject_GetAttrString,
  PyObject_GetOptionalAttr,
  PyObject_RichCompare,
  PyObject_RichCompareBool,
  PyObject_SelfIter,
  richCompareNumbers,
} from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import {
  PySlice_AdjustIndices,
  PySlice_Check,
  PySlice_Unpack,
  sliceStart,
  sliceStep,
  sliceStop,
} from '../object/slice.js';
import {
  Py_None,
  Py_NotImplemented,
  PyExc_BufferError,
  PyExc_DeprecationWarning,
  PyExc_EOFError,
  PyExc_IndexError,
  PyExc_TypeError,
  PyExc_ValueError,
  staticType,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import {
  ob_size,
  Py_TPFLAGS_BASETYPE,
  Py_TPFLAGS_HAVE_GC,
  Py_TPFLAGS_SEQUENCE,
  tp_basicsize,
} from '../object/type_layout.js';
import {
  asString,
  fromCodePoints,
  PyUnicode_Check,
  PyUnicode_FromString,
  PyUnicode_GET_LENGTH,
  PyUnicode_READ_CHAR,
} from '../object/unicode.js';
import { array_reconstructor, machineFormat } from './array_pickle.js';
import {
  a_allocated,
  a_code,
  a_exports,
  Array_Type,
  arrayItem,
  ArrayLayout,
  codeOf,
  indexOfCode,
  isArray,
  itemsOf,
  newArray,
  resizeArray,
  scratch,
  setArrayItem,
  sizeOf,
  TYPE_CODES,
} from './array_storage.js';
import { noKwargsFor } from '../types/float.js';

const none = (r: number): Obj => (r < 0 ? NULL : newref(Py_None));

// ---- making --------------------------------------------------------------------------------------------------------------------

function array_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargsFor(type, Array_Type, 'array.array', kwargs)) return NULL;
  const n = PyTuple_GET_SIZE(args);
  if (n < 1) return PyErr_SetString(PyExc_TypeError, 'array() takes at least 1 argument (0 given)');
  if (n > 2) return PyErr_SetString(PyExc_TypeError, `array() takes at most 2 arguments (${n} given)`);
  const c = PyTuple_GET_ITEM(args, 0);
  if (!PyUnicode_Check(c)) {
    return PyErr_SetString(PyExc_TypeError, `array() argument 1 must be a unicode character, not ${typeName(c)}`);
  }
  if (PyUnicode_GET_LENGTH(c) !== 1) {
    return PyErr_SetString(
      PyExc_TypeError,
      `array() argument 1 must be a unicode character, not a string of length ${PyUnicode_GET_LENGTH(c)}`,
    );
  }
  const letter = asString(c);
  if (letter === 'u') {
    const text = "The 'u' type code is deprecated and will be removed in Python 3.16";
    if (PyErr_WarnEx(PyExc_DeprecationWarning, text, 1) < 0) return NULL;
  }
  const code = indexOfCode(letter);
  const initial = n === 2 ? PyTuple_GET_ITEM(args, 1) : NULL;
  const isText = letter === 'u' || letter === 'w';
  if (initial !== 0 && !isText) {
    if (PyUnicode_Check(initial)) {
      return PyErr_SetString(PyExc_TypeError, `cannot use a str to initialize an array with typecode '${letter}'`);
    }
    if (isArray(initial) && codeOf(initial).kind === 'text') {
      return PyErr_SetString(
        PyExc_TypeError,
        `cannot use a unicode array to initialize an array with typecode '${letter}'`,
      );
    }
  }
  if (code < 0) {
    return PyErr_SetString(PyExc_ValueError, 'bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)');
  }
  const a = newArray(type, 0, code);
  if (a === 0 || initial === 0) return a;
  if (fill(a, initial, isText) < 0) {
    decref(a);
    return NULL;
  }
  return a;
}

/** Appends what an initialiser gives: 0, or -1. */
function fill(a: Obj, initial: Obj, isText: boolean): number {
  if (PyBytes_Check(initial) || PyByteArray_Check(initial)) return appendBytes(a, initial);
  if (PyUnicode_Check(initial) && isText) return appendText(a, initial);
  if (isArray(initial) && H32[(a + a_code) >> 2] === H32[(initial + a_code) >> 2]) return appendArray(a, initial);
  return extendFrom(a, initial);
}

function appendBytes(a: Obj, source: Obj): number {
  const handle = acquireBytes(source);
  if (handle === 0) return -1;
  const from = rangeStart;
  const length = rangeLength;
  const size = codeOf(a).size;
  let r = -1;
  if (length % size !== 0) PyErr_SetString(PyExc_ValueError, 'bytes length not a multiple of item size');
  else {
    const old = sizeOf(a);
    r = length === 0 ? 0 : resizeArray(a, old + length / size);
    if (r === 0 && length > 0) H8.copyWithin(itemsOf(a) + old * size, from, from + length);
  }
  releaseBytes(handle);
  return r;
}

function appendText(a: Obj, text: Obj): number {
  const n = PyUnicode_GET_LENGTH(text);
  const old = sizeOf(a);
  if (n === 0) return 0;
  if (resizeArray(a, old + n) < 0) return -1;
  const at = itemsOf(a) >> 2;
  for (let i = 0; i < n; i++) H32[at + old + i] = PyUnicode_READ_CHAR(text, i);
  return 0;
}

function appendArray(a: Obj, b: Obj): number {
  if (H32[(a + a_code) >> 2] !== H32[(b + a_code) >> 2])
    return errMinus1(PyExc_TypeError, 'can only extend with array of same kind');
  const n = sizeOf(b);
  const old = sizeOf(a);
  if (n === 0) return 0;
  if (resizeArray(a, old + n) < 0) return -1;
  const size = codeOf(a).size;
  // b may be a: its items are now where a's are.
  H8.copyWithin(itemsOf(a) + old * size, itemsOf(b), itemsOf(b) + n * size);
  return 0;
}

function appendItem(a: Obj, v: Obj): number {
  return insertAt(a, 0x7fffffff, v);
}

/** Inserts v before index `where`, which is clipped: 0, or -1. */
function insertAt(a: Obj, where: number, v: Obj): number {
  const t = codeOf(a);
  // The conversion first: it may fail, or change the array.
  if (t.set(scratch, v) < 0) return -1;
  const n = sizeOf(a);
  if (where < 0) where = Math.max(where + n, 0);
  if (where > n) where = n;
  if (resizeArray(a, n + 1) < 0) return -1;
  const p = itemsOf(a);
  if (where < n) H8.copyWithin(p + (where + 1) * t.size, p + where * t.size, p + n * t.size);
  H8.copyWithin(p + where * t.size, scratch, scratch + t.size);
  return 0;
}

function extendFrom(a: Obj, iterable: Obj): number {
  const it = PyObject_GetIter(iterable);
  if (it === 0) return -1;
  for (;;) {
    const v = PyIter_Next(it);
    if (v === 0) break;
    const r = appendItem(a, v);
    decref(v);
    if (r < 0) break;
  }
  decref(it);
  return PyErr_Occurred() !== 0 ? -1 : 0;
}

// ---- as a sequence ---------------------------------------------------------------------------------------------------------------

const outOfRange = (what: string): Obj => PyErr_SetString(PyExc_IndexError, what);

function array_item(a: Obj, i: number): Obj {
  return i < 0 || i >= sizeOf(a) ? outOfRange('array index out of range') : arrayItem(a, i);
}

/** A copy of items from start on, n of them by step: new, or NULL. */
function copyOf(a: Obj, start: number, n: number, step: number): Obj {
  const r = newArray(Array_Type, n, H32[(a + a_code) >> 2]);
  if (r === 0) return NULL;
  const size = codeOf(a).size;
  const from = itemsOf(a);
  const to = itemsOf(r);
  if (step === 1) H8.copyWithin(to, from + start * size, from + (start + n) * size);
  else
    for (let i = 0, at = start; i < n; i++, at += step)
      H8.copyWithin(to + i * size, from + at * size, from + (at + 1) * size);
  return r;
}

function array_subscript(a: Obj, key: Obj): Obj {
  if (PyIndex_Check(key)) {
    let i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i === -1 && PyErr_Occurred() !== 0) return NULL;
    if (i < 0) i += sizeOf(a);
    return array_item(a, i);
  }
  if (PySlice_Check(key)) {
    if (PySlice_Unpack(key) < 0) return NULL;
    const n = PySlice_AdjustIndices(sizeOf(a));
    return copyOf(a, sliceStart, n, sliceStep);
  }
  return PyErr_SetString(PyExc_TypeError, 'array indices must be integers');
}

/** Removes n items from index at on: 0, or -1. */
function removeRange(a: Obj, at: number, n: number): number {
  if (n === 0) return 0;
  if (H32[(a + a_exports) >> 2] > 0)
    return errMinus1(PyExc_BufferError, 'cannot resize an array that is exporting buffers');
  const size = codeOf(a).size;
  const p = itemsOf(a);
  const count = sizeOf(a);
  H8.copyWithin(p + at * size, p + (at + n) * size, p + count * size);
  return resizeArray(a, count - n);
}

function array_ass_item(a: Obj, i: number, v: Obj): number {
  if (i < 0 || i >= sizeOf(a)) return errMinus1(PyExc_IndexError, 'array assignment index out of range');
  return v === 0 ? removeRange(a, i, 1) : setArrayItem(a, i, v);
}

function array_ass_subscript(a: Obj, key: Obj, v: Obj): number {
  if (PyIndex_Check(key)) {
    let i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i === -1 && PyErr_Occurred() !== 0) return -1;
    if (i < 0) i += sizeOf(a);
    return array_ass_item(a, i, v);
  }
  if (!PySlice_Check(key)) return errMinus1(PyExc_TypeError, 'array indices must be integers');
  if (PySlice_Unpack(key) < 0) return -1;
  const n = PySlice_AdjustIndices(sizeOf(a));
  const start = sliceStart;
  const stop = sliceStop;
  const step = sliceStep;
  if (v === 0) return deleteSlice(a, start, stop, step, n);
  if (!isArray(v)) return errMinus1(PyExc_TypeError, `can only assign array (not "${typeName(v)}") to array slice`);
  if (H32[(a + a_code) >> 2] !== H32[(v + a_code) >> 2]) {
    return errMinus1(PyExc_TypeError, 'bad argument type for built-in operation');
  }
  if (v === a) {
    const copy = copyOf(a, 0, sizeOf(a), 1);
    if (copy === 0) return -1;
    const r = assignSlice(a, start, stop, step, n, copy);
    decref(copy);
    return r;
  }
  return assignSlice(a, start, stop, step, n, v);
}

function assignSlice(a: Obj, start: number, stop: number, step: number, n: number, v: Obj): number {
  const size = codeOf(a).size;
  const needed = sizeOf(v);
  if (step === 1) {
    const end = Math.max(start, stop);
    const count = sizeOf(a);
    if (n !== needed && H32[(a + a_exports) >> 2] > 0) {
      return errMinus1(PyExc_BufferError, 'cannot resize an array that is exporting buffers');
    }
    if (needed < n) {
      const p = itemsOf(a);
      H8.copyWithin(p + (start + needed) * size, p + end * size, p + count * size);
      if (resizeArray(a, count - n + needed) < 0) return -1;
    } else if (needed > n) {
      if (resizeArray(a, count - n + needed) < 0) return -1;
      const p = itemsOf(a);
      H8.copyWithin(p + (start + needed) * size, p + end * size, p + count * size);
    }
    if (needed > 0) H8.copyWithin(itemsOf(a) + start * size, itemsOf(v), itemsOf(v) + needed * size);
    return 0;
  }
  if (needed !== n) {
    return errMinus1(PyExc_ValueError, `attempt to assign array of size ${needed} to extended slice of size ${n}`);
  }
  for (let i = 0, at = start; i < n; i++, at += step) {
    H8.copyWithin(itemsOf(a) + at * size, itemsOf(v) + i * size, itemsOf(v) + (i + 1) * size);
  }
  return 0;
}

function deleteSlice(a: Obj, start: number, stop: number, step: number, n: number): number {
  if (n === 0) return 0;
  if (step < 0) {
    stop = start + 1;
    start = stop + step * (n - 1) - 1;
    step = -step;
  }
  if (step === 1) return removeRange(a, start, n);
  if (H32[(a + a_exports) >> 2] > 0)
    return errMinus1(PyExc_BufferError, 'cannot resize an array that is exporting buffers');
  const size = codeOf(a).size;
  const p = itemsOf(a);
  const count = sizeOf(a);
  let to = start;
  for (let i = start; i < count; i++) {
    if ((i - start) % step === 0 && (i - start) / step < n) continue;
    H8.copyWithin(p + to * size, p + i * size, p + (i + 1) * size);
    to++;
  }
  return resizeArray(a, count - n);
}

function array_concat(a: Obj, b: Obj): Obj {
  if (!isArray(b)) return PyErr_SetString(PyExc_TypeError, `can only append array (not "${typeName(b)}") to array`);
  if (H32[(a + a_code) >> 2] !== H32[(b + a_code) >> 2]) {
    return PyErr_SetString(PyExc_TypeError, 'bad argument type for built-in operation');
  }
  const r = copyOf(a, 0, sizeOf(a), 1);
  if (r !== 0 && appendArray(r, b) < 0) {
    decref(r);
    return NULL;
  }
  return r;
}

function repeatInto(r: Obj, from: number, bytes: number, n: number): void {
  const to = itemsOf(r);
  for (let i = 0; i < n; i++) H8.copyWithin(to + i * bytes, from, from + bytes);
}

function array_repeat(a: Obj, n: number): Obj {
  if (n < 0) n = 0;
  const count = sizeOf(a);
  if (count * n > 0x7fffffff) return PyErr_NoMemory();
  const r = newArray(Array_Type, count * n, H32[(a + a_code) >> 2]);
  if (r !== 0 && count * n > 0) repeatInto(r, itemsOf(a), count * codeOf(a).size, n);
  return r;
}

function array_inplace_concat(a: Obj, b: Obj): Obj {
  if (!isArray(b)) return PyErr_SetString(PyExc_TypeError, `can only extend with array (not "${typeName(b)}")`);
  return appendArray(a, b) < 0 ? NULL : newref(a);
}

function array_inplace_repeat(a: Obj, n: number): Obj {
  const count = sizeOf(a);
  if (n < 0) n = 0;
  if (count > 0 && n !== 1) {
    if (count * n > 0x7fffffff) return PyErr_NoMemory();
    if (resizeArray(a, count * n) < 0) return NULL;
    if (n > 1) repeatInto(a, itemsOf(a), count * codeOf(a).size, n);
  }
  return newref(a);
}

/** The first index of v from start to stop, -1 if there is none, -2 with an exception. */
function find(a: Obj, v: Obj, start: number, stop: number): number {
  for (let i = start; i < stop && i < sizeOf(a); i++) {
    const item = arrayItem(a, i);
    if (item === 0) return -2;
    const equal = PyObject_RichCompareBool(item, v, Py_EQ);
    decref(item);
    if (equal !== 0) return equal < 0 ? -2 : i;
  }
  return -1;
}

function array_contains(a: Obj, v: Obj): number {
  const i = find(a, v, 0, 0x7fffffff);
  return i === -2 ? -1 : i < 0 ? 0 : 1;
}

function array_richcompare(a: Obj, b: Obj, op: number): Obj {
  if (!isArray(a) || !isArray(b)) return newref(Py_NotImplemented);
  const n = sizeOf(a);
  const m = sizeOf(b);
  if (n !== m && (op === Py_EQ || op === Py_NE)) return PyBool_FromLong(op === Py_NE);
  for (let i = 0; i < n && i < m && i < sizeOf(a) && i < sizeOf(b); i++) {
    const v = arrayItem(a, i);
    const w = v === 0 ? NULL : arrayItem(b, i);
    const equal = w === 0 ? -1 : PyObject_RichCompareBool(v, w, Py_EQ);
    let r: Obj = NULL;
    // The first difference decides.
    if (equal === 0) r = op === Py_EQ || op === Py_NE ? PyBool_FromLong(op === Py_NE) : PyObject_RichCompare(v, w, op);
    if (v !== 0) decref(v);
    if (w !== 0) decref(w);
    if (equal <= 0) return r;
  }
  return richCompareNumbers(sizeOf(a), sizeOf(b), op);
}

// ---- methods ---------------------------------------------------------------------------------------------------------------------

function tolist(a: Obj): Obj {
  const n = sizeOf(a);
  const list = PyList_New(n);
  for (let i = 0; list !== 0 && i < n; i++) {
    const v = arrayItem(a, i);
    if (v === 0) {
      decref(list);
      return NULL;
    }
    PyList_SET_ITEM(list, i, v);
  }
  return list;
}

function textOf(a: Obj): Obj {
  const points: number[] = [];
  for (let i = 0, at = itemsOf(a) >> 2; i < sizeOf(a); i++) {
    const c = H32[at + i];
    if (c < 0 || c > 0x10ffff) {
      return PyErr_SetString(
        PyExc_ValueError,
        `character U+${(c >>> 0).toString(16)} is not in range [U+0000; U+10ffff]`,
      );
    }
    points.push(c);
  }
  return fromCodePoints(points);
}

function array_repr(a: Obj): Obj {
  const code = codeOf(a).code;
  const name = typeName(a).replace(/^.*\./, '');
  if (sizeOf(a) === 0) return PyUnicode_FromString(`${name}('${code}')`);
  const v = codeOf(a).kind === 'text' ? textOf(a) : tolist(a);
  if (v === 0) return NULL;
  const text = reprText(v);
  decref(v);
  return PyUnicode_FromString(`${name}('${code}', ${text})`);
}

const tobytes = (a: Obj): Obj => PyBytes_FromStringAndSize(itemsOf(a), sizeOf(a) * codeOf(a).size);

function insert(a: Obj, where: number, v: Obj): Obj {
  return none(insertAt(a, where, v));
}

function pop(a: Obj, i: number): Obj {
  const n = sizeOf(a);
  if (n === 0) return outOfRange('pop from empty array');
  if (i < 0) i += n;
  if (i < 0 || i >= n) return outOfRange('pop index out of range');
  const v = arrayItem(a, i);
  if (v !== 0 && removeRange(a, i, 1) < 0) {
    decref(v);
    return NULL;
  }
  return v;
}

function remove(a: Obj, v: Obj): Obj {
  const i = find(a, v, 0, 0x7fffffff);
  if (i === -1) return PyErr_SetString(PyExc_ValueError, 'array.remove(x): x not in array');
  return i < 0 ? NULL : none(removeRange(a, i, 1));
}

function index(a: Obj, v: Obj, start: number, stop: number): Obj {
  const n = sizeOf(a);
  if (start < 0) start = Math.max(start + n, 0);
  if (stop < 0) stop += n;
  const i = find(a, v, start, stop);
  if (i === -1) return PyErr_SetString(PyExc_ValueError, 'array.index(x): x not in array');
  return i < 0 ? NULL : PyLong_FromLong(i);
}

function count(a: Obj, v: Obj): Obj {
  let n = 0;
  for (let i = 0; ; i++) {
    i = find(a, v, i, 0x7fffffff);
    if (i === -2) return NULL;
    if (i === -1) return PyLong_FromLong(n);
    n++;
  }
}

function reverse(a: Obj): Obj {
  const size = codeOf(a).size;
  const p = itemsOf(a);
  for (let i = 0, j = sizeOf(a) - 1; i < j; i++, j--) swap(p + i * size, p + j * size, size);
  return newref(Py_None);
}

function swap(p: number, q: number, n: number): void {
  for (let i = 0; i < n; i++) {
    const b = H8[p + i];
    H8[p + i] = H8[q + i];
    H8[q + i] = b;
  }
}

function byteswap(a: Obj): Obj {
  const size = codeOf(a).size;
  const p = itemsOf(a);
  if (size > 1) for (let i = 0; i < sizeOf(a); i++) H8.subarray(p + i * size, p + (i + 1) * size).reverse();
  return newref(Py_None);
}

function buffer_info(a: Obj): Obj {
  const address = PyLong_FromLong(itemsOf(a));
  const n = PyLong_FromLong(sizeOf(a));
  const t = PyTuple_Pack(address, n);
  decref(address);
  decref(n);
  return t;
}

function extend(a: Obj, other: Obj): Obj {
  return none(isArray(other) ? appendArray(a, other) : extendFrom(a, other));
}

function fromlist(a: Obj, list: Obj): Obj {
  if (!PyList_Check(list)) return PyErr_SetString(PyExc_TypeError, 'arg must be list');
  const n = PyList_GET_SIZE(list);
  const old = sizeOf(a);
  for (let i = 0; i < n; i++) {
    if (i >= PyList_GET_SIZE(list)) {
      PyErr_SetString(PyExc_ValueError, 'list changed size during iteration');
    } else {
      const v = newref(PyList_GET_ITEM(list, i));
      const r = appendItem(a, v);
      decref(v);
      if (r === 0) continue;
    }
    resizeArray(a, old);
    return NULL;
  }
  return newref(Py_None);
}

function frombytes(a: Obj, source: Obj): Obj {
  if (!PyObject_CheckBuffer(source)) {
    return PyErr_SetString(PyExc_TypeError, `a bytes-like object is required, not '${typeName(source)}'`);
  }
  return none(appendBytes(a, source));
}

function fromunicode(a: Obj, text: Obj): Obj {
  if (codeOf(a).kind !== 'text') {
    return PyErr_SetString(PyExc_ValueError, "fromunicode() may only be called on unicode type arrays ('u' or 'w')");
  }
  return none(appendText(a, text));
}

function tounicode(a: Obj): Obj {
  if (codeOf(a).kind !== 'text') {
    return PyErr_SetString(PyExc_ValueError, "tounicode() may only be called on unicode type arrays ('u' or 'w')");
  }
  return textOf(a);
}

const s_read = ID('read');
const s_write = ID('write');
const s_dict = ID('__dict__');

function fromfile(a: Obj, f: Obj, n: number): Obj {
  if (n < 0) return PyErr_SetString(PyExc_ValueError, 'negative count');
  const wanted = n * codeOf(a).size;
  if (wanted > 0x7fffffff) return PyErr_NoMemory();
  const size = PyLong_FromLong(wanted);
  const data = PyObject_CallMethodOneArg(f, idObj(s_read), size);
  decref(size);
  if (data === 0) return NULL;
  let r = -1;
  if (!PyBytes_Check(data)) PyErr_SetString(PyExc_TypeError, "read() didn't return bytes");
  else {
    const short = PyBytes_GET_SIZE(data) !== wanted;
    r = appendBytes(a, data);
    // What was there has been taken all the same.
    if (r === 0 && short) r = errMinus1(PyExc_EOFError, "read() didn't return enough bytes");
  }
  decref(data);
  return none(r);
}

const BLOCK = 64 * 1024;

function tofile(a: Obj, f: Obj): Obj {
  const bytes = sizeOf(a) * codeOf(a).size;
  for (let at = 0; at < bytes; at += BLOCK) {
    const block = PyBytes_FromStringAndSize(itemsOf(a) + at, Math.min(BLOCK, bytes - at));
    if (block === 0) return NULL;
    const r = PyObject_CallMethodOneArg(f, idObj(s_write), block);
    decref(block);
    if (r === 0) return NULL;
    decref(r);
  }
  return newref(Py_None);
}

const s_reconstructor = ID('_array_reconstructor');

/** The reconstructor function of the module, which pickles name: new, or NULL. */
function reconstructor(): Obj {
  const m = port.importModule('array');
  if (m === 0) return NULL;
  const f = PyObject_GetAttr(m, idObj(s_reconstructor));
  decref(m);
  return f;
}

function reduce_ex(a: Obj, protocolObj: Obj): Obj {
  const protocol = PyLong_AsSsize_t(protocolObj);
  if (protocol === -1 && PyErr_Occurred() !== 0) return NULL;
  let dict = PyObject_GetOptionalAttr(a, idObj(s_dict));
  if (dict === 0) {
    if (PyErr_Occurred() !== 0) return NULL;
    dict = newref(Py_None);
  }
  const code = PyUnicode_FromString(codeOf(a).code);
  const format = machineFormat(codeOf(a));
  let r: Obj = NULL;
  if (format < 0 || protocol < 3) {
    const list = tolist(a);
    const args = list === 0 ? NULL : PyTuple_Pack(code, list);
    if (args !== 0) r = PyTuple_Pack(Py_TYPE(a), args, dict);
    if (list !== 0) decref(list);
    if (args !== 0) decref(args);
  } else {
    const f = reconstructor();
    const bytes = tobytes(a);
    const number = PyLong_FromLong(format);
    const args = bytes === 0 ? NULL : PyTuple_Pack(Py_TYPE(a), code, number, bytes);
    if (args !== 0 && f !== 0) r = PyTuple_Pack(f, args, dict);
    for (const o of [f, bytes, number, args]) if (o !== 0) decref(o);
  }
  decref(code);
  decref(dict);
  return r;
}

// ---- buffer ----------------------------------------------------------------------------------------------------------------------

function getbuffer(a: Obj, view: number, flags: number): number {
  const t = codeOf(a);
  const p = itemsOf(a);
  const r = PyBuffer_FillInfo(view, a, p === 0 ? t.format : p, sizeOf(a) * t.size, false, PyBUF_SIMPLE);
  if (r < 0) return r;
  H32[(view + BUF_itemsize) >> 2] = t.size;
  if (flags & PyBUF_ND) H32[(view + BUF_shape) >> 2] = a + ob_size;
  if ((flags & PyBUF_STRIDES) === PyBUF_STRIDES) H32[(view + BUF_strides) >> 2] = view + BUF_itemsize;
  H32[(view + BUF_format) >> 2] = flags & PyBUF_FORMAT ? t.format : 0;
  H32[(a + a_exports) >> 2]++;
  return 0;
}

function releasebuffer(a: Obj): void {
  H32[(a + a_exports) >> 2]--;
}

// ---- iterator --------------------------------------------------------------------------------------------------------------------

const ArrayIter = layout({ index: i32, array: ref });
const { index: ai_index, array: ai_array } = ArrayIter;
const ArrayIter_Type = staticType();

function array_iter(a: Obj): Obj {
  const it = _PyObject_New(ArrayIter_Type);
  if (it === 0) return NULL;
  H32[(it + ai_array) >> 2] = newref(a);
  PyObject_GC_Track(it);
  return it;
}

function iter_next(it: Obj): Obj {
  const a = H32[(it + ai_array) >> 2] as Obj;
  if (a === 0) return NULL;
  const i = H32[(it + ai_index) >> 2];
  if (i < sizeOf(a)) {
    H32[(it + ai_index) >> 2] = i + 1;
    return arrayItem(a, i);
  }
  H32[(it + ai_array) >> 2] = 0;
  decref(a);
  return NULL;
}

function iter_reduce(it: Obj): Obj {
  return iteratorReduce(it, ai_array, ai_index, () => PyList_New(0));
}

function iter_setstate(it: Obj, state: Obj): Obj {
  const i = PyLong_AsSsize_t(state);
  if (i === -1 && PyErr_Occurred() !== 0) return NULL;
  const a = H32[(it + ai_array) >> 2] as Obj;
  if (a !== 0) H32[(it + ai_index) >> 2] = Math.min(Math.max(i, 0), sizeOf(a));
  return newref(Py_None);
}

defineType({
  type: ArrayIter_Type,
  name: 'array.arrayiterator',
  layout: ArrayIter,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_getattro: PyObject_GenericGetAttr, tp_iter: PyObject_SelfIter, tp_iternext: iter_next },
  methods: [
    method('__reduce__', '($self, /)', iter_reduce, 'Return state information for pickling.'),
    method('__setstate__', '($self, state, /)', iter_setstate, 'Set state information for unpickling.'),
  ],
});

defineType({
  type: Array_Type,
  name: 'array.array',
  layout: ArrayLayout,
  flags: Py_TPFLAGS_BASETYPE | Py_TPFLAGS_SEQUENCE,
  doc: `array(typecode [, initializer]) -> array

Return a new array whose items are restricted by typecode, and
initialized from the optional initializer value, which must be a list,
string or iterable over elements of the appropriate type.

Arrays represent basic values and behave very much like lists, except
the type of objects stored in them is constrained. The type is specified
at object creation time by using a type code, which is a single character.
The following type codes are defined:

    Type code   C Type             Minimum size in bytes
    'b'         signed integer     1
    'B'         unsigned integer   1
    'u'         Unicode character  2 (see note)
    'w'         Py_UCS4            4
    'h'         signed integer     2
    'H'         unsigned integer   2
    'i'         signed integer     2
    'I'         unsigned integer   2
    'l'         signed integer     4
    'L'         unsigned integer   4
    'q'         signed integer     8 (see note)
    'Q'         unsigned integer   8 (see note)
    'f'         floating-point     4
    'd'         floating-point     8

NOTE: The 'u' typecode corresponds to Python's unicode character. On
narrow builds this is 2-bytes on wide builds this is 4-bytes.
`,
  slots: {
    tp_new: array_new,
    tp_repr: array_repr,
    tp_hash: null,
    tp_getattro: PyObject_GenericGetAttr,
    tp_richcompare: array_richcompare,
    tp_iter: array_iter,
    sq_length: sizeOf,
    sq_concat: array_concat,
    sq_repeat: array_repeat,
    sq_item: array_item,
    sq_ass_item: array_ass_item,
    sq_contains: array_contains,
    sq_inplace_concat: array_inplace_concat,
    sq_inplace_repeat: array_inplace_repeat,
    mp_length: sizeOf,
    mp_subscript: array_subscript,
    mp_ass_subscript: array_ass_subscript,
    bf_getbuffer: getbuffer,
    bf_releasebuffer: releasebuffer,
  },
  methods: [
    method(
      'append',
      '($self, v, /)',
      (a: Obj, v: Obj) => none(appendItem(a, v)),
      'Append new value v to the end of the array.',
    ),
    method(
      'buffer_info',
      '($self, /)',
      buffer_info,
      `Return a tuple (address, length) giving the current memory address and the length in items of the buffer used to hold array's contents.

The length should be multiplied by the itemsize attribute to
calculate the buffer length in bytes.`,
    ),
    method(
      'byteswap',
      '($self, /)',
      byteswap,
      'Byteswap all items of the array.\n\nIf the items in the array are not 1, 2, 4, or 8 bytes in size,\nRuntimeError is raised.',
    ),
    method('clear', '($self, /)', (a: Obj) => none(resizeArray(a, 0)), 'Remove all items from the array.'),
    method('__copy__', '($self, /)', (a: Obj) => copyOf(a, 0, sizeOf(a), 1), 'Return a copy of the array.'),
    method('count', '($self, v, /)', count, 'Return number of occurrences of v in the array.'),
    method('__deepcopy__', '($self, unused, /)', (a: Obj) => copyOf(a, 0, sizeOf(a), 1), 'Return a copy of the array.'),
    method('extend', '($self, bb, /)', extend, 'Append items to the end of the array.'),
    method(
      'fromfile',
      '($self, f, n: ssize, /)',
      fromfile,
      'Read n objects from the file object f and append them to the end of the array.',
    ),
    method('fromlist', '($self, list, /)', fromlist, 'Append items to array from list.'),
    method(
      'frombytes',
      '($self, buffer, /)',
      frombytes,
      'Appends items from the string, interpreting it as an array of machine values, as if it had been read from a file using the fromfile() method.',
    ),
    method(
      'fromunicode',
      '($self, ustr: str, /)',
      fromunicode,
      `Extends this array with data from the unicode string ustr.

The array must be a unicode type array; otherwise a ValueError is
raised.  Use array.frombytes(ustr.encode(...)) to append Unicode
data to an array of some other type.`,
    ),
    method(
      'index',
      '($self, v, start: slice = 0, stop: slice = sys.maxsize, /)',
      index,
      'Return index of first occurrence of v in the array.\n\nRaise ValueError if the value is not present.',
    ),
    method('insert', '($self, i: ssize, v, /)', insert, 'Insert a new item v into the array before position i.'),
    method(
      'pop',
      '($self, i: ssize = -1, /)',
      pop,
      'Return the i-th element and delete it from the array.\n\ni defaults to -1.',
    ),
    method('__reduce_ex__', '($self, value, /)', reduce_ex, 'Return state information for pickling.'),
    method('remove', '($self, v, /)', remove, 'Remove the first occurrence of v in the array.'),
    method('reverse', '($self, /)', reverse, 'Reverse the order of the items in the array.'),
    method('tofile', '($self, f, /)', tofile, 'Write all items (as machine values) to the file object f.'),
    method('tolist', '($self, /)', tolist, 'Convert array to an ordinary list with the same items.'),
    method(
      'tobytes',
      '($self, /)',
      tobytes,
      'Convert the array to an array of machine values and return the bytes representation.',
    ),
    method(
      'tounicode',
      '($self, /)',
      tounicode,
      `Extends this array with data from the unicode string ustr.

Convert the array to a unicode string.  The array must be a unicode
type array; otherwise a ValueError is raised.  Use
array.tobytes().decode() to obtain a unicode string from an array of
some other type.`,
    ),
    method(
      '__sizeof__',
      '($self, /)',
      (a: Obj) => PyLong_FromLong(H32[(Py_TYPE(a) + tp_basicsize) >> 2] + H32[(a + a_allocated) >> 2] * codeOf(a).size),
      'Size of the array in memory, in bytes.',
    ),
    classMethod(
      '__class_getitem__',
      '($type, object, /)',
      Py_GenericAlias,
      'Arrays are generic over the type of their elements',
    ),
  ],
  getset: [
    getset(
      'typecode',
      (a: Obj) => PyUnicode_FromString(codeOf(a).code),
      null,
      'the typecode character used to create the array',
    ),
    getset('itemsize', (a: Obj) => PyLong_FromLong(codeOf(a).size), null, 'the size, in bytes, of one array item'),
  ],
});

const s_register = ID('register');

/** Makes isinstance(a, collections.abc.MutableSequence) true: false with an exception. */
function registerSequence(): boolean {
  const abc = port.importModule('collections.abc');
  const cls = abc === 0 ? NULL : PyObject_GetAttrString(abc, 'MutableSequence');
  const r = cls === 0 ? NULL : PyObject_CallMethodOneArg(cls, idObj(s_register), Array_Type);
  for (const o of [abc, cls, r]) if (o !== 0) decref(o);
  return r !== 0;
}

defineModule({
  name: 'array',
  doc: `This module defines an object type which can efficiently represent
an array of basic values: characters, integers, floating-point
numbers.  Arrays are sequence types and behave very much like lists,
except that the type of objects stored in them is constrained.
`,
  types: [Array_Type],
  functions: [
    method(
      '_array_reconstructor',
      '($module, arraytype, typecode: str, mformat_code: int, items, /)',
      array_reconstructor,
      'Internal. Used for pickling support.',
    ),
  ],
  exec: (module) => {
    if (!registerSequence()) return -1;
    const codes = PyUnicode_FromString(TYPE_CODES.map((t) => t.code).join(''));
    if (PyModule_Add(module, 'typecodes', codes) < 0) return -1;
    return PyModule_AddObjectRef(module, 'ArrayType', Array_Type);
  },
});
