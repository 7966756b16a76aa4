// The % operator of bytes and bytearray (PEP 461).  Invariant: as for str (str_percent.ts), with bytes for text: %b and %s take a bytes-like
// object or one with __bytes__, %a and %r an object's ascii().

import { PyFloat_AsDouble } from '../object/float.js';
import { fullyQualifiedName } from './type.js';
import { H8 } from '../memory/linear.js';
import { acquireBytes, PyObject_CheckBuffer, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import {
  PyByteArray_AS_STRING,
  PyByteArray_Check,
  PyByteArray_FromStringAndSize,
  PyByteArray_GET_SIZE,
} from '../object/bytearray.js';
import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_FromStringAndSize, PyBytes_GET_SIZE } from '../object/bytes.js';
import { BytesWriter } from '../object/bytes_writer.js';
import { PyObject_CallNoArgs } from '../object/call.js';
import { errMinus1, PyErr_Occurred, typeName } from '../object/errors.js';
import { decref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyLong_AsLongAndOverflow, longOverflow } from '../object/long.js';
import { PyIndex_Check, PyNumber_Index } from '../object/number.js';
import { PyObject_ASCII } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_OverflowError, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { _PyObject_LookupSpecial } from '../object/type_lookup.js';
import { PyUnicode_Check, PyUnicode_DATA, PyUnicode_GET_LENGTH } from '../object/unicode.js';
import {
  type CharAt,
  type Conversion,
  conversionEnd,
  F_ALT,
  F_LJUST,
  finishNumber,
  parseConversion,
  PercentArgs,
  percentInteger,
  percentDouble,
} from './str_percent.js';

const s___bytes__ = ID('__bytes__');

function padTo(w: BytesWriter, length: number, c: Conversion, body: () => number): number {
  const padding = Math.max(0, c.width - length);
  if (!(c.flags & F_LJUST) && w.fill(32, padding) < 0) return -1;
  if (body() < 0) return -1;
  return c.flags & F_LJUST ? w.fill(32, padding) : 0;
}

function writeRange(w: BytesWriter, p: number, length: number, c: Conversion): number {
  const n = c.precision >= 0 && c.precision < length ? c.precision : length;
  return padTo(w, n, c, () => w.bytes(p, n));
}

/** %b and %s. */
function writeBytes(w: BytesWriter, o: Obj, c: Conversion): number {
  if (PyBytes_Check(o)) return writeRange(w, PyBytes_AS_STRING(o), PyBytes_GET_SIZE(o), c);
  if (PyByteArray_Check(o)) return writeRange(w, PyByteArray_AS_STRING(o), PyByteArray_GET_SIZE(o), c);
  const f = _PyObject_LookupSpecial(o, idObj(s___bytes__));
  if (f !== 0) {
    const r = PyObject_CallNoArgs(f);
    decref(f);
    if (r === 0) return -1;
    if (!PyBytes_Check(r)) {
      errMinus1(PyExc_TypeError, `__bytes__ returned non-bytes (type ${typeName(r)})`);
      decref(r);
      return -1;
    }
    const status = writeRange(w, PyBytes_AS_STRING(r), PyBytes_GET_SIZE(r), c);
    decref(r);
    return status;
  }
  if (PyErr_Occurred() !== 0) return -1;
  if (PyObject_CheckBuffer(o)) {
    const h = acquireBytes(o);
    if (h === 0) return -1;
    const status = writeRange(w, rangeStart, rangeLength, c);
    releaseBytes(h);
    return status;
  }
  return errMinus1(
    PyExc_TypeError,
    `%b requires a bytes-like object, or an object that implements __bytes__, not '${typeName(o)}'`,
  );
}

function byteArg(o: Obj): number {
  if (PyBytes_Check(o) || PyByteArray_Check(o)) {
    const bytes = PyBytes_Check(o);
    const n = bytes ? PyBytes_GET_SIZE(o) : PyByteArray_GET_SIZE(o);
    if (n === 1) return H8[bytes ? PyBytes_AS_STRING(o) : PyByteArray_AS_STRING(o)];
    const kind = bytes ? 'bytes' : 'bytearray';
    return errMinus1(
      PyExc_TypeError,
      `%c requires an integer in range(256) or a single byte, not a ${kind} object of length ${n}`,
    );
  }
  if (!PyIndex_Check(o)) {
    return errMinus1(
      PyExc_TypeError,
      `%c requires an integer in range(256) or a single byte, not ${fullyQualifiedName(Py_TYPE(o), true)}`,
    );
  }
  const i = PyNumber_Index(o);
  if (i === 0) return -1;
  const v = PyLong_AsLongAndOverflow(i);
  const overflow = longOverflow;
  decref(i);
  if (overflow !== 0 || v < 0 || v > 255) return errMinus1(PyExc_OverflowError, '%c arg not in range(256)');
  return v;
}

function writeConversion(w: BytesWriter, c: Conversion, args: PercentArgs, index: number): number {
  const o = args.next();
  if (o === 0) return -1;
  switch (c.type) {
    case 98:
    case 115:
      return writeBytes(w, o, c);
    case 97:
    case 114: {
      const s = PyObject_ASCII(o);
      if (s === 0) return -1;
      const status = writeRange(w, PyUnicode_DATA(s), PyUnicode_GET_LENGTH(s), c);
      decref(s);
      return status;
    }
    case 99: {
      const b = byteArg(o);
      return b < 0 ? -1 : padTo(w, 1, c, () => w.byte(b));
    }
    case 100:
    case 105:
    case 117:
    case 111:
    case 120:
    case 88: {
      const text = percentInteger(o, c);
      if (text === null) return -1;
      const hasPrefix = (c.flags & F_ALT) !== 0 && (c.type === 111 || c.type === 120 || c.type === 88);
      const done = finishNumber(text, c, hasPrefix);
      return padTo(w, done.length, c, () => w.latin1(done));
    }
    case 101:
    case 69:
    case 102:
    case 70:
    case 103:
    case 71: {
      const x = PyFloat_AsDouble(o);
      if (x === -1 && PyErr_Occurred() !== 0) {
        // Whatever the conversion raised, bytes formatting has one message for it.
        return errMinus1(PyExc_TypeError, `float argument required, not ${typeName(o)}`);
      }
      const text = percentDouble(x, c);
      if (text === null) return -1;
      const done = finishNumber(text, c, false);
      return padTo(w, done.length, c, () => w.latin1(done));
    }
    default: {
      const shown = c.type > 31 && c.type < 127 ? String.fromCharCode(c.type) : '?';
      return errMinus1(
        PyExc_ValueError,
        `unsupported format character '${shown}' (0x${c.type.toString(16).padStart(2, '0')}) at index ${index}`,
      );
    }
  }
}

/** Returns format % args, of the format's kind. */
export function bytesFormat(format: Obj, argsObj: Obj): Obj {
  const asArray = PyByteArray_Check(format);
  const h = acquireBytes(format);
  if (h === 0) return NULL;
  const p = rangeStart;
  const n = rangeLength;
  const at: CharAt = (i) => H8[p + i];
  const args = new PercentArgs(argsObj, (o) => PyBytes_Check(o) || PyByteArray_Check(o) || PyUnicode_Check(o), 'bytes');
  const w = new BytesWriter();
  let ok = true;
  let i = 0;
  while (i < n) {
    const start = i;
    while (i < n && H8[p + i] !== 37) i++;
    if (w.bytes(p + start, i - start) < 0) {
      ok = false;
      break;
    }
    if (i >= n) break;
    if (i + 1 < n && H8[p + i + 1] === 37) {
      if (w.byte(37) < 0) {
        ok = false;
        break;
      }
      i += 2;
      continue;
    }
    const c = parseConversion(at, i + 1, n, args, (a, b) => PyBytes_FromStringAndSize(p + a, b - a));
    if (c === null) {
      ok = false;
      break;
    }
    i = conversionEnd;
    if (writeConversion(w, c, args, i - 1) < 0) {
      ok = false;
      break;
    }
  }
  if (ok && args.finish() < 0) ok = false;
  args.release();
  releaseBytes(h);
  if (!ok) return w.fail();
  if (!asArray) return w.finish();
  const r = PyByteArray_FromStringAndSize(w.length === 0 ? 0 : w.start, w.length);
  w.drop();
  return r;
}
