// How does the command start?  Invariant: this thread loads no more than it needs to check the build and to start the Worker in which
// the runtime lives, with a stack that deep recursion does not exhaust; then it serves that Worker (src/host/node_main.ts) and ends with
// the status that the Worker asks for.

import { existsSync, readdirSync, realpathSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { SIGNAL_WORDS } from '../config/host_interface.js';
import { SIGABRT } from '../config/signals.js';
import { commandArguments } from '../host/node_arguments.js';
import { dieBySignal, noteInterrupts, serve } from '../host/node_main.js';
import type { Setup } from '../host/node_protocol.js';
import { DEFAULT_BUILD, parseLaunch } from './launch.js';

/** Half a million small JavaScript frames; the memory is touched only when it is used. */
const STACK_MB = 64;
/** The runtime makes its JavaScript objects while it starts, and keeps them: room for all of them saves the copying of a collection. */
const YOUNG_MB = 32;
/** The file in its folder that makes a build. */
const RUNTIME = 'runtime.cjs';
/** And the command that runs it whatever the environment says: sys.executable of a build that was chosen. */
const OWN_COMMAND = 'vivarium.js';

const here = dirname(fileURLToPath(import.meta.url));
const dist = dirname(here);

function refuse(message: string): never {
  writeSync(2, `vivarium: ${message}\n`);
  process.exit(2);
}

function crash(text: string): void {
  writeSync(2, text);
  dieBySignal(SIGABRT);
}

/** Runs the command line that the process was given. */
function main(): void {
  const folder = dirname(realpathSync(process.argv[1]));
  const own = dirname(folder) === dist ? basename(folder) : null;
  const argv = commandArguments();
  const launch = parseLaunch(argv, process.env, own);
  if ('error' in launch) return refuse(launch.error);
  const { build, heapSize, args, tool } = launch;
  if (!/^[\w.-]+$/.test(build) || !existsSync(join(dist, build, RUNTIME))) {
    const builds = readdirSync(dist).filter((name) => existsSync(join(dist, name, RUNTIME)));
    return refuse(`no build '${build}': accepted are ${builds.join(', ')}`);
  }

  // What a program starts as sys.executable must be what runs it.
  const executable = build === (own ?? DEFAULT_BUILD) ? process.argv[1] : join(dist, build, OWN_COMMAND);
  const signals = new SharedArrayBuffer(SIGNAL_WORDS * Int32Array.BYTES_PER_ELEMENT);
  noteInterrupts(signals);
  const setup: Setup = {
    signals,
    heapSize,
    build,
    dist,
    args,
    origArgv: [executable, ...argv],
    executable,
    tool,
    cacheTo: undefined,
  };
  const worker = new Worker(join(here, 'worker.cjs'), {
    workerData: setup,
    env: SHARE_ENV,
    resourceLimits: { stackSizeMb: STACK_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    // The runtime opens and closes descriptors itself.
    trackUnmanagedFds: false,
  });
  serve(worker, signals);
  // The Worker asks for the end of the process; that it ends by itself means that it could not.
  worker.on('error', (e: Error & { code?: string }) => {
    const what = e.code === 'ERR_WORKER_OUT_OF_MEMORY' ? "JavaScript's memory is exhausted" : (e.stack ?? String(e));
    crash(`Fatal Python error: the runtime failed: ${what}\n`);
  });
  worker.on('exit', () => crash('Fatal Python error: the runtime ended without a status\n'));
}

main();
