// What can Python do with a frame?  Invariant: a frame object shows its interpreter frame as it is now; clearing is refused while it runs.

import { H32, H8 } from '../memory/linear.js';
import { defineType, getset, member, method } from '../object/declare.js';
import { errMinus1, PyErr_SetString } from '../object/errors.js';
import { PyObject_GC_IsTracked, PyObject_GC_UnTrack } from '../object/gc_head.js';
import { decref, newref, xdecref, xnewref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import { freeObject } from '../object/new_object.js';
import { addressText, PyObject_IsTrue } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_AttributeError, PyExc_RuntimeError, PyFrame_Type } from '../object/statics.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { co_filename, co_name, lineOfUnit } from './code_layout.js';
import { _PyGen_Finalize, gen_close } from './generator.js';
import { GEN_CREATED, GEN_EXECUTING, gen_state, genOfFrame } from './generator_layout.js';
import {
  clearOwnedFrame,
  f_back,
  f_extra_locals,
  f_lineno,
  f_locals_cache,
  f_overwritten,
  f_trace,
  f_trace_lines,
  f_trace_opcodes,
  FrameObject,
  frameObjectOf,
  frameOfObject,
  releaseOwnedFrame,
  traverseFrameObject,
} from './frame_object.js';
import { PyFrame_GetLocals } from './frame_locals.js';
import { setLineNumber } from './frame_jump.js';
import {
  cur_frame,
  F_BUILTINS,
  F_GLOBALS,
  F_OWNER,
  F_PREVIOUS,
  firstComplete,
  frameCode,
  frameUnit,
  OWNED_BY_GENERATOR,
  OWNED_BY_THREAD,
} from './iframe.js';
import { PyBool_Check, PyBool_FromLong } from '../object/object.js';
import { PyExc_TypeError } from '../object/statics.js';
import { PyObject_Repr } from '../object/object.js';

/** The line that a frame is at, -1 if its instruction has none (PyFrame_GetLineNumber). */
export function PyFrame_GetLineNumber(object: Obj): number {
  const set = H32[(object + f_lineno) >> 2];
  if (set !== 0) return set;
  const frame = frameOfObject(object);
  return lineOfUnit(frameCode(frame), frameUnit(frame));
}

/** The caller's frame object: a new reference; NULL if there is none, or with MemoryError (PyFrame_GetBack). */
export function PyFrame_GetBack(object: Obj): Obj {
  const back = H32[(object + f_back) >> 2] as Obj;
  if (back !== 0) return newref(back);
  const previous = firstComplete(H32[(frameOfObject(object) + F_PREVIOUS) >> 2]);
  return previous === 0 ? NULL : xnewref(frameObjectOf(previous));
}

/** The code of a frame object's frame: a new reference (PyFrame_GetCode). */
export function PyFrame_GetCode(object: Obj): Obj {
  return newref(frameCode(frameOfObject(object)));
}

/** The frame object of the running Python code, borrowed, or NULL (PyEval_GetFrame). */
export function PyEval_GetFrame(): Obj {
  const frame = firstComplete(H32[cur_frame]);
  return frame === 0 ? NULL : frameObjectOf(frame);
}

function orNone(o: Obj): Obj {
  return o === 0 ? newref(Py_None) : o;
}

function get_lineno(object: Obj): Obj {
  const line = PyFrame_GetLineNumber(object);
  return line < 0 ? newref(Py_None) : PyLong_FromLong(line);
}

function get_generator(object: Obj): Obj {
  const frame = frameOfObject(object);
  return newref(H8[frame + F_OWNER] === OWNED_BY_GENERATOR ? genOfFrame(frame) : Py_None);
}

function get_trace(object: Obj): Obj {
  return orNone(xnewref(H32[(object + f_trace) >> 2] as Obj));
}

/** src/vm/tracing.ts: a frame with a trace function wants to hear of every instruction: 0, or -1. */
export const framePort = { opcodesSet: (_frame: Obj): number => 0 };

function set_trace(object: Obj, value: Obj): number {
  if (value === Py_None) value = NULL;
  const old = H32[(object + f_trace) >> 2] as Obj;
  H32[(object + f_trace) >> 2] = xnewref(value);
  xdecref(old);
  return value !== 0 && H32[(object + f_trace_opcodes) >> 2] !== 0 ? framePort.opcodesSet(object) : 0;
}

function get_trace_opcodes(object: Obj): Obj {
  return PyBool_FromLong(H32[(object + f_trace_opcodes) >> 2]);
}

function set_trace_opcodes(object: Obj, value: Obj): number {
  if (value === 0) return errMinus1(PyExc_AttributeError, "attribute 'f_trace_opcodes' cannot be deleted");
  if (!PyBool_Check(value)) return errMinus1(PyExc_TypeError, 'attribute value type must be bool');
  const on = PyObject_IsTrue(value);
  H32[(object + f_trace_opcodes) >> 2] = on;
  return on && H32[(object + f_trace) >> 2] !== 0 ? framePort.opcodesSet(object) : 0;
}

function frame_clear(object: Obj): Obj {
  const frame = frameOfObject(object);
  const owner = H8[frame + F_OWNER];
  if (owner === OWNED_BY_GENERATOR) {
    const gen = genOfFrame(frame);
    const state = H32[(gen + gen_state) >> 2];
    if (state === GEN_EXECUTING) return PyErr_SetString(PyExc_RuntimeError, 'cannot clear an executing frame');
    if (state !== GEN_CREATED && state < GEN_EXECUTING)
      return PyErr_SetString(PyExc_RuntimeError, 'cannot clear a suspended frame');
    _PyGen_Finalize(gen);
    if (H32[(gen + gen_state) >> 2] < GEN_EXECUTING) {
      const r = gen_close(gen);
      if (r === 0) return NULL;
      decref(r);
    }
  } else if (owner === OWNED_BY_THREAD) return PyErr_SetString(PyExc_RuntimeError, 'cannot clear an executing frame');
  else frame_tp_clear(object);
  return newref(Py_None);
}

function dropRefs(object: Obj, offsets: readonly number[]): void {
  for (const offset of offsets) {
    const o = H32[(object + offset) >> 2] as Obj;
    if (o !== 0) {
      H32[(object + offset) >> 2] = 0;
      decref(o);
    }
  }
}

function frame_tp_clear(object: Obj): number {
  dropRefs(object, [f_trace, f_extra_locals, f_locals_cache, f_overwritten]);
  clearOwnedFrame(object);
  return 0;
}

function frame_dealloc(object: Obj): void {
  if (PyObject_GC_IsTracked(object)) PyObject_GC_UnTrack(object);
  releaseOwnedFrame(object);
  dropRefs(object, [f_back, f_trace, f_extra_locals, f_locals_cache, f_overwritten]);
  freeObject(object);
}

function frame_repr(object: Obj): Obj {
  const code = frameCode(frameOfObject(object));
  const file = PyObject_Repr(H32[(code + co_filename) >> 2] as Obj);
  if (file === 0) return NULL;
  const r = PyUnicode_FromString(
    `<frame at ${addressText(object)}, file ${asString(file)}, line ${PyFrame_GetLineNumber(object)}, code ${asString(H32[(code + co_name) >> 2] as Obj)}>`,
  );
  decref(file);
  return r;
}

function get_lasti(object: Obj): Obj {
  const unit = frameUnit(frameOfObject(object));
  return PyLong_FromLong(unit < 0 ? -1 : unit * 2);
}

function set_lineno(object: Obj, value: Obj): number {
  if (value === 0) return errMinus1(PyExc_AttributeError, 'cannot delete attribute');
  return setLineNumber(object, value);
}

defineType({
  type: PyFrame_Type,
  name: 'frame',
  layout: FrameObject,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: {
    tp_new: null,
    tp_dealloc: frame_dealloc,
    tp_traverse: traverseFrameObject,
    tp_clear: frame_tp_clear,
    tp_repr: frame_repr,
  },
  methods: [method('clear', '!($self, /)', frame_clear, 'Clear all references held by the frame.')],
  members: [member('f_trace_lines', 'bool', f_trace_lines, { writable: true })],
  getset: [
    getset('f_back', (o: Obj) => orNone(PyFrame_GetBack(o))),
    getset(
      'f_locals',
      (o: Obj) => PyFrame_GetLocals(frameOfObject(o)),
      null,
      'Return the mapping used by the frame to look up local variables.',
    ),
    getset('f_lineno', get_lineno, set_lineno),
    getset('f_trace', get_trace, set_trace),
    getset('f_lasti', get_lasti),
    getset('f_globals', (o: Obj) => newref(H32[(frameOfObject(o) + F_GLOBALS) >> 2] as Obj)),
    getset('f_builtins', (o: Obj) => newref(H32[(frameOfObject(o) + F_BUILTINS) >> 2] as Obj)),
    getset('f_code', PyFrame_GetCode),
    getset('f_trace_opcodes', get_trace_opcodes, set_trace_opcodes),
    getset(
      'f_generator',
      get_generator,
      null,
      'Return the generator or coroutine associated with this frame, or None.',
    ),
  ],
});
