# Code that runs in the middle of an operation and changes what the operation works on.
import functools
import gc
import io
import re
import sys
import types
import warnings
from collections import OrderedDict


def outcome(f, *args):
    try:
        print(f(*args))
    except Exception as e:
        print(type(e).__name__, e)


# a finalizer that changes the class
class Other: pass
class Changing:
    def __del__(self): self.__class__ = Other
many = [Changing() for _ in range(10)]
del many
gc.collect()

# an mro() that assigns bases
class Meta(type):
    steps = 0
    def mro(cls):
        if Meta.steps < 5 and cls.__mro__ is not None and cls.__name__ == 'B':
            Meta.steps += 1
            A.__bases__ += ()
        return type.mro(cls)
class A(metaclass=Meta): pass
class B(A): pass
B.__bases__ += ()
print(B.__bases__, Meta.steps)

# a class in the MRO that is no base
class Base: value = 1
class Strange(type):
    def mro(cls): return (cls, Base, object)
class Odd(metaclass=Strange): pass
for i in range(3):
    Base.value = i
    print(Odd.value)

# a method looked up by code that looks up methods
def make():
    def bound(first, /, *args, **kwargs): return args, kwargs
    return bound
class Descriptor:
    def __get__(self, o, cls): return make().__get__(o, cls)
class Owner: method = Descriptor()
print(Owner.method(1, 2, k=3))
class Partial: method = functools.partialmethod(lambda *a, **k: (a[1:], k), 3, b=4)
print(Partial.method(0, 5, c=6), Partial().method(5))

# bytearrays that are changed while arguments are converted
class Evil:
    def __init__(self, ba): self.ba = ba
    def __buffer__(self, flags):
        self.ba.clear()
        return memoryview(b'A')
for name in ('find', 'count', 'split', 'rsplit', '__contains__'):
    ba = bytearray(b'A')
    outcome(getattr(ba, name), Evil(ba))
ba = bytearray(b'xxx')
ba.extend(Evil(ba))
print(ba)

# iterators that are exhausted while their reduction looks up a builtin
code = compile('x.__reduce__()', 'test', 'eval')
outcome(eval, code, {'__builtins__': types.MappingProxyType({}), 'x': iter([1, 2])})
print(eval(code, {'__builtins__': types.MappingProxyType({'iter': 1}), 'x': iter([1, 2])}))

# text streams that are detached while they are flushed
class Detaching(io.BytesIO):
    def flush(self):
        if (w := self.wrapper) is not None:
            self.wrapper = None
            w.detach()
for name in ('close', 'tell', 'detach'):
    raw = Detaching()
    raw.wrapper = None
    w = io.TextIOWrapper(raw, 'utf-8')
    raw.wrapper = w
    outcome(getattr(w, name))
with io.BufferedRandom(io.BytesIO(b'abcdef'), 3) as f:
    f.write(b'1')
    print(f.read1(1), f.readinto(bytearray()), f.tell(), f.seek(0), f.read())

# regular expressions
print(re.match(r'^(\()?([^()]+)(?(1)\))$', 'a').groups(), re.match('.{%d}' % (2**32 - 2), 'x' * 100))
print(re.fullmatch(rb'[^bc]', b'B', re.L | re.I), re.sub(b'y', bytearray(b'a'), b'xyz'))
b = bytearray(b'x')
it = re.finditer(b'a', b)
outcome(b.extend, b'x' * 400)
del it

# classes
print(list(type('C', (), (d := OrderedDict(a=1, b=2), d.move_to_end('a'))[0]).__dict__.items())[:2])
outcome(type, 'A\udcdc', (), {})
outcome(int().__pow__)
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter('always')
    type('Keys', (), {1: 2})
    print(seen[0].message)
g = {}
types.FunctionType(compile('a = 1\nb = a + len("x")', 'm', 'exec'), g)()
print(g['b'], None.__ne__(None))

# sums and formats
print(sum([0.1] * 10), sum([1, 0.1, 0.2, 1e100, -1e100, 0.5]), sum([0.1 + 1j] * 10))
outcome(lambda: '%.*f' % (sys.maxsize if sys.maxsize < 2**31 else 2**31 - 1, 1.5))
outcome(lambda: b'%g' % '1')
text = 'abcde'
print('%s' % text is text, '{0:.10s}'.format(text) is text, ascii(b'ab'.hex('\0')))
