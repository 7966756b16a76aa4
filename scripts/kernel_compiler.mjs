// How do the hottest functions of the runtime become WebAssembly?
//
// Invariant: a function that begins with the directive 'use wasm' means the same in JavaScript and here, as long as it keeps these rules
// (what breaks one that can be seen is refused with its place):
//   - values are 32-bit integers, or floating-point numbers where an operand is one; booleans are 0 and 1;
//   - `+` and `-` of integers stay in 32 bits (they wrap); `*` and `/` are floating-point unless `| 0`, `>>` or Math.imul makes an int, or
//     the product of an integer and a constant of at most LARGEST_SIZE is added to one (an index times a size: an address);
//   - `x >>> 0` is only compared, and with what is not negative;
//   - the heap is read and written through the views H8 … HF64, and `H32[(p + k) >> 2]` is only written of an aligned p + k;
//   - names of the module are functions and constant numbers (static addresses are constant: src/memory/linear.ts).
// The directive makes no function special in JavaScript: the tests run it there.  A function without the directive is called as it is.
// JavaScript calls the compiled form only of a function marked 'use wasm always' (one that runs long: to call a short one costs more than
// it does).
//
// The input is the bundle's syntax tree: types are gone, names are unique, defines are decided.

import { encodeModule, float64, OP, signed, typeByte, unsigned } from './wasm_encode.mjs';

/** @typedef {import('./wasm_encode.mjs').Type} Type */
/** @typedef {import('./wasm_encode.mjs').Signature} Signature */
/** A node of the ESTree; what it holds is looked at by `type`. @typedef {Record<string, any> & { type: string, start: number }} Node */
/** Code that leaves a value of type `t`; `bits`: of a constant beyond 2**31, as an int. @typedef {{ t: Type, code: number[], bits?: number }} Value */
/** A local variable of the source. @typedef {{ index: number, t: Type, key: string }} Local */
/** What `break`, `continue` and `return` reach. @typedef {{ breaks: string[] | null, continues: string[] | null, returns: boolean }} Label */

/** How a view of the heap is read and written: log2 of the element's size, the opcodes, the type of the value. */
const VIEWS = /** @type {Record<string, { shift: number, load: number, store: number, t: Type }>} */ ({
  H8: { shift: 0, load: OP.i32_load8_u, store: OP.i32_store8, t: 'i32' },
  HS8: { shift: 0, load: OP.i32_load8_s, store: OP.i32_store8, t: 'i32' },
  H16: { shift: 1, load: OP.i32_load16_u, store: OP.i32_store16, t: 'i32' },
  HS16: { shift: 1, load: OP.i32_load16_s, store: OP.i32_store16, t: 'i32' },
  H32: { shift: 2, load: OP.i32_load, store: OP.i32_store, t: 'i32' },
  HF64: { shift: 3, load: OP.f64_load, store: OP.f64_store, t: 'f64' },
});

const INT_OPS = /** @type {Record<string, number>} */ ({
  '+': OP.i32_add,
  '-': OP.i32_sub,
  '%': OP.i32_rem_s,
  '&': OP.i32_and,
  '|': OP.i32_or,
  '^': OP.i32_xor,
  '<<': OP.i32_shl,
  '>>': OP.i32_shr_s,
  '>>>': OP.i32_shr_u,
  '===': OP.i32_eq,
  '!==': OP.i32_ne,
  '==': OP.i32_eq,
  '!=': OP.i32_ne,
  '<': OP.i32_lt_s,
  '>': OP.i32_gt_s,
  '<=': OP.i32_le_s,
  '>=': OP.i32_ge_s,
});
const UNSIGNED_COMPARE = /** @type {Record<string, number>} */ ({
  '<': OP.i32_lt_u,
  '>': OP.i32_gt_u,
  '<=': OP.i32_le_u,
  '>=': OP.i32_ge_u,
});
const FLOAT_OPS = /** @type {Record<string, number>} */ ({
  '+': OP.f64_add,
  '-': OP.f64_sub,
  '*': OP.f64_mul,
  '/': OP.f64_div,
  '===': OP.f64_eq,
  '!==': OP.f64_ne,
  '==': OP.f64_eq,
  '!=': OP.f64_ne,
  '<': OP.f64_lt,
  '>': OP.f64_gt,
  '<=': OP.f64_le,
  '>=': OP.f64_ge,
});
const COMPARES = new Set(['===', '!==', '==', '!=', '<', '>', '<=', '>=']);
const MATH = /** @type {Record<string, number>} */ ({
  abs: OP.f64_abs,
  ceil: OP.f64_ceil,
  floor: OP.f64_floor,
  trunc: OP.f64_trunc,
  sqrt: OP.f64_sqrt,
});
/** The largest constant by which an index is multiplied in an address. */
const LARGEST_SIZE = 64;
/** A function of at most so many nodes that has no loop is compiled into its callers. */
const INLINE_NODES = 60;

/** What a function's directive says. @param {Node} fn @returns {'no' | 'use wasm' | 'use wasm always'} */
function marked(fn) {
  const directive = fn.body.body[0]?.directive;
  return directive === 'use wasm' || directive === 'use wasm always' ? directive : 'no';
}

/** Whether what a function returns is true or false, for JavaScript. @param {Node} fn */
function returnsBoolean(fn) {
  let found = false;
  walk(fn.body, (n) => {
    const e = n.type === 'ReturnStatement' ? n.argument : null;
    if (e === null) return;
    if (e.type === 'Literal' && typeof e.value === 'boolean') found = true;
    if (e.type === 'BinaryExpression' && COMPARES.has(e.operator)) found = true;
    if (e.type === 'LogicalExpression' || (e.type === 'UnaryExpression' && e.operator === '!')) found = true;
  });
  return found;
}

/** @param {unknown} node @param {(n: Node) => void} visit */
function walk(node, visit) {
  if (Array.isArray(node)) for (const n of node) walk(n, visit);
  else if (node !== null && typeof node === 'object') {
    if ('type' in node && typeof node.type === 'string') visit(/** @type {Node} */ (node));
    for (const value of Object.values(node)) if (typeof value === 'object') walk(value, visit);
  }
}

/**
 * Compiles the marked functions of a bundle.
 * @param {{ program: Node, source: string, evaluate: (name: string) => (number | boolean | 'varies' | undefined) }} input
 *   `evaluate` tells the value of a name of the module; 'varies' if it depends on the size of the heap
 * @returns {{ wasm: Uint8Array, imports: string[], globals: string[], exported: string[] }} the JavaScript functions and the numbers that
 *   an instance needs, and how JavaScript takes functions from the instance's exports, `kernel`
 */
export function compileKernel({ program, source, evaluate }) {
  /** @type {Map<string, Node>} */
  const top = new Map();
  for (const n of program.body) if (n.type === 'FunctionDeclaration') top.set(n.id.name, n);

  /** @type {Map<string, { node: Node, params: Type[], result: Type | null, inline: boolean }>} */
  const kernel = new Map();
  for (const [name, node] of top) {
    const mark = marked(node);
    if (mark === 'no') continue;
    let nodes = 0;
    let simple = mark === 'use wasm';
    walk(node.body, (n) => {
      nodes++;
      if (/^(For|While|DoWhile|Switch)/.test(n.type)) simple = false;
      if (n.type === 'CallExpression' && n.callee.name === name) simple = false;
    });
    kernel.set(name, {
      node,
      params: node.params.map(() => 'i32'),
      result: null,
      inline: simple && nodes <= INLINE_NODES,
    });
  }

  /** The types of variables, by the place of their declaration. @type {Map<string, Type>} */
  const variableTypes = new Map();
  /** Whether a type was widened: everything is then compiled again. */
  let widened = false;
  /** @type {Map<string, { index: number, name: string, signature: Signature }>} */
  const imports = new Map();
  /** @type {Map<string, number>} */
  const globals = new Map();
  /** Indices of functions that are not inlined, after those of the imports (which are known only after the first pass). */
  const order = [...kernel].filter(([, f]) => !f.inline).map(([name]) => name);

  /** @param {Node} node @param {string} message @returns {never} */
  function refuse(node, message) {
    const line = source.slice(0, node.start).split('\n').length;
    const text = source.slice(node.start, node.start + 60).split('\n')[0];
    throw new Error(`kernel: line ${line} of the bundle: ${message}: ${text}`);
  }

  /** @param {Type} a @param {Type} b @returns {Type} */
  const join = (a, b) => (a === 'f64' || b === 'f64' ? 'f64' : a === 'void' ? b : a);

  /** @param {Value} v @param {Type} t @returns {number[]} */
  function as(v, t) {
    if (v.t === t) return v.code;
    if (v.t === 'i32' && t === 'f64') return [...v.code, OP.f64_convert_i32_s];
    // A constant beyond 2**31 is a mask: its 32 bits are meant, where the conversion would give the greatest int.
    if (v.t === 'f64' && t === 'i32')
      return v.bits === undefined ? [...v.code, 0xfc, 2] : [OP.i32_const, ...signed(v.bits)];
    throw new Error(`kernel: a ${v.t} where a ${t} is wanted`);
  }

  /** @param {number} x @returns {Value} */
  function constant(x) {
    return Number.isInteger(x) && x === (x | 0) && !Object.is(x, -0)
      ? { t: 'i32', code: [OP.i32_const, ...signed(x)] }
      : {
          t: 'f64',
          code: [OP.f64_const, ...float64(x)],
          ...(Number.isInteger(x) && x > 0 && x < 2 ** 32 && { bits: x | 0 }),
        };
  }

  /** Compiles one function.  @param {string} functionName */
  function compileFunction(functionName) {
    const fn = kernel.get(functionName);
    if (fn === undefined) throw new Error(`kernel: no function ${functionName}`);
    /** @type {Type[]} */
    const locals = [];
    /** @type {Record<string, number[]>} */
    const free = { i32: [], f64: [] };
    /** @type {Map<string, Local>[]} */
    let scopes = [new Map()];
    /** @type {Label[]} */
    let labels = [];
    /** The function whose body is compiled: `functionName`, or one compiled into it. */
    let inside = functionName;

    /** @param {Type} t */
    function newIndex(t) {
      const kept = free[t].pop();
      if (kept !== undefined) return kept;
      locals.push(t);
      return /** @type {NonNullable<typeof fn>} */ (fn).params.length + locals.length - 1;
    }

    /** @template T @param {Type} t @param {(index: number) => T} use @returns {T} */
    function withTemporary(t, use) {
      const index = newIndex(t);
      const r = use(index);
      free[t].push(index);
      return r;
    }

    /** @param {string} name @param {string} key */
    function declare(name, key) {
      const t = variableTypes.get(key) ?? 'i32';
      const local = { index: newIndex(t), t, key };
      scopes[scopes.length - 1].set(name, local);
      return local;
    }

    /** @param {string} key @param {Type} t @param {Type} given */
    function widen(key, t, given) {
      if (given === 'f64' && t !== 'f64') {
        variableTypes.set(key, 'f64');
        widened = true;
      }
    }

    /** @param {() => number[]} body */
    function inScope(body) {
      scopes.push(new Map());
      const code = body();
      const scope = scopes.pop();
      for (const local of scope?.values() ?? []) if (local.index >= 0) free[local.t].push(local.index);
      return code;
    }

    /** @template T @param {Label} label @param {() => T} body @returns {T} */
    function labelled(label, body) {
      labels.push(label);
      const made = body();
      labels.pop();
      return made;
    }

    const plain = /** @returns {Label} */ () => ({ breaks: null, continues: null, returns: false });

    /** @param {string} name */
    function find(name) {
      for (let i = scopes.length - 1; i >= 0; i--) {
        const local = scopes[i].get(name);
        if (local !== undefined) return local;
      }
      return undefined;
    }

    /** The number that `node` always is, if that is known. @param {Node} node @returns {number | undefined} */
    function known(node) {
      if (node.type === 'Literal' && typeof node.value === 'number') return node.value;
      if (node.type === 'Literal' && typeof node.value === 'boolean') return Number(node.value);
      if (node.type === 'ParenthesizedExpression') return known(node.expression);
      if (node.type === 'Identifier' && find(node.name) === undefined) {
        const v = evaluate(node.name);
        return v === 'varies' || v === undefined ? undefined : Number(v);
      }
      if (node.type === 'UnaryExpression' && node.operator === '-') {
        const v = known(node.argument);
        return v === undefined ? undefined : -v;
      }
      if (node.type === 'UnaryExpression' && node.operator === '~') {
        const v = known(node.argument);
        return v === undefined ? undefined : ~v;
      }
      if (node.type === 'BinaryExpression') {
        const a = known(node.left);
        const b = a === undefined ? undefined : known(node.right);
        if (a === undefined || b === undefined) return undefined;
        switch (node.operator) {
          case '+':
            return a + b;
          case '-':
            return a - b;
          case '*':
            return a * b;
          case '<<':
            return a << b;
          case '>>':
            return a >> b;
          case '|':
            return a | b;
          case '&':
            return a & b;
        }
      }
      return undefined;
    }

    /** `node` as something and a constant to be added to it. @param {Node} node @returns {{ node: Node | null, add: number }} */
    function split(node) {
      if (node.type === 'ParenthesizedExpression') return split(node.expression);
      const whole = known(node);
      if (whole !== undefined) return { node: null, add: whole };
      if (node.type === 'BinaryExpression' && (node.operator === '+' || node.operator === '-')) {
        const right = known(node.right);
        if (right !== undefined) {
          const left = split(node.left);
          return { node: left.node, add: left.add + (node.operator === '+' ? right : -right) };
        }
        const left = node.operator === '+' ? known(node.left) : undefined;
        if (left !== undefined) {
          const rest = split(node.right);
          return { node: rest.node, add: rest.add + left };
        }
      }
      return { node, add: 0 };
    }

    /** The address of an element of a view: code that leaves its variable part, and the constant offset. @param {Node} member */
    function address(member) {
      const view = VIEWS[member.object.name];
      if (view === undefined || !member.computed) return refuse(member, 'only the views of the heap have elements');
      let index = member.property;
      while (index.type === 'ParenthesizedExpression') index = index.expression;
      let shift = view.shift;
      if (
        index.type === 'BinaryExpression' &&
        index.operator === '>>' &&
        shift > 0 &&
        known(index.right) === shift &&
        known(index) === undefined
      ) {
        shift = 0;
        index = index.left;
      }
      const { node, add } = split(index);
      const offset = add * 2 ** shift;
      if (node === null) return { view, code: [OP.i32_const, ...signed(offset)], offset: 0 };
      let code = as(expression(node), 'i32');
      if (shift > 0) code = [...code, OP.i32_const, shift, OP.i32_shl];
      if (offset < 0) return { view, code: [...code, OP.i32_const, ...signed(offset), OP.i32_add], offset: 0 };
      return { view, code, offset };
    }

    /** @param {{ shift: number, load: number }} view @param {number} offset */
    const load = (view, offset) => [view.load, view.shift, ...unsigned(offset)];
    /** @param {{ shift: number, store: number }} view @param {number} offset */
    const store = (view, offset) => [view.store, view.shift, ...unsigned(offset)];

    /** Code that leaves 0 or not 0. @param {Node} node @returns {number[]} */
    function condition(node) {
      const v = expression(node);
      return v.t === 'f64' ? [...v.code, OP.f64_const, ...float64(0), OP.f64_ne] : v.code;
    }

    /** @param {string} operator @param {Value} a @param {Value} b @param {Node} node @returns {Value} */
    function binary(operator, a, b, node) {
      const float = operator === '*' || operator === '/' || a.t === 'f64' || b.t === 'f64';
      if (float && FLOAT_OPS[operator] !== undefined)
        return {
          t: COMPARES.has(operator) ? 'i32' : 'f64',
          code: [...as(a, 'f64'), ...as(b, 'f64'), FLOAT_OPS[operator]],
        };
      const op = INT_OPS[operator];
      if (op === undefined || (float && operator === '%')) return refuse(node, `no operator ${operator} here`);
      return { t: 'i32', code: [...as(a, 'i32'), ...as(b, 'i32'), op] };
    }

    /** @param {Node} node */
    const isUnsigned = (node) => node.type === 'BinaryExpression' && node.operator === '>>>' && known(node.right) === 0;

    /** @param {Node} node @returns {Value} */
    function expression(node) {
      const fixed = known(node);
      if (fixed !== undefined) return constant(fixed);
      switch (node.type) {
        case 'ParenthesizedExpression':
          return expression(node.expression);
        case 'Identifier': {
          const local = find(node.name);
          if (local !== undefined) return { t: local.t, code: [OP.local_get, ...unsigned(local.index)] };
          if (evaluate(node.name) !== 'varies') return refuse(node, 'not a constant number');
          if (!globals.has(node.name)) globals.set(node.name, globals.size);
          return { t: 'i32', code: [OP.global_get, ...unsigned(globals.get(node.name) ?? 0)] };
        }
        case 'MemberExpression': {
          const { view, code, offset } = address(node);
          return { t: view.t, code: [...code, ...load(view, offset)] };
        }
        case 'BinaryExpression': {
          const { operator, left, right } = node;
          if ((isUnsigned(left) || isUnsigned(right)) && UNSIGNED_COMPARE[operator] !== undefined) {
            const a = as(expression(isUnsigned(left) ? left.left : left), 'i32');
            const b = as(expression(isUnsigned(right) ? right.left : right), 'i32');
            return { t: 'i32', code: [...a, ...b, UNSIGNED_COMPARE[operator]] };
          }
          if (isUnsigned(node)) return refuse(node, 'an unsigned number');
          // Only the low 32 bits of an integer product are asked for, or it fits.
          if (/^(\||>>|>>>|<<|&)$/.test(operator) && left.type === 'BinaryExpression' && left.operator === '*') {
            const a = expression(left.left);
            const b = expression(left.right);
            if (a.t === 'i32' && b.t === 'i32')
              return binary(operator, { t: 'i32', code: [...a.code, ...b.code, OP.i32_mul] }, expression(right), node);
          }
          if ((operator === '+' || operator === '-') && known(node) === undefined) {
            const size = (/** @type {Node} */ n) => Math.abs(known(n) ?? Number.POSITIVE_INFINITY) <= LARGEST_SIZE;
            const product = (/** @type {Node} */ n) =>
              n.type === 'BinaryExpression' && n.operator === '*' && (size(n.right) || size(n.left));
            const side = (/** @type {Node} */ n) => {
              if (!product(n)) return expression(n);
              const a = expression(n.left);
              const b = expression(n.right);
              return a.t === 'i32' && b.t === 'i32'
                ? /** @type {Value} */ ({ t: 'i32', code: [...a.code, ...b.code, OP.i32_mul] })
                : binary('*', a, b, n);
            };
            const a = side(left);
            return binary(operator, a, side(right), node);
          }
          const a = expression(left);
          return binary(operator, a, expression(right), node);
        }
        case 'LogicalExpression': {
          const a = expression(node.left);
          if (a.t !== 'i32') return refuse(node, 'only integers are joined');
          if (node.operator === '&&') {
            const b = labelled(plain(), () => as(expression(node.right), 'i32'));
            return { t: 'i32', code: [...a.code, OP.if, 0x7f, ...b, OP.else, OP.i32_const, 0, OP.end] };
          }
          if (node.operator !== '||') return refuse(node, 'no such operator');
          return withTemporary('i32', (at) => {
            const b = labelled(plain(), () => as(expression(node.right), 'i32'));
            const i = unsigned(at);
            return {
              t: 'i32',
              code: [...a.code, OP.local_tee, ...i, OP.if, 0x7f, OP.local_get, ...i, OP.else, ...b, OP.end],
            };
          });
        }
        case 'UnaryExpression': {
          if (node.operator === '!') return { t: 'i32', code: [...condition(node.argument), OP.i32_eqz] };
          const v = expression(node.argument);
          if (node.operator === '-')
            return v.t === 'f64'
              ? { t: 'f64', code: [...v.code, OP.f64_neg] }
              : { t: 'i32', code: [OP.i32_const, 0, ...v.code, OP.i32_sub] };
          if (node.operator === '~')
            return { t: 'i32', code: [...as(v, 'i32'), OP.i32_const, ...signed(-1), OP.i32_xor] };
          return refuse(node, 'no such operator');
        }
        case 'ConditionalExpression': {
          const test = known(node.test);
          if (test !== undefined) return expression(test !== 0 ? node.consequent : node.alternate);
          const c = condition(node.test);
          const a = labelled(plain(), () => expression(node.consequent));
          const b = labelled(plain(), () => expression(node.alternate));
          const t = join(a.t, b.t);
          return { t, code: [...c, OP.if, typeByte(t), ...as(a, t), OP.else, ...as(b, t), OP.end] };
        }
        case 'AssignmentExpression':
          return assign(node, true);
        case 'UpdateExpression':
          return update(node, true);
        case 'CallExpression': {
          const v = call(node, true);
          if (v.t === 'void') return refuse(node, 'gives nothing');
          return v;
        }
        case 'SequenceExpression': {
          /** @type {number[]} */
          const code = [];
          for (const e of node.expressions.slice(0, -1)) code.push(...effect(e));
          const last = expression(node.expressions[node.expressions.length - 1]);
          return { t: last.t, code: [...code, ...last.code] };
        }
      }
      return refuse(node, `no ${node.type} here`);
    }

    /** Code that leaves nothing. @param {Node} node @returns {number[]} */
    function effect(node) {
      switch (node.type) {
        case 'ParenthesizedExpression':
          return effect(node.expression);
        case 'AssignmentExpression':
          return assign(node, false).code;
        case 'UpdateExpression':
          return update(node, false).code;
        case 'CallExpression': {
          const v = call(node, false);
          return v.t === 'void' ? v.code : [...v.code, OP.drop];
        }
        case 'LogicalExpression': {
          const test = condition(node.left);
          const then = labelled(plain(), () => effect(node.right));
          return [...test, ...(node.operator === '||' ? [OP.i32_eqz] : []), OP.if, 0x40, ...then, OP.end];
        }
        case 'ConditionalExpression': {
          const test = condition(node.test);
          const then = labelled(plain(), () => effect(node.consequent));
          return [...test, OP.if, 0x40, ...then, OP.else, ...labelled(plain(), () => effect(node.alternate)), OP.end];
        }
      }
      return [...expression(node).code, OP.drop];
    }

    /** @param {Node} node @param {boolean} wanted whether the value is used @returns {Value} */
    function assign(node, wanted) {
      const { left, right } = node;
      const operator = node.operator.slice(0, -1);
      if (left.type === 'Identifier') {
        const local = find(left.name);
        if (local === undefined) return refuse(node, 'only local variables are assigned to');
        let v = expression(right);
        if (operator !== '')
          v = binary(operator, { t: local.t, code: [OP.local_get, ...unsigned(local.index)] }, v, node);
        widen(local.key, local.t, v.t);
        const code = as(v, local.t);
        return wanted
          ? { t: local.t, code: [...code, OP.local_tee, ...unsigned(local.index)] }
          : { t: 'void', code: [...code, OP.local_set, ...unsigned(local.index)] };
      }
      if (left.type !== 'MemberExpression') return refuse(node, 'no such target');
      const { view, code, offset } = address(left);
      if (operator === '' && !wanted)
        return { t: 'void', code: [...code, ...as(expression(right), view.t), ...store(view, offset)] };
      return withTemporary('i32', (at) =>
        withTemporary(view.t, (kept) => {
          let v = expression(right);
          const p = [OP.local_get, ...unsigned(at)];
          if (operator !== '') v = binary(operator, { t: view.t, code: [...p, ...load(view, offset)] }, v, node);
          const value = as(v, view.t);
          return {
            t: wanted ? view.t : 'void',
            code: [
              ...code,
              OP.local_tee,
              ...unsigned(at),
              ...value,
              ...(wanted ? [OP.local_tee, ...unsigned(kept)] : []),
              ...store(view, offset),
              ...(wanted ? [OP.local_get, ...unsigned(kept)] : []),
            ],
          };
        }),
      );
    }

    /** @param {Node} node @param {boolean} wanted @returns {Value} */
    function update(node, wanted) {
      const op = [OP.i32_const, 1, node.operator === '++' ? OP.i32_add : OP.i32_sub];
      const target = node.argument;
      if (target.type === 'Identifier') {
        const local = find(target.name);
        if (local === undefined || local.t !== 'i32') return refuse(node, 'not a local integer');
        const i = unsigned(local.index);
        if (!wanted) return { t: 'void', code: [OP.local_get, ...i, ...op, OP.local_set, ...i] };
        if (node.prefix) return { t: 'i32', code: [OP.local_get, ...i, ...op, OP.local_tee, ...i] };
        return { t: 'i32', code: [OP.local_get, ...i, OP.local_get, ...i, ...op, OP.local_set, ...i] };
      }
      const { view, code, offset } = address(target);
      if (view.t !== 'i32') return refuse(node, 'not an integer');
      return withTemporary('i32', (at) =>
        withTemporary('i32', (kept) => {
          const p = [OP.local_get, ...unsigned(at)];
          const k = unsigned(kept);
          const start = [...code, OP.local_tee, ...unsigned(at), ...p, ...load(view, offset)];
          if (!wanted) return { t: 'void', code: [...start, ...op, ...store(view, offset)] };
          return {
            t: 'i32',
            code: node.prefix
              ? [...start, ...op, OP.local_tee, ...k, ...store(view, offset), OP.local_get, ...k]
              : [...start, OP.local_tee, ...k, ...op, ...store(view, offset), OP.local_get, ...k],
          };
        }),
      );
    }

    /** @param {Node} node @param {boolean} wanted @returns {Value} */
    function call(node, wanted) {
      const { callee } = node;
      const args = /** @type {Node[]} */ (node.arguments);
      if (callee.type === 'MemberExpression' && callee.object.name === 'Math') {
        const name = callee.property.name;
        if (name === 'imul')
          return {
            t: 'i32',
            code: [...as(expression(args[0]), 'i32'), ...as(expression(args[1]), 'i32'), OP.i32_mul],
          };
        if (name === 'clz32') return { t: 'i32', code: [...as(expression(args[0]), 'i32'), OP.i32_clz] };
        const op = MATH[name];
        if (op === undefined) return refuse(node, 'no such function of Math');
        return { t: 'f64', code: [...as(expression(args[0]), 'f64'), op] };
      }
      if (callee.type === 'MemberExpression' && callee.object.name === 'F') {
        // An entry of the function table (src/object/functable.ts): JavaScript calls it.
        const values = [callee.property, ...args].map(expression);
        const names = values.map((_, i) => `a${i}`);
        return callImport(`(${names.join()}) => F[a0](${names.slice(1).join()})`, values, wanted);
      }
      if (callee.type !== 'Identifier') return refuse(node, 'only functions of the module are called');
      const target = kernel.get(callee.name);
      if (target === undefined) {
        if (!top.has(callee.name)) return refuse(node, 'not a function of the module');
        const given = args.filter((a) => typeof a.value !== 'string');
        if (given.length === args.length) return callImport(callee.name, args.map(expression), wanted);
        // What is no number stays in JavaScript.
        const name = (/** @type {Node} */ a) => (given.includes(a) ? `a${given.indexOf(a)}` : JSON.stringify(a.value));
        const lambda = `(${given.map(name).join()}) => ${callee.name}(${args.map(name).join()})`;
        return callImport(lambda, given.map(expression), wanted);
      }
      if (target.inline) return inline(callee.name, args, node);
      const code = target.params.flatMap((t, i) => {
        const v = i < args.length ? expression(args[i]) : constant(0);
        if (v.t === 'f64' && t !== 'f64') {
          target.params[i] = 'f64';
          variableTypes.set(`${callee.name}:${i}`, 'f64');
          widened = true;
        }
        return as(v, target.params[i]);
      });
      if (target.result === null) widened = true;
      return {
        t: target.result ?? (wanted ? 'i32' : 'void'),
        code: [...code, OP.call, ...unsigned(imports.size + order.indexOf(callee.name))],
      };
    }

    /** Calls a JavaScript function. @param {string} name the text that names it @param {Value[]} values @param {boolean} wanted @returns {Value} */
    function callImport(name, values, wanted) {
      const signature = { params: values.map((v) => v.t), result: /** @type {Type} */ (wanted ? 'i32' : 'void') };
      const key = `${name}(${signature.params.join()})${signature.result}`;
      let found = imports.get(key);
      if (found === undefined) {
        found = { index: imports.size, name, signature };
        imports.set(key, found);
        widened = true;
      }
      return { t: signature.result, code: [...values.flatMap((v) => v.code), OP.call, ...unsigned(found.index)] };
    }

    /** The body of a small function in the place of its call.  @param {string} name @param {Node[]} args @param {Node} at @returns {Value} */
    function inline(name, args, at) {
      const target = kernel.get(name);
      if (target === undefined) return refuse(at, 'no such function');
      /** @type {Set<string>} */
      const assigned = new Set();
      walk(target.node.body, (n) => {
        if (n.type === 'AssignmentExpression' && n.left.type === 'Identifier') assigned.add(n.left.name);
        if (n.type === 'UpdateExpression' && n.argument.type === 'Identifier') assigned.add(n.argument.name);
      });
      /** @type {number[]} */
      const code = [];
      /** @type {Map<string, Local>} */
      const bound = new Map();
      /** @type {Local[]} */
      const owned = [];
      target.node.params.forEach((/** @type {Node} */ p, /** @type {number} */ i) => {
        const key = `${name}:${i}`;
        const given = i < args.length ? args[i] : null;
        const alias = given?.type === 'Identifier' ? find(given.name) : undefined;
        if (alias !== undefined && !assigned.has(p.name) && alias.t === (variableTypes.get(key) ?? 'i32')) {
          // Nothing in the body can change the caller's variable.
          bound.set(p.name, { ...alias, index: alias.index });
          return;
        }
        const v = given === null ? constant(0) : expression(given);
        widen(key, variableTypes.get(key) ?? 'i32', v.t);
        const t = variableTypes.get(key) ?? 'i32';
        const local = { index: newIndex(t), t, key };
        owned.push(local);
        bound.set(p.name, local);
        code.push(...as(v, t), OP.local_set, ...unsigned(local.index));
      });
      const saved = { scopes, labels, inside };
      scopes = [bound];
      labels = [...labels, { breaks: null, continues: null, returns: true }];
      inside = name;
      const body = inScope(() => target.node.body.body.flatMap((/** @type {Node} */ s) => statement(s)));
      ({ scopes, labels, inside } = saved);
      for (const local of owned) free[local.t].push(local.index);
      if (target.result === null) {
        target.result = 'void';
        walk(target.node.body, (n) => {
          if (n.type === 'ReturnStatement' && n.argument !== null && target.result === 'void') target.result = 'i32';
        });
        widened = true;
      }
      const t = target.result;
      return {
        t,
        code: [...code, OP.block, typeByte(t), ...body, ...(t === 'void' ? [] : [OP.unreachable]), OP.end],
      };
    }

    /** How many labels away the innermost label is for which `is` holds. @param {(l: Label) => boolean} is @param {Node} node */
    function distance(is, node) {
      for (let i = labels.length - 1; i >= 0; i--) {
        if (is(labels[i])) return unsigned(labels.length - 1 - i);
        // Beyond the body of an inlined function nothing is reached.
        if (labels[i].returns && inside !== functionName) break;
      }
      return refuse(node, 'leads nowhere');
    }

    /** @param {Node} node @param {string[]} names labels of the statement @returns {number[]} */
    function statement(node, names = []) {
      switch (node.type) {
        case 'EmptyStatement':
          return [];
        case 'ExpressionStatement':
          return node.directive === undefined || node.directive === null ? effect(node.expression) : [];
        case 'BlockStatement':
          return inScope(() => node.body.flatMap((/** @type {Node} */ s) => statement(s)));
        case 'VariableDeclaration':
          return node.declarations.flatMap((/** @type {Node} */ d) => {
            if (d.id.type !== 'Identifier') return refuse(d, 'only plain names are declared');
            const key = `${inside}@${d.start}`;
            const v = d.init === null ? constant(0) : expression(d.init);
            widen(key, variableTypes.get(key) ?? 'i32', v.t);
            const local = declare(d.id.name, key);
            return [...as(v, local.t), OP.local_set, ...unsigned(local.index)];
          });
        case 'IfStatement': {
          const test = known(node.test);
          if (test !== undefined) {
            if (test !== 0) return statement(node.consequent);
            return node.alternate === null ? [] : statement(node.alternate);
          }
          const code = [...condition(node.test), OP.if, 0x40];
          code.push(...labelled(plain(), () => statement(node.consequent)));
          if (node.alternate !== null) code.push(OP.else, ...labelled(plain(), () => statement(node.alternate)));
          return [...code, OP.end];
        }
        case 'LabeledStatement':
          return statement(node.body, [...names, node.label.name]);
        case 'ForStatement':
          return inScope(() => {
            /** @type {number[]} */
            let init = [];
            if (node.init !== null)
              init = node.init.type === 'VariableDeclaration' ? statement(node.init) : effect(node.init);
            return [...init, ...loop(node.test, node.update, node.body, names)];
          });
        case 'WhileStatement':
          return loop(node.test, null, node.body, names);
        case 'DoWhileStatement':
          return labelled({ ...plain(), breaks: ['', ...names] }, () => [
            OP.block,
            0x40,
            OP.loop,
            0x40,
            ...labelled(plain(), () => [
              OP.block,
              0x40,
              ...labelled({ ...plain(), continues: ['', ...names] }, () => statement(node.body)),
              OP.end,
              ...condition(node.test),
              OP.br_if,
              0,
            ]),
            OP.end,
            OP.end,
          ]);
        case 'SwitchStatement':
          return switchOf(node);
        case 'BreakStatement': {
          const name = node.label?.name ?? '';
          return [OP.br, ...distance((l) => l.breaks?.includes(name) === true, node)];
        }
        case 'ContinueStatement': {
          const name = node.label?.name ?? '';
          return [OP.br, ...distance((l) => l.continues?.includes(name) === true, node)];
        }
        case 'ReturnStatement': {
          const self = kernel.get(inside);
          if (self === undefined) return refuse(node, 'returns from nowhere');
          /** @type {number[]} */
          let code = [];
          if (node.argument !== null) {
            const v = expression(node.argument);
            const t = join(self.result ?? 'void', v.t);
            if (t !== self.result) {
              self.result = t;
              widened = true;
            }
            code = as(v, t);
          } else if (self.result === null) self.result = 'void';
          if (inside === functionName) return [...code, OP.return];
          return [...code, OP.br, ...distance((l) => l.returns, node)];
        }
      }
      return refuse(node, `no ${node.type} here`);
    }

    /** @param {Node | null} test @param {Node | null} step @param {Node} body @param {string[]} names */
    function loop(test, step, body, names) {
      const always = test === null || (known(test) ?? 0) !== 0;
      return labelled({ ...plain(), breaks: ['', ...names] }, () => {
        const own = { ...plain(), continues: ['', ...names] };
        const inner = labelled(step === null ? own : plain(), () => {
          const exit = always ? [] : [...condition(/** @type {Node} */ (test)), OP.i32_eqz, OP.br_if, 1];
          if (step === null) return [...exit, ...statement(body), OP.br, 0];
          const code = labelled(own, () => statement(body));
          return [...exit, OP.block, 0x40, ...code, OP.end, ...effect(step), OP.br, 0];
        });
        return [OP.block, 0x40, OP.loop, 0x40, ...inner, OP.end, OP.end];
      });
    }

    /** @param {Node} node */
    function switchOf(node) {
      /** What runs from one place on, and the values that lead there (null: all others). @type {{ values: (number | null)[], body: Node[] }[]} */
      const groups = [];
      /** @type {(number | null)[]} */
      let values = [];
      for (const c of node.cases) {
        const value = c.test === null ? null : known(c.test);
        if (value === undefined) return refuse(c, 'not a constant');
        values.push(value);
        if (c.consequent.length > 0) {
          groups.push({ values, body: c.consequent });
          values = [];
        }
      }
      if (values.length > 0) groups.push({ values, body: [] });
      const numbers = groups.flatMap((g) => g.values).filter((v) => v !== null);
      const low = Math.min(...numbers);
      const high = Math.max(...numbers);
      if (high - low > 1024) return refuse(node, 'the cases are too far apart');
      const n = groups.length;
      const other = groups.findIndex((g) => g.values.includes(null));
      return labelled({ ...plain(), breaks: [''] }, () => {
        /** Inside of group i's block the labels of the groups after it are around. @type {number[][]} */
        const bodies = [];
        for (let i = 0; i < n; i++) {
          for (let k = 0; k < n - 1 - i; k++) labels.push(plain());
          bodies.push(inScope(() => groups[i].body.flatMap((s) => statement(s))));
          labels.length -= n - 1 - i;
        }
        for (let k = 0; k < n; k++) labels.push(plain());
        const selector = as(expression(node.discriminant), 'i32');
        labels.length -= n;
        const table = [];
        for (let v = low; v <= high; v++) {
          const g = groups.findIndex((x) => x.values.includes(v));
          table.push(g >= 0 ? g : other >= 0 ? other : n);
        }
        const code = [OP.block, 0x40];
        for (let i = 0; i < n; i++) code.push(OP.block, 0x40);
        code.push(...selector);
        if (low !== 0) code.push(OP.i32_const, ...signed(low), OP.i32_sub);
        code.push(OP.br_table, ...unsigned(table.length), ...table.flatMap((i) => unsigned(i)));
        code.push(...unsigned(other >= 0 ? other : n));
        for (const body of bodies) {
          code.push(OP.end);
          for (const byte of body) code.push(byte);
        }
        return [...code, OP.end];
      });
    }

    /** @type {NonNullable<typeof fn>} */
    const self = fn;
    self.node.params.forEach((/** @type {Node} */ p, /** @type {number} */ i) => {
      if (p.type !== 'Identifier') refuse(p, 'only plain parameters');
      const key = `${functionName}:${i}`;
      if (variableTypes.get(key) === 'f64') self.params[i] = 'f64';
      scopes[0].set(p.name, { index: i, t: self.params[i], key });
    });
    const code = inScope(() => self.node.body.body.flatMap((/** @type {Node} */ s) => statement(s)));
    if (self.result === null) {
      self.result = 'void';
      widened = true;
    }
    if (self.result !== 'void') code.push(OP.unreachable);
    return { name: functionName, signature: { params: self.params, result: self.result }, locals, code };
  }

  let functions = order.map(compileFunction);
  for (let pass = 0; widened; pass++) {
    if (pass > 50) throw new Error('kernel: the types do not settle');
    widened = false;
    functions = order.map(compileFunction);
  }
  const list = [...imports.entries()];
  const always = [...top].filter(([, node]) => marked(node) === 'use wasm always');
  return {
    wasm: encodeModule({
      imports: list.map(([key, { signature }]) => ({ name: key, signature })),
      globals: [...globals.keys()],
      functions,
      exported: always.map(([name]) => name),
    }),
    imports: list.map(([key, f]) => `${JSON.stringify(key)}: ${f.name}`),
    globals: [...globals.keys()],
    exported: always.map(([name, node]) => {
      const names = node.params.map((/** @type {Node} */ p) => p.name).join();
      return returnsBoolean(node)
        ? `${name} = (${names}) => kernel.${name}(${names}) !== 0;`
        : `${name} = kernel.${name};`;
    }),
  };
}
