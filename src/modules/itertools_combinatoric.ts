// Which itertools choose from pools (product, permutations, combinations, combinations_with_replacement)?
//
// Invariant: the pools are tuples read once at the start; the indices stand in a raw buffer of the iterator; the last result is kept and written over
// if nobody else has it.

import { PyMem_Malloc } from '../memory/alloc.js';
import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { method } from '../object/declare.js';
import { dictKey, dictValue, PyDict_Next, PyDict_Size } from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { buffer, i32, layout, ref } from '../object/layout.js';
import { PyLong_AsSsize_t, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { PyNumber_AsSsize_t } from '../object/number.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Tuple } from '../object/sequence.js';
import { parseSignature } from '../object/signature.js';
import { Py_None, PyExc_OverflowError, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM } from '../object/tuple.js';
import { tp_basicsize } from '../object/type_layout.js';
import { asString } from '../object/unicode.js';
import { defineIter, get, getInt, put, replaceItem, resultTuple, setInt } from './itertools_common.js';

const at = (o: Obj, offset: number, i: number) => (H32[(o + offset) >> 2] >> 2) + i;

/** A zeroed buffer of n words; 0 with MemoryError. */
function newWords(n: number): number {
  const p = n > 0x1fffffff ? 0 : PyMem_Malloc(4 * Math.max(n, 1));
  if (p === 0) PyErr_NoMemory();
  else H32.fill(0, p >> 2, (p >> 2) + n);
  return p;
}

/** Ends the iteration: NULL. */
function stop(o: Obj, offset: number): Obj {
  setInt(o, offset, 1);
  return NULL;
}

// ---- product ---------------------------------------------------------------------------------------------------------------------

const Product = layout({ pools: ref, indices: buffer, result: ref, stopped: i32 });

function product_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  let repeat = 1;
  if (kwargs !== 0) {
    const given = PyDict_Size(kwargs);
    if (given > 1)
      return PyErr_SetString(PyExc_TypeError, `product() takes at most 1 keyword argument (${given} given)`);
    for (let pos = 0; (pos = PyDict_Next(kwargs, pos)) !== 0; ) {
      const name = asString(dictKey);
      if (name !== 'repeat')
        return PyErr_SetString(PyExc_TypeError, `product() got an unexpected keyword argument '${name}'`);
      repeat = PyNumber_AsSsize_t(dictValue, PyExc_OverflowError);
      if (repeat === -1 && PyErr_Occurred() !== 0) return NULL;
      if (repeat < 0) return PyErr_SetString(PyExc_ValueError, 'repeat argument cannot be negative');
    }
  }
  const nargs = repeat === 0 ? 0 : PyTuple_GET_SIZE(args);
  const n = nargs * repeat;
  if (n > 0x1fffffff) return PyErr_SetString(PyExc_OverflowError, 'repeat argument too large');
  const pools = PyTuple_New(n);
  let ok = pools !== 0;
  for (let i = 0; ok && i < nargs; i++) {
    const pool = PySequence_Tuple(PyTuple_GET_ITEM(args, i));
    if (pool === 0) ok = false;
    else PyTuple_SET_ITEM(pools, i, pool);
  }
  for (let i = nargs; ok && i < n; i++) PyTuple_SET_ITEM(pools, i, newref(PyTuple_GET_ITEM(pools, i - nargs)));
  const indices = ok ? newWords(n) : 0;
  const o = indices === 0 ? NULL : PyType_GenericAlloc(type, 0);
  if (o === 0) {
    xdecref(pools);
    return NULL;
  }
  put(o, Product.pools, pools);
  setInt(o, Product.indices, indices);
  return o;
}

function product_next(o: Obj): Obj {
  if (getInt(o, Product.stopped) !== 0) return NULL;
  const pools = get(o, Product.pools);
  const n = PyTuple_GET_SIZE(pools);
  const last = get(o, Product.result);
  if (last === 0) {
    const first = PyTuple_New(n);
    if (first === 0) return NULL;
    for (let i = 0; i < n; i++) {
      const pool = PyTuple_GET_ITEM(pools, i);
      if (PyTuple_GET_SIZE(pool) === 0) {
        decref(first);
        return stop(o, Product.stopped);
      }
      PyTuple_SET_ITEM(first, i, newref(PyTuple_GET_ITEM(pool, 0)));
    }
    put(o, Product.result, first);
    return newref(first);
  }
  // Like an odometer: the rightmost pool turns first.
  const result = n === 0 ? newref(last) : resultTuple(last);
  if (result === 0) return NULL;
  let i = n - 1;
  for (; i >= 0; i--) {
    const pool = PyTuple_GET_ITEM(pools, i);
    const ix = at(o, Product.indices, i);
    if (++H32[ix] === PyTuple_GET_SIZE(pool)) {
      H32[ix] = 0;
      replaceItem(result, i, newref(PyTuple_GET_ITEM(pool, 0)));
    } else {
      replaceItem(result, i, newref(PyTuple_GET_ITEM(pool, H32[ix])));
      break;
    }
  }
  if (i < 0) {
    decref(result);
    return stop(o, Product.stopped);
  }
  put(o, Product.result, newref(result));
  return result;
}

function sizeWith(o: Obj, words: number): Obj {
  return PyLong_FromLong(H32[(Py_TYPE(o) + tp_basicsize) >> 2] + 4 * words);
}

const sizeofMethod = (words: (o: Obj) => number) =>
  method('__sizeof__', '($self, /)', (o: Obj) => sizeWith(o, words(o)), 'Returns size in memory, in bytes.');

export const product = defineIter({
  name: 'product',
  layout: Product,
  make: product_new,
  next: product_next,
  doc: `Cartesian product of input iterables.  Equivalent to nested for-loops.

For example, product(A, B) returns the same as:  ((x,y) for x in A for y in B).
The leftmost iterators are in the outermost for-loop, so the output tuples
cycle in a manner similar to an odometer (with the rightmost element changing
on every iteration).

To compute the product of an iterable with itself, specify the number
of repetitions with the optional repeat keyword argument. For example,
product(A, repeat=4) means the same as product(A, A, A, A).

product('ab', range(3)) --> ('a',0) ('a',1) ('a',2) ('b',0) ('b',1) ('b',2)
product((0,1), (0,1), (0,1)) --> (0,0,0) (0,0,1) (0,1,0) (0,1,1) (1,0,0) ...`,
  signature: '(*iterables, repeat=1)',
  methods: [sizeofMethod((o) => PyTuple_GET_SIZE(get(o, Product.pools)))],
});

// ---- combinations, with and without replacement -----------------------------------------------------------------------------------

const Combinations = layout({ pool: ref, indices: buffer, result: ref, r: i32, stopped: i32 });

function combinationsNew(name: string, replacement: boolean): (type: Obj, args: Obj, kwargs: Obj) => Obj {
  const sig = parseSignature(name, '(iterable, r: ssize)');
  return (type, args, kwargs) => {
    if (!bindTuple(sig, args, kwargs)) return NULL;
    const r = bound[1];
    const pool = PySequence_Tuple(bound[0] as Obj);
    if (pool === 0) return NULL;
    const n = PyTuple_GET_SIZE(pool);
    if (r < 0) {
      decref(pool);
      return PyErr_SetString(PyExc_ValueError, 'r must be non-negative');
    }
    const indices = newWords(r);
    const o = indices === 0 ? NULL : PyType_GenericAlloc(type, 0);
    if (o === 0) {
      decref(pool);
      return NULL;
    }
    put(o, Combinations.pool, pool);
    setInt(o, Combinations.indices, indices);
    setInt(o, Combinations.r, r);
    setInt(o, Combinations.stopped, (replacement ? n === 0 && r > 0 : r > n) ? 1 : 0);
    if (!replacement) for (let i = 0; i < r; i++) H32[(indices >> 2) + i] = i;
    return o;
  };
}

/** The result of the present indices, as the first one. */
function firstResult(o: Obj): Obj {
  const pool = get(o, Combinations.pool);
  const r = getInt(o, Combinations.r);
  const result = PyTuple_New(r);
  if (result === 0) return NULL;
  for (let i = 0; i < r; i++)
    PyTuple_SET_ITEM(result, i, newref(PyTuple_GET_ITEM(pool, H32[at(o, Combinations.indices, i)])));
  put(o, Combinations.result, result);
  return newref(result);
}

function combinations_next(o: Obj): Obj {
  if (getInt(o, Combinations.stopped) !== 0) return NULL;
  const last = get(o, Combinations.result);
  if (last === 0) return firstResult(o);
  const pool = get(o, Combinations.pool);
  const n = PyTuple_GET_SIZE(pool);
  const r = getInt(o, Combinations.r);
  const ix = at(o, Combinations.indices, 0);
  // The rightmost index that is not at its end goes up, those after it follow on.
  let i = r - 1;
  while (i >= 0 && H32[ix + i] === i + n - r) i--;
  if (i < 0) return stop(o, Combinations.stopped);
  const result = resultTuple(last);
  if (result === 0) return NULL;
  H32[ix + i]++;
  for (let j = i + 1; j < r; j++) H32[ix + j] = H32[ix + j - 1] + 1;
  for (; i < r; i++) replaceItem(result, i, newref(PyTuple_GET_ITEM(pool, H32[ix + i])));
  put(o, Combinations.result, newref(result));
  return result;
}

function combinations_with_replacement_next(o: Obj): Obj {
  if (getInt(o, Combinations.stopped) !== 0) return NULL;
  const last = get(o, Combinations.result);
  if (last === 0) return firstResult(o);
  const pool = get(o, Combinations.pool);
  const n = PyTuple_GET_SIZE(pool);
  const r = getInt(o, Combinations.r);
  const ix = at(o, Combinations.indices, 0);
  let i = r - 1;
  while (i >= 0 && H32[ix + i] === n - 1) i--;
  if (i < 0) return stop(o, Combinations.stopped);
  const result = resultTuple(last);
  if (result === 0) return NULL;
  const index = H32[ix + i] + 1;
  for (; i < r; i++) {
    H32[ix + i] = index;
    replaceItem(result, i, newref(PyTuple_GET_ITEM(pool, index)));
  }
  put(o, Combinations.result, newref(result));
  return result;
}

export const combinations = defineIter({
  name: 'combinations',
  layout: Combinations,
  make: combinationsNew('combinations', false),
  next: combinations_next,
  doc: 'Return successive r-length combinations of elements in the iterable.\n\ncombinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)',
  signature: '(iterable, r)',
  methods: [sizeofMethod((o) => getInt(o, Combinations.r))],
});

export const combinations_with_replacement = defineIter({
  name: 'combinations_with_replacement',
  layout: Combinations,
  make: combinationsNew('combinations_with_replacement', true),
  next: combinations_with_replacement_next,
  doc: `Return successive r-length combinations of elements in the iterable allowing individual elements to have successive repeats.

combinations_with_replacement('ABC', 2) --> ('A','A'), ('A','B'), ('A','C'), ('B','B'), ('B','C'), ('C','C')`,
  signature: '(iterable, r)',
  methods: [sizeofMethod((o) => getInt(o, Combinations.r))],
});

// ---- permutations ----------------------------------------------------------------------------------------------------------------

const Permutations = layout({ pool: ref, indices: buffer, cycles: buffer, result: ref, r: i32, stopped: i32 });
const SIG_permutations = parseSignature('permutations', '(iterable, r=None)');

function permutations_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(SIG_permutations, args, kwargs)) return NULL;
  const robj = bound[1] as Obj;
  const pool = PySequence_Tuple(bound[0] as Obj);
  if (pool === 0) return NULL;
  const n = PyTuple_GET_SIZE(pool);
  let r = n;
  let failed = false;
  if (robj !== Py_None) {
    if (!PyLong_Check(robj)) {
      PyErr_SetString(PyExc_TypeError, 'Expected int as r');
      failed = true;
    } else {
      r = PyLong_AsSsize_t(robj);
      failed = r === -1 && PyErr_Occurred() !== 0;
      if (!failed && r < 0) {
        PyErr_SetString(PyExc_ValueError, 'r must be non-negative');
        failed = true;
      }
    }
  }
  const o = failed ? NULL : PyType_GenericAlloc(type, 0);
  if (o === 0) {
    decref(pool);
    return NULL;
  }
  put(o, Permutations.pool, pool);
  setInt(o, Permutations.r, r);
  setInt(o, Permutations.stopped, r > n ? 1 : 0);
  setInt(o, Permutations.indices, newWords(n));
  setInt(o, Permutations.cycles, getInt(o, Permutations.indices) === 0 ? 0 : newWords(r > n ? 0 : r));
  if (getInt(o, Permutations.cycles) === 0) {
    decref(o);
    return NULL;
  }
  for (let i = 0; i < n; i++) H32[at(o, Permutations.indices, i)] = i;
  if (r <= n) for (let i = 0; i < r; i++) H32[at(o, Permutations.cycles, i)] = n - i;
  return o;
}

function permutations_next(o: Obj): Obj {
  if (getInt(o, Permutations.stopped) !== 0) return NULL;
  const pool = get(o, Permutations.pool);
  const n = PyTuple_GET_SIZE(pool);
  const r = getInt(o, Permutations.r);
  const ix = at(o, Permutations.indices, 0);
  const cycles = at(o, Permutations.cycles, 0);
  const last = get(o, Permutations.result);
  if (last === 0) {
    const first = PyTuple_New(r);
    if (first === 0) return NULL;
    for (let i = 0; i < r; i++) PyTuple_SET_ITEM(first, i, newref(PyTuple_GET_ITEM(pool, H32[ix + i])));
    put(o, Permutations.result, first);
    return newref(first);
  }
  if (n === 0) return stop(o, Permutations.stopped);
  const result = r === 0 ? newref(last) : resultTuple(last);
  if (result === 0) return NULL;
  let i = r - 1;
  for (; i >= 0; i--) {
    if (--H32[cycles + i] === 0) {
      // This place is through: its index goes to the end, the others move up.
      const index = H32[ix + i];
      for (let j = i; j < n - 1; j++) H32[ix + j] = H32[ix + j + 1];
      H32[ix + n - 1] = index;
      H32[cycles + i] = n - i;
    } else {
      const j = H32[cycles + i];
      const index = H32[ix + i];
      H32[ix + i] = H32[ix + n - j];
      H32[ix + n - j] = index;
      for (let k = i; k < r; k++) replaceItem(result, k, newref(PyTuple_GET_ITEM(pool, H32[ix + k])));
      break;
    }
  }
  if (i < 0) {
    decref(result);
    return stop(o, Permutations.stopped);
  }
  put(o, Permutations.result, newref(result));
  return result;
}

export const permutations = defineIter({
  name: 'permutations',
  layout: Permutations,
  make: permutations_new,
  next: permutations_next,
  doc: 'Return successive r-length permutations of elements in the iterable.\n\npermutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)',
  signature: '(iterable, r=None)',
  methods: [sizeofMethod((o) => PyTuple_GET_SIZE(get(o, Permutations.pool)) + getInt(o, Permutations.r))],
});
