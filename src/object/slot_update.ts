// Which function belongs into a slot of a class made by Python code?
//
// Invariant: a slot of such a class is the native function of a base as long as every special method of the slot resolves to the wrapper of
// that same function; otherwise it is the slot's generic function (slot_functions.ts), which looks the method up at each call.

import { H32 } from '../memory/linear.js';
import { WrapperDescr, d_type } from './descr.js';
import { PyDict_Contains, PyDict_Next, dictValue } from './dict.js';
import { fn } from './functable.js';
import { Py_TYPE } from './header.js';
import { ID, idObj } from './identifiers.js';
import { PyType_IsSubtype } from './isinstance.js';
import { nextNotImplementedIndex, PyObject_HashNotImplemented } from './object.js';
import type { Obj } from './ptr.js';
import { slotDefs } from './slot_defs.js';
import { slotFunction } from './slot_functions.js';
import { Py_None, PyWrapperDescr_Type } from './statics.js';
import { isNewWrapper } from './type_ready.js';
import { _PyType_Lookup } from './type_lookup.js';
import {
  Py_TPFLAGS_HAVE_VECTORCALL,
  SLOT_OFFSETS,
  type SlotName,
  tp_dict,
  tp_flags,
  tp_new,
  tp_subclasses,
} from './type_layout.js';
import { asString } from './unicode.js';
import { PyWeakref_GET_OBJECT } from './weakref.js';

interface Group {
  readonly slot: SlotName;
  readonly offset: number;
  readonly defs: readonly { readonly index: number; readonly name: number; readonly text: string }[];
}

/** The rows of the slot table by slot, and the slots that a special method's name touches. */
const groups: Group[] = [];
const groupsOfName = new Map<string, Group[]>();
for (const slot of new Set(slotDefs.map((d) => d.slot))) {
  const defs = slotDefs.map((d, index) => ({ d, index })).filter(({ d }) => d.slot === slot);
  const group = {
    slot,
    offset: SLOT_OFFSETS[slot],
    defs: defs.map(({ d, index }) => ({ index, name: ID(d.name), text: d.name })),
  };
  groups.push(group);
  for (const d of group.defs) groupsOfName.set(d.text, [...(groupsOfName.get(d.text) ?? []), group]);
}

const hashNotImplemented = fn(PyObject_HashNotImplemented);

/** How many slots of a type that serve the method `name` are filled. */
function filledSlots(type: Obj, name: string): number {
  let n = 0;
  for (const g of groupsOfName.get(name) ?? []) if (H32[(type + g.offset) >> 2] !== 0) n++;
  return n;
}

function updateSlot(type: Obj, group: Group): void {
  let specific = 0;
  let generic = 0;
  let useGeneric = false;
  const own = slotFunction(group.slot);
  for (const def of group.defs) {
    const descr = _PyType_Lookup(type, idObj(def.name));
    if (descr === 0) {
      if (group.slot === 'tp_iternext') specific = nextNotImplementedIndex;
      continue;
    }
    if (
      Py_TYPE(descr) === PyWrapperDescr_Type &&
      slotDefs[H32[(descr + WrapperDescr.d_slotdef) >> 2]].name === def.text
    ) {
      const wrapped = H32[(descr + WrapperDescr.d_wrapped) >> 2];
      const filled = H32[(type + group.offset) >> 2] !== 0 ? 1 : 0;
      const all = filledSlots(type, def.text);
      if (all !== 1 || filled === 1) generic = own;
      const sameKind = slotDefs[H32[(descr + WrapperDescr.d_slotdef) >> 2]].kind === slotDefs[def.index].kind;
      if (
        (specific === 0 || specific === wrapped) &&
        sameKind &&
        PyType_IsSubtype(type, H32[(descr + d_type) >> 2] as Obj)
      )
        specific = wrapped;
      else useGeneric = true;
    } else if (group.slot === 'tp_new' && isNewWrapper(descr)) specific = H32[(type + tp_new) >> 2];
    else if (descr === Py_None && group.slot === 'tp_hash') specific = hashNotImplemented;
    else {
      useGeneric = true;
      generic = own;
      // A base's vectorcall would go past the method.
      if (group.slot === 'tp_call') H32[(type + tp_flags) >> 2] &= ~Py_TPFLAGS_HAVE_VECTORCALL;
    }
  }
  H32[(type + group.offset) >> 2] = specific !== 0 && !useGeneric ? specific : generic;
}

/** Fills all slots of a new class (fixup_slot_dispatchers). */
export function updateAllSlots(type: Obj): void {
  for (const g of groups) updateSlot(type, g);
}

/** After `type.name` has been set or deleted: updates the slots of the type and of the subclasses that inherit it. */
export function updateSlotsFor(type: Obj, name: Obj): void {
  const touched = groupsOfName.get(asString(name));
  if (touched) updateTree(type, name, touched);
}

function updateTree(type: Obj, name: Obj, touched: readonly Group[]): void {
  for (const g of touched) updateSlot(type, g);
  const subclasses = H32[(type + tp_subclasses) >> 2] as Obj;
  if (subclasses === 0) return;
  let pos = 0;
  while ((pos = PyDict_Next(subclasses, pos)) !== 0) {
    const sub = PyWeakref_GET_OBJECT(dictValue);
    if (sub !== 0 && PyDict_Contains(H32[(sub + tp_dict) >> 2] as Obj, name) === 0) updateTree(sub, name, touched);
  }
}

/** After the bases of a type changed: the whole tree below it. */
export function updateAllSlotsBelow(type: Obj): void {
  updateAllSlots(type);
  const subclasses = H32[(type + tp_subclasses) >> 2] as Obj;
  if (subclasses === 0) return;
  let pos = 0;
  while ((pos = PyDict_Next(subclasses, pos)) !== 0) {
    const sub = PyWeakref_GET_OBJECT(dictValue);
    if (sub !== 0) updateAllSlotsBelow(sub);
  }
}

/** Whether a name is that of a special method with a slot. */
export function hasSlot(name: string): boolean {
  return groupsOfName.has(name);
}
