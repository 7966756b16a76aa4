// What does an object own, and what are its references called?
//
// Invariant: `visitOwned` visits each reference that an object owns exactly once: what its type's traversal visits, and what the collector need
// not see (fields of types that are not collectable, the shared keys of instance dictionaries).  `edgeNames` names them in the same order.
//
// For users of this file: the visitor is an index into the function table, F[visit](reference, arg); it must answer 0.  `visitKeys` tells whether a
// shared table of keys, which many dictionaries and a type hold together, has not been visited yet.

import { H32, H8, STATIC_END } from '../memory/linear.js';
import { ma_keys, ma_values } from '../object/dict.js';
import { DICT_KEYS_SPLIT, dk_entries, dk_kind, dk_nentries, UNICODE_ENTRY } from '../object/dict_keys.js';
import { F } from '../object/functable.js';
import { Py_TYPE } from '../object/header.js';
import { type LayoutInfo, layouts, traverseFields } from '../object/layout.js';
import { _PyObject_GetDictPtr } from '../object/object.js';
import type { Obj } from '../object/ptr.js';
import { PyAsyncGen_Type, PyCoro_Type, PyFrame_Type, PyGen_Type, PyType_Type } from '../object/statics.js';
import { subtypeTraverseIndex } from '../object/subtype.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import * as T from '../object/type_layout.js';
import { specOf } from '../object/type_ready.js';
import { asString, PyUnicode_Check } from '../object/unicode.js';
import { co_localsplusnames, co_nlocalsplus } from '../types/code_layout.js';
import { frameOfObject } from '../types/frame_object.js';
import {
  F_EXECUTABLE,
  F_FRAME_OBJ,
  F_FUNCOBJ,
  F_LOCALS,
  F_LOCALSPLUS,
  F_OWNER,
  F_SP,
  OWNED_BY_FRAME_OBJECT,
} from '../types/iframe.js';
import { gen_iframe, GEN_EXECUTING, gen_state } from '../types/generator_layout.js';

function word(o: number, offset: number): number {
  return H32[(o + offset) >> 2];
}

function nativeBase(type: Obj): Obj {
  let base = type;
  while (word(base, T.tp_traverse) === subtypeTraverseIndex) base = word(base, T.tp_base) as Obj;
  return base;
}

function visitSharedKeys(keys: number, visit: number, arg: number): void {
  const f = F[visit];
  const first = word(keys, dk_entries);
  const n = word(keys, dk_nentries);
  for (let i = 0; i < n; i++) {
    const key = H32[(first + i * UNICODE_ENTRY) >> 2];
    if (key !== 0) f(key, arg);
  }
}

function isShared(keys: number): boolean {
  return keys !== 0 && word(keys, dk_kind) === DICT_KEYS_SPLIT;
}

/** The shared table that an object (dict or type) holds, or 0. */
export function sharedKeysOf(o: Obj): number {
  const flags = word(Py_TYPE(o), T.tp_flags);
  if (flags & T.Py_TPFLAGS_DICT_SUBCLASS) {
    const keys = word(o, ma_values) === 0 ? 0 : word(o, ma_keys);
    return isShared(keys) ? keys : 0;
  }
  if (flags & T.Py_TPFLAGS_TYPE_SUBCLASS) return word(o, T.ht_cached_keys);
  return 0;
}

/** Whether `o` is a static type whose module has not been imported: its fields are laid out, but it owns nothing yet. */
function isUnready(o: Obj, type: Obj): boolean {
  return o < STATIC_END && type === PyType_Type && (word(o, T.tp_flags) & T.Py_TPFLAGS_READY) === 0;
}

/** Visits what `o` owns; a shared table of keys belongs to the first of its holders for which `visitKeys(table)` is true. */
export function visitOwned(o: Obj, visit: number, arg: number, visitKeys: (keys: number) => boolean): void {
  const type = Py_TYPE(o);
  if (isUnready(o, type)) return;
  const traverse = word(type, T.tp_traverse);
  if (traverse !== 0) F[traverse](o, visit, arg);
  if (traverse === 0 || (traverse === subtypeTraverseIndex && word(nativeBase(type), T.tp_traverse) === 0)) {
    // Not collectable: the fields are there all the same.
    const info = layouts[word(nativeBase(type), T.tp_layout)];
    if (info) traverseFields(o, info, visit, arg);
  }
  const keys = sharedKeysOf(o);
  if (keys !== 0 && visitKeys(keys)) visitSharedKeys(keys, visit, arg);
}

// --- names

function fieldNames(o: Obj, info: LayoutInfo, names: string[]): void {
  for (const f of info.fields) {
    if (f.kind !== 'ref' && f.kind !== 'dict') continue;
    if (word(o, f.offset) !== 0) names.push(f.kind === 'dict' ? '.__dict__' : `.${f.name}`);
  }
  const range = (start: number, n: number, name: string) => {
    for (let i = 0; i < n; i++) if (H32[(start >> 2) + i] !== 0) names.push(`${name}[${i}]`);
  };
  for (const f of info.fields) {
    if (f.kind === 'refs' && word(o, f.offset) !== 0) range(word(o, f.offset), word(o, f.countOffset), `.${f.name}`);
  }
  if (info.itemsAreRefs) range(o + info.basicsize, word(o, T.ob_size), '');
}

/** Names for what traverseFrame visits, in its order. */
export function frameEdgeNames(frame: number): string[] {
  const names: string[] = [];
  for (const [offset, name] of [
    [F_EXECUTABLE, 'code'],
    [F_FUNCOBJ, 'function'],
    [F_LOCALS, 'f_locals'],
    [F_FRAME_OBJ, 'frame object'],
  ] as const) {
    if (word(frame, offset) !== 0) names.push(name);
  }
  const code = word(frame, F_EXECUTABLE) as Obj;
  const first = (frame + F_LOCALSPLUS) >> 2;
  const n = code === 0 ? 0 : word(code, co_nlocalsplus);
  const localNames = (code === 0 ? 0 : word(code, co_localsplusnames)) as Obj;
  for (let i = first; i < word(frame, F_SP); i++) {
    if (H32[i] === 0) continue;
    const k = i - first;
    if (k >= n) names.push(`value stack[${k - n}]`);
    else {
      const name = PyTuple_Check(localNames) && k < PyTuple_GET_SIZE(localNames) ? PyTuple_GET_ITEM(localNames, k) : 0;
      names.push(name === 0 ? `local ${k}` : `local ${asString(name as Obj)}`);
    }
  }
  return names;
}

/** The members that the class `type` itself added by `__slots__`, by their offsets. */
function slotName(type: Obj, i: number): string {
  const slots = word(type, T.ht_slots) as Obj;
  if (slots === 0 || !PyTuple_Check(slots) || i >= PyTuple_GET_SIZE(slots)) return `.slot ${i}`;
  const name = PyTuple_GET_ITEM(slots, i);
  return PyUnicode_Check(name) ? `.${asString(name)}` : `.slot ${i}`;
}

function nativeNames(o: Obj, base: Obj, names: string[]): void {
  const named = specOf(base)?.edges;
  if (named !== undefined) {
    names.push(...named(o));
    return;
  }
  const info = layouts[word(base, T.tp_layout)];
  if (info) fieldNames(o, info, names);
  const frame = frameInside(o, base);
  if (frame !== 0) names.push(...frameEdgeNames(frame));
}

/** The interpreter frame that is part of `o` (an instance of `base`) and not running, or 0. */
function frameInside(o: Obj, base: Obj): number {
  if (base === PyFrame_Type) {
    const frame = frameOfObject(o);
    return frame !== 0 && H8[frame + F_OWNER] === OWNED_BY_FRAME_OBJECT ? frame : 0;
  }
  if (base !== PyGen_Type && base !== PyCoro_Type && base !== PyAsyncGen_Type) return 0;
  return word(o, gen_state) === GEN_EXECUTING ? 0 : o + gen_iframe;
}

/**
 * Names of the references that visitOwned visits, in its order; there may be fewer than references (types whose traversal is their own
 * business and says nothing of names).
 */
export function edgeNames(o: Obj): string[] {
  const names: string[] = [];
  const type = Py_TYPE(o);
  let base = type;
  while (word(base, T.tp_traverse) === subtypeTraverseIndex) {
    const n = word(base, T.ob_size);
    const start = (o + word(base, T.ht_slots_offset)) >> 2;
    for (let i = 0; i < n; i++) if (H32[start + i] !== 0) names.push(slotName(base, i));
    base = word(base, T.tp_base) as Obj;
  }
  if (base !== type) {
    if (word(type, T.tp_dictoffset) !== word(base, T.tp_dictoffset)) {
      const at = _PyObject_GetDictPtr(o);
      if (at !== 0 && H32[at >> 2] !== 0) names.push('.__dict__');
    }
    names.push('.__class__');
  }
  nativeNames(o, base, names);
  return names;
}
