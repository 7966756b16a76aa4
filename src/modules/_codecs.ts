// The module _codecs: the codec registry, the error handlers, and the built-in codecs as (result, length consumed) functions.

import { acquireBytes, PyObject_CheckBuffer, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_FromStringAndSize, PyBytes_GET_SIZE } from '../object/bytes.js';
import { defineModule, type MethodDef, method } from '../object/declare.js';
import { PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_TypeError } from '../object/statics.js';
import { tupleFromObjs } from '../object/tuple.js';
import { asString, PyUnicode_Check, PyUnicode_FromLatin1, PyUnicode_GET_LENGTH } from '../object/unicode.js';
import { decodeCharmap, encodeCharmap, PyUnicode_BuildEncodingMap } from '../types/codec_charmap.js';
import {
  decodeBytesEscapeWarning,
  decodeRawUnicodeEscape,
  decodeUnicodeEscapeWarning,
  encodeBytesEscape,
  encodeRawUnicodeEscape,
  encodeUnicodeEscape,
} from '../types/codec_escape.js';
import {
  _PyCodec_Lookup,
  _PyCodec_UnregisterError,
  PyCodec_Decode,
  PyCodec_Encode,
  PyCodec_LookupError,
  PyCodec_Register,
  PyCodec_RegisterError,
  PyCodec_Unregister,
} from '../types/codec_registry.js';
import { byteOrder, decodeUtf16, decodeUtf32, encodeUtf16, encodeUtf32 } from '../types/codec_utf16.js';
import { decodeUtf7, encodeUtf7 } from '../types/codec_utf7.js';
import {
  consumed,
  decodeUtf8,
  encodeAscii,
  encodeLatin1,
  encodeUtf8,
  PyUnicode_DecodeASCII,
} from '../types/codec_utf8.js';

const none = (r: number): Obj => (r < 0 ? NULL : newref(Py_None));

/** (o, n); steals `o`. */
function result(o: Obj, n: number): Obj {
  if (o === 0) return NULL;
  const length = PyLong_FromLong(n);
  if (length === 0) {
    decref(o);
    return NULL;
  }
  return tupleFromObjs([o, length]);
}

/** The text of an argument that is a str or None; undefined with TypeError. */
function errorsText(o: Obj, f: string, index = 2): string | null | undefined {
  if (o === Py_None) return null;
  if (PyUnicode_Check(o)) return asString(o);
  PyErr_SetString(PyExc_TypeError, `${f}() argument ${index} must be str or None, not ${typeName(o)}`);
  return undefined;
}

type Decode = (p: number, n: number, errors: string | null, final: boolean) => Obj;
type Encode = (o: Obj, errors: string | null) => Obj;

/** Declares name(data, errors=None[, final]) → (str, consumed). */
function decoder(name: string, decode: Decode, final: 'False' | 'True' | null, acceptsText = false): MethodDef {
  const f = (_: Obj, data: Obj, errors: Obj, isFinal: number): Obj => {
    const mode = errorsText(errors, name);
    if (mode === undefined) return NULL;
    if (acceptsText && PyUnicode_Check(data)) {
      // The escape codecs read text as its UTF-8 bytes.
      const bytes = encodeUtf8(data, null);
      if (bytes === 0) return NULL;
      const r = decode(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes), mode, isFinal !== 0);
      const n = consumed;
      decref(bytes);
      return result(r, n);
    }
    const h = acquireData(data, acceptsText);
    if (h === 0) return NULL;
    const length = rangeLength;
    const r = decode(rangeStart, length, mode, final === null || isFinal !== 0);
    const n = final === null ? length : consumed;
    releaseBytes(h);
    return result(r, n);
  };
  return method(name, `($module, data, errors=None,${final === null ? '' : ` final: bool = ${final},`} /)`, f);
}

function acquireData(data: Obj, acceptsText: boolean): number {
  if (acceptsText && !PyObject_CheckBuffer(data)) {
    PyErr_SetString(PyExc_TypeError, `a bytes-like object is required, not '${typeName(data)}'`);
    return 0;
  }
  return acquireBytes(data);
}

/** Declares name(str, errors=None) → (bytes, length). */
function encoder(name: string, encode: Encode): MethodDef {
  return method(name, '($module, str, errors=None, /)', (_: Obj, text: Obj, errors: Obj): Obj => {
    if (!PyUnicode_Check(text)) {
      return PyErr_SetString(PyExc_TypeError, `${name}() argument 1 must be str, not ${typeName(text)}`);
    }
    const mode = errorsText(errors, name);
    return mode === undefined ? NULL : result(encode(text, mode), PyUnicode_GET_LENGTH(text));
  });
}

/** Declares name(str, errors=None, byteorder=0). */
function orderEncoder(name: string, encode: (o: Obj, errors: string | null, order: number) => Obj): MethodDef {
  return method(
    name,
    '($module, str, errors=None, byteorder: int = 0, /)',
    (_: Obj, text: Obj, errors: Obj, order: number): Obj => {
      if (!PyUnicode_Check(text)) {
        return PyErr_SetString(PyExc_TypeError, `${name}() argument 1 must be str, not ${typeName(text)}`);
      }
      const mode = errorsText(errors, name);
      return mode === undefined ? NULL : result(encode(text, mode, order), PyUnicode_GET_LENGTH(text));
    },
  );
}

type OrderDecode = (p: number, n: number, errors: string | null, order: number, final: boolean) => Obj;

/** Declares utf_16_ex_decode and its like: (str, consumed, byteorder). */
function exDecoder(name: string, decode: OrderDecode): MethodDef {
  const sig = '($module, data, errors=None, byteorder: int = 0, final: bool = False, /)';
  return method(name, sig, (_: Obj, data: Obj, errors: Obj, order: number, final: number): Obj => {
    const mode = errorsText(errors, name);
    if (mode === undefined) return NULL;
    const h = acquireBytes(data);
    if (h === 0) return NULL;
    const s = decode(rangeStart, rangeLength, mode, order, final !== 0);
    const found = byteOrder;
    const n = consumed;
    releaseBytes(h);
    if (s === 0) return NULL;
    const length = PyLong_FromLong(n);
    const o = length === 0 ? NULL : PyLong_FromLong(found);
    if (o !== 0) return tupleFromObjs([s, length, o]);
    if (length !== 0) decref(length);
    decref(s);
    return NULL;
  });
}

function charmapDecode(_: Obj, data: Obj, errors: Obj, mapping: Obj): Obj {
  const mode = errorsText(errors, 'charmap_decode');
  if (mode === undefined) return NULL;
  const h = acquireBytes(data);
  if (h === 0) return NULL;
  const n = rangeLength;
  const r = decodeCharmap(rangeStart, n, mapping === Py_None ? NULL : mapping, mode);
  releaseBytes(h);
  return result(r, n);
}

function charmapEncode(_: Obj, text: Obj, errors: Obj, mapping: Obj): Obj {
  if (!PyUnicode_Check(text)) {
    return PyErr_SetString(PyExc_TypeError, `charmap_encode() argument 1 must be str, not ${typeName(text)}`);
  }
  const mode = errorsText(errors, 'charmap_encode');
  if (mode === undefined) return NULL;
  const r = mapping === Py_None ? encodeLatin1(text, mode) : encodeCharmap(text, mapping, mode);
  return result(r, PyUnicode_GET_LENGTH(text));
}

function charmapBuild(_: Obj, map: Obj): Obj {
  if (!PyUnicode_Check(map)) {
    return PyErr_SetString(PyExc_TypeError, `charmap_build() argument must be str, not ${typeName(map)}`);
  }
  return PyUnicode_BuildEncodingMap(map);
}

function escapeEncode(_: Obj, data: Obj, errors: Obj): Obj {
  if (errorsText(errors, 'escape_encode') === undefined) return NULL;
  if (!PyBytes_Check(data)) {
    return PyErr_SetString(PyExc_TypeError, `escape_encode() argument 1 must be bytes, not ${typeName(data)}`);
  }
  return result(encodeBytesEscape(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data)), PyBytes_GET_SIZE(data));
}

function readbufferEncode(_: Obj, data: Obj, errors: Obj): Obj {
  if (errorsText(errors, 'readbuffer_encode') === undefined) return NULL;
  if (PyUnicode_Check(data)) {
    const bytes = encodeUtf8(data, null);
    return bytes === 0 ? NULL : result(bytes, PyBytes_GET_SIZE(bytes));
  }
  const h = acquireBytes(data);
  if (h === 0) return NULL;
  const n = rangeLength;
  const r = PyBytes_FromStringAndSize(rangeStart, n);
  releaseBytes(h);
  return result(r, n);
}

const le16: Decode = (p, n, e, f) => decodeUtf16(p, n, e, -1, f);

defineModule({
  name: '_codecs',
  functions: [
    method(
      'register',
      '($module, search_function, /)',
      (_: Obj, f: Obj): Obj => none(PyCodec_Register(f)),
      'Registers a codec search function: it takes a normalized encoding name and returns a CodecInfo, or None.',
    ),
    method(
      'unregister',
      '($module, search_function, /)',
      (_: Obj, f: Obj): Obj => none(PyCodec_Unregister(f)),
      'Takes a codec search function out of the registry and clears its cache.',
    ),
    method(
      'lookup',
      '($module, encoding: str, /)',
      (_: Obj, name: Obj): Obj => _PyCodec_Lookup(asString(name)),
      'Returns the CodecInfo of an encoding.',
    ),
    method(
      'encode',
      "($module, /, obj, encoding: str = 'utf-8', errors: str = 'strict')",
      (_: Obj, o: Obj, encoding: Obj, errors: Obj): Obj =>
        PyCodec_Encode(o, encoding === 0 ? 'utf-8' : asString(encoding), errors),
      'Encodes obj with the codec registered for an encoding.',
    ),
    method(
      'decode',
      "($module, /, obj, encoding: str = 'utf-8', errors: str = 'strict')",
      (_: Obj, o: Obj, encoding: Obj, errors: Obj): Obj =>
        PyCodec_Decode(o, encoding === 0 ? 'utf-8' : asString(encoding), errors),
      'Decodes obj with the codec registered for an encoding.',
    ),
    method('escape_encode', '($module, data, errors=None, /)', escapeEncode),
    decoder('escape_decode', (p, n, e) => decodeBytesEscapeWarning(p, n, e), null, true),
    encoder('utf_8_encode', encodeUtf8),
    decoder('utf_8_decode', decodeUtf8, 'False'),
    encoder('utf_7_encode', (o) => encodeUtf7(o)),
    decoder('utf_7_decode', decodeUtf7, 'False'),
    orderEncoder('utf_16_encode', encodeUtf16),
    encoder('utf_16_le_encode', (o, e) => encodeUtf16(o, e, -1)),
    encoder('utf_16_be_encode', (o, e) => encodeUtf16(o, e, 1)),
    decoder('utf_16_decode', (p, n, e, f) => decodeUtf16(p, n, e, 0, f), 'False'),
    decoder('utf_16_le_decode', le16, 'False'),
    decoder('utf_16_be_decode', (p, n, e, f) => decodeUtf16(p, n, e, 1, f), 'False'),
    exDecoder('utf_16_ex_decode', decodeUtf16),
    orderEncoder('utf_32_encode', encodeUtf32),
    encoder('utf_32_le_encode', (o, e) => encodeUtf32(o, e, -1)),
    encoder('utf_32_be_encode', (o, e) => encodeUtf32(o, e, 1)),
    decoder('utf_32_decode', (p, n, e, f) => decodeUtf32(p, n, e, 0, f), 'False'),
    decoder('utf_32_le_decode', (p, n, e, f) => decodeUtf32(p, n, e, -1, f), 'False'),
    decoder('utf_32_be_decode', (p, n, e, f) => decodeUtf32(p, n, e, 1, f), 'False'),
    exDecoder('utf_32_ex_decode', decodeUtf32),
    encoder('unicode_escape_encode', (o) => encodeUnicodeEscape(o)),
    decoder('unicode_escape_decode', decodeUnicodeEscapeWarning, 'True', true),
    encoder('raw_unicode_escape_encode', (o) => encodeRawUnicodeEscape(o)),
    decoder('raw_unicode_escape_decode', decodeRawUnicodeEscape, 'True', true),
    encoder('latin_1_encode', encodeLatin1),
    decoder('latin_1_decode', (p, n) => PyUnicode_FromLatin1(p, n), null),
    encoder('ascii_encode', encodeAscii),
    decoder('ascii_decode', (p, n, e) => PyUnicode_DecodeASCII(p, n, e), null),
    method('charmap_encode', '($module, str, errors=None, mapping=None, /)', charmapEncode),
    method('charmap_decode', '($module, data, errors=None, mapping=None, /)', charmapDecode),
    method('charmap_build', '($module, map, /)', charmapBuild),
    method('readbuffer_encode', '($module, data, errors=None, /)', readbufferEncode),
    method(
      'register_error',
      '($module, errors: str, handler, /)',
      (_: Obj, name: Obj, f: Obj): Obj => none(PyCodec_RegisterError(name, f)),
      'Registers an error handler: it takes a UnicodeError and returns (replacement, position to go on at).',
    ),
    method(
      '_unregister_error',
      '($module, errors: str, /)',
      (_: Obj, name: Obj): Obj => {
        const r = _PyCodec_UnregisterError(asString(name));
        return r < 0 ? NULL : PyBool_FromLong(r);
      },
      'Takes a custom error handler out; whether there was one.',
    ),
    method(
      'lookup_error',
      '($module, name: str, /)',
      (_: Obj, name: Obj): Obj => PyCodec_LookupError(asString(name)),
      'Returns the error handler of a name; LookupError if there is none.',
    ),
  ],
});
