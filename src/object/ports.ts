// What does this floor need from higher ones that no type slot can express?  Invariant: each port is set exactly once, while modules
// are evaluated, by the file named beside it.

import type { Obj } from './ptr.js';

const unset = (): never => {
  throw new Error('a port was used before the runtime was assembled');
};

export const port = {
  /** src/vm/traceback: the Python traceback of the current thread as text, for fatal errors. */
  dumpTraceback: unset as () => string,
  /** src/vm/frame: the innermost Python frame's globals and builtins (borrowed, or NULL). */
  currentGlobals: unset as () => Obj,
  currentBuiltins: unset as () => Obj,
  /** src/modules/_warnings: 0, or -1 with an exception. `category` borrowed. */
  warn: unset as (category: Obj, message: string, stackLevel: number) => number,
  /** src/vm/import: a new reference to a module imported by its dotted name, or NULL. */
  importModule: unset as (name: string) => Obj,
  /** src/types/memoryview: `o.__buffer__(flags)` through the bf_getbuffer `get` of a native type, a new memoryview; and `o.__release_buffer__(view)`: 0 or -1. */
  bufferToMemoryView: unset as (o: Obj, flags: number, get: (...args: number[]) => number) => Obj,
  releaseMemoryView: unset as (o: Obj, view: Obj) => number,
  /** src/types/memoryview: the bf_getbuffer and bf_releasebuffer of classes with `__buffer__` in Python. */
  slotGetBuffer: unset as (o: Obj, view: number, flags: number) => number,
  slotReleaseBuffer: unset as (o: Obj, view: number) => void,
  /** src/types/exceptions: raises UnicodeEncodeError(encoding, object, start, end, reason); NULL. */
  unicodeEncodeError: unset as (encoding: string, object: Obj, start: number, end: number, reason: string) => Obj,
  /** src/types/builtin_function: whether `f` is the native method `ml` bound to `o`. */
  isBoundNative: unset as (f: Obj, o: Obj, ml: number) => boolean,
  /** src/types/type_names: the strings of an iterable, sorted; null with an exception. */
  sortedNames: unset as (names: Obj) => string[] | null,
  /** src/vm: `super()` without arguments: the class cell and first argument of the calling frame (borrowed); null with an exception. */
  superFromFrame: unset as () => { type: Obj; obj: Obj } | null,
  /** src/vm/import: repr(module) through importlib, a new reference or NULL. */
  moduleRepr: unset as (m: Obj) => Obj,
  /** src/vm/import: whether a module's file shadows a library's (`path` then names it); null with an exception. `spec` borrowed, may be NULL. */
  shadowedModule: unset as (m: Obj, spec: Obj) => { stdlib: boolean; path: string; origin: string } | null,
  /** src/api/repl: the plain interactive loop, until the end of input; the status of a SystemExit in it, or -1. */
  baseRepl: unset as () => number,
  /** src/modules/sys: reports the current exception to sys.unraisablehook and clears it. */
  unraisable: unset as (where: string, obj: Obj) => void,
};
