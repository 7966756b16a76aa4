// What does code generation know while it walks the tree? The units being compiled, and the operations that all of it uses.
//
// Invariant: `unit` is the innermost block being compiled, `stack` holds those around it; every instruction goes to the unit's sequence.
// The numbers of constants, names and variables are given in the order of first use, as in CPython.

import { assemble } from './assemble.js';
import type { AnnAssign, Attribute, ConstValue, ExprContext, Stmt } from './ast.js';
import { buildGraph } from './cfg.js';
import {
  CO_ASYNC_GENERATOR,
  CO_COROUTINE,
  CO_FAST_ARG_KW,
  CO_FAST_ARG_POS,
  CO_FAST_ARG_VAR,
  CO_FAST_CELL,
  CO_FAST_FREE,
  CO_FAST_HIDDEN,
  CO_FAST_LOCAL,
  CO_GENERATOR,
  CO_HAS_DOCSTRING,
  CO_METHOD,
  CO_NESTED,
  CO_NEWLOCALS,
  CO_OPTIMIZED,
  CO_VARARGS,
  CO_VARKEYWORDS,
  type CodeUnit,
  PyCF_MASK,
} from './code_unit.js';
import { ConstantPool } from './constants.js';
import { finishGraph, optimizeGraph } from './flowgraph.js';
import { InstructionSequence, type Label, Location, NO_LOCATION } from './instructions.js';
import {
  ANNOTATIONS_PLACEHOLDER,
  DELETE_DEREF,
  DELETE_FAST,
  DELETE_GLOBAL,
  DELETE_NAME,
  LOAD_ATTR,
  LOAD_CONST,
  LOAD_DEREF,
  LOAD_FAST,
  LOAD_FROM_DICT_OR_DEREF,
  LOAD_FROM_DICT_OR_GLOBALS,
  LOAD_GLOBAL,
  LOAD_LOCALS,
  LOAD_NAME,
  RESUME,
  RESUME_AT_FUNC_START,
  RETURN_VALUE,
  STORE_DEREF,
  STORE_FAST,
  STORE_GLOBAL,
  STORE_NAME,
} from './opcodes.js';
import { Nesting } from './recursion.js';
import {
  CELL,
  CLASS_BLOCK,
  compareCodePoints,
  DEF_COMP_CELL,
  DEF_FREE_CLASS,
  FREE,
  GLOBAL_EXPLICIT,
  GLOBAL_IMPLICIT,
  LOCAL,
  mangle,
  maybeMangle,
  type SymtableEntry,
  scopeOf,
} from './symbols.js';
import type { Symtable } from './symtable.js';
import { PySyntaxError, type WarnCallback } from './syntax_error.js';

// Kinds of units.
export const SCOPE_MODULE = 0;
export const SCOPE_CLASS = 1;
export const SCOPE_FUNCTION = 2;
export const SCOPE_ASYNC_FUNCTION = 3;
export const SCOPE_LAMBDA = 4;
export const SCOPE_COMPREHENSION = 5;
export const SCOPE_ANNOTATIONS = 6;

// Kinds of frame blocks.
export const FB_WHILE_LOOP = 0;
export const FB_FOR_LOOP = 1;
export const FB_TRY_EXCEPT = 2;
export const FB_FINALLY_TRY = 3;
export const FB_FINALLY_END = 4;
export const FB_WITH = 5;
export const FB_ASYNC_WITH = 6;
export const FB_HANDLER_CLEANUP = 7;
export const FB_POP_VALUE = 8;
export const FB_EXCEPTION_HANDLER = 9;
export const FB_EXCEPTION_GROUP_HANDLER = 10;
export const FB_ASYNC_COMPREHENSION_GENERATOR = 11;
export const FB_STOP_ITERATION = 12;

const MAX_FRAME_BLOCKS = 21;

/** A construct that has to be undone when control leaves it: a loop, a `try`, a `with`. */
export interface FrameBlock {
  readonly type: number;
  readonly block: Label;
  readonly loc: Location;
  readonly exit: Label;
  /** The `finally` body (FB_FINALLY_TRY). */
  readonly body: Stmt[] | null;
  /** The name that the handler binds (FB_HANDLER_CLEANUP). */
  readonly name: string | null;
}

export interface ParameterCounts {
  argcount: number;
  posonlyargcount: number;
  kwonlyargcount: number;
}

export const NO_PARAMETERS: ParameterCounts = { argcount: 0, posonlyargcount: 0, kwonlyargcount: 0 };

/** The number of the name in the table, where it is entered if need be. */
function intern(table: Map<string, number>, name: string): number {
  const known = table.get(name);
  if (known !== undefined) return known;
  const index = table.size;
  table.set(name, index);
  return index;
}

/** The names of a scope (or with a flag), sorted and numbered from `offset`. */
function namesByScope(entry: SymtableEntry, scope: number, flag: number, offset: number): Map<string, number> {
  const names: string[] = [];
  for (const [name, flags] of entry.symbols) if (scopeOf(flags) === scope || flags & flag) names.push(name);
  names.sort(compareCodePoints);
  return new Map(names.map((name, i) => [name, offset + i]));
}

/** A block being compiled. */
export class Unit {
  readonly scopeType: number;
  readonly entry: SymtableEntry;
  readonly name: string;
  qualname: string;
  readonly firstLine: number;
  /** The class whose private names are mangled here. */
  readonly className: string | null;
  readonly params: ParameterCounts;
  sequence = new InstructionSequence();
  stashedSequence: InstructionSequence | null = null;
  readonly constants: ConstValue[] = [];
  readonly constantIndex = new Map<string, number>();
  readonly names = new Map<string, number>();
  readonly varnames: Map<string, number>;
  readonly cellvars: Map<string, number>;
  readonly freevars: Map<string, number>;
  /** Names that are fast locals only in an inlined comprehension; true while inside it. */
  readonly fastHidden = new Map<string, boolean>();
  readonly frameBlocks: FrameBlock[] = [];
  inlinedComprehensions = 0;
  conditionalBlocks = 0;
  readonly staticAttributes = new Set<string>();
  readonly deferredAnnotations: AnnAssign[] = [];
  /** For each of them its number among the conditional ones, or -1. */
  readonly conditionalIndices: number[] = [];
  nextConditionalIndex = 0;

  constructor(
    scopeType: number,
    entry: SymtableEntry,
    name: string,
    firstLine: number,
    className: string | null,
    params: ParameterCounts,
  ) {
    this.scopeType = scopeType;
    this.entry = entry;
    this.name = name;
    this.qualname = name;
    this.firstLine = firstLine;
    this.className = className;
    this.params = params;
    this.varnames = new Map(entry.varnames.map((variable, i) => [variable, i]));
    this.cellvars = namesByScope(entry, CELL, DEF_COMP_CELL, 0);
    if (entry.needsClassClosure) intern(this.cellvars, '__class__');
    if (entry.needsClassDict) intern(this.cellvars, '__classdict__');
    if (entry.hasConditionalAnnotations) intern(this.cellvars, '__conditional_annotations__');
    this.freevars = namesByScope(entry, FREE, DEF_FREE_CLASS, this.cellvars.size);
  }
}

export interface CompilerOptions {
  filename: string;
  /** compile()'s flags and the module's future features. */
  flags: number;
  optimize: number;
  interactive: boolean;
  warn: WarnCallback | undefined;
}

export class Compiler {
  readonly symtable: Symtable;
  readonly options: CompilerOptions;
  readonly pool = new ConstantPool();
  readonly nesting = new Nesting();
  unit!: Unit;
  private readonly stack: Unit[] = [];
  /** Positive while code is generated a second time, so that it does not warn twice. */
  private muted = 0;

  constructor(symtable: Symtable, options: CompilerOptions) {
    this.symtable = symtable;
    this.options = options;
  }

  get entry(): SymtableEntry {
    return this.unit.entry;
  }

  get isInteractiveTopLevel(): boolean {
    return this.options.interactive && this.stack.length === 0;
  }

  // Messages

  error(msg: string, loc: Location): PySyntaxError {
    const { filename } = this.options;
    return new PySyntaxError('SyntaxError', msg, loc.line, loc.col + 1, loc.endLine, loc.endCol + 1, null, filename);
  }

  warn(msg: string, loc: Location): void {
    if (this.muted > 0) return;
    const asError = this.options.warn?.('SyntaxWarning', msg, loc.line, loc.col + 1, loc.endLine, loc.endCol + 1);
    if (asError) throw this.error(msg, loc);
  }

  // Instructions

  op(op: number, loc: Location): void {
    this.unit.sequence.add(op, 0, loc);
  }

  opArg(op: number, arg: number, loc: Location): void {
    this.unit.sequence.add(op, arg, loc);
  }

  newLabel(): Label {
    return this.unit.sequence.newLabel();
  }

  useLabel(label: Label): void {
    this.unit.sequence.useLabel(label);
  }

  jump(op: number, label: Label, loc: Location): void {
    this.unit.sequence.add(op, label, loc);
  }

  /** The number of the constant in the unit. */
  addConst(value: ConstValue): number {
    const { constants, constantIndex } = this.unit;
    const key = this.pool.key(value);
    let index = constantIndex.get(key);
    if (index === undefined) {
      index = constants.push(this.pool.merge(value, key)) - 1;
      constantIndex.set(key, index);
    }
    return index;
  }

  loadConst(value: ConstValue, loc: Location): void {
    this.opArg(LOAD_CONST, this.addConst(value), loc);
  }

  loadNone(loc: Location): void {
    this.loadConst({ t: 'none' }, loc);
  }

  loadStr(v: string, loc: Location): void {
    this.loadConst({ t: 'str', v }, loc);
  }

  loadInt(v: number, loc: Location): void {
    this.loadConst({ t: 'int', v: BigInt(v) }, loc);
  }

  /** An instruction whose operand is the name's number in a table, the name taken as it is. */
  opIn(op: number, table: Map<string, number>, name: string, loc: Location): void {
    this.opArg(op, intern(table, name), loc);
  }

  mangled(name: string): string {
    return maybeMangle(this.unit.className, this.entry, name);
  }

  /** The number of an attribute or module name. */
  nameIndex(name: string): number {
    return intern(this.unit.names, this.mangled(name));
  }

  /** An instruction on an attribute or module name. */
  opName(op: number, name: string, loc: Location): void {
    const index = this.nameIndex(name);
    this.opArg(op, op === LOAD_ATTR ? index << 1 : index, loc);
  }

  /** Load an attribute to call it: a method is pushed with its object, unbound. */
  loadMethod(name: string, loc: Location): void {
    this.opArg(LOAD_ATTR, (this.nameIndex(name) << 1) | 1, loc);
  }

  // Variables

  /** Load, store or delete a variable. */
  nameOp(name: string, ctx: ExprContext, loc: Location): void {
    const { unit, entry } = this;
    const mangled = this.mangled(name);
    const scope = entry.scope(mangled);
    const load = ctx === 'Load';
    const store = ctx === 'Store';
    switch (scope) {
      case FREE:
      case CELL: {
        const arg = intern(scope === FREE ? unit.freevars : unit.cellvars, mangled);
        if (!load) {
          this.opArg(store ? STORE_DEREF : DELETE_DEREF, arg, loc);
        } else if (entry.type === CLASS_BLOCK && !unit.inlinedComprehensions) {
          this.op(LOAD_LOCALS, loc);
          this.opArg(LOAD_FROM_DICT_OR_DEREF, arg, loc);
        } else if (entry.canSeeClassScope) {
          this.loadClassDict(loc);
          this.opArg(LOAD_FROM_DICT_OR_DEREF, arg, loc);
        } else {
          this.opArg(LOAD_DEREF, arg, loc);
        }
        return;
      }
      case LOCAL:
        if (entry.isFunctionLike() || unit.fastHidden.get(mangled)) {
          this.opIn(load ? LOAD_FAST : store ? STORE_FAST : DELETE_FAST, unit.varnames, mangled, loc);
          return;
        }
        break;
      case GLOBAL_IMPLICIT:
      case GLOBAL_EXPLICIT: {
        if (scope === GLOBAL_IMPLICIT && !entry.isFunctionLike()) break;
        const arg = intern(unit.names, mangled);
        if (!load) {
          this.opArg(store ? STORE_GLOBAL : DELETE_GLOBAL, arg, loc);
        } else if (scope === GLOBAL_IMPLICIT && entry.canSeeClassScope) {
          this.loadClassDict(loc);
          this.opArg(LOAD_FROM_DICT_OR_GLOBALS, arg, loc);
        } else {
          this.opArg(LOAD_GLOBAL, arg << 1, loc);
        }
        return;
      }
    }
    const arg = intern(unit.names, mangled);
    if (!load) this.opArg(store ? STORE_NAME : DELETE_NAME, arg, loc);
    else if (entry.type === CLASS_BLOCK && unit.inlinedComprehensions) this.opArg(LOAD_GLOBAL, arg << 1, loc);
    else this.opArg(LOAD_NAME, arg, loc);
  }

  private loadClassDict(loc: Location): void {
    this.opIn(LOAD_DEREF, this.unit.freevars, '__classdict__', loc);
  }

  /** Where the unit finds a variable that an inner unit takes from it: CELL or FREE (or another scope). */
  referenceType(name: string): number {
    if (
      this.unit.scopeType === SCOPE_CLASS &&
      (name === '__class__' || name === '__classdict__' || name === '__conditional_annotations__')
    ) {
      return CELL;
    }
    return this.entry.scope(name);
  }

  /** The number of the cell or free variable that an inner unit takes. */
  closureArg(name: string): number {
    const { cellvars, freevars } = this.unit;
    const index = (this.referenceType(name) === CELL ? cellvars : freevars).get(name);
    if (index === undefined) {
      throw new PySyntaxError('SystemError', `compiler_lookup_arg(name='${name}') failed in ${this.unit.name}`);
    }
    return index;
  }

  /** `self.x = …` in a method makes x a static attribute of the class. */
  noteStaticAttribute(e: Attribute): void {
    if (e.ctx !== 'Store' || e.value.kind !== 'Name' || e.value.id !== 'self') return;
    for (let i = this.stack.length - 1; i >= 0; i--) {
      const unit = this.stack[i]!;
      if (unit.scopeType !== SCOPE_CLASS) continue;
      unit.staticAttributes.add(e.attr);
      return;
    }
  }

  // Frame blocks

  pushBlock(
    type: number,
    block: Label,
    exit: Label,
    loc: Location,
    body: Stmt[] | null = null,
    name: string | null = null,
  ): void {
    this.restoreBlock({ type, block, loc, exit, body, name });
  }

  /** Push a block that was popped for a while. */
  restoreBlock(frameBlock: FrameBlock): void {
    const { frameBlocks } = this.unit;
    if (frameBlocks.length >= MAX_FRAME_BLOCKS) throw this.error('too many statically nested blocks', frameBlock.loc);
    frameBlocks.push(frameBlock);
    if (frameBlock.type === FB_FINALLY_END) this.muted++;
  }

  popBlock(): FrameBlock {
    const block = this.unit.frameBlocks.pop()!;
    if (block.type === FB_FINALLY_END) this.muted--;
    return block;
  }

  // Units

  /** Begin a unit. `key` is the node that its symbols belong to, or the entry itself. */
  enterScope(
    name: string,
    scopeType: number,
    entry: SymtableEntry,
    firstLine: number,
    params: ParameterCounts = NO_PARAMETERS,
    className: string | null = null,
  ): void {
    const outer = this.unit as Unit | undefined;
    const unit = new Unit(scopeType, entry, name, firstLine, className ?? outer?.className ?? null, params);
    if (outer) this.stack.push(outer);
    this.unit = unit;
    const isModule = scopeType === SCOPE_MODULE;
    if (!isModule) this.setQualname(unit);
    const line = isModule ? 0 : firstLine;
    const loc = new Location(line, firstLine, 0, 0);
    this.opArg(RESUME, RESUME_AT_FUNC_START, loc);
    if (isModule) this.op(ANNOTATIONS_PLACEHOLDER, loc);
  }

  exitScope(): void {
    this.unit = this.stack.pop()!;
  }

  private setQualname(unit: Unit): void {
    let depth = this.stack.length;
    if (depth <= 1) return;
    let parent = this.stack[depth - 1]!;
    if (parent.scopeType === SCOPE_ANNOTATIONS) {
      // The scope of annotations or type parameters does not show in the name.
      if (depth === 2) return;
      depth--;
      parent = this.stack[depth - 1]!;
    }
    switch (unit.scopeType) {
      case SCOPE_FUNCTION:
      case SCOPE_ASYNC_FUNCTION:
      case SCOPE_CLASS:
        if (parent.entry.scope(mangle(parent.className, unit.name)) === GLOBAL_EXPLICIT) return;
    }
    switch (parent.scopeType) {
      case SCOPE_FUNCTION:
      case SCOPE_ASYNC_FUNCTION:
      case SCOPE_LAMBDA:
        unit.qualname = `${parent.qualname}.<locals>.${unit.name}`;
        break;
      default:
        unit.qualname = `${parent.qualname}.${unit.name}`;
    }
  }

  private codeFlags(): number {
    const { entry } = this;
    let flags = 0;
    if (entry.isFunctionLike()) {
      flags |= CO_NEWLOCALS | CO_OPTIMIZED;
      if (entry.nested) flags |= CO_NESTED;
      if (entry.isGenerator) flags |= entry.isCoroutine ? CO_ASYNC_GENERATOR : CO_GENERATOR;
      if (entry.hasVarargs) flags |= CO_VARARGS;
      if (entry.hasVarkeywords) flags |= CO_VARKEYWORDS;
      if (entry.hasDocstring) flags |= CO_HAS_DOCSTRING;
      if (entry.isMethod) flags |= CO_METHOD;
    }
    if (entry.isCoroutine && !entry.isGenerator) flags |= CO_COROUTINE;
    return flags | (this.options.flags & PyCF_MASK);
  }

  /** Finish the unit's code (it still has to be left). With `addNone`, it returns None where it falls off the end. */
  finishUnit(addNone: boolean): CodeUnit {
    const { unit } = this;
    if (addNone) this.loadNone(NO_LOCATION);
    this.op(RETURN_VALUE, NO_LOCATION);
    const flags = this.codeFlags();
    const consts = unit.constants;
    const graph = buildGraph(unit.sequence);
    optimizeGraph(graph, consts, this.pool, unit.varnames.size, unit.entry.varnames.length);
    const { stackDepth, nlocalsplus } = finishGraph(graph, {
      varnames: unit.varnames,
      cellvars: unit.cellvars,
      freevars: unit.freevars,
      firstLine: unit.firstLine,
      isGenerator: (flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)) !== 0,
    });
    const { code, linetable, exceptiontable } = assemble(graph, unit.firstLine);
    const { argcount, posonlyargcount, kwonlyargcount } = unit.params;
    return {
      filename: this.options.filename,
      name: unit.name,
      qualname: unit.qualname,
      firstlineno: unit.firstLine,
      flags,
      argcount: posonlyargcount + argcount,
      posonlyargcount,
      kwonlyargcount,
      // A frame has at least one entry, for what pushes and pops in one instruction.
      stacksize: Math.max(stackDepth, 1),
      nlocals: unit.varnames.size,
      code,
      consts,
      names: [...unit.names.keys()],
      ...variables(unit, nlocalsplus, flags),
      linetable,
      exceptiontable,
    };
  }
}

/** The unit's variables as the frame has them. */
function variables(
  unit: Unit,
  nlocalsplus: number,
  flags: number,
): { localsplusnames: string[]; localspluskinds: Uint8Array } {
  const { varnames, cellvars, freevars, params } = unit;
  const localsplusnames = new Array<string>(nlocalsplus);
  const localspluskinds = new Uint8Array(nlocalsplus);
  const argumentKinds: readonly (readonly [count: number, kind: number])[] = [
    [params.posonlyargcount, CO_FAST_ARG_POS],
    [params.argcount, CO_FAST_ARG_POS | CO_FAST_ARG_KW],
    [params.kwonlyargcount, CO_FAST_ARG_KW],
    [flags & CO_VARARGS ? 1 : 0, CO_FAST_ARG_VAR | CO_FAST_ARG_POS],
    [flags & CO_VARKEYWORDS ? 1 : 0, CO_FAST_ARG_VAR | CO_FAST_ARG_KW],
  ];
  let argument = 0;
  for (const [count, kind] of argumentKinds) for (let i = 0; i < count; i++) localspluskinds[argument++] = kind;
  for (const [name, index] of varnames) {
    localsplusnames[index] = name;
    localspluskinds[index]! |= CO_FAST_LOCAL;
    if (unit.fastHidden.has(name)) localspluskinds[index]! |= CO_FAST_HIDDEN;
    if (cellvars.has(name)) localspluskinds[index]! |= CO_FAST_CELL;
  }
  let next = varnames.size;
  for (const name of cellvars.keys()) {
    if (varnames.has(name)) continue;
    localsplusnames[next] = name;
    localspluskinds[next++] = CO_FAST_CELL;
  }
  for (const name of freevars.keys()) {
    localsplusnames[next] = name;
    localspluskinds[next++] = CO_FAST_FREE;
  }
  return { localsplusnames, localspluskinds };
}
