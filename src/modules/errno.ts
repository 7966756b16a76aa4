// What is `errno`?  Invariant: the numbers are those the host answers with (src/config/errno.ts); of two names for one number, errorcode has the
// first.

import { ERRNO } from '../config/errno.js';
import { defineModule } from '../object/declare.js';
import { PyDict_Contains, PyDict_New, PyDict_SetItem } from '../object/dict.js';
import { decref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyModule_Add, PyModule_AddObjectRef } from '../object/module_storage.js';
import type { Obj } from '../object/ptr.js';
import { toPython } from './values.js';

function errno_exec(m: Obj): number {
  const codes = PyDict_New();
  if (codes === 0) return -1;
  let ok = PyModule_AddObjectRef(m, 'errorcode', codes) === 0;
  for (const [name, number] of ERRNO) {
    const n = PyLong_FromLong(number);
    const s = toPython(name);
    const known = n === 0 || s === 0 ? -1 : PyDict_Contains(codes, n);
    ok = ok && known >= 0 && (known === 1 || PyDict_SetItem(codes, n, s) === 0);
    if (s !== 0) decref(s);
    ok = PyModule_Add(m, name, n) === 0 && ok;
  }
  decref(codes);
  return ok ? 0 : -1;
}

defineModule({
  name: 'errno',
  doc: "This module makes available standard errno system symbols.\n\nThe value of each symbol is the corresponding integer value,\ne.g., on most systems, errno.ENOENT equals the integer 2.\n\nThe dictionary errno.errorcode maps numeric codes to symbol names,\ne.g., errno.errorcode[2] could be the string 'ENOENT'.\n\nSymbols that are not relevant to the underlying system are not defined.\n\nTo map error codes to error messages, use the function os.strerror(),\ne.g. os.strerror(2) could return 'No such file or directory'.",
  exec: errno_exec,
});
