// What grew, where was it allocated, and who holds it?
//
// Invariant: the runs that are looked at here come after those that are judged, because looking (the tracing of allocations) leaves traces of its
// own.  Between two runs a marker goes to the front of the list of all objects, so an object's place in that list tells in which run it was made.

import { H32 } from '../memory/linear.js';
import { isTracing } from '../memory/alloc.js';
import { PyObject_CallNoArgs } from '../object/call.js';
import { PyErr_Clear } from '../object/errors.js';
import { PyObject_IS_GC } from '../object/gc_head.js';
import { GC_HEAD_SIZE } from '../object/head.js';
import { _Py_RelinkAfterMove, _Py_UnlinkForMove, decref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyList_Append, PyList_GET_ITEM, PyList_New } from '../object/list.js';
import { ownedWord } from '../object/root_words.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyBaseObject_Type, PyMethodDescr_Type } from '../object/statics.js';
import { startTraces, stopTraces, tracebackFrames, tracebackOf } from '../object/traces.js';
import { _PyType_Lookup } from '../object/type_lookup.js';
import { tp_basicsize } from '../object/type_layout.js';
import { asString } from '../object/unicode.js';
import { sizeOf } from '../modules/sys.js';
import { typeNameOf } from './describe.js';
import { Holders, pathText, type Step } from './hunt_paths.js';
import { forEachListed } from './objects.js';

/** Objects of one type, allocated at one line. */
export interface Growth {
  readonly type: string;
  readonly objects: number;
  readonly bytes: number;
  /** `file.py:12`, '' if it is not known. */
  readonly line: string;
  /** The innermost line outside the standard library, if that is another. */
  readonly from: string;
  /** How they are held, or null if nobody holds them. */
  readonly path: string | null;
}

/** How many runs are looked at, how many frames are kept of each allocation, how many objects of a group have their paths compared. */
export const EXPLAINED_RUNS = 4;
const FRAMES = 12;
const SAMPLE = 200;
const MOST_GROUPS = 200;

const s_sizeof = ID('__sizeof__');
const markers = ownedWord("the hunt's markers");

/** The collected figures of one (type, line). */
interface Group {
  readonly type: Obj;
  readonly name: string;
  readonly line: string;
  readonly from: string;
  readonly births: number[];
  readonly objects: Obj[];
}

export class Explanation {
  private readonly library: string;
  private readonly tracing: boolean;
  private before = new Map<number, number>();
  private runs = 0;

  /** Begins to look; `library` is the folder of the standard library. */
  constructor(library: string) {
    this.library = library;
    this.tracing = !isTracing() && startTraces(FRAMES);
    const list = PyList_New(0);
    for (let i = 0; list !== 0 && i <= EXPLAINED_RUNS; i++) {
      const o = PyObject_CallNoArgs(PyBaseObject_Type);
      if (o === 0 || PyList_Append(list, o) < 0) PyErr_Clear();
      xdecref(o);
    }
    H32[markers] = list;
  }

  /** What comes from now on is of the next run; the first call is for what was there before. */
  mark(): void {
    if (this.runs === 0) this.before = countTypes();
    const o = PyList_GET_ITEM(H32[markers] as Obj, this.runs++);
    _Py_UnlinkForMove(o);
    _Py_RelinkAfterMove(o);
  }

  private site(o: Obj): { line: string; from: string } {
    const tb = tracebackOf(PyObject_IS_GC(o) ? o - GC_HEAD_SIZE : o);
    if (tb === 0) return { line: '', from: '' };
    const frames = tracebackFrames(tb).map(({ file, line }) => ({ file: asString(file), line }));
    const isOwn = ({ file }: { file: string }): boolean =>
      !file.startsWith(this.library) && !file.startsWith('<frozen');
    const own = frames.find(isOwn);
    const text = (f: { file: string; line: number } | undefined): string =>
      f === undefined ? '' : `${f.file}:${f.line}`;
    return { line: text(frames[0]), from: own === frames[0] ? '' : text(own) };
  }

  /** What grew, the most bytes first. */
  table(): Growth[] {
    const n = this.runs - 1;
    if (n < 1) return [];
    const marks = new Map<number, number>();
    for (let i = 0; i <= n; i++) marks.set(PyList_GET_ITEM(H32[markers] as Obj, i), i);
    const after = countTypes();
    const groups = new Map<string, Group>();
    let run = n;
    forEachListed((o) => {
      const mark = marks.get(o);
      if (mark !== undefined) run = mark - 1;
      else if (run >= 0 && run < n) {
        const type = Py_TYPE(o);
        if ((after.get(type) ?? 0) <= (this.before.get(type) ?? 0)) return;
        const { line, from } = this.site(o);
        const key = `${type}|${line}|${from}`;
        let group = groups.get(key);
        if (group === undefined) {
          group = { type, name: typeNameOf(o), line, from, births: new Array<number>(n).fill(0), objects: [] };
          groups.set(key, group);
        }
        group.births[run]++;
        group.objects.push(o);
      }
    });
    const holders = new Holders();
    const rows = [...groups.values()].map((g) => this.row(g, n, holders)).filter((row) => row !== null);
    rows.sort((a, b) => b.bytes - a.bytes || b.objects - a.objects);
    return rows.slice(0, MOST_GROUPS);
  }

  private row(g: Group, n: number, holders: Holders): Growth | null {
    // The last run's objects may be what the next run gives back.
    const kept = n > 1 ? g.births.slice(0, -1) : g.births;
    const born = kept.reduce((a, b) => a + b, 0);
    if (born === 0) return null;
    let bytes = 0;
    for (const o of g.objects) bytes += ownSize(o);
    const objects = born / kept.length;
    const held = g.objects.filter((o) => holders.isHeld(o));
    let path: string | null = null;
    if (held.length > 0) {
      const sample = held.slice(-SAMPLE);
      const roots = sample.map((o) => holders.rootOf(o));
      const paths: Step[][] = [];
      for (let i = 0; i < sample.length; i++) if (roots[i] === roots[0]) paths.push(holders.pathTo(sample[i]));
      path = pathText(roots[0], paths);
    }
    return { type: g.name, objects, bytes: (bytes / g.objects.length) * objects, line: g.line, from: g.from, path };
  }

  /** Ends the looking; gives everything back. */
  end(): void {
    const list = H32[markers] as Obj;
    H32[markers] = NULL;
    if (list !== 0) decref(list);
    if (this.tracing) stopTraces();
  }
}

function countTypes(): Map<number, number> {
  const counts = new Map<number, number>();
  forEachListed((o) => counts.set(Py_TYPE(o), (counts.get(Py_TYPE(o)) ?? 0) + 1));
  return counts;
}

/** The bytes of an object, without running Python code for it. */
function ownSize(o: Obj): number {
  const f = _PyType_Lookup(Py_TYPE(o), idObj(s_sizeof));
  if (f !== 0 && Py_TYPE(f) === PyMethodDescr_Type) {
    const size = sizeOf(o);
    if (size >= 0) return size;
    PyErr_Clear();
  }
  return H32[(Py_TYPE(o) + tp_basicsize) >> 2];
}
