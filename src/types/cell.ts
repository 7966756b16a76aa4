// What can Python do with a cell?  Invariant: comparing cells compares what they hold, an empty one being less than any other.

import { bindTuple, bound, noKwargs } from '../object/bind.js';
import { CellLayout, cellSetTakeRef, PyCell_Check, PyCell_GET, PyCell_New } from '../object/cell.js';
import { defineType, getset } from '../object/declare.js';
import { PyErr_SetString, typeName } from '../object/errors.js';
import { newref, xnewref } from '../object/header.js';
import { addressText, PyObject_RichCompare, richCompareNumbers } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { Py_NotImplemented, PyCell_Type, PyExc_ValueError } from '../object/statics.js';
import { Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { PyUnicode_FromString } from '../object/unicode.js';

const NEW = parseSignature('cell', '(contents=<unrepresentable>, /)');

function cell_new(_type: Obj, args: Obj, kwargs: Obj): Obj {
  if (!noKwargs('cell', kwargs) || !bindTuple(NEW, args, NULL)) return NULL;
  return PyCell_New(bound[0] as Obj);
}

function cell_richcompare(a: Obj, b: Obj, op: number): Obj {
  if (!PyCell_Check(a) || !PyCell_Check(b)) return newref(Py_NotImplemented);
  const x = PyCell_GET(a);
  const y = PyCell_GET(b);
  if (x !== 0 && y !== 0) return PyObject_RichCompare(x, y, op);
  return richCompareNumbers(x !== 0 ? 1 : 0, y !== 0 ? 1 : 0, op);
}

function cell_repr(o: Obj): Obj {
  const v = PyCell_GET(o);
  if (v === 0) return PyUnicode_FromString(`<cell at ${addressText(o)}: empty>`);
  return PyUnicode_FromString(`<cell at ${addressText(o)}: ${typeName(v)} object at ${addressText(v)}>`);
}

function get_contents(o: Obj): Obj {
  const v = PyCell_GET(o);
  return v === 0 ? PyErr_SetString(PyExc_ValueError, 'cell is empty') : newref(v);
}

function set_contents(o: Obj, value: Obj): number {
  cellSetTakeRef(o, xnewref(value));
  return 0;
}

defineType({
  type: PyCell_Type,
  name: 'cell',
  layout: CellLayout,
  flags: Py_TPFLAGS_HAVE_GC,
  doc: 'Create a new cell object.\n\n  contents\n    the contents of the cell. If not specified, the cell will be empty,\n    and further attempts to access its cell_contents attribute will\n    raise a ValueError.',
  signature: '([contents])',
  slots: { tp_new: cell_new, tp_repr: cell_repr, tp_richcompare: cell_richcompare, tp_hash: null },
  getset: [getset('cell_contents', get_contents, set_contents)],
});
