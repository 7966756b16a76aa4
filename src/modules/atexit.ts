// What runs at the end?  Invariant: callbacks run in the reverse of the order in which they were registered, each once; an error in one is reported and does
// not keep the others from running.

import { H32 } from '../memory/linear.js';
import { PyCallable_Check, PyObject_Call } from '../object/call.js';
import { defineModule, fastcall, method } from '../object/declare.js';
import { PyErr_SetString, PyErr_WriteUnraisable, reprText } from '../object/errors.js';
import { decref, newref, xdecref } from '../object/header.js';
import { PyList_GET_ITEM, PyList_GET_SIZE, PyList_Insert, PyList_New, PyList_SetSlice } from '../object/list.js';
import { PyLong_FromLong } from '../object/long.js';
import { Py_EQ, PyObject_RichCompareBool } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import { Py_None, PyExc_TypeError } from '../object/statics.js';
import { fromArray, PyTuple_GET_ITEM } from '../object/tuple.js';
import { _PyStack_AsDict } from '../object/call.js';
import { tupleOf } from './values.js';

/** The list of (function, args, kwargs or None), the latest first. */
const callbacks = ownedWord();
const none = (): Obj => newref(Py_None);

function list(): Obj {
  if (H32[callbacks] === 0) H32[callbacks] = PyList_New(0);
  return H32[callbacks] as Obj;
}

function register(_m: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (nargs === 0) return PyErr_SetString(PyExc_TypeError, 'register() takes at least 1 argument (0 given)');
  const f = H32[args >> 2] as Obj;
  if (!PyCallable_Check(f)) return PyErr_SetString(PyExc_TypeError, 'the first argument must be callable');
  const kwargs = kwnames === 0 ? none() : _PyStack_AsDict(args + 4 * nargs, kwnames);
  const entry = tupleOf([newref(f), fromArray(args + 4, nargs - 1), kwargs]);
  const all = entry === 0 ? NULL : list();
  const ok = all !== 0 && PyList_Insert(all, 0, entry) === 0;
  xdecref(entry);
  return ok ? newref(f) : NULL;
}

function clear(): Obj {
  const all = list();
  return all !== 0 && PyList_SetSlice(all, 0, PyList_GET_SIZE(all), NULL) === 0 ? none() : NULL;
}

function run(): Obj {
  const all = list();
  if (all === 0) return NULL;
  while (PyList_GET_SIZE(all) > 0) {
    const entry = newref(PyList_GET_ITEM(all, 0));
    PyList_SetSlice(all, 0, 1, NULL);
    const f = PyTuple_GET_ITEM(entry, 0);
    const kwargs = PyTuple_GET_ITEM(entry, 2);
    const r = PyObject_Call(f, PyTuple_GET_ITEM(entry, 1), kwargs === Py_None ? NULL : kwargs);
    if (r === 0) PyErr_WriteUnraisable(f, `in atexit callback ${reprText(f)}`);
    else decref(r);
    decref(entry);
  }
  return none();
}

function unregister(_m: Obj, f: Obj): Obj {
  const all = list();
  if (all === 0) return NULL;
  for (let i = 0; i < PyList_GET_SIZE(all); ) {
    const entry = newref(PyList_GET_ITEM(all, i));
    const eq = PyObject_RichCompareBool(PyTuple_GET_ITEM(entry, 0), f, Py_EQ);
    // The comparison may have changed the list.
    const same = i < PyList_GET_SIZE(all) && PyList_GET_ITEM(all, i) === entry;
    decref(entry);
    if (eq < 0) return NULL;
    if (eq > 0 && same) PyList_SetSlice(all, i, i + 1, NULL);
    else i++;
  }
  return none();
}

defineModule({
  name: 'atexit',
  doc: 'allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public functions, register and unregister, are defined.\n',
  functions: [
    fastcall(
      'register',
      '($module, func, /, *args, **kwargs)',
      register,
      'Register a function to be executed upon normal program termination.',
    ),
    method('_clear', '($module, /)', clear, 'Clear the list of previously registered exit functions.'),
    method('_run_exitfuncs', '($module, /)', run, 'Run all registered exit functions.'),
    method(
      'unregister',
      '($module, func, /)',
      unregister,
      'Unregister an exit function which was previously registered using atexit.register',
    ),
    method(
      '_ncallbacks',
      '($module, /)',
      () => PyLong_FromLong(H32[callbacks] === 0 ? 0 : PyList_GET_SIZE(list())),
      'Return the number of registered exit functions.',
    ),
  ],
});
