// Is a syntax tree that a program has made one that the compiler may rely on?
//
// Invariant: a tree that passes has every list that must not be empty filled, every target in the right context, lists that belong together
// of the same length, and patterns of the permitted forms. Trees from the parser are right by construction and need not come here.

import type {
  Alias,
  Arguments,
  Comprehension,
  ConstValue,
  Expr,
  ExprContext,
  Located,
  Mod,
  Pattern,
  Stmt,
  TypeParam,
} from './ast.js';
import { Nesting, tooDeep } from './recursion.js';
import { PySyntaxError } from './syntax_error.js';

/** The name of the type of an opaque constant, for the message that refuses it. */
export type TypeNameOf = (handle: number) => string;

/** Checks a user-made tree. Throws PySyntaxError of kind ValueError or TypeError (or RecursionError). */
export function validateAst(mod: Mod, typeNameOf: TypeNameOf): void {
  try {
    validate(mod, new Validator(typeNameOf));
  } catch (error) {
    // The host's stack may be smaller than the one that the limit of nesting is made for.
    throw error instanceof RangeError ? tooDeep() : error;
  }
}

function validate(mod: Mod, v: Validator): void {
  switch (mod.kind) {
    case 'Module':
    case 'Interactive':
      v.stmts(mod.body);
      break;
    case 'Expression':
      v.expr(mod.body, 'Load');
      break;
    case 'FunctionType':
      v.exprs(mod.argtypes, 'Load');
      v.expr(mod.returns, 'Load');
      break;
  }
}

function bad(msg: string): never {
  throw new PySyntaxError('ValueError', msg);
}

function badType(msg: string): never {
  throw new PySyntaxError('TypeError', msg);
}

function checkPlace(node: Located): void {
  const { lineno, end_lineno, col_offset, end_col_offset } = node;
  if (lineno > end_lineno) bad(`AST node line range (${lineno}, ${end_lineno}) is not valid`);
  if ((lineno < 0 && end_lineno !== lineno) || (col_offset < 0 && col_offset !== end_col_offset)) {
    bad(
      `AST node column range (${col_offset}, ${end_col_offset}) for line range (${lineno}, ${end_lineno}) is not valid`,
    );
  }
  if (lineno === end_lineno && col_offset > end_col_offset) {
    bad(`line ${lineno}, column ${col_offset}-${end_col_offset} is not a valid range`);
  }
}

function checkName(name: string): void {
  if (name === 'None' || name === 'True' || name === 'False') {
    bad(`identifier field can't represent '${name}' constant`);
  }
}

function checkAliases(names: readonly Alias[]): void {
  for (const { name, asname } of names) {
    checkName(name);
    if (asname !== null) checkName(asname);
  }
}

function checkCapture(name: string): void {
  if (name === '_') bad("can't capture name '_' in patterns");
  checkName(name);
}

function nonEmpty(list: readonly unknown[], what: string, owner: string): void {
  if (list.length === 0) bad(`empty ${what} on ${owner}`);
}

/** A number that a pattern may hold: a real one, an imaginary one, or either. */
function isNumber(node: Expr, real: boolean, imaginary: boolean): boolean {
  if (node.kind !== 'Constant') return false;
  const { t } = node.value;
  return t === 'complex' ? imaginary : real && (t === 'int' || t === 'float');
}

function isNegativeNumber(node: Expr, imaginary: boolean): boolean {
  return node.kind === 'UnaryOp' && node.op === 'USub' && isNumber(node.operand, true, imaginary);
}

function isComplexLiteral(node: Expr): boolean {
  return (
    node.kind === 'BinOp' &&
    (node.op === 'Add' || node.op === 'Sub') &&
    (isNumber(node.left, true, false) || isNegativeNumber(node.left, false)) &&
    isNumber(node.right, false, true)
  );
}

class Validator {
  private readonly typeNameOf: TypeNameOf;
  private readonly nesting = new Nesting();

  constructor(typeNameOf: TypeNameOf) {
    this.typeNameOf = typeNameOf;
  }

  stmts(list: readonly (Stmt | null)[]): void {
    for (const node of list) {
      if (node === null) bad('None disallowed in statement list');
      this.stmt(node);
    }
  }

  exprs(list: readonly (Expr | null)[], ctx: ExprContext, nullOk = false): void {
    for (const node of list) {
      if (node !== null) this.expr(node, ctx);
      else if (!nullOk) bad('None disallowed in expression list');
    }
  }

  private optional(node: Expr | null): void {
    if (node !== null) this.expr(node, 'Load');
  }

  private body(list: readonly Stmt[], owner: string): void {
    nonEmpty(list, 'body', owner);
    this.stmts(list);
  }

  private arguments(args: Arguments): void {
    for (const list of [args.posonlyargs, args.args]) {
      for (const arg of list) {
        checkPlace(arg);
        this.optional(arg.annotation);
      }
    }
    if (args.vararg !== null) this.optional(args.vararg.annotation);
    for (const arg of args.kwonlyargs) {
      checkPlace(arg);
      this.optional(arg.annotation);
    }
    if (args.kwarg !== null) this.optional(args.kwarg.annotation);
    if (args.defaults.length > args.posonlyargs.length + args.args.length) {
      bad('more positional defaults than args on arguments');
    }
    if (args.kw_defaults.length !== args.kwonlyargs.length) {
      bad('length of kwonlyargs is not the same as kw_defaults on arguments');
    }
    this.exprs(args.defaults, 'Load');
    this.exprs(args.kw_defaults, 'Load', true);
  }

  private constant(value: ConstValue): void {
    switch (value.t) {
      case 'object':
        badType(`got an invalid type in Constant: ${this.typeNameOf(value.v)}`);
        break;
      case 'code':
        badType('got an invalid type in Constant: code');
        break;
      case 'tuple':
      case 'frozenset':
        this.nesting.enter();
        for (const item of value.v) this.constant(item);
        this.nesting.leave();
        break;
    }
  }

  private comprehensions(list: Comprehension[]): void {
    if (list.length === 0) bad('comprehension with no generators');
    for (const item of list) {
      this.expr(item.target, 'Store');
      this.expr(item.iter, 'Load');
      this.exprs(item.ifs, 'Load');
    }
  }

  private typeParams(list: TypeParam[]): void {
    for (const param of list) {
      checkPlace(param);
      checkName(param.name);
      if (param.kind === 'TypeVar') this.optional(param.bound);
      this.optional(param.default_value);
    }
  }

  // ---- Expressions ----

  expr(node: Expr, ctx: ExprContext): void {
    checkPlace(node);
    this.nesting.enter();
    switch (node.kind) {
      case 'Name':
        checkName(node.id);
        checkContext(node.ctx, ctx);
        break;
      case 'Attribute':
        checkContext(node.ctx, ctx);
        this.expr(node.value, 'Load');
        break;
      case 'Subscript':
        checkContext(node.ctx, ctx);
        this.expr(node.slice, 'Load');
        this.expr(node.value, 'Load');
        break;
      case 'Starred':
        checkContext(node.ctx, ctx);
        this.expr(node.value, ctx);
        break;
      case 'List':
      case 'Tuple':
        checkContext(node.ctx, ctx);
        this.exprs(node.elts, ctx);
        break;
      default:
        if (ctx !== 'Load') bad(`expression which can't be assigned to in ${ctx} context`);
        this.value(node);
    }
    this.nesting.leave();
  }

  /** An expression that is no target. */
  private value(node: Exclude<Expr, { ctx: ExprContext }>): void {
    switch (node.kind) {
      case 'BoolOp':
        if (node.values.length < 2) bad('BoolOp with less than 2 values');
        this.exprs(node.values, 'Load');
        break;
      case 'BinOp':
        this.expr(node.left, 'Load');
        this.expr(node.right, 'Load');
        break;
      case 'UnaryOp':
        this.expr(node.operand, 'Load');
        break;
      case 'Lambda':
        this.arguments(node.args);
        this.expr(node.body, 'Load');
        break;
      case 'IfExp':
        this.expr(node.test, 'Load');
        this.expr(node.body, 'Load');
        this.expr(node.orelse, 'Load');
        break;
      case 'Dict':
        if (node.keys.length !== node.values.length) bad("Dict doesn't have the same number of keys as values");
        this.exprs(node.keys, 'Load', true);
        this.exprs(node.values, 'Load');
        break;
      case 'Set':
        this.exprs(node.elts, 'Load');
        break;
      case 'ListComp':
      case 'SetComp':
      case 'GeneratorExp':
        this.comprehensions(node.generators);
        this.expr(node.elt, 'Load');
        break;
      case 'DictComp':
        this.comprehensions(node.generators);
        this.expr(node.key, 'Load');
        this.expr(node.value, 'Load');
        break;
      case 'Yield':
        this.optional(node.value);
        break;
      case 'YieldFrom':
      case 'Await':
        this.expr(node.value, 'Load');
        break;
      case 'Compare':
        if (node.comparators.length === 0) bad('Compare with no comparators');
        if (node.comparators.length !== node.ops.length) {
          bad('Compare has a different number of comparators and operands');
        }
        this.exprs(node.comparators, 'Load');
        this.expr(node.left, 'Load');
        break;
      case 'Call':
        this.expr(node.func, 'Load');
        this.exprs(node.args, 'Load');
        for (const keyword of node.keywords) this.expr(keyword.value, 'Load');
        break;
      case 'Constant':
        this.constant(node.value);
        break;
      case 'JoinedStr':
      case 'TemplateStr':
        this.exprs(node.values, 'Load');
        break;
      case 'FormattedValue':
      case 'Interpolation':
        this.expr(node.value, 'Load');
        this.optional(node.format_spec);
        break;
      case 'Slice':
        this.optional(node.lower);
        this.optional(node.upper);
        this.optional(node.step);
        break;
      case 'NamedExpr':
        if (node.target.kind !== 'Name') badType('NamedExpr target must be a Name');
        this.expr(node.value, 'Load');
        break;
    }
  }

  // ---- Patterns ----

  private patternValue(node: Expr): void {
    this.expr(node, 'Load');
    switch (node.kind) {
      case 'Constant': {
        const { t } = node.value;
        if (t !== 'int' && t !== 'float' && t !== 'complex' && t !== 'str' && t !== 'bytes') {
          bad('unexpected constant inside of a literal pattern');
        }
        return;
      }
      case 'Attribute':
      case 'JoinedStr':
      case 'TemplateStr':
        return;
    }
    if (!isNegativeNumber(node, true) && !isComplexLiteral(node)) {
      bad('patterns may only match literals and attribute lookups');
    }
  }

  private patterns(list: Pattern[], starOk: boolean): void {
    for (const node of list) this.pattern(node, starOk);
  }

  private pattern(node: Pattern, starOk: boolean): void {
    checkPlace(node);
    this.nesting.enter();
    switch (node.kind) {
      case 'MatchValue':
        this.patternValue(node.value);
        break;
      case 'MatchSingleton': {
        const { t } = node.value;
        if (t !== 'none' && t !== 'true' && t !== 'false') bad('MatchSingleton can only contain True, False and None');
        break;
      }
      case 'MatchSequence':
        this.patterns(node.patterns, true);
        break;
      case 'MatchMapping':
        if (node.keys.length !== node.patterns.length) {
          bad("MatchMapping doesn't have the same number of keys as patterns");
        }
        if (node.rest !== null) checkCapture(node.rest);
        for (const key of node.keys) {
          // The singletons are keys too, though as patterns they are of another kind.
          const singleton = key.kind === 'Constant' && /^(?:none|true|false)$/.test(key.value.t);
          if (!singleton) this.patternValue(key);
        }
        this.patterns(node.patterns, false);
        break;
      case 'MatchClass': {
        if (node.kwd_attrs.length !== node.kwd_patterns.length) {
          bad("MatchClass doesn't have the same number of keyword attributes as patterns");
        }
        this.expr(node.cls, 'Load');
        let { cls } = node;
        while (cls.kind === 'Attribute') cls = cls.value;
        if (cls.kind !== 'Name') bad('MatchClass cls field can only contain Name or Attribute nodes.');
        for (const name of node.kwd_attrs) checkName(name);
        this.patterns(node.patterns, false);
        this.patterns(node.kwd_patterns, false);
        break;
      }
      case 'MatchStar':
        if (!starOk) bad("can't use MatchStar here");
        if (node.name !== null) checkCapture(node.name);
        break;
      case 'MatchAs':
        if (node.name !== null) checkCapture(node.name);
        if (node.pattern !== null) {
          if (node.name === null) bad('MatchAs must specify a target name if a pattern is given');
          this.pattern(node.pattern, false);
        }
        break;
      case 'MatchOr':
        if (node.patterns.length < 2) bad('MatchOr requires at least 2 patterns');
        this.patterns(node.patterns, false);
        break;
    }
    this.nesting.leave();
  }

  // ---- Statements ----

  private stmt(node: Stmt): void {
    checkPlace(node);
    this.nesting.enter();
    switch (node.kind) {
      case 'FunctionDef':
      case 'AsyncFunctionDef':
        checkName(node.name);
        this.body(node.body, node.kind);
        this.typeParams(node.type_params);
        this.arguments(node.args);
        this.exprs(node.decorator_list, 'Load');
        this.optional(node.returns);
        break;
      case 'ClassDef':
        checkName(node.name);
        this.body(node.body, 'ClassDef');
        this.typeParams(node.type_params);
        this.exprs(node.bases, 'Load');
        for (const keyword of node.keywords) this.expr(keyword.value, 'Load');
        this.exprs(node.decorator_list, 'Load');
        break;
      case 'Return':
        this.optional(node.value);
        break;
      case 'Delete':
        nonEmpty(node.targets, 'targets', 'Delete');
        this.exprs(node.targets, 'Del');
        break;
      case 'Assign':
        nonEmpty(node.targets, 'targets', 'Assign');
        this.exprs(node.targets, 'Store');
        this.expr(node.value, 'Load');
        break;
      case 'AugAssign':
        this.expr(node.target, 'Store');
        this.expr(node.value, 'Load');
        break;
      case 'AnnAssign':
        if (node.target.kind !== 'Name' && node.simple !== 0) badType('AnnAssign with simple non-Name target');
        this.expr(node.target, 'Store');
        this.optional(node.value);
        this.expr(node.annotation, 'Load');
        break;
      case 'TypeAlias':
        if (node.name.kind !== 'Name') badType('TypeAlias with non-Name name');
        this.expr(node.name, 'Store');
        this.typeParams(node.type_params);
        this.expr(node.value, 'Load');
        break;
      case 'For':
      case 'AsyncFor':
        this.expr(node.target, 'Store');
        this.expr(node.iter, 'Load');
        this.body(node.body, node.kind);
        this.stmts(node.orelse);
        break;
      case 'While':
      case 'If':
        this.expr(node.test, 'Load');
        this.body(node.body, node.kind);
        this.stmts(node.orelse);
        break;
      case 'With':
      case 'AsyncWith':
        nonEmpty(node.items, 'items', node.kind);
        for (const item of node.items) {
          this.expr(item.context_expr, 'Load');
          if (item.optional_vars !== null) this.expr(item.optional_vars, 'Store');
        }
        this.body(node.body, node.kind);
        break;
      case 'Match':
        this.expr(node.subject, 'Load');
        nonEmpty(node.cases, 'cases', 'Match');
        for (const item of node.cases) {
          this.pattern(item.pattern, false);
          this.optional(item.guard);
          this.body(item.body, 'match_case');
        }
        break;
      case 'Raise':
        if (node.exc === null && node.cause !== null) bad('Raise with cause but no exception');
        this.optional(node.exc);
        this.optional(node.cause);
        break;
      case 'Try':
      case 'TryStar':
        this.body(node.body, node.kind);
        if (node.handlers.length === 0) {
          if (node.finalbody.length === 0) bad(`${node.kind} has neither except handlers nor finalbody`);
          if (node.orelse.length > 0) bad(`${node.kind} has orelse but no except handlers`);
        }
        for (const handler of node.handlers) {
          checkPlace(handler);
          if (handler.name !== null) checkName(handler.name);
          this.optional(handler.type);
          this.body(handler.body, 'ExceptHandler');
        }
        this.stmts(node.finalbody);
        this.stmts(node.orelse);
        break;
      case 'Assert':
        this.expr(node.test, 'Load');
        this.optional(node.msg);
        break;
      case 'ImportFrom':
        if (node.level < 0) bad('Negative ImportFrom level');
        nonEmpty(node.names, 'names', 'ImportFrom');
        checkAliases(node.names);
        break;
      case 'Import':
        nonEmpty(node.names, 'names', 'Import');
        checkAliases(node.names);
        break;
      case 'Global':
      case 'Nonlocal':
        nonEmpty(node.names, 'names', node.kind);
        break;
      case 'Expr':
        this.expr(node.value, 'Load');
        break;
    }
    this.nesting.leave();
  }
}

function checkContext(actual: ExprContext, wanted: ExprContext): void {
  if (actual !== wanted) bad(`expression must have ${wanted} context but has ${actual} instead`);
}
