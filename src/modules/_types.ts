// Which built-in types have names in `types`?  Invariant: the names are those that Lib/types.py takes from here.

import { defineModule, defineType } from '../object/declare.js';
import { layout } from '../object/layout.js';
import { PyModule_AddObjectRef } from '../object/module_storage.js';
import type { Obj } from '../object/ptr.js';
import * as S from '../object/statics.js';
import { Py_TPFLAGS_DISALLOW_INSTANTIATION } from '../object/type_layout.js';

// There are no capsules, but there is their type.

defineType({ type: S.PyCapsule_Type, name: 'PyCapsule', layout: layout({}), flags: Py_TPFLAGS_DISALLOW_INSTANTIATION });

const NAMES: readonly (readonly [string, Obj])[] = [
  ['AsyncGeneratorType', S.PyAsyncGen_Type],
  ['BuiltinFunctionType', S.PyCFunction_Type],
  ['BuiltinMethodType', S.PyCFunction_Type],
  ['CapsuleType', S.PyCapsule_Type],
  ['CellType', S.PyCell_Type],
  ['ClassMethodDescriptorType', S.PyClassMethodDescr_Type],
  ['CodeType', S.PyCode_Type],
  ['CoroutineType', S.PyCoro_Type],
  ['EllipsisType', S.PyEllipsis_Type],
  ['FrameType', S.PyFrame_Type],
  ['FunctionType', S.PyFunction_Type],
  ['GeneratorType', S.PyGen_Type],
  ['GenericAlias', S.Py_GenericAliasType],
  ['GetSetDescriptorType', S.PyGetSetDescr_Type],
  ['LambdaType', S.PyFunction_Type],
  ['MappingProxyType', S.PyDictProxy_Type],
  ['MemberDescriptorType', S.PyMemberDescr_Type],
  ['MethodDescriptorType', S.PyMethodDescr_Type],
  ['MethodType', S.PyMethod_Type],
  ['MethodWrapperType', S.PyMethodWrapper_Type],
  ['ModuleType', S.PyModule_Type],
  ['NoneType', S.PyNone_Type],
  ['NotImplementedType', S.PyNotImplemented_Type],
  ['SimpleNamespace', S.PySimpleNamespace_Type],
  ['TracebackType', S.PyTraceBack_Type],
  ['UnionType', S.PyUnion_Type],
  ['WrapperDescriptorType', S.PyWrapperDescr_Type],
];

defineModule({
  name: '_types',
  doc: 'Define names for built-in types.',
  exec: (m) => {
    for (const [name, type] of NAMES) if (PyModule_AddObjectRef(m, name, type) < 0) return -1;
    return 0;
  },
});
