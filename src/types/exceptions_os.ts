// How does the error of an operating system call look in Python?
//
// Invariant: OSError(errno, …) is an instance of the subclass that its errno maps to (PEP 3151); with a file name, `args` keeps only
// errno and strerror.  The arguments are parsed by tp_new, unless a subclass overrides __init__ but not __new__: then by tp_init.

import { H32 } from '../memory/linear.js';
import { noKwargs } from '../object/bind.js';
import { PyObject_CallObject } from '../object/call.js';
import { defineType, getset, member, method } from '../object/declare.js';
import { errMinus1, nameOfType, PyErr_Occurred, PyErr_SetObject, PyErr_SetString } from '../object/errors.js';
import { BaseExc, exc_args } from '../object/exc_layout.js';
import { fn } from '../object/functable.js';
import { decref, newref, Py_TYPE, xnewref } from '../object/header.js';
import { i32, layout, ref } from '../object/layout.js';
import { asSafeInteger, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyNumber_AsSsize_t, PyNumber_Check } from '../object/number.js';
import { NULL, type Obj } from '../object/ptr.js';
import * as S from '../object/statics.js';
import { emptyTuple, Py_None } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_GetSlice, PyTuple_Pack } from '../object/tuple.js';
import { tp_init, tp_new } from '../object/type_layout.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import {
  argsOf,
  BaseException_str,
  EXC_FLAGS,
  refOrNone,
  reprOf,
  setRef,
  simpleException,
  strText,
} from './exceptions.js';

export const OSErrorExc = layout(
  { errno: ref, strerror: ref, filename: ref, filename2: ref, written: i32 },
  { base: BaseExc.info },
);
const {
  errno: os_errno,
  strerror: os_strerror,
  filename: os_filename,
  filename2: os_filename2,
  written: os_written,
} = OSErrorExc;

/** errno → class, with Linux's numbers. */
const byErrno = new Map<number, Obj>([
  [11, S.PyExc_BlockingIOError],
  [114, S.PyExc_BlockingIOError],
  [115, S.PyExc_BlockingIOError],
  [32, S.PyExc_BrokenPipeError],
  [108, S.PyExc_BrokenPipeError],
  [10, S.PyExc_ChildProcessError],
  [103, S.PyExc_ConnectionAbortedError],
  [111, S.PyExc_ConnectionRefusedError],
  [104, S.PyExc_ConnectionResetError],
  [17, S.PyExc_FileExistsError],
  [2, S.PyExc_FileNotFoundError],
  [21, S.PyExc_IsADirectoryError],
  [20, S.PyExc_NotADirectoryError],
  [4, S.PyExc_InterruptedError],
  [13, S.PyExc_PermissionError],
  [1, S.PyExc_PermissionError],
  [3, S.PyExc_ProcessLookupError],
  [110, S.PyExc_TimeoutError],
]);

function usesInit(type: Obj): boolean {
  return H32[(type + tp_init) >> 2] !== initIndex && H32[(type + tp_new) >> 2] === newIndex;
}

const item = (args: Obj, i: number): Obj => (i < PyTuple_GET_SIZE(args) ? PyTuple_GET_ITEM(args, i) : NULL);

/** Fills the fields from the arguments: 0, or -1 with an exception. */
function setFromArgs(e: Obj, args: Obj): number {
  const n = PyTuple_GET_SIZE(args);
  const structured = n >= 2 && n <= 5;
  let kept = newref(args);
  if (structured) {
    const filename = item(args, 2);
    // The fourth argument (winerror) is only there for a signature that is the same on all systems.
    const filename2 = item(args, 4);
    if (filename !== 0 && filename !== Py_None) {
      if (Py_TYPE(e) === S.PyExc_BlockingIOError && PyNumber_Check(filename)) {
        const written = PyNumber_AsSsize_t(filename, S.PyExc_ValueError);
        if (written === -1 && PyErr_Occurred() !== 0) {
          decref(kept);
          return -1;
        }
        H32[(e + os_written) >> 2] = written;
      } else {
        setRef(e, os_filename, newref(filename));
        if (filename2 !== 0 && filename2 !== Py_None) setRef(e, os_filename2, newref(filename2));
        const two = PyTuple_GetSlice(args, 0, 2);
        decref(kept);
        if (two === 0) return -1;
        kept = two;
      }
    }
    setRef(e, os_errno, xnewref(item(args, 0)));
    setRef(e, os_strerror, xnewref(item(args, 1)));
  }
  setRef(e, exc_args, kept);
  return 0;
}

function OSError_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  const byInit = usesInit(type);
  let cls = type;
  if (!byInit) {
    if (!noKwargs(nameOfType(type), kwargs)) return NULL;
    const n = PyTuple_GET_SIZE(args);
    const errno = n >= 2 && n <= 5 ? PyTuple_GET_ITEM(args, 0) : NULL;
    if (type === S.PyExc_OSError && errno !== 0 && PyLong_Check(errno)) cls = byErrno.get(asSafeInteger(errno)) ?? type;
  }
  const e = PyType_GenericAlloc(cls, 0);
  if (e === 0) return NULL;
  H32[(e + os_written) >> 2] = -1;
  if (byInit) setRef(e, exc_args, newref(emptyTuple));
  else if (setFromArgs(e, args) < 0) {
    decref(e);
    return NULL;
  }
  return e;
}

function OSError_init(e: Obj, args: Obj, kwargs: Obj): number {
  if (!usesInit(Py_TYPE(e))) return 0;
  return noKwargs(nameOfType(Py_TYPE(e)), kwargs) ? setFromArgs(e, args) : -1;
}

const newIndex = fn(OSError_new);
const initIndex = fn(OSError_init);

function OSError_str(e: Obj): Obj {
  const filename = H32[(e + os_filename) >> 2] as Obj;
  const filename2 = H32[(e + os_filename2) >> 2] as Obj;
  if (filename === 0 && (H32[(e + os_errno) >> 2] === 0 || H32[(e + os_strerror) >> 2] === 0))
    return BaseException_str(e);
  const errno = strText(refOrNone(e, os_errno));
  if (errno === null) return NULL;
  const strerror = strText(refOrNone(e, os_strerror));
  if (strerror === null) return NULL;
  let text = `[Errno ${errno}] ${strerror}`;
  if (filename !== 0) {
    const first = reprOf(filename);
    if (first === null) return NULL;
    text += `: ${first}`;
    if (filename2 !== 0) {
      const second = reprOf(filename2);
      if (second === null) return NULL;
      text += ` -> ${second}`;
    }
  }
  return PyUnicode_FromString(text);
}

function OSError_reduce(e: Obj): Obj {
  let args = newref(argsOf(e));
  const filename = H32[(e + os_filename) >> 2] as Obj;
  const filename2 = H32[(e + os_filename2) >> 2] as Obj;
  if (PyTuple_GET_SIZE(args) === 2 && filename !== 0) {
    const a = PyTuple_GET_ITEM(args, 0);
    const b = PyTuple_GET_ITEM(args, 1);
    const full = filename2 !== 0 ? PyTuple_Pack(a, b, filename, Py_None, filename2) : PyTuple_Pack(a, b, filename);
    decref(args);
    if (full === 0) return NULL;
    args = full;
  }
  const dict = H32[(e + BaseExc.dict) >> 2] as Obj;
  const r = dict === 0 ? PyTuple_Pack(Py_TYPE(e), args) : PyTuple_Pack(Py_TYPE(e), args, dict);
  decref(args);
  return r;
}

function get_written(e: Obj): Obj {
  const written = H32[(e + os_written) >> 2];
  return written === -1 ? PyErr_SetString(S.PyExc_AttributeError, 'characters_written') : PyLong_FromLong(written);
}

function set_written(e: Obj, value: Obj): number {
  if (value === 0) {
    if (H32[(e + os_written) >> 2] === -1) return errMinus1(S.PyExc_AttributeError, 'characters_written');
    H32[(e + os_written) >> 2] = -1;
    return 0;
  }
  const n = PyNumber_AsSsize_t(value, S.PyExc_ValueError);
  if (n === -1 && PyErr_Occurred() !== 0) return -1;
  H32[(e + os_written) >> 2] = n;
  return 0;
}

defineType({
  type: S.PyExc_OSError,
  name: 'OSError',
  base: S.PyExc_Exception,
  layout: OSErrorExc,
  flags: EXC_FLAGS,
  doc: 'Base class for I/O related errors.',
  slots: { tp_new: OSError_new, tp_init: OSError_init, tp_str: OSError_str },
  methods: [method('__reduce__', '($self, /)', OSError_reduce)],
  members: [
    member('errno', 'object', os_errno, { writable: true, doc: 'POSIX exception code' }),
    member('strerror', 'object', os_strerror, { writable: true, doc: 'exception strerror' }),
    member('filename', 'object', os_filename, { writable: true, doc: 'exception filename' }),
    member('filename2', 'object', os_filename2, { writable: true, doc: 'second exception filename' }),
  ],
  getset: [getset('characters_written', get_written, set_written)],
});

const OS = S.PyExc_OSError;
const CONNECTION = S.PyExc_ConnectionError;
const kinds: readonly (readonly [Obj, string, Obj, string])[] = [
  [S.PyExc_BlockingIOError, 'BlockingIOError', OS, 'I/O operation would block.'],
  [CONNECTION, 'ConnectionError', OS, 'Connection error.'],
  [S.PyExc_ChildProcessError, 'ChildProcessError', OS, 'Child process error.'],
  [S.PyExc_BrokenPipeError, 'BrokenPipeError', CONNECTION, 'Broken pipe.'],
  [S.PyExc_ConnectionAbortedError, 'ConnectionAbortedError', CONNECTION, 'Connection aborted.'],
  [S.PyExc_ConnectionRefusedError, 'ConnectionRefusedError', CONNECTION, 'Connection refused.'],
  [S.PyExc_ConnectionResetError, 'ConnectionResetError', CONNECTION, 'Connection reset.'],
  [S.PyExc_FileExistsError, 'FileExistsError', OS, 'File already exists.'],
  [S.PyExc_FileNotFoundError, 'FileNotFoundError', OS, 'File not found.'],
  [S.PyExc_IsADirectoryError, 'IsADirectoryError', OS, "Operation doesn't work on directories."],
  [S.PyExc_NotADirectoryError, 'NotADirectoryError', OS, 'Operation only works on directories.'],
  [S.PyExc_InterruptedError, 'InterruptedError', OS, 'Interrupted by signal.'],
  [S.PyExc_PermissionError, 'PermissionError', OS, 'Not enough permissions.'],
  [S.PyExc_ProcessLookupError, 'ProcessLookupError', OS, 'Process not found.'],
  [S.PyExc_TimeoutError, 'TimeoutError', OS, 'Timeout expired.'],
];
for (const [type, name, base, doc] of kinds) simpleException(type, name, base, doc, OSErrorExc.info, false);

/** Raises OSError(errno, strerror[, filename[, None, filename2]]), the names borrowed or NULL; returns NULL. */
export function raiseOSError(errno: number, strerror: string, filename: Obj = NULL, filename2: Obj = NULL): Obj {
  const code = PyLong_FromLong(errno);
  const text = PyUnicode_FromString(strerror);
  let args: Obj;
  if (filename === 0) args = PyTuple_Pack(code, text);
  else if (filename2 === 0) args = PyTuple_Pack(code, text, filename);
  else args = PyTuple_Pack(code, text, filename, Py_None, filename2);
  decref(code);
  decref(text);
  if (args === 0) return NULL;
  const e = PyObject_CallObject(OS, args);
  decref(args);
  if (e === 0) return NULL;
  PyErr_SetObject(Py_TYPE(e), e);
  decref(e);
  return NULL;
}
