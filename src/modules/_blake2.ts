// What is the module _blake2?  Invariant: as in hash_objects.ts, the state is found by the object's address; parameters are checked in CPython's order.

import { bindTuple, bound } from '../object/bind.js';
import { bytesFromArray } from '../object/bytes.js';
import { defineModule, defineType, getset, method } from '../object/declare.js';
import { PyErr_SetString } from '../object/errors.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { layout } from '../object/layout.js';
import { asBigInt, PyLong_FromLong } from '../object/long.js';
import { PyModule_Add } from '../object/module_storage.js';
import { _PyObject_New, freeObject } from '../object/new_object.js';
import { PyNumber_Index } from '../object/number.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { Py_None, PyExc_OverflowError, PyExc_ValueError, staticType } from '../object/statics.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { Blake2 } from './blake2.js';
import { dataOrString, hashInput, hexText } from './hash_objects.js';

const states = new Map<Obj, Blake2>();
const stateOf = (o: Obj): Blake2 => states.get(o) as Blake2;
const EMPTY = new Uint8Array(0);

interface Sizes {
  readonly kind: 'b' | 's';
  readonly out: number;
  readonly salt: number;
}
const KINDS: readonly Sizes[] = [
  { kind: 'b', out: 64, salt: 16 },
  { kind: 's', out: 32, salt: 8 },
];

function newState(type: Obj, state: Blake2): Obj {
  const o = _PyObject_New(type);
  if (o !== 0) states.set(o, state);
  return o;
}

const refuse = (message: string): null => {
  PyErr_SetString(PyExc_ValueError, message);
  return null;
};

/** An unsigned integer of so many bits; null with an exception. */
function unsigned(o: Obj, bits: number, what: string): bigint | null {
  if (o === 0) return 0n;
  const n = PyNumber_Index(o);
  if (n === 0) return null;
  const value = asBigInt(n);
  decref(n);
  if (value >= 0n && value >> BigInt(bits) === 0n) return value;
  PyErr_SetString(
    value < 0n || bits < 64 ? (value < 0n ? PyExc_ValueError : PyExc_OverflowError) : PyExc_OverflowError,
    value < 0n ? 'Cannot convert negative int' : what,
  );
  return null;
}

/** Optional bytes of limited length; null with an exception. */
function limited(o: Obj, max: number, what: string): Uint8Array | null {
  const bytes = o === 0 ? EMPTY : hashInput(o);
  if (bytes === null || bytes.length <= max) return bytes;
  return refuse(`maximum ${what} length is ${max} bytes`);
}

/** The new state that the bound arguments (read out) describe; null with an exception. */
function fromArguments(s: Sizes, a: readonly number[]): Blake2 | null {
  const digestSize = a[1];
  if (digestSize <= 0 || digestSize > s.out)
    return refuse(`digest_size for Blake2${s.kind} must be between 1 and ${s.out} bytes, here it is ${digestSize}`);
  const salt = limited(a[3] as Obj, s.salt, 'salt');
  if (salt === null) return null;
  const person = limited(a[4] as Obj, s.salt, 'person');
  if (person === null) return null;
  const [, , , , , fanout, depth] = a;
  if (fanout < 0 || fanout > 255) return refuse('fanout must be between 0 and 255');
  if (depth <= 0 || depth > 255) return refuse('depth must be between 1 and 255');
  const leafSize = unsigned(a[7] as Obj, 32, 'leaf_size is too large');
  if (leafSize === null) return null;
  const nodeOffset = unsigned(
    a[8] as Obj,
    s.kind === 'b' ? 64 : 48,
    s.kind === 'b' ? 'Python int too large for C unsigned long long' : 'node_offset is too large',
  );
  if (nodeOffset === null) return null;
  const nodeDepth = a[9];
  const innerSize = a[10];
  if (nodeDepth < 0 || nodeDepth > 255) return refuse('node_depth must be between 0 and 255');
  if (innerSize < 0 || innerSize > s.out) return refuse(`inner_size must be between 0 and is ${s.out}`);
  const key = limited(a[2] as Obj, s.out, 'key');
  if (key === null) return null;
  const lastNode = a[11] !== 0;
  return new Blake2(s.kind, {
    digestSize,
    key,
    salt,
    person,
    fanout,
    depth,
    leafSize: Number(leafSize),
    nodeOffset,
    nodeDepth,
    innerSize,
    lastNode,
  });
}

function update(self: Obj, data: Obj): Obj {
  const bytes = hashInput(data);
  if (bytes === null) return NULL;
  stateOf(self).update(bytes);
  return newref(Py_None);
}

const types = KINDS.map((s) => {
  const type = staticType();
  const name = `blake2${s.kind}`;
  const parameters =
    `(data=b'', /, *, digest_size: int = ${s.out}, key=b'', salt=b'', person=b'', fanout: int = 1, depth: int = 1, leaf_size=0,` +
    ' node_offset=0, node_depth: int = 0, inner_size: int = 0, last_node: bool = False, usedforsecurity: bool = True, string=None)';
  const signature = parseSignature(name, parameters.replace("data=b'', /,", "data=b'',"));
  defineType({
    type,
    name: `_blake2.${name}`,
    layout: layout({}),
    flags: 0,
    doc: `Return a new BLAKE2${s.kind} hash object.`,
    signature: parameters.replaceAll(/: (?:int|bool)/g, '').replace(/ = /g, '='),
    slots: {
      tp_new: (t: Obj, args: Obj, kwargs: Obj) => {
        if (!bindTuple(signature, args, kwargs)) return NULL;
        const a = [...bound] as number[];
        const input = dataOrString(a[0] as Obj, (a[13] === Py_None ? NULL : a[13]) as Obj);
        if (input === -1) return NULL;
        const state = fromArguments(s, a);
        const bytes = state === null || input === 0 ? EMPTY : hashInput(input);
        if (state === null || bytes === null) return NULL;
        state.update(bytes);
        return newState(t, state);
      },
      tp_dealloc: (o: Obj) => {
        states.delete(o);
        freeObject(o);
      },
    },
    methods: [
      method(
        'copy',
        '($self, /)',
        (self: Obj) => newState(Py_TYPE(self), stateOf(self).copy()),
        'Return a copy of the hash object.',
      ),
      method(
        'digest',
        '($self, /)',
        (self: Obj) => bytesFromArray(stateOf(self).digest()),
        'Return the digest value as a bytes object.',
      ),
      method(
        'hexdigest',
        '($self, /)',
        (self: Obj) => hexText(stateOf(self).digest()),
        'Return the digest value as a string of hexadecimal digits.',
      ),
      method(
        'update',
        '($self, data, /)',
        update,
        "Update this hash object's state with the provided bytes-like object.",
      ),
    ],
    getset: [
      getset('name', () => PyUnicode_FromString(name)),
      getset('block_size', (self: Obj) => PyLong_FromLong(stateOf(self).blockSize)),
      getset('digest_size', (self: Obj) => PyLong_FromLong(stateOf(self).digestSize)),
    ],
    attributes: {
      SALT_SIZE: () => PyLong_FromLong(s.salt),
      PERSON_SIZE: () => PyLong_FromLong(s.salt),
      MAX_KEY_SIZE: () => PyLong_FromLong(s.out),
      MAX_DIGEST_SIZE: () => PyLong_FromLong(s.out),
    },
  });
  return type;
});

defineModule({
  name: '_blake2',
  doc: '_blake2b provides BLAKE2b for hashlib\n',
  types,
  exec: (m) => PyModule_Add(m, '_GIL_MINSIZE', PyLong_FromLong(2048)),
});
