// What is a built-in function?  Invariant: a built-in function is its definition, its self and its module; name, doc and signature come from the
// definition.

import { H32 } from '../memory/linear.js';
import { PyVectorcall_Call } from '../object/call.js';
import {
  defineType,
  getset,
  member,
  METH_STATIC,
  type MethodDef,
  method,
  methodDefs,
  ML_DEF,
} from '../object/declare.js';
import { CFunction, cfunction_vc, m_ml, m_module, m_class, m_self } from '../object/descr.js';
import { PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyType_Check } from '../object/isinstance.js';
import { addressText, Py_EQ, Py_HashPointer, Py_NE, PyBool_FromLong, PyObject_GetAttr } from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, Py_NotImplemented, PyCFunction_Type, PyExc_TypeError, PyModule_Type } from '../object/statics.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { PyTuple_Pack } from '../object/tuple.js';

const s_qualname = ID('__qualname__');
const s_getattr = ID('getattr');

/** The definition of a built-in function. */
export function defOf(f: Obj): MethodDef {
  return methodDefs[H32[(H32[(f + m_ml) >> 2] + ML_DEF) >> 2]];
}

/** What a built-in function belongs to: its self, or the class of a static method. */
const ownerOf = (f: Obj): Obj => H32[(f + (defOf(f).flags & METH_STATIC ? m_class : m_self)) >> 2] as Obj;

const selfOf = (f: Obj): Obj => (defOf(f).flags & METH_STATIC ? NULL : (H32[(f + m_self) >> 2] as Obj));

function get_name(f: Obj): Obj {
  return PyUnicode_FromString(defOf(f).name);
}

function get_qualname(f: Obj): Obj {
  const self = ownerOf(f);
  const name = defOf(f).name;
  if (self === 0 || Py_TYPE(self) === PyModule_Type) return PyUnicode_FromString(name);
  const q = PyObject_GetAttr(PyType_Check(self) ? self : Py_TYPE(self), idObj(s_qualname));
  if (q === 0) return NULL;
  if (!PyUnicode_Check(q)) {
    decref(q);
    return PyErr_SetString(PyExc_TypeError, '<method>.__class__.__qualname__ is not a unicode object');
  }
  const text = asString(q);
  decref(q);
  return PyUnicode_FromString(`${text}.${name}`);
}

function get_doc(f: Obj): Obj {
  const doc = defOf(f).doc;
  return doc === null ? newref(Py_None) : PyUnicode_FromString(doc);
}

function get_text_signature(f: Obj): Obj {
  const text = defOf(f).signature?.text ?? null;
  return text === null ? newref(Py_None) : PyUnicode_FromString(text);
}

function get_self(f: Obj): Obj {
  const self = selfOf(f);
  return newref(self === 0 ? Py_None : self);
}

function cfunction_repr(f: Obj): Obj {
  const self = ownerOf(f);
  const name = defOf(f).name;
  if (self === 0 || Py_TYPE(self) === PyModule_Type) return PyUnicode_FromString(`<built-in function ${name}>`);
  return PyUnicode_FromString(`<built-in method ${name} of ${typeName(self)} object at ${addressText(self)}>`);
}

function cfunction_hash(f: Obj): number {
  const h = Py_HashPointer(H32[(f + m_self) >> 2]) ^ Py_HashPointer(H32[(f + m_ml) >> 2]);
  return h === -1 ? -2 : h;
}

function cfunction_richcompare(a: Obj, b: Obj, op: number): Obj {
  if ((op !== Py_EQ && op !== Py_NE) || Py_TYPE(a) !== PyCFunction_Type || Py_TYPE(b) !== PyCFunction_Type)
    return newref(Py_NotImplemented);
  const eq = H32[(a + m_self) >> 2] === H32[(b + m_self) >> 2] && H32[(a + m_ml) >> 2] === H32[(b + m_ml) >> 2];
  return PyBool_FromLong(eq === (op === Py_EQ));
}

function cfunction_reduce(f: Obj): Obj {
  const self = ownerOf(f);
  if (self === 0 || Py_TYPE(self) === PyModule_Type) return get_name(f);
  const builtins = port.importModule('builtins');
  if (builtins === 0) return NULL;
  const getattr = PyObject_GetAttr(builtins, idObj(s_getattr));
  decref(builtins);
  const name = get_name(f);
  const args = getattr === 0 || name === 0 ? NULL : PyTuple_Pack(self, name);
  const r = args === 0 ? NULL : PyTuple_Pack(getattr, args);
  for (const o of [getattr, name, args]) if (o !== 0) decref(o);
  return r;
}

defineType({
  type: PyCFunction_Type,
  name: 'builtin_function_or_method',
  layout: CFunction,
  flags: Py_TPFLAGS_HAVE_GC,
  vectorcallOffset: cfunction_vc,
  slots: {
    tp_repr: cfunction_repr,
    tp_hash: cfunction_hash,
    tp_call: PyVectorcall_Call,
    tp_richcompare: cfunction_richcompare,
  },
  methods: [method('__reduce__', '($self, /)', cfunction_reduce)],
  members: [member('__module__', 'object', m_module, { writable: true })],
  getset: [
    getset('__doc__', get_doc),
    getset('__name__', get_name),
    getset('__qualname__', get_qualname),
    getset('__self__', get_self),
    getset('__text_signature__', get_text_signature),
  ],
});

port.isBoundNative = (f, o, ml) =>
  Py_TYPE(f) === PyCFunction_Type && H32[(f + m_self) >> 2] === o && H32[(f + m_ml) >> 2] === ml;
