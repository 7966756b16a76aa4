// How does native code run Python code?  (PyEval_EvalCode and what sys and exec need of frames)  Invariant: all borrowed in, new references out.

import { H32 } from '../memory/linear.js';
import { PyDict_GetItemWithError, PyDict_SetItem } from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { port } from '../object/ports.js';
import { PyCell_Check, PyCell_GET } from '../object/cell.js';
import { PyBytes_AS_STRING } from '../object/bytes.js';
import { PyType_Check } from '../object/isinstance.js';
import { H8 } from '../memory/linear.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_RuntimeError, PyExc_SystemError } from '../object/statics.js';
import { PyTuple_GET_ITEM } from '../object/tuple.js';
import { asString } from '../object/unicode.js';
import { CO_FAST_CELL, CO_FAST_FREE } from '../compiler/code_unit.js';
import {
  co_argcount,
  co_localspluskinds,
  co_localsplusnames,
  co_nlocalsplus,
  codeStart,
} from '../types/code_layout.js';
import { func_closure } from '../types/function_layout.js';
import { PyFunction_New } from '../types/function.js';
import { makeCallFrame, vmPort } from '../types/function_call.js';
import { currentFrame, F_BUILTINS, F_GLOBALS, F_IP, F_LOCALSPLUS, frameCode } from '../types/iframe.js';
import { evalFrame } from './eval.js';
import { initialBuiltins } from './interpreter.js';

vmPort.evalFrame = evalFrame;

const s_builtins = ID('__builtins__');

/** The innermost frame's globals, borrowed, or NULL. */
export function PyEval_GetGlobals(): Obj {
  const frame = currentFrame();
  return frame === 0 ? NULL : (H32[(frame + F_GLOBALS) >> 2] as Obj);
}

/** The innermost frame's builtins, or the interpreter's: borrowed. */
export function PyEval_GetBuiltins(): Obj {
  const frame = currentFrame();
  return frame === 0 ? initialBuiltins() : (H32[(frame + F_BUILTINS) >> 2] as Obj);
}

port.currentGlobals = PyEval_GetGlobals;
port.currentBuiltins = PyEval_GetBuiltins;

/**
 * Runs `code` with `globals` and `locals` (NULL: the same) and, if it has free variables, `closure`: a new reference, or NULL.  `__builtins__` is put into
 * globals if it lacks them.
 */
export function PyEval_EvalCode(code: Obj, globals: Obj, locals: Obj, closure: Obj = NULL): Obj {
  const frame = codeFrame(code, globals, locals, closure);
  return frame === 0 ? NULL : evalFrame(frame, false);
}

/** As PyEval_EvalCode for a module's code that its caller has no other use for: `code` is stolen, so that while it runs only its frame owns it. */
export function evalModuleCode(code: Obj, dict: Obj): Obj {
  const frame = codeFrame(code, dict, dict, NULL);
  decref(code);
  return frame === 0 ? NULL : evalFrame(frame, false);
}

/** A frame that is ready to run `code`, or 0 with an exception. */
function codeFrame(code: Obj, globals: Obj, locals: Obj, closure: Obj): number {
  if (globals === 0) return PyErr_SetString(PyExc_SystemError, 'PyEval_EvalCodeEx: NULL globals');
  if (PyDict_GetItemWithError(globals, idObj(s_builtins)) === 0) {
    if (PyErr_Occurred() !== 0) return 0;
    if (PyDict_SetItem(globals, idObj(s_builtins), PyEval_GetBuiltins()) < 0) return 0;
  }
  const func = PyFunction_New(code, globals);
  if (func === 0) return 0;
  if (closure !== 0) H32[(func + func_closure) >> 2] = newref(closure);
  const frame = makeCallFrame(func, newref(locals === 0 ? globals : locals), 0, 0, NULL);
  decref(func);
  return frame;
}

const CLASS_CELL = '__class__';

/** What super() without arguments means in the calling frame (super_init_without_args). */
port.superFromFrame = () => {
  const fail = (message: string): null => {
    PyErr_SetString(PyExc_RuntimeError, message);
    return null;
  };
  const frame = currentFrame();
  if (frame === 0) return fail('super(): no current frame');
  const code = frameCode(frame);
  if (H32[(code + co_argcount) >> 2] === 0) return fail('super(): no arguments');
  const lp = (frame + F_LOCALSPLUS) >> 2;
  let obj = H32[lp] as Obj;
  const kinds = PyBytes_AS_STRING(H32[(code + co_localspluskinds) >> 2] as Obj);
  // The first argument may have been moved into a cell.
  if (obj !== 0 && PyCell_Check(obj) && H8[kinds] & CO_FAST_CELL && H32[(frame + F_IP) >> 2] > codeStart(code))
    obj = PyCell_GET(obj);
  if (obj === 0) return fail('super(): arg[0] deleted');
  const names = H32[(code + co_localsplusnames) >> 2] as Obj;
  const n = H32[(code + co_nlocalsplus) >> 2];
  for (let i = 0; i < n; i++) {
    if (!(H8[kinds + i] & CO_FAST_FREE) || asString(PyTuple_GET_ITEM(names, i)) !== CLASS_CELL) continue;
    const cell = H32[lp + i] as Obj;
    if (cell === 0 || !PyCell_Check(cell)) return fail('super(): bad __class__ cell');
    const type = PyCell_GET(cell);
    if (type === 0) return fail('super(): empty __class__ cell');
    if (!PyType_Check(type)) return fail(`super(): __class__ is not a type (${typeName(type)})`);
    return { type, obj };
  }
  return fail('super(): __class__ cell not found');
};
