// What does an instance look like?
//
// Invariant: every field of an object is declared here through `layout`, with its kind; offsets, traversal, clearing, deallocation,
// sizes, the audit and the object graph's edge names are all derived from that one declaration.  A reference that stands in an
// object without being declared (and without a `traverse` of the type's own) is a defect that the audit finds.
//
//   header | ob_size (variable-size objects) | fields in declaration order, aligned | items (variable-size objects)

import { HEAD_SIZE } from './head.js';
import { H32, staticAlloc } from '../memory/linear.js';
import { F } from './functable.js';
import type { Obj } from './ptr.js';

export type FieldKind =
  /** An owned reference, or NULL. */
  | 'ref'
  /** A reference that is not owned (a back pointer): never traversed. */
  | 'borrowed'
  | 'i32'
  | 'f64'
  /** A raw buffer from PyMem_Malloc that the object owns. */
  | 'buffer'
  /** A raw buffer, as `buffer`, filled with owned references; `count` names the field that says how many. */
  | 'refs'
  /** The instance dictionary (an owned reference, `tp_dictoffset`). */
  | 'dict'
  /** The list of weak references (`tp_weaklistoffset`): not owned. */
  | 'weaklist'
  /** `words` 32-bit words of no further meaning. */
  | 'words';

export interface Field {
  readonly kind: FieldKind;
  readonly count?: string;
  readonly words?: number;
}

export const ref: Field = { kind: 'ref' };
export const borrowed: Field = { kind: 'borrowed' };
export const i32: Field = { kind: 'i32' };
export const f64: Field = { kind: 'f64' };
export const buffer: Field = { kind: 'buffer' };
export const dictField: Field = { kind: 'dict' };
export const weaklistField: Field = { kind: 'weaklist' };
export const refs = (count: string): Field => ({ kind: 'refs', count });
export const words = (n: number): Field => ({ kind: 'words', words: n });

export interface LayoutInfo {
  readonly index: number;
  readonly base: LayoutInfo | null;
  /** Fields with their offsets, the base's first. */
  readonly fields: readonly {
    readonly name: string;
    readonly kind: FieldKind;
    readonly offset: number;
    readonly countOffset: number;
  }[];
  /** tp_basicsize and tp_itemsize, in bytes. */
  readonly basicsize: number;
  readonly itemsize: number;
  /** Whether the items after the fields are owned references. */
  readonly itemsAreRefs: boolean;
  readonly isVar: boolean;
  readonly dictOffset: number;
  readonly weaklistOffset: number;
  readonly refOffsets: Int32Array;
  readonly refBuffers: readonly { readonly offset: number; readonly countOffset: number }[];
  readonly bufferOffsets: readonly number[];
}

/** A declared layout: the offset of each field by its name, and what was derived. */
export type Layout<T extends string = string> = { readonly [K in T]: number } & { readonly info: LayoutInfo };

export interface LayoutOptions {
  /** The layout that this one extends. */
  readonly base?: LayoutInfo;
  /** Items after the fields: owned references, or so many bytes each. */
  readonly items?: 'refs' | number;
}

/** All layouts; `tp_layout` of a type is an index into this (0: none). */
export const layouts: (LayoutInfo | null)[] = [null];

const MAX_LAYOUTS = 1024;
/** By index of the layout: the address of its record. */
const records = staticAlloc(4 * MAX_LAYOUTS);

/**
 * What the collector has to know, in the heap: the number of references and their offsets; the number of buffers of references and, of
 * each, the offsets of its address and its count; the offset of the items if they are references, else 0.
 */
function makeRecord(info: LayoutInfo): number {
  const words = [
    info.refOffsets.length,
    ...info.refOffsets,
    info.refBuffers.length,
    ...info.refBuffers.flatMap((b) => [b.offset, b.countOffset]),
    info.itemsAreRefs ? info.basicsize : 0,
  ];
  const record = staticAlloc(4 * words.length);
  H32.set(words, record >> 2);
  return record;
}

/** The record of the layout with this index. */
export function layoutRecord(index: number): number {
  'use wasm';
  return H32[(records >> 2) + index];
}

/**
 * Declares a layout.  The result has the offset of each field under its name; destructure these into module-level constants where
 * they are hot.  Variable-size objects have `ob_size` (type_layout.ts) right after the header.
 */
export function layout<T extends string>(
  declared: { readonly [K in T]: Field },
  options: LayoutOptions = {},
): Layout<T> {
  const base = options.base ?? null;
  const isVar = options.items !== undefined || (base?.isVar ?? false);
  let at = base ? base.basicsize : HEAD_SIZE + (isVar ? 4 : 0);
  const fields: { name: string; kind: FieldKind; offset: number; countOffset: number }[] = base ? [...base.fields] : [];
  const offsets: Record<string, number> = {};
  for (const name of Object.keys(declared) as T[]) {
    const field = declared[name];
    if (field.kind === 'f64') at = (at + 7) & -8;
    offsets[name] = at;
    fields.push({ name, kind: field.kind, offset: at, countOffset: 0 });
    at += field.kind === 'f64' ? 8 : field.kind === 'words' ? 4 * (field.words ?? 1) : 4;
  }
  for (const f of fields) {
    if (f.kind !== 'refs' || f.countOffset !== 0) continue;
    const count = declared[f.name as T].count as string;
    f.countOffset = count === 'ob_size' ? HEAD_SIZE : offsets[count];
  }
  const offsetOf = (kind: FieldKind) => fields.find((f) => f.kind === kind)?.offset ?? 0;
  const info: LayoutInfo = {
    index: layouts.length,
    base,
    fields,
    basicsize: at,
    itemsize: options.items === 'refs' ? 4 : (options.items ?? base?.itemsize ?? 0),
    itemsAreRefs: options.items === 'refs' || (options.items === undefined && (base?.itemsAreRefs ?? false)),
    isVar,
    dictOffset: offsetOf('dict'),
    weaklistOffset: offsetOf('weaklist'),
    refOffsets: Int32Array.from(fields.filter((f) => f.kind === 'ref' || f.kind === 'dict').map((f) => f.offset)),
    refBuffers: fields.filter((f) => f.kind === 'refs').map((f) => ({ offset: f.offset, countOffset: f.countOffset })),
    bufferOffsets: fields.filter((f) => f.kind === 'buffer' || f.kind === 'refs').map((f) => f.offset),
  };
  layouts.push(info);
  if (info.index >= MAX_LAYOUTS) throw new Error('too many layouts: raise MAX_LAYOUTS');
  H32[(records >> 2) + info.index] = makeRecord(info);
  return { ...offsets, info } as unknown as Layout<T>;
}

/**
 * The derived tp_traverse: calls F[visit](reference, arg) for each owned reference of `o`, as `info` declares it, until one answers
 * other than 0, and returns that answer.
 */
export function traverseFields(o: Obj, info: LayoutInfo, visit: number, arg: number): number {
  const f = F[visit];
  const offsets = info.refOffsets;
  for (let i = 0; i < offsets.length; i++) {
    const r = H32[(o + offsets[i]) >> 2];
    if (r !== 0) {
      const answer = f(r, arg);
      if (answer) return answer;
    }
  }
  for (const b of info.refBuffers) {
    const start = H32[(o + b.offset) >> 2];
    if (start === 0) continue;
    const answer = traverseRange(start, H32[(o + b.countOffset) >> 2], visit, arg);
    if (answer) return answer;
  }
  if (info.itemsAreRefs) return traverseRange(o + info.basicsize, H32[(o + HEAD_SIZE) >> 2], visit, arg);
  return 0;
}

/** Visits `n` references (NULL allowed) from address `start` on, as traverseFields. */
export function traverseRange(start: number, n: number, visit: number, arg: number): number {
  const f = F[visit];
  for (let i = start >> 2, end = i + n; i < end; i++) {
    const r = H32[i];
    if (r !== 0) {
      const answer = f(r, arg);
      if (answer) return answer;
    }
  }
  return 0;
}
