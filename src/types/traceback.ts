// Where did an exception pass?
//
// Invariant: a traceback entry owns its frame and the next entry (toward the place where the exception was raised); its line number is computed
// from tb_lasti when first asked for (-1 until then).  The chain has no cycles: setting tb_next checks that.

import { H32 } from '../memory/linear.js';
import { defineType, getset, member, method } from '../object/declare.js';
import {
  curexc,
  errMinus1,
  PyErr_GetRaisedException,
  PyErr_SetRaisedException,
  PyErr_SetString,
  _PyErr_ChainExceptions1,
  typeName,
} from '../object/errors.js';
import { exc_traceback } from '../object/exc_layout.js';
import { bindTuple } from '../object/bind.js';
import { bound } from '../object/bind.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { incref, newref, Py_TYPE, xdecref, xnewref } from '../object/header.js';
import { i32, layout, ref } from '../object/layout.js';
import { listOfStrings } from './vm_util.js';
import { PyLong_FromLong } from '../object/long.js';
import { _PyObject_New } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_None,
  PyExc_MemoryError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyFrame_Type,
  PyTraceBack_Type,
} from '../object/statics.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { lineOfUnit } from './code_layout.js';
import { frameObjectCode, frameObjectOf } from './frame_object.js';
import { frameUnit } from './iframe.js';

const TraceBack = layout({ next: ref, frame: ref, lasti: i32, lineno: i32 });
export const { next: tb_next, frame: tb_frame, lasti: tb_lasti, lineno: tb_lineno } = TraceBack;

function newTraceback(next: Obj, frame: Obj, lasti: number, lineno: number): Obj {
  const tb = _PyObject_New(PyTraceBack_Type);
  if (tb === 0) return NULL;
  H32[(tb + tb_next) >> 2] = xnewref(next);
  H32[(tb + tb_frame) >> 2] = newref(frame);
  H32[(tb + tb_lasti) >> 2] = lasti;
  H32[(tb + tb_lineno) >> 2] = lineno;
  PyObject_GC_Track(tb);
  return tb;
}

/** Adds an entry for interpreter frame `frame` to the traceback of the current exception: 0, or -1 with the error chained. */
export function PyTraceBack_Here(frame: number): number {
  const e = PyErr_GetRaisedException();
  const object = frameObjectOf(frame);
  const old = H32[(e + exc_traceback) >> 2] as Obj;
  const tb = object === 0 ? NULL : newTraceback(old, object, frameUnit(frame) * 2, -1);
  if (tb === 0) {
    // A lack of memory that could not be noted in each frame is still one.
    if (Py_TYPE(e) === PyExc_MemoryError) PyErr_SetRaisedException(e);
    else _PyErr_ChainExceptions1(e);
    return -1;
  }
  H32[(e + exc_traceback) >> 2] = tb;
  xdecref(old);
  if (H32[curexc] !== 0) PyErr_SetRaisedException(NULL);
  PyErr_SetRaisedException(e);
  return 0;
}

/** A new traceback of one entry for an interpreter frame, or NULL with an exception. */
export function newTracebackOf(frame: number): Obj {
  const object = frameObjectOf(frame);
  return object === 0 ? NULL : newTraceback(NULL, object, frameUnit(frame) * 2, -1);
}

/** The line number of an entry, -1 if its instruction has none. */
export function tracebackLine(tb: Obj): number {
  let line = H32[(tb + tb_lineno) >> 2];
  if (line === -1) line = lineOfUnit(frameObjectCode(H32[(tb + tb_frame) >> 2] as Obj), H32[(tb + tb_lasti) >> 2] >> 1);
  return line;
}

const NEW = parseSignature('traceback', '(tb_next, tb_frame, tb_lasti: int, tb_lineno: int)');

function tb_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  void type;
  if (!bindTuple(NEW, args, kwargs)) return NULL;
  let next = bound[0] as Obj;
  const frame = bound[1] as Obj;
  const lasti = bound[2];
  const lineno = bound[3];
  if (Py_TYPE(frame) !== PyFrame_Type) {
    return PyErr_SetString(PyExc_TypeError, `traceback() argument 'tb_frame' must be frame, not ${typeName(frame)}`);
  }
  if (next === Py_None) next = NULL;
  else if (Py_TYPE(next) !== PyTraceBack_Type) {
    return PyErr_SetString(PyExc_TypeError, `expected traceback object or None, got '${typeName(next)}'`);
  }
  return newTraceback(next, frame, lasti, lineno);
}

function get_next(tb: Obj): Obj {
  const next = H32[(tb + tb_next) >> 2] as Obj;
  return newref(next === 0 ? Py_None : next);
}

function set_next(tb: Obj, value: Obj): number {
  if (value === 0) return errMinus1(PyExc_TypeError, "can't delete tb_next attribute");
  let next: Obj = value;
  if (next === Py_None) next = NULL;
  else if (Py_TYPE(next) !== PyTraceBack_Type) {
    return errMinus1(PyExc_TypeError, `expected traceback object, got '${typeName(next)}'`);
  }
  for (let o = next; o !== 0; o = H32[(o + tb_next) >> 2] as Obj) {
    if (o === tb) return errMinus1(PyExc_ValueError, 'traceback loop detected');
  }
  const old = H32[(tb + tb_next) >> 2] as Obj;
  H32[(tb + tb_next) >> 2] = next;
  if (next !== 0) incref(next);
  xdecref(old);
  return 0;
}

function get_lineno(tb: Obj): Obj {
  const line = tracebackLine(tb);
  return line < 0 ? newref(Py_None) : PyLong_FromLong(line);
}

function tb_dir(_tb: Obj): Obj {
  return listOfStrings(['tb_frame', 'tb_next', 'tb_lasti', 'tb_lineno']);
}

defineType({
  type: PyTraceBack_Type,
  name: 'traceback',
  layout: TraceBack,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: 'Create a new traceback object.',
  signature: '(tb_next, tb_frame, tb_lasti, tb_lineno)',
  slots: { tp_new: tb_new },
  methods: [method('__dir__', '!($self, /)', tb_dir)],
  members: [member('tb_frame', 'object', tb_frame), member('tb_lasti', 'int', tb_lasti)],
  getset: [getset('tb_next', get_next, set_next), getset('tb_lineno', get_lineno)],
});
