// How do the items of an array stand in memory?
//
// Invariant: an array is `ob_size` items of its typecode's size in one buffer; while someone holds a view of it (exports > 0) its size does
// not change.  Item 'u' and 'w' are code points of 4 bytes.

import { H8, H32, HDV, staticAlloc } from '../memory/linear.js';
import { PyMem_Free, PyMem_Realloc } from '../memory/alloc.js';
import { errMinus1, PyErr_Occurred, typeName } from '../object/errors.js';
import { PyFloat_AsDouble, PyFloat_FromDouble } from '../object/float.js';
import { decref, Py_TYPE } from '../object/header.js';
import { PyType_IsSubtype } from '../object/isinstance.js';
import { buffer, i32, layout, weaklistField } from '../object/layout.js';
import { asSafeInteger, isNegative, PyLong_AsInt, PyLong_AsLong, PyLong_FromLong } from '../object/long.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyNumber_Index } from '../object/number.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  PyExc_BufferError,
  PyExc_IndexError,
  PyExc_OverflowError,
  PyExc_TypeError,
  staticType,
} from '../object/statics.js';
import { ob_size } from '../object/type_layout.js';
import { PyUnicode_Check, PyUnicode_GET_LENGTH, PyUnicode_READ_CHAR, unicodeChar } from '../object/unicode.js';
import { staticCString } from '../object/buffer.js';
import { _PyLong_AsByteArray, _PyLong_FromByteArray } from '../types/int_bytes.js';

export const ArrayLayout = layout(
  { ob_item: buffer, allocated: i32, code: i32, exports: i32, weaklist: weaklistField },
  { items: 0 },
);
export const { ob_item: a_items, allocated: a_allocated, code: a_code, exports: a_exports } = ArrayLayout;
export const Array_Type = staticType();

export interface TypeCode {
  readonly code: string;
  readonly size: number;
  readonly kind: 'int' | 'uint' | 'float' | 'text';
  /** The address of the buffer protocol's format. */
  readonly format: number;
  readonly get: (p: number) => Obj;
  /** 0, or -1 with an exception. Borrows. */
  readonly set: (p: number, v: Obj) => number;
}

/** An integer through __index__ within C's range: else -1 with OverflowError and `failed`. */
let failed = false;
const fail = (message: string): 0 => {
  failed = true;
  errMinus1(PyExc_OverflowError, message);
  return 0;
};

/** A C short, as the converter of b, B and h. */
function shortOf(v: Obj): number {
  failed = false;
  const x = PyLong_AsInt(v);
  if (x === -1 && PyErr_Occurred() !== 0) {
    failed = true;
    return 0;
  }
  if (x < -32768) return fail('signed short integer is less than minimum');
  return x > 32767 ? fail('signed short integer is greater than maximum') : x;
}

function within(x: number, low: number, high: number, name: string): number {
  if (failed) return 0;
  if (x < low) return fail(`${name} is less than minimum`);
  return x > high ? fail(`${name} is greater than maximum`) : x;
}

function intOf(v: Obj): number {
  const x = PyLong_AsInt(v);
  failed = x === -1 && PyErr_Occurred() !== 0;
  return x;
}

/** An unsigned 32-bit value. */
function uintOf(v: Obj): number {
  failed = false;
  const o = PyNumber_Index(v);
  if (o === 0) {
    failed = true;
    return 0;
  }
  const x = asSafeInteger(o);
  const negative = isNegative(o);
  decref(o);
  if (negative) return fail("can't convert negative value to unsigned int");
  return x <= 0xffffffff ? x : fail('Python int too large to convert to C unsigned long');
}

function setLongLong(signed: boolean): (p: number, v: Obj) => number {
  return (p, v) => {
    const o = PyNumber_Index(v);
    if (o === 0) return -1;
    const problem = _PyLong_AsByteArray(o, p, 8, true, signed);
    decref(o);
    return problem === '' ? 0 : errMinus1(PyExc_OverflowError, problem);
  };
}

function setDouble(write: (p: number, x: number) => void): (p: number, v: Obj) => number {
  return (p, v) => {
    const x = PyFloat_AsDouble(v);
    if (x === -1 && PyErr_Occurred() !== 0) return -1;
    write(p, x);
    return 0;
  };
}

function setInt(read: (v: Obj) => number, write: (p: number, x: number) => void): (p: number, v: Obj) => number {
  return (p, v) => {
    const x = read(v);
    if (failed) return -1;
    write(p, x);
    return 0;
  };
}

function setChar(p: number, v: Obj): number {
  if (!PyUnicode_Check(v)) {
    return errMinus1(PyExc_TypeError, `array item must be a unicode character, not ${typeName(v)}`);
  }
  const n = PyUnicode_GET_LENGTH(v);
  if (n !== 1) return errMinus1(PyExc_TypeError, `array item must be a unicode character, not a string of length ${n}`);
  HDV.setInt32(p, PyUnicode_READ_CHAR(v, 0), true);
  return 0;
}

function getChar(p: number): Obj {
  const c = HDV.getUint32(p, true);
  if (c > 0x10ffff) {
    errMinus1(PyExc_TypeError, `character U+${c.toString(16)} is not in range [U+0000; U+10ffff]`);
    return NULL;
  }
  return unicodeChar(c);
}

const set8 = (p: number, x: number): void => {
  H8[p] = x;
};
const set16 = (p: number, x: number): void => HDV.setInt16(p, x, true);
const set32 = (p: number, x: number): void => HDV.setInt32(p, x, true);

function entry(
  code: string,
  size: number,
  kind: TypeCode['kind'],
  get: (p: number) => Obj,
  set: (p: number, v: Obj) => number,
  format = code,
): TypeCode {
  return { code, size, kind, get, set, format: staticCString(format) };
}

/** In the order of array.typecodes; the index is what an array keeps. */
export const TYPE_CODES: readonly TypeCode[] = [
  entry(
    'b',
    1,
    'int',
    (p) => PyLong_FromLong(HDV.getInt8(p)),
    setInt((v) => within(shortOf(v), -128, 127, 'signed char'), set8),
  ),
  entry(
    'B',
    1,
    'uint',
    (p) => PyLong_FromLong(H8[p]),
    setInt((v) => within(shortOf(v), 0, 255, 'unsigned byte integer'), set8),
  ),
  entry('u', 4, 'text', getChar, setChar, 'w'),
  entry('w', 4, 'text', getChar, setChar),
  entry('h', 2, 'int', (p) => PyLong_FromLong(HDV.getInt16(p, true)), setInt(shortOf, set16)),
  entry(
    'H',
    2,
    'uint',
    (p) => PyLong_FromLong(HDV.getUint16(p, true)),
    setInt((v) => within(intOf(v), 0, 65535, 'unsigned short'), set16),
  ),
  entry('i', 4, 'int', (p) => PyLong_FromLong(HDV.getInt32(p, true)), setInt(signed32, set32)),
  entry('I', 4, 'uint', (p) => PyLong_FromLong(HDV.getUint32(p, true)), setInt(uintOf, set32)),
  entry(
    'l',
    4,
    'int',
    (p) => PyLong_FromLong(HDV.getInt32(p, true)),
    setInt((v) => {
      const x = PyLong_AsLong(v);
      failed = x === -1 && PyErr_Occurred() !== 0;
      return x;
    }, set32),
  ),
  entry('L', 4, 'uint', (p) => PyLong_FromLong(HDV.getUint32(p, true)), setInt(uintOf, set32)),
  entry('q', 8, 'int', (p) => _PyLong_FromByteArray(p, 8, true, true), setLongLong(true)),
  entry('Q', 8, 'uint', (p) => _PyLong_FromByteArray(p, 8, true, false), setLongLong(false)),
  entry(
    'f',
    4,
    'float',
    (p) => PyFloat_FromDouble(HDV.getFloat32(p, true)),
    setDouble((p, x) => HDV.setFloat32(p, x, true)),
  ),
  entry(
    'd',
    8,
    'float',
    (p) => PyFloat_FromDouble(HDV.getFloat64(p, true)),
    setDouble((p, x) => HDV.setFloat64(p, x, true)),
  ),
];

function signed32(v: Obj): number {
  failed = false;
  const o = PyNumber_Index(v);
  if (o === 0) {
    failed = true;
    return 0;
  }
  const x = asSafeInteger(o);
  const negative = isNegative(o);
  decref(o);
  if (x >= -0x80000000 && x <= 0x7fffffff) return x;
  return fail(negative ? 'signed integer is less than minimum' : 'signed integer is greater than maximum');
}

export const indexOfCode = (code: string): number => TYPE_CODES.findIndex((t) => t.code === code);

export const codeOf = (a: Obj): TypeCode => TYPE_CODES[H32[(a + a_code) >> 2]];
export const sizeOf = (a: Obj): number => H32[(a + ob_size) >> 2];
export const itemsOf = (a: Obj): number => H32[(a + a_items) >> 2];

export function isArray(o: Obj): boolean {
  const type = Py_TYPE(o);
  return type === Array_Type || PyType_IsSubtype(type, Array_Type);
}

/** A place for one item. */
export const scratch = staticAlloc(8);

/** Item i: new, or NULL. */
export function arrayItem(a: Obj, i: number): Obj {
  const t = codeOf(a);
  return t.get(itemsOf(a) + i * t.size);
}

/** Sets item i (borrowed): 0, or -1 with an exception. */
export function setArrayItem(a: Obj, i: number, v: Obj): number {
  const t = codeOf(a);
  // Converting may run code that moves the items: into a place of their own first.
  const r = t.set(scratch, v);
  if (r < 0) return -1;
  if (i >= sizeOf(a)) return errMinus1(PyExc_IndexError, 'array assignment index out of range');
  const p = itemsOf(a) + i * t.size;
  H8.copyWithin(p, scratch, scratch + t.size);
  return 0;
}

/** Changes the number of items: 0, or -1 with BufferError or MemoryError. New items hold garbage. */
export function resizeArray(a: Obj, n: number): number {
  const old = sizeOf(a);
  if (H32[(a + a_exports) >> 2] > 0 && n !== old) {
    return errMinus1(PyExc_BufferError, 'cannot resize an array that is exporting buffers');
  }
  const allocated = H32[(a + a_allocated) >> 2];
  if (allocated >= n && old < n + 16 && itemsOf(a) !== 0) {
    H32[(a + ob_size) >> 2] = n;
    return 0;
  }
  if (n === 0) {
    PyMem_Free(itemsOf(a));
    H32[(a + a_items) >> 2] = 0;
    H32[(a + ob_size) >> 2] = 0;
    H32[(a + a_allocated) >> 2] = 0;
    return 0;
  }
  const room = (n >> 4) + (old < 8 ? 3 : 7) + n;
  const size = codeOf(a).size;
  const p = room * size > 0x7fffff00 ? 0 : PyMem_Realloc(itemsOf(a), room * size);
  if (p === 0) {
    PyErr_NoMemory();
    return -1;
  }
  H32[(a + a_items) >> 2] = p;
  H32[(a + ob_size) >> 2] = n;
  H32[(a + a_allocated) >> 2] = room;
  return 0;
}

/** An array of `n` items, which hold garbage: new, or NULL. */
export function newArray(type: Obj, n: number, code: number): Obj {
  const size = TYPE_CODES[code].size;
  if (n * size > 0x7fffff00) return PyErr_NoMemory();
  const a = PyType_GenericAlloc(type, 0);
  if (a === 0) return NULL;
  H32[(a + a_code) >> 2] = code;
  if (n === 0) return a;
  const p = PyMem_Realloc(0, n * size);
  if (p === 0) {
    decref(a);
    return PyErr_NoMemory();
  }
  H32[(a + a_items) >> 2] = p;
  H32[(a + ob_size) >> 2] = n;
  H32[(a + a_allocated) >> 2] = n;
  return a;
}
