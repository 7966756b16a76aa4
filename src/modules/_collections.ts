// What does the module _collections export?  Invariant: a defaultdict is a dict with one reference more, its factory (or NULL); a tuplegetter is an
// index and a docstring, the attribute of a named tuple's field.

import { H32 } from '../memory/linear.js';
import { checkPositional, noKwargs } from '../object/bind.js';
import { PyObject_CallFunctionObjArgs, PyObject_CallMethodNoArgs, PyObject_CallNoArgs } from '../object/call.js';
import { classMethod, defineModule, defineType, member, method } from '../object/declare.js';
import {
  _PyDict_GetItem_KnownHash,
  _PyDict_SetItem_KnownHash,
  _PyErr_SetKeyError,
  dict_tp_clear,
  dict_traverse,
  dictInitEmpty,
  DictLayout,
  dictReleaseContents,
  dictValue,
  hashKey,
  PyDict_Check,
  PyDict_SetDefaultRef,
} from '../object/dict.js';
import { errMinus1, PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { F } from '../object/functable.js';
import { PyObject_GC_Track, PyObject_GC_UnTrack } from '../object/gc_head.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_TypeCheck } from '../object/isinstance.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyLong_AsSsize_t, PyLong_FromSsize_t, smallInt } from '../object/long.js';
import { Py_GenericAlias, PyObject_SetItem } from '../object/mapping.js';
import { _PyObject_New, freeObject, PyType_GenericAlloc } from '../object/new_object.js';
import { PyNumber_Add, PyNumber_Index } from '../object/number.js';
import { PyCallable_Check } from '../object/call.js';
import { PyObject_GenericGetAttr, PyObject_GetAttr, PyObject_Repr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import {
  emptyTuple,
  Py_None,
  Py_NotImplemented,
  PyDict_Type,
  PyExc_AttributeError,
  PyExc_IndexError,
  PyExc_TypeError,
  PyODict_Type,
  staticType,
} from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_GetSlice, PyTuple_Pack } from '../object/tuple.js';
import { _PyType_Lookup } from '../object/type_lookup.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC, tp_init, tp_repr } from '../object/type_layout.js';
import { UnicodeWriter } from '../object/unicode.js';
import { dict_update_arg, writeRepr } from '../types/dict.js';
import { deque_type, dequeiter_type, dequereviter_type } from './_collections_deque.js';
import '../types/odict.js';

const s_items = ID('items');
const s_get = ID('get');
const s_setitem = ID('__setitem__');

// ---- defaultdict -----------------------------------------------------------------------------------------------------------------

const Defaultdict = layout({ default_factory: ref }, { base: DictLayout.info });
const dd_factory = Defaultdict.default_factory;
const defaultdict = staticType();

const storedFactory = (dd: Obj): Obj => H32[(dd + dd_factory) >> 2] as Obj;
/** The factory, borrowed; NULL if there is none (also when the attribute has been set to None). */
const factoryOf = (dd: Obj): Obj => {
  const factory = storedFactory(dd);
  return factory === Py_None ? NULL : factory;
};

function defdict_new(type: Obj): Obj {
  const dd = PyType_GenericAlloc(type, 0);
  if (dd !== 0) dictInitEmpty(dd);
  return dd;
}

function setFactory(dd: Obj, factory: Obj): void {
  const old = storedFactory(dd);
  H32[(dd + dd_factory) >> 2] = factory;
  xdecref(old);
}

function defdict_init(dd: Obj, args: Obj, kwargs: Obj): number {
  let factory: Obj = NULL;
  const n = PyTuple_GET_SIZE(args);
  if (n > 0) {
    factory = PyTuple_GET_ITEM(args, 0);
    if (factory !== Py_None && !PyCallable_Check(factory))
      return errMinus1(PyExc_TypeError, 'first argument must be callable or None');
    if (factory === Py_None) factory = NULL;
  }
  const rest = PyTuple_GetSlice(args, n > 0 ? 1 : 0, n);
  if (rest === 0) return -1;
  setFactory(dd, factory === 0 ? NULL : newref(factory));
  const r = F[H32[(PyDict_Type + tp_init) >> 2]](dd, rest, kwargs);
  decref(rest);
  return r;
}

function defdict_dealloc(dd: Obj): void {
  PyObject_GC_UnTrack(dd);
  setFactory(dd, NULL);
  dictReleaseContents(dd);
  freeObject(dd);
}

function defdict_traverse(dd: Obj, visit: number, arg: number): number {
  const factory = storedFactory(dd);
  const answer = factory === 0 ? 0 : F[visit](factory, arg);
  return answer || dict_traverse(dd, visit, arg);
}

function defdict_tp_clear(dd: Obj): number {
  setFactory(dd, NULL);
  return dict_tp_clear(dd);
}

function defdict_missing(dd: Obj, key: Obj): Obj {
  const factory = factoryOf(dd);
  if (factory === 0) return _PyErr_SetKeyError(key);
  incref(factory);
  const value = PyObject_CallNoArgs(factory);
  decref(factory);
  if (value === 0) return NULL;
  // The factory may have entered the key itself: then that value stays.
  const r = PyDict_SetDefaultRef(dd, key, value);
  decref(value);
  return r < 0 ? NULL : dictValue;
}

/** type(dd)(factory, arg): new, or NULL. */
function newLike(dd: Obj, arg: Obj): Obj {
  return PyObject_CallFunctionObjArgs(Py_TYPE(dd), factoryOf(dd) || Py_None, arg);
}

function defdict_copy(dd: Obj): Obj {
  return newLike(dd, dd);
}

function defdict_or(left: Obj, right: Obj): Obj {
  const self = PyObject_TypeCheck(left, defaultdict) ? left : right;
  const other = self === left ? right : left;
  if (!PyDict_Check(other)) return newref(Py_NotImplemented);
  const r = newLike(self, left);
  if (r !== 0 && dict_update_arg(r, right) < 0) {
    decref(r);
    return NULL;
  }
  return r;
}

/** (type, (factory,) or (), None, None, iter(items())) */
function defdict_reduce(dd: Obj): Obj {
  const factory = factoryOf(dd);
  const args = factory === 0 ? newref(emptyTuple) : PyTuple_Pack(factory);
  const items = args === 0 ? NULL : PyObject_CallMethodNoArgs(dd, idObj(s_items));
  const it = items === 0 ? NULL : PyObject_GetIter(items);
  const r = it === 0 ? NULL : PyTuple_Pack(Py_TYPE(dd), args, Py_None, Py_None, it);
  xdecref(args);
  xdecref(items);
  xdecref(it);
  return r;
}

function defdict_repr(dd: Obj): Obj {
  const base = F[H32[(PyDict_Type + tp_repr) >> 2]](dd) as Obj;
  if (base === 0) return NULL;
  const factory = factoryOf(dd);
  const w = new UnicodeWriter();
  let ok = w.text(`${typeName(dd).replace(/^.*\./, '')}(`) === 0;
  if (ok) {
    if (factory === 0) ok = w.ascii('None') === 0;
    else if (Py_ReprEnter(factory) !== 0) ok = w.ascii('...') === 0;
    else {
      ok = writeRepr(w, factory);
      Py_ReprLeave(factory);
    }
  }
  ok = ok && w.ascii(', ') === 0 && w.str(base) === 0 && w.ascii(')') === 0;
  decref(base);
  return ok ? w.finish() : w.fail();
}

defineType({
  type: defaultdict,
  name: 'collections.defaultdict',
  base: PyDict_Type,
  layout: Defaultdict,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: `defaultdict(default_factory=None, /, [...]) --> dict with default factory

The default factory is called without arguments to produce
a new value when a key is not present, in __getitem__ only.
A defaultdict compares equal to a dict with the same items.
All remaining arguments are treated the same as if they were
passed to the dict constructor, including keyword arguments.`,
  slots: {
    tp_new: defdict_new,
    tp_init: defdict_init,
    tp_dealloc: defdict_dealloc,
    tp_traverse: defdict_traverse,
    tp_clear: defdict_tp_clear,
    tp_repr: defdict_repr,
    tp_getattro: PyObject_GenericGetAttr,
    nb_or: defdict_or,
  },
  methods: [
    method(
      '__missing__',
      '($self, object, /)',
      defdict_missing,
      `__missing__(key) # Called by __getitem__ for missing key; pseudo-code:
  if self.default_factory is None: raise KeyError((key,))
  self[key] = value = self.default_factory()
  return value
`,
    ),
    method('copy', '($self, /)', defdict_copy, 'D.copy() -> a shallow copy of D.'),
    method('__copy__', '($self, /)', defdict_copy, 'D.copy() -> a shallow copy of D.'),
    method('__reduce__', '($self, /)', defdict_reduce, 'Return state information for pickling.'),
    classMethod('__class_getitem__', '($type, object, /)', Py_GenericAlias, 'See PEP 585'),
  ],
  members: [
    member('default_factory', 'object', dd_factory, {
      writable: true,
      doc: 'Factory for default value called by __missing__().',
    }),
  ],
});

// ---- counting --------------------------------------------------------------------------------------------------------------------

/** mapping[key] += 1 for a mapping that uses dict's own methods: 0 or -1. */
function countFast(mapping: Obj, key: Obj): number {
  const hash = hashKey(key);
  if (hash === -1) return -1;
  const old = _PyDict_GetItem_KnownHash(mapping, key, hash);
  if (old === 0) return PyErr_Occurred() !== 0 ? -1 : _PyDict_SetItem_KnownHash(mapping, key, smallInt(1), hash);
  incref(old);
  const sum = PyNumber_Add(old, smallInt(1));
  decref(old);
  if (sum === 0) return -1;
  const r = _PyDict_SetItem_KnownHash(mapping, key, sum, hash);
  decref(sum);
  return r;
}

function countSlow(mapping: Obj, boundGet: Obj, key: Obj): number {
  const old = PyObject_CallFunctionObjArgs(boundGet, key, smallInt(0));
  if (old === 0) return -1;
  const sum = PyNumber_Add(old, smallInt(1));
  decref(old);
  if (sum === 0) return -1;
  const r = PyObject_SetItem(mapping, key, sum);
  decref(sum);
  return r;
}

function count_elements(_m: Obj, mapping: Obj, iterable: Obj): Obj {
  const it = PyObject_GetIter(iterable);
  if (it === 0) return NULL;
  const type = Py_TYPE(mapping);
  const same = (name: number) => {
    const f = _PyType_Lookup(type, idObj(name));
    return f !== 0 && f === _PyType_Lookup(PyDict_Type, idObj(name));
  };
  const fast = PyDict_Check(mapping) && same(s_get) && same(s_setitem);
  const boundGet = fast ? NULL : PyObject_GetAttr(mapping, idObj(s_get));
  let r = fast || boundGet !== 0 ? 0 : -1;
  while (r === 0) {
    const key = PyIter_Next(it);
    if (key === 0) break;
    r = fast ? countFast(mapping, key) : countSlow(mapping, boundGet, key);
    decref(key);
  }
  decref(it);
  xdecref(boundGet);
  return r < 0 || PyErr_Occurred() !== 0 ? NULL : newref(Py_None);
}

// ---- fields of named tuples ------------------------------------------------------------------------------------------------------

const Tuplegetter = layout({ index: i32, doc: ref });
const tuplegetter = staticType();

function tuplegetter_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargs('_tuplegetter', kwargs) || !checkPositional('_tuplegetter', PyTuple_GET_SIZE(args), 2, 2)) return NULL;
  const number = PyNumber_Index(PyTuple_GET_ITEM(args, 0));
  if (number === 0) return NULL;
  const index = PyLong_AsSsize_t(number);
  decref(number);
  if (index === -1 && PyErr_Occurred() !== 0) return NULL;
  const o = _PyObject_New(type);
  if (o === 0) return NULL;
  H32[(o + Tuplegetter.index) >> 2] = index;
  H32[(o + Tuplegetter.doc) >> 2] = newref(PyTuple_GET_ITEM(args, 1));
  PyObject_GC_Track(o);
  return o;
}

function tuplegetter_get(self: Obj, obj: Obj): Obj {
  if (obj === 0) return newref(self);
  const index = H32[(self + Tuplegetter.index) >> 2];
  if (!PyTuple_Check(obj)) {
    if (obj === Py_None) return newref(self);
    return PyErr_SetString(
      PyExc_TypeError,
      `descriptor for index '${index}' for tuple subclasses doesn't apply to '${typeName(obj)}' object`,
    );
  }
  if (index < 0 || index >= PyTuple_GET_SIZE(obj)) return PyErr_SetString(PyExc_IndexError, 'tuple index out of range');
  return newref(PyTuple_GET_ITEM(obj, index));
}

function tuplegetter_set(_self: Obj, _obj: Obj, value: Obj): number {
  return errMinus1(PyExc_AttributeError, value === 0 ? "can't delete attribute" : "can't set attribute");
}

/** (type, (index, doc)) */
function tuplegetter_reduce(self: Obj): Obj {
  const n = PyLong_FromSsize_t(H32[(self + Tuplegetter.index) >> 2]);
  const args = n === 0 ? NULL : PyTuple_Pack(n, (H32[(self + Tuplegetter.doc) >> 2] || Py_None) as Obj);
  xdecref(n);
  const r = args === 0 ? NULL : PyTuple_Pack(Py_TYPE(self), args);
  xdecref(args);
  return r;
}

function tuplegetter_repr(self: Obj): Obj {
  const r = PyObject_Repr((H32[(self + Tuplegetter.doc) >> 2] || Py_None) as Obj);
  if (r === 0) return NULL;
  const w = new UnicodeWriter();
  const ok =
    w.text(`${typeName(self).replace(/^.*\./, '')}(${H32[(self + Tuplegetter.index) >> 2]}, `) === 0 &&
    w.str(r) === 0 &&
    w.ascii(')') === 0;
  decref(r);
  return ok ? w.finish() : w.fail();
}

defineType({
  type: tuplegetter,
  name: 'collections._tuplegetter',
  layout: Tuplegetter,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: {
    tp_new: tuplegetter_new,
    tp_repr: tuplegetter_repr,
    tp_descr_get: tuplegetter_get,
    tp_descr_set: tuplegetter_set,
  },
  methods: [method('__reduce__', '($self, /)', tuplegetter_reduce)],
  members: [member('__doc__', 'object', Tuplegetter.doc, { writable: true })],
});

defineModule({
  name: '_collections',
  doc: `High performance data structures.
- deque:        ordered collection accessible from endpoints only
- defaultdict:  dict subclass with a default value factory
`,
  types: [deque_type, defaultdict, PyODict_Type, dequeiter_type, dequereviter_type, tuplegetter],
  functions: [
    method(
      '_count_elements',
      '($module, mapping, iterable, /)',
      count_elements,
      'Count elements in the iterable, updating the mapping',
    ),
  ],
});
