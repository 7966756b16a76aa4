// What does the main thread do for the runtime in its Worker?
//
// Invariant: it never runs Python and never waits; its event loop is free at any moment to note a signal.  It writes nothing to
// standard output, and touches standard input only when the Worker has asked for some.

import fs from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { EAGAIN } from '../config/errno.js';
import type { SignalAction, SpawnRequest } from '../config/host_interface.js';
import { SIGALRM, SIGINT, SIGNAL_NAMES } from '../config/signals.js';
import { minusErrno } from './node_errors.js';
import { type Answer, noteSignal, type Question, wake } from './node_protocol.js';

/** Standard input as a stream that gives one piece each time it is asked. */
class StandardInput {
  private stream: NodeJS.ReadableStream | undefined;
  private fd = -1;
  private readonly give: (data: Uint8Array | null | number) => void;

  constructor(give: (data: Uint8Array | null | number) => void) {
    this.give = give;
  }

  want(): void {
    try {
      if (this.stream === undefined && this.readNow()) return;
      this.stream ??= this.open();
      this.stream.resume();
    } catch (e) {
      this.give(minusErrno(e));
    }
  }

  /** A descriptor of our own that does not block: the one we were given is shared with other programs. */
  private descriptor(): number {
    if (this.fd >= 0) return this.fd;
    const c = fs.constants;
    try {
      this.fd = fs.openSync('/proc/self/fd/0', c.O_RDONLY | c.O_NONBLOCK | c.O_NOCTTY);
    } catch {
      // A socket, or a system without /proc: the stream then works on descriptor 0 itself.
      this.fd = 0;
    }
    return this.fd;
  }

  /** Reads a named pipe at once, if it can be: who opens one after its last writer has gone is not told of the end by waiting. */
  private readNow(): boolean {
    const fd = this.descriptor();
    if (fd === 0 || !fs.fstatSync(fd).isFIFO()) return false;
    const piece = new Uint8Array(65536);
    try {
      const n = fs.readSync(fd, piece);
      this.give(n === 0 ? null : piece.subarray(0, n));
      return true;
    } catch (e) {
      if (minusErrno(e) === -EAGAIN) return false;
      throw e;
    }
  }

  private open(): NodeJS.ReadableStream {
    const fd = this.descriptor();
    const { isatty, ReadStream } = process.getBuiltinModule('node:tty');
    const { Socket } = process.getBuiltinModule('node:net');
    const stream = isatty(fd) ? new ReadStream(fd) : new Socket({ fd, readable: true, writable: false });
    stream.on('data', (data: Uint8Array) => {
      stream.pause();
      this.give(data);
    });
    stream.on('end', () => {
      // The end of a terminal's input is no end: who asks again gets what is typed next.
      if (fd !== 0) {
        this.stream = undefined;
        this.fd = -1;
        stream.destroy();
      }
      this.give(null);
    });
    stream.on('error', (e) => {
      this.stream = undefined;
      this.fd = -1;
      this.give(minusErrno(e));
    });
    return stream;
  }
}

/** Notes SIGALRM after a while, and again. */
class IntervalTimer {
  private handle: NodeJS.Timeout | undefined;
  private due = 0;
  private interval = 0;
  private readonly fire: () => void;

  constructor(fire: () => void) {
    this.fire = fire;
  }

  get(): readonly [number, number] {
    return this.handle === undefined ? [0, 0] : [Math.max(this.due - performance.now(), 0.001) / 1000, this.interval];
  }

  set(seconds: number, interval: number): readonly [number, number] {
    const former = this.get();
    clearTimeout(this.handle);
    this.handle = undefined;
    this.interval = interval;
    if (seconds > 0) this.start(seconds);
    return former;
  }

  private start(seconds: number): void {
    this.due = performance.now() + seconds * 1000;
    this.handle = setTimeout(() => {
      this.handle = undefined;
      if (this.interval > 0) this.start(this.interval);
      this.fire();
    }, seconds * 1000);
    this.handle.unref();
  }
}

/** Interrupts a program whose time is up until it ends, and ends the process if nothing helps. */
class Deadline {
  private timers: NodeJS.Timeout[] = [];
  private readonly fire: () => void;

  constructor(fire: () => void) {
    this.fire = fire;
  }

  set(seconds: number, status: number): void {
    for (const t of this.timers) clearTimeout(t);
    this.timers = [];
    if (seconds === 0) return;
    const at = (ms: number, f: () => void): void => void this.timers.push(setTimeout(f, ms).unref());
    const again = (): void => {
      this.fire();
      at(INTERRUPT_MS, again);
    };
    at(seconds * 1000, again);
    at(seconds * 1000 + GRACE_MS, () => {
      fs.writeSync(2, 'vivarium: the time is up, and the program cannot be interrupted\n');
      process.exit(status);
    });
  }
}

/** How often a program whose time is up is interrupted, and how long it may go on. */
const INTERRUPT_MS = 1000;
const GRACE_MS = 10_000;

/** Ends the process as `signal` does by default. */
export function dieBySignal(signal: number): void {
  const name = SIGNAL_NAMES[signal] as NodeJS.Signals;
  process.removeAllListeners(name);
  process.kill(process.pid, name);
  // The first process of a container is not killed by its own signals: then the status says what a shell would say.
  setTimeout(() => process.exit(128 + signal), 100);
}

/** Starts a program: `answer` gets its process id or -errno, `ended` the wait status when it has ended. */
function startProgram(
  q: SpawnRequest,
  answer: (r: number) => void,
  ended: (pid: number, status: number) => void,
): void {
  const { spawn } = process.getBuiltinModule('node:child_process');
  try {
    const child = spawn(q.file, q.args.slice(1), {
      argv0: q.args[0],
      env: Object.fromEntries(q.env),
      cwd: q.cwd,
      stdio: q.files.map((fd) => fd ?? 'ignore'),
      detached: q.newSession,
      uid: q.uid,
      gid: q.gid,
    });
    const { pid } = child;
    if (pid === undefined) child.once('error', (e) => answer(minusErrno(e)));
    else {
      child.once('exit', (code, signal) =>
        ended(pid, signal === null ? (code ?? 0) << 8 : SIGNAL_NAMES.indexOf(signal)),
      );
      answer(pid);
    }
  } catch (e) {
    answer(minusErrno(e));
  }
}

/** Makes the main thread serve `worker`; `shared` is the ground of Host.signals. */
export function serve(worker: Worker, shared: SharedArrayBuffer): void {
  const signals = new Int32Array(shared);
  const actions = new Map<number, SignalAction>([[SIGINT, 'note']]);

  const tell = (answer: Answer): void => {
    worker.postMessage(answer);
    wake(signals);
  };
  const value = (v: Extract<Answer, { tell: 'value' }>['value']): void => tell({ tell: 'value', value: v });

  const stdin = new StandardInput((data) => tell({ tell: 'stdin', data }));
  const timer = new IntervalTimer(() => {
    const action = actions.get(SIGALRM) ?? 'default';
    if (action === 'note') noteSignal(signals, SIGALRM);
    else if (action === 'default') dieBySignal(SIGALRM);
  });

  const deadline = new Deadline(() => noteSignal(signals, SIGINT));

  const setSignal = (signal: number, action: SignalAction): void => {
    const name = SIGNAL_NAMES[signal] as NodeJS.Signals;
    actions.set(signal, action);
    process.removeAllListeners(name);
    if (action === 'note') process.on(name, () => noteSignal(signals, signal));
    else if (action === 'ignore') process.on(name, () => {});
  };

  const call = (f: () => number): void => {
    try {
      value(f());
    } catch (e) {
      value(minusErrno(e));
    }
  };

  worker.on('message', (q: Question) => {
    switch (q.ask) {
      case 'stdin':
        stdin.want();
        break;
      case 'chdir':
        call(() => {
          process.chdir(typeof q.path === 'string' ? q.path : Buffer.from(q.path).toString());
          return 0;
        });
        break;
      case 'umask':
        call(() => process.umask(q.mask));
        break;
      case 'signal':
        call(() => {
          setSignal(q.signal, q.action);
          return 0;
        });
        break;
      case 'timer':
        value(timer.set(q.seconds, q.interval));
        break;
      case 'deadline':
        deadline.set(q.seconds, q.status);
        value(0);
        break;
      case 'gettimer':
        value(timer.get());
        break;
      case 'spawn':
        startProgram(q, value, (pid, status) => tell({ tell: 'exited', pid, status }));
        break;
      case 'exit':
        process.exit(q.status);
        break;
      case 'die':
        dieBySignal(q.signal);
        break;
    }
  });
}

/** Starts to note Ctrl-C; before the Worker is there, so that none is lost. */
export function noteInterrupts(shared: SharedArrayBuffer): void {
  const signals = new Int32Array(shared);
  process.on('SIGINT', () => noteSignal(signals, SIGINT));
}
