// What is in `posix`, which os.py makes `os`?  Invariant: only what the host can do is there, and `_have_functions` names what os.py may claim;
// the numbers of all constants are Linux's.

import { defineModule } from '../object/declare.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyModule_Add, PyModule_AddObjectRef } from '../object/module_storage.js';
import type { Obj } from '../object/ptr.js';
import { PyExc_OSError } from '../object/statics.js';
import { fdFunctions, terminal_size } from './posix_fd.js';
import { fileFunctions } from './posix_files.js';
import { environDict, processFunctions, sysconfNames, times_result, uname_result } from './posix_process.js';
import { DirEntry_Type, scandirFunctions } from './posix_scandir.js';
import { stat_result, statFunctions, statvfs_result } from './posix_stat.js';
import { waitFunctions } from './posix_wait.js';
import { listOfStr } from './values.js';

const CONSTANTS =
  'F_OK 0 R_OK 4 W_OK 2 X_OK 1 ' +
  'O_RDONLY 0 O_WRONLY 1 O_RDWR 2 O_ACCMODE 3 O_CREAT 64 O_EXCL 128 O_NOCTTY 256 O_TRUNC 512 O_APPEND 1024 O_NONBLOCK 2048 O_NDELAY 2048 ' +
  'O_DSYNC 4096 O_ASYNC 8192 O_DIRECT 16384 O_LARGEFILE 0 O_DIRECTORY 65536 O_NOFOLLOW 131072 O_NOATIME 262144 O_CLOEXEC 524288 ' +
  'O_SYNC 1052672 O_RSYNC 1052672 O_FSYNC 1052672 O_PATH 2097152 O_TMPFILE 4259840 ' +
  'WNOHANG 1 WUNTRACED 2 WSTOPPED 2 WEXITED 4 WCONTINUED 8 WNOWAIT 16777216 ' +
  'EX_OK 0 EX_USAGE 64 EX_DATAERR 65 EX_NOINPUT 66 EX_NOUSER 67 EX_NOHOST 68 EX_UNAVAILABLE 69 EX_SOFTWARE 70 EX_OSERR 71 EX_OSFILE 72 ' +
  'EX_CANTCREAT 73 EX_IOERR 74 EX_TEMPFAIL 75 EX_PROTOCOL 76 EX_NOPERM 77 EX_CONFIG 78 ' +
  'SEEK_DATA 3 SEEK_HOLE 4 NGROUPS_MAX 65536 TMP_MAX 238328 GRND_NONBLOCK 1 GRND_RANDOM 2 ' +
  'ST_RDONLY 1 ST_NOSUID 2 ST_NODEV 4 ST_NOEXEC 8 ST_SYNCHRONOUS 16 ST_MANDLOCK 64 ST_WRITE 128 ST_APPEND 256 ST_NOATIME 1024 ' +
  'ST_NODIRATIME 2048 ST_RELATIME 4096 PRIO_PROCESS 0 PRIO_PGRP 1 PRIO_USER 2';

/** What the host has of what os.py asks for (os._add). */
const HAVE = [
  'HAVE_FCHDIR',
  'HAVE_FCHMOD',
  'HAVE_FCHOWN',
  'HAVE_FDOPENDIR',
  'HAVE_FTRUNCATE',
  'HAVE_FUTIMENS',
  'HAVE_FUTIMES',
  'HAVE_LCHOWN',
  'HAVE_LSTAT',
  'HAVE_LUTIMES',
];

/** Adds "NAME number …" to a module: 0, or -1. */
export function addConstants(m: Obj, table: string): number {
  const words = table.split(' ');
  for (let i = 0; i < words.length; i += 2) {
    if (PyModule_Add(m, words[i], PyLong_FromLong(Number(words[i + 1]))) < 0) return -1;
  }
  return 0;
}

function posix_exec(m: Obj): number {
  if (addConstants(m, CONSTANTS) < 0) return -1;
  if (PyModule_Add(m, 'environ', environDict()) < 0) return -1;
  if (PyModule_Add(m, 'sysconf_names', sysconfNames()) < 0) return -1;
  if (PyModule_Add(m, '_have_functions', listOfStr(HAVE)) < 0) return -1;
  return PyModule_AddObjectRef(m, 'error', PyExc_OSError);
}

defineModule({
  name: 'posix',
  doc: 'This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).  Refer to the library manual and\ncorresponding Unix manual entries for more information on calls.',
  functions: [
    ...statFunctions,
    ...fileFunctions,
    ...scandirFunctions,
    ...fdFunctions,
    ...processFunctions,
    ...waitFunctions,
  ],
  types: [stat_result, statvfs_result, terminal_size, uname_result, times_result, DirEntry_Type],
  exec: posix_exec,
});
