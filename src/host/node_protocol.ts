// What do the two threads of the Node host say to each other?
//
// Invariant: the Worker holds the runtime and asks; the main thread answers, and otherwise only notes signals.  A question is a posted
// message; the Worker then waits on SIGNAL_WAKE of the shared array, which the main thread increments after each message it posts and
// each signal it notes.  At most one question that needs an answer is open at a time; 'stdin' has no answer of its own: what arrives
// is pushed, and stays with the Worker until a read takes it, so an interrupted read loses nothing.

import {
  SIGNAL_ANY,
  SIGNAL_FIRST,
  SIGNAL_WAKE,
  type SignalAction,
  type SpawnRequest,
} from '../config/host_interface.js';
import type { Tool } from '../config/tool.js';

/** What the main thread tells a Worker at its birth. */
export interface Setup {
  /** The ground of Host.signals. */
  readonly signals: SharedArrayBuffer;
  readonly heapSize: number;
  readonly build: string;
  /** The folder of the builds. */
  readonly dist: string;
  /** The command line without our own options, and the whole of it. */
  readonly args: readonly string[];
  readonly origArgv: readonly string[];
  readonly executable: string;
  /** What the command does besides running a program. */
  readonly tool: Tool | null;
  /** Only while the package is built: where V8's compiled code is to be written. */
  readonly cacheTo: string | undefined;
}

export type Question =
  | { readonly ask: 'stdin' }
  | { readonly ask: 'chdir'; readonly path: string | Uint8Array }
  | { readonly ask: 'umask'; readonly mask: number }
  | { readonly ask: 'signal'; readonly signal: number; readonly action: SignalAction }
  | { readonly ask: 'timer'; readonly seconds: number; readonly interval: number }
  | { readonly ask: 'gettimer' }
  | { readonly ask: 'deadline'; readonly seconds: number; readonly status: number }
  | ({ readonly ask: 'spawn' } & SpawnRequest)
  | { readonly ask: 'exit'; readonly status: number }
  | { readonly ask: 'die'; readonly signal: number };

export type Answer =
  /** The value of a call, or -errno. */
  | { readonly tell: 'value'; readonly value: number | string | null | readonly [number, number] }
  /** A started program has ended; the wait status. */
  | { readonly tell: 'exited'; readonly pid: number; readonly status: number }
  /** Bytes of standard input; null: its end; a number: -errno. */
  | { readonly tell: 'stdin'; readonly data: Uint8Array | null | number };

/** Wakes the Worker, whatever it waits for. */
export function wake(signals: Int32Array): void {
  Atomics.add(signals, SIGNAL_WAKE, 1);
  Atomics.notify(signals, SIGNAL_WAKE);
}

/** Notes a signal: the order matters, whoever sees SIGNAL_ANY must find the signal. */
export function noteSignal(signals: Int32Array, signal: number): void {
  Atomics.add(signals, SIGNAL_FIRST + signal - 1, 1);
  Atomics.store(signals, SIGNAL_ANY, 1);
  wake(signals);
}
