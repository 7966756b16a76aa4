// What does os.scandir give?  Invariant: an entry knows its name and what the directory says about its type; it asks the file system at most
// once for each kind of stat.  The iterator owns the entries that are still to come, and none once it is closed.

import { failed, host } from '../config/host_interface.js';
import { H32 } from '../memory/linear.js';
import { classMethod, defineType, type MethodDef, member, method } from '../object/declare.js';
import {
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetRaisedException,
  PyErr_WarnEx,
  PyErr_WriteUnraisable,
  reprText,
} from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref, xdecref } from '../object/header.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyLong_AsLong } from '../object/long.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyBool_FromLong, PyObject_SelfIter } from '../object/object.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_FileNotFoundError, PyExc_ResourceWarning, staticType } from '../object/statics.js';
import { layoutDealloc, PyObject_CallFinalizerFromDealloc } from '../object/subtype.js';
import { PyList_GET_ITEM, PyList_GET_SIZE } from '../object/list.js';
import { Py_TPFLAGS_DISALLOW_INSTANTIATION, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { PyStructSequence_GetItem } from '../types/structseq.js';
import { none } from './io_common.js';
import { raiseErrno } from './os_error.js';
import { bytesFromHostText, fromHostText, hostText } from './paths.js';
import { type PathArg, pathArg, pathError } from './posix_path.js';
import { statResult } from './posix_stat.js';
import { listOf } from './values.js';

const S_IFMT = 0o170000;
const S_IFLNK = 0o120000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;

const Entry = layout({ name: ref, path: ref, stat: ref, lstat: ref, type: i32 });
const { name: e_name, path: e_path, stat: e_stat, lstat: e_lstat, type: e_type } = Entry;

export const DirEntry_Type = staticType();
const ScandirIterator_Type = staticType();

function newEntry(dir: PathArg, prefix: string, name: string, type: number): Obj {
  const o = _PyObject_New(DirEntry_Type);
  if (o === 0) return NULL;
  const make = dir.bytes ? bytesFromHostText : fromHostText;
  H32[(o + e_name) >> 2] = make(name);
  H32[(o + e_path) >> 2] = make(prefix + name);
  H32[(o + e_type) >> 2] = type;
  PyObject_GC_Track(o);
  if (H32[(o + e_name) >> 2] !== 0 && H32[(o + e_path) >> 2] !== 0) return o;
  decref(o);
  return NULL;
}

/** The entry's own stat (not following), cached: borrowed, or NULL with OSError. */
function ownStat(self: Obj): Obj {
  return cached(self, e_lstat, (path) => host.lstat(path));
}

function cached(self: Obj, field: number, ask: (path: string) => ReturnType<typeof host.stat>): Obj {
  const known = H32[(self + field) >> 2] as Obj;
  if (known !== 0) return known;
  const pathObj = H32[(self + e_path) >> 2] as Obj;
  const path = hostText(pathObj);
  if (path === null) return NULL;
  const st = ask(path);
  if (failed(st)) return raiseErrno(st, pathObj);
  const r = statResult(st);
  H32[(self + field) >> 2] = r;
  return r;
}

/** The stat that follows links, cached: borrowed, or NULL with OSError. */
function followedStat(self: Obj): Obj {
  const isLink = typeOf(self);
  if (isLink < 0) return NULL;
  return isLink === S_IFLNK ? cached(self, e_stat, (path) => host.stat(path)) : ownStat(self);
}

/** The S_IFMT bits of the entry itself: -1 with an exception. */
function typeOf(self: Obj): number {
  const type = H32[(self + e_type) >> 2];
  if (type !== 0) return type;
  const st = ownStat(self);
  if (st === 0) return -1;
  H32[(self + e_type) >> 2] = modeOf(st) & S_IFMT;
  return H32[(self + e_type) >> 2];
}

function modeOf(st: Obj): number {
  return PyLong_AsLong(PyStructSequence_GetItem(st, 0));
}

/** Whether the entry (where wanted: what it links to) is of a type: 1, 0, or -1. */
function isType(self: Obj, follow: number, type: number): number {
  const own = typeOf(self);
  if (own < 0) return notThere();
  if (!follow || own !== S_IFLNK) return own === type ? 1 : 0;
  const st = followedStat(self);
  if (st === 0) return notThere();
  return (modeOf(st) & S_IFMT) === type ? 1 : 0;
}

/** What has gone away (or a link that leads nowhere) is of no type: 0, or -1 for other errors. */
function notThere(): number {
  if (!PyErr_ExceptionMatches(PyExc_FileNotFoundError)) return -1;
  PyErr_Clear();
  return 0;
}

function boolOf(r: number): Obj {
  return r < 0 ? NULL : PyBool_FromLong(r);
}

function entry_inode(self: Obj): Obj {
  const st = ownStat(self);
  return st === 0 ? NULL : newref(PyStructSequence_GetItem(st, 1));
}

function entry_stat(self: Obj, follow: number): Obj {
  const st = follow ? followedStat(self) : ownStat(self);
  return st === 0 ? NULL : newref(st);
}

function entry_is_symlink(self: Obj): Obj {
  const type = typeOf(self);
  return boolOf(type < 0 ? notThere() : type === S_IFLNK ? 1 : 0);
}

function entry_repr(self: Obj): Obj {
  const text = reprText(H32[(self + e_name) >> 2] as Obj);
  return PyErr_Occurred() !== 0 ? NULL : PyUnicode_FromString(`<DirEntry ${text}>`);
}

defineType({
  type: DirEntry_Type,
  name: 'posix.DirEntry',
  layout: Entry,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
  slots: { tp_repr: entry_repr },
  methods: [
    method(
      'is_dir',
      '($self, /, *, follow_symlinks: bool =True)',
      (self: Obj, follow: number) => boolOf(isType(self, follow, S_IFDIR)),
      'Return True if the entry is a directory; cached per entry.',
    ),
    method(
      'is_file',
      '($self, /, *, follow_symlinks: bool =True)',
      (self: Obj, follow: number) => boolOf(isType(self, follow, S_IFREG)),
      'Return True if the entry is a file; cached per entry.',
    ),
    method(
      'is_symlink',
      '($self, /)',
      entry_is_symlink,
      'Return True if the entry is a symbolic link; cached per entry.',
    ),
    method(
      'is_junction',
      '($self, /)',
      () => PyBool_FromLong(0),
      'Return True if the entry is a junction; cached per entry.',
    ),
    method(
      'stat',
      '($self, /, *, follow_symlinks: bool =True)',
      entry_stat,
      'Return stat_result object for the entry; cached per entry.',
    ),
    method('inode', '($self, /)', entry_inode, 'Return inode of the entry; cached per entry.'),
    method(
      '__fspath__',
      '($self, /)',
      (self: Obj) => newref(H32[(self + e_path) >> 2] as Obj),
      'Returns the path for the entry.',
    ),
    classMethod('__class_getitem__', '($type, object, /)', Py_GenericAlias, 'See PEP 585'),
  ],
  members: [
    member('name', 'object_ex', e_name, { doc: 'the entry\'s base filename, relative to scandir() "path" argument' }),
    member('path', 'object_ex', e_path, {
      doc: "the entry's full path name; equivalent to os.path.join(scandir_path, entry.name)",
    }),
  ],
});

// ---- the iterator -----------------------------------------------------------------------------------------------------------------------------

const Scan = layout({ entries: ref, at: i32 });
const { entries: s_entries, at: s_at } = Scan;

function posix_scandir(_m: Obj, o: Obj): Obj {
  const path = pathArg(o, 'scandir', 'path', { allowFd: true, none: '.' });
  if (path === null) return NULL;
  const found = host.scandir(path.fd >= 0 ? `/proc/self/fd/${path.fd}` : path.text);
  if (typeof found === 'number') return pathError(found, path);
  const prefix = path.fd >= 0 || path.text === '' ? '' : path.text.endsWith('/') ? path.text : `${path.text}/`;
  const entries = listOf(found.map((e) => newEntry(path, prefix, e.name, e.type)));
  if (entries === 0) return NULL;
  const it = _PyObject_New(ScandirIterator_Type);
  if (it === 0) {
    decref(entries);
    return NULL;
  }
  H32[(it + s_entries) >> 2] = entries;
  PyObject_GC_Track(it);
  return it;
}

function closeScan(self: Obj): void {
  const entries = H32[(self + s_entries) >> 2] as Obj;
  H32[(self + s_entries) >> 2] = 0;
  xdecref(entries);
}

function scandir_next(self: Obj): Obj {
  const entries = H32[(self + s_entries) >> 2] as Obj;
  if (entries === 0) return NULL;
  const at = H32[(self + s_at) >> 2];
  if (at >= PyList_GET_SIZE(entries)) {
    closeScan(self);
    return NULL;
  }
  H32[(self + s_at) >> 2] = at + 1;
  return newref(PyList_GET_ITEM(entries, at));
}

function scandir_finalize(self: Obj): void {
  if (H32[(self + s_entries) >> 2] === 0) return;
  const e = PyErr_GetRaisedException();
  if (PyErr_WarnEx(PyExc_ResourceWarning, `unclosed scandir iterator ${reprText(self)}`, 1) < 0) {
    if (PyErr_ExceptionMatches(PyExc_ResourceWarning)) PyErr_WriteUnraisable(self);
    else PyErr_Clear();
  }
  closeScan(self);
  PyErr_SetRaisedException(e);
}

function scandir_dealloc(self: Obj): void {
  if (!PyObject_CallFinalizerFromDealloc(self)) layoutDealloc(self);
}

defineType({
  type: ScandirIterator_Type,
  name: 'posix.ScandirIterator',
  layout: Scan,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
  slots: {
    tp_iter: PyObject_SelfIter,
    tp_iternext: scandir_next,
    tp_finalize: scandir_finalize,
    tp_dealloc: scandir_dealloc,
  },
  methods: [
    method('__enter__', '($self, /)', (self: Obj) => newref(self)),
    method('__exit__', '!($self, /, *args)', (self: Obj) => {
      closeScan(self);
      return none();
    }),
    method('close', '($self, /)', (self: Obj) => {
      closeScan(self);
      return none();
    }),
  ],
});

export const scandirFunctions: readonly MethodDef[] = [
  method('scandir', '($module, /, path=None)', posix_scandir, 'Return an iterator of DirEntry objects for given path.'),
];
