// What are a terminal's settings and size?  Invariant: they are read and set with stty(1), which knows all of them: Node's raw mode
// is one fixed mixture that turns Ctrl-C off, and it is only to be had on the main thread.

import { ENOTTY } from '../config/errno.js';
import type { HostTermios } from '../config/host_interface.js';

/** The bits of c_cflag that are the speed on Linux. */
const CBAUD = 0o10017;
const NCCS = 32;

function stty(fd: number, args: readonly string[]): string | number {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const r = spawnSync('stty', args, { stdio: [fd, 'pipe', 'ignore'], encoding: 'latin1' });
  return r.status === 0 ? r.stdout.trim() : -ENOTTY;
}

/** The settings of the terminal on Node's descriptor `fd`. */
export function tcgetattr(fd: number): HostTermios | number {
  const text = stty(fd, ['-g']);
  if (typeof text === 'number') return text;
  const words = text.split(':').map((w) => Number.parseInt(w, 16));
  if (words.length < 5 || words.some(Number.isNaN)) return -ENOTTY;
  const [iflag, oflag, cflag, lflag, ...cc] = words;
  while (cc.length < NCCS) cc.push(0);
  return { iflag, oflag, cflag, lflag, ispeed: cflag & CBAUD, ospeed: cflag & CBAUD, cc };
}

/** Sets them: 0 or -errno. */
export function tcsetattr(fd: number, t: HostTermios): number {
  const cflag = (t.cflag & ~CBAUD) | (t.ospeed & CBAUD);
  const words = [t.iflag, t.oflag, cflag, t.lflag, ...t.cc.slice(0, NCCS)];
  const r = stty(fd, [words.map((w) => (w >>> 0).toString(16)).join(':')]);
  return typeof r === 'number' ? r : 0;
}

/** [columns, lines] of the terminal on Node's descriptor `fd`. */
export function terminalSize(fd: number): readonly [number, number] | number {
  const text = stty(fd, ['size']);
  if (typeof text === 'number') return text;
  const [lines, columns] = text.split(' ').map(Number);
  return [columns, lines];
}
