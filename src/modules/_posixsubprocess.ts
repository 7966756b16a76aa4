// How does subprocess start a program?
//
// Invariant: the host starts the program; nothing of this process is copied.  What goes wrong with starting it is told as CPython's child process
// tells it, on the error pipe, and the id that fork_exec then answers is that of a program that ended at once.

import { EACCES, ENOENT, ENOTDIR } from '../config/errno.js';
import { failed, host, type SpawnRequest } from '../config/host_interface.js';
import { H32, H8, staticAlloc } from '../memory/linear.js';
import { PyBytes_Check } from '../object/bytes.js';
import { defineModule, fastcall } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { decref } from '../object/header.js';
import { fastItems } from '../object/list.js';
import { PyLong_AsInt, PyLong_AsLong, PyLong_FromLong } from '../object/long.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyObject_IsTrue } from '../object/object.js';
import { PySequence_Fast } from '../object/sequence.js';
import { Py_None, PyExc_RuntimeError, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { ob_size } from '../object/type_layout.js';
import { fsText, hostTextOfBytes } from './paths.js';
import { addEnded } from './posix_wait.js';

/** The texts of a sequence of paths; null with an exception. */
function texts(o: Obj, message: string): string[] | null {
  const seq = PySequence_Fast(o, message);
  if (seq === 0) return null;
  const out: string[] = [];
  let ok = true;
  for (let i = 0; ok && i < H32[(seq + ob_size) >> 2]; i++) {
    const text = fsText(H32[(fastItems(seq) >> 2) + i] as Obj);
    ok = text !== null;
    if (text !== null) out.push(text);
  }
  decref(seq);
  return ok ? out : null;
}

/** The environment: pairs of "name=value" in bytes; the process's own for None; null with an exception. */
function environment(o: Obj): (readonly [string, string])[] | null {
  if (o === Py_None) return [...host.environ()];
  const seq = PySequence_Fast(o, 'env must be a sequence');
  if (seq === 0) return null;
  const out: (readonly [string, string])[] = [];
  let ok = true;
  for (let i = 0; ok && i < H32[(seq + ob_size) >> 2]; i++) {
    const item = H32[(fastItems(seq) >> 2) + i] as Obj;
    const text = PyBytes_Check(item) ? hostTextOfBytes(item) : null;
    if (text === null) {
      if (PyErr_Occurred() === 0) PyErr_SetString(PyExc_TypeError, 'expected bytes');
      ok = false;
    } else {
      const at = text.indexOf('=', 1);
      if (at > 0) out.push([text.slice(0, at), text.slice(at + 1)]);
    }
  }
  decref(seq);
  return ok ? out : null;
}

/** The descriptors that stay open in the program; null with an exception. */
function passed(o: Obj): number[] | null {
  const seq = PySequence_Fast(o, 'bad value(s) in fds_to_keep');
  if (seq === 0) return null;
  const out: number[] = [];
  for (let i = 0; i < H32[(seq + ob_size) >> 2]; i++) out.push(PyLong_AsLong(H32[(fastItems(seq) >> 2) + i] as Obj));
  decref(seq);
  if (PyErr_Occurred() !== 0) return null;
  if (out.every((fd, i) => fd >= 0 && (i === 0 || fd > out[i - 1]))) return out;
  PyErr_SetString(PyExc_ValueError, 'bad value(s) in fds_to_keep');
  return null;
}

const OUT = staticAlloc(64);

/** Tells on the error pipe why the program did not start, and enters a program that ended with status 255. */
function notStarted(errpipe: number, errno: number, stage: string): Obj {
  const message = `OSError:${errno.toString(16).toUpperCase()}:${stage}`;
  for (let i = 0; i < message.length; i++) H8[OUT + i] = message.charCodeAt(i);
  host.write(errpipe, H8, OUT, message.length);
  return PyLong_FromLong(addEnded(255 << 8));
}

/** The first of the candidates that is there, or the -errno of the most telling failure. */
function findProgram(candidates: readonly string[]): string | number {
  let saved = 0;
  for (const path of candidates) {
    const st = host.stat(path);
    const r = failed(st) ? st : (st.mode & 0o170000) !== 0o100000 ? -EACCES : host.access(path, 1);
    if (r === 0) return path;
    if (r !== -ENOENT && r !== -ENOTDIR && saved === 0) saved = r;
    else if (saved === 0 && path === candidates[candidates.length - 1]) saved = r;
  }
  return saved || -ENOENT;
}

/** An optional int: undefined for None, null with an exception. */
function optionalId(o: Obj): number | undefined | null {
  if (o === Py_None) return undefined;
  const n = PyLong_AsInt(o);
  return n === -1 && PyErr_Occurred() !== 0 ? null : n;
}

const PARAMETERS = 22;

function fork_exec(_m: Obj, args: number, nargs: number): Obj {
  if (nargs !== PARAMETERS) {
    return PyErr_SetString(PyExc_TypeError, `fork_exec expected ${PARAMETERS} arguments, got ${nargs}`);
  }
  const arg = (i: number) => H32[(args >> 2) + i] as Obj;
  if (arg(21) !== Py_None)
    return PyErr_SetString(PyExc_RuntimeError, 'preexec_fn is not supported: the host starts programs');
  const argv = texts(arg(0), 'argv must be a tuple');
  const candidates = argv === null ? null : texts(arg(1), 'executable_list must be a tuple');
  const keep = candidates === null ? null : passed(arg(3));
  const env = keep === null ? null : environment(arg(5));
  if (argv === null || candidates === null || keep === null || env === null) return NULL;
  const cwd = arg(4) === Py_None ? undefined : fsText(arg(4));
  if (cwd === null) return NULL;
  const [stdin, , , stdout, , stderr, , errpipe] = [6, 7, 8, 9, 10, 11, 12, 13].map((i) => PyLong_AsInt(arg(i)));
  const newSession = PyObject_IsTrue(arg(15));
  const gid = optionalId(arg(17));
  const uid = gid === null ? null : optionalId(arg(19));
  if (PyErr_Occurred() !== 0 || newSession < 0 || gid === null || uid === null) return NULL;
  if (cwd !== undefined) {
    const st = host.stat(cwd);
    const r = failed(st) ? -st : (st.mode & 0o170000) === 0o040000 ? 0 : ENOTDIR;
    if (r !== 0) return notStarted(errpipe, r, 'noexec:chdir');
  }
  const file = findProgram(candidates);
  if (typeof file === 'number') return notStarted(errpipe, -file, '');
  const files: (number | null)[] = [stdin < 0 ? 0 : stdin, stdout < 0 ? 1 : stdout, stderr < 0 ? 2 : stderr];
  for (const fd of keep) {
    if (fd < 3 || fd === errpipe) continue;
    while (files.length < fd) files.push(null);
    files[fd] = fd;
  }
  const request: SpawnRequest = { file, args: argv, env, cwd, files, newSession: newSession > 0, uid, gid };
  const pid = host.spawn(request);
  return pid < 0 ? notStarted(errpipe, -pid, '') : PyLong_FromLong(pid);
}

defineModule({
  name: '_posixsubprocess',
  doc: 'A POSIX helper for the subprocess module.',
  functions: [fastcall('fork_exec', null, fork_exec, 'Start a program as a child process would after fork().')],
});
