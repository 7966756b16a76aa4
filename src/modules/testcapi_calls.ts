// How are native functions called, and how do they call?  (the part of _testcapi about calling conventions, PEP 590)

import { H32 } from '../memory/linear.js';
import {
  PyObject_Call,
  PyObject_CallNoArgs,
  PyObject_Vectorcall,
  PyObject_VectorcallDict,
  PyVectorcall_Call,
} from '../object/call.js';
import {
  defineType,
  fastcall,
  METH_CLASS,
  METH_STATIC,
  type MethodDef,
  method,
  classMethod,
  staticMethod,
} from '../object/declare.js';
import { PyCFunction_NewEx } from '../object/descr.js';
import { PyDict_Check, PyDict_New, PyDict_SetItem } from '../object/dict.js';
import { PyErr_SetNone, PyErr_SetString, typeName } from '../object/errors.js';
import { fn } from '../object/functable.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { PyType_Check, PyType_IsSubtype } from '../object/isinstance.js';
import { i32, layout } from '../object/layout.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyObject_GetItem } from '../object/mapping.js';
import { PyBool_FromLong, PyObject_Repr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_TypeError, PyExc_ValueError, PyFunction_Type, staticType } from '../object/statics.js';
import { fromArray, PyTuple_Check, PyTuple_GET_SIZE, PyTuple_Pack, tuple_items } from '../object/tuple.js';
import * as T from '../object/type_layout.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { Func } from '../types/function_layout.js';
import { PyMethod_New } from '../types/method.js';
import { heapType, PyType_FromSpec } from '../types/type_spec.js';
import { none, nullable } from './testcapi_util.js';

// --- calling conventions: each answers with its self and what it was given

/** NULL shows as None. */
const selfOf = (self: Obj): Obj => (self === 0 ? Py_None : self);

/** A new dict of the keyword values after the positional ones; NULL with an exception. */
function keywords(args: number, nargs: number, kwnames: Obj): Obj {
  const values = (args >> 2) + nargs;
  const dict = PyDict_New();
  for (let i = 0; dict !== 0 && kwnames !== 0 && i < PyTuple_GET_SIZE(kwnames); i++) {
    const key = H32[((kwnames + tuple_items) >> 2) + i] as Obj;
    if (PyDict_SetItem(dict, key, H32[values + i] as Obj) < 0) {
      decref(dict);
      return NULL;
    }
  }
  return dict;
}

function meth_varargs(self: Obj, args: Obj): Obj {
  return PyTuple_Pack(selfOf(self), args);
}

function meth_varargs_keywords(self: Obj, args: Obj, kwargs: Obj): Obj {
  return PyTuple_Pack(selfOf(self), args, selfOf(kwargs));
}

function meth_fastcall(self: Obj, args: Obj): Obj {
  return PyTuple_Pack(selfOf(self), args);
}

function meth_fastcall_keywords(self: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  const positional = fromArray(args, nargs);
  if (positional === 0) return NULL;
  const kwargs = keywords(args, nargs, kwnames);
  const r = kwargs === 0 ? NULL : PyTuple_Pack(selfOf(self), positional, kwargs);
  xdecref(kwargs);
  decref(positional);
  return r;
}

/** The six conventions as methods of one kind (`flags`: 0, METH_CLASS or METH_STATIC); `self` is the receiver as the signature has it. */
function conventions(make: typeof method, receiver: string, flags: number): MethodDef[] {
  const start = receiver === '' ? '' : `${receiver}, `;
  return [
    make('meth_varargs', `!(${start}*args)`, meth_varargs),
    make('meth_varargs_keywords', `!(${start}*args, **kwargs)`, meth_varargs_keywords),
    make('meth_o', `!(${start}o, /)`, (self: Obj, o: Obj) => PyTuple_Pack(selfOf(self), o)),
    make('meth_noargs', `!(${start}/)`, (self: Obj) => newref(selfOf(self))),
    make('meth_fastcall', `!(${start}*args)`, meth_fastcall),
    fastcall('meth_fastcall_keywords', null, meth_fastcall_keywords, null, flags),
  ];
}

const MethInstance_Type = staticType();
const MethClass_Type = staticType();
const MethStatic_Type = staticType();
const plain = layout({});

/** Instances without state: X(). */
function newPlain(type: Obj): Obj {
  return PyType_GenericAlloc(type, 0);
}

for (const [type, name, methods] of [
  [MethInstance_Type, 'MethInstance', conventions(method, '$self', 0)],
  [MethClass_Type, 'MethClass', conventions(classMethod, '$type', METH_CLASS)],
  [MethStatic_Type, 'MethStatic', conventions(staticMethod, '', METH_STATIC)],
] as const) {
  defineType({
    type,
    name: `_testcapi.${name}`,
    layout: plain,
    late: true,
    doc: 'Class with one method for each calling convention',
    slots: { tp_new: newPlain },
    methods,
  });
}

// --- calls from native code

/** `args` as a vector: its address and length; -1 with TypeError. */
function vectorOf(args: Obj): number {
  if (args === Py_None) return 0;
  if (PyTuple_Check(args)) return PyTuple_GET_SIZE(args);
  PyErr_SetString(PyExc_TypeError, 'args must be None or a tuple');
  return -1;
}

function pyobject_fastcalldict(_m: Obj, f: Obj, args: Obj, kwargs: Obj): Obj {
  const n = vectorOf(args);
  if (n < 0) return NULL;
  if (kwargs !== Py_None && !PyDict_Check(kwargs)) {
    return PyErr_SetString(PyExc_TypeError, 'kwnames must be None or a dict');
  }
  return PyObject_VectorcallDict(f, args + tuple_items, n, nullable(kwargs));
}

function pyobject_vectorcall(_m: Obj, f: Obj, args: Obj, kwnames: Obj): Obj {
  const n = vectorOf(args);
  if (n < 0) return NULL;
  let nargs = n;
  if (kwnames !== Py_None) {
    if (!PyTuple_Check(kwnames)) return PyErr_SetString(PyExc_TypeError, 'kwnames must be None or a tuple');
    const nkw = PyTuple_GET_SIZE(kwnames);
    if (n < nkw) return PyErr_SetString(PyExc_TypeError, 'kwnames longer than args');
    nargs -= nkw;
  }
  return PyObject_Vectorcall(f, args + tuple_items, nargs, nullable(kwnames));
}

function pyvectorcall_call(_m: Obj, f: Obj, args: Obj, kwargs: Obj): Obj {
  if (!PyTuple_Check(args)) return PyErr_SetString(PyExc_TypeError, 'args must be a tuple');
  if (kwargs !== 0 && !PyDict_Check(kwargs)) return PyErr_SetString(PyExc_TypeError, 'kwargs must be a dict');
  return PyVectorcall_Call(f, args, kwargs);
}

function pycfunction_call(_m: Obj, f: Obj, args: Obj, kwargs: Obj): Obj {
  return PyObject_Call(f, args, nullable(kwargs));
}

const overridden = fn((_callable: Obj, _args: number, _nargsf: number, _kwnames: Obj) =>
  PyUnicode_FromString('overridden'),
);

function function_setvectorcall(_m: Obj, f: Obj): Obj {
  if (Py_TYPE(f) !== PyFunction_Type) return PyErr_SetString(PyExc_TypeError, "'func' must be a function");
  H32[(f + Func.vectorcall) >> 2] = overridden;
  return none();
}

// --- classes with a vectorcall

const saysTpCall = (): Obj => PyUnicode_FromString('tp_call');
const saysVectorcall = fn((): Obj => PyUnicode_FromString('vectorcall'));

/** instance.set_vectorcall(cls): the vectorcall that `cls` has room for answers from now on. */
function set_vectorcall(self: Obj, type: Obj): Obj {
  if (!PyType_Check(type) || !PyType_IsSubtype(Py_TYPE(self), type)) {
    return PyErr_SetString(PyExc_TypeError, 'object must be an instance of the type');
  }
  if (H32[(type + T.tp_vectorcall_offset) >> 2] === 0) {
    return PyErr_SetString(PyExc_TypeError, 'the type has no vectorcall');
  }
  H32[(self + H32[(type + T.tp_vectorcall_offset) >> 2]) >> 2] = saysVectorcall;
  return none();
}

const VectorCallClass = heapType({
  name: '_testcapi.VectorCallClass',
  words: 1,
  vectorcall: true,
  slots: { tp_call: saysTpCall },
  methods: [
    method(
      'set_vectorcall',
      '($self, type, /)',
      set_vectorcall,
      'Set self\'s vectorcall function for `type` to one that returns "vectorcall"',
    ),
  ],
});

function make_vectorcall_class(_m: Obj, base: Obj): Obj {
  if (base !== 0 && !PyType_Check(base)) {
    return PyErr_SetString(PyExc_TypeError, `make_vectorcall_class() argument 1 must be type, not ${typeName(base)}`);
  }
  return PyType_FromSpec(VectorCallClass, base);
}

function has_vectorcall_flag(_m: Obj, type: Obj): Obj {
  return PyBool_FromLong((H32[(type + T.tp_flags) >> 2] & T.Py_TPFLAGS_HAVE_VECTORCALL) !== 0);
}

const Callable = layout({ vectorcall: i32 });
const MethodDescriptorBase_Type = staticType();
const MethodDescriptorDerived_Type = staticType();
const MethodDescriptorNopGet_Type = staticType();
const MethodDescriptor2_Type = staticType();
const Extended = layout({ second: i32 }, { base: Callable.info });

/** Says whether the callable has a function in its first field. */
const hasFirst = fn((callable: Obj, _args: number, _nargsf: number, _kwnames: Obj): Obj => {
  return PyBool_FromLong(H32[(callable + Callable.vectorcall) >> 2] !== 0);
});

function newCallable(type: Obj): Obj {
  const o = PyType_GenericAlloc(type, 0);
  if (o !== 0) H32[(o + Callable.vectorcall) >> 2] = hasFirst;
  return o;
}

function newExtended(type: Obj): Obj {
  const o = PyType_GenericAlloc(type, 0);
  if (o !== 0) H32[(o + Extended.second) >> 2] = hasFirst;
  return o;
}

const bindAsMethod = (f: Obj, o: Obj): Obj => (o === 0 || o === Py_None ? newref(f) : PyMethod_New(f, o));

defineType({
  type: MethodDescriptorBase_Type,
  name: '_testcapi.MethodDescriptorBase',
  layout: Callable,
  late: true,
  flags: T.Py_TPFLAGS_BASETYPE | T.Py_TPFLAGS_METHOD_DESCRIPTOR,
  vectorcallOffset: Callable.vectorcall,
  slots: { tp_new: newCallable, tp_call: PyVectorcall_Call, tp_descr_get: bindAsMethod },
});
defineType({
  type: MethodDescriptorDerived_Type,
  name: '_testcapi.MethodDescriptorDerived',
  base: MethodDescriptorBase_Type,
  layout: Callable,
  late: true,
});
defineType({
  type: MethodDescriptorNopGet_Type,
  name: '_testcapi.MethodDescriptorNopGet',
  base: MethodDescriptorBase_Type,
  layout: Callable,
  late: true,
  slots: {
    tp_call: (_self: Obj, args: Obj, _kwargs: Obj) => newref(args),
    tp_descr_get: (f: Obj, _o: Obj, _type: Obj) => newref(f),
  },
});
defineType({
  type: MethodDescriptor2_Type,
  name: '_testcapi.MethodDescriptor2',
  base: MethodDescriptorBase_Type,
  layout: Extended,
  late: true,
  vectorcallOffset: Extended.second,
  slots: { tp_new: newExtended, tp_call: PyVectorcall_Call },
});

// --- functions that break the rules

function return_result_with_error(): Obj {
  PyErr_SetNone(PyExc_ValueError);
  return none();
}

/** The type's own slot is asked although an exception is set. */
function getitem_with_error(_m: Obj, map: Obj, key: Obj): Obj {
  PyErr_SetString(PyExc_ValueError, 'bug');
  return PyObject_GetItem(map, key);
}

/** A `__get__` whose call may take the descriptor away: (self, obj, cls) → type(obj)(). */
function bad_get(_m: Obj, args: number, nargs: number, _kwnames: Obj): Obj {
  if (nargs !== 3) return PyErr_SetString(PyExc_TypeError, `bad_get expected 3 arguments, got ${nargs}`);
  const self = H32[args >> 2] as Obj;
  const result = PyObject_CallNoArgs(H32[(args >> 2) + 2] as Obj);
  if (result === 0) return NULL;
  decref(result);
  return PyObject_Repr(self);
}

const create_cfunction_def = method('f', '!($module, /)', (_m: Obj) => none());

export const CALL_TYPES = [
  MethInstance_Type,
  MethClass_Type,
  MethStatic_Type,
  MethodDescriptorBase_Type,
  MethodDescriptorDerived_Type,
  MethodDescriptorNopGet_Type,
  MethodDescriptor2_Type,
];

export const CALL_FUNCTIONS: readonly MethodDef[] = [
  ...conventions(method, '$module', 0),
  method('pyobject_fastcalldict', '!($module, func, args, kwargs, /)', pyobject_fastcalldict),
  method('pyobject_vectorcall', '!($module, func, args, kwnames, /)', pyobject_vectorcall),
  method('pyvectorcall_call', '!($module, func, args, kwargs=NULL, /)', pyvectorcall_call),
  method('pycfunction_call', '!($module, func, args, kwargs=None, /)', pycfunction_call),
  method('function_setvectorcall', '!($module, func, /)', function_setvectorcall),
  method('make_vectorcall_class', '!($module, base=NULL, /)', make_vectorcall_class),
  method('has_vectorcall_flag', '!($module, type, /)', has_vectorcall_flag),
  method('return_null_without_error', '!($module, /)', () => NULL),
  method('return_result_with_error', '!($module, /)', return_result_with_error),
  method('getitem_with_error', '!($module, map, key, /)', getitem_with_error),
  fastcall('bad_get', null, bad_get),
  method('create_cfunction', '!($module, /)', (_m: Obj) => PyCFunction_NewEx(create_cfunction_def.ml, NULL, NULL)),
];
