// The module _string: what string.Formatter needs of str.format's parser.

import { H32 } from '../memory/linear.js';
import { defineModule, defineType, method } from '../object/declare.js';
import { PyErr_SetString, typeName } from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref } from '../object/header.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyLong_FromLong } from '../object/long.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyBool_FromLong, PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  emptyString,
  Py_None,
  PyExc_TypeError,
  PyFieldNameIter_Type,
  PyFormatterIter_Type,
} from '../object/statics.js';
import { tupleFromObjs } from '../object/tuple.js';
import { Py_TPFLAGS_DISALLOW_INSTANTIATION, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { PyUnicode_Check, PyUnicode_GET_LENGTH, PyUnicode_Substring, unicodeChar } from '../object/unicode.js';
import { FieldNameIterator, fieldInteger, firstPartEnd, MarkupIterator } from '../types/str_format.js';

// Both iterators keep how far they have come and start a parser there for each step.
const FormatterIter = layout({ text: ref, at: i32 });
const FieldNameIter = layout({ text: ref, at: i32 });

function newIter(type: Obj, text: Obj, at: number): Obj {
  const it = _PyObject_New(type);
  if (it === 0) return NULL;
  H32[(it + FormatterIter.text) >> 2] = newref(text);
  H32[(it + FormatterIter.at) >> 2] = at;
  PyObject_GC_Track(it);
  return it;
}

function needStr(o: Obj): boolean {
  if (PyUnicode_Check(o)) return true;
  PyErr_SetString(PyExc_TypeError, `expected str, got ${typeName(o)}`);
  return false;
}

function formatterParser(_: Obj, o: Obj): Obj {
  return needStr(o) ? newIter(PyFormatterIter_Type, o, 0) : NULL;
}

/** (literal, field name or None, specification or None, conversion or None) */
function formatterNext(it: Obj): Obj {
  const text = H32[(it + FormatterIter.text) >> 2] as Obj;
  const parser = new MarkupIterator(text, H32[(it + FormatterIter.at) >> 2], PyUnicode_GET_LENGTH(text));
  if (parser.next() <= 0) return NULL;
  H32[(it + FormatterIter.at) >> 2] = parser.position;
  const p = parser.piece;
  const parts = [PyUnicode_Substring(text, p.literalStart, p.literalEnd)];
  if (p.field) {
    parts.push(PyUnicode_Substring(text, p.nameStart, p.nameEnd));
    parts.push(p.specStart === p.specEnd ? newref(emptyString) : PyUnicode_Substring(text, p.specStart, p.specEnd));
    parts.push(p.conversion === 0 ? newref(Py_None) : unicodeChar(p.conversion));
  } else parts.push(newref(Py_None), newref(Py_None), newref(Py_None));
  return tupleOrNull(parts);
}

function tupleOrNull(parts: readonly Obj[]): Obj {
  if (parts.every((o) => o !== 0)) return tupleFromObjs(parts);
  for (const o of parts) if (o !== 0) decref(o);
  return NULL;
}

/** (first part, iterator over (is attribute, name or number)) */
function fieldNameSplit(_: Obj, o: Obj): Obj {
  if (!needStr(o)) return NULL;
  const n = PyUnicode_GET_LENGTH(o);
  const end = firstPartEnd(o, 0, n);
  const index = fieldInteger(o, 0, end);
  if (index === -2) return NULL;
  const first = index >= 0 ? PyLong_FromLong(index) : PyUnicode_Substring(o, 0, end);
  return tupleOrNull([first, newIter(PyFieldNameIter_Type, o, end)]);
}

function fieldNameNext(it: Obj): Obj {
  const text = H32[(it + FieldNameIter.text) >> 2] as Obj;
  const parser = new FieldNameIterator(text, H32[(it + FieldNameIter.at) >> 2], PyUnicode_GET_LENGTH(text));
  if (parser.next() <= 0) return NULL;
  H32[(it + FieldNameIter.at) >> 2] = parser.position;
  const name = parser.index >= 0 ? PyLong_FromLong(parser.index) : PyUnicode_Substring(text, parser.start, parser.stop);
  return tupleOrNull([PyBool_FromLong(parser.isAttribute), name]);
}

for (const [type, name, info, next] of [
  [PyFormatterIter_Type, 'formatteriterator', FormatterIter, formatterNext],
  [PyFieldNameIter_Type, 'fieldnameiterator', FieldNameIter, fieldNameNext],
] as const) {
  defineType({
    type,
    name,
    layout: info,
    flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    slots: { tp_iter: PyObject_SelfIter, tp_iternext: next },
  });
}

defineModule({
  name: '_string',
  doc: 'string helper module',
  functions: [
    method('formatter_field_name_split', '($module, object, /)', fieldNameSplit, 'split the argument as a field name'),
    method('formatter_parser', '($module, object, /)', formatterParser, 'parse the argument as a format string'),
  ],
});
