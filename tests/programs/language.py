# Classes, closures, generators, exceptions, matching: one program through the language.
from collections import OrderedDict, defaultdict, deque


class Shape:
    registry = {}

    def __init_subclass__(cls, /, tag=None, **kw):
        super().__init_subclass__(**kw)
        if tag:
            Shape.registry[tag] = cls

    def area(self):
        raise NotImplementedError


class Rect(Shape, tag="rect"):
    __slots__ = ("w", "h")
    __match_args__ = ("w", "h")

    def __init__(self, w, h):
        self.w, self.h = w, h

    def area(self):
        return self.w * self.h

    def __repr__(self):
        return f"Rect({self.w!r}, {self.h!r})"


class Square(Rect, tag="square"):
    def __init__(self, a):
        super().__init__(a, a)


def describe(x):
    match x:
        case Rect(w, h) if w == h:
            return f"square {w}"
        case Rect(w, h):
            return f"rect {w}x{h}"
        case [first, *rest]:
            return f"list {first} +{len(rest)}"
        case {"name": name, **rest}:
            return f"dict {name} {sorted(rest)}"
        case str() | bytes():
            return "text"
        case None:
            return "nothing"
        case _:
            return "other"


def countdown(n):
    while n > 0:
        got = yield n
        if got:
            n = got
        n -= 1
    return "done"


def delegate():
    result = yield from countdown(3)
    yield result


def chained():
    try:
        try:
            {}["missing"]
        except KeyError as e:
            raise ValueError("outer") from e
    except ValueError as e:
        return repr(e), repr(e.__cause__), e.__suppress_context__


def groups():
    seen = []
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2), ExceptionGroup("h", [ValueError(3)])])
    except* ValueError as eg:
        seen.append([repr(e) for e in eg.exceptions])
    except* TypeError as eg:
        seen.append([repr(e) for e in eg.exceptions])
    return seen


def make_counter():
    count = 0

    def step(by=1):
        nonlocal count
        count += by
        return count

    return step


print(sorted(Shape.registry), [describe(x) for x in (Square(2), Rect(1, 2), [1, 2, 3], {"name": "n", "a": 1}, b"", None, 3.5)])
print(list(delegate()), chained(), groups())
g = countdown(5)
print(next(g), g.send(3), next(g, "end"), next(g, "end"))
step = make_counter()
print(step(), step(5), step.__closure__[0].cell_contents)
print([*range(3), *"ab"], {**{"a": 1}, "b": 2}, (lambda *a, k=1, **kw: (a, k, kw))(1, 2, k=3, z=4))
print(f"{3.14159:8.3f}|{'x':>5}|{255:#x}|{1234567:,}|{Rect(1, 2)!r:>12}|{10**20:e}")
print("%5.2f %-5s|%05d %r" % (2.5, "ab", 42, {1: "a"}))
d = defaultdict(list)
for i, w in enumerate("the quick brown fox jumps over the lazy dog".split()):
    d[len(w)].append(w)
print(dict(d), deque([1, 2, 3], maxlen=2), OrderedDict(a=1))
print(sorted("banana"), max([3, 1, 2], key=lambda v: -v), sum(x * x for x in range(10)), all([]), any([0, 1]))
print(2**100, -7 // 2, -7 % 3, divmod(7, -2), round(2.5), round(-1.25, 1), 0.1 + 0.2, 1e300 * 1e10, int("ff", 16))
print("ß".upper(), "ǅ".lower(), "naïve".encode("utf-8"), b"\xff".decode("latin-1"), "\U0001f600"[0], len("\U0001f600"))
try:
    (1).nope
except AttributeError as e:
    print(e)
try:
    make_counter(1)
except TypeError as e:
    print(e)
assert describe(7) == "other"
type Pair[T] = tuple[T, T]
print(Pair.__name__, [y for x in [1, 2, 3] if (y := x * 2) > 2])


# A loop's back edge over more than 255 code units, many thousand times.
def long_loop():
    n = a = b = c = d = 0
    for i in range(20000):
        if i & 1: a += 1; b += 2; c += 3; d += 4; a -= b; b -= c; c -= d; d -= a; a += b; b += c; c += d; d += a; a -= b; b -= c; c -= d
        else: a = b = c = d = i; a += b; b += c; c += d; d += a; a -= b; b -= c; c -= d; d -= a; a += b; b += c; c += d; d += a; a -= b
        a, b, c, d = a % 7, b % 7, c % 7, d % 7; a, b, c, d = d, a, b, c; a, b, c, d = d, a, b, c; a, b, c, d = d, a, b, c; a, b = b, a
        n += 1
    return n, a, b, c, d


print(long_loop())


# Calls with keywords of a class whose __init__ is Python's, while somebody watches.
class Watched:
    def __init__(self, a, *, b=0):
        self.both = a, b


def watch():
    import sys
    seen = []
    sys.setprofile(lambda frame, event, arg: seen.append((event, frame.f_code.co_name)))
    one = Watched(1, b=2)
    one.more = 3
    two = Watched(4)
    three = Watched(*(5,), **{'b': 6})
    sys.setprofile(None)
    return one.both, one.more, two.both, three.both, seen


print(watch())
