// What is `fcntl`?  Invariant: of a descriptor's flags, those are told and set that the host knows: blocking and inheritance; of a terminal, its size and
// what waits to be read.  What the host has not got (locks, other requests) fails as it does on a system without it.

import { EFAULT, EINVAL, ENOSYS, ENOTTY } from '../config/errno.js';
import { failed, host } from '../config/host_interface.js';
import { H8 } from '../memory/linear.js';
import { acquireBytes, acquireWritable, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import { bytesFromArray, PyBytes_Check } from '../object/bytes.js';
import { defineModule, method } from '../object/declare.js';
import { PyErr_Clear, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyLong_AsInt, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { asString, PyUnicode_Check } from '../object/unicode.js';
import { raiseErrno } from './os_error.js';
import { addConstants } from './posix.js';
import { isInheritable, markInheritable } from './posix_fd.js';
import { asFileDescriptor } from './posix_path.js';

const F_DUPFD = 0;
const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const F_DUPFD_CLOEXEC = 1030;
const FD_CLOEXEC = 1;
const O_NONBLOCK = 0o4000;
const FIONREAD = 0x541b;
const TIOCGWINSZ = 0x5413;

/** A duplicate whose number is at least `first`, or -errno. */
function dupFrom(fd: number, first: number): number {
  if (first < 0) return -EINVAL;
  const low: number[] = [];
  let copy = host.dup(fd);
  while (copy >= 0 && copy < first) {
    low.push(copy);
    copy = host.dup(fd);
  }
  for (const n of low) host.close(n);
  return copy;
}

/** What a call on a descriptor with a number gives, or -errno. */
function numberCall(fd: number, cmd: number, arg: number): number {
  switch (cmd) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC: {
      const copy = dupFrom(fd, arg);
      if (copy >= 0) markInheritable(copy, cmd === F_DUPFD);
      return copy;
    }
    case F_GETFD: {
      const st = host.fstat(fd);
      return typeof st === 'number' ? st : isInheritable(fd) ? 0 : FD_CLOEXEC;
    }
    case F_SETFD: {
      const st = host.fstat(fd);
      if (typeof st === 'number') return st;
      markInheritable(fd, (arg & FD_CLOEXEC) === 0);
      return 0;
    }
    case F_GETFL: {
      const blocking = host.getBlocking(fd);
      if (typeof blocking === 'number') return blocking;
      return host.openFlags(fd) | (blocking ? 0 : O_NONBLOCK);
    }
    case F_SETFL:
      return host.setBlocking(fd, (arg & O_NONBLOCK) === 0);
    default:
      return -EINVAL;
  }
}

function fcntl_fcntl(_m: Obj, fdObj: Obj, cmd: number, arg: Obj): Obj {
  const fd = asFileDescriptor(fdObj);
  if (fd < 0) return NULL;
  let n = 0;
  if (arg !== 0) {
    // Structures are for locks and signals only, which the host has not got.
    if (!PyLong_Check(arg)) return raiseErrno(-EINVAL);
    n = PyLong_AsInt(arg);
    if (n === -1 && PyErr_Occurred() !== 0) return NULL;
  }
  const r = numberCall(fd, cmd, n);
  return failed(r) ? raiseErrno(r) : PyLong_FromLong(r);
}

/** The bytes that a request answers with, or -errno. */
function request(fd: number, code: number): Uint8Array | number {
  if (code === TIOCGWINSZ) {
    const size = host.terminalSize(fd);
    return typeof size === 'number' ? size : new Uint8Array(new Uint16Array([size[1], size[0], 0, 0]).buffer);
  }
  if (code === FIONREAD) {
    const n = host.available(fd);
    return n < 0 ? n : new Uint8Array(new Int32Array([n]).buffer);
  }
  const st = host.fstat(fd);
  return typeof st === 'number' ? st : -ENOTTY;
}

function fcntl_ioctl(_m: Obj, fdObj: Obj, code: number, arg: Obj, mutate: number): Obj {
  const fd = asFileDescriptor(fdObj);
  if (fd < 0) return NULL;
  const answer = request(fd, code);
  if (typeof answer === 'number') return raiseErrno(answer);
  if (arg === 0 || PyLong_Check(arg)) return raiseErrno(-EFAULT);
  if (PyUnicode_Check(arg)) {
    const text = new TextEncoder().encode(asString(arg));
    if (text.length < answer.length) return raiseErrno(-EFAULT);
    text.set(answer);
    return bytesFromArray(text);
  }
  if (!PyBytes_Check(arg) && mutate !== 0) {
    const handle = acquireWritable(arg);
    if (handle !== 0) {
      const fits = rangeLength >= answer.length;
      if (fits) H8.set(answer, rangeStart);
      releaseBytes(handle);
      return fits ? PyLong_FromLong(0) : raiseErrno(-EFAULT);
    }
    PyErr_Clear();
  }
  const handle = acquireBytes(arg);
  if (handle === 0)
    return PyErr_SetString(PyExc_TypeError, 'ioctl() argument 3 must be an integer, a bytes-like object, or a string');
  const copy = H8.slice(rangeStart, rangeStart + rangeLength);
  releaseBytes(handle);
  if (copy.length < answer.length) return raiseErrno(-EFAULT);
  copy.set(answer);
  return bytesFromArray(copy);
}

function lock(_m: Obj, fdObj: Obj): Obj {
  const fd = asFileDescriptor(fdObj);
  return fd < 0 ? NULL : raiseErrno(-ENOSYS);
}

const LOCK_NB = 4;
const LOCK_UN = 8;

function fcntl_lockf(m: Obj, fdObj: Obj, operation: number): Obj {
  const kind = operation & ~LOCK_NB;
  if (kind !== 1 && kind !== 2 && kind !== LOCK_UN)
    return PyErr_SetString(PyExc_ValueError, 'unrecognized lockf argument');
  return lock(m, fdObj);
}

const CONSTANTS =
  'LOCK_SH 1 LOCK_EX 2 LOCK_NB 4 LOCK_UN 8 LOCK_MAND 32 LOCK_READ 64 LOCK_WRITE 128 LOCK_RW 192 ' +
  'F_DUPFD 0 F_DUPFD_CLOEXEC 1030 F_GETFD 1 F_SETFD 2 F_GETFL 3 F_SETFL 4 F_GETLK 5 F_SETLK 6 F_SETLKW 7 F_GETOWN 9 F_SETOWN 8 ' +
  'F_GETSIG 11 F_SETSIG 10 F_RDLCK 0 F_WRLCK 1 F_UNLCK 2 F_EXLCK 4 F_SHLCK 8 F_SETPIPE_SZ 1031 F_GETPIPE_SZ 1032 ' +
  'F_GETLEASE 1025 F_SETLEASE 1024 F_NOTIFY 1026 F_ADD_SEALS 1033 F_GET_SEALS 1034 FD_CLOEXEC 1 FASYNC 8192';

defineModule({
  name: 'fcntl',
  doc: 'This module performs file control and I/O control on file\ndescriptors.',
  functions: [
    method(
      'fcntl',
      '($module, fd, cmd: int, arg=<unrepresentable>, /)',
      fcntl_fcntl,
      'Perform the operation `cmd` on file descriptor fd.',
    ),
    method(
      'ioctl',
      '($module, fd, request: uint, arg=<unrepresentable>, mutate_flag: bool = True, /)',
      fcntl_ioctl,
      'Perform the operation request on file descriptor fd.',
    ),
    method(
      'flock',
      '($module, fd, operation: int, /)',
      lock,
      'Perform the lock operation `operation` on file descriptor `fd`.',
    ),
    method(
      'lockf',
      '($module, fd, cmd: int, len=0, start=0, whence: int = 0, /)',
      fcntl_lockf,
      'A wrapper around the fcntl() locking calls.',
    ),
  ],
  exec: (m) => addConstants(m, CONSTANTS),
});
