// How does a syntax tree become a code object? The back end's one entry: future features, preprocessing, symbol table, code generation.
//
// Invariant: the tree comes in as the parser (or the user, through `ast`) made it, and goes out in the form in which it was compiled (the
// folding of constants changes it in place). Every failure is a PySyntaxError.

import type { Mod, Stmt } from './ast.js';
import { preprocess } from './ast_preprocess.js';
import type { CodeUnit } from './code_unit.js';
import { Compiler, SCOPE_MODULE } from './codegen.js';
import { compileExpr } from './codegen_expr.js';
import { compileBody } from './codegen_stmt.js';
import { futureFeatures } from './future.js';
import { Location, locationOf } from './instructions.js';
import { BUILD_SET, STORE_NAME } from './opcodes.js';
import { tooDeep } from './recursion.js';
import { buildSymtable } from './symtable.js';
import { PySyntaxError, type WarnCallback } from './syntax_error.js';

export interface CompileOptions {
  filename: string;
  /** PyCF_* and CO_FUTURE_* bits. */
  flags: number;
  /** 1 drops `assert` and makes `__debug__` false, 2 drops docstrings besides. */
  optimize: 0 | 1 | 2;
  warn?: WarnCallback;
}

function compileModule(c: Compiler, body: Stmt[], interactive: boolean): void {
  const loc = body.length ? locationOf(body[0]!) : new Location(1, 1, 0, 0);
  if (c.entry.hasConditionalAnnotations) {
    c.opArg(BUILD_SET, 0, loc);
    c.opIn(STORE_NAME, c.unit.names, '__conditional_annotations__', loc);
  }
  compileBody(c, loc, body, interactive);
}

function generate(mod: Mod, options: CompileOptions): CodeUnit {
  const { filename, optimize, warn } = options;
  const future = futureFeatures(mod, filename);
  future.features |= options.flags;
  preprocess(mod, { filename, optimize, flags: future.features, checkOnly: false, warn });
  const symtable = buildSymtable(mod, filename, future);
  const c = new Compiler(symtable, {
    filename,
    flags: future.features,
    optimize,
    interactive: mod.kind === 'Interactive',
    warn,
  });
  c.enterScope('<module>', SCOPE_MODULE, symtable.lookup(mod), 1);
  switch (mod.kind) {
    case 'Module':
      compileModule(c, mod.body, false);
      break;
    case 'Interactive':
      compileModule(c, mod.body, true);
      break;
    case 'Expression':
      compileExpr(c, mod.body);
      break;
    default:
      throw new PySyntaxError('SystemError', `module kind ${mod.kind} should not be possible`);
  }
  return c.finishUnit(mod.kind !== 'Expression');
}

/** The code of a module, an interactive statement or an expression. Throws PySyntaxError. */
export function compileAst(mod: Mod, options: CompileOptions): CodeUnit {
  try {
    return generate(mod, options);
  } catch (error) {
    // The host's stack may be smaller than the one that the limit of nesting is made for.
    throw error instanceof RangeError ? tooDeep() : error;
  }
}
