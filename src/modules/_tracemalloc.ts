// What does the module `_tracemalloc` export?  Invariant: it holds no state of its own; the traces are src/object/traces.ts's.

import { isTracing } from '../memory/alloc.js';
import { H32 } from '../memory/linear.js';
import { defineModule, method } from '../object/declare.js';
import { PyErr_SetString } from '../object/errors.js';
import { PyObject_IS_GC } from '../object/gc_head.js';
import { GC_HEAD_SIZE } from '../object/head.js';
import { decref, newref, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyList_Append, PyList_New } from '../object/list.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_ValueError } from '../object/statics.js';
import {
  allTraces,
  clearTraces,
  MAX_FRAMES,
  resetPeak,
  setFrameCollector,
  startTraces,
  stopTraces,
  type Trace,
  tracebackFrames,
  tracebackOf,
  tracebackTotal,
  tracedMemory,
  traceFrameLimit,
  tracesOwnMemory,
} from '../object/traces.js';
import { PyTuple_New, PyTuple_SET_ITEM, tupleFromObjs } from '../object/tuple.js';
import { co_filename, codeStart, lineOfUnit } from '../types/code_layout.js';
import { cur_frame, F_EXECUTABLE, F_IP, F_PREVIOUS } from '../types/iframe.js';

// A block that no Python code asked for is said to come from here.
const s_unknown = ID('<unknown>');

setFrameCollector((limit, put) => {
  let n = 0;
  for (let f = H32[cur_frame]; f !== 0; f = H32[(f + F_PREVIOUS) >> 2]) {
    if (n < limit) {
      const code = H32[(f + F_EXECUTABLE) >> 2] as Obj;
      const line = lineOfUnit(code, H32[(f + F_IP) >> 2] - codeStart(code));
      put(n, H32[(code + co_filename) >> 2] as Obj, Math.max(line, 0));
    }
    n++;
  }
  if (n > 0) return n;
  put(0, idObj(s_unknown), 0);
  return 1;
});

/** A tuple of the given references, which are stolen; NULL if one of them is NULL. */
function tupleOf(...items: Obj[]): Obj {
  if (!items.includes(NULL)) return tupleFromObjs(items);
  for (const o of items) xdecref(o);
  return NULL;
}

/** A traceback as a tuple of (file name, line): a new reference, or NULL. */
export function framesTuple(tb: number): Obj {
  const frames = tracebackFrames(tb);
  const result = PyTuple_New(frames.length);
  for (let i = 0; result !== 0 && i < frames.length; i++) {
    const pair = tupleOf(newref(frames[i].file), PyLong_FromLong(frames[i].line));
    if (pair === 0) {
      decref(result);
      return NULL;
    }
    PyTuple_SET_ITEM(result, i, pair);
  }
  return result;
}

function traceTuple(trace: Trace, frames: Obj): Obj {
  return tupleOf(
    PyLong_FromLong(trace.domain),
    PyLong_FromLong(trace.size),
    newref(frames),
    PyLong_FromLong(tracebackTotal(trace.traceback)),
  );
}

function get_traces(): Obj {
  const result = PyList_New(0);
  if (result === 0) return NULL;
  // Each stored traceback becomes one tuple, shared by its traces.
  const made = new Map<number, Obj>();
  let ok = true;
  for (const trace of allTraces()) {
    let frames = made.get(trace.traceback);
    if (frames === undefined) {
      frames = framesTuple(trace.traceback);
      if (frames !== 0) made.set(trace.traceback, frames);
    }
    const tuple = frames === 0 ? NULL : traceTuple(trace, frames);
    ok = tuple !== 0 && PyList_Append(result, tuple) === 0;
    xdecref(tuple);
    if (!ok) break;
  }
  for (const frames of made.values()) decref(frames);
  if (ok) return result;
  decref(result);
  return NULL;
}

function get_object_traceback(_module: Obj, o: Obj): Obj {
  const tb = tracebackOf(PyObject_IS_GC(o) ? o - GC_HEAD_SIZE : o);
  return tb === 0 ? newref(Py_None) : framesTuple(tb);
}

function start(_module: Obj, nframe: number): Obj {
  if (nframe < 1 || nframe > MAX_FRAMES) {
    return PyErr_SetString(PyExc_ValueError, `the number of frames must be in range [1; ${MAX_FRAMES}]`);
  }
  return startTraces(nframe) ? newref(Py_None) : PyErr_NoMemory();
}

function stop(): Obj {
  stopTraces();
  return newref(Py_None);
}

function clear_traces(): Obj {
  clearTraces();
  return newref(Py_None);
}

function reset_peak(): Obj {
  if (isTracing()) resetPeak();
  return newref(Py_None);
}

function get_traced_memory(): Obj {
  const { current, peak } = tracedMemory();
  return tupleOf(PyLong_FromLong(current), PyLong_FromLong(peak));
}

defineModule({
  name: '_tracemalloc',
  doc: 'Debug module to trace memory blocks allocated by Python.',
  functions: [
    method(
      'is_tracing',
      '($module, /)',
      () => PyBool_FromLong(isTracing()),
      'Return True if the tracemalloc module is tracing Python memory allocations.',
    ),
    method('clear_traces', '($module, /)', clear_traces, 'Clear traces of memory blocks allocated by Python.'),
    method(
      '_get_traces',
      '($module, /)',
      get_traces,
      'Get traces of all memory blocks allocated by Python.\n\nReturn a list of (size: int, traceback: tuple) tuples.\ntraceback is a tuple of (filename: str, lineno: int) tuples.\n\nReturn an empty list if the tracemalloc module is disabled.',
    ),
    method(
      '_get_object_traceback',
      '($module, obj, /)',
      get_object_traceback,
      'Get the traceback where the Python object obj was allocated.\n\nReturn a tuple of (filename: str, lineno: int) tuples.\nReturn None if the tracemalloc module is disabled or did not\ntrace the allocation of the object.',
    ),
    method(
      'start',
      '($module, nframe: int = 1, /)',
      start,
      'Start tracing Python memory allocations.\n\nAlso set the maximum number of frames stored in the traceback of a\ntrace to nframe.',
    ),
    method(
      'stop',
      '($module, /)',
      stop,
      'Stop tracing Python memory allocations.\n\nAlso clear traces of memory blocks allocated by Python.',
    ),
    method(
      'get_traceback_limit',
      '($module, /)',
      () => PyLong_FromLong(traceFrameLimit()),
      'Get the maximum number of frames stored in the traceback of a trace.\n\nBy default, a trace of an allocated memory block only stores\nthe most recent frame: the limit is 1.',
    ),
    method(
      'get_tracemalloc_memory',
      '($module, /)',
      () => PyLong_FromLong(tracesOwnMemory()),
      'Get the memory usage in bytes of the tracemalloc module.\n\nThis memory is used internally to trace memory allocations.',
    ),
    method(
      'get_traced_memory',
      '($module, /)',
      get_traced_memory,
      'Get the current size and peak size of memory blocks traced by tracemalloc.\n\nReturns a tuple: (current: int, peak: int).',
    ),
    method(
      'reset_peak',
      '($module, /)',
      reset_peak,
      'Set the peak size of memory blocks traced by tracemalloc to the current size.\n\nDo nothing if the tracemalloc module is not tracing memory allocations.',
    ),
  ],
});
