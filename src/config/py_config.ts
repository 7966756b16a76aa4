// What was the interpreter told before it started?  Invariant: this is CPython's PyConfig (PEP 587), as far as it means something
// here, with its names and its values; src/cli/pyconfig.ts makes it from the command line and the environment, the start-up reads
// it, and `sys.flags`, `sys.argv`, `sys.warnoptions` and the rest are made from nothing else.

export interface PyConfig {
  isolated: boolean;
  /** Are the PYTHON* variables used? */
  use_environment: boolean;
  dev_mode: boolean;
  utf8_mode: 0 | 1;
  /** PYTHONMALLOC: '' (not set), 'default', 'debug', 'pymalloc', 'pymalloc_debug', 'malloc', 'malloc_debug'. */
  allocator: string;
  install_signal_handlers: boolean;
  /** false: random hashes; true: `hash_seed` (0: no randomization). */
  use_hash_seed: boolean;
  hash_seed: number;
  faulthandler: boolean;
  /** The number of frames that tracemalloc keeps; 0: off. */
  tracemalloc: number;
  perf_profiling: number;
  remote_debug: boolean;
  import_time: number;
  code_debug_ranges: boolean;
  show_ref_count: boolean;
  dump_refs: boolean;
  dump_refs_file: string | null;
  malloc_stats: boolean;
  /** `-X showalloccount`, in the builds that count allocations (as CPython up to 3.8 had it). */
  show_alloc_count: boolean;
  filesystem_encoding: string;
  filesystem_errors: string;
  pycache_prefix: string | null;
  /** The command line as it was given, the program first. */
  orig_argv: string[];
  /** sys.argv. */
  argv: string[];
  /** `-X` options as given, `name` or `name=value`. */
  xoptions: string[];
  /** sys.warnoptions. */
  warnoptions: string[];
  site_import: boolean;
  bytes_warning: number;
  warn_default_encoding: boolean;
  inspect: boolean;
  interactive: boolean;
  optimization_level: number;
  parser_debug: number;
  write_bytecode: boolean;
  verbose: number;
  quiet: boolean;
  user_site_directory: boolean;
  buffered_stdio: boolean;
  stdio_encoding: string;
  stdio_errors: string;
  check_hash_pycs_mode: string;
  use_frozen_modules: boolean;
  safe_path: boolean;
  int_max_str_digits: number;
  thread_inherit_context: number;
  context_aware_warnings: number;
  /** os.cpu_count(); -1: ask the host. */
  cpu_count: number;
  program_name: string;
  /** sys.executable. */
  executable: string;
  /** PYTHONPATH as given. */
  pythonpath_env: string | null;
  home: string | null;
  platlibdir: string;
  skip_source_first_line: boolean;
  /** `-c`: the source, with a final newline. */
  run_command: string | null;
  /** `-m` */
  run_module: string | null;
  /** The script, as an absolute path. */
  run_filename: string | null;
}
