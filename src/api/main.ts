// How does the command run?
//
// Invariant: what is run ends in a status as CPython's: 0, 1 for an uncaught exception, what SystemExit says, 120 if the streams could not be
// flushed; an uncaught KeyboardInterrupt ends it by SIGINT.  Nothing is printed that CPython would not print.

import type { PyConfig } from '../config/pyconfig.js';
import { host } from '../config/host_interface.js';
import { PyObject_Call, PyObject_CallMethodObjArgs } from '../object/call.js';
import { PyErr_Clear, PyErr_ExceptionMatches } from '../object/errors.js';
import { decref, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyList_Insert } from '../object/list.js';
import { PyObject_GetAttr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_KeyboardInterrupt } from '../object/statics.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { PyErr_CheckSignals } from '../modules/signals.js';
import { audit, writeStderr } from '../modules/sys.js';
import { toPython } from '../modules/values.js';
import { PyImport_ImportModule } from '../vm/import.js';
import { PySys_GetObject } from '../vm/sys_state.js';
import { INTERRUPTED, type Outcome, outcomeOf, reportException } from './exit_status.js';
import type { Tool } from '../config/tool.js';
import { Audits } from '../ledger/command.js';
import { hunt, targetFile } from './hunt.js';
import { finalize, flushStandardStreams } from './finalize.js';
import { initialize, reportFailedStart } from './lifecycle.js';
import { interactiveLoop, interactiveSession, runHook, stdinIsInteractive, writeHeader } from './repl.js';
import { runFile, runStdin } from './run_file.js';
import { runCommand } from './run_string.js';

const s_run_module = ID('_run_module_as_main');
const s_PathFinder = ID('PathFinder');
const s_path_importer_cache = ID('_path_importer_cache');
const MAX_LINKS = 40;

function prependPath(entry: string): void {
  const path = PySys_GetObject('path');
  const s = PyUnicode_FromString(entry);
  if (path !== 0 && s !== 0) PyList_Insert(path, 0, s);
  xdecref(s);
  PyErr_Clear();
}

function runModule(c: PyConfig, name: string, setArgv0: boolean): Outcome {
  if (audit('cpython.run_module', [toPython(name)]) < 0) return reportException(c.inspect);
  const runpy = PyImport_ImportModule('runpy');
  if (runpy === 0) {
    host.writeError('Could not import runpy module\n');
    return reportException(c.inspect);
  }
  const f = PyObject_GetAttr(runpy, idObj(s_run_module));
  decref(runpy);
  const args = f === 0 ? NULL : toPython([name, setArgv0]);
  const r = args === 0 ? NULL : PyObject_Call(f, args, NULL);
  xdecref(f);
  xdecref(args);
  return outcomeOf(r, c.inspect);
}

/** Whether a path can be imported from (a directory, an archive): then its `__main__` is what is run.  An outcome if that could not be found out. */
function isImportable(c: PyConfig, path: string): boolean | Outcome {
  const machinery = PyImport_ImportModule('importlib.machinery');
  const finder = machinery === 0 ? NULL : PyObject_GetAttr(machinery, idObj(s_PathFinder));
  const entry = finder === 0 ? NULL : PyUnicode_FromString(path);
  const importer: Obj = entry === 0 ? NULL : PyObject_CallMethodObjArgs(finder, idObj(s_path_importer_cache), entry);
  for (const o of [machinery, finder, entry]) xdecref(o);
  if (importer === 0) {
    writeStderr('Failed checking if argv[0] is an import path entry\n');
    const outcome = reportException(c.inspect);
    return outcome.exit ? outcome : false;
  }
  decref(importer);
  return importer !== Py_None;
}

function dirname(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : slash === 0 ? '/' : path.slice(0, slash);
}

/** The file that a chain of symbolic links ends at: the script's own directory is what goes into sys.path. */
function resolveLinks(path: string): string {
  let p = path;
  for (let i = 0; i < MAX_LINKS; i++) {
    const target = host.readlink(p);
    if (typeof target !== 'string') return p;
    p = target.startsWith('/') ? target : `${dirname(p)}/${target}`;
  }
  return p;
}

/** Puts in front of sys.path where the program is. */
function setFirstPath(c: PyConfig): void {
  if (c.run_module !== null) {
    const cwd = host.getcwd();
    if (typeof cwd === 'string') prependPath(cwd);
  } else if (c.run_filename === null) prependPath('');
  else prependPath(dirname(resolveLinks(c.run_filename)));
}

/** Runs what the configuration names. */
function runProgram(c: PyConfig, importable: boolean): Outcome {
  if (c.run_command !== null) return runCommand(c, c.run_command);
  if (c.run_module !== null) return runModule(c, c.run_module, true);
  if (importable) return runModule(c, '__main__', false);
  if (c.run_filename !== null) return runFile(c, c.run_filename);
  if (stdinIsInteractive(c)) return interactiveSession(c);
  if (PyErr_CheckSignals() < 0 || audit('cpython.run_stdin', []) < 0) return reportException(c.inspect);
  return runStdin(c);
}

/** Runs what the configuration says in an interpreter that is up: the exit status. */
function run(c: PyConfig): number {
  const hasProgram = c.run_command !== null || c.run_module !== null || c.run_filename !== null;
  let importable = false;
  if (c.run_filename !== null) {
    const found = isImportable(c, c.run_filename);
    if (typeof found !== 'boolean') return found.status;
    importable = found;
  }
  if (importable && c.run_filename !== null) prependPath(c.run_filename);
  else if (!c.safe_path) setFirstPath(c);

  if (!c.quiet && (c.verbose > 0 || (!hasProgram && stdinIsInteractive(c)))) writeHeader(c);

  const outcome = runProgram(c, importable);
  if (outcome.exit) return outcome.status;

  // The program may ask for it (PYTHONINSPECT) while it runs; a session that has ended is not begun again.
  const asked = (hasProgram && c.inspect) || (c.use_environment && (host.getenv('PYTHONINSPECT') ?? '') !== '');
  if (!asked || !stdinIsInteractive(c)) return outcome.status;
  const hooked = runHook();
  if (hooked.exit) return hooked.status;
  return interactiveLoop(c).status;
}

/** Starts an interpreter, runs what `c` asks for (under `tool`, if there is one), and tears it down: the exit status. */
export function runMain(c: PyConfig, tool: Tool | null = null): number {
  const stage = initialize(c);
  if (stage !== 'ok') {
    // Before the program has begun, Ctrl-C ends the process as it ends any.
    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) return INTERRUPTED;
    reportFailedStart(stage);
    return 1;
  }
  if (tool?.name === 'hunt') {
    if (!c.safe_path && !c.isolated) setFirstPath({ ...c, run_filename: targetFile(c) });
    const status = hunt(c, tool);
    // The target's streams are not the report's.
    finalize(c);
    return status;
  }
  const audits = tool === null ? null : new Audits(tool);
  let status = run(c);
  if (audits !== null) {
    flushStandardStreams();
    status = audits.finish(status);
  }
  const flushed = finalize(c);
  return flushed < 0 && status !== INTERRUPTED ? 120 : status;
}
