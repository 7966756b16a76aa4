// How does the Worker ask the main thread, and wait?  Invariant: every wait of the runtime is here, and every wait ends when a signal is
// noted.

import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { ECHILD, EINTR } from '../config/errno.js';
import { SIGNAL_ANY, SIGNAL_WAKE, type SpawnRequest } from '../config/host_interface.js';
import type { Answer, Question } from './node_protocol.js';

export class Link {
  readonly signals: Int32Array;
  private readonly port: MessagePort;
  private answer: Extract<Answer, { tell: 'value' }> | undefined;
  /** Standard input that has arrived and was not read yet; null and numbers as in Answer. */
  private readonly arrived: (Uint8Array | null | number)[] = [];
  private asked = false;
  /** The programs that were started and not waited for: their wait status once they have ended. */
  private readonly programs = new Map<number, number | undefined>();

  constructor(port: MessagePort, signals: Int32Array) {
    this.port = port;
    this.signals = signals;
  }

  /** Takes in what the main thread has posted. */
  private pump(): void {
    for (;;) {
      const m = receiveMessageOnPort(this.port) as { message: Answer } | undefined;
      if (m === undefined) return;
      const { message } = m;
      if (message.tell === 'value') this.answer = message;
      else if (message.tell === 'exited') this.programs.set(message.pid, message.status);
      else {
        this.asked = false;
        this.arrived.push(message.data);
      }
    }
  }

  /** Waits until `done()`; false when a signal was noted or `deadline` (of performance.now) passed before. */
  private until(done: () => boolean, deadline = Number.POSITIVE_INFINITY, interruptible = true): boolean {
    for (;;) {
      const seen = Atomics.load(this.signals, SIGNAL_WAKE);
      this.pump();
      if (done()) return true;
      if (interruptible && Atomics.load(this.signals, SIGNAL_ANY) !== 0) return false;
      const left = deadline - performance.now();
      if (left <= 0) return false;
      Atomics.wait(this.signals, SIGNAL_WAKE, seen, left);
    }
  }

  /** Posts a question that has no answer. */
  post(question: Question): void {
    this.port.postMessage(question);
  }

  /** Asks a question that is answered at once. */
  ask(question: Question): Extract<Answer, { tell: 'value' }>['value'] {
    this.answer = undefined;
    this.port.postMessage(question);
    this.until(() => this.answer !== undefined, undefined, false);
    const { value } = this.answer as unknown as Extract<Answer, { tell: 'value' }>;
    this.answer = undefined;
    return value;
  }

  /** As `ask`, for a question whose answer is a number. */
  askNumber(question: Question): number {
    return this.ask(question) as number;
  }

  /** As Host.spawn, with Node's descriptors. */
  spawn(request: SpawnRequest): number {
    const pid = this.askNumber({ ask: 'spawn', ...request });
    if (pid > 0 && !this.programs.has(pid)) this.programs.set(pid, undefined);
    return pid;
  }

  /** As Host.waitpid. */
  waitpid(pid: number, wait: boolean): readonly [number, number] | number {
    const ended = (): number | undefined => {
      if (pid > 0) return this.programs.get(pid) === undefined ? undefined : pid;
      for (const [p, status] of this.programs) if (status !== undefined) return p;
      return undefined;
    };
    this.pump();
    if (pid > 0 ? !this.programs.has(pid) : this.programs.size === 0) return -ECHILD;
    if (wait && !this.until(() => ended() !== undefined)) return -EINTR;
    const found = ended();
    if (found === undefined) return [0, 0];
    const status = this.programs.get(found) as number;
    this.programs.delete(found);
    return [found, status];
  }

  /** Ends only with the thread. */
  waitForEnd(): never {
    for (;;) Atomics.wait(this.signals, SIGNAL_WAKE, Atomics.load(this.signals, SIGNAL_WAKE));
  }

  /** Waits for a signal, at most `ms`; true if one was noted. */
  waitForSignal(ms: number): boolean {
    const deadline = performance.now() + ms;
    for (;;) {
      const seen = Atomics.load(this.signals, SIGNAL_WAKE);
      if (Atomics.load(this.signals, SIGNAL_ANY) !== 0) return true;
      const left = deadline - performance.now();
      if (left <= 0) return false;
      Atomics.wait(this.signals, SIGNAL_WAKE, seen, left);
    }
  }

  /** Is there something to read on standard input (its end counts)?  Waits for it, at most `ms`. */
  stdinReady(ms: number): boolean {
    if (this.arrived.length > 0) return true;
    if (!this.asked) {
      this.asked = true;
      this.port.postMessage({ ask: 'stdin' } satisfies Question);
    }
    return this.until(() => this.arrived.length > 0, performance.now() + ms);
  }

  /** Reads from standard input, as Host.read. */
  readStdin(into: Uint8Array, start: number, length: number): number {
    if (length === 0) return 0;
    if (!this.stdinReady(Number.POSITIVE_INFINITY)) return -EINTR;
    const data = this.arrived[0];
    if (data === null || typeof data === 'number') {
      this.arrived.shift();
      return data ?? 0;
    }
    const n = Math.min(length, data.length);
    into.set(n === data.length ? data : data.subarray(0, n), start);
    if (n === data.length) this.arrived.shift();
    else this.arrived[0] = data.subarray(n);
    return n;
  }

  /** How many bytes of standard input wait to be read. */
  get stdinWaiting(): number {
    return this.arrived.reduce<number>((n, data) => n + (data instanceof Uint8Array ? data.length : 0), 0);
  }
}
