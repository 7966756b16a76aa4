// What does Python see of the instruction set?  (_opcode, which `opcode` and `dis` are made of)  Invariant: everything follows from the table of
// instructions in src/compiler/opcodes.ts.

import { defineModule, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { decref, newref } from '../object/header.js';
import { PyModule_Add } from '../object/module_storage.js';
import { PyLong_AsLong, PyLong_FromLong } from '../object/long.js';
import { PyList_New, PyList_SET_ITEM } from '../object/list.js';
import { PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_False, Py_None, Py_True, PyCode_Type, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { PyTuple_New, PyTuple_SET_ITEM } from '../object/tuple.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { Py_TYPE } from '../object/header.js';
import * as O from '../compiler/opcodes.js';
import { listOfStrings } from '../types/vm_util.js';

const NB_NAMES = [
  'ADD',
  'AND',
  'FLOOR_DIVIDE',
  'LSHIFT',
  'MATRIX_MULTIPLY',
  'MULTIPLY',
  'REMAINDER',
  'OR',
  'POWER',
  'RSHIFT',
  'SUBTRACT',
  'TRUE_DIVIDE',
  'XOR',
];
const NB = [...NB_NAMES, ...NB_NAMES.map((n) => `INPLACE_${n}`), 'SUBSCR'].map((n) => `NB_${n}`);

function isValid(opcode: number): boolean {
  return (
    opcode >= 0 &&
    opcode < O.OPNAMES.length &&
    O.OPNAMES[opcode] !== '' &&
    !(opcode > O.ENTER_EXECUTOR && opcode < O.ANNOTATIONS_PLACEHOLDER)
  );
}

function has(flag: number): (m: Obj, opcode: number) => Obj {
  return (_m, opcode) => PyBool_FromLong(isValid(opcode) && (O.OPCODE_FLAGS[opcode] & flag) !== 0);
}

function stack_effect(_m: Obj, opcode: number, opargObj: Obj, jumpObj: Obj): Obj {
  let oparg = 0;
  if (opargObj !== Py_None) {
    oparg = PyLong_AsLong(opargObj);
    if (oparg === -1 && PyErr_Occurred() !== 0) return NULL;
  }
  if (jumpObj !== Py_None && jumpObj !== Py_True && jumpObj !== Py_False) {
    return PyErr_SetString(PyExc_ValueError, 'stack_effect: jump must be False, True or None');
  }
  const bad = (): Obj => PyErr_SetString(PyExc_ValueError, 'invalid opcode or oparg');
  if (!isValid(opcode)) return bad();
  if (opcode <= O.MAX_REAL_OPCODE && O.DEOPT[opcode] !== opcode) return bad();
  if (O.numPopped(opcode, oparg) < 0 || O.numPushed(opcode, oparg) < 0) return bad();
  const jumped = O.stackEffect(opcode, oparg, true);
  const through = O.stackEffect(opcode, oparg, false);
  return PyLong_FromLong(jumpObj === Py_True ? jumped : jumpObj === Py_False ? through : Math.max(jumped, through));
}

function get_nb_ops(_m: Obj): Obj {
  const list = PyList_New(NB.length);
  if (list === 0) return NULL;
  for (let i = 0; i < NB.length; i++) {
    const pair = PyTuple_New(2);
    const name = PyUnicode_FromString(NB[i]);
    const sign = PyUnicode_FromString(O.BINARY_OP_SIGNS[i]);
    if (pair === 0 || name === 0 || sign === 0) {
      for (const o of [pair, name, sign, list]) if (o !== 0) decref(o);
      return NULL;
    }
    PyTuple_SET_ITEM(pair, 0, name);
    PyTuple_SET_ITEM(pair, 1, sign);
    PyList_SET_ITEM(list, i, pair);
  }
  return list;
}

/** There are no executors here: the machine translates no traces. */
function get_executor(_m: Obj, code: Obj, _offset: number): Obj {
  return Py_TYPE(code) === PyCode_Type
    ? PyErr_SetString(PyExc_ValueError, 'no executor at given byte offset')
    : PyErr_SetString(PyExc_TypeError, `expected a code object, not '${typeName(code)}'`);
}

defineModule({
  name: '_opcode',
  doc: 'Opcode support module.',
  // The specialized forms are an affair of the machine's own: what of them is used differs from CPython.
  exec: (m) =>
    PyModule_Add(m, 'ENABLE_SPECIALIZATION', PyLong_FromLong(0)) < 0
      ? -1
      : PyModule_Add(m, 'ENABLE_SPECIALIZATION_FT', PyLong_FromLong(0)),
  functions: [
    method(
      'stack_effect',
      '($module, opcode: int, oparg=None, /, *, jump=None)',
      stack_effect,
      'Compute the stack effect of the opcode.',
    ),
    method(
      'is_valid',
      '($module, /, opcode: int)',
      (_m: Obj, op: number) => PyBool_FromLong(isValid(op)),
      'Return True if opcode is valid, False otherwise.',
    ),
    method(
      'has_arg',
      '($module, /, opcode: int)',
      has(O.HAS_ARG),
      'Return True if the opcode uses its oparg, False otherwise.',
    ),
    method(
      'has_const',
      '($module, /, opcode: int)',
      has(O.HAS_CONST),
      'Return True if the opcode accesses a constant, False otherwise.',
    ),
    method(
      'has_name',
      '($module, /, opcode: int)',
      has(O.HAS_NAME),
      'Return True if the opcode accesses an attribute by name, False otherwise.',
    ),
    method(
      'has_jump',
      '($module, /, opcode: int)',
      has(O.HAS_JUMP),
      'Return True if the opcode has a jump target, False otherwise.',
    ),
    method(
      'has_free',
      '($module, /, opcode: int)',
      has(O.HAS_FREE),
      "Return True if the opcode accesses a free variable, False otherwise.\n\nNote that 'free' in this context refers to names in the current scope\nthat are referenced by inner scopes or names in outer scopes that are\nreferenced from this scope. It does not include references to global\nor builtin scopes.",
    ),
    method(
      'has_local',
      '($module, /, opcode: int)',
      has(O.HAS_LOCAL),
      'Return True if the opcode accesses a local variable, False otherwise.',
    ),
    method(
      'has_exc',
      '($module, /, opcode: int)',
      (_m: Obj, op: number) => PyBool_FromLong(O.isBlockPush(op)),
      'Return True if the opcode sets an exception handler, False otherwise.',
    ),
    method('get_specialization_stats', '($module, /)', () => newref(Py_None), 'Return the specialization stats'),
    method(
      'get_nb_ops',
      '($module, /)',
      get_nb_ops,
      'Return array of symbols of binary ops.\n\nIndexed by the BINARY_OP oparg value.',
    ),
    method(
      'get_intrinsic1_descs',
      '($module, /)',
      () => listOfStrings(O.INTRINSIC_1_NAMES),
      'Return a list of names of the unary intrinsics.',
    ),
    method(
      'get_intrinsic2_descs',
      '($module, /)',
      () => listOfStrings(O.INTRINSIC_2_NAMES),
      'Return a list of names of the binary intrinsics.',
    ),
    method(
      'get_special_method_names',
      '($module, /)',
      () => listOfStrings(O.SPECIAL_METHOD_NAMES),
      'Return a list of special method names.',
    ),
    method(
      'get_executor',
      '($module, /, code, offset: int)',
      get_executor,
      'Return the executor object at offset in code if exists, None otherwise.',
    ),
  ],
});
