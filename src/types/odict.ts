// How does collections.OrderedDict keep an order that can be rearranged?
//
// Invariant: besides its dict, an OrderedDict has a doubly linked list of nodes, one for each key, in its order; od_fast_nodes maps the index of a key's
// entry in the dict's table to its node, for the table that od_sentinel names (it is made again when the table has changed).  Methods of
// `dict` called behind its back leave the list as it is; a node whose key cannot be found then is a KeyError, never a crash.
// `od_state` counts the changes of the list.
//
//   node (raw): +0 key (owned) | +4 hash | +8 next | +12 prev

import { PyMem_Free, PyMem_Malloc } from '../memory/alloc.js';
import { H32 } from '../memory/linear.js';
import { bindVector, bound } from '../object/bind.js';
import { PyObject_CallMethodNoArgs, PyObject_CallNoArgs, PyObject_CallOneArg } from '../object/call.js';
import { classMethod, defineType, fastcall, getset, method } from '../object/declare.js';
import {
  _Py_dict_lookup,
  _PyDict_DelItem_KnownHash,
  _PyDict_Pop_KnownHash,
  _PyDict_SetItem_KnownHash,
  _PyErr_SetKeyError,
  dict_traverse,
  dictExtraSize,
  dictInitEmpty,
  dictKey,
  DictLayout,
  dictReleaseContents,
  dictValue,
  hashKey,
  ma_keys,
  PyDict_Check,
  PyDict_CheckExact,
  PyDict_Clear,
  PyDict_GetItemWithError,
  PyDict_Items,
  PyDict_New,
  PyDict_Next,
  PyDict_SetItem,
  PyDict_Size,
} from '../object/dict.js';
import { dk_mask, usableFraction } from '../object/dict_keys.js';
import {
  errMinus1,
  PyErr_Occurred,
  PyErr_GetRaisedException,
  PyErr_SetRaisedException,
  PyErr_SetString,
  typeName,
} from '../object/errors.js';
import { F } from '../object/functable.js';
import { PyObject_GC_IsTracked, PyObject_GC_Track, PyObject_GC_UnTrack } from '../object/gc_head.js';
import { decref, incref, newref, Py_REFCNT, Py_TYPE, xdecref, xnewref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_TypeCheck } from '../object/isinstance.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import { getBuiltin } from '../object/iter_reduce.js';
import { dictField, i32, layout, ref, weaklistField } from '../object/layout.js';
import { PyLong_FromSsize_t } from '../object/long.js';
import { PyObject_GetItem, PyObject_SetItem } from '../object/mapping.js';
import { _PyObject_New, freeObject, PyType_GenericAlloc } from '../object/new_object.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import {
  Py_EQ,
  Py_NE,
  PyObject_GenericGetAttr,
  PyObject_GenericGetDict,
  PyObject_GenericSetDict,
  PyObject_GetOptionalAttr,
  PyObject_HashNotImplemented,
  PyObject_RichCompareBool,
  PyObject_SelfIter,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import { PySequence_Contains, PySequence_List } from '../object/sequence.js';
import { parseSignature } from '../object/signature.js';
import {
  emptyTuple,
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyDict_Type,
  PyDictItems_Type,
  PyDictKeys_Type,
  PyDictValues_Type,
  PyExc_KeyError,
  PyExc_RuntimeError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyODict_Type,
  staticType,
} from '../object/statics.js';
import {
  PyTuple_GET_ITEM,
  PyTuple_GET_SIZE,
  PyTuple_Pack,
  PyTuple_Pack2,
  tuple_hash_field,
  tuple_items,
  tupleSteal2,
} from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC, tp_basicsize, tp_richcompare } from '../object/type_layout.js';
import { PyUnicode_FromString, UnicodeWriter } from '../object/unicode.js';
import { PyObject_ClearWeakRefs } from '../object/weakref.js';
import { dict_fromkeys, writeRepr } from './dict.js';
import { _PyDictView_New, dictViewDict, DictViewLayout } from './dict_views.js';

const s_keys = ID('keys');
const s_items = ID('items');
const s_getstate = ID('__getstate__');
const s_iter = ID('iter');

const ODict = layout(
  {
    od_fast_nodes: i32,
    od_fast_size: i32,
    od_sentinel: i32,
    od_state: i32,
    od_first: i32,
    od_last: i32,
    od_inst_dict: dictField,
    od_weakreflist: weaklistField,
  },
  { base: DictLayout.info },
);
const { od_fast_nodes, od_fast_size, od_sentinel, od_state, od_first, od_last, od_inst_dict, od_weakreflist } = ODict;

const NODE_KEY = 0;
const NODE_HASH = 4;
const NODE_NEXT = 8;
const NODE_PREV = 12;
const NODE_SIZE = 16;

const get = (o: number, offset: number): number => H32[(o + offset) >> 2];
const set = (o: number, offset: number, value: number): void => {
  H32[(o + offset) >> 2] = value;
};
const nodeKey = (node: number): Obj => get(node, NODE_KEY) as Obj;
const MUTATED = 'OrderedDict mutated during iteration';

export function PyODict_Check(o: Obj): boolean {
  return PyObject_TypeCheck(o, PyODict_Type);
}

function PyODict_CheckExact(o: Obj): boolean {
  return Py_TYPE(o) === PyODict_Type;
}

// ---- nodes -----------------------------------------------------------------------------------------------------------------------

const capacity = (od: Obj): number => usableFraction(get(get(od, ma_keys), dk_mask) + 1);

/** Makes the map from entries to nodes again for the present table: 0, or -1 with an exception. */
function remap(od: Obj): number {
  const keys = get(od, ma_keys);
  const size = capacity(od);
  const nodes = PyMem_Malloc(4 * Math.max(size, 1));
  if (nodes === 0) {
    PyErr_NoMemory();
    return -1;
  }
  H32.fill(0, nodes >> 2, (nodes >> 2) + size);
  const state = get(od, od_state);
  for (let node = get(od, od_first); node !== 0; node = get(node, NODE_NEXT)) {
    const ix = _Py_dict_lookup(od, nodeKey(node), get(node, NODE_HASH));
    const changed = state !== get(od, od_state) || keys !== get(od, ma_keys);
    if (changed || PyErr_Occurred() !== 0) {
      PyMem_Free(nodes);
      return PyErr_Occurred() !== 0 ? -1 : errMinus1(PyExc_RuntimeError, MUTATED);
    }
    if (ix >= 0) H32[(nodes >> 2) + ix] = node;
  }
  PyMem_Free(get(od, od_fast_nodes));
  set(od, od_fast_nodes, nodes);
  set(od, od_fast_size, size);
  set(od, od_sentinel, keys);
  return 0;
}

/** The index of a key's entry, the map being right for it; negative if absent or with an exception. */
function indexOf(od: Obj, key: Obj, hash: number): number {
  if (
    get(od, od_sentinel) !== get(od, ma_keys) ||
    get(od, od_fast_size) !== capacity(od) ||
    get(od, od_fast_nodes) === 0
  ) {
    if (remap(od) < 0) return -1;
  }
  const ix = _Py_dict_lookup(od, key, hash);
  // The comparison may have changed the table.
  if (ix >= 0 && (get(od, od_sentinel) !== get(od, ma_keys) || ix >= get(od, od_fast_size))) {
    if (remap(od) < 0) return -1;
    return _Py_dict_lookup(od, key, hash);
  }
  return ix;
}

/** The node of a key; 0 if absent, or with an exception. */
function findNodeHash(od: Obj, key: Obj, hash: number): number {
  if (get(od, od_first) === 0) return 0;
  const ix = indexOf(od, key, hash);
  return ix < 0 ? 0 : H32[(get(od, od_fast_nodes) >> 2) + ix];
}

function findNode(od: Obj, key: Obj): number {
  if (get(od, od_first) === 0) return 0;
  const hash = hashKey(key);
  return hash === -1 ? 0 : findNodeHash(od, key, hash);
}

function linkTail(od: Obj, node: number): void {
  const last = get(od, od_last);
  set(node, NODE_PREV, last);
  set(node, NODE_NEXT, 0);
  if (last === 0) set(od, od_first, node);
  else set(last, NODE_NEXT, node);
  set(od, od_last, node);
  set(od, od_state, get(od, od_state) + 1);
}

function linkHead(od: Obj, node: number): void {
  const first = get(od, od_first);
  set(node, NODE_PREV, 0);
  set(node, NODE_NEXT, first);
  if (first === 0) set(od, od_last, node);
  else set(first, NODE_PREV, node);
  set(od, od_first, node);
  set(od, od_state, get(od, od_state) + 1);
}

function unlink(od: Obj, node: number): void {
  const next = get(node, NODE_NEXT);
  const prev = get(node, NODE_PREV);
  if (prev === 0) set(od, od_first, next);
  else set(prev, NODE_NEXT, next);
  if (next === 0) set(od, od_last, prev);
  else set(next, NODE_PREV, prev);
  set(od, od_state, get(od, od_state) + 1);
}

/** Adds a node at the end for a key that is in the dict and has none yet: 0 or -1. */
function addNode(od: Obj, key: Obj, hash: number): number {
  const ix = indexOf(od, key, hash);
  if (ix < 0) {
    if (PyErr_Occurred() === 0) _PyErr_SetKeyError(key);
    return -1;
  }
  const at = (get(od, od_fast_nodes) >> 2) + ix;
  if (H32[at] !== 0) return 0;
  const node = PyMem_Malloc(NODE_SIZE);
  if (node === 0) {
    PyErr_NoMemory();
    return -1;
  }
  set(node, NODE_KEY, newref(key));
  set(node, NODE_HASH, hash);
  linkTail(od, node);
  H32[at] = node;
  return 0;
}

/** Takes the node of a key out: 0, or -1 with an exception. */
function dropNode(od: Obj, key: Obj, hash: number): number {
  if (get(od, od_first) === 0) return 0;
  const ix = indexOf(od, key, hash);
  if (ix < 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  const at = (get(od, od_fast_nodes) >> 2) + ix;
  const node = H32[at];
  if (node === 0) return 0;
  H32[at] = 0;
  unlink(od, node);
  const own = nodeKey(node);
  PyMem_Free(node);
  decref(own);
  return 0;
}

/** Takes all nodes out. */
function clearNodes(od: Obj): void {
  const nodes = get(od, od_fast_nodes);
  let node = get(od, od_first);
  set(od, od_fast_nodes, 0);
  set(od, od_fast_size, 0);
  set(od, od_sentinel, 0);
  set(od, od_first, 0);
  set(od, od_last, 0);
  set(od, od_state, get(od, od_state) + 1);
  if (nodes !== 0) PyMem_Free(nodes);
  while (node !== 0) {
    const next = get(node, NODE_NEXT);
    const key = nodeKey(node);
    PyMem_Free(node);
    decref(key);
    node = next;
  }
}

// ---- storing ---------------------------------------------------------------------------------------------------------------------

function setKnownHash(od: Obj, key: Obj, value: Obj, hash: number): number {
  if (_PyDict_SetItem_KnownHash(od, key, value, hash) < 0) return -1;
  if (addNode(od, key, hash) === 0) return 0;
  // No key without a node: take it out again.
  const e = PyErr_GetRaisedException();
  _PyDict_DelItem_KnownHash(od, key, hash);
  PyErr_SetRaisedException(e);
  return -1;
}

/** od[key] = value: 0 or -1. */
export function PyODict_SetItem(od: Obj, key: Obj, value: Obj): number {
  const hash = hashKey(key);
  return hash === -1 ? -1 : setKnownHash(od, key, value, hash);
}

/** del od[key]: 0 or -1. */
export function PyODict_DelItem(od: Obj, key: Obj): number {
  const hash = hashKey(key);
  if (hash === -1 || dropNode(od, key, hash) < 0) return -1;
  return _PyDict_DelItem_KnownHash(od, key, hash);
}

function odict_ass_subscript(od: Obj, key: Obj, value: Obj): number {
  return value === 0 ? PyODict_DelItem(od, key) : PyODict_SetItem(od, key, value);
}

/** Takes a key out and returns its value: new; NULL with KeyError if there is neither key nor `dflt`. */
function popKey(od: Obj, key: Obj, dflt: Obj, hash: number): Obj {
  if (dropNode(od, key, hash) < 0) return NULL;
  return _PyDict_Pop_KnownHash(od, key, hash, dflt);
}

function odict_new(type: Obj): Obj {
  const od = PyType_GenericAlloc(type, 0);
  if (od !== 0) dictInitEmpty(od);
  return od;
}

// ---- update ----------------------------------------------------------------------------------------------------------------------

/** self[key] = value for each pair of an iterable: 0 or -1. */
function addPairs(self: Obj, pairs: Obj): number {
  const it = PyObject_GetIter(pairs);
  if (it === 0) return -1;
  let r = 0;
  while (r === 0) {
    const pair = PyIter_Next(it);
    if (pair === 0) break;
    r = addPair(self, pair);
    decref(pair);
  }
  decref(it);
  return r < 0 || PyErr_Occurred() !== 0 ? -1 : 0;
}

function addPair(self: Obj, pair: Obj): number {
  const items = PyObject_GetIter(pair);
  if (items === 0) return -1;
  const key = PyIter_Next(items);
  const value = key === 0 ? NULL : PyIter_Next(items);
  let r = -1;
  if (value === 0) {
    if (PyErr_Occurred() === 0)
      PyErr_SetString(PyExc_ValueError, `need more than ${key === 0 ? '0 values' : '1 value'} to unpack`);
  } else {
    const more = PyIter_Next(items);
    if (more !== 0) {
      decref(more);
      PyErr_SetString(PyExc_ValueError, 'too many values to unpack (expected 2)');
    } else if (PyErr_Occurred() === 0) r = PyObject_SetItem(self, key, value);
  }
  xdecref(key);
  xdecref(value);
  decref(items);
  return r;
}

function addFromKeys(self: Obj, other: Obj, keysMethod: Obj): number {
  const keys = PyObject_CallNoArgs(keysMethod);
  const it = keys === 0 ? NULL : PyObject_GetIter(keys);
  xdecref(keys);
  if (it === 0) return -1;
  let r = 0;
  while (r === 0) {
    const key = PyIter_Next(it);
    if (key === 0) break;
    const value = PyObject_GetItem(other, key);
    r = value === 0 ? -1 : PyObject_SetItem(self, key, value);
    xdecref(value);
    decref(key);
  }
  decref(it);
  return r < 0 || PyErr_Occurred() !== 0 ? -1 : 0;
}

/** The positional argument of update(): 0 or -1. */
function updateArg(self: Obj, arg: Obj): number {
  if (PyDict_CheckExact(arg)) {
    const items = PyDict_Items(arg);
    if (items === 0) return -1;
    const r = addPairs(self, items);
    decref(items);
    return r;
  }
  for (const name of [s_keys, s_items]) {
    const f = PyObject_GetOptionalAttr(arg, idObj(name));
    if (f === 0) {
      if (PyErr_Occurred() !== 0) return -1;
      continue;
    }
    let r: number;
    if (name === s_keys) r = addFromKeys(self, arg, f);
    else {
      const items = PyObject_CallNoArgs(f);
      r = items === 0 ? -1 : addPairs(self, items);
      xdecref(items);
    }
    decref(f);
    return r;
  }
  return addPairs(self, arg);
}

function odict_update(self: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (nargs > 1)
    return PyErr_SetString(PyExc_TypeError, `update() takes at most 1 positional argument (${nargs} given)`);
  if (nargs === 1 && updateArg(self, H32[args >> 2] as Obj) < 0) return NULL;
  const n = kwnames === 0 ? 0 : PyTuple_GET_SIZE(kwnames);
  for (let i = 0; i < n; i++) {
    if (PyObject_SetItem(self, PyTuple_GET_ITEM(kwnames, i), H32[(args >> 2) + nargs + i] as Obj) < 0) return NULL;
  }
  return newref(Py_None);
}

function odict_init(self: Obj, args: Obj, kwargs: Obj): number {
  const n = PyTuple_GET_SIZE(args);
  if (n > 1) return errMinus1(PyExc_TypeError, `expected at most 1 argument, got ${n}`);
  if (n === 1 && updateArg(self, PyTuple_GET_ITEM(args, 0)) < 0) return -1;
  if (kwargs === 0) return 0;
  for (let pos = 0; (pos = PyDict_Next(kwargs, pos)) !== 0; ) {
    const key = newref(dictKey);
    const value = newref(dictValue);
    const r = PyObject_SetItem(self, key, value);
    decref(key);
    decref(value);
    if (r < 0) return -1;
  }
  return 0;
}

// ---- slots -----------------------------------------------------------------------------------------------------------------------

function odict_dealloc(od: Obj): void {
  PyObject_GC_UnTrack(od);
  if (get(od, od_weakreflist) !== 0) PyObject_ClearWeakRefs(od);
  clearInstDict(od);
  clearNodes(od);
  dictReleaseContents(od);
  freeObject(od);
}

function clearInstDict(od: Obj): void {
  const dict = get(od, od_inst_dict) as Obj;
  set(od, od_inst_dict, 0);
  xdecref(dict);
}

function odict_traverse(od: Obj, visit: number, arg: number): number {
  const dict = get(od, od_inst_dict);
  let answer = dict === 0 ? 0 : F[visit](dict, arg);
  for (let node = get(od, od_first); !answer && node !== 0; node = get(node, NODE_NEXT))
    answer = F[visit](nodeKey(node), arg);
  return answer || dict_traverse(od, visit, arg);
}

function odict_tp_clear(od: Obj): number {
  clearInstDict(od);
  PyDict_Clear(od);
  clearNodes(od);
  return 0;
}

/** An exact dict of what an OrderedDict shows: new, or NULL. */
function plainDict(od: Obj): Obj {
  if (!PyODict_CheckExact(od)) {
    const items = PyObject_CallMethodNoArgs(od, idObj(s_items));
    if (items === 0) return NULL;
    const d = PyObject_CallOneArg(PyDict_Type, items);
    decref(items);
    return d;
  }
  const d = PyDict_New();
  const state = get(od, od_state);
  for (let node = get(od, od_first); d !== 0 && node !== 0; ) {
    const key = newref(nodeKey(node));
    const r = copyItem(od, key, (value) => PyDict_SetItem(d, key, value));
    decref(key);
    if (r < 0 || state !== get(od, od_state)) {
      if (r === 0) PyErr_SetString(PyExc_RuntimeError, MUTATED);
      decref(d);
      return NULL;
    }
    node = get(node, NODE_NEXT);
  }
  return d;
}

/** Hands the value of a key to `store`; KeyError if the dict has lost it: 0 or -1. */
function copyItem(od: Obj, key: Obj, store: (value: Obj) => number): number {
  const value = PyDict_GetItemWithError(od, key);
  if (value === 0) {
    if (PyErr_Occurred() === 0) _PyErr_SetKeyError(key);
    return -1;
  }
  incref(value);
  const r = store(value);
  decref(value);
  return r;
}

function odict_repr(od: Obj): Obj {
  const name = typeName(od).replace(/^.*\./, '');
  if (PyDict_Size(od) === 0) return PyUnicode_FromString(`${name}()`);
  if (Py_ReprEnter(od) !== 0) return PyUnicode_FromString('...');
  const d = plainDict(od);
  const w = new UnicodeWriter();
  const ok = d !== 0 && w.text(`${name}(`) === 0 && writeRepr(w, d) && w.ascii(')') === 0;
  xdecref(d);
  Py_ReprLeave(od);
  return ok ? w.finish() : w.fail();
}

/** Whether two OrderedDicts have equal keys in the same order: 1, 0 or -1. */
function keysEqual(a: Obj, b: Obj): number {
  const stateA = get(a, od_state);
  const stateB = get(b, od_state);
  let x = get(a, od_first);
  let y = get(b, od_first);
  while (x !== 0 && y !== 0) {
    const keyA = newref(nodeKey(x));
    const keyB = newref(nodeKey(y));
    const cmp = PyObject_RichCompareBool(keyA, keyB, Py_EQ);
    decref(keyA);
    decref(keyB);
    if (cmp < 0) return -1;
    if (stateA !== get(a, od_state) || stateB !== get(b, od_state)) return errMinus1(PyExc_RuntimeError, MUTATED);
    if (cmp === 0) return 0;
    x = get(x, NODE_NEXT);
    y = get(y, NODE_NEXT);
  }
  return x === y ? 1 : 0;
}

function odict_richcompare(v: Obj, w: Obj, op: number): Obj {
  if (!PyODict_Check(v) || !PyDict_Check(w) || (op !== Py_EQ && op !== Py_NE)) return newref(Py_NotImplemented);
  const r = F[get(PyDict_Type, tp_richcompare)](v, w, op) as Obj;
  if (r === 0 || !PyODict_Check(w) || (r === Py_True) === (op === Py_NE)) return r;
  decref(r);
  const eq = keysEqual(v, w);
  return eq < 0 ? NULL : newref((eq === 1) === (op === Py_EQ) ? Py_True : Py_False);
}

function odict_or(left: Obj, right: Obj): Obj {
  const mine = PyODict_Check(left);
  if (!PyDict_Check(mine ? right : left)) return newref(Py_NotImplemented);
  const r = PyObject_CallOneArg(Py_TYPE(mine ? left : right), left);
  if (r !== 0 && updateArg(r, right) < 0) {
    decref(r);
    return NULL;
  }
  return r;
}

function odict_ior(od: Obj, other: Obj): Obj {
  return updateArg(od, other) < 0 ? NULL : newref(od);
}

// ---- methods ---------------------------------------------------------------------------------------------------------------------

function odict_reduce(od: Obj): Obj {
  const state = PyObject_CallMethodNoArgs(od, idObj(s_getstate));
  const items = state === 0 ? NULL : PyObject_CallMethodNoArgs(od, idObj(s_items));
  const it = items === 0 ? NULL : PyObject_GetIter(items);
  const r = it === 0 ? NULL : PyTuple_Pack(Py_TYPE(od), emptyTuple, state, Py_None, it);
  xdecref(state);
  xdecref(items);
  xdecref(it);
  return r;
}

function odict_setdefault(od: Obj, key: Obj, dflt: Obj): Obj {
  if (PyODict_CheckExact(od)) {
    const value = PyDict_GetItemWithError(od, key);
    if (value !== 0) return newref(value);
    if (PyErr_Occurred() !== 0 || PyODict_SetItem(od, key, dflt) < 0) return NULL;
    return newref(dflt);
  }
  const has = PySequence_Contains(od, key);
  if (has < 0) return NULL;
  if (has > 0) return PyObject_GetItem(od, key);
  return PyObject_SetItem(od, key, dflt) < 0 ? NULL : newref(dflt);
}

function odict_pop(od: Obj, key: Obj, dflt: Obj): Obj {
  const hash = hashKey(key);
  return hash === -1 ? NULL : popKey(od, key, dflt, hash);
}

function odict_popitem(od: Obj, last: number): Obj {
  const node = get(od, last ? od_last : od_first);
  if (node === 0) return PyErr_SetString(PyExc_KeyError, 'dictionary is empty');
  const key = newref(nodeKey(node));
  const value = popKey(od, key, NULL, get(node, NODE_HASH));
  if (value === 0) {
    decref(key);
    return NULL;
  }
  return tupleSteal2(key, value);
}

function odict_clear(od: Obj): Obj {
  PyDict_Clear(od);
  clearNodes(od);
  return newref(Py_None);
}

function odict_copy(od: Obj): Obj {
  const exact = PyODict_CheckExact(od);
  const copy = exact ? odict_new(PyODict_Type) : PyObject_CallNoArgs(Py_TYPE(od));
  const state = get(od, od_state);
  for (let node = get(od, od_first); copy !== 0 && node !== 0; ) {
    const key = newref(nodeKey(node));
    let r: number;
    if (exact) r = copyItem(od, key, (value) => PyODict_SetItem(copy, key, value));
    else {
      const value = PyObject_GetItem(od, key);
      r = value === 0 ? -1 : PyObject_SetItem(copy, key, value);
      xdecref(value);
    }
    decref(key);
    if (r === 0 && state !== get(od, od_state)) {
      PyErr_SetString(PyExc_RuntimeError, MUTATED);
      r = -1;
    }
    if (r < 0) {
      decref(copy);
      return NULL;
    }
    node = get(node, NODE_NEXT);
  }
  return copy;
}

function odict_move_to_end(od: Obj, key: Obj, last: number): Obj {
  const end = get(od, last ? od_last : od_first);
  if (end === 0) return _PyErr_SetKeyError(key);
  if (nodeKey(end) === key) return newref(Py_None);
  const node = findNode(od, key);
  if (node === 0) return PyErr_Occurred() !== 0 ? NULL : _PyErr_SetKeyError(key);
  if (node !== get(od, last ? od_last : od_first)) {
    unlink(od, node);
    if (last) linkTail(od, node);
    else linkHead(od, node);
  }
  return newref(Py_None);
}

function odict_sizeof(od: Obj): Obj {
  let nodes = 0;
  for (let node = get(od, od_first); node !== 0; node = get(node, NODE_NEXT)) nodes++;
  return PyLong_FromSsize_t(
    get(Py_TYPE(od), tp_basicsize) + dictExtraSize(od) + 4 * get(od, od_fast_size) + NODE_SIZE * nodes,
  );
}

const SIG_popitem = parseSignature('popitem', '(last: bool = True)');

function odict_popitem_checked(od: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (nargs > 1) return PyErr_SetString(PyExc_TypeError, `popitem() takes at most 1 argument (${nargs} given)`);
  return bindVector(SIG_popitem, args, nargs, kwnames) ? odict_popitem(od, bound[0]) : NULL;
}

defineType({
  type: PyODict_Type,
  name: 'collections.OrderedDict',
  base: PyDict_Type,
  layout: ODict,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: 'Dictionary that remembers insertion order',
  slots: {
    tp_new: odict_new,
    tp_init: odict_init,
    tp_dealloc: odict_dealloc,
    tp_traverse: odict_traverse,
    tp_clear: odict_tp_clear,
    tp_repr: odict_repr,
    tp_hash: PyObject_HashNotImplemented,
    tp_richcompare: odict_richcompare,
    tp_iter: (od: Obj) => iterOf(od, KEYS),
    nb_or: odict_or,
    nb_inplace_or: odict_ior,
    mp_ass_subscript: odict_ass_subscript,
  },
  methods: [
    classMethod(
      'fromkeys',
      '($type, /, iterable, value=None)',
      dict_fromkeys,
      'Create a new ordered dictionary with keys from iterable and values set to value.',
    ),
    method('__sizeof__', '($self, /)', odict_sizeof),
    method('__reduce__', '($self, /)', odict_reduce, 'Return state information for pickling'),
    method(
      'setdefault',
      '($self, /, key, default=None)',
      odict_setdefault,
      'Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.',
    ),
    method(
      'pop',
      '($self, /, key, default=<unrepresentable>)',
      odict_pop,
      'od.pop(key[,default]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError.',
    ),
    fastcall(
      'popitem',
      '($self, /, last=True)',
      odict_popitem_checked,
      'Remove and return a (key, value) pair from the dictionary.\n\nPairs are returned in LIFO order if last is true or FIFO order if false.',
    ),
    method('keys', '($self, /)', (od: Obj) => _PyDictView_New(od, odict_keys)),
    method('values', '($self, /)', (od: Obj) => _PyDictView_New(od, odict_values)),
    method('items', '($self, /)', (od: Obj) => _PyDictView_New(od, odict_items)),
    fastcall('update', null, odict_update),
    method('clear', '($self, /)', odict_clear, 'Remove all items from ordered dict.'),
    method('copy', '($self, /)', odict_copy, 'A shallow copy of ordered dict.'),
    method(
      '__reversed__',
      '($self, /)',
      (od: Obj) => iterOf(od, KEYS | REVERSED),
      'od.__reversed__() <==> reversed(od)',
    ),
    method(
      'move_to_end',
      '($self, /, key, last: bool = True)',
      odict_move_to_end,
      'Move an existing element to the end (or beginning if last is false).\n\nRaise KeyError if the element does not exist.',
    ),
  ],
  getset: [getset('__dict__', PyObject_GenericGetDict, PyObject_GenericSetDict)],
});

// ---- iterators and views ---------------------------------------------------------------------------------------------------------

const KEYS = 1;
const VALUES = 2;
const ITEMS = 3;
const REVERSED = 4;

// current: the key to come next (NULL: the end).
const ODictIter = layout({ odict: ref, current: ref, result: ref, kind: i32, size: i32, state: i32 });
const odictiter = staticType();

function iterOf(od: Obj, kind: number): Obj {
  const it = _PyObject_New(odictiter);
  if (it === 0) return NULL;
  if ((kind & 3) === ITEMS) {
    const pair = PyTuple_Pack2(Py_None, Py_None);
    if (pair === 0) {
      decref(it);
      return NULL;
    }
    set(it, ODictIter.result, pair);
  }
  const node = get(od, kind & REVERSED ? od_last : od_first);
  set(it, ODictIter.odict, newref(od));
  set(it, ODictIter.current, node === 0 ? 0 : newref(nodeKey(node)));
  set(it, ODictIter.kind, kind);
  set(it, ODictIter.size, PyDict_Size(od));
  set(it, ODictIter.state, get(od, od_state));
  PyObject_GC_Track(it);
  return it;
}

/** Ends the iteration; NULL. */
function endIter(it: Obj): Obj {
  const od = get(it, ODictIter.odict) as Obj;
  set(it, ODictIter.odict, 0);
  xdecref(od);
  return NULL;
}

function nextKey(it: Obj): Obj {
  const od = get(it, ODictIter.odict) as Obj;
  if (od === 0) return NULL;
  const key = get(it, ODictIter.current) as Obj;
  if (key === 0) return endIter(it);
  if (get(od, od_state) !== get(it, ODictIter.state)) {
    PyErr_SetString(PyExc_RuntimeError, MUTATED);
    return endIter(it);
  }
  if (PyDict_Size(od) !== get(it, ODictIter.size)) {
    PyErr_SetString(PyExc_RuntimeError, 'OrderedDict changed size during iteration');
    return endIter(it);
  }
  const node = findNode(od, key);
  if (node === 0) {
    if (PyErr_Occurred() === 0) _PyErr_SetKeyError(key);
    set(it, ODictIter.current, 0);
    decref(key);
    return NULL;
  }
  const next = get(node, get(it, ODictIter.kind) & REVERSED ? NODE_PREV : NODE_NEXT);
  set(it, ODictIter.current, next === 0 ? 0 : newref(nodeKey(next)));
  return key;
}

function odictiter_next(it: Obj): Obj {
  const key = nextKey(it);
  const kind = get(it, ODictIter.kind) & 3;
  if (key === 0 || kind === KEYS) return key;
  const od = get(it, ODictIter.odict) as Obj;
  const value = xnewref(PyDict_GetItemWithError(od, key));
  if (value === 0) {
    if (PyErr_Occurred() === 0) _PyErr_SetKeyError(key);
    decref(key);
    return endIter(it);
  }
  if (kind === VALUES) {
    decref(key);
    return value;
  }
  const pair = get(it, ODictIter.result) as Obj;
  if (Py_REFCNT(pair) !== 1) return tupleSteal2(key, value);
  const at = (pair + tuple_items) >> 2;
  const oldKey = H32[at] as Obj;
  const oldValue = H32[at + 1] as Obj;
  H32[at] = key;
  H32[at + 1] = value;
  set(pair, tuple_hash_field, -1);
  incref(pair);
  decref(oldKey);
  decref(oldValue);
  if (!PyObject_GC_IsTracked(pair)) PyObject_GC_Track(pair);
  return pair;
}

/** (iter, ([what is left],)): the iterator itself is not moved. */
function odictiter_reduce(it: Obj): Obj {
  const copy = _PyObject_New(odictiter);
  if (copy === 0) return NULL;
  for (const offset of [ODictIter.kind, ODictIter.size, ODictIter.state]) set(copy, offset, get(it, offset));
  for (const offset of [ODictIter.odict, ODictIter.current, ODictIter.result])
    set(copy, offset, xnewref(get(it, offset) as Obj));
  PyObject_GC_Track(copy);
  const list = PySequence_List(copy);
  decref(copy);
  const args = list === 0 ? NULL : PyTuple_Pack(list);
  xdecref(list);
  const iter = args === 0 ? NULL : getBuiltin(s_iter);
  if (iter === 0) {
    xdecref(args);
    return NULL;
  }
  return tupleSteal2(iter, args);
}

defineType({
  type: odictiter,
  name: 'odict_iterator',
  layout: ODictIter,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_iter: PyObject_SelfIter, tp_iternext: odictiter_next, tp_getattro: PyObject_GenericGetAttr },
  methods: [method('__reduce__', '($self, /)', odictiter_reduce, 'Return state information for pickling')],
});

function defineView(name: string, base: Obj, kind: number): Obj {
  const type = staticType();
  defineType({
    type,
    name,
    base,
    layout: DictViewLayout,
    flags: Py_TPFLAGS_HAVE_GC,
    slots: { tp_iter: (dv: Obj) => iterOf(dictViewDict(dv), kind) },
    methods: [method('__reversed__', '($self, /)', (dv: Obj) => iterOf(dictViewDict(dv), kind | REVERSED))],
  });
  return type;
}

const odict_keys = defineView('odict_keys', PyDictKeys_Type, KEYS);
const odict_values = defineView('odict_values', PyDictValues_Type, VALUES);
const odict_items = defineView('odict_items', PyDictItems_Type, ITEMS);
