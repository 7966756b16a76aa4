// What does the module _operator export?  Invariant: every function is the abstract operation of its name; the getters and callers are immutable once
// made, and calling them never changes them.

import { H32, H8 } from '../memory/linear.js';
import { noKwargs } from '../object/bind.js';
import {
  BUF_buf,
  BUF_len,
  freeView,
  newView,
  PyBuffer_Release,
  PyBUF_SIMPLE,
  PyObject_CheckBuffer,
  PyObject_GetBuffer,
} from '../object/buffer.js';
import {
  PyObject_Call,
  PyObject_Vectorcall,
  PyObject_VectorcallMethod,
  popNative,
  pushNative,
  PyVectorcall_Call,
} from '../object/call.js';
import { defineModule, defineType, fastcall, method, type MethodDef, getset } from '../object/declare.js';
import { PyDict_Copy, dictKey, dictValue, PyDict_Next, PyDict_Size } from '../object/dict.js';
import { PyErr_SetString, typeName } from '../object/errors.js';
import { fn } from '../object/functable.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_LengthHint } from '../object/iter.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyLong_FromSsize_t } from '../object/long.js';
import { PyObject_DelItem, PyObject_GetItem, PyObject_SetItem } from '../object/mapping.js';
import { _PyObject_New } from '../object/new_object.js';
import * as N from '../object/number.js';
import {
  Py_EQ,
  Py_GE,
  Py_GT,
  Py_LE,
  Py_LT,
  Py_NE,
  PyObject_GenericGetAttr,
  PyObject_GetAttr,
  PyObject_IsTrue,
  PyObject_RichCompare,
} from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import {
  PySequence_Concat,
  PySequence_Contains,
  PySequence_Count,
  PySequence_Index,
  PySequence_InPlaceConcat,
} from '../object/sequence.js';
import { Py_False, Py_None, Py_True, PyExc_TypeError, staticType } from '../object/statics.js';
import {
  fromArray,
  PyTuple_GET_ITEM,
  PyTuple_GET_SIZE,
  PyTuple_GetSlice,
  PyTuple_New,
  PyTuple_Pack,
  PyTuple_SET_ITEM,
  tuple_items,
} from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import {
  asString,
  PyUnicode_Check,
  PyUnicode_FromString,
  PyUnicode_InternInPlace,
  PyUnicode_IS_ASCII,
  UnicodeWriter,
} from '../object/unicode.js';
import { writeRepr } from '../types/dict.js';

const bool = (b: boolean): Obj => newref(b ? Py_True : Py_False);
const boolOf = (r: number): Obj => (r < 0 ? NULL : bool(r !== 0));
const none = (r: number): Obj => (r < 0 ? NULL : newref(Py_None));

const unary = (name: string, doc: string, f: (a: Obj) => Obj): MethodDef =>
  method(name, '($module, a, /)', (_m: Obj, a: Obj) => f(a), doc);
const binary = (name: string, doc: string, f: (a: Obj, b: Obj) => Obj): MethodDef =>
  method(name, '($module, a, b, /)', (_m: Obj, a: Obj, b: Obj) => f(a, b), doc);
const compare = (name: string, symbol: string, op: number): MethodDef =>
  binary(name, `Same as a ${symbol} b.`, (a, b) => PyObject_RichCompare(a, b, op));

function length_hint(_m: Obj, obj: Obj, dflt: number): Obj {
  const n = PyObject_LengthHint(obj, dflt);
  return n < 0 ? NULL : PyLong_FromSsize_t(n);
}

/** Compares without an early end, so that the time does not tell where the first difference is. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let result = a.length === b.length ? 0 : 1;
  for (let i = 0; i < b.length; i++) result |= b[i] ^ (a.length === b.length ? a[i] : b[i]);
  return result === 0;
}

/** A copy of the bytes that an object shows, or null with an exception. */
function bytesOf(o: Obj): Uint8Array | null {
  const view = newView();
  if (view === 0) return null;
  let bytes: Uint8Array | null = null;
  if (PyObject_GetBuffer(o, view, PyBUF_SIMPLE) === 0) {
    const start = H32[(view + BUF_buf) >> 2];
    bytes = H8.slice(start, start + H32[(view + BUF_len) >> 2]);
    PyBuffer_Release(view);
  }
  freeView(view);
  return bytes;
}

function compare_digest(a: Obj, b: Obj): Obj {
  if (PyUnicode_Check(a) && PyUnicode_Check(b)) {
    if (!PyUnicode_IS_ASCII(a) || !PyUnicode_IS_ASCII(b)) {
      return PyErr_SetString(PyExc_TypeError, 'comparing strings with non-ASCII characters is not supported');
    }
    const encode = (o: Obj) => new TextEncoder().encode(asString(o));
    return bool(sameBytes(encode(a), encode(b)));
  }
  if (!PyObject_CheckBuffer(a) || !PyObject_CheckBuffer(b)) {
    return PyErr_SetString(
      PyExc_TypeError,
      `unsupported operand types(s) or combination of types: '${typeName(a)}' and '${typeName(b)}'`,
    );
  }
  const x = bytesOf(a);
  const y = x === null ? null : bytesOf(b);
  return x === null || y === null ? NULL : bool(sameBytes(x, y));
}

function call(_m: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (nargs < 1) return PyErr_SetString(PyExc_TypeError, 'call expected at least 1 argument, got 0');
  return PyObject_Vectorcall(H32[args >> 2] as Obj, args + 4, nargs - 1, kwnames);
}

// ---- itemgetter ------------------------------------------------------------------------------------------------------------------

const field = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;

/** Checks the single argument of a getter's call: true, or false with TypeError. */
function oneArgument(name: string, nargs: number, kwnames: Obj): boolean {
  if (kwnames !== 0 && PyTuple_GET_SIZE(kwnames) !== 0) {
    PyErr_SetString(PyExc_TypeError, `${name}() takes no keyword arguments`);
    return false;
  }
  if (nargs === 1) return true;
  PyErr_SetString(PyExc_TypeError, `${name} expected 1 argument, got ${nargs}`);
  return false;
}

const Itemgetter = layout({ items: ref, vectorcall: i32 });
const itemgetter = staticType();

function itemgetter_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargs('itemgetter', kwargs)) return NULL;
  if (PyTuple_GET_SIZE(args) === 0) return PyErr_SetString(PyExc_TypeError, 'itemgetter expected 1 argument, got 0');
  const o = _PyObject_New(itemgetter);
  if (o === 0) return NULL;
  H32[(o + Itemgetter.items) >> 2] = newref(args);
  H32[(o + Itemgetter.vectorcall) >> 2] = itemgetterVectorcall;
  PyObject_GC_Track(o);
  return o;
}

function itemgetter_vectorcall(self: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  if (!oneArgument('itemgetter', nargsf & 0x3fffffff, kwnames)) return NULL;
  const obj = H32[args >> 2] as Obj;
  const items = field(self, Itemgetter.items);
  const n = PyTuple_GET_SIZE(items);
  if (n === 1) return PyObject_GetItem(obj, PyTuple_GET_ITEM(items, 0));
  const result = PyTuple_New(n);
  for (let i = 0; result !== 0 && i < n; i++) {
    const value = PyObject_GetItem(obj, PyTuple_GET_ITEM(items, i));
    if (value === 0) {
      decref(result);
      return NULL;
    }
    PyTuple_SET_ITEM(result, i, value);
  }
  return result;
}
const itemgetterVectorcall = fn(itemgetter_vectorcall);

/** `name(a, b)` of the items of a tuple, or `name(...)` within itself: a new str, or NULL. */
function reprCall(self: Obj, name: string, args: Obj): Obj {
  if (Py_ReprEnter(self) !== 0) return PyUnicode_FromString(`${name}(...)`);
  const w = new UnicodeWriter();
  let ok = w.text(`${name}(`) === 0;
  const n = PyTuple_GET_SIZE(args);
  for (let i = 0; ok && i < n; i++) ok = (i === 0 || w.ascii(', ') === 0) && writeRepr(w, PyTuple_GET_ITEM(args, i));
  Py_ReprLeave(self);
  return ok && w.ascii(')') === 0 ? w.finish() : w.fail();
}

/** How the objects are called, which is not how their types are. */
const callSignature = getset('__text_signature__', () => PyUnicode_FromString('(obj, /)'));

defineType({
  type: itemgetter,
  name: 'operator.itemgetter',
  layout: Itemgetter,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: `Return a callable object that fetches the given item(s) from its operand.
After f = itemgetter(2), the call f(r) returns r[2].
After g = itemgetter(2, 5, 3), the call g(r) returns (r[2], r[5], r[3])`,
  signature: '(item, /, *items)',
  vectorcallOffset: Itemgetter.vectorcall,
  slots: {
    tp_new: itemgetter_new,
    tp_repr: (o: Obj) => reprCall(o, 'operator.itemgetter', field(o, Itemgetter.items)),
    tp_call: PyVectorcall_Call,
    tp_getattro: PyObject_GenericGetAttr,
  },
  getset: [callSignature],
  methods: [
    method(
      '__reduce__',
      '($self, /)',
      (o: Obj) => PyTuple_Pack(Py_TYPE(o), field(o, Itemgetter.items)),
      'Return state information for pickling',
    ),
  ],
});

// ---- attrgetter ------------------------------------------------------------------------------------------------------------------

// names: the names as given; paths: for each the str itself, or a tuple of its parts if it has dots.
const Attrgetter = layout({ names: ref, paths: ref, vectorcall: i32 });
const attrgetter = staticType();

/** The interned str of a part of a path: new, or NULL. */
function internedPart(part: string): Obj {
  const s = PyUnicode_FromString(part);
  return s === 0 ? NULL : PyUnicode_InternInPlace(s);
}

function pathOf(name: Obj): Obj {
  const text = asString(name);
  if (!text.includes('.')) return PyUnicode_InternInPlace(newref(name));
  const parts = text.split('.');
  const tuple = PyTuple_New(parts.length);
  for (let i = 0; tuple !== 0 && i < parts.length; i++) {
    const s = internedPart(parts[i]);
    if (s === 0) {
      decref(tuple);
      return NULL;
    }
    PyTuple_SET_ITEM(tuple, i, s);
  }
  return tuple;
}

function attrgetter_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargs('attrgetter', kwargs)) return NULL;
  const n = PyTuple_GET_SIZE(args);
  if (n === 0) return PyErr_SetString(PyExc_TypeError, 'attrgetter expected 1 argument, got 0');
  const paths = PyTuple_New(n);
  for (let i = 0; paths !== 0 && i < n; i++) {
    const name = PyTuple_GET_ITEM(args, i);
    if (!PyUnicode_Check(name)) PyErr_SetString(PyExc_TypeError, 'attribute name must be a string');
    const path = PyUnicode_Check(name) ? pathOf(name) : NULL;
    if (path === 0) {
      decref(paths);
      return NULL;
    }
    PyTuple_SET_ITEM(paths, i, path);
  }
  const o = paths === 0 ? NULL : _PyObject_New(attrgetter);
  if (o === 0) {
    xdecref(paths);
    return NULL;
  }
  H32[(o + Attrgetter.names) >> 2] = newref(args);
  H32[(o + Attrgetter.paths) >> 2] = paths;
  H32[(o + Attrgetter.vectorcall) >> 2] = attrgetterVectorcall;
  PyObject_GC_Track(o);
  return o;
}

/** obj.a.b.c along a path: new, or NULL. */
function follow(obj: Obj, path: Obj): Obj {
  if (PyUnicode_Check(path)) return PyObject_GetAttr(obj, path);
  let o = newref(obj);
  const n = PyTuple_GET_SIZE(path);
  for (let i = 0; o !== 0 && i < n; i++) {
    const next = PyObject_GetAttr(o, PyTuple_GET_ITEM(path, i));
    decref(o);
    o = next;
  }
  return o;
}

function attrgetter_vectorcall(self: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  if (!oneArgument('attrgetter', nargsf & 0x3fffffff, kwnames)) return NULL;
  const obj = H32[args >> 2] as Obj;
  const paths = field(self, Attrgetter.paths);
  const n = PyTuple_GET_SIZE(paths);
  if (n === 1) return follow(obj, PyTuple_GET_ITEM(paths, 0));
  const result = PyTuple_New(n);
  for (let i = 0; result !== 0 && i < n; i++) {
    const value = follow(obj, PyTuple_GET_ITEM(paths, i));
    if (value === 0) {
      decref(result);
      return NULL;
    }
    PyTuple_SET_ITEM(result, i, value);
  }
  return result;
}
const attrgetterVectorcall = fn(attrgetter_vectorcall);

defineType({
  type: attrgetter,
  name: 'operator.attrgetter',
  layout: Attrgetter,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: `Return a callable object that fetches the given attribute(s) from its operand.
After f = attrgetter('name'), the call f(r) returns r.name.
After g = attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).
After h = attrgetter('name.first', 'name.last'), the call h(r) returns
(r.name.first, r.name.last).`,
  signature: '(attr, /, *attrs)',
  vectorcallOffset: Attrgetter.vectorcall,
  slots: {
    tp_new: attrgetter_new,
    tp_repr: (o: Obj) => reprCall(o, 'operator.attrgetter', field(o, Attrgetter.names)),
    tp_call: PyVectorcall_Call,
    tp_getattro: PyObject_GenericGetAttr,
  },
  getset: [callSignature],
  methods: [
    method(
      '__reduce__',
      '($self, /)',
      (o: Obj) => PyTuple_Pack(Py_TYPE(o), field(o, Attrgetter.names)),
      'Return state information for pickling',
    ),
  ],
});

// ---- methodcaller ----------------------------------------------------------------------------------------------------------------

// args: the method's name and the positional arguments; kwargs: a dict, or NULL.
const Methodcaller = layout({ args: ref, kwargs: ref, vectorcall: i32 });
const methodcaller = staticType();
const s_partial = ID('partial');

function methodcaller_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (PyTuple_GET_SIZE(args) < 1)
    return PyErr_SetString(PyExc_TypeError, 'methodcaller needs at least one argument, the method name');
  if (!PyUnicode_Check(PyTuple_GET_ITEM(args, 0)))
    return PyErr_SetString(PyExc_TypeError, 'method name must be a string');
  const all = PyTuple_New(PyTuple_GET_SIZE(args));
  if (all === 0) return NULL;
  PyTuple_SET_ITEM(all, 0, PyUnicode_InternInPlace(newref(PyTuple_GET_ITEM(args, 0))));
  for (let i = 1; i < PyTuple_GET_SIZE(args); i++) PyTuple_SET_ITEM(all, i, newref(PyTuple_GET_ITEM(args, i)));
  const kw = kwargs === 0 || PyDict_Size(kwargs) === 0 ? NULL : PyDict_Copy(kwargs);
  const o = _PyObject_New(methodcaller);
  if (o === 0) {
    decref(all);
    xdecref(kw);
    return NULL;
  }
  H32[(o + Methodcaller.args) >> 2] = all;
  H32[(o + Methodcaller.kwargs) >> 2] = kw;
  H32[(o + Methodcaller.vectorcall) >> 2] = methodcallerVectorcall;
  PyObject_GC_Track(o);
  return o;
}

function methodcaller_vectorcall(self: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  if (!oneArgument('methodcaller', nargsf & 0x3fffffff, kwnames)) return NULL;
  const obj = H32[args >> 2] as Obj;
  const mine = field(self, Methodcaller.args);
  const kw = field(self, Methodcaller.kwargs);
  const name = PyTuple_GET_ITEM(mine, 0);
  const n = PyTuple_GET_SIZE(mine);
  if (kw === 0) {
    const base = pushNative(n + 1);
    if (base === 0) return NULL;
    const at = (base >> 2) + 1;
    H32[at] = obj;
    for (let i = 1; i < n; i++) H32[at + i] = PyTuple_GET_ITEM(mine, i);
    const r = PyObject_VectorcallMethod(name, base + 4, n, NULL);
    popNative(base);
    return r;
  }
  const f = PyObject_GetAttr(obj, name);
  if (f === 0) return NULL;
  const rest = fromArray(mine + tuple_items + 4, n - 1);
  const r = rest === 0 ? NULL : PyObject_Call(f, rest, kw);
  decref(f);
  xdecref(rest);
  return r;
}
const methodcallerVectorcall = fn(methodcaller_vectorcall);

function methodcaller_repr(self: Obj): Obj {
  const name = 'operator.methodcaller';
  if (Py_ReprEnter(self) !== 0) return PyUnicode_FromString(`${name}(...)`);
  const args = field(self, Methodcaller.args);
  const kw = field(self, Methodcaller.kwargs);
  const w = new UnicodeWriter();
  let ok = w.text(`${name}(`) === 0;
  const n = PyTuple_GET_SIZE(args);
  for (let i = 0; ok && i < n; i++) ok = (i === 0 || w.ascii(', ') === 0) && writeRepr(w, PyTuple_GET_ITEM(args, i));
  for (let pos = 0; ok && kw !== 0 && (pos = PyDict_Next(kw, pos)) !== 0; ) {
    const value = newref(dictValue);
    ok = w.ascii(', ') === 0 && w.str(dictKey) === 0 && w.ascii('=') === 0 && writeRepr(w, value);
    decref(value);
  }
  Py_ReprLeave(self);
  return ok && w.ascii(')') === 0 ? w.finish() : w.fail();
}

function methodcaller_reduce(self: Obj): Obj {
  const args = field(self, Methodcaller.args);
  const kw = field(self, Methodcaller.kwargs);
  if (kw === 0) return PyTuple_Pack(Py_TYPE(self), args);
  // With keywords: functools.partial(methodcaller, name, **kwargs) applied to the rest.
  const functools = port.importModule('functools');
  const partial = functools === 0 ? NULL : PyObject_GetAttr(functools, idObj(s_partial));
  xdecref(functools);
  const first = partial === 0 ? NULL : PyTuple_Pack(Py_TYPE(self), PyTuple_GET_ITEM(args, 0));
  const constructor = first === 0 ? NULL : PyObject_Call(partial, first, kw);
  xdecref(partial);
  xdecref(first);
  const rest = constructor === 0 ? NULL : PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args));
  const r = rest === 0 ? NULL : PyTuple_Pack(constructor, rest);
  xdecref(constructor);
  xdecref(rest);
  return r;
}

defineType({
  type: methodcaller,
  name: 'operator.methodcaller',
  layout: Methodcaller,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: `Return a callable object that calls the given method on its operand.
After f = methodcaller('name'), the call f(r) returns r.name().
After g = methodcaller('name', 'date', foo=1), the call g(r) returns
r.name('date', foo=1).`,
  signature: '(name, /, *args, **kwargs)',
  vectorcallOffset: Methodcaller.vectorcall,
  slots: {
    tp_new: methodcaller_new,
    tp_repr: methodcaller_repr,
    tp_call: PyVectorcall_Call,
    tp_getattro: PyObject_GenericGetAttr,
  },
  getset: [callSignature],
  methods: [method('__reduce__', '($self, /)', methodcaller_reduce, 'Return state information for pickling')],
});

// ---- the module ------------------------------------------------------------------------------------------------------------------

defineModule({
  name: '_operator',
  doc: `Operator interface.

This module exports a set of functions implemented in C corresponding
to the intrinsic operators of Python.  For example, operator.add(x, y)
is equivalent to the expression x+y.`,
  types: [attrgetter, itemgetter, methodcaller],
  functions: [
    unary('truth', 'Return True if a is true, False otherwise.', (a) => boolOf(PyObject_IsTrue(a))),
    binary('contains', 'Same as b in a (note reversed operands).', (a, b) => boolOf(PySequence_Contains(a, b))),
    binary('indexOf', 'Return the first index of b in a.', (a, b) => {
      const i = PySequence_Index(a, b);
      return i < 0 ? NULL : PyLong_FromSsize_t(i);
    }),
    binary('countOf', 'Return the number of items in a which are, or which equal, b.', (a, b) => {
      const n = PySequence_Count(a, b);
      return n < 0 ? NULL : PyLong_FromSsize_t(n);
    }),
    binary('is_', 'Same as a is b.', (a, b) => bool(a === b)),
    binary('is_not', 'Same as a is not b.', (a, b) => bool(a !== b)),
    unary('is_none', 'Same as a is None.', (a) => bool(a === Py_None)),
    unary('is_not_none', 'Same as a is not None.', (a) => bool(a !== Py_None)),
    unary('index', 'Same as a.__index__()', N.PyNumber_Index),
    binary('add', 'Same as a + b.', N.PyNumber_Add),
    binary('sub', 'Same as a - b.', N.PyNumber_Subtract),
    binary('mul', 'Same as a * b.', N.PyNumber_Multiply),
    binary('matmul', 'Same as a @ b.', N.PyNumber_MatrixMultiply),
    binary('floordiv', 'Same as a // b.', N.PyNumber_FloorDivide),
    binary('truediv', 'Same as a / b.', N.PyNumber_TrueDivide),
    binary('mod', 'Same as a % b.', N.PyNumber_Remainder),
    unary('neg', 'Same as -a.', N.PyNumber_Negative),
    unary('pos', 'Same as +a.', N.PyNumber_Positive),
    unary('abs', 'Same as abs(a).', N.PyNumber_Absolute),
    unary('inv', 'Same as ~a.', N.PyNumber_Invert),
    unary('invert', 'Same as ~a.', N.PyNumber_Invert),
    binary('lshift', 'Same as a << b.', N.PyNumber_Lshift),
    binary('rshift', 'Same as a >> b.', N.PyNumber_Rshift),
    unary('not_', 'Same as not a.', (a) => {
      const r = PyObject_IsTrue(a);
      return r < 0 ? NULL : bool(r === 0);
    }),
    binary('and_', 'Same as a & b.', N.PyNumber_And),
    binary('xor', 'Same as a ^ b.', N.PyNumber_Xor),
    binary('or_', 'Same as a | b.', N.PyNumber_Or),
    binary('iadd', 'Same as a += b.', N.PyNumber_InPlaceAdd),
    binary('isub', 'Same as a -= b.', N.PyNumber_InPlaceSubtract),
    binary('imul', 'Same as a *= b.', N.PyNumber_InPlaceMultiply),
    binary('imatmul', 'Same as a @= b.', N.PyNumber_InPlaceMatrixMultiply),
    binary('ifloordiv', 'Same as a //= b.', N.PyNumber_InPlaceFloorDivide),
    binary('itruediv', 'Same as a /= b.', N.PyNumber_InPlaceTrueDivide),
    binary('imod', 'Same as a %= b.', N.PyNumber_InPlaceRemainder),
    binary('ilshift', 'Same as a <<= b.', N.PyNumber_InPlaceLshift),
    binary('irshift', 'Same as a >>= b.', N.PyNumber_InPlaceRshift),
    binary('iand', 'Same as a &= b.', N.PyNumber_InPlaceAnd),
    binary('ixor', 'Same as a ^= b.', N.PyNumber_InPlaceXor),
    binary('ior', 'Same as a |= b.', N.PyNumber_InPlaceOr),
    binary('concat', 'Same as a + b, for a and b sequences.', PySequence_Concat),
    binary('iconcat', 'Same as a += b, for a and b sequences.', PySequence_InPlaceConcat),
    binary('getitem', 'Same as a[b].', PyObject_GetItem),
    method(
      'setitem',
      '($module, a, b, c, /)',
      (_m: Obj, a: Obj, b: Obj, c: Obj) => none(PyObject_SetItem(a, b, c)),
      'Same as a[b] = c.',
    ),
    binary('delitem', 'Same as del a[b].', (a, b) => none(PyObject_DelItem(a, b))),
    binary('pow', 'Same as a ** b.', (a, b) => N.PyNumber_Power(a, b, Py_None)),
    binary('ipow', 'Same as a **= b.', (a, b) => N.PyNumber_InPlacePower(a, b, Py_None)),
    compare('eq', '==', Py_EQ),
    compare('ne', '!=', Py_NE),
    compare('lt', '<', Py_LT),
    compare('le', '<=', Py_LE),
    compare('gt', '>', Py_GT),
    compare('ge', '>=', Py_GE),
    binary('_compare_digest', "Return 'a == b', in a time that does not tell where they differ.", compare_digest),
    method(
      'length_hint',
      '($module, obj, default: ssize = 0, /)',
      length_hint,
      `Return an estimate of the number of items in obj.

This is useful for presizing containers when building from an iterable.

If the object supports len(), the result will be exact.
Otherwise, it may over- or under-estimate by an arbitrary amount.
The result will be an integer >= 0.`,
    ),
    fastcall('call', '($module, obj, /, *args, **kwargs)', call, 'Same as obj(*args, **kwargs).'),
  ],
});
