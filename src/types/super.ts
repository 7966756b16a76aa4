// What is `super`?  Invariant: an attribute of a super object is looked up in the MRO of the object's type, behind the given type, and bound to
// the object; everything else is looked up on the super object itself.

import { H32 } from '../memory/linear.js';
import { checkPositional } from '../object/bind.js';
import { defineType, member } from '../object/declare.js';
import { PyDict_GetItemWithError, PyDict_Size } from '../object/dict.js';
import { errMinus1, nameOfType, PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { F } from '../object/functable.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyType_Check, PyType_IsSubtype } from '../object/isinstance.js';
import { layout, ref } from '../object/layout.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyObject_GenericGetAttr, PyObject_GetOptionalAttr, PyObject_GetAttr } from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_TypeError, PySuper_Type } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC, tp_descr_get, tp_dict, tp_mro } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { setSuperInitSubclass } from './type_new.js';

const Super = layout({ type: ref, obj: ref, obj_type: ref });
const { type: su_type, obj: su_obj, obj_type: su_obj_type } = Super;

const s_class = ID('__class__');
const s_init_subclass = ID('__init_subclass__');

const get = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;

/**
 * The attribute `name` behind `type` in the MRO of `objType`, bound to `obj` (NULL: unbound): a new reference; NULL without an exception if
 * there is none, NULL with one on failure (_PySuper_Lookup's search).
 */
export function superLookup(type: Obj, obj: Obj, objType: Obj, name: Obj): Obj {
  const mro = get(objType, tp_mro);
  if (mro === 0) return NULL;
  const n = PyTuple_GET_SIZE(mro);
  let i = 0;
  while (i < n && PyTuple_GET_ITEM(mro, i) !== type) i++;
  incref(mro);
  let found: Obj = NULL;
  for (i++; i < n && found === 0; i++) {
    const dict = get(PyTuple_GET_ITEM(mro, i), tp_dict);
    const v = PyDict_GetItemWithError(dict, name);
    if (v === 0) {
      if (PyErr_Occurred() !== 0) break;
      continue;
    }
    incref(v);
    const f = get(Py_TYPE(v), tp_descr_get);
    if (f === 0) found = v;
    else {
      found = F[f](v, obj === objType ? NULL : obj, objType) as Obj;
      decref(v);
      if (found === 0) break;
    }
  }
  decref(mro);
  return found;
}

function super_getattro(self: Obj, name: Obj): Obj {
  const objType = get(self, su_obj_type);
  if (objType !== 0 && !(PyUnicode_Check(name) && asString(name) === '__class__')) {
    const r = superLookup(get(self, su_type), get(self, su_obj), objType, name);
    if (r !== 0 || PyErr_Occurred() !== 0) return r;
  }
  return PyObject_GenericGetAttr(self, name);
}

/** Whether a class is in its own MRO, which a metatype's mro() may have decided otherwise; without an MRO it counts as being there. */
function inOwnMro(type: Obj): boolean {
  const mro = get(type, tp_mro);
  if (mro === 0) return true;
  for (let i = 0, n = PyTuple_GET_SIZE(mro); i < n; i++) if (PyTuple_GET_ITEM(mro, i) === type) return true;
  return false;
}

/** The type whose MRO a super(type, obj) searches: a new reference, or NULL with TypeError. */
export function supercheck(type: Obj, obj: Obj): Obj {
  if (PyType_Check(obj) && (obj === type ? inOwnMro(type) : PyType_IsSubtype(obj, type))) return newref(obj);
  if (PyType_IsSubtype(Py_TYPE(obj), type)) return newref(Py_TYPE(obj));
  const cls = PyObject_GetOptionalAttr(obj, idObj(s_class));
  if (cls === 0 && PyErr_Occurred() !== 0) return NULL;
  if (cls !== 0 && PyType_Check(cls) && cls !== Py_TYPE(obj) && PyType_IsSubtype(cls, type)) return cls;
  xdecref(cls);
  const what = PyType_Check(obj) ? 'type' : 'instance of';
  const name = PyType_Check(obj) ? nameOfType(obj) : typeName(obj);
  return PyErr_SetString(
    PyExc_TypeError,
    `super(type, obj): obj (${what} ${name}) is not an instance or subtype of type (${nameOfType(type)}).`,
  );
}

function super_repr(self: Obj): Obj {
  const type = get(self, su_type);
  const objType = get(self, su_obj_type);
  const name = type === 0 ? 'NULL' : nameOfType(type);
  return PyUnicode_FromString(
    objType === 0 ? `<super: <class '${name}'>, NULL>` : `<super: <class '${name}'>, <${nameOfType(objType)} object>>`,
  );
}

function super_descr_get(self: Obj, obj: Obj): Obj {
  if (obj === 0 || obj === Py_None || get(self, su_obj) !== 0) return newref(self);
  if (Py_TYPE(self) !== PySuper_Type) {
    const r = PyType_GenericAlloc(Py_TYPE(self), 0);
    if (r === 0 || set(r, get(self, su_type), obj) === 0) return r;
    decref(r);
    return NULL;
  }
  const bound = PyType_GenericAlloc(PySuper_Type, 0);
  if (bound !== 0 && set(bound, get(self, su_type), obj) < 0) {
    decref(bound);
    return NULL;
  }
  return bound;
}

/** Makes `self` a super(type, obj); obj may be NULL.  0, or -1. */
function set(self: Obj, type: Obj, obj: Obj): number {
  let objType: Obj = NULL;
  if (obj === Py_None) obj = NULL;
  if (obj !== 0) {
    objType = supercheck(type, obj);
    if (objType === 0) return -1;
    incref(obj);
  }
  incref(type);
  for (const [offset, value] of [
    [su_type, type],
    [su_obj, obj],
    [su_obj_type, objType],
  ] as const) {
    const old = get(self, offset);
    H32[(self + offset) >> 2] = value;
    xdecref(old);
  }
  return 0;
}

function super_init(self: Obj, args: Obj, kwargs: Obj): number {
  if (kwargs !== 0 && PyDict_Size(kwargs) > 0) return errMinus1(PyExc_TypeError, 'super() takes no keyword arguments');
  const n = PyTuple_GET_SIZE(args);
  if (!checkPositional('super', n, 0, 2)) return -1;
  if (n === 0) {
    const r = port.superFromFrame();
    if (r === null) return -1;
    return set(self, r.type, r.obj);
  }
  const type = PyTuple_GET_ITEM(args, 0);
  if (!PyType_Check(type))
    return errMinus1(PyExc_TypeError, `super() argument 1 must be a type, not ${typeName(type)}`);
  return set(self, type, n > 1 ? PyTuple_GET_ITEM(args, 1) : NULL);
}

defineType({
  type: PySuper_Type,
  name: 'super',
  layout: Super,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: 'super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; requires issubclass(type2, type)\nTypical use to call a cooperative superclass method:\nclass C(B):\n    def meth(self, arg):\n        super().meth(arg)\nThis works for class methods too:\nclass C(B):\n    @classmethod\n    def cmeth(cls, arg):\n        super().cmeth(arg)\n',
  slots: {
    tp_new: (type: Obj) => PyType_GenericAlloc(type, 0),
    tp_init: super_init,
    tp_repr: super_repr,
    tp_getattro: super_getattro,
    tp_descr_get: super_descr_get,
  },
  members: [
    member('__thisclass__', 'object', su_type, { doc: 'the class invoking super()' }),
    member('__self__', 'object', su_obj, { doc: 'the instance invoking super(); may be None' }),
    member('__self_class__', 'object', su_obj_type, { doc: 'the type of the instance invoking super(); may be None' }),
  ],
});

setSuperInitSubclass((type) => {
  // A metatype's mro() may have left the class out.
  const objType = supercheck(type, type);
  if (objType === 0) return NULL;
  const r = superLookup(type, type, objType, idObj(s_init_subclass));
  decref(objType);
  if (r !== 0 || PyErr_Occurred() !== 0) return r;
  // Nothing stands behind the class: what is found is the super object's own.
  return PyObject_GetAttr(PySuper_Type, idObj(s_init_subclass));
});
