// How is a variable shared between scopes stored?  Invariant: a cell owns one reference or is empty (NULL); nothing else points at the value
// on the variable's behalf.

import { H32 } from '../memory/linear.js';
import { HEAD_SIZE } from './head.js';
import { newref, Py_TYPE, xdecref, xnewref } from './header.js';
import { PyObject_GC_Track } from './gc_head.js';
import { layout, ref } from './layout.js';
import { _PyObject_New } from './new_object.js';
import { NULL, type Obj } from './ptr.js';
import { PyCell_Type } from './statics.js';

export const CellLayout = layout({ ob_ref: ref });
export const cell_ref = HEAD_SIZE;

export function PyCell_Check(o: Obj): boolean {
  return Py_TYPE(o) === PyCell_Type;
}

/** A new cell of `value` (borrowed, may be NULL); NULL with MemoryError. */
export function PyCell_New(value: Obj): Obj {
  const cell = _PyObject_New(PyCell_Type);
  if (cell === 0) return NULL;
  H32[(cell + cell_ref) >> 2] = xnewref(value);
  PyObject_GC_Track(cell);
  return cell;
}

/** The contents, borrowed, or NULL. */
export function PyCell_GET(cell: Obj): Obj {
  return H32[(cell + cell_ref) >> 2] as Obj;
}

/** The contents, a new reference, or NULL if the cell is empty (no exception). */
export function PyCell_Get(cell: Obj): Obj {
  return xnewref(H32[(cell + cell_ref) >> 2] as Obj);
}

/** Replaces the contents by `value` (borrowed, may be NULL); 0. */
export function PyCell_Set(cell: Obj, value: Obj): number {
  cellSetTakeRef(cell, value === 0 ? NULL : newref(value));
  return 0;
}

/** Replaces the contents by `value` (stolen, may be NULL). */
export function cellSetTakeRef(cell: Obj, value: Obj): void {
  const old = H32[(cell + cell_ref) >> 2] as Obj;
  H32[(cell + cell_ref) >> 2] = value;
  xdecref(old);
}
