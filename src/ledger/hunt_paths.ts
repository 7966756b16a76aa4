// Through which references is an object held?
//
// Invariant: every object that can be reached has one holder on a shortest path from a root; the roots are the modules of sys.modules first, so that
// a path through a module is preferred to one of the same length from anywhere else.  The heap is only read.

import { H32 } from '../memory/linear.js';
import { rawHighWater } from '../memory/raw.js';
import { dictValue, PyDict_Check, PyDict_Next } from '../object/dict.js';
import { fn } from '../object/functable.js';
import type { Obj } from '../object/ptr.js';
import { visitRoots } from '../object/roots.js';
import { PyModule_Type } from '../object/statics.js';
import { md_name } from '../object/module_storage.js';
import { Py_TYPE } from '../object/header.js';
import { PyType_Check } from '../object/isinstance.js';
import { asString, PyUnicode_Check } from '../object/unicode.js';
import { sys_modules } from '../vm/sys_state.js';
import { typeNameOf, valueText } from './describe.js';
import { edgeNames, visitOwned } from './edges.js';
import { Addresses, forEachSingleton, forEachStaticType } from './objects.js';

/** One step of a path: the name of the reference in the object before it, and what it leads to. */
export interface Step {
  readonly edge: string;
  readonly to: string;
}

/** Roots that are the ledger's own tools: what only they hold is held by nobody. */
const TOOLS = /^the hunt|of tracemalloc$/;
/** A holder that is no object. */
const ROOT = -1;

let holders = new Int32Array(0);
let queue = new Addresses();
let current = 0;

function visitChild(o: Obj): number {
  const at = o >> 2;
  if (o > 0 && at < holders.length && holders[at] === 0) {
    holders[at] = current;
    queue.push(o);
  }
  return 0;
}
const visitChildIndex = fn(visitChild);

let wantedChild = 0;
let position = 0;
let foundAt = -1;
function visitPosition(o: Obj): number {
  if (o === wantedChild && foundAt < 0) foundAt = position;
  position++;
  return 0;
}
const visitPositionIndex = fn(visitPosition);

const anyKeys = (): boolean => true;

/** The name of the reference from `holder` to `o`. */
function edgeName(holder: Obj, o: Obj): string {
  wantedChild = o;
  position = 0;
  foundAt = -1;
  visitOwned(holder, visitPositionIndex, 0, anyKeys);
  const name = (foundAt < 0 ? undefined : edgeNames(holder)[foundAt]) ?? '(a reference)';
  // A list's own word for its items says nothing to a person.
  return name.replace(/^\.ob_item\[/, '[');
}

function nameOf(o: Obj): string {
  const type = Py_TYPE(o);
  const value = PyType_Check(o) || typeNameOf(o) === 'function' ? ` ${valueText(o)}` : '';
  return type === 0 ? '?' : `${typeNameOf(o)}${value}`;
}

/** Who holds what, at one moment. */
export class Holders {
  private readonly rootNames = new Map<number, string>();
  private readonly edges = new Map<string, string>();

  /** Looks at the whole heap. */
  constructor() {
    holders = new Int32Array((rawHighWater() >> 2) + 1);
    queue = new Addresses();
    const enter = (o: Obj, name: string): void => {
      if (holders[o >> 2] !== 0) return;
      holders[o >> 2] = ROOT;
      this.rootNames.set(o, name);
      queue.push(o);
    };
    const modules = H32[sys_modules] as Obj;
    if (modules !== 0 && PyDict_Check(modules)) {
      for (let pos = 0; (pos = PyDict_Next(modules, pos)) !== 0; ) {
        const m = dictValue;
        if (Py_TYPE(m) !== PyModule_Type) continue;
        const name = H32[(m + md_name) >> 2] as Obj;
        enter(m, `module ${name !== 0 && PyUnicode_Check(name) ? asString(name) : '?'}`);
      }
    }
    visitRoots((o, name) => {
      if (!TOOLS.test(name)) enter(o, name);
    });
    forEachStaticType((o) => enter(o, `the built-in type ${valueText(o)}`));
    forEachSingleton((o) => enter(o, 'the interpreter'));
    for (let i = 0; i < queue.length; i++) {
      current = queue.at[i];
      visitOwned(current as Obj, visitChildIndex, 0, anyKeys);
    }
    queue = new Addresses();
  }

  isHeld(o: Obj): boolean {
    return holders[o >> 2] !== 0;
  }

  /** How the path begins: the root's name. */
  rootOf(o: Obj): string {
    let at = o;
    while (holders[at >> 2] > 0) at = holders[at >> 2] as Obj;
    return this.rootNames.get(at) ?? 'nobody';
  }

  /** The steps from the root to `o`; a namespace (the dictionary of a module, a class or an instance) is no step of its own. */
  pathTo(o: Obj): Step[] {
    const chain: Obj[] = [o];
    while (holders[chain[0] >> 2] > 0) chain.unshift(holders[chain[0] >> 2] as Obj);
    const steps: Step[] = [];
    let inNamespace = false;
    for (let i = 1; i < chain.length; i++) {
      const edge = this.edge(chain[i - 1], chain[i]);
      const last = i === chain.length - 1;
      if (!inNamespace && !last && /^\.?(__dict__|md_dict)$/.test(edge)) {
        inNamespace = true;
        continue;
      }
      const key = inNamespace ? /^\['([A-Za-z_]\w*)'\]$/.exec(edge) : null;
      const name =
        key === null ? edge : steps.length === 0 && Py_TYPE(chain[0]) === PyModule_Type ? key[1] : `.${key[1]}`;
      inNamespace = false;
      steps.push({ edge: name, to: nameOf(chain[i]) });
    }
    return steps;
  }

  private edge(holder: Obj, o: Obj): string {
    const key = `${holder},${o}`;
    let name = this.edges.get(key);
    if (name === undefined) {
      name = edgeName(holder, o);
      this.edges.set(key, name);
    }
    return name;
  }
}

/** `module app → bus: EventBus → .handlers: list → [0..n]` for objects of one kind, given their paths. */
export function pathText(root: string, paths: readonly (readonly Step[])[]): string {
  // Paths are alike when they go through the same types; what is told is the most frequent kind.
  const kinds = new Map<string, (readonly Step[])[]>();
  for (const p of paths) {
    const kind = p.map((s) => `${s.edge.replace(/^\[.*\]$/s, '[]')}: ${s.to}`).join(' ');
    const same = kinds.get(kind);
    if (same === undefined) kinds.set(kind, [p]);
    else same.push(p);
  }
  const all = [...kinds.values()].sort((a, b) => b.length - a.length || a[0].length - b[0].length)[0] ?? [[]];
  const parts = all[0].map((step, i) => {
    const edges = new Set(all.map((p) => p[i].edge));
    let edge = step.edge;
    if (edges.size > 1) edge = [...edges].every((e) => /^\[\d+\]$/.test(e)) ? '[0..n]' : '[...]';
    return i === all[0].length - 1 ? edge : `${edge}: ${step.to}`;
  });
  return [root, ...parts].join(' → ');
}
