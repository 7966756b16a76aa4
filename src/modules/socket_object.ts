// What is a socket object?
//
// Invariant: it stands for an end of a pair of connected sockets (socketpair()), the only sockets that a host has; the descriptor is
// -1 once it is closed.  A socket with a timeout does not block below: the wait is here, and a signal that interrupts it runs the
// handlers and goes on with the time that is left (PEP 475).

import { EAGAIN, EBADF, EINTR, EINVAL, ENOTSOCK, EOPNOTSUPP } from '../config/errno.js';
import { failed, host } from '../config/host_interface.js';
import { H32, H8, HF64, staticAlloc } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { acquireBytes, acquireWritable, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import { _PyBytes_Resize, bytesResult, newBytes, PyBytes_AS_STRING } from '../object/bytes.js';
import { defineType, getset, member, method } from '../object/declare.js';
import {
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_SetRaisedException,
  PyErr_SetString,
  PyErr_WarnEx,
  PyErr_WriteUnraisable,
  reprText,
} from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { decref, newref } from '../object/header.js';
import { f64, i32, layout } from '../object/layout.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { Py_None, PyExc_ResourceWarning, PyExc_TimeoutError, PyExc_ValueError, staticType } from '../object/statics.js';
import { layoutDealloc, PyObject_CallFinalizerFromDealloc } from '../object/subtype.js';
import { Py_TPFLAGS_BASETYPE } from '../object/type_layout.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { none } from './io_common.js';
import { errnoMinus1, raiseErrno } from './os_error.js';
import { markInheritable } from './posix_fd.js';
import { asFileDescriptor } from './posix_path.js';
import { nanoseconds } from './pytime.js';
import { PyErr_CheckSignals } from './signals.js';
import { tupleOf } from './values.js';

export const AF_UNIX = 1;
export const SOCK_STREAM = 1;
export const SOL_SOCKET = 1;
export const SO_ERROR = 4;
export const SO_TYPE = 3;
export const SO_DOMAIN = 39;
export const SO_PROTOCOL = 38;
/** The bits of a type that are none: SOCK_CLOEXEC and SOCK_NONBLOCK. */
const TYPE_FLAGS = 0o2004000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

const ENOPROTOOPT = 92;
const EPROTONOSUPPORT = 93;
const ESOCKTNOSUPPORT = 94;
const EAFNOSUPPORT = 97;
const EISCONN = 106;

const S_IFMT = 0o170000;
const S_IFSOCK = 0o140000;

export const socket_Type = staticType();
/** `timeout` is in nanoseconds; negative: none. */
const Socket = layout({ fd: i32, family: i32, kind: i32, proto: i32, timeout: f64 });
const { fd: s_fd, family: s_family, kind: s_kind, proto: s_proto, timeout: s_timeout } = Socket;

/** The timeout of new sockets, as in a socket. */
const defaultTimeout = staticAlloc(8);
HF64[defaultTimeout >> 3] = -1;

const fdOf = (self: Obj): number => H32[(self + s_fd) >> 2];
const timeoutOf = (self: Obj): number => HF64[(self + s_timeout) >> 3];

function socket_new(type: Obj): Obj {
  const o = PyType_GenericAlloc(type, 0);
  if (o === 0) return NULL;
  H32[(o + s_fd) >> 2] = -1;
  H32[(o + s_kind) >> 2] = H32[(o + s_family) >> 2] = 0;
  HF64[(o + s_timeout) >> 3] = HF64[defaultTimeout >> 3];
  return o;
}

/** Makes a socket object stand for a descriptor: 0, or -1 with an exception. */
function adopt(self: Obj, fd: number, family: number, kind: number, proto: number): number {
  H32[(self + s_fd) >> 2] = fd;
  H32[(self + s_family) >> 2] = family;
  H32[(self + s_kind) >> 2] = kind & ~TYPE_FLAGS;
  H32[(self + s_proto) >> 2] = proto;
  HF64[(self + s_timeout) >> 3] = kind & 0o4000 ? 0 : HF64[defaultTimeout >> 3];
  return setBlocking(self);
}

/** Below, a socket blocks if it has no timeout: 0, or -1 with an exception. */
function setBlocking(self: Obj): number {
  const r = host.setBlocking(fdOf(self), timeoutOf(self) < 0);
  return r < 0 ? errnoMinus1(r) : 0;
}

/** A new socket object of the base type for a descriptor, which it owns. */
function socketOf(fd: number, kind: number, proto: number): Obj {
  const o = socket_new(socket_Type);
  if (o === 0) {
    host.close(fd);
    return NULL;
  }
  markInheritable(fd, false);
  if (adopt(o, fd, AF_UNIX, kind, proto) === 0) return o;
  decref(o);
  return NULL;
}

const INIT = parseSignature('socket', '(family: int = -1, type: int = -1, proto: int = -1, fileno=None)');

function socket_init(self: Obj, args: Obj, kwargs: Obj): number {
  if (!bindTuple(INIT, args, kwargs)) return -1;
  const [family, kind, proto, fileno] = bound;
  // A socket that is connected with nothing needs a network, or at least other programs.
  if (fileno === Py_None) return errnoMinus1(-EAFNOSUPPORT);
  const fd = asFileDescriptor(fileno as Obj);
  if (fd < 0) return -1;
  const st = host.fstat(fd);
  if (failed(st)) return errnoMinus1(st);
  if (typeof st === 'number' || (st.mode & S_IFMT) !== S_IFSOCK) return errnoMinus1(-ENOTSOCK);
  return adopt(self, fd, family === -1 ? AF_UNIX : family, kind === -1 ? SOCK_STREAM : kind, proto === -1 ? 0 : proto);
}

/** socketpair(): a tuple of two new sockets. */
export function socket_socketpair(_m: Obj, family: number, kind: number, proto: number): Obj {
  if (family !== AF_UNIX) return raiseErrno(-EOPNOTSUPP);
  if ((kind & ~TYPE_FLAGS) !== SOCK_STREAM) return raiseErrno(-ESOCKTNOSUPPORT);
  if (proto !== 0) return raiseErrno(-EPROTONOSUPPORT);
  const fds = host.socketpair();
  if (typeof fds === 'number') return raiseErrno(fds);
  const first = socketOf(fds[0], kind, proto);
  if (first === 0) {
    host.close(fds[1]);
    return NULL;
  }
  return tupleOf([first, socketOf(fds[1], kind, proto)]);
}

// ---- transfers ----------------------------------------------------------------------------------------------------------------------------------

/** Waits until the socket can be read (or written), until `end` of the monotonic clock: 0, or -1 with an exception. */
function waitFor(fd: number, write: boolean, end: bigint): number {
  for (;;) {
    const left = end - host.monotonicNs();
    const r = host.poll([fd], [write], left > 0n ? Number((left + 999999n) / 1000000n) : 0);
    if (typeof r !== 'number') {
      if (r.length > 0) return 0;
      PyErr_SetString(PyExc_TimeoutError, 'timed out');
      return -1;
    }
    if (r !== -EINTR) return errnoMinus1(r);
    if (PyErr_CheckSignals() < 0) return -1;
  }
}

/** When a wait that begins now shall end. */
function deadline(self: Obj): bigint {
  const ns = timeoutOf(self);
  return ns > 0 ? host.monotonicNs() + BigInt(ns) : 0n;
}

/** One transfer, with the waiting that the socket's timeout asks for: how many bytes, or -1 with an exception. */
function transfer(self: Obj, write: boolean, flags: number, end: bigint, call: (fd: number) => number): number {
  if (flags & ~(MSG_DONTWAIT | MSG_NOSIGNAL)) return errnoMinus1(-EOPNOTSUPP);
  const fd = fdOf(self);
  const once = (flags & MSG_DONTWAIT) !== 0;
  for (;;) {
    if (timeoutOf(self) > 0 && !once && waitFor(fd, write, end) < 0) return -1;
    if (once) host.setBlocking(fd, false);
    const n = call(fd);
    if (once && setBlocking(self) < 0) return -1;
    if (n >= 0) return n;
    if (n === -EINTR) {
      if (PyErr_CheckSignals() < 0) return -1;
    } else if (n !== -EAGAIN || timeoutOf(self) <= 0 || once) return errnoMinus1(n);
  }
}

function socket_recv(self: Obj, length: number, flags: number): Obj {
  if (length < 0) return PyErr_SetString(PyExc_ValueError, 'negative buffersize in recv');
  const data = newBytes(Math.max(2, length));
  if (data === 0) return NULL;
  const n = transfer(self, false, flags, deadline(self), (fd) => host.read(fd, H8, PyBytes_AS_STRING(data), length));
  if (n >= 0) return bytesResult(_PyBytes_Resize(data, n));
  decref(data);
  return NULL;
}

/** Reads into a buffer: how many bytes, or -1 with an exception. */
function receiveInto(self: Obj, buffer: Obj, wanted: number, flags: number, name: string): number {
  const handle = acquireWritable(buffer);
  if (handle === 0) return -1;
  const start = rangeStart;
  const length = wanted === 0 ? rangeLength : wanted;
  let n = -1;
  if (wanted < 0) PyErr_SetString(PyExc_ValueError, `negative buffersize in ${name}`);
  else if (length > rangeLength)
    PyErr_SetString(
      PyExc_ValueError,
      name === 'recvfrom_into'
        ? 'nbytes is greater than the length of the buffer'
        : 'buffer too small for requested bytes',
    );
  else n = transfer(self, false, flags, deadline(self), (fd) => host.read(fd, H8, start, length));
  releaseBytes(handle);
  return n;
}

function socket_recv_into(self: Obj, buffer: Obj, wanted: number, flags: number): Obj {
  const n = receiveInto(self, buffer, wanted, flags, 'recv_into');
  return n < 0 ? NULL : PyLong_FromLong(n);
}

function socket_recvfrom(self: Obj, length: number, flags: number): Obj {
  if (length < 0) return PyErr_SetString(PyExc_ValueError, 'negative buffersize in recvfrom');
  const data = socket_recv(self, length, flags);
  // Nobody is bound to an address here: the peer has none.
  return data === 0 ? NULL : tupleOf([data, none()]);
}

function socket_recvfrom_into(self: Obj, buffer: Obj, wanted: number, flags: number): Obj {
  const n = receiveInto(self, buffer, wanted, flags, 'recvfrom_into');
  return n < 0 ? NULL : tupleOf([PyLong_FromLong(n), none()]);
}

function socket_send(self: Obj, data: Obj, flags: number): Obj {
  const handle = acquireBytes(data);
  if (handle === 0) return NULL;
  const start = rangeStart;
  const length = rangeLength;
  const n = transfer(self, true, flags, deadline(self), (fd) => host.write(fd, H8, start, length));
  releaseBytes(handle);
  return n < 0 ? NULL : PyLong_FromLong(n);
}

function socket_sendall(self: Obj, data: Obj, flags: number): Obj {
  const handle = acquireBytes(data);
  if (handle === 0) return NULL;
  const start = rangeStart;
  const length = rangeLength;
  // The timeout is for the whole of it.
  const end = deadline(self);
  let done = 0;
  let n = 0;
  while (done < length && n >= 0) {
    const from = done;
    n = transfer(self, true, flags, end, (fd) => host.write(fd, H8, start + from, length - from));
    done += n;
    if (n >= 0 && PyErr_CheckSignals() < 0) n = -1;
  }
  releaseBytes(handle);
  return n < 0 ? NULL : none();
}

// ---- the end, and questions ---------------------------------------------------------------------------------------------------------------------

function socket_close(self: Obj): Obj {
  const fd = fdOf(self);
  H32[(self + s_fd) >> 2] = -1;
  const r = fd < 0 ? 0 : host.close(fd);
  return r < 0 ? raiseErrno(r) : none();
}

function socket_detach(self: Obj): Obj {
  const fd = fdOf(self);
  H32[(self + s_fd) >> 2] = -1;
  return PyLong_FromLong(fd);
}

function socket_shutdown(self: Obj, how: number): Obj {
  const r = host.shutdown(fdOf(self), how);
  return r < 0 ? raiseErrno(r) : none();
}

/** An operation that a socket of a pair refuses, or EBADF when it is closed. */
function refuse(errno: number): (self: Obj) => Obj {
  return (self) => raiseErrno(fdOf(self) < 0 ? -EBADF : -errno);
}

/** Neither end of a pair has a name. */
function noName(self: Obj): Obj {
  return fdOf(self) < 0 ? raiseErrno(-EBADF) : PyUnicode_FromString('');
}

function socket_getsockopt(self: Obj, level: number, option: number, buflen: Obj): Obj {
  if (fdOf(self) < 0) return raiseErrno(-EBADF);
  if (level !== SOL_SOCKET || buflen !== NULL) return raiseErrno(-ENOPROTOOPT);
  if (option === SO_ERROR) return PyLong_FromLong(0);
  if (option === SO_TYPE) return PyLong_FromLong(SOCK_STREAM);
  if (option === SO_DOMAIN) return PyLong_FromLong(AF_UNIX);
  if (option === SO_PROTOCOL) return PyLong_FromLong(0);
  return raiseErrno(-ENOPROTOOPT);
}

/** A timeout that a program gives, in nanoseconds (-1 for None), or NaN with an exception. */
function asTimeout(o: Obj): number {
  if (o === Py_None) return -1;
  const ns = nanoseconds(o, 'ceiling');
  if (ns === null) return Number.NaN;
  if (ns >= 0n) return Number(ns);
  PyErr_SetString(PyExc_ValueError, 'Timeout value out of range');
  return Number.NaN;
}

const timeoutObject = (ns: number): Obj => (ns < 0 ? none() : PyFloat_FromDouble(ns / 1e9));

export function socket_getdefaulttimeout(): Obj {
  return timeoutObject(HF64[defaultTimeout >> 3]);
}

export function socket_setdefaulttimeout(_m: Obj, o: Obj): Obj {
  const ns = asTimeout(o);
  if (Number.isNaN(ns)) return NULL;
  HF64[defaultTimeout >> 3] = ns;
  return none();
}

function socket_settimeout(self: Obj, o: Obj): Obj {
  const ns = asTimeout(o);
  if (Number.isNaN(ns)) return NULL;
  HF64[(self + s_timeout) >> 3] = ns;
  return setBlocking(self) < 0 ? NULL : none();
}

function socket_setblocking(self: Obj, blocking: number): Obj {
  HF64[(self + s_timeout) >> 3] = blocking ? -1 : 0;
  return setBlocking(self) < 0 ? NULL : none();
}

function socket_repr(self: Obj): Obj {
  const at = (field: number): number => H32[(self + field) >> 2];
  return PyUnicode_FromString(
    `<socket object, fd=${fdOf(self)}, family=${at(s_family)}, type=${at(s_kind)}, proto=${at(s_proto)}>`,
  );
}

function socket_finalize(self: Obj): void {
  if (fdOf(self) < 0) return;
  const e = PyErr_GetRaisedException();
  if (PyErr_WarnEx(PyExc_ResourceWarning, `unclosed ${reprText(self)}`, 1) < 0) {
    if (PyErr_ExceptionMatches(PyExc_ResourceWarning)) PyErr_WriteUnraisable(self);
    else PyErr_Clear();
  }
  // The warning has looked at the descriptor; only now may it go.
  host.close(fdOf(self));
  H32[(self + s_fd) >> 2] = -1;
  PyErr_SetRaisedException(e);
}

function socket_dealloc(self: Obj): void {
  if (!PyObject_CallFinalizerFromDealloc(self)) layoutDealloc(self);
}

defineType({
  type: socket_Type,
  name: '_socket.socket',
  layout: Socket,
  flags: Py_TPFLAGS_BASETYPE,
  doc: 'socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\nsocket(family=-1, type=-1, proto=-1, fileno=None) -> socket object\n\nOpen a socket of the given type.',
  slots: {
    tp_new: socket_new,
    tp_init: socket_init,
    tp_repr: socket_repr,
    tp_finalize: socket_finalize,
    tp_dealloc: socket_dealloc,
  },
  members: [
    member('family', 'int', s_family, { doc: 'the socket family' }),
    member('type', 'int', s_kind, { doc: 'the socket type' }),
    member('proto', 'int', s_proto, { doc: 'the socket protocol' }),
  ],
  getset: [getset('timeout', (self: Obj) => timeoutObject(timeoutOf(self)), null, 'the socket timeout')],
  methods: [
    method('_accept', '!($self, /)', refuse(EINVAL), 'Wait for an incoming connection.'),
    method('bind', '!($self, address, /)', refuse(EINVAL), 'Bind the socket to a local address.'),
    method('connect', '!($self, address, /)', refuse(EISCONN), 'Connect the socket to a remote address.'),
    method('connect_ex', '!($self, address, /)', () => PyLong_FromLong(EISCONN)),
    method('listen', '!($self, backlog=0, /)', refuse(EINVAL), 'Enable a server to accept connections.'),
    method('close', '!($self, /)', socket_close, 'Close the socket.  It cannot be used after this call.'),
    method('detach', '!($self, /)', socket_detach, 'Close the socket object without closing the descriptor.'),
    method('fileno', '!($self, /)', (self: Obj) => PyLong_FromLong(fdOf(self)), 'Return the integer file descriptor.'),
    method('getblocking', '!($self, /)', (self: Obj) => PyBool_FromLong(timeoutOf(self) === 0 ? 0 : 1)),
    method('gettimeout', '!($self, /)', (self: Obj) => timeoutObject(timeoutOf(self))),
    method('getpeername', '!($self, /)', noName, 'Return the address of the remote endpoint.'),
    method('getsockname', '!($self, /)', noName, 'Return the address of the local endpoint.'),
    method('getsockopt', '!($self, level: int, option: int, buffersize=<unrepresentable>, /)', socket_getsockopt),
    method('setsockopt', '!($self, *args)', refuse(ENOPROTOOPT)),
    method('recv', '!($self, buffersize: ssize, flags: int = 0, /)', socket_recv, 'Receive up to buffersize bytes.'),
    method('recv_into', '!($self, buffer, nbytes: ssize = 0, flags: int = 0)', socket_recv_into),
    method('recvfrom', '!($self, buffersize: ssize, flags: int = 0, /)', socket_recvfrom),
    method('recvfrom_into', '!($self, buffer, nbytes: ssize = 0, flags: int = 0)', socket_recvfrom_into),
    method('send', '!($self, data, flags: int = 0, /)', socket_send, 'Send a data string to the socket.'),
    method('sendall', '!($self, data, flags: int = 0, /)', socket_sendall, 'Send a data string to the socket.'),
    method('sendto', '!($self, *args)', refuse(EISCONN)),
    method('setblocking', '!($self, flag: bool, /)', socket_setblocking),
    method('settimeout', '!($self, timeout, /)', socket_settimeout),
    method('shutdown', '!($self, how: int, /)', socket_shutdown, 'Shut down one or both halves of the connection.'),
  ],
});

/** dup(): a new descriptor of the same socket. */
export function socket_dup(_m: Obj, o: Obj): Obj {
  const fd = asFileDescriptor(o);
  if (fd < 0) return NULL;
  const copy = host.dup(fd);
  if (copy < 0) return raiseErrno(copy);
  markInheritable(copy, false);
  return PyLong_FromLong(copy);
}

/** close(): closes a socket's descriptor. */
export function socket_close_fd(_m: Obj, o: Obj): Obj {
  const fd = asFileDescriptor(o);
  if (fd < 0) return NULL;
  const r = host.close(fd);
  return r < 0 ? raiseErrno(r) : newref(Py_None);
}
