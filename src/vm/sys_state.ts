// What does the interpreter know about itself?  Invariant: the dictionary of `sys` and the dictionary of imported modules are owned by the
// interpreter from start-up to finalization, whatever happens to `sys.modules`.

import { defaultConfig, type PyConfig } from '../config/pyconfig.js';
import { H32, staticWord } from '../memory/linear.js';
import { PyDict_DelItem, PyDict_GetItemWithError, PyDict_SetItem } from '../object/dict.js';
import { PyErr_Clear, PyErr_SetString } from '../object/errors.js';
import { decref, newref, xdecref } from '../object/header.js';
import { NULL, type Obj } from '../object/ptr.js';
import { rootWord } from '../object/roots.js';
import { PyExc_RuntimeError } from '../object/statics.js';
import { PyUnicode_FromString } from '../object/unicode.js';

/** Indices into H32, each an owned reference or 0. */
export const sys_dict = rootWord("the interpreter's sys.__dict__");
export const sys_modules = rootWord("the interpreter's sys.modules");
/** Not 0 while the interpreter is being torn down. */
export const finalizing = staticWord();

/** The configuration of the running interpreter. */
export let config: PyConfig = defaultConfig;
export function setConfig(c: PyConfig): void {
  config = c;
}

/** sys.name: borrowed, or NULL without an exception. */
export function PySys_GetObject(name: string): Obj {
  const dict = H32[sys_dict] as Obj;
  if (dict === 0) return NULL;
  const s = PyUnicode_FromString(name);
  if (s === 0) {
    PyErr_Clear();
    return NULL;
  }
  const v = PyDict_GetItemWithError(dict, s);
  decref(s);
  if (v === 0) PyErr_Clear();
  return v;
}

/** sys.name: a new reference, or NULL with RuntimeError (PySys_GetAttrString). */
export function PySys_GetAttr(name: string): Obj {
  const v = PySys_GetObject(name);
  return v === 0 ? PyErr_SetString(PyExc_RuntimeError, `lost sys.${name}`) : newref(v);
}

/** sys.name = value, or its removal if NULL: 0, or -1. */
export function PySys_SetObject(name: string, value: Obj): number {
  const dict = H32[sys_dict] as Obj;
  const s = PyUnicode_FromString(name);
  if (s === 0) return -1;
  const r =
    value === 0
      ? PyDict_GetItemWithError(dict, s) === 0
        ? 0
        : PyDict_DelItem(dict, s)
      : PyDict_SetItem(dict, s, value);
  decref(s);
  return r;
}

/** Replaces what a word owns: `value` is stolen. */
export function setOwned(word: number, value: Obj): void {
  const old = H32[word] as Obj;
  H32[word] = value;
  xdecref(old);
}
