// The module unicodedata, and its ucd_3_2_0: the database of Unicode 3.2, which differs in what is recorded as different.
//
// Invariant: functions of the module and methods of UCD objects are the same; `self` is the module (the current database) or a UCD.

import { setUnicodeNameLookup } from '../compiler/string_parser.js';
import { defineModule, defineType, getset, type MethodDef, method } from '../object/declare.js';
import { PyErr_SetObject, PyErr_SetString, typeName } from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { layout } from '../object/layout.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyModule_AddObjectRef } from '../object/module_storage.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_KeyError, PyExc_TypeError, PyExc_ValueError, staticType } from '../object/statics.js';
import { Py_TPFLAGS_DISALLOW_INSTANTIATION } from '../object/type_layout.js';
import { oldIsDecimal, oldIsNarrow, oldMirrored, oldNumeric } from '../object/unicode_3_2.js';
import {
  asString,
  fromCodePoints,
  PyUnicode_Check,
  PyUnicode_FromString,
  PyUnicode_GET_LENGTH,
  PyUnicode_IS_ASCII,
  PyUnicode_READ_CHAR,
  unicodeExact,
} from '../object/unicode.js';
import { characterName, characterOfName, pointsOfName } from '../object/unicode_names.js';
import { isNormalized, type NormalForm, normalize, quickCheck } from '../object/unicode_normalize.js';
import {
  BIDIRECTIONAL_NAMES,
  bidirectionalIndex,
  CATEGORY_NAMES,
  categoryIndex,
  combiningClass,
  DECOMPOSITION_TAGS,
  decimalValue,
  decompose,
  digitValue,
  isMirrored,
  numericValue,
  oldProperties,
  UNIDATA_VERSION,
  WIDTH_NAMES,
  widthIndex,
} from '../object/unicode_tables.js';

// Literals with \N{…} are the compiler's.
setUnicodeNameLookup(characterOfName);

const UCD_Type = staticType();
const Ucd = layout({});

/** Whether `self` is the database of Unicode 3.2. */
const isOld = (self: Obj): boolean => self !== 0 && Py_TYPE(self) === UCD_Type;

/** The record of differences for a character: 0xffff: none; category 0: it was not there. */
const oldWord = (self: Obj, c: number): number => (isOld(self) ? oldProperties(c) : 0xffff);
const wasAbsent = (self: Obj, c: number): boolean => (oldWord(self, c) & 255) === 0;

/** The one character of an argument; -1 with TypeError. */
function character(o: Obj, name: string, position: string): number {
  if (!PyUnicode_Check(o)) {
    PyErr_SetString(PyExc_TypeError, `${name}() argument ${position}must be a unicode character, not ${typeName(o)}`);
    return -1;
  }
  if (PyUnicode_GET_LENGTH(o) !== 1) {
    PyErr_SetString(
      PyExc_TypeError,
      `${name}(): argument ${position}must be a unicode character, not a string of length ${PyUnicode_GET_LENGTH(o)}`,
    );
    return -1;
  }
  return PyUnicode_READ_CHAR(o, 0);
}

/** Declares name(chr) as a function of the code point. */
function property(name: string, doc: string, f: (c: number, self: Obj) => Obj): MethodDef {
  return method(
    name,
    '($self, chr, /)',
    (self: Obj, chr: Obj): Obj => {
      const c = character(chr, name, '');
      return c < 0 ? NULL : f(c, self);
    },
    doc,
  );
}

/** Declares name(chr, default): ValueError without a value and without a default. */
function valued(name: string, doc: string, f: (c: number, self: Obj) => Obj, missing: string): MethodDef {
  return method(
    name,
    '($self, chr, default=<unrepresentable>, /)',
    (self: Obj, chr: Obj, dflt: Obj): Obj => {
      const c = character(chr, name, '1 ');
      if (c < 0) return NULL;
      const r = f(c, self);
      if (r !== NO_VALUE) return r;
      return dflt !== 0 ? newref(dflt) : PyErr_SetString(PyExc_ValueError, missing);
    },
    doc,
  );
}
const NO_VALUE = -1 as Obj;

function decomposition(c: number, self: Obj): Obj {
  if (wasAbsent(self, c)) return PyUnicode_FromString('');
  const parts: number[] = [];
  const tag = decompose(c, parts);
  if (tag < 0) return PyUnicode_FromString('');
  const words = parts.map((p) => p.toString(16).toUpperCase().padStart(4, '0'));
  if (tag > 0) words.unshift(DECOMPOSITION_TAGS[tag]);
  return PyUnicode_FromString(words.join(' '));
}

const FORMS: readonly string[] = ['NFC', 'NFKC', 'NFD', 'NFKD'];

/** The form of an argument; null with an exception. */
function formOf(o: Obj, name: string): NormalForm | null {
  if (!PyUnicode_Check(o)) {
    PyErr_SetString(PyExc_TypeError, `${name}() argument 1 must be str, not ${typeName(o)}`);
    return null;
  }
  const form = asString(o);
  if (FORMS.includes(form)) return form as NormalForm;
  PyErr_SetString(PyExc_ValueError, 'invalid normalization form');
  return null;
}

function needText(o: Obj, name: string): boolean {
  if (PyUnicode_Check(o)) return true;
  PyErr_SetString(PyExc_TypeError, `${name}() argument 2 must be str, not ${typeName(o)}`);
  return false;
}

function pointsOf(o: Obj): number[] {
  const points: number[] = [];
  for (let i = 0, n = PyUnicode_GET_LENGTH(o); i < n; i++) points.push(PyUnicode_READ_CHAR(o, i));
  return points;
}

function normalizeText(self: Obj, formObj: Obj, text: Obj): Obj {
  const form = formOf(formObj, 'normalize');
  if (form === null || !needText(text, 'normalize')) return NULL;
  if (PyUnicode_IS_ASCII(text)) return unicodeExact(text);
  const points = pointsOf(text);
  if (!isOld(self) && quickCheck(form, points) === 'yes') return unicodeExact(text);
  return fromCodePoints(normalize(form, points, isOld(self)));
}

function isNormalizedText(self: Obj, formObj: Obj, text: Obj): Obj {
  const form = formOf(formObj, 'is_normalized');
  if (form === null || !needText(text, 'is_normalized')) return NULL;
  if (PyUnicode_IS_ASCII(text)) return PyBool_FromLong(true);
  const points = pointsOf(text);
  if (!isOld(self)) return PyBool_FromLong(isNormalized(form, points));
  const normal = normalize(form, points, true);
  return PyBool_FromLong(normal.length === points.length && normal.every((c, i) => c === points[i]));
}

function lookup(self: Obj, nameObj: Obj): Obj {
  const given = asString(nameObj);
  if (given.length > 256) return keyError('name too long');
  const points = pointsOfName(given);
  if (points === undefined) return keyError(`undefined character name '${given}'`);
  // Unicode 3.2 has no named sequences, and not all characters.
  if (isOld(self) && (points.length > 1 || wasAbsent(self, points[0])))
    return keyError(`undefined character name '${given}'`);
  return fromCodePoints(points);
}

function keyError(text: string): Obj {
  const o = PyUnicode_FromString(text);
  if (o === 0) return NULL;
  PyErr_SetObject(PyExc_KeyError, o);
  decref(o);
  return NULL;
}

const text = PyUnicode_FromString;
const methods: readonly MethodDef[] = [
  valued(
    'decimal',
    'Returns the value of a decimal digit.',
    (c, self) => {
      const v = wasAbsent(self, c) ? -1 : isOld(self) && oldIsDecimal(c) ? digitValue(c) : decimalValue(c);
      return v < 0 ? NO_VALUE : PyLong_FromLong(v);
    },
    'not a decimal',
  ),
  // CPython's ucd_3_2_0 answers this with today's digits, also for characters that were not there.
  valued(
    'digit',
    'Returns the value of a digit.',
    (c) => {
      const v = digitValue(c);
      return v < 0 ? NO_VALUE : PyLong_FromLong(v);
    },
    'not a digit',
  ),
  valued(
    'numeric',
    'Returns the value of a numeric character as a float.',
    (c, self) => {
      const today = wasAbsent(self, c) ? Number.NaN : numericValue(c);
      const v = isOld(self) ? oldNumeric(c, today) : today;
      return Number.isNaN(v) ? NO_VALUE : PyFloat_FromDouble(v);
    },
    'not a numeric character',
  ),
  property('category', 'Returns the general category.', (c, self) => {
    const old = oldWord(self, c) & 255;
    return text(CATEGORY_NAMES[old === 255 ? categoryIndex(c) : old]);
  }),
  property('bidirectional', 'Returns the bidirectional class.', (c, self) => {
    const old = oldWord(self, c);
    if ((old & 255) === 0) return text('');
    return text(BIDIRECTIONAL_NAMES[old >> 8 === 255 ? bidirectionalIndex(c) : old >> 8]);
  }),
  property('combining', 'Returns the canonical combining class.', (c, self) =>
    PyLong_FromLong(wasAbsent(self, c) ? 0 : combiningClass(c)),
  ),
  property('mirrored', 'Returns 1 for a character that is mirrored in bidirectional text.', (c, self) =>
    PyLong_FromLong(!wasAbsent(self, c) && (isOld(self) ? oldMirrored(c, isMirrored(c)) : isMirrored(c)) ? 1 : 0),
  ),
  property('east_asian_width', 'Returns the East Asian width.', (c, self) =>
    text(wasAbsent(self, c) || (isOld(self) && oldIsNarrow(c)) ? 'N' : WIDTH_NAMES[widthIndex(c)]),
  ),
  property('decomposition', 'Returns the decomposition mapping as text.', decomposition),
  method(
    'is_normalized',
    '($self, form, unistr, /)',
    isNormalizedText,
    "Whether a string is in the form 'NFC', 'NFKC', 'NFD' or 'NFKD'.",
  ),
  method(
    'normalize',
    '($self, form, unistr, /)',
    normalizeText,
    "Returns the form 'NFC', 'NFKC', 'NFD' or 'NFKD' of a string.",
  ),
  valued(
    'name',
    'Returns the name of a character.',
    (c, self) => {
      const name = wasAbsent(self, c) ? '' : characterName(c);
      return name === '' ? NO_VALUE : text(name);
    },
    'no such name',
  ),
  method(
    'lookup',
    '($self, name: str, /)',
    lookup,
    'Returns the character (or sequence) of a name; KeyError if there is none.',
  ),
];

defineType({
  type: UCD_Type,
  name: 'unicodedata.UCD',
  layout: Ucd,
  flags: Py_TPFLAGS_DISALLOW_INSTANTIATION,
  methods,
  getset: [getset('unidata_version', (): Obj => text('3.2.0'), null, 'The version of the database.')],
});

defineModule({
  name: 'unicodedata',
  doc: `The Unicode Character Database, version ${UNIDATA_VERSION}, under the names of its files.`,
  functions: methods,
  types: [UCD_Type],
  exec(m) {
    const version = text(UNIDATA_VERSION);
    if (version === 0) return -1;
    let r = PyModule_AddObjectRef(m, 'unidata_version', version);
    decref(version);
    if (r < 0) return -1;
    const old = _PyObject_New(UCD_Type);
    if (old === 0) return -1;
    r = PyModule_AddObjectRef(m, 'ucd_3_2_0', old);
    decref(old);
    return r;
  },
});
