// What does a SyntaxError know about the place of the error?  Invariant: all fields are owned references or NULL; lines and columns count
// from 1.

import { H32 } from '../memory/linear.js';
import { defineType, member } from '../object/declare.js';
import {
  errMinus1,
  PyErr_Clear,
  PyErr_GetRaisedException,
  PyErr_SetObject,
  PyErr_SetRaisedException,
} from '../object/errors.js';
import { PyObject_TypeCheck } from '../object/isinstance.js';
import { BaseExc } from '../object/exc_layout.js';
import { decref, newref, xdecref } from '../object/header.js';
import { layout, ref } from '../object/layout.js';
import { PyLong_AsLongAndOverflow, PyLong_CheckExact, PyLong_FromLong } from '../object/long.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Tuple } from '../object/sequence.js';
import * as S from '../object/statics.js';
import { Py_None } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { BaseException_init, EXC_FLAGS, refOrNone, setRef, simpleException, strText } from './exceptions.js';

export const SyntaxErrorExc = layout(
  {
    msg: ref,
    filename: ref,
    lineno: ref,
    offset: ref,
    text: ref,
    end_lineno: ref,
    end_offset: ref,
    print_file_and_line: ref,
    metadata: ref,
  },
  { base: BaseExc.info },
);
const X = SyntaxErrorExc;

function SyntaxError_init(e: Obj, args: Obj, kwargs: Obj): number {
  const n = PyTuple_GET_SIZE(args);
  if (BaseException_init(e, args, kwargs) < 0) return -1;
  if (n >= 1) setRef(e, X.msg, newref(PyTuple_GET_ITEM(args, 0)));
  if (n !== 2) return 0;
  const info = PySequence_Tuple(PyTuple_GET_ITEM(args, 1));
  if (info === 0) return -1;
  const count = PyTuple_GET_SIZE(info);
  if (count < 4 || count > 7) {
    decref(info);
    const want = count < 4 ? 'at least 4' : 'at most 7';
    return errMinus1(S.PyExc_TypeError, `function takes ${want} arguments (${count} given)`);
  }
  const at = (i: number): Obj => (i < count ? newref(PyTuple_GET_ITEM(info, i)) : NULL);
  setRef(e, X.filename, at(0));
  setRef(e, X.lineno, at(1));
  setRef(e, X.offset, at(2));
  setRef(e, X.text, at(3));
  setRef(e, X.end_lineno, at(4));
  setRef(e, X.end_offset, at(5));
  if (count > 6) setRef(e, X.metadata, at(6));
  decref(info);
  if (count === 5) return errMinus1(S.PyExc_TypeError, 'end_offset must be provided when end_lineno is provided');
  return 0;
}

function SyntaxError_str(e: Obj): Obj {
  const filename = H32[(e + X.filename) >> 2] as Obj;
  const lineno = H32[(e + X.lineno) >> 2] as Obj;
  const where: string[] = [];
  if (filename !== 0 && PyUnicode_Check(filename)) {
    const path = asString(filename);
    where.push(path.slice(path.lastIndexOf('/') + 1));
  }
  // A line number out of range shows as -1.
  if (lineno !== 0 && PyLong_CheckExact(lineno)) where.push(`line ${PyLong_AsLongAndOverflow(lineno)}`);
  const msg = strText(refOrNone(e, X.msg));
  if (msg === null) return NULL;
  return PyUnicode_FromString(where.length === 0 ? msg : `${msg} (${where.join(', ')})`);
}

const field = (name: string, offset: number, doc = `exception ${name}`) =>
  member(name, 'object', offset, { writable: true, doc });

defineType({
  type: S.PyExc_SyntaxError,
  name: 'SyntaxError',
  base: S.PyExc_Exception,
  layout: SyntaxErrorExc,
  flags: EXC_FLAGS,
  doc: 'Invalid syntax.',
  slots: { tp_init: SyntaxError_init, tp_str: SyntaxError_str },
  members: [
    field('msg', X.msg),
    field('filename', X.filename),
    field('lineno', X.lineno),
    field('offset', X.offset),
    field('text', X.text),
    field('end_lineno', X.end_lineno, 'exception end lineno'),
    field('end_offset', X.end_offset, 'exception end offset'),
    field('print_file_and_line', X.print_file_and_line),
    field('_metadata', X.metadata, 'exception private metadata'),
  ],
});
simpleException(
  S.PyExc_IndentationError,
  'IndentationError',
  S.PyExc_SyntaxError,
  'Improper indentation.',
  X.info,
  false,
);
simpleException(
  S.PyExc_TabError,
  'TabError',
  S.PyExc_IndentationError,
  'Improper mixture of spaces and tabs.',
  X.info,
  false,
);
simpleException(
  S.PyExc__IncompleteInputError,
  '_IncompleteInputError',
  S.PyExc_SyntaxError,
  'incomplete input.',
  X.info,
  false,
);

/** Where a syntax error is; references are borrowed (NULL: None), null is None. */
export interface SyntaxErrorPlace {
  readonly filename: Obj;
  readonly lineno: number | null;
  readonly offset: number | null;
  readonly text: Obj;
  readonly endLineno: number | null;
  readonly endOffset: number | null;
}

/** Raises a SyntaxError (or subclass `type`) whose arguments tell the place, or that is told of it only `later`.  Returns NULL. */
export function raiseSyntaxError(type: Obj, message: string, place: SyntaxErrorPlace, later: boolean): Obj {
  const msg = PyUnicode_FromString(message);
  if (msg === 0) return NULL;
  if (later) PyErr_SetObject(type, msg);
  else {
    const parts = placeParts(place);
    const info = PyTuple_Pack(...parts);
    for (const p of parts) decref(p);
    const args = info === 0 ? NULL : PyTuple_Pack(msg, info);
    xdecref(info);
    if (args !== 0) PyErr_SetObject(type, args);
    xdecref(args);
  }
  decref(msg);
  if (later) tellPlace(place);
  return NULL;
}

/** filename, lineno, offset, text, end_lineno, end_offset: new references. */
function placeParts(place: SyntaxErrorPlace): Obj[] {
  const num = (n: number | null): Obj => (n === null ? newref(Py_None) : PyLong_FromLong(n));
  const some = (o: Obj): Obj => newref(o === 0 ? Py_None : o);
  const { filename, lineno, offset, text, endLineno, endOffset } = place;
  return [some(filename), num(lineno), num(offset), some(text), num(endLineno), num(endOffset)];
}

function tellPlace(place: SyntaxErrorPlace): void {
  const e = PyErr_GetRaisedException();
  if (PyObject_TypeCheck(e, S.PyExc_SyntaxError)) {
    const parts = placeParts(place);
    [X.filename, X.lineno, X.offset, X.text, X.end_lineno, X.end_offset].forEach((at, i) => {
      setRef(e, at, parts[i]);
    });
  }
  PyErr_SetRaisedException(e);
}

/** Tells the current exception, if it is a SyntaxError, what text was parsed (`_metadata`). */
export function tellSource(source: string): void {
  const e = PyErr_GetRaisedException();
  if (e !== 0 && PyObject_TypeCheck(e, S.PyExc_SyntaxError)) {
    const text = PyUnicode_FromString(source);
    const zero = PyLong_FromLong(0);
    const metadata = text === 0 || zero === 0 ? NULL : PyTuple_Pack(zero, zero, text);
    xdecref(text);
    xdecref(zero);
    if (metadata === 0) PyErr_Clear();
    else setRef(e, X.metadata, metadata);
  }
  PyErr_SetRaisedException(e);
}
