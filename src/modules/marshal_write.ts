// How is an object written in marshal's format?
//
// Invariant: what is written is CPython 3.14's version 5 (or the older one asked for); an object that others may refer to, too (its count is
// above one), gets FLAG_REF, and is written as a reference from then on.  The written bytes grow in JavaScript and become one bytes object.

import { H32 } from '../memory/linear.js';
import { PyObject_CheckBuffer, bytesLikeToArray } from '../object/buffer.js';
import { bytesView, PyBytes_CheckExact } from '../object/bytes.js';
import { dictKey, dictValue, PyDict_CheckExact, PyDict_Next } from '../object/dict.js';
import { errMinus1, PyErr_Clear, PyErr_SetString } from '../object/errors.js';
import { PyFloat_AsDouble, PyFloat_CheckExact } from '../object/float.js';
import { decref, Py_REFCNT, Py_TYPE } from '../object/header.js';
import { PyList_CheckExact, PyList_GET_ITEM, PyList_GET_SIZE } from '../object/list.js';
import { asBigInt, PyLong_CheckExact } from '../object/long.js';
import type { Obj } from '../object/ptr.js';
import { _PySet_NextEntry, PySet_GET_SIZE, setKey } from '../object/set.js';
import { slice_start, slice_step, slice_stop } from '../object/slice.js';
import {
  Py_Ellipsis,
  Py_False,
  Py_None,
  Py_True,
  PyCode_Type,
  PyComplex_Type,
  PyExc_StopIteration,
  PyExc_ValueError,
  PyFrozenSet_Type,
  PySet_Type,
  PySlice_Type,
} from '../object/statics.js';
import { PyTuple_CheckExact, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { asString, PyUnicode_CHECK_INTERNED, PyUnicode_CheckExact, PyUnicode_IS_ASCII } from '../object/unicode.js';
import { originalCode } from '../types/code_build.js';
import * as C from '../types/code_layout.js';
import { encodeUtf8 } from '../types/codec_utf8.js';
import { complexParts, imagPart, realPart } from '../types/complex_parts.js';
import { floatRepr } from '../types/float_text.js';
import * as M from './marshal_format.js';

const scratch = new DataView(new ArrayBuffer(8));

export class Writer {
  private bytes = new Uint8Array(256);
  private n = 0;
  private depth = 0;
  private readonly refs = new Map<Obj, number>();
  private error = '';
  private failed = false;

  private readonly version: number;
  private readonly allowCode: boolean;

  constructor(version: number, allowCode: boolean) {
    this.version = version;
    this.allowCode = allowCode;
  }

  /** Writes one object: the bytes, or null with an exception. */
  write(o: Obj): Uint8Array | null {
    this.object(o);
    if (this.failed) return null;
    if (this.error !== '') {
      errMinus1(PyExc_ValueError, this.error);
      return null;
    }
    return this.bytes.subarray(0, this.n);
  }

  private room(n: number): number {
    const at = this.n;
    if (at + n > this.bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.bytes.length, at + n));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.n = at + n;
    return at;
  }

  private byte(b: number): void {
    const at = this.room(1);
    this.bytes[at] = b;
  }

  private short(v: number): void {
    this.byte(v & 0xff);
    this.byte((v >> 8) & 0xff);
  }

  private long(v: number): void {
    const at = this.room(4);
    this.bytes[at] = v;
    this.bytes[at + 1] = v >> 8;
    this.bytes[at + 2] = v >> 16;
    this.bytes[at + 3] = v >> 24;
  }

  private raw(bytes: Uint8Array): void {
    const at = this.room(bytes.length);
    this.bytes.set(bytes, at);
  }

  private double(v: number): void {
    scratch.setFloat64(0, v, true);
    for (let i = 0; i < 8; i++) this.byte(scratch.getUint8(i));
  }

  private pascal(text: string): void {
    this.byte(text.length);
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
  }

  private object(o: Obj): void {
    this.depth++;
    if (this.depth > M.MAX_MARSHAL_STACK_DEPTH) this.error = 'object too deeply nested to marshal';
    else if (o === 0) this.byte(M.TYPE_NULL);
    else if (o === Py_None) this.byte(M.TYPE_NONE);
    else if (o === PyExc_StopIteration) this.byte(M.TYPE_STOPITER);
    else if (o === Py_Ellipsis) this.byte(M.TYPE_ELLIPSIS);
    else if (o === Py_False) this.byte(M.TYPE_FALSE);
    else if (o === Py_True) this.byte(M.TYPE_TRUE);
    else {
      const flag = this.reference(o);
      if (flag >= 0) this.complex(o, flag);
    }
    this.depth--;
  }

  /** Writes a reference and returns -1 if `o` was written before; else the flag for its type byte. */
  private reference(o: Obj): number {
    if (this.version < 3) return 0;
    if (Py_REFCNT(o) === 1 && !(PyUnicode_CheckExact(o) && PyUnicode_CHECK_INTERNED(o))) return 0;
    const seen = this.refs.get(o);
    if (seen !== undefined) {
      if (seen < 0) {
        // A code object that contains itself cannot be read back.
        this.error = 'cannot marshal recursion code objects';
        return -1;
      }
      this.byte(M.TYPE_REF);
      this.long(seen);
      return -1;
    }
    this.refs.set(o, this.refs.size);
    return M.FLAG_REF;
  }

  private complex(o: Obj, flag: number): void {
    const type = (t: number) => this.byte(t | flag);
    const kind = Py_TYPE(o);
    if (PyLong_CheckExact(o)) this.int(o, flag);
    else if (PyFloat_CheckExact(o)) {
      if (this.version > 1) {
        type(M.TYPE_BINARY_FLOAT);
        this.double(PyFloat_AsDouble(o));
      } else {
        type(M.TYPE_FLOAT);
        this.pascal(floatRepr(PyFloat_AsDouble(o)));
      }
    } else if (kind === PyComplex_Type) {
      complexParts(o);
      const [re, im] = [realPart, imagPart];
      if (this.version > 1) {
        type(M.TYPE_BINARY_COMPLEX);
        this.double(re);
        this.double(im);
      } else {
        type(M.TYPE_COMPLEX);
        this.pascal(floatRepr(re));
        this.pascal(floatRepr(im));
      }
    } else if (PyBytes_CheckExact(o)) {
      type(M.TYPE_STRING);
      const b = bytesView(o);
      this.long(b.length);
      this.raw(b);
    } else if (PyUnicode_CheckExact(o)) this.str(o, flag);
    else if (PyTuple_CheckExact(o)) {
      const n = PyTuple_GET_SIZE(o);
      if (this.version >= 4 && n < 256) {
        type(M.TYPE_SMALL_TUPLE);
        this.byte(n);
      } else {
        type(M.TYPE_TUPLE);
        this.long(n);
      }
      for (let i = 0; i < n && this.ok(); i++) this.object(PyTuple_GET_ITEM(o, i));
    } else if (PyList_CheckExact(o)) {
      type(M.TYPE_LIST);
      this.long(PyList_GET_SIZE(o));
      for (let i = 0; i < PyList_GET_SIZE(o) && this.ok(); i++) this.object(PyList_GET_ITEM(o, i));
    } else if (PyDict_CheckExact(o)) {
      type(M.TYPE_DICT);
      let pos = 0;
      while (this.ok() && (pos = PyDict_Next(o, pos)) !== 0) {
        const value = dictValue;
        this.object(dictKey);
        this.object(value);
      }
      this.byte(M.TYPE_NULL);
    } else if (kind === PySet_Type || kind === PyFrozenSet_Type) this.set(o, flag);
    else if (kind === PyCode_Type) this.code(o, flag);
    else if (kind === PySlice_Type) {
      if (this.version < 5) {
        this.byte(M.TYPE_UNKNOWN);
        this.error = 'unmarshallable object';
        return;
      }
      type(M.TYPE_SLICE);
      for (const f of [slice_start, slice_stop, slice_step]) this.object(H32[(o + f) >> 2] as Obj);
    } else if (PyObject_CheckBuffer(o)) {
      const b = bytesLikeToArray(o);
      if (b === null) {
        PyErr_Clear();
        this.byte(M.TYPE_UNKNOWN);
        this.error = 'unmarshallable object';
        return;
      }
      type(M.TYPE_STRING);
      this.long(b.length);
      this.raw(b);
    } else {
      this.byte(M.TYPE_UNKNOWN);
      this.error = 'unmarshallable object';
    }
  }

  private ok(): boolean {
    return this.error === '' && !this.failed;
  }

  private int(o: Obj, flag: number): void {
    const v = asBigInt(o);
    if (v >= -0x80000000n && v <= 0x7fffffffn) {
      this.byte(M.TYPE_INT | flag);
      this.long(Number(v));
      return;
    }
    this.byte(M.TYPE_LONG | flag);
    const negative = v < 0n;
    let hex = (negative ? -v : v).toString(2);
    // 15 bits a digit.
    hex = hex.padStart(Math.ceil(hex.length / 15) * 15, '0');
    const n = hex.length / 15;
    this.long(negative ? -n : n);
    for (let i = n - 1; i >= 0; i--) this.short(Number.parseInt(hex.slice(i * 15, i * 15 + 15), 2));
  }

  private str(o: Obj, flag: number): void {
    const interned = PyUnicode_CHECK_INTERNED(o);
    if (this.version >= 4 && PyUnicode_IS_ASCII(o)) {
      const text = asString(o);
      if (text.length < 256) {
        this.byte((interned ? M.TYPE_SHORT_ASCII_INTERNED : M.TYPE_SHORT_ASCII) | flag);
        this.byte(text.length);
      } else {
        this.byte((interned ? M.TYPE_ASCII_INTERNED : M.TYPE_ASCII) | flag);
        this.long(text.length);
      }
      const at = this.room(text.length);
      for (let i = 0; i < text.length; i++) this.bytes[at + i] = text.charCodeAt(i);
      return;
    }
    const utf8 = encodeUtf8(o, 'surrogatepass');
    if (utf8 === 0) {
      this.failed = true;
      return;
    }
    this.byte((this.version >= 3 && interned ? M.TYPE_INTERNED : M.TYPE_UNICODE) | flag);
    const b = bytesView(utf8);
    this.long(b.length);
    this.raw(b);
    decref(utf8);
  }

  /** The elements in the order of their marshalled bytes, so that equal sets are written alike. */
  private set(o: Obj, flag: number): void {
    this.byte((Py_TYPE(o) === PySet_Type ? M.TYPE_SET : M.TYPE_FROZENSET) | flag);
    this.long(PySet_GET_SIZE(o));
    const pairs: { readonly bytes: Uint8Array; readonly key: Obj }[] = [];
    let pos = 0;
    while ((pos = _PySet_NextEntry(o, pos)) !== 0) {
      const key = setKey;
      const w = new Writer(this.version, this.allowCode);
      const bytes = w.write(key);
      if (bytes === null) {
        this.failed = true;
        return;
      }
      pairs.push({ bytes: bytes.slice(), key });
    }
    pairs.sort((a, b) => compareBytes(a.bytes, b.bytes));
    for (const p of pairs) this.object(p.key);
  }

  private code(o: Obj, flag: number): void {
    if (!this.allowCode) {
      PyErr_SetString(PyExc_ValueError, 'marshalling code objects is disallowed');
      this.failed = true;
      return;
    }
    const code = originalCode(o);
    if (code === 0) {
      this.failed = true;
      return;
    }
    const at = this.refs.get(o);
    if (at !== undefined) this.refs.set(o, -1);
    this.byte(M.TYPE_CODE | flag);
    for (const f of [C.co_argcount, C.co_posonlyargcount, C.co_kwonlyargcount, C.co_stacksize, C.co_flags])
      this.long(H32[(o + f) >> 2]);
    this.object(code);
    for (const f of [
      C.co_consts,
      C.co_names,
      C.co_localsplusnames,
      C.co_localspluskinds,
      C.co_filename,
      C.co_name,
      C.co_qualname,
    ]) {
      this.object(H32[(o + f) >> 2] as Obj);
    }
    this.long(H32[(o + C.co_firstlineno) >> 2]);
    this.object(H32[(o + C.co_linetable) >> 2] as Obj);
    this.object(H32[(o + C.co_exceptiontable) >> 2] as Obj);
    decref(code);
    if (at !== undefined) this.refs.set(o, at);
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}
