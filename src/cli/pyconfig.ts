// What do Python's command line and the PYTHON* variables ask for?
//
// Invariant: `parseCommand` is a pure function of the arguments and the environment.  It follows CPython's reading of them: the rules
// of its getopt (an option's argument may be glued to it; the first operand, `-c` or `-m` ends the options), which source wins where
// several speak of the same thing, which values are refused, and with which words.

import { defaultConfig, type PyConfig } from '../config/pyconfig.js';
import { PY_VERSION, PY_VERSION_TEXT } from '../config/version.js';
import { ENVIRONMENT_HELP, OPTIONS_HELP, usageLine, XOPTIONS_HELP } from './help.js';

export interface CommandInput {
  /** The arguments after the program's name, without the options that are Vivarium's own. */
  readonly args: readonly string[];
  /** What `sys.orig_argv` shall be. */
  readonly origArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** sys.executable, also what messages call the program. */
  readonly executable: string;
  readonly cwd: string;
}

export type Command =
  /** Run; `setenv` is what the start adds to the environment. */
  | { readonly kind: 'run'; readonly config: PyConfig; readonly setenv: Readonly<Record<string, string>> }
  /** There is nothing to run: print and end. */
  | { readonly kind: 'exit'; readonly status: number; readonly stdout: string; readonly stderr: string };

/** The short options; those with an argument have a colon after them. */
const SHORT_OPTIONS = 'bBc:dEhiIm:OPqRsStuvVW:xX:?';
/** Options that take the next argument when nothing is glued to them (for whoever has to skip over them). */
export const OPTIONS_WITH_ARGUMENT = 'cmWX';
const LONG_OPTIONS: Readonly<Record<string, boolean>> = {
  'check-hash-based-pycs': true,
  'help-all': false,
  'help-env': false,
  'help-xoptions': false,
};
const ALLOCATORS = ['default', 'debug', 'malloc', 'malloc_debug', 'pymalloc', 'pymalloc_debug'];
const MAX_STR_DIGITS_THRESHOLD = 640;

/** Ends the reading of the command line; thrown and caught in this file only. */
class Stop extends Error {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  constructor(status: number, stdout: string, stderr: string) {
    super();
    this.status = status;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

function badUsage(program: string, message: string): Stop {
  return new Stop(2, '', `${message}\n${usageLine(program)}Try \`python -h' for more information.\n`);
}

function fatal(where: string, message: string, state = 'preinitialized'): Stop {
  return new Stop(
    1,
    '',
    `Fatal Python error: ${where ? `${where}: ` : ''}${message}\nPython runtime state: ${state}\n\n`,
  );
}

/** A decimal integer as C's strtol reads it when it must use up the whole text; NaN otherwise. */
function toInt(text: string): number {
  const n = /^[ \t\n\v\f\r]*[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return n >= -2147483648 && n <= 2147483647 ? n : Number.NaN;
}

interface Option {
  readonly name: string;
  readonly value: string;
}

/** The options in their order, and the index of the first operand. */
function getopt(program: string, args: readonly string[]): { options: Option[]; operand: number } {
  const options: Option[] = [];
  let i = 0;
  while (i < args.length) {
    const arg = args[i];
    if (arg[0] !== '-' || arg === '-') break;
    i++;
    if (arg === '--') break;
    if (arg === '--help' || arg === '--version') {
      options.push({ name: arg === '--help' ? 'h' : 'V', value: '' });
      continue;
    }
    if (arg.startsWith('--')) {
      const name = arg.slice(2);
      const hasArgument = Object.hasOwn(LONG_OPTIONS, name) ? LONG_OPTIONS[name] : undefined;
      if (hasArgument === undefined) throw endAfter(options, badUsage(program, `Unknown option: ${arg}`));
      if (!hasArgument) {
        options.push({ name, value: '' });
        continue;
      }
      if (i >= args.length) {
        throw endAfter(options, badUsage(program, `Argument expected for the ${arg} options`));
      }
      options.push({ name, value: args[i++] });
      continue;
    }
    const letters = [...arg.slice(1)];
    for (let k = 0; k < letters.length; k++) {
      const letter = letters[k];
      const at = letter === ':' ? -1 : SHORT_OPTIONS.indexOf(letter);
      if (at < 0) throw endAfter(options, badUsage(program, `Unknown option: -${letter}`));
      if (SHORT_OPTIONS[at + 1] !== ':') {
        options.push({ name: letter, value: '' });
        continue;
      }
      let value = letters.slice(k + 1).join('');
      if (value === '') {
        if (i >= args.length) {
          throw endAfter(options, badUsage(program, `Argument expected for the -${letter} option`));
        }
        value = args[i++];
      }
      options.push({ name: letter, value });
      if (letter === 'c' || letter === 'm') return { options, operand: i };
      break;
    }
  }
  return { options, operand: i };
}

/** A request for help that comes before a mistake on the command line is answered; the mistake is not reached. */
function endAfter(options: readonly Option[], error: Stop): Error {
  return new Unfinished(options, error);
}

class Unfinished extends Error {
  readonly options: readonly Option[];
  readonly error: Stop;
  constructor(options: readonly Option[], error: Stop) {
    super();
    this.options = options;
    this.error = error;
  }
}

/** Answers -h and its like, and refuses what only the option's own reading can refuse, in the order of the command line. */
function answerAtOnce(program: string, options: readonly Option[]): void {
  for (const { name, value } of options) {
    switch (name) {
      case 'h':
      case '?':
        throw new Stop(0, usageLine(program) + OPTIONS_HELP, '');
      case 'help-env':
        throw new Stop(0, ENVIRONMENT_HELP, '');
      case 'help-xoptions':
        throw new Stop(0, XOPTIONS_HELP, '');
      case 'help-all':
        throw new Stop(0, `${usageLine(program)}${OPTIONS_HELP}\n${ENVIRONMENT_HELP}\n${XOPTIONS_HELP}`, '');
      case 'check-hash-based-pycs':
        if (value !== 'always' && value !== 'never' && value !== 'default') {
          throw badUsage(program, "--check-hash-based-pycs must be one of 'default', 'always', or 'never'");
        }
    }
  }
}

/** The name of the locale's character classification, as setlocale(LC_CTYPE, "") takes it from the environment. */
function localeName(env: CommandInput['env']): string {
  return env.LC_ALL || env.LC_CTYPE || env.LANG || 'C';
}

/** What to do, given the arguments and the environment. */
export function parseCommand(input: CommandInput): Command {
  try {
    return parse(input);
  } catch (e) {
    if (!(e instanceof Stop)) throw e;
    return { kind: 'exit', status: e.status, stdout: e.stdout, stderr: e.stderr };
  }
}

function parse(input: CommandInput): Command {
  const program = input.executable;
  let options: readonly Option[];
  let operand: number;
  try {
    ({ options, operand } = getopt(program, input.args));
  } catch (e) {
    if (!(e instanceof Unfinished)) throw e;
    answerAtOnce(program, e.options);
    throw e.error;
  }

  const config: PyConfig = {
    ...defaultConfig,
    orig_argv: [...input.origArgv],
    executable: program,
    pythonpath: [],
    warnoptions: [],
    xoptions: options.filter((o) => o.name === 'X').map((o) => o.value),
  };
  const count = (name: string): number => options.filter((o) => o.name === name).length;

  // What must be known before anything else is read: PEP 587 calls it the preconfiguration.
  config.isolated = count('I') > 0;
  config.use_environment = !config.isolated && count('E') === 0;
  const env = (name: string): string | undefined => (config.use_environment ? input.env[name] || undefined : undefined);
  const xoption = (name: string): string | undefined =>
    config.xoptions.find((x) => x === name || x.startsWith(`${name}=`));
  const xvalue = (name: string): string | undefined => {
    const x = xoption(name);
    return x === undefined ? undefined : x.slice(name.length + 1);
  };
  const setenv: Record<string, string> = {};
  preconfigure(config, input, env, xoption, setenv);

  answerAtOnce(program, options);
  if (count('V') > 0) {
    throw new Stop(0, `Python ${count('V') > 1 ? PY_VERSION_TEXT : PY_VERSION}\n`, '');
  }

  readOptions(config, options, count);
  readFlagVariables(config, env);
  readLimits(config, env, xvalue);
  readSwitches(config, env, xoption, xvalue);
  readStdio(config, env, localeName({ ...input.env, ...setenv }));
  readWarnings(config, options, env);
  readProgram(config, input, operand);
  return { kind: 'run', config, setenv };
}

type Getenv = (name: string) => string | undefined;

function preconfigure(
  config: PyConfig,
  input: CommandInput,
  env: Getenv,
  xoption: Getenv,
  setenv: Record<string, string>,
): void {
  config.dev_mode = xoption('dev') !== undefined || env('PYTHONDEVMODE') !== undefined;

  const locale = localeName(input.env);
  const isC = locale === 'C' || locale === 'POSIX';
  const x = xoption('utf8');
  const variable = env('PYTHONUTF8');
  if (x !== undefined) {
    const value = x.slice(5);
    if (value !== '' && value !== '0' && value !== '1') {
      throw fatal('preconfig_init_utf8_mode', 'invalid -X utf8 option value', 'preinitializing');
    }
    config.utf8_mode = value !== '0';
  } else if (variable !== undefined) {
    if (variable !== '0' && variable !== '1') {
      throw fatal('preconfig_init_utf8_mode', 'invalid PYTHONUTF8 environment variable value', 'preinitializing');
    }
    config.utf8_mode = variable === '1';
  } else {
    config.utf8_mode = isC;
  }
  // PEP 538: programs started from here shall see a locale that can say everything.
  if (isC && !input.env.LC_ALL && env('PYTHONCOERCECLOCALE') !== '0') setenv.LC_CTYPE = 'C.UTF-8';

  config.allocator = config.dev_mode ? 'debug' : '';
  const allocator = env('PYTHONMALLOC');
  if (allocator !== undefined) {
    if (!ALLOCATORS.includes(allocator)) {
      throw fatal('preconfig_init_allocator', 'PYTHONMALLOC: unknown allocator', 'preinitializing');
    }
    config.allocator = allocator;
  }
}

function readOptions(config: PyConfig, options: readonly Option[], count: (name: string) => number): void {
  config.bytes_warning = count('b');
  config.write_bytecode = count('B') === 0;
  config.parser_debug = count('d');
  config.interactive = count('i') > 0;
  config.inspect = config.interactive;
  config.optimization_level = count('O');
  config.safe_path = config.isolated || count('P') > 0;
  config.quiet = count('q') > 0;
  if (count('R') > 0) config.hash_seed = null;
  config.user_site_directory = !config.isolated && count('s') === 0;
  config.site_import = count('S') === 0;
  config.buffered_stdio = count('u') === 0;
  config.verbose = count('v');
  config.skip_source_first_line = count('x') > 0;
  for (const { name, value } of options) {
    if (name === 'c') config.run_command = `${value}\n`;
    else if (name === 'm') config.run_module = value;
    else if (name === 'check-hash-based-pycs') config.check_hash_pycs_mode = value;
  }
}

/** The variables that do what an option does: the larger of the two counts. */
function readFlagVariables(config: PyConfig, env: Getenv): void {
  const flag = (name: string): number => {
    const text = env(name);
    if (text === undefined) return 0;
    const value = toInt(text);
    return value >= 0 ? value : 1;
  };
  config.parser_debug = Math.max(config.parser_debug, flag('PYTHONDEBUG'));
  config.verbose = Math.max(config.verbose, flag('PYTHONVERBOSE'));
  config.optimization_level = Math.max(config.optimization_level, flag('PYTHONOPTIMIZE'));
  if (flag('PYTHONINSPECT') > 0) config.inspect = true;
  if (flag('PYTHONDONTWRITEBYTECODE') > 0) config.write_bytecode = false;
  if (flag('PYTHONNOUSERSITE') > 0) config.user_site_directory = false;
  if (flag('PYTHONUNBUFFERED') > 0) config.buffered_stdio = false;
  if (env('PYTHONSAFEPATH') !== undefined) config.safe_path = true;
  config.dump_refs = env('PYTHONDUMPREFS') !== undefined;
  config.dump_refs_file = env('PYTHONDUMPREFSFILE') ?? null;
  config.malloc_stats = env('PYTHONMALLOCSTATS') !== undefined;
  config.pythonpath = env('PYTHONPATH')?.split(':') ?? [];
  config.home = env('PYTHONHOME') ?? null;
  config.platlibdir = env('PYTHONPLATLIBDIR') ?? 'lib';
}

/** What takes a number. */
function readLimits(config: PyConfig, env: Getenv, xvalue: Getenv): void {
  const seed = env('PYTHONHASHSEED');
  if (seed !== undefined && seed !== 'random') {
    const value = /^\s*\+?\d+$/.test(seed) ? Number(seed) : Number.NaN;
    if (!(value <= 4294967295)) {
      throw fatal('config_init_hash_seed', 'PYTHONHASHSEED must be "random" or an integer in range [0; 4294967295]');
    }
    config.hash_seed = value;
  }

  for (const [text, name] of [
    [env('PYTHONINTMAXSTRDIGITS'), 'PYTHONINTMAXSTRDIGITS'],
    [xvalue('int_max_str_digits'), '-X int_max_str_digits'],
  ] as const) {
    if (text === undefined) continue;
    const value = toInt(text);
    if (!(value === 0 || value >= MAX_STR_DIGITS_THRESHOLD)) {
      throw fatal(
        'config_init_int_max_str_digits',
        `${name}: invalid limit; must be >= ${MAX_STR_DIGITS_THRESHOLD} or 0 for unlimited.`,
      );
    }
    config.int_max_str_digits = value;
  }

  for (const text of [env('PYTHON_CPU_COUNT'), xvalue('cpu_count')]) {
    if (text === undefined) continue;
    const value = text === 'default' ? -1 : toInt(text);
    if (!(value >= 1 || value === -1) || text === '-1') {
      throw fatal(
        'config_init_cpu_count',
        '-X cpu_count=n option: n is missing or an invalid number, n must be greater than 0',
      );
    }
    config.cpu_count = value;
  }

  for (const [text, name] of [
    [env('PYTHONTRACEMALLOC'), 'PYTHONTRACEMALLOC'],
    [xvalue('tracemalloc'), '-X tracemalloc=NFRAME'],
  ] as const) {
    if (text === undefined) continue;
    const value = text === '' ? 1 : toInt(text);
    if (!(value >= 0)) throw fatal('config_init_tracemalloc', `${name}: invalid number of frames`);
    config.tracemalloc = value;
  }

  for (const [text, message] of [
    [env('PYTHONPROFILEIMPORTTIME'), 'PYTHONPROFILEIMPORTTIME: numeric values'],
    [xvalue('importtime'), '-X importtime: values'],
  ] as const) {
    if (text === undefined) continue;
    const value = toInt(text);
    config.import_time = Number.isNaN(value) ? 1 : value;
    if (config.import_time < 0 || config.import_time > 2) {
      throw fatal('config_init_import_time', `${message} other than 1 and 2 are reserved for future use.`);
    }
  }
}

/** What is on or off. */
function readSwitches(config: PyConfig, env: Getenv, xoption: Getenv, xvalue: Getenv): void {
  const given = (name: string, variable: string): boolean => xoption(name) !== undefined || env(variable) !== undefined;
  config.faulthandler = config.dev_mode || given('faulthandler', 'PYTHONFAULTHANDLER');
  config.code_debug_ranges = !given('no_debug_ranges', 'PYTHONNODEBUGRANGES');
  config.warn_default_encoding = given('warn_default_encoding', 'PYTHONWARNDEFAULTENCODING');
  config.remote_debug = !given('disable-remote-debug', 'PYTHON_DISABLE_REMOTE_DEBUG');
  if (given('perf', 'PYTHONPERFSUPPORT')) config.perf_profiling = 1;
  if (given('perf_jit', 'PYTHON_PERF_JIT_SUPPORT')) config.perf_profiling = 2;

  const showRefCount = xvalue('showrefcount');
  config.show_ref_count = showRefCount === undefined ? null : showRefCount !== '0';
  config.show_alloc_count = xoption('showalloccount') !== undefined;

  const prefix = xoption('pycache_prefix');
  config.pycache_prefix = (prefix === undefined ? env('PYTHONPYCACHEPREFIX') : prefix.slice(15)) || null;

  for (const [text, name] of [
    [env('PYTHON_FROZEN_MODULES'), 'PYTHON_FROZEN_MODULES'],
    [xvalue('frozen_modules'), 'option -X frozen_modules'],
  ] as const) {
    if (text === undefined) continue;
    if (text !== 'on' && text !== 'off' && text !== '') {
      throw fatal('', `bad value for ${name} (expected "on" or "off")`);
    }
    config.use_frozen_modules = text !== 'off';
  }

  const gil = xvalue('gil') ?? env('PYTHON_GIL');
  if (gil !== undefined && gil !== '0' && gil !== '1') {
    throw fatal('config_read_gil', 'PYTHON_GIL / -X gil must be "0" or "1"');
  }
  if (gil === '0') throw fatal('config_read_gil', 'Disabling the GIL is not supported by this build');

  const binary = (option: string, variable: string): boolean => {
    let on = false;
    const v = env(variable);
    if (v !== undefined) {
      if (v !== '0' && v !== '1') throw fatal(`config_init_${option}`, `${variable}=N: N is missing or invalid`);
      on = v === '1';
    }
    const x = xvalue(option);
    if (x !== undefined) {
      if (x !== '0' && x !== '1') throw fatal(`config_init_${option}`, `-X ${option}=n: n is missing or invalid`);
      on = x === '1';
    }
    return on;
  };
  config.thread_inherit_context = binary('thread_inherit_context', 'PYTHON_THREAD_INHERIT_CONTEXT');
  config.context_aware_warnings = binary('context_aware_warnings', 'PYTHON_CONTEXT_AWARE_WARNINGS');
}

function readStdio(config: PyConfig, env: Getenv, locale: string): void {
  const lenient = config.utf8_mode || /^(C|POSIX|C\.UTF-8|C\.utf8|UTF-8)$/.test(locale);
  config.stdio_encoding = 'utf-8';
  config.stdio_errors = lenient ? 'surrogateescape' : 'strict';
  const variable = env('PYTHONIOENCODING');
  if (variable === undefined) return;
  const colon = variable.indexOf(':');
  const encoding = colon < 0 ? variable : variable.slice(0, colon);
  const errors = colon < 0 ? '' : variable.slice(colon + 1);
  if (encoding !== '') {
    config.stdio_encoding = encoding;
    config.stdio_errors = 'strict';
  }
  if (errors !== '') config.stdio_errors = errors;
}

function readWarnings(config: PyConfig, options: readonly Option[], env: Getenv): void {
  const filters: string[] = [];
  if (config.dev_mode) filters.push('default');
  filters.push(...(env('PYTHONWARNINGS')?.split(',').filter(Boolean) ?? []));
  for (const o of options) if (o.name === 'W') filters.push(o.value);
  if (config.bytes_warning > 1) filters.push('error::BytesWarning');
  else if (config.bytes_warning > 0) filters.push('default::BytesWarning');
  config.warnoptions = [...new Set(filters)];
}

/** What is to be run, and `sys.argv`. */
function readProgram(config: PyConfig, input: CommandInput, operand: number): void {
  const rest = input.args.slice(operand);
  if (config.run_command !== null) {
    config.argv = ['-c', ...rest];
    return;
  }
  if (config.run_module !== null) {
    config.argv = ['-m', ...rest];
    return;
  }
  config.argv = rest.length > 0 ? rest : [''];
  const file = rest[0];
  if (file !== undefined && file !== '-') {
    const folder = input.cwd === '/' ? '' : input.cwd;
    config.run_filename = file.startsWith('/') ? file : file === '' ? input.cwd : `${folder}/${file}`;
  }
}
