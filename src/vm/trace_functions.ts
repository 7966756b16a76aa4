// sys.settrace and its kin.
import type { MethodDef } from '../object/declare.js';
export const traceFunctions: readonly MethodDef[] = [];
