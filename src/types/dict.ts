// What can Python code do with dicts?  Invariant: storage and its robustness are in src/object/dict.ts; here are the methods and slots, which hold
// their own references to keys and values across anything that runs Python code.  Iterators: dict_iter.ts, views: dict_views.ts.

import { H32 } from '../memory/linear.js';
import { checkPositional } from '../object/bind.js';
import { PyObject_CallNoArgs, PyObject_CallOneArg } from '../object/call.js';
import { classMethod, coexist, defineType, fastcall, method } from '../object/declare.js';
import {
  _Py_dict_lookup,
  _PyDict_GetItem_KnownHash,
  _PyDict_Pop,
  _PyDict_SetItem_KnownHash,
  _PyErr_SetKeyError,
  dict_dealloc,
  dict_tp_clear,
  dict_traverse,
  dictExtraSize,
  dictHash,
  dictInitEmpty,
  dictKey,
  DictLayout,
  dictPopLast,
  dictValue,
  dictValueAddress,
  hashKey,
  PyDict_Check,
  PyDict_CheckExact,
  PyDict_Clear,
  PyDict_Contains,
  PyDict_Copy,
  PyDict_DelItem,
  PyDict_Merge,
  PyDict_MergeFromSeq2,
  PyDict_Next,
  PyDict_SetDefaultRef,
  PyDict_SetItem,
  PyDict_Size,
} from '../object/dict.js';
import { DKIX_ERROR } from '../object/dict_keys.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyIter_Next, PyObject_GetIter } from '../object/iter.js';
import { PyLong_FromSsize_t } from '../object/long.js';
import { Py_GenericAlias, PyObject_SetItem } from '../object/mapping.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import {
  Py_EQ,
  Py_NE,
  PyObject_HashNotImplemented,
  PyObject_HasAttrWithError,
  PyObject_Repr,
  PyObject_RichCompareBool,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_ReprEnter, Py_ReprLeave } from '../object/repr_guard.js';
import { _PySet_NextEntry, PyAnySet_CheckExact, setKey, setKeyHash } from '../object/set.js';
import {
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyDict_Type,
  PyExc_KeyError,
  PyExc_TypeError,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, tupleSteal2 } from '../object/tuple.js';
import { _PyObject_LookupSpecial } from '../object/type_lookup.js';
import {
  Py_TPFLAGS_BASETYPE,
  Py_TPFLAGS_DICT_SUBCLASS,
  Py_TPFLAGS_HAVE_GC,
  Py_TPFLAGS_MAPPING,
  Py_TPFLAGS_MATCH_SELF,
  tp_basicsize,
} from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString, UnicodeWriter } from '../object/unicode.js';
import { dict_iter, dict_reversed } from './dict_iter.js';
import { dictitems_new, dictkeys_new, dictvalues_new } from './dict_views.js';

const s_keys = ID('keys');
const s_missing = ID('__missing__');

/** dict.__new__ */
export function dict_new(type: Obj): Obj {
  const d = PyType_GenericAlloc(type, 0);
  if (d !== 0) dictInitEmpty(d);
  return d;
}

/** The positional argument of dict() and dict.update(): a mapping if it has keys(), else pairs: 0 or -1. */
export function dict_update_arg(d: Obj, arg: Obj): number {
  if (PyDict_CheckExact(arg)) return PyDict_Merge(d, arg, 1);
  const hasKeys = PyObject_HasAttrWithError(arg, idObj(s_keys));
  if (hasKeys < 0) return -1;
  return hasKeys ? PyDict_Merge(d, arg, 1) : PyDict_MergeFromSeq2(d, arg, 1);
}

/** dict.__init__ and OrderedDict's: `name` for the messages; 0 or -1. */
export function dict_update_common(self: Obj, args: Obj, kwargs: Obj, name: string): number {
  const n = PyTuple_GET_SIZE(args);
  if (!checkPositional(name, n, 0, 1)) return -1;
  if (n === 1 && dict_update_arg(self, PyTuple_GET_ITEM(args, 0)) < 0) return -1;
  if (kwargs === 0 || PyDict_Size(kwargs) === 0) return 0;
  for (let pos = 0; (pos = PyDict_Next(kwargs, pos)) !== 0; ) {
    if (!PyUnicode_Check(dictKey)) {
      PyErr_SetString(PyExc_TypeError, 'keywords must be strings');
      return -1;
    }
  }
  return PyDict_Merge(self, kwargs, 1);
}

function dict_init(self: Obj, args: Obj, kwargs: Obj): number {
  return dict_update_common(self, args, kwargs, 'dict');
}

/** Fills from a vectorcall's arguments: 0 or -1. */
function updateFromVector(self: Obj, args: number, nargs: number, kwnames: Obj, name: string): number {
  if (!checkPositional(name, nargs, 0, 1)) return -1;
  if (nargs === 1 && dict_update_arg(self, H32[args >> 2] as Obj) < 0) return -1;
  const nkw = kwnames === 0 ? 0 : PyTuple_GET_SIZE(kwnames);
  for (let i = 0; i < nkw; i++) {
    if (PyDict_SetItem(self, PyTuple_GET_ITEM(kwnames, i), H32[(args >> 2) + nargs + i] as Obj) < 0) return -1;
  }
  return 0;
}

function dict_vectorcall(type: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  const d = dict_new(type);
  if (d === 0) return NULL;
  if (updateFromVector(d, args, nargsf & 0x3fffffff, kwnames, 'dict') < 0) {
    decref(d);
    return NULL;
  }
  return d;
}

function dict_repr(d: Obj): Obj {
  if (PyDict_Size(d) === 0) return PyUnicode_FromString('{}');
  if (Py_ReprEnter(d) !== 0) return PyUnicode_FromString('{...}');
  const w = new UnicodeWriter();
  let ok = w.ascii('{') === 0;
  let first = true;
  for (let pos = 0; ok && (pos = PyDict_Next(d, pos)) !== 0; ) {
    const key = newref(dictKey);
    const value = newref(dictValue);
    if (!first) ok = w.ascii(', ') === 0;
    first = false;
    ok = ok && writeRepr(w, key) && w.ascii(': ') === 0 && writeRepr(w, value);
    decref(key);
    decref(value);
  }
  if (ok) ok = w.ascii('}') === 0;
  Py_ReprLeave(d);
  return ok ? w.finish() : w.fail();
}

/** Appends repr(o): false with an exception. */
export function writeRepr(w: UnicodeWriter, o: Obj): boolean {
  const r = PyObject_Repr(o);
  if (r === 0) return false;
  const ok = w.str(r) === 0;
  decref(r);
  return ok;
}

/** d[key] with `__missing__` and KeyError: new, or NULL. */
export function dict_subscript(d: Obj, key: Obj): Obj {
  const hash = hashKey(key);
  if (hash === -1) return NULL;
  const ix = _Py_dict_lookup(d, key, hash);
  if (ix >= 0) return newref(H32[dictValueAddress(d, ix) >> 2] as Obj);
  if (ix === DKIX_ERROR) return NULL;
  if (Py_TYPE(d) !== PyDict_Type) {
    const missing = _PyObject_LookupSpecial(d, idObj(s_missing));
    if (missing !== 0) {
      const r = PyObject_CallOneArg(missing, key);
      decref(missing);
      return r;
    }
    if (PyErr_Occurred() !== 0) return NULL;
  }
  return _PyErr_SetKeyError(key);
}

export function dict_ass_subscript(d: Obj, key: Obj, value: Obj): number {
  return value === 0 ? PyDict_DelItem(d, key) : PyDict_SetItem(d, key, value);
}

/** a == b for dicts: 1, 0 or -1. */
export function dict_equal(a: Obj, b: Obj): number {
  if (PyDict_Size(a) !== PyDict_Size(b)) return 0;
  for (let pos = 0; (pos = PyDict_Next(a, pos)) !== 0; ) {
    const key = newref(dictKey);
    const value = newref(dictValue);
    const other = _PyDict_GetItem_KnownHash(b, key, dictHash);
    let cmp: number;
    if (other === 0) cmp = PyErr_Occurred() !== 0 ? -1 : 0;
    else {
      incref(other);
      cmp = PyObject_RichCompareBool(value, other, Py_EQ);
      decref(other);
    }
    decref(key);
    decref(value);
    if (cmp <= 0) return cmp;
  }
  return 1;
}

function dict_richcompare(v: Obj, w: Obj, op: number): Obj {
  if (!PyDict_Check(v) || !PyDict_Check(w) || (op !== Py_EQ && op !== Py_NE)) return newref(Py_NotImplemented);
  const cmp = dict_equal(v, w);
  if (cmp < 0) return NULL;
  return newref((cmp === 1) === (op === Py_EQ) ? Py_True : Py_False);
}

function dict_or(a: Obj, b: Obj): Obj {
  if (!PyDict_Check(a) || !PyDict_Check(b)) return newref(Py_NotImplemented);
  const r = PyDict_Copy(a);
  if (r !== 0 && dict_update_arg(r, b) < 0) {
    decref(r);
    return NULL;
  }
  return r;
}

function dict_ior(d: Obj, other: Obj): Obj {
  return dict_update_arg(d, other) < 0 ? NULL : newref(d);
}

// ---- methods ---------------------------------------------------------------------------------------------------------------------

function dict_contains(d: Obj, key: Obj): Obj {
  const r = PyDict_Contains(d, key);
  return r < 0 ? NULL : newref(r ? Py_True : Py_False);
}

function dict_get(d: Obj, key: Obj, dflt: Obj): Obj {
  const hash = hashKey(key);
  if (hash === -1) return NULL;
  const ix = _Py_dict_lookup(d, key, hash);
  if (ix === DKIX_ERROR) return NULL;
  return newref(ix >= 0 ? (H32[dictValueAddress(d, ix) >> 2] as Obj) : dflt);
}

function dict_setdefault(d: Obj, key: Obj, dflt: Obj): Obj {
  return PyDict_SetDefaultRef(d, key, dflt) < 0 ? NULL : dictValue;
}

function dict_pop(d: Obj, key: Obj, dflt: Obj): Obj {
  return _PyDict_Pop(d, key, dflt);
}

function dict_popitem(d: Obj): Obj {
  const r = dictPopLast(d);
  if (r === 0) return PyErr_SetString(PyExc_KeyError, 'popitem(): dictionary is empty');
  return r < 0 ? NULL : tupleSteal2(dictKey, dictValue);
}

function dict_update(d: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  return updateFromVector(d, args, nargs, kwnames, 'update') < 0 ? NULL : newref(Py_None);
}

/** d[key] = value for the keys of a dict or set, whose hashes are known: 0 or -1. */
function fromHashed(d: Obj, keys: Obj, value: Obj): number {
  const isDict = PyDict_CheckExact(keys);
  for (let pos = 0; (pos = isDict ? PyDict_Next(keys, pos) : _PySet_NextEntry(keys, pos)) !== 0; ) {
    if (_PyDict_SetItem_KnownHash(d, isDict ? dictKey : setKey, value, isDict ? dictHash : setKeyHash) < 0) return -1;
  }
  return 0;
}

/** type.fromkeys(iterable, value): new, or NULL. */
export function dict_fromkeys(type: Obj, iterable: Obj, value: Obj): Obj {
  const d = PyObject_CallNoArgs(type);
  if (d === 0) return NULL;
  const exact = PyDict_CheckExact(d);
  if (exact && (PyDict_CheckExact(iterable) || PyAnySet_CheckExact(iterable))) {
    if (fromHashed(d, iterable, value) === 0) return d;
    decref(d);
    return NULL;
  }
  const it = PyObject_GetIter(iterable);
  let ok = it !== 0;
  while (ok) {
    const key = PyIter_Next(it);
    if (key === 0) {
      ok = PyErr_Occurred() === 0;
      break;
    }
    ok = (exact ? PyDict_SetItem(d, key, value) : PyObject_SetItem(d, key, value)) === 0;
    decref(key);
  }
  xdecref(it);
  if (ok) return d;
  decref(d);
  return NULL;
}

function dict_clear(d: Obj): Obj {
  PyDict_Clear(d);
  return newref(Py_None);
}

function dict_sizeof(d: Obj): Obj {
  return PyLong_FromSsize_t(H32[(Py_TYPE(d) + tp_basicsize) >> 2] + dictExtraSize(d));
}

defineType({
  type: PyDict_Type,
  name: 'dict',
  layout: DictLayout,
  flags:
    Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DICT_SUBCLASS | Py_TPFLAGS_MATCH_SELF | Py_TPFLAGS_MAPPING,
  doc: `dict() -> new empty dictionary
dict(mapping) -> new dictionary initialized from a mapping object's
    (key, value) pairs
dict(iterable) -> new dictionary initialized as if via:
    d = {}
    for k, v in iterable:
        d[k] = v
dict(**kwargs) -> new dictionary initialized with the name=value pairs
    in the keyword argument list.  For example:  dict(one=1, two=2)`,
  slots: {
    tp_new: dict_new,
    tp_init: dict_init,
    tp_vectorcall: dict_vectorcall,
    tp_dealloc: dict_dealloc,
    tp_traverse: dict_traverse,
    tp_clear: dict_tp_clear,
    tp_repr: dict_repr,
    tp_hash: PyObject_HashNotImplemented,
    tp_richcompare: dict_richcompare,
    tp_iter: dict_iter,
    nb_or: dict_or,
    nb_inplace_or: dict_ior,
    sq_contains: PyDict_Contains,
    mp_length: PyDict_Size,
    mp_subscript: dict_subscript,
    mp_ass_subscript: dict_ass_subscript,
  },
  methods: [
    coexist(
      '__contains__',
      '($self, key, /)',
      dict_contains,
      'True if the dictionary has the specified key, else False.',
    ),
    coexist('__getitem__', '($self, key, /)', dict_subscript, 'Return self[key].'),
    method('__sizeof__', '($self, /)', dict_sizeof, 'Return the size of the dict in memory, in bytes.'),
    method(
      'get',
      '($self, key, default=None, /)',
      dict_get,
      'Return the value for key if key is in the dictionary, else default.',
    ),
    method(
      'setdefault',
      '($self, key, default=None, /)',
      dict_setdefault,
      'Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.',
    ),
    method(
      'pop',
      '($self, key, default=<unrepresentable>, /)',
      dict_pop,
      'D.pop(k[,d]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError.',
    ),
    method(
      'popitem',
      '($self, /)',
      dict_popitem,
      'Remove and return a (key, value) pair as a 2-tuple.\n\nPairs are returned in LIFO (last-in, first-out) order.\nRaises KeyError if the dict is empty.',
    ),
    method('keys', '($self, /)', dictkeys_new, "Return a set-like object providing a view on the dict's keys."),
    method('items', '($self, /)', dictitems_new, "Return a set-like object providing a view on the dict's items."),
    method('values', '($self, /)', dictvalues_new, "Return an object providing a view on the dict's values."),
    fastcall(
      'update',
      null,
      dict_update,
      'D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.\nIf E is present and has a .keys() method, then does:  for k in E.keys(): D[k] = E[k]\nIf E is present and lacks a .keys() method, then does:  for k, v in E: D[k] = v\nIn either case, this is followed by: for k in F:  D[k] = F[k]',
    ),
    classMethod(
      'fromkeys',
      '($type, iterable, value=None, /)',
      dict_fromkeys,
      'Create a new dictionary with keys from iterable and values set to value.',
    ),
    method('clear', '($self, /)', dict_clear, 'Remove all items from the dict.'),
    method('copy', '($self, /)', PyDict_Copy, 'Return a shallow copy of the dict.'),
    method('__reversed__', '($self, /)', dict_reversed, 'Return a reverse iterator over the dict keys.'),
    classMethod('__class_getitem__', '($type, object, /)', Py_GenericAlias, 'See PEP 585'),
  ],
  edges: dictEdges,
});

/** Names for what dict_traverse visits, in its order. */
function dictEdges(d: Obj): string[] {
  const names: string[] = [];
  const shared = H32[(d + DictLayout.ma_values) >> 2] !== 0;
  for (let pos = 0; (pos = PyDict_Next(d, pos)) !== 0; ) {
    if (!shared) names.push('key');
    const key = PyUnicode_Check(dictKey) ? PyObject_Repr(dictKey) : NULL;
    names.push(key === 0 ? '[...]' : `[${asString(key)}]`);
    xdecref(key);
  }
  return names;
}
