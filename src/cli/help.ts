// What does `vivarium --help` say?  Invariant: every option that src/cli/pyconfig.ts or src/cli/launch.ts takes is listed once, sorted
// by name within its list; no line is longer than 80 columns.

/** The first line of the help, and of the answer to a wrong command line. */
export function usageLine(program: string): string {
  return `usage: ${program} [option] ... [-c cmd | -m mod | file | -] [arg] ...\n`;
}

export const OPTIONS_HELP = `\
Options (and corresponding environment variables):
-b     : warn when bytes are turned into str, or compared with str or int
         (-bb: such a use is an error)
-B     : write no .pyc files on import; also PYTHONDONTWRITEBYTECODE=x
-c cmd : run the program text cmd (ends the list of options)
-d     : parser debugging output, in debug builds; also PYTHONDEBUG=x
-E     : pay no attention to the PYTHON* environment variables
-h     : print this help and exit (also -? or --help)
-i     : go on interactively after the program; give a prompt even if standard
         input is not a terminal; also PYTHONINSPECT=x
-I     : isolated from the user's environment (implies -E, -P and -s)
-m mod : run a library module as a program (ends the list of options)
-O     : leave out assert statements and what depends on __debug__; the .pyc
         files get .opt-1 in their names; also PYTHONOPTIMIZE=x
-OO    : as -O, and leave out docstrings (.opt-2)
-P     : put no unsafe path at the start of sys.path; also PYTHONSAFEPATH
-q     : no version and copyright message at an interactive start
-s     : leave the user's site directory out of sys.path; also
         PYTHONNOUSERSITE=x
-S     : do not import site at the start
-u     : unbuffered stdout and stderr; also PYTHONUNBUFFERED=x
-v     : tell about each import; more with -vv; also PYTHONVERBOSE=x
-V     : print the version and exit (also --version); -VV: more about the build
-W arg : filter for warnings, action:message:category:module:lineno;
         also PYTHONWARNINGS=arg
-x     : skip the first line of the program
-X opt : set an option of the implementation
--check-hash-based-pycs always|default|never:
         when hash-based .pyc files are checked against their source
--help-all: print all of the help and exit
--help-env: print the help on environment variables and exit
--help-xoptions: print the help on -X options and exit

Options of Vivarium:
--build NAME: the build to run (release, ref-debug, trace-refs, count-allocs,
         pymalloc-debug, debug, or one of your own); also VIVARIUM_BUILD
--heap-size N: the size of the heap in bytes, or with K, M or G, from 16M to 2G
         (512M); also VIVARIUM_HEAP
audit  : before all options of Python: run the program, then compare the count
         of every object with the references to it; exit 1 if the books do not
         balance (in the build trace-refs if none is named)
--every N: with audit: also at every Nth safe point while the program runs
hunt   : before all options of Python: run FILE, FILE::function, -m MODULE or
         -c CODE again and again, and tell what each run leaves behind; also per
         test method: hunt -m unittest TESTS (trace-refs if no build is named);
         its options may stand behind the program, too, up to a --
--warmup N, --runs N: with hunt: how many runs are not judged (3), and are (6)
--json FILE, --html FILE: with hunt: write the report there, too
--fail-on refs|blocks|objects: with hunt: exit 1 if one of these grows
--timeout SECONDS: with hunt: end it then
--track TYPE: with hunt: tell which lines took references to objects of a type

Arguments:
file   : the program
-      : the program comes from stdin (as it does without a file;
         interactive if stdin is a terminal)
arg ...: what the program finds in sys.argv[1:]
`;

export const ENVIRONMENT_HELP = `\
Environment variables that change behavior:
PYTHONASYNCIODEBUG: asyncio's debug mode
PYTHON_BASIC_REPL: the plain interactive interpreter
PYTHONBREAKPOINT: what breakpoint() calls; 0: nothing
PYTHONCASEOK    : ignore case in 'import' statements (Windows)
PYTHONCOERCECLOCALE: 0: do not turn the C locale into C.UTF-8
PYTHON_COLORS   : 1: use colors, 0: do not
PYTHONDUMPREFS  : list the remaining objects at exit (builds that trace
                  references)
PYTHONDUMPREFSFILE: the same to a file of that name
PYTHONHASHSEED  : 'random', or the number in the range [0,4294967295] from which
                  the hashes of str and bytes are made
PYTHON_HISTORY  : the file that keeps the interactive history
PYTHONHOME      : another <prefix> directory (or <prefix>:<exec_prefix>)
PYTHONIOENCODING: encoding[:errors] of stdin, stdout and stderr
PYTHONMALLOC    : the allocators: default, malloc, pymalloc, debug, and so on
PYTHONMALLOCSTATS: print the statistics of the allocator
PYTHONPATH      : directories, ':' between them, to look for modules in first
PYTHONPLATLIBDIR: sets sys.platlibdir
PYTHONSTARTUP   : a program to run at an interactive start
PYTHONUSERBASE  : the user's base directory (site.USER_BASE)
VIVARIUM_BUILD  : the build to run (--build)
VIVARIUM_HEAP   : the size of the heap (--heap-size)

These variables have equivalent command-line options (see --help for details):
PYTHON_CONTEXT_AWARE_WARNINGS: warnings filters that belong to a context
                  (-X context_aware_warnings)
PYTHON_CPU_COUNT: what os.cpu_count() gives (-X cpu_count)
PYTHONDEBUG     : parser debugging output (-d)
PYTHONDEVMODE   : development mode (-X dev)
PYTHONDONTWRITEBYTECODE: write no .pyc files (-B)
PYTHONFAULTHANDLER: print the traceback on fatal errors (-X faulthandler)
PYTHON_FROZEN_MODULES: whether frozen modules are used (-X frozen_modules)
PYTHONINSPECT   : go on interactively after the program (-i)
PYTHONINTMAXSTRDIGITS: limit for conversions between int and str; 0: none
                  (-X int_max_str_digits=N)
PYTHONNODEBUGRANGES: no columns in code objects (-X no_debug_ranges)
PYTHONNOUSERSITE: no user site directory (-s)
PYTHONOPTIMIZE  : optimize (-O)
PYTHON_PERF_JIT_SUPPORT: has no effect here (-X perf_jit)
PYTHONPERFSUPPORT: has no effect here (-X perf)
PYTHONPROFILEIMPORTTIME: show how long imports take (-X importtime)
PYTHONPYCACHEPREFIX: the root of a tree for .pyc files (-X pycache_prefix)
PYTHONSAFEPATH  : no unsafe path at the start of sys.path (-P)
PYTHON_THREAD_INHERIT_CONTEXT: new threads start with their creator's context
                  (-X thread_inherit_context)
PYTHONTRACEMALLOC: trace allocations (-X tracemalloc)
PYTHONUNBUFFERED: unbuffered stdout and stderr (-u)
PYTHONUTF8      : UTF-8 mode (-X utf8)
PYTHONVERBOSE   : tell about each import (-v)
PYTHONWARNDEFAULTENCODING: warn where encoding=None means the locale's
                  (-X warn_default_encoding)
PYTHONWARNINGS  : filters for warnings (-W)
`;

export const XOPTIONS_HELP = `\
The following implementation-specific options are available:
-X context_aware_warnings=[0|1]: whether the filters of the warnings module
         belong to a context; also PYTHON_CONTEXT_AWARE_WARNINGS
-X cpu_count=N: what os.cpu_count() gives; default: what the machine has;
         also PYTHON_CPU_COUNT
-X dev : development mode; also PYTHONDEVMODE
-X disable-remote-debug: no remote debugging; also PYTHON_DISABLE_REMOTE_DEBUG
-X faulthandler: print the traceback on fatal errors; also PYTHONFAULTHANDLER
-X frozen_modules=[on|off]: whether frozen modules are used;
         also PYTHON_FROZEN_MODULES
-X importtime[=2]: show how long imports take; 2: also of what was imported
         before; also PYTHONPROFILEIMPORTTIME
-X int_max_str_digits=N: limit for conversions between int and str; 0: none;
         also PYTHONINTMAXSTRDIGITS
-X no_debug_ranges: no columns in code objects; also PYTHONNODEBUGRANGES
-X perf: has no effect here; also PYTHONPERFSUPPORT=1
-X perf_jit: has no effect here; also PYTHON_PERF_JIT_SUPPORT=1
-X pycache_prefix=PATH: the root of a tree for .pyc files; also
         PYTHONPYCACHEPREFIX
-X showalloccount: print at exit how many objects of each type were allocated
         (builds that count allocations)
-X showrefcount: print the total of the reference counts and the number of
         blocks at exit, and after each interactive statement (builds that
         count references); 0: print nothing
-X thread_inherit_context=[0|1]: whether new threads start with their creator's
         context; also PYTHON_THREAD_INHERIT_CONTEXT
-X tracemalloc[=N]: trace allocations, with N frames each (1); also
         PYTHONTRACEMALLOC=N
-X utf8[=0|1]: UTF-8 mode; also PYTHONUTF8
-X warn_default_encoding: warn where encoding=None means the locale's; also
         PYTHONWARNDEFAULTENCODING
`;
