// What is done to a syntax tree before code is made from it? What CPython 3.14 still does on the tree: `__debug__`, docstrings, '%' formats,
// numbers in patterns, and the warnings about leaving a `finally` block (PEP 765). Other constants are folded later, by the code generator.
//
// Invariant: the tree is changed in place and stays valid; a tree that is only to be looked at (`checkOnly`) is not changed, only warned about.

import type {
  Arg,
  Arguments,
  Comprehension,
  Constant,
  ConstValue,
  Expr,
  FormattedValue,
  Keyword,
  Mod,
  Pattern,
  Stmt,
  TypeParam,
  WithItem,
} from './ast.js';
import { CO_FUTURE_ANNOTATIONS } from './code_unit.js';
import { foldBinary, foldUnary } from './const_fold.js';
import { docstringOf } from './docstring.js';
import { futureFeatures } from './future.js';
import { NB_ADD, NB_SUBTRACT, UNARY_NEGATIVE } from './opcodes.js';
import { Nesting, tooDeep } from './recursion.js';
import { PySyntaxError, type WarnCallback } from './syntax_error.js';

export interface PreprocessOptions {
  filename: string;
  optimize: 0 | 1 | 2;
  /** CO_FUTURE_* bits in effect besides the module's own: annotations that will not be evaluated are left alone. */
  flags: number;
  /** Nothing is changed: for ast.parse() without optimization. */
  checkOnly: boolean;
  /** Where the warnings go; CPython gives them only when code is made, not when a tree is all that is wanted. */
  warn?: WarnCallback;
}

/** Where a statement is, as far as leaving a `finally` block goes: in one, in a function, or in a loop, whichever is innermost. */
type ExitContext = 'none' | 'finally' | 'function' | 'loop';

/** Checks the future statements and prepares the tree for the code generator. Throws PySyntaxError. */
export function preprocess(mod: Mod, options: PreprocessOptions): void {
  const features = futureFeatures(mod, options.filename).features | options.flags;
  try {
    new Preprocessor(options, features).mod(mod);
  } catch (error) {
    // The host's stack may be smaller than the one that the limit of nesting is made for.
    throw error instanceof RangeError ? tooDeep() : error;
  }
}

class Preprocessor {
  private readonly filename: string;
  private readonly optimize: number;
  private readonly skipAnnotations: boolean;
  private readonly change: boolean;
  private readonly warn: WarnCallback | undefined;
  private readonly nesting = new Nesting();
  private context: ExitContext = 'none';

  constructor(options: PreprocessOptions, features: number) {
    this.filename = options.filename;
    this.optimize = options.optimize;
    this.skipAnnotations = (features & CO_FUTURE_ANNOTATIONS) !== 0;
    this.change = !options.checkOnly;
    this.warn = options.warn;
  }

  mod(node: Mod): void {
    if (node.kind === 'Module') this.body(node.body);
    else if (node.kind === 'Interactive') this.stmts(node.body);
    else if (node.kind === 'Expression') node.body = this.expr(node.body);
  }

  // ---- Statements ----

  /** The body of a module, class or function, which may begin with a docstring. */
  private body(body: Stmt[]): void {
    let doc = docstringOf(body) !== null;
    if (doc && this.optimize >= 2) {
      dropDocstring(body);
      doc = false;
    }
    this.stmts(body);
    const first = body[0];
    if (!doc && first !== undefined && first.kind === 'Expr' && docstringOf(body) !== null) {
      // What has become a string here was none in the source: it must not become a docstring.
      const { lineno, col_offset, end_lineno, end_col_offset } = first;
      first.value = { kind: 'JoinedStr', values: [first.value], lineno, col_offset, end_lineno, end_col_offset };
    }
  }

  private stmts(list: Stmt[]): void {
    for (const node of list) this.stmt(node);
  }

  /** Statements in a context of their own. */
  private within(context: ExitContext, visit: () => void): void {
    const saved = this.context;
    this.context = context;
    visit();
    this.context = saved;
  }

  private warnExit(node: Stmt, keyword: string): void {
    if (this.warn === undefined) return;
    const msg = `'${keyword}' in a 'finally' block`;
    const offset = node.col_offset + 1;
    const endOffset = node.end_col_offset + 1;
    if (this.warn('SyntaxWarning', msg, node.lineno, offset, node.end_lineno, endOffset)) {
      const { filename } = this;
      throw new PySyntaxError('SyntaxError', msg, node.lineno, offset, node.end_lineno, endOffset, null, filename);
    }
  }

  private stmt(node: Stmt): void {
    this.nesting.enter();
    switch (node.kind) {
      case 'FunctionDef':
      case 'AsyncFunctionDef':
        this.typeParams(node.type_params);
        this.arguments(node.args);
        this.within('function', () => this.body(node.body));
        this.exprs(node.decorator_list);
        if (!this.skipAnnotations) node.returns = this.optional(node.returns);
        break;
      case 'ClassDef':
        this.typeParams(node.type_params);
        this.exprs(node.bases);
        this.keywords(node.keywords);
        this.body(node.body);
        this.exprs(node.decorator_list);
        break;
      case 'Return':
        // Inside a loop in a `finally` block, `return` leaves the block all the same, but CPython does not say so.
        if (this.context === 'finally') this.warnExit(node, 'return');
        node.value = this.optional(node.value);
        break;
      case 'Break':
        if (this.context === 'finally') this.warnExit(node, 'break');
        break;
      case 'Continue':
        if (this.context === 'finally') this.warnExit(node, 'continue');
        break;
      case 'Delete':
        this.exprs(node.targets);
        break;
      case 'Assign':
        this.exprs(node.targets);
        node.value = this.expr(node.value);
        break;
      case 'AugAssign':
        node.target = this.expr(node.target);
        node.value = this.expr(node.value);
        break;
      case 'AnnAssign':
        node.target = this.expr(node.target);
        if (!this.skipAnnotations) node.annotation = this.expr(node.annotation);
        node.value = this.optional(node.value);
        break;
      case 'TypeAlias':
        this.typeParams(node.type_params);
        node.value = this.expr(node.value);
        break;
      case 'For':
      case 'AsyncFor':
        node.target = this.expr(node.target);
        node.iter = this.expr(node.iter);
        this.within('loop', () => this.stmts(node.body));
        this.stmts(node.orelse);
        break;
      case 'While':
        node.test = this.expr(node.test);
        this.within('loop', () => this.stmts(node.body));
        this.stmts(node.orelse);
        break;
      case 'If':
        node.test = this.expr(node.test);
        this.stmts(node.body);
        this.stmts(node.orelse);
        break;
      case 'With':
      case 'AsyncWith':
        for (const item of node.items) this.withItem(item);
        this.stmts(node.body);
        break;
      case 'Raise':
        node.exc = this.optional(node.exc);
        node.cause = this.optional(node.cause);
        break;
      case 'Try':
      case 'TryStar':
        this.stmts(node.body);
        for (const handler of node.handlers) {
          handler.type = this.optional(handler.type);
          this.stmts(handler.body);
        }
        this.stmts(node.orelse);
        this.within('finally', () => this.stmts(node.finalbody));
        break;
      case 'Assert':
        node.test = this.expr(node.test);
        node.msg = this.optional(node.msg);
        break;
      case 'Expr':
        node.value = this.expr(node.value);
        break;
      case 'Match':
        node.subject = this.expr(node.subject);
        for (const item of node.cases) {
          this.pattern(item.pattern);
          item.guard = this.optional(item.guard);
          this.stmts(item.body);
        }
        break;
    }
    this.nesting.leave();
  }

  private withItem(item: WithItem): void {
    item.context_expr = this.expr(item.context_expr);
    item.optional_vars = this.optional(item.optional_vars);
  }

  private typeParams(params: TypeParam[]): void {
    for (const param of params) {
      if (param.kind === 'TypeVar') param.bound = this.optional(param.bound);
      param.default_value = this.optional(param.default_value);
    }
  }

  private arguments(args: Arguments): void {
    for (const arg of args.posonlyargs) this.arg(arg);
    for (const arg of args.args) this.arg(arg);
    if (args.vararg !== null) this.arg(args.vararg);
    for (const arg of args.kwonlyargs) this.arg(arg);
    for (let i = 0; i < args.kw_defaults.length; i++) args.kw_defaults[i] = this.optional(args.kw_defaults[i]);
    if (args.kwarg !== null) this.arg(args.kwarg);
    this.exprs(args.defaults);
  }

  private arg(arg: Arg): void {
    if (!this.skipAnnotations) arg.annotation = this.optional(arg.annotation);
  }

  // ---- Expressions ----

  private optional(node: Expr | null): Expr | null {
    return node === null ? null : this.expr(node);
  }

  private exprs(list: Expr[]): void {
    for (let i = 0; i < list.length; i++) list[i] = this.expr(list[i]);
  }

  private keywords(list: Keyword[]): void {
    for (const keyword of list) keyword.value = this.expr(keyword.value);
  }

  private comprehensions(list: Comprehension[]): void {
    for (const item of list) {
      item.target = this.expr(item.target);
      item.iter = this.expr(item.iter);
      this.exprs(item.ifs);
    }
  }

  /** The node that takes the place of `node`: mostly itself. */
  private expr(node: Expr): Expr {
    switch (node.kind) {
      case 'Constant':
        return node;
      case 'Name':
        if (this.change && node.id === '__debug__' && node.ctx === 'Load') {
          return constantAt(node, { t: this.optimize === 0 ? 'true' : 'false' });
        }
        return node;
    }
    this.nesting.enter();
    const result = this.compound(node);
    this.nesting.leave();
    return result;
  }

  private compound(node: Exclude<Expr, { kind: 'Constant' | 'Name' }>): Expr {
    switch (node.kind) {
      case 'BoolOp':
      case 'JoinedStr':
      case 'TemplateStr':
        this.exprs(node.values);
        break;
      case 'BinOp':
        node.left = this.expr(node.left);
        node.right = this.expr(node.right);
        return this.change ? (formatToTemplate(node.left, node.op, node.right, node) ?? node) : node;
      case 'UnaryOp':
        node.operand = this.expr(node.operand);
        break;
      case 'Lambda':
        this.arguments(node.args);
        node.body = this.expr(node.body);
        break;
      case 'IfExp':
        node.test = this.expr(node.test);
        node.body = this.expr(node.body);
        node.orelse = this.expr(node.orelse);
        break;
      case 'Dict':
        for (let i = 0; i < node.keys.length; i++) node.keys[i] = this.optional(node.keys[i]);
        this.exprs(node.values);
        break;
      case 'Set':
      case 'List':
      case 'Tuple':
        this.exprs(node.elts);
        break;
      case 'ListComp':
      case 'SetComp':
      case 'GeneratorExp':
        node.elt = this.expr(node.elt);
        this.comprehensions(node.generators);
        break;
      case 'DictComp':
        node.key = this.expr(node.key);
        node.value = this.expr(node.value);
        this.comprehensions(node.generators);
        break;
      case 'Await':
      case 'YieldFrom':
      case 'Attribute':
      case 'Starred':
      case 'NamedExpr':
        node.value = this.expr(node.value);
        break;
      case 'Yield':
        node.value = this.optional(node.value);
        break;
      case 'Compare':
        node.left = this.expr(node.left);
        this.exprs(node.comparators);
        break;
      case 'Call':
        node.func = this.expr(node.func);
        this.exprs(node.args);
        this.keywords(node.keywords);
        break;
      case 'FormattedValue':
      case 'Interpolation':
        node.value = this.expr(node.value);
        node.format_spec = this.optional(node.format_spec);
        break;
      case 'Subscript':
        node.value = this.expr(node.value);
        node.slice = this.expr(node.slice);
        break;
      case 'Slice':
        node.lower = this.optional(node.lower);
        node.upper = this.optional(node.upper);
        node.step = this.optional(node.step);
        break;
    }
    return node;
  }

  // ---- Patterns ----

  private pattern(node: Pattern): void {
    this.nesting.enter();
    switch (node.kind) {
      case 'MatchValue':
        node.value = this.patternNumber(node.value);
        break;
      case 'MatchSequence':
      case 'MatchOr':
        for (const item of node.patterns) this.pattern(item);
        break;
      case 'MatchMapping':
        for (let i = 0; i < node.keys.length; i++) node.keys[i] = this.patternNumber(node.keys[i]);
        for (const item of node.patterns) this.pattern(item);
        break;
      case 'MatchClass':
        node.cls = this.expr(node.cls);
        for (const item of node.patterns) this.pattern(item);
        for (const item of node.kwd_patterns) this.pattern(item);
        break;
      case 'MatchAs':
        if (node.pattern !== null) this.pattern(node.pattern);
        break;
    }
    this.nesting.leave();
  }

  /** A negative or complex number in a pattern becomes one constant. */
  private patternNumber(node: Expr): Expr {
    if (!this.change) return node;
    if (node.kind === 'UnaryOp' && node.op === 'USub' && node.operand.kind === 'Constant') {
      const value = foldUnary(UNARY_NEGATIVE, node.operand.value);
      return value === null ? node : constantAt(node, value);
    }
    if (node.kind === 'BinOp' && (node.op === 'Add' || node.op === 'Sub') && node.right.kind === 'Constant') {
      node.left = this.patternNumber(node.left);
      if (node.left.kind === 'Constant') {
        const value = foldBinary(node.left.value, node.op === 'Add' ? NB_ADD : NB_SUBTRACT, node.right.value);
        return value === null ? node : constantAt(node, value);
      }
    }
    return node;
  }
}

function constantAt(node: Expr, value: ConstValue): Constant {
  const { lineno, col_offset, end_lineno, end_col_offset } = node;
  return { kind: 'Constant', value, constKind: null, lineno, col_offset, end_lineno, end_col_offset };
}

/** Takes the docstring out; a body must not become empty. */
function dropDocstring(body: Stmt[]): void {
  if (body.length > 1) {
    body.shift();
    return;
  }
  const { lineno, col_offset } = body[0];
  body[0] = { kind: 'Pass', lineno, col_offset, end_lineno: lineno, end_col_offset: col_offset + 4 };
}

// ---- '...' % (...) ----

const UNLOCATED = { lineno: -1, col_offset: -1, end_lineno: -1, end_col_offset: -1 };

/** The f-string that does what a '%' format of a tuple display does, if the format has only %s, %r and %a. */
function formatToTemplate(left: Expr, op: string, right: Expr, at: Expr): Expr | null {
  if (op !== 'Mod' || left.kind !== 'Constant' || left.value.t !== 'str' || right.kind !== 'Tuple') return null;
  if (left.value.points !== undefined || right.elts.some((elt) => elt.kind === 'Starred')) return null;
  const format = left.value.v;
  const values: Expr[] = [];
  let used = 0;
  // A stretch of literal text, or one conversion.
  const piece = /((?:[^%]+|%%)+)|%([-+ #0]*)(\d{0,2})(\.\d{0,2})?([sra])/gy;
  let pos = 0;
  while (pos < format.length) {
    piece.lastIndex = pos;
    const m = piece.exec(format);
    if (m === null) return null;
    pos = piece.lastIndex;
    if (m[1] !== undefined) {
      values.push({
        kind: 'Constant',
        value: { t: 'str', v: m[1].replaceAll('%%', '%') },
        constKind: null,
        ...UNLOCATED,
      });
      continue;
    }
    const value = right.elts[used++];
    if (value === undefined) return null;
    values.push(conversion(value, m[2], m[3], m[4], m[5]));
  }
  if (used !== right.elts.length) return null;
  const { lineno, col_offset, end_lineno, end_col_offset } = at;
  return { kind: 'JoinedStr', values, lineno, col_offset, end_lineno, end_col_offset };
}

function conversion(
  value: Expr,
  flags: string,
  widthText: string,
  precision: string | undefined,
  letter: string,
): FormattedValue {
  const width = widthText === '' ? -1 : Number(widthText);
  let spec = !flags.includes('-') && width > 0 ? '>' : '';
  if (width >= 0) spec += String(width);
  if (precision !== undefined) spec += `.${Number(precision.slice(1))}`;
  const format_spec: Constant | null =
    spec === '' ? null : { kind: 'Constant', value: { t: 'str', v: spec }, constKind: null, ...UNLOCATED };
  const { lineno, col_offset, end_lineno, end_col_offset } = value;
  return {
    kind: 'FormattedValue',
    value,
    conversion: letter.charCodeAt(0),
    format_spec,
    lineno,
    col_offset,
    end_lineno,
    end_col_offset,
  };
}
