// Which classes has `ast`?
//
// Invariant: the classes are made once, when they are first needed, from the table of node kinds (ast_schema.ts), and are then owned by
// the static area, as are the one instance of each operator and context; the root of them all is ast_node.ts's.

import { H32 } from '../memory/linear.js';
import { ASDL, AST_FIELDS, END_REQUIRED, ENUM_TYPES, type FieldInfo, LOCATED_TYPES } from '../compiler/ast_schema.js';
import { PyObject_CallFunctionObjArgs } from '../object/call.js';
import { newref, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyObject_SetAttr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import {
  Py_None,
  PyBaseObject_Type,
  PyList_Type,
  PyLong_Type,
  PyType_Type,
  PyUnicode_Type,
  staticType,
} from '../object/statics.js';
import { PyTuple_Pack } from '../object/tuple.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { _Py_union_type_or } from '../types/union.js';
import { dictOf, toPython as plain } from './values.js';

/** ast.AST */
export const ast_Type = staticType();

export const s_field_types = ID('_field_types');
const s_annotations_cache = ID('__annotations_cache__');

const rows: Readonly<Record<string, readonly [string, string]>> = ASDL;

/** Every class but AST, in the order of the module's names: each sum before what belongs to it. */
export const kinds: readonly string[] = (() => {
  const list = new Set<string>();
  for (const [kind, [sum]] of Object.entries(rows)) {
    if (kind === 'comprehension')
      for (const [name, members] of Object.entries(ENUM_TYPES)) [name, ...members].forEach((k) => list.add(k));
    if (sum !== 'AST') list.add(sum);
    list.add(kind);
  }
  return [...list];
})();

/** A field together with the name that Python code knows it by. */
export interface Field {
  readonly info: FieldInfo;
  /** A handle of its interned name. */
  readonly id: number;
}

/** The fields of each kind, in order. */
const shapes = new Map<string, readonly Field[]>(
  kinds.map((kind) => [kind, (AST_FIELDS.get(kind) ?? []).map((info) => ({ info, id: ID(info.name) }))]),
);

export function fieldsOf(kind: string): readonly Field[] {
  return shapes.get(kind) ?? [];
}

/** Where a class or (under `+name`) the one instance of an operator is kept. */
const made = new Map<string, number>();
for (const kind of kinds) made.set(kind, ownedWord());
for (const name of Object.values(ENUM_TYPES).flat()) made.set(`+${name}`, ownedWord());

/** The class of that name: borrowed, NULL before makeClasses(). */
export function classOf(kind: string): Obj {
  return kind === 'AST' ? ast_Type : (H32[made.get(kind) as number] as Obj);
}

/** The instance of an operator or context: borrowed. */
export function singletonOf(name: string): Obj {
  return H32[made.get(`+${name}`) as number] as Obj;
}

const enumSum = (name: string): string | undefined =>
  Object.keys(ENUM_TYPES).find((sum) => ENUM_TYPES[sum].includes(name));

/** The constructors of a sum, none for another kind. */
export function membersOf(sum: string): readonly string[] {
  return (
    ENUM_TYPES[sum] ??
    Object.entries(rows)
      .filter(([, row]) => row[0] === sum)
      .map(([kind]) => kind)
  );
}

/** A kind as the ASDL writes it: `Name(identifier id, expr_context ctx)`. */
function rowText(kind: string): string {
  const row = rows[kind];
  return row === undefined || row[1] === '' ? kind : `${kind}(${row[1]})`;
}

function docOf(kind: string): string {
  const members = membersOf(kind);
  if (members.length === 0) return rowText(kind);
  const separator = ENUM_TYPES[kind] ? ' | ' : `\n${' '.repeat(kind.length)} | `;
  return `${kind} = ${members.map(rowText).join(separator)}`;
}

/** Makes one class: 0, or -1. */
function makeClass(kind: string): number {
  const base = rows[kind]?.[0] ?? enumSum(kind) ?? 'AST';
  const names = fieldsOf(kind).map((f) => f.info.name);
  const items: [string, Obj][] = [
    ['_fields', plain(names)],
    ['__match_args__', plain(names)],
    ['__module__', plain('ast')],
    ['__doc__', plain(docOf(kind))],
  ];
  if (LOCATED_TYPES.has(kind)) {
    items.push(['_attributes', plain(['lineno', 'col_offset', 'end_lineno', 'end_col_offset'])]);
    if (!END_REQUIRED.has(kind)) items.push(['end_lineno', newref(Py_None)], ['end_col_offset', newref(Py_None)]);
  } else if (base === 'AST') items.push(['_attributes', plain([])]);
  for (const { info } of fieldsOf(kind)) if (info.quantifier === '?') items.push([info.name, newref(Py_None)]);
  const dict = dictOf(items);
  const name = dict === 0 ? NULL : PyUnicode_FromString(kind);
  const bases = name === 0 ? NULL : PyTuple_Pack(classOf(base));
  const cls = bases === 0 ? NULL : PyObject_CallFunctionObjArgs(PyType_Type, name, bases, dict);
  for (const o of [dict, name, bases]) xdecref(o);
  H32[made.get(kind) as number] = cls;
  return cls === 0 ? -1 : 0;
}

/** The type that `_field_types` gives for a field: a new reference, or NULL. */
function typeOfField(f: FieldInfo): Obj {
  const t =
    f.type === 'identifier' || f.type === 'string'
      ? PyUnicode_Type
      : f.type === 'int'
        ? PyLong_Type
        : f.type === 'constant'
          ? PyBaseObject_Type
          : classOf(f.type);
  if (f.quantifier.includes('*')) return Py_GenericAlias(PyList_Type, t);
  return f.quantifier === '?' ? _Py_union_type_or(t, Py_None) : newref(t);
}

/** Gives a class the types of its fields, which are its annotations too: 0, or -1. */
function addFieldTypes(kind: string): number {
  const types = dictOf(fieldsOf(kind).map(({ info }) => [info.name, typeOfField(info)]));
  if (types === 0) return -1;
  let r = PyObject_SetAttr(classOf(kind), idObj(s_field_types), types);
  if (r === 0) r = PyObject_SetAttr(classOf(kind), idObj(s_annotations_cache), types);
  xdecref(types);
  return r;
}

/** Makes all classes, once: 0, or -1. */
export function makeClasses(): number {
  if (singletonOf('NotIn') !== 0) return 0;
  for (const kind of kinds) if (classOf(kind) === 0 && makeClass(kind) < 0) return -1;
  for (const kind of kinds) if (membersOf(kind).length === 0 && addFieldTypes(kind) < 0) return -1;
  for (const name of Object.values(ENUM_TYPES).flat()) {
    const o = PyType_GenericAlloc(classOf(name), 0);
    if (o === 0) return -1;
    H32[made.get(`+${name}`) as number] = o;
  }
  return 0;
}
