// What are staticmethod and classmethod?  Invariant: both have the name, the docstring and the annotations of what they wrap: copied at the
// start, the annotations fetched when first asked for and kept in their own dictionary.

import { H32 } from '../memory/linear.js';
import { checkPositional, noKwargs } from '../object/bind.js';
import { PyObject_Call } from '../object/call.js';
import { classMethod, defineType, getset, member } from '../object/declare.js';
import { PyDict_DelItem, PyDict_GetItemWithError, PyDict_SetItem } from '../object/dict.js';
import {
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetObject,
  PyErr_SetString,
} from '../object/errors.js';
import type { TableFn } from '../object/functable.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import {
  PyBool_FromLong,
  PyObject_GenericGetDict,
  PyObject_GenericSetDict,
  PyObject_GetAttr,
  PyObject_SetAttr,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { StaticMethod } from '../object/static_method.js';
import {
  PyClassMethod_Type,
  PyExc_AttributeError,
  PyExc_KeyError,
  PyExc_RuntimeError,
  Py_None,
  PyStaticMethod_Type,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { reprOf, setRef } from './exceptions.js';
import { PyMethod_New } from './method.js';
import { _PyObject_IsAbstract } from './property.js';

const { sm_callable } = StaticMethod;
const callableOf = (o: Obj): Obj => H32[(o + sm_callable) >> 2] as Obj;

const copied = [ID('__module__'), ID('__name__'), ID('__qualname__'), ID('__doc__')];
const s_annotations = ID('__annotations__');
const s_annotate = ID('__annotate__');

/** Copies the attributes that tell what a function is; missing ones are passed over: 0, or -1. */
function copyAttributes(to: Obj, from: Obj): number {
  for (const name of copied) {
    const value = PyObject_GetAttr(from, idObj(name));
    if (value === 0) {
      if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return -1;
      PyErr_Clear();
      continue;
    }
    const failed = PyObject_SetAttr(to, idObj(name), value) < 0;
    decref(value);
    if (failed) return -1;
  }
  return 0;
}

function initOf(name: string): TableFn {
  return (o: Obj, args: Obj, kwargs: Obj): number => {
    if (!noKwargs(name, kwargs) || !checkPositional(name, PyTuple_GET_SIZE(args), 1, 1)) return -1;
    const f = PyTuple_GET_ITEM(args, 0);
    setRef(o, sm_callable, newref(f));
    return copyAttributes(o, f);
  };
}

const uninitialized = (what: string): Obj => PyErr_SetString(PyExc_RuntimeError, `uninitialized ${what} object`);

function sm_descr_get(o: Obj): Obj {
  const f = callableOf(o);
  return f === 0 ? uninitialized('staticmethod') : newref(f);
}

function cm_descr_get(o: Obj, instance: Obj, type: Obj): Obj {
  const f = callableOf(o);
  return f === 0 ? uninitialized('classmethod') : PyMethod_New(f, type === 0 ? Py_TYPE(instance) : type);
}

function sm_call(o: Obj, args: Obj, kwargs: Obj): Obj {
  const f = callableOf(o);
  return f === 0 ? uninitialized('staticmethod') : PyObject_Call(f, args, kwargs);
}

function reprAs(name: string): TableFn {
  return (o: Obj): Obj => {
    const f = callableOf(o);
    if (f === 0) return uninitialized(name);
    const text = reprOf(f);
    return text === null ? NULL : PyUnicode_FromString(`<${name}(${text})>`);
  };
}

function get_abstract(o: Obj): Obj {
  const abstract = _PyObject_IsAbstract(callableOf(o));
  return abstract < 0 ? NULL : PyBool_FromLong(abstract);
}

function wrappedAttribute(name: number): { get: TableFn; set: TableFn } {
  return {
    get: (o: Obj): Obj => {
      const dict = PyObject_GenericGetDict(o);
      if (dict === 0) return NULL;
      let value = PyDict_GetItemWithError(dict, idObj(name));
      if (value !== 0) value = newref(value);
      else if (PyErr_Occurred() === 0) {
        value = PyObject_GetAttr(callableOf(o), idObj(name));
        if (value !== 0 && PyDict_SetItem(dict, idObj(name), value) < 0) {
          decref(value);
          value = NULL;
        }
      }
      decref(dict);
      return value;
    },
    set: (o: Obj, value: Obj): number => {
      const dict = PyObject_GenericGetDict(o);
      if (dict === 0) return -1;
      let r: number;
      if (value !== 0) r = PyDict_SetItem(dict, idObj(name), value);
      else {
        r = PyDict_DelItem(dict, idObj(name));
        if (r < 0 && PyErr_ExceptionMatches(PyExc_KeyError)) {
          PyErr_Clear();
          PyErr_SetObject(PyExc_AttributeError, idObj(name));
        }
      }
      decref(dict);
      return r;
    },
  };
}

const annotations = wrappedAttribute(s_annotations);
const annotate = wrappedAttribute(s_annotate);

const shared = {
  layout: StaticMethod,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  signature: '(function, /)',
  members: [member('__func__', 'object', sm_callable), member('__wrapped__', 'object', sm_callable)],
};

const sharedGetset = () => [
  getset('__isabstractmethod__', get_abstract),
  getset('__dict__', PyObject_GenericGetDict, PyObject_GenericSetDict),
  getset('__annotations__', annotations.get, annotations.set),
  getset('__annotate__', annotate.get, annotate.set),
];

/** tp_new: wraps None until it is told what to wrap. */
function alloc(type: Obj): Obj {
  const o = PyType_GenericAlloc(type, 0);
  if (o !== 0) H32[(o + sm_callable) >> 2] = newref(Py_None);
  return o;
}

defineType({
  ...shared,
  type: PyStaticMethod_Type,
  name: 'staticmethod',
  doc: `Convert a function to be a static method.

A static method does not receive an implicit first argument.
To declare a static method, use this idiom:

     class C:
         @staticmethod
         def f(arg1, arg2, argN):
             ...

It can be called either on the class (e.g. C.f()) or on an instance
(e.g. C().f()). Both the class and the instance are ignored, and
neither is passed implicitly as the first argument to the method.

Static methods in Python are similar to those found in Java or C++.
For a more advanced concept, see the classmethod builtin.`,
  slots: {
    tp_new: alloc,
    tp_init: initOf('staticmethod'),
    tp_repr: reprAs('staticmethod'),
    tp_call: sm_call,
    tp_descr_get: sm_descr_get,
  },
  methods: [classMethod('__class_getitem__', '($type, object, /)', Py_GenericAlias)],
  getset: sharedGetset(),
});

defineType({
  ...shared,
  type: PyClassMethod_Type,
  name: 'classmethod',
  doc: `Convert a function to be a class method.

A class method receives the class as implicit first argument,
just like an instance method receives the instance.
To declare a class method, use this idiom:

  class C:
      @classmethod
      def f(cls, arg1, arg2, argN):
          ...

It can be called either on the class (e.g. C.f()) or on an instance
(e.g. C().f()).  The instance is ignored except for its class.
If a class method is called for a derived class, the derived class
object is passed as the implied first argument.

Class methods are different than C++ or Java static methods.
If you want those, see the staticmethod builtin.`,
  slots: { tp_new: alloc, tp_init: initOf('classmethod'), tp_repr: reprAs('classmethod'), tp_descr_get: cm_descr_get },
  methods: [classMethod('__class_getitem__', '($type, object, /)', Py_GenericAlias)],
  getset: sharedGetset(),
});
