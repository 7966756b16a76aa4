// What did the command line and the environment ask for?  Invariant: the record below is complete before the runtime starts and is not changed
// afterwards; its names are PyConfig's (PEP 587).

export interface PyConfig {
  isolated: boolean;
  use_environment: boolean;
  dev_mode: boolean;
  utf8_mode: boolean;
  parser_debug: number;
  optimization_level: number;
  verbose: number;
  inspect: boolean;
  interactive: boolean;
  quiet: boolean;
  site_import: boolean;
  user_site_directory: boolean;
  safe_path: boolean;
  bytes_warning: number;
  write_bytecode: boolean;
  buffered_stdio: boolean;
  faulthandler: boolean;
  /** Ctrl-C raises KeyboardInterrupt; writing to a closed pipe raises BrokenPipeError. */
  install_signal_handlers: boolean;
  tracemalloc: number;
  import_time: number;
  perf_profiling: number;
  remote_debug: boolean;
  use_frozen_modules: boolean;
  thread_inherit_context: boolean;
  context_aware_warnings: boolean;
  /** os.cpu_count(); -1: ask the host. */
  cpu_count: number;
  /** PYTHONMALLOC: '' (not set), 'default', 'debug', 'malloc', 'malloc_debug', 'pymalloc', 'pymalloc_debug'. */
  allocator: string;
  /** PYTHONHOME. */
  home: string | null;
  platlibdir: string;
  malloc_stats: boolean;
  dump_refs: boolean;
  dump_refs_file: string | null;
  /** `-X showrefcount`: true, `-X showrefcount=0`: false, neither: null. */
  show_ref_count: boolean | null;
  show_alloc_count: boolean;
  skip_source_first_line: boolean;
  warn_default_encoding: boolean;
  code_debug_ranges: boolean;
  int_max_str_digits: number;
  /** null: random. */
  hash_seed: number | null;
  stdio_encoding: string | null;
  stdio_errors: string | null;
  check_hash_pycs_mode: string;
  pycache_prefix: string | null;
  /** The entries of PYTHONPATH. */
  pythonpath: string[];
  warnoptions: string[];
  /** name, or name=value, in the order given. */
  xoptions: string[];
  /** What to run: at most one of the three; none: interactive, or the program on standard input. */
  /** With its final newline. */
  run_command: string | null;
  run_module: string | null;
  /** Absolute. */
  run_filename: string | null;
  /** sys.argv. */
  argv: string[];
  orig_argv: string[];
  /** Absolute path of the command itself (sys.executable). */
  executable: string;
  /** Directory of the bundle, and path of the standard library's archive. */
  prefix: string;
  stdlib: string[];
}

/** A configuration as an embedder gets it: isolated from nothing, nothing to run. */
export const defaultConfig: PyConfig = {
  isolated: false,
  use_environment: true,
  dev_mode: false,
  utf8_mode: false,
  parser_debug: 0,
  optimization_level: 0,
  verbose: 0,
  inspect: false,
  interactive: false,
  quiet: false,
  site_import: true,
  user_site_directory: true,
  safe_path: false,
  bytes_warning: 0,
  write_bytecode: true,
  buffered_stdio: true,
  faulthandler: false,
  install_signal_handlers: true,
  tracemalloc: 0,
  import_time: 0,
  perf_profiling: 0,
  remote_debug: true,
  use_frozen_modules: true,
  thread_inherit_context: false,
  context_aware_warnings: false,
  cpu_count: -1,
  allocator: '',
  home: null,
  platlibdir: 'lib',
  malloc_stats: false,
  dump_refs: false,
  dump_refs_file: null,
  show_ref_count: null,
  show_alloc_count: false,
  skip_source_first_line: false,
  warn_default_encoding: false,
  code_debug_ranges: true,
  int_max_str_digits: 4300,
  hash_seed: null,
  stdio_encoding: null,
  stdio_errors: null,
  check_hash_pycs_mode: 'default',
  pycache_prefix: null,
  pythonpath: [],
  warnoptions: [],
  xoptions: [],
  run_command: null,
  run_module: null,
  run_filename: null,
  argv: [''],
  orig_argv: [],
  executable: '',
  prefix: '',
  stdlib: [],
};
