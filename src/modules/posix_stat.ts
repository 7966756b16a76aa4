// What do stat, lstat, fstat and statvfs answer?  Invariant: times are exact as nanoseconds; the float and the whole seconds follow from them.

import { failed, type HostStat, type HostStatvfs, host } from '../config/host_interface.js';
import { type MethodDef, method } from '../object/declare.js';
import { newref } from '../object/header.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { PyLong_FromBigInt, PyLong_FromLong } from '../object/long.js';
import { PyErr_SetString } from '../object/errors.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_ValueError } from '../object/statics.js';
import { decref } from '../object/header.js';
import {
  PyStructSequence_GetItem,
  PyStructSequence_SetItem,
  type StructSeqField,
  structInstance,
  structType,
} from '../types/structseq.js';
import { noDirFd, pathArg, pathError } from './posix_path.js';
import { raiseErrno } from './os_error.js';

const STAT_FIELDS: readonly StructSeqField[] = [
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
];

/** A stat_result made from ten numbers has its times from those. */
function fillTimes(o: Obj): void {
  for (let i = 7; i <= 9; i++) {
    const old = PyStructSequence_GetItem(o, i + 3);
    if (old !== Py_None) continue;
    PyStructSequence_SetItem(o, i + 3, newref(PyStructSequence_GetItem(o, i)));
    decref(old);
  }
}

export const stat_result = structType(
  'os.stat_result',
  `stat_result: Result from stat, fstat, or lstat.

This object may be accessed either as a tuple of
  (mode, ino, dev, nlink, uid, gid, size, atime, mtime, ctime)
or via the attributes st_mode, st_ino, st_dev, st_nlink, st_uid, and so on.

Posix/windows: If your platform supports st_blksize, st_blocks, st_rdev,
or st_flags, they are available as attributes only.

See os.stat for more information.`,
  STAT_FIELDS,
  10,
  false,
  fillTimes,
);

const E9 = 1000000000n;

function seconds(ns: bigint): bigint {
  const q = ns / E9;
  return ns % E9 < 0n ? q - 1n : q;
}

/** Seconds as a float, computed as sec + 1e-9 * nsec. */
function floatSeconds(ns: bigint): number {
  const s = seconds(ns);
  return Number(s) + 1e-9 * Number(ns - s * E9);
}

/** A new stat_result, or NULL. */
export function statResult(st: HostStat): Obj {
  const times = [st.atimeNs, st.mtimeNs, st.ctimeNs];
  return structInstance(stat_result, [
    PyLong_FromLong(st.mode),
    PyLong_FromBigInt(st.ino),
    PyLong_FromBigInt(st.dev),
    PyLong_FromLong(st.nlink),
    PyLong_FromLong(st.uid),
    PyLong_FromLong(st.gid),
    PyLong_FromLong(st.size),
    ...times.map((t) => PyLong_FromBigInt(seconds(t))),
    ...times.map((t) => PyFloat_FromDouble(floatSeconds(t))),
    ...times.map(PyLong_FromBigInt),
    PyLong_FromLong(st.blksize),
    PyLong_FromLong(st.blocks),
    PyLong_FromBigInt(st.rdev),
  ]);
}

function doStat(func: string, pathObj: Obj, dirFd: Obj, follow: boolean, allowFd: boolean): Obj {
  const path = pathArg(pathObj, func, 'path', { allowFd });
  if (path === null || !noDirFd(dirFd)) return NULL;
  if (path.fd !== -1 && !follow)
    return PyErr_SetString(PyExc_ValueError, `${func}: cannot use fd and follow_symlinks together`);
  const st =
    path.fd !== -1 || path.text === '' ? statNothing(path.fd) : follow ? host.stat(path.text) : host.lstat(path.text);
  return failed(st) ? pathError(st, path) : statResult(st);
}

/** A descriptor's stat; -ENOENT for the empty path. */
function statNothing(fd: number): HostStat | number {
  return fd === -1 ? -2 : host.fstat(fd);
}

function posix_stat(_m: Obj, path: Obj, dirFd: Obj, follow: number): Obj {
  return doStat('stat', path, dirFd, follow !== 0, true);
}

function posix_lstat(_m: Obj, path: Obj, dirFd: Obj): Obj {
  return doStat('lstat', path, dirFd, false, false);
}

function posix_fstat(_m: Obj, fd: number): Obj {
  const st = host.fstat(fd);
  return failed(st) ? raiseErrno(st) : statResult(st);
}

export const statvfs_result = structType(
  'os.statvfs_result',
  `statvfs_result: Result from statvfs or fstatvfs.

This object may be accessed either as a tuple of
  (bsize, frsize, blocks, bfree, bavail, files, ffree, favail, flag, namemax),
or via the attributes f_bsize, f_frsize, f_blocks, f_bfree, and so on.

See os.statvfs for more information.`,
  [
    ['f_bsize'],
    ['f_frsize'],
    ['f_blocks'],
    ['f_bfree'],
    ['f_bavail'],
    ['f_files'],
    ['f_ffree'],
    ['f_favail'],
    ['f_flag'],
    ['f_namemax'],
    ['f_fsid'],
  ],
  10,
);

function statvfsResult(v: HostStatvfs): Obj {
  return structInstance(statvfs_result, [
    PyLong_FromLong(v.bsize),
    PyLong_FromLong(v.frsize),
    PyLong_FromBigInt(v.blocks),
    PyLong_FromBigInt(v.bfree),
    PyLong_FromBigInt(v.bavail),
    PyLong_FromBigInt(v.files),
    PyLong_FromBigInt(v.ffree),
    PyLong_FromBigInt(v.favail),
    PyLong_FromLong(v.flag),
    PyLong_FromLong(v.namemax),
    PyLong_FromLong(0),
  ]);
}

function posix_statvfs(_m: Obj, o: Obj): Obj {
  const path = pathArg(o, 'statvfs');
  if (path === null) return NULL;
  const v = host.statvfs(path.text);
  return failed(v) ? pathError(v, path) : statvfsResult(v);
}

export const statFunctions: readonly MethodDef[] = [
  method(
    'stat',
    '($module, /, path, *, dir_fd=None, follow_symlinks: bool =True)',
    posix_stat,
    'Perform a stat system call on the given path.',
  ),
  method(
    'lstat',
    '($module, /, path, *, dir_fd=None)',
    posix_lstat,
    'Perform a stat system call on the given path, without following symbolic links.',
  ),
  method('fstat', '($module, /, fd: int)', posix_fstat, 'Perform a stat system call on the given file descriptor.'),
  method('statvfs', '($module, /, path)', posix_statvfs, 'Perform a statvfs system call on the given path.'),
];
