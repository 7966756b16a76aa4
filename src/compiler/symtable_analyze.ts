// Where does each name live? The second pass of the symbol table.
//
// Invariant: when a block has been analyzed, each of its symbols has a scope; a name that an inner block takes from here is a CELL here and
// FREE there and in every block between. Class bodies give their names to nobody but annotation scopes, which look into them at run
// time; comprehensions (other than generator expressions) dissolve into the block around them.

import { syntaxErrorAt } from './future.js';
import {
  CELL,
  CLASS_BLOCK,
  DEF_BOUND,
  DEF_COMP_CELL,
  DEF_FREE_CLASS,
  DEF_GLOBAL,
  DEF_NONLOCAL,
  DEF_PARAM,
  DEF_TYPE_PARAM,
  FREE,
  GLOBAL_EXPLICIT,
  GLOBAL_IMPLICIT,
  LOCAL,
  SCOPE_OFFSET,
  type SymtableEntry,
  scopeOf,
  USE,
} from './symbols.js';

type Names = Set<string>;

/** The cells that a class body may have for the blocks in it. */
const CLASS_CELLS: ReadonlySet<string> = new Set(['__class__', '__classdict__', '__conditional_annotations__']);

/** What a block knows of the names around it; the sets are its own copies. */
interface Surroundings {
  /** Names bound in enclosing functions; null in the module. */
  bound: Names | null;
  /** Names declared global around here. */
  global: Names;
  typeParams: Names;
  /** The class whose namespace this annotation scope sees. */
  classEntry: SymtableEntry | null;
}

function addAll(to: Names, from: Iterable<string>): void {
  for (const name of from) to.add(name);
}

function isFreeInChild(entry: SymtableEntry, name: string): boolean {
  return entry.children.some((child) => child.scope(name) === FREE);
}

class Analysis {
  private readonly filename: string;

  constructor(filename: string) {
    this.filename = filename;
  }

  private directiveError(entry: SymtableEntry, name: string, msg: string): Error {
    return syntaxErrorAt(msg, entry.directives.get(name) ?? entry.loc, this.filename);
  }

  private analyzeName(
    entry: SymtableEntry,
    scopes: Map<string, number>,
    name: string,
    flags: number,
    around: Surroundings,
    local: Names,
    free: Names,
  ): void {
    const { bound, global, typeParams, classEntry } = around;
    if (flags & DEF_GLOBAL) {
      if (flags & DEF_NONLOCAL) throw this.directiveError(entry, name, `name '${name}' is nonlocal and global`);
      scopes.set(name, GLOBAL_EXPLICIT);
      global.add(name);
      bound?.delete(name);
      return;
    }
    if (flags & DEF_NONLOCAL) {
      if (!bound) throw this.directiveError(entry, name, 'nonlocal declaration not allowed at module level');
      if (!bound.has(name)) throw this.directiveError(entry, name, `no binding for nonlocal '${name}' found`);
      if (typeParams.has(name)) {
        throw this.directiveError(entry, name, `nonlocal binding not allowed for type parameter '${name}'`);
      }
      scopes.set(name, FREE);
      free.add(name);
      return;
    }
    if (flags & DEF_BOUND) {
      scopes.set(name, LOCAL);
      local.add(name);
      global.delete(name);
      if (flags & DEF_TYPE_PARAM) typeParams.add(name);
      else typeParams.delete(name);
      return;
    }
    if (classEntry) {
      // Bound in the class, and perhaps in a function around the class too: it is looked up in the class and then as a global.
      const classFlags = classEntry.flags(name);
      if (classFlags & DEF_GLOBAL) {
        scopes.set(name, GLOBAL_EXPLICIT);
        return;
      }
      if (classFlags & DEF_BOUND && !(classFlags & DEF_NONLOCAL)) {
        scopes.set(name, GLOBAL_IMPLICIT);
        return;
      }
    }
    if (bound?.has(name)) {
      scopes.set(name, FREE);
      free.add(name);
      return;
    }
    scopes.set(name, GLOBAL_IMPLICIT);
  }

  /** Let the names of a comprehension become names of the block around it. */
  private inlineComprehension(
    entry: SymtableEntry,
    comp: SymtableEntry,
    scopes: Map<string, number>,
    compFree: Names,
    inlinedCells: Names,
  ): void {
    for (const [name, compFlags] of comp.symbols) {
      if (compFlags & DEF_PARAM) continue;
      let scope = scopeOf(compFlags);
      const onlyFlags = compFlags & ((1 << SCOPE_OFFSET) - 1);
      if (scope === CELL || onlyFlags & DEF_COMP_CELL) inlinedCells.add(name);
      const existing = entry.symbols.get(name);
      if (scope === FREE && entry.type === CLASS_BLOCK && CLASS_CELLS.has(name)) {
        // A class body never sees the cells that it makes for the functions in it.
        scope = GLOBAL_IMPLICIT;
        if (!isFreeInChild(comp, name)) compFree.delete(name);
        comp.symbols.delete(name);
      }
      if (existing === undefined) {
        entry.symbols.set(name, onlyFlags);
        scopes.set(name, scope);
        continue;
      }
      const ownOfClass = entry.type === CLASS_BLOCK && (existing & DEF_BOUND) !== 0;
      // A class's own name is not what a comprehension in it means.
      if (scope === FREE && !ownOfClass) entry.symbols.set(name, existing | (compFlags & USE));
      if (existing & DEF_BOUND && !ownOfClass) {
        // What was free in the comprehension is simply local now, unless a function inside it needs the cell.
        if (!isFreeInChild(comp, name)) compFree.delete(name);
      }
    }
  }

  private updateSymbols(
    entry: SymtableEntry,
    scopes: Map<string, number>,
    bound: Names | null,
    free: Names,
    inlinedCells: Names,
  ): void {
    const { symbols } = entry;
    for (const [name, seen] of symbols) {
      const flags = inlinedCells.has(name) ? seen | DEF_COMP_CELL : seen;
      symbols.set(name, flags | (scopes.get(name)! << SCOPE_OFFSET));
    }
    const seesClass = entry.type === CLASS_BLOCK || entry.canSeeClassScope;
    for (const name of free) {
      const flags = symbols.get(name);
      if (flags !== undefined) {
        // A method's free variable of the same name as one of the class's own: the class passes it through besides.
        if (seesClass) symbols.set(name, flags | DEF_FREE_CLASS);
        continue;
      }
      if (bound && !bound.has(name)) continue;
      symbols.set(name, FREE << SCOPE_OFFSET);
    }
  }

  /** Analyze a block and those in it. Adds to `free` the names that must come from outside. */
  block(entry: SymtableEntry, around: Surroundings, free: Names): void {
    const isClass = entry.type === CLASS_BLOCK;
    const { bound, global } = around;
    const local: Names = new Set();
    const scopes = new Map<string, number>();
    const newBound: Names = new Set();
    const newGlobal: Names = new Set();
    const newFree: Names = new Set();
    const inlinedCells: Names = new Set();

    // A class's own names mean nothing to the functions in it: pass on what was known before them.
    if (isClass) {
      addAll(newGlobal, global);
      if (bound) addAll(newBound, bound);
    }
    for (const [name, flags] of entry.symbols) this.analyzeName(entry, scopes, name, flags, around, local, free);
    if (isClass) {
      addAll(newBound, CLASS_CELLS);
    } else {
      if (entry.isFunctionLike()) addAll(newBound, local);
      if (bound) addAll(newBound, bound);
      addAll(newGlobal, global);
    }

    for (const child of entry.children) {
      const classEntry = !child.canSeeClassScope ? null : isClass ? entry : around.classEntry;
      const inline = child.comprehension !== 0 && !child.isGenerator && !entry.canSeeClassScope;
      const childFree: Names = new Set(newFree);
      this.block(
        child,
        {
          bound: new Set(newBound),
          global: new Set(newGlobal),
          typeParams: new Set(around.typeParams),
          classEntry,
        },
        childFree,
      );
      if (inline) {
        this.inlineComprehension(entry, child, scopes, childFree, inlinedCells);
        child.compInlined = true;
      }
      addAll(newFree, childFree);
    }
    if (entry.children.some((child) => child.compInlined)) {
      entry.children = entry.children.flatMap((child) => (child.compInlined ? child.children : [child]));
    }

    if (entry.isFunctionLike()) {
      for (const [name, scope] of scopes) {
        if (scope !== LOCAL || !(newFree.has(name) || inlinedCells.has(name))) continue;
        scopes.set(name, CELL);
        newFree.delete(name);
      }
    } else if (isClass) {
      if (newFree.delete('__class__')) entry.needsClassClosure = true;
      const seen = entry.children.some((child) => child.canSeeClassScope);
      if (newFree.delete('__classdict__') || seen) entry.needsClassDict = true;
      if (newFree.delete('__conditional_annotations__')) entry.hasConditionalAnnotations = true;
    }
    this.updateSymbols(entry, scopes, bound, newFree, inlinedCells);
    addAll(free, newFree);
  }
}

/** Decide the scope of every name in the module and the blocks in it. Throws PySyntaxError. */
export function analyzeScopes(top: SymtableEntry, filename: string): void {
  new Analysis(filename).block(
    top,
    { bound: null, global: new Set(), typeParams: new Set(), classEntry: null },
    new Set(),
  );
}
