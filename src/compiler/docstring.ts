// What is the docstring of a body, and how is it stored?
//
// Invariant: as in CPython, the docstring is the first statement when that is a plain string, and it is stored without the
// indentation that its lines have in common (blank lines at the ends stay, so that line numbers in it stay right).

import type { ConstValue, Stmt } from './ast.js';
import { stringOf } from './const_fold.js';
import { PySyntaxError } from './syntax_error.js';

/** The docstring of a body, or null. */
export function docstringOf(body: Stmt[]): (ConstValue & { t: 'str' }) | null {
  const first = body[0];
  if (first === undefined || first.kind !== 'Expr' || first.value.kind !== 'Constant') return null;
  const value = first.value.value;
  return value.t === 'str' ? value : null;
}

const SPACE = 32;
const NEWLINE = 10;

function expandTabs(points: number[]): number[] {
  if (!points.includes(9)) return points;
  const expanded: number[] = [];
  let column = 0;
  for (const p of points) {
    if (p === 9) {
      do {
        expanded.push(SPACE);
        column++;
      } while (column % 8 !== 0);
      continue;
    }
    expanded.push(p);
    column = p === NEWLINE || p === 13 ? 0 : column + 1;
  }
  return expanded;
}

function isSurrogate(p: number | undefined): boolean {
  return p !== undefined && p >= 0xd800 && p < 0xe000;
}

/** A docstring is cleaned as UTF-8, which has no surrogates. */
function refuseSurrogates(points: number[]): void {
  const start = points.findIndex(isSurrogate);
  if (start < 0) return;
  let end = start;
  while (isSurrogate(points[end + 1])) end++;
  const what =
    end === start
      ? `character '\\u${points[start]!.toString(16)}' in position ${start}`
      : `characters in position ${start}-${end}`;
  throw new PySyntaxError('UnicodeEncodeError', `'utf-8' codec can't encode ${what}: surrogates not allowed`);
}

/** The docstring without its common indentation (CPython's own cleaning at compile time, since 3.13). Throws PySyntaxError. */
export function cleanDocstring(doc: ConstValue & { t: 'str' }): ConstValue {
  if (!doc.points && !/\t|^ |\n /.test(doc.v)) return doc;
  const source = doc.points ?? Array.from(doc.v, (ch) => ch.codePointAt(0)!);
  const points = expandTabs(source);
  if (doc.points) refuseSurrogates(points);
  const endOfLine = (from: number): number => {
    const end = points.indexOf(NEWLINE, from);
    return end < 0 ? points.length : end + 1;
  };
  const indentAt = (from: number): number => {
    let at = from;
    while (points[at] === SPACE) at++;
    return at - from;
  };
  let margin = Number.POSITIVE_INFINITY;
  for (let at = endOfLine(0); at < points.length; at = endOfLine(at)) {
    const indent = indentAt(at);
    const first = points[at + indent];
    if (first !== undefined && first !== NEWLINE) margin = Math.min(margin, indent);
  }
  if (margin === Number.POSITIVE_INFINITY) margin = 0;
  const lead = indentAt(0);
  if (lead === 0 && margin === 0) return points === source ? doc : stringOf(points);
  const clean = points.slice(lead, endOfLine(0));
  for (let at = endOfLine(0); at < points.length; ) {
    const end = endOfLine(at);
    clean.push(...points.slice(at + Math.min(margin, indentAt(at)), end));
    at = end;
  }
  return stringOf(clean);
}
