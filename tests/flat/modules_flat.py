"""Representative code for every built-in module, run again and again; then each module's names, documentation and signatures."""

import importlib, inspect, os, sys, tempfile, types
import flatness

HERE = tempfile.mkdtemp()
PATH = os.path.join(HERE, "file")
SNIPPETS = {}


def module(f):
    SNIPPETS["_" + f.__name__[2:] if f.__name__.startswith("__") else f.__name__] = f
    return f


def raises(exc, f, *args, **kwargs):
    try:
        f(*args, **kwargs)
    except exc as e:
        return str(e)
    raise AssertionError(f"{f} did not raise {exc}")


@module
def __abc():
    import abc
    class A(abc.ABC):
        @abc.abstractmethod
        def f(self): ...
    class B(A):
        def f(self): ...
    A.register(list); isinstance([], A); issubclass(dict, A); isinstance(B(), A); raises(TypeError, A); A._dump_registry(open(os.devnull, "w")); A._abc_caches_clear()


@module
def __ast():
    import ast
    t = ast.parse("async def f(a, /, b: int = 1, *c, d=2, **e) -> str:\n  with a as b: pass\n  match a:\n    case [1, *_]: return {**a}\n")
    ast.dump(t, indent=1); compile(t, "f", "exec"); ast.unparse(t); n = ast.Name("x", ast.Load()); n.x = n; ast.fix_missing_locations(t); raises(TypeError, compile, ast.Module([ast.Pass()], []) and ast.Expression(body=3), "f", "eval"); ast.literal_eval("[1, {2: (3, None)}]"); raises(ValueError, ast.literal_eval, "f()")


@module
def __bisect():
    import _bisect
    l = [1, 3]; _bisect.insort_right(l, 2, key=lambda x: x); _bisect.bisect_left(l, 2); raises(TypeError, _bisect.bisect_left, [1], "a")


@module
def __blake2():
    import hashlib
    h = hashlib.blake2b(b"a", key=b"k", digest_size=9); h.update(b"b"); h.copy().hexdigest(); hashlib.blake2s(b"a", salt=b"s").digest(); raises(ValueError, hashlib.blake2b, digest_size=99)


@module
def __codecs():
    import codecs
    for c in "utf-8", "utf-16", "utf-32-le", "utf-7", "latin-1", "ascii", "cp1252", "unicode_escape", "raw_unicode_escape", "idna", "punycode":
        "abc".encode(c).decode(c)
    codecs.getincrementaldecoder("utf-8")().decode(b"\xc3"); "\ud800é".encode("ascii", "xmlcharrefreplace" if False else "backslashreplace"); b"\xff".decode("utf-8", "surrogateescape"); raises(LookupError, codecs.lookup, "nope"); codecs.charmap_build("abc"); codecs.escape_decode(b"\\x41"); codecs.register_error("flat", codecs.replace_errors); "é".encode("ascii", "flat"); codecs.lookup_error("strict"); "é".encode("ascii", "namereplace")


@module
def __collections():
    import _collections
    d = _collections.deque(maxlen=2); d.extend("abc"); _collections._count_elements({}, "aab"); _collections._tuplegetter(0, "d").__get__((1,))


@module
def __contextvars():
    import contextvars
    c = contextvars.copy_context(); v = contextvars.ContextVar("v"); c.run(v.set, c); raises(LookupError, v.get); list(c.items()); c[v]; c.copy()


@module
def __csv():
    import csv, io
    list(csv.reader(["a,'b,c'", 'd,"e\n', 'f"'], quotechar="'")); w = csv.writer(io.StringIO(), "excel-tab"); w.writerow([1, None, "a\tb"]); w.writerows([[1.5]]); csv.register_dialect("flat", delimiter=";"); csv.get_dialect("flat"); csv.unregister_dialect("flat"); raises(csv.Error, csv.get_dialect, "flat"); raises(TypeError, csv.reader, [], delimiter="ab"); list(csv.DictReader(["a,b", "1,2"])); csv.Sniffer().sniff("a;b\nc;d\n")


@module
def __decimal():
    import decimal as d
    with d.localcontext(prec=5) as c: d.Decimal(1) / 3; c.sqrt(d.Decimal(2)); c.flags; raises(d.DivisionByZero, lambda: d.Decimal(1) / 0); c.traps[d.DivisionByZero] = False
    f"{d.Decimal('1.25'):.1f}"; d.Decimal("1e9").as_tuple(); d.Decimal(1.5).as_integer_ratio(); hash(d.Decimal(1)); d.Context(prec=3).create_decimal("1.2345"); raises(d.InvalidOperation, d.Decimal, "x"); d.Decimal(2) ** d.Decimal("0.5"); d.Decimal(1).compare(d.Decimal("nan"))


@module
def __functools():
    import functools
    @functools.lru_cache(maxsize=2, typed=True)
    def f(*a, **k): return a
    for i in range(4): f(i, k=i)
    f.cache_clear(); f(1); raises(TypeError, f, []); functools.partial(f).__reduce__(); functools.reduce(lambda a, b: a + [b], "abc", [])
    @functools.singledispatch
    def g(x): return x
    g.register(int, str); g(1)


@module
def __heapq():
    import heapq
    h = [3, 1]; heapq.heapify(h); heapq.heappush(h, 0); heapq.heappushpop(h, 9); heapq.heapreplace(h, 1); heapq.heappop(h); raises(TypeError, heapq.heappush, [1], "a"); heapq.nlargest(2, h); list(heapq.merge([1], [2])); heapq.heapify_max(h)


@module
def __imp():
    import _imp, importlib.util
    _imp.acquire_lock(); _imp.release_lock(); _imp.is_builtin("sys"); _imp.is_frozen("os"); _imp.extension_suffixes(); _imp.find_frozen("os"); _imp.get_frozen_object("__hello__"); _imp.source_hash(1, b"a"); _imp.create_builtin(importlib.util.find_spec("_stat"))


@module
def __io():
    import io
    with open(PATH, "w+", encoding="utf-16") as f: f.write("aé\n" * 99); f.seek(3); f.tell(); f.seek(0); list(f); f.truncate(2)
    with open(PATH, "rb+", buffering=16) as f: f.read(1); f.peek(); f.write(b"x" * 40); f.seek(-1, 2); f.readinto(bytearray(9))
    with io.open(PATH, "ab", 0) as f: f.write(b"y"); raises(io.UnsupportedOperation, f.read)
    raw = io.open(PATH, "rb").detach(); raw.close(); raises(ValueError, open, PATH, "q"); io.text_encoding(None); raises(FileNotFoundError, open, PATH + "no"); io.StringIO("a").__getstate__(); io.BytesIO(b"a").__getstate__(); raises(TypeError, io.StringIO().write, 1); class_ = type("R", (io.RawIOBase,), {"readable": lambda s: True, "readinto": lambda s, b: 0}); io.BufferedReader(class_()).read(); os.unlink(PATH)


@module
def __json():
    import json
    v = {"a": [1, -2.5, None, True, "é\u20ac\n"], "b": {"c": [{}]}}; json.loads(json.dumps(v)); json.loads(json.dumps(v, ensure_ascii=False, indent=2, sort_keys=True)); json.loads("[1.5]", parse_float=str, parse_int=str); json.loads("{}", object_pairs_hook=list, object_hook=None); raises(ValueError, json.loads, '["a'); raises(TypeError, json.dumps, {1j: 2}); l = []; l.append(l); raises(ValueError, json.dumps, l); json.dumps(v, default=str); json.dumps({"x": {1, 2}}, default=list)


@module
def __locale():
    import locale
    locale.localeconv(); locale.setlocale(locale.LC_ALL, "C"); locale.strcoll("a", "b"); locale.nl_langinfo(locale.CODESET); raises(locale.Error, locale.setlocale, locale.LC_ALL, "nope")


@module
def __lsprof():
    import cProfile
    p = cProfile.Profile(); p.enable(); sorted("cab", key=lambda c: c); p.disable(); p.getstats(); p.clear()


@module
def __md5():
    import _md5
    h = _md5.md5(b"a"); h.update(b"b"); h.copy().hexdigest(); h.name; raises(TypeError, h.update, "x")


@module
def __sha1():
    import _sha1
    h = _sha1.sha1(b"a"); h.update(b"b"); h.copy().digest(); h.block_size


@module
def __sha2():
    import _sha2
    for f in _sha2.sha224, _sha2.sha256, _sha2.sha384, _sha2.sha512: h = f(b"a" * 200); h.update(bytearray(b"b")); h.copy().hexdigest()


@module
def __sha3():
    import _sha3
    for f in _sha3.sha3_224, _sha3.sha3_256, _sha3.sha3_384, _sha3.sha3_512: f(b"a").hexdigest()
    _sha3.shake_128(b"a").hexdigest(9); _sha3.shake_256(b"b").digest(3)


@module
def __hmac():
    import hmac
    h = hmac.new(b"k", b"m", "sha256"); h.update(b"x"); h.copy().hexdigest(); hmac.digest(b"k", b"m", "md5"); raises(TypeError, hmac.new, b"k")


@module
def __opcode():
    import _opcode, dis, io
    _opcode.stack_effect(1); dis.dis(__opcode, file=io.StringIO()); _opcode.get_specialization_stats(); _opcode.get_intrinsic1_descs(); raises(ValueError, _opcode.stack_effect, 9999)


@module
def __operator():
    import operator as o
    o.concat([1], [2]); o.countOf("aa", "a"); o.indexOf("ab", "b"); o.length_hint(iter([1])); o.attrgetter("real.imag", "x" if False else "real")(1).__len__(); o.itemgetter(slice(1))("ab"); o.methodcaller("join", ["a"])(","); raises(TypeError, o.add, 1, "a"); o.is_not(1, 2); o.call(max, 1, 2)


@module
def __pickle():
    import pickle, io, collections
    v = [1, 2**99, 1.5, "a", b"b", bytearray(b"c"), (1, 2, 3, 4), {"a": {1}}, frozenset([1]), None, collections.OrderedDict(a=1), ValueError("x"), max, int]; v.append(v)
    for p in range(6): pickle.loads(pickle.dumps(v, p))
    pickle.Pickler(io.BytesIO()).dump(v); pickle.Unpickler(io.BytesIO(pickle.dumps(v))).load(); raises(Exception, pickle.loads, b"x"); raises(Exception, pickle.dumps, lambda: 1); raises(EOFError, pickle.loads, b"")


@module
def __posixsubprocess():
    import subprocess
    raises(OSError, subprocess.Popen, ["/nope/nope"])


@module
def __queue():
    import _queue
    q = _queue.SimpleQueue(); q.put(q); q.get(); q.put(1); q.empty(); q.qsize(); q.get_nowait(); raises(_queue.Empty, q.get_nowait)


@module
def __random():
    import random
    r = random.Random(3); r.seed("x"); r.setstate(r.getstate()); r.shuffle([1, 2, 3]); r.sample(range(99), 9); r.choices("ab", k=3); r.gauss(0, 1); r.getrandbits(99); r.randbytes(3); raises(ValueError, r.randint, 2, 1)


@module
def __signal():
    import signal
    old = signal.signal(signal.SIGUSR1, lambda *a: None); signal.raise_signal(signal.SIGUSR1); signal.getsignal(signal.SIGUSR1); signal.signal(signal.SIGUSR1, old); signal.strsignal(2); signal.valid_signals(); signal.setitimer(signal.ITIMER_REAL, 0); raises(ValueError, signal.signal, 999, old)


@module
def __socket():
    import _socket
    raises(OSError, _socket.socket); raises(OSError, _socket.getaddrinfo, "localhost", 1) if hasattr(_socket, "getaddrinfo") else None


@module
def __sre():
    import re
    re.purge(); p = re.compile(r"(?i)(?P<x>[a-c]+?)(?=d)(?<!z)|(\d{2,3})*\b(?:e|f)++(?(2)g|h)"); m = p.search("zzabcd 1234eh"); m and m.groups(); p.sub(lambda m: m[0] * 2, "abcd"); p.subn(r"<\g<0>>", "abcd"); re.split("(,)", "a,b"); re.findall(b"a", b"aa"); s = p.scanner("abcd"); s.search(); repr(p); p == re.compile("a"); hash(p); m = re.match("(a)(b)?", "ac"); m.lastindex; m.regs; m.expand(r"\1-\g<2>"); m[1]; raises(IndexError, m.group, 9); re.escape("a.b"); re.purge()


@module
def __stat():
    import stat
    stat.filemode(0o100755); stat.S_ISDIR(0)


@module
def __statistics():
    import statistics
    statistics.NormalDist().inv_cdf(0.3); statistics.median([1, 2]); statistics.stdev([1.5, 2])


@module
def __string():
    import string
    string.Formatter().vformat("{0.real!r:>{1}} {x[0]}", (1, 5), {"x": [1]}); string.Template("$a ${b}").substitute(a=1, b=2)


@module
def __struct():
    import struct
    s = struct.Struct("<hi3s?d"); s.pack_into(bytearray(40), 2, 1, 2, b"abc", True, 1.5); s.unpack_from(bytes(40)); list(struct.iter_unpack("h", b"abcd")); raises(struct.error, s.unpack, b""); raises(struct.error, struct.Struct, "z"); struct.calcsize("@iq"); struct._clearcache()


@module
def __suggestions():
    import traceback
    try: sys.versoin
    except AttributeError as e: "".join(traceback.format_exception(e))
    import _suggestions
    _suggestions._generate_suggestions(["abc"], "abd")


@module
def __symtable():
    import symtable
    t = symtable.symtable("def f(a): global g; x = 1; return lambda: x", "f", "exec"); [c.get_symbols() for c in t.get_children()]; t.lookup("f").is_namespace()


@module
def __thread():
    import _thread, threading
    l = _thread.allocate_lock()
    with l: l.locked(); l.acquire(False)
    r = _thread.RLock(); r.acquire(); r.acquire(); r.release(); r.release(); _thread.get_ident(); loc = threading.local(); loc.x = loc; raises(RuntimeError, l.release); _thread.stack_size(); threading.Condition(); threading.Event().set(); del loc.x


@module
def __tokenize():
    import tokenize, io
    list(tokenize.generate_tokens(io.StringIO("def f(x):\n  return f'{x!r:>{3}}' # c\n").readline)); raises(Exception, lambda: list(tokenize.generate_tokens(io.StringIO("(").readline)))


@module
def __tracemalloc():
    import tracemalloc
    if not tracemalloc.is_tracing():
        tracemalloc.start(3); x = [bytes(99) for _ in range(9)]; s = tracemalloc.take_snapshot(); s.statistics("traceback"); tracemalloc.get_object_traceback(x); tracemalloc.get_traced_memory(); tracemalloc.clear_traces(); tracemalloc.stop()


@module
def __types():
    import types
    types.new_class("A", (), {}); types.DynamicClassAttribute(len); types.resolve_bases(()); types.coroutine(lambda: (yield)); types.get_original_bases(int)


@module
def __typing():
    import typing
    T = typing.TypeVar("T"); typing.Union[int, T][str]; typing.Callable[[int], T][str]; typing.Literal[1]; typing.NewType("N", int)(1); class_ = type("P", (typing.Protocol,), {}); typing.get_type_hints(class_); typing.Annotated[int, 1]; typing.NamedTuple("Q", [("a", int)])(1); typing.TypedDict("D", {"a": int})(a=1)


@module
def __warnings():
    import warnings
    with warnings.catch_warnings(record=True) as w: warnings.simplefilter("always"); warnings.warn("x", stacklevel=1); warnings.warn_explicit("y", UserWarning, "f", 1, registry={})
    with warnings.catch_warnings(): warnings.simplefilter("error"); raises(UserWarning, warnings.warn, "z")


@module
def __weakref():
    import _weakref
    class A: pass
    a = A(); r = _weakref.ref(a, print); p = _weakref.proxy(a); _weakref.getweakrefcount(a); _weakref.getweakrefs(a); _weakref._remove_dead_weakref({}, 1); del r; raises(TypeError, _weakref.ref, 1); repr(p)


@module
def array():
    import array
    for c in "bBhHiIlLqQfd": a = array.array(c, [1, 2]); a[0:1] = a; a.tobytes(); array.array(c).frombytes(a.tobytes()); a.__reduce_ex__(3)
    raises(TypeError, array.array, "i", ["x"]); a.fromlist([1]); a.index(1); a.remove(1); a.buffer_info()


@module
def atexit():
    import atexit
    atexit.register(len, []); atexit._ncallbacks(); atexit.unregister(len)


@module
def binascii():
    import binascii, base64
    binascii.unhexlify(binascii.hexlify(b"ab", "-").replace(b"-", b"")); base64.b64decode(base64.b64encode(b"x" * 99)); binascii.crc32(b"a"); binascii.a2b_qp(binascii.b2a_qp(b"a=\n")); binascii.a2b_uu(binascii.b2a_uu(b"a")); raises(binascii.Error, binascii.unhexlify, "z"); base64.b85encode(b"abc"); binascii.crc_hqx(b"a", 1)


@module
def builtins():
    exec("x = [i for i in 'ab']", {}); eval("1 + a", {"a": 1}); compile("a", "f", "eval"); sorted("ba", reverse=True); max([1], key=str, default=2); sum([[1], [2]], []); any([0]); abs(-1); ascii("é"); bin(9); callable(1); chr(99); dir([]); divmod(9, 2); format(1, "x"); getattr(1, "z", None); globals(); hash("a"); hex(1); id(1); iter([]); locals(); next(iter([]), 1); oct(8); ord("a"); pow(2, 9, 5); repr([1]); round(1.25, 1); setattr(type("A", (), {})(), "x", 1); vars(); __import__("os.path"); open(os.devnull).close(); __build_class__(lambda: None, "A"); raises(TypeError, sum, ["a"]); raises(SyntaxError, exec, "("); print(end="", file=open(os.devnull, "w")); raises(ValueError, compile, "a", "f", "z"); isinstance(1, (str, (int,))); aiter; anext


@module
def cmath():
    import cmath
    cmath.sqrt(-1); cmath.polar(1j); cmath.rect(1, 2); raises(ValueError, cmath.log, 0); cmath.isclose(1, 1j)


@module
def errno():
    import errno
    os.strerror(errno.ENOENT); errno.errorcode[2]


@module
def fcntl():
    import fcntl
    with open(os.devnull) as f: fcntl.fcntl(f, fcntl.F_GETFD)
    raises(OSError, fcntl.fcntl, 999, fcntl.F_GETFD)


@module
def gc():
    import gc
    l = []; l.append(l); del l; gc.collect(); gc.get_objects(0); gc.get_referrers([]); gc.get_referents([1]); gc.get_stats(); gc.is_tracked([]); gc.freeze(); gc.unfreeze(); gc.callbacks.append(print and (lambda *a: None)); gc.collect(); gc.callbacks.pop(); gc.get_count(); raises(ValueError, gc.collect, 9)


@module
def grp():
    import grp
    grp.getgrgid(0); grp.getgrall(); raises(KeyError, grp.getgrnam, "nope_nope")


@module
def pwd():
    import pwd
    pwd.getpwuid(0); pwd.getpwall(); raises(KeyError, pwd.getpwnam, "nope_nope")


@module
def itertools():
    import itertools as I
    a, b = I.tee(iter("abc")); next(a); list(b); list(I.product("ab", [1], repeat=2)); list(I.groupby("aab", str.upper)); dict(zip(I.count(), "ab")); raises(TypeError, I.chain, 1) if False else list(I.chain([1], "a")); raises(TypeError, I.permutations, 1)


@module
def marshal():
    import marshal
    v = [1, 2**70, 1.5, 1j, "a", "é", b"b", (1,), {"a": 1}, {1}, frozenset([2]), None, ..., True, slice(1, 2)]; marshal.loads(marshal.dumps(v)); marshal.loads(marshal.dumps(marshal.loads.__doc__, 1)); marshal.loads(marshal.dumps(module.__code__)); raises(EOFError, marshal.loads, b""); raises(ValueError, marshal.dumps, object()); raises(ValueError, marshal.loads, b"?")


@module
def math():
    import math
    math.factorial(99); math.gcd(12, 8, 2**80); math.comb(99, 9); math.fsum([0.1] * 9); math.isqrt(10**40); math.prod([1, 2.5]); math.dist([1, 2], [3, 4]); math.log(10**400); math.floor(1e300); math.sumprod([1], [2]); math.frexp(3.0); math.modf(1.5); raises(ValueError, math.sqrt, -1); raises(OverflowError, math.exp, 9999); math.perm(9, 2); math.hypot(3, 4); math.nextafter(1, 2); math.ceil(type("F", (), {"__ceil__": lambda s: 1})())


@module
def posix():
    with open(PATH, "w") as f: f.write("x")
    st = os.stat(PATH); st.st_mtime_ns; os.listdir(HERE); list(os.walk(HERE))
    with os.scandir(HERE) as d:
        for e in d: e.stat(); e.name; e.is_file(); repr(e)
    os.rename(PATH, PATH + "2"); os.utime(PATH + "2", (1, 2)); os.unlink(PATH + "2"); r, w = os.pipe(); os.write(w, b"a"); os.read(r, 1); os.close(r); os.close(w); raises(FileNotFoundError, os.stat, PATH); raises(TypeError, os.stat, 1.5); os.environ["FLAT"] = "1"; del os.environ["FLAT"]; os.getcwd(); os.urandom(3); os.cpu_count(); os.path.realpath("."); os.fspath(type("P", (), {"__fspath__": lambda s: "a"})()); os.get_terminal_size; os.mkdir(PATH); os.rmdir(PATH); os.symlink("a", PATH); os.readlink(PATH); os.unlink(PATH); os.access("/", 4); os.sysconf("SC_PAGE_SIZE"); os.get_blocking(0); os.umask(os.umask(0)); raises(ValueError, os.open, "a\0b", 0)


@module
def resource():
    import resource
    resource.getrusage(resource.RUSAGE_SELF); resource.getrlimit(resource.RLIMIT_NOFILE); raises(ValueError, resource.getrlimit, 999)


@module
def select():
    import select
    r, w = os.pipe(); select.select([r], [w], [], 0); p = select.poll(); p.register(r, select.POLLIN); p.poll(0); p.modify(r, 0); p.unregister(r); os.close(r); os.close(w); raises(ValueError, select.select, [-1], [], [], 0)


@module
def sys():
    import sys
    sys.getsizeof([]); sys.getrefcount(1); sys._getframe().f_lineno; sys.exc_info(); sys.intern("a b c"); sys.settrace(None); sys.setprofile(lambda *a: None); sys.setprofile(None); sys.set_coroutine_origin_tracking_depth(0); sys.get_asyncgen_hooks(); sys._current_frames(); sys.getrecursionlimit(); sys.audit("x", 1); sys.call_tracing(len, ([],)); sys.displayhook(None); sys.getfilesystemencoding(); sys.is_finalizing(); sys.unraisablehook; raises(SystemExit, sys.exit, [1]); sys._debugmallocstats if False else None; sys.get_int_max_str_digits(); sys.getobjects(3) if hasattr(sys, "getobjects") else None
    def trace(frame, event, arg): return trace
    sys.settrace(trace); sorted("ab", key=lambda c: c); sys.settrace(None)
    M = sys.monitoring; M.use_tool_id(2, "flat"); M.register_callback(2, M.events.PY_START, lambda *a: None); M.set_events(2, M.events.PY_START); (lambda: 1)(); M.set_events(2, 0); M.register_callback(2, M.events.PY_START, None); M.free_tool_id(2)


@module
def termios():
    import termios
    raises(termios.error, termios.tcgetattr, 999)


@module
def time():
    import time
    time.strftime("%Y %j %Z", time.gmtime(9)); time.localtime(); time.mktime(time.localtime(9)); time.asctime(); time.ctime(1); time.get_clock_info("time"); time.sleep(0); time.strptime("2001", "%Y"); time.monotonic_ns(); time.clock_gettime(time.CLOCK_REALTIME); raises(OverflowError, time.gmtime, 1e30)


@module
def unicodedata():
    import unicodedata
    unicodedata.name("é"); unicodedata.lookup("LATIN SMALL LETTER A"); unicodedata.normalize("NFKD", "ﬁé"); unicodedata.numeric("½"); unicodedata.decomposition("é"); raises(KeyError, unicodedata.lookup, "NOPE"); raises(ValueError, unicodedata.digit, "a"); unicodedata.ucd_3_2_0.category("a"); unicodedata.is_normalized("NFC", "é")


@module
def zlib():
    import zlib
    c = zlib.compressobj(9, zdict=b"abc"); d = c.compress(b"abcabc" * 99) + c.flush(); o = zlib.decompressobj(zdict=b"abc"); o.decompress(d, 9); o.unconsumed_tail; o.copy().flush(); zlib.crc32(b"a"); raises(zlib.error, zlib.decompress, b"xx"); zlib.adler32(b""); zlib.decompress(zlib.compress(b"")); zlib.compressobj().copy(); x = zlib._ZlibDecompressor(); x.decompress(zlib.compress(b"a"))


@module
def _zoneinfo():
    import io, zoneinfo
    raises(zoneinfo.ZoneInfoNotFoundError, zoneinfo.ZoneInfo, "No/Such_Zone")
    raises(ValueError, zoneinfo.ZoneInfo.from_file, io.BytesIO(b"TZif"))
    zoneinfo.ZoneInfo.clear_cache()


@module
def faulthandler():
    import faulthandler
    faulthandler.is_enabled(); raises((TypeError, AttributeError), faulthandler.dump_traceback, "no file")


@module
def pyexpat():
    import pyexpat
    p = pyexpat.ParserCreate(); names = []; p.StartElementHandler = lambda name, attrs: names.append((name, attrs)); p.CharacterDataHandler = names.append; p.Parse("<a b='1'><!-- c -->text<c/></a>", True); p.ErrorCode; p.CurrentLineNumber; pyexpat.ErrorString(3)
    raises(pyexpat.ExpatError, pyexpat.ParserCreate().Parse, "<a", True)


@module
def __vivarium():
    import vivarium
    books = vivarium.audit(); str(books); books.balanced


def surface(name):
    """Names, documentation, signatures and reprs of a module."""
    def f():
        m = importlib.import_module(name)
        for key, value in list(vars(m).items()):
            repr(value) if key != "_current_frames" else None
            getattr(value, "__doc__", None)
            if callable(value) and not isinstance(value, types.ModuleType):
                try:
                    str(inspect.signature(value))
                except (ValueError, TypeError):
                    pass
    return f


# What belongs to the tests of the interpreter itself, or has no functions.
OTHER = ("_test", "_sysconfigdata")
wanted = [n for n in __import__("sys").builtin_module_names if not n.startswith(OTHER)]
for n in wanted:
    if n not in SNIPPETS:
        print(f"{n}: no code covers this module")
flatness.check({n: f for n, f in SNIPPETS.items() if n in wanted})
flatness.check({f"names of {n}": surface(n) for n in wanted})
os.rmdir(HERE)
