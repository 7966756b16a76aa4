// What is `object`?  Invariant: object's own methods work on any object, through its type's slots and its dictionary alone.

import { _PyObject_LookupSpecial, _PyType_Lookup } from '../object/type_lookup.js';
import { H32 } from '../memory/linear.js';
import {
  PyObject_CallMethodNoArgs,
  PyObject_CallFunctionObjArgs,
  PyObject_CallNoArgs,
  PyObject_CallOneArg,
} from '../object/call.js';
import { classMethod, defineType, getset, method } from '../object/declare.js';
import { PyDict_Check, PyDict_GetItemWithError, PyDict_New, PyDict_SetItem, PyDict_Size } from '../object/dict.js';
import { errMinus1, nameOfType, PyErr_Occurred, PyErr_SetString, reprText, typeName } from '../object/errors.js';
import { F, fn } from '../object/functable.js';
import { ob_type } from '../object/head.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyType_Check, PyType_IsSubtype } from '../object/isinstance.js';
import { layout } from '../object/layout.js';
import { PyList_Check, PyList_GET_ITEM, PyList_GET_SIZE } from '../object/list.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import {
  _PyObject_GetDictPtr,
  addressText,
  genericDir,
  object_richcompare,
  Py_HashPointer,
  PyObject_GenericGetAttr,
  PyObject_GenericSetAttr,
  PyObject_GetAttr,
  PyObject_GetOptionalAttr,
  PyObject_Str,
} from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_None,
  Py_NotImplemented,
  PyBaseObject_Type,
  PyExc_AttributeError,
  PyExc_TypeError,
  PyModule_Type,
} from '../object/statics.js';
import { setInstanceGetset } from './type_new.js';
import { objectDealloc } from '../object/subtype.js';
import {
  PyTuple_Check,
  PyTuple_GET_ITEM,
  PyTuple_GET_SIZE,
  PyTuple_New,
  PyTuple_Pack,
  PyTuple_SET_ITEM,
  tuple_items,
} from '../object/tuple.js';
import * as T from '../object/type_layout.js';
import { PyUnicode_Check, PyUnicode_FromString, PyUnicode_GET_LENGTH } from '../object/unicode.js';
import { compatibleForAssignment, fullyQualifiedName } from './type.js';
import { PyDescr_NewGetSet } from '../object/descr.js';
import { PyObject_GenericGetDict, PyObject_GenericSetDict } from '../object/object.js';

const s_abstractmethods = ID('__abstractmethods__');
const s_reduce = ID('__reduce__');
const s_getstate = ID('__getstate__');
const s_getnewargs = ID('__getnewargs__');
const s_getnewargs_ex = ID('__getnewargs_ex__');
const s_newobj = ID('__newobj__');
const s_newobj_ex = ID('__newobj_ex__');
const s_slotnames = ID('__slotnames__');
const s_slotnames_fn = ID('_slotnames');
const s_items = ID('items');
const s_reduce_ex_fn = ID('_reduce_ex');
const s_dict = ID('__dict__');

const word = (type: Obj, offset: number): number => H32[(type + offset) >> 2];

function excess(args: Obj, kwargs: Obj): boolean {
  return PyTuple_GET_SIZE(args) > 0 || (kwargs !== 0 && PyDict_Size(kwargs) > 0);
}

function object_init(self: Obj, args: Obj, kwargs: Obj): number {
  if (!excess(args, kwargs)) return 0;
  const type = Py_TYPE(self);
  if (word(type, T.tp_init) !== objectInitIndex) {
    return errMinus1(PyExc_TypeError, 'object.__init__() takes exactly one argument (the instance to initialize)');
  }
  if (word(type, T.tp_new) === objectNewIndex)
    return errMinus1(
      PyExc_TypeError,
      `${nameOfType(type)}.__init__() takes exactly one argument (the instance to initialize)`,
    );
  return 0;
}

function object_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (excess(args, kwargs)) {
    if (word(type, T.tp_new) !== objectNewIndex) {
      return PyErr_SetString(PyExc_TypeError, 'object.__new__() takes exactly one argument (the type to instantiate)');
    }
    if (word(type, T.tp_init) === objectInitIndex)
      return PyErr_SetString(PyExc_TypeError, `${nameOfType(type)}() takes no arguments`);
  }
  if (word(type, T.tp_flags) & T.Py_TPFLAGS_IS_ABSTRACT) return abstractError(type);
  return PyType_GenericAlloc(type, 0);
}

export const objectInitIndex = fn(object_init);
/** The function index of object.__new__, to recognize types that use it. */
export const objectNewIndex = fn(object_new);

function abstractError(type: Obj): Obj {
  const methods = PyObject_GetAttr(type, idObj(s_abstractmethods));
  if (methods === 0) return NULL;
  const list = port.sortedNames(methods);
  decref(methods);
  if (list === null) return NULL;
  const names = list.map((s) => `'${s}'`).join(', ');
  return PyErr_SetString(
    PyExc_TypeError,
    `Can't instantiate abstract class ${nameOfType(type)} without an implementation for abstract method${list.length === 1 ? '' : 's'} ${names}`,
  );
}

function object_repr(o: Obj): Obj {
  return PyUnicode_FromString(`<${fullyQualifiedName(Py_TYPE(o))} object at ${addressText(o)}>`);
}

function object_str(o: Obj): Obj {
  const f = word(Py_TYPE(o), T.tp_repr);
  return f === 0 || f === objectStrIndex ? object_repr(o) : (F[f](o) as Obj);
}
const objectStrIndex = fn(object_str);

function object_hash(o: Obj): number {
  return Py_HashPointer(o);
}

function object_get_class(o: Obj): Obj {
  return newref(Py_TYPE(o));
}

function object_set_class(o: Obj, value: Obj): number {
  const oldType = Py_TYPE(o);
  if (value === 0) return errMinus1(PyExc_TypeError, "can't delete __class__ attribute");
  if (!PyType_Check(value))
    return errMinus1(PyExc_TypeError, `__class__ must be set to a class, not '${typeName(value)}' object`);
  const immutable = (t: Obj) => (word(t, T.tp_flags) & T.Py_TPFLAGS_IMMUTABLETYPE) !== 0;
  const modules = PyType_IsSubtype(value, PyModule_Type) && PyType_IsSubtype(oldType, PyModule_Type);
  if (!modules && (immutable(value) || immutable(oldType))) {
    return errMinus1(PyExc_TypeError, '__class__ assignment only supported for mutable types or ModuleType subclasses');
  }
  if (!compatibleForAssignment(oldType, value, '__class__')) return -1;
  if (word(value, T.tp_flags) & T.Py_TPFLAGS_HEAPTYPE) incref(value);
  H32[(o + ob_type) >> 2] = value;
  if (word(oldType, T.tp_flags) & T.Py_TPFLAGS_HEAPTYPE) decref(oldType);
  return 0;
}

function object_format(o: Obj, spec: Obj): Obj {
  if (!PyUnicode_Check(spec))
    return PyErr_SetString(PyExc_TypeError, `__format__() argument must be str, not ${typeName(spec)}`);
  if (PyUnicode_GET_LENGTH(spec) > 0)
    return PyErr_SetString(PyExc_TypeError, `unsupported format string passed to ${nameOfType(Py_TYPE(o))}.__format__`);
  return PyObject_Str(o);
}

function object_sizeof(o: Obj): Obj {
  const type = Py_TYPE(o);
  let n = 0;
  const itemsize = word(type, T.tp_itemsize);
  if (itemsize > 0) n = Math.abs(H32[(o + T.ob_size) >> 2]) * itemsize;
  return PyLong_FromLong(n + word(type, T.tp_basicsize));
}

function object_subclasshook(): Obj {
  return newref(Py_NotImplemented);
}

function object_init_subclass(): Obj {
  return newref(Py_None);
}

// --- pickling -----------------------------------------------------------------------------------------------------------------

function slotNames(cls: Obj): Obj {
  const cached = PyDict_GetItemWithError(word(cls, T.tp_dict) as Obj, idObj(s_slotnames));
  if (cached !== 0) return newref(cached);
  if (PyErr_Occurred() !== 0) return NULL;
  const copyreg = port.importModule('copyreg');
  if (copyreg === 0) return NULL;
  const f = PyObject_GetAttr(copyreg, idObj(s_slotnames_fn));
  decref(copyreg);
  if (f === 0) return NULL;
  const names = PyObject_CallOneArg(f, cls);
  decref(f);
  if (names !== 0 && names !== Py_None && !PyList_Check(names)) {
    decref(names);
    return PyErr_SetString(PyExc_TypeError, "copyreg._slotnames didn't return a list or None");
  }
  return names;
}

/** The default state: the dictionary, or (dictionary, slots) if there are slots; a new reference, or NULL. */
function defaultGetstate(o: Obj, required: boolean): Obj {
  const type = Py_TYPE(o);
  if (required && word(type, T.tp_itemsize) !== 0)
    return PyErr_SetString(PyExc_TypeError, `cannot pickle ${reprText(type).slice(8, -2)} objects`);
  let state: Obj;
  // An empty instance dictionary is no state.
  const at = _PyObject_GetDictPtr(o);
  if (at !== 0 && H32[at >> 2] !== 0 && PyDict_Size(H32[at >> 2] as Obj) !== 0) {
    state = PyObject_GetOptionalAttr(o, idObj(s_dict));
    if (state === 0) {
      if (PyErr_Occurred() !== 0) return NULL;
      state = newref(Py_None);
    }
  } else state = newref(Py_None);
  const names = slotNames(type);
  if (names === 0) {
    decref(state);
    return NULL;
  }
  const n = names === Py_None ? 0 : PyList_GET_SIZE(names);
  if (required) {
    let basic = word(PyBaseObject_Type, T.tp_basicsize);
    if (word(type, T.tp_dictoffset) !== 0) basic += 4;
    if (word(type, T.tp_weaklistoffset) > 0) basic += 4;
    basic += 4 * n;
    if (word(type, T.tp_basicsize) > basic) {
      decref(names);
      decref(state);
      return PyErr_SetString(PyExc_TypeError, `cannot pickle '${nameOfType(type)}' object`);
    }
  }
  if (n > 0) {
    const slots = PyDict_New();
    let ok = slots !== 0;
    let some = 0;
    for (let i = 0; ok && i < PyList_GET_SIZE(names); i++) {
      const name = newref(PyList_GET_ITEM(names, i));
      const value = PyObject_GetOptionalAttr(o, name);
      if (value !== 0) {
        ok = PyDict_SetItem(slots, name, value) === 0;
        decref(value);
        some++;
      } else ok = PyErr_Occurred() === 0;
      decref(name);
    }
    if (ok && some > 0) {
      const pair = PyTuple_Pack(state, slots);
      decref(state);
      state = pair;
    } else if (!ok) {
      decref(state);
      state = NULL;
    }
    xdecref(slots);
  }
  decref(names);
  return state;
}

function object_getstate(o: Obj): Obj {
  return defaultGetstate(o, false);
}

function getState(o: Obj, required: boolean): Obj {
  const f = PyObject_GetAttr(o, idObj(s_getstate));
  if (f === 0) return NULL;
  // object.__getstate__ itself, bound to this object, knows whether a state is required.
  const r = port.isBoundNative(f, o, getstateDef.ml) ? defaultGetstate(o, required) : PyObject_CallNoArgs(f);
  decref(f);
  return r;
}

let newArgs: Obj = NULL;
let newKwargs: Obj = NULL;

/** The arguments of __new__ for unpickling, left in newArgs and newKwargs (owned, may be NULL): 0, or -1. */
function getNewArguments(o: Obj): number {
  newArgs = NULL;
  newKwargs = NULL;
  const ex = _PyObject_LookupSpecial(o, idObj(s_getnewargs_ex));
  if (ex !== 0) {
    const r = PyObject_CallNoArgs(ex);
    decref(ex);
    if (r === 0) return -1;
    let message = '';
    if (!PyTuple_Check(r)) message = `__getnewargs_ex__ should return a tuple, not '${typeName(r)}'`;
    else if (PyTuple_GET_SIZE(r) !== 2)
      message = `__getnewargs_ex__ should return a tuple of length 2, not ${PyTuple_GET_SIZE(r)}`;
    else if (!PyTuple_Check(PyTuple_GET_ITEM(r, 0))) {
      message = `first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '${typeName(PyTuple_GET_ITEM(r, 0))}'`;
    } else if (!PyDict_Check(PyTuple_GET_ITEM(r, 1))) {
      message = `second item of the tuple returned by __getnewargs_ex__ must be a dict, not '${typeName(PyTuple_GET_ITEM(r, 1))}'`;
    }
    if (message !== '') {
      decref(r);
      return errMinus1(PyExc_TypeError, message);
    }
    newArgs = newref(PyTuple_GET_ITEM(r, 0));
    newKwargs = newref(PyTuple_GET_ITEM(r, 1));
    decref(r);
    return 0;
  }
  if (PyErr_Occurred() !== 0) return -1;
  const f = _PyObject_LookupSpecial(o, idObj(s_getnewargs));
  if (f === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  const r = PyObject_CallNoArgs(f);
  decref(f);
  if (r === 0) return -1;
  if (!PyTuple_Check(r)) {
    errMinus1(PyExc_TypeError, `__getnewargs__ should return a tuple, not '${typeName(r)}'`);
    decref(r);
    return -1;
  }
  newArgs = r;
  return 0;
}

function tupleSteal(...items: Obj[]): Obj {
  if (items.some((o) => o === 0)) {
    for (const o of items) xdecref(o);
    return NULL;
  }
  const t = PyTuple_New(items.length);
  if (t === 0) {
    for (const o of items) decref(o);
    return NULL;
  }
  for (let i = 0; i < items.length; i++) PyTuple_SET_ITEM(t, i, items[i]);
  return t;
}

function itemsIterator(o: Obj, isDict: boolean): Obj {
  let source = o;
  if (isDict) {
    source = PyObject_CallMethodNoArgs(o, idObj(s_items));
    if (source === 0) return NULL;
  }
  const it = F[word(Py_TYPE(source), T.tp_iter)](source) as Obj;
  if (isDict) decref(source);
  return it;
}

/** Protocol 2 and later: copyreg.__newobj__ and its arguments; a new tuple, or NULL. */
function reduceNewobj(o: Obj): Obj {
  const type = Py_TYPE(o);
  if (word(type, T.tp_new) === 0) return PyErr_SetString(PyExc_TypeError, `cannot pickle '${nameOfType(type)}' object`);
  if (getNewArguments(o) < 0) return NULL;
  let args = newArgs;
  const kwargs = newKwargs;
  const copyreg = port.importModule('copyreg');
  const hasArgs = args !== 0;
  let f: Obj = NULL;
  let all: Obj = NULL;
  if (copyreg !== 0) {
    if (kwargs === 0 || PyDict_Size(kwargs) === 0) {
      f = PyObject_GetAttr(copyreg, idObj(s_newobj));
      const n = args === 0 ? 0 : PyTuple_GET_SIZE(args);
      all = PyTuple_New(n + 1);
      if (all !== 0) {
        PyTuple_SET_ITEM(all, 0, newref(type));
        for (let i = 0; i < n; i++) PyTuple_SET_ITEM(all, i + 1, newref(H32[((args + tuple_items) >> 2) + i] as Obj));
      }
      xdecref(args);
      args = NULL;
    } else {
      f = PyObject_GetAttr(copyreg, idObj(s_newobj_ex));
      all = PyTuple_Pack(type, args, kwargs);
      decref(args);
      args = NULL;
    }
    decref(copyreg);
  }
  xdecref(args);
  xdecref(kwargs);
  if (f === 0 || all === 0) {
    xdecref(f);
    xdecref(all);
    return NULL;
  }
  const flags = word(type, T.tp_flags);
  const isList = (flags & T.Py_TPFLAGS_LIST_SUBCLASS) !== 0;
  const isDict = (flags & T.Py_TPFLAGS_DICT_SUBCLASS) !== 0;
  const state = getState(o, !(hasArgs || isList || isDict));
  const listItems = state === 0 ? NULL : isList ? itemsIterator(o, false) : newref(Py_None);
  const dictItems = listItems === 0 ? NULL : isDict ? itemsIterator(o, true) : newref(Py_None);
  return tupleSteal(f, all, state, listItems, dictItems);
}

function commonReduce(o: Obj, protocol: number): Obj {
  if (protocol >= 2) return reduceNewobj(o);
  const copyreg = port.importModule('copyreg');
  if (copyreg === 0) return NULL;
  const f = PyObject_GetAttr(copyreg, idObj(s_reduce_ex_fn));
  decref(copyreg);
  const n = f === 0 ? NULL : PyLong_FromLong(protocol);
  const r = n === 0 ? NULL : PyObject_CallFunctionObjArgs(f, o, n);
  xdecref(f);
  xdecref(n);
  return r;
}

function object_reduce(o: Obj): Obj {
  return commonReduce(o, 0);
}

function object_reduce_ex(o: Obj, protocol: number): Obj {
  const reduce = PyObject_GetOptionalAttr(o, idObj(s_reduce));
  if (reduce === 0) return PyErr_Occurred() !== 0 ? NULL : commonReduce(o, protocol);
  const clsReduce = PyObject_GetAttr(Py_TYPE(o), idObj(s_reduce));
  if (clsReduce === 0) {
    decref(reduce);
    return NULL;
  }
  const own = PyDict_GetItemWithError(word(PyBaseObject_Type, T.tp_dict) as Obj, idObj(s_reduce));
  const overridden = clsReduce !== own;
  decref(clsReduce);
  if (overridden) {
    const r = PyObject_CallNoArgs(reduce);
    decref(reduce);
    return r;
  }
  decref(reduce);
  return commonReduce(o, protocol);
}

const getstateDef = method('__getstate__', '($self, /)', object_getstate, 'Helper for pickle.');

defineType({
  type: PyBaseObject_Type,
  name: 'object',
  layout: layout({}),
  flags: T.Py_TPFLAGS_BASETYPE,
  doc: 'The base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a new featureless\ninstance that has no instance attributes and cannot be given any.\n',
  signature: '()',
  slots: {
    tp_new: object_new,
    tp_init: object_init,
    tp_dealloc: objectDealloc,
    tp_repr: object_repr,
    tp_str: object_str,
    tp_hash: object_hash,
    tp_getattro: PyObject_GenericGetAttr,
    tp_setattro: PyObject_GenericSetAttr,
    tp_richcompare: object_richcompare,
    tp_alloc: PyType_GenericAlloc,
  },
  methods: [
    method('__reduce_ex__', '($self, protocol: int, /)', object_reduce_ex, 'Helper for pickle.'),
    method('__reduce__', '($self, /)', object_reduce, 'Helper for pickle.'),
    getstateDef,
    classMethod(
      '__subclasshook__',
      '!($type, *args)',
      object_subclasshook,
      'Abstract classes can override this to customize issubclass().\n\nThis is invoked early on by abc.ABCMeta.__subclasscheck__().\nIt should return True, False or NotImplemented.  If it returns\nNotImplemented, the normal algorithm is used.  Otherwise, it\noverrides the normal algorithm (and the outcome is cached).\n',
    ),
    classMethod(
      '__init_subclass__',
      '!($type, /)',
      object_init_subclass,
      'This method is called when a class is subclassed.\n\nThe default implementation does nothing. It may be\noverridden to extend subclasses.\n',
    ),
    method(
      '__format__',
      '($self, format_spec, /)',
      object_format,
      'Default object formatter.\n\nReturn str(self) if format_spec is empty. Raise TypeError otherwise.',
    ),
    method('__sizeof__', '($self, /)', object_sizeof, 'Size of object in memory, in bytes.'),
    method('__dir__', '($self, /)', genericDir, 'Default dir() implementation.'),
  ],
  getset: [getset('__class__', object_get_class, object_set_class, "the object's class")],
});

// --- `__dict__` and `__weakref__` of classes ----------------------------------------------------------------------------------

function subtype_get_weakref(o: Obj): Obj {
  const offset = word(Py_TYPE(o), T.tp_weaklistoffset);
  if (offset === 0) return PyErr_SetString(PyExc_AttributeError, 'This object has no __weakref__');
  const w = H32[(o + offset) >> 2] as Obj;
  return newref(w === 0 ? Py_None : w);
}

/** The `__dict__` descriptor (borrowed) of the native base that keeps the dictionary of `o` itself; NULL if that is the Python class's own. */
function nativeDictDescriptor(o: Obj): Obj {
  let t = Py_TYPE(o);
  for (let base = word(t, T.tp_base) as Obj; base !== 0; base = word(t, T.tp_base) as Obj) {
    if ((word(t, T.tp_flags) & T.Py_TPFLAGS_HEAPTYPE) === 0) {
      const d = _PyType_Lookup(t, idObj(s_dict));
      if (d !== 0) return d;
    }
    t = base;
  }
  return NULL;
}

function noDictSupport(o: Obj): Obj {
  return PyErr_SetString(PyExc_TypeError, `this __dict__ descriptor does not support '${typeName(o)}' objects`);
}

function subtype_get_dict(o: Obj): Obj {
  const d = nativeDictDescriptor(o);
  if (d === 0) return PyObject_GenericGetDict(o);
  const get = word(Py_TYPE(d), T.tp_descr_get);
  return get === 0 ? noDictSupport(o) : (F[get](d, o, Py_TYPE(o)) as Obj);
}

/** Unlike other dictionaries, that of an instance of a Python class may be deleted: a new one comes when it is needed. */
function subtype_set_dict(o: Obj, value: Obj): number {
  const d = nativeDictDescriptor(o);
  if (d !== 0) {
    const set = word(Py_TYPE(d), T.tp_descr_set);
    if (set !== 0) return F[set](d, o, value);
    noDictSupport(o);
    return -1;
  }
  if (value !== 0) return PyObject_GenericSetDict(o, value);
  const at = _PyObject_GetDictPtr(o);
  if (at === 0) return errMinus1(PyExc_AttributeError, 'This object has no __dict__');
  const old = H32[at >> 2] as Obj;
  H32[at >> 2] = 0;
  xdecref(old);
  return 0;
}

const dictGetset = getset('__dict__', subtype_get_dict, subtype_set_dict, 'dictionary for instance variables');
const weakrefGetset = getset('__weakref__', subtype_get_weakref, null, 'list of weak references to the object');

setInstanceGetset((type, hasDict, hasWeakref) => {
  const dict = word(type, T.tp_dict) as Obj;
  for (const [wanted, def] of [
    [hasDict, dictGetset],
    [hasWeakref, weakrefGetset],
  ] as const) {
    if (!wanted) continue;
    const name = PyUnicode_FromString(def.name);
    const d = name === 0 ? NULL : PyDescr_NewGetSet(type, def);
    const there = d === 0 ? -1 : PyDict_GetItemWithError(dict, name) !== 0 ? 1 : 0;
    const r = there < 0 ? -1 : there > 0 ? 0 : PyDict_SetItem(dict, name, d);
    xdecref(name);
    xdecref(d);
    if (r < 0) return -1;
  }
  return 0;
});
