// What is `termios`?  Invariant: a terminal's settings are the host's, as <termios.h> has them; Python sees them as a list of six numbers and the
// control characters.

import { failed, host, type HostTermios } from '../config/host_interface.js';
import { byteObj, PyBytes_AS_STRING, PyBytes_Check, PyBytes_GET_SIZE } from '../object/bytes.js';
import { H32, H8 } from '../memory/linear.js';
import { PyObject_CallFunctionObjArgs } from '../object/call.js';
import { defineModule, method } from '../object/declare.js';
import { PyDict_New } from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetObject, PyErr_SetString } from '../object/errors.js';
import { decref, xdecref } from '../object/header.js';
import { PyList_Check, PyList_GET_ITEM, PyList_GET_SIZE } from '../object/list.js';
import { PyLong_AsLong, PyLong_AsUnsignedLongMask, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { PyModule_AddObjectRef } from '../object/module_storage.js';
import { NULL, type Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import { PyExc_Exception, PyExc_TypeError, PyType_Type } from '../object/statics.js';
import { PyTuple_Pack } from '../object/tuple.js';
import { strerror } from '../config/strerror.js';
import { setOwned } from '../vm/sys_state.js';
import { none } from './io_common.js';
import { addConstants } from './posix.js';
import { asFileDescriptor } from './posix_path.js';
import { listOf, toPython } from './values.js';

const termiosError = ownedWord();
const NCCS = 32;
const ICANON = 2;
const VTIME = 5;
const VMIN = 6;

/** Raises termios.error(errno, text); returns NULL. */
function fail(answer: number): Obj {
  const args = toPython([-answer, strerror(-answer)]);
  if (args !== 0) {
    PyErr_SetObject(H32[termiosError] as Obj, args);
    decref(args);
  }
  return NULL;
}

function tcgetattr(_m: Obj, fdObj: Obj): Obj {
  const fd = asFileDescriptor(fdObj);
  if (fd < 0) return NULL;
  const t = host.tcgetattr(fd);
  if (failed(t)) return fail(t);
  const raw = (t.lflag & ICANON) === 0;
  const cc = Array.from({ length: NCCS }, (_, i) => t.cc[i] ?? 0);
  const chars = listOf(cc.map((c, i) => (raw && (i === VMIN || i === VTIME) ? PyLong_FromLong(c) : byteObj(c))));
  return listOf([
    ...[t.iflag, t.oflag, t.cflag, t.lflag, t.ispeed, t.ospeed].map((n) => PyLong_FromLong(n >>> 0)),
    chars,
  ]);
}

function tcsetattr(_m: Obj, fdObj: Obj, _when: number, term: Obj): Obj {
  const fd = asFileDescriptor(fdObj);
  if (fd < 0) return NULL;
  if (!PyList_Check(term) || PyList_GET_SIZE(term) !== 7) {
    return PyErr_SetString(PyExc_TypeError, 'tcsetattr, arg 3: must be 7 element list');
  }
  const numbers: number[] = [];
  for (let i = 0; i < 6; i++) {
    const n = PyLong_AsUnsignedLongMask(PyList_GET_ITEM(term, i));
    if (PyErr_Occurred() !== 0) return NULL;
    numbers.push(n);
  }
  const list = PyList_GET_ITEM(term, 6);
  if (!PyList_Check(list) || PyList_GET_SIZE(list) !== NCCS) {
    return PyErr_SetString(PyExc_TypeError, `tcsetattr: attributes[6] must be ${NCCS} element list`);
  }
  const cc: number[] = [];
  for (let i = 0; i < NCCS; i++) {
    const v = PyList_GET_ITEM(list, i);
    if (PyBytes_Check(v) && PyBytes_GET_SIZE(v) === 1) cc.push(H8[PyBytes_AS_STRING(v)]);
    else if (PyLong_Check(v)) {
      const n = PyLong_AsLong(v);
      if (n === -1 && PyErr_Occurred() !== 0) return NULL;
      cc.push(n & 0xff);
    } else return PyErr_SetString(PyExc_TypeError, 'tcsetattr: elements of attributes must be characters or integers');
  }
  const [iflag, oflag, cflag, lflag, ispeed, ospeed] = numbers;
  const settings: HostTermios = { iflag, oflag, cflag, lflag, ispeed, ospeed, cc };
  const r = host.tcsetattr(fd, settings);
  return r < 0 ? fail(r) : none();
}

/** A call that the host's terminals need not do: only the descriptor is looked at. */
function onTerminal(_m: Obj, fdObj: Obj): Obj {
  const fd = asFileDescriptor(fdObj);
  if (fd < 0) return NULL;
  return host.isatty(fd) ? none() : fail(-25);
}

const CONSTANTS =
  'TCSANOW 0 TCSADRAIN 1 TCSAFLUSH 2 TCIFLUSH 0 TCOFLUSH 1 TCIOFLUSH 2 TCOOFF 0 TCOON 1 TCIOFF 2 TCION 3 NCCS 32 ' +
  'VINTR 0 VQUIT 1 VERASE 2 VKILL 3 VEOF 4 VTIME 5 VMIN 6 VSWTC 7 VSWTCH 7 VSTART 8 VSTOP 9 VSUSP 10 VEOL 11 VREPRINT 12 VDISCARD 13 VWERASE 14 VLNEXT 15 VEOL2 16 ' +
  'IGNBRK 1 BRKINT 2 IGNPAR 4 PARMRK 8 INPCK 16 ISTRIP 32 INLCR 64 IGNCR 128 ICRNL 256 IUCLC 512 IXON 1024 IXANY 2048 IXOFF 4096 IMAXBEL 8192 IUTF8 16384 ' +
  'OPOST 1 OLCUC 2 ONLCR 4 OCRNL 8 ONOCR 16 ONLRET 32 OFILL 64 OFDEL 128 ' +
  'CSIZE 48 CS5 0 CS6 16 CS7 32 CS8 48 CSTOPB 64 CREAD 128 PARENB 256 PARODD 512 HUPCL 1024 CLOCAL 2048 CRTSCTS 2147483648 ' +
  'ISIG 1 ICANON 2 XCASE 4 ECHO 8 ECHOE 16 ECHOK 32 ECHONL 64 NOFLSH 128 TOSTOP 256 ECHOCTL 512 ECHOPRT 1024 ECHOKE 2048 FLUSHO 4096 PENDIN 16384 IEXTEN 32768 EXTPROC 65536 ' +
  'B0 0 B50 50 B75 75 B110 110 B134 134 B150 150 B200 200 B300 300 B600 600 B1200 1200 B1800 1800 B2400 2400 B4800 4800 B9600 9600 B19200 19200 B38400 38400 B57600 57600 B115200 115200 B230400 230400 ' +
  'TIOCGWINSZ 21523 TIOCSWINSZ 21524 TIOCGPGRP 21519 TIOCSPGRP 21520 FIONREAD 21531 TIOCSTI 21522';

function termios_exec(m: Obj): number {
  const name = toPython('error');
  const bases = PyTuple_Pack(PyExc_Exception);
  const dict = PyDict_New();
  const type =
    name === 0 || bases === 0 || dict === 0 ? NULL : PyObject_CallFunctionObjArgs(PyType_Type, name, bases, dict);
  for (const o of [name, bases, dict]) xdecref(o);
  if (type === 0) return -1;
  setOwned(termiosError, type);
  return addConstants(m, CONSTANTS) < 0 ? -1 : PyModule_AddObjectRef(m, 'error', type);
}

defineModule({
  name: 'termios',
  doc: 'This module provides an interface to the Posix calls for tty I/O control.',
  functions: [
    method('tcgetattr', '($module, fd, /)', tcgetattr, 'Get the tty attributes for file descriptor fd.'),
    method(
      'tcsetattr',
      '($module, fd, when: int, attributes, /)',
      tcsetattr,
      'Set the tty attributes for file descriptor fd.',
    ),
    method(
      'tcdrain',
      '($module, fd, /)',
      onTerminal,
      'Wait until all output written to file descriptor fd has been transmitted.',
    ),
    method('tcflush', '($module, fd, queue: int, /)', onTerminal, 'Discard queued data on file descriptor fd.'),
    method(
      'tcflow',
      '($module, fd, action: int, /)',
      onTerminal,
      'Suspend or resume input or output on file descriptor fd.',
    ),
    method('tcsendbreak', '($module, fd, duration: int, /)', onTerminal, 'Send a break on file descriptor fd.'),
  ],
  exec: termios_exec,
});
