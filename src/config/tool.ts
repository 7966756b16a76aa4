// What can the command do with a program besides running it?  Invariant: this is what the command line says (src/cli/launch.ts), checked, as data
// that can be sent to the Worker.

/** `vivarium audit …` */
export interface AuditTool {
  readonly name: 'audit';
  /** Audit at every so many safe points; 0: only at the end. */
  readonly every: number;
}

/** What the hunt counts. */
export const METRICS = ['refs', 'blocks', 'objects'] as const;
export type Metric = (typeof METRICS)[number];

/** `vivarium hunt …` */
export interface HuntTool {
  readonly name: 'hunt';
  readonly warmup: number;
  readonly runs: number;
  /** Where the report is written as JSON and as a page, or null. */
  readonly json: string | null;
  readonly html: string | null;
  /** Growth of one of these makes the status 1. */
  readonly failOn: readonly Metric[];
  /** Seconds after which the hunt ends, or 0. */
  readonly timeout: number;
  /** Names of types whose references are recorded. */
  readonly track: readonly string[];
}

export type Tool = AuditTool | HuntTool;
