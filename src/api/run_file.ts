// How is a file run as `__main__`?
//
// Invariant: while it runs, `__main__` has its `__file__` (and `__cached__`); a file of compiled code is known by its name or by how it begins.

import type { PyConfig } from '../config/pyconfig.js';
import { host } from '../config/host_interface.js';
import { strerror } from '../config/strerror.js';
import { PYC_MAGIC_TOKEN } from '../compiler/opcodes.js';
import { bytesFromArray, PyBytes_AS_STRING } from '../object/bytes.js';
import { PyObject_CallFunctionObjArgs } from '../object/call.js';
import { PyDict_DelItemString, PyDict_GetItemString, PyDict_SetItemString } from '../object/dict.js';
import { PyErr_Clear, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { decref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_GetAttr, PyObject_Repr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyCode_Type, PyExc_EOFError, PyExc_RuntimeError } from '../object/statics.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { PyMarshal_ReadObjectFromString } from '../modules/marshal.js';
import { PyErr_CheckSignals } from '../modules/signals.js';
import { audit, writeStderr } from '../modules/sys.js';
import { toPython } from '../modules/values.js';
import { evalModuleCode } from '../vm/call_python.js';
import { compileSource } from '../vm/compile_source.js';
import { PyImport_ImportModule } from '../vm/import.js';
import { type Outcome, outcomeOf, reportException } from './exit_status.js';
import { mainDict } from './run_string.js';
import { readAllBytes } from './stdin.js';

const PYC_HEADER = 16;
const NEWLINE = 10;
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;

const s_SourceFileLoader = ID('SourceFileLoader');
const s_SourcelessFileLoader = ID('SourcelessFileLoader');

function littleEndian(bytes: Uint8Array): number {
  return (bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24)) >>> 0;
}

/** Whether these are the bytes of a .pyc file, going by its name first. */
function isCompiled(path: string, bytes: Uint8Array): boolean {
  if (path.endsWith('.pyc')) return true;
  return bytes.length >= 2 && (bytes[0] | (bytes[1] << 8)) === (PYC_MAGIC_TOKEN & 0xffff);
}

/** The code object in the bytes of a .pyc file: new, or NULL. */
function codeOfPyc(bytes: Uint8Array): Obj {
  if (bytes.length < 4) return PyErr_SetString(PyExc_EOFError, 'EOF read where not expected');
  if (littleEndian(bytes) !== PYC_MAGIC_TOKEN >>> 0)
    return PyErr_SetString(PyExc_RuntimeError, 'Bad magic number in .pyc file');
  if (bytes.length < PYC_HEADER) return PyErr_SetString(PyExc_EOFError, 'EOF read where not expected');
  const copy = bytesFromArray(bytes.subarray(PYC_HEADER));
  if (copy === 0) return NULL;
  const code = PyMarshal_ReadObjectFromString(PyBytes_AS_STRING(copy), bytes.length - PYC_HEADER);
  decref(copy);
  if (code !== 0 && Py_TYPE(code) === PyCode_Type) return code;
  xdecref(code);
  return PyErr_SetString(PyExc_RuntimeError, 'Bad code object in .pyc file');
}

/** Gives `__main__` its loader: 0, or -1. */
function setLoader(dict: Obj, filename: Obj, cls: number): number {
  const machinery = PyImport_ImportModule('importlib.machinery');
  if (machinery === 0) return -1;
  const type = PyObject_GetAttr(machinery, idObj(cls));
  decref(machinery);
  const main = type === 0 ? NULL : PyUnicode_FromString('__main__');
  const loader = main === 0 ? NULL : PyObject_CallFunctionObjArgs(type, main, filename);
  xdecref(type);
  xdecref(main);
  if (loader === 0) return -1;
  const r = PyDict_SetItemString(dict, '__loader__', loader);
  decref(loader);
  return r;
}

/** Runs the bytes of a file in `__main__`: a new reference, or NULL (_PyRun_SimpleFile). */
export function runBytes(bytes: Uint8Array, path: string): Obj {
  const dict = mainDict();
  if (dict === 0) return NULL;
  const filename = PyUnicode_FromString(path);
  if (filename === 0) return NULL;
  const naming = PyDict_GetItemString(dict, '__file__') === 0;
  let ok =
    !naming ||
    (PyDict_SetItemString(dict, '__file__', filename) === 0 && PyDict_SetItemString(dict, '__cached__', Py_None) === 0);
  const compiled = isCompiled(path, bytes);
  if (ok && path !== '<stdin>')
    ok = setLoader(dict, filename, compiled ? s_SourcelessFileLoader : s_SourceFileLoader) === 0;
  let code: Obj = NULL;
  if (ok) code = compiled ? codeOfPyc(bytes) : compileSource(bytes, filename, 'exec', 0, -1, { fromFile: true });
  decref(filename);
  return code === 0 ? NULL : evalModuleCode(code, dict);
}

/** Takes `__file__` and `__cached__` away again; an exception that is set stays. */
export function forgetFile(): void {
  const dict = mainDict();
  for (const name of ['__file__', '__cached__']) {
    if (dict !== 0 && PyDict_GetItemString(dict, name) !== 0 && PyDict_DelItemString(dict, name) < 0) PyErr_Clear();
  }
}

/** -x: without the first line, whose end is kept so that line numbers stay right. */
function skipFirst(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(NEWLINE);
  return end < 0 ? new Uint8Array(0) : bytes.subarray(end);
}

/** repr of a path. */
function shown(path: string): string {
  const o = PyUnicode_FromString(path);
  const repr = o === 0 ? NULL : PyObject_Repr(o);
  xdecref(o);
  if (repr === 0) {
    PyErr_Clear();
    return `'${path}'`;
  }
  const text = asString(repr);
  decref(repr);
  return text;
}

/** Runs a file as `__main__`. */
export function runFile(c: PyConfig, path: string): Outcome {
  if (audit('cpython.run_file', [toPython(path)]) < 0) return reportException(c.inspect);
  const st = host.stat(path);
  if (typeof st !== 'number' && (st.mode & S_IFMT) === S_IFDIR) {
    writeStderr(`${c.executable}: ${shown(path)} is a directory, cannot continue\n`);
    return { status: 1, exit: false };
  }
  const bytes = host.readFile(path);
  if (typeof bytes === 'number') {
    writeStderr(`${c.executable}: can't open file ${shown(path)}: [Errno ${-bytes}] ${strerror(-bytes)}\n`);
    return { status: 2, exit: false };
  }
  if (PyErr_CheckSignals() < 0) return reportException(c.inspect);
  const r = runBytes(c.skip_source_first_line ? skipFirst(bytes) : bytes, path);
  const outcome = outcomeOf(r, c.inspect);
  forgetFile();
  return outcome;
}

/** Runs what is on standard input as a program. */
export function runStdin(c: PyConfig): Outcome {
  const bytes = readAllBytes();
  if (bytes === null) return reportException(c.inspect);
  const outcome = outcomeOf(runBytes(bytes, '<stdin>'), c.inspect);
  forgetFile();
  if (PyErr_Occurred() !== 0) PyErr_Clear();
  return outcome;
}
