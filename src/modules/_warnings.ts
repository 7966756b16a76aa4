// What happens to a warning?
//
// Invariant: `filters`, `_defaultaction` and `_onceregistry` of the `warnings` module win over the initial ones once that module has been imported; a
// registry is good only for the version of the filters that it was filled under.  The algorithm is that of the library's warnings.warn_explicit.

import { H32, staticWord } from '../memory/linear.js';
import { PyObject_Call, PyObject_CallMethodOneArg, PyObject_CallOneArg } from '../object/call.js';
import { defineModule, method } from '../object/declare.js';
import { PyDict_Check, PyDict_Clear, PyDict_GetItemWithError, PyDict_New, PyDict_SetItem } from '../object/dict.js';
import {
  errMinus1,
  nameOfType,
  PyErr_Clear,
  PyErr_Occurred,
  PyErr_SetObject,
  PyErr_SetString,
  typeName,
} from '../object/errors.js';
import { decref, incref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_IsInstance, PyObject_IsSubclass, PyType_Check } from '../object/isinstance.js';
import { PyList_Append, PyList_Check, PyList_GET_ITEM, PyList_GET_SIZE, PyList_New } from '../object/list.js';
import { asSafeInteger, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { PyModule_AddObjectRef } from '../object/module_storage.js';
import { PyObject_GetAttr, PyObject_GetOptionalAttr, PyObject_IsTrue, PyObject_Str } from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { rootWord } from '../object/roots.js';
import {
  Py_None,
  PyExc_DeprecationWarning,
  PyExc_ImportWarning,
  PyExc_PendingDeprecationWarning,
  PyExc_ResourceWarning,
  PyExc_RuntimeError,
  PyExc_TypeError,
  PyExc_UserWarning,
  PyExc_ValueError,
  PyExc_Warning,
} from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { newContextVar } from '../types/context.js';
import { co_filename, lineOfUnit } from '../types/code_layout.js';
import { cur_frame, F_GLOBALS, F_PREVIOUS, firstComplete, frameCode, frameUnit } from '../types/iframe.js';
import { PyImport_GetModule } from '../vm/import.js';
import { finalizing, setOwned, sys_dict } from '../vm/sys_state.js';
import { writeStderr } from './sys.js';
import { tupleOf } from './values.js';

const s_match = ID('match');
const s_registry = ID('__warningregistry__');
const s_name = ID('__name__');
const s_version = ID('version');
const s_warnings = ID('warnings');

/** Owned: the initial filters, the registry of "once", the default action. */
const filters_word = rootWord('the filters of _warnings');
const once_word = rootWord('the once registry of _warnings');
const default_word = rootWord('the default action of _warnings');
/** Grows with every change of the filters. */
const filters_version = staticWord();

const none = () => newref(Py_None);

/** warnings.NAME if the module has been imported: a new reference, or NULL (with an exception only if looking failed). */
function fromWarnings(name: string, tryImport = false): Obj {
  let m: Obj;
  if (tryImport && H32[finalizing] === 0) m = port.importModule('warnings');
  else m = PyImport_GetModule(idObj(s_warnings));
  if (m === 0) {
    PyErr_Clear();
    return NULL;
  }
  const s = PyUnicode_FromString(name);
  const v = s === 0 ? NULL : PyObject_GetOptionalAttr(m, s);
  xdecref(s);
  decref(m);
  return v;
}

function currentFilters(): Obj {
  const f = fromWarnings('filters');
  if (f !== 0) return f;
  return PyErr_Occurred() !== 0 ? NULL : newref(H32[filters_word] as Obj);
}

/** Whether a filter's text or pattern accepts `text` (None accepts all): 1, 0, or -1. */
function accepts(pattern: Obj, text: Obj): number {
  if (pattern === Py_None) return 1;
  if (PyUnicode_Check(pattern)) return asString(pattern) === asString(text) ? 1 : 0;
  const r = PyObject_CallMethodOneArg(pattern, idObj(s_match), text);
  if (r === 0) return -1;
  const truth = PyObject_IsTrue(r);
  decref(r);
  return truth;
}

/** The action for a warning, or null with an exception. */
function findAction(category: Obj, text: Obj, lineno: number, module: Obj): string | null {
  const filters = currentFilters();
  if (filters === 0) return null;
  if (!PyList_Check(filters)) {
    decref(filters);
    PyErr_SetString(PyExc_ValueError, 'warnings.filters must be a list');
    return null;
  }
  for (let i = 0; i < PyList_GET_SIZE(filters); i++) {
    const entry = newref(PyList_GET_ITEM(filters, i));
    let found: string | null | undefined;
    if (!PyTuple_Check(entry) || PyTuple_GET_SIZE(entry) !== 5) {
      PyErr_SetString(PyExc_ValueError, `warnings.filters item ${i} isn't a 5-tuple`);
      found = null;
    } else {
      const [action, msg, cat, mod, ln] = [0, 1, 2, 3, 4].map((k) => PyTuple_GET_ITEM(entry, k));
      if (!PyUnicode_Check(action)) {
        PyErr_SetString(PyExc_TypeError, `action must be a string, not '${typeName(action)}'`);
        found = null;
      } else {
        const good = accepts(msg, text);
        const sub = good > 0 ? PyObject_IsSubclass(category, cat) : good;
        const inModule = sub > 0 ? accepts(mod, module) : sub;
        if (inModule < 0) found = null;
        else if (inModule > 0) {
          const line = PyLong_Check(ln) ? asSafeInteger(ln) : 0;
          if (line === 0 || line === lineno) found = asString(action);
        }
      }
    }
    decref(entry);
    if (found !== undefined) {
      decref(filters);
      return found;
    }
  }
  decref(filters);
  const dflt = fromWarnings('defaultaction');
  if (dflt === 0) return PyErr_Occurred() !== 0 ? null : asString(H32[default_word] as Obj);
  const text2 = PyUnicode_Check(dflt) ? asString(dflt) : null;
  if (text2 === null)
    PyErr_SetString(PyExc_TypeError, `warnings.defaultaction must be a string, not '${typeName(dflt)}'`);
  decref(dflt);
  return text2;
}

/** Whether `key` is in the registry already; enters it if `set`: 1, 0, or -1. */
function alreadyWarned(registry: Obj, key: Obj, set: boolean): number {
  const version = PyDict_GetItemWithError(registry, idObj(s_version));
  if (version === 0 && PyErr_Occurred() !== 0) return -1;
  if (version === 0 || !PyLong_Check(version) || asSafeInteger(version) !== H32[filters_version]) {
    PyDict_Clear(registry);
    const v = PyLong_FromLong(H32[filters_version]);
    const r = v === 0 ? -1 : PyDict_SetItem(registry, idObj(s_version), v);
    xdecref(v);
    if (r < 0) return -1;
  } else {
    const seen = PyDict_GetItemWithError(registry, key);
    if (seen === 0 && PyErr_Occurred() !== 0) return -1;
    if (seen !== 0) {
      const truth = PyObject_IsTrue(seen);
      if (truth !== 0) return truth;
    }
  }
  if (!set) return 0;
  const one = PyLong_FromLong(1);
  const r = one === 0 ? -1 : PyDict_SetItem(registry, key, one);
  xdecref(one);
  return r;
}

/** file:line: Category: text, when the library's printer is not there. */
function showPlain(filename: Obj, lineno: number, category: Obj, text: Obj): void {
  const name = PyObject_GetAttr(category, idObj(s_name));
  if (name === 0) {
    PyErr_Clear();
    return;
  }
  writeStderr(`${asString(filename)}:${lineno}: ${asString(name)}: ${asString(text)}\n`);
  decref(name);
}

function show(category: Obj, text: Obj, message: Obj, filename: Obj, lineno: number, source: Obj): number {
  const f = fromWarnings('_showwarnmsg', source !== 0);
  if (f === 0) {
    if (PyErr_Occurred() !== 0) return -1;
    showPlain(filename, lineno, category, text);
    return 0;
  }
  const cls = fromWarnings('WarningMessage');
  if (cls === 0) {
    decref(f);
    return errMinus1(PyExc_RuntimeError, 'unable to get warnings.WarningMessage');
  }
  const args = tupleOf([
    newref(message),
    newref(category),
    newref(filename),
    PyLong_FromLong(lineno),
    none(),
    none(),
    newref(source === 0 ? Py_None : source),
  ]);
  const msg = args === 0 ? NULL : PyObject_Call(cls, args, NULL);
  xdecref(args);
  decref(cls);
  const r = msg === 0 ? NULL : PyObject_CallOneArg(f, msg);
  xdecref(msg);
  decref(f);
  if (r === 0) return -1;
  decref(r);
  return 0;
}

/** Issues a warning at a place. All borrowed; registry and source may be NULL.  0, or -1 with an exception. */
export function warnExplicit(
  category: Obj,
  given: Obj,
  filename: Obj,
  lineno: number,
  module: Obj,
  registry: Obj,
  source: Obj,
): number {
  if (module === Py_None) return 0;
  if (registry !== 0 && registry !== Py_None && !PyDict_Check(registry))
    return errMinus1(PyExc_TypeError, "'registry' must be a dict or None");
  if (registry === Py_None) registry = NULL;
  const isInstance = PyObject_IsInstance(given, PyExc_Warning);
  if (isInstance < 0) return -1;
  let text: Obj;
  let message: Obj;
  if (isInstance) {
    text = PyObject_Str(given);
    if (text === 0) return -1;
    message = newref(given);
    category = Py_TYPE(given);
  } else {
    text = newref(given);
    message = PyObject_CallOneArg(category, given);
    if (message === 0) {
      decref(text);
      return -1;
    }
  }
  const r = decide(category, text, message, filename, lineno, module, registry, source);
  decref(text);
  decref(message);
  return r;
}

function decide(
  category: Obj,
  text: Obj,
  message: Obj,
  filename: Obj,
  lineno: number,
  module: Obj,
  registry: Obj,
  source: Obj,
): number {
  const key = tupleOf([newref(text), newref(category), PyLong_FromLong(lineno)]);
  if (key === 0) return -1;
  const done = (r: number): number => {
    decref(key);
    return r;
  };
  if (registry !== 0) {
    const warned = alreadyWarned(registry, key, false);
    if (warned !== 0) return done(warned < 0 ? -1 : 0);
  }
  const action = PyUnicode_Check(text) ? findAction(category, text, lineno, module) : 'default';
  if (action === null) return done(-1);
  if (action === 'error') {
    PyErr_SetObject(category, message);
    return done(-1);
  }
  if (action === 'ignore') return done(0);
  let already = 0;
  if (action === 'once') {
    let once = fromWarnings('onceregistry');
    if (once === 0) {
      if (PyErr_Occurred() !== 0) return done(-1);
      once = newref(H32[once_word] as Obj);
    }
    already = updateRegistry(once, text, category, NULL);
    decref(once);
  } else if (action === 'module') already = registry === 0 ? 0 : updateRegistry(registry, text, category, NULL);
  else if (action === 'default') already = registry === 0 ? 0 : alreadyWarned(registry, key, true);
  else if (action !== 'always' && action !== 'all') {
    PyErr_SetString(PyExc_RuntimeError, `Unrecognized action ('${action}') in warnings.filters:\n ${action}`);
    return done(-1);
  }
  if (already < 0) return done(-1);
  return done(already ? 0 : show(category, text, message, filename, lineno, source));
}

function updateRegistry(registry: Obj, text: Obj, category: Obj, zero: Obj): number {
  const key = tupleOf(zero === 0 ? [newref(text), newref(category)] : [newref(text), newref(category), newref(zero)]);
  if (key === 0) return -1;
  const r = alreadyWarned(registry, key, true);
  decref(key);
  return r;
}

/** Frames of the import system are not where a warning comes from. */
function isInternal(frame: number): boolean {
  const name = asString(H32[(frameCode(frame) + co_filename) >> 2] as Obj);
  return name.includes('importlib') && name.includes('_bootstrap');
}

function skipped(frame: number, prefixes: readonly string[]): boolean {
  const name = asString(H32[(frameCode(frame) + co_filename) >> 2] as Obj);
  return prefixes.some((p) => name.startsWith(p));
}

const up = (frame: number): number => firstComplete(H32[(frame + F_PREVIOUS) >> 2]);

/** The frame that a stack level means: 1 is the innermost. */
function frameAtLevel(level: number, prefixes: readonly string[]): number {
  let f = firstComplete(H32[cur_frame]);
  if (level <= 0 || f === 0 || isInternal(f)) {
    for (let n = level; --n > 0 && f !== 0; ) f = up(f);
    return f;
  }
  for (let n = level; --n > 0 && f !== 0; ) {
    do f = up(f);
    while (f !== 0 && (isInternal(f) || skipped(f, prefixes)));
  }
  return f;
}

/** warnings.warn: 0, or -1. */
function doWarn(message: Obj, category: Obj, level: number, source: Obj, prefixes: readonly string[]): number {
  const f = frameAtLevel(level, prefixes);
  let globals: Obj;
  let filename: Obj;
  let lineno: number;
  if (f === 0) {
    globals = H32[sys_dict] as Obj;
    // The interpreter is being taken down: nobody is left to be warned.
    if (globals === 0) return 0;
    filename = PyUnicode_FromString('<sys>');
    lineno = 0;
  } else {
    globals = H32[(f + F_GLOBALS) >> 2] as Obj;
    const code = frameCode(f);
    filename = newref(H32[(code + co_filename) >> 2] as Obj);
    lineno = lineOfUnit(code, frameUnit(f));
  }
  let registry = PyDict_GetItemWithError(globals, idObj(s_registry));
  if (registry !== 0) incref(registry);
  else {
    registry = PyErr_Occurred() !== 0 ? NULL : PyDict_New();
    if (registry === 0 || PyDict_SetItem(globals, idObj(s_registry), registry) < 0) {
      decref(filename);
      xdecref(registry);
      return -1;
    }
  }
  let module = PyDict_GetItemWithError(globals, idObj(s_name));
  module =
    module !== 0 && (module === Py_None || PyUnicode_Check(module)) ? newref(module) : PyUnicode_FromString('<string>');
  const r = module === 0 ? -1 : warnExplicit(category, message, filename, lineno, module, registry, source);
  xdecref(module);
  decref(registry);
  decref(filename);
  return r;
}

/** The category to use: borrowed, or NULL with TypeError. */
function categoryOf(message: Obj, category: Obj): Obj {
  const is = PyObject_IsInstance(message, PyExc_Warning);
  if (is < 0) return NULL;
  const c = is ? Py_TYPE(message) : category === 0 || category === Py_None ? PyExc_UserWarning : category;
  const ok = PyType_Check(c) ? PyObject_IsSubclass(c, PyExc_Warning) : 0;
  if (ok < 0) return NULL;
  if (ok) return c;
  if (!PyType_Check(c))
    return PyErr_SetString(PyExc_TypeError, `category must be a Warning subclass, not '${typeName(c)}'`);
  return PyErr_SetString(PyExc_TypeError, `category must be a Warning subclass, not class '${nameOfType(c)}'`);
}

function warn(_m: Obj, message: Obj, category: Obj, level: number, source: Obj, prefixes: Obj): Obj {
  const c = categoryOf(message, category);
  if (c === 0) return NULL;
  const list: string[] = [];
  if (prefixes !== 0) {
    if (!PyTuple_Check(prefixes))
      return PyErr_SetString(
        PyExc_TypeError,
        `warn() argument 'skip_file_prefixes' must be tuple, not ${typeName(prefixes)}`,
      );
    for (let i = 0; i < PyTuple_GET_SIZE(prefixes); i++) {
      const p = PyTuple_GET_ITEM(prefixes, i);
      if (!PyUnicode_Check(p))
        return PyErr_SetString(PyExc_TypeError, `Found non-str '${typeName(p)}' in skip_file_prefixes.`);
      list.push(asString(p));
    }
  }
  const at = list.length > 0 && level < 2 ? 2 : level;
  return doWarn(message, c, at, source === Py_None ? NULL : source, list) < 0 ? NULL : none();
}

function warn_explicit(
  _m: Obj,
  message: Obj,
  category: Obj,
  filename: Obj,
  lineno: number,
  module: Obj,
  registry: Obj,
  moduleGlobals: Obj,
  source: Obj,
): Obj {
  if (moduleGlobals !== Py_None && !PyDict_Check(moduleGlobals)) {
    return PyErr_SetString(PyExc_TypeError, `module_globals must be a dict, not '${typeName(moduleGlobals)}'`);
  }
  const c = categoryOf(message, category);
  if (c === 0) return NULL;
  let m = module;
  if (m === 0) {
    const f = asString(filename);
    m = PyUnicode_FromString(f === '' ? '<unknown>' : f.endsWith('.py') ? f.slice(0, -3) : f);
    if (m === 0) return NULL;
  } else incref(m);
  const r = warnExplicit(c, message, filename, lineno, m, registry, source === Py_None ? NULL : source);
  decref(m);
  return r < 0 ? NULL : none();
}

/** PyErr_WarnEx for native code. */
port.warn = (category, message, level) => {
  const s = PyUnicode_FromString(message);
  if (s === 0) return -1;
  const r = doWarn(s, category === 0 ? PyExc_Warning : category, level, NULL, []);
  decref(s);
  return r;
};

/** The filters that CPython starts with; a debug build shows everything. */
function initialFilters(): Obj {
  const list = PyList_New(0);
  if (list === 0 || Py_DEBUG) return list;
  const entries: [string, Obj, string | null][] = [
    ['default', PyExc_DeprecationWarning, '__main__'],
    ['ignore', PyExc_DeprecationWarning, null],
    ['ignore', PyExc_PendingDeprecationWarning, null],
    ['ignore', PyExc_ImportWarning, null],
    ['ignore', PyExc_ResourceWarning, null],
  ];
  for (const [action, category, module] of entries) {
    const t = tupleOf([
      PyUnicode_FromString(action),
      none(),
      newref(category),
      module === null ? none() : PyUnicode_FromString(module),
      PyLong_FromLong(0),
    ]);
    if (t === 0 || PyList_Append(list, t) < 0) return NULL;
    decref(t);
  }
  return list;
}

defineModule({
  name: '_warnings',
  doc: '_warnings provides basic warning filtering support.\nIt is a helper module to speed up interpreter start-up.',
  functions: [
    method(
      'warn',
      '($module, /, message, category=None, stacklevel: ssize = 1, source=None, *, skip_file_prefixes=())',
      warn,
      'Issue a warning, or maybe ignore it or raise an exception.',
    ),
    method(
      'warn_explicit',
      '($module, /, message, category, filename: str, lineno: int, module=<unrepresentable>, registry=None, module_globals=None, source=None)',
      warn_explicit,
      'Issue a warning, or maybe ignore it or raise an exception.',
    ),
    method('_filters_mutated_lock_held', '($module, /)', () => {
      H32[filters_version]++;
      return none();
    }),
    method('_acquire_lock', '($module, /)', none),
    method('_release_lock', '($module, /)', none),
  ],
  exec: (m) => {
    if (H32[filters_word] === 0) {
      setOwned(filters_word, initialFilters());
      setOwned(once_word, PyDict_New());
      setOwned(default_word, PyUnicode_FromString('default'));
    }
    if (H32[filters_word] === 0 || H32[once_word] === 0 || H32[default_word] === 0) return -1;
    if (
      PyModule_AddObjectRef(m, 'filters', H32[filters_word] as Obj) < 0 ||
      PyModule_AddObjectRef(m, '_onceregistry', H32[once_word] as Obj) < 0
    )
      return -1;
    if (PyModule_AddObjectRef(m, '_defaultaction', H32[default_word] as Obj) < 0) return -1;
    const name = PyUnicode_FromString('_warnings_context');
    const context = name === 0 ? NULL : newContextVar(name, NULL);
    xdecref(name);
    const r = context === 0 ? -1 : PyModule_AddObjectRef(m, '_warnings_context', context);
    xdecref(context);
    return r;
  },
});

/** Gives the interpreter's own filters back at finalization. */
export function clearWarnings(): void {
  for (const w of [filters_word, once_word, default_word]) setOwned(w, NULL);
}
