// How does an object know who refers to it weakly?
//
// Invariant: all live weak references to an object are on one doubly linked list that starts in the object (tp_weaklistoffset); a
// reference and its referent do not own each other.  The list begins with the plain reference without callback, if there is one, then
// comes the plain proxy without callback; both are shared.  A dead reference has wr_object 0 and is on no list.  Whoever deallocates an
// object calls PyObject_ClearWeakRefs before the object's contents go.

import { H32 } from '../memory/linear.js';
import { checkPositional } from './bind.js';
import { PyCallable_Check, PyObject_CallOneArg, PyVectorcall_NARGS } from './call.js';
import {
  _PyErr_ChainExceptions1,
  PyErr_BadInternalCall,
  PyErr_GetRaisedException,
  PyErr_SetRaisedException,
  PyErr_SetString,
  PyErr_WriteUnraisable,
  reprText,
  typeName,
} from './errors.js';
import { fn } from './functable.js';
import { PyObject_GC_Track, PyObject_GC_UnTrack } from './gc_head.js';
import { decref, newref, Py_REFCNT, Py_TYPE, xdecref, xnewref } from './header.js';
import { PyType_IsSubtype } from './isinstance.js';
import { borrowed, i32, layout, ref } from './layout.js';
import { _PyObject_New, freeObject, PyType_GenericAlloc } from './new_object.js';
import { NULL, type Obj } from './ptr.js';
import {
  Py_None,
  PyExc_TypeError,
  PyWeakref_CallableProxyType,
  PyWeakref_ProxyType,
  PyWeakref_RefType,
} from './statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM } from './tuple.js';
import { tp_weaklistoffset } from './type_layout.js';

export const Weakref = layout({
  wr_object: borrowed,
  wr_callback: ref,
  /** The referent's hash, or -1 while nobody has asked. */
  hash: i32,
  wr_prev: borrowed,
  wr_next: borrowed,
  vectorcall: i32,
});
export const { wr_object, wr_callback, hash: wr_hash, wr_next, vectorcall: wr_vectorcall } = Weakref;
const { wr_prev } = Weakref;

/** Whether `o` is a weakref.ref, exactly. */
export function PyWeakref_CheckRefExact(o: Obj): boolean {
  return Py_TYPE(o) === PyWeakref_RefType;
}

/** Whether `o` is a weakref.ref or an instance of a subclass. */
export function PyWeakref_CheckRef(o: Obj): boolean {
  const type = Py_TYPE(o);
  return type === PyWeakref_RefType || PyType_IsSubtype(type, PyWeakref_RefType);
}

/** Whether `o` is a weak proxy. */
export function PyWeakref_CheckProxy(o: Obj): boolean {
  const type = Py_TYPE(o);
  return type === PyWeakref_ProxyType || type === PyWeakref_CallableProxyType;
}

/** Whether `o` is a weak reference of any kind. */
export function PyWeakref_Check(o: Obj): boolean {
  return PyWeakref_CheckProxy(o) || PyWeakref_CheckRef(o);
}

/** The address of the word in `o` that holds its first weak reference, or 0 if its type does not support them. */
export function weakrefListAddress(o: Obj): number {
  const offset = H32[(Py_TYPE(o) + tp_weaklistoffset) >> 2];
  return offset === 0 ? 0 : o + offset;
}

/** The referent of a weak reference, borrowed; NULL if it is dead or dying.  No exception. */
export function PyWeakref_GET_OBJECT(weak: Obj): Obj {
  const o = H32[(weak + wr_object) >> 2] as Obj;
  return o !== 0 && Py_REFCNT(o) > 0 ? o : NULL;
}

/** The referent as a new reference, or NULL without an exception if it is dead (_PyWeakref_GET_REF). */
export function PyWeakref_GET_REF(weak: Obj): Obj {
  const o = PyWeakref_GET_OBJECT(weak);
  return o === 0 ? NULL : newref(o);
}

/** PyWeakref_IsDead: whether the referent of a weak reference is gone. */
export function PyWeakref_IsDead(weak: Obj): boolean {
  return PyWeakref_GET_OBJECT(weak) === 0;
}

/** How many weak references there are to `o`. */
export function _PyWeakref_GetWeakrefCount(o: Obj): number {
  const list = weakrefListAddress(o);
  if (list === 0) return 0;
  let n = 0;
  for (let w = H32[list >> 2]; w !== 0; w = H32[(w + wr_next) >> 2]) n++;
  return n;
}

function weakrefVectorcall(self: Obj, _args: number, nargsf: number, kwnames: Obj): Obj {
  if (kwnames !== 0 && PyTuple_GET_SIZE(kwnames) !== 0) {
    return PyErr_SetString(PyExc_TypeError, 'weakref() takes no keyword arguments');
  }
  if (!checkPositional('weakref', PyVectorcall_NARGS(nargsf), 0, 0)) return NULL;
  const o = PyWeakref_GET_REF(self);
  return o !== 0 ? o : newref(Py_None);
}
const weakrefVectorcallIndex = fn(weakrefVectorcall);

function initWeakref(self: Obj, o: Obj, callback: Obj): void {
  H32[(self + wr_hash) >> 2] = -1;
  H32[(self + wr_object) >> 2] = o;
  H32[(self + wr_callback) >> 2] = xnewref(callback);
  H32[(self + wr_vectorcall) >> 2] = weakrefVectorcallIndex;
}

/** Takes a reference off its referent's list and makes it dead; the callback stays, uncalled (_PyWeakref_ClearRef). */
export function _PyWeakref_ClearRef(self: Obj): void {
  const o = H32[(self + wr_object) >> 2] as Obj;
  if (o === 0) return;
  const list = weakrefListAddress(o);
  const next = H32[(self + wr_next) >> 2];
  const prev = H32[(self + wr_prev) >> 2];
  if (H32[list >> 2] === self) H32[list >> 2] = next;
  if (prev !== 0) H32[(prev + wr_next) >> 2] = next;
  if (next !== 0) H32[(next + wr_prev) >> 2] = prev;
  H32[(self + wr_object) >> 2] = 0;
  H32[(self + wr_prev) >> 2] = 0;
  H32[(self + wr_next) >> 2] = 0;
}

/** As _PyWeakref_ClearRef, and gives back the callback: tp_clear of the weak reference types. */
export function clearWeakref(self: Obj): number {
  _PyWeakref_ClearRef(self);
  const callback = H32[(self + wr_callback) >> 2] as Obj;
  H32[(self + wr_callback) >> 2] = 0;
  xdecref(callback);
  return 0;
}

/** tp_dealloc of the weak reference types. */
export function weakrefDealloc(self: Obj): void {
  PyObject_GC_UnTrack(self);
  clearWeakref(self);
  freeObject(self);
}

// The two shared references at the head of a list, as findBasic leaves them.
let basicRef = NULL;
let basicProxy = NULL;

function findBasic(list: number): void {
  basicRef = NULL;
  basicProxy = NULL;
  let head = H32[list >> 2] as Obj;
  if (head === 0 || H32[(head + wr_callback) >> 2] !== 0) return;
  if (PyWeakref_CheckRefExact(head)) {
    basicRef = head;
    head = H32[(head + wr_next) >> 2] as Obj;
  }
  if (head !== 0 && H32[(head + wr_callback) >> 2] === 0 && PyWeakref_CheckProxy(head)) basicProxy = head;
}

/** Enters `self` after `prev`, or first if `prev` is 0. */
function insertAfter(self: Obj, prev: Obj, list: number): void {
  const at = prev === 0 ? list : prev + wr_next;
  const next = H32[at >> 2];
  H32[(self + wr_prev) >> 2] = prev;
  H32[(self + wr_next) >> 2] = next;
  if (next !== 0) H32[(next + wr_prev) >> 2] = self;
  H32[at >> 2] = self;
}

/**
 * A weak reference to `o`: a new reference to a shared or new one; NULL with TypeError if the type does not support them.
 * `type` is weakref.ref or a subclass, or weakref.ProxyType for either kind of proxy.  `callback` may be NULL or None.
 */
export function getOrCreateWeakref(type: Obj, o: Obj, callbackOrNone: Obj): Obj {
  const list = weakrefListAddress(o);
  if (list === 0) return PyErr_SetString(PyExc_TypeError, `cannot create weak reference to '${typeName(o)}' object`);
  const callback = callbackOrNone === Py_None ? NULL : callbackOrNone;
  const isProxy = type === PyWeakref_ProxyType;
  if (callback === 0) {
    findBasic(list);
    const shared = isProxy ? basicProxy : type === PyWeakref_RefType ? basicRef : NULL;
    if (shared !== 0) return newref(shared);
  }
  let self: Obj;
  if (isProxy) self = _PyObject_New(PyCallable_Check(o) ? PyWeakref_CallableProxyType : PyWeakref_ProxyType);
  else if (type === PyWeakref_RefType) self = _PyObject_New(type);
  else self = PyType_GenericAlloc(type, 0);
  if (self === 0) return NULL;
  initWeakref(self, o, callback);
  if (isProxy || type === PyWeakref_RefType) PyObject_GC_Track(self);
  findBasic(list);
  let prev: Obj = NULL;
  if (callback !== 0 || type !== PyWeakref_RefType) {
    prev = basicRef;
    if ((callback !== 0 || !isProxy) && basicProxy !== 0) prev = basicProxy;
  }
  insertAfter(self, prev, list);
  return self;
}

/** weakref.ref(o, callback): a new reference, or NULL with TypeError. */
export function PyWeakref_NewRef(o: Obj, callback: Obj): Obj {
  return getOrCreateWeakref(PyWeakref_RefType, o, callback);
}

/** weakref.proxy(o, callback): a new reference, or NULL with TypeError. */
export function PyWeakref_NewProxy(o: Obj, callback: Obj): Obj {
  return getOrCreateWeakref(PyWeakref_ProxyType, o, callback);
}

/** The object of the last PyWeakref_GetRef: a new reference, or NULL. */
export let weakrefObject = NULL;

/** 1 with a new reference to the referent in weakrefObject; 0 if it is dead; -1 with an exception (PyWeakref_GetRef). */
export function PyWeakref_GetRef(weak: Obj): number {
  weakrefObject = NULL;
  if (weak === 0) {
    PyErr_BadInternalCall();
    return -1;
  }
  if (!PyWeakref_Check(weak)) {
    PyErr_SetString(PyExc_TypeError, 'expected a weakref');
    return -1;
  }
  weakrefObject = PyWeakref_GET_REF(weak);
  return weakrefObject !== 0 ? 1 : 0;
}

/** Calls a callback with its dead reference; an exception is reported and forgotten. */
export function callWeakrefCallback(weak: Obj, callback: Obj): void {
  const r = PyObject_CallOneArg(callback, weak);
  if (r === 0) PyErr_WriteUnraisable(callback, `calling weakref callback ${reprText(callback)}`);
  else decref(r);
}

/** Makes all references to a dying object dead, then calls their callbacks.  Keeps an exception that is set. */
export function PyObject_ClearWeakRefs(o: Obj): void {
  const list = weakrefListAddress(o);
  if (list === 0 || Py_REFCNT(o) !== 0) {
    PyErr_BadInternalCall();
    return;
  }
  let head = H32[list >> 2] as Obj;
  // The shared ones have nothing to call.
  for (let i = 0; i < 2 && head !== 0 && H32[(head + wr_callback) >> 2] === 0; i++) {
    _PyWeakref_ClearRef(head);
    head = H32[list >> 2] as Obj;
  }
  if (head === 0) return;
  const saved = PyErr_GetRaisedException();
  if (H32[(head + wr_next) >> 2] === 0) clearOnly(head);
  else clearSeveral(o, list);
  if (saved !== 0) PyErr_SetRaisedException(saved);
}

function clearOnly(weak: Obj): void {
  const callback = H32[(weak + wr_callback) >> 2] as Obj;
  H32[(weak + wr_callback) >> 2] = 0;
  _PyWeakref_ClearRef(weak);
  if (callback === 0) return;
  // A reference that is itself being deallocated must not be shown to anybody.
  if (Py_REFCNT(weak) > 0) callWeakrefCallback(weak, callback);
  decref(callback);
}

function clearSeveral(o: Obj, list: number): void {
  const count = _PyWeakref_GetWeakrefCount(o);
  const pairs = PyTuple_New(count * 2);
  if (pairs === 0) {
    // No memory to remember the callbacks: the references must die all the same.
    for (let w = H32[list >> 2] as Obj; w !== 0; w = H32[list >> 2] as Obj) _PyWeakref_ClearRef(w);
    const e = PyErr_GetRaisedException();
    _PyErr_ChainExceptions1(e);
    return;
  }
  for (let i = 0; i < count; i++) {
    const weak = H32[list >> 2] as Obj;
    const callback = H32[(weak + wr_callback) >> 2] as Obj;
    H32[(weak + wr_callback) >> 2] = 0;
    if (Py_REFCNT(weak) > 0) {
      PyTuple_SET_ITEM(pairs, i * 2, newref(weak));
      PyTuple_SET_ITEM(pairs, i * 2 + 1, callback);
      _PyWeakref_ClearRef(weak);
    } else {
      _PyWeakref_ClearRef(weak);
      xdecref(callback);
    }
  }
  for (let i = 0; i < count; i++) {
    const callback = PyTuple_GET_ITEM(pairs, i * 2 + 1);
    if (callback !== 0) callWeakrefCallback(PyTuple_GET_ITEM(pairs, i * 2), callback);
  }
  decref(pairs);
}

/** Makes all references to `o` dead without calling callbacks (the collector; static types at the end). */
export function _PyWeakref_ClearWeakRefsNoCallbacks(o: Obj): void {
  const list = weakrefListAddress(o);
  if (list === 0) return;
  for (let w = H32[list >> 2] as Obj; w !== 0; w = H32[list >> 2] as Obj) _PyWeakref_ClearRef(w);
}
