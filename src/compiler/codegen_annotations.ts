// What code do annotations become? Functions that compute them when they are asked for (PEP 649 and 749), or strings (PEP 563).
//
// Invariant: an annotation scope is a function of one parameter, the format; it raises NotImplementedError for every format but the
// plain value. Annotations of variables in a module or class are collected while its body is compiled, and become one such function after
// it; those that may not have been reached are numbered, and the numbers reached are in the set `__conditional_annotations__`.

import type { AnnAssign, Arg, Arguments, Expr } from './ast.js';
import { unparse } from './ast_unparse.js';
import { CO_FUTURE_ANNOTATIONS } from './code_unit.js';
import { type Compiler, SCOPE_ANNOTATIONS, SCOPE_CLASS, SCOPE_MODULE } from './codegen.js';
import { makeClosure } from './codegen_def.js';
import { compileExpr } from './codegen_expr.js';
import { InstructionSequence, type Location, locationOf } from './instructions.js';
import {
  BUILD_MAP,
  CMP_GT,
  COMPARE_MASKS,
  COMPARE_OP,
  CONSTANT_NOTIMPLEMENTEDERROR,
  CONTAINS_OP,
  COPY,
  LOAD_COMMON_CONSTANT,
  LOAD_DEREF,
  LOAD_FAST,
  LOAD_GLOBAL,
  LOAD_NAME,
  MAKE_FUNCTION_ANNOTATE,
  POP_JUMP_IF_FALSE,
  POP_TOP,
  RAISE_VARARGS,
  RETURN_VALUE,
  SET_ADD,
  STORE_SUBSCR,
  UNPACK_SEQUENCE,
} from './opcodes.js';
import { CLASS_BLOCK, mangle, type SymtableEntry } from './symbols.js';

/** The highest format (`annotationlib.Format.VALUE_WITH_FAKE_GLOBALS`) that the compiled function serves. */
const VALUE_WITH_FAKE_GLOBALS = 2;
const CONDITIONAL = '__conditional_annotations__';

export function hasFutureAnnotations(c: Compiler): boolean {
  return (c.options.flags & CO_FUTURE_ANNOTATIONS) !== 0;
}

/** Begin an annotation scope. */
export function enterAnnotationScope(c: Compiler, name: string, entry: SymtableEntry, loc: Location): void {
  const params = { argcount: 0, posonlyargcount: 1, kwonlyargcount: 0 };
  c.enterScope(name, SCOPE_ANNOTATIONS, entry, loc.line, params);
  c.opArg(LOAD_FAST, 0, loc);
  c.loadInt(VALUE_WITH_FAKE_GLOBALS, loc);
  c.opArg(COMPARE_OP, (CMP_GT << 5) | COMPARE_MASKS[CMP_GT]!, loc);
  const body = c.newLabel();
  c.jump(POP_JUMP_IF_FALSE, body, loc);
  c.opArg(LOAD_COMMON_CONSTANT, CONSTANT_NOTIMPLEMENTEDERROR, loc);
  c.opArg(RAISE_VARARGS, 1, loc);
  c.useLabel(body);
}

/** End it, returning the value on its stack, and push the function. */
function leaveAnnotationScope(c: Compiler, loc: Location): void {
  c.op(RETURN_VALUE, loc);
  const unit = c.finishUnit(true);
  // The parameter is called `format` to the outside; inside it has a name that no annotation can mean.
  unit.localsplusnames[0] = 'format';
  c.exitScope();
  makeClosure(c, unit, 0, loc);
}

function loadAnnotationString(c: Compiler, annotation: Expr): void {
  c.loadConst(unparse(annotation), locationOf(annotation));
}

/** Push the annotations of a function, as a function. Returns the flag for it, or 0 if there are none. */
export function compileFunctionAnnotations(c: Compiler, args: Arguments, returns: Expr | null, loc: Location): number {
  const entry = c.symtable.lookup(args);
  if (!entry.annotationsUsed) return 0;
  enterAnnotationScope(c, entry.name, entry, loc);
  let count = 0;
  const compile = (name: string, annotation: Expr | null): void => {
    if (!annotation) return;
    c.loadStr(c.mangled(name), loc);
    if (hasFutureAnnotations(c)) {
      loadAnnotationString(c, annotation);
    } else if (annotation.kind === 'Starred') {
      // `*args: *Ts`: the annotation is the one element of *Ts.
      compileExpr(c, annotation.value);
      c.opArg(UNPACK_SEQUENCE, 1, loc);
    } else {
      compileExpr(c, annotation);
    }
    count++;
  };
  const compileAll = (list: Arg[]): void => {
    for (const arg of list) compile(arg.arg, arg.annotation);
  };
  compileAll(args.args);
  compileAll(args.posonlyargs);
  if (args.vararg) compile(args.vararg.arg, args.vararg.annotation);
  compileAll(args.kwonlyargs);
  if (args.kwarg) compile(args.kwarg.arg, args.kwarg.annotation);
  compile('return', returns);
  c.opArg(BUILD_MAP, count, loc);
  leaveAnnotationScope(c, loc);
  return MAKE_FUNCTION_ANNOTATE;
}

/** After the body of a module or class: make `__annotate__` of the annotations collected in it. */
export function compileDeferredAnnotations(c: Compiler, loc: Location): void {
  const { unit, entry } = c;
  const { deferredAnnotations, conditionalIndices, scopeType } = unit;
  if (deferredAnnotations.length === 0) return;
  const atStart = scopeType === SCOPE_MODULE;
  if (atStart) {
    // In a module the function is made first, so that it is there while the module runs.
    unit.stashedSequence = unit.sequence;
    unit.sequence = new InstructionSequence();
  }
  const block = entry.annotationBlock!;
  enterAnnotationScope(c, block.name, block, loc);
  c.opArg(BUILD_MAP, 0, loc);
  deferredAnnotations.forEach((s, i) => {
    const name = s.target.kind === 'Name' ? mangle(c.unit.className, s.target.id) : '';
    const at = locationOf(s);
    const index = conditionalIndices[i]!;
    const notSet = c.newLabel();
    if (index !== -1) {
      c.loadInt(index, at);
      if (scopeType === SCOPE_CLASS) c.opIn(LOAD_DEREF, c.unit.freevars, CONDITIONAL, at);
      else c.opArg(LOAD_GLOBAL, c.nameIndex(CONDITIONAL) << 1, at);
      c.opArg(CONTAINS_OP, 0, at);
      c.jump(POP_JUMP_IF_FALSE, notSet, at);
    }
    compileExpr(c, s.annotation);
    c.opArg(COPY, 2, at);
    c.loadStr(name, at);
    c.op(STORE_SUBSCR, loc);
    c.useLabel(notSet);
  });
  leaveAnnotationScope(c, loc);
  c.nameOp(entry.type === CLASS_BLOCK ? '__annotate_func__' : '__annotate__', 'Store', loc);
  if (atStart) {
    const annotations = unit.sequence;
    unit.sequence = unit.stashedSequence!;
    unit.stashedSequence = null;
    unit.sequence.annotations = annotations;
  }
}

/** Evaluate an expression only for the errors that it may raise. */
function evaluateAndDrop(c: Compiler, e: Expr): void {
  compileExpr(c, e);
  c.op(POP_TOP, locationOf(e));
}

function evaluateSubscript(c: Compiler, e: Expr): void {
  if (e.kind === 'Slice') {
    for (const part of [e.lower, e.upper, e.step]) if (part) evaluateAndDrop(c, part);
  } else if (e.kind === 'Tuple') {
    for (const item of e.elts) evaluateSubscript(c, item);
  } else {
    evaluateAndDrop(c, e);
  }
}

/** `target: annotation = value` */
export function compileAnnAssign(c: Compiler, s: AnnAssign): void {
  const loc = locationOf(s);
  const { target } = s;
  const { unit } = c;
  if (s.value) {
    compileExpr(c, s.value);
    compileExpr(c, target);
  }
  switch (target.kind) {
    case 'Name':
      if (!s.simple || (unit.scopeType !== SCOPE_MODULE && unit.scopeType !== SCOPE_CLASS)) break;
      if (hasFutureAnnotations(c)) {
        loadAnnotationString(c, s.annotation);
        c.opName(LOAD_NAME, '__annotations__', loc);
        c.loadStr(c.mangled(target.id), loc);
        c.op(STORE_SUBSCR, loc);
        break;
      }
      unit.deferredAnnotations.push(s);
      noteReached(c, loc);
      break;
    case 'Attribute':
      if (!s.value) evaluateAndDrop(c, target.value);
      break;
    case 'Subscript':
      if (!s.value) {
        evaluateAndDrop(c, target.value);
        evaluateSubscript(c, target.slice);
      }
      break;
  }
}

/**
 * Number the annotation and say at run time that it was reached. In a class only those in a conditional block may not be reached;
 * a module can be seen at any point of its execution.
 */
function noteReached(c: Compiler, loc: Location): void {
  const { unit } = c;
  if (unit.scopeType !== SCOPE_MODULE && unit.conditionalBlocks === 0) {
    unit.conditionalIndices.push(-1);
    return;
  }
  const index = unit.nextConditionalIndex++;
  unit.conditionalIndices.push(index);
  if (unit.scopeType === SCOPE_CLASS) c.opIn(LOAD_DEREF, unit.cellvars, CONDITIONAL, loc);
  else c.opName(LOAD_NAME, CONDITIONAL, loc);
  c.loadInt(index, loc);
  c.opArg(SET_ADD, 1, loc);
  c.op(POP_TOP, loc);
}
