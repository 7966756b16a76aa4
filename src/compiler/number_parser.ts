// What value does a number literal have?
//
// Invariant: the tokenizer has checked the literal's form; only its size can still be wrong.

import type { ConstValue } from './ast.js';
import type { Parser } from './parser_state.js';
import { PySyntaxError } from './syntax_error.js';

/** The constant of the NUMBER token `token`. */
export function parseNumber(p: Parser, token: number): ConstValue {
  let text = p.source.slice(p.start[token], p.end[token]);
  if (text.includes('_')) {
    p.requireVersion(6, 'Underscores in numeric literals are');
    text = text.replaceAll('_', '');
  }
  const last = text.charCodeAt(text.length - 1) | 32;
  if (text.length > 1 && text.charCodeAt(0) === 48 && /^0[xob]/i.test(text)) return { t: 'int', v: BigInt(text) };
  if (last === 106) return { t: 'complex', re: 0, im: Number(text.slice(0, -1)) };
  if (/[.eE]/.test(text)) return { t: 'float', v: Number(text) };
  if (text.length < 16) return { t: 'int', v: BigInt(Number(text)) };
  if (p.maxStrDigits > 0 && text.length > p.maxStrDigits) {
    throw new PySyntaxError(
      'SyntaxError',
      `Exceeds the limit (${p.maxStrDigits} digits) for integer string conversion: value has ${text.length} digits; use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals to avoid decimal conversion limits.`,
      p.line[token],
      0,
      p.eline[token],
      0,
      p.errorText(p.line[token], p.eline[token]),
      p.filename,
    );
  }
  return { t: 'int', v: BigInt(text) };
}
