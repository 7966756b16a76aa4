// What is `select`?  Invariant: what is ready is the host's to say; a wait that a signal interrupts runs the handlers and goes on with the time that is
// left (PEP 475).

import { EINTR } from '../config/errno.js';
import { host } from '../config/host_interface.js';
import { H32 } from '../memory/linear.js';
import { defineModule, defineType, method } from '../object/declare.js';
import {
  dictKey,
  dictValue,
  PyDict_Contains,
  PyDict_DelItem,
  PyDict_New,
  PyDict_Next,
  PyDict_SetItem,
} from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetObject, PyErr_SetString } from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref } from '../object/header.js';
import { layout, ref } from '../object/layout.js';
import { PyLong_AsLong, PyLong_FromLong } from '../object/long.js';
import { PyModule_AddObjectRef } from '../object/module_storage.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyNumber_AsSsize_t, PyNumber_Check } from '../object/number.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Fast } from '../object/sequence.js';
import {
  Py_None,
  PyExc_KeyError,
  PyExc_OSError,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
  staticType,
} from '../object/statics.js';
import { isListOrTuple, fastItems } from '../object/list.js';
import { ob_size, Py_TPFLAGS_DISALLOW_INSTANTIATION, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { none } from './io_common.js';
import { raiseErrno } from './os_error.js';
import { addConstants } from './posix.js';
import { asFileDescriptor } from './posix_path.js';
import { nanoseconds } from './pytime.js';
import { PyErr_CheckSignals } from './signals.js';
import { listOf, tupleOf } from './values.js';

const POLLIN = 1;
const POLLOUT = 4;
const POLLNVAL = 32;

/** Waits for descriptors: the indices that are ready, or null with an exception. */
function wait(fds: readonly number[], write: readonly boolean[], ns: bigint | null): readonly number[] | null {
  const end = ns === null ? null : host.monotonicNs() + ns;
  let left = ns;
  for (;;) {
    const ms = left === null || left < 0n ? (end === null ? -1 : 0) : Number((left + 999999n) / 1000000n);
    const r = host.poll(fds, write, ms);
    if (typeof r !== 'number') return r;
    if (r !== -EINTR) {
      raiseErrno(r);
      return null;
    }
    if (PyErr_CheckSignals() < 0) return null;
    if (end !== null) left = end - host.monotonicNs();
  }
}

/** The objects of a sequence (owned) with their descriptors; null with an exception. */
function descriptors(o: Obj): { objects: Obj[]; fds: number[] } | null {
  const seq = PySequence_Fast(o, 'arguments 1-3 must be sequences');
  if (seq === 0) return null;
  const objects: Obj[] = [];
  const fds: number[] = [];
  let ok = isListOrTuple(seq);
  for (let i = 0; ok && i < H32[(seq + ob_size) >> 2]; i++) {
    const item = newref(H32[(fastItems(seq) >> 2) + i] as Obj);
    objects.push(item);
    const fd = asFileDescriptor(item);
    ok = fd >= 0;
    if (ok && fd >= 1024) {
      PyErr_SetString(PyExc_ValueError, 'filedescriptor out of range in select()');
      ok = false;
    }
    fds.push(fd);
  }
  decref(seq);
  if (ok) return { objects, fds };
  objects.forEach(decref);
  return null;
}

function select_select(_m: Obj, rlist: Obj, wlist: Obj, xlist: Obj, timeout: Obj): Obj {
  let ns: bigint | null = null;
  if (timeout !== Py_None) {
    if (!PyNumber_Check(timeout)) return PyErr_SetString(PyExc_TypeError, 'timeout must be a float or None');
    ns = nanoseconds(timeout, 'ceiling');
    if (ns === null) return NULL;
    if (ns < 0n) return PyErr_SetString(PyExc_ValueError, 'timeout must be non-negative');
  }
  const lists = [];
  for (const o of [rlist, wlist, xlist]) {
    const d = descriptors(o);
    if (d === null) {
      for (const l of lists) l.objects.forEach(decref);
      return NULL;
    }
    lists.push(d);
  }
  const [r, w] = lists;
  const r1 = selected(r, w, ns);
  for (const l of lists) l.objects.forEach(decref);
  return r1;
}

function selected(r: { objects: Obj[]; fds: number[] }, w: { objects: Obj[]; fds: number[] }, ns: bigint | null): Obj {
  const fds = [...r.fds, ...w.fds];
  for (const fd of fds) {
    const st = host.fstat(fd);
    if (typeof st === 'number') return raiseErrno(st);
  }
  const ready = wait(
    fds,
    fds.map((_, i) => i >= r.fds.length),
    ns,
  );
  if (ready === null) return NULL;
  const n = r.fds.length;
  return tupleOf([
    listOf(ready.filter((i) => i < n).map((i) => newref(r.objects[i]))),
    listOf(ready.filter((i) => i >= n).map((i) => newref(w.objects[i - n]))),
    listOf([]),
  ]);
}

// ---- poll objects -------------------------------------------------------------------------------------------------------------------------------

const Poll = layout({ dict: ref });
const { dict: p_dict } = Poll;
const Poll_Type = staticType();

const dictOfPoll = (self: Obj): Obj => H32[(self + p_dict) >> 2] as Obj;

function select_poll(): Obj {
  const o = _PyObject_New(Poll_Type);
  if (o === 0) return NULL;
  H32[(o + p_dict) >> 2] = PyDict_New();
  PyObject_GC_Track(o);
  return o;
}

/** An event mask (an unsigned short): -1 with an exception. */
function mask(o: Obj): number {
  if (o === 0) return POLLIN | 2 | POLLOUT;
  const n = PyNumber_AsSsize_t(o, PyExc_OverflowError);
  if (n === -1 && PyErr_Occurred() !== 0) return -1;
  if (n < 0) PyErr_SetString(PyExc_ValueError, 'value must be positive');
  else if (n > 0xffff) PyErr_SetString(PyExc_OverflowError, 'Python int too large for C unsigned short');
  else return n;
  return -1;
}

function setMask(self: Obj, fdObj: Obj, events: Obj, mustExist: boolean): Obj {
  const fd = asFileDescriptor(fdObj);
  if (fd < 0) return NULL;
  const bits = mask(events);
  if (bits < 0) return NULL;
  const key = PyLong_FromLong(fd);
  const value = PyLong_FromLong(bits);
  let r = 0;
  if (mustExist) {
    const there = PyDict_Contains(dictOfPoll(self), key);
    if (there === 0) raiseErrno(-2);
    r = there === 1 ? 0 : -1;
  }
  if (r === 0) r = PyDict_SetItem(dictOfPoll(self), key, value);
  decref(key);
  decref(value);
  return r < 0 ? NULL : none();
}

function poll_unregister(self: Obj, fdObj: Obj): Obj {
  const fd = asFileDescriptor(fdObj);
  if (fd < 0) return NULL;
  const key = PyLong_FromLong(fd);
  const there = PyDict_Contains(dictOfPoll(self), key);
  if (there === 0) PyErr_SetObject(PyExc_KeyError, key);
  const r = there === 1 ? PyDict_DelItem(dictOfPoll(self), key) : -1;
  decref(key);
  return r < 0 ? NULL : none();
}

function poll_poll(self: Obj, timeout: Obj): Obj {
  let ns: bigint | null = null;
  if (timeout !== Py_None) {
    if (!PyNumber_Check(timeout)) return PyErr_SetString(PyExc_TypeError, 'timeout must be an integer or None');
    const scaled = nanoseconds(timeout, 'ceiling');
    if (scaled === null) return NULL;
    // Given in milliseconds.
    ns = scaled < 0n ? null : scaled / 1000n;
  }
  const fds: number[] = [];
  const masks: number[] = [];
  for (let pos = PyDict_Next(dictOfPoll(self), 0); pos > 0; pos = PyDict_Next(dictOfPoll(self), pos)) {
    fds.push(PyLong_AsLong(dictKey));
    masks.push(PyLong_AsLong(dictValue));
  }
  const invalid = new Set(fds.filter((fd) => typeof host.fstat(fd) === 'number'));
  const asked: { fd: number; write: boolean }[] = [];
  fds.forEach((fd, i) => {
    if (invalid.has(fd)) return;
    if (masks[i] & POLLIN) asked.push({ fd, write: false });
    if (masks[i] & POLLOUT) asked.push({ fd, write: true });
  });
  const ready = wait(
    asked.map((a) => a.fd),
    asked.map((a) => a.write),
    invalid.size > 0 ? 0n : ns,
  );
  if (ready === null) return NULL;
  const events = new Map<number, number>();
  for (const fd of invalid) events.set(fd, POLLNVAL);
  for (const i of ready) events.set(asked[i].fd, (events.get(asked[i].fd) ?? 0) | (asked[i].write ? POLLOUT : POLLIN));
  return listOf(
    fds
      .filter((fd) => events.has(fd))
      .map((fd) => tupleOf([PyLong_FromLong(fd), PyLong_FromLong(events.get(fd) as number)])),
  );
}

defineType({
  type: Poll_Type,
  name: 'select.poll',
  layout: Poll,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
  methods: [
    method(
      'register',
      '($self, fd, eventmask=<unrepresentable>, /)',
      (self: Obj, fd: Obj, m: Obj) => setMask(self, fd, m, false),
      'Register a file descriptor with the polling object.',
    ),
    method(
      'modify',
      '($self, fd, eventmask, /)',
      (self: Obj, fd: Obj, m: Obj) => setMask(self, fd, m, true),
      'Modify an already registered file descriptor.',
    ),
    method(
      'unregister',
      '($self, fd, /)',
      poll_unregister,
      'Remove a file descriptor being tracked by the polling object.',
    ),
    method('poll', '($self, timeout=None, /)', poll_poll, 'Polls the set of registered file descriptors.'),
  ],
});

defineModule({
  name: 'select',
  doc: 'This module supports asynchronous I/O on multiple file descriptors.',
  functions: [
    method(
      'select',
      '($module, rlist, wlist, xlist, timeout=None, /)',
      select_select,
      'Wait until one or more file descriptors are ready for some kind of I/O.',
    ),
    method('poll', '($module, /)', select_poll, 'Returns a polling object.'),
  ],
  exec: (m) => {
    if (
      addConstants(
        m,
        'POLLIN 1 POLLPRI 2 POLLOUT 4 POLLERR 8 POLLHUP 16 POLLNVAL 32 POLLRDNORM 64 POLLRDBAND 128 POLLWRNORM 256 POLLWRBAND 512 POLLMSG 1024 POLLRDHUP 8192 PIPE_BUF 4096',
      ) < 0
    )
      return -1;
    return PyModule_AddObjectRef(m, 'error', PyExc_OSError);
  },
});
