// How are the tokens of a wrong program read a second time, to find out what is wrong with it?
//
// CPython words its syntax errors by trying, in the order of its PEG grammar, further alternatives that describe mistakes. To give the same
// message at the same place for the same program, the diagnosis tries alternatives in that order as well, with the same look-ahead and the
// same remembered results. It is only run on programs that the parser has refused, so it is written for exactness, not for speed.
//
// Invariant: a rule is a function of a Diagnosis; it returns a Node (or true) with the tokens it matched consumed, or null (or false) with
// `pos` where it was. `far` is the furthest token looked at: errors without a place of their own are reported there. A rule that
// recognizes a mistake throws the PySyntaxError.

import { type Parser, tooComplex } from './parser_state.js';
import * as T from './tokens.js';

/** Thrown when a rule looks at the token at which tokenization failed. */
export const TOKEN_FAILED: unique symbol = Symbol('tokenizer error');

/** What a rule has matched: the kind of syntax-tree node (or what else it is), the tokens, and the parts that later rules ask for. */
export interface Node {
  kind: string;
  first: number;
  last: number;
  items: Node[];
  /** For a Compare: is its first operator `in`? For a call's arguments: is there a `**`? For a literal: is it bytes? */
  flag: boolean;
}

export type Rule = (d: Diagnosis) => Node | null;

interface Remembered {
  node: Node | null;
  end: number;
}

const MAX_DEPTH = 6000;

export class Diagnosis {
  readonly p: Parser;
  readonly kind: Uint8Array;
  readonly aux: Int32Array;
  readonly names: string[];
  readonly level: Uint8Array;
  readonly count: number;
  pos = 0;
  far = -1;
  /** Are the alternatives that describe mistakes on? They are off in the first run, which only finds how far the tokens make sense. */
  explain = false;
  private depth = 0;
  private memo: Map<number, Remembered>[] = [];

  constructor(p: Parser) {
    this.p = p;
    p.quiet = true;
    this.kind = p.kind;
    this.aux = p.aux;
    this.names = p.names;
    this.level = p.tokens.level;
    this.count = p.tokens.count;
  }

  /** Goes back to the start for the second run. */
  restart(): void {
    this.memo = [];
    this.pos = 0;
    this.depth = 0;
    this.explain = true;
  }

  // ---- Tokens ----

  /** The kind of the next token, which counts as looked at. */
  peek(): number {
    const { pos } = this;
    if (pos > this.far) {
      if (pos >= this.count) return T.ENDMARKER;
      this.far = pos;
      if (this.kind[pos] === T.ERRORTOKEN) throw TOKEN_FAILED;
    }
    return this.kind[pos];
  }

  tok(kind: number): boolean {
    if (this.peek() !== kind) return false;
    this.pos++;
    return true;
  }

  /** As `tok`, for when the token's place is wanted. */
  token(kind: number): Node | null {
    const s = this.pos;
    return this.tok(kind) ? this.node('token', s) : null;
  }

  /** One of several tokens. */
  anyOf(...kinds: number[]): Node | null {
    const s = this.pos;
    if (!kinds.includes(this.peek())) return null;
    this.pos++;
    return this.node('token', s);
  }

  /** A NAME. */
  name(): Node | null {
    const s = this.pos;
    return this.tok(T.NAME) ? this.node('Name', s) : null;
  }

  /** A soft keyword. */
  soft(index: number): boolean {
    if (this.peek() !== T.NAME || this.aux[this.pos] !== index) return false;
    this.pos++;
    return true;
  }

  /** Is the next token of this kind? (Positive and negative look-ahead for one token.) */
  at(...kinds: number[]): boolean {
    return kinds.includes(this.peek());
  }

  /** Could this be matched here? Nothing is consumed. */
  ahead(test: () => unknown): boolean {
    const s = this.pos;
    const result = test();
    this.pos = s;
    return result !== null && result !== false && result !== undefined;
  }

  /** Tries an alternative: if it fails, `pos` is put back. */
  attempt<R extends Node | boolean | null>(test: () => R): R | null {
    const s = this.pos;
    const result = test();
    if (result === null || result === false) {
      this.pos = s;
      return null;
    }
    return result;
  }

  // ---- Repetition ----

  /** Zero or more. */
  many(rule: () => Node | boolean | null): number {
    let n = 0;
    for (;;) {
      const s = this.pos;
      const result = rule();
      if (result === null || result === false) {
        this.pos = s;
        return n;
      }
      n++;
    }
  }

  /** One or more, with commas between: null if there is none. */
  list(rule: () => Node | boolean | null): Node[] | null {
    const out: Node[] = [];
    const s = this.pos;
    let end = s;
    for (;;) {
      const at = this.pos;
      const result = rule();
      if (result === null || result === false) break;
      out.push(result === true ? this.node('item', at) : result);
      end = this.pos;
      if (!this.tok(T.COMMA)) break;
    }
    this.pos = end;
    return out.length > 0 ? out : null;
  }

  // ---- Nodes and memory ----

  node(kind: string, first: number, items: Node[] = [], flag = false): Node {
    return { kind, first, last: this.pos - 1, items, flag };
  }

  /** A rule whose results are remembered by the place where it was tried. */
  remember(rule: number, run: () => Node | null): Node | null {
    const s = this.pos;
    let table = this.memo[rule];
    if (table === undefined) {
      table = new Map();
      this.memo[rule] = table;
    }
    const known = table.get(s);
    if (known !== undefined) {
      this.pos = known.end;
      return known.node;
    }
    if (++this.depth > MAX_DEPTH) {
      throw tooComplex();
    }
    const node = run();
    this.depth--;
    if (node === null) this.pos = s;
    table.set(s, { node, end: this.pos });
    return node;
  }

  /** Runs a rule with the alternatives that describe mistakes off. */
  quietly<R>(run: () => R): R {
    const saved = this.explain;
    this.explain = false;
    const result = run();
    this.explain = saved;
    return result;
  }

  // ---- Errors ----

  /** Over everything from the first token of one node to the last of another. */
  raiseRange(first: Node, last: Node, msg: string): never {
    this.p.pos = this.far;
    return this.p.raiseRange(first.first, last.last, msg);
  }

  raiseAt(node: Node, msg: string): never {
    return this.raiseRange(node, node, msg);
  }

  /** At the furthest token looked at. */
  raise(msg: string): never {
    this.p.pos = this.far;
    return this.p.raiseOnToken(this.far, msg);
  }

  /** At the next token. */
  raiseNext(msg: string): never {
    this.peek();
    this.p.pos = this.far;
    return this.p.raiseOnToken(this.pos, msg);
  }

  /** From a node to where the tokenizer stands. */
  raiseFrom(node: Node, msg: string): never {
    const { p, far } = this;
    p.pos = far;
    const error = p.makeError(msg, p.line[node.first], p.col[node.first], p.line[node.first], p.col[node.first]);
    error.end_lineno = p.eline[far];
    const lineStart = p.tokens.lineStarts[p.eline[far] - 1];
    error.end_offset = Array.from(p.source.slice(lineStart, p.tokens.cursorAfter(far))).length;
    throw error;
  }

  indentationError(msg: string): never {
    this.p.pos = this.far;
    throw this.p.errorOnToken(this.far, msg, 'IndentationError');
  }

  /** The line of a token. */
  line(node: Node): number {
    return this.p.line[node.first];
  }
}

// ---- What a node is called, and whether it can be assigned to ----

const NAMES: Readonly<Record<string, string>> = {
  Attribute: 'attribute',
  Subscript: 'subscript',
  Starred: 'starred',
  Name: 'name',
  List: 'list',
  Tuple: 'tuple',
  Lambda: 'lambda',
  Call: 'function call',
  BoolOp: 'expression',
  BinOp: 'expression',
  UnaryOp: 'expression',
  GeneratorExp: 'generator expression',
  Yield: 'yield expression',
  Await: 'await expression',
  ListComp: 'list comprehension',
  SetComp: 'set comprehension',
  DictComp: 'dict comprehension',
  Dict: 'dict literal',
  Set: 'set display',
  JoinedStr: 'f-string expression',
  TemplateStr: 't-string expression',
  Literal: 'literal',
  True: 'True',
  False: 'False',
  None: 'None',
  Ellipsis: 'ellipsis',
  Compare: 'comparison',
  IfExp: 'conditional expression',
  NamedExpr: 'named expression',
};

/** How messages call an expression. */
export function exprName(node: Node): string {
  return NAMES[node.kind] ?? 'expression';
}

export type TargetKind = 'star' | 'del' | 'for';

/** The first part of an expression that cannot be a target, or null. */
function invalidTarget(node: Node, targets: TargetKind): Node | null {
  switch (node.kind) {
    case 'List':
    case 'Tuple':
      for (const item of node.items) {
        const bad = invalidTarget(item, targets);
        if (bad !== null) return bad;
      }
      return null;
    case 'Starred':
      return targets === 'del' ? node : invalidTarget(node.items[0], targets);
    case 'Compare':
      // In `for a in b`, `a in b` has been taken for a comparison.
      if (targets !== 'for') return node;
      return node.flag ? invalidTarget(node.items[0], targets) : null;
    case 'Name':
    case 'Subscript':
    case 'Attribute':
      return null;
    default:
      return node;
  }
}

/** Complains if the expression cannot be a target. */
export function checkTarget(d: Diagnosis, node: Node, targets: TargetKind): null {
  const bad = invalidTarget(node, targets);
  if (bad === null) return null;
  return d.raiseAt(bad, `cannot ${targets === 'del' ? 'delete' : 'assign to'} ${exprName(bad)}`);
}
