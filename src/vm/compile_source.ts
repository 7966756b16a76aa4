// How does source text become a code object of the heap?
//
// Invariant: the compiler is pure JavaScript and throws; here, at its border, every throw becomes a Python exception.

import { host } from '../config/host_interface.js';
import {
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_SetString,
  typeName,
} from '../object/errors.js';
import { PyErr_NoMemory } from '../object/no_memory.js';
import { decref, newref, xdecref } from '../object/header.js';
import { bytesFromArray, PyBytes_AS_STRING, PyBytes_GET_SIZE } from '../object/bytes.js';
import { port } from '../object/ports.js';
import { PyObject_Hash, PyObject_Str } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import * as S from '../object/statics.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import type { Mod } from '../compiler/ast.js';
import { preprocess } from '../compiler/ast_preprocess.js';
import { validateAst } from '../compiler/ast_validate.js';
import { PyCF_ONLY_AST, PyCF_OPTIMIZED_AST, PyCF_TYPE_COMMENTS } from '../compiler/code_unit.js';
import { compileAst } from '../compiler/compile.js';
import { futureFeatures } from '../compiler/future.js';
import { type ParseMode, parse } from '../compiler/parser.js';
import { buildSymtable, type Symtable } from '../compiler/symtable.js';
import { type CompileErrorKind, PySyntaxError, type WarnCallback } from '../compiler/syntax_error.js';
import type { SourceDecoder } from '../compiler/source_text.js';
import { PyUnicode_Decode } from '../types/codec.js';
import { codeFromUnit, objectConstant } from '../types/code_build.js';
import { raiseSyntaxError, tellSource } from '../types/exceptions_syntax.js';
import { int_max_str_digits } from '../types/int_text.js';
import { H32 } from '../memory/linear.js';
import { config } from './sys_state.js';

/** Thrown through the compiler when a Python exception has been set in one of its callbacks. */
class PythonError extends Error {}

const TYPES: Record<CompileErrorKind, Obj> = {
  SyntaxError: S.PyExc_SyntaxError,
  IndentationError: S.PyExc_IndentationError,
  TabError: S.PyExc_TabError,
  _IncompleteInputError: S.PyExc__IncompleteInputError,
  MemoryError: S.PyExc_MemoryError,
  RecursionError: S.PyExc_RecursionError,
  ValueError: S.PyExc_ValueError,
  TypeError: S.PyExc_TypeError,
  OverflowError: S.PyExc_OverflowError,
  UnicodeDecodeError: S.PyExc_UnicodeDecodeError,
  UnicodeEncodeError: S.PyExc_UnicodeEncodeError,
  SystemError: S.PyExc_SystemError,
};

/** src/modules/_warnings: a warning about a place in a source file: 0, or -1 with an exception. */
export const warnExplicitPort = {
  warn: (category: Obj, message: string, _filename: Obj, _lineno: number): number => port.warn(category, message, 1),
};

/** src/modules/_ast: trees between the compiler and Python. */
export const astPort = {
  /** A new `ast` object for a tree, or NULL. */
  toPython: (_mod: Mod): Obj => PyErr_SetString(S.PyExc_SystemError, 'this build has no _ast'),
  /** The tree of an `ast` object of the class that fits `mode`, with the references that its constants borrow (to be given back); null with an exception. */
  fromPython: (_o: Obj, _mode: ParseMode): { mod: Mod; kept: Obj[] } | null => null,
  /** Whether `o` is an `ast.AST`: 1, 0, or -1. */
  check: (_o: Obj): number => 0,
};

/** Sets the Python exception for what the compiler threw; returns NULL. */
export function raiseCompileError(error: unknown, filename: Obj): Obj {
  if (error instanceof PythonError) return NULL;
  if (!(error instanceof PySyntaxError)) {
    if (error instanceof RangeError)
      return PyErr_SetString(S.PyExc_RecursionError, 'maximum recursion depth exceeded during compilation');
    throw error;
  }
  const type = TYPES[error.kind];
  if (error.kind === 'MemoryError' && error.msg === '') return PyErr_NoMemory();
  switch (error.kind) {
    case 'SyntaxError':
    case 'IndentationError':
    case 'TabError':
    case '_IncompleteInputError': {
      if (error.lineno === null) PyErr_SetString(type, error.msg);
      else raiseAt(type, error, filename, error.lineno);
      if (error.source !== null) tellSource(error.source);
      return NULL;
    }
    default:
      return PyErr_SetString(type, error.msg);
  }
}

function raiseAt(type: Obj, error: PySyntaxError, filename: Obj, lineno: number): void {
  const line = error.text ?? (error.source === null ? programText(asString(filename), lineno) : null);
  const text = line === null ? NULL : PyUnicode_FromString(line);
  if (line !== null && text === 0) return;
  const { offset, end_lineno, end_offset } = error;
  const place = { filename, lineno, offset, text, endLineno: end_lineno, endOffset: end_offset };
  raiseSyntaxError(type, error.msg, place, error.placedLater);
  if (text !== 0) decref(text);
}

/** A line of a file, with its end; null if there is none (PyErr_ProgramTextObject). */
function programText(path: string, lineno: number): string | null {
  const bytes = path.includes('\0') ? -1 : host.readFile(path);
  if (typeof bytes === 'number' || lineno <= 0) return null;
  return (
    new TextDecoder()
      .decode(bytes)
      .match(/[^\r\n]*(?:\r\n|\r|\n|$)/g)
      ?.[lineno - 1]?.replace(/\r\n?$/, '\n') ?? null
  );
}

function warner(filename: Obj): WarnCallback {
  return (category, msg, lineno) => {
    const type = category === 'SyntaxWarning' ? S.PyExc_SyntaxWarning : S.PyExc_DeprecationWarning;
    if (warnExplicitPort.warn(type, msg, filename, lineno) >= 0) return false;
    if (!PyErr_ExceptionMatches(type)) throw new PythonError();
    PyErr_Clear();
    return true;
  };
}

/** Decodes through the registry of codecs; its exceptions are the source's faults. */
function decoder(filename: Obj): SourceDecoder {
  return (bytes, encoding) => {
    const data = bytesFromArray(bytes);
    const text = data === 0 ? NULL : PyUnicode_Decode(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), encoding, null);
    xdecref(data);
    if (text !== 0) {
      const result = asString(text);
      decref(text);
      return result;
    }
    if (![S.PyExc_LookupError, S.PyExc_ValueError, S.PyExc_SyntaxError].some((type) => PyErr_ExceptionMatches(type)))
      throw new PythonError();
    const error = PyErr_GetRaisedException();
    const message = PyObject_Str(error);
    decref(error);
    if (message === 0) throw new PythonError();
    const said = asString(message);
    decref(message);
    throw new PySyntaxError('SyntaxError', said, 0, -1, 0, -1, null, asString(filename));
  };
}

/** The optimization level that -1 stands for. */
function level(optimize: number): 0 | 1 | 2 {
  const n = optimize < 0 ? config.optimization_level : optimize;
  return n <= 0 ? 0 : n === 1 ? 1 : 2;
}

/** Compiles a syntax tree: a new code object, or NULL. */
function compileTree(mod: Mod, filename: Obj, flags: number, optimize: number): Obj {
  let unit: ReturnType<typeof compileAst>;
  try {
    unit = compileAst(mod, { filename: asString(filename), flags, optimize: level(optimize), warn: warner(filename) });
  } catch (error) {
    return raiseCompileError(error, filename);
  }
  return codeFromUnit(unit);
}

/** What compile() makes of a tree with these flags: a code object or an `ast` object (new), or NULL. */
function finish(mod: Mod, filename: Obj, flags: number, optimize: number): Obj {
  if (!(flags & PyCF_ONLY_AST)) return compileTree(mod, filename, flags, optimize);
  try {
    const checkOnly = (flags & PyCF_OPTIMIZED_AST) === PyCF_ONLY_AST;
    preprocess(mod, { filename: asString(filename), flags, optimize: level(optimize), checkOnly });
  } catch (error) {
    return raiseCompileError(error, filename);
  }
  return astPort.toPython(mod);
}

/** Compiles an `ast` object: a new code object, or with PyCF_ONLY_AST a new `ast` object; NULL with an exception. */
export function compileNode(node: Obj, filename: Obj, mode: ParseMode, flags: number, optimize: number): Obj {
  const tree = astPort.fromPython(node, mode);
  if (tree === null) return NULL;
  let r: Obj = NULL;
  try {
    validateAst(tree.mod, (handle) => typeName(handle as Obj));
    if (flags & PyCF_ONLY_AST || hashable(tree.kept)) r = finish(tree.mod, filename, flags, optimize);
  } catch (error) {
    raiseCompileError(error, filename);
  }
  for (const o of tree.kept) decref(o);
  return r;
}

/** Whether all opaque constants can be keys of the table of constants; false with TypeError. */
function hashable(constants: readonly Obj[]): boolean {
  for (const o of constants) {
    if (PyObject_Hash(o) !== -1) continue;
    if (!PyErr_ExceptionMatches(S.PyExc_TypeError)) return false;
    PyErr_SetString(S.PyExc_TypeError, `cannot use 'tuple' as a dict key (unhashable type: '${typeName(o)}')`);
    return false;
  }
  return true;
}

objectConstant.resolve = (handle) => newref(handle as Obj);

export interface CompileOptions {
  /** The minor version whose grammar is wanted. */
  readonly featureVersion?: number;
  /** The source are the bytes of a file that is run: what cannot be decoded is only reached after what is before it. */
  readonly fromFile?: boolean;
}

/** The tree of a source text; null with an exception. */
function parseSource(
  source: string | Uint8Array,
  filename: Obj,
  mode: ParseMode,
  flags: number,
  options: CompileOptions,
): Mod | null {
  try {
    return parse(source, mode, {
      filename: asString(filename),
      flags,
      typeComments: (flags & PyCF_TYPE_COMMENTS) !== 0,
      maxStrDigits: H32[int_max_str_digits],
      warn: warner(filename),
      decode: decoder(filename),
      ...options,
    });
  } catch (error) {
    raiseCompileError(error, filename);
    return null;
  }
}

/** The symbol table of a source text; null with an exception. */
export function symtableOf(source: string | Uint8Array, filename: Obj, mode: ParseMode): Symtable | null {
  const mod = parseSource(source, filename, mode, 0, {});
  if (mod === null) return null;
  try {
    const name = asString(filename);
    return buildSymtable(mod, name, futureFeatures(mod, name));
  } catch (error) {
    raiseCompileError(error, filename);
    return null;
  }
}

/**
 * Compiles source (text, or bytes with an encoding declaration): a new code object, or with PyCF_ONLY_AST an `ast` object; NULL with an exception.
 * `filename` is borrowed.
 */
export function compileSource(
  source: string | Uint8Array,
  filename: Obj,
  mode: ParseMode,
  flags: number,
  optimize: number,
  options: CompileOptions = {},
): Obj {
  const mod = parseSource(source, filename, mode, flags, options);
  return mod === null ? NULL : finish(mod, filename, flags, optimize);
}
