// What code does a `match` statement become (PEP 634)?
//
// Invariant: each pattern consumes the subject on top of the stack and jumps, on failure, to a place that pops what is in the way. `onTop`
// counts the items that have to stay above the captured values; those are kept on the stack, below them, and are stored in their names
// only when the whole pattern has matched.

import type {
  Expr,
  Match,
  MatchAs,
  MatchClass,
  MatchMapping,
  MatchOr,
  MatchSequence,
  MatchValue,
  Pattern,
} from './ast.js';
import type { Compiler } from './codegen.js';
import { comparison, compileExpr, compileJumpIf } from './codegen_expr.js';
import { compileStmts } from './codegen_stmt.js';
import { reprConstant, reprString } from './const_repr.js';
import { equalityKey } from './constants.js';
import { type Label, type Location, locationOf, NEXT_LOCATION, NO_LOCATION } from './instructions.js';
import {
  BINARY_OP,
  BUILD_MAP,
  BUILD_TUPLE,
  COPY,
  DELETE_SUBSCR,
  DICT_UPDATE,
  GET_LEN,
  IS_OP,
  JUMP,
  MATCH_CLASS,
  MATCH_KEYS,
  MATCH_MAPPING,
  MATCH_SEQUENCE,
  NB_SUBSCR,
  NB_SUBTRACT,
  NOP,
  POP_JUMP_IF_FALSE,
  POP_TOP,
  SWAP,
  TO_BOOL,
  UNPACK_EX,
  UNPACK_SEQUENCE,
} from './opcodes.js';

class PatternContext {
  /** The names captured so far, in the order of their values on the stack. */
  stores: string[] = [];
  /** May the pattern be one that always matches? */
  allowIrrefutable = false;
  /** Where to jump to pop as many items as the index says, and fail. */
  failPop: Label[] = [];
  onTop = 0;
}

function isWildcard(p: Pattern): boolean {
  return p.kind === 'MatchAs' && p.name === null;
}

function isStarWildcard(p: Pattern): boolean {
  return p.kind === 'MatchStar' && p.name === null;
}

function reserveFailPop(c: Compiler, pc: PatternContext, pops: number): void {
  while (pc.failPop.length <= pops) pc.failPop.push(c.newLabel());
}

function jumpToFailPop(c: Compiler, pc: PatternContext, op: number, loc: Location): void {
  const pops = pc.onTop + pc.stores.length;
  reserveFailPop(c, pc, pops);
  c.jump(op, pc.failPop[pops]!, loc);
}

function emitFailPops(c: Compiler, pc: PatternContext, loc: Location): void {
  if (pc.failPop.length === 0) return;
  for (let i = pc.failPop.length - 1; i > 0; i--) {
    c.useLabel(pc.failPop[i]!);
    c.op(POP_TOP, loc);
  }
  c.useLabel(pc.failPop[0]!);
  pc.failPop = [];
}

/** Move the top of the stack below the `count - 1` items under it. */
function rotate(c: Compiler, count: number, loc: Location): void {
  for (; count > 1; count--) c.opArg(SWAP, count, loc);
}

/** Keep the top of the stack as the value of the name. */
function capture(c: Compiler, name: string | null, pc: PatternContext, loc: Location): void {
  if (name === null) {
    c.op(POP_TOP, loc);
    return;
  }
  if (pc.stores.includes(name)) throw duplicateStore(c, name, loc);
  rotate(c, pc.onTop + pc.stores.length + 1, loc);
  pc.stores.push(name);
}

function duplicateStore(c: Compiler, name: string, loc: Location): Error {
  return c.error(`multiple assignments to name ${reprString(name)} in pattern`, loc);
}

function compileSubpattern(c: Compiler, p: Pattern, pc: PatternContext): void {
  const { allowIrrefutable } = pc;
  pc.allowIrrefutable = true;
  compilePattern(c, p, pc);
  pc.allowIrrefutable = allowIrrefutable;
}

function compilePattern(c: Compiler, p: Pattern, pc: PatternContext): void {
  c.nesting.enter();
  const loc = locationOf(p);
  switch (p.kind) {
    case 'MatchValue':
      compileValue(c, p, pc, loc);
      break;
    case 'MatchSingleton':
      c.loadConst(p.value, loc);
      c.opArg(IS_OP, 0, loc);
      jumpToFailPop(c, pc, POP_JUMP_IF_FALSE, loc);
      break;
    case 'MatchSequence':
      compileSequence(c, p, pc, loc);
      break;
    case 'MatchMapping':
      compileMapping(c, p, pc, loc);
      break;
    case 'MatchClass':
      compileClassPattern(c, p, pc, loc);
      break;
    case 'MatchStar':
      capture(c, p.name, pc, loc);
      break;
    case 'MatchAs':
      compileAs(c, p, pc, loc);
      break;
    case 'MatchOr':
      compileOr(c, p, pc, loc);
      break;
  }
  c.nesting.leave();
}

function compileValue(c: Compiler, p: MatchValue, pc: PatternContext, loc: Location): void {
  if (p.value.kind !== 'Constant' && p.value.kind !== 'Attribute') {
    throw c.error('patterns may only match literals and attribute lookups', loc);
  }
  compileExpr(c, p.value);
  comparison(c, 'Eq', loc);
  c.op(TO_BOOL, loc);
  jumpToFailPop(c, pc, POP_JUMP_IF_FALSE, loc);
}

function compileAs(c: Compiler, p: MatchAs, pc: PatternContext, loc: Location): void {
  if (p.pattern === null) {
    if (!pc.allowIrrefutable) {
      if (p.name === null) throw c.error('wildcard makes remaining patterns unreachable', loc);
      throw c.error(`name capture ${reprString(p.name)} makes remaining patterns unreachable`, loc);
    }
    capture(c, p.name, pc, loc);
    return;
  }
  pc.onTop++;
  c.opArg(COPY, 1, loc);
  compilePattern(c, p.pattern, pc);
  pc.onTop--;
  capture(c, p.name, pc, loc);
}

// Sequences

function lengthIs(c: Compiler, op: 'Eq' | 'GtE', length: number, pc: PatternContext, loc: Location): void {
  c.op(GET_LEN, loc);
  c.loadInt(length, loc);
  comparison(c, op, loc);
  jumpToFailPop(c, pc, POP_JUMP_IF_FALSE, loc);
}

function compileSequence(c: Compiler, p: MatchSequence, pc: PatternContext, loc: Location): void {
  const { patterns } = p;
  const size = patterns.length;
  let star = -1;
  let onlyWildcards = true;
  let starWildcard = false;
  patterns.forEach((pattern, i) => {
    if (pattern.kind !== 'MatchStar') {
      if (!isWildcard(pattern)) onlyWildcards = false;
      return;
    }
    if (star >= 0) throw c.error('multiple starred names in sequence pattern', loc);
    starWildcard = isStarWildcard(pattern);
    if (!starWildcard) onlyWildcards = false;
    star = i;
  });
  pc.onTop++;
  c.op(MATCH_SEQUENCE, loc);
  jumpToFailPop(c, pc, POP_JUMP_IF_FALSE, loc);
  if (star < 0) lengthIs(c, 'Eq', size, pc, loc);
  else if (size > 1) lengthIs(c, 'GtE', size - 1, pc, loc);
  pc.onTop--;
  if (onlyWildcards) c.op(POP_TOP, loc);
  else if (starWildcard) subscriptSequence(c, patterns, star, pc, loc);
  else unpackSequence(c, patterns, pc, loc);
}

function unpackSequence(c: Compiler, patterns: Pattern[], pc: PatternContext, loc: Location): void {
  const size = patterns.length;
  const star = patterns.findIndex((pattern) => pattern.kind === 'MatchStar');
  if (star >= 0) {
    const after = size - star - 1;
    if (star >= 1 << 8 || after >= 0x7fffffff >> 8) {
      throw c.error('too many expressions in star-unpacking sequence pattern', loc);
    }
    c.opArg(UNPACK_EX, star + (after << 8), loc);
  } else {
    c.opArg(UNPACK_SEQUENCE, size, loc);
  }
  pc.onTop += size;
  for (const pattern of patterns) {
    pc.onTop--;
    compileSubpattern(c, pattern, pc);
  }
}

/** With a `*_` in it: take only the elements that are asked for. */
function subscriptSequence(c: Compiler, patterns: Pattern[], star: number, pc: PatternContext, loc: Location): void {
  const size = patterns.length;
  pc.onTop++;
  patterns.forEach((pattern, i) => {
    if (isWildcard(pattern) || i === star) return;
    c.opArg(COPY, 1, loc);
    if (i < star) {
      c.loadInt(i, loc);
    } else {
      // The subject may not know negative indices.
      c.op(GET_LEN, loc);
      c.loadInt(size - i, loc);
      c.opArg(BINARY_OP, NB_SUBTRACT, loc);
    }
    c.opArg(BINARY_OP, NB_SUBSCR, loc);
    compileSubpattern(c, pattern, pc);
  });
  pc.onTop--;
  c.op(POP_TOP, loc);
}

// Mappings

function compileKey(c: Compiler, key: Expr | null, seen: Set<string>, p: MatchMapping, i: number): void {
  const loc = locationOf(p);
  if (!key) {
    const msg = "can't use NULL keys in MatchMapping (set 'rest' parameter instead)";
    throw c.error(msg, locationOf(p.patterns[i]!));
  }
  if (key.kind === 'Constant') {
    const identity = equalityKey(key.value);
    if (seen.has(identity)) throw c.error(`mapping pattern checks duplicate key (${reprConstant(key.value)})`, loc);
    seen.add(identity);
  } else if (key.kind !== 'Attribute') {
    throw c.error('mapping pattern keys may only match literals and attribute lookups', loc);
  }
  compileExpr(c, key);
}

function compileMapping(c: Compiler, p: MatchMapping, pc: PatternContext, loc: Location): void {
  const { keys, patterns, rest } = p;
  const size = keys.length;
  if (size !== patterns.length) {
    throw c.error(`keys (${size}) / patterns (${patterns.length}) length mismatch in mapping pattern`, loc);
  }
  pc.onTop++;
  c.op(MATCH_MAPPING, loc);
  jumpToFailPop(c, pc, POP_JUMP_IF_FALSE, loc);
  if (size === 0 && rest === null) {
    pc.onTop--;
    c.op(POP_TOP, loc);
    return;
  }
  if (size) lengthIs(c, 'GtE', size, pc, loc);
  const seen = new Set<string>();
  keys.forEach((key, i) => {
    compileKey(c, key, seen, p, i);
  });
  c.opArg(BUILD_TUPLE, size, loc);
  c.op(MATCH_KEYS, loc);
  // Above the subject: the tuple of keys, and the tuple of values or None.
  pc.onTop += 2;
  c.opArg(COPY, 1, loc);
  c.loadNone(loc);
  c.opArg(IS_OP, 1, loc);
  jumpToFailPop(c, pc, POP_JUMP_IF_FALSE, loc);
  c.opArg(UNPACK_SEQUENCE, size, loc);
  pc.onTop += size - 1;
  for (const pattern of patterns) {
    pc.onTop--;
    compileSubpattern(c, pattern, pc);
  }
  pc.onTop -= 2;
  if (rest === null) {
    c.op(POP_TOP, loc);
    c.op(POP_TOP, loc);
    return;
  }
  // A copy of the subject without the keys.
  c.opArg(BUILD_MAP, 0, loc);
  c.opArg(SWAP, 3, loc);
  c.opArg(DICT_UPDATE, 2, loc);
  c.opArg(UNPACK_SEQUENCE, size, loc);
  for (let left = size; left > 0; left--) {
    c.opArg(COPY, 1 + left, loc);
    c.opArg(SWAP, 2, loc);
    c.op(DELETE_SUBSCR, loc);
  }
  capture(c, rest, pc, loc);
}

// Classes

function compileClassPattern(c: Compiler, p: MatchClass, pc: PatternContext, loc: Location): void {
  const { patterns, kwd_attrs: attrs, kwd_patterns: attrPatterns } = p;
  if (attrs.length !== attrPatterns.length) {
    const msg = `kwd_attrs (${attrs.length}) / kwd_patterns (${attrPatterns.length}) length mismatch in class pattern`;
    throw c.error(msg, loc);
  }
  for (const [i, attr] of attrs.entries()) {
    const other = attrs.indexOf(attr, i + 1);
    if (other >= 0)
      throw c.error(`attribute name repeated in class pattern: ${attr}`, locationOf(attrPatterns[other]!));
  }
  compileExpr(c, p.cls);
  c.loadConst({ t: 'tuple', v: attrs.map((v) => ({ t: 'str', v })) }, loc);
  c.opArg(MATCH_CLASS, patterns.length, loc);
  c.opArg(COPY, 1, loc);
  c.loadNone(loc);
  c.opArg(IS_OP, 1, loc);
  pc.onTop++;
  jumpToFailPop(c, pc, POP_JUMP_IF_FALSE, loc);
  const all = [...patterns, ...attrPatterns];
  c.opArg(UNPACK_SEQUENCE, all.length, loc);
  pc.onTop += all.length - 1;
  for (const pattern of all) {
    pc.onTop--;
    if (isWildcard(pattern)) c.op(POP_TOP, loc);
    else compileSubpattern(c, pattern, pc);
  }
}

// Alternatives

function compileOr(c: Compiler, p: MatchOr, pc: PatternContext, loc: Location): void {
  const end = c.newLabel();
  const size = p.patterns.length;
  const outer = { ...pc };
  // The names that the first alternative binds; the others must bind the same, and put their values in the same order.
  let control: string[] = [];
  p.patterns.forEach((alternative, i) => {
    const at = locationOf(alternative);
    pc.stores = [];
    pc.allowIrrefutable = i === size - 1 && outer.allowIrrefutable;
    pc.failPop = [];
    pc.onTop = 0;
    c.opArg(COPY, 1, at);
    compilePattern(c, alternative, pc);
    if (i === 0) control = pc.stores;
    else reorderStores(c, pc, control, at, loc);
    c.jump(JUMP, end, at);
    emitFailPops(c, pc, at);
  });
  Object.assign(pc, outer);
  c.op(POP_TOP, loc);
  jumpToFailPop(c, pc, JUMP, loc);
  c.useLabel(end);
  const rotations = control.length + 1 + pc.onTop + pc.stores.length;
  for (const name of control) {
    rotate(c, rotations, loc);
    if (pc.stores.includes(name)) throw duplicateStore(c, name, loc);
    pc.stores.push(name);
  }
  c.op(POP_TOP, loc);
}

function reorderStores(c: Compiler, pc: PatternContext, control: string[], at: Location, loc: Location): void {
  const differ = (): Error => c.error('alternative patterns bind different names', loc);
  if (pc.stores.length !== control.length) throw differ();
  for (let wanted = control.length - 1; wanted >= 0; wanted--) {
    const found = pc.stores.indexOf(control[wanted]!);
    if (found < 0) throw differ();
    if (found === wanted) continue;
    // Rotate the names up to the one found, and their values, so that it comes to its place.
    const moved = pc.stores.splice(0, found + 1);
    pc.stores.splice(wanted - found, 0, ...moved);
    for (let k = 0; k <= found; k++) rotate(c, wanted + 1, at);
  }
}

// The statement

export function compileMatch(c: Compiler, s: Match): void {
  compileExpr(c, s.subject);
  const end = c.newLabel();
  const cases = s.cases.length;
  const last = s.cases[cases - 1]!;
  // A final `case _` needs neither a test nor the subject.
  const hasDefault = isWildcard(last.pattern) && cases > 1;
  const tested = hasDefault ? cases - 1 : cases;
  for (let i = 0; i < tested; i++) {
    const { pattern, guard, body } = s.cases[i]!;
    const loc = locationOf(pattern);
    const needsSubject = i !== tested - 1;
    if (needsSubject) c.opArg(COPY, 1, loc);
    const pc = new PatternContext();
    pc.allowIrrefutable = guard !== null || i === cases - 1;
    compilePattern(c, pattern, pc);
    for (const name of pc.stores) c.nameOp(name, 'Store', loc);
    if (guard) {
      reserveFailPop(c, pc, 0);
      compileJumpIf(c, loc, guard, pc.failPop[0]!, false);
    }
    if (needsSubject) c.op(POP_TOP, NEXT_LOCATION);
    compileStmts(c, body);
    c.jump(JUMP, end, NO_LOCATION);
    // The clean-up after a failure belongs to the pattern that failed.
    emitFailPops(c, pc, loc);
  }
  if (hasDefault) {
    const loc = locationOf(last.pattern);
    c.op(NOP, loc);
    if (last.guard) compileJumpIf(c, loc, last.guard, end, false);
    compileStmts(c, last.body);
  }
  c.useLabel(end);
}
