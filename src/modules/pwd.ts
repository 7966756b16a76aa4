// What are `pwd` and `grp`?  Invariant: they read /etc/passwd and /etc/group through the host each time they are asked.

import { host } from '../config/host_interface.js';
import { defineModule, method } from '../object/declare.js';
import { PyErr_SetString, reprText, typeName } from '../object/errors.js';
import { decref } from '../object/header.js';
import { asBigInt } from '../object/long.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyNumber_Index } from '../object/number.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_KeyError, PyExc_TypeError } from '../object/statics.js';
import { structInstance, structType } from '../types/structseq.js';
import { fromHostText, hostText } from './paths.js';
import { listOf } from './values.js';

const struct_passwd = structType(
  'pwd.struct_passwd',
  `pwd.struct_passwd: Results from getpw*() routines.

This object may be accessed either as a tuple of
  (pw_name,pw_passwd,pw_uid,pw_gid,pw_gecos,pw_dir,pw_shell)
or via the object attributes as named in the above tuple.`,
  [
    ['pw_name', 'user name'],
    ['pw_passwd', 'password'],
    ['pw_uid', 'user id'],
    ['pw_gid', 'group id'],
    ['pw_gecos', 'real name'],
    ['pw_dir', 'home directory'],
    ['pw_shell', 'shell program'],
  ],
);

const struct_group = structType(
  'grp.struct_group',
  `grp.struct_group: Results from getgr*() routines.

This object may be accessed either as a tuple of
  (gr_name,gr_passwd,gr_gid,gr_mem)
or via the object attributes as named in the above tuple.`,
  [
    ['gr_name', 'group name'],
    ['gr_passwd', 'password'],
    ['gr_gid', 'group id'],
    ['gr_mem', 'group members'],
  ],
);

/** The lines of a file of colon-separated fields. */
function entries(path: string, fields: number): string[][] {
  const bytes = host.readFile(path);
  if (typeof bytes === 'number') return [];
  return new TextDecoder()
    .decode(bytes)
    .split('\n')
    .map((line) => line.split(':'))
    .filter((entry) => entry.length >= fields);
}

const users = () => entries('/etc/passwd', 7);
const groups = () => entries('/etc/group', 4);

function passwd(e: string[]): Obj {
  const text = fromHostText;
  return structInstance(struct_passwd, [
    text(e[0]),
    text(e[1]),
    PyLong_FromLong(Number(e[2])),
    PyLong_FromLong(Number(e[3])),
    text(e[4]),
    text(e[5]),
    text(e[6]),
  ]);
}

function group(e: string[]): Obj {
  const members = e[3] === '' ? [] : e[3].split(',');
  return structInstance(struct_group, [
    fromHostText(e[0]),
    fromHostText(e[1]),
    PyLong_FromLong(Number(e[2])),
    listOf(members.map(fromHostText)),
  ]);
}

/** An id argument: null with TypeError; what does not fit is no one's. */
function idOf(o: Obj, kind: string): bigint | null {
  const n = PyNumber_Index(o);
  if (n === 0) {
    PyErr_SetString(PyExc_TypeError, `${kind} should be integer, not ${typeName(o)}`);
    return null;
  }
  const big = asBigInt(n);
  decref(n);
  return big;
}

function byId(all: () => string[][], make: (e: string[]) => Obj, what: string): (m: Obj, o: Obj) => Obj {
  return (_m, o) => {
    const kind = what === 'getpwuid' ? 'uid' : 'gid';
    const id = idOf(o, kind);
    if (id === null) return NULL;
    if (id < -1n || id > 0xffffffffn) return PyErr_SetString(PyExc_KeyError, `${what}(): ${kind} not found`);
    const entry = all().find((e) => BigInt(e[2] || '-1') === id);
    return entry === undefined ? PyErr_SetString(PyExc_KeyError, `${what}(): ${kind} not found: ${id}`) : make(entry);
  };
}

function byName(all: () => string[][], make: (e: string[]) => Obj, what: string): (m: Obj, o: Obj) => Obj {
  return (_m, o) => {
    const name = hostText(o);
    if (name === null) return NULL;
    const entry = all().find((e) => e[0] === name);
    return entry === undefined
      ? PyErr_SetString(PyExc_KeyError, `${what}(): name not found: ${reprText(o)}`)
      : make(entry);
  };
}

defineModule({
  name: 'pwd',
  doc: 'This module provides access to the Unix password database.',
  functions: [
    method(
      'getpwuid',
      '($module, uidobj, /)',
      byId(users, passwd, 'getpwuid'),
      'Return the password database entry for the given numeric user ID.',
    ),
    method(
      'getpwnam',
      '($module, name: str, /)',
      byName(users, passwd, 'getpwnam'),
      'Return the password database entry for the given user name.',
    ),
    method(
      'getpwall',
      '($module, /)',
      () => listOf(users().map(passwd)),
      'Return a list of all available password database entries, in arbitrary order.',
    ),
  ],
  types: [struct_passwd],
});

defineModule({
  name: 'grp',
  doc: 'Access to the Unix group database.',
  functions: [
    method(
      'getgrgid',
      '($module, /, id)',
      byId(groups, group, 'getgrgid'),
      'Return the group database entry for the given numeric group ID.',
    ),
    method(
      'getgrnam',
      '($module, /, name: str)',
      byName(groups, group, 'getgrnam'),
      'Return the group database entry for the given group name.',
    ),
    method(
      'getgrall',
      '($module, /)',
      () => listOf(groups().map(group)),
      'Return a list of all available group entries, in arbitrary order.',
    ),
  ],
  types: [struct_group],
});
