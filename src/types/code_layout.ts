// What does a code object look like, and what do its line and exception tables say?
//
// Invariant: a code object is immutable but for its inline caches, its specialized or instrumented opcodes and its monitoring data; what
// its creator checked (code_verify.ts) stays true.  The instructions stand at the end of the object, two bytes each.
//
//   header | ob_size = number of code units | fields | code units

import { i32, layout, ref, weaklistField } from '../object/layout.js';
import { ob_type } from '../object/head.js';
import { PyCode_Type } from '../object/statics.js';
import type { Obj } from '../object/ptr.js';
import { CO_VARARGS, CO_VARKEYWORDS, CO_OPTIMIZED } from '../compiler/code_unit.js';
import { ob_size } from '../object/type_layout.js';
import { H32, H8 } from '../memory/linear.js';
import { PyBytes_AS_STRING, PyBytes_GET_SIZE } from '../object/bytes.js';

export const Code = layout(
  {
    consts: ref,
    names: ref,
    exceptiontable: ref,
    flags: i32,
    argcount: i32,
    posonlyargcount: i32,
    kwonlyargcount: i32,
    stacksize: i32,
    firstlineno: i32,
    nlocalsplus: i32,
    // Words of a frame: its fixed part, the fast locals and the value stack.
    framesize: i32,
    nlocals: i32,
    ncellvars: i32,
    nfreevars: i32,
    // Number of arguments if they can be moved to a frame just as they stand (nothing but plain parameters), else -1.
    simpleArgs: i32,
    version: i32,
    localsplusnames: ref,
    localspluskinds: ref,
    filename: ref,
    name: ref,
    qualname: ref,
    linetable: ref,
    weakreflist: weaklistField,
    // Which global state of monitoring the instructions reflect; the data of the instrumentation, a bytes object or NULL.
    instrumentation: i32,
    monitoring: ref,
    // Index of the first instruction that can be traced: the first RESUME.
    firsttraceable: i32,
    // 1 once the instructions are known to be sound: made by our compiler, or checked (code_verify.ts).
    verified: i32,
    // The dictionary of _PyCode_SetExtra values, or NULL.
    extra: ref,
  },
  { items: 2 },
);

export const {
  consts: co_consts,
  names: co_names,
  exceptiontable: co_exceptiontable,
  flags: co_flags,
  argcount: co_argcount,
  posonlyargcount: co_posonlyargcount,
  kwonlyargcount: co_kwonlyargcount,
  stacksize: co_stacksize,
  firstlineno: co_firstlineno,
  nlocalsplus: co_nlocalsplus,
  framesize: co_framesize,
  nlocals: co_nlocals,
  ncellvars: co_ncellvars,
  nfreevars: co_nfreevars,
  simpleArgs: co_simpleArgs,
  version: co_version,
  localsplusnames: co_localsplusnames,
  localspluskinds: co_localspluskinds,
  filename: co_filename,
  name: co_name,
  qualname: co_qualname,
  linetable: co_linetable,
  instrumentation: co_instrumentation,
  monitoring: co_monitoring,
  firsttraceable: co_firsttraceable,
  verified: co_verified,
} = Code;

/** What co_simpleArgs is for code that has been verified. */
export function simpleArgsOf(code: Obj): number {
  const flags = H32[(code + co_flags) >> 2];
  // Code that is not a function's has names in a dictionary, which the call has to provide.
  if ((flags & CO_OPTIMIZED) === 0) return -1;
  if (flags & (CO_VARARGS | CO_VARKEYWORDS) || H32[(code + co_kwonlyargcount) >> 2] !== 0) return -1;
  return H32[(code + co_argcount) >> 2];
}

/** Offset of the instructions. */
export const co_code = Code.info.basicsize;

export function PyCode_Check(o: Obj): boolean {
  return H32[(o + ob_type) >> 2] === PyCode_Type;
}

/** Index (into H16) of the first code unit. */
export function codeStart(code: Obj): number {
  return (code + co_code) >> 1;
}

/** Number of code units. */
export function codeUnits(code: Obj): number {
  return H32[(code + ob_size) >> 2];
}

// --- The location table (InternalDocs/code_objects.md): entries of a byte 1CCCCLLL (kind, length - 1) and their numbers.

// What the location functions leave behind: a range of code units and its place in the source, -1 where unknown.
export let locStart = 0;
export let locEnd = 0;
export let locLine = -1;
export let locEndLine = -1;
export let locColumn = -1;
export let locEndColumn = -1;

let at = 0;
let runningLine = 0;

function readVarint(): number {
  let byte = H8[at++];
  let value = byte & 63;
  let shift = 0;
  while (byte & 64) {
    byte = H8[at++];
    shift += 6;
    value |= (byte & 63) << shift;
  }
  return value;
}

function readSigned(): number {
  const v = readVarint();
  return v & 1 ? -(v >>> 1) : v >>> 1;
}

/** Starts a walk over the location table of `code`; then call nextLocation until it answers false. */
export function firstLocation(code: Obj): void {
  const table = H32[(code + co_linetable) >> 2] as Obj;
  at = PyBytes_AS_STRING(table);
  runningLine = H32[(code + co_firstlineno) >> 2];
  locStart = 0;
  locEnd = 0;
}

/** The place where the walk is, to resume it later with resumeLocation (iterators). */
export function locationState(code: Obj): number {
  return at - PyBytes_AS_STRING(H32[(code + co_linetable) >> 2] as Obj);
}

export function locationLineState(): number {
  return runningLine;
}

export function resumeLocation(code: Obj, state: number, line: number, end: number): void {
  at = PyBytes_AS_STRING(H32[(code + co_linetable) >> 2] as Obj) + state;
  runningLine = line;
  locEnd = end;
}

/** Reads the next entry into loc*; false at the end of the table. */
export function nextLocation(code: Obj): boolean {
  const table = H32[(code + co_linetable) >> 2] as Obj;
  const limit = PyBytes_AS_STRING(table) + PyBytes_GET_SIZE(table);
  if (at >= limit) return false;
  const first = H8[at++];
  const kind = (first >> 3) & 15;
  locStart = locEnd;
  locEnd += (first & 7) + 1;
  locColumn = -1;
  locEndColumn = -1;
  if (kind === 15) {
    locLine = -1;
    locEndLine = -1;
    return true;
  }
  if (kind === 14) {
    runningLine += readSigned();
    locLine = runningLine;
    locEndLine = runningLine + readVarint();
    locColumn = readVarint() - 1;
    locEndColumn = readVarint() - 1;
  } else if (kind === 13) {
    runningLine += readSigned();
    locLine = runningLine;
    locEndLine = runningLine;
  } else if (kind >= 10) {
    runningLine += kind - 10;
    locLine = runningLine;
    locEndLine = runningLine;
    locColumn = H8[at++];
    locEndColumn = H8[at++];
  } else {
    const second = H8[at++];
    locLine = runningLine;
    locEndLine = runningLine;
    locColumn = (kind << 3) | (second >> 4);
    locEndColumn = locColumn + (second & 15);
  }
  return true;
}

/** PyCode_Addr2Line with the offset in code units: the line, -1 if the instruction has none; leaves its location in loc*. */
export function lineOfUnit(code: Obj, unit: number): number {
  if (unit < 0) return H32[(code + co_firstlineno) >> 2];
  firstLocation(code);
  while (nextLocation(code)) if (unit < locEnd) return locLine;
  locLine = -1;
  locEndLine = -1;
  locColumn = -1;
  locEndColumn = -1;
  return -1;
}

// --- The exception table: entries of four varints (6 bits each, most significant first; bit 7 starts an entry).

/** What findHandler leaves behind. */
export let handlerTarget = 0;
export let handlerDepth = 0;
export let handlerLasti = false;

function readBig(): number {
  let byte = H8[at++];
  let value = byte & 63;
  while (byte & 64) {
    byte = H8[at++];
    value = (value << 6) | (byte & 63);
  }
  return value;
}

/** Whether an exception at code unit `unit` is handled in `code`; leaves target (a code unit), depth and lasti. */
export function findHandler(code: Obj, unit: number): boolean {
  const table = H32[(code + co_exceptiontable) >> 2] as Obj;
  at = PyBytes_AS_STRING(table);
  const limit = at + PyBytes_GET_SIZE(table);
  while (at < limit) {
    const start = readBig();
    const size = readBig();
    const target = readBig();
    const depthLasti = readBig();
    if (unit < start) return false;
    if (unit < start + size) {
      handlerTarget = target;
      handlerDepth = depthLasti >> 1;
      handlerLasti = (depthLasti & 1) !== 0;
      return true;
    }
  }
  return false;
}
