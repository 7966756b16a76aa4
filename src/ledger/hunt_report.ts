// What does a hunt tell?
//
// Invariant: a report is plain data (it is what --json writes); text and page are made of it and of nothing else.

import type { Metric } from '../config/tool.js';
import { METRICS } from '../config/tool.js';
import type { Growth } from './hunt_explain.js';
import type { Figures, Run, Verdict } from './hunt_measure.js';

/** A reference that was counted and that nobody owns, of an object that the runs left behind. */
export interface Leak {
  readonly type: string;
  readonly address: number;
  readonly value: string;
  readonly counted: number;
  readonly found: number;
  readonly text: string;
  /** Which lines took its references, or ''. */
  readonly history: string;
}

export interface TargetReport {
  readonly name: string;
  runs: Run[];
  verdict: Verdict | null;
  grew: readonly Growth[];
  leaked: readonly Leak[];
  /** Of the types named by --track: what was recorded in one run. */
  tracked: readonly string[];
  /** Whether it raised. */
  failed: boolean;
}

export interface Report {
  readonly build: string;
  readonly warmup: number;
  readonly measured: number;
  readonly targets: TargetReport[];
  /** How the hunt ended. */
  ended: 'complete' | 'interrupted' | 'timeout';
}

export const LABELS: Record<Metric, string> = { refs: 'references', blocks: 'blocks', objects: 'objects' };

/** `+1,234`, `0`, `-5`, `+2.5` */
export function signed(n: number): string {
  const text = Math.abs(n).toLocaleString('en-US', { maximumFractionDigits: 1 });
  return n > 0 ? `+${text}` : n < 0 ? `-${text}` : '0';
}

export function amount(n: number): string {
  return n.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

const COLUMN = 13;

export function tableHead(): string {
  return `${'run'.padStart(9)}${METRICS.map((m) => LABELS[m].padStart(COLUMN)).join('')}`;
}

export function runLine(name: string, deltas: Figures): string {
  return `${name.padStart(9)}${METRICS.map((m) => signed(deltas[m]).padStart(COLUMN)).join('')}`;
}

export function runName(runs: readonly Run[], i: number): string {
  const warmups = runs.filter((r) => r.warmup).length;
  return runs[i].warmup ? `warm-up ${i + 1}` : String(i - warmups + 1);
}

/** `12 references, 5 blocks, 4 objects` */
function ratesText(v: Verdict): string {
  return METRICS.filter((m) => v.rates[m] > 0)
    .map((m) => `${signed(v.rates[m])} ${LABELS[m]}`)
    .join(', ');
}

export function verdictText(t: TargetReport): string {
  if (t.failed) return 'it failed';
  if (t.verdict === null) return 'not enough runs to tell';
  switch (t.verdict.trend) {
    case 'grows':
      return `it grows: ${ratesText(t.verdict)} a run`;
    case 'settles':
      return 'it does not grow: what it added (a cache, perhaps) settles';
    case 'flat':
      return 'flat: nothing is left behind';
  }
}

export function growthHead(): string {
  return `${'objects'.padStart(9)}${'bytes'.padStart(11)}  type`;
}

export function growthLines(g: Growth): string[] {
  const lines = [`${amount(g.objects).padStart(9)}${amount(Math.round(g.bytes)).padStart(11)}  ${g.type}`];
  const pad = ' '.repeat(22);
  if (g.line !== '') lines.push(`${pad}allocated at ${g.line}${g.from === '' ? '' : `, called from ${g.from}`}`);
  lines.push(`${pad}${g.path === null ? 'held by nobody' : `held by ${g.path}`}`);
  return lines;
}

/** At most so many rows of a table are printed; the rest is in the JSON file. */
const MOST_ROWS = 20;

/** What comes behind the lines of the runs. */
export function findingsText(t: TargetReport): string {
  const lines = [`verdict: ${verdictText(t)}`];
  if (t.grew.length > 0) {
    lines.push('', 'what grew, a run:', growthHead());
    for (const g of t.grew.slice(0, MOST_ROWS)) lines.push(...growthLines(g));
    if (t.grew.length > MOST_ROWS) lines.push(`and ${t.grew.length - MOST_ROWS} more kinds`);
  }
  if (t.leaked.length > 0) {
    lines.push('', 'leaked references (counted, and owned by nobody):');
    for (const l of t.leaked) {
      lines.push(l.text);
      if (l.history !== '') lines.push(l.history);
    }
  }
  if (t.tracked.length > 0) lines.push('', 'recorded in one run (--track):', ...t.tracked);
  return `${lines.join('\n')}\n`;
}

/** The end of a hunt over several targets. */
export function summaryText(report: Report): string {
  const { targets } = report;
  const lines: string[] = [];
  if (targets.length > 1) {
    const growing = targets.filter((t) => t.verdict?.trend === 'grows');
    const failed = targets.filter((t) => t.failed);
    lines.push('', `${targets.length} tests: ${growing.length} grow, ${failed.length} failed`);
    for (const t of growing) lines.push(`  ${t.name}: ${ratesText(t.verdict as Verdict)} a run`);
    for (const t of failed) lines.push(`  ${t.name}: failed`);
  }
  if (report.ended === 'interrupted') lines.push('interrupted: this is what was seen so far');
  if (report.ended === 'timeout') lines.push('the time is up: this is what was seen so far');
  return lines.map((l) => `${l}\n`).join('');
}

/** The report for programs. */
export function jsonText(report: Report): string {
  const targets = report.targets.map((t) => ({
    name: t.name,
    failed: t.failed,
    verdict: t.verdict?.trend ?? null,
    rates: t.verdict?.rates ?? null,
    runs: t.runs.map((r) => ({ warmup: r.warmup, ...r.deltas })),
    grew: t.grew,
    leaked: t.leaked,
    tracked: t.tracked,
  }));
  return `${JSON.stringify({ ...report, targets }, null, 2)}\n`;
}
