// What do all parts of the parser share? The tokens, the place in them, and how to complain.
//
// Invariant: `pos` is the index of the next token; tokens before it have been consumed. The parser is deterministic: it never
// goes back except where a comment says so. A failure that has no message of its own is PARSE_FAILED; parser_errors.ts then finds out what
// is wrong, as CPython's second pass does.

import type { Arguments, ConstValue } from './ast.js';
import { type CompileErrorKind, PySyntaxError, type WarnCallback, type WarningCategory } from './syntax_error.js';
import type { TokenBuffer } from './token_buffer.js';
import * as T from './tokens.js';

/** Thrown once, to leave the parser, when the tokens are not in the language. */
export const PARSE_FAILED: unique symbol = Symbol('parse failed');

/** CPython gives up on more nested rules than this. */
const MAX_DEPTH = 6000;

export const CONST_NONE: ConstValue = { t: 'none' };
export const CONST_TRUE: ConstValue = { t: 'true' };
export const CONST_FALSE: ConstValue = { t: 'false' };
export const CONST_ELLIPSIS: ConstValue = { t: 'ellipsis' };

/** What CPython's parser raises for a source that is nested too deeply for it. */
export function tooComplex(): PySyntaxError {
  return new PySyntaxError('MemoryError', 'Parser stack overflowed - Python source too complex to parse');
}

export interface ParserOptions {
  filename: string;
  /** The minor version of Python whose grammar is wanted (PyCF's feature_version). */
  featureVersion: number;
  /** from __future__ import barry_as_FLUFL is in effect. */
  barryAsFlufl: boolean;
  /** The most digits that a decimal integer literal may have; 0 is no limit. */
  maxStrDigits: number;
  warn: WarnCallback | null;
}

export class Parser {
  readonly tokens: TokenBuffer;
  readonly source: string;
  readonly names: string[];
  readonly kind: Uint8Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly line: Int32Array;
  readonly col: Int32Array;
  readonly eline: Int32Array;
  readonly ecol: Int32Array;
  readonly aux: Int32Array;
  readonly filename: string;
  readonly featureVersion: number;
  readonly maxStrDigits: number;
  barryAsFlufl: boolean;
  pos = 0;
  depth = 0;
  /** Warnings are given once, by the parser itself; the diagnosis reads the same tokens again. */
  quiet = false;
  private readonly warnCallback: WarnCallback | null;

  constructor(tokens: TokenBuffer, options: ParserOptions) {
    this.tokens = tokens;
    this.source = tokens.source;
    this.names = tokens.names;
    this.kind = tokens.kind;
    this.start = tokens.start;
    this.end = tokens.end;
    this.line = tokens.line;
    this.col = tokens.col;
    this.eline = tokens.eline;
    this.ecol = tokens.ecol;
    this.aux = tokens.aux;
    this.filename = options.filename;
    this.featureVersion = options.featureVersion;
    this.maxStrDigits = options.maxStrDigits;
    this.barryAsFlufl = options.barryAsFlufl;
    this.warnCallback = options.warn;
  }

  /** Consumes a token of this kind, or fails. */
  expect(kind: number): void {
    if (this.kind[this.pos] !== kind) throw PARSE_FAILED;
    this.pos++;
  }

  /** Consumes a token of this kind if it is next. */
  accept(kind: number): boolean {
    if (this.kind[this.pos] !== kind) return false;
    this.pos++;
    return true;
  }

  /** Consumes a NAME and returns it. */
  name(): string {
    const { pos } = this;
    if (this.kind[pos] !== T.NAME) throw PARSE_FAILED;
    this.pos = pos + 1;
    return this.names[this.aux[pos]];
  }

  /** Is the next token the soft keyword (or name) with this index? */
  isName(index: number): boolean {
    return this.kind[this.pos] === T.NAME && this.aux[this.pos] === index;
  }

  fail(): never {
    throw PARSE_FAILED;
  }

  /** The last consumed token that is part of the text proper: where a compound statement ends. */
  lastToken(): number {
    let i = this.pos - 1;
    while (i > 0 && this.kind[i] >= T.NEWLINE && this.kind[i] <= T.DEDENT) i--;
    return i;
  }

  enter(): void {
    if (++this.depth > MAX_DEPTH) {
      throw tooComplex();
    }
  }

  leave(): void {
    this.depth--;
  }

  /** Fails unless the wanted grammar is at least that of Python 3.`minor`. */
  requireVersion(minor: number, what: string): void {
    if (this.featureVersion < minor) {
      this.raiseOnToken(this.pos, `${what} only supported in Python 3.${minor} and greater`);
    }
  }

  // ---- Errors ----

  /** A column in bytes of a line, as a 1-based offset in characters. */
  charOffset(lineno: number, col: number): number {
    return charOffsetIn(this.tokens.lineText(lineno), col);
  }

  /** The line that a SyntaxError shows; `tokenizerLine` is the line that the tokenizer is at. */
  errorText(lineno: number, tokenizerLine: number): string {
    const text = this.tokens.lineText(lineno);
    if (tokenizerLine > lineno) return text;
    const from = this.tokens.lineStarts[lineno - 1];
    return from !== undefined && this.source.charCodeAt(from + text.length) === 10 ? `${text}\n` : text;
  }

  /** An exception with its place given in lines and byte columns. */
  makeError(
    msg: string,
    line: number,
    col: number,
    eline: number,
    ecol: number,
    kind: CompileErrorKind = 'SyntaxError',
    tokenizerLine: number = this.eline[Math.min(this.pos, this.tokens.count - 1)],
  ): PySyntaxError {
    // Both columns are counted in the first line, even if the end is in another: so does CPython.
    const text = this.errorText(line, tokenizerLine);
    const offset = charOffsetIn(text, col);
    const endOffset = charOffsetIn(text, ecol);
    return new PySyntaxError(kind, msg, line, offset, eline, endOffset, text, this.filename);
  }

  /** Raises over the tokens first … last. */
  raiseRange(first: number, last: number, msg: string): never {
    throw this.makeError(msg, this.line[first], this.col[first], this.eline[last], this.ecol[last]);
  }

  /** An exception at a token. */
  errorOnToken(index: number, msg: string, kind: CompileErrorKind = 'SyntaxError'): PySyntaxError {
    const i = Math.min(index, this.tokens.count - 1);
    const { line, col, eline, ecol } = this;
    if (col[i] >= 0) return this.makeError(msg, line[i], col[i], eline[i], ecol[i], kind);
    // The tokenizer gives no position for this token: it is where the tokenizer stands.
    const before = this.source.slice(this.tokens.lineStarts[line[i] - 1], this.tokens.cursorAfter(i));
    const text = this.errorText(line[i], eline[i]);
    return new PySyntaxError(kind, msg, line[i], Array.from(before).length, eline[i], -1, text, this.filename);
  }

  raiseOnToken(index: number, msg: string): never {
    throw this.errorOnToken(index, msg);
  }

  /** Gives a warning; if it is to be an error, it is raised over token `token` with `errorMsg`. */
  warn(category: WarningCategory, msg: string, lineno: number, token: number, errorMsg: string): void {
    if (this.warnCallback === null || this.quiet) return;
    const offset = this.charOffset(this.line[token], this.col[token]);
    const endOffset = this.charOffset(this.eline[token], this.ecol[token]);
    if (this.warnCallback(category, msg, lineno, offset, this.eline[token], endOffset)) {
      this.raiseRange(token, token, errorMsg);
    }
  }

  /** As `warn`, at a place given in lines and byte columns. */
  warnAt(
    category: WarningCategory,
    msg: string,
    line: number,
    col: number,
    eline: number,
    ecol: number,
    errorMsg: string,
  ): void {
    if (this.warnCallback === null || this.quiet) return;
    if (this.warnCallback(category, msg, line, this.charOffset(line, col), eline, this.charOffset(eline, ecol)))
      throw this.makeError(errorMsg, line, col, eline, ecol);
  }
}

/** A column in bytes of the line `text`, as a 1-based offset in characters, at most one past its end; columns below 0 come out below 1. */
function charOffsetIn(text: string, col: number): number {
  if (col <= 0) return col + 1;
  let bytes = 0;
  let chars = 0;
  for (const ch of text) {
    if (bytes >= col) return chars + 1;
    const c = ch.codePointAt(0) as number;
    bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    chars++;
  }
  return chars + 1;
}

/** The parameters of a function that has none. */
export function emptyArguments(): Arguments {
  return {
    kind: 'arguments',
    posonlyargs: [],
    args: [],
    vararg: null,
    kwonlyargs: [],
    kw_defaults: [],
    kwarg: null,
    defaults: [],
  };
}
