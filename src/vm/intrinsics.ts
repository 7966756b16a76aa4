// What do CALL_INTRINSIC_1 and CALL_INTRINSIC_2 call?  Invariant: operands are borrowed, results are new references or NULL with an exception.

import { H32 } from '../memory/linear.js';
import { PyObject_CallOneArg } from '../object/call.js';
import { PyDict_CheckExact, PyDict_SetItem } from '../object/dict.js';
import {
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_GivenExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  PyException_SetCause,
  PyException_SetContext,
  typeName,
} from '../object/errors.js';
import { decref, newref, xnewref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyList_AsTuple } from '../object/list.js';
import { PyMapping_Keys, PyObject_SetItem } from '../object/mapping.js';
import { PyNumber_Positive } from '../object/number.js';
import { PyObject_GetAttr, PyObject_GetOptionalAttr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_GetItem } from '../object/sequence.js';
import {
  Py_None,
  PyExc_ImportError,
  PyExc_IndexError,
  PyExc_RuntimeError,
  PyExc_StopAsyncIteration,
  PyExc_StopIteration,
  PyExc_SystemError,
  PyExc_TypeError,
} from '../object/statics.js';
import { asString, PyUnicode_Check, PyUnicode_GET_LENGTH, PyUnicode_READ_CHAR } from '../object/unicode.js';
import { CO_ASYNC_GENERATOR, CO_COROUTINE } from '../compiler/code_unit.js';
import * as O from '../compiler/opcodes.js';
import { _PyAsyncGenValueWrapperNew } from '../types/asyncgen.js';
import { co_flags } from '../types/code_layout.js';
import { func_typeparams } from '../types/function_layout.js';
import { _PyExc_PrepReraiseStar } from '../types/exceptions_group.js';
import { F_LOCALS, frameCode } from '../types/iframe.js';
import { PySys_GetObject } from './sys_state.js';

const s_dict = ID('__dict__');
const s_all = ID('__all__');
const s_name = ID('__name__');

/** src/modules/_typing: type variables and their kin. */
export const typingPort = {
  typeVar: (_name: Obj): Obj => noTyping(),
  paramSpec: (_name: Obj): Obj => noTyping(),
  typeVarTuple: (_name: Obj): Obj => noTyping(),
  /** Generic[*params] */
  subscriptGeneric: (_params: Obj): Obj => noTyping(),
  /** (name, type parameters, function that computes the value) */
  typeAlias: (_parts: Obj): Obj => noTyping(),
  typeVarWithBound: (_name: Obj, _bound: Obj): Obj => noTyping(),
  typeVarWithConstraints: (_name: Obj, _constraints: Obj): Obj => noTyping(),
  setDefault: (_param: Obj, _evaluate: Obj): Obj => noTyping(),
};

function noTyping(): Obj {
  return PyErr_SetString(PyExc_SystemError, 'this build has no _typing');
}

/** CALL_INTRINSIC_1. */
export function intrinsic1(frame: number, which: number, v: Obj): Obj {
  switch (which) {
    case O.INTRINSIC_PRINT: {
      const hook = PySys_GetObject('displayhook');
      if (hook === 0) return PyErr_SetString(PyExc_RuntimeError, 'lost sys.displayhook');
      newref(hook);
      const r = PyObject_CallOneArg(hook, v);
      decref(hook);
      return r;
    }
    case O.INTRINSIC_IMPORT_STAR: {
      const locals = H32[(frame + F_LOCALS) >> 2] as Obj;
      if (locals === 0) return PyErr_SetString(PyExc_SystemError, "no locals found during 'import *'");
      return importStar(locals, v) < 0 ? NULL : newref(Py_None);
    }
    case O.INTRINSIC_STOPITERATION_ERROR:
      return stopIterationError(frame, v);
    case O.INTRINSIC_ASYNC_GEN_WRAP:
      return _PyAsyncGenValueWrapperNew(v);
    case O.INTRINSIC_UNARY_POSITIVE:
      return PyNumber_Positive(v);
    case O.INTRINSIC_LIST_TO_TUPLE:
      return PyList_AsTuple(v);
    case O.INTRINSIC_TYPEVAR:
      return typingPort.typeVar(v);
    case O.INTRINSIC_PARAMSPEC:
      return typingPort.paramSpec(v);
    case O.INTRINSIC_TYPEVARTUPLE:
      return typingPort.typeVarTuple(v);
    case O.INTRINSIC_SUBSCRIPT_GENERIC:
      return typingPort.subscriptGeneric(v);
    case O.INTRINSIC_TYPEALIAS:
      return typingPort.typeAlias(v);
    default:
      return PyErr_SetString(PyExc_SystemError, 'invalid intrinsic function');
  }
}

/** CALL_INTRINSIC_2. */
export function intrinsic2(which: number, a: Obj, b: Obj): Obj {
  switch (which) {
    case O.INTRINSIC_PREP_RERAISE_STAR:
      return _PyExc_PrepReraiseStar(a, b);
    case O.INTRINSIC_TYPEVAR_WITH_BOUND:
      return typingPort.typeVarWithBound(a, b);
    case O.INTRINSIC_TYPEVAR_WITH_CONSTRAINTS:
      return typingPort.typeVarWithConstraints(a, b);
    case O.INTRINSIC_SET_FUNCTION_TYPE_PARAMS: {
      const old = H32[(a + func_typeparams) >> 2] as Obj;
      H32[(a + func_typeparams) >> 2] = xnewref(b);
      if (old !== 0) decref(old);
      return newref(a);
    }
    case O.INTRINSIC_SET_TYPEPARAM_DEFAULT:
      return typingPort.setDefault(a, b);
    default:
      return PyErr_SetString(PyExc_SystemError, 'invalid intrinsic function');
  }
}

/** A StopIteration that leaves a generator becomes a RuntimeError (PEP 479); others go on as they are. */
function stopIterationError(frame: number, e: Obj): Obj {
  const flags = H32[(frameCode(frame) + co_flags) >> 2];
  let message: string | null = null;
  if (PyErr_GivenExceptionMatches(e, PyExc_StopIteration)) {
    message = 'generator raised StopIteration';
    if (flags & CO_ASYNC_GENERATOR) message = 'async generator raised StopIteration';
    else if (flags & CO_COROUTINE) message = 'coroutine raised StopIteration';
  } else if (flags & CO_ASYNC_GENERATOR && PyErr_GivenExceptionMatches(e, PyExc_StopAsyncIteration)) {
    message = 'async generator raised StopAsyncIteration';
  }
  if (message === null) return newref(e);
  PyErr_SetString(PyExc_RuntimeError, message);
  const error = PyErr_GetRaisedException();
  PyException_SetCause(error, newref(e));
  PyException_SetContext(error, newref(e));
  return error;
}

/** `from module import *` into `locals`: 0, or -1. */
function importStar(locals: Obj, module: Obj): number {
  let names = PyObject_GetOptionalAttr(module, idObj(s_all));
  if (names === 0 && PyErr_Occurred() !== 0) return -1;
  let skipUnderscores = false;
  if (names === 0) {
    const dict = PyObject_GetOptionalAttr(module, idObj(s_dict));
    if (dict === 0) {
      if (PyErr_Occurred() === 0)
        PyErr_SetString(PyExc_ImportError, 'from-import-* object has no __dict__ and no __all__');
      return -1;
    }
    names = PyMapping_Keys(dict);
    decref(dict);
    if (names === 0) return -1;
    skipUnderscores = true;
  }
  let r = 0;
  for (let i = 0; ; i++) {
    const name = PySequence_GetItem(names, i);
    if (name === 0) {
      if (PyErr_ExceptionMatches(PyExc_IndexError)) PyErr_Clear();
      else r = -1;
      break;
    }
    r = starItem(locals, module, name, skipUnderscores);
    decref(name);
    if (r < 0) break;
  }
  decref(names);
  return r;
}

function starItem(locals: Obj, module: Obj, name: Obj, skipUnderscores: boolean): number {
  if (!PyUnicode_Check(name)) {
    const moduleName = PyObject_GetAttr(module, idObj(s_name));
    if (moduleName === 0) return -1;
    if (!PyUnicode_Check(moduleName)) {
      PyErr_SetString(PyExc_TypeError, `module __name__ must be a string, not ${typeName(moduleName)}`);
    } else if (skipUnderscores) {
      PyErr_SetString(PyExc_TypeError, `Key in ${asString(moduleName)}.__dict__ must be str, not ${typeName(name)}`);
    } else
      PyErr_SetString(PyExc_TypeError, `Item in ${asString(moduleName)}.__all__ must be str, not ${typeName(name)}`);
    decref(moduleName);
    return -1;
  }
  if (skipUnderscores && PyUnicode_GET_LENGTH(name) > 0 && PyUnicode_READ_CHAR(name, 0) === 95) return 0;
  const value = PyObject_GetAttr(module, name);
  if (value === 0) return -1;
  const r = PyDict_CheckExact(locals) ? PyDict_SetItem(locals, name, value) : PyObject_SetItem(locals, name, value);
  decref(value);
  return r;
}
