// Can this bytecode be trusted?
//
// Invariant: code that passes cannot make the evaluation loop touch memory that is not its frame's: every operand is in range, every jump
// ends at an instruction, the value stack never leaves [0, stacksize] on any path, handlers included, and no path runs off the end.
// (It may still do nonsense with the values themselves: that is ordinary Python misbehaviour, checked where values are used.)

import { H32, H8 } from '../memory/linear.js';
import { PyBytes_AS_STRING, PyBytes_GET_SIZE } from '../object/bytes.js';
import { errMinus1 } from '../object/errors.js';
import { PyCode_Type, PyExc_ValueError } from '../object/statics.js';
import { PyTuple_CheckExact, PyTuple_GET_ITEM, PyTuple_GET_SIZE, tuple_items } from '../object/tuple.js';
import { PyUnicode_Check } from '../object/unicode.js';
import { Py_TYPE } from '../object/header.js';
import { CO_FAST_CELL, CO_FAST_FREE } from '../compiler/code_unit.js';
import * as O from '../compiler/opcodes.js';
import { NULL, type Obj } from '../object/ptr.js';
import { originalOpcode } from './code_build.js';
import {
  co_code,
  co_consts,
  co_exceptiontable,
  co_linetable,
  co_localsplusnames,
  co_localspluskinds,
  co_names,
  co_simpleArgs,
  co_stacksize,
  co_verified,
  codeUnits,
  simpleArgsOf,
} from './code_layout.js';

const { CACHE_ENTRIES, DEOPT, HAS_CONST, HAS_FREE, HAS_JUMP, HAS_LOCAL, HAS_NAME, OPCODE_FLAGS, OPNAMES } = O;

class Malformed extends Error {}

function bad(what: string): never {
  throw new Malformed(what);
}

function isNameIndex(op: number): number {
  if (op === O.LOAD_GLOBAL || op === O.LOAD_ATTR) return 1;
  if (op === O.LOAD_SUPER_ATTR) return 2;
  return 0;
}

interface Handler {
  start: number;
  end: number;
  target: number;
  depth: number;
  lasti: boolean;
}

function handlersOf(table: Obj): Handler[] {
  const handlers: Handler[] = [];
  const base = PyBytes_AS_STRING(table);
  const n = PyBytes_GET_SIZE(table);
  let at = 0;
  const read = (): number => {
    if (at >= n) bad('exception table');
    let byte = H8[base + at++];
    let value = byte & 63;
    while (byte & 64) {
      if (at >= n || value > 0xfffff) bad('exception table');
      byte = H8[base + at++];
      value = (value << 6) | (byte & 63);
    }
    return value;
  };
  while (at < n) {
    const start = read();
    const size = read();
    const target = read();
    const dl = read();
    handlers.push({ start, end: start + size, target, depth: dl >> 1, lasti: (dl & 1) !== 0 });
  }
  return handlers;
}

/** Whether a constant can be the names of the last of `n` arguments. */
function isKeywordNames(c: Obj, n: number): boolean {
  if (!PyTuple_CheckExact(c) || PyTuple_GET_SIZE(c) > n) return false;
  for (let i = 0; i < PyTuple_GET_SIZE(c); i++) if (!PyUnicode_Check(PyTuple_GET_ITEM(c, i))) return false;
  return true;
}

function check(code: Obj): void {
  const at = (offset: number): Obj => H32[(code + offset) >> 2] as Obj;
  const units = codeUnits(code);
  const base = code + co_code;
  if (units === 0) bad('no instructions');
  const nconsts = PyTuple_GET_SIZE(at(co_consts));
  const nnames = PyTuple_GET_SIZE(at(co_names));
  const nlocals = PyTuple_GET_SIZE(at(co_localsplusnames));
  const kinds = PyBytes_AS_STRING(at(co_localspluskinds));
  const linetable = PyBytes_GET_SIZE(at(co_linetable));
  const lines = PyBytes_AS_STRING(at(co_linetable));
  const stacksize = H32[(code + co_stacksize) >> 2];
  if (linetable > 0 && !(H8[lines] & 128)) bad('location table');
  let nfree = 0;
  for (let i = 0; i < nlocals; i++) if (H8[kinds + i] & CO_FAST_FREE) nfree++;
  const ops = new Uint8Array(units);
  const args = new Int32Array(units);
  const next = new Int32Array(units);
  const isStart = new Uint8Array(units);
  let arg = 0;
  let first = -1;
  // The constant that the instruction before loads, or -1; the instructions that nothing may jump to for its sake.
  let loaded = -1;
  const needsLoad: number[] = [];
  for (let i = 0; i < units; ) {
    const op = originalOpcode(code, i);
    if (
      OPNAMES[op] === undefined ||
      OPNAMES[op] === '' ||
      DEOPT[op] !== op ||
      op >= O.MIN_INSTRUMENTED_OPCODE ||
      op === O.RESERVED
    )
      bad(`opcode ${op}`);
    if (op === O.INTERPRETER_EXIT || op === O.CACHE) bad(`opcode ${op}`);
    if (first < 0) first = i;
    arg = (arg << 8) | H8[base + 2 * i + 1];
    if (op === O.EXTENDED_ARG) {
      if (arg > 0x7fffff) bad('operand');
      isStart[first] = 1;
      ops[i] = op;
      next[i] = i + 1;
      i++;
      continue;
    }
    isStart[first] = 1;
    isStart[i] = 1;
    ops[i] = op;
    args[i] = arg;
    next[i] = i + 1 + CACHE_ENTRIES[op];
    const flags = OPCODE_FLAGS[op];
    if (flags & HAS_CONST && arg >= nconsts) bad('constant index');
    if (flags & HAS_NAME && arg >> isNameIndex(op) >= nnames) bad('name index');
    if (op === O.LOAD_SMALL_INT && arg > 255) bad('small int');
    if (op === O.COPY_FREE_VARS && arg !== nfree) bad('free variables');
    if (flags & (HAS_LOCAL | HAS_FREE)) {
      const pair =
        op === O.LOAD_FAST_LOAD_FAST ||
        op === O.LOAD_FAST_BORROW_LOAD_FAST_BORROW ||
        op === O.STORE_FAST_LOAD_FAST ||
        op === O.STORE_FAST_STORE_FAST;
      if (pair ? arg > 255 || arg >> 4 >= nlocals || (arg & 15) >= nlocals : arg >= nlocals) bad('variable index');
      if (flags & HAS_FREE && !(H8[kinds + arg] & (CO_FAST_CELL | CO_FAST_FREE))) bad('cell index');
    }
    if (op === O.MAKE_FUNCTION || op === O.CALL_KW) {
      // The code, or the names, that the instruction before loads.
      const c = loaded >= 0 ? (H32[((at(co_consts) + tuple_items) >> 2) + loaded] as Obj) : NULL;
      if (op === O.MAKE_FUNCTION ? c === 0 || Py_TYPE(c) !== PyCode_Type : c === 0 || !isKeywordNames(c, arg))
        bad('constant');
      needsLoad.push(first);
    }
    loaded = op === O.LOAD_CONST ? arg : -1;
    if ((op === O.COPY || op === O.SWAP) && arg === 0) bad('operand');
    if (op === O.LOAD_COMMON_CONSTANT && arg > 4) bad('operand');
    if (op === O.LOAD_SPECIAL && arg > 3) bad('operand');
    if (op === O.BINARY_OP && arg > O.NB_SUBSCR) bad('operand');
    if (op === O.COMPARE_OP && arg >> 5 > 5) bad('operand');
    if (op === O.CALL_INTRINSIC_1 && (arg === 0 || arg > 11)) bad('operand');
    if (op === O.CALL_INTRINSIC_2 && (arg === 0 || arg > 5)) bad('operand');
    if (op === O.RAISE_VARARGS && arg > 2) bad('operand');
    if (op === O.CONVERT_VALUE && (arg < 1 || arg > 3)) bad('operand');
    if (op === O.BUILD_SLICE && arg !== 2 && arg !== 3) bad('operand');
    if (op === O.YIELD_VALUE && arg > 1) bad('operand');
    arg = 0;
    first = -1;
    i = next[i];
  }
  if (first >= 0) bad('operand prefix at the end');
  const handlers = handlersOf(at(co_exceptiontable));
  const jumpedTo = new Uint8Array(units + 1);
  for (const h of handlers)
    if (h.end > units || h.target >= units || !isStart[h.target] || h.depth + 1 + (h.lasti ? 1 : 0) > stacksize)
      bad('exception table');
  // The depth on entry of each reached instruction.
  const depth = new Int32Array(units).fill(-1);
  const work = [0];
  depth[0] = 0;
  for (const h of handlers) jumpedTo[h.target] = 1;
  const reach = (to: number, d: number): void => {
    if (to < 0 || to >= units || !isStart[to]) bad('jump target');
    if (d < 0 || d > stacksize) bad('stack depth');
    if (depth[to] === -1) {
      depth[to] = d;
      work.push(to);
    } else if (depth[to] !== d) bad('stack depth');
  };
  while (work.length > 0) {
    const i = work.pop() as number;
    const op = ops[i];
    const a = args[i];
    const d = depth[i];
    if (op === O.EXTENDED_ARG) {
      reach(i + 1, d);
      continue;
    }
    const popped = O.numPopped(op, a);
    const pushed = O.numPushed(op, a);
    if (popped > d || (op === O.COPY && a > d) || (op === O.SWAP && a > d) || (op === O.RERAISE && a + 1 > d))
      bad('stack depth');
    for (const h of handlers) {
      if (i >= h.start && i < h.end) {
        if (h.depth > d - popped && h.depth > d) bad('stack depth');
        reach(h.target, h.depth + 1 + (h.lasti ? 1 : 0));
      }
    }
    const after = d - popped + pushed;
    if (after > stacksize) bad('stack depth');
    // END_ASYNC_FOR's operand only tells where the loop's SEND is.
    if (OPCODE_FLAGS[op] & HAS_JUMP && op !== O.END_ASYNC_FOR) {
      const back = op === O.JUMP_BACKWARD || op === O.JUMP_BACKWARD_NO_INTERRUPT;
      let target = back ? next[i] - a : next[i] + a;
      if (target >= 0 && target < units) jumpedTo[target] = 1;
      let there = after;
      if (op === O.FOR_ITER) {
        // Exhausted: the END_FOR is skipped and the iterator stays; a generator's result is popped by the END_FOR.
        if (target >= units || ops[target] !== O.END_FOR) bad('for loop');
        reach(target, d + 1);
        target++;
        there = d;
      }
      reach(target, there);
    }
    const ends = O.isScopeExit(op) || O.isUnconditionalJump(op);
    if (!ends) {
      if (next[i] >= units) bad('end of the code');
      reach(next[i], after);
    }
  }
  if (needsLoad.some((i) => jumpedTo[i] !== 0)) bad('jump target');
}

/** Checks foreign code when it is first to run: 0, or -1 with ValueError. */
export function verifyCode(code: Obj): number {
  try {
    check(code);
  } catch (e) {
    if (!(e instanceof Malformed)) throw e;
    return errMinus1(PyExc_ValueError, `code: invalid bytecode (${e.message})`);
  }
  H32[(code + co_verified) >> 2] = 1;
  H32[(code + co_simpleArgs) >> 2] = simpleArgsOf(code);
  return 0;
}
