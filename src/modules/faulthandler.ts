// What is faulthandler?  Invariant: a dump is made from the frames as they stand in the heap, without running Python code, and written to a descriptor that
// was looked up when it was asked for; the file object is kept so that the descriptor stays open.
//
// A fatal error of the runtime prints its traceback whether this module is enabled or not, as CPython's does.

import { host, SIGNAL_MAX } from '../config/host_interface.js';
import { SIGABRT, SIGFPE, SIGSEGV } from '../config/signals.js';
import { H32, staticAlloc, staticWord } from '../memory/linear.js';
import { PyObject_CallMethodNoArgs } from '../object/call.js';
import { defineModule, method } from '../object/declare.js';
import { PyErr_Clear, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { decref, newref, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyLong_AsInt, PyLong_Check } from '../object/long.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import { Py_None, PyExc_RuntimeError, PyExc_ValueError } from '../object/statics.js';
import { dumpTraceback } from '../vm/dump_traceback.js';
import { config, PySys_GetObject, setOwned } from '../vm/sys_state.js';
import { signalHandler, signalWatcher } from './signals.js';

const s_fileno = ID('fileno');
const s_flush = ID('flush');

const enabled = staticWord();
const enabledFd = staticWord();
const enabledAll = staticWord();
const enabledFile = ownedWord();

/** For each signal: 1 + the descriptor, 0 if the signal is not registered; whether all threads are shown; whether the former action follows. */
const registeredFd = staticAlloc(4 * (SIGNAL_MAX + 1)) >> 2;
const registeredAll = staticAlloc(4 * (SIGNAL_MAX + 1)) >> 2;
const registeredChain = staticAlloc(4 * (SIGNAL_MAX + 1)) >> 2;
const registeredFile = Array.from({ length: SIGNAL_MAX + 1 }, ownedWord);

/** The descriptor of a file (NULL: sys.stderr), left with the file itself, owned, in fileOf (NULL for a number); -1 with an exception. */
let fileOf: Obj = NULL;
function descriptor(file: Obj): number {
  fileOf = NULL;
  if (file === 0 || file === Py_None) {
    file = PySys_GetObject('stderr');
    if (file === 0) PyErr_SetString(PyExc_RuntimeError, 'unable to get sys.stderr');
    if (file === Py_None) PyErr_SetString(PyExc_RuntimeError, 'sys.stderr is None');
    if (file === 0 || file === Py_None) return -1;
  } else if (PyLong_Check(file)) {
    const fd = PyLong_AsInt(file);
    if (fd === -1 && PyErr_Occurred() !== 0) return -1;
    if (fd >= 0) return fd;
    PyErr_SetString(PyExc_ValueError, 'file is not a valid file descriptor');
    return -1;
  }
  newref(file);
  const number = PyObject_CallMethodNoArgs(file, idObj(s_fileno));
  const fd = number === 0 ? -1 : PyLong_Check(number) ? PyLong_AsInt(number) : -1;
  xdecref(number);
  if (fd < 0) {
    if (PyErr_Occurred() === 0) PyErr_SetString(PyExc_RuntimeError, 'file.fileno() is not a valid file descriptor');
    decref(file);
    return -1;
  }
  const flushed = PyObject_CallMethodNoArgs(file, idObj(s_flush));
  if (flushed === 0) PyErr_Clear();
  else decref(flushed);
  fileOf = file;
  return fd;
}

function write(fd: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0, n = 1; n > 0 && done < bytes.length; done += n)
    n = host.write(fd, bytes, done, bytes.length - done);
}

/** The stack under the heading that says whether it is one thread's among all (there is only one). */
function dump(fd: number, all: boolean): void {
  const heading = all ? 'Current thread 0x00000001 (most recent call first):\n' : 'Stack (most recent call first):\n';
  const frames = dumpTraceback();
  write(fd, heading + (frames === '' ? '  <no Python frame>\n' : frames));
}

function enable(_m: Obj, file: Obj, all: number): Obj {
  const fd = descriptor(file);
  if (fd < 0) return NULL;
  H32[enabled] = 1;
  H32[enabledFd] = fd;
  H32[enabledAll] = all;
  setOwned(enabledFile, fileOf);
  return newref(Py_None);
}

function disable(_m: Obj): Obj {
  const was = H32[enabled] !== 0;
  H32[enabled] = 0;
  setOwned(enabledFile, NULL);
  return PyBool_FromLong(was);
}

function dump_traceback(_m: Obj, file: Obj, all: number): Obj {
  const fd = descriptor(file);
  if (fd < 0) return NULL;
  const keep = fileOf;
  dump(fd, all !== 0);
  xdecref(keep);
  return newref(Py_None);
}

function validSignal(n: number): boolean {
  if (n >= 1 && n <= SIGNAL_MAX) {
    if (![SIGSEGV, SIGFPE, SIGABRT].includes(n)) return true;
    PyErr_SetString(PyExc_RuntimeError, `signal ${n} cannot be registered, use enable() instead`);
  } else PyErr_SetString(PyExc_ValueError, 'signal number out of range');
  return false;
}

function register(_m: Obj, n: number, file: Obj, all: number, chain: number): Obj {
  if (!validSignal(n)) return NULL;
  const fd = descriptor(file);
  if (fd < 0) return NULL;
  const keep = fileOf;
  if (host.setSignal(n, 'note') < 0) {
    xdecref(keep);
    return PyErr_SetString(PyExc_RuntimeError, 'unable to set the signal action');
  }
  H32[registeredFd + n] = fd + 1;
  H32[registeredAll + n] = all;
  H32[registeredChain + n] = chain;
  setOwned(registeredFile[n], keep);
  return newref(Py_None);
}

/** Whether a signal has an action of Python's own. */
const hasAction = (n: number): boolean => signalHandler(n) !== 0 && signalHandler(n) !== Py_None;

function unregister(_m: Obj, n: number): Obj {
  if (!validSignal(n)) return NULL;
  const was = H32[registeredFd + n] !== 0;
  if (was) {
    H32[registeredFd + n] = 0;
    setOwned(registeredFile[n], NULL);
    if (!hasAction(n)) host.setSignal(n, 'default');
  }
  return PyBool_FromLong(was);
}

/** A noted signal: dumps if it is registered; true if nothing else is to be done about it. */
signalWatcher.noted = (n) => {
  const fd = H32[registeredFd + n] - 1;
  if (fd < 0) return false;
  dump(fd, H32[registeredAll + n] !== 0);
  if (H32[registeredChain + n] === 0) return true;
  if (!hasAction(n)) host.dieBySignal(n);
  return false;
};

/** Dies as a program does that is hit by the signal: with a dump, if that is enabled. */
function hit(n: number, text: string): never {
  if (H32[enabled] !== 0) {
    write(H32[enabledFd], `Fatal Python error: ${text}\n\n`);
    dump(H32[enabledFd], H32[enabledAll] !== 0);
  }
  return host.dieBySignal(n);
}

defineModule({
  name: 'faulthandler',
  doc: 'faulthandler module.',
  exec: () => {
    if (!config.faulthandler || H32[enabled] !== 0) return 0;
    const r = enable(NULL, NULL, 1);
    if (r === 0) return -1;
    decref(r);
    return 0;
  },
  functions: [
    method(
      'enable',
      '($module, /, file=sys.stderr, all_threads: bool = True, c_stack: bool = True)',
      enable,
      'Enable the fault handler.',
    ),
    method('disable', '($module, /)', disable, 'Disable the fault handler.'),
    method('is_enabled', '($module, /)', () => PyBool_FromLong(H32[enabled]), 'Check if the handler is enabled.'),
    method(
      'dump_traceback',
      '($module, /, file=sys.stderr, all_threads: bool = True)',
      dump_traceback,
      'Dump the traceback of the current thread into file.',
    ),
    method(
      'dump_traceback_later',
      '($module, /, timeout, repeat: bool = False, file=sys.stderr, exit: bool = False)',
      () => PyErr_SetString(PyExc_RuntimeError, 'unable to start watchdog thread'),
      'Dump the traceback of all threads in timeout seconds.',
    ),
    method(
      'cancel_dump_traceback_later',
      '($module, /)',
      () => newref(Py_None),
      'Cancel the previous call to dump_traceback_later().',
    ),
    method(
      'register',
      '($module, /, signum: int, file=sys.stderr, all_threads: bool = True, chain: bool = False)',
      register,
      "Register a handler for the signal 'signum'.",
    ),
    method(
      'unregister',
      '($module, signum: int, /)',
      unregister,
      "Unregister the handler of the signal 'signum' registered by register().",
    ),
    method(
      '_sigsegv',
      '($module, release_gil: bool = False, /)',
      () => hit(SIGSEGV, 'Segmentation fault'),
      'Raise a SIGSEGV signal.',
    ),
    method('_sigabrt', '($module, /)', () => hit(SIGABRT, 'Aborted'), 'Raise a SIGABRT signal.'),
    method('_sigfpe', '($module, /)', () => hit(SIGFPE, 'Floating-point exception'), 'Raise a SIGFPE signal.'),
  ],
});
