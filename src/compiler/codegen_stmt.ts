// What code does a statement become? Simple statements and loops; definitions, `try`, `with` and `match` have files of their own.
//
// Invariant: the stack is as deep after a statement as before it; a statement that leaves a construct (`return`, `break`, `continue`)
// first undoes the frame blocks that it leaves.

import type { Assert, AsyncFor, AugAssign, Expr, For, If, Import, ImportFrom, Return, Stmt, While } from './ast.js';
import {
  type Compiler,
  FB_ASYNC_COMPREHENSION_GENERATOR,
  FB_ASYNC_WITH,
  FB_EXCEPTION_GROUP_HANDLER,
  FB_EXCEPTION_HANDLER,
  FB_FINALLY_END,
  FB_FINALLY_TRY,
  FB_FOR_LOOP,
  FB_HANDLER_CLEANUP,
  FB_POP_VALUE,
  FB_STOP_ITERATION,
  FB_TRY_EXCEPT,
  FB_WHILE_LOOP,
  FB_WITH,
  type FrameBlock,
} from './codegen.js';
import { compileAnnAssign, compileDeferredAnnotations, hasFutureAnnotations } from './codegen_annotations.js';
import { compileClass, compileFunction, compileTypeAlias } from './codegen_def.js';
import {
  attributeLocation,
  awaitValue,
  BINARY_OPERANDS,
  compileExpr,
  compileExprs,
  compileJumpIf,
  compileSliceParts,
  isTwoPartSlice,
  yieldFrom,
} from './codegen_expr.js';
import { compileMatch } from './codegen_pattern.js';
import { compileTry, compileWith } from './codegen_try.js';
import { cleanDocstring, docstringOf } from './docstring.js';
import { type Location, locationOf, NO_LABEL, NO_LOCATION } from './instructions.js';
import {
  BINARY_OP,
  BINARY_SLICE,
  CALL,
  CALL_INTRINSIC_1,
  CONSTANT_ASSERTIONERROR,
  COPY,
  END_ASYNC_FOR,
  END_FOR,
  FOR_ITER,
  GET_AITER,
  GET_ANEXT,
  GET_ITER,
  IMPORT_FROM,
  IMPORT_NAME,
  INTRINSIC_IMPORT_STAR,
  INTRINSIC_PRINT,
  JUMP,
  JUMP_NO_INTERRUPT,
  LOAD_ATTR,
  LOAD_COMMON_CONSTANT,
  NB_INPLACE_ADD,
  NB_SUBSCR,
  NOP,
  NOT_TAKEN,
  POP_BLOCK,
  POP_EXCEPT,
  POP_ITER,
  POP_TOP,
  RAISE_VARARGS,
  RETURN_VALUE,
  SETUP_ANNOTATIONS,
  SETUP_FINALLY,
  STORE_ATTR,
  STORE_SLICE,
  STORE_SUBSCR,
  SWAP,
} from './opcodes.js';
import { PySyntaxError } from './syntax_error.js';

/** The body of a module or class: docstring, statements, annotations. */
export function compileBody(c: Compiler, loc: Location, body: Stmt[], interactive: boolean): void {
  if (hasFutureAnnotations(c) && c.entry.annotationsUsed) c.op(SETUP_ANNOTATIONS, loc);
  if (body.length === 0) return;
  let first = 0;
  if (!interactive && c.entry.hasDocstring) {
    const statement = body[0]!;
    const doc = docstringOf(body);
    if (doc && statement.kind === 'Expr') {
      c.loadConst(cleanDocstring(doc), locationOf(statement.value));
      c.nameOp('__doc__', 'Store', NO_LOCATION);
      first = 1;
    }
  }
  for (let i = first; i < body.length; i++) compileStmt(c, body[i]!);
  if (!hasFutureAnnotations(c)) compileDeferredAnnotations(c, loc);
}

export function compileStmts(c: Compiler, body: Stmt[]): void {
  for (const statement of body) compileStmt(c, statement);
}

export function compileStmt(c: Compiler, s: Stmt): void {
  c.nesting.enter();
  switch (s.kind) {
    case 'For':
    case 'AsyncFor':
    case 'While':
    case 'If':
    case 'Match':
    case 'Try':
    case 'TryStar':
    case 'With':
    case 'AsyncWith': {
      const { unit } = c;
      unit.conditionalBlocks++;
      compileCompound(c, s);
      unit.conditionalBlocks--;
      break;
    }
    default:
      compileSimple(c, s);
  }
  c.nesting.leave();
}

type Compound = Stmt & {
  kind: 'For' | 'AsyncFor' | 'While' | 'If' | 'Match' | 'Try' | 'TryStar' | 'With' | 'AsyncWith';
};

function compileCompound(c: Compiler, s: Compound): void {
  switch (s.kind) {
    case 'For':
      compileFor(c, s);
      break;
    case 'AsyncFor':
      compileAsyncFor(c, s);
      break;
    case 'While':
      compileWhile(c, s);
      break;
    case 'If':
      compileIf(c, s);
      break;
    case 'Match':
      compileMatch(c, s);
      break;
    case 'Try':
    case 'TryStar':
      compileTry(c, s);
      break;
    case 'With':
    case 'AsyncWith':
      compileWith(c, s, 0);
      break;
  }
}

function compileSimple(c: Compiler, s: Exclude<Stmt, Compound>): void {
  switch (s.kind) {
    case 'FunctionDef':
    case 'AsyncFunctionDef':
      compileFunction(c, s);
      break;
    case 'ClassDef':
      compileClass(c, s);
      break;
    case 'TypeAlias':
      compileTypeAlias(c, s);
      break;
    case 'Return':
      compileReturn(c, s);
      break;
    case 'Delete':
      compileExprs(c, s.targets);
      break;
    case 'Assign': {
      compileExpr(c, s.value);
      const last = s.targets.length - 1;
      s.targets.forEach((target, i) => {
        if (i < last) c.opArg(COPY, 1, locationOf(s));
        compileExpr(c, target);
      });
      break;
    }
    case 'AugAssign':
      compileAugAssign(c, s);
      break;
    case 'AnnAssign':
      compileAnnAssign(c, s);
      break;
    case 'Raise': {
      let n = 0;
      if (s.exc) {
        compileExpr(c, s.exc);
        n++;
        if (s.cause) {
          compileExpr(c, s.cause);
          n++;
        }
      }
      c.opArg(RAISE_VARARGS, n, locationOf(s));
      break;
    }
    case 'Assert':
      compileAssert(c, s);
      break;
    case 'Import':
      compileImport(c, s);
      break;
    case 'ImportFrom':
      compileImportFrom(c, s);
      break;
    case 'Expr':
      compileExprStatement(c, s.value, locationOf(s));
      break;
    case 'Pass':
      c.op(NOP, locationOf(s));
      break;
    case 'Break':
      compileBreak(c, locationOf(s));
      break;
    case 'Continue':
      compileContinue(c, locationOf(s));
      break;
    case 'Global':
    case 'Nonlocal':
      break;
  }
}

function compileExprStatement(c: Compiler, value: Expr, loc: Location): void {
  if (c.isInteractiveTopLevel) {
    compileExpr(c, value);
    c.opArg(CALL_INTRINSIC_1, INTRINSIC_PRINT, loc);
    c.op(POP_TOP, NO_LOCATION);
  } else if (value.kind === 'Constant') {
    c.op(NOP, loc);
  } else {
    compileExpr(c, value);
    c.op(POP_TOP, NO_LOCATION);
  }
}

function compileAugAssign(c: Compiler, s: AugAssign): void {
  const { target } = s;
  let loc = locationOf(target);
  switch (target.kind) {
    case 'Attribute':
      compileExpr(c, target.value);
      c.opArg(COPY, 1, loc);
      c.opName(LOAD_ATTR, target.attr, attributeLocation(loc, target));
      break;
    case 'Subscript':
      compileExpr(c, target.value);
      if (isTwoPartSlice(target.slice)) {
        compileSliceParts(c, target.slice);
        for (let i = 0; i < 3; i++) c.opArg(COPY, 3, loc);
        c.op(BINARY_SLICE, loc);
      } else {
        compileExpr(c, target.slice);
        c.opArg(COPY, 2, loc);
        c.opArg(COPY, 2, loc);
        c.opArg(BINARY_OP, NB_SUBSCR, loc);
      }
      break;
    case 'Name':
      c.nameOp(target.id, 'Load', loc);
      break;
    default:
      throw new PySyntaxError('SystemError', `invalid node type (${target.kind}) for augmented assignment`);
  }
  compileExpr(c, s.value);
  c.opArg(BINARY_OP, BINARY_OPERANDS[s.op] + NB_INPLACE_ADD, locationOf(s));
  switch (target.kind) {
    case 'Attribute':
      loc = attributeLocation(loc, target);
      c.opArg(SWAP, 2, loc);
      c.opName(STORE_ATTR, target.attr, loc);
      break;
    case 'Subscript':
      if (isTwoPartSlice(target.slice)) {
        c.opArg(SWAP, 4, loc);
        c.opArg(SWAP, 3, loc);
        c.opArg(SWAP, 2, loc);
        c.op(STORE_SLICE, loc);
      } else {
        c.opArg(SWAP, 3, loc);
        c.opArg(SWAP, 2, loc);
        c.op(STORE_SUBSCR, loc);
      }
      break;
    case 'Name':
      c.nameOp(target.id, 'Store', loc);
      break;
  }
}

function compileAssert(c: Compiler, s: Assert): void {
  const { test } = s;
  const loc = locationOf(s);
  const isNonemptyTuple =
    (test.kind === 'Tuple' && test.elts.length > 0) ||
    (test.kind === 'Constant' && test.value.t === 'tuple' && test.value.v.length > 0);
  if (isNonemptyTuple) c.warn('assertion is always true, perhaps remove parentheses?', loc);
  if (c.options.optimize > 0) return;
  const end = c.newLabel();
  compileJumpIf(c, loc, test, end, true);
  c.opArg(LOAD_COMMON_CONSTANT, CONSTANT_ASSERTIONERROR, loc);
  if (s.msg) {
    compileExpr(c, s.msg);
    c.opArg(CALL, 0, loc);
  }
  c.opArg(RAISE_VARARGS, 1, locationOf(test));
  c.useLabel(end);
}

// Imports

function compileImport(c: Compiler, s: Import): void {
  const loc = locationOf(s);
  for (const { name, asname } of s.names) {
    c.loadInt(0, loc);
    c.loadNone(loc);
    c.opName(IMPORT_NAME, name, loc);
    const parts = name.split('.');
    if (asname === null) {
      c.nameOp(parts[0]!, 'Store', loc);
      continue;
    }
    // `import a.b.c as d`: the import gives a; go down to c.
    for (let i = 1; i < parts.length; i++) {
      if (i > 1) {
        c.opArg(SWAP, 2, loc);
        c.op(POP_TOP, loc);
      }
      c.opIn(IMPORT_FROM, c.unit.names, parts[i]!, loc);
    }
    c.nameOp(asname, 'Store', loc);
    if (parts.length > 1) c.op(POP_TOP, loc);
  }
}

function compileImportFrom(c: Compiler, s: ImportFrom): void {
  const loc = locationOf(s);
  c.loadInt(s.level, loc);
  c.loadConst({ t: 'tuple', v: s.names.map(({ name }) => ({ t: 'str', v: name })) }, loc);
  c.opName(IMPORT_NAME, s.module ?? '', loc);
  for (const { name, asname } of s.names) {
    if (name === '*') {
      c.opArg(CALL_INTRINSIC_1, INTRINSIC_IMPORT_STAR, loc);
      c.op(POP_TOP, NO_LOCATION);
      return;
    }
    c.opName(IMPORT_FROM, name, loc);
    c.nameOp(asname ?? name, 'Store', loc);
  }
  c.op(POP_TOP, loc);
}

// Conditions and loops

function compileIf(c: Compiler, s: If): void {
  const end = c.newLabel();
  const next = s.orelse.length ? c.newLabel() : end;
  compileJumpIf(c, locationOf(s), s.test, next, false);
  compileStmts(c, s.body);
  if (s.orelse.length) {
    c.jump(JUMP_NO_INTERRUPT, end, NO_LOCATION);
    c.useLabel(next);
    compileStmts(c, s.orelse);
  }
  c.useLabel(end);
}

function compileFor(c: Compiler, s: For): void {
  const start = c.newLabel();
  const body = c.newLabel();
  const cleanup = c.newLabel();
  const end = c.newLabel();
  c.pushBlock(FB_FOR_LOOP, start, end, locationOf(s));
  compileExpr(c, s.iter);
  const loc = locationOf(s.iter);
  c.op(GET_ITER, loc);
  c.useLabel(start);
  c.jump(FOR_ITER, cleanup, loc);
  // For a tracer, when the target is on another line; it goes away otherwise.
  c.op(NOP, locationOf(s.target));
  c.useLabel(body);
  compileExpr(c, s.target);
  compileStmts(c, s.body);
  c.jump(JUMP, start, NO_LOCATION);
  c.useLabel(cleanup);
  // END_FOR comes first: iteration over a generator goes there, other iteration to what follows.
  c.op(END_FOR, NO_LOCATION);
  c.op(POP_ITER, NO_LOCATION);
  c.popBlock();
  compileStmts(c, s.orelse);
  c.useLabel(end);
}

function compileAsyncFor(c: Compiler, s: AsyncFor): void {
  const loc = locationOf(s);
  const start = c.newLabel();
  const send = c.newLabel();
  const except = c.newLabel();
  const end = c.newLabel();
  compileExpr(c, s.iter);
  c.op(GET_AITER, locationOf(s.iter));
  c.useLabel(start);
  c.pushBlock(FB_FOR_LOOP, start, end, loc);
  c.jump(SETUP_FINALLY, except, loc);
  c.op(GET_ANEXT, loc);
  c.loadNone(loc);
  c.useLabel(send);
  yieldFrom(c, true, loc);
  c.op(POP_BLOCK, loc);
  c.op(NOT_TAKEN, loc);
  compileExpr(c, s.target);
  compileStmts(c, s.body);
  c.jump(JUMP, start, NO_LOCATION);
  c.popBlock();
  c.useLabel(except);
  // The end of the iteration belongs to the `for`, not to the body.
  c.jump(END_ASYNC_FOR, send, locationOf(s.iter));
  compileStmts(c, s.orelse);
  c.useLabel(end);
}

function compileWhile(c: Compiler, s: While): void {
  const loop = c.newLabel();
  const end = c.newLabel();
  const anchor = c.newLabel();
  const loc = locationOf(s);
  c.useLabel(loop);
  c.pushBlock(FB_WHILE_LOOP, loop, end, loc);
  compileJumpIf(c, loc, s.test, anchor, false);
  compileStmts(c, s.body);
  c.jump(JUMP, loop, NO_LOCATION);
  c.popBlock();
  c.useLabel(anchor);
  compileStmts(c, s.orelse);
  c.useLabel(end);
}

// Leaving

/** Call `__exit__(None, None, None)`. */
export function callExitWithNones(c: Compiler, loc: Location): void {
  c.loadNone(loc);
  c.loadNone(loc);
  c.loadNone(loc);
  c.opArg(CALL, 3, loc);
}

/** Undo one frame block. A value on top of the stack is kept if `keepTop`. Returns the location for what comes next. */
function unwindBlock(c: Compiler, block: FrameBlock, keepTop: boolean, loc: Location): Location {
  switch (block.type) {
    case FB_WHILE_LOOP:
    case FB_EXCEPTION_HANDLER:
    case FB_EXCEPTION_GROUP_HANDLER:
    case FB_ASYNC_COMPREHENSION_GENERATOR:
    case FB_STOP_ITERATION:
      return loc;
    case FB_FOR_LOOP:
    case FB_POP_VALUE:
      if (keepTop) c.opArg(SWAP, 2, loc);
      c.op(POP_TOP, loc);
      return loc;
    case FB_TRY_EXCEPT:
      c.op(POP_BLOCK, loc);
      return loc;
    case FB_FINALLY_TRY:
      c.op(POP_BLOCK, loc);
      if (keepTop) c.pushBlock(FB_POP_VALUE, NO_LABEL, NO_LABEL, loc);
      compileStmts(c, block.body!);
      if (keepTop) c.popBlock();
      // The leaving statement seems to run before the `finally` body: what is left of it belongs to no line.
      return NO_LOCATION;
    case FB_FINALLY_END:
      if (keepTop) c.opArg(SWAP, 2, loc);
      c.op(POP_TOP, loc);
      if (keepTop) c.opArg(SWAP, 2, loc);
      c.op(POP_BLOCK, loc);
      c.op(POP_EXCEPT, loc);
      return loc;
    case FB_WITH:
    case FB_ASYNC_WITH: {
      const at = block.loc;
      c.op(POP_BLOCK, at);
      if (keepTop) {
        c.opArg(SWAP, 3, at);
        c.opArg(SWAP, 2, at);
      }
      callExitWithNones(c, at);
      if (block.type === FB_ASYNC_WITH) awaitValue(c, 2, at);
      c.op(POP_TOP, at);
      return NO_LOCATION;
    }
    case FB_HANDLER_CLEANUP:
      if (block.name !== null) c.op(POP_BLOCK, loc);
      if (keepTop) c.opArg(SWAP, 2, loc);
      c.op(POP_BLOCK, loc);
      c.op(POP_EXCEPT, loc);
      if (block.name !== null) unbindHandlerName(c, block.name, loc);
      return loc;
    default:
      throw new PySyntaxError('SystemError', 'unknown frame block');
  }
}

/** At the end of a handler its name goes away; it is set first, for the body may have deleted it. */
export function unbindHandlerName(c: Compiler, name: string, loc: Location): void {
  c.loadNone(loc);
  c.nameOp(name, 'Store', loc);
  c.nameOp(name, 'Del', loc);
}

interface Unwound {
  loc: Location;
  /** The loop at which the unwinding stopped. */
  loop: FrameBlock | null;
}

/** Undo the frame blocks from the innermost outwards, to the first loop if `toLoop`. They are all there again after. */
function unwindBlocks(c: Compiler, keepTop: boolean, toLoop: boolean, loc: Location): Unwound {
  const { frameBlocks } = c.unit;
  const top = frameBlocks[frameBlocks.length - 1];
  if (top === undefined) return { loc, loop: null };
  if (top.type === FB_EXCEPTION_GROUP_HANDLER) {
    throw c.error("'break', 'continue' and 'return' cannot appear in an except* block", loc);
  }
  if (toLoop && (top.type === FB_WHILE_LOOP || top.type === FB_FOR_LOOP)) return { loc, loop: top };
  // The block is off while what undoes it is compiled: a `finally` body can leave, too.
  c.popBlock();
  const unwound = unwindBlocks(c, keepTop, toLoop, unwindBlock(c, top, keepTop, loc));
  c.restoreBlock(top);
  return unwound;
}

function compileReturn(c: Compiler, s: Return): void {
  let loc = locationOf(s);
  const { entry } = c;
  const { value } = s;
  if (!entry.isFunctionLike()) throw c.error("'return' outside function", loc);
  if (value && entry.isCoroutine && entry.isGenerator) throw c.error("'return' with value in async generator", loc);
  const keepTop = value !== null && value.kind !== 'Constant';
  if (keepTop) {
    compileExpr(c, value);
  } else if (value) {
    loc = locationOf(value);
    c.op(NOP, loc);
  }
  if (!value || value.lineno !== s.lineno) {
    loc = locationOf(s);
    c.op(NOP, loc);
  }
  loc = unwindBlocks(c, keepTop, false, loc).loc;
  if (!value) c.loadNone(loc);
  else if (value.kind === 'Constant') c.loadConst(value.value, loc);
  c.op(RETURN_VALUE, loc);
}

function compileBreak(c: Compiler, origin: Location): void {
  c.op(NOP, origin);
  const { loc, loop } = unwindBlocks(c, false, true, origin);
  if (!loop) throw c.error("'break' outside loop", origin);
  c.jump(JUMP, loop.exit, unwindBlock(c, loop, false, loc));
}

function compileContinue(c: Compiler, origin: Location): void {
  c.op(NOP, origin);
  const { loc, loop } = unwindBlocks(c, false, true, origin);
  if (!loop) throw c.error("'continue' not properly in loop", origin);
  c.jump(JUMP, loop.block, loc);
}
