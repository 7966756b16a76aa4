// How is a statement parsed?
//
// Invariant: as in parser_expr.ts; a compound statement returns with the DEDENT of its last block consumed. `elif` chains are not
// recursive here: a chain of any length needs no stack.

import type {
  Alias,
  Arg,
  Arguments,
  ClassDef,
  ExceptHandler,
  Expr,
  If,
  Keyword,
  MatchCase,
  Operator,
  Stmt,
  TypeParam,
  WithItem,
} from './ast.js';
import {
  beginsExpression,
  parseAnnotatedRhs,
  parseArguments,
  parseExpression,
  parseExpressions,
  parseNamedExpression,
  parsePrimary,
  parseStarExpression,
  parseStarExpressions,
  parseStarNamedExpression,
  parseYield,
} from './parser_expr.js';
import { parseParameters } from './parser_params.js';
import { parseCaseBlock } from './parser_pattern.js';
import { emptyArguments, type Parser } from './parser_state.js';
import { makeTarget, parseStarTarget, parseStarTargets } from './parser_target.js';
import * as T from './tokens.js';

type Locations = 'lineno' | 'col_offset' | 'end_lineno' | 'end_col_offset';
type Unlocated<N> = N extends Stmt ? Omit<N, Locations> : never;

/** Completes a statement that began at token s and whose last token has just been consumed. */
function at<N extends Stmt>(p: Parser, s: number, node: Unlocated<N>): N {
  const e = p.lastToken();
  const full = node as unknown as N;
  full.lineno = p.line[s];
  full.col_offset = p.col[s];
  full.end_lineno = p.eline[e];
  full.end_col_offset = p.ecol[e];
  return full;
}

const AUGMENTED: (Operator | undefined)[] = [];
AUGMENTED[T.PLUSEQUAL] = 'Add';
AUGMENTED[T.MINEQUAL] = 'Sub';
AUGMENTED[T.STAREQUAL] = 'Mult';
AUGMENTED[T.ATEQUAL] = 'MatMult';
AUGMENTED[T.SLASHEQUAL] = 'Div';
AUGMENTED[T.PERCENTEQUAL] = 'Mod';
AUGMENTED[T.AMPEREQUAL] = 'BitAnd';
AUGMENTED[T.VBAREQUAL] = 'BitOr';
AUGMENTED[T.CIRCUMFLEXEQUAL] = 'BitXor';
AUGMENTED[T.LEFTSHIFTEQUAL] = 'LShift';
AUGMENTED[T.RIGHTSHIFTEQUAL] = 'RShift';
AUGMENTED[T.DOUBLESTAREQUAL] = 'Pow';
AUGMENTED[T.DOUBLESLASHEQUAL] = 'FloorDiv';

// ---- Blocks and statements ----

/** statements, up to a token that can begin none: appended to `out`. */
export function parseStatements(p: Parser, out: Stmt[], end: number): void {
  while (p.kind[p.pos] !== end) parseStatement(p, out);
}

/** statement: a compound one, or a line of simple ones. */
export function parseStatement(p: Parser, out: Stmt[]): void {
  const compound = parseCompound(p);
  if (compound !== null) out.push(compound);
  else parseSimpleStatements(p, out);
}

/** simple_stmts: statements with ';' between them, and the NEWLINE. */
export function parseSimpleStatements(p: Parser, out: Stmt[]): void {
  for (;;) {
    out.push(parseSimple(p));
    if (p.kind[p.pos] === T.NEWLINE) {
      p.pos++;
      return;
    }
    p.expect(T.SEMI);
    if (p.accept(T.NEWLINE)) return;
  }
}

/** block: an indented one, or simple statements on the same line. */
export function parseBlock(p: Parser): Stmt[] {
  const body: Stmt[] = [];
  if (p.kind[p.pos] === T.NEWLINE) {
    p.pos++;
    p.expect(T.INDENT);
    p.enter();
    do parseStatement(p, body);
    while (p.kind[p.pos] !== T.DEDENT);
    p.leave();
    p.pos++;
  } else {
    parseSimpleStatements(p, body);
  }
  return body;
}

/** A compound statement, or null if the next token begins none. */
export function parseCompound(p: Parser): Stmt | null {
  switch (p.kind[p.pos]) {
    case T.KW_IF:
      return parseIf(p);
    case T.KW_DEF:
      return parseFunction(p, p.pos, [], false);
    case T.KW_CLASS:
      return parseClass(p, []);
    case T.KW_FOR:
      return parseFor(p, p.pos, false);
    case T.KW_WHILE:
      return parseWhile(p);
    case T.KW_TRY:
      return parseTry(p);
    case T.KW_WITH:
      return parseWith(p, p.pos, false);
    case T.AT:
      return parseDecorated(p);
    case T.KW_ASYNC:
      return parseAsync(p);
    case T.NAME:
      return p.aux[p.pos] === T.NAME_MATCH && isMatchStatement(p) ? parseMatch(p) : null;
    default:
      return null;
  }
}

function parseAsync(p: Parser): Stmt {
  const s = p.pos;
  p.pos++;
  switch (p.kind[p.pos]) {
    case T.KW_DEF:
      return parseFunction(p, s, [], true);
    case T.KW_FOR:
      return parseFor(p, s, true);
    case T.KW_WITH:
      return parseWith(p, s, true);
    default:
      return p.fail();
  }
}

/** `else` ':' block, or nothing. */
function parseElse(p: Parser): Stmt[] {
  if (!p.accept(T.KW_ELSE)) return [];
  p.expect(T.COLON);
  return parseBlock(p);
}

function parseIf(p: Parser): Stmt {
  // The statements of an elif chain, outermost first; their ends are known when the chain ends.
  const chain: { s: number; node: If }[] = [];
  do {
    const s = p.pos;
    p.pos++;
    const test = parseNamedExpression(p);
    p.expect(T.COLON);
    const body = parseBlock(p);
    const node = at<If>(p, s, { kind: 'If', test, body, orelse: [] });
    if (chain.length > 0) chain[chain.length - 1].node.orelse = [node];
    chain.push({ s, node });
    p.enter();
  } while (p.kind[p.pos] === T.KW_ELIF);
  const orelse = parseElse(p);
  chain[chain.length - 1].node.orelse = orelse;
  p.depth -= chain.length;
  const e = p.lastToken();
  for (const { node } of chain) {
    node.end_lineno = p.eline[e];
    node.end_col_offset = p.ecol[e];
  }
  return chain[0].node;
}

function parseWhile(p: Parser): Stmt {
  const s = p.pos;
  p.pos++;
  const test = parseNamedExpression(p);
  p.expect(T.COLON);
  const body = parseBlock(p);
  const orelse = parseElse(p);
  return at<Stmt>(p, s, { kind: 'While', test, body, orelse });
}

function typeComment(p: Parser): string | null {
  if (p.kind[p.pos] !== T.TYPE_COMMENT) return null;
  return p.tokens.text(p.pos++);
}

function parseFor(p: Parser, s: number, isAsync: boolean): Stmt {
  p.pos++;
  const target = parseStarTargets(p);
  if (target.kind === 'Starred') target.ctx = 'Store';
  p.expect(T.KW_IN);
  const iter = parseStarExpressions(p);
  p.expect(T.COLON);
  const type_comment = typeComment(p);
  const body = parseBlock(p);
  const orelse = parseElse(p);
  if (!isAsync) return at<Stmt>(p, s, { kind: 'For', target, iter, body, orelse, type_comment });
  p.requireVersion(5, 'Async for loops are');
  return at<Stmt>(p, s, { kind: 'AsyncFor', target, iter, body, orelse, type_comment });
}

// ---- with ----

/** The token after the bracket that closes the one at token `open`. */
function afterBracket(p: Parser, open: number): number {
  let depth = 0;
  for (let i = open; ; i++) {
    switch (p.kind[i]) {
      case T.LPAR:
      case T.LSQB:
      case T.LBRACE:
        depth++;
        break;
      case T.RPAR:
      case T.RSQB:
      case T.RBRACE:
        if (--depth === 0) return i + 1;
        break;
      case T.NEWLINE:
      case T.ENDMARKER:
      case T.ERRORTOKEN:
        return i;
    }
  }
}

function parseWithItem(p: Parser): WithItem {
  const context_expr = parseExpression(p);
  if (p.kind[p.pos] !== T.KW_AS) return { kind: 'withitem', context_expr, optional_vars: null };
  p.pos++;
  const optional_vars = parseStarTarget(p);
  const next = p.kind[p.pos];
  if (next !== T.COMMA && next !== T.RPAR && next !== T.COLON) p.fail();
  return { kind: 'withitem', context_expr, optional_vars };
}

/** '(' items ')': null (with nothing consumed) if the brackets hold one expression that merely looks like items. */
function parseBracketedItems(p: Parser): WithItem[] | null {
  const s = p.pos;
  if (p.kind[afterBracket(p, s)] !== T.COLON) return null;
  p.pos++;
  const items: WithItem[] = [];
  while (items.length === 0 || p.kind[p.pos] !== T.RPAR) {
    const kind = p.kind[p.pos];
    if (!beginsExpression(kind)) break;
    items.push(parseWithItem(p));
    if (!p.accept(T.COMMA)) break;
  }
  if (items.length > 0 && p.accept(T.RPAR)) return items;
  p.pos = s;
  return null;
}

function parseWith(p: Parser, s: number, isAsync: boolean): Stmt {
  p.pos++;
  let items: WithItem[] | null = null;
  if (p.kind[p.pos] === T.LPAR) items = parseBracketedItems(p);
  const bracketed = items !== null;
  if (items === null) {
    items = [];
    do items.push(parseWithItem(p));
    while (p.accept(T.COMMA));
  }
  p.expect(T.COLON);
  const type_comment = bracketed && isAsync ? null : typeComment(p);
  const body = parseBlock(p);
  if (!isAsync) return at<Stmt>(p, s, { kind: 'With', items, body, type_comment });
  p.requireVersion(5, 'Async with statements are');
  return at<Stmt>(p, s, { kind: 'AsyncWith', items, body, type_comment });
}

// ---- try ----

function parseTry(p: Parser): Stmt {
  const s = p.pos;
  p.pos++;
  p.expect(T.COLON);
  const body = parseBlock(p);
  const handlers: ExceptHandler[] = [];
  let star = false;
  while (p.kind[p.pos] === T.KW_EXCEPT) {
    const hs = p.pos;
    p.pos++;
    const starHere = p.accept(T.STAR);
    if (handlers.length === 0) star = starHere;
    else if (star !== starHere) p.fail();
    let type: Expr | null = null;
    let name: string | null = null;
    if (star || p.kind[p.pos] !== T.COLON) {
      const ts = p.pos;
      type = parseExpressions(p);
      const bare = type.kind === 'Tuple' && (p.kind[ts] !== T.LPAR || afterBracket(p, ts) !== p.pos);
      if (bare) p.requireVersion(14, 'except expressions without parentheses are');
      else if (p.accept(T.KW_AS)) name = p.name();
    }
    p.expect(T.COLON);
    const block = parseBlock(p);
    const e = p.lastToken();
    handlers.push({
      kind: 'ExceptHandler',
      type,
      name,
      body: block,
      lineno: p.line[hs],
      col_offset: p.col[hs],
      end_lineno: p.eline[e],
      end_col_offset: p.ecol[e],
    });
  }
  const orelse = handlers.length > 0 ? parseElse(p) : [];
  let finalbody: Stmt[] = [];
  if (p.accept(T.KW_FINALLY)) {
    p.expect(T.COLON);
    finalbody = parseBlock(p);
  } else if (handlers.length === 0) {
    p.fail();
  }
  if (!star) return at<Stmt>(p, s, { kind: 'Try', body, handlers, orelse, finalbody });
  p.requireVersion(11, 'Exception groups are');
  return at<Stmt>(p, s, { kind: 'TryStar', body, handlers, orelse, finalbody });
}

// ---- match ----

/**
 * Does the name `match` at `pos` begin a match statement? It does if its line ends with ':' and an indented `case` follows; most uses of the
 * name are settled by the token after it.
 */
function isMatchStatement(p: Parser): boolean {
  const next = p.kind[p.pos + 1];
  if (next === T.STAR) {
    // `match *a, b:` or a product: the end of the line decides.
  } else if (!beginsExpression(next)) {
    return false;
  }
  let i = p.pos + 1;
  for (;;) {
    const kind = p.kind[i];
    if (kind === T.NEWLINE) break;
    if (kind === T.ENDMARKER || kind === T.ERRORTOKEN) return false;
    i++;
  }
  return (
    p.kind[i - 1] === T.COLON && p.kind[i + 1] === T.INDENT && p.kind[i + 2] === T.NAME && p.aux[i + 2] === T.NAME_CASE
  );
}

function parseMatch(p: Parser): Stmt {
  const s = p.pos;
  p.pos++;
  const es = p.pos;
  let subject = parseStarNamedExpression(p);
  if (p.kind[p.pos] === T.COMMA) {
    const elts = [subject];
    while (p.accept(T.COMMA)) {
      if (p.kind[p.pos] === T.COLON) break;
      elts.push(parseStarNamedExpression(p));
    }
    const e = p.pos - 1;
    subject = {
      kind: 'Tuple',
      elts,
      ctx: 'Load',
      lineno: p.line[es],
      col_offset: p.col[es],
      end_lineno: p.eline[e],
      end_col_offset: p.ecol[e],
    };
  } else if (p.kind[es] === T.STAR) {
    p.fail();
  }
  p.expect(T.COLON);
  p.expect(T.NEWLINE);
  p.expect(T.INDENT);
  const cases: MatchCase[] = [];
  p.enter();
  do cases.push(parseCaseBlock(p));
  while (p.kind[p.pos] !== T.DEDENT);
  p.leave();
  p.pos++;
  p.requireVersion(10, 'Pattern matching is');
  return at<Stmt>(p, s, { kind: 'Match', subject, cases });
}

// ---- Definitions ----

function parseDecorated(p: Parser): Stmt {
  const decorators: Expr[] = [];
  while (p.accept(T.AT)) {
    decorators.push(parseNamedExpression(p));
    p.expect(T.NEWLINE);
  }
  switch (p.kind[p.pos]) {
    case T.KW_DEF:
      return parseFunction(p, p.pos, decorators, false);
    case T.KW_CLASS:
      return parseClass(p, decorators);
    case T.KW_ASYNC: {
      const s = p.pos;
      p.pos++;
      if (p.kind[p.pos] !== T.KW_DEF) p.fail();
      return parseFunction(p, s, decorators, true);
    }
    default:
      return p.fail();
  }
}

/** A parameter of a function: its name, and perhaps an annotation. */
function annotatedParameter(p: Parser, starred: boolean): Arg {
  const s = p.pos;
  const arg = p.name();
  let annotation: Expr | null = null;
  if (p.accept(T.COLON)) annotation = starred ? parseStarExpression(p) : parseExpression(p);
  const e = p.pos - 1;
  return {
    kind: 'arg',
    arg,
    annotation,
    type_comment: null,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

/** A type comment of a function: on the line of the `def`, or on a line of its own at the start of the body. */
function functionTypeComment(p: Parser): string | null {
  const { pos } = p;
  if (
    p.kind[pos] === T.NEWLINE &&
    p.kind[pos + 1] === T.TYPE_COMMENT &&
    p.kind[pos + 2] === T.NEWLINE &&
    p.kind[pos + 3] === T.INDENT
  ) {
    p.pos = pos + 2;
    return p.tokens.text(pos + 1);
  }
  return typeComment(p);
}

/** `def` is next; s is the first token of the statement. */
function parseFunction(p: Parser, s: number, decorator_list: Expr[], isAsync: boolean): Stmt {
  p.pos++;
  const name = p.name();
  const type_params = parseTypeParams(p);
  p.expect(T.LPAR);
  const args: Arguments = p.kind[p.pos] === T.RPAR ? emptyArguments() : parseParameters(p, T.RPAR, annotatedParameter);
  p.expect(T.RPAR);
  const returns = p.accept(T.RARROW) ? parseExpression(p) : null;
  p.expect(T.COLON);
  const type_comment = functionTypeComment(p);
  const body = parseBlock(p);
  if (isAsync) p.requireVersion(5, 'Async functions are');
  const kind = isAsync ? 'AsyncFunctionDef' : 'FunctionDef';
  return at<Stmt>(p, s, { kind, name, args, body, decorator_list, returns, type_comment, type_params });
}

function parseClass(p: Parser, decorator_list: Expr[]): ClassDef {
  const s = p.pos;
  p.pos++;
  const name = p.name();
  const type_params = parseTypeParams(p);
  const bases: Expr[] = [];
  const keywords: Keyword[] = [];
  if (p.kind[p.pos] === T.LPAR) {
    const open = p.pos;
    p.pos++;
    parseArguments(p, open, bases, keywords, true);
  }
  p.expect(T.COLON);
  const body = parseBlock(p);
  return at<ClassDef>(p, s, { kind: 'ClassDef', name, bases, keywords, body, decorator_list, type_params });
}

/** '[' type parameters ']', or nothing (PEP 695, PEP 696). */
function parseTypeParams(p: Parser): TypeParam[] {
  const out: TypeParam[] = [];
  if (!p.accept(T.LSQB)) return out;
  do {
    if (out.length > 0 && p.kind[p.pos] === T.RSQB) break;
    out.push(parseTypeParam(p));
  } while (p.accept(T.COMMA));
  p.expect(T.RSQB);
  p.requireVersion(12, 'Type parameter lists are');
  return out;
}

function parseTypeParam(p: Parser): TypeParam {
  const s = p.pos;
  const star = p.accept(T.STAR);
  const doubleStar = !star && p.accept(T.DOUBLESTAR);
  const name = p.name();
  let bound: Expr | null = null;
  if (!star && !doubleStar && p.accept(T.COLON)) bound = parseExpression(p);
  let default_value: Expr | null = null;
  if (p.accept(T.EQUAL)) {
    default_value = star ? parseStarExpression(p) : parseExpression(p);
    p.requireVersion(13, 'Type parameter defaults are');
  }
  const e = p.pos - 1;
  const lineno = p.line[s];
  const col_offset = p.col[s];
  const end_lineno = p.eline[e];
  const end_col_offset = p.ecol[e];
  if (star) return { kind: 'TypeVarTuple', name, default_value, lineno, col_offset, end_lineno, end_col_offset };
  if (doubleStar) return { kind: 'ParamSpec', name, default_value, lineno, col_offset, end_lineno, end_col_offset };
  return { kind: 'TypeVar', name, bound, default_value, lineno, col_offset, end_lineno, end_col_offset };
}

// ---- Simple statements ----

function parseSimple(p: Parser): Stmt {
  const s = p.pos;
  switch (p.kind[s]) {
    case T.KW_RETURN: {
      p.pos++;
      const kind = p.kind[p.pos];
      const value = beginsExpression(kind) || kind === T.STAR ? parseStarExpressions(p) : null;
      return at<Stmt>(p, s, { kind: 'Return', value });
    }
    case T.KW_IMPORT: {
      p.pos++;
      const names: Alias[] = [];
      do names.push(parseDottedAlias(p));
      while (p.accept(T.COMMA));
      return at<Stmt>(p, s, { kind: 'Import', names });
    }
    case T.KW_FROM:
      return parseImportFrom(p);
    case T.KW_RAISE: {
      p.pos++;
      let exc: Expr | null = null;
      let cause: Expr | null = null;
      if (beginsExpression(p.kind[p.pos])) {
        exc = parseExpression(p);
        if (p.accept(T.KW_FROM)) cause = parseExpression(p);
      }
      return at<Stmt>(p, s, { kind: 'Raise', exc, cause });
    }
    case T.KW_PASS:
      p.pos++;
      return at<Stmt>(p, s, { kind: 'Pass' });
    case T.KW_BREAK:
      p.pos++;
      return at<Stmt>(p, s, { kind: 'Break' });
    case T.KW_CONTINUE:
      p.pos++;
      return at<Stmt>(p, s, { kind: 'Continue' });
    case T.KW_DEL:
      return parseDel(p);
    case T.KW_ASSERT: {
      p.pos++;
      const test = parseExpression(p);
      const msg = p.accept(T.COMMA) ? parseExpression(p) : null;
      return at<Stmt>(p, s, { kind: 'Assert', test, msg });
    }
    case T.KW_GLOBAL:
    case T.KW_NONLOCAL: {
      p.pos++;
      const names: string[] = [];
      do names.push(p.name());
      while (p.accept(T.COMMA));
      return at<Stmt>(p, s, { kind: p.kind[s] === T.KW_GLOBAL ? 'Global' : 'Nonlocal', names });
    }
    case T.KW_YIELD: {
      const value = parseYield(p);
      if (p.kind[p.pos] === T.EQUAL) p.fail();
      return at<Stmt>(p, s, { kind: 'Expr', value });
    }
    case T.NAME:
      if (p.aux[s] === T.NAME_TYPE && p.kind[s + 1] === T.NAME) return parseTypeAlias(p);
      break;
  }
  return parseExpressionStatement(p);
}

function parseTypeAlias(p: Parser): Stmt {
  const s = p.pos;
  p.pos++;
  const at0 = p.pos;
  const name: Expr = {
    kind: 'Name',
    id: p.name(),
    ctx: 'Store',
    lineno: p.line[at0],
    col_offset: p.col[at0],
    end_lineno: p.eline[at0],
    end_col_offset: p.ecol[at0],
  };
  const type_params = parseTypeParams(p);
  p.expect(T.EQUAL);
  const value = parseExpression(p);
  p.requireVersion(12, 'Type statement is');
  return at<Stmt>(p, s, { kind: 'TypeAlias', name, type_params, value });
}

/** An assignment of any kind, or an expression. */
function parseExpressionStatement(p: Parser): Stmt {
  const s = p.pos;
  const first = parseStarExpressions(p);
  const next = p.kind[p.pos];
  if (next === T.NEWLINE || next === T.SEMI) return at<Stmt>(p, s, { kind: 'Expr', value: first });
  if (next === T.EQUAL) {
    const targets: Expr[] = [];
    let value = first;
    while (p.accept(T.EQUAL)) {
      if (!makeTarget(value, 'Store', true)) p.fail();
      targets.push(value);
      value = parseAnnotatedRhs(p);
    }
    const type_comment = typeComment(p);
    return at<Stmt>(p, s, { kind: 'Assign', targets, value, type_comment });
  }
  if (next === T.COLON) {
    if (first.kind !== 'Name' && first.kind !== 'Attribute' && first.kind !== 'Subscript') p.fail();
    // A name in brackets is annotated like an attribute: it is no declaration. `(x).y: T` is an attribute anyway.
    const simple = first.kind === 'Name' && p.kind[s] !== T.LPAR ? 1 : 0;
    first.ctx = 'Store';
    p.pos++;
    const annotation = parseExpression(p);
    const value = p.accept(T.EQUAL) ? parseAnnotatedRhs(p) : null;
    p.requireVersion(6, simple === 1 ? 'Variable annotation syntax is' : 'Variable annotations syntax is');
    return at<Stmt>(p, s, { kind: 'AnnAssign', target: first, annotation, value, simple });
  }
  const op = AUGMENTED[next];
  if (op !== undefined) {
    if (first.kind !== 'Name' && first.kind !== 'Attribute' && first.kind !== 'Subscript') p.fail();
    first.ctx = 'Store';
    if (op === 'MatMult') p.requireVersion(5, "The '@' operator is");
    p.pos++;
    const value = parseAnnotatedRhs(p);
    return at<Stmt>(p, s, { kind: 'AugAssign', target: first, op, value });
  }
  return at<Stmt>(p, s, { kind: 'Expr', value: first });
}

function parseDel(p: Parser): Stmt {
  const s = p.pos;
  p.pos++;
  const targets: Expr[] = [];
  do {
    const kind = p.kind[p.pos];
    if (targets.length > 0 && (kind === T.SEMI || kind === T.NEWLINE)) break;
    const target = parsePrimary(p);
    if (!makeTarget(target, 'Del', false)) p.fail();
    targets.push(target);
  } while (p.accept(T.COMMA));
  const next = p.kind[p.pos];
  if (next !== T.SEMI && next !== T.NEWLINE) p.fail();
  return at<Stmt>(p, s, { kind: 'Delete', targets });
}

// ---- Imports ----

function parseDottedName(p: Parser): string {
  let name = p.name();
  while (p.accept(T.DOT)) name += `.${p.name()}`;
  return name;
}

function alias(p: Parser, s: number, name: string): Alias {
  const asname = p.accept(T.KW_AS) ? p.name() : null;
  const e = p.pos - 1;
  return {
    kind: 'alias',
    name,
    asname,
    lineno: p.line[s],
    col_offset: p.col[s],
    end_lineno: p.eline[e],
    end_col_offset: p.ecol[e],
  };
}

function parseDottedAlias(p: Parser): Alias {
  const s = p.pos;
  return alias(p, s, parseDottedName(p));
}

function parseImportFrom(p: Parser): Stmt {
  const s = p.pos;
  p.pos++;
  let level = 0;
  for (;;) {
    if (p.accept(T.DOT)) level++;
    else if (p.accept(T.ELLIPSIS)) level += 3;
    else break;
  }
  const module = level > 0 && p.kind[p.pos] === T.KW_IMPORT ? null : parseDottedName(p);
  p.expect(T.KW_IMPORT);
  const names: Alias[] = [];
  const ns = p.pos;
  if (p.accept(T.STAR)) {
    names.push(alias(p, ns, '*'));
    if (names[0].asname !== null) p.fail();
  } else if (p.accept(T.LPAR)) {
    do {
      if (names.length > 0 && p.kind[p.pos] === T.RPAR) break;
      const is = p.pos;
      names.push(alias(p, is, p.name()));
    } while (p.accept(T.COMMA));
    p.expect(T.RPAR);
  } else {
    do {
      const is = p.pos;
      names.push(alias(p, is, p.name()));
    } while (p.accept(T.COMMA));
  }
  if (module === '__future__' && level === 0) {
    for (const item of names) {
      if (item.name === 'barry_as_FLUFL') p.barryAsFlufl = true;
    }
  }
  return at<Stmt>(p, s, { kind: 'ImportFrom', module, names, level });
}
