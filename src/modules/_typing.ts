// What is `_typing`?  Invariant: the module only names what src/types/typevar.ts and union.ts have, and hands it to the compiler's intrinsics.

import { defineModule, method } from '../object/declare.js';
import { newref } from '../object/header.js';
import { PyModule_Add } from '../object/module_storage.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  PyGeneric_Type,
  PyParamSpec_Type,
  PyParamSpecArgs_Type,
  PyParamSpecKwargs_Type,
  PyTypeAlias_Type,
  PyTypeVar_Type,
  PyTypeVarTuple_Type,
  PyUnion_Type,
} from '../object/statics.js';
import * as T from '../types/typevar.js';
import { typingPort } from '../vm/intrinsics.js';

typingPort.typeVar = (name) => T._Py_make_typevar(name, NULL, NULL);
typingPort.paramSpec = T._Py_make_paramspec;
typingPort.typeVarTuple = T._Py_make_typevartuple;
typingPort.subscriptGeneric = T._Py_subscript_generic;
typingPort.typeAlias = T._Py_make_typealias;
typingPort.typeVarWithBound = (name, bound) => T._Py_make_typevar(name, bound, NULL);
typingPort.typeVarWithConstraints = (name, constraints) => T._Py_make_typevar(name, NULL, constraints);
typingPort.setDefault = T._Py_set_typeparam_default;

defineModule({
  name: '_typing',
  doc: 'Primitives and accelerators for the typing module.\n',
  functions: [method('_idfunc', '($module, x, /)', (_m: Obj, x: Obj) => newref(x))],
  types: [
    PyTypeVar_Type,
    PyTypeVarTuple_Type,
    PyParamSpec_Type,
    PyParamSpecArgs_Type,
    PyParamSpecKwargs_Type,
    PyGeneric_Type,
    PyTypeAlias_Type,
    PyUnion_Type,
  ],
  exec: (m) => PyModule_Add(m, 'NoDefault', T.noDefault()),
});
