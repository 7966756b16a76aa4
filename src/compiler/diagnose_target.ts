// What can be assigned to or deleted? The target rules of the diagnosis (see diagnose_state.ts).
//
// Invariant: as in diagnose_expr.ts.

import { atom, slices, trailer } from './diagnose_expr.js';
import type { Diagnosis, Node } from './diagnose_state.js';
import * as T from './tokens.js';

// The numbers under which results are remembered (those of diagnose_expr.ts are below 30).
const STAR_TARGET = 40;
const TARGET_WITH_STAR_ATOM = 41;
const T_PRIMARY = 42;
const DEL_TARGET = 43;

export function starTargets(d: Diagnosis): Node | null {
  const s = d.pos;
  const single = d.attempt(() => {
    const one = starTarget(d);
    return one !== null && !d.at(T.COMMA) ? one : null;
  });
  if (single !== null) return single;
  const items = d.list(() => starTarget(d));
  if (items === null) return null;
  d.tok(T.COMMA);
  return d.node('Tuple', s, items);
}

export function starTarget(d: Diagnosis): Node | null {
  return d.remember(STAR_TARGET, () => {
    const s = d.pos;
    const starred = d.attempt(() => {
      if (!d.tok(T.STAR) || d.at(T.STAR)) return null;
      const value = starTarget(d);
      return value && d.node('Starred', s, [value]);
    });
    return starred ?? targetWithStarAtom(d);
  });
}

function isTrailerNext(d: Diagnosis): boolean {
  return d.at(T.LPAR, T.LSQB, T.DOT);
}

/** A primary that is followed by an attribute, call or subscript: that one is not part of it. */
function tPrimary(d: Diagnosis): Node | null {
  return d.remember(T_PRIMARY, () => {
    const s = d.pos;
    let node = d.attempt(() => {
      const value = atom(d);
      return value !== null && isTrailerNext(d) ? value : null;
    });
    while (node !== null) {
      const more: Node | null = d.attempt(() => {
        const longer = trailer(d, s);
        return longer !== null && isTrailerNext(d) ? longer : null;
      });
      if (more === null) break;
      node = more;
    }
    return node;
  });
}

/** An attribute or subscript, as the whole of a target. */
export function subscriptOrAttributeTarget(d: Diagnosis): Node | null {
  const s = d.pos;
  const attribute = d.attempt(() =>
    tPrimary(d) !== null && d.tok(T.DOT) && d.name() !== null && !isTrailerNext(d) ? d.node('Attribute', s) : null,
  );
  return (
    attribute ??
    d.attempt(() =>
      tPrimary(d) !== null && d.tok(T.LSQB) && slices(d) !== null && d.tok(T.RSQB) && !isTrailerNext(d)
        ? d.node('Subscript', s)
        : null,
    )
  );
}

function targetWithStarAtom(d: Diagnosis): Node | null {
  return d.remember(TARGET_WITH_STAR_ATOM, () => subscriptOrAttributeTarget(d) ?? starAtom(d));
}

function starAtom(d: Diagnosis): Node | null {
  const s = d.pos;
  const name = d.name();
  if (name !== null) return name;
  const inner = d.attempt(() => {
    if (!d.tok(T.LPAR)) return null;
    const value = targetWithStarAtom(d);
    return value !== null && d.tok(T.RPAR) ? value : null;
  });
  if (inner !== null) return inner;
  const sequence = (open: number, close: number, kind: string) =>
    d.attempt(() => {
      if (!d.tok(open)) return null;
      const items: Node[] = [];
      d.attempt(() => {
        const found = d.list(() => starTarget(d));
        if (found === null) return null;
        const comma = d.tok(T.COMMA);
        if (kind === 'Tuple' && found.length === 1 && !comma) return null;
        items.push(...found);
        return true;
      });
      return d.tok(close) ? d.node(kind, s, items) : null;
    });
  return sequence(T.LPAR, T.RPAR, 'Tuple') ?? sequence(T.LSQB, T.RSQB, 'List');
}

export function singleTarget(d: Diagnosis): Node | null {
  const found = subscriptOrAttributeTarget(d) ?? d.name();
  if (found !== null) return found;
  return d.attempt(() => {
    if (!d.tok(T.LPAR)) return null;
    const value = singleTarget(d);
    return value !== null && d.tok(T.RPAR) ? value : null;
  });
}

export function delTargets(d: Diagnosis): Node[] | null {
  const items = d.list(() => delTarget(d));
  if (items !== null) d.tok(T.COMMA);
  return items;
}

function delTarget(d: Diagnosis): Node | null {
  return d.remember(DEL_TARGET, () => {
    const s = d.pos;
    const found = subscriptOrAttributeTarget(d) ?? d.name();
    if (found !== null) return found;
    const inner = d.attempt(() => {
      if (!d.tok(T.LPAR)) return null;
      const value = delTarget(d);
      return value !== null && d.tok(T.RPAR) ? value : null;
    });
    if (inner !== null) return inner;
    const sequence = (open: number, close: number, kind: string) =>
      d.attempt(() => {
        if (!d.tok(open)) return null;
        const items = delTargets(d) ?? [];
        return d.tok(close) ? d.node(kind, s, items) : null;
      });
    return sequence(T.LPAR, T.RPAR, 'Tuple') ?? sequence(T.LSQB, T.RSQB, 'List');
  });
}
