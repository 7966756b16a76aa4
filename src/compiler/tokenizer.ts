// How does source text become tokens? In one pass over the whole text, into a TokenBuffer.
//
// Invariant: the tokens, their positions, the errors and the order in which errors are found are those of CPython's lexer. The tokenizer is
// a stack of modes: the regular one, and one entry for each f-string or t-string being read (PEP 701, PEP 750), which alternates between
// its literal parts and the expressions in braces. Columns count UTF-8 bytes: `extra` is what the current line's non-ASCII characters have
// added so far.
//
// The source has '\n' line ends only and holds no NUL (source_text.ts sees to both).

import { PySyntaxError } from './syntax_error.js';
import { nameKind, type StopReason, TokenBuffer } from './token_buffer.js';
import * as T from './tokens.js';
import { firstInvalidIdentifierChar, formatCodePoint, isPrintable } from './unicode_id.js';

const MAX_LEVEL = 200;
const CONSTANT_NAMES: ReadonlySet<string> = new Set(['None', 'True', 'False']);
const MAX_INDENT = 100;
const MAX_FSTRING_LEVEL = 150;
const MAX_EXPR_NESTING = 3;

export interface TokenizeOptions {
  filename: string;
  /** compile()'s mode 'single': the end of the text ends the statement. */
  single?: boolean;
  /** PyCF_DONT_IMPLY_DEDENT: in 'single', the end of the text does not close blocks. */
  dontImplyDedent?: boolean;
  typeComments?: boolean;
  /** From this offset on, `<>` is one operator (PEP 401); without it, nowhere. */
  diamondFrom?: number;
  /** What the `tokenize` module wants: COMMENT and NL tokens, and brackets that need not match. */
  extraTokens?: boolean;
}

/** The state of one f-string or t-string that is being read. */
interface FStringMode {
  inExpression: boolean;
  prefix: 'f' | 't';
  raw: boolean;
  quote: number;
  quoteSize: number;
  start: number;
  line: number;
  lineStart: number;
  bracketDepth: number;
  exprStartDepth: number;
  inFormatSpec: boolean;
}

// Classes of ASCII characters.
const IDENT_START = 1;
const IDENT_PART = 2;
const DIGIT = 4;
const CLASS = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  const letter = (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95;
  const digit = c >= 48 && c <= 57;
  CLASS[c] = (letter ? IDENT_START : 0) | (letter || digit ? IDENT_PART : 0) | (digit ? DIGIT : 0);
}

const ONE_CHAR = new Uint8Array(128).fill(T.OP);
// Two characters: index c1 * 128 + c2.
const TWO_CHARS = new Uint8Array(128 * 128).fill(T.OP);
for (const [text, kind] of Object.entries(T.OPERATORS)) {
  if (text.length === 1) ONE_CHAR[text.charCodeAt(0)] = kind;
  else if (text.length === 2) TWO_CHARS[text.charCodeAt(0) * 128 + text.charCodeAt(1)] = kind;
}

const SPACE = 32;
const TAB = 9;
const FORM_FEED = 12;
const LF = 10;
const HASH = 35;
const BACKSLASH = 92;
const DQUOTE = 34;
const SQUOTE = 39;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const EOF = -1;
const NEVER = 0x7fffffff;

/** How many bytes of UTF-8 the UTF-16 unit `c` stands for, less one (a surrogate pair is 2 units and 4 bytes). */
function extraBytes(c: number): number {
  return c < 0x80 ? 0 : c < 0x800 ? 1 : c >= 0xd800 && c <= 0xdfff ? 1 : 2;
}

/** The length in code points of a stretch of the text. */
function codePointLength(source: string, from: number, to: number): number {
  let n = 0;
  for (let i = from; i < to; i++) {
    const c = source.charCodeAt(i);
    if (c < 0xdc00 || c > 0xdfff) n++;
  }
  return n;
}

/** Tokenizes the whole text. Never throws: an error is the last token (see TokenBuffer). */
export function tokenize(source: string, options: TokenizeOptions): TokenBuffer {
  return new Tokenizer(source, options).run();
}

class Tokenizer {
  private readonly src: string;
  private readonly out: TokenBuffer;
  private readonly filename: string;
  private readonly single: boolean;
  private readonly dontImplyDedent: boolean;
  private readonly typeComments: boolean;
  private readonly extraTokens: boolean;
  private readonly diamondFrom: number;

  private pos = 0;
  private line = 1;
  private lineStart = 0;
  /** Where the text begins that CPython's tokenizer has in its buffer: one place in an error message comes from it. */
  private bufferStart = 0;
  private extra = 0;
  /** Where a comment began that the next NEWLINE ends, or -1. */
  private commentStart = -1;
  private commentCol = 0;
  private atBol = true;
  private finished = false;
  private hitEof = false;

  private readonly indents: number[] = [0];
  private readonly altIndents: number[] = [0];

  // The open brackets.
  private level = 0;
  private readonly parens = new Uint8Array(MAX_LEVEL);
  private readonly parenLines = new Int32Array(MAX_LEVEL);
  private readonly parenCols = new Int32Array(MAX_LEVEL);

  private readonly modes: FStringMode[] = [];
  private mode: FStringMode | null = null;

  constructor(source: string, options: TokenizeOptions) {
    this.src = source;
    this.out = new TokenBuffer(source);
    this.filename = options.filename;
    this.single = options.single === true;
    this.dontImplyDedent = options.dontImplyDedent === true;
    this.typeComments = options.typeComments === true;
    this.extraTokens = options.extraTokens === true;
    this.diamondFrom = options.diamondFrom ?? NEVER;
  }

  run(): TokenBuffer {
    const { out } = this;
    while (!this.finished) {
      if (this.mode !== null && !this.mode.inExpression) this.fstringPart();
      else this.regular();
    }
    out.stopCur = this.pos;
    out.stopLine = this.line;
    out.stopLineStart = this.lineStart;
    out.stopBufferStart = this.bufferStart;
    out.stopInFString = this.mode !== null;
    for (let i = 0; i < this.level; i++) {
      out.openBrackets.push({
        ch: String.fromCharCode(this.parens[i] as number),
        line: this.parenLines[i] as number,
        col: this.parenCols[i] as number,
      });
    }
    return out;
  }

  /** The character at `pos`, or EOF; looking at the end is remembered. */
  private peek(pos: number): number {
    if (pos < this.src.length) return this.src.charCodeAt(pos);
    this.sawEof();
    return EOF;
  }

  private sawEof(): void {
    if (!this.hitEof) {
      this.hitEof = true;
      this.out.eofToken = this.out.count;
    }
  }

  /** Goes on to the line that begins at `next`, if there is one. `inToken`: in the middle of a token or of a continued line. */
  private newLine(next: number, inToken = true): void {
    if (next < this.src.length) {
      this.line++;
      this.lineStart = next;
      if (!inToken && (this.mode === null || !this.extraTokens)) this.bufferStart = next;
      this.extra = 0;
      this.out.lineStarts.push(next);
    }
  }

  private colOf(pos: number): number {
    return pos - this.lineStart + this.extra;
  }

  /** Emits a token that begins and ends on the current line, before which `extra` has been counted. */
  private emit(kind: number, start: number, end: number, aux = 0): void {
    const base = this.extra - this.lineStart;
    this.out.push(kind, this.level, start, end, this.line, start + base, this.line, end + base, aux);
  }

  // ---- Errors ----

  private stopWith(reason: StopReason): void {
    this.finished = true;
    this.out.stopAtEof = reason === 'eof-in-brackets' || reason === 'eof-after-backslash';
    this.out.stop = reason;
    this.out.push(T.ERRORTOKEN, this.level, this.pos, this.pos, this.line, -1, this.line, -1, 0);
  }

  /** A syntax error at the position `pos` (the offset is the number of characters up to there); `pos` becomes the tokenizer's. */
  private fail(msg: string, pos: number, kind: 'SyntaxError' | 'IndentationError' = 'SyntaxError'): void {
    this.pos = pos;
    const offset = codePointLength(this.src, this.lineStart, pos);
    this.failRange(msg, offset, offset, kind);
  }

  private failRange(
    msg: string,
    offset: number,
    endOffset: number,
    kind: 'SyntaxError' | 'IndentationError' = 'SyntaxError',
  ): void {
    const newline = this.src.indexOf('\n', this.lineStart);
    const text = this.src.slice(this.lineStart, newline < 0 ? this.src.length : newline);
    this.out.error = new PySyntaxError(kind, msg, this.line, offset, this.line, endOffset, text, this.filename);
    this.stopWith('error');
  }

  private warn(msg: string, category: 'SyntaxWarning' | 'DeprecationWarning' = 'SyntaxWarning'): void {
    const offset = codePointLength(this.src, this.lineStart, this.pos);
    this.out.warnings.push({
      token: this.out.count,
      category,
      msg,
      lineno: this.line,
      offset,
      endOffset: offset,
    });
  }

  // ---- Lines and indentation ----

  /** After a backslash at `pos - 1`: the position after the line end, or -1 (an error has been recorded). */
  private continuation(pos: number): number {
    const { src } = this;
    const c = this.peek(pos);
    if (c !== LF) {
      this.pos = c === EOF ? pos : pos + 1;
      this.stopWith('line-continuation');
      return -1;
    }
    if (this.peek(pos + 1) === EOF) {
      this.pos = src.length;
      this.stopWith('eof-after-backslash');
      return -1;
    }
    this.newLine(pos + 1);
    return pos + 1;
  }

  /** At the beginning of a line: emits INDENT and DEDENT tokens. Returns whether the line is blank, or null on an error. */
  private indentation(): boolean | null {
    const { src, indents, altIndents } = this;
    let pos = this.pos;
    let col = 0;
    let altCol = 0;
    let continuedCol = 0;
    this.atBol = false;
    let c: number;
    for (;;) {
      c = pos < src.length ? src.charCodeAt(pos) : EOF;
      if (c === SPACE) {
        col++;
        altCol++;
      } else if (c === TAB) {
        col = (Math.floor(col / 8) + 1) * 8;
        altCol++;
      } else if (c === FORM_FEED) {
        col = altCol = 0;
      } else if (c === BACKSLASH) {
        // A backslash cannot split the indentation: the first one decides what it is.
        if (continuedCol === 0) continuedCol = col;
        const next = this.continuation(pos + 1);
        if (next < 0) return null;
        pos = next;
        continue;
      } else {
        break;
      }
      pos++;
    }
    if (c === EOF) this.sawEof();
    this.pos = pos;
    if (c === HASH || c === LF) return true;
    if (this.level > 0) return false;
    if (continuedCol !== 0) col = altCol = continuedCol;
    const top = indents.length - 1;
    if (col === indents[top]) {
      if (altCol !== altIndents[top]) return this.indentError('tab-space');
    } else if (col > (indents[top] as number)) {
      if (top + 1 >= MAX_INDENT) return this.indentError('too-deep');
      if (altCol <= (altIndents[top] as number)) return this.indentError('tab-space');
      indents.push(col);
      altIndents.push(altCol);
      this.emitIndent(T.INDENT, pos);
    } else {
      while (indents.length > 1 && col < (indents[indents.length - 1] as number)) {
        indents.pop();
        altIndents.pop();
      }
      if (col !== indents[indents.length - 1]) return this.indentError('dedent');
      if (altCol !== altIndents[indents.length - 1]) return this.indentError('tab-space');
      for (let i = indents.length - 1; i < top; i++) this.emitIndent(T.DEDENT, pos);
    }
    return false;
  }

  private emitIndent(kind: number, pos: number): void {
    if (this.extraTokens) {
      const col = this.colOf(pos);
      if (kind === T.INDENT) this.out.push(kind, 0, this.lineStart, pos, this.line, 0, this.line, col, 0);
      else this.out.push(kind, 0, pos, pos, this.line, col, this.line, col, 0);
    } else {
      this.out.push(kind, 0, pos, pos, this.line, -1, this.line, -1, 0);
    }
  }

  /** The tokenizer reports these from the end of the line. */
  private indentError(reason: StopReason): null {
    const newline = this.src.indexOf('\n', this.pos);
    this.pos = newline < 0 ? this.src.length : newline + 1;
    this.stopWith(reason);
    return null;
  }

  /** The end of the text. */
  private endOfText(): void {
    const { out } = this;
    this.sawEof();
    if (this.src === '') this.line = 0;
    if (this.level > 0) {
      this.stopWith('eof-in-brackets');
      return;
    }
    this.finished = true;
    const push = (kind: number) => {
      if (this.extraTokens) {
        const col = this.colOf(this.pos);
        out.push(kind, 0, this.pos, this.pos, this.line, col, this.line, col, 0);
      } else {
        out.push(kind, 0, this.pos, this.pos, this.line, -1, this.line, -1, 0);
      }
    };
    if (this.single) {
      // The first end of text is a NEWLINE, and closes the blocks unless that was declined.
      let started = out.count > 0;
      while (started) {
        push(T.NEWLINE);
        started = false;
        if (this.indents.length > 1 && !this.dontImplyDedent) {
          for (let i = this.indents.length - 1; i > 0; i--) push(T.DEDENT);
          this.indents.length = 1;
          started = true;
        }
      }
    }
    push(T.ENDMARKER);
  }

  // ---- The regular mode ----

  private regular(): void {
    const { src, out } = this;
    const { length } = src;
    let blankLine = false;
    for (;;) {
      if (this.atBol) {
        const blank = this.indentation();
        if (blank === null) return;
        blankLine = blank;
      }
      let pos = this.pos;
      let c = pos < length ? src.charCodeAt(pos) : EOF;
      while (c === SPACE || c === TAB || c === FORM_FEED) {
        pos++;
        c = pos < length ? src.charCodeAt(pos) : EOF;
      }
      if (c === EOF) {
        this.pos = pos;
        this.endOfText();
        return;
      }

      if (c < 128 && ((CLASS[c] as number) & IDENT_START) !== 0) {
        // An identifier, a keyword, or the prefix of a string.
        const start = pos;
        let hash = c;
        pos++;
        c = pos < length ? src.charCodeAt(pos) : EOF;
        while (c >= 0 && c < 128 && ((CLASS[c] as number) & IDENT_PART) !== 0) {
          hash = (Math.imul(hash, 31) + c) | 0;
          pos++;
          c = pos < length ? src.charCodeAt(pos) : EOF;
        }
        if ((c === SQUOTE || c === DQUOTE) && pos - start <= 5) {
          const handled = this.prefixedString(start, pos, c);
          if (handled) {
            if (this.finished || (this.mode !== null && !this.mode.inExpression)) return;
            continue;
          }
        }
        if (c >= 128) {
          if (!this.unicodeName(start)) return;
          continue;
        }
        if (c === EOF) this.sawEof();
        const index = out.intern(start, pos, hash);
        this.pos = pos;
        const base = this.extra - this.lineStart;
        const { line } = this;
        out.push(nameKind(index), this.level, start, pos, line, start + base, line, pos + base, index);
        continue;
      }

      if (c === LF) {
        this.atBol = true;
        if (blankLine || this.level > 0) {
          if (this.extraTokens) this.emit(T.NL, pos, pos + 1);
          this.newLine(pos + 1, false);
          this.pos = pos + 1;
          // Inside brackets there is no indentation to look at.
          if (this.level > 0) this.atBol = false;
          blankLine = false;
          continue;
        }
        // A comment before it belongs to the NEWLINE token.
        this.emit(T.NEWLINE, pos, pos + 1);
        if (this.commentStart >= 0) {
          out.start[out.count - 1] = this.commentStart;
          out.col[out.count - 1] = this.commentCol;
          this.commentStart = -1;
        }
        this.pos = pos + 1;
        this.newLine(pos + 1, false);
        continue;
      }

      if (c === HASH) {
        // After a type comment, even a line of its own ends with a NEWLINE.
        if (this.comment(pos, blankLine)) blankLine = false;
        continue;
      }

      if (c === DQUOTE || c === SQUOTE) {
        if (!this.stringLiteral(pos, pos, c)) return;
        continue;
      }

      if (c < 128 && ((CLASS[c] as number) & DIGIT) !== 0) {
        if (!this.number(pos, c)) return;
        continue;
      }

      if (c === 46) {
        // '.'
        const c2 = this.peek(pos + 1);
        if (c2 >= 48 && c2 <= 57) {
          if (!this.fraction(pos, pos + 1)) return;
          continue;
        }
        if (c2 === 46 && this.peek(pos + 2) === 46) {
          this.emit(T.ELLIPSIS, pos, pos + 3);
          this.pos = pos + 3;
        } else {
          this.emit(T.DOT, pos, pos + 1);
          this.pos = pos + 1;
        }
        continue;
      }

      if (c === BACKSLASH) {
        const next = this.continuation(pos + 1);
        if (next < 0) return;
        this.pos = next;
        continue;
      }

      if (c >= 128) {
        if (!this.unicodeName(pos)) return;
        continue;
      }

      if (!this.operator(pos, c)) return;
      if (this.mode !== null && !this.mode.inExpression) return;
    }
  }

  /** An identifier with non-ASCII characters: checks and normalizes it. False on an error. */
  private unicodeName(start: number): boolean {
    const { src, out } = this;
    let end = start;
    let bytes = 0;
    for (; end < src.length; end++) {
      const c = src.charCodeAt(end);
      if (c < 128) {
        if (((CLASS[c] as number) & IDENT_PART) === 0) break;
      } else {
        bytes += extraBytes(c);
      }
    }
    if (end === src.length) this.sawEof();
    const text = src.slice(start, end);
    const bad = this.extraTokens ? -1 : firstInvalidIdentifierChar(text);
    if (bad >= 0) {
      const codePoint = text.codePointAt(bad) as number;
      const ch = String.fromCodePoint(codePoint);
      const printable = isPrintable(codePoint);
      this.fail(
        printable
          ? `invalid character '${ch}' (${formatCodePoint(codePoint)})`
          : `invalid non-printable character ${formatCodePoint(codePoint)}`,
        start + bad + ch.length,
      );
      return false;
    }
    const name = text.normalize('NFKC');
    if (CONSTANT_NAMES.has(name) && !this.extraTokens) {
      out.error = new PySyntaxError('ValueError', `identifier field can't represent '${name}' constant`);
      this.stopWith('error');
      return false;
    }
    const index = out.internString(name);
    const col = this.colOf(start);
    this.extra += bytes;
    const ecol = this.colOf(end);
    // A name that reads as a keyword only when it is normalized is none.
    out.push(T.NAME, this.level, start, end, this.line, col, this.line, ecol, index);
    this.pos = end;
    return true;
  }

  /** From the '#' on. Was it a type comment? */
  private comment(start: number, blankLine: boolean): boolean {
    const { src, out } = this;
    let end = src.indexOf('\n', start);
    if (end < 0) {
      end = src.length;
      this.sawEof();
    }
    let bytes = 0;
    for (let i = start; i < end; i++) bytes += extraBytes(src.charCodeAt(i));
    if (this.typeComments) {
      const m = /^#[ \t]*type:[ \t]*/.exec(src.slice(start, end));
      if (m !== null) {
        const at = start + m[0].length;
        const rest = src.slice(at, end);
        if (/^ignore(?![A-Za-z0-9\u0080-\uffff])/.test(rest)) {
          // A comment with a line to itself takes the line's end with it.
          const whole = blankLine && end < src.length;
          out.typeIgnores.push({ lineno: this.line, tag: rest.slice(6) + (whole ? '\n' : '') });
          this.extra += bytes;
          if (whole) {
            this.newLine(end + 1, false);
            this.pos = end + 1;
            this.atBol = true;
          } else {
            this.pos = end;
          }
          return false;
        }
        const col = this.colOf(at);
        this.extra += bytes;
        out.push(T.TYPE_COMMENT, this.level, at, end, this.line, col, this.line, this.colOf(end), 0);
        this.pos = end;
        return true;
      }
    }
    if (this.extraTokens) {
      const col = this.colOf(start);
      this.extra += bytes;
      out.push(T.COMMENT, this.level, start, end, this.line, col, this.line, this.colOf(end), 0);
    } else {
      this.commentStart = blankLine || this.level > 0 ? -1 : start;
      this.commentCol = this.colOf(start);
      this.extra += bytes;
    }
    this.pos = end;
    return false;
  }

  // ---- Strings ----

  /** source[start..pos) are letters right before a quote. False if they are no string prefix (the caller has a name then). */
  private prefixedString(start: number, pos: number, quote: number): boolean {
    let sawB = false;
    let sawR = false;
    let sawU = false;
    let sawF = false;
    let sawT = false;
    for (let i = start; i < pos; i++) {
      switch (this.src.charCodeAt(i) | 32) {
        case 98:
          if (sawB) return false;
          sawB = true;
          break;
        case 114:
          if (sawR) return false;
          sawR = true;
          break;
        case 117:
          if (sawU) return false;
          sawU = true;
          break;
        case 102:
          if (sawF) return false;
          sawF = true;
          break;
        case 116:
          if (sawT) return false;
          sawT = true;
          break;
        default:
          return false;
      }
    }
    const clash = (a: string, b: string): true => {
      const offset = codePointLength(this.src, this.lineStart, start);
      this.pos = pos;
      this.failRange(`'${a}' and '${b}' prefixes are incompatible`, offset + 1, offset + (pos - start) + 1);
      return true;
    };
    if (sawU && sawB) return clash('u', 'b');
    if (sawU && sawR) return clash('u', 'r');
    if (sawU && sawF) return clash('u', 'f');
    if (sawU && sawT) return clash('u', 't');
    if (sawB && sawF) return clash('b', 'f');
    if (sawB && sawT) return clash('b', 't');
    if (sawF && sawT) return clash('f', 't');
    if (sawF || sawT) this.fstringStart(start, pos, quote, sawR, sawF ? 'f' : 't');
    else this.stringLiteral(start, pos, quote);
    return true;
  }

  /** A string literal whose prefix begins at `start` and whose quote is at `at`. False on an error. */
  private stringLiteral(start: number, at: number, quote: number): boolean {
    const { src, out } = this;
    const { length } = src;
    const firstLine = this.line;
    const firstLineStart = this.lineStart;
    const col = this.colOf(start);
    const q = String.fromCharCode(quote);
    let pos = at + 1;
    let triple = false;
    if (src.charCodeAt(pos) === quote) {
      if (src.charCodeAt(pos + 1) === quote) {
        triple = true;
        pos += 2;
      } else {
        // An empty string; whether a third quote follows has been looked at.
        if (pos + 1 >= length) this.sawEof();
        this.emit(T.STRING, start, pos + 1);
        this.pos = pos + 1;
        return true;
      }
    }
    let escapedQuote = false;
    for (;;) {
      const c = pos < length ? src.charCodeAt(pos) : EOF;
      if (c === EOF || (!triple && c === LF)) {
        const endLine = this.line;
        this.line = firstLine;
        this.lineStart = firstLineStart;
        const { mode } = this;
        if (mode !== null && mode.quote === quote && mode.quoteSize === (triple ? 3 : 1)) {
          this.fail(`${mode.prefix}-string: expecting '}'`, start + 1);
          return false;
        }
        const what = triple ? 'unterminated triple-quoted string literal' : 'unterminated string literal';
        const hint = !triple && escapedQuote ? '; perhaps you escaped the end quote?' : '';
        this.fail(`${what} (detected at line ${endLine})${hint}`, start + 1);
        if (c === EOF) out.stopAtEof = true;
        return false;
      }
      if (c === quote) {
        if (!triple) break;
        if (src.charCodeAt(pos + 1) === quote && src.charCodeAt(pos + 2) === quote) {
          pos += 2;
          break;
        }
        pos++;
      } else if (c === BACKSLASH) {
        const next = pos + 1 < length ? src.charCodeAt(pos + 1) : EOF;
        if (next === quote) escapedQuote = true;
        if (next === LF) {
          this.newLine(pos + 2);
          pos += 2;
        } else if (next >= 128) {
          pos++;
        } else {
          pos += next === EOF ? 1 : 2;
        }
      } else if (c === LF) {
        pos++;
        this.newLine(pos);
      } else {
        if (c >= 128) this.extra += extraBytes(c);
        pos++;
      }
    }
    pos++;
    out.push(T.STRING, this.level, start, pos, firstLine, col, this.line, this.colOf(pos), q === '"' ? 1 : 0);
    this.pos = pos;
    return true;
  }

  private fstringStart(start: number, at: number, quote: number, raw: boolean, prefix: 'f' | 't'): void {
    let end = at + 1;
    let quoteSize = 1;
    const after = this.peek(end);
    if (after === quote && this.peek(end + 1) === quote) {
      quoteSize = 3;
      end += 2;
    }
    if (this.modes.length + 1 >= MAX_FSTRING_LEVEL) {
      this.fail('too many nested f-strings or t-strings', end);
      return;
    }
    this.emit(prefix === 'f' ? T.FSTRING_START : T.TSTRING_START, start, end);
    this.pos = end;
    this.mode = {
      inExpression: false,
      prefix,
      raw,
      quote,
      quoteSize,
      start,
      line: this.line,
      lineStart: this.lineStart,
      bracketDepth: 0,
      exprStartDepth: -1,
      inFormatSpec: false,
    };
    this.modes.push(this.mode);
  }

  /** In the literal part of an f-string: emits FSTRING_MIDDLE or FSTRING_END, or turns to the regular mode. */
  private fstringPart(): void {
    const { src, out } = this;
    const { length } = src;
    const mode = this.mode as FStringMode;
    const f = mode.prefix === 'f';
    const MIDDLE = f ? T.FSTRING_MIDDLE : T.TSTRING_MIDDLE;
    const start = this.pos;
    const startLine = this.line;
    const startCol = this.colOf(start);
    let pos = start;

    if (src.charCodeAt(pos) === OPEN_BRACE && pos < length) {
      if (this.peek(pos + 1) !== OPEN_BRACE) {
        this.enterExpression(mode, pos);
        return;
      }
    }
    // The end of the string?
    if (src.charCodeAt(pos) === mode.quote) {
      if (mode.quoteSize === 1 || (src.charCodeAt(pos + 1) === mode.quote && src.charCodeAt(pos + 2) === mode.quote)) {
        pos += mode.quoteSize;
        this.emit(f ? T.FSTRING_END : T.TSTRING_END, start, pos);
        this.pos = pos;
        this.modes.pop();
        this.mode = this.modes[this.modes.length - 1] ?? null;
        return;
      }
    }
    // A doubled brace ends the token: one of the two is in its text, both are in its place.
    const finish = (end: number, next: number) => {
      out.push(MIDDLE, this.level, start, end, startLine, startCol, this.line, this.colOf(next), 0);
      this.pos = next;
    };
    let namedEscape = false;
    for (;;) {
      const c = pos < length ? src.charCodeAt(pos) : EOF;
      const inSpec = mode.inFormatSpec && mode.exprStartDepth >= 0;
      if (c === EOF || (mode.quoteSize === 1 && c === LF)) {
        if (inSpec && c === LF) {
          this.fail(
            `${mode.prefix}-string: newlines are not allowed in format specifiers for single quoted ${mode.prefix}-strings`,
            pos + 1,
          );
          return;
        }
        const endLine = this.line;
        this.line = mode.line;
        this.lineStart = mode.lineStart;
        const what = mode.quoteSize === 3 ? 'unterminated triple-quoted' : 'unterminated';
        this.fail(`${what} ${mode.prefix}-string literal (detected at line ${endLine})`, mode.start + 1);
        if (c === EOF && mode.quoteSize === 3) out.stopAtEof = true;
        return;
      }
      if (c === mode.quote) {
        if (
          mode.quoteSize === 1 ||
          (src.charCodeAt(pos + 1) === mode.quote && src.charCodeAt(pos + 2) === mode.quote)
        ) {
          finish(pos, pos);
          return;
        }
        pos++;
        continue;
      }
      if (c === OPEN_BRACE) {
        const next = this.peek(pos + 1);
        if (next !== OPEN_BRACE || inSpec) {
          if (mode.exprStartDepth + 1 >= MAX_EXPR_NESTING) {
            this.fail(`${mode.prefix}-string: expressions nested too deeply`, pos);
            return;
          }
          finish(pos, pos);
          this.enterExpression(mode, pos);
        } else {
          finish(pos + 1, pos + 2);
        }
        return;
      }
      if (c === CLOSE_BRACE) {
        if (namedEscape) {
          pos++;
          finish(pos, pos);
          return;
        }
        if (this.peek(pos + 1) === CLOSE_BRACE && !inSpec && mode.bracketDepth === 0) {
          finish(pos + 1, pos + 2);
        } else {
          mode.inExpression = true;
          finish(pos, pos);
        }
        return;
      }
      if (c === BACKSLASH) {
        pos++;
        const next = pos < length ? src.charCodeAt(pos) : EOF;
        if (next === OPEN_BRACE || next === CLOSE_BRACE) {
          if (!mode.raw) {
            const saved = this.pos;
            this.pos = pos + 1;
            this.warnInvalidEscape(String.fromCharCode(next));
            this.pos = saved;
          }
          continue;
        }
        if (next === LF) {
          pos++;
          this.newLine(pos);
        } else if (next >= 0 && next < 128) {
          pos++;
          if (!mode.raw && next === 78 && src.charCodeAt(pos) === OPEN_BRACE) {
            namedEscape = true;
            pos++;
          }
        }
        continue;
      }
      if (c === LF) {
        pos++;
        this.newLine(pos);
        continue;
      }
      if (c >= 128) this.extra += extraBytes(c);
      pos++;
    }
  }

  private warnInvalidEscape(ch: string): void {
    this.warn(
      `"\\${ch}" is an invalid escape sequence. Such sequences will not work in the future. Did you mean "\\\\${ch}"? A raw string is also an option.`,
    );
  }

  /** At the '{' that begins an expression of an f-string: the regular mode reads on from it. */
  private enterExpression(mode: FStringMode, pos: number): void {
    mode.exprStartDepth++;
    if (mode.exprStartDepth >= MAX_EXPR_NESTING) {
      this.fail(`${mode.prefix}-string: expressions nested too deeply`, pos);
      return;
    }
    mode.inExpression = true;
  }

  // ---- Numbers ----

  private isDigit(pos: number): boolean {
    const c = this.peek(pos);
    return c >= 48 && c <= 57;
  }

  /** Digits with single underscores between them, from `pos` on: the position after, or -1 on an error. */
  private decimalTail(pos: number): number {
    for (;;) {
      while (this.isDigit(pos)) pos++;
      if (this.src.charCodeAt(pos) !== 95) return pos;
      pos++;
      if (!this.isDigit(pos)) {
        this.fail('invalid decimal literal', pos);
        return -1;
      }
    }
  }

  /** The tokens that may follow a number without a space, with a warning; anything else that could continue it is an error. */
  private endOfNumber(pos: number, kind: string): boolean {
    const c = this.peek(pos);
    if (this.extraTokens || c === EOF || c >= 128 || ((CLASS[c] as number) & IDENT_PART) === 0) return true;
    if (/^(?:i[fns]|(?:and|else|for|or|not)(?![A-Za-z0-9_\u0080-\uffff]))/.test(this.src.slice(pos, pos + 5))) {
      const saved = this.pos;
      this.pos = pos;
      this.warn(`invalid ${kind} literal`);
      this.pos = saved;
      return true;
    }
    this.fail(`invalid ${kind} literal`, pos);
    return false;
  }

  private finishNumber(start: number, pos: number, kind: string): boolean {
    if (!this.endOfNumber(pos, kind)) return false;
    this.emit(T.NUMBER, start, pos);
    this.pos = pos;
    return true;
  }

  /** 0x, 0o, 0b: digits of one radix. */
  private radixNumber(start: number, radix: 2 | 8 | 16, kind: string): boolean {
    const { src } = this;
    let pos = start + 2;
    const valid = (p: number) => {
      const c = this.peek(p);
      if (radix === 16) return (c >= 48 && c <= 57) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70);
      return c >= 48 && c < 48 + radix;
    };
    for (;;) {
      if (src.charCodeAt(pos) === 95) pos++;
      if (!valid(pos)) {
        if (radix !== 16 && this.isDigit(pos)) {
          this.fail(`invalid digit '${src[pos]}' in ${kind} literal`, pos + 1);
        } else {
          this.fail(`invalid ${kind} literal`, pos);
        }
        return false;
      }
      while (valid(pos)) pos++;
      if (src.charCodeAt(pos) !== 95) break;
    }
    if (radix !== 16 && this.isDigit(pos)) {
      this.fail(`invalid digit '${src[pos]}' in ${kind} literal`, pos + 1);
      return false;
    }
    return this.finishNumber(start, pos, kind);
  }

  private number(start: number, first: number): boolean {
    const { src } = this;
    let pos = start + 1;
    if (first === 48) {
      const c = this.peek(pos) | 32;
      if (c === 120) return this.radixNumber(start, 16, 'hexadecimal');
      if (c === 111) return this.radixNumber(start, 8, 'octal');
      if (c === 98) return this.radixNumber(start, 2, 'binary');
      // Zeros only, or a float or imaginary number that may begin with zeros.
      let nonzero = false;
      for (;;) {
        if (src.charCodeAt(pos) === 95) {
          pos++;
          if (!this.isDigit(pos)) {
            this.fail('invalid decimal literal', pos);
            return false;
          }
        }
        if (this.peek(pos) !== 48) break;
        pos++;
      }
      const zerosEnd = pos;
      if (this.isDigit(pos)) {
        nonzero = true;
        pos = this.decimalTail(pos);
        if (pos < 0) return false;
      }
      const next = this.peek(pos);
      if (next === 46) return this.fraction(start, pos + 1);
      if (next === 101 || next === 69) return this.exponent(start, pos);
      if (next === 106 || next === 74) return this.finishNumber(start, pos + 1, 'imaginary');
      if (nonzero) {
        if (!this.extraTokens) {
          const before = codePointLength(src, this.lineStart, start);
          this.pos = pos;
          this.failRange(
            'leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers',
            before + 1,
            before + (zerosEnd - start) + 1,
          );
          return false;
        }
      }
      return this.finishNumber(start, pos, 'decimal');
    }
    pos = this.decimalTail(pos);
    if (pos < 0) return false;
    const c = this.peek(pos);
    if (c === 46) return this.fraction(start, pos + 1);
    if (c === 101 || c === 69) return this.exponent(start, pos);
    if (c === 106 || c === 74) return this.finishNumber(start, pos + 1, 'imaginary');
    return this.finishNumber(start, pos, 'decimal');
  }

  /** After the '.' of a float. */
  private fraction(start: number, pos: number): boolean {
    if (this.isDigit(pos)) {
      pos = this.decimalTail(pos);
      if (pos < 0) return false;
    }
    const c = this.peek(pos);
    if (c === 101 || c === 69) return this.exponent(start, pos);
    if (c === 106 || c === 74) return this.finishNumber(start, pos + 1, 'imaginary');
    return this.finishNumber(start, pos, 'decimal');
  }

  /** At the 'e' that may begin an exponent. */
  private exponent(start: number, at: number): boolean {
    let pos = at + 1;
    const sign = this.peek(pos);
    if (sign === 43 || sign === 45) {
      pos++;
      if (!this.isDigit(pos)) {
        this.fail('invalid decimal literal', pos);
        return false;
      }
    } else if (!this.isDigit(pos)) {
      // No exponent: the 'e' may begin a keyword.
      if (!this.endOfNumber(at, 'decimal')) return false;
      this.emit(T.NUMBER, start, at);
      this.pos = at;
      return true;
    }
    pos = this.decimalTail(pos);
    if (pos < 0) return false;
    const c = this.peek(pos);
    if (c === 106 || c === 74) return this.finishNumber(start, pos + 1, 'imaginary');
    return this.finishNumber(start, pos, 'decimal');
  }

  // ---- Operators ----

  private operator(pos: number, c: number): boolean {
    const { mode } = this;
    if (c === 58 && mode !== null && mode.exprStartDepth >= 0 && mode.bracketDepth - 1 === mode.exprStartDepth) {
      // The ':' after the expression of an f-string begins its format specification.
      mode.inExpression = false;
      mode.inFormatSpec = true;
      this.emit(T.COLON, pos, pos + 1);
      this.pos = pos + 1;
      return true;
    }
    const c2 = this.peek(pos + 1);
    if (c2 >= 0 && c2 < 128) {
      const diamond = c === 60 && c2 === 62 && pos >= this.diamondFrom;
      const two = diamond ? T.NOTEQUAL : (TWO_CHARS[c * 128 + c2] as number);
      if (two !== T.OP) {
        const c3 = this.peek(pos + 2);
        let kind = two;
        let end = pos + 2;
        if (c3 === 61) {
          // '<<=', '>>=', '**=', '//='
          if (two === T.LEFTSHIFT) kind = T.LEFTSHIFTEQUAL;
          else if (two === T.RIGHTSHIFT) kind = T.RIGHTSHIFTEQUAL;
          else if (two === T.DOUBLESTAR) kind = T.DOUBLESTAREQUAL;
          else if (two === T.DOUBLESLASH) kind = T.DOUBLESLASHEQUAL;
          if (kind !== two) end = pos + 3;
        }
        this.emit(kind, pos, end);
        this.pos = end;
        return true;
      }
    }
    switch (c) {
      case 40:
      case 91:
      case OPEN_BRACE:
        if (this.level >= MAX_LEVEL) {
          this.fail('too many nested parentheses', pos + 1);
          return false;
        }
        this.parens[this.level] = c;
        this.parenLines[this.level] = this.line;
        this.parenCols[this.level] = this.colOf(pos);
        this.level++;
        if (mode !== null) mode.bracketDepth++;
        break;
      case 41:
      case 93:
      case CLOSE_BRACE:
        if (!this.closeBracket(pos, c)) return false;
        break;
      default:
        if (!isPrintable(c)) {
          this.fail(`invalid non-printable character ${formatCodePoint(c)}`, pos + 1);
          return false;
        }
    }
    this.emit(ONE_CHAR[c] as number, pos, pos + 1);
    this.pos = pos + 1;
    return true;
  }

  private closeBracket(pos: number, c: number): boolean {
    const { mode } = this;
    const ch = String.fromCharCode(c);
    if (mode !== null && mode.bracketDepth === 0 && c === CLOSE_BRACE) {
      this.fail(`${mode.prefix}-string: single '}' is not allowed`, pos + 1);
      return false;
    }
    if (!this.extraTokens && this.level === 0) {
      this.fail(`unmatched '${ch}'`, pos + 1);
      return false;
    }
    if (this.level > 0) {
      this.level--;
      const opening = this.parens[this.level] as number;
      const matches =
        (opening === 40 && c === 41) || (opening === 91 && c === 93) || (opening === OPEN_BRACE && c === CLOSE_BRACE);
      if (!matches) {
        // The bracket may be the one that began the expression of an f-string: then the closing one has no partner.
        if (mode !== null && opening === OPEN_BRACE && mode.bracketDepth - 1 === mode.exprStartDepth) {
          this.fail(`${mode.prefix}-string: unmatched '${ch}'`, pos + 1);
          return false;
        }
        if (!this.extraTokens) {
          const open = String.fromCharCode(opening);
          const where = this.parenLines[this.level] === this.line ? '' : ` on line ${this.parenLines[this.level]}`;
          this.fail(`closing parenthesis '${ch}' does not match opening parenthesis '${open}'${where}`, pos + 1);
          return false;
        }
      }
    }
    if (mode !== null) {
      mode.bracketDepth--;
      if (mode.bracketDepth < 0) {
        this.fail(`${mode.prefix}-string: unmatched '${ch}'`, pos + 1);
        return false;
      }
      if (c === CLOSE_BRACE && mode.bracketDepth === mode.exprStartDepth) {
        mode.exprStartDepth--;
        mode.inExpression = false;
        mode.inFormatSpec = false;
      }
    }
    return true;
  }
}
