// What do all itertools types share?  Invariant: an iterator's fields are owned references in its layout; whatever an iterator calls may run code that
// drops them, so that what is used across a call is held.

import { H32 } from '../memory/linear.js';
import { checkPositional, noKwargs } from '../object/bind.js';
import type { MethodDef } from '../object/declare.js';
import { defineType } from '../object/declare.js';
import { F, type TableFn } from '../object/functable.js';
import { decref, newref, Py_REFCNT, Py_TYPE } from '../object/header.js';
import { PyObject_GC_IsTracked, PyObject_GC_Track } from '../object/gc_head.js';
import type { LayoutInfo } from '../object/layout.js';
import { PyObject_GenericGetAttr, PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { staticType } from '../object/statics.js';
import { fromArray, PyTuple_GET_ITEM, PyTuple_GET_SIZE, tuple_hash_field, tuple_items } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC, type SlotName, tp_init, tp_iternext } from '../object/type_layout.js';

export const get = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;
export const getInt = (o: Obj, offset: number): number => H32[(o + offset) >> 2];
export function setInt(o: Obj, offset: number, value: number): void {
  H32[(o + offset) >> 2] = value;
}

/** Puts `value` (stolen, may be NULL) into a field and gives the old one back. */
export function put(o: Obj, offset: number, value: Obj): void {
  const at = (o + offset) >> 2;
  const old = H32[at] as Obj;
  H32[at] = value;
  if (old !== 0) decref(old);
}

/** Empties a field. */
export function clear(o: Obj, offset: number): void {
  put(o, offset, NULL);
}

/** The next item of an iterator: new, or NULL at the end (perhaps with StopIteration set) or on an error. */
export function next(it: Obj): Obj {
  return F[H32[(Py_TYPE(it) + tp_iternext) >> 2]](it) as Obj;
}

/** The next item of the iterator in a field; held meanwhile. */
export function nextOf(o: Obj, offset: number): Obj {
  const it = newref(get(o, offset));
  const item = next(it);
  decref(it);
  return item;
}

/** The arguments of a constructor that takes positional ones only; a subtype with an __init__ of its own may take keywords: true, or false with TypeError. */
export function positional(
  name: string,
  base: Obj,
  type: Obj,
  args: Obj,
  kwargs: Obj,
  min: number,
  max: number,
): boolean {
  const plain = type === base || H32[(type + tp_init) >> 2] === H32[(base + tp_init) >> 2];
  return (!plain || noKwargs(name, kwargs)) && checkPositional(name, PyTuple_GET_SIZE(args), min, max);
}

export const arg = (args: Obj, i: number): Obj => (i < PyTuple_GET_SIZE(args) ? PyTuple_GET_ITEM(args, i) : NULL);

/**
 * A result tuple to write the next result into: `t` itself (then a new reference to it) if nobody else has it, else a copy; NULL with MemoryError.
 */
export function resultTuple(t: Obj): Obj {
  if (Py_REFCNT(t) > 1) return fromArray(t + tuple_items, PyTuple_GET_SIZE(t));
  H32[(t + tuple_hash_field) >> 2] = -1;
  if (PyTuple_GET_SIZE(t) > 0 && !PyObject_GC_IsTracked(t)) PyObject_GC_Track(t);
  return newref(t);
}

/** Replaces item i of a result tuple by `item` (stolen). */
export function replaceItem(t: Obj, i: number, item: Obj): void {
  const at = (t + tuple_items + 4 * i) >> 2;
  const old = H32[at] as Obj;
  H32[at] = item;
  if (old !== 0) decref(old);
}

export interface IterSpec {
  readonly name: string;
  readonly layout: { readonly info: LayoutInfo };
  readonly next: TableFn;
  readonly make?: TableFn;
  readonly doc?: string;
  readonly signature?: string;
  readonly slots?: { readonly [K in SlotName]?: TableFn | null };
  readonly methods?: readonly MethodDef[];
  readonly final?: boolean;
}

/** Declares an iterator type of the module and returns its static address. */
export function defineIter(spec: IterSpec): Obj {
  const type = staticType();
  defineType({
    type,
    name: `itertools.${spec.name}`,
    layout: spec.layout,
    flags: Py_TPFLAGS_HAVE_GC | (spec.final ? 0 : Py_TPFLAGS_BASETYPE),
    ...(spec.doc === undefined ? {} : { doc: spec.doc }),
    ...(spec.signature === undefined ? {} : { signature: spec.signature }),
    slots: {
      ...(spec.make ? { tp_new: spec.make } : {}),
      tp_iter: PyObject_SelfIter,
      tp_iternext: spec.next,
      tp_getattro: PyObject_GenericGetAttr,
      ...spec.slots,
    },
    methods: spec.methods ?? [],
  });
  return type;
}
