// What are d.keys(), d.values() and d.items()?  Invariant: a view is one reference to its dict and nothing else: it always shows the dict as it is.
// The keys and items views take part in set operations, whose results are sets.

import { H32 } from '../memory/linear.js';
import { PyObject_CallMethodOneArg } from '../object/call.js';
import { defineType, getset, method, type MethodDef } from '../object/declare.js';
import {
  _PyDict_GetItem_KnownHash,
  dictHash,
  dictKey,
  dictValue,
  ma_used,
  PyDict_Check,
  PyDict_Contains,
  PyDict_Copy,
  PyDict_DelItem,
  PyDict_GetItemRef,
  PyDict_Next,
} from '../object/dict.js';
import { nameOfType, PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { HEAD_SIZE } from '../object/head.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyType_IsSubtype } from '../object/isinstance.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import { layout, ref } from '../object/layout.js';
import { PyObject_Size } from '../object/mapping.js';
import { _PyObject_New } from '../object/new_object.js';
import { Py_EQ, Py_GE, Py_GT, Py_LE, Py_LT, Py_NE, PyObject_Repr, PyObject_RichCompareBool } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import { PySequence_Contains, PySequence_List } from '../object/sequence.js';
import { PyAnySet_Check, PySet_Add, PySet_CheckExact, PySet_New, set_update } from '../object/set.js';
import {
  Py_False,
  Py_NotImplemented,
  Py_True,
  PyDictItems_Type,
  PyDictIterItem_Type,
  PyDictIterKey_Type,
  PyDictIterValue_Type,
  PyDictKeys_Type,
  PyDictRevIterItem_Type,
  PyDictRevIterKey_Type,
  PyDictRevIterValue_Type,
  PyDictValues_Type,
  PyExc_TypeError,
} from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack2 } from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC, type SlotName } from '../object/type_layout.js';
import type { TableFn } from '../object/functable.js';
import { PyUnicode_FromString, UnicodeWriter } from '../object/unicode.js';
import { dictiter_new, dictreviter_new } from './dict_iter.js';
import { PyDictProxy_New } from './mappingproxy.js';

const s_difference_update = ID('difference_update');
const s_intersection = ID('intersection');
const s_symmetric_difference_update = ID('symmetric_difference_update');

export const DictViewLayout = layout({ dv_dict: ref });
const dv_dict = HEAD_SIZE;

/** A new view of a dict; NULL with an exception. */
export function _PyDictView_New(d: Obj, type: Obj): Obj {
  if (!PyDict_Check(d))
    return PyErr_SetString(PyExc_TypeError, `${nameOfType(type)}() requires a dict argument, not '${typeName(d)}'`);
  const dv = _PyObject_New(type);
  if (dv === 0) return NULL;
  incref(d);
  H32[(dv + dv_dict) >> 2] = d;
  PyObject_GC_Track(dv);
  return dv;
}

export function dictkeys_new(d: Obj): Obj {
  return _PyDictView_New(d, PyDictKeys_Type);
}

export function dictvalues_new(d: Obj): Obj {
  return _PyDictView_New(d, PyDictValues_Type);
}

export function dictitems_new(d: Obj): Obj {
  return _PyDictView_New(d, PyDictItems_Type);
}

/** The dict of a view, borrowed. */
export function dictViewDict(dv: Obj): Obj {
  return H32[(dv + dv_dict) >> 2] as Obj;
}

function isKeys(o: Obj): boolean {
  const t = Py_TYPE(o);
  return t === PyDictKeys_Type || PyType_IsSubtype(t, PyDictKeys_Type);
}

function isItems(o: Obj): boolean {
  const t = Py_TYPE(o);
  return t === PyDictItems_Type || PyType_IsSubtype(t, PyDictItems_Type);
}

export function PyDictViewSet_Check(o: Obj): boolean {
  return isKeys(o) || isItems(o);
}

export function dictview_len(dv: Obj): number {
  const d = dictViewDict(dv);
  return d === 0 ? 0 : H32[(d + ma_used) >> 2];
}

function dictview_mapping(dv: Obj): Obj {
  return PyDictProxy_New(dictViewDict(dv));
}

function dictview_repr(dv: Obj): Obj {
  if (Py_ReprEnter(dv) !== 0) return PyUnicode_FromString('...');
  const list = PySequence_List(dv);
  const r = list === 0 ? NULL : PyObject_Repr(list);
  xdecref(list);
  Py_ReprLeave(dv);
  if (r === 0) return NULL;
  const w = new UnicodeWriter();
  const ok = w.text(typeName(dv)) === 0 && w.ascii('(') === 0 && w.str(r) === 0 && w.ascii(')') === 0;
  decref(r);
  return ok ? w.finish() : w.fail();
}

function dictkeys_contains(dv: Obj, key: Obj): number {
  const d = dictViewDict(dv);
  return d === 0 ? 0 : PyDict_Contains(d, key);
}

function dictitems_contains(dv: Obj, item: Obj): number {
  const d = dictViewDict(dv);
  if (d === 0 || !PyTuple_Check(item) || PyTuple_GET_SIZE(item) !== 2) return 0;
  const found = PyDict_GetItemRef(d, PyTuple_GET_ITEM(item, 0));
  if (found === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  const cmp = PyObject_RichCompareBool(found, PyTuple_GET_ITEM(item, 1), Py_EQ);
  decref(found);
  return cmp;
}

/** Whether all items of one container are in another: 1, 0 or -1. */
function allContained(a: Obj, b: Obj): number {
  const it = PyObject_GetIter(a);
  if (it === 0) return -1;
  let r = 1;
  while (r > 0) {
    const item = PyIter_Next(it);
    if (item === 0) {
      if (PyErr_Occurred() !== 0) r = -1;
      break;
    }
    r = PySequence_Contains(b, item);
    decref(item);
  }
  decref(it);
  return r;
}

function dictview_richcompare(v: Obj, w: Obj, op: number): Obj {
  if (!PyAnySet_Check(w) && !PyDictViewSet_Check(w)) return newref(Py_NotImplemented);
  const nv = PyObject_Size(v);
  if (nv < 0) return NULL;
  const nw = PyObject_Size(w);
  if (nw < 0) return NULL;
  let r = 0;
  switch (op) {
    case Py_NE:
    case Py_EQ:
      if (nv === nw) r = allContained(v, w);
      if (op === Py_NE && r >= 0) r = 1 - r;
      break;
    case Py_LT:
      if (nv < nw) r = allContained(v, w);
      break;
    case Py_LE:
      if (nv <= nw) r = allContained(v, w);
      break;
    case Py_GT:
      if (nv > nw) r = allContained(w, v);
      break;
    case Py_GE:
      if (nv >= nw) r = allContained(w, v);
      break;
  }
  return r < 0 ? NULL : newref(r ? Py_True : Py_False);
}

// ---- set operations --------------------------------------------------------------------------------------------------------------

/** A new set of any iterable; for a view of keys its dict's keys. */
function toSet(o: Obj): Obj {
  return PySet_New(Py_TYPE(o) === PyDictKeys_Type ? dictViewDict(o) : o);
}

function updatedBy(set: Obj, method: number, other: Obj): Obj {
  if (set === 0) return NULL;
  const r = PyObject_CallMethodOneArg(set, idObj(method), other);
  if (r === 0) {
    decref(set);
    return NULL;
  }
  decref(r);
  return set;
}

function dictviews_sub(a: Obj, b: Obj): Obj {
  return updatedBy(toSet(a), s_difference_update, b);
}

/** a & b, where one at least is a view: a new set, or NULL (_PyDictView_Intersect). */
function dictviews_and(a: Obj, b: Obj): Obj {
  // The view may be on the right side.
  let self = PyDictViewSet_Check(a) ? a : b;
  let other = self === a ? b : a;
  const n = dictview_len(self);
  if (PySet_CheckExact(other) && n <= PyObject_Size(other))
    return PyObject_CallMethodOneArg(other, idObj(s_intersection), self);
  // It is the shorter one that should be walked through.
  if (PyDictViewSet_Check(other) && dictview_len(other) > n) {
    const t = other;
    other = self;
    self = t;
  }
  const contains = isKeys(self) ? dictkeys_contains : dictitems_contains;
  const it = PyObject_GetIter(other);
  if (it === 0) return NULL;
  const result = PySet_New(NULL);
  let ok = result !== 0;
  while (ok) {
    const key = PyIter_Next(it);
    if (key === 0) {
      ok = PyErr_Occurred() === 0;
      break;
    }
    const has = contains(self, key);
    if (has < 0 || (has > 0 && PySet_Add(result, key) < 0)) ok = false;
    decref(key);
  }
  decref(it);
  if (ok) return result;
  xdecref(result);
  return NULL;
}

function dictviews_or(a: Obj, b: Obj): Obj {
  const set = toSet(a);
  if (set !== 0 && set_update(set, b) < 0) {
    decref(set);
    return NULL;
  }
  return set;
}

function dictviews_xor(a: Obj, b: Obj): Obj {
  if (Py_TYPE(a) === PyDictItems_Type && Py_TYPE(b) === PyDictItems_Type)
    return itemsXor(dictViewDict(a), dictViewDict(b));
  return updatedBy(toSet(a), s_symmetric_difference_update, b);
}

/** The items that are in one of two dicts only; equal values need not be hashable. */
function itemsXor(a: Obj, b: Obj): Obj {
  const rest = PyDict_Copy(a);
  const result = rest === 0 ? NULL : PySet_New(NULL);
  let ok = result !== 0;
  for (let pos = 0; ok && (pos = PyDict_Next(b, pos)) !== 0; ) {
    const key = newref(dictKey);
    const value = newref(dictValue);
    const mine = _PyDict_GetItem_KnownHash(rest, key, dictHash);
    let same = 0;
    if (mine !== 0) {
      incref(mine);
      same = PyObject_RichCompareBool(mine, value, Py_EQ);
      decref(mine);
    } else if (PyErr_Occurred() !== 0) same = -1;
    if (same < 0) ok = false;
    else if (same > 0) ok = PyDict_DelItem(rest, key) === 0;
    else ok = addPair(result, key, value);
    decref(key);
    decref(value);
  }
  for (let pos = 0; ok && (pos = PyDict_Next(rest, pos)) !== 0; ) ok = addPair(result, dictKey, dictValue);
  xdecref(rest);
  if (ok) return result;
  xdecref(result);
  return NULL;
}

function addPair(set: Obj, key: Obj, value: Obj): boolean {
  const pair = PyTuple_Pack2(key, value);
  if (pair === 0) return false;
  const r = PySet_Add(set, pair);
  decref(pair);
  return r === 0;
}

function dictviews_isdisjoint(self: Obj, other: Obj): Obj {
  if (self === other) return newref(dictview_len(self) === 0 ? Py_True : Py_False);
  if (PySet_CheckExact(other) || PyDictViewSet_Check(other)) {
    const n = PyObject_Size(other);
    if (n < 0) return NULL;
    if (n > dictview_len(self)) {
      const t = other;
      other = self;
      self = t;
    }
  }
  const it = PyObject_GetIter(other);
  if (it === 0) return NULL;
  let has = 0;
  while (has === 0) {
    const item = PyIter_Next(it);
    if (item === 0) {
      if (PyErr_Occurred() !== 0) has = -1;
      break;
    }
    has = PySequence_Contains(self, item);
    decref(item);
  }
  decref(it);
  return has < 0 ? NULL : newref(has ? Py_False : Py_True);
}

const SET_SLOTS: { readonly [K in SlotName]?: TableFn } = {
  tp_richcompare: dictview_richcompare,
  nb_subtract: dictviews_sub,
  nb_and: dictviews_and,
  nb_xor: dictviews_xor,
  nb_or: dictviews_or,
};

function defineView(
  type: Obj,
  name: string,
  iter: Obj,
  reverse: Obj,
  slots: { readonly [K in SlotName]?: TableFn },
  methods: MethodDef[],
  noun: string,
): void {
  defineType({
    type,
    name,
    layout: DictViewLayout,
    flags: Py_TPFLAGS_HAVE_GC,
    slots: {
      tp_repr: dictview_repr,
      tp_iter: (dv: Obj) => dictiter_new(dictViewDict(dv), iter),
      sq_length: dictview_len,
      ...slots,
    },
    methods: [
      ...methods,
      method(
        '__reversed__',
        '($self, /)',
        (dv: Obj) => dictreviter_new(dictViewDict(dv), reverse),
        `Return a reverse iterator over the dict ${noun}.`,
      ),
    ],
    getset: [getset('mapping', dictview_mapping, null, 'dictionary that this view refers to')],
  });
}

const isdisjoint = () =>
  method(
    'isdisjoint',
    '($self, object, /)',
    dictviews_isdisjoint,
    'Return True if the view and the given iterable have a null intersection.',
  );

defineView(
  PyDictKeys_Type,
  'dict_keys',
  PyDictIterKey_Type,
  PyDictRevIterKey_Type,
  { ...SET_SLOTS, sq_contains: dictkeys_contains },
  [isdisjoint()],
  'keys',
);
defineView(
  PyDictItems_Type,
  'dict_items',
  PyDictIterItem_Type,
  PyDictRevIterItem_Type,
  { ...SET_SLOTS, sq_contains: dictitems_contains },
  [isdisjoint()],
  'items',
);
defineView(PyDictValues_Type, 'dict_values', PyDictIterValue_Type, PyDictRevIterValue_Type, {}, [], 'values');
