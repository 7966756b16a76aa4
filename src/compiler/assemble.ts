// How do instructions become bytes? The last step: code, table of locations, table of exception handlers.
//
// Invariant: the three agree with each other by instruction offsets (in units of two bytes), and the formats are those of CPython's
// `InternalDocs/code_objects.md` (locations) and `exception_handling.md`.

import type { BasicBlock } from './cfg.js';
import { type Instruction, type Location, NO_LOCATION, sameLocation } from './instructions.js';
import {
  CACHE_ENTRIES,
  END_ASYNC_FOR,
  EXTENDED_ARG,
  HAS_JUMP,
  isScopeExit,
  JUMP,
  JUMP_BACKWARD,
  JUMP_BACKWARD_NO_INTERRUPT,
  JUMP_FORWARD,
  JUMP_NO_INTERRUPT,
  OPCODE_FLAGS,
} from './opcodes.js';

/** END_ASYNC_FOR names the END_SEND that belongs to it, which is so far behind the SEND that is its target here. */
const END_SEND_OFFSET = 5;

/** A byte array that grows. */
class Bytes {
  private data = new Uint8Array(64);
  length = 0;

  push(byte: number): void {
    if (this.length === this.data.length) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.length++] = byte;
  }

  finish(): Uint8Array {
    return this.data.slice(0, this.length);
  }
}

/** Units that the instruction takes, with its prefixes and caches. */
function sizeOf(instruction: Instruction): number {
  const { op, arg } = instruction;
  const prefixes = arg > 0xff ? (arg > 0xffff ? (arg > 0xffffff ? 3 : 2) : 1) : 0;
  return prefixes + 1 + CACHE_ENTRIES[op]!;
}

function isRealJump(instruction: Instruction): boolean {
  return (OPCODE_FLAGS[instruction.op]! & HAS_JUMP) !== 0;
}

/** Lay the blocks out and give each jump its distance. Returns the instructions and their offsets. */
function layOut(entry: BasicBlock): { code: Instruction[]; offsets: Int32Array } {
  const code: Instruction[] = [];
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    b.start = code.length;
    for (const instruction of b.instructions) code.push(instruction);
  }
  const jumps: number[] = [];
  for (let i = 0; i < code.length; i++) {
    const instruction = code[i]!;
    if (!isRealJump(instruction)) continue;
    jumps.push(i);
    instruction.arg = instruction.target!.start;
    const forward = instruction.arg > i;
    if (instruction.op === JUMP) instruction.op = forward ? JUMP_FORWARD : JUMP_BACKWARD;
    else if (instruction.op === JUMP_NO_INTERRUPT) instruction.op = forward ? JUMP_FORWARD : JUMP_BACKWARD_NO_INTERRUPT;
  }
  const offsets = new Int32Array(code.length + 1);
  // A longer distance may need a prefix, and that makes other distances longer: until nothing changes.
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 0; i < code.length; i++) offsets[i + 1] = offsets[i]! + sizeOf(code[i]!);
    for (const i of jumps) {
      const jump = code[i]!;
      const size = sizeOf(jump);
      const end = offsets[i]! + size;
      const target = offsets[jump.target!.start]!;
      if (jump.op === END_ASYNC_FOR) jump.arg = end - target - END_SEND_OFFSET;
      else jump.arg = Math.abs(end - target);
      if (sizeOf(jump) !== size) changed = true;
    }
  }
  return { code, offsets };
}

function emitCode(code: Instruction[], units: number): Uint8Array {
  const bytes = new Uint8Array(2 * units);
  let at = 0;
  for (const instruction of code) {
    const { op, arg } = instruction;
    for (let shift = arg > 0xffffff ? 24 : arg > 0xffff ? 16 : arg > 0xff ? 8 : 0; shift > 0; shift -= 8) {
      bytes[at++] = EXTENDED_ARG;
      bytes[at++] = (arg >>> shift) & 0xff;
    }
    bytes[at++] = op;
    bytes[at++] = arg & 0xff;
    at += 2 * CACHE_ENTRIES[op]!;
  }
  return bytes;
}

// Kinds of entries in the location table.
const ONE_LINE = 10;
const NO_COLUMNS = 13;
const LONG = 14;
const NONE = 15;

class LocationTable {
  private readonly bytes = new Bytes();
  private line: number;

  constructor(firstLine: number) {
    this.line = firstLine;
  }

  private start(kind: number, units: number): void {
    this.bytes.push(0x80 | (kind << 3) | (units - 1));
  }

  private varint(value: number): void {
    while (value >= 64) {
      this.bytes.push(0x40 | (value & 0x3f));
      value >>>= 6;
    }
    this.bytes.push(value);
  }

  private signed(value: number): void {
    this.varint(value < 0 ? (-value << 1) | 1 : value << 1);
  }

  private entry(loc: Location, units: number): void {
    if (loc.line === NO_LOCATION.line) {
      this.start(NONE, units);
      return;
    }
    const delta = loc.line - this.line;
    const { col, endCol } = loc;
    if (col < 0 || endCol < 0) {
      if (loc.endLine === loc.line || loc.endLine === -1) {
        this.start(NO_COLUMNS, units);
        this.signed(delta);
        this.line = loc.line;
        return;
      }
    } else if (loc.endLine === loc.line) {
      if (delta === 0 && col < 80 && endCol - col < 16 && endCol >= col) {
        this.start(col >> 3, units);
        this.bytes.push(((col & 7) << 4) | (endCol - col));
        return;
      }
      if (delta >= 0 && delta < 3 && col < 128 && endCol < 128) {
        this.start(ONE_LINE + delta, units);
        this.bytes.push(col);
        this.bytes.push(endCol);
        this.line = loc.line;
        return;
      }
    }
    this.start(LONG, units);
    this.signed(delta);
    this.varint(loc.endLine - loc.line);
    this.varint(col + 1);
    this.varint(endCol + 1);
    this.line = loc.line;
  }

  add(loc: Location, units: number): void {
    for (; units > 8; units -= 8) this.entry(loc, 8);
    if (units > 0) this.entry(loc, units);
  }

  finish(): Uint8Array {
    return this.bytes.finish();
  }
}

function emitLocations(code: Instruction[], offsets: Int32Array, firstLine: number): Uint8Array {
  for (let i = code.length - 1; i >= 0; i--) {
    const instruction = code[i]!;
    if (instruction.loc.line !== -2) continue;
    const ends = isRealJump(instruction) || isScopeExit(instruction.op);
    instruction.loc = ends ? NO_LOCATION : code[i + 1]!.loc;
  }
  const table = new LocationTable(firstLine);
  let loc = NO_LOCATION;
  let start = 0;
  for (let i = 0; i < code.length; i++) {
    if (sameLocation(loc, code[i]!.loc)) continue;
    table.add(loc, offsets[i]! - start);
    loc = code[i]!.loc;
    start = offsets[i]!;
  }
  table.add(loc, offsets[code.length]! - start);
  return table.finish();
}

function exceptionVarint(bytes: Bytes, value: number, first: number): void {
  for (let shift = 24; shift > 0; shift -= 6) {
    if (value >= 1 << shift) {
      bytes.push(((value >> shift) & 0x3f) | 0x40 | first);
      first = 0;
    }
  }
  bytes.push((value & 0x3f) | first);
}

function emitHandlers(code: Instruction[], offsets: Int32Array): Uint8Array {
  const bytes = new Bytes();
  let handler: BasicBlock | null = null;
  let start = 0;
  for (let i = 0; i <= code.length; i++) {
    const next = i < code.length ? code[i]!.handler : null;
    if (next === handler || (next && handler && next.start === handler.start)) continue;
    if (handler) {
      const depth = handler.startDepth - 1 - (handler.preserveLasti ? 1 : 0);
      exceptionVarint(bytes, start, 0x80);
      exceptionVarint(bytes, offsets[i]! - start, 0);
      exceptionVarint(bytes, offsets[handler.start]!, 0);
      exceptionVarint(bytes, (depth << 1) | (handler.preserveLasti ? 1 : 0), 0);
    }
    start = offsets[i]!;
    handler = next;
  }
  return bytes.finish();
}

/** The bytes of a finished graph. */
export function assemble(
  entry: BasicBlock,
  firstLine: number,
): { code: Uint8Array; linetable: Uint8Array; exceptiontable: Uint8Array } {
  const { code, offsets } = layOut(entry);
  return {
    code: emitCode(code, offsets[code.length]!),
    linetable: emitLocations(code, offsets, firstLine),
    exceptiontable: emitHandlers(code, offsets),
  };
}
