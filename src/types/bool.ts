// What are True and False?  Invariant: they are the only two bools, static objects with the layout of the ints 1 and 0 (made by initLongs).

import { checkPositional, noKwargs } from '../object/bind.js';
import { defineType } from '../object/declare.js';
import { PyErr_WarnEx } from '../object/errors.js';
import { newref } from '../object/header.js';
import { digitCount, LongLayout } from '../object/long.js';
import { AND, long_bitwise, long_invert, OR, XOR } from '../object/long_arith.js';
import { PyLong_Check } from '../object/long.js';
import { PyBool_FromLong, PyObject_IsTrue } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_False,
  Py_NotImplemented,
  Py_True,
  PyBool_Type,
  PyExc_DeprecationWarning,
  PyLong_Type,
} from '../object/statics.js';
import { immortalDealloc } from '../object/subtype.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { PyUnicode_FromString } from '../object/unicode.js';

function bool_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  const n = PyTuple_GET_SIZE(args);
  if (!noKwargs('bool', kwargs) || !checkPositional('bool', n, 0, 1)) return NULL;
  if (n === 0) return newref(Py_False);
  const truth = PyObject_IsTrue(PyTuple_GET_ITEM(args, 0));
  return truth < 0 ? NULL : PyBool_FromLong(truth);
}

const isBool = (o: Obj): boolean => o === Py_True || o === Py_False;

function bitwise(op: number): (a: Obj, b: Obj) => Obj {
  return (a, b) => {
    if (isBool(a) && isBool(b)) {
      const x = a === Py_True;
      const y = b === Py_True;
      return PyBool_FromLong(op === AND ? x && y : op === OR ? x || y : x !== y);
    }
    return PyLong_Check(a) && PyLong_Check(b) ? long_bitwise(a, b, op) : newref(Py_NotImplemented);
  };
}

function invert(o: Obj): Obj {
  const failed = PyErr_WarnEx(
    PyExc_DeprecationWarning,
    "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise inversion of the underlying int object and is usually not what you expect from the negation of a bool object. Use the 'not' operator for boolean negation or ~int(x) for the bitwise inversion of the underlying int.",
    1,
  );
  return failed < 0 ? NULL : long_invert(o);
}

defineType({
  type: PyBool_Type,
  name: 'bool',
  base: PyLong_Type,
  layout: LongLayout,
  doc: 'Returns True when the argument is true, False otherwise.\nThe builtins True and False are the only two instances of the class bool.\nThe class bool is a subclass of the class int, and cannot be subclassed.',
  signature: '(object=False, /)',
  slots: {
    tp_new: bool_new,
    tp_repr: (o: Obj) => PyUnicode_FromString(digitCount(o) !== 0 ? 'True' : 'False'),
    tp_dealloc: immortalDealloc,
    nb_invert: invert,
    nb_and: bitwise(AND),
    nb_xor: bitwise(XOR),
    nb_or: bitwise(OR),
  },
});
