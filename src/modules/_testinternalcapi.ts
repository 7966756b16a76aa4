// What is the module _testinternalcapi?  Invariant: as _testcapi, for what CPython's tests ask of the interpreter's inside; what is a figure of
// CPython's own machinery (when code is specialized, say) is CPython's figure.

import { H32 } from '../memory/linear.js';
import { defineModule, method, typeSpecs } from '../object/declare.js';
import { SHARED_KEYS_MAX_SIZE } from '../object/dict_keys.js';
import { PyErr_SetString } from '../object/errors.js';
import { longLived, visitTracked } from '../object/gc.js';
import { GC_HEAD_SIZE, HEAD_SIZE } from '../object/head.js';
import { newref } from '../object/header.js';
import { PyList_New, PyList_SET_ITEM } from '../object/list.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyModule_Add } from '../object/module_storage.js';
import type { Obj } from '../object/ptr.js';
import { slotDefs } from '../object/slot_defs.js';
import { PyExc_AssertionError } from '../object/statics.js';
import { tp_version_tag } from '../object/type_layout.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { listOfStrings } from '../types/vm_util.js';
import { INTERNAL_CODE_FUNCTIONS } from './testcapi_code.js';
import { COMPILER_FUNCTIONS, COMPILER_TYPES } from './testcapi_compiler.js';
import { INTERNAL_MEMORY_FUNCTIONS } from './testcapi_memory.js';
import { none } from './testcapi_util.js';
import { VAR_COUNT_FUNCTIONS } from './testcapi_varcounts.js';

const FIGURES: Record<string, number> = {
  SIZEOF_PYGC_HEAD: GC_HEAD_SIZE,
  SIZEOF_PYOBJECT: HEAD_SIZE,
  // Nothing stands before the head of an object but the collector's.
  SIZEOF_MANAGED_PRE_HEADER: 0,
  SIZEOF_TIME_T: 8,
  SHARED_KEYS_MAX_SIZE,
  SPECIALIZATION_THRESHOLD: 2,
  SPECIALIZATION_COOLDOWN: 53,
  TIER2_THRESHOLD: 4096,
};

function get_static_builtin_types(_m: Obj): Obj {
  const types = typeSpecs.filter((spec) => !spec.late).map((spec) => spec.type);
  const list = PyList_New(types.length);
  if (list !== 0) types.forEach((type, i) => PyList_SET_ITEM(list, i, newref(type)));
  return list;
}

function get_tracked_heap_size(_m: Obj): Obj {
  let n = 0;
  visitTracked(() => {
    n++;
  });
  return PyLong_FromLong(n);
}

function type_assign_specific_version_unsafe(_m: Obj, type: Obj, version: number): Obj {
  if (H32[(type + tp_version_tag) >> 2] !== 0) {
    return PyErr_SetString(PyExc_AssertionError, 'the type has a version already');
  }
  H32[(type + tp_version_tag) >> 2] = version;
  return none();
}

defineModule({
  name: '_testinternalcapi',
  types: COMPILER_TYPES,
  functions: [
    ...COMPILER_FUNCTIONS,
    ...INTERNAL_CODE_FUNCTIONS,
    ...INTERNAL_MEMORY_FUNCTIONS,
    ...VAR_COUNT_FUNCTIONS,
    method('pymem_getallocatorsname', '!($module, /)', () =>
      PyUnicode_FromString(`${WITH_PYMALLOC ? 'pymalloc' : 'malloc'}${PYMALLOC_DEBUG ? '_debug' : ''}`),
    ),
    method('get_static_builtin_types', '!($module, /)', get_static_builtin_types),
    method('identify_type_slot_wrappers', '!($module, /)', () =>
      listOfStrings([...new Set(slotDefs.filter((d) => d.kind !== 'none').map((d) => d.name))]),
    ),
    method('get_tracked_heap_size', '!($module, /)', get_tracked_heap_size),
    method('get_long_lived_total', '!($module, /)', () => PyLong_FromLong(longLived())),
    method(
      'type_assign_specific_version_unsafe',
      '!($module, type, version: int, /)',
      type_assign_specific_version_unsafe,
    ),
  ],
  exec: (m) => {
    for (const [name, value] of Object.entries(FIGURES)) {
      if (PyModule_Add(m, name, PyLong_FromLong(value)) < 0) return -1;
    }
    return 0;
  },
});
