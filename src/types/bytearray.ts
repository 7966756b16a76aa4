// The type bytearray.  Invariant: nothing changes its size while a buffer is exported (BufferError); item values come from objects whose conversion
// may run code, so sizes are read again after it.

import { isListOrTuple } from '../object/list.js';
import { H32, H8 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import {
  acquireBytes,
  BUF_len,
  freeView,
  newView,
  PyBUF_FULL_RO,
  PyBuffer_FillInfo,
  PyBuffer_Release,
  PyBuffer_ToContiguous,
  PyObject_CheckBuffer,
  PyObject_GetBuffer,
  rangeLength,
  rangeStart,
  releaseBytes,
} from '../object/buffer.js';
import {
  ba_alloc,
  ba_exports,
  ByteArrayLayout,
  bytearrayAlloc,
  bytearrayCanResize,
  bytearrayDelete,
  PyByteArray_AS_STRING,
  PyByteArray_Check,
  PyByteArray_FromStringAndSize,
  PyByteArray_GET_SIZE,
  PyByteArray_Resize,
} from '../object/bytearray.js';
import { PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE } from '../object/bytes.js';
import { BytesWriter } from '../object/bytes_writer.js';
import { PyObject_CallMethodNoArgs, PyObject_CallOneArg } from '../object/call.js';
import { classMethod, defineType, method } from '../object/declare.js';
import {
  errMinus1,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  PyErr_WarnEx,
  typeName,
} from '../object/errors.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_GetIter, PyObject_LengthHint, PyIter_Next } from '../object/iter.js';
import { PyLong_FromLong, smallInt } from '../object/long.js';
import { copyBytes, findByte } from '../object/memcpy.js';
import { PyIndex_Check, PyNumber_AsSsize_t } from '../object/number.js';
import { Py_EQ, Py_NE } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import {
  PySlice_AdjustIndices,
  PySlice_Check,
  PySlice_Unpack,
  sliceStart,
  sliceStep,
  sliceStop,
} from '../object/slice.js';
import {
  emptyTuple,
  Py_None,
  Py_NotImplemented,
  PyByteArray_Type,
  PyExc_BytesWarning,
  PyExc_IndexError,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import { tupleFromObjs } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_MATCH_SELF } from '../object/type_layout.js';
import { PyUnicode_Check, PyUnicode_FromLatin1, PyUnicode_FromString, repeatBytes } from '../object/unicode.js';
import { byteValue, compareRanges, tooManyArgs, writeIterable } from './bytes.js';
import { bytearray_iter } from './bytes_iter.js';
import { bytesRepr, concat, contains, fromHexText, repeat, sharedMethods } from './bytes_methods.js';
import { bytesFormat } from './bytes_percent.js';
import { bytesWarningLevel } from './bytes_warning.js';
import { PyUnicode_AsEncodedString } from './codec.js';

const INIT = parseSignature('bytearray', '($self, source=NULL, encoding: str = None, errors: str = None)');
const s___getstate__ = ID('__getstate__');
const RANGE = 'byte must be in range(0, 256)';

/** Appends `n` bytes at `p` (not the bytearray's own): 0, or -1. */
function appendRange(self: Obj, p: number, n: number): number {
  const size = PyByteArray_GET_SIZE(self);
  if (n === 0) return 0;
  if (PyByteArray_Resize(self, size + n) < 0) return -1;
  copyBytes(PyByteArray_AS_STRING(self) + size, p, n);
  return 0;
}

function initFrom(self: Obj, x: Obj, encoding: Obj, errors: Obj): number {
  if (PyByteArray_GET_SIZE(self) !== 0 && PyByteArray_Resize(self, 0) < 0) return -1;
  if (x === 0) {
    if (encoding !== 0 || errors !== 0) {
      return errMinus1(
        PyExc_TypeError,
        encoding !== 0 ? 'encoding without a string argument' : 'errors without a string argument',
      );
    }
    return 0;
  }
  if (PyUnicode_Check(x)) {
    if (encoding === 0) return errMinus1(PyExc_TypeError, 'string argument without an encoding');
    const encoded = PyUnicode_AsEncodedString(x, encoding, errors);
    if (encoded === 0) return -1;
    const r = appendRange(self, PyBytes_AS_STRING(encoded), PyBytes_GET_SIZE(encoded));
    decref(encoded);
    return r;
  }
  if (encoding !== 0 || errors !== 0) {
    return errMinus1(
      PyExc_TypeError,
      encoding !== 0 ? 'encoding without a string argument' : 'errors without a string argument',
    );
  }
  if (PyIndex_Check(x)) {
    const n = PyNumber_AsSsize_t(x, PyExc_OverflowError);
    if (n === -1 && PyErr_Occurred() !== 0) {
      if (!PyErr_ExceptionMatches(PyExc_TypeError)) return -1;
      // An __index__ that fails leaves the other readings.
      PyErr_Clear();
    } else {
      if (n < 0) return errMinus1(PyExc_ValueError, 'negative count');
      if (n > 0) {
        if (PyByteArray_Resize(self, n) < 0) return -1;
        const p = PyByteArray_AS_STRING(self);
        H8.fill(0, p, p + n);
      }
      return 0;
    }
  }
  if (PyObject_CheckBuffer(x)) {
    const view = newView();
    if (view === 0) return -1;
    let r = PyObject_GetBuffer(x, view, PyBUF_FULL_RO);
    if (r === 0) {
      const n = H32[(view + BUF_len) >> 2];
      r = PyByteArray_Resize(self, n);
      if (r === 0 && n > 0) PyBuffer_ToContiguous(PyByteArray_AS_STRING(self), view, 'C');
      PyBuffer_Release(view);
    }
    freeView(view);
    return r;
  }
  const it = PyObject_GetIter(x);
  if (it === 0) {
    if (PyErr_ExceptionMatches(PyExc_TypeError)) {
      PyErr_SetString(PyExc_TypeError, `cannot convert '${typeName(x)}' object to bytearray`);
    }
    return -1;
  }
  const r = isListOrTuple(x) ? extendFrom(self, it) : appendEach(self, it);
  decref(it);
  return r;
}

/** Appends the ints of an iterator one by one, as they come: 0, or -1. */
function appendEach(self: Obj, it: Obj): number {
  for (;;) {
    const item = PyIter_Next(it);
    if (item === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
    const v = byteValue(item, RANGE);
    decref(item);
    const n = PyByteArray_GET_SIZE(self);
    if (v < 0 || PyByteArray_Resize(self, n + 1) < 0) return -1;
    H8[PyByteArray_AS_STRING(self) + n] = v;
  }
}

/** Appends the ints of an iterator: 0, or -1 and nothing appended. */
function extendFrom(self: Obj, it: Obj): number {
  const w = new BytesWriter();
  const r = writeIterable(w, it, RANGE) < 0 ? -1 : w.length === 0 ? 0 : appendRange(self, w.start, w.length);
  w.drop();
  return r;
}

function bytearray_init(self: Obj, args: Obj, kwargs: Obj): number {
  if (tooManyArgs('bytearray', args) || !bindTuple(INIT, args, kwargs)) return -1;
  return initFrom(self, bound[0] as Obj, bound[1] as Obj, bound[2] as Obj);
}

function bytearray_new(type: Obj): Obj {
  return bytearrayAlloc(type);
}

// ---- items ---------------------------------------------------------------------------------------------------------------------

function getItem(self: Obj, i: number): Obj {
  if (i < 0 || i >= PyByteArray_GET_SIZE(self))
    return PyErr_SetString(PyExc_IndexError, 'bytearray index out of range');
  return newref(smallInt(H8[PyByteArray_AS_STRING(self) + i]));
}

function badKey(key: Obj): number {
  return errMinus1(PyExc_TypeError, `bytearray indices must be integers or slices, not ${typeName(key)}`);
}

function subscript(self: Obj, key: Obj): Obj {
  if (PyIndex_Check(key)) {
    const i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i === -1 && PyErr_Occurred() !== 0) return NULL;
    return getItem(self, i < 0 ? i + PyByteArray_GET_SIZE(self) : i);
  }
  if (!PySlice_Check(key)) {
    badKey(key);
    return NULL;
  }
  if (PySlice_Unpack(key) < 0) return NULL;
  const n = PySlice_AdjustIndices(PyByteArray_GET_SIZE(self));
  const start = sliceStart;
  const step = sliceStep;
  if (n <= 0) return PyByteArray_FromStringAndSize(0, 0);
  const p = PyByteArray_AS_STRING(self);
  if (step === 1) return PyByteArray_FromStringAndSize(p + start, n);
  const r = PyByteArray_FromStringAndSize(0, n);
  if (r === 0) return NULL;
  const to = PyByteArray_AS_STRING(r);
  for (let i = 0, at = start; i < n; i++, at += step) H8[to + i] = H8[p + at];
  return r;
}

/** self[i] = value, or del self[i] for NULL. */
function setItem(self: Obj, index: number, value: Obj): number {
  const v = value === 0 ? 0 : byteValue(value, RANGE);
  if (v < 0) return -1;
  // The conversion may have changed the size.
  const n = PyByteArray_GET_SIZE(self);
  const i = index < 0 ? index + n : index;
  if (i < 0 || i >= n) return errMinus1(PyExc_IndexError, 'bytearray index out of range');
  if (value === 0) return bytearrayDelete(self, i, 1);
  H8[PyByteArray_AS_STRING(self) + i] = v;
  return 0;
}

/** sq_ass_item: the index is already corrected. */
function assItem(self: Obj, i: number, value: Obj): number {
  if (i < 0) return errMinus1(PyExc_IndexError, 'bytearray index out of range');
  return setItem(self, i, value);
}

/** self[lo:hi] = n bytes at p. */
function setSlice(self: Obj, lo: number, hi: number, p: number, n: number): number {
  const size = PyByteArray_GET_SIZE(self);
  const growth = n - (hi - lo);
  if (growth < 0) {
    if (bytearrayCanResize(self) < 0) return -1;
    if (lo === 0) {
      // The front goes without moving the rest.
      if (bytearrayDelete(self, 0, -growth) < 0) return -1;
    } else {
      const base = PyByteArray_AS_STRING(self);
      copyBytes(base + lo + n, base + hi, size - hi);
      if (PyByteArray_Resize(self, size + growth) < 0) return -1;
    }
  } else if (growth > 0) {
    if (PyByteArray_Resize(self, size + growth) < 0) return -1;
    const base = PyByteArray_AS_STRING(self);
    copyBytes(base + lo + n, base + hi, size - hi);
  }
  if (n > 0) copyBytes(PyByteArray_AS_STRING(self) + lo, p, n);
  return 0;
}

function assSubscript(self: Obj, key: Obj, value: Obj): number {
  if (PyIndex_Check(key)) {
    const i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i === -1 && PyErr_Occurred() !== 0) return -1;
    return setItem(self, i, value);
  }
  if (!PySlice_Check(key)) return badKey(key);
  if (value === 0) return assignRange(self, key, 0, 0, true);
  if (value === self || !PyByteArray_Check(value)) {
    // A copy: the value may be the object itself, or an iterable that looks at it.
    if (PyIndex_Check(value) || PyUnicode_Check(value)) {
      return errMinus1(PyExc_TypeError, 'can assign only bytes, buffers, or iterables of ints in range(0, 256)');
    }
    const values = PyByteArray_FromStringAndSize(0, 0);
    if (values === 0) return -1;
    const r = initFrom(values, value, NULL, NULL) < 0 ? -1 : assSubscript(self, key, values);
    decref(values);
    return r;
  }
  return assignRange(self, key, PyByteArray_AS_STRING(value), PyByteArray_GET_SIZE(value), false);
}

/** self[key] = n bytes at p, or del self[key]. */
function assignRange(self: Obj, key: Obj, p: number, n: number, remove: boolean): number {
  if (PySlice_Unpack(key) < 0) return -1;
  const count = PySlice_AdjustIndices(PyByteArray_GET_SIZE(self));
  const start = sliceStart;
  const stop = sliceStop;
  const step = sliceStep;
  if (step === 1) return setSlice(self, start, Math.max(start, stop), p, n);
  // Nothing assigned to an extended slice removes it, too.
  if (remove || n === 0) {
    if (count === 0) return 0;
    if (bytearrayCanResize(self) < 0) return -1;
    const size = PyByteArray_GET_SIZE(self);
    const base = PyByteArray_AS_STRING(self);
    const first = step < 0 ? start + step * (count - 1) : start;
    const stride = Math.abs(step);
    let to = base + first;
    for (let i = 0; i < count; i++) {
      const from = first + i * stride + 1;
      const end = i + 1 < count ? from + stride - 1 : size;
      copyBytes(to, base + from, end - from);
      to += end - from;
    }
    return PyByteArray_Resize(self, size - count);
  }
  if (n !== count) return wrongSize(n, count);
  const base = PyByteArray_AS_STRING(self);
  for (let i = 0, at = start; i < n; i++, at += step) H8[base + at] = H8[p + i];
  return 0;
}

function wrongSize(n: number, count: number): number {
  return errMinus1(PyExc_ValueError, `attempt to assign bytes of size ${n} to extended slice of size ${count}`);
}

// ---- operators -----------------------------------------------------------------------------------------------------------------

function iconcat(self: Obj, other: Obj): Obj {
  if (!PyObject_CheckBuffer(other)) {
    return PyErr_SetString(PyExc_TypeError, `can't concat ${typeName(other)} to ${typeName(self)}`);
  }
  let r: number;
  if (other === self) {
    const n = PyByteArray_GET_SIZE(self);
    r = PyByteArray_Resize(self, 2 * n);
    if (r === 0) copyBytes(PyByteArray_AS_STRING(self) + n, PyByteArray_AS_STRING(self), n);
  } else {
    const h = acquireBytes(other);
    if (h === 0) return PyErr_SetString(PyExc_TypeError, `can't concat ${typeName(other)} to ${typeName(self)}`);
    r = appendRange(self, rangeStart, rangeLength);
    releaseBytes(h);
  }
  return r < 0 ? NULL : newref(self);
}

function irepeat(self: Obj, times: number): Obj {
  const n = PyByteArray_GET_SIZE(self);
  const k = times < 0 ? 0 : times;
  if (n * k > 0x7ffffe00) return PyErr_SetString(PyExc_OverflowError, 'repeated bytearray is too long');
  if (PyByteArray_Resize(self, n * k) < 0) return NULL;
  if (n * k > 0) repeatBytes(PyByteArray_AS_STRING(self), n, n * k);
  return newref(self);
}

function richcompare(self: Obj, other: Obj, op: number): Obj {
  if (!PyObject_CheckBuffer(self) || !PyObject_CheckBuffer(other)) {
    if (
      bytesWarningLevel() > 0 &&
      (op === Py_EQ || op === Py_NE) &&
      (PyUnicode_Check(self) || PyUnicode_Check(other))
    ) {
      if (PyErr_WarnEx(PyExc_BytesWarning, 'Comparison between bytearray and string', 1) < 0) return NULL;
    }
    return newref(Py_NotImplemented);
  }
  const ha = acquireBytes(self);
  if (ha === 0) {
    PyErr_Clear();
    return newref(Py_NotImplemented);
  }
  const a = rangeStart;
  const an = rangeLength;
  const hb = acquireBytes(other);
  if (hb === 0) {
    PyErr_Clear();
    releaseBytes(ha);
    return newref(Py_NotImplemented);
  }
  const r = compareRanges(a, an, rangeStart, rangeLength, op);
  releaseBytes(hb);
  releaseBytes(ha);
  return r;
}

function repr(self: Obj): Obj {
  const name = typeName(self);
  const short = name.slice(name.lastIndexOf('.') + 1);
  return bytesRepr(PyByteArray_AS_STRING(self), PyByteArray_GET_SIZE(self), `${short}(`, ')', true);
}

function str(self: Obj): Obj {
  if (bytesWarningLevel() > 0 && PyErr_WarnEx(PyExc_BytesWarning, 'str() on a bytearray instance', 1) < 0) return NULL;
  return repr(self);
}

function getbuffer(self: Obj, view: number, flags: number): number {
  const r = PyBuffer_FillInfo(view, self, PyByteArray_AS_STRING(self), PyByteArray_GET_SIZE(self), false, flags);
  if (r === 0) H32[(self + ba_exports) >> 2]++;
  return r;
}

function releasebuffer(self: Obj): void {
  H32[(self + ba_exports) >> 2]--;
}

// ---- methods -------------------------------------------------------------------------------------------------------------------

const none = (r: number): Obj => (r < 0 ? NULL : newref(Py_None));

function append(self: Obj, item: Obj): Obj {
  const v = byteValue(item, RANGE);
  if (v < 0) return NULL;
  const n = PyByteArray_GET_SIZE(self);
  if (PyByteArray_Resize(self, n + 1) < 0) return NULL;
  H8[PyByteArray_AS_STRING(self) + n] = v;
  return newref(Py_None);
}

function clear(self: Obj): Obj {
  return none(PyByteArray_Resize(self, 0));
}

function copy(self: Obj): Obj {
  return PyByteArray_FromStringAndSize(PyByteArray_AS_STRING(self), PyByteArray_GET_SIZE(self));
}

function extend(self: Obj, x: Obj): Obj {
  if (PyObject_CheckBuffer(x)) {
    if (x === self) {
      const r = iconcat(self, self);
      if (r === 0) return NULL;
      decref(r);
      return newref(Py_None);
    }
    // The bytes go to what was the end before the buffer was asked for, which may run code.
    const end = PyByteArray_GET_SIZE(self);
    const h = acquireBytes(x);
    if (h === 0) return NULL;
    const at = Math.min(end, PyByteArray_GET_SIZE(self));
    const r = rangeLength === 0 ? 0 : setSlice(self, at, at, rangeStart, rangeLength);
    releaseBytes(h);
    return none(r);
  }
  const it = PyObject_GetIter(x);
  if (it === 0) {
    if (PyErr_ExceptionMatches(PyExc_TypeError)) {
      PyErr_SetString(PyExc_TypeError, `can't extend bytearray with ${typeName(x)}`);
    }
    return NULL;
  }
  // Asked as in CPython, where it sizes the buffer: an error of it is an error of extend.
  if (PyObject_LengthHint(x, 32) < 0) {
    decref(it);
    return NULL;
  }
  const r = extendFrom(self, it);
  decref(it);
  if (r < 0 && PyUnicode_Check(x) && PyErr_ExceptionMatches(PyExc_TypeError)) {
    PyErr_SetString(PyExc_TypeError, "expected iterable of integers; got: 'str'");
  }
  return none(r);
}

function insert(self: Obj, index: number, item: Obj): Obj {
  const v = byteValue(item, RANGE);
  if (v < 0) return NULL;
  const n = PyByteArray_GET_SIZE(self);
  if (PyByteArray_Resize(self, n + 1) < 0) return NULL;
  const i = index < 0 ? Math.max(0, index + n) : Math.min(index, n);
  const p = PyByteArray_AS_STRING(self);
  copyBytes(p + i + 1, p + i, n - i);
  H8[p + i] = v;
  return newref(Py_None);
}

function pop(self: Obj, index: number): Obj {
  const n = PyByteArray_GET_SIZE(self);
  if (n === 0) return PyErr_SetString(PyExc_IndexError, 'pop from empty bytearray');
  const i = index < 0 ? index + n : index;
  if (i < 0 || i >= n) return PyErr_SetString(PyExc_IndexError, 'pop index out of range');
  if (bytearrayCanResize(self) < 0) return NULL;
  const v = H8[PyByteArray_AS_STRING(self) + i];
  return bytearrayDelete(self, i, 1) < 0 ? NULL : newref(smallInt(v));
}

function remove(self: Obj, value: Obj): Obj {
  const v = byteValue(value, RANGE);
  if (v < 0) return NULL;
  const p = PyByteArray_AS_STRING(self);
  const at = findByte(p, p + PyByteArray_GET_SIZE(self), v);
  if (at < 0) return PyErr_SetString(PyExc_ValueError, 'value not found in bytearray');
  return none(bytearrayDelete(self, at - p, 1));
}

function resize(self: Obj, size: number): Obj {
  if (size < 0) return PyErr_SetString(PyExc_ValueError, `Can only resize to positive sizes, got ${size}`);
  const n = PyByteArray_GET_SIZE(self);
  if (PyByteArray_Resize(self, size) < 0) return NULL;
  const p = PyByteArray_AS_STRING(self);
  if (size > n) H8.fill(0, p + n, p + size);
  return newref(Py_None);
}

function reverse(self: Obj): Obj {
  const p = PyByteArray_AS_STRING(self);
  H8.subarray(p, p + PyByteArray_GET_SIZE(self)).reverse();
  return newref(Py_None);
}

function alloc(self: Obj): Obj {
  return PyLong_FromLong(H32[(self + ba_alloc) >> 2]);
}

function sizeof(self: Obj): Obj {
  return PyLong_FromLong(ByteArrayLayout.info.basicsize + H32[(self + ba_alloc) >> 2]);
}

function reduceWith(self: Obj, proto: number): Obj {
  const state = PyObject_CallMethodNoArgs(self, idObj(s___getstate__));
  if (state === 0) return NULL;
  const p = PyByteArray_AS_STRING(self);
  const n = PyByteArray_GET_SIZE(self);
  let args: Obj;
  if (n === 0) args = newref(emptyTuple);
  else if (proto < 3) {
    const text = PyUnicode_FromLatin1(p, n);
    const name = PyUnicode_FromString('latin-1');
    args = text === 0 || name === 0 ? NULL : tupleFromObjs([text, name]);
  } else {
    const bytes = PyBytes_FromStringAndSize(p, n);
    args = bytes === 0 ? NULL : tupleFromObjs([bytes]);
  }
  if (args === 0) {
    decref(state);
    return NULL;
  }
  return tupleFromObjs([newref(Py_TYPE(self)), args, state]);
}

function fromhex(type: Obj, string: Obj): Obj {
  const o = fromHexText(string);
  if (o === 0) return NULL;
  let r: Obj;
  if (type === PyByteArray_Type) r = PyByteArray_FromStringAndSize(PyBytes_AS_STRING(o), PyBytes_GET_SIZE(o));
  else r = PyObject_CallOneArg(type, o);
  decref(o);
  return r;
}

defineType({
  type: PyByteArray_Type,
  name: 'bytearray',
  layout: ByteArrayLayout,
  flags: Py_TPFLAGS_BASETYPE | Py_TPFLAGS_MATCH_SELF,
  doc:
    'bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\n' +
    'bytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\nbytearray(int) -> bytes array of size given by the parameter initialized with null bytes\n' +
    'bytearray() -> empty bytes array',
  slots: {
    tp_new: bytearray_new,
    tp_init: bytearray_init,
    tp_repr: repr,
    tp_str: str,
    tp_hash: null,
    tp_richcompare: richcompare,
    tp_iter: bytearray_iter,
    nb_remainder: (a: Obj, b: Obj): Obj => (PyByteArray_Check(a) ? bytesFormat(a, b) : newref(Py_NotImplemented)),
    sq_length: PyByteArray_GET_SIZE,
    sq_concat: concat,
    sq_repeat: repeat,
    sq_item: getItem,
    sq_ass_item: assItem,
    sq_contains: contains,
    sq_inplace_concat: iconcat,
    sq_inplace_repeat: irepeat,
    mp_length: PyByteArray_GET_SIZE,
    mp_subscript: subscript,
    mp_ass_subscript: assSubscript,
    bf_getbuffer: getbuffer,
    bf_releasebuffer: releasebuffer,
  },
  methods: [
    method('__alloc__', '($self, /)', alloc, 'Returns the number of bytes actually allocated.'),
    method(
      '__reduce__',
      '($self, /)',
      (self: Obj): Obj => reduceWith(self, 2),
      'Return state information for pickling.',
    ),
    method('__reduce_ex__', '($self, proto: int = 0, /)', reduceWith, 'Return state information for pickling.'),
    method('__sizeof__', '($self, /)', sizeof, 'Returns the size of the bytearray object in memory, in bytes.'),
    method('append', '($self, item, /)', append, 'Appends one byte.'),
    method('clear', '($self, /)', clear, 'Removes all bytes.'),
    method('copy', '($self, /)', copy, 'Returns a copy.'),
    method('extend', '($self, iterable_of_ints, /)', extend, 'Appends the bytes of an iterable or buffer.'),
    method('insert', '($self, index: ssize, item, /)', insert, 'Inserts one byte before the index.'),
    method('pop', '($self, index: ssize = -1, /)', pop, 'Removes a byte and returns it.'),
    method('remove', '($self, value, /)', remove, 'Removes the first byte of this value.'),
    method('resize', '($self, size: ssize, /)', resize, 'Changes the size; new bytes are zero.'),
    method('reverse', '($self, /)', reverse, 'Reverses the order of the bytes in place.'),
    ...sharedMethods,
    classMethod('fromhex', '($type, string, /)', fromhex, 'Makes a bytearray of hexadecimal digits.'),
  ],
});
