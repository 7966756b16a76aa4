// What is the module _random?
//
// Invariant: a Random is the Mersenne Twister MT19937: 624 words of state and an index, which is 624 when they are used up.  Seeding with
// the same integer gives the same sequence as in CPython.

import { H32 } from '../memory/linear.js';
import { checkPositional } from '../object/bind.js';
import { host } from '../config/host_interface.js';
import { defineModule, defineType, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { decref, newref } from '../object/header.js';
import { i32, layout, words } from '../object/layout.js';
import {
  _PyLong_New,
  _PyLong_Sign,
  asSafeInteger,
  digitCount,
  lv_digit,
  normalizeLong,
  PyLong_AsUnsignedLong,
  PyLong_Check,
  PyLong_FromLong,
  PyLong_FromUnsignedLong,
  _PyLong_NumBits,
} from '../object/long.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyNumber_Index } from '../object/number.js';
import { PyObject_Hash } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_OverflowError, PyExc_TypeError, PyExc_ValueError, staticType } from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE } from '../object/type_layout.js';
import { noKwargsFor } from '../types/float.js';

const N = 624;
const M = 397;
const Random = layout({ state: words(N), index: i32 });
const { state: r_state, index: r_index } = Random;
const Random_Type = staticType();

/** Makes the next 624 words. */
function refill(mt: number): void {
  const twist = (y: number): number => (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  let k = 0;
  for (; k < N - M; k++)
    H32[mt + k] = H32[mt + k + M] ^ twist((H32[mt + k] & 0x80000000) | (H32[mt + k + 1] & 0x7fffffff));
  for (; k < N - 1; k++)
    H32[mt + k] = H32[mt + k + M - N] ^ twist((H32[mt + k] & 0x80000000) | (H32[mt + k + 1] & 0x7fffffff));
  H32[mt + N - 1] = H32[mt + M - 1] ^ twist((H32[mt + N - 1] & 0x80000000) | (H32[mt] & 0x7fffffff));
}

/** The next 32 random bits, unsigned. */
function next32(r: Obj): number {
  const mt = (r + r_state) >> 2;
  let i = H32[(r + r_index) >> 2];
  if (i >= N) {
    refill(mt);
    i = 0;
  }
  let y = H32[mt + i];
  H32[(r + r_index) >> 2] = i + 1;
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return (y ^ (y >>> 18)) >>> 0;
}

function initBySeed(r: Obj, seed: number): void {
  const mt = (r + r_state) >> 2;
  H32[mt] = seed;
  for (let i = 1; i < N; i++) {
    const before = H32[mt + i - 1];
    H32[mt + i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
  }
  H32[(r + r_index) >> 2] = N;
}

function initByKey(r: Obj, key: ArrayLike<number>): void {
  initBySeed(r, 19650218);
  const mt = (r + r_state) >> 2;
  const n = key.length;
  let i = 1;
  let j = 0;
  const wrap = () => {
    if (i >= N) {
      H32[mt] = H32[mt + N - 1];
      i = 1;
    }
  };
  for (let k = Math.max(N, n); k > 0; k--) {
    const before = H32[mt + i - 1];
    H32[mt + i] = (H32[mt + i] ^ Math.imul(before ^ (before >>> 30), 1664525)) + key[j] + j;
    i++;
    j++;
    wrap();
    if (j >= n) j = 0;
  }
  for (let k = N - 1; k > 0; k--) {
    const before = H32[mt + i - 1];
    H32[mt + i] = (H32[mt + i] ^ Math.imul(before ^ (before >>> 30), 1566083941)) - i;
    i++;
    wrap();
  }
  H32[mt] = 0x80000000;
}

/** The magnitude of an int in 32-bit words, least significant first; one word for zero. */
function keyOf(o: Obj): number[] {
  const n = digitCount(o);
  const at = (o + lv_digit) >> 2;
  const key: number[] = [];
  let accumulated = 0;
  let bits = 0;
  for (let i = 0; i < n; i++) {
    const d = H32[at + i];
    accumulated |= d << bits;
    bits += 30;
    if (bits >= 32) {
      key.push(accumulated | 0);
      bits -= 32;
      accumulated = bits === 0 ? 0 : d >>> (30 - bits);
    }
  }
  if (bits > 0) key.push(accumulated | 0);
  while (key.length > 1 && key[key.length - 1] === 0) key.pop();
  return key.length === 0 ? [0] : key;
}

function seedFromEntropy(r: Obj): void {
  const bytes = new Uint8Array(4 * N);
  host.randomFill(bytes, 0, bytes.length);
  initByKey(r, new Int32Array(bytes.buffer));
}

/** Seeds from None, an int, or the hash of anything else: 0, or -1. */
function seed(r: Obj, n: Obj): number {
  if (n === 0 || n === Py_None) {
    seedFromEntropy(r);
    return 0;
  }
  if (PyLong_Check(n)) {
    initByKey(r, keyOf(n));
    return 0;
  }
  const hash = PyObject_Hash(n);
  if (hash === -1) return -1;
  initByKey(r, [hash]);
  return 0;
}

function random_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargsFor(type, Random_Type, 'Random', kwargs)) return NULL;
  if (type === Random_Type && !checkPositional('Random', PyTuple_GET_SIZE(args), 0, 1)) return NULL;
  return PyType_GenericAlloc(type, 0);
}

function random_init(r: Obj, args: Obj, kwargs: Obj): number {
  if (!noKwargsFor(Random_Type, Random_Type, 'Random', kwargs)) return -1;
  const n = PyTuple_GET_SIZE(args);
  if (!checkPositional('Random', n, 0, 1)) return -1;
  return seed(r, n === 0 ? NULL : PyTuple_GET_ITEM(args, 0));
}

function getstate(r: Obj): Obj {
  const t = PyTuple_New(N + 1);
  if (t === 0) return NULL;
  const mt = (r + r_state) >> 2;
  for (let i = 0; i <= N; i++) {
    const word = i < N ? PyLong_FromUnsignedLong(H32[mt + i]) : PyLong_FromLong(H32[(r + r_index) >> 2]);
    if (word === 0) {
      decref(t);
      return NULL;
    }
    PyTuple_SET_ITEM(t, i, word);
  }
  return t;
}

function setstate(r: Obj, state: Obj): Obj {
  if (!PyTuple_Check(state)) return PyErr_SetString(PyExc_TypeError, 'state vector must be a tuple');
  if (PyTuple_GET_SIZE(state) !== N + 1) return PyErr_SetString(PyExc_ValueError, 'state vector is the wrong size');
  const fresh = new Int32Array(N);
  for (let i = 0; i < N; i++) {
    const word = PyLong_AsUnsignedLong(PyTuple_GET_ITEM(state, i));
    if (word === -1 && PyErr_Occurred() !== 0) return NULL;
    fresh[i] = word;
  }
  const last = PyTuple_GET_ITEM(state, N);
  if (!PyLong_Check(last)) return PyErr_SetString(PyExc_TypeError, 'an integer is required');
  const index = asSafeInteger(last);
  if (!(index >= -0x80000000 && index <= 0x7fffffff)) {
    return PyErr_SetString(PyExc_OverflowError, 'Python int too large to convert to C long');
  }
  if (index < 0 || index > N) return PyErr_SetString(PyExc_ValueError, 'invalid state');
  H32[(r + r_index) >> 2] = index;
  H32.set(fresh, (r + r_state) >> 2);
  return newref(Py_None);
}

function getrandbits(r: Obj, kObj: Obj): Obj {
  const index = PyNumber_Index(kObj);
  if (index === 0) return NULL;
  const k = asSafeInteger(index);
  const sign = _PyLong_Sign(index);
  const fits = _PyLong_NumBits(index) <= 64;
  decref(index);
  if (sign < 0) return PyErr_SetString(PyExc_ValueError, 'Cannot convert negative int');
  if (k === 0) return PyLong_FromLong(0);
  if (k <= 32) return PyLong_FromLong(next32(r) >>> (32 - k));
  if (!(k <= 2 ** 33)) {
    return fits ? PyErr_NoMemory() : PyErr_SetString(PyExc_OverflowError, 'Python int too large for C uint64_t');
  }
  // 32 bits at a time, least significant first; of the last word the high bits.
  const digits = Math.ceil(k / 30) + 1;
  const o = _PyLong_New(digits);
  if (o === 0) return NULL;
  let at = (o + lv_digit) >> 2;
  const end = at + digits;
  let accumulated = 0;
  let bits = 0;
  for (let left = k; left > 0; left -= 32) {
    let word = next32(r);
    let width = 32;
    if (left < 32) {
      word >>>= 32 - left;
      width = left;
    }
    // At most 29 bits wait: they and the low bits of the word make a digit.
    const room = 30 - bits;
    H32[at++] = accumulated | ((word & (2 ** room - 1)) << bits);
    accumulated = word >>> room;
    bits = Math.max(width - room, 0);
    if (width < room) {
      // The last word did not fill a digit.
      at--;
      accumulated = H32[at];
      bits = 30 - room + width;
    } else if (bits >= 30) {
      H32[at++] = accumulated & 0x3fffffff;
      accumulated >>>= 30;
      bits -= 30;
    }
  }
  if (at < end) H32[at++] = accumulated;
  while (at < end) H32[at++] = 0;
  return normalizeLong(o, digits, false);
}

function random(r: Obj): Obj {
  const a = next32(r) >>> 5;
  const b = next32(r) >>> 6;
  return PyFloat_FromDouble((a * 67108864 + b) / 9007199254740992);
}

defineType({
  type: Random_Type,
  name: '_random.Random',
  layout: Random,
  flags: Py_TPFLAGS_BASETYPE,
  doc: 'Random() -> create a random number generator with its own internal state.',
  slots: { tp_new: random_new, tp_init: random_init },
  methods: [
    method('random', '($self, /)', random, 'random() -> x in the interval [0, 1).'),
    method(
      'seed',
      '($self, n=None, /)',
      (r: Obj, n: Obj) => (seed(r, n) < 0 ? NULL : newref(Py_None)),
      'seed([n]) -> None.\n\nDefaults to use urandom and falls back to a combination\nof the current time and the process identifier.',
    ),
    method('getstate', '($self, /)', getstate, 'getstate() -> tuple containing the current state.'),
    method('setstate', '($self, state, /)', setstate, 'setstate(state) -> None.  Restores generator state.'),
    method('getrandbits', '($self, k, /)', getrandbits, 'getrandbits(k) -> x.  Generates an int with k random bits.'),
  ],
});

defineModule({
  name: '_random',
  doc: 'Module implements the Mersenne Twister random number generator.',
  types: [Random_Type],
});
