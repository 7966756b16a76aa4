// What is the module _csv?
//
// Invariant: a dialect's parameters are checked once, when it is made, and never change; the characters of a field in progress are
// kept outside the heap during one call only; the state machine takes one line after another and gives a record when one is whole.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { _PyStack_AsDict, PyCallable_Check, PyObject_Call, PyObject_CallOneArg } from '../object/call.js';
import { defineModule, defineType, fastcall, getset, member, method } from '../object/declare.js';
import {
  PyDict_Contains,
  PyDict_DelItem,
  PyDict_GetItemWithError,
  PyDict_Keys,
  PyDict_New,
  PyDict_SetItem,
} from '../object/dict.js';
import { PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { i32, layout, ref } from '../object/layout.js';
import { _PyList_AppendTakeRef, PyList_New } from '../object/list.js';
import { PyLong_AsLong, PyLong_CheckExact, PyLong_FromLong } from '../object/long.js';
import { PyModule_Add, PyModule_AddObjectRef } from '../object/module_storage.js';
import { _PyObject_New, PyType_GenericAlloc } from '../object/new_object.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { PyNumber_Check, PyNumber_Float } from '../object/number.js';
import { PyObject_GetAttrString, PyObject_IsTrue, PyObject_SelfIter, PyObject_Str } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import { setOwned } from '../vm/sys_state.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_None,
  PyExc_AttributeError,
  PyExc_Exception,
  PyExc_TypeError,
  PyExc_ValueError,
  staticType,
} from '../object/statics.js';
import { PyTuple_Pack } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_DISALLOW_INSTANTIATION, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import {
  fromCodePoints,
  PyUnicode_Check,
  PyUnicode_FromString,
  PyUnicode_GET_LENGTH,
  PyUnicode_READ_CHAR,
} from '../object/unicode.js';
import { simpleException } from '../types/exceptions.js';

const Error_Type = staticType();
simpleException(Error_Type, '_csv.Error', PyExc_Exception, undefined);
const fail = (message: string): Obj => PyErr_SetString(Error_Type, message);
const at = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;

const QUOTE_MINIMAL = 0;
const QUOTE_ALL = 1;
const QUOTE_NONNUMERIC = 2;
const QUOTE_NONE = 3;
const QUOTE_STRINGS = 4;
const QUOTE_NOTNULL = 5;
/** No character. */
const NOT_SET = -1;

/** The registered dialects (a dict), and the longest field. */
const dialects_word = ownedWord('the dialects of _csv');
let fieldLimit = 128 * 1024;

// --- Dialect ------------------------------------------------------------------------------------------------------------------

const Dialect_Type = staticType();
const Dialect = layout({
  doublequote: i32,
  skipinitialspace: i32,
  strict: i32,
  quoting: i32,
  delimiter: i32,
  quotechar: i32,
  escapechar: i32,
  lineterminator: ref,
});
const field = (d: Obj, offset: number): number => H32[(d + offset) >> 2];

const NAMES = [
  'delimiter',
  'doublequote',
  'escapechar',
  'lineterminator',
  'quotechar',
  'quoting',
  'skipinitialspace',
  'strict',
] as const;
const NEW_DIALECT = parseSignature('', `(dialect=None, ${NAMES.map((n) => `${n}=...`).join(', ')})`);

/** Stores a character parameter: whether it is one. */
function setChar(d: Obj, offset: number, name: string, o: Obj, dflt: number, mayBeNone: boolean): boolean {
  if (o === 0) {
    H32[(d + offset) >> 2] = dflt;
    return true;
  }
  if (mayBeNone && o === Py_None) {
    H32[(d + offset) >> 2] = NOT_SET;
    return true;
  }
  const kinds = mayBeNone ? 'a unicode character or None' : 'a unicode character';
  if (!PyUnicode_Check(o)) {
    PyErr_SetString(PyExc_TypeError, `"${name}" must be ${kinds}, not ${typeName(o)}`);
    return false;
  }
  const n = PyUnicode_GET_LENGTH(o);
  if (n !== 1) {
    PyErr_SetString(PyExc_TypeError, `"${name}" must be ${kinds}, not a string of length ${n}`);
    return false;
  }
  H32[(d + offset) >> 2] = PyUnicode_READ_CHAR(o, 0);
  return true;
}

function setBool(d: Obj, offset: number, o: Obj, dflt: number): boolean {
  const truth = o === 0 ? dflt : PyObject_IsTrue(o);
  H32[(d + offset) >> 2] = truth;
  return truth >= 0;
}

function setQuoting(d: Obj, o: Obj): boolean {
  if (o !== 0 && !PyLong_CheckExact(o)) {
    PyErr_SetString(PyExc_TypeError, `"quoting" must be an integer, not ${typeName(o)}`);
    return false;
  }
  const n = o === 0 ? QUOTE_MINIMAL : PyLong_AsLong(o);
  if (n === -1 && PyErr_Occurred() !== 0) return false;
  H32[(d + Dialect.quoting) >> 2] = n;
  return true;
}

function setTerminator(d: Obj, o: Obj): boolean {
  if (o !== 0 && !PyUnicode_Check(o)) {
    PyErr_SetString(PyExc_TypeError, `"lineterminator" must be a string, not ${typeName(o)}`);
    return false;
  }
  H32[(d + Dialect.lineterminator) >> 2] = o === 0 ? PyUnicode_FromString('\r\n') : newref(o);
  return at(d, Dialect.lineterminator) !== 0;
}

function refuse(type: Obj, message: string): false {
  PyErr_SetString(type, message);
  return false;
}

/** Whether a character fits with the others. */
function checkChar(d: Obj, name: string, c: number, spaceOk: boolean): boolean {
  const terminator = at(d, Dialect.lineterminator);
  if (c === NOT_SET) return true;
  if (c === 10 || c === 13 || (c === 32 && !spaceOk)) return refuse(PyExc_ValueError, `bad ${name} value`);
  for (let i = 0; terminator !== 0 && i < PyUnicode_GET_LENGTH(terminator); i++) {
    if (PyUnicode_READ_CHAR(terminator, i) === c)
      return refuse(PyExc_ValueError, `bad ${name} or lineterminator value`);
  }
  return true;
}

function fillDialect(d: Obj, a: readonly Obj[]): boolean {
  const [delimiter, doublequote, escapechar, lineterminator, quotechar, quoting, skipinitialspace, strict] = a;
  if (
    !setChar(d, Dialect.delimiter, 'delimiter', delimiter, 44, false) ||
    !setBool(d, Dialect.doublequote, doublequote, 1) ||
    !setChar(d, Dialect.escapechar, 'escapechar', escapechar, NOT_SET, true) ||
    !setTerminator(d, lineterminator) ||
    !setChar(d, Dialect.quotechar, 'quotechar', quotechar, 34, true) ||
    !setQuoting(d, quoting) ||
    !setBool(d, Dialect.skipinitialspace, skipinitialspace, 0) ||
    !setBool(d, Dialect.strict, strict, 0)
  ) {
    return false;
  }
  const quotes = field(d, Dialect.quoting);
  if (quotes < QUOTE_MINIMAL || quotes > QUOTE_NOTNULL) return refuse(PyExc_TypeError, 'bad "quoting" value');
  if (quotechar === Py_None && quoting === 0) H32[(d + Dialect.quoting) >> 2] = QUOTE_NONE;
  if (field(d, Dialect.quoting) !== QUOTE_NONE && field(d, Dialect.quotechar) === NOT_SET) {
    return refuse(PyExc_TypeError, 'quotechar must be set if quoting enabled');
  }
  const del = field(d, Dialect.delimiter);
  const esc = field(d, Dialect.escapechar);
  const quo = field(d, Dialect.quotechar);
  const skip = field(d, Dialect.skipinitialspace) !== 0;
  if (
    !checkChar(d, 'delimiter', del, true) ||
    !checkChar(d, 'escapechar', esc, !skip) ||
    !checkChar(d, 'quotechar', quo, !skip)
  )
    return false;
  const clash = (x: string, y: string) => refuse(PyExc_ValueError, `bad ${x} or ${y} value`);
  if (del === esc) return clash('delimiter', 'escapechar');
  if (del === quo) return clash('delimiter', 'quotechar');
  if (esc !== NOT_SET && esc === quo) return clash('escapechar', 'quotechar');
  return true;
}

/** The registered dialect of a name: borrowed, NULL with _csv.Error. */
function registered(name: Obj): Obj {
  const d = PyDict_GetItemWithError(H32[dialects_word] as Obj, name);
  return d === 0 && PyErr_Occurred() === 0 ? fail('unknown dialect') : d;
}

function dialect_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(NEW_DIALECT, args, kwargs)) return NULL;
  let base = bound[0] as Obj;
  const given = NAMES.map((_n, i) => bound[i + 1] as Obj);
  if (base === Py_None) base = NULL;
  if (base !== 0 && PyUnicode_Check(base)) {
    base = registered(base);
    if (base === 0) return NULL;
  }
  if (base !== 0 && Py_TYPE(base) === Dialect_Type && given.every((o) => o === 0)) return newref(base);
  const owned: Obj[] = [];
  for (let i = 0; base !== 0 && i < NAMES.length; i++) {
    if (given[i] !== 0) continue;
    given[i] = PyObject_GetAttrString(base, NAMES[i]);
    if (given[i] !== 0) owned.push(given[i]);
    else if (!PyErr_ExceptionMatches(PyExc_AttributeError)) break;
    else PyErr_Clear();
  }
  let d = PyErr_Occurred() === 0 ? PyType_GenericAlloc(type, 0) : NULL;
  if (d !== 0 && !fillDialect(d, given)) {
    decref(d);
    d = NULL;
  }
  for (const o of owned) decref(o);
  return d;
}

const charOf = (offset: number) => (d: Obj) =>
  field(d, offset) === NOT_SET ? newref(Py_None) : fromCodePoints([field(d, offset)]);

defineType({
  type: Dialect_Type,
  name: '_csv.Dialect',
  layout: Dialect,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: 'CSV dialect\n\nThe Dialect type records CSV dialect options.\n',
  slots: { tp_new: dialect_new },
  methods: ['__reduce__', '__reduce_ex__'].map((name) =>
    fastcall(name, null, (self: Obj) =>
      PyErr_SetString(PyExc_TypeError, `cannot pickle '${typeName(self)}' instances`),
    ),
  ),
  members: [
    member('skipinitialspace', 'bool', Dialect.skipinitialspace),
    member('doublequote', 'bool', Dialect.doublequote),
    member('strict', 'bool', Dialect.strict),
  ],
  getset: [
    getset('delimiter', charOf(Dialect.delimiter)),
    getset('escapechar', charOf(Dialect.escapechar)),
    getset('lineterminator', (d: Obj) => newref(at(d, Dialect.lineterminator))),
    getset('quotechar', charOf(Dialect.quotechar)),
    getset('quoting', (d: Obj) => PyLong_FromLong(field(d, Dialect.quoting))),
  ],
});

/** A dialect from a base (or NULL) and the keyword arguments of reader() or writer(); new. */
function makeDialect(base: Obj, kwargs: Obj): Obj {
  const args = base === 0 ? PyTuple_Pack() : PyTuple_Pack(base);
  if (args === 0) return NULL;
  const d = PyObject_Call(Dialect_Type, args, kwargs);
  decref(args);
  return d;
}

// --- reader -------------------------------------------------------------------------------------------------------------------

const START_RECORD = 0;
const START_FIELD = 1;
const ESCAPED = 2;
const IN_FIELD = 3;
const IN_QUOTED = 4;
const ESCAPE_IN_QUOTED = 5;
const QUOTE_IN_QUOTED = 6;
const EAT_CRNL = 7;
const AFTER_ESCAPED_CRNL = 8;
/** The end of a line, as a character. */
const EOL = -2;

const Reader_Type = staticType();
const Reader = layout({ input_iter: ref, dialect: ref, fields: ref, state: i32, unquoted: i32, line_num: i32 });

/** The field in progress of the call that is running. */
interface Progress {
  chars: number[];
}

/** Ends the field in progress: 0, or -1. */
function saveField(self: Obj, p: Progress): boolean {
  const quoting = field(at(self, Reader.dialect), Dialect.quoting);
  const unquoted = H32[(self + Reader.unquoted) >> 2] !== 0;
  let value: Obj;
  if (unquoted && p.chars.length === 0 && (quoting === QUOTE_NOTNULL || quoting === QUOTE_STRINGS))
    value = newref(Py_None);
  else {
    value = fromCodePoints(p.chars);
    if (value !== 0 && unquoted && p.chars.length > 0 && (quoting === QUOTE_NONNUMERIC || quoting === QUOTE_STRINGS)) {
      const number = PyNumber_Float(value);
      decref(value);
      value = number;
    }
  }
  p.chars = [];
  return value !== 0 && _PyList_AppendTakeRef(at(self, Reader.fields), value) === 0;
}

function addChar(p: Progress, c: number): boolean {
  if (p.chars.length >= fieldLimit) return refuse(Error_Type, `field larger than field limit (${fieldLimit})`);
  p.chars.push(c);
  return true;
}

/** Takes one character (or EOL): whether all is well. */
function take(self: Obj, p: Progress, c: number): boolean {
  const d = at(self, Reader.dialect);
  const to = (state: number): true => {
    H32[(self + Reader.state) >> 2] = state;
    return true;
  };
  const lineEnd = c === 10 || c === 13 || c === EOL;
  const isQuote = c === field(d, Dialect.quotechar) && field(d, Dialect.quoting) !== QUOTE_NONE;
  const isEscape = c === field(d, Dialect.escapechar);
  const isDelimiter = c === field(d, Dialect.delimiter);
  const endRecord = (): boolean => saveField(self, p) && to(c === EOL ? START_RECORD : EAT_CRNL);
  let state = H32[(self + Reader.state) >> 2];
  if (state === START_RECORD) {
    if (c === EOL) return true;
    if (lineEnd) return to(EAT_CRNL);
    state = START_FIELD;
  } else if (state === AFTER_ESCAPED_CRNL) {
    if (c === EOL) return true;
    state = IN_FIELD;
  }
  switch (state) {
    case START_FIELD:
      H32[(self + Reader.unquoted) >> 2] = 1;
      if (lineEnd) return endRecord();
      if (isQuote) {
        H32[(self + Reader.unquoted) >> 2] = 0;
        return to(IN_QUOTED);
      }
      if (isEscape) return to(ESCAPED);
      if (c === 32 && field(d, Dialect.skipinitialspace)) return to(START_FIELD);
      if (isDelimiter) return saveField(self, p) && to(START_FIELD);
      return addChar(p, c) && to(IN_FIELD);
    case ESCAPED:
      if (c === 10 || c === 13) return addChar(p, c) && to(AFTER_ESCAPED_CRNL);
      return addChar(p, c === EOL ? 10 : c) && to(IN_FIELD);
    case IN_FIELD:
      if (lineEnd) return endRecord();
      if (isEscape) return to(ESCAPED);
      if (isDelimiter) return saveField(self, p) && to(START_FIELD);
      return addChar(p, c) && to(IN_FIELD);
    case IN_QUOTED:
      if (c === EOL) return true;
      if (isEscape) return to(ESCAPE_IN_QUOTED);
      if (isQuote) return to(field(d, Dialect.doublequote) ? QUOTE_IN_QUOTED : IN_FIELD);
      return addChar(p, c);
    case ESCAPE_IN_QUOTED:
      return addChar(p, c === EOL ? 10 : c) && to(IN_QUOTED);
    case QUOTE_IN_QUOTED:
      if (isQuote) return addChar(p, c) && to(IN_QUOTED);
      if (isDelimiter) return saveField(self, p) && to(START_FIELD);
      if (lineEnd) return endRecord();
      if (!field(d, Dialect.strict)) return addChar(p, c) && to(IN_FIELD);
      return refuse(
        Error_Type,
        `'${String.fromCodePoint(field(d, Dialect.delimiter))}' expected after '${String.fromCodePoint(field(d, Dialect.quotechar))}'`,
      );
    default:
      if (c === EOL) return to(START_RECORD);
      if (lineEnd) return true;
      return refuse(
        Error_Type,
        "new-line character seen in unquoted field - do you need to open the file with newline=''?",
      );
  }
}

/** Takes a line: whether all is well. */
function takeLine(self: Obj, p: Progress, line: Obj): boolean {
  if (!PyUnicode_Check(line)) {
    return refuse(
      Error_Type,
      `iterator should return strings, not ${typeName(line)} (the file should be opened in text mode)`,
    );
  }
  H32[(self + Reader.line_num) >> 2]++;
  const n = PyUnicode_GET_LENGTH(line);
  for (let i = 0; i < n; i++) if (!take(self, p, PyUnicode_READ_CHAR(line, i))) return false;
  return take(self, p, EOL);
}

function reader_iternext(self: Obj): Obj {
  const old = at(self, Reader.fields);
  H32[(self + Reader.fields) >> 2] = PyList_New(0);
  xdecref(old);
  if (at(self, Reader.fields) === 0) return NULL;
  H32[(self + Reader.state) >> 2] = START_RECORD;
  H32[(self + Reader.unquoted) >> 2] = 0;
  const p: Progress = { chars: [] };
  do {
    const line = PyIter_Next(at(self, Reader.input_iter));
    if (line === 0) {
      if (PyErr_Occurred() !== 0 || (p.chars.length === 0 && H32[(self + Reader.state) >> 2] !== IN_QUOTED))
        return NULL;
      if (field(at(self, Reader.dialect), Dialect.strict)) return fail('unexpected end of data');
      if (!saveField(self, p)) return NULL;
      break;
    }
    const ok = takeLine(self, p, line);
    decref(line);
    if (!ok) return NULL;
  } while (H32[(self + Reader.state) >> 2] !== START_RECORD);
  const fields = at(self, Reader.fields);
  H32[(self + Reader.fields) >> 2] = NULL;
  return fields;
}

defineType({
  type: Reader_Type,
  name: '_csv.reader',
  layout: Reader,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
  doc: 'CSV reader\n\nReader objects are responsible for reading and parsing tabular data\nin CSV format.\n',
  slots: { tp_iter: PyObject_SelfIter, tp_iternext: reader_iternext },
  members: [member('dialect', 'object', Reader.dialect), member('line_num', 'int', Reader.line_num)],
});

/** The arguments (first, dialect=None, **kwargs) of reader() and writer(): a new dialect, NULL with an exception. */
function dialectOfCall(name: string, args: number, nargs: number, kwnames: Obj): Obj {
  if (nargs < 1 || nargs > 2) {
    return PyErr_SetString(
      PyExc_TypeError,
      `${name} expected at ${nargs < 1 ? 'least 1 argument' : 'most 2 arguments'}, got ${nargs}`,
    );
  }
  const kwargs = kwnames === 0 ? NULL : _PyStack_AsDict(args + 4 * nargs, kwnames);
  if (kwnames !== 0 && kwargs === 0) return NULL;
  const d = makeDialect(nargs > 1 ? (H32[(args + 4) >> 2] as Obj) : NULL, kwargs);
  xdecref(kwargs);
  return d;
}

function csv_reader(_module: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  const d = dialectOfCall('reader', args, nargs, kwnames);
  const it = d === 0 ? NULL : PyObject_GetIter(H32[args >> 2] as Obj);
  const self = it === 0 ? NULL : _PyObject_New(Reader_Type);
  if (self === 0) {
    xdecref(d);
    xdecref(it);
    return NULL;
  }
  H32[(self + Reader.input_iter) >> 2] = it;
  H32[(self + Reader.dialect) >> 2] = d;
  H32[(self + Reader.fields) >> 2] = NULL;
  H32[(self + Reader.state) >> 2] = START_RECORD;
  H32[(self + Reader.unquoted) >> 2] = 0;
  H32[(self + Reader.line_num) >> 2] = 0;
  PyObject_GC_Track(self);
  return self;
}

// --- writer -------------------------------------------------------------------------------------------------------------------

const Writer_Type = staticType();
const Writer = layout({ write: ref, dialect: ref });

const pointsOf = (s: Obj): number[] =>
  Array.from({ length: PyUnicode_GET_LENGTH(s) }, (_x, i) => PyUnicode_READ_CHAR(s, i));

/** Appends a field (NULL: None): whether all is well. */
function joinField(d: Obj, out: number[], text: Obj, quoted: boolean, first: boolean): boolean {
  const quoting = field(d, Dialect.quoting);
  const delimiter = field(d, Dialect.delimiter);
  const quote = field(d, Dialect.quotechar);
  const escape = field(d, Dialect.escapechar);
  const chars = text === 0 ? [] : pointsOf(text);
  if (chars.length === 0 && delimiter === 32 && field(d, Dialect.skipinitialspace)) {
    if (quoting === QUOTE_NONE || (text === 0 && (quoting === QUOTE_STRINGS || quoting === QUOTE_NOTNULL))) {
      return refuse(Error_Type, 'empty field must be quoted if delimiter is a space and skipinitialspace is true');
    }
    quoted = true;
  }
  const terminator = pointsOf(at(d, Dialect.lineterminator));
  const body: number[] = [];
  for (const c of chars) {
    if (c === delimiter || c === escape || c === quote || c === 10 || c === 13 || terminator.includes(c)) {
      let wantEscape = quoting === QUOTE_NONE || c === escape;
      if (quoting !== QUOTE_NONE && c === quote) {
        if (field(d, Dialect.doublequote)) body.push(quote);
        else wantEscape = true;
      }
      if (!wantEscape) quoted = true;
      else if (escape === NOT_SET) return refuse(Error_Type, 'need to escape, but no escapechar set');
      else body.push(escape);
    }
    body.push(c);
  }
  if (!first) out.push(delimiter);
  if (quoted) out.push(quote);
  for (const c of body) out.push(c);
  if (quoted) out.push(quote);
  return true;
}

function wantsQuotes(quoting: number, o: Obj): boolean {
  if (quoting === QUOTE_NONNUMERIC) return !PyNumber_Check(o);
  if (quoting === QUOTE_STRINGS) return PyUnicode_Check(o);
  return quoting === QUOTE_ALL || (quoting === QUOTE_NOTNULL && o !== Py_None);
}

function writer_writerow(self: Obj, seq: Obj): Obj {
  const d = at(self, Writer.dialect);
  const quoting = field(d, Dialect.quoting);
  const it = PyObject_GetIter(seq);
  if (it === 0) return PyErr_ExceptionMatches(PyExc_TypeError) ? fail(`iterable expected, not ${typeName(seq)}`) : NULL;
  const out: number[] = [];
  let count = 0;
  let none = false;
  for (let o = PyIter_Next(it); o !== 0; o = PyIter_Next(it)) {
    none = o === Py_None;
    const quoted = wantsQuotes(quoting, o);
    const text = none ? NULL : PyObject_Str(o);
    decref(o);
    const ok = (none || text !== 0) && joinField(d, out, text, quoted, count === 0);
    xdecref(text);
    if (!ok) break;
    count++;
  }
  decref(it);
  if (PyErr_Occurred() !== 0) return NULL;
  if (count > 0 && out.length === 0) {
    if (quoting === QUOTE_NONE || (none && (quoting === QUOTE_STRINGS || quoting === QUOTE_NOTNULL))) {
      return fail('single empty field record must be quoted');
    }
    if (!joinField(d, out, NULL, true, true)) return NULL;
  }
  for (const c of pointsOf(at(d, Dialect.lineterminator))) out.push(c);
  const line = fromCodePoints(out);
  if (line === 0) return NULL;
  const r = PyObject_CallOneArg(at(self, Writer.write), line);
  decref(line);
  return r;
}

function writer_writerows(self: Obj, rows: Obj): Obj {
  const it = PyObject_GetIter(rows);
  if (it === 0) return NULL;
  for (let row = PyIter_Next(it); row !== 0; row = PyIter_Next(it)) {
    const r = writer_writerow(self, row);
    decref(row);
    if (r === 0) break;
    decref(r);
  }
  decref(it);
  return PyErr_Occurred() !== 0 ? NULL : newref(Py_None);
}

defineType({
  type: Writer_Type,
  name: '_csv.writer',
  layout: Writer,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
  doc: 'CSV writer\n\nWriter objects are responsible for generating tabular data\nin CSV format from sequence input.\n',
  methods: [
    method(
      'writerow',
      '($self, row, /)',
      writer_writerow,
      'Construct and write a CSV record from an iterable of fields.',
    ),
    method(
      'writerows',
      '($self, rows, /)',
      writer_writerows,
      'Construct and write a series of iterables to a csv file.',
    ),
  ],
  members: [member('dialect', 'object', Writer.dialect)],
});

function csv_writer(_module: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  const d = dialectOfCall('writer', args, nargs, kwnames);
  if (d === 0) return NULL;
  let write = PyObject_GetAttrString(H32[args >> 2] as Obj, 'write');
  if (write === 0 && PyErr_ExceptionMatches(PyExc_AttributeError)) PyErr_Clear();
  if (PyErr_Occurred() === 0 && (write === 0 || !PyCallable_Check(write))) {
    xdecref(write);
    write = PyErr_SetString(PyExc_TypeError, 'argument 1 must have a "write" method');
  }
  const self = write === 0 ? NULL : _PyObject_New(Writer_Type);
  if (self === 0) {
    decref(d);
    xdecref(write);
    return NULL;
  }
  H32[(self + Writer.write) >> 2] = write;
  H32[(self + Writer.dialect) >> 2] = d;
  PyObject_GC_Track(self);
  return self;
}

// --- the module ---------------------------------------------------------------------------------------------------------------

function register_dialect(_module: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (nargs < 1 || nargs > 2) {
    return PyErr_SetString(
      PyExc_TypeError,
      `register_dialect expected at ${nargs < 1 ? 'least 1 argument' : 'most 2 arguments'}, got ${nargs}`,
    );
  }
  const name = H32[args >> 2] as Obj;
  if (!PyUnicode_Check(name)) return PyErr_SetString(PyExc_TypeError, 'dialect name must be a string');
  const d = dialectOfCall('register_dialect', args, nargs, kwnames);
  if (d === 0) return NULL;
  const r = PyDict_SetItem(H32[dialects_word] as Obj, name, d);
  decref(d);
  return r < 0 ? NULL : newref(Py_None);
}

function unregister_dialect(_module: Obj, name: Obj): Obj {
  const known = PyDict_Contains(H32[dialects_word] as Obj, name);
  if (known === 0) return fail('unknown dialect');
  return known < 0 || PyDict_DelItem(H32[dialects_word] as Obj, name) < 0 ? NULL : newref(Py_None);
}

function get_dialect(_module: Obj, name: Obj): Obj {
  const d = registered(name);
  return d === 0 ? NULL : newref(d);
}

function field_size_limit(_module: Obj, limit: Obj): Obj {
  const old = fieldLimit;
  if (limit !== 0) {
    if (!PyLong_CheckExact(limit)) return PyErr_SetString(PyExc_TypeError, 'limit must be an integer');
    const n = PyLong_AsLong(limit);
    if (n === -1 && PyErr_Occurred() !== 0) return NULL;
    fieldLimit = n;
  }
  return PyLong_FromLong(old);
}

defineModule({
  name: '_csv',
  doc: 'CSV parsing and writing.\n',
  types: [Dialect_Type],
  functions: [
    fastcall('reader', null, csv_reader, 'Return a reader object that will process lines from the given iterable.'),
    fastcall('writer', null, csv_writer, 'Return a writer object that will write user data on the given file object.'),
    fastcall('register_dialect', null, register_dialect, 'Create a mapping from a string name to a CVS dialect.'),
    method(
      'list_dialects',
      '($module, /)',
      () => PyDict_Keys(H32[dialects_word] as Obj),
      'Return a list of all known dialect names.',
    ),
    method(
      'unregister_dialect',
      '($module, /, name)',
      unregister_dialect,
      'Delete the name/dialect mapping associated with a string name.',
    ),
    method('get_dialect', '($module, /, name)', get_dialect, 'Return the dialect instance associated with name.'),
    method(
      'field_size_limit',
      '($module, /, new_limit=<unrepresentable>)',
      field_size_limit,
      'Sets an upper limit on parsed fields.',
    ),
  ],
  exec(m) {
    const registry = PyDict_New();
    if (registry === 0) return -1;
    setOwned(dialects_word, newref(registry));
    const constants = { QUOTE_MINIMAL, QUOTE_ALL, QUOTE_NONNUMERIC, QUOTE_NONE, QUOTE_STRINGS, QUOTE_NOTNULL };
    for (const [name, value] of Object.entries(constants))
      if (PyModule_Add(m, name, PyLong_FromLong(value)) < 0) return -1;
    if (
      PyModule_Add(m, '__version__', PyUnicode_FromString('1.0')) < 0 ||
      PyModule_AddObjectRef(m, 'Error', Error_Type) < 0
    )
      return -1;
    return PyModule_Add(m, '_dialects', registry);
  },
});
