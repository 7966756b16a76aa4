// What arguments was the process given?  Invariant: as strings of the interface (src/config/host_interface.ts): bytes that are no UTF-8 are
// kept, where the system still has them.

import { readFileSync } from 'node:fs';
import { decodeEscaped } from './node_errors.js';

const REPLACED = '\ufffd';

/** The arguments after the program's name. */
export function commandArguments(): readonly string[] {
  const args = process.argv.slice(2);
  if (!args.some((a) => a.includes(REPLACED))) return args;
  try {
    // Each argument ends with a NUL.
    const all = decodeEscaped(readFileSync('/proc/self/cmdline')).split('\0').slice(0, -1);
    return all.slice(all.length - args.length);
  } catch {
    return args;
  }
}
