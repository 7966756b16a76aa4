// How is an expression parsed? By recursive descent for the outer levels and precedence climbing for the binary operators.
//
// Invariant: each function is called with the first token of its construct next, and returns with the first token after it next. A node's
// place runs from the first to the last token of its construct, brackets of a mere group not included in the node inside.

import type {
  CmpOperator,
  Comprehension,
  Constant,
  ConstValue,
  Expr,
  Keyword,
  Lambda,
  Operator,
  UnaryOperator,
} from './ast.js';
import { parseNumber } from './number_parser.js';
import { parseParameters, plainParameter } from './parser_params.js';
import {
  CONST_ELLIPSIS,
  CONST_FALSE,
  CONST_NONE,
  CONST_TRUE,
  emptyArguments,
  PARSE_FAILED,
  type Parser,
} from './parser_state.js';
import { parseStarTargets } from './parser_target.js';
import { parseStrings } from './string_parser.js';
import * as T from './tokens.js';

// ---- Tables over token kinds ----

/** Binary operators by kind: how tightly they bind (0: none), and their names. `**` is not among them: it binds its own way. */
const BINARY_POWER = new Uint8Array(256);
const BINARY_NAME: (Operator | undefined)[] = [];
const binary = (kind: number, power: number, name: Operator) => {
  BINARY_POWER[kind] = power;
  BINARY_NAME[kind] = name;
};
binary(T.VBAR, 1, 'BitOr');
binary(T.CIRCUMFLEX, 2, 'BitXor');
binary(T.AMPER, 3, 'BitAnd');
binary(T.LEFTSHIFT, 4, 'LShift');
binary(T.RIGHTSHIFT, 4, 'RShift');
binary(T.PLUS, 5, 'Add');
binary(T.MINUS, 5, 'Sub');
binary(T.STAR, 6, 'Mult');
binary(T.SLASH, 6, 'Div');
binary(T.DOUBLESLASH, 6, 'FloorDiv');
binary(T.PERCENT, 6, 'Mod');
binary(T.AT, 6, 'MatMult');

/** After a name or number: these tokens end the whole expression. */
const ENDS_EXPRESSION = new Uint8Array(256);
for (const kind of [
  T.NEWLINE,
  T.RPAR,
  T.RSQB,
  T.RBRACE,
  T.COMMA,
  T.COLON,
  T.EQUAL,
  T.SEMI,
  T.ENDMARKER,
  T.KW_AS,
  T.KW_FOR,
  T.KW_ELSE,
]) {
  ENDS_EXPRESSION[kind] = 1;
}

/** The tokens that can begin an expression. */
const BEGINS_EXPRESSION = new Uint8Array(256);
for (const kind of [
  T.NAME,
  T.NUMBER,
  T.STRING,
  T.FSTRING_START,
  T.TSTRING_START,
  T.LPAR,
  T.LSQB,
  T.LBRACE,
  T.ELLIPSIS,
  T.PLUS,
  T.MINUS,
  T.TILDE,
  T.KW_FALSE,
  T.KW_NONE,
  T.KW_TRUE,
  T.KW_NOT,
  T.KW_LAMBDA,
  T.KW_AWAIT,
]) {
  BEGINS_EXPRESSION[kind] = 1;
}

/** Can a token of this kind begin an expression? */
export function beginsExpression(kind: number): boolean {
  return BEGINS_EXPRESSION[kind] === 1;
}

// ---- Lists of expressions ----

/** star_expressions: one expression, or a tuple without brackets; either may hold `*x`. */
export function parseStarExpressions(p: Parser): Expr {
  const s = p.pos;
  const first = parseStarExpression(p);
  return p.kind[p.pos] === T.COMMA ? tupleFrom(p, s, first, parseStarExpression, true) : first;
}

/** expressions: as above, without `*x`. */
export function parseExpressions(p: Parser): Expr {
  const s = p.pos;
  const first = parseExpression(p);
  return p.kind[p.pos] === T.COMMA ? tupleFrom(p, s, first, parseExpression, false) : first;
}

function tupleFrom(p: Parser, s: number, first: Expr, item: (p: Parser) => Expr, star: boolean): Expr {
  const elts = [first];
  while (p.kind[p.pos] === T.COMMA) {
    p.pos++;
    const kind = p.kind[p.pos];
    if (BEGINS_EXPRESSION[kind] !== 1 && !(star && kind === T.STAR)) break;
    elts.push(item(p));
  }
  const e = p.pos - 1;
  return {
    kind: 'Tuple',
    elts,
    ctx: 'Load',
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

/** star_expression: `*x` or an expression. */
export function parseStarExpression(p: Parser): Expr {
  return p.kind[p.pos] === T.STAR ? starred(p, parseBitwiseOr) : parseExpression(p);
}

/** star_named_expression: `*x`, or an expression with perhaps `:=`. */
export function parseStarNamedExpression(p: Parser): Expr {
  return p.kind[p.pos] === T.STAR ? starred(p, parseBitwiseOr) : parseNamedExpression(p);
}

/** '*' and its operand. */
export function starred(p: Parser, operand: (p: Parser) => Expr): Expr {
  const s = p.pos;
  p.pos++;
  const value = operand(p);
  const e = p.pos - 1;
  return {
    kind: 'Starred',
    value,
    ctx: 'Load',
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

/** annotated_rhs: what may stand to the right of `=`. */
export function parseAnnotatedRhs(p: Parser): Expr {
  return p.kind[p.pos] === T.KW_YIELD ? parseYield(p) : parseStarExpressions(p);
}

/** yield_expr */
export function parseYield(p: Parser): Expr {
  const s = p.pos;
  p.pos++;
  let value: Expr | null = null;
  const from = p.accept(T.KW_FROM);
  if (from) {
    value = parseExpression(p);
  } else {
    const kind = p.kind[p.pos];
    if (BEGINS_EXPRESSION[kind] === 1 || kind === T.STAR) value = parseStarExpressions(p);
  }
  const e = p.pos - 1;
  const lineno = p.line[s];
  const col_offset = p.col[s];
  const end_lineno = p.eline[e];
  const end_col_offset = p.ecol[e];
  if (from && value !== null) return { kind: 'YieldFrom', value, lineno, col_offset, end_lineno, end_col_offset };
  return { kind: 'Yield', value, lineno, col_offset, end_lineno, end_col_offset };
}

// ---- Expressions ----

/** named_expression: an expression with perhaps `name :=` before it. */
export function parseNamedExpression(p: Parser): Expr {
  const s = p.pos;
  if (isWalrus(p, s)) return parseWalrus(p);
  const value = parseExpression(p);
  if (p.kind[p.pos] === T.COLONEQUAL) p.fail();
  return value;
}

/** Does `name :=` (without brackets around it) begin at this token? */
function isWalrus(p: Parser, s: number): boolean {
  return p.kind[s] === T.NAME && p.kind[s + 1] === T.COLONEQUAL;
}

function parseWalrus(p: Parser): Expr {
  const s = p.pos;
  const target: Expr = {
    kind: 'Name',
    id: p.name(),
    ctx: 'Store',
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[s],
    end_col_offset: p.ecol[s],
  };
  p.pos++;
  const value = parseExpression(p);
  p.requireVersion(8, 'Assignment expressions are');
  const e = p.pos - 1;
  return {
    kind: 'NamedExpr',
    target,
    value,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

/** expression: a conditional expression, a lambda, or an operation. */
export function parseExpression(p: Parser): Expr {
  const s = p.pos;
  const kind = p.kind[s];
  // The most frequent expression by far is a lone name or number.
  if (kind === T.NAME && ENDS_EXPRESSION[p.kind[s + 1]] === 1) {
    p.pos = s + 1;
    return {
      kind: 'Name',
      id: p.names[p.aux[s]],
      ctx: 'Load',
      lineno: p.line[s],
      col_offset: p.col[s],
      end_lineno: p.eline[s],
      end_col_offset: p.ecol[s],
    };
  }
  p.enter();
  if (kind === T.KW_LAMBDA) {
    p.enter();
    const lambda = parseLambda(p);
    p.leave();
    p.leave();
    return lambda;
  }
  const body = parseDisjunction(p);
  if (p.kind[p.pos] !== T.KW_IF) {
    p.leave();
    return body;
  }
  p.pos++;
  const test = parseDisjunction(p);
  p.expect(T.KW_ELSE);
  const orelse = parseExpression(p);
  p.leave();
  const e = p.pos - 1;
  return {
    kind: 'IfExp',
    test,
    body,
    orelse,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

/** disjunction: operands joined by `or`. */
export function parseDisjunction(p: Parser): Expr {
  const s = p.pos;
  const first = parseConjunction(p);
  if (p.kind[p.pos] !== T.KW_OR) return first;
  const values = [first];
  while (p.accept(T.KW_OR)) values.push(parseConjunction(p));
  const e = p.pos - 1;
  return {
    kind: 'BoolOp',
    op: 'Or',
    values,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

function parseConjunction(p: Parser): Expr {
  const s = p.pos;
  const first = parseInversion(p);
  if (p.kind[p.pos] !== T.KW_AND) return first;
  const values = [first];
  while (p.accept(T.KW_AND)) values.push(parseInversion(p));
  const e = p.pos - 1;
  return {
    kind: 'BoolOp',
    op: 'And',
    values,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

function unary(p: Parser, s: number, op: UnaryOperator, operand: Expr): Expr {
  const e = p.pos - 1;
  return {
    kind: 'UnaryOp',
    op,
    operand,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

function parseInversion(p: Parser): Expr {
  if (p.kind[p.pos] !== T.KW_NOT) return parseComparison(p);
  const s = p.pos;
  const { depth } = p;
  while (p.kind[p.pos] === T.KW_NOT) {
    p.enter();
    p.pos++;
  }
  let value = parseComparison(p);
  const n = p.depth - depth;
  p.depth = depth;
  for (let i = s + n - 1; i >= s; i--) value = unary(p, i, 'Not', value);
  return value;
}

function parseComparison(p: Parser): Expr {
  const s = p.pos;
  const left = parseBitwiseOr(p);
  let op = comparisonOperator(p);
  if (op === null) return left;
  const ops: CmpOperator[] = [];
  const comparators: Expr[] = [];
  while (op !== null) {
    ops.push(op);
    comparators.push(parseBitwiseOr(p));
    op = comparisonOperator(p);
  }
  const e = p.pos - 1;
  return {
    kind: 'Compare',
    left,
    ops,
    comparators,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

/** Consumes a comparison operator, if one is next. */
function comparisonOperator(p: Parser): CmpOperator | null {
  switch (p.kind[p.pos]) {
    case T.EQEQUAL:
      p.pos++;
      return 'Eq';
    case T.NOTEQUAL: {
      checkNotEqual(p);
      p.pos++;
      return 'NotEq';
    }
    case T.LESS:
      p.pos++;
      return 'Lt';
    case T.LESSEQUAL:
      p.pos++;
      return 'LtE';
    case T.GREATER:
      p.pos++;
      return 'Gt';
    case T.GREATEREQUAL:
      p.pos++;
      return 'GtE';
    case T.KW_IN:
      p.pos++;
      return 'In';
    case T.KW_IS:
      p.pos++;
      return p.accept(T.KW_NOT) ? 'IsNot' : 'Is';
    case T.KW_NOT:
      if (p.kind[p.pos + 1] !== T.KW_IN) {
        p.pos++;
        return p.fail();
      }
      p.pos += 2;
      return 'NotIn';
    default:
      return null;
  }
}

/** `!=` and `<>` (PEP 401). */
function checkNotEqual(p: Parser): void {
  const diamond = p.source.charCodeAt(p.start[p.pos]) === 60;
  if (p.barryAsFlufl) {
    if (!diamond) p.raiseOnToken(p.pos, "with Barry as BDFL, use '<>' instead of '!='");
  } else if (diamond) {
    p.fail();
  }
}

/** bitwise_or: everything that binds tighter than comparisons. */
export function parseBitwiseOr(p: Parser): Expr {
  const s = p.pos;
  const left = parseFactor(p);
  return BINARY_POWER[p.kind[p.pos]] === 0 ? left : parseBinary(p, s, left, 1);
}

/** Goes on from the operand `left`, which began at token s, with operators that bind at least as tightly as `power`. */
function parseBinary(p: Parser, s: number, left: Expr, power: number): Expr {
  for (;;) {
    const op = p.kind[p.pos];
    const opPower = BINARY_POWER[op];
    if (opPower < power || opPower === 0) return left;
    if (op === T.AT) p.requireVersion(5, "The '@' operator is");
    p.pos++;
    const rs = p.pos;
    let right = parseFactor(p);
    if (BINARY_POWER[p.kind[p.pos]] > opPower) right = parseBinary(p, rs, right, opPower + 1);
    const e = p.pos - 1;
    left = {
      kind: 'BinOp',
      left,
      op: BINARY_NAME[op] as Operator,
      right,
      lineno: p.line[s],
      col_offset: p.col[s],
      end_lineno: p.eline[e],
      end_col_offset: p.ecol[e],
    };
  }
}

/** factor: signs before a power. */
function parseFactor(p: Parser): Expr {
  const kind = p.kind[p.pos];
  if (kind !== T.MINUS && kind !== T.PLUS && kind !== T.TILDE) return parsePower(p);
  const s = p.pos;
  const { depth } = p;
  let k = kind;
  while (k === T.MINUS || k === T.PLUS || k === T.TILDE) {
    p.enter();
    p.pos++;
    k = p.kind[p.pos];
  }
  let value = parsePower(p);
  const n = p.depth - depth;
  p.depth = depth;
  for (let i = s + n - 1; i >= s; i--) {
    const sign = p.kind[i];
    value = unary(p, i, sign === T.MINUS ? 'USub' : sign === T.PLUS ? 'UAdd' : 'Invert', value);
  }
  return value;
}

function parsePower(p: Parser): Expr {
  const s = p.pos;
  const left = p.kind[s] === T.KW_AWAIT ? parseAwait(p) : parsePrimary(p);
  if (p.kind[p.pos] !== T.DOUBLESTAR) return left;
  p.pos++;
  p.enter();
  p.enter();
  const right = parseFactor(p);
  p.leave();
  p.leave();
  const e = p.pos - 1;
  return {
    kind: 'BinOp',
    left,
    op: 'Pow',
    right,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

function parseAwait(p: Parser): Expr {
  const s = p.pos;
  p.pos++;
  const value = parsePrimary(p);
  p.requireVersion(5, 'Await expressions are');
  const e = p.pos - 1;
  return {
    kind: 'Await',
    value,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

// ---- Primaries ----

/** primary: an atom with attributes, calls and subscripts. */
export function parsePrimary(p: Parser): Expr {
  const s = p.pos;
  let value = parseAtom(p);
  for (;;) {
    switch (p.kind[p.pos]) {
      case T.DOT: {
        p.pos++;
        const attr = p.name();
        const e = p.pos - 1;
        value = {
          kind: 'Attribute',
          value,
          attr,
          ctx: 'Load',
          lineno: p.line[s],
          col_offset: p.col[s],
          end_lineno: p.eline[e],
          end_col_offset: p.ecol[e],
        };
        break;
      }
      case T.LPAR:
        value = parseCall(p, s, value);
        break;
      case T.LSQB: {
        p.pos++;
        const slice = parseSlices(p);
        p.expect(T.RSQB);
        const e = p.pos - 1;
        value = {
          kind: 'Subscript',
          value,
          slice,
          ctx: 'Load',
          lineno: p.line[s],
          col_offset: p.col[s],
          end_lineno: p.eline[e],
          end_col_offset: p.ecol[e],
        };
        break;
      }
      default:
        return value;
    }
  }
}

function constant(p: Parser, s: number, value: ConstValue): Constant {
  return {
    kind: 'Constant',
    value,
    constKind: null,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[s],
    end_col_offset: p.ecol[s],
  };
}

function parseAtom(p: Parser): Expr {
  const s = p.pos;
  switch (p.kind[s]) {
    case T.NAME:
      p.pos = s + 1;
      return {
        kind: 'Name',
        id: p.names[p.aux[s]],
        ctx: 'Load',
        lineno: p.line[s],
        col_offset: p.col[s],
        end_lineno: p.eline[s],
        end_col_offset: p.ecol[s],
      };
    case T.NUMBER: {
      const value = parseNumber(p, s);
      p.pos = s + 1;
      return constant(p, s, value);
    }
    case T.STRING:
    case T.FSTRING_START:
    case T.TSTRING_START:
      return parseStrings(p);
    case T.LPAR:
      return parseParenthesized(p);
    case T.LSQB:
      return parseListDisplay(p);
    case T.LBRACE:
      return parseBraceDisplay(p);
    case T.KW_NONE:
      p.pos = s + 1;
      return constant(p, s, CONST_NONE);
    case T.KW_TRUE:
      p.pos = s + 1;
      return constant(p, s, CONST_TRUE);
    case T.KW_FALSE:
      p.pos = s + 1;
      return constant(p, s, CONST_FALSE);
    case T.ELLIPSIS:
      p.pos = s + 1;
      return constant(p, s, CONST_ELLIPSIS);
    default:
      throw PARSE_FAILED;
  }
}

/** '(' …: a tuple, a group or a generator expression. */
function parseParenthesized(p: Parser): Expr {
  const s = p.pos;
  p.pos++;
  const kind = p.kind[p.pos];
  if (kind === T.RPAR) {
    p.pos++;
    return display(p, s, 'Tuple', []);
  }
  if (kind === T.KW_YIELD) {
    const inner = parseYield(p);
    p.expect(T.RPAR);
    return inner;
  }
  const first = parseStarNamedExpression(p);
  switch (p.kind[p.pos]) {
    case T.RPAR:
      if (first.kind === 'Starred' && kind === T.STAR) p.fail();
      p.pos++;
      return first;
    case T.COMMA: {
      p.pos++;
      const elts = [first];
      parseElements(p, elts, T.RPAR);
      return display(p, s, 'Tuple', elts);
    }
    case T.KW_FOR:
    case T.KW_ASYNC: {
      if (kind === T.STAR) p.fail();
      const generators = parseComprehensionClauses(p);
      p.expect(T.RPAR);
      const e = p.pos - 1;
      return {
        kind: 'GeneratorExp',
        elt: first,
        generators,
        lineno: p.line[s],
        col_offset: p.col[s],
        end_lineno: p.eline[e],
        end_col_offset: p.ecol[e],
      };
    }
    default:
      throw PARSE_FAILED;
  }
}

/** The elements after the first comma of a display, up to and including its closing bracket. */
function parseElements(p: Parser, elts: Expr[], close: number): void {
  for (;;) {
    if (p.accept(close)) return;
    elts.push(parseStarNamedExpression(p));
    if (p.kind[p.pos] === T.COMMA) p.pos++;
    else {
      p.expect(close);
      return;
    }
  }
}

function display(p: Parser, s: number, kind: 'Tuple' | 'List', elts: Expr[]): Expr {
  const e = p.pos - 1;
  return {
    kind,
    elts,
    ctx: 'Load',
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

/** '[' …: a list or a list comprehension. */
function parseListDisplay(p: Parser): Expr {
  const s = p.pos;
  p.pos++;
  if (p.accept(T.RSQB)) return display(p, s, 'List', []);
  const star = p.kind[p.pos] === T.STAR;
  const first = parseStarNamedExpression(p);
  const kind = p.kind[p.pos];
  if (!star && (kind === T.KW_FOR || kind === T.KW_ASYNC)) {
    const generators = parseComprehensionClauses(p);
    p.expect(T.RSQB);
    const e = p.pos - 1;
    return {
      kind: 'ListComp',
      elt: first,
      generators,
      lineno: p.line[s],
      col_offset: p.col[s],
      end_lineno: p.eline[e],
      end_col_offset: p.ecol[e],
    };
  }
  const elts = [first];
  if (p.accept(T.COMMA)) parseElements(p, elts, T.RSQB);
  else p.expect(T.RSQB);
  return display(p, s, 'List', elts);
}

/** '{' …: a dict, a set, or a comprehension of either. */
function parseBraceDisplay(p: Parser): Expr {
  const s = p.pos;
  p.pos++;
  const kind = p.kind[p.pos];
  if (kind === T.RBRACE || kind === T.DOUBLESTAR) return parseDict(p, s, null);
  const first = parseStarNamedExpression(p);
  if (kind !== T.STAR && p.kind[p.pos] === T.COLON && !isWalrus(p, s + 1)) return parseDict(p, s, first);
  const next = p.kind[p.pos];
  if (kind !== T.STAR && (next === T.KW_FOR || next === T.KW_ASYNC)) {
    const generators = parseComprehensionClauses(p);
    p.expect(T.RBRACE);
    const e = p.pos - 1;
    return {
      kind: 'SetComp',
      elt: first,
      generators,
      lineno: p.line[s],
      col_offset: p.col[s],
      end_lineno: p.eline[e],
      end_col_offset: p.ecol[e],
    };
  }
  const elts = [first];
  if (p.accept(T.COMMA)) parseElements(p, elts, T.RBRACE);
  else p.expect(T.RBRACE);
  const e = p.pos - 1;
  return {
    kind: 'Set',
    elts,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

/** A dict whose '{' was token s; `firstKey` has been parsed already, unless it is null. */
function parseDict(p: Parser, s: number, firstKey: Expr | null): Expr {
  const keys: (Expr | null)[] = [];
  const values: Expr[] = [];
  let key = firstKey;
  for (;;) {
    if (key === null) {
      if (p.accept(T.RBRACE)) break;
      if (p.accept(T.DOUBLESTAR)) {
        keys.push(null);
        values.push(parseBitwiseOr(p));
        if (p.accept(T.COMMA)) continue;
        p.expect(T.RBRACE);
        break;
      }
      key = parseExpression(p);
    }
    p.expect(T.COLON);
    const value = parseExpression(p);
    const next = p.kind[p.pos];
    if (values.length === 0 && (next === T.KW_FOR || next === T.KW_ASYNC)) {
      const generators = parseComprehensionClauses(p);
      p.expect(T.RBRACE);
      const e = p.pos - 1;
      return {
        kind: 'DictComp',
        key,
        value,
        generators,
        lineno: p.line[s],
        col_offset: p.col[s],
        end_lineno: p.eline[e],
        end_col_offset: p.ecol[e],
      };
    }
    keys.push(key);
    values.push(value);
    key = null;
    if (p.accept(T.COMMA)) continue;
    p.expect(T.RBRACE);
    break;
  }
  const e = p.pos - 1;
  return {
    kind: 'Dict',
    keys,
    values,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

/** for_if_clauses: one or more `[async] for … in … [if …]*`. */
function parseComprehensionClauses(p: Parser): Comprehension[] {
  const clauses: Comprehension[] = [];
  for (;;) {
    const kind = p.kind[p.pos];
    let isAsync = 0;
    if (kind === T.KW_ASYNC && p.kind[p.pos + 1] === T.KW_FOR) {
      isAsync = 1;
      p.pos++;
    } else if (kind !== T.KW_FOR) {
      if (kind === T.KW_ASYNC) p.pos++;
      if (clauses.length === 0 || kind === T.KW_ASYNC) p.fail();
      return clauses;
    }
    p.pos++;
    const target = parseStarTargets(p);
    p.expect(T.KW_IN);
    const iter = parseDisjunction(p);
    const ifs: Expr[] = [];
    while (p.accept(T.KW_IF)) ifs.push(parseDisjunction(p));
    if (isAsync === 1) p.requireVersion(6, 'Async comprehensions are');
    clauses.push({ kind: 'comprehension', target, iter, ifs, is_async: isAsync });
  }
}

// ---- Calls and subscripts ----

/** The call of `func`, which began at token s; '(' is next. */
function parseCall(p: Parser, s: number, func: Expr): Expr {
  const open = p.pos;
  p.pos++;
  const args: Expr[] = [];
  const keywords: Keyword[] = [];
  parseArguments(p, open, args, keywords);
  const e = p.pos - 1;
  return {
    kind: 'Call',
    func,
    args,
    keywords,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

/** The arguments of a call or (`ofClass`) a class definition, up to and including ')'. `open` is the '(' token. */
export function parseArguments(p: Parser, open: number, args: Expr[], keywords: Keyword[], ofClass = false): void {
  let sawDoubleStar = false;
  for (;;) {
    const s = p.pos;
    const kind = p.kind[s];
    if (kind === T.RPAR) {
      p.pos++;
      return;
    }
    if (kind === T.STAR) {
      if (sawDoubleStar) p.fail();
      args.push(starred(p, parseExpression));
    } else if (kind === T.DOUBLESTAR) {
      p.pos++;
      const value = parseExpression(p);
      sawDoubleStar = true;
      pushKeyword(p, keywords, s, null, value);
    } else if (kind === T.NAME && p.kind[s + 1] === T.EQUAL) {
      const name = p.name();
      p.pos++;
      pushKeyword(p, keywords, s, name, parseExpression(p));
    } else {
      const value = parseNamedExpression(p);
      const next = p.kind[p.pos];
      if (next === T.KW_FOR || next === T.KW_ASYNC) {
        // A generator expression may go without brackets of its own only if it is all there is.
        if (ofClass || args.length + keywords.length > 0) p.fail();
        const generators = parseComprehensionClauses(p);
        p.expect(T.RPAR);
        const e = p.pos - 1;
        args.push({
          kind: 'GeneratorExp',
          elt: value,
          generators,
          lineno: p.line[open],
          col_offset: p.col[open],
          end_lineno: p.eline[e],
          end_col_offset: p.ecol[e],
        });
        return;
      }
      if (keywords.length > 0) p.fail();
      args.push(value);
    }
    if (p.kind[p.pos] === T.COMMA) {
      p.pos++;
      // A comma must have something before it, and ')' or an argument after it.
      continue;
    }
    p.expect(T.RPAR);
    return;
  }
}

function pushKeyword(p: Parser, keywords: Keyword[], s: number, arg: string | null, value: Expr): void {
  const e = p.pos - 1;
  keywords.push({
    kind: 'keyword',
    arg,
    value,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  });
}

/** slices: one slice or expression, or a tuple of them. */
function parseSlices(p: Parser): Expr {
  const s = p.pos;
  const star = p.kind[s] === T.STAR;
  const first = parseSlice(p);
  if (!star && p.kind[p.pos] !== T.COMMA) return first;
  const elts = [first];
  while (p.accept(T.COMMA)) {
    if (p.kind[p.pos] === T.RSQB) break;
    elts.push(parseSlice(p));
  }
  return display(p, s, 'Tuple', elts);
}

function parseSlice(p: Parser): Expr {
  const s = p.pos;
  const kind = p.kind[s];
  if (kind === T.STAR) return starred(p, parseExpression);
  let lower: Expr | null = null;
  if (kind !== T.COLON) {
    lower = parseNamedExpression(p);
    if (p.kind[p.pos] !== T.COLON || isWalrus(p, s)) return lower;
  }
  p.pos++;
  let upper: Expr | null = null;
  let step: Expr | null = null;
  if (BEGINS_EXPRESSION[p.kind[p.pos]] === 1) upper = parseExpression(p);
  if (p.accept(T.COLON) && BEGINS_EXPRESSION[p.kind[p.pos]] === 1) step = parseExpression(p);
  const e = p.pos - 1;
  return {
    kind: 'Slice',
    lower,
    upper,
    step,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

// ---- Lambdas ----

function parseLambda(p: Parser): Lambda {
  const s = p.pos;
  p.pos++;
  const args = p.kind[p.pos] === T.COLON ? emptyArguments() : parseParameters(p, T.COLON, plainParameter);
  p.expect(T.COLON);
  const body = parseExpression(p);
  const e = p.pos - 1;
  return {
    kind: 'Lambda',
    args,
    body,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}
