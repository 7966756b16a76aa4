// What does the build need of the compiler?  Invariant: one function, source in and marshalled code out; it is bundled on its own.

import { compileAst } from './compile.js';
import { marshalUnit } from './marshal_unit.js';
import { MAGIC_NUMBER } from './opcodes.js';
import { parse } from './parser.js';

/** The marshalled code of a module's source. Throws PySyntaxError. */
export function compileToMarshal(source: Uint8Array, filename: string): Uint8Array {
  const warn = (): boolean => true;
  const mod = parse(source, 'exec', { filename, flags: 0, warn });
  return marshalUnit(compileAst(mod, { filename, flags: 0, optimize: 0, warn }));
}
compileToMarshal.magic = MAGIC_NUMBER;
