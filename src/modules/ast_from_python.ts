// How do objects of `ast` become a syntax tree?
//
// Invariant: what comes out has the shape of ast.ts, whatever attributes a program gave its nodes; whether it makes sense is
// ast_validate.ts's question.  A node with attributes has these read first, a product type (`arg`, `alias`, …) last, as CPython does.  Constants that the
// compiler does not know stay objects: the tree then refers to them, and `kept` owns them.

import { END_REQUIRED, ENUM_TYPES, isLocated, LOCATED_TYPES } from '../compiler/ast_schema.js';
import type { ConstValue, Mod } from '../compiler/ast.js';
import type { ParseMode } from '../compiler/parser.js';
import { asBytes, PyBytes_CheckExact } from '../object/bytes.js';
import { PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { PyFloat_AS_DOUBLE, PyFloat_CheckExact } from '../object/float.js';
import { decref, incref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_IsInstance } from '../object/isinstance.js';
import { PyList_Check, PyList_GET_ITEM, PyList_GET_SIZE } from '../object/list.js';
import { asBigInt, PyLong_AsInt, PyLong_Check, PyLong_CheckExact } from '../object/long.js';
import { PyObject_GetOptionalAttr, PyObject_Repr } from '../object/object.js';
import type { Obj } from '../object/ptr.js';
import { _PySet_NextEntry, PyFrozenSet_CheckExact, setKey } from '../object/set.js';
import {
  Py_Ellipsis,
  Py_False,
  Py_None,
  Py_True,
  PyExc_RuntimeError,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import { PyTuple_CheckExact, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import {
  asString,
  PyUnicode_CheckExact,
  PyUnicode_GET_LENGTH,
  PyUnicode_MAX_CHAR_VALUE,
  PyUnicode_READ_CHAR,
} from '../object/unicode.js';
import { PyComplex_CheckExact } from '../types/complex.js';
import { complexParts, imagPart, realPart } from '../types/complex_parts.js';
import { classOf, type Field, fieldsOf, makeClasses, membersOf } from './ast_classes.js';
import { enterNode, leaveNode } from './ast_nesting.js';

/** What a conversion yields when an exception is set. */
const FAILED = Symbol('failed');
type Failed = typeof FAILED;
type Node = Record<string, unknown>;

function fail(type: Obj, message: string): Failed {
  PyErr_SetString(type, message);
  return FAILED;
}

// ---- Leaves ----------------------------------------------------------------------------------------------------------------------

function stringConstant(o: Obj): ConstValue {
  const v = asString(o);
  if (PyUnicode_MAX_CHAR_VALUE(o) < 0xd800 || !/[\ud800-\udfff]/.test(v)) return { t: 'str', v };
  const points = Array.from({ length: PyUnicode_GET_LENGTH(o) }, (_, i) => PyUnicode_READ_CHAR(o, i));
  return points.some((c) => c >= 0xd800 && c < 0xe000) ? { t: 'str', v, points } : { t: 'str', v };
}

/** The items of a tuple or frozenset. */
function itemsOf(o: Obj): Obj[] {
  if (PyTuple_CheckExact(o)) return Array.from({ length: PyTuple_GET_SIZE(o) }, (_, i) => PyTuple_GET_ITEM(o, i));
  const items: Obj[] = [];
  for (let pos = 0; (pos = _PySet_NextEntry(o, pos)) !== 0; ) items.push(setKey);
  return items;
}

function constant(o: Obj, kept: Obj[]): ConstValue | Failed {
  if (o === Py_None) return { t: 'none' };
  if (o === Py_True) return { t: 'true' };
  if (o === Py_False) return { t: 'false' };
  if (o === Py_Ellipsis) return { t: 'ellipsis' };
  if (PyLong_CheckExact(o)) return { t: 'int', v: asBigInt(o) };
  if (PyFloat_CheckExact(o)) return { t: 'float', v: PyFloat_AS_DOUBLE(o) };
  if (PyUnicode_CheckExact(o)) return stringConstant(o);
  if (PyBytes_CheckExact(o)) return { t: 'bytes', v: asBytes(o).slice() };
  if (PyComplex_CheckExact(o)) {
    complexParts(o);
    return { t: 'complex', re: realPart, im: imagPart };
  }
  if (PyTuple_CheckExact(o) || PyFrozenSet_CheckExact(o)) {
    if (!enterNode(' during compilation')) return FAILED;
    const v: ConstValue[] = [];
    let ok = true;
    for (const item of itemsOf(o)) {
      const c = constant(item, kept);
      ok = c !== FAILED;
      if (c === FAILED) break;
      v.push(c);
    }
    leaveNode();
    if (!ok) return FAILED;
    return { t: PyTuple_CheckExact(o) ? 'tuple' : 'frozenset', v };
  }
  kept.push(newref(o));
  return { t: 'object', v: o };
}

/** A constant as the compiler has it; what it cannot take apart is kept in `kept` (owned). null with an exception. */
export function constantFromPython(o: Obj, kept: Obj[]): ConstValue | null {
  const c = constant(o, kept);
  return c === FAILED ? null : c;
}

function integer(o: Obj): number | Failed {
  if (!PyLong_Check(o)) {
    const text = PyObject_Repr(o);
    if (text === 0) return FAILED;
    fail(PyExc_ValueError, `invalid integer value: ${asString(text)}`);
    decref(text);
    return FAILED;
  }
  const n = PyLong_AsInt(o);
  return n === -1 && PyErr_Occurred() !== 0 ? FAILED : n;
}

// ---- Nodes -----------------------------------------------------------------------------------------------------------------------

const S_LINENO = ID('lineno');
const S_COL_OFFSET = ID('col_offset');
const S_END_LINENO = ID('end_lineno');
const S_END_COL_OFFSET = ID('end_col_offset');

class Converter {
  /** Owns what the tree's opaque constants refer to. */
  readonly kept: Obj[] = [];

  /** The attribute of that name converted; `absent` if there is none (or None, where that means the same). */
  private attribute(o: Obj, id: number, owner: string, name: string, absent: number | null): number | Failed {
    const value = PyObject_GetOptionalAttr(o, idObj(id));
    if (value === 0) {
      if (PyErr_Occurred() !== 0) return FAILED;
      return absent ?? fail(PyExc_TypeError, `required field "${name}" missing from ${owner}`);
    }
    const n = value === Py_None && absent !== null ? absent : integer(value);
    decref(value);
    return n;
  }

  /** Reads where a node is: false with an exception. */
  private place(o: Obj, owner: string, into: Node): boolean {
    const lineno = this.attribute(o, S_LINENO, owner, 'lineno', null);
    if (lineno === FAILED) return false;
    const col = this.attribute(o, S_COL_OFFSET, owner, 'col_offset', null);
    if (col === FAILED) return false;
    const must = END_REQUIRED.has(owner);
    const endLineno = this.attribute(o, S_END_LINENO, owner, 'end_lineno', must ? null : lineno);
    if (endLineno === FAILED) return false;
    const endCol = this.attribute(o, S_END_COL_OFFSET, owner, 'end_col_offset', must ? null : col);
    if (endCol === FAILED) return false;
    into.lineno = lineno;
    into.col_offset = col;
    into.end_lineno = endLineno;
    into.end_col_offset = endCol;
    return true;
  }

  /** Which of a sum's kinds the object is; '' if none, null with an exception. */
  private kindOf(o: Obj, sum: string): string | null {
    const members = membersOf(sum);
    const type = Py_TYPE(o);
    for (const kind of members) if (classOf(kind) === type) return kind;
    for (const kind of members) {
      const is = PyObject_IsInstance(o, classOf(kind));
      if (is !== 0) return is < 0 ? null : kind;
    }
    return '';
  }

  private unexpected(o: Obj, sum: string): Failed {
    const text = PyObject_Repr(o);
    if (text === 0) return FAILED;
    fail(PyExc_TypeError, `expected some sort of ${sum}, but got ${asString(text)}`);
    decref(text);
    return FAILED;
  }

  private operator(o: Obj, sum: string): string | Failed {
    const kind = this.kindOf(o, sum);
    return kind === null ? FAILED : kind === '' ? this.unexpected(o, sum) : kind;
  }

  /** A value of the type that the ASDL names; null for None where a node or a name is wanted. */
  private value(o: Obj, type: string): unknown {
    switch (type) {
      case 'constant':
        return constant(o, this.kept);
      case 'int':
        return integer(o);
      case 'identifier':
        if (o === Py_None) return null;
        return PyUnicode_CheckExact(o) ? asString(o) : fail(PyExc_TypeError, 'AST identifier must be of type str');
      case 'string':
        if (PyUnicode_CheckExact(o)) return asString(o);
        return PyBytes_CheckExact(o) ? constant(o, this.kept) : fail(PyExc_TypeError, 'AST string must be of type str');
    }
    if (ENUM_TYPES[type]) return this.operator(o, type);
    return membersOf(type).length > 0 ? this.sum(o, type) : this.product(o, type);
  }

  /** A field's value: that of the attribute `o`, which is stolen. */
  private fieldValue(o: Obj, f: Field, kind: string): unknown {
    const { type, quantifier } = f.info;
    let v: unknown;
    if (quantifier.includes('*')) v = this.list(o, f, kind);
    else if (quantifier === '?' && o === Py_None) v = null;
    else if (enterNode(` while traversing '${kind}' node`)) {
      v = this.value(o, type);
      leaveNode();
    } else v = FAILED;
    decref(o);
    return v === null && type === 'int' ? 0 : v;
  }

  private list(o: Obj, f: Field, kind: string): unknown[] | Failed {
    const { type, name } = f.info;
    if (!PyList_Check(o)) {
      return fail(PyExc_TypeError, `${kind} field "${name}" must be a list, not a ${typeName(o)}`);
    }
    const n = PyList_GET_SIZE(o);
    const values: unknown[] = [];
    for (let i = 0; i < n; i++) {
      const item = PyList_GET_ITEM(o, i);
      if (!enterNode(` while traversing '${kind}' node`)) return FAILED;
      incref(item);
      const v = this.value(item, type);
      decref(item);
      leaveNode();
      if (v === FAILED) return FAILED;
      // The validator has its own words for these two; the others would be no tree.
      if (v === null && type !== 'expr' && type !== 'stmt') {
        return fail(PyExc_ValueError, `None disallowed in ${type} list`);
      }
      if (PyList_GET_SIZE(o) !== n) {
        return fail(PyExc_RuntimeError, `${kind} field "${name}" changed size during iteration`);
      }
      values.push(v);
    }
    return values;
  }

  /** Reads the fields of a node of that kind: false with an exception. */
  private fields(o: Obj, kind: string, into: Node): boolean {
    for (const f of fieldsOf(kind)) {
      const { name, prop, quantifier, type } = f.info;
      const value = PyObject_GetOptionalAttr(o, idObj(f.id));
      if (value === 0) {
        if (PyErr_Occurred() !== 0) return false;
        if (quantifier === '') {
          fail(PyExc_TypeError, `required field "${name}" missing from ${kind}`);
          return false;
        }
        into[prop] = quantifier === '?' ? (type === 'int' ? 0 : null) : [];
        continue;
      }
      const v = this.fieldValue(value, f, kind);
      if (v === FAILED) return false;
      into[prop] = v;
    }
    return true;
  }

  /** The node, if nothing that it must have is None. */
  private complete(node: Node, kind: string): Node | Failed {
    for (const { info } of fieldsOf(kind)) {
      if (info.quantifier === '' && node[info.prop] === null) {
        return fail(PyExc_ValueError, `field '${info.name}' is required for ${kind}`);
      }
    }
    return node;
  }

  private sum(o: Obj, sum: string): Node | null | Failed {
    if (o === Py_None) return null;
    const node: Node = { kind: '' };
    if (LOCATED_TYPES.has(sum) && !this.place(o, sum, node)) return FAILED;
    const kind = this.kindOf(o, sum);
    if (kind === null) return FAILED;
    if (kind === '') return this.unexpected(o, sum);
    node.kind = kind;
    return this.fields(o, kind, node) ? this.complete(node, kind) : FAILED;
  }

  private product(o: Obj, kind: string): Node | Failed {
    const node: Node = { kind };
    if (!this.fields(o, kind, node)) return FAILED;
    return !isLocated(kind) || this.place(o, kind, node) ? this.complete(node, kind) : FAILED;
  }

  mod(o: Obj): Mod | null {
    const node = this.sum(o, 'mod');
    return node === FAILED ? null : (node as unknown as Mod | null);
  }
}

const MODULE_KINDS: Readonly<Record<ParseMode, string>> = {
  exec: 'Module',
  eval: 'Expression',
  single: 'Interactive',
  func_type: 'FunctionType',
};

/**
 * The tree of an `ast` object of the class that fits `mode`, and the references that the tree's opaque constants borrow (the caller gives
 * them back when it is done with the tree); null with an exception.
 */
export function treeFromPython(o: Obj, mode: ParseMode): { mod: Mod; kept: Obj[] } | null {
  if (makeClasses() < 0) return null;
  const wanted = MODULE_KINDS[mode];
  const is = PyObject_IsInstance(o, classOf(wanted));
  if (is === 0) PyErr_SetString(PyExc_TypeError, `expected ${wanted} node, got ${typeName(o)}`);
  if (is <= 0) return null;
  const converter = new Converter();
  const mod = converter.mod(o);
  if (mod !== null) return { mod, kept: converter.kept };
  for (const c of converter.kept) decref(c);
  return null;
}
