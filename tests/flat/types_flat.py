"""Representative code for every built-in type, run again and again."""

import asyncio.constants  # noqa: F401  (settles the import system before anything is measured)
import collections, contextvars, functools, io, itertools, operator, os, re, string.templatelib, struct, sys, time, types, typing, weakref
import _abc, _io, _json, _thread, array, ast, decimal, pickle, random, unicodedata, zlib
import flatness

SNIPPETS = {}


def covers(f):
    SNIPPETS[f.__name__] = f
    return f


def raises(exc, f, *args):
    try:
        f(*args)
    except exc as e:
        return str(e)
    raise AssertionError(f"{f} did not raise {exc}")


@covers
def ints():
    n = 10**50 + 7
    yield from (n, True, -n, n**3, n % 97, divmod(n, 3), n >> 9, int(str(n)), int("ff", 16), n.bit_length(), hash(n))
    yield n.to_bytes(40, "big"); yield int.from_bytes(b"abc", "little"); yield float(n); yield f"{n:_x}"
    yield raises(ValueError, int, "z"); yield raises(ZeroDivisionError, divmod, n, 0); yield raises(TypeError, int, [])


@covers
def floats():
    x = float("1.5e300")
    yield from (x, x / 3, x * x, x.hex(), float.fromhex("0x1.8p3"), x.as_integer_ratio(), f"{x:.3e}", round(2.675, 2), 1.5 + 2j, complex("1+2j") ** 2)
    yield repr(complex(1, -0.0)); yield raises(ZeroDivisionError, operator.truediv, 1.0, 0); yield raises(ValueError, float, "x")


@covers
def strs():
    s = "héllo wörld €𝄞" * 3
    yield from (s, s.upper(), s.split(), s.replace("l", "LL"), s.encode(), s.encode("utf-16"), s.center(99), s.partition(" "), s.translate({104: "H", 108: None}))
    yield "%s %r %5.2f" % ("a", "b", 1.25); yield "{0!r:>10} {x[a]}".format(s, x={"a": 1}); yield s[::-1]; yield s.casefold()
    yield s.join(["a", "b"]); yield s in s + s; yield iter(s); yield iter("abc"); yield list(iter("abc")); yield list(s); yield str.maketrans("ab", "cd")
    yield raises(UnicodeEncodeError, s.encode, "ascii"); yield raises(IndexError, operator.getitem, s, 999); yield sys.intern("a" + s)
    yield string.Formatter; yield "{a.b[c]}"._formatter_parser() if hasattr(str, "_formatter_parser") else None
    import _string
    p = _string.formatter_parser("{a.b[c]!r:>{w}}"); yield p; yield list(p); first, rest = _string.formatter_field_name_split("a.b[c]"); yield rest; yield list(rest)


@covers
def bytes_and_arrays():
    b = b"hello world" * 3
    yield from (b, b.upper(), b.split(), b.replace(b"l", b"LL"), b.decode(), b.hex(), bytes.fromhex("0aff"), b"%s %d" % (b, 3), iter(b), list(b), b.translate(None, b"l"))
    a = bytearray(b); a += b; a[3:9] = b""; a.append(7); a.extend([1, 2]); a.insert(0, 9); del a[::2]; a.reverse()
    yield a; yield iter(a); yield list(iter(a)); yield a.decode("latin-1"); yield a.pop(); yield raises(ValueError, a.index, b"zz")
    m = memoryview(a); yield m; yield m[1:5]; yield m.tolist(); yield m.cast("B").hex(); yield iter(m); yield list(m); yield hash(memoryview(b)); yield m == m[:]
    yield raises(BufferError, a.append, 1); m.release()
    r = array.array("d", [1, 2, 3]); r.append(4); r.extend([5]); r.byteswap(); yield r; yield iter(r); yield r.tobytes(); yield list(r); yield memoryview(r).tolist(); yield r[1:3]
    yield pickle.PickleBuffer(b); yield struct.Struct("<iqd"); yield struct.Struct("<i").iter_unpack(b"abcdabcd"); yield struct.unpack("<iqd", struct.pack("<iqd", 1, 2, 3.0))
    yield raises(struct.error, struct.pack, "b", 999)


@covers
def containers():
    l = [3, 1, 2] * 5; l.sort(key=lambda x: -x); l += l; l[2:8] = (1,); del l[::3]; l.insert(1, l); yield repr(l); l.clear()
    yield from (l, iter(l), iter([1]), reversed([1, 2]), list(reversed([1, 2])), (1, 2) + (3,), (1,) * 5, iter((1,)), hash((1, "a")), [1, 2].index(2), [*"abc"], sorted("cab"), reversed(range(3)))
    yield raises(IndexError, l.pop); yield raises(TypeError, hash, l); yield raises(ValueError, list.remove, l, 1)
    d = {i: str(i) for i in range(50)}; d |= {"x": l}; d.setdefault("y", []).append(d); yield repr(d); del d["y"]; d.pop(3); d.update(a=1, b=2)
    yield from (d, d.keys(), d.values(), d.items(), iter(d), iter(d.values()), iter(d.items()), reversed(d), reversed(d.values()), reversed(d.items()), d.copy(), dict.fromkeys("abc"), d.keys() & {1, 2}, {1: "1"}.items() - {(1, "1")})
    for it in (iter(d), iter(d.items()), reversed(d.items())): next(it); list(it)
    yield types.MappingProxyType(d); yield types.MappingProxyType(d) | {1: 2}; yield raises(KeyError, d.__getitem__, "zz"); yield raises(KeyError, {}.popitem)
    s = {1, 2, "a", (3,)}; s |= {5}; s ^= {1}; s.discard(9); yield s; yield frozenset(s) | s; yield iter(s); yield list(s); yield s - {2}; yield repr(s); yield raises(KeyError, s.remove, "no"); yield raises(TypeError, s.add, [])
    yield range(9)[2:5]; yield iter(range(9)); yield iter(range(10**20)); yield list(range(3)); yield next(iter(range(10**20))); yield slice(1, 2, 3); yield hash(slice(1)); yield slice(1).indices(5)
    yield enumerate("ab"); yield list(enumerate("ab", 2)); yield zip("ab", "cd"); yield list(zip("ab", "cd")); yield map(str, [1]); yield list(map(max, [1, 2], [2, 1])); yield filter(None, [0]); yield list(filter(str, "ab"))
    yield raises(ValueError, lambda: list(zip("a", "bc", strict=True)))
    c = iter([1, 2].__len__, 5); yield c; next(c)
    class Seq:
        def __getitem__(self, i): return [1, 2, 3][i]
        def __len__(self): return 3
    yield iter(Seq()); yield list(Seq()); yield reversed(Seq()); yield list(reversed(Seq()))


@covers
def collections_types():
    q = collections.deque([1, 2, 3], 5); q.rotate(); q.extendleft("ab"); yield q; yield iter(q); yield reversed(q); yield list(q) + list(reversed(q)); q.remove(1); yield q * 2; yield q.copy()
    dd = collections.defaultdict(list); dd["a"].append(dd); yield repr(dd); dd.clear(); yield dd
    od = collections.OrderedDict(a=1, b=2); od.move_to_end("a"); od.x = od; yield from (od, iter(od), od.keys(), od.values(), od.items(), list(od.items()), reversed(od), od.popitem(), od | {"z": 1}); del od.x
    P = collections.namedtuple("P", "x y"); p = P(1, 2); yield p; yield P.x; yield p._replace(x=3); yield collections.Counter("abca").most_common(1); yield collections.ChainMap({}, {1: 2})[1]


@covers
def functions():
    def f(a, b=1, *c, d: int = 2, **e) -> str: return a, b, c, d, e
    def outer():
        x = 1
        def inner(): nonlocal x; x += 1; return x
        return inner
    g = outer(); g()
    yield from (f, f(1, 2, 3, d=4, z=5), f.__annotations__, f.__kwdefaults__, f.__code__, f.__code__.replace(co_name="g"), list(f.__code__.co_lines()), f.__code__.co_positions(), f.__code__.co_lines(), list(f.__code__.co_positions()), g.__closure__[0], lambda: 1)
    yield f.__code__.co_branches(); yield list(outer.__code__.co_branches()); yield raises(TypeError, f)
    class A:
        @staticmethod
        def s(): pass
        @classmethod
        def c(cls): return cls
        @property
        def p(self): return 1
        def m(self): return super().__repr__()
        __slots__ = ("x", "__weakref__", "__dict__")
    a = A(); a.x = 1; a.y = 2
    yield from (A, a, A.__dict__["s"], A.__dict__["c"], A.__dict__["p"], a.m, A.x, A.__dict__["__weakref__"], a.__repr__, object.__repr__, str.join, "".join, dict.__dict__["fromkeys"], int.real, super(A, a), a.m(), A.c(), len, types.MethodType(f, 1), vars(a), dir(a), A.__mro__)
    im = type(sys)("m"); im.f = f; yield im; yield repr(im); yield raises(AttributeError, getattr, im, "nope"); yield raises(AttributeError, setattr, 1, "x", 2)
    import _testcapi
    yield _testcapi.instancemethod(f) if hasattr(_testcapi, "instancemethod") else None
    yield functools.partial(f, 1)(2); yield functools.partial(f, 1, z=2); yield functools.partial(f, functools.Placeholder, 2)(1); yield functools.Placeholder
    c = functools.lru_cache(3)(lambda x: x)
    for i in range(5): c(i)
    yield c; yield c.cache_info(); k = functools.cmp_to_key(lambda a, b: a - b); yield k(1); yield sorted([3, 1], key=k); yield functools.reduce(operator.add, [1, 2])
    yield operator.attrgetter("a.b", "c"); yield operator.itemgetter(1, 2); yield operator.methodcaller("x", 1, y=2); yield operator.itemgetter(1)("ab"); yield operator.methodcaller("split", sep="a")("bab")
    yield types.SimpleNamespace(a=1, b=[2]); yield types.CellType(1); yield types.CapsuleType; yield None; yield NotImplemented; yield ...; yield types.FunctionType(f.__code__, {})


@covers
def classes():
    class M(type):
        def __new__(m, n, b, d, **k): return super().__new__(m, n, b, d)
        def __call__(cls, *a): return super().__call__(*a)
    class B(metaclass=M, k=1):
        def __init_subclass__(cls, **k): cls.k = k
        def __getattr__(self, n): raise AttributeError(n)
    class C(B, z=1):
        def __del__(self): pass
        def __eq__(self, o): return True
        __hash__ = None
    class D(C, list): pass
    c = C(); c.me = c; D().append(c); C.attr = 1; del C.attr; c.__class__ = B
    yield from (M, B, C(), D(), isinstance(c, B), issubclass(C, B), C.__subclasses__(), hasattr(c, "nope"), C() == 1, type("X", (), {"a": 1})(), B.__bases__)
    yield raises(TypeError, type, "X", (int, str), {}); yield raises(TypeError, lambda: type("Y", (bool,), {}))
    class G[T: int, *Ts, **P]:
        x: T
        def f[S](self, a: S) -> list[S]: ...
    type Alias[T] = list[T] | None
    yield from (G, G.__type_params__[0], G.__type_params__[1], G.__type_params__[2], G.__type_params__[2].args, G.__type_params__[2].kwargs, G[int, str, [int]], Alias, Alias.__value__, Alias[int], G.__type_params__[0].__bound__, G.f.__annotations__, typing.NoDefault)
    yield typing.TypeVar("T", int, str); yield typing.TypeVar("U", bound=int, default=int); yield typing.ParamSpec("Q"); yield typing.TypeVarTuple("R"); yield typing.TypeVar("T").evaluate_bound; yield G.__type_params__[0].evaluate_bound
    yield list[int]; yield iter(list[int]); yield list[int][...] if False else dict[str, list[int]]; yield int | str | None; yield (int | str).__args__; yield isinstance(1, int | str); yield typing.Generic; yield repr(list[int]); yield list(list[int])
    ann = G.__annotations__; yield ann; yield G.__annotate__


@covers
def generators_and_coroutines():
    def g():
        try: x = yield 1; yield x
        except ValueError: yield "caught"
        finally: pass
        return 5
    def d(): r = yield from g(); return r
    a = g(); next(a); a.send(3); a.close(); b = g(); next(b); b.throw(ValueError); c = d(); yield list(c); half = g(); next(half); yield half; yield half.gi_frame; yield half.gi_code; yield (i for i in "ab"); unfinished = d(); next(unfinished)
    async def co(): return 1
    async def ag():
        yield 1
        try: yield 2
        finally: pass
    async def main():
        async with cm(): r = [x async for x in ag()]
        it = ag(); await anext(it); await it.aclose(); r.append(await anext(ag(), 5)); return r + [await co() for _ in "ab"]
    class cm:
        async def __aenter__(self): return self
        async def __aexit__(self, *a): return None
    def run(c):
        try:
            while True: c.send(None)
        except StopIteration as e: return e.value
    k = co(); yield k; k.close(); yield run(main()); w = co(); yield w.__await__(); w.close(); x = ag(); yield x; s = x.asend(None); yield s; s.close(); t = x.athrow(ValueError); yield t; t.close(); n = anext(x, 1); yield n; n.close()
    @types.coroutine
    def old(): yield 1
    yield old(); yield raises(StopIteration, next, iter([])); yield raises(TypeError, lambda: g().send(1))
    async def asleep(): await old()
    z = asleep(); z.send(None); z.close()


@covers
def exceptions():
    def deep(n): return deep(n - 1) if n else 1 / 0
    try:
        try: deep(5)
        except ZeroDivisionError as e:
            e.add_note("x"); yield e.__traceback__; yield e.__traceback__.tb_frame; yield e.__traceback__.tb_frame.f_locals; yield e.__traceback__.tb_frame.f_back; raise ValueError("a") from e
    except ValueError as e: yield e.__cause__; e.__cause__.__traceback__ = None
    try: raise ExceptionGroup("g", [ValueError(1), ExceptionGroup("h", [TypeError(2)])])
    except* TypeError as eg: rest = eg.exceptions
    except* ValueError: pass
    yield rest; yield ExceptionGroup("g", [OSError(2, "x", "f")]).split(OSError); yield OSError(2, "no", "f"); yield raises(OSError, open, "/nope/x"); yield SyntaxError("m", ("f", 1, 2, "t")).text
    yield raises(RecursionError, lambda f: f(f), lambda f: f(f)); yield raises(ImportError, __import__, "nope_nope"); yield raises(SyntaxError, compile, "a b", "f", "exec"); yield StopIteration(3).value; yield raises(UnicodeDecodeError, b"\xff".decode)
    yield raises(NameError, eval, "nope_x"); yield raises(AttributeError, getattr, 1, "rea"); yield raises(MemoryError, bytearray, 2**31 - 100); yield sys.exc_info(); yield types.TracebackType(None, sys._getframe(), 0, 1); yield sys._getframe().f_locals


@covers
def templates():
    name = "n"
    t = t"a {name!r:>{5}} b"
    yield t; yield t + t; yield iter(t); yield list(t); yield t.interpolations[0]; yield t.values; yield repr(t); yield string.templatelib.convert(1, "r")


@covers
def weak():
    class A: pass
    a = A(); log = []
    r = weakref.ref(a, log.append); p = weakref.proxy(a); a.f = 1; yield r; yield weakref.ref(A); cp = weakref.proxy(A); yield p.f
    w = weakref.WeakValueDictionary(a=a); k = weakref.WeakKeyDictionary({a: 1}); s = weakref.WeakSet([a]); f = weakref.finalize(a, log.append, 1); yield (object.__repr__(cp), cp()); del a; yield r(); yield len(w) + len(k) + len(s); yield f.alive; yield hash(weakref.ref(A))
    class S(set): pass
    x = S(); pr = weakref.proxy(x); pr |= {1}; yield len(pr); yield raises(ReferenceError, lambda: p.f)


@covers
def iterators():
    I = itertools
    tee = I.tee(iter("abcdef"), 3); next(tee[0]); next(tee[0]); g = I.groupby("aabb"); key, grp = next(g); u = I.tee([1, 2])[0]
    yield from (I.accumulate([1, 2]), I.batched("abc", 2), I.chain("a", "b"), I.combinations("abc", 2), I.combinations_with_replacement("ab", 2), I.compress("ab", [1, 0]), I.count(10**20), I.cycle("ab"), I.dropwhile(str, "a"), I.filterfalse(None, "a"), g, grp, I.islice("abc", 1, None, 2), I.pairwise("ab"), I.permutations("abc", 2), I.product("ab", repeat=2), I.repeat(1, 2), I.starmap(max, ["ab"]), tee[1], I.takewhile(str, "a"), I.zip_longest("a", "bc"), u)
    for it in (I.accumulate([1, 2, 3], initial=0), I.batched("abc", 2), I.chain.from_iterable(["ab", "c"]), I.combinations("abcd", 2), I.combinations_with_replacement("ab", 2), I.compress("ab", [1, 0]), I.islice(I.count(1.5, 2), 5), I.islice(I.cycle("ab"), 5), I.dropwhile(lambda c: c < "b", "abc"), I.filterfalse(None, [0, 1]), ((k, list(v)) for k, v in I.groupby("aabb")), I.islice("abcdef", 1, 5, 2), I.pairwise("abc"), I.permutations("abc"), I.product("ab", "cd"), I.repeat(1, 2), I.starmap(max, [(1, 2)]), I.takewhile(lambda c: c < "b", "abc"), I.zip_longest("a", "bc", fillvalue=[])): list(it)
    half = I.permutations("abc"); next(half); yield half; half = I.product("ab", "cd"); next(half); yield half; half = I.zip_longest("a", "bc"); next(half); yield half; yield raises(ValueError, lambda: I.islice("a", -1))


@covers
def streams():
    b = io.BytesIO(b"ab\ncd\n"); yield b; yield b.getbuffer(); yield b.readlines(); s = io.StringIO("ab\ncd\r\n", newline=None); yield s; yield list(s); s.write("x"); yield s.getvalue()
    t = io.TextIOWrapper(io.BufferedReader(io.BytesIO("hé\nx".encode()))); yield t; yield t.buffer; yield t.readline(); yield t.tell(); yield t.read(); t.seek(0); t.close(); yield raises(ValueError, t.read)
    w = io.TextIOWrapper(io.BufferedWriter(io.BytesIO()), write_through=True); w.write("abc"); yield w.buffer; w.flush(); w.reconfigure(line_buffering=True); yield io.BufferedRandom(io.BytesIO(b"x")); yield io.BufferedRWPair(io.BytesIO(), io.BytesIO()); yield io.IncrementalNewlineDecoder(None, True).decode("a\r\n")
    yield io.IncrementalNewlineDecoder(None, True); yield io.RawIOBase(); yield io.BufferedIOBase(); yield io.TextIOBase(); yield io.IOBase()
    with open(__file__, "rb", 0) as f: yield f; yield f.read(9); yield os.fstat(f.fileno())
    with open(__file__) as f: yield f.readline(); yield repr(f)
    yield list(io.BytesIO(b"a\nb")); bad = io.TextIOWrapper(io.BytesIO(b"\xff")); yield raises(UnicodeDecodeError, bad.read); yield raises(io.UnsupportedOperation, io.BytesIO().fileno)


@covers
def other():
    ctx = contextvars.Context(); v = contextvars.ContextVar("v", default=[]); yield ctx; yield v; tok = v.set(1); yield tok; v.reset(tok); yield ctx.run(v.get); yield contextvars.Token.MISSING; yield list(contextvars.copy_context())
    p = re.compile(r"(?P<a>a+)(b)?"); m = p.match("aab"); yield from (p, m, m.groups(), m.groupdict(), m.span(2), p.sub(r"\g<a>x", "aab"), p.findall("aabaa"), p.split("xaabx"), p.scanner("aab"), list(p.finditer("aab")), m.expand(r"\1"), repr(m)); yield raises(re.error, re.compile, "(")
    yield zlib.compressobj(); yield zlib.decompressobj(); z = zlib.decompressobj(); yield z.decompress(zlib.compress(b"a" * 999)[:-3]); yield zlib._ZlibDecompressor(); yield random.Random(1).random(); yield random.Random(2); yield _thread.allocate_lock(); yield _thread.RLock(); l = _thread._local(); l.x = l; yield l; del l.x
    yield decimal.Decimal("1.1") ** 2; yield decimal.localcontext(); yield decimal.getcontext(); yield unicodedata.ucd_3_2_0; yield unicodedata.normalize("NFD", "é€"); yield os.stat("/"); yield os.terminal_size((1, 2)); yield time.gmtime(0); yield os.times(); yield os.uname(); yield os.statvfs("/") if hasattr(os, "statvfs") else None
    with os.scandir("/") as sd: yield sd; yield next(sd)
    tree = ast.parse("def f(a, *b: int): return [x for x in a if x]"); yield tree; yield ast.dump(tree); yield compile(tree, "f", "exec"); yield ast.unparse(tree); yield _json.make_scanner; import json; yield json.JSONDecoder().scan_once; yield json.loads('{"a": [1, 2.5, "x\\u00e9", null, {"b": "a"}]}'); yield json.dumps({"a": [1, {"b": None}], "é": "ü"}, indent=1); yield raises(ValueError, json.loads, "{")
    e = json.encoder.c_make_encoder(None, str, str, None, ":", ",", False, False, True); yield e; yield sys.flags; yield sys.float_info; yield sys.int_info; yield sys.hash_info; yield sys.version_info; yield sys.thread_info; yield sys.get_asyncgen_hooks()
    class Old:
        def __buffer__(self, flags): return memoryview(b"abc")
        def __release_buffer__(self, view): pass
    yield bytes(Old()); mv = memoryview(Old()); yield mv.obj; mv.release(); yield pickle.loads(pickle.dumps([1, {"a": (2.5, "x")}, collections.OrderedDict(a=1), ValueError("x")])); import copy; yield copy.deepcopy([{1: [2]}, (3,)])


seen = flatness.check(SNIPPETS)


def static_types(t=object, found=set()):
    """The types that no class statement made."""
    for s in type.__subclasses__(t):
        if s not in found and not hasattr(s, "__static_attributes__"):
            found.add(s); static_types(s, found)
    return found


# Made by nobody: abstract bases, or objects that only the machinery holds for a moment.
ELSEWHERE = {
    "_typing._ConstEvaluator", "_io._BytesIOBuffer", "builtins.managedbuffer", "builtins.stderrprinter", "builtins.EncodingMap", "builtins.PyCapsule", "builtins.UnraisableHookArgs", "builtins._buffer_wrapper", "builtins.async_generator_wrapped_value", "builtins.coroutine_wrapper", "builtins.fieldnameiterator", "builtins.formatteriterator", "builtins.anext_awaitable", "builtins.async_generator_asend", "builtins.async_generator_athrow", "builtins.classmethod_descriptor", "builtins.instancemethod", "builtins.symtable entry", "_abc._abc_data", "functools._lru_list_elem", "decimal.SignalDictMixin", "decimal.ContextManager", "weakref.CallableProxyType", "weakref.ProxyType", "builtins.FrameLocalsProxy", "typing.Generic", "builtins.object", "builtins.positions_iterator", "builtins.memory_iterator", "builtins.getset_descriptor", "_sre.SRE_Template", "posix.times_result",
}
# Covered by modules_flat.py with their modules.
MODULES = ("_lsprof.", "_blake2.", "_csv.", "_md5.", "_sha1.", "_sha2.", "_sha3.", "_queue.", "_socket.", "_thread._", "_tokenize.", "_test", "grp.", "pwd.", "resource.", "select.", "signal.", "_random.", "types._", "builtins.Generic", "builtins.awaitType", "builtins.ipowType", "builtins.matmulType", "builtins.testBufType", "itertools._tee_dataobject", "_collections._tuplegetter", "collections._tuplegetter", "_hmac.", "_zoneinfo.", "_datetime.", "datetime.", "_asyncio.", "_elementtree.", "xml.", "_pickle.", "_winapi.", "_interp", "_ctypes.", "_ssl.", "_bz2.", "_lzma.", "_multiprocessing.", "_sqlite3.", "sqlite3.", "pyexpat.", "_operator.", "_zstd.")
for t in sorted(static_types(), key=lambda t: (t.__module__, t.__name__)):
    name = f"{t.__module__}.{t.__qualname__}"
    if t.__flags__ & 512 or t.__module__ == "monitoring" or issubclass(t, BaseException) or t in seen or name in ELSEWHERE or name.startswith(MODULES):
        continue
    if any(issubclass(s, t) for s in seen if s is not object):
        continue
    print(f"{name}: no code covers this type")
