// What must be known before the runtime can be started?  Invariant: `--build` and `--heap-size` (and their variables), and the words `audit` and `hunt`
// with their options, are read here and nowhere else; everything else on the command line is Python's, in its order.  Pure: no file is looked at.

import { MAX_HEAP_SIZE, MIN_HEAP_SIZE } from '../config/runtime_config.js';
import { METRICS, type Metric, type Tool } from '../config/tool.js';

export interface Launch {
  /** The build's name, not yet checked. */
  readonly build: string;
  readonly heapSize: number;
  /** The arguments without our own. */
  readonly args: readonly string[];
  /** `vivarium audit …`, `vivarium hunt …`: what to do besides running the program. */
  readonly tool: Tool | null;
}

/** One line that says what is accepted. */
export interface LaunchError {
  readonly error: string;
}

export const DEFAULT_BUILD = 'release';
const DEFAULT_HEAP = '512M';
const OURS = ['--build', '--heap-size'];
/** The words that ask for a tool when they stand before all Python's arguments (a program of that name is ./audit), and what the tools take. */
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  audit: ['--every'],
  hunt: ['--warmup', '--runs', '--json', '--html', '--fail-on', '--timeout', '--track'],
};
/** The build that knows all objects at the least cost, and the others that do. */
const TOOLS_BUILD = 'trace-refs';
const KNOWING_BUILDS = [TOOLS_BUILD, 'debug'];
/** Python's options that take an argument (src/cli/pyconfig.ts), and those after which everything is the program's. */
const LONG_WITH_ARGUMENT = '--check-hash-based-pycs';
const WITH_ARGUMENT = 'WX';
const LAST = 'cm';

/** The size in bytes that `text` says, or NaN. */
export function parseSize(text: string): number {
  const m = /^(\d+)([KMG]?)$/i.exec(text);
  if (m === null) return Number.NaN;
  return Number(m[1]) * 1024 ** ['', 'K', 'M', 'G'].indexOf(m[2].toUpperCase());
}

/** How many arguments the option `arg` of Python takes with it, itself included; infinite if all. */
function extent(arg: string): number {
  if (arg.startsWith('--')) return arg === LONG_WITH_ARGUMENT ? 2 : 1;
  for (let i = 1; i < arg.length; i++) {
    if (LAST.includes(arg[i])) return Number.POSITIVE_INFINITY;
    if (WITH_ARGUMENT.includes(arg[i])) return i === arg.length - 1 ? 2 : 1;
  }
  return 1;
}

interface Words {
  /** The tool's word, or null. */
  readonly tool: string | null;
  readonly args: string[];
  readonly given: Map<string, string[]>;
}

/** Takes our own options out of the command line; those of `hunt` may also stand behind its target, up to `--`. */
function separate(argv: readonly string[]): Words | LaunchError {
  const args: string[] = [];
  const given = new Map<string, string[]>();
  let tool: string | null = null;
  let ours = OURS;
  let i = 0;
  /** Takes the option at `i` if it is ours: false if it is not, or what is wrong with it. */
  const take = (): boolean | LaunchError => {
    const arg = argv[i];
    const name = ours.find((o) => arg === o || arg.startsWith(`${o}=`));
    if (name === undefined) return false;
    let value = arg.slice(name.length + 1);
    if (arg === name) {
      if (++i >= argv.length) return { error: `argument expected for ${name}` };
      value = argv[i];
    }
    i++;
    given.set(name, [...(given.get(name) ?? []), value]);
    return true;
  };
  let programs = Number.POSITIVE_INFINITY;
  while (i < argv.length) {
    const arg = argv[i];
    if (tool === null && args.length === 0 && Object.hasOwn(TOOLS, arg)) {
      tool = arg;
      ours = [...OURS, ...TOOLS[arg]];
      i++;
      continue;
    }
    if (arg[0] !== '-' || arg === '-' || arg === '--') break;
    const taken = take();
    if (typeof taken !== 'boolean') return taken;
    if (taken) continue;
    const n = extent(arg);
    if (n === Number.POSITIVE_INFINITY) {
      programs = i + (/[cm]$/.test(arg) ? 2 : 1);
      break;
    }
    args.push(...argv.slice(i, i + n));
    i += n;
  }
  if (tool !== 'hunt') {
    args.push(...argv.slice(i));
    return { tool, args, given };
  }
  // The target, then what is the program's.
  const end = programs === Number.POSITIVE_INFINITY ? i + 1 : programs;
  args.push(...argv.slice(i, end));
  i = Math.min(end, argv.length);
  while (i < argv.length && argv[i] !== '--') {
    const taken = take();
    if (typeof taken !== 'boolean') return taken;
    if (!taken) args.push(argv[i++]);
  }
  args.push(...argv.slice(i + 1));
  return { tool, args, given };
}

/** What the options of the tool say. */
function readTool({ tool, given }: Words): Tool | null | LaunchError {
  const last = (name: string): string | undefined => given.get(name)?.at(-1);
  let error: LaunchError | null = null;
  const number = (name: string, dflt: number, least: number, what: string): number => {
    const text = last(name) ?? String(dflt);
    if (!/^\d+(\.\d+)?$/.test(text) || Number(text) < least || (what !== 'seconds' && text.includes('.'))) {
      error ??= {
        error: `bad ${name} '${text}': accepted is a number of ${what}${least > 0 ? `, at least ${least}` : ''}`,
      };
    }
    return Number(text);
  };
  if (tool === 'audit') {
    const every = number('--every', 0, 0, 'safe points');
    return error ?? { name: tool, every };
  }
  if (tool !== 'hunt') return null;
  const warmup = number('--warmup', 3, 0, 'runs');
  const runs = number('--runs', 6, 1, 'runs');
  const timeout = number('--timeout', 0, 0, 'seconds');
  const failOn: Metric[] = [];
  for (const word of (given.get('--fail-on') ?? []).flatMap((s) => s.split(/[,|]/))) {
    const metric = METRICS.find((m) => m === word);
    if (metric !== undefined) failOn.push(metric);
    else error ??= { error: `bad --fail-on '${word}': accepted are ${METRICS.join(', ')}` };
  }
  for (const name of ['--json', '--html']) if (last(name) === '') error ??= { error: `argument expected for ${name}` };
  const track = (given.get('--track') ?? []).flatMap((s) => s.split(','));
  return (
    error ?? {
      name: tool,
      warmup,
      runs,
      json: last('--json') ?? null,
      html: last('--html') ?? null,
      failOn,
      timeout,
      track,
    }
  );
}

/** Takes our own options out of the command line. `own` is the build whose own command was run (main.ts), or null. */
export function parseLaunch(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  own: string | null = null,
): Launch | LaunchError {
  const words = separate(argv);
  if ('error' in words) return words;
  const { args, given } = words;
  const heap = given.get('--heap-size')?.at(-1);
  const text = heap ?? (env.VIVARIUM_HEAP || DEFAULT_HEAP);
  const heapSize = parseSize(text);
  if (!(heapSize >= MIN_HEAP_SIZE && heapSize <= MAX_HEAP_SIZE)) {
    const what = heap === undefined ? 'VIVARIUM_HEAP' : '--heap-size';
    return { error: `bad ${what} '${text}': accepted is a number of bytes, or one with K, M or G, from 16M to 2G` };
  }
  const tool = readTool(words);
  if (tool !== null && 'error' in tool) return tool;
  const asked = given.get('--build')?.at(-1);
  const preferred = own ?? (env.VIVARIUM_BUILD || undefined);
  let dflt = preferred ?? DEFAULT_BUILD;
  if (tool?.name === 'audit') dflt = preferred ?? TOOLS_BUILD;
  // The hunt cannot do with less, so a preference for less is not meant for it.
  if (tool?.name === 'hunt' && !KNOWING_BUILDS.includes(dflt)) dflt = TOOLS_BUILD;
  return { build: asked ?? dflt, heapSize, args, tool };
}
