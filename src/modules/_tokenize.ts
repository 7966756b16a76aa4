// What is `_tokenize`?
//
// Invariant: the tokens are those of src/compiler/c_tokenizer.ts; the source is what readline gave until its end, read when the first token is asked
// for.  What tokenizing found stands in the heap as a list of tuples; an error is raised after the tokens before it have been given.

import { type RawToken, rawTokens } from '../compiler/c_tokenizer.js';
import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { asBytes, PyBytes_Check } from '../object/bytes.js';
import { PyObject_CallNoArgs } from '../object/call.js';
import { defineModule, defineType } from '../object/declare.js';
import {
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetRaisedException,
  PyErr_SetString,
  typeName,
} from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref, xdecref } from '../object/header.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyList_Append, PyList_GET_ITEM, PyList_GET_SIZE, PyList_New } from '../object/list.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { Py_None, PyExc_StopIteration, PyExc_TypeError, staticType } from '../object/statics.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { raiseCompileError } from '../vm/compile_source.js';
import { toPython } from './values.js';

const iter_Type = staticType();
const Iter = layout({ readline: ref, encoding: ref, tokens: ref, error: ref, next: i32, extra: i32 });
const at = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;

const NEW = parseSignature('tokenizeriter', '(readline, /, *, encoding=None, extra_tokens: bool = False)');

function iter_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(NEW, args, kwargs)) return NULL;
  const [readline, encoding, extra] = [bound[0] as Obj, bound[1] as Obj, bound[2]];
  if (encoding !== Py_None && encoding !== 0 && !PyUnicode_Check(encoding)) {
    return PyErr_SetString(
      PyExc_TypeError,
      `tokenizeriter() argument 'encoding' must be str, not ${typeName(encoding)}`,
    );
  }
  const it = _PyObject_New(iter_Type);
  if (it === 0) return NULL;
  H32[(it + Iter.readline) >> 2] = newref(readline);
  H32[(it + Iter.encoding) >> 2] = encoding === 0 || encoding === Py_None ? 0 : newref(encoding);
  H32[(it + Iter.extra) >> 2] = extra;
  PyObject_GC_Track(it);
  return it;
}

/** All that readline gives, as text; null with an exception. */
function readAll(it: Obj): string | null {
  const encoding = at(it, Iter.encoding);
  let text = '';
  for (;;) {
    const line = PyObject_CallNoArgs(at(it, Iter.readline));
    if (line === 0) {
      if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return null;
      PyErr_Clear();
      return text;
    }
    let piece: string | null = null;
    if (encoding === 0 ? PyUnicode_Check(line) : PyBytes_Check(line)) {
      if (encoding === 0) piece = asString(line);
      else {
        try {
          piece = new TextDecoder(asString(encoding), { ignoreBOM: true }).decode(asBytes(line));
        } catch {
          PyErr_SetString(PyExc_TypeError, `unknown encoding: ${asString(encoding)}`);
        }
      }
    } else {
      PyErr_SetString(
        PyExc_TypeError,
        encoding === 0 ? 'readline() returned a non-string object' : 'readline() returned a non-bytes object',
      );
    }
    decref(line);
    if (piece === null) return null;
    if (piece === '') return text;
    text += piece;
  }
}

const tuple = (t: RawToken): Obj => toPython([t.type, t.string, [t.lineno, t.col], [t.endLineno, t.endCol], t.line]);

/** Tokenizes everything into the iterator's list; an error waits in `error`.  false with an exception. */
function fill(it: Obj): boolean {
  const text = readAll(it);
  const list = text === null ? NULL : PyList_New(0);
  if (text === null || list === 0) return false;
  H32[(it + Iter.tokens) >> 2] = list;
  try {
    for (const t of rawTokens(text, H32[(it + Iter.extra) >> 2] !== 0)) {
      const o = tuple(t);
      const r = o === 0 ? -1 : PyList_Append(list, o);
      xdecref(o);
      if (r < 0) return false;
    }
  } catch (error) {
    const name = PyUnicode_FromString('<string>');
    if (name === 0) return false;
    raiseCompileError(error, name);
    decref(name);
    H32[(it + Iter.error) >> 2] = PyErr_GetRaisedException();
  }
  return true;
}

function iter_next(it: Obj): Obj {
  if (at(it, Iter.tokens) === 0 && !fill(it)) return NULL;
  const list = at(it, Iter.tokens);
  const i = H32[(it + Iter.next) >> 2];
  if (i < PyList_GET_SIZE(list)) {
    H32[(it + Iter.next) >> 2]++;
    return newref(PyList_GET_ITEM(list, i));
  }
  const error = at(it, Iter.error);
  if (error !== 0 && PyErr_Occurred() === 0) {
    H32[(it + Iter.error) >> 2] = 0;
    PyErr_SetRaisedException(error);
  }
  return NULL;
}

defineType({
  type: iter_Type,
  name: '_tokenize.TokenizerIter',
  layout: Iter,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_new: iter_new, tp_iter: PyObject_SelfIter, tp_iternext: iter_next },
});

defineModule({ name: '_tokenize', types: [iter_Type] });
