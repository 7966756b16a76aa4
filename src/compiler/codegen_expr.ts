// What code does an expression become? One function for each kind of expression, all leaving one value on the stack.
//
// Invariant: operands are evaluated from left to right, and each instruction has the location of the smallest expression that it
// belongs to, so that a traceback can underline it.

import type {
  Attribute,
  BinOp,
  BoolOp,
  CmpOperator,
  Compare,
  DictExpr,
  Expr,
  FormattedValue,
  IfExp,
  Interpolation,
  JoinedStr,
  Operator,
  Slice,
  Subscript,
  TemplateStr,
  UnaryOp,
  Yield,
  YieldFrom,
} from './ast.js';
import { type Compiler, SCOPE_ASYNC_FUNCTION } from './codegen.js';
import { compileCall, compileSuperAttribute } from './codegen_call.js';
import { compileComprehension } from './codegen_comprehension.js';
import { compileLambda } from './codegen_def.js';
import { typeName } from './constants.js';
import { STACK_USE_GUIDELINE } from './flow_peephole.js';
import { type Label, Location, locationOf, NO_LOCATION } from './instructions.js';
import {
  BINARY_OP,
  BINARY_SLICE,
  BUILD_INTERPOLATION,
  BUILD_LIST,
  BUILD_MAP,
  BUILD_SET,
  BUILD_SLICE,
  BUILD_STRING,
  BUILD_TEMPLATE,
  BUILD_TUPLE,
  CALL,
  CALL_INTRINSIC_1,
  CLEANUP_THROW,
  CMP_EQ,
  CMP_GE,
  CMP_GT,
  CMP_LE,
  CMP_LT,
  CMP_NE,
  COMPARE_MASKS,
  COMPARE_OP,
  CONTAINS_OP,
  CONVERT_VALUE,
  COPY,
  DELETE_ATTR,
  DELETE_SUBSCR,
  DICT_UPDATE,
  END_SEND,
  FORMAT_SIMPLE,
  FORMAT_WITH_SPEC,
  FVC_ASCII,
  FVC_REPR,
  FVC_STR,
  GET_AWAITABLE,
  GET_YIELD_FROM_ITER,
  INTRINSIC_ASYNC_GEN_WRAP,
  INTRINSIC_LIST_TO_TUPLE,
  INTRINSIC_UNARY_POSITIVE,
  IS_OP,
  JUMP_IF_FALSE,
  JUMP_IF_TRUE,
  JUMP_NO_INTERRUPT,
  LIST_APPEND,
  LIST_EXTEND,
  LOAD_ATTR,
  MAP_ADD,
  NB_ADD,
  NB_AND,
  NB_FLOOR_DIVIDE,
  NB_INPLACE_ADD,
  NB_LSHIFT,
  NB_MATRIX_MULTIPLY,
  NB_MULTIPLY,
  NB_OR,
  NB_POWER,
  NB_REMAINDER,
  NB_RSHIFT,
  NB_SUBSCR,
  NB_SUBTRACT,
  NB_TRUE_DIVIDE,
  NB_XOR,
  POP_BLOCK,
  POP_JUMP_IF_FALSE,
  POP_JUMP_IF_TRUE,
  POP_TOP,
  RESUME,
  RESUME_AFTER_AWAIT,
  RESUME_AFTER_YIELD,
  RESUME_AFTER_YIELD_FROM,
  SEND,
  SET_ADD,
  SET_UPDATE,
  SETUP_FINALLY,
  STORE_ATTR,
  STORE_SLICE,
  STORE_SUBSCR,
  SWAP,
  TO_BOOL,
  UNARY_INVERT,
  UNARY_NEGATIVE,
  UNARY_NOT,
  UNPACK_EX,
  UNPACK_SEQUENCE,
  YIELD_VALUE,
} from './opcodes.js';
import { PySyntaxError } from './syntax_error.js';

/** The BINARY_OP operand of each operator; that of the in-place form is NB_INPLACE_ADD more. */
export const BINARY_OPERANDS: Readonly<Record<Operator, number>> = {
  Add: NB_ADD,
  Sub: NB_SUBTRACT,
  Mult: NB_MULTIPLY,
  MatMult: NB_MATRIX_MULTIPLY,
  Div: NB_TRUE_DIVIDE,
  Mod: NB_REMAINDER,
  Pow: NB_POWER,
  LShift: NB_LSHIFT,
  RShift: NB_RSHIFT,
  BitOr: NB_OR,
  BitXor: NB_XOR,
  BitAnd: NB_AND,
  FloorDiv: NB_FLOOR_DIVIDE,
};

const COMPARISONS: Readonly<Partial<Record<CmpOperator, number>>> = {
  Eq: CMP_EQ,
  NotEq: CMP_NE,
  Lt: CMP_LT,
  LtE: CMP_LE,
  Gt: CMP_GT,
  GtE: CMP_GE,
};

export function compileExprs(c: Compiler, exprs: Expr[]): void {
  for (const e of exprs) compileExpr(c, e);
}

/** Evaluate (or, for a target, store to or delete) the expression. */
export function compileExpr(c: Compiler, e: Expr): void {
  c.nesting.enter();
  switch (e.kind) {
    case 'NamedExpr':
      compileExpr(c, e.value);
      c.opArg(COPY, 1, locationOf(e));
      compileExpr(c, e.target);
      break;
    case 'BoolOp':
      compileBoolOp(c, e);
      break;
    case 'BinOp':
      compileBinOp(c, e);
      break;
    case 'UnaryOp':
      compileUnaryOp(c, e);
      break;
    case 'Lambda':
      compileLambda(c, e);
      break;
    case 'IfExp':
      compileIfExp(c, e);
      break;
    case 'Dict':
      compileDict(c, e);
      break;
    case 'Set':
      compileDisplay(c, locationOf(e), e.elts, null, 0, BUILD_SET, SET_ADD, SET_UPDATE, false);
      break;
    case 'GeneratorExp':
    case 'ListComp':
    case 'SetComp':
    case 'DictComp':
      compileComprehension(c, e);
      break;
    case 'Yield':
      compileYield(c, e);
      break;
    case 'YieldFrom':
      compileYieldFrom(c, e);
      break;
    case 'Await': {
      const loc = locationOf(e);
      compileExpr(c, e.value);
      awaitValue(c, 0, loc);
      break;
    }
    case 'Compare':
      compileCompare(c, e);
      break;
    case 'Call':
      compileCall(c, e);
      break;
    case 'Constant':
      c.loadConst(e.value, locationOf(e));
      break;
    case 'JoinedStr':
      compileJoinedStr(c, e);
      break;
    case 'TemplateStr':
      compileTemplateStr(c, e);
      break;
    case 'FormattedValue':
      compileFormattedValue(c, e);
      break;
    case 'Interpolation':
      compileInterpolation(c, e);
      break;
    case 'Attribute':
      compileAttribute(c, e);
      break;
    case 'Subscript':
      compileSubscript(c, e);
      break;
    case 'Starred':
      throw c.error(
        e.ctx === 'Store'
          ? 'starred assignment target must be in a list or tuple'
          : "can't use starred expression here",
        locationOf(e),
      );
    case 'Slice':
      compileSlice(c, e);
      break;
    case 'Name':
      c.nameOp(e.id, e.ctx, locationOf(e));
      break;
    case 'List':
    case 'Tuple':
      if (e.ctx === 'Store') compileUnpacking(c, locationOf(e), e.elts);
      else if (e.ctx === 'Del') compileExprs(c, e.elts);
      else {
        const isTuple = e.kind === 'Tuple';
        compileDisplay(c, locationOf(e), e.elts, null, 0, BUILD_LIST, LIST_APPEND, LIST_EXTEND, isTuple);
      }
      break;
  }
  c.nesting.leave();
}

// Operators

function compileBinOp(c: Compiler, e: BinOp): void {
  compileExpr(c, e.left);
  compileExpr(c, e.right);
  c.opArg(BINARY_OP, BINARY_OPERANDS[e.op], locationOf(e));
}

function compileUnaryOp(c: Compiler, e: UnaryOp): void {
  const loc = locationOf(e);
  compileExpr(c, e.operand);
  switch (e.op) {
    case 'UAdd':
      c.opArg(CALL_INTRINSIC_1, INTRINSIC_UNARY_POSITIVE, loc);
      break;
    case 'Not':
      c.op(TO_BOOL, loc);
      c.op(UNARY_NOT, loc);
      break;
    case 'Invert':
      c.op(UNARY_INVERT, loc);
      break;
    case 'USub':
      c.op(UNARY_NEGATIVE, loc);
      break;
  }
}

function compileBoolOp(c: Compiler, e: BoolOp): void {
  const loc = locationOf(e);
  const jump = e.op === 'And' ? JUMP_IF_FALSE : JUMP_IF_TRUE;
  const end = c.newLabel();
  const last = e.values.length - 1;
  for (let i = 0; i < last; i++) {
    compileExpr(c, e.values[i]!);
    c.jump(jump, end, loc);
    c.op(POP_TOP, loc);
  }
  compileExpr(c, e.values[last]!);
  c.useLabel(end);
}

function compileIfExp(c: Compiler, e: IfExp): void {
  const end = c.newLabel();
  const next = c.newLabel();
  compileJumpIf(c, locationOf(e), e.test, next, false);
  compileExpr(c, e.body);
  c.jump(JUMP_NO_INTERRUPT, end, NO_LOCATION);
  c.useLabel(next);
  compileExpr(c, e.orelse);
  c.useLabel(end);
}

export function comparison(c: Compiler, op: CmpOperator, loc: Location): void {
  switch (op) {
    case 'Is':
      c.opArg(IS_OP, 0, loc);
      break;
    case 'IsNot':
      c.opArg(IS_OP, 1, loc);
      break;
    case 'In':
      c.opArg(CONTAINS_OP, 0, loc);
      break;
    case 'NotIn':
      c.opArg(CONTAINS_OP, 1, loc);
      break;
    default: {
      const cmp = COMPARISONS[op]!;
      c.opArg(COMPARE_OP, (cmp << 5) | COMPARE_MASKS[cmp]!, loc);
    }
  }
}

/** Is it something whose identity can be meant (anything but a constant other than the named ones)? */
function mayCompareIdentity(e: Expr): boolean {
  if (e.kind === 'Tuple') return e.elts.some((item) => item.kind !== 'Constant');
  if (e.kind !== 'Constant') return true;
  const { t } = e.value;
  return t === 'none' || t === 'false' || t === 'true' || t === 'ellipsis';
}

function checkIdentityComparisons(c: Compiler, e: Compare): void {
  let leftExpr = e.left;
  let left = mayCompareIdentity(leftExpr);
  for (let i = 0; i < e.ops.length; i++) {
    const op = e.ops[i]!;
    const rightExpr = e.comparators[i]!;
    const right = mayCompareIdentity(rightExpr);
    if ((op === 'Is' || op === 'IsNot') && (!left || !right)) {
      const literal = inferredType(left ? rightExpr : leftExpr);
      const msg =
        op === 'Is'
          ? `"is" with '${literal}' literal. Did you mean "=="?`
          : `"is not" with '${literal}' literal. Did you mean "!="?`;
      c.warn(msg, locationOf(e));
      return;
    }
    left = right;
    leftExpr = rightExpr;
  }
}

function compileCompare(c: Compiler, e: Compare): void {
  const loc = locationOf(e);
  checkIdentityComparisons(c, e);
  compileExpr(c, e.left);
  const last = e.ops.length - 1;
  if (last === 0) {
    compileExpr(c, e.comparators[0]!);
    comparison(c, e.ops[0]!, loc);
    return;
  }
  const cleanup = c.newLabel();
  for (let i = 0; i < last; i++) {
    compileExpr(c, e.comparators[i]!);
    c.opArg(SWAP, 2, loc);
    c.opArg(COPY, 2, loc);
    comparison(c, e.ops[i]!, loc);
    c.opArg(COPY, 1, loc);
    c.op(TO_BOOL, loc);
    c.jump(POP_JUMP_IF_FALSE, cleanup, loc);
    c.op(POP_TOP, loc);
  }
  compileExpr(c, e.comparators[last]!);
  comparison(c, e.ops[last]!, loc);
  const end = c.newLabel();
  c.jump(JUMP_NO_INTERRUPT, end, NO_LOCATION);
  c.useLabel(cleanup);
  c.opArg(SWAP, 2, loc);
  c.op(POP_TOP, loc);
  c.useLabel(end);
}

/** Jump to `next` if the truth of the expression is `cond`; nothing stays on the stack. */
export function compileJumpIf(c: Compiler, loc: Location, e: Expr, next: Label, cond: boolean): void {
  c.nesting.enter();
  if (!jumpIfSpecial(c, loc, e, next, cond)) {
    compileExpr(c, e);
    const at = locationOf(e);
    c.op(TO_BOOL, at);
    c.jump(cond ? POP_JUMP_IF_TRUE : POP_JUMP_IF_FALSE, next, at);
  }
  c.nesting.leave();
}

/** The expressions whose parts can be tested one by one. Returns false for the others. */
function jumpIfSpecial(c: Compiler, loc: Location, e: Expr, next: Label, cond: boolean): boolean {
  switch (e.kind) {
    case 'UnaryOp':
      if (e.op !== 'Not') return false;
      compileJumpIf(c, loc, e.operand, next, !cond);
      return true;
    case 'BoolOp': {
      const cond2 = e.op === 'Or';
      const next2 = cond2 !== cond ? c.newLabel() : next;
      const last = e.values.length - 1;
      for (let i = 0; i < last; i++) compileJumpIf(c, loc, e.values[i]!, next2, cond2);
      compileJumpIf(c, loc, e.values[last]!, next, cond);
      if (next2 !== next) c.useLabel(next2);
      return true;
    }
    case 'IfExp': {
      const end = c.newLabel();
      const next2 = c.newLabel();
      compileJumpIf(c, loc, e.test, next2, false);
      compileJumpIf(c, loc, e.body, next, cond);
      c.jump(JUMP_NO_INTERRUPT, end, NO_LOCATION);
      c.useLabel(next2);
      compileJumpIf(c, loc, e.orelse, next, cond);
      c.useLabel(end);
      return true;
    }
    case 'Compare': {
      const last = e.ops.length - 1;
      if (last === 0) return false;
      const at = locationOf(e);
      checkIdentityComparisons(c, e);
      const cleanup = c.newLabel();
      compileExpr(c, e.left);
      for (let i = 0; i < last; i++) {
        compileExpr(c, e.comparators[i]!);
        c.opArg(SWAP, 2, at);
        c.opArg(COPY, 2, at);
        comparison(c, e.ops[i]!, at);
        c.op(TO_BOOL, at);
        c.jump(POP_JUMP_IF_FALSE, cleanup, at);
      }
      compileExpr(c, e.comparators[last]!);
      comparison(c, e.ops[last]!, at);
      c.op(TO_BOOL, at);
      c.jump(cond ? POP_JUMP_IF_TRUE : POP_JUMP_IF_FALSE, next, at);
      const end = c.newLabel();
      c.jump(JUMP_NO_INTERRUPT, end, NO_LOCATION);
      c.useLabel(cleanup);
      c.op(POP_TOP, at);
      if (!cond) c.jump(JUMP_NO_INTERRUPT, next, NO_LOCATION);
      c.useLabel(end);
      return true;
    }
    default:
      return false;
  }
}

// Displays and unpacking

/**
 * Build a list, a set or (with `toTuple`) a tuple from the elements. `pushed` values are on the stack already and come first;
 * `injected` names a variable whose value comes last.
 */
export function compileDisplay(
  c: Compiler,
  loc: Location,
  elts: Expr[],
  injected: string | null,
  pushed: number,
  build: number,
  add: number,
  extend: number,
  toTuple: boolean,
): void {
  const n = elts.length;
  const big = n + pushed + (injected === null ? 0 : 1) > STACK_USE_GUIDELINE;
  if (!big && !elts.some((e) => e.kind === 'Starred')) {
    compileExprs(c, elts);
    if (injected !== null) c.nameOp(injected, 'Load', loc);
    c.opArg(toTuple ? BUILD_TUPLE : build, n + pushed + (injected === null ? 0 : 1), loc);
    return;
  }
  let built = big;
  if (big) c.opArg(build, pushed, loc);
  elts.forEach((e, i) => {
    if (e.kind === 'Starred') {
      if (!built) {
        c.opArg(build, i + pushed, loc);
        built = true;
      }
      compileExpr(c, e.value);
      c.opArg(extend, 1, loc);
    } else {
      compileExpr(c, e);
      if (built) c.opArg(add, 1, loc);
    }
  });
  if (injected !== null) {
    c.nameOp(injected, 'Load', loc);
    c.opArg(add, 1, loc);
  }
  if (toTuple) c.opArg(CALL_INTRINSIC_1, INTRINSIC_LIST_TO_TUPLE, loc);
}

/** Store the elements of the value on the stack to the targets. */
function compileUnpacking(c: Compiler, loc: Location, elts: Expr[]): void {
  const n = elts.length;
  let seenStar = false;
  elts.forEach((e, i) => {
    if (e.kind !== 'Starred') return;
    if (seenStar) throw c.error('multiple starred expressions in assignment', loc);
    const after = n - i - 1;
    if (i >= 1 << 8 || after >= 0x7fffffff >> 8) {
      throw c.error('too many expressions in star-unpacking assignment', loc);
    }
    c.opArg(UNPACK_EX, i + (after << 8), loc);
    seenStar = true;
  });
  if (!seenStar) c.opArg(UNPACK_SEQUENCE, n, loc);
  for (const e of elts) compileExpr(c, e.kind === 'Starred' ? e.value : e);
}

function compileSubdict(c: Compiler, e: DictExpr, begin: number, end: number, loc: Location): void {
  const n = end - begin;
  const big = n * 2 > STACK_USE_GUIDELINE;
  if (big) c.opArg(BUILD_MAP, 0, loc);
  for (let i = begin; i < end; i++) {
    compileExpr(c, e.keys[i]!);
    compileExpr(c, e.values[i]!);
    if (big) c.opArg(MAP_ADD, 1, loc);
  }
  if (!big) c.opArg(BUILD_MAP, n, loc);
}

function compileDict(c: Compiler, e: DictExpr): void {
  const loc = locationOf(e);
  const n = e.values.length;
  let haveDict = false;
  let elements = 0;
  const flush = (begin: number, end: number): void => {
    compileSubdict(c, e, begin, end, loc);
    if (haveDict) c.opArg(DICT_UPDATE, 1, loc);
    haveDict = true;
    elements = 0;
  };
  for (let i = 0; i < n; i++) {
    if (!e.keys[i]) {
      if (elements) flush(i - elements, i);
      if (!haveDict) {
        c.opArg(BUILD_MAP, 0, loc);
        haveDict = true;
      }
      compileExpr(c, e.values[i]!);
      c.opArg(DICT_UPDATE, 1, loc);
    } else if (elements * 2 > STACK_USE_GUIDELINE) {
      flush(i - elements, i + 1);
    } else {
      elements++;
    }
  }
  if (elements) flush(n - elements, n);
  if (!haveDict) c.opArg(BUILD_MAP, 0, loc);
}

// Warnings about what cannot work

/** The name of the type that the expression surely has, or null. */
export function inferredType(e: Expr): string | null {
  switch (e.kind) {
    case 'Tuple':
      return 'tuple';
    case 'List':
    case 'ListComp':
      return 'list';
    case 'Dict':
    case 'DictComp':
      return 'dict';
    case 'Set':
    case 'SetComp':
      return 'set';
    case 'GeneratorExp':
      return 'generator';
    case 'Lambda':
      return 'function';
    case 'JoinedStr':
    case 'FormattedValue':
      return 'str';
    case 'TemplateStr':
      return 'string.templatelib.Template';
    case 'Interpolation':
      return 'string.templatelib.Interpolation';
    case 'Constant':
      return typeName(e.value);
    default:
      return null;
  }
}

function checkSubscripted(c: Compiler, e: Expr): void {
  switch (e.kind) {
    case 'Constant':
      switch (e.value.t) {
        case 'none':
        case 'ellipsis':
        case 'true':
        case 'false':
        case 'int':
        case 'float':
        case 'complex':
        case 'frozenset':
          break;
        default:
          return;
      }
      break;
    case 'Set':
    case 'SetComp':
    case 'GeneratorExp':
    case 'TemplateStr':
    case 'Interpolation':
    case 'Lambda':
      break;
    default:
      return;
  }
  c.warn(`'${inferredType(e)}' object is not subscriptable; perhaps you missed a comma?`, locationOf(e));
}

function checkIndex(c: Compiler, e: Expr, index: Expr): void {
  const indexType = inferredType(index);
  if (indexType === null || indexType === 'int' || indexType === 'bool' || indexType === 'slice') return;
  switch (e.kind) {
    case 'Constant':
      if (e.value.t !== 'str' && e.value.t !== 'bytes' && e.value.t !== 'tuple') return;
      break;
    case 'Tuple':
    case 'List':
    case 'ListComp':
    case 'JoinedStr':
    case 'FormattedValue':
      break;
    default:
      return;
  }
  c.warn(
    `${inferredType(e)} indices must be integers or slices, not ${indexType}; perhaps you missed a comma?`,
    locationOf(e),
  );
}

// Attributes, subscripts, slices

/** An attribute on a line of its own (a chain of calls): its instructions belong to that line. */
export function attributeLocation(loc: Location, attr: Attribute): Location {
  if (loc.line === attr.end_lineno) return loc;
  const line = attr.end_lineno;
  const length = Array.from(attr.attr).length;
  let { col, endCol } = loc;
  if (length <= attr.end_col_offset) {
    col = attr.end_col_offset - length;
  } else {
    col = -1;
    endCol = -1;
  }
  const endLine = Math.max(line, loc.endLine);
  if (line === endLine) endCol = Math.max(col, endCol);
  return new Location(line, endLine, col, endCol);
}

function compileAttribute(c: Compiler, e: Attribute): void {
  if (e.ctx === 'Load' && compileSuperAttribute(c, e)) return;
  c.noteStaticAttribute(e);
  compileExpr(c, e.value);
  const loc = attributeLocation(locationOf(e), e);
  c.opName(e.ctx === 'Load' ? LOAD_ATTR : e.ctx === 'Store' ? STORE_ATTR : DELETE_ATTR, e.attr, loc);
}

function isConstantSlice(e: Slice): boolean {
  return [e.lower, e.upper, e.step].every((part) => part === null || part.kind === 'Constant');
}

/** Can the slice be left as two values, for BINARY_SLICE and STORE_SLICE? */
export function isTwoPartSlice(e: Expr): e is Slice {
  return e.kind === 'Slice' && e.step === null && !isConstantSlice(e);
}

export function compileSliceParts(c: Compiler, e: Slice): void {
  for (const part of [e.lower, e.upper]) {
    if (part) compileExpr(c, part);
    else c.loadNone(locationOf(e));
  }
}

function compileSlice(c: Compiler, e: Slice): void {
  const loc = locationOf(e);
  if (isConstantSlice(e)) {
    const value = (part: Expr | null) => (part?.kind === 'Constant' ? part.value : { t: 'none' as const });
    c.loadConst({ t: 'slice', start: value(e.lower), stop: value(e.upper), step: value(e.step) }, loc);
    return;
  }
  compileSliceParts(c, e);
  if (e.step) compileExpr(c, e.step);
  c.opArg(BUILD_SLICE, e.step ? 3 : 2, loc);
}

function compileSubscript(c: Compiler, e: Subscript): void {
  const loc = locationOf(e);
  if (e.ctx === 'Load') {
    checkSubscripted(c, e.value);
    checkIndex(c, e.value, e.slice);
  }
  compileExpr(c, e.value);
  if (e.ctx !== 'Del' && isTwoPartSlice(e.slice)) {
    compileSliceParts(c, e.slice);
    c.op(e.ctx === 'Load' ? BINARY_SLICE : STORE_SLICE, loc);
    return;
  }
  compileExpr(c, e.slice);
  if (e.ctx === 'Load') c.opArg(BINARY_OP, NB_SUBSCR, loc);
  else c.op(e.ctx === 'Store' ? STORE_SUBSCR : DELETE_SUBSCR, loc);
}

// Strings with parts

function conversionArg(conversion: number): number {
  switch (conversion) {
    case 0x73:
      return FVC_STR;
    case 0x72:
      return FVC_REPR;
    case 0x61:
      return FVC_ASCII;
    default:
      throw new PySyntaxError('SystemError', `Unrecognized conversion character ${conversion}`);
  }
}

function compileJoinedStr(c: Compiler, e: JoinedStr): void {
  const loc = locationOf(e);
  const n = e.values.length;
  if (n > STACK_USE_GUIDELINE) {
    c.loadStr('', loc);
    c.loadMethod('join', loc);
    c.opArg(BUILD_LIST, 0, loc);
    for (const value of e.values) {
      compileExpr(c, value);
      c.opArg(LIST_APPEND, 1, loc);
    }
    c.opArg(CALL, 1, loc);
    return;
  }
  compileExprs(c, e.values);
  if (n > 1) c.opArg(BUILD_STRING, n, loc);
  else if (n === 0) c.loadStr('', loc);
}

function compileFormattedValue(c: Compiler, e: FormattedValue): void {
  compileExpr(c, e.value);
  const loc = locationOf(e);
  if (e.conversion !== -1) c.opArg(CONVERT_VALUE, conversionArg(e.conversion), loc);
  if (e.format_spec) {
    compileExpr(c, e.format_spec);
    c.op(FORMAT_WITH_SPEC, loc);
  } else {
    c.op(FORMAT_SIMPLE, loc);
  }
}

/** A template: the strings between the interpolations (one more than those), then the interpolations. */
function compileTemplateStr(c: Compiler, e: TemplateStr): void {
  const loc = locationOf(e);
  const { values } = e;
  let afterInterpolation = true;
  let strings = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i]!.kind === 'Interpolation') {
      if (afterInterpolation) {
        c.loadStr('', loc);
        strings++;
      }
      afterInterpolation = true;
      continue;
    }
    compileExpr(c, values[i]!);
    for (; i + 1 < values.length && values[i + 1]!.kind !== 'Interpolation'; i++) {
      compileExpr(c, values[i + 1]!);
      c.opArg(BINARY_OP, NB_INPLACE_ADD, loc);
    }
    strings++;
    afterInterpolation = false;
  }
  if (afterInterpolation) {
    c.loadStr('', loc);
    strings++;
  }
  c.opArg(BUILD_TUPLE, strings, loc);
  const interpolations = values.filter((value) => value.kind === 'Interpolation');
  compileExprs(c, interpolations);
  c.opArg(BUILD_TUPLE, interpolations.length, loc);
  c.op(BUILD_TEMPLATE, loc);
}

function compileInterpolation(c: Compiler, e: Interpolation): void {
  const loc = locationOf(e);
  compileExpr(c, e.value);
  c.loadConst(e.str, loc);
  let arg = 2;
  if (e.format_spec) {
    arg++;
    compileExpr(c, e.format_spec);
  }
  if (e.conversion !== -1) arg |= conversionArg(e.conversion) << 2;
  c.opArg(BUILD_INTERPOLATION, arg, loc);
}

// Suspension

/** Delegate to the iterator below the value to send on the stack, until it is exhausted; its result stays. */
export function yieldFrom(c: Compiler, isAwait: boolean, loc: Location): void {
  const send = c.newLabel();
  const fail = c.newLabel();
  const exit = c.newLabel();
  c.useLabel(send);
  c.jump(SEND, exit, loc);
  // StopIteration raised by a throw() or close() into the delegate is its result.
  c.jump(SETUP_FINALLY, fail, loc);
  c.opArg(YIELD_VALUE, 1, loc);
  c.op(POP_BLOCK, NO_LOCATION);
  c.opArg(RESUME, isAwait ? RESUME_AFTER_AWAIT : RESUME_AFTER_YIELD_FROM, loc);
  c.jump(JUMP_NO_INTERRUPT, send, loc);
  c.useLabel(fail);
  c.op(CLEANUP_THROW, loc);
  c.useLabel(exit);
  c.op(END_SEND, loc);
}

/** Await the value on the stack. `why` is 1 after `__aenter__`, 2 after `__aexit__`, for messages. */
export function awaitValue(c: Compiler, why: number, loc: Location): void {
  c.opArg(GET_AWAITABLE, why, loc);
  c.loadNone(loc);
  yieldFrom(c, true, loc);
}

/** Yield the value on the stack; what is sent replaces it. */
export function yieldValue(c: Compiler, loc: Location): void {
  if (c.entry.isGenerator && c.entry.isCoroutine) c.opArg(CALL_INTRINSIC_1, INTRINSIC_ASYNC_GEN_WRAP, loc);
  c.opArg(YIELD_VALUE, 0, loc);
  c.opArg(RESUME, RESUME_AFTER_YIELD, loc);
}

function compileYield(c: Compiler, e: Yield): void {
  const loc = locationOf(e);
  if (!c.entry.isFunctionLike()) throw c.error("'yield' outside function", loc);
  if (e.value) compileExpr(c, e.value);
  else c.loadNone(loc);
  yieldValue(c, loc);
}

function compileYieldFrom(c: Compiler, e: YieldFrom): void {
  const loc = locationOf(e);
  if (!c.entry.isFunctionLike()) throw c.error("'yield from' outside function", loc);
  if (c.unit.scopeType === SCOPE_ASYNC_FUNCTION) throw c.error("'yield from' inside async function", loc);
  compileExpr(c, e.value);
  c.op(GET_YIELD_FROM_ITER, loc);
  c.loadNone(loc);
  yieldFrom(c, false, loc);
}
