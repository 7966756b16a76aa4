// What is the syntax tree of a source text? The entrance of the compiler's front end.
//
// Invariant: the result is a complete tree, or a PySyntaxError is thrown. The fast parser decides whether a text is in the language; what is
// wrong with one that is not is found out by parser_errors.ts.

import type { Expr, Mod, Stmt } from './ast.js';
import {
  CO_FUTURE_BARRY_AS_BDFL,
  PyCF_ALLOW_INCOMPLETE_INPUT,
  PyCF_DONT_IMPLY_DEDENT,
  PyCF_IGNORE_COOKIE,
  PyCF_TYPE_COMMENTS,
} from './code_unit.js';
import { diagnose } from './parser_errors.js';
import { parseExpression, parseExpressions } from './parser_expr.js';
import { PARSE_FAILED, Parser, tooComplex } from './parser_state.js';
import { parseCompound, parseSimpleStatements, parseStatements } from './parser_stmt.js';
import { decodeSource, fileFault, type SourceDecoder } from './source_text.js';
import { PySyntaxError, type WarnCallback } from './syntax_error.js';
import { tokenize } from './tokenizer.js';
import * as T from './tokens.js';

export type ParseMode = 'exec' | 'eval' | 'single' | 'func_type';

export interface ParseOptions {
  filename: string;
  /** PyCF_* and CO_FUTURE_* bits. */
  flags: number;
  /** The minor version whose grammar is wanted; 14 if absent. */
  featureVersion?: number;
  /** Like PyCF_TYPE_COMMENTS. */
  typeComments?: boolean;
  /** sys.get_int_max_str_digits(); 4300 if absent. */
  maxStrDigits?: number;
  /** The source are the bytes of a file that is run. */
  fromFile?: boolean;
  decode?: SourceDecoder;
  warn?: WarnCallback;
}

const LATEST = 14;

/**
 * The syntax tree of `source` (text, or bytes that are decoded as PEP 263 says). compile()'s modes; 'func_type' is that of ast.parse().
 * Throws PySyntaxError, or what `warn` throws.
 */
export function parse(source: string | Uint8Array, mode: ParseMode, options: ParseOptions): Mod {
  const { filename, flags } = options;
  if (options.fromFile && typeof source !== 'string') checkFile(source, mode, options);
  let { text } = decodeSource(source, (flags & PyCF_IGNORE_COOKIE) !== 0, options.decode);
  if (mode === 'exec' && !text.endsWith('\n')) text += '\n';
  const barryAsFlufl = (flags & CO_FUTURE_BARRY_AS_BDFL) !== 0;
  const tokens = tokenize(text, {
    filename,
    diamondFrom: barryAsFlufl ? 0 : afterBarryImport(text),
    single: mode === 'single',
    dontImplyDedent: (flags & PyCF_DONT_IMPLY_DEDENT) !== 0,
    typeComments: options.typeComments === true || (flags & PyCF_TYPE_COMMENTS) !== 0,
  });
  const p = new Parser(tokens, {
    filename,
    featureVersion: options.featureVersion ?? LATEST,
    barryAsFlufl,
    maxStrDigits: options.maxStrDigits ?? 4300,
    warn: options.warn ?? null,
  });
  let mod: Mod;
  try {
    mod = parseMod(p, mode);
  } catch (error) {
    // The host's stack may be smaller than the limit of nesting is made for.
    if (error instanceof RangeError) throw tooComplex();
    if (error !== PARSE_FAILED && !(error instanceof PySyntaxError)) throw error;
    reportTokenWarnings(p);
    const found = diagnose(p, mode, {
      allowIncomplete: (flags & PyCF_ALLOW_INCOMPLETE_INPUT) !== 0,
      firstError: error instanceof PySyntaxError ? error : null,
    });
    found.source = text;
    throw found;
  }
  reportTokenWarnings(p);
  if (mode === 'single') checkSingle(p);
  return mod;
}

/** Throws for bytes of a file that are no text, unless something else is wrong before them. */
function checkFile(source: Uint8Array, mode: ParseMode, options: ParseOptions): void {
  const fault = fileFault(source, options.filename);
  if (fault === null) return;
  try {
    const flags = options.flags | PyCF_ALLOW_INCOMPLETE_INPUT;
    parse(source.subarray(0, fault.lineStart), mode, { ...options, fromFile: false, flags });
  } catch (error) {
    if (error instanceof PySyntaxError && error.kind !== '_IncompleteInputError') throw error;
  }
  throw fault.error;
}

/** The end of the line that imports barry_as_FLUFL from __future__, if there is one. */
function afterBarryImport(text: string): number | undefined {
  if (!text.includes('barry_as_FLUFL')) return undefined;
  const m = /^[ \t]*from[ \t]+__future__[ \t]+import\b.*\bbarry_as_FLUFL\b/m.exec(text);
  return m === null ? undefined : m.index + m[0].length;
}

/** Gives the tokenizer's warnings about the tokens that the parser has seen. */
function reportTokenWarnings(p: Parser): void {
  for (const { token, category, msg, lineno } of p.tokens.warnings) {
    if (token > p.pos) break;
    const at = Math.min(token, p.tokens.count - 1);
    p.warn(category, msg, lineno, at, msg);
  }
}

function parseMod(p: Parser, mode: ParseMode): Mod {
  switch (mode) {
    case 'exec': {
      const body: Stmt[] = [];
      parseStatements(p, body, T.ENDMARKER);
      const type_ignores = p.tokens.typeIgnores.map(({ lineno, tag }) => ({
        kind: 'TypeIgnore' as const,
        lineno,
        tag,
      }));
      return { kind: 'Module', body, type_ignores };
    }
    case 'eval': {
      const body = parseExpressions(p);
      while (p.accept(T.NEWLINE));
      if (p.kind[p.pos] !== T.ENDMARKER) p.fail();
      return { kind: 'Expression', body };
    }
    case 'single':
      return { kind: 'Interactive', body: parseInteractive(p) };
    case 'func_type':
      return parseFunctionType(p);
  }
}

function parseInteractive(p: Parser): Stmt[] {
  if (p.kind[p.pos] === T.NEWLINE) {
    p.pos++;
    const e = p.lastToken();
    return [
      {
        kind: 'Pass',
        lineno: p.line[0],
        col_offset: p.col[0],
        end_lineno: p.eline[e],
        end_col_offset: p.ecol[e],
      },
    ];
  }
  const body: Stmt[] = [];
  const compound = parseCompound(p);
  if (compound !== null) {
    body.push(compound);
    p.expect(T.NEWLINE);
  } else {
    parseSimpleStatements(p, body);
  }
  return body;
}

/** Nothing but blank lines and comments may follow an interactive statement. */
function checkSingle(p: Parser): void {
  const last = p.pos - 1;
  const rest = p.source.slice(p.tokens.cursorAfter(last)).replace(/^(?:[ \t\n\f]|#[^\n]*)+/, '');
  if (rest === '') return;
  p.pos = last;
  p.raiseOnToken(last, 'multiple statements found while compiling a single statement');
}

/** '(' types ')' '->' type: a signature in a type comment (PEP 484). */
function parseFunctionType(p: Parser): Mod {
  const argtypes: Expr[] = [];
  p.expect(T.LPAR);
  if (!p.accept(T.RPAR)) {
    let stage = 0;
    do {
      if (p.accept(T.DOUBLESTAR)) {
        if (stage > 1) p.fail();
        stage = 2;
      } else if (p.accept(T.STAR)) {
        if (stage > 0) p.fail();
        stage = 1;
      } else if (stage > 0) {
        p.fail();
      }
      argtypes.push(parseExpression(p));
    } while (p.accept(T.COMMA));
    p.expect(T.RPAR);
  }
  p.expect(T.RARROW);
  const returns = parseExpression(p);
  while (p.accept(T.NEWLINE));
  if (p.kind[p.pos] !== T.ENDMARKER) p.fail();
  return { kind: 'FunctionType', argtypes, returns };
}
