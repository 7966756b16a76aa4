// How do syntax trees become objects of `ast`?
//
// Invariant: the classes are made once, when `_ast` is first needed, from the table of node kinds (ast_schema.ts).

import { H32 } from '../memory/linear.js';
import {
  PyCF_ALLOW_TOP_LEVEL_AWAIT,
  PyCF_ONLY_AST,
  PyCF_OPTIMIZED_AST,
  PyCF_TYPE_COMMENTS,
} from '../compiler/code_unit.js';
import type { ConstValue } from '../compiler/ast.js';
import { ASDL, AST_FIELDS, ENUM_TYPES, type FieldInfo, LOCATED_TYPES } from '../compiler/ast_schema.js';
import { PyObject_CallFunctionObjArgs } from '../object/call.js';
import { defineModule, defineType, getset, method } from '../object/declare.js';
import { dictKey, dictValue, PyDict_GetItemWithError, PyDict_Next } from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyType_Check } from '../object/isinstance.js';
import { dictField, layout } from '../object/layout.js';
import { PyList_New } from '../object/list.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { PyModule_Add, PyModule_AddObjectRef } from '../object/module_storage.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import {
  PyObject_GenericGetDict,
  PyObject_GetAttr,
  PyObject_GetOptionalAttr,
  PyObject_SetAttr,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import {
  Py_Ellipsis,
  Py_False,
  Py_None,
  Py_True,
  PyBaseObject_Type,
  PyExc_DeprecationWarning,
  PyExc_TypeError,
  PyList_Type,
  PyLong_Type,
  PyType_Type,
  PyUnicode_Type,
  staticType,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { PyComplex_FromDoubles } from '../types/complex.js';
import { _Py_union_type_or } from '../types/union.js';
import { port } from '../object/ports.js';
import { astPort } from '../vm/compile_source.js';
import { dictOf, listOf, tupleOf, toPython as plain } from './values.js';

const ast_Type = staticType();
const Ast = layout({ dict: dictField });
const s_fields = ID('_fields');
const s_field_types = ID('_field_types');

/** Where a class or (under `+name`) the one instance of an operator is kept. */
const made = new Map<string, number>();
const kinds: string[] = [];
for (const kind of [...new Set(Object.values(ASDL).map((row) => row[0] as string))].filter((k) => k !== 'AST'))
  kinds.push(kind);
for (const kind of Object.keys(ASDL)) kinds.push(kind);
for (const [sum, names] of Object.entries(ENUM_TYPES)) kinds.push(sum, ...names);
for (const kind of kinds) made.set(kind, ownedWord());
for (const name of Object.values(ENUM_TYPES).flat()) made.set(`+${name}`, ownedWord());

const classOf = (kind: string): Obj => (kind === 'AST' ? ast_Type : (H32[made.get(kind) as number] as Obj));

const enumSum = (name: string): string | undefined =>
  Object.keys(ENUM_TYPES).find((sum) => ENUM_TYPES[sum].includes(name));

function fieldsOf(kind: string): readonly FieldInfo[] {
  return AST_FIELDS.get(kind) ?? [];
}

function rowText(kind: string): string {
  const row = (ASDL as Record<string, readonly [string, string]>)[kind];
  return row === undefined || row[1] === '' ? kind : `${kind}(${row[1]})`;
}

function docOf(kind: string): string {
  const rows = Object.entries(ASDL)
    .filter(([, row]) => row[0] === kind)
    .map(([k]) => k);
  const names = ENUM_TYPES[kind] ?? rows;
  return names.length === 0
    ? rowText(kind)
    : `${kind} = ${names.map(rowText).join(ENUM_TYPES[kind] ? ' | ' : `\n${' '.repeat(kind.length)} | `)}`;
}

/** Makes one class: 0, or -1. */
function makeClass(kind: string): number {
  const row = (ASDL as Record<string, readonly [string, string]>)[kind];
  const base = row?.[0] ?? enumSum(kind) ?? 'AST';
  const names = fieldsOf(kind).map((f) => f.name);
  const items: [string, Obj][] = [
    ['_fields', plain(names)],
    ['__match_args__', plain(names)],
    ['__module__', plain('ast')],
    ['__doc__', plain(docOf(kind))],
  ];
  for (const f of fieldsOf(kind)) if (f.quantifier === '?') items.push([f.name, newref(Py_None)]);
  if (LOCATED_TYPES.has(kind)) {
    items.push(
      ['_attributes', plain(['lineno', 'col_offset', 'end_lineno', 'end_col_offset'])],
      ['end_lineno', newref(Py_None)],
      ['end_col_offset', newref(Py_None)],
    );
  } else if (base === 'AST') items.push(['_attributes', plain([])]);
  const dict = dictOf(items);
  const name = dict === 0 ? NULL : PyUnicode_FromString(kind);
  const bases = name === 0 ? NULL : PyTuple_Pack(classOf(base));
  const cls = bases === 0 ? NULL : PyObject_CallFunctionObjArgs(PyType_Type, name, bases, dict);
  for (const o of [dict, name, bases]) xdecref(o);
  H32[made.get(kind) as number] = cls;
  return cls === 0 ? -1 : 0;
}

function typeOfField(f: FieldInfo): Obj {
  const t =
    f.type === 'identifier' || f.type === 'string'
      ? PyUnicode_Type
      : f.type === 'int'
        ? PyLong_Type
        : f.type === 'constant'
          ? PyBaseObject_Type
          : classOf(f.type);
  if (f.quantifier.includes('*')) {
    return Py_GenericAlias(PyList_Type, t);
  }
  return f.quantifier === '?' ? _Py_union_type_or(t, Py_None) : newref(t);
}

/** Makes all classes, once: 0, or -1. */
function makeClasses(): number {
  if (classOf('Module') !== 0) return 0;
  for (const kind of kinds) if (makeClass(kind) < 0) return -1;
  for (const kind of kinds) {
    if (ENUM_TYPES[kind] || docOf(kind).includes(' = ')) continue;
    const types = dictOf(fieldsOf(kind).map((f) => [f.name, typeOfField(f)]));
    const r = types === 0 ? -1 : PyObject_SetAttr(classOf(kind), idObj(s_field_types), types);
    xdecref(types);
    if (r < 0) return -1;
  }
  for (const name of Object.values(ENUM_TYPES).flat()) {
    const o = PyType_GenericAlloc(classOf(name), 0);
    if (o === 0) return -1;
    H32[made.get(`+${name}`) as number] = o;
  }
  return 0;
}

// --- construction -------------------------------------------------------------------------------------------------------------

/** Gives an omitted field the value that its type says: 0, or -1. */
function fillIn(self: Obj, name: Obj, types: Obj): number {
  const there = PyObject_GetOptionalAttr(self, name);
  if (there !== 0) {
    decref(there);
    return 0;
  }
  if (PyErr_Occurred() !== 0) return -1;
  const t = types === 0 ? NULL : PyDict_GetItemWithError(types, name);
  let value: Obj;
  if (t !== 0 && t === classOf('expr_context')) value = newref(classOf('+Load'));
  else if (t !== 0 && !PyType_Check(t)) value = PyList_New(0);
  else {
    return port.warn(
      PyExc_DeprecationWarning,
      `${typeName(self)}.__init__ missing 1 required positional argument: '${asString(name)}'. This will become an error in Python 3.15.`,
      1,
    );
  }
  const r = value === 0 ? -1 : PyObject_SetAttr(self, name, value);
  xdecref(value);
  return r;
}

function ast_init(self: Obj, args: Obj, kwargs: Obj): number {
  const fields = PyObject_GetAttr(Py_TYPE(self), idObj(s_fields));
  if (fields === 0) return -1;
  const n = PyTuple_GET_SIZE(fields);
  const nargs = PyTuple_GET_SIZE(args);
  let r = 0;
  if (nargs > n) {
    PyErr_SetString(
      PyExc_TypeError,
      `${typeName(self)} constructor takes at most ${n} positional argument${n === 1 ? '' : 's'}`,
    );
    r = -1;
  }
  for (let i = 0; r === 0 && i < nargs; i++)
    r = PyObject_SetAttr(self, PyTuple_GET_ITEM(fields, i), PyTuple_GET_ITEM(args, i));
  if (r === 0 && kwargs !== 0) r = takeKeywords(self, fields, nargs, kwargs);
  const types = r === 0 ? PyObject_GetOptionalAttr(Py_TYPE(self), idObj(s_field_types)) : NULL;
  for (let i = nargs; r === 0 && i < n; i++) r = fillIn(self, PyTuple_GET_ITEM(fields, i), types);
  xdecref(types);
  decref(fields);
  return r;
}

function takeKeywords(self: Obj, fields: Obj, nargs: number, kwargs: Obj): number {
  let pos = 0;
  while ((pos = PyDict_Next(kwargs, pos)) !== 0) {
    const key = dictKey;
    const value = dictValue;
    for (let i = 0; i < nargs; i++) {
      if (asString(PyTuple_GET_ITEM(fields, i)) === asString(key)) {
        PyErr_SetString(PyExc_TypeError, `${typeName(self)} got multiple values for argument '${asString(key)}'`);
        return -1;
      }
    }
    if (PyObject_SetAttr(self, key, value) < 0) return -1;
  }
  return 0;
}

defineType({
  type: ast_Type,
  name: 'ast.AST',
  layout: Ast,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
  slots: { tp_new: (type: Obj) => PyType_GenericAlloc(type, 0), tp_init: ast_init },
  methods: [
    method('__reduce__', '!($self, /)', (self: Obj) => {
      const dict = PyObject_GenericGetDict(self);
      const none = dict === 0 ? NULL : PyTuple_Pack();
      return none === 0 ? NULL : tupleOf([newref(Py_TYPE(self)), none, dict]);
    }),
  ],
  getset: [getset('__dict__', PyObject_GenericGetDict)],
  attributes: { _fields: () => plain([]), __match_args__: () => plain([]), _attributes: () => plain([]) },
});

// --- trees to objects ---------------------------------------------------------------------------------------------------------

function constant(c: ConstValue): Obj {
  switch (c.t) {
    case 'none':
      return newref(Py_None);
    case 'true':
      return newref(Py_True);
    case 'false':
      return newref(Py_False);
    case 'ellipsis':
      return newref(Py_Ellipsis);
    case 'float':
      return PyFloat_FromDouble(c.v);
    case 'complex':
      return PyComplex_FromDoubles(c.re, c.im);
    case 'int':
    case 'bytes':
      return plain(c.v);
    case 'str':
      return PyUnicode_FromString(c.v);
    case 'tuple':
      return tupleOf(c.v.map(constant));
    default:
      return PyErr_SetString(PyExc_TypeError, `a ${c.t} in a syntax tree`);
  }
}

type Node = { readonly kind: string } & Record<string, unknown>;

/** A field's value: a new reference, or NULL. */
function convert(f: FieldInfo, v: unknown): Obj {
  if (Array.isArray(v)) {
    const items: Obj[] = v.map((x) => convert(f, x));
    return listOf(items);
  }
  if (v === null || v === undefined) return newref(Py_None);
  if (f.type === 'constant') return constant(v as ConstValue);
  if (typeof v === 'string') return ENUM_TYPES[f.type] ? newref(classOf(`+${v}`)) : PyUnicode_FromString(v);
  if (typeof v === 'number' || typeof v === 'boolean') return plain(Number(v));
  return nodeToPython(f.type, v as Node);
}

function nodeToPython(type: string, node: Node): Obj {
  const kind = node.kind ?? type;
  const o = PyType_GenericAlloc(classOf(kind), 0);
  if (o === 0) return NULL;
  const put = (name: string, value: Obj): boolean => {
    const key = value === 0 ? NULL : PyUnicode_FromString(name);
    const ok = key !== 0 && PyObject_SetAttr(o, key, value) === 0;
    xdecref(key);
    xdecref(value);
    return ok;
  };
  let ok = fieldsOf(kind).every((f) => put(f.name, convert(f, node[f.prop])));
  if (ok && typeof node.lineno === 'number' && kind !== 'TypeIgnore') {
    ok = ['lineno', 'col_offset', 'end_lineno', 'end_col_offset'].every((name) =>
      put(name, plain(node[name] as number)),
    );
  }
  if (ok) return o;
  decref(o);
  return NULL;
}

astPort.toPython = (mod) => (makeClasses() < 0 ? NULL : nodeToPython('mod', mod as unknown as Node));

defineModule({
  name: '_ast',
  types: [ast_Type],
  exec: (m) => {
    if (makeClasses() < 0) return -1;
    for (const kind of kinds) if (PyModule_AddObjectRef(m, kind, classOf(kind)) < 0) return -1;
    for (const [name, flag] of [
      ['PyCF_ALLOW_TOP_LEVEL_AWAIT', PyCF_ALLOW_TOP_LEVEL_AWAIT],
      ['PyCF_ONLY_AST', PyCF_ONLY_AST],
      ['PyCF_TYPE_COMMENTS', PyCF_TYPE_COMMENTS],
      ['PyCF_OPTIMIZED_AST', PyCF_OPTIMIZED_AST],
    ] as const)
      if (PyModule_Add(m, name, plain(flag)) < 0) return -1;
    return 0;
  },
});
