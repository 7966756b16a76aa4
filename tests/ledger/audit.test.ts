// Does the audit find what is wrong, say where, and find nothing else?

import { afterEach, describe, expect, it } from 'vitest';
import { audit, balances, type Discrepancy, discrepancyText, reportText } from '../../src/ledger/audit.js';
import { H32 } from '../../src/memory/linear.js';
import { defineModule, method } from '../../src/object/declare.js';
import { ob_refcnt } from '../../src/object/head.js';
import { decref, newref, Py_REFCNT, Py_SET_REFCNT } from '../../src/object/header.js';
import { PyList_New } from '../../src/object/list.js';
import type { Obj } from '../../src/object/ptr.js';
import { Py_None } from '../../src/object/statics.js';
import { run } from '../object/world.js';

let reports: string[] = [];
let natives: string[] = [];
let faults: readonly Discrepancy[] = [];
let victim = 0 as Obj;
let change = 0;

// books(o): changes the count of o, audits, and puts it back.
defineModule({
  name: '_books',
  functions: [
    method('audit', '($module, o, /)', (_module: Obj, o: Obj) => {
      Py_SET_REFCNT(o, Py_REFCNT(o) + change);
      const report = audit();
      Py_SET_REFCNT(o, Py_REFCNT(o) - change);
      victim = o;
      natives = report.natives.map((n) => n.name);
      reports.push(reportText(report));
      faults = report.discrepancies;
      return newref(balances(report) ? Py_None : o);
    }),
  ],
});

const python = (source: string) => run(source, ['_books', 'builtins']);

afterEach(() => {
  reports = [];
  change = 0;
});

describe('the audit', () => {
  it('finds every reference of a world in motion', () => {
    expect(
      python(`
import_ = None
class A:
    __slots__ = ('x', '__weakref__', '__dict__')
    def __init__(self): self.x = self; self.y = [self]
class B(dict): pass
class S(str): __slots__ = ()
a = A(); b = B(); b[a] = S('text'); b.me = b
def gen(n):
    try:
        with open_() as f: yield n
    finally: pass
class open_:
    def __enter__(self): return self
    def __exit__(self, *args): return True
g = gen([1]); next(g)
def deep(n):
    if n: return deep(n - 1)
    try: raise ValueError(a)
    except ValueError as e:
        for x in {1: e, 2: g}.items(): show(_books.audit(x))
deep(5)
def inside():
    show(_books.audit(b))
    yield 1
list(inside()); [*inside()]
async def co(): return _books.audit(g)
try: co().send(None)
except StopIteration as e: show(e.value)
`),
    ).toEqual(['None', 'None', 'None', 'None', 'None']);
    expect(reports.join('')).toContain('the books balance');
  });

  it('names a reference that was never counted, with all that refer to the object', () => {
    change = -1;
    python(`
class Holder: pass
h = Holder(); o = [1]; h.things = {'key': o}
_books.audit(o)
`);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ kind: 'uncounted', address: victim, type: 'list', counted: 2, found: 3 });
    const edges = faults[0].referrers.map((r) => r.edge);
    expect(edges).toContain("['key']");
    expect(edges).toContain("['o']");
    expect(discrepancyText(faults[0])).toContain('counted 2, found 3 (more found than counted');
    // The arguments of the call.
    expect(edges.filter((e) => e.startsWith('value stack'))).toHaveLength(1);
  });

  it('knows a reference that nobody owns', () => {
    python('_books.audit(0)');
    const lost = PyList_New(0);
    const report = audit();
    expect(balances(report)).toBe(false);
    // The collector tracks it, so every build knows it.
    expect(report.discrepancies).toMatchObject([
      { kind: 'leaked', address: lost, type: 'list', counted: 1, found: 0, referrers: [] },
    ]);
    decref(lost);
    expect(balances(audit())).toBe(true);
    newref(Py_None);
    expect(audit().discrepancies).toMatchObject([{ kind: 'leaked', address: Py_None }]);
    decref(Py_None);
    H32[(Py_None + ob_refcnt) >> 2]++;
    const behind = audit();
    expect(behind.sum - behind.refTotal).toBe(Py_TRACE_REFS ? 1 : 0);
    H32[(Py_None + ob_refcnt) >> 2]--;
  });

  it('blames native functions in progress for what they may hold, and for nothing else', () => {
    change = 1;
    expect(python('show(sorted([3, 1], key=lambda x: _books.audit(x) and 0 or x))')).toEqual(['[1, 3]']);
    expect(natives).toEqual(['sorted']);
    expect(reports[0]).toContain('the books balance');
    expect(reports[0]).toContain('    sorted, called at <module> (<test>:1)');
    change = -1;
    expect(python('o = []\nshow(len([*map(lambda x: _books.audit(o), [1, 2])]))')).toEqual(['2']);
    expect(faults.map((f) => f.kind)).toContain('uncounted');
  });
});
