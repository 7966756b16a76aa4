// Which loads may find their local unbound? They need the check that raises UnboundLocalError.
//
// Invariant: a LOAD_FAST stays unchecked only if on every path to it the local was bound, or already loaded successfully. The first 64
// locals are followed through the whole graph, the others only within each block (so that the work stays linear).

import { type BasicBlock, clearVisited, isJump } from './cfg.js';
import {
  DELETE_FAST,
  LOAD_FAST,
  LOAD_FAST_AND_CLEAR,
  LOAD_FAST_CHECK,
  STORE_FAST,
  STORE_FAST_MAYBE_NULL,
} from './opcodes.js';

const FOLLOWED = 64;

/** Push the block if the mask brings news to it. A block is on the list at most once: `visited` says that it is. */
function propagate(block: BasicBlock, low: number, high: number, todo: BasicBlock[]): void {
  const newLow = block.unsafeLow | low;
  const newHigh = block.unsafeHigh | high;
  if (newLow === block.unsafeLow && newHigh === block.unsafeHigh) return;
  block.unsafeLow = newLow;
  block.unsafeHigh = newHigh;
  if (!block.visited) {
    todo.push(block);
    block.visited = true;
  }
}

function scanBlock(block: BasicBlock, todo: BasicBlock[]): void {
  let low = block.unsafeLow;
  let high = block.unsafeHigh;
  for (const instruction of block.instructions) {
    if (instruction.handler) propagate(instruction.handler, low, high, todo);
    if (instruction.arg >= FOLLOWED) continue;
    const bit = 1 << (instruction.arg & 31);
    const isLow = instruction.arg < 32;
    switch (instruction.op) {
      case DELETE_FAST:
      case LOAD_FAST_AND_CLEAR:
      case STORE_FAST_MAYBE_NULL:
        if (isLow) low |= bit;
        else high |= bit;
        break;
      case LOAD_FAST:
        if ((isLow ? low : high) & bit) instruction.op = LOAD_FAST_CHECK;
        if (isLow) low &= ~bit;
        else high &= ~bit;
        break;
      case STORE_FAST:
      case LOAD_FAST_CHECK:
        if (isLow) low &= ~bit;
        else high &= ~bit;
        break;
    }
  }
  if (block.next && block.fallsThrough()) propagate(block.next, low, high, todo);
  const last = block.last;
  if (last && isJump(last)) propagate(last.target!, low, high, todo);
}

/** The locals beyond those followed: bound only if this very block bound or loaded them. */
function scanOthers(entry: BasicBlock, nlocals: number): void {
  const boundIn = new Int32Array(nlocals - FOLLOWED);
  let number = 0;
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    number++;
    for (const instruction of b.instructions) {
      const local = instruction.arg - FOLLOWED;
      if (local < 0) continue;
      switch (instruction.op) {
        case DELETE_FAST:
        case LOAD_FAST_AND_CLEAR:
        case STORE_FAST_MAYBE_NULL:
          boundIn[local] = number - 1;
          break;
        case STORE_FAST:
          boundIn[local] = number;
          break;
        case LOAD_FAST:
          if (boundIn[local] !== number) instruction.op = LOAD_FAST_CHECK;
          boundIn[local] = number;
          break;
      }
    }
  }
}

/** Turn the loads of locals that may be unbound into checked ones. */
export function checkUnboundLoads(entry: BasicBlock, nlocals: number, nparams: number): void {
  if (nlocals === 0) return;
  if (nlocals > FOLLOWED) {
    scanOthers(entry, nlocals);
    nlocals = FOLLOWED;
  }
  clearVisited(entry);
  const todo: BasicBlock[] = [];
  let low = 0;
  let high = 0;
  for (let i = nparams; i < nlocals; i++) {
    if (i < 32) low |= 1 << i;
    else high |= 1 << (i - 32);
  }
  propagate(entry, low, high, todo);
  // A DELETE_FAST can be anywhere, so each block is looked at once in any case.
  for (let b: BasicBlock | null = entry; b; b = b.next) scanBlock(b, todo);
  for (let block = todo.pop(); block; block = todo.pop()) {
    block.visited = false;
    scanBlock(block, todo);
  }
}
