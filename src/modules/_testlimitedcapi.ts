// What is the module _testlimitedcapi?  Invariant: as _testcapi, for the functions of the limited API.

import { H32 } from '../memory/linear.js';
import {
  PY_VECTORCALL_ARGUMENTS_OFFSET,
  PyObject_Vectorcall,
  PyObject_VectorcallMethod,
  popNative,
  pushNative,
} from '../object/call.js';
import { defineModule, defineType, type MethodDef, method } from '../object/declare.js';
import { fn } from '../object/functable.js';
import { decref, xdecref } from '../object/header.js';
import { i32, layout } from '../object/layout.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { staticType } from '../object/statics.js';
import { PyTuple_Pack } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE } from '../object/type_layout.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { PyVectorcall_Call } from '../object/call.js';
import { LIMITED_ABSTRACT_FUNCTIONS } from './testcapi_abstract.js';
import { type_modified } from './testcapi_types.js';

/** callable('foo', baz='bar'), or for a method name, first.name('foo', baz='bar'). */
function callFoo(first: Obj, name: Obj): Obj {
  const foo = PyUnicode_FromString('foo');
  const bar = PyUnicode_FromString('bar');
  const baz = PyUnicode_FromString('baz');
  const names = baz === 0 ? NULL : PyTuple_Pack(baz);
  let r: Obj = NULL;
  if (foo !== 0 && bar !== 0 && names !== 0) {
    const base = pushNative(4);
    const at = base >> 2;
    H32[at + 1] = first;
    H32[at + 2] = foo;
    H32[at + 3] = bar;
    r =
      name === 0
        ? PyObject_Vectorcall(first, base + 8, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, names)
        : PyObject_VectorcallMethod(name, base + 4, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, names);
    popNative(base);
  }
  for (const o of [foo, bar, baz, names]) xdecref(o);
  return r;
}

function call_vectorcall_method(_m: Obj, o: Obj): Obj {
  const name = PyUnicode_FromString('f');
  if (name === 0) return NULL;
  const r = callFoo(o, name);
  decref(name);
  return r;
}

// --- a type whose instances have a vectorcall

const Callable = layout({ vectorcall: i32 });
const LimitedVectorCallClass = staticType();
const LimitedRelativeVectorCallClass = staticType();

const saysVectorcall = fn((): Obj => PyUnicode_FromString('vectorcall called'));

function callable_new(type: Obj): Obj {
  const o = PyType_GenericAlloc(type, 0);
  if (o !== 0) H32[(o + Callable.vectorcall) >> 2] = saysVectorcall;
  return o;
}

const vectorcallType = (type: Obj, name: string): void =>
  defineType({
    type,
    name: `_testlimitedcapi.${name}`,
    layout: Callable,
    late: true,
    flags: Py_TPFLAGS_BASETYPE,
    vectorcallOffset: Callable.vectorcall,
    slots: { tp_new: callable_new, tp_call: PyVectorcall_Call },
  });

vectorcallType(LimitedVectorCallClass, 'LimitedVectorCallClass');
// Offsets are absolute here: where a type says relatively to its base's size makes no difference to instances.
vectorcallType(LimitedRelativeVectorCallClass, 'LimitedRelativeVectorCallClass');

const FUNCTIONS: readonly MethodDef[] = [
  method('call_vectorcall', '!($module, callable, /)', (_m: Obj, f: Obj) => callFoo(f, NULL)),
  method('call_vectorcall_method', '!($module, obj, /)', call_vectorcall_method),
  method('type_modified', '!($module, type, /)', type_modified),
  method('_py_getbuiltwithassert', '!($module, /)', () => PyLong_FromLong(Py_DEBUG ? 1 : 0)),
];

defineModule({
  name: '_testlimitedcapi',
  types: [LimitedVectorCallClass, LimitedRelativeVectorCallClass],
  functions: [...FUNCTIONS, ...LIMITED_ABSTRACT_FUNCTIONS],
});
