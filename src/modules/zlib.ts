// What is the module zlib?
//
// Invariant: a stream is JavaScript's (zlib_stream.ts), found by the object's address and forgotten when the object dies; input is copied before a stream
// sees it, so nothing stays acquired and no Python code runs while a stream works.

import { bytesLikeToArray, needBytesLike, PyObject_CheckBuffer } from '../object/buffer.js';
import { asBytes, bytesFromArray } from '../object/bytes.js';
import { defineModule, defineType, getset, member, method } from '../object/declare.js';
import { PyErr_SetString } from '../object/errors.js';
import { decref, newref, xdecref } from '../object/header.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyLong_FromLong } from '../object/long.js';
import { H32 } from '../memory/linear.js';
import { PyModule_Add, PyModule_AddObjectRef } from '../object/module_storage.js';
import { _PyObject_New, freeObject } from '../object/new_object.js';
import { PyBool_FromLong } from '../object/object.js';
import { bindTuple, bound } from '../object/bind.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { PyExc_EOFError, PyExc_Exception, PyExc_ValueError, staticType } from '../object/statics.js';
import { Py_TPFLAGS_DISALLOW_INSTANTIATION } from '../object/type_layout.js';
import { simpleException } from '../types/exceptions.js';
import { adler32, crc32 } from './checksums.js';
import { toPython } from './values.js';
import * as Z from './zlib_stream.js';

const MAX_WBITS = 15;
const DEF_MEM_LEVEL = 8;
const DEF_BUF_SIZE = 16384;

const Error_Type = staticType();
simpleException(Error_Type, 'zlib.error', PyExc_Exception, undefined);

/** zlib.error as zlib's code and words explain it: "Error -3 while decompressing data: incorrect header check". */
function zlibError(code: number, words: string, what: string): Obj {
  let said = words;
  if (said === '') {
    if (code === Z.Z_BUF_ERROR) said = 'incomplete or truncated stream';
    else if (code === Z.Z_STREAM_ERROR) said = 'inconsistent stream state';
    else if (code === Z.Z_DATA_ERROR) said = 'invalid input data';
  }
  return PyErr_SetString(Error_Type, said === '' ? `Error ${code} ${what}` : `Error ${code} ${what}: ${said}`);
}

/** The bytes of a bytes-like object, copied; null with TypeError. */
function input(o: Obj): Uint8Array | null {
  if (PyObject_CheckBuffer(o)) return bytesLikeToArray(o);
  needBytesLike(o);
  return null;
}

const refusedInit = (code: number): Obj =>
  code === Z.Z_STREAM_ERROR
    ? PyErr_SetString(PyExc_ValueError, 'Invalid initialization option')
    : zlibError(code, '', 'while creating compression object');

function zlib_compress(_module: Obj, data: Obj, level: number, wbits: number): Obj {
  const bytes = input(data);
  if (bytes === null) return NULL;
  const stream = Z.DeflateStream.create(level, wbits, DEF_MEM_LEVEL, Z.Z_DEFAULT_STRATEGY);
  if (typeof stream === 'number') {
    return stream === Z.Z_STREAM_ERROR
      ? PyErr_SetString(Error_Type, 'Bad compression level')
      : zlibError(stream, '', 'while compressing data');
  }
  const { code, data: out } = stream.run(bytes, Z.Z_FINISH);
  return code === Z.Z_STREAM_END ? bytesFromArray(out) : zlibError(code, stream.message, 'while finishing compression');
}

function zlib_decompress(_module: Obj, data: Obj, wbits: number, bufsize: number): Obj {
  if (bufsize < 0) return PyErr_SetString(PyExc_ValueError, 'bufsize must be non-negative');
  const bytes = input(data);
  if (bytes === null) return NULL;
  const stream = Z.InflateStream.create(wbits);
  if (typeof stream === 'number') return zlibError(stream, '', 'while preparing to decompress data');
  const { code, data: out } = stream.run(bytes);
  if (code === Z.Z_STREAM_END) return bytesFromArray(out);
  if (code === Z.Z_OK || code === Z.Z_BUF_ERROR) return zlibError(Z.Z_BUF_ERROR, '', 'while decompressing data');
  return zlibError(code, stream.message, 'while decompressing data');
}

// --- Compress -----------------------------------------------------------------------------------------------------------------

const Compress_Type = staticType();
const compressors = new Map<Obj, Z.DeflateStream>();
/** Those whose stream has been finished. */
const finished = new Set<Obj>();

function newCompress(stream: Z.DeflateStream): Obj {
  const o = _PyObject_New(Compress_Type);
  if (o !== 0) compressors.set(o, stream);
  return o;
}

function zlib_compressobj(
  _module: Obj,
  level: number,
  methodOf: number,
  wbits: number,
  memLevel: number,
  strategy: number,
  zdict: Obj,
): Obj {
  const dictionary = zdict === 0 ? null : input(zdict);
  if (zdict !== 0 && dictionary === null) return NULL;
  if (methodOf !== 8) return PyErr_SetString(PyExc_ValueError, 'Invalid initialization option');
  const stream = Z.DeflateStream.create(level, wbits, memLevel, strategy);
  if (typeof stream === 'number') return refusedInit(stream);
  if (dictionary !== null) {
    const code = stream.setDictionary(dictionary);
    if (code === Z.Z_STREAM_ERROR) return PyErr_SetString(PyExc_ValueError, 'Invalid dictionary');
    if (code !== Z.Z_OK) return PyErr_SetString(PyExc_ValueError, 'deflateSetDictionary()');
  }
  return newCompress(stream);
}

function compress_compress(self: Obj, data: Obj): Obj {
  const bytes = input(data);
  if (bytes === null) return NULL;
  const stream = compressors.get(self) as Z.DeflateStream;
  if (finished.has(self)) return zlibError(Z.Z_STREAM_ERROR, '', 'while compressing data');
  const { code, data: out } = stream.run(bytes, Z.Z_NO_FLUSH);
  return code === Z.Z_STREAM_ERROR ? zlibError(code, stream.message, 'while compressing data') : bytesFromArray(out);
}

const NOTHING = new Uint8Array(0);

function compress_flush(self: Obj, mode: number): Obj {
  if (mode === Z.Z_NO_FLUSH) return bytesFromArray(NOTHING);
  const stream = compressors.get(self) as Z.DeflateStream;
  if (finished.has(self)) return zlibError(Z.Z_STREAM_ERROR, '', 'while flushing');
  const { code, data: out } = stream.run(NOTHING, mode);
  if (code === Z.Z_STREAM_ERROR) return zlibError(code, stream.message, 'while flushing');
  if (code === Z.Z_STREAM_END && mode === Z.Z_FINISH) finished.add(self);
  else if (code !== Z.Z_OK && code !== Z.Z_BUF_ERROR) return zlibError(code, stream.message, 'from flush()');
  return bytesFromArray(out);
}

function compress_copy(self: Obj): Obj {
  if (finished.has(self)) return PyErr_SetString(PyExc_ValueError, 'Inconsistent stream state');
  return newCompress((compressors.get(self) as Z.DeflateStream).copy());
}

defineType({
  type: Compress_Type,
  name: 'zlib.Compress',
  layout: layout({}),
  flags: Py_TPFLAGS_DISALLOW_INSTANTIATION,
  slots: {
    tp_dealloc: (o: Obj) => {
      compressors.delete(o);
      finished.delete(o);
      freeObject(o);
    },
  },
  methods: [
    method('compress', '($self, data, /)', compress_compress, 'Returns a bytes object containing compressed data.'),
    method(
      'flush',
      '($self, mode: int = 4, /)',
      compress_flush,
      'Return a bytes object containing any remaining compressed data.',
    ),
    method('copy', '($self, /)', compress_copy, 'Return a copy of the compression object.'),
    method('__copy__', '($self, /)', compress_copy),
    method('__deepcopy__', '($self, memo, /)', (self: Obj) => compress_copy(self)),
  ],
});

// --- Decompress ---------------------------------------------------------------------------------------------------------------

interface Inflating {
  stream: Z.InflateStream;
  dictionary: Uint8Array | undefined;
  /** What _ZlibDecompressor has not used yet. */
  pending: Uint8Array;
}

const Decompress_Type = staticType();
const Decompress = layout({ unused_data: ref, unconsumed_tail: ref, eof: i32 });
const decompressors = new Map<Obj, Inflating>();

/** Replaces a reference of the object: 0, or -1 if there is none. */
function setField(self: Obj, offset: number, value: Obj): number {
  if (value === 0) return -1;
  const old = H32[(self + offset) >> 2] as Obj;
  H32[(self + offset) >> 2] = value;
  xdecref(old);
  return 0;
}

function newInflating(type: Obj, state: Inflating, fields: readonly number[]): Obj {
  const o = _PyObject_New(type);
  if (o === 0) return NULL;
  decompressors.set(o, state);
  for (const offset of fields) H32[(o + offset) >> 2] = NULL;
  for (const offset of fields) {
    if (setField(o, offset, bytesFromArray(NOTHING)) < 0) {
      decref(o);
      return NULL;
    }
  }
  return o;
}

/** A new inflating state, null with an exception; raw streams take their dictionary at once. */
function openInflating(wbits: number, zdict: Obj, refuse: (code: number) => Obj): Inflating | null {
  const dictionary = zdict === 0 ? undefined : input(zdict);
  if (dictionary === null) return null;
  const stream = Z.InflateStream.create(wbits);
  if (typeof stream === 'number') {
    refuse(stream);
    return null;
  }
  if (dictionary !== undefined && wbits < 0) {
    const code = stream.setDictionary(dictionary);
    if (code !== Z.Z_OK) {
      zlibError(code, stream.message, 'while setting zdict');
      return null;
    }
  }
  return { stream, dictionary, pending: NOTHING };
}

const DECOMPRESS_FIELDS = [Decompress.unused_data, Decompress.unconsumed_tail];

function zlib_decompressobj(_module: Obj, wbits: number, zdict: Obj): Obj {
  const state = openInflating(wbits, zdict, (code) =>
    code === Z.Z_STREAM_ERROR
      ? PyErr_SetString(PyExc_ValueError, 'Invalid initialization option')
      : zlibError(code, '', 'while creating decompression object'),
  );
  return state === null ? NULL : newInflating(Decompress_Type, state, DECOMPRESS_FIELDS);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** Keeps what is left of the input: 0, or -1. */
function keepRest(self: Obj, rest: Uint8Array, ended: boolean): number {
  if (ended) {
    if (setField(self, Decompress.unconsumed_tail, bytesFromArray(NOTHING)) < 0) return -1;
    if (rest.length === 0) return 0;
    const before = asBytes(H32[(self + Decompress.unused_data) >> 2] as Obj);
    return setField(self, Decompress.unused_data, bytesFromArray(joined(before, rest)));
  }
  return setField(self, Decompress.unconsumed_tail, bytesFromArray(rest));
}

function decompress_decompress(self: Obj, data: Obj, maxLength: number): Obj {
  if (maxLength < 0) return PyErr_SetString(PyExc_ValueError, 'max_length must be non-negative');
  const bytes = input(data);
  if (bytes === null) return NULL;
  const { stream, dictionary } = decompressors.get(self) as Inflating;
  if (H32[(self + Decompress.eof) >> 2]) return keepRest(self, bytes, true) < 0 ? NULL : bytesFromArray(NOTHING);
  const { code, data: out } = stream.run(bytes, maxLength, dictionary);
  const ended = code === Z.Z_STREAM_END;
  const rest = bytes.slice(stream.consumed);
  const failed = !ended && code !== Z.Z_OK && code !== Z.Z_BUF_ERROR;
  if (ended || !failed) {
    if (keepRest(self, rest, ended) < 0) return NULL;
  }
  if (failed) return zlibError(code, stream.message, 'while decompressing data');
  if (ended) H32[(self + Decompress.eof) >> 2] = 1;
  return bytesFromArray(out);
}

function decompress_flush(self: Obj, length: number): Obj {
  if (length <= 0) return PyErr_SetString(PyExc_ValueError, 'length must be greater than zero');
  const { stream, dictionary } = decompressors.get(self) as Inflating;
  if (H32[(self + Decompress.eof) >> 2]) return bytesFromArray(NOTHING);
  const bytes = asBytes(H32[(self + Decompress.unconsumed_tail) >> 2] as Obj).slice();
  const { code, data: out } = stream.run(bytes, 0, dictionary, Z.Z_FINISH);
  const ended = code === Z.Z_STREAM_END;
  if (!ended && code !== Z.Z_OK && code !== Z.Z_BUF_ERROR)
    return zlibError(code, stream.message, 'while decompressing data');
  if (keepRest(self, bytes.slice(stream.consumed), ended) < 0) return NULL;
  if (ended) H32[(self + Decompress.eof) >> 2] = 1;
  return bytesFromArray(out);
}

function decompress_copy(self: Obj): Obj {
  const { stream, dictionary } = decompressors.get(self) as Inflating;
  const o = newInflating(Decompress_Type, { stream: stream.copy(), dictionary, pending: NOTHING }, DECOMPRESS_FIELDS);
  if (o === 0) return NULL;
  for (const offset of DECOMPRESS_FIELDS) setField(o, offset, newref(H32[(self + offset) >> 2] as Obj));
  H32[(o + Decompress.eof) >> 2] = H32[(self + Decompress.eof) >> 2];
  return o;
}

function deallocWith(fields: readonly number[]): (o: Obj) => void {
  return (o) => {
    decompressors.delete(o);
    for (const offset of fields) xdecref(H32[(o + offset) >> 2] as Obj);
    freeObject(o);
  };
}

defineType({
  type: Decompress_Type,
  name: 'zlib.Decompress',
  layout: Decompress,
  flags: Py_TPFLAGS_DISALLOW_INSTANTIATION,
  slots: { tp_dealloc: deallocWith(DECOMPRESS_FIELDS) },
  methods: [
    method(
      'decompress',
      '($self, data, /, max_length: ssize = 0)',
      decompress_decompress,
      'Return a bytes object containing the decompressed version of the data.',
    ),
    method(
      'flush',
      `($self, length: ssize = ${DEF_BUF_SIZE}, /)`,
      decompress_flush,
      'Return a bytes object containing any remaining decompressed data.',
    ),
    method('copy', '($self, /)', decompress_copy, 'Return a copy of the decompression object.'),
    method('__copy__', '($self, /)', decompress_copy),
    method('__deepcopy__', '($self, memo, /)', (self: Obj) => decompress_copy(self)),
  ],
  members: [
    member('unused_data', 'object', Decompress.unused_data),
    member('unconsumed_tail', 'object', Decompress.unconsumed_tail),
    member('eof', 'bool', Decompress.eof),
  ],
});

// --- _ZlibDecompressor --------------------------------------------------------------------------------------------------------

const Decompressor_Type = staticType();
const Decompressor = layout({ unused_data: ref, eof: i32, needs_input: i32 });
const DECOMPRESSOR_FIELDS = [Decompressor.unused_data];
const NEW = parseSignature('_ZlibDecompressor', `(wbits: int = ${MAX_WBITS}, zdict=b'')`);

function decompressor_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(NEW, args, kwargs)) return NULL;
  const state = openInflating(bound[0], bound[1] as Obj, (code) =>
    code === Z.Z_STREAM_ERROR
      ? PyErr_SetString(PyExc_ValueError, 'Invalid initialization option')
      : zlibError(code, '', 'while creating decompression object'),
  );
  if (state === null) return NULL;
  const o = newInflating(type, state, DECOMPRESSOR_FIELDS);
  if (o !== 0) H32[(o + Decompressor.needs_input) >> 2] = 1;
  return o;
}

function decompressor_decompress(self: Obj, data: Obj, maxLength: number): Obj {
  const bytes = input(data);
  if (bytes === null) return NULL;
  if (H32[(self + Decompressor.eof) >> 2]) return PyErr_SetString(PyExc_EOFError, 'End of stream already reached');
  const state = decompressors.get(self) as Inflating;
  const all = state.pending.length > 0 ? joined(state.pending, bytes) : bytes;
  if (maxLength === 0) {
    state.pending = all;
    H32[(self + Decompressor.needs_input) >> 2] = 0;
    return bytesFromArray(NOTHING);
  }
  const { code, data: out } = state.stream.run(all, Math.max(maxLength, 0), state.dictionary);
  if (code !== Z.Z_OK && code !== Z.Z_BUF_ERROR && code !== Z.Z_STREAM_END)
    return zlibError(code, state.stream.message, 'while decompressing data');
  const rest = all.slice(state.stream.consumed);
  const ended = code === Z.Z_STREAM_END;
  state.pending = ended ? NOTHING : rest;
  H32[(self + Decompressor.eof) >> 2] = ended ? 1 : 0;
  const limited = maxLength > 0 && out.length === maxLength;
  H32[(self + Decompressor.needs_input) >> 2] = !ended && rest.length === 0 && !limited ? 1 : 0;
  if (ended && rest.length > 0 && setField(self, Decompressor.unused_data, bytesFromArray(rest)) < 0) return NULL;
  return bytesFromArray(out);
}

defineType({
  type: Decompressor_Type,
  name: 'zlib._ZlibDecompressor',
  layout: Decompressor,
  flags: 0,
  doc: 'Create a decompressor object for decompressing data incrementally.',
  signature: "(wbits=15, zdict=b'')",
  slots: { tp_new: decompressor_new, tp_dealloc: deallocWith(DECOMPRESSOR_FIELDS) },
  methods: [
    method(
      'decompress',
      '($self, data, max_length: ssize = -1)',
      decompressor_decompress,
      'Decompress *data*, returning uncompressed data as bytes.',
    ),
  ],
  members: [
    member('unused_data', 'object', Decompressor.unused_data, {
      doc: 'Data found after the end of the compressed stream.',
    }),
  ],
  getset: [
    getset(
      'eof',
      (self: Obj) => PyBool_FromLong(H32[(self + Decompressor.eof) >> 2]),
      null,
      'True if the end-of-stream marker has been reached.',
    ),
    getset(
      'needs_input',
      (self: Obj) => PyBool_FromLong(H32[(self + Decompressor.needs_input) >> 2]),
      null,
      'True if more input is needed before more decompressed data can be produced.',
    ),
  ],
});

// --- the module ---------------------------------------------------------------------------------------------------------------

type Checksum = (data: Uint8Array, value: number) => number;
const checksum = (f: Checksum) => (_module: Obj, data: Obj, value: number) => {
  const bytes = input(data);
  return bytes === null ? NULL : PyLong_FromLong(f(bytes, value >>> 0));
};

const CONSTANTS: readonly (readonly [string, number | string])[] = [
  ['MAX_WBITS', MAX_WBITS],
  ['DEFLATED', 8],
  ['DEF_MEM_LEVEL', DEF_MEM_LEVEL],
  ['DEF_BUF_SIZE', DEF_BUF_SIZE],
  ['Z_BEST_SPEED', 1],
  ['Z_BEST_COMPRESSION', 9],
  ['Z_NO_COMPRESSION', 0],
  ['Z_DEFAULT_COMPRESSION', -1],
  ['Z_DEFAULT_STRATEGY', Z.Z_DEFAULT_STRATEGY],
  ['Z_FILTERED', Z.Z_FILTERED],
  ['Z_HUFFMAN_ONLY', Z.Z_HUFFMAN_ONLY],
  ['Z_RLE', Z.Z_RLE],
  ['Z_FIXED', Z.Z_FIXED],
  ['Z_NO_FLUSH', Z.Z_NO_FLUSH],
  ['Z_PARTIAL_FLUSH', Z.Z_PARTIAL_FLUSH],
  ['Z_SYNC_FLUSH', Z.Z_SYNC_FLUSH],
  ['Z_FULL_FLUSH', Z.Z_FULL_FLUSH],
  ['Z_FINISH', Z.Z_FINISH],
  ['Z_BLOCK', Z.Z_BLOCK],
  ['Z_TREES', Z.Z_TREES],
  ['ZLIB_VERSION', Z.ZLIB_VERSION],
  ['ZLIB_RUNTIME_VERSION', Z.ZLIB_VERSION],
  ['__version__', '1.0'],
];

defineModule({
  name: 'zlib',
  doc: 'The functions in this module allow compression and decompression using the\nzlib library, which is based on GNU zip.\n',
  types: [Decompressor_Type],
  functions: [
    method(
      'adler32',
      '($module, data, value: uint = 1, /)',
      checksum(adler32),
      'Compute an Adler-32 checksum of data.',
    ),
    method('crc32', '($module, data, value: uint = 0, /)', checksum(crc32), 'Compute a CRC-32 checksum of data.'),
    method(
      'compress',
      '($module, data, /, level: int = -1, wbits: int = 15)',
      zlib_compress,
      'Returns a bytes object containing compressed data.',
    ),
    method(
      'compressobj',
      '($module, /, level: int = -1, method: int = 8, wbits: int = 15, memLevel: int = 8, strategy: int = 0, zdict=<unrepresentable>)',
      zlib_compressobj,
      'Return a compressor object.',
    ),
    method(
      'decompress',
      `($module, data, /, wbits: int = ${MAX_WBITS}, bufsize: ssize = ${DEF_BUF_SIZE})`,
      zlib_decompress,
      'Returns a bytes object containing the uncompressed data.',
    ),
    method(
      'decompressobj',
      "($module, /, wbits: int = 15, zdict=b'')",
      zlib_decompressobj,
      'Return a decompressor object.',
    ),
  ],
  exec(m) {
    for (const [name, value] of CONSTANTS) if (PyModule_Add(m, name, toPython(value)) < 0) return -1;
    return PyModule_AddObjectRef(m, 'error', Error_Type);
  },
});
