// What is a function object?
//
// Invariant: whatever decides how a call binds (code, defaults, kwdefaults) changes the function's version; a function's code never has
// another number of free variables than its closure has cells.

import { H32 } from '../memory/linear.js';
import { defineType, getset, member } from '../object/declare.js';
import { PyObject_CallOneArg, PyVectorcall_Call } from '../object/call.js';
import { PyCell_Check } from '../object/cell.js';
import { PyDict_Check, PyDict_GetItemWithError, PyDict_New, PyDict_SetItem } from '../object/dict.js';
import { errMinus1, PyErr_Occurred, PyErr_SetString, PyErr_WarnEx, typeName } from '../object/errors.js';
import { PyObject_GC_Track, PyObject_GC_UnTrack } from '../object/gc_head.js';
import { decref, incref, newref, Py_TYPE, xdecref, xnewref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { traverseFields } from '../object/layout.js';
import { _PyObject_New, freeObject } from '../object/new_object.js';
import { PyCallable_Check } from '../object/call.js';
import { addressText, PyObject_GenericGetDict, PyObject_GenericSetDict } from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import {
  emptyTuple,
  Py_None,
  PyCode_Type,
  PyExc_DeprecationWarning,
  PyExc_TypeError,
  PyExc_ValueError,
  PyFunction_Type,
  SMALL_INT_SIZE,
  SMALL_INT_ZERO,
} from '../object/statics.js';
import { bindTuple, bound } from '../object/bind.js';
import { PyModule_Check, PyModule_GetDict } from '../object/module_storage.js';
import { PyTuple_Check, PyTuple_CheckExact, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC, Py_TPFLAGS_HAVE_VECTORCALL, Py_TPFLAGS_METHOD_DESCRIPTOR } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { PyObject_ClearWeakRefs } from '../object/weakref.js';
import { CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR, CO_HAS_DOCSTRING } from '../compiler/code_unit.js';
import { co_consts, co_flags, co_name, co_nfreevars, co_qualname } from './code_layout.js';
import {
  Func,
  func_annotate,
  func_annotations,
  func_builtins,
  func_closure,
  func_code,
  func_defaults,
  func_doc,
  func_globals,
  func_kwdefaults,
  func_module,
  func_name,
  func_qualname,
  func_typeparams,
  func_vectorcall,
  func_version,
} from './function_layout.js';
import { _PyFunction_VectorcallIndex } from './function_call.js';
import { PyMethod_New } from './method.js';

const s_name = ID('__name__');
const s_builtins = ID('__builtins__');

/** The builtins that go with `globals`: its `__builtins__` (of a module, its dictionary), else those of the running frame.  Borrowed, or NULL. */
export function _PyEval_BuiltinsFromGlobals(globals: Obj): Obj {
  const b = PyDict_GetItemWithError(globals, idObj(s_builtins));
  if (b !== 0) return PyModule_Check(b) ? PyModule_GetDict(b) : b;
  if (PyErr_Occurred() !== 0) return NULL;
  return port.currentBuiltins();
}

/** PyFunction_NewWithQualName: a new function, or NULL. All borrowed; `qualname` may be NULL. */
export function PyFunction_NewWithQualName(code: Obj, globals: Obj, qualname: Obj): Obj {
  const builtins = _PyEval_BuiltinsFromGlobals(globals);
  if (builtins === 0) return NULL;
  let module = PyDict_GetItemWithError(globals, idObj(s_name));
  if (module === 0 && PyErr_Occurred() !== 0) return NULL;
  let doc: Obj = Py_None;
  if (H32[(code + co_flags) >> 2] & CO_HAS_DOCSTRING) {
    const consts = H32[(code + co_consts) >> 2] as Obj;
    if (PyTuple_GET_SIZE(consts) > 0 && PyUnicode_Check(PyTuple_GET_ITEM(consts, 0))) doc = PyTuple_GET_ITEM(consts, 0);
  }
  const f = _PyObject_New(PyFunction_Type);
  if (f === 0) return NULL;
  H32[(f + func_globals) >> 2] = newref(globals);
  H32[(f + func_builtins) >> 2] = newref(builtins);
  H32[(f + func_name) >> 2] = newref(H32[(code + co_name) >> 2] as Obj);
  H32[(f + func_qualname) >> 2] = newref(qualname !== 0 ? qualname : (H32[(code + co_qualname) >> 2] as Obj));
  H32[(f + func_code) >> 2] = newref(code);
  H32[(f + func_doc) >> 2] = newref(doc);
  H32[(f + func_module) >> 2] = xnewref(module);
  H32[(f + func_vectorcall) >> 2] = _PyFunction_VectorcallIndex;
  module = NULL;
  PyObject_GC_Track(f);
  return f;
}

/** A new function, or NULL (PyFunction_New). */
export function PyFunction_New(code: Obj, globals: Obj): Obj {
  return PyFunction_NewWithQualName(code, globals, NULL);
}

function put(f: Obj, offset: number, value: Obj): void {
  const old = H32[(f + offset) >> 2] as Obj;
  H32[(f + offset) >> 2] = xnewref(value);
  xdecref(old);
}

function changed(f: Obj): void {
  H32[(f + func_version) >> 2] = 0;
}

function get(offset: number): (f: Obj) => Obj {
  return (f) => {
    const v = H32[(f + offset) >> 2] as Obj;
    return newref(v === 0 ? Py_None : v);
  };
}

function set_code(f: Obj, value: Obj): number {
  if (value === 0 || Py_TYPE(value) !== PyCode_Type)
    return errMinus1(PyExc_TypeError, '__code__ must be set to a code object');
  const nfree = H32[(value + co_nfreevars) >> 2];
  const closure = H32[(f + func_closure) >> 2] as Obj;
  const nclosure = closure === 0 ? 0 : PyTuple_GET_SIZE(closure);
  if (nclosure !== nfree) {
    return errMinus1(
      PyExc_ValueError,
      `${asString(H32[(f + func_name) >> 2] as Obj)}() requires a code object with ${nclosure} free vars, not ${nfree}`,
    );
  }
  const KIND = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR;
  const before = H32[(H32[(f + func_code) >> 2] + co_flags) >> 2] & KIND;
  if (before !== (H32[(value + co_flags) >> 2] & KIND)) {
    if (
      PyErr_WarnEx(
        PyExc_DeprecationWarning,
        'Assigning a code object of non-matching type is deprecated (e.g., from a generator to a plain function)',
        1,
      ) < 0
    )
      return -1;
  }
  changed(f);
  put(f, func_code, value);
  return 0;
}

function strSetter(offset: number, name: string): (f: Obj, value: Obj) => number {
  return (f, value) => {
    if (value === 0 || !PyUnicode_Check(value))
      return errMinus1(PyExc_TypeError, `${name} must be set to a string object`);
    put(f, offset, value);
    return 0;
  };
}

function set_defaults(f: Obj, value: Obj): number {
  if (value === Py_None) value = NULL;
  if (value !== 0 && !PyTuple_Check(value))
    return errMinus1(PyExc_TypeError, '__defaults__ must be set to a tuple object');
  changed(f);
  put(f, func_defaults, value);
  return 0;
}

function set_kwdefaults(f: Obj, value: Obj): number {
  if (value === Py_None) value = NULL;
  if (value !== 0 && !PyDict_Check(value))
    return errMinus1(PyExc_TypeError, '__kwdefaults__ must be set to a dict object');
  changed(f);
  put(f, func_kwdefaults, value);
  return 0;
}

function annotationDict(f: Obj): Obj {
  let a = H32[(f + func_annotations) >> 2] as Obj;
  if (a === 0) {
    const annotate = H32[(f + func_annotate) >> 2] as Obj;
    if (annotate === 0 || !PyCallable_Check(annotate)) a = PyDict_New();
    else {
      incref(annotate);
      a = PyObject_CallOneArg(annotate, (SMALL_INT_ZERO + SMALL_INT_SIZE) as Obj);
      decref(annotate);
      if (a !== 0 && !PyDict_Check(a)) {
        PyErr_SetString(PyExc_TypeError, `__annotate__ returned non-dict of type '${typeName(a)}'`);
        decref(a);
        return NULL;
      }
    }
    if (a === 0) return NULL;
    const old = H32[(f + func_annotations) >> 2] as Obj;
    H32[(f + func_annotations) >> 2] = a;
    xdecref(old);
  } else if (PyTuple_CheckExact(a)) {
    const d = PyDict_New();
    if (d === 0) return NULL;
    for (let i = 0; i < PyTuple_GET_SIZE(a); i += 2) {
      if (PyDict_SetItem(d, PyTuple_GET_ITEM(a, i), PyTuple_GET_ITEM(a, i + 1)) < 0) {
        decref(d);
        return NULL;
      }
    }
    H32[(f + func_annotations) >> 2] = d;
    decref(a);
    a = d;
  }
  return a;
}

/** The annotations of a function as a dict, borrowed, or NULL with an exception (PyFunction_GetAnnotations). */
export function PyFunction_GetAnnotations(f: Obj): Obj {
  return annotationDict(f);
}

function get_annotations(f: Obj): Obj {
  const d = annotationDict(f);
  return d === 0 ? NULL : newref(d);
}

function set_annotations(f: Obj, value: Obj): number {
  if (value === Py_None) value = NULL;
  if (value !== 0 && !PyDict_Check(value))
    return errMinus1(PyExc_TypeError, '__annotations__ must be set to a dict object');
  changed(f);
  put(f, func_annotations, value);
  put(f, func_annotate, NULL);
  return 0;
}

function set_annotate(f: Obj, value: Obj): number {
  if (value === 0) return errMinus1(PyExc_TypeError, '__annotate__ cannot be deleted');
  if (value === Py_None) {
    changed(f);
    put(f, func_annotate, NULL);
    return 0;
  }
  if (!PyCallable_Check(value)) return errMinus1(PyExc_TypeError, '__annotate__ must be callable or None');
  changed(f);
  put(f, func_annotate, value);
  put(f, func_annotations, NULL);
  return 0;
}

function get_typeparams(f: Obj): Obj {
  const v = H32[(f + func_typeparams) >> 2] as Obj;
  return newref(v === 0 ? emptyTuple : v);
}

function set_typeparams(f: Obj, value: Obj): number {
  if (value === 0 || !PyTuple_Check(value)) return errMinus1(PyExc_TypeError, '__type_params__ must be set to a tuple');
  put(f, func_typeparams, value);
  return 0;
}

function func_repr(f: Obj): Obj {
  return PyUnicode_FromString(`<function ${asString(H32[(f + func_qualname) >> 2] as Obj)} at ${addressText(f)}>`);
}

function func_descr_get(f: Obj, obj: Obj, _type: Obj): Obj {
  if (obj === Py_None || obj === 0) return newref(f);
  return PyMethod_New(f, obj);
}

const NEW = parseSignature('function', '(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)');

function func_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(NEW, args, kwargs)) return NULL;
  const [code, globals, name, defaults, closure, kwdefaults] = bound as Obj[];
  if (Py_TYPE(code) !== PyCode_Type) {
    return PyErr_SetString(PyExc_TypeError, `function() argument 'code' must be code, not ${typeName(code)}`);
  }
  if (!PyDict_Check(globals)) {
    return PyErr_SetString(PyExc_TypeError, `function() argument 'globals' must be dict, not ${typeName(globals)}`);
  }
  if (name !== Py_None && !PyUnicode_Check(name))
    return PyErr_SetString(PyExc_TypeError, 'arg 3 (name) must be None or string');
  if (defaults !== Py_None && !PyTuple_Check(defaults))
    return PyErr_SetString(PyExc_TypeError, 'arg 4 (defaults) must be None or tuple');
  const nfree = H32[(code + co_nfreevars) >> 2];
  if (!PyTuple_Check(closure)) {
    if (nfree !== 0 && closure === Py_None) return PyErr_SetString(PyExc_TypeError, 'arg 5 (closure) must be tuple');
    if (closure !== Py_None) return PyErr_SetString(PyExc_TypeError, 'arg 5 (closure) must be None or tuple');
  }
  if (kwdefaults !== Py_None && !PyDict_Check(kwdefaults)) {
    return PyErr_SetString(PyExc_TypeError, 'arg 6 (kwdefaults) must be None or dict');
  }
  const nclosure = closure === Py_None ? 0 : PyTuple_GET_SIZE(closure);
  if (nclosure !== nfree) {
    return PyErr_SetString(
      PyExc_ValueError,
      `${asString(H32[(code + co_name) >> 2] as Obj)} requires closure of length ${nfree}, not ${nclosure}`,
    );
  }
  for (let i = 0; i < nclosure; i++) {
    const o = PyTuple_GET_ITEM(closure, i);
    if (!PyCell_Check(o))
      return PyErr_SetString(PyExc_TypeError, `arg 5 (closure) expected cell, found ${typeName(o)}`);
  }
  const f = PyFunction_New(code, globals);
  if (f === 0) return NULL;
  if (name !== Py_None) put(f, func_name, name);
  if (defaults !== Py_None) put(f, func_defaults, defaults);
  if (closure !== Py_None) put(f, func_closure, closure);
  if (kwdefaults !== Py_None) put(f, func_kwdefaults, kwdefaults);
  return f;
}

/** All references but name, qualname and code, which a function that is being torn down may still be asked for. */
function func_clear(f: Obj): number {
  for (const offset of [
    func_globals,
    func_builtins,
    func_module,
    func_defaults,
    func_kwdefaults,
    func_doc,
    Func.dict,
    func_closure,
    func_annotations,
    func_annotate,
    func_typeparams,
  ]) {
    const o = H32[(f + offset) >> 2] as Obj;
    if (o !== 0) {
      H32[(f + offset) >> 2] = 0;
      decref(o);
    }
  }
  return 0;
}

function func_dealloc(f: Obj): void {
  PyObject_GC_UnTrack(f);
  if (H32[(f + Func.weakreflist) >> 2] !== 0) PyObject_ClearWeakRefs(f);
  func_clear(f);
  for (const offset of [func_name, func_qualname, func_code]) {
    const o = H32[(f + offset) >> 2] as Obj;
    H32[(f + offset) >> 2] = 0;
    xdecref(o);
  }
  freeObject(f);
}

defineType({
  type: PyFunction_Type,
  name: 'function',
  layout: Func,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
  vectorcallOffset: func_vectorcall,
  doc:
    'Create a function object.\n\n  code\n    a code object\n  globals\n    the globals dictionary\n  name\n    a string that overrides the name from the code object\n' +
    '  argdefs\n    a tuple that specifies the default argument values\n  closure\n    a tuple that supplies the bindings for free variables\n  kwdefaults\n' +
    '    a dictionary that specifies the default keyword argument values',
  signature: '(code, globals, name=None, argdefs=None, closure=None,\n         kwdefaults=None)',
  slots: {
    tp_new: func_new,
    tp_repr: func_repr,
    tp_call: PyVectorcall_Call,
    tp_descr_get: func_descr_get,
    tp_traverse: (f: Obj, visit: number, arg: number) => traverseFields(f, Func.info, visit, arg),
    tp_clear: func_clear,
    tp_dealloc: func_dealloc,
  },
  members: [
    member('__closure__', 'object', func_closure),
    member('__doc__', 'object', func_doc, { writable: true }),
    member('__globals__', 'object', func_globals),
    member('__module__', 'object', func_module, { writable: true }),
    member('__builtins__', 'object', func_builtins),
  ],
  getset: [
    getset('__code__', get(func_code), set_code),
    getset('__defaults__', get(func_defaults), set_defaults),
    getset('__kwdefaults__', get(func_kwdefaults), set_kwdefaults),
    getset('__annotations__', get_annotations, set_annotations),
    getset('__annotate__', get(func_annotate), set_annotate),
    getset('__dict__', PyObject_GenericGetDict, PyObject_GenericSetDict),
    getset('__name__', get(func_name), strSetter(func_name, '__name__')),
    getset('__qualname__', get(func_qualname), strSetter(func_qualname, '__qualname__')),
    getset('__type_params__', get_typeparams, set_typeparams),
  ],
});
