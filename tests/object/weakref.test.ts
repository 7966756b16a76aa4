// Do weak references die with their referents, share what can be shared, and stand in for them?

import { describe, expect, it } from 'vitest';
import { run } from './world.js';

const python = (source: string) =>
  run(`ref = _weakref.ref; proxy = _weakref.proxy\nclass A: pass\n${source}`, ['gc', '_weakref']);

describe('weak references', () => {
  it('share the plain ones, not those with callbacks or of subclasses', () => {
    expect(
      python(`
a = A()
class Sub(ref): pass
r = ref(a); p = proxy(a); c = ref(a, len); s = Sub(a)
show(ref(a) is r, proxy(a) is p, ref(a, len) is c, Sub(a) is s, ref(a, None) is r)
show(_weakref.getweakrefcount(a), [type(x).__name__ for x in _weakref.getweakrefs(a)][:2])
show(r == s, r == ref(A()), hash(r) == hash(a), r.__callback__, c.__callback__ is len)
b = A()
show(r == ref(b), r != ref(b))
del c
`),
    ).toEqual([
      'True True False False True',
      "4 ['ReferenceType', 'ProxyType']",
      'True False True None True',
      'False True',
    ]);
  });

  it('call back, newest first, when the object dies, unless they died before', () => {
    expect(
      python(`
a = A()
r1 = ref(a, lambda w: show('one', w is r1, w()))
r2 = ref(a, lambda w: show('two'))
r3 = ref(a, lambda w: show('three')); del r3
def bad(w): raise ValueError('bad')
r4 = proxy(a, bad)
del a
show(r1(), r1.__callback__, repr(r1).endswith('; dead>'))
try: hash(r1)
except TypeError as e: show(e)
`).map((line) => line.replace(/<function .*>/, '<f>')),
    ).toEqual([
      'Exception ignored while calling weakref callback <f>: ValueError: bad',
      'two',
      'one True None',
      'None None True',
      'weak object has gone away',
    ]);
  });

  it('refuse what CPython refuses, in its words', () => {
    expect(
      python(`
for f in (lambda: ref(), lambda: ref(A, 1, 2), lambda: ref(A, callback=3), lambda: ref(1), lambda: ref(A)(1), lambda: ref(A)(x=1),
          lambda: proxy(1), lambda: _weakref._remove_dead_weakref(1, 2), lambda: _weakref._remove_dead_weakref({2: 3}, 2),
          lambda: hash(proxy(A)), lambda: next(proxy(A)), lambda: _weakref.CallableProxyType(1), lambda: proxy(A()).x):
    try: f()
    except (TypeError, ReferenceError) as e: show(e)
`),
    ).toEqual([
      '__new__ expected at least 1 argument, got 0',
      '__new__ expected at most 2 arguments, got 3',
      'ref() takes no keyword arguments',
      "cannot create weak reference to 'int' object",
      'weakref expected 0 arguments, got 1',
      'weakref() takes no keyword arguments',
      "cannot create weak reference to 'int' object",
      '_remove_dead_weakref() argument 1 must be dict, not int',
      'not a weakref',
      "unhashable type: 'weakref.CallableProxyType'",
      "Weakref proxy referenced a non-iterator 'type' object",
      "cannot create 'weakref.CallableProxyType' instances",
      'weakly-referenced object no longer exists',
    ]);
  });

  it('pass every operation of a proxy on', () => {
    expect(
      python(`
class N:
    def __init__(self, v): self.v = v
    def __add__(self, o): return ('add', o)
    def __radd__(self, o): return ('radd', o)
    def __iadd__(self, o): return ('iadd', o)
    def __pow__(self, o, m=None): return ('pow', o, m)
    def __neg__(self): return 'neg'
    def __index__(self): return 7
    def __bool__(self): return False
    def __call__(self, *a, **k): return a, k
    def __len__(self): return 3
    def __getitem__(self, k): return ('get', k)
    def __setitem__(self, k, v): self.v = (k, v)
    def __delitem__(self, k): self.v = ('del', k)
    def __contains__(self, k): return k == 5
    def __iter__(self): return iter([1, 2])
    def __eq__(self, o): return o is self or o == 'same'
    def __str__(self): return 'text'
    def __bytes__(self): return b'bytes'
n = N(1); p = proxy(n)
show(p + 1, 1 + p, pow(p, 2, 3), -p, [10, 11, 12, 13, 14, 15, 16, 17][p], bool(p), p(1, k=2), len(p), p[4], 5 in p, 6 in p)
p[1] = 2; show(n.v); del p[9]; show(n.v); p.v = 8; show(n.v, p.v); del p.v; show(hasattr(n, 'v'))
show(list(p), p == n, p == 'same', p == 'other', str(p), p.__bytes__(), type(p).__name__, p.__class__.__name__)
p += 4; show(p)
`),
    ).toEqual([
      "('add', 1) ('radd', 1) ('pow', 2, 3) neg 17 False ((1,), {'k': 2}) 3 ('get', 4) True False",
      '(1, 2)',
      "('del', 9)",
      '8 8',
      'False',
      "[1, 2] True True False text b'bytes' CallableProxyType N",
      "('iadd', 4)",
    ]);
  });

  it('leave no reference behind', () => {
    const lines = python(`
def work():
    a = A(); r = ref(a); p = proxy(a); q = ref(a, work); p.x = 1; p.x; repr(p); repr(r); r == q; str(p)
    rs = [ref(a, print) for i in range(20)]; rs.clear()
    del a
    for f in (r, q, lambda: p.x, lambda: hash(r), lambda: p + 1):
        try: f()
        except (TypeError, ReferenceError): pass
for i in range(5): work()
gc.collect(); r = refs(); b = blocks()
for i in range(50): work()
gc.collect(); show(refs() - r < 10, blocks() - b < 10)
`);
    expect(lines.slice(-1)).toEqual(['True True']);
  });
});
