// What is property?
//
// Invariant: the functions are owned references or NULL, never None.  The docstring is the one given, else the getter's; an instance of a
// subclass keeps it in its own dictionary, where the class's docstring would hide it otherwise.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { PyObject_Call, PyObject_CallFunctionObjArgs, PyObject_CallOneArg } from '../object/call.js';
import { defineType, fastcall, getset, member, method } from '../object/declare.js';
import {
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  reprText,
  typeName,
} from '../object/errors.js';
import { decref, newref, Py_TYPE, xnewref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_TypeCheck } from '../object/isinstance.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import {
  PyBool_FromLong,
  PyObject_GenericGetAttr,
  PyObject_GetAttr,
  PyObject_GetOptionalAttr,
  PyObject_IsTrue,
  PyObject_SetAttr,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { Py_None, PyExc_AttributeError, PyExc_TypeError, PyProperty_Type } from '../object/statics.js';
import { PyTuple_Pack } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { setRef } from './exceptions.js';

const Property = layout({
  prop_get: ref,
  prop_set: ref,
  prop_del: ref,
  prop_doc: ref,
  prop_name: ref,
  getter_doc: i32,
});
const { prop_get, prop_set, prop_del, prop_doc, prop_name, getter_doc } = Property;

const s_doc = ID('__doc__');
const s_name = ID('__name__');
const s_qualname = ID('__qualname__');
const s_abstract = ID('__isabstractmethod__');

const field = (p: Obj, offset: number): Obj => H32[(p + offset) >> 2] as Obj;
const noneToNull = (o: Obj): Obj => (o === Py_None ? NULL : o);

const INIT_SIG = parseSignature('property', '(fget=None, fset=None, fdel=None, doc=None)');

function property_init(p: Obj, args: Obj, kwargs: Obj): number {
  if (!bindTuple(INIT_SIG, args, kwargs)) return -1;
  const fget = noneToNull(bound[0] as Obj);
  const fset = noneToNull(bound[1] as Obj);
  const fdel = noneToNull(bound[2] as Obj);
  const given = noneToNull(bound[3] as Obj);
  setRef(p, prop_get, xnewref(fget));
  setRef(p, prop_set, xnewref(fset));
  setRef(p, prop_del, xnewref(fdel));
  setRef(p, prop_doc, NULL);
  setRef(p, prop_name, NULL);
  H32[(p + getter_doc) >> 2] = 0;
  let doc = xnewref(given);
  if (doc === 0 && fget !== 0) {
    doc = PyObject_GetOptionalAttr(fget, idObj(s_doc));
    if (doc === 0 && PyErr_Occurred() !== 0) return -1;
    if (doc === Py_None) {
      decref(doc);
      doc = NULL;
    }
    if (doc !== 0) H32[(p + getter_doc) >> 2] = 1;
  }
  if (Py_TYPE(p) === PyProperty_Type) {
    setRef(p, prop_doc, doc);
    return 0;
  }
  if (doc === 0) doc = newref(Py_None);
  const failed = PyObject_SetAttr(p, idObj(s_doc), doc) < 0;
  decref(doc);
  if (!failed) return 0;
  // A subclass with __slots__ may have no place for a docstring: one that was given is dropped, one of the getter is an error.
  if (H32[(p + getter_doc) >> 2] === 0 && PyErr_ExceptionMatches(PyExc_AttributeError)) {
    PyErr_Clear();
    return 0;
  }
  return -1;
}

/** The property's name: that of __set_name__, else the getter's; new, or NULL, perhaps without an exception. */
function nameOf(p: Obj): Obj {
  const name = field(p, prop_name);
  if (name !== 0) return newref(name);
  const getter = field(p, prop_get);
  return getter === 0 ? NULL : PyObject_GetOptionalAttr(getter, idObj(s_name));
}

/** Raises AttributeError: the property of `o` has no getter, setter or deleter. */
function hasNo(p: Obj, o: Obj, what: string): Obj {
  const name = nameOf(p);
  if (name === 0 && PyErr_Occurred() !== 0) return NULL;
  const qualname = PyObject_GetAttr(Py_TYPE(o), idObj(s_qualname));
  if (qualname === 0) {
    if (name !== 0) decref(name);
    return NULL;
  }
  const owner = reprText(qualname);
  decref(qualname);
  if (name === 0) return PyErr_SetString(PyExc_AttributeError, `property of ${owner} object has no ${what}`);
  const shown = reprText(name);
  decref(name);
  return PyErr_SetString(PyExc_AttributeError, `property ${shown} of ${owner} object has no ${what}`);
}

function descr_get(p: Obj, o: Obj): Obj {
  if (o === 0 || o === Py_None) return newref(p);
  const getter = field(p, prop_get);
  return getter === 0 ? hasNo(p, o, 'getter') : PyObject_CallOneArg(getter, o);
}

function descr_set(p: Obj, o: Obj, value: Obj): number {
  const f = field(p, value === 0 ? prop_del : prop_set);
  if (f === 0) {
    hasNo(p, o, value === 0 ? 'deleter' : 'setter');
    return -1;
  }
  const r = value === 0 ? PyObject_CallOneArg(f, o) : PyObject_CallFunctionObjArgs(f, o, value);
  if (r === 0) return -1;
  decref(r);
  return 0;
}

/** A copy with one function replaced (the others NULL). */
function copy(p: Obj, get: Obj, set: Obj, del: Obj): Obj {
  const keep = (given: Obj, offset: number): Obj => {
    if (given !== 0 && given !== Py_None) return given;
    const old = field(p, offset);
    return old === 0 ? Py_None : old;
  };
  const newGet = keep(get, prop_get);
  // A docstring that came from the getter is that of the new getter.
  const doc = H32[(p + getter_doc) >> 2] !== 0 && newGet !== Py_None ? Py_None : field(p, prop_doc);
  const args = PyTuple_Pack(newGet, keep(set, prop_set), keep(del, prop_del), doc === 0 ? Py_None : doc);
  if (args === 0) return NULL;
  const r = PyObject_Call(Py_TYPE(p), args, NULL);
  decref(args);
  if (r !== 0 && PyObject_TypeCheck(r, PyProperty_Type)) setRef(r, prop_name, xnewref(field(p, prop_name)));
  return r;
}

function set_name(p: Obj, args: number, nargs: number): Obj {
  if (nargs !== 2) {
    return PyErr_SetString(PyExc_TypeError, `__set_name__() takes 2 positional arguments but ${nargs} were given`);
  }
  setRef(p, prop_name, newref(H32[(args >> 2) + 1] as Obj));
  return newref(Py_None);
}

function get_name(p: Obj): Obj {
  const name = nameOf(p);
  if (name === 0 && PyErr_Occurred() === 0) {
    PyErr_SetString(PyExc_AttributeError, `'${typeName(p)}' object has no attribute '__name__'`);
  }
  return name;
}

function put_name(p: Obj, value: Obj): number {
  setRef(p, prop_name, xnewref(value));
  return 0;
}

/** _PyObject_IsAbstract: whether o.__isabstractmethod__ is true: 1, 0, or -1. */
export function _PyObject_IsAbstract(o: Obj): number {
  if (o === 0) return 0;
  const flag = PyObject_GetOptionalAttr(o, idObj(s_abstract));
  if (flag === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  const truth = PyObject_IsTrue(flag);
  decref(flag);
  return truth;
}

function get_abstract(p: Obj): Obj {
  for (const offset of [prop_get, prop_set, prop_del]) {
    const abstract = _PyObject_IsAbstract(field(p, offset));
    if (abstract !== 0) return abstract < 0 ? NULL : PyBool_FromLong(1);
  }
  return PyBool_FromLong(0);
}

defineType({
  type: PyProperty_Type,
  name: 'property',
  layout: Property,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: `Property attribute.

  fget
    function to be used for getting an attribute value
  fset
    function to be used for setting an attribute value
  fdel
    function to be used for del'ing an attribute
  doc
    docstring

Typical use is to define a managed attribute x:

class C(object):
    def getx(self): return self._x
    def setx(self, value): self._x = value
    def delx(self): del self._x
    x = property(getx, setx, delx, "I'm the 'x' property.")

Decorators make defining new properties or modifying existing ones easy:

class C(object):
    @property
    def x(self):
        "I am the 'x' property."
        return self._x
    @x.setter
    def x(self, value):
        self._x = value
    @x.deleter
    def x(self):
        del self._x`,
  signature: '(fget=None, fset=None, fdel=None, doc=None)',
  slots: {
    tp_new: (type: Obj) => PyType_GenericAlloc(type, 0),
    tp_init: property_init,
    tp_getattro: PyObject_GenericGetAttr,
    tp_descr_get: descr_get,
    tp_descr_set: descr_set,
  },
  methods: [
    method(
      'getter',
      '($self, object, /)',
      (p: Obj, f: Obj) => copy(p, f, NULL, NULL),
      'Descriptor to obtain a copy of the property with a different getter.',
    ),
    method(
      'setter',
      '($self, object, /)',
      (p: Obj, f: Obj) => copy(p, NULL, f, NULL),
      'Descriptor to obtain a copy of the property with a different setter.',
    ),
    method(
      'deleter',
      '($self, object, /)',
      (p: Obj, f: Obj) => copy(p, NULL, NULL, f),
      'Descriptor to obtain a copy of the property with a different deleter.',
    ),
    fastcall('__set_name__', '($self, owner, name, /)', set_name, 'Method to set name of a property.'),
  ],
  members: [
    member('fget', 'object', prop_get),
    member('fset', 'object', prop_set),
    member('fdel', 'object', prop_del),
    member('__doc__', 'object', prop_doc, { writable: true }),
  ],
  getset: [getset('__name__', get_name, put_name), getset('__isabstractmethod__', get_abstract)],
});
