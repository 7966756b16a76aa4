// What is `_signal`?  Invariant: a signal has a Python handler, or the host's default, or is ignored; the host is told which, and notes only those
// that have a handler.

import { SIGINT, SIGKILL, SIGNAL_NAMES, SIGPIPE, SIGSTOP } from '../config/signals.js';
import { host, SIGNAL_ANY, SIGNAL_MAX } from '../config/host_interface.js';
import { H32 } from '../memory/linear.js';
import { PyCallable_Check, PyObject_CallFunctionObjArgs } from '../object/call.js';
import { defineModule, method } from '../object/declare.js';
import { PyDict_GetItemString, PyDict_New, PyDict_SetItemString } from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetNone, PyErr_SetObject, PyErr_SetString } from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { decref, newref, xdecref } from '../object/header.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import { asBigInt, PyLong_AsInt, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { makeBuiltinModule, PyModule_AddObjectRef, PyModule_GetDict } from '../object/module_storage.js';
import { Py_EQ, PyObject_RichCompareBool } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import {
  Py_None,
  PyExc_KeyboardInterrupt,
  PyExc_OSError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyType_Type,
} from '../object/statics.js';
import { PyTuple_Pack } from '../object/tuple.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { setOwned, sys_modules } from '../vm/sys_state.js';
import { watchSignals } from '../vm/pending.js';
import { none } from './io_common.js';
import { raiseErrno } from './os_error.js';
import { addConstants } from './posix.js';
import { nanoseconds } from './pytime.js';
import {
  isBlocked,
  isNoted,
  lookAgain,
  PyErr_CheckSignals,
  setBlocked,
  setSignalHandler,
  signalHandler,
  takeSignal,
  wakeup_fd,
  wakeup_warns,
} from './signals.js';
import { structInstance, structType } from '../types/structseq.js';
import { setOfInts, tupleOf } from './values.js';

const SIG_DFL = 0;
const SIG_IGN = 1;

/** signal.itimer_error (owned). */
const itimer_error = ownedWord();

/** A signal number: false with ValueError. */
function valid(n: number): boolean {
  if (n >= 1 && n <= SIGNAL_MAX) return true;
  PyErr_SetString(PyExc_ValueError, 'signal number out of range');
  return false;
}

/** Whether an object is the int `n` (an enum member is one as well): 1, 0, or -1. */
function isInt(o: Obj, n: number): number {
  if (!PyLong_Check(o)) return 0;
  const number = PyLong_FromLong(n);
  const r = PyObject_RichCompareBool(o, number, Py_EQ);
  decref(number);
  return r;
}

function signal_signal(_m: Obj, n: number, handler: Obj): Obj {
  if (!valid(n)) return NULL;
  const isDefault = isInt(handler, SIG_DFL);
  const isIgnore = isDefault < 0 ? -1 : isInt(handler, SIG_IGN);
  if (isIgnore < 0) return NULL;
  if (!isDefault && !isIgnore && !PyCallable_Check(handler)) {
    return PyErr_SetString(
      PyExc_TypeError,
      'signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object',
    );
  }
  // What was noted before belongs to the former handler.
  if (PyErr_CheckSignals() < 0) return NULL;
  const r =
    n === SIGKILL || n === SIGSTOP ? -22 : host.setSignal(n, isDefault ? 'default' : isIgnore ? 'ignore' : 'note');
  if (r < 0) return raiseErrno(r);
  const old = signalHandler(n);
  const result = newref(old === 0 ? Py_None : old);
  setSignalHandler(n, newref(handler));
  return result;
}

function signal_getsignal(_m: Obj, n: number): Obj {
  if (!valid(n)) return NULL;
  const h = signalHandler(n);
  return newref(h === 0 ? Py_None : h);
}

function default_int_handler(): Obj {
  return PyErr_SetNone(PyExc_KeyboardInterrupt);
}

function signal_raise(_m: Obj, n: number): Obj {
  const r = n < 0 || n > SIGNAL_MAX ? -22 : host.kill(host.pid, n);
  if (r < 0) return raiseErrno(r);
  return PyErr_CheckSignals() < 0 ? NULL : none();
}

function signal_alarm(_m: Obj, seconds: number): Obj {
  const [left] = host.setTimer(Math.max(0, seconds), 0);
  return PyLong_FromLong(Math.ceil(left));
}

/** Raises signal.itimer_error with EINVAL; returns NULL. */
function itimerError(): Obj {
  const text = PyUnicode_FromString('Invalid argument');
  const code = PyLong_FromLong(22);
  const e = PyObject_CallFunctionObjArgs(H32[itimer_error] as Obj, code, text);
  decref(text);
  decref(code);
  if (e !== 0) {
    PyErr_SetObject(H32[itimer_error] as Obj, e);
    decref(e);
  }
  return NULL;
}

function pair(times: readonly [number, number]): Obj {
  return tupleOf(times.map(PyFloat_FromDouble));
}

/** Seconds as a timer takes them, in microseconds' grain: NaN with an exception. */
function timerSeconds(o: Obj): number {
  if (o === 0) return 0;
  const ns = nanoseconds(o, 'ceiling');
  return ns === null ? Number.NaN : Number((ns + 999n) / 1000n) / 1e6;
}

function signal_setitimer(_m: Obj, which: number, secondsArg: Obj, intervalArg: Obj): Obj {
  const seconds = timerSeconds(secondsArg);
  const interval = Number.isNaN(seconds) ? seconds : timerSeconds(intervalArg);
  if (Number.isNaN(interval)) return NULL;
  if (which !== 0 || seconds < 0 || interval < 0) return itimerError();
  return pair(host.setTimer(seconds, interval));
}

function signal_getitimer(_m: Obj, which: number): Obj {
  return which === 0 ? pair(host.getTimer()) : itimerError();
}

function signal_pause(): Obj {
  host.pause();
  return PyErr_CheckSignals() < 0 ? NULL : none();
}

function signal_siginterrupt(_m: Obj, n: number, _flag: number): Obj {
  if (!valid(n)) return NULL;
  // Calls are always interrupted; they are made again by whoever made them.
  return n === SIGKILL || n === SIGSTOP ? raiseErrno(-22) : none();
}

function signal_set_wakeup_fd(_m: Obj, fdArg: Obj, warn: number): Obj {
  const fd = PyLong_AsInt(fdArg);
  if (fd === -1 && PyErr_Occurred() !== 0) return NULL;
  if (fd !== -1) {
    const st = host.fstat(fd);
    if (typeof st === 'number') return raiseErrno(st);
    const blocking = host.getBlocking(fd);
    if (typeof blocking === 'number') return raiseErrno(blocking);
    if (blocking) return PyErr_SetString(PyExc_ValueError, `the fd ${fd} must be in non-blocking mode`);
  }
  const old = H32[wakeup_fd] - 1;
  H32[wakeup_fd] = fd + 1;
  H32[wakeup_warns] = warn;
  return PyLong_FromLong(old);
}

const TEXTS =
  'Hangup|Interrupt|Quit|Illegal instruction|Trace/breakpoint trap|Aborted|Bus error|Floating point exception|Killed|User defined signal 1|' +
  'Segmentation fault|User defined signal 2|Broken pipe|Alarm clock|Terminated|Stack fault|Child exited|Continued|Stopped (signal)|Stopped|' +
  'Stopped (tty input)|Stopped (tty output)|Urgent I/O condition|CPU time limit exceeded|File size limit exceeded|Virtual timer expired|' +
  'Profiling timer expired|Window changed|I/O possible|Power failure|Bad system call';
const texts = ['', ...TEXTS.split('|')];

function signal_strsignal(_m: Obj, n: number): Obj {
  if (!valid(n)) return NULL;
  if (n < texts.length) return PyUnicode_FromString(texts[n]);
  return n >= 34 ? PyUnicode_FromString(`Real-time signal ${n - 34}`) : none();
}

function allSignals(): number[] {
  return Array.from({ length: SIGNAL_MAX }, (_, i) => i + 1).filter((n) => n !== 32 && n !== 33);
}

/** The signal numbers of an iterable; null with an exception. */
function signalSet(o: Obj): number[] | null {
  const it = PyObject_GetIter(o);
  if (it === 0) return null;
  const out: number[] = [];
  for (;;) {
    const item = PyIter_Next(it);
    if (item === 0) break;
    const big = PyLong_Check(item) ? asBigInt(item) : 0n;
    decref(item);
    if (big <= 0n || big > BigInt(SIGNAL_MAX)) {
      PyErr_SetString(PyExc_ValueError, `signal number ${big} out of range [1; ${SIGNAL_MAX}]`);
      break;
    }
    out.push(Number(big));
  }
  decref(it);
  return PyErr_Occurred() !== 0 ? null : out;
}

function signal_pthread_sigmask(_m: Obj, how: number, mask: Obj): Obj {
  const given = signalSet(mask);
  if (given === null) return NULL;
  if (how < 0 || how > 2) return raiseErrno(-22);
  const old = setOfInts(allSignals().filter(isBlocked));
  if (old === 0) return NULL;
  if (how === 2) for (const n of allSignals()) setBlocked(n, false);
  for (const n of given) if (n !== SIGKILL && n !== SIGSTOP) setBlocked(n, how !== 1);
  lookAgain();
  if (PyErr_CheckSignals() < 0) {
    decref(old);
    return NULL;
  }
  return old;
}

function signal_sigpending(): Obj {
  return setOfInts(allSignals().filter((n) => isBlocked(n) && isNoted(n)));
}

/** Waits until one of the signals is noted, at most `ns`: its number, 0 when the time is over, -1 with an exception. */
function waitFor(wanted: readonly number[], ns: bigint | null): number {
  const end = ns === null ? null : host.monotonicNs() + ns;
  for (;;) {
    const n = wanted.find(takeSignal);
    if (n !== undefined) return n;
    if (end !== null && host.monotonicNs() >= end) return 0;
    if (PyErr_CheckSignals() < 0) return -1;
    Atomics.store(host.signals, SIGNAL_ANY, 0);
    if (wanted.some(isNoted)) continue;
    host.sleep(end === null ? 1e9 : Math.max(0, Number(end - host.monotonicNs())));
  }
}

function signal_sigwait(_m: Obj, set: Obj): Obj {
  const wanted = signalSet(set);
  const n = wanted === null ? -1 : waitFor(wanted, null);
  return n < 0 ? NULL : PyLong_FromLong(n);
}

const struct_siginfo = structType(
  'signal.struct_siginfo',
  'struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\nThis object may be accessed either as a tuple of\n(si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band),\nor via the attributes si_signo, si_code, and so on.',
  [
    ['si_signo', 'signal number'],
    ['si_code', 'signal code'],
    ['si_errno', 'errno associated with this signal'],
    ['si_pid', 'sending process ID'],
    ['si_uid', 'real user ID of sending process'],
    ['si_status', 'exit value or signal'],
    ['si_band', 'band event for SIGPOLL'],
  ],
);

function signal_sigtimedwait(_m: Obj, set: Obj, timeout: Obj): Obj {
  const ns = nanoseconds(timeout, 'ceiling');
  if (ns === null) return NULL;
  if (ns < 0n) return PyErr_SetString(PyExc_ValueError, 'timeout must be non-negative');
  return siginfo(set, ns);
}

function siginfo(set: Obj, ns: bigint | null): Obj {
  const wanted = signalSet(set);
  const n = wanted === null ? -1 : waitFor(wanted, ns);
  if (n < 0) return NULL;
  if (n === 0) return none();
  return structInstance(struct_siginfo, [n, 0, 0, host.pid, host.uid, 0, 0].map(PyLong_FromLong));
}

function signal_pthread_kill(m: Obj, _thread: Obj, n: number): Obj {
  return n === 0 ? none() : signal_raise(m, n);
}

// ---- set-up -------------------------------------------------------------------------------------------------------------------------------------

const CONSTANTS = [
  ...SIGNAL_NAMES.flatMap((name, n) => (n > 0 ? [`${name} ${n}`] : [])),
  'SIGCLD 17 SIGIOT 6 SIGPOLL 29 SIGRTMIN 34 SIGRTMAX 64 NSIG 65 SIG_DFL 0 SIG_IGN 1 SIG_BLOCK 0 SIG_UNBLOCK 1 SIG_SETMASK 2',
  'ITIMER_REAL 0 ITIMER_VIRTUAL 1 ITIMER_PROF 2',
].join(' ');

/** An exception class derived from OSError: a new reference, or NULL. */
function newOSErrorClass(name: string, module: string): Obj {
  const nameObj = PyUnicode_FromString(name);
  const bases = PyTuple_Pack(PyExc_OSError);
  const dict = PyDict_New();
  const moduleObj = PyUnicode_FromString(module);
  let r: Obj = NULL;
  if (
    nameObj !== 0 &&
    bases !== 0 &&
    dict !== 0 &&
    moduleObj !== 0 &&
    PyDict_SetItemString(dict, '__module__', moduleObj) === 0
  ) {
    r = PyObject_CallFunctionObjArgs(PyType_Type, nameObj, bases, dict);
  }
  for (const o of [nameObj, bases, dict, moduleObj]) xdecref(o);
  return r;
}

function signal_exec(m: Obj): number {
  if (addConstants(m, CONSTANTS) < 0) return -1;
  setOwned(itimer_error, newOSErrorClass('itimer_error', 'signal'));
  if (PyModule_AddObjectRef(m, 'ItimerError', H32[itimer_error] as Obj) < 0) return -1;
  // Another import of the module finds the handlers as they are.
  if (signalHandler(1) !== 0) return 0;
  for (let n = 1; n <= SIGNAL_MAX; n++) {
    const action = host.getSignal(n);
    setSignalHandler(n, action === 'note' ? none() : PyLong_FromLong(action === 'ignore' ? SIG_IGN : SIG_DFL));
  }
  return 0;
}

/** At start-up: the module, and (where wanted) Ctrl-C as KeyboardInterrupt and no death by writing to a closed pipe. 0, or -1. */
export function initSignals(install: boolean): number {
  watchSignals(host.signals);
  if (!install) return 0;
  host.setSignal(SIGPIPE, 'ignore');
  const m = makeBuiltinModule('_signal');
  if (m === 0) return -1;
  const r = PyDict_SetItemString(H32[sys_modules] as Obj, '_signal', m);
  const f = PyDict_GetItemString(PyModule_GetDict(m), 'default_int_handler');
  if (r === 0 && f !== 0 && host.getSignal(SIGINT) !== 'ignore') {
    host.setSignal(SIGINT, 'note');
    setSignalHandler(SIGINT, newref(f));
  }
  decref(m);
  return r;
}

defineModule({
  name: '_signal',
  doc: 'This module provides mechanisms to use signal handlers in Python.',
  functions: [
    method('signal', '($module, signalnum: int, handler, /)', signal_signal, 'Set the action for the given signal.'),
    method(
      'getsignal',
      '($module, signalnum: int, /)',
      signal_getsignal,
      'Return the current action for the given signal.',
    ),
    method(
      'default_int_handler',
      '($module, signalnum: int, frame, /)',
      default_int_handler,
      'The default handler for SIGINT installed by Python.\n\nIt raises KeyboardInterrupt.',
    ),
    method('raise_signal', '($module, signalnum: int, /)', signal_raise, 'Send a signal to the executing process.'),
    method(
      'alarm',
      '($module, seconds: int, /)',
      signal_alarm,
      'Arrange for SIGALRM to arrive after the given number of seconds.',
    ),
    method(
      'setitimer',
      '($module, which: int, seconds, interval=0.0, /)',
      signal_setitimer,
      'Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF).',
    ),
    method('getitimer', '($module, which: int, /)', signal_getitimer, 'Returns current value of given itimer.'),
    method('pause', '($module, /)', signal_pause, 'Wait until a signal arrives.'),
    method(
      'siginterrupt',
      '($module, signalnum: int, flag: bool, /)',
      signal_siginterrupt,
      'Change system call restart behaviour.',
    ),
    method(
      'set_wakeup_fd',
      '($module, fd, /, *, warn_on_full_buffer: bool =True)',
      signal_set_wakeup_fd,
      'Sets the fd to be written to (with the signal number) when a signal comes in.',
    ),
    method(
      'strsignal',
      '($module, signalnum: int, /)',
      signal_strsignal,
      'Return the system description of the given signal.',
    ),
    method(
      'valid_signals',
      '($module, /)',
      () => setOfInts(allSignals()),
      'Return a set of valid signal numbers on this platform.',
    ),
    method(
      'pthread_sigmask',
      '($module, how: int, mask, /)',
      signal_pthread_sigmask,
      'Fetch and/or change the signal mask of the calling thread.',
    ),
    method('sigpending', '($module, /)', signal_sigpending, 'Examine pending signals.'),
    method('sigwait', '($module, sigset, /)', signal_sigwait, 'Wait for a signal.'),
    method(
      'sigwaitinfo',
      '($module, sigset, /)',
      (_m: Obj, set: Obj) => siginfo(set, null),
      'Wait synchronously until one of the signals in *sigset* is delivered.',
    ),
    method(
      'sigtimedwait',
      '($module, sigset, timeout, /)',
      signal_sigtimedwait,
      'Like sigwaitinfo(), but with a timeout.',
    ),
    method(
      'pthread_kill',
      '($module, thread_id, signalnum: int, /)',
      signal_pthread_kill,
      'Send a signal to a thread.',
    ),
  ],
  types: [struct_siginfo],
  exec: signal_exec,
});
