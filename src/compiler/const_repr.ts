// How does Python write a constant? repr() of the compiler's constants, for messages and for annotations that become strings.
//
// Invariant: the text is CPython's repr of the value, to the letter.

import type { ConstValue } from './ast.js';

/** Characters that repr() leaves as they are, by Unicode category. */
const UNPRINTABLE = /^[\p{C}\p{Zl}\p{Zp}\p{Zs}]$/u;

function hex(n: number, digits: number): string {
  return n.toString(16).padStart(digits, '0');
}

/** The quotes: single, unless there are single quotes in the text and no double ones. */
function quoteFor(hasSingle: boolean, hasDouble: boolean): string {
  return hasSingle && !hasDouble ? '"' : "'";
}

function escapePoint(p: number, quote: number): string {
  switch (p) {
    case quote:
    case 92:
      return `\\${String.fromCharCode(p)}`;
    case 9:
      return '\\t';
    case 10:
      return '\\n';
    case 13:
      return '\\r';
  }
  if (p >= 32 && p < 127) return String.fromCharCode(p);
  if (p < 32 || p === 127) return `\\x${hex(p, 2)}`;
  const ch = String.fromCodePoint(p);
  if (!(p >= 0xd800 && p < 0xe000) && !UNPRINTABLE.test(ch)) return ch;
  if (p <= 0xff) return `\\x${hex(p, 2)}`;
  return p <= 0xffff ? `\\u${hex(p, 4)}` : `\\U${hex(p, 8)}`;
}

function reprPoints(points: number[]): string {
  const quote = quoteFor(points.includes(39), points.includes(34));
  const code = quote.charCodeAt(0);
  return quote + points.map((p) => escapePoint(p, code)).join('') + quote;
}

/** repr() of a string without lone surrogates. */
export function reprString(s: string): string {
  return reprPoints(Array.from(s, (ch) => ch.codePointAt(0)!));
}

/** repr() of a float, or (in a complex number) without the `.0` of whole ones. */
function reprFloat(v: number, addDotZero = true): string {
  if (Number.isNaN(v)) return 'nan';
  if (!Number.isFinite(v)) return v < 0 ? '-inf' : 'inf';
  if (Object.is(v, -0)) return addDotZero ? '-0.0' : '-0';
  if (v === 0) return addDotZero ? '0.0' : '0';
  const [mantissa, exponentText] = v.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const sign = v < 0 ? '-' : '';
  const digits = mantissa.replace('-', '').replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0') + (addDotZero ? '.0' : '');
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

function reprComplex(re: number, im: number): string {
  const imaginary = `${reprFloat(im, false)}j`;
  if (re === 0 && !Object.is(re, -0)) return imaginary;
  const sign = imaginary.startsWith('-') ? '' : '+';
  return `(${reprFloat(re, false)}${sign}${imaginary})`;
}

function reprBytes(v: Uint8Array): string {
  const quote = quoteFor(v.includes(39), v.includes(34));
  const code = quote.charCodeAt(0);
  let text = '';
  for (const byte of v) text += byte >= 128 ? `\\x${hex(byte, 2)}` : escapePoint(byte, code);
  return `b${quote}${text}${quote}`;
}

/** repr() of a constant. */
export function reprConstant(c: ConstValue): string {
  switch (c.t) {
    case 'none':
      return 'None';
    case 'true':
      return 'True';
    case 'false':
      return 'False';
    case 'ellipsis':
      return 'Ellipsis';
    case 'int':
      return String(c.v);
    case 'float':
      return reprFloat(c.v);
    case 'complex':
      return reprComplex(c.re, c.im);
    case 'str':
      return c.points ? reprPoints(c.points) : reprString(c.v);
    case 'bytes':
      return reprBytes(c.v);
    case 'tuple':
      return c.v.length === 1 ? `(${reprConstant(c.v[0]!)},)` : `(${c.v.map(reprConstant).join(', ')})`;
    case 'frozenset':
      return c.v.length ? `frozenset({${c.v.map(reprConstant).join(', ')}})` : 'frozenset()';
    case 'slice':
      return `slice(${reprConstant(c.start)}, ${reprConstant(c.stop)}, ${reprConstant(c.step)})`;
    case 'code':
      return `<code object ${c.v.name}, file "${c.v.filename}", line ${c.v.firstlineno}>`;
    case 'object':
      return '<object>';
  }
}
