// What is wrong with a text that the parser has refused?
//
// CPython parses such a text a second time, with rules that describe mistakes; then it reads on to the end of the text, because an error
// that the tokenizer finds (an unclosed bracket, say) often explains more. The same is done here.
//
// Invariant: an exception is always returned; where the rules find nothing, it is "invalid syntax" at the furthest token that the first
// reading looked at.

import { Diagnosis, TOKEN_FAILED } from './diagnose_state.js';
import { evalInput, file, funcType, interactive } from './diagnose_stmt.js';
import type { ParseMode } from './parser.js';
import type { Parser } from './parser_state.js';
import { PySyntaxError } from './syntax_error.js';
import * as T from './tokens.js';

export interface DiagnoseOptions {
  /** PyCF_ALLOW_INCOMPLETE_INPUT: a text that merely ends too early is reported as such. */
  allowIncomplete: boolean;
  /** What the parser has found itself, if it has a message. */
  firstError: PySyntaxError | null;
}

/** The exception for a text that `p` has refused. `p.pos` is the token that it did not expect. */
export function diagnose(p: Parser, mode: ParseMode, options: DiagnoseOptions): PySyntaxError {
  const { firstError } = options;
  const d = new Diagnosis(p);
  const expected = Math.min(p.pos, p.tokens.count - 1);
  let error = firstError;
  if (error !== null || p.kind[expected] === T.ERRORTOKEN) d.far = expected;
  else error = run(d, mode);
  p.pos = Math.max(d.far, 0);
  const ended = p.kind[d.far] === T.ERRORTOKEN ? p.tokens.stopAtEof : p.tokens.eofToken <= d.far;
  if (options.allowIncomplete && ended) return incomplete(p, d.far);
  if (error !== null) return isSyntaxError(error) ? readOn(p, d.far, error) : error;
  if (p.kind[d.far] === T.ERRORTOKEN) return tokenizerError(p);

  const last = d.far;
  d.restart();
  error = run(d, mode);
  if (error !== null) return isSyntaxError(error) ? readOn(p, d.far, error) : error;
  if (p.kind[d.far] === T.ERRORTOKEN) return tokenizerError(p);
  p.pos = d.far;
  if (p.kind[last] === T.INDENT) return p.errorOnToken(d.far, 'unexpected indent', 'IndentationError');
  if (p.kind[last] === T.DEDENT) return p.errorOnToken(d.far, 'unexpected unindent', 'IndentationError');
  const { line, col, eline, ecol } = p;
  const generic = p.makeError(
    'invalid syntax',
    line[last],
    col[last],
    eline[last],
    ecol[last],
    'SyntaxError',
    p.eline[d.far],
  );
  return readOn(p, d.far, generic);
}

/** Reads the tokens by the rules for `mode`: the exception that came of it, or null. */
function run(d: Diagnosis, mode: ParseMode): PySyntaxError | null {
  try {
    switch (mode) {
      case 'exec':
        file(d);
        break;
      case 'single':
        interactive(d);
        break;
      case 'eval':
        evalInput(d);
        break;
      case 'func_type':
        funcType(d);
        break;
    }
  } catch (thrown) {
    if (thrown instanceof PySyntaxError) return thrown;
    // If the host's stack is too small for so many rules within one another, what has been found so far must do.
    if (thrown !== TOKEN_FAILED && !(thrown instanceof RangeError)) throw thrown;
  }
  return null;
}

function isSyntaxError(error: PySyntaxError): boolean {
  return error.kind === 'SyntaxError' || error.kind === 'IndentationError' || error.kind === 'TabError';
}

function incomplete(p: Parser, far: number): PySyntaxError {
  const error = p.errorOnToken(far, 'incomplete input', '_IncompleteInputError');
  // A string without an end takes in all the rest of the text.
  if (p.tokens.stop === 'error' && p.kind[far] === T.ERRORTOKEN) {
    error.text = p.source.slice(p.tokens.lineStarts[p.line[far] - 1]);
  }
  return error;
}

function charsBetween(p: Parser, from: number, to: number): number {
  return Array.from(p.source.slice(from, to)).length;
}

/** '(' was never closed */
function neverClosed(p: Parser): PySyntaxError {
  const { openBrackets, stopLine } = p.tokens;
  const { ch, line, col } = openBrackets[openBrackets.length - 1];
  return p.makeError(`'${ch}' was never closed`, line, col, line, -1, 'SyntaxError', stopLine);
}

/** The exception for the token at which tokenization failed. */
function tokenizerError(p: Parser): PySyntaxError {
  const { tokens, filename } = p;
  const { stopLine, stopLineStart, stopBufferStart, stopCur } = tokens;
  const here = (kind: 'SyntaxError' | 'IndentationError', msg: string) =>
    new PySyntaxError(
      kind,
      msg,
      stopLine,
      charsBetween(p, stopLineStart, stopCur),
      stopLine,
      -1,
      p.errorText(stopLine, stopLine),
      filename,
    );
  const lineStart = (kind: 'TabError' | 'IndentationError', msg: string) =>
    p.makeError(msg, stopLine, 0, stopLine, -1, kind, stopLine);
  switch (tokens.stop) {
    case 'eof-in-brackets':
      return neverClosed(p);
    case 'eof-after-backslash':
      if (tokens.openBrackets.length > 0) return neverClosed(p);
      return here('SyntaxError', 'unexpected EOF while parsing');
    case 'dedent':
      return here('IndentationError', 'unindent does not match any outer indentation level');
    case 'tab-space':
      return lineStart('TabError', 'inconsistent use of tabs and spaces in indentation');
    case 'too-deep':
      return lineStart('IndentationError', 'too many levels of indentation');
    case 'line-continuation':
      return new PySyntaxError(
        'SyntaxError',
        'unexpected character after line continuation character',
        stopLine,
        Math.min(charsBetween(p, stopBufferStart, stopCur), tokens.lineText(stopLine).length + 1),
        stopLine,
        0,
        p.errorText(stopLine, stopLine),
        filename,
      );
    default:
      return tokens.error ?? new PySyntaxError('SyntaxError', 'unknown parsing error');
  }
}

/** The tokenizer's own error, if it has one further on; else the given one. */
function readOn(p: Parser, far: number, error: PySyntaxError): PySyntaxError {
  const { tokens } = p;
  if (tokens.stop === 'ok' || far >= tokens.count - 1 || tokens.stopInFString) return error;
  if (tokens.stop === 'error') return tokens.error !== null && isSyntaxError(tokens.error) ? tokens.error : error;
  const { openBrackets } = tokens;
  const open = openBrackets[openBrackets.length - 1];
  return open !== undefined && p.line[far] > open.line ? neverClosed(p) : error;
}
