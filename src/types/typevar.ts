// What are type variables, type aliases and Generic?
//
// Invariant: what a bound, a constraint, a default or an alias stands for is computed at most once, when it is first asked for (PEP 695, 696); a
// parameter made by syntax has only the function that computes it, one made by a call only the value.

import { reprOf } from './exceptions.js';
import { H32 } from '../memory/linear.js';
import { bindTuple, bound, noKwargs } from '../object/bind.js';
import { PyObject_Call, PyObject_CallFunctionObjArgs, PyObject_CallNoArgs } from '../object/call.js';
import { defineType, fastcall, getset, member, method, METH_CLASS } from '../object/declare.js';
import { PyDict_New, PyDict_SetItem, PyDict_Size } from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetString, reprText, typeName } from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref, xnewref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { dictField, i32, layout, ref, weaklistField } from '../object/layout.js';
import { PyLong_AsInt } from '../object/long.js';
import { Py_GenericAlias, PyObject_GetItem } from '../object/mapping.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import {
  Py_EQ,
  Py_NE,
  PyBool_FromLong,
  PyObject_GetAttr,
  PyObject_RichCompare,
  PyObject_SetAttr,
} from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import { PySequence_Concat, PySequence_Index, PySequence_Size } from '../object/sequence.js';
import { parseSignature } from '../object/signature.js';
import { PyObject_GetIter } from '../object/iter.js';
import {
  Py_None,
  Py_NotImplemented,
  PyExc_TypeError,
  PyExc_ValueError,
  PyGeneric_Type,
  PyNoDefault_Type,
  PyNone_Type,
  PyParamSpec_Type,
  PyParamSpecArgs_Type,
  PyParamSpecKwargs_Type,
  PyTypeAlias_Type,
  PyTypeVar_Type,
  PyTypeVarTuple_Type,
  staticType,
} from '../object/statics.js';
import {
  PyTuple_Check,
  PyTuple_GET_ITEM,
  PyTuple_GET_SIZE,
  PyTuple_New,
  PyTuple_Pack,
  PyTuple_SET_ITEM,
} from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_DISALLOW_INSTANTIATION, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString, UnicodeWriter } from '../object/unicode.js';
import { func_module, PyFunction_Check } from './function_layout.js';
import { _Py_typing_type_repr } from './genericalias.js';
import { cur_frame, F_FUNCOBJ } from './iframe.js';
import {
  ALIAS_DOC,
  GENERIC_DOC,
  PARAMSPEC_ARGS_DOC,
  PARAMSPEC_DOC,
  PARAMSPEC_KWARGS_DOC,
  TYPEVAR_DOC,
  TYPEVARTUPLE_DOC,
} from './typevar_docs.js';
import { _Py_union_from_tuple } from './union.js';

const s_module = ID('__module__');

/** The value of annotation functions' argument that asks for source text (annotationlib.Format.STRING). */
const FORMAT_STRING = 4;

const at = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;
const put = (o: Obj, offset: number, value: Obj): void => {
  H32[(o + offset) >> 2] = value;
};

// --- NoDefault ----------------------------------------------------------------------------------------------------------------

const no_default = ownedWord();

/** typing.NoDefault, a new reference, or NULL. */
export function noDefault(): Obj {
  if (H32[no_default] === 0) H32[no_default] = PyType_GenericAlloc(PyNoDefault_Type, 0);
  return xnewref(H32[no_default] as Obj);
}

const isNoDefault = (o: Obj): boolean => o !== 0 && o === H32[no_default];

defineType({
  type: PyNoDefault_Type,
  name: 'NoDefaultType',
  layout: layout({}),
  doc: 'The type of the NoDefault singleton.',
  signature: '()',
  slots: {
    tp_repr: () => PyUnicode_FromString('typing.NoDefault'),
    tp_new: (_type: Obj, args: Obj, kwargs: Obj) =>
      PyTuple_GET_SIZE(args) > 0 || (kwargs !== 0 && PyDict_Size(kwargs) > 0)
        ? PyErr_SetString(PyExc_TypeError, 'NoDefaultType takes no arguments')
        : noDefault(),
  },
  methods: [method('__reduce__', '!($self, /)', () => PyUnicode_FromString('NoDefault'))],
});

// --- the evaluator of a value that is there already ---------------------------------------------------------------------------

const evaluator_Type = staticType();
const Evaluator = layout({ value: ref });

function newEvaluator(value: Obj): Obj {
  const e = PyType_GenericAlloc(evaluator_Type, 0);
  if (e !== 0) put(e, Evaluator.value, newref(value));
  return e;
}

function evaluator_call(self: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargs('constevaluator.__call__', kwargs)) return NULL;
  if (PyTuple_GET_SIZE(args) !== 1) {
    return PyErr_SetString(
      PyExc_TypeError,
      `constevaluator.__call__() takes exactly 1 argument (${PyTuple_GET_SIZE(args)} given)`,
    );
  }
  const format = PyLong_AsInt(PyTuple_GET_ITEM(args, 0));
  if (format === -1 && PyErr_Occurred() !== 0) return NULL;
  const value = at(self, Evaluator.value);
  if (format !== FORMAT_STRING) return newref(value);
  const w = new UnicodeWriter();
  if (!PyTuple_Check(value)) return _Py_typing_type_repr(w, value) ? w.finish() : w.fail();
  let ok = w.ascii('(') === 0;
  for (let i = 0; ok && i < PyTuple_GET_SIZE(value); i++) {
    ok = (i === 0 || w.ascii(', ') === 0) && _Py_typing_type_repr(w, PyTuple_GET_ITEM(value, i));
  }
  return ok && w.ascii(')') === 0 ? w.finish() : w.fail();
}

defineType({
  type: evaluator_Type,
  name: '_typing._ConstEvaluator',
  layout: Evaluator,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
  doc: 'Internal type for implementing evaluation functions.',
  signature: '()',
  slots: {
    tp_repr: (self: Obj) => {
      const text = reprOf(at(self, Evaluator.value));
      return text === null ? NULL : PyUnicode_FromString(`<constevaluator ${text}>`);
    },
    tp_call: evaluator_call,
  },
});

// --- help of typing -----------------------------------------------------------------------------------------------------------

/** typing.<name>(*args): a new reference, or NULL. */
function callTyping(name: string, ...args: Obj[]): Obj {
  const f = typingAttribute(name);
  if (f === 0) return NULL;
  const r = PyObject_CallFunctionObjArgs(f, ...args);
  decref(f);
  return r;
}

function typingAttribute(name: string): Obj {
  const typing = port.importModule('typing');
  const key = typing === 0 ? NULL : PyUnicode_FromString(name);
  const r = key === 0 ? NULL : PyObject_GetAttr(typing, key);
  xdecref(key);
  xdecref(typing);
  return r;
}

/** What is used as a type, checked: a new reference, or NULL. */
function typeCheck(arg: Obj, message: string): Obj {
  if (arg === Py_None) return newref(PyNone_Type);
  const text = PyUnicode_FromString(message);
  if (text === 0) return NULL;
  const r = callTyping('_type_check', arg, text);
  decref(text);
  return r;
}

/** self | other, which may be a forward reference as a string. */
function makeUnion(self: Obj, other: Obj): Obj {
  const args = PyTuple_Pack(self, other);
  if (args === 0) return NULL;
  const u = _Py_union_from_tuple(args);
  decref(args);
  return u;
}

/** The module of the calling Python function: borrowed, None if there is none. */
function callerModule(): Obj {
  const frame = H32[cur_frame];
  const f = frame === 0 ? NULL : (H32[(frame + F_FUNCOBJ) >> 2] as Obj);
  return f !== 0 && PyFunction_Check(f) ? at(f, func_module) || Py_None : Py_None;
}

/** typing.Unpack[self]: a new reference, or NULL. */
function unpack(self: Obj): Obj {
  const u = typingAttribute('Unpack');
  if (u === 0) return NULL;
  const r = PyObject_GetItem(u, self);
  decref(u);
  return r;
}

function unpackIter(self: Obj): Obj {
  const item = unpack(self);
  const tuple = item === 0 ? NULL : PyTuple_Pack(item);
  xdecref(item);
  const it = tuple === 0 ? NULL : PyObject_GetIter(tuple);
  xdecref(tuple);
  return it;
}

/** The type parameters with each TypeVarTuple unpacked: a new tuple, or NULL. */
function unpackTypeVarTuples(params: Obj): Obj {
  const n = PyTuple_GET_SIZE(params);
  const t = PyTuple_New(n);
  for (let i = 0; t !== 0 && i < n; i++) {
    const p = PyTuple_GET_ITEM(params, i);
    const q = Py_TYPE(p) === PyTypeVarTuple_Type ? unpack(p) : newref(p);
    if (q === 0) {
      decref(t);
      return NULL;
    }
    PyTuple_SET_ITEM(t, i, q);
  }
  return t;
}

// --- what the three kinds of parameters share ---------------------------------------------------------------------------------

const common = {
  name: ref,
  default: ref,
  evaluateDefault: ref,
  bound: ref,
  covariant: i32,
  contravariant: i32,
  inferVariance: i32,
  dict: dictField,
  weaklist: weaklistField,
} as const;

/** Fields that a TypeVarTuple does not use stay NULL. */
const Param = layout(common);
const TypeVar = layout({ evaluateBound: ref, constraints: ref, evaluateConstraints: ref }, { base: Param.info });
const P = Param;

interface Made {
  readonly bound?: Obj;
  readonly constraints?: Obj;
  readonly evaluateBound?: Obj;
  readonly evaluateConstraints?: Obj;
  readonly default?: Obj;
  readonly variance: readonly [boolean, boolean, boolean];
  /** None or a module's name; left out for parameters made by syntax. */
  readonly module?: Obj;
}

/** A new parameter of `type`; all borrowed; NULL with an exception. */
function newParam(type: Obj, name: Obj, made: Made): Obj {
  const p = PyType_GenericAlloc(type, 0);
  if (p === 0) return NULL;
  put(p, P.name, newref(name));
  put(p, P.bound, xnewref(made.bound ?? NULL));
  put(p, P.default, xnewref(made.default ?? NULL));
  H32[(p + P.covariant) >> 2] = made.variance[0] ? 1 : 0;
  H32[(p + P.contravariant) >> 2] = made.variance[1] ? 1 : 0;
  H32[(p + P.inferVariance) >> 2] = made.variance[2] ? 1 : 0;
  if (type === PyTypeVar_Type) {
    put(p, TypeVar.evaluateBound, xnewref(made.evaluateBound ?? NULL));
    put(p, TypeVar.constraints, xnewref(made.constraints ?? NULL));
    put(p, TypeVar.evaluateConstraints, xnewref(made.evaluateConstraints ?? NULL));
  }
  if (made.module !== undefined && made.module !== 0 && PyObject_SetAttr(p, idObj(s_module), made.module) < 0) {
    decref(p);
    return NULL;
  }
  return p;
}

/** A value made on demand by the function beside it; `absent` gives what stands for none. */
function lazy(value: number, evaluate: number, absent: () => Obj): (self: Obj) => Obj {
  return (self) => {
    if (at(self, value) !== 0) return newref(at(self, value));
    const f = at(self, evaluate);
    if (f === 0) return absent();
    newref(f);
    const v = PyObject_CallNoArgs(f);
    decref(f);
    if (v !== 0) {
      const old = at(self, value);
      put(self, value, newref(v));
      xdecref(old);
    }
    return v;
  };
}

/** The function that computes a value, made if only the value is there; None if neither is. */
function evaluatorOf(value: number, evaluate: number): (self: Obj) => Obj {
  return (self) => {
    if (at(self, evaluate) !== 0) return newref(at(self, evaluate));
    return at(self, value) !== 0 ? newEvaluator(at(self, value)) : newref(Py_None);
  };
}

const param_default = lazy(P.default, P.evaluateDefault, noDefault);

function hasDefault(self: Obj): Obj {
  const v = at(self, P.default);
  return PyBool_FromLong(at(self, P.evaluateDefault) !== 0 || (v !== 0 && !isNoDefault(v)));
}

function varianceRepr(self: Obj): Obj {
  const name = at(self, P.name);
  if (H32[(self + P.inferVariance) >> 2]) return newref(name);
  const sign = H32[(self + P.covariant) >> 2] ? '+' : H32[(self + P.contravariant) >> 2] ? '-' : '~';
  return PyUnicode_FromString(sign + asString(name));
}

const reduceToName = (self: Obj): Obj => newref(at(self, P.name));
const noSubclass = (kind: string) =>
  method('__mro_entries__', '!($self, object, /)', () =>
    PyErr_SetString(PyExc_TypeError, `Cannot subclass an instance of ${kind}`),
  );

const defaultAttributes = (kind: string) => [
  getset('__default__', param_default, null, `The default value for this ${kind}.`),
  getset('evaluate_default', evaluatorOf(P.default, P.evaluateDefault)),
];

const varianceMembers = [
  member('__covariant__', 'bool', P.covariant),
  member('__contravariant__', 'bool', P.contravariant),
  member('__infer_variance__', 'bool', P.inferVariance),
];

const sharedMethods = (kind: string) => [
  method('__reduce__', '($self, /)', reduceToName),
  method('has_default', '($self, /)', hasDefault),
  noSubclass(kind),
];

function nameOf(o: Obj, what: string): boolean {
  if (PyUnicode_Check(o)) return true;
  PyErr_SetString(
    PyExc_TypeError,
    `${what}() argument 'name' must be str, not ${o === Py_None ? 'None' : typeName(o)}`,
  );
  return false;
}

// --- TypeVar ------------------------------------------------------------------------------------------------------------------

const NEW_TYPEVAR = parseSignature(
  'typevar',
  '(name, *constraints, bound=None, default=..., covariant: bool = False, contravariant: bool = False, infer_variance: bool = False)',
);

/** A bound as given: a new reference to the checked type, NULL for none; undefined with an exception. */
function boundOf(o: Obj): Obj | undefined {
  if (o === Py_None || o === 0) return NULL;
  const b = typeCheck(o, 'Bound must be a type.');
  return b === 0 ? undefined : b;
}

function varianceOk(co: boolean, contra: boolean, infer: boolean): boolean {
  if (co && contra) PyErr_SetString(PyExc_ValueError, 'Bivariant types are not supported.');
  else if (infer && (co || contra))
    PyErr_SetString(PyExc_ValueError, 'Variance cannot be specified with infer_variance.');
  else return true;
  return false;
}

/** `make` with the given default or, left out, NoDefault. */
function withDefault(given: Obj, make: (dflt: Obj) => Obj): Obj {
  const dflt = given !== 0 ? newref(given) : noDefault();
  if (dflt === 0) return NULL;
  const r = make(dflt);
  decref(dflt);
  return r;
}

function typevar_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(NEW_TYPEVAR, args, kwargs)) return NULL;
  const [name, constraints, boundArg, dflt, co, contra, infer] = bound as Obj[];
  const r = makeTypeVar(type, name, constraints, boundArg, dflt, [co !== 0, contra !== 0, infer !== 0]);
  decref(constraints);
  return r;
}

function makeTypeVar(
  type: Obj,
  name: Obj,
  constraints: Obj,
  boundArg: Obj,
  given: Obj,
  variance: Made['variance'],
): Obj {
  if (!nameOf(name, 'typevar') || !varianceOk(...variance)) return NULL;
  const b = boundOf(boundArg);
  if (b === undefined) return NULL;
  const n = PyTuple_GET_SIZE(constraints);
  let r: Obj = NULL;
  if (n === 1) PyErr_SetString(PyExc_TypeError, 'A single constraint is not allowed');
  else if (n > 0 && b !== 0) PyErr_SetString(PyExc_TypeError, 'Constraints cannot be combined with bound=...');
  else {
    const made = {
      ...(b !== 0 ? { bound: b } : {}),
      ...(n > 0 ? { constraints } : {}),
      variance,
      module: callerModule(),
    };
    r = withDefault(given, (dflt) => newParam(type, name, { ...made, default: dflt }));
  }
  xdecref(b);
  return r;
}

function typevar_subst(self: Obj, arg: Obj): Obj {
  return callTyping('_typevar_subst', self, arg);
}

/** A missing argument is filled in by the default. */
function typevar_prepare(self: Obj, alias: Obj, args: Obj): Obj {
  const key = PyUnicode_FromString('__parameters__');
  const params = key === 0 ? NULL : PyObject_GetAttr(alias, key);
  xdecref(key);
  if (params === 0) return NULL;
  const nargs = PySequence_Size(args);
  const index = nargs < 0 ? -1 : PySequence_Index(params, self);
  decref(params);
  if (index < 0) return NULL;
  if (index < nargs) return newref(args);
  if (index === nargs) {
    const dflt = param_default(self);
    if (dflt === 0) return NULL;
    if (!isNoDefault(dflt)) {
      const one = PyTuple_Pack(dflt);
      decref(dflt);
      const r = one === 0 ? NULL : PySequence_Concat(args, one);
      xdecref(one);
      return r;
    }
    decref(dflt);
  }
  return PyErr_SetString(
    PyExc_TypeError,
    `Too few arguments for ${reprText(alias)}; actual ${nargs}, expected ${index + 1}`,
  );
}

const none = (): Obj => newref(Py_None);

defineType({
  type: PyTypeVar_Type,
  name: 'typing.TypeVar',
  layout: TypeVar,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: TYPEVAR_DOC,
  slots: { tp_new: typevar_new, tp_repr: varianceRepr, nb_or: makeUnion },
  methods: [
    method('__typing_subst__', '($self, arg, /)', typevar_subst),
    method('__typing_prepare_subst__', '($self, alias, args, /)', typevar_prepare),
    ...sharedMethods('TypeVar'),
  ],
  members: [member('__name__', 'object', P.name), ...varianceMembers],
  getset: [
    getset('__bound__', lazy(P.bound, TypeVar.evaluateBound, none)),
    getset(
      '__constraints__',
      lazy(TypeVar.constraints, TypeVar.evaluateConstraints, () => PyTuple_New(0)),
    ),
    ...defaultAttributes('TypeVar'),
    getset('evaluate_bound', evaluatorOf(P.bound, TypeVar.evaluateBound)),
    getset('evaluate_constraints', evaluatorOf(TypeVar.constraints, TypeVar.evaluateConstraints)),
  ],
});

// --- ParamSpec ----------------------------------------------------------------------------------------------------------------

const ParamAttr = layout({ origin: ref, weaklist: weaklistField });

function newParamAttr(type: Obj, origin: Obj): Obj {
  const a = PyType_GenericAlloc(type, 0);
  if (a !== 0) put(a, ParamAttr.origin, newref(origin));
  return a;
}

for (const [type, word, doc] of [
  [PyParamSpecArgs_Type, 'args', PARAMSPEC_ARGS_DOC],
  [PyParamSpecKwargs_Type, 'kwargs', PARAMSPEC_KWARGS_DOC],
] as const) {
  const signature = parseSignature(`paramspec${word}`, '(origin)');
  defineType({
    type,
    name: word === 'args' ? 'typing.ParamSpecArgs' : 'typing.ParamSpecKwargs',
    layout: ParamAttr,
    flags: Py_TPFLAGS_HAVE_GC,
    doc,
    slots: {
      tp_new: (t: Obj, args: Obj, kwargs: Obj) =>
        bindTuple(signature, args, kwargs) ? newParamAttr(t, bound[0] as Obj) : NULL,
      tp_hash: null,
      tp_repr: (self: Obj) => {
        const origin = at(self, ParamAttr.origin);
        if (Py_TYPE(origin) === PyParamSpec_Type)
          return PyUnicode_FromString(`${asString(at(origin, P.name))}.${word}`);
        const text = reprOf(origin);
        return text === null ? NULL : PyUnicode_FromString(`${text}.${word}`);
      },
      tp_richcompare: (a: Obj, b: Obj, op: number) =>
        Py_TYPE(b) !== type || (op !== Py_EQ && op !== Py_NE)
          ? newref(Py_NotImplemented)
          : PyObject_RichCompare(at(a, ParamAttr.origin), at(b, ParamAttr.origin), op),
    },
    methods: [noSubclass(word === 'args' ? 'ParamSpecArgs' : 'ParamSpecKwargs')],
    members: [member('__origin__', 'object', ParamAttr.origin)],
  });
}

const NEW_PARAMSPEC = parseSignature(
  'paramspec',
  '(name, *, bound=None, default=..., covariant: bool = False, contravariant: bool = False, infer_variance: bool = False)',
);

function paramspec_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(NEW_PARAMSPEC, args, kwargs)) return NULL;
  const [name, boundArg, given, co, contra, infer] = bound as Obj[];
  const variance = [co !== 0, contra !== 0, infer !== 0] as const;
  if (!nameOf(name, 'paramspec') || !varianceOk(...variance)) return NULL;
  const b = boundOf(boundArg);
  if (b === undefined) return NULL;
  const r = withDefault(given, (dflt) =>
    newParam(type, name, { bound: b, default: dflt, variance, module: callerModule() }),
  );
  xdecref(b);
  return r;
}

defineType({
  type: PyParamSpec_Type,
  name: 'typing.ParamSpec',
  layout: layout({}, { base: Param.info }),
  flags: Py_TPFLAGS_HAVE_GC,
  doc: PARAMSPEC_DOC,
  slots: { tp_new: paramspec_new, tp_repr: varianceRepr, nb_or: makeUnion },
  methods: [
    method('__typing_subst__', '($self, arg, /)', (self: Obj, arg: Obj) => callTyping('_paramspec_subst', self, arg)),
    method('__typing_prepare_subst__', '($self, alias, args, /)', (self: Obj, alias: Obj, args: Obj) =>
      callTyping('_paramspec_prepare_subst', self, alias, args),
    ),
    ...sharedMethods('ParamSpec'),
  ],
  members: [member('__name__', 'object', P.name), member('__bound__', 'object', P.bound), ...varianceMembers],
  getset: [
    getset('args', (self: Obj) => newParamAttr(PyParamSpecArgs_Type, self), null, 'Represents positional arguments.'),
    getset('kwargs', (self: Obj) => newParamAttr(PyParamSpecKwargs_Type, self), null, 'Represents keyword arguments.'),
    ...defaultAttributes('ParamSpec'),
  ],
});

// --- TypeVarTuple -------------------------------------------------------------------------------------------------------------

const NEW_TYPEVARTUPLE = parseSignature('typevartuple', '(name, *, default=...)');

function typevartuple_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(NEW_TYPEVARTUPLE, args, kwargs)) return NULL;
  const [name, given] = bound as Obj[];
  if (!nameOf(name, 'typevartuple')) return NULL;
  return withDefault(given, (dflt) =>
    newParam(type, name, { default: dflt, variance: [false, false, false], module: callerModule() }),
  );
}

defineType({
  type: PyTypeVarTuple_Type,
  name: 'typing.TypeVarTuple',
  layout: layout({}, { base: Param.info }),
  flags: Py_TPFLAGS_HAVE_GC,
  doc: TYPEVARTUPLE_DOC,
  slots: { tp_new: typevartuple_new, tp_repr: reduceToName, tp_iter: unpackIter },
  methods: [
    method('__typing_subst__', '($self, arg, /)', () =>
      PyErr_SetString(PyExc_TypeError, 'Substitution of bare TypeVarTuple is not supported'),
    ),
    method('__typing_prepare_subst__', '($self, alias, args, /)', (self: Obj, alias: Obj, args: Obj) =>
      callTyping('_typevartuple_prepare_subst', self, alias, args),
    ),
    ...sharedMethods('TypeVarTuple'),
  ],
  members: [member('__name__', 'object', P.name)],
  getset: defaultAttributes('TypeVarTuple'),
});

// --- type aliases -------------------------------------------------------------------------------------------------------------

const Alias = layout({ name: ref, params: ref, compute: ref, value: ref, module: ref });

function newAlias(name: Obj, params: Obj, compute: Obj, value: Obj, module: Obj): Obj {
  const a = PyType_GenericAlloc(PyTypeAlias_Type, 0);
  if (a === 0) return NULL;
  put(a, Alias.name, newref(name));
  put(a, Alias.params, xnewref(params));
  put(a, Alias.compute, xnewref(compute));
  put(a, Alias.value, xnewref(value));
  put(a, Alias.module, xnewref(module));
  return a;
}

const isParam = (o: Obj): boolean => [PyTypeVar_Type, PyParamSpec_Type, PyTypeVarTuple_Type].includes(Py_TYPE(o));

/** Whether type parameters are ones, and those without a default come first. */
function paramsOk(params: Obj): boolean {
  let seen = false;
  for (let i = 0; i < PyTuple_GET_SIZE(params); i++) {
    const p = PyTuple_GET_ITEM(params, i);
    if (!isParam(p)) {
      PyErr_SetString(PyExc_TypeError, `Expected a type param, got ${reprText(p)}`);
      return false;
    }
    const dflt = param_default(p);
    if (dflt === 0) return false;
    const none = isNoDefault(dflt);
    decref(dflt);
    if (none && seen) {
      PyErr_SetString(PyExc_TypeError, `non-default type parameter '${reprText(p)}' follows default type parameter`);
      return false;
    }
    seen ||= !none;
  }
  return true;
}

const NEW_ALIAS = parseSignature('typealias', '(name, value, *, type_params=...)');

function alias_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(NEW_ALIAS, args, kwargs)) return NULL;
  const [name, value, params] = bound as Obj[];
  if (!nameOf(name, 'typealias')) return NULL;
  if (params !== 0 && !PyTuple_Check(params)) return PyErr_SetString(PyExc_TypeError, 'type_params must be a tuple');
  if (params !== 0 && !paramsOk(params)) return NULL;
  return newAlias(name, params !== 0 && PyTuple_GET_SIZE(params) > 0 ? params : NULL, NULL, value, callerModule());
}

function alias_module(self: Obj): Obj {
  if (at(self, Alias.module) !== 0) return newref(at(self, Alias.module));
  const f = at(self, Alias.compute);
  return newref((f !== 0 && PyFunction_Check(f) && at(f, func_module)) || Py_None);
}

const aliasParams = (self: Obj): Obj =>
  at(self, Alias.params) === 0 ? PyTuple_New(0) : newref(at(self, Alias.params));

defineType({
  type: PyTypeAlias_Type,
  name: 'typing.TypeAliasType',
  layout: Alias,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: ALIAS_DOC,
  slots: {
    tp_new: alias_new,
    tp_repr: (self: Obj) => newref(at(self, Alias.name)),
    tp_iter: unpackIter,
    nb_or: makeUnion,
    mp_subscript: (self: Obj, args: Obj) =>
      at(self, Alias.params) === 0
        ? PyErr_SetString(PyExc_TypeError, 'Only generic type aliases are subscriptable')
        : Py_GenericAlias(self, args),
  },
  methods: [method('__reduce__', '($self, /)', (self: Obj) => newref(at(self, Alias.name)))],
  members: [member('__name__', 'object', Alias.name)],
  getset: [
    getset('__parameters__', (self: Obj) =>
      at(self, Alias.params) === 0 ? PyTuple_New(0) : unpackTypeVarTuples(at(self, Alias.params)),
    ),
    getset('__type_params__', aliasParams),
    getset('__value__', lazy(Alias.value, Alias.compute, none)),
    getset('evaluate_value', evaluatorOf(Alias.value, Alias.compute)),
    getset('__module__', alias_module),
  ],
});

// --- Generic ------------------------------------------------------------------------------------------------------------------

/** typing.<name>(cls, *args, **kwargs) with the arguments of a class method in vectorcall form. */
function generic(name: string): (cls: Obj, args: number, nargs: number, kwnames: Obj) => Obj {
  return (cls, args, nargs, kwnames) => {
    const f = typingAttribute(name);
    if (f === 0) return NULL;
    const nkw = kwnames === 0 ? 0 : PyTuple_GET_SIZE(kwnames);
    const positional = PyTuple_New(nargs + 1);
    const kwargs = positional !== 0 && nkw > 0 ? PyDict_New() : NULL;
    let ok = positional !== 0 && (nkw === 0 || kwargs !== 0);
    if (ok) {
      PyTuple_SET_ITEM(positional, 0, newref(cls));
      for (let i = 0; i < nargs; i++) PyTuple_SET_ITEM(positional, i + 1, newref(H32[(args >> 2) + i] as Obj));
      for (let i = 0; ok && i < nkw; i++)
        ok = PyDict_SetItem(kwargs, PyTuple_GET_ITEM(kwnames, i), H32[(args >> 2) + nargs + i] as Obj) === 0;
    }
    const r = ok ? PyObject_Call(f, positional, kwargs) : NULL;
    xdecref(positional);
    xdecref(kwargs);
    decref(f);
    return r;
  };
}

defineType({
  type: PyGeneric_Type,
  name: 'typing.Generic',
  layout: layout({}),
  flags: Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
  doc: GENERIC_DOC,
  methods: [
    fastcall(
      '__class_getitem__',
      null,
      generic('_generic_class_getitem'),
      'Parameterizes a generic class.',
      METH_CLASS,
    ),
    fastcall(
      '__init_subclass__',
      null,
      generic('_generic_init_subclass'),
      'Function to initialize subclasses.',
      METH_CLASS,
    ),
  ],
});

// --- what syntax makes --------------------------------------------------------------------------------------------------------

const INFERRED = [false, false, true] as const;

/** `T` and `T: bound`, `T: (a, b)` by functions that compute them (NULL: none); a new reference, or NULL. */
export function _Py_make_typevar(name: Obj, evaluateBound: Obj, evaluateConstraints: Obj): Obj {
  return newParam(PyTypeVar_Type, name, { evaluateBound, evaluateConstraints, variance: INFERRED });
}

/** `**P`: a new reference, or NULL. */
export function _Py_make_paramspec(name: Obj): Obj {
  return newParam(PyParamSpec_Type, name, { variance: INFERRED });
}

/** `*Ts`: a new reference, or NULL. */
export function _Py_make_typevartuple(name: Obj): Obj {
  return newParam(PyTypeVarTuple_Type, name, { variance: INFERRED });
}

/** `type name[params] = …` from (name, params or None, function): a new reference, or NULL. */
export function _Py_make_typealias(parts: Obj): Obj {
  const [name, params, compute] = [0, 1, 2].map((i) => PyTuple_GET_ITEM(parts, i));
  return newAlias(name, params === Py_None || PyTuple_GET_SIZE(params) === 0 ? NULL : params, compute, NULL, NULL);
}

/** Generic[*params]: a new reference, or NULL. */
export function _Py_subscript_generic(params: Obj): Obj {
  const unpacked = unpackTypeVarTuples(params);
  if (unpacked === 0) return NULL;
  const alias = callTyping('_GenericAlias', PyGeneric_Type, unpacked);
  decref(unpacked);
  return alias;
}

/** Gives a type parameter the function of its default: a new reference to it, or NULL. */
export function _Py_set_typeparam_default(param: Obj, evaluate: Obj): Obj {
  if (!isParam(param)) return PyErr_SetString(PyExc_TypeError, `Expected a type param, got ${reprText(param)}`);
  const old = at(param, P.evaluateDefault);
  put(param, P.evaluateDefault, newref(evaluate));
  xdecref(old);
  return newref(param);
}
