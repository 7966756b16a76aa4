# What the compiler says about sources, how definitions are named, and an event loop between two sockets.
import asyncio
import collections
import collections.abc
import socket
import struct
import warnings


def attempt(call, *args, **kwargs):
    try:
        print(call(*args, **kwargs))
    except Exception as e:
        print(type(e).__name__, e, getattr(e, 'lineno', ''), getattr(e, 'offset', ''))


# Encodings are those of the registered codecs.
for encoding in ('latin', 'latin9', 'cp437', 'nosuch', 'hex', 'ascii', 'utf-7'):
    attempt(eval, b'#coding:' + encoding.encode() + b'\n"\xe4"')

# An invalid escape is reported where it is.
warnings.simplefilter('error', SyntaxWarning)
for source in ("'''\n\\z'''", "b'''\n\n \\777'''", "('\xe4',\n 'a\\z')"):
    attempt(eval, source)

attempt(exec, 'class C(x for x in y): pass')
attempt(exec, '__conditional_annotations__ = 0\nif 1: x: int = 1', {})


class Plain: ...


class M(Plain, collections.UserDict, collections.abc.Sequence): ...


class S(Plain, collections.UserList, collections.abc.Mapping): ...


for o in M(), S():
    match o:
        case {}:
            print('mapping')
        case [*_]:
            print('sequence')


def f(a: int):
    class In:
        def m(self, q: int): ...

    return In


class Own:
    a: int

    def __annotate__(format):
        return {'a': str}


print(f.__annotate__.__qualname__, f(1).m.__annotate__.__qualname__, Own.__annotations__)
print(str.maketrans.__qualname__, str.maketrans.__self__, dict.fromkeys.__qualname__)

attempt(lambda **k: 0, **{'maxsplit': 1})
attempt('x'.split, maxsplt=1)
attempt(collections.deque().index, x=2)
attempt(struct.pack, x=2)
attempt(struct.Struct.pack, struct.Struct(''), x=2)
attempt(min, 0, default=1, key=2, foo=3)
attempt(lambda: f(**{1: 3}, **{1: 5}))


async def talk(a, b):
    reader, answers = await asyncio.open_connection(sock=b)
    silent, writer = await asyncio.open_connection(sock=a)
    asyncio.get_running_loop().call_later(0.001, writer.write, b'hello\n')
    line = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    rest = await reader.read()
    answers.close()
    return line, rest, await silent.read()


a, b = socket.socketpair()
with a, b:
    print(asyncio.run(talk(a, b)))
a, b = socket.socketpair()
a.settimeout(0.001)
attempt(a.recv, 1)
b.sendall(b'abc')
print(a.recv(2), a.recv(2))
b.close()
print(a.recv(2))
attempt(a.send, b'x')
a.close()
