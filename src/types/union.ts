// What is int | str?  Invariant: a union (types.UnionType and typing.Union are one type since 3.14) has at least two members, none of them a union, no
// two equal: __args__ in the order given; the hashable members again as a frozenset, the others as a tuple, for comparing and hashing.

import { H32 } from '../memory/linear.js';
import { PyObject_CallFunctionObjArgs } from '../object/call.js';
import { classMethod, defineType, getset, member, method } from '../object/declare.js';
import { PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString, reprText } from '../object/errors.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyType_Check } from '../object/isinstance.js';
import { layout, ref, weaklistField } from '../object/layout.js';
import { PyList_Append, PyList_AsTuple, PyList_GET_SIZE, PyList_New } from '../object/list.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyNumber_Or } from '../object/number.js';
import {
  Py_EQ,
  Py_NE,
  PyObject_GenericGetAttr,
  PyObject_GetAttr,
  PyObject_Hash,
  PyObject_RichCompareBool,
} from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Contains } from '../object/sequence.js';
import { PyFrozenSet_New, PySet_New, set_add_entry, set_contains_entry } from '../object/set.js';
import {
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyExc_TypeError,
  PyNone_Type,
  PyTypeAlias_Type,
  PyUnion_Type,
} from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { Py_TPFLAGS_DISALLOW_INSTANTIATION, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { PyUnicode_FromString, UnicodeWriter } from '../object/unicode.js';
import { setUnionOr } from './type.js';
import {
  _Py_make_parameters,
  _Py_subs_parameters,
  _Py_typing_type_repr,
  _PyGenericAlias_Check,
} from './genericalias.js';

const s_type_check = ID('_type_check');

const Union = layout({
  args: ref,
  hashable_args: ref,
  unhashable_args: ref,
  parameters: ref,
  weakreflist: weaklistField,
});
const { args: u_args, hashable_args: u_hashable, unhashable_args: u_unhashable, parameters: u_parameters } = Union;

const field = (o: Obj, offset: number) => H32[(o + offset) >> 2] as Obj;

export function _PyUnion_Check(o: Obj): boolean {
  return Py_TYPE(o) === PyUnion_Type;
}

/** The members of a union, a borrowed tuple. */
export function _Py_union_args(u: Obj): Obj {
  return field(u, u_args);
}

// ---- making ----------------------------------------------------------------------------------------------------------------------

interface Builder {
  readonly args: Obj;
  readonly set: Obj;
  readonly unhashable: Obj;
  readonly checked: boolean;
}

/** Whether `|` makes a union of it. */
function isUnionable(o: Obj): boolean {
  return (
    o === Py_None || PyType_Check(o) || _PyGenericAlias_Check(o) || _PyUnion_Check(o) || Py_TYPE(o) === PyTypeAlias_Type
  );
}

function addUnchecked(b: Builder, arg: Obj): number {
  const hash = PyObject_Hash(arg);
  if (hash === -1) {
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) return -1;
    PyErr_Clear();
    const there = PySequence_Contains(b.unhashable, arg);
    if (there !== 0) return there < 0 ? -1 : 0;
    if (PyList_Append(b.unhashable, arg) < 0) return -1;
  } else {
    const there = set_contains_entry(b.set, arg, hash);
    if (there !== 0) return there < 0 ? -1 : 0;
    if (set_add_entry(b.set, arg, hash) < 0) return -1;
  }
  return PyList_Append(b.args, arg);
}

/** typing._type_check(arg, message) for what is not plainly a type: a new reference, or NULL. */
function typeCheck(arg: Obj, message: string): Obj {
  if (arg === Py_None) return newref(PyNone_Type);
  if (isUnionable(arg)) return newref(arg);
  const typing = port.importModule('typing');
  if (typing === 0) return NULL;
  const check = PyObject_GetAttr(typing, idObj(s_type_check));
  decref(typing);
  const text = check === 0 ? NULL : PyUnicode_FromString(message);
  const r = text === 0 ? NULL : PyObject_CallFunctionObjArgs(check, arg, text);
  xdecref(check);
  xdecref(text);
  return r;
}

function addTuple(b: Builder, args: Obj): number {
  const n = PyTuple_GET_SIZE(args);
  for (let i = 0; i < n; i++) if (addOne(b, PyTuple_GET_ITEM(args, i)) < 0) return -1;
  return 0;
}

function addOne(b: Builder, arg: Obj): number {
  if (arg === Py_None) arg = PyNone_Type;
  else if (_PyUnion_Check(arg)) return addTuple(b, field(arg, u_args));
  if (!b.checked) return addUnchecked(b, arg);
  const type = typeCheck(arg, 'Union[arg, ...]: each arg must be a type.');
  if (type === 0) return -1;
  const r = addUnchecked(b, type);
  decref(type);
  return r;
}

/** The union of what `add` puts into the builder: a new reference (the member itself if it is one only), or NULL. */
function makeUnion(checked: boolean, add: (b: Builder) => number): Obj {
  const b: Builder = { args: PyList_New(0), set: PySet_New(NULL), unhashable: PyList_New(0), checked };
  let result: Obj = NULL;
  if (b.args !== 0 && b.set !== 0 && b.unhashable !== 0 && add(b) === 0) result = finish(b);
  xdecref(b.args);
  xdecref(b.set);
  xdecref(b.unhashable);
  return result;
}

function finish(b: Builder): Obj {
  const n = PyList_GET_SIZE(b.args);
  if (n === 0) return PyErr_SetString(PyExc_TypeError, 'Cannot take a Union of no types.');
  const args = PyList_AsTuple(b.args);
  if (args === 0) return NULL;
  if (n === 1) {
    const only = newref(PyTuple_GET_ITEM(args, 0));
    decref(args);
    return only;
  }
  const u = PyType_GenericAlloc(PyUnion_Type, 0);
  if (u === 0) {
    decref(args);
    return NULL;
  }
  H32[(u + u_args) >> 2] = args;
  const hashable = PyFrozenSet_New(b.set);
  const unhashable = PyList_GET_SIZE(b.unhashable) === 0 ? NULL : PyList_AsTuple(b.unhashable);
  H32[(u + u_hashable) >> 2] = hashable;
  H32[(u + u_unhashable) >> 2] = unhashable;
  if (hashable === 0 || PyErr_Occurred() !== 0) {
    decref(u);
    return NULL;
  }
  return u;
}

/** self | other for types: a union, NotImplemented, or NULL (PEP 604). */
export function _Py_union_type_or(self: Obj, other: Obj): Obj {
  if (!isUnionable(self) || !isUnionable(other)) return newref(Py_NotImplemented);
  return makeUnion(false, (b) => (addOne(b, self) < 0 ? -1 : addOne(b, other)));
}

/** typing.Union[args]: members of `args` (a tuple, or one) that are no types are checked by typing: a new reference, or NULL. */
export function _Py_union_from_tuple(args: Obj): Obj {
  return makeUnion(true, (b) => (PyTuple_Check(args) ? addTuple(b, args) : addOne(b, args)));
}

// ---- behaviour -------------------------------------------------------------------------------------------------------------------

function union_hash(u: Obj): number {
  const unhashable = field(u, u_unhashable);
  if (unhashable !== 0) {
    const n = PyTuple_GET_SIZE(unhashable);
    for (let i = 0; i < n; i++) if (PyObject_Hash(PyTuple_GET_ITEM(unhashable, i)) === -1) return -1;
    // They were not hashable when the union was made.
    PyErr_SetString(PyExc_TypeError, `union contains ${n} unhashable element${n === 1 ? '' : 's'}`);
    return -1;
  }
  return PyObject_Hash(field(u, u_hashable));
}

/** Whether each of a tuple's items is in the other: 1, 0 or -1. */
function allIn(a: Obj, b: Obj): number {
  const n = PyTuple_GET_SIZE(a);
  for (let i = 0; i < n; i++) {
    const r = PySequence_Contains(b, PyTuple_GET_ITEM(a, i));
    if (r <= 0) return r;
  }
  return 1;
}

function equal(a: Obj, b: Obj): number {
  const eq = PyObject_RichCompareBool(field(a, u_hashable), field(b, u_hashable), Py_EQ);
  if (eq <= 0) return eq;
  const ua = field(a, u_unhashable);
  const ub = field(b, u_unhashable);
  if (ua === 0 || ub === 0) return ua === ub ? 1 : 0;
  if (PyTuple_GET_SIZE(ua) !== PyTuple_GET_SIZE(ub)) return 0;
  const r = allIn(ua, ub);
  return r <= 0 ? r : allIn(ub, ua);
}

function union_richcompare(a: Obj, b: Obj, op: number): Obj {
  if (!_PyUnion_Check(b) || (op !== Py_EQ && op !== Py_NE)) return newref(Py_NotImplemented);
  const eq = equal(a, b);
  if (eq < 0) return NULL;
  return newref((eq === 1) === (op === Py_EQ) ? Py_True : Py_False);
}

function union_repr(u: Obj): Obj {
  const args = field(u, u_args);
  const n = PyTuple_GET_SIZE(args);
  const w = new UnicodeWriter();
  let ok = true;
  for (let i = 0; ok && i < n; i++)
    ok = (i === 0 || w.ascii(' | ') === 0) && _Py_typing_type_repr(w, PyTuple_GET_ITEM(args, i));
  return ok ? w.finish() : w.fail();
}

/** The parameters, made on demand, borrowed; or NULL. */
function parametersOf(u: Obj): Obj {
  if (field(u, u_parameters) === 0) {
    const made = _Py_make_parameters(field(u, u_args));
    // Making them may have run code that made them too.
    if (field(u, u_parameters) === 0) H32[(u + u_parameters) >> 2] = made;
    else xdecref(made);
  }
  return field(u, u_parameters);
}

function union_parameters(u: Obj): Obj {
  const params = parametersOf(u);
  return params === 0 ? NULL : newref(params);
}

function union_getitem(u: Obj, item: Obj): Obj {
  const params = parametersOf(u);
  if (params === 0) return NULL;
  const args = _Py_subs_parameters(u, field(u, u_args), params, item);
  if (args === 0) return NULL;
  const n = PyTuple_GET_SIZE(args);
  let r: Obj = NULL;
  if (n === 0) PyErr_SetString(PyExc_TypeError, 'Cannot take a Union of no types.');
  else {
    r = PyTuple_GET_ITEM(args, 0);
    incref(r);
    for (let i = 1; r !== 0 && i < n; i++) {
      const next = PyNumber_Or(r, PyTuple_GET_ITEM(args, i));
      decref(r);
      r = next;
    }
  }
  decref(args);
  return r;
}

setUnionOr(_Py_union_type_or);

defineType({
  type: PyUnion_Type,
  name: 'typing.Union',
  layout: Union,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
  doc: 'Represent a union type\n\nE.g. for int | str',
  slots: {
    tp_repr: union_repr,
    tp_hash: union_hash,
    tp_getattro: PyObject_GenericGetAttr,
    tp_richcompare: union_richcompare,
    nb_or: _Py_union_type_or,
    mp_subscript: union_getitem,
  },
  methods: [
    method('__mro_entries__', '($self, object, /)', (u: Obj) =>
      PyErr_SetString(PyExc_TypeError, `Cannot subclass ${reprText(u)}`),
    ),
    classMethod(
      '__class_getitem__',
      '($type, object, /)',
      (_type: Obj, args: Obj) => _Py_union_from_tuple(args),
      'Create a union containing the given types',
    ),
  ],
  members: [member('__args__', 'object', u_args)],
  getset: [
    getset('__name__', () => PyUnicode_FromString('Union'), null, 'Name of the type'),
    getset('__qualname__', () => PyUnicode_FromString('Union'), null, 'Qualified name of the type'),
    getset('__origin__', () => newref(PyUnion_Type), null, 'Always returns the type'),
    getset('__parameters__', union_parameters, null, 'Type variables in the types.UnionType.'),
  ],
});
