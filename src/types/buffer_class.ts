// How do classes written in Python export buffers (PEP 688)?
//
// Invariant: __buffer__ returns a memoryview; the consumer's Py_buffer is a buffer of that memoryview, and its obj is a buffer wrapper that owns the
// memoryview and the exporter, so that __release_buffer__ can be called with the memoryview when the consumer is done.

import { H32 } from '../memory/linear.js';
import { BUF_obj, PyObject_GetBuffer } from '../object/buffer.js';
import { PyObject_CallMethodNoArgs, PyObject_CallOneArg } from '../object/call.js';
import { defineType } from '../object/declare.js';
import {
  errMinus1,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetRaisedException,
  PyErr_WriteUnraisable,
} from '../object/errors.js';
import { F } from '../object/functable.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { layout, ref } from '../object/layout.js';
import { PyLong_FromLong } from '../object/long.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyBufferWrapper_Type, PyExc_BufferError, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { slotFunction } from '../object/slot_functions.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { _PyObject_LookupSpecial } from '../object/type_lookup.js';
import { bf_releasebuffer, Py_TPFLAGS_HAVE_GC, tp_mro } from '../object/type_layout.js';
import {
  memoryViewExporter,
  memoryViewExports,
  memoryViewFromSlot,
  memoryViewIsReleased,
  memoryViewRelease,
  PyMemoryView_Check,
  PyMemoryView_FromBuffer,
  restrict,
} from './memoryview.js';

const s___buffer__ = ID('__buffer__');
const s___release_buffer__ = ID('__release_buffer__');
const s_release = ID('release');

const Wrapper = layout({ mv: ref, obj: ref });

/** Whether the class's own bf_releasebuffer is Python code. */
function isPythonRelease(type: Obj): boolean {
  return H32[(type + bf_releasebuffer) >> 2] === slotFunction('bf_releasebuffer');
}

function wrapperRelease(w: Obj, view: number): void {
  const mv = H32[(w + Wrapper.mv) >> 2] as Obj;
  const obj = H32[(w + Wrapper.obj) >> 2] as Obj;
  if (mv === 0 || obj === 0) return;
  F[H32[(Py_TYPE(mv) + bf_releasebuffer) >> 2]](mv, view);
  // A native exporter is told when the memoryview is released.
  if (memoryViewExporter(mv) !== obj && isPythonRelease(Py_TYPE(obj))) callReleaseWith(obj, mv);
  H32[(w + Wrapper.mv) >> 2] = 0;
  H32[(w + Wrapper.obj) >> 2] = 0;
  decref(mv);
  decref(obj);
}

defineType({
  type: PyBufferWrapper_Type,
  name: '_buffer_wrapper',
  layout: Wrapper,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { bf_releasebuffer: wrapperRelease },
});

/** The bf_getbuffer of a class with `__buffer__`. */
function slotGetBuffer(self: Obj, view: number, flags: number): number {
  H32[(view + BUF_obj) >> 2] = 0;
  const f = _PyObject_LookupSpecial(self, idObj(s___buffer__));
  if (f === 0) return PyErr_Occurred() !== 0 ? -1 : errMinus1(PyExc_TypeError, '__buffer__');
  const n = PyLong_FromLong(flags);
  const mv = n === 0 ? NULL : PyObject_CallOneArg(f, n);
  decref(f);
  xdecref(n);
  if (mv === 0) return -1;
  if (!PyMemoryView_Check(mv)) {
    decref(mv);
    return errMinus1(PyExc_TypeError, '__buffer__ returned non-memoryview object');
  }
  if (PyObject_GetBuffer(mv, view, flags) < 0) {
    decref(mv);
    return -1;
  }
  const w = _PyObject_New(PyBufferWrapper_Type);
  if (w === 0) {
    decref(mv);
    return -1;
  }
  H32[(w + Wrapper.mv) >> 2] = mv;
  H32[(w + Wrapper.obj) >> 2] = newref(self);
  PyObject_GC_Track(w);
  // The view's reference to the memoryview becomes the wrapper's.
  decref(H32[(view + BUF_obj) >> 2] as Obj);
  H32[(view + BUF_obj) >> 2] = w;
  return 0;
}

/** Calls `__release_buffer__` with `mv`, which for a `__buffer__` in Python is what that returned; errors are unraisable. */
function callReleaseWith(self: Obj, mv: Obj): void {
  const saved = PyErr_GetRaisedException();
  const f = _PyObject_LookupSpecial(self, idObj(s___release_buffer__));
  if (f !== 0) {
    const r = PyObject_CallOneArg(f, mv);
    decref(f);
    if (r === 0) PyErr_WriteUnraisable(self);
    else decref(r);
  } else if (PyErr_Occurred() !== 0) PyErr_WriteUnraisable(self);
  if (saved !== 0) PyErr_SetRaisedException(saved);
}

/** Calls `__release_buffer__` with a view of the buffer that must not outlive the call; errors are unraisable. */
function callRelease(self: Obj, view: number): void {
  const saved = PyErr_GetRaisedException();
  const mv = PyMemoryView_FromBuffer(view);
  if (mv === 0) PyErr_WriteUnraisable(self);
  else {
    restrict(mv);
    callReleaseWith(self, mv);
    const r = PyObject_CallMethodNoArgs(mv, idObj(s_release));
    if (r === 0) PyErr_WriteUnraisable(self);
    else decref(r);
    decref(mv);
  }
  if (saved !== 0) PyErr_SetRaisedException(saved);
}

/** The bf_releasebuffer of a class with `__release_buffer__`: that of its native base, then its own. */
function slotReleaseBuffer(self: Obj, view: number): void {
  const mro = H32[(Py_TYPE(self) + tp_mro) >> 2] as Obj;
  for (let i = 0; i < PyTuple_GET_SIZE(mro); i++) {
    const f = H32[(PyTuple_GET_ITEM(mro, i) + bf_releasebuffer) >> 2];
    if (f !== 0 && f !== slotFunction('bf_releasebuffer')) {
      F[f](self, view);
      break;
    }
  }
  callRelease(self, view);
}

/** `o.__release_buffer__(view)` of a native exporter. */
function releaseMemoryView(o: Obj, mv: Obj): number {
  if (!PyMemoryView_Check(mv)) return errMinus1(PyExc_TypeError, 'expected a memoryview object');
  if (memoryViewIsReleased(mv)) return errMinus1(PyExc_ValueError, "memoryview's buffer has already been released");
  const exporter = memoryViewExporter(mv);
  // A view of somebody else's Py_buffer: nothing of it is to be given back.
  if (exporter === 0) return 0;
  if (exporter !== o) return errMinus1(PyExc_ValueError, "memoryview's buffer is not this object");
  if (memoryViewExports(mv) > 0) return errMinus1(PyExc_BufferError, 'memoryview has exported buffers');
  return memoryViewRelease(mv);
}

port.bufferToMemoryView = memoryViewFromSlot;
port.releaseMemoryView = releaseMemoryView;
port.slotGetBuffer = slotGetBuffer;
port.slotReleaseBuffer = slotReleaseBuffer;
