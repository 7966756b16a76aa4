// What do the tests ask of code objects, frames and interpreters?  (the parts of _testcapi and _testinternalcapi about them)

import { H32, H8 } from '../memory/linear.js';
import { PyObject_Call } from '../object/call.js';
import { type MethodDef, method } from '../object/declare.js';
import {
  _PyDict_GetItem_KnownHash,
  ma_keys,
  PyDict_Check,
  PyDict_New,
  PyDict_SetItem,
  PyDict_SetItemString,
} from '../object/dict.js';
import { DICT_KEYS_SPLIT, dk_kind } from '../object/dict_keys.js';
import {
  native_depth,
  native_limit,
  PyErr_BadInternalCall,
  PyErr_Occurred,
  PyErr_SetObject,
  PyErr_SetString,
} from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { PyCFunction_NewEx } from '../object/descr.js';
import { PyList_Append, PyList_Check } from '../object/list.js';
import { PyLong_AsLong, PyLong_FromLong } from '../object/long.js';
import { _PyObject_GetDictPtr, PyBool_FromLong, PyObject_GetAttrString } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyCode_Type, PyExc_Exception, PyExc_KeyError, PyExc_TypeError } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_Pack } from '../object/tuple.js';
import { Py_TPFLAGS_INLINE_VALUES, tp_flags } from '../object/type_layout.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { PyBytes_AS_STRING } from '../object/bytes.js';
import { CACHE_ENTRIES, LOAD_CONST, RETURN_VALUE } from '../compiler/opcodes.js';
import { originalOpcode } from '../types/code_build.js';
import {
  co_consts,
  co_framesize,
  co_localspluskinds,
  co_localsplusnames,
  codeStart,
  codeUnits,
  lineOfUnit,
} from '../types/code_layout.js';
import { PyEval_GetFrame, PyFrame_GetLineNumber } from '../types/frame.js';
import { f_trace } from '../types/frame_object.js';
import { py_recursion_limit, py_recursion_remaining } from '../types/iframe.js';
import { compileSource } from '../vm/compile_source.js';
import { setTrace } from '../vm/tracing.js';
import { none } from './testcapi_util.js';

const word = (o: Obj, offset: number): number => H32[(o + offset) >> 2];

function needCode(o: Obj): boolean {
  if (Py_TYPE(o) === PyCode_Type) return true;
  PyErr_SetString(PyExc_TypeError, 'argument must be a code object');
  return false;
}

/** f(**kwargs) with values that are stolen: a new reference, or NULL. */
function callWith(f: Obj, kwargs: Record<string, Obj>): Obj {
  const dict = PyDict_New();
  const args = PyTuple_New(0);
  let ok = dict !== 0 && args !== 0;
  for (const [name, value] of Object.entries(kwargs)) {
    ok = ok && value !== 0 && PyDict_SetItemString(dict, name, value) === 0;
    xdecref(value);
  }
  const r = ok ? PyObject_Call(f, args, dict) : NULL;
  xdecref(dict);
  xdecref(args);
  return r;
}

/** Code that does nothing but raise, under another's name (PyCode_NewEmpty). */
function code_newempty(_m: Obj, filename: Obj, funcname: Obj, line: number): Obj {
  const source = PyUnicode_FromString('raise AssertionError');
  const code = source === 0 ? NULL : compileSource(asString(source), filename, 'exec', 0, -1);
  xdecref(source);
  const replace = code === 0 ? NULL : PyObject_GetAttrString(code, 'replace');
  xdecref(code);
  if (replace === 0) return NULL;
  const r = callWith(replace, {
    co_name: newref(funcname),
    co_qualname: newref(funcname),
    co_firstlineno: PyLong_FromLong(line),
  });
  decref(replace);
  return r;
}

function code_offset_to_line(_m: Obj, code: Obj, offset: number): Obj {
  return needCode(code) ? PyLong_FromLong(lineOfUnit(code, offset >> 1)) : NULL;
}

/** Compiles bytes as they stand, in no declared encoding. */
function Py_CompileStringExFlags(_m: Obj, source: Obj, filename: Obj, _start: number, flags: number): Obj {
  const str = PyObject_GetAttrString(source, 'decode');
  const encoding = str === 0 ? NULL : PyUnicode_FromString('utf-8');
  const args = encoding === 0 ? NULL : PyTuple_Pack(encoding);
  const text = args === 0 ? NULL : PyObject_Call(str, args, NULL);
  for (const o of [str, encoding, args]) xdecref(o);
  if (text === 0) return NULL;
  const r = compileSource(asString(text), filename, 'exec', flags & ~0x0800, -1);
  decref(text);
  return r;
}

// --- tracing by a native function

const EVENTS = ['call', 'exception', 'line', 'return', 'c_call', 'c_exception', 'c_return', 'opcode'];

/** The trace function of settrace_to_record: self is the list. */
function record(list: Obj, frame: Obj, what: Obj, arg: Obj): Obj {
  const line = PyFrame_GetLineNumber(frame);
  const number = PyLong_FromLong(EVENTS.indexOf(asString(what)));
  const lineObj = PyLong_FromLong(line);
  const event = number === 0 || lineObj === 0 ? NULL : PyTuple_Pack(number, lineObj, arg);
  const ok = event !== 0 && PyList_Append(list, event) === 0;
  for (const o of [number, lineObj, event]) xdecref(o);
  if (!ok) return NULL;
  // It stays the frame's trace function too.
  return PyCFunction_NewEx(recordDef.ml, list, NULL);
}

function fail(_list: Obj, _frame: Obj, _what: Obj, _arg: Obj): Obj {
  PyErr_SetObject(PyExc_Exception, NULL);
  return NULL;
}

const recordDef = method('record', '!($self, frame, what, arg, /)', record);
const failDef = method('error', '!($self, frame, what, arg, /)', fail);

const settraceTo = (def: MethodDef) => (_m: Obj, list: Obj) => {
  if (!PyList_Check(list)) return PyErr_SetString(PyExc_TypeError, 'argument must be list');
  const f = PyCFunction_NewEx(def.ml, list, NULL);
  if (f === 0) return NULL;
  // A native trace function hears of the frame that is running, too.
  const frame = PyEval_GetFrame();
  if (frame !== 0) {
    const old = word(frame, f_trace) as Obj;
    H32[(frame + f_trace) >> 2] = newref(f);
    xdecref(old);
  }
  const r = setTrace(f);
  decref(f);
  return r < 0 ? NULL : none();
};

export const CODE_FUNCTIONS: readonly MethodDef[] = [
  method('code_newempty', '!($module, filename: str, funcname: str, lineno: int, /)', code_newempty),
  method('code_offset_to_line', '!($module, code, offset: int, /)', code_offset_to_line),
  method('Py_CompileStringExFlags', '!($module, source, filename, start: int, flags: int, /)', Py_CompileStringExFlags),
  method('settrace_to_record', '!($module, list, /)', settraceTo(recordDef)),
  method('settrace_to_error', '!($module, list, /)', settraceTo(failDef)),
];

// --- _testinternalcapi

function get_co_framesize(_m: Obj, code: Obj): Obj {
  return needCode(code) ? PyLong_FromLong(word(code, co_framesize)) : NULL;
}

function get_co_localskinds(_m: Obj, code: Obj): Obj {
  if (!needCode(code)) return NULL;
  const names = word(code, co_localsplusnames) as Obj;
  const kinds = PyBytes_AS_STRING(word(code, co_localspluskinds) as Obj);
  const dict = PyDict_New();
  for (let i = 0; dict !== 0 && i < PyTuple_GET_SIZE(names); i++) {
    const kind = PyLong_FromLong(H8[kinds + i]);
    const ok = kind !== 0 && PyDict_SetItem(dict, PyTuple_GET_ITEM(names, i), kind) === 0;
    xdecref(kind);
    if (!ok) {
      decref(dict);
      return NULL;
    }
  }
  return dict;
}

/** Whether every `return` of the code returns the constant None. */
function code_returns_only_none(_m: Obj, code: Obj): Obj {
  if (!needCode(code)) return NULL;
  const consts = word(code, co_consts) as Obj;
  const n = codeUnits(code);
  const start = codeStart(code);
  let before = -1;
  for (let i = 0; i < n; ) {
    const op = originalOpcode(code, i);
    if (op === RETURN_VALUE) {
      const none = before >= 0 && originalOpcode(code, before) === LOAD_CONST;
      if (!none || PyTuple_GET_ITEM(consts, H8[((start + before) << 1) + 1]) !== Py_None) return PyBool_FromLong(false);
    }
    before = i;
    i += 1 + CACHE_ENTRIES[op];
  }
  return PyBool_FromLong(true);
}

function dict_getitem_knownhash(_m: Obj, dict: Obj, key: Obj, hash: Obj): Obj {
  const h = PyLong_AsLong(hash);
  if (h === -1 && PyErr_Occurred() !== 0) return NULL;
  if (!PyDict_Check(dict)) return PyErr_BadInternalCall();
  const r = _PyDict_GetItem_KnownHash(dict, key, h);
  if (r !== 0) return newref(r);
  if (PyErr_Occurred() === 0) PyErr_SetObject(PyExc_KeyError, key);
  return NULL;
}

function instanceDict(o: Obj): Obj {
  const at = _PyObject_GetDictPtr(o);
  return at === 0 ? NULL : (H32[at >> 2] as Obj);
}

const isSplit = (dict: Obj): boolean => H32[(word(dict, ma_keys) + dk_kind) >> 2] === DICT_KEYS_SPLIT;

function has_inline_values(_m: Obj, o: Obj): Obj {
  if ((word(Py_TYPE(o), tp_flags) & Py_TPFLAGS_INLINE_VALUES) === 0) return PyBool_FromLong(false);
  const dict = instanceDict(o);
  return PyBool_FromLong(dict === 0 || isSplit(dict));
}

function has_split_table(_m: Obj, dict: Obj): Obj {
  return PyBool_FromLong(PyDict_Check(dict) && isSplit(dict));
}

export const INTERNAL_CODE_FUNCTIONS: readonly MethodDef[] = [
  method('get_recursion_depth', '!($module, /)', () =>
    PyLong_FromLong(H32[py_recursion_limit] - H32[py_recursion_remaining]),
  ),
  method('get_c_recursion_remaining', '!($module, /)', () => PyLong_FromLong(H32[native_limit] - H32[native_depth])),
  method('get_co_framesize', '!($module, code, /)', get_co_framesize),
  method('get_co_localskinds', '!($module, code, /)', get_co_localskinds),
  method('code_returns_only_none', '!($module, code, /)', code_returns_only_none),
  method('dict_getitem_knownhash', '!($module, mp, key, hash, /)', dict_getitem_knownhash),
  method('has_inline_values', '!($module, obj, /)', has_inline_values),
  method('has_split_table', '!($module, obj, /)', has_split_table),
];
