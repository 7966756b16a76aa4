// Building: how do displays, f-strings and templates come together?
//
// Invariant: operands move into the new object where that is possible; on failure (0) the stack is as it was.

import { H32 } from '../memory/linear.js';
import { _PyObject_FunctionStr } from '../object/call.js';
import { _PyDict_MergeEx, PyDict_New, PyDict_SetItem, PyDict_Update } from '../object/dict.js';
import {
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_Clear,
  PyErr_SetRaisedException,
  PyErr_SetString,
  typeName,
} from '../object/errors.js';
import { exc_args } from '../object/exc_layout.js';
import { decref, Py_TYPE } from '../object/header.js';
import { listFromArraySteal, PyList_Extend, _PyList_AppendTakeRef } from '../object/list.js';
import { PyObject_ASCII, PyObject_Repr, PyObject_Str } from '../object/object.js';
import { PyObject_Format } from '../types/format.js';
import { NULL, type Obj } from '../object/ptr.js';
import { _PySet_Update, PySet_Add, PySet_Check, PySet_New } from '../object/set.js';
import { PySequence_Check } from '../object/sequence.js';
import { PySlice_New } from '../object/slice.js';
import { emptyString, Py_None, PyExc_AttributeError, PyExc_KeyError, PyExc_TypeError } from '../object/statics.js';
import { fromArraySteal, PyTuple_CheckExact, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { tp_iter } from '../object/type_layout.js';
import { _PyUnicode_JoinArray, asString, PyUnicode_CheckExact } from '../object/unicode.js';
import * as O from '../compiler/opcodes.js';
import { _PyInterpolation_Build, _PyTemplate_Build } from '../types/template.js';

/** BUILD_TUPLE: a new tuple of the top `n` values, which are taken also when it fails (NULL). */
export function buildTuple(sp: number, n: number): Obj {
  'use wasm';
  return fromArraySteal((sp - n) << 2, n);
}

/** BUILD_LIST, as buildTuple. */
export function buildList(sp: number, n: number): Obj {
  return listFromArraySteal((sp - n) << 2, n);
}

/** LIST_APPEND: the value (stolen on success) goes to the list `depth` below it. */
export function listAppend(sp: number, depth: number): number {
  'use wasm';
  return _PyList_AppendTakeRef(H32[sp - 1 - depth] as Obj, H32[sp - 1] as Obj);
}

function release(base: number, sp: number): void {
  for (let i = base; i < sp; i++) decref(H32[i] as Obj);
}

export function buildOp(_frame: number, sp: number, op: number, oparg: number): number {
  switch (op) {
    case O.BUILD_MAP: {
      const d = PyDict_New();
      if (d === 0) return 0;
      const base = sp - 2 * oparg;
      for (let i = base; i < sp; i += 2) {
        if (PyDict_SetItem(d, H32[i] as Obj, H32[i + 1] as Obj) < 0) {
          decref(d);
          return 0;
        }
      }
      release(base, sp);
      H32[base] = d;
      return base + 1;
    }
    case O.BUILD_SET: {
      const s = PySet_New(NULL);
      if (s === 0) return 0;
      const base = sp - oparg;
      for (let i = base; i < sp; i++) {
        if (PySet_Add(s, H32[i] as Obj) < 0) {
          decref(s);
          return 0;
        }
      }
      release(base, sp);
      H32[base] = s;
      return base + 1;
    }
    case O.BUILD_SLICE: {
      const base = sp - oparg;
      const s = PySlice_New(H32[base] as Obj, H32[base + 1] as Obj, oparg === 3 ? (H32[base + 2] as Obj) : Py_None);
      if (s === 0) return 0;
      release(base, sp);
      H32[base] = s;
      return base + 1;
    }
    case O.BUILD_STRING: {
      const base = sp - oparg;
      const s = _PyUnicode_JoinArray(emptyString, base << 2, oparg);
      if (s === 0) return 0;
      release(base, sp);
      H32[base] = s;
      return base + 1;
    }
    case O.BUILD_TEMPLATE: {
      const t = _PyTemplate_Build(H32[sp - 2] as Obj, H32[sp - 1] as Obj);
      if (t === 0) return 0;
      release(sp - 2, sp);
      H32[sp - 2] = t;
      return sp - 1;
    }
    case O.BUILD_INTERPOLATION: {
      // [value, source text] or, with a format, [value, source text, format]
      const n = oparg & 1 ? 3 : 2;
      const base = sp - n;
      const t = _PyInterpolation_Build(
        H32[base] as Obj,
        H32[base + 1] as Obj,
        oparg >> 2,
        n === 3 ? (H32[base + 2] as Obj) : emptyString,
      );
      if (t === 0) return 0;
      release(base, sp);
      H32[base] = t;
      return base + 1;
    }
    case O.LIST_EXTEND: {
      const iterable = H32[sp - 1] as Obj;
      if (PyList_Extend(H32[sp - 1 - oparg] as Obj, iterable) < 0) {
        if (
          PyErr_ExceptionMatches(PyExc_TypeError) &&
          H32[(Py_TYPE(iterable) + tp_iter) >> 2] === 0 &&
          !PySequence_Check(iterable)
        ) {
          PyErr_Clear();
          PyErr_SetString(PyExc_TypeError, `Value after * must be an iterable, not ${typeName(iterable)}`);
        }
        return 0;
      }
      decref(iterable);
      return sp - 1;
    }
    case O.SET_ADD: {
      const v = H32[sp - 1] as Obj;
      const set = H32[sp - 1 - oparg] as Obj;
      // The set of the conditional annotations has a name, to which a program may bind something else.
      if (!PySet_Check(set)) {
        PyErr_SetString(PyExc_TypeError, `'${typeName(set)}' object is not a set`);
        return 0;
      }
      if (PySet_Add(set, v) < 0) return 0;
      decref(v);
      return sp - 1;
    }
    case O.SET_UPDATE: {
      const v = H32[sp - 1] as Obj;
      if (_PySet_Update(H32[sp - 1 - oparg] as Obj, v) < 0) return 0;
      decref(v);
      return sp - 1;
    }
    case O.MAP_ADD: {
      const key = H32[sp - 2] as Obj;
      const value = H32[sp - 1] as Obj;
      if (PyDict_SetItem(H32[sp - 2 - oparg] as Obj, key, value) < 0) return 0;
      decref(key);
      decref(value);
      return sp - 2;
    }
    case O.DICT_UPDATE: {
      const update = H32[sp - 1] as Obj;
      if (PyDict_Update(H32[sp - 1 - oparg] as Obj, update) < 0) {
        if (PyErr_ExceptionMatches(PyExc_AttributeError)) {
          PyErr_Clear();
          PyErr_SetString(PyExc_TypeError, `'${typeName(update)}' object is not a mapping`);
        }
        return 0;
      }
      decref(update);
      return sp - 1;
    }
    case O.DICT_MERGE: {
      // [callable, NULL, arguments, keywords, (oparg - 1 more), update]
      const update = H32[sp - 1] as Obj;
      if (_PyDict_MergeEx(H32[sp - 1 - oparg] as Obj, update, 2) < 0) {
        kwargsError(H32[sp - 4 - oparg] as Obj, update);
        return 0;
      }
      decref(update);
      return sp - 1;
    }
    case O.FORMAT_SIMPLE: {
      const v = H32[sp - 1] as Obj;
      if (PyUnicode_CheckExact(v)) return sp;
      const s = PyObject_Format(v, NULL);
      if (s === 0) return 0;
      H32[sp - 1] = s;
      decref(v);
      return sp;
    }
    case O.FORMAT_WITH_SPEC: {
      const s = PyObject_Format(H32[sp - 2] as Obj, H32[sp - 1] as Obj);
      if (s === 0) return 0;
      release(sp - 2, sp);
      H32[sp - 2] = s;
      return sp - 1;
    }
    default: {
      // CONVERT_VALUE
      const v = H32[sp - 1] as Obj;
      const s = oparg === O.FVC_STR ? PyObject_Str(v) : oparg === O.FVC_REPR ? PyObject_Repr(v) : PyObject_ASCII(v);
      if (s === 0) return 0;
      H32[sp - 1] = s;
      decref(v);
      return sp;
    }
  }
}

/** Turns the error of merging `**update` into the message about the call. */
function kwargsError(func: Obj, update: Obj): void {
  if (PyErr_ExceptionMatches(PyExc_AttributeError)) {
    PyErr_Clear();
    PyErr_SetString(
      PyExc_TypeError,
      `${_PyObject_FunctionStr(func)} argument after ** must be a mapping, not ${typeName(update)}`,
    );
    return;
  }
  if (!PyErr_ExceptionMatches(PyExc_KeyError)) return;
  const e = PyErr_GetRaisedException();
  const args = H32[(e + exc_args) >> 2] as Obj;
  if (args !== 0 && PyTuple_CheckExact(args) && PyTuple_GET_SIZE(args) === 1) {
    const key = PyTuple_GET_ITEM(args, 0);
    // That they must be strings is said when the call is made.
    const text = PyObject_Str(key);
    if (text !== 0) {
      PyErr_SetString(
        PyExc_TypeError,
        `${_PyObject_FunctionStr(func)} got multiple values for keyword argument '${asString(text)}'`,
      );
      decref(text);
    }
    decref(e);
  } else PyErr_SetRaisedException(e);
}
