// What is functools.partial?  Invariant: a partial is a callable, a tuple of arguments, a dict of keywords (never NULL) and the number of Placeholders in
// the tuple, the last of which is not a Placeholder; partials of partials are flattened when they are made.

import { H32 } from '../memory/linear.js';
import {
  _PyStack_AsDict,
  PyCallable_Check,
  PyObject_Call,
  PyObject_Vectorcall,
  popNative,
  pushNative,
} from '../object/call.js';
import { classMethod, defineType, getset, member, method } from '../object/declare.js';
import {
  dictKey,
  dictValue,
  PyDict_Check,
  PyDict_CheckExact,
  PyDict_Copy,
  PyDict_Merge,
  PyDict_New,
  PyDict_Next,
  PyDict_Size,
} from '../object/dict.js';
import { PyErr_SetString } from '../object/errors.js';
import { fn } from '../object/functable.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { dictField, i32, layout, ref, weaklistField } from '../object/layout.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { _PyObject_New, PyType_GenericAlloc } from '../object/new_object.js';
import {
  PyObject_GenericGetAttr,
  PyObject_GenericGetDict,
  PyObject_GenericSetAttr,
  PyObject_GenericSetDict,
  PyObject_GetAttr,
  PyObject_Str,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import { PySequence_Tuple } from '../object/sequence.js';
import { Py_None, PyExc_TypeError, staticType } from '../object/statics.js';
import {
  fromArray,
  PyTuple_Check,
  PyTuple_CheckExact,
  PyTuple_GET_ITEM,
  PyTuple_GET_SIZE,
  PyTuple_New,
  PyTuple_Pack,
  PyTuple_SET_ITEM,
  tuple_items,
} from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC, tp_call } from '../object/type_layout.js';
import { PyUnicode_FromString, UnicodeWriter, asString } from '../object/unicode.js';
import { PyMethod_New } from '../types/method.js';
import { writeRepr } from '../types/dict.js';

// ---- Placeholder -----------------------------------------------------------------------------------------------------------------

export const placeholder_type = staticType();
const Plain = layout({});
/** Index of the word that owns the one Placeholder; 0 until it is first asked for. */
const thePlaceholder = ownedWord();

/** The Placeholder: a new reference, or NULL with MemoryError. */
export function placeholderObject(): Obj {
  if (H32[thePlaceholder] === 0) H32[thePlaceholder] = _PyObject_New(placeholder_type);
  const o = H32[thePlaceholder] as Obj;
  return o === 0 ? NULL : newref(o);
}

function placeholder_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (PyTuple_GET_SIZE(args) !== 0 || (kwargs !== 0 && PyDict_Size(kwargs) !== 0)) {
    return PyErr_SetString(PyExc_TypeError, 'PlaceholderType takes no arguments');
  }
  return placeholderObject();
}

defineType({
  type: placeholder_type,
  name: 'functools._PlaceholderType',
  layout: Plain,
  doc: 'The type of the Placeholder singleton.\n\nUsed as a placeholder for partial arguments.',
  slots: {
    tp_new: placeholder_new,
    tp_repr: () => PyUnicode_FromString('Placeholder'),
  },
  methods: [method('__reduce__', '($self, /)', () => PyUnicode_FromString('Placeholder'))],
});

const isPlaceholder = (o: Obj): boolean => o === H32[thePlaceholder];

function countPlaceholders(args: Obj): number {
  const n = PyTuple_GET_SIZE(args);
  let count = 0;
  for (let i = 0; i < n; i++) if (isPlaceholder(PyTuple_GET_ITEM(args, i))) count++;
  return count;
}

// ---- partial ---------------------------------------------------------------------------------------------------------------------

const Partial = layout({
  func: ref,
  args: ref,
  kw: ref,
  dict: dictField,
  weakreflist: weaklistField,
  phcount: i32,
  vectorcall: i32,
});
const { func: p_func, args: p_args, kw: p_kw, dict: p_dict, phcount: p_phcount, vectorcall: p_vectorcall } = Partial;
export const partial_type = staticType();
const field = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;
const TRAILING = 'trailing Placeholders are not allowed';
const s_module = ID('__module__');
const s_qualname = ID('__qualname__');

/** `first` with its Placeholders filled from the `n` references at `rest`, and what is left of those behind: a new tuple, or NULL. */
function fill(first: Obj, phcount: number, rest: number, n: number): Obj {
  const m = PyTuple_GET_SIZE(first);
  const t = PyTuple_New(m + Math.max(n - phcount, 0));
  if (t === 0) return NULL;
  let j = 0;
  for (let i = 0; i < m; i++) {
    let item = PyTuple_GET_ITEM(first, i);
    if (phcount > 0 && j < n && isPlaceholder(item)) item = H32[(rest >> 2) + j++] as Obj;
    PyTuple_SET_ITEM(t, i, newref(item));
  }
  for (let i = m; j < n; i++) PyTuple_SET_ITEM(t, i, newref(H32[(rest >> 2) + j++] as Obj));
  return t;
}

/** The keywords of `kw` (a dict) with those of `more` (a dict or NULL) over them: a new dict, or NULL. */
function mergedKeywords(kw: Obj, more: Obj): Obj {
  const d = kw === 0 ? PyDict_New() : PyDict_Copy(kw);
  if (d !== 0 && more !== 0 && PyDict_Merge(d, more, 1) < 0) {
    decref(d);
    return NULL;
  }
  return d;
}

function partial_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  const n = PyTuple_GET_SIZE(args) - 1;
  if (n < 0) return PyErr_SetString(PyExc_TypeError, "type 'partial' takes at least one argument");
  let func = PyTuple_GET_ITEM(args, 0);
  if (!PyCallable_Check(func)) return PyErr_SetString(PyExc_TypeError, 'the first argument must be callable');
  if (kwargs !== 0) {
    for (let pos = 0; (pos = PyDict_Next(kwargs, pos)) !== 0; ) {
      if (isPlaceholder(dictValue))
        return PyErr_SetString(PyExc_TypeError, 'Placeholder cannot be passed as a keyword argument');
    }
  }
  if (n > 0 && isPlaceholder(PyTuple_GET_ITEM(args, n))) return PyErr_SetString(PyExc_TypeError, TRAILING);
  const rest = args + tuple_items + 4;
  let inner: Obj = NULL;
  let innerKw: Obj = NULL;
  let phcount = 0;
  if (H32[(Py_TYPE(func) + tp_call) >> 2] === partialCall && field(func, p_dict) === 0) {
    inner = field(func, p_args);
    innerKw = field(func, p_kw);
    phcount = H32[(func + p_phcount) >> 2];
    func = field(func, p_func);
  }
  const all = inner === 0 ? fromArray(rest, n) : fill(inner, phcount, rest, n);
  const kw = all === 0 ? NULL : mergedKeywords(innerKw, kwargs);
  const o = kw === 0 ? NULL : PyType_GenericAlloc(type, 0);
  if (o === 0) {
    xdecref(all);
    xdecref(kw);
    return NULL;
  }
  H32[(o + p_func) >> 2] = newref(func);
  H32[(o + p_args) >> 2] = all;
  H32[(o + p_kw) >> 2] = kw;
  H32[(o + p_phcount) >> 2] = countPlaceholders(all);
  H32[(o + p_vectorcall) >> 2] = partialVectorcall;
  return o;
}

function missing(phcount: number, nargs: number): Obj {
  return PyErr_SetString(
    PyExc_TypeError,
    `missing positional arguments in 'partial' call; expected at least ${phcount}, got ${nargs}`,
  );
}

/** Calls with a positional vector and a keyword dict (or NULL). */
function callWith(o: Obj, args: number, nargs: number, kwargs: Obj): Obj {
  const phcount = H32[(o + p_phcount) >> 2];
  if (nargs < phcount) return missing(phcount, nargs);
  const func = newref(field(o, p_func));
  const kw =
    kwargs === 0 || PyDict_Size(kwargs) === 0 ? newref(field(o, p_kw)) : mergedKeywords(field(o, p_kw), kwargs);
  const all = kw === 0 ? NULL : fill(field(o, p_args), phcount, args, nargs);
  const r = all === 0 ? NULL : PyObject_Call(func, all, kw);
  xdecref(all);
  xdecref(kw);
  decref(func);
  return r;
}

function partial_call(o: Obj, args: Obj, kwargs: Obj): Obj {
  return callWith(o, args + tuple_items, PyTuple_GET_SIZE(args), kwargs);
}
const partialCall = fn(partial_call);

function partial_vectorcall(o: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  const nargs = nargsf & 0x3fffffff;
  const nkw = kwnames === 0 ? 0 : PyTuple_GET_SIZE(kwnames);
  const phcount = H32[(o + p_phcount) >> 2];
  if (PyDict_Size(field(o, p_kw)) !== 0) {
    const kwargs = nkw === 0 ? NULL : _PyStack_AsDict(args + 4 * nargs, kwnames);
    if (nkw !== 0 && kwargs === 0) return NULL;
    const r = callWith(o, args, nargs, kwargs);
    xdecref(kwargs);
    return r;
  }
  if (nargs < phcount) return missing(phcount, nargs);
  const mine = newref(field(o, p_args));
  const func = newref(field(o, p_func));
  const m = PyTuple_GET_SIZE(mine);
  const total = m + nargs - phcount;
  const base = pushNative(total + nkw + 1);
  if (base === 0) {
    decref(func);
    decref(mine);
    return NULL;
  }
  const to = (base >> 2) + 1;
  const from = args >> 2;
  let j = 0;
  for (let i = 0; i < m; i++) {
    const item = PyTuple_GET_ITEM(mine, i);
    H32[to + i] = phcount > 0 && isPlaceholder(item) ? H32[from + j++] : item;
  }
  for (let i = m; i < total; i++) H32[to + i] = H32[from + j++];
  for (let i = 0; i < nkw; i++) H32[to + total + i] = H32[from + nargs + i];
  const r = PyObject_Vectorcall(func, base + 4, total, kwnames);
  popNative(base);
  decref(func);
  decref(mine);
  return r;
}
const partialVectorcall = fn(partial_vectorcall);

function partial_descr_get(o: Obj, obj: Obj): Obj {
  return obj === 0 || obj === Py_None ? newref(o) : PyMethod_New(o, obj);
}

/** `module.qualname` of a type as a JavaScript string, or null with an exception. */
function fullName(type: Obj): string | null {
  const parts: string[] = [];
  for (const id of [s_module, s_qualname]) {
    const s = PyObject_GetAttr(type, idObj(id));
    if (s === 0) return null;
    parts.push(asString(s));
    decref(s);
  }
  return parts.join('.');
}

function partial_repr(o: Obj): Obj {
  if (Py_ReprEnter(o) !== 0) return PyUnicode_FromString('...');
  const name = fullName(Py_TYPE(o));
  const func = newref(field(o, p_func));
  const args = newref(field(o, p_args));
  const kw = newref(field(o, p_kw));
  const w = new UnicodeWriter();
  let ok = name !== null && w.text(`${name}(`) === 0 && writeRepr(w, func);
  const n = PyTuple_GET_SIZE(args);
  for (let i = 0; ok && i < n; i++) ok = w.ascii(', ') === 0 && writeRepr(w, PyTuple_GET_ITEM(args, i));
  for (let pos = 0; ok && (pos = PyDict_Next(kw, pos)) !== 0; ) {
    const value = newref(dictValue);
    // The keys need not be str: whoever sets the state may put anything there.
    const key = newref(dictKey);
    ok = w.ascii(', ') === 0 && writeStr(w, key) && w.ascii('=') === 0 && writeRepr(w, value);
    decref(key);
    decref(value);
  }
  ok = ok && w.ascii(')') === 0;
  decref(func);
  decref(args);
  decref(kw);
  Py_ReprLeave(o);
  return ok ? w.finish() : w.fail();
}

function writeStr(w: UnicodeWriter, o: Obj): boolean {
  const s = PyObject_Str(o);
  if (s === 0) return false;
  const ok = w.str(s) === 0;
  decref(s);
  return ok;
}

/** (type, (func,), (func, args, keywords, dict or None)) */
function partial_reduce(o: Obj): Obj {
  const args = PyTuple_Pack(field(o, p_func));
  const state =
    args === 0
      ? NULL
      : PyTuple_Pack(field(o, p_func), field(o, p_args), field(o, p_kw), (field(o, p_dict) || Py_None) as Obj);
  const r = state === 0 ? NULL : PyTuple_Pack(Py_TYPE(o), args, state);
  xdecref(args);
  xdecref(state);
  return r;
}

function put(o: Obj, offset: number, value: Obj): void {
  const old = field(o, offset);
  H32[(o + offset) >> 2] = value;
  xdecref(old);
}

function partial_setstate(o: Obj, state: Obj): Obj {
  const bad = () => PyErr_SetString(PyExc_TypeError, 'invalid partial state');
  if (!PyTuple_Check(state) || PyTuple_GET_SIZE(state) !== 4) return bad();
  const func = PyTuple_GET_ITEM(state, 0);
  const args = PyTuple_GET_ITEM(state, 1);
  const kw = PyTuple_GET_ITEM(state, 2);
  const dict = PyTuple_GET_ITEM(state, 3);
  if (!PyCallable_Check(func) || !PyTuple_Check(args) || (kw !== Py_None && !PyDict_Check(kw))) return bad();
  if (dict !== Py_None && !PyDict_Check(dict)) return bad();
  const n = PyTuple_GET_SIZE(args);
  if (n > 0 && isPlaceholder(PyTuple_GET_ITEM(args, n - 1))) return PyErr_SetString(PyExc_TypeError, TRAILING);
  const newArgs = PyTuple_CheckExact(args) ? newref(args) : PySequence_Tuple(args);
  if (newArgs === 0) return NULL;
  const newKw = kw === Py_None ? PyDict_New() : PyDict_CheckExact(kw) ? newref(kw) : PyDict_Copy(kw);
  if (newKw === 0) {
    decref(newArgs);
    return NULL;
  }
  H32[(o + p_phcount) >> 2] = countPlaceholders(newArgs);
  put(o, p_func, newref(func));
  put(o, p_args, newArgs);
  put(o, p_kw, newKw);
  put(o, p_dict, dict === Py_None ? NULL : newref(dict));
  return newref(Py_None);
}

defineType({
  type: partial_type,
  name: 'functools.partial',
  layout: Partial,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: 'Create a new function with partial application of the given arguments\nand keywords.',
  signature: '(func, /, *args, **keywords)',
  vectorcallOffset: p_vectorcall,
  slots: {
    tp_new: partial_new,
    tp_call: partial_call,
    tp_repr: partial_repr,
    tp_descr_get: partial_descr_get,
    tp_getattro: PyObject_GenericGetAttr,
    tp_setattro: PyObject_GenericSetAttr,
  },
  methods: [
    method('__reduce__', '($self, /)', partial_reduce),
    method('__setstate__', '($self, object, /)', partial_setstate),
    classMethod('__class_getitem__', '($type, object, /)', Py_GenericAlias, 'See PEP 585'),
  ],
  members: [
    member('func', 'object', p_func, { doc: 'function object to use in future partial calls' }),
    member('args', 'object', p_args, { doc: 'tuple of arguments to future partial calls' }),
    member('keywords', 'object', p_kw, { doc: 'dictionary of keyword arguments to future partial calls' }),
  ],
  getset: [getset('__dict__', PyObject_GenericGetDict, PyObject_GenericSetDict)],
});
