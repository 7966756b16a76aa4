// What value does a string literal have? Escapes, prefixes, and the joining of adjacent literals, f-strings and t-strings included.
//
// Invariant: a text constant is a JavaScript string; `points` is added when it holds surrogate code points. An invalid escape sequence
// keeps its backslash and gives one warning per literal.

import type { Constant, ConstValue, Expr, FormattedValue, Interpolation, JoinedStr, TemplateStr } from './ast.js';
import { parseAnnotatedRhs } from './parser_expr.js';
import { type Parser, PARSE_FAILED } from './parser_state.js';
import { PySyntaxError } from './syntax_error.js';
import * as T from './tokens.js';

/** Gives the code point (or, for named sequences, nothing) of a Unicode character name: -1 if there is no such name. */
export type NameLookup = (name: string) => number;
let lookupName: NameLookup = () => -1;

/** The module that has the Unicode character names installs its lookup here, for `\N{...}`. */
export function setUnicodeNameLookup(lookup: NameLookup): void {
  lookupName = lookup;
}

/** The constant for a text whose surrogates, if any, are pairs. */
export function strConst(v: string): ConstValue {
  return { t: 'str', v };
}

/** The constant for a list of code points. */
export function strFromPoints(points: number[]): ConstValue {
  let v = '';
  let surrogates = false;
  for (const c of points) {
    if (c >= 0xd800 && c <= 0xdfff) surrogates = true;
    v += c < 0x10000 ? String.fromCharCode(c) : String.fromCodePoint(c);
  }
  return surrogates ? { t: 'str', v, points } : { t: 'str', v };
}

function pointsOf(value: ConstValue): number[] {
  if (value.t !== 'str') return [];
  return value.points ?? Array.from(value.v, (ch) => ch.codePointAt(0) as number);
}

function concatStr(values: ConstValue[]): ConstValue {
  if (values.some((value) => value.t === 'str' && value.points !== undefined)) {
    return strFromPoints(values.flatMap(pointsOf));
  }
  return strConst(values.map((value) => (value.t === 'str' ? value.v : '')).join(''));
}

// ---- Escapes ----

/** A text that cannot be decoded: what is wrong with a plain string is reported at the last token read, as in CPython. */
function decodeError(p: Parser, token: number, msg: string, inSpec: boolean): never {
  // In a format specification the decoder's own exception comes through.
  if (inSpec) throw new PySyntaxError('UnicodeDecodeError', `'unicodeescape' codec can't decode ${msg}`);
  const at = p.kind[token] === T.STRING ? p.pos : token;
  p.raiseOnToken(at, `(unicode error) 'unicodeescape' codec can't decode ${msg}`);
}

function warnInvalidEscape(p: Parser, at: number, token: number): void {
  const { source } = p;
  const c = source.charCodeAt(at);
  const kind = p.kind[token];
  if (kind !== T.STRING && (c === 123 || c === 125)) return; // the tokenizer has said so
  const octal = c >= 52 && c <= 55;
  const shown = octal ? source.slice(at, at + 3) : String.fromCodePoint(source.codePointAt(at) as number);
  const what = octal ? 'octal escape sequence' : 'escape sequence';
  let lineno = p.line[token];
  let from = p.tokens.lineStarts[lineno - 1] as number;
  if (kind === T.STRING) {
    for (let i = source.indexOf('\n', from); i >= 0 && i < at; i = source.indexOf('\n', i + 1)) {
      lineno++;
      from = i + 1;
    }
  }
  const help = `Did you mean "\\\\${shown}"? A raw string is also an option.`;
  const category = p.featureVersion >= 7 ? 'SyntaxWarning' : 'DeprecationWarning';
  const msg = `"\\${shown}" is an invalid ${what}. Such sequences will not work in the future. ${help}`;
  const errorMsg = `"\\${shown}" is an invalid ${what}. ${help}`;
  if (kind !== T.STRING) {
    p.warn(category, msg, lineno, token, errorMsg);
    return;
  }
  const col = utf8Size(source.slice(from, at - 1));
  p.warnAt(category, msg, lineno, col, lineno, col + 2, errorMsg);
}

/** How many bytes a text has in UTF-8. */
function utf8Size(text: string): number {
  let n = 0;
  for (const ch of text) {
    const c = ch.codePointAt(0) as number;
    n += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  }
  return n;
}

function hexValue(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const lower = c | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** Decodes source[from..to), which holds a backslash. `token` is what holds the text. */
function decodeEscapes(p: Parser, from: number, to: number, token: number, inSpec: boolean): ConstValue {
  const { source } = p;
  const points: number[] = [];
  let parts = '';
  let surrogates = false;
  let invalidEscape = -1;
  // CPython decodes a text in which each non-ASCII character is spelled as \UXXXXXXXX: positions in messages count that.
  let shift = 0;
  const add = (c: number) => {
    points.push(c);
    if (c >= 0xd800 && c <= 0xdfff) surrogates = true;
    parts += c < 0x10000 ? String.fromCharCode(c) : String.fromCodePoint(c);
  };
  const truncated = (at: number, end: number, msg: string): never => {
    const first = at - from + shift;
    const last = end - from + shift - 1;
    return decodeError(
      p,
      token,
      first === last ? `byte 0x5c in position ${first}: ${msg}` : `bytes in position ${first}-${last}: ${msg}`,
      inSpec,
    );
  };
  let i = from;
  while (i < to) {
    let c = source.charCodeAt(i);
    if (c !== 92) {
      if (c >= 0x80) {
        c = source.codePointAt(i) as number;
        shift += c >= 0x10000 ? 8 : 9;
        if (c >= 0x10000) i++;
      }
      add(c);
      i++;
      continue;
    }
    const at = i;
    i++;
    c = i < to ? source.charCodeAt(i) : 0x80;
    if (c >= 0x80) {
      // A backslash at the end (of a part of an f-string) or before a non-ASCII character stands for itself.
      add(92);
      shift += 5;
      continue;
    }
    i++;
    switch (c) {
      case 10:
        break;
      case 92:
      case 39:
      case 34:
        add(c);
        break;
      case 98:
        add(8);
        break;
      case 102:
        add(12);
        break;
      case 116:
        add(9);
        break;
      case 110:
        add(10);
        break;
      case 114:
        add(13);
        break;
      case 118:
        add(11);
        break;
      case 97:
        add(7);
        break;
      case 120:
      case 117:
      case 85: {
        const count = c === 120 ? 2 : c === 117 ? 4 : 8;
        let value = 0;
        let n = 0;
        while (n < count && i < to) {
          const digit = hexValue(source.charCodeAt(i));
          if (digit < 0) break;
          value = value * 16 + digit;
          i++;
          n++;
        }
        if (n < count) {
          truncated(
            at,
            i,
            c === 120
              ? 'truncated \\xXX escape'
              : c === 117
                ? 'truncated \\uXXXX escape'
                : 'truncated \\UXXXXXXXX escape',
          );
        }
        if (value > 0x10ffff) truncated(at, i, 'illegal Unicode character');
        add(value);
        break;
      }
      case 78: {
        const close = source.charCodeAt(i) === 123 ? source.indexOf('}', i) : -1;
        if (close < 0 || close >= to) {
          truncated(at, source.charCodeAt(i) === 123 ? to : i, 'malformed \\N character escape');
        }
        const name = source.slice(i + 1, close);
        if (name === '') truncated(at, close, 'malformed \\N character escape');
        const value = lookupName(name);
        if (value < 0) truncated(at, close + 1, 'unknown Unicode character name');
        add(value);
        i = close + 1;
        break;
      }
      default:
        if (c >= 48 && c <= 55) {
          let value = c - 48;
          for (let n = 0; n < 2 && i < to; n++) {
            const digit = source.charCodeAt(i) - 48;
            if (digit < 0 || digit > 7) break;
            value = value * 8 + digit;
            i++;
          }
          if (value > 0o377 && invalidEscape < 0) invalidEscape = at + 1;
          add(value);
        } else {
          if (invalidEscape < 0) invalidEscape = at + 1;
          add(92);
          i = at + 1;
        }
    }
  }
  if (invalidEscape >= 0) warnInvalidEscape(p, invalidEscape, token);
  return surrogates ? { t: 'str', v: parts, points } : { t: 'str', v: parts };
}

/** The constant for the text source[from..to) of `token`. */
export function decodeText(
  p: Parser,
  from: number,
  to: number,
  raw: boolean,
  token: number,
  inSpec = false,
): ConstValue {
  const text = p.source.slice(from, to);
  if (raw || !text.includes('\\')) return { t: 'str', v: text };
  return decodeEscapes(p, from, to, token, inSpec);
}

function decodeBytes(p: Parser, from: number, to: number, raw: boolean, token: number): ConstValue {
  const { source } = p;
  const out = new Uint8Array(to - from);
  let n = 0;
  let invalidEscape = -1;
  let i = from;
  while (i < to) {
    let c = source.charCodeAt(i++);
    if (c >= 0x80) p.raiseRange(token, token, 'bytes can only contain ASCII literal characters');
    if (c !== 92 || raw) {
      out[n++] = c;
      continue;
    }
    const at = i;
    c = source.charCodeAt(i++);
    switch (c) {
      case 10:
        break;
      case 92:
      case 39:
      case 34:
        out[n++] = c;
        break;
      case 98:
        out[n++] = 8;
        break;
      case 102:
        out[n++] = 12;
        break;
      case 116:
        out[n++] = 9;
        break;
      case 110:
        out[n++] = 10;
        break;
      case 114:
        out[n++] = 13;
        break;
      case 118:
        out[n++] = 11;
        break;
      case 97:
        out[n++] = 7;
        break;
      case 120: {
        const high = i < to ? hexValue(source.charCodeAt(i)) : -1;
        const low = i + 1 < to ? hexValue(source.charCodeAt(i + 1)) : -1;
        if (high < 0 || low < 0) {
          p.raiseOnToken(p.pos, `(value error) invalid \\x escape at position ${at - 1 - from}`);
        }
        out[n++] = high * 16 + low;
        i += 2;
        break;
      }
      default:
        if (c >= 48 && c <= 55) {
          let value = c - 48;
          for (let k = 0; k < 2 && i < to; k++) {
            const digit = source.charCodeAt(i) - 48;
            if (digit < 0 || digit > 7) break;
            value = value * 8 + digit;
            i++;
          }
          if (value > 0o377 && invalidEscape < 0) invalidEscape = at;
          out[n++] = value & 0xff;
        } else {
          if (c >= 0x80) p.raiseRange(token, token, 'bytes can only contain ASCII literal characters');
          if (invalidEscape < 0) invalidEscape = at;
          out[n++] = 92;
          i = at;
        }
    }
  }
  if (invalidEscape >= 0) warnInvalidEscape(p, invalidEscape, token);
  return { t: 'bytes', v: out.subarray(0, n) };
}

/** The constant of one STRING token. */
export function stringToken(p: Parser, token: number): Constant {
  const { source } = p;
  let from = p.start[token];
  let to = p.end[token];
  let raw = false;
  let bytes = false;
  const first = source.charCodeAt(from);
  let c = first;
  while (c !== 34 && c !== 39) {
    const lower = c | 32;
    if (lower === 98) bytes = true;
    else if (lower === 114) raw = true;
    c = source.charCodeAt(++from);
  }
  const triple = to - from >= 6 && source.charCodeAt(from + 1) === c && source.charCodeAt(from + 2) === c;
  from += triple ? 3 : 1;
  to -= triple ? 3 : 1;
  return {
    kind: 'Constant',
    value: bytes ? decodeBytes(p, from, to, raw, token) : decodeText(p, from, to, raw, token),
    constKind: first === 117 ? 'u' : null,
    lineno: p.line[token],
    col_offset: p.col[token],
    end_lineno: p.eline[token],
    end_col_offset: p.ecol[token],
  };
}

// ---- f-strings and t-strings ----

/** A replacement field gives one node, or two where `=` asks for the expression's text. */
type Part = Expr | { debug: Constant; field: FormattedValue | Interpolation };

/** The text of an expression in braces, without its comments. */
function expressionText(source: string, from: number, to: number): string {
  const text = source.slice(from, to);
  if (!text.includes('#')) return text;
  let out = '';
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const ch = text[i];
    if (ch === '\\') {
      out += ch + (text[i + 1] ?? '');
      i++;
      continue;
    }
    if (ch === '"' || ch === "'") {
      if (quote === '') quote = ch;
      else if (quote === ch) quote = '';
    } else if (ch === '#' && quote === '') {
      while (i < text.length && text[i] !== '\n') i++;
      if (i < text.length) out += '\n';
      continue;
    }
    out += ch;
  }
  return out;
}

/** The conversion after the '!' token `mark`: a NAME that must be right. */
export function checkConversion(p: Parser, prefix: 'f' | 't', mark: number): string {
  const at = mark + 1;
  const name = p.names[p.aux[at]];
  p.pos = at;
  if (p.line[mark] !== p.line[at] || p.ecol[mark] !== p.col[at]) {
    p.raiseRange(mark, at, `${prefix}-string: conversion type must come right after the exclamation mark`);
  }
  if (name !== 's' && name !== 'r' && name !== 'a') {
    p.raiseRange(at, at, `${prefix}-string: invalid conversion character '${name}': expected 's', 'r', or 'a'`);
  }
  return name;
}

/** '{' expression ['='] ['!' conversion] [':' format] '}' */
function replacementField(p: Parser, prefix: 'f' | 't', raw: boolean, inSpec: boolean): Part {
  const open = p.pos;
  p.expect(T.LBRACE);
  const value = parseAnnotatedRhs(p);
  const equals = p.pos;
  const debug = p.accept(T.EQUAL);
  let conversion = -1;
  // The first of '!', ':' and '}' ends the expression's text.
  let textEnd = p.start[p.pos];
  let debugEndLine = 0;
  let debugEndCol = 0;
  if (p.kind[p.pos] === T.EXCLAMATION) {
    const mark = p.pos;
    p.pos++;
    if (p.kind[p.pos] !== T.NAME) throw PARSE_FAILED;
    const at = p.pos;
    const name = checkConversion(p, prefix, mark);
    p.pos++;
    conversion = name.charCodeAt(0);
    debugEndLine = p.line[at];
    debugEndCol = p.col[at];
    textEnd = p.start[mark];
  }
  let spec: Expr | null = null;
  if (p.kind[p.pos] === T.COLON) {
    const colon = p.pos;
    p.pos++;
    spec = formatSpec(p, prefix, raw, colon);
    if (conversion < 0) {
      debugEndLine = p.line[colon];
      debugEndCol = p.ecol[colon];
    }
  }
  const close = p.pos;
  p.expect(T.RBRACE);
  if (debugEndLine === 0) {
    debugEndLine = p.eline[close];
    debugEndCol = p.ecol[close];
  }
  if (conversion < 0 && debug && spec === null) conversion = 114;
  const lineno = p.line[open];
  const col_offset = p.col[open];
  const end_lineno = p.eline[close];
  const end_col_offset = p.ecol[close];
  let field: FormattedValue | Interpolation;
  if (prefix === 't' && !inSpec) {
    const str = strConst(expressionText(p.source, p.end[open], debug ? p.start[equals] : textEnd));
    field = {
      kind: 'Interpolation',
      value,
      str,
      conversion,
      format_spec: spec,
      lineno,
      col_offset,
      end_lineno,
      end_col_offset,
    };
  } else {
    field = {
      kind: 'FormattedValue',
      value,
      conversion,
      format_spec: spec,
      lineno,
      col_offset,
      end_lineno,
      end_col_offset,
    };
  }
  if (!debug) return field;
  return {
    debug: {
      kind: 'Constant',
      value: strConst(expressionText(p.source, p.end[open], textEnd)),
      constKind: null,
      lineno,
      col_offset: col_offset + 1,
      end_lineno: debugEndLine,
      end_col_offset: debugEndCol - 1,
    },
    field,
  };
}

function middleKind(prefix: 'f' | 't'): number {
  return prefix === 'f' ? T.FSTRING_MIDDLE : T.TSTRING_MIDDLE;
}

/** After the ':' of a replacement field, up to its '}'. */
function formatSpec(p: Parser, prefix: 'f' | 't', raw: boolean, colon: number): JoinedStr {
  const parts: Expr[] = [];
  const middle = middleKind(prefix);
  for (;;) {
    const kind = p.kind[p.pos];
    if (kind === middle) {
      const token = p.pos;
      const value = decodeText(p, p.start[token], p.end[token], raw, token, true);
      p.pos++;
      parts.push(textPart(p, token, value));
    } else if (kind === T.LBRACE) {
      pushPart(parts, replacementField(p, prefix, raw, true));
    } else {
      break;
    }
  }
  const last = p.pos - 1;
  return {
    kind: 'JoinedStr',
    values: foldParts(parts, true),
    lineno: p.line[colon],
    col_offset: p.col[colon],
    end_lineno: p.eline[last],
    end_col_offset: p.ecol[last],
  };
}

function textPart(p: Parser, token: number, value: ConstValue): Constant {
  return {
    kind: 'Constant',
    value,
    constKind: null,
    lineno: p.line[token],
    col_offset: p.col[token],
    end_lineno: p.eline[token],
    end_col_offset: p.ecol[token],
  };
}

function pushPart(parts: Expr[], part: Part): void {
  if ('debug' in part) parts.push(part.debug, part.field);
  else parts.push(part);
}

/** One f-string or t-string: its parts, the closing token consumed. */
function templateParts(p: Parser, prefix: 'f' | 't', parts: Expr[]): void {
  const open = p.pos;
  p.pos++;
  const raw = /r/i.test(p.source.slice(p.start[open], p.end[open]));
  const middle = middleKind(prefix);
  const firstPart = parts.length;
  // The literal parts are decoded when the whole string has been read: what is wrong with its expressions comes first.
  const pending: { at: number; token: number }[] = [];
  for (;;) {
    const kind = p.kind[p.pos];
    if (kind === middle) {
      const token = p.pos;
      p.pos++;
      pending.push({ at: parts.length, token });
      parts.push(textPart(p, token, EMPTY));
    } else if (kind === T.LBRACE) {
      pushPart(parts, replacementField(p, prefix, raw, false));
    } else {
      break;
    }
  }
  if (p.kind[p.pos] !== (prefix === 'f' ? T.FSTRING_END : T.TSTRING_END)) throw PARSE_FAILED;
  for (const { at, token } of pending) {
    const part = parts[at] as Constant;
    part.value = decodeText(p, p.start[token], p.end[token], raw, token);
  }
  p.pos++;
  let n = firstPart;
  for (let i = firstPart; i < parts.length; i++) {
    const part = parts[i];
    if (part.kind === 'Constant' && isEmptyText(part)) continue;
    parts[n++] = part;
  }
  parts.length = n;
}

const EMPTY: ConstValue = { t: 'str', v: '' };

function isEmptyText(node: Constant): boolean {
  return node.value.t === 'str' && node.value.v === '';
}

/** Joins runs of text constants; empty ones are dropped if `dropEmpty`. */
function foldParts(parts: Expr[], dropEmpty: boolean): Expr[] {
  const out: Expr[] = [];
  for (let i = 0; i < parts.length; i++) {
    let part = parts[i];
    if (part.kind === 'Constant') {
      let j = i + 1;
      while (j < parts.length && parts[j].kind === 'Constant') j++;
      if (j > i + 1) {
        const run = parts.slice(i, j) as Constant[];
        const last = run[run.length - 1];
        part = {
          kind: 'Constant',
          value: concatStr(run.map((item) => item.value)),
          constKind: part.constKind,
          lineno: part.lineno,
          col_offset: part.col_offset,
          end_lineno: last.end_lineno,
          end_col_offset: last.end_col_offset,
        };
        i = j - 1;
      }
      if (dropEmpty && isEmptyText(part)) continue;
    }
    out.push(part);
  }
  return out;
}

/** One or more adjacent string literals. */
export function parseStrings(p: Parser): Expr {
  const first = p.pos;
  const kind = p.kind[first];
  if (kind === T.STRING && !isStringStart(p.kind[first + 1])) {
    const node = stringToken(p, first);
    p.pos++;
    return node;
  }
  const parts: Expr[] = [];
  if (kind === T.TSTRING_START) {
    while (p.kind[p.pos] === T.TSTRING_START) templateParts(p, 't', parts);
    if (isStringStart(p.kind[p.pos])) throw PARSE_FAILED;
    p.requireVersion(14, 't-strings are');
    return located<TemplateStr>(p, first, { kind: 'TemplateStr', values: foldParts(parts, true) });
  }
  let template = false;
  let bytes = false;
  let text = false;
  for (;;) {
    const next = p.kind[p.pos];
    if (next === T.STRING) {
      const node = stringToken(p, p.pos);
      p.pos++;
      if (node.value.t === 'bytes') bytes = true;
      else text = true;
      parts.push(node);
    } else if (next === T.FSTRING_START) {
      template = true;
      templateParts(p, 'f', parts);
    } else if (next === T.TSTRING_START) {
      throw PARSE_FAILED;
    } else {
      break;
    }
  }
  if (p.kind[p.pos] === T.ERRORTOKEN) throw PARSE_FAILED;
  if (bytes && (text || template)) p.raiseOnToken(p.pos, 'cannot mix bytes and nonbytes literals');
  if (template) return located<JoinedStr>(p, first, { kind: 'JoinedStr', values: foldParts(parts, true) });
  if (bytes) {
    const pieces = (parts as Constant[]).map((part) => (part.value.t === 'bytes' ? part.value.v : new Uint8Array(0)));
    const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    return located<Constant>(p, first, {
      kind: 'Constant',
      value: { t: 'bytes', v: joined },
      constKind: (parts[0] as Constant).constKind,
    });
  }
  return foldParts(parts, false)[0];
}

function isStringStart(kind: number): boolean {
  return kind === T.STRING || kind === T.FSTRING_START || kind === T.TSTRING_START;
}

type Locations = 'lineno' | 'col_offset' | 'end_lineno' | 'end_col_offset';

function located<N extends Expr>(p: Parser, first: number, node: Omit<N, Locations>): N {
  const last = p.pos - 1;
  return {
    ...node,
    lineno: p.line[first],
    col_offset: p.col[first],
    end_lineno: p.eline[last],
    end_col_offset: p.ecol[last],
  } as N;
}
