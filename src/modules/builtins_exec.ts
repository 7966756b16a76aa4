// compile(), eval(), exec(), globals() and locals(): how does source become code, and where does it run?

import { H32, H8 } from '../memory/linear.js';
import {
  BUF_buf,
  BUF_len,
  freeView,
  newView,
  PyBUF_SIMPLE,
  PyBuffer_Release,
  PyObject_CheckBuffer,
  PyObject_GetBuffer,
} from '../object/buffer.js';
import { PyObject_CallNoArgs } from '../object/call.js';
import { PyUnicode_AsEncodedString, PyUnicode_DecodeFSDefaultAndSize } from '../types/codec.js';
import { _PyObject_LookupSpecial } from '../object/type_lookup.js';
import { type MethodDef, method } from '../object/declare.js';
import { PyDict_Check, PyDict_Contains, PyDict_SetItem } from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyMapping_Check } from '../object/mapping.js';
import { PyCell_Check } from '../object/cell.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_None,
  PyCode_Type,
  PyExc_SyntaxError,
  PyExc_SystemError,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import { PyTuple_CheckExact, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { asBytes, ob_sval, PyBytes_Check, PyBytes_GET_SIZE } from '../object/bytes.js';
import {
  PyCF_ALLOW_INCOMPLETE_INPUT,
  PyCF_ALLOW_TOP_LEVEL_AWAIT,
  PyCF_DONT_IMPLY_DEDENT,
  PyCF_MASK,
  PyCF_MASK_OBSOLETE,
  PyCF_ONLY_AST,
  PyCF_OPTIMIZED_AST,
  PyCF_SOURCE_IS_UTF8,
  PyCF_TYPE_COMMENTS,
} from '../compiler/code_unit.js';
import type { ParseMode } from '../compiler/parser.js';
import { co_flags, co_nfreevars } from '../types/code_layout.js';
import { currentFrame, frameCode } from '../types/iframe.js';
import { frameLocals } from '../types/frame_locals.js';
import { astPort, compileNode, compileSource } from '../vm/compile_source.js';
import { PyEval_EvalCode, PyEval_GetBuiltins, PyEval_GetGlobals } from '../vm/call_python.js';

const s_builtins = ID('__builtins__');
const ALL_FLAGS =
  PyCF_MASK |
  PyCF_MASK_OBSOLETE |
  PyCF_SOURCE_IS_UTF8 |
  PyCF_DONT_IMPLY_DEDENT |
  PyCF_TYPE_COMMENTS |
  PyCF_ALLOW_TOP_LEVEL_AWAIT |
  PyCF_ALLOW_INCOMPLETE_INPUT |
  PyCF_ONLY_AST |
  PyCF_OPTIMIZED_AST;

/** The future flags of the code that calls, which what it compiles inherits. */
function inheritedFlags(): number {
  const frame = currentFrame();
  return frame === 0 ? 0 : H32[(frameCode(frame) + co_flags) >> 2] & PyCF_MASK;
}

/** Source text from what compile(), eval() and exec() take: text or bytes; null with an exception. */
export function sourceText(o: Obj, func: string, what: string): string | Uint8Array | null {
  let text: string | Uint8Array;
  if (PyUnicode_Check(o)) {
    text = asString(o);
    // Lone surrogates cannot be encoded, so they cannot be source: the encoder says so.
    if (/[\ud800-\udfff]/u.test(text)) {
      const r = PyUnicode_AsEncodedString(o, NULL, NULL);
      if (r !== 0) decref(r);
      return null;
    }
  } else if (PyBytes_Check(o)) text = asBytes(o).slice();
  else {
    if (!PyObject_CheckBuffer(o)) {
      PyErr_SetString(PyExc_TypeError, `${func}() arg 1 must be a ${what} object`);
      return null;
    }
    const view = newView();
    if (view === 0) return null;
    if (PyObject_GetBuffer(o, view, PyBUF_SIMPLE) < 0) {
      freeView(view);
      return null;
    }
    const p = H32[(view + BUF_buf) >> 2];
    text = H8.slice(p, p + H32[(view + BUF_len) >> 2]);
    PyBuffer_Release(view);
    freeView(view);
  }
  const nul = typeof text === 'string' ? text.includes('\0') : text.includes(0);
  if (nul) {
    PyErr_SetString(PyExc_SyntaxError, 'source code string cannot contain null bytes');
    return null;
  }
  return text;
}

const s_fspath = ID('__fspath__');

/** A file name as str (PyUnicode_FSDecoder): a new reference, or NULL. */
export function filenameOf(path: Obj): Obj {
  if (PyUnicode_Check(path)) return newref(path);
  if (PyBytes_Check(path)) return PyUnicode_DecodeFSDefaultAndSize(path + ob_sval, PyBytes_GET_SIZE(path));
  const f = _PyObject_LookupSpecial(path, idObj(s_fspath));
  if (f === 0) {
    if (PyErr_Occurred() === 0)
      PyErr_SetString(PyExc_TypeError, `expected str, bytes or os.PathLike object, not ${typeName(path)}`);
    return NULL;
  }
  const r = PyObject_CallNoArgs(f);
  decref(f);
  if (r === 0) return NULL;
  if (!PyUnicode_Check(r) && !PyBytes_Check(r)) {
    PyErr_SetString(
      PyExc_TypeError,
      `expected ${typeName(path)}.__fspath__() to return str or bytes, not ${typeName(r)}`,
    );
    decref(r);
    return NULL;
  }
  const name = filenameOf(r);
  decref(r);
  return name;
}

const MODES: readonly ParseMode[] = ['exec', 'eval', 'single', 'func_type'];

function builtin_compile(
  _m: Obj,
  source: Obj,
  path: Obj,
  modeObj: Obj,
  flags: number,
  dontInherit: number,
  optimize: number,
  featureVersion: number,
): Obj {
  const filename = filenameOf(path);
  if (filename === 0) return NULL;
  const r = compileAny(source, filename, asString(modeObj), flags, dontInherit !== 0, optimize, featureVersion);
  decref(filename);
  return r;
}

function compileAny(
  source: Obj,
  filename: Obj,
  mode: string,
  flags: number,
  dontInherit: boolean,
  optimize: number,
  featureVersion: number,
): Obj {
  if (flags & ~ALL_FLAGS) return PyErr_SetString(PyExc_ValueError, 'compile(): unrecognised flags');
  if (optimize < -1 || optimize > 2) return PyErr_SetString(PyExc_ValueError, 'compile(): invalid optimize value');
  if (!dontInherit) flags |= inheritedFlags();
  const k = MODES.indexOf(mode as ParseMode);
  if (k < 0 || (k === 3 && !(flags & PyCF_ONLY_AST))) {
    if (k === 3) return PyErr_SetString(PyExc_ValueError, "compile() mode 'func_type' requires flag PyCF_ONLY_AST");
    const either = flags & PyCF_ONLY_AST ? "'exec', 'eval', 'single' or 'func_type'" : "'exec', 'eval' or 'single'";
    return PyErr_SetString(PyExc_ValueError, `compile() mode must be ${either}`);
  }
  const isAst = astPort.check(source);
  if (isAst < 0) return NULL;
  if (isAst > 0) {
    return compileNode(source, filename, MODES[k], flags, optimize);
  }
  const text = sourceText(source, 'compile', 'string, bytes or AST');
  if (text === null) return NULL;
  const versioned = flags & PyCF_ONLY_AST && featureVersion >= 0;
  return compileSource(text, filename, MODES[k], flags, optimize, versioned ? { featureVersion } : {});
}

/** Puts the current builtins into globals that have none: 0, or -1. */
function ensureBuiltins(globals: Obj): number {
  const there = PyDict_Contains(globals, idObj(s_builtins));
  if (there !== 0) return there < 0 ? -1 : 0;
  return PyDict_SetItem(globals, idObj(s_builtins), PyEval_GetBuiltins());
}

/** The locals of the running frame: a new reference, or NULL (PyEval_GetFrameLocals). */
export function locals(): Obj {
  const frame = currentFrame();
  if (frame === 0) return PyErr_SetString(PyExc_SystemError, 'frame does not exist');
  return frameLocals(frame);
}

interface Scope {
  globals: Obj;
  locals: Obj;
  /** Whether `locals` is owned. */
  owned: boolean;
}

function scopeOf(globals: Obj, given: Obj, func: string): Scope | null {
  if (given !== Py_None && !PyMapping_Check(given)) {
    const what =
      func === 'eval' ? 'locals must be a mapping' : `locals must be a mapping or None, not ${typeName(given)}`;
    PyErr_SetString(PyExc_TypeError, func === 'eval' ? what : `${func}() ${what}`);
    return null;
  }
  if (globals !== Py_None && !PyDict_Check(globals)) {
    if (func === 'eval') {
      PyErr_SetString(
        PyExc_TypeError,
        PyMapping_Check(globals)
          ? 'globals must be a real dict; try eval(code, {}, mapping)'
          : 'globals must be a dict',
      );
    } else PyErr_SetString(PyExc_TypeError, `${func}() globals must be a dict, not ${typeName(globals)}`);
    return null;
  }
  if (globals !== Py_None) return { globals, locals: given === Py_None ? globals : given, owned: false };
  const own = PyEval_GetGlobals();
  if (own === 0) {
    PyErr_SetString(PyExc_SystemError, `globals and locals cannot be NULL`);
    return null;
  }
  if (given !== Py_None) return { globals: own, locals: given, owned: false };
  const l = locals();
  return l === 0 ? null : { globals: own, locals: l, owned: true };
}

function builtin_eval(_m: Obj, source: Obj, globals: Obj, given: Obj): Obj {
  const scope = scopeOf(globals, given, 'eval');
  if (scope === null) return NULL;
  newref(scope.globals);
  const r = evalIn(source, scope);
  decref(scope.globals);
  if (scope.owned) decref(scope.locals);
  return r;
}

function evalIn(source: Obj, scope: Scope): Obj {
  if (ensureBuiltins(scope.globals) < 0) return NULL;
  if (Py_TYPE(source) === PyCode_Type) {
    if (H32[(source + co_nfreevars) >> 2] > 0) {
      return PyErr_SetString(PyExc_TypeError, 'code object passed to eval() may not contain free variables');
    }
    return PyEval_EvalCode(source, scope.globals, scope.locals);
  }
  let text = sourceText(source, 'eval', 'string, bytes or code');
  if (text === null) return NULL;
  if (typeof text === 'string') text = text.replace(/^[ \t]+/, '');
  else {
    let i = 0;
    while (text[i] === 32 || text[i] === 9) i++;
    text = text.subarray(i);
  }
  return runText(text, 'eval', scope, NULL);
}

function runText(text: string | Uint8Array, mode: ParseMode, scope: Scope, closure: Obj): Obj {
  const filename = PyUnicode_FromString('<string>');
  if (filename === 0) return NULL;
  const code = compileSource(text, filename, mode, inheritedFlags(), -1);
  decref(filename);
  if (code === 0) return NULL;
  const r = PyEval_EvalCode(code, scope.globals, scope.locals, closure);
  decref(code);
  return r;
}

function builtin_exec(_m: Obj, source: Obj, globals: Obj, given: Obj, closure: Obj): Obj {
  const scope = scopeOf(globals, given, 'exec');
  if (scope === null) return NULL;
  newref(scope.globals);
  const r = execIn(source, scope, closure === Py_None ? NULL : closure);
  decref(scope.globals);
  if (scope.owned) decref(scope.locals);
  if (r === 0) return NULL;
  decref(r);
  return newref(Py_None);
}

function execIn(source: Obj, scope: Scope, closure: Obj): Obj {
  if (ensureBuiltins(scope.globals) < 0) return NULL;
  if (Py_TYPE(source) === PyCode_Type) {
    const nfree = H32[(source + co_nfreevars) >> 2];
    if (nfree === 0) {
      if (closure !== 0) return PyErr_SetString(PyExc_TypeError, 'cannot use a closure with this code object');
    } else {
      let ok = closure !== 0 && PyTuple_CheckExact(closure) && PyTuple_GET_SIZE(closure) === nfree;
      for (let i = 0; ok && i < nfree; i++) ok = PyCell_Check(PyTuple_GET_ITEM(closure, i));
      if (!ok) return PyErr_SetString(PyExc_TypeError, `code object requires a closure of exactly length ${nfree}`);
    }
    return PyEval_EvalCode(source, scope.globals, scope.locals, closure);
  }
  if (closure !== 0) return PyErr_SetString(PyExc_TypeError, 'closure can only be used when source is a code object');
  const text = sourceText(source, 'exec', 'string, bytes or code');
  return text === null ? NULL : runText(text, 'exec', scope, NULL);
}

function builtin_globals(_m: Obj): Obj {
  const g = PyEval_GetGlobals();
  return newref(g === 0 ? Py_None : g);
}

export const execFunctions: readonly MethodDef[] = [
  method(
    'compile',
    '($module, /, source, filename, mode: str, flags: int = 0, dont_inherit: bool = False, optimize: int = -1, *, _feature_version: int = -1)',
    builtin_compile,
    'Compile source into a code object that exec() or eval() can run.',
  ),
  method(
    'eval',
    '($module, source, /, globals=None, locals=None)',
    builtin_eval,
    'Evaluate an expression (source or code object) with the given globals and locals.',
  ),
  method(
    'exec',
    '($module, source, /, globals=None, locals=None, *, closure=None)',
    builtin_exec,
    'Execute statements (source or code object) with the given globals and locals.',
  ),
  method('globals', '($module, /)', builtin_globals, "Return the dictionary of the current scope's global variables."),
  method('locals', '($module, /)', () => locals(), "Return a dictionary of the current scope's local variables."),
];
