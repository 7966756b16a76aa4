// What are the built-in functions?
//
// Invariant: a function here only dispatches to the abstract protocols and reports errors in CPython's words; what compiles or runs code is
// in builtins_exec.ts, what prints and reads in builtins_io.ts.

import { PyComplex_FromDoubles } from '../types/complex.js';
import { complexParts, realPart, imagPart } from '../types/complex_parts.js';
import { H32 } from '../memory/linear.js';
import {
  PyCallable_Check,
  PyObject_CallNoArgs,
  PyObject_CallOneArg,
  PyObject_CallMethodObjArgs,
  PyObject_Vectorcall,
} from '../object/call.js';
import { defineModule, fastcall, method } from '../object/declare.js';
import {
  curexc,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_Occurred,
  PyErr_SetNone,
  PyErr_SetString,
  typeName,
} from '../object/errors.js';
import { ob_fval, PyFloat_CheckExact, PyFloat_FromDouble } from '../object/float.js';
import { F } from '../object/functable.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_IsInstance, PyObject_IsSubclass } from '../object/isinstance.js';
import { PyObject_GetAIter, PyObject_GetIter } from '../object/iter.js';
import {
  PyLong_AsLongAndOverflow,
  PyLong_Check,
  PyLong_CheckExact,
  PyLong_FromLong,
  longOverflow,
} from '../object/long.js';
import { HF64, H8 } from '../memory/linear.js';
import { PyObject_Size } from '../object/mapping.js';
import { PyModule_AddObjectRef, PyModule_GetDict } from '../object/module_storage.js';
import { PyNumber_Absolute, PyNumber_Add, PyNumber_Divmod, PyNumber_Index, PyNumber_Power } from '../object/number.js';
import {
  Py_GT,
  Py_LT,
  PyBool_FromLong,
  PyIter_Check,
  PyObject_ASCII,
  PyObject_Dir,
  PyObject_GetAttr,
  PyObject_GetOptionalAttr,
  PyObject_Hash,
  PyObject_IsTrue,
  PyObject_Repr,
  PyObject_RichCompareBool,
  PyObject_SetAttr,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_List } from '../object/sequence.js';
import * as S from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { am_anext, tp_iternext, ob_size } from '../object/type_layout.js';
import { _PyObject_LookupSpecial } from '../object/type_lookup.js';
import {
  asString,
  PyUnicode_Check,
  PyUnicode_FromOrdinal,
  PyUnicode_GET_LENGTH,
  PyUnicode_READ_CHAR,
} from '../object/unicode.js';
import { sortList } from '../object/list_sort.js';
import { PyBytes_Check, PyBytes_GET_SIZE, ob_sval } from '../object/bytes.js';
import { PyByteArray_AS_STRING, PyByteArray_Check } from '../object/bytearray.js';
import { PyAnextAwaitable_New } from '../types/asyncgen.js';
import { PyObject_Format } from '../types/format.js';
import { _PyLong_Format } from '../types/int_text.js';
import { PyCallIter_New } from '../types/iterators.js';
import { builtin___build_class__ } from '../vm/build_class.js';
import { importFunction, PyImport_ImportModuleLevelObject } from '../vm/import.js';
import { setInitialBuiltins } from '../vm/interpreter.js';
import { PySys_GetAttr } from '../vm/sys_state.js';
import { config } from '../vm/sys_state.js';
import { execFunctions, locals } from './builtins_exec.js';
import { ioFunctions } from './builtins_io.js';

const { Py_None, Py_True, Py_False, PyExc_StopIteration, PyExc_TypeError, PyExc_ValueError, PyUnicode_Type } = S;

const s_round = ID('__round__');
const s_dict = ID('__dict__');

/** The next item (new), NULL at the end or on error (then an exception is set; a StopIteration is cleared). */
function next(it: Obj): Obj {
  const v = F[H32[(Py_TYPE(it) + tp_iternext) >> 2]](it) as Obj;
  if (v === 0 && H32[curexc] !== 0 && PyErr_ExceptionMatches(PyExc_StopIteration)) PyErr_Clear();
  return v;
}

/** A word in the range of a check for the number of arguments: false with TypeError. */
function checkCount(name: string, n: number, min: number, max: number): boolean {
  if (n < min) {
    PyErr_SetString(
      PyExc_TypeError,
      `${name} expected ${min === max ? '' : 'at least '}${min} argument${min === 1 ? '' : 's'}, got ${n}`,
    );
    return false;
  }
  if (n > max) {
    PyErr_SetString(
      PyExc_TypeError,
      `${name} expected ${min === max ? '' : 'at most '}${max} argument${max === 1 ? '' : 's'}, got ${n}`,
    );
    return false;
  }
  return true;
}

function noKeywordNames(name: string, kwnames: Obj): boolean {
  if (kwnames === 0 || PyTuple_GET_SIZE(kwnames) === 0) return true;
  PyErr_SetString(PyExc_TypeError, `${name}() takes no keyword arguments`);
  return false;
}

const arg = (args: number, i: number): Obj => H32[(args >> 2) + i] as Obj;

function quantify(iterable: Obj, stopAt: number): Obj {
  const it = PyObject_GetIter(iterable);
  if (it === 0) return NULL;
  for (;;) {
    const item = next(it);
    if (item === 0) break;
    const truth = PyObject_IsTrue(item);
    decref(item);
    if (truth < 0) {
      decref(it);
      return NULL;
    }
    if (truth === stopAt) {
      decref(it);
      return newref(stopAt === 1 ? Py_True : Py_False);
    }
  }
  decref(it);
  return H32[curexc] !== 0 ? NULL : newref(stopAt === 1 ? Py_False : Py_True);
}

function builtin_anext(_m: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (!noKeywordNames('anext', kwnames) || !checkCount('anext', nargs, 1, 2)) return NULL;
  const it = arg(args, 0);
  const f = H32[(Py_TYPE(it) + am_anext) >> 2];
  if (f === 0) return PyErr_SetString(PyExc_TypeError, `'${typeName(it)}' object is not an async iterator`);
  const awaitable = F[f](it) as Obj;
  if (awaitable === 0 || nargs === 1) return awaitable;
  const r = PyAnextAwaitable_New(awaitable, arg(args, 1));
  decref(awaitable);
  return r;
}

function builtin_chr(_m: Obj, i: Obj): Obj {
  const n = PyLong_AsLongAndOverflow(i);
  const overflow = longOverflow;
  if (n === -1 && PyErr_Occurred() !== 0) return NULL;
  if (overflow !== 0 || n < 0 || n > 0x10ffff)
    return PyErr_SetString(PyExc_ValueError, 'chr() arg not in range(0x110000)');
  return PyUnicode_FromOrdinal(n);
}

function builtin_ord(_m: Obj, c: Obj): Obj {
  let size: number;
  if (PyUnicode_Check(c)) {
    size = PyUnicode_GET_LENGTH(c);
    if (size === 1) return PyLong_FromLong(PyUnicode_READ_CHAR(c, 0));
  } else if (PyBytes_Check(c)) {
    size = PyBytes_GET_SIZE(c);
    if (size === 1) return PyLong_FromLong(H8[c + ob_sval]);
  } else if (PyByteArray_Check(c)) {
    size = H32[(c + ob_size) >> 2];
    if (size === 1) return PyLong_FromLong(H8[PyByteArray_AS_STRING(c)]);
  } else return PyErr_SetString(PyExc_TypeError, `ord() expected string of length 1, but ${typeName(c)} found`);
  return PyErr_SetString(PyExc_TypeError, `ord() expected a character, but string of length ${size} found`);
}

function builtin_dir(_m: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (!noKeywordNames('dir', kwnames) || !checkCount('dir', nargs, 0, 1)) return NULL;
  if (nargs === 1) return PyObject_Dir(arg(args, 0));
  const d = locals();
  if (d === 0) return NULL;
  const names = PyObject_CallMethodObjArgs(d, idObj(s_keys));
  decref(d);
  if (names === 0) return NULL;
  const list = PySequence_List(names);
  decref(names);
  if (list !== 0 && sortList(list, NULL, false) < 0) {
    decref(list);
    return NULL;
  }
  return list;
}
const s_keys = ID('keys');

function builtin_getattr(_m: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (!noKeywordNames('getattr', kwnames) || !checkCount('getattr', nargs, 2, 3)) return NULL;
  const o = arg(args, 0);
  const name = arg(args, 1);
  if (nargs === 2) return PyObject_GetAttr(o, name);
  if (!PyUnicode_Check(name))
    return PyErr_SetString(PyExc_TypeError, `attribute name must be string, not '${typeName(name)}'`);
  const v = PyObject_GetOptionalAttr(o, name);
  return v === 0 && PyErr_Occurred() === 0 ? newref(arg(args, 2)) : v;
}

function builtin_hasattr(_m: Obj, o: Obj, name: Obj): Obj {
  if (!PyUnicode_Check(name))
    return PyErr_SetString(PyExc_TypeError, `attribute name must be string, not '${typeName(name)}'`);
  const v = PyObject_GetOptionalAttr(o, name);
  if (v === 0) return PyErr_Occurred() !== 0 ? NULL : newref(Py_False);
  decref(v);
  return newref(Py_True);
}

function builtin_iter(_m: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (!noKeywordNames('iter', kwnames) || !checkCount('iter', nargs, 1, 2)) return NULL;
  const o = arg(args, 0);
  if (nargs === 1) return PyObject_GetIter(o);
  if (!PyCallable_Check(o)) return PyErr_SetString(PyExc_TypeError, 'iter(v, w): v must be callable');
  return PyCallIter_New(o, arg(args, 1));
}

function builtin_next(_m: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (!noKeywordNames('next', kwnames) || !checkCount('next', nargs, 1, 2)) return NULL;
  const it = arg(args, 0);
  if (!PyIter_Check(it)) return PyErr_SetString(PyExc_TypeError, `'${typeName(it)}' object is not an iterator`);
  const v = F[H32[(Py_TYPE(it) + tp_iternext) >> 2]](it) as Obj;
  if (v !== 0) return v;
  if (nargs === 2) {
    if (H32[curexc] !== 0) {
      if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return NULL;
      PyErr_Clear();
    }
    return newref(arg(args, 1));
  }
  if (H32[curexc] === 0) PyErr_SetNone(PyExc_StopIteration);
  return NULL;
}

/** min() and max(). */
function minmax(name: string, op: number): (m: Obj, args: number, nargs: number, kwnames: Obj) => Obj {
  return (_m, args, nargs, kwnames) => {
    let key: Obj = NULL;
    let dflt: Obj = NULL;
    if (kwnames !== 0) {
      const given = PyTuple_GET_SIZE(kwnames);
      if (given > 2)
        return PyErr_SetString(PyExc_TypeError, `${name}() takes at most 2 keyword arguments (${given} given)`);
      for (let i = 0; i < given; i++) {
        const k = asString(PyTuple_GET_ITEM(kwnames, i));
        if (k === 'key') key = arg(args, nargs + i);
        else if (k === 'default') dflt = arg(args, nargs + i);
        else return PyErr_SetString(PyExc_TypeError, `${name}() got an unexpected keyword argument '${k}'`);
      }
    }
    if (nargs === 0) return PyErr_SetString(PyExc_TypeError, `${name} expected at least 1 argument, got 0`);
    const positional = nargs > 1;
    if (positional && dflt !== 0) {
      return PyErr_SetString(
        PyExc_TypeError,
        `Cannot specify a default for ${name}() with multiple positional arguments`,
      );
    }
    if (key === Py_None) key = NULL;
    const it = positional ? NULL : PyObject_GetIter(arg(args, 0));
    if (!positional && it === 0) return NULL;
    let best: Obj = NULL;
    let bestValue: Obj = NULL;
    let failed = false;
    for (let i = 0; ; i++) {
      let item: Obj;
      if (positional) {
        if (i === nargs) break;
        item = newref(arg(args, i));
      } else {
        item = next(it);
        if (item === 0) {
          failed = H32[curexc] !== 0;
          break;
        }
      }
      const value = key === 0 ? newref(item) : PyObject_CallOneArg(key, item);
      if (value === 0) {
        decref(item);
        failed = true;
        break;
      }
      if (best === 0) {
        best = item;
        bestValue = value;
        continue;
      }
      const better = PyObject_RichCompareBool(value, bestValue, op);
      if (better > 0) {
        decref(best);
        decref(bestValue);
        best = item;
        bestValue = value;
      } else {
        decref(item);
        decref(value);
        if (better < 0) {
          failed = true;
          break;
        }
      }
    }
    if (it !== 0) decref(it);
    if (bestValue !== 0) decref(bestValue);
    if (failed) {
      if (best !== 0) decref(best);
      return NULL;
    }
    if (best !== 0) return best;
    return dflt !== 0 ? newref(dflt) : PyErr_SetString(PyExc_ValueError, `${name}() iterable argument is empty`);
  };
}

function numberText(base: number): (m: Obj, o: Obj) => Obj {
  return (_m, o) => {
    const n = PyNumber_Index(o);
    if (n === 0) return NULL;
    const r = _PyLong_Format(n, base);
    decref(n);
    return r;
  };
}

function builtin_round(_m: Obj, number: Obj, ndigits: Obj): Obj {
  const f = _PyObject_LookupSpecial(number, idObj(s_round));
  if (f === 0) {
    if (PyErr_Occurred() === 0)
      PyErr_SetString(PyExc_TypeError, `type ${typeName(number)} doesn't define __round__ method`);
    return NULL;
  }
  const r = ndigits === Py_None ? PyObject_CallNoArgs(f) : PyObject_CallOneArg(f, ndigits);
  decref(f);
  return r;
}

function builtin_sorted(_m: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (nargs !== 1) return PyErr_SetString(PyExc_TypeError, `sorted expected 1 argument, got ${nargs}`);
  const list = PySequence_List(arg(args, 0));
  if (list === 0) return NULL;
  const sort = PyObject_GetAttr(list, idObj(s_sort));
  const r = sort === 0 ? NULL : PyObject_Vectorcall(sort, args + 4, 0, kwnames);
  if (sort !== 0) decref(sort);
  if (r === 0) {
    decref(list);
    return NULL;
  }
  decref(r);
  return list;
}
const s_sort = ID('sort');

function builtin_sum(_m: Obj, iterable: Obj, start: Obj): Obj {
  const it = PyObject_GetIter(iterable);
  if (it === 0) return NULL;
  let result: Obj;
  if (start === 0) result = PyLong_FromLong(0);
  else {
    if (PyUnicode_Check(start)) {
      decref(it);
      return PyErr_SetString(PyExc_TypeError, "sum() can't sum strings [use ''.join(seq) instead]");
    }
    if (PyBytes_Check(start)) {
      decref(it);
      return PyErr_SetString(PyExc_TypeError, "sum() can't sum bytes [use b''.join(seq) instead]");
    }
    if (PyByteArray_Check(start)) {
      decref(it);
      return PyErr_SetString(PyExc_TypeError, "sum() can't sum bytearray [use b''.join(seq) instead]");
    }
    result = newref(start);
  }
  let pending: Obj = NULL;
  if (PyLong_CheckExact(result)) {
    // Ints: as a number while that is exact.
    let total = PyLong_AsLongAndOverflow(result);
    if (longOverflow === 0) {
      decref(result);
      result = NULL;
      for (;;) {
        const item = next(it);
        if (item === 0) {
          decref(it);
          return H32[curexc] !== 0 ? NULL : PyLong_FromLong(total);
        }
        if (PyLong_CheckExact(item) || Py_TYPE(item) === S.PyBool_Type) {
          const n = PyLong_AsLongAndOverflow(item);
          const sum = total + n;
          if (longOverflow === 0 && sum < 0x1fffffffffffff && sum > -0x1fffffffffffff) {
            total = sum;
            decref(item);
            continue;
          }
        }
        result = PyLong_FromLong(total);
        pending = item;
        break;
      }
    }
  }
  // Ints, then floats, then complex numbers are added in ways of their own; what ends one of these is added by the operator.
  let item = pending !== 0 ? pending : next(it);
  let ended = pending !== 0 ? 1 : 0;
  let kind = 0;
  while (item !== 0) {
    if (ended === 0 && kind < 3) {
      const before = kind;
      kind = kind < 1 && PyFloat_CheckExact(result) ? 1 : Py_TYPE(result) === S.PyComplex_Type && kind < 2 ? 2 : 3;
      if (kind < 3 && kind > before) {
        const r = sumFloats(result, item, it);
        result = r.result;
        item = r.item;
        if (result === 0 || item === 0) break;
      }
    }
    ended = 0;
    const sum = PyNumber_Add(result, item);
    decref(result);
    decref(item);
    result = sum;
    if (sum === 0) break;
    item = next(it);
  }
  decref(it);
  if (result !== 0 && H32[curexc] !== 0) {
    decref(result);
    return NULL;
  }
  return result;
}

/** A running sum of doubles and the error that it has gathered (Neumaier). */
class CompensatedSum {
  private hi: number;
  private lo = 0;

  constructor(start: number) {
    this.hi = start;
  }

  add(x: number): void {
    const hi = this.hi;
    const t = hi + x;
    this.lo += Math.abs(hi) >= Math.abs(x) ? hi - t + x : x - t + hi;
    this.hi = t;
  }

  /** Adds without an error to carry: an int that a double may not hold. */
  addPlain(x: number): void {
    this.hi += x;
  }

  value(): number {
    return this.lo !== 0 && Number.isFinite(this.lo) ? this.hi + this.lo : this.hi;
  }
}

/**
 * Adds the items from `item` (stolen) on to `start` (stolen), an exact float or complex, as long as they are exact floats, small ints or, for a
 * complex start, complex: the sum as a new reference (NULL with an exception) and the first item that is something else (owned; NULL at the end).
 */
function sumFloats(start: Obj, item: Obj, it: Obj): { result: Obj; item: Obj } {
  const isComplex = !PyFloat_CheckExact(start);
  if (isComplex) complexParts(start);
  const re = new CompensatedSum(isComplex ? realPart : HF64[(start + ob_fval) >> 3]);
  const im = new CompensatedSum(isComplex ? imagPart : 0);
  decref(start);
  while (item !== 0) {
    if (PyFloat_CheckExact(item)) re.add(HF64[(item + ob_fval) >> 3]);
    else if (isComplex && Py_TYPE(item) === S.PyComplex_Type) {
      complexParts(item);
      re.add(realPart);
      im.add(imagPart);
    } else if (PyLong_Check(item)) {
      const n = PyLong_AsLongAndOverflow(item);
      if (longOverflow !== 0) break;
      re.addPlain(n);
    } else break;
    decref(item);
    item = next(it);
  }
  if (item === 0 && H32[curexc] !== 0) return { result: NULL, item };
  const result = isComplex ? PyComplex_FromDoubles(re.value(), im.value()) : PyFloat_FromDouble(re.value());
  if (result === 0 && item !== 0) {
    decref(item);
    item = NULL;
  }
  return { result, item };
}

function builtin_vars(_m: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (!noKeywordNames('vars', kwnames) || !checkCount('vars', nargs, 0, 1)) return NULL;
  if (nargs === 0) return locals();
  const d = PyObject_GetOptionalAttr(arg(args, 0), idObj(s_dict));
  if (d === 0 && PyErr_Occurred() === 0)
    PyErr_SetString(PyExc_TypeError, 'vars() argument must have __dict__ attribute');
  return d;
}

function builtin___import__(_m: Obj, name: Obj, globals: Obj, _locals: Obj, fromlist: Obj, level: number): Obj {
  const g = globals === Py_None || globals === 0 ? NULL : globals;
  return PyImport_ImportModuleLevelObject(name, g, fromlist === 0 ? S.emptyTuple : fromlist, level);
}

function breakpoint(_m: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  const hook = PySys_GetAttr('breakpointhook');
  if (hook === 0) return NULL;
  const r = PyObject_Vectorcall(hook, args, nargs, kwnames);
  decref(hook);
  return r;
}

const setattr = (o: Obj, name: Obj, value: Obj): Obj => (PyObject_SetAttr(o, name, value) < 0 ? NULL : newref(Py_None));

/** The types and singletons of the module, by name. */
const NAMES: readonly (readonly [name: string, value: Obj])[] = [
  ['None', Py_None],
  ['Ellipsis', S.Py_Ellipsis],
  ['NotImplemented', S.Py_NotImplemented],
  ['False', Py_False],
  ['True', Py_True],
  ['bool', S.PyBool_Type],
  ['memoryview', S.PyMemoryView_Type],
  ['bytearray', S.PyByteArray_Type],
  ['bytes', S.PyBytes_Type],
  ['classmethod', S.PyClassMethod_Type],
  ['complex', S.PyComplex_Type],
  ['dict', S.PyDict_Type],
  ['enumerate', S.PyEnum_Type],
  ['filter', S.PyFilter_Type],
  ['float', S.PyFloat_Type],
  ['frozenset', S.PyFrozenSet_Type],
  ['property', S.PyProperty_Type],
  ['int', S.PyLong_Type],
  ['list', S.PyList_Type],
  ['map', S.PyMap_Type],
  ['object', S.PyBaseObject_Type],
  ['range', S.PyRange_Type],
  ['reversed', S.PyReversed_Type],
  ['set', S.PySet_Type],
  ['slice', S.PySlice_Type],
  ['staticmethod', S.PyStaticMethod_Type],
  ['str', PyUnicode_Type],
  ['super', S.PySuper_Type],
  ['tuple', S.PyTuple_Type],
  ['type', S.PyType_Type],
  ['zip', S.PyZip_Type],
];

/** The exceptions: every PyExc_ of statics.ts under its Python name. */
const EXCEPTIONS: readonly (readonly [name: string, value: Obj])[] = Object.entries(S)
  .filter((e): e is [string, Obj] => e[0].startsWith('PyExc_'))
  .map(([name, value]) => [name.slice(6), value] as const);

function exec(m: Obj): number {
  for (const [name, value] of NAMES) if (PyModule_AddObjectRef(m, name, value) < 0) return -1;
  for (const [name, value] of EXCEPTIONS) if (PyModule_AddObjectRef(m, name, value) < 0) return -1;
  for (const alias of ['EnvironmentError', 'IOError'])
    if (PyModule_AddObjectRef(m, alias, S.PyExc_OSError) < 0) return -1;
  if (PyModule_AddObjectRef(m, '__debug__', config.optimization_level === 0 ? Py_True : Py_False) < 0) return -1;
  const dict = PyModule_GetDict(m);
  setInitialBuiltins(dict);
  const f = PyObject_GetAttr(m, idObj(s_import));
  if (f === 0) return -1;
  H32[importFunction] = f;
  decref(f);
  return 0;
}
const s_import = ID('__import__');

defineModule({
  name: 'builtins',
  doc: 'The functions, types, exceptions and constants that are there without an import.',
  exec,
  functions: [
    fastcall('__build_class__', null, builtin___build_class__, 'Makes a class: what a class statement calls.'),
    method(
      '__import__',
      '($module, /, name, globals=None, locals=None, fromlist=(), level: int = 0)',
      builtin___import__,
      'Imports a module: what an import statement calls.',
    ),
    method(
      'abs',
      '($module, x, /)',
      (_m: Obj, x: Obj) => PyNumber_Absolute(x),
      'Return the absolute value of the argument.',
    ),
    method(
      'aiter',
      '($module, async_iterable, /)',
      (_m: Obj, o: Obj) => PyObject_GetAIter(o),
      'Return an asynchronous iterator for an asynchronous iterable.',
    ),
    method(
      'all',
      '($module, iterable, /)',
      (_m: Obj, o: Obj) => quantify(o, 0),
      'Return True if bool(x) is True for all values x in the iterable.\n\nIf the iterable is empty, return True.',
    ),
    fastcall(
      'anext',
      '($module, aiterator, default=<unrepresentable>, /)',
      builtin_anext,
      'Return the next item of an asynchronous iterator, or the default at its end.',
    ),
    method(
      'any',
      '($module, iterable, /)',
      (_m: Obj, o: Obj) => quantify(o, 1),
      'Return True if bool(x) is True for any x in the iterable.\n\nIf the iterable is empty, return False.',
    ),
    method(
      'ascii',
      '($module, obj, /)',
      (_m: Obj, o: Obj) => PyObject_ASCII(o),
      'Return repr(obj) with every character that is not ASCII escaped.',
    ),
    method(
      'bin',
      '($module, number, /)',
      numberText(2),
      "Return the binary representation of an integer.\n\n   >>> bin(2796202)\n   '0b1010101010101010101010'",
    ),
    fastcall('breakpoint', '($module, /, *args, **kws)', breakpoint, 'Call sys.breakpointhook(*args, **kws).'),
    method(
      'callable',
      '($module, obj, /)',
      (_m: Obj, o: Obj) => PyBool_FromLong(PyCallable_Check(o)),
      'Return whether the object can be called.',
    ),
    method(
      'chr',
      '($module, i, /)',
      builtin_chr,
      'Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff.',
    ),
    method(
      'delattr',
      '($module, obj, name, /)',
      (_m: Obj, o: Obj, name: Obj) => setattr(o, name, NULL),
      "Delete an attribute: delattr(x, 'y') is equivalent to ``del x.y``.",
    ),
    fastcall(
      'dir',
      null,
      builtin_dir,
      'dir([object]) -> sorted list of the names of its attributes, or without an argument of the names in the current scope',
    ),
    method(
      'divmod',
      '($module, x, y, /)',
      (_m: Obj, x: Obj, y: Obj) => PyNumber_Divmod(x, y),
      'Return the tuple (x//y, x%y).  Invariant: div*y + mod == x.',
    ),
    method(
      'format',
      "($module, value, format_spec: str = '', /)",
      (_m: Obj, v: Obj, spec: Obj) => PyObject_Format(v, spec),
      'Return type(value).__format__(value, format_spec).',
    ),
    fastcall(
      'getattr',
      null,
      builtin_getattr,
      "getattr(object, name[, default]) -> value; getattr(x, 'y') is equivalent to x.y",
    ),
    method(
      'hasattr',
      '($module, obj, name, /)',
      builtin_hasattr,
      'Return whether the object has an attribute with the given name.',
    ),
    method(
      'hash',
      '($module, obj, /)',
      (_m: Obj, o: Obj) => {
        const h = PyObject_Hash(o);
        return h === -1 ? NULL : PyLong_FromLong(h);
      },
      'Return the hash value of the object: objects that compare equal have the same.',
    ),
    method(
      'hex',
      '($module, number, /)',
      numberText(16),
      "Return the hexadecimal representation of an integer.\n\n   >>> hex(12648430)\n   '0xc0ffee'",
    ),
    method(
      'id',
      '($module, obj, /)',
      (_m: Obj, o: Obj) => PyLong_FromLong(o),
      'Return the identity of an object: its address.',
    ),
    method(
      'isinstance',
      '($module, obj, class_or_tuple, /)',
      (_m: Obj, o: Obj, cls: Obj) => {
        const r = PyObject_IsInstance(o, cls);
        return r < 0 ? NULL : PyBool_FromLong(r);
      },
      'Return whether an object is an instance of a class, or of one of a tuple of classes.',
    ),
    method(
      'issubclass',
      '($module, cls, class_or_tuple, /)',
      (_m: Obj, o: Obj, cls: Obj) => {
        const r = PyObject_IsSubclass(o, cls);
        return r < 0 ? NULL : PyBool_FromLong(r);
      },
      'Return whether a class is derived from another, or from one of a tuple of classes, or is the same.',
    ),
    fastcall(
      'iter',
      null,
      builtin_iter,
      'iter(iterable) -> iterator\niter(callable, sentinel) -> iterator that calls until it gets the sentinel',
    ),
    method(
      'len',
      '($module, obj, /)',
      (_m: Obj, o: Obj) => {
        const n = PyObject_Size(o);
        return n < 0 ? NULL : PyLong_FromLong(n);
      },
      'Return the number of items in a container.',
    ),
    fastcall(
      'max',
      null,
      minmax('max', Py_GT),
      'max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, *[, key=func]) -> value\n\nThe greatest item.',
    ),
    fastcall(
      'min',
      null,
      minmax('min', Py_LT),
      'min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, *[, key=func]) -> value\n\nThe least item.',
    ),
    fastcall('next', null, builtin_next, 'next(iterator[, default]): the next item, or the default when there is none'),
    method(
      'oct',
      '($module, number, /)',
      numberText(8),
      "Return the octal representation of an integer.\n\n   >>> oct(342391)\n   '0o1234567'",
    ),
    method(
      'ord',
      '($module, character, /)',
      builtin_ord,
      'Return the code point of a character, or the value of a single byte.',
    ),
    method(
      'pow',
      '($module, /, base, exp, mod=None)',
      (_m: Obj, b: Obj, e: Obj, mod: Obj) => PyNumber_Power(b, e, mod),
      'Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments.',
    ),
    method(
      'repr',
      '($module, obj, /)',
      (_m: Obj, o: Obj) => PyObject_Repr(o),
      'Return the canonical string representation of the object.',
    ),
    method(
      'round',
      '($module, /, number, ndigits=None)',
      builtin_round,
      'Round a number to a given precision in decimal digits; to an integer without ndigits.',
    ),
    method(
      'setattr',
      '($module, obj, name, value, /)',
      (_m: Obj, o: Obj, name: Obj, v: Obj) => setattr(o, name, v),
      "Set an attribute: setattr(x, 'y', v) is equivalent to ``x.y = v``.",
    ),
    fastcall(
      'sorted',
      '($module, iterable, /, *, key=None, reverse=False)',
      builtin_sorted,
      'Return a new list of the items of the iterable in ascending order.',
    ),
    method(
      'sum',
      '($module, iterable, /, start=0)',
      builtin_sum,
      "Return the sum of a 'start' value (default: 0) plus an iterable of numbers.",
    ),
    fastcall('vars', null, builtin_vars, 'vars([object]) -> object.__dict__, or locals() without an argument'),
    ...execFunctions,
    ...ioFunctions,
  ],
});
