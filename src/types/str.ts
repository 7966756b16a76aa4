// The type str.  Invariant: this table is all there is of str's Python surface; the methods live by question in the str_*.ts files.

import { H32 } from '../memory/linear.js';
import { bindTuple, bindVector, bound, checkPositional } from '../object/bind.js';
import { PyVectorcall_NARGS } from '../object/call.js';
import { defineType, method, staticMethod } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import { readChar } from '../object/memcpy.js';
import { Py_EQ, Py_GE, Py_GT, Py_LE, Py_LT, Py_NE, PyObject_Str } from '../object/object.js';
import { PyIndex_Check, PyNumber_AsSsize_t } from '../object/number.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { PySlice_Check, PySlice_GetIndicesEx, sliceStart, sliceStep } from '../object/slice.js';
import {
  emptyString,
  Py_False,
  Py_NotImplemented,
  Py_True,
  PyExc_IndexError,
  PyExc_TypeError,
  PyUnicode_Type,
} from '../object/statics.js';
import { tupleFromObjs } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_MATCH_SELF, Py_TPFLAGS_UNICODE_SUBCLASS } from '../object/type_layout.js';
import {
  PyUnicode_Check,
  PyUnicode_Compare,
  PyUnicode_Concat,
  PyUnicode_Contains,
  PyUnicode_CopyCharacters,
  PyUnicode_DATA,
  PyUnicode_FromKindAndData,
  PyUnicode_GET_LENGTH,
  PyUnicode_Hash,
  PyUnicode_IS_ASCII,
  PyUnicode_Join,
  PyUnicode_KIND,
  PyUnicode_New,
  PyUnicode_READ_CHAR,
  PyUnicode_Substring,
  UnicodeLayout,
  unicode_eq,
  unicodeChar,
  unicodeDealloc,
  unicodeExact,
  unicodeRepeat,
  unicodeSize,
  unicodeSubtypeNew,
} from '../object/unicode.js';
import { UnicodeWriter } from '../object/unicode_writer.js';
import { PyUnicode_AsEncodedString, PyUnicode_FromEncodedObject } from './codec.js';
import * as kase from './str_case.js';
import { str___format__, str_format, str_format_map } from './str_format.js';
import { str_iter } from './str_iter.js';
import * as m from './str_methods.js';
import { PyUnicode_Format } from './str_percent.js';
import { str_repr } from './str_repr.js';
import {
  PyUnicode_Partition,
  PyUnicode_RPartition,
  PyUnicode_RSplit,
  PyUnicode_Split,
  PyUnicode_Splitlines,
} from './str_split.js';

const NEW = parseSignature('str', '($type, object=NULL, encoding: str = None, errors: str = None)');

function str_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  return bindTuple(NEW, args, kwargs) ? fromBound(type) : NULL;
}

/** str(o) without making a tuple. */
function str_vectorcall(type: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  const n = PyVectorcall_NARGS(nargsf);
  if (n === 1 && kwnames === 0 && type === PyUnicode_Type) return PyObject_Str(H32[args >> 2] as Obj);
  if (!checkPositional('str', n, 0, 3)) return NULL;
  return bindVector(NEW, args, n, kwnames) ? fromBound(type) : NULL;
}

/** A new instance of `type` for the arguments in `bound`. */
function fromBound(type: Obj): Obj {
  const x = bound[0] as Obj;
  const encoding = bound[1] as Obj;
  const errors = bound[2] as Obj;
  let s: Obj;
  if (x === 0) s = newref(emptyString);
  else if (encoding === 0 && errors === 0) s = PyObject_Str(x);
  else s = PyUnicode_FromEncodedObject(x, encoding, errors);
  if (s === 0 || type === PyUnicode_Type) return s;
  const o = unicodeSubtypeNew(type, s);
  decref(s);
  return o;
}

function str_richcompare(a: Obj, b: Obj, op: number): Obj {
  if (!PyUnicode_Check(a) || !PyUnicode_Check(b)) return newref(Py_NotImplemented);
  let r: boolean;
  if (op === Py_EQ) r = unicode_eq(a, b);
  else if (op === Py_NE) r = !unicode_eq(a, b);
  else {
    const c = PyUnicode_Compare(a, b);
    r = op === Py_LT ? c < 0 : op === Py_LE ? c <= 0 : op === Py_GT ? c > 0 : op === Py_GE && c >= 0;
  }
  return newref(r ? Py_True : Py_False);
}

function str_item(o: Obj, i: number): Obj {
  if (i < 0 || i >= PyUnicode_GET_LENGTH(o)) return PyErr_SetString(PyExc_IndexError, 'string index out of range');
  return unicodeChar(PyUnicode_READ_CHAR(o, i));
}

function str_subscript(o: Obj, key: Obj): Obj {
  if (PyIndex_Check(key)) {
    const i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i === -1 && PyErr_Occurred() !== 0) return NULL;
    return str_item(o, i < 0 ? i + PyUnicode_GET_LENGTH(o) : i);
  }
  if (!PySlice_Check(key)) {
    return PyErr_SetString(PyExc_TypeError, `string indices must be integers, not '${typeName(key)}'`);
  }
  const length = PyUnicode_GET_LENGTH(o);
  const n = PySlice_GetIndicesEx(key, length);
  if (n < 0) return NULL;
  const start = sliceStart;
  const step = sliceStep;
  if (n === 0) return newref(emptyString);
  if (step === 1) return PyUnicode_Substring(o, start, start + n);
  const w = new UnicodeWriter();
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  if (w.reserve(n, PyUnicode_IS_ASCII(o) ? 0x7f : 0) < 0) return w.fail();
  for (let i = 0, at = start; i < n; i++, at += step) if (w.char(readChar(kind, data, at)) < 0) return w.fail();
  return w.finish();
}

function str_str(o: Obj): Obj {
  return unicodeExact(o);
}

function str_sizeof(o: Obj): Obj {
  return PyLong_FromLong(unicodeSize(o));
}

/** The argument tuple that copies the str: always a str of its own. */
function str_getnewargs(o: Obj): Obj {
  const n = PyUnicode_GET_LENGTH(o);
  if (n < 2) return tupleFromObjs([PyUnicode_FromKindAndData(PyUnicode_KIND(o), PyUnicode_DATA(o), n)]);
  const max = PyUnicode_IS_ASCII(o)
    ? 0x7f
    : PyUnicode_KIND(o) === 1
      ? 0xff
      : PyUnicode_KIND(o) === 2
        ? 0xffff
        : 0x10ffff;
  const copy = PyUnicode_New(n, max);
  if (copy === 0) return NULL;
  PyUnicode_CopyCharacters(copy, 0, o, 0, n);
  return tupleFromObjs([copy]);
}

function str_encode(o: Obj, encoding: Obj, errors: Obj): Obj {
  return PyUnicode_AsEncodedString(o, encoding, errors);
}

function str_splitlines(o: Obj, keepends: number): Obj {
  return PyUnicode_Splitlines(o, keepends !== 0);
}

const RANGE = 'Optional start and end are interpreted as in slice notation.';

defineType({
  type: PyUnicode_Type,
  name: 'str',
  layout: UnicodeLayout,
  flags: Py_TPFLAGS_BASETYPE | Py_TPFLAGS_UNICODE_SUBCLASS | Py_TPFLAGS_MATCH_SELF,
  doc:
    "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nA string of Unicode characters.  Without encoding or errors it is\n" +
    "str(object), else the buffer decoded; encoding defaults to 'utf-8',\nerrors to 'strict'.",
  slots: {
    tp_new: str_new,
    tp_vectorcall: str_vectorcall,
    tp_dealloc: unicodeDealloc,
    tp_repr: str_repr,
    tp_str: str_str,
    tp_hash: PyUnicode_Hash,
    tp_richcompare: str_richcompare,
    tp_iter: str_iter,
    nb_remainder: (a: Obj, b: Obj): Obj => (PyUnicode_Check(a) ? PyUnicode_Format(a, b) : newref(Py_NotImplemented)),
    sq_length: PyUnicode_GET_LENGTH,
    sq_concat: PyUnicode_Concat,
    sq_repeat: unicodeRepeat,
    sq_item: str_item,
    sq_contains: PyUnicode_Contains,
    mp_length: PyUnicode_GET_LENGTH,
    mp_subscript: str_subscript,
  },
  methods: [
    method(
      'encode',
      "($self, /, encoding: str = 'utf-8', errors: str = 'strict')",
      str_encode,
      'Returns the bytes of the string in an encoding.',
    ),
    method(
      'replace',
      '($self, old, new, /, count: ssize = -1)',
      m.str_replace,
      'Returns a copy with all, or the first count, occurrences of old replaced by new.',
    ),
    method(
      'split',
      '($self, /, sep=None, maxsplit: ssize = -1)',
      PyUnicode_Split,
      'Returns the list of the parts between separators (None: runs of whitespace).',
    ),
    method(
      'rsplit',
      '($self, /, sep=None, maxsplit: ssize = -1)',
      PyUnicode_RSplit,
      'As split, with the cuts counted from the end.',
    ),
    method(
      'join',
      '($self, iterable, /)',
      PyUnicode_Join,
      'Returns the strings of an iterable with this one between them.',
    ),
    method(
      'capitalize',
      '($self, /)',
      kase.str_capitalize,
      'Returns a copy with the first character in title case, the rest in lower case.',
    ),
    method('casefold', '($self, /)', kase.str_casefold, 'Returns a copy for caseless comparison.'),
    method('title', '($self, /)', kase.str_title, 'Returns a copy with each word in title case.'),
    method(
      'center',
      "($self, width: ssize, fillchar=' ', /)",
      m.str_center,
      'Returns the string centered in a field of the given width.',
    ),
    method(
      'count',
      '!($self, sub, start=None, end=None, /)',
      m.str_count,
      `Returns how often sub occurs without overlap.  ${RANGE}`,
    ),
    method(
      'expandtabs',
      '($self, /, tabsize: int = 8)',
      m.str_expandtabs,
      'Returns a copy with tabs replaced by spaces up to the next multiple of tabsize.',
    ),
    method(
      'find',
      '!($self, sub, start=None, end=None, /)',
      m.str_find,
      `Returns the lowest index of sub, or -1.  ${RANGE}`,
    ),
    method(
      'partition',
      '($self, sep, /)',
      PyUnicode_Partition,
      'Returns what is before the first sep, sep, and what is after it.',
    ),
    method(
      'index',
      '!($self, sub, start=None, end=None, /)',
      m.str_index,
      `Returns the lowest index of sub; ValueError if there is none.  ${RANGE}`,
    ),
    method(
      'ljust',
      "($self, width: ssize, fillchar=' ', /)",
      m.str_ljust,
      'Returns the string at the left of a field of the given width.',
    ),
    method('lower', '($self, /)', kase.str_lower, 'Returns a copy in lower case.'),
    method(
      'lstrip',
      '($self, chars=None, /)',
      m.str_lstrip,
      'Returns a copy without leading whitespace (or characters of chars).',
    ),
    method(
      'rfind',
      '!($self, sub, start=None, end=None, /)',
      m.str_rfind,
      `Returns the highest index of sub, or -1.  ${RANGE}`,
    ),
    method(
      'rindex',
      '!($self, sub, start=None, end=None, /)',
      m.str_rindex,
      `Returns the highest index of sub; ValueError if there is none.  ${RANGE}`,
    ),
    method(
      'rjust',
      "($self, width: ssize, fillchar=' ', /)",
      m.str_rjust,
      'Returns the string at the right of a field of the given width.',
    ),
    method(
      'rstrip',
      '($self, chars=None, /)',
      m.str_rstrip,
      'Returns a copy without trailing whitespace (or characters of chars).',
    ),
    method(
      'rpartition',
      '($self, sep, /)',
      PyUnicode_RPartition,
      'Returns what is before the last sep, sep, and what is after it.',
    ),
    method(
      'splitlines',
      '($self, /, keepends: bool = False)',
      str_splitlines,
      'Returns the list of lines, with their ends if keepends is true.',
    ),
    method(
      'strip',
      '($self, chars=None, /)',
      m.str_strip,
      'Returns a copy without whitespace (or characters of chars) at both ends.',
    ),
    method('swapcase', '($self, /)', kase.str_swapcase, 'Returns a copy with upper case and lower case exchanged.'),
    method(
      'translate',
      '($self, table, /)',
      m.str_translate,
      'Returns a copy with each character replaced by table[ord(character)]: an ordinal, a string, or None to delete.',
    ),
    method('upper', '($self, /)', kase.str_upper, 'Returns a copy in upper case.'),
    method(
      'startswith',
      '!($self, prefix, start=None, end=None, /)',
      m.str_startswith,
      `Whether the string begins with prefix (a str or a tuple of them).  ${RANGE}`,
    ),
    method(
      'endswith',
      '!($self, suffix, start=None, end=None, /)',
      m.str_endswith,
      `Whether the string ends with suffix (a str or a tuple of them).  ${RANGE}`,
    ),
    method(
      'removeprefix',
      '($self, prefix, /)',
      m.str_removeprefix,
      'Returns the string without prefix, if it begins with it.',
    ),
    method(
      'removesuffix',
      '($self, suffix, /)',
      m.str_removesuffix,
      'Returns the string without suffix, if it ends with it.',
    ),
    method('isascii', '($self, /)', kase.str_isascii, 'Whether all characters are ASCII.'),
    method('islower', '($self, /)', kase.str_islower, 'Whether all cased characters are lower case and there is one.'),
    method('isupper', '($self, /)', kase.str_isupper, 'Whether all cased characters are upper case and there is one.'),
    method('istitle', '($self, /)', kase.str_istitle, 'Whether the string is in title case.'),
    method('isspace', '($self, /)', kase.str_isspace, 'Whether all characters are whitespace and there is one.'),
    method('isdecimal', '($self, /)', kase.str_isdecimal, 'Whether all characters are decimals and there is one.'),
    method('isdigit', '($self, /)', kase.str_isdigit, 'Whether all characters are digits and there is one.'),
    method('isnumeric', '($self, /)', kase.str_isnumeric, 'Whether all characters are numeric and there is one.'),
    method('isalpha', '($self, /)', kase.str_isalpha, 'Whether all characters are letters and there is one.'),
    method(
      'isalnum',
      '($self, /)',
      kase.str_isalnum,
      'Whether all characters are letters or numeric and there is one.',
    ),
    method(
      'isidentifier',
      '($self, /)',
      kase.str_isidentifier,
      'Whether the string is a Python identifier (a keyword is one, too).',
    ),
    method('isprintable', '($self, /)', kase.str_isprintable, 'Whether repr() shows all characters as they are.'),
    method(
      'zfill',
      '($self, width: ssize, /)',
      m.str_zfill,
      'Returns the string with zeros between its sign and its digits up to the given width.',
    ),
    method(
      'format',
      '($self, /, *args, **kwargs)',
      str_format,
      "Returns the string with its replacement fields ('{' and '}') filled from the arguments.",
    ),
    method('format_map', '($self, mapping, /)', str_format_map, 'As format(**mapping), with the mapping itself.'),
    method('__format__', '($self, format_spec, /)', str___format__, 'Returns the string as format_spec says.'),
    staticMethod(
      'maketrans',
      '(x, y=<unrepresentable>, z=<unrepresentable>, /)',
      m.str_maketrans,
      'Returns a table for translate().',
    ),
    method('__sizeof__', '($self, /)', str_sizeof, 'Returns the size of the string in memory, in bytes.'),
    method('__getnewargs__', '($self, /)', str_getnewargs),
  ],
});
