// Does running a target again leave something behind?
//
// Invariant: a measurement reads words of the heap and keeps its figures in JavaScript's memory, so that it never counts itself; before each the
// collector has run to the end.  What "it grows" means is decided here and nowhere else (`growth`).

import type { Metric } from '../config/tool.js';
import { METRICS } from '../config/tool.js';
import { H32 } from '../memory/linear.js';
import { _Py_GetGlobalAllocatedBlocks } from '../memory/pymalloc.js';
import { PyErr_Clear } from '../object/errors.js';
import { collectGeneration } from '../object/gc.js';
import { GENERATIONS } from '../object/gc_head.js';
import { RefTotal } from '../object/header.js';
import { PyType_ClearCache } from '../object/type_lookup.js';
import { forEachListed } from './objects.js';

export type Figures = Record<Metric, number>;

/** What is there now, when everything that nobody can reach has been collected (also after gc.disable()). */
export function measure(): Figures {
  // What a finalizer makes may need a second pass.
  for (let i = 0; i < 2; i++) collectGeneration(GENERATIONS - 1);
  PyErr_Clear();
  // It owns a reference to each name that was looked up in a type, and a changed type's names stay until their places are needed.
  PyType_ClearCache();
  let objects = 0;
  forEachListed(() => objects++);
  return { refs: Py_REF_DEBUG ? H32[RefTotal] : 0, blocks: _Py_GetGlobalAllocatedBlocks(), objects };
}

/** One run of a target: what it left behind. */
export interface Run {
  readonly warmup: boolean;
  readonly deltas: Figures;
}

export function difference(after: Figures, before: Figures): Figures {
  return {
    refs: after.refs - before.refs,
    blocks: after.blocks - before.blocks,
    objects: after.objects - before.objects,
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/**
 * Whether a count grows steadily, given what each measured run added to it:
 *
 *   1. it rises in at least half of the runs,
 *   2. and keeps at least one of each rise: what later runs give back does not count,
 *   3. and the second half of the runs adds at least half as much as the first: a cache that fills adds less and less, and settles.
 */
export function grows(deltas: readonly number[]): boolean {
  const rises = deltas.filter((d) => d > 0).length;
  const half = deltas.length >> 1;
  const first = sum(deltas.slice(0, half));
  const second = sum(deltas.slice(deltas.length - Math.max(half, 1)));
  return 2 * rises >= deltas.length && sum(deltas) >= rises && second > 0 && 2 * second >= first;
}

export type Trend = 'grows' | 'settles' | 'flat';

export interface Verdict {
  readonly trend: Trend;
  /** For each count that grows, how much it adds a run; 0 for the others. */
  readonly rates: Figures;
}

/** The judgement over the measured runs. */
export function judge(runs: readonly Run[]): Verdict {
  const measured = runs.filter((r) => !r.warmup);
  const rates: Figures = { refs: 0, blocks: 0, objects: 0 };
  let moved = false;
  for (const m of METRICS) {
    const deltas = measured.map((r) => r.deltas[m]);
    if (deltas.some((d) => d !== 0)) moved = true;
    if (deltas.length > 0 && grows(deltas)) rates[m] = sum(deltas) / deltas.length;
  }
  const trend = METRICS.some((m) => rates[m] > 0) ? 'grows' : moved ? 'settles' : 'flat';
  return { trend, rates };
}
