// How long do imports take?  Invariant: with -X importtime, each import that loads something is a line on standard error when it ends: the time of its own
// and with what it imported in turn; with importtime=2 also those that find their module there.

import { host } from '../config/host_interface.js';
import { config } from './sys_state.js';

let headed = false;
/** How many imports are under way, and the time that those inside the present one have taken so far. */
let level = 0;
let inner = 0n;

function header(): void {
  if (headed) return;
  headed = true;
  host.writeError('import time: self [us] | cumulative | imported package\n');
}

function microseconds(ns: bigint): string {
  return ((ns + 999n) / 1000n).toString();
}

/** Runs `load`, which imports the module `name`, and tells how long that took. */
export function timedImport<T>(name: () => string, load: () => T): T {
  if (config.import_time === 0) return load();
  header();
  const before = inner;
  const start = host.monotonicNs();
  inner = 0n;
  level++;
  const result = load();
  level--;
  const all = host.monotonicNs() - start;
  const own = microseconds(all - inner).padStart(9);
  host.writeError(`import time: ${own} | ${microseconds(all).padStart(10)} | ${'  '.repeat(level)}${name()}\n`);
  inner = before + all;
  return result;
}

/** Tells that the module `name` was there already. */
export function tellCached(name: () => string): void {
  if (config.import_time < 2) return;
  header();
  host.writeError(`import time: cached    | cached     | ${name().padStart(level * 2)}\n`);
}
