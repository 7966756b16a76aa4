# The standard library's pure Python on top of our built-in modules.
import functools
import io
import itertools
import json
import re
import string
import textwrap

data = {"name": "vivarium", "tags": ["a", "b", None, True], "n": {"x": 1.5, "y": -3}, "u": "é☃\n"}
text = json.dumps(data, indent=1, sort_keys=True)
print(text, json.loads(text) == data, json.dumps([1, 2], separators=(",", ":")))
try:
    json.loads("{bad}")
except json.JSONDecodeError as e:
    print(e)
print(re.sub(r"(\w+) (\w+)", r"\2 \1", "hello world"), re.findall(r"a(b*)?", "abba"), re.split(r"[,;]\s*", "a, b;c"))
m = re.match(r"(?P<year>\d{4})-(?P<month>\d\d)", "2026-11-22")
print(m.groupdict(), m.span("month"), re.fullmatch(r"(?i)ABC", "abc") is not None)
print([list(g) for _, g in itertools.groupby("aabbc")], list(itertools.accumulate([1, 2, 3])), list(itertools.batched("abcde", 2)))


@functools.lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(80), fib.cache_info())
print(textwrap.fill("the quick brown fox jumps over the lazy dog", 20), string.Template("$a-${b}").substitute(a=1, b=2))
buf = io.StringIO()
print("x", 1, sep="-", end="!\n", file=buf)
print(repr(buf.getvalue()), io.BytesIO(b"abc").read(2), io.TextIOWrapper(io.BytesIO(b"a\r\nb"), encoding="utf-8").readlines())


@functools.total_ordering
class V:
    def __init__(self, v):
        self.v = v

    def __eq__(self, o):
        return self.v == o.v

    def __lt__(self, o):
        return self.v < o.v


print(V(1) <= V(2), V(3) > V(2), functools.reduce(lambda a, b: a * b, range(1, 11)))
