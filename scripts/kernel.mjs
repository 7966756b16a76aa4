// What does the build do with the functions that are marked 'use wasm'?  Invariant: kernel.wasm belongs to the runtime.cjs beside it: the
// addresses in it are those that the bundle's modules took when they were evaluated, which are the same at every start.

import { createRequire } from 'node:module';
import { parseAst } from 'rolldown/parseAst';
import { compileKernel } from './kernel_compiler.mjs';

const MB = 1024 * 1024;

/**
 * Evaluates the bundle's modules and answers questions about their names.
 * @param {string} code @param {number} heapSize @returns {(name: string) => unknown}
 */
function evaluated(code, heapSize) {
  Object.assign(globalThis, { vivariumConfig: { heapSize } });
  /** @type {{ ask?: (name: string) => unknown }} */
  const exports = {};
  const run = new Function('exports', 'require', `${code}\nexports.ask = (name) => eval(name);`);
  run(exports, createRequire(import.meta.url));
  if (exports.ask === undefined) throw new Error('kernel: the bundle cannot be asked');
  return exports.ask;
}

/**
 * The kernel of a bundle, and what is to be appended to the bundle so that it can be instantiated.
 * @param {string} code the bundle
 * @returns {{ wasm: Uint8Array, epilogue: string }}
 */
export function buildKernel(code) {
  const program = parseAst(code, { lang: 'js', sourceType: 'script' });
  /** @type {Set<string>} */
  const constants = new Set();
  for (const n of program.body)
    if (n.type === 'VariableDeclaration' && n.kind === 'const')
      for (const d of n.declarations) {
        if (d.id.type === 'Identifier') constants.add(d.id.name);
        else if (d.id.type === 'ObjectPattern')
          for (const p of d.id.properties)
            if (p.type === 'Property' && p.value.type === 'Identifier') constants.add(p.value.name);
      }
  const ask = evaluated(code, 64 * MB);
  const askOther = evaluated(code, 128 * MB);
  /** @type {Map<string, number | boolean | 'varies' | undefined>} */
  const answers = new Map();
  const evaluate = (/** @type {string} */ name) => {
    if (!answers.has(name)) {
      const value = constants.has(name) ? ask(name) : undefined;
      const isNumber = typeof value === 'number' || typeof value === 'boolean';
      answers.set(name, !isNumber ? undefined : value === askOther(name) ? value : 'varies');
    }
    return answers.get(name);
  };
  const { wasm, imports, globals, exported } = compileKernel({
    program: /** @type {any} */ (program),
    source: code,
    evaluate,
  });
  return {
    wasm,
    epilogue: [
      `exports.kernelImports = { memory: { memory }, global: { ${globals.join(', ')} }, js: { ${imports.join(', ')} } };`,
      // From then on JavaScript, too, calls the compiled functions.
      `exports.useKernel = (kernel) => {\n  ${exported.join('\n  ')}\n};\n`,
    ].join('\n'),
  };
}
