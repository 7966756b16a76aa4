// How does an array pickle between machines?  Invariant: a machine format names size, sign and byte order of the items; an array whose format
// is that of its typecode here is read as it is, any other item by item.

import { H8, HDV } from '../memory/linear.js';
import { asBytes, PyBytes_Check } from '../object/bytes.js';
import { nameOfType, PyErr_SetString, typeName } from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { decref } from '../object/header.js';
import { PyType_Check, PyType_IsSubtype } from '../object/isinstance.js';
import { PyList_Append, PyList_New } from '../object/list.js';
import { PyObject_CallFunctionObjArgs } from '../object/call.js';
import { PyBytes_AS_STRING } from '../object/bytes.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { asString, fromCodePoints, PyUnicode_FromString, PyUnicode_GET_LENGTH } from '../object/unicode.js';
import { _PyLong_FromByteArray } from '../types/int_bytes.js';
import { Array_Type, indexOfCode, itemsOf, newArray, TYPE_CODES, type TypeCode } from './array_storage.js';

interface MachineFormat {
  readonly size: number;
  readonly kind: TypeCode['kind'];
  readonly big: boolean;
}

const f = (size: number, kind: TypeCode['kind'], big = false): MachineFormat => ({ size, kind, big });

/** By number, as CPython's machine_format_code. */
const FORMATS: readonly MachineFormat[] = [
  f(1, 'uint'),
  f(1, 'int'),
  f(2, 'uint'),
  f(2, 'uint', true),
  f(2, 'int'),
  f(2, 'int', true),
  f(4, 'uint'),
  f(4, 'uint', true),
  f(4, 'int'),
  f(4, 'int', true),
  f(8, 'uint'),
  f(8, 'uint', true),
  f(8, 'int'),
  f(8, 'int', true),
  f(4, 'float'),
  f(4, 'float', true),
  f(8, 'float'),
  f(8, 'float', true),
  f(2, 'text'),
  f(2, 'text', true),
  f(4, 'text'),
  f(4, 'text', true),
];

/** The number of a typecode's format on this machine. */
export function machineFormat(t: TypeCode): number {
  return FORMATS.findIndex((m) => m.size === t.size && m.kind === t.kind && !m.big);
}

/** The code points of UTF-16 or UTF-32 text. */
function textItems(bytes: Uint8Array, m: MachineFormat): Obj {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const points: number[] = [];
  for (let i = 0; i < bytes.length; i += m.size) {
    let c = m.size === 2 ? view.getUint16(i, !m.big) : view.getUint32(i, !m.big);
    if (m.size === 2 && c >= 0xd800 && c < 0xdc00 && i + 2 < bytes.length) {
      const low = view.getUint16(i + 2, !m.big);
      if (low >= 0xdc00 && low < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        i += 2;
      }
    }
    points.push(c);
  }
  return fromCodePoints(points);
}

/** The items as a list; new, or NULL. */
function listItems(bytes: Obj, n: number, m: MachineFormat): Obj {
  const list = PyList_New(0);
  if (list === 0) return NULL;
  for (let i = 0; i < n; i++) {
    const p = PyBytes_AS_STRING(bytes) + i * m.size;
    let v: Obj;
    if (m.kind === 'float')
      v = PyFloat_FromDouble(m.size === 4 ? HDV.getFloat32(p, !m.big) : HDV.getFloat64(p, !m.big));
    else v = _PyLong_FromByteArray(p, m.size, !m.big, m.kind === 'int');
    const ok = v !== 0 && PyList_Append(list, v) === 0;
    if (v !== 0) decref(v);
    if (!ok) {
      decref(list);
      return NULL;
    }
  }
  return list;
}

export function array_reconstructor(_module: Obj, type: Obj, typecode: Obj, format: number, items: Obj): Obj {
  if (!PyType_Check(type)) {
    return PyErr_SetString(PyExc_TypeError, `first argument must be a type object, not ${typeName(type)}`);
  }
  if (!PyType_IsSubtype(type, Array_Type)) {
    return PyErr_SetString(PyExc_TypeError, `${nameOfType(type)} is not a subtype of ${nameOfType(Array_Type)}`);
  }
  let code = PyUnicode_GET_LENGTH(typecode) === 1 ? indexOfCode(asString(typecode)) : -1;
  if (code < 0) return PyErr_SetString(PyExc_ValueError, 'second argument must be a valid type code');
  if (format < 0 || format >= FORMATS.length) {
    return PyErr_SetString(PyExc_ValueError, 'third argument must be a valid machine format code.');
  }
  if (!PyBytes_Check(items))
    return PyErr_SetString(PyExc_TypeError, `fourth argument should be bytes, not ${typeName(items)}`);
  const m = FORMATS[format];
  const bytes = asBytes(items);
  if (bytes.length % m.size !== 0) return PyErr_SetString(PyExc_ValueError, 'bytes length not a multiple of item size');
  const n = bytes.length / m.size;
  if (machineFormat(TYPE_CODES[code]) === format) {
    const a = newArray(type, n, code);
    if (a !== 0 && n > 0) H8.copyWithin(itemsOf(a), PyBytes_AS_STRING(items), PyBytes_AS_STRING(items) + bytes.length);
    return a;
  }
  let converted: Obj;
  if (m.kind === 'text') converted = textItems(bytes, m);
  else {
    converted = listItems(items, n, m);
    // Integers go where their values fit.
    if (m.kind !== 'float') {
      const fitting = TYPE_CODES.findIndex((t) => t.kind === m.kind && t.size === m.size);
      if (fitting >= 0) code = fitting;
    }
  }
  if (converted === 0) return NULL;
  const letter = PyUnicode_FromString(TYPE_CODES[code].code);
  const a = letter === 0 ? NULL : PyObject_CallFunctionObjArgs(type, letter, converted);
  if (letter !== 0) decref(letter);
  decref(converted);
  return a;
}
