// What does the module `gc` export?  Invariant: it holds no state of its own; the collector is src/object/gc.ts.

import { H32 } from '../memory/linear.js';
import { PyObject_CallMethodOneArg } from '../object/call.js';
import { defineModule, fastcall, method } from '../object/declare.js';
import { PyDict_New, PyDict_SetItemString } from '../object/dict.js';
import {
  PyErr_Clear,
  PyErr_Occurred,
  PyErr_SetString,
  PyErr_WriteUnraisable,
  reprText,
  typeName,
} from '../object/errors.js';
import {
  _PyGC_GetObjects,
  _PyGC_GetReferrers,
  appendReferents,
  collectGeneration,
  DEBUG_COLLECTABLE,
  DEBUG_LEAK,
  DEBUG_SAVEALL,
  DEBUG_STATS,
  DEBUG_UNCOLLECTABLE,
  gc_callbacks,
  gc_debug,
  gc_garbage,
  generationStats,
  PyGC_Disable,
  PyGC_Enable,
  PyGC_Freeze,
  PyGC_GetFreezeCount,
  PyGC_IsEnabled,
  PyGC_Unfreeze,
  PyObject_GC_IsFinalized,
  setGCDebugWriter,
} from '../object/gc.js';
import { GEN_COUNT, GEN_THRESHOLD, GENERATIONS, generation, PyObject_GC_IsTracked } from '../object/gc_head.js';
import { decref, newref, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyList_Append, PyList_GET_SIZE, PyList_New } from '../object/list.js';
import { PyLong_AsInt, PyLong_FromLong } from '../object/long.js';
import { PyIndex_Check, PyNumber_AsSsize_t } from '../object/number.js';
import { PyBool_FromLong, PyObject_GetAttr, PyObject_SetAttrString } from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_None,
  PyExc_OverflowError,
  PyExc_ResourceWarning,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, tupleFromObjs } from '../object/tuple.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { warnExplicit } from './_warnings.js';

const s_stderr = ID('stderr');
const s_write = ID('write');

const none = () => newref(Py_None);

// The lines of gc.set_debug() go to sys.stderr; an error there is forgotten, as it is in the middle of a collection.
setGCDebugWriter((text) => {
  const sys = port.importModule('sys');
  const stderr = sys === 0 ? NULL : PyObject_GetAttr(sys, idObj(s_stderr));
  const line = stderr === 0 ? NULL : PyUnicode_FromString(text);
  const r = line === 0 ? NULL : PyObject_CallMethodOneArg(stderr, idObj(s_write), line);
  if (r === 0) PyErr_Clear();
  for (const o of [sys, stderr, line, r]) xdecref(o);
});

function gc_collect(_module: Obj, gen: number): Obj {
  if (gen < 0 || gen >= GENERATIONS) return PyErr_SetString(PyExc_ValueError, 'invalid generation');
  return PyLong_FromLong(collectGeneration(gen));
}

function gc_enable(): Obj {
  PyGC_Enable();
  return none();
}

function gc_disable(): Obj {
  PyGC_Disable();
  return none();
}

function gc_isenabled(): Obj {
  return PyBool_FromLong(PyGC_IsEnabled());
}

function gc_set_debug(_module: Obj, flags: number): Obj {
  H32[gc_debug] = flags;
  return none();
}

function gc_get_debug(): Obj {
  return PyLong_FromLong(H32[gc_debug]);
}

function gc_set_threshold(_module: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (kwnames !== 0 && PyTuple_GET_SIZE(kwnames) > 0)
    return PyErr_SetString(PyExc_TypeError, 'gc.set_threshold() takes no keyword arguments');
  if (nargs < 1 || nargs > 3) return PyErr_SetString(PyExc_TypeError, 'gc.set_threshold requires 1 to 3 arguments');
  const values: number[] = [];
  for (let i = 0; i < nargs; i++) {
    const value = PyLong_AsInt(H32[(args + 4 * i) >> 2] as Obj);
    if (value === -1 && PyErr_Occurred() !== 0) return NULL;
    values.push(value);
  }
  values.forEach((value, n) => {
    H32[(generation(n) + GEN_THRESHOLD) >> 2] = value;
  });
  return none();
}

/** A field of the three generations as a tuple. */
function perGeneration(field: number): Obj {
  const items = [0, 1, 2].map((n) => PyLong_FromLong(H32[(generation(n) + field) >> 2]));
  if (items.includes(NULL)) {
    for (const o of items) xdecref(o);
    return NULL;
  }
  return tupleFromObjs(items);
}

function gc_get_threshold(): Obj {
  return perGeneration(GEN_THRESHOLD);
}

function gc_get_count(): Obj {
  return perGeneration(GEN_COUNT);
}

function gc_get_referrers(_module: Obj, objs: Obj): Obj {
  const members = new Set<number>();
  for (let i = 0; i < PyTuple_GET_SIZE(objs); i++) members.add(PyTuple_GET_ITEM(objs, i));
  return _PyGC_GetReferrers(objs, members);
}

function gc_get_referents(_module: Obj, objs: Obj): Obj {
  const result = PyList_New(0);
  if (result === 0) return NULL;
  for (let i = 0; i < PyTuple_GET_SIZE(objs); i++) {
    if (appendReferents(PyTuple_GET_ITEM(objs, i), result) < 0) {
      decref(result);
      return NULL;
    }
  }
  return result;
}

function gc_get_objects(_module: Obj, which: Obj): Obj {
  let n = -1;
  if (which !== Py_None) {
    if (!PyIndex_Check(which)) {
      return PyErr_SetString(PyExc_TypeError, `argument should be integer or None, not '${typeName(which)}'`);
    }
    n = PyNumber_AsSsize_t(which, PyExc_OverflowError);
    if (n === -1 && PyErr_Occurred() !== 0) return NULL;
  }
  if (n < -1) return PyErr_SetString(PyExc_ValueError, 'generation parameter cannot be negative');
  return _PyGC_GetObjects(n);
}

function gc_get_stats(): Obj {
  const result = PyList_New(0);
  for (let n = 0; result !== 0 && n < GENERATIONS; n++) {
    const dict = PyDict_New();
    let ok = dict !== 0;
    for (const [key, value] of Object.entries(generationStats(n))) {
      const number = ok ? PyLong_FromLong(value) : NULL;
      ok = number !== 0 && PyDict_SetItemString(dict, key, number) === 0;
      xdecref(number);
    }
    ok = ok && PyList_Append(result, dict) === 0;
    xdecref(dict);
    if (!ok) {
      decref(result);
      return NULL;
    }
  }
  return result;
}

function gc_is_tracked(_module: Obj, o: Obj): Obj {
  return PyBool_FromLong(PyObject_GC_IsTracked(o));
}

function gc_is_finalized(_module: Obj, o: Obj): Obj {
  return PyBool_FromLong(PyObject_GC_IsFinalized(o));
}

function gc_freeze(): Obj {
  PyGC_Freeze();
  return none();
}

function gc_unfreeze(): Obj {
  PyGC_Unfreeze();
  return none();
}

function gc_get_freeze_count(): Obj {
  return PyLong_FromLong(PyGC_GetFreezeCount());
}

/** At shutdown: warns of what gc.garbage still holds, and lists it with DEBUG_UNCOLLECTABLE (_PyGC_DumpShutdownStats). */
export function _PyGC_DumpShutdownStats(writeStderr: (text: string) => void): void {
  const garbage = H32[gc_garbage] as Obj;
  if (H32[gc_debug] & DEBUG_SAVEALL || garbage === 0 || PyList_GET_SIZE(garbage) === 0) return;
  const listing = (H32[gc_debug] & DEBUG_UNCOLLECTABLE) !== 0;
  const n = PyList_GET_SIZE(garbage);
  warnAtShutdown(
    `gc: ${n} uncollectable objects at shutdown${listing ? '' : '; use gc.set_debug(gc.DEBUG_UNCOLLECTABLE) to list them'}`,
  );
  if (listing) writeStderr(`      ${reprText(garbage)}\n`);
}

/** warnings.warn_explicit(message, ResourceWarning, 'gc', 0, 'gc') */
function warnAtShutdown(message: string): void {
  const text = PyUnicode_FromString(message);
  const name = text === 0 ? NULL : PyUnicode_FromString('gc');
  if (name === 0 || warnExplicit(PyExc_ResourceWarning, text, name, 0, name, NULL, NULL) < 0) {
    PyErr_WriteUnraisable(NULL, 'in garbage collection');
  }
  xdecref(text);
  xdecref(name);
}

const DOC = `This module provides access to the garbage collector for reference cycles.

enable() -- Enable automatic garbage collection.
disable() -- Disable automatic garbage collection.
isenabled() -- Returns true if automatic collection is enabled.
collect() -- Do a full collection right now.
get_count() -- Return the current collection counts.
get_stats() -- Return list of dictionaries containing per-generation stats.
set_debug() -- Set debugging flags.
get_debug() -- Get debugging flags.
set_threshold() -- Set the collection thresholds.
get_threshold() -- Return the current collection thresholds.
get_objects() -- Return a list of all objects tracked by the collector.
is_tracked() -- Returns true if a given object is tracked.
is_finalized() -- Returns true if a given object has been already finalized.
get_referrers() -- Return the list of objects that refer to an object.
get_referents() -- Return the list of objects that an object refers to.
freeze() -- Freeze all tracked objects and ignore them for future collections.
unfreeze() -- Unfreeze all objects in the permanent generation.
get_freeze_count() -- Return the number of objects in the permanent generation.
`;

const CONSTANTS = { DEBUG_STATS, DEBUG_COLLECTABLE, DEBUG_UNCOLLECTABLE, DEBUG_SAVEALL, DEBUG_LEAK };

function exec(module: Obj): number {
  for (const [name, value] of Object.entries(CONSTANTS)) {
    const number = PyLong_FromLong(value);
    const ok = number !== 0 && PyObject_SetAttrString(module, name, number) === 0;
    xdecref(number);
    if (!ok) return -1;
  }
  if (PyObject_SetAttrString(module, 'garbage', H32[gc_garbage] as Obj) < 0) return -1;
  return PyObject_SetAttrString(module, 'callbacks', H32[gc_callbacks] as Obj);
}

defineModule({
  name: 'gc',
  doc: DOC,
  functions: [
    method('enable', '($module, /)', gc_enable, 'Enable automatic garbage collection.'),
    method('disable', '($module, /)', gc_disable, 'Disable automatic garbage collection.'),
    method('isenabled', '($module, /)', gc_isenabled, 'Returns true if automatic garbage collection is enabled.'),
    method(
      'set_debug',
      '($module, flags: int, /)',
      gc_set_debug,
      `Set the garbage collection debugging flags.

  flags
    An integer that can have the following bits turned on:
      DEBUG_STATS - Print statistics during collection.
      DEBUG_COLLECTABLE - Print collectable objects found.
      DEBUG_UNCOLLECTABLE - Print unreachable but uncollectable objects
        found.
      DEBUG_SAVEALL - Save objects to gc.garbage rather than freeing them.
      DEBUG_LEAK - Debug leaking programs (everything but STATS).

Debugging information is written to sys.stderr.`,
    ),
    method('get_debug', '($module, /)', gc_get_debug, 'Get the garbage collection debugging flags.'),
    method('get_count', '($module, /)', gc_get_count, 'Return a three-tuple of the current collection counts.'),
    fastcall(
      'set_threshold',
      null,
      gc_set_threshold,
      `set_threshold(threshold0, [threshold1, [threshold2]])
Set the collection thresholds (the collection frequency).

Setting 'threshold0' to zero disables collection.`,
    ),
    method('get_threshold', '($module, /)', gc_get_threshold, 'Return the current collection thresholds.'),
    method(
      'collect',
      '($module, /, generation: int = 2)',
      gc_collect,
      `Run the garbage collector.

With no arguments, run a full collection.  The optional argument
may be an integer specifying which generation to collect.  A ValueError
is raised if the generation number is invalid.

The number of unreachable objects is returned.`,
    ),
    method(
      'get_objects',
      '($module, /, generation=None)',
      gc_get_objects,
      `Return a list of objects tracked by the collector (excluding the list returned).

  generation
    Generation to extract the objects from.

If generation is not None, return only the objects tracked by the
collector that are in that generation.`,
    ),
    method(
      'get_stats',
      '($module, /)',
      gc_get_stats,
      'Return a list of dictionaries containing per-generation statistics.',
    ),
    method(
      'is_tracked',
      '($module, obj, /)',
      gc_is_tracked,
      `Returns true if the object is tracked by the garbage collector.

Simple atomic objects will return false.`,
    ),
    method(
      'get_referrers',
      '($module, /, *objs)',
      gc_get_referrers,
      "Return the list of objects that directly refer to any of 'objs'.",
    ),
    method(
      'get_referents',
      '($module, /, *objs)',
      gc_get_referents,
      "Return the list of objects that are directly referred to by 'objs'.",
    ),
    method(
      'is_finalized',
      '($module, obj, /)',
      gc_is_finalized,
      'Returns true if the object has been already finalized by the GC.',
    ),
    method(
      'freeze',
      '($module, /)',
      gc_freeze,
      `Freeze all current tracked objects and ignore them for future collections.

This can be used before a POSIX fork() call to make the gc copy-on-write
friendly.
Note: collection before a POSIX fork() call may free pages for future
allocation which can cause copy-on-write.`,
    ),
    method(
      'unfreeze',
      '($module, /)',
      gc_unfreeze,
      `Unfreeze all objects in the permanent generation.

Put all objects in the permanent generation back into oldest generation.`,
    ),
    method(
      'get_freeze_count',
      '($module, /)',
      gc_get_freeze_count,
      'Return the number of objects in the permanent generation.',
    ),
  ],
  exec,
});
