// How do arguments become the fast locals of a function's frame?
//
// Invariant: binding borrows its arguments and takes a reference for each local it sets; on failure the exception is CPython's, word for
// word, and the locals set so far are left for the frame's clearing.

import { H32 } from '../memory/linear.js';
import { PyDict_Check, PyDict_Contains, PyDict_GetItemWithError, PyDict_New, PyDict_SetItem } from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { fn } from '../object/functable.js';
import { decref, incref, newref } from '../object/header.js';
import { PyObject_RichCompareBool, Py_EQ } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_TypeError } from '../object/statics.js';
import { fromArray, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { asString, PyUnicode_Check } from '../object/unicode.js';
import { CO_VARARGS, CO_VARKEYWORDS, CO_OPTIMIZED } from '../compiler/code_unit.js';
import {
  co_argcount,
  co_flags,
  co_framesize,
  co_kwonlyargcount,
  co_localsplusnames,
  co_posonlyargcount,
  co_simpleArgs,
  co_verified,
} from './code_layout.js';
import { verifyCode } from './code_verify.js';
import { func_code, func_defaults, func_kwdefaults, func_qualname, func_globals } from './function_layout.js';
import { F_LOCALSPLUS, initFrame, popFrame, pushDataStack } from './iframe.js';
import { suggestion } from '../object/suggest.js';

/** What src/vm sets: runs a frame. */
export const vmPort = {
  evalFrame: (_frame: number, _throwing: boolean): Obj => {
    throw new Error('the machine is not there');
  },
};

function typeError(message: string): -1 {
  PyErr_SetString(PyExc_TypeError, message);
  return -1;
}

function qualname(func: Obj): string {
  return asString(H32[(func + func_qualname) >> 2] as Obj);
}

function localName(code: Obj, i: number): string {
  return asString(PyTuple_GET_ITEM(H32[(code + co_localsplusnames) >> 2] as Obj, i));
}

/** `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`. */
function listOfNames(names: readonly string[]): string {
  const quoted = names.map((n) => `'${n.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`);
  if (quoted.length === 1) return quoted[0];
  if (quoted.length === 2) return `${quoted[0]} and ${quoted[1]}`;
  return `${quoted.slice(0, -1).join(', ')}, and ${quoted[quoted.length - 1]}`;
}

function missing(func: Obj, kind: string, names: readonly string[]): -1 {
  const plural = names.length === 1 ? '' : 's';
  return typeError(
    `${qualname(func)}() missing ${names.length} required ${kind} argument${plural}: ${listOfNames(names)}`,
  );
}

function tooManyPositional(func: Obj, code: Obj, given: number, defaults: number, lp: number): -1 {
  const argcount = H32[(code + co_argcount) >> 2];
  const kwonly = H32[(code + co_kwonlyargcount) >> 2];
  let kwonlyGiven = 0;
  for (let i = argcount; i < argcount + kwonly; i++) if (H32[lp + i] !== 0) kwonlyGiven++;
  let plural: boolean;
  let takes: string;
  if (defaults !== 0) {
    plural = true;
    takes = `from ${argcount - defaults} to ${argcount}`;
  } else {
    plural = argcount !== 1;
    takes = `${argcount}`;
  }
  let extra = '';
  if (kwonlyGiven !== 0) {
    extra = ` positional argument${given !== 1 ? 's' : ''} (and ${kwonlyGiven} keyword-only argument${kwonlyGiven !== 1 ? 's' : ''})`;
  }
  return typeError(
    `${qualname(func)}() takes ${takes} positional argument${plural ? 's' : ''} but ${given}${extra} ${
      given === 1 && kwonlyGiven === 0 ? 'was' : 'were'
    } given`,
  );
}

function positionalOnlyAsKeyword(func: Obj, code: Obj, kwnames: Obj): boolean {
  const posonly = H32[(code + co_posonlyargcount) >> 2];
  const names: string[] = [];
  const n = PyTuple_GET_SIZE(kwnames);
  for (let k = 0; k < posonly; k++) {
    const name = localName(code, k);
    for (let i = 0; i < n; i++) if (asString(PyTuple_GET_ITEM(kwnames, i)) === name) names.push(name);
  }
  if (names.length === 0) return false;
  typeError(
    `${qualname(func)}() got some positional-only arguments passed as keyword arguments: '${names.join(', ')}'`,
  );
  return true;
}

/** The index of the parameter named `keyword` among those that keywords may give, -1 if there is none, -2 on error. */
function findKeyword(names: Obj, keyword: Obj, from: number, to: number): number {
  for (let j = from; j < to; j++) if (PyTuple_GET_ITEM(names, j) === keyword) return j;
  for (let j = from; j < to; j++) {
    const same = PyObject_RichCompareBool(keyword, PyTuple_GET_ITEM(names, j), Py_EQ);
    if (same > 0) return j;
    if (same < 0) return -2;
  }
  return -1;
}

/**
 * Binds `nargs` positional arguments at word index `args` and after them the values of `kwnames` (a tuple of str, or NULL) to the locals at
 * word index `lp`, which are all NULL.  0, or -1 with an exception.
 */
export function bindArguments(func: Obj, code: Obj, lp: number, args: number, nargs: number, kwnames: Obj): number {
  const flags = H32[(code + co_flags) >> 2];
  const argcount = H32[(code + co_argcount) >> 2];
  const total = argcount + H32[(code + co_kwonlyargcount) >> 2];
  const names = H32[(code + co_localsplusnames) >> 2] as Obj;
  let kwdict: Obj = NULL;
  if (flags & CO_VARKEYWORDS) {
    kwdict = PyDict_New();
    if (kwdict === 0) return -1;
    H32[lp + total + (flags & CO_VARARGS ? 1 : 0)] = kwdict;
  }
  const direct = nargs < argcount ? nargs : argcount;
  for (let i = 0; i < direct; i++) {
    const v = H32[args + i] as Obj;
    incref(v);
    H32[lp + i] = v;
  }
  if (flags & CO_VARARGS) {
    const rest = fromArray((args + direct) << 2, nargs - direct);
    if (rest === 0) return -1;
    H32[lp + total] = rest;
  }
  if (kwnames !== 0) {
    const n = PyTuple_GET_SIZE(kwnames);
    const posonly = H32[(code + co_posonlyargcount) >> 2];
    for (let i = 0; i < n; i++) {
      const keyword = PyTuple_GET_ITEM(kwnames, i);
      const value = H32[args + nargs + i] as Obj;
      if (!PyUnicode_Check(keyword)) return typeError(`${qualname(func)}() keywords must be strings`);
      const j = findKeyword(names, keyword, posonly, total);
      if (j === -2) return -1;
      if (j < 0) {
        if (kwdict !== 0) {
          const seen = PyDict_Contains(kwdict, keyword);
          if (seen < 0) return -1;
          if (seen > 0) return typeError(`${qualname(func)}() got multiple values for argument '${asString(keyword)}'`);
          if (PyDict_SetItem(kwdict, keyword, value) < 0) return -1;
          continue;
        }
        if (posonly > 0 && positionalOnlyAsKeyword(func, code, kwnames)) return -1;
        const possible: string[] = [];
        for (let k = posonly; k < total; k++) possible.push(localName(code, k));
        const near = suggestion(asString(keyword), possible);
        const hint = near === null ? '' : `. Did you mean '${near}'?`;
        return typeError(`${qualname(func)}() got an unexpected keyword argument '${asString(keyword)}'${hint}`);
      }
      if (H32[lp + j] !== 0)
        return typeError(`${qualname(func)}() got multiple values for argument '${asString(keyword)}'`);
      H32[lp + j] = newref(value);
    }
  }
  const defaults = H32[(func + func_defaults) >> 2] as Obj;
  const ndefaults = defaults === 0 ? 0 : PyTuple_GET_SIZE(defaults);
  if (nargs > argcount && !(flags & CO_VARARGS)) return tooManyPositional(func, code, nargs, ndefaults, lp);
  if (nargs < argcount) {
    const m = argcount - ndefaults;
    let lacking = 0;
    for (let i = nargs; i < m; i++) if (H32[lp + i] === 0) lacking++;
    if (lacking !== 0) {
      const list: string[] = [];
      for (let i = nargs; i < m; i++) if (H32[lp + i] === 0) list.push(localName(code, i));
      return missing(func, 'positional', list);
    }
    for (let i = nargs > m ? nargs - m : 0; i < ndefaults; i++) {
      if (m + i >= 0 && H32[lp + m + i] === 0) H32[lp + m + i] = newref(PyTuple_GET_ITEM(defaults, i));
    }
  }
  if (total > argcount) {
    let lacking: string[] | null = null;
    const kwdefaults = H32[(func + func_kwdefaults) >> 2] as Obj;
    for (let i = argcount; i < total; i++) {
      if (H32[lp + i] !== 0) continue;
      if (kwdefaults !== 0 && PyDict_Check(kwdefaults)) {
        const value = PyDict_GetItemWithError(kwdefaults, PyTuple_GET_ITEM(names, i));
        if (value !== 0) {
          H32[lp + i] = newref(value);
          continue;
        }
        if (PyErr_Occurred() !== 0) return -1;
      }
      lacking ??= [];
      lacking.push(localName(code, i));
    }
    if (lacking !== null) return missing(func, 'keyword-only', lacking);
  }
  return 0;
}

/**
 * Makes a frame for a call of `func`, with its arguments bound (all borrowed; `args` is a word index).  `locals` (stolen, may be NULL) becomes
 * f_locals.  Returns the frame's address, or 0 with an exception.
 */
export function makeCallFrame(func: Obj, locals: Obj, args: number, nargs: number, kwnames: Obj): number {
  const code = H32[(func + func_code) >> 2] as Obj;
  // A function made of a module's or an interactive statement's code runs in its globals.
  if (locals === 0 && (H32[(code + co_flags) >> 2] & CO_OPTIMIZED) === 0) {
    locals = newref(H32[(func + func_globals) >> 2] as Obj);
  }
  const ok = H32[(code + co_verified) >> 2] !== 0 || verifyCode(code) === 0;
  const frame = ok ? pushDataStack(H32[(code + co_framesize) >> 2]) : 0;
  if (frame === 0) {
    if (locals !== 0) decref(locals);
    return 0;
  }
  const lp = (frame + F_LOCALSPLUS) >> 2;
  initFrame(frame, func, code, locals, 0);
  if (kwnames === 0 && H32[(code + co_simpleArgs) >> 2] === nargs) {
    for (let i = 0; i < nargs; i++) {
      const v = H32[args + i] as Obj;
      incref(v);
      H32[lp + i] = v;
    }
    return frame;
  }
  if (bindArguments(func, code, lp, args, nargs, kwnames) < 0) {
    popFrame(frame);
    return 0;
  }
  return frame;
}

/** The vectorcall of functions. */
export function _PyFunction_Vectorcall(func: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  const frame = makeCallFrame(func, NULL, args >> 2, nargsf & 0x3fffffff, kwnames);
  return frame === 0 ? NULL : vmPort.evalFrame(frame, false);
}

export const _PyFunction_VectorcallIndex = fn(_PyFunction_Vectorcall);
