// What is the module _testcapi?  Invariant: it shows native code's side of the runtime to CPython's own tests, under the names that they use; each part's
// functions are in the file named for its subject (testcapi_*.ts).

import { defineModule, method } from '../object/declare.js';
import { PyErr_SetString } from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { PyLong_FromBigInt } from '../object/long.js';
import { PyModule_Add, PyModule_AddObjectRef } from '../object/module_storage.js';
import { PyBool_FromLong } from '../object/object.js';
import type { Obj } from '../object/ptr.js';
import { PyExc_ValueError, PyInstanceMethod_Type } from '../object/statics.js';
import { readyLateType } from '../object/type_ready.js';
import { asString } from '../object/unicode.js';
import { config } from '../vm/sys_state.js';
import { ABSTRACT_FUNCTIONS } from './testcapi_abstract.js';
import { CALL_FUNCTIONS, CALL_TYPES } from './testcapi_calls.js';
import { CODE_FUNCTIONS } from './testcapi_code.js';
import { ERROR_FUNCTIONS, RecursingInfinitelyError_Type } from './testcapi_errors.js';
import { MEMORY_FUNCTIONS } from './testcapi_memory.js';
import { CodeLike_Type, MONITORING_FUNCTIONS } from './testcapi_monitoring.js';
import { DOC_FUNCTIONS, STATIC_TYPES, testBufType, TYPE_FUNCTIONS } from './testcapi_types.js';
import { toPython } from './values.js';

/** The limits of C's types, those of a 32-bit platform. */
const LIMITS: Record<string, bigint> = {
  CHAR_MAX: 127n,
  CHAR_MIN: -128n,
  UCHAR_MAX: 255n,
  SHRT_MAX: 32767n,
  SHRT_MIN: -32768n,
  USHRT_MAX: 65535n,
  INT_MAX: 2n ** 31n - 1n,
  INT_MIN: -(2n ** 31n),
  UINT_MAX: 2n ** 32n - 1n,
  LONG_MAX: 2n ** 31n - 1n,
  LONG_MIN: -(2n ** 31n),
  ULONG_MAX: 2n ** 32n - 1n,
  LLONG_MAX: 2n ** 63n - 1n,
  LLONG_MIN: -(2n ** 63n),
  ULLONG_MAX: 2n ** 64n - 1n,
  INT32_MAX: 2n ** 31n - 1n,
  INT32_MIN: -(2n ** 31n),
  UINT32_MAX: 2n ** 32n - 1n,
  INT64_MAX: 2n ** 63n - 1n,
  INT64_MIN: -(2n ** 63n),
  UINT64_MAX: 2n ** 64n - 1n,
  PY_SSIZE_T_MAX: 2n ** 31n - 1n,
  PY_SSIZE_T_MIN: -(2n ** 31n),
  SIZE_MAX: 2n ** 32n - 1n,
  PyTime_MAX: 2n ** 63n - 1n,
  PyTime_MIN: -(2n ** 63n),
  SIZEOF_VOID_P: 4n,
  SIZEOF_WCHAR_T: 4n,
  SIZEOF_TIME_T: 8n,
  SIZEOF_PID_T: 4n,
  the_number_three: 3n,
  Py_single_input: 256n,
  Py_file_input: 257n,
  Py_eval_input: 258n,
  PyCF_ONLY_AST: 0x400n,
  PyCF_IGNORE_COOKIE: 0x800n,
};

const FLOATS: Record<string, number> = {
  FLT_MAX: 3.4028234663852886e38,
  FLT_MIN: 1.1754943508222875e-38,
  DBL_MAX: Number.MAX_VALUE,
  DBL_MIN: 2.2250738585072014e-308,
};

/** A setting of the interpreter by its name in PyConfig. */
function config_get(_m: Obj, name: Obj): Obj {
  const key = asString(name);
  const value = Object.entries(config).find(([k]) => k === key)?.[1];
  if (value === undefined) return PyErr_SetString(PyExc_ValueError, `unknown config option name: ${key}`);
  return toPython(value);
}

function exec(m: Obj): number {
  for (const [name, value] of Object.entries(LIMITS)) {
    if (PyModule_Add(m, name, PyLong_FromBigInt(value)) < 0) return -1;
  }
  for (const [name, value] of Object.entries(FLOATS)) {
    if (PyModule_Add(m, name, PyFloat_FromDouble(value)) < 0) return -1;
  }
  if (!readyLateType(testBufType)) return -1;
  return PyModule_Add(m, 'WITH_PYMALLOC', PyBool_FromLong(WITH_PYMALLOC)) < 0 ||
    PyModule_Add(m, 'WITH_MIMALLOC', PyBool_FromLong(false)) < 0 ||
    PyModule_AddObjectRef(m, 'testBuf', testBufType) < 0 ||
    PyModule_AddObjectRef(m, 'instancemethod', PyInstanceMethod_Type) < 0
    ? -1
    : 0;
}

defineModule({
  name: '_testcapi',
  types: [...CALL_TYPES, ...STATIC_TYPES, CodeLike_Type, RecursingInfinitelyError_Type],
  functions: [
    ...ABSTRACT_FUNCTIONS,
    ...CALL_FUNCTIONS,
    ...CODE_FUNCTIONS,
    ...DOC_FUNCTIONS,
    ...ERROR_FUNCTIONS,
    ...MEMORY_FUNCTIONS,
    ...MONITORING_FUNCTIONS,
    ...TYPE_FUNCTIONS,
    method('config_get', '!($module, name: str, /)', config_get),
  ],
  exec,
});
