// How does one walk through a dict?  Invariant: an iterator knows how many keys the dict had when it began and how many items are still to come; if
// the dict's size is another or a key turns up that was not expected, it raises RuntimeError, and stays exhausted.

import { H32 } from '../memory/linear.js';
import { defineType, method } from '../object/declare.js';
import { dictKey, dictPositions, dictPrevious, dictValue, ma_used, PyDict_Next } from '../object/dict.js';
import { PyErr_SetString } from '../object/errors.js';
import { PyObject_GC_IsTracked, PyObject_GC_Track } from '../object/gc_head.js';
import { HEAD_SIZE } from '../object/head.js';
import { decref, incref, newref, Py_REFCNT, Py_TYPE, xnewref } from '../object/header.js';
import { ID } from '../object/identifiers.js';
import { getBuiltin } from '../object/iter_reduce.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyLong_FromSsize_t } from '../object/long.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_List } from '../object/sequence.js';
import {
  Py_None,
  PyDictIterItem_Type,
  PyDictIterKey_Type,
  PyDictIterValue_Type,
  PyDictRevIterItem_Type,
  PyDictRevIterKey_Type,
  PyDictRevIterValue_Type,
  PyExc_RuntimeError,
} from '../object/statics.js';
import { PyTuple_Pack, PyTuple_Pack2, tuple_hash_field, tuple_items, tupleSteal2 } from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';

const s_iter = ID('iter');

const DictIter = layout({ di_dict: ref, di_result: ref, di_used: i32, di_pos: i32, len: i32 });
/** The dict (NULL when exhausted), its size at the start, the next position, how many items are to come. */
export const dictiter_dict = HEAD_SIZE;
/** A pair to be used again if nobody else has it (item iterators). */
const di_result = HEAD_SIZE + 4;
export const dictiter_used = HEAD_SIZE + 8;
export const dictiter_pos = HEAD_SIZE + 12;
export const dictiter_len = HEAD_SIZE + 16;

function newIter(type: Obj, d: Obj, pos: number): Obj {
  const it = _PyObject_New(type);
  if (it === 0) return NULL;
  if (type === PyDictIterItem_Type || type === PyDictRevIterItem_Type) {
    const pair = PyTuple_Pack2(Py_None, Py_None);
    if (pair === 0) {
      decref(it);
      return NULL;
    }
    H32[(it + di_result) >> 2] = pair;
  }
  incref(d);
  const used = H32[(d + ma_used) >> 2];
  H32[(it + dictiter_dict) >> 2] = d;
  H32[(it + dictiter_used) >> 2] = used;
  H32[(it + dictiter_len) >> 2] = used;
  H32[(it + dictiter_pos) >> 2] = pos;
  PyObject_GC_Track(it);
  return it;
}

/** A forward iterator of the given type over a dict: new, or NULL. */
export function dictiter_new(d: Obj, type: Obj): Obj {
  return newIter(type, d, 0);
}

/** A reverse iterator of the given type: new, or NULL. */
export function dictreviter_new(d: Obj, type: Obj): Obj {
  return newIter(type, d, dictPositions(d));
}

export function dict_iter(d: Obj): Obj {
  return newIter(PyDictIterKey_Type, d, 0);
}

export function dict_reversed(d: Obj): Obj {
  return newIter(PyDictRevIterKey_Type, d, dictPositions(d));
}

/** Steps forward: true with the item in dictKey and dictValue (borrowed); false at the end or with RuntimeError. */
function advance(it: Obj): boolean {
  const d = H32[(it + dictiter_dict) >> 2] as Obj;
  if (d === 0) return false;
  if (H32[(it + dictiter_used) >> 2] !== H32[(d + ma_used) >> 2]) return changed(it);
  const pos = PyDict_Next(d, H32[(it + dictiter_pos) >> 2]);
  return arrived(it, d, pos, pos);
}

/** As advance, backward. */
function retreat(it: Obj): boolean {
  const d = H32[(it + dictiter_dict) >> 2] as Obj;
  if (d === 0) return false;
  if (H32[(it + dictiter_used) >> 2] !== H32[(d + ma_used) >> 2]) return changed(it);
  const from = H32[(it + dictiter_pos) >> 2];
  const pos = from > dictPositions(d) ? 0 : dictPrevious(d, from);
  return arrived(it, d, pos, pos - 1);
}

function arrived(it: Obj, d: Obj, pos: number, next: number): boolean {
  if (pos === 0) {
    H32[(it + dictiter_dict) >> 2] = 0;
    decref(d);
    return false;
  }
  if (H32[(it + dictiter_len) >> 2] === 0) {
    PyErr_SetString(PyExc_RuntimeError, 'dictionary keys changed during iteration');
    H32[(it + dictiter_dict) >> 2] = 0;
    decref(d);
    return false;
  }
  H32[(it + dictiter_pos) >> 2] = next;
  H32[(it + dictiter_len) >> 2]--;
  return true;
}

function changed(it: Obj): false {
  PyErr_SetString(PyExc_RuntimeError, 'dictionary changed size during iteration');
  // It stays in this state.
  H32[(it + dictiter_used) >> 2] = -1;
  return false;
}

/** The pair (dictKey, dictValue): the iterator's own if it alone has it. */
function pairOf(it: Obj): Obj {
  const key = newref(dictKey);
  const value = newref(dictValue);
  const pair = H32[(it + di_result) >> 2] as Obj;
  if (Py_REFCNT(pair) !== 1) return tupleSteal2(key, value);
  const at = (pair + tuple_items) >> 2;
  const oldKey = H32[at] as Obj;
  const oldValue = H32[at + 1] as Obj;
  H32[at] = key;
  H32[at + 1] = value;
  H32[(pair + tuple_hash_field) >> 2] = -1;
  incref(pair);
  decref(oldKey);
  decref(oldValue);
  if (!PyObject_GC_IsTracked(pair)) PyObject_GC_Track(pair);
  return pair;
}

export function dictiter_nextkey(it: Obj): Obj {
  return advance(it) ? newref(dictKey) : NULL;
}

export function dictiter_nextvalue(it: Obj): Obj {
  return advance(it) ? newref(dictValue) : NULL;
}

export function dictiter_nextitem(it: Obj): Obj {
  return advance(it) ? pairOf(it) : NULL;
}

function dictreviter_nextkey(it: Obj): Obj {
  return retreat(it) ? newref(dictKey) : NULL;
}

function dictreviter_nextvalue(it: Obj): Obj {
  return retreat(it) ? newref(dictValue) : NULL;
}

function dictreviter_nextitem(it: Obj): Obj {
  return retreat(it) ? pairOf(it) : NULL;
}

function dictiter_length_hint(it: Obj): Obj {
  const d = H32[(it + dictiter_dict) >> 2] as Obj;
  return PyLong_FromSsize_t(
    d !== 0 && H32[(it + dictiter_used) >> 2] === H32[(d + ma_used) >> 2] ? H32[(it + dictiter_len) >> 2] : 0,
  );
}

/** (iter, ([what is left],)): the iterator itself is not moved. */
function dictiter_reduce(it: Obj): Obj {
  const copy = _PyObject_New(Py_TYPE(it));
  if (copy === 0) return NULL;
  for (const offset of [dictiter_used, dictiter_pos, dictiter_len]) H32[(copy + offset) >> 2] = H32[(it + offset) >> 2];
  H32[(copy + dictiter_dict) >> 2] = xnewref(H32[(it + dictiter_dict) >> 2] as Obj);
  H32[(copy + di_result) >> 2] = xnewref(H32[(it + di_result) >> 2] as Obj);
  PyObject_GC_Track(copy);
  const list = PySequence_List(copy);
  decref(copy);
  if (list === 0) return NULL;
  const iter = getBuiltin(s_iter);
  if (iter === 0) {
    decref(list);
    return NULL;
  }
  const args = PyTuple_Pack(list);
  decref(list);
  return args === 0 ? (decref(iter), NULL) : tupleSteal2(iter, args);
}

function defineIter(type: Obj, name: string, next: (it: Obj) => Obj): void {
  defineType({
    type,
    name,
    layout: DictIter,
    flags: Py_TPFLAGS_HAVE_GC,
    slots: { tp_iter: PyObject_SelfIter, tp_iternext: next },
    methods: [
      method(
        '__length_hint__',
        '($self, /)',
        dictiter_length_hint,
        'Private method returning an estimate of len(list(it)).',
      ),
      method('__reduce__', '($self, /)', dictiter_reduce, 'Return state information for pickling.'),
    ],
  });
}

defineIter(PyDictIterKey_Type, 'dict_keyiterator', dictiter_nextkey);
defineIter(PyDictIterValue_Type, 'dict_valueiterator', dictiter_nextvalue);
defineIter(PyDictIterItem_Type, 'dict_itemiterator', dictiter_nextitem);
defineIter(PyDictRevIterKey_Type, 'dict_reversekeyiterator', dictreviter_nextkey);
defineIter(PyDictRevIterValue_Type, 'dict_reversevalueiterator', dictreviter_nextvalue);
defineIter(PyDictRevIterItem_Type, 'dict_reverseitemiterator', dictreviter_nextitem);
