// What is `sys`?  Invariant: the module's dictionary is the interpreter's own (sys_state.ts); functions that a build does not have are absent
// from it, not present and refusing.

import { host } from '../config/host_interface.js';
import { H32 } from '../memory/linear.js';
import { _Py_GetGlobalAllocatedBlocks, _PyObject_DebugMallocStats } from '../memory/stats.js';
import {
  PyCallable_Check,
  PyObject_Call,
  PyObject_CallFunctionObjArgs,
  PyObject_CallMethodNoArgs,
  PyObject_CallMethodOneArg,
  PyObject_CallNoArgs,
  PyObject_CallOneArg,
  PyObject_Vectorcall,
} from '../object/call.js';
import { defineModule, fastcall, type MethodDef, method, moduleSpecs } from '../object/declare.js';
import {
  dictValue,
  PyDict_Check,
  PyDict_Pop,
  PyDict_GetItemWithError,
  PyDict_New,
  PyDict_SetItem,
} from '../object/dict.js';
import {
  errMinus1,
  handledException,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetObject,
  PyErr_SetRaisedException,
  PyErr_SetString,
  PyException_GetTraceback,
  PyException_SetTraceback,
  PyExceptionInstance_Check,
  PyErr_Format,
  typeName,
} from '../object/errors.js';
import { bindVector, bound } from '../object/bind.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { GC_HEAD_SIZE } from '../object/head.js';
import {
  CountsHead,
  decref,
  incref,
  newref,
  Py_REFCNT,
  Py_TYPE,
  RefTotal,
  refchain,
  xdecref,
} from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { HASH_ALGORITHM, HASH_BITS, HASH_SEED_BITS } from '../object/string_hash.js';
import { PyList_Append, PyList_New } from '../object/list.js';
import { PyLong_AsSsize_t, PyLong_FromLong } from '../object/long.js';
import { moduleFromSpec, PyModule_Add, PyModule_AddObjectRef, PyModule_GetDict } from '../object/module_storage.js';
import { PyType_Check } from '../object/isinstance.js';
import { typeIsGC } from '../object/new_object.js';
import {
  PyBool_FromLong,
  PyObject_GetAttr,
  PyObject_GetOptionalAttr,
  PyObject_Repr,
  PyObject_SetAttr,
  PyObject_Str,
} from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { rootWord } from '../object/roots.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_False,
  Py_None,
  PyExc_AttributeError,
  PyExc_ImportError,
  PyExc_RecursionError,
  PyExc_RuntimeError,
  PyExc_RuntimeWarning,
  PyExc_SystemExit,
  PyExc_TypeError,
  PyExc_UnicodeEncodeError,
  PyExc_ValueError,
  PyType_Type,
} from '../object/statics.js';
import { _PyObject_LookupSpecial, PyType_ClearCache, PyType_Modified } from '../object/type_lookup.js';
import * as T from '../object/type_layout.js';
import {
  asString,
  PyUnicode_Check,
  PyUnicode_CheckExact,
  PyUnicode_FromString,
  PyUnicode_InternInPlace,
} from '../object/unicode.js';
import { internedCount } from '../object/unicode_intern.js';
import { origin_depth } from '../types/coroutine_origin.js';
import { frameObjectOf } from '../types/frame_object.js';
import { newTracebackOf } from '../types/traceback.js';
import {
  cur_frame,
  currentFrame,
  F_FUNCOBJ,
  F_PREVIOUS,
  firstComplete,
  py_recursion_limit,
  py_recursion_remaining,
} from '../types/iframe.js';
import { int_max_str_digits, MAX_STR_DIGITS_THRESHOLD } from '../types/int_text.js';
import { structInstance, structType } from '../types/structseq.js';
import { config, finalizing, PySys_GetObject, sys_modules } from '../vm/sys_state.js';
import {
  PY_MAJOR_VERSION,
  PY_MICRO_VERSION,
  PY_MINOR_VERSION,
  PY_RELEASE_LEVEL,
  PY_RELEASE_SERIAL,
  PY_VERSION,
  PY_VERSION_HEX,
} from '../config/version.js';
import { ABIFLAGS, BUILD_FLAGS, COPYRIGHT, STDLIB_MODULE_NAMES } from './sys_info.js';
import { makeMonitoring, traceFunctions } from '../vm/trace_functions.js';
import { dictOf, listOf, listOfStr, toPython, tupleOf } from './values.js';

import { PyObject_CallMethodObjArgs } from '../object/call.js';
import { PyTuple_GET_ITEM as item } from '../object/tuple.js';
import { PyList_GET_ITEM as listItem } from '../object/list.js';
import { asyncgen_finalizer, asyncgen_firstiter } from '../types/asyncgen_hooks.js';
import { setOwned } from '../vm/sys_state.js';
import { _PyNamespace_New } from '../types/namespace.js';
import { PyFrozenSet_New } from '../object/set.js';
import { PyUnicode_CHECK_INTERNED as isInterned } from '../object/unicode.js';

const s_sizeof = ID('__sizeof__');
const s_module = ID('__module__');
const s_write = ID('write');
const s_flush = ID('flush');
const s_underscore = ID('_');
const s_buffer = ID('buffer');
const s_encoding = ID('encoding');

const none = () => newref(Py_None);

// --- hooks --------------------------------------------------------------------------------------------------------------------

/** Writes text to the file object of sys.NAME: 0, or -1. */
export function writeTo(file: Obj, text: string): number {
  const s = PyUnicode_FromString(text);
  if (s === 0) return -1;
  const r = PyObject_CallMethodOneArg(file, idObj(s_write), s);
  decref(s);
  if (r === 0) return -1;
  decref(r);
  return 0;
}

/** Writes to sys.stderr; where that cannot be, to the host's standard error. */
export function writeStderr(text: string): void {
  const saved = PyErr_GetRaisedException();
  const file = PySys_GetObject('stderr');
  if (file === 0 || file === Py_None || writeTo(file, text) < 0) {
    PyErr_Clear();
    if (file !== Py_None) host.writeError(text);
  }
  if (saved !== 0) PyErr_SetRaisedException(saved);
}

export function flushFile(name: string): number {
  const file = PySys_GetObject(name);
  if (file === 0 || file === Py_None) return 0;
  incref(file);
  const r = PyObject_CallMethodNoArgs(file, idObj(s_flush));
  decref(file);
  if (r === 0) return -1;
  decref(r);
  return 0;
}

/** repr(o) to sys.stdout, with characters that its encoding lacks escaped; and into builtins._. */
function displayhook(_m: Obj, o: Obj): Obj {
  const modules = H32[sys_modules] as Obj;
  const builtinsName = PyUnicode_FromString('builtins');
  if (builtinsName === 0) return NULL;
  const found = PyDict_Check(modules) ? PyDict_GetItemWithError(modules, builtinsName) : NULL;
  decref(builtinsName);
  if (found === 0) return PyErr_Occurred() !== 0 ? NULL : PyErr_SetString(PyExc_RuntimeError, 'lost builtins module');
  if (o === Py_None) return none();
  const builtins = newref(found);
  let ok = PyObject_SetAttr(builtins, idObj(s_underscore), Py_None) === 0;
  const out = ok ? PySys_GetObject('stdout') : NULL;
  if (ok && (out === 0 || out === Py_None)) {
    PyErr_SetString(PyExc_RuntimeError, 'lost sys.stdout');
    ok = false;
  }
  if (ok) {
    incref(out);
    const text = PyObject_Repr(o);
    ok = text !== 0;
    if (ok) {
      const r = PyObject_CallMethodOneArg(out, idObj(s_write), text);
      if (r !== 0) decref(r);
      else if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
        PyErr_Clear();
        ok = writeEscaped(out, text);
      } else ok = false;
      decref(text);
    }
    ok = ok && writeTo(out, '\n') === 0;
    decref(out);
  }
  ok = ok && PyObject_SetAttr(builtins, idObj(s_underscore), o) === 0;
  decref(builtins);
  return ok ? none() : NULL;
}

const s_encode = ID('encode');
const s_decode = ID('decode');

function writeEscaped(out: Obj, text: Obj): boolean {
  const encoding = PyObject_GetAttr(out, idObj(s_encoding));
  if (encoding === 0) return false;
  const errors = PyUnicode_FromString('backslashreplace');
  const strict = PyUnicode_FromString('strict');
  const encoded = PyObject_CallMethodObjArgs(text, idObj(s_encode), encoding, errors);
  let ok = encoded !== 0;
  if (ok) {
    const buffer = PyObject_GetOptionalAttr(out, idObj(s_buffer));
    let r: Obj = NULL;
    if (buffer !== 0) {
      r = PyObject_CallMethodOneArg(buffer, idObj(s_write), encoded);
      decref(buffer);
    } else if (PyErr_Occurred() === 0) {
      const back = PyObject_CallMethodObjArgs(encoded, idObj(s_decode), encoding, strict);
      if (back !== 0) {
        r = PyObject_CallMethodOneArg(out, idObj(s_write), back);
        decref(back);
      }
    }
    decref(encoded);
    ok = r !== 0;
    xdecref(r);
  }
  decref(encoding);
  xdecref(errors);
  xdecref(strict);
  return ok;
}

/** Prints an exception (borrowed) as an uncaught one, to sys.stderr, through the library's traceback module. */
export function displayException(e: Obj): void {
  const file = PySys_GetObject('stderr');
  if (file === Py_None) return;
  const traceback = port.importModule('traceback');
  let r: Obj = NULL;
  if (traceback !== 0) {
    const f = PyObject_GetAttr(traceback, idObj(s_print_exception));
    decref(traceback);
    if (f !== 0) {
      r = PyObject_CallOneArg(f, e);
      decref(f);
    }
  }
  if (r !== 0) {
    decref(r);
    return;
  }
  PyErr_Clear();
  writeStderr(plainTraceback(e));
}
const s_print_exception = ID('_print_exception_bltin');

/** The exception without the library's help: type and message. */
function plainTraceback(e: Obj): string {
  const s = PyObject_Str(e);
  let text: string;
  if (s === 0) {
    PyErr_Clear();
    text = '<exception str() failed>';
  } else {
    text = asString(s);
    decref(s);
  }
  return `${port.dumpTraceback()}${typeName(e)}${text === '' ? '' : `: ${text}`}\n`;
}

/** Writes an exception to sys.stderr, or that it is none. */
export function PyErr_DisplayException(value: Obj): void {
  if (PyExceptionInstance_Check(value)) displayException(value);
  else {
    writeStderr(`TypeError: print_exception(): Exception expected for value, ${typeName(value)} found\n`);
  }
}

function excepthook(_m: Obj, _type: Obj, value: Obj, _tb: Obj): Obj {
  PyErr_DisplayException(value);
  return none();
}

/** SystemExit in the loop ends the command, as it does for the loop that the command itself begins. */
function baserepl(): Obj {
  const status = port.baseRepl();
  if (status < 0) return none();
  const code = PyLong_FromLong(status);
  if (code === 0) return NULL;
  PyErr_SetObject(PyExc_SystemExit, code);
  decref(code);
  return NULL;
}

const unraisableArgs = structType(
  'UnraisableHookArgs',
  'UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.',
  [
    ['exc_type', 'Exception type'],
    ['exc_value', 'Exception value'],
    ['exc_traceback', 'Exception traceback'],
    ['err_msg', 'Error message'],
    ['object', 'Object causing the exception'],
  ],
);

/** The default sys.unraisablehook: 'Exception ignored in: …' and the traceback. */
function unraisablehook(_m: Obj, args: Obj): Obj {
  if (Py_TYPE(args) !== unraisableArgs)
    return PyErr_SetString(PyExc_TypeError, 'sys.unraisablehook argument type must be UnraisableHookArgs');
  const value = item(args, 1);
  const message = item(args, 3);
  const object = item(args, 4);
  writeUnraisable(value, message === Py_None ? '' : strOf(message), object === Py_None ? NULL : object);
  return none();
}

function strOf(o: Obj): string {
  const s = PyObject_Str(o);
  if (s === 0) {
    PyErr_Clear();
    return '?';
  }
  const text = asString(s);
  decref(s);
  return text;
}

function writeUnraisable(value: Obj, message: string, object: Obj): void {
  const file = PySys_GetObject('stderr');
  if (file === 0 || file === Py_None) return;
  if (object !== 0) {
    const r = PyObject_Repr(object);
    const text = r === 0 ? '<object repr() failed>' : asString(r);
    if (r === 0) PyErr_Clear();
    else decref(r);
    writeStderr(`${message === '' ? 'Exception ignored in' : message}: ${text}\n`);
  } else if (message !== '') writeStderr(`${message}:\n`);
  if (value !== Py_None && value !== 0) displayException(value);
  if (flushFile('stderr') < 0) PyErr_Clear();
}

/** Hands the current exception to sys.unraisablehook; `where` completes "Exception ignored ". */
function reportUnraisable(where: string, object: Obj): void {
  const message =
    where === ''
      ? ''
      : `Exception ignored ${where.startsWith('in ') || where.startsWith('on ') ? where : `while ${where}`}`;
  PyErr_FormatUnraisable(message, where.startsWith('calling deallocator') ? NULL : object);
}

/** Hands the current exception to sys.unraisablehook with a message ('': none) and an object (NULL: none), and clears it. */
export function PyErr_FormatUnraisable(message: string, shown: Obj): void {
  const e = PyErr_GetRaisedException();
  if (e === 0) return;
  const hook = PySys_GetObject('unraisablehook');
  if (hook === 0 || hook === Py_None || H32[finalizing] > 1) writeUnraisable(e, message, shown);
  else {
    incref(hook);
    let tb = PyException_GetTraceback(e);
    const here = currentFrame();
    if (tb === 0 && here !== 0) {
      tb = newTracebackOf(here);
      if (tb === 0) PyErr_Clear();
      else PyException_SetTraceback(e, tb);
    }
    const args = structInstance(unraisableArgs, [
      newref(Py_TYPE(e)),
      newref(e),
      tb === 0 ? none() : tb,
      message === '' ? none() : PyUnicode_FromString(message),
      newref(shown === 0 ? Py_None : shown),
    ]);
    const r = args === 0 ? NULL : PyObject_CallOneArg(hook, args);
    xdecref(args);
    if (r !== 0) decref(r);
    else {
      const second = PyErr_GetRaisedException();
      writeUnraisable(second, 'Exception ignored in sys.unraisablehook', hook);
      xdecref(second);
    }
    decref(hook);
  }
  decref(e);
}
port.unraisable = reportUnraisable;

const BREAKPOINT_DEFAULT = 'pdb.set_trace';

function breakpointhook(self: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  void self;
  const env = config.use_environment ? (host.getenv('PYTHONBREAKPOINT') ?? '') : '';
  const target = env === '' ? BREAKPOINT_DEFAULT : env;
  if (target === '0') return none();
  const dot = target.lastIndexOf('.');
  const moduleName = dot < 0 ? 'builtins' : target.slice(0, dot);
  const attr = dot < 0 ? target : target.slice(dot + 1);
  const warn = (): Obj => {
    PyErr_Clear();
    return port.warn(PyExc_RuntimeWarning, `Ignoring unimportable $PYTHONBREAKPOINT: "${target}"`, 0) < 0
      ? NULL
      : none();
  };
  if (dot === 0) return warn();
  const m = port.importModule(moduleName);
  if (m === 0) return PyErr_ExceptionMatches(PyExc_ImportError) ? warn() : NULL;
  const name = PyUnicode_FromString(attr);
  const f = name === 0 ? NULL : PyObject_GetAttr(m, name);
  decref(m);
  xdecref(name);
  if (f === 0) return PyErr_ExceptionMatches(PyExc_AttributeError) ? warn() : NULL;
  const r = PyObject_Vectorcall(f, args, nargs, kwnames);
  decref(f);
  return r;
}

// --- exceptions and frames ----------------------------------------------------------------------------------------------------

function sys_exception(): Obj {
  const e = handledException();
  return newref(e === 0 ? Py_None : e);
}

function exc_info(): Obj {
  const e = handledException();
  if (e === 0) return toPython([null, null, null]);
  const tb = PyException_GetTraceback(e);
  return tupleOf([newref(Py_TYPE(e)), newref(e), tb === 0 ? none() : tb]);
}

function sys_exit(_m: Obj, status: Obj): Obj {
  return PyErr_SetObject(PyExc_SystemExit, status);
}

/** The complete frame `depth` levels up, or 0 with ValueError. */
function frameAt(depth: number): number {
  let f = firstComplete(H32[cur_frame]);
  for (let i = depth; i > 0 && f !== 0; i--) f = firstComplete(H32[(f + F_PREVIOUS) >> 2]);
  if (f === 0) PyErr_SetString(PyExc_ValueError, 'call stack is not deep enough');
  return f;
}

function getframe(_m: Obj, depth: number): Obj {
  if (audit('sys._getframe', [PyLong_FromLong(depth)]) < 0) return NULL;
  const f = frameAt(depth);
  if (f === 0) return NULL;
  const o = frameObjectOf(f);
  return o === 0 ? NULL : newref(o);
}

function getframemodulename(_m: Obj, depth: number): Obj {
  const f = frameAt(depth);
  if (f === 0) {
    PyErr_Clear();
    return none();
  }
  const func = H32[(f + F_FUNCOBJ) >> 2] as Obj;
  const m = func === 0 ? NULL : PyObject_GetOptionalAttr(func, idObj(s_module));
  if (m === 0) {
    PyErr_Clear();
    return none();
  }
  return m;
}

const THREAD_ID = 1;

function current_frames(): Obj {
  const d = PyDict_New();
  const f = firstComplete(H32[cur_frame]);
  if (d === 0 || f === 0) return d;
  const key = PyLong_FromLong(THREAD_ID);
  const frame = frameObjectOf(f);
  const ok = key !== 0 && frame !== 0 && PyDict_SetItem(d, key, frame) === 0;
  xdecref(key);
  if (ok) return d;
  decref(d);
  return NULL;
}

function current_exceptions(): Obj {
  const d = PyDict_New();
  if (d === 0) return NULL;
  const key = PyLong_FromLong(THREAD_ID);
  const e = sys_exception();
  const ok = key !== 0 && PyDict_SetItem(d, key, e) === 0;
  xdecref(key);
  decref(e);
  if (ok) return d;
  decref(d);
  return NULL;
}

// --- figures ------------------------------------------------------------------------------------------------------------------

const GETSIZEOF = parseSignature('getsizeof', '(object, default)');

/** sys.getsizeof: __sizeof__ and the collector's head. */
function getsizeof(_m: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  const one = parseGetsizeof(args, nargs, kwnames);
  if (one === null) return NULL;
  const [o, dflt] = one;
  const size = sizeOf(o);
  if (size === -1 && PyErr_Occurred() !== 0) {
    if (dflt !== 0 && PyErr_ExceptionMatches(PyExc_TypeError)) {
      PyErr_Clear();
      return newref(dflt);
    }
    return NULL;
  }
  return PyLong_FromLong(size);
}

function parseGetsizeof(args: number, nargs: number, kwnames: Obj): [Obj, Obj] | null {
  const sig = nargs + (kwnames === 0 ? 0 : 1) > 1 || kwnames !== 0 ? GETSIZEOF : GETSIZEOF_ONE;
  return bindVector(sig, args, nargs, kwnames) ? [bound[0] as Obj, sig === GETSIZEOF ? (bound[1] as Obj) : NULL] : null;
}
const GETSIZEOF_ONE = parseSignature('getsizeof', '(object, default=...)');

/** Bytes of an object with its collector's head, or -1 (_PySys_GetSizeOf). */
export function sizeOf(o: Obj): number {
  const f = _PyObject_LookupSpecial(o, idObj(s_sizeof));
  if (f === 0) {
    if (PyErr_Occurred() === 0) PyErr_Format(PyExc_TypeError, "Type %N doesn't define __sizeof__", Py_TYPE(o));
    return -1;
  }
  const r = PyObject_CallNoArgs(f);
  decref(f);
  if (r === 0) return -1;
  const n = PyLong_AsSsize_t(r);
  decref(r);
  if (n === -1 && PyErr_Occurred() !== 0) return -1;
  if (n < 0) return errMinus1(PyExc_ValueError, '__sizeof__() should return >= 0');
  const type = Py_TYPE(o);
  const isGC =
    typeIsGC(type) && !(Py_TYPE(o) === PyType_Type && (H32[(o + T.tp_flags) >> 2] & T.Py_TPFLAGS_HEAPTYPE) === 0);
  return n + (isGC ? GC_HEAD_SIZE : 0);
}

function sys_intern(_m: Obj, s: Obj): Obj {
  if (!PyUnicode_Check(s)) return PyErr_SetString(PyExc_TypeError, `intern() argument must be str, not ${typeName(s)}`);
  if (!PyUnicode_CheckExact(s)) return PyErr_SetString(PyExc_TypeError, `can't intern ${typeName(s)}`);
  return PyUnicode_InternInPlace(newref(s));
}

function setrecursionlimit(_m: Obj, limit: number): Obj {
  if (limit < 1) return PyErr_SetString(PyExc_ValueError, 'recursion limit must be greater or equal than 1');
  const depth = H32[py_recursion_limit] - H32[py_recursion_remaining];
  if (depth >= limit) {
    return PyErr_SetString(
      PyExc_RecursionError,
      `cannot set the recursion limit to ${limit} at the recursion depth ${depth}: the limit is too low`,
    );
  }
  H32[py_recursion_remaining] = limit - depth;
  H32[py_recursion_limit] = limit;
  return none();
}

function setIntMaxStrDigits(_m: Obj, n: number): Obj {
  if (n !== 0 && n < MAX_STR_DIGITS_THRESHOLD) {
    return PyErr_SetString(PyExc_ValueError, `maxdigits must be 0 or larger than ${MAX_STR_DIGITS_THRESHOLD}`);
  }
  H32[int_max_str_digits] = n;
  return none();
}

let switchInterval = 0.005;

function setswitchinterval(_m: Obj, seconds: number): Obj {
  if (!(seconds > 0)) return PyErr_SetString(PyExc_ValueError, 'switch interval must be strictly positive');
  switchInterval = seconds;
  return none();
}

/** The most recently made objects first; `max` 0: all; of `type` exactly if not NULL. */
function getobjects(self: Obj, args: number, nargs: number): Obj {
  void self;
  if (nargs < 1 || nargs > 2)
    return PyErr_SetString(
      PyExc_TypeError,
      `getobjects expected ${nargs < 1 ? 'at least 1 argument' : 'at most 2 arguments'}, got ${nargs}`,
    );
  const max = PyLong_AsSsize_t(H32[args >> 2] as Obj);
  if (max === -1 && PyErr_Occurred() !== 0) return NULL;
  const type = nargs === 2 ? (H32[(args >> 2) + 1] as Obj) : NULL;
  // The first object before anything that this call makes.
  let o = H32[refchain >> 2] as Obj;
  const list = PyList_New(0);
  if (list === 0) return NULL;
  for (let n = 0; o !== refchain && o !== 0 && (max === 0 || n < max); o = H32[o >> 2] as Obj) {
    if (type !== 0 && Py_TYPE(o) !== type) continue;
    n++;
    if (PyList_Append(list, o) < 0) {
      decref(list);
      return NULL;
    }
  }
  return list;
}

/** COUNT_ALLOCS: (name, allocs, frees, maxalloc) of each type, the most recently first-seen first. */
function getcounts(): Obj {
  const rows: [string, number, number, number][] = allocCounts();
  return listOf(rows.map((row) => toPython(row)));
}

/** The rows of sys.getcounts() as plain values. */
export function allocCounts(): [string, number, number, number][] {
  const rows: [string, number, number, number][] = [];
  for (let t = H32[CountsHead]; t > 0; t = H32[(t + T.tp_counts_next) >> 2]) {
    const name = H32[(t + T.tp_name) >> 2] as Obj;
    rows.push([asString(name), H32[(t + T.tp_allocs) >> 2], H32[(t + T.tp_frees) >> 2], H32[(t + T.tp_maxalloc) >> 2]]);
  }
  return rows;
}

function debugmallocstats(): Obj {
  host.writeError(_PyObject_DebugMallocStats());
  return none();
}

// --- audit hooks --------------------------------------------------------------------------------------------------------------

/** Index of the list of hooks (owned, or 0). */
const audit_hooks = rootWord('the audit hooks');
const hooksList = (): Obj => H32[audit_hooks] as Obj;

/** Raises an auditing event (PEP 578); `args` are stolen. 0, or -1. */
export function audit(event: string, args: readonly Obj[]): number {
  if (hooksList() === 0) {
    for (const o of args) xdecref(o);
    return args.includes(NULL) ? -1 : 0;
  }
  const tuple = tupleOf(args);
  const name = tuple === 0 ? NULL : PyUnicode_FromString(event);
  let r = name === 0 ? -1 : 0;
  const hooks = hooksList();
  for (let i = 0; r === 0 && i < H32[(hooks + T.ob_size) >> 2]; i++) {
    const hook = newref(listItem(hooks, i));
    const answer = PyObject_CallFunctionObjArgs(hook, name, tuple);
    decref(hook);
    if (answer === 0) r = -1;
    else decref(answer);
  }
  xdecref(name);
  xdecref(tuple);
  return r;
}

function sys_audit(self: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  void self;
  if (kwnames !== 0) return PyErr_SetString(PyExc_TypeError, 'audit() takes no keyword arguments');
  if (nargs === 0) return PyErr_SetString(PyExc_TypeError, 'audit expected at least 1 argument, got 0');
  const event = H32[args >> 2] as Obj;
  if (!PyUnicode_Check(event))
    return PyErr_SetString(PyExc_TypeError, `expected str for argument 'event', not ${typeName(event)}`);
  const rest: Obj[] = [];
  for (let i = 1; i < nargs; i++) rest.push(newref(H32[(args >> 2) + i] as Obj));
  return audit(asString(event), rest) < 0 ? NULL : none();
}

function addaudithook(_m: Obj, hook: Obj): Obj {
  if (hooksList() !== 0 && audit('sys.addaudithook', []) < 0) {
    // A hook may veto with RuntimeError, silently.
    if (!PyErr_ExceptionMatches(PyExc_RuntimeError)) return NULL;
    PyErr_Clear();
    return none();
  }
  if (hooksList() === 0) {
    H32[audit_hooks] = PyList_New(0);
    if (hooksList() === 0) return NULL;
  }
  return PyList_Append(hooksList(), hook) < 0 ? NULL : none();
}

/** Gives the audit hooks back at finalization. */
export function clearAuditHooks(): void {
  setOwned(audit_hooks, NULL);
}

// --- asynchronous generators --------------------------------------------------------------------------------------------------

const HOOKS = parseSignature('set_asyncgen_hooks', '(firstiter=..., finalizer=...)');

function set_asyncgen_hooks(self: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  void self;
  if (!bindVector(HOOKS, args, nargs, kwnames)) return NULL;
  const [firstiter, finalizer] = [bound[0] as Obj, bound[1] as Obj];
  for (const [value, name] of [
    [finalizer, 'finalizer'],
    [firstiter, 'firstiter'],
  ] as const) {
    if (value !== 0 && value !== Py_None && !PyCallable_Check(value)) {
      return PyErr_SetString(PyExc_TypeError, `callable ${name} expected, got ${typeName(value)}`);
    }
  }
  if (finalizer !== 0) setOwned(asyncgen_finalizer, finalizer === Py_None ? NULL : newref(finalizer));
  if (firstiter !== 0) setOwned(asyncgen_firstiter, firstiter === Py_None ? NULL : newref(firstiter));
  return none();
}

const asyncgenHooks = structType(
  'sys.asyncgen_hooks',
  'asyncgen_hooks\n\nStruct sequence providing information about asynchronous\ngenerators hooks.  The attributes are read only.',
  [
    ['firstiter', 'Hook to intercept first iteration'],
    ['finalizer', 'Hook to intercept finalization'],
  ],
);

function get_asyncgen_hooks(): Obj {
  const owned = (w: number) => newref((H32[w] || Py_None) as Obj);
  return structInstance(asyncgenHooks, [owned(asyncgen_firstiter), owned(asyncgen_finalizer)]);
}

function set_origin_depth(_m: Obj, depth: number): Obj {
  if (depth < 0) return PyErr_SetString(PyExc_ValueError, 'depth must be >= 0');
  H32[origin_depth] = depth;
  return none();
}

// --- the module ---------------------------------------------------------------------------------------------------------------

function call_tracing(_m: Obj, f: Obj, args: Obj): Obj {
  return PyObject_Call(f, args, NULL);
}

const versionInfo = structType(
  'sys.version_info',
  'sys.version_info\n\nVersion information as a named tuple.',
  [
    ['major', 'Major release number'],
    ['minor', 'Minor release number'],
    ['micro', 'Patch release number'],
    ['releaselevel', "'alpha', 'beta', 'candidate', or 'final'"],
    ['serial', 'Serial release number'],
  ],
  5,
  true,
);

const FLAG_FIELDS = [
  ['debug', '-d'],
  ['inspect', '-i'],
  ['interactive', '-i'],
  ['optimize', '-O or -OO'],
  ['dont_write_bytecode', '-B'],
  ['no_user_site', '-s'],
  ['no_site', '-S'],
  ['ignore_environment', '-E'],
  ['verbose', '-v'],
  ['bytes_warning', '-b'],
  ['quiet', '-q'],
  ['hash_randomization', '-R'],
  ['isolated', '-I'],
  ['dev_mode', '-X dev'],
  ['utf8_mode', '-X utf8'],
  ['warn_default_encoding', '-X warn_default_encoding'],
  ['safe_path', '-P'],
  ['int_max_str_digits', '-X int_max_str_digits'],
  ['gil', '-X gil'],
  ['thread_inherit_context', '-X thread_inherit_context'],
  ['context_aware_warnings', '-X context_aware_warnings'],
] as const;
// The last three are attributes, not items of the tuple.
const flagsType = structType(
  'sys.flags',
  'sys.flags\n\nFlags provided through command line arguments or environment vars.',
  FLAG_FIELDS,
  18,
  true,
);

const floatInfo = structType(
  'sys.float_info',
  "sys.float_info\n\nA named tuple holding information about the float type. It contains low level\ninformation about the precision and internal representation. Please study\nyour system's :file:`float.h` for more information.",
  [
    ['max', 'DBL_MAX -- maximum representable finite float'],
    ['max_exp', 'DBL_MAX_EXP -- maximum int e such that radix**(e-1) is representable'],
    ['max_10_exp', 'DBL_MAX_10_EXP -- maximum int e such that 10**e is representable'],
    ['min', 'DBL_MIN -- Minimum positive normalized float'],
    ['min_exp', 'DBL_MIN_EXP -- minimum int e such that radix**(e-1) is a normalized float'],
    ['min_10_exp', 'DBL_MIN_10_EXP -- minimum int e such that 10**e is a normalized float'],
    ['dig', 'DBL_DIG -- maximum number of decimal digits that can be faithfully represented in a float'],
    ['mant_dig', 'DBL_MANT_DIG -- mantissa digits'],
    ['epsilon', 'DBL_EPSILON -- Difference between 1 and the next representable float'],
    ['radix', 'FLT_RADIX -- radix of exponent'],
    ['rounds', 'FLT_ROUNDS -- rounding mode used for arithmetic operations'],
  ],
);
const intInfo = structType(
  'sys.int_info',
  "sys.int_info\n\nA named tuple that holds information about Python's\ninternal representation of integers.  The attributes are read only.",
  [
    ['bits_per_digit', 'size of a digit in bits'],
    ['sizeof_digit', 'size in bytes of the C type used to represent a digit'],
    ['default_max_str_digits', 'maximum string conversion digits limitation'],
    ['str_digits_check_threshold', 'minimum positive value for int_max_str_digits'],
  ],
);
const hashInfo = structType(
  'sys.hash_info',
  'hash_info\n\nA named tuple providing parameters used for computing hashes. The attributes are read only.',
  [
    ['width', 'width of the type used for hashing, in bits'],
    ['modulus', 'prime number giving the modulus on which the hash function is based'],
    ['inf', 'value to be used for hash of a positive infinity'],
    ['nan', 'value to be used for hash of a nan'],
    ['imag', 'multiplier used for the imaginary part of a complex number'],
    ['algorithm', 'name of the algorithm for hashing of str, bytes and memoryviews'],
    ['hash_bits', 'internal output size of hash algorithm'],
    ['seed_bits', 'seed size of hash algorithm'],
    ['cutoff', 'small string optimization cutoff'],
  ],
);
const threadInfo = structType(
  'sys.thread_info',
  'sys.thread_info\n\nA named tuple holding information about the thread implementation.',
  [
    ['name', 'name of the thread implementation'],
    ['lock', 'name of the lock implementation'],
    ['version', 'name and version of the thread library'],
  ],
);

function flagsObject(): Obj {
  const c = config;
  const values: (number | boolean)[] = [
    c.parser_debug,
    c.inspect ? 1 : 0,
    c.interactive ? 1 : 0,
    c.optimization_level,
    c.write_bytecode ? 0 : 1,
    c.user_site_directory ? 0 : 1,
    c.site_import ? 0 : 1,
    c.use_environment ? 0 : 1,
    c.verbose,
    c.bytes_warning,
    c.quiet ? 1 : 0,
    c.hash_seed === 0 ? 0 : 1,
    c.isolated ? 1 : 0,
    c.dev_mode,
    c.utf8_mode ? 1 : 0,
    c.warn_default_encoding ? 1 : 0,
    c.safe_path,
    c.int_max_str_digits,
    1,
    c.thread_inherit_context ? 1 : 0,
    c.context_aware_warnings ? 1 : 0,
  ];
  return structInstance(flagsType, values.map(toPython));
}

function xoptionsDict(): Obj {
  return dictOf(
    config.xoptions.map((x) => {
      const eq = x.indexOf('=');
      return eq < 0 ? [x, toPython(true)] : [x.slice(0, eq), PyUnicode_FromString(x.slice(eq + 1))];
    }),
  );
}

const float = PyFloat_FromDouble;

/** The version banner: CPython's number, then what this is and which build. */
export const VERSION_TEXT = `${PY_VERSION} (vivarium ${VIVARIUM_BUILD}${BUILD_FLAGS.length ? `, ${BUILD_FLAGS.join(' ')}` : ''}) [TypeScript]`;

/** What the interactive interpreter says after the version. */
export const COPYRIGHT_HINT = 'Type "help", "copyright", "credits" or "license" for more information.\n';

function versionObject(): Obj {
  return structInstance(
    versionInfo,
    [PY_MAJOR_VERSION, PY_MINOR_VERSION, PY_MICRO_VERSION, PY_RELEASE_LEVEL, PY_RELEASE_SERIAL].map(toPython),
  );
}

/** sys.implementation, a SimpleNamespace. */
function implementation(): Obj {
  const fields = dictOf([
    ['name', toPython('cpython')],
    ['cache_tag', toPython('cpython-314')],
    ['version', versionObject()],
    ['hexversion', toPython(PY_VERSION_HEX)],
    ['supports_isolated_interpreters', toPython(false)],
    ['_multiarch', toPython('wasm32-vivarium')],
  ]);
  if (fields === 0) return NULL;
  const ns = _PyNamespace_New(fields);
  decref(fields);
  return ns;
}

function exec(m: Obj): number {
  const c = config;
  const add = (name: string, value: Obj): boolean => PyModule_Add(m, name, value) === 0;
  const builtinNames = [...moduleSpecs.keys()].sort();
  const ok =
    add('modules', newref(H32[sys_modules] as Obj)) &&
    add('version', toPython(VERSION_TEXT)) &&
    add('version_info', versionObject()) &&
    add('hexversion', toPython(PY_VERSION_HEX)) &&
    add('api_version', toPython(1013)) &&
    add('copyright', toPython(COPYRIGHT)) &&
    add('_git', toPython(['CPython', '', ''])) &&
    add('_framework', toPython('')) &&
    add('platform', toPython(host.platform)) &&
    add('byteorder', toPython('little')) &&
    add('maxsize', toPython(0x7fffffff)) &&
    add('maxunicode', toPython(0x10ffff)) &&
    add('float_repr_style', toPython('short')) &&
    add('abiflags', toPython(ABIFLAGS)) &&
    add('builtin_module_names', toPython(builtinNames)) &&
    add('stdlib_module_names', frozensetOf(STDLIB_MODULE_NAMES.split(' '))) &&
    add('implementation', implementation()) &&
    add('flags', flagsObject()) &&
    add(
      'float_info',
      structInstance(floatInfo, [
        float(Number.MAX_VALUE),
        toPython(1024),
        toPython(308),
        float(2.2250738585072014e-308),
        toPython(-1021),
        toPython(-307),
        toPython(15),
        toPython(53),
        float(Number.EPSILON),
        toPython(2),
        toPython(1),
      ]),
    ) &&
    add('int_info', structInstance(intInfo, [30, 4, 4300, MAX_STR_DIGITS_THRESHOLD].map(toPython))) &&
    add(
      'hash_info',
      structInstance(
        hashInfo,
        [32, 0x7fffffff, 314159, 0, 1000003, HASH_ALGORITHM, HASH_BITS, HASH_SEED_BITS, 0].map(toPython),
      ),
    ) &&
    add('thread_info', structInstance(threadInfo, [toPython('pthread-stubs'), none(), none()])) &&
    add('executable', toPython(c.executable)) &&
    add('_base_executable', toPython(c.executable)) &&
    add('prefix', toPython(c.prefix)) &&
    add('exec_prefix', toPython(c.prefix)) &&
    add('base_prefix', toPython(c.prefix)) &&
    add('base_exec_prefix', toPython(c.prefix)) &&
    add('platlibdir', toPython(c.platlibdir)) &&
    add('_stdlib_dir', toPython(c.stdlib[0] ?? null)) &&
    add('_home', none()) &&
    add('pycache_prefix', toPython(c.pycache_prefix)) &&
    add('argv', listOfStr(c.argv)) &&
    add('orig_argv', listOfStr(c.orig_argv)) &&
    add('warnoptions', listOfStr(c.warnoptions)) &&
    add('_xoptions', xoptionsDict()) &&
    add('path', listOfStr([...c.pythonpath, ...c.stdlib])) &&
    add('monitoring', makeMonitoring()) &&
    add('_jit', moduleFromSpec(JIT)) &&
    add('meta_path', PyList_New(0)) &&
    add('path_hooks', PyList_New(0)) &&
    add('path_importer_cache', PyDict_New()) &&
    add('dont_write_bytecode', toPython(!c.write_bytecode));
  if (!ok) return -1;
  const dict = PyModule_GetDict(m);
  for (const name of ['displayhook', 'excepthook', 'breakpointhook', 'unraisablehook']) {
    const key = PyUnicode_FromString(name);
    const f = key === 0 ? NULL : PyDict_GetItemWithError(dict, key);
    xdecref(key);
    if (f === 0 || PyModule_AddObjectRef(m, `__${name}__`, f) < 0) return -1;
  }
  for (const t of [versionInfo, flagsType]) H32[(t + T.tp_flags) >> 2] |= T.Py_TPFLAGS_DISALLOW_INSTANTIATION;
  return 0;
}

function frozensetOf(names: readonly string[]): Obj {
  const list = listOfStr(names);
  if (list === 0) return NULL;
  const s = PyFrozenSet_New(list);
  decref(list);
  return s;
}

const buildFunctions: MethodDef[] = [];
if (Py_REF_DEBUG) {
  buildFunctions.push(
    method(
      'gettotalrefcount',
      '($module, /)',
      () => PyLong_FromLong(H32[RefTotal]),
      'Return the total of all reference counts.',
    ),
  );
}
if (Py_TRACE_REFS)
  buildFunctions.push(
    fastcall('getobjects', null, getobjects, 'getobjects(max[, type]): the most recently made live objects.'),
  );
if (COUNT_ALLOCS)
  buildFunctions.push(
    method('getcounts', '($module, /)', getcounts, 'Allocation counts by type: (name, allocs, frees, maxalloc).'),
  );

const s_dict_descr = ID('__dict__');
const s_weakref_descr = ID('__weakref__');

/** Takes `__dict__` and `__weakref__` out of a class that is replaced by a copy with slots (dataclasses). */
function clearTypeDescriptors(_m: Obj, type: Obj): Obj {
  if (!PyType_Check(type))
    return PyErr_SetString(PyExc_TypeError, `_clear_type_descriptors() argument must be type, not ${typeName(type)}`);
  if (H32[(type + T.tp_flags) >> 2] & T.Py_TPFLAGS_IMMUTABLETYPE)
    return PyErr_SetString(PyExc_TypeError, 'argument is immutable');
  const dict = H32[(type + T.tp_dict) >> 2] as Obj;
  for (const name of [s_dict_descr, s_weakref_descr]) {
    const r = PyDict_Pop(dict, idObj(name));
    if (r < 0) return NULL;
    if (r > 0) decref(dictValue);
  }
  PyType_Modified(type);
  return none();
}

/** There is no just-in-time compiler that programs could see. */
const JIT = {
  name: 'sys._jit',
  functions: [
    method(
      'is_available',
      '($module, /)',
      () => newref(Py_False),
      'Return True if the interpreter was built with a JIT compiler.',
    ),
    method('is_enabled', '($module, /)', () => newref(Py_False), 'Return True if the JIT compiler is enabled.'),
    method(
      'is_active',
      '($module, /)',
      () => newref(Py_False),
      'Return True if the topmost Python frame is executing JIT-compiled code.',
    ),
  ],
};

/** The names in the cache of attributes are the only references that a cache of the runtime's own holds. */
function clearTypeCache(): Obj {
  PyType_ClearCache();
  return none();
}

defineModule({
  name: 'sys',
  doc: 'This module provides access to some objects used or maintained by the\ninterpreter and to functions that interact strongly with the interpreter.',
  functions: [
    fastcall(
      'breakpointhook',
      '($module, /, *args, **kws)',
      breakpointhook,
      'This hook function is called by built-in breakpoint().',
    ),
    method(
      '_clear_type_descriptors',
      '($module, type, /)',
      clearTypeDescriptors,
      "Private function for clearing certain descriptors from a type's dictionary.",
    ),
    method('_baserepl', '($module, /)', baserepl, 'Private function for getting the base REPL'),
    method('_clear_internal_caches', '($module, /)', clearTypeCache, 'Clear all internal performance-related caches.'),
    method('_clear_type_cache', '($module, /)', clearTypeCache, 'Clear the internal type lookup cache.'),
    method(
      '_current_frames',
      '($module, /)',
      current_frames,
      "Return a dict mapping each thread's thread id to its current stack frame.",
    ),
    method(
      '_current_exceptions',
      '($module, /)',
      current_exceptions,
      "Return a dict mapping each thread's identifier to its current raised exception.",
    ),
    method(
      '_debugmallocstats',
      '($module, /)',
      debugmallocstats,
      'Print debug info to stderr about the state of pymalloc and structmalloc.',
    ),
    method('_getframe', '($module, depth: int = 0, /)', getframe, 'Return a frame object from the call stack.'),
    method(
      '_getframemodulename',
      '($module, /, depth: int = 0)',
      getframemodulename,
      'Return the name of the module for a calling frame.',
    ),
    method(
      '_get_cpu_count_config',
      '($module, /)',
      () => PyLong_FromLong(config.cpu_count),
      'Private function for getting PyConfig.cpu_count',
    ),
    method(
      '_is_gil_enabled',
      '($module, /)',
      () => PyBool_FromLong(true),
      'Return True if the GIL is currently enabled and False otherwise.',
    ),
    method(
      '_is_immortal',
      '($module, op, /)',
      () => PyBool_FromLong(false),
      'Return True if the given object is "immortal" per PEP 683.',
    ),
    method(
      '_is_interned',
      '($module, string: str, /)',
      (_m: Obj, s: Obj) => PyBool_FromLong(isInterned(s)),
      'Return True if the given string is "interned".',
    ),
    method('addaudithook', '($module, /, hook)', addaudithook, 'Adds a new audit hook callback.'),
    fastcall('audit', '($module, event, /, *args)', sys_audit, 'Passes the event to any hooks that are attached.'),
    method('call_tracing', '($module, func, args, /)', call_tracing, 'Call func(*args), while tracing is enabled.'),
    method(
      'displayhook',
      '($module, object, /)',
      displayhook,
      'Print an object to sys.stdout and also save it in builtins._',
    ),
    method('exc_info', '($module, /)', exc_info, 'Return current exception information: (type, value, traceback).'),
    method(
      'excepthook',
      '($module, exctype, value, traceback, /)',
      excepthook,
      'Handle an exception by displaying it with a traceback on sys.stderr.',
    ),
    method('exception', '($module, /)', sys_exception, 'Return the current exception.'),
    method('exit', '($module, status=None, /)', sys_exit, 'Exit the interpreter by raising SystemExit(status).'),
    method(
      'get_asyncgen_hooks',
      '($module, /)',
      get_asyncgen_hooks,
      'Return the installed asynchronous generators hooks.',
    ),
    method(
      'get_coroutine_origin_tracking_depth',
      '($module, /)',
      () => PyLong_FromLong(H32[origin_depth]),
      'Check status of origin tracking for coroutine objects in this thread.',
    ),
    method(
      'get_int_max_str_digits',
      '($module, /)',
      () => PyLong_FromLong(H32[int_max_str_digits]),
      'Return the maximum string digits limit for non-binary int<->str conversions.',
    ),
    method(
      'getallocatedblocks',
      '($module, /)',
      () => PyLong_FromLong(_Py_GetGlobalAllocatedBlocks()),
      'Return the number of memory blocks currently allocated.',
    ),
    method(
      'getdefaultencoding',
      '($module, /)',
      () => toPython('utf-8'),
      'Return the current default encoding used by the Unicode implementation.',
    ),
    method(
      'getfilesystemencodeerrors',
      '($module, /)',
      () => toPython('surrogateescape'),
      'Return the error mode used for Unicode to filesystem encoding conversion.',
    ),
    method(
      'getfilesystemencoding',
      '($module, /)',
      () => toPython('utf-8'),
      'Return the encoding used to convert Unicode filenames to OS filenames.',
    ),
    method(
      'getrecursionlimit',
      '($module, /)',
      () => PyLong_FromLong(H32[py_recursion_limit]),
      'Return the current value of the recursion limit.',
    ),
    method(
      'getrefcount',
      '($module, object, /)',
      (_m: Obj, o: Obj) => PyLong_FromLong(Py_REFCNT(o)),
      'Return the reference count of object.',
    ),
    fastcall(
      'getsizeof',
      null,
      getsizeof,
      'getsizeof(object [, default]) -> int\n\nReturn the size of object in bytes.',
    ),
    method(
      'getswitchinterval',
      '($module, /)',
      () => float(switchInterval),
      'Return the current thread switch interval.',
    ),
    method(
      'getunicodeinternedsize',
      '($module, /, *, _only_immortal: bool = False)',
      // No str lives for ever here.
      (_m: Obj, onlyImmortal: number) => PyLong_FromLong(onlyImmortal ? 0 : internedCount()),
      'Return the number of elements of the unicode interned dictionary',
    ),
    method('intern', '($module, string, /)', sys_intern, "``Intern'' the given string."),
    method(
      'is_finalizing',
      '($module, /)',
      () => PyBool_FromLong(H32[finalizing]),
      'Return True if Python is exiting.',
    ),
    method(
      'is_remote_debug_enabled',
      '($module, /)',
      () => PyBool_FromLong(false),
      'Return True if remote debugging is enabled, False otherwise.',
    ),
    method(
      'is_stack_trampoline_active',
      '($module, /)',
      () => PyBool_FromLong(false),
      'Return *True* if a stack profiler trampoline is active.',
    ),
    fastcall(
      'set_asyncgen_hooks',
      null,
      set_asyncgen_hooks,
      'set_asyncgen_hooks([firstiter] [, finalizer])\n\nSet a finalizer for async generators objects.',
    ),
    method(
      'set_coroutine_origin_tracking_depth',
      '($module, /, depth: int)',
      set_origin_depth,
      'Enable or disable origin tracking for coroutine objects in this thread.',
    ),
    method(
      'set_int_max_str_digits',
      '($module, /, maxdigits: int)',
      setIntMaxStrDigits,
      'Set the maximum string digits limit for non-binary int<->str conversions.',
    ),
    method(
      'setrecursionlimit',
      '($module, limit: int, /)',
      setrecursionlimit,
      'Set the maximum depth of the Python interpreter stack to n.',
    ),
    method(
      'setswitchinterval',
      '($module, interval: double, /)',
      setswitchinterval,
      'Set the ideal thread switching delay inside the Python interpreter.',
    ),
    method('unraisablehook', '($module, unraisable, /)', unraisablehook, 'Handle an unraisable exception.'),
    ...traceFunctions,
    ...buildFunctions,
  ],
  exec,
});
