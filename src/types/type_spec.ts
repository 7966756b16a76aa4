// How does native code make a class?  (PyType_FromSpec)
//
// Invariant: the class is a heap type like one that a class statement makes, laid out as its best base, then `refs` owned references, the
// dictionary, the list of weak references and `words` plain words; traversal, clearing and deallocation follow from that (subtype.ts),
// so that a class made here needs none of its own.

import { H32 } from '../memory/linear.js';
import type { GetSetDef, MemberDef, MethodDef } from '../object/declare.js';
import { PyDict_New, PyDict_SetItemString } from '../object/dict.js';
import { fn, type TableFn } from '../object/functable.js';
import { decref, newref, xdecref } from '../object/header.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyBaseObject_Type, PyType_Type } from '../object/statics.js';
import { PyTuple_Check, PyTuple_Pack } from '../object/tuple.js';
import * as T from '../object/type_layout.js';
import { addDeclared, addNew, addOperators } from '../object/type_ready.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { bestBase, buildType, calculateMetaclass, finishType } from './type_new.js';

export interface HeapTypeSpec {
  /** Dotted: what is before the last dot becomes `__module__`. */
  readonly name: string;
  readonly doc?: string;
  /** Further flags, and flags that a class has and this one has not. */
  readonly flags?: number;
  readonly without?: number;
  readonly refs?: number;
  readonly dict?: boolean;
  readonly weakref?: boolean;
  readonly words?: number;
  /** Whether the last plain word holds the function index of an instance's vectorcall. */
  readonly vectorcall?: boolean;
  readonly slots?: { readonly [K in T.SlotName]?: TableFn };
  readonly methods?: readonly MethodDef[];
  readonly getset?: readonly GetSetDef[];
  readonly members?: readonly MemberDef[];
}

export interface HeapTypeDef extends HeapTypeSpec {
  /** Offset of a slot in a type, and the index of its function. */
  readonly indices: readonly (readonly [number, number])[];
}

/** Declares a class that PyType_FromSpec makes; only while modules are evaluated. */
export function heapType(spec: HeapTypeSpec): HeapTypeDef {
  const slots = spec.slots ?? {};
  const names = Object.keys(slots) as T.SlotName[];
  return { ...spec, indices: names.map((name) => [T.SLOT_OFFSETS[name], fn(slots[name] as TableFn)] as const) };
}

const word = (type: Obj, offset: number): number => H32[(type + offset) >> 2];
const setWord = (type: Obj, offset: number, value: number): void => {
  H32[(type + offset) >> 2] = value;
};

/** Makes the class; `bases` (a type, a tuple of types, or NULL: object) and `metatype` borrowed.  A new reference, or NULL. */
export function PyType_FromSpec(def: HeapTypeDef, bases: Obj = NULL, metatype: Obj = PyType_Type): Obj {
  const dot = def.name.lastIndexOf('.');
  const tuple =
    bases === 0 ? PyTuple_Pack(PyBaseObject_Type) : PyTuple_Check(bases) ? newref(bases) : PyTuple_Pack(bases);
  const name = PyUnicode_FromString(def.name.slice(dot + 1));
  const module = PyUnicode_FromString(def.name.slice(0, Math.max(dot, 0)));
  const dict = PyDict_New();
  let type: Obj = NULL;
  if (tuple !== 0 && name !== 0 && module !== 0 && dict !== 0) {
    const base = bestBase(tuple);
    const meta = base === 0 ? NULL : calculateMetaclass(metatype, tuple);
    if (meta !== 0 && (dot < 0 || PyDict_SetItemString(dict, '__module__', module) === 0)) {
      type = buildType(meta, name, tuple, base, dict, {
        names: NULL,
        dict: def.dict === true,
        weakref: def.weakref === true,
      });
      if (type !== 0 && !complete(def, type, base, dict)) {
        decref(type);
        type = NULL;
      } else if (type !== 0) {
        setWord(type, T.tp_flags, (word(type, T.tp_flags) | (def.flags ?? 0)) & ~(def.without ?? 0));
      }
    }
  }
  xdecref(dict);
  xdecref(tuple);
  xdecref(name);
  xdecref(module);
  return type;
}

/** The fields after the base's, the slots and what is declared: false with an exception. */
function complete(def: HeapTypeDef, type: Obj, base: Obj, dict: Obj): boolean {
  const refs = def.refs ?? 0;
  setWord(type, T.ob_size, refs);
  // The references come first: what stands after them moves up.
  setWord(type, T.ht_slots_offset, word(base, T.tp_basicsize));
  for (const offset of [T.tp_dictoffset, T.tp_weaklistoffset]) {
    if (word(type, offset) > 0 && word(type, offset) !== word(base, offset)) {
      setWord(type, offset, word(type, offset) + 4 * refs);
    }
  }
  const size = word(type, T.tp_basicsize) + 4 * (refs + (def.words ?? 0));
  setWord(type, T.tp_basicsize, size);
  let flags = word(type, T.tp_flags) | (def.flags ?? 0);
  if (def.vectorcall) {
    setWord(type, T.tp_vectorcall_offset, size - 4);
    flags |= T.Py_TPFLAGS_HAVE_VECTORCALL;
  }
  setWord(type, T.tp_flags, flags);
  for (const [offset, index] of def.indices) setWord(type, offset, index);
  if (!addOperators(type) || !addDeclared(type, def, dict)) return false;
  if (word(type, T.tp_new) !== 0 && !addNew(type, dict)) return false;
  if (def.doc !== undefined) {
    const doc = PyUnicode_FromString(def.doc);
    const ok = doc !== 0 && PyDict_SetItemString(dict, '__doc__', doc) === 0;
    xdecref(doc);
    if (!ok) return false;
  }
  // Finishing takes the maker's reference to the dict.
  newref(dict);
  return finishType(type, base, dict) === 0;
}
