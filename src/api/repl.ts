// How does the interactive interpreter work?
//
// Invariant: at a terminal it is the library's `_pyrepl`; elsewhere (or where that cannot run) the plain loop below: one statement is read,
// compiled in 'single' mode and run at a time, prompts go to standard error, an error is shown and forgotten.  In builds that count
// references, the total follows each statement (BUILDS.md).

import type { PyConfig } from '../config/pyconfig.js';
import { host } from '../config/host_interface.js';
import { PyCF_ALLOW_INCOMPLETE_INPUT, PyCF_DONT_IMPLY_DEDENT } from '../compiler/code_unit.js';
import { H32 } from '../memory/linear.js';
import { _Py_GetGlobalAllocatedBlocks } from '../memory/stats.js';

import { bytesFromArray } from '../object/bytes.js';
import { PyObject_Call, PyObject_CallNoArgs } from '../object/call.js';
import { PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred } from '../object/errors.js';
import { decref, newref, RefTotal, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyModule_GetDict } from '../object/module_storage.js';
import { PyObject_GetAttr, PyObject_GetOptionalAttr, PyObject_Str } from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { emptyTuple, Py_None, PyExc__IncompleteInputError, PyExc_MemoryError } from '../object/statics.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { PyDict_New, PyDict_SetItemString } from '../object/dict.js';
import { raiseErrno } from '../modules/os_error.js';
import { PyErr_CheckSignals } from '../modules/signals.js';
import { audit, COPYRIGHT_HINT, VERSION_TEXT, writeStderr } from '../modules/sys.js';
import { toPython } from '../modules/values.js';
import { PyUnicode_FromEncodedObject } from '../types/codec.js';
import { evalModuleCode, PyEval_EvalCode } from '../vm/call_python.js';
import { compileSource } from '../vm/compile_source.js';
import { PyImport_ImportModule } from '../vm/import.js';
import { newModuleInSys } from '../vm/modules_dict.js';
import { config, PySys_GetObject, PySys_SetObject } from '../vm/sys_state.js';
import { DONE, flushStreams, type Outcome, outcomeOf, reportException } from './exit_status.js';
import { forgetFile, runBytes } from './run_file.js';
import { mainDict, registerSource } from './run_string.js';
import { readLineBytes } from './stdin.js';

const s_interactive_console = ID('interactive_console');
const s_encoding = ID('encoding');
/** So many MemoryErrors one after another end the loop: the next statement would only raise one more. */
const MAX_MEMORY_ERRORS = 16;

/** Does somebody answer on standard input? */
export function stdinIsInteractive(c: PyConfig): boolean {
  return c.interactive || host.isatty(0);
}

/** The first lines of an interactive session. */
export function writeHeader(c: PyConfig): void {
  writeStderr(`Python ${VERSION_TEXT} on ${host.platform}\n${c.site_import ? COPYRIGHT_HINT : ''}`);
}

/** str of sys.ps1 or sys.ps2; '' if there is none. */
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

/** The str that bytes of standard input stand for, as sys.stdin would decode them: new, or NULL. */
function decodeLine(bytes: Uint8Array): Obj {
  const stdin = PySys_GetObject('stdin');
  const encoding = stdin === 0 || stdin === Py_None ? NULL : PyObject_GetOptionalAttr(stdin, idObj(s_encoding));
  PyErr_Clear();
  const line = bytesFromArray(bytes);
  const known = encoding !== 0 && PyUnicode_Check(encoding);
  const s = line === 0 ? NULL : PyUnicode_FromEncodedObject(line, known ? encoding : NULL, NULL);
  xdecref(line);
  xdecref(encoding);
  return s;
}

/** A line with its end, '' at the end of input, null with an exception. */
function readLine(promptText: string): string | null {
  host.writeError(promptText);
  const bytes = readLineBytes();
  if (bytes === null) return null;
  if (bytes.length === 0) {
    host.writeError('\n');
    return '';
  }
  const s = decodeLine(bytes);
  if (s === 0) return null;
  const text = asString(s);
  decref(s);
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** The line after a statement in the builds that count (BUILDS.md), '' in others. */
export function refsLine(c: PyConfig): string {
  if (!Py_REF_DEBUG || c.show_ref_count === false) return '';
  if (c.show_ref_count === true) return `[${H32[RefTotal]} refs, ${_Py_GetGlobalAllocatedBlocks()} blocks]\n`;
  return `[${H32[RefTotal]} refs]\n`;
}

/** Nothing but blanks and a comment. */
const BLANK = /^[ \t\f]*(#.*)?\r?\n?$/;

/** Reads a whole statement and compiles it: a code object (new), NULL with an exception, null at the end of input; undefined for an empty line. */
function readStatement(): Obj | null | undefined {
  let source = '';
  for (;;) {
    const line = readLine(prompt(source === '' ? 'ps1' : 'ps2'));
    if (line === null) return NULL;
    if (line === '' && source === '') return null;
    if (source === '' && BLANK.test(line)) return undefined;
    source += line;
    // A line with blanks or a comment only does not end a block; an empty one does.
    if (line !== '' && !/^\r?\n$/.test(line) && source !== line && BLANK.test(line)) continue;
    const name = PyUnicode_FromString('<stdin>');
    if (name === 0) return NULL;
    // Without its last line end, a block wants to go on: one more line end completes it.
    const flags = line === '' ? 0 : PyCF_ALLOW_INCOMPLETE_INPUT | PyCF_DONT_IMPLY_DEDENT;
    const code = compileSource(line === '' ? source : source.replace(/\r?\n$/, ''), name, 'single', flags, -1);
    if (code !== 0) {
      const text = PyUnicode_FromString(source);
      const noted = text !== 0 && registerSource(code, text, name) === 0;
      xdecref(text);
      decref(name);
      if (noted) return code;
      decref(code);
      return NULL;
    }
    decref(name);
    if (line === '' || !PyErr_ExceptionMatches(PyExc__IncompleteInputError)) return NULL;
    PyErr_Clear();
  }
}

/** The plain loop: reads and runs statements until the end of input or SystemExit. */
function plainLoop(c: PyConfig): Outcome {
  setPrompt('ps1', '>>> ');
  setPrompt('ps2', '... ');
  let memoryErrors = 0;
  for (;;) {
    const code = readStatement();
    if (code !== undefined && code !== null && code !== 0) {
      const dict = mainDict();
      if (dict === 0) decref(code);
      else xdecref(evalModuleCode(code, dict));
    }
    if (PyErr_Occurred() !== 0) {
      memoryErrors = PyErr_ExceptionMatches(PyExc_MemoryError) ? memoryErrors + 1 : 0;
      if (memoryErrors > MAX_MEMORY_ERRORS) {
        PyErr_Clear();
        return { status: 1, exit: false };
      }
      const outcome = reportException(false);
      if (outcome.exit) return outcome;
    } else memoryErrors = 0;
    flushStreams();
    host.writeError(refsLine(c));
    if (code === null) return DONE;
  }
}

port.baseRepl = () => {
  const outcome = plainLoop(config);
  return outcome.exit ? outcome.status : -1;
};

/** In builds that count references: lets _pyrepl say the total after each statement, as the plain loop does. */
const COUNTING = `
class InteractiveColoredConsole(InteractiveColoredConsole):
    def push(self, *args, **kwargs):
        try:
            return super().push(*args, **kwargs)
        finally:
            self.write(f"[{sys.gettotalrefcount()} refs]\\n")
`;

function countInPyrepl(): number {
  const console = PyImport_ImportModule('_pyrepl.console');
  if (console === 0) return -1;
  const dict = PyModule_GetDict(console);
  const name = PyUnicode_FromString('<interactive>');
  const sys = PyImport_ImportModule('sys');
  const code = name === 0 || sys === 0 ? NULL : compileSource(COUNTING, name, 'exec', 0, -1);
  const r = code === 0 || PyDict_SetItemString(dict, 'sys', sys) < 0 ? NULL : PyEval_EvalCode(code, dict, dict);
  for (const o of [code, sys, name, r, console]) xdecref(o);
  return r === 0 ? -1 : 0;
}

/** Runs _pyrepl's console in `__main__`. */
function pyrepl(c: PyConfig): Outcome {
  if (Py_REF_DEBUG && c.show_ref_count === null && countInPyrepl() < 0) return reportException(false);
  const module = PyImport_ImportModule('_pyrepl.main');
  if (module === 0) {
    host.writeError('Could not import _pyrepl.main\n');
    return reportException(false);
  }
  const console = PyObject_GetAttr(module, idObj(s_interactive_console));
  decref(module);
  const kwargs = console === 0 ? NULL : PyDict_New();
  const main = kwargs === 0 ? NULL : newModuleInSys('__main__');
  const r =
    main === 0 || PyDict_SetItemString(kwargs, 'mainmodule', main) < 0
      ? NULL
      : PyObject_Call(console, emptyTuple, kwargs);
  for (const o of [console, kwargs, main]) xdecref(o);
  return outcomeOf(r, false);
}

/** Reads and runs statements from standard input, at a terminal with `_pyrepl` unless the environment forbids it. */
export function interactiveLoop(c: PyConfig): Outcome {
  const basic = c.use_environment && (host.getenv('PYTHON_BASIC_REPL') ?? '') !== '';
  return host.isatty(0) && !basic ? pyrepl(c) : plainLoop(c);
}

/** Runs the file that PYTHONSTARTUP names. */
export function runStartup(c: PyConfig): Outcome {
  const path = c.use_environment ? (host.getenv('PYTHONSTARTUP') ?? '') : '';
  if (path === '') return DONE;
  if (audit('cpython.run_startup', [toPython(path)]) < 0) return reportException(false);
  const bytes = host.readFile(path);
  if (typeof bytes === 'number') {
    writeStderr('Could not open PYTHONSTARTUP\n');
    const name = PyUnicode_FromString(path);
    if (name !== 0) raiseErrno(bytes, name);
    xdecref(name);
    return reportException(false);
  }
  const outcome = outcomeOf(runBytes(bytes, path), false);
  forgetFile();
  return outcome;
}

/** Calls sys.__interactivehook__. */
export function runHook(): Outcome {
  const hook = PySys_GetObject('__interactivehook__');
  if (hook === 0) return DONE;
  let r: Obj = NULL;
  if (audit('cpython.run_interactivehook', [newref(hook)]) === 0) {
    newref(hook);
    r = PyObject_CallNoArgs(hook);
    decref(hook);
  }
  if (r === 0) writeStderr('Failed calling sys.__interactivehook__\n');
  return outcomeOf(r, false);
}

/** The session that the command begins with: start-up file, hook, statements. */
export function interactiveSession(c: PyConfig): Outcome {
  for (const step of [() => runStartup(c), runHook]) {
    const outcome = step();
    if (outcome.exit) return outcome;
  }
  if (PyErr_CheckSignals() < 0 || audit('cpython.run_stdin', []) < 0) return reportException(false);
  return interactiveLoop(c);
}
