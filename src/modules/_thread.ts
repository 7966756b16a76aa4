// What is `_thread` with one thread?
//
// Invariant: locks behave as locks do in a process whose only thread asks: a free lock is taken, a held one is never released by anybody else, so waiting
// for it without a time limit is refused with an error instead of hanging for ever; with a limit it waits and gives up.  Starting a thread says that it
// cannot.

import { host } from '../config/host_interface.js';
import { H32 } from '../memory/linear.js';
import { bindVector, bound } from '../object/bind.js';
import { PyCallable_Check } from '../object/call.js';
import { defineModule, defineType, fastcall, getset, method } from '../object/declare.js';
import { PyDict_Size } from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetNone, PyErr_SetString, typeName } from '../object/errors.js';
import { PyFloat_AsDouble, PyFloat_FromDouble } from '../object/float.js';
import { newref } from '../object/header.js';
import { dictField, i32, layout, weaklistField } from '../object/layout.js';
import { asSafeInteger, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { PyModule_Add, PyModule_AddObjectRef } from '../object/module_storage.js';
import { _PyObject_New, PyType_GenericAlloc } from '../object/new_object.js';
import { addressText, PyBool_FromLong, PyObject_GenericGetDict } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_None,
  PyBaseObject_Type,
  PyExc_OverflowError,
  PyExc_RuntimeError,
  PyExc_SystemExit,
  PyExc_TypeError,
  PyExc_ValueError,
  staticType,
} from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC, tp_init } from '../object/type_layout.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { structType } from '../types/structseq.js';
import { toPython } from './values.js';

/** The identifier of the only thread. */
export const MAIN_THREAD_ID = 1;
/** The longest time limit, in seconds: what fits 64 bits of nanoseconds, as CPython says it. */
const TIMEOUT_MAX = 9223372036;

const none = () => newref(Py_None);

// --- lock ---------------------------------------------------------------------------------------------------------------------

const lock_Type = staticType();
const Lock = layout({ locked: i32, weaklist: weaklistField });

const ACQUIRE = parseSignature('acquire', '(blocking: bool = True, timeout=-1)');

/** Reads (blocking, timeout): seconds to wait, 0 for not at all, -1 for ever; NaN with an exception. */
function waitTime(args: number, nargs: number, kwnames: Obj): number {
  if (!bindVector(ACQUIRE, args, nargs, kwnames)) return Number.NaN;
  const blocking = bound[0] !== 0;
  let timeout = -1;
  if (bound[1] !== 0) {
    timeout = PyFloat_AsDouble(bound[1] as Obj);
    if (timeout === -1 && PyErr_Occurred() !== 0) return Number.NaN;
  }
  const fail = (type: Obj, message: string): number => {
    PyErr_SetString(type, message);
    return Number.NaN;
  };
  if (!blocking && timeout !== -1) return fail(PyExc_ValueError, "can't specify a timeout for a non-blocking call");
  if (timeout < 0 && timeout !== -1) return fail(PyExc_ValueError, 'timeout value must be a non-negative number');
  if (timeout > TIMEOUT_MAX) return fail(PyExc_OverflowError, 'timeout value is too large');
  return blocking ? timeout : 0;
}

/** Waits for something that nobody can bring about: false after the time limit; RuntimeError (true) if there is none. */
function waitInVain(seconds: number): boolean {
  if (seconds < 0) {
    PyErr_SetString(PyExc_RuntimeError, 'deadlock: the lock is held by the only thread');
    return true;
  }
  if (seconds > 0) host.sleep(Math.round(seconds * 1e9));
  return false;
}

function lock_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (PyTuple_GET_SIZE(args) > 0 || kwargs !== 0) return PyErr_SetString(PyExc_TypeError, 'lock() takes no arguments');
  return PyType_GenericAlloc(type, 0);
}

function lock_acquire(self: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  const seconds = waitTime(args, nargs, kwnames);
  if (Number.isNaN(seconds)) return NULL;
  if (H32[(self + Lock.locked) >> 2] !== 0) return waitInVain(seconds) ? NULL : PyBool_FromLong(false);
  H32[(self + Lock.locked) >> 2] = 1;
  return PyBool_FromLong(true);
}

function lock_release(self: Obj): Obj {
  if (H32[(self + Lock.locked) >> 2] === 0) return PyErr_SetString(PyExc_RuntimeError, 'release unlocked lock');
  H32[(self + Lock.locked) >> 2] = 0;
  return none();
}

function lock_locked(self: Obj): Obj {
  return PyBool_FromLong(H32[(self + Lock.locked) >> 2]);
}

function lock_repr(self: Obj): Obj {
  const state = H32[(self + Lock.locked) >> 2] ? 'locked' : 'unlocked';
  return PyUnicode_FromString(`<${state} ${typeName(self)} object at ${addressText(self)}>`);
}

function lock_reinit(self: Obj): Obj {
  H32[(self + Lock.locked) >> 2] = 0;
  return none();
}

const acquireDoc =
  'Lock the lock.\n\nWithout argument, this blocks if the lock is already locked\n(even by the same thread), waiting for another thread to release\nthe lock, and return True once the lock is acquired.';
const releaseDoc =
  'Release the lock, allowing another thread that is blocked waiting for\nthe lock to acquire the lock.';

defineType({
  type: lock_Type,
  name: '_thread.lock',
  layout: Lock,
  doc: 'A lock object is a synchronization primitive.',
  slots: { tp_new: lock_new, tp_repr: lock_repr },
  methods: [
    fastcall('acquire_lock', '($self, blocking=True, timeout=-1)', lock_acquire, 'An obsolete synonym of acquire().'),
    fastcall('acquire', '($self, blocking=True, timeout=-1)', lock_acquire, acquireDoc),
    method('release_lock', '($self, /)', lock_release, 'An obsolete synonym of release().'),
    method('release', '($self, /)', lock_release, releaseDoc),
    method('locked_lock', '($self, /)', lock_locked, 'An obsolete synonym of locked().'),
    method('locked', '($self, /)', lock_locked, 'Return whether the lock is in the locked state.'),
    fastcall('__enter__', '($self, /)', lock_acquire, 'Lock the lock.'),
    method('__exit__', '($self, /, *exc_info)', lock_release, 'Release the lock.'),
    method('_at_fork_reinit', '($self, /)', lock_reinit),
  ],
});

/** A new unlocked lock, or NULL. */
function allocate_lock(): Obj {
  return PyType_GenericAlloc(lock_Type, 0);
}

// --- RLock --------------------------------------------------------------------------------------------------------------------

const rlock_Type = staticType();
const RLock = layout({ count: i32, owner: i32, weaklist: weaklistField });
const { count: rl_count, owner: rl_owner } = RLock;

function rlock_acquire(self: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  const seconds = waitTime(args, nargs, kwnames);
  if (Number.isNaN(seconds)) return NULL;
  // An owner other than this thread comes only from _acquire_restore.
  if (H32[(self + rl_count) >> 2] > 0 && H32[(self + rl_owner) >> 2] !== MAIN_THREAD_ID) {
    return waitInVain(seconds) ? NULL : PyBool_FromLong(false);
  }
  H32[(self + rl_owner) >> 2] = MAIN_THREAD_ID;
  H32[(self + rl_count) >> 2]++;
  return PyBool_FromLong(true);
}

function rlock_release(self: Obj): Obj {
  if (H32[(self + rl_count) >> 2] === 0 || H32[(self + rl_owner) >> 2] !== MAIN_THREAD_ID) {
    return PyErr_SetString(PyExc_RuntimeError, 'cannot release un-acquired lock');
  }
  if (--H32[(self + rl_count) >> 2] === 0) H32[(self + rl_owner) >> 2] = 0;
  return none();
}

function rlock_is_owned(self: Obj): Obj {
  return PyBool_FromLong(H32[(self + rl_count) >> 2] > 0 && H32[(self + rl_owner) >> 2] === MAIN_THREAD_ID);
}

function rlock_release_save(self: Obj): Obj {
  const count = H32[(self + rl_count) >> 2];
  if (count === 0) return PyErr_SetString(PyExc_RuntimeError, 'cannot release un-acquired lock');
  const owner = H32[(self + rl_owner) >> 2];
  H32[(self + rl_count) >> 2] = 0;
  H32[(self + rl_owner) >> 2] = 0;
  return toPython([count, owner]);
}

function rlock_acquire_restore(self: Obj, state: Obj): Obj {
  if (!PyTuple_Check(state) || PyTuple_GET_SIZE(state) !== 2)
    return PyErr_SetString(PyExc_TypeError, '_acquire_restore() needs what _release_save() gave');
  const [count, owner] = [0, 1].map((i) => asSafeInteger(PyTuple_GET_ITEM(state, i)));
  H32[(self + rl_count) >> 2] = count;
  H32[(self + rl_owner) >> 2] = owner;
  return none();
}

function rlock_repr(self: Obj): Obj {
  const count = H32[(self + rl_count) >> 2];
  return PyUnicode_FromString(
    `<${count ? 'locked' : 'unlocked'} ${typeName(self)} object owner=${H32[(self + rl_owner) >> 2]} count=${count} at ${addressText(self)}>`,
  );
}

function rlock_reinit(self: Obj): Obj {
  H32[(self + rl_count) >> 2] = 0;
  H32[(self + rl_owner) >> 2] = 0;
  return none();
}

defineType({
  type: rlock_Type,
  name: '_thread.RLock',
  layout: RLock,
  flags: Py_TPFLAGS_BASETYPE,
  slots: { tp_new: (type: Obj) => PyType_GenericAlloc(type, 0), tp_repr: rlock_repr },
  methods: [
    fastcall('acquire', '($self, blocking=True, timeout=-1)', rlock_acquire, acquireDoc),
    method('release', '($self, /)', rlock_release, releaseDoc),
    method(
      'locked',
      '($self, /)',
      (self: Obj) => PyBool_FromLong(H32[(self + rl_count) >> 2]),
      'Return a boolean indicating whether this object is locked right now.',
    ),
    method('_is_owned', '($self, /)', rlock_is_owned, 'For internal use by threading.Condition.'),
    method('_acquire_restore', '($self, state, /)', rlock_acquire_restore, 'For internal use by threading.Condition.'),
    method('_release_save', '($self, /)', rlock_release_save, 'For internal use by threading.Condition.'),
    method(
      '_recursion_count',
      '($self, /)',
      (self: Obj) => PyLong_FromLong(H32[(self + rl_count) >> 2]),
      'For internal use by reentrancy checks.',
    ),
    fastcall('__enter__', '($self, /)', rlock_acquire, 'Lock the lock.'),
    method('__exit__', '($self, /, *exc_info)', rlock_release, 'Release the lock.'),
    method('_at_fork_reinit', '($self, /)', rlock_reinit),
  ],
});

// --- local data ---------------------------------------------------------------------------------------------------------------

const local_Type = staticType();
// With one thread, a thread's own data is the instance's dictionary.
const Local = layout({ dict: dictField, weaklist: weaklistField });

function local_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  const plain = H32[(type + tp_init) >> 2] === H32[(PyBaseObject_Type + tp_init) >> 2];
  if (plain && (PyTuple_GET_SIZE(args) > 0 || (kwargs !== 0 && PyDict_Size(kwargs) > 0))) {
    return PyErr_SetString(PyExc_TypeError, 'Initialization arguments are not supported');
  }
  return PyType_GenericAlloc(type, 0);
}

defineType({
  type: local_Type,
  name: '_thread._local',
  layout: Local,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  doc: 'Thread-local data',
  slots: { tp_new: local_new },
  getset: [getset('__dict__', PyObject_GenericGetDict)],
});

// --- thread handles -----------------------------------------------------------------------------------------------------------

const handle_Type = staticType();
const Handle = layout({ ident: i32, done: i32 });

function newHandle(ident: number, done: number): Obj {
  const h = _PyObject_New(handle_Type);
  if (h === 0) return NULL;
  H32[(h + Handle.ident) >> 2] = ident;
  H32[(h + Handle.done) >> 2] = done;
  return h;
}

function handle_join(self: Obj, timeout: Obj): Obj {
  if (timeout !== Py_None && !PyLong_Check(timeout)) {
    const seconds = PyFloat_AsDouble(timeout);
    if (seconds === -1 && PyErr_Occurred() !== 0) return NULL;
  }
  if (H32[(self + Handle.ident) >> 2] === 0) return PyErr_SetString(PyExc_RuntimeError, 'thread not started');
  if (H32[(self + Handle.done) >> 2] === 0) return PyErr_SetString(PyExc_RuntimeError, 'Cannot join current thread');
  return none();
}

defineType({
  type: handle_Type,
  name: '_thread._ThreadHandle',
  layout: Handle,
  slots: {
    tp_new: () => newHandle(0, 0),
    tp_repr: (h: Obj) => PyUnicode_FromString(`<_ThreadHandle object: ident=${H32[(h + Handle.ident) >> 2]}>`),
  },
  methods: [
    method('join', '($self, timeout=None, /)', handle_join),
    method('_set_done', '($self, /)', (h: Obj) => {
      H32[(h + Handle.done) >> 2] = 1;
      return none();
    }),
    method('is_done', '($self, /)', (h: Obj) => PyBool_FromLong(H32[(h + Handle.done) >> 2])),
  ],
  getset: [getset('ident', (h: Obj) => PyLong_FromLong(H32[(h + Handle.ident) >> 2]))],
});

// --- the module ---------------------------------------------------------------------------------------------------------------

function cannotStart(what: string): (self: Obj, args: number, nargs: number) => Obj {
  return (_self, args, nargs) => {
    const f = nargs > 0 ? (H32[args >> 2] as Obj) : NULL;
    if (f !== 0 && !PyCallable_Check(f))
      return PyErr_SetString(
        PyExc_TypeError,
        what === 'start_new_thread' ? 'first arg must be callable' : 'thread function must be callable',
      );
    return PyErr_SetString(PyExc_RuntimeError, "can't start new thread");
  };
}

const exceptHookArgs = structType(
  '_thread._ExceptHookArgs',
  'ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.',
  [
    ['exc_type', 'Exception type'],
    ['exc_value', 'Exception value'],
    ['exc_traceback', 'Exception traceback'],
    ['thread', 'Thread'],
  ],
);

/** The size asked for, which no thread here has. */
let stackSize = 0;

function stack_size(_m: Obj, size: number): Obj {
  const old = stackSize;
  if (size < 0 || (size !== 0 && size < 32768))
    return PyErr_SetString(
      PyExc_ValueError,
      size < 0 ? 'size must be 0 or a positive value' : `size not valid: ${size} bytes`,
    );
  stackSize = size;
  return PyLong_FromLong(old);
}

defineModule({
  name: '_thread',
  doc: "This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.",
  functions: [
    fastcall(
      'start_new_thread',
      null,
      cannotStart('start_new_thread'),
      'Start a new thread and return its identifier.',
    ),
    fastcall('start_new', null, cannotStart('start_new_thread'), 'An obsolete synonym of start_new_thread().'),
    fastcall(
      'start_joinable_thread',
      null,
      cannotStart('start_joinable_thread'),
      '*For internal use only*: start a new thread.',
    ),
    method(
      'daemon_threads_allowed',
      '($module, /)',
      () => PyBool_FromLong(false),
      'Return True if daemon threads are allowed in the current interpreter.',
    ),
    method('allocate_lock', '($module, /)', allocate_lock, 'Create a new lock object.'),
    method('allocate', '($module, /)', allocate_lock, 'An obsolete synonym of allocate_lock().'),
    method('exit_thread', '($module, /)', () => PyErr_SetNone(PyExc_SystemExit), 'An obsolete synonym of exit().'),
    method(
      'exit',
      '($module, /)',
      () => PyErr_SetNone(PyExc_SystemExit),
      "This is synonymous to ``raise SystemExit''.",
    ),
    method(
      'interrupt_main',
      '($module, signum: int = 2, /)',
      (_m: Obj, signum: number) => {
        host.kill(host.pid, signum);
        return none();
      },
      'Simulate the arrival of the given signal in the main thread.',
    ),
    method(
      'get_ident',
      '($module, /)',
      () => PyLong_FromLong(MAIN_THREAD_ID),
      'Return a non-zero integer that uniquely identifies the current thread.',
    ),
    method(
      'get_native_id',
      '($module, /)',
      () => PyLong_FromLong(host.pid),
      'Return a non-negative integer identifying the thread as reported by the OS.',
    ),
    method(
      '_count',
      '($module, /)',
      () => PyLong_FromLong(0),
      'Return the number of currently running Python threads, excluding the main thread.',
    ),
    method(
      'stack_size',
      '($module, size: ssize = 0, /)',
      stack_size,
      'Return the thread stack size used when creating new threads.',
    ),
    method('_excepthook', '($module, exc_info, /)', () => none(), 'Handle uncaught Thread.run() exception.'),
    method(
      '_is_main_interpreter',
      '($module, /)',
      () => PyBool_FromLong(true),
      'Return True if the current interpreter is the main Python interpreter.',
    ),
    method(
      '_shutdown',
      '($module, /)',
      none,
      'Wait for all non-daemon threads (other than the calling thread) to stop.',
    ),
    method(
      '_make_thread_handle',
      '($module, ident: int, /)',
      (_m: Obj, ident: number) => newHandle(ident, 0),
      'Internal only. Make a thread handle for threads not spawned by _thread.',
    ),
    method(
      '_get_main_thread_ident',
      '($module, /)',
      () => PyLong_FromLong(MAIN_THREAD_ID),
      'Internal only. Return a non-zero integer that uniquely identifies the main thread.',
    ),
    method('set_name', '($module, name)', none, 'Set the name of the current thread.'),
  ],
  types: [lock_Type, rlock_Type, local_Type, handle_Type],
  exec: (m) => {
    if (
      PyModule_AddObjectRef(m, 'LockType', lock_Type) < 0 ||
      PyModule_AddObjectRef(m, 'error', PyExc_RuntimeError) < 0
    )
      return -1;
    if (PyModule_AddObjectRef(m, '_ExceptHookArgs', exceptHookArgs) < 0) return -1;
    return PyModule_Add(m, 'TIMEOUT_MAX', PyFloat_FromDouble(TIMEOUT_MAX));
  },
});
