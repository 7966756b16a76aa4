// How does the generated code become the code that runs? The passes over the graph of basic blocks, in CPython's order.
//
// Invariant: each pass keeps what the program does, the line that a tracer sees for each step, and the handler of each instruction.
// The order of the passes, and where each stops, decides the bytes of the result: it is CPython 3.14's.

import type { ConstValue } from './ast.js';
import {
  BasicBlock,
  clear,
  clearVisited,
  type HandlerStack,
  isJump,
  markHandlers,
  maxLabel,
  nextNonemptyBlock,
} from './cfg.js';
import type { ConstantPool } from './constants.js';
import { borrowLoads } from './flow_borrow.js';
import { checkUnboundLoads } from './flow_locals.js';
import { optimizeBlock, optimizeConstantLoads } from './flow_peephole.js';
import { Instruction, Location, NO_LOCATION } from './instructions.js';
import {
  COPY,
  COPY_FREE_VARS,
  DELETE_DEREF,
  END_ASYNC_FOR,
  HAS_CONST,
  hasTarget,
  isBlockPush,
  isConditionalJump,
  isScopeExit,
  isUnconditionalJump,
  JUMP,
  JUMP_IF_FALSE,
  JUMP_IF_TRUE,
  JUMP_NO_INTERRUPT,
  LOAD_CLOSURE,
  LOAD_CONST,
  LOAD_DEREF,
  LOAD_FAST,
  LOAD_FAST_LOAD_FAST,
  LOAD_FROM_DICT_OR_DEREF,
  LOAD_SMALL_INT,
  MAKE_CELL,
  NOP,
  NOT_TAKEN,
  OPCODE_FLAGS,
  POP_BLOCK,
  POP_JUMP_IF_FALSE,
  POP_JUMP_IF_NONE,
  POP_JUMP_IF_NOT_NONE,
  POP_JUMP_IF_TRUE,
  POP_TOP,
  RESUME,
  RESUME_AT_FUNC_START,
  RESUME_OPARG_DEPTH1_MASK,
  RETURN_GENERATOR,
  STORE_DEREF,
  STORE_FAST,
  STORE_FAST_LOAD_FAST,
  STORE_FAST_MAYBE_NULL,
  STORE_FAST_STORE_FAST,
  stackEffect,
  TO_BOOL,
  YIELD_VALUE,
} from './opcodes.js';
import { PySyntaxError } from './syntax_error.js';

/** Walk the graph with the stack of open regions, and note for each instruction the handler of what it raises. */
function labelHandlers(entry: BasicBlock): void {
  clearVisited(entry);
  const todo: BasicBlock[] = [entry];
  entry.visited = true;
  entry.handlers = null;
  const visit = (block: BasicBlock, stack: HandlerStack | null): void => {
    if (block.visited) return;
    block.visited = true;
    block.handlers = stack;
    todo.push(block);
  };
  for (let block = todo.pop(); block; block = todo.pop()) {
    let stack = block.handlers;
    let lastYieldDepth = -1;
    for (const instruction of block.instructions) {
      if (isBlockPush(instruction.op)) {
        visit(instruction.target!, stack);
        stack = { handler: instruction.target!, outer: stack, depth: stack ? stack.depth + 1 : 1 };
      } else if (instruction.op === POP_BLOCK) {
        stack = stack!.outer;
        clear(instruction);
      } else {
        instruction.handler = stack ? stack.handler : null;
        if (isJump(instruction)) visit(instruction.target!, stack);
        else if (instruction.op === YIELD_VALUE) lastYieldDepth = stack ? stack.depth : 0;
        else if (instruction.op === RESUME && instruction.arg !== RESUME_AT_FUNC_START) {
          if (lastYieldDepth === 1) instruction.arg |= RESUME_OPARG_DEPTH1_MASK;
          lastYieldDepth = -1;
        }
      }
    }
    if (block.fallsThrough() && block.next) visit(block.next, stack);
    block.handlers = null;
  }
}

/** Count the predecessors of each block, and empty the blocks that have none. */
function removeUnreachable(entry: BasicBlock): void {
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    b.predecessors = 0;
    b.visited = false;
  }
  const todo: BasicBlock[] = [entry];
  entry.predecessors = 1;
  entry.visited = true;
  for (let block = todo.pop(); block; block = todo.pop()) {
    const next = block.next;
    if (next && block.fallsThrough()) {
      if (!next.visited) {
        todo.push(next);
        next.visited = true;
      }
      next.predecessors++;
    }
    for (const instruction of block.instructions) {
      if (!isJump(instruction) && !isBlockPush(instruction.op)) continue;
      const target = instruction.target!;
      if (!target.visited) {
        todo.push(target);
        target.visited = true;
      }
      target.predecessors++;
    }
  }
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    if (b.predecessors === 0) {
      b.cut(0);
      b.isHandler = false;
    }
  }
}

/** Remove the NOPs that no line needs. Returns how many. */
function removeBlockNops(block: BasicBlock): number {
  const code = block.instructions;
  let kept = 0;
  let previousLine = -1;
  for (let i = 0; i < code.length; i++) {
    const line = code[i]!.loc.line;
    if (code[i]!.op === NOP) {
      if (line < 0 || line === previousLine) continue;
      if (i < code.length - 1) {
        const following = code[i + 1]!;
        if (following.loc.line === line) continue;
        if (following.loc.line < 0) {
          following.loc = code[i]!.loc;
          continue;
        }
      } else {
        const next = nextNonemptyBlock(block.next);
        if (next) {
          const first = next.instructions.find((instruction) => instruction.op !== NOP || instruction.loc.line >= 0);
          if (first && first.loc.line === line) continue;
        }
      }
    }
    if (kept !== i) code[kept] = code[i]!;
    kept++;
    previousLine = line;
  }
  const removed = code.length - kept;
  block.cut(kept);
  return removed;
}

function removeNops(entry: BasicBlock): number {
  let removed = 0;
  for (let b: BasicBlock | null = entry; b; b = b.next) removed += removeBlockNops(b);
  return removed;
}

/** Remove NOPs, and pairs of instructions that push a value only to pop it. */
function removeNopsAndPairs(entry: BasicBlock): void {
  for (let done = false; !done; ) {
    done = true;
    let previous: Instruction | null = null;
    for (let b: BasicBlock | null = entry; b; b = b.next) {
      removeBlockNops(b);
      if (b.label >= 0) previous = null;
      for (const instruction of b.instructions) {
        if (instruction.op === POP_TOP && previous) {
          const op = previous.op;
          if (op === LOAD_CONST || op === LOAD_SMALL_INT || (op === COPY && previous.arg === 1)) {
            clear(previous);
            clear(instruction);
            done = false;
          }
        }
        previous = instruction;
      }
      if ((previous && isJump(previous)) || !b.fallsThrough()) previous = null;
    }
  }
}

/** Remove jumps to what comes next anyway. Returns how many. */
function removeRedundantJumps(entry: BasicBlock): number {
  let changes = 0;
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    const last = b.last;
    if (last === null || !isUnconditionalJump(last.op)) continue;
    if (nextNonemptyBlock(last.target) === nextNonemptyBlock(b.next)) {
      changes++;
      clear(last);
    }
  }
  return changes;
}

function removeNopsAndJumps(entry: BasicBlock): void {
  while (removeNops(entry) + removeRedundantJumps(entry) > 0);
}

/** The greatest size of an exit block that is copied in place of a jump to it. */
const MAX_COPY_SIZE = 4;

/** Replace jumps to small exit blocks, and to blocks without lines that do not fall through, by copies of them. */
function inlineExitBlocks(entry: BasicBlock): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (let b: BasicBlock | null = entry; b; b = b.next) {
      const last = b.last;
      if (last === null || !isUnconditionalJump(last.op)) continue;
      const target = last.target!;
      const smallExit = target.exits() && target.instructions.length <= MAX_COPY_SIZE;
      const noLine = target.hasNoLine() && !target.fallsThrough();
      if (!smallExit && !noLine) continue;
      const removed = last.op;
      clear(last);
      b.append(target);
      if (noLine) {
        const end = b.last!;
        // The jump that went away may have been the one that checks for signals.
        if (isUnconditionalJump(end.op) && removed === JUMP) end.op = JUMP;
      }
      target.predecessors--;
      changed = true;
    }
  }
}

function isExitOrEvalCheckWithoutLine(block: BasicBlock): boolean {
  return (block.exits() || block.hasEvalBreak()) && block.hasNoLine();
}

/**
 * Give every exit its own line (PEP 626): blocks without a line that leave the frame are copied so that each has one
 * predecessor, and take the line from it. Then lines are handed on to what has none.
 */
function resolveLines(entry: BasicBlock): void {
  let nextLabel = maxLabel(entry) + 1;
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    const last = b.last;
    if (last === null || !isJump(last)) continue;
    const target = nextNonemptyBlock(last.target)!;
    if (isExitOrEvalCheckWithoutLine(target) && target.predecessors > 1) {
      const copy = new BasicBlock(nextLabel++);
      copy.append(target);
      copy.instructions[0]!.loc = last.loc;
      last.target = copy;
      target.predecessors--;
      copy.predecessors = 1;
      copy.next = target.next;
      target.next = copy;
    }
  }
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    if (b.next && b.instructions.length > 0 && b.fallsThrough() && isExitOrEvalCheckWithoutLine(b.next)) {
      b.next.instructions[0]!.loc = b.last!.loc;
    }
  }
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    const last = b.last;
    if (last === null) continue;
    let previous = NO_LOCATION;
    for (const instruction of b.instructions) {
      if (instruction.loc.line === -1) instruction.loc = previous;
      else previous = instruction.loc;
    }
    if (b.fallsThrough() && b.next && b.next.predecessors === 1) inheritLine(b.next, previous);
    if (isJump(last) && last.target!.predecessors === 1) inheritLine(last.target!, previous);
  }
}

function inheritLine(block: BasicBlock, loc: Location): void {
  const first = block.instructions[0];
  if (first && first.loc.line === -1) first.loc = loc;
}

/** Drop the constants that no instruction loads; the first one stays, it may be the docstring. */
function removeUnusedConstants(entry: BasicBlock, consts: ConstValue[]): void {
  if (consts.length === 0) return;
  const used = new Uint8Array(consts.length);
  used[0] = 1;
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    for (const instruction of b.instructions) {
      if (OPCODE_FLAGS[instruction.op]! & HAS_CONST) used[instruction.arg] = 1;
    }
  }
  const renumbered = new Int32Array(consts.length);
  let kept = 0;
  for (let i = 0; i < consts.length; i++) {
    if (!used[i]) continue;
    renumbered[i] = kept;
    consts[kept++] = consts[i]!;
  }
  if (kept === consts.length) return;
  consts.length = kept;
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    for (const instruction of b.instructions) {
      if (OPCODE_FLAGS[instruction.op]! & HAS_CONST) instruction.arg = renumbered[instruction.arg]!;
    }
  }
}

function fuse(first: Instruction, second: Instruction, op: number): void {
  if (first.loc.line >= 0 && second.loc.line >= 0 && first.loc.line !== second.loc.line) return;
  if (first.arg >= 16 || second.arg >= 16) return;
  first.set(op, (first.arg << 4) | second.arg);
  clear(second);
}

/** Fuse neighbouring loads and stores of locals. */
function insertSuperinstructions(entry: BasicBlock): void {
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    const code = b.instructions;
    for (let i = 0; i + 1 < code.length; i++) {
      const op = code[i]!.op;
      const next = code[i + 1]!.op;
      if (op === LOAD_FAST) {
        if (next === LOAD_FAST) fuse(code[i]!, code[i + 1]!, LOAD_FAST_LOAD_FAST);
      } else if (op === STORE_FAST) {
        if (next === LOAD_FAST) fuse(code[i]!, code[i + 1]!, STORE_FAST_LOAD_FAST);
        else if (next === STORE_FAST) fuse(code[i]!, code[i + 1]!, STORE_FAST_STORE_FAST);
      }
    }
  }
  removeNops(entry);
}

/** Blocks reached without an exception are warm; those reached only from handlers are cold. */
function markColdAndWarm(entry: BasicBlock): void {
  clearVisited(entry);
  const todo: BasicBlock[] = [entry];
  entry.visited = true;
  for (let block = todo.pop(); block; block = todo.pop()) {
    block.warm = true;
    const next = block.next;
    if (next && !next.visited && block.fallsThrough()) {
      todo.push(next);
      next.visited = true;
    }
    for (const instruction of block.instructions) {
      if (isJump(instruction) && !instruction.target!.visited) {
        todo.push(instruction.target!);
        instruction.target!.visited = true;
      }
    }
  }
  clearVisited(entry);
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    if (b.isHandler) {
      todo.push(b);
      b.visited = true;
    }
  }
  for (let block = todo.pop(); block; block = todo.pop()) {
    block.cold = true;
    const next = block.next;
    if (next && !next.warm && !next.visited && block.fallsThrough()) {
      todo.push(next);
      next.visited = true;
    }
    const last = block.last;
    if (last && isJump(last)) {
      const target = last.target!;
      if (!target.warm && !target.visited) {
        todo.push(target);
        target.visited = true;
      }
    }
  }
}

/** Move the code that runs only after an exception to the end. */
function moveColdBlocks(entry: BasicBlock): void {
  if (entry.next === null) return;
  markColdAndWarm(entry);
  let nextLabel = maxLabel(entry) + 1;
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    const next: BasicBlock | null = b.next;
    if (b.cold && next?.warm && b.fallsThrough()) {
      const jump = new BasicBlock(-1);
      if (next.label < 0) next.label = nextLabel++;
      jump.addJump(JUMP_NO_INTERRUPT, next, NO_LOCATION);
      jump.cold = true;
      jump.next = next;
      jump.predecessors = 1;
      b.next = jump;
    }
  }
  let coldHead: BasicBlock | null = null;
  let coldTail: BasicBlock | null = null;
  let b = entry;
  while (b.next) {
    while (b.next && !b.next.cold) b = b.next;
    const first: BasicBlock | null = b.next;
    if (!first) break;
    let end = first;
    while (end.next?.cold) end = end.next;
    if (coldTail) coldTail.next = first;
    else coldHead = first;
    coldTail = end;
    b.next = end.next;
    end.next = null;
  }
  b.next = coldHead;
  if (coldHead) removeNopsAndJumps(entry);
}

/**
 * Optimize the code of a unit, in place. `consts` is the list of its constants, and may grow and shrink; `nparams` of the `nlocals`
 * locals are parameters and so bound on entry.
 */
export function optimizeGraph(
  entry: BasicBlock,
  consts: ConstValue[],
  pool: ConstantPool,
  nlocals: number,
  nparams: number,
): void {
  markHandlers(entry);
  labelHandlers(entry);
  inlineExitBlocks(entry);
  removeUnreachable(entry);
  resolveLines(entry);
  for (let b: BasicBlock | null = entry; b; b = b.next) optimizeConstantLoads(b, consts, pool);
  for (let b: BasicBlock | null = entry; b; b = b.next) optimizeBlock(b, consts, pool);
  removeNopsAndPairs(entry);
  removeUnreachable(entry);
  removeNopsAndJumps(entry);
  removeUnusedConstants(entry, consts);
  checkUnboundLoads(entry, nlocals, nparams);
  insertSuperinstructions(entry);
  moveColdBlocks(entry);
  resolveLines(entry);
}

/** JUMP_IF_x leaves the value that it tested: spell that out. */
function expandConditionalJumps(entry: BasicBlock): void {
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    const last = b.last;
    if (!last || (last.op !== JUMP_IF_FALSE && last.op !== JUMP_IF_TRUE)) continue;
    last.op = last.op === JUMP_IF_FALSE ? POP_JUMP_IF_FALSE : POP_JUMP_IF_TRUE;
    const copy = new Instruction(COPY, 1, last.loc);
    copy.handler = last.handler;
    const toBool = new Instruction(TO_BOOL, 0, last.loc);
    toBool.handler = last.handler;
    b.instructions.splice(b.instructions.length - 1, 0, copy, toBool);
  }
}

/** The depth of stack that the code needs; fills in the depth on entry of each block. */
function computeStackDepth(entry: BasicBlock): number {
  for (let b: BasicBlock | null = entry; b; b = b.next) b.startDepth = -1;
  let max = 0;
  const todo: BasicBlock[] = [];
  const visit = (block: BasicBlock, depth: number): void => {
    if (block.startDepth < 0) {
      block.startDepth = depth;
      todo.push(block);
    } else if (block.startDepth !== depth) {
      throw new PySyntaxError('ValueError', 'Invalid CFG, inconsistent stackdepth');
    }
  };
  visit(entry, 0);
  for (let block = todo.pop(); block; block = todo.pop()) {
    let depth = block.startDepth;
    let next = block.next;
    for (const instruction of block.instructions) {
      const after = depth + stackEffect(instruction.op, instruction.arg, false);
      if (after < 0) throw new PySyntaxError('ValueError', 'Invalid CFG, stack underflow');
      if (depth > max) max = depth;
      if (hasTarget(instruction.op) && instruction.op !== END_ASYNC_FOR) {
        visit(instruction.target!, depth + stackEffect(instruction.op, instruction.arg, true));
      }
      depth = after;
      if (isUnconditionalJump(instruction.op) || isScopeExit(instruction.op)) {
        next = null;
        break;
      }
    }
    if (next) visit(next, depth);
  }
  return max;
}

/** Which variables a unit has, by name and in order; cells and free variables are numbered together, cells first. */
export interface UnitVariables {
  varnames: Map<string, number>;
  cellvars: Map<string, number>;
  freevars: Map<string, number>;
  firstLine: number;
  isGenerator: boolean;
}

/** Where each cell and free variable is among the fast locals: a parameter that is a cell keeps the parameter's place. */
function cellPlaces(unit: UnitVariables): Int32Array {
  const nlocals = unit.varnames.size;
  const places = new Int32Array(unit.cellvars.size + unit.freevars.size);
  for (let i = 0; i < places.length; i++) places[i] = nlocals + i;
  for (const [name, index] of unit.cellvars) {
    const local = unit.varnames.get(name);
    if (local !== undefined) places[index] = local;
  }
  return places;
}

/** Insert what a frame does first: take the closure, make the cells, turn into a generator. */
function insertPrefix(unit: UnitVariables, entry: BasicBlock, places: Int32Array): void {
  const prefix: Instruction[] = [];
  if (unit.freevars.size) prefix.push(new Instruction(COPY_FREE_VARS, unit.freevars.size, NO_LOCATION));
  const cells = Array.from({ length: unit.cellvars.size }, (_, i) => i).sort((a, b) => places[a]! - places[b]!);
  for (const cell of cells) prefix.push(new Instruction(MAKE_CELL, cell, NO_LOCATION));
  if (unit.isGenerator) {
    const loc = new Location(unit.firstLine, unit.firstLine, -1, -1);
    prefix.push(new Instruction(RETURN_GENERATOR, 0, loc), new Instruction(POP_TOP, 0, loc));
  }
  if (prefix.length) entry.instructions = prefix.concat(entry.instructions);
}

/** Number the variables as they will be in the frame. Returns how many there are. */
function placeVariables(unit: UnitVariables, entry: BasicBlock): number {
  const places = cellPlaces(unit);
  insertPrefix(unit, entry, places);
  const nlocals = unit.varnames.size;
  let dropped = 0;
  for (let i = 0; i < places.length; i++) {
    if (places[i] === i + nlocals) places[i]! -= dropped;
    else dropped++;
  }
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    for (const instruction of b.instructions) {
      switch (instruction.op) {
        case MAKE_CELL:
        case LOAD_CLOSURE:
        case LOAD_DEREF:
        case STORE_DEREF:
        case DELETE_DEREF:
        case LOAD_FROM_DICT_OR_DEREF:
          instruction.arg = places[instruction.arg]!;
      }
    }
  }
  return nlocals + places.length - dropped;
}

/** Replace the pseudo-instructions that have done their work. */
function convertPseudoInstructions(entry: BasicBlock): void {
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    for (const instruction of b.instructions) {
      if (isBlockPush(instruction.op)) clear(instruction);
      else if (instruction.op === LOAD_CLOSURE) instruction.op = LOAD_FAST;
      else if (instruction.op === STORE_FAST_MAYBE_NULL) instruction.op = STORE_FAST;
    }
  }
  removeNopsAndJumps(entry);
}

const OPPOSITE = new Map([
  [POP_JUMP_IF_NOT_NONE, POP_JUMP_IF_NONE],
  [POP_JUMP_IF_NONE, POP_JUMP_IF_NOT_NONE],
  [POP_JUMP_IF_FALSE, POP_JUMP_IF_TRUE],
  [POP_JUMP_IF_TRUE, POP_JUMP_IF_FALSE],
]);

/** Conditional jumps only go forward: turn the others round, over an unconditional jump back. */
function normalizeJumps(entry: BasicBlock): void {
  clearVisited(entry);
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    b.visited = true;
    const last = b.last;
    if (!last || !isConditionalJump(last.op)) continue;
    const target = last.target!;
    if (!target.visited) {
      b.add(NOT_TAKEN, 0, last.loc);
      continue;
    }
    const back = new BasicBlock(-1);
    back.add(NOT_TAKEN, 0, last.loc);
    back.addJump(JUMP, target, last.loc);
    back.startDepth = target.startDepth;
    last.op = OPPOSITE.get(last.op)!;
    last.target = b.next;
    back.cold = b.cold;
    back.next = b.next;
    b.next = back;
  }
}

/** Turn optimized code into real instructions. Returns the stack it needs and the number of its fast locals. */
export function finishGraph(entry: BasicBlock, unit: UnitVariables): { stackDepth: number; nlocalsplus: number } {
  expandConditionalJumps(entry);
  const stackDepth = computeStackDepth(entry);
  const nlocalsplus = placeVariables(unit, entry);
  convertPseudoInstructions(entry);
  normalizeJumps(entry);
  borrowLoads(entry);
  return { stackDepth, nlocalsplus };
}
