// Which number has which signal?  Invariant: the numbers are Linux's (x86, ARM) on every host, as those of the errors are.

const NAMES =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS';

/** 'SIGHUP' is at index 1. */
export const SIGNAL_NAMES: readonly string[] = ['', ...NAMES.split(' ').map((n) => `SIG${n}`)];

export const SIGINT = 2;
export const SIGABRT = 6;
export const SIGFPE = 8;
export const SIGSEGV = 11;
export const SIGKILL = 9;
export const SIGPIPE = 13;
export const SIGALRM = 14;
export const SIGTERM = 15;
export const SIGSTOP = 19;
export const SIGWINCH = 28;
