// What does a function look like?  Invariant: globals, builtins, name, qualname and code are never NULL while the function lives; builtins is
// what `__builtins__` of the globals was when the function was made.

import { H32 } from '../memory/linear.js';
import { ob_type } from '../object/head.js';
import { dictField, i32, layout, ref, weaklistField } from '../object/layout.js';
import type { Obj } from '../object/ptr.js';
import { PyFunction_Type } from '../object/statics.js';

export const Func = layout({
  globals: ref,
  builtins: ref,
  name: ref,
  qualname: ref,
  code: ref,
  defaults: ref,
  kwdefaults: ref,
  closure: ref,
  doc: ref,
  dict: dictField,
  weakreflist: weaklistField,
  module: ref,
  annotations: ref,
  annotate: ref,
  typeparams: ref,
  // Function index of the vectorcall.
  vectorcall: i32,
  // Changes with code, defaults and kwdefaults; 0: none given yet.
  version: i32,
});

export const {
  globals: func_globals,
  builtins: func_builtins,
  name: func_name,
  qualname: func_qualname,
  code: func_code,
  defaults: func_defaults,
  kwdefaults: func_kwdefaults,
  closure: func_closure,
  doc: func_doc,
  dict: func_dict,
  module: func_module,
  annotations: func_annotations,
  annotate: func_annotate,
  typeparams: func_typeparams,
  vectorcall: func_vectorcall,
  version: func_version,
} = Func;

export function PyFunction_Check(o: Obj): boolean {
  return H32[(o + ob_type) >> 2] === PyFunction_Type;
}
