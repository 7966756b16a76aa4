// How is JSON text written?
//
// Invariant: text goes into one writer in the heap; a container is in the markers while it is being written (if there are markers), so that a cycle is
// found; whatever is being walked is held, because `default` and sort keys run Python code.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { PyObject_CallOneArg } from '../object/call.js';
import { defineType, member, type MethodDef } from '../object/declare.js';
import { m_ml } from '../object/descr.js';
import {
  dictKey,
  dictValue,
  PyDict_Check,
  PyDict_CheckExact,
  PyDict_Contains,
  PyDict_DelItem,
  PyDict_Next,
  PyDict_SetItem,
  PyDict_Size,
} from '../object/dict.js';
import {
  _PyErr_AddNote,
  errMinus1,
  Py_EnterRecursiveCall,
  Py_LeaveRecursiveCall,
  PyErr_SetString,
  reprText,
  typeName,
} from '../object/errors.js';
import { PyFloat_AS_DOUBLE, PyFloat_Check } from '../object/float.js';
import { decref, incref, newref, Py_TYPE } from '../object/header.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyList_Check, PyList_GET_ITEM, PyList_GET_SIZE, PyList_Sort } from '../object/list.js';
import { compactValue, isCompact, PyLong_Check, PyLong_FromVoidPtr } from '../object/long.js';
import { PyMapping_Items } from '../object/mapping.js';
import { readChar } from '../object/memcpy.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Fast } from '../object/sequence.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_False,
  Py_None,
  Py_True,
  PyCFunction_Type,
  PyExc_TypeError,
  PyExc_ValueError,
  staticType,
} from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM } from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import {
  PyUnicode_Check,
  PyUnicode_DATA,
  PyUnicode_FromString,
  PyUnicode_GET_LENGTH,
  PyUnicode_KIND,
} from '../object/unicode.js';
import { UnicodeWriter } from '../object/unicode_writer.js';
import { floatRepr } from '../types/float_text.js';
import { _PyLong_Format } from '../types/int_text.js';
import { fullyQualifiedName } from '../types/type.js';

const HEX = '0123456789abcdef';

/** Appends \uXXXX. */
function writeUnit(w: UnicodeWriter, c: number): number {
  if (w.char(92) < 0 || w.char(117) < 0) return -1;
  for (let shift = 12; shift >= 0; shift -= 4) if (w.char(HEX.charCodeAt((c >>> shift) & 15)) < 0) return -1;
  return 0;
}

/** The letter of a short escape, 0 if the character has none. */
function shortEscape(c: number): number {
  switch (c) {
    case 34:
    case 92:
      return c;
    case 8:
      return 98;
    case 9:
      return 116;
    case 10:
      return 110;
    case 12:
      return 102;
    case 13:
      return 114;
    default:
      return 0;
  }
}

function writeEscaped(w: UnicodeWriter, c: number): number {
  const letter = shortEscape(c);
  if (letter !== 0) return w.char(92) < 0 ? -1 : w.char(letter);
  if (c < 0x10000) return writeUnit(w, c);
  const v = c - 0x10000;
  return writeUnit(w, 0xd800 | (v >>> 10)) < 0 ? -1 : writeUnit(w, 0xdc00 | (v & 0x3ff));
}

/** Appends a quoted str: 0, or -1.  `ascii`: everything that is not printable ASCII is escaped. */
function writeString(w: UnicodeWriter, o: Obj, ascii: boolean): number {
  const n = PyUnicode_GET_LENGTH(o);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  if (w.char(34) < 0) return -1;
  let plain = 0;
  for (let i = 0; i < n; i++) {
    const c = readChar(kind, data, i);
    if (c >= 32 && c !== 34 && c !== 92 && (c < 127 || !ascii)) continue;
    if (w.substring(o, plain, i) < 0 || writeEscaped(w, c) < 0) return -1;
    plain = i + 1;
  }
  return w.substring(o, plain, n) < 0 ? -1 : w.char(34);
}

/** encode_basestring[_ascii](o): a new str, or NULL. */
export function encodeString(o: Obj, ascii: boolean): Obj {
  if (!PyUnicode_Check(o))
    return PyErr_SetString(PyExc_TypeError, `first argument must be a string, not ${typeName(o)}`);
  const w = new UnicodeWriter();
  if (w.reserve(PyUnicode_GET_LENGTH(o) + 2, 0x7f) < 0 || writeString(w, o, ascii) < 0) return w.fail();
  return w.finish();
}

// --- Encoder --------------------------------------------------------------------------------------------------------------------

export const Encoder_Type = staticType();
const Encoder = layout({
  markers: ref,
  default: ref,
  encoder: ref,
  indent: ref,
  key_separator: ref,
  item_separator: ref,
  sort_keys: i32,
  skipkeys: i32,
  allow_nan: i32,
  fast: i32,
});
/** `fast`: the encoder is one of this module's functions. */
const FAST_ASCII = 1;
const FAST_PLAIN = 2;

const at = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;
const flag = (o: Obj, offset: number): boolean => H32[(o + offset) >> 2] !== 0;

function writeAndRelease(w: UnicodeWriter, o: Obj): number {
  if (o === 0) return -1;
  const r = w.str(o);
  decref(o);
  return r;
}

/** The text of a float, null with an exception. */
function floatText(s: Obj, o: Obj): string | null {
  const x = PyFloat_AS_DOUBLE(o);
  if (Number.isFinite(x)) return floatRepr(x);
  if (!flag(s, Encoder.allow_nan)) {
    PyErr_SetString(PyExc_ValueError, `Out of range float values are not JSON compliant: ${reprText(o)}`);
    return null;
  }
  return x > 0 ? 'Infinity' : x < 0 ? '-Infinity' : 'NaN';
}

function writeFloat(s: Obj, w: UnicodeWriter, o: Obj): number {
  const t = floatText(s, o);
  return t === null ? -1 : w.ascii(t);
}

function writeLong(w: UnicodeWriter, o: Obj): number {
  return isCompact(o) ? w.ascii(String(compactValue(o))) : writeAndRelease(w, _PyLong_Format(o, 10));
}

function writeStr(s: Obj, w: UnicodeWriter, o: Obj): number {
  const fast = H32[(s + Encoder.fast) >> 2];
  if (fast !== 0) return writeString(w, o, fast === FAST_ASCII);
  const encoded = PyObject_CallOneArg(at(s, Encoder.encoder), o);
  if (encoded !== 0 && !PyUnicode_Check(encoded)) {
    PyErr_SetString(PyExc_TypeError, `encoder() must return a string, not ${typeName(encoded)}`);
    decref(encoded);
    return -1;
  }
  return writeAndRelease(w, encoded);
}

/** Marks `o` as being written: its key in the markers (new), NULL if there are no markers, -1 with an exception. */
function enter(s: Obj, o: Obj): Obj | -1 {
  const markers = at(s, Encoder.markers);
  if (markers === Py_None) return NULL;
  const ident = PyLong_FromVoidPtr(o);
  if (ident === 0) return -1;
  const known = PyDict_Contains(markers, ident);
  if (known > 0) PyErr_SetString(PyExc_ValueError, 'Circular reference detected');
  if (known === 0 && PyDict_SetItem(markers, ident, o) === 0) return ident;
  decref(ident);
  return -1;
}

/** Ends what enter began (only after success: a failed encoder keeps its markers, as CPython's does): 0, or -1. */
function leave(s: Obj, ident: Obj, r: number): number {
  if (ident === 0) return r;
  if (r === 0) r = PyDict_DelItem(at(s, Encoder.markers), ident);
  decref(ident);
  return r;
}

function newline(s: Obj, w: UnicodeWriter, level: number): number {
  if (w.char(10) < 0) return -1;
  for (let i = 0; i < level; i++) if (w.str(at(s, Encoder.indent)) < 0) return -1;
  return 0;
}

/** Appends what stands before an item: the separator unless it is the first, and the line's indent. */
function beforeItem(s: Obj, w: UnicodeWriter, first: boolean, level: number): number {
  if (!first && w.str(at(s, Encoder.item_separator)) < 0) return -1;
  return at(s, Encoder.indent) === Py_None ? 0 : newline(s, w, level);
}

function writeOther(s: Obj, w: UnicodeWriter, o: Obj, level: number): number {
  const ident = enter(s, o);
  if (ident === -1) return -1;
  const replacement = PyObject_CallOneArg(at(s, Encoder.default), o);
  let r = -1;
  if (replacement !== 0) {
    if (Py_EnterRecursiveCall(' while encoding a JSON object') === 0) {
      r = writeObject(s, w, replacement, level);
      Py_LeaveRecursiveCall();
      if (r < 0) _PyErr_AddNote(`when serializing ${fullyQualifiedName(Py_TYPE(o), true)} object`);
    }
    decref(replacement);
  }
  return leave(s, ident, r);
}

function writeObject(s: Obj, w: UnicodeWriter, o: Obj, level: number): number {
  if (o === Py_None) return w.ascii('null');
  if (o === Py_True) return w.ascii('true');
  if (o === Py_False) return w.ascii('false');
  if (PyUnicode_Check(o)) return writeStr(s, w, o);
  if (PyLong_Check(o)) return writeLong(w, o);
  if (PyFloat_Check(o)) return writeFloat(s, w, o);
  const list = PyList_Check(o) || PyTuple_Check(o);
  if (!list && !PyDict_Check(o)) return writeOther(s, w, o, level);
  if (Py_EnterRecursiveCall(' while encoding a JSON object') !== 0) return -1;
  const r = list ? writeList(s, w, o, level) : writeDict(s, w, o, level);
  Py_LeaveRecursiveCall();
  return r;
}

/** Appends a key as a JSON string: 1, 0 if it is skipped, -1.  `first` and `level` are beforeItem's. */
function writeKey(s: Obj, w: UnicodeWriter, key: Obj, first: boolean, level: number): number {
  let made: Obj;
  if (PyUnicode_Check(key)) made = newref(key);
  else if (PyFloat_Check(key)) {
    const t = floatText(s, key);
    made = t === null ? NULL : PyUnicode_FromString(t);
  } else if (key === Py_True) made = PyUnicode_FromString('true');
  else if (key === Py_False) made = PyUnicode_FromString('false');
  else if (key === Py_None) made = PyUnicode_FromString('null');
  else if (PyLong_Check(key)) made = _PyLong_Format(key, 10);
  else if (flag(s, Encoder.skipkeys)) return 0;
  else return errMinus1(PyExc_TypeError, `keys must be str, int, float, bool or None, not ${typeName(key)}`);
  if (made === 0) return -1;
  const r = beforeItem(s, w, first, level) < 0 ? -1 : writeStr(s, w, made);
  decref(made);
  return r < 0 || w.str(at(s, Encoder.key_separator)) < 0 ? -1 : 1;
}

/** Appends a member: 1, 0 if it is skipped, -1. */
function writeMember(
  s: Obj,
  w: UnicodeWriter,
  owner: Obj,
  key: Obj,
  value: Obj,
  first: boolean,
  level: number,
): number {
  const r = writeKey(s, w, key, first, level);
  if (r <= 0) return r;
  if (writeObject(s, w, value, level) === 0) return 1;
  _PyErr_AddNote(`when serializing ${fullyQualifiedName(Py_TYPE(owner), true)} item ${reprText(key)}`);
  return -1;
}

/** Appends the members: their number, or -1. */
function writeMembers(s: Obj, w: UnicodeWriter, dict: Obj, level: number): number {
  let count = 0;
  const write = (key: Obj, value: Obj): boolean => {
    incref(key);
    incref(value);
    const r = writeMember(s, w, dict, key, value, count === 0, level);
    decref(key);
    decref(value);
    if (r > 0) count++;
    return r >= 0;
  };
  if (!flag(s, Encoder.sort_keys) && PyDict_CheckExact(dict)) {
    for (let pos = PyDict_Next(dict, 0); pos !== 0; pos = PyDict_Next(dict, pos)) {
      if (!write(dictKey, dictValue)) return -1;
    }
    return count;
  }
  const items = PyMapping_Items(dict);
  if (items === 0) return -1;
  let ok = !flag(s, Encoder.sort_keys) || PyList_Sort(items) === 0;
  for (let i = 0; ok && i < PyList_GET_SIZE(items); i++) {
    const item = PyList_GET_ITEM(items, i);
    if (!PyTuple_Check(item) || PyTuple_GET_SIZE(item) !== 2) {
      PyErr_SetString(PyExc_ValueError, 'items must return 2-tuples');
      ok = false;
    } else ok = write(PyTuple_GET_ITEM(item, 0), PyTuple_GET_ITEM(item, 1));
  }
  decref(items);
  return ok ? count : -1;
}

function writeDict(s: Obj, w: UnicodeWriter, dict: Obj, level: number): number {
  if (PyDict_Size(dict) === 0) return w.ascii('{}');
  const ident = enter(s, dict);
  if (ident === -1) return -1;
  let r = w.char(123);
  if (r === 0) {
    const n = writeMembers(s, w, dict, level + 1);
    if (n < 0) r = -1;
    else if (n > 0 && at(s, Encoder.indent) !== Py_None) r = newline(s, w, level);
  }
  if (leave(s, ident, r) < 0) return -1;
  return w.char(125);
}

function writeItems(s: Obj, w: UnicodeWriter, owner: Obj, items: Obj, level: number): number {
  const list = PyList_Check(items);
  for (let i = 0; i < (list ? PyList_GET_SIZE(items) : PyTuple_GET_SIZE(items)); i++) {
    if (beforeItem(s, w, i === 0, level) < 0) return -1;
    const item = newref(list ? PyList_GET_ITEM(items, i) : PyTuple_GET_ITEM(items, i));
    const r = writeObject(s, w, item, level);
    decref(item);
    if (r < 0) {
      _PyErr_AddNote(`when serializing ${fullyQualifiedName(Py_TYPE(owner), true)} item ${i}`);
      return -1;
    }
  }
  return 0;
}

function writeList(s: Obj, w: UnicodeWriter, seq: Obj, level: number): number {
  const items = PySequence_Fast(seq, '_iterencode_list needs a sequence');
  if (items === 0) return -1;
  let r: number;
  if ((PyList_Check(items) ? PyList_GET_SIZE(items) : PyTuple_GET_SIZE(items)) === 0) r = w.ascii('[]');
  else {
    const ident = enter(s, seq);
    if (ident === -1) r = -1;
    else {
      r = w.char(91);
      if (r === 0) r = writeItems(s, w, seq, items, level + 1);
      if (r === 0 && at(s, Encoder.indent) !== Py_None) r = newline(s, w, level);
      r = leave(s, ident, r);
      if (r === 0) r = w.char(93);
    }
  }
  decref(items);
  return r;
}

const NEW = parseSignature(
  'make_encoder',
  '(markers, default, encoder, indent, key_separator: str, item_separator: str, sort_keys: bool, skipkeys: bool, allow_nan: bool)',
);
const CALL = parseSignature('_iterencode', '(obj, _current_indent_level: ssize)');

/** This module's own two functions, which are not called but known. */
let asciiMl = 0;
let plainMl = 0;

/** Says which functions are encode_basestring_ascii and encode_basestring. */
export function setFastEncoders(ascii: MethodDef, plain: MethodDef): void {
  asciiMl = ascii.ml;
  plainMl = plain.ml;
}

function encoder_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(NEW, args, kwargs)) return NULL;
  const [markers, dflt, encoder, indent, keySeparator, itemSeparator, sortKeys, skipkeys, allowNan] = bound as Obj[];
  if (markers !== Py_None && !PyDict_Check(markers)) {
    return PyErr_SetString(PyExc_TypeError, `make_encoder() argument 1 must be dict or None, not ${typeName(markers)}`);
  }
  if (indent !== Py_None && !PyUnicode_Check(indent)) {
    return PyErr_SetString(PyExc_TypeError, `make_encoder() argument 4 must be str or None, not ${typeName(indent)}`);
  }
  const s = PyType_GenericAlloc(type, 0);
  if (s === 0) return NULL;
  const ml = Py_TYPE(encoder) === PyCFunction_Type ? H32[(encoder + m_ml) >> 2] : 0;
  H32[(s + Encoder.markers) >> 2] = newref(markers);
  H32[(s + Encoder.default) >> 2] = newref(dflt);
  H32[(s + Encoder.encoder) >> 2] = newref(encoder);
  H32[(s + Encoder.indent) >> 2] = newref(indent);
  H32[(s + Encoder.key_separator) >> 2] = newref(keySeparator);
  H32[(s + Encoder.item_separator) >> 2] = newref(itemSeparator);
  H32[(s + Encoder.sort_keys) >> 2] = sortKeys;
  H32[(s + Encoder.skipkeys) >> 2] = skipkeys;
  H32[(s + Encoder.allow_nan) >> 2] = allowNan;
  H32[(s + Encoder.fast) >> 2] = ml === 0 ? 0 : ml === asciiMl ? FAST_ASCII : ml === plainMl ? FAST_PLAIN : 0;
  return s;
}

function encoder_call(self: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(CALL, args, kwargs)) return NULL;
  const [obj, level] = bound as Obj[];
  const w = new UnicodeWriter();
  if (writeObject(self, w, obj, level) < 0) return w.fail();
  const result = w.finish();
  const t = result === 0 ? NULL : PyTuple_New(1);
  if (t !== 0) PyTuple_SET_ITEM(t, 0, result);
  else if (result !== 0) decref(result);
  return t;
}

defineType({
  type: Encoder_Type,
  name: '_json.Encoder',
  layout: Encoder,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: 'Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)',
  slots: { tp_new: encoder_new, tp_call: encoder_call },
  members: [
    member('markers', 'object', Encoder.markers, { doc: 'markers' }),
    member('default', 'object', Encoder.default, { doc: 'default' }),
    member('encoder', 'object', Encoder.encoder, { doc: 'encoder' }),
    member('indent', 'object', Encoder.indent, { doc: 'indent' }),
    member('key_separator', 'object', Encoder.key_separator, { doc: 'key_separator' }),
    member('item_separator', 'object', Encoder.item_separator, { doc: 'item_separator' }),
    member('sort_keys', 'bool', Encoder.sort_keys, { doc: 'sort_keys' }),
    member('skipkeys', 'bool', Encoder.skipkeys, { doc: 'skipkeys' }),
  ],
});
