// How is a class statement carried out?  (builtins.__build_class__; PEP 3115, 487, 560)  Invariant: the class body runs with the namespace that the
// metaclass prepared, and the __class__ cell it leaves ends up holding the class.

import { H32 } from '../memory/linear.js';
import { PyCell_Check, PyCell_GET } from '../object/cell.js';
import {
  _PyStack_AsDict,
  PyObject_Call,
  PyObject_CallOneArg,
  PyObject_VectorcallDict,
  popNative,
  pushNative,
} from '../object/call.js';
import { dictValue, PyDict_New, PyDict_Pop } from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetString, nameOfType, reprText, typeName } from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyType_Check, PyType_IsSubtype } from '../object/isinstance.js';
import { PyMapping_Check, PyObject_SetItem } from '../object/mapping.js';
import { PyObject_GetOptionalAttr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_RuntimeError, PyExc_TypeError, PyType_Type } from '../object/statics.js';
import {
  fromArray,
  PyTuple_Check,
  PyTuple_GET_ITEM,
  PyTuple_GET_SIZE,
  PyTuple_Pack,
  tupleFromObjs,
} from '../object/tuple.js';
import { PyUnicode_Check } from '../object/unicode.js';
import { PyFunction_Check } from '../types/function_layout.js';
import { makeCallFrame, vmPort } from '../types/function_call.js';

const s_metaclass = ID('metaclass');
const s_prepare = ID('__prepare__');
const s_mro_entries = ID('__mro_entries__');
const s_orig_bases = ID('__orig_bases__');

/** The bases with those that have __mro_entries__ replaced: a new tuple (`bases` itself if there are none), or NULL. */
function updateBases(bases: Obj): Obj {
  const n = PyTuple_GET_SIZE(bases);
  let list: Obj[] | null = null;
  const fail = (): Obj => {
    if (list !== null) for (const o of list) decref(o);
    return NULL;
  };
  for (let i = 0; i < n; i++) {
    const base = PyTuple_GET_ITEM(bases, i);
    if (PyType_Check(base)) {
      list?.push(newref(base));
      continue;
    }
    const f = PyObject_GetOptionalAttr(base, idObj(s_mro_entries));
    if (f === 0) {
      if (PyErr_Occurred() !== 0) return fail();
      list?.push(newref(base));
      continue;
    }
    const entries = PyObject_CallOneArg(f, bases);
    decref(f);
    if (entries === 0) return fail();
    if (!PyTuple_Check(entries)) {
      PyErr_SetString(PyExc_TypeError, '__mro_entries__ must return a tuple');
      decref(entries);
      return fail();
    }
    if (list === null) {
      list = [];
      for (let k = 0; k < i; k++) list.push(newref(PyTuple_GET_ITEM(bases, k)));
    }
    for (let k = 0; k < PyTuple_GET_SIZE(entries); k++) list.push(newref(PyTuple_GET_ITEM(entries, k)));
    decref(entries);
  }
  if (list === null) return newref(bases);
  return tupleFromObjs(list);
}

/** The most derived metaclass of `meta` and of the bases: borrowed, or NULL with TypeError. */
function calculateMetaclass(meta: Obj, bases: Obj): Obj {
  let winner = meta;
  for (let i = 0; i < PyTuple_GET_SIZE(bases); i++) {
    const t = Py_TYPE(PyTuple_GET_ITEM(bases, i));
    if (PyType_IsSubtype(winner, t)) continue;
    if (PyType_IsSubtype(t, winner)) {
      winner = t;
      continue;
    }
    return PyErr_SetString(
      PyExc_TypeError,
      'metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases',
    );
  }
  return winner;
}

/** __build_class__(func, name, /, *bases, [metaclass], **kwds) in the raw vectorcall form. */
export function builtin___build_class__(_module: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (nargs < 2) return PyErr_SetString(PyExc_TypeError, '__build_class__: not enough arguments');
  const a = args >> 2;
  const func = H32[a] as Obj;
  const name = H32[a + 1] as Obj;
  if (!PyFunction_Check(func)) return PyErr_SetString(PyExc_TypeError, '__build_class__: func must be a function');
  if (!PyUnicode_Check(name)) return PyErr_SetString(PyExc_TypeError, '__build_class__: name is not a string');
  const orig = fromArray((a + 2) << 2, nargs - 2);
  if (orig === 0) return NULL;
  const bases = updateBases(orig);
  if (bases === 0) {
    decref(orig);
    return NULL;
  }
  let meta: Obj = NULL;
  let mkw: Obj = NULL;
  let ns: Obj = NULL;
  let cls: Obj = NULL;
  let ok = true;
  let isClass = false;
  if (kwnames !== 0) {
    mkw = _PyStack_AsDict((a + nargs) << 2, kwnames);
    ok = mkw !== 0;
    if (ok) {
      const r = PyDict_Pop(mkw, idObj(s_metaclass));
      if (r < 0) ok = false;
      else if (r > 0) {
        meta = dictValue;
        isClass = PyType_Check(meta);
      }
    }
  }
  if (ok && meta === 0) {
    meta = newref(PyTuple_GET_SIZE(bases) === 0 ? PyType_Type : Py_TYPE(PyTuple_GET_ITEM(bases, 0)));
    isClass = true;
  }
  if (ok && isClass) {
    const winner = calculateMetaclass(meta, bases);
    if (winner === 0) ok = false;
    else if (winner !== meta) {
      decref(meta);
      meta = newref(winner);
    }
  }
  if (ok) {
    const prep = PyObject_GetOptionalAttr(meta, idObj(s_prepare));
    if (prep === 0) ns = PyErr_Occurred() !== 0 ? NULL : PyDict_New();
    else {
      const base = pushNative(2);
      if (base !== 0) {
        H32[base >> 2] = name;
        H32[(base >> 2) + 1] = bases;
        ns = PyObject_VectorcallDict(prep, base, 2, mkw);
        popNative(base);
      }
      decref(prep);
    }
    ok = ns !== 0;
  }
  if (ok && !PyMapping_Check(ns)) {
    PyErr_SetString(
      PyExc_TypeError,
      `${isClass ? nameOfType(meta) : '<metaclass>'}.__prepare__() must return a mapping, not ${typeName(ns)}`,
    );
    ok = false;
  }
  if (ok) cls = runBody(func, name, bases, orig, ns, meta, mkw);
  xdecref(ns);
  xdecref(meta);
  xdecref(mkw);
  decref(bases);
  decref(orig);
  return cls;
}

function runBody(func: Obj, name: Obj, bases: Obj, orig: Obj, ns: Obj, meta: Obj, mkw: Obj): Obj {
  const frame = makeCallFrame(func, newref(ns), 0, 0, NULL);
  const cell = frame === 0 ? NULL : vmPort.evalFrame(frame, false);
  if (cell === 0) return NULL;
  let cls: Obj = NULL;
  if (bases === orig || PyObject_SetItem(ns, idObj(s_orig_bases), orig) >= 0) {
    const args = PyTuple_Pack(name, bases, ns);
    if (args !== 0) {
      cls = PyObject_Call(meta, args, mkw);
      decref(args);
    }
    if (cls !== 0 && PyType_Check(cls) && PyCell_Check(cell)) {
      const held = PyCell_GET(cell);
      if (held !== cls) {
        if (held === 0) {
          PyErr_SetString(
            PyExc_RuntimeError,
            `__class__ not set defining ${reprText(name)} as ${reprText(cls)}. Was __classcell__ propagated to type.__new__?`,
          );
        } else {
          PyErr_SetString(
            PyExc_TypeError,
            `__class__ set to ${reprText(held)} defining ${reprText(name)} as ${reprText(cls)}`,
          );
        }
        decref(cls);
        cls = NULL;
      }
    }
  }
  decref(cell);
  return cls;
}
