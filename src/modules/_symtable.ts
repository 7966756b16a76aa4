// What does the compiler know about the names of a program? (_symtable, which `symtable` shows in a friendlier way)
//
// Invariant: an entry is a picture of a block of the compiler's symbol table after the analysis; nothing refers back to the compiler.

import * as S from '../compiler/symbols.js';
import { H32 } from '../memory/linear.js';
import { defineModule, defineType, member, method } from '../object/declare.js';
import { PyErr_SetString } from '../object/errors.js';
import { decref } from '../object/header.js';
import { i32, layout, ref } from '../object/layout.js';
import { asBigInt, PyLong_FromLong } from '../object/long.js';
import { PyModule_Add } from '../object/module_storage.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_ValueError, staticType } from '../object/statics.js';
import { Py_TPFLAGS_DISALLOW_INSTANTIATION } from '../object/type_layout.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { symtableOf } from '../vm/compile_source.js';
import { filenameOf, sourceText } from './builtins_exec.js';
import { dictOf, listOf, listOfStr } from './values.js';

const Entry_Type = staticType();
const Entry = layout({
  id: ref,
  name: ref,
  symbols: ref,
  varnames: ref,
  children: ref,
  nested: i32,
  type: i32,
  lineno: i32,
});

function entry_repr(e: Obj): Obj {
  const name = asString(H32[(e + Entry.name) >> 2] as Obj);
  const id = asBigInt(H32[(e + Entry.id) >> 2] as Obj);
  return PyUnicode_FromString(`<symtable entry ${name}(${id}), line ${H32[(e + Entry.lineno) >> 2]}>`);
}

defineType({
  type: Entry_Type,
  name: 'symtable entry',
  layout: Entry,
  flags: Py_TPFLAGS_DISALLOW_INSTANTIATION,
  slots: { tp_repr: entry_repr },
  members: [
    member('id', 'object', Entry.id),
    member('name', 'object', Entry.name),
    member('symbols', 'object', Entry.symbols),
    member('varnames', 'object', Entry.varnames),
    member('children', 'object', Entry.children),
    member('nested', 'int', Entry.nested),
    member('type', 'int', Entry.type),
    member('lineno', 'int', Entry.lineno),
  ],
});

/** The object for a block and all blocks inside it: a new reference, or NULL. */
function entryToPython(block: S.SymtableEntry): Obj {
  const e = PyType_GenericAlloc(Entry_Type, 0);
  if (e === 0) return NULL;
  const parts: [number, () => Obj][] = [
    [Entry.id, () => PyLong_FromLong(block.id)],
    [Entry.name, () => PyUnicode_FromString(block.name)],
    [Entry.symbols, () => dictOf([...block.symbols].map(([name, flags]) => [name, PyLong_FromLong(flags)]))],
    [Entry.varnames, () => listOfStr(block.varnames)],
    [Entry.children, () => listOf(block.children.map(entryToPython))],
  ];
  for (const [offset, make] of parts) {
    const o = make();
    if (o === 0) {
      decref(e);
      return NULL;
    }
    H32[(e + offset) >> 2] = o;
  }
  H32[(e + Entry.nested) >> 2] = Number(block.nested);
  H32[(e + Entry.type) >> 2] = block.type;
  H32[(e + Entry.lineno) >> 2] = block.loc.lineno;
  return e;
}

function symtable(_m: Obj, source: Obj, path: Obj, modeObj: Obj): Obj {
  const filename = filenameOf(path);
  if (filename === 0) return NULL;
  const text = sourceText(source, 'symtable', 'string or bytes');
  const mode = asString(modeObj);
  let r: Obj = NULL;
  if (text !== null) {
    if (mode === 'exec' || mode === 'eval' || mode === 'single') {
      const table = symtableOf(text, filename, mode);
      if (table !== null) r = entryToPython(table.top);
    } else PyErr_SetString(PyExc_ValueError, "symtable() arg 3 must be 'exec' or 'eval' or 'single'");
  }
  decref(filename);
  return r;
}

const CONSTANTS: Readonly<Record<string, number>> = {
  USE: S.USE,
  DEF_GLOBAL: S.DEF_GLOBAL,
  DEF_NONLOCAL: S.DEF_NONLOCAL,
  DEF_LOCAL: S.DEF_LOCAL,
  DEF_PARAM: S.DEF_PARAM,
  DEF_TYPE_PARAM: S.DEF_TYPE_PARAM,
  DEF_FREE_CLASS: S.DEF_FREE_CLASS,
  DEF_IMPORT: S.DEF_IMPORT,
  DEF_BOUND: S.DEF_BOUND,
  DEF_ANNOT: S.DEF_ANNOT,
  DEF_COMP_ITER: S.DEF_COMP_ITER,
  DEF_COMP_CELL: S.DEF_COMP_CELL,
  TYPE_FUNCTION: S.FUNCTION_BLOCK,
  TYPE_CLASS: S.CLASS_BLOCK,
  TYPE_MODULE: S.MODULE_BLOCK,
  TYPE_ANNOTATION: S.ANNOTATION_BLOCK,
  TYPE_TYPE_ALIAS: S.TYPE_ALIAS_BLOCK,
  TYPE_TYPE_PARAMETERS: S.TYPE_PARAMETERS_BLOCK,
  TYPE_TYPE_VARIABLE: S.TYPE_VARIABLE_BLOCK,
  LOCAL: S.LOCAL,
  GLOBAL_EXPLICIT: S.GLOBAL_EXPLICIT,
  GLOBAL_IMPLICIT: S.GLOBAL_IMPLICIT,
  FREE: S.FREE,
  CELL: S.CELL,
  SCOPE_OFF: S.SCOPE_OFFSET,
  SCOPE_MASK: S.SCOPE_MASK,
};

defineModule({
  name: '_symtable',
  functions: [
    method(
      'symtable',
      '($module, source, filename, startstr: str, /)',
      symtable,
      'Return symbol and scope dictionaries used internally by compiler.',
    ),
  ],
  exec: (m) => {
    for (const [name, n] of Object.entries(CONSTANTS)) if (PyModule_Add(m, name, PyLong_FromLong(n)) < 0) return -1;
    return 0;
  },
});
