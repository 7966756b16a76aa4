// How does a syntax tree become objects of `ast`?  Invariant: each function returns a new reference, or NULL with an exception.

import { type FieldInfo, ENUM_TYPES, isLocated } from '../compiler/ast_schema.js';
import type { ConstValue, Mod } from '../compiler/ast.js';
import { newref, decref, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyList_New, PyList_SET_ITEM } from '../object/list.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyObject_SetAttr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyFrozenSet_New } from '../object/set.js';
import { Py_Ellipsis, Py_False, Py_None, Py_True, PyExc_SystemError } from '../object/statics.js';
import { PyErr_SetString } from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { fromCodePoints, PyUnicode_FromString, PyUnicode_InternInPlace } from '../object/unicode.js';
import { PyComplex_FromDoubles } from '../types/complex.js';
import { classOf, type Field, fieldsOf, makeClasses, singletonOf } from './ast_classes.js';
import { enterNode, leaveNode } from './ast_nesting.js';
import { toPython as plain, tupleOf } from './values.js';

type Node = { readonly kind: string } & Readonly<Record<string, unknown>>;

const ATTRIBUTES = ['lineno', 'col_offset', 'end_lineno', 'end_col_offset'].map((name) => ({ name, id: ID(name) }));

/** A constant of a tree: a new reference, or NULL. */
export function constantToPython(c: ConstValue): Obj {
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
      return c.points ? fromCodePoints(c.points) : PyUnicode_FromString(c.v);
    case 'tuple':
      return tupleOf(c.v.map(constantToPython));
    case 'frozenset': {
      const items = tupleOf(c.v.map(constantToPython));
      const set = items === 0 ? NULL : PyFrozenSet_New(items);
      xdecref(items);
      return set;
    }
    case 'object':
      return newref(c.v as Obj);
    default:
      return PyErr_SetString(PyExc_SystemError, `a ${c.t} in a syntax tree`);
  }
}

function identifier(name: string): Obj {
  const o = PyUnicode_FromString(name);
  return o === 0 ? NULL : PyUnicode_InternInPlace(o);
}

function valueToPython(info: FieldInfo, v: unknown): Obj {
  if (v === null || v === undefined) return newref(Py_None);
  switch (info.type) {
    case 'constant':
      return constantToPython(v as ConstValue);
    case 'identifier':
      return identifier(v as string);
    case 'string':
      return typeof v === 'string' ? PyUnicode_FromString(v) : constantToPython(v as ConstValue);
    case 'int':
      return PyLong_FromLong(v as number);
  }
  return ENUM_TYPES[info.type] ? newref(singletonOf(v as string)) : nodeToPython(info.type, v as Node);
}

function listToPython(info: FieldInfo, values: readonly unknown[]): Obj {
  const list = PyList_New(values.length);
  if (list === 0) return NULL;
  for (let i = 0; i < values.length; i++) {
    const item = valueToPython(info, values[i]);
    if (item === 0) {
      decref(list);
      return NULL;
    }
    PyList_SET_ITEM(list, i, item);
  }
  return list;
}

/** Sets an attribute to `value`, which is stolen and may be NULL: whether that worked. */
function put(o: Obj, id: number, value: Obj): boolean {
  if (value === 0) return false;
  const r = PyObject_SetAttr(o, idObj(id), value);
  decref(value);
  return r === 0;
}

function fill(o: Obj, kind: string, node: Node): boolean {
  const putField = ({ info, id }: Field): boolean => {
    const v = node[info.prop];
    return put(o, id, Array.isArray(v) ? listToPython(info, v) : valueToPython(info, v));
  };
  if (!fieldsOf(kind).every(putField)) return false;
  return !isLocated(kind) || ATTRIBUTES.every(({ name, id }) => put(o, id, PyLong_FromLong(node[name] as number)));
}

function nodeToPython(type: string, node: Node): Obj {
  if (!enterNode(' during ast construction')) return NULL;
  const kind = node.kind ?? type;
  const o = PyType_GenericAlloc(classOf(kind), 0);
  const ok = o !== 0 && fill(o, kind, node);
  leaveNode();
  if (ok) return o;
  xdecref(o);
  return NULL;
}

/** A new `ast` object for the tree, or NULL. */
export function treeToPython(mod: Mod): Obj {
  return makeClasses() < 0 ? NULL : nodeToPython('mod', mod as unknown as Node);
}
