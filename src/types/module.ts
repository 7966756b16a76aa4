// What is a module?  Invariant: reading a missing attribute asks the module's own `__getattr__` (PEP 562) and otherwise says which module has no
// such attribute, and why if the module shadows a library or is only partly imported.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { PyCallable_Check, PyObject_CallNoArgs, PyObject_CallOneArg } from '../object/call.js';
import { defineType, getset, method } from '../object/declare.js';
import {
  PyDict_Check,
  PyDict_Contains,
  PyDict_DelItem,
  PyDict_GetItemWithError,
  PyDict_Keys,
  PyDict_New,
  PyDict_SetItem,
} from '../object/dict.js';
import { errMinus1, PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { fn } from '../object/functable.js';
import { decref, newref, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyLong_FromLong } from '../object/long.js';
import { initModuleDict, Module, md_dict } from '../object/module_storage.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { genericGetAttr, PyObject_GetAttr, PyObject_GetOptionalAttr, PyObject_IsTrue } from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { PySequence_Contains } from '../object/sequence.js';
import { Py_None, PyExc_AttributeError, PyExc_TypeError, PyModule_Type } from '../object/statics.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { asString, PyUnicode_Check } from '../object/unicode.js';

const s_name = ID('__name__');
const s_getattr = ID('__getattr__');
const s_spec = ID('__spec__');
const s_dict = ID('__dict__');
const s_dir = ID('__dir__');
const s_annotations = ID('__annotations__');
const s_annotate = ID('__annotate__');
const s_initializing = ID('_initializing');
const s_uninitialized_submodules = ID('_uninitialized_submodules');

const dictOf = (m: Obj): Obj => H32[(m + md_dict) >> 2] as Obj;

function module_new(type: Obj): Obj {
  const m = PyType_GenericAlloc(type, 0);
  if (m === 0) return NULL;
  const dict = PyDict_New();
  if (dict === 0) {
    decref(m);
    return NULL;
  }
  H32[(m + md_dict) >> 2] = dict;
  return m;
}

const INIT = parseSignature('module', '(name: str, doc=None)');

function module_init(m: Obj, args: Obj, kwargs: Obj): number {
  if (!bindTuple(INIT, args, kwargs)) return -1;
  const name = bound[0] as Obj;
  const doc = bound[1] as Obj;
  return initModuleDict(m, dictOf(m), name, doc);
}

function module_repr(m: Obj): Obj {
  return port.moduleRepr(m);
}

/** Whether a spec says that its module is still being imported: 1, 0, or -1. */
function isInitializing(spec: Obj): number {
  if (spec === 0 || spec === Py_None) return 0;
  const v = PyObject_GetOptionalAttr(spec, idObj(s_initializing));
  if (v === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  const r = PyObject_IsTrue(v);
  decref(v);
  return r;
}

function isUninitializedSubmodule(spec: Obj, name: Obj): number {
  if (spec === 0 || spec === Py_None) return 0;
  const v = PyObject_GetOptionalAttr(spec, idObj(s_uninitialized_submodules));
  if (v === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  const r = PySequence_Contains(v, name);
  decref(v);
  return r;
}

/** module.__getattribute__: a new reference, or NULL. */
function module_getattro(m: Obj, name: Obj): Obj {
  const r = genericGetAttr(m, name, NULL, true);
  if (r !== 0 || PyErr_Occurred() !== 0) return r;
  return missing(m, name);
}

/** The function index of a module's tp_getattro, to recognize plain modules. */
export const moduleGetAttrIndex = fn(module_getattro);

function missing(m: Obj, name: Obj): Obj {
  const dict = dictOf(m);
  const getattr = PyDict_GetItemWithError(dict, idObj(s_getattr));
  if (getattr !== 0) {
    newref(getattr);
    const r = PyObject_CallOneArg(getattr, name);
    decref(getattr);
    return r;
  }
  if (PyErr_Occurred() !== 0) return NULL;
  const modName = PyDict_GetItemWithError(dict, idObj(s_name));
  if (PyErr_Occurred() !== 0) return NULL;
  const attr = asString(name);
  if (modName === 0 || !PyUnicode_Check(modName)) {
    return PyErr_SetString(PyExc_AttributeError, `module has no attribute '${attr}'`);
  }
  const module = asString(modName);
  const spec = PyDict_GetItemWithError(dict, idObj(s_spec));
  if (spec !== 0) newref(spec);
  const initializing = isInitializing(spec);
  const shadow = initializing < 0 ? null : port.shadowedModule(m, spec);
  let text: string;
  if (initializing < 0 || shadow === null) {
    xdecref(spec);
    return NULL;
  }
  if (shadow.stdlib) {
    text = `module '${module}' has no attribute '${attr}' (consider renaming '${shadow.path}' since it has the same name as the standard library module named '${module}' and prevents importing that standard library module)`;
  } else if (initializing) {
    if (shadow.path !== '') {
      text = `module '${module}' has no attribute '${attr}' (consider renaming '${shadow.path}' if it has the same name as a library you intended to import)`;
    } else if (shadow.origin !== '') {
      text = `partially initialized module '${module}' from '${shadow.origin}' has no attribute '${attr}' (most likely due to a circular import)`;
    } else
      text = `partially initialized module '${module}' has no attribute '${attr}' (most likely due to a circular import)`;
  } else {
    const sub = isUninitializedSubmodule(spec, name);
    if (sub < 0) {
      xdecref(spec);
      return NULL;
    }
    text = sub
      ? `cannot access submodule '${attr}' of module '${module}' (most likely due to a circular import)`
      : `module '${module}' has no attribute '${attr}'`;
  }
  xdecref(spec);
  return PyErr_SetString(PyExc_AttributeError, text);
}

function module_dir(m: Obj): Obj {
  const dict = PyObject_GetAttr(m, idObj(s_dict));
  if (dict === 0) return NULL;
  if (!PyDict_Check(dict)) {
    decref(dict);
    return PyErr_SetString(PyExc_TypeError, '<module>.__dict__ is not a dictionary');
  }
  const dir = PyDict_GetItemWithError(dict, idObj(s_dir));
  let r: Obj;
  if (dir !== 0) r = PyObject_CallNoArgs(dir);
  else r = PyErr_Occurred() !== 0 ? NULL : PyDict_Keys(dict);
  decref(dict);
  return r;
}

function get_annotations(m: Obj): Obj {
  const dict = dictOf(m);
  const a = PyDict_GetItemWithError(dict, idObj(s_annotations));
  if (a !== 0) return newref(a);
  if (PyErr_Occurred() !== 0) return NULL;
  const spec = PyDict_GetItemWithError(dict, idObj(s_spec));
  const initializing = spec === 0 ? 0 : isInitializing(spec);
  if (initializing < 0) return NULL;
  const annotate = get_annotate(m);
  if (annotate === 0) return NULL;
  let made: Obj;
  if (annotate === Py_None) made = PyDict_New();
  else {
    const one = PyLong_FromLong(1);
    made = one === 0 ? NULL : PyObject_CallOneArg(annotate, one);
    xdecref(one);
    if (made !== 0 && !PyDict_Check(made)) {
      PyErr_SetString(PyExc_TypeError, `__annotate__ returned non-dict of type '${typeName(made)}'`);
      decref(made);
      made = NULL;
    }
  }
  decref(annotate);
  // A module that is still being executed may get more annotations: not kept yet.
  if (made !== 0 && !initializing && PyDict_SetItem(dict, idObj(s_annotations), made) < 0) {
    decref(made);
    return NULL;
  }
  return made;
}

function set_annotations(m: Obj, value: Obj): number {
  const dict = dictOf(m);
  if (value !== 0) {
    if (PyDict_SetItem(dict, idObj(s_annotations), value) < 0) return -1;
  } else {
    if (PyDict_Contains(dict, idObj(s_annotations)) === 0) return errMinus1(PyExc_AttributeError, '__annotations__');
    if (PyDict_DelItem(dict, idObj(s_annotations)) < 0) return -1;
  }
  return PyDict_Contains(dict, idObj(s_annotate)) > 0 ? PyDict_DelItem(dict, idObj(s_annotate)) : 0;
}

function get_annotate(m: Obj): Obj {
  const dict = dictOf(m);
  const f = PyDict_GetItemWithError(dict, idObj(s_annotate));
  if (f !== 0) return newref(f);
  if (PyErr_Occurred() !== 0 || PyDict_SetItem(dict, idObj(s_annotate), Py_None) < 0) return NULL;
  return newref(Py_None);
}

function set_annotate(m: Obj, value: Obj): number {
  if (value === 0) return errMinus1(PyExc_TypeError, 'cannot delete __annotate__ attribute');
  const dict = dictOf(m);
  if (value !== Py_None && !PyCallable_Check(value))
    return errMinus1(PyExc_TypeError, '__annotate__ must be callable or None');
  if (PyDict_SetItem(dict, idObj(s_annotate), value) < 0) return -1;
  return value !== Py_None && PyDict_Contains(dict, idObj(s_annotations)) > 0
    ? PyDict_DelItem(dict, idObj(s_annotations))
    : 0;
}

defineType({
  type: PyModule_Type,
  name: 'module',
  layout: Module,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: 'Create a module object.\n\nThe name must be a string; the optional docstring can have any type.',
  signature: '(name, doc=None)',
  slots: { tp_new: module_new, tp_init: module_init, tp_repr: module_repr, tp_getattro: module_getattro },
  methods: [method('__dir__', '($self, /)', module_dir)],
  getset: [
    getset('__dict__', (m: Obj) => newref(dictOf(m)), null),
    getset('__annotations__', get_annotations, set_annotations),
    getset('__annotate__', get_annotate, set_annotate),
  ],
});
