// How is source run?  Invariant: the code runs with one dictionary as globals and locals, as a module does.

import { decref } from '../object/header.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { evalModuleCode } from '../vm/call_python.js';
import { compileSource } from '../vm/compile_source.js';

/** Compiles `source` in `mode` and runs it in `dict`: a new reference, or NULL. */
export function runSource(
  source: string | Uint8Array,
  filename: string,
  mode: 'exec' | 'single' | 'eval',
  dict: Obj,
  flags = 0,
): Obj {
  const name = PyUnicode_FromString(filename);
  if (name === 0) return NULL;
  const code = compileSource(source, name, mode, flags, -1);
  decref(name);
  return code === 0 ? NULL : evalModuleCode(code, dict);
}
