// What do the exceptions with a value, a code or a name know?  (StopIteration, SystemExit, ImportError, NameError, AttributeError)
//
// Invariant: the fields are set from the arguments by tp_init, each an owned reference or NULL, and are plain attributes afterwards.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { defineType, member, method } from '../object/declare.js';
import { PyDict_Copy, PyDict_New, PyDict_SetItemString } from '../object/dict.js';
import { AttributeErrorExc, BaseExc } from '../object/exc_layout.js';
import { decref, newref, Py_TYPE, xnewref } from '../object/header.js';
import { layout, ref } from '../object/layout.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import * as S from '../object/statics.js';
import { emptyTuple, Py_None } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import { PyUnicode_CheckExact } from '../object/unicode.js';
import { argsOf, BaseException_init, BaseException_str, EXC_FLAGS, setRef, simpleException } from './exceptions.js';

const writable = (doc: string) => ({ writable: true, doc });

// StopIteration
export const StopIterationExc = layout({ value: ref }, { base: BaseExc.info });
export const { value: exc_value } = StopIterationExc;

function StopIteration_init(e: Obj, args: Obj, kwargs: Obj): number {
  if (BaseException_init(e, args, kwargs) < 0) return -1;
  setRef(e, exc_value, newref(PyTuple_GET_SIZE(args) > 0 ? PyTuple_GET_ITEM(args, 0) : Py_None));
  return 0;
}

defineType({
  type: S.PyExc_StopIteration,
  name: 'StopIteration',
  base: S.PyExc_Exception,
  layout: StopIterationExc,
  flags: EXC_FLAGS,
  doc: 'Signal the end from iterator.__next__().',
  slots: { tp_init: StopIteration_init },
  members: [member('value', 'object', exc_value, writable('generator return value'))],
});

// SystemExit
export const SystemExitExc = layout({ code: ref }, { base: BaseExc.info });
export const { code: exc_code } = SystemExitExc;

function SystemExit_init(e: Obj, args: Obj, kwargs: Obj): number {
  if (BaseException_init(e, args, kwargs) < 0) return -1;
  const n = PyTuple_GET_SIZE(args);
  if (n > 0) setRef(e, exc_code, newref(n === 1 ? PyTuple_GET_ITEM(args, 0) : args));
  return 0;
}

defineType({
  type: S.PyExc_SystemExit,
  name: 'SystemExit',
  base: S.PyExc_BaseException,
  layout: SystemExitExc,
  flags: EXC_FLAGS,
  doc: 'Request to exit from the interpreter.',
  slots: { tp_init: SystemExit_init },
  members: [member('code', 'object', exc_code, writable('exception code'))],
});

// ImportError
export const ImportErrorExc = layout({ msg: ref, name: ref, path: ref, name_from: ref }, { base: BaseExc.info });
const IMPORT_SIG = parseSignature('ImportError', '(*, name=<none>, path=<none>, name_from=<none>)');

function ImportError_init(e: Obj, args: Obj, kwargs: Obj): number {
  if (BaseException_init(e, args, NULL) < 0) return -1;
  if (!bindTuple(IMPORT_SIG, emptyTuple, kwargs)) return -1;
  const [name, path, nameFrom] = bound as Obj[];
  setRef(e, ImportErrorExc.name, xnewref(name));
  setRef(e, ImportErrorExc.path, xnewref(path));
  setRef(e, ImportErrorExc.name_from, xnewref(nameFrom));
  setRef(e, ImportErrorExc.msg, PyTuple_GET_SIZE(args) === 1 ? newref(PyTuple_GET_ITEM(args, 0)) : NULL);
  return 0;
}

function ImportError_str(e: Obj): Obj {
  const msg = H32[(e + ImportErrorExc.msg) >> 2] as Obj;
  return msg !== 0 && PyUnicode_CheckExact(msg) ? newref(msg) : BaseException_str(e);
}

/** A copy of the instance dictionary with the given fields that are set: new; None if there is neither; NULL with an error. */
function stateWith(e: Obj, fields: readonly (readonly [string, number])[]): Obj {
  const dict = H32[(e + BaseExc.dict) >> 2] as Obj;
  if (!fields.some(([, offset]) => H32[(e + offset) >> 2] !== 0)) return newref(dict === 0 ? Py_None : dict);
  const state = dict === 0 ? PyDict_New() : PyDict_Copy(dict);
  if (state === 0) return NULL;
  for (const [name, offset] of fields) {
    const value = H32[(e + offset) >> 2] as Obj;
    if (value !== 0 && PyDict_SetItemString(state, name, value) < 0) {
      decref(state);
      return NULL;
    }
  }
  return state;
}

function ImportError_reduce(e: Obj): Obj {
  const state = stateWith(e, [
    ['name', ImportErrorExc.name],
    ['path', ImportErrorExc.path],
    ['name_from', ImportErrorExc.name_from],
  ]);
  if (state === 0) return NULL;
  const r = state === Py_None ? PyTuple_Pack(Py_TYPE(e), argsOf(e)) : PyTuple_Pack(Py_TYPE(e), argsOf(e), state);
  decref(state);
  return r;
}

defineType({
  type: S.PyExc_ImportError,
  name: 'ImportError',
  base: S.PyExc_Exception,
  layout: ImportErrorExc,
  flags: EXC_FLAGS,
  doc: "Import can't find module, or can't find name in module.",
  slots: { tp_init: ImportError_init, tp_str: ImportError_str },
  methods: [method('__reduce__', '($self, /)', ImportError_reduce)],
  members: [
    member('msg', 'object', ImportErrorExc.msg, writable('exception message')),
    member('name', 'object', ImportErrorExc.name, writable('module name')),
    member('path', 'object', ImportErrorExc.path, writable('module path')),
    member('name_from', 'object', ImportErrorExc.name_from, writable('name imported from module')),
  ],
});
simpleException(
  S.PyExc_ModuleNotFoundError,
  'ModuleNotFoundError',
  S.PyExc_ImportError,
  'Module not found.',
  ImportErrorExc.info,
  false,
);

// NameError
export const NameErrorExc = layout({ name: ref }, { base: BaseExc.info });
const NAME_SIG = parseSignature('NameError', '(*, name=<none>)');

function NameError_init(e: Obj, args: Obj, kwargs: Obj): number {
  if (BaseException_init(e, args, NULL) < 0) return -1;
  if (!bindTuple(NAME_SIG, emptyTuple, kwargs)) return -1;
  setRef(e, NameErrorExc.name, xnewref(bound[0] as Obj));
  return 0;
}

defineType({
  type: S.PyExc_NameError,
  name: 'NameError',
  base: S.PyExc_Exception,
  layout: NameErrorExc,
  flags: EXC_FLAGS,
  doc: 'Name not found globally.',
  slots: { tp_init: NameError_init, tp_str: BaseException_str },
  members: [member('name', 'object', NameErrorExc.name, writable('name'))],
});
simpleException(
  S.PyExc_UnboundLocalError,
  'UnboundLocalError',
  S.PyExc_NameError,
  'Local name referenced but not bound to a value.',
  NameErrorExc.info,
  false,
);

// AttributeError
const ATTRIBUTE_SIG = parseSignature('AttributeError', '(*, name=<none>, obj=<none>)');

function AttributeError_init(e: Obj, args: Obj, kwargs: Obj): number {
  if (BaseException_init(e, args, NULL) < 0) return -1;
  if (!bindTuple(ATTRIBUTE_SIG, emptyTuple, kwargs)) return -1;
  const [name, obj] = bound as Obj[];
  setRef(e, AttributeErrorExc.name, xnewref(name));
  setRef(e, AttributeErrorExc.obj, xnewref(obj));
  return 0;
}

// `obj` stays behind: there are many objects that cannot be pickled.
function AttributeError_getstate(e: Obj): Obj {
  return stateWith(e, [
    ['name', AttributeErrorExc.name],
    ['args', BaseExc.args],
  ]);
}

function AttributeError_reduce(e: Obj): Obj {
  const state = AttributeError_getstate(e);
  if (state === 0) return NULL;
  const r = PyTuple_Pack(Py_TYPE(e), argsOf(e), state);
  decref(state);
  return r;
}

defineType({
  type: S.PyExc_AttributeError,
  name: 'AttributeError',
  base: S.PyExc_Exception,
  layout: AttributeErrorExc,
  flags: EXC_FLAGS,
  doc: 'Attribute not found.',
  slots: { tp_init: AttributeError_init, tp_str: BaseException_str },
  methods: [
    method('__getstate__', '($self, /)', AttributeError_getstate),
    method('__reduce__', '($self, /)', AttributeError_reduce),
  ],
  members: [
    member('name', 'object', AttributeErrorExc.name, writable('attribute name')),
    member('obj', 'object', AttributeErrorExc.obj, writable('object')),
  ],
});
