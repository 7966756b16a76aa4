// What are the locals of a frame?  (PEP 667)
//
// Invariant: the locals of a function's frame are its fast locals; frame.f_locals is a proxy that reads and writes them, so that it shows
// changes both ways; names that are not fast locals go to a dictionary of the frame object (f_extra_locals).  Module and class frames
// have a namespace of their own, and f_locals is that.

import { H32, H8 } from '../memory/linear.js';
import { bindTuple, bound, noKwargs } from '../object/bind.js';
import { PyBytes_AS_STRING } from '../object/bytes.js';
import { cellSetTakeRef, PyCell_Check, PyCell_GET } from '../object/cell.js';
import { PyObject_CallMethodObjArgs } from '../object/call.js';
import { defineType, fastcall, method } from '../object/declare.js';
import {
  _PyErr_SetKeyError,
  PyDict_Check,
  PyDict_Contains,
  PyDict_DelItem,
  PyDict_GetItemWithError,
  PyDict_Items,
  PyDict_Keys,
  PyDict_New,
  PyDict_SetItem,
  PyDict_Size,
  PyDict_Update,
  PyDict_Values,
} from '../object/dict.js';
import { errMinus1, PyErr_Clear, PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref, Py_TYPE, xnewref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_GetIter } from '../object/iter.js';
import { layout, ref } from '../object/layout.js';
import { _PyObject_New } from '../object/new_object.js';
import {
  PyObject_Hash,
  PyObject_Repr,
  PyObject_RichCompare,
  PyObject_RichCompareBool,
  Py_EQ,
  Py_NE,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_NotImplemented,
  Py_None,
  PyExc_KeyError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyFrame_Type,
  PyFrameLocalsProxy_Type,
} from '../object/statics.js';
import { PyTuple_GET_ITEM } from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC, Py_TPFLAGS_MAPPING } from '../object/type_layout.js';
import { PyUnicode_CheckExact, unicode_eq } from '../object/unicode.js';
import { CO_FAST_CELL, CO_FAST_FREE, CO_FAST_HIDDEN, CO_OPTIMIZED } from '../compiler/code_unit.js';
import { co_flags, co_localspluskinds, co_localsplusnames, co_nlocalsplus } from './code_layout.js';
import { f_extra_locals, frameObjectOf, frameOfObject } from './frame_object.js';
import { F_LOCALS, F_LOCALSPLUS, frameCode } from './iframe.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { PyList_Reverse } from '../object/list.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import { PyObject_Str } from '../object/object.js';
import { PyIter_Next } from '../object/iter.js';
import { PyObject_GetItem } from '../object/mapping.js';
import { Py_False, Py_True } from '../object/statics.js';

const Proxy = layout({ frame: ref });
const { frame: p_frame } = Proxy;

/** The value of fast local i (borrowed), looking into cells; NULL if unbound or hidden. */
function fastLocal(frame: number, i: number): Obj {
  const code = frameCode(frame);
  const kind = H8[PyBytes_AS_STRING(H32[(code + co_localspluskinds) >> 2] as Obj) + i];
  const v = H32[((frame + F_LOCALSPLUS) >> 2) + i] as Obj;
  if (v === 0) return NULL;
  if (kind & (CO_FAST_CELL | CO_FAST_FREE) && PyCell_Check(v)) return PyCell_GET(v);
  return v;
}

function isHidden(code: Obj, i: number): boolean {
  return (H8[PyBytes_AS_STRING(H32[(code + co_localspluskinds) >> 2] as Obj) + i] & CO_FAST_HIDDEN) !== 0;
}

/** Whether a frame that is no function's has fast locals at present: those of a comprehension that was inlined. */
function hasHiddenLocals(frame: number): boolean {
  const code = frameCode(frame);
  const n = H32[(code + co_nlocalsplus) >> 2];
  for (let i = 0; i < n; i++) if (isHidden(code, i) && fastLocal(frame, i) !== 0) return true;
  return false;
}

/** f_locals of a frame: a new reference, or NULL (_PyFrame_GetLocals). */
export function PyFrame_GetLocals(frame: number): Obj {
  const code = frameCode(frame);
  if (!(H32[(code + co_flags) >> 2] & CO_OPTIMIZED) && !hasHiddenLocals(frame)) {
    if (H32[(frame + F_LOCALS) >> 2] === 0) {
      const d = PyDict_New();
      if (d === 0) return NULL;
      H32[(frame + F_LOCALS) >> 2] = d;
    }
    return newref(H32[(frame + F_LOCALS) >> 2] as Obj);
  }
  const object = frameObjectOf(frame);
  if (object === 0) return NULL;
  const p = _PyObject_New(PyFrameLocalsProxy_Type);
  if (p === 0) return NULL;
  H32[(p + p_frame) >> 2] = newref(object);
  PyObject_GC_Track(p);
  return p;
}

/** What locals() answers in a frame: its namespace, or a fresh dict of its fast locals.  New, or NULL. */
export function frameLocals(frame: number): Obj {
  const l = PyFrame_GetLocals(frame);
  if (l === 0 || Py_TYPE(l) !== PyFrameLocalsProxy_Type) return l;
  const d = proxyDict(l);
  decref(l);
  return d;
}

const objectOf = (p: Obj): Obj => H32[(p + p_frame) >> 2] as Obj;
const frameOf = (p: Obj): number => frameOfObject(objectOf(p));

/** The index of the fast local that `key` names, -1 if there is none (or, with `read`, it is unbound), -2 on error. */
function keyIndex(p: Obj, key: Obj, read: boolean): number {
  const frame = frameOf(p);
  const code = frameCode(frame);
  const names = H32[(code + co_localsplusnames) >> 2] as Obj;
  const n = H32[(code + co_nlocalsplus) >> 2];
  const exact = PyUnicode_CheckExact(key);
  // Other keys are compared as those of a dict are.
  const hash = PyObject_Hash(key);
  if (hash === -1) return -2;
  for (let i = 0; i < n; i++) {
    const name = PyTuple_GET_ITEM(names, i);
    let same = name === key;
    if (!same && exact) same = unicode_eq(name, key);
    else if (!same && PyObject_Hash(name) === hash) {
      const r = PyObject_RichCompareBool(name, key, Py_EQ);
      if (r < 0) return -2;
      same = r > 0;
    }
    if (same && (!read || fastLocal(frame, i) !== 0)) return i;
  }
  return -1;
}

/** All that the proxy shows, as a new dict; NULL with an exception. */
function proxyDict(p: Obj): Obj {
  const d = PyDict_New();
  if (d === 0) return NULL;
  const frame = frameOf(p);
  const code = frameCode(frame);
  const names = H32[(code + co_localsplusnames) >> 2] as Obj;
  const n = H32[(code + co_nlocalsplus) >> 2];
  // The namespace of a class or module that shows a comprehension's variables as well.
  const own = H32[(code + co_flags) >> 2] & CO_OPTIMIZED ? NULL : (H32[(frame + F_LOCALS) >> 2] as Obj);
  let failed = own !== 0 && PyDict_Update(d, own) < 0;
  for (let i = 0; !failed && i < n; i++) {
    const v = fastLocal(frame, i);
    if (v !== 0) failed = PyDict_SetItem(d, PyTuple_GET_ITEM(names, i), v) < 0;
  }
  const extra = H32[(objectOf(p) + f_extra_locals) >> 2] as Obj;
  if (!failed && extra !== 0) failed = PyDict_Update(d, extra) < 0;
  if (failed) {
    decref(d);
    return NULL;
  }
  return d;
}

/** proxy[key]: a new reference; NULL without an exception if it is not there. */
function getItem(p: Obj, key: Obj): Obj {
  const i = keyIndex(p, key, true);
  if (i === -2) return NULL;
  if (i >= 0) return newref(fastLocal(frameOf(p), i));
  const extra = H32[(objectOf(p) + f_extra_locals) >> 2] as Obj;
  if (extra !== 0) {
    const v = PyDict_GetItemWithError(extra, key);
    if (v !== 0 || PyErr_Occurred() !== 0) return xnewref(v);
  }
  const frame = frameOf(p);
  if (!(H32[(frameCode(frame) + co_flags) >> 2] & CO_OPTIMIZED)) {
    const own = H32[(frame + F_LOCALS) >> 2] as Obj;
    if (own !== 0 && PyDict_Check(own)) return xnewref(PyDict_GetItemWithError(own, key));
  }
  return NULL;
}

function proxy_subscript(p: Obj, key: Obj): Obj {
  const v = getItem(p, key);
  if (v === 0 && PyErr_Occurred() === 0)
    PyErr_SetString(PyExc_KeyError, `local variable '${text(key)}' is not defined`);
  return v;
}

function text(o: Obj): string {
  const s = PyObject_Str(o);
  if (s === 0) {
    PyErr_Clear();
    return '?';
  }
  const t = asString(s);
  decref(s);
  return t;
}

function proxy_ass(p: Obj, key: Obj, value: Obj): number {
  const i = keyIndex(p, key, false);
  if (i === -2) return -1;
  if (i >= 0) {
    if (value === 0) return errMinus1(PyExc_ValueError, 'cannot remove local variables from FrameLocalsProxy');
    const frame = frameOf(p);
    const at = ((frame + F_LOCALSPLUS) >> 2) + i;
    const kind = H8[PyBytes_AS_STRING(H32[(frameCode(frame) + co_localspluskinds) >> 2] as Obj) + i];
    const old = H32[at] as Obj;
    if (old !== 0 && kind & (CO_FAST_CELL | CO_FAST_FREE) && PyCell_Check(old)) {
      cellSetTakeRef(old, newref(value));
      return 0;
    }
    H32[at] = newref(value);
    if (old !== 0) decref(old);
    return 0;
  }
  const object = objectOf(p);
  let extra = H32[(object + f_extra_locals) >> 2] as Obj;
  if (extra === 0) {
    if (value === 0) {
      _PyErr_SetKeyError(key);
      return -1;
    }
    extra = PyDict_New();
    if (extra === 0) return -1;
    H32[(object + f_extra_locals) >> 2] = extra;
  }
  return value === 0 ? PyDict_DelItem(extra, key) : PyDict_SetItem(extra, key, value);
}

function proxy_contains(p: Obj, key: Obj): number {
  const i = keyIndex(p, key, true);
  if (i === -2) return -1;
  if (i >= 0) return 1;
  const extra = H32[(objectOf(p) + f_extra_locals) >> 2] as Obj;
  return extra === 0 ? 0 : PyDict_Contains(extra, key);
}

/** Something of the dict that the proxy shows. */
function viaDict(f: (d: Obj) => Obj): (p: Obj) => Obj {
  return (p) => {
    const d = proxyDict(p);
    if (d === 0) return NULL;
    const r = f(d);
    decref(d);
    return r;
  };
}

function proxy_length(p: Obj): number {
  const d = proxyDict(p);
  if (d === 0) return -1;
  const n = PyDict_Size(d);
  decref(d);
  return n;
}

const proxy_keys = viaDict(PyDict_Keys);

function proxy_iter(p: Obj): Obj {
  const keys = proxy_keys(p);
  if (keys === 0) return NULL;
  const it = PyObject_GetIter(keys);
  decref(keys);
  return it;
}

/** reversed(proxy) is a list. */
function proxy_reversed(p: Obj): Obj {
  const keys = proxy_keys(p);
  if (keys !== 0) PyList_Reverse(keys);
  return keys;
}

function proxy_repr(p: Obj): Obj {
  const busy = Py_ReprEnter(p);
  if (busy !== 0) return busy > 0 ? PyUnicode_FromString('{...}') : NULL;
  const r = viaDict(PyObject_Repr)(p);
  Py_ReprLeave(p);
  return r;
}

/** 1, or 0 if `other` cannot be merged, or -1. */
function merge(p: Obj, other: Obj): number {
  if (Py_TYPE(other) !== PyFrameLocalsProxy_Type && !PyDict_Check(other)) return 0;
  const keys = PyObject_CallMethodObjArgs(other, idObj(s_keys));
  if (keys === 0) return -1;
  const it = PyObject_GetIter(keys);
  decref(keys);
  if (it === 0) return -1;
  let r = 1;
  for (;;) {
    const key = PyIter_Next(it);
    if (key === 0) break;
    const v = PyObject_GetItem(other, key);
    if (v === 0 || proxy_ass(p, key, v) < 0) r = -1;
    if (v !== 0) decref(v);
    decref(key);
    if (r < 0) break;
  }
  decref(it);
  return r < 0 || PyErr_Occurred() !== 0 ? -1 : 1;
}

const s_keys = ID('keys');

function proxy_update(p: Obj, other: Obj): Obj {
  const r = merge(p, other);
  if (r === 0) return PyErr_SetString(PyExc_TypeError, 'update() argument must be dict or another FrameLocalsProxy');
  return r < 0 ? NULL : newref(Py_None);
}

function proxy_inplace_or(p: Obj, other: Obj): Obj {
  const r = merge(p, other);
  if (r < 0) return NULL;
  return newref(r === 0 ? Py_NotImplemented : p);
}

function asDict(o: Obj): Obj {
  if (Py_TYPE(o) === PyFrameLocalsProxy_Type) return proxyDict(o);
  const d = PyDict_New();
  if (d !== 0 && PyDict_Update(d, o) < 0) {
    decref(d);
    return NULL;
  }
  return d;
}

function mergeable(o: Obj): boolean {
  return Py_TYPE(o) === PyFrameLocalsProxy_Type || PyDict_Check(o);
}

function proxy_or(a: Obj, b: Obj): Obj {
  if (!mergeable(a) || !mergeable(b)) return newref(Py_NotImplemented);
  const d = asDict(a);
  if (d === 0) return NULL;
  const other = asDict(b);
  const failed = other === 0 || PyDict_Update(d, other) < 0;
  if (other !== 0) decref(other);
  if (failed) {
    decref(d);
    return NULL;
  }
  return d;
}

function proxy_richcompare(a: Obj, b: Obj, op: number): Obj {
  if (op !== Py_EQ && op !== Py_NE) return newref(Py_NotImplemented);
  if (Py_TYPE(b) === PyFrameLocalsProxy_Type) {
    const same = objectOf(a) === objectOf(b);
    return newref(same === (op === Py_EQ) ? Py_True : Py_False);
  }
  if (!PyDict_Check(b)) return newref(Py_NotImplemented);
  const d = proxyDict(a);
  if (d === 0) return NULL;
  const r = PyObject_RichCompare(d, b, op);
  decref(d);
  return r;
}

function proxy_get(p: Obj, key: Obj, dflt: Obj): Obj {
  const v = getItem(p, key);
  return v === 0 && PyErr_Occurred() === 0 ? newref(dflt) : v;
}

function proxy_setdefault(p: Obj, key: Obj, dflt: Obj): Obj {
  const v = getItem(p, key);
  if (v !== 0 || PyErr_Occurred() !== 0) return v;
  return proxy_ass(p, key, dflt) < 0 ? NULL : newref(dflt);
}

function proxy_pop(p: Obj, args: number, nargs: number, _kw: Obj): Obj {
  if (nargs < 1 || nargs > 2) {
    return PyErr_SetString(
      PyExc_TypeError,
      nargs < 1 ? `pop expected at least 1 argument, got ${nargs}` : `pop expected at most 2 arguments, got ${nargs}`,
    );
  }
  const key = H32[args >> 2] as Obj;
  const i = keyIndex(p, key, false);
  if (i === -2) return NULL;
  if (i >= 0) return PyErr_SetString(PyExc_ValueError, 'cannot remove local variables from FrameLocalsProxy');
  const extra = H32[(objectOf(p) + f_extra_locals) >> 2] as Obj;
  const v = extra === 0 ? NULL : PyDict_GetItemWithError(extra, key);
  if (v !== 0) {
    newref(v);
    if (PyDict_DelItem(extra, key) < 0) {
      decref(v);
      return NULL;
    }
    return v;
  }
  if (PyErr_Occurred() !== 0) return NULL;
  if (nargs === 2) return newref(H32[(args >> 2) + 1] as Obj);
  return _PyErr_SetKeyError(key);
}

const NEW = parseSignature('FrameLocalsProxy', '(frame, /)');

function proxy_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargs('FrameLocalsProxy', kwargs) || !bindTuple(NEW, args, NULL)) return NULL;
  const object = bound[0] as Obj;
  if (Py_TYPE(object) !== PyFrame_Type)
    return PyErr_SetString(PyExc_TypeError, `expect frame, not ${typeName(object)}`);
  const p = _PyObject_New(PyFrameLocalsProxy_Type);
  if (p === 0) return NULL;
  H32[(p + p_frame) >> 2] = newref(object);
  PyObject_GC_Track(p);
  return p;
}

defineType({
  type: PyFrameLocalsProxy_Type,
  name: 'FrameLocalsProxy',
  layout: Proxy,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_MAPPING,
  slots: {
    tp_new: proxy_new,
    tp_repr: proxy_repr,
    tp_iter: proxy_iter,
    tp_richcompare: proxy_richcompare,
    tp_hash: null,
    mp_length: proxy_length,
    mp_subscript: proxy_subscript,
    mp_ass_subscript: proxy_ass,
    sq_contains: proxy_contains,
    nb_or: proxy_or,
    nb_inplace_or: proxy_inplace_or,
  },
  methods: [
    method('__contains__', '!($self, key, /)', (p: Obj, key: Obj) => {
      const r = proxy_contains(p, key);
      return r < 0 ? NULL : newref(r ? Py_True : Py_False);
    }),
    method('__getitem__', '!($self, key, /)', proxy_subscript),
    method('update', '!($self, other, /)', proxy_update),
    method('__reversed__', '!($self, /)', proxy_reversed),
    method('copy', '!($self, /)', proxyDict),
    method('keys', '!($self, /)', proxy_keys),
    method('values', '!($self, /)', viaDict(PyDict_Values)),
    method('items', '!($self, /)', viaDict(PyDict_Items)),
    method('get', '!($self, key, default=None, /)', proxy_get),
    fastcall('pop', null, proxy_pop),
    method('setdefault', '!($self, key, default=None, /)', proxy_setdefault),
  ],
});
