// What can Python do with a code object?
//
// Invariant: two code objects are equal when their names, counts, flags, first lines, instructions (as compiled), constants (compared with
// their types), variables and tables are; the hash follows from the same parts.

import { H32, H8 } from '../memory/linear.js';
import { bindTuple, bound, noKwargs } from '../object/bind.js';
import { bytesEq, bytesFromArray, PyBytes_AS_STRING, PyBytes_Check, PyBytes_Hash } from '../object/bytes.js';
import { PyErr_Occurred, PyErr_SetString, PyErr_WarnEx, typeName } from '../object/errors.js';
import { defineType, getset, member, method } from '../object/declare.js';
import { HF64 } from '../memory/linear.js';
import { ob_fval, PyFloat_CheckExact } from '../object/float.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyLong_AsInt, PyLong_FromLong } from '../object/long.js';
import { _PyObject_New } from '../object/new_object.js';
import {
  addressText,
  PyObject_Hash,
  PyObject_RichCompareBool,
  PyObject_SelfIter,
  Py_EQ,
  Py_NE,
} from '../object/object.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import {
  emptyTuple,
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyCode_Type,
  PyComplex_Type,
  PyExc_DeprecationWarning,
  PyExc_IndexError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyFrozenSet_Type,
  PyLineIterator_Type,
  PyPositionsIterator_Type,
  PySlice_Type,
  staticType,
} from '../object/statics.js';
import { slice_start, slice_step, slice_stop } from '../object/slice.js';
import {
  PyTuple_Check,
  PyTuple_CheckExact,
  PyTuple_GET_ITEM,
  PyTuple_GET_SIZE,
  PyTuple_New,
  PyTuple_Pack,
  PyTuple_SET_ITEM,
  tupleFromObjs,
} from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString, unicode_eq } from '../object/unicode.js';
import { PyUnicode_Hash } from '../object/unicode.js';
import { CO_FAST_CELL, CO_FAST_FREE, CO_FAST_LOCAL } from '../compiler/code_unit.js';
import { CACHE_ENTRIES, FOR_ITER, NOT_TAKEN, isConditionalJump, EXTENDED_ARG } from '../compiler/opcodes.js';
import { type CodeParts, newCode, originalCode, originalOpcode } from './code_build.js';
import {
  Code,
  co_argcount,
  co_code,
  co_consts,
  co_exceptiontable,
  co_filename,
  co_firstlineno,
  co_flags,
  co_kwonlyargcount,
  co_linetable,
  co_localspluskinds,
  co_localsplusnames,
  co_name,
  co_names,
  co_nlocals,
  co_nlocalsplus,
  co_posonlyargcount,
  co_qualname,
  co_stacksize,
  codeUnits,
  firstLocation,
  locationLineState,
  locationState,
  locColumn,
  locEnd,
  locEndColumn,
  locEndLine,
  locLine,
  locStart,
  nextLocation,
  resumeLocation,
} from './code_layout.js';

const at = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;
const num = (o: Obj, offset: number): number => H32[(o + offset) >> 2];

/** The names of the fast locals of which a kind has one of the bits of `mask`, as a new tuple. */
function variables(code: Obj, mask: number): Obj {
  const names = at(code, co_localsplusnames);
  const kinds = PyBytes_AS_STRING(at(code, co_localspluskinds));
  const list: Obj[] = [];
  for (let i = 0; i < num(code, co_nlocalsplus); i++) {
    const kind = H8[kinds + i];
    if (kind & mask) list.push(PyTuple_GET_ITEM(names, i));
  }
  return tupleFromObjs(list.map(newref));
}

/** PyCode_GetVarnames, PyCode_GetCellvars, PyCode_GetFreevars: new references. */
export function PyCode_GetVarnames(code: Obj): Obj {
  return variables(code, CO_FAST_LOCAL);
}
export function PyCode_GetCellvars(code: Obj): Obj {
  return variables(code, CO_FAST_CELL);
}
export function PyCode_GetFreevars(code: Obj): Obj {
  return variables(code, CO_FAST_FREE);
}

function get_lnotab(code: Obj): Obj {
  if (PyErr_WarnEx(PyExc_DeprecationWarning, 'co_lnotab is deprecated, use co_lines instead.', 1) < 0) return NULL;
  const bytes: number[] = [];
  let line = num(code, co_firstlineno);
  let covered = 0;
  firstLocation(code);
  while (nextLocation(code)) {
    if (locLine < 0 || locLine === line) continue;
    let delta = locStart * 2 - covered;
    let lines = locLine - line;
    covered = locStart * 2;
    line = locLine;
    while (delta > 255) {
      bytes.push(255, 0);
      delta -= 255;
    }
    while (lines > 127) {
      bytes.push(delta, 127);
      delta = 0;
      lines -= 127;
    }
    while (lines < -128) {
      bytes.push(delta, 128);
      delta = 0;
      lines += 128;
    }
    bytes.push(delta, lines & 255);
  }
  return bytesFromArray(bytes);
}

// --- making code objects

const NEW = parseSignature(
  'code',
  '(argcount: int, posonlyargcount: int, kwonlyargcount: int, nlocals: int, stacksize: int, flags: int, codestring, constants, names, varnames, filename, name, qualname, firstlineno: int, linetable, exceptiontable, freevars=(), cellvars=(), /)',
);

function strTuple(tuple: Obj): Obj {
  for (let i = 0; i < PyTuple_GET_SIZE(tuple); i++) {
    const s = PyTuple_GET_ITEM(tuple, i);
    if (!PyUnicode_Check(s))
      return PyErr_SetString(PyExc_TypeError, `name tuples must contain only strings, not '${typeName(s)}'`);
  }
  const list: Obj[] = [];
  for (let i = 0; i < PyTuple_GET_SIZE(tuple); i++) list.push(PyTuple_GET_ITEM(tuple, i));
  return tupleFromObjs(list.map(newref));
}

/** A new tuple of the same items: code objects intern their tuples' items in place, so they must not share the caller's. */
function copyTuple(tuple: Obj): Obj {
  const n = PyTuple_GET_SIZE(tuple);
  const t = PyTuple_New(n);
  if (t !== 0) for (let i = 0; i < n; i++) PyTuple_SET_ITEM(t, i, newref(PyTuple_GET_ITEM(tuple, i)));
  return t;
}

interface Separate {
  nlocals: number;
  varnames: Obj;
  freevars: Obj;
  cellvars: Obj;
}

/** Code from separate tuples of variables (PyUnstable_Code_NewWithPosOnlyArgs): a new reference, or NULL. */
function fromSeparate(p: Omit<CodeParts, 'localsplusnames' | 'localspluskinds'>, s: Separate): Obj {
  const names: Obj[] = [];
  const kinds: number[] = [];
  const nvars = PyTuple_GET_SIZE(s.varnames);
  for (let i = 0; i < nvars; i++) {
    names.push(PyTuple_GET_ITEM(s.varnames, i));
    kinds.push(CO_FAST_LOCAL);
  }
  for (let i = 0; i < PyTuple_GET_SIZE(s.cellvars); i++) {
    const cell = PyTuple_GET_ITEM(s.cellvars, i);
    const j = names.findIndex((n, k) => k < nvars && (n === cell || unicode_eq(n, cell)));
    if (j >= 0) kinds[j] |= CO_FAST_CELL;
    else {
      names.push(cell);
      kinds.push(CO_FAST_CELL);
    }
  }
  for (let i = 0; i < PyTuple_GET_SIZE(s.freevars); i++) {
    names.push(PyTuple_GET_ITEM(s.freevars, i));
    kinds.push(CO_FAST_FREE);
  }
  let arg = p.argcount + p.kwonlyargcount;
  for (let i = 0; i < Math.min(arg, nvars); i++) kinds[i] |= i < p.posonlyargcount ? 2 : i < p.argcount ? 6 : 4;
  if (p.flags & 4 && arg < nvars) kinds[arg++] |= 2 | 8;
  if (p.flags & 8 && arg < nvars) kinds[arg] |= 4 | 8;
  if (nvars !== s.nlocals) return PyErr_SetString(PyExc_ValueError, 'code: co_nlocals != len(co_varnames)');
  const localsplusnames = tupleFromObjs(names.map(newref));
  const localspluskinds = bytesFromArray(kinds);
  const consts = copyTuple(p.consts);
  const coNames = strTuple(p.names);
  const ok = localsplusnames !== 0 && localspluskinds !== 0 && consts !== 0 && coNames !== 0;
  const code = ok ? newCode({ ...p, consts, names: coNames, localsplusnames, localspluskinds }, false) : NULL;
  for (const o of [localsplusnames, localspluskinds, consts, coNames]) if (o !== 0) decref(o);
  return code;
}

const POSITIVE: readonly (readonly [index: number, message: string])[] = [
  [0, 'code: argcount must not be negative'],
  [1, 'code: posonlyargcount must not be negative'],
  [2, 'code: kwonlyargcount must not be negative'],
  [3, 'code: nlocals must not be negative'],
];

function code_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  void type;
  if (!noKwargs('code', kwargs) || !bindTuple(NEW, args, NULL)) return NULL;
  const b = bound.slice(0, 18) as Obj[];
  for (const [i, message] of POSITIVE) if (b[i] < 0) return PyErr_SetString(PyExc_ValueError, message);
  const wrong = (i: number, expected: string): Obj =>
    PyErr_SetString(PyExc_TypeError, `code() argument ${i + 1} must be ${expected}, not ${typeName(b[i])}`);
  for (const i of [6, 14, 15]) if (!PyBytes_Check(b[i])) return wrong(i, 'bytes');
  for (const i of [7, 8, 9]) if (!PyTuple_Check(b[i])) return wrong(i, 'tuple');
  for (const i of [10, 11, 12]) if (!PyUnicode_Check(b[i])) return wrong(i, 'str');
  if (b[16] === 0) b[16] = emptyTuple;
  if (b[17] === 0) b[17] = emptyTuple;
  for (const i of [16, 17]) if (!PyTuple_Check(b[i])) return wrong(i, 'tuple');
  const tuples: Obj[] = [];
  for (const i of [9, 16, 17]) {
    const t = strTuple(b[i]);
    if (t === 0) {
      for (const o of tuples) decref(o);
      return NULL;
    }
    tuples.push(t);
  }
  const code = fromSeparate(
    {
      argcount: b[0],
      posonlyargcount: b[1],
      kwonlyargcount: b[2],
      stacksize: b[4],
      flags: b[5],
      code: b[6],
      consts: b[7],
      names: b[8],
      filename: b[10],
      name: b[11],
      qualname: b[12],
      firstlineno: b[13],
      linetable: b[14],
      exceptiontable: b[15],
    },
    { nlocals: b[3], varnames: tuples[0], freevars: tuples[1], cellvars: tuples[2] },
  );
  for (const o of tuples) decref(o);
  return code;
}

const REPLACE_NAMES = [
  'co_argcount',
  'co_posonlyargcount',
  'co_kwonlyargcount',
  'co_nlocals',
  'co_stacksize',
  'co_flags',
  'co_firstlineno',
  'co_code',
  'co_consts',
  'co_names',
  'co_varnames',
  'co_freevars',
  'co_cellvars',
  'co_filename',
  'co_name',
  'co_qualname',
  'co_linetable',
  'co_exceptiontable',
] as const;

function code_replace(code: Obj, ...given: Obj[]): Obj {
  const owned: Obj[] = [];
  const own = (o: Obj): Obj => {
    if (o !== 0) owned.push(o);
    return o;
  };
  const done = (r: Obj): Obj => {
    for (const o of owned) decref(o);
    return r;
  };
  const ints: number[] = [];
  const offsets = [
    co_argcount,
    co_posonlyargcount,
    co_kwonlyargcount,
    co_nlocals,
    co_stacksize,
    co_flags,
    co_firstlineno,
  ];
  for (let i = 0; i < 7; i++) {
    let v = num(code, offsets[i]);
    if (given[i] !== 0) {
      v = PyLong_AsInt(given[i]);
      if (v === -1 && PyErr_Occurred() !== 0) return NULL;
    }
    ints.push(v);
  }
  for (let i = 0; i < 4; i++) {
    if (ints[i] < 0) return PyErr_SetString(PyExc_ValueError, POSITIVE[i][1]);
  }
  const kinds = ['bytes', 'tuple', 'tuple', 'tuple', 'tuple', 'tuple', 'str', 'str', 'str', 'bytes', 'bytes'];
  const objs: Obj[] = [];
  for (let i = 7; i < 18; i++) {
    let o = given[i];
    const kind = kinds[i - 7];
    if (o !== 0) {
      const right = kind === 'bytes' ? PyBytes_Check(o) : kind === 'tuple' ? PyTuple_Check(o) : PyUnicode_Check(o);
      if (!right) {
        PyErr_SetString(
          PyExc_TypeError,
          `replace() argument '${REPLACE_NAMES[i]}' must be ${kind}, not ${typeName(o)}`,
        );
        return done(NULL);
      }
    } else if (i === 7) o = own(originalCode(code));
    else if (i === 8) o = at(code, co_consts);
    else if (i === 9) o = at(code, co_names);
    else if (i === 10) o = own(PyCode_GetVarnames(code));
    else if (i === 11) o = own(PyCode_GetFreevars(code));
    else if (i === 12) o = own(PyCode_GetCellvars(code));
    else o = at(code, [co_filename, co_name, co_qualname, co_linetable, co_exceptiontable][i - 13]);
    if (o === 0) return done(NULL);
    objs.push(o);
  }
  for (const i of [3, 4, 5]) {
    for (let k = 0; k < PyTuple_GET_SIZE(objs[i]); k++) {
      const s = PyTuple_GET_ITEM(objs[i], k);
      if (!PyUnicode_Check(s)) {
        PyErr_SetString(PyExc_TypeError, `name tuples must contain only strings, not '${typeName(s)}'`);
        return done(NULL);
      }
    }
  }
  return done(
    fromSeparate(
      {
        argcount: ints[0],
        posonlyargcount: ints[1],
        kwonlyargcount: ints[2],
        stacksize: ints[4],
        flags: ints[5],
        firstlineno: ints[6],
        code: objs[0],
        consts: objs[1],
        names: objs[2],
        filename: objs[6],
        name: objs[7],
        qualname: objs[8],
        linetable: objs[9],
        exceptiontable: objs[10],
      },
      { nlocals: ints[3], varnames: objs[3], freevars: objs[4], cellvars: objs[5] },
    ),
  );
}

// --- equality

/** Whether two constants are the same constant: equal, and of the same types all the way down.  1, 0, or -1. */
function sameConstant(a: Obj, b: Obj): number {
  if (a === b) return 1;
  const type = Py_TYPE(a);
  if (type !== Py_TYPE(b)) return 0;
  if (PyTuple_CheckExact(a)) {
    const n = PyTuple_GET_SIZE(a);
    if (n !== PyTuple_GET_SIZE(b)) return 0;
    for (let i = 0; i < n; i++) {
      const same = sameConstant(PyTuple_GET_ITEM(a, i), PyTuple_GET_ITEM(b, i));
      if (same !== 1) return same;
    }
    return 1;
  }
  if (PyFloat_CheckExact(a)) return Object.is(HF64[(a + ob_fval) >> 3], HF64[(b + ob_fval) >> 3]) ? 1 : 0;
  if (type === PyComplex_Type) {
    const r = PyObject_RichCompareBool(a, b, Py_EQ);
    if (r !== 1) return r;
    const x = (a + ob_fval) >> 3;
    const y = (b + ob_fval) >> 3;
    return Object.is(HF64[x], HF64[y]) && Object.is(HF64[x + 1], HF64[y + 1]) ? 1 : 0;
  }
  if (type === PySlice_Type) {
    for (const offset of [slice_start, slice_stop, slice_step]) {
      const same = sameConstant(at(a, offset), at(b, offset));
      if (same !== 1) return same;
    }
    return 1;
  }
  if (type === PyFrozenSet_Type || type === PyCode_Type) return PyObject_RichCompareBool(a, b, Py_EQ);
  if (PyUnicode_Check(a)) return unicode_eq(a, b) ? 1 : 0;
  return PyObject_RichCompareBool(a, b, Py_EQ);
}

const COMPARED_NUMBERS = [co_argcount, co_posonlyargcount, co_kwonlyargcount, co_flags, co_firstlineno];

function codeEqual(a: Obj, b: Obj): number {
  if (!unicode_eq(at(a, co_name), at(b, co_name))) return 0;
  for (const offset of COMPARED_NUMBERS) if (num(a, offset) !== num(b, offset)) return 0;
  const n = codeUnits(a);
  if (n !== codeUnits(b)) return 0;
  for (let i = 0; i < n; ) {
    const op = originalOpcode(a, i);
    if (op !== originalOpcode(b, i) || H8[a + co_code + 2 * i + 1] !== H8[b + co_code + 2 * i + 1]) return 0;
    i += 1 + CACHE_ENTRIES[op];
  }
  let same = sameConstant(at(a, co_consts), at(b, co_consts));
  if (same !== 1) return same;
  for (const offset of [co_names, co_localsplusnames]) {
    same = sameConstant(at(a, offset), at(b, offset));
    if (same !== 1) return same;
  }
  for (const offset of [co_linetable, co_exceptiontable]) if (!bytesEq(at(a, offset), at(b, offset))) return 0;
  return 1;
}

function code_richcompare(a: Obj, b: Obj, op: number): Obj {
  if ((op !== Py_EQ && op !== Py_NE) || Py_TYPE(a) !== PyCode_Type || Py_TYPE(b) !== PyCode_Type)
    return newref(Py_NotImplemented);
  const eq = a === b ? 1 : codeEqual(a, b);
  if (eq < 0) return NULL;
  return newref((eq === 1) === (op === Py_EQ) ? Py_True : Py_False);
}

function code_hash(o: Obj): number {
  let h = 20221211;
  const mix = (v: number): void => {
    h = Math.imul(h ^ v, 1000003);
  };
  mix(PyUnicode_Hash(at(o, co_name)));
  for (const offset of [co_consts, co_names, co_localsplusnames]) {
    const v = PyObject_Hash(at(o, offset));
    if (v === -1) return -1;
    mix(v);
  }
  mix(PyBytes_Hash(at(o, co_linetable)));
  mix(PyBytes_Hash(at(o, co_exceptiontable)));
  for (const offset of COMPARED_NUMBERS) mix(num(o, offset));
  const n = codeUnits(o);
  for (let i = 0; i < n; ) {
    const op = originalOpcode(o, i);
    mix(op | (H8[o + co_code + 2 * i + 1] << 8));
    i += 1 + CACHE_ENTRIES[op];
  }
  h |= 0;
  return h === -1 ? -2 : h;
}

function code_repr(o: Obj): Obj {
  const line = num(o, co_firstlineno);
  return PyUnicode_FromString(
    `<code object ${asString(at(o, co_name))} at ${addressText(o)}, file "${asString(at(o, co_filename))}", line ${line !== 0 ? line : -1}>`,
  );
}

function varname_from_oparg(code: Obj, oparg: Obj): Obj {
  const i = PyLong_AsInt(oparg);
  if (i === -1 && PyErr_Occurred() !== 0) return NULL;
  if (i < 0 || i >= num(code, co_nlocalsplus)) return PyErr_SetString(PyExc_IndexError, 'tuple index out of range');
  return newref(PyTuple_GET_ITEM(at(code, co_localsplusnames), i));
}

// --- iterators over the tables

const TableIterator = layout({ code: ref, state: i32, line: i32, unit: i32, end: i32 });
const { code: ti_code, state: ti_state, line: ti_line, unit: ti_unit, end: ti_end } = TableIterator;
const PyBranchesIterator_Type = staticType();

function newTableIterator(type: Obj, code: Obj): Obj {
  const it = _PyObject_New(type);
  if (it === 0) return NULL;
  H32[(it + ti_code) >> 2] = newref(code);
  firstLocation(code);
  H32[(it + ti_state) >> 2] = locationState(code);
  H32[(it + ti_line) >> 2] = locationLineState();
  PyObject_GC_Track(it);
  return it;
}

/** Goes to the next entry of the location table and remembers the place; false at the end. */
function advance(it: Obj): boolean {
  const code = at(it, ti_code);
  resumeLocation(code, num(it, ti_state), num(it, ti_line), num(it, ti_end));
  if (!nextLocation(code)) return false;
  H32[(it + ti_state) >> 2] = locationState(code);
  H32[(it + ti_line) >> 2] = locationLineState();
  H32[(it + ti_end) >> 2] = locEnd;
  return true;
}

function numberOrNone(n: number): Obj {
  return n < 0 ? newref(Py_None) : PyLong_FromLong(n);
}

function tupleOf(...items: Obj[]): Obj {
  if (items.some((o) => o === 0)) {
    for (const o of items) if (o !== 0) decref(o);
    return NULL;
  }
  const t = PyTuple_Pack(...items);
  for (const o of items) decref(o);
  return t;
}

/** co_lines(): ranges of instructions of one line, adjacent entries of the same line joined. */
function lines_next(it: Obj): Obj {
  if (!advance(it)) return NULL;
  const start = locStart;
  const line = locLine;
  let end = locEnd;
  for (;;) {
    const state = num(it, ti_state);
    const running = num(it, ti_line);
    const was = num(it, ti_end);
    if (!advance(it)) break;
    if (locLine !== line) {
      H32[(it + ti_state) >> 2] = state;
      H32[(it + ti_line) >> 2] = running;
      H32[(it + ti_end) >> 2] = was;
      break;
    }
    end = locEnd;
  }
  return tupleOf(PyLong_FromLong(start * 2), PyLong_FromLong(end * 2), numberOrNone(line));
}

/** co_positions(): a tuple for each code unit. */
function positions_next(it: Obj): Obj {
  const code = at(it, ti_code);
  const unit = num(it, ti_unit);
  if (unit >= num(it, ti_end)) {
    if (!advance(it)) return NULL;
  } else {
    // Read the entry that covers the unit once more.
    firstLocation(code);
    while (nextLocation(code) && locEnd <= unit);
  }
  H32[(it + ti_unit) >> 2] = unit + 1;
  return tupleOf(numberOrNone(locLine), numberOrNone(locEndLine), numberOrNone(locColumn), numberOrNone(locEndColumn));
}

/** co_branches(): (offset of the branch, of its left and of its right destination). */
function branches_next(it: Obj): Obj {
  const code = at(it, ti_code);
  const n = codeUnits(code);
  let i = num(it, ti_unit);
  let oparg = 0;
  while (i < n) {
    const op = originalOpcode(code, i);
    oparg = (oparg << 8) | H8[code + co_code + 2 * i + 1];
    if (op === EXTENDED_ARG) {
      i++;
      continue;
    }
    const next = i + 1 + CACHE_ENTRIES[op];
    if (isConditionalJump(op) || op === FOR_ITER) {
      H32[(it + ti_unit) >> 2] = next;
      const target = next + oparg;
      // The NOT_TAKEN that follows belongs to the branch; an exhausted for loop goes to the POP_ITER behind its END_FOR.
      const left = originalOpcode(code, next) === NOT_TAKEN ? next + 1 : next;
      return tupleOf(
        PyLong_FromLong(i * 2),
        PyLong_FromLong(left * 2),
        PyLong_FromLong((op === FOR_ITER ? target + 1 : target) * 2),
      );
    }
    oparg = 0;
    i = next;
  }
  H32[(it + ti_unit) >> 2] = i;
  return NULL;
}

for (const [type, name, next] of [
  [PyLineIterator_Type, 'line_iterator', lines_next],
  [PyPositionsIterator_Type, 'positions_iterator', positions_next],
  [PyBranchesIterator_Type, 'branches_iterator', branches_next],
] as const) {
  defineType({
    type,
    name,
    layout: TableIterator,
    flags: Py_TPFLAGS_HAVE_GC,
    slots: { tp_new: null, tp_iter: PyObject_SelfIter, tp_iternext: next },
  });
}

defineType({
  type: PyCode_Type,
  name: 'code',
  layout: Code,
  doc: 'Create a code object.  Not for mere mortals.',
  signature:
    '(argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize,\n     flags, codestring, constants, names, varnames, filename, name,\n     qualname, firstlineno, linetable, exceptiontable, freevars=(),\n     cellvars=(), /)',
  slots: { tp_new: code_new, tp_repr: code_repr, tp_hash: code_hash, tp_richcompare: code_richcompare },
  methods: [
    method('co_lines', '!($self, /)', (code: Obj) => newTableIterator(PyLineIterator_Type, code)),
    method('co_positions', '!($self, /)', (code: Obj) => newTableIterator(PyPositionsIterator_Type, code)),
    method('co_branches', '!($self, /)', (code: Obj) => newTableIterator(PyBranchesIterator_Type, code)),
    method(
      'replace',
      `($self, /, *, ${REPLACE_NAMES.map((n) => `${n}=<unrepresentable>`).join(', ')})`,
      code_replace,
      'Return a copy of the code object with new values for the specified fields.',
    ),
    method(
      '__replace__',
      `!($self, /, *, ${REPLACE_NAMES.map((n) => `${n}=<unrepresentable>`).join(', ')})`,
      code_replace,
      'The same as replace().',
    ),
    method(
      '_varname_from_oparg',
      '($self, /, oparg)',
      varname_from_oparg,
      '(internal-only) Return the local variable name for the given oparg.\n\nWARNING: this method is for internal use only and may change or go away.',
    ),
  ],
  members: [
    member('co_argcount', 'int', co_argcount),
    member('co_posonlyargcount', 'int', co_posonlyargcount),
    member('co_kwonlyargcount', 'int', co_kwonlyargcount),
    member('co_stacksize', 'int', co_stacksize),
    member('co_flags', 'int', co_flags),
    member('co_names', 'object', co_names),
    member('co_filename', 'object', co_filename),
    member('co_name', 'object', co_name),
    member('co_qualname', 'object', co_qualname),
    member('co_firstlineno', 'int', co_firstlineno),
    member('co_linetable', 'object', co_linetable),
    member('co_exceptiontable', 'object', co_exceptiontable),
    member('co_nlocals', 'int', co_nlocals),
    member('co_consts', 'object', co_consts),
  ],
  getset: [
    getset('co_lnotab', get_lnotab),
    getset('_co_code_adaptive', (code: Obj) =>
      bytesFromArray(H8.subarray(code + co_code, code + co_code + 2 * codeUnits(code))),
    ),
    getset('co_varnames', PyCode_GetVarnames),
    getset('co_cellvars', PyCode_GetCellvars),
    getset('co_freevars', PyCode_GetFreevars),
    getset('co_code', originalCode),
  ],
});
