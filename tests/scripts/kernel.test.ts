// Does a function mean the same in JavaScript and compiled to WebAssembly?  Invariant: each snippet is run both ways, over the same heap,
// and both the results and the heap are compared.

import { parseAst } from 'rolldown/parseAst';
import { describe, expect, test } from 'vitest';
import { compileKernel } from '../../scripts/kernel_compiler.mjs';

const constants: Record<string, number | boolean | 'varies'> = { K: 12, BIG: 0x40000000, YES: true, SIZE: 'varies' };

/** Both forms of the function `f` of `source`, each with a heap of its own that starts as the other's. */
function both(source: string) {
  const code = source.replace(/\bfunction (\w+)\((.*?)\) \{/g, "function $1($2) {\n'use wasm always';");
  const program = parseAst(code, { lang: 'js', sourceType: 'script' }) as unknown as Parameters<
    typeof compileKernel
  >[0]['program'];
  const { wasm, imports, globals } = compileKernel({ program, source: code, evaluate: (name) => constants[name] });
  const make = () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const views = {
      memory,
      H8: new Uint8Array(memory.buffer),
      H16: new Uint16Array(memory.buffer),
      H32: new Int32Array(memory.buffer),
      HF64: new Float64Array(memory.buffer),
      F: [(a: number) => a + 1, (a: number, b: number) => a * b],
      K: 12,
      BIG: 0x40000000,
      YES: true,
      SIZE: 99,
    };
    for (let i = 0; i < 64; i++) views.H32[i] = i * 1103515245;
    return views;
  };
  const js = make();
  const names = Object.keys(js);
  const plain = new Function(...names, `${code}\nreturn f;`)(...Object.values(js)) as (...a: number[]) => unknown;
  const other = make();
  const given = new Function(
    ...names,
    `${code}\nreturn { memory: { memory }, global: { ${globals.join()} }, js: { ${imports.join()} } };`,
  )(...Object.values(other)) as WebAssembly.Imports;
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), given);
  const compiled = instance.exports['f'] as (...a: number[]) => unknown;
  return (...args: number[]) => {
    const expected = plain(...args);
    expect(compiled(...args)).toBe(typeof expected === 'boolean' ? Number(expected) : expected);
    expect([...other.H8.subarray(0, 1024)]).toEqual([...js.H8.subarray(0, 1024)]);
    return expected;
  };
}

describe('the same in both', () => {
  test('integers, comparisons, conditions', () => {
    const f = both(`function f(a, b) {
      let r = a < b ? a + b : a - b;
      if (a && b) r ^= 5; else if (a || b) r |= 256;
      r += (a === b) + (a !== b) * 2 | 0;
      return !r ? -1 : (r << 3) ^ (r >> 1) ^ (r >>> 3) ^ ~r ^ -a % 7;
    }`);
    for (const a of [0, 1, -1, 7, 1000, -123456]) for (const b of [0, 1, -9, 4242]) f(a, b);
  });

  test('floating point where a product is', () => {
    const f = both(`function f(a, b) {
      const p = a * b;
      if (p < 2147483647 && p > -2147483647) return p | 0;
      HF64[4] = p / 3;
      const whole = Math.floor(p / BIG);
      return whole - 1 | 0;
    }`);
    for (const a of [0, 3, -5, 1 << 29, -(1 << 28)]) for (const b of [1, -7, 1 << 30, (1 << 30) - 1]) f(a, b);
  });

  test('the heap: every view, offsets, updates in place, what an assignment gives', () => {
    const f = both(`function f(p, i) {
      H32[(p + 8) >> 2] = i;
      H32[(p >> 2) + i] += 3;
      H8[p + i] = H8[p + i + 1] + 1;
      H16[(p >> 1) + 40] = 70000 + i;
      let n = H32[(p + K) >> 2]++;
      n += --H32[p >> 2];
      let at = (p >> 2) + 20;
      H32[at++] = H32[at - 3] = n;
      return (H32[10] |= i) + at;
    }`);
    for (const p of [32, 64, 128]) for (const i of [0, 1, 2, 3]) f(p, i);
  });

  test('loops, labels, switches that fall through', () => {
    const f = both(`function f(n, k) {
      let sum = 0;
      outer: for (let i = 0; i < n; i++) {
        for (;;) {
          switch ((i + k) % 7) {
            case 0:
            case 1:
              sum += 1;
            case 2: {
              sum += 10;
              break;
            }
            case 4:
              continue outer;
            case 5:
              if (i > 15) break outer;
              sum += 100;
              break;
            default:
              sum += 1000;
          }
          break;
        }
        let j = i;
        while (j > 0) { j -= 3; if (j === 4) continue; sum ^= j; }
        do { j++; } while (j < 2);
        sum += j;
      }
      return sum;
    }`);
    for (let n = 0; n < 40; n += 3) for (let k = 0; k < 8; k++) f(n, k);
  });

  test('calls: compiled, through the function table, constants, what depends on the size of the heap', () => {
    const f = both(`
      function g(x, y) { return x > y ? x : h(y, x); }
      function h(x, y) { if (x > 100) return y; return g(x + 50, y) + 1; }
      function f(a, b) {
        const t = F[0](a) + F[1](a, b);
        return YES && a > K ? g(a, b) + t + SIZE : h(a, b) - BIG;
      }`);
    for (const a of [0, 5, 13, 90]) for (const b of [1, 20, 300]) f(a, b);
  });

  test('truth', () => {
    const f = both('function f(a, b) { return a > 3 && !(b === 2); }');
    for (const a of [3, 4]) for (const b of [2, 3]) f(a, b);
  });
});

describe('refused, with the place', () => {
  test.each([
    ['an object', 'function f(a) { return { a }; }', /ObjectExpression/],
    ['a name that is no constant', 'let changing = 1; function f() { return changing; }', /not a constant number/],
    ['an unsigned number', 'function f(a) { return a >>> 0; }', /unsigned/],
    ['a string', "function f() { return 'x'; }", /no Literal/],
    ['a method', 'function f(a) { return a.b(); }', /only functions of the module/],
  ])('%s', (_, source, message) => {
    expect(() => both(source)).toThrow(message);
  });
});
