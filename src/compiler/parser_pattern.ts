// How is the pattern of a `case` parsed (PEP 634)?
//
// Invariant: as in parser_expr.ts. A name is a capture, a dotted name a value, a name followed by '(' a class.

import type { Expr, MatchCase, Pattern } from './ast.js';
import { parseNumber } from './number_parser.js';
import { parseNamedExpression } from './parser_expr.js';
import { CONST_FALSE, CONST_NONE, CONST_TRUE, PARSE_FAILED, type Parser } from './parser_state.js';
import { parseBlock } from './parser_stmt.js';
import { parseStrings } from './string_parser.js';
import * as T from './tokens.js';

type Locations = 'lineno' | 'col_offset' | 'end_lineno' | 'end_col_offset';
type Unlocated<N> = N extends Pattern | Expr ? Omit<N, Locations> : never;

function at<N extends Pattern | Expr>(p: Parser, s: number, node: Unlocated<N>): N {
  const e = p.pos - 1;
  return {
    ...node,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  } as unknown as N;
}

/** case_block: `case` patterns [guard] ':' block. The soft keyword is next. */
export function parseCaseBlock(p: Parser): MatchCase {
  if (!p.isName(T.NAME_CASE)) p.fail();
  p.pos++;
  const pattern = parsePatterns(p);
  const guard = p.accept(T.KW_IF) ? parseNamedExpression(p) : null;
  p.expect(T.COLON);
  return { kind: 'match_case', pattern, guard, body: parseBlock(p) };
}

/** patterns: one pattern, or a sequence without brackets. */
function parsePatterns(p: Parser): Pattern {
  const s = p.pos;
  const first = parseMaybeStarPattern(p);
  if (p.kind[p.pos] !== T.COMMA) {
    if (first.kind === 'MatchStar') p.fail();
    return first;
  }
  const patterns = [first];
  while (p.accept(T.COMMA)) {
    const kind = p.kind[p.pos];
    if (kind === T.COLON || kind === T.KW_IF) break;
    patterns.push(parseMaybeStarPattern(p));
  }
  return at<Pattern>(p, s, { kind: 'MatchSequence', patterns });
}

function parseMaybeStarPattern(p: Parser): Pattern {
  const s = p.pos;
  if (!p.accept(T.STAR)) return parsePattern(p);
  if (p.isName(T.NAME_UNDERSCORE)) {
    p.pos++;
    return at<Pattern>(p, s, { kind: 'MatchStar', name: null });
  }
  const name = captureName(p);
  return at<Pattern>(p, s, { kind: 'MatchStar', name });
}

/** A name that is to be bound. */
function captureName(p: Parser): string {
  if (p.isName(T.NAME_UNDERSCORE)) p.fail();
  const name = p.name();
  const next = p.kind[p.pos];
  if (next === T.DOT || next === T.LPAR || next === T.EQUAL) p.fail();
  return name;
}

/** pattern: alternatives, with perhaps `as name`. */
function parsePattern(p: Parser): Pattern {
  const s = p.pos;
  p.enter();
  const first = parseClosedPattern(p);
  let pattern = first;
  if (p.kind[p.pos] === T.VBAR) {
    const patterns = [first];
    while (p.accept(T.VBAR)) patterns.push(parseClosedPattern(p));
    pattern = at<Pattern>(p, s, { kind: 'MatchOr', patterns });
  }
  p.leave();
  if (!p.accept(T.KW_AS)) return pattern;
  const name = captureName(p);
  return at<Pattern>(p, s, { kind: 'MatchAs', pattern, name });
}

function parseClosedPattern(p: Parser): Pattern {
  const s = p.pos;
  switch (p.kind[s]) {
    case T.NUMBER:
    case T.MINUS: {
      const value = parseSignedNumber(p);
      return at<Pattern>(p, s, { kind: 'MatchValue', value });
    }
    case T.STRING:
    case T.FSTRING_START:
    case T.TSTRING_START: {
      const value = parseStrings(p);
      return at<Pattern>(p, s, { kind: 'MatchValue', value });
    }
    case T.KW_NONE:
      p.pos++;
      return at<Pattern>(p, s, { kind: 'MatchSingleton', value: CONST_NONE });
    case T.KW_TRUE:
      p.pos++;
      return at<Pattern>(p, s, { kind: 'MatchSingleton', value: CONST_TRUE });
    case T.KW_FALSE:
      p.pos++;
      return at<Pattern>(p, s, { kind: 'MatchSingleton', value: CONST_FALSE });
    case T.NAME:
      return parseNamePattern(p);
    case T.LPAR:
      return parseGroupOrSequence(p);
    case T.LSQB: {
      p.pos++;
      const patterns: Pattern[] = [];
      parseSequenceItems(p, patterns, T.RSQB);
      return at<Pattern>(p, s, { kind: 'MatchSequence', patterns });
    }
    case T.LBRACE:
      return parseMappingPattern(p);
    default:
      throw PARSE_FAILED;
  }
}

/** A number with perhaps a sign, or a complex number written as a sum or difference. */
function parseSignedNumber(p: Parser): Expr {
  const s = p.pos;
  const real = parseSignedReal(p, s);
  const op = p.kind[p.pos];
  if (op !== T.PLUS && op !== T.MINUS) return real;
  const literal = real.kind === 'UnaryOp' ? real.operand : real;
  if (literal.kind === 'Constant' && literal.value.t === 'complex') {
    p.raiseOnToken(p.pos - 1, 'real number required in complex literal');
  }
  p.pos++;
  const token = p.pos;
  p.expect(T.NUMBER);
  const value = parseNumber(p, token);
  if (value.t !== 'complex') p.raiseRange(token, token, 'imaginary number required in complex literal');
  const right = at<Expr>(p, token, { kind: 'Constant', value, constKind: null });
  return at<Expr>(p, s, { kind: 'BinOp', left: real, op: op === T.PLUS ? 'Add' : 'Sub', right });
}

function parseSignedReal(p: Parser, s: number): Expr {
  const minus = p.accept(T.MINUS);
  const token = p.pos;
  if (p.kind[token] !== T.NUMBER) p.fail();
  const value = parseNumber(p, token);
  p.pos++;
  const operand = at<Expr>(p, token, { kind: 'Constant', value, constKind: null });
  return minus ? at<Expr>(p, s, { kind: 'UnaryOp', op: 'USub', operand }) : operand;
}

/** name_or_attr: a dotted name. */
function parseDottedName(p: Parser): Expr {
  const s = p.pos;
  const id = p.name();
  let value = at<Expr>(p, s, { kind: 'Name', id, ctx: 'Load' });
  while (p.accept(T.DOT)) {
    const attr = p.name();
    value = at<Expr>(p, s, { kind: 'Attribute', value, attr, ctx: 'Load' });
  }
  return value;
}

function parseNamePattern(p: Parser): Pattern {
  const s = p.pos;
  const next = p.kind[s + 1];
  if (next !== T.DOT && next !== T.LPAR) {
    if (p.isName(T.NAME_UNDERSCORE)) {
      p.pos++;
      return at<Pattern>(p, s, { kind: 'MatchAs', pattern: null, name: null });
    }
    const name = captureName(p);
    return at<Pattern>(p, s, { kind: 'MatchAs', pattern: null, name });
  }
  const value = parseDottedName(p);
  if (p.kind[p.pos] === T.LPAR) return parseClassPattern(p, s, value);
  if (p.kind[p.pos] === T.EQUAL) p.fail();
  return at<Pattern>(p, s, { kind: 'MatchValue', value });
}

function parseClassPattern(p: Parser, s: number, cls: Expr): Pattern {
  p.pos++;
  const patterns: Pattern[] = [];
  const kwd_attrs: string[] = [];
  const kwd_patterns: Pattern[] = [];
  while (!p.accept(T.RPAR)) {
    if (p.kind[p.pos] === T.NAME && p.kind[p.pos + 1] === T.EQUAL) {
      kwd_attrs.push(p.name());
      p.pos++;
      kwd_patterns.push(parsePattern(p));
    } else {
      if (kwd_attrs.length > 0) p.fail();
      patterns.push(parsePattern(p));
    }
    if (!p.accept(T.COMMA)) {
      p.expect(T.RPAR);
      break;
    }
  }
  return at<Pattern>(p, s, { kind: 'MatchClass', cls, patterns, kwd_attrs, kwd_patterns });
}

/** Items up to and including `close`. Returns whether a comma was among them. */
function parseSequenceItems(p: Parser, patterns: Pattern[], close: number): boolean {
  let comma = false;
  while (!p.accept(close)) {
    patterns.push(parseMaybeStarPattern(p));
    if (!p.accept(T.COMMA)) {
      p.expect(close);
      break;
    }
    comma = true;
  }
  return comma;
}

function parseGroupOrSequence(p: Parser): Pattern {
  const s = p.pos;
  p.pos++;
  const patterns: Pattern[] = [];
  const comma = parseSequenceItems(p, patterns, T.RPAR);
  if (!comma && patterns.length === 1) {
    if (patterns[0].kind === 'MatchStar' && p.kind[s + 1] === T.STAR) p.fail();
    return patterns[0];
  }
  return at<Pattern>(p, s, { kind: 'MatchSequence', patterns });
}

function parseMappingPattern(p: Parser): Pattern {
  const s = p.pos;
  p.pos++;
  const keys: Expr[] = [];
  const patterns: Pattern[] = [];
  let rest: string | null = null;
  while (!p.accept(T.RBRACE)) {
    if (rest !== null) p.fail();
    if (p.accept(T.DOUBLESTAR)) {
      rest = captureName(p);
    } else {
      keys.push(parseMappingKey(p));
      p.expect(T.COLON);
      patterns.push(parsePattern(p));
    }
    if (!p.accept(T.COMMA)) {
      p.expect(T.RBRACE);
      break;
    }
  }
  return at<Pattern>(p, s, { kind: 'MatchMapping', keys, patterns, rest });
}

function parseMappingKey(p: Parser): Expr {
  const s = p.pos;
  switch (p.kind[s]) {
    case T.NUMBER:
    case T.MINUS:
      return parseSignedNumber(p);
    case T.STRING:
    case T.FSTRING_START:
    case T.TSTRING_START:
      return parseStrings(p);
    case T.KW_NONE:
      p.pos++;
      return at<Expr>(p, s, { kind: 'Constant', value: CONST_NONE, constKind: null });
    case T.KW_TRUE:
      p.pos++;
      return at<Expr>(p, s, { kind: 'Constant', value: CONST_TRUE, constKind: null });
    case T.KW_FALSE:
      p.pos++;
      return at<Expr>(p, s, { kind: 'Constant', value: CONST_FALSE, constKind: null });
    case T.NAME: {
      const key = parseDottedName(p);
      if (key.kind === 'Name') p.fail();
      return key;
    }
    default:
      throw PARSE_FAILED;
  }
}
