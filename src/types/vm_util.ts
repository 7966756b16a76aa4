// Small conveniences for the types that the machine is made of.  Invariant: each returns a new reference, or NULL with an exception.

import { decref } from '../object/header.js';
import { PyList_New, PyList_SET_ITEM } from '../object/list.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyUnicode_FromString } from '../object/unicode.js';

/** A new list of new strings. */
export function listOfStrings(strings: readonly string[]): Obj {
  const list = PyList_New(strings.length);
  if (list === 0) return NULL;
  for (let i = 0; i < strings.length; i++) {
    const s = PyUnicode_FromString(strings[i]);
    if (s === 0) {
      decref(list);
      return NULL;
    }
    PyList_SET_ITEM(list, i, s);
  }
  return list;
}
