// What code do `try` and `with` become?
//
// Invariant: handlers are reached through the exception table only; on entry the stack holds what was there when the region was entered,
// (the offset of the raising instruction, for a region that re-raises with it,) and the exception. A `finally` body is compiled twice, for
// the normal and for the exceptional way.

import type { AsyncWith, ExceptHandler, Try, TryStar, With } from './ast.js';
import {
  type Compiler,
  FB_ASYNC_WITH,
  FB_EXCEPTION_GROUP_HANDLER,
  FB_EXCEPTION_HANDLER,
  FB_FINALLY_END,
  FB_FINALLY_TRY,
  FB_HANDLER_CLEANUP,
  FB_TRY_EXCEPT,
  FB_WITH,
} from './codegen.js';
import { awaitValue, compileExpr } from './codegen_expr.js';
import { callExitWithNones, compileStmts, unbindHandlerName } from './codegen_stmt.js';
import { type Label, locationOf, NO_LABEL, NO_LOCATION } from './instructions.js';
import {
  BUILD_LIST,
  CALL,
  CALL_INTRINSIC_2,
  CHECK_EG_MATCH,
  CHECK_EXC_MATCH,
  COPY,
  INTRINSIC_PREP_RERAISE_STAR,
  JUMP,
  JUMP_NO_INTERRUPT,
  LIST_APPEND,
  LOAD_SPECIAL,
  NOP,
  POP_BLOCK,
  POP_EXCEPT,
  POP_JUMP_IF_FALSE,
  POP_JUMP_IF_NONE,
  POP_JUMP_IF_NOT_NONE,
  POP_JUMP_IF_TRUE,
  POP_TOP,
  PUSH_EXC_INFO,
  RERAISE,
  SETUP_CLEANUP,
  SETUP_FINALLY,
  SETUP_WITH,
  SPECIAL___AENTER__,
  SPECIAL___AEXIT__,
  SPECIAL___ENTER__,
  SPECIAL___EXIT__,
  SWAP,
  TO_BOOL,
  WITH_EXCEPT_START,
} from './opcodes.js';

/** Re-raise from a handler: the previous exception, the offset and the exception are on the stack. */
function popExceptAndReraise(c: Compiler): void {
  c.opArg(COPY, 3, NO_LOCATION);
  c.op(POP_EXCEPT, NO_LOCATION);
  c.opArg(RERAISE, 1, NO_LOCATION);
}

export function compileTry(c: Compiler, s: Try | TryStar): void {
  if (s.finalbody.length) compileTryFinally(c, s);
  else compileTryExcept(c, s);
}

function compileTryExcept(c: Compiler, s: Try | TryStar): void {
  if (s.kind === 'Try') compileExcept(c, s);
  else compileExceptStar(c, s);
}

function compileTryFinally(c: Compiler, s: Try | TryStar): void {
  const loc = locationOf(s);
  const body = c.newLabel();
  const end = c.newLabel();
  const exit = c.newLabel();
  const cleanup = c.newLabel();
  c.jump(SETUP_FINALLY, end, loc);
  c.useLabel(body);
  c.pushBlock(FB_FINALLY_TRY, body, end, loc, s.finalbody);
  if (s.handlers.length) compileTryExcept(c, s);
  else compileStmts(c, s.body);
  c.op(POP_BLOCK, NO_LOCATION);
  c.popBlock();
  compileStmts(c, s.finalbody);
  c.jump(JUMP_NO_INTERRUPT, exit, NO_LOCATION);

  c.useLabel(end);
  c.jump(SETUP_CLEANUP, cleanup, NO_LOCATION);
  c.op(PUSH_EXC_INFO, NO_LOCATION);
  c.pushBlock(FB_FINALLY_END, end, NO_LABEL, NO_LOCATION);
  compileStmts(c, s.finalbody);
  c.popBlock();
  c.opArg(RERAISE, 0, NO_LOCATION);
  c.useLabel(cleanup);
  popExceptAndReraise(c);
  c.useLabel(exit);
}

function compileExcept(c: Compiler, s: Try): void {
  const loc = locationOf(s);
  const body = c.newLabel();
  const except = c.newLabel();
  const end = c.newLabel();
  const cleanup = c.newLabel();
  c.jump(SETUP_FINALLY, except, loc);
  c.useLabel(body);
  c.pushBlock(FB_TRY_EXCEPT, body, NO_LABEL, loc);
  compileStmts(c, s.body);
  c.popBlock();
  c.op(POP_BLOCK, NO_LOCATION);
  compileStmts(c, s.orelse);
  c.jump(JUMP_NO_INTERRUPT, end, NO_LOCATION);

  c.useLabel(except);
  c.jump(SETUP_CLEANUP, cleanup, NO_LOCATION);
  c.op(PUSH_EXC_INFO, NO_LOCATION);
  c.pushBlock(FB_EXCEPTION_HANDLER, NO_LABEL, NO_LABEL, loc);
  s.handlers.forEach((handler, i) => {
    if (!handler.type && i < s.handlers.length - 1) {
      throw c.error("default 'except:' must be last", locationOf(handler));
    }
    const next = c.newLabel();
    compileHandler(c, handler, next, end);
    c.useLabel(next);
  });
  c.popBlock();
  c.opArg(RERAISE, 0, NO_LOCATION);
  c.useLabel(cleanup);
  popExceptAndReraise(c);
  c.useLabel(end);
}

function compileHandler(c: Compiler, handler: ExceptHandler, next: Label, end: Label): void {
  const loc = locationOf(handler);
  const { name } = handler;
  if (handler.type) {
    compileExpr(c, handler.type);
    c.op(CHECK_EXC_MATCH, loc);
    c.jump(POP_JUMP_IF_FALSE, next, loc);
  }
  if (name === null) {
    const body = c.newLabel();
    c.op(POP_TOP, loc);
    c.useLabel(body);
    c.pushBlock(FB_HANDLER_CLEANUP, body, NO_LABEL, loc);
    compileStmts(c, handler.body);
    c.popBlock();
    c.op(POP_BLOCK, NO_LOCATION);
    c.op(POP_EXCEPT, NO_LOCATION);
    c.jump(JUMP_NO_INTERRUPT, end, NO_LOCATION);
    return;
  }
  const cleanup = c.newLabel();
  const body = c.newLabel();
  c.nameOp(name, 'Store', loc);
  c.jump(SETUP_CLEANUP, cleanup, loc);
  c.useLabel(body);
  c.pushBlock(FB_HANDLER_CLEANUP, body, NO_LABEL, loc, null, name);
  compileStmts(c, handler.body);
  c.popBlock();
  c.op(POP_BLOCK, NO_LOCATION);
  c.op(POP_BLOCK, NO_LOCATION);
  c.op(POP_EXCEPT, NO_LOCATION);
  unbindHandlerName(c, name, NO_LOCATION);
  c.jump(JUMP_NO_INTERRUPT, end, NO_LOCATION);
  c.useLabel(cleanup);
  unbindHandlerName(c, name, NO_LOCATION);
  c.opArg(RERAISE, 1, NO_LOCATION);
}

/**
 * `except*`. While the handlers run the stack is: the original exception, the list of exceptions raised or re-raised by handlers, what is
 * not handled yet (None if nothing is left).
 */
function compileExceptStar(c: Compiler, s: TryStar): void {
  const loc = locationOf(s);
  const body = c.newLabel();
  const except = c.newLabel();
  const orelse = c.newLabel();
  const end = c.newLabel();
  const cleanup = c.newLabel();
  const reraiseStar = c.newLabel();
  c.jump(SETUP_FINALLY, except, loc);
  c.useLabel(body);
  c.pushBlock(FB_TRY_EXCEPT, body, NO_LABEL, loc);
  compileStmts(c, s.body);
  c.popBlock();
  c.op(POP_BLOCK, NO_LOCATION);
  c.jump(JUMP_NO_INTERRUPT, orelse, NO_LOCATION);

  c.useLabel(except);
  c.jump(SETUP_CLEANUP, cleanup, NO_LOCATION);
  c.op(PUSH_EXC_INFO, NO_LOCATION);
  c.pushBlock(FB_EXCEPTION_GROUP_HANDLER, NO_LABEL, NO_LABEL, loc);
  s.handlers.forEach((handler, i) => {
    if (i === 0) {
      const at = locationOf(handler);
      c.opArg(BUILD_LIST, 0, at);
      c.opArg(COPY, 2, at);
    }
    compileStarHandler(c, handler);
    if (i === s.handlers.length - 1) {
      c.opArg(LIST_APPEND, 1, NO_LOCATION);
      c.jump(JUMP_NO_INTERRUPT, reraiseStar, NO_LOCATION);
    }
  });
  c.popBlock();
  const reraise = c.newLabel();
  c.useLabel(reraiseStar);
  c.opArg(CALL_INTRINSIC_2, INTRINSIC_PREP_RERAISE_STAR, NO_LOCATION);
  c.opArg(COPY, 1, NO_LOCATION);
  c.jump(POP_JUMP_IF_NOT_NONE, reraise, NO_LOCATION);
  c.op(POP_TOP, NO_LOCATION);
  c.op(POP_BLOCK, NO_LOCATION);
  c.op(POP_EXCEPT, NO_LOCATION);
  c.jump(JUMP_NO_INTERRUPT, end, NO_LOCATION);
  c.useLabel(reraise);
  c.op(POP_BLOCK, NO_LOCATION);
  c.opArg(SWAP, 2, NO_LOCATION);
  c.op(POP_EXCEPT, NO_LOCATION);
  c.opArg(RERAISE, 0, NO_LOCATION);
  c.useLabel(cleanup);
  popExceptAndReraise(c);
  c.useLabel(orelse);
  compileStmts(c, s.orelse);
  c.useLabel(end);
}

function compileStarHandler(c: Compiler, handler: ExceptHandler): void {
  const loc = locationOf(handler);
  const { name } = handler;
  const next = c.newLabel();
  const nextWithError = c.newLabel();
  const noMatch = c.newLabel();
  if (handler.type) {
    compileExpr(c, handler.type);
    c.op(CHECK_EG_MATCH, loc);
    c.opArg(COPY, 1, loc);
    c.jump(POP_JUMP_IF_NONE, noMatch, loc);
  }
  const cleanup = c.newLabel();
  const body = c.newLabel();
  if (name !== null) c.nameOp(name, 'Store', loc);
  else c.op(POP_TOP, loc);
  c.jump(SETUP_CLEANUP, cleanup, loc);
  c.useLabel(body);
  c.pushBlock(FB_HANDLER_CLEANUP, body, NO_LABEL, loc, null, name);
  compileStmts(c, handler.body);
  c.popBlock();
  c.op(POP_BLOCK, NO_LOCATION);
  if (name !== null) unbindHandlerName(c, name, NO_LOCATION);
  c.jump(JUMP_NO_INTERRUPT, next, NO_LOCATION);

  // The handler raised: note the exception, drop the offset.
  c.useLabel(cleanup);
  if (name !== null) unbindHandlerName(c, name, NO_LOCATION);
  c.opArg(LIST_APPEND, 3, NO_LOCATION);
  c.op(POP_TOP, NO_LOCATION);
  c.jump(JUMP_NO_INTERRUPT, nextWithError, NO_LOCATION);
  c.useLabel(next);
  c.op(NOP, NO_LOCATION);
  c.jump(JUMP_NO_INTERRUPT, nextWithError, NO_LOCATION);
  c.useLabel(noMatch);
  c.op(POP_TOP, loc);
  c.useLabel(nextWithError);
}

/** What is common at the end of `with`: suppress or re-raise, as the result of `__exit__` says. */
function finishWithExcept(c: Compiler, cleanup: Label): void {
  const suppress = c.newLabel();
  c.op(TO_BOOL, NO_LOCATION);
  c.jump(POP_JUMP_IF_TRUE, suppress, NO_LOCATION);
  c.opArg(RERAISE, 2, NO_LOCATION);
  c.useLabel(suppress);
  c.op(POP_TOP, NO_LOCATION);
  c.op(POP_BLOCK, NO_LOCATION);
  c.op(POP_EXCEPT, NO_LOCATION);
  c.op(POP_TOP, NO_LOCATION);
  c.op(POP_TOP, NO_LOCATION);
  c.op(POP_TOP, NO_LOCATION);
  const exit = c.newLabel();
  c.jump(JUMP_NO_INTERRUPT, exit, NO_LOCATION);
  c.useLabel(cleanup);
  popExceptAndReraise(c);
  c.useLabel(exit);
}

/** The items of a `with` (or `async with`) from `index` on, around the body. */
export function compileWith(c: Compiler, s: With | AsyncWith, index: number): void {
  const isAsync = s.kind === 'AsyncWith';
  const item = s.items[index]!;
  const block = c.newLabel();
  const final = c.newLabel();
  const exit = c.newLabel();
  const cleanup = c.newLabel();
  compileExpr(c, item.context_expr);
  const loc = locationOf(item.context_expr);
  c.opArg(COPY, 1, loc);
  c.opArg(LOAD_SPECIAL, isAsync ? SPECIAL___AEXIT__ : SPECIAL___EXIT__, loc);
  c.opArg(SWAP, 2, loc);
  c.opArg(SWAP, 3, loc);
  c.opArg(LOAD_SPECIAL, isAsync ? SPECIAL___AENTER__ : SPECIAL___ENTER__, loc);
  c.opArg(CALL, 0, loc);
  if (isAsync) awaitValue(c, 1, loc);
  c.jump(SETUP_WITH, final, loc);
  c.useLabel(block);
  c.pushBlock(isAsync ? FB_ASYNC_WITH : FB_WITH, block, final, loc);
  if (item.optional_vars) compileExpr(c, item.optional_vars);
  else c.op(POP_TOP, loc);
  if (index + 1 < s.items.length) compileWith(c, s, index + 1);
  else compileStmts(c, s.body);
  if (isAsync) {
    c.popBlock();
    c.op(POP_BLOCK, loc);
  } else {
    c.op(POP_BLOCK, NO_LOCATION);
    c.popBlock();
  }
  callExitWithNones(c, loc);
  if (isAsync) awaitValue(c, 2, loc);
  c.op(POP_TOP, loc);
  c.jump(JUMP, exit, loc);

  c.useLabel(final);
  c.jump(SETUP_CLEANUP, cleanup, loc);
  c.op(PUSH_EXC_INFO, loc);
  c.op(WITH_EXCEPT_START, loc);
  if (isAsync) awaitValue(c, 2, loc);
  finishWithExcept(c, cleanup);
  c.useLabel(exit);
}
