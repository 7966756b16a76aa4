// What does the module _functools export?  Invariant: it only gathers: partial and lru_cache have files of their own; reduce and cmp_to_key are here.

import { PyUnicode_FromString } from '../object/unicode.js';
import { bindVector, bound } from '../object/bind.js';
import { PyObject_CallFunctionObjArgs } from '../object/call.js';
import { defineModule, defineType, member, method, getset } from '../object/declare.js';
import { PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { H32 } from '../memory/linear.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import { i32, layout, ref } from '../object/layout.js';
import { smallInt } from '../object/long.js';
import { _PyObject_New } from '../object/new_object.js';
import {
  PyObject_GenericGetAttr,
  PyObject_HashNotImplemented,
  PyObject_RichCompare,
  PyObject_SetAttrString,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { PyExc_AttributeError, PyExc_TypeError, staticType } from '../object/statics.js';
import { fn } from '../object/functable.js';
import { PyVectorcall_Call } from '../object/call.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { lru_cache_type } from './_functools_lru.js';
import { partial_type, placeholderObject, placeholder_type } from './_functools_partial.js';

function reduce(_m: Obj, f: Obj, iterable: Obj, initial: Obj): Obj {
  const it = PyObject_GetIter(iterable);
  if (it === 0) {
    if (PyErr_ExceptionMatches(PyExc_TypeError))
      PyErr_SetString(PyExc_TypeError, 'reduce() arg 2 must support iteration');
    return NULL;
  }
  let result: Obj = initial === 0 ? NULL : newref(initial);
  for (;;) {
    const item = PyIter_Next(it);
    if (item === 0) break;
    if (result === 0) {
      result = item;
      continue;
    }
    const next = PyObject_CallFunctionObjArgs(f, result, item);
    decref(result);
    decref(item);
    result = next;
    if (result === 0) break;
  }
  decref(it);
  if (PyErr_Occurred() !== 0) {
    if (result !== 0) decref(result);
    return NULL;
  }
  return result === 0 ? PyErr_SetString(PyExc_TypeError, 'reduce() of empty iterable with no initial value') : result;
}

// ---- cmp_to_key ------------------------------------------------------------------------------------------------------------------

// object is NULL in the K that makes the others.
const Key = layout({ cmp: ref, object: ref, vectorcall: i32 });
const key_type = staticType();
const SIG_K = parseSignature('K', '(obj)');

function keyOf(cmp: Obj, object: Obj): Obj {
  const k = _PyObject_New(key_type);
  if (k === 0) return NULL;
  H32[(k + Key.cmp) >> 2] = newref(cmp);
  H32[(k + Key.object) >> 2] = object === 0 ? 0 : newref(object);
  H32[(k + Key.vectorcall) >> 2] = keyVectorcall;
  PyObject_GC_Track(k);
  return k;
}

function key_vectorcall(self: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  const nargs = nargsf & 0x3fffffff;
  if (nargs > 1) return PyErr_SetString(PyExc_TypeError, `K() takes at most 1 argument (${nargs} given)`);
  if (!bindVector(SIG_K, args, nargs, kwnames)) return NULL;
  return keyOf(H32[(self + Key.cmp) >> 2] as Obj, bound[0] as Obj);
}
const keyVectorcall = fn(key_vectorcall);

function key_richcompare(a: Obj, b: Obj, op: number): Obj {
  if (Py_TYPE(b) !== key_type) return PyErr_SetString(PyExc_TypeError, 'other argument must be K instance');
  const x = H32[(a + Key.object) >> 2] as Obj;
  const y = H32[(b + Key.object) >> 2] as Obj;
  if (x === 0 || y === 0) return PyErr_SetString(PyExc_AttributeError, 'object');
  const order = PyObject_CallFunctionObjArgs(H32[(a + Key.cmp) >> 2] as Obj, x, y);
  if (order === 0) return NULL;
  const r = PyObject_RichCompare(order, smallInt(0), op);
  decref(order);
  return r;
}

defineType({
  type: key_type,
  name: 'functools.KeyWrapper',
  layout: Key,
  flags: Py_TPFLAGS_HAVE_GC,
  vectorcallOffset: Key.vectorcall,
  slots: {
    tp_call: PyVectorcall_Call,
    tp_richcompare: key_richcompare,
    tp_hash: PyObject_HashNotImplemented,
    tp_getattro: PyObject_GenericGetAttr,
  },
  getset: [getset('__text_signature__', () => PyUnicode_FromString('(obj)'))],
  members: [member('obj', 'object', Key.object, { writable: true, doc: 'Value wrapped by a key function.' })],
});

function cmp_to_key(_m: Obj, mycmp: Obj): Obj {
  return keyOf(mycmp, NULL);
}

function exec(module: Obj): number {
  const placeholder = placeholderObject();
  if (placeholder === 0) return -1;
  const r = PyObject_SetAttrString(module, 'Placeholder', placeholder);
  decref(placeholder);
  return r;
}

defineModule({
  name: '_functools',
  doc: 'Tools that operate on functions.',
  types: [placeholder_type, partial_type, lru_cache_type],
  functions: [
    method(
      'reduce',
      '($module, function, iterable, /, initial=<unrepresentable>)',
      reduce,
      `Apply a function of two arguments cumulatively to the items of an iterable, from left to right.

This effectively reduces the iterable to a single value.  If initial is present,
it is placed before the items of the iterable in the calculation, and serves as
a default when the iterable is empty.

For example, reduce(lambda x, y: x+y, [1, 2, 3, 4, 5])
calculates ((((1 + 2) + 3) + 4) + 5).`,
    ),
    method(
      'cmp_to_key',
      '($module, /, mycmp)',
      cmp_to_key,
      'Convert a cmp= function into a key= function.\n\n  mycmp\n    Function that compares two objects.',
    ),
  ],
  exec,
});
