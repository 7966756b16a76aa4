// How does the command run?
//
// Invariant: what is run ends in a status as CPython's: 0, 1 for an uncaught exception, what SystemExit says, 120 if the streams could not be
// flushed; an uncaught KeyboardInterrupt ends it by SIGINT.  Nothing is printed that CPython would not print.

import type { PyConfig } from '../config/pyconfig.js';
import { host } from '../config/host_interface.js';
import { PyObject_Call, PyObject_CallFunctionObjArgs, PyObject_CallMethodObjArgs } from '../object/call.js';
import { PyDict_DelItemString, PyDict_GetItemString, PyDict_SetItemString } from '../object/dict.js';
import {
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetRaisedException,
  PyException_GetTraceback,
} from '../object/errors.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyList_Insert } from '../object/list.js';
import { PyLong_AsInt, PyLong_Check } from '../object/long.js';
import { PyModule_GetDict } from '../object/module_storage.js';
import { PyObject_GetAttr, PyObject_GetOptionalAttr, PyObject_Str } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_KeyboardInterrupt, PyExc_SystemExit } from '../object/statics.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { displayException, flushFile, writeStderr } from '../modules/sys.js';
import { toPython } from '../modules/values.js';
import { evalModuleCode } from '../vm/call_python.js';
import { PyImport_ImportModule } from '../vm/import.js';
import { newModuleInSys } from '../vm/modules_dict.js';
import { PySys_GetObject, PySys_SetObject } from '../vm/sys_state.js';
import { Audits, type Tool } from '../ledger/command.js';
import { finalize, flushStandardStreams } from './finalize.js';
import { initialize, reportFailedStart } from './lifecycle.js';
import { interactiveLoop } from './repl.js';
import { runSource } from './run_string.js';

const s_code = ID('code');
const s_run_module = ID('_run_module_as_main');

/** A status below 0 asks the caller to end the process by that signal: a shell then sees 130, as after CPython. */
export const INTERRUPTED = -2;

/** The status that a SystemExit asks for; prints its argument if it is no number.  `e` is stolen. */
function exitStatus(e: Obj): number {
  const code = PyObject_GetOptionalAttr(e, idObj(s_code));
  decref(e);
  if (code === 0) {
    PyErr_Clear();
    return 0;
  }
  let status = 1;
  if (code === Py_None) status = 0;
  else if (PyLong_Check(code)) {
    status = PyLong_AsInt(code);
    if (PyErr_Occurred() !== 0) {
      PyErr_Clear();
      status = -1;
    }
  } else {
    const text = PyObject_Str(code);
    if (text !== 0) {
      writeStderr(`${asString(text)}\n`);
      decref(text);
    } else PyErr_Clear();
  }
  decref(code);
  return status & 0xff;
}

/** Reports the current exception through sys.excepthook; returns the exit status (PyErr_PrintEx and what follows it). */
export function reportException(): number {
  const e = PyErr_GetRaisedException();
  if (e === 0) return 0;
  PyErr_SetRaisedException(e);
  if (PyErr_ExceptionMatches(PyExc_SystemExit)) return exitStatus(PyErr_GetRaisedException());
  const interrupted = PyErr_ExceptionMatches(PyExc_KeyboardInterrupt);
  printException();
  return interrupted ? INTERRUPTED : 1;
}

/** Calls sys.excepthook with the current exception and clears it; sets sys.last_exc and its kin. */
export function printException(): void {
  const e = PyErr_GetRaisedException();
  if (e === 0) return;
  const tb = PyException_GetTraceback(e);
  const traceback = tb === 0 ? newref(Py_None) : tb;
  if (
    PySys_SetObject('last_exc', e) < 0 ||
    PySys_SetObject('last_type', Py_TYPE(e)) < 0 ||
    PySys_SetObject('last_value', e) < 0 ||
    PySys_SetObject('last_traceback', traceback) < 0
  ) {
    PyErr_Clear();
  }
  const hook = PySys_GetObject('excepthook');
  if (hook === 0 || hook === Py_None) {
    writeStderr('sys.excepthook is missing\n');
    displayException(e);
  } else {
    incref(hook);
    const r = PyObject_CallFunctionObjArgs(hook, Py_TYPE(e), e, traceback);
    decref(hook);
    if (r !== 0) decref(r);
    else {
      const second = PyErr_GetRaisedException();
      writeStderr('Error in sys.excepthook:\n');
      if (second !== 0) {
        displayException(second);
        decref(second);
      }
      writeStderr('\nOriginal exception was:\n');
      displayException(e);
    }
  }
  decref(traceback);
  decref(e);
  if (flushFile('stderr') < 0) PyErr_Clear();
  if (flushFile('stdout') < 0) PyErr_Clear();
}

/** 0 if `r` is a result (stolen), else the status that its exception means. */
function statusOf(r: Obj): number {
  if (r === 0) return reportException();
  decref(r);
  return 0;
}

function prependPath(entry: string): void {
  const path = PySys_GetObject('path');
  const s = PyUnicode_FromString(entry);
  if (path !== 0 && s !== 0) PyList_Insert(path, 0, s);
  xdecref(s);
  PyErr_Clear();
}

function mainDict(): Obj {
  const m = newModuleInSys('__main__');
  if (m === 0) return NULL;
  const dict = PyModule_GetDict(m);
  decref(m);
  return dict;
}

function runModule(name: string, setArgv0: boolean): number {
  const runpy = PyImport_ImportModule('runpy');
  if (runpy === 0) return reportException();
  const f = PyObject_GetAttr(runpy, idObj(s_run_module));
  decref(runpy);
  const args = f === 0 ? NULL : toPython([name, setArgv0]);
  const r = args === 0 ? NULL : PyObject_Call(f, args, NULL);
  xdecref(f);
  xdecref(args);
  return statusOf(r);
}

/** The importer of a directory or archive that holds `__main__`: true if there is one. */
function hasImporter(path: string): boolean {
  const pkgutil = PyImport_ImportModule('importlib._bootstrap_external');
  if (pkgutil === 0) {
    PyErr_Clear();
    return false;
  }
  decref(pkgutil);
  const st = host.stat(path);
  if (typeof st === 'number') return false;
  if ((st.mode & 0o170000) === 0o040000) return true;
  const zipimport = PyImport_ImportModule('zipimport');
  if (zipimport === 0) {
    PyErr_Clear();
    return false;
  }
  const cls = PyObject_GetOptionalAttr(zipimport, idObj(s_zipimporter));
  decref(zipimport);
  const arg = cls === 0 ? NULL : PyUnicode_FromString(path);
  const importer = arg === 0 ? NULL : PyObject_CallFunctionObjArgs(cls, arg);
  xdecref(cls);
  xdecref(arg);
  if (importer === 0) {
    PyErr_Clear();
    return false;
  }
  decref(importer);
  return true;
}
const s_zipimporter = ID('zipimporter');

const ERRORS: Record<number, string> = {
  2: 'No such file or directory',
  13: 'Permission denied',
  20: 'Not a directory',
  21: 'Is a directory',
  40: 'Too many levels of symbolic links',
};

/** Runs a file as __main__. */
function runFile(c: PyConfig, path: string): number {
  const shown = c.orig_argv.length > 0 ? (c.argv[0] ?? path) : path;
  const executable = c.executable;
  const st = host.stat(path);
  if (typeof st !== 'number' && (st.mode & 0o170000) === 0o040000) {
    host.writeError(`${executable}: '${shown}' is a directory, cannot continue\n`);
    return 1;
  }
  const bytes = host.readFile(path);
  if (typeof bytes === 'number') {
    host.writeError(
      `${executable}: can't open file '${path}': [Errno ${-bytes}] ${ERRORS[-bytes] ?? 'Input/output error'}\n`,
    );
    return 2;
  }
  const dict = mainDict();
  if (dict === 0) return reportException();
  const name = PyUnicode_FromString(path);
  let ok = name !== 0 && PyDict_SetItemString(dict, '__file__', name) === 0;
  const external = ok ? PyImport_ImportModule('importlib.machinery') : NULL;
  const loaderClass =
    external === 0
      ? NULL
      : PyObject_GetAttr(external, idObj(path.endsWith('.pyc') ? s_SourcelessFileLoader : s_SourceFileLoader));
  xdecref(external);
  const main = loaderClass === 0 ? NULL : PyUnicode_FromString('__main__');
  const loader = main === 0 ? NULL : PyObject_CallFunctionObjArgs(loaderClass, main, name);
  xdecref(loaderClass);
  xdecref(main);
  ok = loader !== 0 && PyDict_SetItemString(dict, '__loader__', loader) === 0;
  const compiled = path.endsWith('.pyc');
  const code = ok && compiled ? PyObject_CallMethodObjArgs(loader, idObj(s_get_code), idObj(s_main)) : NULL;
  // While the program runs, nothing of it is in native hands.
  xdecref(loader);
  xdecref(name);
  let r: Obj = NULL;
  if (code !== 0) r = evalModuleCode(code, dict);
  else if (ok && !compiled) r = runSource(skipFirst(c, bytes), path, 'exec', dict);
  const status = statusOf(r);
  if (PyDict_GetItemString(dict, '__file__') !== 0) PyDict_DelItemString(dict, '__file__');
  PyErr_Clear();
  return status;
}

const s_SourceFileLoader = ID('SourceFileLoader');
const s_SourcelessFileLoader = ID('SourcelessFileLoader');
const s_get_code = ID('get_code');
const s_main = ID('__main__');

/** -x: without the first line, whose end is kept so that line numbers stay right. */
function skipFirst(c: PyConfig, bytes: Uint8Array): Uint8Array {
  if (!c.skip_source_first_line) return bytes;
  const nl = bytes.indexOf(10);
  return nl < 0 ? new Uint8Array(0) : bytes.subarray(nl);
}

/** Everything on standard input, as a program. */
function runStdin(): number {
  const dict = mainDict();
  if (dict === 0) return reportException();
  const chunks: Uint8Array[] = [];
  for (;;) {
    const chunk = new Uint8Array(65536);
    const n = host.read(0, chunk, 0, chunk.length);
    if (n <= 0) break;
    chunks.push(chunk.subarray(0, n));
  }
  const all = new Uint8Array(chunks.reduce((a, b) => a + b.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return statusOf(runSource(all, '<stdin>', 'exec', dict));
}

function dirname(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : slash === 0 ? '/' : path.slice(0, slash);
}

/** Runs what the configuration says in an interpreter that is up: the exit status. */
function run(c: PyConfig): number {
  let status: number;
  const importer = c.run_filename !== null && hasImporter(c.run_filename);
  if (importer && c.run_filename !== null) prependPath(c.run_filename);
  else if (!c.safe_path) {
    if (c.run_module !== null) {
      const cwd = host.getcwd();
      prependPath(typeof cwd === 'string' ? cwd : '');
    } else prependPath(c.run_filename === null ? '' : dirname(resolveLinks(c.run_filename)));
  }
  if (c.run_command !== null) {
    const dict = mainDict();
    status = dict === 0 ? reportException() : statusOf(runSource(c.run_command, '<string>', 'exec', dict));
  } else if (c.run_module !== null) status = runModule(c.run_module, true);
  else if (importer) status = runModule('__main__', false);
  else if (c.run_filename !== null) status = runFile(c, c.run_filename);
  else if (c.interactive || host.isatty(0)) status = interactiveLoop(c);
  else status = runStdin();
  if (c.inspect && (c.run_command !== null || c.run_module !== null || c.run_filename !== null)) {
    status = interactiveLoop(c);
  }
  return status;
}

/** The file that a chain of symbolic links ends at: the script's own directory is what goes into sys.path. */
function resolveLinks(path: string): string {
  let p = path;
  for (let i = 0; i < 40; i++) {
    const target = host.readlink(p);
    if (typeof target !== 'string') return p;
    p = target.startsWith('/') ? target : `${dirname(p)}/${target}`;
  }
  return p;
}

/** Starts an interpreter, runs what `c` asks for (under `tool`, if there is one), and tears it down: the exit status. */
export function runMain(c: PyConfig, tool: Tool | null = null): number {
  const stage = initialize(c);
  if (stage !== 'ok') {
    reportFailedStart(stage);
    return 1;
  }
  const audits = tool === null ? null : new Audits(tool);
  let status = run(c);
  if (audits !== null) {
    flushStandardStreams();
    status = audits.finish(status);
  }
  const flushed = finalize(c);
  return flushed < 0 && status === 0 ? 120 : status;
}
