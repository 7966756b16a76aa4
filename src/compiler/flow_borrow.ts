// Which loads of locals can borrow the frame's reference instead of taking one of their own?
//
// Invariant: a borrowed value is consumed from the stack, within its basic block, before the local that owns it is changed, and is
// not itself stored in a local. Each block is run on a stack that knows which load put each value there; a load is marked when its
// value breaks one of these rules, and the others are changed.

import { type BasicBlock, clearVisited } from './cfg.js';
import {
  CHECK_EXC_MATCH,
  COPY,
  DELETE_FAST,
  DICT_MERGE,
  DICT_UPDATE,
  END_SEND,
  FOR_ITER,
  FORMAT_SIMPLE,
  GET_ANEXT,
  GET_LEN,
  GET_YIELD_FROM_ITER,
  hasTarget,
  IMPORT_FROM,
  isBlockPush,
  isScopeExit,
  isUnconditionalJump,
  LIST_APPEND,
  LIST_EXTEND,
  LOAD_ATTR,
  LOAD_FAST,
  LOAD_FAST_AND_CLEAR,
  LOAD_FAST_BORROW,
  LOAD_FAST_BORROW_LOAD_FAST_BORROW,
  LOAD_FAST_LOAD_FAST,
  LOAD_SPECIAL,
  LOAD_SUPER_ATTR,
  MAP_ADD,
  MATCH_KEYS,
  MATCH_MAPPING,
  MATCH_SEQUENCE,
  numPopped,
  numPushed,
  PUSH_EXC_INFO,
  RERAISE,
  SEND,
  SET_ADD,
  SET_FUNCTION_ATTRIBUTE,
  SET_UPDATE,
  STORE_FAST,
  STORE_FAST_LOAD_FAST,
  STORE_FAST_STORE_FAST,
  SWAP,
  WITH_EXCEPT_START,
} from './opcodes.js';

/** Stands for "no instruction of this block" and "no local". */
const NONE = -1;

/** The stack as references: the instruction that pushed each, and the local it was loaded from. */
class References {
  readonly producers: number[] = [];
  readonly locals: number[] = [];

  get size(): number {
    return this.producers.length;
  }

  push(producer: number, local: number): void {
    this.producers.push(producer);
    this.locals.push(local);
  }

  /** Returns the producer. */
  pop(): number {
    this.locals.pop();
    return this.producers.pop()!;
  }

  reset(depth: number): void {
    this.producers.length = 0;
    this.locals.length = 0;
    for (let i = 0; i < depth; i++) this.push(NONE, NONE);
  }

  swap(depth: number): void {
    const top = this.size - 1;
    const other = this.size - depth;
    for (const list of [this.producers, this.locals]) {
      const value = list[other]!;
      list[other] = list[top]!;
      list[top] = value;
    }
  }
}

/** Change the loads that can be borrowed. The depth on entry of each block must be known. */
export function borrowLoads(entry: BasicBlock): void {
  clearVisited(entry);
  const todo: BasicBlock[] = [entry];
  entry.startDepth = 0;
  entry.visited = true;
  const refs = new References();
  let violated = new Uint8Array(64);
  const visit = (block: BasicBlock): void => {
    if (!block.visited) {
      block.visited = true;
      todo.push(block);
    }
  };
  const kill = (local: number): void => {
    for (let k = 0; k < refs.size; k++) if (refs.locals[k] === local) violated[refs.producers[k]!] = 1;
  };
  const store = (local: number): void => {
    const producer = refs.pop();
    kill(local);
    if (producer !== NONE) violated[producer] = 1;
  };

  for (let block = todo.pop(); block; block = todo.pop()) {
    const code = block.instructions;
    if (violated.length < code.length + 8) violated = new Uint8Array(2 * code.length);
    else violated.fill(0);
    refs.reset(block.startDepth);
    for (let i = 0; i < code.length; i++) {
      const { op, arg } = code[i]!;
      switch (op) {
        case DELETE_FAST:
          kill(arg);
          break;
        case LOAD_FAST:
          refs.push(i, arg);
          break;
        case LOAD_FAST_AND_CLEAR:
          kill(arg);
          refs.push(i, arg);
          break;
        case LOAD_FAST_LOAD_FAST:
          refs.push(i, arg >> 4);
          refs.push(i, arg & 15);
          break;
        case STORE_FAST:
          store(arg);
          break;
        case STORE_FAST_LOAD_FAST:
          store(arg >> 4);
          refs.push(i, arg & 15);
          break;
        case STORE_FAST_STORE_FAST:
          store(arg >> 4);
          store(arg & 15);
          break;
        case COPY: {
          const k = refs.size - arg;
          refs.push(refs.producers[k]!, refs.locals[k]!);
          break;
        }
        case SWAP:
          refs.swap(arg);
          break;

        // These leave their operands on the stack. (CPython counts what they push as coming from the first instructions of the
        // block, which costs those a borrow; to emit the same code, so do we.)
        case FORMAT_SIMPLE:
        case GET_ANEXT:
        case GET_LEN:
        case GET_YIELD_FROM_ITER:
        case IMPORT_FROM:
        case MATCH_KEYS:
        case MATCH_MAPPING:
        case MATCH_SEQUENCE:
        case WITH_EXCEPT_START: {
          const net = numPushed(op, arg) - numPopped(op, arg);
          for (let k = 0; k < net; k++) refs.push(k, NONE);
          break;
        }

        // These consume some operands, push nothing, and leave the others.
        case DICT_MERGE:
        case DICT_UPDATE:
        case LIST_APPEND:
        case LIST_EXTEND:
        case MAP_ADD:
        case RERAISE:
        case SET_ADD:
        case SET_UPDATE:
          for (let k = numPopped(op, arg) - numPushed(op, arg); k > 0; k--) refs.pop();
          break;

        // The value stays, what is below it goes.
        case END_SEND:
        case SET_FUNCTION_ATTRIBUTE: {
          const local = refs.locals[refs.size - 1]!;
          const producer = refs.pop();
          refs.pop();
          refs.push(producer, local);
          break;
        }
        case CHECK_EXC_MATCH:
          refs.pop();
          refs.push(i, NONE);
          break;
        case FOR_ITER:
          visit(code[i]!.target!);
          refs.push(i, NONE);
          break;
        case LOAD_ATTR:
        case LOAD_SUPER_ATTR: {
          const local = refs.locals[refs.size - 1]!;
          const self = refs.pop();
          if (op === LOAD_SUPER_ATTR) {
            refs.pop();
            refs.pop();
          }
          refs.push(i, NONE);
          // A method call may push self back.
          if (arg & 1) refs.push(self, local);
          break;
        }
        case LOAD_SPECIAL:
        case PUSH_EXC_INFO: {
          const local = refs.locals[refs.size - 1]!;
          const top = refs.pop();
          refs.push(i, NONE);
          refs.push(top, local);
          break;
        }
        case SEND:
          visit(code[i]!.target!);
          refs.pop();
          refs.push(i, NONE);
          break;
        default: {
          if (hasTarget(op)) visit(code[i]!.target!);
          if (isBlockPush(op)) break;
          for (let k = numPopped(op, arg); k > 0; k--) refs.pop();
          for (let k = numPushed(op, arg); k > 0; k--) refs.push(i, NONE);
        }
      }
    }
    const last = block.last;
    if (last && block.next && !isUnconditionalJump(last.op) && !isScopeExit(last.op)) visit(block.next);
    for (const producer of refs.producers) if (producer !== NONE) violated[producer] = 1;
    for (let i = 0; i < code.length; i++) {
      if (violated[i]) continue;
      if (code[i]!.op === LOAD_FAST) code[i]!.op = LOAD_FAST_BORROW;
      else if (code[i]!.op === LOAD_FAST_LOAD_FAST) code[i]!.op = LOAD_FAST_BORROW_LOAD_FAST_BORROW;
    }
  }
}
