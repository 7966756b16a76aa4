// The type bytes.  Invariant: `bytes(x)` of exact bytes is x itself; all else about it is in object/bytes.ts and bytes_methods.ts.

import { H32, H8 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import {
  BUF_len,
  freeView,
  newView,
  PyBUF_FULL_RO,
  PyBuffer_FillInfo,
  PyBuffer_Release,
  PyBuffer_ToContiguous,
  PyObject_CheckBuffer,
  PyObject_GetBuffer,
} from '../object/buffer.js';
import {
  byteObj,
  BytesLayout,
  bytesDealloc,
  bytesSubtypeNew,
  newBytes,
  ob_sval,
  PyBytes_AS_STRING,
  PyBytes_Check,
  PyBytes_CheckExact,
  PyBytes_FromStringAndSize,
  PyBytes_GET_SIZE,
  PyBytes_Hash,
} from '../object/bytes.js';
import { BytesWriter } from '../object/bytes_writer.js';
import { PyObject_CallNoArgs, PyObject_CallOneArg } from '../object/call.js';
import { classMethod, defineType, method } from '../object/declare.js';
import {
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  PyErr_WarnEx,
  typeName,
} from '../object/errors.js';
import { decref, newref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import { isListOrTuple, fastItems } from '../object/list.js';
import { PyLong_AsLongAndOverflow, PyLong_FromLong, smallInt } from '../object/long.js';
import { compareBytes, equalBytes } from '../object/memcpy.js';
import { PyIndex_Check, PyNumber_AsSsize_t, PyNumber_Index } from '../object/number.js';
import { Py_EQ, Py_GE, Py_GT, Py_LE, Py_LT, Py_NE } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { PySlice_Check, PySlice_GetIndicesEx, sliceStart, sliceStep } from '../object/slice.js';
import {
  emptyBytes,
  Py_False,
  Py_NotImplemented,
  Py_True,
  PyBytes_Type,
  PyExc_BytesWarning,
  PyExc_IndexError,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import { tupleFromObjs } from '../object/tuple.js';
import { _PyObject_LookupSpecial } from '../object/type_lookup.js';
import {
  ob_size,
  Py_TPFLAGS_BASETYPE,
  Py_TPFLAGS_BYTES_SUBCLASS,
  Py_TPFLAGS_MATCH_SELF,
} from '../object/type_layout.js';
import { PyUnicode_Check } from '../object/unicode.js';
import { PyUnicode_AsEncodedString } from './codec.js';
import { bytes_iter } from './bytes_iter.js';
import { bytesRepr, concat, contains, fromHexText, repeat, sharedMethods } from './bytes_methods.js';
import { bytesFormat } from './bytes_percent.js';
import { bytesWarningLevel } from './bytes_warning.js';

const NEW = parseSignature('bytes', '($type, source=NULL, encoding: str = None, errors: str = None)');
const s___bytes__ = ID('__bytes__');

/** A byte from an int-like object: -1 with an exception; `message` for values out of range. */
export function byteValue(o: Obj, message: string): number {
  const i = PyNumber_Index(o);
  if (i === 0) return -1;
  const v = PyLong_AsLongAndOverflow(i);
  decref(i);
  if (v < 0 || v > 255) {
    PyErr_SetString(PyExc_ValueError, message);
    return -1;
  }
  return v;
}

/** Appends the bytes of an iterable of ints to a writer: 0, or -1. */
export function writeIterable(w: BytesWriter, it: Obj, message: string): number {
  for (;;) {
    const item = PyIter_Next(it);
    if (item === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
    const v = byteValue(item, message);
    decref(item);
    if (v < 0 || w.byte(v) < 0) return -1;
  }
}

const RANGE = 'bytes must be in range(0, 256)';

/** The bytes of an object with a buffer, its items in C order. */
function fromBuffer(x: Obj): Obj {
  const view = newView();
  if (view === 0) return NULL;
  if (PyObject_GetBuffer(x, view, PyBUF_FULL_RO) < 0) {
    freeView(view);
    return NULL;
  }
  const n = H32[(view + BUF_len) >> 2];
  const o = newBytes(n);
  if (o !== 0 && n > 0) PyBuffer_ToContiguous(o + ob_sval, view, 'C');
  PyBuffer_Release(view);
  freeView(view);
  return n === 1 && o !== 0 ? shared(o) : o;
}

function shared(o: Obj): Obj {
  const r = byteObj(H8[o + ob_sval]);
  decref(o);
  return r;
}

/** Returns bytes made of a bytes-like object or an iterable of ints (PyBytes_FromObject). */
export function PyBytes_FromObject(x: Obj): Obj {
  if (PyBytes_CheckExact(x)) return newref(x);
  if (PyObject_CheckBuffer(x)) return fromBuffer(x);
  const w = new BytesWriter();
  if (isListOrTuple(x)) {
    for (let i = 0; i < H32[(x + ob_size) >> 2]; i++) {
      const item = newref(H32[(fastItems(x) >> 2) + i] as Obj);
      const v = byteValue(item, RANGE);
      decref(item);
      if (v < 0 || w.byte(v) < 0) return w.fail();
    }
    return w.finish();
  }
  if (!PyUnicode_Check(x)) {
    const it = PyObject_GetIter(x);
    if (it !== 0) {
      const r = writeIterable(w, it, RANGE);
      decref(it);
      return r < 0 ? w.fail() : w.finish();
    }
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) return NULL;
  }
  return PyErr_SetString(PyExc_TypeError, `cannot convert '${typeName(x)}' object to bytes`);
}

/** Returns exact bytes for the arguments of bytes(). */
function bytesOf(x: Obj, encoding: Obj, errors: Obj): Obj {
  if (x === 0) {
    if (encoding !== 0 || errors !== 0) {
      return PyErr_SetString(
        PyExc_TypeError,
        encoding !== 0 ? 'encoding without a string argument' : 'errors without a string argument',
      );
    }
    return newref(emptyBytes);
  }
  if (encoding !== 0) {
    if (!PyUnicode_Check(x)) return PyErr_SetString(PyExc_TypeError, 'encoding without a string argument');
    return PyUnicode_AsEncodedString(x, encoding, errors);
  }
  if (errors !== 0) {
    return PyErr_SetString(
      PyExc_TypeError,
      PyUnicode_Check(x) ? 'string argument without an encoding' : 'errors without a string argument',
    );
  }
  const f = _PyObject_LookupSpecial(x, idObj(s___bytes__));
  if (f !== 0) {
    const r = PyObject_CallNoArgs(f);
    decref(f);
    if (r !== 0 && !PyBytes_Check(r)) {
      PyErr_SetString(PyExc_TypeError, `__bytes__ returned non-bytes (type ${typeName(r)})`);
      decref(r);
      return NULL;
    }
    return r;
  }
  if (PyErr_Occurred() !== 0) return NULL;
  if (PyUnicode_Check(x)) return PyErr_SetString(PyExc_TypeError, 'string argument without an encoding');
  if (PyIndex_Check(x)) {
    const n = PyNumber_AsSsize_t(x, PyExc_OverflowError);
    if (n === -1 && PyErr_Occurred() !== 0) {
      if (!PyErr_ExceptionMatches(PyExc_TypeError)) return NULL;
      PyErr_Clear();
      return PyBytes_FromObject(x);
    }
    if (n < 0) return PyErr_SetString(PyExc_ValueError, 'negative count');
    const o = newBytes(n);
    if (o === 0 || n === 0) return o;
    H8.fill(0, o + ob_sval, o + ob_sval + n);
    return n === 1 ? shared(o) : o;
  }
  return PyBytes_FromObject(x);
}

/** Whether more than bytes()'s three arguments were given; raises its message. */
export function tooManyArgs(name: string, args: Obj): boolean {
  const n = H32[(args + ob_size) >> 2];
  if (n <= 3) return false;
  PyErr_SetString(PyExc_TypeError, `${name}() takes at most 3 arguments (${n} given)`);
  return true;
}

function bytes_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (tooManyArgs('bytes', args) || !bindTuple(NEW, args, kwargs)) return NULL;
  const o = bytesOf(bound[0] as Obj, bound[1] as Obj, bound[2] as Obj);
  if (o === 0 || type === PyBytes_Type) return o;
  const r = bytesSubtypeNew(type, o);
  decref(o);
  return r;
}

/** The answer to a comparison of two ranges. */
export function compareRanges(a: number, an: number, b: number, bn: number, op: number): Obj {
  let r: boolean;
  if (op === Py_EQ || op === Py_NE) r = (an === bn && equalBytes(a, b, an)) === (op === Py_EQ);
  else {
    const c = compareBytes(a, b, an < bn ? an : bn) || an - bn;
    r = op === Py_LT ? c < 0 : op === Py_LE ? c <= 0 : op === Py_GT ? c > 0 : op === Py_GE && c >= 0;
  }
  return newref(r ? Py_True : Py_False);
}

function bytes_richcompare(a: Obj, b: Obj, op: number): Obj {
  if (!PyBytes_Check(a) || !PyBytes_Check(b)) {
    if (bytesWarningLevel() > 0 && (op === Py_EQ || op === Py_NE)) {
      const text = PyUnicode_Check(a) || PyUnicode_Check(b);
      if (text && PyErr_WarnEx(PyExc_BytesWarning, 'Comparison between bytes and string', 1) < 0) return NULL;
    }
    return newref(Py_NotImplemented);
  }
  return compareRanges(PyBytes_AS_STRING(a), PyBytes_GET_SIZE(a), PyBytes_AS_STRING(b), PyBytes_GET_SIZE(b), op);
}

function bytes_item(o: Obj, i: number): Obj {
  if (i < 0 || i >= PyBytes_GET_SIZE(o)) return PyErr_SetString(PyExc_IndexError, 'index out of range');
  return newref(smallInt(H8[o + ob_sval + i]));
}

function bytes_subscript(o: Obj, key: Obj): Obj {
  if (PyIndex_Check(key)) {
    const i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i === -1 && PyErr_Occurred() !== 0) return NULL;
    return bytes_item(o, i < 0 ? i + PyBytes_GET_SIZE(o) : i);
  }
  if (!PySlice_Check(key)) {
    return PyErr_SetString(PyExc_TypeError, `byte indices must be integers or slices, not ${typeName(key)}`);
  }
  const n = PySlice_GetIndicesEx(key, PyBytes_GET_SIZE(o));
  if (n < 0) return NULL;
  if (n === 0) return newref(emptyBytes);
  const start = sliceStart;
  const step = sliceStep;
  if (step === 1) {
    if (start === 0 && n === PyBytes_GET_SIZE(o) && PyBytes_CheckExact(o)) return newref(o);
    return PyBytes_FromStringAndSize(o + ob_sval + start, n);
  }
  if (n === 1) return byteObj(H8[o + ob_sval + start]);
  const r = newBytes(n);
  if (r !== 0) for (let i = 0, at = start; i < n; i++, at += step) H8[r + ob_sval + i] = H8[o + ob_sval + at];
  return r;
}

function bytes_repr(o: Obj): Obj {
  return bytesRepr(o + ob_sval, PyBytes_GET_SIZE(o), '', '', false);
}

function bytes_str(o: Obj): Obj {
  if (bytesWarningLevel() > 0 && PyErr_WarnEx(PyExc_BytesWarning, 'str() on a bytes instance', 1) < 0) return NULL;
  return bytes_repr(o);
}

function bytes_getbuffer(o: Obj, view: number, flags: number): number {
  return PyBuffer_FillInfo(view, o, o + ob_sval, PyBytes_GET_SIZE(o), true, flags);
}

function bytes_fromhex(type: Obj, string: Obj): Obj {
  const o = fromHexText(string);
  if (o === 0 || type === PyBytes_Type) return o;
  const r = PyObject_CallOneArg(type, o);
  decref(o);
  return r;
}

function bytes_getnewargs(o: Obj): Obj {
  const copy = PyBytes_FromStringAndSize(o + ob_sval, PyBytes_GET_SIZE(o));
  return copy === 0 ? NULL : tupleFromObjs([copy]);
}

function bytes_bytes(o: Obj): Obj {
  return PyBytes_CheckExact(o) ? newref(o) : PyBytes_FromStringAndSize(o + ob_sval, PyBytes_GET_SIZE(o));
}

function bytes_sizeof(o: Obj): Obj {
  // One more than the items: the terminator.
  return PyLong_FromLong(BytesLayout.info.basicsize + PyBytes_GET_SIZE(o) + 1);
}

defineType({
  type: PyBytes_Type,
  name: 'bytes',
  layout: BytesLayout,
  flags: Py_TPFLAGS_BASETYPE | Py_TPFLAGS_BYTES_SUBCLASS | Py_TPFLAGS_MATCH_SELF,
  doc:
    'bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\n' +
    'bytes(int) -> bytes object of size given by the parameter initialized with null bytes\nbytes() -> empty bytes object',
  slots: {
    tp_new: bytes_new,
    tp_dealloc: bytesDealloc,
    tp_repr: bytes_repr,
    tp_str: bytes_str,
    tp_hash: PyBytes_Hash,
    tp_richcompare: bytes_richcompare,
    tp_iter: bytes_iter,
    nb_remainder: (a: Obj, b: Obj): Obj => (PyBytes_Check(a) ? bytesFormat(a, b) : newref(Py_NotImplemented)),
    sq_length: PyBytes_GET_SIZE,
    sq_concat: concat,
    sq_repeat: repeat,
    sq_item: bytes_item,
    sq_contains: contains,
    mp_length: PyBytes_GET_SIZE,
    mp_subscript: bytes_subscript,
    bf_getbuffer: bytes_getbuffer,
  },
  methods: [
    method('__getnewargs__', '($self, /)', bytes_getnewargs),
    method('__bytes__', '($self, /)', bytes_bytes, 'Convert this value to exact type bytes.'),
    method('__sizeof__', '($self, /)', bytes_sizeof, 'Returns the size of the object in memory, in bytes.'),
    ...sharedMethods,
    classMethod(
      'fromhex',
      '($type, string, /)',
      bytes_fromhex,
      "Makes bytes of hexadecimal digits: bytes.fromhex('B9 01EF') is b'\\xb9\\x01\\xef'.",
    ),
  ],
});
