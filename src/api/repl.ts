// How does the interactive interpreter work?
//
// Invariant: one statement is read, compiled in 'single' mode and run at a time; an error in it is shown and forgotten.  In builds that count
// references, the total follows each statement (BUILDS.md).

import type { PyConfig } from '../config/pyconfig.js';
import { host } from '../config/host_interface.js';
import { PyCF_ALLOW_INCOMPLETE_INPUT, PyCF_DONT_IMPLY_DEDENT } from '../compiler/code_unit.js';
import { H32 } from '../memory/linear.js';
import { _Py_GetGlobalAllocatedBlocks } from '../memory/stats.js';
import { PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetNone } from '../object/errors.js';
import { PyObject_CallMethodNoArgs } from '../object/call.js';
import { decref, RefTotal, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyModule_GetDict } from '../object/module_storage.js';
import { PyObject_Str } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc__IncompleteInputError, PyExc_KeyboardInterrupt, PyExc_SystemExit, Py_None } from '../object/statics.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { COPYRIGHT_HINT, VERSION_TEXT, flushFile, writeStderr, writeTo } from '../modules/sys.js';
import { PyEval_EvalCode } from '../vm/call_python.js';
import { compileSource } from '../vm/compile_source.js';
import { newModuleInSys } from '../vm/modules_dict.js';
import { PySys_GetObject, PySys_SetObject } from '../vm/sys_state.js';
import { printException, reportException } from './main.js';

const s_readline = ID('readline');

/** str(sys.ps1) or sys.ps2. */
function prompt(name: string): string {
  const p = PySys_GetObject(name);
  if (p === 0) return '';
  const s = PyObject_Str(p);
  if (s === 0) {
    PyErr_Clear();
    return '';
  }
  const text = asString(s);
  decref(s);
  return text;
}

function setPrompt(name: string, text: string): void {
  if (PySys_GetObject(name) !== 0) return;
  const s = PyUnicode_FromString(text);
  if (s === 0 || PySys_SetObject(name, s) < 0) PyErr_Clear();
  xdecref(s);
}

const history: string[] = [];

/** A line with its end, '' at the end of input, null with an exception. */
function readLine(promptText: string): string | null {
  if (host.isatty(0) && host.isatty(1)) {
    const line = host.readLine({ prompt: promptText, history, complete: undefined });
    if (line === null) return '';
    if (typeof line === 'string') {
      if (line !== '') history.push(line);
      return `${line}\n`;
    }
    if (line === -4) {
      PyErr_SetNone(PyExc_KeyboardInterrupt);
      return null;
    }
  }
  const out = PySys_GetObject('stdout');
  if (out !== 0 && out !== Py_None && promptText !== '') writeTo(out, promptText);
  flushFile('stdout');
  PyErr_Clear();
  const input = PySys_GetObject('stdin');
  if (input === 0 || input === Py_None) return '';
  const s = PyObject_CallMethodNoArgs(input, idObj(s_readline));
  if (s === 0) return null;
  const text = asString(s);
  decref(s);
  return text;
}

/** The line after a statement in the builds that count (BUILDS.md), '' in others. */
export function refsLine(c: PyConfig): string {
  if (!Py_REF_DEBUG || c.show_ref_count === false) return '';
  if (c.show_ref_count === true) return `[${H32[RefTotal]} refs, ${_Py_GetGlobalAllocatedBlocks()} blocks]\n`;
  return `[${H32[RefTotal]} refs]\n`;
}

/** Reads a whole statement and compiles it: a code object; NULL with an exception; null at the end of input. */
function readStatement(first: string): Obj | null {
  let source = '';
  for (;;) {
    const line = readLine(source === '' ? first : prompt('ps2'));
    if (line === null) return NULL;
    if (line === '') {
      if (source === '') return null;
      source += '\n';
    }
    source += line;
    if (/^\s*(#.*)?\n?$/.test(source) && source.split('\n').length <= 2) return EMPTY;
    const name = PyUnicode_FromString('<stdin>');
    if (name === 0) return NULL;
    const code = compileSource(
      source,
      name,
      'single',
      line === '' ? 0 : PyCF_ALLOW_INCOMPLETE_INPUT | PyCF_DONT_IMPLY_DEDENT,
      -1,
    );
    decref(name);
    if (code !== 0 || !PyErr_ExceptionMatches(PyExc__IncompleteInputError)) return code;
    PyErr_Clear();
  }
}

/** A blank line: nothing to run. */
const EMPTY = -1 as Obj;

/** Reads and runs statements until the end of input or SystemExit: the exit status. */
export function interactiveLoop(c: PyConfig): number {
  if (!c.quiet) writeStderr(`Python ${VERSION_TEXT} on ${host.platform}\n${COPYRIGHT_HINT}`);
  setPrompt('ps1', '>>> ');
  setPrompt('ps2', '... ');
  for (;;) {
    const code = readStatement(prompt('ps1'));
    if (code === null) {
      if (host.isatty(0)) writeStderr('\n');
      return 0;
    }
    if (code === EMPTY) continue;
    if (code !== 0) {
      const m = newModuleInSys('__main__');
      const dict = m === 0 ? NULL : PyModule_GetDict(m);
      const r = dict === 0 ? NULL : PyEval_EvalCode(code, dict, dict);
      xdecref(m);
      decref(code);
      xdecref(r);
    }
    if (PyErr_Occurred() !== 0) {
      if (PyErr_ExceptionMatches(PyExc_SystemExit)) return reportException();
      printException();
    }
    if (flushFile('stdout') < 0 || flushFile('stderr') < 0) PyErr_Clear();
    writeStderr(refsLine(c));
  }
}
