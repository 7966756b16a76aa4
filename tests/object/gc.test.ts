// Does the collector find all garbage, only garbage, and let it die in the right order?

import { describe, expect, it } from 'vitest';
import { pymallocCheck } from '../../src/memory/pymalloc.js';
import { rawCheck } from '../../src/memory/raw.js';
import { run } from './world.js';

const python = (source: string) => run(source, ['gc', '_weakref']);

describe('the collector', () => {
  it('collects cycles of every kind and leaves what is reachable', () => {
    expect(
      python(`
l = []; l.append(l); del l
show(gc.collect())
d = {}; d[1] = d; del d
show(gc.collect())
l = []; t = (l,); l.append(t); del l, t
show(gc.collect())
def f():
    def g(): return g
f()
show(gc.collect() > 0)
a = []; b = [a]; a.append(b); del a
show(gc.collect(), b[0][0] is b)
del b
show(gc.collect())
`),
    ).toEqual(['1', '1', '2', 'True', '0 True', '2']);
  });

  it('runs each finalizer once, lets objects come back, and clears weak references in time', () => {
    expect(
      python(`
class A:
    def __del__(self):
        global saved
        show('del', wr() is None)
        saved = self
a = A(); a.me = a
wr = _weakref.ref(a)
del a
gc.collect()
show(saved.me is saved, gc.is_finalized(saved), wr())
del saved
show(gc.collect() > 0, wr())

class B: pass
b = B(); b.me = b
outside = _weakref.ref(b, lambda w: show('callback', w()))
b.inside = _weakref.ref(b, lambda w: show('never'))
del b
show(gc.collect() > 0)
`),
    ).toEqual(['del True', 'True True None', 'True None', 'callback None', 'True']);
  });

  it('reports errors of finalizers and callbacks and goes on', () => {
    expect(
      python(`
class A:
    def __del__(self): 1/0
a = A(); a.me = a; del a
gc.collect()
def bad(phase, info): raise ValueError(phase)
gc.callbacks.append(bad)
gc.collect(0)
gc.callbacks.clear()
`)
        .map((line) => line.replace(/0x[0-9a-f]+/, '0x'))
        .map((line) => line.replace(/<function .* at/, '<function at')),
    ).toEqual([
      'Exception ignored while calling deallocator <function at 0x>: ZeroDivisionError: division by zero',
      'Exception ignored while calling GC callback <function at 0x>: ValueError: start',
      'Exception ignored while calling GC callback <function at 0x>: ValueError: stop',
    ]);
  });

  it('collects by itself when enough objects have been made', () => {
    expect(
      python(`
gc.collect()
class A: pass
def work(n):
    for i in range(n):
        a = A(); a.me = a
before = blocks()
work(12000)
show(blocks() - before < 9000)
gc.disable(); show(gc.isenabled())
gc.collect(); before = blocks()
work(3000)
show(blocks() - before >= 3000)
gc.enable(); show(gc.isenabled())
gc.collect()
show(blocks() - before < 100)
`),
    ).toEqual(['True', 'False', 'True', 'True', 'True']);
  });

  it('saves garbage when asked to, and freezes', () => {
    expect(
      python(`
gc.set_debug(gc.DEBUG_SAVEALL)
l = []; l.append(l); del l
gc.collect()
show(any(x == [x] or (type(x) is list and x and x[0] is x) for x in gc.garbage))
gc.set_debug(0)
gc.garbage.clear(); gc.collect()
gc.freeze()
show(gc.get_freeze_count() > 10, len(gc.get_objects()) < 50)
l = []; l.append(l); del l
show(gc.collect())
gc.unfreeze()
show(gc.get_freeze_count())
`),
    ).toEqual(['True', 'True True', '1', '0']);
  });

  it('answers questions', () => {
    expect(
      python(`
l = ['x']; d = {'k': l}
show(any(x is d for x in gc.get_referrers(l)), gc.get_referents(l), gc.is_tracked(l), gc.is_tracked('x'), gc.is_tracked(int))
show(gc.get_threshold(), len(gc.get_count()), sorted(gc.get_stats()[0]))
gc.set_threshold(700, 5, 3); show(gc.get_threshold()); gc.set_threshold(2000, 10, 10)
for bad in (lambda: gc.collect(3), lambda: gc.get_objects(7), lambda: gc.get_objects(-3), lambda: gc.get_objects('x'), lambda: gc.set_threshold()):
    try: bad()
    except (ValueError, TypeError) as e: show(type(e).__name__, e)
info = []
gc.callbacks.append(lambda phase, i: info.append((phase, i['generation'])))
gc.collect(1); gc.callbacks.clear(); show(info)
`),
    ).toEqual([
      "True ['x'] True False False",
      "(2000, 10, 10) 3 ['collected', 'collections', 'uncollectable']",
      '(700, 5, 3)',
      'ValueError invalid generation',
      'ValueError generation parameter must be less than the number of available generations (3)',
      'ValueError generation parameter cannot be negative',
      "TypeError argument should be integer or None, not 'str'",
      'TypeError gc.set_threshold requires 1 to 3 arguments',
      "[('start', 1), ('stop', 1)]",
    ]);
  });

  it('takes long chains apart without a deep stack', () => {
    expect(
      python(`
class Link:
    __slots__ = ('next', '__weakref__')
for make in (lambda x: [x], lambda x: (x,), lambda x: {1: x}):
    o = None
    for i in range(8000): o = make(o)
    del o
o = None
for i in range(8000):
    n = Link(); n.next = o; o = n
del o, n
gc.collect()
show('alive')
`),
    ).toEqual(['alive']);
  });

  it('leaves no reference and no block behind', () => {
    const [last] = python(`
class A: pass
def work():
    for i in range(200):
        a = A(); b = A(); a.b = b; b.a = a; a.w = _weakref.ref(b, print)
        c = []; c.append(c)
        g = (x for x in [a])
        f = lambda: (f, g)
def measure(): gc.collect(); return refs(), blocks()
for i in range(3): work()
r = [None] * 4
for i in range(4): work(); r[i] = measure()
show([(r[i + 1][0] - r[i][0], r[i + 1][1] - r[i][1]) for i in range(1, 3)])
`).slice(-1);
    // Each measurement keeps a tuple and two ints of its own.
    expect(last).toMatch(Py_REF_DEBUG ? /^\[\((\d), (\d)\), \(\1, \2\)\]$/ : /^\[\(0, (\d)\), \(0, \1\)\]$/);
    expect(pymallocCheck()).toBe('');
    expect(rawCheck()).toBe('');
  });
});
