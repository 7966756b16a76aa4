// What is `errno`?  Invariant: the names and numbers are those of src/config/errno.ts, and `errorcode` is their inverse.

import { ERRNO } from '../config/errno.js';
import { defineModule } from '../object/declare.js';
import { PyDict_New, PyDict_SetItem } from '../object/dict.js';
import { decref, xdecref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyModule_Add } from '../object/module_storage.js';
import { NULL } from '../object/ptr.js';
import { PyUnicode_FromString } from '../object/unicode.js';

defineModule({
  name: 'errno',
  doc: 'This module makes available standard errno system symbols.\n\nThe value of each symbol is the corresponding integer value,\ne.g., on most systems, errno.ENOENT equals the integer 2.\n\nThe dictionary errno.errorcode maps numeric codes to symbol names,\ne.g., errno.errorcode[2] could be the string \'ENOENT\'.',
  exec: (m) => {
    const codes = PyDict_New();
    if (codes === 0) return -1;
    for (const [name, number] of ERRNO) {
      const key = PyLong_FromLong(number);
      const text = key === 0 ? NULL : PyUnicode_FromString(name);
      const r = text === 0 ? -1 : PyDict_SetItem(codes, key, text);
      xdecref(text);
      if (r < 0 || PyModule_Add(m, name, key) < 0) {
        decref(codes);
        return -1;
      }
    }
    return PyModule_Add(m, 'errorcode', codes);
  },
});
