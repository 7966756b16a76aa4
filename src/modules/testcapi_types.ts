// Which types written in native code do the tests need?  (the part of _testcapi about types)
//
// Invariant: the static ones are readied when the module is imported; the others are made by PyType_FromSpec, as a module in C would.

import { H32 } from '../memory/linear.js';
import {
  BUF_internal,
  newView,
  freeView,
  PyBuffer_FillInfo,
  PyBuffer_Release,
  PyObject_GetBuffer,
  BUF_buf,
  BUF_len,
} from '../object/buffer.js';
import { bytesFromLatin1, PyBytes_AS_STRING, PyBytes_GET_SIZE } from '../object/bytes.js';
import { PyObject_CallNoArgs } from '../object/call.js';
import {
  classMethod,
  defineType,
  fastcall,
  member,
  METH_CLASS,
  METH_COEXIST,
  METH_STATIC,
  type MethodDef,
  method,
} from '../object/declare.js';
import { PyErr_Clear, PyErr_SetString, PyErr_WriteUnraisable, typeName } from '../object/errors.js';
import { fn } from '../object/functable.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { ob_refcnt } from '../object/head.js';
import { _Py_ResurrectReference, decref, newref, Py_REFCNT, RefTotal, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyType_Check } from '../object/isinstance.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyLong_FromLong } from '../object/long.js';
import { _PyObject_New, PyType_GenericAlloc } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_TypeError, staticType } from '../object/statics.js';
import { PyTuple_Pack, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { _PyObject_LookupSpecial, assignVersionTag, PyType_Modified } from '../object/type_lookup.js';
import * as T from '../object/type_layout.js';
import { PyMemoryView_FromBuffer } from '../types/memoryview.js';
import { none } from './testcapi_util.js';

const word = (o: Obj, offset: number): number => H32[(o + offset) >> 2];
const plain = layout({});
const newPlain = (type: Obj): Obj => PyType_GenericAlloc(type, 0);

// --- operators

export const matmulType = staticType();
export const ipowType = staticType();

const named = (name: string) => {
  const id = ID(name);
  return (a: Obj, b: Obj): Obj => PyTuple_Pack(idObj(id), a, b);
};

defineType({
  type: matmulType,
  name: 'matmulType',
  layout: plain,
  late: true,
  doc: 'C level type with matrix operations defined',
  slots: { tp_new: newPlain, nb_matrix_multiply: named('matmul'), nb_inplace_matrix_multiply: named('imatmul') },
});
defineType({
  type: ipowType,
  name: 'ipowType',
  layout: plain,
  late: true,
  slots: { tp_new: newPlain, nb_inplace_power: (_a: Obj, b: Obj, mod: Obj) => PyTuple_Pack(b, mod) },
});

// --- await

export const awaitType = staticType();
const Await = layout({ iter: ref });

function await_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (kwargs !== 0 || PyTuple_GET_SIZE(args) !== 1) {
    return PyErr_SetString(PyExc_TypeError, `awaitType() takes exactly 1 argument (${PyTuple_GET_SIZE(args)} given)`);
  }
  const o = PyType_GenericAlloc(type, 0);
  if (o !== 0) H32[(o + Await.iter) >> 2] = newref(PyTuple_GET_ITEM(args, 0));
  return o;
}

defineType({
  type: awaitType,
  name: 'awaitType',
  layout: Await,
  late: true,
  doc: 'C level type with tp_as_async',
  slots: { tp_new: await_new, am_await: (self: Obj) => newref(word(self, Await.iter) as Obj) },
});

// --- buffers

export const testBufType = staticType();
const TestBuf = layout({ obj: ref, references: i32 });

function testbuf_new(type: Obj): Obj {
  const bytes = bytesFromLatin1('test');
  const o = bytes === 0 ? NULL : PyType_GenericAlloc(type, 0);
  if (o === 0) xdecref(bytes);
  else H32[(o + TestBuf.obj) >> 2] = bytes;
  return o;
}

function testbuf_getbuf(self: Obj, view: number, flags: number): number {
  const bytes = word(self, TestBuf.obj) as Obj;
  const r = PyBuffer_FillInfo(view, self, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes), true, flags);
  if (r < 0) return -1;
  H32[(view + BUF_internal) >> 2] = 1;
  H32[(self + TestBuf.references) >> 2]++;
  return 0;
}

function testbuf_releasebuf(self: Obj, _view: number): void {
  H32[(self + TestBuf.references) >> 2]--;
}

defineType({
  type: testBufType,
  name: 'testBufType',
  layout: TestBuf,
  late: true,
  flags: T.Py_TPFLAGS_HAVE_GC,
  slots: { tp_new: testbuf_new, bf_getbuffer: testbuf_getbuf, bf_releasebuffer: testbuf_releasebuf },
  members: [member('references', 'ssize', TestBuf.references)],
});

/** A view of `source`'s bytes as PyBuffer_FillInfo makes it; it does not own what it shows. */
function buffer_fill_info(_m: Obj, source: Obj, readonly: number, flags: number): Obj {
  const from = newView();
  if (from === 0) return NULL;
  if (PyObject_GetBuffer(source, from, 0) < 0) {
    freeView(from);
    return NULL;
  }
  const view = newView();
  let r: Obj = NULL;
  if (view !== 0) {
    const [buf, len] = [H32[(from + BUF_buf) >> 2], H32[(from + BUF_len) >> 2]];
    if (PyBuffer_FillInfo(view, NULL, buf, len, readonly !== 0, flags) === 0) r = PyMemoryView_FromBuffer(view);
    freeView(view);
  }
  PyBuffer_Release(from);
  freeView(from);
  return r;
}

function getbuffer_with_null_view(_m: Obj, o: Obj): Obj {
  return PyObject_GetBuffer(o, 0, 0) < 0 ? NULL : none();
}

function make_memoryview_from_NULL_pointer(_m: Obj): Obj {
  const view = newView();
  if (view === 0) return NULL;
  // A view of nothing at all has no memory to show.
  const r = PyBuffer_FillInfo(view, NULL, 0, 1, true, 0) < 0 ? NULL : PyMemoryView_FromBuffer(view);
  freeView(view);
  return r;
}

// --- generic classes

export const Generic_Type = staticType();
export const GenericAlias_Type = staticType();
const Alias = layout({ item: ref });

function class_getitem(_type: Obj, item: Obj): Obj {
  const o = _PyObject_New(GenericAlias_Type);
  if (o === 0) return NULL;
  H32[(o + Alias.item) >> 2] = newref(item);
  PyObject_GC_Track(o);
  return o;
}

defineType({
  type: GenericAlias_Type,
  name: 'GenericAlias',
  layout: Alias,
  late: true,
  flags: T.Py_TPFLAGS_HAVE_GC | T.Py_TPFLAGS_BASETYPE,
  methods: [
    method('__mro_entries__', '!($self, bases, /)', (self: Obj) => PyTuple_Pack(word(self, Alias.item) as Obj)),
  ],
});
defineType({
  type: Generic_Type,
  name: 'Generic',
  layout: plain,
  late: true,
  flags: T.Py_TPFLAGS_BASETYPE,
  slots: { tp_new: newPlain },
  methods: [classMethod('__class_getitem__', '!($type, item, /)', class_getitem)],
});

// --- a container that the collector does not see

export const ContainerNoGC_Type = staticType();
const Container = layout({ value: ref });

function container_new(type: Obj, args: Obj): Obj {
  if (PyTuple_GET_SIZE(args) !== 1) return PyErr_SetString(PyExc_TypeError, 'ContainerNoGC() takes exactly 1 argument');
  const o = PyType_GenericAlloc(type, 0);
  if (o !== 0) H32[(o + Container.value) >> 2] = newref(PyTuple_GET_ITEM(args, 0));
  return o;
}

defineType({
  type: ContainerNoGC_Type,
  name: '_testcapi.ContainerNoGC',
  layout: Container,
  late: true,
  flags: T.Py_TPFLAGS_BASETYPE,
  slots: { tp_new: container_new },
  members: [member('value', 'object', Container.value)],
});

// --- the old finalizer, and no collector

const s_tp_del = ID('__tp_del__');

/** tp_del of a class that with_tp_del has prepared: calls `__tp_del__`; the object may come back to life. */
function slot_tp_del(self: Obj): void {
  H32[(self + ob_refcnt) >> 2] = 1;
  if (Py_REF_DEBUG) H32[RefTotal]++;
  const del = _PyObject_LookupSpecial(self, idObj(s_tp_del));
  if (del !== 0) {
    const r = PyObject_CallNoArgs(del);
    if (r === 0) PyErr_WriteUnraisable(del);
    else decref(r);
    decref(del);
  } else PyErr_Clear();
  H32[(self + ob_refcnt) >> 2]--;
  if (Py_REF_DEBUG) H32[RefTotal]--;
  if (Py_REFCNT(self) > 0) _Py_ResurrectReference(self);
}
const slotTpDel = fn(slot_tp_del);

function isHeapType(cls: Obj): boolean {
  return PyType_Check(cls) && (word(cls, T.tp_flags) & T.Py_TPFLAGS_HEAPTYPE) !== 0;
}

function with_tp_del(_m: Obj, cls: Obj): Obj {
  if (!isHeapType(cls)) {
    return PyErr_SetString(PyExc_TypeError, `heap type expected, got ${typeName(cls)}`);
  }
  H32[(cls + T.tp_del) >> 2] = slotTpDel;
  return newref(cls);
}

/** Takes a class without instances from the collector's sight. */
function without_gc(_m: Obj, cls: Obj): Obj {
  if (!isHeapType(cls)) return PyErr_SetString(PyExc_TypeError, `heap type expected, got ${typeName(cls)}`);
  if (word(cls, T.tp_flags) & T.Py_TPFLAGS_HAVE_GC) {
    H32[(cls + T.tp_flags) >> 2] &= ~T.Py_TPFLAGS_HAVE_GC;
    H32[(cls + T.tp_traverse) >> 2] = 0;
    H32[(cls + T.tp_clear) >> 2] = 0;
  }
  return newref(cls);
}

// --- documentation

export const DocStringNoSignatureTest_Type = staticType();
export const DocStringUnrepresentableSignatureTest_Type = staticType();

const test_with_docstring = (): Obj => none();
const twoArgs = (_m: Obj, _a: number, _n: number): Obj => none();

const NO_SIGNATURE = 'This docstring has no signature.';
const noSignature = (name: string, f: (...args: never[]) => Obj): MethodDef => fastcall(name, null, f, NO_SIGNATURE);

export const DOC_FUNCTIONS: readonly MethodDef[] = [
  fastcall('no_docstring', null, test_with_docstring),
  noSignature('docstring_no_signature', twoArgs),
  method('docstring_no_signature_noargs', '!($module, /)', test_with_docstring, NO_SIGNATURE),
  method('docstring_no_signature_o', '!($module, o, /)', test_with_docstring, NO_SIGNATURE),
  fastcall('docstring_empty', null, test_with_docstring),
  fastcall(
    'docstring_with_invalid_signature',
    null,
    test_with_docstring,
    'docstring_with_invalid_signature($module, /, boo)\n\nThis docstring has an invalid signature.',
  ),
  fastcall(
    'docstring_with_invalid_signature2',
    null,
    test_with_docstring,
    'docstring_with_invalid_signature2($module, /, boo)\n\n--\n\nThis docstring also has an invalid signature.',
  ),
  fastcall(
    'docstring_with_signature',
    '($module, /, sig)',
    test_with_docstring,
    'This docstring has a valid signature.',
  ),
  fastcall('docstring_with_signature_but_no_doc', '($module, /, sig)', test_with_docstring),
  fastcall(
    'docstring_with_signature_and_extra_newlines',
    '($module, /, parameter)',
    test_with_docstring,
    '\nThis docstring has a valid signature and some extra newlines.',
  ),
  fastcall(
    'docstring_with_signature_with_defaults',
    "($module, s='avocado', b=b'bytes', d=3.14, i=35, n=None, t=True, f=False, local=the_number_three, sys=sys.maxsize, exp=sys.maxsize - 1)",
    test_with_docstring,
    'This docstring has a valid signature with parameters,\nand the parameters take defaults of varying types.',
  ),
  fastcall(
    'func_with_unrepresentable_signature',
    '($module, /, a, b=<x>)',
    test_with_docstring,
    'This docstring has a signature with unrepresentable default.',
  ),
  fastcall('test_with_docstring', null, test_with_docstring, 'This is a pretty normal docstring.'),
];

const DOC_METHODS = [
  method('meth_noargs', '!($self, /)', test_with_docstring, NO_SIGNATURE),
  method('meth_o', '!($self, o, /)', test_with_docstring, NO_SIGNATURE),
];

defineType({
  type: DocStringNoSignatureTest_Type,
  name: '_testcapi.DocStringNoSignatureTest',
  layout: plain,
  late: true,
  slots: { tp_new: newPlain },
  methods: [
    ...DOC_METHODS,
    classMethod('meth_noargs_class', '!($type, /)', test_with_docstring, NO_SIGNATURE),
    classMethod('meth_o_class', '!($type, o, /)', test_with_docstring, NO_SIGNATURE),
    fastcall('meth_noargs_static', null, test_with_docstring, NO_SIGNATURE, METH_STATIC),
    fastcall('meth_o_static', null, test_with_docstring, NO_SIGNATURE, METH_STATIC),
    fastcall('meth_noargs_coexist', null, test_with_docstring, NO_SIGNATURE, METH_COEXIST),
    fastcall('meth_o_coexist', null, test_with_docstring, NO_SIGNATURE, METH_COEXIST),
  ],
});
defineType({
  type: DocStringUnrepresentableSignatureTest_Type,
  name: '_testcapi.DocStringUnrepresentableSignatureTest',
  layout: plain,
  late: true,
  slots: { tp_new: newPlain },
  methods: [
    fastcall(
      'meth',
      '($self, /, a, b=<x>)',
      test_with_docstring,
      'This docstring has a signature with unrepresentable default.',
    ),
    fastcall(
      'classmeth',
      '($type, /, a, b=<x>)',
      test_with_docstring,
      'This docstring has a signature with unrepresentable default.',
      METH_CLASS,
    ),
    fastcall(
      'staticmeth',
      '(a, b=<x>)',
      test_with_docstring,
      'This docstring has a signature with unrepresentable default.',
      METH_STATIC,
    ),
    fastcall(
      'with_default',
      '($self, /, x=1)',
      test_with_docstring,
      'This instance method has a default parameter value.',
    ),
  ],
});

// --- versions of types (the cache of attributes)

function type_get_version(_m: Obj, type: Obj): Obj {
  if (!PyType_Check(type)) return PyErr_SetString(PyExc_TypeError, 'argument must be a type');
  return PyLong_FromLong(word(type, T.tp_version_tag) >>> 0);
}

function type_assign_version(_m: Obj, type: Obj): Obj {
  if (!PyType_Check(type)) return PyErr_SetString(PyExc_TypeError, 'argument must be a type');
  return PyLong_FromLong(assignVersionTag(type) ? 1 : 0);
}

export function type_modified(_m: Obj, type: Obj): Obj {
  if (!PyType_Check(type)) return PyErr_SetString(PyExc_TypeError, 'argument must be a type');
  PyType_Modified(type);
  return none();
}

export const TYPE_FUNCTIONS: readonly MethodDef[] = [
  method('buffer_fill_info', '!($module, source, readonly: int, flags: int, /)', buffer_fill_info),
  method('getbuffer_with_null_view', '!($module, obj, /)', getbuffer_with_null_view),
  method('make_memoryview_from_NULL_pointer', '!($module, /)', make_memoryview_from_NULL_pointer),
  method('with_tp_del', '!($module, cls, /)', with_tp_del),
  method('without_gc', '!($module, cls, /)', without_gc),
  method('type_get_version', '!($module, type, /)', type_get_version),
  method('type_assign_version', '!($module, type, /)', type_assign_version),
];

export const STATIC_TYPES = [
  matmulType,
  ipowType,
  awaitType,
  Generic_Type,
  GenericAlias_Type,
  ContainerNoGC_Type,
  DocStringNoSignatureTest_Type,
  DocStringUnrepresentableSignatureTest_Type,
];
