// What is in `_ast`?  Invariant: the conversions between trees and objects are set here for the compiler's border (vm/compile_source.ts).

import {
  PyCF_ALLOW_TOP_LEVEL_AWAIT,
  PyCF_ONLY_AST,
  PyCF_OPTIMIZED_AST,
  PyCF_TYPE_COMMENTS,
} from '../compiler/code_unit.js';
import { defineModule } from '../object/declare.js';
import { PyObject_IsInstance } from '../object/isinstance.js';
import { PyModule_Add, PyModule_AddObjectRef } from '../object/module_storage.js';
import { astPort } from '../vm/compile_source.js';
import { ast_Type, classOf, kinds, makeClasses } from './ast_classes.js';
import { treeFromPython } from './ast_from_python.js';
import './ast_node.js';
import { treeToPython } from './ast_to_python.js';
import { toPython } from './values.js';

astPort.toPython = treeToPython;
astPort.fromPython = treeFromPython;
astPort.check = (o) => PyObject_IsInstance(o, ast_Type);

const FLAGS = { PyCF_ALLOW_TOP_LEVEL_AWAIT, PyCF_ONLY_AST, PyCF_TYPE_COMMENTS, PyCF_OPTIMIZED_AST };

defineModule({
  name: '_ast',
  types: [ast_Type],
  exec: (m) => {
    if (makeClasses() < 0) return -1;
    for (const [name, flag] of Object.entries(FLAGS)) if (PyModule_Add(m, name, toPython(flag)) < 0) return -1;
    for (const kind of kinds) if (PyModule_AddObjectRef(m, kind, classOf(kind)) < 0) return -1;
    return 0;
  },
});
