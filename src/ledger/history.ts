// Which line took a reference, and which gave it back?
//
// Invariant: for every recorded object, `before` + the references that are open is its count.  Each reference that is given back cancels one that was
// taken.  Which one is told by the order of events: a reference that an instruction loaded onto a value stack is short-lived, so it goes before one
// that something keeps; one that the same function took goes before another's, a later before an earlier; those from before the recording go last.
// What is left open is who holds the object now, as far as it can be told.  The records are JavaScript's memory; the heap is only read.
//
// While nothing is recorded the word `tracking` (src/object/header.ts) is 0 and no function here is called.

import { H16, H32 } from '../memory/linear.js';
import { fn } from '../object/functable.js';
import { decref, GIVEN_BACK, GONE, MADE, Py_REFCNT, Py_TYPE, tracking } from '../object/header.js';
import { PyType_Check } from '../object/isinstance.js';
import { PyList_Append, PyList_New } from '../object/list.js';
import { m_ml } from '../object/descr.js';
import type { Obj } from '../object/ptr.js';
import { NULL } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import { PyCFunction_Type } from '../object/statics.js';
import { tp_tracked } from '../object/type_layout.js';
import { asString } from '../object/unicode.js';
import { co_filename, co_qualname, codeStart, lineOfUnit } from '../types/code_layout.js';
import { cleared_frame, cur_frame, F_EXECUTABLE, F_IP, F_PREVIOUS } from '../types/iframe.js';
import { describe } from './describe.js';
import { calleeOf, nativeAt } from './natives.js';

/** On whose behalf a count was changed. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  /** The native function, or the instruction. */
  readonly native: string;
}

interface Site extends Place {
  readonly id: number;
  /** The number of the function that the place is in. */
  readonly scope: number;
  /** Whether an instruction loads the reference onto the value stack: it does not stay there. */
  readonly loads: boolean;
}

/** What is known of an instruction while its code object is the one that it was. */
interface Instruction {
  readonly code: number;
  readonly name: number;
  readonly word: number;
  readonly sites: Map<number, Site>;
}

interface Record {
  /** References of the time before the recording that are still there. */
  before: number;
  taken: number;
  given: number;
  /** The places of the references that were taken and not given back: loaded onto value stacks, and kept elsewhere. */
  readonly loaded: number[];
  readonly kept: number[];
  /** How often a reference taken at one place was given back at another: key taken * PLACES + given. */
  readonly pairs: Map<number, number>;
}

/** Instructions that load what they name.  (LOAD_ATTR may also make a bound method, which keeps the object.) */
const LOADS = /^(LOAD_(FAST|NAME|GLOBAL|DEREF|CONST)|COPY)/;
/** More places than any program has. */
const PLACES = 1 << 24;
/** How far back a reference that the same function took is looked for. */
const FAR = 64;
/** Where nothing of Python runs. */
const NOWHERE: Site = { id: 0, scope: 0, file: '', line: 0, function: 'no Python code', native: '', loads: false };

const sites: Site[] = [NOWHERE];
const scopes = new Map<string, number>();
const instructions = new Map<number, Instruction>();
const records = new Map<number, Record>();
const types = new Set<number>();
const objects = new Set<number>();
/** The recorded types, and the types of the recorded objects: they must not go while they are marked. */
const marked = ownedWord('the types that vivarium.track records');

function newSite(frame: number, code: Obj): Site {
  const file = asString(H32[(code + co_filename) >> 2] as Obj);
  const line = Math.max(lineOfUnit(code, H32[(frame + F_IP) >> 2] - codeStart(code)), 0);
  const name = asString(H32[(code + co_qualname) >> 2] as Obj);
  const key = `${file}\n${name}`;
  let scope = scopes.get(key);
  if (scope === undefined) {
    scope = scopes.size + 1;
    scopes.set(key, scope);
  }
  const native = nativeAt(frame);
  const site = { id: sites.length, scope, file, line, function: name, native, loads: LOADS.test(native) };
  sites.push(site);
  return site;
}

/** The frame on whose behalf something happens: a function that returns is no longer the current one while its variables are given up. */
function frameHere(): number {
  const frame = H32[cur_frame];
  const cleared = H32[cleared_frame];
  return cleared !== 0 && H32[(cleared + F_PREVIOUS) >> 2] === frame ? cleared : frame;
}

/** Where the program is. */
function here(): Site {
  const frame = frameHere();
  if (frame === 0) return NOWHERE;
  const code = H32[(frame + F_EXECUTABLE) >> 2] as Obj;
  const ip = H32[(frame + F_IP) >> 2];
  const name = H32[(code + co_qualname) >> 2];
  const word = H16[ip];
  let at = instructions.get(ip);
  // The word changes as the loop specializes the instruction: that makes new places of the same text, which are folded when they are told.
  if (at === undefined || at.code !== code || at.name !== name || at.word !== word) {
    at = { code, name, word, sites: new Map() };
    instructions.set(ip, at);
  }
  let callee: number = calleeOf(frame);
  if (callee !== 0 && Py_TYPE(callee as Obj) === PyCFunction_Type) callee = H32[(callee + m_ml) >> 2];
  let site = at.sites.get(callee);
  if (site === undefined) {
    site = newSite(frame, code);
    at.sites.set(callee, site);
  }
  return site;
}

function recordOf(o: Obj, count: number): Record {
  let r = records.get(o);
  if (r === undefined) {
    r = { before: count, taken: 0, given: 0, loaded: [], kept: [], pairs: new Map() };
    records.set(o, r);
  }
  return r;
}

/** Takes the last place of `open` that is in the function `scope`, or (0) any: its number, or -1 if there is none. */
function takeLast(open: number[], scope: number): number {
  const last = open.length - 1;
  if (scope === 0) return open.pop() ?? -1;
  for (let i = last; i >= 0 && i > last - FAR; i--) {
    const found = open[i];
    if (sites[found].scope !== scope) continue;
    for (let k = i; k < last; k++) open[k] = open[k + 1];
    open.pop();
    return found;
  }
  return -1;
}

/** Cancels one open reference: the place that took it, or -1 for one from before. */
function cancel(r: Record, scope: number): number {
  let found = takeLast(r.loaded, scope);
  if (found < 0) found = takeLast(r.loaded, 0);
  if (found < 0) found = takeLast(r.kept, scope);
  if (found < 0) found = takeLast(r.kept, 0);
  if (found < 0) r.before--;
  return found;
}

/** What src/object/header.ts tells, before the count changes; only objects of marked types come here. */
function note(o: Obj, what: number): void {
  if (!types.has(Py_TYPE(o)) && !objects.has(o)) return;
  if (what === GONE) {
    records.delete(o);
    objects.delete(o);
    return;
  }
  const site = here();
  if (what === MADE) records.delete(o);
  const r = recordOf(o, what === MADE ? 0 : Py_REFCNT(o));
  if (what === GIVEN_BACK) {
    r.given++;
    const from = cancel(r, site.scope);
    if (from >= 0) {
      const key = from * PLACES + site.id;
      r.pairs.set(key, (r.pairs.get(key) ?? 0) + 1);
    }
  } else {
    r.taken++;
    (site.loads ? r.loaded : r.kept).push(site.id);
  }
}
const noteIndex = fn(note);

/** Keeps `type` and marks it: 0, or -1 with an exception. */
function mark(type: Obj): number {
  if (H32[marked] === 0) H32[marked] = PyList_New(0);
  if (H32[marked] === 0 || PyList_Append(H32[marked] as Obj, type) < 0) return -1;
  H32[(type + tp_tracked) >> 2] = 1;
  H32[tracking] = noteIndex;
  return 0;
}

/** Records the references to all objects of exactly the type `o`, or to the object `o`: 0, or -1 with an exception. */
export function track(o: Obj): number {
  const type = PyType_Check(o) ? o : Py_TYPE(o);
  if (mark(type) < 0) return -1;
  if (type === o) types.add(o);
  else {
    objects.add(o);
    recordOf(o, Py_REFCNT(o));
  }
  return 0;
}

/** Ends all recording and forgets what was recorded. */
export function untrackAll(): void {
  H32[tracking] = 0;
  const list = H32[marked] as Obj;
  H32[marked] = NULL;
  for (const t of types) H32[(t + tp_tracked) >> 2] = 0;
  for (const o of objects) H32[(Py_TYPE(o as Obj) + tp_tracked) >> 2] = 0;
  types.clear();
  objects.clear();
  records.clear();
  instructions.clear();
  if (list !== 0) decref(list);
}

/** The events of an object, or of all living objects of a type, folded. */
export interface History {
  /** What it is the history of, in words. */
  readonly of: string;
  readonly objects: number;
  readonly count: number;
  readonly before: number;
  readonly taken: number;
  readonly given: number;
  /** What is left over: how many references each place took that were not given back. */
  readonly open: readonly (readonly [Place, number])[];
  /** What cancels: taken here, given back there, how often. */
  readonly pairs: readonly (readonly [Place, Place, number])[];
}

const placeKey = (p: Place): string => `${p.file}\n${p.function}\n${p.line}\n${p.native}`;

function fold(of: string, count: number, rs: readonly Record[]): History {
  const open = new Map<string, [Place, number]>();
  const pairs = new Map<string, [Place, Place, number]>();
  let before = 0;
  let taken = 0;
  let given = 0;
  for (const r of rs) {
    before += r.before;
    taken += r.taken;
    given += r.given;
    for (const id of [...r.kept, ...r.loaded]) {
      const entry = open.get(placeKey(sites[id]));
      if (entry === undefined) open.set(placeKey(sites[id]), [sites[id], 1]);
      else entry[1]++;
    }
    for (const [key, n] of r.pairs) {
      const a = sites[Math.floor(key / PLACES)];
      const b = sites[key % PLACES];
      const k = `${placeKey(a)}\n${placeKey(b)}`;
      const entry = pairs.get(k);
      if (entry === undefined) pairs.set(k, [a, b, n]);
      else entry[2] += n;
    }
  }
  return {
    of,
    objects: rs.length,
    count,
    before,
    taken,
    given,
    open: [...open.values()].sort((a, b) => b[1] - a[1]),
    pairs: [...pairs.values()].sort((a, b) => b[2] - a[2]),
  };
}

/** What was recorded of `o` (of a recorded type: of all its living objects), or null if it is not recorded. */
export function historyOf(o: Obj): History | null {
  if (types.has(o)) {
    const mine = [...records].filter(([address]) => Py_TYPE(address as Obj) === o);
    const count = mine.reduce((n, [address]) => n + Py_REFCNT(address as Obj), 0);
    return fold(
      `all ${mine.length} living objects of ${describe(o)}`,
      count,
      mine.map(([, r]) => r),
    );
  }
  if (!types.has(Py_TYPE(o)) && !objects.has(o)) return null;
  return fold(describe(o), Py_REFCNT(o), [recordOf(o, Py_REFCNT(o))]);
}

/** A history in words: what is left over first, as a tree by place. */
export function historyText(h: History, indent = ''): string {
  const lines = [`${h.of}: count ${h.count}; ${h.taken} taken, ${h.given} given back while recorded`];
  if (h.before > 0) lines.push(`  ${h.before} held since before the recording`);
  lines.push(h.open.length === 0 ? '  nothing is left over' : '  left over:');
  const files = new Map<string, Map<string, (readonly [Place, number])[]>>();
  for (const entry of h.open) {
    const functions = files.get(entry[0].file) ?? new Map<string, (readonly [Place, number])[]>();
    files.set(entry[0].file, functions);
    functions.set(entry[0].function, [...(functions.get(entry[0].function) ?? []), entry]);
  }
  const total = (entries: readonly (readonly [Place, number])[]): number => entries.reduce((n, e) => n + e[1], 0);
  const signed = (n: number): string => `+${n}`.padStart(6);
  for (const [file, functions] of files) {
    lines.push(`${signed(total([...functions.values()].flat()))}  ${file === '' ? '(the interpreter)' : file}`);
    for (const [name, entries] of functions) {
      lines.push(`  ${signed(total(entries))}  ${name}`);
      for (const [p, n] of entries)
        lines.push(`    ${signed(n)}  line ${p.line}${p.native === '' ? '' : `: ${p.native}`}`);
    }
  }
  if (h.pairs.length > 0) lines.push('  what cancels:');
  const short = (p: Place): string =>
    `${p.function}${p.line > 0 ? `:${p.line}` : ''}${p.native === '' ? '' : ` (${p.native})`}`;
  for (const [a, b, n] of h.pairs)
    lines.push(`${String(n).padStart(6)} ×  taken in ${short(a)}, given back in ${short(b)}`);
  return lines.map((line) => indent + line).join('\n');
}
