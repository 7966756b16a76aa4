// What code does a comprehension become? A loop in place (PEP 709), or for a generator expression a function that is called at once.
//
// Invariant: the variables of an inlined comprehension do not leak: values that they shadow are on the stack meanwhile, and are put
// back whether the loop ends or raises.

import type { Comprehension, DictComp, Expr, GeneratorExp, ListComp, SetComp } from './ast.js';
import { type Compiler, FB_ASYNC_COMPREHENSION_GENERATOR, SCOPE_COMPREHENSION } from './codegen.js';
import { makeClosure, wrapInStopIterationHandler } from './codegen_def.js';
import { awaitValue, compileExpr, compileJumpIf, yieldFrom, yieldValue } from './codegen_expr.js';
import { type Label, Location, locationOf, NO_LABEL, NO_LOCATION } from './instructions.js';
import {
  BUILD_LIST,
  BUILD_MAP,
  BUILD_SET,
  CALL,
  END_ASYNC_FOR,
  END_FOR,
  FOR_ITER,
  GET_AITER,
  GET_ANEXT,
  GET_ITER,
  JUMP,
  JUMP_NO_INTERRUPT,
  LIST_APPEND,
  LOAD_FAST,
  LOAD_FAST_AND_CLEAR,
  MAKE_CELL,
  MAP_ADD,
  POP_BLOCK,
  POP_ITER,
  POP_TOP,
  RERAISE,
  RETURN_VALUE,
  SET_ADD,
  SETUP_FINALLY,
  STORE_FAST_MAYBE_NULL,
  SWAP,
} from './opcodes.js';
import { CELL, CLASS_BLOCK, DEF_LOCAL, DEF_NONLOCAL, FREE, type SymtableEntry, scopeOf } from './symbols.js';

type AnyComprehension = ListComp | SetComp | DictComp | GeneratorExp;

const NAMES = { ListComp: '<listcomp>', SetComp: '<setcomp>', DictComp: '<dictcomp>', GeneratorExp: '<genexpr>' };

/** Evaluate the iterable and make an iterator of it. */
function compileIterable(c: Compiler, generator: Comprehension): void {
  compileExpr(c, generator.iter);
  c.op(generator.is_async ? GET_AITER : GET_ITER, locationOf(generator.iter));
}

/** Add the element to the result, which is `depth` below. */
function compileElement(c: Compiler, e: AnyComprehension, depth: number): Location {
  if (e.kind === 'DictComp') {
    compileExpr(c, e.key);
    compileExpr(c, e.value);
    const { key, value } = e;
    const loc = new Location(key.lineno, value.end_lineno, key.col_offset, value.end_col_offset);
    c.opArg(MAP_ADD, depth + 1, loc);
    return loc;
  }
  const loc = locationOf(e.elt);
  compileExpr(c, e.elt);
  if (e.kind === 'GeneratorExp') {
    yieldValue(c, loc);
    c.op(POP_TOP, loc);
  } else {
    c.opArg(e.kind === 'ListComp' ? LIST_APPEND : SET_ADD, depth + 1, loc);
  }
  return loc;
}

/** What is inside a `for`: its conditions, then the next `for` or the element. Returns the location of the jump back. */
function compileInside(
  c: Compiler,
  e: AnyComprehension,
  index: number,
  depth: number,
  loc: Location,
  skip: Label,
): Location {
  for (const test of e.generators[index]!.ifs) compileJumpIf(c, loc, test, skip, false);
  if (index + 1 < e.generators.length) {
    compileGenerator(c, e, index + 1, depth, loc, false);
    return locationOf(e.kind === 'DictComp' ? e.key : e.elt);
  }
  return compileElement(c, e, depth);
}

function compileGenerator(
  c: Compiler,
  e: AnyComprehension,
  index: number,
  depth: number,
  loc: Location,
  iteratorOnStack: boolean,
): void {
  c.nesting.enter();
  if (e.generators[index]!.is_async) compileAsyncGenerator(c, e, index, depth, loc, iteratorOnStack);
  else compileSyncGenerator(c, e, index, depth, loc, iteratorOnStack);
  c.nesting.leave();
}

/** The one element of `for x in [element]`, which is only a way to name a value. */
function soleElement(iter: Expr): Expr | null {
  if ((iter.kind !== 'List' && iter.kind !== 'Tuple') || iter.elts.length !== 1) return null;
  const element = iter.elts[0]!;
  return element.kind === 'Starred' ? null : element;
}

function compileSyncGenerator(
  c: Compiler,
  e: AnyComprehension,
  index: number,
  depth: number,
  loc: Location,
  iteratorOnStack: boolean,
): void {
  const generator = e.generators[index]!;
  const start = c.newLabel();
  const skip = c.newLabel();
  const anchor = c.newLabel();
  let loops = true;
  if (!iteratorOnStack) {
    if (index === 0) {
      c.opArg(LOAD_FAST, 0, loc);
    } else {
      const element = soleElement(generator.iter);
      if (element) {
        compileExpr(c, element);
        loops = false;
      } else {
        compileIterable(c, generator);
      }
    }
  }
  if (loops) {
    depth++;
    c.useLabel(start);
    c.jump(FOR_ITER, anchor, locationOf(generator.iter));
  }
  compileExpr(c, generator.target);
  const end = compileInside(c, e, index, depth, loc, skip);
  c.useLabel(skip);
  if (!loops) return;
  c.jump(JUMP, start, end);
  c.useLabel(anchor);
  // END_FOR comes first: iteration over a generator goes there, other iteration to what follows.
  c.op(END_FOR, NO_LOCATION);
  c.op(POP_ITER, NO_LOCATION);
}

function compileAsyncGenerator(
  c: Compiler,
  e: AnyComprehension,
  index: number,
  depth: number,
  loc: Location,
  iteratorOnStack: boolean,
): void {
  const generator = e.generators[index]!;
  const start = c.newLabel();
  const send = c.newLabel();
  const except = c.newLabel();
  const skip = c.newLabel();
  if (!iteratorOnStack) {
    if (index === 0) c.opArg(LOAD_FAST, 0, loc);
    else compileIterable(c, generator);
  }
  c.useLabel(start);
  c.pushBlock(FB_ASYNC_COMPREHENSION_GENERATOR, start, NO_LABEL, loc);
  c.jump(SETUP_FINALLY, except, loc);
  c.op(GET_ANEXT, loc);
  c.loadNone(loc);
  c.useLabel(send);
  yieldFrom(c, true, loc);
  c.op(POP_BLOCK, loc);
  compileExpr(c, generator.target);
  const end = compileInside(c, e, index, depth + 1, loc, skip);
  c.useLabel(skip);
  c.jump(JUMP, start, end);
  c.popBlock();
  c.useLabel(except);
  c.jump(END_ASYNC_FOR, send, loc);
}

/** What an inlined comprehension changes in the unit around it, to be undone after it. */
interface Inlining {
  /** Shadowed variables, in the order in which their values were pushed. */
  readonly pushed: string[];
  /** The flags that the outer block has for names whose scope differs in the comprehension. */
  readonly outerFlags: Map<string, number>;
  readonly fastHidden: string[];
  cleanup: Label;
}

/** Let the names have the scopes of the comprehension while it is compiled. */
function enterInlined(c: Compiler, comp: SymtableEntry): Inlining {
  const { unit, entry } = c;
  const state: Inlining = { pushed: [], outerFlags: new Map(), fastHidden: [], cleanup: NO_LABEL };
  const inClass = entry.type === CLASS_BLOCK && unit.inlinedComprehensions === 0;
  unit.inlinedComprehensions++;
  for (const [name, flags] of comp.symbols) {
    const scope = scopeOf(flags);
    const outer = entry.flags(name);
    const outerScope = scopeOf(outer);
    // A name that is free in the comprehension is handled as around it; so is one that is a cell in it and free around it.
    if ((scope !== outerScope && scope !== FREE && !(scope === CELL && outerScope === FREE)) || inClass) {
      entry.symbols.set(name, flags);
      state.outerFlags.set(name, outer);
    }
    if (!bindsHere(flags) && !inClass) continue;
    if (!entry.isFunctionLike() && !unit.fastHidden.get(name)) {
      unit.fastHidden.set(name, true);
      state.fastHidden.push(name);
    }
  }
  return state;
}

function bindsHere(flags: number): boolean {
  return (flags & DEF_LOCAL) !== 0 && (flags & DEF_NONLOCAL) === 0;
}

function leaveInlined(c: Compiler, state: Inlining): void {
  const { unit, entry } = c;
  unit.inlinedComprehensions--;
  for (const [name, flags] of state.outerFlags) entry.symbols.set(name, flags);
  // False, not absent: the variable is a hidden one of the frame.
  for (const name of state.fastHidden) unit.fastHidden.set(name, false);
}

/** Push the values that the comprehension's variables shadow; the iterator, which was on top, is on top again after. */
function pushShadowed(c: Compiler, comp: SymtableEntry, state: Inlining, loc: Location): void {
  const { unit, entry } = c;
  for (const [name, flags] of comp.symbols) {
    if (!bindsHere(flags)) continue;
    const mangled = c.mangled(name);
    c.opIn(LOAD_FAST_AND_CLEAR, unit.varnames, mangled, loc);
    if (scopeOf(flags) === CELL) {
      // The shadowed cell itself is on the stack; the comprehension gets a new one.
      const table = entry.scope(name) === FREE ? unit.freevars : unit.cellvars;
      c.opIn(MAKE_CELL, table, mangled, loc);
    }
    state.pushed.push(name);
  }
  if (state.pushed.length === 0) return;
  c.opArg(SWAP, state.pushed.length + 1, loc);
  state.cleanup = c.newLabel();
  c.jump(SETUP_FINALLY, state.cleanup, loc);
}

function restoreShadowed(c: Compiler, state: Inlining, loc: Location): void {
  const { pushed } = state;
  c.opArg(SWAP, pushed.length + 1, loc);
  for (let i = pushed.length - 1; i >= 0; i--) {
    c.opIn(STORE_FAST_MAYBE_NULL, c.unit.varnames, c.mangled(pushed[i]!), loc);
  }
}

function popShadowed(c: Compiler, state: Inlining, loc: Location): void {
  if (state.pushed.length === 0) return;
  const end = c.newLabel();
  c.op(POP_BLOCK, NO_LOCATION);
  c.jump(JUMP_NO_INTERRUPT, end, NO_LOCATION);
  // After an exception: drop the unfinished result below it.
  c.useLabel(state.cleanup);
  c.opArg(SWAP, 2, NO_LOCATION);
  c.op(POP_TOP, NO_LOCATION);
  restoreShadowed(c, state, loc);
  c.opArg(RERAISE, 0, NO_LOCATION);
  c.useLabel(end);
  restoreShadowed(c, state, loc);
}

export function compileComprehension(c: Compiler, e: AnyComprehension): void {
  const comp = c.symtable.lookup(e);
  const loc = locationOf(e);
  const outermost = e.generators[0]!;
  const isGenerator = e.kind === 'GeneratorExp';
  const build = e.kind === 'ListComp' ? BUILD_LIST : e.kind === 'SetComp' ? BUILD_SET : BUILD_MAP;

  if (comp.compInlined) {
    compileIterable(c, outermost);
    const state = enterInlined(c, comp);
    pushShadowed(c, comp, state, loc);
    c.opArg(build, 0, loc);
    c.opArg(SWAP, 2, loc);
    compileGenerator(c, e, 0, 0, loc, true);
    popShadowed(c, state, loc);
    leaveInlined(c, state);
    return;
  }

  // Its parameter is the iterator of the outermost iterable.
  const params = { argcount: 1, posonlyargcount: 0, kwonlyargcount: 0 };
  c.enterScope(NAMES[e.kind], SCOPE_COMPREHENSION, comp, e.lineno, params);
  if (!isGenerator) c.opArg(build, 0, loc);
  compileGenerator(c, e, 0, 0, loc, false);
  if (isGenerator) wrapInStopIterationHandler(c);
  else c.op(RETURN_VALUE, loc);
  const unit = c.finishUnit(true);
  c.exitScope();
  makeClosure(c, unit, 0, loc);
  compileIterable(c, outermost);
  c.opArg(CALL, 0, loc);
  if (comp.isCoroutine && !isGenerator) awaitValue(c, 0, loc);
}
