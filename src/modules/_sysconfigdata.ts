// How does sysconfig know how this Python was built?  Invariant: the variables are derived from the build's defines, so they are true of it; the
// module has the name that sysconfig derives from sys.abiflags, sys.platform and sys.implementation._multiarch.

import { defineModule } from '../object/declare.js';
import { PyModule_Add } from '../object/module_storage.js';
import { config } from '../vm/sys_state.js';
import { ABIFLAGS } from './sys_info.js';
import { dictOf, toPython } from './values.js';

const MULTIARCH = 'wasm32-vivarium';
const VERSION = '3.14';

function buildTimeVars(): [string, string | number][] {
  const { prefix, platlibdir } = config;
  const lib = `${prefix}/${platlibdir}`;
  const stdlib = config.stdlib[0] ?? `${lib}/python${VERSION}`;
  const include = `${prefix}/include`;
  const soabi = `cpython-314${ABIFLAGS}-${MULTIARCH}`;
  return [
    ['Py_DEBUG', Number(Py_DEBUG)],
    ['Py_REF_DEBUG', Number(Py_REF_DEBUG)],
    ['Py_TRACE_REFS', Number(Py_TRACE_REFS)],
    ['COUNT_ALLOCS', Number(COUNT_ALLOCS)],
    ['WITH_PYMALLOC', Number(WITH_PYMALLOC)],
    ['PYMALLOC_DEBUG', Number(PYMALLOC_DEBUG)],
    ['WITH_MIMALLOC', 0],
    ['WITH_DOC_STRINGS', 1],
    ['Py_GIL_DISABLED', 0],
    ['Py_ENABLE_SHARED', 0],
    ['Py_STATS', 0],
    ['Py_TAIL_CALL_INTERP', 0],
    ['Py_REMOTE_DEBUG', 0],
    ['ABIFLAGS', ABIFLAGS],
    ['VERSION', VERSION],
    ['LDVERSION', `${VERSION}${ABIFLAGS}`],
    ['SOABI', soabi],
    ['EXT_SUFFIX', `.${soabi}.so`],
    ['SHLIB_SUFFIX', '.so'],
    ['MULTIARCH', MULTIARCH],
    ['MACHDEP', 'linux'],
    ['EXE', ''],
    ['HOST_GNU_TYPE', MULTIARCH],
    ['SIZEOF_VOID_P', 4],
    ['SIZEOF_SIZE_T', 4],
    ['SIZEOF_LONG', 4],
    ['SIZEOF_INT', 4],
    ['SIZEOF_SHORT', 2],
    ['SIZEOF_LONG_LONG', 8],
    ['SIZEOF_DOUBLE', 8],
    ['SIZEOF_FLOAT', 4],
    ['SIZEOF_WCHAR_T', 4],
    ['ALIGNOF_LONG', 4],
    ['HAVE_FORK', 0],
    ['HAVE_DYNAMIC_LOADING', 0],
    ['TEST_MODULES', 'yes'],
    ['CONFIG_ARGS', Py_DEBUG ? "'--with-pydebug'" : ''],
    ['PY_CFLAGS', ''],
    ['TZPATH', '/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo'],
    ['prefix', prefix],
    ['exec_prefix', prefix],
    ['PLATLIBDIR', platlibdir],
    ['BINDIR', `${prefix}/bin`],
    ['LIBDIR', lib],
    ['LIBDEST', stdlib],
    ['BINLIBDEST', stdlib],
    ['SCRIPTDIR', lib],
    ['DESTSHARED', `${stdlib}/lib-dynload`],
    ['INCLUDEDIR', include],
    ['CONFINCLUDEDIR', include],
    ['INCLUDEPY', `${include}/python${VERSION}${ABIFLAGS}`],
    ['CONFINCLUDEPY', `${include}/python${VERSION}${ABIFLAGS}`],
  ];
}

defineModule({
  name: `_sysconfigdata_${ABIFLAGS}_linux_${MULTIARCH}`,
  exec: (m) =>
    PyModule_Add(
      m,
      'build_time_vars',
      dictOf(buildTimeVars().map(([name, value]) => [name, toPython(value)] as const)),
    ),
});
