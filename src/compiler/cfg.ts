// What is the flow of control in a block of code? A list of basic blocks.
//
// Invariant: only the last instruction of a basic block jumps or leaves; the blocks are linked by `next` in the order of the code, and a
// block that does not end in an unconditional jump or an exit falls through to its `next`. Handlers of exceptions are targets of the
// pseudo-instructions that open a region (SETUP_*), which may stand anywhere in a block.

import type { Location } from './instructions.js';
import { Instruction, type InstructionSequence } from './instructions.js';
import {
  ANNOTATIONS_PLACEHOLDER,
  HAS_EVAL_BREAK,
  HAS_JUMP,
  hasTarget,
  isBlockPush,
  isScopeExit,
  isUnconditionalJump,
  NOP,
  OPCODE_FLAGS,
  SETUP_CLEANUP,
  SETUP_WITH,
} from './opcodes.js';

/** The regions open at some point, innermost first; null for none. */
export interface HandlerStack {
  readonly handler: BasicBlock;
  readonly outer: HandlerStack | null;
  readonly depth: number;
}

export class BasicBlock {
  /** Non-negative when something jumps here by name; its value is otherwise of no interest. */
  label: number;
  instructions: Instruction[] = [];
  next: BasicBlock | null = null;
  predecessors = 0;
  /** The depth of the stack on entry, negative while not known. */
  startDepth = -1;
  visited = false;
  isHandler = false;
  /** Does the handler find the offset of the raising instruction on the stack? */
  preserveLasti = false;
  cold = false;
  warm = false;
  /** Scratch of handler labelling: the regions open on entry. */
  handlers: HandlerStack | null = null;
  /** Locals 0..31 and 32..63 that may be unbound on entry. */
  unsafeLow = 0;
  unsafeHigh = 0;
  /** The index of the first instruction in the assembled code. */
  start = 0;

  /** The handlers of instructions that were cut off the end, by position. */
  private cutHandlers: (BasicBlock | null)[] | null = null;

  constructor(label: number) {
    this.label = label;
  }

  /**
   * Append an instruction. Where one was cut off before, it gets the handler of that one: CPython reuses the place in memory without
   * clearing this field, and its exception tables show it. (It makes no difference but for instructions that cannot raise.)
   */
  add(op: number, arg: number, loc: Location): Instruction {
    const instruction = new Instruction(op, arg, loc);
    instruction.handler = this.cutHandlers?.[this.instructions.length] ?? null;
    this.instructions.push(instruction);
    return instruction;
  }

  /** Keep only the first `length` instructions. */
  cut(length: number): void {
    const code = this.instructions;
    if (length === code.length) return;
    this.cutHandlers ??= [];
    for (let i = length; i < code.length; i++) this.cutHandlers[i] = code[i]!.handler;
    code.length = length;
  }

  addJump(op: number, target: BasicBlock, loc: Location): void {
    this.add(op, 0, loc).target = target;
  }

  get last(): Instruction | null {
    return this.instructions.length ? this.instructions[this.instructions.length - 1]! : null;
  }

  /** Does it end by leaving the frame or raising? */
  exits(): boolean {
    const last = this.last;
    return last !== null && isScopeExit(last.op);
  }

  fallsThrough(): boolean {
    const last = this.last;
    return last === null || !(isScopeExit(last.op) || isUnconditionalJump(last.op));
  }

  hasNoLine(): boolean {
    return this.instructions.every((instruction) => instruction.loc.line < 0);
  }

  hasEvalBreak(): boolean {
    return this.instructions.some((instruction) => (OPCODE_FLAGS[instruction.op]! & HAS_EVAL_BREAK) !== 0);
  }

  /** Append copies of the instructions of `source`. */
  append(source: BasicBlock): void {
    for (const instruction of source.instructions) this.instructions.push(instruction.clone());
  }
}

export function isJump(instruction: Instruction): boolean {
  return (OPCODE_FLAGS[instruction.op]! & HAS_JUMP) !== 0;
}

export function nextNonemptyBlock(block: BasicBlock | null): BasicBlock | null {
  while (block && block.instructions.length === 0) block = block.next;
  return block;
}

export function clearVisited(entry: BasicBlock): void {
  for (let b: BasicBlock | null = entry; b; b = b.next) b.visited = false;
}

export function maxLabel(entry: BasicBlock): number {
  let max = -1;
  for (let b: BasicBlock | null = entry; b; b = b.next) if (b.label > max) max = b.label;
  return max;
}

/** The graph of a sequence, its jumps resolved to blocks. The instructions move over. Returns the entry block. */
export function buildGraph(sequence: InstructionSequence): BasicBlock {
  sequence.resolveLabels();
  const source = sequence.instructions;
  const isTarget = new Uint8Array(source.length + 1);
  for (const instruction of source) if (hasTarget(instruction.op)) isTarget[instruction.arg] = 1;

  const entry = new BasicBlock(-1);
  const byPosition = new Map<number, BasicBlock>();
  let current = entry;
  let terminated = false;
  const startBlock = (label: number): void => {
    current.next = new BasicBlock(label);
    current = current.next;
    terminated = false;
  };
  const add = (instruction: Instruction): void => {
    if (terminated) startBlock(-1);
    current.instructions.push(instruction);
    terminated = (OPCODE_FLAGS[instruction.op]! & HAS_JUMP) !== 0 || isScopeExit(instruction.op);
  };
  for (let i = 0; i < source.length; i++) {
    const instruction = source[i]!;
    if (instruction.op === ANNOTATIONS_PLACEHOLDER) {
      if (sequence.annotations) for (const annotation of sequence.annotations.instructions) add(annotation);
      continue;
    }
    if (isTarget[i]) {
      if (current.instructions.length > 0 || current.label >= 0) startBlock(i);
      else current.label = i;
      byPosition.set(i, current);
    }
    add(instruction);
  }
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    for (const instruction of b.instructions) {
      if (hasTarget(instruction.op)) instruction.target = byPosition.get(instruction.arg)!;
    }
  }
  return entry;
}

/** Mark the blocks that handle exceptions, and tell each instruction which of them handles what it raises. */
export function markHandlers(entry: BasicBlock): void {
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    for (const instruction of b.instructions) {
      if (!isBlockPush(instruction.op)) continue;
      const handler = instruction.target!;
      handler.isHandler = true;
      if (instruction.op === SETUP_WITH || instruction.op === SETUP_CLEANUP) handler.preserveLasti = true;
    }
  }
}

/** Nothing can be done here any more. */
export function clear(instruction: Instruction): void {
  instruction.set(NOP, 0);
}
