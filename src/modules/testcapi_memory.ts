// What happens at the edges of the memory floor?  (the parts of _testcapi and _testinternalcapi about allocators, reference counts and tracing)
//
// Invariant: what is broken here is broken on purpose, and through the public functions only: the checks of a build that guards must find it.

import {
  isTracing,
  PyMem_Calloc,
  PyMem_Free,
  PyMem_Malloc,
  PyMem_RawCalloc,
  PyMem_RawFree,
  PyMem_RawMalloc,
  PyObject_Calloc,
  PyObject_Free,
  PyObject_Malloc,
  setAllocationFailures,
  traceTrack,
  traceUntrack,
} from '../memory/alloc.js';
import { Py_FatalError } from '../memory/fatal.js';
import { H32, H8 } from '../memory/linear.js';
import { acquireBytes, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import { type MethodDef, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { _PyObject_IsFreed } from '../object/fatal_object.js';
import { ob_refcnt, ob_type } from '../object/head.js';
import { decref, incref, Py_REFCNT, Py_SET_REFCNT, xdecref, xincref } from '../object/header.js';
import { PyList_New } from '../object/list.js';
import { PyLong_AsUnsignedLongMask } from '../object/long.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyBaseObject_Type, PyExc_AssertionError, PyExc_RuntimeError } from '../object/statics.js';
import { tracebackOf } from '../object/traces.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { framesTuple } from './_tracemalloc.js';
import { none } from './testcapi_util.js';

function set_nomemory(_m: Obj, start: number, stop: number): Obj {
  setAllocationFailures(start, stop);
  return none();
}

function remove_mem_hooks(_m: Obj): Obj {
  setAllocationFailures(-1, 0);
  return none();
}

/** Writes past the end of a block. */
function pymem_buffer_overflow(_m: Obj): Obj {
  const p = PyMem_Malloc(16);
  if (p === 0) return PyErr_NoMemory();
  H8[p + 16] = 0x78;
  PyMem_Free(p);
  return none();
}

/** Gives a block back through another domain's function. */
function pymem_api_misuse(_m: Obj): Obj {
  const p = PyMem_Malloc(16);
  if (p === 0) return PyErr_NoMemory();
  PyMem_RawFree(p);
  return none();
}

function test_pymem_alloc0(_m: Obj): Obj {
  const domains: [string, number, (p: number) => void][] = [
    ['PyMem_RawMalloc(0)', PyMem_RawMalloc(0), PyMem_RawFree],
    ['PyMem_RawCalloc(0, 0)', PyMem_RawCalloc(0, 0), PyMem_RawFree],
    ['PyMem_Malloc(0)', PyMem_Malloc(0), PyMem_Free],
    ['PyMem_Calloc(0, 0)', PyMem_Calloc(0, 0), PyMem_Free],
    ['PyObject_Malloc(0)', PyObject_Malloc(0), PyObject_Free],
    ['PyObject_Calloc(0, 0)', PyObject_Calloc(0, 0), PyObject_Free],
  ];
  for (const [, p, free] of domains) free(p);
  const failed = domains.find(([, p]) => p === 0);
  return failed === undefined ? none() : PyErr_SetString(PyExc_RuntimeError, `${failed[0]} returns NULL`);
}

// --- tracemalloc

function address(o: Obj): number {
  return PyLong_AsUnsignedLongMask(o) | 0;
}

function tracemalloc_track(_m: Obj, domain: number, ptr: Obj, size: number): Obj {
  const p = address(ptr);
  if (PyErr_Occurred() !== 0) return NULL;
  if (!isTracing()) return PyErr_SetString(PyExc_RuntimeError, 'PyTraceMalloc_Track error');
  traceTrack(domain | 0, p, size);
  return none();
}

function tracemalloc_untrack(_m: Obj, domain: number, ptr: Obj): Obj {
  const p = address(ptr);
  if (PyErr_Occurred() !== 0) return NULL;
  if (!isTracing()) return PyErr_SetString(PyExc_RuntimeError, 'PyTraceMalloc_Untrack error');
  traceUntrack(domain | 0, p);
  return none();
}

function _PyTraceMalloc_GetTraceback(_m: Obj, domain: number, ptr: Obj): Obj {
  const p = address(ptr);
  if (PyErr_Occurred() !== 0) return NULL;
  const tb = tracebackOf(p, domain | 0);
  return tb === 0 ? none() : framesTuple(tb);
}

// --- reference counts

/** Gives back one reference more than there are. */
function negative_refcount(_m: Obj): Obj {
  const o = PyUnicode_FromString('negative_refcount');
  if (o === 0) return NULL;
  Py_SET_REFCNT(o, 0);
  decref(o);
  return none();
}

/** Gives back a reference to an object that is gone. */
function decref_freed_object(_m: Obj): Obj {
  const o = PyUnicode_FromString('decref_freed_object');
  if (o === 0) return NULL;
  decref(o);
  decref(o);
  return none();
}

/** Checks that `change` alters the count of a new object by `by`, and that `back` undoes it. */
function checkCounts(name: string, change: (o: Obj) => void, by: number, back: (o: Obj) => void): Obj {
  const o = PyList_New(0);
  if (o === 0) return NULL;
  incref(o);
  const before = Py_REFCNT(o);
  change(o);
  const right = Py_REFCNT(o) === before + by;
  back(o);
  const undone = Py_REFCNT(o) === before;
  decref(o);
  decref(o);
  return right && undone ? none() : PyErr_SetString(PyExc_AssertionError, `${name} does not count`);
}

// --- freed objects (_PyObject_IsFreed)

/** A new object whose header is then filled by `spoil`; its memory is not given back: it is no object any more. */
function checkFreed(spoil: (o: Obj) => void): Obj {
  const o = _PyObject_New(PyBaseObject_Type);
  if (o === 0) return NULL;
  spoil(o);
  return _PyObject_IsFreed(o) ? none() : PyErr_SetString(PyExc_AssertionError, 'object is not seen as freed');
}

function check_pyobject_null_is_freed(_m: Obj): Obj {
  return _PyObject_IsFreed(NULL) ? none() : PyErr_SetString(PyExc_AssertionError, 'object is not seen as freed');
}

function check_pyobject_uninitialized_is_freed(_m: Obj): Obj {
  const p = PyObject_Malloc(32) as Obj;
  if (p === 0) return PyErr_NoMemory();
  H32[(p + ob_refcnt) >> 2] = 1;
  const freed = _PyObject_IsFreed(p);
  PyObject_Free(p);
  return freed ? none() : PyErr_SetString(PyExc_AssertionError, 'object is not seen as freed');
}

function check_pyobject_forbidden_bytes_is_freed(_m: Obj): Obj {
  return checkFreed((o) => {
    H32[(o + ob_type) >> 2] = 0xfdfdfdfd | 0;
  });
}

function check_pyobject_freed_is_freed(_m: Obj): Obj {
  return checkFreed(decref);
}

function fatal_error(_m: Obj, message: Obj): Obj {
  const handle = acquireBytes(message);
  if (handle === 0) return NULL;
  const text = new TextDecoder().decode(H8.slice(rangeStart, rangeStart + rangeLength));
  releaseBytes(handle);
  return Py_FatalError(`_testcapi_fatal_error_impl: ${text}`);
}

export const MEMORY_FUNCTIONS: readonly MethodDef[] = [
  method('set_nomemory', '!($module, start: int, stop: int = 0, /)', set_nomemory),
  method('remove_mem_hooks', '!($module, /)', remove_mem_hooks),
  method('pymem_buffer_overflow', '!($module, /)', pymem_buffer_overflow),
  method('pymem_api_misuse', '!($module, /)', pymem_api_misuse),
  method('test_pymem_alloc0', '!($module, /)', test_pymem_alloc0),
  method('tracemalloc_track', '!($module, domain: uint, ptr, size: ssize, release_gil: int = 0, /)', tracemalloc_track),
  method('tracemalloc_untrack', '!($module, domain: uint, ptr, release_gil: int = 0, /)', tracemalloc_untrack),
  ...(Py_REF_DEBUG ? [method('negative_refcount', '!($module, /)', negative_refcount)] : []),
  // Without guards, what stands where the count was is the allocator's.
  ...(Py_REF_DEBUG && PYMALLOC_DEBUG ? [method('decref_freed_object', '!($module, /)', decref_freed_object)] : []),
  method('test_incref_doesnt_leak', '!($module, /)', () => checkCounts('incref', incref, 1, decref)),
  method('test_xincref_doesnt_leak', '!($module, /)', () => checkCounts('xincref', xincref, 1, xdecref)),
  method('test_decref_doesnt_leak', '!($module, /)', () => checkCounts('decref', decref, -1, incref)),
  method('test_xdecref_doesnt_leak', '!($module, /)', () => checkCounts('xdecref', xdecref, -1, xincref)),
  method('fatal_error', '!($module, message, release_gil: bool = False, /)', fatal_error),
];

export const INTERNAL_MEMORY_FUNCTIONS: readonly MethodDef[] = [
  method('_PyTraceMalloc_GetTraceback', '!($module, domain: uint, ptr, /)', _PyTraceMalloc_GetTraceback),
  method('check_pyobject_null_is_freed', '!($module, /)', check_pyobject_null_is_freed),
  method('check_pyobject_uninitialized_is_freed', '!($module, /)', check_pyobject_uninitialized_is_freed),
  method('check_pyobject_forbidden_bytes_is_freed', '!($module, /)', check_pyobject_forbidden_bytes_is_freed),
  method('check_pyobject_freed_is_freed', '!($module, /)', check_pyobject_freed_is_freed),
];
