// Are items of formats that memoryview does not know equal?  Invariant: the struct module unpacks them; formats that it does not know, too, are
// unequal to everything.

import { PyMemoryView_FromObject } from './memoryview.js';
import { PyBytes_FromStringAndSize } from '../object/bytes.js';
import { PyObject_CallMethodOneArg, PyObject_CallOneArg } from '../object/call.js';
import { PyErr_Clear, PyErr_ExceptionMatches } from '../object/errors.js';
import { decref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { Py_EQ, PyObject_GetAttrString, PyObject_RichCompareBool } from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { PyExc_Exception } from '../object/statics.js';

const s_unpack_from = ID('unpack_from');

/** struct.Struct(format), a new reference; NULL with an exception. */
function structOf(format: string): Obj {
  const m = port.importModule('_struct');
  if (m === 0) return NULL;
  const cls = PyObject_GetAttrString(m, 'Struct');
  decref(m);
  if (cls === 0) return NULL;
  const f = PyUnicode_FromString(format);
  const r = f === 0 ? NULL : PyObject_CallOneArg(cls, f);
  if (f !== 0) decref(f);
  decref(cls);
  return r;
}

function unpack(s: Obj, p: number, size: number): Obj {
  const bytes = PyBytes_FromStringAndSize(p, size);
  if (bytes === 0) return NULL;
  const view = PyMemoryView_FromObject(bytes);
  decref(bytes);
  if (view === 0) return NULL;
  const r = PyObject_CallMethodOneArg(s, idObj(s_unpack_from), view);
  decref(view);
  return r;
}

/** A comparison of items at two addresses: 1, 0, or -1 with an exception; null if a format is unknown (or with an exception). */
export function structUnpackEqual(
  f: string,
  g: string,
  fSize: number,
  gSize: number,
): ((p: number, q: number) => number) | null {
  for (const format of [f, g]) {
    const s = structOf(format);
    if (s === 0) {
      // struct.error for a format that it does not know.
      if (PyErr_ExceptionMatches(PyExc_Exception)) PyErr_Clear();
      return null;
    }
    decref(s);
  }
  return (p, q) => {
    const sf = structOf(f);
    if (sf === 0) return -1;
    const sg = structOf(g);
    const a = sg === 0 ? NULL : unpack(sf, p, fSize);
    const b = a === 0 ? NULL : unpack(sg, q, gSize);
    const r = b === 0 ? -1 : PyObject_RichCompareBool(a, b, Py_EQ);
    if (a !== 0) decref(a);
    if (b !== 0) decref(b);
    if (sg !== 0) decref(sg);
    decref(sf);
    return r;
  };
}
