// What does importlib need from the runtime?  Invariant: frozen code is unmarshalled anew at each request; built-in modules come from their
// declarations; there is no dynamic loading here, so its functions are absent, as in a CPython without it.

import { PYC_MAGIC_TOKEN } from '../compiler/opcodes.js';
import { H32, H8 } from '../memory/linear.js';
import { acquireBytes, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import { bytesFromArray } from '../object/bytes.js';
import { defineModule, method, moduleSpecs } from '../object/declare.js';
import { curexc, errMinus1, PyErr_SetString, typeName } from '../object/errors.js';
import { PyMem_Free, PyMem_Malloc } from '../memory/alloc.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { asBigInt, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import {
  execModuleSpec,
  moduleFromSpec,
  PyModule_Add,
  PyModule_Check,
  PyModule_GetNameObject,
} from '../object/module_storage.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { PyBool_FromLong, PyObject_GetAttr, PyObject_SetAttr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyCode_Type, PyExc_ImportError, PyExc_RuntimeError, PyExc_TypeError } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { co_consts, co_filename } from '../types/code_layout.js';
import { newModuleInSys } from '../vm/modules_dict.js';
import { config } from '../vm/sys_state.js';
import { frozenModule, frozenNames } from './frozen.js';
import { type CodePolicy, PyMarshal_ReadObjectFromString } from './marshal.js';
import { siphash13 } from './siphash.js';
import { listOfStr, toPython, tupleOf } from './values.js';
import { PyMemoryView_FromObject } from '../types/memoryview.js';
import { PyEval_EvalCode } from '../vm/call_python.js';
import { PyModule_GetDict } from '../object/module_storage.js';
import { PyList_New } from '../object/list.js';

const s_spec_name = ID('name');
const s_path = ID('__path__');

const none = () => newref(Py_None);

/** Raises ImportError(message, name=name); NULL. */
function importError(message: string, name: string): Obj {
  PyErr_SetString(PyExc_ImportError, message);
  const e = H32[curexc] as Obj;
  const s = e === 0 ? NULL : PyUnicode_FromString(name);
  if (s !== 0) {
    PyObject_SetAttr(e, idObj(s_spec_name), s);
    decref(s);
  }
  return NULL;
}

/** `_imp.create_builtin(spec)`: the module, not yet executed. */
function create_builtin(_m: Obj, spec: Obj): Obj {
  const name = PyObject_GetAttr(spec, idObj(s_spec_name));
  if (name === 0) return NULL;
  if (!PyUnicode_Check(name)) {
    decref(name);
    return PyErr_SetString(PyExc_TypeError, `name must be string, not ${typeName(spec)}`);
  }
  const text = asString(name);
  decref(name);
  const module = moduleSpecs.get(text);
  return module === undefined ? none() : moduleFromSpec(module);
}

/** `_imp.exec_builtin(module)`: 0. */
function exec_builtin(_m: Obj, module: Obj): Obj {
  if (!PyModule_Check(module)) return PyLong_FromLong(0);
  const name = PyModule_GetNameObject(module);
  if (name === 0) return NULL;
  const spec = moduleSpecs.get(asString(name));
  decref(name);
  // sys and builtins were executed at start-up.
  if (spec === undefined || spec.name === 'sys' || spec.name === 'builtins') return PyLong_FromLong(0);
  return execModuleSpec(module, spec) < 0 ? NULL : PyLong_FromLong(0);
}

function is_builtin(_m: Obj, name: Obj): Obj {
  const text = asString(name);
  if (!moduleSpecs.has(text)) return PyLong_FromLong(0);
  return PyLong_FromLong(text === 'sys' || text === 'builtins' ? -1 : 1);
}

/** What `_override_frozen_modules_for_tests` set: negative off, positive on, 0 as configured. */
let frozenOverride = 0;
const ALWAYS_FROZEN = new Set(['_frozen_importlib', '_frozen_importlib_external', 'zipimport']);

function findFrozen(name: string) {
  const enabled = frozenOverride === 0 ? config.use_frozen_modules : frozenOverride > 0;
  return enabled || ALWAYS_FROZEN.has(name) ? frozenModule(name) : undefined;
}

/** The code of a frozen module: a new reference, or NULL with ImportError. */
export function frozenCode(name: string): Obj {
  const frozen = findFrozen(name);
  if (frozen === undefined) return importError(`No such frozen object named ${name}`, name);
  // The build made it, with our own compiler.
  return unmarshalBytes(frozen.data, 'trusted');
}

function unmarshalBytes(data: Uint8Array, policy: CodePolicy): Obj {
  const p = PyMem_Malloc(data.length);
  if (p === 0) return PyErr_NoMemory();
  H8.set(data, p);
  const code = PyMarshal_ReadObjectFromString(p, data.length, policy);
  PyMem_Free(p);
  return code;
}

function find_frozen(_m: Obj, name: Obj, withdata: number): Obj {
  const text = asString(name);
  const frozen = findFrozen(text);
  if (frozen === undefined) return none();
  let data: Obj = newref(Py_None);
  if (withdata) {
    decref(data);
    const bytes = bytesFromArray(frozen.data);
    data = bytes === 0 ? NULL : PyMemoryView_FromObject(bytes);
    xdecref(bytes);
  }
  return tupleOf([
    data,
    PyBool_FromLong(frozen.isPackage),
    frozen.origin === '' ? none() : PyUnicode_FromString(frozen.origin),
  ]);
}

function get_frozen_object(_m: Obj, name: Obj, dataObj: Obj): Obj {
  const text = asString(name);
  if (dataObj === Py_None) return frozenCode(text);
  const handle = acquireBytes(dataObj);
  if (handle === 0) return NULL;
  const code =
    rangeLength === 0
      ? importError(`Frozen object named ${text} is invalid`, text)
      : PyMarshal_ReadObjectFromString(rangeStart, rangeLength);
  releaseBytes(handle);
  if (code !== 0 && Py_TYPE(code) !== PyCode_Type) {
    decref(code);
    return PyErr_SetString(PyExc_TypeError, `frozen object ${text} is not a code object`);
  }
  return code;
}

function init_frozen(_m: Obj, name: Obj): Obj {
  const text = asString(name);
  const frozen = findFrozen(text);
  if (frozen === undefined) return none();
  return importFrozen(text, frozen.isPackage);
}

/** Imports a frozen module by executing it in a module of its own: a new reference, or NULL (PyImport_ImportFrozenModule). */
export function importFrozen(name: string, isPackage: boolean): Obj {
  const code = frozenCode(name);
  if (code === 0) return NULL;
  const m = newModuleInSys(name);
  let ok = m !== 0;
  if (ok) {
    // importlib takes it out again when it gives the module its spec.
    const origin = PyUnicode_FromString(frozenModule(name)?.origin ?? name);
    ok = origin !== 0 && PyModule_Add(m, '__origname__', origin) === 0;
  }
  if (ok && isPackage) {
    const path = PyList_New(0);
    ok = path !== 0 && PyObject_SetAttr(m, idObj(s_path), path) === 0;
    xdecref(path);
  }
  if (ok) {
    const dict = PyModule_GetDict(m);
    const r = PyEval_EvalCode(code, dict, dict);
    ok = r !== 0;
    xdecref(r);
  }
  decref(code);
  if (ok) return m;
  xdecref(m);
  return NULL;
}

/** Whether a str names a frozen package: ImportError if it names nothing frozen. */
function is_frozen_package(_m: Obj, name: Obj): Obj {
  const text = asString(name);
  const frozen = findFrozen(text);
  return frozen === undefined
    ? importError(`No such frozen object named ${text}`, text)
    : PyBool_FromLong(frozen.isPackage);
}

/** Replaces the file name of a code object and of those in its constants that had the same. */
function fixFilename(code: Obj, oldName: Obj, newName: Obj): void {
  const own = H32[(code + co_filename) >> 2] as Obj;
  if (asString(own) !== asString(oldName)) return;
  incref(newName);
  H32[(code + co_filename) >> 2] = newName;
  decref(own);
  const consts = H32[(code + co_consts) >> 2] as Obj;
  for (let i = 0, n = PyTuple_GET_SIZE(consts); i < n; i++) {
    const c = PyTuple_GET_ITEM(consts, i);
    if (Py_TYPE(c) === PyCode_Type) fixFilename(c, oldName, newName);
  }
}

function fix_co_filename(_m: Obj, code: Obj, path: Obj): Obj {
  if (Py_TYPE(code) !== PyCode_Type)
    return PyErr_SetString(PyExc_TypeError, `_fix_co_filename() argument 1 must be code, not ${typeName(code)}`);
  const old = newref(H32[(code + co_filename) >> 2] as Obj);
  if (asString(old) !== asString(path)) fixFilename(code, old, path);
  decref(old);
  return none();
}

function source_hash(_m: Obj, key: Obj, source: Obj): Obj {
  if (!PyLong_Check(key)) {
    errMinus1(PyExc_TypeError, `'${typeName(key)}' object cannot be interpreted as an integer`);
    return NULL;
  }
  const handle = acquireBytes(source);
  if (handle === 0) return NULL;
  const h = siphash13(H8.slice(rangeStart, rangeStart + rangeLength), asBigInt(key) & 0xffffffffffffffffn, 0n);
  releaseBytes(handle);
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, h, true);
  return bytesFromArray(out);
}

/** How often acquire_lock was called without release_lock: there is one thread. */
let lockDepth = 0;

defineModule({
  name: '_imp',
  doc: '(Extremely) low-level import machinery bits as used by importlib.',
  functions: [
    method(
      'extension_suffixes',
      '($module, /)',
      () => PyList_New(0),
      'Returns the list of file suffixes used to identify extension modules.',
    ),
    method(
      'lock_held',
      '($module, /)',
      () => PyBool_FromLong(lockDepth > 0),
      'Return True if the import lock is currently held, else False.',
    ),
    method(
      'acquire_lock',
      '($module, /)',
      () => {
        lockDepth++;
        return none();
      },
      "Acquires the interpreter's import lock for the current thread.",
    ),
    method(
      'release_lock',
      '($module, /)',
      () => {
        if (lockDepth === 0) return PyErr_SetString(PyExc_RuntimeError, 'not holding the import lock');
        lockDepth--;
        return none();
      },
      "Release the interpreter's import lock.",
    ),
    method(
      'find_frozen',
      '($module, name: str, /, *, withdata: bool = False)',
      find_frozen,
      'Return info about the corresponding frozen module (if there is one) or None.',
    ),
    method(
      'get_frozen_object',
      '($module, name: str, data=None, /)',
      get_frozen_object,
      'Create a code object for a frozen module.',
    ),
    method(
      'is_frozen_package',
      '($module, name: str, /)',
      is_frozen_package,
      'Returns True if the module name is of a frozen package.',
    ),
    method(
      'is_frozen',
      '($module, name: str, /)',
      (_m: Obj, name: Obj) => PyBool_FromLong(findFrozen(asString(name)) !== undefined),
      'Returns True if the module name corresponds to a frozen module.',
    ),
    method(
      '_frozen_module_names',
      '($module, /)',
      () => listOfStr(frozenNames()),
      'Returns the list of available frozen modules.',
    ),
    method(
      '_override_frozen_modules_for_tests',
      '($module, override: int, /)',
      (_m: Obj, n: number) => {
        frozenOverride = n;
        return none();
      },
      '(internal-only) Override PyConfig.use_frozen_modules.',
    ),
    method(
      '_override_multi_interp_extensions_check',
      '($module, override: int, /)',
      () => PyLong_FromLong(0),
      '(internal-only) Override PyInterpreterConfig.check_multi_interp_extensions.',
    ),
    method('init_frozen', '($module, name: str, /)', init_frozen, 'Initializes a frozen module.'),
    method('create_builtin', '($module, spec, /)', create_builtin, 'Create an extension module.'),
    method('exec_builtin', '($module, mod, /)', exec_builtin, 'Initialize a built-in module.'),
    method(
      'is_builtin',
      '($module, name: str, /)',
      is_builtin,
      'Returns True if the module name corresponds to a built-in module.',
    ),
    method(
      '_fix_co_filename',
      '($module, code, path: str, /)',
      fix_co_filename,
      'Changes code.co_filename to specify the passed-in file path.',
    ),
    method('source_hash', '($module, key, source)', source_hash, 'Hash of the source, for hash-based .pyc files.'),
  ],
  exec: (m) => {
    if (PyModule_Add(m, 'check_hash_based_pycs', toPython(config.check_hash_pycs_mode)) < 0) return -1;
    return PyModule_Add(m, 'pyc_magic_number_token', toPython(PYC_MAGIC_TOKEN));
  },
});
