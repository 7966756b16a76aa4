// What can os do with the file system?  Invariant: every failed call raises the OSError of its errno, with the names that were given.

import { host } from '../config/host_interface.js';
import { type MethodDef, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyFloat_AS_DOUBLE, PyFloat_Check } from '../object/float.js';
import { decref } from '../object/header.js';
import { PyList_Append, PyList_New } from '../object/list.js';
import { asBigInt, PyLong_FromLong } from '../object/long.js';
import { PyNumber_Index } from '../object/number.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_None,
  PyExc_NotImplementedError,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { PyOS_FSPath } from '../types/codec.js';
import { asOffset, none } from './io_common.js';
import { raiseErrno } from './os_error.js';
import { bytesFromHostText, fromHostText } from './paths.js';
import { asFileDescriptor, mustFollow, nameLike, noDirFd, type PathArg, pathArg, pathError } from './posix_path.js';

/** None for a host's 0, the OSError of a path for -errno. */
function done(r: number, path: PathArg): Obj {
  return r < 0 ? pathError(r, path) : none();
}

/** The same for calls with two paths. */
function done2(r: number, from: PathArg, to: PathArg): Obj {
  return r < 0 ? raiseErrno(r, from.object, to.object) : none();
}

/** A path through which the host finds an open directory. */
function pathOfFd(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

function posix_listdir(_m: Obj, o: Obj): Obj {
  const path = pathArg(o, 'listdir', 'path', { allowFd: true, none: '.' });
  if (path === null) return NULL;
  const names = host.listdir(path.fd >= 0 ? pathOfFd(path.fd) : path.text);
  if (typeof names === 'number') return pathError(names, path);
  const list = PyList_New(0);
  if (list === 0) return NULL;
  for (const name of names) {
    const s = nameLike(path, name);
    const r = s === 0 ? -1 : PyList_Append(list, s);
    if (s !== 0) decref(s);
    if (r < 0) {
      decref(list);
      return NULL;
    }
  }
  return list;
}

function posix_mkdir(_m: Obj, o: Obj, mode: number, dirFd: Obj): Obj {
  const path = pathArg(o, 'mkdir');
  return path === null || !noDirFd(dirFd) ? NULL : done(host.mkdir(path.text, mode), path);
}

function posix_rmdir(_m: Obj, o: Obj, dirFd: Obj): Obj {
  const path = pathArg(o, 'rmdir');
  return path === null || !noDirFd(dirFd) ? NULL : done(host.rmdir(path.text), path);
}

function unlink(name: string): (m: Obj, o: Obj, dirFd: Obj) => Obj {
  return (_m, o, dirFd) => {
    const path = pathArg(o, name);
    return path === null || !noDirFd(dirFd) ? NULL : done(host.unlink(path.text), path);
  };
}

function rename(name: string): (m: Obj, src: Obj, dst: Obj, srcFd: Obj, dstFd: Obj) => Obj {
  return (_m, src, dst, srcFd, dstFd) => {
    const from = pathArg(src, name, 'src');
    const to = from === null ? null : pathArg(dst, name, 'dst');
    if (from === null || to === null || !noDirFd(srcFd) || !noDirFd(dstFd)) return NULL;
    return done2(host.rename(from.text, to.text), from, to);
  };
}

function posix_link(_m: Obj, src: Obj, dst: Obj, srcFd: Obj, dstFd: Obj, follow: number): Obj {
  const from = pathArg(src, 'link', 'src');
  const to = from === null ? null : pathArg(dst, 'link', 'dst');
  if (from === null || to === null || !noDirFd(srcFd) || !noDirFd(dstFd) || !mustFollow('link', follow)) return NULL;
  return done2(host.link(from.text, to.text), from, to);
}

function posix_symlink(_m: Obj, src: Obj, dst: Obj, _isDirectory: number, dirFd: Obj): Obj {
  const from = pathArg(src, 'symlink', 'src');
  const to = from === null ? null : pathArg(dst, 'symlink', 'dst');
  if (from === null || to === null || !noDirFd(dirFd)) return NULL;
  return done2(host.symlink(from.text, to.text), from, to);
}

function posix_readlink(_m: Obj, o: Obj, dirFd: Obj): Obj {
  const path = pathArg(o, 'readlink');
  if (path === null || !noDirFd(dirFd)) return NULL;
  const target = host.readlink(path.text);
  return typeof target === 'number' ? pathError(target, path) : nameLike(path, target);
}

function posix_chmod(_m: Obj, o: Obj, mode: number, dirFd: Obj, follow: number): Obj {
  const path = pathArg(o, 'chmod', 'path', { allowFd: true });
  if (path === null || !noDirFd(dirFd) || !mustFollow('chmod', follow)) return NULL;
  return done(path.fd >= 0 ? host.fchmod(path.fd, mode) : host.chmod(path.text, mode), path);
}

function posix_fchmod(_m: Obj, fd: number, mode: number): Obj {
  const r = host.fchmod(fd, mode);
  return r < 0 ? raiseErrno(r) : none();
}

/** A user or group id (_Py_Uid_Converter): -1 stays; NaN with an exception. */
function idArg(o: Obj, what: string): number {
  const n = PyNumber_Index(o);
  if (n === 0) return Number.NaN;
  const big = asBigInt(n);
  decref(n);
  if (big < -1n) PyErr_SetString(PyExc_OverflowError, `${what} is less than minimum`);
  else if (big > 0xffffffffn) PyErr_SetString(PyExc_OverflowError, `${what} is greater than maximum`);
  else return Number(big);
  return Number.NaN;
}

function posix_chown(_m: Obj, o: Obj, uidArg: Obj, gidArg: Obj, dirFd: Obj, follow: number): Obj {
  const path = pathArg(o, 'chown', 'path', { allowFd: true });
  const uid = path === null ? Number.NaN : idArg(uidArg, 'uid');
  const gid = Number.isNaN(uid) ? Number.NaN : idArg(gidArg, 'gid');
  if (path === null || Number.isNaN(gid) || !noDirFd(dirFd)) return NULL;
  if (path.fd >= 0) {
    if (!follow) return PyErr_SetString(PyExc_ValueError, 'chown: cannot use fd and follow_symlinks together');
    return done(host.fchown(path.fd, uid, gid), path);
  }
  return done(follow ? host.chown(path.text, uid, gid) : host.lchown(path.text, uid, gid), path);
}

function posix_lchown(m: Obj, o: Obj, uid: Obj, gid: Obj): Obj {
  const path = pathArg(o, 'lchown');
  return path === null ? NULL : posix_chown(m, o, uid, gid, Py_None, 0);
}

function posix_fchown(_m: Obj, fd: number, uidArg: Obj, gidArg: Obj): Obj {
  const uid = idArg(uidArg, 'uid');
  const gid = Number.isNaN(uid) ? Number.NaN : idArg(gidArg, 'gid');
  if (Number.isNaN(gid)) return NULL;
  const r = host.fchown(fd, uid, gid);
  return r < 0 ? raiseErrno(r) : none();
}

function posix_access(_m: Obj, o: Obj, mode: number, dirFd: Obj, effective: number, follow: number): Obj {
  const path = pathArg(o, 'access');
  if (path === null || !noDirFd(dirFd)) return NULL;
  if (effective)
    return PyErr_SetString(PyExc_NotImplementedError, 'access: effective_ids unavailable on this platform');
  if (!mustFollow('access', follow)) return NULL;
  return PyBool_FromLong(host.access(path.text, mode) === 0 ? 1 : 0);
}

/** Seconds as nanoseconds, rounded down; null with an exception (_PyTime_ObjectToTimespec). */
export function secondsToNs(o: Obj): bigint | null {
  if (PyFloat_Check(o)) {
    const x = PyFloat_AS_DOUBLE(o);
    if (Number.isNaN(x)) {
      PyErr_SetString(PyExc_ValueError, 'Invalid value NaN (not a number)');
      return null;
    }
    if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 63) {
      PyErr_SetString(PyExc_OverflowError, 'timestamp out of range for platform time_t');
      return null;
    }
    const whole = Math.floor(x);
    return BigInt(whole) * 1000000000n + BigInt(Math.floor((x - whole) * 1e9));
  }
  const n = PyNumber_Index(o);
  if (n === 0) return null;
  const big = asBigInt(n);
  decref(n);
  if (big >= 1n << 63n || big < -(1n << 63n)) {
    PyErr_SetString(PyExc_OverflowError, 'timestamp out of range for platform time_t');
    return null;
  }
  return big * 1000000000n;
}

function nsOf(o: Obj): bigint | null {
  const n = PyNumber_Index(o);
  if (n === 0) return null;
  const big = asBigInt(n);
  decref(n);
  return big;
}

function posix_utime(_m: Obj, o: Obj, times: Obj, ns: Obj, dirFd: Obj, follow: number): Obj {
  const path = pathArg(o, 'utime', 'path', { allowFd: true });
  if (path === null) return NULL;
  if (times !== Py_None && ns !== 0) {
    return PyErr_SetString(PyExc_ValueError, "utime: you may specify either 'times' or 'ns' but not both");
  }
  let atime: bigint | null;
  let mtime: bigint | null;
  if (times !== Py_None) {
    if (!PyTuple_Check(times) || PyTuple_GET_SIZE(times) !== 2) {
      return PyErr_SetString(PyExc_TypeError, "utime: 'times' must be either a tuple of two ints or None");
    }
    atime = secondsToNs(PyTuple_GET_ITEM(times, 0));
    mtime = atime === null ? null : secondsToNs(PyTuple_GET_ITEM(times, 1));
  } else if (ns !== 0) {
    if (!PyTuple_Check(ns) || PyTuple_GET_SIZE(ns) !== 2) {
      return PyErr_SetString(PyExc_TypeError, "utime: 'ns' must be a tuple of two ints");
    }
    atime = nsOf(PyTuple_GET_ITEM(ns, 0));
    mtime = atime === null ? null : nsOf(PyTuple_GET_ITEM(ns, 1));
  } else {
    atime = host.wallNs();
    mtime = atime;
  }
  if (atime === null || mtime === null || !noDirFd(dirFd)) return NULL;
  if (path.fd >= 0) {
    if (!follow) return PyErr_SetString(PyExc_ValueError, 'utime: cannot use fd and follow_symlinks together');
    return done(host.futimes(path.fd, atime, mtime), path);
  }
  return done(host.utimes(path.text, atime, mtime, follow !== 0), path);
}

function posix_truncate(_m: Obj, o: Obj, lengthArg: Obj): Obj {
  const path = pathArg(o, 'truncate', 'path', { allowFd: true });
  const length = path === null ? Number.NaN : asOffset(lengthArg);
  if (path === null || Number.isNaN(length)) return NULL;
  return done(path.fd >= 0 ? host.ftruncate(path.fd, length) : host.truncate(path.text, length), path);
}

function posix_mkfifo(_m: Obj, o: Obj, mode: number, dirFd: Obj): Obj {
  const path = pathArg(o, 'mkfifo');
  return path === null || !noDirFd(dirFd) ? NULL : done(host.mkfifo(path.text, mode), path);
}

function posix_getcwd(): Obj {
  const cwd = host.getcwd();
  return typeof cwd === 'number' ? raiseErrno(cwd) : fromHostText(cwd);
}

function posix_getcwdb(): Obj {
  const cwd = host.getcwd();
  return typeof cwd === 'number' ? raiseErrno(cwd) : bytesFromHostText(cwd);
}

function posix_chdir(_m: Obj, o: Obj): Obj {
  const path = pathArg(o, 'chdir', 'path', { allowFd: true });
  return path === null ? NULL : done(host.chdir(path.fd >= 0 ? pathOfFd(path.fd) : path.text), path);
}

function posix_fchdir(_m: Obj, o: Obj): Obj {
  const fd = asFileDescriptor(o);
  if (fd === -1 && PyErr_Occurred() !== 0) return NULL;
  const st = host.fstat(fd);
  const r = typeof st === 'number' ? st : host.chdir(pathOfFd(fd));
  return r < 0 ? raiseErrno(r) : none();
}

function posix_fspath(_m: Obj, path: Obj): Obj {
  return PyOS_FSPath(path);
}

function posix_umask(_m: Obj, mask: number): Obj {
  const old = host.umask(mask);
  return old < 0 ? raiseErrno(old) : PyLong_FromLong(old);
}

const DIR_FD = '*, dir_fd=None';

export const fileFunctions: readonly MethodDef[] = [
  method(
    'listdir',
    '($module, /, path=None)',
    posix_listdir,
    'Return a list containing the names of the files in the directory.',
  ),
  method('mkdir', `($module, /, path, mode: int =511, ${DIR_FD})`, posix_mkdir, 'Create a directory.'),
  method('rmdir', `($module, /, path, ${DIR_FD})`, posix_rmdir, 'Remove a directory.'),
  method('unlink', `($module, /, path, ${DIR_FD})`, unlink('unlink'), 'Remove a file (same as remove()).'),
  method('remove', `($module, /, path, ${DIR_FD})`, unlink('remove'), 'Remove a file (same as unlink()).'),
  method(
    'rename',
    '($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)',
    rename('rename'),
    'Rename a file or directory.',
  ),
  method(
    'replace',
    '($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)',
    rename('replace'),
    'Rename a file or directory, overwriting the destination.',
  ),
  method(
    'link',
    '($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks: bool =True)',
    posix_link,
    'Create a hard link to a file.',
  ),
  method(
    'symlink',
    '($module, /, src, dst, target_is_directory: bool =False, *, dir_fd=None)',
    posix_symlink,
    'Create a symbolic link pointing to src named dst.',
  ),
  method(
    'readlink',
    `($module, /, path, ${DIR_FD})`,
    posix_readlink,
    'Return a string representing the path to which the symbolic link points.',
  ),
  method(
    'chmod',
    '($module, /, path, mode: int, *, dir_fd=None, follow_symlinks: bool =True)',
    posix_chmod,
    'Change the access permissions of a file.',
  ),
  method(
    'fchmod',
    '($module, /, fd: int, mode: int)',
    posix_fchmod,
    'Change the access permissions of the file given by file descriptor fd.',
  ),
  method(
    'chown',
    '($module, /, path, uid, gid, *, dir_fd=None, follow_symlinks: bool =True)',
    posix_chown,
    'Change the owner and group id of path to the numeric uid and gid.',
  ),
  method(
    'lchown',
    '($module, /, path, uid, gid)',
    posix_lchown,
    'Change the owner and group id of path to the numeric uid and gid, without following symbolic links.',
  ),
  method(
    'fchown',
    '($module, /, fd: int, uid, gid)',
    posix_fchown,
    'Change the owner and group id of the file specified by file descriptor.',
  ),
  method(
    'access',
    '($module, /, path, mode: int, *, dir_fd=None, effective_ids: bool =False, follow_symlinks: bool =True)',
    posix_access,
    'Use the real uid/gid to test for access to a path.',
  ),
  method(
    'utime',
    '($module, /, path, times=None, *, ns=<unrepresentable>, dir_fd=None, follow_symlinks: bool =True)',
    posix_utime,
    'Set the access and modified time of path.',
  ),
  method(
    'truncate',
    '($module, /, path, length)',
    posix_truncate,
    'Truncate a file, specified by path, to a specific length.',
  ),
  method(
    'mkfifo',
    `($module, /, path, mode: int =438, ${DIR_FD})`,
    posix_mkfifo,
    'Create a "fifo" (a POSIX named pipe).',
  ),
  method('getcwd', '($module, /)', posix_getcwd, 'Return a unicode string representing the current working directory.'),
  method('getcwdb', '($module, /)', posix_getcwdb, 'Return a bytes string representing the current working directory.'),
  method('chdir', '($module, /, path)', posix_chdir, 'Change the current working directory to the specified path.'),
  method('fchdir', '($module, /, fd)', posix_fchdir, 'Change to the directory of the given file descriptor.'),
  method('fspath', '($module, /, path)', posix_fspath, 'Return the file system path representation of the object.'),
  method(
    'umask',
    '($module, mask: int, /)',
    posix_umask,
    'Set the current numeric umask and return the previous umask.',
  ),
];
