// What are a native function's parameters?
//
// Invariant: a signature is written once, in Python's syntax; the text signature, the argument binding with CPython's messages and
// the call convention are derived from it.
//
//   '($self, /)'                      no arguments                        f(self)
//   '($self, object, /)'              one argument                        f(self, object)
//   '($self, sep=None, maxsplit: ssize = -1)'                             f(self, sep, maxsplit)
//   '($module, *args, key=None)'      f(module, tuple, key)               (the tuple is the caller's)
//   '($self, **kwargs)'               f(self, dict or NULL)
//   a leading '!'                     no `__text_signature__` is shown
//
// Converters (after the colon; absent from the text signature) turn the argument into a number or check it:
//   ssize   Py_ssize_t through __index__     int    C int         uint   unsigned int, wraps
//   bool    truth value, 0 or 1              double C double      str    must be str (the object is passed)
//   slice   a slice index: None is refused, clipped to Py_ssize_t
//   ssizeOrNone  as ssize; None passes the default
//   index   anything with __index__: as ssize but clipped
// The default of a converted parameter is a number (or None → the converter's own 0 for str).

import { Py_False, Py_None, Py_True, SMALL_INT_MAX, SMALL_INT_MIN, SMALL_INT_SIZE, SMALL_INT_ZERO } from './statics.js';

export type Converter =
  | 'object'
  | 'ssize'
  | 'ssizeOrNone'
  | 'int'
  | 'uint'
  | 'bool'
  | 'double'
  | 'str'
  | 'slice'
  | 'index';
export type ParamKind = 'positional' | 'either' | 'keyword' | 'varargs' | 'varkw';

export interface Param {
  readonly name: string;
  readonly kind: ParamKind;
  readonly converter: Converter;
  readonly required: boolean;
  /** What the function gets when the parameter is omitted. */
  readonly fallback: number;
}

export interface Signature {
  readonly name: string;
  /** As `__text_signature__` shows it; null if hidden. */
  readonly text: string | null;
  readonly params: readonly Param[];
  /** METH_NOARGS, METH_O or METH_SIGNATURE. */
  readonly convention: number;
  /** Number of parameters that can be given by position (without *args). */
  readonly positional: number;
  /** How many of those are positional-only, and how many are required. */
  readonly posonly: number;
  readonly required: number;
  readonly varargs: number;
  readonly varkw: number;
  /** All parameters positional-only objects without converters: their number; else -1. */
  readonly plainPositional: number;
}

const NOARGS = 0x0004;
const O = 0x0008;
const SIGNATURE = 0x1000;

function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quote) {
      if (c === '\\') i++;
      else if (c === quote) quote = '';
    } else if (c === "'" || c === '"') quote = c;
    else if (c === '(' || c === '[' || c === '{') depth++;
    else if (c === ')' || c === ']' || c === '}') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  const last = text.slice(start).trim();
  if (last) parts.push(last);
  return parts;
}

function fallbackOf(converter: Converter, text: string | null): number {
  if (text === null) return 0;
  if (converter === 'object' || converter === 'str') {
    if (converter === 'str') return 0;
    if (text === 'None') return Py_None;
    if (text === 'True') return Py_True;
    if (text === 'False') return Py_False;
    if (/^-?\d+$/.test(text)) {
      const n = Number(text);
      if (n >= SMALL_INT_MIN && n <= SMALL_INT_MAX) return SMALL_INT_ZERO + n * SMALL_INT_SIZE;
    }
    return 0;
  }
  if (text === 'True') return 1;
  if (text === 'False' || text === 'None') return 0;
  if (text === 'sys.maxsize') return 0x7fffffff;
  const n = Number(text);
  if (Number.isNaN(n)) throw new Error(`signature: the default ${text} of a converted parameter is not a number`);
  return n;
}

/** Parses a declared signature; malformed ones are programming errors and throw while modules are evaluated. */
export function parseSignature(name: string, declared: string): Signature {
  const hidden = declared.startsWith('!');
  const body = hidden ? declared.slice(1) : declared;
  if (!body.startsWith('(') || !body.endsWith(')')) throw new Error(`signature of ${name}: ${declared}`);
  const parts = splitTop(body.slice(1, -1));
  const params: Param[] = [];
  const shown: string[] = [];
  let kind: ParamKind = 'either';
  let posonly = 0;
  for (const part of parts) {
    if (part.startsWith('$')) {
      shown.push(part);
      continue;
    }
    if (part === '/') {
      for (let i = 0; i < params.length; i++) params[i] = { ...params[i], kind: 'positional' };
      posonly = params.length;
      shown.push('/');
      continue;
    }
    if (part === '*') {
      kind = 'keyword';
      shown.push('*');
      continue;
    }
    const match = /^(\*{0,2})(\w+)\s*(?::\s*(\w+))?\s*(?:=\s*([\s\S]+))?$/.exec(part);
    if (!match) throw new Error(`signature of ${name}: parameter ${part}`);
    const [, stars, pname, conv, dflt] = match;
    const converter = (conv ?? 'object') as Converter;
    shown.push(`${stars}${pname}${dflt === undefined ? '' : `=${dflt}`}`);
    if (stars === '*') {
      params.push({ name: pname, kind: 'varargs', converter: 'object', required: false, fallback: 0 });
      kind = 'keyword';
    } else if (stars === '**')
      params.push({ name: pname, kind: 'varkw', converter: 'object', required: false, fallback: 0 });
    else
      params.push({
        name: pname,
        kind,
        converter,
        required: dflt === undefined,
        fallback: fallbackOf(converter, dflt ?? null),
      });
  }
  const byPosition = params.filter((p) => p.kind === 'positional' || p.kind === 'either');
  const allPlain = params.every((p) => p.kind === 'positional' && p.converter === 'object');
  const varargs = params.findIndex((p) => p.kind === 'varargs');
  const varkw = params.findIndex((p) => p.kind === 'varkw');
  return {
    name,
    text: hidden ? null : `(${shown.join(', ')})`,
    params,
    convention: params.length === 0 ? NOARGS : params.length === 1 && allPlain && params[0].required ? O : SIGNATURE,
    positional: byPosition.length,
    posonly,
    required: byPosition.filter((p) => p.required).length,
    varargs,
    varkw,
    plainPositional: allPlain ? params.length : -1,
  };
}
