// How does an interpreter end?
//
// Invariant: Python code that must run at the end (threading's shutdown, atexit, destructors) runs while the interpreter is whole; then modules, then
// what the interpreter itself owns, then types and singletons are given up, in the reverse of the order in which they came.  In the builds that count,
// what the books show afterwards is a leak.

import { setCodecChecks } from '../types/codec.js';
import type { PyConfig } from '../config/pyconfig.js';
import { host } from '../config/host_interface.js';
import { PyMem_RawFree } from '../memory/alloc.js';
import { H32 } from '../memory/linear.js';
import { _Py_GetGlobalAllocatedBlocks, _PyObject_DebugMallocStats } from '../memory/stats.js';
import { finiBytes } from '../object/bytes.js';
import { nativeStackBase, PyObject_CallMethodNoArgs } from '../object/call.js';
import { dictKey, dictValue, PyDict_Check, PyDict_Clear, PyDict_Next, PyDict_SetItem } from '../object/dict.js';
import { PyErr_Clear, PyErr_WriteUnraisable, typeName } from '../object/errors.js';
import { _PyGC_CollectNoFail, finiGC } from '../object/gc.js';
import { stopTraces } from '../object/traces.js';
import { _PyGC_DumpShutdownStats } from '../modules/gc.js';
import { _ob_next, ob_refcnt } from '../object/head.js';
import {
  countedEmptyStrings,
  countedEmptyTuples,
  countedNegativeInts,
  countedOneStrings,
  countedSmallInts,
  decref,
  newref,
  Py_REFCNT,
  Py_TYPE,
  RefTotal,
  refchain,
  xdecref,
} from '../object/header.js';
import { finiIdentifiers, ID, idObj } from '../object/identifiers.js';
import { finiLongs } from '../object/long.js';
import { PyModule_Check, PyModule_GetDict } from '../object/module_storage.js';
import { PyObject_GetAttr, PyObject_IsTrue, PyObject_Repr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { clearRootWords } from '../object/root_words.js';
import { emptyTuple, Py_Ellipsis, Py_None, Py_NotImplemented } from '../object/statics.js';
import { finiStaticTypes } from '../object/type_fini.js';
import { specOf } from '../object/type_ready.js';
import { tp_name } from '../object/type_layout.js';
import { PyType_ClearCache } from '../object/type_lookup.js';
import { asString, finiUnicode, PyUnicode_Check } from '../object/unicode.js';
import { finiIntern } from '../object/unicode_intern.js';
import { finiCodecs } from '../types/codec_registry.js';
import { clearContexts } from '../types/context.js';
import { finiExceptions } from '../types/exceptions.js';
import { finiFrames } from '../types/iframe.js';
import { asyncgen_finalizer, asyncgen_firstiter } from '../types/asyncgen_hooks.js';
import { allocCounts, clearAuditHooks, flushFile } from '../modules/sys.js';
import { clearWarnings } from '../modules/_warnings.js';
import { PyImport_GetModule } from '../vm/import.js';
import { importlib_word } from '../vm/import_state.js';
import { builtins_dict, setInitialBuiltins } from '../vm/interpreter.js';
import { finiMonitoringObjects } from '../vm/monitoring_objects.js';
import { finiMonitoring } from '../vm/monitoring_state.js';
import { finalizing, PySys_GetObject, PySys_SetObject, setOwned, sys_dict, sys_modules } from '../vm/sys_state.js';

const s_threading = ID('threading');
const s_shutdown = ID('_shutdown');
const s_atexit = ID('atexit');
const s_run_exitfuncs = ID('_run_exitfuncs');

/** Calls module.method() if the module has been imported; an error is reported and forgotten. */
function callIfImported(module: number, method: number): void {
  const m = PyImport_GetModule(idObj(module));
  if (m === 0) {
    PyErr_Clear();
    return;
  }
  const r = PyObject_CallMethodNoArgs(m, idObj(method));
  if (r === 0) PyErr_WriteUnraisable(m, 'in finalization');
  else decref(r);
  decref(m);
}

const s_closed = ID('closed');

/** Whether a standard stream is open, as far as it tells. */
function isOpen(name: string): boolean {
  const file = PySys_GetObject(name);
  if (file === 0 || file === Py_None) return false;
  const closed = PyObject_GetAttr(file, idObj(s_closed));
  const truth = closed === 0 ? -1 : PyObject_IsTrue(closed);
  xdecref(closed);
  if (truth < 0) PyErr_Clear();
  return truth !== 1;
}

/** Flushes sys.stdout and sys.stderr where they are open: 0, or -1 if one of them could not be. */
export function flushStandardStreams(): number {
  let status = 0;
  if (isOpen('stdout') && flushFile('stdout') < 0) {
    PyErr_WriteUnraisable(NULL, 'flushing sys.stdout');
    status = -1;
  }
  if (isOpen('stderr') && flushFile('stderr') < 0) {
    PyErr_Clear();
    status = -1;
  }
  return status;
}

/** Names of sys that hold what users and the shell left there. */
const SYS_DELETES = [
  'path',
  'argv',
  'ps1',
  'ps2',
  'last_exc',
  'last_type',
  'last_value',
  'last_traceback',
  'path_hooks',
  'path_importer_cache',
  'meta_path',
  '__interactivehook__',
];
const SYS_FILES = [
  ['stdin', '__stdin__'],
  ['stdout', '__stdout__'],
  ['stderr', '__stderr__'],
] as const;

/** Sets the values of a module's dictionary to None: first names with one underscore, then all but `__builtins__`. */
function clearModuleDict(dict: Obj): void {
  for (const pass of [0, 1]) {
    let pos = 0;
    while ((pos = PyDict_Next(dict, pos)) !== 0) {
      const key = dictKey;
      if (dictValue === Py_None || !PyUnicode_Check(key)) continue;
      const name = asString(key);
      const wanted =
        pass === 0
          ? name.startsWith('_') && !name.startsWith('__')
          : !(name.startsWith('_') && !name.startsWith('__')) && name !== '__builtins__';
      if (wanted && PyDict_SetItem(dict, key, Py_None) < 0) PyErr_Clear();
    }
  }
}

/** Gives up all modules: sys and builtins last (finalize_modules). */
function finalizeModules(): void {
  const modules = H32[sys_modules] as Obj;
  if (modules === 0) return;
  if (PySys_SetObject('_', Py_None) < 0) PyErr_Clear();
  for (const name of SYS_DELETES) if (PySys_GetObject(name) !== 0 && PySys_SetObject(name, Py_None) < 0) PyErr_Clear();
  for (const [name, orig] of SYS_FILES) {
    const v = PySys_GetObject(orig);
    if (PySys_SetObject(name, v === 0 ? Py_None : v) < 0) PyErr_Clear();
  }
  // What stays alive after sys.modules has forgotten it gets its dictionary cleared.
  const kept: Obj[] = [];
  let pos = 0;
  while (PyDict_Check(modules) && (pos = PyDict_Next(modules, pos)) !== 0)
    if (PyModule_Check(dictValue)) kept.push(newref(dictValue));
  PyDict_Clear(modules);
  const sysDict = H32[sys_dict] as Obj;
  const builtins = H32[builtins_dict] as Obj;
  const waiting: Obj[] = [];
  for (const m of kept) {
    if (Py_REFCNT(m) === 1) {
      decref(m);
      continue;
    }
    waiting.push(m);
  }
  _PyGC_CollectNoFail();
  // Before the warnings go.
  _PyGC_DumpShutdownStats((text) => host.writeError(text));
  for (let i = waiting.length - 1; i >= 0; i--) {
    const m = waiting[i];
    const dict = PyModule_GetDict(m);
    if (dict !== 0 && dict !== sysDict && dict !== builtins && Py_REFCNT(m) > 1) {
      newref(dict);
      clearModuleDict(dict);
      decref(dict);
    }
    decref(m);
  }
  _PyGC_CollectNoFail();
  if (sysDict !== 0) clearModuleDict(sysDict);
  setOwned(importlib_word, NULL);
  if (builtins !== 0) clearModuleDict(builtins);
  _PyGC_CollectNoFail();
}

/** The live objects, one line each (Py_TRACE_REFS); `withRepr` while Python code can still run. */
function dumpRefs(write: (text: string) => void, withRepr: boolean): void {
  write(withRepr ? 'Remaining objects:\n' : 'Remaining object addresses:\n');
  let o = H32[(refchain + _ob_next) >> 2] as Obj;
  while (o !== refchain && o !== 0) {
    if (!withRepr) {
      // Nothing can be trusted but the words themselves: the names of static types are in their declarations.
      write(`0x${o.toString(16)} [${H32[(o + ob_refcnt) >> 2]}] ${nameAfterwards(Py_TYPE(o))}\n`);
      o = H32[(o + _ob_next) >> 2] as Obj;
      continue;
    }
    newref(o);
    let text: string;
    {
      const r = PyObject_Repr(o);
      if (r === 0) {
        PyErr_Clear();
        text = `<${typeName(o)}>`;
      } else {
        text = asString(r);
        decref(r);
      }
    }
    write(`0x${o.toString(16)} [${H32[(o + ob_refcnt) >> 2] - 1}] ${text}\n`);
    const next = H32[(o + _ob_next) >> 2] as Obj;
    decref(o);
    o = next;
  }
}

/** How often shared objects were handed out, as Python 2.7 and 3.8 print it.  No tuple comes from a free list: there is none. */
function sharedCounts(): string {
  return (
    `fast tuple allocs: 0, empty: ${H32[countedEmptyTuples]}\n` +
    `pos int: ${H32[countedSmallInts]}, neg: ${H32[countedNegativeInts]}\n` +
    `null strings: ${H32[countedEmptyStrings]}, 1-strings: ${H32[countedOneStrings]}\n`
  );
}

/** A type's name when the types have been taken down. */
function nameAfterwards(type: Obj): string {
  const declared = specOf(type)?.name;
  if (declared !== undefined) return declared;
  const name = H32[(type + tp_name) >> 2] as Obj;
  return name === 0 ? '?' : asString(name);
}

/** Where PYTHONDUMPREFS goes: standard error, or a file. */
function refsWriter(c: PyConfig): ((text: string) => void) | null {
  if (c.dump_refs_file !== null) {
    const fd = host.open(c.dump_refs_file, 0o1 | 0o100 | 0o1000, 0o666);
    if (fd < 0) return null;
    return (text) => {
      const bytes = new TextEncoder().encode(text);
      host.write(fd, bytes, 0, bytes.length);
    };
  }
  return c.dump_refs ? (text) => host.writeError(text) : null;
}

/** Gives up what the interpreter owns besides modules. */
function clearInterpreter(): void {
  clearAuditHooks();
  clearWarnings();
  clearContexts();
  finiMonitoring();
  finiMonitoringObjects();
  finiCodecs();
  setOwned(asyncgen_firstiter, NULL);
  setOwned(asyncgen_finalizer, NULL);
  setInitialBuiltins(NULL);
  setOwned(sys_dict, NULL);
  setOwned(sys_modules, NULL);
  clearRootWords();
  _PyGC_CollectNoFail();
}

/** Takes types and singletons down. */
function clearObjects(): void {
  stopTraces();
  PyType_ClearCache();
  finiStaticTypes();
  finiIdentifiers();
  finiExceptions();
  finiGC();
  finiFrames();
  finiIntern();
  finiBytes();
  finiUnicode();
  finiLongs();
  for (const o of [Py_None, Py_NotImplemented, Py_Ellipsis, emptyTuple]) {
    H32[(o + ob_refcnt) >> 2]--;
    if (Py_REF_DEBUG) H32[RefTotal]--;
  }
  PyMem_RawFree(nativeStackBase());
}

/** Py_FinalizeEx: 0, or -1 if the standard streams could not be flushed. */
export function finalize(c: PyConfig): number {
  callIfImported(s_threading, s_shutdown);
  callIfImported(s_atexit, s_run_exitfuncs);
  let status = flushStandardStreams();
  H32[finalizing] = 1;
  setCodecChecks(false);
  const writer = Py_TRACE_REFS ? refsWriter(c) : null;
  _PyGC_CollectNoFail();
  finalizeModules();
  if (flushStandardStreams() < 0) status = -1;
  if (writer !== null) dumpRefs(writer, true);
  const counts = COUNT_ALLOCS && c.show_alloc_count ? allocCounts() : null;
  clearInterpreter();
  PyErr_Clear();
  H32[finalizing] = 2;
  clearObjects();
  if (writer !== null) dumpRefs(writer, false);
  if (counts !== null) {
    for (const [name, allocs, frees, max] of counts)
      host.writeError(`${name} alloc'd: ${allocs}, freed: ${frees}, max in use: ${max}\n`);
    host.writeError(sharedCounts());
  }
  if (Py_REF_DEBUG && c.show_ref_count === true)
    host.writeError(`[${H32[RefTotal]} refs, ${_Py_GetGlobalAllocatedBlocks()} blocks]\n`);
  if (WITH_PYMALLOC && c.malloc_stats) host.writeError(_PyObject_DebugMallocStats());
  return status;
}
