// Does the history tell who took the reference that is left over?  Invariant: with a record, `before` + what is open is the object's count.

import { afterEach, describe, expect, it } from 'vitest';
import { historyOf, historyText, track, untrackAll } from '../../src/ledger/history.js';
import { H32 } from '../../src/memory/linear.js';
import { defineModule, method } from '../../src/object/declare.js';
import { decref, newref, Py_REFCNT, tracking } from '../../src/object/header.js';
import type { Obj } from '../../src/object/ptr.js';
import { Py_None } from '../../src/object/statics.js';
import { run } from '../object/world.js';

let texts: string[] = [];
let sums: [number, number][] = [];

defineModule({
  name: '_past',
  functions: [
    method('track', '($module, o, /)', (_module: Obj, o: Obj) => (track(o) < 0 ? (0 as Obj) : newref(Py_None))),
    method('tell', '($module, o, /)', (_module: Obj, o: Obj) => {
      const h = historyOf(o);
      texts.push(h === null ? 'none' : historyText(h));
      if (h !== null) sums.push([h.before + h.open.reduce((n, [, k]) => n + k, 0), h.count]);
      return newref(Py_None);
    }),
    method('leak', '($module, o, /)', (_module: Obj, o: Obj) => {
      newref(o);
      return newref(Py_None);
    }),
    method('mend', '($module, o, /)', (_module: Obj, o: Obj) => {
      decref(o);
      return newref(Py_REFCNT(o) > 0 ? Py_None : o);
    }),
    method('end', '($module, /)', () => {
      untrackAll();
      return newref(Py_None);
    }),
  ],
});

const python = (source: string) => run(source, ['_past', 'builtins']);

afterEach(() => {
  texts = [];
  sums = [];
});

describe.runIf(Py_TRACE_REFS)('the history', () => {
  it('names the place of a reference that nobody owns, and cancels the others', () => {
    expect(
      python(`
class P: pass
_past.track(P)
keep = []
def careful(p):
    q = p
    keep.append(q)
    keep.clear()
    return len([q])
def careless(p):
    _past.leak(p)
def go():
    p = P()
    for i in range(4):
        careful(p)
    careless(p)
    _past.tell(p)
    _past.mend(p)
    return p
p = go()
_past.tell(p)
_past.tell(P)
o = [1]
_past.tell(o)
_past.track(o)
other = o
_past.tell(o)
_past.end()
_past.tell(p)
show("done")
`),
    ).toEqual(['done']);
    expect(texts[0]).toMatch(/left over:.*careless\n +\+1 +line 11: leak\n/s);
    expect(texts[0]).not.toMatch(/left over:.*careful.*what cancels/s);
    expect(texts[2]).toMatch(/^all 1 living objects of type P/);
    expect(texts[3]).toBe('none');
    expect(texts[4]).toMatch(/list at .*\n {2}1 held since before the recording\n/);
    expect(texts[5]).toBe('none');
    expect(sums).toHaveLength(4);
    for (const [open, count] of sums) expect(open).toBe(count);
    expect(H32[tracking]).toBe(0);
  });
});
