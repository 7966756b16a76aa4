// What is a read-only view of a mapping?  Invariant: a proxy is one reference to a mapping and forwards every reading operation to it; there is no
// way to the mapping itself (operators with a proxy on either side get the result of the underlying mapping's operation).

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { PyObject_CallMethodNoArgs, PyObject_CallMethodObjArgs } from '../object/call.js';
import { classMethod, defineType, method } from '../object/declare.js';
import { PyDict_CheckExact, PyDict_Contains } from '../object/dict.js';
import { PyErr_SetString, typeName } from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { HEAD_SIZE } from '../object/head.js';
import { decref, incref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_GetIter } from '../object/iter.js';
import { layout, ref } from '../object/layout.js';
import { Py_GenericAlias, PyMapping_Check, PyObject_GetItem, PyObject_Size } from '../object/mapping.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyNumber_Or } from '../object/number.js';
import { PyObject_Hash, PyObject_Repr, PyObject_RichCompare, PyObject_Str } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Contains } from '../object/sequence.js';
import { parseSignature } from '../object/signature.js';
import { PyDictProxy_Type, PyExc_TypeError, PyList_Type, PyTuple_Type } from '../object/statics.js';
import { Py_TPFLAGS_HAVE_GC, Py_TPFLAGS_MAPPING } from '../object/type_layout.js';
import { UnicodeWriter } from '../object/unicode.js';
import { setDictProxy } from './type.js';

const s_get = ID('get');
const s_keys = ID('keys');
const s_values = ID('values');
const s_items = ID('items');
const s_copy = ID('copy');
const s_reversed = ID('__reversed__');

const Proxy = layout({ mapping: ref });
const px_mapping = HEAD_SIZE;
const SIG = parseSignature('mappingproxy', '(mapping)');

/** The mapping behind a proxy, borrowed. */
export function proxyMapping(px: Obj): Obj {
  return H32[(px + px_mapping) >> 2] as Obj;
}

/** A new proxy of `mapping` (borrowed); NULL with TypeError if it is none (PyDictProxy_New). */
export function PyDictProxy_New(mapping: Obj): Obj {
  const t = Py_TYPE(mapping);
  if (!PyMapping_Check(mapping) || t === PyList_Type || t === PyTuple_Type) {
    return PyErr_SetString(PyExc_TypeError, `mappingproxy() argument must be a mapping, not ${typeName(mapping)}`);
  }
  const px = _PyObject_New(PyDictProxy_Type);
  if (px === 0) return NULL;
  incref(mapping);
  H32[(px + px_mapping) >> 2] = mapping;
  PyObject_GC_Track(px);
  return px;
}

setDictProxy(PyDictProxy_New);

function proxy_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  return bindTuple(SIG, args, kwargs) ? PyDictProxy_New(bound[0] as Obj) : NULL;
}

function proxy_repr(px: Obj): Obj {
  const r = PyObject_Repr(proxyMapping(px));
  if (r === 0) return NULL;
  const w = new UnicodeWriter();
  const ok = w.ascii('mappingproxy(') === 0 && w.str(r) === 0 && w.ascii(')') === 0;
  decref(r);
  return ok ? w.finish() : w.fail();
}

function unwrapped(o: Obj): Obj {
  return Py_TYPE(o) === PyDictProxy_Type ? proxyMapping(o) : o;
}

function proxy_contains(px: Obj, key: Obj): number {
  const m = proxyMapping(px);
  return PyDict_CheckExact(m) ? PyDict_Contains(m, key) : PySequence_Contains(m, key);
}

defineType({
  type: PyDictProxy_Type,
  name: 'mappingproxy',
  layout: Proxy,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_MAPPING,
  doc: 'Read-only proxy of a mapping.',
  signature: '(mapping)',
  slots: {
    tp_new: proxy_new,
    tp_repr: proxy_repr,
    tp_str: (px: Obj) => PyObject_Str(proxyMapping(px)),
    tp_hash: (px: Obj) => PyObject_Hash(proxyMapping(px)),
    tp_richcompare: (v: Obj, w: Obj, op: number) => PyObject_RichCompare(proxyMapping(v), w, op),
    tp_iter: (px: Obj) => PyObject_GetIter(proxyMapping(px)),
    nb_or: (a: Obj, b: Obj) => PyNumber_Or(unwrapped(a), unwrapped(b)),
    nb_inplace_or: (px: Obj) =>
      PyErr_SetString(PyExc_TypeError, `'|=' is not supported by ${typeName(px)}; use '|' instead`),
    sq_contains: proxy_contains,
    mp_length: (px: Obj) => PyObject_Size(proxyMapping(px)),
    mp_subscript: (px: Obj, key: Obj) => PyObject_GetItem(proxyMapping(px), key),
  },
  methods: [
    method(
      'get',
      '($self, key, default=None, /)',
      (px: Obj, key: Obj, dflt: Obj) => PyObject_CallMethodObjArgs(proxyMapping(px), idObj(s_get), key, dflt),
      'Return the value for key if key is in the mapping, else default.',
    ),
    method(
      'keys',
      '($self, /)',
      (px: Obj) => PyObject_CallMethodNoArgs(proxyMapping(px), idObj(s_keys)),
      "a set-like object providing a view on D's keys",
    ),
    method(
      'values',
      '($self, /)',
      (px: Obj) => PyObject_CallMethodNoArgs(proxyMapping(px), idObj(s_values)),
      "an object providing a view on D's values",
    ),
    method(
      'items',
      '($self, /)',
      (px: Obj) => PyObject_CallMethodNoArgs(proxyMapping(px), idObj(s_items)),
      "a set-like object providing a view on D's items",
    ),
    method(
      'copy',
      '($self, /)',
      (px: Obj) => PyObject_CallMethodNoArgs(proxyMapping(px), idObj(s_copy)),
      'a shallow copy of D',
    ),
    classMethod('__class_getitem__', '($type, object, /)', Py_GenericAlias, 'See PEP 585'),
    method(
      '__reversed__',
      '($self, /)',
      (px: Obj) => PyObject_CallMethodNoArgs(proxyMapping(px), idObj(s_reversed)),
      'D.__reversed__() -> reverse iterator',
    ),
  ],
});
