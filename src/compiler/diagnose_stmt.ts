// What can be wrong with a statement? The statement rules of the diagnosis (see diagnose_state.ts).
//
// Invariant: as in diagnose_expr.ts.

import { callArguments } from './diagnose_call.js';
import {
  annotatedRhs,
  expression,
  expressions,
  forTargetMistake,
  list,
  namedExpression,
  starExpression,
  starExpressions,
  starNamedExpression,
  starNamedExpressions,
  tuple,
  yieldExpr,
} from './diagnose_expr.js';
import { params } from './diagnose_params.js';
import { matchStmt } from './diagnose_pattern.js';
import { checkTarget, type Diagnosis, exprName, type Node } from './diagnose_state.js';
import { delTargets, singleTarget, starTarget, starTargets, subscriptOrAttributeTarget } from './diagnose_target.js';
import * as T from './tokens.js';

// The numbers under which results are remembered (those of the expressions are below 50).
const SIMPLE_STMT = 50;
const BLOCK = 51;
const TYPE_PARAM = 52;

const AUGMENTED: number[] = [];
for (let kind: number = T.PLUSEQUAL; kind <= T.DOUBLESTAREQUAL; kind++) AUGMENTED.push(kind);
AUGMENTED.push(T.DOUBLESLASHEQUAL, T.ATEQUAL);

// ---- Whole texts ----

export function file(d: Diagnosis): boolean {
  statements(d);
  return d.tok(T.ENDMARKER);
}

export function interactive(d: Diagnosis): boolean {
  if (d.attempt(() => compoundStmt(d) !== null && d.tok(T.NEWLINE)) !== null) return true;
  return simpleStmts(d) || d.tok(T.NEWLINE);
}

export function evalInput(d: Diagnosis): boolean {
  if (expressions(d) === null) return false;
  d.many(() => d.tok(T.NEWLINE));
  return d.tok(T.ENDMARKER);
}

export function funcType(d: Diagnosis): boolean {
  if (!d.tok(T.LPAR)) return false;
  if (d.list(() => expression(d)) !== null) {
    d.attempt(() => d.tok(T.COMMA) && d.tok(T.STAR) && expression(d) !== null);
    d.attempt(() => d.tok(T.COMMA) && d.tok(T.DOUBLESTAR) && expression(d) !== null);
  } else if (d.tok(T.STAR) && expression(d) !== null) {
    d.attempt(() => d.tok(T.COMMA) && d.tok(T.DOUBLESTAR) && expression(d) !== null);
  } else if (d.tok(T.DOUBLESTAR)) {
    expression(d);
  }
  if (!d.tok(T.RPAR) || !d.tok(T.RARROW) || expression(d) === null) return false;
  d.many(() => d.tok(T.NEWLINE));
  return d.tok(T.ENDMARKER);
}

// ---- Blocks ----

function statements(d: Diagnosis): boolean {
  return d.many(() => compoundStmt(d) ?? simpleStmts(d)) > 0;
}

function simpleStmts(d: Diagnosis): boolean {
  const one = d.attempt(() => simpleStmt(d) !== null && !d.at(T.SEMI) && d.tok(T.NEWLINE));
  if (one !== null) return true;
  const several = d.attempt(() => {
    if (simpleStmt(d) === null) return false;
    d.many(() => d.tok(T.SEMI) && simpleStmt(d) !== null);
    d.tok(T.SEMI);
    return d.tok(T.NEWLINE);
  });
  return several !== null;
}

export function block(d: Diagnosis): boolean {
  const result = d.remember(BLOCK, () => {
    const s = d.pos;
    const indented = d.attempt(() => d.tok(T.NEWLINE) && d.tok(T.INDENT) && statements(d) && d.tok(T.DEDENT));
    if (indented !== null || simpleStmts(d)) return d.node('block', s);
    if (d.explain && d.tok(T.NEWLINE) && !d.at(T.INDENT)) d.indentationError('expected an indented block');
    return null;
  });
  return result !== null;
}

/** After a ':': NEWLINE without INDENT is a missing block. */
export function missingBlock(d: Diagnosis, what: string, keyword: Node): void {
  if (d.tok(T.NEWLINE) && !d.at(T.INDENT)) {
    d.indentationError(`expected an indented block after ${what} on line ${d.line(keyword)}`);
  }
}

/** A token without which nothing else can follow. */
function forced(d: Diagnosis, kind: number, text: string): true {
  if (d.tok(kind)) return true;
  d.p.pos = d.far;
  return d.p.raiseRange(d.pos, d.pos, `expected '${text}'`);
}

// ---- Simple statements ----

export function simpleStmt(d: Diagnosis): Node | null {
  return d.remember(SIMPLE_STMT, () => {
    const s = d.pos;
    const ok = assignment(d) || (isSoft(d, T.NAME_TYPE) && typeAlias(d)) || starExpressions(d) !== null || keyed(d);
    return ok ? d.node('stmt', s) : null;
  });
}

function isSoft(d: Diagnosis, name: number): boolean {
  return d.peek() === T.NAME && d.aux[d.pos] === name;
}

/** The statements that begin with a keyword. */
function keyed(d: Diagnosis): boolean {
  const s = d.pos;
  switch (d.peek()) {
    case T.KW_RETURN:
      d.pos++;
      starExpressions(d);
      return true;
    case T.KW_IMPORT:
    case T.KW_FROM:
      return importStmt(d);
    case T.KW_RAISE:
      d.pos++;
      if (expression(d) !== null) d.attempt(() => d.tok(T.KW_FROM) && expression(d) !== null);
      return true;
    case T.KW_PASS:
    case T.KW_BREAK:
    case T.KW_CONTINUE:
      d.pos++;
      return true;
    case T.KW_DEL: {
      const proper = d.attempt(() => d.tok(T.KW_DEL) && delTargets(d) !== null && d.at(T.SEMI, T.NEWLINE));
      if (proper !== null) return true;
      if (d.explain) {
        d.pos++;
        const a = starExpressions(d);
        if (a !== null) checkTarget(d, a, 'del');
        d.pos = s;
      }
      return false;
    }
    case T.KW_YIELD:
      return yieldExpr(d) !== null;
    case T.KW_ASSERT:
      d.pos++;
      if (expression(d) === null) {
        d.pos = s;
        return false;
      }
      d.attempt(() => d.tok(T.COMMA) && expression(d) !== null);
      return true;
    case T.KW_GLOBAL:
    case T.KW_NONLOCAL:
      d.pos++;
      if (d.list(() => d.name()) !== null) return true;
      d.pos = s;
      return false;
    default:
      return false;
  }
}

export function passStmt(d: Diagnosis): Node | null {
  return d.token(T.KW_PASS);
}

export function breakStmt(d: Diagnosis): Node | null {
  return d.token(T.KW_BREAK);
}

export function continueStmt(d: Diagnosis): Node | null {
  return d.token(T.KW_CONTINUE);
}

function assignment(d: Diagnosis): boolean {
  const s = d.pos;
  const annotation = () => {
    if (!d.tok(T.COLON) || expression(d) === null) return false;
    d.attempt(() => d.tok(T.EQUAL) && annotatedRhs(d) !== null);
    return true;
  };
  if (d.attempt(() => d.name() !== null && annotation()) !== null) return true;
  const bracketed = () => d.attempt(() => (d.tok(T.LPAR) && singleTarget(d) !== null ? d.tok(T.RPAR) : false));
  if (d.attempt(() => (bracketed() ?? subscriptOrAttributeTarget(d)) !== null && annotation()) !== null) return true;
  const plain = d.attempt(() => {
    if (d.many(() => starTargets(d) !== null && d.tok(T.EQUAL)) === 0) return false;
    if (annotatedRhs(d) === null || d.at(T.EQUAL)) return false;
    d.tok(T.TYPE_COMMENT);
    return true;
  });
  if (plain !== null) return true;
  if (singleTarget(d) !== null && d.anyOf(...AUGMENTED) !== null) {
    // There is no going back after an augmented assignment's operator.
    if (annotatedRhs(d) !== null) return true;
    d.pos = s;
    return false;
  }
  d.pos = s;
  if (d.explain) assignmentMistake(d);
  return false;
}

/** invalid_ann_assign_target */
function displayTarget(d: Diagnosis): Node | null {
  const display = list(d) ?? tuple(d);
  if (display !== null) return display;
  return d.attempt(() => {
    if (!d.tok(T.LPAR)) return null;
    const inner = displayTarget(d);
    return inner !== null && d.tok(T.RPAR) ? inner : null;
  });
}

function assignmentMistake(d: Diagnosis): void {
  const s = d.pos;
  let a = displayTarget(d);
  if (a !== null && d.tok(T.COLON) && expression(d) !== null) {
    d.raiseAt(a, `only single target (not ${exprName(a)}) can be annotated`);
  }
  d.pos = s;
  a = starNamedExpression(d);
  if (a !== null && d.tok(T.COMMA)) {
    d.many(() => starNamedExpressions(d) !== null);
    if (d.tok(T.COLON) && expression(d) !== null) {
      d.raiseAt(a, 'only single target (not tuple) can be annotated');
    }
  }
  d.pos = s;
  a = expression(d);
  if (a !== null && d.tok(T.COLON) && expression(d) !== null) d.raiseAt(a, 'illegal target for annotation');
  d.pos = s;
  const targets = () => d.many(() => starTargets(d) !== null && d.tok(T.EQUAL));
  targets();
  a = starExpressions(d);
  if (a !== null && d.tok(T.EQUAL)) checkTarget(d, a, 'star');
  d.pos = s;
  targets();
  a = yieldExpr(d);
  if (a !== null && d.tok(T.EQUAL)) d.raiseAt(a, 'assignment to yield expression not possible');
  d.pos = s;
  a = starExpressions(d);
  if (a !== null && d.anyOf(...AUGMENTED) !== null && annotatedRhs(d) !== null) {
    d.raiseAt(a, `'${exprName(a)}' is an illegal expression for augmented assignment`);
  }
  d.pos = s;
}

function typeAlias(d: Diagnosis): boolean {
  return (
    d.attempt(() => {
      if (!d.soft(T.NAME_TYPE) || d.name() === null) return false;
      typeParams(d);
      return d.tok(T.EQUAL) && expression(d) !== null;
    }) !== null
  );
}

// ---- Imports ----

function importStmt(d: Diagnosis): boolean {
  const s = d.pos;
  if (d.explain) {
    const keyword = d.token(T.KW_IMPORT);
    if (keyword !== null) {
      const afterKeyword = d.pos;
      if (d.list(() => dottedName(d)) !== null && d.tok(T.KW_FROM) && dottedName(d)) {
        d.raiseFrom(keyword, "Did you mean to use 'from ... import ...' instead?");
      }
      d.pos = afterKeyword;
      noNamesMistake(d);
    }
    d.pos = s;
  }
  const names = d.attempt(() => d.tok(T.KW_IMPORT) && d.list(() => dottedAlias(d)) !== null);
  if (names !== null) return true;
  const dots = () => d.many(() => d.anyOf(T.DOT, T.ELLIPSIS));
  const named = d.attempt(() => {
    if (!d.tok(T.KW_FROM)) return false;
    dots();
    return dottedName(d) && d.tok(T.KW_IMPORT) && importTargets(d);
  });
  if (named !== null) return true;
  const relative = d.attempt(() => d.tok(T.KW_FROM) && dots() > 0 && d.tok(T.KW_IMPORT) && importTargets(d));
  return relative !== null;
}

function noNamesMistake(d: Diagnosis): void {
  const newline = d.token(T.NEWLINE);
  if (newline !== null) d.raiseFrom(newline, "Expected one or more names after 'import'");
}

function dottedName(d: Diagnosis): boolean {
  if (d.name() === null) return false;
  d.many(() => d.tok(T.DOT) && d.name() !== null);
  return true;
}

/** After the name in an import: `as` and something that is no name. */
function aliasMistake(d: Diagnosis): void {
  if (!d.tok(T.KW_AS)) return;
  if (d.ahead(() => d.name() !== null && d.anyOf(T.COMMA, T.RPAR, T.SEMI, T.NEWLINE))) return;
  const a = expression(d);
  if (a !== null) d.raiseAt(a, `cannot use ${exprName(a)} as import target`);
}

function dottedAlias(d: Diagnosis): boolean {
  const s = d.pos;
  if (d.explain) {
    if (dottedName(d)) aliasMistake(d);
    d.pos = s;
  }
  if (!dottedName(d)) return false;
  d.attempt(() => d.tok(T.KW_AS) && d.name() !== null);
  return true;
}

function importAlias(d: Diagnosis): boolean {
  const s = d.pos;
  if (d.explain) {
    if (d.name() !== null) aliasMistake(d);
    d.pos = s;
  }
  if (d.name() === null) return false;
  d.attempt(() => d.tok(T.KW_AS) && d.name() !== null);
  return true;
}

function importTargets(d: Diagnosis): boolean {
  const s = d.pos;
  const bracketed = d.attempt(() => {
    if (!d.tok(T.LPAR) || d.list(() => importAlias(d)) === null) return false;
    d.tok(T.COMMA);
    return d.tok(T.RPAR);
  });
  if (bracketed !== null) return true;
  if (d.attempt(() => d.list(() => importAlias(d)) !== null && !d.at(T.COMMA)) !== null) return true;
  if (d.tok(T.STAR)) return true;
  if (d.explain) {
    if (d.list(() => importAlias(d)) !== null && d.tok(T.COMMA) && d.tok(T.NEWLINE)) {
      d.raise('trailing comma not allowed without surrounding parentheses');
    }
    d.pos = s;
    noNamesMistake(d);
    d.pos = s;
  }
  return false;
}

// ---- Compound statements ----

function compoundStmt(d: Diagnosis): Node | null {
  const s = d.pos;
  return compound(d) ? d.node('stmt', s) : null;
}

function compound(d: Diagnosis): boolean {
  switch (d.peek()) {
    case T.KW_DEF:
      return functionDef(d);
    case T.AT:
      return functionDef(d) || classDef(d);
    case T.KW_ASYNC:
      return functionDef(d) || withStmt(d) || forStmt(d);
    case T.KW_IF:
      return ifStmt(d, T.KW_IF, 'if');
    case T.KW_CLASS:
      return classDef(d);
    case T.KW_WITH:
      return withStmt(d);
    case T.KW_FOR:
      return forStmt(d);
    case T.KW_TRY:
      return tryStmt(d);
    case T.KW_WHILE:
      return whileStmt(d);
    default:
      return matchStmt(d);
  }
}

function decorators(d: Diagnosis): boolean {
  return d.many(() => d.tok(T.AT) && namedExpression(d) !== null && d.tok(T.NEWLINE)) > 0;
}

function classDef(d: Diagnosis): boolean {
  return d.attempt(() => decorators(d) && classDefRaw(d)) !== null || classDefRaw(d);
}

function classHead(d: Diagnosis): boolean {
  if (d.name() === null) return false;
  typeParams(d);
  d.attempt(() => {
    if (!d.tok(T.LPAR)) return false;
    callArguments(d);
    return d.tok(T.RPAR);
  });
  return true;
}

function classDefRaw(d: Diagnosis): boolean {
  const s = d.pos;
  if (d.explain) {
    const keyword = d.token(T.KW_CLASS);
    if (keyword !== null && classHead(d)) {
      if (d.tok(T.NEWLINE)) d.raise("expected ':'");
      if (d.tok(T.COLON)) missingBlock(d, 'class definition', keyword);
    }
    d.pos = s;
  }
  return d.attempt(() => d.tok(T.KW_CLASS) && classHead(d) && d.tok(T.COLON) && block(d)) !== null;
}

function functionDef(d: Diagnosis): boolean {
  return d.attempt(() => decorators(d) && functionDefRaw(d)) !== null || functionDefRaw(d);
}

function functionDefRaw(d: Diagnosis): boolean {
  const s = d.pos;
  const returns = () => {
    d.attempt(() => d.tok(T.RARROW) && expression(d) !== null);
  };
  const signature = (must: boolean) => {
    typeParams(d);
    if (must) forced(d, T.LPAR, '(');
    else if (!d.tok(T.LPAR)) return false;
    params(d);
    if (!d.tok(T.RPAR)) return false;
    returns();
    return must ? forced(d, T.COLON, ':') : d.tok(T.COLON);
  };
  if (d.explain) {
    d.tok(T.KW_ASYNC);
    const keyword = d.token(T.KW_DEF);
    if (keyword !== null && d.name() !== null) {
      const afterName = d.pos;
      if (signature(false)) missingBlock(d, 'function definition', keyword);
      d.pos = afterName;
      if (signature(true)) {
        functionTypeComment(d);
        block(d);
      }
    }
    d.pos = s;
  }
  return (
    d.attempt(() => {
      d.tok(T.KW_ASYNC);
      if (!d.tok(T.KW_DEF) || d.name() === null || !signature(false)) return false;
      functionTypeComment(d);
      return block(d);
    }) !== null
  );
}

function functionTypeComment(d: Diagnosis): void {
  const ownLine = d.attempt(
    () => d.tok(T.NEWLINE) && d.tok(T.TYPE_COMMENT) && d.ahead(() => d.tok(T.NEWLINE) && d.tok(T.INDENT)),
  );
  if (ownLine !== null) return;
  if (d.explain) {
    const s = d.pos;
    if (d.tok(T.TYPE_COMMENT) && d.tok(T.NEWLINE) && d.tok(T.TYPE_COMMENT) && d.tok(T.NEWLINE) && d.tok(T.INDENT)) {
      d.raise('Cannot have two type comments on def');
    }
    d.pos = s;
  }
  d.tok(T.TYPE_COMMENT);
}

function typeParams(d: Diagnosis): boolean {
  const s = d.pos;
  if (d.explain) {
    if (d.tok(T.LSQB)) {
      const close = d.token(T.RSQB);
      if (close !== null) d.raiseFrom(close, 'Type parameter list cannot be empty');
    }
    d.pos = s;
  }
  return (
    d.attempt(() => {
      if (!d.tok(T.LSQB) || d.list(() => typeParam(d)) === null) return false;
      d.tok(T.COMMA);
      return d.tok(T.RSQB);
    }) !== null
  );
}

function typeParam(d: Diagnosis): Node | null {
  return d.remember(TYPE_PARAM, () => {
    const s = d.pos;
    const bound = () => d.attempt(() => d.tok(T.COLON) && expression(d) !== null);
    const value = (rule: (d: Diagnosis) => Node | null) => {
      d.attempt(() => d.tok(T.EQUAL) && rule(d) !== null);
    };
    if (d.name() !== null) {
      bound();
      value(expression);
      return d.node('type_param', s);
    }
    if (d.explain) {
      for (const [stars, what] of [
        [T.STAR, 'TypeVarTuple'],
        [T.DOUBLESTAR, 'ParamSpec'],
      ] as const) {
        if (d.tok(stars) && d.name() !== null) {
          const colon = d.token(T.COLON);
          const e = colon === null ? null : expression(d);
          if (colon !== null && e !== null) {
            d.raiseFrom(colon, `cannot use ${e.kind === 'Tuple' ? 'constraints' : 'bound'} with ${what}`);
          }
        }
        d.pos = s;
      }
    }
    if (d.tok(T.STAR) && d.name() !== null) {
      value(starExpression);
      return d.node('type_param', s);
    }
    d.pos = s;
    if (d.tok(T.DOUBLESTAR) && d.name() !== null) {
      value(expression);
      return d.node('type_param', s);
    }
    return null;
  });
}

/** `if` or `elif`, with what follows it. */
function ifStmt(d: Diagnosis, kind: number, text: string): boolean {
  const s = d.pos;
  if (d.explain) {
    const keyword = d.token(kind);
    if (keyword !== null && namedExpression(d) !== null) {
      if (d.tok(T.NEWLINE)) d.raise("expected ':'");
      if (d.tok(T.COLON)) missingBlock(d, `'${text}' statement`, keyword);
    }
    d.pos = s;
  }
  return (
    d.attempt(() => {
      if (!d.tok(kind) || namedExpression(d) === null || !d.tok(T.COLON) || !block(d)) return false;
      if (!ifStmt(d, T.KW_ELIF, 'elif')) elseBlock(d);
      return true;
    }) !== null
  );
}

function elseBlock(d: Diagnosis): boolean {
  const s = d.pos;
  if (d.explain) {
    const keyword = d.token(T.KW_ELSE);
    if (keyword !== null && d.tok(T.COLON)) {
      const afterColon = d.pos;
      missingBlock(d, "'else' statement", keyword);
      d.pos = afterColon;
      if (block(d) && d.tok(T.KW_ELIF)) d.raise("'elif' block follows an 'else' block");
    }
    d.pos = s;
  }
  return d.attempt(() => d.tok(T.KW_ELSE) && forced(d, T.COLON, ':') && block(d)) !== null;
}

function whileStmt(d: Diagnosis): boolean {
  const s = d.pos;
  if (d.explain) {
    const keyword = d.token(T.KW_WHILE);
    if (keyword !== null && namedExpression(d) !== null) {
      if (d.tok(T.NEWLINE)) d.raise("expected ':'");
      if (d.tok(T.COLON)) missingBlock(d, "'while' statement", keyword);
    }
    d.pos = s;
  }
  return (
    d.attempt(() => {
      if (!d.tok(T.KW_WHILE) || namedExpression(d) === null || !d.tok(T.COLON) || !block(d)) return false;
      elseBlock(d);
      return true;
    }) !== null
  );
}

function forStmt(d: Diagnosis): boolean {
  const s = d.pos;
  if (d.explain) {
    d.tok(T.KW_ASYNC);
    const keyword = d.token(T.KW_FOR);
    if (keyword !== null && starTargets(d) !== null && d.tok(T.KW_IN) && starExpressions(d) !== null) {
      if (d.tok(T.NEWLINE)) d.raise("expected ':'");
      if (d.tok(T.COLON)) missingBlock(d, "'for' statement", keyword);
    }
    d.pos = s;
  }
  d.tok(T.KW_ASYNC);
  if (d.tok(T.KW_FOR) && starTargets(d) !== null && d.tok(T.KW_IN)) {
    // There is no going back after `in`.
    if (starExpressions(d) !== null && d.tok(T.COLON)) {
      d.tok(T.TYPE_COMMENT);
      if (block(d)) {
        elseBlock(d);
        return true;
      }
    }
    d.pos = s;
    return false;
  }
  d.pos = s;
  if (d.explain) forTargetMistake(d);
  return false;
}

// ---- with ----

function withItem(d: Diagnosis): boolean {
  const s = d.pos;
  const named = d.attempt(
    () => expression(d) !== null && d.tok(T.KW_AS) && starTarget(d) !== null && d.at(T.COMMA, T.RPAR, T.COLON),
  );
  if (named !== null) return true;
  if (d.explain) {
    if (expression(d) !== null && d.tok(T.KW_AS)) {
      const a = expression(d);
      if (a !== null && d.at(T.COMMA, T.RPAR, T.COLON)) checkTarget(d, a, 'star');
    }
    d.pos = s;
  }
  return expression(d) !== null;
}

/** Items as the rules for mistakes see them, after `with`: without brackets, or with them. */
function looseItems(d: Diagnosis, bracketed: boolean): boolean {
  const item = bracketed ? expressions : expression;
  if (bracketed && !d.tok(T.LPAR)) return false;
  const items = d.list(() => {
    if (item(d) === null) return false;
    d.attempt(() => d.tok(T.KW_AS) && starTarget(d) !== null);
    return true;
  });
  if (items === null) return false;
  if (!bracketed) return true;
  d.tok(T.COMMA);
  return d.tok(T.RPAR);
}

function withStmt(d: Diagnosis): boolean {
  const s = d.pos;
  if (d.explain) {
    for (const bracketed of [false, true]) {
      d.tok(T.KW_ASYNC);
      const keyword = d.token(T.KW_WITH);
      if (keyword !== null && looseItems(d, bracketed) && d.tok(T.COLON)) {
        missingBlock(d, "'with' statement", keyword);
      }
      d.pos = s;
    }
  }
  const isAsync = d.at(T.KW_ASYNC);
  const withBrackets = d.attempt(() => {
    if (isAsync) d.pos++;
    if (!d.tok(T.KW_WITH) || !d.tok(T.LPAR) || d.list(() => withItem(d)) === null) return false;
    d.tok(T.COMMA);
    if (!d.tok(T.RPAR) || !d.tok(T.COLON)) return false;
    if (!isAsync) d.tok(T.TYPE_COMMENT);
    return block(d);
  });
  if (withBrackets !== null) return true;
  const plain = d.attempt(() => {
    if (isAsync) d.pos++;
    if (!d.tok(T.KW_WITH) || d.list(() => withItem(d)) === null || !d.tok(T.COLON)) return false;
    d.tok(T.TYPE_COMMENT);
    return block(d);
  });
  if (plain !== null) return true;
  if (d.explain) {
    for (const bracketed of [false, true]) {
      d.tok(T.KW_ASYNC);
      if (d.tok(T.KW_WITH) && looseItems(d, bracketed) && d.tok(T.NEWLINE)) d.raise("expected ':'");
      d.pos = s;
    }
  }
  return false;
}

// ---- try ----

function tryStmt(d: Diagnosis): boolean {
  if (d.explain) tryMistake(d);
  const head = () => d.tok(T.KW_TRY) && forced(d, T.COLON, ':') && block(d);
  if (d.attempt(() => head() && finallyBlock(d)) !== null) return true;
  for (const handler of [exceptBlock, exceptStarBlock]) {
    const whole = d.attempt(() => {
      if (!head() || d.many(() => handler(d)) === 0) return false;
      elseBlock(d);
      finallyBlock(d);
      return true;
    });
    if (whole !== null) return true;
  }
  return false;
}

function tryMistake(d: Diagnosis): void {
  const s = d.pos;
  const keyword = d.token(T.KW_TRY);
  if (keyword === null || !d.tok(T.COLON)) {
    d.pos = s;
    return;
  }
  const body = d.pos;
  missingBlock(d, "'try' statement", keyword);
  d.pos = body;
  if (block(d) && !d.at(T.KW_EXCEPT, T.KW_FINALLY)) d.raise("expected 'except' or 'finally' block");
  const both = "cannot have both 'except' and 'except*' on the same 'try'";
  d.pos = body;
  d.many(() => block(d));
  if (d.many(() => exceptBlock(d)) > 0) {
    const except = d.token(T.KW_EXCEPT);
    const star = except === null ? null : d.token(T.STAR);
    if (except !== null && star !== null && expression(d) !== null) {
      d.attempt(() => d.tok(T.KW_AS) && d.name() !== null);
      if (d.tok(T.COLON)) d.raiseRange(except, star, both);
    }
  }
  d.pos = body;
  d.many(() => block(d));
  if (d.many(() => exceptStarBlock(d)) > 0) {
    const except = d.token(T.KW_EXCEPT);
    if (except !== null) {
      if (expression(d) !== null) d.attempt(() => d.tok(T.KW_AS) && d.name() !== null);
      if (d.tok(T.COLON)) d.raiseAt(except, both);
    }
  }
  d.pos = s;
}

/** expression ['as' NAME] */
function exceptionAndName(d: Diagnosis): boolean {
  if (expression(d) === null) return false;
  d.attempt(() => d.tok(T.KW_AS) && d.name() !== null);
  return true;
}

function exceptBlock(d: Diagnosis): boolean {
  const s = d.pos;
  if (d.explain) {
    for (const typed of [true, false]) {
      const keyword = d.token(T.KW_EXCEPT);
      if (keyword !== null && (!typed || exceptionAndName(d)) && d.tok(T.COLON)) {
        missingBlock(d, "'except' statement", keyword);
      }
      d.pos = s;
    }
  }
  const after = (head: () => boolean) => d.attempt(() => d.tok(T.KW_EXCEPT) && head() && d.tok(T.COLON) && block(d));
  const proper =
    after(() => expression(d) !== null) ??
    after(() => expression(d) !== null && d.tok(T.KW_AS) && d.name() !== null) ??
    after(() => expressions(d) !== null) ??
    after(() => true);
  if (proper !== null) return true;
  if (d.explain) exceptMistake(d, false);
  return false;
}

function exceptStarBlock(d: Diagnosis): boolean {
  const s = d.pos;
  if (d.explain) {
    const keyword = d.token(T.KW_EXCEPT);
    if (keyword !== null && d.tok(T.STAR) && exceptionAndName(d) && d.tok(T.COLON)) {
      missingBlock(d, "'except*' statement", keyword);
    }
    d.pos = s;
  }
  const after = (head: () => boolean) =>
    d.attempt(() => d.tok(T.KW_EXCEPT) && d.tok(T.STAR) && head() && d.tok(T.COLON) && block(d));
  const proper =
    after(() => expression(d) !== null) ??
    after(() => expression(d) !== null && d.tok(T.KW_AS) && d.name() !== null) ??
    after(() => expressions(d) !== null);
  if (proper !== null) return true;
  if (d.explain) exceptMistake(d, true);
  return false;
}

function exceptMistake(d: Diagnosis, star: boolean): void {
  const s = d.pos;
  const head = () => {
    d.pos = s;
    return d.tok(T.KW_EXCEPT) && (!star || d.tok(T.STAR));
  };
  if (head()) {
    const a = expression(d);
    if (
      a !== null &&
      d.tok(T.COMMA) &&
      expressions(d) !== null &&
      d.tok(T.KW_AS) &&
      d.name() !== null &&
      d.tok(T.COLON)
    ) {
      d.raiseFrom(a, "multiple exception types must be parenthesized when using 'as'");
    }
  }
  if (head() && exceptionAndName(d) && d.tok(T.NEWLINE)) d.raise("expected ':'");
  if (head()) {
    if (star && (d.tok(T.NEWLINE) || d.tok(T.COLON))) d.raise('expected one or more exception types');
    if (!star && d.tok(T.NEWLINE)) d.raise("expected ':'");
  }
  if (head() && expression(d) !== null && d.tok(T.KW_AS)) {
    const a = expression(d);
    if (a !== null && d.tok(T.COLON) && block(d)) {
      d.raiseAt(a, `cannot use except${star ? '*' : ''} statement with ${exprName(a)}`);
    }
  }
  d.pos = s;
}

function finallyBlock(d: Diagnosis): boolean {
  const s = d.pos;
  if (d.explain) {
    const keyword = d.token(T.KW_FINALLY);
    if (keyword !== null && d.tok(T.COLON)) missingBlock(d, "'finally' statement", keyword);
    d.pos = s;
  }
  return d.attempt(() => d.tok(T.KW_FINALLY) && forced(d, T.COLON, ':') && block(d)) !== null;
}
