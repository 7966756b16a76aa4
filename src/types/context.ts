// What is a context (PEP 567)?
//
// Invariant: a Context owns a dictionary from variables to values that is replaced, never changed, by `ContextVar.set`, so that `copy()` shares it;
// the current context is the innermost entered one and knows the one it was entered from.

import { reprOf } from './exceptions.js';
import { H32 } from '../memory/linear.js';
import { PyObject_Vectorcall } from '../object/call.js';
import { classMethod, defineType, fastcall, getset, member, method } from '../object/declare.js';
import {
  PyDict_Contains,
  PyDict_Copy,
  PyDict_DelItem,
  PyDict_GetItemWithError,
  PyDict_Items,
  PyDict_Keys,
  PyDict_New,
  PyDict_SetItem,
  PyDict_Size,
  PyDict_Values,
} from '../object/dict.js';
import { errMinus1, PyErr_Occurred, PyErr_SetObject, PyErr_SetString, reprText } from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { PyObject_GetIter } from '../object/iter.js';
import { i32, layout, ref, weaklistField } from '../object/layout.js';
import { _PyObject_New } from '../object/new_object.js';
import { addressText, Py_EQ, Py_HashPointer, Py_NE, PyObject_Hash, PyObject_RichCompare } from '../object/object.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { bindTuple, bound } from '../object/bind.js';
import { NULL, type Obj } from '../object/ptr.js';
import { rootWord } from '../object/roots.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_None,
  Py_NotImplemented,
  PyContext_Type,
  PyContextToken_Type,
  PyContextTokenMissing_Type,
  PyContextVar_Type,
  PyExc_KeyError,
  PyExc_LookupError,
  PyExc_RuntimeError,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import { PyTuple_GET_SIZE } from '../object/tuple.js';
import { Py_TPFLAGS_DISALLOW_INSTANTIATION, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';

const Context = layout({ vars: ref, previous: ref, entered: i32, weaklist: weaklistField });
const Var = layout({ name: ref, default: ref });
const Token = layout({ ctx: ref, variable: ref, old: ref, used: i32 });

/** Indices of the current context (owned, 0 until first used) and of Token.MISSING (owned). */
export const current_context = rootWord('the current context');
const token_missing = rootWord('Token.MISSING');

const at = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;

function newContext(vars: Obj): Obj {
  const c = vars === 0 ? NULL : _PyObject_New(PyContext_Type);
  if (c === 0) {
    xdecref(vars);
    return NULL;
  }
  H32[(c + Context.vars) >> 2] = vars;
  PyObject_GC_Track(c);
  return c;
}

/** The current context, borrowed; NULL with MemoryError. */
function currentContext(): Obj {
  let c = H32[current_context] as Obj;
  if (c === 0) {
    c = newContext(PyDict_New());
    if (c !== 0) H32[(c + Context.entered) >> 2] = 1;
    H32[current_context] = c;
  }
  return c;
}

/** contextvars.copy_context(): a new context with the current one's values, or NULL. */
export function PyContext_CopyCurrent(): Obj {
  const c = currentContext();
  return c === 0 ? NULL : newContext(newref(at(c, Context.vars)));
}

function setOwnedAt(o: Obj, offset: number, value: Obj): void {
  const old = at(o, offset);
  H32[(o + offset) >> 2] = value;
  xdecref(old);
}

// --- Context ------------------------------------------------------------------------------------------------------------------

function context_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (PyTuple_GET_SIZE(args) > 0 || (kwargs !== 0 && PyDict_Size(kwargs) > 0))
    return PyErr_SetString(PyExc_TypeError, 'Context() does not accept any arguments');
  return newContext(PyDict_New());
}

function context_run(self: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (nargs < 1) return PyErr_SetString(PyExc_TypeError, 'run() missing 1 required positional argument');
  if (PyContext_Enter(self) < 0) return NULL;
  const r = PyObject_Vectorcall(H32[args >> 2] as Obj, args + 4, nargs - 1, kwnames);
  if (PyContext_Exit(self) < 0) {
    xdecref(r);
    return NULL;
  }
  return r;
}

/** Makes a context the current one: 0, or -1 with RuntimeError. */
export function PyContext_Enter(self: Obj): number {
  if (H32[(self + Context.entered) >> 2] !== 0)
    return errMinus1(PyExc_RuntimeError, `cannot enter context: ${reprText(self)} is already entered`);
  const current = currentContext();
  if (current === 0) return -1;
  H32[(self + Context.previous) >> 2] = current;
  H32[(self + Context.entered) >> 2] = 1;
  H32[current_context] = newref(self);
  return 0;
}

/** Leaves the current context: 0, or -1 with RuntimeError. */
export function PyContext_Exit(self: Obj): number {
  if (H32[(self + Context.entered) >> 2] === 0)
    return errMinus1(PyExc_RuntimeError, `cannot exit context: ${reprText(self)} has not been entered`);
  if (H32[current_context] !== self)
    return errMinus1(PyExc_RuntimeError, 'cannot exit context: thread state references a different context object');
  H32[current_context] = at(self, Context.previous);
  H32[(self + Context.previous) >> 2] = 0;
  H32[(self + Context.entered) >> 2] = 0;
  decref(self);
  return 0;
}

function needVar(key: Obj): boolean {
  if (Py_TYPE(key) === PyContextVar_Type) return true;
  PyErr_SetString(PyExc_TypeError, `a ContextVar key was expected, got ${reprText(key)}`);
  return false;
}

function context_subscript(self: Obj, key: Obj): Obj {
  if (!needVar(key)) return NULL;
  const v = PyDict_GetItemWithError(at(self, Context.vars), key);
  if (v !== 0) return newref(v);
  return PyErr_Occurred() !== 0 ? NULL : PyErr_SetObject(PyExc_KeyError, key);
}

function context_get(self: Obj, key: Obj, dflt: Obj): Obj {
  if (!needVar(key)) return NULL;
  const v = PyDict_GetItemWithError(at(self, Context.vars), key);
  return v === 0 && PyErr_Occurred() !== 0 ? NULL : newref(v === 0 ? dflt : v);
}

function viaIterator(list: Obj): Obj {
  if (list === 0) return NULL;
  const it = PyObject_GetIter(list);
  decref(list);
  return it;
}

function context_richcompare(a: Obj, b: Obj, op: number): Obj {
  if (Py_TYPE(a) !== PyContext_Type || Py_TYPE(b) !== PyContext_Type || (op !== Py_EQ && op !== Py_NE))
    return newref(Py_NotImplemented);
  return PyObject_RichCompare(at(a, Context.vars), at(b, Context.vars), op);
}

const varsOf = (self: Obj): Obj => at(self, Context.vars);

defineType({
  type: PyContext_Type,
  name: '_contextvars.Context',
  layout: Context,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: {
    tp_new: context_new,
    tp_hash: null,
    tp_richcompare: context_richcompare,
    tp_iter: (self: Obj) => viaIterator(PyDict_Keys(varsOf(self))),
    mp_length: (self: Obj) => PyDict_Size(varsOf(self)),
    mp_subscript: context_subscript,
    sq_contains: (self: Obj, key: Obj) => (needVar(key) ? PyDict_Contains(varsOf(self), key) : -1),
  },
  methods: [
    fastcall('run', null, context_run),
    method(
      'copy',
      '($self, /)',
      (self: Obj) => newContext(newref(varsOf(self))),
      'Return a shallow copy of the context object.',
    ),
    method(
      'get',
      '($self, key, default=None, /)',
      context_get,
      'Return the value for `key` if `key` has the value in the context object.',
    ),
    method(
      'keys',
      '($self, /)',
      (self: Obj) => viaIterator(PyDict_Keys(varsOf(self))),
      'Return a list of all variables in the context object.',
    ),
    method(
      'values',
      '($self, /)',
      (self: Obj) => viaIterator(PyDict_Values(varsOf(self))),
      "Return a list of all variables' values in the context object.",
    ),
    method(
      'items',
      '($self, /)',
      (self: Obj) => viaIterator(PyDict_Items(varsOf(self))),
      'Return all variables and their values in the context object.',
    ),
  ],
});

// --- ContextVar ---------------------------------------------------------------------------------------------------------------

const NEW_VAR = parseSignature('ContextVar', '(name, /, *, default=...)');

function var_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(NEW_VAR, args, kwargs)) return NULL;
  return newContextVar(bound[0] as Obj, bound[1] as Obj);
}

/** A new variable named `name`, with a default or NULL; borrowed. */
export function newContextVar(name: Obj, dflt: Obj): Obj {
  if (!PyUnicode_Check(name)) return PyErr_SetString(PyExc_TypeError, 'context variable name must be a str');
  if (PyObject_Hash(name) === -1) return NULL;
  const v = _PyObject_New(PyContextVar_Type);
  if (v === 0) return NULL;
  H32[(v + Var.name) >> 2] = newref(name);
  H32[(v + Var.default) >> 2] = dflt === 0 ? 0 : newref(dflt);
  PyObject_GC_Track(v);
  return v;
}

/** The value of a variable in the current context, else `dflt`, else its own default: a new reference, or NULL with LookupError. */
export function PyContextVar_Get(self: Obj, dflt: Obj): Obj {
  const c = currentContext();
  if (c === 0) return NULL;
  const v = PyDict_GetItemWithError(varsOf(c), self);
  if (v !== 0) return newref(v);
  if (PyErr_Occurred() !== 0) return NULL;
  const fallback = dflt !== 0 ? dflt : at(self, Var.default);
  return fallback !== 0 ? newref(fallback) : PyErr_SetObject(PyExc_LookupError, self);
}

/** Replaces the current context's values by a copy with a change: 0, or -1. */
function change(c: Obj, variable: Obj, value: Obj): number {
  const vars = PyDict_Copy(varsOf(c));
  if (vars === 0) return -1;
  const r = value === 0 ? PyDict_DelItem(vars, variable) : PyDict_SetItem(vars, variable, value);
  if (r < 0) {
    decref(vars);
    return -1;
  }
  setOwnedAt(c, Context.vars, vars);
  return 0;
}

/** Sets a variable in the current context: the token (new), or NULL. */
export function PyContextVar_Set(self: Obj, value: Obj): Obj {
  const c = currentContext();
  if (c === 0) return NULL;
  const old = PyDict_GetItemWithError(varsOf(c), self);
  if (old === 0 && PyErr_Occurred() !== 0) return NULL;
  const token = _PyObject_New(PyContextToken_Type);
  if (token === 0) return NULL;
  H32[(token + Token.ctx) >> 2] = newref(c);
  H32[(token + Token.variable) >> 2] = newref(self);
  H32[(token + Token.old) >> 2] = old === 0 ? 0 : newref(old);
  PyObject_GC_Track(token);
  if (change(c, self, value) < 0) {
    decref(token);
    return NULL;
  }
  return token;
}

function resetWith(self: Obj, token: Obj): number {
  if (H32[(token + Token.used) >> 2])
    return errMinus1(PyExc_RuntimeError, `${reprText(token)} has already been used once`);
  if (at(token, Token.variable) !== self)
    return errMinus1(PyExc_ValueError, `${reprText(token)} was created by a different ContextVar`);
  const c = currentContext();
  if (c === 0) return -1;
  if (at(token, Token.ctx) !== c)
    return errMinus1(PyExc_ValueError, `${reprText(token)} was created in a different Context`);
  H32[(token + Token.used) >> 2] = 1;
  const old = at(token, Token.old);
  if (old === 0 && PyDict_Contains(varsOf(c), self) === 0) {
    PyErr_SetObject(PyExc_LookupError, self);
    return -1;
  }
  return change(c, self, old);
}

function var_reset(self: Obj, token: Obj): Obj {
  if (Py_TYPE(token) !== PyContextToken_Type)
    return PyErr_SetString(PyExc_TypeError, `expected an instance of Token, got ${reprText(token)}`);
  return resetWith(self, token) < 0 ? NULL : newref(Py_None);
}

function var_hash(self: Obj): number {
  const h = Py_HashPointer(self) ^ PyObject_Hash(at(self, Var.name));
  return h === -1 ? -2 : h;
}

function var_repr(self: Obj): Obj {
  const dflt = at(self, Var.default);
  const name = reprOf(at(self, Var.name));
  const value = name === null ? null : dflt === 0 ? '' : reprOf(dflt);
  if (value === null) return NULL;
  const text = dflt === 0 ? '' : ` default=${value}`;
  return PyUnicode_FromString(`<ContextVar name=${name}${text} at ${addressText(self)}>`);
}

defineType({
  type: PyContextVar_Type,
  name: '_contextvars.ContextVar',
  layout: Var,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_new: var_new, tp_hash: var_hash, tp_repr: var_repr },
  methods: [
    method(
      'get',
      '($self, default=<unrepresentable>, /)',
      PyContextVar_Get,
      'Return a value for the context variable for the current context.',
    ),
    method(
      'set',
      '($self, value, /)',
      PyContextVar_Set,
      'Call to set a new value for the context variable in the current context.',
    ),
    method('reset', '($self, token, /)', var_reset, 'Reset the context variable.'),
    classMethod('__class_getitem__', '!($cls, key, /)', Py_GenericAlias, 'See PEP 585'),
  ],
  members: [member('name', 'object', Var.name)],
});

// --- Token --------------------------------------------------------------------------------------------------------------------

/** Token.MISSING, a new reference, or NULL. */
function missing(): Obj {
  if (H32[token_missing] === 0) H32[token_missing] = _PyObject_New(PyContextTokenMissing_Type);
  return H32[token_missing] === 0 ? NULL : newref(H32[token_missing] as Obj);
}

function token_repr(self: Obj): Obj {
  const used = H32[(self + Token.used) >> 2] ? ' used' : '';
  const variable = reprOf(at(self, Token.variable));
  return variable === null ? NULL : PyUnicode_FromString(`<Token${used} var=${variable} at ${addressText(self)}>`);
}

function token_exit(self: Obj): Obj {
  return resetWith(at(self, Token.variable), self) < 0 ? NULL : newref(Py_None);
}

defineType({
  type: PyContextToken_Type,
  name: '_contextvars.Token',
  layout: Token,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: {
    tp_new: () => PyErr_SetString(PyExc_RuntimeError, 'Tokens can only be created by ContextVars'),
    tp_hash: null,
    tp_repr: token_repr,
  },
  methods: [
    classMethod('__class_getitem__', '!($cls, key, /)', Py_GenericAlias, 'See PEP 585'),
    method('__enter__', '($self, /)', newref, 'Enter into Token context manager.'),
    method(
      '__exit__',
      '($self, type, value, traceback, /)',
      token_exit,
      'Exit from Token context manager, restore the linked ContextVar.',
    ),
  ],
  getset: [
    getset('var', (self: Obj) => newref(at(self, Token.variable))),
    getset('old_value', (self: Obj) => (at(self, Token.old) === 0 ? missing() : newref(at(self, Token.old)))),
  ],
  attributes: { MISSING: missing },
});

defineType({
  type: PyContextTokenMissing_Type,
  name: 'Token.MISSING',
  layout: layout({}),
  flags: Py_TPFLAGS_DISALLOW_INSTANTIATION,
  slots: { tp_repr: () => PyUnicode_FromString('<Token.MISSING>') },
});

/** Gives the current context back at finalization. */
export function clearContexts(): void {
  for (const w of [current_context, token_missing]) {
    const o = H32[w] as Obj;
    H32[w] = 0;
    xdecref(o);
  }
}
