// How does native code return tuples with named fields (sys.version_info, os.stat_result, time.struct_time)?
//
// Invariant: an instance is a tuple of its first n_sequence_fields values; the values of the other, named-only fields stand behind them in the
// same object and belong to it as well, though they are no items of the tuple.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { type MethodDef, defineType, fastcall, member, type MemberDef, method } from '../object/declare.js';
import { PyDict_Check, PyDict_GetItemRef, PyDict_New, PyDict_SetItem, PyDict_Size } from '../object/dict.js';
import { PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString, reprText } from '../object/errors.js';
import { F } from '../object/functable.js';
import { PyObject_GC_Track, PyObject_GC_UnTrack } from '../object/gc_head.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { PyList_Append, PyList_New } from '../object/list.js';
import { PyLong_FromLong } from '../object/long.js';
import { _PyObject_NewVar, freeObject } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import { PySequence_Tuple } from '../object/sequence.js';
import { parseSignature } from '../object/signature.js';
import { Py_None, PyExc_TypeError, PyTuple_Type, staticType } from '../object/statics.js';
import {
  fromArray,
  PyTuple_GET_ITEM,
  PyTuple_GET_SIZE,
  PyTuple_New,
  PyTuple_Pack,
  PyTuple_SET_ITEM,
  tuple_hash_field,
  tuple_items,
  TupleLayout,
} from '../object/tuple.js';
import {
  ob_size,
  Py_TPFLAGS_DISALLOW_INSTANTIATION,
  Py_TPFLAGS_HAVE_GC,
  Py_TPFLAGS_TUPLE_SUBCLASS,
} from '../object/type_layout.js';
import { asString, PyUnicode_FromString, UnicodeWriter } from '../object/unicode.js';
import { writeRepr } from './dict.js';

/** A field: its name (null: an item without a name) and what help() says about it. */
export type StructSeqField = readonly [name: string | null, doc?: string];

interface StructSeqDesc {
  /** Dotted, with its module. */
  readonly name: string;
  readonly doc: string;
  readonly fields: readonly StructSeqField[];
  /** How many of the fields, from the first on, are items of the tuple. */
  readonly sequence: number;
  /** Fills what a new instance made from Python lacks. */
  readonly adjust: ((o: Obj) => void) | undefined;
}

const descs = new Map<Obj, StructSeqDesc>();
const descOf = (o: Obj) => descs.get(Py_TYPE(o)) as StructSeqDesc;
const namesOf = (d: StructSeqDesc) => d.fields.filter((f) => f[0] !== null).map((f) => f[0] as string);
const unnamedIn = (d: StructSeqDesc) => d.fields.filter((f) => f[0] === null).length;

const SIG = parseSignature('structseq', '(sequence, dict=NULL)');

/** A new instance whose fields are all NULL, to be filled with PyStructSequence_SetItem; NULL with MemoryError. */
export function PyStructSequence_New(type: Obj): Obj {
  const d = descs.get(type) as StructSeqDesc;
  const o = _PyObject_NewVar(type, d.fields.length);
  if (o === 0) return NULL;
  H32[(o + ob_size) >> 2] = d.sequence;
  H32[(o + tuple_hash_field) >> 2] = -1;
  PyObject_GC_Track(o);
  return o;
}

/** Fills field i (stolen). */
export function PyStructSequence_SetItem(o: Obj, i: number, value: Obj): void {
  H32[(o + tuple_items + 4 * i) >> 2] = value;
}

/** Field i, borrowed. */
export function PyStructSequence_GetItem(o: Obj, i: number): Obj {
  return H32[(o + tuple_items + 4 * i) >> 2] as Obj;
}

/** A new instance of the given values (stolen, also when it fails); NULL with an exception, also if one of the values is NULL. */
export function structInstance(type: Obj, values: readonly Obj[]): Obj {
  const o = values.includes(NULL) ? NULL : PyStructSequence_New(type);
  for (let i = 0; i < values.length; i++) {
    if (o === 0) xdecref(values[i]);
    else PyStructSequence_SetItem(o, i, values[i]);
  }
  return o;
}

function structseq_traverse(o: Obj, visit: number, arg: number): number {
  const n = descOf(o).fields.length;
  for (let i = 0; i < n; i++) {
    const item = PyStructSequence_GetItem(o, i);
    const answer = item === 0 ? 0 : F[visit](item, arg);
    if (answer) return answer;
  }
  return 0;
}

function structseq_dealloc(o: Obj): void {
  PyObject_GC_UnTrack(o);
  const n = descOf(o).fields.length;
  for (let i = 0; i < n; i++) xdecref(PyStructSequence_GetItem(o, i));
  freeObject(o);
}

function fail(type: Obj, text: string): Obj {
  return PyErr_SetString(PyExc_TypeError, `${(descs.get(type) as StructSeqDesc).name}() ${text}`);
}

function structseq_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(SIG, args, kwargs)) return NULL;
  const dict = bound[1] as Obj;
  const given = PySequence_Tuple(bound[0] as Obj);
  if (given === 0) {
    return PyErr_ExceptionMatches(PyExc_TypeError)
      ? PyErr_SetString(PyExc_TypeError, 'constructor requires a sequence')
      : NULL;
  }
  const r = structseqOf(type, given, dict);
  decref(given);
  if (r !== 0) (descs.get(type) as StructSeqDesc).adjust?.(r);
  return r;
}

/** An instance of a tuple of values and a dict (or NULL) of further named ones; all borrowed. */
function structseqOf(type: Obj, given: Obj, dict: Obj): Obj {
  const d = descs.get(type) as StructSeqDesc;
  const min = d.sequence;
  const max = d.fields.length;
  const n = PyTuple_GET_SIZE(given);
  if (dict !== 0 && !PyDict_Check(dict)) return fail(type, 'takes a dict as second arg, if any');
  if (min !== max) {
    if (n < min) return fail(type, `takes an at least ${min}-sequence (${n}-sequence given)`);
    if (n > max) return fail(type, `takes an at most ${max}-sequence (${n}-sequence given)`);
  } else if (n !== min) return fail(type, `takes a ${min}-sequence (${n}-sequence given)`);
  const o = PyStructSequence_New(type);
  if (o === 0) return NULL;
  for (let i = 0; i < n; i++) PyStructSequence_SetItem(o, i, newref(PyTuple_GET_ITEM(given, i)));
  let used = 0;
  for (let i = n; i < max; i++) {
    let value: Obj = NULL;
    const name = d.fields[i][0];
    if (dict !== 0 && name !== null) {
      const key = PyUnicode_FromString(name);
      if (key !== 0) {
        value = PyDict_GetItemRef(dict, key);
        decref(key);
      }
      if (value === 0 && PyErr_Occurred() !== 0) {
        decref(o);
        return NULL;
      }
      if (value !== 0) used++;
    }
    PyStructSequence_SetItem(o, i, value || newref(Py_None));
  }
  if (dict !== 0 && used < PyDict_Size(dict)) {
    decref(o);
    return fail(type, 'got duplicate or unexpected field name(s)');
  }
  return o;
}

function structseq_repr(o: Obj): Obj {
  const d = descOf(o);
  const names = namesOf(d);
  const w = new UnicodeWriter();
  if (Py_ReprEnter(o) !== 0) return w.text(`${d.name}(...)`) === 0 ? w.finish() : w.fail();
  let ok = w.text(`${d.name}(`) === 0;
  for (let i = 0; ok && i < d.sequence; i++) {
    ok = w.text(`${i > 0 ? ', ' : ''}${names[i]}=`) === 0 && writeRepr(w, PyStructSequence_GetItem(o, i));
  }
  Py_ReprLeave(o);
  return ok && w.ascii(')') === 0 ? w.finish() : w.fail();
}

/** The plain tuple of the visible fields: new. */
function visible(o: Obj): Obj {
  return fromArray(o + tuple_items, descOf(o).sequence);
}

/** A new dict of the fields beyond the tuple, or NULL. */
function hidden(o: Obj): Obj {
  const d = descOf(o);
  const dict = PyDict_New();
  for (let i = d.sequence; dict !== 0 && i < d.fields.length; i++) {
    const name = d.fields[i][0];
    if (name === null) continue;
    const key = PyUnicode_FromString(name);
    const r = key === 0 ? -1 : PyDict_SetItem(dict, key, PyStructSequence_GetItem(o, i) || Py_None);
    xdecref(key);
    if (r < 0) {
      decref(dict);
      return NULL;
    }
  }
  return dict;
}

/** (type, (visible, {name: hidden})) */
function structseq_reduce(o: Obj): Obj {
  const tuple = visible(o);
  const dict = tuple === 0 ? NULL : hidden(o);
  const args = dict === 0 ? NULL : PyTuple_Pack(tuple, dict);
  xdecref(tuple);
  xdecref(dict);
  if (args === 0) return NULL;
  const r = PyTuple_Pack(Py_TYPE(o), args);
  decref(args);
  return r;
}

function structseq_replace(o: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  const d = descOf(o);
  if (nargs !== 0) return PyErr_SetString(PyExc_TypeError, '__replace__() takes no positional arguments');
  if (unnamedIn(d) > 0) {
    return PyErr_SetString(
      PyExc_TypeError,
      `__replace__() is not supported for ${d.name} because it has unnamed field(s)`,
    );
  }
  const r = PyStructSequence_New(Py_TYPE(o));
  if (r === 0) return NULL;
  for (let i = 0; i < d.fields.length; i++)
    PyStructSequence_SetItem(r, i, newref(PyStructSequence_GetItem(o, i) || Py_None));
  const names = namesOf(d);
  const unexpected = PyList_New(0);
  const n = kwnames === 0 ? 0 : PyTuple_GET_SIZE(kwnames);
  let ok = unexpected !== 0;
  for (let i = 0; ok && i < n; i++) {
    const key = PyTuple_GET_ITEM(kwnames, i);
    const at = names.indexOf(asString(key));
    if (at < 0) ok = PyList_Append(unexpected, key) === 0;
    else {
      const old = PyStructSequence_GetItem(r, at);
      PyStructSequence_SetItem(r, at, newref(H32[(args >> 2) + i] as Obj));
      decref(old);
    }
  }
  if (ok && H32[(unexpected + ob_size) >> 2] > 0) {
    PyErr_SetString(PyExc_TypeError, `Got unexpected field name(s): ${reprText(unexpected)}`);
    ok = false;
  }
  xdecref(unexpected);
  if (ok) return r;
  decref(r);
  return NULL;
}

function matchArgs(d: StructSeqDesc): Obj {
  const names = d.fields.slice(0, d.sequence).filter((f) => f[0] !== null);
  const tuple = PyTuple_New(names.length);
  for (let i = 0; tuple !== 0 && i < names.length; i++) {
    const s = PyUnicode_FromString(names[i][0] as string);
    if (s === 0) {
      decref(tuple);
      return NULL;
    }
    PyTuple_SET_ITEM(tuple, i, s);
  }
  return tuple;
}

/**
 * Declares a structure sequence type (PyStructSequence_NewType) and returns its static address; only while modules are evaluated.  The first
 * `sequence` fields are items of the tuple; `noNew`: only native code makes instances; `adjust` is called with each
 * instance made from Python.
 */
export function structType(
  name: string,
  doc: string,
  fields: readonly StructSeqField[],
  sequence = fields.length,
  noNew = false,
  adjust?: (o: Obj) => void,
): Obj {
  const desc: StructSeqDesc = { name, doc, fields, sequence, adjust };
  const type = staticType();
  descs.set(type, desc);
  const members: MemberDef[] = [];
  fields.forEach(([field, about], i) => {
    if (field !== null)
      members.push(member(field, 'object', tuple_items + 4 * i, about === undefined ? {} : { doc: about }));
  });
  const methods: MethodDef[] = [
    method('__reduce__', '($self, /)', structseq_reduce),
    fastcall(
      '__replace__',
      '($self, /, **changes)',
      structseq_replace,
      'Return a copy of the structure with new values for the specified fields.',
    ),
  ];
  defineType({
    type,
    name,
    base: PyTuple_Type,
    layout: TupleLayout,
    flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_TUPLE_SUBCLASS | (noNew ? Py_TPFLAGS_DISALLOW_INSTANTIATION : 0),
    doc,
    slots: {
      ...(noNew ? {} : { tp_new: structseq_new }),
      tp_dealloc: structseq_dealloc,
      tp_traverse: structseq_traverse,
      tp_repr: structseq_repr,
    },
    methods,
    members,
    attributes: {
      n_sequence_fields: () => PyLong_FromLong(sequence),
      n_fields: () => PyLong_FromLong(fields.length),
      n_unnamed_fields: () => PyLong_FromLong(unnamedIn(desc)),
      __match_args__: () => matchArgs(desc),
    },
    edges: (o) =>
      fields
        .map((f, i) => (f[0] === null ? `[${i}]` : `.${f[0]}`))
        .filter((_, i) => PyStructSequence_GetItem(o, i) !== 0),
  });
  return type;
}
