// What are the descriptors of native types?  Invariant: each checks that the object it is applied to is an instance of its type before it
// touches the object's bytes.

import { H32, H8, HF64 } from '../memory/linear.js';
import { PyVectorcall_Call } from '../object/call.js';
import { defineType, getset, type MemberDef, member, methodDefs, method, ML_DEF } from '../object/declare.js';
import {
  d_method,
  d_name,
  d_type,
  descrQualname,
  GetSetDescr,
  getsetOf,
  MemberDescr,
  MethodDescr,
  memberOf,
  methoddescr_vc,
  PyCFunction_NewEx,
  WrapperDescr,
  wrongSelf,
} from '../object/descr.js';
import { errMinus1, nameOfType, PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { PyFloat_AsDouble, PyFloat_FromDouble } from '../object/float.js';
import { F } from '../object/functable.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyType_Check, PyType_IsSubtype } from '../object/isinstance.js';
import { layout, ref } from '../object/layout.js';
import { PyLong_AsLong, PyLong_FromLong } from '../object/long.js';
import { _PyObject_New } from '../object/new_object.js';
import { addressText, Py_EQ, Py_HashPointer, Py_NE, PyBool_FromLong, PyObject_GetAttr } from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { type SlotDef, slotDefs } from '../object/slot_defs.js';
import { callWrapper } from '../object/slot_wrappers.js';
import {
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyClassMethodDescr_Type,
  PyExc_AttributeError,
  PyExc_TypeError,
  PyGetSetDescr_Type,
  PyMemberDescr_Type,
  PyMethodDescr_Type,
  PyMethodWrapper_Type,
  PyWrapperDescr_Type,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_GetSlice, PyTuple_Pack } from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC, Py_TPFLAGS_METHOD_DESCRIPTOR } from '../object/type_layout.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { qualnameOf, fullyQualifiedName } from './type.js';

const s_getattr = ID('getattr');

const ownerOf = (d: Obj): Obj => H32[(d + d_type) >> 2] as Obj;
const nameOf = (d: Obj): string => asString(H32[(d + d_name) >> 2] as Obj);

/** Whether the descriptor applies to `o`: true, or false with TypeError. */
function applies(d: Obj, o: Obj): boolean {
  const type = Py_TYPE(o);
  if (type === ownerOf(d) || PyType_IsSubtype(type, ownerOf(d))) return true;
  wrongSelf(d, o);
  return false;
}

const repr = (kind: string) => (d: Obj) =>
  PyUnicode_FromString(`<${kind} '${nameOf(d)}' of '${nameOfType(ownerOf(d))}' objects>`);

function get_qualname(d: Obj): Obj {
  return descrQualname(d, qualnameOf);
}

function descr_reduce(d: Obj): Obj {
  const builtins = port.importModule('builtins');
  if (builtins === 0) return NULL;
  const getattr = PyObject_GetAttr(builtins, idObj(s_getattr));
  decref(builtins);
  const args = getattr === 0 ? NULL : PyTuple_Pack(ownerOf(d), H32[(d + d_name) >> 2] as Obj);
  const r = args === 0 ? NULL : PyTuple_Pack(getattr, args);
  xdecref(getattr);
  xdecref(args);
  return r;
}

const text = (s: string | null): Obj => (s === null ? newref(Py_None) : PyUnicode_FromString(s));
const commonMembers = [member('__objclass__', 'object', d_type), member('__name__', 'object', d_name)];
const qualname = getset('__qualname__', get_qualname);

// --- methods ------------------------------------------------------------------------------------------------------------------

const defOf = (d: Obj) => methodDefs[H32[(H32[(d + d_method) >> 2] + ML_DEF) >> 2]];

function method_get(d: Obj, o: Obj): Obj {
  if (o === 0) return newref(d);
  return applies(d, o) ? PyCFunction_NewEx(H32[(d + d_method) >> 2], o, NULL) : NULL;
}

const methodGetset = [
  getset('__doc__', (d: Obj) => text(defOf(d).doc)),
  qualname,
  getset('__text_signature__', (d: Obj) => text(defOf(d).signature?.text ?? null)),
];

defineType({
  type: PyMethodDescr_Type,
  name: 'method_descriptor',
  layout: MethodDescr,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_METHOD_DESCRIPTOR,
  vectorcallOffset: methoddescr_vc,
  slots: { tp_repr: repr('method'), tp_call: PyVectorcall_Call, tp_descr_get: method_get },
  methods: [method('__reduce__', '($self, /)', descr_reduce)],
  members: commonMembers,
  getset: methodGetset,
});

function classmethod_get(d: Obj, o: Obj, type: Obj): Obj {
  if (type === 0) {
    if (o !== 0) type = Py_TYPE(o);
    else
      return PyErr_SetString(
        PyExc_TypeError,
        `descriptor '${nameOf(d)}' for type '${nameOfType(ownerOf(d))}' needs either an object or a type`,
      );
  }
  if (!PyType_Check(type)) {
    return PyErr_SetString(
      PyExc_TypeError,
      `descriptor '${nameOf(d)}' for type '${nameOfType(ownerOf(d))}' needs a type, not a '${typeName(type)}' as arg 2`,
    );
  }
  if (!PyType_IsSubtype(type, ownerOf(d))) {
    return PyErr_SetString(
      PyExc_TypeError,
      `descriptor '${nameOf(d)}' requires a subtype of '${nameOfType(ownerOf(d))}' but received '${nameOfType(type)}'`,
    );
  }
  return PyCFunction_NewEx(H32[(d + d_method) >> 2], type, NULL);
}

function classmethod_call(d: Obj, args: Obj, kwargs: Obj): Obj {
  const n = PyTuple_GET_SIZE(args);
  if (n < 1)
    return PyErr_SetString(
      PyExc_TypeError,
      `descriptor '${nameOf(d)}' of '${nameOfType(ownerOf(d))}' object needs an argument`,
    );
  const bound = classmethod_get(d, NULL, PyTuple_GET_ITEM(args, 0));
  if (bound === 0) return NULL;
  const rest = PyTuple_GetSlice(args, 1, n);
  const r = rest === 0 ? NULL : PyVectorcall_Call(bound, rest, kwargs);
  xdecref(rest);
  decref(bound);
  return r;
}

defineType({
  type: PyClassMethodDescr_Type,
  name: 'classmethod_descriptor',
  layout: MethodDescr,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_repr: repr('method'), tp_call: classmethod_call, tp_descr_get: classmethod_get },
  methods: [method('__reduce__', '($self, /)', descr_reduce)],
  members: commonMembers,
  getset: methodGetset,
});

// --- members ------------------------------------------------------------------------------------------------------------------

/** The value of a declared field: a new reference, or NULL. */
function readMember(o: Obj, def: MemberDef): Obj {
  const at = o + def.offset;
  switch (def.kind) {
    case 'object':
    case 'object_ex': {
      const v = H32[at >> 2] as Obj;
      if (v !== 0) return newref(v);
      if (def.kind === 'object') return newref(Py_None);
      PyErr_SetString(
        PyExc_AttributeError,
        `'${fullyQualifiedName(Py_TYPE(o), true)}' object has no attribute '${def.name}'`,
      );
      return NULL;
    }
    case 'uint':
      return PyLong_FromLong(H32[at >> 2] >>> 0);
    case 'bool':
      return PyBool_FromLong(H32[at >> 2] !== 0);
    case 'double':
      return PyFloat_FromDouble(HF64[at >> 3]);
    case 'byte':
      return PyLong_FromLong(H8[at]);
    default:
      return PyLong_FromLong(H32[at >> 2]);
  }
}

function writeMember(o: Obj, def: MemberDef, value: Obj): number {
  if (def.readonly) return errMinus1(PyExc_AttributeError, 'readonly attribute');
  const at = o + def.offset;
  if (def.kind === 'object' || def.kind === 'object_ex') {
    const old = H32[at >> 2] as Obj;
    if (value === 0 && old === 0 && def.kind === 'object_ex') return errMinus1(PyExc_AttributeError, def.name);
    H32[at >> 2] = value === 0 ? 0 : newref(value);
    xdecref(old);
    return 0;
  }
  if (value === 0) return errMinus1(PyExc_TypeError, "can't delete numeric/char attribute");
  if (def.kind === 'bool') {
    if (value !== Py_True && value !== Py_False) return errMinus1(PyExc_TypeError, 'attribute value type must be bool');
    H32[at >> 2] = value === Py_True ? 1 : 0;
    return 0;
  }
  if (def.kind === 'double') {
    const x = PyFloat_AsDouble(value);
    if (x === -1 && PyErr_Occurred() !== 0) return -1;
    HF64[at >> 3] = x;
    return 0;
  }
  const n = PyLong_AsLong(value);
  if (n === -1 && PyErr_Occurred() !== 0) return -1;
  if (def.kind === 'byte') H8[at] = n;
  else H32[at >> 2] = n;
  return 0;
}

function member_get(d: Obj, o: Obj): Obj {
  if (o === 0) return newref(d);
  return applies(d, o) ? readMember(o, memberOf(d)) : NULL;
}

function member_set(d: Obj, o: Obj, value: Obj): number {
  return applies(d, o) ? writeMember(o, memberOf(d), value) : -1;
}

defineType({
  type: PyMemberDescr_Type,
  name: 'member_descriptor',
  layout: MemberDescr,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_repr: repr('member'), tp_descr_get: member_get, tp_descr_set: member_set },
  methods: [method('__reduce__', '($self, /)', descr_reduce)],
  members: commonMembers,
  getset: [getset('__doc__', (d: Obj) => text(memberOf(d).doc)), qualname],
});

// --- computed attributes ------------------------------------------------------------------------------------------------------

function getset_get(d: Obj, o: Obj): Obj {
  if (o === 0) return newref(d);
  return applies(d, o) ? (F[getsetOf(d).get](o) as Obj) : NULL;
}

function getset_set(d: Obj, o: Obj, value: Obj): number {
  if (!applies(d, o)) return -1;
  const def = getsetOf(d);
  if (def.set !== 0) return F[def.set](o, value);
  return errMinus1(
    PyExc_AttributeError,
    `attribute '${nameOf(d)}' of '${nameOfType(ownerOf(d))}' objects is not writable`,
  );
}

defineType({
  type: PyGetSetDescr_Type,
  name: 'getset_descriptor',
  layout: GetSetDescr,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_repr: repr('attribute'), tp_descr_get: getset_get, tp_descr_set: getset_set },
  methods: [],
  members: commonMembers,
  getset: [getset('__doc__', (d: Obj) => text(getsetOf(d).doc)), qualname],
});

// --- slot wrappers ------------------------------------------------------------------------------------------------------------

const slotDefOf = (d: Obj): SlotDef => slotDefs[H32[(d + WrapperDescr.d_slotdef) >> 2]];

function rawCall(d: Obj, self: Obj, args: Obj, kwargs: Obj): Obj {
  const def = slotDefOf(d);
  return callWrapper(def.kind, H32[(d + WrapperDescr.d_wrapped) >> 2], self, args, kwargs, def.name);
}

function wrapper_call(d: Obj, args: Obj, kwargs: Obj): Obj {
  const n = PyTuple_GET_SIZE(args);
  if (n < 1)
    return PyErr_SetString(
      PyExc_TypeError,
      `descriptor '${nameOf(d)}' of '${nameOfType(ownerOf(d))}' object needs an argument`,
    );
  const self = PyTuple_GET_ITEM(args, 0);
  if (!PyType_IsSubtype(Py_TYPE(self), ownerOf(d))) {
    return PyErr_SetString(
      PyExc_TypeError,
      `descriptor '${nameOf(d)}' requires a '${nameOfType(ownerOf(d))}' object but received a '${typeName(self)}'`,
    );
  }
  const rest = PyTuple_GetSlice(args, 1, n);
  if (rest === 0) return NULL;
  const r = rawCall(d, self, rest, kwargs);
  decref(rest);
  return r;
}

const MethodWrapper = layout({ descr: ref, self: ref });

function wrapper_get(d: Obj, o: Obj): Obj {
  if (o === 0) return newref(d);
  if (!applies(d, o)) return NULL;
  const w = _PyObject_New(PyMethodWrapper_Type);
  if (w === 0) return NULL;
  H32[(w + MethodWrapper.descr) >> 2] = newref(d);
  H32[(w + MethodWrapper.self) >> 2] = newref(o);
  PyObject_GC_Track(w);
  return w;
}

defineType({
  type: PyWrapperDescr_Type,
  name: 'wrapper_descriptor',
  layout: WrapperDescr,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_METHOD_DESCRIPTOR,
  slots: { tp_repr: repr('slot wrapper'), tp_call: wrapper_call, tp_descr_get: wrapper_get },
  methods: [method('__reduce__', '($self, /)', descr_reduce)],
  members: commonMembers,
  getset: [
    getset('__doc__', (d: Obj) => text(slotDefOf(d).doc)),
    qualname,
    getset('__text_signature__', (d: Obj) => text(slotDefOf(d).signature)),
  ],
});

const wrapped = (w: Obj): Obj => H32[(w + MethodWrapper.descr) >> 2] as Obj;
const wrappedSelf = (w: Obj): Obj => H32[(w + MethodWrapper.self) >> 2] as Obj;

function methodWrapper_call(w: Obj, args: Obj, kwargs: Obj): Obj {
  return rawCall(wrapped(w), wrappedSelf(w), args, kwargs);
}

function methodWrapper_repr(w: Obj): Obj {
  const self = wrappedSelf(w);
  return PyUnicode_FromString(
    `<method-wrapper '${nameOf(wrapped(w))}' of ${typeName(self)} object at ${addressText(self)}>`,
  );
}

function methodWrapper_hash(w: Obj): number {
  const h = Py_HashPointer(wrappedSelf(w)) ^ Py_HashPointer(wrapped(w));
  return h === -1 ? -2 : h;
}

function methodWrapper_richcompare(a: Obj, b: Obj, op: number): Obj {
  if ((op !== Py_EQ && op !== Py_NE) || Py_TYPE(a) !== PyMethodWrapper_Type || Py_TYPE(b) !== PyMethodWrapper_Type)
    return newref(Py_NotImplemented);
  return PyBool_FromLong((wrapped(a) === wrapped(b) && wrappedSelf(a) === wrappedSelf(b)) === (op === Py_EQ));
}

function methodWrapper_reduce(w: Obj): Obj {
  const builtins = port.importModule('builtins');
  if (builtins === 0) return NULL;
  const getattr = PyObject_GetAttr(builtins, idObj(s_getattr));
  decref(builtins);
  const args = getattr === 0 ? NULL : PyTuple_Pack(wrappedSelf(w), H32[(wrapped(w) + d_name) >> 2] as Obj);
  const r = args === 0 ? NULL : PyTuple_Pack(getattr, args);
  xdecref(getattr);
  xdecref(args);
  return r;
}

defineType({
  type: PyMethodWrapper_Type,
  name: 'method-wrapper',
  layout: MethodWrapper,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: {
    tp_repr: methodWrapper_repr,
    tp_call: methodWrapper_call,
    tp_hash: methodWrapper_hash,
    tp_richcompare: methodWrapper_richcompare,
  },
  methods: [method('__reduce__', '($self, /)', methodWrapper_reduce)],
  members: [member('__self__', 'object', MethodWrapper.self)],
  getset: [
    getset('__objclass__', (w: Obj) => newref(ownerOf(wrapped(w)))),
    getset('__name__', (w: Obj) => PyUnicode_FromString(nameOf(wrapped(w)))),
    getset('__qualname__', (w: Obj) => descrQualname(wrapped(w), qualnameOf)),
    getset('__doc__', (w: Obj) => text(slotDefOf(wrapped(w)).doc)),
    getset('__text_signature__', (w: Obj) => text(slotDefOf(wrapped(w)).signature)),
  ],
});
