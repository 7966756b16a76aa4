// What must be known before the runtime can be started?  Invariant: `--build` and `--heap-size` (and their variables), and the word `audit` with its
// option, are read here and nowhere else; everything else on the command line is Python's, in its order.  Pure: no file is looked at.

import { MAX_HEAP_SIZE, MIN_HEAP_SIZE } from '../config/runtime_config.js';

export interface Launch {
  /** The build's name, not yet checked. */
  readonly build: string;
  readonly heapSize: number;
  /** The arguments without our own. */
  readonly args: readonly string[];
  /** `vivarium audit …`: what to do besides running the program. */
  readonly tool: { readonly name: 'audit'; readonly every: number } | null;
}

/** One line that says what is accepted. */
export interface LaunchError {
  readonly error: string;
}

const DEFAULT_BUILD = 'release';
const DEFAULT_HEAP = '512M';
const OURS = ['--build', '--heap-size'];
/** The word that asks for an audit when it stands before all Python's arguments (a program of that name is ./audit), and what it takes. */
const AUDIT = 'audit';
const OF_AUDIT = ['--every'];
/** The build that knows all objects at the least cost. */
const AUDIT_BUILD = 'trace-refs';
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

/** Takes our own options out of the command line. */
export function parseLaunch(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Launch | LaunchError {
  const args: string[] = [];
  const given = new Map<string, string>();
  let i = 0;
  let ours = OURS;
  while (i < argv.length) {
    const arg = argv[i];
    if (arg === AUDIT && args.length === 0 && ours === OURS) {
      ours = [...OURS, ...OF_AUDIT];
      i++;
      continue;
    }
    if (arg[0] !== '-' || arg === '-' || arg === '--') break;
    const name = ours.find((o) => arg === o || arg.startsWith(`${o}=`));
    if (name === undefined) {
      const n = extent(arg);
      args.push(...argv.slice(i, i + n));
      i += n;
      continue;
    }
    if (arg !== name) {
      given.set(name, arg.slice(name.length + 1));
      i++;
    } else if (i + 1 < argv.length) {
      given.set(name, argv[i + 1]);
      i += 2;
    } else {
      return { error: `argument expected for ${name}` };
    }
  }
  args.push(...argv.slice(i));

  const heap = given.get('--heap-size');
  const text = heap ?? (env.VIVARIUM_HEAP || DEFAULT_HEAP);
  const heapSize = parseSize(text);
  if (!(heapSize >= MIN_HEAP_SIZE && heapSize <= MAX_HEAP_SIZE)) {
    const what = heap === undefined ? 'VIVARIUM_HEAP' : '--heap-size';
    return { error: `bad ${what} '${text}': accepted is a number of bytes, or one with K, M or G, from 16M to 2G` };
  }
  const every = given.get('--every') ?? '0';
  if (!/^\d+$/.test(every)) return { error: `bad --every '${every}': accepted is a number of safe points` };
  const tool = ours === OURS ? null : ({ name: AUDIT, every: Number(every) } as const);
  const build = given.get('--build') ?? (env.VIVARIUM_BUILD || (tool === null ? DEFAULT_BUILD : AUDIT_BUILD));
  return { build, heapSize, args, tool };
}
