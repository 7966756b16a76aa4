// What does the compiler hand over? A CodeUnit: everything that a code object is made from, as plain data.
//
// Invariant: a CodeUnit is CPython 3.14's code object field by field (the same bytes, the same order of constants and names),
// and holds no reference into the heap: the machine turns it into a code object, `marshal` reads and writes it.

import type { ConstValue } from './ast.js';

// co_flags
export const CO_OPTIMIZED = 0x0001;
export const CO_NEWLOCALS = 0x0002;
export const CO_VARARGS = 0x0004;
export const CO_VARKEYWORDS = 0x0008;
export const CO_NESTED = 0x0010;
export const CO_GENERATOR = 0x0020;
export const CO_COROUTINE = 0x0080;
export const CO_ITERABLE_COROUTINE = 0x0100;
export const CO_ASYNC_GENERATOR = 0x0200;
export const CO_FUTURE_DIVISION = 0x20000;
export const CO_FUTURE_ABSOLUTE_IMPORT = 0x40000;
export const CO_FUTURE_WITH_STATEMENT = 0x80000;
export const CO_FUTURE_PRINT_FUNCTION = 0x100000;
export const CO_FUTURE_UNICODE_LITERALS = 0x200000;
export const CO_FUTURE_BARRY_AS_BDFL = 0x400000;
export const CO_FUTURE_GENERATOR_STOP = 0x800000;
export const CO_FUTURE_ANNOTATIONS = 0x1000000;
export const CO_NO_MONITORING_EVENTS = 0x2000000;
export const CO_HAS_DOCSTRING = 0x4000000;
export const CO_METHOD = 0x8000000;

/** The bits of compile()'s `flags` that select __future__ features; they are those of co_flags. */
export const PyCF_MASK =
  CO_FUTURE_DIVISION |
  CO_FUTURE_ABSOLUTE_IMPORT |
  CO_FUTURE_WITH_STATEMENT |
  CO_FUTURE_PRINT_FUNCTION |
  CO_FUTURE_UNICODE_LITERALS |
  CO_FUTURE_BARRY_AS_BDFL |
  CO_FUTURE_GENERATOR_STOP |
  CO_FUTURE_ANNOTATIONS;
/** Accepted in compile()'s `flags` for compatibility, without effect. */
export const PyCF_MASK_OBSOLETE = CO_NESTED;
// The other bits of compile()'s `flags`.
export const PyCF_SOURCE_IS_UTF8 = 0x0100;
export const PyCF_DONT_IMPLY_DEDENT = 0x0200;
export const PyCF_ONLY_AST = 0x0400;
export const PyCF_IGNORE_COOKIE = 0x0800;
export const PyCF_TYPE_COMMENTS = 0x1000;
export const PyCF_ALLOW_TOP_LEVEL_AWAIT = 0x2000;
export const PyCF_ALLOW_INCOMPLETE_INPUT = 0x4000;
export const PyCF_OPTIMIZED_AST = 0x8000 | PyCF_ONLY_AST;

// The kinds of fast locals (bits of an entry of `localspluskinds`).
export const CO_FAST_ARG_POS = 0x02;
export const CO_FAST_ARG_KW = 0x04;
export const CO_FAST_ARG_VAR = 0x08;
export const CO_FAST_ARG = CO_FAST_ARG_POS | CO_FAST_ARG_KW | CO_FAST_ARG_VAR;
export const CO_FAST_HIDDEN = 0x10;
export const CO_FAST_LOCAL = 0x20;
export const CO_FAST_CELL = 0x40;
export const CO_FAST_FREE = 0x80;

/** A compiled block: module, class body, function, lambda, generator expression, annotation or type-parameter scope. */
export interface CodeUnit {
  filename: string;
  name: string;
  qualname: string;
  firstlineno: number;
  /** CO_* bits. */
  flags: number;
  /** All positional parameters, the positional-only ones included. */
  argcount: number;
  posonlyargcount: number;
  kwonlyargcount: number;
  /** The size that the value stack needs. */
  stacksize: number;
  /** co_nlocals: entries of localsplusnames that have CO_FAST_LOCAL. */
  nlocals: number;
  /** Two bytes for each instruction or (zeroed) cache entry, opcode first. */
  code: Uint8Array;
  consts: ConstValue[];
  names: string[];
  /** Fast locals in frame order: locals (parameters first), then cells that are not locals, then free variables. */
  localsplusnames: string[];
  /** CO_FAST_* bits of each of them. */
  localspluskinds: Uint8Array;
  linetable: Uint8Array;
  exceptiontable: Uint8Array;
}
