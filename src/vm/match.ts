// Pattern matching: what do MATCH_KEYS and MATCH_CLASS find?  (PEP 634)  Invariant: results are new references: a tuple of what was found, or None
// when the pattern does not match; NULL with an exception.

import { PyObject_CallFunctionObjArgs, PyObject_CallNoArgs } from '../object/call.js';
import {
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  nameOfType,
  reprText,
  typeName,
} from '../object/errors.js';
import { H32 } from '../memory/linear.js';
import { decref, newref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_IsInstance, PyType_Check } from '../object/isinstance.js';
import { _PyObject_GetMethod, methodUnbound, PyObject_GetOptionalAttr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySet_Add, PySet_Contains, PySet_New } from '../object/set.js';
import {
  Py_None,
  PyBaseObject_Type,
  PyExc_AttributeError,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import { PyTuple_CheckExact, PyTuple_GET_ITEM, PyTuple_GET_SIZE, tupleFromObjs } from '../object/tuple.js';
import { Py_TPFLAGS_MATCH_SELF, tp_flags } from '../object/type_layout.js';
import { PyUnicode_CheckExact } from '../object/unicode.js';

const s_get = ID('get');
const s_match_args = ID('__match_args__');

function release(list: readonly Obj[]): void {
  for (const o of list) decref(o);
}

/** The values of `keys` (a tuple) in `map`. */
export function matchKeys(map: Obj, keys: Obj): Obj {
  const n = PyTuple_GET_SIZE(keys);
  if (n === 0) return tupleFromObjs([]);
  const get = _PyObject_GetMethod(map, idObj(s_get));
  if (get === 0) return NULL;
  const unbound = methodUnbound;
  const seen = PySet_New(NULL);
  const dummy = seen === 0 ? NULL : PyObject_CallNoArgs(PyBaseObject_Type);
  const values: Obj[] = [];
  let result: Obj = NULL;
  let ok = dummy !== 0;
  let matched = true;
  for (let i = 0; ok && i < n; i++) {
    const key = PyTuple_GET_ITEM(keys, i);
    const there = PySet_Contains(seen, key);
    if (there !== 0 || PySet_Add(seen, key) < 0) {
      if (there > 0) PyErr_SetString(PyExc_ValueError, `mapping pattern checks duplicate key (${reprText(key)})`);
      ok = false;
      break;
    }
    const value = unbound
      ? PyObject_CallFunctionObjArgs(get, map, key, dummy)
      : PyObject_CallFunctionObjArgs(get, key, dummy);
    if (value === 0) ok = false;
    else if (value === dummy) {
      decref(value);
      matched = false;
      break;
    } else values.push(value);
  }
  if (!ok || !matched) {
    release(values);
    if (ok) result = newref(Py_None);
  } else result = tupleFromObjs(values);
  decref(get);
  if (seen !== 0) decref(seen);
  if (dummy !== 0) decref(dummy);
  return result;
}

/** One attribute of the subject: a new reference, or NULL, without an exception if it is not there. */
function matchAttr(type: Obj, subject: Obj, name: Obj, seen: Obj): Obj {
  const there = PySet_Contains(seen, name);
  if (there !== 0 || PySet_Add(seen, name) < 0) {
    if (there > 0) {
      PyErr_SetString(
        PyExc_TypeError,
        `${nameOfType(type)}() got multiple sub-patterns for attribute ${reprText(name)}`,
      );
    }
    return NULL;
  }
  return PyObject_GetOptionalAttr(subject, name);
}

/** The attributes that a class pattern with `nargs` positional sub-patterns and the names `kwargs` looks at. */
export function matchClass(subject: Obj, type: Obj, nargs: number, kwargs: Obj): Obj {
  if (!PyType_Check(type)) return PyErr_SetString(PyExc_TypeError, 'called match pattern must be a class');
  const is = PyObject_IsInstance(subject, type);
  if (is < 0) return NULL;
  if (is === 0) return newref(Py_None);
  const seen = PySet_New(NULL);
  if (seen === 0) return NULL;
  const attrs: Obj[] = [];
  const give = (r: Obj): Obj => {
    decref(seen);
    return r;
  };
  const fail = (): Obj => {
    release(attrs);
    return give(PyErr_Occurred() === 0 ? newref(Py_None) : NULL);
  };
  if (nargs !== 0) {
    let matchSelf = false;
    const args = PyObject_GetOptionalAttr(type, idObj(s_match_args));
    let size = 0;
    if (args !== 0) {
      if (!PyTuple_CheckExact(args)) {
        PyErr_SetString(PyExc_TypeError, `${nameOfType(type)}.__match_args__ must be a tuple (got ${typeName(args)})`);
        decref(args);
        return fail();
      }
      size = PyTuple_GET_SIZE(args);
    } else {
      if (PyErr_Occurred() !== 0) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return fail();
        PyErr_Clear();
      }
      matchSelf = (H32[(type + tp_flags) >> 2] & Py_TPFLAGS_MATCH_SELF) !== 0;
      size = matchSelf ? 1 : 0;
    }
    if (size < nargs) {
      PyErr_SetString(
        PyExc_TypeError,
        `${nameOfType(type)}() accepts ${size} positional sub-pattern${size === 1 ? '' : 's'} (${nargs} given)`,
      );
      if (args !== 0) decref(args);
      return fail();
    }
    if (matchSelf) attrs.push(newref(subject));
    else {
      for (let i = 0; i < nargs; i++) {
        const name = PyTuple_GET_ITEM(args, i);
        if (!PyUnicode_CheckExact(name)) {
          PyErr_SetString(PyExc_TypeError, `__match_args__ elements must be strings (got ${typeName(name)})`);
          decref(args);
          return fail();
        }
        const v = matchAttr(type, subject, name, seen);
        if (v === 0) {
          decref(args);
          return fail();
        }
        attrs.push(v);
      }
      if (args !== 0) decref(args);
    }
  }
  for (let i = 0; i < PyTuple_GET_SIZE(kwargs); i++) {
    const v = matchAttr(type, subject, PyTuple_GET_ITEM(kwargs, i), seen);
    if (v === 0) return fail();
    attrs.push(v);
  }
  return give(tupleFromObjs(attrs));
}
