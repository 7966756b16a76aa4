// Which classes count as subclasses of an abstract one?
//
// Invariant: each abstract class has one record of weak references to the classes registered with it, to those known to be its subclasses, and
// to those known not to be; the last is void once anything has been registered anywhere since (PEP 3119).

import { H32, staticWord } from '../memory/linear.js';
import { PyObject_CallMethodNoArgs, PyObject_CallMethodOneArg } from '../object/call.js';
import { defineModule, defineType, method } from '../object/declare.js';
import { PyDict_DelItem, PyDict_GetItemWithError } from '../object/dict.js';
import { PyCFunction_NewEx } from '../object/descr.js';
import { PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref, incref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_IsSubclass, PyType_Check } from '../object/isinstance.js';
import { PyObject_GetIter, PyIter_Next } from '../object/iter.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyList_Check, PyList_GET_ITEM, PyList_GET_SIZE } from '../object/list.js';
import { PyLong_AsLong, PyLong_CheckExact, PyLong_FromLong } from '../object/long.js';
import { PyMapping_Items } from '../object/mapping.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import {
  PyBool_FromLong,
  PyObject_GetAttr,
  PyObject_GetOptionalAttr,
  PyObject_IsTrue,
  PyObject_SetAttr,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_List, PySequence_Tuple } from '../object/sequence.js';
import {
  PyFrozenSet_New,
  PySet_GET_SIZE,
  PySet_Add,
  PySet_Clear,
  PySet_Contains,
  PySet_Discard,
  PySet_New,
} from '../object/set.js';
import {
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyExc_AssertionError,
  PyExc_RuntimeError,
  PyExc_TypeError,
  staticType,
} from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import {
  Py_TPFLAGS_HAVE_GC,
  Py_TPFLAGS_IMMUTABLETYPE,
  Py_TPFLAGS_MAPPING,
  Py_TPFLAGS_SEQUENCE,
  tp_dict,
  tp_flags,
  tp_mro,
} from '../object/type_layout.js';
import { PyType_Modified } from '../object/type_lookup.js';
import { PyWeakref_GET_OBJECT, PyWeakref_NewRef } from '../object/weakref.js';
import { liveSubclasses } from '../types/type.js';
import { tupleOf } from './values.js';

const s_abc_impl = ID('_abc_impl');
const s_abstractmethods = ID('__abstractmethods__');
const s_isabstractmethod = ID('__isabstractmethod__');
const s_bases = ID('__bases__');
const s_class = ID('__class__');
const s_dict = ID('__dict__');
const s_subclasscheck = ID('__subclasscheck__');
const s_subclasses = ID('__subclasses__');
const s_subclasshook = ID('__subclasshook__');
const s_abc_tpflags = ID('__abc_tpflags__');

const COLLECTION_FLAGS = Py_TPFLAGS_SEQUENCE | Py_TPFLAGS_MAPPING;

/** How many registrations there have been. */
const invalidations = staticWord();

const data_Type = staticType();
const Data = layout({ registry: ref, cache: ref, negative: ref, version: i32 });

function newData(): Obj {
  const d = PyType_GenericAlloc(data_Type, 0);
  if (d !== 0) H32[(d + Data.version) >> 2] = H32[invalidations];
  return d;
}

defineType({
  type: data_Type,
  name: '_abc._abc_data',
  layout: Data,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: 'Internal state held by ABC machinery.',
  slots: { tp_new: newData },
});

const at = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;

/** The record of an abstract class: a new reference, or NULL. */
function dataOf(cls: Obj): Obj {
  const d = PyObject_GetAttr(cls, idObj(s_abc_impl));
  if (d === 0 || Py_TYPE(d) === data_Type) return d;
  decref(d);
  return PyErr_SetString(PyExc_TypeError, '_abc_impl is set to a wrong type');
}

// --- sets of weak references --------------------------------------------------------------------------------------------------

// Called when a class has died, with the weak reference that a set holds; `setRef` refers weakly to that set.
const forget = method('_destroy', '($setweakref, objweakref, /)', (setRef: Obj, dead: Obj): Obj => {
  const set = PyWeakref_GET_OBJECT(setRef);
  if (set === 0) return newref(Py_None);
  newref(set);
  const r = PySet_Discard(set, dead);
  decref(set);
  return r < 0 ? NULL : newref(Py_None);
});

/** Whether a set (or NULL) of weak references has one to `o`: 1, 0 or -1. */
function holds(set: Obj, o: Obj): number {
  if (set === 0 || PySet_GET_SIZE(set) === 0) return 0;
  const r = PyWeakref_NewRef(o, NULL);
  if (r === 0) {
    // What cannot be referred to weakly is in no such set.
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) return -1;
    PyErr_Clear();
    return 0;
  }
  const there = PySet_Contains(set, r);
  decref(r);
  return there;
}

/** Adds a weak reference to `o` to the set in a field, making the set if there is none: 0, or -1. */
function hold(data: Obj, field: number, o: Obj): number {
  if (at(data, field) === 0) {
    const made = PySet_New(NULL);
    if (made === 0) return -1;
    H32[(data + field) >> 2] = made;
  }
  const set = at(data, field);
  const setRef = PyWeakref_NewRef(set, NULL);
  const callback = setRef === 0 ? NULL : PyCFunction_NewEx(forget.ml, setRef, NULL);
  const r = callback === 0 ? NULL : PyWeakref_NewRef(o, callback);
  const result = r === 0 ? -1 : PySet_Add(set, r);
  xdecref(r);
  xdecref(callback);
  xdecref(setRef);
  return result;
}

// --- set-up -------------------------------------------------------------------------------------------------------------------

/** Whether a value is marked abstract: 1, 0 or -1. */
function isAbstract(value: Obj): number {
  const mark = PyObject_GetOptionalAttr(value, idObj(s_isabstractmethod));
  if (mark === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  const r = PyObject_IsTrue(mark);
  decref(mark);
  return r;
}

/** Adds `name` to a set if `value` is abstract: 0, or -1. */
function addIfAbstract(into: Obj, name: Obj, value: Obj): number {
  const abstract = isAbstract(value);
  return abstract > 0 ? PySet_Add(into, name) : abstract;
}

/** Own abstract methods: 0, or -1. */
function addOwn(into: Obj, cls: Obj): number {
  const ns = PyObject_GetAttr(cls, idObj(s_dict));
  const items = ns === 0 ? NULL : PyMapping_Items(ns);
  xdecref(ns);
  if (items === 0) return -1;
  let r = 0;
  for (let i = 0; r === 0 && i < PyList_GET_SIZE(items); i++) {
    const pair = PySequence_Tuple(PyList_GET_ITEM(items, i));
    if (pair === 0) r = -1;
    else if (PyTuple_GET_SIZE(pair) !== 2) {
      PyErr_SetString(PyExc_TypeError, 'Iteration over __dict__.items() must give pairs');
      r = -1;
    } else r = addIfAbstract(into, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
    xdecref(pair);
  }
  decref(items);
  return r;
}

/** Abstract methods of a base that the class has not made concrete: 0, or -1. */
function addInherited(into: Obj, cls: Obj, base: Obj): number {
  const names = PyObject_GetOptionalAttr(base, idObj(s_abstractmethods));
  if (names === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  const it = PyObject_GetIter(names);
  decref(names);
  if (it === 0) return -1;
  let r = 0;
  while (r === 0) {
    const name = PyIter_Next(it);
    if (name === 0) {
      if (PyErr_Occurred() !== 0) r = -1;
      break;
    }
    const value = PyObject_GetOptionalAttr(cls, name);
    if (value !== 0) {
      r = addIfAbstract(into, name, value);
      decref(value);
    } else if (PyErr_Occurred() !== 0) r = -1;
    decref(name);
  }
  decref(it);
  return r;
}

/** Sets __abstractmethods__: 0, or -1. */
function computeAbstractMethods(cls: Obj): number {
  const found = PySet_New(NULL);
  if (found === 0) return -1;
  let r = addOwn(found, cls);
  const bases = r === 0 ? PyObject_GetAttr(cls, idObj(s_bases)) : NULL;
  if (bases === 0) r = -1;
  else if (!PyTuple_Check(bases)) {
    PyErr_SetString(PyExc_TypeError, '__bases__ is not tuple');
    r = -1;
  } else
    for (let i = 0; r === 0 && i < PyTuple_GET_SIZE(bases); i++)
      r = addInherited(found, cls, PyTuple_GET_ITEM(bases, i));
  xdecref(bases);
  const frozen = r === 0 ? PyFrozenSet_New(found) : NULL;
  decref(found);
  if (frozen === 0) return -1;
  r = PyObject_SetAttr(cls, idObj(s_abstractmethods), frozen);
  decref(frozen);
  return r;
}

/** Gives `type` and, down to those that have none of it, its subclasses the kind of collection that patterns ask for. */
function setCollectionFlag(type: Obj, flag: number): void {
  const flags = H32[(type + tp_flags) >> 2];
  if (flags & Py_TPFLAGS_IMMUTABLETYPE || (flags & COLLECTION_FLAGS) === flag) return;
  H32[(type + tp_flags) >> 2] = (flags & ~COLLECTION_FLAGS) | flag;
  PyType_Modified(type);
  for (const sub of liveSubclasses(type)) setCollectionFlag(sub, flag);
}

/** __abc_tpflags__ in a class body says which kind of collection it is: 0, or -1. */
function takeCollectionFlag(cls: Obj): number {
  if (!PyType_Check(cls)) return 0;
  const dict = at(cls, tp_dict);
  const value = PyDict_GetItemWithError(dict, idObj(s_abc_tpflags));
  if (value === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  if (!PyLong_CheckExact(value)) return PyDict_DelItem(dict, idObj(s_abc_tpflags));
  const flag = PyLong_AsLong(value);
  if (flag === -1 && PyErr_Occurred() !== 0) return -1;
  if ((flag & COLLECTION_FLAGS) === COLLECTION_FLAGS) {
    PyErr_SetString(PyExc_TypeError, '__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING');
    return -1;
  }
  H32[(cls + tp_flags) >> 2] |= flag & COLLECTION_FLAGS;
  return PyDict_DelItem(dict, idObj(s_abc_tpflags));
}

function abc_init(_m: Obj, cls: Obj): Obj {
  if (computeAbstractMethods(cls) < 0) return NULL;
  const data = newData();
  if (data === 0) return NULL;
  const r = PyObject_SetAttr(cls, idObj(s_abc_impl), data);
  decref(data);
  return r < 0 || takeCollectionFlag(cls) < 0 ? NULL : newref(Py_None);
}

function abc_register(_m: Obj, cls: Obj, subclass: Obj): Obj {
  if (!PyType_Check(subclass)) return PyErr_SetString(PyExc_TypeError, 'Can only register classes');
  let r = PyObject_IsSubclass(subclass, cls);
  if (r !== 0) return r < 0 ? NULL : newref(subclass);
  // Asked after the other way round, so that registering a class with itself is no cycle but nothing to do.
  r = PyObject_IsSubclass(cls, subclass);
  if (r !== 0) return r < 0 ? NULL : PyErr_SetString(PyExc_RuntimeError, 'Refusing to create an inheritance cycle');
  const data = dataOf(cls);
  if (data === 0) return NULL;
  r = hold(data, Data.registry, subclass);
  decref(data);
  if (r < 0) return NULL;
  H32[invalidations]++;
  if (PyType_Check(cls)) {
    const flag = H32[(cls + tp_flags) >> 2] & COLLECTION_FLAGS;
    if (flag) setCollectionFlag(subclass, flag);
  }
  return newref(subclass);
}

// --- checks -------------------------------------------------------------------------------------------------------------------

function askSubclass(cls: Obj, subclass: Obj): Obj {
  return PyObject_CallMethodOneArg(cls, idObj(s_subclasscheck), subclass);
}

function instanceCheck(cls: Obj, data: Obj, instance: Obj, subclass: Obj): Obj {
  let r = holds(at(data, Data.cache), subclass);
  if (r !== 0) return r < 0 ? NULL : newref(Py_True);
  const type = Py_TYPE(instance);
  if (type === subclass) {
    if (H32[(data + Data.version) >> 2] === H32[invalidations]) {
      r = holds(at(data, Data.negative), subclass);
      if (r !== 0) return r < 0 ? NULL : newref(Py_False);
    }
    return askSubclass(cls, subclass);
  }
  // The question about the one may change the instance's class, and with it the end of the other.
  incref(type);
  let answer = askSubclass(cls, subclass);
  r = answer === 0 ? -1 : PyObject_IsTrue(answer);
  if (r <= 0) {
    xdecref(answer);
    answer = r < 0 ? NULL : askSubclass(cls, type);
  }
  decref(type);
  return answer;
}

function abc_instancecheck(_m: Obj, cls: Obj, instance: Obj): Obj {
  const data = dataOf(cls);
  if (data === 0) return NULL;
  let subclass = PyObject_GetOptionalAttr(instance, idObj(s_class));
  // An instance that hides its class is judged by its type, as isinstance() does.
  if (subclass === 0 && PyErr_Occurred() === 0) subclass = newref(Py_TYPE(instance));
  const r = subclass === 0 ? NULL : instanceCheck(cls, data, instance, subclass);
  xdecref(subclass);
  decref(data);
  return r;
}

/** Whether `subclass` is one of a registered class: 1, 0 or -1; REGISTERED if it is registered itself. */
function inRegistry(data: Obj, subclass: Obj): number {
  const registry = at(data, Data.registry);
  let r = holds(registry, subclass);
  if (r > 0) return REGISTERED;
  if (r !== 0 || registry === 0) return r;
  // Weak references vanish from the set while it is walked.
  const refs = PySequence_List(registry);
  if (refs === 0) return -1;
  for (let i = 0; r === 0 && i < PyList_GET_SIZE(refs); i++) {
    const cls = PyWeakref_GET_OBJECT(PyList_GET_ITEM(refs, i));
    if (cls === 0) continue;
    newref(cls);
    r = PyObject_IsSubclass(subclass, cls);
    decref(cls);
  }
  decref(refs);
  return r;
}

/** Whether `subclass` is one of a subclass of `cls`: 1, 0 or -1. */
function belowSubclass(cls: Obj, subclass: Obj): number {
  const subclasses = PyObject_CallMethodNoArgs(cls, idObj(s_subclasses));
  if (subclasses === 0) return -1;
  let r = 0;
  if (!PyList_Check(subclasses)) {
    PyErr_SetString(PyExc_TypeError, '__subclasses__() must return a list');
    r = -1;
  }
  for (let i = 0; r === 0 && i < PyList_GET_SIZE(subclasses); i++) {
    const sub = newref(PyList_GET_ITEM(subclasses, i));
    r = PyObject_IsSubclass(subclass, sub);
    decref(sub);
  }
  decref(subclasses);
  return r;
}

/** The answer of __subclasshook__: 1, 0; 2 for NotImplemented; -1 with an exception. */
function askHook(cls: Obj, subclass: Obj): number {
  const answer = PyObject_CallMethodOneArg(cls, idObj(s_subclasshook), subclass);
  if (answer === 0) return -1;
  decref(answer);
  if (answer === Py_True) return 1;
  if (answer === Py_False) return 0;
  if (answer === Py_NotImplemented) return 2;
  PyErr_SetString(PyExc_AssertionError, '__subclasshook__ must return either False, True, or NotImplemented');
  return -1;
}

/** The registry tells as fast as the cache would: the answer is not cached, so that the registry can be emptied and filled again. */
const REGISTERED = 2;

/** Finds out what the caches do not know: 1, 0 or -1, or REGISTERED. */
function decide(cls: Obj, data: Obj, subclass: Obj): number {
  const hook = askHook(cls, subclass);
  if (hook !== 2) return hook;
  const mro = at(subclass, tp_mro);
  if (mro !== 0) for (let i = 0; i < PyTuple_GET_SIZE(mro); i++) if (PyTuple_GET_ITEM(mro, i) === cls) return 1;
  const registered = inRegistry(data, subclass);
  return registered !== 0 ? registered : belowSubclass(cls, subclass);
}

function subclassCheck(cls: Obj, data: Obj, subclass: Obj): number {
  let r = holds(at(data, Data.cache), subclass);
  if (r !== 0) return r;
  if (H32[(data + Data.version) >> 2] !== H32[invalidations]) {
    const negative = at(data, Data.negative);
    if (negative !== 0 && PySet_Clear(negative) < 0) return -1;
    H32[(data + Data.version) >> 2] = H32[invalidations];
  } else {
    r = holds(at(data, Data.negative), subclass);
    if (r !== 0) return r < 0 ? -1 : 0;
  }
  r = decide(cls, data, subclass);
  if (r < 0) return -1;
  if (r === REGISTERED) return 1;
  return hold(data, r ? Data.cache : Data.negative, subclass) < 0 ? -1 : r;
}

function abc_subclasscheck(_m: Obj, cls: Obj, subclass: Obj): Obj {
  if (!PyType_Check(subclass)) return PyErr_SetString(PyExc_TypeError, 'issubclass() arg 1 must be a class');
  const data = dataOf(cls);
  if (data === 0) return NULL;
  const r = subclassCheck(cls, data, subclass);
  decref(data);
  return r < 0 ? NULL : PyBool_FromLong(r);
}

// --- for tests and caches -----------------------------------------------------------------------------------------------------

function abc_get_dump(_m: Obj, cls: Obj): Obj {
  const data = dataOf(cls);
  if (data === 0) return NULL;
  const sets = [Data.registry, Data.cache, Data.negative].map((f) => PySet_New(at(data, f)));
  const r = tupleOf([...sets, PyLong_FromLong(H32[(data + Data.version) >> 2])]);
  decref(data);
  return r;
}

function reset(fields: readonly number[]): (m: Obj, cls: Obj) => Obj {
  return (_m, cls) => {
    const data = dataOf(cls);
    if (data === 0) return NULL;
    let r = 0;
    for (const f of fields) if (r === 0 && at(data, f) !== 0) r = PySet_Clear(at(data, f));
    decref(data);
    return r < 0 ? NULL : newref(Py_None);
  };
}

defineModule({
  name: '_abc',
  doc: 'Module contains faster C implementation of abc.ABCMeta',
  functions: [
    method(
      'get_cache_token',
      '($module, /)',
      () => PyLong_FromLong(H32[invalidations]),
      'Returns the current ABC cache token.\n\nThe token is an opaque object (supporting equality testing) identifying the\ncurrent version of the ABC cache for virtual subclasses. The token changes\nwith every call to register() on any ABC.',
    ),
    method(
      '_abc_init',
      '($module, self, /)',
      abc_init,
      'Internal ABC helper for class set-up. Should be never used outside abc module.',
    ),
    method(
      '_reset_registry',
      '($module, self, /)',
      reset([Data.registry]),
      'Internal ABC helper to reset registry of a given class.\n\nShould be only used by refleak.py',
    ),
    method(
      '_reset_caches',
      '($module, self, /)',
      reset([Data.cache, Data.negative]),
      'Internal ABC helper to reset both caches of a given class.\n\nShould be only used by refleak.py',
    ),
    method(
      '_get_dump',
      '($module, self, /)',
      abc_get_dump,
      "Internal ABC helper for cache and registry debugging.\n\nReturn shallow copies of registry, of both caches, and\nnegative cache version. Don't call this function directly,\ninstead use ABC._dump_registry() for a nice repr.",
    ),
    method(
      '_abc_register',
      '($module, self, subclass, /)',
      abc_register,
      'Internal ABC helper for subclasss registration. Should be never used outside abc module.',
    ),
    method(
      '_abc_instancecheck',
      '($module, self, instance, /)',
      abc_instancecheck,
      'Internal ABC helper for instance checks. Should be never used outside abc module.',
    ),
    method(
      '_abc_subclasscheck',
      '($module, self, subclass, /)',
      abc_subclasscheck,
      'Internal ABC helper for subclasss checks. Should be never used outside abc module.',
    ),
  ],
});
