// How are the ends of lines translated while text is read, and which kinds have been seen?
//
// Invariant: the state is two words of the object that decodes: `pendingcr` (a carriage return at the end of a piece waits for what follows)
// and right behind it `seennl` (bits SEEN_*).  TextIOWrapper, StringIO and IncrementalNewlineDecoder all work on such a pair.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { PyBytes_FromStringAndSize } from '../object/bytes.js';
import { PyObject_CallMethodNoArgs, PyObject_CallMethodObjArgs, PyObject_CallMethodOneArg } from '../object/call.js';
import { defineType, getset, method } from '../object/declare.js';
import { errMinus1, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { i32, layout, ref } from '../object/layout.js';
import { asBigInt, PyLong_Check, PyLong_FromBigInt } from '../object/long.js';
import { copyChars, readChar, writeChar } from '../object/memcpy.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { Py_False, Py_None, Py_True, PyExc_TypeError, PyExc_ValueError, staticType } from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import {
  PyUnicode_Check,
  PyUnicode_DATA,
  PyUnicode_GET_LENGTH,
  PyUnicode_KIND,
  PyUnicode_MAX_CHAR_VALUE,
  PyUnicode_New,
  PyUnicode_Substring,
  unicodeResize,
  unicodeResult,
} from '../object/unicode.js';
import { findChar } from '../object/unicode_search.js';
import { none } from './io_common.js';
import { tupleOf, toPython } from './values.js';

export const SEEN_CR = 1;
export const SEEN_LF = 2;
export const SEEN_CRLF = 4;
export const SEEN_ALL = 7;

const s_decode = ID('decode');
const s_getstate = ID('getstate');
const s_setstate = ID('setstate');
const s_reset = ID('reset');
const s_newlines = ID('newlines');
export { s_decode, s_getstate, s_newlines, s_reset, s_setstate };

const CR = 13;
const LF = 10;

/** What `newlines` shows for bits SEEN_*: a new reference. */
export function newlinesValue(seen: number): Obj {
  switch (seen) {
    case 0:
      return newref(Py_None);
    case SEEN_CR:
      return toPython('\r');
    case SEEN_LF:
      return toPython('\n');
    case SEEN_CRLF:
      return toPython('\r\n');
  }
  const all = [];
  if (seen & SEEN_CR) all.push('\r');
  if (seen & SEEN_LF) all.push('\n');
  if (seen & SEEN_CRLF) all.push('\r\n');
  return toPython(all);
}

/**
 * Puts a decoded piece (stolen, may be NULL) through the newline decoder whose state is at `state`: a new str, or NULL with an exception.
 */
export function decodeNewlines(piece: Obj, state: number, translate: boolean, final: boolean): Obj {
  if (piece === 0) return NULL;
  let text = piece;
  let n = PyUnicode_GET_LENGTH(text);
  if (H32[state >> 2] && (final || n > 0)) {
    const kind = PyUnicode_KIND(text);
    const longer = PyUnicode_New(n + 1, PyUnicode_MAX_CHAR_VALUE(text));
    if (longer !== 0) {
      writeChar(kind, PyUnicode_DATA(longer), 0, CR);
      copyChars(kind, PyUnicode_DATA(longer) + kind, kind, PyUnicode_DATA(text), n);
    }
    decref(text);
    if (longer === 0) return NULL;
    H32[state >> 2] = 0;
    text = longer;
    n++;
  }
  if (!final && n > 0 && readChar(PyUnicode_KIND(text), PyUnicode_DATA(text), n - 1) === CR) {
    const shorter = PyUnicode_Substring(text, 0, n - 1);
    decref(text);
    if (shorter === 0) return NULL;
    text = shorter;
    n--;
    H32[state >> 2] = 1;
  }
  if (n === 0) return text;
  const kind = PyUnicode_KIND(text);
  const data = PyUnicode_DATA(text);
  let seen = H32[(state + 4) >> 2];
  if (findChar(kind, data, n, CR) < 0) {
    if ((seen & SEEN_LF) === 0 && findChar(kind, data, n, LF) >= 0) H32[(state + 4) >> 2] = seen | SEEN_LF;
    return unicodeResult(text);
  }
  if (!translate) {
    for (let i = 0; i < n && seen !== SEEN_ALL; i++) {
      const c = readChar(kind, data, i);
      if (c === LF) seen |= SEEN_LF;
      else if (c === CR) {
        if (i + 1 < n && readChar(kind, data, i + 1) === LF) {
          seen |= SEEN_CRLF;
          i++;
        } else seen |= SEEN_CR;
      }
    }
    H32[(state + 4) >> 2] = seen;
    return unicodeResult(text);
  }
  const out = PyUnicode_New(n, PyUnicode_MAX_CHAR_VALUE(text));
  if (out === 0) {
    decref(text);
    return NULL;
  }
  const to = PyUnicode_DATA(out);
  let length = 0;
  for (let i = 0; i < n; i++) {
    let c = readChar(kind, data, i);
    if (c === LF) seen |= SEEN_LF;
    else if (c === CR) {
      if (i + 1 < n && readChar(kind, data, i + 1) === LF) {
        seen |= SEEN_CRLF;
        i++;
      } else seen |= SEEN_CR;
      c = LF;
    }
    writeChar(kind, to, length++, c);
  }
  H32[(state + 4) >> 2] = seen;
  decref(text);
  if (length === n) return unicodeResult(out);
  const fitted = unicodeResize(out, length);
  if (fitted === 0) decref(out);
  return unicodeResult(fitted);
}

// ---- IncrementalNewlineDecoder --------------------------------------------------------------------------------------------------------------

export const NewlineDecoder = layout({ decoder: ref, errors: ref, translate: i32, pendingcr: i32, seennl: i32 });
const {
  decoder: nd_decoder,
  errors: nd_errors,
  translate: nd_translate,
  pendingcr: nd_state,
  seennl: nd_seen,
} = NewlineDecoder;

export const NewlineDecoder_Type = staticType();

const SIG = parseSignature('IncrementalNewlineDecoder', "(decoder, translate: bool, errors='strict')");

function newlinedecoder_init(self: Obj, args: Obj, kwargs: Obj): number {
  if (!bindTuple(SIG, args, kwargs)) return -1;
  const decoder = bound[0] as Obj;
  const translate = bound[1];
  const errors = bound[2] === 0 ? toPython('strict') : newref(bound[2] as Obj);
  const oldErrors = H32[(self + nd_errors) >> 2] as Obj;
  H32[(self + nd_errors) >> 2] = errors;
  xdecref(oldErrors);
  const old = H32[(self + nd_decoder) >> 2] as Obj;
  H32[(self + nd_decoder) >> 2] = newref(decoder);
  xdecref(old);
  H32[(self + nd_translate) >> 2] = translate;
  H32[(self + nd_seen) >> 2] = 0;
  H32[(self + nd_state) >> 2] = 0;
  return 0;
}

/** The wrapped decoder, borrowed; NULL with ValueError before __init__. */
function wrapped(self: Obj): Obj {
  const d = H32[(self + nd_decoder) >> 2] as Obj;
  return d !== 0 ? d : PyErr_SetString(PyExc_ValueError, 'IncrementalNewlineDecoder.__init__() not called');
}

/** Calls decoder.decode(input, final), which must answer a str: a new reference, or NULL. */
export function callDecoder(decoder: Obj, input: Obj, final: boolean): Obj {
  const r = PyObject_CallMethodObjArgs(decoder, idObj(s_decode), input, final ? Py_True : Py_False);
  if (r !== 0 && !PyUnicode_Check(r)) {
    PyErr_SetString(PyExc_TypeError, `decoder should return a string result, not '${typeName(r)}'`);
    decref(r);
    return NULL;
  }
  return r;
}

/** decode() of a decoder of exactly this type. */
export function newlineDecoderDecode(self: Obj, input: Obj, final: boolean): Obj {
  const d = wrapped(self);
  if (d === 0) return NULL;
  let piece: Obj;
  if (d !== Py_None) piece = callDecoder(d, input, final);
  else if (PyUnicode_Check(input)) piece = newref(input);
  else return PyErr_SetString(PyExc_TypeError, `decoder should return a string result, not '${typeName(input)}'`);
  return decodeNewlines(piece, self + nd_state, H32[(self + nd_translate) >> 2] !== 0, final);
}

/** The two parts of a decoder's state, after readState: a bytes-like object (owned) and the flags. */
export let stateBuffer: Obj = NULL;
export let stateFlags = 0n;

/** Takes a decoder's state (stolen) apart into stateBuffer and stateFlags: 0, or -1 with TypeError. */
export function readState(state: Obj): number {
  if (state === 0) return -1;
  if (!PyTuple_Check(state) || PyTuple_GET_SIZE(state) !== 2 || !PyLong_Check(PyTuple_GET_ITEM(state, 1))) {
    decref(state);
    return errMinus1(PyExc_TypeError, 'illegal decoder state');
  }
  stateBuffer = newref(PyTuple_GET_ITEM(state, 0));
  stateFlags = asBigInt(PyTuple_GET_ITEM(state, 1));
  decref(state);
  return 0;
}

function newlinedecoder_getstate(self: Obj): Obj {
  const d = wrapped(self);
  if (d === 0) return NULL;
  let buffer: Obj;
  let flags = 0n;
  if (d !== Py_None) {
    if (readState(PyObject_CallMethodNoArgs(d, idObj(s_getstate))) < 0) return NULL;
    buffer = stateBuffer;
    flags = BigInt.asUintN(64, stateFlags);
  } else buffer = PyBytes_FromStringAndSize(0, 0);
  flags = (flags << 1n) | (H32[(self + nd_state) >> 2] ? 1n : 0n);
  return tupleOf([buffer, PyLong_FromBigInt(BigInt.asUintN(64, flags))]);
}

function newlinedecoder_setstate(self: Obj, state: Obj): Obj {
  const d = wrapped(self);
  if (d === 0) return NULL;
  if (!PyTuple_Check(state)) return PyErr_SetString(PyExc_TypeError, 'state argument must be a tuple');
  if (readState(newref(state)) < 0) return PyErr_SetString(PyExc_TypeError, 'setstate(): illegal state argument');
  const flags = BigInt.asUintN(64, stateFlags);
  H32[(self + nd_state) >> 2] = flags & 1n ? 1 : 0;
  const inner = tupleOf([stateBuffer, PyLong_FromBigInt(flags >> 1n)]);
  if (inner === 0) return NULL;
  const r = d === Py_None ? none() : PyObject_CallMethodOneArg(d, idObj(s_setstate), inner);
  decref(inner);
  return r;
}

function newlinedecoder_reset(self: Obj): Obj {
  const d = wrapped(self);
  if (d === 0) return NULL;
  H32[(self + nd_seen) >> 2] = 0;
  H32[(self + nd_state) >> 2] = 0;
  return d === Py_None ? none() : PyObject_CallMethodNoArgs(d, idObj(s_reset));
}

defineType({
  type: NewlineDecoder_Type,
  name: '_io.IncrementalNewlineDecoder',
  layout: NewlineDecoder,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  signature: "(decoder, translate, errors='strict')",
  doc: `Codec used when reading a file in universal newlines mode.

It wraps another incremental decoder, translating \\r\\n and \\r into \\n.
It also records the types of newlines encountered.  When used with
translate=False, it ensures that the newline sequence is returned in
one piece. When used with decoder=None, it expects unicode strings as
decode input and translates newlines without first invoking an external
decoder.`,
  slots: { tp_init: newlinedecoder_init },
  methods: [
    method('decode', '($self, /, input, final: bool =False)', (self: Obj, input: Obj, final: number) =>
      newlineDecoderDecode(self, input, final !== 0),
    ),
    method('getstate', '($self, /)', newlinedecoder_getstate),
    method('setstate', '($self, state, /)', newlinedecoder_setstate),
    method('reset', '($self, /)', newlinedecoder_reset),
  ],
  getset: [
    getset('newlines', (self: Obj) => {
      const d = wrapped(self);
      return d === 0 ? NULL : newlinesValue(H32[(self + nd_seen) >> 2]);
    }),
  ],
});
