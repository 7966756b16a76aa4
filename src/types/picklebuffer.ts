// The type PickleBuffer (PEP 574).  Invariant: it holds one buffer of its object until release(); the record `view` is filled exactly while `obj` is
// not NULL.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import {
  BUF_obj,
  BUF_suboffsets,
  PyBUF_FULL_RO,
  PyBuffer_IsContiguous,
  PyBuffer_Release,
  PyObject_GetBuffer,
} from '../object/buffer.js';
import { defineType, method } from '../object/declare.js';
import { errMinus1, PyErr_SetString } from '../object/errors.js';
import { PyObject_GC_Track, PyObject_GC_UnTrack } from '../object/gc_head.js';
import { decref, newref } from '../object/header.js';
import { i32, layout, ref, weaklistField, words } from '../object/layout.js';
import { freeObject, _PyObject_New } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { Py_None, PyExc_BufferError, PyExc_ValueError, PyPickleBuffer_Type } from '../object/statics.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { PyObject_ClearWeakRefs } from '../object/weakref.js';
import { PyMemoryView_FromObject, setViewRaw } from './memoryview.js';

const PickleBuffer = layout({ buf: i32, obj: ref, rest: words(10), weakreflist: weaklistField });
const pb_view = PickleBuffer.buf;
const NEW = parseSignature('PickleBuffer', '($type, object, /)');
const RELEASED = 'operation forbidden on released PickleBuffer object';

const field = (o: Obj, f: number): number => H32[(o + pb_view + f) >> 2];

function pb_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(NEW, args, kwargs)) return NULL;
  const base = bound[0] as Obj;
  const o = _PyObject_New(type);
  if (o === 0) return NULL;
  if (PyObject_GetBuffer(base, o + pb_view, PyBUF_FULL_RO) < 0) {
    decref(o);
    return NULL;
  }
  PyObject_GC_Track(o);
  return o;
}

function dealloc(o: Obj): void {
  PyObject_GC_UnTrack(o);
  if (H32[(o + PickleBuffer.weakreflist) >> 2] !== 0) PyObject_ClearWeakRefs(o);
  PyBuffer_Release(o + pb_view);
  freeObject(o);
}

function clear(o: Obj): number {
  PyBuffer_Release(o + pb_view);
  return 0;
}

/** The Py_buffer of a PickleBuffer; 0 with ValueError if it was released (PyPickleBuffer_GetBuffer). */
export function PyPickleBuffer_GetBuffer(o: Obj): number {
  if (field(o, BUF_obj) !== 0) return o + pb_view;
  PyErr_SetString(PyExc_ValueError, RELEASED);
  return 0;
}

function getbuffer(o: Obj, view: number, flags: number): number {
  const base = field(o, BUF_obj) as Obj;
  if (base === 0) return errMinus1(PyExc_ValueError, RELEASED);
  return PyObject_GetBuffer(base, view, flags);
}

function release(o: Obj): Obj {
  PyBuffer_Release(o + pb_view);
  return newref(Py_None);
}

function raw(o: Obj): Obj {
  const base = field(o, BUF_obj) as Obj;
  if (base === 0) return PyErr_SetString(PyExc_ValueError, RELEASED);
  const mv = PyMemoryView_FromObject(base);
  if (mv === 0) return NULL;
  if (field(o, BUF_suboffsets) !== 0 || !PyBuffer_IsContiguous(o + pb_view, 'A')) {
    decref(mv);
    return PyErr_SetString(PyExc_BufferError, 'cannot extract raw buffer from non-contiguous buffer');
  }
  setViewRaw(mv);
  return mv;
}

defineType({
  type: PyPickleBuffer_Type,
  name: 'pickle.PickleBuffer',
  layout: PickleBuffer,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: 'Wrapper for potentially out-of-band buffers',
  slots: { tp_new: pb_new, tp_dealloc: dealloc, tp_clear: clear, bf_getbuffer: getbuffer },
  methods: [
    method('raw', '($self, /)', raw, 'Returns a memoryview of the raw memory; BufferError if it is not contiguous.'),
    method('release', '($self, /)', release, 'Gives the buffer back.'),
  ],
});
