// What does os say about the process and the machine?  Invariant: there is one process: nothing here starts another, except system(), which waits
// for it.

import { host } from '../config/host_interface.js';
import { ECHILD } from '../config/errno.js';
import { strerror } from '../config/strerror.js';
import { H8 } from '../memory/linear.js';
import { _PyBytes_Resize, bytesResult, newBytes, PyBytes_AS_STRING } from '../object/bytes.js';
import { type MethodDef, method } from '../object/declare.js';
import { PyDict_New, PyDict_SetItem } from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { decref, xdecref } from '../object/header.js';
import { PyLong_AsInt, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { PyUnicode_Check } from '../object/unicode.js';
import { asString } from '../object/unicode.js';
import { structInstance, structType } from '../types/structseq.js';
import { none } from './io_common.js';
import { raiseErrno } from './os_error.js';
import { bytesFromHostText, fromHostText, fsText } from './paths.js';
import { PyErr_CheckSignals } from './signals.js';
import { listOf, tupleOf } from './values.js';
import { config } from '../vm/sys_state.js';

/** The environment as a dict of bytes: a new reference, or NULL. */
export function environDict(): Obj {
  const d = PyDict_New();
  if (d === 0) return NULL;
  for (const [name, value] of host.environ()) {
    const k = bytesFromHostText(name);
    const v = bytesFromHostText(value);
    const r = k === 0 || v === 0 ? -1 : PyDict_SetItem(d, k, v);
    xdecref(k);
    xdecref(v);
    if (r < 0) {
      decref(d);
      return NULL;
    }
  }
  return d;
}

function posix_putenv(_m: Obj, nameArg: Obj, valueArg: Obj): Obj {
  const name = fsText(nameArg);
  const value = name === null ? null : fsText(valueArg);
  if (name === null || value === null) return NULL;
  if (name.includes('=')) return PyErr_SetString(PyExc_ValueError, 'illegal environment variable name');
  const r = host.putenv(name, value);
  return r < 0 ? raiseErrno(r) : none();
}

function posix_unsetenv(_m: Obj, nameArg: Obj): Obj {
  const name = fsText(nameArg);
  if (name === null) return NULL;
  const r = name === '' || name.includes('=') ? -22 : host.unsetenv(name);
  return r < 0 ? raiseErrno(r) : none();
}

function number(get: () => number): () => Obj {
  return () => PyLong_FromLong(get());
}

export const uname_result = structType(
  'posix.uname_result',
  'uname_result: Result from os.uname().\n\nThis object may be accessed either as a tuple of\n  (sysname, nodename, release, version, machine),\nor via the attributes sysname, nodename, release, version, and machine.\n\nSee os.uname for more information.',
  [
    ['sysname', 'operating system name'],
    ['nodename', 'name of machine on network (implementation-defined)'],
    ['release', 'operating system release'],
    ['version', 'operating system version'],
    ['machine', 'hardware identifier'],
  ],
);

function posix_uname(): Obj {
  const u = host.uname();
  return structInstance(uname_result, [u.sysname, u.nodename, u.release, u.version, u.machine].map(fromHostText));
}

export const times_result = structType(
  'posix.times_result',
  'times_result: Result from os.times().\n\nThis object may be accessed either as a tuple of\n  (user, system, children_user, children_system, elapsed),\nor via the attributes user, system, children_user, children_system,\nand elapsed.\n\nSee os.times for more information.',
  [
    ['user', 'user time'],
    ['system', 'system time'],
    ['children_user', 'user time of children'],
    ['children_system', 'system time of children'],
    ['elapsed', 'elapsed time since an arbitrary point in the past'],
  ],
);

function posix_times(): Obj {
  const [user, system] = host.cpuTimes();
  return structInstance(times_result, [user, system, 0, 0, Number(host.monotonicNs()) / 1e9].map(PyFloat_FromDouble));
}

function posix_urandom(_m: Obj, size: number): Obj {
  if (size < 0) return PyErr_SetString(PyExc_ValueError, 'negative argument not allowed');
  return randomBytes(size);
}

function randomBytes(size: number): Obj {
  const b = newBytes(Math.max(size, 2));
  if (b === 0) return NULL;
  host.randomFill(H8, PyBytes_AS_STRING(b), size);
  return size > 1 ? b : bytesResult(_PyBytes_Resize(b, size));
}

function posix_getrandom(_m: Obj, size: number): Obj {
  return size < 0 ? raiseErrno(-22) : randomBytes(size);
}

function posix_strerror(_m: Obj, code: number): Obj {
  return fromHostText(strerror(code));
}

function posix_getlogin(): Obj {
  const name = host.getlogin();
  return typeof name === 'number' ? raiseErrno(name) : fromHostText(name);
}

function posix_system(_m: Obj, command: Obj): Obj {
  const text = fsText(command);
  if (text === null) return NULL;
  const r = host.system(text);
  return r < 0 ? raiseErrno(r) : PyLong_FromLong(r);
}

function posix_kill(_m: Obj, pid: number, signal: number): Obj {
  const r = host.kill(pid, signal);
  if (r < 0) return raiseErrno(r);
  return PyErr_CheckSignals() < 0 ? NULL : none();
}

function posix_exit(_m: Obj, status: number): Obj {
  return host.exit(status & 0xff);
}

function posix_abort(): Obj {
  return host.abort();
}

function posix_cpu_count(): Obj {
  const n = config.cpu_count > 0 ? config.cpu_count : host.cpuCount();
  return n > 0 ? PyLong_FromLong(n) : none();
}

function posix_getloadavg(): Obj {
  return tupleOf(host.loadavg().map(PyFloat_FromDouble));
}

// ---- wait statuses ------------------------------------------------------------------------------------------------------------------------------

const exited = (s: number) => (s & 0x7f) === 0;
const signaled = (s: number) => (s & 0x7f) !== 0 && (s & 0x7f) !== 0x7f;
const stopped = (s: number) => (s & 0xff) === 0x7f;
const exitStatus = (s: number) => (s >> 8) & 0xff;

function predicate(test: (status: number) => boolean): (m: Obj, status: number) => Obj {
  return (_m, status) => PyBool_FromLong(test(status) ? 1 : 0);
}
function part(get: (status: number) => number): (m: Obj, status: number) => Obj {
  return (_m, status) => PyLong_FromLong(get(status));
}

function posix_waitstatus_to_exitcode(_m: Obj, o: Obj): Obj {
  if (!PyLong_Check(o))
    return PyErr_SetString(PyExc_TypeError, `'${typeName(o)}' object cannot be interpreted as an integer`);
  const status = PyLong_AsInt(o);
  if (status === -1 && PyErr_Occurred() !== 0) return NULL;
  if (exited(status)) return PyLong_FromLong(exitStatus(status));
  if (signaled(status)) return PyLong_FromLong(-(status & 0x7f));
  if (stopped(status)) {
    return PyErr_SetString(PyExc_ValueError, `process stopped by delivery of signal ${exitStatus(status)}`);
  }
  return PyErr_SetString(PyExc_ValueError, `invalid wait status: ${status}`);
}

// ---- sysconf ------------------------------------------------------------------------------------------------------------------------------------

/** name → (number, value) of what sysconf can tell. */
const SYSCONF = new Map<string, readonly [number, () => number]>([
  ['SC_ARG_MAX', [0, () => 2097152]],
  ['SC_CLK_TCK', [2, () => 100]],
  ['SC_OPEN_MAX', [4, () => 1024]],
  ['SC_PAGE_SIZE', [30, () => 4096]],
  ['SC_PAGESIZE', [30, () => 4096]],
  ['SC_IOV_MAX', [60, () => 1024]],
  ['SC_NPROCESSORS_CONF', [83, () => host.cpuCount()]],
  ['SC_NPROCESSORS_ONLN', [84, () => host.cpuCount()]],
]);

/** os.sysconf_names: a new dict, or NULL. */
export function sysconfNames(): Obj {
  const d = PyDict_New();
  for (const [name, [n]] of SYSCONF) {
    const k = fromHostText(name);
    const v = PyLong_FromLong(n);
    if (d !== 0 && k !== 0 && v !== 0) PyDict_SetItem(d, k, v);
    xdecref(k);
    xdecref(v);
  }
  return d;
}

function posix_sysconf(_m: Obj, o: Obj): Obj {
  if (PyUnicode_Check(o)) {
    const entry = SYSCONF.get(asString(o));
    return entry === undefined
      ? PyErr_SetString(PyExc_ValueError, 'unrecognized configuration name')
      : PyLong_FromLong(entry[1]());
  }
  if (!PyLong_Check(o)) return PyErr_SetString(PyExc_TypeError, 'configuration names must be strings or integers');
  const n = PyLong_AsInt(o);
  if (n === -1 && PyErr_Occurred() !== 0) return NULL;
  for (const [number, value] of SYSCONF.values()) if (number === n) return PyLong_FromLong(value());
  return raiseErrno(-22);
}

export const processFunctions: readonly MethodDef[] = [
  // Nothing can be hooked into the waiting for input here: no event loop of a window system shares the thread.
  method('_is_inputhook_installed', '($module, /)', () => PyBool_FromLong(0), 'Checks if PyOS_InputHook is set.'),
  method('_inputhook', '($module, /)', () => PyLong_FromLong(0), 'Calls PyOS_CallInputHook droppong the GIL first'),
  method('putenv', '($module, name, value, /)', posix_putenv, 'Change or add an environment variable.'),
  method('unsetenv', '($module, name, /)', posix_unsetenv, 'Delete an environment variable.'),
  method(
    'getpid',
    '($module, /)',
    number(() => host.pid),
    'Return the current process id.',
  ),
  method(
    'getppid',
    '($module, /)',
    number(() => host.ppid),
    "Return the parent's process id.",
  ),
  method(
    'getuid',
    '($module, /)',
    number(() => host.uid),
    "Return the current process's user id.",
  ),
  method(
    'geteuid',
    '($module, /)',
    number(() => host.euid),
    "Return the current process's effective user id.",
  ),
  method(
    'getgid',
    '($module, /)',
    number(() => host.gid),
    "Return the current process's group id.",
  ),
  method(
    'getegid',
    '($module, /)',
    number(() => host.egid),
    "Return the current process's effective group id.",
  ),
  method(
    'getgroups',
    '($module, /)',
    () => listOf(host.groups().map(PyLong_FromLong)),
    'Return list of supplemental group IDs for the process.',
  ),
  method('getlogin', '($module, /)', posix_getlogin, 'Return the actual login name.'),
  method('uname', '($module, /)', posix_uname, 'Return an object identifying the current operating system.'),
  method('times', '($module, /)', posix_times, 'Return a collection containing process timing information.'),
  method(
    'urandom',
    '($module, size: ssize, /)',
    posix_urandom,
    'Return a bytes object containing random bytes suitable for cryptographic use.',
  ),
  method('getrandom', '($module, /, size: ssize, flags: int =0)', posix_getrandom, 'Obtain a series of random bytes.'),
  method('strerror', '($module, code: int, /)', posix_strerror, 'Translate an error code to a message string.'),
  method('system', '($module, /, command)', posix_system, 'Execute the command in a subshell.'),
  // There are no children to wait for.
  method(
    'waitpid',
    '($module, pid: int, options: int, /)',
    () => raiseErrno(-ECHILD),
    'Wait for completion of a given child process.',
  ),
  method('kill', '($module, pid: int, signal: int, /)', posix_kill, 'Kill a process with a signal.'),
  method(
    '_exit',
    '($module, /, status: int)',
    posix_exit,
    'Exit to the system with specified status, without normal exit processing.',
  ),
  method('abort', '($module, /)', posix_abort, 'Abort the interpreter immediately.'),
  method('cpu_count', '($module, /)', posix_cpu_count, 'Return the number of logical CPUs in the system.'),
  method('getloadavg', '($module, /)', posix_getloadavg, 'Return average recent system load information.'),
  method(
    'ctermid',
    '($module, /)',
    () => fromHostText('/dev/tty'),
    'Return the name of the controlling terminal for this process.',
  ),
  method('sysconf', '($module, name, /)', posix_sysconf, 'Return an integer-valued system configuration variable.'),
  method(
    'WIFEXITED',
    '($module, /, status: int)',
    predicate(exited),
    'Return True if the process returning status exited via the exit() system call.',
  ),
  method(
    'WIFSIGNALED',
    '($module, /, status: int)',
    predicate(signaled),
    'Return True if the process returning status was terminated by a signal.',
  ),
  method(
    'WIFSTOPPED',
    '($module, /, status: int)',
    predicate(stopped),
    'Return True if the process returning status was stopped.',
  ),
  method(
    'WIFCONTINUED',
    '($module, /, status: int)',
    predicate((s) => s === 0xffff),
    'Return True if a particular process was continued from a job control stop.',
  ),
  method(
    'WCOREDUMP',
    '($module, status: int, /)',
    predicate((s) => (s & 0x80) !== 0),
    'Return True if the process returning status was dumped to a core file.',
  ),
  method('WEXITSTATUS', '($module, /, status: int)', part(exitStatus), 'Return the process return code from status.'),
  method(
    'WTERMSIG',
    '($module, /, status: int)',
    part((s) => s & 0x7f),
    'Return the signal that terminated the process that provided the status value.',
  ),
  method(
    'WSTOPSIG',
    '($module, /, status: int)',
    part(exitStatus),
    'Return the signal that stopped the process that provided the status value.',
  ),
  method(
    'waitstatus_to_exitcode',
    '($module, /, status)',
    posix_waitstatus_to_exitcode,
    'Convert a wait status to an exit code.',
  ),
];
