// Does every operation survive the failure of any one of its allocations, with MemoryError and the books balanced?

import { describe, expect, it } from 'vitest';
import { pymallocCheck } from '../../src/memory/pymalloc.js';
import { rawCheck } from '../../src/memory/raw.js';
import { run } from './world.js';

describe.runIf(PYMALLOC_DEBUG)('out of memory', () => {
  it('raises MemoryError and nothing else, wherever it strikes', () => {
    const lines = run(
      `
class A:
    def __init__(self, x=1): self.x = x
    def m(self, *a, k=2, **kw): return (a, k, kw)
class S: __slots__ = ('a', 'b')
def gen():
    yield 1
    try: yield 2
    finally: pass
def closure():
    y = 1
    def f(z=y): return y + z
    return f()
def handled():
    try: {}['k']
    except KeyError as e: return [e]
def manager():
    class C:
        def __enter__(self): return self
        def __exit__(self, *a): return True
    with C(): 1/0
operations = [
    lambda: [1, [2], [3, (4, [])]], lambda: {1: 2, 'a': [3], (1, [0][0]): {}}, lambda: A([1]), lambda: A().m(1, 2, k=3, z=4),
    lambda: setattr(S(), 'a', [1]), closure, lambda: list(gen()), lambda: [x for x in (y for y in range(5))], handled, manager,
    lambda: 'a%sb' % (12345,) + str(99999) + f'{[1]!r:>10}', lambda: ','.join(str(i) for i in range(300, 310)).split(','),
    lambda: 2**200 // 3**50 + 12345678901234567890, lambda: [1.5 * 2.5, repr(1.1)], lambda: {str(x) for x in range(20)} | {1, 2} & {2},
    lambda: {**{1: 2}, 'x': 3, **{str(i): i for i in range(20)}}, lambda: (lambda *a, **k: (a, k))(*[1, 2], **{'a': 1}),
    lambda: type('X', (A,), {'y': 1})(), lambda: list(range(10))[1:5:2] + [1][:], lambda: sorted([3, 1, 2, 5, 4] * 20, key=lambda v: -v),
    lambda: [*map(str, range(300, 310)), *zip([1, 2], [3, 4]), *enumerate('ab')], lambda: bytes(range(100)) + bytearray(b'xyz'),
    lambda: [_weakref.ref(A), _weakref.proxy(A()), _weakref.ref(A, len)], lambda: gc.collect(), lambda: gc.get_stats(),
    lambda: [ValueError('x', [1]), ExceptionGroup('g', [ValueError(1)])], lambda: '{:>10} {x!r}'.format(5, x=[1]),
    lambda: repr({'a': [1, (2,), {3}], 'b': A}), lambda: property(lambda s: 1).getter(lambda s: 2),
    lambda: exec('def f(a, b=2): return a + b\\nr = f(1)', {}),
]
def attempt(f, n):
    try:
        nomem(n, n + 1)
        f()
        nomem(-1, 0)
        return 'done'
    except MemoryError:
        nomem(-1, 0)
        return 'MemoryError'
    except BaseException as e:
        nomem(-1, 0)
        return type(e).__name__
for i in range(len(operations)):
    f = operations[i]
    f(); gc.collect(); before = blocks()
    n = done = 0
    while done < 6 and n < 200:
        r = attempt(f, n)
        if r == 'done': done += 1
        elif r == 'MemoryError': done = 0
        else: show('operation', i, 'allocation', n, r)
        n += 1
    gc.collect()
    if blocks() - before > 25: show('operation', i, 'left', blocks() - before, 'blocks')
show('end')
`,
      ['gc', '_weakref'],
    );
    expect(lines).toEqual(['end']);
    expect(pymallocCheck()).toBe('');
    expect(rawCheck()).toBe('');
  });
});
