// How do the arguments of a call become the parameters of a native function?
//
// Invariant: binding either succeeds with one number per parameter or leaves an exception with CPython's text; whatever it made (the tuple
// of *args, the dict of **kwargs) is in `owned` order and given back by the same caller after the call.  Converters may run Python code
// that binds again, so values stand on a stack of their own until the function is called.

import { H32 } from '../memory/linear.js';
import { PyDict_New, PyDict_Next, PyDict_SetItem, PyDict_Size, dictKey, dictValue } from './dict.js';
import { PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString, typeName } from './errors.js';
import { PyFloat_AsDouble } from './float.js';
import { F } from './functable.js';
import { decref } from './header.js';
import { PyLong_AsInt, PyLong_AsUnsignedLongMask } from './long.js';
import { PyIndex_Check, PyNumber_AsSsize_t } from './number.js';
import { PyObject_IsTrue } from './object.js';
import { NULL, type Obj } from './ptr.js';
import type { Param, Signature } from './signature.js';
import { Py_None, PyExc_OverflowError, PyExc_TypeError } from './statics.js';
import { suggestion } from './suggest.js';
import { fromArray, PyTuple_GET_ITEM, PyTuple_GET_SIZE, tuple_items } from './tuple.js';
import { asString, PyUnicode_Check } from './unicode.js';

const STACK_SIZE = 65536;
// Filled with null so that V8 keeps tagged elements: doubles and small integers live side by side.
const stack = new Array<number | null>(STACK_SIZE).fill(null) as number[];
let sp = 0;

/** The parameters of the last bindTuple or bindVector; to be read before anything else is called. */
export const bound: number[] = new Array<number>(32).fill(0);

const plural = (n: number) => (n === 1 ? '' : 's');

function wrongCount(sig: Signature, nargs: number): false {
  const min = sig.required;
  const max = sig.positional;
  const name = sig.name;
  const few = nargs < min;
  const n = few ? min : max;
  const how = min === max ? '' : few ? 'at least ' : 'at most ';
  PyErr_SetString(PyExc_TypeError, `${name} expected ${how}${n} argument${plural(n)}, got ${nargs}`);
  return false;
}

export function acceptsKeywords(sig: Signature): boolean {
  return sig.varkw >= 0 || sig.params.some((p) => p.kind === 'either' || p.kind === 'keyword');
}

/** Finds the parameter that keyword `key` names, or -1. */
function paramNamed(sig: Signature, key: Obj): number {
  const text = asString(key);
  for (let i = sig.posonly; i < sig.params.length; i++) {
    const p = sig.params[i];
    if (p.name === text && (p.kind === 'either' || p.kind === 'keyword')) return i;
  }
  return -1;
}

/** A source of keyword arguments: either a vector with names or a dict. */
interface Keywords {
  readonly count: number;
  /** Calls `each` for all keywords until it answers false; answers whether all did. */
  forEach(each: (key: Obj, value: Obj) => boolean): boolean;
}

const noKeywords: Keywords = { count: 0, forEach: () => true };

function vectorKeywords(values: number, kwnames: Obj): Keywords {
  const count = PyTuple_GET_SIZE(kwnames);
  return {
    count,
    forEach(each) {
      for (let i = 0; i < count; i++)
        if (!each(PyTuple_GET_ITEM(kwnames, i), H32[(values >> 2) + i] as Obj)) return false;
      return true;
    },
  };
}

function dictKeywords(dict: Obj): Keywords {
  return {
    count: PyDict_Size(dict),
    forEach(each) {
      let pos = 0;
      while ((pos = PyDict_Next(dict, pos)) !== 0) if (!each(dictKey, dictValue)) return false;
      return true;
    },
  };
}

/**
 * Puts the raw references of a call on the stack from `base` on, one per parameter (0: omitted), makes *args and **kwargs; false with an
 * exception.
 */
function place(sig: Signature, base: number, args: number, nargs: number, kw: Keywords): boolean {
  const params = sig.params;
  const name = sig.name;
  for (let i = 0; i < params.length; i++) stack[base + i] = 0;
  const max = sig.positional;
  const keywords = acceptsKeywords(sig);
  if (!keywords) {
    if (kw.count > 0) {
      PyErr_SetString(PyExc_TypeError, `${name}() takes no keyword arguments`);
      return false;
    }
    if (nargs < sig.required || (nargs > max && sig.varargs < 0)) return wrongCount(sig, nargs);
  } else if (sig.varkw < 0 && sig.varargs < 0 && nargs + kw.count > params.length) {
    const total = params.length;
    PyErr_SetString(
      PyExc_TypeError,
      `${name}() takes ${total === 0 ? 'no' : 'at most'} ${total} ${nargs === 0 ? 'keyword ' : ''}argument${plural(total)} (${nargs + kw.count} given)`,
    );
    return false;
  } else if (nargs > max && sig.varargs < 0) {
    if (max === 0) PyErr_SetString(PyExc_TypeError, `${name}() takes no positional arguments`);
    else {
      const exact = sig.required === max;
      PyErr_SetString(
        PyExc_TypeError,
        `${name}() takes ${exact ? 'exactly' : 'at most'} ${max} positional argument${plural(max)} (${nargs} given)`,
      );
    }
    return false;
  }
  const given = Math.min(nargs, max);
  for (let i = 0; i < given; i++) stack[base + i] = H32[(args >> 2) + i];
  if (sig.varkw >= 0) {
    const d = PyDict_New();
    if (d === 0) return false;
    stack[base + sig.varkw] = d;
  }
  if (kw.count > 0) {
    const ok = kw.forEach((key, value) => {
      if (!PyUnicode_Check(key)) {
        PyErr_SetString(PyExc_TypeError, 'keywords must be strings');
        return false;
      }
      const at = paramNamed(sig, key);
      if (at < 0) {
        if (sig.varkw >= 0) return PyDict_SetItem(stack[base + sig.varkw] as Obj, key, value) === 0;
        const names = params.filter((q) => q.kind === 'either' || q.kind === 'keyword').map((q) => q.name);
        const near = suggestion(asString(key), names);
        PyErr_SetString(
          PyExc_TypeError,
          `${name === '' ? 'this function' : `${name}()`} got an unexpected keyword argument '${asString(key)}'${near === null ? '' : `. Did you mean '${near}'?`}`,
        );
        return false;
      }
      if (stack[base + at] !== 0) {
        PyErr_SetString(
          PyExc_TypeError,
          `argument for ${name}() given by name ('${asString(key)}') and position (${at + 1})`,
        );
        return false;
      }
      stack[base + at] = value;
      return true;
    });
    if (!ok) return false;
  }
  if (keywords) {
    for (let i = 0; i < params.length; i++) {
      const p = params[i];
      if (stack[base + i] !== 0 || !p.required) continue;
      if (p.kind === 'positional') {
        const min = params.filter((q) => q.kind === 'positional' && q.required).length;
        PyErr_SetString(
          PyExc_TypeError,
          `${name}() takes ${min < sig.positional ? 'at least' : 'exactly'} ${min} positional argument${plural(min)} (${nargs} given)`,
        );
      } else if (p.kind === 'keyword')
        PyErr_SetString(PyExc_TypeError, `${name}() missing required keyword-only argument: '${p.name}'`);
      else PyErr_SetString(PyExc_TypeError, `${name}() missing required argument '${p.name}' (pos ${i + 1})`);
      return false;
    }
  }
  if (sig.varargs >= 0) {
    const extra = nargs > max ? nargs - max : 0;
    const t = fromArray(args + 4 * given, extra);
    if (t === 0) return false;
    stack[base + sig.varargs] = t;
  }
  return true;
}

/** Turns the raw references into what the function gets; false with an exception. */
function convert(sig: Signature, base: number): boolean {
  const params = sig.params;
  for (let i = 0; i < params.length; i++) {
    const p = params[i];
    const o = stack[base + i] as Obj;
    if (p.kind === 'varargs' || p.kind === 'varkw') continue;
    if (o === 0) {
      stack[base + i] = p.fallback;
      continue;
    }
    if (p.converter === 'object') continue;
    const v = convertOne(sig, p, i, o);
    if (conversionFailed) return false;
    stack[base + i] = v;
  }
  return true;
}

let conversionFailed = false;

function failConversion(message: string): number {
  conversionFailed = true;
  PyErr_SetString(PyExc_TypeError, message);
  return 0;
}

/** Applies a converter; sets conversionFailed (with an exception) or clears it. */
function convertOne(sig: Signature, p: Param, i: number, o: Obj): number {
  conversionFailed = false;
  let v: number;
  switch (p.converter) {
    case 'str':
      if (PyUnicode_Check(o)) return o;
      return failConversion(
        `${sig.name}() argument ${sig.positional === 1 && p.kind === 'positional' ? '' : p.kind === 'positional' ? `${i + 1} ` : `'${p.name}' `}must be str, not ${typeNameOrNone(o)}`,
      );
    case 'bool':
      v = PyObject_IsTrue(o);
      if (v < 0) conversionFailed = true;
      return v;
    case 'double':
      v = PyFloat_AsDouble(o);
      break;
    case 'int':
      v = PyLong_AsInt(o);
      break;
    case 'uint':
      v = PyLong_AsUnsignedLongMask(o);
      break;
    case 'ssizeOrNone':
      if (o === Py_None) return p.fallback;
      v = PyNumber_AsSsize_tStrict(o);
      break;
    case 'slice':
    case 'index':
      if (!PyIndex_Check(o)) {
        if (p.converter === 'slice')
          return failConversion('slice indices must be integers or have an __index__ method');
        return failConversion(`'${typeName(o)}' object cannot be interpreted as an integer`);
      }
      v = PyNumber_AsSsize_t(o, NULL);
      break;
    default:
      v = PyNumber_AsSsize_tStrict(o);
  }
  if (v === -1 && PyErr_Occurred() !== 0) conversionFailed = true;
  return v;
}

function typeNameOrNone(o: Obj): string {
  return o === Py_None ? 'None' : typeName(o);
}

/** __index__ as a Py_ssize_t, with PyLong_AsSsize_t's own text on overflow. */
function PyNumber_AsSsize_tStrict(o: Obj): number {
  const n = PyNumber_AsSsize_t(o, PyExc_OverflowError);
  if (n === -1 && PyErr_Occurred() !== 0 && PyErr_ExceptionMatches(PyExc_OverflowError)) {
    PyErr_Clear();
    PyErr_SetString(PyExc_OverflowError, 'Python int too large to convert to C ssize_t');
  }
  return n;
}

/** Gives back what binding made: the tuple of *args and the dict of **kwargs. */
function releaseMade(sig: Signature, base: number): void {
  if (sig.varargs >= 0 && stack[base + sig.varargs] !== 0) decref(stack[base + sig.varargs] as Obj);
  if (sig.varkw >= 0 && stack[base + sig.varkw] !== 0) decref(stack[base + sig.varkw] as Obj);
}

/** Binds a vector to `sig` and calls F[f](self, …): a new reference, or NULL. */
export function callWithSignature(
  sig: Signature,
  f: number,
  self: Obj,
  args: number,
  nargs: number,
  kwnames: Obj,
): Obj {
  const base = sp;
  const n = sig.params.length;
  sp = base + n;
  const kw = kwnames === 0 || PyTuple_GET_SIZE(kwnames) === 0 ? noKeywords : vectorKeywords(args + 4 * nargs, kwnames);
  let r: Obj = NULL;
  if (sp + 16 > STACK_SIZE) PyErr_SetString(PyExc_TypeError, 'too many nested native calls');
  else if (place(sig, base, args, nargs, kw) && convert(sig, base)) r = invoke(f, self, base, n);
  releaseMade(sig, base);
  sp = base;
  return r;
}

function invoke(f: number, self: Obj, base: number, n: number): Obj {
  const s = stack;
  const g = F[f];
  switch (n) {
    case 0:
      return g(self) as Obj;
    case 1:
      return g(self, s[base]) as Obj;
    case 2:
      return g(self, s[base], s[base + 1]) as Obj;
    case 3:
      return g(self, s[base], s[base + 1], s[base + 2]) as Obj;
    case 4:
      return g(self, s[base], s[base + 1], s[base + 2], s[base + 3]) as Obj;
    case 5:
      return g(self, s[base], s[base + 1], s[base + 2], s[base + 3], s[base + 4]) as Obj;
    case 6:
      return g(self, s[base], s[base + 1], s[base + 2], s[base + 3], s[base + 4], s[base + 5]) as Obj;
    default:
      return g(self, ...s.slice(base, base + n)) as Obj;
  }
}

function publish(base: number, n: number): void {
  for (let i = 0; i < n; i++) bound[i] = stack[base + i];
}

/**
 * Binds the tuple and dict (or NULL) of a tp_new or tp_init to `sig`; the parameters are then in `bound`, borrowed, but for the tuple of *args and
 * the dict of **kwargs, which are new.  false with an exception.
 */
export function bindTuple(sig: Signature, args: Obj, kwargs: Obj): boolean {
  const base = sp;
  const n = sig.params.length;
  sp = base + n;
  const kw = kwargs === 0 || PyDict_Size(kwargs) === 0 ? noKeywords : dictKeywords(kwargs);
  const ok = place(sig, base, args + tuple_items, PyTuple_GET_SIZE(args), kw) && convert(sig, base);
  sp = base;
  if (ok) publish(base, n);
  else releaseMade(sig, base);
  return ok;
}

/** As bindTuple for a vectorcall's arguments. */
export function bindVector(sig: Signature, args: number, nargs: number, kwnames: Obj): boolean {
  const base = sp;
  const n = sig.params.length;
  sp = base + n;
  const kw = kwnames === 0 || PyTuple_GET_SIZE(kwnames) === 0 ? noKeywords : vectorKeywords(args + 4 * nargs, kwnames);
  const ok = place(sig, base, args, nargs, kw) && convert(sig, base);
  sp = base;
  if (ok) publish(base, n);
  else releaseMade(sig, base);
  return ok;
}

/** Refuses keyword arguments in a tp_new or tp_init (_PyArg_NoKeywords): true, or false with TypeError. */
export function noKwargs(name: string, kwargs: Obj): boolean {
  if (kwargs === 0 || PyDict_Size(kwargs) === 0) return true;
  PyErr_SetString(PyExc_TypeError, `${name}() takes no keyword arguments`);
  return false;
}

/** Checks a number of positional arguments (_PyArg_CheckPositional): true, or false with TypeError. */
export function checkPositional(name: string, nargs: number, min: number, max: number): boolean {
  if (nargs >= min && nargs <= max) return true;
  const few = nargs < min;
  const n = few ? min : max;
  const how = min === max ? '' : few ? 'at least ' : 'at most ';
  PyErr_SetString(PyExc_TypeError, `${name} expected ${how}${n} argument${plural(n)}, got ${nargs}`);
  return false;
}
