// Which `from __future__ import` statements does a module begin with?
//
// Invariant: only a docstring and other future statements may come before one; the features found are those of that prefix, and
// `location` is that of the last statement in it (a later one is an error, which the symbol table finds).

import type { Mod } from './ast.js';
import { CO_FUTURE_ANNOTATIONS, CO_FUTURE_BARRY_AS_BDFL } from './code_unit.js';
import { docstringOf } from './docstring.js';
import { type Location, locationOf, NO_LOCATION, type Positioned } from './instructions.js';
import { PySyntaxError } from './syntax_error.js';

export interface FutureFeatures {
  /** CO_FUTURE_* bits; the compiler adds those of compile()'s flags. */
  features: number;
  location: Location;
}

/** The features that matter still, by name; the others have long been always on. */
const FEATURES: ReadonlyMap<string, number> = new Map([
  ['nested_scopes', 0],
  ['generators', 0],
  ['division', 0],
  ['absolute_import', 0],
  ['with_statement', 0],
  ['print_function', 0],
  ['unicode_literals', 0],
  ['barry_as_FLUFL', CO_FUTURE_BARRY_AS_BDFL],
  ['generator_stop', 0],
  ['annotations', CO_FUTURE_ANNOTATIONS],
]);

/** A SyntaxError at a node; columns are counted as the compiler counts them, in bytes. */
export function syntaxErrorAt(msg: string, node: Positioned, filename: string): PySyntaxError {
  const error = new PySyntaxError(
    'SyntaxError',
    msg,
    node.lineno,
    node.col_offset + 1,
    node.end_lineno,
    node.end_col_offset + 1,
    null,
    filename,
  );
  error.placedLater = true;
  return error;
}

/** The future statements at the start of the module. Throws PySyntaxError for an unknown feature. */
export function futureFeatures(mod: Mod, filename: string): FutureFeatures {
  const future: FutureFeatures = { features: 0, location: NO_LOCATION };
  if (mod.kind !== 'Module' && mod.kind !== 'Interactive') return future;
  for (let i = docstringOf(mod.body) ? 1 : 0; i < mod.body.length; i++) {
    const statement = mod.body[i]!;
    if (statement.kind !== 'ImportFrom' || statement.level !== 0 || statement.module !== '__future__') break;
    for (const alias of statement.names) {
      const bits = FEATURES.get(alias.name);
      if (bits === undefined) {
        const msg = alias.name === 'braces' ? 'not a chance' : `future feature ${alias.name} is not defined`;
        throw syntaxErrorAt(msg, alias, filename);
      }
      future.features |= bits;
    }
    future.location = locationOf(statement);
  }
  return future;
}
