// What is known about a name in a scope? The symbol table's entries and the meaning of their bits.
//
// Invariant: the numbers are CPython's (pycore_symtable.h), because the `symtable` module of the standard library reads them through
// `_symtable`. A symbol's flags hold what was seen (DEF_*, USE) and, from SCOPE_OFFSET on, what the analysis made of it.

import type { Positioned } from './instructions.js';

export const DEF_GLOBAL = 1;
export const DEF_LOCAL = 2;
export const DEF_PARAM = 4;
export const DEF_NONLOCAL = 8;
export const USE = 16;
export const DEF_FREE_CLASS = 64;
export const DEF_IMPORT = 128;
export const DEF_ANNOT = 256;
export const DEF_COMP_ITER = 512;
export const DEF_TYPE_PARAM = 1024;
export const DEF_COMP_CELL = 2048;
export const DEF_BOUND = DEF_LOCAL | DEF_PARAM | DEF_IMPORT;

export const SCOPE_OFFSET = 12;
export const SCOPE_MASK = DEF_GLOBAL | DEF_LOCAL | DEF_PARAM | DEF_NONLOCAL;

export const LOCAL = 1;
export const GLOBAL_EXPLICIT = 2;
export const GLOBAL_IMPLICIT = 3;
export const FREE = 4;
export const CELL = 5;

export const FUNCTION_BLOCK = 0;
export const CLASS_BLOCK = 1;
export const MODULE_BLOCK = 2;
export const ANNOTATION_BLOCK = 3;
export const TYPE_ALIAS_BLOCK = 4;
export const TYPE_PARAMETERS_BLOCK = 5;
export const TYPE_VARIABLE_BLOCK = 6;

export const NO_COMPREHENSION = 0;
export const LIST_COMPREHENSION = 1;
export const DICT_COMPREHENSION = 2;
export const SET_COMPREHENSION = 3;
export const GENERATOR_EXPRESSION = 4;

/** The scope in a symbol's flags. */
export function scopeOf(flags: number): number {
  return (flags >> SCOPE_OFFSET) & SCOPE_MASK;
}

/** A block with a namespace of its own. */
export class SymtableEntry {
  readonly id: number;
  readonly name: string;
  readonly type: number;
  readonly loc: Positioned;
  /** Flags by (mangled) name, in the order of first appearance. */
  readonly symbols = new Map<string, number>();
  /** The parameters. */
  readonly varnames: string[] = [];
  children: SymtableEntry[] = [];
  /** Where names were first declared global or nonlocal. */
  readonly directives = new Map<string, Positioned>();
  /** In the type parameters of a generic class: the names to mangle (others are not); null where all are. */
  mangledNames: Set<string> | null = null;
  /** What the expression is that cannot contain yield, await or `:=`, for messages. */
  scopeInfo: string | null = null;
  /** Is it inside a function? */
  nested = false;
  isGenerator = false;
  isCoroutine = false;
  annotationsUsed = false;
  comprehension = NO_COMPREHENSION;
  hasVarargs = false;
  hasVarkeywords = false;
  needsClassClosure = false;
  needsClassDict = false;
  /** Is this comprehension part of its surroundings' code (PEP 709)? */
  compInlined = false;
  compIterTarget = false;
  compIterExpr = 0;
  canSeeClassScope = false;
  hasDocstring = false;
  isMethod = false;
  hasConditionalAnnotations = false;
  inConditionalBlock = false;
  inUnevaluatedAnnotation = false;
  annotationBlock: SymtableEntry | null = null;

  constructor(id: number, name: string, type: number, loc: Positioned) {
    this.id = id;
    this.name = name;
    this.type = type;
    this.loc = loc;
  }

  /** The flags of the name, 0 if it is not known here. */
  flags(name: string): number {
    return this.symbols.get(name) ?? 0;
  }

  /** The scope of the name, 0 if it is not known here. */
  scope(name: string): number {
    return scopeOf(this.flags(name));
  }

  isFunctionLike(): boolean {
    return this.type !== CLASS_BLOCK && this.type !== MODULE_BLOCK;
  }
}

/** `__name` in class C is `_C__name`; null stands for "in no class". */
export function mangle(className: string | null, name: string): string {
  if (className === null || !name.startsWith('__') || name.endsWith('__') || name.includes('.')) return name;
  const bare = className.replace(/^_+/, '');
  return bare === '' ? name : `_${bare}${name}`;
}

/** The same, where only some names may be mangled. */
export function maybeMangle(className: string | null, entry: SymtableEntry, name: string): string {
  if (entry.mangledNames !== null && !entry.mangledNames.has(name)) return name;
  return mangle(className, name);
}

/** The order in which Python sorts strings. */
export function compareCodePoints(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // A surrogate stands for a code point above all others of 16 bits.
    const xs = x >= 0xd800 && x < 0xe000;
    const ys = y >= 0xd800 && y < 0xe000;
    if (xs !== ys) return xs ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}
