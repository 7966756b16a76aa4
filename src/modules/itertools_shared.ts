// Which itertools share one input among several iterators (groupby, tee)?
//
// Invariant: a group reads from its groupby's input only while it is the current group.  The copies made by tee walk along one chain of data objects,
// each with up to 57 values and a link to the next; a data object lives as long as somebody may still need its values.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound, checkPositional, noKwargs } from '../object/bind.js';
import { PyObject_CallOneArg } from '../object/call.js';
import { defineType, method } from '../object/declare.js';
import { PyErr_SetString } from '../object/errors.js';
import { PyObject_GC_Track, PyObject_GC_UnTrack } from '../object/gc_head.js';
import { decref, incref, newref, Py_REFCNT, Py_TYPE, xdecref } from '../object/header.js';
import { PyObject_TypeCheck } from '../object/isinstance.js';
import { PyObject_GetIter } from '../object/iter.js';
import { borrowed, i32, layout, ref, traverseRange, weaklistField, words } from '../object/layout.js';
import { PyList_Check, PyList_GET_ITEM, PyList_GET_SIZE } from '../object/list.js';
import { _PyObject_New, freeObject, PyType_GenericAlloc } from '../object/new_object.js';
import { Py_EQ, PyObject_GenericGetAttr, PyObject_RichCompareBool, PyObject_SelfIter } from '../object/object.js';
import { F } from '../object/functable.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { Py_None, PyExc_RuntimeError, PyExc_TypeError, PyExc_ValueError, staticType } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM, tupleSteal2 } from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { arg, clear, defineIter, get, getInt, next, put, setInt } from './itertools_common.js';

// ---- groupby ---------------------------------------------------------------------------------------------------------------------

const Groupby = layout({ it: ref, keyfunc: ref, tgtkey: ref, currkey: ref, currvalue: ref, currgrouper: borrowed });
const SIG_groupby = parseSignature('groupby', '(iterable, key=None)');

function groupby_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(SIG_groupby, args, kwargs)) return NULL;
  const key = bound[1] as Obj;
  const it = PyObject_GetIter(bound[0] as Obj);
  const o = it === 0 ? NULL : PyType_GenericAlloc(type, 0);
  if (o === 0) {
    xdecref(it);
    return NULL;
  }
  put(o, Groupby.it, it);
  put(o, Groupby.keyfunc, newref(key));
  return o;
}

/** Reads the next value and its key: false at the end or on an error. */
function groupby_step(o: Obj): boolean {
  const it = newref(get(o, Groupby.it));
  const value = next(it);
  decref(it);
  if (value === 0) return false;
  const keyfunc = get(o, Groupby.keyfunc);
  const key = keyfunc === Py_None ? newref(value) : PyObject_CallOneArg(keyfunc, value);
  if (key === 0) {
    decref(value);
    return false;
  }
  put(o, Groupby.currvalue, value);
  put(o, Groupby.currkey, key);
  return true;
}

/** Whether two keys (borrowed from fields that may change meanwhile) are equal: 1, 0 or -1. */
function sameKey(a: Obj, b: Obj): number {
  incref(a);
  incref(b);
  const r = PyObject_RichCompareBool(a, b, Py_EQ);
  decref(a);
  decref(b);
  return r;
}

function groupby_next(o: Obj): Obj {
  setInt(o, Groupby.currgrouper, 0);
  for (;;) {
    const curr = get(o, Groupby.currkey);
    if (curr !== 0) {
      const target = get(o, Groupby.tgtkey);
      if (target === 0) break;
      const same = sameKey(target, curr);
      if (same < 0) return NULL;
      if (same === 0) break;
    }
    if (!groupby_step(o)) return NULL;
  }
  put(o, Groupby.tgtkey, newref(get(o, Groupby.currkey)));
  const group = grouperOf(o, get(o, Groupby.tgtkey));
  if (group === 0) return NULL;
  return tupleSteal2(newref(get(o, Groupby.currkey)), group);
}

export const groupby = defineIter({
  name: 'groupby',
  layout: Groupby,
  make: groupby_new,
  next: groupby_next,
  doc: `make an iterator that returns consecutive keys and groups from the iterable

  iterable
    Elements to divide into groups according to the key function.
  key
    A function for computing the group category for each element.
    If the key function is not specified or is None, the element itself
    is used for grouping.`,
  signature: '(iterable, key=None)',
});

const Grouper = layout({ parent: ref, tgtkey: ref });

/** A new group of `parent` for the key, which becomes the current one; both borrowed. */
function grouperOf(parent: Obj, key: Obj): Obj {
  const o = _PyObject_New(grouper);
  if (o === 0) return NULL;
  put(o, Grouper.parent, newref(parent));
  put(o, Grouper.tgtkey, newref(key));
  setInt(parent, Groupby.currgrouper, o);
  PyObject_GC_Track(o);
  return o;
}

function grouper_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargs('_grouper', kwargs) || !checkPositional('_grouper', PyTuple_GET_SIZE(args), 2, 2)) return NULL;
  if (!PyObject_TypeCheck(arg(args, 0), groupby))
    return PyErr_SetString(PyExc_TypeError, '_grouper() argument 1 must be itertools.groupby');
  return grouperOf(arg(args, 0), arg(args, 1));
}

function grouper_next(o: Obj): Obj {
  const parent = get(o, Grouper.parent);
  if (getInt(parent, Groupby.currgrouper) !== o) return NULL;
  if (get(parent, Groupby.currvalue) === 0 && !groupby_step(parent)) return NULL;
  if (sameKey(get(o, Grouper.tgtkey), get(parent, Groupby.currkey)) <= 0) return NULL;
  const value = get(parent, Groupby.currvalue);
  setInt(parent, Groupby.currvalue, 0);
  return value;
}

const grouper: Obj = defineIter({
  name: '_grouper',
  layout: Grouper,
  make: grouper_new,
  next: grouper_next,
  final: true,
});

// ---- tee -------------------------------------------------------------------------------------------------------------------------

const LINKCELLS = 57;
const TeeData = layout({ it: ref, nextlink: ref, numread: i32, running: i32, values: words(LINKCELLS) });
const teedataobject = staticType();

function teedataOf(it: Obj): Obj {
  const o = _PyObject_New(teedataobject);
  if (o === 0) return NULL;
  put(o, TeeData.it, newref(it));
  PyObject_GC_Track(o);
  return o;
}

const cell = (o: Obj, i: number) => o + TeeData.values + 4 * i;

/** The data object after `o`, made if need be: a new reference. */
function jumpLink(o: Obj): Obj {
  if (get(o, TeeData.nextlink) === 0) put(o, TeeData.nextlink, teedataOf(get(o, TeeData.it)));
  const link = get(o, TeeData.nextlink);
  return link === 0 ? NULL : newref(link);
}

/** Value i, read from the input if it is the next one: new, or NULL. */
function teedataItem(o: Obj, i: number): Obj {
  if (i < getInt(o, TeeData.numread)) return newref(H32[cell(o, i) >> 2] as Obj);
  if (getInt(o, TeeData.running) !== 0) return PyErr_SetString(PyExc_RuntimeError, 'cannot re-enter the tee iterator');
  setInt(o, TeeData.running, 1);
  const value = next(get(o, TeeData.it));
  setInt(o, TeeData.running, 0);
  if (value === 0) return NULL;
  setInt(o, TeeData.numread, getInt(o, TeeData.numread) + 1);
  H32[cell(o, i) >> 2] = newref(value);
  return value;
}

function teedata_traverse(o: Obj, visit: number, argument: number): number {
  for (const offset of [TeeData.it, TeeData.nextlink]) {
    const r = getInt(o, offset);
    const answer = r === 0 ? 0 : F[visit](r, argument);
    if (answer) return answer;
  }
  return traverseRange(cell(o, 0), getInt(o, TeeData.numread), visit, argument);
}

function teedata_clear(o: Obj): number {
  clear(o, TeeData.it);
  const n = getInt(o, TeeData.numread);
  setInt(o, TeeData.numread, 0);
  for (let i = 0; i < n; i++) {
    const value = H32[cell(o, i) >> 2] as Obj;
    H32[cell(o, i) >> 2] = 0;
    decref(value);
  }
  // A long chain is taken apart link by link, not by recursion.
  let link = get(o, TeeData.nextlink);
  setInt(o, TeeData.nextlink, 0);
  while (link !== 0 && Py_TYPE(link) === teedataobject && Py_REFCNT(link) === 1) {
    const following = get(link, TeeData.nextlink);
    setInt(link, TeeData.nextlink, 0);
    decref(link);
    link = following;
  }
  xdecref(link);
  return 0;
}

function teedata_dealloc(o: Obj): void {
  PyObject_GC_UnTrack(o);
  teedata_clear(o);
  freeObject(o);
}

function teedata_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargs('teedataobject', kwargs) || !checkPositional('teedataobject', PyTuple_GET_SIZE(args), 3, 3))
    return NULL;
  const [it, values, link] = [arg(args, 0), arg(args, 1), arg(args, 2)];
  if (!PyList_Check(values)) return PyErr_SetString(PyExc_TypeError, 'teedataobject() argument 2 must be list');
  const o = teedataOf(it);
  if (o === 0) return NULL;
  const n = PyList_GET_SIZE(values);
  const bad =
    n > LINKCELLS || (n === LINKCELLS ? link !== Py_None && Py_TYPE(link) !== teedataobject : link !== Py_None);
  if (bad) {
    decref(o);
    return PyErr_SetString(PyExc_ValueError, 'Invalid arguments');
  }
  for (let i = 0; i < n; i++) H32[cell(o, i) >> 2] = newref(PyList_GET_ITEM(values, i));
  setInt(o, TeeData.numread, n);
  if (link !== Py_None) put(o, TeeData.nextlink, newref(link));
  return o;
}

defineType({
  type: teedataobject,
  name: 'itertools._tee_dataobject',
  layout: TeeData,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: 'teedataobject(iterable, values, next, /)\n--\n\nData container common to multiple tee objects.',
  slots: {
    tp_new: teedata_new,
    tp_dealloc: teedata_dealloc,
    tp_traverse: teedata_traverse,
    tp_clear: teedata_clear,
    tp_getattro: PyObject_GenericGetAttr,
  },
});

const Tee = layout({ dataobj: ref, index: i32, weakreflist: weaklistField });
const teeType = staticType();

function tee_next(o: Obj): Obj {
  if (getInt(o, Tee.index) >= LINKCELLS) {
    const link = jumpLink(get(o, Tee.dataobj));
    if (link === 0) return NULL;
    put(o, Tee.dataobj, link);
    setInt(o, Tee.index, 0);
  }
  const data = newref(get(o, Tee.dataobj));
  const value = teedataItem(data, getInt(o, Tee.index));
  decref(data);
  if (value !== 0) setInt(o, Tee.index, getInt(o, Tee.index) + 1);
  return value;
}

function teeWith(data: Obj, index: number): Obj {
  const o = _PyObject_New(teeType);
  if (o === 0) return NULL;
  put(o, Tee.dataobj, newref(data));
  setInt(o, Tee.index, index);
  PyObject_GC_Track(o);
  return o;
}

function tee_copy(o: Obj): Obj {
  return teeWith(get(o, Tee.dataobj), getInt(o, Tee.index));
}

/** A tee iterator over any iterable; of a tee iterator, a copy. */
function teeFrom(iterable: Obj): Obj {
  const it = PyObject_GetIter(iterable);
  if (it === 0) return NULL;
  let r: Obj;
  if (Py_TYPE(it) === teeType) r = tee_copy(it);
  else {
    const data = teedataOf(it);
    r = data === 0 ? NULL : teeWith(data, 0);
    xdecref(data);
  }
  decref(it);
  return r;
}

function tee_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargs('_tee', kwargs) || !checkPositional('_tee', PyTuple_GET_SIZE(args), 1, 1)) return NULL;
  return teeFrom(arg(args, 0));
}

defineType({
  type: teeType,
  name: 'itertools._tee',
  layout: Tee,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: 'Iterator wrapped to make it copyable.',
  signature: '(iterable, /)',
  slots: { tp_new: tee_new, tp_iter: PyObject_SelfIter, tp_iternext: tee_next },
  methods: [method('__copy__', '($self, /)', tee_copy, 'Returns an independent iterator.')],
});

/** itertools.tee(iterable, n): a new tuple of n tee iterators, or NULL. */
export function tee(_module: Obj, iterable: Obj, n: number): Obj {
  if (n < 0) return PyErr_SetString(PyExc_ValueError, 'n must be >= 0');
  const result = PyTuple_New(n);
  if (result === 0 || n === 0) return result;
  let o = teeFrom(iterable);
  for (let i = 0; o !== 0; i++) {
    PyTuple_SET_ITEM(result, i, o);
    if (i + 1 === n) return result;
    o = tee_copy(PyTuple_GET_ITEM(result, 0));
  }
  decref(result);
  return NULL;
}

export { grouper, teedataobject, teeType };
