// How is a build brought to life in its Worker?
//
// Invariant: `globalThis.vivariumConfig` is set before the first line of the bundle runs (the heap is made then).  The bundle is one
// classic script, evaluated with the machine code that V8 kept when the package was built: measured, that halves the time until the
// runtime stands, against importing it as a module; if the code is another V8's, V8 says so and compiles anew.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { workerData } from 'node:worker_threads';
import type { Setup } from '../host/node_protocol.js';
import type { Start } from './runtime.js';

/** What the bundle exports: src/cli/runtime.ts, and what scripts/kernel.mjs appends. */
interface Bundle {
  start: Start;
  kernelImports: WebAssembly.Imports;
  useKernel: (exports: WebAssembly.Exports) => void;
}

const setup = workerData as Setup;
globalThis.vivariumConfig = { heapSize: setup.heapSize };

const filename = join(setup.dist, setup.build, 'runtime.cjs');
let cachedData: Buffer | undefined;
try {
  cachedData = readFileSync(`${filename}.cache`);
} catch {
  // Without it everything works, only later.
}
// The build writes ASCII only, so the bytes are the text.
const text = `(function (exports, require) {${readFileSync(filename, 'latin1')}\n})`;
const script = new Script(text, { filename, cachedData });
const bundle = {} as Bundle;
script.runInThisContext()(bundle, createRequire(filename));
const kernel = new WebAssembly.Module(readFileSync(join(setup.dist, setup.build, 'kernel.wasm')));
bundle.useKernel(new WebAssembly.Instance(kernel, bundle.kernelImports).exports);
void bundle.start(setup, () => {
  if (setup.cacheTo !== undefined) writeFileSync(setup.cacheTo, script.createCachedData());
});
