import type { Parser, ParserOptions } from './parser_state.js';
import { PySyntaxError } from './syntax_error.js';
export interface DiagnoseOptions {
  allowIncomplete: boolean;
  firstError: PySyntaxError | null;
  parserOptions: ParserOptions;
}
export function diagnose(p: Parser, _mode: string, o: DiagnoseOptions): PySyntaxError {
  if (o.firstError) return o.firstError;
  if (p.kind[p.pos] === 67 && p.tokens.error) return p.tokens.error;
  return new PySyntaxError('SyntaxError', 'invalid syntax', p.line[p.pos], p.col[p.pos]);
}
