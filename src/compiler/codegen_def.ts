// What code does a definition become? Functions, lambdas, classes, type aliases and type parameters.
//
// Invariant: a definition pushes a function object made from a code object, its closure, defaults and annotations, in that order of
// evaluation: decorators, defaults, (type parameters,) annotations, then the body's code.

import type {
  Arguments,
  AsyncFunctionDef,
  ClassDef,
  ConstValue,
  Expr,
  FunctionDef,
  Lambda,
  TypeAlias,
  TypeParam,
} from './ast.js';
import { CO_FAST_FREE, type CodeUnit } from './code_unit.js';
import {
  type Compiler,
  FB_STOP_ITERATION,
  type ParameterCounts,
  SCOPE_ANNOTATIONS,
  SCOPE_ASYNC_FUNCTION,
  SCOPE_CLASS,
  SCOPE_FUNCTION,
  SCOPE_LAMBDA,
} from './codegen.js';
import { compileFunctionAnnotations, enterAnnotationScope } from './codegen_annotations.js';
import { compileArguments } from './codegen_call.js';
import { compileExpr, compileExprs } from './codegen_expr.js';
import { compileBody, compileStmt } from './codegen_stmt.js';
import { cleanDocstring, docstringOf } from './docstring.js';
import { Location, locationOf, NO_LABEL, NO_LOCATION } from './instructions.js';
import {
  BUILD_MAP,
  BUILD_SET,
  BUILD_TUPLE,
  CALL,
  CALL_INTRINSIC_1,
  CALL_INTRINSIC_2,
  COPY,
  INTRINSIC_PARAMSPEC,
  INTRINSIC_SET_FUNCTION_TYPE_PARAMS,
  INTRINSIC_SET_TYPEPARAM_DEFAULT,
  INTRINSIC_STOPITERATION_ERROR,
  INTRINSIC_SUBSCRIPT_GENERIC,
  INTRINSIC_TYPEALIAS,
  INTRINSIC_TYPEVAR,
  INTRINSIC_TYPEVAR_WITH_BOUND,
  INTRINSIC_TYPEVAR_WITH_CONSTRAINTS,
  INTRINSIC_TYPEVARTUPLE,
  LOAD_BUILD_CLASS,
  LOAD_CLOSURE,
  LOAD_FAST,
  LOAD_LOCALS,
  MAKE_FUNCTION,
  MAKE_FUNCTION_ANNOTATE,
  MAKE_FUNCTION_ANNOTATIONS,
  MAKE_FUNCTION_CLOSURE,
  MAKE_FUNCTION_DEFAULTS,
  MAKE_FUNCTION_KWDEFAULTS,
  PUSH_NULL,
  RERAISE,
  RETURN_VALUE,
  SET_FUNCTION_ATTRIBUTE,
  SETUP_CLEANUP,
  STORE_DEREF,
  SWAP,
  UNPACK_SEQUENCE,
} from './opcodes.js';
import { compareCodePoints, type SymtableEntry } from './symbols.js';

/** The order in which a function's attributes are set. */
const FUNCTION_ATTRIBUTES = [
  MAKE_FUNCTION_CLOSURE,
  MAKE_FUNCTION_ANNOTATIONS,
  MAKE_FUNCTION_ANNOTATE,
  MAKE_FUNCTION_KWDEFAULTS,
  MAKE_FUNCTION_DEFAULTS,
];

/** Make a function of the code. The attributes that `flags` names (MAKE_FUNCTION_*) are on the stack. */
export function makeClosure(c: Compiler, unit: CodeUnit, flags: number, loc: Location): void {
  let free = 0;
  unit.localspluskinds.forEach((kind, i) => {
    if (!(kind & CO_FAST_FREE)) return;
    c.opArg(LOAD_CLOSURE, c.closureArg(unit.localsplusnames[i]!), loc);
    free++;
  });
  if (free) {
    c.opArg(BUILD_TUPLE, free, loc);
    flags |= MAKE_FUNCTION_CLOSURE;
  }
  c.loadConst({ t: 'code', v: unit }, loc);
  c.op(MAKE_FUNCTION, loc);
  for (const attribute of FUNCTION_ATTRIBUTES) {
    if (flags & attribute) c.opArg(SET_FUNCTION_ATTRIBUTE, attribute, loc);
  }
}

/** A StopIteration that leaves a generator is an error: put a handler around the whole code. */
export function wrapInStopIterationHandler(c: Compiler): void {
  const handler = c.newLabel();
  c.unit.sequence.prepend(SETUP_CLEANUP, handler, NO_LOCATION);
  c.loadNone(NO_LOCATION);
  c.op(RETURN_VALUE, NO_LOCATION);
  c.useLabel(handler);
  c.opArg(CALL_INTRINSIC_1, INTRINSIC_STOPITERATION_ERROR, NO_LOCATION);
  c.opArg(RERAISE, 1, NO_LOCATION);
}

function applyDecorators(c: Compiler, decorators: Expr[]): void {
  for (let i = decorators.length - 1; i >= 0; i--) c.opArg(CALL, 0, locationOf(decorators[i]!));
}

/** The line where a decorated definition begins. */
function firstLineOf(s: FunctionDef | AsyncFunctionDef | ClassDef): number {
  return s.decorator_list.length ? s.decorator_list[0]!.lineno : s.lineno;
}

// Functions

/** Push the defaults. Returns which there are (MAKE_FUNCTION_*). */
function compileDefaults(c: Compiler, args: Arguments, loc: Location): number {
  let flags = 0;
  if (args.defaults.length) {
    compileExprs(c, args.defaults);
    c.opArg(BUILD_TUPLE, args.defaults.length, loc);
    flags |= MAKE_FUNCTION_DEFAULTS;
  }
  let count = 0;
  args.kwonlyargs.forEach((arg, i) => {
    const value = args.kw_defaults[i];
    if (!value) return;
    c.loadStr(c.mangled(arg.arg), loc);
    compileExpr(c, value);
    count++;
  });
  if (count) {
    c.opArg(BUILD_MAP, count, loc);
    flags |= MAKE_FUNCTION_KWDEFAULTS;
  }
  return flags;
}

function countsOf(args: Arguments): ParameterCounts {
  return {
    argcount: args.args.length,
    posonlyargcount: args.posonlyargs.length,
    kwonlyargcount: args.kwonlyargs.length,
  };
}

export function compileLambda(c: Compiler, e: Lambda): void {
  const loc = locationOf(e);
  const flags = compileDefaults(c, e.args, loc);
  c.enterScope('<lambda>', SCOPE_LAMBDA, c.symtable.lookup(e), e.lineno, countsOf(e.args));
  compileExpr(c, e.body);
  const isGenerator = c.entry.isGenerator;
  if (!isGenerator) c.op(RETURN_VALUE, locationOf(e.body));
  const unit = c.finishUnit(!isGenerator);
  c.exitScope();
  makeClosure(c, unit, flags, loc);
}

function compileFunctionBody(c: Compiler, s: FunctionDef | AsyncFunctionDef, flags: number, firstLine: number): void {
  const scopeType = s.kind === 'AsyncFunctionDef' ? SCOPE_ASYNC_FUNCTION : SCOPE_FUNCTION;
  c.enterScope(s.name, scopeType, c.symtable.lookup(s), firstLine, countsOf(s.args));
  const { entry } = c;
  let first = 0;
  if (entry.hasDocstring) {
    const doc = docstringOf(s.body);
    if (doc) {
      // The first constant of a function is its docstring, if it has one.
      c.addConst(cleanDocstring(doc));
      first = 1;
    }
  }
  const start = c.newLabel();
  c.useLabel(start);
  const handlesStopIteration = entry.isCoroutine || entry.isGenerator;
  if (handlesStopIteration) c.pushBlock(FB_STOP_ITERATION, start, NO_LABEL, NO_LOCATION);
  for (let i = first; i < s.body.length; i++) compileStmt(c, s.body[i]!);
  if (handlesStopIteration) {
    wrapInStopIterationHandler(c);
    c.popBlock();
  }
  const unit = c.finishUnit(true);
  c.exitScope();
  makeClosure(c, unit, flags, locationOf(s));
}

/** Begin the function around a generic definition, in which its type parameters live. */
function enterTypeParameters(
  c: Compiler,
  name: string,
  params: TypeParam[],
  firstLine: number,
  argcount: number,
  className: string | null = null,
): void {
  const counts = { argcount, posonlyargcount: 0, kwonlyargcount: 0 };
  const entry = c.symtable.lookup(params);
  c.enterScope(`<generic parameters of ${name}>`, SCOPE_ANNOTATIONS, entry, firstLine, counts, className);
}

/** End that function, make a closure of it; what calls it is the caller's. */
function leaveTypeParameters(c: Compiler, loc: Location): void {
  const unit = c.finishUnit(false);
  c.exitScope();
  makeClosure(c, unit, 0, loc);
}

function callTypeParameters(c: Compiler, loc: Location): void {
  c.op(PUSH_NULL, loc);
  c.opArg(CALL, 0, loc);
}

export function compileFunction(c: Compiler, s: FunctionDef | AsyncFunctionDef): void {
  const loc = locationOf(s);
  const firstLine = firstLineOf(s);
  const generic = s.type_params.length > 0;
  compileExprs(c, s.decorator_list);
  let flags = compileDefaults(c, s.args, loc);
  let passed = 0;
  if (generic) {
    // The defaults are evaluated outside, and handed in as arguments.
    if (flags & MAKE_FUNCTION_DEFAULTS) passed++;
    if (flags & MAKE_FUNCTION_KWDEFAULTS) passed++;
    if (passed === 2) c.opArg(SWAP, 2, loc);
    enterTypeParameters(c, s.name, s.type_params, firstLine, passed);
    compileTypeParams(c, s.type_params);
    for (let i = 0; i < passed; i++) c.opArg(LOAD_FAST, i, loc);
  }
  flags |= compileFunctionAnnotations(c, s.args, s.returns, loc);
  compileFunctionBody(c, s, flags, firstLine);
  if (generic) {
    c.opArg(SWAP, 2, loc);
    c.opArg(CALL_INTRINSIC_2, INTRINSIC_SET_FUNCTION_TYPE_PARAMS, loc);
    leaveTypeParameters(c, loc);
    if (passed) {
      c.opArg(SWAP, passed + 1, loc);
      c.opArg(CALL, passed - 1, loc);
    } else {
      callTypeParameters(c, loc);
    }
  }
  applyDecorators(c, s.decorator_list);
  c.nameOp(s.name, 'Store', loc);
}

// Classes

function compileClassBody(c: Compiler, s: ClassDef, firstLine: number): void {
  c.enterScope(s.name, SCOPE_CLASS, c.symtable.lookup(s), firstLine, undefined, s.name);
  const { entry, unit } = c;
  const start = new Location(firstLine, firstLine, 0, 0);
  c.nameOp('__name__', 'Load', start);
  c.nameOp('__module__', 'Store', start);
  c.loadStr(unit.qualname, start);
  c.nameOp('__qualname__', 'Store', start);
  c.loadInt(firstLine, start);
  c.nameOp('__firstlineno__', 'Store', start);
  if (s.type_params.length) {
    c.nameOp('.type_params', 'Load', start);
    c.nameOp('__type_params__', 'Store', start);
  }
  if (entry.needsClassDict) {
    c.op(LOAD_LOCALS, start);
    c.opIn(STORE_DEREF, unit.cellvars, '__classdict__', start);
  }
  if (entry.hasConditionalAnnotations) {
    c.opArg(BUILD_SET, 0, start);
    c.opIn(STORE_DEREF, unit.cellvars, '__conditional_annotations__', start);
  }
  compileBody(c, start, s.body, false);
  const attributes = [...unit.staticAttributes].sort(compareCodePoints);
  c.loadConst({ t: 'tuple', v: attributes.map((v): ConstValue => ({ t: 'str', v })) }, NO_LOCATION);
  c.nameOp('__static_attributes__', 'Store', NO_LOCATION);
  if (entry.needsClassDict) {
    c.opArg(LOAD_CLOSURE, unit.cellvars.get('__classdict__')!, NO_LOCATION);
    c.nameOp('__classdictcell__', 'Store', NO_LOCATION);
  }
  if (entry.needsClassClosure) {
    c.opArg(LOAD_CLOSURE, unit.cellvars.get('__class__')!, NO_LOCATION);
    c.opArg(COPY, 1, NO_LOCATION);
    c.nameOp('__classcell__', 'Store', NO_LOCATION);
  } else {
    c.loadNone(NO_LOCATION);
  }
  c.op(RETURN_VALUE, NO_LOCATION);
  const code = c.finishUnit(true);
  c.exitScope();
  const loc = locationOf(s);
  c.op(LOAD_BUILD_CLASS, loc);
  c.op(PUSH_NULL, loc);
  makeClosure(c, code, 0, loc);
  c.loadStr(s.name, loc);
}

/** `name = __build_class__(body function, name, *bases, **keywords)` */
export function compileClass(c: Compiler, s: ClassDef): void {
  const loc = locationOf(s);
  const firstLine = firstLineOf(s);
  const generic = s.type_params.length > 0;
  compileExprs(c, s.decorator_list);
  if (generic) {
    enterTypeParameters(c, s.name, s.type_params, firstLine, 0, s.name);
    compileTypeParams(c, s.type_params);
    c.nameOp('.type_params', 'Store', loc);
  }
  compileClassBody(c, s, firstLine);
  if (generic) {
    c.nameOp('.type_params', 'Load', loc);
    c.opArg(CALL_INTRINSIC_1, INTRINSIC_SUBSCRIPT_GENERIC, loc);
    c.nameOp('.generic_base', 'Store', loc);
    compileArguments(c, loc, 2, s.bases, '.generic_base', s.keywords);
    leaveTypeParameters(c, loc);
    callTypeParameters(c, loc);
  } else {
    compileArguments(c, loc, 2, s.bases, null, s.keywords);
  }
  applyDecorators(c, s.decorator_list);
  c.nameOp(s.name, 'Store', loc);
}

// Type parameters and aliases

const ONE_DEFAULT: ConstValue = { t: 'tuple', v: [{ t: 'int', v: 1n }] };

/** Push a function that evaluates a bound or default when asked; its parameter, the format, is 1 (the value) by default. */
function compileLazily(c: Compiler, e: Expr, name: string, entry: SymtableEntry, allowStarred: boolean): void {
  const loc = locationOf(e);
  c.loadConst(ONE_DEFAULT, loc);
  enterAnnotationScope(c, name, entry, loc);
  if (allowStarred && e.kind === 'Starred') {
    compileExpr(c, e.value);
    c.opArg(UNPACK_SEQUENCE, 1, loc);
  } else {
    compileExpr(c, e);
  }
  c.op(RETURN_VALUE, loc);
  const unit = c.finishUnit(true);
  c.exitScope();
  makeClosure(c, unit, MAKE_FUNCTION_DEFAULTS, loc);
}

/** Make the type parameters, bind their names, and push the tuple of them. */
function compileTypeParams(c: Compiler, params: TypeParam[]): void {
  let seenDefault = false;
  for (const param of params) {
    const loc = locationOf(param);
    c.loadStr(param.name, loc);
    if (param.kind === 'TypeVar' && param.bound) {
      compileLazily(c, param.bound, param.name, c.symtable.lookup(param), false);
      const constrained = param.bound.kind === 'Tuple';
      c.opArg(CALL_INTRINSIC_2, constrained ? INTRINSIC_TYPEVAR_WITH_CONSTRAINTS : INTRINSIC_TYPEVAR_WITH_BOUND, loc);
    } else {
      const make =
        param.kind === 'TypeVar'
          ? INTRINSIC_TYPEVAR
          : param.kind === 'TypeVarTuple'
            ? INTRINSIC_TYPEVARTUPLE
            : INTRINSIC_PARAMSPEC;
      c.opArg(CALL_INTRINSIC_1, make, loc);
    }
    if (param.default_value) {
      const isTypeVar = param.kind === 'TypeVar';
      const entry = isTypeVar ? c.symtable.lookupDefault(param) : c.symtable.lookup(param);
      compileLazily(c, param.default_value, param.name, entry, param.kind === 'TypeVarTuple');
      c.opArg(CALL_INTRINSIC_2, INTRINSIC_SET_TYPEPARAM_DEFAULT, loc);
      seenDefault = true;
    } else if (seenDefault) {
      throw c.error(`non-default type parameter '${param.name}' follows default type parameter`, loc);
    }
    c.opArg(COPY, 1, loc);
    c.nameOp(param.name, 'Store', loc);
  }
  c.opArg(BUILD_TUPLE, params.length, locationOf(params[0]!));
}

export function compileTypeAlias(c: Compiler, s: TypeAlias): void {
  const loc = locationOf(s);
  const name = s.name.kind === 'Name' ? s.name.id : '';
  const generic = s.type_params.length > 0;
  if (generic) {
    enterTypeParameters(c, name, s.type_params, s.lineno, 0);
    c.loadStr(name, loc);
    compileTypeParams(c, s.type_params);
  } else {
    c.loadStr(name, loc);
    c.loadNone(loc);
  }
  c.loadConst(ONE_DEFAULT, loc);
  enterAnnotationScope(c, name, c.symtable.lookup(s), loc);
  compileExpr(c, s.value);
  c.op(RETURN_VALUE, loc);
  const unit = c.finishUnit(false);
  c.exitScope();
  makeClosure(c, unit, MAKE_FUNCTION_DEFAULTS, loc);
  c.opArg(BUILD_TUPLE, 3, loc);
  c.opArg(CALL_INTRINSIC_1, INTRINSIC_TYPEALIAS, loc);
  if (generic) {
    leaveTypeParameters(c, loc);
    callTypeParameters(c, loc);
  }
  c.nameOp(name, 'Store', loc);
}
