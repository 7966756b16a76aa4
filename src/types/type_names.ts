// How are the names in a message put in order?  Invariant: as list.sort() orders them, so that a message does not depend on a set's order.

import { decref } from '../object/header.js';
import { PyList_GET_ITEM, PyList_GET_SIZE, PyList_Sort } from '../object/list.js';
import { port } from '../object/ports.js';
import type { Obj } from '../object/ptr.js';
import { PySequence_List } from '../object/sequence.js';
import { asString } from '../object/unicode.js';

/** The strings of an iterable, sorted; null with an exception. */
function sortedNames(names: Obj): string[] | null {
  const list = PySequence_List(names);
  if (list === 0) return null;
  const sorted = PyList_Sort(list) === 0;
  const result: string[] = [];
  if (sorted) for (let i = 0; i < PyList_GET_SIZE(list); i++) result.push(asString(PyList_GET_ITEM(list, i)));
  decref(list);
  return sorted ? result : null;
}

port.sortedNames = sortedNames;
