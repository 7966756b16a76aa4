// Is this an instance, or a subclass, of that?  Invariant: PyType_IsSubtype never runs Python code; the others ask __instancecheck__ and
// __subclasscheck__ first, and follow __class__ and __bases__ for objects that only look like classes.

import { H32 } from '../memory/linear.js';
import { PyObject_CallOneArg } from './call.js';
import {
  errMinus1,
  Py_EnterRecursiveCall,
  Py_LeaveRecursiveCall,
  PyErr_Occurred,
  PyType_FastSubclass,
} from './errors.js';
import { decref, Py_TYPE, xdecref } from './header.js';
import { ID, idObj } from './identifiers.js';
import { PyObject_GetOptionalAttr, PyObject_IsTrue } from './object.js';
import { NULL, type Obj } from './ptr.js';
import { PyBaseObject_Type, PyExc_TypeError, PyType_Type, PyUnion_Type } from './statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE, tuple_items } from './tuple.js';
import { Py_TPFLAGS_TYPE_SUBCLASS, tp_base, tp_mro } from './type_layout.js';
import { _PyObject_LookupSpecial } from './type_lookup.js';

const s_instancecheck = ID('__instancecheck__');
const s_subclasscheck = ID('__subclasscheck__');
const s_class = ID('__class__');
const s_bases = ID('__bases__');
const s_args = ID('__args__');

export function PyType_Check(o: Obj): boolean {
  return PyType_FastSubclass(Py_TYPE(o), Py_TPFLAGS_TYPE_SUBCLASS);
}

/** Whether type `a` is `b` or a subtype of it. */
export function PyType_IsSubtype(a: Obj, b: Obj): boolean {
  if (a === b) return true;
  const mro = H32[(a + tp_mro) >> 2] as Obj;
  if (mro !== 0) {
    const start = (mro + tuple_items) >> 2;
    for (let i = start, end = start + PyTuple_GET_SIZE(mro); i < end; i++) if (H32[i] === b) return true;
    return false;
  }
  // Not readied yet: follow the base pointers.
  let t = a;
  while (t !== 0) {
    if (t === b) return true;
    t = H32[(t + tp_base) >> 2] as Obj;
  }
  return b === PyBaseObject_Type;
}

export function PyObject_TypeCheck(o: Obj, type: Obj): boolean {
  const t = Py_TYPE(o);
  return t === type || PyType_IsSubtype(t, type);
}

/** cls.__bases__ if it is a tuple: new reference; NULL without an exception if not, NULL with one on failure. */
function abstractBases(cls: Obj): Obj {
  const bases = PyObject_GetOptionalAttr(cls, idObj(s_bases));
  if (bases !== 0 && !PyTuple_Check(bases)) {
    decref(bases);
    return NULL;
  }
  return bases;
}

function abstractIsSubclass(derived: Obj, cls: Obj): number {
  if (derived === cls) return 1;
  const bases = abstractBases(derived);
  if (bases === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  const n = PyTuple_GET_SIZE(bases);
  let r = 0;
  if (n > 0) {
    if (Py_EnterRecursiveCall(' in __issubclass__') !== 0) r = -1;
    else {
      for (let i = 0; r === 0 && i < n; i++) r = abstractIsSubclass(PyTuple_GET_ITEM(bases, i), cls);
      Py_LeaveRecursiveCall();
    }
  }
  decref(bases);
  return r;
}

function checkClass(cls: Obj, message: string): boolean {
  const bases = abstractBases(cls);
  if (bases === 0) {
    if (PyErr_Occurred() === 0) errMinus1(PyExc_TypeError, message);
    return false;
  }
  decref(bases);
  return true;
}

/** type.__instancecheck__: 1, 0, or -1. */
export function _PyObject_RealIsInstance(inst: Obj, cls: Obj): number {
  if (PyType_Check(cls)) {
    if (PyObject_TypeCheck(inst, cls)) return 1;
    const c = PyObject_GetOptionalAttr(inst, idObj(s_class));
    if (c === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
    const r = c !== Py_TYPE(inst) && PyType_Check(c) && PyType_IsSubtype(c, cls) ? 1 : 0;
    decref(c);
    return r;
  }
  if (!checkClass(cls, 'isinstance() arg 2 must be a type, a tuple of types, or a union')) return -1;
  const c = PyObject_GetOptionalAttr(inst, idObj(s_class));
  if (c === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  const r = abstractIsSubclass(c, cls);
  decref(c);
  return r;
}

/** type.__subclasscheck__: 1, 0, or -1. */
export function _PyObject_RealIsSubclass(derived: Obj, cls: Obj): number {
  if (PyType_Check(cls) && PyType_Check(derived)) return PyType_IsSubtype(derived, cls) ? 1 : 0;
  if (!checkClass(derived, 'issubclass() arg 1 must be a class')) return -1;
  if (
    Py_TYPE(cls) !== PyUnion_Type &&
    !checkClass(cls, 'issubclass() arg 2 must be a class, a tuple of classes, or a union')
  )
    return -1;
  return abstractIsSubclass(derived, cls);
}

/** A check against each member of a tuple or union: 1, 0, or -1. */
function anyOf(o: Obj, classes: Obj, check: (o: Obj, cls: Obj) => number, where: string): number {
  if (Py_EnterRecursiveCall(where) !== 0) return -1;
  let r = 0;
  const n = PyTuple_GET_SIZE(classes);
  for (let i = 0; r === 0 && i < n; i++) r = check(o, PyTuple_GET_ITEM(classes, i));
  Py_LeaveRecursiveCall();
  return r;
}

function special(
  o: Obj,
  cls: Obj,
  check: (o: Obj, cls: Obj) => number,
  name: Obj,
  real: (o: Obj, cls: Obj) => number,
  where: string,
): number {
  let classes = cls;
  let args: Obj = NULL;
  if (Py_TYPE(cls) === PyUnion_Type) {
    args = PyObject_GetOptionalAttr(cls, idObj(s_args));
    if (args === 0) return -1;
    classes = args;
  }
  if (PyTuple_Check(classes)) {
    const r = anyOf(o, classes, check, where);
    xdecref(args);
    return r;
  }
  xdecref(args);
  const checker = _PyObject_LookupSpecial(cls, name);
  if (checker !== 0) {
    let r = -1;
    if (Py_EnterRecursiveCall(where) === 0) {
      const answer = PyObject_CallOneArg(checker, o);
      Py_LeaveRecursiveCall();
      if (answer !== 0) {
        r = PyObject_IsTrue(answer);
        decref(answer);
      }
    }
    decref(checker);
    return r;
  }
  return PyErr_Occurred() !== 0 ? -1 : real(o, cls);
}

/** isinstance(inst, cls): 1, 0, or -1. */
export function PyObject_IsInstance(inst: Obj, cls: Obj): number {
  if (Py_TYPE(inst) === cls) return 1;
  if (Py_TYPE(cls) === PyType_Type) return _PyObject_RealIsInstance(inst, cls);
  return special(
    inst,
    cls,
    PyObject_IsInstance,
    idObj(s_instancecheck),
    _PyObject_RealIsInstance,
    ' in __instancecheck__',
  );
}

/** issubclass(derived, cls): 1, 0, or -1. */
export function PyObject_IsSubclass(derived: Obj, cls: Obj): number {
  if (Py_TYPE(cls) === PyType_Type) {
    if (derived === cls) return 1;
    return _PyObject_RealIsSubclass(derived, cls);
  }
  return special(
    derived,
    cls,
    PyObject_IsSubclass,
    idObj(s_subclasscheck),
    _PyObject_RealIsSubclass,
    ' in __subclasscheck__',
  );
}
