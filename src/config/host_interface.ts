// What does the outside give?
//
// Invariant: this is the only door.  Everything above asks `host` for files, clocks, entropy, signals and the rest; what stands
// behind it is src/host/node.ts in Node, and something else in a browser.  The interface stands on the lowest floor, because the
// modules (`posix`, `time`, `_io`) reach the host, and `src/host` is a floor above theirs: whoever assembles a runtime calls
// `setHost` before it starts.  No type of Node's appears here.
//
// Conventions.
//   - Calls are synchronous and made from the thread in which the runtime lives.
//   - Errors are values, never exceptions (an exception would skip decrefs): a call with an integer result gives it, or `-errno`, as
//     the system calls of Linux do; a call with another result gives it or the number `-errno`.  `failed(r)` tells which.  The numbers
//     are Linux's (src/config/errno.ts) on every host.
//   - A call that may block gives `-EINTR` when a signal has been noted meanwhile; the caller runs the handlers and asks again (PEP 475).
//   - Strings from outside (paths, arguments, environment) are decoded as UTF-8 with `surrogateescape` (PEP 383): a byte that does not
//     decode is the lone surrogate U+DC80 + byte - 0x80, and goes back out as that byte.
//   - Open flags, modes and the `st_mode` bits have Linux's numbers.

/** What `stat` tells.  Times are nanoseconds since the epoch. */
export interface HostStat {
  readonly mode: number;
  readonly ino: bigint;
  readonly dev: bigint;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: bigint;
  readonly size: number;
  readonly blksize: number;
  readonly blocks: number;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;
}

/** An entry of a directory; `type` is the `S_IFMT` bits of its mode, or 0 when they are not known without a stat. */
export interface HostDirEntry {
  readonly name: string;
  readonly type: number;
}

export interface HostUname {
  readonly sysname: string;
  readonly nodename: string;
  readonly release: string;
  readonly version: string;
  readonly machine: string;
}

export interface HostStatvfs {
  readonly bsize: number;
  readonly frsize: number;
  readonly blocks: bigint;
  readonly bfree: bigint;
  readonly bavail: bigint;
  readonly files: bigint;
  readonly ffree: bigint;
  readonly favail: bigint;
  readonly flag: number;
  readonly namemax: number;
}

/** A terminal's settings as <termios.h> has them: the four flag words and the control characters (32 on Linux). */
export interface HostTermios {
  iflag: number;
  oflag: number;
  cflag: number;
  lflag: number;
  ispeed: number;
  ospeed: number;
  cc: number[];
}

/** A program to be started. */
export interface SpawnRequest {
  readonly file: string;
  /** The arguments as the program sees them, the first being its own name. */
  readonly args: readonly string[];
  readonly env: readonly (readonly [string, string])[];
  readonly cwd: string | undefined;
  /** What the program's descriptors 0, 1, … are: descriptors of ours, or null. */
  readonly files: readonly (number | null)[];
  /** In a session of its own. */
  readonly newSession: boolean;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

export type SignalAction = 'default' | 'ignore' | 'note';

// Indices into Host.signals.
/** Not 0: at least one signal is noted and waits for its handler.  This is what the evaluation loop looks at. */
export const SIGNAL_ANY = 0;
/** `signals[SIGNAL_FIRST + n - 1]` counts how often signal number n was noted since it was last set to 0. */
export const SIGNAL_FIRST = 1;
/** Signal numbers are 1 to SIGNAL_MAX. */
export const SIGNAL_MAX = 64;
/** Grows with everything that may end a wait: a noted signal, an answer from the other thread. */
export const SIGNAL_WAKE = 65;
/** The length of Host.signals. */
export const SIGNAL_WORDS = 66;

export interface Host {
  /** 'linux', 'darwin', 'win32', … as `sys.platform` says it. */
  readonly platform: string;

  // --- open files ---------------------------------------------------------------------------------------------------------
  /** A new descriptor; it is not inherited by other programs. */
  open(path: string, flags: number, mode: number): number;
  close(fd: number): number;
  /** Reads at most `length` bytes to `into[start]` and tells how many; 0 at the end.  Blocks. */
  read(fd: number, into: Uint8Array, start: number, length: number): number;
  /** Writes at most `length` bytes of `from[start]` and tells how many.  Blocks. */
  write(fd: number, from: Uint8Array, start: number, length: number): number;
  pread(fd: number, into: Uint8Array, start: number, length: number, position: number): number;
  pwrite(fd: number, from: Uint8Array, start: number, length: number, position: number): number;
  /** The new position.  `whence`: 0 from the start, 1 from here, 2 from the end. */
  lseek(fd: number, offset: number, whence: number): number;
  fstat(fd: number): HostStat | number;
  ftruncate(fd: number, length: number): number;
  fsync(fd: number): number;
  fdatasync(fd: number): number;
  fchmod(fd: number, mode: number): number;
  fchown(fd: number, uid: number, gid: number): number;
  futimes(fd: number, atimeNs: bigint, mtimeNs: bigint): number;
  dup(fd: number): number;
  dup2(fd: number, target: number): number;
  /** [read end, write end]. */
  pipe(): readonly [number, number] | number;
  /** Two sockets that are connected with each other, both ways; other programs cannot have them. */
  socketpair(): readonly [number, number] | number;
  /** Ends one direction (`how` 0: reading, 1: writing) or both (2) of a socket of a pair; what is no socket gives -ENOTSOCK. */
  shutdown(fd: number, how: number): number;
  isatty(fd: number): boolean;
  /** Not blocking (O_NONBLOCK): reads and writes that would block give -EAGAIN. */
  getBlocking(fd: number): boolean | number;
  setBlocking(fd: number, blocking: boolean): number;
  /** With which flags it was opened, without O_NONBLOCK. */
  openFlags(fd: number): number;
  /** How many bytes can be read from a terminal or a pipe without waiting. */
  available(fd: number): number;
  /**
   * Waits until one of `fds` can be read (where `write[i]`: written) or until `timeoutMs` has passed (negative: for ever).  The
   * indices that are ready.
   */
  poll(fds: readonly number[], write: readonly boolean[], timeoutMs: number): readonly number[] | number;

  // --- the file system ----------------------------------------------------------------------------------------------------
  stat(path: string): HostStat | number;
  lstat(path: string): HostStat | number;
  /** The names in a directory, without `.` and `..`. */
  listdir(path: string): readonly string[] | number;
  scandir(path: string): readonly HostDirEntry[] | number;
  mkdir(path: string, mode: number): number;
  rmdir(path: string): number;
  unlink(path: string): number;
  rename(from: string, to: string): number;
  link(from: string, to: string): number;
  symlink(target: string, path: string): number;
  readlink(path: string): string | number;
  chmod(path: string, mode: number): number;
  chown(path: string, uid: number, gid: number): number;
  lchown(path: string, uid: number, gid: number): number;
  utimes(path: string, atimeNs: bigint, mtimeNs: bigint, followSymlinks: boolean): number;
  truncate(path: string, length: number): number;
  /** `mode` is F_OK (0) or a sum of R_OK (4), W_OK (2), X_OK (1). */
  access(path: string, mode: number): number;
  mkfifo(path: string, mode: number): number;
  statvfs(path: string): HostStatvfs | number;
  getcwd(): string | number;
  chdir(path: string): number;
  umask(mask: number): number;
  /** The whole content of a regular file in one go, for the import system. */
  readFile(path: string): Uint8Array | number;

  // --- process ------------------------------------------------------------------------------------------------------------
  readonly pid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly euid: number;
  readonly gid: number;
  readonly egid: number;
  groups(): readonly number[];
  /** Name and value of every variable. */
  environ(): readonly (readonly [string, string])[];
  getenv(name: string): string | undefined;
  putenv(name: string, value: string): number;
  unsetenv(name: string): number;
  uname(): HostUname;
  cpuCount(): number;
  loadavg(): readonly [number, number, number];
  getlogin(): string | number;
  /** Bytes of main memory resident, for the ledger. */
  residentBytes(): number;
  /** Runs a shell command and waits; the wait status as wait(2) gives it. */
  system(command: string): number;
  /** Starts a program: its process id. */
  spawn(request: SpawnRequest): number;
  /** Waits for a started program (pid -1: any) to end, or only looks: [pid, wait status], [0, 0] if it runs on. */
  waitpid(pid: number, wait: boolean): readonly [number, number] | number;
  /** Sends a signal; to this process, a noted signal is noted before the call returns. */
  kill(pid: number, signal: number): number;

  // --- signals ------------------------------------------------------------------------------------------------------------
  /** Shared with whoever receives signals; see SIGNAL_ANY and the rest. */
  readonly signals: Int32Array;
  /** What shall happen when a signal comes; 'note' lets `signals` tell. */
  setSignal(signal: number, action: SignalAction): number;
  getSignal(signal: number): SignalAction;
  /** Notes SIGALRM after `seconds`, then every `interval` seconds; 0 stops.  What was left of the former timer: [seconds, interval]. */
  setTimer(seconds: number, interval: number): readonly [number, number];
  getTimer(): readonly [number, number];
  /**
   * Notes SIGINT after `seconds` and each second from then on; if the program runs ten seconds longer, the process ends with `status`.  0 seconds:
   * no longer.
   */
  interruptAfter(seconds: number, status: number): void;
  /** Sleeps; 0, or the nanoseconds that were left when a signal was noted. */
  sleep(ns: number): number;
  /** Waits for a signal. */
  pause(): void;

  // --- clocks (nanoseconds) and entropy -----------------------------------------------------------------------------------
  wallNs(): bigint;
  monotonicNs(): bigint;
  /** Processor time of the process, user and system. */
  processCpuNs(): bigint;
  threadCpuNs(): bigint;
  /** User and system seconds, as times(2). */
  cpuTimes(): readonly [number, number];
  randomFill(into: Uint8Array, start: number, length: number): void;

  // --- terminal -----------------------------------------------------------------------------------------------------------
  /** [columns, lines] */
  terminalSize(fd: number): readonly [number, number] | number;
  tcgetattr(fd: number): HostTermios | number;
  tcsetattr(fd: number, settings: HostTermios): number;

  // --- the end ------------------------------------------------------------------------------------------------------------
  /** Writes to standard error, whatever is left of it; never fails. */
  writeError(text: string): void;
  /** Ends the process with this status. */
  exit(status: number): never;
  /** Ends the process with SIGABRT. */
  abort(): never;
  /** Ends the process as this signal does by default (an uncaught KeyboardInterrupt: SIGINT). */
  dieBySignal(signal: number): never;
}

/** Is this result of a host call an error, `-errno`? */
export function failed(result: unknown): result is number {
  return typeof result === 'number' && result < 0;
}

/** The host of this runtime. */
export let host: Host = new Proxy({} as Host, {
  get() {
    throw new Error('the host was used before setHost()');
  },
});

/** Whoever assembles a runtime says here what stands outside. */
export function setHost(h: Host): void {
  host = h;
}
