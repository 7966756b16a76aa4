// Which functions does `sys` have for watching?  (settrace, setprofile and sys.monitoring; PEP 669)

import { H32 } from '../memory/linear.js';
import { PyObject_Call } from '../object/call.js';
import { type MethodDef, method } from '../object/declare.js';
import { _PyNamespace_New } from '../types/namespace.js';
import { PyDict_New, PyDict_SetItemString } from '../object/dict.js';
import { PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import { moduleFromSpec, PyModule_AddObjectRef } from '../object/module_storage.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyCode_Type, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { PyTuple_Check } from '../object/tuple.js';
import { PyUnicode_Check } from '../object/unicode.js';
import { localEvents, newState, setLocalEvents } from './instrument.js';
import { makeMonitoringObjects, monitoringDisable, monitoringMissing } from './monitoring_objects.js';
import {
  BRANCH,
  BRANCH_LEFT,
  BRANCH_RIGHT,
  C_RAISE,
  C_RETURN,
  CALL_EVENT,
  EVENT_NAMES,
  EVENTS,
  globalEvents,
  instrumentation_version,
  LOCAL_EVENTS,
  restart_version,
  setCallback,
  setGlobalEvents,
  setToolName,
  SYS_PROFILE_ID,
  toolName,
  toolVersions,
  UNGROUPED_EVENTS,
} from './monitoring_state.js';
import { callTracing, profile_function, setProfile, setTrace, trace_function } from './tracing.js';

const none = (): Obj => newref(Py_None);

function settrace(_m: Obj, f: Obj): Obj {
  return setTrace(f === Py_None ? NULL : f) < 0 ? NULL : none();
}

function setprofile(_m: Obj, f: Obj): Obj {
  return setProfile(f === Py_None ? NULL : f) < 0 ? NULL : none();
}

function get(word: number): Obj {
  const f = H32[word] as Obj;
  return f === 0 ? none() : newref(f);
}

function call_tracing(_m: Obj, f: Obj, args: Obj): Obj {
  if (!PyTuple_Check(args))
    return PyErr_SetString(PyExc_TypeError, `call_tracing() argument 2 must be tuple, not ${typeName(args)}`);
  return callTracing(() => PyObject_Call(f, args, NULL));
}

export const traceFunctions: readonly MethodDef[] = [
  method(
    'settrace',
    '($module, function, /)',
    settrace,
    'Set the trace function, which is called at calls, lines, returns and exceptions.',
  ),
  method('gettrace', '($module, /)', () => get(trace_function), 'Return the trace function, or None.'),
  method(
    'setprofile',
    '($module, function, /)',
    setprofile,
    'Set the profile function, which is called at calls and returns.',
  ),
  method('getprofile', '($module, /)', () => get(profile_function), 'Return the profile function, or None.'),
  method('_settraceallthreads', '($module, function, /)', settrace, 'Set the trace function in all threads.'),
  method('_setprofileallthreads', '($module, function, /)', setprofile, 'Set the profile function in all threads.'),
  method(
    'call_tracing',
    '($module, func, args, /)',
    call_tracing,
    'Call func(*args) with tracing on, from within a trace function.',
  ),
];

// --- sys.monitoring

function validTool(tool: number): boolean {
  if (tool >= 0 && tool < SYS_PROFILE_ID) return true;
  PyErr_SetString(PyExc_ValueError, `invalid tool ${tool} (must be between 0 and 5)`);
  return false;
}

function inUse(tool: number): boolean {
  if (!validTool(tool)) return false;
  if (toolName(tool) !== 0) return true;
  PyErr_SetString(PyExc_ValueError, `tool ${tool} is not in use`);
  return false;
}

function use_tool_id(_m: Obj, tool: number, name: Obj): Obj {
  if (!validTool(tool)) return NULL;
  if (!PyUnicode_Check(name)) return PyErr_SetString(PyExc_ValueError, 'tool name must be a str');
  if (toolName(tool) !== 0) return PyErr_SetString(PyExc_ValueError, `tool ${tool} is already in use`);
  setToolName(tool, name);
  return none();
}

/** Forgets the tool's events and callbacks: 0, or -1. */
function clearTool(tool: number): number {
  for (let e = 0; e < EVENTS; e++) {
    const old = setCallback(tool, e, NULL);
    if (old !== 0) decref(old);
  }
  setGlobalEvents(tool, 0);
  H32[toolVersions + tool]++;
  return newState();
}

function clear_tool_id(_m: Obj, tool: number): Obj {
  if (!validTool(tool)) return NULL;
  if (toolName(tool) !== 0 && clearTool(tool) < 0) return NULL;
  return none();
}

function free_tool_id(_m: Obj, tool: number): Obj {
  if (!validTool(tool)) return NULL;
  if (toolName(tool) !== 0) {
    if (clearTool(tool) < 0) return NULL;
    setToolName(tool, NULL);
  }
  return none();
}

function get_tool(_m: Obj, tool: number): Obj {
  if (!validTool(tool)) return NULL;
  const name = toolName(tool);
  return name === 0 ? none() : newref(name);
}

function register_callback(_m: Obj, tool: number, event: number, f: Obj): Obj {
  if (!validTool(tool)) return NULL;
  // The event is a set with one member.
  const id = event > 0 ? 31 - Math.clz32(event) : -1;
  if (event <= 0 || event !== 1 << id)
    return PyErr_SetString(PyExc_ValueError, 'The callback can only be set for one event at a time');
  if (id >= EVENTS) return PyErr_SetString(PyExc_ValueError, `invalid event ${event}`);
  const callback = f === Py_None ? NULL : f;
  if (id === BRANCH) {
    // Both branches report to it.
    for (const side of [BRANCH_LEFT, BRANCH_RIGHT]) {
      const old = setCallback(tool, side, callback);
      if (old !== 0) decref(old);
    }
  }
  const old = setCallback(tool, id, callback);
  return old === 0 ? none() : old;
}

const C_EVENTS = (1 << C_RETURN) | (1 << C_RAISE);
const CALL_EVENTS = C_EVENTS | (1 << CALL_EVENT);

/** The set without the members that others bring: -1 with ValueError if it is not valid. */
function normalized(set: number): number {
  if (set < 0 || set >= 1 << EVENTS) {
    PyErr_SetString(PyExc_ValueError, `invalid event set 0x${(set >>> 0).toString(16)}`);
    return -1;
  }
  if (set & C_EVENTS && (set & CALL_EVENTS) !== CALL_EVENTS) {
    PyErr_SetString(PyExc_ValueError, 'cannot set C_RETURN or C_RAISE events independently');
    return -1;
  }
  set &= ~C_EVENTS;
  if (set & (1 << BRANCH)) set = (set & ~(1 << BRANCH)) | (1 << BRANCH_LEFT) | (1 << BRANCH_RIGHT);
  return set;
}

function get_events(_m: Obj, tool: number): Obj {
  return validTool(tool) ? PyLong_FromLong(globalEvents(tool)) : NULL;
}

function set_events(_m: Obj, tool: number, given: number): Obj {
  if (!validTool(tool)) return NULL;
  const set = normalized(given);
  if (set < 0 || !inUse(tool)) return NULL;
  if (setGlobalEvents(tool, set) && newState() < 0) return NULL;
  return none();
}

function checkCode(code: Obj): boolean {
  if (Py_TYPE(code) === PyCode_Type) return true;
  PyErr_SetString(PyExc_TypeError, 'code must be a code object');
  return false;
}

function get_local_events(_m: Obj, tool: number, code: Obj): Obj {
  if (!checkCode(code) || !inUse(tool)) return NULL;
  return PyLong_FromLong(localEvents(code, tool));
}

function set_local_events(_m: Obj, tool: number, code: Obj, given: number): Obj {
  if (!checkCode(code) || !validTool(tool)) return NULL;
  const set = normalized(given);
  if (set < 0) return NULL;
  if (set >= 1 << LOCAL_EVENTS)
    return PyErr_SetString(PyExc_ValueError, `invalid local event set 0x${set.toString(16)}`);
  if (!inUse(tool)) return NULL;
  return setLocalEvents(code, tool, set) < 0 ? NULL : none();
}

function restart_events(_m: Obj): Obj {
  H32[restart_version] = H32[instrumentation_version] + 1;
  return newState() < 0 ? NULL : none();
}

function _all_events(_m: Obj): Obj {
  const d = PyDict_New();
  if (d === 0) return NULL;
  for (let e = 0; e < UNGROUPED_EVENTS; e++) {
    let tools = 0;
    for (let tool = 0; tool < 8; tool++) if (globalEvents(tool) & (1 << e)) tools |= 1 << tool;
    if (tools === 0) continue;
    const n = PyLong_FromLong(tools);
    const failed = n === 0 || PyDict_SetItemString(d, EVENT_NAMES[e], n) < 0;
    if (n !== 0) decref(n);
    if (failed) {
      decref(d);
      return NULL;
    }
  }
  return d;
}

const SPEC = {
  name: 'sys.monitoring',
  doc: 'Watching the execution of code (PEP 669).',
  functions: [
    method('use_tool_id', '($module, tool_id: int, name: object, /)', use_tool_id),
    method('clear_tool_id', '($module, tool_id: int, /)', clear_tool_id),
    method('free_tool_id', '($module, tool_id: int, /)', free_tool_id),
    method('get_tool', '($module, tool_id: int, /)', get_tool),
    method('register_callback', '($module, tool_id: int, event: int, func: object, /)', register_callback),
    method('get_events', '($module, tool_id: int, /)', get_events),
    method('set_events', '($module, tool_id: int, event_set: int, /)', set_events),
    method('get_local_events', '($module, tool_id: int, code: object, /)', get_local_events),
    method('set_local_events', '($module, tool_id: int, code: object, event_set: int, /)', set_local_events),
    method('restart_events', '($module, /)', restart_events),
    method('_all_events', '($module, /)', _all_events),
  ],
};

const IDS: readonly (readonly [name: string, id: number])[] = [
  ['DEBUGGER_ID', 0],
  ['COVERAGE_ID', 1],
  ['PROFILER_ID', 2],
  ['OPTIMIZER_ID', 5],
];

/** The object sys.monitoring: a new reference, or NULL. */
export function makeMonitoring(): Obj {
  if (!makeMonitoringObjects()) return NULL;
  const m = moduleFromSpec(SPEC);
  if (m === 0) return NULL;
  const events = PyDict_New();
  let ok = events !== 0;
  const add = (dict: Obj, name: string, value: Obj): boolean => {
    const r = value !== 0 && PyDict_SetItemString(dict, name, value) === 0;
    if (value !== 0) decref(value);
    return r;
  };
  for (let e = 0; ok && e < EVENTS; e++) ok = add(events, EVENT_NAMES[e], PyLong_FromLong(1 << e));
  ok = ok && add(events, 'NO_EVENTS', PyLong_FromLong(0));
  if (ok) {
    const ns = _PyNamespace_New(events);
    ok = ns !== 0 && PyModule_AddObjectRef(m, 'events', ns) === 0;
    if (ns !== 0) decref(ns);
  }
  for (const [name, id] of IDS) {
    if (!ok) break;
    const n = PyLong_FromLong(id);
    ok = n !== 0 && PyModule_AddObjectRef(m, name, n) === 0;
    if (n !== 0) decref(n);
  }
  ok =
    ok &&
    PyModule_AddObjectRef(m, 'DISABLE', monitoringDisable()) === 0 &&
    PyModule_AddObjectRef(m, 'MISSING', monitoringMissing()) === 0;
  if (events !== 0) decref(events);
  if (ok) return m;
  decref(m);
  return NULL;
}
