// How do tests run Python code without the import system?  Invariant: one object world per test file; `run` compiles and runs source with
// the given built-in modules as globals and answers what it has shown with `show(...)` (nomem(start, stop) makes allocations fail, in guarded builds); an exception becomes a JavaScript error.

import '../../src/modules/_weakref.js';
import '../../src/modules/builtins.js';
import '../../src/modules/gc.js';
import { setAllocationFailures } from '../../src/memory/alloc.js';
import { _Py_GetGlobalAllocatedBlocks } from '../../src/memory/stats.js';
import { H32 } from '../../src/memory/linear.js';
import { defineModule, fastcall, method } from '../../src/object/declare.js';
import { PyDict_New, PyDict_SetItemString } from '../../src/object/dict.js';
import { PyErr_GetRaisedException, typeName } from '../../src/object/errors.js';
import { decref, newref, RefTotal, xdecref } from '../../src/object/header.js';
import { PyLong_FromLong } from '../../src/object/long.js';
import { makeBuiltinModule, PyModule_GetDict } from '../../src/object/module_storage.js';
import { PyObject_GetAttrString, PyObject_Str } from '../../src/object/object.js';
import { port } from '../../src/object/ports.js';
import type { Obj } from '../../src/object/ptr.js';
import { rootWord } from '../../src/object/roots.js';
import { Py_None } from '../../src/object/statics.js';
import { asString, PyUnicode_FromString } from '../../src/object/unicode.js';
import { evalModuleCode } from '../../src/vm/call_python.js';
import { compileSource } from '../../src/vm/compile_source.js';
import { setInitialBuiltins } from '../../src/vm/interpreter.js';
import { initObjects } from '../../src/vm/startup.js';

let shown: string[] = [];

function str(o: Obj): string {
  const s = PyObject_Str(o);
  if (s === 0) throw new Error('str() failed');
  const text = asString(s);
  decref(s);
  return text;
}

function show(_module: Obj, args: number, nargs: number): Obj {
  shown.push(Array.from({ length: nargs }, (_, i) => str(H32[(args + 4 * i) >> 2] as Obj)).join(' '));
  return newref(Py_None);
}

defineModule({
  name: '_world',
  functions: [
    fastcall('show', null, show),
    method('nomem', '($module, start: int, stop: int, /)', (_module: Obj, from: number, to: number) => {
      setAllocationFailures(from, to);
      return newref(Py_None);
    }),
    method('refs', '($module, /)', () => PyLong_FromLong(H32[RefTotal])),
    method('blocks', '($module, /)', () => PyLong_FromLong(_Py_GetGlobalAllocatedBlocks())),
  ],
});

port.unraisable = (where) => {
  const e = PyErr_GetRaisedException();
  shown.push(`Exception ignored while ${where}: ${typeName(e)}: ${str(e)}`);
  decref(e);
};

/** What runs is known to the audit. */
const globalsWord = rootWord('the globals of the test');

let started = false;

function start(): void {
  if (started) return;
  started = true;
  if (!initObjects()) throw new Error('the object world does not come up');
  const builtins = makeBuiltinModule('builtins');
  setInitialBuiltins(PyModule_GetDict(builtins));
  decref(builtins);
}

/** Runs `source` with `modules` (and show, refs, blocks) as globals; answers the lines that it has shown. */
export function run(source: string, modules: readonly string[] = []): string[] {
  start();
  shown = [];
  const globals = PyDict_New();
  H32[globalsWord] = globals;
  for (const name of modules) {
    const m = makeBuiltinModule(name);
    PyDict_SetItemString(globals, name, m);
    xdecref(m);
  }
  const world = makeBuiltinModule('_world');
  for (const name of ['show', 'refs', 'blocks', 'nomem']) {
    const f = PyObject_GetAttrString(world, name);
    PyDict_SetItemString(globals, name, f);
    decref(f);
  }
  decref(world);
  const main = PyUnicode_FromString('__main__');
  PyDict_SetItemString(globals, '__name__', main);
  decref(main);
  const filename = PyUnicode_FromString('<test>');
  const code = compileSource(source, filename, 'exec', 0, -1);
  decref(filename);
  const result = code === 0 ? code : evalModuleCode(code, globals);
  let failure: string | null = null;
  if (result === 0) {
    const e = PyErr_GetRaisedException();
    failure = `${typeName(e)}: ${str(e)}`;
    decref(e);
  }
  xdecref(result);
  H32[globalsWord] = 0;
  decref(globals);
  if (failure !== null) throw new Error(`${failure}\n${shown.join('\n')}`);
  return shown;
}
