// Who watches what?  (PEP 669)
//
// Invariant: globalTools[event] is the set (a bit each) of the tools that watch the event everywhere; the version changes with every change
// that instructions may have to reflect, and is 0 as long as nobody has ever watched.  Tools 6 and 7 are sys.setprofile and
// sys.settrace, whose callbacks are native (legacyCallbacks).

import { H32, H8, staticAlloc, staticWord } from '../memory/linear.js';
import { decref, newref, xdecref } from '../object/header.js';
import { NULL, type Obj } from '../object/ptr.js';
import { addRoots } from '../object/roots.js';

export const PY_START = 0;
export const PY_RESUME = 1;
export const PY_RETURN = 2;
export const PY_YIELD = 3;
export const CALL_EVENT = 4;
export const LINE = 5;
export const INSTRUCTION = 6;
export const JUMP_EVENT = 7;
export const BRANCH_LEFT = 8;
export const BRANCH_RIGHT = 9;
export const STOP_ITERATION = 10;
export const LOCAL_EVENTS = 11;
export const RAISE = 11;
export const EXCEPTION_HANDLED = 12;
export const PY_UNWIND = 13;
export const PY_THROW = 14;
export const RERAISE_EVENT = 15;
export const UNGROUPED_EVENTS = 16;
export const C_RETURN = 16;
export const C_RAISE = 17;
export const BRANCH = 18;
export const EVENTS = 19;

export const EVENT_NAMES = [
  'PY_START',
  'PY_RESUME',
  'PY_RETURN',
  'PY_YIELD',
  'CALL',
  'LINE',
  'INSTRUCTION',
  'JUMP',
  'BRANCH_LEFT',
  'BRANCH_RIGHT',
  'STOP_ITERATION',
  'RAISE',
  'EXCEPTION_HANDLED',
  'PY_UNWIND',
  'PY_THROW',
  'RERAISE',
  'C_RETURN',
  'C_RAISE',
  'BRANCH',
] as const;

export const TOOLS = 8;
export const SYS_PROFILE_ID = 6;
export const SYS_TRACE_ID = 7;

/** Index of the number of the present state. */
export const instrumentation_version = staticWord();
/** Index of the state in which disabled events were last restored. */
export const restart_version = staticWord();
/** Index of how many callbacks are running: while one does, nothing is reported. */
export const tracing = staticWord();
/** Index of the event whose callback is running (or was last). */
export const running_event = staticWord();
/** Address of the tools of each ungrouped event (bytes). */
export const globalTools = staticAlloc(UNGROUPED_EVENTS);
const callbacks = staticAlloc(TOOLS * EVENTS * 4) >> 2;
const names = staticAlloc(TOOLS * 4) >> 2;
/** Indices of a number for each tool id that changes when the id is given up. */
export const toolVersions = staticAlloc(TOOLS * 4) >> 2;

/** A native callback: 0, 1 (disable here) or -1 with an exception; the arguments after code are objects, NULL if there are fewer. */
export type LegacyCallback = (code: Obj, a: Obj, b: Obj, c: Obj) => number;
export const legacyCallbacks: (LegacyCallback | null)[] = new Array<LegacyCallback | null>(TOOLS * EVENTS).fill(null);

addRoots((visit) => {
  for (let i = 0; i < TOOLS * EVENTS; i++)
    if (H32[callbacks + i] !== 0) visit(H32[callbacks + i] as Obj, 'a callback of sys.monitoring');
  for (let i = 0; i < TOOLS; i++)
    if (H32[names + i] !== 0) visit(H32[names + i] as Obj, 'the name of a tool of sys.monitoring');
});

export function getCallback(tool: number, event: number): Obj {
  return H32[callbacks + tool * EVENTS + event] as Obj;
}

/** Sets a callback (borrowed, may be NULL) and returns the old one (a new reference, or NULL). */
export function setCallback(tool: number, event: number, f: Obj): Obj {
  const at = callbacks + tool * EVENTS + event;
  const old = H32[at] as Obj;
  H32[at] = f === 0 ? 0 : newref(f);
  return old;
}

export function toolName(tool: number): Obj {
  return H32[names + tool] as Obj;
}

/** Takes a tool id for `name`, or gives it up with NULL. */
export function setToolName(tool: number, name: Obj): void {
  const old = H32[names + tool] as Obj;
  H32[names + tool] = name === 0 ? 0 : newref(name);
  xdecref(old);
}

/** The set of events that a tool watches everywhere. */
export function globalEvents(tool: number): number {
  let set = 0;
  for (let e = 0; e < UNGROUPED_EVENTS; e++) if (H8[globalTools + e] & (1 << tool)) set |= 1 << e;
  return set;
}

/** Makes a tool watch the events of `set`; whether that changes anything. */
export function setGlobalEvents(tool: number, set: number): boolean {
  let changed = false;
  const bit = 1 << tool;
  for (let e = 0; e < UNGROUPED_EVENTS; e++) {
    const old = H8[globalTools + e];
    const now = set & (1 << e) ? old | bit : old & ~bit;
    if (now !== old) changed = true;
    H8[globalTools + e] = now;
  }
  return changed;
}

/** Gives up all names and callbacks (finalization). */
export function finiMonitoring(): void {
  for (let t = 0; t < TOOLS; t++) {
    setToolName(t, NULL);
    for (let e = 0; e < EVENTS; e++) {
      const old = setCallback(t, e, NULL);
      if (old !== 0) decref(old);
      legacyCallbacks[t * EVENTS + e] = null;
    }
  }
  H8.fill(0, globalTools, globalTools + UNGROUPED_EVENTS);
  H32[instrumentation_version] = 0;
}
