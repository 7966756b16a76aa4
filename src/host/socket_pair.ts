// What lies between two connected sockets?
//
// Invariant: the two ends live in this process, and so does what is under way between them: a channel for each direction, of at most
// CAPACITY bytes.  Nothing here waits: whoever can neither read nor write gives -EAGAIN, and the files wait for him.

import { EAGAIN, EINVAL, EPIPE } from '../config/errno.js';

/** As many bytes may be under way as Linux lets by default. */
const CAPACITY = 212992;

/** What goes one way. */
class Channel {
  private readonly pieces: Uint8Array[] = [];
  size = 0;
  writing = true;
  reading = true;

  /** Takes at most `length` bytes of `from[start]`: their number or -errno. */
  put(from: Uint8Array, start: number, length: number): number {
    if (!this.reading || !this.writing) return -EPIPE;
    const n = Math.min(length, CAPACITY - this.size);
    if (n === 0) return length === 0 ? 0 : -EAGAIN;
    this.pieces.push(from.slice(start, start + n));
    this.size += n;
    return n;
  }

  /** Gives at most `length` bytes to `into[start]`: their number, 0 at the end, or -errno. */
  take(into: Uint8Array, start: number, length: number): number {
    if (this.size === 0 && length > 0) return this.writing && this.reading ? -EAGAIN : 0;
    let done = 0;
    while (done < length && this.pieces.length > 0) {
      const piece = this.pieces[0];
      const n = Math.min(length - done, piece.length);
      into.set(piece.subarray(0, n), start + done);
      if (n === piece.length) this.pieces.shift();
      else this.pieces[0] = piece.subarray(n);
      done += n;
    }
    this.size -= done;
    return done;
  }

  /** Nobody will read: what is under way is lost. */
  stopReading(): void {
    this.reading = false;
    this.pieces.length = 0;
    this.size = 0;
  }
}

export class SocketEnd {
  private readonly incoming: Channel;
  private readonly outgoing: Channel;

  constructor(incoming: Channel, outgoing: Channel) {
    this.incoming = incoming;
    this.outgoing = outgoing;
  }

  read(into: Uint8Array, start: number, length: number): number {
    return this.incoming.take(into, start, length);
  }

  write(from: Uint8Array, start: number, length: number): number {
    return this.outgoing.put(from, start, length);
  }

  /** How many bytes can be read at once. */
  get available(): number {
    return this.incoming.size;
  }

  /** Would a read give something, the end being something too? */
  get readable(): boolean {
    return this.incoming.size > 0 || !this.incoming.writing || !this.incoming.reading;
  }

  /** Would a write take something, an error being something too? */
  get writable(): boolean {
    return this.outgoing.size < CAPACITY;
  }

  /** As Host.shutdown. */
  shutdown(how: number): number {
    if (how < 0 || how > 2) return -EINVAL;
    if (how !== 1) this.incoming.stopReading();
    if (how !== 0) this.outgoing.writing = false;
    return 0;
  }
}

/** Two ends that are connected with each other. */
export function socketPair(): readonly [SocketEnd, SocketEnd] {
  const there = new Channel();
  const back = new Channel();
  return [new SocketEnd(back, there), new SocketEnd(there, back)];
}
