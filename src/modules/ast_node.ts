// What can every node of `ast` do?  Invariant: a node's fields and attributes are ordinary attributes in its dict; what fields there should be is
// asked of the class each time, for programs define classes of nodes and change `_fields`.

import { PyObject_Call } from '../object/call.js';
import { defineType, getset, method } from '../object/declare.js';
import {
  dictKey,
  dictValue,
  PyDict_Check,
  PyDict_Contains,
  PyDict_GetItemRef,
  PyDict_New,
  PyDict_Next,
  PyDict_SetItem,
  PyDict_Update,
} from '../object/dict.js';
import { errMinus1, nameOfType, PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyType_IsSubtype } from '../object/isinstance.js';
import { dictField, layout } from '../object/layout.js';
import { PyList_Check, PyList_New } from '../object/list.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import {
  PyObject_GenericGetDict,
  PyObject_GenericSetDict,
  PyObject_GetAttr,
  PyObject_GetOptionalAttr,
  PyObject_Repr,
  PyObject_SetAttr,
} from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import { PySequence_Contains, PySequence_GetItem, PySequence_List, PySequence_Size } from '../object/sequence.js';
import { PySet_Discard, PySet_GET_SIZE, PySet_New, set_update } from '../object/set.js';
import {
  Py_GenericAliasType,
  Py_None,
  PyExc_DeprecationWarning,
  PyExc_SystemError,
  PyExc_TypeError,
  PyUnion_Type,
} from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { ast_Type, classOf, s_field_types, singletonOf } from './ast_classes.js';
import { tupleOf, toPython as plain } from './values.js';

const Ast = layout({ dict: dictField });
const s_fields = ID('_fields');
const s_attributes = ID('_attributes');

const SOON_AN_ERROR = 'This will become an error in Python 3.15.';
const SOON_REMOVED = 'Support for arbitrary keyword arguments is deprecated and will be removed in Python 3.15.';
/** How deep repr() goes. */
const REPR_DEPTH = 3;

function deprecated(message: string): number {
  return port.warn(PyExc_DeprecationWarning, message, 1);
}

/** repr() of an object as text; null with an exception. */
function reprText(o: Obj): string | null {
  const r = PyObject_Repr(o);
  if (r === 0) return null;
  const text = asString(r);
  decref(r);
  return text;
}

// ---- Construction --------------------------------------------------------------------------------------------------------------

function ast_init(self: Obj, args: Obj, kwargs: Obj): number {
  const fields = PyObject_GetAttr(Py_TYPE(self), idObj(s_fields));
  if (fields === 0) return -1;
  const n = PySequence_Size(fields);
  const remaining = n < 0 ? NULL : PySet_New(fields);
  let r = remaining === 0 ? -1 : takePositional(self, args, fields, n, remaining);
  if (r === 0 && kwargs !== 0) r = takeKeywords(self, kwargs, fields, remaining);
  if (r === 0 && PySet_GET_SIZE(remaining) > 0) r = fillIn(self, fields, remaining);
  xdecref(remaining);
  decref(fields);
  return r;
}

function takePositional(self: Obj, args: Obj, fields: Obj, n: number, remaining: Obj): number {
  const nargs = PyTuple_GET_SIZE(args);
  if (nargs > n) {
    const plural = n === 1 ? '' : 's';
    return errMinus1(PyExc_TypeError, `${typeName(self)} constructor takes at most ${n} positional argument${plural}`);
  }
  for (let i = 0; i < nargs; i++) {
    const name = PySequence_GetItem(fields, i);
    if (name === 0) return -1;
    const ok = PyObject_SetAttr(self, name, PyTuple_GET_ITEM(args, i)) === 0 && PySet_Discard(remaining, name) >= 0;
    decref(name);
    if (!ok) return -1;
  }
  return 0;
}

function takeKeywords(self: Obj, kwargs: Obj, fields: Obj, remaining: Obj): number {
  let attributes: Obj = NULL;
  let r = 0;
  let pos = 0;
  while (r === 0 && (pos = PyDict_Next(kwargs, pos)) !== 0) {
    const key = newref(dictKey);
    const value = newref(dictValue);
    const isField = PySequence_Contains(fields, key);
    if (isField < 0) r = -1;
    else if (isField > 0) {
      const removed = PySet_Discard(remaining, key);
      if (removed < 0) r = -1;
      else if (removed === 0) {
        r = -1;
        const text = reprText(key);
        if (text !== null)
          PyErr_SetString(PyExc_TypeError, `${typeName(self)} got multiple values for argument ${text}`);
      }
    } else {
      if (attributes === 0) attributes = PyObject_GetAttr(Py_TYPE(self), idObj(s_attributes));
      const isAttribute = attributes === 0 ? -1 : PySequence_Contains(attributes, key);
      if (isAttribute < 0) r = -1;
      else if (isAttribute === 0) {
        const text = reprText(key);
        r =
          text === null
            ? -1
            : deprecated(`${typeName(self)}.__init__ got an unexpected keyword argument ${text}. ${SOON_REMOVED}`);
      }
    }
    if (r === 0) r = PyObject_SetAttr(self, key, value);
    decref(key);
    decref(value);
  }
  xdecref(attributes);
  return r;
}

/** Gives the fields that were not named what their types say: 0, or -1. */
function fillIn(self: Obj, fields: Obj, remaining: Obj): number {
  const types = PyObject_GetOptionalAttr(Py_TYPE(self), idObj(s_field_types));
  if (types === 0) return PyErr_Occurred() === 0 ? 0 : -1;
  const list = PyDict_Check(types)
    ? PySequence_List(fields)
    : PyErr_SetString(PyExc_SystemError, 'bad argument to internal function');
  let r = list === 0 ? -1 : 0;
  for (let i = 0; r === 0 && i < PySequence_Size(list); i++) {
    const name = PySequence_GetItem(list, i);
    const wanted = PySequence_Contains(remaining, name);
    r = wanted > 0 ? fillField(self, name, types) : wanted;
    decref(name);
  }
  xdecref(list);
  decref(types);
  return r;
}

function fillField(self: Obj, name: Obj, types: Obj): number {
  const t = PyDict_GetItemRef(types, name);
  if (t === 0) {
    const text = PyErr_Occurred() === 0 ? reprText(name) : null;
    return text === null
      ? -1
      : deprecated(`Field ${text} is missing from ${typeName(self)}._field_types. ${SOON_AN_ERROR}`);
  }
  const type = Py_TYPE(t);
  decref(t);
  // An optional field has its None in the class.
  if (type === PyUnion_Type) return 0;
  let value: Obj;
  if (type === Py_GenericAliasType) value = PyList_New(0);
  else if (t === classOf('expr_context')) value = newref(singletonOf('Load'));
  else {
    const text = reprText(name);
    return text === null
      ? -1
      : deprecated(`${typeName(self)}.__init__ missing 1 required positional argument: ${text}. ${SOON_AN_ERROR}`);
  }
  if (value === 0) return -1;
  const r = PyObject_SetAttr(self, name, value);
  decref(value);
  return r;
}

// ---- copy.replace() ------------------------------------------------------------------------------------------------------------

/** What `_fields` and `_attributes` name, as a new set; NULL with an exception. */
function namesOf(self: Obj): Obj {
  const type = Py_TYPE(self);
  const names = PySet_New(NULL);
  for (const id of [s_fields, s_attributes]) {
    const some = names === 0 ? NULL : PyObject_GetOptionalAttr(type, idObj(id));
    const ok = some === 0 ? names !== 0 && PyErr_Occurred() === 0 : set_update(names, some) === 0;
    xdecref(some);
    if (!ok) {
      xdecref(names);
      return NULL;
    }
  }
  return names;
}

/** Takes from `names` what the class attribute `id` (a sequence) lists: 0, or -1. */
function discardAll(names: Obj, listed: Obj): number {
  const list = PySequence_List(listed);
  if (list === 0) return -1;
  let r = 0;
  for (let i = 0; r >= 0 && i < PySequence_Size(list); i++) {
    const name = PySequence_GetItem(list, i);
    r = PySet_Discard(names, name);
    decref(name);
  }
  decref(list);
  return r < 0 ? -1 : 0;
}

/** Whether the changes name only what a node of this class has, and what would still be missing has a default: 0, or -1 with TypeError. */
function checkReplace(self: Obj, dict: Obj, changes: Obj): number {
  const expecting = namesOf(self);
  if (expecting === 0) return -1;
  let r = 0;
  let pos = 0;
  while (r === 0 && changes !== 0 && (pos = PyDict_Next(changes, pos)) !== 0) {
    const key = newref(dictKey);
    const found = PySet_Discard(expecting, key);
    if (found <= 0) r = -1;
    const text = found === 0 ? reprText(key) : null;
    if (text !== null) {
      PyErr_SetString(PyExc_TypeError, `${typeName(self)}.__replace__ got an unexpected keyword argument ${text}.`);
    }
    decref(key);
  }
  if (r === 0 && dict !== 0) r = discardAll(expecting, dict);
  if (r === 0) r = discardOptional(self, expecting);
  if (r === 0 && PySet_GET_SIZE(expecting) > 0) {
    const names = port.sortedNames(expecting);
    if (names !== null) {
      const n = names.length;
      const list = names.map((name) => `'${name}'`).join(', ');
      PyErr_SetString(
        PyExc_TypeError,
        `${typeName(self)}.__replace__ missing ${n} keyword argument${n === 1 ? '' : 's'}: ${list}.`,
      );
    }
    r = -1;
  }
  decref(expecting);
  return r;
}

/** Takes from `names` the optional fields and the attributes: 0, or -1. */
function discardOptional(self: Obj, names: Obj): number {
  const attributes = PyObject_GetOptionalAttr(Py_TYPE(self), idObj(s_attributes));
  if (attributes === 0 && PyErr_Occurred() !== 0) return -1;
  let r = attributes === 0 ? 0 : discardAll(names, attributes);
  xdecref(attributes);
  const types = r < 0 ? NULL : PyObject_GetOptionalAttr(Py_TYPE(self), idObj(s_field_types));
  if (types === 0) return r < 0 || PyErr_Occurred() !== 0 ? -1 : 0;
  let pos = 0;
  while (r >= 0 && PyDict_Check(types) && (pos = PyDict_Next(types, pos)) !== 0) {
    if (Py_TYPE(dictValue) === PyUnion_Type) r = PySet_Discard(names, dictKey);
  }
  decref(types);
  return r < 0 ? -1 : 0;
}

function ast_replace(self: Obj, changes: Obj): Obj {
  const dict = PyObject_GenericGetDict(self);
  if (dict === 0) return NULL;
  const names = checkReplace(self, dict, changes) < 0 ? NULL : namesOf(self);
  const payload = names === 0 ? NULL : PyDict_New();
  let ok = payload !== 0;
  let pos = 0;
  while (ok && (pos = PyDict_Next(dict, pos)) !== 0) {
    const key = dictKey;
    const value = dictValue;
    const wanted = PySequence_Contains(names, key);
    ok = wanted === 0 || (wanted > 0 && PyDict_SetItem(payload, key, value) === 0);
  }
  if (ok && changes !== 0) ok = PyDict_Update(payload, changes) === 0;
  const empty = ok ? PyTuple_New(0) : NULL;
  const copy = empty === 0 ? NULL : PyObject_Call(Py_TYPE(self), empty, payload);
  for (const o of [dict, names, payload, empty]) xdecref(o);
  return copy;
}

// ---- pickle ----------------------------------------------------------------------------------------------------------------------

/** How many of the first fields the dict has: these are given to the class when a copy is made (as None), lest it warn. */
function leadingFields(self: Obj, dict: Obj): number {
  const fields = PyObject_GetOptionalAttr(Py_TYPE(self), idObj(s_fields));
  if (fields === 0) return PyErr_Occurred() === 0 ? 0 : -1;
  const n = PySequence_Size(fields);
  let count = n < 0 ? -1 : 0;
  let there = 1;
  for (let i = 0; there > 0 && i < n; i++) {
    const name = PySequence_GetItem(fields, i);
    there = name === 0 ? -1 : PyDict_Contains(dict, name);
    xdecref(name);
    if (there > 0) count++;
  }
  decref(fields);
  return there < 0 ? -1 : count;
}

function ast_reduce(self: Obj): Obj {
  const dict = PyObject_GenericGetDict(self);
  if (dict === 0) return NULL;
  const n = leadingFields(self, dict);
  const args = n < 0 ? NULL : PyTuple_New(n);
  if (args === 0) {
    decref(dict);
    return NULL;
  }
  for (let i = 0; i < n; i++) PyTuple_SET_ITEM(args, i, newref(Py_None));
  return tupleOf([newref(Py_TYPE(self)), args, dict]);
}

// ---- repr() ----------------------------------------------------------------------------------------------------------------------

/** The text of a node to that depth; null with an exception. */
function nodeText(self: Obj, depth: number): string | null {
  const name = nameOfType(Py_TYPE(self));
  if (depth <= 0) return `${name}(...)`;
  if (Py_ReprEnter(self) !== 0) return `${name}(...)`;
  const fields = PyObject_GetAttr(Py_TYPE(self), idObj(s_fields));
  const inside = fields === 0 ? null : fieldsText(self, fields, depth);
  xdecref(fields);
  Py_ReprLeave(self);
  return inside === null ? null : `${name}(${inside})`;
}

function fieldsText(self: Obj, fields: Obj, depth: number): string | null {
  const n = PySequence_Size(fields);
  if (n < 0) return null;
  const parts: string[] = [];
  for (let i = 0; i < n; i++) {
    const name = PySequence_GetItem(fields, i);
    if (name === 0) return null;
    const value = PyObject_GetAttr(self, name);
    let text: string | null = null;
    if (value !== 0) {
      text = PyList_Check(value) || PyTuple_Check(value) ? listText(value, depth) : valueText(value, depth);
      decref(value);
    }
    if (text !== null) parts.push(`${asString(name)}=${text}`);
    decref(name);
    if (text === null) return null;
  }
  return parts.join(', ');
}

function valueText(value: Obj, depth: number): string | null {
  return PyType_IsSubtype(Py_TYPE(value), ast_Type) ? nodeText(value, depth - 1) : reprText(value);
}

/** A list or tuple: its first and its last element. */
function listText(list: Obj, depth: number): string | null {
  const n = PySequence_Size(list);
  if (n < 0) return null;
  if (n === 0) return reprText(list);
  const [open, close] = PyList_Check(list) ? '[]' : '()';
  const parts: string[] = [];
  for (const i of n === 1 ? [0] : [0, n - 1]) {
    const item = PySequence_GetItem(list, i);
    const text = item === 0 ? null : valueText(item, depth);
    xdecref(item);
    if (text === null) return null;
    parts.push(text);
    if (i === 0 && n > 2) parts.push('...');
  }
  return `${open}${parts.join(', ')}${close}`;
}

function ast_repr(self: Obj): Obj {
  const text = nodeText(self, REPR_DEPTH);
  return text === null ? NULL : PyUnicode_FromString(text);
}

defineType({
  type: ast_Type,
  name: 'ast.AST',
  layout: Ast,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  mutable: true,
  slots: { tp_new: (type: Obj) => PyType_GenericAlloc(type, 0), tp_init: ast_init, tp_repr: ast_repr },
  methods: [
    method('__reduce__', '!($self, /)', ast_reduce),
    method(
      '__replace__',
      '($self, /, **fields)',
      ast_replace,
      'Return a copy of the AST node with new values for the specified fields.',
    ),
  ],
  getset: [getset('__dict__', PyObject_GenericGetDict, PyObject_GenericSetDict)],
  attributes: { _fields: () => plain([]), __match_args__: () => plain([]), _attributes: () => plain([]) },
});
