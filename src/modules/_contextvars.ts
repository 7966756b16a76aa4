// What is `_contextvars`?  Invariant: the module only names what src/types/context.ts has.

import { defineModule, method } from '../object/declare.js';
import { PyContext_Type, PyContextToken_Type, PyContextVar_Type } from '../object/statics.js';
import { PyContext_CopyCurrent } from '../types/context.js';

defineModule({
  name: '_contextvars',
  doc: 'Context Variables',
  functions: [method('copy_context', '($module, /)', PyContext_CopyCurrent)],
  types: [PyContext_Type, PyContextVar_Type, PyContextToken_Type],
});
