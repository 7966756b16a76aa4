// What is `marshal`?
//
// Invariant: reading never trusts the bytes: sizes are checked against what is left, references against what has been read, and a code object
// is verified before it can be run (code_verify.ts).  Objects that may be referred to are owned by a list until reading ends.

import { H8, HDV } from '../memory/linear.js';
import { PyObject_CallMethodOneArg } from '../object/call.js';
import { acquireBytes, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import {
  bytesFromArray,
  PyBytes_AS_STRING,
  PyBytes_Check,
  PyBytes_FromStringAndSize,
  PyBytes_GET_SIZE,
} from '../object/bytes.js';
import { defineModule, method } from '../object/declare.js';
import { PyDict_New, PyDict_SetItem } from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { decref, incref, newref, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import {
  PyList_Append,
  PyList_GET_ITEM,
  PyList_GET_SIZE,
  PyList_New,
  PyList_SET_ITEM,
  PyList_SetItem,
} from '../object/list.js';
import { PyLong_FromBigInt, PyLong_FromLong } from '../object/long.js';
import { PyModule_Add } from '../object/module_storage.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyFrozenSet_New, PySet_Add, PySet_New } from '../object/set.js';
import { PySlice_New } from '../object/slice.js';
import {
  Py_Ellipsis,
  Py_False,
  Py_None,
  Py_True,
  PyExc_EOFError,
  PyExc_StopIteration,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import { PyTuple_CheckExact, PyTuple_New, PyTuple_SET_ITEM } from '../object/tuple.js';
import { PyUnicode_Check, PyUnicode_FromLatin1, PyUnicode_InternInPlace } from '../object/unicode.js';
import { newCode } from '../types/code_build.js';
import { PyUnicode_DecodeUTF8 } from '../types/codec_utf8.js';
import { PyComplex_FromDoubles } from '../types/complex.js';
import { parseFloatText } from '../types/float_text.js';
import * as M from './marshal_format.js';
import { Writer } from './marshal_write.js';

const s_read = ID('read');
const s_write = ID('write');

/** Where bytes come from: `take(n)` gives the address of the next n bytes, valid until the next take; 0 with EOFError. */
interface Source {
  take(n: number): number;
  /** How many bytes are left at least; -1 if unknown. */
  left(): number;
}

const EMPTY = -1;

function tooShort(): number {
  PyErr_SetString(PyExc_EOFError, 'marshal data too short');
  return EMPTY;
}

class MemorySource implements Source {
  private at: number;
  private readonly end: number;
  constructor(start: number, length: number) {
    this.at = start;
    this.end = start + length;
  }
  left(): number {
    return this.end - this.at;
  }
  take(n: number): number {
    if (n > this.end - this.at) return tooShort();
    const p = this.at;
    this.at += n;
    return p;
  }
}

class FileSource implements Source {
  private readonly file: Obj;
  /** The last bytes read (owned). */
  private held: Obj = NULL;
  constructor(file: Obj) {
    this.file = file;
  }
  left(): number {
    return -1;
  }
  take(n: number): number {
    xdecref(this.held);
    this.held = NULL;
    const size = PyLong_FromLong(n);
    if (size === 0) return EMPTY;
    const data = PyObject_CallMethodOneArg(this.file, idObj(s_read), size);
    decref(size);
    if (data === 0) return EMPTY;
    if (!PyBytes_Check(data)) {
      PyErr_SetString(PyExc_TypeError, `file.read() returned not bytes but ${typeName(data)}`);
      decref(data);
      return EMPTY;
    }
    this.held = data;
    const got = PyBytes_GET_SIZE(data);
    if (got > n) {
      PyErr_SetString(PyExc_ValueError, `read() returned too much data: ${n} bytes requested, ${got} returned`);
      return EMPTY;
    }
    return got < n ? tooShort() : PyBytes_AS_STRING(data);
  }
  close(): void {
    xdecref(this.held);
    this.held = NULL;
  }
}

/** What becomes of code objects: an error, or code that is checked before it runs, or (our own compiler's) that need not be. */
export type CodePolicy = 'refused' | 'checked' | 'trusted';

class Reader {
  private readonly source: Source;
  private readonly policy: CodePolicy;
  /** A list: what FLAG_REF marked, in order; None while an object is incomplete and may not be referred to. */
  private readonly refs: Obj;
  private depth = 0;

  constructor(source: Source, policy: CodePolicy, refs: Obj) {
    this.source = source;
    this.policy = policy;
    this.refs = refs;
  }

  /** One object, a new reference; NULL with an exception, or without one for TYPE_NULL. */
  read(): Obj {
    const p = this.source.take(1);
    if (p === EMPTY) {
      if (this.depth === 0) PyErr_SetString(PyExc_EOFError, 'EOF read where object expected');
      return NULL;
    }
    if (this.depth >= M.MAX_MARSHAL_STACK_DEPTH) return this.bad('recursion limit exceeded');
    this.depth++;
    const r = this.body(H8[p]);
    this.depth--;
    return r;
  }

  private bad(what: string): Obj {
    return PyErr_SetString(PyExc_ValueError, `bad marshal data (${what})`);
  }

  /** A signed 32-bit number; NaN with an exception. */
  private long(): number {
    const p = this.source.take(4);
    return p === EMPTY ? Number.NaN : HDV.getInt32(p, true);
  }

  /** A size that is possible with what is left; -1 with an exception. */
  private size(what: string, unit = 1): number {
    const n = this.long();
    if (Number.isNaN(n)) return -1;
    const left = this.source.left();
    if (n < 0 || (left >= 0 && n * unit > left)) {
      if (n >= 0) tooShort();
      else this.bad(`${what} size out of range`);
      return -1;
    }
    return n;
  }

  /** Reserves the reference number of an object whose parts are read first. */
  private reserve(flag: number): number {
    if (!flag) return 0;
    return PyList_Append(this.refs, Py_None) < 0 ? -1 : PyList_GET_SIZE(this.refs) - 1;
  }

  private insert(o: Obj, at: number, flag: number): Obj {
    if (o !== 0 && flag) PyList_SetItem(this.refs, at, newref(o));
    return o;
  }

  /** Enters a complete object (owned by the caller) among the references. */
  private ref(o: Obj, flag: number): Obj {
    if (o !== 0 && flag && PyList_Append(this.refs, o) < 0) {
      decref(o);
      return NULL;
    }
    return o;
  }

  /** An object that must be there. */
  private part(what: string): Obj {
    const o = this.read();
    if (o === 0 && PyErr_Occurred() === 0) PyErr_SetString(PyExc_TypeError, `NULL object in marshal data for ${what}`);
    return o;
  }

  private body(byte: number): Obj {
    const flag = byte & M.FLAG_REF;
    switch (byte & ~M.FLAG_REF) {
      case M.TYPE_NULL:
        return NULL;
      case M.TYPE_NONE:
        return newref(Py_None);
      case M.TYPE_STOPITER:
        return newref(PyExc_StopIteration);
      case M.TYPE_ELLIPSIS:
        return newref(Py_Ellipsis);
      case M.TYPE_FALSE:
        return newref(Py_False);
      case M.TYPE_TRUE:
        return newref(Py_True);
      case M.TYPE_INT: {
        const n = this.long();
        return Number.isNaN(n) ? NULL : this.ref(PyLong_FromLong(n), flag);
      }
      case M.TYPE_INT64: {
        const p = this.source.take(8);
        return p === EMPTY ? NULL : this.ref(PyLong_FromBigInt(HDV.getBigInt64(p, true)), flag);
      }
      case M.TYPE_LONG:
        return this.ref(this.int(), flag);
      case M.TYPE_BINARY_FLOAT: {
        const p = this.source.take(8);
        return p === EMPTY ? NULL : this.ref(PyFloat_FromDouble(HDV.getFloat64(p, true)), flag);
      }
      case M.TYPE_FLOAT: {
        const x = this.pascalFloat();
        return x === null ? NULL : this.ref(PyFloat_FromDouble(x), flag);
      }
      case M.TYPE_BINARY_COMPLEX: {
        const p = this.source.take(16);
        return p === EMPTY
          ? NULL
          : this.ref(PyComplex_FromDoubles(HDV.getFloat64(p, true), HDV.getFloat64(p + 8, true)), flag);
      }
      case M.TYPE_COMPLEX: {
        const re = this.pascalFloat();
        const im = re === null ? null : this.pascalFloat();
        return im === null ? NULL : this.ref(PyComplex_FromDoubles(re as number, im), flag);
      }
      case M.TYPE_STRING: {
        const n = this.size('bytes object');
        const p = n < 0 ? EMPTY : this.source.take(n);
        return p === EMPTY ? NULL : this.ref(PyBytes_FromStringAndSize(p, n), flag);
      }
      case M.TYPE_ASCII:
      case M.TYPE_ASCII_INTERNED:
        return this.ascii(this.size('string'), (byte & ~M.FLAG_REF) === M.TYPE_ASCII_INTERNED, flag);
      case M.TYPE_SHORT_ASCII:
      case M.TYPE_SHORT_ASCII_INTERNED: {
        const p = this.source.take(1);
        return p === EMPTY ? NULL : this.ascii(H8[p], (byte & ~M.FLAG_REF) === M.TYPE_SHORT_ASCII_INTERNED, flag);
      }
      case M.TYPE_UNICODE:
      case M.TYPE_INTERNED: {
        const n = this.size('string');
        const p = n < 0 ? EMPTY : this.source.take(n);
        if (p === EMPTY) return NULL;
        const s = PyUnicode_DecodeUTF8(p, n, 'surrogatepass');
        if (s === 0) return NULL;
        return this.ref((byte & ~M.FLAG_REF) === M.TYPE_INTERNED ? PyUnicode_InternInPlace(s) : s, flag);
      }
      case M.TYPE_SMALL_TUPLE: {
        const p = this.source.take(1);
        return p === EMPTY ? NULL : this.tuple(H8[p], flag);
      }
      case M.TYPE_TUPLE:
        return this.tuple(this.size('tuple'), flag);
      case M.TYPE_LIST:
        return this.list(this.size('list'), flag);
      case M.TYPE_DICT:
        return this.dict(flag);
      case M.TYPE_SET:
      case M.TYPE_FROZENSET:
        return this.set(this.size('set'), (byte & ~M.FLAG_REF) === M.TYPE_FROZENSET, flag);
      case M.TYPE_SLICE: {
        const at = this.reserve(flag);
        const start = at < 0 ? NULL : this.part('slice');
        const stop = start === 0 ? NULL : this.part('slice');
        const step = stop === 0 ? NULL : this.part('slice');
        const s = step === 0 ? NULL : PySlice_New(start, stop, step);
        xdecref(start);
        xdecref(stop);
        xdecref(step);
        return this.insert(s, at, flag);
      }
      case M.TYPE_CODE:
        return this.code(flag);
      case M.TYPE_REF: {
        const n = this.long();
        if (Number.isNaN(n)) return NULL;
        if (n < 0 || n >= PyList_GET_SIZE(this.refs)) return this.bad('invalid reference');
        const o = PyList_GET_ITEM(this.refs, n);
        return o === Py_None ? this.bad('invalid reference') : newref(o);
      }
      default:
        return this.bad('unknown type code');
    }
  }

  private int(): Obj {
    const n = this.long();
    if (Number.isNaN(n)) return NULL;
    const size = Math.abs(n);
    if (size > 0x3fffffff) return this.bad('long size out of range');
    const p = this.source.take(2 * size);
    if (p === EMPTY) return NULL;
    let bits = '';
    for (let i = size - 1; i >= 0; i--) {
      const d = HDV.getUint16(p + 2 * i, true);
      if (d > 0x7fff) return this.bad('digit out of range in long');
      if (i === size - 1 && d === 0) return this.bad('unnormalized long data');
      bits += d.toString(2).padStart(15, '0');
    }
    const v = bits === '' ? 0n : BigInt(`0b${bits}`);
    return PyLong_FromBigInt(n < 0 ? -v : v);
  }

  private pascalFloat(): number | null {
    const p = this.source.take(1);
    if (p === EMPTY) return null;
    const n = H8[p];
    const q = this.source.take(n);
    if (q === EMPTY) return null;
    const x = parseFloatText(String.fromCharCode(...H8.subarray(q, q + n)));
    if (x === undefined) {
      this.bad('invalid float');
      return null;
    }
    return x;
  }

  private ascii(n: number, interned: boolean, flag: number): Obj {
    if (n < 0) return NULL;
    const p = this.source.take(n);
    if (p === EMPTY) return NULL;
    const s = PyUnicode_FromLatin1(p, n);
    return s === 0 ? NULL : this.ref(interned ? PyUnicode_InternInPlace(s) : s, flag);
  }

  private tuple(n: number, flag: number): Obj {
    if (n < 0) return NULL;
    const at = this.reserve(flag);
    const t = at < 0 ? NULL : PyTuple_New(n);
    if (t === 0) return NULL;
    // A tuple can be part of itself only through something mutable, which refers to it by number: entered when complete.
    for (let i = 0; i < n; i++) {
      const o = this.part('tuple');
      if (o === 0) {
        decref(t);
        return NULL;
      }
      PyTuple_SET_ITEM(t, i, o);
    }
    return this.insert(t, at, flag);
  }

  private list(n: number, flag: number): Obj {
    if (n < 0) return NULL;
    const list = this.ref(PyList_New(n), flag);
    if (list === 0) return NULL;
    for (let i = 0; i < n; i++) {
      const o = this.part('list');
      if (o === 0) {
        decref(list);
        return NULL;
      }
      PyList_SET_ITEM(list, i, o);
    }
    return list;
  }

  private dict(flag: number): Obj {
    const d = this.ref(PyDict_New(), flag);
    if (d === 0) return NULL;
    for (;;) {
      const key = this.read();
      if (key === 0) break;
      const value = this.read();
      if (value === 0) {
        decref(key);
        break;
      }
      const r = PyDict_SetItem(d, key, value);
      decref(key);
      decref(value);
      if (r < 0) break;
    }
    if (PyErr_Occurred() === 0) return d;
    decref(d);
    return NULL;
  }

  private set(n: number, frozen: boolean, flag: number): Obj {
    if (n < 0) return NULL;
    const at = frozen ? this.reserve(flag) : 0;
    if (at < 0) return NULL;
    const set = frozen ? PyFrozenSet_New(NULL) : this.ref(PySet_New(NULL), flag);
    if (set === 0) return NULL;
    let ok = true;
    for (let i = 0; ok && i < n; i++) {
      const o = this.part('set');
      ok = o !== 0 && PySet_Add(set, o) === 0;
      xdecref(o);
    }
    if (!ok) {
      decref(set);
      return NULL;
    }
    return frozen ? this.insert(set, at, flag) : set;
  }

  private code(flag: number): Obj {
    if (this.policy === 'refused') return PyErr_SetString(PyExc_ValueError, 'unmarshalling code objects is disallowed');
    const at = this.reserve(flag);
    if (at < 0) return NULL;
    const numbers: number[] = [];
    for (let i = 0; i < 5; i++) {
      const n = this.long();
      if (Number.isNaN(n)) return NULL;
      numbers.push(n);
    }
    const parts: Obj[] = [];
    let result: Obj = NULL;
    let firstlineno = 0;
    for (let i = 0; i < 10; i++) {
      if (i === 8) {
        firstlineno = this.long();
        if (Number.isNaN(firstlineno)) break;
      }
      const o = this.part('code');
      if (o === 0) break;
      parts.push(o);
    }
    if (parts.length === 10) {
      const isBytes = (i: number) => PyBytes_Check(parts[i]);
      const isTuple = (i: number) => PyTuple_CheckExact(parts[i]);
      const isStr = (i: number) => PyUnicode_Check(parts[i]);
      if (
        !isBytes(0) ||
        !isTuple(1) ||
        !isTuple(2) ||
        !isTuple(3) ||
        !isBytes(4) ||
        !isStr(5) ||
        !isStr(6) ||
        !isStr(7) ||
        !isBytes(8) ||
        !isBytes(9)
      ) {
        this.bad('invalid code object');
      } else {
        result = newCode(
          {
            argcount: numbers[0],
            posonlyargcount: numbers[1],
            kwonlyargcount: numbers[2],
            stacksize: numbers[3],
            flags: numbers[4],
            firstlineno,
            code: parts[0],
            consts: parts[1],
            names: parts[2],
            localsplusnames: parts[3],
            localspluskinds: parts[4],
            filename: parts[5],
            name: parts[6],
            qualname: parts[7],
            linetable: parts[8],
            exceptiontable: parts[9],
          },
          this.policy === 'trusted',
        );
      }
    }
    for (const o of parts) decref(o);
    return this.insert(result, at, flag);
  }
}

function readObject(source: Source, code: CodePolicy): Obj {
  const refs = PyList_New(0);
  if (refs === 0) return NULL;
  const r = new Reader(source, code, refs).read();
  decref(refs);
  if (r === 0 && PyErr_Occurred() === 0) PyErr_SetString(PyExc_TypeError, 'NULL object in marshal data for object');
  return r;
}

/** Reads one object from `n` bytes at `address`: a new reference, or NULL (PyMarshal_ReadObjectFromString). */
export function PyMarshal_ReadObjectFromString(address: number, n: number, code: CodePolicy = 'checked'): Obj {
  return readObject(new MemorySource(address, n), code);
}

/** The marshalled bytes of an object, or null with an exception. */
export function marshalBytes(o: Obj, version = M.MARSHAL_VERSION, allowCode = true): Uint8Array | null {
  return new Writer(version, allowCode).write(o);
}

function dumps(_m: Obj, value: Obj, version: number, allowCode: number): Obj {
  const bytes = marshalBytes(value, version, allowCode !== 0);
  return bytes === null ? NULL : bytesFromArray(bytes);
}

function dump(m: Obj, value: Obj, file: Obj, version: number, allowCode: number): Obj {
  const bytes = dumps(m, value, version, allowCode);
  if (bytes === 0) return NULL;
  const r = PyObject_CallMethodOneArg(file, idObj(s_write), bytes);
  decref(bytes);
  return r;
}

function loads(_m: Obj, data: Obj, allowCode: number): Obj {
  const handle = acquireBytes(data);
  if (handle === 0) return NULL;
  const r = readObject(new MemorySource(rangeStart, rangeLength), allowCode !== 0 ? 'checked' : 'refused');
  releaseBytes(handle);
  return r;
}

function load(_m: Obj, file: Obj, allowCode: number): Obj {
  incref(file);
  const source = new FileSource(file);
  const r = readObject(source, allowCode !== 0 ? 'checked' : 'refused');
  source.close();
  decref(file);
  return r;
}

defineModule({
  name: 'marshal',
  doc: 'This module contains functions that can read and write Python values in\na binary format. The format is specific to Python, but independent of\nmachine architecture issues.',
  functions: [
    method(
      'dump',
      '($module, value, file, version: int = 5, /, *, allow_code: bool = True)',
      dump,
      'Write the value on the open file.',
    ),
    method(
      'load',
      '($module, file, /, *, allow_code: bool = True)',
      load,
      'Read one value from the open file and return it.',
    ),
    method(
      'dumps',
      '($module, value, version: int = 5, /, *, allow_code: bool = True)',
      dumps,
      'Return the bytes object that would be written to a file by dump(value, file).',
    ),
    method(
      'loads',
      '($module, bytes, /, *, allow_code: bool = True)',
      loads,
      'Convert the bytes-like object to a value.',
    ),
  ],
  exec: (m) => PyModule_Add(m, 'version', PyLong_FromLong(M.MARSHAL_VERSION)),
});
