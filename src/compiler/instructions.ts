// What do the compiler's stages hand to each other? Instructions with symbolic jumps, and sequences of them.
//
// Invariant: until the sequence is cut into basic blocks, the operand of an instruction with a target is a label's number; a label
// names a position in the sequence. Afterwards `target` is the block, and the operand counts for nothing. Locations are shared between
// instructions and never changed in place.

import type { BasicBlock } from './cfg.js';
import { hasTarget } from './opcodes.js';

/** Where in the source: lines from 1, columns in UTF-8 bytes from 0; -1 for what is not known. */
export class Location {
  readonly line: number;
  readonly endLine: number;
  readonly col: number;
  readonly endCol: number;

  constructor(line: number, endLine: number, col: number, endCol: number) {
    this.line = line;
    this.endLine = endLine;
    this.col = col;
    this.endCol = endCol;
  }
}

/** Belongs to no source line. */
export const NO_LOCATION: Location = new Location(-1, -1, -1, -1);
/** Takes the location of the instruction that follows. */
export const NEXT_LOCATION: Location = new Location(-2, -2, -2, -2);

export function sameLocation(a: Location, b: Location): boolean {
  return a === b || (a.line === b.line && a.endLine === b.endLine && a.col === b.col && a.endCol === b.endCol);
}

/** A node of the syntax tree, seen as a place in the source. */
export interface Positioned {
  lineno: number;
  col_offset: number;
  end_lineno: number;
  end_col_offset: number;
}

export function locationOf(node: Positioned): Location {
  return new Location(node.lineno, node.end_lineno, node.col_offset, node.end_col_offset);
}

/** A label: the number of an entry in the sequence's table of positions. NO_LABEL stands for none. */
export type Label = number;
export const NO_LABEL: Label = -1;

/** An instruction: operation, operand (or label), location; in a graph also its target and the handler of what it raises. */
export class Instruction {
  op: number;
  arg: number;
  loc: Location;
  target: BasicBlock | null = null;
  handler: BasicBlock | null = null;

  constructor(op: number, arg: number, loc: Location) {
    this.op = op;
    this.arg = arg;
    this.loc = loc;
  }

  clone(): Instruction {
    const copy = new Instruction(this.op, this.arg, this.loc);
    copy.target = this.target;
    copy.handler = this.handler;
    return copy;
  }

  set(op: number, arg: number): void {
    this.op = op;
    this.arg = arg;
  }
}

/** The code of one block as it is generated: instructions in order, and labels between them. */
export class InstructionSequence {
  readonly instructions: Instruction[] = [];
  /** The position of each label, -1 while it is not placed. */
  private readonly positions: number[] = [];
  /** The code that makes a module's `__annotate__`; it stands where the placeholder instruction is, and has no jumps. */
  annotations: InstructionSequence | null = null;

  newLabel(): Label {
    return this.positions.push(-1) - 1;
  }

  /** Place the label at the present end. */
  useLabel(label: Label): void {
    this.positions[label] = this.instructions.length;
  }

  add(op: number, arg: number, loc: Location): void {
    this.instructions.push(new Instruction(op, arg, loc));
  }

  /** Put an instruction at the front; the labels move along. */
  prepend(op: number, arg: number, loc: Location): void {
    this.instructions.unshift(new Instruction(op, arg, loc));
    for (let i = 0; i < this.positions.length; i++) {
      if (this.positions[i]! >= 0) this.positions[i]!++;
    }
  }

  /** Replace the labels in the operands by the positions that they name. Once only. */
  resolveLabels(): void {
    for (const instruction of this.instructions) {
      if (hasTarget(instruction.op)) instruction.arg = this.positions[instruction.arg]!;
    }
  }
}
