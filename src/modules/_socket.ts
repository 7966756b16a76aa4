// What is `_socket` where there is no network?  Invariant: the names that the library needs to be imported are there, and pairs of connected sockets
// (socket_object.ts); making another socket or asking the network says clearly, as an OSError, that this host has no such thing.

import { host } from '../config/host_interface.js';
import { defineModule, method } from '../object/declare.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyModule_Add, PyModule_AddObjectRef } from '../object/module_storage.js';
import type { Obj } from '../object/ptr.js';
import { PyExc_OSError, PyExc_TimeoutError } from '../object/statics.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { raiseErrno } from './os_error.js';
import {
  AF_UNIX,
  SO_DOMAIN,
  SO_ERROR,
  SO_PROTOCOL,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
  socket_close_fd,
  socket_dup,
  socket_getdefaulttimeout,
  socket_setdefaulttimeout,
  socket_socketpair,
  socket_Type,
} from './socket_object.js';
import { toPython } from './values.js';

const EAFNOSUPPORT = 97;
const unsupported = (): Obj => raiseErrno(-EAFNOSUPPORT);

/** Linux's numbers. */
const CONSTANTS: Readonly<Record<string, number>> = {
  AF_UNSPEC: 0,
  AF_UNIX,
  AF_INET: 2,
  AF_INET6: 10,
  SOCK_STREAM,
  SOCK_DGRAM: 2,
  SOCK_RAW: 3,
  SOCK_CLOEXEC: 0o2000000,
  SOCK_NONBLOCK: 0o4000,
  SOL_SOCKET,
  SO_REUSEADDR: 2,
  SO_KEEPALIVE: 9,
  SO_BROADCAST: 6,
  SO_ERROR,
  SO_TYPE,
  SO_DOMAIN,
  SO_PROTOCOL,
  SOMAXCONN: 4096,
  IPPROTO_IP: 0,
  IPPROTO_TCP: 6,
  IPPROTO_UDP: 17,
  IPPROTO_IPV6: 41,
  TCP_NODELAY: 1,
  MSG_PEEK: 2,
  MSG_OOB: 1,
  MSG_DONTROUTE: 4,
  MSG_DONTWAIT: 0x40,
  MSG_NOSIGNAL: 0x4000,
  SHUT_RD: 0,
  SHUT_WR: 1,
  SHUT_RDWR: 2,
  AI_PASSIVE: 1,
  AI_CANONNAME: 2,
  AI_NUMERICHOST: 4,
  AI_ADDRCONFIG: 0x20,
  EAI_NONAME: -2,
  EAI_FAMILY: -6,
  NI_NUMERICHOST: 1,
  NI_NUMERICSERV: 2,
  INADDR_ANY: 0,
  INADDR_LOOPBACK: 0x7f000001,
};

const swap16 = (n: number): number => ((n & 0xff) << 8) | ((n >> 8) & 0xff);
const swap32 = (n: number): number =>
  (((n & 0xff) << 24) | ((n & 0xff00) << 8) | ((n >>> 8) & 0xff00) | (n >>> 24)) >>> 0;

defineModule({
  name: '_socket',
  doc: 'Socket module: pairs of connected sockets; this host has no network.',
  functions: [
    method(
      'gethostname',
      '($module, /)',
      () => PyUnicode_FromString(host.uname().nodename),
      'Return the current host name.',
    ),
    method(
      'getdefaulttimeout',
      '($module, /)',
      socket_getdefaulttimeout,
      'Returns the default timeout in seconds (float) for new socket objects.',
    ),
    method(
      'setdefaulttimeout',
      '!($module, timeout, /)',
      socket_setdefaulttimeout,
      'Set the default timeout in seconds (float) for new socket objects.',
    ),
    method('getaddrinfo', '!($module, *args, **kwargs)', unsupported, 'Resolve host and port into addrinfo struct.'),
    method('gethostbyname', '!($module, *args)', unsupported),
    method('gethostbyaddr', '!($module, *args)', unsupported),
    method('getnameinfo', '!($module, *args)', unsupported),
    method(
      'socketpair',
      '!($module, family: int = 1, type: int = 1, proto: int = 0, /)',
      socket_socketpair,
      'Create a pair of socket objects from the sockets returned by the platform\nsocketpair() function.',
    ),
    method('close', '!($module, fd, /)', socket_close_fd, 'Close an integer socket file descriptor.'),
    method('dup', '!($module, fd, /)', socket_dup, 'Duplicate an integer socket file descriptor.'),
    method('htons', '($module, x: int, /)', (_m: Obj, n: number) => PyLong_FromLong(swap16(n))),
    method('ntohs', '($module, x: int, /)', (_m: Obj, n: number) => PyLong_FromLong(swap16(n))),
    method('htonl', '($module, x: uint, /)', (_m: Obj, n: number) => PyLong_FromLong(swap32(n))),
    method('ntohl', '($module, x: uint, /)', (_m: Obj, n: number) => PyLong_FromLong(swap32(n))),
  ],
  types: [socket_Type],
  exec: (m) => {
    for (const [name, value] of Object.entries(CONSTANTS))
      if (PyModule_Add(m, name, PyLong_FromLong(value)) < 0) return -1;
    if (
      PyModule_AddObjectRef(m, 'SocketType', socket_Type) < 0 ||
      PyModule_AddObjectRef(m, 'timeout', PyExc_TimeoutError) < 0
    )
      return -1;
    for (const name of ['error', 'herror', 'gaierror'])
      if (PyModule_AddObjectRef(m, name, PyExc_OSError) < 0) return -1;
    return PyModule_Add(m, 'has_ipv6', toPython(false));
  },
});
