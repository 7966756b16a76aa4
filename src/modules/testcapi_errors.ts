// How are exceptions raised, made and shown by native code?  (the part of _testcapi about them)

import { H32 } from '../memory/linear.js';
import { PyObject_CallFunctionObjArgs, PyObject_CallMethodOneArg } from '../object/call.js';
import { defineType, fastcall, type MethodDef, method } from '../object/declare.js';
import { PyDict_Check, PyDict_Copy, PyDict_New, PyDict_SetItemString } from '../object/dict.js';
import {
  EXC_VALUE,
  exc_info,
  PyErr_Clear,
  PyErr_GetRaisedException,
  PyErr_GivenExceptionMatches,
  PyErr_SetObject,
  PyErr_SetRaisedException,
  PyErr_SetString,
  PyErr_WriteUnraisable,
  PyException_GetTraceback,
  PyException_SetTraceback,
  reprText,
} from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_None,
  PyExc_Exception,
  PyExc_SystemError,
  PyExc_TypeError,
  PyTraceBack_Type,
  PyType_Type,
  staticType,
} from '../object/statics.js';
import { PyTuple_Check, PyTuple_New, PyTuple_Pack, PyTuple_SET_ITEM } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { BaseExc } from '../object/exc_layout.js';
import { co_filename, co_name } from '../types/code_layout.js';
import { frameObjectCode } from '../types/frame_object.js';
import { tb_frame, tb_next, tracebackLine } from '../types/traceback.js';
import { PyErr_DisplayException, PyErr_FormatUnraisable } from './sys.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_GetAttrString } from '../object/object.js';

import { none, nullable } from './testcapi_util.js';

const s_write = ID('write');

/** raise_exception(cls, n): raises cls(0, …, n-1). */
function raise_exception(_m: Obj, exc: Obj, n: number): Obj {
  const args = PyTuple_New(n);
  if (args === 0) return NULL;
  for (let i = 0; i < n; i++) {
    const v = PyLong_FromLong(i);
    if (v === 0) {
      decref(args);
      return NULL;
    }
    PyTuple_SET_ITEM(args, i, v);
  }
  PyErr_SetObject(exc, args);
  decref(args);
  return NULL;
}

/** PyErr_NewExceptionWithDoc: a new class, or NULL. `doc`, `base` and `dict` borrowed, may be NULL. */
function newException(name: string, doc: Obj, base: Obj, dict: Obj): Obj {
  const dot = name.lastIndexOf('.');
  if (dot < 0) return PyErr_SetString(PyExc_SystemError, 'PyErr_NewException: name must be module.class');
  const namespace = dict === 0 ? PyDict_New() : PyDict_Copy(dict);
  const module = PyUnicode_FromString(name.slice(0, dot));
  const short = PyUnicode_FromString(name.slice(dot + 1));
  const bases = base === 0 ? PyTuple_Pack(PyExc_Exception) : PyTuple_Check(base) ? newref(base) : PyTuple_Pack(base);
  let r: Obj = NULL;
  if (
    namespace !== 0 &&
    module !== 0 &&
    short !== 0 &&
    bases !== 0 &&
    PyDict_SetItemString(namespace, '__module__', module) === 0 &&
    (doc === 0 || PyDict_SetItemString(namespace, '__doc__', doc) === 0)
  ) {
    r = PyObject_CallFunctionObjArgs(PyType_Type, short, bases, namespace);
  }
  for (const o of [namespace, module, short, bases]) xdecref(o);
  return r;
}

function make_exception_with_doc(_m: Obj, name: Obj, doc: Obj, base: Obj, dict: Obj): Obj {
  if (dict !== 0 && !PyDict_Check(dict)) return PyErr_SetString(PyExc_TypeError, 'dict must be a dict');
  return newException(asString(name), doc, base, dict);
}

function exception_print(_m: Obj, exc: Obj): Obj {
  PyErr_DisplayException(exc);
  return none();
}

/** What linecache has of a line, without its indentation; '' if it has nothing. */
function sourceLine(file: Obj, line: number): string {
  const linecache = port.importModule('linecache');
  const f = linecache === 0 ? NULL : PyObject_GetAttrString(linecache, 'getline');
  const number = f === 0 ? NULL : PyLong_FromLong(line);
  const text = number === 0 ? NULL : PyObject_CallFunctionObjArgs(f, file, number);
  let shown = '';
  if (text !== 0 && PyUnicode_Check(text)) shown = asString(text).trim();
  for (const o of [linecache, f, number, text]) xdecref(o);
  if (text === 0) PyErr_Clear();
  return shown;
}

/** How often the same line is shown before the rest is counted. */
const RECURSIVE_CUTOFF = 3;

/** PyTraceBack_Print: the stack with source lines, without carets. */
function traceback_print(_m: Obj, traceback: Obj, file: Obj): Obj {
  if (Py_TYPE(traceback) !== PyTraceBack_Type) return PyErr_SetString(PyExc_TypeError, 'traceback expected');
  let text = 'Traceback (most recent call last):\n';
  let last = '';
  let repeated = 0;
  const close = (): void => {
    const more = repeated - RECURSIVE_CUTOFF;
    if (more > 0) text += `  [Previous line repeated ${more} more time${more > 1 ? 's' : ''}]\n`;
  };
  for (let tb = traceback; tb !== 0; tb = H32[(tb + tb_next) >> 2] as Obj) {
    const code = frameObjectCode(H32[(tb + tb_frame) >> 2] as Obj);
    const filename = H32[(code + co_filename) >> 2] as Obj;
    const line = tracebackLine(tb);
    const entry = `  File "${asString(filename)}", line ${line}, in ${asString(H32[(code + co_name) >> 2] as Obj)}\n`;
    if (entry !== last) {
      close();
      repeated = 0;
      last = entry;
    }
    if (++repeated > RECURSIVE_CUTOFF) continue;
    const source = sourceLine(filename, line);
    text += source === '' ? entry : `${entry}    ${source}\n`;
  }
  close();
  const s = PyUnicode_FromString(text);
  const r = s === 0 ? NULL : PyObject_CallMethodOneArg(file, idObj(s_write), s);
  xdecref(s);
  if (r === 0) return NULL;
  decref(r);
  return none();
}

function err_set_raised(_m: Obj, exc: Obj): Obj {
  PyErr_SetRaisedException(newref(exc));
  return NULL;
}

/** err_restore(type[, value[, traceback]]): raises what they describe. */
function err_restore(_m: Obj, args: number, nargs: number): Obj {
  if (nargs < 1 || nargs > 3) return PyErr_SetString(PyExc_TypeError, 'wrong number of arguments');
  const at = args >> 2;
  const value = nargs > 1 ? (H32[at + 1] as Obj) : NULL;
  const tb = nargs > 2 ? (H32[at + 2] as Obj) : NULL;
  if (tb !== 0 && tb !== Py_None && Py_TYPE(tb) !== PyTraceBack_Type) {
    return PyErr_SetString(PyExc_TypeError, 'traceback must be a Traceback or None');
  }
  PyErr_SetObject(H32[at] as Obj, value);
  const e = PyErr_GetRaisedException();
  if (tb !== 0 && e !== 0) PyException_SetTraceback(e, tb === Py_None ? NULL : tb);
  PyErr_SetRaisedException(e);
  return NULL;
}

function exc_set_object(_m: Obj, exc: Obj, obj: Obj): Obj {
  PyErr_SetObject(exc, obj);
  return NULL;
}

function exc_set_object_fetch(_m: Obj, exc: Obj, obj: Obj): Obj {
  PyErr_SetObject(exc, obj);
  return PyErr_GetRaisedException();
}

/** The exception being handled is replaced; answers the old one (or None). */
function set_exception(_m: Obj, exc: Obj): Obj {
  const at = (H32[exc_info] + EXC_VALUE) >> 2;
  const old = H32[at] as Obj;
  H32[at] = exc === Py_None ? NULL : newref(exc);
  return old === 0 ? none() : old;
}

function set_exc_info(m: Obj, _type: Obj, value: Obj, _tb: Obj): Obj {
  const old = set_exception(m, value);
  const tb = old === Py_None ? NULL : PyException_GetTraceback(old);
  const r = PyTuple_Pack(old === Py_None ? Py_None : Py_TYPE(old), old, tb === 0 ? Py_None : tb);
  xdecref(tb);
  decref(old);
  return r;
}

/** Writes the exception as one that nobody can raise, with a message of what was going on. */
function err_writeunraisable(_m: Obj, exc: Obj, obj: Obj): Obj {
  if (exc !== Py_None) PyErr_SetRaisedException(newref(exc));
  PyErr_WriteUnraisable(nullable(obj));
  return none();
}

/** err_formatunraisable(exc[, format[, object]]): as err_writeunraisable, with a message in which %R is the object. */
function err_formatunraisable(_m: Obj, exc: Obj, format: Obj, obj: Obj): Obj {
  if (exc !== Py_None) PyErr_SetRaisedException(newref(exc));
  const text = format === Py_None ? '' : asString(format).replace('%R', () => (obj === 0 ? '%R' : reprText(obj)));
  PyErr_FormatUnraisable(text, NULL);
  return none();
}

function err_givenexceptionmatches(_m: Obj, err: Obj, exc: Obj): Obj {
  return PyLong_FromLong(PyErr_GivenExceptionMatches(nullable(err), nullable(exc)) ? 1 : 0);
}

function err_setstring(_m: Obj, exc: Obj, text: Obj): Obj {
  const s = PyUnicode_FromString(asString(text));
  if (s === 0) return NULL;
  PyErr_SetObject(exc, s);
  decref(s);
  return NULL;
}

export const RecursingInfinitelyError_Type = staticType();

/** Making one raises one. */
function recursing_init(_e: Obj, _args: Obj, _kwargs: Obj): number {
  PyErr_SetObject(RecursingInfinitelyError_Type, NULL);
  return -1;
}

defineType({
  type: RecursingInfinitelyError_Type,
  name: 'RecursingInfinitelyError',
  base: PyExc_Exception,
  layout: BaseExc,
  late: true,
  flags: Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
  doc: 'Instantiating this exception starts infinite recursion.',
  slots: { tp_init: recursing_init },
});

export const ERROR_FUNCTIONS: readonly MethodDef[] = [
  method('raise_exception', '!($module, exception, num_args: int, /)', raise_exception),
  method('raise_memoryerror', '!($module, /)', () => PyErr_NoMemory()),
  method('make_exception_with_doc', '!($module, name: str, doc=NULL, base=NULL, dict=NULL)', make_exception_with_doc),
  method('exception_print', '!($module, exception, legacy: bool = False, /)', exception_print),
  method('err_set_raised', '!($module, exception, /)', err_set_raised),
  fastcall('err_restore', null, err_restore),
  method('exc_set_object', '!($module, exception, obj)', exc_set_object),
  method('exc_set_object_fetch', '!($module, exception, obj)', exc_set_object_fetch),
  method('set_exception', '!($module, new_exc, /)', set_exception),
  method('set_exc_info', '!($module, new_type, new_value, new_tb, /)', set_exc_info),
  method('err_writeunraisable', '!($module, exc, obj, /)', err_writeunraisable),
  method('err_formatunraisable', '!($module, exc, format, obj=NULL, /)', err_formatunraisable),
  method('traceback_print', '!($module, traceback, file, /)', traceback_print),
  method('err_givenexceptionmatches', '!($module, err, exc, /)', err_givenexceptionmatches),
  method('err_setstring', '!($module, exc, value, /)', err_setstring),
];
