// Which attribute does a type have?
//
// Invariant: a type with a non-zero tp_version_tag has not changed (nor has any of its bases) since it got the tag; tags are never
// used twice.  So an entry of the cache [tag, name, value] that matches is right without looking at the type.  The cache owns its
// names and borrows its values; PyType_Modified takes the tag from a type and from all its subclasses.

import { PyType_Type } from './statics.js';
import { H32, staticAlloc, staticWord } from '../memory/linear.js';
import { _PyDict_GetItem_KnownHash, PyDict_Next, dictValue } from './dict.js';
import { curexc, PyErr_Clear, PyErr_Occurred } from './errors.js';
import { F } from './functable.js';
import { decref, incref, newref, Py_TYPE, xdecref } from './header.js';
import { NULL, type Obj } from './ptr.js';
import { addRoots } from './roots.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from './tuple.js';
import {
  Py_TPFLAGS_READY,
  tp_bases,
  tp_descr_get,
  tp_dict,
  tp_flags,
  tp_mro,
  tp_subclasses,
  tp_version_tag,
} from './type_layout.js';
import { PyUnicode_CHECK_INTERNED, PyUnicode_Hash } from './unicode.js';
import { PyWeakref_GET_OBJECT } from './weakref.js';

const CACHE_SIZE = 4096;
const ENTRY = 12;
const cache = staticAlloc(CACHE_SIZE * ENTRY);
const next_version = staticWord();
const MAX_VERSION = 0x7ffffff0;

/** The attribute `name` (an exact, normally interned str) in the type's MRO: borrowed, or NULL; never sets an exception. */
export function _PyType_Lookup(type: Obj, name: Obj): Obj {
  const version = H32[(type + tp_version_tag) >> 2];
  const e = (cache >> 2) + 3 * (((version ^ (name >> 3)) & (CACHE_SIZE - 1)) | 0);
  if (H32[e] === version && H32[e + 1] === name && version !== 0) return H32[e + 2] as Obj;
  return lookupSlow(type, name);
}

function lookupSlow(type: Obj, name: Obj): Obj {
  const saved = H32[curexc] as Obj;
  H32[curexc] = 0;
  // The tag is taken before the search: what runs in between may change the type, and the answer is then not the new tag's.
  const version = PyUnicode_CHECK_INTERNED(name) && assignVersionTag(type) ? H32[(type + tp_version_tag) >> 2] : 0;
  const value = findInMro(type, name);
  const failed = PyErr_Occurred() !== 0;
  if (failed) PyErr_Clear();
  H32[curexc] = saved;
  if (failed) return NULL;
  if (version !== 0 && H32[(type + tp_version_tag) >> 2] === version) {
    const e = (cache >> 2) + 3 * ((version ^ (name >> 3)) & (CACHE_SIZE - 1));
    const old = H32[e + 1] as Obj;
    H32[e] = version;
    H32[e + 2] = value;
    if (old !== name) {
      incref(name);
      H32[e + 1] = name;
      xdecref(old);
    }
  }
  return value;
}

/** The uncached search: borrowed, or NULL (possibly with an exception). */
function findInMro(type: Obj, name: Obj): Obj {
  const mro = H32[(type + tp_mro) >> 2] as Obj;
  if (mro === 0) return NULL;
  const hash = PyUnicode_Hash(name);
  if (hash === -1 && PyErr_Occurred() !== 0) return NULL;
  // A lookup may run __eq__ of a strange key, which may replace the MRO.
  incref(mro);
  let found: Obj = NULL;
  const n = PyTuple_GET_SIZE(mro);
  for (let i = 0; i < n; i++) {
    const dict = H32[(PyTuple_GET_ITEM(mro, i) + tp_dict) >> 2] as Obj;
    if (dict === 0) continue;
    found = _PyDict_GetItem_KnownHash(dict, name, hash);
    if (found !== 0 || H32[curexc] !== 0) break;
  }
  decref(mro);
  return found;
}

function collectBases(type: Obj, into: Set<Obj>): void {
  if (into.has(type)) return;
  into.add(type);
  const bases = H32[(type + tp_bases) >> 2] as Obj;
  if (bases === 0) return;
  for (let i = 0, n = PyTuple_GET_SIZE(bases); i < n; i++) collectBases(PyTuple_GET_ITEM(bases, i), into);
}

/** Whether a metatype's mro() has put a class into the MRO that is no base: what changes there is not told to `type`. */
function hasForeignMro(type: Obj): boolean {
  const mro = H32[(type + tp_mro) >> 2] as Obj;
  if (Py_TYPE(type) === PyType_Type || mro === 0) return false;
  const known = new Set<Obj>();
  collectBases(type, known);
  for (let i = 0, n = PyTuple_GET_SIZE(mro); i < n; i++) if (!known.has(PyTuple_GET_ITEM(mro, i))) return true;
  return false;
}

/** Gives a type (and its bases first) a version tag; false when there is none to give. */
export function assignVersionTag(type: Obj): boolean {
  if (H32[(type + tp_version_tag) >> 2] !== 0) return true;
  if ((H32[(type + tp_flags) >> 2] & Py_TPFLAGS_READY) === 0) return false;
  const bases = H32[(type + tp_bases) >> 2] as Obj;
  if (bases !== 0) {
    const n = PyTuple_GET_SIZE(bases);
    for (let i = 0; i < n; i++) if (!assignVersionTag(PyTuple_GET_ITEM(bases, i))) return false;
  }
  if (H32[next_version] >= MAX_VERSION || hasForeignMro(type)) return false;
  H32[(type + tp_version_tag) >> 2] = ++H32[next_version];
  return true;
}

/** To be called after any change to a type's dict, bases or MRO (PyType_Modified). */
export function PyType_Modified(type: Obj): void {
  if (H32[(type + tp_version_tag) >> 2] === 0) return;
  const subclasses = H32[(type + tp_subclasses) >> 2] as Obj;
  if (subclasses !== 0) {
    let pos = 0;
    while ((pos = PyDict_Next(subclasses, pos)) !== 0) {
      const sub = PyWeakref_GET_OBJECT(dictValue);
      if (sub !== 0) PyType_Modified(sub);
    }
  }
  H32[(type + tp_version_tag) >> 2] = 0;
}

/** Empties the cache (sys._clear_type_cache, finalization): gives back the names. */
export function PyType_ClearCache(): void {
  for (let i = 0, e = cache >> 2; i < CACHE_SIZE; i++, e += 3) {
    const name = H32[e + 1] as Obj;
    H32[e] = 0;
    H32[e + 1] = 0;
    H32[e + 2] = 0;
    if (name !== 0) decref(name);
  }
}

addRoots((visit) => {
  for (let i = 0, e = cache >> 2; i < CACHE_SIZE; i++, e += 3)
    if (H32[e + 1] !== 0) visit(H32[e + 1] as Obj, 'the cache of type attributes');
});

/** The special method `name` of an object's type, bound: a new reference, or NULL (without an exception if there is none). */
export function _PyObject_LookupSpecial(o: Obj, name: Obj): Obj {
  const type = Py_TYPE(o);
  const r = _PyType_Lookup(type, name);
  if (r === 0) return NULL;
  const get = H32[(Py_TYPE(r) + tp_descr_get) >> 2];
  if (get === 0) return newref(r);
  incref(r);
  const bound = F[get](r, o, type) as Obj;
  decref(r);
  return bound;
}
