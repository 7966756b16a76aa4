// What can be wrong with an f-string or t-string? The rules of the diagnosis (see diagnose_state.ts) for replacement fields.
//
// Invariant: as in diagnose_expr.ts. What is wrong with the text itself (escapes, conversions) is raised whenever a string is read.

import { annotatedRhs } from './diagnose_expr.js';
import type { Diagnosis, Node } from './diagnose_state.js';
import { checkConversion, decodeText } from './string_parser.js';
import * as T from './tokens.js';

interface Flavor {
  prefix: 'f' | 't';
  start: number;
  middle: number;
  end: number;
}

const FSTRING: Flavor = { prefix: 'f', start: T.FSTRING_START, middle: T.FSTRING_MIDDLE, end: T.FSTRING_END };
const TSTRING: Flavor = { prefix: 't', start: T.TSTRING_START, middle: T.TSTRING_MIDDLE, end: T.TSTRING_END };

export function fstring(d: Diagnosis): Node | null {
  return template(d, FSTRING, 'JoinedStr');
}

export function tstring(d: Diagnosis): Node | null {
  return template(d, TSTRING, 'TemplateStr');
}

function template(d: Diagnosis, flavor: Flavor, kind: string): Node | null {
  const s = d.pos;
  return d.attempt(() => {
    if (!d.tok(flavor.start)) return null;
    const raw = /r/i.test(d.p.tokens.text(s));
    const texts: number[] = [];
    d.many(() => {
      if (replacementField(d, flavor, raw)) return true;
      texts.push(d.pos);
      return d.tok(flavor.middle);
    });
    if (!d.tok(flavor.end)) return null;
    for (const token of texts) {
      if (d.kind[token] === flavor.middle) checkText(d, token, raw, false);
    }
    return d.node(kind, s);
  });
}

/** Raises what is wrong with the escapes in a literal part. */
function checkText(d: Diagnosis, token: number, raw: boolean, inSpec: boolean): void {
  d.p.pos = d.far;
  decodeText(d.p, d.p.start[token], d.p.end[token], raw, token, inSpec);
}

function formatSpec(d: Diagnosis, flavor: Flavor, raw: boolean): void {
  d.many(() => {
    const token = d.pos;
    if (!d.tok(flavor.middle)) return replacementField(d, flavor, raw);
    checkText(d, token, raw, true);
    return true;
  });
}

function replacementField(d: Diagnosis, flavor: Flavor, raw: boolean): boolean {
  const proper = d.attempt(() => {
    if (!d.tok(T.LBRACE) || annotatedRhs(d) === null) return false;
    d.tok(T.EQUAL);
    d.attempt(() => {
      const mark = d.pos;
      if (!d.tok(T.EXCLAMATION) || d.name() === null) return false;
      checkConversion(d.p, flavor.prefix, mark);
      return true;
    });
    if (d.tok(T.COLON)) formatSpec(d, flavor, raw);
    return d.tok(T.RBRACE);
  });
  if (proper !== null) return true;
  if (d.explain) fieldMistake(d, flavor, raw);
  return false;
}

function fieldMistake(d: Diagnosis, flavor: Flavor, raw: boolean): void {
  const s = d.pos;
  const what = `${flavor.prefix}-string`;
  if (!d.tok(T.LBRACE)) return;
  for (const [kind, text] of [
    [T.EQUAL, '='],
    [T.EXCLAMATION, '!'],
    [T.COLON, ':'],
    [T.RBRACE, '}'],
  ] as const) {
    const token = d.token(kind);
    if (token !== null) d.raiseAt(token, `${what}: valid expression required before '${text}'`);
  }
  if (!d.ahead(() => annotatedRhs(d))) d.raiseNext(`${what}: expecting a valid expression after '{'`);
  annotatedRhs(d);
  const after = d.pos;
  if (!d.at(T.EQUAL, T.EXCLAMATION, T.COLON, T.RBRACE)) {
    d.raiseNext(`${what}: expecting '=', or '!', or ':', or '}'`);
  }
  if (d.tok(T.EQUAL) && !d.at(T.EXCLAMATION, T.COLON, T.RBRACE)) {
    d.raiseNext(`${what}: expecting '!', or ':', or '}'`);
  }
  d.pos = after;
  d.tok(T.EQUAL);
  if (d.tok(T.EXCLAMATION)) {
    if (d.at(T.COLON, T.RBRACE)) d.raiseNext(`${what}: missing conversion character`);
    if (!d.at(T.NAME)) d.raiseNext(`${what}: invalid conversion character`);
  }
  const conversion = () => {
    d.pos = after;
    d.tok(T.EQUAL);
    d.attempt(() => d.tok(T.EXCLAMATION) && d.name() !== null);
  };
  conversion();
  if (!d.at(T.COLON, T.RBRACE)) d.raiseNext(`${what}: expecting ':' or '}'`);
  conversion();
  if (d.tok(T.COLON)) {
    formatSpec(d, flavor, raw);
    if (!d.at(T.RBRACE)) d.raiseNext(`${what}: expecting '}', or format specs`);
  }
  conversion();
  if (!d.at(T.RBRACE)) d.raiseNext(`${what}: expecting '}'`);
  d.pos = s;
}
