// Which names does a code object use, and how?  (_PyCode_GetVarCounts, for _testinternalcapi)
//
// Invariant: every entry of localsplus is counted once; a name in co_names counts as a global, as an attribute or as both if instructions use it so,
// else as unknown.

import { H32, H8 } from '../memory/linear.js';
import { type MethodDef, method } from '../object/declare.js';
import { PyDict_Check, PyDict_Contains, PyDict_New, PyDict_SetItemString, PyDict_Size } from '../object/dict.js';
import { PyErr_SetString } from '../object/errors.js';
import { decref, Py_TYPE, xdecref } from '../object/header.js';
import { PyBytes_AS_STRING, PyBytes_GET_SIZE } from '../object/bytes.js';
import { PyLong_FromLong } from '../object/long.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyCode_Type, PyExc_TypeError, PyExc_ValueError, PyFunction_Type } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import {
  CO_FAST_ARG,
  CO_FAST_CELL,
  CO_FAST_FREE,
  CO_FAST_HIDDEN,
  CO_VARARGS,
  CO_VARKEYWORDS,
} from '../compiler/code_unit.js';
import { CACHE_ENTRIES, EXTENDED_ARG, LOAD_ATTR, LOAD_GLOBAL } from '../compiler/opcodes.js';
import { originalOpcode } from '../types/code_build.js';
import {
  co_argcount,
  co_flags,
  co_kwonlyargcount,
  co_localspluskinds,
  co_names,
  co_posonlyargcount,
  codeStart,
  codeUnits,
} from '../types/code_layout.js';
import { Func } from '../types/function_layout.js';
import { none, nullable } from './testcapi_util.js';

const word = (o: Obj, offset: number): number => H32[(o + offset) >> 2];

interface Globals {
  numglobal: number;
  numbuiltin: number;
  numunknown: number;
}

type Counts = { [name: string]: number | Counts };

/** Indices into co_names of the names that the code loads as globals and as attributes. */
function usedNames(code: Obj): { globals: Set<number>; attributes: Set<number> } {
  const globals = new Set<number>();
  const attributes = new Set<number>();
  const n = codeUnits(code);
  const start = codeStart(code);
  let extended = 0;
  for (let i = 0; i < n; ) {
    const op = originalOpcode(code, i);
    const oparg = (extended << 8) | H8[((start + i) << 1) + 1];
    extended = op === EXTENDED_ARG ? oparg : 0;
    if (op === LOAD_GLOBAL) globals.add(oparg >> 1);
    else if (op === LOAD_ATTR) attributes.add(oparg >> 1);
    i += 1 + CACHE_ENTRIES[op];
  }
  return { globals, attributes };
}

/** Whether a namespace (borrowed, may be NULL) has the name; false on failure too (names are str). */
const has = (ns: Obj, name: Obj): boolean => ns !== 0 && PyDict_Contains(ns, name) > 0;

function globalCounts(names: Obj, used: Set<number>, globalsns: Obj, builtinsns: Obj): Globals {
  const counts = { numglobal: 0, numbuiltin: 0, numunknown: 0 };
  for (const i of used) {
    const name = PyTuple_GET_ITEM(names, i);
    if (has(globalsns, name)) counts.numglobal++;
    else if (has(builtinsns, name)) counts.numbuiltin++;
    else counts.numunknown++;
  }
  return counts;
}

function countsOf(code: Obj, globalsns: Obj, builtinsns: Obj): { counts: Counts; globals: Globals; free: number } {
  const kinds = word(code, co_localspluskinds) as Obj;
  const nkinds = PyBytes_GET_SIZE(kinds);
  const flags = word(code, co_flags);
  const cells = { args: 0, others: 0 };
  const hidden = { pure: 0, cells: 0 };
  let pure = 0;
  let free = 0;
  let args = 0;
  for (let i = 0; i < nkinds; i++) {
    const kind = H8[PyBytes_AS_STRING(kinds) + i];
    const cell = (kind & CO_FAST_CELL) !== 0;
    if (kind & CO_FAST_FREE) free++;
    else if (kind & CO_FAST_ARG) {
      args++;
      if (cell) cells.args++;
    } else {
      if (cell) cells.others++;
      else pure++;
      if (kind & CO_FAST_HIDDEN) {
        if (cell) hidden.cells++;
        else hidden.pure++;
      }
    }
  }
  const names = word(code, co_names) as Obj;
  const used = usedNames(code);
  const globals = globalCounts(names, used.globals, globalsns, builtinsns);
  let unknown = 0;
  for (let i = 0; i < PyTuple_GET_SIZE(names); i++) if (!used.globals.has(i) && !used.attributes.has(i)) unknown++;
  const unbound = used.globals.size + used.attributes.size + unknown;
  const locals = args + pure + cells.others;
  const counts = {
    total: locals + free + unbound,
    locals: {
      total: locals,
      args: {
        total: args,
        numposonly: word(code, co_posonlyargcount),
        numposorkw: word(code, co_argcount) - word(code, co_posonlyargcount),
        numkwonly: word(code, co_kwonlyargcount),
        varargs: flags & CO_VARARGS ? 1 : 0,
        varkwargs: flags & CO_VARKEYWORDS ? 1 : 0,
      },
      numpure: pure,
      cells: { total: cells.args + cells.others, numargs: cells.args, numothers: cells.others },
      hidden: { total: hidden.pure + hidden.cells, numpure: hidden.pure, numcells: hidden.cells },
    },
    numfree: free,
    unbound: {
      total: unbound,
      globals: { total: used.globals.size, ...globals },
      numattrs: used.attributes.size,
      numunknown: unknown,
    },
  };
  return { counts, globals, free };
}

/** The counts as dicts in dicts: a new reference, or NULL. */
function toDict(counts: Counts): Obj {
  const dict = PyDict_New();
  if (dict === 0) return NULL;
  for (const [name, value] of Object.entries(counts)) {
    const o = typeof value === 'number' ? PyLong_FromLong(value) : toDict(value);
    const ok = o !== 0 && PyDict_SetItemString(dict, name, o) === 0;
    xdecref(o);
    if (!ok) {
      decref(dict);
      return NULL;
    }
  }
  return dict;
}

interface Subject {
  code: Obj;
  globals: Obj;
  builtins: Obj;
}

/** A code object, or a function with its namespaces unless others are given; null with TypeError. All borrowed. */
function subject(o: Obj, globals: Obj, builtins: Obj): Subject | null {
  for (const ns of [globals, builtins]) {
    if (ns !== 0 && !PyDict_Check(ns)) {
      PyErr_SetString(PyExc_TypeError, 'a namespace must be a dict');
      return null;
    }
  }
  if (Py_TYPE(o) === PyCode_Type) return { code: o, globals, builtins };
  if (Py_TYPE(o) === PyFunction_Type) {
    return {
      code: word(o, Func.code) as Obj,
      globals: globals === 0 ? (word(o, Func.globals) as Obj) : globals,
      builtins: builtins === 0 ? (word(o, Func.builtins) as Obj) : builtins,
    };
  }
  PyErr_SetString(PyExc_TypeError, 'argument must be a code object or a function');
  return null;
}

function get_code_var_counts(_m: Obj, o: Obj, globals: Obj, builtins: Obj): Obj {
  const s = subject(o, nullable(globals), nullable(builtins));
  return s === null ? NULL : toDict(countsOf(s.code, s.globals, s.builtins).counts);
}

/** Refuses code that depends on anything but its arguments and the builtins. */
function verify_stateless_code(_m: Obj, o: Obj, globals: Obj, builtins: Obj): Obj {
  const s = subject(o, nullable(globals), nullable(builtins));
  if (s === null) return NULL;
  const refuse = (what: string): Obj => PyErr_SetString(PyExc_ValueError, what);
  if (Py_TYPE(o) === PyFunction_Type) {
    const kwdefaults = word(o, Func.kwdefaults) as Obj;
    if (kwdefaults !== 0 && kwdefaults !== Py_None && PyDict_Size(kwdefaults) > 0) {
      return refuse('keyword defaults not supported');
    }
  }
  const counts = countsOf(s.code, s.globals, s.builtins);
  if (counts.free > 0) return refuse('closures not supported');
  if (counts.globals.numglobal > 0) return refuse('globals not supported');
  // Where the builtins are known, a name that is none of them is a global.
  if (s.builtins !== 0 && counts.globals.numunknown > 0) return refuse('unbound variables not supported');
  return none();
}

export const VAR_COUNT_FUNCTIONS: readonly MethodDef[] = [
  method('get_code_var_counts', '!($module, code, /, *, globalsns=None, builtinsns=None)', get_code_var_counts),
  method('verify_stateless_code', '!($module, code, /, *, globalsns=None, builtinsns=None)', verify_stateless_code),
];
