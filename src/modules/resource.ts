// What does the module resource export?  Invariant: a limit that the runtime itself sets (its stack, its heap) is shown as it is; the others are unlimited until a
// program sets them.  What a program sets is remembered, so that it can be read back and restored, and only ever bounds the program's own view.

import { host } from '../config/host_interface.js';
import { H32, HEAP_END, staticAlloc } from '../memory/linear.js';
import { defineModule, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { decref, newref } from '../object/header.js';
import { PyLong_AsLongAndOverflow, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { PyObject_SetAttrString } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Tuple } from '../object/sequence.js';
import { Py_None, PyExc_OSError, PyExc_ValueError } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, tupleFromObjs } from '../object/tuple.js';
import { structInstance, structType } from '../types/structseq.js';

const INFINITY = -1;
const LIMITS = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_OFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
} as const;
const COUNT = 10;
const RUSAGE_SELF = 0;
const RUSAGE_CHILDREN = -1;
const RUSAGE_THREAD = 1;
/** The stack of the Worker in which the runtime lives. */
const STACK_BYTES = 64 * 1024 * 1024;

/** For each resource that a program has set: the soft limit + 1 and the hard limit + 2; zeros for the others. */
const set = staticAlloc(8 * COUNT);

function initial(resource: number): readonly [number, number] {
  if (resource === LIMITS.RLIMIT_STACK) return [STACK_BYTES, INFINITY];
  if (resource === LIMITS.RLIMIT_AS || resource === LIMITS.RLIMIT_DATA) return [HEAP_END, HEAP_END];
  if (resource === LIMITS.RLIMIT_CORE) return [0, INFINITY];
  return [INFINITY, INFINITY];
}

function current(resource: number): readonly [number, number] {
  const at = (set + 8 * resource) >> 2;
  const first = initial(resource);
  return H32[at + 1] === 0 ? first : [H32[at] - 1, H32[at + 1] - 2];
}

function pairOf(limits: readonly [number, number]): Obj {
  const values = limits.map(PyLong_FromLong);
  if (values.includes(NULL)) {
    for (const v of values) if (v !== 0) decref(v);
    return NULL;
  }
  return tupleFromObjs(values);
}

function valid(resource: number): boolean {
  if (resource >= 0 && resource < COUNT) return true;
  PyErr_SetString(PyExc_ValueError, 'invalid resource specified');
  return false;
}

function getrlimit(_m: Obj, resource: number): Obj {
  return valid(resource) ? pairOf(current(resource)) : NULL;
}

/** One of the two new limits; NaN with an exception. */
function limitOf(o: Obj): number {
  if (!PyLong_Check(o)) {
    PyErr_SetString(PyExc_ValueError, 'expected a tuple of 2 integers');
    return Number.NaN;
  }
  const n = PyLong_AsLongAndOverflow(o);
  if (n === -1 && PyErr_Occurred() !== 0) return Number.NaN;
  return n < 0 || n > 0x7ffffff0 ? INFINITY : n;
}

function setrlimit(_m: Obj, resource: number, limits: Obj): Obj {
  if (!valid(resource)) return NULL;
  const pair = PySequence_Tuple(limits);
  if (pair === 0) return NULL;
  let soft = Number.NaN;
  let hard = Number.NaN;
  if (PyTuple_GET_SIZE(pair) !== 2) PyErr_SetString(PyExc_ValueError, 'expected a tuple of 2 integers');
  else {
    soft = limitOf(PyTuple_GET_ITEM(pair, 0));
    if (!Number.isNaN(soft)) hard = limitOf(PyTuple_GET_ITEM(pair, 1));
  }
  decref(pair);
  if (Number.isNaN(soft) || Number.isNaN(hard)) return NULL;
  if (hard !== INFINITY && (soft === INFINITY || soft > hard)) {
    return PyErr_SetString(PyExc_ValueError, 'current limit exceeds maximum limit');
  }
  const [, ceiling] = current(resource);
  if (ceiling !== INFINITY && (hard === INFINITY || hard > ceiling))
    return PyErr_SetString(PyExc_ValueError, 'not allowed to raise maximum limit');
  H32[(set + 8 * resource) >> 2] = soft + 1;
  H32[(set + 8 * resource + 4) >> 2] = hard + 2;
  return newref(Py_None);
}

const rusage = structType(
  'resource.struct_rusage',
  'struct_rusage: Result from getrusage.\n\nThis object may be accessed either as a tuple of\n    (utime,stime,maxrss,ixrss,idrss,isrss,minflt,majflt,\n    nswap,inblock,oublock,msgsnd,msgrcv,nsignals,nvcsw,nivcsw)\nor via the attributes ru_utime, ru_stime, ru_maxrss, and so on.',
  [
    ['ru_utime', 'user time used'],
    ['ru_stime', 'system time used'],
    ['ru_maxrss', 'max. resident set size'],
    ['ru_ixrss', 'shared memory size'],
    ['ru_idrss', 'unshared data size'],
    ['ru_isrss', 'unshared stack size'],
    ['ru_minflt', 'page faults not requiring I/O'],
    ['ru_majflt', 'page faults requiring I/O'],
    ['ru_nswap', 'number of swap outs'],
    ['ru_inblock', 'block input operations'],
    ['ru_oublock', 'block output operations'],
    ['ru_msgsnd', 'IPC messages sent'],
    ['ru_msgrcv', 'IPC messages received'],
    ['ru_nsignals', 'signals received'],
    ['ru_nvcsw', 'voluntary context switches'],
    ['ru_nivcsw', 'involuntary context switches'],
  ],
);

function getrusage(_m: Obj, who: number): Obj {
  if (who !== RUSAGE_SELF && who !== RUSAGE_CHILDREN && who !== RUSAGE_THREAD)
    return PyErr_SetString(PyExc_ValueError, 'invalid who parameter');
  const [user, system] = who === RUSAGE_CHILDREN ? [0, 0] : host.cpuTimes();
  const values = [PyFloat_FromDouble(user), PyFloat_FromDouble(system)];
  while (values.length < 16) values.push(PyLong_FromLong(0));
  return structInstance(rusage, values);
}

function exec(module: Obj): number {
  const numbers: Record<string, number> = {
    ...LIMITS,
    RLIM_INFINITY: INFINITY,
    RUSAGE_SELF,
    RUSAGE_CHILDREN,
    RUSAGE_THREAD,
  };
  for (const [name, value] of Object.entries(numbers)) {
    const n = PyLong_FromLong(value);
    const r = n === 0 ? -1 : PyObject_SetAttrString(module, name, n);
    if (n !== 0) decref(n);
    if (r < 0) return -1;
  }
  return PyObject_SetAttrString(module, 'error', PyExc_OSError);
}

defineModule({
  name: 'resource',
  types: [rusage],
  functions: [
    method('getrlimit', '($module, resource: int, /)', getrlimit),
    method('setrlimit', '($module, resource: int, limits, /)', setrlimit),
    method('getrusage', '($module, who: int, /)', getrusage),
    method('getpagesize', '($module, /)', () => PyLong_FromLong(65536)),
  ],
  exec,
});
