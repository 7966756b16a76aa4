// Who called whom, how often, and how long did it take?  (_lsprof, the machinery of cProfile)
//
// Invariant: what is running is a chain of contexts, innermost first; each names the entry of its function and knows when it began and how
// much of its time went to what it called.  Times are kept as the clock counts (nanoseconds, or an external timer's own units) and become
// seconds only when they are shown.

import { host } from '../config/host_interface.js';
import { HF64, H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { PyObject_CallFunctionObjArgs, PyObject_CallNoArgs } from '../object/call.js';
import { defineModule, defineType, method } from '../object/declare.js';
import { m_ml, m_module, m_self } from '../object/descr.js';
import { methodDefs, ML_DEF } from '../object/declare.js';
import {
  PyDict_Clear,
  PyDict_GetItemWithError,
  PyDict_New,
  PyDict_Next,
  PyDict_SetItem,
  dictValue,
} from '../object/dict.js';
import {
  errMinus1,
  PyErr_Clear,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetRaisedException,
  PyErr_SetString,
  PyErr_WriteUnraisable,
  reprText,
} from '../object/errors.js';
import { PyFloat_AsDouble, PyFloat_FromDouble } from '../object/float.js';
import { F } from '../object/functable.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { f64, i32, layout, ref } from '../object/layout.js';
import { _PyList_AppendTakeRef, PyList_New } from '../object/list.js';
import { asBigInt, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyObject_GetAttr, PyObject_GetAttrString, PyObject_Repr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_None,
  PyCFunction_Type,
  PyExc_RuntimeError,
  PyExc_TypeError,
  PyMethodDescr_Type,
  PyModule_Type,
  staticType,
} from '../object/statics.js';
import { PyModule_GetNameObject } from '../object/module_storage.js';
import { tp_descr_get } from '../object/type_layout.js';
import { _PyType_Lookup } from '../object/type_lookup.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { structInstance, structType } from '../types/structseq.js';
import { monitoringMissing } from '../vm/monitoring_objects.js';
import { PySys_GetObject } from '../vm/sys_state.js';

// ---- What is kept ------------------------------------------------------------------------------------------------------------

const ENABLED = 1;
const SUBCALLS = 2;
const BUILTINS = 4;
/** The external timer is being asked: nothing may be changed meanwhile. */
const ASKING = 8;

/** The id that sys.monitoring reserves for profilers. */
const TOOL_ID = 2;

const Profiler_Type = staticType();
const Profiler = layout({ entries: ref, context: ref, timer: ref, flags: i32, unit: f64 });

/** The figures of a function, or of the calls of it from one other; `calls`: by whom it called, a dict, or NULL. */
const Entry_Type = staticType();
const Entry = layout({
  code: ref,
  calls: ref,
  total: f64,
  inline: f64,
  count: i32,
  recursive: i32,
  level: i32,
  key: i32,
});

const Context_Type = staticType();
const Context = layout({ previous: ref, entry: ref, start: f64, below: f64 });

defineType({ type: Entry_Type, name: '_lsprof._Entry', layout: Entry });
defineType({ type: Context_Type, name: '_lsprof._Context', layout: Context });

const word = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;
const flagsOf = (self: Obj): number => H32[(self + Profiler.flags) >> 2];

function setFlag(self: Obj, flag: number, on: boolean): void {
  if (on) H32[(self + Profiler.flags) >> 2] |= flag;
  else H32[(self + Profiler.flags) >> 2] &= ~flag;
}

// ---- Time --------------------------------------------------------------------------------------------------------------------

/** What the external timer says, in its units if it has one (then it counts in integers), else in nanoseconds; 0 if it fails, which is reported. */
function externalTime(self: Obj): number {
  const timer = newref(word(self, Profiler.timer));
  const nested = (flagsOf(self) & ASKING) !== 0;
  setFlag(self, ASKING, true);
  const o = PyObject_CallNoArgs(timer);
  setFlag(self, ASKING, nested);
  let t = 0;
  if (o !== 0) {
    if (HF64[(self + Profiler.unit) >> 3] > 0) {
      if (PyLong_Check(o)) t = Number(asBigInt(o));
      else PyErr_SetString(PyExc_TypeError, 'an integer is required');
    } else t = Math.floor(PyFloat_AsDouble(o) * 1e9);
    decref(o);
  }
  if (PyErr_Occurred() !== 0) {
    const saved = PyErr_GetRaisedException();
    const text = reprText(timer) ?? '?';
    PyErr_SetRaisedException(saved);
    PyErr_WriteUnraisable(NULL, `calling _lsprof timer ${text}`);
    t = 0;
  }
  decref(timer);
  return t;
}

function now(self: Obj): number {
  return word(self, Profiler.timer) === 0 ? Number(host.monotonicNs()) : externalTime(self);
}

// ---- Entries -----------------------------------------------------------------------------------------------------------------

/** The entry of `key` in a dict: borrowed, or NULL (without an exception). */
function find(entries: Obj, key: number): Obj {
  const k = PyLong_FromLong(key);
  const e = k === 0 ? NULL : PyDict_GetItemWithError(entries, k);
  xdecref(k);
  if (e === 0) PyErr_Clear();
  return e;
}

/** Enters a new entry for `code` (stolen): borrowed, or NULL with MemoryError. */
function add(entries: Obj, key: number, code: Obj): Obj {
  const k = PyLong_FromLong(key);
  const e = k === 0 ? NULL : PyType_GenericAlloc(Entry_Type, 0);
  if (e === 0) {
    xdecref(k);
    decref(code);
    return NULL;
  }
  H32[(e + Entry.code) >> 2] = code;
  H32[(e + Entry.key) >> 2] = key;
  const r = PyDict_SetItem(entries, k, e);
  decref(k);
  decref(e);
  return r < 0 ? NULL : e;
}

/** How often a caller's entry says that it called the function of `entry`: borrowed, made if need be; NULL if there is no memory. */
function callOf(caller: Obj, entry: Obj, make: boolean): Obj {
  let calls = word(caller, Entry.calls);
  const key = H32[(entry + Entry.key) >> 2];
  if (calls !== 0) {
    const there = find(calls, key);
    if (there !== 0 || !make) return there;
  } else {
    if (!make) return NULL;
    calls = PyDict_New();
    if (calls === 0) return NULL;
    H32[(caller + Entry.calls) >> 2] = calls;
  }
  return add(calls, key, newref(word(entry, Entry.code)));
}

/** What is shown for a function that is not Python's: a new str, or NULL. */
function nativeName(f: Obj): Obj {
  const name = methodDefs[H32[(word(f, m_ml) + ML_DEF) >> 2]].name;
  const self = word(f, m_self);
  if (self === 0 || Py_TYPE(self) === PyModule_Type) {
    const module = word(f, m_module);
    const moduleName = module === 0 ? NULL : PyUnicode_Check(module) ? newref(module) : PyModule_GetNameObject(module);
    if (moduleName !== 0) {
      const text = asString(moduleName);
      decref(moduleName);
      return PyUnicode_FromString(`<built-in method ${text}.${name}>`);
    }
    PyErr_Clear();
    return PyUnicode_FromString(`<built-in method ${name}>`);
  }
  const key = PyUnicode_FromString(name);
  const found = key === 0 ? NULL : _PyType_Lookup(Py_TYPE(self), key);
  xdecref(key);
  const text = found === 0 ? NULL : PyObject_Repr(found);
  if (text !== 0) return text;
  PyErr_Clear();
  return PyUnicode_FromString(`<built-in method ${name}>`);
}

// ---- Beginning and ending -----------------------------------------------------------------------------------------------------

/** A call begins; `code` is what the entry is for (borrowed).  Exceptions are kept as they are. */
function enter(self: Obj, key: number, code: Obj): void {
  const saved = PyErr_GetRaisedException();
  const entries = word(self, Profiler.entries);
  let entry = find(entries, key);
  if (entry === 0) {
    const shown = Py_TYPE(code) === PyCFunction_Type ? nativeName(code) : newref(code);
    if (shown !== 0) entry = add(entries, key, shown);
  }
  const context = entry === 0 ? NULL : PyType_GenericAlloc(Context_Type, 0);
  if (context !== 0) {
    const previous = word(self, Profiler.context);
    H32[(context + Context.previous) >> 2] = previous;
    H32[(context + Context.entry) >> 2] = newref(entry);
    H32[(self + Profiler.context) >> 2] = context;
    H32[(entry + Entry.level) >> 2]++;
    if (flagsOf(self) & SUBCALLS && previous !== 0) {
      const call = callOf(word(previous, Context.entry), entry, true);
      if (call !== 0) H32[(call + Entry.level) >> 2]++;
    }
    // The timer may itself be profiled, and end calls that it has not begun.
    incref(context);
    HF64[(context + Context.start) >> 3] = now(self);
    decref(context);
  }
  PyErr_SetRaisedException(saved);
}

function count(entry: Obj, total: number, inline: number): void {
  if (--H32[(entry + Entry.level) >> 2] === 0) HF64[(entry + Entry.total) >> 3] += total;
  else H32[(entry + Entry.recursive) >> 2]++;
  HF64[(entry + Entry.inline) >> 3] += inline;
  H32[(entry + Entry.count) >> 2]++;
}

/** The innermost call ends, if there is one (still, when the timer has been asked). */
function stop(self: Obj): void {
  const end = now(self);
  const context = word(self, Profiler.context);
  if (context === 0) return;
  const total = end - HF64[(context + Context.start) >> 3];
  const inline = total - HF64[(context + Context.below) >> 3];
  const previous = word(context, Context.previous);
  const entry = word(context, Context.entry);
  if (previous !== 0) HF64[(previous + Context.below) >> 3] += total;
  H32[(self + Profiler.context) >> 2] = previous;
  H32[(context + Context.previous) >> 2] = 0;
  count(entry, total, inline);
  if (flagsOf(self) & SUBCALLS && previous !== 0) {
    const call = callOf(word(previous, Context.entry), entry, false);
    if (call !== 0) count(call, total, inline);
  }
  decref(context);
}

/** The call of the function with that key ends, if it is known. */
function leave(self: Obj, key: number): void {
  const context = word(self, Profiler.context);
  if (context === 0) return;
  const saved = PyErr_GetRaisedException();
  if (find(word(self, Profiler.entries), key) !== 0) stop(self);
  else {
    H32[(self + Profiler.context) >> 2] = word(context, Context.previous);
    H32[(context + Context.previous) >> 2] = 0;
    decref(context);
  }
  PyErr_SetRaisedException(saved);
}

// ---- What sys.monitoring calls ------------------------------------------------------------------------------------------------

const none = (): Obj => newref(Py_None);

function onStart(self: Obj, code: Obj): Obj {
  enter(self, code, code);
  return none();
}

function onReturn(self: Obj, code: Obj): Obj {
  leave(self, code);
  return none();
}

/** The native function that a call is of: a new reference, or NULL (perhaps with an exception). */
function nativeOf(callable: Obj, first: Obj): Obj {
  if (Py_TYPE(callable) === PyCFunction_Type) return newref(callable);
  if (Py_TYPE(callable) !== PyMethodDescr_Type || first === monitoringMissing()) return NULL;
  const method = F[H32[(PyMethodDescr_Type + tp_descr_get) >> 2]](callable, first, Py_TYPE(first)) as Obj;
  if (method !== 0 && Py_TYPE(method) === PyCFunction_Type) return method;
  xdecref(method);
  PyErr_Clear();
  return NULL;
}

function onNative(self: Obj, callable: Obj, first: Obj, begins: boolean): Obj {
  const f = flagsOf(self) & BUILTINS ? nativeOf(callable, first) : NULL;
  if (f !== 0) {
    const key = word(f, m_ml);
    if (begins) enter(self, key, f);
    else leave(self, key);
    decref(f);
  }
  return none();
}

/** The events and who is called for them. */
const CALLBACKS: readonly (readonly [event: string, callback: string])[] = [
  ['PY_START', '_pystart_callback'],
  ['PY_RESUME', '_pystart_callback'],
  ['PY_THROW', '_pythrow_callback'],
  ['PY_RETURN', '_pyreturn_callback'],
  ['PY_YIELD', '_pyreturn_callback'],
  ['PY_UNWIND', '_pyreturn_callback'],
  ['CALL', '_ccall_callback'],
  ['C_RETURN', '_creturn_callback'],
  ['C_RAISE', '_creturn_callback'],
];
const s_use_tool_id = ID('use_tool_id');
const s_free_tool_id = ID('free_tool_id');
const s_register_callback = ID('register_callback');
const s_set_events = ID('set_events');
const s_events = ID('events');

/** Calls a function of sys.monitoring with the tool's id and the rest (borrowed): false with an exception. */
function monitor(name: number, ...rest: Obj[]): boolean {
  const monitoring = PySys_GetObject('monitoring');
  if (monitoring === 0) {
    PyErr_SetString(PyExc_RuntimeError, 'lost sys.monitoring');
    return false;
  }
  const f = PyObject_GetAttr(monitoring, idObj(name));
  const tool = f === 0 ? NULL : PyLong_FromLong(TOOL_ID);
  const r = tool === 0 ? NULL : PyObject_CallFunctionObjArgs(f, tool, ...rest);
  for (const o of [f, tool, r]) xdecref(o);
  return r !== 0;
}

/** The number of an event of sys.monitoring: a new reference, or NULL. */
function eventNumber(name: string): Obj {
  const monitoring = PySys_GetObject('monitoring');
  const events = monitoring === 0 ? NULL : PyObject_GetAttr(monitoring, idObj(s_events));
  const n = events === 0 ? NULL : PyObject_GetAttrString(events, name);
  xdecref(events);
  return n;
}

/** Has the callbacks called (or none any more) for all events: false with an exception. */
function setCallbacks(self: Obj, on: boolean): boolean {
  let all = 0;
  for (const [event, name] of CALLBACKS) {
    const number = eventNumber(event);
    const callback = number === 0 ? NULL : on ? PyObject_GetAttrString(self, name) : none();
    const ok = callback !== 0 && monitor(s_register_callback, number, callback);
    if (ok && on) all |= Number(asBigInt(number));
    xdecref(callback);
    xdecref(number);
    if (!ok) return false;
  }
  const events = PyLong_FromLong(all);
  const ok = events !== 0 && monitor(s_set_events, events);
  xdecref(events);
  return ok;
}

// ---- The object --------------------------------------------------------------------------------------------------------------

function setOptions(self: Obj, subcalls: number, builtins: number): void {
  setFlag(self, SUBCALLS, subcalls !== 0);
  setFlag(self, BUILTINS, builtins !== 0);
}

function profiler_enable(self: Obj, subcalls: number, builtins: number): Obj {
  setOptions(self, subcalls, builtins);
  const name = PyUnicode_FromString('cProfile');
  const ok = name !== 0 && monitor(s_use_tool_id, name) && setCallbacks(self, true);
  xdecref(name);
  if (!ok) return NULL;
  setFlag(self, ENABLED, true);
  return none();
}

/** Ends the calls that have not ended. */
function flush(self: Obj): void {
  while (word(self, Profiler.context) !== 0) stop(self);
}

function profiler_disable(self: Obj): Obj {
  if (flagsOf(self) & ASKING) return PyErr_SetString(PyExc_RuntimeError, 'cannot disable profiler in external timer');
  if (flagsOf(self) & ENABLED) {
    if (!setCallbacks(self, false) || !monitor(s_free_tool_id)) return NULL;
    setFlag(self, ENABLED, false);
    flush(self);
  }
  return none();
}

function profiler_clear(self: Obj): Obj {
  if (flagsOf(self) & ASKING) return PyErr_SetString(PyExc_RuntimeError, 'cannot clear profiler in external timer');
  forgetContexts(self);
  PyDict_Clear(word(self, Profiler.entries));
  return none();
}

function forgetContexts(self: Obj): void {
  for (let context = word(self, Profiler.context); context !== 0; context = word(self, Profiler.context)) {
    H32[(self + Profiler.context) >> 2] = word(context, Context.previous);
    H32[(context + Context.previous) >> 2] = 0;
    decref(context);
  }
}

const profilerEntry = structType('_lsprof.profiler_entry', '', [
  ['code', 'code object or built-in function name'],
  ['callcount', 'how many times this was called'],
  ['reccallcount', 'how many times called recursively'],
  ['totaltime', 'total time in this entry'],
  ['inlinetime', 'inline time in this entry (not in subcalls)'],
  ['calls', 'details of the calls'],
]);
const profilerSubentry = structType('_lsprof.profiler_subentry', '', [
  ['code', 'called code object or built-in function name'],
  ['callcount', 'how many times this is called'],
  ['reccallcount', 'how many times this is called recursively'],
  ['totaltime', 'total time spent in this call'],
  ['inlinetime', 'inline time (not in further subcalls)'],
]);

function figures(entry: Obj, unit: number): Obj[] {
  return [
    newref(word(entry, Entry.code)),
    PyLong_FromLong(H32[(entry + Entry.count) >> 2]),
    PyLong_FromLong(H32[(entry + Entry.recursive) >> 2]),
    PyFloat_FromDouble(HF64[(entry + Entry.total) >> 3] * unit),
    PyFloat_FromDouble(HF64[(entry + Entry.inline) >> 3] * unit),
  ];
}

/** A list of what `show` makes (new, or NULL) of the entries of a dict that have been left at least once: new, or NULL. */
function shown(entries: Obj, show: (entry: Obj) => Obj): Obj {
  const list = PyList_New(0);
  let pos = 0;
  while (list !== 0 && (pos = PyDict_Next(entries, pos)) !== 0) {
    if (H32[(dictValue + Entry.count) >> 2] === 0) continue;
    const o = show(dictValue);
    if (o === 0 || _PyList_AppendTakeRef(list, o) < 0) {
      decref(list);
      return NULL;
    }
  }
  return list;
}

function profiler_getstats(self: Obj): Obj {
  const given = HF64[(self + Profiler.unit) >> 3];
  const unit = word(self, Profiler.timer) === 0 || given === 0 ? 1e-9 : given;
  return shown(word(self, Profiler.entries), (entry) => {
    const calls = word(entry, Entry.calls);
    const list = calls === 0 ? none() : shown(calls, (call) => structInstance(profilerSubentry, figures(call, unit)));
    return structInstance(profilerEntry, [...figures(entry, unit), list]);
  });
}

function profiler_new(type: Obj): Obj {
  const self = PyType_GenericAlloc(type, 0);
  const entries = self === 0 ? NULL : PyDict_New();
  if (entries === 0) {
    xdecref(self);
    return NULL;
  }
  H32[(self + Profiler.entries) >> 2] = entries;
  return self;
}

const INIT = parseSignature(
  'Profiler',
  '(timer=None, timeunit: double = 0.0, subcalls: bool = True, builtins: bool = True)',
);

function profiler_init(self: Obj, args: Obj, kwargs: Obj): number {
  if (!bindTuple(INIT, args, kwargs)) return -1;
  const [timer, unit, subcalls, builtins] = bound as [Obj, number, number, number];
  if (flagsOf(self) & ASKING) return errMinus1(PyExc_RuntimeError, 'cannot change the timer in external timer');
  const old = word(self, Profiler.timer);
  H32[(self + Profiler.timer) >> 2] = timer === Py_None ? 0 : newref(timer);
  xdecref(old);
  setOptions(self, subcalls, builtins);
  HF64[(self + Profiler.unit) >> 3] = unit;
  return 0;
}

const ENTRY_TEXT = `list of profiler_entry objects.

getstats() -> list of profiler_entry objects

Return all information collected by the profiler.
Each profiler_entry is a tuple-like object with the
following attributes:

    code          code object
    callcount     how many times this was called
    reccallcount  how many times called recursively
    totaltime     total time in this entry
    inlinetime    inline time in this entry (not in subcalls)
    calls         details of the calls

The calls attribute is either None or a list of
profiler_subentry objects:

    code          called code object
    callcount     how many times this is called
    reccallcount  how many times this is called recursively
    totaltime     total time spent in this call
    inlinetime    inline time (not in further subcalls)`;

defineType({
  type: Profiler_Type,
  name: '_lsprof.Profiler',
  layout: Profiler,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  signature: '(timer=None, timeunit=0.0, subcalls=True, builtins=True)',
  doc: `Build a profiler object using the specified timer function.

The default timer is a fast built-in one based on real time.
For custom timer functions returning integers, 'timeunit' can
be a float specifying a scale (that is, how long each integer unit
is, in seconds).`,
  slots: { tp_new: profiler_new, tp_init: profiler_init },
  methods: [
    method('getstats', '($self, /)', profiler_getstats, ENTRY_TEXT),
    method(
      'enable',
      '($self, /, subcalls: bool = True, builtins: bool = True)',
      profiler_enable,
      'Start collecting profiling information.\n\n  subcalls\n    If True, also records for each function\n    statistics separated according to its current caller.\n  builtins\n    If True, records the time spent in\n    built-in functions separately from their caller.',
    ),
    method('disable', '($self, /)', profiler_disable, 'Stop collecting profiling information.'),
    method('clear', '($self, /)', profiler_clear, 'Clear all profiling information collected so far.'),
    method('_pystart_callback', '($self, code, instruction_offset, /)', onStart),
    method('_pythrow_callback', '($self, code, instruction_offset, exception, /)', onStart),
    method('_pyreturn_callback', '($self, code, instruction_offset, retval, /)', onReturn),
    method(
      '_ccall_callback',
      '($self, code, instruction_offset, callable, self_arg, /)',
      (self: Obj, _code: Obj, _offset: Obj, callable: Obj, first: Obj) => onNative(self, callable, first, true),
    ),
    method(
      '_creturn_callback',
      '($self, code, instruction_offset, callable, self_arg, /)',
      (self: Obj, _code: Obj, _offset: Obj, callable: Obj, first: Obj) => onNative(self, callable, first, false),
    ),
  ],
});

defineModule({ name: '_lsprof', doc: 'Fast profiler', types: [Profiler_Type, profilerEntry, profilerSubentry] });
