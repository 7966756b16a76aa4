// What can be wrong with the parameters of a function or lambda? The parameter rules of the diagnosis (see diagnose_state.ts).
//
// Invariant: as in diagnose_expr.ts. Functions and lambdas differ in what ends a parameter list, in annotations, and in wording: a
// Flavor says how.

import { expression, starExpression } from './diagnose_expr.js';
import type { Diagnosis, Node } from './diagnose_state.js';
import * as T from './tokens.js';

interface Flavor {
  /** The token that ends the list. */
  close: number;
  annotated: boolean;
}

const FUNCTION: Flavor = { close: T.RPAR, annotated: true };
const LAMBDA: Flavor = { close: T.COLON, annotated: false };

/** params: the parameters of a function. */
export function params(d: Diagnosis): boolean {
  if (d.explain) parametersMistake(d, FUNCTION);
  return parameters(d, FUNCTION);
}

/** lambda_params */
export function lambdaParams(d: Diagnosis): boolean {
  if (d.explain) parametersMistake(d, LAMBDA);
  return parameters(d, LAMBDA);
}

/** A parameter's name, with its annotation. */
function param(d: Diagnosis, flavor: Flavor): Node | null {
  const s = d.pos;
  if (d.name() === null) return null;
  if (flavor.annotated) d.attempt(() => d.tok(T.COLON) && expression(d) !== null);
  return d.node('arg', s);
}

/** What follows a parameter: a comma, or (looked at only) the end; type comments may be there. */
function paramEnd(d: Diagnosis, flavor: Flavor): boolean {
  const s = d.pos;
  if (d.tok(T.COMMA)) {
    if (flavor.annotated) d.tok(T.TYPE_COMMENT);
    return true;
  }
  if (flavor.annotated) d.tok(T.TYPE_COMMENT);
  if (d.at(flavor.close)) return true;
  d.pos = s;
  return false;
}

function paramNoDefault(d: Diagnosis, flavor: Flavor): Node | null {
  return d.attempt(() => {
    const node = param(d, flavor);
    return node !== null && paramEnd(d, flavor) ? node : null;
  });
}

/** `*args: *annotation` */
function paramStarAnnotation(d: Diagnosis, flavor: Flavor): Node | null {
  if (!flavor.annotated) return null;
  const s = d.pos;
  return d.attempt(() => {
    if (d.name() === null || !d.tok(T.COLON) || starExpression(d) === null) return null;
    const node = d.node('arg', s);
    return paramEnd(d, flavor) ? node : null;
  });
}

function defaultValue(d: Diagnosis): boolean {
  const s = d.pos;
  if (d.tok(T.EQUAL) && expression(d) !== null) return true;
  d.pos = s;
  if (d.explain) {
    const equals = d.token(T.EQUAL);
    if (equals !== null && d.at(T.RPAR, T.COMMA)) d.raiseAt(equals, 'expected default value expression');
    d.pos = s;
  }
  return false;
}

function paramWithDefault(d: Diagnosis, flavor: Flavor): Node | null {
  return d.attempt(() => {
    const node = param(d, flavor);
    return node !== null && defaultValue(d) && paramEnd(d, flavor) ? node : null;
  });
}

function paramMaybeDefault(d: Diagnosis, flavor: Flavor): Node | null {
  return d.attempt(() => {
    const node = param(d, flavor);
    if (node === null) return null;
    defaultValue(d);
    return paramEnd(d, flavor) ? node : null;
  });
}

function slashEnd(d: Diagnosis, flavor: Flavor): boolean {
  return d.tok(T.SLASH) && (d.tok(T.COMMA) || d.at(flavor.close));
}

function slashNoDefault(d: Diagnosis, flavor: Flavor): boolean {
  return d.attempt(() => d.many(() => paramNoDefault(d, flavor)) > 0 && slashEnd(d, flavor)) !== null;
}

function slashWithDefault(d: Diagnosis, flavor: Flavor): boolean {
  return (
    d.attempt(() => {
      d.many(() => paramNoDefault(d, flavor));
      return d.many(() => paramWithDefault(d, flavor)) > 0 && slashEnd(d, flavor);
    }) !== null
  );
}

function parameters(d: Diagnosis, flavor: Flavor): boolean {
  if (slashNoDefault(d, flavor)) {
    d.many(() => paramNoDefault(d, flavor));
    d.many(() => paramWithDefault(d, flavor));
    starEtc(d, flavor);
    return true;
  }
  if (slashWithDefault(d, flavor)) {
    d.many(() => paramWithDefault(d, flavor));
    starEtc(d, flavor);
    return true;
  }
  if (d.many(() => paramNoDefault(d, flavor)) > 0) {
    d.many(() => paramWithDefault(d, flavor));
    starEtc(d, flavor);
    return true;
  }
  if (d.many(() => paramWithDefault(d, flavor)) > 0) {
    starEtc(d, flavor);
    return true;
  }
  return starEtc(d, flavor);
}

/** From the '*' or '**' on. */
function starEtc(d: Diagnosis, flavor: Flavor): boolean {
  if (d.explain) starMistake(d, flavor);
  const rest = () => {
    d.many(() => paramMaybeDefault(d, flavor));
    kwds(d, flavor);
    return true;
  };
  return (
    d.attempt(() => d.tok(T.STAR) && paramNoDefault(d, flavor) !== null && rest()) ??
    d.attempt(() => d.tok(T.STAR) && paramStarAnnotation(d, flavor) !== null && rest()) ??
    d.attempt(() => {
      if (!d.tok(T.STAR) || !d.tok(T.COMMA) || d.many(() => paramMaybeDefault(d, flavor)) === 0) return false;
      kwds(d, flavor);
      return true;
    }) ??
    kwds(d, flavor)
  );
}

function kwds(d: Diagnosis, flavor: Flavor): boolean {
  if (d.explain) kwdsMistake(d, flavor);
  return d.attempt(() => d.tok(T.DOUBLESTAR) && paramNoDefault(d, flavor) !== null) !== null;
}

// ---- Mistakes ----

function parametersMistake(d: Diagnosis, flavor: Flavor): void {
  const s = d.pos;
  const slash = d.token(T.SLASH);
  if (slash !== null && d.tok(T.COMMA)) d.raiseAt(slash, 'at least one argument must precede /');
  d.pos = s;

  if (slashNoDefault(d, flavor) || slashWithDefault(d, flavor)) {
    d.many(() => paramMaybeDefault(d, flavor));
    const again = d.token(T.SLASH);
    if (again !== null) d.raiseAt(again, '/ may appear only once');
  }
  d.pos = s;

  slashNoDefault(d, flavor);
  d.many(() => paramNoDefault(d, flavor));
  if (slashWithDefault(d, flavor) || d.many(() => paramWithDefault(d, flavor)) > 0) {
    const late = paramNoDefault(d, flavor);
    if (late !== null) d.raiseAt(late, 'parameter without a default follows parameter with a default');
  }
  d.pos = s;

  d.many(() => paramNoDefault(d, flavor));
  const open = d.token(T.LPAR);
  if (open !== null) {
    const inside = flavor.annotated
      ? d.many(() => paramNoDefault(d, flavor)) > 0
      : d.list(() => param(d, flavor)) !== null;
    if (inside) {
      d.tok(T.COMMA);
      const close = d.token(T.RPAR);
      if (close !== null) {
        const what = flavor.annotated ? 'Function' : 'Lambda expression';
        d.raiseRange(open, close, `${what} parameters cannot be parenthesized`);
      }
    }
  }
  d.pos = s;

  if (!slashNoDefault(d, flavor)) slashWithDefault(d, flavor);
  d.many(() => paramMaybeDefault(d, flavor));
  if (d.tok(T.STAR) && (d.tok(T.COMMA) || paramNoDefault(d, flavor) !== null)) {
    d.many(() => paramMaybeDefault(d, flavor));
    const late = d.token(T.SLASH);
    if (late !== null) d.raiseAt(late, '/ must be ahead of *');
  }
  d.pos = s;

  if (d.many(() => paramMaybeDefault(d, flavor)) > 0 && d.tok(T.SLASH)) {
    const star = d.token(T.STAR);
    if (star !== null) d.raiseAt(star, 'expected comma between / and *');
  }
  d.pos = s;
}

function starMistake(d: Diagnosis, flavor: Flavor): void {
  const s = d.pos;
  const star = d.token(T.STAR);
  if (star !== null) {
    const bare = d.tok(flavor.close) || (d.tok(T.COMMA) && (d.tok(flavor.close) || d.tok(T.DOUBLESTAR)));
    if (bare) {
      const msg = 'named arguments must follow bare *';
      if (flavor.annotated) d.raiseAt(star, msg);
      d.raise(msg);
    }
  }
  d.pos = s;
  if (flavor.annotated) {
    if (d.tok(T.STAR) && d.tok(T.COMMA) && d.tok(T.TYPE_COMMENT)) d.raise('bare * has associated type comment');
    d.pos = s;
  }
  if (d.tok(T.STAR) && param(d, flavor) !== null) {
    const equals = d.token(T.EQUAL);
    if (equals !== null) d.raiseAt(equals, 'var-positional argument cannot have default value');
  }
  d.pos = s;
  const oneOrNone = () => paramNoDefault(d, flavor) !== null || d.tok(T.COMMA);
  if (d.tok(T.STAR) && oneOrNone()) {
    d.many(() => paramMaybeDefault(d, flavor));
    const again = d.token(T.STAR);
    if (again !== null && oneOrNone()) d.raiseAt(again, '* argument may appear only once');
  }
  d.pos = s;
}

function kwdsMistake(d: Diagnosis, flavor: Flavor): void {
  const s = d.pos;
  if (d.tok(T.DOUBLESTAR) && param(d, flavor) !== null) {
    const equals = d.token(T.EQUAL);
    if (equals !== null) d.raiseAt(equals, 'var-keyword argument cannot have default value');
    if (d.tok(T.COMMA)) {
      const late = param(d, flavor) ?? d.anyOf(T.STAR, T.DOUBLESTAR, T.SLASH);
      if (late !== null) d.raiseAt(late, 'arguments cannot follow var-keyword argument');
    }
  }
  d.pos = s;
}
