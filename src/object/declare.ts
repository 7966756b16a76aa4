// How are types and modules declared?
//
// Invariant: a type or module is declared in one place, as data, while modules are evaluated; nothing touches the heap before start-up
// walks the declarations in order (type_ready.ts, module_init.ts).  So a declaration may name any other type by its static address.

import { H32, staticAlloc } from '../memory/linear.js';
import { fn, type TableFn } from './functable.js';
import type { Layout, LayoutInfo } from './layout.js';
import type { Obj } from './ptr.js';
import { parseSignature, type Signature } from './signature.js';
import type { SlotName } from './type_layout.js';

// ml_flags, with CPython's bits where it has them.
export const METH_NOARGS = 0x0004;
export const METH_O = 0x0008;
export const METH_CLASS = 0x0010;
export const METH_STATIC = 0x0020;
export const METH_COEXIST = 0x0040;
/** f(self, args: Ptr, nargs, kwnames): the raw vectorcall form. */
export const METH_FASTCALL = 0x0080;
/** f(self, a, b, …): bound by the signature, a JavaScript parameter for each Python one. */
export const METH_SIGNATURE = 0x1000;

/** The signature has not been looked at: settleMethod says which of the others it is. */
export const METH_UNPARSED = 0x10000;

export interface MethodDef {
  readonly name: string;
  readonly flags: number;
  readonly fnIndex: number;
  /** null: no `__text_signature__`, arguments checked by the function itself. */
  readonly signature: Signature | null;
  readonly doc: string | null;
  /** The static record of this definition in the heap (see ML_*), made on first use. */
  readonly ml: number;
  readonly index: number;
}

/** All method definitions; ml_def in the heap is an index into this. */
export const methodDefs: MethodDef[] = [];
/** All computed attributes and all members; descriptors in the heap hold an index into these. */
export const getsetDefs: GetSetDef[] = [];
export const memberDefs: MemberDef[] = [];

// A method definition in the heap: what calls need, without a look at JavaScript objects.
export const ML_FN = 0;
export const ML_FLAGS = 4;
export const ML_DEF = 8;
/** Number of parameters if all are plain positional objects without converters (the fast path), else -1. */
export const ML_NPOS = 12;
const ML_SIZE = 16;

/** A definition whose signature is parsed when it is first asked for: most of the thousands are never called. */
class LazyMethodDef implements MethodDef {
  readonly name: string;
  readonly flags: number;
  readonly fnIndex: number;
  readonly doc: string | null;
  readonly ml: number;
  readonly index: number;
  readonly declared: string | null;
  #signature: Signature | null = null;

  constructor(name: string, declared: string | null, f: TableFn, doc: string | null, flags: number) {
    this.name = name;
    this.flags = flags;
    this.fnIndex = fn(f);
    this.doc = doc;
    this.ml = staticAlloc(ML_SIZE);
    this.index = methodDefs.length;
    this.declared = declared;
  }

  get signature(): Signature | null {
    if (this.#signature === null && this.declared !== null) this.#signature = parseSignature(this.name, this.declared);
    return this.#signature;
  }
}

function makeMethod(
  name: string,
  sig: string | null,
  f: TableFn,
  doc: string | null,
  flags: number,
  convention: number,
): MethodDef {
  const def = new LazyMethodDef(name, sig, f, doc, flags | convention);
  methodDefs.push(def);
  const at = def.ml >> 2;
  H32[at + (ML_FN >> 2)] = def.fnIndex;
  H32[at + (ML_FLAGS >> 2)] = def.flags;
  H32[at + (ML_DEF >> 2)] = def.index;
  H32[at + (ML_NPOS >> 2)] = -1;
  return def;
}

/** Finds out how a METH_UNPARSED definition is called, and returns its flags. */
export function settleMethod(ml: number): number {
  const def = methodDefs[H32[(ml + ML_DEF) >> 2]];
  const { signature } = def;
  if (signature === null) return H32[(ml + ML_FLAGS) >> 2];
  H32[(ml + ML_NPOS) >> 2] = signature.plainPositional;
  return (H32[(ml + ML_FLAGS) >> 2] = (def.flags & ~METH_UNPARSED) | signature.convention);
}

/**
 * Declares a method (or a module function: then the first parameter is `$module`).  `sig` is the Python signature as CPython's
 * `__text_signature__` has it, with converters as annotations (signature.ts): `'($self, sep=None, maxsplit: ssize = -1)'`.  The
 * function gets self (or the module) and then one JavaScript argument per parameter, all references borrowed, NULL (0) for an
 * omitted parameter unless its default is None (Py_None), True/False, a small int, or a converter's number.  It returns a new
 * reference, or NULL with an exception.
 */
export function method(name: string, sig: string, f: TableFn, doc: string | null = null): MethodDef {
  return makeMethod(name, sig, f, doc, 0, METH_UNPARSED);
}

/** Declares a class method: the function's first argument is the type. */
export function classMethod(name: string, sig: string, f: TableFn, doc: string | null = null): MethodDef {
  return makeMethod(name, sig, f, doc, METH_CLASS, METH_UNPARSED);
}

/** Declares a static method: the function's first argument is NULL. */
export function staticMethod(name: string, sig: string, f: TableFn, doc: string | null = null): MethodDef {
  return makeMethod(name, sig, f, doc, METH_STATIC, METH_UNPARSED);
}

/** Declares a method that replaces the slot wrapper of its name (METH_COEXIST), e.g. a fast `__getitem__`. */
export function coexist(name: string, sig: string, f: TableFn, doc: string | null = null): MethodDef {
  return makeMethod(name, sig, f, doc, METH_COEXIST, METH_UNPARSED);
}

/**
 * Declares a function in the raw vectorcall form f(self, args: Ptr, nargs, kwnames): `args` is the address of `nargs` positional
 * references followed by the keyword ones, `kwnames` a tuple of str or NULL; all borrowed.
 */
export function fastcall(
  name: string,
  textSignature: string | null,
  f: TableFn,
  doc: string | null = null,
  flags = 0,
): MethodDef {
  return makeMethod(name, textSignature, f, doc, flags, METH_FASTCALL);
}

export interface GetSetDef {
  readonly index: number;
  readonly name: string;
  /** (self) => new reference or NULL. */
  readonly get: number;
  /** (self, value or NULL to delete) => 0 or -1; 0: read-only. */
  readonly set: number;
  readonly doc: string | null;
}

/** Declares a computed attribute (PyGetSetDef). */
export function getset(name: string, get: TableFn, set: TableFn | null = null, doc: string | null = null): GetSetDef {
  const def = { index: getsetDefs.length, name, get: fn(get), set: set ? fn(set) : 0, doc };
  getsetDefs.push(def);
  return def;
}

export type MemberKind = 'object' | 'object_ex' | 'int' | 'uint' | 'bool' | 'ssize' | 'double' | 'byte';

export interface MemberDef {
  readonly index: number;
  readonly name: string;
  readonly kind: MemberKind;
  readonly offset: number;
  readonly readonly: boolean;
  readonly doc: string | null;
}

/** Declares an attribute that is a field of the layout (PyMemberDef): `object` shows NULL as None, `object_ex` raises AttributeError. */
export function member(
  name: string,
  kind: MemberKind,
  offset: number,
  options: { writable?: boolean; doc?: string } = {},
): MemberDef {
  const def = { index: memberDefs.length, name, kind, offset, readonly: !options.writable, doc: options.doc ?? null };
  memberDefs.push(def);
  return def;
}

export interface TypeSpec {
  /** The static address (statics.ts, or staticType() for a module's own). */
  readonly type: Obj;
  /** `list`, or dotted with its module: `collections.deque`. */
  readonly name: string;
  /** Default: object. */
  readonly base?: Obj;
  /** All bases, `base` first, where there are several; they must be siblings, so that the MRO is the first base's own part, then the last's. */
  readonly bases?: readonly Obj[];
  readonly layout: Layout | { readonly info: LayoutInfo };
  /** Readied when the module that has it is executed, not at start-up; no type that is readied at start-up may have it for a base. */
  readonly late?: boolean;
  /** Py_TPFLAGS_*; HAVE_GC must be given for types that can be part of cycles. */
  readonly flags?: number;
  /** Whether programs may set the type's attributes, as those of a class of their own. */
  readonly mutable?: boolean;
  readonly doc?: string;
  /** Shown as `__text_signature__` of the type: `'(iterable=(), /)'`. */
  readonly signature?: string;
  /**
   * The slots.  Left out: inherited; tp_traverse, tp_clear and tp_dealloc are derived from the layout.  A value of null says
   * that the slot is absent although the base has it (`__hash__ = None`: tp_hash: null).
   */
  readonly slots?: { readonly [K in SlotName]?: TableFn | null };
  /** Byte offset in an instance of the function index of its vectorcall. */
  readonly vectorcallOffset?: number;
  readonly methods?: readonly MethodDef[];
  readonly getset?: readonly GetSetDef[];
  readonly members?: readonly MemberDef[];
  /** Further class attributes, made at start-up: name → function that returns a new reference (or NULL with an exception). */
  readonly attributes?: { readonly [name: string]: () => Obj };
  /** Names of the references that tp_traverse visits, in its order, for a type with a traverse of its own (the object graph). */
  readonly edges?: (o: Obj) => string[];
}

export const typeSpecs: TypeSpec[] = [];

/** Declares a static type.  Bases may be declared later than their subtypes. */
export function defineType(spec: TypeSpec): void {
  typeSpecs.push(spec);
}

export interface ModuleSpec {
  readonly name: string;
  readonly doc?: string | null;
  readonly functions?: readonly MethodDef[];
  /** Types that become attributes under the last part of their names. */
  readonly types?: readonly Obj[];
  /** Runs when the module is imported, after the above: 0, or -1 with an exception. */
  readonly exec?: (module: Obj) => number;
}

/** The built-in modules by name. */
export const moduleSpecs = new Map<string, ModuleSpec>();

/** Declares a built-in module (`sys.builtin_module_names`). */
export function defineModule(spec: ModuleSpec): void {
  moduleSpecs.set(spec.name, spec);
}
