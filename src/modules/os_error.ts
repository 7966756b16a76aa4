// How does a failed host call become an OSError?  Invariant: the host answers -errno; the functions here take that negative number.

import { strerror } from '../config/strerror.js';
import { NULL, type Obj } from '../object/ptr.js';
import { raiseOSError } from '../types/exceptions_os.js';

/** Raises the OSError of a host's answer (-errno), with file names (borrowed, may be NULL); returns NULL (PyErr_SetFromErrno…). */
export function raiseErrno(answer: number, filename: Obj = NULL, filename2: Obj = NULL): Obj {
  return raiseOSError(-answer, strerror(-answer), filename, filename2);
}

/** As raiseErrno for functions whose error value is -1. */
export function errnoMinus1(answer: number, filename: Obj = NULL): -1 {
  raiseErrno(answer, filename);
  return -1;
}
