// What does an exception mean for the command?
//
// Invariant: SystemExit ends the command with the status that it asks for, unless the interpreter is to go on interactively (-i): then it is shown as
// any other exception.  An uncaught KeyboardInterrupt ends the process by SIGINT.

import { host } from '../config/host_interface.js';
import { PyObject_CallFunctionObjArgs } from '../object/call.js';
import {
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyException_GetTraceback,
} from '../object/errors.js';
import { decref, incref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyLong_AsInt, PyLong_Check } from '../object/long.js';
import { PyObject_GetOptionalAttr, PyObject_Str } from '../object/object.js';
import type { Obj } from '../object/ptr.js';
import { Py_None, PyExc_KeyboardInterrupt, PyExc_SystemExit } from '../object/statics.js';
import { asString } from '../object/unicode.js';
import { audit, displayException, flushFile, writeStderr } from '../modules/sys.js';
import { PySys_GetObject, PySys_SetObject } from '../vm/sys_state.js';

/** How a part of the command ended: its status, and whether the whole command is to end at once (SystemExit). */
export interface Outcome {
  readonly status: number;
  readonly exit: boolean;
}

export const DONE: Outcome = { status: 0, exit: false };

/** A status below 0 asks the caller to end the process by that signal: a shell then sees 130, as after CPython. */
export const INTERRUPTED = -2;

const s_code = ID('code');

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
      const shown = `${asString(text)}\n`;
      decref(text);
      const file = PySys_GetObject('stderr');
      if (file === 0 || file === Py_None) host.writeError(shown);
      else writeStderr(shown);
    } else PyErr_Clear();
  }
  decref(code);
  return status & 0xff;
}

/** Reports the current exception (PyErr_PrintEx and what follows it); `inspect`: even SystemExit does not end the command. */
export function reportException(inspect: boolean): Outcome {
  if (PyErr_Occurred() === 0) return DONE;
  if (!inspect && PyErr_ExceptionMatches(PyExc_SystemExit)) {
    return { status: exitStatus(PyErr_GetRaisedException()), exit: true };
  }
  const interrupted = PyErr_ExceptionMatches(PyExc_KeyboardInterrupt);
  const exit = printException(inspect);
  return exit ?? { status: interrupted ? INTERRUPTED : 1, exit: false };
}

/** As reportException, for the result `r` of what was run (stolen). */
export function outcomeOf(r: Obj, inspect: boolean): Outcome {
  if (r === 0) return reportException(inspect);
  decref(r);
  return DONE;
}

/** Calls sys.excepthook with the current exception and clears it; sets sys.last_exc and its kin.  The outcome if the hook asked to exit. */
function printException(inspect: boolean): Outcome | null {
  const e = PyErr_GetRaisedException();
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
  let outcome: Outcome | null = null;
  const hook = PySys_GetObject('excepthook');
  if (hook !== 0) incref(hook);
  if (
    audit(
      'sys.excepthook',
      [hook === 0 ? Py_None : hook, Py_TYPE(e), e, traceback].map((o) => newref(o)),
    ) < 0
  ) {
    // An audit hook that raises RuntimeError says: not this one, quietly.
    PyErr_Clear();
  } else if (hook === 0 || hook === Py_None) {
    writeStderr('sys.excepthook is missing\n');
    displayException(e);
  } else {
    const r = PyObject_CallFunctionObjArgs(hook, Py_TYPE(e), e, traceback);
    if (r !== 0) decref(r);
    else if (!inspect && PyErr_ExceptionMatches(PyExc_SystemExit)) {
      outcome = { status: exitStatus(PyErr_GetRaisedException()), exit: true };
    } else {
      const second = PyErr_GetRaisedException();
      if (flushFile('stdout') < 0) PyErr_Clear();
      writeStderr('Error in sys.excepthook:\n');
      if (second !== 0) {
        displayException(second);
        decref(second);
      }
      writeStderr('\nOriginal exception was:\n');
      displayException(e);
    }
  }
  if (hook !== 0) decref(hook);
  decref(traceback);
  decref(e);
  flushStreams();
  return outcome;
}

/** Flushes sys.stderr and sys.stdout; a failure to do so is dropped. */
export function flushStreams(): void {
  if (flushFile('stderr') < 0) PyErr_Clear();
  if (flushFile('stdout') < 0) PyErr_Clear();
}
