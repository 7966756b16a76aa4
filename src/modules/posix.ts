// What is `posix`?
//
// Invariant: every function asks the host and turns a negative answer into the OSError of its errno, with the file names that it was given; a call that
// was interrupted runs the signal handlers and is made again (PEP 475).  What the host has no notion of (fork, exec, directory descriptors) is absent or
// refused, never imitated.

import { type Host, type HostDirEntry, type HostStat, host } from '../config/host_interface.js';
import { EINTR } from '../config/errno.js';
import { strerror } from '../config/strerror.js';
import { H8, H32 } from '../memory/linear.js';
import { acquireBytes, acquireWritable, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_FromStringAndSize } from '../object/bytes.js';
import { classMethod, defineModule, defineType, member, method } from '../object/declare.js';
import { PyDict_New, PyDict_SetItem } from '../object/dict.js';
import { PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString, PyErr_WarnEx, reprText, typeName } from '../object/errors.js';
import { PyFloat_AsDouble, PyFloat_FromDouble } from '../object/float.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref, xdecref } from '../object/header.js';
import { i32, layout, ref } from '../object/layout.js';
import { asBigInt, asSafeInteger, PyLong_AsInt, PyLong_Check, PyLong_FromBigInt, PyLong_FromLong } from '../object/long.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { PyModule_Add, PyModule_AddObjectRef } from '../object/module_storage.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyIndex_Check, PyNumber_Index } from '../object/number.js';
import { PyBool_FromLong, PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_False,
  Py_None,
  Py_True,
  PyExc_NotImplementedError,
  PyExc_OSError,
  PyExc_OverflowError,
  PyExc_ResourceWarning,
  PyExc_RuntimeWarning,
  PyExc_TypeError,
  PyExc_ValueError,
  staticType,
} from '../object/statics.js';
import { PyList_GET_ITEM, PyList_GET_SIZE, } from '../object/list.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { PyOS_FSPath } from '../types/codec.js';
import { PySet_New } from '../object/set.js';
import { structInstance, structType } from '../types/structseq.js';
import { raiseErrno } from './os_error.js';
import { bytesFromHostText, fromHostText, hostText, hostTextOfBytes } from './paths.js';
import { POSIX_CONSTANTS } from './posix_constants.js';
import { PyErr_CheckSignals } from './signals.js';
import { listOf, listOfStr, toPython, tupleOf } from './values.js';

const none = (): Obj => newref(Py_None);

/** Calls the host until it is not interrupted: its answer, or null with an exception from a signal handler. */
function retry<T>(call: () => T | number): T | number | null {
  for (;;) {
    const r = call();
    if (r !== -EINTR) return r;
    if (PyErr_CheckSignals() < 0) return null;
  }
}

/** None for an answer that is no error; NULL with OSError otherwise. */
function done(answer: number | null, file: Obj = NULL, file2: Obj = NULL): Obj {
  if (answer === null) return NULL;
  return answer < 0 ? raiseErrno(answer, file, file2) : none();
}

// --- paths --------------------------------------------------------------------------------------------------------------------

interface Path {
  /** The text for the host; '' with a descriptor. */
  readonly text: string;
  readonly fd: number;
  /** What the caller gave, for error messages: borrowed. */
  readonly given: Obj;
  readonly bytes: boolean;
}

interface PathOptions {
  readonly fd?: boolean;
  readonly nullable?: boolean;
}

/** Reads a path argument of `name`; null with TypeError or ValueError. */
function pathArg(o: Obj, name: string, options: PathOptions = {}, arg = 'path'): Path | null {
  if (o === Py_None && options.nullable) return { text: '.', fd: -1, given: NULL, bytes: false };
  if (options.fd && PyIndex_Check(o)) {
    if (o === Py_True || o === Py_False) {
      if (PyErr_WarnEx(PyExc_RuntimeWarning, 'bool is used as a file descriptor', 1) < 0) return null;
    }
    const i = PyNumber_Index(o);
    if (i === 0) return null;
    const fd = PyLong_AsInt(i);
    decref(i);
    if (fd === -1 && PyErr_Occurred() !== 0) {
      if (PyErr_ExceptionMatches(PyExc_OverflowError)) {
        PyErr_Clear();
        PyErr_SetString(PyExc_OverflowError, asBigIntSign(o) < 0 ? 'fd is less than minimum' : 'fd is greater than maximum');
      }
      return null;
    }
    return { text: '', fd, given: o, bytes: false };
  }
  let path = o;
  if (!PyUnicode_Check(o) && !PyBytes_Check(o)) {
    const p = PyOS_FSPath(o);
    if (p === 0) {
      if (!PyErr_ExceptionMatches(PyExc_TypeError)) return null;
      PyErr_Clear();
      const kinds = options.fd ? (options.nullable ? 'string, bytes, os.PathLike, integer or None' : 'string, bytes, os.PathLike or integer') : options.nullable ? 'string, bytes, os.PathLike or None' : 'string, bytes or os.PathLike';
      PyErr_SetString(PyExc_TypeError, `${name}: ${arg} should be ${kinds}, not ${typeName(o)}`);
      return null;
    }
    path = p;
  }
  const bytes = PyBytes_Check(path);
  const text = hostText(path, `${name}: embedded null character in ${arg}`);
  if (path !== o) decref(path);
  return text === null ? null : { text, fd: -1, given: o, bytes };
}

function asBigIntSign(o: Obj): number {
  return PyLong_Check(o) && asBigInt(o) < 0n ? -1 : 1;
}

/** Directory descriptors are something this host has not. */
function noDirFd(dirFd: Obj, name: string): boolean {
  if (dirFd === 0 || dirFd === Py_None) return true;
  PyErr_SetString(PyExc_NotImplementedError, `${name}: dir_fd unavailable on this platform`);
  return false;
}

const back = (p: Path, text: string): Obj => (p.bytes ? bytesFromHostText(text) : fromHostText(text));

/** A function of one path: `call(host, text)`. */
const onPath = (name: string, call: (h: Host, text: string) => number) => (_m: Obj, path: Obj, dirFd: Obj = NULL): Obj => {
  const p = pathArg(path, name);
  if (p === null || !noDirFd(dirFd, name)) return NULL;
  return done(retry(() => call(host, p.text)), p.given);
};

/** A function of two paths. */
const onPaths = (name: string, call: (h: Host, from: string, to: string) => number) => (_m: Obj, src: Obj, dst: Obj, srcDir: Obj, dstDir: Obj): Obj => {
  const a = pathArg(src, name, {}, 'src');
  const b = a === null ? null : pathArg(dst, name, {}, 'dst');
  if (a === null || b === null || !noDirFd(srcDir, name) || !noDirFd(dstDir, name)) return NULL;
  return done(retry(() => call(host, a.text, b.text)), a.given, b.given);
};

// --- stat ---------------------------------------------------------------------------------------------------------------------

const stat_result = structType(
  'os.stat_result',
  'stat_result: Result from stat, fstat, or lstat.\n\nThis object may be accessed either as a tuple of\n  (mode, ino, dev, nlink, uid, gid, size, atime, mtime, ctime)\nor via the attributes st_mode, st_ino, st_dev, st_nlink, st_uid, and so on.\n\nPosix/windows: If your platform supports st_blksize, st_blocks, st_rdev,\nor st_flags, they are available as attributes only.\n\nSee os.stat for more information.',
  [
    ['st_mode', 'protection bits'],
    ['st_ino', 'inode'],
    ['st_dev', 'device'],
    ['st_nlink', 'number of hard links'],
    ['st_uid', 'user ID of owner'],
    ['st_gid', 'group ID of owner'],
    ['st_size', 'total size, in bytes'],
    [null, 'integer time of last access'],
    [null, 'integer time of last modification'],
    [null, 'integer time of last change'],
    ['st_atime', 'time of last access'],
    ['st_mtime', 'time of last modification'],
    ['st_ctime', 'time of last change'],
    ['st_atime_ns', 'time of last access in nanoseconds'],
    ['st_mtime_ns', 'time of last modification in nanoseconds'],
    ['st_ctime_ns', 'time of last change in nanoseconds'],
    ['st_blksize', 'blocksize for filesystem I/O'],
    ['st_blocks', 'number of blocks allocated'],
    ['st_rdev', 'device type (if inode device)'],
  ],
  10,
);

const seconds = (ns: bigint): Obj => PyLong_FromBigInt(ns >= 0n ? ns / 1000000000n : -((-ns + 999999999n) / 1000000000n));
const floatSeconds = (ns: bigint): Obj => PyFloat_FromDouble(Number(ns / 1000000000n) + 1e-9 * Number(ns % 1000000000n));

function statObject(st: HostStat): Obj {
  const times = [st.atimeNs, st.mtimeNs, st.ctimeNs];
  return structInstance(stat_result, [
    ...[st.mode, st.ino, st.dev, st.nlink, st.uid, st.gid, st.size].map(toPython),
    ...times.map(seconds),
    ...times.map(floatSeconds),
    ...times.map(PyLong_FromBigInt),
    ...[st.blksize, st.blocks, st.rdev].map(toPython),
  ]);
}

function doStat(p: Path, follow: boolean): Obj {
  const st = retry<HostStat>(() => (p.fd >= 0 || p.text === '' ? host.fstat(p.fd) : follow ? host.stat(p.text) : host.lstat(p.text)));
  if (st === null) return NULL;
  if (typeof st === 'number') return raiseErrno(p.text === '' && p.fd < 0 && st === 0 ? -2 : st, p.given);
  return statObject(st);
}

function posix_stat(_m: Obj, path: Obj, dirFd: Obj, follow: number): Obj {
  const p = pathArg(path, 'stat', { fd: true });
  if (p === null || !noDirFd(dirFd, 'stat')) return NULL;
  if (p.text === '' && p.fd < 0 && !PyIndex_Check(path)) return raiseErrno(-2, p.given);
  return doStat(p, follow !== 0);
}

function posix_lstat(_m: Obj, path: Obj, dirFd: Obj): Obj {
  const p = pathArg(path, 'lstat');
  if (p === null || !noDirFd(dirFd, 'lstat')) return NULL;
  return p.text === '' ? raiseErrno(-2, p.given) : doStat(p, false);
}

function posix_fstat(_m: Obj, fd: number): Obj {
  const st = retry<HostStat>(() => host.fstat(fd));
  if (st === null) return NULL;
  return typeof st === 'number' ? raiseErrno(st) : statObject(st);
}

// --- directories --------------------------------------------------------------------------------------------------------------

function listdir(_m: Obj, path: Obj): Obj {
  const p = pathArg(path, 'listdir', { nullable: true });
  if (p === null) return NULL;
  const names = retry<readonly string[]>(() => host.listdir(p.text));
  if (names === null) return NULL;
  if (typeof names === 'number') return raiseErrno(names, p.given);
  return listOf(names.map((n) => back(p, n)));
}

const entry_Type = staticType();
const Entry = layout({ name: ref, path: ref, type: i32, stat: ref, lstat: ref });
const scan_Type = staticType();
const Scan = layout({ entries: ref, next: i32, open: i32 });
const at = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;

const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;

function newEntry(p: Path, e: HostDirEntry): Obj {
  const o = _PyObject_New(entry_Type);
  if (o === 0) return NULL;
  const prefix = p.given === 0 ? '' : p.text.endsWith('/') ? p.text : `${p.text}/`;
  H32[(o + Entry.name) >> 2] = back(p, e.name);
  H32[(o + Entry.path) >> 2] = back(p, `${prefix}${e.name}`);
  H32[(o + Entry.type) >> 2] = e.type;
  PyObject_GC_Track(o);
  return o;
}

function entryText(o: Obj): string | null {
  return hostText(at(o, Entry.path));
}

function entryStat(o: Obj, follow: boolean): Obj {
  const offset = follow ? Entry.stat : Entry.lstat;
  const cached = at(o, offset);
  if (cached !== 0) return newref(cached);
  const text = entryText(o);
  if (text === null) return NULL;
  const st = retry<HostStat>(() => (follow ? host.stat(text) : host.lstat(text)));
  if (st === null) return NULL;
  if (typeof st === 'number') return raiseErrno(st, at(o, Entry.path));
  const r = statObject(st);
  if (r !== 0) H32[(o + offset) >> 2] = newref(r);
  return r;
}

/** Whether the entry is of a kind: 1, 0 (also when it is gone), or -1. */
function entryIs(o: Obj, follow: boolean, kind: number): number {
  const type = H32[(o + Entry.type) >> 2];
  if (type !== 0 && !(follow && type === S_IFLNK)) return type === kind ? 1 : 0;
  const text = entryText(o);
  if (text === null) return -1;
  const st = retry<HostStat>(() => (follow ? host.stat(text) : host.lstat(text)));
  if (st === null) return -1;
  if (typeof st === 'number') {
    if (st === -2) return 0;
    raiseErrno(st, at(o, Entry.path));
    return -1;
  }
  return (st.mode & S_IFMT) === kind ? 1 : 0;
}

const entryBool = (r: number): Obj => (r < 0 ? NULL : PyBool_FromLong(r));

defineType({
  type: entry_Type,
  name: 'posix.DirEntry',
  layout: Entry,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_repr: (o: Obj) => PyUnicode_FromString(`<DirEntry ${reprText(at(o, Entry.name))}>`) },
  methods: [
    method('is_dir', '($self, /, *, follow_symlinks: bool = True)', (o: Obj, f: number) => entryBool(entryIs(o, f !== 0, S_IFDIR)), 'Return True if the entry is a directory; cached per entry.'),
    method('is_file', '($self, /, *, follow_symlinks: bool = True)', (o: Obj, f: number) => entryBool(entryIs(o, f !== 0, S_IFREG)), 'Return True if the entry is a file; cached per entry.'),
    method('is_symlink', '($self, /)', (o: Obj) => entryBool(entryIs(o, false, S_IFLNK)), 'Return True if the entry is a symbolic link; cached per entry.'),
    method('is_junction', '($self, /)', () => PyBool_FromLong(false), 'Return True if the entry is a junction; cached per entry.'),
    method('stat', '($self, /, *, follow_symlinks: bool = True)', (o: Obj, f: number) => entryStat(o, f !== 0), 'Return stat_result object for the entry; cached per entry.'),
    method(
      'inode',
      '($self, /)',
      (o: Obj) => {
        const text = entryText(o);
        const st = text === null ? null : retry<HostStat>(() => host.lstat(text));
        if (st === null) return NULL;
        return typeof st === 'number' ? raiseErrno(st, at(o, Entry.path)) : PyLong_FromBigInt(st.ino);
      },
      'Return inode of the entry; cached per entry.',
    ),
    method('__fspath__', '($self, /)', (o: Obj) => newref(at(o, Entry.path)), 'Returns the path for the entry.'),
    classMethod('__class_getitem__', '!($cls, key, /)', Py_GenericAlias, 'See PEP 585'),
  ],
  members: [
    member('name', 'object', Entry.name, { doc: "the entry's base filename, relative to scandir() \"path\" argument" }),
    member('path', 'object', Entry.path, { doc: 'the entry\'s full path name; equivalent to os.path.join(scandir_path, entry.name)' }),
  ],
});

function scandir(_m: Obj, path: Obj): Obj {
  const p = pathArg(path, 'scandir', { nullable: true });
  if (p === null) return NULL;
  const entries = retry<readonly HostDirEntry[]>(() => host.scandir(p.text));
  if (entries === null) return NULL;
  if (typeof entries === 'number') return raiseErrno(entries, p.given);
  const list = listOf(entries.map((e) => newEntry(p, e)));
  const it = list === 0 ? NULL : _PyObject_New(scan_Type);
  if (it === 0) {
    xdecref(list);
    return NULL;
  }
  H32[(it + Scan.entries) >> 2] = list;
  H32[(it + Scan.open) >> 2] = 1;
  PyObject_GC_Track(it);
  return it;
}

function scan_close(o: Obj): Obj {
  const list = at(o, Scan.entries);
  H32[(o + Scan.entries) >> 2] = 0;
  H32[(o + Scan.open) >> 2] = 0;
  xdecref(list);
  return none();
}

function scan_next(o: Obj): Obj {
  const list = at(o, Scan.entries);
  if (list === 0) return NULL;
  const i = H32[(o + Scan.next) >> 2]++;
  if (i < PyList_GET_SIZE(list)) return newref(PyList_GET_ITEM(list, i));
  decref(scan_close(o));
  return NULL;
}

defineType({
  type: scan_Type,
  name: 'posix.ScandirIterator',
  layout: Scan,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: {
    tp_iter: PyObject_SelfIter,
    tp_iternext: scan_next,
    tp_finalize: (o: Obj) => {
      if (H32[(o + Scan.open) >> 2] && PyErr_WarnEx(PyExc_ResourceWarning, `unclosed scandir iterator ${reprText(o)}`, 1) < 0) PyErr_Clear();
      return 0;
    },
  },
  methods: [method('__enter__', '($self, /)', newref), method('__exit__', '($self, /, *exc)', scan_close), method('close', '($self, /)', scan_close)],
});

// --- files --------------------------------------------------------------------------------------------------------------------

function posix_open(_m: Obj, path: Obj, flags: number, mode: number, dirFd: Obj): Obj {
  const p = pathArg(path, 'open');
  if (p === null || !noDirFd(dirFd, 'open')) return NULL;
  const fd = retry(() => host.open(p.text, flags | 0o2000000, mode));
  if (fd === null) return NULL;
  return fd < 0 ? raiseErrno(fd, p.given) : PyLong_FromLong(fd);
}

function readInto(length: number, read: (b: Uint8Array, start: number, n: number) => number): Obj {
  if (length < 0) return raiseErrno(-22);
  const b = PyBytes_FromStringAndSize(0, length);
  if (b === 0) return NULL;
  const n = retry(() => read(H8, PyBytes_AS_STRING(b), length));
  if (n === null || n < 0) {
    decref(b);
    return n === null ? NULL : raiseErrno(n);
  }
  if (n === length) return b;
  const short = PyBytes_FromStringAndSize(PyBytes_AS_STRING(b), n);
  decref(b);
  return short;
}

function writeFrom(data: Obj, write: (b: Uint8Array, start: number, n: number) => number): Obj {
  const handle = acquireBytes(data);
  if (handle === 0) return NULL;
  const [start, length] = [rangeStart, rangeLength];
  const n = retry(() => write(H8, start, length));
  releaseBytes(handle);
  if (n === null) return NULL;
  return n < 0 ? raiseErrno(n) : PyLong_FromLong(n);
}

function posix_readinto(_m: Obj, fd: number, buffer: Obj): Obj {
  const handle = acquireWritable(buffer);
  if (handle === 0) return NULL;
  const [start, length] = [rangeStart, rangeLength];
  const n = retry(() => host.read(fd, H8, start, length));
  releaseBytes(handle);
  if (n === null) return NULL;
  return n < 0 ? raiseErrno(n) : PyLong_FromLong(n);
}

const onFd = (call: (h: Host, fd: number) => number) => (_m: Obj, fd: number): Obj => done(retry(() => call(host, fd)));
const number = (n: number | null): Obj => (n === null ? NULL : n < 0 ? raiseErrno(n) : PyLong_FromLong(n));

/** utime's times: nanoseconds, [atime, mtime], or null with an exception. */
function utimeArgs(times: Obj, ns: Obj): [bigint, bigint] | null {
  const bad = (m: string): null => {
    PyErr_SetString(PyExc_TypeError, m);
    return null;
  };
  if (times !== 0 && times !== Py_None && ns !== 0) {
    PyErr_SetString(PyExc_ValueError, "utime: you may specify either 'times' or 'ns' but not both");
    return null;
  }
  if (ns !== 0) {
    if (!PyTuple_Check(ns) || PyTuple_GET_SIZE(ns) !== 2) return bad("utime: 'ns' must be a tuple of two ints");
    const [a, m] = [PyTuple_GET_ITEM(ns, 0), PyTuple_GET_ITEM(ns, 1)];
    if (!PyLong_Check(a) || !PyLong_Check(m)) return bad("utime: 'ns' must be a tuple of two ints");
    return [asBigInt(a), asBigInt(m)];
  }
  if (times === 0 || times === Py_None) {
    const now = host.wallNs();
    return [now, now];
  }
  if (!PyTuple_Check(times) || PyTuple_GET_SIZE(times) !== 2) return bad("utime: 'times' must be either a tuple of two ints or None");
  const out: bigint[] = [];
  for (let i = 0; i < 2; i++) {
    const t = PyTuple_GET_ITEM(times, i);
    if (PyLong_Check(t)) out.push(asBigInt(t) * 1000000000n);
    else {
      const x = PyFloat_AsDouble(t);
      if (x === -1 && PyErr_Occurred() !== 0) return null;
      const whole = Math.floor(x);
      out.push(BigInt(whole) * 1000000000n + BigInt(Math.floor((x - whole) * 1e9)));
    }
  }
  return [out[0], out[1]];
}

function posix_utime(_m: Obj, path: Obj, times: Obj, ns: Obj, dirFd: Obj, follow: number): Obj {
  const p = pathArg(path, 'utime', { fd: true });
  if (p === null || !noDirFd(dirFd, 'utime')) return NULL;
  const t = utimeArgs(times, ns);
  if (t === null) return NULL;
  return done(retry(() => (p.fd >= 0 ? host.futimes(p.fd, t[0], t[1]) : host.utimes(p.text, t[0], t[1], follow !== 0))), p.given);
}

function posix_chmod(_m: Obj, path: Obj, mode: number, dirFd: Obj, follow: number): Obj {
  const p = pathArg(path, 'chmod', { fd: true });
  if (p === null || !noDirFd(dirFd, 'chmod')) return NULL;
  if (!follow) return PyErr_SetString(PyExc_NotImplementedError, 'chmod: follow_symlinks unavailable on this platform');
  return done(retry(() => (p.fd >= 0 ? host.fchmod(p.fd, mode) : host.chmod(p.text, mode))), p.given);
}

function posix_chown(_m: Obj, path: Obj, uid: number, gid: number, dirFd: Obj, follow: number): Obj {
  const p = pathArg(path, 'chown', { fd: true });
  if (p === null || !noDirFd(dirFd, 'chown')) return NULL;
  return done(retry(() => (p.fd >= 0 ? host.fchown(p.fd, uid, gid) : follow ? host.chown(p.text, uid, gid) : host.lchown(p.text, uid, gid))), p.given);
}

function posix_access(_m: Obj, path: Obj, mode: number, dirFd: Obj, effective: number, follow: number): Obj {
  void effective;
  void follow;
  const p = pathArg(path, 'access');
  if (p === null || !noDirFd(dirFd, 'access')) return NULL;
  const r = retry(() => host.access(p.text, mode));
  return r === null ? NULL : PyBool_FromLong(r >= 0);
}

function posix_truncate(_m: Obj, path: Obj, length: Obj): Obj {
  const p = pathArg(path, 'truncate', { fd: true });
  if (p === null) return NULL;
  const n = sizeOf(length);
  return n === null ? NULL : done(retry(() => (p.fd >= 0 ? host.ftruncate(p.fd, n) : host.truncate(p.text, n))), p.given);
}

/** An off_t: a safe integer, or null with an exception. */
function sizeOf(o: Obj): number | null {
  const i = PyNumber_Index(o);
  if (i === 0) return null;
  const n = asSafeInteger(i);
  decref(i);
  if (!Number.isNaN(n)) return n;
  PyErr_SetString(PyExc_OverflowError, 'Python int too large to convert to C long');
  return null;
}

function posix_readlink(_m: Obj, path: Obj, dirFd: Obj): Obj {
  const p = pathArg(path, 'readlink');
  if (p === null || !noDirFd(dirFd, 'readlink')) return NULL;
  const r = retry<string>(() => host.readlink(p.text));
  if (r === null) return NULL;
  return typeof r === 'number' ? raiseErrno(r, p.given) : back(p, r);
}

function posix_chdir(_m: Obj, path: Obj): Obj {
  const p = pathArg(path, 'chdir');
  return p === null ? NULL : done(retry(() => host.chdir(p.text)), p.given);
}

function cwd(bytes: boolean): Obj {
  const r = host.getcwd();
  if (typeof r === 'number') return raiseErrno(r);
  return bytes ? bytesFromHostText(r) : fromHostText(r);
}

// --- process ------------------------------------------------------------------------------------------------------------------

const terminal_size = structType('os.terminal_size', 'A tuple of (columns, lines) for holding terminal window size', [
  ['columns', 'width of the terminal window in characters'],
  ['lines', 'height of the terminal window in characters'],
]);
const uname_result = structType('posix.uname_result', 'uname_result: Result from os.uname().', [
  ['sysname', 'operating system name'],
  ['nodename', 'name of machine on network (implementation-defined)'],
  ['release', 'operating system release'],
  ['version', 'operating system version'],
  ['machine', 'hardware identifier'],
]);
const times_result = structType('posix.times_result', 'times_result: Result from os.times().', [
  ['user', 'user time'],
  ['system', 'system time'],
  ['children_user', 'user time of children'],
  ['children_system', 'system time of children'],
  ['elapsed', 'elapsed time since an arbitrary point in the past'],
]);
const statvfs_result = structType(
  'os.statvfs_result',
  'statvfs_result: Result from statvfs or fstatvfs.',
  ['f_bsize', 'f_frsize', 'f_blocks', 'f_bfree', 'f_bavail', 'f_files', 'f_ffree', 'f_favail', 'f_flag', 'f_namemax'].map((n) => [n, ''] as const),
);

function get_terminal_size(_m: Obj, fd: number): Obj {
  const r = host.terminalSize(fd);
  return typeof r === 'number' ? raiseErrno(r) : structInstance(terminal_size, [toPython(r[0]), toPython(r[1])]);
}

function environ(): Obj {
  const d = PyDict_New();
  if (d === 0) return NULL;
  for (const [name, value] of host.environ()) {
    const k = bytesFromHostText(name);
    const v = k === 0 ? NULL : bytesFromHostText(value);
    const r = v === 0 ? -1 : PyDict_SetItem(d, k, v);
    xdecref(k);
    xdecref(v);
    if (r < 0) {
      decref(d);
      return NULL;
    }
  }
  return d;
}

function posix_putenv(_m: Obj, name: Obj, value: Obj): Obj {
  const n = hostText(name);
  const v = n === null ? null : hostText(value);
  if (n === null || v === null) return NULL;
  if (n === '' || n.includes('=')) return PyErr_SetString(PyExc_ValueError, 'illegal environment variable name');
  return done(host.putenv(n, v));
}

function posix_unsetenv(_m: Obj, name: Obj): Obj {
  const n = hostText(name);
  return n === null ? NULL : done(host.unsetenv(n));
}

function posix_urandom(_m: Obj, n: number): Obj {
  if (n < 0) return PyErr_SetString(PyExc_ValueError, 'negative argument not allowed');
  const b = PyBytes_FromStringAndSize(0, n);
  if (b !== 0 && n > 1) host.randomFill(H8, PyBytes_AS_STRING(b), n);
  else if (b !== 0 && n === 1) {
    decref(b);
    const one = new Uint8Array(1);
    host.randomFill(one, 0, 1);
    return toPython(one);
  }
  return b;
}

function statusCode(status: number): number {
  return (status & 0x7f) === 0 ? (status >> 8) & 0xff : -(status & 0x7f);
}

const P = 'path';
const F = 'fd: int';

defineModule({
  name: 'posix',
  doc: 'This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).  Refer to the library manual and\ncorresponding Unix manual entries for more information on calls.',
  functions: [
    method('stat', `($module, /, ${P}, *, dir_fd=None, follow_symlinks: bool = True)`, posix_stat, 'Perform a stat system call on the given path.'),
    method('lstat', `($module, /, ${P}, *, dir_fd=None)`, posix_lstat, 'Perform a stat system call on the given path, without following symbolic links.'),
    method('fstat', `($module, /, ${F})`, posix_fstat, 'Perform a stat system call on the given file descriptor.'),
    method('listdir', `($module, /, ${P}=None)`, listdir, 'Return a list containing the names of the files in the directory.'),
    method('scandir', `($module, /, ${P}=None)`, scandir, 'Return an iterator of DirEntry objects for given path.'),
    method('mkdir', `($module, /, ${P}, mode: int = 511, *, dir_fd=None)`, (_m: Obj, path: Obj, mode: number, d: Obj) => onPath('mkdir', (h, t) => h.mkdir(t, mode))(_m, path, d), 'Create a directory.'),
    method('rmdir', `($module, /, ${P}, *, dir_fd=None)`, onPath('rmdir', (h, t) => h.rmdir(t)), 'Remove a directory.'),
    method('unlink', `($module, /, ${P}, *, dir_fd=None)`, onPath('unlink', (h, t) => h.unlink(t)), 'Remove a file (same as remove()).'),
    method('remove', `($module, /, ${P}, *, dir_fd=None)`, onPath('remove', (h, t) => h.unlink(t)), 'Remove a file (same as unlink()).'),
    method('rename', '($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)', onPaths('rename', (h, a, b) => h.rename(a, b)), 'Rename a file or directory.'),
    method('replace', '($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)', onPaths('replace', (h, a, b) => h.rename(a, b)), 'Rename a file or directory, overwriting the destination.'),
    method('link', '($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks: bool = True)', onPaths('link', (h, a, b) => h.link(a, b)), 'Create a hard link to a file.'),
    method('symlink', '($module, /, src, dst, target_is_directory: bool = False, *, dir_fd=None)', (m: Obj, a: Obj, b: Obj, _t: number, d: Obj) => onPaths('symlink', (h, x, y) => h.symlink(x, y))(m, a, b, d, NULL), 'Create a symbolic link pointing to src named dst.'),
    method('readlink', `($module, /, ${P}, *, dir_fd=None)`, posix_readlink, 'Return a string representing the path to which the symbolic link points.'),
    method('chmod', `($module, /, ${P}, mode: int, *, dir_fd=None, follow_symlinks: bool = True)`, posix_chmod, 'Change the access permissions of a file.'),
    method('fchmod', `($module, /, ${F}, mode: int)`, (_m: Obj, fd: number, mode: number) => done(retry(() => host.fchmod(fd, mode))), 'Change the access permissions of the file given by file descriptor fd.'),
    method('chown', `($module, /, ${P}, uid: int, gid: int, *, dir_fd=None, follow_symlinks: bool = True)`, posix_chown, 'Change the owner and group id of path to the numeric uid and gid.'),
    method('fchown', `($module, /, ${F}, uid: int, gid: int)`, (_m: Obj, fd: number, u: number, g: number) => done(retry(() => host.fchown(fd, u, g))), 'Change the owner and group id of the file specified by file descriptor.'),
    method('lchown', `($module, /, ${P}, uid: int, gid: int)`, (_m: Obj, path: Obj, u: number, g: number) => onPath('lchown', (h, t) => h.lchown(t, u, g))(_m, path), 'Change the owner and group id of path to the numeric uid and gid.'),
    method('utime', `($module, /, ${P}, times=None, *, ns=<unrepresentable>, dir_fd=None, follow_symlinks: bool = True)`, posix_utime, 'Set the access and modified time of path.'),
    method('access', `($module, /, ${P}, mode: int, *, dir_fd=None, effective_ids: bool = False, follow_symlinks: bool = True)`, posix_access, "Use the real uid/gid to test for access to a path."),
    method('truncate', `($module, /, ${P}, length)`, posix_truncate, 'Truncate a file, specified by path, to a specific length.'),
    method('ftruncate', `($module, fd: int, length, /)`, (_m: Obj, fd: number, length: Obj) => {
      const n = sizeOf(length);
      return n === null ? NULL : done(retry(() => host.ftruncate(fd, n)));
    }, 'Truncate a file, specified by file descriptor, to a specific length.'),
    method('mkfifo', `($module, /, ${P}, mode: int = 438, *, dir_fd=None)`, (_m: Obj, path: Obj, mode: number, d: Obj) => onPath('mkfifo', (h, t) => h.mkfifo(t, mode))(_m, path, d), 'Create a "fifo" (a POSIX named pipe).'),
    method('chdir', `($module, /, ${P})`, posix_chdir, 'Change the current working directory to the specified path.'),
    method('getcwd', '($module, /)', () => cwd(false), 'Return a unicode string representing the current working directory.'),
    method('getcwdb', '($module, /)', () => cwd(true), 'Return a bytes string representing the current working directory.'),
    method('umask', '($module, mask: int, /)', (_m: Obj, mask: number) => number(host.umask(mask)), 'Set the current numeric umask and return the previous umask.'),
    method('statvfs', `($module, /, ${P})`, (_m: Obj, path: Obj) => {
      const p = pathArg(path, 'statvfs', { fd: true });
      if (p === null) return NULL;
      const s = host.statvfs(p.text === '' ? '.' : p.text);
      if (typeof s === 'number') return raiseErrno(s, p.given);
      return structInstance(statvfs_result, [s.bsize, s.frsize, s.blocks, s.bfree, s.bavail, s.files, s.ffree, s.favail, s.flag, s.namemax].map(toPython));
    }, 'Perform a statvfs system call on the given path.'),
    method('open', `($module, /, ${P}, flags: int, mode: int = 511, *, dir_fd=None)`, posix_open, 'Open a file for low level IO.  Returns a file descriptor (integer).'),
    method('close', `($module, /, ${F})`, (_m: Obj, fd: number) => done(host.close(fd)), 'Close a file descriptor.'),
    method('closerange', '($module, fd_low: int, fd_high: int, /)', (_m: Obj, low: number, high: number) => {
      for (let fd = low; fd < high && fd < 65536; fd++) host.close(fd);
      return none();
    }, 'Closes all file descriptors in [fd_low, fd_high), ignoring errors.'),
    method('read', '($module, fd: int, length: ssize, /)', (_m: Obj, fd: number, n: number) => readInto(n, (b, s, k) => host.read(fd, b, s, k)), 'Read from a file descriptor.  Returns a bytes object.'),
    method('readinto', '($module, fd: int, buffer, /)', posix_readinto, 'Read into a buffer object from a file descriptor.'),
    method('pread', '($module, fd: int, length: ssize, offset, /)', (_m: Obj, fd: number, n: number, off: Obj) => {
      const o = sizeOf(off);
      return o === null ? NULL : readInto(n, (b, s, k) => host.pread(fd, b, s, k, o));
    }, 'Read a number of bytes from a file descriptor starting at a particular offset.'),
    method('write', '($module, fd: int, data, /)', (_m: Obj, fd: number, data: Obj) => writeFrom(data, (b, s, k) => host.write(fd, b, s, k)), 'Write a bytes object to a file descriptor.'),
    method('pwrite', '($module, fd: int, buffer, offset, /)', (_m: Obj, fd: number, data: Obj, off: Obj) => {
      const o = sizeOf(off);
      return o === null ? NULL : writeFrom(data, (b, s, k) => host.pwrite(fd, b, s, k, o));
    }, 'Write bytes to a file descriptor starting at a particular offset.'),
    method('lseek', '($module, fd: int, position, whence: int, /)', (_m: Obj, fd: number, pos: Obj, whence: number) => {
      const o = sizeOf(pos);
      return o === null ? NULL : number(retry(() => host.lseek(fd, o, whence)));
    }, 'Set the position of a file descriptor.  Return the new position.'),
    method('fsync', `($module, /, ${F})`, onFd((h, fd) => h.fsync(fd)), 'Force write of fd to disk.'),
    method('fdatasync', `($module, /, ${F})`, onFd((h, fd) => h.fdatasync(fd)), 'Force write of fd to disk without forcing update of metadata.'),
    method('dup', '($module, fd: int, /)', (_m: Obj, fd: number) => number(host.dup(fd)), 'Return a duplicate of a file descriptor.'),
    method('dup2', `($module, /, ${F}, fd2: int, inheritable: bool = True)`, (_m: Obj, fd: number, fd2: number) => number(host.dup2(fd, fd2)), 'Duplicate file descriptor.'),
    method('pipe', '($module, /)', () => {
      const r = host.pipe();
      return typeof r === 'number' ? raiseErrno(r) : toPython([r[0], r[1]]);
    }, 'Create a pipe.'),
    method('isatty', '($module, fd: int, /)', (_m: Obj, fd: number) => PyBool_FromLong(host.isatty(fd)), 'Return True if the fd is connected to a terminal.'),
    method('get_blocking', '($module, fd: int, /)', (_m: Obj, fd: number) => {
      const r = host.getBlocking(fd);
      return typeof r === 'number' ? raiseErrno(r) : PyBool_FromLong(r);
    }, 'Get the blocking mode of the file descriptor.'),
    method('set_blocking', '($module, fd: int, blocking: bool, /)', (_m: Obj, fd: number, b: number) => done(host.setBlocking(fd, b !== 0)), 'Set the blocking mode of the specified file descriptor.'),
    method('get_inheritable', '($module, fd: int, /)', (_m: Obj, fd: number) => (typeof host.fstat(fd) === 'number' ? raiseErrno(-9) : PyBool_FromLong(fd <= 2)), 'Get the close-on-exe flag of the specified file descriptor.'),
    method('set_inheritable', '($module, fd: int, inheritable: int, /)', (_m: Obj, fd: number) => (typeof host.fstat(fd) === 'number' ? raiseErrno(-9) : none()), 'Set the inheritable flag of the specified file descriptor.'),
    method('get_terminal_size', '($module, fd: int = 1, /)', get_terminal_size, 'Return the size of the terminal window as (columns, lines).'),
    method('fspath', '($module, /, path)', (_m: Obj, o: Obj) => PyOS_FSPath(o), 'Return the file system path representation of the object.'),
    method('putenv', '($module, name, value, /)', posix_putenv, 'Change or add an environment variable.'),
    method('unsetenv', '($module, name, /)', posix_unsetenv, 'Delete an environment variable.'),
    method('urandom', '($module, size: ssize, /)', posix_urandom, 'Return a bytes object containing random bytes suitable for cryptographic use.'),
    method('getrandom', '($module, /, size: ssize, flags: int = 0)', posix_urandom, 'Obtain a series of random bytes.'),
    method('getpid', '($module, /)', () => PyLong_FromLong(host.pid), 'Return the current process id.'),
    method('getppid', '($module, /)', () => PyLong_FromLong(host.ppid), "Return the parent's process id."),
    method('getuid', '($module, /)', () => PyLong_FromLong(host.uid), "Return the current process's user id."),
    method('geteuid', '($module, /)', () => PyLong_FromLong(host.euid), "Return the current process's effective user id."),
    method('getgid', '($module, /)', () => PyLong_FromLong(host.gid), "Return the current process's group id."),
    method('getegid', '($module, /)', () => PyLong_FromLong(host.egid), "Return the current process's effective group id."),
    method('getgroups', '($module, /)', () => listOf(host.groups().map(PyLong_FromLong)), 'Return list of supplemental group IDs for the process.'),
    method('getlogin', '($module, /)', () => {
      const r = host.getlogin();
      return typeof r === 'number' ? raiseErrno(r) : fromHostText(r);
    }, 'Return the actual login name.'),
    method('uname', '($module, /)', () => {
      const u = host.uname();
      return structInstance(uname_result, [u.sysname, u.nodename, u.release, u.version, u.machine].map(PyUnicode_FromString));
    }, 'Return an object identifying the current operating system.'),
    method('times', '($module, /)', () => {
      const [u, s] = host.cpuTimes();
      return structInstance(times_result, [u, s, 0, 0, Number(host.monotonicNs()) / 1e9].map(PyFloat_FromDouble));
    }, 'Return a collection containing process timing information.'),
    method('cpu_count', '($module, /)', () => PyLong_FromLong(host.cpuCount()), 'Return the number of logical CPUs in the system.'),
    method('getloadavg', '($module, /)', () => tupleOf(host.loadavg().map(PyFloat_FromDouble)), 'Return average recent system load information.'),
    method('system', '($module, /, command)', (_m: Obj, command: Obj) => {
      const text = hostText(command);
      return text === null ? NULL : number(host.system(text));
    }, 'Execute the command in a subshell.'),
    method('kill', '($module, pid: int, signal: int, /)', (_m: Obj, pid: number, sig: number) => {
      const r = host.kill(pid, sig);
      return r < 0 ? raiseErrno(r) : PyErr_CheckSignals() < 0 ? NULL : none();
    }, 'Kill a process with a signal.'),
    method('_exit', '($module, /, status: int)', (_m: Obj, status: number) => host.exit(status), 'Exit to the system with specified status, without normal exit processing.'),
    method('abort', '($module, /)', () => host.abort(), 'Abort the interpreter immediately.'),
    method('strerror', '($module, code: int, /)', (_m: Obj, code: number) => PyUnicode_FromString(strerror(code)), 'Translate an error code to a message string.'),
    method('waitstatus_to_exitcode', '($module, /, status: int)', (_m: Obj, status: number) => PyLong_FromLong(statusCode(status)), 'Convert a wait status to an exit code.'),
    method('WIFEXITED', '($module, /, status: int)', (_m: Obj, s: number) => PyBool_FromLong((s & 0x7f) === 0), 'Return True if the process returning status exited via the exit() system call.'),
    method('WEXITSTATUS', '($module, /, status: int)', (_m: Obj, s: number) => PyLong_FromLong((s >> 8) & 0xff), 'Return the process return code from status.'),
    method('WIFSIGNALED', '($module, /, status: int)', (_m: Obj, s: number) => PyBool_FromLong(((s & 0x7f) + 1) >> 1 > 0 && (s & 0x7f) !== 0x7f), 'Return True if the process returning status was terminated by a signal.'),
    method('WTERMSIG', '($module, /, status: int)', (_m: Obj, s: number) => PyLong_FromLong(s & 0x7f), 'Return the signal that terminated the process that provided the status value.'),
    method('device_encoding', `($module, /, ${F})`, (_m: Obj, fd: number) => (host.isatty(fd) ? toPython('UTF-8') : none()), "Return a string describing the encoding of a terminal's file descriptor."),
    method('sched_getaffinity', '($module, pid: int, /)', () => {
      const list = listOf(Array.from({ length: host.cpuCount() }, (_, i) => PyLong_FromLong(i)));
      if (list === 0) return NULL;
      const set = PySet_New(list);
      decref(list);
      return set;
    }, 'Return the affinity of the process identified by pid (or the current process if zero).'),
    method('register_at_fork', '($module, /, *, before=<unrepresentable>, after_in_child=<unrepresentable>, after_in_parent=<unrepresentable>)', none, 'Register callables to be called when forking a new process.'),
    method('_path_normpath', '($module, /, path)', (_m: Obj, path: Obj) => normpath(path), 'Normalize path, eliminating double slashes, etc.'),
    method('_path_splitroot_ex', '($module, path, /)', (_m: Obj, path: Obj) => splitroot(path), 'Split a pathname into drive, root and tail.'),
    method('_inputhook', '($module, /)', none),
  ],
  types: [entry_Type, stat_result, terminal_size, uname_result, times_result, statvfs_result],
  exec: (m) => {
    for (const [name, value] of Object.entries(POSIX_CONSTANTS)) if (PyModule_Add(m, name, PyLong_FromLong(value)) < 0) return -1;
    if (PyModule_AddObjectRef(m, 'error', PyExc_OSError) < 0) return -1;
    const supported = ['HAVE_FCHMOD', 'HAVE_FCHOWN', 'HAVE_FSTATVFS', 'HAVE_FTRUNCATE', 'HAVE_FUTIMENS', 'HAVE_LCHOWN', 'HAVE_LSTAT', 'HAVE_LUTIMES'];
    if (PyModule_Add(m, '_have_functions', listOfStr(supported)) < 0) return -1;
    return PyModule_Add(m, 'environ', environ());
  },
});

/** posixpath.normpath in native code: str or bytes. */
function normpath(path: Obj): Obj {
  const p = PyOS_FSPath(path);
  if (p === 0) return NULL;
  const bytes = PyBytes_Check(p);
  const text = hostTextAny(p);
  decref(p);
  if (text === null) return NULL;
  const root = text.startsWith('//') && !text.startsWith('///') ? '//' : text.startsWith('/') ? '/' : '';
  const parts: string[] = [];
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..' || (root === '' && parts.length === 0) || parts.at(-1) === '..') parts.push(part);
    else if (parts.length > 0) parts.pop();
  }
  const r = root + parts.join('/') || '.';
  return bytes ? bytesFromHostText(r) : fromHostText(r);
}

function splitroot(path: Obj): Obj {
  const p = PyOS_FSPath(path);
  if (p === 0) return NULL;
  const bytes = PyBytes_Check(p);
  const text = hostTextAny(p);
  decref(p);
  if (text === null) return NULL;
  const root = text.startsWith('//') && !text.startsWith('///') ? '//' : text.startsWith('/') ? '/' : '';
  return tupleOf(['', root, text.slice(root.length)].map((s) => (bytes ? bytesFromHostText(s) : fromHostText(s))));
}

/** The text of a str or bytes, null bytes and lone surrogates included; null with an exception. */
function hostTextAny(o: Obj): string | null {
  return PyBytes_Check(o) ? hostTextOfBytes(o) : asString(o);
}
