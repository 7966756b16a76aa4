// Do the books balance?
//
// Invariant: the audit reads the heap and changes nothing in it; its own memory is JavaScript's.  For every object the references that are found (in all
// objects, in the frames, in the roots of roots.ts) are compared with its count:
//
//   leaked      counted > found: a reference that nobody owns; the object can never die
//   temporary   the same while native functions are in progress, whose local variables are not in the heap: it may be theirs
//   uncounted   found > counted: a reference that was never counted; the object will die while it is in use
//   dangling    a reference to memory that is no object (any more)
//
// For users of this file: `audit()` answers a report, `balances` and `reportText` judge and print it.  Who wants to walk the objects for other
// ends (hunt, graphs) takes objects.ts and edges.ts, of which this is made.

import { H32 } from '../memory/linear.js';
import { rawHighWater } from '../memory/raw.js';
import { F, fn } from '../object/functable.js';
import { _ob_next, _ob_prev, ob_refcnt } from '../object/head.js';
import { Py_TYPE, RefTotal } from '../object/header.js';
import type { Obj } from '../object/ptr.js';
import { visitRoots } from '../object/roots.js';
import { Py_TPFLAGS_TYPE_SUBCLASS, tp_flags } from '../object/type_layout.js';
import { cur_frame, F_PREVIOUS, traverseFrame } from '../types/iframe.js';
import { describe, describeFrame, typeNameOf, valueText } from './describe.js';
import { edgeNames, frameEdgeNames, sharedKeysOf, visitOwned } from './edges.js';
import { type NativeInProgress, nativesInProgress } from './natives.js';
import { Addresses, forEachListed, forEachSingleton, forEachStaticType, forEachTracked, KNOWS_ALL } from './objects.js';

export type Kind = 'leaked' | 'temporary' | 'uncounted' | 'dangling';

/** Where a reference stands. */
export interface Referrer {
  /** The object that owns it, 0 for a frame or a root. */
  readonly address: number;
  /** The type of that object, `frame` or `root`. */
  readonly type: string;
  /** What it is called there: `.__dict__`, `['x']`, `local y`, or the name of the root. */
  readonly edge: string;
  /** The whole in words. */
  readonly text: string;
}

export interface Discrepancy {
  readonly kind: Kind;
  readonly address: number;
  readonly type: string;
  /** What tells it from others of its type, or ''. */
  readonly value: string;
  readonly counted: number;
  readonly found: number;
  readonly referrers: readonly Referrer[];
}

export interface AuditReport {
  /** Whether every object was examined (Py_TRACE_REFS), or only those that can be reached. */
  readonly complete: boolean;
  readonly objects: number;
  readonly references: number;
  readonly natives: readonly NativeInProgress[];
  /** At most LIMIT of them, with all their referrers known up to REFERRERS each. */
  readonly discrepancies: readonly Discrepancy[];
  /** How many there are in all. */
  readonly total: number;
  /** Py_REF_DEBUG in a build that knows all objects: the sum of all counts, and what the total says; equal, or a count was changed behind the total. */
  readonly sum: number;
  readonly refTotal: number;
}

const LIMIT = 1000;
const REFERRERS = 50;

// What the visitors work on; one audit at a time.
let found = new Int32Array(0);
let isObject = new Uint8Array(0);
let objects = new Addresses();
let seenKeys = new Set<number>();
let strays = new Map<number, number>();

function firstHolder(keys: number): boolean {
  if (seenKeys.has(keys)) return false;
  seenKeys.add(keys);
  return true;
}

/** Notes an object that has not been seen. */
function enter(o: Obj): void {
  if (isObject[o >> 2] === 1) return;
  isObject[o >> 2] = 1;
  objects.push(o);
}

/** A reference in a build that knows all objects. */
function visitKnown(o: Obj): number {
  if ((o & 3) === 0 && (isObject[o >> 2] === 1 || isDying(o))) {
    found[o >> 2]++;
    enter(o);
  } else strays.set(o, (strays.get(o) ?? 0) + 1);
  return 0;
}

/** Whether `o` is an object whose finalizer is running: it has left the list of all objects, and has references again. */
function isDying(o: Obj): boolean {
  if (o <= 0 || o >> 2 >= found.length) return false;
  const type = Py_TYPE(o);
  const known = (type & 3) === 0 && isObject[type >> 2] === 1;
  if (!known || !(H32[(Py_TYPE(type) + tp_flags) >> 2] & Py_TPFLAGS_TYPE_SUBCLASS)) return false;
  return H32[(o + _ob_next) >> 2] === 0 && H32[(o + _ob_prev) >> 2] === 0 && H32[(o + ob_refcnt) >> 2] > 0;
}

/** A reference in the other builds: what it leads to is an object. */
function visitReached(o: Obj): number {
  if (o > 0 && o >> 2 < found.length && (o & 3) === 0) {
    found[o >> 2]++;
    enter(o);
  } else strays.set(o, (strays.get(o) ?? 0) + 1);
  return 0;
}

const visitIndex = fn(KNOWS_ALL ? visitKnown : visitReached);

/** Calls `visit(frame)` for each interpreter frame that runs or waits for one, the innermost first. */
export function forEachFrame(visit: (frame: number) => void): void {
  for (let f = H32[cur_frame]; f !== 0; f = H32[(f + F_PREVIOUS) >> 2]) visit(f);
}

/** Counts all references: fills `found`, `objects`, `isObject`, `strays`. */
function countReferences(): void {
  const words = (rawHighWater() >> 2) + 1;
  found = new Int32Array(words);
  isObject = new Uint8Array(words);
  objects = new Addresses();
  seenKeys = new Set();
  strays = new Map();
  forEachStaticType(enter);
  forEachSingleton(enter);
  if (KNOWS_ALL) forEachListed(enter);
  else forEachTracked(enter);
  const visit = F[visitIndex];
  forEachSingleton((o) => visit(o));
  visitRoots((o) => visit(o));
  forEachFrame((f) => traverseFrame(f, visitIndex, 0));
  // The list grows meanwhile, in the builds that do not know all objects, and when finalizers are running.
  for (let i = 0; i < objects.length; i++) visitOwned(objects.at[i] as Obj, visitIndex, 0, firstHolder);
}

// --- who refers to what is wrong

let wanted = new Map<number, Referrer[]>();
let position = 0;
let hits: [target: number, position: number][] = [];

function visitWanted(o: Obj): number {
  if (wanted.has(o)) hits.push([o, position]);
  position++;
  return 0;
}
const visitWantedIndex = fn(visitWanted);

function note(target: number, referrer: () => Referrer): void {
  const list = wanted.get(target);
  if (list !== undefined && list.length < REFERRERS) list.push(referrer());
}

function takeHits(name: (position: number) => Referrer): void {
  for (const [target, at] of hits) note(target, () => name(at));
  hits = [];
  position = 0;
}

/** Finds the referrers of the given addresses. */
function findReferrers(targets: readonly number[]): Map<number, Referrer[]> {
  wanted = new Map(targets.map((t) => [t, []]));
  seenKeys = new Set();
  hits = [];
  position = 0;
  forEachSingleton((o) => note(o, () => rootReferrer('the singletons')));
  visitRoots((o, name) => note(o, () => rootReferrer(name)));
  forEachFrame((frame) => {
    traverseFrame(frame, visitWantedIndex, 0);
    if (hits.length === 0) {
      position = 0;
      return;
    }
    const names = frameEdgeNames(frame);
    const where = describeFrame(frame);
    takeHits((at) => ({ address: 0, type: 'frame', edge: names[at], text: `${names[at]} of the frame ${where}` }));
  });
  for (let i = 0; i < objects.length; i++) {
    const o = objects.at[i] as Obj;
    visitOwned(o, visitWantedIndex, 0, firstHolder);
    if (hits.length === 0) {
      position = 0;
      continue;
    }
    const names = edgeNames(o);
    const more = sharedKeysOf(o) !== 0 ? 'a key of the shared table' : 'a reference';
    takeHits((at) => {
      const edge = names[at] ?? more;
      return { address: o, type: typeNameOf(o), edge, text: `${edge} of ${describe(o)}` };
    });
  }
  return wanted;
}

function rootReferrer(name: string): Referrer {
  return { address: 0, type: 'root', edge: name, text: name };
}

/** Audits the heap as it is now. */
export function audit(): AuditReport {
  countReferences();
  const natives = nativesInProgress();
  const wrong: number[] = [];
  let total = strays.size;
  let references = 0;
  let sum = 0;
  for (let i = 0; i < objects.length; i++) {
    const o = objects.at[i];
    const counted = H32[(o + ob_refcnt) >> 2];
    sum += counted;
    references += found[o >> 2];
    if (counted === found[o >> 2]) continue;
    total++;
    if (wrong.length < LIMIT) wrong.push(o);
  }
  const lost = [...strays.keys()].slice(0, LIMIT);
  const referrers = total === 0 ? new Map<number, Referrer[]>() : findReferrers([...wrong, ...lost]);
  const discrepancies = wrong.map((o): Discrepancy => {
    const counted = H32[(o + ob_refcnt) >> 2];
    const n = found[o >> 2];
    return {
      kind: n > counted ? 'uncounted' : natives.length > 0 ? 'temporary' : 'leaked',
      address: o,
      type: typeNameOf(o as Obj),
      value: valueText(o as Obj),
      counted,
      found: n,
      referrers: referrers.get(o) ?? [],
    };
  });
  for (const o of lost) {
    discrepancies.push({
      kind: 'dangling',
      address: o,
      type: '?',
      value: '',
      counted: 0,
      found: strays.get(o) ?? 0,
      referrers: referrers.get(o) ?? [],
    });
  }
  const count = objects.length;
  // Nothing of this is needed any more.
  found = new Int32Array(0);
  isObject = new Uint8Array(0);
  objects = new Addresses();
  return {
    complete: KNOWS_ALL,
    objects: count,
    references,
    natives,
    discrepancies,
    total,
    sum: KNOWS_ALL ? sum : 0,
    refTotal: Py_TRACE_REFS ? H32[RefTotal] : 0,
  };
}

/** Whether nothing is wrong: what natives in progress may hold is no fault. */
export function balances(report: AuditReport): boolean {
  return report.sum === report.refTotal && report.discrepancies.every((d) => d.kind === 'temporary');
}

const WORDS: Record<Kind, string> = {
  leaked: 'more counted than found: a reference that nobody owns',
  temporary: 'more counted than found: perhaps held by a native function in progress',
  uncounted: 'more found than counted: a reference that was never counted',
  dangling: 'a reference to what is no object',
};

/** A discrepancy in lines of text. */
export function discrepancyText(d: Discrepancy): string {
  const lines = [
    `0x${d.address.toString(16)} ${d.type}${d.value === '' ? '' : ` ${d.value}`}: counted ${d.counted}, found ${d.found} (${WORDS[d.kind]})`,
  ];
  for (const r of d.referrers) lines.push(`    ${r.text}`);
  if (d.referrers.length < d.found) lines.push(`    and ${d.found - d.referrers.length} more`);
  return lines.join('\n');
}

/** A report in lines of text, the faults first. */
export function reportText(report: AuditReport, most = 50): string {
  const lines: string[] = [];
  const faults = report.discrepancies.filter((d) => d.kind !== 'temporary');
  const held = report.discrepancies.filter((d) => d.kind === 'temporary');
  const scope = report.complete ? 'all objects' : 'all objects that can be reached';
  lines.push(`${report.objects} objects (${scope}), ${report.references} references`);
  if (report.sum !== report.refTotal) {
    lines.push(`the sum of all counts is ${report.sum}, but the total says ${report.refTotal}`);
  }
  if (faults.length === 0 && report.sum === report.refTotal) lines.push('the books balance');
  for (const d of faults.slice(0, most)) lines.push(discrepancyText(d));
  if (faults.length > most) lines.push(`and ${faults.length - most} more`);
  if (held.length > 0) {
    lines.push(`${held.length} objects have references that native functions in progress may hold:`);
    for (const n of report.natives) lines.push(`    ${n.name}, called at ${n.calledAt}`);
  }
  return lines.join('\n');
}
