// What is `_posixsubprocess` without processes?  Invariant: starting one is refused with the OSError of a system call that is not there.

import { ENOSYS } from '../config/errno.js';
import { defineModule, method } from '../object/declare.js';
import { raiseErrno } from './os_error.js';

defineModule({
  name: '_posixsubprocess',
  doc: 'A POSIX helper for the subprocess module: this host starts no processes.',
  functions: [method('fork_exec', '!($module, *args)', () => raiseErrno(-ENOSYS), 'Spawn a fresh new child process.')],
});
