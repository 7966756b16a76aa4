// What can Python code do with sets and frozensets?  Invariant: a frozenset that Python code has seen never changes; every walk over a set holds its
// own reference to the member at hand, since comparing and hashing may change the set.  Storage is in src/object/set.ts.

import { H32 } from '../memory/linear.js';
import { checkPositional, noKwargs } from '../object/bind.js';
import { PyObject_CallMethodNoArgs } from '../object/call.js';
import { classMethod, coexist, defineType, method, type MethodDef } from '../object/declare.js';
import {
  _PyDict_Contains_KnownHash,
  PyDict_CheckExact,
  PyDict_Next,
  PyDict_Size,
  dictHash,
  dictKey,
  _PyErr_SetKeyError,
} from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { HEAD_SIZE } from '../object/head.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import { getBuiltin } from '../object/iter_reduce.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyLong_FromSsize_t } from '../object/long.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { _PyObject_New, PyType_GenericAlloc } from '../object/new_object.js';
import {
  Py_EQ,
  Py_GE,
  Py_GT,
  Py_LE,
  Py_LT,
  Py_NE,
  PyObject_HashNotImplemented,
  PyObject_Repr,
  PyObject_SelfIter,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import { PySequence_List } from '../object/sequence.js';
import {
  _PySet_NextEntry,
  setChangedSize,
  frozenset_hash,
  PyAnySet_Check,
  PyAnySet_CheckExact,
  PyFrozenSet_CheckExact,
  PySet_Check,
  PySet_GET_SIZE,
  PySet_New,
  PySet_Pop,
  set_add_entry,
  set_add_key,
  set_clear_internal,
  set_contains_entry,
  set_dealloc,
  set_discard_entry,
  set_hash,
  set_swap_bodies,
  set_traverse,
  set_update,
  set_used,
  setExtraSize,
  setHash,
  setHashOrFrozen,
  setInitEmpty,
  setKey,
  setKeyHash,
  SetLayout,
} from '../object/set.js';
import {
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyFrozenSet_Type,
  PySet_Type,
  PySetIter_Type,
  PyExc_TypeError,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import {
  Py_TPFLAGS_BASETYPE,
  Py_TPFLAGS_HAVE_GC,
  Py_TPFLAGS_MATCH_SELF,
  tp_basicsize,
  tp_init,
} from '../object/type_layout.js';
import { PyUnicode_FromString, PyUnicode_GET_LENGTH, UnicodeWriter } from '../object/unicode.js';

const s_iter = ID('iter');
const s_getstate = ID('__getstate__');

// ---- making ----------------------------------------------------------------------------------------------------------------------

/** A new set of `type` (set, frozenset or a subtype) with the items of `iterable`, or empty for NULL; NULL with an exception. */
function make(type: Obj, iterable: Obj): Obj {
  const so = PyType_GenericAlloc(type, 0);
  if (so === 0) return NULL;
  setInitEmpty(so);
  if (iterable !== 0 && set_update(so, iterable) < 0) {
    decref(so);
    return NULL;
  }
  return so;
}

/** As make, of the set's own base type: what operators of subtypes return. */
function makeBase(so: Obj, iterable: Obj): Obj {
  return make(PySet_Check(so) ? PySet_Type : PyFrozenSet_Type, iterable);
}

function set_new(type: Obj): Obj {
  return make(type, NULL);
}

function set_init(self: Obj, args: Obj, kwargs: Obj): number {
  if (!noKwargs('set', kwargs)) return -1;
  const n = PyTuple_GET_SIZE(args);
  if (!checkPositional('set', n, 0, 1)) return -1;
  set_clear_internal(self);
  H32[(self + set_hash) >> 2] = -1;
  return n === 0 ? 0 : set_update(self, PyTuple_GET_ITEM(args, 0));
}

function set_vectorcall(type: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  if (kwnames !== 0 && PyTuple_GET_SIZE(kwnames) !== 0)
    return PyErr_SetString(PyExc_TypeError, 'set() takes no keyword arguments');
  const n = nargsf & 0x3fffffff;
  if (!checkPositional('set', n, 0, 1)) return NULL;
  return make(type, n === 0 ? NULL : (H32[args >> 2] as Obj));
}

function makeFrozen(type: Obj, iterable: Obj): Obj {
  if (type === PyFrozenSet_Type && iterable !== 0 && PyFrozenSet_CheckExact(iterable)) return newref(iterable);
  return make(type, iterable);
}

function frozenset_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (
    (type === PyFrozenSet_Type || H32[(type + tp_init) >> 2] === H32[(PyFrozenSet_Type + tp_init) >> 2]) &&
    !noKwargs('frozenset', kwargs)
  )
    return NULL;
  const n = PyTuple_GET_SIZE(args);
  if (!checkPositional('frozenset', n, 0, 1)) return NULL;
  return makeFrozen(type, n === 0 ? NULL : PyTuple_GET_ITEM(args, 0));
}

function frozenset_vectorcall(type: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  if (kwnames !== 0 && PyTuple_GET_SIZE(kwnames) !== 0)
    return PyErr_SetString(PyExc_TypeError, 'frozenset() takes no keyword arguments');
  const n = nargsf & 0x3fffffff;
  if (!checkPositional('frozenset', n, 0, 1)) return NULL;
  return makeFrozen(type, n === 0 ? NULL : (H32[args >> 2] as Obj));
}

function set_copy(so: Obj): Obj {
  return makeBase(so, so);
}

function frozenset_copy(so: Obj): Obj {
  return PyFrozenSet_CheckExact(so) ? newref(so) : set_copy(so);
}

function set_repr(so: Obj): Obj {
  const name = typeName(so);
  if (Py_ReprEnter(so) !== 0) return PyUnicode_FromString(`${name}(...)`);
  let result: Obj = NULL;
  if (PySet_GET_SIZE(so) === 0) result = PyUnicode_FromString(`${name}()`);
  else {
    const list = PySequence_List(so);
    const r = list === 0 ? NULL : PyObject_Repr(list);
    xdecref(list);
    if (r !== 0) {
      const w = new UnicodeWriter();
      const plain = Py_TYPE(so) === PySet_Type;
      let ok = (plain || (w.text(name) === 0 && w.ascii('(') === 0)) && w.ascii('{') === 0;
      ok = ok && w.substring(r, 1, PyUnicode_GET_LENGTH(r) - 1) === 0 && w.ascii(plain ? '}' : '})') === 0;
      decref(r);
      result = ok ? w.finish() : w.fail();
    }
  }
  Py_ReprLeave(so);
  return result;
}

// ---- walking through what others give ---------------------------------------------------------------------------------------------

/**
 * Calls `each` for every distinct-or-not item of an iterable with its hash (the item alive meanwhile) until it answers other than 0; returns that
 * answer, 0 at the end, or -1 with an exception.
 */
function forEach(iterable: Obj, each: (key: Obj, hash: number) => number): number {
  if (PyAnySet_Check(iterable)) {
    for (let pos = 0; (pos = _PySet_NextEntry(iterable, pos)) !== 0; ) {
      const key = newref(setKey);
      const r = each(key, setKeyHash);
      decref(key);
      if (r !== 0) return r;
    }
    return 0;
  }
  if (PyDict_CheckExact(iterable)) {
    for (let pos = 0; (pos = PyDict_Next(iterable, pos)) !== 0; ) {
      const key = newref(dictKey);
      const r = each(key, dictHash);
      decref(key);
      if (r !== 0) return r;
    }
    return 0;
  }
  const it = PyObject_GetIter(iterable);
  if (it === 0) return -1;
  let r = 0;
  while (r === 0) {
    const key = PyIter_Next(it);
    if (key === 0) {
      if (PyErr_Occurred() !== 0) r = -1;
      break;
    }
    const hash = setHash(key);
    r = hash === -1 ? -1 : each(key, hash);
    decref(key);
  }
  decref(it);
  return r;
}

/** Calls a step for each of the tuple's items until one fails. */
function forOthers(others: Obj, step: (other: Obj) => number): number {
  const n = PyTuple_GET_SIZE(others);
  for (let i = 0; i < n; i++) if (step(PyTuple_GET_ITEM(others, i)) < 0) return -1;
  return 0;
}

/** Returns `set` (stolen) if r says that its making succeeded. */
function built(set: Obj, r: number): Obj {
  if (r >= 0) return set;
  decref(set);
  return NULL;
}

const done = (r: number) => (r < 0 ? NULL : newref(Py_None));

// ---- operations ------------------------------------------------------------------------------------------------------------------

function set_union(so: Obj, others: Obj): Obj {
  const result = set_copy(so);
  if (result === 0) return NULL;
  return built(
    result,
    forOthers(others, (other) => (other === so ? 0 : set_update(result, other))),
  );
}

/** The members of `so` that are in `other`, in a new set of the base type; NULL with an exception. */
function intersection(so: Obj, other: Obj): Obj {
  if (so === other) return set_copy(so);
  const result = makeBase(so, NULL);
  if (result === 0) return NULL;
  // Walk through the smaller one.
  let walked = other;
  let asked = so;
  if (PyAnySet_Check(other) && PySet_GET_SIZE(other) > PySet_GET_SIZE(so)) {
    walked = so;
    asked = other;
  }
  return built(
    result,
    forEach(walked, (key, hash) => {
      const has = set_contains_entry(asked, key, hash);
      if (has <= 0) return has;
      return set_add_entry(result, key, hash);
    }),
  );
}

function set_intersection_multi(so: Obj, others: Obj): Obj {
  const n = PyTuple_GET_SIZE(others);
  if (n === 0) return set_copy(so);
  let result = newref(so);
  for (let i = 0; i < n; i++) {
    const next = intersection(result, PyTuple_GET_ITEM(others, i));
    decref(result);
    if (next === 0) return NULL;
    result = next;
  }
  return result;
}

function intersectionUpdate(so: Obj, others: Obj): number {
  const tmp = set_intersection_multi(so, others);
  if (tmp === 0) return -1;
  set_swap_bodies(so, tmp);
  decref(tmp);
  return 0;
}

/** Removes the items of `other` from `so`: 0 or -1. */
function differenceUpdate(so: Obj, other: Obj): number {
  if (so === other) return set_clear_internal(so);
  if (PyAnySet_Check(other) && PySet_GET_SIZE(other) >> 3 > PySet_GET_SIZE(so)) {
    // The other is far larger: look at its members that are here.
    const common = intersection(so, other);
    if (common === 0) return -1;
    const r = removeAll(so, common);
    decref(common);
    return r;
  }
  return removeAll(so, other);
}

function removeAll(so: Obj, other: Obj): number {
  return forEach(other, (key, hash) => (set_discard_entry(so, key, hash) < 0 ? -1 : 0));
}

/** so - other as a new set of the base type. */
function difference(so: Obj, other: Obj): Obj {
  if (so === other) return makeBase(so, NULL);
  const isSet = PyAnySet_Check(other);
  if (!isSet && !PyDict_CheckExact(other)) {
    const result = set_copy(so);
    return result === 0 ? NULL : built(result, differenceUpdate(result, other));
  }
  // Removing a few from a copy beats asking for many.
  const n = isSet ? PySet_GET_SIZE(other) : PyDict_Size(other);
  if (PySet_GET_SIZE(so) >> 2 > n) {
    const result = set_copy(so);
    return result === 0 ? NULL : built(result, differenceUpdate(result, other));
  }
  const result = makeBase(so, NULL);
  if (result === 0) return NULL;
  return built(
    result,
    forEach(so, (key, hash) => {
      const has = isSet ? set_contains_entry(other, key, hash) : _PyDict_Contains_KnownHash(other, key, hash);
      if (has < 0) return -1;
      return has > 0 ? 0 : set_add_entry(result, key, hash);
    }),
  );
}

function set_difference_multi(so: Obj, others: Obj): Obj {
  const n = PyTuple_GET_SIZE(others);
  if (n === 0) return set_copy(so);
  const result = difference(so, PyTuple_GET_ITEM(others, 0));
  for (let i = 1; result !== 0 && i < n; i++) {
    if (differenceUpdate(result, PyTuple_GET_ITEM(others, i)) < 0) {
      decref(result);
      return NULL;
    }
  }
  return result;
}

/** Keeps what is in one of the two only: 0 or -1. */
function symmetricUpdate(so: Obj, other: Obj): number {
  if (so === other) return set_clear_internal(so);
  const toggle = (key: Obj, hash: number): number => {
    const had = set_discard_entry(so, key, hash);
    if (had < 0) return -1;
    return had === 0 ? set_add_entry(so, key, hash) : 0;
  };
  if (PyDict_CheckExact(other) || PyAnySet_Check(other)) return forEach(other, toggle);
  // An item that comes twice counts once.
  const distinct = PySet_New(other);
  if (distinct === 0) return -1;
  const r = forEach(distinct, toggle);
  decref(distinct);
  return r;
}

function set_symmetric_difference(so: Obj, other: Obj): Obj {
  const result = makeBase(so, other);
  return result === 0 ? NULL : built(result, symmetricUpdate(result, so));
}

function set_isdisjoint(so: Obj, other: Obj): Obj {
  if (so === other) return newref(PySet_GET_SIZE(so) === 0 ? Py_True : Py_False);
  let walked = other;
  let asked = so;
  if (PyAnySet_CheckExact(other) && PySet_GET_SIZE(other) > PySet_GET_SIZE(so)) {
    walked = so;
    asked = other;
  }
  const r = forEach(walked, (key, hash) => set_contains_entry(asked, key, hash));
  return r < 0 ? NULL : newref(r ? Py_False : Py_True);
}

/** Whether every member of `a` is in the set `b`: 1, 0 or -1. */
function subset(a: Obj, b: Obj): number {
  if (PySet_GET_SIZE(a) > PySet_GET_SIZE(b)) return 0;
  const r = forEach(a, (key, hash) => {
    const has = set_contains_entry(b, key, hash);
    return has < 0 ? -1 : has === 0 ? 1 : 0;
  });
  return r < 0 ? -1 : 1 - r;
}

function set_issubset(so: Obj, other: Obj): Obj {
  let r: number;
  if (PyAnySet_Check(other)) r = subset(so, other);
  else {
    const common = intersection(so, other);
    if (common === 0) return NULL;
    r = PySet_GET_SIZE(common) === PySet_GET_SIZE(so) ? 1 : 0;
    decref(common);
  }
  return r < 0 ? NULL : newref(r ? Py_True : Py_False);
}

function set_issuperset(so: Obj, other: Obj): Obj {
  let r: number;
  if (PyAnySet_Check(other)) r = subset(other, so);
  else {
    r = forEach(other, (key, hash) => {
      const has = set_contains_entry(so, key, hash);
      return has < 0 ? -1 : has === 0 ? 1 : 0;
    });
    if (r >= 0) r = 1 - r;
  }
  return r < 0 ? NULL : newref(r ? Py_True : Py_False);
}

function set_richcompare(v: Obj, w: Obj, op: number): Obj {
  if (!PyAnySet_Check(w)) return newref(Py_NotImplemented);
  const nv = PySet_GET_SIZE(v);
  const nw = PySet_GET_SIZE(w);
  let r = 0;
  switch (op) {
    case Py_EQ:
    case Py_NE: {
      const hv = H32[(v + set_hash) >> 2];
      const hw = H32[(w + set_hash) >> 2];
      if (nv === nw && (hv === -1 || hw === -1 || hv === hw)) r = subset(v, w);
      if (op === Py_NE && r >= 0) r = 1 - r;
      break;
    }
    case Py_LE:
      r = subset(v, w);
      break;
    case Py_GE:
      r = subset(w, v);
      break;
    case Py_LT:
      if (nv < nw) r = subset(v, w);
      break;
    case Py_GT:
      if (nv > nw) r = subset(w, v);
      break;
  }
  return r < 0 ? NULL : newref(r ? Py_True : Py_False);
}

const both = (a: Obj, b: Obj) => PyAnySet_Check(a) && PyAnySet_Check(b);

function set_or(a: Obj, b: Obj): Obj {
  if (!both(a, b)) return newref(Py_NotImplemented);
  const result = set_copy(a);
  return result === 0 || a === b ? result : built(result, set_update(result, b));
}

function set_and(a: Obj, b: Obj): Obj {
  return both(a, b) ? intersection(a, b) : newref(Py_NotImplemented);
}

function set_sub(a: Obj, b: Obj): Obj {
  return both(a, b) ? difference(a, b) : newref(Py_NotImplemented);
}

function set_xor(a: Obj, b: Obj): Obj {
  if (!both(a, b)) return newref(Py_NotImplemented);
  const result = set_copy(a);
  return result === 0 ? NULL : built(result, a === b ? set_clear_internal(result) : symmetricUpdate(result, b));
}

function inplace(update: (so: Obj, other: Obj) => number): (so: Obj, other: Obj) => Obj {
  return (so, other) => {
    if (!PyAnySet_Check(other)) return newref(Py_NotImplemented);
    return update(so, other) < 0 ? NULL : newref(so);
  };
}

function intersectionUpdateOne(so: Obj, other: Obj): number {
  const tmp = intersection(so, other);
  if (tmp === 0) return -1;
  set_swap_bodies(so, tmp);
  decref(tmp);
  return 0;
}

// ---- members ---------------------------------------------------------------------------------------------------------------------

function set_contains(so: Obj, key: Obj): number {
  const hash = setHashOrFrozen(key);
  return hash === -1 ? -1 : set_contains_entry(so, key, hash);
}

function set_contains_method(so: Obj, key: Obj): Obj {
  const r = set_contains(so, key);
  return r < 0 ? NULL : newref(r ? Py_True : Py_False);
}

function set_add(so: Obj, key: Obj): Obj {
  return done(set_add_key(so, key));
}

function set_discard(so: Obj, key: Obj): Obj {
  const hash = setHashOrFrozen(key);
  return hash === -1 ? NULL : done(set_discard_entry(so, key, hash));
}

function set_remove(so: Obj, key: Obj): Obj {
  const hash = setHashOrFrozen(key);
  if (hash === -1) return NULL;
  const r = set_discard_entry(so, key, hash);
  return r === 0 ? _PyErr_SetKeyError(key) : done(r);
}

function set_sizeof(so: Obj): Obj {
  return PyLong_FromSsize_t(H32[(Py_TYPE(so) + tp_basicsize) >> 2] + setExtraSize(so));
}

function set_reduce(so: Obj): Obj {
  const keys = PySequence_List(so);
  if (keys === 0) return NULL;
  const args = PyTuple_Pack(keys);
  decref(keys);
  if (args === 0) return NULL;
  const state = PyObject_CallMethodNoArgs(so, idObj(s_getstate));
  const r = state === 0 ? NULL : PyTuple_Pack(Py_TYPE(so), args, state);
  decref(args);
  xdecref(state);
  return r;
}

const SHARED_METHODS: () => MethodDef[] = () => [
  coexist('__contains__', '($self, object, /)', set_contains_method, 'x.__contains__(y) <==> y in x.'),
  method(
    'difference',
    '($self, /, *others)',
    set_difference_multi,
    'Return a new set with elements in the set that are not in the others.',
  ),
  method(
    'intersection',
    '($self, /, *others)',
    set_intersection_multi,
    'Return a new set with elements common to the set and all others.',
  ),
  method('isdisjoint', '($self, other, /)', set_isdisjoint, 'Return True if two sets have a null intersection.'),
  method('issubset', '($self, other, /)', set_issubset, 'Report whether another set contains this set.'),
  method('issuperset', '($self, other, /)', set_issuperset, 'Report whether this set contains another set.'),
  method('__reduce__', '($self, /)', set_reduce, 'Return state information for pickling.'),
  method('__sizeof__', '($self, /)', set_sizeof, 'S.__sizeof__() -> size of S in memory, in bytes.'),
  method(
    'symmetric_difference',
    '($self, other, /)',
    set_symmetric_difference,
    'Return a new set with elements in either the set or other but not both.',
  ),
  method('union', '($self, /, *others)', set_union, 'Return a new set with elements from the set and all others.'),
  classMethod('__class_getitem__', '($type, object, /)', Py_GenericAlias, 'See PEP 585'),
];

const SHARED_SLOTS = {
  tp_dealloc: set_dealloc,
  tp_traverse: set_traverse,
  tp_repr: set_repr,
  tp_richcompare: set_richcompare,
  tp_iter: set_iter,
  nb_subtract: set_sub,
  nb_and: set_and,
  nb_xor: set_xor,
  nb_or: set_or,
  sq_length: PySet_GET_SIZE,
  sq_contains: set_contains,
};

defineType({
  type: PySet_Type,
  name: 'set',
  layout: SetLayout,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_MATCH_SELF,
  doc: 'Build an unordered collection of unique elements.',
  signature: '(iterable=(), /)',
  slots: {
    ...SHARED_SLOTS,
    tp_new: set_new,
    tp_init: set_init,
    tp_vectorcall: set_vectorcall,
    tp_clear: set_clear_internal,
    tp_hash: PyObject_HashNotImplemented,
    nb_inplace_subtract: inplace(differenceUpdate),
    nb_inplace_and: inplace(intersectionUpdateOne),
    nb_inplace_xor: inplace(symmetricUpdate),
    nb_inplace_or: inplace(set_update),
  },
  methods: [
    ...SHARED_METHODS(),
    method(
      'add',
      '($self, object, /)',
      set_add,
      'Add an element to a set.\n\nThis has no effect if the element is already present.',
    ),
    method('clear', '($self, /)', (so: Obj) => done(set_clear_internal(so)), 'Remove all elements from this set.'),
    method('copy', '($self, /)', set_copy, 'Return a shallow copy of a set.'),
    method(
      'discard',
      '($self, object, /)',
      set_discard,
      'Remove an element from a set if it is a member.\n\nUnlike set.remove(), the discard() method does not raise\nan exception when an element is missing from the set.',
    ),
    method(
      'difference_update',
      '($self, /, *others)',
      (so: Obj, others: Obj) => done(forOthers(others, (other) => differenceUpdate(so, other))),
      'Update the set, removing elements found in others.',
    ),
    method(
      'intersection_update',
      '($self, /, *others)',
      (so: Obj, others: Obj) => done(intersectionUpdate(so, others)),
      'Update the set, keeping only elements found in it and all others.',
    ),
    method(
      'pop',
      '($self, /)',
      PySet_Pop,
      'Remove and return an arbitrary set element.\n\nRaises KeyError if the set is empty.',
    ),
    method(
      'remove',
      '($self, object, /)',
      set_remove,
      'Remove an element from a set; it must be a member.\n\nIf the element is not a member, raise a KeyError.',
    ),
    method(
      'symmetric_difference_update',
      '($self, other, /)',
      (so: Obj, other: Obj) => done(symmetricUpdate(so, other)),
      'Update the set, keeping only elements found in either set, but not in both.',
    ),
    method(
      'update',
      '($self, /, *others)',
      (so: Obj, others: Obj) => done(forOthers(others, (other) => set_update(so, other))),
      'Update the set, adding elements from all others.',
    ),
  ],
});

defineType({
  type: PyFrozenSet_Type,
  name: 'frozenset',
  layout: SetLayout,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_MATCH_SELF,
  doc: 'Build an immutable unordered collection of unique elements.',
  signature: '(iterable=(), /)',
  slots: {
    ...SHARED_SLOTS,
    tp_new: frozenset_new,
    tp_vectorcall: frozenset_vectorcall,
    tp_clear: set_clear_internal,
    tp_hash: frozenset_hash,
  },
  methods: [...SHARED_METHODS(), method('copy', '($self, /)', frozenset_copy, 'Return a shallow copy of a set.')],
});

// ---- iterator --------------------------------------------------------------------------------------------------------------------

const SetIter = layout({ si_set: ref, si_used: i32, si_pos: i32, len: i32 });
const si_set = HEAD_SIZE;
const si_used = HEAD_SIZE + 4;
const si_pos = HEAD_SIZE + 8;
const si_len = HEAD_SIZE + 12;

/** iter(set): new. */
export function set_iter(so: Obj): Obj {
  const it = _PyObject_New(PySetIter_Type);
  if (it === 0) return NULL;
  incref(so);
  H32[(it + si_set) >> 2] = so;
  H32[(it + si_used) >> 2] = PySet_GET_SIZE(so);
  H32[(it + si_len) >> 2] = PySet_GET_SIZE(so);
  PyObject_GC_Track(it);
  return it;
}

function setiter_next(it: Obj): Obj {
  const so = H32[(it + si_set) >> 2] as Obj;
  if (so === 0) return NULL;
  if (H32[(it + si_used) >> 2] !== H32[(so + set_used) >> 2]) {
    setChangedSize();
    // It stays in this state.
    H32[(it + si_used) >> 2] = -1;
    return NULL;
  }
  const pos = _PySet_NextEntry(so, H32[(it + si_pos) >> 2]);
  if (pos === 0) {
    H32[(it + si_set) >> 2] = 0;
    decref(so);
    return NULL;
  }
  H32[(it + si_pos) >> 2] = pos;
  H32[(it + si_len) >> 2]--;
  return newref(setKey);
}

function setiter_len(it: Obj): Obj {
  const so = H32[(it + si_set) >> 2] as Obj;
  return PyLong_FromSsize_t(so !== 0 && H32[(it + si_used) >> 2] === PySet_GET_SIZE(so) ? H32[(it + si_len) >> 2] : 0);
}

/** (iter, ([what is left],)): the iterator itself is not moved. */
function setiter_reduce(it: Obj): Obj {
  const copy = _PyObject_New(PySetIter_Type);
  if (copy === 0) return NULL;
  const so = H32[(it + si_set) >> 2] as Obj;
  if (so !== 0) incref(so);
  H32[(copy + si_set) >> 2] = so;
  for (const offset of [si_used, si_pos, si_len]) H32[(copy + offset) >> 2] = H32[(it + offset) >> 2];
  PyObject_GC_Track(copy);
  const list = PySequence_List(copy);
  decref(copy);
  if (list === 0) return NULL;
  const args = PyTuple_Pack(list);
  decref(list);
  const iter = args === 0 ? NULL : getBuiltin(s_iter);
  const r = iter === 0 ? NULL : PyTuple_Pack(iter, args);
  xdecref(iter);
  xdecref(args);
  return r;
}

defineType({
  type: PySetIter_Type,
  name: 'set_iterator',
  layout: SetIter,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_iter: PyObject_SelfIter, tp_iternext: setiter_next },
  methods: [
    method('__length_hint__', '($self, /)', setiter_len, 'Private method returning an estimate of len(list(it)).'),
    method('__reduce__', '($self, /)', setiter_reduce, 'Return state information for pickling.'),
  ],
});
