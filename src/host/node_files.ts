// What are the open files?
//
// Invariant: a descriptor that the program holds is a key of `table`; several keys share one OpenFile after dup and dup2, and with it
// the position, as they do in a kernel.  Node can neither duplicate a descriptor nor seek, so both are kept here: a regular file that
// was opened here has its position in `position`; for what was inherited the kernel keeps it (`position` null) until the program
// seeks.  A number in the table is never one that the kernel would give to another file: duplicates keep theirs occupied.

import fs from 'node:fs';
import { EAGAIN, EBADF, EINTR, EINVAL, ENOSYS, ENOTSOCK, ENOTTY, EPIPE, ESPIPE } from '../config/errno.js';
import { failed, type HostStat } from '../config/host_interface.js';
import { attempt, attemptValue, minusErrno, toNodePath } from './node_errors.js';
import type { Link } from './node_link.js';
import { type SocketEnd, socketPair } from './socket_pair.js';

interface OpenFile {
  /** Node's descriptor. */
  readonly real: number;
  /** How many descriptors of the program share this. */
  refs: number;
  position: number | null;
  readonly append: boolean;
  readonly kind: 'regular' | 'directory' | 'stream' | 'device';
  /** Standard input as something that can keep us waiting: the main thread reads it. */
  readonly viaMain: boolean;
  blocking: boolean;
  terminal: boolean | undefined;
  /** An end of a pipe that was made here: it never blocks below. */
  pipe?: 'read' | 'write';
  /** What poll has read from it; empty: its end. */
  ahead?: Uint8Array | undefined;
  /** An end of a pair of connected sockets; `real` then only keeps the number taken. */
  socket?: SocketEnd;
}

const S_IFMT = 0o170000;
const S_IFSOCK = 0o140000;

const O_ACCMODE = 3;
const O_APPEND = 0o2000;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

/** Linux's open flags in the numbers of this system. */
function nativeFlags(flags: number): number {
  if (process.platform === 'linux') return flags;
  const c = fs.constants;
  let native = flags & O_ACCMODE;
  const bits: readonly (readonly [number, number | undefined])[] = [
    [0o100, c.O_CREAT],
    [0o200, c.O_EXCL],
    [0o400, c.O_NOCTTY],
    [0o1000, c.O_TRUNC],
    [O_APPEND, c.O_APPEND],
    [O_NONBLOCK, c.O_NONBLOCK],
    [0o10000, c.O_DSYNC],
    [0o4010000, c.O_SYNC],
    [0o200000, c.O_DIRECTORY],
    [0o400000, c.O_NOFOLLOW],
  ];
  for (const [linux, here] of bits) if ((flags & linux) === linux) native |= here ?? 0;
  return native;
}

/** What `stat` tells, in the form of the interface. */
export function toHostStat(s: fs.BigIntStats): HostStat {
  return {
    mode: Number(s.mode),
    ino: s.ino,
    dev: s.dev,
    nlink: Number(s.nlink),
    uid: Number(s.uid),
    gid: Number(s.gid),
    rdev: s.rdev,
    size: Number(s.size),
    blksize: Number(s.blksize),
    blocks: Number(s.blocks),
    atimeNs: s.atimeNs,
    mtimeNs: s.mtimeNs,
    ctimeNs: s.ctimeNs,
    birthtimeNs: s.birthtimeNs,
  };
}

const STAT_BIGINT = { bigint: true } as const;

/** Seconds as Node takes them. */
export function toSeconds(ns: bigint): number {
  return Number(ns) / 1e9;
}

export class Files {
  private readonly table = new Map<number, OpenFile>();
  private readonly link: Link;

  constructor(link: Link) {
    this.link = link;
    for (const fd of [0, 1, 2]) {
      const file = this.describe(fd, 0, true);
      if (file !== undefined) this.table.set(fd, file);
    }
  }

  /** A new entry for Node's descriptor `real`; undefined if it is not open. */
  private describe(real: number, flags: number, inherited: boolean): OpenFile | undefined {
    let kind: OpenFile['kind'] = 'device';
    let terminal: boolean | undefined = false;
    try {
      const s = fs.fstatSync(real);
      if (s.isFile()) kind = 'regular';
      else if (s.isDirectory()) kind = 'directory';
      else if (s.isFIFO() || s.isSocket()) kind = 'stream';
      else if (s.isCharacterDevice()) terminal = undefined;
    } catch {
      return undefined;
    }
    const file: OpenFile = {
      real,
      refs: 1,
      position: kind === 'regular' && !inherited ? 0 : null,
      append: (flags & O_APPEND) !== 0,
      kind,
      viaMain: false,
      blocking: (flags & O_NONBLOCK) === 0,
      terminal,
    };
    if (inherited && real === 0 && (kind === 'stream' || isTerminal(file))) return { ...file, viaMain: true };
    return file;
  }

  private enter(real: number, flags: number): number {
    const file = this.describe(real, flags, false);
    if (file === undefined) return -EBADF;
    this.table.set(real, file);
    return real;
  }

  /** Opens so that the descriptor is none that a duplicate stands on. */
  private openReal(path: string, flags: number, mode: number): number {
    const taken: number[] = [];
    try {
      for (;;) {
        const real = fs.openSync(toNodePath(path), flags, mode);
        if (!this.table.has(real)) return real;
        taken.push(real);
      }
    } catch (e) {
      return minusErrno(e);
    } finally {
      for (const fd of taken) fs.closeSync(fd);
    }
  }

  open(path: string, flags: number, mode: number): number {
    const real = this.openReal(path, nativeFlags(flags), mode);
    return real < 0 ? real : this.enter(real, flags);
  }

  close(fd: number): number {
    const file = this.table.get(fd);
    if (file === undefined) return -EBADF;
    this.table.delete(fd);
    file.refs--;
    let result = 0;
    if (file.refs === 0) file.socket?.shutdown(2);
    // The standard streams stay open below: the host itself speaks through them at the end.
    if (file.refs === 0 && file.real > 2) result = attempt(() => fs.closeSync(file.real));
    // A number that only a duplicate stood on was kept occupied; and one whose file lives on elsewhere stays so.
    if (fd !== file.real && fd > 2 && !this.isReal(fd)) attempt(() => fs.closeSync(fd));
    return result;
  }

  /** Does some open file of the program stand on Node's descriptor `fd`? */
  private isReal(fd: number): boolean {
    for (const file of this.table.values()) if (file.real === fd) return true;
    return false;
  }

  /** Node's descriptor for one of the program's, or -EBADF; for what starts other programs. */
  real(fd: number): number {
    return this.table.get(fd)?.real ?? -EBADF;
  }

  dup(fd: number): number {
    const file = this.table.get(fd);
    if (file === undefined) return -EBADF;
    const number = this.openReal('/dev/null', fs.constants.O_RDONLY, 0);
    if (number < 0) return number;
    file.refs++;
    this.table.set(number, file);
    return number;
  }

  dup2(fd: number, target: number): number {
    const file = this.table.get(fd);
    if (file === undefined || target < 0) return -EBADF;
    if (fd === target || this.table.get(target) === file) return target;
    if (this.table.has(target)) this.close(target);
    file.refs++;
    this.table.set(target, file);
    return target;
  }

  /** Waits a little for a stream that does not block below but blocks for the program; false when a signal came. */
  private again(round: number): boolean {
    return !this.link.waitForSignal(Math.min(10, 0.1 * 2 ** round));
  }

  read(fd: number, into: Uint8Array, start: number, length: number): number {
    const file = this.table.get(fd);
    if (file === undefined) return -EBADF;
    if (file.viaMain) {
      if (!file.blocking && !this.link.stdinReady(0)) return -EAGAIN;
      return this.link.readStdin(into, start, length);
    }
    if (file.ahead !== undefined) {
      const n = Math.min(length, file.ahead.length);
      into.set(file.ahead.subarray(0, n), start);
      file.ahead = n < file.ahead.length ? file.ahead.subarray(n) : undefined;
      return n;
    }
    const { socket } = file;
    if (socket !== undefined) {
      const through = (): number => socket.read(into, start, length);
      return this.throughSocket(file, through, () => socket.readable);
    }
    for (let round = 0; ; round++) {
      try {
        const n = fs.readSync(file.real, into, start, length, file.position);
        if (file.position !== null) file.position += n;
        return n;
      } catch (e) {
        const error = minusErrno(e);
        if (error !== -EAGAIN || !file.blocking) return error;
        if (!this.again(round)) return -EINTR;
      }
    }
  }

  write(fd: number, from: Uint8Array, start: number, length: number): number {
    const file = this.table.get(fd);
    if (file === undefined) return -EBADF;
    const { socket } = file;
    if (socket !== undefined) {
      const through = (): number => socket.write(from, start, length);
      return this.throughSocket(file, through, () => socket.writable);
    }
    for (let round = 0; ; round++) {
      try {
        const n = fs.writeSync(file.real, from, start, length, file.append ? null : file.position);
        if (file.position !== null) file.position = file.append ? fs.fstatSync(file.real).size : file.position + n;
        return n;
      } catch (e) {
        const error = minusErrno(e);
        if (error !== -EAGAIN || !file.blocking) return error;
        if (!this.again(round)) return -EINTR;
      }
    }
  }

  pread(fd: number, into: Uint8Array, start: number, length: number, position: number): number {
    const file = this.table.get(fd);
    if (file === undefined) return -EBADF;
    if (file.kind === 'stream') return -ESPIPE;
    return attemptValue(() => fs.readSync(file.real, into, start, length, position));
  }

  pwrite(fd: number, from: Uint8Array, start: number, length: number, position: number): number {
    const file = this.table.get(fd);
    if (file === undefined) return -EBADF;
    if (file.kind === 'stream') return -ESPIPE;
    return attemptValue(() => fs.writeSync(file.real, from, start, length, position));
  }

  lseek(fd: number, offset: number, whence: number): number {
    const file = this.table.get(fd);
    if (file === undefined) return -EBADF;
    if (file.kind === 'stream' || isTerminal(file)) return -ESPIPE;
    if (file.kind === 'device') return 0;
    // Only asking: the kernel keeps the position of what was inherited, so that other holders' writes go on moving it.
    if (whence === 1 && offset === 0 && file.position === null) return kernelPosition(file.real);
    file.position ??= kernelPosition(file.real);
    let base = 0;
    if (whence === 1) base = file.position;
    else if (whence === 2) {
      try {
        base = fs.fstatSync(file.real).size;
      } catch (e) {
        return minusErrno(e);
      }
    } else if (whence !== 0) return -EINVAL;
    if (base + offset < 0) return -EINVAL;
    file.position = base + offset;
    return file.position;
  }

  /** Runs a call on Node's descriptor: its result or -errno. */
  private on<T>(fd: number, call: (real: number) => T): T | number {
    const file = this.table.get(fd);
    if (file === undefined) return -EBADF;
    return attemptValue(() => call(file.real));
  }

  private onVoid(fd: number, call: (real: number) => void): number {
    const file = this.table.get(fd);
    if (file === undefined) return -EBADF;
    return attempt(() => call(file.real));
  }

  fstat(fd: number): HostStat | number {
    const s = this.on(fd, (real) => fs.fstatSync(real, STAT_BIGINT));
    if (typeof s === 'number') return s;
    const stat = toHostStat(s);
    return this.table.get(fd)?.socket === undefined ? stat : { ...stat, mode: (stat.mode & ~S_IFMT) | S_IFSOCK };
  }
  ftruncate(fd: number, length: number): number {
    return this.onVoid(fd, (real) => fs.ftruncateSync(real, length));
  }
  fsync(fd: number): number {
    return this.onVoid(fd, (real) => fs.fsyncSync(real));
  }
  fdatasync(fd: number): number {
    return this.onVoid(fd, (real) => fs.fdatasyncSync(real));
  }
  fchmod(fd: number, mode: number): number {
    return this.onVoid(fd, (real) => fs.fchmodSync(real, mode));
  }
  fchown(fd: number, uid: number, gid: number): number {
    return this.onVoid(fd, (real) => fs.fchownSync(real, uid, gid));
  }
  futimes(fd: number, atimeNs: bigint, mtimeNs: bigint): number {
    return this.onVoid(fd, (real) => fs.futimesSync(real, toSeconds(atimeNs), toSeconds(mtimeNs)));
  }

  isatty(fd: number): boolean {
    const file = this.table.get(fd);
    return file !== undefined && isTerminal(file);
  }

  getBlocking(fd: number): boolean | number {
    return this.table.get(fd)?.blocking ?? -EBADF;
  }

  setBlocking(fd: number, blocking: boolean): number {
    const file = this.table.get(fd);
    if (file === undefined) return -EBADF;
    file.blocking = blocking;
    return 0;
  }

  /** As Host.openFlags. */
  openFlags(fd: number): number {
    const file = this.table.get(fd);
    if (file === undefined) return -EBADF;
    try {
      const m = /^flags:\s*(\d+)/m.exec(fs.readFileSync(`/proc/self/fdinfo/${file.real}`, 'latin1'));
      return m === null ? -ENOSYS : Number.parseInt(m[1], 8) & ~(O_NONBLOCK | O_CLOEXEC);
    } catch (e) {
      return minusErrno(e);
    }
  }

  /** As Host.available. */
  available(fd: number): number {
    const file = this.table.get(fd);
    if (file === undefined) return -EBADF;
    if (file.viaMain) return this.link.stdinReady(0) ? this.link.stdinWaiting : 0;
    if (file.socket !== undefined) return file.socket.available;
    if (file.pipe !== 'read') return file.kind === 'stream' ? 0 : -ENOTTY;
    return this.readable(file) ? (file.ahead?.length ?? 0) : 0;
  }

  /**
   * [read end, write end], made of a named pipe that `mkfifo` creates.  Below they do not block, so that a wait for them can be
   * interrupted.
   */
  pipe(mkfifo: (path: string, mode: number) => number, temporary: string): readonly [number, number] | number {
    const path = `${temporary}/vivarium-${process.pid}-${process.hrtime.bigint()}`;
    const made = mkfifo(path, 0o600);
    if (made < 0) return made;
    const nonblock = fs.constants.O_NONBLOCK;
    const reader = this.openReal(path, fs.constants.O_RDONLY | nonblock, 0);
    const writer = reader < 0 ? reader : this.openReal(path, fs.constants.O_WRONLY | nonblock, 0);
    attempt(() => fs.unlinkSync(path));
    if (failed(writer)) return writer;
    const ends = [this.enter(reader, 0), this.enter(writer, 0)] as const;
    (this.table.get(reader) as OpenFile).pipe = 'read';
    (this.table.get(writer) as OpenFile).pipe = 'write';
    return ends;
  }

  /** Two descriptors of sockets that are connected with each other. */
  socketpair(): readonly [number, number] | number {
    const ends = socketPair();
    const fds: number[] = [];
    for (const socket of ends) {
      const fd = this.openReal('/dev/null', fs.constants.O_RDWR, 0);
      if (fd < 0) {
        for (const opened of fds) this.close(opened);
        return fd;
      }
      this.enter(fd, 0);
      this.table.set(fd, { ...(this.table.get(fd) as OpenFile), kind: 'stream', terminal: false, socket });
      fds.push(fd);
    }
    return [fds[0], fds[1]];
  }

  /** As Host.shutdown. */
  shutdown(fd: number, how: number): number {
    const file = this.table.get(fd);
    if (file === undefined) return -EBADF;
    return file.socket === undefined ? -ENOTSOCK : file.socket.shutdown(how);
  }

  /** Reads or writes through a socket; one that blocks waits, and while it waits only the handler of a signal can change anything. */
  private throughSocket(file: OpenFile, call: () => number, ready: () => boolean): number {
    const n = call();
    if (n !== -EAGAIN || !file.blocking) return n;
    while (!ready()) if (this.link.waitForSignal(Number.POSITIVE_INFINITY)) return -EINTR;
    return call();
  }

  /** Node's descriptors for a program to be started, each as the system's own; those that were `opened` for it are to be closed afterwards. */
  forProgram(fds: readonly (number | null)[]): { files: (number | null)[]; opened: number[] } {
    const opened: number[] = [];
    const files = fds.map((fd) => {
      const file = fd === null ? undefined : this.table.get(fd);
      // What is between two sockets is in this process: another one cannot have them.
      if (file === undefined || file.socket !== undefined) return null;
      if (!file.pipe) return file.real;
      // Our end of a pipe does not block, and the program's shall.  Opening one end waits for the other: a third one is there meanwhile.
      const path = `/proc/self/fd/${file.real}`;
      try {
        const both = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
        const end = fs.openSync(path, file.pipe === 'read' ? fs.constants.O_RDONLY : fs.constants.O_WRONLY);
        fs.closeSync(both);
        opened.push(end);
        return end;
      } catch {
        return file.real;
      }
    });
    return { files, opened };
  }

  /** Can this be read without waiting?  What is read to find that out waits in `ahead`. */
  private readable(file: OpenFile): boolean {
    if (file.viaMain) return this.link.stdinReady(0);
    if (file.socket !== undefined) return file.socket.readable;
    if (file.pipe !== 'read' || file.ahead !== undefined) return true;
    const piece = new Uint8Array(65536);
    try {
      file.ahead = piece.subarray(0, fs.readSync(file.real, piece, 0, piece.length, null));
    } catch (e) {
      return minusErrno(e) !== -EAGAIN;
    }
    return true;
  }

  /** Can this be written without waiting? */
  private writable(file: OpenFile): boolean {
    return file.socket === undefined || file.socket.writable;
  }

  /** As Host.poll.  Standard input, sockets and our own pipes can be waited for; whatever else is open counts as ready. */
  poll(fds: readonly number[], write: readonly boolean[], timeoutMs: number): readonly number[] | number {
    const end = timeoutMs < 0 ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
    // Between sockets nothing happens while we wait; only for the others must we look again and again.
    const quiet = fds.every((fd) => this.table.get(fd)?.socket !== undefined);
    for (let round = 0; ; round++) {
      const ready: number[] = [];
      for (let i = 0; i < fds.length; i++) {
        const file = this.table.get(fds[i]);
        if (file === undefined || (write[i] ? this.writable(file) : this.readable(file))) ready.push(i);
      }
      const left = end - performance.now();
      if (ready.length > 0 || left <= 0) return ready;
      if (this.link.waitForSignal(quiet ? left : Math.min(left, 10, 0.1 * 2 ** round))) return -EINTR;
    }
  }

  /** Writes all of it to standard error, or as much as can be written. */
  writeError(text: string): void {
    const bytes = Buffer.from(text);
    const fd = this.table.get(2)?.real ?? 2;
    for (let done = 0, round = 0; done < bytes.length; ) {
      try {
        done += fs.writeSync(fd, bytes, done);
      } catch (e) {
        const error = minusErrno(e);
        if (error === -EPIPE || error !== -EAGAIN || round > 200) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.min(10, ++round));
      }
    }
  }
}

function isTerminal(file: OpenFile): boolean {
  file.terminal ??= process.getBuiltinModule('node:tty').isatty(file.real);
  return file.terminal;
}

/** Where the kernel stands in a file that was inherited; 0 where nobody tells. */
function kernelPosition(fd: number): number {
  try {
    const m = /^pos:\s*(\d+)/m.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'));
    return m === null ? 0 : Number(m[1]);
  } catch {
    return 0;
  }
}
