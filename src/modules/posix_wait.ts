// How does os wait for programs that were started?  Invariant: each ended program is told of once.  Programs that could not be started at all have
// ended as well (addEnded); their ids are beyond those of the system.

import { EINTR } from '../config/errno.js';
import { host } from '../config/host_interface.js';
import { H32, staticAlloc, staticWord } from '../memory/linear.js';
import { type MethodDef, method } from '../object/declare.js';
import { PyLong_FromLong } from '../object/long.js';
import { NULL, type Obj } from '../object/ptr.js';
import { raiseErrno } from './os_error.js';
import { PyErr_CheckSignals } from './signals.js';
import { tupleOf } from './values.js';

const FIRST = 1 << 22;
const SLOTS = 64;
/** (pid or 0, status) of the programs that ended before they began. */
const ended = staticAlloc(8 * SLOTS);
const made = staticWord();

/** Enters a program that has ended with a wait status: its id. */
export function addEnded(status: number): number {
  const pid = FIRST + ++H32[made];
  const slot = (ended >> 2) + 2 * (pid % SLOTS);
  H32[slot] = pid;
  H32[slot + 1] = status;
  return pid;
}

function answer(pid: number, status: number): Obj {
  return tupleOf([PyLong_FromLong(pid), PyLong_FromLong(status)]);
}

function posix_waitpid(_m: Obj, pid: number, options: number): Obj {
  for (let i = 0; i < SLOTS; i++) {
    const slot = (ended >> 2) + 2 * i;
    const p = H32[slot];
    if (p === 0 || (pid > 0 && pid !== p)) continue;
    H32[slot] = 0;
    return answer(p, H32[slot + 1]);
  }
  for (;;) {
    const r = host.waitpid(pid, (options & 1) === 0);
    if (typeof r !== 'number') return answer(r[0], r[1]);
    if (r !== -EINTR) return raiseErrno(r);
    if (PyErr_CheckSignals() < 0) return NULL;
  }
}

export const waitFunctions: readonly MethodDef[] = [
  method(
    'waitpid',
    '($module, pid: int, options: int, /)',
    posix_waitpid,
    'Wait for completion of a given child process.',
  ),
  method('wait', '($module, /)', (m: Obj) => posix_waitpid(m, -1, 0), 'Wait for completion of a child process.'),
];
