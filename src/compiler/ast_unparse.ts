// How is an expression written again as source? For annotations that stay strings (PEP 563).
//
// Invariant: the text means the same expression, with parentheses only where precedence asks for them, and is what CPython's compiler
// makes (which differs in places from `ast.unparse`).

import type {
  Arg,
  Arguments,
  BinOp,
  BoolOp,
  Call,
  CmpOperator,
  Comprehension,
  ConstValue,
  Expr,
  FormattedValue,
  Interpolation,
  JoinedStr,
  Lambda,
  Operator,
  TemplateStr,
  UnaryOp,
} from './ast.js';
import { stringOf } from './const_fold.js';
import { reprConstant } from './const_repr.js';
import { PySyntaxError } from './syntax_error.js';

// Precedence, from loose to tight.
const TUPLE = 0;
const TEST = 1;
const OR = 2;
const AND = 3;
const NOT = 4;
const CMP = 5;
const EXPR = 6;
const BOR = EXPR;
const BXOR = 7;
const BAND = 8;
const SHIFT = 9;
const ARITH = 10;
const TERM = 11;
const FACTOR = 12;
const POWER = 13;
const AWAIT = 14;
const ATOM = 15;

const BINARY: Readonly<Record<Operator, readonly [sign: string, level: number]>> = {
  Add: [' + ', ARITH],
  Sub: [' - ', ARITH],
  Mult: [' * ', TERM],
  MatMult: [' @ ', TERM],
  Div: [' / ', TERM],
  Mod: [' % ', TERM],
  LShift: [' << ', SHIFT],
  RShift: [' >> ', SHIFT],
  BitOr: [' | ', BOR],
  BitXor: [' ^ ', BXOR],
  BitAnd: [' & ', BAND],
  FloorDiv: [' // ', TERM],
  Pow: [' ** ', POWER],
};

const COMPARE: Readonly<Record<CmpOperator, string>> = {
  Eq: ' == ',
  NotEq: ' != ',
  Lt: ' < ',
  LtE: ' <= ',
  Gt: ' > ',
  GtE: ' >= ',
  Is: ' is ',
  IsNot: ' is not ',
  In: ' in ',
  NotIn: ' not in ',
};

const UNARY = { Invert: ['~', FACTOR], Not: ['not ', NOT], UAdd: ['+', FACTOR], USub: ['-', FACTOR] } as const;

function parenthesized(text: string, needed: boolean): string {
  return needed ? `(${text})` : text;
}

function list(exprs: Expr[], level: number): string {
  return exprs.map((e) => write(e, level)).join(', ');
}

/** A constant; infinity is written as a literal that overflows. */
function constant(c: ConstValue): string {
  if (c.t === 'ellipsis') return '...';
  if (c.t === 'float' || c.t === 'complex') return reprConstant(c).replaceAll('inf', '1e309');
  if (c.t === 'tuple') return `(${c.v.map(reprConstant).join(', ')}${c.v.length === 1 ? ',' : ''})`;
  return reprConstant(c);
}

function boolOp(e: BoolOp, level: number): string {
  const own = e.op === 'And' ? AND : OR;
  const text = e.values.map((value) => write(value, own + 1)).join(e.op === 'And' ? ' and ' : ' or ');
  return parenthesized(text, level > own);
}

function binOp(e: BinOp, level: number): string {
  const [sign, own] = BINARY[e.op];
  const right = e.op === 'Pow';
  const text = write(e.left, right ? own + 1 : own) + sign + write(e.right, right ? own : own + 1);
  return parenthesized(text, level > own);
}

function unaryOp(e: UnaryOp, level: number): string {
  const [sign, own] = UNARY[e.op];
  return parenthesized(sign + write(e.operand, own), level > own);
}

function argument(a: Arg): string {
  return a.annotation ? `${a.arg}: ${write(a.annotation, TEST)}` : a.arg;
}

function parameters(args: Arguments): string {
  const parts: string[] = [];
  const positional = [...args.posonlyargs, ...args.args];
  const withoutDefault = positional.length - args.defaults.length;
  positional.forEach((a, i) => {
    let text = argument(a);
    if (i >= withoutDefault) text += `=${write(args.defaults[i - withoutDefault]!, TEST)}`;
    parts.push(text);
    if (i + 1 === args.posonlyargs.length) parts.push('/');
  });
  if (args.vararg || args.kwonlyargs.length) parts.push(args.vararg ? `*${argument(args.vararg)}` : '*');
  args.kwonlyargs.forEach((a, i) => {
    const value = args.kw_defaults[i];
    parts.push(value ? `${argument(a)}=${write(value, TEST)}` : argument(a));
  });
  if (args.kwarg) parts.push(`**${argument(args.kwarg)}`);
  return parts.join(', ');
}

function lambda(e: Lambda, level: number): string {
  const hasPositional = e.args.args.length + e.args.posonlyargs.length > 0;
  const text = `${hasPositional ? 'lambda ' : 'lambda'}${parameters(e.args)}: ${write(e.body, TEST)}`;
  return parenthesized(text, level > TEST);
}

function generators(list: Comprehension[]): string {
  return list
    .map((g) => {
      const ifs = g.ifs.map((test) => ` if ${write(test, TEST + 1)}`).join('');
      return `${g.is_async ? ' async for ' : ' for '}${write(g.target, TUPLE)} in ${write(g.iter, TEST + 1)}${ifs}`;
    })
    .join('');
}

function call(e: Call): string {
  const func = write(e.func, ATOM);
  if (e.args.length === 1 && e.keywords.length === 0 && e.args[0]!.kind === 'GeneratorExp') {
    return func + write(e.args[0]!, TEST);
  }
  const args = e.args.map((arg) => write(arg, TEST));
  for (const { arg, value } of e.keywords) args.push((arg === null ? '**' : `${arg}=`) + write(value, TEST));
  return `${func}(${args.join(', ')})`;
}

// f-strings and t-strings: the body is built as text, and written as the repr of a string.

function pointsOf(text: string): number[] {
  return Array.from(text, (ch) => ch.codePointAt(0)!);
}

const OPEN = 123;
const CLOSE = 125;

function literalPart(c: ConstValue): number[] {
  if (c.t !== 'str') return [];
  const points = c.points ?? pointsOf(c.v);
  return points.flatMap((p) => (p === OPEN || p === CLOSE ? [p, p] : [p]));
}

function formatPart(e: Expr): number[] {
  switch (e.kind) {
    case 'Constant':
      return literalPart(e.value);
    case 'JoinedStr':
    case 'TemplateStr':
      return e.values.flatMap(formatPart);
    case 'FormattedValue':
      return field(e, pointsOf(write(e.value, TEST + 1)));
    case 'Interpolation':
      return field(e, e.str.t === 'str' ? (e.str.points ?? pointsOf(e.str.v)) : []);
    default:
      throw new PySyntaxError('SystemError', 'unknown expression kind inside f-string or t-string');
  }
}

function field(e: FormattedValue | Interpolation, value: number[]): number[] {
  // A brace at the start would read as an escaped one.
  const points = [OPEN, ...(value[0] === OPEN ? [32] : []), ...value];
  if (e.conversion > 0) points.push(33, e.conversion);
  if (e.format_spec) points.push(58, ...formatPart(e.format_spec));
  points.push(CLOSE);
  return points;
}

function formatString(prefix: string, e: JoinedStr | TemplateStr): string {
  return prefix + reprConstant(stringOf(e.values.flatMap(formatPart)));
}

function write(e: Expr, level: number): string {
  switch (e.kind) {
    case 'BoolOp':
      return boolOp(e, level);
    case 'BinOp':
      return binOp(e, level);
    case 'UnaryOp':
      return unaryOp(e, level);
    case 'Lambda':
      return lambda(e, level);
    case 'IfExp': {
      const text = `${write(e.body, TEST + 1)} if ${write(e.test, TEST + 1)} else ${write(e.orelse, TEST)}`;
      return parenthesized(text, level > TEST);
    }
    case 'Dict': {
      const items = e.values.map((value, i) => {
        const key = e.keys[i];
        return key ? `${write(key, TEST)}: ${write(value, TEST)}` : `**${write(value, EXPR)}`;
      });
      return `{${items.join(', ')}}`;
    }
    case 'Set':
      return `{${list(e.elts, TEST)}}`;
    case 'GeneratorExp':
      return `(${write(e.elt, TEST)}${generators(e.generators)})`;
    case 'ListComp':
      return `[${write(e.elt, TEST)}${generators(e.generators)}]`;
    case 'SetComp':
      return `{${write(e.elt, TEST)}${generators(e.generators)}}`;
    case 'DictComp':
      return `{${write(e.key, TEST)}: ${write(e.value, TEST)}${generators(e.generators)}}`;
    case 'Yield':
      return e.value ? `(yield ${write(e.value, TEST)})` : '(yield)';
    case 'YieldFrom':
      return `(yield from ${write(e.value, TEST)})`;
    case 'Await':
      return parenthesized(`await ${write(e.value, ATOM)}`, level > AWAIT);
    case 'Compare': {
      const rest = e.comparators.map((other, i) => COMPARE[e.ops[i]!] + write(other, CMP + 1));
      return parenthesized(write(e.left, CMP + 1) + rest.join(''), level > CMP);
    }
    case 'Call':
      return call(e);
    case 'Constant':
      return constant(e.value);
    case 'JoinedStr':
      return formatString('f', e);
    case 'TemplateStr':
      return formatString('t', e);
    case 'FormattedValue':
    case 'Interpolation': {
      const body = stringOf(formatPart(e));
      return body.t === 'str' ? body.v : '';
    }
    case 'Attribute': {
      // An integer needs a space before the dot.
      const space = e.value.kind === 'Constant' && e.value.value.t === 'int' ? ' ' : '';
      return `${write(e.value, ATOM)}${space}.${e.attr}`;
    }
    case 'Subscript':
      return `${write(e.value, ATOM)}[${write(e.slice, TUPLE)}]`;
    case 'Starred':
      return `*${write(e.value, EXPR)}`;
    case 'Slice': {
      const text = `${e.lower ? write(e.lower, TEST) : ''}:${e.upper ? write(e.upper, TEST) : ''}`;
      return e.step ? `${text}:${write(e.step, TEST)}` : text;
    }
    case 'Name':
      return e.id;
    case 'List':
      return `[${list(e.elts, TEST)}]`;
    case 'Tuple':
      if (e.elts.length === 0) return '()';
      return parenthesized(list(e.elts, TEST) + (e.elts.length === 1 ? ',' : ''), level > TUPLE);
    case 'NamedExpr':
      return parenthesized(`${write(e.target, ATOM)}:=${write(e.value, ATOM)}`, level > TUPLE);
  }
}

/** The source of the expression, as a string constant. */
export function unparse(e: Expr): ConstValue {
  return { t: 'str', v: write(e, TEST) };
}
