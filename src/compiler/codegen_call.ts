// What code does a call become? Plain calls, method calls, super(), and the forms with `*` and `**`.
//
// Invariant: the stack of a call is callable, self or NULL, arguments; the keyword names are one constant tuple on top.

import type { Attribute, Call, Expr, Keyword } from './ast.js';
import type { Compiler } from './codegen.js';
import { attributeLocation, compileDisplay, compileExpr, compileExprs, inferredType } from './codegen_expr.js';
import { STACK_USE_GUIDELINE } from './flow_peephole.js';
import { type Label, type Location, locationOf, NO_LOCATION } from './instructions.js';
import {
  BUILD_LIST,
  BUILD_MAP,
  CALL,
  CALL_FUNCTION_EX,
  CALL_INTRINSIC_1,
  CALL_KW,
  CONSTANT_BUILTIN_ALL,
  CONSTANT_BUILTIN_ANY,
  CONSTANT_BUILTIN_TUPLE,
  COPY,
  DICT_MERGE,
  END_FOR,
  FOR_ITER,
  INTRINSIC_LIST_TO_TUPLE,
  IS_OP,
  JUMP,
  LIST_APPEND,
  LIST_EXTEND,
  LOAD_COMMON_CONSTANT,
  LOAD_SUPER_ATTR,
  MAP_ADD,
  NOP,
  POP_ITER,
  POP_JUMP_IF_FALSE,
  POP_JUMP_IF_TRUE,
  POP_TOP,
  PUSH_NULL,
  TO_BOOL,
} from './opcodes.js';
import { DEF_IMPORT, FREE, GLOBAL_IMPLICIT } from './symbols.js';

function validateKeywords(c: Compiler, keywords: Keyword[]): void {
  if (keywords.length < 2) return;
  const seen = new Set<string>();
  const repeated = new Map<string, Keyword>();
  for (const keyword of keywords) {
    if (keyword.arg === null) continue;
    if (seen.has(keyword.arg) && !repeated.has(keyword.arg)) repeated.set(keyword.arg, keyword);
    seen.add(keyword.arg);
  }
  if (repeated.size === 0) return;
  // The error is about the first keyword that is repeated, at its second place.
  for (const { arg } of keywords) {
    const other = arg === null ? undefined : repeated.get(arg);
    if (other) throw c.error(`keyword argument repeated: ${arg}`, locationOf(other));
  }
}

function checkCaller(c: Compiler, e: Expr): void {
  switch (e.kind) {
    case 'Constant':
    case 'Tuple':
    case 'List':
    case 'ListComp':
    case 'Dict':
    case 'DictComp':
    case 'Set':
    case 'SetComp':
    case 'GeneratorExp':
    case 'JoinedStr':
    case 'TemplateStr':
    case 'FormattedValue':
    case 'Interpolation':
      c.warn(`'${inferredType(e)}' object is not callable; perhaps you missed a comma?`, locationOf(e));
  }
}

export function compileCall(c: Compiler, e: Call): void {
  validateKeywords(c, e.keywords);
  if (compileMethodCall(c, e)) return;
  const skip = c.newLabel();
  checkCaller(c, e.func);
  compileExpr(c, e.func);
  compileBuiltinOfGenerator(c, e, skip);
  c.op(PUSH_NULL, locationOf(e.func));
  compileArguments(c, locationOf(e), 0, e.args, null, e.keywords);
  c.useLabel(skip);
}

// super()

/** The call in `super().attr` when super is the built-in one and what it needs is at hand; null otherwise. */
function superCall(c: Compiler, attr: Attribute): Call | null {
  const call = attr.value;
  if (call.kind !== 'Call' || call.func.kind !== 'Name' || call.func.id !== 'super') return null;
  if (attr.attr === '__class__' || call.keywords.length !== 0) return null;
  if (c.entry.scope('super') !== GLOBAL_IMPLICIT || c.symtable.top.scope('super') !== 0) return null;
  if (call.args.length === 2) return call.args.some((arg) => arg.kind === 'Starred') ? null : call;
  if (call.args.length !== 0) return null;
  const { argcount, posonlyargcount } = c.unit.params;
  if (argcount === 0 && posonlyargcount === 0) return null;
  return c.referenceType('__class__') === FREE ? call : null;
}

/** Push super, the class and self. */
function loadSuperArguments(c: Compiler, call: Call): void {
  c.nameOp('super', 'Load', locationOf(call.func));
  if (call.args.length === 2) {
    compileExprs(c, call.args);
    return;
  }
  const loc = locationOf(call);
  c.nameOp('__class__', 'Load', loc);
  for (const self of c.unit.varnames.keys()) {
    c.nameOp(self, 'Load', loc);
    break;
  }
}

/** LOAD_SUPER_ATTR: bit 0 says that it is for a call, bit 1 that super() has its two arguments written out. */
function loadSuperAttribute(c: Compiler, attr: Attribute, call: Call, forCall: boolean, loc: Location): void {
  loadSuperArguments(c, call);
  const flags = (call.args.length ? 2 : 0) | (forCall ? 1 : 0);
  c.opArg(LOAD_SUPER_ATTR, (c.nameIndex(attr.attr) << 2) | flags, loc);
}

/** `super().attr` without a super object. Returns false if it cannot be done that way. */
export function compileSuperAttribute(c: Compiler, e: Attribute): boolean {
  const call = superCall(c, e);
  if (!call) return false;
  const loc = locationOf(e);
  loadSuperAttribute(c, e, call, false, loc);
  c.op(NOP, attributeLocation(loc, e));
  return true;
}

// Method calls

function compileMethodCall(c: Compiler, e: Call): boolean {
  const method = e.func;
  const { args, keywords } = e;
  if (method.kind !== 'Attribute' || method.ctx !== 'Load') return false;
  // What is imported is likely a module: its functions are no methods.
  if (method.value.kind === 'Name' && c.symtable.top.flags(method.value.id) & DEF_IMPORT) return false;
  if (args.length + keywords.length + (keywords.length ? 1 : 0) >= STACK_USE_GUIDELINE) return false;
  if (args.some((arg) => arg.kind === 'Starred') || keywords.some((keyword) => keyword.arg === null)) return false;
  let loc = locationOf(method);
  const call = superCall(c, method);
  if (call) {
    loadSuperAttribute(c, method, call, true, loc);
    loc = attributeLocation(loc, method);
    c.op(NOP, loc);
  } else {
    compileExpr(c, method.value);
    loc = attributeLocation(loc, method);
    c.loadMethod(method.attr, loc);
  }
  compileExprs(c, args);
  if (keywords.length) {
    for (const keyword of keywords) compileExpr(c, keyword.value);
    loadKeywordNames(c, keywords, loc);
  }
  const at = attributeLocation(locationOf(e), method);
  if (keywords.length) c.opArg(CALL_KW, args.length + keywords.length, at);
  else c.opArg(CALL, args.length, at);
  return true;
}

function loadKeywordNames(c: Compiler, keywords: Keyword[], loc: Location): void {
  c.loadConst({ t: 'tuple', v: keywords.map((keyword) => ({ t: 'str', v: keyword.arg! })) }, loc);
}

// all(), any() and tuple() of a generator expression

/** Run the loop here if the function, on the stack, is the built-in one at run time; otherwise go on to the normal call. */
function compileBuiltinOfGenerator(c: Compiler, e: Call, end: Label): void {
  const { func, args, keywords } = e;
  if (func.kind !== 'Name' || args.length !== 1 || keywords.length !== 0 || args[0]!.kind !== 'GeneratorExp') return;
  if (c.symtable.lookup(args[0]!).isCoroutine) return;
  const loc = locationOf(func);
  const skip = c.newLabel();
  const constant =
    func.id === 'all'
      ? CONSTANT_BUILTIN_ALL
      : func.id === 'any'
        ? CONSTANT_BUILTIN_ANY
        : func.id === 'tuple'
          ? CONSTANT_BUILTIN_TUPLE
          : -1;
  if (constant === -1) return;
  const isTuple = constant === CONSTANT_BUILTIN_TUPLE;
  const isAll = constant === CONSTANT_BUILTIN_ALL;
  c.opArg(COPY, 1, loc);
  c.opArg(LOAD_COMMON_CONSTANT, constant, loc);
  c.opArg(IS_OP, 0, loc);
  c.jump(POP_JUMP_IF_FALSE, skip, loc);
  c.op(POP_TOP, loc);
  if (isTuple) c.opArg(BUILD_LIST, 0, loc);
  compileExpr(c, args[0]!);
  const loop = c.newLabel();
  const cleanup = c.newLabel();
  c.useLabel(loop);
  c.jump(FOR_ITER, cleanup, loc);
  if (isTuple) {
    c.opArg(LIST_APPEND, 2, loc);
    c.jump(JUMP, loop, loc);
  } else {
    c.op(TO_BOOL, loc);
    c.jump(isAll ? POP_JUMP_IF_TRUE : POP_JUMP_IF_FALSE, loop, loc);
  }
  c.op(POP_ITER, NO_LOCATION);
  if (!isTuple) c.loadConst({ t: isAll ? 'false' : 'true' }, loc);
  c.jump(JUMP, end, loc);
  c.useLabel(cleanup);
  c.op(END_FOR, NO_LOCATION);
  c.op(POP_ITER, NO_LOCATION);
  if (isTuple) c.opArg(CALL_INTRINSIC_1, INTRINSIC_LIST_TO_TUPLE, loc);
  else c.loadConst({ t: isAll ? 'true' : 'false' }, loc);
  c.jump(JUMP, end, loc);
  c.useLabel(skip);
}

// Arguments

function compileKeywordDict(c: Compiler, loc: Location, keywords: Keyword[]): void {
  const n = keywords.length;
  const big = n * 2 > STACK_USE_GUIDELINE;
  if (big) c.opArg(BUILD_MAP, 0, NO_LOCATION);
  for (const keyword of keywords) {
    c.loadStr(keyword.arg!, loc);
    compileExpr(c, keyword.value);
    if (big) c.opArg(MAP_ADD, 1, NO_LOCATION);
  }
  if (!big) c.opArg(BUILD_MAP, n, loc);
}

/**
 * Push the arguments and call. `pushed` arguments are on the stack already; `injected` names a variable whose value is the last positional
 * argument.
 */
export function compileArguments(
  c: Compiler,
  loc: Location,
  pushed: number,
  args: Expr[],
  injected: string | null,
  keywords: Keyword[],
): void {
  validateKeywords(c, keywords);
  const n = args.length;
  const nkeywords = keywords.length;
  const simple =
    n + nkeywords * 2 <= STACK_USE_GUIDELINE &&
    !args.some((arg) => arg.kind === 'Starred') &&
    !keywords.some((keyword) => keyword.arg === null);
  if (simple) {
    compileExprs(c, args);
    if (injected !== null) c.nameOp(injected, 'Load', loc);
    const positional = pushed + n + (injected === null ? 0 : 1);
    if (nkeywords) {
      for (const keyword of keywords) compileExpr(c, keyword.value);
      loadKeywordNames(c, keywords, loc);
      c.opArg(CALL_KW, positional + nkeywords, loc);
    } else {
      c.opArg(CALL, positional, loc);
    }
    return;
  }

  const only = n === 1 ? args[0]! : null;
  if (pushed === 0 && only?.kind === 'Starred') compileExpr(c, only.value);
  else compileDisplay(c, loc, args, injected, pushed, BUILD_LIST, LIST_APPEND, LIST_EXTEND, true);

  if (nkeywords === 0) {
    c.op(PUSH_NULL, loc);
  } else {
    let haveDict = false;
    let waiting: Keyword[] = [];
    const flush = (): void => {
      if (waiting.length === 0) return;
      compileKeywordDict(c, loc, waiting);
      if (haveDict) c.opArg(DICT_MERGE, 1, loc);
      haveDict = true;
      waiting = [];
    };
    for (const keyword of keywords) {
      if (keyword.arg !== null) {
        waiting.push(keyword);
        continue;
      }
      flush();
      if (!haveDict) {
        c.opArg(BUILD_MAP, 0, loc);
        haveDict = true;
      }
      compileExpr(c, keyword.value);
      c.opArg(DICT_MERGE, 1, loc);
    }
    flush();
  }
  c.op(CALL_FUNCTION_EX, loc);
}
