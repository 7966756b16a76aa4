// What can be wrong with a match statement? The pattern rules of the diagnosis (see diagnose_state.ts).
//
// Invariant: as in diagnose_expr.ts.

import { expression, namedExpression, starNamedExpression, starNamedExpressions, strings } from './diagnose_expr.js';
import { type Diagnosis, exprName, type Node } from './diagnose_state.js';
import { block, missingBlock } from './diagnose_stmt.js';
import { parseNumber } from './number_parser.js';
import * as T from './tokens.js';

// The numbers under which results are remembered.
const CLOSED_PATTERN = 80;
const STAR_PATTERN = 81;

export function matchStmt(d: Diagnosis): boolean {
  const s = d.pos;
  const proper = d.attempt(
    () =>
      d.soft(T.NAME_MATCH) &&
      subject(d) &&
      d.tok(T.COLON) &&
      d.tok(T.NEWLINE) &&
      d.tok(T.INDENT) &&
      d.many(() => caseBlock(d)) > 0 &&
      d.tok(T.DEDENT),
  );
  if (proper !== null) return true;
  if (d.explain) {
    if (d.soft(T.NAME_MATCH)) {
      const keyword: Node = d.node('token', s);
      if (subject(d)) {
        if (d.tok(T.NEWLINE)) d.raise("expected ':'");
        if (d.tok(T.COLON)) missingBlock(d, "'match' statement", keyword);
      }
    }
    d.pos = s;
  }
  return false;
}

function subject(d: Diagnosis): boolean {
  const several = d.attempt(() => {
    if (starNamedExpression(d) === null || !d.tok(T.COMMA)) return false;
    starNamedExpressions(d);
    return true;
  });
  return several !== null || namedExpression(d) !== null;
}

function guard(d: Diagnosis): void {
  d.attempt(() => d.tok(T.KW_IF) && namedExpression(d) !== null);
}

function caseBlock(d: Diagnosis): boolean {
  const s = d.pos;
  if (d.explain) {
    if (d.soft(T.NAME_CASE)) {
      const keyword: Node = d.node('token', s);
      if (patterns(d) !== null) {
        guard(d);
        if (d.tok(T.NEWLINE)) d.raise("expected ':'");
        if (d.tok(T.COLON)) missingBlock(d, "'case' statement", keyword);
      }
    }
    d.pos = s;
  }
  return (
    d.attempt(() => {
      if (!d.soft(T.NAME_CASE) || patterns(d) === null) return false;
      guard(d);
      return d.tok(T.COLON) && block(d);
    }) !== null
  );
}

function patterns(d: Diagnosis): Node | null {
  const s = d.pos;
  return openSequence(d) ? d.node('pattern', s) : pattern(d);
}

function pattern(d: Diagnosis): Node | null {
  const s = d.pos;
  const named = d.attempt(() => (orPattern(d) && d.tok(T.KW_AS) && captureTarget(d) ? d.node('pattern', s) : null));
  if (named !== null) return named;
  if (d.explain) {
    if (orPattern(d) && d.tok(T.KW_AS)) {
      const at = d.pos;
      if (d.soft(T.NAME_UNDERSCORE)) d.raiseAt(d.node('token', at), "cannot use '_' as a target");
      const a = expression(d);
      if (a !== null) d.raiseAt(a, `cannot use ${exprName(a)} as pattern target`);
    }
    d.pos = s;
  }
  return orPattern(d) ? d.node('pattern', s) : null;
}

function orPattern(d: Diagnosis): boolean {
  if (closedPattern(d) === null) return false;
  d.many(() => d.tok(T.VBAR) && closedPattern(d) !== null);
  return true;
}

function closedPattern(d: Diagnosis): Node | null {
  return d.remember(CLOSED_PATTERN, () => {
    const s = d.pos;
    const ok =
      literalPattern(d) ||
      captureTarget(d) ||
      d.soft(T.NAME_UNDERSCORE) ||
      valuePattern(d) ||
      groupPattern(d) ||
      sequencePattern(d) ||
      mappingPattern(d) ||
      classPattern(d);
    return ok ? d.node('pattern', s) : null;
  });
}

function signedNumber(d: Diagnosis): boolean {
  return (
    d.attempt(() => {
      d.tok(T.MINUS);
      return d.tok(T.NUMBER);
    }) !== null
  );
}

/** A sum or difference of a real and an imaginary number. */
function complexNumber(d: Diagnosis): boolean {
  return (
    d.attempt(() => {
      if (!signedNumber(d)) return false;
      const real = d.pos - 1;
      if (parseNumber(d.p, real).t === 'complex') {
        d.raiseAt(numberNode(real), 'real number required in complex literal');
      }
      if (d.anyOf(T.PLUS, T.MINUS) === null || !d.tok(T.NUMBER)) return false;
      const imaginary = d.pos - 1;
      if (parseNumber(d.p, imaginary).t !== 'complex') {
        d.raiseAt(numberNode(imaginary), 'imaginary number required in complex literal');
      }
      return true;
    }) !== null
  );
}

function numberNode(token: number): Node {
  return { kind: 'Literal', first: token, last: token, items: [], flag: false };
}

function literalPattern(d: Diagnosis): boolean {
  if (d.attempt(() => signedNumber(d) && !d.at(T.PLUS, T.MINUS)) !== null) return true;
  return complexNumber(d) || strings(d) !== null || d.anyOf(T.KW_NONE, T.KW_TRUE, T.KW_FALSE) !== null;
}

function captureTarget(d: Diagnosis): boolean {
  if (d.peek() === T.NAME && d.aux[d.pos] === T.NAME_UNDERSCORE) return false;
  return d.attempt(() => d.name() !== null && !d.at(T.DOT, T.LPAR, T.EQUAL)) !== null;
}

/** A dotted name; with at least one dot if `dotted`. */
function dottedName(d: Diagnosis, dotted: boolean): boolean {
  return (
    d.attempt(() => {
      if (d.name() === null) return false;
      const n = d.many(() => d.tok(T.DOT) && d.name() !== null);
      return !dotted || n > 0;
    }) !== null
  );
}

function valuePattern(d: Diagnosis): boolean {
  return d.attempt(() => dottedName(d, true) && !d.at(T.DOT, T.LPAR, T.EQUAL)) !== null;
}

function groupPattern(d: Diagnosis): boolean {
  return d.attempt(() => d.tok(T.LPAR) && pattern(d) !== null && d.tok(T.RPAR)) !== null;
}

function sequencePattern(d: Diagnosis): boolean {
  const list = d.attempt(() => {
    if (!d.tok(T.LSQB)) return false;
    maybeSequence(d);
    return d.tok(T.RSQB);
  });
  if (list !== null) return true;
  return (
    d.attempt(() => {
      if (!d.tok(T.LPAR)) return false;
      openSequence(d);
      return d.tok(T.RPAR);
    }) !== null
  );
}

function openSequence(d: Diagnosis): boolean {
  return (
    d.attempt(() => {
      if (maybeStar(d) === null || !d.tok(T.COMMA)) return false;
      maybeSequence(d);
      return true;
    }) !== null
  );
}

function maybeSequence(d: Diagnosis): boolean {
  if (d.list(() => maybeStar(d)) === null) return false;
  d.tok(T.COMMA);
  return true;
}

function maybeStar(d: Diagnosis): Node | null {
  const star = d.remember(STAR_PATTERN, () => {
    const s = d.pos;
    return d.tok(T.STAR) && (captureTarget(d) || d.soft(T.NAME_UNDERSCORE)) ? d.node('pattern', s) : null;
  });
  return star ?? pattern(d);
}

function mappingPattern(d: Diagnosis): boolean {
  const item = () => d.attempt(() => mappingKey(d) && d.tok(T.COLON) && pattern(d) !== null);
  const rest = () => d.attempt(() => d.tok(T.DOUBLESTAR) && captureTarget(d));
  const close = () => {
    d.tok(T.COMMA);
    return d.tok(T.RBRACE);
  };
  const form = (inside: () => boolean) => d.attempt(() => d.tok(T.LBRACE) && inside());
  const proper =
    form(() => d.tok(T.RBRACE)) ??
    form(() => rest() !== null && close()) ??
    form(() => d.list(item) !== null && d.tok(T.COMMA) && rest() !== null && close()) ??
    form(() => d.list(item) !== null && close());
  return proper !== null;
}

function mappingKey(d: Diagnosis): boolean {
  if (d.attempt(() => signedNumber(d) && !d.at(T.PLUS, T.MINUS)) !== null) return true;
  if (complexNumber(d)) return true;
  if (d.at(T.STRING, T.FSTRING_START, T.TSTRING_START) && strings(d) !== null) return true;
  return d.anyOf(T.KW_NONE, T.KW_TRUE, T.KW_FALSE) !== null || dottedName(d, true);
}

function classPattern(d: Diagnosis): boolean {
  const keyword = () => d.attempt(() => d.name() !== null && d.tok(T.EQUAL) && pattern(d) !== null);
  const close = () => {
    d.tok(T.COMMA);
    return d.tok(T.RPAR);
  };
  const form = (inside: () => boolean) => d.attempt(() => dottedName(d, false) && d.tok(T.LPAR) && inside());
  const proper =
    form(() => d.tok(T.RPAR)) ??
    form(() => d.list(() => pattern(d)) !== null && close()) ??
    form(() => d.list(keyword) !== null && close()) ??
    form(() => d.list(() => pattern(d)) !== null && d.tok(T.COMMA) && d.list(keyword) !== null && close());
  if (proper !== null) return true;
  if (d.explain) {
    const s = d.pos;
    if (dottedName(d, false) && d.tok(T.LPAR)) {
      d.attempt(() => d.list(() => pattern(d)) !== null && d.tok(T.COMMA));
      if (d.list(keyword) !== null && d.tok(T.COMMA)) {
        const late = d.list(() => pattern(d));
        if (late !== null) {
          d.raiseRange(late[0], late[late.length - 1], 'positional patterns follow keyword patterns');
        }
      }
    }
    d.pos = s;
  }
  return false;
}
