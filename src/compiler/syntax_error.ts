// How does the compiler say that a source is wrong? With a PySyntaxError, which the caller at the boundary turns into a Python exception.
//
// Invariant: the fields are those of Python's SyntaxError: lines from 1, offsets from 1 and in characters (code points), 0 or -1
// where CPython gives 0 or -1; `text` is the source line, or null if it is not known. For the kinds that are not syntax errors (MemoryError,
// RecursionError, ValueError, …) only `msg` counts.

export type CompileErrorKind =
  | 'SyntaxError'
  | 'IndentationError'
  | 'TabError'
  | '_IncompleteInputError'
  | 'MemoryError'
  | 'RecursionError'
  | 'ValueError'
  | 'TypeError'
  | 'OverflowError'
  | 'UnicodeDecodeError'
  | 'UnicodeEncodeError'
  | 'SystemError';

export class PySyntaxError extends Error {
  readonly kind: CompileErrorKind;
  readonly msg: string;
  lineno: number | null;
  offset: number | null;
  end_lineno: number | null;
  end_offset: number | null;
  text: string | null;
  filename: string | null;
  /** What was parsed, if the parser found the error. */
  source: string | null = null;
  /** Is the place no argument of the exception, but told to it afterwards? (the errors of the symbol table) */
  placedLater = false;

  constructor(
    kind: CompileErrorKind,
    msg: string,
    lineno: number | null = null,
    offset: number | null = null,
    end_lineno: number | null = null,
    end_offset: number | null = null,
    text: string | null = null,
    filename: string | null = null,
  ) {
    super(msg);
    this.name = kind;
    this.kind = kind;
    this.msg = msg;
    this.lineno = lineno;
    this.offset = offset;
    this.end_lineno = end_lineno;
    this.end_offset = end_offset;
    this.text = text;
    this.filename = filename;
  }
}

/** The kinds of warning that the compiler gives. */
export type WarningCategory = 'SyntaxWarning' | 'DeprecationWarning';

/**
 * Called for each warning. It returns true if the warning is to be an error (the filter said 'error'): the compiler then
 * raises a SyntaxError with the same message at the same place. It may also throw, which ends the compilation.
 */
export type WarnCallback = (
  category: WarningCategory,
  msg: string,
  lineno: number,
  offset: number,
  end_lineno: number,
  end_offset: number,
) => boolean;
