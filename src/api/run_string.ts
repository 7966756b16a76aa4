// How is the text of a program run?  Invariant: while it runs, the command holds nothing of it; tracebacks find its lines.

import type { PyConfig } from '../config/pyconfig.js';
import { PyObject_CallFunctionObjArgs } from '../object/call.js';
import { decref, newref, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyModule_GetDict } from '../object/module_storage.js';
import { PyObject_GetAttr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { audit, writeStderr } from '../modules/sys.js';
import { evalModuleCode } from '../vm/call_python.js';
import { PyImport_ImportModule } from '../vm/import.js';
import { newModuleInSys } from '../vm/modules_dict.js';
import { PyUnicode_AsEncodedString } from '../types/codec.js';
import { compileSource } from '../vm/compile_source.js';
import { type Outcome, outcomeOf, reportException } from './exit_status.js';

const s_register_code = ID('_register_code');

/** The dictionary of `__main__`: borrowed, or NULL. */
export function mainDict(): Obj {
  const m = newModuleInSys('__main__');
  if (m === 0) return NULL;
  const dict = PyModule_GetDict(m);
  decref(m);
  return dict;
}

/** Lets tracebacks find the lines of a program that is in no file: 0, or -1. `source` is borrowed. */
export function registerSource(code: Obj, source: Obj, filename: Obj): number {
  const linecache = PyImport_ImportModule('linecache');
  if (linecache === 0) return -1;
  const register = PyObject_GetAttr(linecache, idObj(s_register_code));
  decref(linecache);
  if (register === 0) return -1;
  const r = PyObject_CallFunctionObjArgs(register, code, source, filename);
  decref(register);
  if (r === 0) return -1;
  decref(r);
  return 0;
}

/** Compiles text, notes it for tracebacks, and runs it in `__main__`: a new reference, or NULL. */
function runText(text: string, filename: string): Obj {
  const name = PyUnicode_FromString(filename);
  const source = name === 0 ? NULL : PyUnicode_FromString(text);
  const code = source === 0 ? NULL : compileSource(text, name, 'exec', 0, -1);
  const noted = code !== 0 && registerSource(code, source, name) === 0;
  xdecref(source);
  xdecref(name);
  const dict = noted ? mainDict() : NULL;
  if (dict !== 0) return evalModuleCode(code, dict);
  xdecref(code);
  return NULL;
}

/** Takes away the blanks that all lines of a text begin with; lines of blanks only become empty. */
export function dedent(text: string): string {
  const lines = text.split('\n');
  let margin: string | undefined;
  for (const line of lines) {
    const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
    if (indent.length === line.length) continue;
    if (margin === undefined) margin = indent;
    else {
      let n = 0;
      while (n < margin.length && n < indent.length && margin[n] === indent[n]) n++;
      margin = margin.slice(0, n);
    }
    if (margin === '') break;
  }
  const cut = margin?.length ?? 0;
  return lines.map((line) => (/^[ \t]*$/.test(line) ? '' : line.slice(cut))).join('\n');
}

/** Runs the text of -c. */
export function runCommand(c: PyConfig, command: string): Outcome {
  const text = PyUnicode_FromString(command);
  const utf8 =
    text === 0 || audit('cpython.run_command', [newref(text)]) < 0 ? NULL : PyUnicode_AsEncodedString(text, NULL, NULL);
  if (utf8 === 0) {
    xdecref(text);
    writeStderr('Unable to decode the command from the command line:\n');
    return { ...reportException(c.inspect), status: 1 };
  }
  decref(utf8);
  const source = dedent(asString(text));
  decref(text);
  return outcomeOf(runText(source, '<string>'), c.inspect);
}
