// What does the module `_weakref` export?  Invariant: it holds no state; the lists of references are src/object/weakref.ts's.

import { H32 } from '../memory/linear.js';
import { defineModule, method } from '../object/declare.js';
import { _PyDict_DelItemIf, PyDict_Check } from '../object/dict.js';
import { errMinus1, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref, Py_REFCNT } from '../object/header.js';
import { PyList_Append, PyList_New } from '../object/list.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyObject_SetAttrString } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_None,
  PyExc_TypeError,
  PyWeakref_CallableProxyType,
  PyWeakref_ProxyType,
  PyWeakref_RefType,
} from '../object/statics.js';
import {
  _PyWeakref_GetWeakrefCount,
  PyWeakref_Check,
  PyWeakref_IsDead,
  PyWeakref_NewProxy,
  weakrefListAddress,
  wr_next,
} from '../object/weakref.js';

function getweakrefcount(_module: Obj, o: Obj): Obj {
  return PyLong_FromLong(_PyWeakref_GetWeakrefCount(o));
}

function getweakrefs(_module: Obj, o: Obj): Obj {
  const result = PyList_New(0);
  const list = weakrefListAddress(o);
  if (result === 0 || list === 0) return result;
  for (let w = H32[list >> 2] as Obj; w !== 0; w = H32[(w + wr_next) >> 2] as Obj) {
    if (Py_REFCNT(w) > 0 && PyList_Append(result, w) < 0) {
      decref(result);
      return NULL;
    }
  }
  return result;
}

function proxy(_module: Obj, o: Obj, callback: Obj): Obj {
  return PyWeakref_NewProxy(o, callback);
}

function isDeadWeakref(value: Obj): number {
  if (!PyWeakref_Check(value)) return errMinus1(PyExc_TypeError, 'not a weakref');
  return PyWeakref_IsDead(value) ? 1 : 0;
}

function removeDeadWeakref(_module: Obj, dict: Obj, key: Obj): Obj {
  if (!PyDict_Check(dict)) {
    return PyErr_SetString(PyExc_TypeError, `_remove_dead_weakref() argument 1 must be dict, not ${typeName(dict)}`);
  }
  return _PyDict_DelItemIf(dict, key, isDeadWeakref) < 0 ? NULL : newref(Py_None);
}

defineModule({
  name: '_weakref',
  doc: 'Weak-reference support module.',
  functions: [
    method(
      'getweakrefcount',
      '($module, object, /)',
      getweakrefcount,
      "Return the number of weak references to 'object'.",
    ),
    method(
      'getweakrefs',
      '($module, object, /)',
      getweakrefs,
      "Return a list of all weak reference objects pointing to 'object'.",
    ),
    method(
      'proxy',
      '($module, object, callback=None, /)',
      proxy,
      "Create a proxy object that weakly references 'object'.\n\n'callback', if given, is called with a reference to the\nproxy when 'object' is about to be finalized.",
    ),
    method(
      '_remove_dead_weakref',
      '($module, dct, key, /)',
      removeDeadWeakref,
      'Atomically remove key from dict if it points to a dead weakref.',
    ),
  ],
  types: [PyWeakref_RefType, PyWeakref_ProxyType, PyWeakref_CallableProxyType],
  exec: (module) => PyObject_SetAttrString(module, 'ref', PyWeakref_RefType),
});
