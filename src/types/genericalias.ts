// What is list[int]?  Invariant: an alias is an origin, a tuple of arguments and, once asked for, the tuple of their type parameters (PEP 585, 646);
// attributes other than its own few are those of the origin.

import { H32 } from '../memory/linear.js';
import { checkPositional, noKwargs } from '../object/bind.js';
import { PyObject_Call, PyObject_CallFunctionObjArgs, PyObject_CallOneArg } from '../object/call.js';
import { defineType, getset, member, method } from '../object/declare.js';
import {
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  reprText,
  typeName,
} from '../object/errors.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_TypeCheck, PyType_Check } from '../object/isinstance.js';
import { getBuiltin } from '../object/iter_reduce.js';
import { i32, layout, ref, weaklistField } from '../object/layout.js';
import {
  PyList_Append,
  PyList_AsTuple,
  PyList_Check,
  PyList_GET_ITEM,
  PyList_GET_SIZE,
  PyList_GetItemRef,
  PyList_New,
  PyList_SetSlice,
} from '../object/list.js';
import { PyObject_GetItem, setGenericAlias } from '../object/mapping.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import {
  Py_EQ,
  Py_NE,
  PyObject_Dir,
  PyObject_GenericGetAttr,
  PyObject_GetAttr,
  PyObject_GetOptionalAttr,
  PyObject_Hash,
  PyObject_IsTrue,
  PyObject_Repr,
  PyObject_RichCompareBool,
  PyObject_SelfIter,
  PyObject_SetAttr,
  PyObject_Str,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Contains, PySequence_List, PySequence_Tuple } from '../object/sequence.js';
import {
  emptyTuple,
  Py_Ellipsis,
  Py_False,
  Py_GenericAliasIter_Type,
  Py_GenericAliasType,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyExc_AttributeError,
  PyExc_TypeError,
  PyNone_Type,
  PyTuple_Type,
} from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack, tupleSteal2 } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC, tp_iter } from '../object/type_layout.js';
import { asString, PyUnicode_Check, UnicodeWriter } from '../object/unicode.js';
import { _Py_union_type_or } from './union.js';

const s_origin = ID('__origin__');
const s_args = ID('__args__');
const s_parameters = ID('__parameters__');
const s_qualname = ID('__qualname__');
const s_module = ID('__module__');
const s_orig_class = ID('__orig_class__');
const s_typing_subst = ID('__typing_subst__');
const s_typing_prepare_subst = ID('__typing_prepare_subst__');
const s_typing_unpacked_tuple_args = ID('__typing_unpacked_tuple_args__');
const s_typing_is_unpacked_typevartuple = ID('__typing_is_unpacked_typevartuple__');
const s_next = ID('next');
const s_iter = ID('iter');

const Alias = layout({ origin: ref, args: ref, parameters: ref, weakreflist: weaklistField, starred: i32 });
const { origin: ga_origin, args: ga_args, parameters: ga_parameters, starred: ga_starred } = Alias;

/** Attributes that an alias answers itself. */
const OWN_ATTRIBUTES = [
  '__class__',
  '__origin__',
  '__args__',
  '__unpacked__',
  '__parameters__',
  '__typing_unpacked_tuple_args__',
  '__mro_entries__',
  '__reduce_ex__',
  '__reduce__',
];
/** Attributes of the origin that must not shine through. */
const BLOCKED_ATTRIBUTES = ['__bases__', '__copy__', '__deepcopy__'];
const ownSet = new Set([...OWN_ATTRIBUTES, ...BLOCKED_ATTRIBUTES]);
const ownIds = OWN_ATTRIBUTES.map(ID);

export function _PyGenericAlias_Check(o: Obj): boolean {
  return PyObject_TypeCheck(o, Py_GenericAliasType);
}

function aliasNew(type: Obj, origin: Obj, args: Obj, starred: boolean): Obj {
  const tuple = PyTuple_Check(args) ? newref(args) : PyTuple_Pack(args);
  if (tuple === 0) return NULL;
  const ga = PyType_GenericAlloc(type, 0);
  if (ga === 0) {
    decref(tuple);
    return NULL;
  }
  H32[(ga + ga_origin) >> 2] = newref(origin);
  H32[(ga + ga_args) >> 2] = tuple;
  H32[(ga + ga_starred) >> 2] = starred ? 1 : 0;
  return ga;
}

setGenericAlias((origin, args) => aliasNew(Py_GenericAliasType, origin, args, false));

const field = (o: Obj, offset: number) => H32[(o + offset) >> 2] as Obj;

// ---- repr ------------------------------------------------------------------------------------------------------------------------

/** 1 if `o` has the attribute, 0 if not, -1 with an exception. */
function has(o: Obj, name: number): number {
  const r = PyObject_GetOptionalAttr(o, idObj(name));
  if (r !== 0) {
    decref(r);
    return 1;
  }
  return PyErr_Occurred() !== 0 ? -1 : 0;
}

/** How a type is shown within an annotation: a new str, or NULL (_Py_typing_type_repr). */
function typeRepr(p: Obj): Obj {
  if (has(p, s_origin) > 0 && has(p, s_args) > 0) return PyObject_Repr(p);
  if (PyErr_Occurred() !== 0) return NULL;
  const qualname = PyObject_GetOptionalAttr(p, idObj(s_qualname));
  if (qualname === 0) return PyErr_Occurred() !== 0 ? NULL : PyObject_Repr(p);
  const module = PyObject_GetOptionalAttr(p, idObj(s_module));
  let r: Obj = NULL;
  if (module === 0 || module === Py_None) {
    if (PyErr_Occurred() === 0) r = PyObject_Repr(p);
  } else if (PyUnicode_Check(module) && asString(module) === 'builtins') r = PyObject_Str(qualname);
  else {
    const w = new UnicodeWriter();
    r = writeStr(w, module) && w.ascii('.') === 0 && writeStr(w, qualname) ? w.finish() : w.fail();
  }
  decref(qualname);
  xdecref(module);
  return r;
}

function writeStr(w: UnicodeWriter, o: Obj): boolean {
  const s = PyObject_Str(o);
  if (s === 0) return false;
  const ok = w.str(s) === 0;
  decref(s);
  return ok;
}

/** Appends how a type is shown within an annotation: false with an exception. */
export function _Py_typing_type_repr(w: UnicodeWriter, p: Obj): boolean {
  if (p === Py_Ellipsis) return w.ascii('...') === 0;
  if (p === PyNone_Type) return w.ascii('None') === 0;
  const r = typeRepr(p);
  if (r === 0) return false;
  const ok = w.str(r) === 0;
  decref(r);
  return ok;
}

function writeItems(w: UnicodeWriter, list: Obj): boolean {
  let ok = w.ascii('[') === 0;
  const n = PyList_GET_SIZE(list);
  for (let i = 0; ok && i < n; i++) {
    // A repr may have made the list shorter: that is an IndexError.
    const item = PyList_GetItemRef(list, i);
    if (item === 0) return false;
    ok = (i === 0 || w.ascii(', ') === 0) && _Py_typing_type_repr(w, item);
    decref(item);
  }
  return ok && w.ascii(']') === 0;
}

function ga_repr(ga: Obj): Obj {
  const args = field(ga, ga_args);
  const n = PyTuple_GET_SIZE(args);
  const w = new UnicodeWriter();
  let ok =
    (field(ga, ga_starred) === 0 || w.ascii('*') === 0) &&
    _Py_typing_type_repr(w, field(ga, ga_origin)) &&
    w.ascii('[') === 0;
  for (let i = 0; ok && i < n; i++) {
    const p = PyTuple_GET_ITEM(args, i);
    ok = (i === 0 || w.ascii(', ') === 0) && (PyList_Check(p) ? writeItems(w, p) : _Py_typing_type_repr(w, p));
  }
  if (ok && n === 0) ok = w.ascii('()') === 0;
  return ok && w.ascii(']') === 0 ? w.finish() : w.fail();
}

// ---- parameters ------------------------------------------------------------------------------------------------------------------

/** Appends `item` unless the list has it (by identity): 0 or -1. */
function addDistinct(list: Obj, item: Obj): number {
  for (let i = 0; i < PyList_GET_SIZE(list); i++) if (PyList_GET_ITEM(list, i) === item) return 0;
  return PyList_Append(list, item);
}

function collectParameters(into: Obj, args: Obj): number {
  const tuple = PySequence_Tuple(args);
  if (tuple === 0) return -1;
  let r = 0;
  for (let i = 0; r === 0 && i < PyTuple_GET_SIZE(tuple); i++) {
    const t = PyTuple_GET_ITEM(tuple, i);
    // Not the descriptor `__parameters__` of a class.
    if (PyType_Check(t)) continue;
    if (PyTuple_Check(t) || PyList_Check(t)) {
      r = collectParameters(into, t);
      continue;
    }
    const subst = has(t, s_typing_subst);
    if (subst !== 0) {
      r = subst < 0 ? -1 : addDistinct(into, t);
      continue;
    }
    const sub = PyObject_GetOptionalAttr(t, idObj(s_parameters));
    if (sub === 0) r = PyErr_Occurred() !== 0 ? -1 : 0;
    else {
      if (PyTuple_Check(sub))
        for (let j = 0; r === 0 && j < PyTuple_GET_SIZE(sub); j++) r = addDistinct(into, PyTuple_GET_ITEM(sub, j));
      decref(sub);
    }
  }
  decref(tuple);
  return r;
}

/** The type parameters in a tuple (or list) of arguments: a new tuple, or NULL. */
export function _Py_make_parameters(args: Obj): Obj {
  const list = PyList_New(0);
  if (list === 0) return NULL;
  const r = collectParameters(list, args) < 0 ? NULL : PyList_AsTuple(list);
  decref(list);
  return r;
}

function indexIn(tuple: Obj, item: Obj): number {
  const n = PyTuple_GET_SIZE(tuple);
  for (let i = 0; i < n; i++) if (PyTuple_GET_ITEM(tuple, i) === item) return i;
  return -1;
}

function extendWith(list: Obj, tuple: Obj): number {
  for (let i = 0; i < PyTuple_GET_SIZE(tuple); i++) if (PyList_Append(list, PyTuple_GET_ITEM(tuple, i)) < 0) return -1;
  return 0;
}

/** `obj` with its parameters replaced by subscription: a new reference, or NULL. */
function substituteIn(obj: Obj, params: Obj, items: Obj): Obj {
  const sub = PyObject_GetOptionalAttr(obj, idObj(s_parameters));
  if (sub === 0 && PyErr_Occurred() !== 0) return NULL;
  if (sub === 0 || !PyTuple_Check(sub) || PyTuple_GET_SIZE(sub) === 0) {
    xdecref(sub);
    return newref(obj);
  }
  const list = PyList_New(0);
  let r = list === 0 ? -1 : 0;
  for (let i = 0; r === 0 && i < PyTuple_GET_SIZE(sub); i++) {
    let arg = PyTuple_GET_ITEM(sub, i);
    const ip = indexIn(params, arg);
    if (ip >= 0) {
      const param = PyTuple_GET_ITEM(params, ip);
      arg = PyTuple_GET_ITEM(items, ip);
      if (H32[(Py_TYPE(param) + tp_iter) >> 2] !== 0 && PyTuple_Check(arg)) {
        r = extendWith(list, arg);
        continue;
      }
    }
    r = PyList_Append(list, arg);
  }
  decref(sub);
  const subargs = r < 0 ? NULL : PyList_AsTuple(list);
  xdecref(list);
  if (subargs === 0) return NULL;
  const result = PyObject_GetItem(obj, subargs);
  decref(subargs);
  return result;
}

/** Whether `arg` is an unpacked TypeVarTuple: 1, 0 or -1. */
function isUnpackedTypeVarTuple(arg: Obj): number {
  if (PyType_Check(arg)) return 0;
  const flag = PyObject_GetOptionalAttr(arg, idObj(s_typing_is_unpacked_typevartuple));
  if (flag === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  const r = PyObject_IsTrue(flag);
  decref(flag);
  return r;
}

/** The arguments of an unpacked tuple: a new reference; NULL if it is none (or with an exception). */
function unpackedTupleArgs(arg: Obj): Obj {
  if (_PyGenericAlias_Check(arg) && field(arg, ga_starred) !== 0 && field(arg, ga_origin) === PyTuple_Type)
    return newref(field(arg, ga_args));
  const r = PyObject_GetOptionalAttr(arg, idObj(s_typing_unpacked_tuple_args));
  if (r === Py_None) {
    decref(r);
    return NULL;
  }
  return r;
}

/** The items of a subscription as a new tuple, with `*tuple[int, str]` spread out; or NULL. */
function unpackItems(item: Obj): Obj {
  const list = PyList_New(0);
  const items = list === 0 ? NULL : PyTuple_Check(item) ? newref(item) : PyTuple_Pack(item);
  let r = items === 0 ? -1 : 0;
  for (let i = 0; r === 0 && i < PyTuple_GET_SIZE(items); i++) {
    const it = PyTuple_GET_ITEM(items, i);
    const sub = PyType_Check(it) ? NULL : unpackedTupleArgs(it);
    if (sub !== 0 && PyTuple_Check(sub)) {
      const n = PyTuple_GET_SIZE(sub);
      if (n === 0 || PyTuple_GET_ITEM(sub, n - 1) !== Py_Ellipsis) {
        r = PyList_SetSlice(list, 0x7fffffff, 0x7fffffff, sub);
        decref(sub);
        continue;
      }
    }
    xdecref(sub);
    r = PyErr_Occurred() !== 0 ? -1 : PyList_Append(list, it);
  }
  xdecref(items);
  const result = r < 0 ? NULL : PyList_AsTuple(list);
  xdecref(list);
  return result;
}

/**
 * The arguments `args` of `self` with `parameters` replaced by what `item` (of a subscription) gives: a new tuple, or NULL with an
 * exception (_Py_subs_parameters).
 */
export function _Py_subs_parameters(self: Obj, args: Obj, parameters: Obj, item: Obj): Obj {
  const nparams = PyTuple_GET_SIZE(parameters);
  if (nparams === 0) return PyErr_SetString(PyExc_TypeError, `${reprText(self)} is not a generic class`);
  let items = unpackItems(item);
  for (let i = 0; items !== 0 && i < nparams; i++) {
    const prepare = PyObject_GetOptionalAttr(PyTuple_GET_ITEM(parameters, i), idObj(s_typing_prepare_subst));
    if (prepare === 0) {
      if (PyErr_Occurred() !== 0) {
        decref(items);
        return NULL;
      }
      continue;
    }
    if (prepare !== Py_None) {
      const prepared = PyObject_CallFunctionObjArgs(prepare, self, items);
      decref(items);
      items = prepared;
      if (items !== 0 && !PyTuple_Check(items)) {
        const packed = PyTuple_Pack(items);
        decref(items);
        items = packed;
      }
    }
    decref(prepare);
  }
  if (items === 0) return NULL;
  const nitems = PyTuple_GET_SIZE(items);
  let result: Obj = NULL;
  if (nitems !== nparams) {
    PyErr_SetString(
      PyExc_TypeError,
      `Too ${nitems > nparams ? 'many' : 'few'} arguments for ${reprText(self)}; actual ${nitems}, expected ${nparams}`,
    );
  } else result = substituteAll(self, args, parameters, item, items);
  decref(items);
  return result;
}

function substituteAll(self: Obj, args: Obj, parameters: Obj, item: Obj, items: Obj): Obj {
  const tuple = PySequence_Tuple(args);
  const list = tuple === 0 ? NULL : PyList_New(0);
  let r = list === 0 ? -1 : 0;
  for (let i = 0; r === 0 && i < PyTuple_GET_SIZE(tuple); i++) {
    r = substituteOne(self, PyTuple_GET_ITEM(tuple, i), parameters, item, items, list);
  }
  xdecref(tuple);
  const result = r < 0 ? NULL : PyList_AsTuple(list);
  xdecref(list);
  return result;
}

/** Appends the substitute of one argument (or several): 0 or -1. */
function substituteOne(self: Obj, arg: Obj, parameters: Obj, item: Obj, items: Obj, into: Obj): number {
  if (PyType_Check(arg)) return PyList_Append(into, arg);
  if (PyTuple_Check(arg) || PyList_Check(arg)) {
    let sub = _Py_subs_parameters(self, arg, parameters, item);
    if (sub !== 0 && PyList_Check(arg)) {
      const list = PySequence_List(sub);
      decref(sub);
      sub = list;
    }
    if (sub === 0) return -1;
    const r = PyList_Append(into, sub);
    decref(sub);
    return r;
  }
  const unpack = isUnpackedTypeVarTuple(arg);
  if (unpack < 0) return -1;
  const subst = PyObject_GetOptionalAttr(arg, idObj(s_typing_subst));
  if (subst === 0 && PyErr_Occurred() !== 0) return -1;
  let value: Obj;
  if (subst !== 0) {
    // It may have become a parameter only after the parameters were found.
    const at = indexIn(parameters, arg);
    value =
      at < 0
        ? PyErr_SetString(
            PyExc_TypeError,
            `argument ${reprText(arg)} with __typing_subst__ was not found in __parameters__`,
          )
        : PyObject_CallOneArg(subst, PyTuple_GET_ITEM(items, at));
    decref(subst);
  } else value = substituteIn(arg, parameters, items);
  if (value === 0) return -1;
  let r: number;
  if (!unpack) r = PyList_Append(into, value);
  else if (PyTuple_Check(value)) r = extendWith(into, value);
  else {
    PyErr_SetString(
      PyExc_TypeError,
      `expected __typing_subst__ of ${typeName(arg)} objects to return a tuple, not ${typeName(value)}`,
    );
    r = -1;
  }
  decref(value);
  return r;
}

/** The parameters of an alias, made on demand, borrowed; or NULL. */
function parametersOf(ga: Obj): Obj {
  if (field(ga, ga_parameters) === 0) {
    const made = _Py_make_parameters(field(ga, ga_args));
    // Making them may have run code that made them too.
    if (field(ga, ga_parameters) === 0) H32[(ga + ga_parameters) >> 2] = made;
    else xdecref(made);
  }
  return field(ga, ga_parameters);
}

function ga_getitem(ga: Obj, item: Obj): Obj {
  const params = parametersOf(ga);
  if (params === 0) return NULL;
  const args = _Py_subs_parameters(ga, field(ga, ga_args), params, item);
  if (args === 0) return NULL;
  const r = aliasNew(Py_GenericAliasType, field(ga, ga_origin), args, field(ga, ga_starred) !== 0);
  decref(args);
  return r;
}

// ---- behaviour -------------------------------------------------------------------------------------------------------------------

function ga_hash(ga: Obj): number {
  const h0 = PyObject_Hash(field(ga, ga_origin));
  if (h0 === -1) return -1;
  const h1 = PyObject_Hash(field(ga, ga_args));
  if (h1 === -1) return -1;
  const h = h0 ^ h1;
  return h === -1 ? -2 : h;
}

function ga_call(ga: Obj, args: Obj, kwargs: Obj): Obj {
  const o = PyObject_Call(field(ga, ga_origin), args, kwargs);
  if (o !== 0 && PyObject_SetAttr(o, idObj(s_orig_class), ga) < 0) {
    if (!PyErr_ExceptionMatches(PyExc_AttributeError) && !PyErr_ExceptionMatches(PyExc_TypeError)) {
      decref(o);
      return NULL;
    }
    PyErr_Clear();
  }
  return o;
}

function ga_getattro(ga: Obj, name: Obj): Obj {
  if (PyUnicode_Check(name) && !ownSet.has(asString(name))) return PyObject_GetAttr(field(ga, ga_origin), name);
  return PyObject_GenericGetAttr(ga, name);
}

function ga_richcompare(a: Obj, b: Obj, op: number): Obj {
  if (!_PyGenericAlias_Check(b) || (op !== Py_EQ && op !== Py_NE)) return newref(Py_NotImplemented);
  let eq = field(a, ga_starred) === field(b, ga_starred) ? 1 : 0;
  if (eq > 0) eq = PyObject_RichCompareBool(field(a, ga_origin), field(b, ga_origin), Py_EQ);
  if (eq > 0) eq = PyObject_RichCompareBool(field(a, ga_args), field(b, ga_args), Py_EQ);
  if (eq < 0) return NULL;
  return newref((eq === 1) === (op === Py_EQ) ? Py_True : Py_False);
}

function ga_reduce(ga: Obj): Obj {
  if (field(ga, ga_starred) !== 0) {
    // *alias is made again by next(iter(alias)).
    const plain = aliasNew(Py_GenericAliasType, field(ga, ga_origin), field(ga, ga_args), false);
    const it = plain === 0 ? NULL : ga_iter(plain);
    xdecref(plain);
    const args = it === 0 ? NULL : PyTuple_Pack(it);
    xdecref(it);
    if (args === 0) return NULL;
    const next = getBuiltin(s_next);
    if (next === 0) {
      decref(args);
      return NULL;
    }
    return tupleSteal2(next, args);
  }
  const args = PyTuple_Pack(field(ga, ga_origin), field(ga, ga_args));
  if (args === 0) return NULL;
  return tupleSteal2(newref(Py_TYPE(ga)), args);
}

function ga_dir(ga: Obj): Obj {
  const dir = PyObject_Dir(field(ga, ga_origin));
  if (dir === 0) return NULL;
  for (const id of ownIds) {
    const there = PySequence_Contains(dir, idObj(id));
    if (there < 0 || (there === 0 && PyList_Append(dir, idObj(id)) < 0)) {
      decref(dir);
      return NULL;
    }
  }
  return dir;
}

function ga_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargs('GenericAlias', kwargs) || !checkPositional('GenericAlias', PyTuple_GET_SIZE(args), 2, 2)) return NULL;
  return aliasNew(type, PyTuple_GET_ITEM(args, 0), PyTuple_GET_ITEM(args, 1), false);
}

function ga_unpacked_tuple_args(ga: Obj): Obj {
  return newref(field(ga, ga_starred) !== 0 && field(ga, ga_origin) === PyTuple_Type ? field(ga, ga_args) : Py_None);
}

function ga_parameters_get(ga: Obj): Obj {
  const params = parametersOf(ga);
  return params === 0 ? NULL : newref(params);
}

defineType({
  type: Py_GenericAliasType,
  name: 'types.GenericAlias',
  layout: Alias,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: 'Represent a PEP 585 generic type\n\nFor example, for t = list[int], t.__origin__ is list and t.__args__\nis (int,).',
  signature: '(origin, args, /)',
  slots: {
    tp_new: ga_new,
    tp_repr: ga_repr,
    tp_hash: ga_hash,
    tp_call: ga_call,
    tp_getattro: ga_getattro,
    tp_richcompare: ga_richcompare,
    tp_iter: ga_iter,
    nb_or: _Py_union_type_or,
    mp_subscript: ga_getitem,
  },
  methods: [
    method('__mro_entries__', '($self, object, /)', (ga: Obj) => PyTuple_Pack(field(ga, ga_origin))),
    method('__instancecheck__', '($self, object, /)', () =>
      PyErr_SetString(PyExc_TypeError, 'isinstance() argument 2 cannot be a parameterized generic'),
    ),
    method('__subclasscheck__', '($self, object, /)', () =>
      PyErr_SetString(PyExc_TypeError, 'issubclass() argument 2 cannot be a parameterized generic'),
    ),
    method('__reduce__', '($self, /)', ga_reduce),
    method('__dir__', '($self, /)', ga_dir),
  ],
  members: [
    member('__origin__', 'object', ga_origin),
    member('__args__', 'object', ga_args),
    member('__unpacked__', 'bool', ga_starred),
  ],
  getset: [
    getset('__parameters__', ga_parameters_get, null, 'Type variables in the GenericAlias.'),
    getset('__typing_unpacked_tuple_args__', ga_unpacked_tuple_args),
  ],
});

// ---- *list[int] ------------------------------------------------------------------------------------------------------------------

const AliasIter = layout({ obj: ref });
const gi_obj = AliasIter.obj;

/** An iterator that gives the starred alias once: new. */
function ga_iter(ga: Obj): Obj {
  const it = PyType_GenericAlloc(Py_GenericAliasIter_Type, 0);
  if (it === 0) return NULL;
  incref(ga);
  H32[(it + gi_obj) >> 2] = ga;
  return it;
}

function ga_iternext(it: Obj): Obj {
  const ga = field(it, gi_obj);
  if (ga === 0) return NULL;
  const r = aliasNew(Py_GenericAliasType, field(ga, ga_origin), field(ga, ga_args), true);
  H32[(it + gi_obj) >> 2] = 0;
  decref(ga);
  return r;
}

/** (iter, (alias,)), or (iter, ((),)) once it is exhausted. */
function ga_iter_reduce(it: Obj): Obj {
  const iter = getBuiltin(s_iter);
  if (iter === 0) return NULL;
  const args = PyTuple_Pack(field(it, gi_obj) || emptyTuple);
  if (args === 0) {
    decref(iter);
    return NULL;
  }
  return tupleSteal2(iter, args);
}

defineType({
  type: Py_GenericAliasIter_Type,
  name: 'generic_alias_iterator',
  layout: AliasIter,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_iter: PyObject_SelfIter, tp_iternext: ga_iternext },
  methods: [method('__reduce__', '($self, /)', ga_iter_reduce)],
});
