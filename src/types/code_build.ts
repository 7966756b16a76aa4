// How do code objects come to be?
//
// Invariant: whatever asks for a code object (the compiler, marshal, code.__new__, replace) comes through newCode, with a CodeParts that owns
// nothing; names are interned, and so are string constants that look like identifiers; the counts that are derived from the fast locals are
// derived here.  Code that does not come from our compiler is verified before it first runs (code_verify.ts): the evaluation loop trusts it.

import { H16, H32, H8, staticWord } from '../memory/linear.js';
import { asBytes, bytesFromArray, PyBytes_AS_STRING, PyBytes_GET_SIZE } from '../object/bytes.js';
import { PyComplex_FromDoubles } from './complex.js';
import { errMinus1, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { decref, newref, xdecref } from '../object/header.js';
import { PyLong_FromBigInt } from '../object/long.js';
import { _PyObject_NewVar } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyFrozenSet_New, PySet_Add } from '../object/set.js';
import { PySlice_New } from '../object/slice.js';
import {
  Py_Ellipsis,
  Py_False,
  Py_None,
  Py_True,
  PyCode_Type,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import {
  PyTuple_CheckExact,
  PyTuple_GET_ITEM,
  PyTuple_GET_SIZE,
  PyTuple_New,
  PyTuple_SET_ITEM,
  tuple_items,
} from '../object/tuple.js';
import {
  fromCodePoints,
  PyUnicode_CheckExact,
  PyUnicode_FromString,
  PyUnicode_GET_LENGTH,
  PyUnicode_InternInPlace,
  PyUnicode_READ_CHAR,
} from '../object/unicode.js';
import type { ConstValue } from '../compiler/ast.js';
import {
  CO_FAST_CELL,
  CO_FAST_FREE,
  CO_FAST_LOCAL,
  CO_VARARGS,
  CO_VARKEYWORDS,
  type CodeUnit,
} from '../compiler/code_unit.js';
import { CACHE_ENTRIES, DEOPT, RESUME } from '../compiler/opcodes.js';
import {
  co_argcount,
  co_code,
  co_consts,
  co_exceptiontable,
  co_filename,
  co_firstlineno,
  co_firsttraceable,
  co_flags,
  co_framesize,
  co_kwonlyargcount,
  co_linetable,
  co_localsplusnames,
  co_localspluskinds,
  co_name,
  co_names,
  co_ncellvars,
  co_nfreevars,
  co_nlocals,
  co_nlocalsplus,
  co_posonlyargcount,
  co_qualname,
  co_simpleArgs,
  co_stacksize,
  co_version,
  co_verified,
  codeUnits,
  simpleArgsOf,
} from './code_layout.js';
import { FRAME_SPECIALS_WORDS } from './iframe.js';

/** Everything that a code object is made from: references are borrowed. */
export interface CodeParts {
  argcount: number;
  posonlyargcount: number;
  kwonlyargcount: number;
  stacksize: number;
  flags: number;
  firstlineno: number;
  /** bytes: instructions with zeroed caches. */
  code: Obj;
  consts: Obj;
  names: Obj;
  localsplusnames: Obj;
  /** bytes */
  localspluskinds: Obj;
  filename: Obj;
  name: Obj;
  qualname: Obj;
  linetable: Obj;
  exceptiontable: Obj;
}

const next_version = staticWord();

function isNameLike(s: Obj): boolean {
  const n = PyUnicode_GET_LENGTH(s);
  for (let i = 0; i < n; i++) {
    const c = PyUnicode_READ_CHAR(s, i);
    if (!((c >= 48 && c <= 57) || (c >= 65 && c <= 90) || c === 95 || (c >= 97 && c <= 122))) return false;
  }
  return true;
}

/** Interns the items of a tuple of str in place; false with TypeError if one is no str. */
function internStrings(tuple: Obj): boolean {
  const n = PyTuple_GET_SIZE(tuple);
  for (let i = 0; i < n; i++) {
    const s = PyTuple_GET_ITEM(tuple, i);
    if (!PyUnicode_CheckExact(s)) {
      PyErr_SetString(PyExc_TypeError, 'non-string found in code slot');
      return false;
    }
    PyTuple_SET_ITEM(tuple, i, PyUnicode_InternInPlace(s));
  }
  return true;
}

function internConstants(tuple: Obj): void {
  const n = PyTuple_GET_SIZE(tuple);
  for (let i = 0; i < n; i++) {
    const c = PyTuple_GET_ITEM(tuple, i);
    if (PyUnicode_CheckExact(c)) {
      if (isNameLike(c)) PyTuple_SET_ITEM(tuple, i, PyUnicode_InternInPlace(c));
    } else if (PyTuple_CheckExact(c)) internConstants(c);
  }
}

/** Checks the parts as CPython's _PyCode_Validate: 0, or -1 with an exception. */
function validate(p: CodeParts): number {
  const nlocalsplus = PyTuple_GET_SIZE(p.localsplusnames);
  if (
    p.argcount < p.posonlyargcount ||
    p.posonlyargcount < 0 ||
    p.kwonlyargcount < 0 ||
    p.stacksize < 0 ||
    p.flags < 0 ||
    nlocalsplus !== PyBytes_GET_SIZE(p.localspluskinds)
  )
    return errMinus1(PyExc_ValueError, 'code: bad argument to internal function');
  if (PyBytes_GET_SIZE(p.code) % 2 !== 0)
    return errMinus1(PyExc_ValueError, 'code: bytecode size must be a multiple of 2');
  if (p.stacksize > 0x0fffffff - nlocalsplus) return errMinus1(PyExc_OverflowError, 'code: co_stacksize is too large');
  let nlocals = 0;
  const kinds = PyBytes_AS_STRING(p.localspluskinds);
  for (let i = 0; i < nlocalsplus; i++) if (H8[kinds + i] & CO_FAST_LOCAL) nlocals++;
  const plain = p.argcount + p.kwonlyargcount + (p.flags & CO_VARARGS ? 1 : 0) + (p.flags & CO_VARKEYWORDS ? 1 : 0);
  if (plain > nlocals) return errMinus1(PyExc_ValueError, 'code: varnames is too small');
  return 0;
}

let keepColumns = true;

/** Whether code objects know columns (not with -X no_debug_ranges). */
export function setColumnsKept(on: boolean): void {
  keepColumns = on;
}

const NO_COLUMNS = 13;
const LONG = 14;
const NO_LOCATION = 15;
const FIRST_ONE_LINE = 10;

/** A location table with the same lines and no columns: new bytes, or NULL. */
function withoutColumns(table: Obj): Obj {
  const from = asBytes(table);
  const to: number[] = [];
  for (let i = 0; i < from.length; ) {
    const code = (from[i] >> 3) & 15;
    const length = from[i] & 7;
    let delta: number[] = [0];
    if (code === LONG || code === NO_COLUMNS) {
      let end = i + 1;
      while (from[end] & 64) end++;
      delta = [...from.subarray(i + 1, end + 1)];
    } else if (code >= FIRST_ONE_LINE && code < NO_COLUMNS) delta = [(code - FIRST_ONE_LINE) << 1];
    if (code === NO_LOCATION) to.push(from[i]);
    else to.push(0x80 | (NO_COLUMNS << 3) | length, ...delta);
    for (i++; i < from.length && (from[i] & 0x80) === 0; ) i++;
  }
  return bytesFromArray(to);
}

/**
 * A new code object, or NULL with an exception.  The tuples are interned in place and then shared: the caller gives them up for other uses.
 * `trusted` says that our own compiler made the code.
 */
export function newCode(p: CodeParts, trusted: boolean): Obj {
  if (validate(p) < 0) return NULL;
  if (!internStrings(p.names) || !internStrings(p.localsplusnames)) return NULL;
  internConstants(p.consts);
  const units = PyBytes_GET_SIZE(p.code) >> 1;
  const linetable = keepColumns ? newref(p.linetable) : withoutColumns(p.linetable);
  if (linetable === 0) return NULL;
  const o = _PyObject_NewVar(PyCode_Type, units);
  if (o === 0) {
    decref(linetable);
    return NULL;
  }
  H32[(o + co_consts) >> 2] = newref(p.consts);
  H32[(o + co_names) >> 2] = newref(p.names);
  H32[(o + co_localsplusnames) >> 2] = newref(p.localsplusnames);
  H32[(o + co_localspluskinds) >> 2] = newref(p.localspluskinds);
  H32[(o + co_exceptiontable) >> 2] = newref(p.exceptiontable);
  H32[(o + co_linetable) >> 2] = linetable;
  for (const [offset, s] of [
    [co_filename, p.filename],
    [co_name, p.name],
    [co_qualname, p.qualname],
  ] as const) {
    H32[(o + offset) >> 2] = PyUnicode_CheckExact(s) ? PyUnicode_InternInPlace(newref(s)) : newref(s);
  }
  H32[(o + co_flags) >> 2] = p.flags;
  H32[(o + co_argcount) >> 2] = p.argcount;
  H32[(o + co_posonlyargcount) >> 2] = p.posonlyargcount;
  H32[(o + co_kwonlyargcount) >> 2] = p.kwonlyargcount;
  H32[(o + co_stacksize) >> 2] = p.stacksize;
  H32[(o + co_firstlineno) >> 2] = p.firstlineno;
  const n = PyTuple_GET_SIZE(p.localsplusnames);
  const kinds = PyBytes_AS_STRING(p.localspluskinds);
  let nlocals = 0;
  let ncells = 0;
  let nfree = 0;
  for (let i = 0; i < n; i++) {
    const kind = H8[kinds + i];
    if (kind & CO_FAST_LOCAL) nlocals++;
    if (kind & CO_FAST_CELL) ncells++;
    else if (kind & CO_FAST_FREE) nfree++;
  }
  H32[(o + co_nlocalsplus) >> 2] = n;
  H32[(o + co_nlocals) >> 2] = nlocals;
  H32[(o + co_ncellvars) >> 2] = ncells;
  H32[(o + co_nfreevars) >> 2] = nfree;
  H32[(o + co_framesize) >> 2] = FRAME_SPECIALS_WORDS + n + p.stacksize + 1;
  H32[(o + co_verified) >> 2] = trusted ? 1 : 0;
  // What has not been verified is called the long way, which sees to that.
  H32[(o + co_simpleArgs) >> 2] = trusted ? simpleArgsOf(o) : -1;
  H32[(o + co_version) >> 2] = ++H32[next_version];
  H8.copyWithin(o + co_code, PyBytes_AS_STRING(p.code), PyBytes_AS_STRING(p.code) + 2 * units);
  quicken(o, units);
  return o;
}

/** Sets the counters of the inline caches, and finds the first traceable instruction. */
function quicken(o: Obj, units: number): void {
  const start = (o + co_code) >> 1;
  let first = -1;
  for (let i = 0; i < units; ) {
    const op = H8[(start + i) << 1];
    if (op === RESUME && first < 0) first = i;
    const caches = CACHE_ENTRIES[op];
    for (let c = 1; c <= caches && i + c < units; c++) H16[start + i + c] = 0;
    i += 1 + caches;
  }
  // Generators and coroutines: the frame is complete once it has been copied to its object.
  H32[(o + co_firsttraceable) >> 2] = first < 0 ? 0 : first;
}

/** The instructions as new bytes, as the compiler made them: not specialized, caches zeroed (co_code). */
export function originalCode(o: Obj): Obj {
  const units = codeUnits(o);
  const bytes = new Uint8Array(units * 2);
  for (let i = 0; i < units; ) {
    const op = originalOpcode(o, i);
    bytes[2 * i] = op;
    bytes[2 * i + 1] = H8[o + co_code + 2 * i + 1];
    i += 1 + CACHE_ENTRIES[op];
  }
  return bytesFromArray(bytes);
}

/** src/vm/instrument.ts knows what stood where an instrumented opcode stands. */
export const instrumentPort = { original: (_code: Obj, _unit: number, op: number): number => op };

/** The opcode at code unit `i` as the compiler made it. */
export function originalOpcode(o: Obj, i: number): number {
  const op = H8[o + co_code + 2 * i];
  return DEOPT[instrumentPort.original(o, i, op)];
}

// --- from the compiler

function strTuple(strings: readonly string[], seen: Map<string, Obj>): Obj {
  const t = PyTuple_New(strings.length);
  if (t === 0) return NULL;
  for (let i = 0; i < strings.length; i++) {
    const s = strOnce(strings[i], seen);
    if (s === 0) {
      decref(t);
      return NULL;
    }
    PyTuple_SET_ITEM(t, i, s);
  }
  return t;
}

/** The interned str, a new reference, or NULL; `seen` owns those that there are. */
function strOnce(text: string, seen: Map<string, Obj>): Obj {
  let s = seen.get(text);
  if (s === undefined) {
    s = PyUnicode_FromString(text);
    if (s === 0) return NULL;
    s = PyUnicode_InternInPlace(s);
    seen.set(text, s);
  }
  return newref(s);
}

/** What one conversion has made already: constants by identity of their descriptions, strings by value; all owned. */
interface Made {
  consts: Map<ConstValue, Obj>;
  strings: Map<string, Obj>;
  /** Tuples of constants and names by the addresses of what is in them, tables by their bytes. */
  tuples: Map<string, Obj>;
  tables: Map<string, Obj>;
}

/** `o` (stolen), or the equal object that was entered under that key before: a new reference. */
function merged(map: Map<string, Obj>, key: string, o: Obj): Obj {
  const there = map.get(key);
  if (there === undefined) {
    map.set(key, newref(o));
    return o;
  }
  decref(o);
  return newref(there);
}

function mergedTuple(t: Obj, made: Made): Obj {
  if (t === 0) return NULL;
  const items = (t + tuple_items) >> 2;
  return merged(made.tuples, H32.subarray(items, items + PyTuple_GET_SIZE(t)).join(), t);
}

function mergedTable(bytes: Uint8Array, made: Made): Obj {
  const o = bytesFromArray(bytes);
  return o === 0 ? NULL : merged(made.tables, bytes.join(), o);
}

/** Host handles of `object` constants: the new reference that stands for one. */
export const objectConstant = { resolve: (_handle: number): Obj => NULL };

function makeConst(c: ConstValue, made: Made): Obj {
  switch (c.t) {
    case 'none':
      return newref(Py_None);
    case 'true':
      return newref(Py_True);
    case 'false':
      return newref(Py_False);
    case 'ellipsis':
      return newref(Py_Ellipsis);
    case 'object':
      return objectConstant.resolve(c.v);
    case 'str': {
      if (c.points) return fromCodePoints(c.points);
      const there = made.strings.get(c.v);
      if (there !== undefined) return newref(there);
      const s = PyUnicode_FromString(c.v);
      if (s === 0) return NULL;
      const kept = isNameLike(s) ? PyUnicode_InternInPlace(s) : s;
      made.strings.set(c.v, newref(kept));
      return kept;
    }
  }
  const there = made.consts.get(c);
  if (there !== undefined) return newref(there);
  let o: Obj = NULL;
  switch (c.t) {
    case 'int':
      o = PyLong_FromBigInt(c.v);
      break;
    case 'float':
      o = PyFloat_FromDouble(c.v);
      break;
    case 'complex':
      o = PyComplex_FromDoubles(c.re, c.im);
      break;
    case 'bytes':
      o = bytesFromArray(c.v);
      break;
    case 'tuple':
      o = makeTuple(c.v, made);
      break;
    case 'frozenset':
      o = makeFrozenSet(c.v, made);
      break;
    case 'slice':
      o = makeSlice(c.start, c.stop, c.step, made);
      break;
    case 'code':
      o = makeCode(c.v, made);
      break;
  }
  if (o !== 0) made.consts.set(c, newref(o));
  return o;
}

function makeTuple(items: readonly ConstValue[], made: Made): Obj {
  const t = PyTuple_New(items.length);
  if (t === 0) return NULL;
  for (let i = 0; i < items.length; i++) {
    const item = makeConst(items[i], made);
    if (item === 0) {
      decref(t);
      return NULL;
    }
    PyTuple_SET_ITEM(t, i, item);
  }
  return t;
}

function makeFrozenSet(items: readonly ConstValue[], made: Made): Obj {
  const s = PyFrozenSet_New(NULL);
  if (s === 0) return NULL;
  for (const c of items) {
    const item = makeConst(c, made);
    const failed = item === 0 || PySet_Add(s, item) < 0;
    xdecref(item);
    if (failed) {
      decref(s);
      return NULL;
    }
  }
  return s;
}

function makeSlice(start: ConstValue, stop: ConstValue, step: ConstValue, made: Made): Obj {
  const a = makeConst(start, made);
  const b = a === 0 ? NULL : makeConst(stop, made);
  const c = b === 0 ? NULL : makeConst(step, made);
  const s = c === 0 ? NULL : PySlice_New(a, b, c);
  xdecref(a);
  xdecref(b);
  xdecref(c);
  return s;
}

function makeCode(unit: CodeUnit, made: Made): Obj {
  const owned: Obj[] = [];
  const own = (o: Obj): Obj => {
    if (o !== 0) owned.push(o);
    return o;
  };
  const str = (s: string): Obj => own(strOnce(s, made.strings));
  const parts: CodeParts = {
    argcount: unit.argcount,
    posonlyargcount: unit.posonlyargcount,
    kwonlyargcount: unit.kwonlyargcount,
    stacksize: unit.stacksize,
    flags: unit.flags,
    firstlineno: unit.firstlineno,
    code: own(bytesFromArray(unit.code)),
    consts: own(mergedTuple(makeTuple(unit.consts, made), made)),
    names: own(mergedTuple(strTuple(unit.names, made.strings), made)),
    localsplusnames: own(mergedTuple(strTuple(unit.localsplusnames, made.strings), made)),
    localspluskinds: own(mergedTable(unit.localspluskinds, made)),
    filename: str(unit.filename),
    name: str(unit.name),
    qualname: str(unit.qualname),
    linetable: own(mergedTable(unit.linetable, made)),
    exceptiontable: own(mergedTable(unit.exceptiontable, made)),
  };
  const o = PyErr_Occurred() !== 0 ? NULL : newCode(parts, true);
  for (const p of owned) decref(p);
  return o;
}

/** The code object of a compiled unit, a new reference, or NULL with an exception.  Equal constants of a compilation become one object. */
export function codeFromUnit(unit: CodeUnit): Obj {
  const made: Made = { consts: new Map(), strings: new Map(), tuples: new Map(), tables: new Map() };
  const o = makeCode(unit, made);
  for (const map of [made.consts, made.strings, made.tuples, made.tables]) for (const p of map.values()) decref(p);
  return o;
}
