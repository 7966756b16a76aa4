// What do the bits of st_mode say?  Invariant: the numbers are Linux's, as those of the host's answers are.

import { defineModule, type MethodDef, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyLong_AsUnsignedLong, PyLong_FromLong } from '../object/long.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_OverflowError } from '../object/statics.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { addConstants } from './posix.js';

const S_IFMT = 0o170000;

const TYPES = [
  ['S_ISDIR', 0o040000, 'd'],
  ['S_ISCHR', 0o020000, 'c'],
  ['S_ISBLK', 0o060000, 'b'],
  ['S_ISREG', 0o100000, '-'],
  ['S_ISFIFO', 0o010000, 'p'],
  ['S_ISLNK', 0o120000, 'l'],
  ['S_ISSOCK', 0o140000, 's'],
] as const;

const CONSTANTS =
  'S_IFDIR 16384 S_IFCHR 8192 S_IFBLK 24576 S_IFREG 32768 S_IFIFO 4096 S_IFLNK 40960 S_IFSOCK 49152 S_IFDOOR 0 S_IFPORT 0 S_IFWHT 0 ' +
  'S_ISUID 2048 S_ISGID 1024 S_ISVTX 512 S_ENFMT 1024 S_IREAD 256 S_IWRITE 128 S_IEXEC 64 ' +
  'S_IRWXU 448 S_IRUSR 256 S_IWUSR 128 S_IXUSR 64 S_IRWXG 56 S_IRGRP 32 S_IWGRP 16 S_IXGRP 8 S_IRWXO 7 S_IROTH 4 S_IWOTH 2 S_IXOTH 1 ' +
  'UF_SETTABLE 65535 UF_NODUMP 1 UF_IMMUTABLE 2 UF_APPEND 4 UF_OPAQUE 8 UF_NOUNLINK 16 UF_COMPRESSED 32 UF_TRACKED 64 UF_DATAVAULT 128 UF_HIDDEN 32768 ' +
  'SF_SETTABLE 4294901760 SF_ARCHIVED 65536 SF_IMMUTABLE 131072 SF_APPEND 262144 SF_NOUNLINK 1048576 SF_SNAPSHOT 2097152 SF_FIRMLINK 8388608 ' +
  'SF_RESTRICTED 524288 SF_DATALESS 1073741824 ' +
  'ST_MODE 0 ST_INO 1 ST_DEV 2 ST_NLINK 3 ST_UID 4 ST_GID 5 ST_SIZE 6 ST_ATIME 7 ST_MTIME 8 ST_CTIME 9';

/** The mode that an int is: NaN with an exception. */
function modeOf(o: Obj): number {
  const n = PyLong_AsUnsignedLong(o);
  if (n === -1 && PyErr_Occurred() !== 0) return Number.NaN;
  if (n > 0xffff) {
    PyErr_SetString(PyExc_OverflowError, 'mode out of range');
    return Number.NaN;
  }
  return n;
}

function withMode(answer: (mode: number) => Obj): (m: Obj, o: Obj) => Obj {
  return (_m, o) => {
    const mode = modeOf(o);
    return Number.isNaN(mode) ? NULL : answer(mode);
  };
}

function permissions(mode: number): string {
  const bit = (mask: number, c: string) => (mode & mask ? c : '-');
  const special = (x: number, s: number, both: string, only: string) =>
    mode & s ? (mode & x ? both : only) : mode & x ? 'x' : '-';
  return (
    bit(0o400, 'r') +
    bit(0o200, 'w') +
    special(0o100, 0o4000, 's', 'S') +
    bit(0o040, 'r') +
    bit(0o020, 'w') +
    special(0o010, 0o2000, 's', 'S') +
    bit(0o004, 'r') +
    bit(0o002, 'w') +
    special(0o001, 0o1000, 't', 'T')
  );
}

function filemode(mode: number): Obj {
  const type = TYPES.find(([, bits]) => (mode & S_IFMT) === bits);
  return PyUnicode_FromString((type?.[2] ?? '?') + permissions(mode));
}

const functions: MethodDef[] = TYPES.map(([name, bits]) =>
  method(
    name,
    '!($module, mode, /)',
    withMode((mode) => PyBool_FromLong((mode & S_IFMT) === bits ? 1 : 0)),
  ),
);
for (const name of ['S_ISDOOR', 'S_ISPORT', 'S_ISWHT'])
  functions.push(
    method(
      name,
      '!($module, mode, /)',
      withMode(() => PyBool_FromLong(0)),
    ),
  );
functions.push(
  method(
    'S_IMODE',
    '!($module, mode, /)',
    withMode((mode) => PyLong_FromLong(mode & 0o7777)),
    "Return the portion of the file's mode that can be set by os.chmod().",
  ),
  method(
    'S_IFMT',
    '!($module, mode, /)',
    withMode((mode) => PyLong_FromLong(mode & S_IFMT)),
    "Return the portion of the file's mode that describes the file type.",
  ),
  method(
    'filemode',
    '!($module, mode, /)',
    withMode(filemode),
    "Convert a file's mode to a string of the form '-rwxrwxrwx'",
  ),
);

defineModule({
  name: '_stat',
  doc: 'S_IFMT_: file type bits\nS_IFDIR: directory\n',
  functions,
  exec: (m) => addConstants(m, CONSTANTS),
});
