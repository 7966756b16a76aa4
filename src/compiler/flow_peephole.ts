// What can be done better within one basic block? Constant folding, jump threading, and rewriting of short sequences.
//
// Invariant: nothing moves between blocks, and an instruction that becomes superfluous turns into a NOP in place: positions stay
// valid while a pass runs, and later passes decide whether the NOP's line is still needed.

import type { ConstValue } from './ast.js';
import { type BasicBlock, clear } from './cfg.js';
import { foldBinary, foldUnary } from './const_fold.js';
import { type ConstantPool, isTrue, makeFrozenset } from './constants.js';
import { type Instruction, NO_LOCATION } from './instructions.js';
import {
  BINARY_OP,
  BUILD_LIST,
  BUILD_SET,
  BUILD_TUPLE,
  CALL_INTRINSIC_1,
  COMPARE_OP,
  COMPARE_TO_BOOL,
  CONTAINS_OP,
  COPY,
  GET_ITER,
  hasTarget,
  INTRINSIC_LIST_TO_TUPLE,
  INTRINSIC_UNARY_POSITIVE,
  IS_OP,
  JUMP,
  JUMP_IF_FALSE,
  JUMP_IF_TRUE,
  JUMP_NO_INTERRUPT,
  LIST_APPEND,
  LIST_EXTEND,
  LOAD_CONST,
  LOAD_GLOBAL,
  LOAD_SMALL_INT,
  NOP,
  POP_JUMP_IF_FALSE,
  POP_JUMP_IF_NONE,
  POP_JUMP_IF_NOT_NONE,
  POP_JUMP_IF_TRUE,
  POP_TOP,
  PUSH_NULL,
  SET_ADD,
  SET_UPDATE,
  STORE_FAST,
  STORE_FAST_MAYBE_NULL,
  SWAP,
  TO_BOOL,
  UNARY_INVERT,
  UNARY_NEGATIVE,
  UNARY_NOT,
  UNPACK_SEQUENCE,
} from './opcodes.js';

/** How much stack an expression of constants may use; larger displays are built piece by piece. */
export const STACK_USE_GUIDELINE = 30;
/** From this size on, a display of constants is made by extending an empty list or set. */
const MIN_CONST_SEQUENCE_SIZE = 3;

function loadsConstant(op: number): boolean {
  return op === LOAD_CONST || op === LOAD_SMALL_INT;
}

function constantOf(op: number, arg: number, consts: ConstValue[]): ConstValue {
  return op === LOAD_SMALL_INT ? { t: 'int', v: BigInt(arg) } : consts[arg]!;
}

/** The index of the constant in the list, where it is appended if need be. */
function addConstant(c: ConstValue, consts: ConstValue[], pool: ConstantPool): number {
  const merged = pool.merge(c);
  const index = consts.indexOf(merged);
  return index >= 0 ? index : consts.push(merged) - 1;
}

function isSmallInt(c: ConstValue): c is { t: 'int'; v: bigint } {
  return c.t === 'int' && c.v >= 0n && c.v <= 255n;
}

/** Make the instruction load the constant. */
function loadConstant(instruction: Instruction, c: ConstValue, consts: ConstValue[], pool: ConstantPool): void {
  if (isSmallInt(c)) instruction.set(LOAD_SMALL_INT, Number(c.v));
  else instruction.set(LOAD_CONST, addConstant(c, consts, pool));
}

/** The `count` instructions before position `end` that load constants, NOPs between them skipped; null if there are not so many. */
function constantLoadsBefore(code: Instruction[], end: number, count: number): Instruction[] | null {
  const loads = new Array<Instruction>(count);
  for (let i = end - 1; count > 0; i--) {
    if (i < 0) return null;
    const instruction = code[i]!;
    if (instruction.op === NOP) continue;
    if (!loadsConstant(instruction.op)) return null;
    loads[--count] = instruction;
  }
  return loads;
}

function erase(instructions: Instruction[]): void {
  for (const instruction of instructions) {
    clear(instruction);
    instruction.loc = NO_LOCATION;
  }
}

function foldTuple(code: Instruction[], i: number, consts: ConstValue[], pool: ConstantPool): void {
  const size = code[i]!.arg;
  if (size > STACK_USE_GUIDELINE) return;
  const loads = constantLoadsBefore(code, i, size);
  if (!loads) return;
  const v = loads.map((load) => constantOf(load.op, load.arg, consts));
  erase(loads);
  loadConstant(code[i]!, { t: 'tuple', v }, consts, pool);
}

/**
 * A large display of constants is built constant by constant. If that is what ends before `end`, make `instruction` load all of it as one
 * constant instead. (If it is the last of the appends, it loses its location with the others; so it is in CPython.)
 */
function foldAppends(
  code: Instruction[],
  end: number,
  instruction: Instruction,
  add: number,
  consts: ConstValue[],
  pool: ConstantPool,
): void {
  const build = add === LIST_APPEND ? BUILD_LIST : BUILD_SET;
  const items: ConstValue[] = [];
  let expectAppend = true;
  for (let pos = end - 1; pos >= 0; pos--) {
    const { op, arg } = code[pos]!;
    if (op === NOP) continue;
    if (op === build && arg === 0) {
      if (!expectAppend) return;
      for (let k = pos; k < end; k++) if (code[k]!.op !== NOP) erase([code[k]!]);
      items.reverse();
      const value: ConstValue = add === LIST_APPEND ? { t: 'tuple', v: items } : makeFrozenset(items);
      loadConstant(instruction, value, consts, pool);
      return;
    }
    if (expectAppend) {
      if (op !== add || arg !== 1) return;
    } else {
      if (!loadsConstant(op)) return;
      items.push(constantOf(op, arg, consts));
    }
    expectAppend = !expectAppend;
  }
}

/** A display of constants that is only iterated or searched becomes a constant; a longer one is made from a constant. */
function optimizeDisplay(code: Instruction[], i: number, next: number, consts: ConstValue[], pool: ConstantPool): void {
  const instruction = code[i]!;
  const onlyRead = next === GET_ITER || next === CONTAINS_OP;
  const size = instruction.arg;
  if (size > STACK_USE_GUIDELINE || (size < MIN_CONST_SEQUENCE_SIZE && !onlyRead)) return;
  const loads = constantLoadsBefore(code, i, size);
  if (!loads) {
    if (onlyRead && instruction.op === BUILD_LIST) instruction.op = BUILD_TUPLE;
    return;
  }
  const items = loads.map((load) => constantOf(load.op, load.arg, consts));
  const isList = instruction.op === BUILD_LIST;
  const index = addConstant(isList ? { t: 'tuple', v: items } : makeFrozenset(items), consts, pool);
  erase(loads);
  if (onlyRead) {
    instruction.set(LOAD_CONST, index);
    return;
  }
  code[i - 2]!.loc = instruction.loc;
  code[i - 2]!.set(instruction.op, 0);
  code[i - 1]!.set(LOAD_CONST, index);
  instruction.set(isList ? LIST_EXTEND : SET_UPDATE, 1);
}

function foldBinaryAt(code: Instruction[], i: number, consts: ConstValue[], pool: ConstantPool): void {
  const loads = constantLoadsBefore(code, i, 2);
  if (!loads) return;
  const [a, b] = loads.map((load) => constantOf(load.op, load.arg, consts));
  const value = foldBinary(a!, code[i]!.arg, b!);
  if (!value) return;
  erase(loads);
  loadConstant(code[i]!, value, consts, pool);
}

function foldUnaryAt(code: Instruction[], i: number, consts: ConstValue[], pool: ConstantPool): void {
  const loads = constantLoadsBefore(code, i, 1);
  if (!loads) return;
  const value = foldUnary(code[i]!.op, constantOf(loads[0]!.op, loads[0]!.arg, consts));
  if (!value) return;
  erase(loads);
  loadConstant(code[i]!, value, consts, pool);
}

/** Replace a run of SWAPs (and NOPs) from `start` by the shortest one of the same effect. Returns the last position of the run. */
function shortenSwaps(code: Instruction[], start: number): number {
  let depth = code[start]!.arg;
  let end = start + 1;
  let more = false;
  for (; end < code.length; end++) {
    const { op, arg } = code[end]!;
    if (op === SWAP) {
      depth = Math.max(depth, arg);
      more = true;
    } else if (op !== NOP) {
      break;
    }
  }
  if (!more) return start;
  const stack = Array.from({ length: depth }, (_, i) => i);
  for (let i = start; i < end; i++) {
    if (code[i]!.op !== SWAP) continue;
    const other = code[i]!.arg - 1;
    const top = stack[0]!;
    stack[0] = stack[other]!;
    stack[other] = top;
  }
  // Each cycle of the permutation is undone through the top of the stack; writing from the end of the run backwards does it forwards.
  const VISITED = -1;
  let current = end - 1;
  for (let i = 0; i < depth; i++) {
    if (stack[i] === VISITED || stack[i] === i) continue;
    for (let j = i; ; ) {
      if (j) code[current--]!.set(SWAP, j + 1);
      if (stack[j] === VISITED) break;
      const next = stack[j]!;
      stack[j] = VISITED;
      j = next;
    }
  }
  while (current >= start) clear(code[current--]!);
  return end - 1;
}

function isSwappable(op: number): boolean {
  return op === STORE_FAST || op === STORE_FAST_MAYBE_NULL || op === POP_TOP;
}

/** The local that the instruction stores, or -1. */
function storedLocal(instruction: Instruction): number {
  return instruction.op === STORE_FAST || instruction.op === STORE_FAST_MAYBE_NULL ? instruction.arg : -1;
}

/** The next instruction that only consumes the top of the stack, on that line unless it is -1; -1 if another comes first. */
function nextSwappable(code: Instruction[], i: number, line: number): number {
  while (++i < code.length) {
    const instruction = code[i]!;
    if (line >= 0 && instruction.loc.line !== line) return -1;
    if (instruction.op === NOP) continue;
    return isSwappable(instruction.op) ? i : -1;
  }
  return -1;
}

/** Apply the SWAPs that end at `i` to the instructions that follow, where those only store or pop what is on top. */
function applySwaps(code: Instruction[], i: number): void {
  for (; i >= 0; i--) {
    const swap = code[i]!;
    if (swap.op !== SWAP) {
      if (swap.op === NOP || isSwappable(swap.op)) continue;
      return;
    }
    const j = nextSwappable(code, i, -1);
    if (j < 0) return;
    const line = code[j]!.loc.line;
    let k = j;
    for (let count = swap.arg - 1; count > 0; count--) {
      k = nextSwappable(code, k, line);
      if (k < 0) return;
    }
    const storeJ = storedLocal(code[j]!);
    const storeK = storedLocal(code[k]!);
    if (storeJ >= 0 || storeK >= 0) {
      if (storeJ === storeK) return;
      for (let between = j + 1; between < k; between++) {
        const store = storedLocal(code[between]!);
        if (store >= 0 && (store === storeJ || store === storeK)) return;
      }
    }
    clear(swap);
    const moved = code[j]!;
    code[j] = code[k]!;
    code[k] = moved;
  }
}

/** Constants that decide jumps and comparisons with None; small integers get their own instruction. */
export function optimizeConstantLoads(block: BasicBlock, consts: ConstValue[], pool: ConstantPool): void {
  const code = block.instructions;
  let op = 0;
  let arg = 0;
  for (let i = 0; i < code.length; i++) {
    const instruction = code[i]!;
    if (instruction.op === LOAD_CONST) {
      const c = consts[instruction.arg]!;
      if (isSmallInt(c)) instruction.set(LOAD_SMALL_INT, Number(c.v));
    }
    const copiesConstant = op === LOAD_CONST && instruction.op === COPY && instruction.arg === 1;
    if (!copiesConstant) {
      op = instruction.op;
      arg = instruction.arg;
    }
    if (!loadsConstant(op) || i + 1 >= code.length) continue;
    const next = code[i + 1]!;
    switch (next.op) {
      case POP_JUMP_IF_FALSE:
      case POP_JUMP_IF_TRUE:
      case JUMP_IF_FALSE:
      case JUMP_IF_TRUE: {
        const truth = isTrue(constantOf(op, arg, consts));
        if (next.op === POP_JUMP_IF_FALSE || next.op === POP_JUMP_IF_TRUE) clear(instruction);
        const jumpsIf = next.op === POP_JUMP_IF_TRUE || next.op === JUMP_IF_TRUE;
        if (truth === jumpsIf) next.op = JUMP;
        else clear(next);
        break;
      }
      case IS_OP: {
        if (constantOf(op, arg, consts).t !== 'none' || i + 2 >= code.length) break;
        let jump = code[i + 2]!;
        if (jump.op === TO_BOOL) {
          clear(jump);
          if (i + 3 >= code.length) break;
          jump = code[i + 3]!;
        }
        let invert = next.arg !== 0;
        if (jump.op === POP_JUMP_IF_FALSE) invert = !invert;
        else if (jump.op !== POP_JUMP_IF_TRUE) break;
        clear(instruction);
        clear(next);
        jump.op = invert ? POP_JUMP_IF_NOT_NONE : POP_JUMP_IF_NONE;
        break;
      }
      case TO_BOOL: {
        const truth: ConstValue = { t: isTrue(constantOf(op, arg, consts)) ? 'true' : 'false' };
        clear(instruction);
        next.set(LOAD_CONST, addConstant(truth, consts, pool));
        break;
      }
    }
  }
}

/** Go straight to where the jump at the target goes. Returns 1 (look at the position again) or 0 (nothing done). */
function threadJump(block: BasicBlock, jump: Instruction, atTarget: Instruction, op: number): number {
  if (jump.target === atTarget.target) return 0;
  clear(jump);
  block.addJump(op, atTarget.target!, atTarget.loc);
  return 1;
}

/** Improve the code of a block, in place. */
export function optimizeBlock(block: BasicBlock, consts: ConstValue[], pool: ConstantPool): void {
  const code = block.instructions;
  for (let i = 0; i < code.length; i++) {
    const instruction = code[i]!;
    const { op, arg } = instruction;
    const target = hasTarget(op) ? instruction.target!.instructions[0]! : null;
    const following = i + 1 < code.length ? code[i + 1]! : null;
    const next = following ? following.op : 0;
    switch (op) {
      case BUILD_TUPLE:
        if (next === UNPACK_SEQUENCE && arg === following!.arg && arg >= 1 && arg <= 3) {
          clear(instruction);
          if (arg === 1) clear(following!);
          else following!.op = SWAP;
          break;
        }
        foldTuple(code, i, consts, pool);
        break;
      case BUILD_LIST:
      case BUILD_SET:
        optimizeDisplay(code, i, next, consts, pool);
        break;
      case POP_JUMP_IF_NOT_NONE:
      case POP_JUMP_IF_NONE:
      case POP_JUMP_IF_FALSE:
      case POP_JUMP_IF_TRUE:
        if (target!.op === JUMP) i -= threadJump(block, instruction, target!, op);
        break;
      case JUMP_IF_FALSE:
      case JUMP_IF_TRUE:
        if (target!.op === JUMP || target!.op === op) {
          i -= threadJump(block, instruction, target!, op);
        } else if (target!.op === JUMP_IF_FALSE || target!.op === JUMP_IF_TRUE) {
          // The opposite test of the same value: it does not jump.
          instruction.target = instruction.target!.next;
          i--;
        }
        break;
      case JUMP:
      case JUMP_NO_INTERRUPT:
        if (target!.op === JUMP) i -= threadJump(block, instruction, target!, JUMP);
        else if (target!.op === JUMP_NO_INTERRUPT) i -= threadJump(block, instruction, target!, op);
        break;
      case STORE_FAST:
        if (next === STORE_FAST && arg === following!.arg && instruction.loc.line === following!.loc.line) {
          instruction.set(POP_TOP, 0);
        }
        break;
      case SWAP:
        if (arg === 1) clear(instruction);
        break;
      case LOAD_GLOBAL:
        if (next === PUSH_NULL && (arg & 1) === 0) {
          instruction.arg |= 1;
          clear(following!);
        }
        break;
      case COMPARE_OP:
        if (next === TO_BOOL) {
          clear(instruction);
          following!.set(COMPARE_OP, arg | COMPARE_TO_BOOL);
        }
        break;
      case CONTAINS_OP:
      case IS_OP:
        if (next === TO_BOOL) {
          clear(instruction);
          following!.set(op, arg);
        } else if (next === UNARY_NOT) {
          clear(instruction);
          following!.set(op, arg ^ 1);
        }
        break;
      case TO_BOOL:
        if (next === TO_BOOL) clear(instruction);
        break;
      case UNARY_NOT:
        if (next === TO_BOOL) {
          clear(instruction);
          following!.set(UNARY_NOT, 0);
        } else if (next === UNARY_NOT) {
          clear(instruction);
          clear(following!);
        } else {
          foldUnaryAt(code, i, consts, pool);
        }
        break;
      case UNARY_INVERT:
      case UNARY_NEGATIVE:
        foldUnaryAt(code, i, consts, pool);
        break;
      case CALL_INTRINSIC_1:
        if (arg === INTRINSIC_LIST_TO_TUPLE) {
          foldAppends(code, i, instruction, LIST_APPEND, consts, pool);
          // What is only iterated can as well be a list.
          if (next === GET_ITER && instruction.op === CALL_INTRINSIC_1) clear(instruction);
        } else if (arg === INTRINSIC_UNARY_POSITIVE) {
          foldUnaryAt(code, i, consts, pool);
        }
        break;
      case LIST_APPEND:
      case SET_ADD:
        if (arg === 1 && (next === GET_ITER || next === CONTAINS_OP))
          foldAppends(code, i + 1, instruction, op, consts, pool);
        break;
      case BINARY_OP:
        foldBinaryAt(code, i, consts, pool);
        break;
    }
  }
  for (let i = 0; i < code.length; i++) {
    if (code[i]!.op !== SWAP) continue;
    i = shortenSwaps(code, i);
    applySwaps(code, i);
  }
}
