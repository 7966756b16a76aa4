// What do weakref.ref, ProxyType and CallableProxyType do?
//
// Invariant: every operation on a proxy first takes its own reference to the referent, works on that, and gives it back; a dead
// proxy raises ReferenceError.  (The storage and the lists are in src/object/weakref.ts.)

import { H32 } from '../memory/linear.js';
import { checkPositional, noKwargs } from '../object/bind.js';
import { PyObject_Call, PyObject_CallMethodNoArgs, PyVectorcall_Call } from '../object/call.js';
import { classMethod, defineType, member, method, type TypeSpec } from '../object/declare.js';
import { errMinus1, PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import {
  Py_GenericAlias,
  PyObject_DelItem,
  PyObject_GetItem,
  PyObject_SetItem,
  PyObject_Size,
} from '../object/mapping.js';
import * as N from '../object/number.js';
import {
  addressText,
  Py_EQ,
  Py_NE,
  PyIter_Check,
  PyObject_GetAttr,
  PyObject_Hash,
  PyObject_IsTrue,
  PyObject_RichCompare,
  PyObject_SetAttr,
  PyObject_Str,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Contains } from '../object/sequence.js';
import {
  Py_False,
  Py_NotImplemented,
  Py_True,
  PyExc_ReferenceError,
  PyExc_TypeError,
  PyWeakref_CallableProxyType,
  PyWeakref_ProxyType,
  PyWeakref_RefType,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import {
  Py_TPFLAGS_BASETYPE,
  Py_TPFLAGS_DISALLOW_INSTANTIATION,
  Py_TPFLAGS_HAVE_GC,
  Py_TPFLAGS_HAVE_VECTORCALL,
} from '../object/type_layout.js';
import { _PyObject_LookupSpecial } from '../object/type_lookup.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import {
  clearWeakref,
  getOrCreateWeakref,
  PyWeakref_Check,
  PyWeakref_CheckProxy,
  PyWeakref_GET_REF,
  Weakref,
  weakrefDealloc,
  wr_callback,
  wr_hash,
  wr_vectorcall,
} from '../object/weakref.js';
import { fullyQualifiedName } from './type.js';

const s_name = ID('__name__');
const s_bytes = ID('__bytes__');
const s_reversed = ID('__reversed__');

// --- weakref.ref

function ref_new(type: Obj, args: Obj, _kwargs: Obj): Obj {
  // Keywords are __init__'s to refuse: a subclass may take some.
  const n = PyTuple_GET_SIZE(args);
  if (!checkPositional('__new__', n, 1, 2)) return NULL;
  return getOrCreateWeakref(type, PyTuple_GET_ITEM(args, 0), n > 1 ? PyTuple_GET_ITEM(args, 1) : NULL);
}

function ref_init(_self: Obj, args: Obj, kwargs: Obj): number {
  return noKwargs('ref', kwargs) && checkPositional('__init__', PyTuple_GET_SIZE(args), 1, 2) ? 0 : -1;
}

function ref_hash(self: Obj): number {
  const known = H32[(self + wr_hash) >> 2];
  if (known !== -1) return known;
  const o = PyWeakref_GET_REF(self);
  if (o === 0) return errMinus1(PyExc_TypeError, 'weak object has gone away');
  const hash = PyObject_Hash(o);
  decref(o);
  H32[(self + wr_hash) >> 2] = hash;
  return hash;
}

function ref_repr(self: Obj): Obj {
  const o = PyWeakref_GET_REF(self);
  if (o === 0) return PyUnicode_FromString(`<weakref at ${addressText(self)}; dead>`);
  const name = _PyObject_LookupSpecial(o, idObj(s_name));
  if (name === 0 && PyErr_Occurred() !== 0) {
    decref(o);
    return NULL;
  }
  const shown = name !== 0 && PyUnicode_Check(name) ? ` (${asString(name)})` : '';
  xdecref(name);
  const text = `<weakref at ${addressText(self)}; to '${fullyQualifiedName(Py_TYPE(o), true)}' at ${addressText(o)}${shown}>`;
  decref(o);
  return PyUnicode_FromString(text);
}

function ref_richcompare(self: Obj, other: Obj, op: number): Obj {
  if ((op !== Py_EQ && op !== Py_NE) || !PyWeakref_Check(self) || !PyWeakref_Check(other))
    return newref(Py_NotImplemented);
  const a = PyWeakref_GET_REF(self);
  const b = PyWeakref_GET_REF(other);
  let r: Obj;
  if (a === 0 || b === 0) r = newref((self === other) === (op === Py_EQ) ? Py_True : Py_False);
  else r = PyObject_RichCompare(a, b, op);
  xdecref(a);
  xdecref(b);
  return r;
}

defineType({
  type: PyWeakref_RefType,
  name: 'weakref.ReferenceType',
  layout: Weakref,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
  vectorcallOffset: wr_vectorcall,
  slots: {
    tp_new: ref_new,
    tp_init: ref_init,
    tp_dealloc: weakrefDealloc,
    tp_clear: clearWeakref,
    tp_call: PyVectorcall_Call,
    tp_repr: ref_repr,
    tp_hash: ref_hash,
    tp_richcompare: ref_richcompare,
  },
  methods: [classMethod('__class_getitem__', '!($type, object, /)', Py_GenericAlias, 'See PEP 585')],
  members: [member('__callback__', 'object', wr_callback)],
});

// --- proxies

/** The referent of a proxy, a new reference; NULL with ReferenceError. */
function referent(proxy: Obj): Obj {
  const o = PyWeakref_GET_REF(proxy);
  return o !== 0 ? o : PyErr_SetString(PyExc_ReferenceError, 'weakly-referenced object no longer exists');
}

/** The object itself, or the referent if it is a proxy: a new reference, or NULL with ReferenceError. */
function unwrap(o: Obj): Obj {
  return PyWeakref_CheckProxy(o) ? referent(o) : newref(o);
}

function unary(f: (o: Obj) => Obj): (proxy: Obj) => Obj {
  return (proxy) => {
    const o = referent(proxy);
    if (o === 0) return NULL;
    const r = f(o);
    decref(o);
    return r;
  };
}

function binary(f: (a: Obj, b: Obj) => Obj): (x: Obj, y: Obj) => Obj {
  return (x, y) => {
    const a = unwrap(x);
    if (a === 0) return NULL;
    const b = unwrap(y);
    if (b === 0) {
      decref(a);
      return NULL;
    }
    const r = f(a, b);
    decref(a);
    decref(b);
    return r;
  };
}

function ternary(f: (a: Obj, b: Obj, c: Obj) => Obj): (x: Obj, y: Obj, z: Obj) => Obj {
  return (x, y, z) => {
    const a = unwrap(x);
    if (a === 0) return NULL;
    const b = unwrap(y);
    const c = b === 0 || z === 0 ? NULL : unwrap(z);
    const r = b === 0 || (z !== 0 && c === 0) ? NULL : f(a, b, c);
    decref(a);
    xdecref(b);
    xdecref(c);
    return r;
  };
}

/** An operation with an int result, -1 being the error. */
function intResult(f: (o: Obj, x: Obj, y: Obj) => number): (proxy: Obj, x: Obj, y: Obj) => number {
  return (proxy, x, y) => {
    const o = referent(proxy);
    if (o === 0) return -1;
    const r = f(o, x, y);
    decref(o);
    return r;
  };
}

function proxy_repr(proxy: Obj): Obj {
  const o = PyWeakref_GET_REF(proxy);
  if (o === 0) return PyUnicode_FromString(`<weakproxy at ${addressText(proxy)}; dead>`);
  const text = `<weakproxy at ${addressText(proxy)}; to '${fullyQualifiedName(Py_TYPE(o), true)}' at ${addressText(o)}>`;
  decref(o);
  return PyUnicode_FromString(text);
}

function proxy_richcompare(x: Obj, y: Obj, op: number): Obj {
  const a = unwrap(x);
  if (a === 0) return NULL;
  const b = unwrap(y);
  const r = b === 0 ? NULL : PyObject_RichCompare(a, b, op);
  decref(a);
  xdecref(b);
  return r;
}

const proxy_length = intResult(PyObject_Size);

function iternext(o: Obj): Obj {
  if (!PyIter_Check(o))
    return PyErr_SetString(PyExc_TypeError, `Weakref proxy referenced a non-iterator '${typeName(o)}' object`);
  return PyIter_Next(o);
}

const slots: TypeSpec['slots'] = {
  tp_dealloc: weakrefDealloc,
  tp_clear: clearWeakref,
  tp_repr: proxy_repr,
  tp_str: unary(PyObject_Str),
  tp_getattro: binary(PyObject_GetAttr),
  tp_setattro: intResult(PyObject_SetAttr),
  tp_richcompare: proxy_richcompare,
  // A proxy's hash would change when the referent dies.
  tp_hash: null,
  tp_iter: unary(PyObject_GetIter),
  tp_iternext: unary(iternext),
  nb_add: binary(N.PyNumber_Add),
  nb_subtract: binary(N.PyNumber_Subtract),
  nb_multiply: binary(N.PyNumber_Multiply),
  nb_remainder: binary(N.PyNumber_Remainder),
  nb_divmod: binary(N.PyNumber_Divmod),
  nb_power: ternary(N.PyNumber_Power),
  nb_negative: unary(N.PyNumber_Negative),
  nb_positive: unary(N.PyNumber_Positive),
  nb_absolute: unary(N.PyNumber_Absolute),
  nb_bool: intResult(PyObject_IsTrue),
  nb_invert: unary(N.PyNumber_Invert),
  nb_lshift: binary(N.PyNumber_Lshift),
  nb_rshift: binary(N.PyNumber_Rshift),
  nb_and: binary(N.PyNumber_And),
  nb_xor: binary(N.PyNumber_Xor),
  nb_or: binary(N.PyNumber_Or),
  nb_int: unary(N.PyNumber_Long),
  nb_float: unary(N.PyNumber_Float),
  nb_inplace_add: binary(N.PyNumber_InPlaceAdd),
  nb_inplace_subtract: binary(N.PyNumber_InPlaceSubtract),
  nb_inplace_multiply: binary(N.PyNumber_InPlaceMultiply),
  nb_inplace_remainder: binary(N.PyNumber_InPlaceRemainder),
  nb_inplace_power: ternary(N.PyNumber_InPlacePower),
  nb_inplace_lshift: binary(N.PyNumber_InPlaceLshift),
  nb_inplace_rshift: binary(N.PyNumber_InPlaceRshift),
  nb_inplace_and: binary(N.PyNumber_InPlaceAnd),
  nb_inplace_xor: binary(N.PyNumber_InPlaceXor),
  nb_inplace_or: binary(N.PyNumber_InPlaceOr),
  nb_floor_divide: binary(N.PyNumber_FloorDivide),
  nb_true_divide: binary(N.PyNumber_TrueDivide),
  nb_inplace_floor_divide: binary(N.PyNumber_InPlaceFloorDivide),
  nb_inplace_true_divide: binary(N.PyNumber_InPlaceTrueDivide),
  nb_index: unary(N.PyNumber_Index),
  nb_matrix_multiply: binary(N.PyNumber_MatrixMultiply),
  nb_inplace_matrix_multiply: binary(N.PyNumber_InPlaceMatrixMultiply),
  sq_length: proxy_length,
  sq_contains: intResult(PySequence_Contains),
  mp_length: proxy_length,
  mp_subscript: binary(PyObject_GetItem),
  mp_ass_subscript: intResult((o, key, value) =>
    value === 0 ? PyObject_DelItem(o, key) : PyObject_SetItem(o, key, value),
  ),
};

const FLAGS = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION;

defineType({
  type: PyWeakref_ProxyType,
  name: 'weakref.ProxyType',
  layout: Weakref,
  flags: FLAGS,
  slots,
  methods: [
    method(
      '__bytes__',
      '!($self, /)',
      unary((o) => PyObject_CallMethodNoArgs(o, idObj(s_bytes))),
    ),
    method(
      '__reversed__',
      '!($self, /)',
      unary((o) => PyObject_CallMethodNoArgs(o, idObj(s_reversed))),
    ),
  ],
});

defineType({
  type: PyWeakref_CallableProxyType,
  name: 'weakref.CallableProxyType',
  layout: Weakref,
  flags: FLAGS,
  slots: { ...slots, tp_call: ternary(PyObject_Call) },
});
