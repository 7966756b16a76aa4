// What does Node give?  Invariant: this is the Host of a runtime that lives in a Worker (src/cli/main.ts starts it); what a Worker may
// not do (change the folder, receive signals, edit lines, end the process) it asks of the main thread (src/host/node_main.ts).
//
// Modules of Node's that most programs never need are fetched when they are needed: each costs milliseconds at the start.

import fs from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import { EEXIST, EINVAL, ENOENT, ENOSYS, ENOTDIR, ENOTTY } from '../config/errno.js';
import {
  failed,
  type Host,
  type HostDirEntry,
  type HostStat,
  type HostTermios,
  SIGNAL_MAX,
  type SignalAction,
} from '../config/host_interface.js';
import { SIGABRT, SIGINT, SIGKILL, SIGNAL_NAMES, SIGPIPE, SIGSTOP } from '../config/signals.js';
import { attempt, attemptValue, decodeEscaped, encodeEscaped, minusErrno, toNodePath } from './node_errors.js';
import { Files, toHostStat, toSeconds } from './node_files.js';
import { Link } from './node_link.js';
import { noteSignal } from './node_protocol.js';
import { tcgetattr, tcsetattr, terminalSize } from './node_terminal.js';

const QUIET_BIGINT = { bigint: true, throwIfNoEntry: false } as const;
const REPLACED = '\ufffd';

/** The host of the Worker whose port and shared signals these are. */
export function createNodeHost(port: MessagePort, shared: SharedArrayBuffer): Host {
  const signals = new Int32Array(shared);
  const link = new Link(port, signals);
  const files = new Files(link);

  const actions: SignalAction[] = new Array(SIGNAL_MAX + 1).fill('default');
  actions[SIGINT] = 'note';
  actions[SIGPIPE] = 'ignore';

  /** -ENOENT or -ENOTDIR, for a path of which stat says only that there is nothing. */
  const missing = (path: string): number => {
    const parent = path.endsWith('/') ? path.replace(/\/+$/, '') : path.slice(0, Math.max(path.lastIndexOf('/'), 0));
    if (parent === '') return -ENOENT;
    const s = fs.statSync(toNodePath(parent), { throwIfNoEntry: false });
    if (s !== undefined) return s.isDirectory() ? -ENOENT : -ENOTDIR;
    return path === parent ? -ENOENT : missing(parent);
  };

  const statWith = (call: typeof fs.statSync, path: string): HostStat | number => {
    if (path === '') return -ENOENT;
    try {
      const s = call(toNodePath(path), QUIET_BIGINT);
      return s === undefined ? missing(path) : toHostStat(s);
    } catch (e) {
      return minusErrno(e);
    }
  };

  const entryType = (d: { isDirectory(): boolean; isFile(): boolean; isSymbolicLink(): boolean }): number =>
    d.isDirectory() ? 0o040000 : d.isFile() ? 0o100000 : d.isSymbolicLink() ? 0o120000 : 0;

  const mkfifo = (path: string, mode: number): number => {
    const { spawnSync } = process.getBuiltinModule('node:child_process');
    if (fs.existsSync(toNodePath(path))) return -EEXIST;
    const r = spawnSync('mkfifo', ['-m', mode.toString(8), '--', path], { stdio: 'ignore' });
    return r.status === 0 ? 0 : r.error ? -ENOSYS : -ENOENT;
  };

  const environmentBytes = (): readonly (readonly [string, string])[] | undefined => {
    try {
      return decodeEscaped(fs.readFileSync('/proc/self/environ'))
        .split('\0')
        .filter((line) => line.indexOf('=') > 0)
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
    } catch {
      return undefined;
    }
  };

  const os = () => process.getBuiltinModule('node:os');
  const ids = {
    uid: process.getuid?.() ?? 0,
    euid: process.geteuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    egid: process.getegid?.() ?? 0,
  };

  // The wall clock in nanoseconds is the monotonic one and a difference, which is measured anew when the system's clock is set.
  let difference = 0n;
  const wallNs = (): bigint => {
    const now = process.hrtime.bigint();
    const off = Number((now + difference) / 1_000_000n) - Date.now();
    if (off > 5 || off < -5) {
      difference =
        BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n - process.hrtime.bigint();
      if (Math.abs(Number((now + difference) / 1_000_000n) - Date.now()) > 5)
        difference = BigInt(Date.now()) * 1_000_000n - now;
      return now + difference;
    }
    return now + difference;
  };

  const processCpuNs = (): bigint => {
    const { user, system } = process.cpuUsage();
    return BigInt(user + system) * 1000n;
  };

  let entropy: number | undefined;

  const host: Host = {
    platform: process.platform,

    open: (path, flags, mode) => files.open(path, flags, mode),
    close: (fd) => files.close(fd),
    read: (fd, into, start, length) => files.read(fd, into, start, length),
    write: (fd, from, start, length) => files.write(fd, from, start, length),
    pread: (fd, into, start, length, position) => files.pread(fd, into, start, length, position),
    pwrite: (fd, from, start, length, position) => files.pwrite(fd, from, start, length, position),
    lseek: (fd, offset, whence) => files.lseek(fd, offset, whence),
    fstat: (fd) => files.fstat(fd),
    ftruncate: (fd, length) => files.ftruncate(fd, length),
    fsync: (fd) => files.fsync(fd),
    fdatasync: (fd) => files.fdatasync(fd),
    fchmod: (fd, mode) => files.fchmod(fd, mode),
    fchown: (fd, uid, gid) => files.fchown(fd, uid, gid),
    futimes: (fd, atimeNs, mtimeNs) => files.futimes(fd, atimeNs, mtimeNs),
    dup: (fd) => files.dup(fd),
    dup2: (fd, target) => files.dup2(fd, target),
    pipe: () => files.pipe(mkfifo, os().tmpdir()),
    socketpair: () => files.socketpair(),
    shutdown: (fd, how) => files.shutdown(fd, how),
    isatty: (fd) => files.isatty(fd),
    getBlocking: (fd) => files.getBlocking(fd),
    setBlocking: (fd, blocking) => files.setBlocking(fd, blocking),
    openFlags: (fd) => files.openFlags(fd),
    available: (fd) => files.available(fd),
    poll: (fds, write, timeoutMs) => files.poll(fds, write, timeoutMs),

    stat: (path) => statWith(fs.statSync, path),
    lstat: (path) => statWith(fs.lstatSync as typeof fs.statSync, path),
    listdir(path) {
      return attemptValue(() => {
        const names = fs.readdirSync(toNodePath(path));
        if (!names.some((n) => n.includes(REPLACED))) return names;
        return fs.readdirSync(toNodePath(path), { encoding: 'buffer' }).map(decodeEscaped);
      });
    },
    scandir(path): readonly HostDirEntry[] | number {
      return attemptValue(() => {
        const found = fs.readdirSync(toNodePath(path), { withFileTypes: true });
        if (!found.some((d) => d.name.includes(REPLACED))) {
          return found.map((d) => ({ name: d.name, type: entryType(d) }));
        }
        return fs
          .readdirSync(toNodePath(path), { encoding: 'buffer' })
          .map((n) => ({ name: decodeEscaped(n), type: 0 }));
      });
    },
    mkdir: (path, mode) => attempt(() => fs.mkdirSync(toNodePath(path), { mode })),
    rmdir: (path) => attempt(() => fs.rmdirSync(toNodePath(path))),
    unlink: (path) => attempt(() => fs.unlinkSync(toNodePath(path))),
    rename: (from, to) => attempt(() => fs.renameSync(toNodePath(from), toNodePath(to))),
    link: (from, to) => attempt(() => fs.linkSync(toNodePath(from), toNodePath(to))),
    symlink: (target, path) => attempt(() => fs.symlinkSync(toNodePath(target), toNodePath(path))),
    readlink: (path) => attemptValue(() => decodeEscaped(fs.readlinkSync(toNodePath(path), { encoding: 'buffer' }))),
    chmod: (path, mode) => attempt(() => fs.chmodSync(toNodePath(path), mode)),
    chown: (path, uid, gid) => attempt(() => fs.chownSync(toNodePath(path), uid, gid)),
    lchown: (path, uid, gid) => attempt(() => fs.lchownSync(toNodePath(path), uid, gid)),
    utimes(path, atimeNs, mtimeNs, followSymlinks) {
      const call = followSymlinks ? fs.utimesSync : fs.lutimesSync;
      return attempt(() => call(toNodePath(path), toSeconds(atimeNs), toSeconds(mtimeNs)));
    },
    truncate: (path, length) => attempt(() => fs.truncateSync(toNodePath(path), length)),
    access: (path, mode) => attempt(() => fs.accessSync(toNodePath(path), mode)),
    mkfifo,
    statvfs(path) {
      return attemptValue(() => {
        const s = fs.statfsSync(toNodePath(path), { bigint: true });
        return {
          bsize: Number(s.bsize),
          frsize: Number(s.bsize),
          blocks: s.blocks,
          bfree: s.bfree,
          bavail: s.bavail,
          files: s.files,
          ffree: s.ffree,
          favail: s.ffree,
          flag: 0,
          namemax: 255,
        };
      });
    },
    getcwd() {
      return attemptValue(() => {
        const cwd = process.cwd();
        return cwd.includes(REPLACED) ? decodeEscaped(fs.readlinkSync('/proc/self/cwd', { encoding: 'buffer' })) : cwd;
      });
    },
    chdir(path) {
      const s = host.stat(path);
      if (typeof s === 'number') return s;
      if ((s.mode & 0o170000) !== 0o040000) return -ENOTDIR;
      const r = host.access(path, 1);
      return r < 0 ? r : link.askNumber({ ask: 'chdir', path: toNodePath(path) });
    },
    umask: (mask) => link.askNumber({ ask: 'umask', mask }),
    readFile: (path) => attemptValue<Uint8Array>(() => fs.readFileSync(toNodePath(path))),

    pid: process.pid,
    ppid: process.ppid,
    ...ids,
    groups: () => process.getgroups?.() ?? [],
    environ() {
      const entries = Object.entries(process.env) as [string, string][];
      if (entries.some(([name, value]) => name.includes(REPLACED) || value.includes(REPLACED))) {
        // Node has lost bytes that are no UTF-8; the kernel still has what the process was started with.
        const raw = environmentBytes();
        if (raw !== undefined) {
          const known = new Map(entries.filter(([n, v]) => !n.includes(REPLACED) && !v.includes(REPLACED)));
          for (const [name, value] of raw)
            if (!known.has(name) && /[\udc80-\udcff]/.test(name + value)) known.set(name, value);
          return [...known];
        }
      }
      return entries;
    },
    getenv: (name) => process.env[name],
    putenv(name, value) {
      process.env[name] = encodeEscaped(value).toString();
      return 0;
    },
    unsetenv(name) {
      delete process.env[name];
      return 0;
    },
    uname() {
      const o = os();
      return {
        sysname: o.type(),
        nodename: o.hostname(),
        release: o.release(),
        version: o.version(),
        machine: o.machine(),
      };
    },
    cpuCount: () => os().availableParallelism(),
    loadavg() {
      const [a, b, c] = os().loadavg();
      return [a, b, c];
    },
    getlogin: () => attemptValue(() => os().userInfo().username),
    residentBytes: () => process.memoryUsage.rss(),
    system(command) {
      const { spawnSync } = process.getBuiltinModule('node:child_process');
      const stdio = [0, 1, 2].map((fd) => (failed(files.real(fd)) ? 'ignore' : files.real(fd))) as (
        | number
        | 'ignore'
      )[];
      const r = spawnSync('/bin/sh', ['-c', command], { stdio });
      if (r.error !== undefined && r.status === null && r.signal === null) return minusErrno(r.error);
      return r.signal === null ? (r.status ?? 127) << 8 : SIGNAL_NAMES.indexOf(r.signal);
    },
    spawn(request) {
      const { files: given, opened } = files.forProgram(request.files);
      try {
        return link.spawn({ ...request, files: given });
      } finally {
        for (const fd of opened) attempt(() => fs.closeSync(fd));
      }
    },
    waitpid: (pid, wait) => link.waitpid(pid, wait),
    kill(pid, signal) {
      if (signal < 0 || signal > SIGNAL_MAX) return -EINVAL;
      if (pid === process.pid && signal > 0) {
        if (actions[signal] === 'note') {
          noteSignal(signals, signal);
          return 0;
        }
        if (actions[signal] === 'ignore') return 0;
      }
      return attempt(() => process.kill(pid, signal));
    },

    signals,
    setSignal(signal, action) {
      if (signal < 1 || signal > SIGNAL_MAX || signal === SIGKILL || signal === SIGSTOP) return -EINVAL;
      if (actions[signal] === action) return 0;
      if (SIGNAL_NAMES[signal] !== undefined) {
        const r = link.askNumber({ ask: 'signal', signal, action });
        if (r < 0) return r;
      }
      actions[signal] = action;
      return 0;
    },
    getSignal: (signal) => actions[signal] ?? 'default',
    setTimer: (seconds, interval) => link.ask({ ask: 'timer', seconds, interval }) as readonly [number, number],
    interruptAfter: (seconds, status) => void link.ask({ ask: 'deadline', seconds, status }),
    getTimer: () => link.ask({ ask: 'gettimer' }) as readonly [number, number],
    sleep(ns) {
      const end = process.hrtime.bigint() + BigInt(Math.ceil(ns));
      if (!link.waitForSignal(ns / 1e6)) return 0;
      const left = end - process.hrtime.bigint();
      return left > 0n ? Number(left) : 0;
    },
    pause() {
      link.waitForSignal(Number.POSITIVE_INFINITY);
    },

    wallNs,
    monotonicNs: () => process.hrtime.bigint(),
    processCpuNs,
    threadCpuNs: processCpuNs,
    cpuTimes() {
      const { user, system } = process.cpuUsage();
      return [user / 1e6, system / 1e6];
    },
    randomFill(into, start, length) {
      try {
        // A read of the device is there at once; Node's crypto takes milliseconds to load.
        entropy ??= fs.openSync('/dev/urandom', 'r');
        for (let done = 0; done < length; ) done += fs.readSync(entropy, into, start + done, length - done, null);
      } catch {
        process.getBuiltinModule('node:crypto').randomFillSync(into, start, length);
      }
    },

    terminalSize(fd) {
      const real = files.real(fd);
      if (real < 0) return real;
      return files.isatty(fd) ? terminalSize(real) : -ENOTTY;
    },
    tcgetattr(fd): HostTermios | number {
      const real = files.real(fd);
      if (real < 0) return real;
      return files.isatty(fd) ? tcgetattr(real) : -ENOTTY;
    },
    tcsetattr(fd, settings) {
      const real = files.real(fd);
      if (real < 0) return real;
      return files.isatty(fd) ? tcsetattr(real, settings) : -ENOTTY;
    },

    writeError: (text) => files.writeError(text),
    exit(status) {
      link.post({ ask: 'exit', status: status & 0xff });
      return link.waitForEnd();
    },
    abort() {
      return host.dieBySignal(SIGABRT);
    },
    dieBySignal(signal) {
      link.post({ ask: 'die', signal });
      return link.waitForEnd();
    },
  };
  return host;
}
