// How does `type.__add__` call a native slot?  Invariant: a wrapper checks the arguments, calls the slot, and turns its answer into an object;
// the slot's own contract is that of type_layout.ts.

import { H32 } from '../memory/linear.js';
import { checkPositional } from './bind.js';
import { PyDict_Size } from './dict.js';
import { errMinus1, nameOfType, PyErr_Occurred, PyErr_SetNone, PyErr_SetString, typeName } from './errors.js';
import { F } from './functable.js';
import { newref, Py_TYPE } from './header.js';
import { PyType_Check, PyType_IsSubtype } from './isinstance.js';
import { PyLong_AsInt, PyLong_FromLong } from './long.js';
import { PyNumber_AsSsize_t } from './number.js';
import { genericSetAttrIndex, Py_EQ, Py_GE, Py_GT, Py_LE, Py_LT, Py_NE, PyBool_FromLong } from './object.js';
import { port } from './ports.js';
import { NULL, type Obj } from './ptr.js';
import type { WrapKind } from './slot_defs.js';
import { slot_tp_new_index } from './slot_functions.js';
import { Py_None, PyExc_IndexError, PyExc_OverflowError, PyExc_StopIteration, PyExc_TypeError } from './statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from './tuple.js';
import { Py_TPFLAGS_HEAPTYPE, sq_length, tp_base, tp_flags, tp_mro, tp_new, tp_setattro } from './type_layout.js';

function done(r: number): Obj {
  return r < 0 ? NULL : newref(Py_None);
}

function index(arg: Obj): number {
  return PyNumber_AsSsize_t(arg, PyExc_OverflowError);
}

function sequenceIndex(self: Obj, arg: Obj): number {
  let i = PyNumber_AsSsize_t(arg, PyExc_IndexError);
  if (i < 0 && PyErr_Occurred() === 0) {
    const len = H32[(Py_TYPE(self) + sq_length) >> 2];
    if (len !== 0) {
      const n = F[len](self);
      if (n < 0) return -1;
      i += n;
    }
  }
  return i;
}

const failedIndex = (i: number) => i === -1 && PyErr_Occurred() !== 0;

/** A class must not call object.__setattr__ around the native __setattr__ of a base (as on types). */
function mayUseSetattr(self: Obj, f: number, what: string): boolean {
  let type = Py_TYPE(self);
  const mro = H32[(type + tp_mro) >> 2] as Obj;
  if (mro === 0) return true;
  // The most derived native base whose own slot this could be.
  while (type !== 0 && H32[(type + tp_flags) >> 2] & Py_TPFLAGS_HEAPTYPE) type = H32[(type + tp_base) >> 2] as Obj;
  let base = type;
  while (base !== 0) {
    const slot = H32[(base + tp_setattro) >> 2];
    if (slot === f) return true;
    if (slot !== 0 && slot !== genericSetAttrIndex) {
      errMinus1(PyExc_TypeError, `can't apply this ${what} to ${typeName(self)} object`);
      return false;
    }
    base = H32[(base + tp_base) >> 2] as Obj;
  }
  return true;
}

/** Calls the slot function `f` on behalf of a wrapper of `kind`: `args` a tuple, `kwargs` a dict or NULL; a new reference, or NULL. */
export function callWrapper(kind: WrapKind, f: number, self: Obj, args: Obj, kwargs: Obj, name: string): Obj {
  if (kind === 'call') return F[f](self, args, kwargs) as Obj;
  if (kind === 'init') return done(F[f](self, args, kwargs));
  if (kwargs !== 0 && PyDict_Size(kwargs) > 0) {
    return PyErr_SetString(PyExc_TypeError, `wrapper ${name}() takes no keyword arguments`);
  }
  const n = PyTuple_GET_SIZE(args);
  let min = 0;
  let max = 0;
  switch (kind) {
    case 'unary':
    case 'inquiry':
    case 'len':
    case 'hash':
    case 'next':
    case 'del':
      break;
    case 'ternary':
    case 'ternaryReflected':
    case 'descrGet':
      min = 1;
      max = 2;
      break;
    case 'seqSetItem':
    case 'objobjargproc':
    case 'setattr':
    case 'descrSet':
      min = max = 2;
      break;
    default:
      min = max = 1;
  }
  if (n < min || n > max) {
    if (max < 2) return PyErr_SetString(PyExc_TypeError, `expected ${min} argument${min === 1 ? '' : 's'}, got ${n}`);
    if (kind === 'ternary' || kind === 'ternaryReflected') {
      return PyErr_SetString(PyExc_TypeError, `expected 1 or 2 arguments, got ${n}`);
    }
    checkPositional(name, n, min, max);
    return NULL;
  }
  const a = n > 0 ? PyTuple_GET_ITEM(args, 0) : NULL;
  const b = n > 1 ? PyTuple_GET_ITEM(args, 1) : NULL;
  const g = F[f];
  switch (kind) {
    case 'unary':
      return g(self) as Obj;
    case 'binary':
    case 'binaryLeft':
    case 'getattribute':
      return g(self, a) as Obj;
    case 'binaryReflected':
      return g(a, self) as Obj;
    case 'ternary':
      return g(self, a, b === 0 ? Py_None : b) as Obj;
    case 'ternaryReflected':
      return g(a, self, b === 0 ? Py_None : b) as Obj;
    case 'inquiry':
    case 'contains': {
      const r = kind === 'contains' ? g(self, a) : g(self);
      return r === -1 && PyErr_Occurred() !== 0 ? NULL : PyBool_FromLong(r);
    }
    case 'len':
    case 'hash': {
      const r = g(self);
      return r === -1 && PyErr_Occurred() !== 0 ? NULL : PyLong_FromLong(r);
    }
    case 'index': {
      const i = index(a);
      return failedIndex(i) ? NULL : (g(self, i) as Obj);
    }
    case 'seqItem': {
      const i = sequenceIndex(self, a);
      return failedIndex(i) ? NULL : (g(self, i) as Obj);
    }
    case 'seqSetItem':
    case 'seqDelItem': {
      const i = sequenceIndex(self, a);
      return failedIndex(i) ? NULL : done(g(self, i, kind === 'seqSetItem' ? b : 0));
    }
    case 'objobjproc':
      return done(g(self, a));
    case 'objobjargproc':
      return done(g(self, a, b));
    case 'delitem':
      return done(g(self, a, 0));
    case 'setattr':
      return mayUseSetattr(self, f, '__setattr__') ? done(g(self, a, b)) : NULL;
    case 'delattr':
      return mayUseSetattr(self, f, '__delattr__') ? done(g(self, a, 0)) : NULL;
    case 'lt':
      return g(self, a, Py_LT) as Obj;
    case 'le':
      return g(self, a, Py_LE) as Obj;
    case 'eq':
      return g(self, a, Py_EQ) as Obj;
    case 'ne':
      return g(self, a, Py_NE) as Obj;
    case 'gt':
      return g(self, a, Py_GT) as Obj;
    case 'ge':
      return g(self, a, Py_GE) as Obj;
    case 'next': {
      const r = g(self) as Obj;
      return r === 0 && PyErr_Occurred() === 0 ? PyErr_SetNone(PyExc_StopIteration) : r;
    }
    case 'descrGet': {
      const instance = a === Py_None ? NULL : a;
      const owner = b === Py_None ? NULL : b;
      if (instance === 0 && owner === 0) return PyErr_SetString(PyExc_TypeError, '__get__(None, None) is invalid');
      return g(self, instance, owner) as Obj;
    }
    case 'descrSet':
      return done(g(self, a, b));
    case 'descrDelete':
      return done(g(self, a, 0));
    case 'del':
      g(self);
      return newref(Py_None);
    case 'buffer': {
      const flags = PyLong_AsInt(a);
      return flags === -1 && PyErr_Occurred() !== 0 ? NULL : port.bufferToMemoryView(self, flags, g);
    }
    case 'releasebuffer':
      return done(port.releaseMemoryView(self, a));
    default:
      return PyErr_SetString(PyExc_TypeError, `${name} cannot be called this way`);
  }
}

/** tp_new_wrapper: `T.__new__(S, …)` of a native type T: args[0] is S; a new reference, or NULL. */
export function checkNewArgs(type: Obj, args: Obj, newFn: number): Obj {
  const name = nameOfType(type);
  if (PyTuple_GET_SIZE(args) < 1) return PyErr_SetString(PyExc_TypeError, `${name}.__new__(): not enough arguments`);
  const sub = PyTuple_GET_ITEM(args, 0);
  if (!PyType_Check(sub))
    return PyErr_SetString(PyExc_TypeError, `${name}.__new__(X): X is not a type object (${typeName(sub)})`);
  if (!PyType_IsSubtype(sub, type)) {
    return PyErr_SetString(
      PyExc_TypeError,
      `${name}.__new__(${nameOfType(sub)}): ${nameOfType(sub)} is not a subtype of ${name}`,
    );
  }
  // The nearest native base of S must be made by T's own tp_new, or an unsafe instance would arise.
  let base = sub;
  while (base !== 0 && isPythonNew(base)) base = H32[(base + tp_base) >> 2] as Obj;
  if (base !== 0 && H32[(base + tp_new) >> 2] !== newFn) {
    if (H32[(sub + tp_new) >> 2] === 0)
      return PyErr_SetString(PyExc_TypeError, `cannot create '${nameOfType(sub)}' instances`);
    return PyErr_SetString(
      PyExc_TypeError,
      `${name}.__new__(${nameOfType(sub)}) is not safe, use ${nameOfType(base)}.__new__()`,
    );
  }
  return sub;
}

function isPythonNew(type: Obj): boolean {
  return H32[(type + tp_new) >> 2] === slot_tp_new_index;
}
