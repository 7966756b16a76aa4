// print(), input() and open(): what do they do with the standard streams?

import { H32 } from '../memory/linear.js';
import { PyObject_CallMethodNoArgs, PyObject_CallMethodOneArg, PyObject_Vectorcall } from '../object/call.js';
import { type MethodDef, fastcall, method } from '../object/declare.js';
import { PyErr_Clear, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_GetAttr, PyObject_IsTrue, PyObject_Str } from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_EOFError, PyExc_RuntimeError, PyExc_TypeError } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import {
  asString,
  PyUnicode_Check,
  PyUnicode_FromString,
  PyUnicode_GET_LENGTH,
  PyUnicode_READ_CHAR,
  PyUnicode_Substring,
} from '../object/unicode.js';
import { PySys_GetAttr, PySys_GetObject } from '../vm/sys_state.js';

const s_write = ID('write');
const s_flush = ID('flush');
const s_readline = ID('readline');
const s_open = ID('open');

/** Writes a str object to a file object: 0, or -1. */
function writeStr(file: Obj, s: Obj): number {
  const r = PyObject_CallMethodOneArg(file, idObj(s_write), s);
  if (r === 0) return -1;
  decref(r);
  return 0;
}

/** file.write(str(o)) (PyFile_WriteObject with Py_PRINT_RAW): 0, or -1. */
function writeObject(file: Obj, o: Obj): number {
  const s = PyObject_Str(o);
  if (s === 0) return -1;
  const r = writeStr(file, s);
  decref(s);
  return r;
}

function writeText(file: Obj, text: string): number {
  const s = PyUnicode_FromString(text);
  if (s === 0) return -1;
  const r = writeStr(file, s);
  decref(s);
  return r;
}

function builtin_print(_m: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  let sep: Obj = NULL;
  let end: Obj = NULL;
  let file: Obj = NULL;
  let flush = 0;
  if (kwnames !== 0) {
    for (let i = 0; i < PyTuple_GET_SIZE(kwnames); i++) {
      const v = H32[(args >> 2) + nargs + i] as Obj;
      const name = asString(PyTuple_GET_ITEM(kwnames, i));
      if (name === 'sep') sep = v;
      else if (name === 'end') end = v;
      else if (name === 'file') file = v;
      else if (name === 'flush') {
        flush = PyObject_IsTrue(v);
        if (flush < 0) return NULL;
      } else return PyErr_SetString(PyExc_TypeError, `print() got an unexpected keyword argument '${name}'`);
    }
  }
  if (file === Py_None) file = NULL;
  if (file === 0) {
    file = PySys_GetAttr('stdout');
    if (file === 0) return NULL;
    if (file === Py_None) return file;
  } else newref(file);
  const r = printTo(file, args, nargs, sep === Py_None ? NULL : sep, end === Py_None ? NULL : end, flush !== 0);
  decref(file);
  return r;
}

function printTo(file: Obj, args: number, nargs: number, sep: Obj, end: Obj, flush: boolean): Obj {
  if (sep !== 0 && !PyUnicode_Check(sep))
    return PyErr_SetString(PyExc_TypeError, `sep must be None or a string, not ${typeName(sep)}`);
  if (end !== 0 && !PyUnicode_Check(end))
    return PyErr_SetString(PyExc_TypeError, `end must be None or a string, not ${typeName(end)}`);
  for (let i = 0; i < nargs; i++) {
    if (i > 0 && (sep === 0 ? writeText(file, ' ') : writeStr(file, sep)) < 0) return NULL;
    if (writeObject(file, H32[(args >> 2) + i] as Obj) < 0) return NULL;
  }
  if ((end === 0 ? writeText(file, '\n') : writeStr(file, end)) < 0) return NULL;
  if (flush) {
    const r = PyObject_CallMethodNoArgs(file, idObj(s_flush));
    if (r === 0) return NULL;
    decref(r);
  }
  return newref(Py_None);
}

function stream(name: string): Obj {
  const f = PySys_GetObject(name);
  if (f === 0 || f === Py_None) return PyErr_SetString(PyExc_RuntimeError, `lost sys.${name}`);
  return newref(f);
}

function tryFlush(f: Obj): void {
  const r = PyObject_CallMethodNoArgs(f, idObj(s_flush));
  if (r === 0) PyErr_Clear();
  else decref(r);
}

function builtin_input(_m: Obj, prompt: Obj): Obj {
  const fin = stream('stdin');
  const fout = fin === 0 ? NULL : stream('stdout');
  const ferr = fout === 0 ? NULL : stream('stderr');
  let line: Obj = NULL;
  if (ferr !== 0) {
    tryFlush(ferr);
    if (prompt === 0 || writeObject(fout, prompt) >= 0) {
      tryFlush(fout);
      line = PyObject_CallMethodNoArgs(fin, idObj(s_readline));
    }
  }
  for (const f of [fin, fout, ferr]) if (f !== 0) decref(f);
  if (line === 0) return NULL;
  if (!PyUnicode_Check(line)) {
    decref(line);
    return PyErr_SetString(PyExc_TypeError, 'object.readline() returned non-string');
  }
  const n = PyUnicode_GET_LENGTH(line);
  if (n === 0) {
    decref(line);
    return PyErr_SetString(PyExc_EOFError, 'EOF when reading a line');
  }
  if (PyUnicode_READ_CHAR(line, n - 1) !== 10) return line;
  const r = PyUnicode_Substring(line, 0, n - 1);
  decref(line);
  return r;
}

/** open() is io.open; the module is there once the streams are. */
function builtin_open(_m: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  const io = port.importModule('_io');
  if (io === 0) return NULL;
  const f = PyObject_GetAttr(io, idObj(s_open));
  decref(io);
  if (f === 0) return NULL;
  const r = PyObject_Vectorcall(f, args, nargs, kwnames);
  decref(f);
  return r;
}

export const ioFunctions: readonly MethodDef[] = [
  fastcall(
    'print',
    "($module, /, *args, sep=' ', end='\\n', file=None, flush=False)",
    builtin_print,
    'Print the values to a stream, or to sys.stdout by default.',
  ),
  method(
    'input',
    '($module, prompt=<unrepresentable>, /)',
    builtin_input,
    'Read a line from standard input, without its newline.',
  ),
  fastcall(
    'open',
    "($module, /, file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
    builtin_open,
    'Open a file and return a stream: io.open.',
  ),
];
