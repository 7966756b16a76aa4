// Which text do the bytes of a source file stand for? Byte-order mark, encoding declaration (PEP 263), line ends.
//
// Invariant: the text that comes out has '\n' line ends only, no byte-order mark and no NUL.

import { PySyntaxError } from './syntax_error.js';

export interface SourceText {
  text: string;
  /** The normalized name of the encoding, or null for text that came as a string. */
  encoding: string | null;
}

const COOKIE = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/;
const BLANK = /^[ \t\f]*(?:#.*)?$/;

/** The name that PEP 263 handling compares: utf-8 and latin-1 by any of their usual spellings. */
function normalizeEncoding(name: string): string {
  const lower = name.slice(0, 12).toLowerCase().replaceAll('_', '-');
  if (lower === 'utf-8' || lower.startsWith('utf-8-')) return 'utf-8';
  if (/^(?:latin-1|iso-8859-1|iso-latin-1)(?:-|$)/.test(lower)) return 'iso-8859-1';
  return name;
}

/** The encoding declared in the first two lines, or null. The second line counts only if the first is blank or a comment. */
function findCookie(bytes: Uint8Array): { name: string; line: string; lineno: number } | null {
  let start = 0;
  for (let lineno = 1; lineno <= 2 && start < bytes.length; lineno++) {
    let end = start;
    while (end < bytes.length && bytes[end] !== 10 && bytes[end] !== 13) end++;
    let line = '';
    for (let i = start; i < end; i++) line += String.fromCharCode(bytes[i] as number);
    const m = COOKIE.exec(line);
    if (m !== null) return { name: normalizeEncoding(m[1] as string), line, lineno };
    if (!BLANK.test(line)) return null;
    start = end + (bytes[end] === 13 && bytes[end + 1] === 10 ? 2 : 1);
  }
  return null;
}

/** '\r\n' and '\r' become '\n'; NUL is an error. */
function normalizeText(text: string): string {
  if (text.includes('\0')) throw new PySyntaxError('SyntaxError', 'source code string cannot contain null bytes');
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/** The offset of the first byte that is not valid UTF-8, or -1. */
function firstInvalidUtf8(bytes: Uint8Array): number {
  const n = bytes.length;
  const isTail = (i: number) => i < n && ((bytes[i] as number) & 0xc0) === 0x80;
  for (let i = 0; i < n; ) {
    const b = bytes[i] as number;
    if (b < 0x80) {
      i++;
    } else if (b >= 0xc2 && b <= 0xdf && isTail(i + 1)) {
      i += 2;
    } else if (b >= 0xe0 && b <= 0xef && isTail(i + 1) && isTail(i + 2)) {
      const b1 = bytes[i + 1] as number;
      if ((b === 0xe0 && b1 < 0xa0) || (b === 0xed && b1 >= 0xa0)) return i;
      i += 3;
    } else if (b >= 0xf0 && b <= 0xf4 && isTail(i + 1) && isTail(i + 2) && isTail(i + 3)) {
      const b1 = bytes[i + 1] as number;
      if ((b === 0xf0 && b1 < 0x90) || (b === 0xf4 && b1 >= 0x90)) return i;
      i += 4;
    } else {
      return i;
    }
  }
  return -1;
}

/** What cannot be read in the bytes of a file, and where its line begins; null if all can, or if the file says how it is encoded. */
export function fileFault(
  bytes: Uint8Array,
  filename: string,
): { readonly error: PySyntaxError; readonly lineStart: number } | null {
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const nul = bytes.indexOf(0);
  const invalid = bom || findCookie(bytes) !== null ? -1 : firstInvalidUtf8(bytes);
  const at = nul >= 0 && (invalid < 0 || nul < invalid) ? nul : invalid;
  if (at < 0) return null;
  const lineStart = bytes.lastIndexOf(10, at) + 1;
  let lineno = 1;
  for (let i = 0; i < lineStart; i++) if (bytes[i] === 10) lineno++;
  const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
  const before = lenient.decode(bytes.subarray(lineStart, at));
  if (at === nul) {
    const message = 'source code cannot contain null bytes';
    return { error: new PySyntaxError('SyntaxError', message, lineno, 0, lineno, 0, before, null), lineStart };
  }
  const end = bytes.indexOf(10, at);
  const text = lenient.decode(bytes.subarray(lineStart, end < 0 ? bytes.length : end));
  // CPython counts the second line only when the first was blank, a comment, or did not end what it began.
  const first = lenient.decode(bytes.subarray(0, lineStart)).replace(/\r?\n$/, '');
  if (lineno === 2 && !BLANK.test(first) && !/'''|"""/.test(first)) lineno = 1;
  const hex = (bytes[at] as number).toString(16).padStart(2, '0');
  const message = `Non-UTF-8 code starting with '\\x${hex}' in file ${filename} on line ${lineno}, but no encoding declared; see https://peps.python.org/pep-0263/ for details`;
  const column = [...before].length + 1;
  return { error: new PySyntaxError('SyntaxError', message, lineno, column, lineno, column, text, null), lineStart };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const at = Math.max(firstInvalidUtf8(bytes), 0);
    let lineno = 1;
    let lineStart = 0;
    for (let i = 0; i < at; i++) {
      if (bytes[i] === 10) {
        lineno++;
        lineStart = i + 1;
      }
    }
    let lineEnd = at;
    while (lineEnd < bytes.length && bytes[lineEnd] !== 10) lineEnd++;
    const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
    const before = [...lenient.decode(bytes.subarray(lineStart, at))].length;
    const hex = (bytes[at] as number).toString(16).padStart(2, '0');
    throw new PySyntaxError(
      'SyntaxError',
      `Non-UTF-8 code starting with '\\x${hex}' on line ${lineno}, but no encoding declared; see https://peps.python.org/pep-0263/ for details`,
      lineno,
      before + 1,
      lineno,
      before + 1,
      lenient.decode(bytes.subarray(lineStart, lineEnd)),
      null,
    );
  }
}

/** Gives the text that bytes stand for in a named encoding other than UTF-8, or throws PySyntaxError. */
export type SourceDecoder = (bytes: Uint8Array, encoding: string) => string;

/**
 * The text of a source. Bytes are decoded as PEP 263 says, unless `ignoreCookie` (PyCF_IGNORE_COOKIE) says that they are UTF-8; without
 * `decode`, UTF-8 is the only encoding.
 * Throws PySyntaxError.
 */
export function decodeSource(
  source: string | Uint8Array,
  ignoreCookie: boolean,
  decode: SourceDecoder | undefined,
): SourceText {
  if (typeof source === 'string') return { text: normalizeText(source), encoding: null };
  if (source.includes(0)) throw new PySyntaxError('SyntaxError', 'source code string cannot contain null bytes');
  let bytes = source;
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  if (bom) bytes = bytes.subarray(3);
  const cookie = ignoreCookie ? null : findCookie(bytes);
  if (cookie !== null && cookie.name !== 'utf-8') {
    if (bom) {
      throw new PySyntaxError(
        'SyntaxError',
        `encoding problem: ${cookie.name} with BOM`,
        cookie.lineno,
        0,
        cookie.lineno,
        cookie.line.length,
        cookie.line,
        null,
      );
    }
    if (decode === undefined) throw new PySyntaxError('SyntaxError', `unknown encoding: ${cookie.name}`);
    return { text: normalizeText(decode(bytes, cookie.name)), encoding: cookie.name };
  }
  return { text: normalizeText(decodeUtf8(bytes)), encoding: 'utf-8' };
}
