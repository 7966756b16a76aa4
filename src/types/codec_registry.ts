// Which codec has which name?
//
// Invariant: the registry is three heap objects, made on first use: the list of search functions, the dict normalized name → codec tuple,
// the dict name → error handler.  The first lookup imports the package `encodings`, which registers the standard search function.

import { encodeUtf8 } from './codec_utf8.js';
import { H32, staticWord } from '../memory/linear.js';
import { PyObject_Call, PyObject_CallOneArg, PyCallable_Check } from '../object/call.js';
import {
  addNote,
  dictValue,
  PyDict_Clear,
  PyDict_GetItemWithError,
  PyDict_New,
  PyDict_Pop,
  PyDict_SetItem,
  PyDict_SetItemString,
} from '../object/dict.js';
import { errMinus1, PyErr_Clear, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyCFunction_NewEx } from '../object/descr.js';
import { decref, newref, xdecref } from '../object/header.js';
import { PyList_Append, PyList_GET_ITEM, PyList_GET_SIZE, PyList_New, PyList_SetSlice } from '../object/list.js';
import { PyObject_GetAttrString, PyObject_IsTrue } from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { rootWord } from '../object/roots.js';
import { Py_None, PyExc_LookupError, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE, tupleFromObjs } from '../object/tuple.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { errorHandlerDefs } from './codec_errors.js';

/** Indices of the three objects, and whether `encodings` was imported. */
const searchPath = rootWord('the search path of codecs');
const codecCache = rootWord('the cache of codecs');
const errorHandlers = rootWord('the error handlers of codecs');
const encodingsImported = staticWord();

/** Makes the registry: 0, or -1 with an exception. */
function ensure(): number {
  if (H32[errorHandlers] !== 0) return 0;
  const list = PyList_New(0);
  const cache = PyDict_New();
  const errors = PyDict_New();
  if (list === 0 || cache === 0 || errors === 0) {
    xdecref(list);
    xdecref(cache);
    xdecref(errors);
    return -1;
  }
  for (const [name, def] of errorHandlerDefs) {
    const f = PyCFunction_NewEx(def.ml, NULL, NULL);
    if (f === 0 || PyDict_SetItemString(errors, name, f) < 0) {
      xdecref(f);
      decref(list);
      decref(cache);
      decref(errors);
      return -1;
    }
    decref(f);
  }
  H32[searchPath] = list;
  H32[codecCache] = cache;
  H32[errorHandlers] = errors;
  return 0;
}

/** Gives the registry up at finalization. */
export function finiCodecs(): void {
  for (const word of [searchPath, codecCache, errorHandlers]) {
    const o = H32[word] as Obj;
    H32[word] = 0;
    xdecref(o);
  }
  H32[encodingsImported] = 0;
}

/** Adds a search function: 0, or -1 (PyCodec_Register). */
export function PyCodec_Register(f: Obj): number {
  if (ensure() < 0) return -1;
  if (!PyCallable_Check(f)) return errMinus1(PyExc_TypeError, 'argument must be callable');
  return PyList_Append(H32[searchPath] as Obj, f);
}

/** Takes a search function out, if it is there, and forgets what was found: 0, or -1. */
export function PyCodec_Unregister(f: Obj): number {
  if (H32[searchPath] === 0) return 0;
  const list = H32[searchPath] as Obj;
  for (let i = 0; i < PyList_GET_SIZE(list); i++) {
    if (PyList_GET_ITEM(list, i) === f) {
      PyDict_Clear(H32[codecCache] as Obj);
      return PyList_SetSlice(list, i, i + 1, NULL);
    }
  }
  return 0;
}

/** The name under which codecs are searched and cached: lower case, blanks as underscores. */
function normalize(name: string): string {
  let s = '';
  for (const c of name) s += c === ' ' ? '_' : c >= 'A' && c <= 'Z' ? c.toLowerCase() : c;
  return s;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether a name could be given to a C function: false with UnicodeEncodeError. */
function encodable(name: string): boolean {
  const s = PyUnicode_FromString(name);
  const bytes = s === 0 ? NULL : encodeUtf8(s, null);
  if (s !== 0) decref(s);
  if (bytes !== 0) decref(bytes);
  return bytes !== 0;
}

/** The codec tuple of an encoding, a new reference; NULL with LookupError (_PyCodec_Lookup). */
export function _PyCodec_Lookup(encoding: string): Obj {
  if (LONE_SURROGATE.test(encoding) && !encodable(encoding)) return NULL;
  if (ensure() < 0) return NULL;
  if (H32[encodingsImported] === 0) {
    H32[encodingsImported] = 1;
    const m = port.importModule('encodings');
    if (m === 0) {
      H32[encodingsImported] = 0;
      return NULL;
    }
    decref(m);
  }
  const name = PyUnicode_FromString(normalize(encoding));
  if (name === 0) return NULL;
  const cached = PyDict_GetItemWithError(H32[codecCache] as Obj, name);
  if (cached !== 0 || PyErr_Occurred() !== 0) {
    decref(name);
    return cached === 0 ? NULL : newref(cached);
  }
  const list = H32[searchPath] as Obj;
  for (let i = 0; i < PyList_GET_SIZE(list); i++) {
    const f = newref(PyList_GET_ITEM(list, i));
    const r = PyObject_CallOneArg(f, name);
    decref(f);
    if (r === 0) {
      decref(name);
      return NULL;
    }
    if (r === Py_None) {
      decref(r);
      continue;
    }
    if (!PyTuple_Check(r) || PyTuple_GET_SIZE(r) !== 4) {
      decref(r);
      decref(name);
      return PyErr_SetString(PyExc_TypeError, 'codec search functions must return 4-tuples');
    }
    const stored = PyDict_SetItem(H32[codecCache] as Obj, name, r);
    decref(name);
    if (stored < 0) {
      decref(r);
      return NULL;
    }
    return r;
  }
  decref(name);
  return PyErr_SetString(PyExc_LookupError, `unknown encoding: ${encoding}`);
}

/** codec(o, errors) of which the first item of the answer counts: a new reference, or NULL. */
function apply(codec: Obj, o: Obj, errors: Obj, kind: string, encoding: string): Obj {
  const args = tupleFromObjs(errors === 0 ? [newref(o)] : [newref(o), newref(errors)]);
  if (args === 0) return NULL;
  const r = PyObject_Call(codec, args, NULL);
  decref(args);
  if (r === 0) {
    noteFailure(kind, encoding);
    return NULL;
  }
  if (!PyTuple_Check(r) || PyTuple_GET_SIZE(r) !== 2) {
    decref(r);
    return PyErr_SetString(
      PyExc_TypeError,
      `${kind === 'encoding' ? 'encoder' : 'decoder'} must return a tuple (object, integer)`,
    );
  }
  const value = newref(PyTuple_GET_ITEM(r, 0));
  decref(r);
  return value;
}

function noteFailure(kind: string, encoding: string): void {
  addNote(`${kind} with '${encoding}' codec failed`);
}

/** encoder or decoder of an encoding, a new reference. */
function codecItem(encoding: string, index: number): Obj {
  const codec = _PyCodec_Lookup(encoding);
  if (codec === 0) return NULL;
  const f = newref(PyTuple_GET_ITEM(codec, index));
  decref(codec);
  return f;
}

/** codecs.encode: a new reference to whatever the encoder makes; `errors` a str or NULL. */
export function PyCodec_Encode(o: Obj, encoding: string, errors: Obj): Obj {
  const f = codecItem(encoding, 0);
  if (f === 0) return NULL;
  const r = apply(f, o, errors, 'encoding', encoding);
  decref(f);
  return r;
}

/** codecs.decode. */
export function PyCodec_Decode(o: Obj, encoding: string, errors: Obj): Obj {
  const f = codecItem(encoding, 1);
  if (f === 0) return NULL;
  const r = apply(f, o, errors, 'decoding', encoding);
  decref(f);
  return r;
}

/** As codecItem for a text encoding; LookupError, which recommends `alternate`, for others. */
function textCodecItem(encoding: string, alternate: string, index: number): Obj {
  const codec = _PyCodec_Lookup(encoding);
  if (codec === 0) return NULL;
  // A plain tuple says nothing about being a text encoding.
  const flag = PyObject_GetAttrString(codec, '_is_text_encoding');
  if (flag === 0) {
    PyErr_Clear();
  } else {
    const text = PyObject_IsTrue(flag);
    decref(flag);
    if (text <= 0) {
      decref(codec);
      if (text < 0) return NULL;
      return PyErr_SetString(
        PyExc_LookupError,
        `'${encoding}' is not a text encoding; use ${alternate} to handle arbitrary codecs`,
      );
    }
  }
  const f = newref(PyTuple_GET_ITEM(codec, index));
  decref(codec);
  return f;
}

/** Encodes with a text encoding; the result is whatever the encoder made. */
export function _PyCodec_EncodeText(o: Obj, encoding: string, errors: Obj): Obj {
  const f = textCodecItem(encoding, 'codecs.encode()', 0);
  if (f === 0) return NULL;
  const r = apply(f, o, errors, 'encoding', encoding);
  decref(f);
  return r;
}

/** Decodes with a text encoding. */
export function _PyCodec_DecodeText(o: Obj, encoding: string, errors: Obj): Obj {
  const f = textCodecItem(encoding, 'codecs.decode()', 1);
  if (f === 0) return NULL;
  const r = apply(f, o, errors, 'decoding', encoding);
  decref(f);
  return r;
}

/** Registers an error handler: 0, or -1 with TypeError. */
export function PyCodec_RegisterError(name: Obj, handler: Obj): number {
  if (ensure() < 0) return -1;
  if (!PyCallable_Check(handler)) return errMinus1(PyExc_TypeError, 'handler must be callable');
  return PyDict_SetItem(H32[errorHandlers] as Obj, name, handler);
}

/** Takes a custom error handler out: 1, 0 if there was none, -1 with ValueError for a built-in one. */
export function _PyCodec_UnregisterError(name: string): number {
  if (ensure() < 0) return -1;
  if (errorHandlerDefs.has(name)) {
    return errMinus1(PyExc_ValueError, `cannot un-register built-in error handler '${name}'`);
  }
  const key = PyUnicode_FromString(name);
  if (key === 0) return -1;
  const r = PyDict_Pop(H32[errorHandlers] as Obj, key);
  decref(key);
  if (r === 1) decref(dictValue);
  return r;
}

/** The error handler of a name (null: 'strict'), a new reference; NULL with LookupError. */
export function PyCodec_LookupError(name: string | null): Obj {
  if (name !== null && LONE_SURROGATE.test(name) && !encodable(name)) return NULL;
  if (ensure() < 0) return NULL;
  const key = PyUnicode_FromString(name ?? 'strict');
  if (key === 0) return NULL;
  const f = PyDict_GetItemWithError(H32[errorHandlers] as Obj, key);
  decref(key);
  if (f !== 0) return newref(f);
  if (PyErr_Occurred() !== 0) return NULL;
  return PyErr_SetString(PyExc_LookupError, `unknown error handler name '${name}'`);
}
