// What is a module object?  Invariant: a module owns its dictionary as long as it lives; its name is what `__name__` in the dictionary says.

import { H32 } from '../memory/linear.js';
import { type ModuleSpec, moduleSpecs } from './declare.js';
import { PyCFunction_NewEx } from './descr.js';
import { PyDict_GetItemWithError, PyDict_New, PyDict_SetItem } from './dict.js';
import { nameOfType, PyErr_SetString } from './errors.js';
import { PyObject_GC_Track } from './gc_head.js';
import { decref, newref, Py_TYPE, xdecref } from './header.js';
import { ID, idObj } from './identifiers.js';
import { PyType_IsSubtype } from './isinstance.js';
import { dictField, i32, layout, ref, weaklistField } from './layout.js';
import { _PyObject_New } from './new_object.js';
import { NULL, type Obj } from './ptr.js';
import { Py_None, PyExc_SystemError, PyModule_Type } from './statics.js';
import { readyLateType } from './type_ready.js';
import { PyUnicode_Check, PyUnicode_FromString, PyUnicode_InternInPlace } from './unicode.js';

export const Module = layout({ md_dict: dictField, md_name: ref, md_weaklist: weaklistField, md_state: i32 });
export const { md_dict, md_name } = Module;

const s_name = ID('__name__');
const s_doc = ID('__doc__');
const s_package = ID('__package__');
const s_loader = ID('__loader__');
const s_spec = ID('__spec__');

export function PyModule_Check(o: Obj): boolean {
  return Py_TYPE(o) === PyModule_Type || PyType_IsSubtype(Py_TYPE(o), PyModule_Type);
}

/** Fills a module's dictionary with what every module has; name and doc borrowed. 0, or -1. */
export function initModuleDict(module: Obj, dict: Obj, name: Obj, doc: Obj): number {
  for (const [key, value] of [
    [s_name, name],
    [s_doc, doc],
    [s_package, Py_None],
    [s_loader, Py_None],
    [s_spec, Py_None],
  ]) {
    if (PyDict_SetItem(dict, idObj(key), value as Obj) < 0) return -1;
  }
  const old = H32[(module + md_name) >> 2] as Obj;
  H32[(module + md_name) >> 2] = PyUnicode_Check(name) ? newref(name) : 0;
  xdecref(old);
  return 0;
}

/** A new module named `name` (borrowed), or NULL. */
export function PyModule_NewObject(name: Obj): Obj {
  const m = _PyObject_New(PyModule_Type);
  if (m === 0) return NULL;
  const dict = PyDict_New();
  H32[(m + md_dict) >> 2] = dict;
  PyObject_GC_Track(m);
  if (dict === 0 || initModuleDict(m, dict, name, Py_None) < 0) {
    decref(m);
    return NULL;
  }
  return m;
}

/** The module's dictionary, borrowed. */
export function PyModule_GetDict(m: Obj): Obj {
  return H32[(m + md_dict) >> 2] as Obj;
}

/** `__name__`, a new reference, or NULL with SystemError. */
export function PyModule_GetNameObject(m: Obj): Obj {
  const dict = PyModule_GetDict(m);
  const name = dict === 0 ? NULL : PyDict_GetItemWithError(dict, idObj(s_name));
  if (name === 0 || !PyUnicode_Check(name)) return PyErr_SetString(PyExc_SystemError, 'nameless module');
  return newref(name);
}

/** Adds `name` → value (stolen, even on failure): 0, or -1. */
export function PyModule_Add(m: Obj, name: string, value: Obj): number {
  if (value === 0) return -1;
  const s = PyUnicode_FromString(name);
  if (s === 0) {
    decref(value);
    return -1;
  }
  const key = PyUnicode_InternInPlace(s);
  const r = PyDict_SetItem(PyModule_GetDict(m), key, value);
  decref(key);
  decref(value);
  return r;
}

/** Adds `name` → value (borrowed): 0, or -1. */
export function PyModule_AddObjectRef(m: Obj, name: string, value: Obj): number {
  return value === 0 ? -1 : PyModule_Add(m, name, newref(value));
}

/** Makes the declared module `spec`, without executing it: a new reference, or NULL (PyModule_FromDefAndSpec). */
export function moduleFromSpec(spec: ModuleSpec): Obj {
  const name = PyUnicode_FromString(spec.name);
  if (name === 0) return NULL;
  const interned = PyUnicode_InternInPlace(name);
  const m = PyModule_NewObject(interned);
  let ok = m !== 0;
  for (const def of spec.functions ?? []) {
    if (!ok) break;
    const f = PyCFunction_NewEx(def.ml, m, interned);
    ok = f !== 0 && PyModule_Add(m, def.name, f) === 0;
  }
  if (ok && spec.doc) {
    const doc = PyUnicode_FromString(spec.doc);
    ok = doc !== 0 && PyModule_Add(m, '__doc__', doc) === 0;
  }
  decref(interned);
  if (ok) return m;
  xdecref(m);
  return NULL;
}

/** Executes a declared module: adds its types and runs its exec function. 0, or -1. */
export function execModuleSpec(m: Obj, spec: ModuleSpec): number {
  for (const type of spec.types ?? []) {
    if (!readyLateType(type)) return -1;
    const name = nameOfType(type);
    if (PyModule_AddObjectRef(m, name.slice(name.lastIndexOf('.') + 1), type) < 0) return -1;
  }
  return spec.exec ? spec.exec(m) : 0;
}

/** A module of the given declared name, made and executed: a new reference, or NULL. */
export function makeBuiltinModule(name: string): Obj {
  const spec = moduleSpecs.get(name);
  if (spec === undefined) return NULL;
  const m = moduleFromSpec(spec);
  if (m === 0 || execModuleSpec(m, spec) === 0) return m;
  decref(m);
  return NULL;
}
