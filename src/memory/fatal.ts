// How does the runtime die?
//
// Invariant: Py_FatalError is the one way.  It runs no Python code and allocates nothing in the heap; the text it makes is complete
// (what was wrong, then the Python traceback if a higher floor has registered a dumper); the host prints it on standard error and
// ends the process with SIGABRT's status.  Nothing may catch a FatalError except the host: it is no Python exception.

/** The exit status of a process that dies by SIGABRT. */
export const FATAL_STATUS = 134;

/** Thrown by Py_FatalError through whatever is on the stack; `text` is what belongs on standard error. */
export class FatalError extends Error {
  readonly text: string;
  readonly status = FATAL_STATUS;
  constructor(text: string) {
    super(text);
    this.name = 'FatalError';
    this.text = text;
  }
}

let dumpTraceback: () => string = () => '';
let onFatal: (error: FatalError) => void = () => {};
let dying = false;

/** A higher floor says how the Python traceback is shown; it must be able to do so whatever state the heap is in. */
export function setFatalDumper(dumper: () => string): void {
  dumpTraceback = dumper;
}

/** The host says what is done before the stack is unwound: it may print the text and end the process at once. */
export function setFatalHandler(handler: (error: FatalError) => void): void {
  onFatal = handler;
}

/**
 * Ends the runtime.  `details` is printed before the line that begins with `Fatal Python error:`, as CPython does with the dump of
 * a memory block or of an object; `about` (whole lines) before the traceback, as the exception that was wrong.
 */
export function Py_FatalError(message: string, details = '', about = ''): never {
  let traceback = '';
  // A fault while the traceback is being written must not hide the first one.
  if (!dying) {
    dying = true;
    try {
      traceback = dumpTraceback();
    } catch {
      traceback = '<the traceback cannot be shown>\n';
    }
    dying = false;
  }
  const error = new FatalError(
    `${details}Fatal Python error: ${message}\nPython runtime state: initialized\n${about}\n${traceback}`,
  );
  onFatal(error);
  throw error;
}
