// Where may a debugger send a frame?  (frame.f_lineno = n)

import { errMinus1 } from '../object/errors.js';
import type { Obj } from '../object/ptr.js';
import { PyExc_ValueError } from '../object/statics.js';

export function setLineNumber(_object: Obj, _value: Obj): number {
  return errMinus1(PyExc_ValueError, 'f_lineno can only be set in a trace function');
}
