// In which order are a class and its bases searched?  Invariant: the MRO is the C3 linearization of the bases' own MROs, or what the metatype's
// `mro()` says, checked against the layout of the instances.

import { H32 } from '../memory/linear.js';
import { nameOfType, PyErr_Clear, PyErr_SetString, reprText, typeName } from './errors.js';
import { decref, newref } from './header.js';
import { PyType_Check } from './isinstance.js';
import { PyObject_GetOptionalAttr } from './object.js';
import { ID, idObj } from './identifiers.js';
import { NULL, type Obj } from './ptr.js';
import { PyExc_TypeError } from './statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM } from './tuple.js';
import { tp_bases, tp_mro } from './type_layout.js';
import { asString, PyUnicode_Check } from './unicode.js';

const s_name = ID('__name__');

function classNameOf(cls: Obj): string {
  const n = PyObject_GetOptionalAttr(cls, idObj(s_name));
  if (n === 0) {
    PyErr_Clear();
    return reprText(cls);
  }
  const text = PyUnicode_Check(n) ? asString(n) : reprText(n);
  decref(n);
  return text;
}

function items(tuple: Obj): Obj[] {
  const a: Obj[] = [];
  for (let i = 0, n = PyTuple_GET_SIZE(tuple); i < n; i++) a.push(PyTuple_GET_ITEM(tuple, i));
  return a;
}

/** The C3 linearization of `type`: a new tuple, or NULL with TypeError. */
export function c3(type: Obj): Obj {
  const bases = items(H32[(type + tp_bases) >> 2] as Obj);
  const seen = new Set<Obj>();
  for (const b of bases) {
    if (!PyType_Check(b)) return PyErr_SetString(PyExc_TypeError, `bases must be types, not ${typeName(b)}`);
    if (H32[(b + tp_mro) >> 2] === 0)
      return PyErr_SetString(PyExc_TypeError, `Cannot extend an incomplete type '${nameOfType(b)}'`);
    if (seen.has(b)) return PyErr_SetString(PyExc_TypeError, `duplicate base class ${classNameOf(b)}`);
    seen.add(b);
  }
  const lists = bases.map((b) => items(H32[(b + tp_mro) >> 2] as Obj));
  lists.push(bases);
  const at = lists.map(() => 0);
  const result: Obj[] = [type];
  for (;;) {
    let left = 0;
    let picked: Obj = NULL;
    for (let i = 0; i < lists.length && picked === 0; i++) {
      if (at[i] >= lists[i].length) continue;
      left++;
      const candidate = lists[i][at[i]];
      if (!lists.some((l, j) => l.indexOf(candidate, at[j] + 1) >= 0)) picked = candidate;
    }
    if (picked === 0) {
      if (left === 0) break;
      const names = new Set(lists.map((l, j) => l[at[j]]).filter((c) => c !== undefined));
      return PyErr_SetString(
        PyExc_TypeError,
        `Cannot create a consistent method resolution order (MRO) for bases ${[...names].map(classNameOf).join(', ')}`,
      );
    }
    result.push(picked);
    for (let j = 0; j < lists.length; j++) if (lists[j][at[j]] === picked) at[j]++;
  }
  const tuple = PyTuple_New(result.length);
  if (tuple === 0) return NULL;
  for (let i = 0; i < result.length; i++) PyTuple_SET_ITEM(tuple, i, newref(result[i]));
  return tuple;
}
