// What stands in the slot of a class whose Python code defines the special method?
//
// Invariant: each function below looks its method up in the type of the object (never in the instance), calls it, and gives the slot's own
// kind of answer.  One function serves one slot, so that a slot can be recognized as Python-defined by its index.

import { H32 } from '../memory/linear.js';
import { PyObject_Vectorcall, PyObject_Call, popNative, pushNative, PyObject_CallFunctionObjArgs } from './call.js';
import {
  errMinus1,
  nameOfType,
  Py_EnterRecursiveCall,
  Py_LeaveRecursiveCall,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetObject,
  PyErr_SetRaisedException,
  PyErr_SetString,
  PyErr_WriteUnraisable,
  typeName,
  reprText,
} from './errors.js';
import { F, fn } from './functable.js';
import { decref, incref, newref, Py_TYPE } from './header.js';
import { ID, idObj } from './identifiers.js';
import { PyType_IsSubtype } from './isinstance.js';
import { PyLong_AsSsize_t, PyLong_Check, PyLong_FromLong, long_hash, _PyLong_Sign } from './long.js';
import { PyNumber_AsSsize_t, PyNumber_Index } from './number.js';
import {
  PyObject_GenericGetAttr,
  PyObject_HashNotImplemented,
  PyObject_IsTrue,
  PyObject_RichCompareBool,
  Py_NE,
  genericGetAttrIndex,
} from './object.js';
import { port } from './ports.js';
import { NULL, type Obj } from './ptr.js';
import { reflectedName } from './slot_defs.js';
import {
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyExc_AttributeError,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
} from './statics.js';
import { _PySequence_IterSearchContains } from './sequence.js';
import { PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM, tuple_items } from './tuple.js';
import { _PyType_Lookup } from './type_lookup.js';
import {
  Py_TPFLAGS_METHOD_DESCRIPTOR,
  SLOT_OFFSETS,
  type SlotName,
  tp_descr_get,
  tp_flags,
  tp_getattro,
} from './type_layout.js';

/** Whether the last lookupMaybe found a function that takes self as its first argument. */
let unbound = false;

/** The special method `name` (borrowed str) of self's type: a new reference, or NULL; sets `unbound`. */
function lookupMaybe(self: Obj, name: Obj): Obj {
  const type = Py_TYPE(self);
  const f = _PyType_Lookup(type, name);
  unbound = false;
  if (f === 0) return NULL;
  incref(f);
  const ft = Py_TYPE(f);
  if (H32[(ft + tp_flags) >> 2] & Py_TPFLAGS_METHOD_DESCRIPTOR) {
    unbound = true;
    return f;
  }
  const get = H32[(ft + tp_descr_get) >> 2];
  if (get === 0) return f;
  const bound = F[get](f, self, type) as Obj;
  decref(f);
  unbound = false;
  return bound;
}

function callFound(f: Obj, isUnbound: boolean, self: Obj, a: Obj, b: Obj, n: number): Obj {
  const base = pushNative(4);
  if (base === 0) {
    decref(f);
    return NULL;
  }
  const at = base >> 2;
  H32[at + 1] = self;
  H32[at + 2] = a;
  H32[at + 3] = b;
  const r = isUnbound ? PyObject_Vectorcall(f, base + 4, n + 1, NULL) : PyObject_Vectorcall(f, base + 8, n, NULL);
  popNative(base);
  decref(f);
  return r;
}

/** Calls the special method with up to two arguments: a new reference; AttributeError if there is none. */
function callSpecial(self: Obj, name: Obj, n: number, a: Obj = NULL, b: Obj = NULL): Obj {
  const f = lookupMaybe(self, name);
  const isUnbound = unbound;
  if (f === 0) {
    if (PyErr_Occurred() === 0) PyErr_SetObject(PyExc_AttributeError, name);
    return NULL;
  }
  return callFound(f, isUnbound, self, a, b, n);
}

/** As callSpecial, with NotImplemented for a method that is not there. */
function callMaybe(self: Obj, name: Obj, n: number, a: Obj = NULL, b: Obj = NULL): Obj {
  const f = lookupMaybe(self, name);
  const isUnbound = unbound;
  if (f === 0) return PyErr_Occurred() !== 0 ? NULL : newref(Py_NotImplemented);
  return callFound(f, isUnbound, self, a, b, n);
}

const table = new Map<string, number>();

/** Key of the table: a slot may have several names, which share one function. */
function enter(slot: SlotName, f: (...args: never[]) => number | undefined): number {
  const index = fn(f);
  table.set(slot, index);
  return index;
}

/** The index of the function that serves `slot` for Python-defined methods; 0 if there is none. */
export function slotFunction(slot: SlotName): number {
  return table.get(slot) ?? 0;
}

function unary(slot: SlotName, method: string): void {
  const name = ID(method);
  enter(slot, (self: Obj) => callSpecial(self, idObj(name), 0));
}

/** Whether `right`'s type overrides the method `name` that `left`'s type has. */
function isOverloaded(left: Obj, right: Obj, name: Obj): boolean {
  const b = _PyType_Lookup(Py_TYPE(right), name);
  if (b === 0) return false;
  const a = _PyType_Lookup(Py_TYPE(left), name);
  if (a === 0) return true;
  if (a === b) return false;
  incref(a);
  incref(b);
  const ne = PyObject_RichCompareBool(a, b, Py_NE);
  decref(a);
  decref(b);
  if (ne < 0) PyErr_Clear();
  return ne > 0;
}

function binary(slot: SlotName, method: string): void {
  const name = ID(method);
  const rname = ID(reflectedName.get(method) as string);
  const offset = SLOT_OFFSETS[slot];
  const f = (self: Obj, other: Obj): Obj => {
    const ts = Py_TYPE(self);
    const to = Py_TYPE(other);
    let tryOther = ts !== to && H32[(to + offset) >> 2] === index;
    if (H32[(ts + offset) >> 2] === index) {
      if (tryOther && PyType_IsSubtype(to, ts) && isOverloaded(self, other, idObj(rname))) {
        const r = callMaybe(other, idObj(rname), 1, self);
        if (r !== Py_NotImplemented) return r;
        decref(r);
        tryOther = false;
      }
      const r = callMaybe(self, idObj(name), 1, other);
      if (r !== Py_NotImplemented || to === ts) return r;
      decref(r);
    }
    return tryOther ? callMaybe(other, idObj(rname), 1, self) : newref(Py_NotImplemented);
  };
  const index = enter(slot, f);
}

function inplace(slot: SlotName, method: string): void {
  const name = ID(method);
  enter(slot, (self: Obj, other: Obj) => callSpecial(self, idObj(name), 1, other));
}

for (const [slot, method] of [
  ['tp_repr', '__repr__'],
  ['tp_str', '__str__'],
  ['nb_negative', '__neg__'],
  ['nb_positive', '__pos__'],
  ['nb_absolute', '__abs__'],
  ['nb_invert', '__invert__'],
  ['nb_int', '__int__'],
  ['nb_float', '__float__'],
  ['nb_index', '__index__'],
] as const) {
  unary(slot, method);
}

for (const [slot, method] of [
  ['nb_add', '__add__'],
  ['nb_subtract', '__sub__'],
  ['nb_multiply', '__mul__'],
  ['nb_remainder', '__mod__'],
  ['nb_divmod', '__divmod__'],
  ['nb_lshift', '__lshift__'],
  ['nb_rshift', '__rshift__'],
  ['nb_and', '__and__'],
  ['nb_xor', '__xor__'],
  ['nb_or', '__or__'],
  ['nb_floor_divide', '__floordiv__'],
  ['nb_true_divide', '__truediv__'],
  ['nb_matrix_multiply', '__matmul__'],
] as const) {
  binary(slot, method);
}

for (const [slot, method] of [
  ['nb_inplace_add', '__iadd__'],
  ['nb_inplace_subtract', '__isub__'],
  ['nb_inplace_multiply', '__imul__'],
  ['nb_inplace_remainder', '__imod__'],
  ['nb_inplace_power', '__ipow__'],
  ['nb_inplace_lshift', '__ilshift__'],
  ['nb_inplace_rshift', '__irshift__'],
  ['nb_inplace_and', '__iand__'],
  ['nb_inplace_xor', '__ixor__'],
  ['nb_inplace_or', '__ior__'],
  ['nb_inplace_floor_divide', '__ifloordiv__'],
  ['nb_inplace_true_divide', '__itruediv__'],
  ['nb_inplace_matrix_multiply', '__imatmul__'],
] as const) {
  inplace(slot, method);
}

// pow: the two-argument form is reflected like any operator; with a modulus the left operand decides, then (3.14) the right one.
{
  const pow = ID('__pow__');
  const rpow = ID('__rpow__');
  const offset = SLOT_OFFSETS.nb_power;
  const index = enter('nb_power', (self: Obj, other: Obj, mod: Obj): Obj => {
    const ts = Py_TYPE(self);
    const to = Py_TYPE(other);
    const n = mod === Py_None ? 1 : 2;
    let tryOther = ts !== to && H32[(to + offset) >> 2] === index;
    if (H32[(ts + offset) >> 2] === index) {
      if (tryOther && PyType_IsSubtype(to, ts) && isOverloaded(self, other, idObj(rpow))) {
        const r = callMaybe(other, idObj(rpow), n, self, mod);
        if (r !== Py_NotImplemented) return r;
        decref(r);
        tryOther = false;
      }
      const r = callMaybe(self, idObj(pow), n, other, mod);
      if (r !== Py_NotImplemented || to === ts) return r;
      decref(r);
    }
    return tryOther ? callMaybe(other, idObj(rpow), n, self, mod) : newref(Py_NotImplemented);
  });
}

const s_len = ID('__len__');
const s_getitem = ID('__getitem__');
const s_setitem = ID('__setitem__');
const s_delitem = ID('__delitem__');
const s_contains = ID('__contains__');
const s_bool = ID('__bool__');
const s_hash = ID('__hash__');
const s_call = ID('__call__');
const s_getattribute = ID('__getattribute__');
const s_getattr = ID('__getattr__');
const s_setattr = ID('__setattr__');
const s_delattr = ID('__delattr__');
const s_iter = ID('__iter__');
const s_next = ID('__next__');
const s_get = ID('__get__');
const s_set = ID('__set__');
const s_delete = ID('__delete__');
const s_init = ID('__init__');
const s_new = ID('__new__');
const s_del = ID('__del__');
const s_await = ID('__await__');
const s_aiter = ID('__aiter__');
const s_anext = ID('__anext__');
const s_compare = ['__lt__', '__le__', '__eq__', '__ne__', '__gt__', '__ge__'].map(ID);

function length(self: Obj): number {
  const r = callSpecial(self, idObj(s_len), 0);
  if (r === 0) return -1;
  const i = PyNumber_Index(r);
  decref(r);
  if (i === 0) return -1;
  if (_PyLong_Sign(i) < 0) {
    decref(i);
    return errMinus1(PyExc_ValueError, '__len__() should return >= 0');
  }
  const n = PyNumber_AsSsize_t(i, PyExc_OverflowError);
  decref(i);
  return n;
}
enter('sq_length', length);
enter('mp_length', (self: Obj) => length(self));
enter('mp_subscript', (self: Obj, key: Obj) => callSpecial(self, idObj(s_getitem), 1, key));
enter('sq_item', (self: Obj, i: number): Obj => {
  const index = PyLong_FromLong(i);
  if (index === 0) return NULL;
  const r = callSpecial(self, idObj(s_getitem), 1, index);
  decref(index);
  return r;
});

function finish(r: Obj): number {
  if (r === 0) return -1;
  decref(r);
  return 0;
}

enter('mp_ass_subscript', (self: Obj, key: Obj, value: Obj) =>
  finish(
    value === 0 ? callSpecial(self, idObj(s_delitem), 1, key) : callSpecial(self, idObj(s_setitem), 2, key, value),
  ),
);
enter('sq_ass_item', (self: Obj, i: number, value: Obj) => {
  const index = PyLong_FromLong(i);
  if (index === 0) return -1;
  const r =
    value === 0 ? callSpecial(self, idObj(s_delitem), 1, index) : callSpecial(self, idObj(s_setitem), 2, index, value);
  decref(index);
  return finish(r);
});

enter('sq_contains', (self: Obj, value: Obj) => {
  const f = lookupMaybe(self, idObj(s_contains));
  const isUnbound = unbound;
  if (f === Py_None) {
    decref(f);
    return errMinus1(PyExc_TypeError, `'${typeName(self)}' object is not a container`);
  }
  if (f !== 0) {
    const r = callFound(f, isUnbound, self, value, NULL, 1);
    if (r === 0) return -1;
    const truth = PyObject_IsTrue(r);
    decref(r);
    return truth;
  }
  return PyErr_Occurred() !== 0 ? -1 : _PySequence_IterSearchContains(self, value);
});

enter('nb_bool', (self: Obj) => {
  const f = lookupMaybe(self, idObj(s_bool));
  const isUnbound = unbound;
  if (f === 0) {
    if (PyErr_Occurred() !== 0) return -1;
    return _PyType_Lookup(Py_TYPE(self), idObj(s_len)) === 0 ? 1 : Math.sign(length(self));
  }
  const r = callFound(f, isUnbound, self, NULL, NULL, 0);
  if (r === 0) return -1;
  const truth =
    r === Py_True
      ? 1
      : r === Py_False
        ? 0
        : errMinus1(PyExc_TypeError, `__bool__ should return bool, returned ${typeName(r)}`);
  decref(r);
  return truth;
});

enter('tp_hash', (self: Obj) => {
  const f = lookupMaybe(self, idObj(s_hash));
  const isUnbound = unbound;
  if (f === 0 || f === Py_None) {
    if (f !== 0) decref(f);
    return PyErr_Occurred() !== 0 ? -1 : PyObject_HashNotImplemented(self);
  }
  const r = callFound(f, isUnbound, self, NULL, NULL, 0);
  if (r === 0) return -1;
  if (!PyLong_Check(r)) {
    decref(r);
    return errMinus1(PyExc_TypeError, '__hash__ method should return an integer');
  }
  let h = PyLong_AsSsize_t(r);
  if (h === -1 && PyErr_Occurred() !== 0) {
    // Does not fit: the hash of the int is as good.
    PyErr_Clear();
    h = long_hash(r);
  }
  decref(r);
  return h === -1 ? -2 : h;
});

/** A tuple of `first` and the items of `args`, for methods called with a whole argument tuple; new, or NULL. */
function prepend(first: Obj, args: Obj): Obj {
  const n = PyTuple_GET_SIZE(args);
  const t = PyTuple_New(n + 1);
  if (t === 0) return NULL;
  PyTuple_SET_ITEM(t, 0, newref(first));
  for (let i = 0; i < n; i++) PyTuple_SET_ITEM(t, i + 1, newref(H32[((args + tuple_items) >> 2) + i] as Obj));
  return t;
}

function callTuple(self: Obj, name: Obj, args: Obj, kwargs: Obj): Obj {
  const f = lookupMaybe(self, name);
  const isUnbound = unbound;
  if (f === 0) {
    if (PyErr_Occurred() === 0) PyErr_SetObject(PyExc_AttributeError, name);
    return NULL;
  }
  if (Py_EnterRecursiveCall(' while calling a Python object') !== 0) {
    decref(f);
    return NULL;
  }
  let r: Obj = NULL;
  if (isUnbound) {
    const all = prepend(self, args);
    if (all !== 0) {
      r = PyObject_Call(f, all, kwargs);
      decref(all);
    }
  } else r = PyObject_Call(f, args, kwargs);
  Py_LeaveRecursiveCall();
  decref(f);
  return r;
}

enter('tp_call', (self: Obj, args: Obj, kwargs: Obj) => callTuple(self, idObj(s_call), args, kwargs));

/** Calls __getattribute__, then __getattr__ if that raised AttributeError. */
enter('tp_getattro', (self: Obj, name: Obj): Obj => {
  const type = Py_TYPE(self);
  const getattr = _PyType_Lookup(type, idObj(s_getattr));
  if (getattr === 0) return callSpecial(self, idObj(s_getattribute), 1, name);
  incref(getattr);
  const getattribute = _PyType_Lookup(type, idObj(s_getattribute));
  const native = getattribute === 0 || isGenericGetattribute(getattribute);
  let r = native ? PyObject_GenericGetAttr(self, name) : callSpecial(self, idObj(s_getattribute), 1, name);
  if (r === 0 && PyErr_ExceptionMatches(PyExc_AttributeError)) {
    PyErr_Clear();
    r = callSpecial(self, idObj(s_getattr), 1, name);
  }
  decref(getattr);
  return r;
});

/** Whether a descriptor is the wrapper of object.__getattribute__. */
function isGenericGetattribute(descr: Obj): boolean {
  return isWrapperOf(descr, genericGetAttrIndex);
}
let isWrapperOf: (descr: Obj, wrapped: number) => boolean = () => false;
/** type_ready.ts tells how wrapper descriptors are recognized. */
export function setIsWrapperOf(f: (descr: Obj, wrapped: number) => boolean): void {
  isWrapperOf = f;
}

enter('tp_setattro', (self: Obj, name: Obj, value: Obj) =>
  finish(
    value === 0 ? callSpecial(self, idObj(s_delattr), 1, name) : callSpecial(self, idObj(s_setattr), 2, name, value),
  ),
);

enter('tp_richcompare', (self: Obj, other: Obj, op: number): Obj => {
  const f = lookupMaybe(self, idObj(s_compare[op]));
  const isUnbound = unbound;
  if (f === 0) {
    // A descriptor that says there is no such method is believed.
    if (PyErr_Occurred() !== 0) {
      if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return NULL;
      PyErr_Clear();
    }
    return newref(Py_NotImplemented);
  }
  return callFound(f, isUnbound, self, other, NULL, 1);
});

enter('tp_iter', (self: Obj): Obj => {
  const f = lookupMaybe(self, idObj(s_iter));
  const isUnbound = unbound;
  if (f === Py_None) {
    decref(f);
    return PyErr_SetString(PyExc_TypeError, `'${typeName(self)}' object is not iterable`);
  }
  if (f !== 0) return callFound(f, isUnbound, self, NULL, NULL, 0);
  if (PyErr_Occurred() !== 0) return NULL;
  if (_PyType_Lookup(Py_TYPE(self), idObj(s_getitem)) === 0) {
    return PyErr_SetString(PyExc_TypeError, `'${typeName(self)}' object is not iterable`);
  }
  return seqIter(self);
});

let seqIter: (o: Obj) => Obj = () => NULL;
/** src/types/iterators.ts makes sequence iterators. */
export function setSlotSeqIter(make: (o: Obj) => Obj): void {
  seqIter = make;
}

enter('tp_iternext', (self: Obj) => callSpecial(self, idObj(s_next), 0));

enter('tp_descr_get', (self: Obj, o: Obj, type: Obj): Obj => {
  const get = _PyType_Lookup(Py_TYPE(self), idObj(s_get));
  if (get === 0) return newref(self);
  // What stands in the class is called as it is, without being bound first.
  incref(get);
  const r = PyObject_CallFunctionObjArgs(get, self, o === 0 ? Py_None : o, type === 0 ? Py_None : type);
  decref(get);
  return r;
});
enter('tp_descr_set', (self: Obj, target: Obj, value: Obj) =>
  finish(
    value === 0 ? callSpecial(self, idObj(s_delete), 1, target) : callSpecial(self, idObj(s_set), 2, target, value),
  ),
);

enter('tp_init', (self: Obj, args: Obj, kwargs: Obj) => {
  const r = callTuple(self, idObj(s_init), args, kwargs);
  if (r === 0) return -1;
  if (r !== Py_None) {
    errMinus1(PyExc_TypeError, `__init__() should return None, not '${typeName(r)}'`);
    decref(r);
    return -1;
  }
  decref(r);
  return 0;
});

/** The tp_new of classes whose Python code defines __new__. */
export const slot_tp_new_index = enter('tp_new', (type: Obj, args: Obj, kwargs: Obj): Obj => {
  const f = lookupTypeAttr(type, idObj(s_new));
  if (f === 0) return NULL;
  const all = prepend(type, args);
  const r = all === 0 ? NULL : PyObject_Call(f, all, kwargs);
  if (all !== 0) decref(all);
  decref(f);
  return r;
});

/** type.name through the metatype's own getattro: a new reference, or NULL. */
function lookupTypeAttr(type: Obj, name: Obj): Obj {
  return F[H32[(Py_TYPE(type) + tp_getattro) >> 2]](type, name) as Obj;
}

/** Runs __del__ with the current exception put aside; errors go to sys.unraisablehook. */
enter('tp_finalize', (self: Obj): number => {
  const saved = PyErr_GetRaisedException();
  const del = lookupMaybe(self, idObj(s_del));
  const isUnbound = unbound;
  if (del !== 0) {
    incref(del);
    const r = callFound(del, isUnbound, self, NULL, NULL, 0);
    if (r === 0) PyErr_WriteUnraisable(del, `calling deallocator ${reprText(del)}`);
    else decref(r);
    decref(del);
  }
  PyErr_SetRaisedException(saved);
  return 0;
});

for (const [slot, name] of [
  ['am_await', s_await],
  ['am_aiter', s_aiter],
  ['am_anext', s_anext],
] as const) {
  const what = slot.slice(3);
  enter(slot, (self: Obj): Obj => {
    const f = lookupMaybe(self, idObj(name));
    const isUnbound = unbound;
    if (f === 0) {
      if (PyErr_Occurred() !== 0) return NULL;
      return PyErr_SetString(
        PyExc_AttributeError,
        `object ${nameOfType(Py_TYPE(self))} does not have __${what}__ method`,
      );
    }
    return callFound(f, isUnbound, self, NULL, NULL, 0);
  });
}

enter('bf_getbuffer', (self: Obj, view: number, flags: number) => port.slotGetBuffer(self, view, flags));
enter('bf_releasebuffer', (self: Obj, view: number) => {
  port.slotReleaseBuffer(self, view);
  return 0;
});
