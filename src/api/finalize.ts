// How does an interpreter end?  Invariant: Python code that must run at the end (atexit, destructors) runs while the interpreter is whole; then modules, types
// and singletons are given up in the reverse of the order in which they came.

import type { PyConfig } from '../config/pyconfig.js';
import { H32 } from '../memory/linear.js';
import { PyErr_Clear, PyErr_WriteUnraisable } from '../object/errors.js';
import { NULL } from '../object/ptr.js';
import { flushFile } from '../modules/sys.js';
import { finalizing } from '../vm/sys_state.js';

/** Flushes sys.stdout and sys.stderr: 0, or -1 if one of them could not be. */
export function flushStandardStreams(): number {
  let status = 0;
  if (flushFile('stdout') < 0) {
    PyErr_WriteUnraisable(NULL, 'flushing sys.stdout');
    status = -1;
  }
  if (flushFile('stderr') < 0) {
    PyErr_Clear();
    status = -1;
  }
  return status;
}

/** Py_FinalizeEx: 0, or -1 if the standard streams could not be flushed. */
export function finalize(c: PyConfig): number {
  void c;
  const status = flushStandardStreams();
  H32[finalizing] = 1;
  return status;
}
