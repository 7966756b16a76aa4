// What is a hash object in Python?
//
// Invariant: the state is JavaScript's, found by the object's address and forgotten when the object dies; so these types hold no references.  `fips`
// arguments (usedforsecurity) are taken and change nothing.

import { bindTuple, bound } from '../object/bind.js';
import { bytesLikeToArray, PyObject_CheckBuffer } from '../object/buffer.js';
import { bytesFromArray } from '../object/bytes.js';
import { defineModule, defineType, getset, type MethodDef, method } from '../object/declare.js';
import { PyErr_SetString } from '../object/errors.js';
import { newref, Py_TYPE } from '../object/header.js';
import { layout } from '../object/layout.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyModule_Add } from '../object/module_storage.js';
import { _PyObject_New, freeObject } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { Py_None, PyExc_TypeError, PyExc_ValueError, staticType } from '../object/statics.js';
import { Py_TPFLAGS_DISALLOW_INSTANTIATION } from '../object/type_layout.js';
import { PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { HASHES, type HashName, HashState } from './hash_functions.js';

/** The bytes to hash, copied; null with hashlib's exceptions. */
export function hashInput(o: Obj): Uint8Array | null {
  if (PyUnicode_Check(o)) {
    PyErr_SetString(PyExc_TypeError, 'Strings must be encoded before hashing');
    return null;
  }
  if (!PyObject_CheckBuffer(o)) {
    PyErr_SetString(PyExc_TypeError, 'object supporting the buffer API required');
    return null;
  }
  return bytesLikeToArray(o);
}

/** The first argument of a constructor: `data` (or nothing) unless it is given under its old name `string`; NULL with an exception if both are. */
export function dataOrString(data: Obj, string: Obj): Obj | -1 {
  if (string === 0) return data;
  if (data === 0) return string;
  PyErr_SetString(
    PyExc_TypeError,
    "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a future version.",
  );
  return -1;
}

export function hexText(bytes: Uint8Array): Obj {
  let text = '';
  for (const b of bytes) text += (b < 16 ? '0' : '') + b.toString(16);
  return PyUnicode_FromString(text);
}

const states = new Map<Obj, HashState>();
const HashLayout = layout({});

/** The state of a hash object. */
export function hashState(o: Obj): HashState {
  return states.get(o) as HashState;
}

function newHash(type: Obj, state: HashState): Obj {
  const o = _PyObject_New(type);
  if (o !== 0) states.set(o, state);
  return o;
}

function dealloc(o: Obj): void {
  states.delete(o);
  freeObject(o);
}

function update(self: Obj, data: Obj): Obj {
  const bytes = hashInput(data);
  if (bytes === null) return NULL;
  hashState(self).update(bytes);
  return newref(Py_None);
}

const MAX_SHAKE = 2 ** 29;

/** SHAKE's length: whether it may be asked for. */
function lengthOk(n: number): boolean {
  if (n >= 0 && n < MAX_SHAKE) return true;
  PyErr_SetString(PyExc_ValueError, n < 0 ? "'length' must be non-negative" : 'digest length is too large');
  return false;
}

const digestMethods: readonly MethodDef[] = [
  method(
    'digest',
    '($self, /)',
    (self: Obj) => bytesFromArray(hashState(self).digest()),
    'Return the digest value as a bytes object.',
  ),
  method(
    'hexdigest',
    '($self, /)',
    (self: Obj) => hexText(hashState(self).digest()),
    'Return the digest value as a string of hexadecimal digits.',
  ),
];
const shakeMethods: readonly MethodDef[] = [
  method(
    'digest',
    '($self, /, length: ssize)',
    (self: Obj, n: number) => (lengthOk(n) ? bytesFromArray(hashState(self).digest(n)) : NULL),
    'Return the digest value as a bytes object.',
  ),
  method(
    'hexdigest',
    '($self, /, length: ssize)',
    (self: Obj, n: number) => (lengthOk(n) ? hexText(hashState(self).digest(n)) : NULL),
    'Return the digest value as a string of hexadecimal digits.',
  ),
];

function defineHash(
  type: Obj,
  name: string,
  shake: boolean,
  keccak: boolean,
  tp_new: ((type: Obj, args: Obj, kwargs: Obj) => Obj) | null,
): void {
  defineType({
    type,
    name,
    layout: HashLayout,
    flags: tp_new === null ? Py_TPFLAGS_DISALLOW_INSTANTIATION : 0,
    slots: tp_new === null ? { tp_dealloc: dealloc } : { tp_dealloc: dealloc, tp_new },
    methods: [
      method(
        'copy',
        '($self, /)',
        (self: Obj) => newHash(Py_TYPE(self), hashState(self).copy()),
        'Return a copy of the hash object.',
      ),
      ...(shake ? shakeMethods : digestMethods),
      method(
        'update',
        '($self, data, /)',
        update,
        "Update this hash object's state with the provided bytes-like object.",
      ),
    ],
    getset: [
      getset('block_size', (self: Obj) => PyLong_FromLong(hashState(self).blockSize)),
      getset('name', (self: Obj) => PyUnicode_FromString(hashState(self).name)),
      getset('digest_size', (self: Obj) => PyLong_FromLong(hashState(self).digestSize)),
      ...(keccak
        ? [
            getset('_capacity_bits', (self: Obj) => PyLong_FromLong(1600 - 8 * hashState(self).blockSize)),
            getset('_rate_bits', (self: Obj) => PyLong_FromLong(8 * hashState(self).blockSize)),
            getset('_suffix', (self: Obj) => bytesFromArray([hashState(self).digestSize === 0 ? 0x1f : 0x06])),
          ]
        : []),
    ],
  });
}

/** A new hash of `name` that has seen `data` (or nothing). */
function create(type: Obj, name: HashName, data: Obj, string: Obj): Obj {
  const input = dataOrString(data, string);
  if (input === -1) return NULL;
  const bytes = input === 0 ? null : hashInput(input);
  if (bytes === null && input !== 0) return NULL;
  const state = new HashState(name);
  if (bytes !== null) state.update(bytes);
  return newHash(type, state);
}

const PARAMETERS = "data=b'', *, usedforsecurity: bool = True, string=None";

/** A module function that makes a hash object. */
export function constructorOf(name: HashName, type: Obj): MethodDef {
  return method(
    name,
    `($module, /, ${PARAMETERS})`,
    (_module: Obj, data: Obj, _secure: number, string: Obj) =>
      create(type, name, data, string === Py_None ? NULL : string),
    `Return a new ${name.toUpperCase()} hash object; optionally initialized with a string.`,
  );
}

// --- the modules --------------------------------------------------------------------------------------------------------------

const md5 = staticType();
const sha1 = staticType();
const sha224 = staticType();
const sha256 = staticType();
const sha384 = staticType();
const sha512 = staticType();
defineHash(md5, '_md5.md5', false, false, null);
defineHash(sha1, '_sha1.sha1', false, false, null);
defineHash(sha224, '_sha2.SHA224Type', false, false, null);
defineHash(sha256, '_sha2.SHA256Type', false, false, null);
defineHash(sha384, '_sha2.SHA384Type', false, false, null);
defineHash(sha512, '_sha2.SHA512Type', false, false, null);

/** The block size as a string's length that `_GIL_MINSIZE` names: how much data CPython hashes without its lock. */
const addGil = (m: Obj): number => PyModule_Add(m, '_GIL_MINSIZE', PyLong_FromLong(2048));

defineModule({
  name: '_md5',
  functions: [constructorOf('md5', md5)],
  types: [],
  exec: (m) => (PyModule_Add(m, 'MD5Type', newref(md5)) < 0 ? -1 : addGil(m)),
});
defineModule({
  name: '_sha1',
  functions: [constructorOf('sha1', sha1)],
  exec: (m) => (PyModule_Add(m, 'SHA1Type', newref(sha1)) < 0 ? -1 : addGil(m)),
});
defineModule({
  name: '_sha2',
  functions: [
    constructorOf('sha224', sha224),
    constructorOf('sha256', sha256),
    constructorOf('sha384', sha384),
    constructorOf('sha512', sha512),
  ],
  types: [sha224, sha256, sha384, sha512],
  exec: addGil,
});

const SHA3: readonly HashName[] = ['sha3_224', 'sha3_256', 'sha3_384', 'sha3_512', 'shake_128', 'shake_256'];
const sha3Types = SHA3.map((name) => {
  const type = staticType();
  const signature = parseSignature(name, `(${PARAMETERS})`);
  defineHash(type, `_sha3.${name}`, HASHES[name].digestSize === 0, true, (t, args, kwargs) => {
    if (!bindTuple(signature, args, kwargs)) return NULL;
    const string = bound[2] as Obj;
    return create(t, name, bound[0] as Obj, string === Py_None ? NULL : string);
  });
  return type;
});

defineModule({
  name: '_sha3',
  types: sha3Types,
  exec: (m) => (PyModule_Add(m, 'implementation', PyUnicode_FromString('HACL')) < 0 ? -1 : addGil(m)),
});
