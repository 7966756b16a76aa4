# zoneinfo, with time zones made here; modules and programs in archives.
import io
import os
import struct
import subprocess
import sys
import tempfile
import zipfile
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo


def tzif(transitions, offsets, tz):
    """A TZif file: [(time, index)], [(utc offset, is dst, abbreviation)], POSIX string."""
    names = ''.join(o[2] + '\0' for o in offsets)
    body = b''.join(struct.pack('>q', t) for t, _ in transitions) + bytes(i for _, i in transitions)
    body += b''.join(struct.pack('>lBB', u, d, names.index(n + '\0')) for u, d, n in offsets) + names.encode()
    head = lambda *n: b'TZif2' + bytes(15) + struct.pack('>6l', *n)
    return head(0, 0, 0, 0, 1, 1) + bytes(6) + b'\0' + head(0, 0, 0, len(transitions), len(offsets), len(names)) + body + f'\n{tz}\n'.encode()


offsets = [(3208, 0, 'LMT'), (3600, 0, 'CET'), (7200, 1, 'CEST')]
data = tzif([(-2422054408, 1), (828234000, 2), (846378000, 1)], offsets, 'CET-1CEST,M3.5.0,M10.5.0/3')
zone = ZoneInfo.from_file(io.BytesIO(data), key='Test/Zone')
print(zone, repr(zone), zone.key, zone.utcoffset(None))
for wall in [(1850, 1, 1), (1996, 3, 31, 2, 30), (1996, 7, 1), (1996, 10, 27, 2, 30), (2024, 1, 1), (2024, 3, 31, 2, 30), (2024, 7, 1), (2024, 10, 27, 2, 30)]:
    for fold in (0, 1):
        t = datetime(*wall, fold=fold, tzinfo=zone)
        print(t.isoformat(), t.dst(), t.tzname(), t.astimezone(timezone.utc).astimezone(zone).isoformat())
print([t.fold for h in range(3) for t in [datetime(2024, 10, 27, h, 30, tzinfo=timezone.utc).astimezone(zone)]])
fixed = ZoneInfo.from_file(io.BytesIO(tzif([], [(-12600, 0, 'X')], '<-0330>3:30')))
print(fixed.utcoffset(None), fixed.tzname(datetime(2024, 1, 1)), fixed.dst(None) == timedelta(0))
for bad in ('CET-1CEST', 'CET-1CEST,M13.1.0,M3.1.0', 'X', 'CET-1CEST,J0,J300'):
    try:
        ZoneInfo.from_file(io.BytesIO(tzif([], [(0, 0, 'X')], bad)))
        print('accepted')
    except ValueError as e:
        print(type(e).__name__)

with tempfile.TemporaryDirectory() as d:
    path = os.path.join(d, 'x.zip')
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr('__main__.py', 'import pack.mod, sys\nprint("main", __name__, pack.mod.f(), len(sys.argv))\n')
        z.writestr('pack/__init__.py', '')
        z.writestr('pack/mod.py', 'def f(): return 42\n')
        z.writestr('pack/data.txt', 'data')
    sys.path.insert(0, path)
    import pack.mod
    import importlib.resources
    print(pack.mod.f(), pack.mod.__file__ == os.path.join(path, 'pack', 'mod.py'), type(pack.__loader__).__name__)
    print(importlib.resources.files('pack').joinpath('data.txt').read_text())
    os.mkdir(os.path.join(d, 'app'))
    with open(os.path.join(d, 'app', '__main__.py'), 'w') as f:
        f.write('print("app", __name__)\n')
    run = lambda *a: subprocess.run([sys.executable, *a], capture_output=True, text=True).stdout
    print(run(path, 'a', 'b'), run(os.path.join(d, 'app')), run('-m', 'zipfile', '-t', path), sep='')
    text = os.path.join(d, 'j.json')
    with open(text, 'w') as f:
        f.write('{"b": [1, {"c": null}], "a": "x"}')
    print(run('-m', 'json.tool', '--sort-keys', '--indent', '1', text))
