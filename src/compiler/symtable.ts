// Which names does each block use and bind? The first pass of the symbol table: a walk over the syntax tree.
//
// Invariant: the walk enters the blocks in the order in which CPython does (its parts of a statement are not always visited from left
// to right), because errors, children and the order of symbols show it. The blocks of a tree are found again by node: functions, classes,
// lambdas, comprehensions and type aliases by themselves, annotations of a function by its `arguments`, type parameters by their list, and
// bounds and defaults of a type parameter by the parameter.

import type {
  Alias,
  Arg,
  Arguments,
  AsyncFunctionDef,
  ClassDef,
  Comprehension,
  DictComp,
  ExceptHandler,
  Expr,
  FunctionDef,
  GeneratorExp,
  Keyword,
  ListComp,
  MatchClass,
  Mod,
  NamedExpr,
  Pattern,
  SetComp,
  Stmt,
  TypeParam,
} from './ast.js';
import { CO_FUTURE_ANNOTATIONS, PyCF_ALLOW_TOP_LEVEL_AWAIT } from './code_unit.js';
import { docstringOf } from './docstring.js';
import { type FutureFeatures, syntaxErrorAt } from './future.js';
import type { Positioned } from './instructions.js';
import { Nesting, tooDeep } from './recursion.js';
import {
  ANNOTATION_BLOCK,
  CLASS_BLOCK,
  DEF_ANNOT,
  DEF_COMP_ITER,
  DEF_GLOBAL,
  DEF_IMPORT,
  DEF_LOCAL,
  DEF_NONLOCAL,
  DEF_PARAM,
  DEF_TYPE_PARAM,
  DICT_COMPREHENSION,
  FUNCTION_BLOCK,
  GENERATOR_EXPRESSION,
  LIST_COMPREHENSION,
  MODULE_BLOCK,
  maybeMangle,
  NO_COMPREHENSION,
  SET_COMPREHENSION,
  SymtableEntry,
  TYPE_ALIAS_BLOCK,
  TYPE_PARAMETERS_BLOCK,
  TYPE_VARIABLE_BLOCK,
  USE,
} from './symbols.js';
import { analyzeScopes } from './symtable_analyze.js';
import { PySyntaxError } from './syntax_error.js';

const COMPREHENSION_NAMES = { ListComp: 'listcomp', SetComp: 'setcomp', DictComp: 'dictcomp', GeneratorExp: 'genexpr' };
const COMPREHENSION_TYPES = {
  ListComp: LIST_COMPREHENSION,
  SetComp: SET_COMPREHENSION,
  DictComp: DICT_COMPREHENSION,
  GeneratorExp: GENERATOR_EXPRESSION,
};
const NOWHERE: Positioned = { lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 };

/** The symbol table of a module (or an expression). */
export class Symtable {
  readonly filename: string;
  readonly future: FutureFeatures;
  readonly top: SymtableEntry;
  private readonly blocks = new Map<object, SymtableEntry>();
  private readonly defaultBlocks = new Map<object, SymtableEntry>();
  private current: SymtableEntry;
  private readonly stack: SymtableEntry[] = [];
  private className: string | null = null;
  private readonly nesting = new Nesting();
  private nextId = 1;

  /** Builds the whole table. Throws PySyntaxError. */
  constructor(mod: Mod, filename: string, future: FutureFeatures) {
    this.filename = filename;
    this.future = future;
    this.top = new SymtableEntry(this.nextId++, 'top', MODULE_BLOCK, NOWHERE);
    this.current = this.top;
    this.blocks.set(mod, this.top);
    this.stack.push(this.top);
    switch (mod.kind) {
      case 'Module':
        if (docstringOf(mod.body)) this.top.hasDocstring = true;
        this.visitBody(mod.body);
        break;
      case 'Interactive':
        this.visitBody(mod.body);
        break;
      case 'Expression':
        this.visitExpr(mod.body);
        break;
      case 'FunctionType':
        throw new PySyntaxError('SystemError', 'this compiler does not handle FunctionTypes');
    }
    this.stack.pop();
    analyzeScopes(this.top, filename);
  }

  /** The block that belongs to the node. */
  lookup(node: object): SymtableEntry {
    const entry = this.blocks.get(node);
    if (!entry) throw new PySyntaxError('SystemError', 'unknown symbol table entry');
    return entry;
  }

  /** The block of a TypeVar's default (its bound has the parameter itself as the key). */
  lookupDefault(param: TypeParam): SymtableEntry {
    return this.defaultBlocks.get(param)!;
  }

  private error(msg: string, node: Positioned): PySyntaxError {
    return syntaxErrorAt(msg, node, this.filename);
  }

  // Entering and leaving

  private newEntry(name: string, type: number, loc: Positioned, key: object, keys = this.blocks): SymtableEntry {
    const entry = new SymtableEntry(this.nextId++, name, type, loc);
    entry.nested = this.current.nested || this.current.isFunctionLike();
    entry.isMethod = this.current.type === CLASS_BLOCK && type === FUNCTION_BLOCK;
    keys.set(key, entry);
    return entry;
  }

  private enter(entry: SymtableEntry): void {
    const outer = this.current;
    this.reenter(entry);
    // Annotations that become strings have no effect on the table.
    if (this.future.features & CO_FUTURE_ANNOTATIONS && entry.type === ANNOTATION_BLOCK) return;
    outer.children.push(entry);
  }

  /** Enter a block that is a child of the present one already. */
  private reenter(entry: SymtableEntry): void {
    const outer = this.current;
    this.stack.push(entry);
    // For now, `:=` is not allowed anywhere in the iterable of a comprehension, not even in a lambda or comprehension inside it.
    entry.compIterExpr = outer.compIterExpr;
    if (outer.mangledNames && entry.type !== CLASS_BLOCK) entry.mangledNames = outer.mangledNames;
    this.current = entry;
  }

  private enterBlock(name: string, type: number, loc: Positioned, key: object, keys = this.blocks): SymtableEntry {
    const entry = this.newEntry(name, type, loc, key, keys);
    this.enter(entry);
    if (type === ANNOTATION_BLOCK || type === TYPE_VARIABLE_BLOCK || type === TYPE_ALIAS_BLOCK) {
      this.addDef('.format', DEF_PARAM, loc);
      this.addDef('.format', USE, loc);
    }
    return entry;
  }

  private exit(): void {
    this.stack.pop();
    this.current = this.stack[this.stack.length - 1]!;
  }

  private get topLevelAwait(): boolean {
    return (this.future.features & PyCF_ALLOW_TOP_LEVEL_AWAIT) !== 0 && this.current.type === MODULE_BLOCK;
  }

  private get inAsyncFunction(): boolean {
    return this.current.type === FUNCTION_BLOCK && this.current.isCoroutine;
  }

  // Recording names

  private flagsIn(entry: SymtableEntry, name: string): number {
    return entry.flags(maybeMangle(this.className, entry, name));
  }

  private addDefIn(entry: SymtableEntry, name: string, flag: number, loc: Positioned): void {
    const mangled = maybeMangle(this.className, this.current, name);
    let flags = entry.flags(mangled);
    if (flag & flags & DEF_PARAM) throw this.error(`duplicate argument '${name}' in function definition`, loc);
    if (flag & flags & DEF_TYPE_PARAM) throw this.error(`duplicate type parameter '${name}'`, loc);
    flags |= flag;
    if (entry.compIterTarget) {
      if (flags & (DEF_GLOBAL | DEF_NONLOCAL)) {
        throw this.error(`comprehension inner loop cannot rebind assignment expression target '${name}'`, loc);
      }
      flags |= DEF_COMP_ITER;
    }
    entry.symbols.set(mangled, flags);
    if (flag & DEF_PARAM) entry.varnames.push(mangled);
    else if (flag & DEF_GLOBAL) this.top.symbols.set(mangled, this.top.flags(mangled) | flag);
  }

  private addDef(name: string, flag: number, loc: Positioned, ctx = flag === USE ? 'Load' : 'Store'): void {
    if (flag & (DEF_PARAM | DEF_LOCAL | DEF_IMPORT)) this.checkName(name, loc, ctx);
    if (flag & DEF_TYPE_PARAM) this.current.mangledNames?.add(name);
    this.addDefIn(this.current, name, flag, loc);
  }

  private checkName(name: string, loc: Positioned, ctx: string): void {
    if (name !== '__debug__' || ctx === 'Load') return;
    throw this.error(ctx === 'Store' ? 'cannot assign to __debug__' : 'cannot delete __debug__', loc);
  }

  private recordDirective(name: string, loc: Positioned): void {
    const mangled = maybeMangle(this.className, this.current, name);
    if (!this.current.directives.has(mangled)) this.current.directives.set(mangled, loc);
  }

  // Statements

  private visitBody(body: Stmt[]): void {
    for (const statement of body) this.visitStmt(statement);
  }

  /** What is annotated in a body that may not run is annotated conditionally. */
  private conditionally(visit: () => void): void {
    const entry = this.current;
    const outer = entry.inConditionalBlock;
    entry.inConditionalBlock = true;
    visit();
    entry.inConditionalBlock = outer;
  }

  private visitFunction(s: FunctionDef | AsyncFunctionDef): void {
    const { args } = s;
    this.addDef(s.name, DEF_LOCAL, s);
    this.visitExprs(args.defaults);
    this.visitOptionalExprs(args.kw_defaults);
    this.visitExprs(s.decorator_list);
    const generic = s.type_params.length > 0;
    if (generic) {
      this.enterTypeParams(s.name, s.type_params, s);
      this.addDef('.defaults', DEF_PARAM, s);
      if (args.kw_defaults.some((value) => value !== null)) this.addDef('.kwdefaults', DEF_PARAM, s);
      for (const param of s.type_params) this.visitTypeParam(param);
    }
    const entry = this.newEntry(s.name, FUNCTION_BLOCK, s, s);
    if (docstringOf(s.body)) entry.hasDocstring = true;
    this.visitFunctionAnnotations(s, args, s.returns);
    this.enter(entry);
    if (s.kind === 'AsyncFunctionDef') entry.isCoroutine = true;
    this.visitArguments(args);
    this.visitBody(s.body);
    this.exit();
    if (generic) this.exit();
  }

  private visitClass(s: ClassDef): void {
    this.addDef(s.name, DEF_LOCAL, s);
    this.visitExprs(s.decorator_list);
    const outerClass = this.className;
    const generic = s.type_params.length > 0;
    if (generic) {
      this.enterTypeParams(s.name, s.type_params, s);
      for (const name of ['.type_params', '.generic_base']) {
        this.addDef(name, DEF_LOCAL, s);
        this.addDef(name, USE, s);
      }
      this.className = s.name;
      this.current.mangledNames = new Set();
      for (const param of s.type_params) this.visitTypeParam(param);
    }
    this.visitExprs(s.bases);
    this.visitKeywords(s.keywords);
    this.enterBlock(s.name, CLASS_BLOCK, s, s);
    this.className = s.name;
    if (generic) {
      this.addDef('__type_params__', DEF_LOCAL, s);
      this.addDef('.type_params', USE, s);
    }
    if (docstringOf(s.body)) this.current.hasDocstring = true;
    this.visitBody(s.body);
    this.exit();
    if (generic) this.exit();
    this.className = outerClass;
  }

  private enterTypeParams(name: string, params: TypeParam[], loc: Positioned): void {
    const inClass = this.current.type === CLASS_BLOCK;
    this.enterBlock(name, TYPE_PARAMETERS_BLOCK, loc, params);
    if (inClass) {
      this.current.canSeeClassScope = true;
      this.addDef('__classdict__', USE, loc);
    }
  }

  private visitStmt(s: Stmt): void {
    this.nesting.enter();
    switch (s.kind) {
      case 'FunctionDef':
      case 'AsyncFunctionDef':
        this.visitFunction(s);
        break;
      case 'ClassDef':
        this.visitClass(s);
        break;
      case 'TypeAlias': {
        this.visitExpr(s.name);
        const name = s.name.kind === 'Name' ? s.name.id : '';
        const inClass = this.current.type === CLASS_BLOCK;
        const generic = s.type_params.length > 0;
        if (generic) {
          this.enterTypeParams(name, s.type_params, s);
          for (const param of s.type_params) this.visitTypeParam(param);
        }
        this.enterBlock(name, TYPE_ALIAS_BLOCK, s, s);
        this.current.canSeeClassScope = inClass;
        if (inClass) this.addDef('__classdict__', USE, s.value);
        this.visitExpr(s.value);
        this.exit();
        if (generic) this.exit();
        break;
      }
      case 'Return':
        if (s.value) this.visitExpr(s.value);
        break;
      case 'Delete':
        this.visitExprs(s.targets);
        break;
      case 'Assign':
        this.visitExprs(s.targets);
        this.visitExpr(s.value);
        break;
      case 'AnnAssign':
        this.current.annotationsUsed = true;
        if (s.target.kind === 'Name') {
          const flags = this.flagsIn(this.current, s.target.id);
          if (flags & (DEF_GLOBAL | DEF_NONLOCAL) && this.current !== this.top && s.simple) {
            const what = flags & DEF_GLOBAL ? 'global' : 'nonlocal';
            throw this.error(`annotated name '${s.target.id}' can't be ${what}`, s);
          }
          if (s.simple) this.addDef(s.target.id, DEF_ANNOT | DEF_LOCAL, s.target);
          else if (s.value) this.addDef(s.target.id, DEF_LOCAL, s.target);
        } else {
          this.visitExpr(s.target);
        }
        this.visitAnnotation(s.annotation);
        if (s.value) this.visitExpr(s.value);
        break;
      case 'AugAssign':
        this.visitExpr(s.target);
        this.visitExpr(s.value);
        break;
      case 'AsyncFor':
        this.requireCoroutine("'async for' outside async function", s);
        this.visitFor(s);
        break;
      case 'For':
        this.visitFor(s);
        break;
      case 'While':
      case 'If':
        this.visitExpr(s.test);
        this.conditionally(() => {
          this.visitBody(s.body);
          this.visitBody(s.orelse);
        });
        break;
      case 'Match':
        this.visitExpr(s.subject);
        this.conditionally(() => {
          for (const c of s.cases) {
            this.visitPattern(c.pattern);
            if (c.guard) this.visitExpr(c.guard);
            this.visitBody(c.body);
          }
        });
        break;
      case 'Raise':
        if (s.exc) {
          this.visitExpr(s.exc);
          if (s.cause) this.visitExpr(s.cause);
        }
        break;
      case 'Try':
      case 'TryStar':
        this.conditionally(() => {
          this.visitBody(s.body);
          for (const handler of s.handlers) this.visitHandler(handler);
          this.visitBody(s.orelse);
          this.visitBody(s.finalbody);
        });
        break;
      case 'Assert':
        this.visitExpr(s.test);
        if (s.msg) this.visitExpr(s.msg);
        break;
      case 'Import':
        for (const alias of s.names) this.visitAlias(alias);
        break;
      case 'ImportFrom': {
        for (const alias of s.names) this.visitAlias(alias);
        const last = this.future.location;
        if (
          s.module === '__future__' &&
          s.level === 0 &&
          (s.lineno > last.line || (s.lineno === last.endLine && s.col_offset > last.endCol))
        ) {
          throw this.error('from __future__ imports must occur at the beginning of the file', s);
        }
        break;
      }
      case 'Global':
      case 'Nonlocal':
        this.visitDeclaration(s.names, s.kind === 'Global' ? 'global' : 'nonlocal', s);
        break;
      case 'Expr':
        this.visitExpr(s.value);
        break;
      case 'AsyncWith':
        this.requireCoroutine("'async with' outside async function", s);
        this.visitWith(s);
        break;
      case 'With':
        this.visitWith(s);
        break;
      case 'Pass':
      case 'Break':
      case 'Continue':
        break;
    }
    this.nesting.leave();
  }

  private requireCoroutine(msg: string, s: Stmt): void {
    if (this.topLevelAwait) this.current.isCoroutine = true;
    if (!this.current.isCoroutine) throw this.error(msg, s);
  }

  private visitFor(s: Stmt & { kind: 'For' | 'AsyncFor' }): void {
    this.visitExpr(s.target);
    this.visitExpr(s.iter);
    this.conditionally(() => {
      this.visitBody(s.body);
      this.visitBody(s.orelse);
    });
  }

  private visitWith(s: Stmt & { kind: 'With' | 'AsyncWith' }): void {
    this.conditionally(() => {
      for (const item of s.items) {
        this.visitExpr(item.context_expr);
        if (item.optional_vars) this.visitExpr(item.optional_vars);
      }
      this.visitBody(s.body);
    });
  }

  private visitDeclaration(names: string[], what: 'global' | 'nonlocal', s: Positioned): void {
    for (const name of names) {
      const flags = this.flagsIn(this.current, name);
      if (flags & DEF_PARAM) throw this.error(`name '${name}' is parameter and ${what}`, s);
      if (flags & USE) throw this.error(`name '${name}' is used prior to ${what} declaration`, s);
      if (flags & DEF_ANNOT) throw this.error(`annotated name '${name}' can't be ${what}`, s);
      if (flags & DEF_LOCAL) throw this.error(`name '${name}' is assigned to before ${what} declaration`, s);
      this.addDef(name, what === 'global' ? DEF_GLOBAL : DEF_NONLOCAL, s);
      this.recordDirective(name, s);
    }
  }

  private visitHandler(handler: ExceptHandler): void {
    if (handler.type) this.visitExpr(handler.type);
    if (handler.name !== null) this.addDef(handler.name, DEF_LOCAL, handler);
    this.visitBody(handler.body);
  }

  private visitAlias(alias: Alias): void {
    const name = alias.asname ?? alias.name;
    if (name === '*') {
      if (this.current.type !== MODULE_BLOCK) throw this.error('import * only allowed at module level', alias);
      return;
    }
    const dot = name.indexOf('.');
    this.addDef(dot < 0 ? name : name.slice(0, dot), DEF_IMPORT, alias);
  }

  // Functions' parameters and annotations

  private visitParams(args: Arg[]): void {
    for (const arg of args) this.addDef(arg.arg, DEF_PARAM, arg);
  }

  private visitArguments(args: Arguments): void {
    this.visitParams(args.posonlyargs);
    this.visitParams(args.args);
    this.visitParams(args.kwonlyargs);
    if (args.vararg) {
      this.addDef(args.vararg.arg, DEF_PARAM, args.vararg);
      this.current.hasVarargs = true;
    }
    if (args.kwarg) {
      this.addDef(args.kwarg.arg, DEF_PARAM, args.kwarg);
      this.current.hasVarkeywords = true;
    }
  }

  private visitFunctionAnnotations(s: Stmt, args: Arguments, returns: Expr | null): void {
    const seesClass = this.current.canSeeClassScope || this.current.type === CLASS_BLOCK;
    const entry = this.enterBlock('__annotate__', ANNOTATION_BLOCK, s, args);
    if (seesClass) {
      entry.canSeeClassScope = true;
      this.addDef('__classdict__', USE, s);
    }
    const visit = (annotation: Expr | null): void => {
      if (!annotation) return;
      entry.annotationsUsed = true;
      this.visitExpr(annotation);
    };
    for (const arg of args.posonlyargs) visit(arg.annotation);
    for (const arg of args.args) visit(arg.annotation);
    if (args.vararg) visit(args.vararg.annotation);
    if (args.kwarg) visit(args.kwarg.annotation);
    for (const arg of args.kwonlyargs) visit(arg.annotation);
    visit(returns);
    this.exit();
  }

  /** The annotation of a variable. All those of a block share one annotation scope. */
  private visitAnnotation(annotation: Expr): void {
    const parent = this.current;
    const conditional = parent.type === MODULE_BLOCK || (parent.type === CLASS_BLOCK && parent.inConditionalBlock);
    if (conditional && !parent.hasConditionalAnnotations) {
      parent.hasConditionalAnnotations = true;
      this.addDef('__conditional_annotations__', USE, annotation);
    }
    if (parent.annotationBlock === null) {
      const entry = this.enterBlock('__annotate__', ANNOTATION_BLOCK, annotation, parent);
      parent.annotationBlock = entry;
      if (parent.type === CLASS_BLOCK && !(this.future.features & CO_FUTURE_ANNOTATIONS)) {
        entry.canSeeClassScope = true;
        this.addDef('__classdict__', USE, annotation);
      }
    } else {
      this.reenter(parent.annotationBlock);
    }
    const local = parent.type === FUNCTION_BLOCK;
    if (local) this.current.inUnevaluatedAnnotation = true;
    this.visitExpr(annotation);
    if (local) this.current.inUnevaluatedAnnotation = false;
    this.exit();
  }

  private visitTypeParam(param: TypeParam): void {
    this.nesting.enter();
    this.addDef(param.name, DEF_TYPE_PARAM | DEF_LOCAL, param);
    if (param.kind === 'TypeVar') {
      const what = param.bound?.kind === 'Tuple' ? 'a TypeVar constraint' : 'a TypeVar bound';
      this.visitTypeParamPart(param.bound, param, what, this.blocks);
      this.visitTypeParamPart(param.default_value, param, 'a TypeVar default', this.defaultBlocks);
    } else {
      this.visitTypeParamPart(param.default_value, param, `a ${param.kind} default`, this.blocks);
    }
    this.nesting.leave();
  }

  private visitTypeParamPart(e: Expr | null, param: TypeParam, what: string, keys: Map<object, SymtableEntry>): void {
    if (param.name === '__classdict__') {
      throw this.error(`reserved name '${param.name}' cannot be used for type parameter`, param);
    }
    if (!e) return;
    const inClass = this.current.canSeeClassScope;
    const entry = this.enterBlock(param.name, TYPE_VARIABLE_BLOCK, e, param, keys);
    entry.canSeeClassScope = inClass;
    if (inClass) this.addDef('__classdict__', USE, e);
    entry.scopeInfo = what;
    this.visitExpr(e);
    this.exit();
  }

  // Expressions

  private visitExprs(exprs: Expr[]): void {
    for (const e of exprs) this.visitExpr(e);
  }

  private visitOptionalExprs(exprs: (Expr | null)[]): void {
    for (const e of exprs) if (e) this.visitExpr(e);
  }

  private visitKeywords(keywords: Keyword[]): void {
    for (const keyword of keywords) if (keyword.arg !== null) this.checkName(keyword.arg, keyword, 'Store');
    for (const keyword of keywords) this.visitExpr(keyword.value);
  }

  private visitExpr(e: Expr): void {
    this.nesting.enter();
    switch (e.kind) {
      case 'NamedExpr':
        this.forbidInAnnotation('named expression', e);
        this.visitNamedExpr(e);
        break;
      case 'BoolOp':
      case 'JoinedStr':
      case 'TemplateStr':
        this.visitExprs(e.values);
        break;
      case 'BinOp':
        this.visitExpr(e.left);
        this.visitExpr(e.right);
        break;
      case 'UnaryOp':
        this.visitExpr(e.operand);
        break;
      case 'Lambda':
        this.visitExprs(e.args.defaults);
        this.visitOptionalExprs(e.args.kw_defaults);
        this.enterBlock('lambda', FUNCTION_BLOCK, e, e);
        this.visitArguments(e.args);
        this.visitExpr(e.body);
        this.exit();
        break;
      case 'IfExp':
        this.visitExpr(e.test);
        this.visitExpr(e.body);
        this.visitExpr(e.orelse);
        break;
      case 'Dict':
        this.visitOptionalExprs(e.keys);
        this.visitExprs(e.values);
        break;
      case 'Set':
      case 'List':
      case 'Tuple':
        this.visitExprs(e.elts);
        break;
      case 'ListComp':
      case 'SetComp':
      case 'DictComp':
      case 'GeneratorExp':
        this.visitComprehension(e);
        break;
      case 'Yield':
      case 'YieldFrom':
        this.forbidInAnnotation('yield expression', e);
        if (e.value) this.visitExpr(e.value);
        this.current.isGenerator = true;
        this.forbidInComprehension(e);
        break;
      case 'Await':
        this.forbidInAnnotation('await expression', e);
        if (!this.topLevelAwait) {
          if (!this.current.isFunctionLike()) throw this.error("'await' outside function", e);
          if (!this.inAsyncFunction && this.current.comprehension === NO_COMPREHENSION) {
            throw this.error("'await' outside async function", e);
          }
        }
        this.visitExpr(e.value);
        this.current.isCoroutine = true;
        break;
      case 'Compare':
        this.visitExpr(e.left);
        this.visitExprs(e.comparators);
        break;
      case 'Call':
        this.visitExpr(e.func);
        this.visitExprs(e.args);
        this.visitKeywords(e.keywords);
        break;
      case 'FormattedValue':
      case 'Interpolation':
        this.visitExpr(e.value);
        if (e.format_spec) this.visitExpr(e.format_spec);
        break;
      case 'Constant':
        break;
      case 'Attribute':
        this.checkName(e.attr, e, e.ctx);
        this.visitExpr(e.value);
        break;
      case 'Subscript':
        this.visitExpr(e.value);
        this.visitExpr(e.slice);
        break;
      case 'Starred':
        this.visitExpr(e.value);
        break;
      case 'Slice':
        if (e.lower) this.visitExpr(e.lower);
        if (e.upper) this.visitExpr(e.upper);
        if (e.step) this.visitExpr(e.step);
        break;
      case 'Name':
        if (this.current.inUnevaluatedAnnotation) break;
        this.addDef(e.id, e.ctx === 'Load' ? USE : DEF_LOCAL, e, e.ctx);
        // super() needs the class.
        if (e.ctx === 'Load' && e.id === 'super' && this.current.isFunctionLike()) this.addDef('__class__', USE, e);
        break;
    }
    this.nesting.leave();
  }

  private visitNamedExpr(e: NamedExpr): void {
    if (this.current.compIterExpr > 0) {
      throw this.error('assignment expression cannot be used in a comprehension iterable expression', e);
    }
    if (this.current.comprehension) this.bindOutsideComprehension(e.target);
    this.visitExpr(e.value);
    this.visitExpr(e.target);
  }

  /** The target of `:=` in a comprehension belongs to the block around all comprehensions. */
  private bindOutsideComprehension(target: Expr): void {
    if (target.kind !== 'Name') return;
    const name = target.id;
    for (let i = this.stack.length - 1; i >= 0; i--) {
      const entry = this.stack[i]!;
      if (entry.comprehension) {
        const flags = this.flagsIn(entry, name);
        if (flags & DEF_COMP_ITER && flags & DEF_LOCAL) {
          throw this.error(`assignment expression cannot rebind comprehension iteration variable '${name}'`, target);
        }
        continue;
      }
      const within = 'assignment expression within a comprehension cannot be used';
      switch (entry.type) {
        case FUNCTION_BLOCK:
          this.addDef(name, this.flagsIn(entry, name) & DEF_GLOBAL ? DEF_GLOBAL : DEF_NONLOCAL, target);
          this.recordDirective(name, target);
          this.addDefIn(entry, name, DEF_LOCAL, target);
          return;
        case MODULE_BLOCK:
          this.addDef(name, DEF_GLOBAL, target);
          this.recordDirective(name, target);
          this.addDefIn(entry, name, DEF_GLOBAL, target);
          return;
        case CLASS_BLOCK:
          throw this.error(`${within} in a class body`, target);
        case TYPE_PARAMETERS_BLOCK:
          throw this.error(`${within} within the definition of a generic`, target);
        case TYPE_ALIAS_BLOCK:
          throw this.error(`${within} in a type alias`, target);
        case TYPE_VARIABLE_BLOCK:
          throw this.error(`${within} in a TypeVar bound`, target);
      }
    }
  }

  private visitComprehension(e: ListComp | SetComp | DictComp | GeneratorExp): void {
    const isGenerator = e.kind === 'GeneratorExp';
    const [outermost, ...inner] = e.generators;
    // The outermost iterable is evaluated outside.
    this.current.compIterExpr++;
    this.visitExpr(outermost!.iter);
    this.current.compIterExpr--;
    const entry = this.enterBlock(COMPREHENSION_NAMES[e.kind], FUNCTION_BLOCK, e, e);
    entry.comprehension = COMPREHENSION_TYPES[e.kind];
    if (outermost!.is_async) entry.isCoroutine = true;
    this.addDef('.0', DEF_PARAM, e);
    entry.compIterTarget = true;
    this.visitExpr(outermost!.target);
    entry.compIterTarget = false;
    this.visitExprs(outermost!.ifs);
    for (const generator of inner) this.visitGenerator(generator);
    if (e.kind === 'DictComp') {
      this.visitExpr(e.value);
      this.visitExpr(e.key);
    } else {
      this.visitExpr(e.elt);
    }
    entry.isGenerator = isGenerator;
    const isAsync = entry.isCoroutine && !isGenerator;
    this.exit();
    if (!isAsync) return;
    if (!this.inAsyncFunction && this.current.comprehension === NO_COMPREHENSION && !this.topLevelAwait) {
      throw this.error('asynchronous comprehension outside of an asynchronous function', e);
    }
    this.current.isCoroutine = true;
  }

  private visitGenerator(generator: Comprehension): void {
    const entry = this.current;
    entry.compIterTarget = true;
    this.visitExpr(generator.target);
    entry.compIterTarget = false;
    entry.compIterExpr++;
    this.visitExpr(generator.iter);
    entry.compIterExpr--;
    this.visitExprs(generator.ifs);
    if (generator.is_async) entry.isCoroutine = true;
  }

  private forbidInAnnotation(what: string, e: Expr): void {
    switch (this.current.type) {
      case ANNOTATION_BLOCK:
        throw this.error(`${what} cannot be used within an annotation`, e);
      case TYPE_VARIABLE_BLOCK:
        throw this.error(`${what} cannot be used within ${this.current.scopeInfo}`, e);
      case TYPE_ALIAS_BLOCK:
        throw this.error(`${what} cannot be used within a type alias`, e);
      case TYPE_PARAMETERS_BLOCK:
        throw this.error(`${what} cannot be used within the definition of a generic`, e);
    }
  }

  private forbidInComprehension(e: Expr): void {
    const where = ['', 'list comprehension', 'dict comprehension', 'set comprehension', 'generator expression'];
    const { comprehension } = this.current;
    if (comprehension) throw this.error(`'yield' inside ${where[comprehension]}`, e);
  }

  // Patterns

  private visitPatterns(patterns: Pattern[]): void {
    for (const pattern of patterns) this.visitPattern(pattern);
  }

  private visitPattern(p: Pattern): void {
    this.nesting.enter();
    switch (p.kind) {
      case 'MatchValue':
        this.visitExpr(p.value);
        break;
      case 'MatchSingleton':
        break;
      case 'MatchSequence':
      case 'MatchOr':
        this.visitPatterns(p.patterns);
        break;
      case 'MatchStar':
        if (p.name !== null) this.addDef(p.name, DEF_LOCAL, p);
        break;
      case 'MatchMapping':
        this.visitExprs(p.keys);
        this.visitPatterns(p.patterns);
        if (p.rest !== null) this.addDef(p.rest, DEF_LOCAL, p);
        break;
      case 'MatchClass':
        this.visitClassPattern(p);
        break;
      case 'MatchAs':
        if (p.pattern) this.visitPattern(p.pattern);
        if (p.name !== null) this.addDef(p.name, DEF_LOCAL, p);
        break;
    }
    this.nesting.leave();
  }

  private visitClassPattern(p: MatchClass): void {
    this.visitExpr(p.cls);
    this.visitPatterns(p.patterns);
    p.kwd_attrs.forEach((attr, i) => {
      this.checkName(attr, p.kwd_patterns[i]!, 'Store');
    });
    this.visitPatterns(p.kwd_patterns);
  }
}

/** The symbol table of a tree. Throws PySyntaxError; nesting beyond what the host's stack bears is a RecursionError. */
export function buildSymtable(mod: Mod, filename: string, future: FutureFeatures): Symtable {
  try {
    return new Symtable(mod, filename, future);
  } catch (error) {
    throw error instanceof RangeError ? tooDeep() : error;
  }
}
