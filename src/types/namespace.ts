// What is types.SimpleNamespace?  Invariant: an object whose attributes are its dictionary, which is there from the start.

import { H32 } from '../memory/linear.js';
import { PyObject_CallNoArgs, PyObject_CallOneArg } from '../object/call.js';
import { defineType, fastcall, member, method } from '../object/declare.js';
import { checkPositional } from '../object/bind.js';
import {
  dictKey,
  dictValue,
  PyDict_CheckExact,
  PyDict_New,
  PyDict_Next,
  PyDict_SetItem,
  PyDict_Update,
} from '../object/dict.js';
import { nameOfType, PyErr_SetString, typeName } from '../object/errors.js';
import { HEAD_SIZE } from '../object/head.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { PyObject_TypeCheck } from '../object/isinstance.js';
import { dictField, layout } from '../object/layout.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyObject_RichCompare } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import {
  emptyTuple,
  Py_NotImplemented,
  PyDict_Type,
  PyExc_TypeError,
  PySimpleNamespace_Type,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { PyUnicode_Check, PyUnicode_FromString, PyUnicode_GET_LENGTH, UnicodeWriter } from '../object/unicode.js';
import { writeRepr } from './dict.js';

const Namespace = layout({ ns_dict: dictField });
const ns_dict = HEAD_SIZE;

/** The dictionary of a namespace, borrowed. */
function dictOf(ns: Obj): Obj {
  return H32[(ns + ns_dict) >> 2] as Obj;
}

function namespace_new(type: Obj): Obj {
  const ns = PyType_GenericAlloc(type, 0);
  if (ns === 0) return NULL;
  const dict = PyDict_New();
  if (dict === 0) {
    decref(ns);
    return NULL;
  }
  H32[(ns + ns_dict) >> 2] = dict;
  return ns;
}

/** A new SimpleNamespace with the items of a dict (borrowed, or NULL) as attributes; NULL with an exception. */
export function _PyNamespace_New(kwds: Obj): Obj {
  const ns = namespace_new(PySimpleNamespace_Type);
  if (ns !== 0 && kwds !== 0 && PyDict_Update(dictOf(ns), kwds) < 0) {
    decref(ns);
    return NULL;
  }
  return ns;
}

function checkKeywords(dict: Obj): boolean {
  for (let pos = 0; (pos = PyDict_Next(dict, pos)) !== 0; ) {
    if (!PyUnicode_Check(dictKey)) {
      PyErr_SetString(PyExc_TypeError, 'keywords must be strings');
      return false;
    }
  }
  return true;
}

function updateChecked(ns: Obj, dict: Obj): number {
  return checkKeywords(dict) ? PyDict_Update(dictOf(ns), dict) : -1;
}

function namespace_init(ns: Obj, args: Obj, kwargs: Obj): number {
  if (!checkPositional(nameOfType(Py_TYPE(ns)).replace(/^.*\./, ''), PyTuple_GET_SIZE(args), 0, 1)) return -1;
  if (PyTuple_GET_SIZE(args) === 1) {
    const arg = PyTuple_GET_ITEM(args, 0);
    const dict = PyDict_CheckExact(arg) ? newref(arg) : PyObject_CallOneArg(PyDict_Type, arg);
    const r = dict === 0 ? -1 : updateChecked(ns, dict);
    xdecref(dict);
    if (r < 0) return -1;
  }
  return kwargs === 0 ? 0 : updateChecked(ns, kwargs);
}

function namespace_repr(ns: Obj): Obj {
  const name = Py_TYPE(ns) === PySimpleNamespace_Type ? 'namespace' : typeName(ns);
  if (Py_ReprEnter(ns) !== 0) return PyUnicode_FromString(`${name}(...)`);
  const dict = newref(dictOf(ns));
  const w = new UnicodeWriter();
  let ok = w.text(`${name}(`) === 0;
  let first = true;
  for (let pos = 0; ok && (pos = PyDict_Next(dict, pos)) !== 0; ) {
    if (!PyUnicode_Check(dictKey) || PyUnicode_GET_LENGTH(dictKey) === 0) continue;
    const key = newref(dictKey);
    const value = newref(dictValue);
    ok = (first || w.ascii(', ') === 0) && w.str(key) === 0 && w.ascii('=') === 0 && writeRepr(w, value);
    first = false;
    decref(key);
    decref(value);
  }
  decref(dict);
  Py_ReprLeave(ns);
  return ok && w.ascii(')') === 0 ? w.finish() : w.fail();
}

function namespace_richcompare(a: Obj, b: Obj, op: number): Obj {
  if (!PyObject_TypeCheck(a, PySimpleNamespace_Type) || !PyObject_TypeCheck(b, PySimpleNamespace_Type))
    return newref(Py_NotImplemented);
  return PyObject_RichCompare(dictOf(a), dictOf(b), op);
}

/** (type, (), dict) */
function namespace_reduce(ns: Obj): Obj {
  return PyTuple_Pack(Py_TYPE(ns), emptyTuple, dictOf(ns));
}

function namespace_replace(ns: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (nargs !== 0) return PyErr_SetString(PyExc_TypeError, '__replace__() takes no positional arguments');
  const result = PyObject_CallNoArgs(Py_TYPE(ns));
  if (result === 0) return NULL;
  let r = 0;
  if (!PyObject_TypeCheck(result, PySimpleNamespace_Type)) {
    const cls = nameOfType(Py_TYPE(ns));
    PyErr_SetString(
      PyExc_TypeError,
      `expect ${nameOfType(PySimpleNamespace_Type)} type, but ${cls}() returned '${typeName(result)}' object`,
    );
    r = -1;
  } else r = PyDict_Update(dictOf(result), dictOf(ns));
  const n = kwnames === 0 ? 0 : PyTuple_GET_SIZE(kwnames);
  for (let i = 0; r === 0 && i < n; i++)
    r = PyDict_SetItem(dictOf(result), PyTuple_GET_ITEM(kwnames, i), H32[(args >> 2) + i] as Obj);
  if (r === 0) return result;
  decref(result);
  return NULL;
}

defineType({
  type: PySimpleNamespace_Type,
  name: 'types.SimpleNamespace',
  layout: Namespace,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: 'A simple attribute-based namespace.',
  signature: '(mapping_or_iterable=(), /, **kwargs)',
  slots: {
    tp_new: namespace_new,
    tp_init: namespace_init,
    tp_repr: namespace_repr,
    tp_richcompare: namespace_richcompare,
  },
  methods: [
    method('__reduce__', '($self, /)', namespace_reduce, 'Return state information for pickling'),
    fastcall(
      '__replace__',
      '($self, /, **changes)',
      namespace_replace,
      'Return a copy of the namespace object with new values for the specified attributes.',
    ),
  ],
  members: [member('__dict__', 'object', ns_dict)],
});
