// What is SimpleQueue with one thread?  Invariant: get() never waits for an item that nobody can put: where CPython would wait, it sleeps out its time limit
// and raises Empty, or raises RuntimeError if there is none.

import { host } from '../config/host_interface.js';
import { H32 } from '../memory/linear.js';
import { classMethod, defineModule, defineType, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetNone, PyErr_SetString } from '../object/errors.js';
import { PyFloat_AsDouble } from '../object/float.js';
import { newref } from '../object/header.js';
import { layout, ref, weaklistField } from '../object/layout.js';
import { list_ass_slice, PyList_Append, PyList_GET_ITEM, PyList_GET_SIZE, PyList_New } from '../object/list.js';
import { PyLong_FromLong } from '../object/long.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { PyModule_AddObjectRef } from '../object/module_storage.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_None,
  PyExc_Exception,
  PyExc_RuntimeError,
  PyExc_TypeError,
  PyExc_ValueError,
  staticType,
} from '../object/statics.js';
import { PyTuple_GET_SIZE } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { simpleException } from '../types/exceptions.js';

const Empty_Type = staticType();
simpleException(Empty_Type, '_queue.Empty', PyExc_Exception, 'Exception raised by Queue.get(block=0)/get_nowait().');

const SimpleQueue_Type = staticType();
const SimpleQueue = layout({ items: ref, weaklist: weaklistField });
const itemsOf = (self: Obj): Obj => H32[(self + SimpleQueue.items) >> 2] as Obj;

function queue_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (type === SimpleQueue_Type && (PyTuple_GET_SIZE(args) > 0 || kwargs !== 0)) {
    return PyErr_SetString(PyExc_TypeError, 'SimpleQueue() takes no arguments');
  }
  const items = PyList_New(0);
  const self = items === 0 ? NULL : PyType_GenericAlloc(type, 0);
  if (self !== 0) H32[(self + SimpleQueue.items) >> 2] = items;
  return self;
}

function put(self: Obj, item: Obj): Obj {
  return PyList_Append(itemsOf(self), item) < 0 ? NULL : newref(Py_None);
}

/** Takes the first item. */
function take(self: Obj): Obj {
  const items = itemsOf(self);
  const first = newref(PyList_GET_ITEM(items, 0));
  list_ass_slice(items, 0, 1, 0, 0);
  return first;
}

function get(self: Obj, block: number, timeout: Obj): Obj {
  let seconds = -1;
  if (block !== 0 && timeout !== Py_None) {
    seconds = PyFloat_AsDouble(timeout);
    if (seconds === -1 && PyErr_Occurred() !== 0) return NULL;
    if (seconds < 0) return PyErr_SetString(PyExc_ValueError, "'timeout' must be a non-negative number");
  }
  if (PyList_GET_SIZE(itemsOf(self)) > 0) return take(self);
  if (block === 0) return PyErr_SetNone(Empty_Type);
  if (seconds < 0)
    return PyErr_SetString(PyExc_RuntimeError, 'deadlock: the queue is empty and there is only one thread');
  host.sleep(Math.round(seconds * 1e9));
  return PyErr_SetNone(Empty_Type);
}

defineType({
  type: SimpleQueue_Type,
  name: '_queue.SimpleQueue',
  layout: SimpleQueue,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: 'Simple, unbounded, reentrant FIFO queue.',
  signature: '()',
  slots: { tp_new: queue_new },
  methods: [
    classMethod('__class_getitem__', '!($cls, key, /)', Py_GenericAlias, 'See PEP 585'),
    method(
      'empty',
      '($self, /)',
      (self: Obj) => PyBool_FromLong(PyList_GET_SIZE(itemsOf(self)) === 0),
      'Return True if the queue is empty, False otherwise.',
    ),
    method('get', '($self, /, block: bool = True, timeout=None)', get, 'Remove and return an item from the queue.'),
    method(
      'get_nowait',
      '($self, /)',
      (self: Obj) => get(self, 0, Py_None),
      'Remove and return an item from the queue without blocking.',
    ),
    method('put', '($self, /, item, block=True, timeout=None)', put, 'Put the item on the queue.'),
    method('put_nowait', '($self, /, item)', put, 'Put an item into the queue without blocking.'),
    method(
      'qsize',
      '($self, /)',
      (self: Obj) => PyLong_FromLong(PyList_GET_SIZE(itemsOf(self))),
      'Return the approximate size of the queue (not reliable!).',
    ),
  ],
});

defineModule({
  name: '_queue',
  doc: 'C implementation of the Python queue module.\n',
  types: [SimpleQueue_Type],
  exec: (m) => PyModule_AddObjectRef(m, 'Empty', Empty_Type),
});
