// Where do a text stream's incremental encoder and decoder come from?  Invariant: only codecs that are text encodings are used.

import { PyObject_CallMethodOneArg } from '../object/call.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { decref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_GetOptionalAttr, PyObject_IsTrue } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_LookupError, PyTuple_Type } from '../object/statics.js';
import { asString } from '../object/unicode.js';
import { _PyCodec_Lookup } from '../types/codec_registry.js';

const s_is_text_encoding = ID('_is_text_encoding');
const s_incrementaldecoder = ID('incrementaldecoder');
const s_incrementalencoder = ID('incrementalencoder');

/** The codec of a text encoding, a new reference; NULL with LookupError. */
function textCodec(encoding: string): Obj {
  const codec = _PyCodec_Lookup(encoding);
  if (codec === 0 || Py_TYPE(codec) === PyTuple_Type) return codec;
  const flag = PyObject_GetOptionalAttr(codec, idObj(s_is_text_encoding));
  let isText = flag === 0 && PyErr_Occurred() === 0 ? 1 : -1;
  if (flag !== 0) {
    isText = PyObject_IsTrue(flag);
    decref(flag);
  }
  if (isText > 0) return codec;
  decref(codec);
  if (isText < 0) return NULL;
  return PyErr_SetString(
    PyExc_LookupError,
    `'${encoding}' is not a text encoding; use codecs.open() to handle arbitrary codecs`,
  );
}

/** The incremental decoder and encoder (where wanted, new references) of an encoding; null with an exception. */
export function incrementalCodec(
  encoding: Obj,
  errors: Obj,
  reads: boolean,
  writes: boolean,
): { decoder: Obj; encoder: Obj } | null {
  const codec = textCodec(asString(encoding));
  if (codec === 0) return null;
  let decoder: Obj = NULL;
  let encoder: Obj = NULL;
  let ok = true;
  if (reads) {
    decoder = PyObject_CallMethodOneArg(codec, idObj(s_incrementaldecoder), errors);
    ok = decoder !== 0;
  }
  if (ok && writes) {
    encoder = PyObject_CallMethodOneArg(codec, idObj(s_incrementalencoder), errors);
    ok = encoder !== 0;
  }
  decref(codec);
  if (ok) return { decoder, encoder };
  xdecref(decoder);
  return null;
}
