// Which itertools work on one stream at a time (accumulate, batched, chain, compress, count, cycle, dropwhile, filterfalse, islice, pairwise, repeat,
// starmap, takewhile, zip_longest)?  Invariant: none reads further ahead in its input than the library reference says.

import { bindTuple, bound } from '../object/bind.js';
import { PyObject_Call, PyObject_CallFunctionObjArgs, PyObject_CallOneArg } from '../object/call.js';
import { classMethod, method } from '../object/declare.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { dictKey, PyDict_Next, dictValue } from '../object/dict.js';
import { PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred, PyErr_SetString, nameOfType } from '../object/errors.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { PyObject_GetIter } from '../object/iter.js';
import { i32, layout, ref } from '../object/layout.js';
import { PyList_Append, PyList_GET_ITEM, PyList_GET_SIZE, PyList_New } from '../object/list.js';
import { PyLong_AsSsize_t, PyLong_Check, PyLong_FromLong, smallInt } from '../object/long.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyNumber_Add, PyNumber_AsSsize_t, PyNumber_Check } from '../object/number.js';
import { PyObject_IsTrue, PyObject_Repr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Tuple } from '../object/sequence.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_None,
  PyBool_Type,
  PyExc_OverflowError,
  PyExc_StopIteration,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import {
  PyTuple_CheckExact,
  PyTuple_GET_ITEM,
  PyTuple_GET_SIZE,
  PyTuple_New,
  PyTuple_Pack2,
  PyTuple_SET_ITEM,
} from '../object/tuple.js';
import {
  arg,
  clear,
  defineIter,
  get,
  getInt,
  next,
  nextOf,
  positional,
  put,
  replaceItem,
  resultTuple,
  setInt,
} from './itertools_common.js';

// ---- accumulate ------------------------------------------------------------------------------------------------------------------

const Accumulate = layout({ total: ref, it: ref, binop: ref, initial: ref });
const SIG_accumulate = parseSignature('accumulate', '(iterable, func=None, *, initial=None)');

function accumulate_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(SIG_accumulate, args, kwargs)) return NULL;
  const [iterable, func, initial] = bound as Obj[];
  const it = PyObject_GetIter(iterable);
  if (it === 0) return NULL;
  const o = PyType_GenericAlloc(type, 0);
  if (o === 0) {
    decref(it);
    return NULL;
  }
  put(o, Accumulate.it, it);
  if (func !== Py_None) put(o, Accumulate.binop, newref(func));
  put(o, Accumulate.initial, newref(initial));
  return o;
}

function accumulate_next(o: Obj): Obj {
  if (get(o, Accumulate.initial) !== Py_None) {
    const first = get(o, Accumulate.initial);
    setInt(o, Accumulate.initial, newref(Py_None));
    put(o, Accumulate.total, first);
    return newref(first);
  }
  const value = nextOf(o, Accumulate.it);
  if (value === 0) return NULL;
  const total = get(o, Accumulate.total);
  if (total === 0) {
    put(o, Accumulate.total, newref(value));
    return value;
  }
  const binop = get(o, Accumulate.binop);
  const held = newref(total);
  const sum = binop === 0 ? PyNumber_Add(held, value) : PyObject_CallFunctionObjArgs(binop, held, value);
  decref(held);
  decref(value);
  if (sum === 0) return NULL;
  put(o, Accumulate.total, newref(sum));
  return sum;
}

export const accumulate = defineIter({
  name: 'accumulate',
  layout: Accumulate,
  make: accumulate_new,
  next: accumulate_next,
  doc: 'Return series of accumulated sums (or other binary function results).',
  signature: '(iterable, func=None, *, initial=None)',
});

// ---- batched ---------------------------------------------------------------------------------------------------------------------

const Batched = layout({ it: ref, size: i32, strict: i32 });
const SIG_batched = parseSignature('batched', '(iterable, n: ssize, *, strict: bool = False)');

function batched_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(SIG_batched, args, kwargs)) return NULL;
  const [iterable, n, strict] = bound;
  if (n < 1) return PyErr_SetString(PyExc_ValueError, 'n must be at least one');
  const it = PyObject_GetIter(iterable as Obj);
  const o = it === 0 ? NULL : PyType_GenericAlloc(type, 0);
  if (o === 0) {
    xdecref(it);
    return NULL;
  }
  put(o, Batched.it, it);
  setInt(o, Batched.size, n);
  setInt(o, Batched.strict, strict);
  return o;
}

function batched_next(o: Obj): Obj {
  const it = get(o, Batched.it);
  if (it === 0) return NULL;
  const n = getInt(o, Batched.size);
  const list = PyList_New(0);
  if (list === 0) return NULL;
  incref(it);
  let count = 0;
  for (; count < n; count++) {
    const item = next(it);
    if (item === 0) break;
    const r = PyList_Append(list, item);
    decref(item);
    if (r < 0) break;
  }
  decref(it);
  if (PyErr_Occurred() !== 0) {
    if (!PyErr_ExceptionMatches(PyExc_StopIteration)) {
      clear(o, Batched.it);
      decref(list);
      return NULL;
    }
    PyErr_Clear();
  }
  if (count < n) clear(o, Batched.it);
  if (count === 0 || (count < n && getInt(o, Batched.strict) !== 0)) {
    decref(list);
    return count === 0 ? NULL : PyErr_SetString(PyExc_ValueError, 'batched(): incomplete batch');
  }
  const tuple = PySequence_Tuple(list);
  decref(list);
  return tuple;
}

export const batched = defineIter({
  name: 'batched',
  layout: Batched,
  make: batched_new,
  next: batched_next,
  doc: `Batch data into tuples of length n. The last batch may be shorter than n.

Loops over the input iterable and accumulates data into tuples
up to size n.  The input is consumed lazily, just enough to
fill a batch.  The result is yielded as soon as a batch is full
or when the input iterable is exhausted.

    >>> for batch in batched('ABCDEFG', 3):
    ...     print(batch)
    ...
    ('A', 'B', 'C')
    ('D', 'E', 'F')
    ('G',)

If "strict" is True, raises a ValueError if the final batch is shorter
than n.`,
  signature: '(iterable, n, *, strict=False)',
});

// ---- chain -----------------------------------------------------------------------------------------------------------------------

const Chain = layout({ source: ref, active: ref });

function chainOf(type: Obj, iterables: Obj): Obj {
  const source = PyObject_GetIter(iterables);
  const o = source === 0 ? NULL : PyType_GenericAlloc(type, 0);
  if (o === 0) {
    xdecref(source);
    return NULL;
  }
  put(o, Chain.source, source);
  return o;
}

function chain_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  return positional('chain', chain, type, args, kwargs, 0, 0x7fffffff) ? chainOf(type, args) : NULL;
}

function chain_next(o: Obj): Obj {
  while (get(o, Chain.source) !== 0) {
    if (get(o, Chain.active) === 0) {
      const iterable = nextOf(o, Chain.source);
      if (iterable === 0) {
        clear(o, Chain.source);
        return NULL;
      }
      const it = PyObject_GetIter(iterable);
      decref(iterable);
      if (it === 0) {
        clear(o, Chain.source);
        return NULL;
      }
      put(o, Chain.active, it);
    }
    const item = nextOf(o, Chain.active);
    if (item !== 0) return item;
    if (PyErr_Occurred() !== 0) {
      if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return NULL;
      PyErr_Clear();
    }
    clear(o, Chain.active);
  }
  return NULL;
}

export const chain: Obj = defineIter({
  name: 'chain',
  layout: Chain,
  make: chain_new,
  next: chain_next,
  doc: `Return a chain object whose .__next__() method returns elements from the
first iterable until it is exhausted, then elements from the next
iterable, until all of the iterables are exhausted.`,
  signature: '(*iterables)',
  methods: [
    classMethod(
      'from_iterable',
      '($type, iterable, /)',
      chainOf,
      'Alternative chain() constructor taking a single iterable argument that evaluates lazily.',
    ),
    classMethod('__class_getitem__', '($type, object, /)', Py_GenericAlias, 'See PEP 585'),
  ],
});

// ---- compress --------------------------------------------------------------------------------------------------------------------

const Compress = layout({ data: ref, selectors: ref });
const SIG_compress = parseSignature('compress', '(data, selectors)');

function compress_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(SIG_compress, args, kwargs)) return NULL;
  const [d, s] = bound as Obj[];
  const data = PyObject_GetIter(d);
  const selectors = data === 0 ? NULL : PyObject_GetIter(s);
  const o = selectors === 0 ? NULL : PyType_GenericAlloc(type, 0);
  if (o === 0) {
    xdecref(data);
    xdecref(selectors);
    return NULL;
  }
  put(o, Compress.data, data);
  put(o, Compress.selectors, selectors);
  return o;
}

function compress_next(o: Obj): Obj {
  for (;;) {
    const datum = nextOf(o, Compress.data);
    if (datum === 0) return NULL;
    const selector = nextOf(o, Compress.selectors);
    if (selector === 0) {
      decref(datum);
      return NULL;
    }
    const ok = PyObject_IsTrue(selector);
    decref(selector);
    if (ok > 0) return datum;
    decref(datum);
    if (ok < 0) return NULL;
  }
}

export const compress = defineIter({
  name: 'compress',
  layout: Compress,
  make: compress_new,
  next: compress_next,
  doc: `Return data elements corresponding to true selector elements.

Forms a shorter iterator from selected data elements using the selectors to
choose the data elements.`,
  signature: '(data, selectors)',
});

// ---- count -----------------------------------------------------------------------------------------------------------------------

// While long_cnt is NULL the count is `cnt` and the step 1.
const Count = layout({ cnt: i32, long_cnt: ref, long_step: ref });
const MAX = 0x7fffffff;
const SIG_count = parseSignature('count', '(start=<0>, step=<1>)');

function count_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(SIG_count, args, kwargs)) return NULL;
  const [start, step] = bound as Obj[];
  if ((start !== 0 && !PyNumber_Check(start)) || (step !== 0 && !PyNumber_Check(step))) {
    return PyErr_SetString(PyExc_TypeError, 'a number is required');
  }
  let fast = start === 0 || PyLong_Check(start);
  let cnt = 0;
  if (start !== 0 && fast) {
    cnt = PyLong_AsSsize_t(start);
    if (cnt === -1 && PyErr_Occurred() !== 0) {
      PyErr_Clear();
      fast = false;
    }
  }
  if (step !== 0 && !isOne(step)) fast = false;
  const o = PyType_GenericAlloc(type, 0);
  if (o === 0) return NULL;
  setInt(o, Count.cnt, fast ? cnt : MAX);
  if (!fast) put(o, Count.long_cnt, newref(start === 0 ? smallInt(0) : start));
  put(o, Count.long_step, newref(step === 0 ? smallInt(1) : step));
  return o;
}

/** Whether a step is the int 1. */
function isOne(step: Obj): boolean {
  if (!PyLong_Check(step)) return false;
  const n = PyLong_AsSsize_t(step);
  if (n === -1 && PyErr_Occurred() !== 0) PyErr_Clear();
  return n === 1;
}

function count_next(o: Obj): Obj {
  const big = get(o, Count.long_cnt);
  if (big === 0) {
    const n = getInt(o, Count.cnt);
    if (n !== MAX) {
      setInt(o, Count.cnt, n + 1);
      return PyLong_FromLong(n);
    }
    put(o, Count.long_cnt, PyLong_FromLong(MAX));
    return get(o, Count.long_cnt) === 0 ? NULL : count_next(o);
  }
  incref(big);
  const stepped = PyNumber_Add(big, get(o, Count.long_step));
  if (stepped === 0) {
    decref(big);
    return NULL;
  }
  put(o, Count.long_cnt, stepped);
  return big;
}

function reprOf(o: Obj): string | null {
  const r = PyObject_Repr(o);
  if (r === 0) return null;
  const s = asString(r);
  decref(r);
  return s;
}

const shortName = (o: Obj) => nameOfType(Py_TYPE(o)).replace(/^.*\./, '');

function count_repr(o: Obj): Obj {
  const name = shortName(o);
  const big = get(o, Count.long_cnt);
  if (big === 0) return PyUnicode_FromString(`${name}(${getInt(o, Count.cnt)})`);
  const cnt = reprOf(big);
  if (cnt === null) return NULL;
  const step = get(o, Count.long_step);
  if (isOne(step)) return PyUnicode_FromString(`${name}(${cnt})`);
  const s = reprOf(step);
  return s === null ? NULL : PyUnicode_FromString(`${name}(${cnt}, ${s})`);
}

export const count = defineIter({
  name: 'count',
  layout: Count,
  make: count_new,
  next: count_next,
  doc: `Return a count object whose .__next__() method returns consecutive values.

Equivalent to:
    def count(firstval=0, step=1):
        x = firstval
        while 1:
            yield x
            x += step`,
  signature: '(start=0, step=1)',
  slots: { tp_repr: count_repr },
});

// ---- cycle -----------------------------------------------------------------------------------------------------------------------

const Cycle = layout({ it: ref, saved: ref, index: i32 });

function cycle_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!positional('cycle', cycle, type, args, kwargs, 1, 1)) return NULL;
  const it = PyObject_GetIter(arg(args, 0));
  const saved = it === 0 ? NULL : PyList_New(0);
  const o = saved === 0 ? NULL : PyType_GenericAlloc(type, 0);
  if (o === 0) {
    xdecref(it);
    xdecref(saved);
    return NULL;
  }
  put(o, Cycle.it, it);
  put(o, Cycle.saved, saved);
  return o;
}

function cycle_next(o: Obj): Obj {
  if (get(o, Cycle.it) !== 0) {
    const item = nextOf(o, Cycle.it);
    if (item !== 0) {
      if (PyList_Append(get(o, Cycle.saved), item) < 0) {
        decref(item);
        return NULL;
      }
      return item;
    }
    if (PyErr_Occurred() !== 0) {
      if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return NULL;
      PyErr_Clear();
    }
    clear(o, Cycle.it);
  }
  const saved = get(o, Cycle.saved);
  const n = PyList_GET_SIZE(saved);
  if (n === 0) return NULL;
  const i = getInt(o, Cycle.index);
  setInt(o, Cycle.index, i + 1 >= n ? 0 : i + 1);
  return newref(PyList_GET_ITEM(saved, i));
}

export const cycle: Obj = defineIter({
  name: 'cycle',
  layout: Cycle,
  make: cycle_new,
  next: cycle_next,
  doc: 'Return elements from the iterable until it is exhausted. Then repeat the sequence indefinitely.',
  signature: '(iterable, /)',
});

// ---- dropwhile, takewhile, filterfalse, starmap ----------------------------------------------------------------------------------

const FuncIter = layout({ func: ref, it: ref, flag: i32 });

/** A constructor for (function, iterable). */
function funcIterNew(name: string, base: () => Obj): (type: Obj, args: Obj, kwargs: Obj) => Obj {
  return (type, args, kwargs) => {
    if (!positional(name, base(), type, args, kwargs, 2, 2)) return NULL;
    const it = PyObject_GetIter(arg(args, 1));
    const o = it === 0 ? NULL : PyType_GenericAlloc(type, 0);
    if (o === 0) {
      xdecref(it);
      return NULL;
    }
    put(o, FuncIter.func, newref(arg(args, 0)));
    put(o, FuncIter.it, it);
    return o;
  };
}

/** bool(func(item)): 1, 0 or -1. */
function test(func: Obj, item: Obj): number {
  const r = PyObject_CallOneArg(func, item);
  if (r === 0) return -1;
  const truth = PyObject_IsTrue(r);
  decref(r);
  return truth;
}

function dropwhile_next(o: Obj): Obj {
  for (;;) {
    const item = nextOf(o, FuncIter.it);
    if (item === 0) return NULL;
    if (getInt(o, FuncIter.flag) !== 0) return item;
    const good = test(get(o, FuncIter.func), item);
    if (good === 0) {
      setInt(o, FuncIter.flag, 1);
      return item;
    }
    decref(item);
    if (good < 0) return NULL;
  }
}

function takewhile_next(o: Obj): Obj {
  if (getInt(o, FuncIter.flag) !== 0) return NULL;
  const item = nextOf(o, FuncIter.it);
  if (item === 0) return NULL;
  const good = test(get(o, FuncIter.func), item);
  if (good === 1) return item;
  decref(item);
  if (good === 0) setInt(o, FuncIter.flag, 1);
  return NULL;
}

function filterfalse_next(o: Obj): Obj {
  for (;;) {
    const item = nextOf(o, FuncIter.it);
    if (item === 0) return NULL;
    const func = get(o, FuncIter.func);
    const ok = func === Py_None || func === PyBool_Type ? PyObject_IsTrue(item) : test(func, item);
    if (ok === 0) return item;
    decref(item);
    if (ok < 0) return NULL;
  }
}

function starmap_next(o: Obj): Obj {
  let args = nextOf(o, FuncIter.it);
  if (args === 0) return NULL;
  if (!PyTuple_CheckExact(args)) {
    const tuple = PySequence_Tuple(args);
    decref(args);
    if (tuple === 0) return NULL;
    args = tuple;
  }
  const r = PyObject_Call(get(o, FuncIter.func), args, NULL);
  decref(args);
  return r;
}

export const dropwhile: Obj = defineIter({
  name: 'dropwhile',
  layout: FuncIter,
  make: funcIterNew('dropwhile', () => dropwhile),
  next: dropwhile_next,
  doc: 'Drop items from the iterable while predicate(item) is true.\n\nAfterwards, return every element until the iterable is exhausted.',
  signature: '(predicate, iterable, /)',
});

export const takewhile: Obj = defineIter({
  name: 'takewhile',
  layout: FuncIter,
  make: funcIterNew('takewhile', () => takewhile),
  next: takewhile_next,
  doc: 'Return successive entries from an iterable as long as the predicate evaluates to true for each entry.',
  signature: '(predicate, iterable, /)',
});

export const filterfalse: Obj = defineIter({
  name: 'filterfalse',
  layout: FuncIter,
  make: funcIterNew('filterfalse', () => filterfalse),
  next: filterfalse_next,
  doc: 'Return those items of iterable for which function(item) is false.\n\nIf function is None, return the items that are false.',
  signature: '(function, iterable, /)',
});

export const starmap: Obj = defineIter({
  name: 'starmap',
  layout: FuncIter,
  make: funcIterNew('starmap', () => starmap),
  next: starmap_next,
  doc: 'Return an iterator whose values are returned from the function evaluated with an argument tuple taken from the given sequence.',
  signature: '(function, iterable, /)',
});

// ---- islice ----------------------------------------------------------------------------------------------------------------------

const Islice = layout({ it: ref, next: i32, stop: i32, step: i32, cnt: i32 });
const RANGE = 'must be None or an integer: 0 <= x <= sys.maxsize.';

/** An index argument (None: `dflt`); -2 with ValueError if it is none. */
function sliceArg(o: Obj, dflt: number, message: string): number {
  if (o === 0 || o === Py_None) return dflt;
  const n = PyNumber_AsSsize_t(o, PyExc_OverflowError);
  if (n < 0) {
    PyErr_Clear();
    PyErr_SetString(PyExc_ValueError, message);
    return -2;
  }
  return n;
}

function islice_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!positional('islice', islice, type, args, kwargs, 2, 4)) return NULL;
  const two = PyTuple_GET_SIZE(args) === 2;
  const stop = sliceArg(two ? arg(args, 1) : arg(args, 2), -1, `Stop argument for islice() ${RANGE}`);
  if (stop === -2) return NULL;
  const start = two ? 0 : sliceArg(arg(args, 1), 0, `Indices for islice() ${RANGE}`);
  if (start === -2) return NULL;
  const step = sliceArg(arg(args, 3), 1, 'Step for islice() must be a positive integer or None.');
  if (step === -2) return NULL;
  if (step < 1) return PyErr_SetString(PyExc_ValueError, 'Step for islice() must be a positive integer or None.');
  const it = PyObject_GetIter(arg(args, 0));
  const o = it === 0 ? NULL : PyType_GenericAlloc(type, 0);
  if (o === 0) {
    xdecref(it);
    return NULL;
  }
  put(o, Islice.it, it);
  setInt(o, Islice.next, start);
  setInt(o, Islice.stop, stop);
  setInt(o, Islice.step, step);
  return o;
}

function islice_next(o: Obj): Obj {
  const it = get(o, Islice.it);
  if (it === 0) return NULL;
  incref(it);
  const item = islice_step(o, it);
  decref(it);
  if (item === 0) clear(o, Islice.it);
  return item;
}

function islice_step(o: Obj, it: Obj): Obj {
  const stop = getInt(o, Islice.stop);
  while (getInt(o, Islice.cnt) < getInt(o, Islice.next)) {
    const skipped = next(it);
    if (skipped === 0) return NULL;
    decref(skipped);
    setInt(o, Islice.cnt, getInt(o, Islice.cnt) + 1);
  }
  if (stop !== -1 && getInt(o, Islice.cnt) >= stop) return NULL;
  const item = next(it);
  if (item === 0) return NULL;
  setInt(o, Islice.cnt, getInt(o, Islice.cnt) + 1);
  const following = getInt(o, Islice.next) + getInt(o, Islice.step);
  setInt(o, Islice.next, following > MAX || (stop !== -1 && following > stop) ? stop : following);
  return item;
}

export const islice: Obj = defineIter({
  name: 'islice',
  layout: Islice,
  make: islice_new,
  next: islice_next,
  doc: `islice(iterable, stop) --> islice object
islice(iterable, start, stop[, step]) --> islice object

Return an iterator whose next() method returns selected values from an
iterable.  If start is specified, will skip all preceding elements;
otherwise, start defaults to zero.  Step defaults to one.  If
specified as another value, step determines how many values are
skipped between successive calls.  Works like a slice() on a list
but returns an iterator.`,
});

// ---- pairwise --------------------------------------------------------------------------------------------------------------------

const Pairwise = layout({ it: ref, old: ref, result: ref });

function pairwise_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!positional('pairwise', pairwise, type, args, kwargs, 1, 1)) return NULL;
  const it = PyObject_GetIter(arg(args, 0));
  const result = it === 0 ? NULL : PyTuple_Pack2(Py_None, Py_None);
  const o = result === 0 ? NULL : PyType_GenericAlloc(type, 0);
  if (o === 0) {
    xdecref(it);
    xdecref(result);
    return NULL;
  }
  put(o, Pairwise.it, it);
  put(o, Pairwise.result, result);
  return o;
}

function pairwise_next(o: Obj): Obj {
  if (get(o, Pairwise.it) === 0) return NULL;
  const it = newref(get(o, Pairwise.it));
  if (get(o, Pairwise.old) === 0) {
    put(o, Pairwise.old, next(it));
    // The input may have come back here and ended everything.
    if (get(o, Pairwise.old) === 0 || get(o, Pairwise.it) === 0) {
      clear(o, Pairwise.it);
      clear(o, Pairwise.old);
      decref(it);
      return NULL;
    }
  }
  const old = newref(get(o, Pairwise.old));
  const item = next(it);
  decref(it);
  if (item === 0) {
    clear(o, Pairwise.it);
    clear(o, Pairwise.old);
    decref(old);
    return NULL;
  }
  const result = resultTuple(get(o, Pairwise.result));
  if (result !== 0) {
    replaceItem(result, 0, newref(old));
    replaceItem(result, 1, newref(item));
  }
  put(o, Pairwise.old, item);
  decref(old);
  return result;
}

export const pairwise: Obj = defineIter({
  name: 'pairwise',
  layout: Pairwise,
  make: pairwise_new,
  next: pairwise_next,
  doc: `Return an iterator of overlapping pairs taken from the input iterator.

    s -> (s0,s1), (s1,s2), (s2, s3), ...`,
  signature: '(iterable, /)',
});

// ---- repeat ----------------------------------------------------------------------------------------------------------------------

const Repeat = layout({ element: ref, cnt: i32 });
const FOREVER = -0x80000000;
const SIG_repeat = parseSignature('repeat', '(object, times: ssize = -2147483648)');

function repeat_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!bindTuple(SIG_repeat, args, kwargs)) return NULL;
  const element = bound[0] as Obj;
  const times = bound[1];
  const o = PyType_GenericAlloc(type, 0);
  if (o === 0) return NULL;
  put(o, Repeat.element, newref(element));
  setInt(o, Repeat.cnt, times === FOREVER ? -1 : Math.max(times, 0));
  return o;
}

function repeat_next(o: Obj): Obj {
  const n = getInt(o, Repeat.cnt);
  if (n === 0) return NULL;
  if (n > 0) setInt(o, Repeat.cnt, n - 1);
  return newref(get(o, Repeat.element));
}

function repeat_repr(o: Obj): Obj {
  const element = reprOf(get(o, Repeat.element));
  if (element === null) return NULL;
  const n = getInt(o, Repeat.cnt);
  return PyUnicode_FromString(n === -1 ? `${shortName(o)}(${element})` : `${shortName(o)}(${element}, ${n})`);
}

function repeat_len(o: Obj): Obj {
  const n = getInt(o, Repeat.cnt);
  return n === -1 ? PyErr_SetString(PyExc_TypeError, 'len() of unsized object') : PyLong_FromLong(n);
}

export const repeat = defineIter({
  name: 'repeat',
  layout: Repeat,
  make: repeat_new,
  next: repeat_next,
  doc: `repeat(object [,times]) -> create an iterator which returns the object
for the specified number of times.  If not specified, returns the object
endlessly.`,
  slots: { tp_repr: repeat_repr },
  methods: [
    method('__length_hint__', '($self, /)', repeat_len, 'Private method returning an estimate of len(list(it)).'),
  ],
});

// ---- zip_longest -----------------------------------------------------------------------------------------------------------------

const ZipLongest = layout({ ittuple: ref, result: ref, fillvalue: ref, active: i32 });

function zip_longest_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  let fill = Py_None;
  if (kwargs !== 0) {
    for (let pos = 0; (pos = PyDict_Next(kwargs, pos)) !== 0; ) {
      if (asString(dictKey) !== 'fillvalue')
        return PyErr_SetString(PyExc_TypeError, 'zip_longest() got an unexpected keyword argument');
      fill = dictValue;
    }
  }
  const n = PyTuple_GET_SIZE(args);
  const its = PyTuple_New(n);
  const result = its === 0 ? NULL : PyTuple_New(n);
  let ok = result !== 0;
  for (let i = 0; ok && i < n; i++) {
    const it = PyObject_GetIter(PyTuple_GET_ITEM(args, i));
    if (it === 0) ok = false;
    else PyTuple_SET_ITEM(its, i, it);
    PyTuple_SET_ITEM(result, i, newref(Py_None));
  }
  const o = ok ? PyType_GenericAlloc(type, 0) : NULL;
  if (o === 0) {
    xdecref(its);
    xdecref(result);
    return NULL;
  }
  put(o, ZipLongest.ittuple, its);
  put(o, ZipLongest.result, result);
  put(o, ZipLongest.fillvalue, newref(fill));
  setInt(o, ZipLongest.active, n);
  return o;
}

function zip_longest_next(o: Obj): Obj {
  const its = get(o, ZipLongest.ittuple);
  const n = PyTuple_GET_SIZE(its);
  if (n === 0 || getInt(o, ZipLongest.active) === 0) return NULL;
  const result = resultTuple(get(o, ZipLongest.result));
  if (result === 0) return NULL;
  for (let i = 0; i < n; i++) {
    const it = PyTuple_GET_ITEM(its, i);
    let item: Obj;
    if (it === 0) item = newref(get(o, ZipLongest.fillvalue));
    else {
      item = next(it);
      if (item === 0) {
        const left = getInt(o, ZipLongest.active) - 1;
        setInt(o, ZipLongest.active, left);
        if (PyErr_Occurred() !== 0 && !PyErr_ExceptionMatches(PyExc_StopIteration)) {
          setInt(o, ZipLongest.active, 0);
          decref(result);
          return NULL;
        }
        PyErr_Clear();
        if (left === 0) {
          decref(result);
          return NULL;
        }
        item = newref(get(o, ZipLongest.fillvalue));
        PyTuple_SET_ITEM(its, i, NULL);
        decref(it);
      }
    }
    replaceItem(result, i, item);
  }
  return result;
}

export const zip_longest = defineIter({
  name: 'zip_longest',
  layout: ZipLongest,
  make: zip_longest_new,
  next: zip_longest_next,
  doc: `Return a zip_longest object whose .__next__() method returns a tuple where
the i-th element comes from the i-th iterable argument.  The .__next__()
method continues until the longest iterable in the argument sequence
is exhausted and then it raises StopIteration.  When the shorter iterables
are exhausted, the fillvalue is substituted in their place.  The fillvalue
defaults to None or can be specified by a keyword argument.`,
  signature: '(*iterables, fillvalue=None)',
});
