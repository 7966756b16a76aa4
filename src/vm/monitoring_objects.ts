// Which objects does sys.monitoring hand out?  Invariant: DISABLE and MISSING are plain objects with an identity, made with the module.

import { H32 } from '../memory/linear.js';
import { PyObject_CallNoArgs } from '../object/call.js';
import { xdecref } from '../object/header.js';
import type { Obj } from '../object/ptr.js';
import { rootWord } from '../object/roots.js';
import { PyBaseObject_Type } from '../object/statics.js';

const disable = rootWord('sys.monitoring.DISABLE');
const missing = rootWord('sys.monitoring.MISSING');

/** Borrowed; 0 before the module is made. */
export function monitoringDisable(): Obj {
  return H32[disable] as Obj;
}

export function monitoringMissing(): Obj {
  return H32[missing] as Obj;
}

/** Makes both: false with an exception. */
export function makeMonitoringObjects(): boolean {
  for (const word of [disable, missing]) {
    if (H32[word] !== 0) continue;
    const o = PyObject_CallNoArgs(PyBaseObject_Type);
    if (o === 0) return false;
    H32[word] = o;
  }
  return true;
}

export function finiMonitoringObjects(): void {
  for (const word of [disable, missing]) {
    xdecref(H32[word] as Obj);
    H32[word] = 0;
  }
}
