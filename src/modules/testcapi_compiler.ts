// How do the tests drive the compiler's stages?  (InstructionSequence and optimize_cfg of _testinternalcapi)
//
// Invariant: a sequence holds its instructions as tuples (opcode, oparg, line, end line, column, end column) in a list; as long as it has a list of
// labels, the operands of jumps are indices into that list, which holds positions; afterwards they are positions themselves.

import { H32 } from '../memory/linear.js';
import { defineType, type MethodDef, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { layout, ref } from '../object/layout.js';
import {
  PyList_Append,
  PyList_Check,
  PyList_GET_ITEM,
  PyList_GET_SIZE,
  PyList_New,
  PyList_SetItem,
  PyList_SetSlice,
} from '../object/list.js';
import { PyLong_AsInt, PyLong_FromLong } from '../object/long.js';
import { _PyObject_New } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_List } from '../object/sequence.js';
import { PySlice_New } from '../object/slice.js';
import { PyExc_TypeError, PyExc_ValueError, staticType } from '../object/statics.js';
import { PyTuple_GET_ITEM } from '../object/tuple.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import type { ConstValue } from '../compiler/ast.js';
import { type BasicBlock, buildGraph } from '../compiler/cfg.js';
import { borrowLoads } from '../compiler/flow_borrow.js';
import { ConstantPool } from '../compiler/constants.js';
import { optimizeGraph } from '../compiler/flowgraph.js';
import { InstructionSequence, type Label, Location } from '../compiler/instructions.js';
import { HAS_ARG, hasTarget, LOAD_CONST, OPCODE_FLAGS } from '../compiler/opcodes.js';
import { raiseCompileError } from '../vm/compile_source.js';
import { constantFromPython } from './ast_from_python.js';
import { constantToPython } from './ast_to_python.js';
import { none } from './testcapi_util.js';
import { tupleOf } from './values.js';

const InstructionSequence_Type = staticType();
const Sequence = layout({ instructions: ref, labels: ref, nested: ref });

const word = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;

/** A new sequence without instructions, or NULL. */
function newSequence(): Obj {
  const o = _PyObject_New(InstructionSequence_Type);
  if (o === 0) return NULL;
  for (const field of [Sequence.instructions, Sequence.labels, Sequence.nested]) H32[(o + field) >> 2] = PyList_New(0);
  PyObject_GC_Track(o);
  if (PyErr_Occurred() === 0) return o;
  decref(o);
  return NULL;
}

/** One instruction as a tuple; `oparg` is stolen. */
function instruction(op: number, oparg: Obj, loc: Location): Obj {
  return tupleOf([
    PyLong_FromLong(op),
    oparg,
    ...[loc.line, loc.endLine, loc.col, loc.endCol].map((n) => PyLong_FromLong(n)),
  ]);
}

/** Appends an item (stolen, may be NULL): 0, or -1. */
function append(list: Obj, item: Obj): number {
  const r = item === 0 ? -1 : PyList_Append(list, item);
  xdecref(item);
  return r;
}

function addop(self: Obj, op: number, oparg: number, line: number, col: number, endLine: number, endCol: number): Obj {
  const loc = new Location(line, endLine, col, endCol);
  return append(word(self, Sequence.instructions), instruction(op, PyLong_FromLong(oparg), loc)) < 0 ? NULL : none();
}

function labelsOf(self: Obj): Obj {
  const labels = word(self, Sequence.labels);
  return labels === 0 ? PyErr_SetString(PyExc_ValueError, 'the labels have been resolved') : labels;
}

function new_label(self: Obj): Obj {
  const labels = labelsOf(self);
  if (labels === 0 || append(labels, PyLong_FromLong(-1)) < 0) return NULL;
  return PyLong_FromLong(PyList_GET_SIZE(labels) - 1);
}

function use_label(self: Obj, label: number): Obj {
  const labels = labelsOf(self);
  if (labels === 0) return NULL;
  if (label < 0) return PyErr_SetString(PyExc_ValueError, 'negative label');
  while (PyList_GET_SIZE(labels) <= label) if (append(labels, PyLong_FromLong(-1)) < 0) return NULL;
  const at = PyLong_FromLong(PyList_GET_SIZE(word(self, Sequence.instructions)));
  return at === 0 || PyList_SetItem(labels, label, at) < 0 ? NULL : none();
}

interface Step {
  op: number;
  arg: number;
  loc: Location;
}

/** The instructions, with positions for the operands of jumps. */
function steps(self: Obj): Step[] {
  const list = word(self, Sequence.instructions);
  const labels = word(self, Sequence.labels);
  return Array.from({ length: PyList_GET_SIZE(list) }, (_, i) => {
    const tuple = PyList_GET_ITEM(list, i);
    const [op, arg, line, endLine, col, endCol] = Array.from({ length: 6 }, (_, k) =>
      PyLong_AsInt(PyTuple_GET_ITEM(tuple, k)),
    );
    const jumps = labels !== 0 && hasTarget(op) && arg >= 0 && arg < PyList_GET_SIZE(labels);
    return {
      op,
      arg: jumps ? PyLong_AsInt(PyList_GET_ITEM(labels, arg)) : arg,
      loc: new Location(line, endLine, col, endCol),
    };
  });
}

/** Puts instructions with positions in the place of what a sequence has: 0, or -1. */
function replace(self: Obj, code: readonly Step[]): number {
  const list = PyList_New(0);
  for (const { op, arg, loc } of code) {
    if (list === 0 || append(list, instruction(op, PyLong_FromLong(arg), loc)) < 0) break;
  }
  if (PyErr_Occurred() !== 0) {
    xdecref(list);
    return -1;
  }
  for (const [field, value] of [
    [Sequence.instructions, list],
    [Sequence.labels, NULL],
  ] as const) {
    const old = word(self, field);
    H32[(self + field) >> 2] = value;
    xdecref(old);
  }
  return 0;
}

function get_instructions(self: Obj): Obj {
  const code = steps(self);
  if (replace(self, code) < 0) return NULL;
  const list = PyList_New(0);
  for (const { op, arg, loc } of code) {
    const oparg = OPCODE_FLAGS[op] & HAS_ARG ? PyLong_FromLong(arg) : none();
    if (list === 0 || append(list, instruction(op, oparg, loc)) < 0) break;
  }
  if (PyErr_Occurred() === 0) return list;
  xdecref(list);
  return NULL;
}

function add_nested(self: Obj, other: Obj): Obj {
  if (Py_TYPE(other) !== InstructionSequence_Type) {
    return PyErr_SetString(PyExc_TypeError, 'expected an instruction sequence');
  }
  return PyList_Append(word(self, Sequence.nested), other) < 0 ? NULL : none();
}

defineType({
  type: InstructionSequence_Type,
  name: 'InstructionSequence',
  layout: Sequence,
  late: true,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: { tp_new: newSequence },
  methods: [
    method(
      'addop',
      '($self, /, opcode: int, oparg: int, lineno: int, col_offset: int, end_lineno: int, end_col_offset: int)',
      addop,
    ),
    method('new_label', '($self, /)', new_label),
    method('use_label', '($self, /, label: int)', use_label),
    method('add_nested', '($self, /, nested)', add_nested),
    method('get_nested', '($self, /)', (self: Obj) => PySequence_List(word(self, Sequence.nested))),
    method('get_instructions', '($self, /)', get_instructions),
  ],
});

/** The compiler's own sequence of the same instructions: a label at each position that something jumps to. */
function toCompiler(code: readonly Step[]): InstructionSequence {
  const sequence = new InstructionSequence();
  const labels = new Map<number, Label>();
  for (const { op, arg } of code) if (hasTarget(op) && !labels.has(arg)) labels.set(arg, sequence.newLabel());
  code.forEach(({ op, arg, loc }, i) => {
    const here = labels.get(i);
    if (here !== undefined) sequence.useLabel(here);
    sequence.add(op, hasTarget(op) ? (labels.get(arg) as Label) : arg, loc);
  });
  return sequence;
}

/** The instructions of a graph in the order of its blocks; jumps to a position. */
function fromGraph(entry: BasicBlock): Step[] {
  const starts = new Map<BasicBlock, number>();
  let n = 0;
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    starts.set(b, n);
    n += b.instructions.length;
  }
  const code: Step[] = [];
  for (let b: BasicBlock | null = entry; b; b = b.next) {
    for (const { op, arg, loc, target } of b.instructions) {
      code.push({ op, arg: hasTarget(op) && target !== null ? (starts.get(target) as number) : arg, loc });
    }
  }
  return code;
}

/** A constant of the optimizer's as an object: the one that it came from, or a new one; a new reference or NULL. */
function object(c: ConstValue, from: Map<ConstValue, Obj>): Obj {
  const there = from.get(c);
  if (there !== undefined) return newref(there);
  if (c.t !== 'slice') return constantToPython(c);
  const parts = [c.start, c.stop, c.step].map((part) => object(part, from));
  const r = parts.includes(NULL) ? NULL : PySlice_New(parts[0], parts[1], parts[2]);
  for (const part of parts) xdecref(part);
  return r;
}

/** optimize_cfg(instructions, consts, nlocals): a new sequence; the list of constants is changed in place. */
function optimize_cfg(_m: Obj, self: Obj, consts: Obj, nlocals: number): Obj {
  if (Py_TYPE(self) !== InstructionSequence_Type) {
    return PyErr_SetString(PyExc_ValueError, 'expected an instruction sequence');
  }
  if (!PyList_Check(consts)) return PyErr_SetString(PyExc_TypeError, 'consts must be a list');
  const code = steps(self);
  const size = PyList_GET_SIZE(consts);
  const wrong = code.find(({ op, arg }) => op === LOAD_CONST && (arg < 0 || arg >= size));
  if (wrong !== undefined) {
    return PyErr_SetString(PyExc_ValueError, `LOAD_CONST index ${wrong.arg} is out of range for consts (len=${size})`);
  }
  const kept: Obj[] = [];
  const from = new Map<ConstValue, Obj>();
  const values: ConstValue[] = [];
  let result: Obj = NULL;
  const original = PySequence_List(consts);
  for (let i = 0; original !== 0 && i < size; i++) {
    const value = constantFromPython(PyList_GET_ITEM(original, i), kept);
    if (value === null) break;
    from.set(value, PyList_GET_ITEM(original, i));
    values.push(value);
  }
  if (values.length === size && original !== 0) {
    try {
      const entry = buildGraph(toCompiler(code));
      optimizeGraph(entry, values, new ConstantPool(), nlocals, 0);
      borrowLoads(entry);
      result = newSequence();
      if (result !== 0 && replace(result, fromGraph(entry)) < 0) {
        decref(result);
        result = NULL;
      }
    } catch (error) {
      const filename = PyUnicode_FromString('<cfg>');
      raiseCompileError(error, filename);
      decref(filename);
    }
    const list = result === 0 ? NULL : PyList_New(0);
    for (const value of values) if (list !== 0 && append(list, object(value, from)) < 0) break;
    if (list !== 0 && (PyErr_Occurred() !== 0 || PyList_SetSlice(consts, 0, PyList_GET_SIZE(consts), list) < 0)) {
      decref(result);
      result = NULL;
    }
    xdecref(list);
  }
  for (const o of kept) decref(o);
  xdecref(original);
  return result;
}

export const COMPILER_TYPES = [InstructionSequence_Type];
export const COMPILER_FUNCTIONS: readonly MethodDef[] = [
  method('new_instruction_sequence', '!($module, /)', () => newSequence()),
  method('optimize_cfg', '!($module, /, instructions, consts, nlocals: int)', optimize_cfg),
];
