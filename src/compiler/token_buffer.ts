// Where are the tokens? In parallel number arrays, one entry per token: the parser reads them by index, and nothing is allocated per token.
//
// Invariant: token i is the text source[start[i] .. end[i]); line/col and eline/ecol are its two ends (columns in UTF-8 bytes; col and ecol
// are -1 where CPython's tokenizer gives no position: INDENT, DEDENT, ENDMARKER). `aux` is the index into `names` of a NAME (or keyword), else 0.
// `level` is the depth of open brackets after the token. Tokenization stops at the first error: then the last token is an ERRORTOKEN and
// `error` says what is wrong; it counts only if the parser gets that far.

import type { PySyntaxError } from './syntax_error.js';
import { ERRORTOKEN, KEYWORDS, KW, NAME, SOFT_KEYWORDS } from './tokens.js';

/** How the tokenizer ended, for what can only be said when the parser knows whether it matters. */
export type StopReason =
  | 'ok'
  | 'error' // `error` holds the exception
  | 'eof-in-brackets'
  | 'eof-after-backslash'
  | 'dedent'
  | 'tab-space'
  | 'too-deep'
  | 'line-continuation';

export interface TypeIgnoreComment {
  lineno: number;
  tag: string;
}

/** A warning of the tokenizer's, reported once the parser has passed that token. */
export interface TokenWarning {
  token: number;
  category: 'SyntaxWarning' | 'DeprecationWarning';
  msg: string;
  lineno: number;
  offset: number;
  endOffset: number;
}

const NAME_TABLE_SIZE = 256;

function hashName(text: string): number {
  let h = 0;
  for (let i = 0; i < text.length; i++) h = (Math.imul(h, 31) + text.charCodeAt(i)) | 0;
  return h;
}

// The table that every source starts from: keywords first (their index is that of KEYWORDS), then the soft keywords.
const SEED_NAMES: readonly string[] = [...KEYWORDS, ...SOFT_KEYWORDS];
const SEED_TABLE = (() => {
  const table = new Int32Array(NAME_TABLE_SIZE);
  SEED_NAMES.forEach((name, i) => {
    let slot = hashName(name) & (NAME_TABLE_SIZE - 1);
    while (table[slot] !== 0) slot = (slot + 1) & (NAME_TABLE_SIZE - 1);
    table[slot] = i + 1;
  });
  return table;
})();

export class TokenBuffer {
  readonly source: string;
  count = 0;
  kind: Uint8Array;
  level: Uint8Array;
  start: Int32Array;
  end: Int32Array;
  line: Int32Array;
  col: Int32Array;
  eline: Int32Array;
  ecol: Int32Array;
  aux: Int32Array;
  names: string[] = SEED_NAMES.slice();
  /** The offset of each line's first character; entry 0 is line 1. */
  lineStarts: number[] = [0];
  stop: StopReason = 'ok';
  error: PySyntaxError | null = null;
  /** The tokenizer's own position when it stopped. */
  stopCur = 0;
  stopLine = 1;
  stopLineStart = 0;
  stopBufferStart = 0;
  /** The brackets that were open at the end: their character, line and column (bytes). */
  openBrackets: { ch: string; line: number; col: number }[] = [];
  /** Is the end inside an f-string or t-string? */
  stopInFString = false;
  /** The first token for which the tokenizer had to see the end of the source. */
  eofToken = 0x7fffffff;
  /** If tokenization failed: because the text ended, where more of it could have made it right? */
  stopAtEof = false;
  typeIgnores: TypeIgnoreComment[] = [];
  warnings: TokenWarning[] = [];
  private capacity: number;
  private nameTable = SEED_TABLE.slice();
  private nameMask = NAME_TABLE_SIZE - 1;

  constructor(source: string) {
    this.source = source;
    const capacity = (source.length >> 2) + 16;
    this.capacity = capacity;
    this.kind = new Uint8Array(capacity);
    this.level = new Uint8Array(capacity);
    this.start = new Int32Array(capacity);
    this.end = new Int32Array(capacity);
    this.line = new Int32Array(capacity);
    this.col = new Int32Array(capacity);
    this.eline = new Int32Array(capacity);
    this.ecol = new Int32Array(capacity);
    this.aux = new Int32Array(capacity);
  }

  /** Appends a token. */
  push(
    kind: number,
    level: number,
    start: number,
    end: number,
    line: number,
    col: number,
    eline: number,
    ecol: number,
    aux: number,
  ): void {
    const i = this.count;
    if (i === this.capacity) this.grow();
    this.count = i + 1;
    this.kind[i] = kind;
    this.level[i] = level;
    this.start[i] = start;
    this.end[i] = end;
    this.line[i] = line;
    this.col[i] = col;
    this.eline[i] = eline;
    this.ecol[i] = ecol;
    this.aux[i] = aux;
  }

  private grow(): void {
    this.capacity *= 2;
    const wide = (old: Int32Array) => {
      const fresh = new Int32Array(this.capacity);
      fresh.set(old);
      return fresh;
    };
    const kind = new Uint8Array(this.capacity);
    kind.set(this.kind);
    this.kind = kind;
    const level = new Uint8Array(this.capacity);
    level.set(this.level);
    this.level = level;
    this.start = wide(this.start);
    this.end = wide(this.end);
    this.line = wide(this.line);
    this.col = wide(this.col);
    this.eline = wide(this.eline);
    this.ecol = wide(this.ecol);
    this.aux = wide(this.aux);
  }

  /** The index of the ASCII name source[start..end), whose hash (31 * h + c) the caller has computed while scanning. */
  intern(start: number, end: number, hash: number): number {
    const { source, names } = this;
    const length = end - start;
    let slot = hash & this.nameMask;
    for (;;) {
      const entry = this.nameTable[slot] as number;
      if (entry === 0) break;
      const name = names[entry - 1] as string;
      if (name.length === length && source.startsWith(name, start)) return entry - 1;
      slot = (slot + 1) & this.nameMask;
    }
    return this.addName(source.slice(start, end), slot);
  }

  /** The index of a name given as a string (an identifier that had to be normalized). */
  internString(text: string): number {
    let slot = hashName(text) & this.nameMask;
    for (;;) {
      const entry = this.nameTable[slot] as number;
      if (entry === 0) return this.addName(text, slot);
      if (this.names[entry - 1] === text) return entry - 1;
      slot = (slot + 1) & this.nameMask;
    }
  }

  private addName(text: string, slot: number): number {
    const { names } = this;
    names.push(text);
    this.nameTable[slot] = names.length;
    if (names.length * 2 > this.nameMask) {
      this.nameMask = this.nameMask * 2 + 1;
      const table = new Int32Array(this.nameMask + 1);
      for (let i = 0; i < names.length; i++) {
        let s = hashName(names[i] as string) & this.nameMask;
        while (table[s] !== 0) s = (s + 1) & this.nameMask;
        table[s] = i + 1;
      }
      this.nameTable = table;
    }
    return names.length - 1;
  }

  /** The token's text. */
  text(i: number): string {
    return this.source.slice(this.start[i], this.end[i]);
  }

  /** The text of line `lineno` (from 1), without its newline. */
  lineText(lineno: number): string {
    const from = this.lineStarts[lineno - 1];
    if (from === undefined) return '';
    const newline = this.source.indexOf('\n', from);
    return this.source.slice(from, newline < 0 ? this.source.length : newline);
  }

  /** The tokenizer's position right after token `i`: what CPython's `tok->cur` is when that token is the last one fetched. */
  cursorAfter(i: number): number {
    return this.kind[i] === ERRORTOKEN ? this.stopCur : (this.end[i] as number);
  }
}

/** The kind of a name token: the keyword's own, or NAME. */
export function nameKind(index: number): number {
  return index < KEYWORDS.length ? KW + index : NAME;
}
