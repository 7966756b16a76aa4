// Attributes: what do LOAD_ATTR, STORE_ATTR and LOAD_SUPER_ATTR do, and what do their caches hold?
//
// Invariant: a cache entry is believed only while the version it was made for is the current one; versions are never used twice.
// LOAD_ATTR has four words from `(pc + 2) >> 1` on: [version of the type (of the class itself for LOAD_ATTR_CLASS), version of the keys or address of the
// shared keys, value: index, offset or borrowed descriptor, counter], with the dictionary's offset above the index.
// STORE_ATTR has one word, the version, and a halfword at pc + 4.

import { H16, H32, H8 } from '../memory/linear.js';
import { ma_keys, ma_used, ma_values, PyDict_CheckExact, PyDict_GetItemWithError } from '../object/dict.js';
import {
  _PyDictKeys_StringLookup,
  DICT_KEYS_SPLIT,
  DICT_KEYS_UNICODE,
  dictKeysVersion,
  dk_entries,
  dk_kind,
  dk_nentries,
  dk_version,
} from '../object/dict_keys.js';
import { memberOf } from '../object/descr.js';
import { ob_type } from '../object/head.js';
import { decref, incref, newref, Py_TYPE } from '../object/header.js';
import { PyObject_CallFunctionObjArgs, PyObject_CallNoArgs } from '../object/call.js';
import {
  _PyObject_GetMethod,
  genericGetAttrIndex,
  genericSetAttrIndex,
  methodUnbound,
  PyObject_GetAttr,
  PyObject_SetAttr,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  PyFunction_Type,
  PyMemberDescr_Type,
  PyModule_Type,
  PySuper_Type,
  PyType_Type,
  PyUnicode_Type,
} from '../object/statics.js';
import {
  Py_TPFLAGS_METHOD_DESCRIPTOR,
  Py_TPFLAGS_TYPE_SUBCLASS,
  ht_cached_keys,
  tp_descr_get,
  tp_descr_set,
  tp_dict,
  tp_dictoffset,
  tp_flags,
  tp_getattro,
  tp_mro,
  tp_setattro,
  tp_version_tag,
} from '../object/type_layout.js';
import { _PyType_Lookup, assignVersionTag } from '../object/type_lookup.js';
import * as O from '../compiler/opcodes.js';
import { md_dict } from '../object/module_storage.js';
import { supercheck } from '../types/super.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { PyUnicode_Check } from '../object/unicode.js';
import { F } from '../object/functable.js';
import { PyErr_Occurred } from '../object/errors.js';
import { ID, idObj } from '../object/identifiers.js';

const s_class = ID('__class__');

const COOLDOWN = 60;
/** How often an instruction runs before it is worth a cache. */
const WARMUP = 2;

function put(pc: number, op: number, version: number, second: number, third: number): void {
  const c = (pc + 2) >> 1;
  H32[c] = version;
  H32[c + 1] = second;
  H32[c + 2] = third;
  H8[pc << 1] = op;
}

/** Gives the instruction the form that fits its owner; whether it found one. */
function specializeLoad(owner: Obj, name: Obj, method: number, pc: number): boolean {
  const type = Py_TYPE(owner);
  const getattro = H32[(type + tp_getattro) >> 2];
  if (H32[(name + ob_type) >> 2] !== PyUnicode_Type) return false;
  if (type === PyModule_Type) return specializeModule(owner, name, pc);
  if (type === PyType_Type) return specializeClass(owner, name, pc);
  if (getattro !== genericGetAttrIndex) return false;
  const descr = _PyType_Lookup(type, name);
  if (!assignVersionTag(type)) return false;
  const version = H32[(type + tp_version_tag) >> 2];
  const offset = H32[(type + tp_dictoffset) >> 2];
  if (offset < 0 || offset > 0x7fff) return false;
  const dict = offset === 0 ? NULL : (H32[(owner + offset) >> 2] as Obj);
  if (dict !== 0 && !PyDict_CheckExact(dict)) return false;
  const keys = dict === 0 ? 0 : H32[(dict + ma_keys) >> 2];
  if (descr !== 0) {
    const dt = Py_TYPE(descr);
    const flags = H32[(dt + tp_flags) >> 2];
    const get = H32[(dt + tp_descr_get) >> 2];
    if (get !== 0 && H32[(dt + tp_descr_set) >> 2] !== 0) {
      if (dt === PyMemberDescr_Type && memberOf(descr).kind === 'object_ex') {
        put(pc, O.LOAD_ATTR_SLOT, version, 0, memberOf(descr).offset);
        return true;
      }
      return false;
    }
    if (
      dict === 0 ||
      H32[(keys + dk_kind) >> 2] === DICT_KEYS_SPLIT ||
      H32[(keys + dk_kind) >> 2] === DICT_KEYS_UNICODE
    ) {
      if (dict !== 0 && _PyDictKeys_StringLookup(keys, name) >= 0)
        return specializeInstance(owner, dict, name, version, offset, pc);
      let second = 0;
      if (dict !== 0) {
        second = dictKeysVersion(keys);
        if (second === 0) return false;
      }
      if (method !== 0) {
        if (!(flags & Py_TPFLAGS_METHOD_DESCRIPTOR)) return false;
        put(pc, offset === 0 ? O.LOAD_ATTR_METHOD_NO_DICT : O.LOAD_ATTR_METHOD_WITH_VALUES, version, second, descr);
        H16[counterHalf(pc)] = offset;
        return true;
      }
      if (get !== 0) return false;
      put(
        pc,
        offset === 0 ? O.LOAD_ATTR_NONDESCRIPTOR_NO_DICT : O.LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES,
        version,
        second,
        descr,
      );
      H16[counterHalf(pc)] = offset;
      return true;
    }
    return false;
  }
  if (dict === 0) return false;
  return specializeInstance(owner, dict, name, version, offset, pc);
}

/** The ninth cache entry, which the aligned words leave over. */
export function counterHalf(pc: number): number {
  'use wasm';
  return pc & 1 ? pc + 9 : pc + 1;
}

function specializeInstance(owner: Obj, dict: Obj, name: Obj, version: number, offset: number, pc: number): boolean {
  const keys = H32[(dict + ma_keys) >> 2];
  const kind = H32[(keys + dk_kind) >> 2];
  const ix = _PyDictKeys_StringLookup(keys, name);
  if (ix < 0 || ix > 0xffff) return false;
  if (kind === DICT_KEYS_SPLIT) {
    // The type owns the shared keys, so that their address stays theirs while its version does.
    if (H32[(Py_TYPE(owner) + ht_cached_keys) >> 2] !== keys) return false;
    put(pc, O.LOAD_ATTR_INSTANCE_VALUE, version, keys, ix | (offset << 16));
    return true;
  }
  if (kind !== DICT_KEYS_UNICODE) return false;
  put(pc, O.LOAD_ATTR_WITH_HINT, version, 0, ix | (offset << 16));
  return true;
}

function specializeModule(owner: Obj, name: Obj, pc: number): boolean {
  const descr = _PyType_Lookup(PyModule_Type, name);
  if (descr !== 0 && H32[(Py_TYPE(descr) + tp_descr_set) >> 2] !== 0) return false;
  const dict = H32[(owner + md_dict) >> 2] as Obj;
  if (dict === 0 || !PyDict_CheckExact(dict)) return false;
  const keys = H32[(dict + ma_keys) >> 2];
  if (H32[(keys + dk_kind) >> 2] !== DICT_KEYS_UNICODE) return false;
  const ix = _PyDictKeys_StringLookup(keys, name);
  const version = dictKeysVersion(keys);
  if (ix < 0 || version === 0) return false;
  put(pc, O.LOAD_ATTR_MODULE, version, 0, ix);
  return true;
}

function specializeClass(owner: Obj, name: Obj, pc: number): boolean {
  const meta = _PyType_Lookup(PyType_Type, name);
  if (meta !== 0 && H32[(Py_TYPE(meta) + tp_descr_set) >> 2] !== 0) return false;
  const descr = _PyType_Lookup(owner, name);
  if (descr === 0) return false;
  const dt = Py_TYPE(descr);
  if (H32[(dt + tp_descr_get) >> 2] !== 0 && dt !== PyFunction_Type) return false;
  if (!assignVersionTag(owner)) return false;
  put(pc, O.LOAD_ATTR_CLASS, H32[(owner + tp_version_tag) >> 2], 0, descr);
  return true;
}

/** LOAD_ATTR in general: the new stack pointer, or 0.  With `method`, [owner] becomes [function, owner] or [value, NULL]. */
export function loadAttrSlow(sp: number, name: Obj, method: number, pc: number): number {
  const owner = H32[sp - 1] as Obj;
  const c = ((pc + 2) >> 1) + 3;
  const count = H32[c];
  if (count > 0) H32[c] = count - 1;
  else if (count === 0) H32[c] = -WARMUP;
  else if (count < -1) H32[c] = count + 1;
  else {
    H32[c] = COOLDOWN;
    if (H8[pc << 1] < O.MIN_INSTRUMENTED_OPCODE && !specializeLoad(owner, name, method, pc)) H8[pc << 1] = O.LOAD_ATTR;
  }
  if (method === 0) {
    const v = PyObject_GetAttr(owner, name);
    if (v === 0) return 0;
    H32[sp - 1] = v;
    decref(owner);
    return sp;
  }
  const v = _PyObject_GetMethod(owner, name);
  if (v === 0) return 0;
  H32[sp - 1] = v;
  if (methodUnbound) H32[sp] = owner;
  else {
    H32[sp] = 0;
    decref(owner);
  }
  return sp + 1;
}

/** The specialized forms that are not in the loop: the attribute as a new reference, or NULL if the cache does not hold. */
export function loadAttrCached(owner: Obj, name: Obj, op: number, pc: number): Obj {
  'use wasm';
  const c = (pc + 2) >> 1;
  const type = H32[(owner + ob_type) >> 2];
  let v = 0;
  switch (op) {
    case O.LOAD_ATTR_WITH_HINT: {
      if (H32[(type + tp_version_tag) >> 2] !== H32[c]) return NULL;
      const third = H32[c + 2];
      const dict = H32[(owner + (third >> 16)) >> 2];
      if (dict === 0) return NULL;
      const keys = H32[(dict + ma_keys) >> 2];
      const ix = third & 0xffff;
      if (H32[(keys + dk_kind) >> 2] !== DICT_KEYS_UNICODE || ix >= H32[(keys + dk_nentries) >> 2]) return NULL;
      const at = (H32[(keys + dk_entries) >> 2] >> 2) + 2 * ix;
      if (H32[at] !== name) return NULL;
      v = H32[at + 1];
      break;
    }
    case O.LOAD_ATTR_SLOT:
      if (H32[(type + tp_version_tag) >> 2] !== H32[c]) return NULL;
      v = H32[(owner + H32[c + 2]) >> 2];
      break;
    case O.LOAD_ATTR_MODULE: {
      if (type !== PyModule_Type) return NULL;
      const dict = H32[(owner + md_dict) >> 2];
      if (dict === 0) return NULL;
      const keys = H32[(dict + ma_keys) >> 2];
      if (H32[(keys + dk_version) >> 2] !== H32[c]) return NULL;
      v = H32[(H32[(keys + dk_entries) >> 2] >> 2) + 2 * H32[c + 2] + 1];
      break;
    }
    case O.LOAD_ATTR_CLASS:
      if (!(H32[(type + tp_flags) >> 2] & Py_TPFLAGS_TYPE_SUBCLASS) || type !== PyType_Type) return NULL;
      if (H32[(owner + tp_version_tag) >> 2] !== H32[c]) return NULL;
      v = H32[c + 2];
      break;
    case O.LOAD_ATTR_NONDESCRIPTOR_NO_DICT:
    case O.LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES:
      if (H32[(type + tp_version_tag) >> 2] !== H32[c] || !shadowFree(owner, pc)) return NULL;
      v = H32[c + 2];
      break;
  }
  return v === 0 ? NULL : newref(v as Obj);
}

/** Whether the owner's dictionary still lacks the name (it is absent, or its keys are as they were). */
export function shadowFree(owner: Obj, pc: number): boolean {
  'use wasm';
  const offset = H16[counterHalf(pc)];
  if (offset === 0) return true;
  const dict = H32[(owner + offset) >> 2];
  if (dict === 0) return true;
  // A version of 0 is none: the cache was made for an owner without a dictionary, or the keys have changed since they had one.
  const version = H32[((pc + 2) >> 1) + 1];
  return version !== 0 && H32[(H32[(dict + ma_keys) >> 2] + dk_version) >> 2] === version;
}

/** STORE_ATTR in general: [value, owner] -> []; 0, or -1. */
export function storeAttrSlow(sp: number, name: Obj, pc: number): number {
  const owner = H32[sp - 1] as Obj;
  const value = H32[sp - 2] as Obj;
  const counter = pc & 1 ? pc + 3 : pc + 1;
  const count = H16[counter];
  if (count !== 0) H16[counter] = count - 1;
  else {
    H16[counter] = COOLDOWN;
    if (H8[pc << 1] < O.MIN_INSTRUMENTED_OPCODE && !specializeStore(owner, name, pc)) H8[pc << 1] = O.STORE_ATTR;
  }
  if (PyObject_SetAttr(owner, name, value) < 0) return -1;
  decref(owner);
  decref(value);
  return 0;
}

function specializeStore(owner: Obj, name: Obj, pc: number): boolean {
  const type = Py_TYPE(owner);
  if (H32[(type + tp_setattro) >> 2] !== genericSetAttrIndex) return false;
  const descr = _PyType_Lookup(type, name);
  if (!assignVersionTag(type)) return false;
  const version = H32[(type + tp_version_tag) >> 2];
  const c = (pc + 2) >> 1;
  if (descr !== 0 && H32[(Py_TYPE(descr) + tp_descr_set) >> 2] !== 0) {
    if (Py_TYPE(descr) !== PyMemberDescr_Type) return false;
    const def = memberOf(descr);
    if (def.readonly || def.kind !== 'object_ex' || def.offset > 0xffff) return false;
    H32[c] = version;
    H16[pc + 4] = def.offset;
    H8[pc << 1] = O.STORE_ATTR_SLOT;
    return true;
  }
  const offset = H32[(type + tp_dictoffset) >> 2];
  if (offset <= 0) return false;
  const dict = H32[(owner + offset) >> 2] as Obj;
  if (dict === 0 || !PyDict_CheckExact(dict)) return false;
  const keys = H32[(dict + ma_keys) >> 2];
  const kind = H32[(keys + dk_kind) >> 2];
  const ix = kind === DICT_KEYS_SPLIT || kind === DICT_KEYS_UNICODE ? _PyDictKeys_StringLookup(keys, name) : -1;
  if (ix < 0 || ix > 0xffff) return false;
  H32[c] = version;
  H16[pc + 4] = ix;
  H8[pc << 1] = O.STORE_ATTR_WITH_HINT;
  return true;
}

/** STORE_ATTR_WITH_HINT and STORE_ATTR_SLOT: whether the cache held and the value (stolen) was stored; the owner is left to the caller. */
export function storeAttrCached(owner: Obj, value: Obj, name: Obj, op: number, pc: number): boolean {
  'use wasm';
  const type = H32[(owner + ob_type) >> 2];
  if (H32[(type + tp_version_tag) >> 2] !== H32[(pc + 2) >> 1]) return false;
  let at: number;
  if (op === O.STORE_ATTR_SLOT) at = (owner + H16[pc + 4]) >> 2;
  else {
    const dict = H32[(owner + H32[(type + tp_dictoffset) >> 2]) >> 2];
    if (dict === 0) return false;
    const keys = H32[(dict + ma_keys) >> 2];
    const kind = H32[(keys + dk_kind) >> 2];
    const ix = H16[pc + 4];
    if (kind !== DICT_KEYS_SPLIT && kind !== DICT_KEYS_UNICODE) return false;
    if (ix >= H32[(keys + dk_nentries) >> 2]) return false;
    const entry = (H32[(keys + dk_entries) >> 2] >> 2) + 2 * ix;
    if (H32[entry] !== name) return false;
    if (kind === DICT_KEYS_SPLIT) {
      const used = H32[(dict + ma_used) >> 2];
      if (ix >= used) {
        // The next attribute in the order of the shared keys: there may be room for it.
        const values = H32[(dict + ma_values) >> 2];
        if (ix !== used || ix >= H32[(values - 4) >> 2]) return false;
        H32[(values >> 2) + ix] = value;
        H32[(dict + ma_used) >> 2] = used + 1;
        return true;
      }
      at = (H32[(dict + ma_values) >> 2] >> 2) + ix;
    } else at = entry + 1;
    if (H32[at] === 0) return false;
  }
  const old = H32[at] as Obj;
  H32[at] = value;
  if (old !== 0) decref(old);
  return true;
}

/** Whether the last superAttribute found a plain function or method descriptor, to be called with self in front. */
let superUnbound = false;

/** The attribute behind `cls` in the MRO of `self`: a new reference, bound unless superUnbound; NULL, without an exception if there is none. */
function superAttribute(cls: Obj, self: Obj, name: Obj, method: boolean): Obj {
  superUnbound = false;
  const objType = supercheck(cls, self);
  if (objType === 0) return NULL;
  let r: Obj = NULL;
  const mro = H32[(objType + tp_mro) >> 2] as Obj;
  if (mro !== 0 && !(PyUnicode_Check(name) && name === idObj(s_class))) {
    incref(mro);
    const n = PyTuple_GET_SIZE(mro);
    let i = 0;
    while (i < n && PyTuple_GET_ITEM(mro, i) !== cls) i++;
    for (i++; i < n; i++) {
      const v = PyDict_GetItemWithError(H32[(PyTuple_GET_ITEM(mro, i) + tp_dict) >> 2] as Obj, name);
      if (v === 0) {
        if (PyErr_Occurred() !== 0) break;
        continue;
      }
      incref(v);
      const dt = Py_TYPE(v);
      const get = H32[(dt + tp_descr_get) >> 2];
      if (method && self !== objType && H32[(dt + tp_flags) >> 2] & Py_TPFLAGS_METHOD_DESCRIPTOR) {
        superUnbound = true;
        r = v;
      } else if (get === 0) r = v;
      else {
        r = F[get](v, self === objType ? NULL : self, objType) as Obj;
        decref(v);
      }
      break;
    }
    decref(mro);
  }
  decref(objType);
  return r;
}

/** LOAD_SUPER_ATTR: [super, class, self] -> [value] or [function, self] / [value, NULL]; the new stack pointer, or 0. */
export function loadSuperAttr(sp: number, name: Obj, oparg: number): number {
  const global = H32[sp - 3] as Obj;
  const cls = H32[sp - 2] as Obj;
  const self = H32[sp - 1] as Obj;
  const method = (oparg & 1) !== 0;
  let v: Obj = NULL;
  let unbound = false;
  if (global === PySuper_Type && H32[(Py_TYPE(cls) + tp_flags) >> 2] & Py_TPFLAGS_TYPE_SUBCLASS) {
    v = superAttribute(cls, self, name, method);
    if (v === 0 && PyErr_Occurred() !== 0) return 0;
    unbound = superUnbound;
  }
  if (v === 0) {
    const s = oparg & 2 ? PyObject_CallFunctionObjArgs(global, cls, self) : PyObject_CallNoArgs(global);
    if (s === 0) return 0;
    v = PyObject_GetAttr(s, name);
    decref(s);
    if (v === 0) return 0;
    unbound = false;
  }
  H32[sp - 3] = v;
  decref(global);
  decref(cls);
  if (unbound) {
    H32[sp - 2] = self;
    return sp - 1;
  }
  decref(self);
  if (method) {
    H32[sp - 2] = 0;
    return sp - 1;
  }
  return sp - 2;
}
