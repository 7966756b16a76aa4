// Does a user's file stand in the way of a library?  Invariant: only a guess for error messages: a module whose file is in sys.path[0] and whose
// name is that of a library module "possibly shadows" it (CPython 3.13 and later say so).

import { host } from '../config/host_interface.js';
import { H32 } from '../memory/linear.js';
import { PyErr_Clear, PyErr_Occurred } from '../object/errors.js';
import { decref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyList_Check, PyList_GET_ITEM, PyList_GET_SIZE } from '../object/list.js';
import { md_dict } from '../object/module_storage.js';
import { PyObject_GetOptionalAttr, PyObject_IsTrue } from '../object/object.js';
import { port } from '../object/ports.js';
import type { Obj } from '../object/ptr.js';
import { Py_None } from '../object/statics.js';
import { PyDict_GetItemWithError } from '../object/dict.js';
import { PySet_Contains, PyAnySet_Check } from '../object/set.js';
import { asString, PyUnicode_Check } from '../object/unicode.js';
import { config, PySys_GetObject } from './sys_state.js';

const s_has_location = ID('has_location');
const s_origin = ID('origin');
const s_name = ID('__name__');

/** spec.origin of a module that has a file, '' otherwise; null with an exception. */
function fileOrigin(spec: Obj): string | null {
  if (spec === 0 || spec === Py_None) return '';
  const has = PyObject_GetOptionalAttr(spec, idObj(s_has_location));
  if (has === 0) return PyErr_Occurred() !== 0 ? null : '';
  const located = PyObject_IsTrue(has);
  decref(has);
  if (located <= 0) return located < 0 ? null : '';
  const origin = PyObject_GetOptionalAttr(spec, idObj(s_origin));
  if (origin === 0) return PyErr_Occurred() !== 0 ? null : '';
  const text = PyUnicode_Check(origin) ? asString(origin) : '';
  decref(origin);
  return text;
}

function firstPath(): string | null {
  const path = PySys_GetObject('path');
  if (path === 0 || !PyList_Check(path) || PyList_GET_SIZE(path) === 0) return null;
  const first = PyList_GET_ITEM(path, 0);
  return PyUnicode_Check(first) ? asString(first) : null;
}

port.shadowedModule = (m: Obj, spec: Obj) => {
  const origin = fileOrigin(spec);
  if (origin === null) return null;
  const none = { stdlib: false, path: '', origin };
  if (origin === '' || config.safe_path) return none;
  let directory = origin.slice(0, Math.max(0, origin.lastIndexOf('/')));
  if (origin.endsWith('/__init__.py')) directory = directory.slice(0, Math.max(0, directory.lastIndexOf('/')));
  let first = firstPath();
  if (first === '') {
    const cwd = host.getcwd();
    first = typeof cwd === 'string' ? cwd : null;
  }
  if (first === null || first !== directory) return none;
  const names = PySys_GetObject('stdlib_module_names');
  const name = PyDict_GetItemWithError(H32[(m + md_dict) >> 2] as Obj, idObj(s_name));
  const stdlib = names !== 0 && PyAnySet_Check(names) && name !== 0 ? PySet_Contains(names, name) : 0;
  if (stdlib < 0) PyErr_Clear();
  return { stdlib: stdlib > 0, path: origin, origin };
};
