// Where may a debugger send a frame?  (frame.f_lineno = n)
//
// Invariant: a jump ends at an instruction that starts the wanted line, where the value stack of the frame, after dropping values from its
// top, holds the kinds of values that are expected there: a loop's iterator stays an iterator, an exception that is being handled stays one.
// Nothing changes when the jump is refused.
//
// A stack is described by a number: three bits for each value, the top lowest; 0 is the empty stack.

import { H32, H8 } from '../memory/linear.js';
import { PyBytes_AS_STRING, PyBytes_GET_SIZE } from '../object/bytes.js';
import { EXC_VALUE, errMinus1, exc_info, PyErr_Occurred, PyErr_WarnEx } from '../object/errors.js';
import { newref, xdecref } from '../object/header.js';
import { PyLong_AsLongAndOverflow, PyLong_CheckExact, longOverflow } from '../object/long.js';
import type { Obj } from '../object/ptr.js';
import { Py_None, PyExc_RuntimeWarning, PyExc_ValueError } from '../object/statics.js';
import { CO_FAST_FREE } from '../compiler/code_unit.js';
import * as O from '../compiler/opcodes.js';
import { originalOpcode } from './code_build.js';
import {
  co_code,
  co_exceptiontable,
  co_firstlineno,
  co_localspluskinds,
  co_nlocalsplus,
  co_nfreevars,
  codeStart,
  codeUnits,
  firstLocation,
  locEnd,
  locLine,
  locStart,
  nextLocation,
} from './code_layout.js';
import { f_lineno, f_trace, frameOfObject } from './frame_object.js';
import { GEN_EXECUTING, gen_state, genOfFrame } from './generator_layout.js';
import {
  F_IP,
  F_LOCALSPLUS,
  F_OWNER,
  F_SP,
  frameCode,
  frameUnit,
  OWNED_BY_FRAME_OBJECT,
  OWNED_BY_GENERATOR,
} from './iframe.js';

const ITERATOR = 1n;
const EXCEPT = 2n;
const OBJECT = 3n;
const NOTHING = 4n;
const LASTI = 5n;

const push = (s: bigint, kind: bigint): bigint => (s << 3n) | kind;
const top = (s: bigint): bigint => s & 7n;
const peek = (s: bigint, n: number): bigint => (s >> BigInt(3 * (n - 1))) & 7n;
const pop = (s: bigint, n: number): bigint => s >> BigInt(3 * n);
const depth = (s: bigint): number => (s === 0n ? 0 : Math.ceil(s.toString(2).length / 3));

interface Instruction {
  op: number;
  arg: number;
  next: number;
}

function decode(code: Obj): (Instruction | null)[] {
  const n = codeUnits(code);
  const list: (Instruction | null)[] = new Array<Instruction | null>(n).fill(null);
  let arg = 0;
  for (let i = 0; i < n; ) {
    const op = originalOpcode(code, i);
    arg = (arg << 8) | H8[code + co_code + 2 * i + 1];
    const next = i + 1 + O.CACHE_ENTRIES[op];
    list[i] = { op, arg, next };
    if (op !== O.EXTENDED_ARG) arg = 0;
    i = next;
  }
  return list;
}

/** An entry of an exception table, in code units. */
export interface Handler {
  start: number;
  end: number;
  target: number;
  depth: number;
  lasti: boolean;
}

/** The exception table of code that has been verified. */
export function handlersOf(code: Obj): Handler[] {
  const table = H32[(code + co_exceptiontable) >> 2] as Obj;
  const result: Handler[] = [];
  let at = PyBytes_AS_STRING(table);
  const limit = at + PyBytes_GET_SIZE(table);
  const read = (): number => {
    let byte = H8[at++];
    let value = byte & 63;
    while (byte & 64) {
      byte = H8[at++];
      value = (value << 6) | (byte & 63);
    }
    return value;
  };
  while (at < limit) {
    const start = read();
    const size = read();
    const target = read();
    const dl = read();
    result.push({ start, end: start + size, target, depth: dl >> 1, lasti: (dl & 1) !== 0 });
  }
  return result;
}

/** The stack on entry of each instruction; null where no path comes. */
function stacksOf(code: Obj): (bigint | null)[] {
  const list = decode(code);
  const n = list.length;
  const stacks: (bigint | null)[] = new Array<bigint | null>(n + 1).fill(null);
  const handlers = handlersOf(code);
  const work: number[] = [];
  const reach = (i: number, s: bigint): void => {
    if (i >= 0 && i < n && stacks[i] === null) {
      stacks[i] = s;
      work.push(i);
    }
  };
  reach(0, 0n);
  while (work.length > 0) {
    const i = work.pop() as number;
    const instruction = list[i];
    let s = stacks[i] as bigint;
    if (instruction === null) continue;
    for (const h of handlers) {
      if (i < h.start || i >= h.end || depth(s) < h.depth) continue;
      let hs = pop(s, depth(s) - h.depth);
      if (h.lasti) hs = push(hs, LASTI);
      reach(h.target, push(hs, EXCEPT));
    }
    const { op, arg, next } = instruction;
    switch (op) {
      case O.POP_JUMP_IF_FALSE:
      case O.POP_JUMP_IF_TRUE:
      case O.POP_JUMP_IF_NONE:
      case O.POP_JUMP_IF_NOT_NONE:
        s = pop(s, 1);
        reach(next + arg, s);
        reach(next, s);
        break;
      case O.SEND:
        reach(next + arg, s);
        reach(next, s);
        break;
      case O.JUMP_FORWARD:
        reach(next + arg, s);
        break;
      case O.JUMP_BACKWARD:
      case O.JUMP_BACKWARD_NO_INTERRUPT:
        reach(next - arg, s);
        break;
      case O.GET_ITER:
      case O.GET_AITER:
        reach(next, push(pop(s, 1), ITERATOR));
        break;
      case O.FOR_ITER:
        // Exhausted: at the POP_ITER behind END_FOR; a generator's result passes END_FOR.
        reach(next + arg, push(s, OBJECT));
        reach(next + arg + 1, s);
        reach(next, push(s, OBJECT));
        break;
      case O.END_ASYNC_FOR:
        reach(next, pop(s, 2));
        break;
      case O.PUSH_EXC_INFO:
        reach(next, push(push(pop(s, 1), EXCEPT), EXCEPT));
        break;
      case O.POP_EXCEPT:
        reach(next, pop(s, 1));
        break;
      case O.RETURN_VALUE:
      case O.RAISE_VARARGS:
      case O.RERAISE:
        break;
      case O.PUSH_NULL:
        reach(next, push(s, NOTHING));
        break;
      case O.LOAD_GLOBAL:
        s = push(s, OBJECT);
        reach(next, arg & 1 ? push(s, NOTHING) : s);
        break;
      case O.LOAD_ATTR:
        reach(next, arg & 1 ? push(push(pop(s, 1), OBJECT), NOTHING) : s);
        break;
      case O.SWAP: {
        const a = top(s);
        const b = peek(s, arg);
        const shift = BigInt(3 * (arg - 1));
        s = (s & ~(7n << shift) & ~7n) | (a << shift) | b;
        reach(next, s);
        break;
      }
      case O.COPY:
        reach(next, push(s, peek(s, arg)));
        break;
      default: {
        // What stays in place keeps its kind.
        const effect = O.stackEffect(op, arg, false);
        if (effect < 0) s = pop(s, -effect);
        for (let k = effect; k > 0; k--) s = push(s, OBJECT);
        reach(next, s);
      }
    }
  }
  return stacks;
}

function compatibleKind(from: bigint, to: bigint): boolean {
  if (to === 0n) return false;
  if (to === OBJECT) return from !== NOTHING;
  if (to === NOTHING) return true;
  return from === to;
}

/** Whether a stack becomes `to` by dropping values. */
function compatible(from: bigint, to: bigint): boolean {
  const extra = depth(from) - depth(to);
  if (extra < 0) return false;
  from = pop(from, extra);
  while (from !== 0n) {
    if (!compatibleKind(top(from), top(to))) return false;
    from = pop(from, 1);
    to = pop(to, 1);
  }
  return true;
}

function whyNot(to: bigint): string {
  switch (top(to)) {
    case EXCEPT:
      return "can't jump into an 'except' block as there's no exception";
    case LASTI:
      return "can't jump into a re-raising block as there's no location";
    case ITERATOR:
      return "can't jump into the body of a for loop";
    default:
      return 'incompatible stacks';
  }
}

/** Sets f_lineno: 0, or -1 with ValueError. */
export function setLineNumber(object: Obj, value: Obj): number {
  const frame = frameOfObject(object);
  const code = frameCode(frame);
  if (!PyLong_CheckExact(value)) return errMinus1(PyExc_ValueError, 'lineno must be an integer');
  const owner = H8[frame + F_OWNER];
  const suspended = owner === OWNED_BY_GENERATOR && H32[(genOfFrame(frame) + gen_state) >> 2] !== GEN_EXECUTING;
  if (owner === OWNED_BY_FRAME_OBJECT)
    return errMinus1(PyExc_ValueError, 'f_lineno can only be set in a trace function');
  const refusal = jumpPort.refusal(suspended);
  if (refusal !== null) return errMinus1(PyExc_ValueError, refusal);
  if (H32[(object + f_trace) >> 2] === 0)
    return errMinus1(PyExc_ValueError, 'f_lineno can only be set by a trace function');
  const wanted = PyLong_AsLongAndOverflow(value);
  if (longOverflow !== 0) return errMinus1(PyExc_ValueError, 'lineno out of range');
  if (wanted === -1 && PyErr_Occurred() !== 0) return -1;
  const firstline = H32[(code + co_firstlineno) >> 2];
  if (wanted < firstline) return errMinus1(PyExc_ValueError, `line ${wanted} comes before the current code block`);
  const lines = lineStartsOf(code);
  let line = -1;
  for (const l of lines) if (l >= wanted && (line === -1 || l < line)) line = l;
  if (line === -1) return errMinus1(PyExc_ValueError, `line ${wanted} comes after the current code block`);
  const stacks = stacksOf(code);
  const from = stacks[frameUnit(frame)] ?? 0n;
  let best = -1;
  let bestDepth = -1;
  let message = 'cannot find bytecode for specified line';
  for (let i = 0; i < lines.length; i++) {
    if (lines[i] !== line) continue;
    const to = stacks[i];
    if (to === null) {
      if (best < 0) message = "can't jump into an exception handler, or code may be unreachable";
      continue;
    }
    if (compatible(from, to)) {
      if (depth(to) > bestDepth) {
        bestDepth = depth(to);
        best = i;
      }
    } else if (best < 0) message = whyNot(to);
  }
  if (best < 0) return errMinus1(PyExc_ValueError, message);
  if (bindUnbound(frame, code) < 0) return -1;
  let s = from;
  while (depth(s) > bestDepth) {
    const sp = H32[(frame + F_SP) >> 2] - 1;
    const o = H32[sp] as Obj;
    H32[(frame + F_SP) >> 2] = sp;
    if (top(s) === EXCEPT) {
      // What is dropped had been set aside while the exception was handled: that is over now.
      const item = (H32[exc_info] + EXC_VALUE) >> 2;
      const old = H32[item] as Obj;
      H32[item] = o === Py_None ? 0 : o;
      if (o === Py_None) xdecref(o);
      xdecref(old);
    } else xdecref(o);
    s = pop(s, 1);
  }
  H32[(object + f_lineno) >> 2] = 0;
  H32[(frame + F_IP) >> 2] = codeStart(code) + best;
  return 0;
}

/** For each code unit the line that starts there, or -1. */
function lineStartsOf(code: Obj): number[] {
  const n = codeUnits(code);
  const starts = new Array<number>(n).fill(-1);
  let last = -1;
  firstLocation(code);
  while (nextLocation(code)) {
    if (locLine >= 0 && locLine !== last && locStart < n && locEnd > locStart) {
      starts[locStart] = locLine;
      last = locLine;
    }
  }
  return starts;
}

/** Variables that are not bound yet become None, with a warning: the code behind the jump may count on them. */
function bindUnbound(frame: number, code: Obj): number {
  const kinds = PyBytes_AS_STRING(H32[(code + co_localspluskinds) >> 2] as Obj);
  const n = H32[(code + co_nlocalsplus) >> 2] - H32[(code + co_nfreevars) >> 2];
  const lp = (frame + F_LOCALSPLUS) >> 2;
  let unbound = 0;
  for (let i = 0; i < n; i++) if (H32[lp + i] === 0 && !(H8[kinds + i] & CO_FAST_FREE)) unbound++;
  if (unbound === 0) return 0;
  const what = unbound === 1 ? 'assigning None to 1 unbound local' : `assigning None to ${unbound} unbound locals`;
  if (PyErr_WarnEx(PyExc_RuntimeWarning, what, 0) < 0) return -1;
  for (let i = 0; i < n; i++) if (H32[lp + i] === 0 && !(H8[kinds + i] & CO_FAST_FREE)) H32[lp + i] = newref(Py_None);
  return 0;
}

/** src/vm/tracing.ts: why the event that is being traced forbids a jump; null if it does not. */
export const jumpPort = {
  refusal: (_suspended: boolean): string | null => 'f_lineno can only be set in a trace function',
};
