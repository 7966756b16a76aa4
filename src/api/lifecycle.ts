// How does an interpreter begin and end?
//
// Invariant: after `initialize` returns true, Python code can run: sys, builtins, importlib, the standard streams and (unless told otherwise)
// site are there.  `finalize` leaves nothing behind: in the builds that count, what is left in the books afterwards is a leak.

import { setCodecChecks } from '../types/codec.js';
import type { PyConfig } from '../config/pyconfig.js';
import { host } from '../config/host_interface.js';
import { H32 } from '../memory/linear.js';
import { PyObject_CallMethodNoArgs, PyObject_CallMethodObjArgs } from '../object/call.js';
import { PyDict_SetItemString } from '../object/dict.js';
import { PyErr_Clear, PyErr_GetRaisedException } from '../object/errors.js';
import { decref, newref, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { execModuleSpec, moduleFromSpec, PyModule_AddObjectRef, PyModule_GetDict } from '../object/module_storage.js';
import { moduleSpecs } from '../object/declare.js';
import { PyList_Insert } from '../object/list.js';
import { PyObject_GetAttr, PyObject_SetAttrString } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_False, Py_None, Py_True } from '../object/statics.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { PyDict_New } from '../object/dict.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyFile_NewStdPrinter } from '../types/stdprinter.js';
import { setColumnsKept } from '../types/code_build.js';
import { setBytesWarningLevel } from '../types/bytes_warning.js';
import { int_max_str_digits } from '../types/int_text.js';
import { setHashSeed } from '../object/string_hash.js';
import { loadFrozenTable } from '../modules/frozen.js';
import { importFrozen } from '../modules/_imp.js';
import { makeBuiltinModule } from '../object/module_storage.js';
import { initSignals } from '../modules/_signal.js';
import { displayException } from '../modules/sys.js';
import { PyImport_ImportModule } from '../vm/import.js';
import { importlib_word } from '../vm/import_state.js';
import { setInitialBuiltins } from '../vm/interpreter.js';
import { initObjects } from '../vm/startup.js';
import { printStatsOnNewArena } from '../memory/stats.js';
import { startTraces } from '../object/traces.js';
import { PySys_GetObject, PySys_SetObject, setConfig, sys_dict, sys_modules } from '../vm/sys_state.js';
import '../ledger/index.js';
import '../modules/index.js';

import { PyObject_Call } from '../object/call.js';
import { PyTuple_New } from '../object/tuple.js';
import { newModuleInSys } from '../vm/modules_dict.js';

const s_install = ID('_install');
const s_install_external = ID('_install_external_importers');

function bootModule(name: string): Obj {
  const spec = moduleSpecs.get(name);
  if (spec === undefined) throw new Error(`the module ${name} is not declared`);
  const m = moduleFromSpec(spec);
  if (m === 0) return NULL;
  if (PyDict_SetItemString(H32[sys_modules] as Obj, name, m) < 0) return NULL;
  if (name === 'sys') H32[sys_dict] = newref(PyModule_GetDict(m));
  return execModuleSpec(m, spec) < 0 ? NULL : m;
}

/** importlib's two halves, from their frozen code. */
function initImport(sys: Obj): boolean {
  const imp = makeBuiltinModule('_imp');
  if (imp === 0) return false;
  const bootstrap = importFrozen('_frozen_importlib', false);
  if (bootstrap === 0) return false;
  H32[importlib_word] = newref(bootstrap);
  let r = PyObject_CallMethodObjArgs(bootstrap, idObj(s_install), sys, imp);
  decref(imp);
  if (r !== 0) {
    decref(r);
    r = PyObject_CallMethodNoArgs(bootstrap, idObj(s_install_external));
  }
  decref(bootstrap);
  xdecref(r);
  return r !== 0 && initZipImport();
}

/** Archives are asked first whether a path is theirs (sys.path_hooks). */
function initZipImport(): boolean {
  const zipimport = PyImport_ImportModule('zipimport');
  const importer = zipimport === 0 ? NULL : PyObject_GetAttrText(zipimport, 'zipimporter');
  xdecref(zipimport);
  if (importer === 0) return false;
  const hooks = PySys_GetObject('path_hooks');
  const ok = hooks !== 0 && PyList_Insert(hooks, 0, importer) === 0;
  decref(importer);
  return ok;
}

/** One of sys.stdin, sys.stdout, sys.stderr: a new reference (None when the descriptor is closed), or NULL. */
function openStream(c: PyConfig, io: Obj, fd: number, name: string, writing: boolean): Obj {
  const st = host.fstat(fd);
  if (typeof st === 'number') return newref(Py_None);
  const call = (f: string, args: Record<string, Obj>): Obj => callKeywords(io, f, args);
  const buffering = !c.buffered_stdio && writing ? 0 : -1;
  const mode = writing ? 'wb' : 'rb';
  const buf = call('open', {
    file: PyLong_FromLong(fd),
    mode: PyUnicode_FromString(mode),
    buffering: PyLong_FromLong(buffering),
    closefd: newref(Py_False),
  });
  if (buf === 0) return NULL;
  let raw = newref(buf);
  if (buffering !== 0) {
    decref(raw);
    raw = PyObject_GetAttrText(buf, 'raw');
    if (raw === 0) return NULL;
  }
  const label = PyUnicode_FromString(`<${name}>`);
  if (PyObject_SetAttrString(raw, 'name', label) < 0) PyErr_Clear();
  xdecref(label);
  decref(raw);
  const tty = host.isatty(fd);
  const errors = fd === 2 ? 'backslashreplace' : (c.stdio_errors ?? (c.utf8_mode ? 'surrogateescape' : 'strict'));
  const stream = call('TextIOWrapper', {
    buffer: buf,
    encoding: PyUnicode_FromString(c.stdio_encoding ?? 'utf-8'),
    errors: PyUnicode_FromString(errors),
    newline: PyUnicode_FromString('\n'),
    line_buffering: newref(tty || fd === 2 ? Py_True : Py_False),
    write_through: newref(!c.buffered_stdio && writing ? Py_True : Py_False),
  });
  if (stream === 0) return NULL;
  const modeText = PyUnicode_FromString(writing ? 'w' : 'r');
  if (modeText !== 0) {
    if (PyObject_SetAttrString(stream, 'mode', modeText) < 0) PyErr_Clear();
    decref(modeText);
  }
  return stream;
}

function PyObject_GetAttrText(o: Obj, name: string): Obj {
  const s = PyUnicode_FromString(name);
  if (s === 0) return NULL;
  const r = PyObject_GetAttr(o, s);
  decref(s);
  return r;
}

/** module.f(**args): a new reference or NULL; the values are stolen. */
function callKeywords(module: Obj, f: string, args: Record<string, Obj>): Obj {
  const fn = PyObject_GetAttrText(module, f);
  const kw = fn === 0 ? NULL : PyDict_New();
  let ok = kw !== 0;
  for (const [name, value] of Object.entries(args)) {
    ok = ok && value !== 0 && PyDict_SetItemString(kw, name, value) === 0;
    xdecref(value);
  }
  const none = ok ? PyTuple_New(0) : NULL;
  const r = none === 0 ? NULL : PyObject_Call(fn, none, kw);
  xdecref(none);
  xdecref(kw);
  xdecref(fn);
  return r;
}

function initStreams(c: PyConfig): boolean {
  const encodings = PyImport_ImportModule('encodings');
  if (encodings === 0) return false;
  decref(encodings);
  const io = PyImport_ImportModule('io');
  if (io === 0) return false;
  let ok = true;
  for (const [fd, name, writing] of [
    [0, 'stdin', false],
    [1, 'stdout', true],
    [2, 'stderr', true],
  ] as const) {
    const stream = openStream(c, io, fd, name, writing);
    ok = ok && stream !== 0 && PySys_SetObject(`__${name}__`, stream) === 0 && PySys_SetObject(name, stream) === 0;
    xdecref(stream);
  }
  const open = ok ? PyObject_GetAttrText(io, 'open') : NULL;
  const builtins = open === 0 ? NULL : PyImport_ImportModule('builtins');
  ok = builtins !== 0 && PyModule_AddObjectRef(builtins, 'open', open) === 0;
  xdecref(open);
  xdecref(builtins);
  decref(io);
  return ok;
}

function readWhole(path: string): Uint8Array {
  const bytes = host.readFile(path);
  if (typeof bytes === 'number') throw new Error(`${path} is missing: the installation is incomplete (npm run build)`);
  return bytes;
}

/** `__main__`, with what it has from the start: a new reference, or NULL. */
function initMain(): Obj {
  const name = PyUnicode_FromString('__main__');
  if (name === 0) return NULL;
  const m = newMain(name);
  decref(name);
  if (m === 0) return NULL;
  const builtins = PyImport_ImportModule('builtins');
  const ok = builtins !== 0 && PyModule_AddObjectRef(m, '__builtins__', builtins) === 0;
  xdecref(builtins);
  const loader = ok ? builtinImporter() : NULL;
  if (loader === 0 || PyModule_AddObjectRef(m, '__loader__', loader) < 0) {
    xdecref(loader);
    decref(m);
    return NULL;
  }
  decref(loader);
  return m;
}

function newMain(name: Obj): Obj {
  return newModuleInSys(asString(name));
}

function builtinImporter(): Obj {
  return PyObject_GetAttrText(H32[importlib_word] as Obj, 'BuiltinImporter');
}

/** Brings an interpreter up: 'ok', or the stage that failed (with an exception set, where there can be one). */
export function initialize(c: PyConfig): 'ok' | string {
  setConfig(c);
  if (c.hash_seed !== null) setHashSeed(c.hash_seed);
  else {
    const seed = new Uint8Array(4);
    host.randomFill(seed, 0, 4);
    setHashSeed(new DataView(seed.buffer).getUint32(0) || 1);
  }
  if (WITH_PYMALLOC && c.malloc_stats) printStatsOnNewArena((text) => host.writeError(text));
  if (!initObjects()) return 'objects';
  if (c.tracemalloc > 0 && !startTraces(c.tracemalloc)) return 'tracemalloc';
  H32[int_max_str_digits] = c.int_max_str_digits;
  setBytesWarningLevel(c.bytes_warning);
  setColumnsKept(c.code_debug_ranges);
  loadFrozenTable(readWhole(`${c.prefix}/lib/frozen.bin`));
  const modules = PyDict_New();
  if (modules === 0) return 'sys.modules';
  H32[sys_modules] = modules;
  const sys = bootModule('sys');
  if (sys === 0) return 'sys';
  const builtins = bootModule('builtins');
  if (builtins === 0) return 'builtins';
  setInitialBuiltins(PyModule_GetDict(builtins));
  decref(builtins);
  // Until the io module is there.
  const early = PyFile_NewStdPrinter(2);
  const hasStderr = early !== 0 && PySys_SetObject('stderr', early) === 0;
  xdecref(early);
  const imported = hasStderr && initImport(sys);
  decref(sys);
  if (!imported) return 'importlib';
  if (initSignals(c.install_signal_handlers) < 0) return 'signals';
  if (!initStreams(c)) return 'the standard streams';
  // Before the streams there are no codecs to be asked.
  setCodecChecks(Py_DEBUG || c.dev_mode);
  const main = initMain();
  if (main === 0) return '__main__';
  decref(main);
  if (c.warnoptions.length > 0) {
    const w = PyImport_ImportModule('warnings');
    if (w === 0) return 'warnings';
    decref(w);
  }
  if (c.site_import) {
    const site = PyImport_ImportModule('site');
    if (site === 0) return 'site';
    decref(site);
  }
  return 'ok';
}

/** Reports a failed start as CPython does: the stage, then the exception. */
export function reportFailedStart(stage: string): void {
  host.writeError(`Fatal Python error: init_${stage.replaceAll(' ', '_')}: failed to initialize ${stage}\n`);
  const e = PyErr_GetRaisedException();
  if (e !== 0) {
    displayException(e);
    decref(e);
  }
}
