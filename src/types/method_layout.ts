// What do bound methods look like?  Invariant: func and self are never NULL while the method lives.

import { i32, layout, ref, weaklistField } from '../object/layout.js';

export const Method = layout({ func: ref, self: ref, weakreflist: weaklistField, vectorcall: i32 });
export const { func: method_func, self: method_self, vectorcall: method_vectorcall } = Method;

export const InstanceMethod = layout({ func: ref });
