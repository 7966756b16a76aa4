// What is a FileIO: an open file of the host, without a buffer?
//
// Invariant: `fd` is the host's descriptor, -1 when closed or never opened.  Reads and writes that a signal interrupts run the signal's
// handlers and are made again (PEP 475).  A descriptor that the object owns (closefd) is closed with it, with a ResourceWarning if nobody
// closed it before.

import { reprOf } from '../types/exceptions.js';
import { EAGAIN, EBADF, EINTR, EISDIR, ESPIPE } from '../config/errno.js';
import { failed, host } from '../config/host_interface.js';
import { H32, H8, HF64 } from '../memory/linear.js';
import { PyMem_Free, PyMem_Malloc } from '../memory/alloc.js';
import { bindTuple, bound } from '../object/bind.js';
import { acquireBytes, acquireWritable, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import {
  _PyBytes_Resize,
  bytesResult,
  newBytes,
  PyBytes_AS_STRING,
  PyBytes_FromStringAndSize,
} from '../object/bytes.js';
import { PyObject_CallFunctionObjArgs, PyObject_CallMethodOneArg } from '../object/call.js';
import { defineType, getset, member, method } from '../object/declare.js';
import {
  _PyErr_ChainExceptions1,
  errMinus1,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_NoMemory,
  PyErr_Occurred,
  PyErr_SetRaisedException,
  PyErr_SetString,
  PyErr_WarnEx,
  PyErr_WriteUnraisable,
  reprText,
  typeName,
} from '../object/errors.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { idObj } from '../object/identifiers.js';
import { f64, i32, layout } from '../object/layout.js';
import { PyLong_AsInt, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { PyBool_Check, PyBool_FromLong, PyObject_SetAttr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_None,
  PyExc_OverflowError,
  PyExc_ResourceWarning,
  PyExc_RuntimeError,
  PyExc_RuntimeWarning,
  PyExc_TypeError,
  PyExc_ValueError,
  staticType,
} from '../object/statics.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { IO_FLAGS, IOBase, iobase_dealloc, iobase_finalize, needWritable, RawIOBase_Type } from './io_base.js';
import {
  asOffset,
  cannotPickle,
  closedFile,
  none,
  optionalAttr,
  optionalSize,
  s_close,
  s_name,
  unsupported,
} from './io_common.js';
import { errnoMinus1, raiseErrno } from './os_error.js';
import { fsText } from './paths.js';
import { PyErr_CheckSignals } from './signals.js';

export const FileIO = layout(
  {
    size: f64,
    fd: i32,
    created: i32,
    readable: i32,
    writable: i32,
    appending: i32,
    /** -1: not known yet. */
    seekable: i32,
    closefd: i32,
    finalizing: i32,
    blksize: i32,
    /** `size` is the size when it was opened; -1 when that is not known or no longer of use. */
    isfile: i32,
  },
  { base: IOBase.info },
);
const {
  size: f_size,
  fd: f_fd,
  created,
  readable,
  writable,
  appending,
  seekable,
  closefd,
  finalizing,
  blksize,
  isfile,
} = FileIO;

export const FileIO_Type = staticType();

const O_RDONLY = 0;
const O_WRONLY = 1;
const O_RDWR = 2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const O_CLOEXEC = 0o2000000;
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
const S_IFCHR = 0o020000;

/** No call to the host moves more. */
const MOST = 0x7ffff000;

const FILE_SIG = parseSignature('FileIO', "(file, mode: str ='r', closefd: bool =True, opener=None)");

/** Whether an object is exactly a FileIO, so that its functions may be called without looking up methods. */
export function isFileIO(o: Obj): boolean {
  return Py_TYPE(o) === FileIO_Type;
}

// ---- opening ----------------------------------------------------------------------------------------------------------------------------

function fileio_new(type: Obj, _args: Obj, _kwargs: Obj): Obj {
  const self = PyType_GenericAlloc(type, 0);
  if (self === 0) return NULL;
  H32[(self + f_fd) >> 2] = -1;
  H32[(self + seekable) >> 2] = -1;
  H32[(self + closefd) >> 2] = 1;
  return self;
}

/** Reads the mode into the object's fields: the flags for open, or -1 with ValueError. */
function parseMode(self: Obj, mode: string): number {
  let main = '';
  let plus = false;
  for (const c of mode) {
    if (c === 'r' || c === 'w' || c === 'a' || c === 'x') {
      if (main !== '') return badMode();
      main = c;
    } else if (c === '+') {
      if (plus) return badMode();
      plus = true;
    } else if (c !== 'b') return errMinus1(PyExc_ValueError, `invalid mode: ${mode}`);
  }
  if (main === '') return badMode();
  const reads = main === 'r' || plus;
  const writes = main !== 'r' || plus;
  H32[(self + created) >> 2] = main === 'x' ? 1 : 0;
  H32[(self + appending) >> 2] = main === 'a' ? 1 : 0;
  H32[(self + readable) >> 2] = reads ? 1 : 0;
  H32[(self + writable) >> 2] = writes ? 1 : 0;
  let flags = reads ? (writes ? O_RDWR : O_RDONLY) : O_WRONLY;
  if (main === 'x') flags |= O_EXCL | O_CREAT;
  if (main === 'w') flags |= O_CREAT | O_TRUNC;
  if (main === 'a') flags |= O_APPEND | O_CREAT;
  return flags | O_CLOEXEC;
}

function badMode(): number {
  return errMinus1(PyExc_ValueError, 'Must have exactly one of create/read/write/append mode and at most one plus');
}

/** Closes the descriptor: 0, or -1 with OSError. */
function closeDescriptor(self: Obj): number {
  const fd = H32[(self + f_fd) >> 2];
  if (fd < 0) return 0;
  H32[(self + f_fd) >> 2] = -1;
  const r = host.close(fd);
  return r < 0 ? errnoMinus1(r) : 0;
}

/** The descriptor that an argument is: -1 without exception if it is none; -2 with an exception. */
function descriptorOf(o: Obj): number {
  if (PyBool_Check(o) && PyErr_WarnEx(PyExc_RuntimeWarning, 'bool is used as a file descriptor', 1) < 0) return -2;
  if (!PyLong_Check(o)) return -1;
  const fd = PyLong_AsInt(o);
  if (fd === -1 && PyErr_Occurred() !== 0) {
    // What no descriptor can be is taken for a (wrong) file name.
    PyErr_Clear();
    return -1;
  }
  if (fd < 0) {
    PyErr_SetString(PyExc_ValueError, 'negative file descriptor');
    return -2;
  }
  return fd;
}

function fileio_init(self: Obj, args: Obj, kwargs: Obj): number {
  if (!bindTuple(FILE_SIG, args, kwargs)) return -1;
  const file = bound[0] as Obj;
  const modeArg = bound[1] as Obj;
  const mode = modeArg === 0 ? 'r' : asString(modeArg);
  if (mode.includes('\0')) return errMinus1(PyExc_ValueError, 'embedded null character');
  return openFile(self, file, mode, bound[2], bound[3] as Obj);
}

/** What fileio_init does: 0, or -1. */
function openFile(self: Obj, file: Obj, mode: string, ownsGiven: number, opener: Obj): number {
  if (H32[(self + f_fd) >> 2] >= 0) {
    if (H32[(self + closefd) >> 2]) {
      if (closeDescriptor(self) < 0) return -1;
    } else H32[(self + f_fd) >> 2] = -1;
  }
  let fd = descriptorOf(file);
  if (fd === -2) return -1;
  const given = fd >= 0;
  let path = '';
  if (!given) {
    const text = fsText(file);
    if (text === null) return -1;
    path = text;
  }
  const flags = parseMode(self, mode);
  if (flags < 0) return -1;
  let owned = false;
  if (given) {
    H32[(self + closefd) >> 2] = ownsGiven;
  } else {
    H32[(self + closefd) >> 2] = 1;
    if (!ownsGiven) return errMinus1(PyExc_ValueError, 'Cannot use closefd=False with file name');
    fd = opener === Py_None ? openPath(path, flags, file) : callOpener(opener, file, flags);
    if (fd < 0) return -1;
    owned = true;
  }
  H32[(self + f_fd) >> 2] = fd;
  H32[(self + seekable) >> 2] = -1;
  if (examine(self, fd, file) < 0 || PyObject_SetAttr(self, idObj(s_name), file) < 0 || goToEnd(self, fd) < 0) {
    // A descriptor that was given is not ours to close.
    if (!owned) H32[(self + f_fd) >> 2] = -1;
    else if (H32[(self + f_fd) >> 2] >= 0) {
      const e = PyErr_GetRaisedException();
      if (closeDescriptor(self) < 0) _PyErr_ChainExceptions1(e);
      else PyErr_SetRaisedException(e);
    }
    return -1;
  }
  return 0;
}

function openPath(path: string, flags: number, file: Obj): number {
  for (;;) {
    const fd = host.open(path, flags, 0o666);
    if (fd !== -EINTR) return fd < 0 ? errnoMinus1(fd, file) : fd;
    if (PyErr_CheckSignals() < 0) return -1;
  }
}

function callOpener(opener: Obj, file: Obj, flags: number): number {
  const number = PyLong_FromLong(flags);
  const r = PyObject_CallFunctionObjArgs(opener, file, number);
  decref(number);
  if (r === 0) return -1;
  if (!PyLong_Check(r)) {
    decref(r);
    return errMinus1(PyExc_TypeError, 'expected integer from opener');
  }
  const fd = PyLong_AsInt(r);
  decref(r);
  if (fd < 0) return PyErr_Occurred() !== 0 ? -1 : errMinus1(PyExc_ValueError, `opener returned ${fd}`);
  return fd;
}

/** Looks at what was opened: directories are refused, the size is remembered for readall. 0, or -1. */
function examine(self: Obj, fd: number, file: Obj): number {
  const st = host.fstat(fd);
  H32[(self + isfile) >> 2] = -1;
  H32[(self + blksize) >> 2] = 8192;
  if (failed(st)) return st === -EBADF ? errnoMinus1(st, file) : 0;
  if ((st.mode & S_IFMT) === S_IFDIR) return errnoMinus1(-EISDIR, file);
  if (st.blksize > 1) H32[(self + blksize) >> 2] = st.blksize;
  H32[(self + isfile) >> 2] = (st.mode & S_IFMT) === S_IFCHR ? 0 : 1;
  HF64[(self + f_size) >> 3] = st.size;
  return 0;
}

/** For appending: the position is the end from the start on; what cannot seek is let be. 0, or -1. */
function goToEnd(self: Obj, fd: number): number {
  if (!H32[(self + appending) >> 2]) return 0;
  const r = host.lseek(fd, 0, 2);
  if (r < 0 && r !== -ESPIPE) return errnoMinus1(r);
  H32[(self + seekable) >> 2] = r < 0 ? 0 : 1;
  return 0;
}

// ---- closing ----------------------------------------------------------------------------------------------------------------------------

/** Warns that an open file is being thrown away, if it is one that the object owns. */
function dealloc_warn(self: Obj, source: Obj): Obj {
  if (H32[(self + f_fd) >> 2] >= 0 && H32[(self + closefd) >> 2]) {
    const e = PyErr_GetRaisedException();
    if (PyErr_WarnEx(PyExc_ResourceWarning, `unclosed file ${reprText(source)}`, 1) < 0) {
      if (PyErr_ExceptionMatches(PyExc_ResourceWarning)) PyErr_WriteUnraisable(self);
      else PyErr_Clear();
    }
    PyErr_SetRaisedException(e);
  }
  return none();
}

function fileio_close(self: Obj): Obj {
  const r = PyObject_CallMethodOneArg(RawIOBase_Type, idObj(s_close), self);
  if (!H32[(self + closefd) >> 2]) {
    H32[(self + f_fd) >> 2] = -1;
    return r;
  }
  const e = PyErr_GetRaisedException();
  if (H32[(self + finalizing) >> 2]) decref(dealloc_warn(self, self));
  const rc = closeDescriptor(self);
  if (e !== 0) _PyErr_ChainExceptions1(e);
  if (rc < 0 && r !== 0) {
    decref(r);
    return NULL;
  }
  return r;
}

function fileio_dealloc(self: Obj): void {
  H32[(self + finalizing) >> 2] = 1;
  iobase_dealloc(self);
}

// ---- reading and writing ------------------------------------------------------------------------------------------------------------------

/** The descriptor of a file that can be read (or written); -1 with an exception. */
function checked(self: Obj, flag: number, action: string): number {
  const fd = H32[(self + f_fd) >> 2];
  if (fd < 0) {
    closedFile('I/O operation on closed file');
    return -1;
  }
  if (flag !== 0 && !H32[(self + flag) >> 2]) {
    unsupported(`File not open for ${action}`);
    return -1;
  }
  return fd;
}

/** Reads to memory: how many bytes, -1 with an exception, -2 if it would block. */
export function fileReadRaw(self: Obj, to: number, n: number): number {
  const fd = checked(self, readable, 'reading');
  if (fd < 0) return -1;
  for (;;) {
    const r = host.read(fd, H8, to, n > MOST ? MOST : n);
    if (r >= 0) return r;
    if (r === -EAGAIN) return -2;
    if (r !== -EINTR) return errnoMinus1(r);
    if (PyErr_CheckSignals() < 0) return -1;
  }
}

/** Writes from memory: how many bytes, -1 with an exception, -2 if it would block. */
export function fileWriteRaw(self: Obj, from: number, n: number): number {
  const fd = checked(self, writable, 'writing');
  if (fd < 0) return -1;
  for (;;) {
    const r = host.write(fd, H8, from, n > MOST ? MOST : n);
    if (r >= 0) return r;
    if (r === -EAGAIN) return -2;
    if (r !== -EINTR) return errnoMinus1(r);
    if (PyErr_CheckSignals() < 0) return -1;
  }
}

/** Moves the position: the new one, or -1 with an exception. */
export function fileSeekRaw(self: Obj, offset: number, whence: number): number {
  const fd = checked(self, 0, '');
  if (fd < 0) return -1;
  const r = host.lseek(fd, offset, whence);
  if (H32[(self + seekable) >> 2] < 0) H32[(self + seekable) >> 2] = r >= 0 ? 1 : 0;
  return r < 0 ? errnoMinus1(r) : r;
}

function fileio_readinto(self: Obj, buffer: Obj): Obj {
  if (checked(self, readable, 'reading') < 0) return NULL;
  const handle = acquireWritable(buffer);
  if (handle === 0) return needWritable('readinto', buffer);
  const n = fileReadRaw(self, rangeStart, rangeLength);
  releaseBytes(handle);
  return n === -2 ? none() : n < 0 ? NULL : PyLong_FromLong(n);
}

function fileio_readall(self: Obj): Obj {
  const fd = checked(self, 0, '');
  if (fd < 0) return NULL;
  let capacity = 128 * 1024;
  // With the size at opening at hand, one read for the content and one that finds the end are enough.
  if (H32[(self + isfile) >> 2] >= 0 && HF64[(self + f_size) >> 3] >= 0) {
    const size = HF64[(self + f_size) >> 3];
    const at = size > 65536 ? host.lseek(fd, 0, 1) : 0;
    const left = size - (at > 0 ? at : 0);
    if (size > 0 && left >= 0) capacity = left + 1;
  }
  if (capacity > MOST)
    return PyErr_SetString(
      PyExc_OverflowError,
      'unbounded read returned more bytes than a Python bytes object can hold',
    );
  let data = newBytes(Math.max(capacity, 2));
  if (data === 0) return NULL;
  capacity = Math.max(capacity, 2);
  let length = 0;
  for (;;) {
    if (length >= capacity) {
      capacity += capacity > 65536 ? capacity >> 3 : 256 + capacity;
      capacity = Math.max(capacity, length + 8192);
      data = _PyBytes_Resize(data, capacity);
      if (data === 0) return NULL;
    }
    const n = fileReadRaw(self, PyBytes_AS_STRING(data) + length, capacity - length);
    if (n === -2) {
      if (length > 0) break;
      decref(data);
      return none();
    }
    if (n < 0) {
      decref(data);
      return NULL;
    }
    if (n === 0) break;
    length += n;
  }
  return bytesResult(_PyBytes_Resize(data, length));
}

function fileio_read(self: Obj, sizeArg: Obj): Obj {
  const size = optionalSize(sizeArg);
  if (Number.isNaN(size) || checked(self, readable, 'reading') < 0) return NULL;
  if (size < 0) return fileio_readall(self);
  const p = PyMem_Malloc(size);
  if (p === 0) return PyErr_NoMemory();
  const n = fileReadRaw(self, p, size);
  const r = n === -2 ? none() : n < 0 ? NULL : PyBytes_FromStringAndSize(p, n);
  PyMem_Free(p);
  return r;
}

function fileio_write(self: Obj, b: Obj): Obj {
  const handle = acquireBytes(b);
  if (handle === 0) return NULL;
  const n = fileWriteRaw(self, rangeStart, rangeLength);
  releaseBytes(handle);
  return n === -2 ? none() : n < 0 ? NULL : PyLong_FromLong(n);
}

function fileio_seek(self: Obj, pos: Obj, whence: number): Obj {
  if (checked(self, 0, '') < 0) return NULL;
  const offset = asOffset(pos);
  if (Number.isNaN(offset)) return NULL;
  const r = fileSeekRaw(self, offset, whence);
  return r < 0 ? NULL : PyLong_FromLong(r);
}

function fileio_tell(self: Obj): Obj {
  const r = fileSeekRaw(self, 0, 1);
  return r < 0 ? NULL : PyLong_FromLong(r);
}

function fileio_truncate(self: Obj, sizeArg: Obj): Obj {
  const fd = checked(self, writable, 'writing');
  if (fd < 0) return NULL;
  let pos: Obj;
  if (sizeArg === Py_None) pos = fileio_tell(self);
  else pos = newref(sizeArg);
  if (pos === 0) return NULL;
  const size = asOffset(pos);
  if (Number.isNaN(size)) {
    decref(pos);
    return NULL;
  }
  const r = host.ftruncate(fd, size);
  if (r < 0) {
    decref(pos);
    return raiseErrno(r);
  }
  HF64[(self + f_size) >> 3] = -1;
  return pos;
}

// ---- what it is -----------------------------------------------------------------------------------------------------------------------------

function openAnd(answer: (self: Obj, fd: number) => boolean): (self: Obj) => Obj {
  return (self) => {
    const fd = checked(self, 0, '');
    return fd < 0 ? NULL : PyBool_FromLong(answer(self, fd) ? 1 : 0);
  };
}

function isSeekable(self: Obj, fd: number): boolean {
  if (H32[(self + seekable) >> 2] < 0) H32[(self + seekable) >> 2] = host.lseek(fd, 0, 1) >= 0 ? 1 : 0;
  return H32[(self + seekable) >> 2] !== 0;
}

/** seekable() of an exact FileIO that is open. */
export function fileSeekable(self: Obj): boolean {
  return isSeekable(self, H32[(self + f_fd) >> 2]);
}

/** The descriptor, or -1. */
export function fileDescriptor(self: Obj): number {
  return H32[(self + f_fd) >> 2];
}

/** A file that cannot be a terminal, by what was seen when it was opened, needs no question to the host. */
function isattyOpenOnly(self: Obj, fd: number): boolean {
  return H32[(self + isfile) >> 2] !== 1 && host.isatty(fd);
}

function fileio_fileno(self: Obj): Obj {
  const fd = checked(self, 0, '');
  return fd < 0 ? NULL : PyLong_FromLong(fd);
}

function modeText(self: Obj): string {
  const r = H32[(self + readable) >> 2];
  if (H32[(self + created) >> 2]) return r ? 'xb+' : 'xb';
  if (H32[(self + appending) >> 2]) return r ? 'ab+' : 'ab';
  return r ? (H32[(self + writable) >> 2] ? 'rb+' : 'rb') : 'wb';
}

function fileio_repr(self: Obj): Obj {
  const fd = H32[(self + f_fd) >> 2];
  const type = typeName(self);
  if (fd < 0) return PyUnicode_FromString(`<${type} [closed]>`);
  const owns = H32[(self + closefd) >> 2] ? 'True' : 'False';
  const name = optionalAttr(self, s_name);
  if (name === -1) return NULL;
  if (name === 0) return PyUnicode_FromString(`<${type} fd=${fd} mode='${modeText(self)}' closefd=${owns}>`);
  const entered = Py_ReprEnter(self);
  if (entered !== 0) {
    decref(name);
    return entered > 0 ? PyErr_SetString(PyExc_RuntimeError, `reentrant call inside ${type}.__repr__`) : NULL;
  }
  const shown = reprOf(name);
  Py_ReprLeave(self);
  decref(name);
  if (shown === null) return NULL;
  return PyUnicode_FromString(`<${type} name=${shown} mode='${modeText(self)}' closefd=${owns}>`);
}

defineType({
  type: FileIO_Type,
  name: '_io.FileIO',
  base: RawIOBase_Type,
  layout: FileIO,
  flags: IO_FLAGS,
  signature: "(file, mode='r', closefd=True, opener=None)",
  doc: `Open a file.

The mode can be 'r' (default), 'w', 'x' or 'a' for reading,
writing, exclusive creation or appending.  The file will be created if it
doesn't exist when opened for writing or appending; it will be truncated
when opened for writing.  A FileExistsError will be raised if it already
exists when opened for creating.  Add a '+' to the mode to allow
simultaneous reading and writing.  A custom opener can be used by passing a
callable as *opener*: it is called with (name, flags) and must return an
open file descriptor.`,
  slots: {
    tp_new: fileio_new,
    tp_init: fileio_init,
    tp_dealloc: fileio_dealloc,
    tp_finalize: iobase_finalize,
    tp_repr: fileio_repr,
  },
  methods: [
    method('read', '($self, size=-1, /)', fileio_read, 'Read at most size bytes, returned as bytes.'),
    method('readall', '($self, /)', fileio_readall, 'Read all data from the file, returned as bytes.'),
    method('readinto', '($self, buffer, /)', fileio_readinto, 'Same as RawIOBase.readinto().'),
    method('write', '($self, b, /)', fileio_write, 'Write buffer b to file, return number of bytes written.'),
    method(
      'seek',
      '($self, pos, whence: int =0, /)',
      fileio_seek,
      'Move to new file position and return the file position.',
    ),
    method('tell', '($self, /)', fileio_tell, 'Current file position.'),
    method(
      'truncate',
      '($self, size=None, /)',
      fileio_truncate,
      'Truncate the file to at most size bytes and return the truncated size.',
    ),
    method('close', '($self, /)', fileio_close, 'Close the file.'),
    method('seekable', '($self, /)', openAnd(isSeekable), 'True if file supports random-access.'),
    method(
      'readable',
      '($self, /)',
      openAnd((self) => H32[(self + readable) >> 2] !== 0),
      'True if file was opened in a read mode.',
    ),
    method(
      'writable',
      '($self, /)',
      openAnd((self) => H32[(self + writable) >> 2] !== 0),
      'True if file was opened in a write mode.',
    ),
    method('fileno', '($self, /)', fileio_fileno, 'Return the underlying file descriptor (an integer).'),
    method(
      'isatty',
      '($self, /)',
      openAnd((_self, fd) => host.isatty(fd)),
      'True if the file is connected to a TTY device.',
    ),
    method('_isatty_open_only', '($self, /)', openAnd(isattyOpenOnly)),
    method('_dealloc_warn', '($self, object, /)', dealloc_warn),
    method('__getstate__', '($self, /)', cannotPickle),
  ],
  members: [member('_finalizing', 'bool', finalizing, { writable: true })],
  getset: [
    getset(
      'closed',
      (self: Obj) => PyBool_FromLong(H32[(self + f_fd) >> 2] < 0 ? 1 : 0),
      null,
      'True if the file is closed',
    ),
    getset(
      'closefd',
      (self: Obj) => PyBool_FromLong(H32[(self + closefd) >> 2]),
      null,
      'True if the file descriptor will be closed by close().',
    ),
    getset('mode', (self: Obj) => PyUnicode_FromString(modeText(self)), null, 'String giving the file mode'),
    getset('_blksize', (self: Obj) => PyLong_FromLong(H32[(self + blksize) >> 2]), null, 'Preferred I/O block size'),
  ],
});
