// What does the module _heapq export?  Invariant: heap[k] <= heap[2k+1] and heap[2k+2] (>= in the max variants) for all k; every comparison may run code that
// changes the list, which is noticed by its size and refused.

import { H32 } from '../memory/linear.js';
import { defineModule, method } from '../object/declare.js';
import { PyErr_SetString, typeName } from '../object/errors.js';
import { decref, incref, newref } from '../object/header.js';
import {
  list_items,
  list_resize,
  PyList_Append,
  PyList_Check,
  PyList_GET_ITEM,
  PyList_GET_SIZE,
} from '../object/list.js';
import { Py_LT, PyObject_RichCompareBool, PyObject_SetAttrString } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_IndexError, PyExc_RuntimeError, PyExc_TypeError } from '../object/statics.js';
import { PyUnicode_FromString } from '../object/unicode.js';

const at = (heap: Obj, i: number): number => (H32[(heap + list_items) >> 2] >> 2) + i;

function swap(heap: Obj, i: number, j: number): void {
  const a = at(heap, i);
  const b = at(heap, j);
  const item = H32[a];
  H32[a] = H32[b];
  H32[b] = item;
}

/** Whether item a belongs above item b (less, or greater if `max`): 1, 0, or -1 with an exception (also if the list changed). */
function above(heap: Obj, i: number, j: number, max: boolean): number {
  const a = newref(PyList_GET_ITEM(heap, max ? j : i));
  const b = newref(PyList_GET_ITEM(heap, max ? i : j));
  const size = PyList_GET_SIZE(heap);
  const cmp = PyObject_RichCompareBool(a, b, Py_LT);
  decref(a);
  decref(b);
  if (cmp >= 0 && size !== PyList_GET_SIZE(heap)) {
    PyErr_SetString(PyExc_RuntimeError, 'list changed size during iteration');
    return -1;
  }
  return cmp;
}

/** Moves the item at pos up to its place below startpos: 0 or -1. */
function siftdown(heap: Obj, startpos: number, pos: number, max: boolean): number {
  if (pos >= PyList_GET_SIZE(heap)) {
    PyErr_SetString(PyExc_IndexError, 'index out of range');
    return -1;
  }
  while (pos > startpos) {
    const parent = (pos - 1) >> 1;
    const cmp = above(heap, pos, parent, max);
    if (cmp < 0) return -1;
    if (cmp === 0) break;
    swap(heap, pos, parent);
    pos = parent;
  }
  return 0;
}

/** Moves the item at pos down to a leaf along the better children, then up to its place: 0 or -1. */
function siftup(heap: Obj, pos: number, max: boolean): number {
  const end = PyList_GET_SIZE(heap);
  const start = pos;
  if (pos >= end) {
    PyErr_SetString(PyExc_IndexError, 'index out of range');
    return -1;
  }
  const limit = end >> 1;
  while (pos < limit) {
    let child = 2 * pos + 1;
    if (child + 1 < end) {
      const cmp = above(heap, child, child + 1, max);
      if (cmp < 0) return -1;
      if (cmp === 0) child++;
    }
    swap(heap, child, pos);
    pos = child;
  }
  return siftdown(heap, start, pos, max);
}

/** Checks the heap argument of a function, the only one or the first (` 1`): true, or false with TypeError. */
function isList(name: string, heap: Obj, which: '' | ' 1'): boolean {
  if (PyList_Check(heap)) return true;
  PyErr_SetString(PyExc_TypeError, `${name}() argument${which} must be list, not ${typeName(heap)}`);
  return false;
}

function push(name: string, max: boolean): (m: Obj, heap: Obj, item: Obj) => Obj {
  return (_m, heap, item) => {
    if (!isList(name, heap, ' 1') || PyList_Append(heap, item) < 0) return NULL;
    return siftdown(heap, 0, PyList_GET_SIZE(heap) - 1, max) < 0 ? NULL : newref(Py_None);
  };
}

function pop(name: string, max: boolean): (m: Obj, heap: Obj) => Obj {
  return (_m, heap) => {
    if (!isList(name, heap, '')) return NULL;
    const n = PyList_GET_SIZE(heap);
    if (n === 0) return PyErr_SetString(PyExc_IndexError, 'index out of range');
    // The list's reference to its last item becomes ours.
    const last = PyList_GET_ITEM(heap, n - 1);
    if (list_resize(heap, n - 1) < 0) return NULL;
    if (n === 1) return last;
    const top = PyList_GET_ITEM(heap, 0);
    H32[at(heap, 0)] = last;
    if (siftup(heap, 0, max) < 0) {
      decref(top);
      return NULL;
    }
    return top;
  };
}

function replaceTop(heap: Obj, item: Obj, max: boolean): Obj {
  const top = PyList_GET_ITEM(heap, 0);
  H32[at(heap, 0)] = newref(item);
  if (siftup(heap, 0, max) < 0) {
    decref(top);
    return NULL;
  }
  return top;
}

function replace(name: string, max: boolean): (m: Obj, heap: Obj, item: Obj) => Obj {
  return (_m, heap, item) => {
    if (!isList(name, heap, ' 1')) return NULL;
    if (PyList_GET_SIZE(heap) === 0) return PyErr_SetString(PyExc_IndexError, 'index out of range');
    return replaceTop(heap, item, max);
  };
}

function pushpop(name: string, max: boolean): (m: Obj, heap: Obj, item: Obj) => Obj {
  return (_m, heap, item) => {
    if (!isList(name, heap, ' 1')) return NULL;
    if (PyList_GET_SIZE(heap) === 0) return newref(item);
    const top = PyList_GET_ITEM(heap, 0);
    incref(top);
    const cmp = max ? PyObject_RichCompareBool(item, top, Py_LT) : PyObject_RichCompareBool(top, item, Py_LT);
    decref(top);
    if (cmp < 0) return NULL;
    if (cmp === 0) return newref(item);
    if (PyList_GET_SIZE(heap) === 0) return PyErr_SetString(PyExc_IndexError, 'index out of range');
    return replaceTop(heap, item, max);
  };
}

function heapify(name: string, max: boolean): (m: Obj, heap: Obj) => Obj {
  return (_m, heap) => {
    if (!isList(name, heap, '')) return NULL;
    for (let i = (PyList_GET_SIZE(heap) >> 1) - 1; i >= 0; i--) if (siftup(heap, i, max) < 0) return NULL;
    return newref(Py_None);
  };
}

const TWO = '($module, heap, item, /)';
const ONE = '($module, heap, /)';

defineModule({
  name: '_heapq',
  doc: `Heap queue algorithm (a.k.a. priority queue).

Heaps are arrays for which a[k] <= a[2*k+1] and a[k] <= a[2*k+2] for
all k, counting elements from 0.  For the sake of comparison,
non-existing elements are considered to be infinite.  The interesting
property of a heap is that a[0] is always its smallest element.
`,
  functions: [
    method('heappush', TWO, push('heappush', false), 'Push item onto heap, maintaining the heap invariant.'),
    method(
      'heappushpop',
      TWO,
      pushpop('heappushpop', false),
      'Push item on the heap, then pop and return the smallest item from the heap.',
    ),
    method(
      'heappop',
      ONE,
      pop('heappop', false),
      'Pop the smallest item off the heap, maintaining the heap invariant.',
    ),
    method(
      'heapreplace',
      TWO,
      replace('heapreplace', false),
      'Pop and return the current smallest value, and add the new item.',
    ),
    method('heapify', ONE, heapify('heapify', false), 'Transform list into a heap, in-place, in O(len(heap)) time.'),
    method('heappush_max', TWO, push('heappush_max', true), 'Push item onto max heap, maintaining the heap invariant.'),
    method('heappushpop_max', TWO, pushpop('heappushpop_max', true), 'Maxheap variant of heappushpop.'),
    method('heappop_max', ONE, pop('heappop_max', true), 'Maxheap variant of heappop.'),
    method('heapreplace_max', TWO, replace('heapreplace_max', true), 'Maxheap variant of heapreplace.'),
    method('heapify_max', ONE, heapify('heapify_max', true), 'Maxheap variant of heapify.'),
  ],
  exec: (module) => {
    const about = PyUnicode_FromString(
      'Heap queues: lists in which a[k] <= a[2*k+1] and a[k] <= a[2*k+2] for all k, counting elements from 0.',
    );
    if (about === 0) return -1;
    const r = PyObject_SetAttrString(module, '__about__', about);
    decref(about);
    return r;
  },
});
