// Names: how are variables that are not fast locals found, stored and deleted, and what is said when they are not there?

import { H16, H32, H8 } from '../memory/linear.js';
import { cellSetTakeRef, PyCell_GET, PyCell_New } from '../object/cell.js';
import {
  ma_keys,
  PyDict_CheckExact,
  PyDict_Contains,
  PyDict_DelItem,
  PyDict_GetItemWithError,
  PyDict_New,
  PyDict_SetItem,
} from '../object/dict.js';
import {
  _PyDictKeys_StringLookup,
  DICT_KEYS_UNICODE,
  dictKeysVersion,
  dk_entries,
  dk_kind,
  dk_nentries,
} from '../object/dict_keys.js';
import {
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetRaisedException,
  PyErr_SetString,
} from '../object/errors.js';
import { decref, incref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyMapping_GetOptionalItem, PyObject_DelItem, PyObject_SetItem } from '../object/mapping.js';
import { PyObject_SetAttr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  PyExc_AssertionError,
  PyExc_KeyError,
  PyExc_NameError,
  PyExc_NotImplementedError,
  PyExc_SystemError,
  PyExc_UnboundLocalError,
  PyTuple_Type,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, tuple_items } from '../object/tuple.js';
import { asString } from '../object/unicode.js';
import { CO_FAST_FREE } from '../compiler/code_unit.js';
import * as O from '../compiler/opcodes.js';
import { co_localsplusnames, co_localspluskinds, co_names } from '../types/code_layout.js';
import { PyBytes_AS_STRING } from '../object/bytes.js';
import { F_BUILTINS, F_GLOBALS, F_LOCALS, F_LOCALSPLUS, frameCode } from '../types/iframe.js';
import { importFrom, importName } from './import.js';
import { common_all, common_any } from './interpreter.js';

const s_build_class = ID('__build_class__');
const s_annotations = ID('__annotations__');
const s_name = ID('name');

/** Sets NameError or UnboundLocalError about `name` (borrowed), with its `name` attribute. */
function nameError(type: Obj, message: string, name: Obj): 0 {
  PyErr_SetString(type, message);
  if (type === PyExc_NameError) {
    const e = PyErr_GetRaisedException();
    if (e !== 0) {
      if (Py_TYPE(e) === PyExc_NameError && PyObject_SetAttr(e, idObj(s_name), name) < 0) PyErr_Clear();
      PyErr_SetRaisedException(e);
    }
  }
  return 0;
}

function localName(frame: number, i: number): Obj {
  return PyTuple_GET_ITEM(H32[(frameCode(frame) + co_localsplusnames) >> 2] as Obj, i);
}

export function unboundLocal(frame: number, i: number): void {
  const name = localName(frame, i);
  nameError(
    PyExc_UnboundLocalError,
    `cannot access local variable '${asString(name)}' where it is not associated with a value`,
    name,
  );
}

export function unboundDeref(frame: number, i: number): void {
  if (PyErr_Occurred() !== 0) return;
  const kinds = PyBytes_AS_STRING(H32[(frameCode(frame) + co_localspluskinds) >> 2] as Obj);
  const name = localName(frame, i);
  if (H8[kinds + i] & CO_FAST_FREE) {
    nameError(
      PyExc_NameError,
      `cannot access free variable '${asString(name)}' where it is not associated with a value in enclosing scope`,
      name,
    );
  } else unboundLocal(frame, i);
}

function notDefined(name: Obj): Obj {
  nameError(PyExc_NameError, `name '${asString(name)}' is not defined`, name);
  return NULL;
}

/** MAKE_CELL for the local at word index `at`; false with MemoryError. */
export function makeCell(at: number): boolean {
  const initial = H32[at] as Obj;
  const cell = PyCell_New(initial);
  if (cell === 0) return false;
  H32[at] = cell;
  if (initial !== 0) decref(initial);
  return true;
}

export function deleteDeref(frame: number, i: number): boolean {
  const cell = H32[((frame + F_LOCALSPLUS) >> 2) + i] as Obj;
  if (PyCell_GET(cell) === 0) {
    unboundDeref(frame, i);
    return false;
  }
  cellSetTakeRef(cell, NULL);
  return true;
}

/** o[name] where `o` is a dict or any mapping: a new reference; NULL, with an exception only if the search failed. */
function lookIn(mapping: Obj, name: Obj): Obj {
  if (PyDict_CheckExact(mapping)) {
    const v = PyDict_GetItemWithError(mapping, name);
    return v === 0 ? NULL : newref(v);
  }
  return PyMapping_GetOptionalItem(mapping, name);
}

/** A global or builtin: a new reference, or NULL with NameError. */
export function loadGlobalSlow(frame: number, name: Obj): Obj {
  const v = lookGlobal(frame, name);
  return v === 0 && PyErr_Occurred() === 0 ? notDefined(name) : v;
}

function lookGlobal(frame: number, name: Obj): Obj {
  const v = lookIn(H32[(frame + F_GLOBALS) >> 2] as Obj, name);
  if (v !== 0 || PyErr_Occurred() !== 0) return v;
  return lookIn(H32[(frame + F_BUILTINS) >> 2] as Obj, name);
}

const COOLDOWN = 60;

/** LOAD_GLOBAL in general; gives the instruction a specialized form when it can. */
export function loadGlobal(frame: number, name: Obj, pc: number): Obj {
  const counter = pc & 1 ? pc + 3 : pc + 1;
  // A word of the cache may stand here for a specialized form: the counter is what an unspecialized one has.
  const count = H8[pc << 1] === O.LOAD_GLOBAL ? H16[counter] : 1;
  if (count > 1) H16[counter] = count - 1;
  else if (count === 0) H16[counter] = 1;
  else if (H8[pc << 1] < O.MIN_INSTRUMENTED_OPCODE && !specializeGlobal(frame, name, pc)) {
    H8[pc << 1] = O.LOAD_GLOBAL;
    H16[counter] = COOLDOWN;
  }
  return loadGlobalSlow(frame, name);
}

function specializeGlobal(frame: number, name: Obj, pc: number): boolean {
  const globals = H32[(frame + F_GLOBALS) >> 2] as Obj;
  const builtins = H32[(frame + F_BUILTINS) >> 2] as Obj;
  if (!PyDict_CheckExact(globals)) return false;
  const keys = H32[(globals + ma_keys) >> 2];
  if (H32[(keys + dk_kind) >> 2] !== DICT_KEYS_UNICODE) return false;
  const version = dictKeysVersion(keys);
  if (version === 0) return false;
  let ix = _PyDictKeys_StringLookup(keys, name);
  let op = O.LOAD_GLOBAL_MODULE;
  if (ix < 0) {
    if (!PyDict_CheckExact(builtins)) return false;
    const bkeys = H32[(builtins + ma_keys) >> 2];
    if (H32[(bkeys + dk_kind) >> 2] !== DICT_KEYS_UNICODE) return false;
    ix = _PyDictKeys_StringLookup(bkeys, name);
    op = O.LOAD_GLOBAL_BUILTIN;
  }
  if (ix < 0 || ix > 0xffff) return false;
  H32[(pc + 2) >> 1] = version;
  H16[pc + 4] = ix;
  H8[pc << 1] = op;
  return true;
}

/** The builtin at index `ix` of a builtins dict's keys if `name` stands there (a new reference), else NULL. */
export function cachedBuiltin(keys: number, ix: number, name: Obj): Obj {
  'use wasm';
  if (H32[(keys + dk_kind) >> 2] !== DICT_KEYS_UNICODE || ix >= H32[(keys + dk_nentries) >> 2]) return NULL;
  const at = (H32[(keys + dk_entries) >> 2] >> 2) + 2 * ix;
  return H32[at] === name ? newref(H32[at + 1] as Obj) : NULL;
}

export function loadName(frame: number, name: Obj): Obj {
  const locals = H32[(frame + F_LOCALS) >> 2] as Obj;
  if (locals === 0) return PyErr_SetString(PyExc_SystemError, 'no locals when loading ' + `'${asString(name)}'`);
  const v = lookIn(locals, name);
  if (v !== 0 || PyErr_Occurred() !== 0) return v;
  return loadGlobalSlow(frame, name);
}

/** LOAD_FROM_DICT_OR_GLOBALS / _DEREF: TOS is the class namespace, given up on success. */
export function loadFromDictOr(frame: number, sp: number, op: number, oparg: number): Obj {
  const dict = H32[sp - 1] as Obj;
  const name =
    op === O.LOAD_FROM_DICT_OR_DEREF
      ? localName(frame, oparg)
      : PyTuple_GET_ITEM(H32[(frameCode(frame) + co_names) >> 2] as Obj, oparg);
  let v = lookIn(dict, name);
  if (v === 0) {
    if (PyErr_Occurred() !== 0) return NULL;
    if (op === O.LOAD_FROM_DICT_OR_DEREF) {
      v = PyCell_GET(H32[((frame + F_LOCALSPLUS) >> 2) + oparg] as Obj);
      if (v === 0) {
        unboundDeref(frame, oparg);
        return NULL;
      }
      incref(v);
    } else {
      v = loadGlobalSlow(frame, name);
      if (v === 0) return NULL;
    }
  }
  decref(dict);
  return v;
}

function localsOf(frame: number, name: Obj, what: string): Obj {
  const locals = H32[(frame + F_LOCALS) >> 2] as Obj;
  if (locals === 0) PyErr_SetString(PyExc_SystemError, `no locals found when ${what} '${asString(name)}'`);
  return locals;
}

/** The rest of the name instructions: the new stack pointer, or 0. */
export function nameOp(frame: number, sp: number, op: number, oparg: number): number {
  const names = (H32[(frameCode(frame) + co_names) >> 2] + tuple_items) >> 2;
  switch (op) {
    case O.STORE_NAME: {
      const name = H32[names + oparg] as Obj;
      const v = H32[sp - 1] as Obj;
      const locals = localsOf(frame, name, 'storing');
      if (locals === 0) return 0;
      const r = PyDict_CheckExact(locals) ? PyDict_SetItem(locals, name, v) : PyObject_SetItem(locals, name, v);
      if (r < 0) return 0;
      decref(v);
      return sp - 1;
    }
    case O.STORE_GLOBAL: {
      const v = H32[sp - 1] as Obj;
      if (PyDict_SetItem(H32[(frame + F_GLOBALS) >> 2] as Obj, H32[names + oparg] as Obj, v) < 0) return 0;
      decref(v);
      return sp - 1;
    }
    case O.DELETE_NAME: {
      const name = H32[names + oparg] as Obj;
      const locals = localsOf(frame, name, 'deleting');
      if (locals === 0) return 0;
      if (PyObject_DelItem(locals, name) < 0) {
        if (PyErr_ExceptionMatches(PyExc_KeyError)) notDefined(name);
        return 0;
      }
      return sp;
    }
    case O.DELETE_GLOBAL: {
      const name = H32[names + oparg] as Obj;
      if (PyDict_DelItem(H32[(frame + F_GLOBALS) >> 2] as Obj, name) < 0) {
        if (PyErr_ExceptionMatches(PyExc_KeyError)) notDefined(name);
        return 0;
      }
      return sp;
    }
    case O.LOAD_LOCALS: {
      const locals = H32[(frame + F_LOCALS) >> 2] as Obj;
      if (locals === 0) {
        PyErr_SetString(PyExc_SystemError, 'no locals');
        return 0;
      }
      H32[sp] = newref(locals);
      return sp + 1;
    }
    case O.LOAD_BUILD_CLASS: {
      const v = lookIn(H32[(frame + F_BUILTINS) >> 2] as Obj, idObj(s_build_class));
      if (v === 0) {
        if (PyErr_Occurred() === 0) PyErr_SetString(PyExc_NameError, '__build_class__ not found');
        return 0;
      }
      H32[sp] = v;
      return sp + 1;
    }
    case O.SETUP_ANNOTATIONS: {
      const locals = H32[(frame + F_LOCALS) >> 2] as Obj;
      if (locals === 0) {
        PyErr_SetString(PyExc_SystemError, 'no locals found when setting up annotations');
        return 0;
      }
      const name = idObj(s_annotations);
      const there = PyDict_CheckExact(locals) ? PyDict_Contains(locals, name) : hasItem(locals, name);
      if (there < 0) return 0;
      if (there === 0) {
        const d = PyDict_New();
        if (d === 0) return 0;
        const r = PyObject_SetItem(locals, name, d);
        decref(d);
        if (r < 0) return 0;
      }
      return sp;
    }
    case O.IMPORT_NAME: {
      const m = importName(frame, H32[names + oparg] as Obj, H32[sp - 1] as Obj, H32[sp - 2] as Obj);
      if (m === 0) return 0;
      decref(H32[sp - 1] as Obj);
      decref(H32[sp - 2] as Obj);
      H32[sp - 2] = m;
      return sp - 1;
    }
    case O.IMPORT_FROM: {
      const v = importFrom(H32[sp - 1] as Obj, H32[names + oparg] as Obj);
      if (v === 0) return 0;
      H32[sp] = v;
      return sp + 1;
    }
    default: {
      // LOAD_COMMON_CONSTANT
      let v: Obj;
      if (oparg === O.CONSTANT_ASSERTIONERROR) v = newref(PyExc_AssertionError);
      else if (oparg === O.CONSTANT_NOTIMPLEMENTEDERROR) v = newref(PyExc_NotImplementedError);
      else if (oparg === O.CONSTANT_BUILTIN_TUPLE) v = newref(PyTuple_Type);
      else v = newref(H32[oparg === O.CONSTANT_BUILTIN_ALL ? common_all : common_any] as Obj);
      H32[sp] = v;
      return sp + 1;
    }
  }
}

function hasItem(mapping: Obj, name: Obj): number {
  const v = PyMapping_GetOptionalItem(mapping, name);
  if (v === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  decref(v);
  return 1;
}

/** DELETE_ATTR: 0, or -1. */
export function deleteAttr(sp: number, name: Obj): number {
  const owner = H32[sp - 1] as Obj;
  if (PyObject_SetAttr(owner, name, NULL) < 0) return -1;
  decref(owner);
  return 0;
}
