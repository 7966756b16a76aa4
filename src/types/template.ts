// Template strings (PEP 750).
//
// Invariant: a Template has one string more than interpolations: strings[0], interpolations[0], strings[1], …; both are tuples.  Iterating leaves empty
// strings out.

import { H32 } from '../memory/linear.js';
import { classMethod, defineType, getset, member, method } from '../object/declare.js';
import { PyErr_SetString, typeName } from '../object/errors.js';
import { bindTuple, bound } from '../object/bind.js';
import { PyDict_Size } from '../object/dict.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import { i32, layout, ref } from '../object/layout.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyObject_GetAttrString, PyObject_Repr, PyObject_SelfIter } from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import {
  emptyString,
  Py_None,
  PyExc_TypeError,
  PyExc_ValueError,
  PyInterpolation_Type,
  PyTemplate_Type,
  PyTemplateIter_Type,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM, tupleFromObjs } from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import {
  PyUnicode_Check,
  PyUnicode_Concat,
  PyUnicode_FromString,
  PyUnicode_GET_LENGTH,
  PyUnicode_READ_CHAR,
  unicodeChar,
} from '../object/unicode.js';
import { UnicodeWriter } from '../object/unicode_writer.js';

// ---- Interpolation ---------------------------------------------------------------------------------------------------------------

const Interpolation = layout({ value: ref, expression: ref, conversion: ref, format_spec: ref });

/** Steals nothing; `conversion` is a one-character str or None. */
function newInterpolation(type: Obj, value: Obj, expression: Obj, conversion: Obj, spec: Obj): Obj {
  const o = _PyObject_New(type);
  if (o === 0) return NULL;
  H32[(o + Interpolation.value) >> 2] = newref(value);
  H32[(o + Interpolation.expression) >> 2] = newref(expression);
  H32[(o + Interpolation.conversion) >> 2] = newref(conversion);
  H32[(o + Interpolation.format_spec) >> 2] = newref(spec);
  PyObject_GC_Track(o);
  return o;
}

/** _PyInterpolation_Build: `conversion` 0 none, 1 str, 2 repr, 3 ascii (FVC_*); a new reference. */
export function _PyInterpolation_Build(value: Obj, expression: Obj, conversion: number, spec: Obj): Obj {
  const letter = conversion === 0 ? newref(Py_None) : unicodeChar(conversion === 1 ? 115 : conversion === 2 ? 114 : 97);
  const o = newInterpolation(PyInterpolation_Type, value, expression, letter, spec === 0 ? emptyString : spec);
  decref(letter);
  return o;
}

const INTERPOLATION = parseSignature(
  'Interpolation',
  "($type, /, value, expression='', conversion=None, format_spec='')",
);

function interpolation_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(INTERPOLATION, args, kwargs)) return NULL;
  const value = bound[0] as Obj;
  const expression = (bound[1] || emptyString) as Obj;
  const conversion = bound[2] as Obj;
  const spec = (bound[3] || emptyString) as Obj;
  if (!PyUnicode_Check(expression)) {
    return PyErr_SetString(
      PyExc_TypeError,
      `Interpolation() argument 'expression' must be str, not ${typeName(expression)}`,
    );
  }
  if (conversion !== Py_None) {
    if (!PyUnicode_Check(conversion)) {
      return PyErr_SetString(
        PyExc_TypeError,
        `Interpolation() argument 'conversion' must be str, not ${typeName(conversion)}`,
      );
    }
    const c = PyUnicode_GET_LENGTH(conversion) === 1 ? PyUnicode_READ_CHAR(conversion, 0) : 0;
    if (c !== 115 && c !== 97 && c !== 114) {
      return PyErr_SetString(PyExc_ValueError, "Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'");
    }
  }
  if (!PyUnicode_Check(spec)) {
    return PyErr_SetString(
      PyExc_TypeError,
      `Interpolation() argument 'format_spec' must be str, not ${typeName(spec)}`,
    );
  }
  return newInterpolation(type, value, expression, conversion, spec);
}

function fields(o: Obj): Obj[] {
  return [Interpolation.value, Interpolation.expression, Interpolation.conversion, Interpolation.format_spec].map(
    (offset) => H32[(o + offset) >> 2] as Obj,
  );
}

function interpolation_repr(o: Obj): Obj {
  return reprOf('Interpolation', fields(o));
}

/** name(repr, repr, …) */
function reprOf(name: string, items: readonly Obj[], labels: readonly string[] = []): Obj {
  const w = new UnicodeWriter();
  if (w.ascii(`${name}(`) < 0) return w.fail();
  for (let i = 0; i < items.length; i++) {
    if ((i > 0 && w.ascii(', ') < 0) || (labels.length > 0 && w.ascii(labels[i]) < 0)) return w.fail();
    const r = PyObject_Repr(items[i]);
    if (r === 0) return w.fail();
    const status = w.str(r);
    decref(r);
    if (status < 0) return w.fail();
  }
  return w.ascii(')') < 0 ? w.fail() : w.finish();
}

function interpolation_reduce(o: Obj): Obj {
  const args = tupleFromObjs(fields(o).map(newref));
  return args === 0 ? NULL : tupleFromObjs([newref(Py_TYPE(o)), args]);
}

defineType({
  type: PyInterpolation_Type,
  name: 'string.templatelib.Interpolation',
  layout: Interpolation,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: 'Interpolation object',
  slots: { tp_new: interpolation_new, tp_repr: interpolation_repr },
  members: [
    member('value', 'object', Interpolation.value, { doc: 'Value' }),
    member('expression', 'object', Interpolation.expression, { doc: 'Expression' }),
    member('conversion', 'object', Interpolation.conversion, { doc: 'Conversion' }),
    member('format_spec', 'object', Interpolation.format_spec, { doc: 'Format specifier' }),
  ],
  methods: [
    method('__reduce__', '!($self, /)', interpolation_reduce, '__reduce__() -> (cls, state)'),
    classMethod(
      '__class_getitem__',
      '!($type, object, /)',
      Py_GenericAlias,
      'Interpolations are generic over the types of their values',
    ),
  ],
  attributes: {
    __match_args__: () =>
      tupleFromObjs(['value', 'expression', 'conversion', 'format_spec'].map((s) => PyUnicode_FromString(s))),
  },
});

// ---- Template --------------------------------------------------------------------------------------------------------------------

const Template = layout({ strings: ref, interpolations: ref });
const stringsOf = (o: Obj): Obj => H32[(o + Template.strings) >> 2] as Obj;
const interpolationsOf = (o: Obj): Obj => H32[(o + Template.interpolations) >> 2] as Obj;

/** _PyTemplate_Build: a new Template of two tuples (borrowed). */
export function _PyTemplate_Build(strings: Obj, interpolations: Obj): Obj {
  return newTemplate(PyTemplate_Type, strings, interpolations);
}

function newTemplate(type: Obj, strings: Obj, interpolations: Obj): Obj {
  const o = _PyObject_New(type);
  if (o === 0) return NULL;
  H32[(o + Template.strings) >> 2] = newref(strings);
  H32[(o + Template.interpolations) >> 2] = newref(interpolations);
  PyObject_GC_Track(o);
  return o;
}

/** A Template of strs and interpolations in any order: neighbouring strs join, empty ones fill the gaps.  Takes over the references. */
function assemble(type: Obj, parts: readonly Obj[]): Obj {
  const strings: Obj[] = [];
  const interpolations: Obj[] = [];
  let lastIsString = false;
  let failed = false;
  for (const part of parts) {
    if (PyUnicode_Check(part)) {
      if (lastIsString) {
        const left = strings[strings.length - 1];
        const joined = PyUnicode_Concat(left, part);
        decref(part);
        if (joined === 0) failed = true;
        else {
          strings[strings.length - 1] = joined;
          decref(left);
        }
      } else strings.push(part);
      lastIsString = true;
    } else {
      if (!lastIsString) strings.push(newref(emptyString));
      interpolations.push(part);
      lastIsString = false;
    }
  }
  if (!lastIsString) strings.push(newref(emptyString));
  const s = tupleFromObjs(strings);
  const i = tupleFromObjs(interpolations);
  const o = failed || s === 0 || i === 0 ? NULL : newTemplate(type, s, i);
  if (s !== 0) decref(s);
  if (i !== 0) decref(i);
  return o;
}

function template_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (kwargs !== 0 && PyDict_Size(kwargs) !== 0) {
    return PyErr_SetString(PyExc_TypeError, 'Template.__new__ only accepts *args arguments');
  }
  const n = PyTuple_GET_SIZE(args);
  const parts: Obj[] = [];
  for (let i = 0; i < n; i++) {
    const part = PyTuple_GET_ITEM(args, i);
    if (!PyUnicode_Check(part) && Py_TYPE(part) !== PyInterpolation_Type) {
      for (const p of parts) decref(p);
      return PyErr_SetString(
        PyExc_TypeError,
        "Template.__new__ *args need to be of type 'str' or 'Interpolation', " + `got ${typeName(part)}`,
      );
    }
    parts.push(newref(part));
  }
  return assemble(type, parts);
}

function template_repr(o: Obj): Obj {
  return reprOf('Template', [stringsOf(o), interpolationsOf(o)], ['strings=', 'interpolations=']);
}

function template_values(o: Obj): Obj {
  const interpolations = interpolationsOf(o);
  const n = PyTuple_GET_SIZE(interpolations);
  const t = PyTuple_New(n);
  if (t === 0) return NULL;
  for (let i = 0; i < n; i++) {
    PyTuple_SET_ITEM(t, i, newref(H32[(PyTuple_GET_ITEM(interpolations, i) + Interpolation.value) >> 2] as Obj));
  }
  return t;
}

/** What a Template consists of, in order, as new references. */
function partsOf(o: Obj): Obj[] {
  const parts: Obj[] = [];
  const strings = stringsOf(o);
  const interpolations = interpolationsOf(o);
  for (let i = 0; i < PyTuple_GET_SIZE(strings); i++) {
    parts.push(newref(PyTuple_GET_ITEM(strings, i)));
    if (i < PyTuple_GET_SIZE(interpolations)) parts.push(newref(PyTuple_GET_ITEM(interpolations, i)));
  }
  return parts;
}

function template_concat(a: Obj, b: Obj): Obj {
  if (Py_TYPE(a) !== PyTemplate_Type || Py_TYPE(b) !== PyTemplate_Type) {
    return PyErr_SetString(
      PyExc_TypeError,
      `can only concatenate string.templatelib.Template (not "${typeName(b)}") to string.templatelib.Template`,
    );
  }
  return assemble(PyTemplate_Type, [...partsOf(a), ...partsOf(b)]);
}

/** string.templatelib._template_unpickle(strings, interpolations) */
function template_reduce(o: Obj): Obj {
  const m = port.importModule('string.templatelib');
  if (m === 0) return NULL;
  const f = PyObject_GetAttrString(m, '_template_unpickle');
  decref(m);
  if (f === 0) return NULL;
  const args = tupleFromObjs([newref(stringsOf(o)), newref(interpolationsOf(o))]);
  if (args === 0) {
    decref(f);
    return NULL;
  }
  return tupleFromObjs([f, args]);
}

function template_iter(o: Obj): Obj {
  const s = PyObject_GetIter(stringsOf(o));
  if (s === 0) return NULL;
  const i = PyObject_GetIter(interpolationsOf(o));
  const it = i === 0 ? NULL : _PyObject_New(PyTemplateIter_Type);
  if (it === 0) {
    decref(s);
    if (i !== 0) decref(i);
    return NULL;
  }
  H32[(it + TemplateIter.strings) >> 2] = s;
  H32[(it + TemplateIter.interpolations) >> 2] = i;
  H32[(it + TemplateIter.fromStrings) >> 2] = 1;
  PyObject_GC_Track(it);
  return it;
}

defineType({
  type: PyTemplate_Type,
  name: 'string.templatelib.Template',
  layout: Template,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: 'Template object',
  slots: { tp_new: template_new, tp_repr: template_repr, tp_iter: template_iter, sq_concat: template_concat },
  members: [
    member('strings', 'object', Template.strings, { doc: 'Strings' }),
    member('interpolations', 'object', Template.interpolations, { doc: 'Interpolations' }),
  ],
  getset: [getset('values', template_values, null, 'Values of interpolations')],
  methods: [
    method('__reduce__', '!($self, /)', template_reduce),
    classMethod('__class_getitem__', '!($type, object, /)', Py_GenericAlias, 'Template supports [] for generic usage'),
  ],
});

const TemplateIter = layout({ strings: ref, interpolations: ref, fromStrings: i32 });

function templateNext(it: Obj): Obj {
  for (;;) {
    const fromStrings = H32[(it + TemplateIter.fromStrings) >> 2];
    const source = H32[(it + (fromStrings ? TemplateIter.strings : TemplateIter.interpolations)) >> 2] as Obj;
    H32[(it + TemplateIter.fromStrings) >> 2] = fromStrings ? 0 : 1;
    const v = PyIter_Next(source);
    if (v !== 0 && fromStrings && PyUnicode_GET_LENGTH(v) === 0) {
      decref(v);
      continue;
    }
    return v;
  }
}

defineType({
  type: PyTemplateIter_Type,
  name: 'string.templatelib.TemplateIter',
  layout: TemplateIter,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: 'Template iterator object',
  slots: { tp_iter: PyObject_SelfIter, tp_iternext: templateNext },
});
