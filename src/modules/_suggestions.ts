// Which name did the programmer mean?  (_suggestions, for `traceback`)  Invariant: the answer is that of the runtime's own messages (types/suggest.ts).

import { defineModule, method } from '../object/declare.js';
import { PyErr_SetString } from '../object/errors.js';
import { newref } from '../object/header.js';
import { PyList_Check, PyList_GET_ITEM, PyList_GET_SIZE } from '../object/list.js';
import type { Obj } from '../object/ptr.js';
import { Py_None, PyExc_TypeError } from '../object/statics.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { suggestion } from '../object/suggest.js';

function generate(_m: Obj, candidates: Obj, item: Obj): Obj {
  if (!PyList_Check(candidates)) return PyErr_SetString(PyExc_TypeError, 'candidates must be a list');
  const names: string[] = [];
  for (let i = 0; i < PyList_GET_SIZE(candidates); i++) {
    const name = PyList_GET_ITEM(candidates, i);
    if (!PyUnicode_Check(name)) {
      return PyErr_SetString(PyExc_TypeError, "all elements in 'candidates' must be strings");
    }
    names.push(asString(name));
  }
  const near = suggestion(asString(item), names);
  return near === null ? newref(Py_None) : PyUnicode_FromString(near);
}

defineModule({
  name: '_suggestions',
  functions: [
    method(
      '_generate_suggestions',
      '($module, candidates, item: str, /)',
      generate,
      "Returns the candidate in candidates that's closest to item",
    ),
  ],
});
