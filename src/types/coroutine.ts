// What is particular to coroutines?  Invariant: awaiting goes through a wrapper object only where Python code asks for __await__; the loop awaits
// the coroutine itself.

import { H32 } from '../memory/linear.js';
import { classMethod, defineType, fastcall, getset, method } from '../object/declare.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { newref } from '../object/header.js';
import { layout, ref } from '../object/layout.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyCoro_Type, PyCoroWrapper_Type } from '../object/statics.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import {
  _PyGen_Finalize,
  GENERATOR_FLAGS,
  gen_close,
  gen_dealloc,
  gen_iternext,
  gen_send,
  gen_throw,
  gen_traverse,
  get_code,
  get_frame,
  get_name,
  get_qualname,
  get_running,
  get_suspended,
  get_yf,
  PyGen_am_send,
  reprAs,
  set_name,
  set_qualname,
} from './generator.js';
import { Gen, gen_origin_or_finalizer } from './generator_layout.js';

const Wrapper = layout({ coroutine: ref });
const { coroutine: cw_coroutine } = Wrapper;

function coro_await(coro: Obj): Obj {
  const w = _PyObject_New(PyCoroWrapper_Type);
  if (w === 0) return NULL;
  H32[(w + cw_coroutine) >> 2] = newref(coro);
  PyObject_GC_Track(w);
  return w;
}

function get_origin(coro: Obj): Obj {
  const origin = H32[(coro + gen_origin_or_finalizer) >> 2] as Obj;
  return newref(origin === 0 ? Py_None : origin);
}

const of = (w: Obj): Obj => H32[(w + cw_coroutine) >> 2] as Obj;

const THROW_DOC =
  'throw(value)\nthrow(type[,value[,traceback]])\n\nRaise exception in coroutine, return next iterated value or raise\nStopIteration.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.';

defineType({
  type: PyCoro_Type,
  name: 'coroutine',
  layout: Gen,
  flags: GENERATOR_FLAGS,
  slots: {
    tp_new: null,
    tp_dealloc: gen_dealloc,
    tp_finalize: _PyGen_Finalize,
    tp_traverse: gen_traverse,
    tp_clear: null,
    tp_repr: reprAs('coroutine'),
    am_await: coro_await,
    am_send: PyGen_am_send,
  },
  methods: [
    classMethod('__class_getitem__', '($type, object, /)', Py_GenericAlias, 'See PEP 585'),
    method(
      'send',
      '!($self, arg, /)',
      gen_send,
      "send(arg) -> send 'arg' into coroutine,\nreturn next yielded value or raise StopIteration.",
    ),
    fastcall('throw', null, gen_throw, THROW_DOC),
    method('close', '!($self, /)', gen_close, 'close() -> raise GeneratorExit inside coroutine.'),
  ],
  getset: [
    getset('__name__', get_name, set_name, 'name of the coroutine'),
    getset('__qualname__', get_qualname, set_qualname, 'qualified name of the coroutine'),
    getset('cr_await', get_yf, null, 'object being awaited on, or None'),
    getset('cr_running', get_running),
    getset('cr_frame', get_frame),
    getset('cr_code', get_code),
    getset('cr_suspended', get_suspended),
    getset('cr_origin', get_origin),
  ],
});

defineType({
  type: PyCoroWrapper_Type,
  name: 'coroutine_wrapper',
  layout: Wrapper,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: 'A wrapper object implementing __await__ for coroutines.',
  slots: {
    tp_new: null,
    tp_iter: PyObject_SelfIter,
    tp_iternext: (w: Obj) => gen_iternext(of(w)),
    am_send: (w: Obj, arg: Obj) => PyGen_am_send(of(w), arg),
  },
  methods: [
    method(
      'send',
      '!($self, arg, /)',
      (w: Obj, arg: Obj) => gen_send(of(w), arg),
      "send(arg) -> send 'arg' into coroutine,\nreturn next yielded value or raise StopIteration.",
    ),
    fastcall(
      'throw',
      null,
      (w: Obj, args: number, nargs: number, kw: Obj) => gen_throw(of(w), args, nargs, kw),
      THROW_DOC,
    ),
    method('close', '!($self, /)', (w: Obj) => gen_close(of(w)), 'close() -> raise GeneratorExit inside coroutine.'),
  ],
});
