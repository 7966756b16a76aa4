// What may be assigned to, and how does an expression become a target?
//
// Invariant: as in parser_expr.ts. A target is parsed as an expression and then given its context, inside and out.

import type { Expr } from './ast.js';
import { beginsExpression, parsePrimary, starred } from './parser_expr.js';
import type { Parser } from './parser_state.js';
import * as T from './tokens.js';

/** star_targets: what `for` assigns to. */
export function parseStarTargets(p: Parser): Expr {
  const s = p.pos;
  const first = parseStarTarget(p);
  if (p.kind[p.pos] !== T.COMMA) return first;
  const elts = [first];
  while (p.accept(T.COMMA)) {
    const kind = p.kind[p.pos];
    if (!beginsExpression(kind) && kind !== T.STAR) break;
    elts.push(parseStarTarget(p));
  }
  const e = p.pos - 1;
  return {
    kind: 'Tuple',
    elts,
    ctx: 'Store',
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

/** star_target: one target, perhaps with '*'. */
export function parseStarTarget(p: Parser): Expr {
  const target = p.kind[p.pos] === T.STAR ? starred(p, parsePrimary) : parsePrimary(p);
  if (!makeTarget(target, 'Store', true)) p.fail();
  return target;
}

/** Turns an expression into a target, recursively: false if it cannot be one. `star`: `*x` is allowed here and inside. */
export function makeTarget(node: Expr, ctx: 'Store' | 'Del', star: boolean): boolean {
  switch (node.kind) {
    case 'Name':
    case 'Attribute':
    case 'Subscript':
      node.ctx = ctx;
      return true;
    case 'Starred':
      if (!star || ctx === 'Del') return false;
      node.ctx = ctx;
      return node.value.kind !== 'Starred' && makeTarget(node.value, ctx, true);
    case 'Tuple':
    case 'List':
      node.ctx = ctx;
      for (const elt of node.elts) if (!makeTarget(elt, ctx, star)) return false;
      return true;
    default:
      return false;
  }
}
