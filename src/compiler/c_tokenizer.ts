// What does `_tokenize.TokenizerIter` yield? The tokenizer's raw tokens, as Lib/tokenize.py takes them.
//
// Invariant: types are token.py's numbers, columns count characters, and each token carries the physical line (or, for a string over
// several lines, the lines) that it is in. With `extraTokens`, comments and blank lines are tokens too, every operator has type OP, and brackets
// need not match.

import { PySyntaxError } from './syntax_error.js';
import type { TokenBuffer } from './token_buffer.js';
import { tokenize } from './tokenizer.js';
import * as T from './tokens.js';

export interface RawToken {
  type: number;
  string: string;
  lineno: number;
  col: number;
  endLineno: number;
  endCol: number;
  line: string;
}

const FILENAME = '<string>';

/** The physical lines of a source, with their line ends as they are. */
function physicalLines(source: string): string[] {
  const lines: string[] = [];
  let from = 0;
  while (from < source.length) {
    const newline = source.indexOf('\n', from);
    const to = newline < 0 ? source.length : newline + 1;
    lines.push(source.slice(from, to));
    from = to;
  }
  return lines;
}

function charCount(text: string): number {
  return Array.from(text).length;
}

/**
 * Yields the tokens of `source` (the lines that readline() gives, joined). Throws PySyntaxError where tokenization fails,
 * after the tokens before that place.
 */
export function* rawTokens(source: string, extraTokens: boolean): Generator<RawToken, void, undefined> {
  if (source.includes('\0')) {
    const before = source.slice(0, source.indexOf('\0'));
    const lineno = before.split('\n').length;
    const text = before.slice(before.lastIndexOf('\n') + 1);
    throw new PySyntaxError(
      'SyntaxError',
      'source code cannot contain null bytes',
      lineno,
      0,
      lineno,
      0,
      text,
      FILENAME,
    );
  }
  const lines = physicalLines(source);
  const implicitNewline = source !== '' && !source.endsWith('\n');
  const text = source.replaceAll('\r\n', '\n') + (implicitNewline ? '\n' : '');
  const buffer = tokenize(text, { filename: FILENAME, extraTokens });
  for (let i = 0; i < buffer.count; i++) {
    if (buffer.kind[i] === T.ERRORTOKEN) throw failure(buffer, lines);
    yield rawToken(buffer, i, lines, implicitNewline, extraTokens);
  }
}

function tokenType(kind: number, extraTokens: boolean): number {
  if (kind >= T.KW) return T.NAME;
  return extraTokens && kind > T.DEDENT && kind < T.OP ? T.OP : kind;
}

function rawToken(
  buffer: TokenBuffer,
  i: number,
  lines: string[],
  implicitNewline: boolean,
  extraTokens: boolean,
): RawToken {
  const kind = buffer.kind[i];
  const type = tokenType(kind, extraTokens);
  const lineno = buffer.line[i];
  const endLineno = buffer.eline[i];
  if (kind === T.ENDMARKER || (kind === T.DEDENT && i >= buffer.eofToken)) {
    // What the end of the text brings stands on a line of its own.
    const line = buffer.source === '' ? 1 : lines.length + 1;
    return { type, string: '', lineno: line, col: 0, endLineno: line, endCol: 0, line: '' };
  }
  const start = buffer.start[i];
  const end = buffer.end[i];
  if (buffer.col[i] < 0) {
    return { type, string: '', lineno, col: -1, endLineno, endCol: -1, line: lines[endLineno - 1] ?? '' };
  }
  const { source } = buffer;
  const col = charCount(source.slice(buffer.lineStarts[lineno - 1], start));
  if (kind === T.NEWLINE || kind === T.NL) {
    const line = lines[lineno - 1];
    const isImplicit = implicitNewline && lineno === lines.length;
    const string = isImplicit ? '' : line.endsWith('\r\n') ? '\r\n' : '\n';
    return { type, string, lineno, col, endLineno, endCol: col + Math.max(string.length, 1), line };
  }
  const endCol = charCount(source.slice(buffer.lineStarts[endLineno - 1], end));
  let string = source.slice(start, end);
  let line = lines[endLineno - 1];
  if (endLineno > lineno) {
    line = lines.slice(lineno - 1, endLineno).join('');
    // The text has been read with '\n' line ends; its own may be others.
    string = string
      .split('\n')
      .map((part, k, all) =>
        k < all.length - 1 ? part + (lines[lineno - 1 + k].endsWith('\r\n') ? '\r\n' : '\n') : part,
      )
      .join('');
  }
  return { type, string, lineno, col, endLineno, endCol, line };
}

/** The exception for the place where tokenization failed, in the words of `_tokenize`. */
function failure(buffer: TokenBuffer, lines: string[]): PySyntaxError {
  const { error } = buffer;
  if (error !== null) {
    if (lines[(error.lineno ?? 0) - 1]?.endsWith('\r\n')) error.text += '\r';
    return error;
  }
  const { stopLine } = buffer;
  const text = (lines[stopLine - 1] ?? '').replace(/\r?\n$/, '');
  const atEndOfLine = (kind: 'SyntaxError' | 'IndentationError' | 'TabError', msg: string) =>
    new PySyntaxError(kind, msg, stopLine, charCount(text) + 1, null, null, text, FILENAME);
  switch (buffer.stop) {
    case 'dedent':
      return atEndOfLine('IndentationError', 'unindent does not match any outer indentation level');
    case 'tab-space':
      return atEndOfLine('TabError', 'inconsistent use of tabs and spaces in indentation');
    case 'too-deep':
      return atEndOfLine('IndentationError', 'too many levels of indentation');
    case 'line-continuation':
      return atEndOfLine('SyntaxError', 'unexpected character after line continuation character');
    default: {
      // The offset is the number of bytes that CPython's tokenizer has in its buffer: what it needs to go on with a token or a continued line.
      const pending = buffer.source.slice(buffer.stopBufferStart, buffer.stopCur);
      const inToken = buffer.stop === 'eof-after-backslash' ? !/^\s*\\\n/.test(pending) : buffer.stopInFString;
      const offset = inToken ? new TextEncoder().encode(pending).length : 0;
      const msg = 'unexpected EOF in multi-line statement';
      return new PySyntaxError('SyntaxError', msg, stopLine, offset, stopLine, null, null, FILENAME);
    }
  }
}
