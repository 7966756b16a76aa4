// How are the parameters of a function or lambda parsed?
//
// Invariant: as in parser_expr.ts. The order of the kinds of parameter is checked here; that no name comes twice is checked later.

import type { Arg, Arguments, Expr } from './ast.js';
import { parseExpression } from './parser_expr.js';
import { emptyArguments, type Parser } from './parser_state.js';
import * as T from './tokens.js';

/** One parameter: a name with what else may belong to it. `starred`: it follows a '*'. */
export type ParameterReader = (p: Parser, starred: boolean) => Arg;

/** The parameter of a lambda: just a name. */
export function plainParameter(p: Parser): Arg {
  const s = p.pos;
  return {
    kind: 'arg',
    arg: p.name(),
    annotation: null,
    type_comment: null,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[s],
    end_col_offset: p.ecol[s],
  };
}

/** A type comment belongs to the parameter before it. */
function parameterComment(p: Parser, arg: Arg | null): void {
  if (p.kind[p.pos] !== T.TYPE_COMMENT) return;
  if (arg === null) p.fail();
  arg.type_comment = p.tokens.text(p.pos);
  p.pos++;
}

/** The parameters of a function or lambda, up to (and without) the token `close`. */
export function parseParameters(p: Parser, close: number, read: ParameterReader): Arguments {
  const out = emptyArguments();
  let sawStar = false;
  let sawSlash = false;
  let bareStar = false;
  let any = false;
  while (p.kind[p.pos] !== close) {
    let arg: Arg | null = null;
    const kind = p.kind[p.pos];
    if (kind === T.SLASH) {
      if (sawSlash || sawStar || !any) p.fail();
      p.pos++;
      p.requireVersion(8, 'Positional-only parameters are');
      sawSlash = true;
      out.posonlyargs = out.args;
      out.args = [];
    } else if (kind === T.STAR) {
      if (sawStar) p.fail();
      sawStar = true;
      p.pos++;
      if (p.kind[p.pos] === T.COMMA) bareStar = true;
      else out.vararg = arg = read(p, true);
    } else if (kind === T.DOUBLESTAR) {
      if (bareStar && out.kwonlyargs.length === 0) p.fail();
      p.pos++;
      out.kwarg = arg = read(p, false);
    } else {
      arg = read(p, false);
      let value: Expr | null = null;
      if (p.accept(T.EQUAL)) value = parseExpression(p);
      if (sawStar) {
        out.kwonlyargs.push(arg);
        out.kw_defaults.push(value);
      } else {
        out.args.push(arg);
        if (value !== null) out.defaults.push(value);
        else if (out.defaults.length > 0) p.fail();
      }
    }
    any = true;
    if (p.accept(T.COMMA)) {
      parameterComment(p, arg);
      if (out.kwarg !== null && p.kind[p.pos] !== close) p.fail();
    } else {
      parameterComment(p, arg);
      if (p.kind[p.pos] !== close) p.fail();
    }
  }
  if (bareStar && out.kwonlyargs.length === 0) p.fail();
  return out;
}
