// How do plain JavaScript values become Python objects?  Invariant: each function returns a new reference, or NULL with an exception.

import { bytesFromArray } from '../object/bytes.js';
import { PyDict_New, PyDict_SetItem } from '../object/dict.js';
import { decref, newref, xdecref } from '../object/header.js';
import { PyList_New, PyList_SET_ITEM } from '../object/list.js';
import { PyLong_FromBigInt, PyLong_FromLong } from '../object/long.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySet_New } from '../object/set.js';
import { Py_False, Py_None, Py_True } from '../object/statics.js';
import { PyTuple_New, PyTuple_SET_ITEM } from '../object/tuple.js';
import { PyUnicode_FromString } from '../object/unicode.js';

export type PlainValue = string | number | bigint | boolean | null | Uint8Array | readonly PlainValue[];

/** str, int, bool, None, bytes, or (for an array) a tuple.  A number must be an integer: use PyFloat_FromDouble for floats. */
export function toPython(v: PlainValue): Obj {
  if (typeof v === 'string') return PyUnicode_FromString(v);
  if (typeof v === 'number') return PyLong_FromLong(v);
  if (typeof v === 'bigint') return PyLong_FromBigInt(v);
  if (typeof v === 'boolean') return newref(v ? Py_True : Py_False);
  if (v === null) return newref(Py_None);
  if (v instanceof Uint8Array) return bytesFromArray(v);
  return tupleOf(v.map(toPython));
}

/** A tuple of references, each stolen; NULL if one of them is NULL. */
export function tupleOf(items: readonly Obj[]): Obj {
  const t = items.includes(NULL) ? NULL : PyTuple_New(items.length);
  if (t === 0) {
    for (const o of items) xdecref(o);
    return NULL;
  }
  for (let i = 0; i < items.length; i++) PyTuple_SET_ITEM(t, i, items[i]);
  return t;
}

/** A list of references, each stolen; NULL if one of them is NULL. */
export function listOf(items: readonly Obj[]): Obj {
  const list = items.includes(NULL) ? NULL : PyList_New(items.length);
  if (list === 0) {
    for (const o of items) xdecref(o);
    return NULL;
  }
  for (let i = 0; i < items.length; i++) PyList_SET_ITEM(list, i, items[i]);
  return list;
}

/** A list of str. */
export function listOfStr(items: readonly string[]): Obj {
  return listOf(items.map(PyUnicode_FromString));
}

/** A dict from pairs, each value stolen. */
export function dictOf(items: readonly (readonly [string, Obj])[]): Obj {
  const d = PyDict_New();
  let ok = d !== 0;
  for (const [name, value] of items) {
    const key = ok && value !== 0 ? PyUnicode_FromString(name) : NULL;
    ok = key !== 0 && PyDict_SetItem(d, key, value) === 0;
    xdecref(key);
    xdecref(value);
  }
  if (ok) return d;
  if (d !== 0) decref(d);
  return NULL;
}

/** A set of ints. */
export function setOfInts(numbers: readonly number[]): Obj {
  const list = listOf(numbers.map(PyLong_FromLong));
  if (list === 0) return NULL;
  const set = PySet_New(list);
  decref(list);
  return set;
}
