// What can be wrong with the arguments of a call? The argument rules of the diagnosis (see diagnose_state.ts).
//
// Invariant: as in diagnose_expr.ts.

import { assignmentOrExpression, comprehensionClauses, expression } from './diagnose_expr.js';
import type { Diagnosis, Node } from './diagnose_state.js';
import * as T from './tokens.js';

// The number under which results are remembered (those of diagnose_expr.ts are below 30).
const ARGUMENTS = 30;

export function callArguments(d: Diagnosis): Node | null {
  return d.remember(ARGUMENTS, () => {
    const proper = d.attempt(() => {
      const a = args(d);
      if (a === null) return null;
      d.tok(T.COMMA);
      return d.at(T.RPAR) ? a : null;
    });
    if (proper === null && d.explain) argumentsMistake(d);
    return proper;
  });
}

/** A positional argument, starred or not. */
function positional(d: Diagnosis): Node | null {
  return (
    starredExpression(d) ??
    d.attempt(() => {
      const value = assignmentOrExpression(d);
      return value !== null && !d.at(T.EQUAL) ? value : null;
    })
  );
}

/** args: the items are the positional arguments; the flag tells of `**`. */
function args(d: Diagnosis): Node | null {
  const s = d.pos;
  const items = d.list(() => positional(d));
  if (items !== null) {
    let doubleStar = false;
    let keywordArgs: Node[] = [];
    d.attempt(() => {
      if (!d.tok(T.COMMA)) return null;
      const k = kwargs(d);
      if (k !== null) {
        doubleStar = k.flag;
        keywordArgs = k.items;
      }
      return k;
    });
    return d.node('args', s, [...items, ...keywordArgs], doubleStar);
  }
  d.pos = s;
  const k = kwargs(d);
  return k === null ? null : d.node('args', s, k.items, k.flag);
}

/** kwargs: the items are the starred arguments among them. */
function kwargs(d: Diagnosis): Node | null {
  const s = d.pos;
  const starredOnly = (list: Node[]) => list.filter((item) => item.kind === 'Starred');
  const both = d.attempt(() => {
    const first = d.list(() => keywordOrStarred(d));
    if (first === null || !d.tok(T.COMMA)) return null;
    const second = d.list(() => keywordOrDoubleStarred(d));
    if (second === null) return null;
    return d.node(
      'kwargs',
      s,
      starredOnly(first),
      second.some((item) => item.kind === 'DoubleStarred'),
    );
  });
  if (both !== null) return both;
  const first = d.list(() => keywordOrStarred(d));
  if (first !== null) return d.node('kwargs', s, starredOnly(first));
  const second = d.list(() => keywordOrDoubleStarred(d));
  if (second === null) return null;
  return d.node(
    'kwargs',
    s,
    [],
    second.some((item) => item.kind === 'DoubleStarred'),
  );
}

function keyword(d: Diagnosis): Node | null {
  const s = d.pos;
  return d.attempt(() => (d.name() !== null && d.tok(T.EQUAL) && expression(d) !== null ? d.node('keyword', s) : null));
}

function keywordOrStarred(d: Diagnosis): Node | null {
  if (d.explain) keywordMistake(d);
  return keyword(d) ?? starredExpression(d);
}

function keywordOrDoubleStarred(d: Diagnosis): Node | null {
  if (d.explain) keywordMistake(d);
  const plain = keyword(d);
  if (plain !== null) return plain;
  const s = d.pos;
  return d.attempt(() => (d.tok(T.DOUBLESTAR) && expression(d) !== null ? d.node('DoubleStarred', s) : null));
}

export function starredExpression(d: Diagnosis): Node | null {
  const s = d.pos;
  if (d.explain) {
    const star = d.token(T.STAR);
    if (star !== null && expression(d) !== null && d.tok(T.EQUAL)) {
      const b = expression(d);
      if (b !== null) d.raiseRange(star, b, 'cannot assign to iterable argument unpacking');
    }
    d.pos = s;
  }
  const proper = d.attempt(() => {
    if (!d.tok(T.STAR)) return null;
    const value = expression(d);
    return value && d.node('Starred', s, [value]);
  });
  if (proper !== null) return proper;
  if (d.explain && d.tok(T.STAR)) d.raise('Invalid star expression');
  return null;
}

/** invalid_kwarg */
function keywordMistake(d: Diagnosis): void {
  const s = d.pos;
  const constant = d.anyOf(T.KW_TRUE, T.KW_FALSE, T.KW_NONE);
  if (constant !== null) {
    const equals = d.token(T.EQUAL);
    if (equals !== null) d.raiseRange(constant, equals, `cannot assign to ${d.p.tokens.text(constant.first)}`);
  }
  d.pos = s;
  comparisonForAssignment(d);
  if (!d.ahead(() => d.name() !== null && d.tok(T.EQUAL))) {
    const a = expression(d);
    const equals = a === null ? null : d.token(T.EQUAL);
    if (a !== null && equals !== null) {
      d.raiseRange(a, equals, 'expression cannot contain assignment, perhaps you meant "=="?');
    }
  }
  d.pos = s;
  const stars = d.token(T.DOUBLESTAR);
  if (stars !== null && expression(d) !== null && d.tok(T.EQUAL)) {
    const b = expression(d);
    if (b !== null) d.raiseRange(stars, b, 'cannot assign to keyword argument unpacking');
  }
  d.pos = s;
}

/** `name = value for …` where a condition or a target was meant. */
function comparisonForAssignment(d: Diagnosis): void {
  const s = d.pos;
  const name = d.name();
  if (name !== null) {
    const equals = d.token(T.EQUAL);
    if (equals !== null && expression(d) !== null && comprehensionClauses(d) !== null) {
      d.raiseRange(name, equals, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
    }
  }
  d.pos = s;
}

/** invalid_arguments */
function argumentsMistake(d: Diagnosis): void {
  const s = d.pos;
  const parenthesize = 'Generator expression must be parenthesized';
  // A starred argument after `**`.
  const before =
    d.attempt(() => {
      const items = d.list(() => positional(d));
      return items !== null && d.tok(T.COMMA) && kwargs(d) !== null;
    }) ?? kwargs(d);
  if (before !== null) {
    const comma = d.token(T.COMMA);
    if (comma !== null) {
      const stars = d.list(() =>
        d.attempt(() => {
          const value = starredExpression(d);
          return value !== null && !d.at(T.EQUAL) ? value : null;
        }),
      );
      if (stars !== null) {
        d.raiseFrom(comma, 'iterable argument unpacking follows keyword argument unpacking');
      }
    }
  }
  d.pos = s;
  const a = expression(d);
  if (a !== null) {
    const clauses = comprehensionClauses(d);
    if (clauses !== null && d.tok(T.COMMA)) {
      if (args(d) === null) d.attempt(() => expression(d) !== null && comprehensionClauses(d) !== null);
      d.raiseRange(a, clauses.items[0], parenthesize);
    }
  }
  d.pos = s;
  comparisonForAssignment(d);
  d.attempt(() => args(d) !== null && d.tok(T.COMMA));
  const name = d.name();
  if (name !== null) {
    const equals = d.token(T.EQUAL);
    if (equals !== null && d.at(T.COMMA, T.RPAR)) d.raiseRange(name, equals, 'expected argument value expression');
  }
  d.pos = s;
  const list = args(d);
  if (list !== null) {
    const clauses = comprehensionClauses(d);
    if (clauses !== null && list.items.length > 1) {
      d.raiseRange(list.items[list.items.length - 1], clauses.items[0], parenthesize);
    }
  }
  d.pos = s;
  if (args(d) !== null && d.tok(T.COMMA)) {
    const value = expression(d);
    const clauses = value === null ? null : comprehensionClauses(d);
    if (value !== null && clauses !== null) d.raiseRange(value, clauses.items[0], parenthesize);
  }
  d.pos = s;
  const first = args(d);
  if (first !== null && d.tok(T.COMMA) && args(d) !== null) {
    d.raise(`positional argument follows keyword argument${first.flag ? ' unpacking' : ''}`);
  }
  d.pos = s;
}
