// How does functools.lru_cache remember?
//
// Invariant: the cache is a dict from keys to results, or, when it is bounded, to links: objects with key, hash and result, chained from the least to the
// most recently used; first and last of the chain are in the wrapper, and both the dict and the chain own the links in them.  The function runs while the cache may
// be changed by others (or by itself), so the dict is asked again afterwards.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { PyCallable_Check, PyObject_Call, PyObject_CallFunctionObjArgs } from '../object/call.js';
import { defineType, getset, method } from '../object/declare.js';
import {
  _PyDict_GetItem_KnownHash,
  _PyDict_Pop_KnownHash,
  _PyDict_SetItem_KnownHash,
  dictKey,
  dictValue,
  PyDict_Clear,
  PyDict_New,
  PyDict_Next,
  PyDict_Size,
} from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { F } from '../object/functable.js';
import { PyObject_GC_Track, PyObject_GC_UnTrack } from '../object/gc_head.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { dictField, i32, layout, ref, weaklistField } from '../object/layout.js';
import { PyLong_CheckExact, PyLong_FromSsize_t } from '../object/long.js';
import { _PyObject_New, PyType_GenericAlloc } from '../object/new_object.js';
import { PyIndex_Check, PyNumber_AsSsize_t } from '../object/number.js';
import {
  PyObject_GenericGetDict,
  PyObject_GenericSetDict,
  PyObject_GetAttr,
  PyObject_Hash,
  PyObject_IsTrue,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { Py_None, PyExc_OverflowError, PyExc_TypeError, staticType } from '../object/statics.js';
import { layoutClear, layoutDealloc, layoutTraverse } from '../object/subtype.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM } from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC, Py_TPFLAGS_METHOD_DESCRIPTOR } from '../object/type_layout.js';
import { PyUnicode_CheckExact } from '../object/unicode.js';
import { PyMethod_New } from '../types/method.js';

const s_qualname = ID('__qualname__');

const UNCACHED = 0;
const INFINITE = 1;
const BOUNDED = 2;

const Lru = layout({
  func: ref,
  cache: ref,
  cache_info_type: ref,
  dict: dictField,
  weakreflist: weaklistField,
  kind: i32,
  maxsize: i32,
  typed: i32,
  hits: i32,
  misses: i32,
  first: i32,
  last: i32,
});
export const lru_cache_type = staticType();
const Link = layout({ key: ref, result: ref, hash: i32, prev: i32, next: i32 });
const link_type = staticType();

const get = (o: number, offset: number): number => H32[(o + offset) >> 2];
const obj = (o: number, offset: number): Obj => H32[(o + offset) >> 2] as Obj;
const set = (o: number, offset: number, value: number): void => {
  H32[(o + offset) >> 2] = value;
};

defineType({
  type: link_type,
  name: 'functools._lru_list_elem',
  layout: Link,
  flags: Py_TPFLAGS_HAVE_GC,
});

/** Takes a link out of the chain, whose reference becomes the caller's; false if it is not in the chain. */
function unlink(self: Obj, link: Obj): boolean {
  const prev = get(link, Link.prev);
  if (prev === 0 && get(self, Lru.first) !== link) return false;
  const next = get(link, Link.next);
  if (prev === 0) set(self, Lru.first, next);
  else set(prev, Link.next, next);
  if (next === 0) set(self, Lru.last, prev);
  else set(next, Link.prev, prev);
  set(link, Link.prev, 0);
  set(link, Link.next, 0);
  return true;
}

/** Puts a link (stolen) at the end of the chain. */
function append(self: Obj, link: Obj): void {
  const last = get(self, Lru.last);
  set(link, Link.prev, last);
  set(link, Link.next, 0);
  if (last === 0) set(self, Lru.first, link);
  else set(last, Link.next, link);
  set(self, Lru.last, link);
}

/** The key of a call: a single str or int itself, else a tuple; new, or NULL. */
function makeKey(args: Obj, kwargs: Obj, typed: boolean): Obj {
  const nargs = PyTuple_GET_SIZE(args);
  const nkw = kwargs === 0 ? 0 : PyDict_Size(kwargs);
  if (!typed && nkw === 0) {
    if (nargs === 1) {
      const only = PyTuple_GET_ITEM(args, 0);
      if (PyUnicode_CheckExact(only) || PyLong_CheckExact(only)) return newref(only);
    }
    return newref(args);
  }
  const key = PyTuple_New(nargs + (nkw > 0 ? 1 + 2 * nkw : 0) + (typed ? nargs + nkw : 0));
  if (key === 0) return NULL;
  let at = 0;
  for (let i = 0; i < nargs; i++) PyTuple_SET_ITEM(key, at++, newref(PyTuple_GET_ITEM(args, i)));
  if (nkw > 0) {
    // A mark that no argument can be sets the keywords apart.
    PyTuple_SET_ITEM(key, at++, newref(link_type));
    for (let pos = 0; (pos = PyDict_Next(kwargs, pos)) !== 0; ) {
      PyTuple_SET_ITEM(key, at++, newref(dictKey));
      PyTuple_SET_ITEM(key, at++, newref(dictValue));
    }
  }
  if (typed) {
    for (let i = 0; i < nargs; i++) PyTuple_SET_ITEM(key, at++, newref(Py_TYPE(PyTuple_GET_ITEM(args, i))));
    if (nkw > 0)
      for (let pos = 0; (pos = PyDict_Next(kwargs, pos)) !== 0; )
        PyTuple_SET_ITEM(key, at++, newref(Py_TYPE(dictValue)));
  }
  return key;
}

function count(self: Obj, offset: number): void {
  set(self, offset, get(self, offset) + 1);
}

function callFunction(self: Obj, args: Obj, kwargs: Obj): Obj {
  const func = newref(obj(self, Lru.func));
  const r = PyObject_Call(func, args, kwargs);
  decref(func);
  return r;
}

function infinite(self: Obj, args: Obj, kwargs: Obj, key: Obj, hash: number): Obj {
  const cache = obj(self, Lru.cache);
  const found = _PyDict_GetItem_KnownHash(cache, key, hash);
  if (found !== 0) {
    count(self, Lru.hits);
    return newref(found);
  }
  if (PyErr_Occurred() !== 0) return NULL;
  count(self, Lru.misses);
  const result = callFunction(self, args, kwargs);
  if (result !== 0 && _PyDict_SetItem_KnownHash(cache, key, result, hash) < 0) {
    decref(result);
    return NULL;
  }
  return result;
}

function bounded(self: Obj, args: Obj, kwargs: Obj, key: Obj, hash: number): Obj {
  const cache = obj(self, Lru.cache);
  const found = _PyDict_GetItem_KnownHash(cache, key, hash);
  if (found !== 0) {
    if (unlink(self, found)) append(self, found);
    count(self, Lru.hits);
    return newref(obj(found, Link.result));
  }
  if (PyErr_Occurred() !== 0) return NULL;
  count(self, Lru.misses);
  const result = callFunction(self, args, kwargs);
  if (result === 0) return NULL;
  // The call may have entered the key itself.
  if (_PyDict_GetItem_KnownHash(cache, key, hash) !== 0) return result;
  if (
    PyErr_Occurred() !== 0 ||
    (PyDict_Size(cache) >= get(self, Lru.maxsize) && !evictOldest(self)) ||
    !enter(self, key, hash, result)
  ) {
    decref(result);
    return NULL;
  }
  return result;
}

/** Forgets the least recently used entry: false with an exception. */
function evictOldest(self: Obj): boolean {
  const oldest = get(self, Lru.first) as Obj;
  if (oldest === 0) return true;
  unlink(self, oldest);
  const gone = _PyDict_Pop_KnownHash(obj(self, Lru.cache), obj(oldest, Link.key), get(oldest, Link.hash), Py_None);
  if (gone === 0) {
    append(self, oldest);
    return false;
  }
  decref(gone);
  decref(oldest);
  return true;
}

function enter(self: Obj, key: Obj, hash: number, result: Obj): boolean {
  const link = _PyObject_New(link_type);
  if (link === 0) return false;
  set(link, Link.key, newref(key));
  set(link, Link.result, newref(result));
  set(link, Link.hash, hash);
  PyObject_GC_Track(link);
  const r = _PyDict_SetItem_KnownHash(obj(self, Lru.cache), key, link, hash);
  if (r === 0) append(self, link);
  else decref(link);
  return r === 0;
}

function lru_call(self: Obj, args: Obj, kwargs: Obj): Obj {
  const kind = get(self, Lru.kind);
  if (kind === UNCACHED) {
    count(self, Lru.misses);
    return callFunction(self, args, kwargs);
  }
  const key = makeKey(args, kwargs, get(self, Lru.typed) !== 0);
  if (key === 0) return NULL;
  const hash = PyObject_Hash(key);
  const r =
    hash === -1
      ? NULL
      : kind === INFINITE
        ? infinite(self, args, kwargs, key, hash)
        : bounded(self, args, kwargs, key, hash);
  decref(key);
  return r;
}

const SIG = parseSignature('lru_cache', '(user_function, maxsize, typed, cache_info_type)');

function lru_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(SIG, args, kwargs)) return NULL;
  const [func, maxsizeObj, typedObj, infoType] = bound as Obj[];
  if (!PyCallable_Check(func)) return PyErr_SetString(PyExc_TypeError, 'the first argument must be callable');
  let kind = INFINITE;
  let maxsize = -1;
  if (maxsizeObj !== Py_None) {
    if (!PyIndex_Check(maxsizeObj)) return PyErr_SetString(PyExc_TypeError, 'maxsize should be integer or None');
    maxsize = PyNumber_AsSsize_t(maxsizeObj, PyExc_OverflowError);
    if (maxsize === -1 && PyErr_Occurred() !== 0) return NULL;
    maxsize = Math.max(maxsize, 0);
    kind = maxsize === 0 ? UNCACHED : BOUNDED;
  }
  const typed = PyObject_IsTrue(typedObj);
  if (typed < 0) return NULL;
  const cache = PyDict_New();
  const o = cache === 0 ? NULL : PyType_GenericAlloc(type, 0);
  if (o === 0) {
    xdecref(cache);
    return NULL;
  }
  set(o, Lru.func, newref(func));
  set(o, Lru.cache, cache);
  set(o, Lru.cache_info_type, newref(infoType));
  set(o, Lru.kind, kind);
  set(o, Lru.maxsize, maxsize);
  set(o, Lru.typed, typed);
  return o;
}

function cache_info(self: Obj): Obj {
  const max = get(self, Lru.maxsize);
  const values = [
    PyLong_FromSsize_t(get(self, Lru.hits)),
    PyLong_FromSsize_t(get(self, Lru.misses)),
    max < 0 ? newref(Py_None) : PyLong_FromSsize_t(max),
    PyLong_FromSsize_t(PyDict_Size(obj(self, Lru.cache))),
  ];
  const r = values.includes(NULL)
    ? NULL
    : PyObject_CallFunctionObjArgs(obj(self, Lru.cache_info_type), ...(values as [Obj, Obj, Obj, Obj]));
  for (const v of values) xdecref(v);
  return r;
}

/** Takes the chain apart. */
function clearChain(self: Obj): void {
  let link = get(self, Lru.first);
  set(self, Lru.first, 0);
  set(self, Lru.last, 0);
  while (link !== 0) {
    const next = get(link, Link.next);
    set(link, Link.prev, 0);
    set(link, Link.next, 0);
    decref(link as Obj);
    link = next;
  }
}

function lru_traverse(self: Obj, visit: number, arg: number): number {
  for (let link = get(self, Lru.first); link !== 0; link = get(link, Link.next)) {
    const answer = F[visit](link, arg);
    if (answer) return answer;
  }
  return layoutTraverse(self, visit, arg);
}

function lru_clear(self: Obj): number {
  clearChain(self);
  return layoutClear(self);
}

function lru_dealloc(self: Obj): void {
  PyObject_GC_UnTrack(self);
  clearChain(self);
  layoutDealloc(self);
}

function cache_clear(self: Obj): Obj {
  set(self, Lru.hits, 0);
  set(self, Lru.misses, 0);
  clearChain(self);
  PyDict_Clear(obj(self, Lru.cache));
  return newref(Py_None);
}

function lru_descr_get(self: Obj, o: Obj): Obj {
  return o === 0 || o === Py_None ? newref(self) : PyMethod_New(self, o);
}

defineType({
  type: lru_cache_type,
  name: 'functools._lru_cache_wrapper',
  layout: Lru,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_METHOD_DESCRIPTOR,
  doc: `Create a cached callable that wraps another function.

user_function:      the function being cached

maxsize:  0         for no caching
          None      for unlimited cache size
          n         for a bounded cache

typed:    False     cache f(3) and f(3.0) as identical calls
          True      cache f(3) and f(3.0) as distinct calls

cache_info_type:    namedtuple class with the fields:
                        hits misses currsize maxsize`,
  slots: {
    tp_new: lru_new,
    tp_dealloc: lru_dealloc,
    tp_traverse: lru_traverse,
    tp_clear: lru_clear,
    tp_call: lru_call,
    tp_descr_get: lru_descr_get,
  },
  methods: [
    method('cache_info', '($self, /)', cache_info, 'Report cache statistics'),
    method('cache_clear', '($self, /)', cache_clear, 'Clear the cache and cache statistics'),
    method('__reduce__', '($self, /)', (self: Obj) => PyObject_GetAttr(self, idObj(s_qualname))),
    method('__copy__', '!($self, /)', (self: Obj) => newref(self)),
    method('__deepcopy__', '!($self, memo, /)', (self: Obj) => newref(self)),
  ],
  getset: [getset('__dict__', PyObject_GenericGetDict, PyObject_GenericSetDict)],
});
