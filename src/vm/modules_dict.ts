// Which modules have been imported?  Invariant: `sys.modules` as the interpreter uses it is the dictionary in sys_state.ts, even after Python code has
// bound `sys.modules` to something else.

import { H32 } from '../memory/linear.js';
import { PyDict_GetItemWithError, PyDict_SetItem } from '../object/dict.js';
import { PyErr_Occurred } from '../object/errors.js';
import { decref, newref } from '../object/header.js';
import { PyModule_NewObject } from '../object/module_storage.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyUnicode_FromString, PyUnicode_InternInPlace } from '../object/unicode.js';
import { sys_modules } from './sys_state.js';

/** The module `name` of sys.modules, made empty if it is not there (PyImport_AddModuleRef): a new reference, or NULL. */
export function newModuleInSys(name: string): Obj {
  const s = PyUnicode_FromString(name);
  if (s === 0) return NULL;
  const key = PyUnicode_InternInPlace(s);
  const modules = H32[sys_modules] as Obj;
  let m = PyDict_GetItemWithError(modules, key);
  if (m !== 0) newref(m);
  else if (PyErr_Occurred() === 0) {
    m = PyModule_NewObject(key);
    if (m !== 0 && PyDict_SetItem(modules, key, m) < 0) {
      decref(m);
      m = NULL;
    }
  }
  decref(key);
  return m;
}
