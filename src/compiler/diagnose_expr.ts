// What can be wrong with an expression? The expression rules of the diagnosis (see diagnose_state.ts).
//
// Invariant: alternatives stand in the order of the grammar; those under `d.explain` describe mistakes.

import { callArguments, starredExpression } from './diagnose_call.js';
import { lambdaParams } from './diagnose_params.js';
import { type Diagnosis, checkTarget, exprName, type Node } from './diagnose_state.js';
import { breakStmt, continueStmt, passStmt, simpleStmt } from './diagnose_stmt.js';
import { fstring, tstring } from './diagnose_string.js';
import { starTargets } from './diagnose_target.js';
import { parseNumber } from './number_parser.js';
import { stringToken } from './string_parser.js';
import * as T from './tokens.js';

// The numbers under which results are remembered.
const EXPRESSION = 0;
const STAR_EXPRESSION = 1;
const DISJUNCTION = 2;
const CONJUNCTION = 3;
const INVERSION = 4;
const FACTOR = 5;
const AWAIT_PRIMARY = 6;
const STRINGS = 7;
const BITWISE_OR = 11;
const PRIMARY = 12;
const NAMED_MISTAKE = 15;
const SUM = 16;
const TERM = 17;
const SHIFT = 18;

// ---- Lists of expressions ----

/** Items with commas between them: the item itself if there is but one and no comma, else a Tuple. */
function tupleOr(d: Diagnosis, item: (d: Diagnosis) => Node | null): Node | null {
  const s = d.pos;
  const first = item(d);
  if (first === null) return null;
  const items = [first];
  let comma = false;
  for (;;) {
    const at = d.pos;
    if (!d.tok(T.COMMA)) break;
    const next = item(d);
    if (next === null) {
      d.pos = at + 1;
      comma = true;
      break;
    }
    items.push(next);
  }
  return items.length > 1 || comma ? d.node('Tuple', s, items) : first;
}

export function starExpressions(d: Diagnosis): Node | null {
  return tupleOr(d, starExpression);
}

export function expressions(d: Diagnosis): Node | null {
  return tupleOr(d, expression);
}

function starBitwiseOr(d: Diagnosis): Node | null {
  const s = d.pos;
  return d.attempt(() => {
    if (!d.tok(T.STAR)) return null;
    const value = bitwiseOr(d);
    return value && d.node('Starred', s, [value]);
  });
}

export function starExpression(d: Diagnosis): Node | null {
  return d.remember(STAR_EXPRESSION, () => starBitwiseOr(d) ?? expression(d));
}

export function starNamedExpression(d: Diagnosis): Node | null {
  return starBitwiseOr(d) ?? namedExpression(d);
}

export function starNamedExpressions(d: Diagnosis): Node[] | null {
  const items = d.list(() => starNamedExpression(d));
  if (items !== null) d.tok(T.COMMA);
  return items;
}

function assignmentExpression(d: Diagnosis): Node | null {
  const s = d.pos;
  return d.attempt(() =>
    d.name() !== null && d.tok(T.COLONEQUAL) && expression(d) !== null ? d.node('NamedExpr', s) : null,
  );
}

/** An expression that `:=` does not follow. */
function unnamedExpression(d: Diagnosis): Node | null {
  return d.attempt(() => {
    const value = expression(d);
    return value !== null && !d.at(T.COLONEQUAL) ? value : null;
  });
}

export function assignmentOrExpression(d: Diagnosis): Node | null {
  return assignmentExpression(d) ?? unnamedExpression(d);
}

export function namedExpression(d: Diagnosis): Node | null {
  const walrus = assignmentExpression(d);
  if (walrus !== null) return walrus;
  if (d.explain) namedMistake(d);
  return unnamedExpression(d);
}

/** invalid_named_expression */
function namedMistake(d: Diagnosis): void {
  d.remember(NAMED_MISTAKE, () => {
    const s = d.pos;
    const a = expression(d);
    if (a !== null && d.tok(T.COLONEQUAL) && expression(d) !== null) {
      d.raiseAt(a, `cannot use assignment expressions with ${exprName(a)}`);
    }
    d.pos = s;
    const name = d.name();
    if (name !== null && d.tok(T.EQUAL)) {
      const b = bitwiseOr(d);
      if (b !== null && !d.at(T.EQUAL, T.COLONEQUAL)) {
        d.raiseRange(name, b, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
      }
    }
    d.pos = s;
    const display = d.ahead(() => list(d) ?? tuple(d) ?? genexp(d) ?? d.anyOf(T.KW_TRUE, T.KW_NONE, T.KW_FALSE));
    if (!display) {
      const left = bitwiseOr(d);
      if (left !== null && d.tok(T.EQUAL) && bitwiseOr(d) !== null && !d.at(T.EQUAL, T.COLONEQUAL)) {
        d.raiseAt(left, `cannot assign to ${exprName(left)} here. Maybe you meant '==' instead of '='?`);
      }
    }
    d.pos = s;
    return null;
  });
}

export function yieldExpr(d: Diagnosis): Node | null {
  const s = d.pos;
  if (!d.tok(T.KW_YIELD)) return null;
  const from = d.attempt(() => d.tok(T.KW_FROM) && expression(d) !== null);
  if (!from) starExpressions(d);
  return d.node('Yield', s);
}

export function annotatedRhs(d: Diagnosis): Node | null {
  return yieldExpr(d) ?? starExpressions(d);
}

// ---- Expressions ----

export function expression(d: Diagnosis): Node | null {
  return d.remember(EXPRESSION, () => {
    if (d.explain) {
      expressionMistake(d);
      legacyMistake(d);
    }
    return expressionProper(d);
  });
}

function expressionProper(d: Diagnosis): Node | null {
  const s = d.pos;
  const conditional = d.attempt(() => {
    if (disjunction(d) === null || !d.tok(T.KW_IF) || disjunction(d) === null || !d.tok(T.KW_ELSE)) return null;
    return expression(d) && d.node('IfExp', s);
  });
  return conditional ?? disjunction(d) ?? lambda(d);
}

/** invalid_expression */
function expressionMistake(d: Diagnosis): void {
  const s = d.pos;
  // Quotes inside a string that were not escaped.
  if (d.tok(T.STRING)) {
    const inside: Node[] = [];
    d.many(() => {
      if (d.at(T.STRING)) return null;
      const item = d.quietly(() => expressionProper(d));
      if (item !== null) inside.push(item);
      return item;
    });
    if (inside.length > 0 && d.tok(T.STRING)) {
      d.raiseRange(inside[0], inside[inside.length - 1], 'invalid syntax. Is this intended to be part of the string?');
    }
  }
  d.pos = s;
  const excluded = d.ahead(
    () => d.attempt(() => d.name() !== null && d.tok(T.STRING)) ?? (isSoftKeyword(d) ? true : null),
  );
  if (!excluded) {
    const a = disjunction(d);
    if (a !== null) {
      const b = d.quietly(() => expressionProper(d));
      if (b !== null && !isLegacyName(d, a) && d.level[d.pos - 1] !== 0) {
        d.raiseRange(a, b, 'invalid syntax. Perhaps you forgot a comma?');
      }
    }
  }
  d.pos = s;
  const a = disjunction(d);
  if (a !== null && d.tok(T.KW_IF)) {
    const b = disjunction(d);
    if (b !== null) {
      if (!d.at(T.KW_ELSE, T.COLON)) d.raiseRange(a, b, "expected 'else' after 'if' expression");
      if (d.tok(T.KW_ELSE) && !d.ahead(() => expression(d))) {
        d.raiseNext("expected expression after 'else', but statement is given");
      }
    }
  }
  d.pos = s;
  const statement = passStmt(d) ?? breakStmt(d) ?? continueStmt(d);
  if (statement !== null && d.tok(T.KW_IF) && disjunction(d) !== null && d.tok(T.KW_ELSE) && simpleStmt(d) !== null) {
    d.raiseAt(statement, "expected expression before 'if', but statement is given");
  }
  d.pos = s;
  const keyword = d.token(T.KW_LAMBDA);
  if (keyword !== null) {
    lambdaParams(d);
    const colon = d.token(T.COLON);
    if (colon !== null) {
      for (const [kind, what] of [
        [T.FSTRING_MIDDLE, 'f'],
        [T.TSTRING_MIDDLE, 't'],
      ] as const) {
        if (d.at(kind)) {
          d.raiseRange(keyword, colon, `${what}-string: lambda expressions are not allowed without parentheses`);
        }
      }
    }
  }
  d.pos = s;
}

function isSoftKeyword(d: Diagnosis): boolean {
  if (d.peek() !== T.NAME) return false;
  const index = d.aux[d.pos];
  return index >= T.NAME_UNDERSCORE && index <= T.NAME_TYPE;
}

/** `print` and `exec`, which were statements once. */
function isLegacyName(d: Diagnosis, node: Node): boolean {
  if (node.kind !== 'Name') return false;
  const name = d.names[d.aux[node.first]];
  return node.first === node.last && (name === 'print' || name === 'exec');
}

/** invalid_legacy_expression */
function legacyMistake(d: Diagnosis): void {
  const s = d.pos;
  const a = d.name();
  if (a !== null && !d.at(T.LPAR)) {
    const b = starExpressions(d);
    if (b !== null && isLegacyName(d, a)) {
      const name = d.names[d.aux[a.first]];
      d.raiseRange(a, b, `Missing parentheses in call to '${name}'. Did you mean ${name}(...)?`);
    }
  }
  d.pos = s;
}

function lambda(d: Diagnosis): Node | null {
  const s = d.pos;
  return d.attempt(() => {
    if (!d.tok(T.KW_LAMBDA)) return null;
    lambdaParams(d);
    return d.tok(T.COLON) && expression(d) !== null ? d.node('Lambda', s) : null;
  });
}

/** Operands joined by a keyword. */
function boolean(d: Diagnosis, keyword: number, operand: (d: Diagnosis) => Node | null): Node | null {
  const s = d.pos;
  const first = operand(d);
  if (first === null) return null;
  const n = d.many(() => d.tok(keyword) && operand(d) !== null);
  return n > 0 ? d.node('BoolOp', s) : first;
}

export function disjunction(d: Diagnosis): Node | null {
  return d.remember(DISJUNCTION, () => boolean(d, T.KW_OR, conjunction));
}

function conjunction(d: Diagnosis): Node | null {
  return d.remember(CONJUNCTION, () => boolean(d, T.KW_AND, inversion));
}

function inversion(d: Diagnosis): Node | null {
  return d.remember(INVERSION, () => {
    const s = d.pos;
    if (d.tok(T.KW_NOT)) {
      if (inversion(d) !== null) return d.node('UnaryOp', s);
      d.pos = s;
    }
    return comparison(d);
  });
}

function comparison(d: Diagnosis): Node | null {
  const s = d.pos;
  const left = bitwiseOr(d);
  if (left === null) return null;
  let first: 'in' | 'other' | null = null;
  d.many(() => {
    const operator = comparisonOperator(d);
    if (operator === null || bitwiseOr(d) === null) return null;
    first ??= operator;
    return true;
  });
  return first === null ? left : d.node('Compare', s, [left], first === 'in');
}

function comparisonOperator(d: Diagnosis): 'in' | 'other' | null {
  const s = d.pos;
  switch (d.peek()) {
    case T.NOTEQUAL: {
      const { p } = d;
      const diamond = p.source.charCodeAt(p.start[s]) === 60;
      if (p.barryAsFlufl && !diamond) p.raiseOnToken(s, "with Barry as BDFL, use '<>' instead of '!='");
      if (!p.barryAsFlufl && diamond) return null;
      d.pos++;
      return 'other';
    }
    case T.LESS:
      d.pos++;
      if (d.explain && d.at(T.GREATER) && d.p.end[s] === d.p.start[s + 1]) {
        d.p.pos = d.far;
        d.p.raiseRange(s, s + 1, "invalid syntax.  Maybe you meant '!=' instead of '<>'?");
      }
      return 'other';
    case T.EQEQUAL:
    case T.LESSEQUAL:
    case T.GREATER:
    case T.GREATEREQUAL:
      d.pos++;
      return 'other';
    case T.KW_IN:
      d.pos++;
      return 'in';
    case T.KW_NOT:
      d.pos++;
      if (d.tok(T.KW_IN)) return 'other';
      d.pos = s;
      return null;
    case T.KW_IS:
      d.pos++;
      d.tok(T.KW_NOT);
      return 'other';
    default:
      return null;
  }
}

/** A chain of left-associative operators of one level. */
function chain(d: Diagnosis, operand: (d: Diagnosis) => Node | null, ...operators: number[]): Node | null {
  const s = d.pos;
  const first = operand(d);
  if (first === null) return null;
  const n = d.many(() => d.anyOf(...operators) !== null && operand(d) !== null);
  return n > 0 ? d.node('BinOp', s) : first;
}

export function bitwiseOr(d: Diagnosis): Node | null {
  return d.remember(BITWISE_OR, () => chain(d, bitwiseXor, T.VBAR));
}

function bitwiseXor(d: Diagnosis): Node | null {
  return chain(d, bitwiseAnd, T.CIRCUMFLEX);
}

function bitwiseAnd(d: Diagnosis): Node | null {
  return chain(d, shiftExpr, T.AMPER);
}

function shiftExpr(d: Diagnosis): Node | null {
  return d.remember(SHIFT, () => {
    const s = d.pos;
    if (d.explain) {
      // `not` after an arithmetic operator.
      if (sum(d) !== null && d.anyOf(T.PLUS, T.MINUS, T.STAR, T.SLASH, T.PERCENT, T.DOUBLESLASH, T.AT) !== null) {
        notMistake(d, inversion);
      }
      d.pos = s;
    }
    return chain(d, sum, T.LEFTSHIFT, T.RIGHTSHIFT);
  });
}

function notMistake(d: Diagnosis, operand: (d: Diagnosis) => Node | null): void {
  const not = d.token(T.KW_NOT);
  if (not === null) return;
  const b = operand(d);
  if (b !== null) d.raiseRange(not, b, "'not' after an operator must be parenthesized");
}

function sum(d: Diagnosis): Node | null {
  return d.remember(SUM, () => chain(d, term, T.PLUS, T.MINUS));
}

function term(d: Diagnosis): Node | null {
  return d.remember(TERM, () => {
    const s = d.pos;
    if (d.explain) {
      if (d.anyOf(T.PLUS, T.MINUS, T.TILDE) !== null) notMistake(d, factor);
      d.pos = s;
    }
    return chain(d, factor, T.STAR, T.SLASH, T.DOUBLESLASH, T.PERCENT, T.AT);
  });
}

function factor(d: Diagnosis): Node | null {
  return d.remember(FACTOR, () => {
    const s = d.pos;
    if (d.anyOf(T.PLUS, T.MINUS, T.TILDE) !== null) {
      if (factor(d) !== null) return d.node('UnaryOp', s);
      d.pos = s;
    }
    const left = awaitPrimary(d);
    if (left === null) return null;
    const end = d.pos;
    if (d.tok(T.DOUBLESTAR)) {
      if (factor(d) !== null) return d.node('BinOp', s);
      d.pos = end;
    }
    return left;
  });
}

function awaitPrimary(d: Diagnosis): Node | null {
  return d.remember(AWAIT_PRIMARY, () => {
    const s = d.pos;
    if (d.tok(T.KW_AWAIT)) {
      if (primary(d) !== null) return d.node('Await', s);
      d.pos = s;
    }
    return primary(d);
  });
}

// ---- Primaries ----

/** One more attribute, call or subscript after what began at token s. */
export function trailer(d: Diagnosis, s: number): Node | null {
  const at = d.pos;
  if (d.tok(T.DOT) && d.name() !== null) return d.node('Attribute', s);
  d.pos = at;
  if (genexp(d) !== null) return d.node('Call', s);
  d.pos = at;
  if (d.tok(T.LPAR)) {
    callArguments(d);
    if (d.tok(T.RPAR)) return d.node('Call', s);
  }
  d.pos = at;
  if (d.tok(T.LSQB) && slices(d) !== null && d.tok(T.RSQB)) return d.node('Subscript', s);
  d.pos = at;
  return null;
}

function primary(d: Diagnosis): Node | null {
  return d.remember(PRIMARY, () => {
    const s = d.pos;
    let node = atom(d);
    while (node !== null) {
      const more = trailer(d, s);
      if (more === null) break;
      node = more;
    }
    return node;
  });
}

export function slices(d: Diagnosis): Node | null {
  const s = d.pos;
  const single = d.attempt(() => {
    const one = slice(d);
    return one !== null && !d.at(T.COMMA) ? one : null;
  });
  if (single !== null) return single;
  const items = d.list(() => slice(d) ?? starredExpression(d));
  if (items === null) return null;
  d.tok(T.COMMA);
  return d.node('Tuple', s, items);
}

function slice(d: Diagnosis): Node | null {
  const s = d.pos;
  const proper = d.attempt(() => {
    expression(d);
    if (!d.tok(T.COLON)) return null;
    expression(d);
    if (d.tok(T.COLON)) expression(d);
    return d.node('Slice', s);
  });
  return proper ?? namedExpression(d);
}

export function atom(d: Diagnosis): Node | null {
  const s = d.pos;
  switch (d.peek()) {
    case T.NAME:
      d.pos++;
      return d.node('Name', s);
    case T.KW_TRUE:
      d.pos++;
      return d.node('True', s);
    case T.KW_FALSE:
      d.pos++;
      return d.node('False', s);
    case T.KW_NONE:
      d.pos++;
      return d.node('None', s);
    case T.STRING:
    case T.FSTRING_START:
    case T.TSTRING_START:
      return strings(d);
    case T.NUMBER:
      d.pos++;
      d.p.pos = d.far;
      parseNumber(d.p, s);
      return d.node('Literal', s);
    case T.LPAR:
      return tuple(d) ?? group(d) ?? genexp(d);
    case T.LSQB:
      return list(d) ?? listcomp(d);
    case T.LBRACE:
      return dict(d) ?? set(d) ?? dictcomp(d) ?? setcomp(d);
    case T.ELLIPSIS:
      d.pos++;
      return d.node('Ellipsis', s);
    default:
      return null;
  }
}

function group(d: Diagnosis): Node | null {
  const s = d.pos;
  const inner = d.attempt(() => {
    if (!d.tok(T.LPAR)) return null;
    const value = yieldExpr(d) ?? namedExpression(d);
    return value !== null && d.tok(T.RPAR) ? value : null;
  });
  if (inner !== null || !d.explain) return inner;
  if (d.tok(T.LPAR)) {
    const value = starredExpression(d);
    if (value !== null && d.tok(T.RPAR)) d.raiseAt(value, 'cannot use starred expression here');
  }
  d.pos = s;
  if (d.tok(T.LPAR)) {
    const stars = d.token(T.DOUBLESTAR);
    if (stars !== null && expression(d) !== null && d.tok(T.RPAR)) {
      d.raiseAt(stars, 'cannot use double starred expression here');
    }
  }
  d.pos = s;
  return null;
}

export function strings(d: Diagnosis): Node | null {
  return d.remember(STRINGS, () => {
    const s = d.pos;
    if (d.explain) {
      for (const [before, after] of [
        [plainOrFstring, tstring],
        [tstring, plainOrFstring],
      ]) {
        let last: Node | null = null;
        d.many(() => {
          const item = before(d);
          if (item !== null) last = item;
          return item;
        });
        if (last !== null) {
          const b = after(d);
          if (b !== null) {
            d.raiseRange(last, b, 'cannot mix t-string literals with string or bytes literals');
          }
        }
        d.pos = s;
      }
    }
    let template = false;
    let bytes = 0;
    const n = d.many(() => {
      const item = plainOrFstring(d);
      if (item?.kind === 'JoinedStr') template = true;
      if (item?.flag) bytes++;
      return item;
    });
    if (bytes > 0 && bytes < n) d.raise('cannot mix bytes and nonbytes literals');
    if (n > 0) return d.node(template ? 'JoinedStr' : 'Literal', s);
    return d.many(() => tstring(d)) > 0 ? d.node('TemplateStr', s) : null;
  });
}

function plainOrFstring(d: Diagnosis): Node | null {
  const f = fstring(d);
  if (f !== null) return f;
  const s = d.pos;
  if (!d.tok(T.STRING)) return null;
  d.p.pos = d.far;
  const node = d.node('Literal', s);
  node.flag = stringToken(d.p, s).value.t === 'bytes';
  return node;
}

// ---- Displays and comprehensions ----

export function list(d: Diagnosis): Node | null {
  const s = d.pos;
  return d.attempt(() => {
    if (!d.tok(T.LSQB)) return null;
    const items = starNamedExpressions(d) ?? [];
    return d.tok(T.RSQB) ? d.node('List', s, items) : null;
  });
}

export function tuple(d: Diagnosis): Node | null {
  const s = d.pos;
  return d.attempt(() => {
    if (!d.tok(T.LPAR)) return null;
    const items: Node[] = [];
    d.attempt(() => {
      const first = starNamedExpression(d);
      if (first === null || !d.tok(T.COMMA)) return null;
      items.push(first, ...(starNamedExpressions(d) ?? []));
      return true;
    });
    return d.tok(T.RPAR) ? d.node('Tuple', s, items) : null;
  });
}

function set(d: Diagnosis): Node | null {
  const s = d.pos;
  return d.attempt(() => {
    if (!d.tok(T.LBRACE)) return null;
    const items = starNamedExpressions(d);
    return items !== null && d.tok(T.RBRACE) ? d.node('Set', s, items) : null;
  });
}

function dict(d: Diagnosis): Node | null {
  const s = d.pos;
  const proper = d.attempt(() => {
    if (!d.tok(T.LBRACE)) return null;
    if (d.list(() => doubleStarredPair(d)) !== null) d.tok(T.COMMA);
    return d.tok(T.RBRACE) ? d.node('Dict', s) : null;
  });
  if (proper !== null) return proper;
  // These mistakes are looked for in the first run already.
  if (d.tok(T.LBRACE)) dictMistake(d);
  d.pos = s;
  return null;
}

function doubleStarredPair(d: Diagnosis): boolean {
  return d.attempt(() => d.tok(T.DOUBLESTAR) && bitwiseOr(d) !== null) !== null || pair(d);
}

function pair(d: Diagnosis): boolean {
  return d.attempt(() => expression(d) !== null && d.tok(T.COLON) && expression(d) !== null) !== null;
}

/** invalid_double_starred_kvpairs: after '{'. */
function dictMistake(d: Diagnosis): void {
  const s = d.pos;
  if (d.list(() => doubleStarredPair(d)) !== null && d.tok(T.COMMA)) pairMistake(d);
  d.pos = s;
  starredValueMistake(d);
  d.pos = s;
  missingValueMistake(d);
  d.pos = s;
}

function starredValueMistake(d: Diagnosis): void {
  if (expression(d) === null || !d.tok(T.COLON)) return;
  const star = d.token(T.STAR);
  if (star !== null && bitwiseOr(d) !== null) {
    d.raiseFrom(star, 'cannot use a starred expression in a dictionary value');
  }
}

function missingValueMistake(d: Diagnosis): void {
  if (expression(d) === null) return;
  const colon = d.token(T.COLON);
  if (colon !== null && d.at(T.RBRACE, T.COMMA)) {
    d.raiseAt(colon, "expression expected after dictionary key and ':'");
  }
}

/** invalid_kvpair */
function pairMistake(d: Diagnosis): void {
  const s = d.pos;
  const key = expression(d);
  if (key !== null && !d.at(T.COLON)) {
    const { p } = d;
    p.pos = d.far;
    throw p.makeError(
      "':' expected after dictionary key",
      p.line[key.first],
      p.ecol[key.last] - 1,
      p.eline[key.last],
      -1,
    );
  }
  d.pos = s;
  starredValueMistake(d);
  d.pos = s;
  missingValueMistake(d);
  d.pos = s;
}

function listcomp(d: Diagnosis): Node | null {
  const s = d.pos;
  const proper = d.attempt(() => {
    if (!d.tok(T.LSQB) || namedExpression(d) === null || comprehensionClauses(d) === null) return null;
    return d.tok(T.RSQB) ? d.node('ListComp', s) : null;
  });
  if (proper === null && d.explain) comprehensionMistake(d);
  return proper;
}

function setcomp(d: Diagnosis): Node | null {
  const s = d.pos;
  const proper = d.attempt(() => {
    if (!d.tok(T.LBRACE) || namedExpression(d) === null || comprehensionClauses(d) === null) return null;
    return d.tok(T.RBRACE) ? d.node('SetComp', s) : null;
  });
  if (proper === null && d.explain) comprehensionMistake(d);
  return proper;
}

export function genexp(d: Diagnosis): Node | null {
  const s = d.pos;
  const proper = d.attempt(() => {
    if (!d.tok(T.LPAR) || assignmentOrExpression(d) === null || comprehensionClauses(d) === null) return null;
    return d.tok(T.RPAR) ? d.node('GeneratorExp', s) : null;
  });
  if (proper === null && d.explain) comprehensionMistake(d);
  return proper;
}

function dictcomp(d: Diagnosis): Node | null {
  const s = d.pos;
  const proper = d.attempt(() => {
    if (!d.tok(T.LBRACE) || !pair(d) || comprehensionClauses(d) === null) return null;
    return d.tok(T.RBRACE) ? d.node('DictComp', s) : null;
  });
  if (proper !== null || !d.explain) return proper;
  if (d.tok(T.LBRACE)) {
    const stars = d.token(T.DOUBLESTAR);
    if (stars !== null && bitwiseOr(d) !== null && comprehensionClauses(d) !== null && d.tok(T.RBRACE)) {
      d.raiseAt(stars, 'dict unpacking cannot be used in dict comprehension');
    }
  }
  d.pos = s;
  return null;
}

/** invalid_comprehension */
function comprehensionMistake(d: Diagnosis): void {
  const s = d.pos;
  if (d.anyOf(T.LSQB, T.LPAR, T.LBRACE) !== null) {
    const a = starredExpression(d);
    if (a !== null && comprehensionClauses(d) !== null) {
      d.raiseAt(a, 'iterable unpacking cannot be used in comprehension');
    }
  }
  d.pos = s;
  const msg = 'did you forget parentheses around the comprehension target?';
  if (d.anyOf(T.LSQB, T.LBRACE) !== null) {
    const a = starNamedExpression(d);
    if (a !== null) {
      const comma = d.token(T.COMMA);
      if (comma !== null) {
        const afterComma = d.pos;
        const b = starNamedExpressions(d);
        if (b !== null && comprehensionClauses(d) !== null) d.raiseRange(a, b[b.length - 1], msg);
        d.pos = afterComma;
        if (comprehensionClauses(d) !== null) d.raiseRange(a, comma, msg);
      }
    }
  }
  d.pos = s;
}

/** for_if_clauses: a node whose items are those of the last clause's end (the last condition, or what is iterated over). */
export function comprehensionClauses(d: Diagnosis): Node | null {
  const s = d.pos;
  let last: Node | null = null;
  const n = d.many(() => {
    const clause = comprehensionClause(d);
    if (clause !== null) last = clause;
    return clause;
  });
  return n > 0 && last !== null ? d.node('clauses', s, [last]) : null;
}

/** One clause; the node returned is its last part. After `in` there is no going back to other alternatives. */
function comprehensionClause(d: Diagnosis): Node | null {
  const s = d.pos;
  for (const isAsync of [true, false]) {
    d.pos = s;
    if (isAsync && !d.tok(T.KW_ASYNC)) continue;
    if (!d.tok(T.KW_FOR) || starTargets(d) === null || !d.tok(T.KW_IN)) continue;
    let last = disjunction(d);
    if (last === null) {
      d.pos = s;
      return null;
    }
    d.many(() => {
      if (!d.tok(T.KW_IF)) return null;
      const condition = disjunction(d);
      if (condition !== null) last = condition;
      return condition;
    });
    return last;
  }
  d.pos = s;
  if (!d.explain) return null;
  d.tok(T.KW_ASYNC);
  if (d.tok(T.KW_FOR) && bitwiseOr(d) !== null) {
    d.many(() => d.tok(T.COMMA) && bitwiseOr(d) !== null);
    d.tok(T.COMMA);
    if (!d.at(T.KW_IN)) d.raise("'in' expected after for-loop variables");
  }
  d.pos = s;
  forTargetMistake(d);
  return null;
}

/** invalid_for_target */
export function forTargetMistake(d: Diagnosis): void {
  const s = d.pos;
  d.tok(T.KW_ASYNC);
  if (d.tok(T.KW_FOR)) {
    const a = starExpressions(d);
    if (a !== null) checkTarget(d, a, 'for');
  }
  d.pos = s;
}
