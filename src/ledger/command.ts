// How does `vivarium audit` look into a running program?
//
// Invariant: the program runs as it would without: an audit reads the heap, at safe points of the evaluation loop and at the end, and writes to standard
// error only.  The first audit that finds a fault during the run is the last one before the end: what follows would tell the same.

import type { AuditTool } from '../config/tool.js';
import { host } from '../config/host_interface.js';
import { H32 } from '../memory/linear.js';
import { addPendingCall } from '../vm/pending.js';
import { cur_frame } from '../types/iframe.js';
import { audit, balances, reportText } from './audit.js';
import { describeFrame } from './describe.js';

/** The audits of one run. */
export class Audits {
  private readonly every: number;
  private points = 0;
  private done = 0;
  private faulty = false;

  constructor(tool: AuditTool) {
    this.every = tool.every;
    if (this.every > 0) this.again();
  }

  private again(): void {
    addPendingCall(() => this.point());
  }

  /** A safe point: 0. */
  private point(): number {
    if (++this.points % this.every === 0) {
      const report = audit();
      this.done++;
      if (!balances(report)) {
        this.faulty = true;
        host.writeError(`vivarium audit: in ${describeFrame(H32[cur_frame])}\n${reportText(report)}\n`);
        return 0;
      }
    }
    this.again();
    return 0;
  }

  /** The last audit, when the program has ended with `status`: the status of the command. */
  finish(status: number): number {
    const report = audit();
    const during = this.done === 0 ? '' : ` (and ${this.done} times before)`;
    host.writeError(`vivarium audit: at the end${during}\n${reportText(report)}\n`);
    return this.faulty || !balances(report) ? 1 : status;
  }
}
