// What is a build made of, and how does it run a command?  Invariant: this is the entry of each bundle and the only place where all
// floors meet; whatever happens below, the process ends here with a status, and what JavaScript throws is reported, not lost.

import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { type Host, setHost } from '../config/host_interface.js';
import { setResourceReader } from '../config/resources.js';
import { type FatalError, setFatalHandler } from '../memory/fatal.js';
import { createNodeHost } from '../host/node.js';
import { mapPositions } from '../host/node_positions.js';
import type { Setup } from '../host/node_protocol.js';
import { runMain } from '../api/main.js';
import { parseCommand } from './pyconfig.js';

/** Runs the command and ends the process; `atEnd` is called before. */
export type Start = (setup: Setup, atEnd: () => void) => Promise<never>;

function dieOf(host: Host, text: string): never {
  host.writeError(mapPositions(text));
  return host.abort();
}

/** Runs the command that `setup` holds; ends the process. */
export const start: Start = async (setup, atEnd) => {
  if (parentPort === null) throw new Error('not in a Worker');
  const host = createNodeHost(parentPort, setup.signals);
  setHost(host);
  setResourceReader((name) => readFileSync(`${setup.dist}/lib/${name}`));
  setFatalHandler((error: FatalError) => dieOf(host, error.text));

  const cwd = host.getcwd();
  const command = parseCommand({
    args: setup.args,
    origArgv: setup.origArgv,
    env: Object.fromEntries(host.environ()),
    executable: setup.executable,
    cwd: typeof cwd === 'string' ? cwd : '',
  });
  if (command.kind === 'exit') {
    host.writeError(command.stderr);
    const bytes = new TextEncoder().encode(command.stdout);
    for (let done = 0, n = 1; n > 0 && done < bytes.length; done += n)
      n = host.write(1, bytes, done, bytes.length - done);
    return host.exit(command.status);
  }
  const { run_filename, run_module, run_command } = command.config;
  if (setup.tool !== null && run_filename === null && run_module === null && run_command === null) {
    const what =
      setup.tool.name === 'hunt' ? 'FILE, FILE::function, -m MODULE or -c CODE' : 'FILE, -m MODULE or -c CODE';
    host.writeError(`vivarium: ${setup.tool.name} needs a program: ${what}\n`);
    return host.exit(2);
  }
  if (!Py_TRACE_REFS && setup.tool?.name === 'hunt') {
    host.writeError(
      `vivarium: hunt needs a build that traces references (trace-refs, debug): ${VIVARIUM_BUILD} does not know which objects are alive\n`,
    );
    return host.exit(2);
  }
  for (const [name, value] of Object.entries(command.setenv)) host.putenv(name, value);
  command.config.prefix = setup.dist;
  command.config.stdlib = [`${setup.dist}/lib/python314.zip`, `${setup.dist}/lib/python3.14`];

  let status: number;
  try {
    status = await runMain(command.config, setup.tool);
  } catch (e) {
    return dieOf(host, `Fatal Python error: the runtime failed: ${e instanceof Error ? e.stack : String(e)}\n`);
  }
  atEnd();
  return status < 0 ? host.dieBySignal(-status) : host.exit(status);
};
