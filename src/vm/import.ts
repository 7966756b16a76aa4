// How is a module imported?
//
// Invariant: the import system itself is importlib (frozen here as ordinary modules of the library); the machine only looks in sys.modules first,
// resolves relative names, and reads names out of modules.

import { H32 } from '../memory/linear.js';
import { PyObject_CallFunctionObjArgs, PyObject_CallMethodObjArgs, PyObject_Vectorcall } from '../object/call.js';
import { PyDict_Check, PyDict_CheckExact, PyDict_GetItemWithError, PyDict_New } from '../object/dict.js';
import {
  curexc,
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetObject,
  PyErr_SetRaisedException,
  PyErr_SetString,
  PyErr_WarnEx,
  PyException_GetTraceback,
  PyException_SetTraceback,
} from '../object/errors.js';
import { decref, incref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyLong_AsInt } from '../object/long.js';
import { PyMapping_GetOptionalItem, PyObject_GetItem } from '../object/mapping.js';
import { PyObject_GetAttr, PyObject_GetOptionalAttr, PyObject_IsTrue, PyObject_SetAttr } from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_None,
  PyExc_ImportError,
  PyExc_ImportWarning,
  PyExc_KeyError,
  PyExc_RuntimeError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyModule_Type,
} from '../object/statics.js';
import { PyTuple_Pack } from '../object/tuple.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { co_filename } from '../types/code_layout.js';
import { F_BUILTINS, F_GLOBALS, F_LOCALS } from '../types/iframe.js';
import { frameObjectCode } from '../types/frame_object.js';
import { tb_frame, tb_next } from '../types/traceback.js';
import { sys_modules } from './sys_state.js';
import { popNative, pushNative } from '../object/call.js';
import { staticWord } from '../memory/linear.js';
import { PyErr_GivenExceptionMatches } from '../object/errors.js';
import { PyExc_DeprecationWarning } from '../object/statics.js';
import { co_name } from '../types/code_layout.js';
import { initialBuiltins } from './interpreter.js';
import { tellCached, timedImport } from './import_time.js';
import { importlib_word } from './import_state.js';

const s_import = ID('__import__');
const s_name = ID('__name__');
const s_path = ID('__path__');
const s_package = ID('__package__');
const s_spec = ID('__spec__');
const s_parent = ID('parent');
const s_initializing = ID('_initializing');
const s_find_and_load = ID('_find_and_load');
const s_handle_fromlist = ID('_handle_fromlist');
const s_lock_unlock = ID('_lock_unlock_module');
const s_file = ID('__file__');
const s_origin = ID('origin');
const s_has_location = ID('has_location');
const s_module_repr = ID('_module_repr');
const s_name_attr = ID('name');
const s_path_attr = ID('path');
const s_name_from = ID('name_from');

function modules(): Obj {
  return H32[sys_modules] as Obj;
}

/** sys.modules[name]: a new reference, or NULL, without an exception if it is not there (PyImport_GetModule). */
export function PyImport_GetModule(name: Obj): Obj {
  const m = modules();
  if (m === 0) return PyErr_SetString(PyExc_RuntimeError, 'unable to get sys.modules');
  if (PyDict_CheckExact(m)) {
    const v = PyDict_GetItemWithError(m, name);
    return v === 0 ? NULL : newref(v);
  }
  const v = PyMapping_GetOptionalItem(m, name);
  if (v === 0 && PyErr_Occurred() !== 0 && PyErr_ExceptionMatches(PyExc_KeyError)) PyErr_Clear();
  return v;
}

/** IMPORT_NAME: a new reference, or NULL. */
export function importName(frame: number, name: Obj, fromlist: Obj, level: Obj): Obj {
  const builtins = H32[(frame + F_BUILTINS) >> 2] as Obj;
  const f = PyMapping_GetOptionalItem(builtins, idObj(s_import));
  if (f === 0) return PyErr_Occurred() !== 0 ? NULL : PyErr_SetString(PyExc_ImportError, '__import__ not found');
  const globals = H32[(frame + F_GLOBALS) >> 2] as Obj;
  if (f === H32[importFunction]) {
    decref(f);
    const n = PyLong_AsInt(level);
    if (n === -1 && PyErr_Occurred() !== 0) return NULL;
    return PyImport_ImportModuleLevelObject(name, globals, fromlist, n);
  }
  const locals = H32[(frame + F_LOCALS) >> 2] as Obj;
  const base = pushNative(6);
  if (base === 0) {
    decref(f);
    return NULL;
  }
  const w = base >> 2;
  H32[w + 1] = name;
  H32[w + 2] = globals;
  H32[w + 3] = locals === 0 ? Py_None : locals;
  H32[w + 4] = fromlist;
  H32[w + 5] = level;
  const r = PyObject_Vectorcall(f, (w + 1) << 2, 5, NULL);
  popNative(base);
  decref(f);
  return r;
}

/** Index of the built-in `__import__` itself (borrowed from the builtins module): IMPORT_NAME goes past calling it. */
export const importFunction = staticWord();

/** The absolute name of a relative import: a new reference, or NULL. */
function resolveName(name: Obj, globals: Obj, level: number): Obj {
  if (globals === 0) return PyErr_SetString(PyExc_KeyError, "'__name__' not in globals");
  if (!PyDict_Check(globals)) return PyErr_SetString(PyExc_TypeError, 'globals must be a dict');
  const get = (id: number): Obj => {
    const v = PyDict_GetItemWithError(globals, idObj(id));
    return v;
  };
  const pkg = get(s_package);
  if (pkg === 0 && PyErr_Occurred() !== 0) return NULL;
  const spec = get(s_spec);
  if (spec === 0 && PyErr_Occurred() !== 0) return NULL;
  let packageName: Obj;
  if (pkg !== 0 && pkg !== Py_None) {
    if (!PyUnicode_Check(pkg)) return PyErr_SetString(PyExc_TypeError, 'package must be a string');
    packageName = newref(pkg);
    if (spec !== 0 && spec !== Py_None) {
      const parent = PyObject_GetAttr(spec, idObj(s_parent));
      if (parent === 0) {
        decref(packageName);
        return NULL;
      }
      const differs = !PyUnicode_Check(parent) || asString(parent) !== asString(packageName);
      decref(parent);
      if (differs && PyErr_WarnEx(PyExc_DeprecationWarning, '__package__ != __spec__.parent', 1) < 0) {
        decref(packageName);
        return NULL;
      }
    }
  } else if (spec !== 0 && spec !== Py_None) {
    packageName = PyObject_GetAttr(spec, idObj(s_parent));
    if (packageName === 0) return NULL;
    if (!PyUnicode_Check(packageName)) {
      decref(packageName);
      return PyErr_SetString(PyExc_TypeError, '__spec__.parent must be a string');
    }
  } else {
    if (
      PyErr_WarnEx(
        PyExc_ImportWarning,
        "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__",
        1,
      ) < 0
    )
      return NULL;
    const n = get(s_name);
    if (n === 0) return PyErr_Occurred() !== 0 ? NULL : PyErr_SetString(PyExc_KeyError, "'__name__' not in globals");
    if (!PyUnicode_Check(n)) return PyErr_SetString(PyExc_TypeError, '__name__ must be a string');
    const path = get(s_path);
    if (path === 0 && PyErr_Occurred() !== 0) return NULL;
    if (path !== 0) packageName = newref(n);
    else {
      const text = asString(n);
      const dot = text.lastIndexOf('.');
      if (dot < 0) return PyErr_SetString(PyExc_ImportError, 'attempted relative import with no known parent package');
      packageName = PyUnicode_FromString(text.slice(0, dot));
      if (packageName === 0) return NULL;
    }
  }
  let text = asString(packageName);
  decref(packageName);
  if (text === '') return PyErr_SetString(PyExc_ImportError, 'attempted relative import with no known parent package');
  for (let up = level - 1; up > 0; up--) {
    const dot = text.lastIndexOf('.');
    if (dot < 0) return PyErr_SetString(PyExc_ImportError, 'attempted relative import beyond top-level package');
    text = text.slice(0, dot);
  }
  const own = asString(name);
  return PyUnicode_FromString(own === '' ? text : `${text}.${own}`);
}

/** Whether a module is being imported right now, as its __spec__ tells: 1, 0, or -1. */
function isInitializing(spec: Obj): number {
  if (spec === 0) return 0;
  const v = PyObject_GetOptionalAttr(spec, idObj(s_initializing));
  if (v === 0) return PyErr_Occurred() !== 0 ? -1 : 0;
  const truth = PyObject_IsTrue(v);
  decref(v);
  return truth;
}

/** Waits until a module that is being imported (by another thread) is ready: 0, or -1. */
function ensureInitialized(m: Obj, name: Obj): number {
  const spec = PyObject_GetOptionalAttr(m, idObj(s_spec));
  if (spec === 0 && PyErr_Occurred() !== 0) return -1;
  const busy = isInitializing(spec);
  if (spec !== 0) decref(spec);
  if (busy <= 0) return busy;
  const lib = H32[importlib_word] as Obj;
  if (lib === 0) return 0;
  const r = PyObject_CallMethodObjArgs(lib, idObj(s_lock_unlock), name);
  if (r === 0) return -1;
  decref(r);
  return 0;
}

/** Takes importlib's own frames out of the traceback of the current exception. */
function removeImportlibFrames(): void {
  const e = PyErr_GetRaisedException();
  if (e === 0) return;
  const always = Py_TYPE(e) === PyExc_ImportError || PyErr_GivenExceptionMatches(e, PyExc_ImportError);
  const tb = PyException_GetTraceback(e);
  // The entries that stay; a run of importlib frames goes if it ends in _call_with_frames_removed, or always for ImportError.
  const keep: Obj[] = [];
  let chunk: Obj[] = [];
  for (let t = tb; t !== 0; t = H32[(t + tb_next) >> 2] as Obj) {
    const code = frameObjectCode(H32[(t + tb_frame) >> 2] as Obj);
    const file = asString(H32[(code + co_filename) >> 2] as Obj);
    if (file === '<frozen importlib._bootstrap>' || file === '<frozen importlib._bootstrap_external>') {
      chunk.push(t);
      if (always || asString(H32[(code + co_name) >> 2] as Obj) === '_call_with_frames_removed') chunk = [];
    } else {
      keep.push(...chunk, t);
      chunk = [];
    }
  }
  keep.push(...chunk);
  for (let i = 0; i < keep.length; i++) {
    const next = i + 1 < keep.length ? keep[i + 1] : NULL;
    const old = H32[(keep[i] + tb_next) >> 2] as Obj;
    if (old === next) continue;
    if (next !== 0) incref(next);
    H32[(keep[i] + tb_next) >> 2] = next;
    if (old !== 0) decref(old);
  }
  if (keep.length === 0) PyException_SetTraceback(e, Py_None);
  else if (keep[0] !== tb) PyException_SetTraceback(e, keep[0]);
  if (tb !== 0) decref(tb);
  PyErr_SetRaisedException(e);
}

function findAndLoad(name: Obj): Obj {
  const lib = H32[importlib_word] as Obj;
  if (lib === 0) return PyErr_SetString(PyExc_ImportError, `import of '${asString(name)}' before importlib is there`);
  const f = PyObject_GetAttr(lib, idObj(s_find_and_load));
  if (f === 0) return NULL;
  const own = builtinImport();
  const r = own === 0 ? NULL : PyObject_CallFunctionObjArgs(f, name, own);
  if (own !== 0) decref(own);
  decref(f);
  return r;
}

function builtinImport(): Obj {
  return PyObject_GetItem(initialBuiltins(), idObj(s_import));
}

/** PyImport_ImportModuleLevelObject: what __import__ does; all borrowed; a new reference, or NULL. */
export function PyImport_ImportModuleLevelObject(name: Obj, globals: Obj, fromlist: Obj, level: number): Obj {
  if (name === 0) return PyErr_SetString(PyExc_ValueError, 'Empty module name');
  if (!PyUnicode_Check(name)) return PyErr_SetString(PyExc_TypeError, 'module name must be a string');
  if (level < 0) return PyErr_SetString(PyExc_ValueError, 'level must be >= 0');
  let abs: Obj;
  if (level > 0) {
    abs = resolveName(name, globals, level);
    if (abs === 0) return NULL;
  } else {
    if (asString(name) === '') return PyErr_SetString(PyExc_ValueError, 'Empty module name');
    abs = newref(name);
  }
  const m = importAbsolute(abs);
  let result: Obj = NULL;
  if (m !== 0) {
    result = resultOf(m, abs, name, fromlist, level);
    decref(m);
  }
  decref(abs);
  if (result === 0) removeImportlibFrames();
  return result;
}

function importAbsolute(abs: Obj): Obj {
  const m = PyImport_GetModule(abs);
  if (m === 0 && H32[curexc] !== 0) return NULL;
  if (m !== 0 && m !== Py_None) {
    if (ensureInitialized(m, abs) < 0) {
      decref(m);
      return NULL;
    }
    tellCached(() => asString(abs));
    return m;
  }
  if (m !== 0) decref(m);
  return timedImport(
    () => asString(abs),
    () => findAndLoad(abs),
  );
}

function resultOf(m: Obj, abs: Obj, name: Obj, fromlist: Obj, level: number): Obj {
  let hasFrom = 0;
  if (fromlist !== 0 && fromlist !== Py_None) {
    hasFrom = PyObject_IsTrue(fromlist);
    if (hasFrom < 0) return NULL;
  }
  if (hasFrom === 0) {
    const text = asString(name);
    if (level === 0 || text.length > 0) {
      const dot = text.indexOf('.');
      if (dot < 0) return newref(m);
      const front = text.slice(0, dot);
      if (level === 0) {
        const s = PyUnicode_FromString(front);
        if (s === 0) return NULL;
        const r = PyImport_ImportModuleLevelObject(s, NULL, NULL, 0);
        decref(s);
        return r;
      }
      const cut = text.length - dot;
      const full = asString(abs);
      const top = PyUnicode_FromString(full.slice(0, full.length - cut));
      if (top === 0) return NULL;
      const r = PyImport_GetModule(top);
      if (r === 0 && PyErr_Occurred() === 0)
        PyErr_SetString(PyExc_KeyError, `'${asString(top)}' not in sys.modules as expected`);
      decref(top);
      return r;
    }
    return newref(m);
  }
  const path = PyObject_GetOptionalAttr(m, idObj(s_path));
  if (path === 0) return PyErr_Occurred() !== 0 ? NULL : newref(m);
  decref(path);
  const own = builtinImport();
  if (own === 0) return NULL;
  const r = PyObject_CallMethodObjArgs(H32[importlib_word] as Obj, idObj(s_handle_fromlist), m, fromlist, own);
  decref(own);
  return r;
}

/** Imports a module by its dotted name, the last part: a new reference, or NULL (PyImport_ImportModule). */
export function PyImport_ImportModule(name: string): Obj {
  const s = PyUnicode_FromString(name);
  if (s === 0) return NULL;
  const r = PyImport_Import(s);
  decref(s);
  return r;
}

/** PyImport_Import: the module itself, even of a dotted name. */
export function PyImport_Import(name: Obj): Obj {
  const from = PyTuple_Pack(name);
  if (from === 0) return NULL;
  const globals = PyDict_New();
  let r: Obj = NULL;
  if (globals !== 0) {
    const m = PyImport_ImportModuleLevelObject(name, globals, from, 0);
    if (m !== 0) {
      decref(m);
      r = PyImport_GetModule(name);
      if (r === 0 && PyErr_Occurred() === 0) PyErr_SetObject(PyExc_KeyError, name);
    }
    decref(globals);
  }
  decref(from);
  return r;
}

// --- from module import name

function optionalStr(m: Obj, id: number): string | null | undefined {
  const v = PyObject_GetOptionalAttr(m, idObj(id));
  if (v === 0) return PyErr_Occurred() !== 0 ? undefined : null;
  const text = PyUnicode_Check(v) ? asString(v) : null;
  decref(v);
  return text;
}

/** IMPORT_FROM: a new reference, or NULL with ImportError. */
export function importFrom(m: Obj, name: Obj): Obj {
  const v = PyObject_GetOptionalAttr(m, name);
  if (v !== 0 || PyErr_Occurred() !== 0) return v;
  // A submodule that is being imported is in sys.modules before it is an attribute.
  const moduleName = PyObject_GetOptionalAttr(m, idObj(s_name));
  if (moduleName === 0 && PyErr_Occurred() !== 0) return NULL;
  if (moduleName !== 0 && PyUnicode_Check(moduleName)) {
    const full = PyUnicode_FromString(`${asString(moduleName)}.${asString(name)}`);
    if (full === 0) {
      decref(moduleName);
      return NULL;
    }
    const sub = PyImport_GetModule(full);
    decref(full);
    if (sub !== 0 || PyErr_Occurred() !== 0) {
      decref(moduleName);
      return sub;
    }
  }
  const from = moduleName !== 0 && PyUnicode_Check(moduleName) ? asString(moduleName) : '<unknown module name>';
  cannotImport(m, name, moduleName, from);
  if (moduleName !== 0) decref(moduleName);
  return NULL;
}

function cannotImport(m: Obj, name: Obj, moduleName: Obj, from: string): void {
  const wanted = asString(name);
  const spec = PyObject_GetOptionalAttr(m, idObj(s_spec));
  if (spec === 0 && PyErr_Occurred() !== 0) return;
  let origin: string | null | undefined = null;
  let message: string;
  const shadow = Py_TYPE(m) === PyModule_Type && spec !== 0 ? port.shadowedModule(m, spec) : null;
  if (PyErr_Occurred() !== 0) PyErr_Clear();
  if (spec !== 0 && spec !== Py_None) {
    const has = PyObject_GetOptionalAttr(spec, idObj(s_has_location));
    if (has === 0) PyErr_Clear();
    else {
      if (PyObject_IsTrue(has) > 0) origin = optionalStr(spec, s_origin);
      decref(has);
    }
  }
  if (origin === null) origin = optionalStr(m, s_file);
  if (origin === undefined) PyErr_Clear();
  const initializing = spec === 0 ? 0 : isInitializing(spec);
  if (initializing < 0) PyErr_Clear();
  if (shadow?.stdlib) {
    message = `cannot import name '${wanted}' from '${from}' (consider renaming '${shadow.origin}' since it has the same name as the standard library module named '${from}' and prevents importing that standard library module)`;
  } else if (initializing > 0) {
    if (shadow?.path) {
      message = `cannot import name '${wanted}' from '${from}' (consider renaming '${shadow.origin}' if it has the same name as a library you intended to import)`;
    } else if (origin)
      message = `cannot import name '${wanted}' from partially initialized module '${from}' (most likely due to a circular import) (${origin})`;
    else
      message = `cannot import name '${wanted}' from partially initialized module '${from}' (most likely due to a circular import)`;
  } else message = `cannot import name '${wanted}' from '${from}' (${origin ? origin : 'unknown location'})`;
  if (spec !== 0) decref(spec);
  PyErr_SetString(PyExc_ImportError, message);
  const e = PyErr_GetRaisedException();
  if (e === 0) return;
  const path = origin ? PyUnicode_FromString(origin) : newref(Py_None);
  const ok =
    PyObject_SetAttr(e, idObj(s_name_attr), moduleName === 0 ? Py_None : moduleName) === 0 &&
    path !== 0 &&
    PyObject_SetAttr(e, idObj(s_path_attr), path) === 0 &&
    PyObject_SetAttr(e, idObj(s_name_from), name) === 0;
  if (path !== 0) decref(path);
  if (!ok) PyErr_Clear();
  PyErr_SetRaisedException(e);
}

/** repr(module), by importlib. */
function moduleRepr(m: Obj): Obj {
  const lib = H32[importlib_word] as Obj;
  if (lib === 0) return PyUnicode_FromString('<module>');
  return PyObject_CallMethodObjArgs(lib, idObj(s_module_repr), m);
}

port.importModule = PyImport_ImportModule;
port.moduleRepr = moduleRepr;
