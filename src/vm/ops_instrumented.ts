import { PyErr_SetString } from '../object/errors.js';
import { PyExc_SystemError } from '../object/statics.js';
export const REENTER = 1000;
export function instrumented(_frame: number, op: number, _oparg: number): number {
  PyErr_SetString(PyExc_SystemError, `unknown opcode ${op}`);
  return -1;
}
