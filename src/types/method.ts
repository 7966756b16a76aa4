// What is a bound method?  Invariant: func and self are never NULL while the method lives; calling puts self in front of the arguments without
// copying them where the caller left room.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound, noKwargs } from '../object/bind.js';
import {
  PY_VECTORCALL_ARGUMENTS_OFFSET,
  popNative,
  PyCallable_Check,
  PyObject_Vectorcall,
  PyVectorcall_Call,
  pushNative,
} from '../object/call.js';
import { InstanceMethod, Method, method_func, method_self, method_vectorcall } from './method_layout.js';
import { defineType, getset, member, method } from '../object/declare.js';
import { Py_EnterRecursiveCall, Py_LeaveRecursiveCall, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { fn, F } from '../object/functable.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, incref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { _PyObject_New } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyExc_TypeError,
  PyInstanceMethod_Type,
  PyMethod_Type,
} from '../object/statics.js';
import { PyTuple_Pack } from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC, Py_TPFLAGS_HAVE_VECTORCALL, tp_descr_get } from '../object/type_layout.js';
import { _PyType_Lookup } from '../object/type_lookup.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { ob_size as tupleSize } from '../object/type_layout.js';
import { port } from '../object/ports.js';
import { PyMapping_GetOptionalItem } from '../object/mapping.js';
import { PyObject_Call } from '../object/call.js';

import {
  Py_HashPointer,
  PyObject_GenericGetAttr,
  PyObject_GetAttr,
  PyObject_GetOptionalAttr,
  PyObject_Hash,
  PyObject_RichCompareBool,
  PyObject_Repr,
  Py_EQ,
  Py_NE,
} from '../object/object.js';

const s_qualname = ID('__qualname__');
const s_name = ID('__name__');
const s_doc = ID('__doc__');
const s_getattr = ID('getattr');

function method_call(m: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  const self = H32[(m + method_self) >> 2] as Obj;
  const func = H32[(m + method_func) >> 2] as Obj;
  const nargs = nargsf & ~PY_VECTORCALL_ARGUMENTS_OFFSET;
  // Methods of methods: nothing else on the way down would count the depth.
  if (Py_TYPE(func) === PyMethod_Type) {
    if (Py_EnterRecursiveCall(' while calling a Python object') !== 0) return NULL;
    const r = callWithSelf(self, func, args, nargs, nargsf, kwnames);
    Py_LeaveRecursiveCall();
    return r;
  }
  return callWithSelf(self, func, args, nargs, nargsf, kwnames);
}

function callWithSelf(self: Obj, func: Obj, args: number, nargs: number, nargsf: number, kwnames: Obj): Obj {
  if (nargsf & PY_VECTORCALL_ARGUMENTS_OFFSET) {
    const slot = (args - 4) >> 2;
    const saved = H32[slot];
    H32[slot] = self;
    const r = PyObject_Vectorcall(func, args - 4, nargs + 1, kwnames);
    H32[slot] = saved;
    return r;
  }
  const total = nargs + (kwnames === 0 ? 0 : H32[(kwnames + tupleSize) >> 2]);
  const base = pushNative(total + 1);
  if (base === 0) return NULL;
  H32[base >> 2] = self;
  for (let i = 0; i < total; i++) H32[(base >> 2) + 1 + i] = H32[(args >> 2) + i];
  const r = PyObject_Vectorcall(func, base, nargs + 1, kwnames);
  popNative(base);
  return r;
}

const method_vectorcall_index = fn(method_call);

/** A new bound method, or NULL (PyMethod_New). */
export function PyMethod_New(func: Obj, self: Obj): Obj {
  const m = _PyObject_New(PyMethod_Type);
  if (m === 0) return NULL;
  H32[(m + method_func) >> 2] = newref(func);
  H32[(m + method_self) >> 2] = newref(self);
  H32[(m + method_vectorcall) >> 2] = method_vectorcall_index;
  PyObject_GC_Track(m);
  return m;
}

function method_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  void type;
  if (!noKwargs('method', kwargs)) return NULL;
  if (!bindTuple(NEW, args, NULL)) return NULL;
  const [func, self] = bound as Obj[];
  if (!PyCallable_Check(func)) return PyErr_SetString(PyExc_TypeError, 'first argument must be callable');
  if (self === Py_None) return PyErr_SetString(PyExc_TypeError, 'instance must not be None');
  return PyMethod_New(func, self);
}
const NEW = parseSignature('method', '(function, instance, /)');

function method_getattro(m: Obj, name: Obj): Obj {
  const type = Py_TYPE(m);
  const descr = _PyType_Lookup(type, name);
  if (descr !== 0) {
    const get = H32[(Py_TYPE(descr) + tp_descr_get) >> 2];
    if (get === 0) return newref(descr);
    incref(descr);
    const r = F[get](descr, m, type) as Obj;
    decref(descr);
    return r;
  }
  return PyObject_GetAttr(H32[(m + method_func) >> 2] as Obj, name);
}

function method_repr(m: Obj): Obj {
  const self = H32[(m + method_self) >> 2] as Obj;
  const func = H32[(m + method_func) >> 2] as Obj;
  let name = PyObject_GetOptionalAttr(func, idObj(s_qualname));
  if (name === 0 && PyErr_Occurred() !== 0) return NULL;
  if (name === 0) {
    name = PyObject_GetOptionalAttr(func, idObj(s_name));
    if (name === 0 && PyErr_Occurred() !== 0) return NULL;
  }
  let text = '?';
  if (name !== 0) {
    if (PyUnicode_Check(name)) text = asString(name);
    decref(name);
  }
  const r = PyObject_Repr(self);
  if (r === 0) return NULL;
  const result = PyUnicode_FromString(`<bound method ${text} of ${asString(r)}>`);
  decref(r);
  return result;
}

function method_hash(m: Obj): number {
  const x = Py_HashPointer(H32[(m + method_self) >> 2]);
  const y = PyObject_Hash(H32[(m + method_func) >> 2] as Obj);
  if (y === -1) return -1;
  const h = x ^ y;
  return h === -1 ? -2 : h;
}

function method_richcompare(a: Obj, b: Obj, op: number): Obj {
  if ((op !== Py_EQ && op !== Py_NE) || Py_TYPE(a) !== PyMethod_Type || Py_TYPE(b) !== PyMethod_Type)
    return newref(Py_NotImplemented);
  let eq = PyObject_RichCompareBool(H32[(a + method_func) >> 2] as Obj, H32[(b + method_func) >> 2] as Obj, Py_EQ);
  if (eq < 0) return NULL;
  if (eq === 1) eq = H32[(a + method_self) >> 2] === H32[(b + method_self) >> 2] ? 1 : 0;
  return newref((eq === 1) === (op === Py_EQ) ? Py_True : Py_False);
}

function method_reduce(m: Obj): Obj {
  const func = H32[(m + method_func) >> 2] as Obj;
  const name = PyObject_GetAttr(func, idObj(s_name));
  if (name === 0) return NULL;
  const getattr = builtinsGetattr();
  if (getattr === 0) {
    decref(name);
    return NULL;
  }
  const args = PyTuple_Pack(H32[(m + method_self) >> 2] as Obj, name);
  decref(name);
  const r = args === 0 ? NULL : PyTuple_Pack(getattr, args);
  decref(getattr);
  if (args !== 0) decref(args);
  return r;
}

function builtinsGetattr(): Obj {
  return PyMapping_GetOptionalItem(port.currentBuiltins(), idObj(s_getattr));
}

function get_doc(m: Obj): Obj {
  return PyObject_GetAttr(H32[(m + method_func) >> 2] as Obj, idObj(s_doc));
}

/** A method is a descriptor that binds no further. */
function method_descr_get(m: Obj, _obj: Obj, _type: Obj): Obj {
  return newref(m);
}

defineType({
  type: PyMethod_Type,
  name: 'method',
  layout: Method,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
  vectorcallOffset: method_vectorcall,
  doc: 'Create a bound instance method object.',
  signature: '(function, instance, /)',
  slots: {
    tp_new: method_new,
    tp_call: PyVectorcall_Call,
    tp_repr: method_repr,
    tp_hash: method_hash,
    tp_richcompare: method_richcompare,
    tp_getattro: method_getattro,
    tp_descr_get: method_descr_get,
  },
  methods: [method('__reduce__', '($self, /)', method_reduce)],
  members: [
    member('__func__', 'object', method_func, { doc: 'the function (or other callable) implementing a method' }),
    member('__self__', 'object', method_self, { doc: 'the instance to which a method is bound' }),
  ],
  getset: [getset('__doc__', get_doc)],
});

// --- instancemethod: what makes a native function a method (PyInstanceMethod_New).

const { func: im_func } = InstanceMethod;

export function PyInstanceMethod_New(func: Obj): Obj {
  const m = _PyObject_New(PyInstanceMethod_Type);
  if (m === 0) return NULL;
  H32[(m + im_func) >> 2] = newref(func);
  PyObject_GC_Track(m);
  return m;
}

const NEW_INSTANCE = parseSignature('instancemethod', '(func, /)');

function instancemethod_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargs('instancemethod', kwargs) || !bindTuple(NEW_INSTANCE, args, NULL)) return NULL;
  const func = bound[0] as Obj;
  if (!PyCallable_Check(func)) return PyErr_SetString(PyExc_TypeError, 'first argument must be callable');
  return PyInstanceMethod_New(func);
}

function instancemethod_call(m: Obj, args: Obj, kwargs: Obj): Obj {
  return PyObject_Call(H32[(m + im_func) >> 2] as Obj, args, kwargs);
}

defineType({
  type: PyInstanceMethod_Type,
  name: 'instancemethod',
  layout: InstanceMethod,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: 'Bind a function to a class.',
  signature: '(func, /)',
  slots: {
    tp_new: instancemethod_new,
    tp_call: instancemethod_call,
    tp_getattro: (m: Obj, name: Obj): Obj => {
      const descr = _PyType_Lookup(Py_TYPE(m), name);
      return descr !== 0 ? PyObject_GenericGetAttr(m, name) : PyObject_GetAttr(H32[(m + im_func) >> 2] as Obj, name);
    },
    tp_descr_get: (m: Obj, obj: Obj, _type: Obj): Obj => {
      const func = H32[(m + im_func) >> 2] as Obj;
      return obj === 0 ? newref(func) : PyMethod_New(func, obj);
    },
  },
  members: [member('__func__', 'object', im_func, { doc: 'the function (or other callable) implementing a method' })],
});
