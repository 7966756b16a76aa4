// How do instructions come to report events?
//
// Invariant: a code object's co_monitoring, a bytes object, is NULL or has for each code unit the tools that are to hear of it and what
// stands there without instrumentation; the instructions reflect the state whose number is in co_instrumentation.  INSTRUMENTED_LINE
// stands over INSTRUMENTED_INSTRUCTION, which stands over the instrumented or plain instruction.
//
//   local tools[16] | active tools[16] | tool versions[8 words] | restart version | unused |
//   line[n words] | tools[n] | line tools[n] | instruction tools[n] | under LINE[n] | under INSTRUCTION[n] | off: tools[n], line[n], instruction[n]

import { H32, H8 } from '../memory/linear.js';
import { newBytes, PyBytes_AS_STRING } from '../object/bytes.js';
import type { Obj } from '../object/ptr.js';
import * as O from '../compiler/opcodes.js';
import { instrumentPort } from '../types/code_build.js';
import {
  co_code,
  co_firsttraceable,
  co_instrumentation,
  co_monitoring,
  codeUnits,
  firstLocation,
  locEnd,
  locLine,
  locStart,
  nextLocation,
} from '../types/code_layout.js';
import { cur_frame, F_PREVIOUS, frameCode } from '../types/iframe.js';
import {
  BRANCH_LEFT,
  BRANCH_RIGHT,
  CALL_EVENT,
  globalTools,
  INSTRUCTION,
  instrumentation_version,
  JUMP_EVENT,
  LINE,
  LOCAL_EVENTS,
  PY_RESUME,
  PY_RETURN,
  PY_START,
  PY_YIELD,
  restart_version,
  STOP_ITERATION,
  TOOLS,
  toolVersions,
} from './monitoring_state.js';
import { handlersOf } from '../types/frame_jump.js';

export { instrumentation_version } from './monitoring_state.js';

const LOCAL = 0;
const ACTIVE = 16;
const VERSIONS = 32;
const RESTART = 64;
const LINES = 72;

/** [plain, instrumented, event] */
const FAMILIES: readonly (readonly [op: number, instrumented: number, event: number])[] = [
  [O.RESUME, O.INSTRUMENTED_RESUME, PY_START],
  [O.RETURN_VALUE, O.INSTRUMENTED_RETURN_VALUE, PY_RETURN],
  [O.YIELD_VALUE, O.INSTRUMENTED_YIELD_VALUE, PY_YIELD],
  [O.CALL, O.INSTRUMENTED_CALL, CALL_EVENT],
  [O.CALL_KW, O.INSTRUMENTED_CALL_KW, CALL_EVENT],
  [O.CALL_FUNCTION_EX, O.INSTRUMENTED_CALL_FUNCTION_EX, CALL_EVENT],
  [O.LOAD_SUPER_ATTR, O.INSTRUMENTED_LOAD_SUPER_ATTR, CALL_EVENT],
  [O.JUMP_FORWARD, O.INSTRUMENTED_JUMP_FORWARD, JUMP_EVENT],
  [O.JUMP_BACKWARD, O.INSTRUMENTED_JUMP_BACKWARD, JUMP_EVENT],
  [O.POP_JUMP_IF_FALSE, O.INSTRUMENTED_POP_JUMP_IF_FALSE, BRANCH_RIGHT],
  [O.POP_JUMP_IF_TRUE, O.INSTRUMENTED_POP_JUMP_IF_TRUE, BRANCH_RIGHT],
  [O.POP_JUMP_IF_NONE, O.INSTRUMENTED_POP_JUMP_IF_NONE, BRANCH_RIGHT],
  [O.POP_JUMP_IF_NOT_NONE, O.INSTRUMENTED_POP_JUMP_IF_NOT_NONE, BRANCH_RIGHT],
  [O.NOT_TAKEN, O.INSTRUMENTED_NOT_TAKEN, BRANCH_LEFT],
  [O.FOR_ITER, O.INSTRUMENTED_FOR_ITER, BRANCH_LEFT],
  [O.POP_ITER, O.INSTRUMENTED_POP_ITER, BRANCH_RIGHT],
  [O.END_FOR, O.INSTRUMENTED_END_FOR, STOP_ITERATION],
  [O.END_SEND, O.INSTRUMENTED_END_SEND, STOP_ITERATION],
  [O.END_ASYNC_FOR, O.INSTRUMENTED_END_ASYNC_FOR, BRANCH_RIGHT],
];

const INSTRUMENTED = new Uint8Array(256);
const EVENT_OF = new Int8Array(256).fill(-1);
/** The plain instruction of each instrumented one. */
export const PLAIN = new Uint8Array(256);
for (const [op, instrumented, event] of FAMILIES) {
  INSTRUMENTED[op] = instrumented;
  PLAIN[instrumented] = op;
  EVENT_OF[op] = event;
}

interface Tables {
  base: number;
  n: number;
}

function tables(code: Obj): Tables | null {
  const data = H32[(code + co_monitoring) >> 2] as Obj;
  return data === 0 ? null : { base: PyBytes_AS_STRING(data), n: codeUnits(code) };
}

const TOOLS_AT = 0;
const LINE_TOOLS = 1;
const INST_TOOLS = 2;
const UNDER_LINE = 3;
const UNDER_INST = 4;
const OFF = 5;

/** The address of entry `i` of byte table `k`. */
function entry(t: Tables, k: number, i: number): number {
  return t.base + LINES + 4 * t.n + k * t.n + i;
}

/** The line of a code unit, as the instrumentation knows it; -1 for none. */
export function lineAt(code: Obj, unit: number): number {
  const t = tables(code) as Tables;
  return unit < 0 || unit >= t.n ? -1 : H32[((t.base + LINES) >> 2) + unit];
}

function createTables(code: Obj): Tables | null {
  const n = codeUnits(code);
  const data = newBytes(LINES + 4 * n + 8 * n);
  if (data === 0) return null;
  const base = PyBytes_AS_STRING(data);
  H8.fill(0, base, base + LINES + 12 * n);
  H32[(code + co_monitoring) >> 2] = data;
  const lines = (base + LINES) >> 2;
  for (let i = 0; i < n; i++) H32[lines + i] = -1;
  firstLocation(code);
  while (nextLocation(code)) for (let i = locStart; i < locEnd && i < n; i++) H32[lines + i] = locLine;
  for (let tool = 0; tool < TOOLS; tool++) H32[((base + VERSIONS) >> 2) + tool] = H32[toolVersions + tool];
  return { base, n };
}

/** The opcode at unit i without line and instruction events: plain, specialized or instrumented. */
function inner(t: Tables, code: Obj, i: number): number {
  let op = H8[code + co_code + 2 * i];
  if (op === O.INSTRUMENTED_LINE) op = H8[entry(t, UNDER_LINE, i)];
  if (op === O.INSTRUMENTED_INSTRUCTION) op = H8[entry(t, UNDER_INST, i)];
  return op;
}

instrumentPort.original = (code, i, op) => {
  if (op < O.MIN_INSTRUMENTED_OPCODE) return op;
  const t = tables(code);
  if (t === null) return op;
  const there = inner(t, code, i);
  return there >= O.MIN_INSTRUMENTED_OPCODE ? PLAIN[there] : there;
};

/** The code unit of the instruction that is at unit i behind its operand prefixes, and its whole operand. */
let targetOp = 0;
let targetArg = 0;
function skipPrefixes(t: Tables, code: Obj, i: number): number {
  targetArg = 0;
  for (;;) {
    const op = inner(t, code, i);
    targetOp = op >= O.MIN_INSTRUMENTED_OPCODE ? PLAIN[op] : O.DEOPT[op];
    targetArg = (targetArg << 8) | H8[code + co_code + 2 * i + 1];
    if (targetOp !== O.EXTENDED_ARG || i + 1 >= t.n) return i;
    i++;
  }
}

/** Which units start a line, as line events see it. */
function lineStarts(t: Tables, code: Obj): Uint8Array {
  const starts = new Uint8Array(t.n);
  const line = (i: number): number => H32[((t.base + LINES) >> 2) + i];
  let current = -1;
  let i = H32[(code + co_firsttraceable) >> 2];
  const first = i;
  while (i < t.n) {
    const at = skipPrefixes(t, code, i);
    const l = line(i);
    switch (targetOp) {
      case O.END_ASYNC_FOR:
      case O.END_FOR:
      case O.END_SEND:
      case O.RESUME:
      case O.POP_ITER:
        break;
      default:
        if (l !== current && l >= 0) starts[i] = 1;
        current = l;
    }
    i = at + 1 + O.CACHE_ENTRIES[targetOp];
  }
  i = first;
  while (i < t.n) {
    const at = skipPrefixes(t, code, i);
    const op = targetOp;
    const next = at + 1 + O.CACHE_ENTRIES[op];
    let target = -1;
    if (op === O.FOR_ITER) {
      // A loop that is exhausted goes on behind END_FOR and POP_ITER.
      target = next + targetArg + 2;
    } else if (op === O.END_ASYNC_FOR) target = -1;
    else if (op === O.JUMP_BACKWARD || op === O.JUMP_BACKWARD_NO_INTERRUPT) target = next - targetArg;
    else if (O.OPCODE_FLAGS[op] & O.HAS_JUMP) target = next + targetArg;
    if (target >= 0 && target < t.n) {
      const l = line(target);
      if (l >= 0 && l !== line(i)) {
        skipPrefixes(t, code, target);
        if (targetOp !== O.RESUME && targetOp !== O.END_FOR && targetOp !== O.END_SEND) starts[target] = 1;
      }
    }
    i = next;
  }
  for (const { target } of handlersOf(code)) if (target < t.n && line(target) >= 0) starts[target] = 1;
  return starts;
}

/** Brings `code` up to the current state: 0, or -1 with MemoryError. */
export function instrumentCode(code: Obj): number {
  const version = H32[instrumentation_version];
  let t = tables(code);
  if (t === null) {
    let any = 0;
    for (let e = 0; e < LOCAL_EVENTS; e++) any |= H8[globalTools + e];
    if (any === 0) {
      H32[(code + co_instrumentation) >> 2] = version;
      return 0;
    }
    t = createTables(code);
    if (t === null) return -1;
  }
  const { base, n } = t;
  // Local events of a tool id that has been given up since are forgotten.
  for (let tool = 0; tool < TOOLS; tool++) {
    const at = ((base + VERSIONS) >> 2) + tool;
    if (H32[at] === H32[toolVersions + tool]) continue;
    H32[at] = H32[toolVersions + tool];
    for (let e = 0; e < LOCAL_EVENTS; e++) H8[base + LOCAL + e] &= ~(1 << tool);
  }
  for (let e = 0; e < LOCAL_EVENTS; e++) H8[base + ACTIVE + e] = H8[globalTools + e] | H8[base + LOCAL + e];
  if (H32[(base + RESTART) >> 2] !== H32[restart_version]) {
    H32[(base + RESTART) >> 2] = H32[restart_version];
    H8.fill(0, entry(t, OFF, 0), entry(t, OFF, 0) + 3 * n);
  }
  const starts = H8[base + ACTIVE + LINE] !== 0 ? lineStarts(t, code) : null;
  const first = H32[(code + co_firsttraceable) >> 2];
  for (let i = 0; i < n; ) {
    const at = skipPrefixes(t, code, i);
    const plain = targetOp;
    const next = at + 1 + O.CACHE_ENTRIES[plain];
    for (let k = i; k <= at; k++) {
      const there = inner(t, code, k);
      const op = there >= O.MIN_INSTRUMENTED_OPCODE ? PLAIN[there] : there;
      place(t, code, k, op, i >= first && k === at, i >= first && k === i, starts);
    }
    i = next;
  }
  H32[(code + co_instrumentation) >> 2] = version;
  return 0;
}

/** Puts the right opcode at unit i: `op` is what stands there without instrumentation. */
function place(
  t: Tables,
  code: Obj,
  i: number,
  op: number,
  own: boolean,
  leads: boolean,
  starts: Uint8Array | null,
): void {
  const { base } = t;
  const plain = O.DEOPT[op];
  let event = own ? EVENT_OF[plain] : -1;
  if (event === PY_START && (H8[code + co_code + 2 * i + 1] & O.RESUME_OPARG_LOCATION_MASK) !== 0) event = PY_RESUME;
  const tools = event < 0 ? 0 : H8[base + ACTIVE + event] & ~H8[entry(t, OFF, i)];
  H8[entry(t, TOOLS_AT, i)] = tools;
  if (tools !== 0) op = INSTRUMENTED[plain];
  // RESUME is what brings the code up to date: it stays on top.
  const inst = leads && plain !== O.RESUME ? H8[base + ACTIVE + INSTRUCTION] & ~H8[entry(t, OFF + 2, i)] : 0;
  H8[entry(t, INST_TOOLS, i)] = inst;
  if (inst !== 0) {
    H8[entry(t, UNDER_INST, i)] = op;
    op = O.INSTRUMENTED_INSTRUCTION;
  }
  const line = leads && starts !== null && starts[i] !== 0 ? H8[base + ACTIVE + LINE] & ~H8[entry(t, OFF + 1, i)] : 0;
  H8[entry(t, LINE_TOOLS, i)] = line;
  if (line !== 0) {
    H8[entry(t, UNDER_LINE, i)] = op;
    op = O.INSTRUMENTED_LINE;
  }
  H8[code + co_code + 2 * i] = op;
}

/** The tools that hear of `event` at unit i. */
export function toolsAt(code: Obj, i: number, event: number): number {
  const t = tables(code) as Tables;
  return H8[entry(t, event === LINE ? LINE_TOOLS : event === INSTRUCTION ? INST_TOOLS : TOOLS_AT, i)];
}

/** What stands under INSTRUMENTED_LINE or INSTRUMENTED_INSTRUCTION at unit i, or there now if that has gone. */
export function underEvent(code: Obj, i: number, op: number): number {
  const now = H8[code + co_code + 2 * i];
  const t = tables(code) as Tables;
  if (op === O.INSTRUMENTED_LINE) return now === O.INSTRUMENTED_LINE ? H8[entry(t, UNDER_LINE, i)] : now;
  if (now === O.INSTRUMENTED_INSTRUCTION || now === O.INSTRUMENTED_LINE) {
    const under = now === O.INSTRUMENTED_LINE ? H8[entry(t, UNDER_LINE, i)] : now;
    return under === O.INSTRUMENTED_INSTRUCTION ? H8[entry(t, UNDER_INST, i)] : under;
  }
  return now;
}

/** A tool does not want to hear of `event` at unit i any more (until the events are restarted). */
export function disableAt(code: Obj, i: number, event: number, tool: number): void {
  const t = tables(code);
  if (t === null) return;
  const bit = 1 << tool;
  const k = event === LINE ? 1 : event === INSTRUCTION ? 2 : 0;
  H8[entry(t, OFF + k, i)] |= bit;
  const left = (H8[entry(t, k, i)] &= ~bit);
  if (left !== 0) return;
  const at = code + co_code + 2 * i;
  const now = H8[at];
  if (event === LINE) {
    if (now === O.INSTRUMENTED_LINE) H8[at] = H8[entry(t, UNDER_LINE, i)];
  } else if (event === INSTRUCTION) {
    if (now === O.INSTRUMENTED_INSTRUCTION) H8[at] = H8[entry(t, UNDER_INST, i)];
    else if (now === O.INSTRUMENTED_LINE) H8[entry(t, UNDER_LINE, i)] = H8[entry(t, UNDER_INST, i)];
  } else {
    const there = inner(t, code, i);
    if (there < O.MIN_INSTRUMENTED_OPCODE) return;
    const plain = PLAIN[there];
    if (now === O.INSTRUMENTED_LINE) {
      if (H8[entry(t, UNDER_LINE, i)] === O.INSTRUMENTED_INSTRUCTION) H8[entry(t, UNDER_INST, i)] = plain;
      else H8[entry(t, UNDER_LINE, i)] = plain;
    } else if (now === O.INSTRUMENTED_INSTRUCTION) H8[entry(t, UNDER_INST, i)] = plain;
    else H8[at] = plain;
  }
}

/** The events that a tool watches in this code alone. */
export function localEvents(code: Obj, tool: number): number {
  const t = tables(code);
  let set = 0;
  if (t !== null && H32[((t.base + VERSIONS) >> 2) + tool] === H32[toolVersions + tool]) {
    for (let e = 0; e < LOCAL_EVENTS; e++) if (H8[t.base + LOCAL + e] & (1 << tool)) set |= 1 << e;
  }
  return set;
}

/** Makes a tool watch the events of `set` in this code: 0, or -1 with MemoryError. */
export function setLocalEvents(code: Obj, tool: number, set: number): number {
  const t = tables(code) ?? createTables(code);
  if (t === null) return -1;
  H32[((t.base + VERSIONS) >> 2) + tool] = H32[toolVersions + tool];
  const bit = 1 << tool;
  let changed = false;
  for (let e = 0; e < LOCAL_EVENTS; e++) {
    const at = t.base + LOCAL + e;
    const old = H8[at];
    const now = set & (1 << e) ? old | bit : old & ~bit;
    if (old !== now) changed = true;
    H8[at] = now;
  }
  if (!changed) return 0;
  return newState();
}

/** The state has changed: all code that is running follows at once, other code when it is next entered.  0, or -1. */
export function newState(): number {
  H32[instrumentation_version]++;
  for (let frame = H32[cur_frame]; frame !== 0; frame = H32[(frame + F_PREVIOUS) >> 2]) {
    const code = frameCode(frame);
    if (H32[(code + co_instrumentation) >> 2] !== H32[instrumentation_version] && instrumentCode(code) < 0) return -1;
  }
  return 0;
}
