// What does format(o, spec) answer?  Invariant: exact str, int and float objects are formatted without a look at `__format__`, which they cannot
// override.

import { PyErr_SetString, typeName, PyErr_Occurred } from '../object/errors.js';
import { PyObject_CallOneArg } from '../object/call.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_Str } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  emptyString,
  PyExc_SystemError,
  PyExc_TypeError,
  PyFloat_Type,
  PyLong_Type,
  PyUnicode_Type,
} from '../object/statics.js';
import { _PyObject_LookupSpecial } from '../object/type_lookup.js';
import { PyUnicode_Check, PyUnicode_GET_LENGTH } from '../object/unicode.js';
import { _PyFloat_FormatAdvanced, _PyLong_FormatAdvanced } from './format_number.js';
import { str___format__ } from './str_format.js';

const s___format__ = ID('__format__');

/** PyObject_Format: format(o, spec) as a new str; `spec` NULL is ''; NULL with an exception. */
export function PyObject_Format(o: Obj, spec: Obj): Obj {
  if (spec !== 0 && !PyUnicode_Check(spec)) {
    return PyErr_SetString(PyExc_SystemError, `Format specifier must be a string, not ${typeName(spec)}`);
  }
  const type = Py_TYPE(o);
  if (spec === 0 || PyUnicode_GET_LENGTH(spec) === 0) {
    if (type === PyUnicode_Type) return newref(o);
    if (type === PyLong_Type) return PyObject_Str(o);
  } else if (type === PyUnicode_Type) return str___format__(o, spec);
  else if (type === PyLong_Type) return _PyLong_FormatAdvanced(o, spec);
  else if (type === PyFloat_Type) return _PyFloat_FormatAdvanced(o, spec);
  const meth = _PyObject_LookupSpecial(o, idObj(s___format__));
  if (meth === 0) {
    if (PyErr_Occurred() !== 0) return NULL;
    return PyErr_SetString(PyExc_TypeError, `Type ${typeName(o)} doesn't define __format__`);
  }
  const r = PyObject_CallOneArg(meth, spec === 0 ? emptyString : spec);
  decref(meth);
  if (r !== 0 && !PyUnicode_Check(r)) {
    PyErr_SetString(PyExc_TypeError, `__format__ must return a str, not ${typeName(r)}`);
    decref(r);
    return NULL;
  }
  return r;
}
