// How does a language of native code's own report its events?  (the part of _testcapi about PEP 669's C API)
//
// Invariant: a CodeLike owns a buffer of one state word for each of its places.

import { PyMem_Calloc } from '../memory/alloc.js';
import { H32, staticWord } from '../memory/linear.js';
import { defineType, fastcall, type MethodDef, method } from '../object/declare.js';
import {
  PyErr_Clear,
  PyErr_Occurred,
  PyErr_SetRaisedException,
  PyErr_SetString,
  PyExceptionInstance_Check,
} from '../object/errors.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { buffer, i32, layout } from '../object/layout.js';
import { PyLong_AsInt, PyLong_FromLong } from '../object/long.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_TypeError, PyExc_ValueError, staticType } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import {
  PyMonitoring_EnterScope,
  PyMonitoring_Fire,
  PyMonitoring_FireException,
  PyMonitoring_FireStopIteration,
} from '../vm/monitoring_capi.js';
import {
  BRANCH_LEFT,
  BRANCH_RIGHT,
  CALL_EVENT,
  EXCEPTION_HANDLED,
  JUMP_EVENT,
  LINE,
  PY_RESUME,
  PY_RETURN,
  PY_START,
  PY_THROW,
  PY_UNWIND,
  PY_YIELD,
  RAISE,
  RERAISE_EVENT,
} from '../vm/monitoring_state.js';
import { none } from './testcapi_util.js';

export const CodeLike_Type = staticType();
const CodeLike = layout({ states: buffer, count: i32 });

const countOf = (o: Obj): number => H32[(o + CodeLike.count) >> 2];
/** Index into H32 of state i. */
const stateOf = (o: Obj, i: number): number => (H32[(o + CodeLike.states) >> 2] >> 2) + i;

function codelike_new(type: Obj, args: Obj): Obj {
  if (PyTuple_GET_SIZE(args) !== 1) return PyErr_SetString(PyExc_TypeError, 'CodeLike() takes exactly 1 argument');
  const n = PyLong_AsInt(PyTuple_GET_ITEM(args, 0));
  if (n === -1 && PyErr_Occurred() !== 0) return NULL;
  const o = PyType_GenericAlloc(type, 0);
  if (o === 0) return NULL;
  const states = PyMem_Calloc(Math.max(n, 0), 4);
  if (states === 0) {
    decref(o);
    return PyErr_NoMemory();
  }
  H32[(o + CodeLike.states) >> 2] = states;
  H32[(o + CodeLike.count) >> 2] = n;
  return o;
}

function codelike_str(o: Obj): Obj {
  const states = Array.from({ length: countOf(o) }, (_, i) => ` ${H32[stateOf(o, i)]}`);
  return PyUnicode_FromString(`PyCodeLikeObject${states.length > 0 ? ':' : ''}${states.join('')}`);
}

defineType({
  type: CodeLike_Type,
  name: 'monitoring.CodeLike',
  layout: CodeLike,
  late: true,
  doc: 'CodeLike objects',
  slots: { tp_new: codelike_new, tp_str: codelike_str },
});

/** A report in the making: the state's index, or -1 with an exception.  The exception to report is raised. */
function setUp(code: Obj, offset: number, exception: Obj): number {
  if (Py_TYPE(code) !== CodeLike_Type) {
    PyErr_SetString(PyExc_TypeError, 'expected a code-like');
    return -1;
  }
  if (offset < 0 || offset >= countOf(code)) {
    PyErr_SetString(PyExc_ValueError, `offset ${offset} is out of range`);
    return -1;
  }
  if (exception !== 0 && exception !== Py_None) {
    if (!PyExceptionInstance_Check(exception)) {
      PyErr_SetString(PyExc_TypeError, 'expected an exception');
      return -1;
    }
    PyErr_SetRaisedException(newref(exception));
  }
  return stateOf(code, offset);
}

/** The report's end: the tools that still watch, or NULL with the callback's exception. */
function tearDown(r: number, state: number): Obj {
  if (r < 0) return NULL;
  PyErr_Clear();
  return PyLong_FromLong(H32[state]);
}

const plainEvent = (event: number) => (_m: Obj, code: Obj, offset: number) => {
  const state = setUp(code, offset, NULL);
  return state < 0 ? NULL : tearDown(PyMonitoring_Fire(state, event, code, offset), state);
};

const valueEvent = (event: number) => (_m: Obj, code: Obj, offset: number, value: Obj) => {
  const state = setUp(code, offset, NULL);
  return state < 0 ? NULL : tearDown(PyMonitoring_Fire(state, event, code, offset, value), state);
};

/** The argument is a number: the target's offset, or a line. */
const numberEvent = (event: number) => (_m: Obj, code: Obj, offset: number, target: Obj) => {
  if (PyLong_AsInt(target) === -1 && PyErr_Occurred() !== 0) return NULL;
  return valueEvent(event)(_m, code, offset, target);
};

const exceptionEvent = (event: number) => (_m: Obj, code: Obj, offset: number, exception: Obj) => {
  const state = setUp(code, offset, exception);
  return state < 0 ? NULL : tearDown(PyMonitoring_FireException(state, event, code, offset), state);
};

function fire_call(_m: Obj, code: Obj, offset: number, callable: Obj, arg0: Obj): Obj {
  const state = setUp(code, offset, NULL);
  return state < 0 ? NULL : tearDown(PyMonitoring_Fire(state, CALL_EVENT, code, offset, callable, arg0), state);
}

function fire_stop_iteration(_m: Obj, code: Obj, offset: number, value: Obj): Obj {
  const state = setUp(code, offset, NULL);
  return state < 0 ? NULL : tearDown(PyMonitoring_FireStopIteration(state, code, offset, value), state);
}

/** The version that the states of all scopes had when they were entered last: every entry brings them up to date. */
const version = staticWord();

function monitoring_enter_scope(_m: Obj, args: number, nargs: number): Obj {
  const at = args >> 2;
  if (nargs < 2 || Py_TYPE(H32[at] as Obj) !== CodeLike_Type) {
    return PyErr_SetString(PyExc_TypeError, 'expected a code-like and events');
  }
  const events: number[] = [];
  for (let i = 1; i < nargs; i++) {
    const event = PyLong_AsInt(H32[at + i] as Obj);
    if (event === -1 && PyErr_Occurred() !== 0) return NULL;
    events.push(event);
  }
  const code = H32[at] as Obj;
  if (events.length > countOf(code)) return PyErr_SetString(PyExc_ValueError, 'too many events');
  H32[version] = -1;
  PyMonitoring_EnterScope(stateOf(code, 0), version, events);
  return none();
}

const fire = (name: string, rest: string, f: (m: Obj, code: Obj, offset: number, a: Obj, b: Obj) => Obj): MethodDef =>
  method(`fire_event_${name}`, `!($module, codelike, offset: int${rest}, /)`, f);

export const MONITORING_FUNCTIONS: readonly MethodDef[] = [
  fire('py_start', '', plainEvent(PY_START)),
  fire('py_resume', '', plainEvent(PY_RESUME)),
  fire('py_return', ', retval', valueEvent(PY_RETURN)),
  fire('py_yield', ', retval', valueEvent(PY_YIELD)),
  fire('call', ', callable, arg0', fire_call),
  fire('line', ', lineno', numberEvent(LINE)),
  fire('jump', ', target_offset', numberEvent(JUMP_EVENT)),
  fire('branch_left', ', target_offset', numberEvent(BRANCH_LEFT)),
  fire('branch_right', ', target_offset', numberEvent(BRANCH_RIGHT)),
  fire('py_throw', ', exception', exceptionEvent(PY_THROW)),
  fire('raise', ', exception', exceptionEvent(RAISE)),
  fire('reraise', ', exception', exceptionEvent(RERAISE_EVENT)),
  fire('exception_handled', ', exception', exceptionEvent(EXCEPTION_HANDLED)),
  fire('py_unwind', ', exception', exceptionEvent(PY_UNWIND)),
  fire('stop_iteration', ', value', fire_stop_iteration),
  fastcall('monitoring_enter_scope', null, monitoring_enter_scope),
  method('monitoring_exit_scope', '!($module, /)', (_m: Obj) => none()),
];
