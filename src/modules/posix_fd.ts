// What can os do with file descriptors?  Invariant: a call that a signal interrupts runs the handlers and is made again (PEP 475).

import { EINTR, EINVAL } from '../config/errno.js';
import { host } from '../config/host_interface.js';
import { H8, staticAlloc } from '../memory/linear.js';
import { acquireBytes, acquireWritable, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import { _PyBytes_Resize, bytesResult, newBytes, PyBytes_AS_STRING } from '../object/bytes.js';
import { type MethodDef, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { decref, newref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Fast } from '../object/sequence.js';
import { PyExc_TypeError } from '../object/statics.js';
import { PyList_Check, PyList_GET_ITEM, PyList_GET_SIZE } from '../object/list.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { PySequence_Check } from '../object/sequence.js';
import { structInstance, structType } from '../types/structseq.js';
import { asOffset, none } from './io_common.js';
import { localeEncoding } from './io_text_state.js';
import { raiseErrno } from './os_error.js';
import { asFileDescriptor, noDirFd, pathArg, pathError } from './posix_path.js';
import { fromHostText } from './paths.js';
import { PyErr_CheckSignals } from './signals.js';
import { tupleOf } from './values.js';

/** Makes a call until no signal interrupts it: its answer, or 1 - 2**32 with an exception from a handler. */
function retry(call: () => number): number {
  for (;;) {
    const r = call();
    if (r !== -EINTR) return r;
    if (PyErr_CheckSignals() < 0) return HANDLER_RAISED;
  }
}
const HANDLER_RAISED = -0xffffffff;

/** The int of a host's answer, or NULL with OSError. */
function intOf(r: number): Obj {
  return r >= 0 ? PyLong_FromLong(r) : failed(r);
}
function noneOf(r: number): Obj {
  return r >= 0 ? none() : failed(r);
}
function failed(r: number): Obj {
  return r === HANDLER_RAISED ? NULL : raiseErrno(r);
}

// Which descriptors a program has marked as inheritable: bits, for the first 1024.  New descriptors are not (PEP 446).
const inheritable = staticAlloc(128);

export function isInheritable(fd: number): boolean {
  return fd < 3 || (fd < 1024 && ((H8[inheritable + (fd >> 3)] >> (fd & 7)) & 1) !== 0);
}

export function markInheritable(fd: number, on: boolean): void {
  if (fd >= 1024) return;
  if (on) H8[inheritable + (fd >> 3)] |= 1 << (fd & 7);
  else H8[inheritable + (fd >> 3)] &= ~(1 << (fd & 7));
}

/** A new descriptor as an int. */
function fresh(fd: number): Obj {
  if (fd >= 0) markInheritable(fd, false);
  return intOf(fd);
}

function posix_open(_m: Obj, o: Obj, flags: number, mode: number, dirFd: Obj): Obj {
  const path = pathArg(o, 'open');
  if (path === null || !noDirFd(dirFd)) return NULL;
  const fd = retry(() => host.open(path.text, flags | 0o2000000, mode));
  if (fd === HANDLER_RAISED) return NULL;
  return fd < 0 ? pathError(fd, path) : fresh(fd);
}

function posix_close(_m: Obj, fd: number): Obj {
  const r = host.close(fd);
  // After EINTR the descriptor is closed all the same.
  return r === -EINTR ? none() : noneOf(r);
}

function posix_closerange(_m: Obj, low: number, high: number): Obj {
  for (let fd = Math.max(low, 0); fd < Math.min(high, 65536); fd++) host.close(fd);
  return none();
}

function posix_read(_m: Obj, fd: number, length: number): Obj {
  if (length < 0) return raiseErrno(-EINVAL);
  const data = newBytes(Math.max(2, length));
  if (data === 0) return NULL;
  const n = retry(() => host.read(fd, H8, PyBytes_AS_STRING(data), length));
  if (n >= 0) return bytesResult(_PyBytes_Resize(data, n));
  decref(data);
  return failed(n);
}

function posix_readinto(_m: Obj, fd: number, buffer: Obj): Obj {
  const handle = acquireWritable(buffer);
  if (handle === 0) return NULL;
  const start = rangeStart;
  const length = rangeLength;
  const n = retry(() => host.read(fd, H8, start, length));
  releaseBytes(handle);
  return intOf(n);
}

function posix_pread(_m: Obj, fd: number, length: number, offsetArg: Obj): Obj {
  const offset = asOffset(offsetArg);
  if (Number.isNaN(offset)) return NULL;
  if (length < 0) return raiseErrno(-EINVAL);
  const data = newBytes(Math.max(2, length));
  if (data === 0) return NULL;
  const n = retry(() => host.pread(fd, H8, PyBytes_AS_STRING(data), length, offset));
  if (n >= 0) return bytesResult(_PyBytes_Resize(data, n));
  decref(data);
  return failed(n);
}

function withBytes(data: Obj, call: (p: number, n: number) => number): Obj {
  const handle = acquireBytes(data);
  if (handle === 0) return NULL;
  const start = rangeStart;
  const length = rangeLength;
  const n = retry(() => call(start, length));
  releaseBytes(handle);
  return intOf(n);
}

function posix_write(_m: Obj, fd: number, data: Obj): Obj {
  return withBytes(data, (p, n) => host.write(fd, H8, p, n));
}

function posix_pwrite(_m: Obj, fd: number, data: Obj, offsetArg: Obj): Obj {
  const offset = asOffset(offsetArg);
  return Number.isNaN(offset) ? NULL : withBytes(data, (p, n) => host.pwrite(fd, H8, p, n, offset));
}

/** Calls the host for each of a sequence of buffers until one is not filled (or written) whole: the sum as an int. */
function eachBuffer(
  name: string,
  buffers: Obj,
  writable: boolean,
  call: (p: number, n: number, done: number) => number,
): Obj {
  if (!PySequence_Check(buffers)) return PyErr_SetString(PyExc_TypeError, `${name}() arg 2 must be a sequence`);
  const list = PySequence_Fast(buffers, `${name}() arg 2 must be a sequence`);
  if (list === 0) return NULL;
  const items: Obj[] = [];
  const isList = PyList_Check(list);
  const n = isList ? PyList_GET_SIZE(list) : PyTuple_GET_SIZE(list);
  for (let i = 0; i < n; i++) items.push(newref(isList ? PyList_GET_ITEM(list, i) : PyTuple_GET_ITEM(list, i)));
  decref(list);
  const ranges: { handle: number; start: number; length: number }[] = [];
  let ok = true;
  for (const o of items) {
    const handle = ok ? (writable ? acquireWritable(o) : acquireBytes(o)) : 0;
    if (handle === 0) ok = false;
    else ranges.push({ handle, start: rangeStart, length: rangeLength });
  }
  let total = 0;
  for (const r of ok ? ranges : []) {
    const got = retry(() => call(r.start, r.length, total));
    if (got < 0) {
      if (total === 0) total = got;
      break;
    }
    total += got;
    if (got < r.length) break;
  }
  for (const r of ranges) releaseBytes(r.handle);
  items.forEach(decref);
  return ok ? intOf(total) : NULL;
}

function posix_readv(_m: Obj, fd: number, buffers: Obj): Obj {
  return eachBuffer('readv', buffers, true, (p, n) => host.read(fd, H8, p, n));
}

function posix_writev(_m: Obj, fd: number, buffers: Obj): Obj {
  return eachBuffer('writev', buffers, false, (p, n) => host.write(fd, H8, p, n));
}

function posix_preadv(_m: Obj, fd: number, buffers: Obj, offsetArg: Obj): Obj {
  const offset = asOffset(offsetArg);
  if (Number.isNaN(offset)) return NULL;
  return eachBuffer('preadv', buffers, true, (p, n, done) => host.pread(fd, H8, p, n, offset + done));
}

function posix_pwritev(_m: Obj, fd: number, buffers: Obj, offsetArg: Obj): Obj {
  const offset = asOffset(offsetArg);
  if (Number.isNaN(offset)) return NULL;
  return eachBuffer('pwritev', buffers, false, (p, n, done) => host.pwrite(fd, H8, p, n, offset + done));
}

function posix_lseek(_m: Obj, fd: number, position: Obj, whence: number): Obj {
  const offset = asOffset(position);
  return Number.isNaN(offset) ? NULL : intOf(host.lseek(fd, offset, whence));
}

function posix_dup(_m: Obj, fd: number): Obj {
  return fresh(host.dup(fd));
}

function posix_dup2(_m: Obj, fd: number, fd2: number, inherit: number): Obj {
  if (fd < 0 || fd2 < 0) return raiseErrno(-9);
  const r = host.dup2(fd, fd2);
  if (r < 0) return raiseErrno(r);
  markInheritable(fd2, inherit !== 0);
  return PyLong_FromLong(fd2);
}

function posix_pipe(): Obj {
  const pair = host.pipe();
  if (typeof pair === 'number') return raiseErrno(pair);
  return tupleOf([fresh(pair[0]), fresh(pair[1])]);
}

function posix_isatty(_m: Obj, fd: number): Obj {
  return PyBool_FromLong(host.isatty(fd) ? 1 : 0);
}

/** Calls the host with the descriptor of an int or an object with fileno(). */
function onFd(call: (fd: number) => number): (m: Obj, o: Obj) => Obj {
  return (_m, o) => {
    const fd = asFileDescriptor(o);
    return fd === -1 && PyErr_Occurred() !== 0 ? NULL : noneOf(retry(() => call(fd)));
  };
}

function posix_ftruncate(_m: Obj, fd: number, lengthArg: Obj): Obj {
  const length = asOffset(lengthArg);
  return Number.isNaN(length) ? NULL : noneOf(retry(() => host.ftruncate(fd, length)));
}

function posix_get_blocking(_m: Obj, fd: number): Obj {
  const r = host.getBlocking(fd);
  return typeof r === 'number' ? raiseErrno(r) : PyBool_FromLong(r ? 1 : 0);
}

function posix_set_blocking(_m: Obj, fd: number, blocking: number): Obj {
  return noneOf(host.setBlocking(fd, blocking !== 0));
}

function posix_get_inheritable(_m: Obj, fd: number): Obj {
  const st = host.fstat(fd);
  if (typeof st === 'number') return raiseErrno(st);
  return PyBool_FromLong(isInheritable(fd) ? 1 : 0);
}

function posix_set_inheritable(_m: Obj, fd: number, on: number): Obj {
  const st = host.fstat(fd);
  if (typeof st === 'number') return raiseErrno(st);
  markInheritable(fd, on !== 0);
  return none();
}

export const terminal_size = structType(
  'os.terminal_size',
  'A tuple of (columns, lines) for holding terminal window size',
  [
    ['columns', 'width of the terminal window in characters'],
    ['lines', 'height of the terminal window in characters'],
  ],
);

function posix_get_terminal_size(_m: Obj, fd: number): Obj {
  const size = host.terminalSize(fd);
  return typeof size === 'number' ? raiseErrno(size) : structInstance(terminal_size, size.map(PyLong_FromLong));
}

function posix_device_encoding(_m: Obj, fd: number): Obj {
  return host.isatty(fd) ? fromHostText(localeEncoding()) : none();
}

export const fdFunctions: readonly MethodDef[] = [
  method(
    'open',
    '($module, /, path, flags: int, mode: int =511, *, dir_fd=None)',
    posix_open,
    'Open a file for low level IO.  Returns a file descriptor (integer).',
  ),
  method('close', '($module, /, fd: int)', posix_close, 'Close a file descriptor.'),
  method(
    'closerange',
    '($module, fd_low: int, fd_high: int, /)',
    posix_closerange,
    'Closes all file descriptors in [fd_low, fd_high), ignoring errors.',
  ),
  method(
    'read',
    '($module, fd: int, length: ssize, /)',
    posix_read,
    'Read from a file descriptor.  Returns a bytes object.',
  ),
  method(
    'readinto',
    '($module, fd: int, buffer, /)',
    posix_readinto,
    'Read into a buffer object from a file descriptor.',
  ),
  method(
    'pread',
    '($module, fd: int, length: ssize, offset, /)',
    posix_pread,
    'Read a number of bytes from a file descriptor starting at a particular offset.',
  ),
  method('write', '($module, fd: int, data, /)', posix_write, 'Write a bytes object to a file descriptor.'),
  method(
    'pwrite',
    '($module, fd: int, buffer, offset, /)',
    posix_pwrite,
    'Write bytes to a file descriptor starting at a particular offset.',
  ),
  method(
    'readv',
    '($module, fd: int, buffers, /)',
    posix_readv,
    'Read from a file descriptor fd into an iterable of buffers.',
  ),
  method(
    'writev',
    '($module, fd: int, buffers, /)',
    posix_writev,
    'Iterate over buffers, and write the contents of each to a file descriptor.',
  ),
  method(
    'preadv',
    '($module, fd: int, buffers, offset, flags: int =0, /)',
    posix_preadv,
    'Reads from a file descriptor into a number of mutable bytes-like objects.',
  ),
  method(
    'pwritev',
    '($module, fd: int, buffers, offset, flags: int =0, /)',
    posix_pwritev,
    'Writes the contents of bytes-like objects to a file descriptor at a given offset.',
  ),
  method(
    'lseek',
    '($module, fd: int, position, whence: int, /)',
    posix_lseek,
    'Set the position of a file descriptor.  Return the new position.',
  ),
  method('dup', '($module, fd: int, /)', posix_dup, 'Return a duplicate of a file descriptor.'),
  method('dup2', '($module, /, fd: int, fd2: int, inheritable: bool =True)', posix_dup2, 'Duplicate file descriptor.'),
  method('pipe', '($module, /)', posix_pipe, 'Create a pipe.'),
  method('isatty', '($module, fd: int, /)', posix_isatty, 'Return True if the fd is connected to a terminal.'),
  method(
    'fsync',
    '($module, /, fd)',
    onFd((fd) => host.fsync(fd)),
    'Force write of fd to disk.',
  ),
  method(
    'fdatasync',
    '($module, /, fd)',
    onFd((fd) => host.fdatasync(fd)),
    'Force write of fd to disk without forcing update of metadata.',
  ),
  method(
    'ftruncate',
    '($module, fd: int, length, /)',
    posix_ftruncate,
    'Truncate a file, specified by file descriptor, to a specific length.',
  ),
  method('get_blocking', '($module, fd: int, /)', posix_get_blocking, 'Get the blocking mode of the file descriptor.'),
  method(
    'set_blocking',
    '($module, fd: int, blocking: bool, /)',
    posix_set_blocking,
    'Set the blocking mode of the specified file descriptor.',
  ),
  method(
    'get_inheritable',
    '($module, fd: int, /)',
    posix_get_inheritable,
    'Get the close-on-exe flag of the specified file descriptor.',
  ),
  method(
    'set_inheritable',
    '($module, fd: int, inheritable: bool, /)',
    posix_set_inheritable,
    'Set the inheritable flag of the specified file descriptor.',
  ),
  method(
    'get_terminal_size',
    '($module, fd: int =1, /)',
    posix_get_terminal_size,
    'Return the size of the terminal window as (columns, lines).',
  ),
  method(
    'device_encoding',
    '($module, /, fd: int)',
    posix_device_encoding,
    "Return a string describing the encoding of a terminal's file descriptor.",
  ),
];
