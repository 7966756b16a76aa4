// How do the compiler and the coroutines warn?  Invariant: a warning that becomes an exception where nobody could catch it is reported as
// unraisable.

import { PyObject_CallOneArg } from '../object/call.js';
import {
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_WarnEx,
  PyErr_WriteUnraisable,
  reprText,
} from '../object/errors.js';
import { decref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_GetOptionalAttr } from '../object/object.js';
import { NULL } from '../object/ptr.js';
import { PyExc_RuntimeWarning } from '../object/statics.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { H32 } from '../memory/linear.js';
import { unawaitedMethodPort } from '../types/asyncgen.js';
import { unawaitedPort } from '../types/generator.js';
import { gen_qualname } from '../types/generator_layout.js';
import { warnExplicitPort } from '../vm/compile_source.js';
import { PyImport_GetModule } from '../vm/import.js';
import type { Obj } from '../object/ptr.js';
import { warnExplicit } from './_warnings.js';

const s_warnings = ID('warnings');
const s_unawaited = ID('_warn_unawaited_coroutine');

warnExplicitPort.warn = (category, message, filename, lineno) => {
  const text = PyUnicode_FromString(message);
  if (text === 0) return -1;
  const name = asString(filename);
  const module = PyUnicode_FromString(name === '' ? '<unknown>' : name.endsWith('.py') ? name.slice(0, -3) : name);
  const r = module === 0 ? -1 : warnExplicit(category, text, filename, lineno, module, NULL, NULL);
  decref(text);
  if (module !== 0) decref(module);
  return r;
};

unawaitedPort.warn = (coro, qualname) => {
  let warned = false;
  const m = PyImport_GetModule(idObj(s_warnings));
  if (m !== 0) {
    const f = PyObject_GetOptionalAttr(m, idObj(s_unawaited));
    decref(m);
    if (f !== 0) {
      const r = PyObject_CallOneArg(f, coro);
      decref(f);
      warned = r !== 0 || PyErr_ExceptionMatches(PyExc_RuntimeWarning);
      if (r !== 0) decref(r);
    }
  }
  if (PyErr_Occurred() !== 0) PyErr_WriteUnraisable(NULL, `finalizing coroutine ${reprText(coro)}`);
  if (warned) return;
  if (PyErr_WarnEx(PyExc_RuntimeWarning, `coroutine '${qualname}' was never awaited`, 1) < 0)
    PyErr_WriteUnraisable(NULL, `finalizing coroutine ${reprText(coro)}`);
};

unawaitedMethodPort.warn = (gen, method) => {
  const qualname = H32[(gen + gen_qualname) >> 2] as Obj;
  if (
    PyErr_WarnEx(PyExc_RuntimeWarning, `coroutine method '${method}' of ${reprText(qualname)} was never awaited`, 1) < 0
  ) {
    if (PyErr_Occurred() !== 0) PyErr_WriteUnraisable(NULL, `finalizing async generator ${reprText(gen)}`);
  }
};
