# Records float_text_expected.json: run with CPython 3.14.  Rows: the double in hexadecimal, a printf conversion, the text.
import json, math, pathlib, random

random.seed(314)


def double():
    kind = random.randrange(7)
    if kind == 0:
        return random.randrange(1000) / 8
    if kind == 1:
        return random.randrange(1000) + 0.5
    if kind == 2:
        return random.randrange(10**6) / 1000
    if kind == 3:
        return random.randrange(1000) * 5.0 * 10.0 ** random.randrange(20)
    if kind == 4:
        return 10.0 ** random.randrange(-30, 30)
    if kind == 5:
        return math.ldexp(random.random(), random.randrange(-1070, 1024))
    return -random.randrange(10**5) / 1024


formats = []
for _ in range(600):
    x = double()
    spec = '%' + random.choice(['', '#']) + random.choice(['', '.0', '.1', '.3', '.17', '.60', '.400']) + random.choice('efgEFG')
    formats.append([x.hex(), spec, spec % x])
special = [0.0, -0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, 1e16, 1e15, 9007199254740993.0, 0.1, 1e22, 1e-5, 1e-4]
reprs = [[x.hex(), repr(x)] for x in special + [double() for _ in range(200)]]
path = pathlib.Path(__file__).with_name('float_text_expected.json')
rows = lambda name, items: f'"{name}": [\n' + ',\n'.join(json.dumps(r) for r in items) + '\n]'
path.write_text('{' + ',\n'.join([rows('formats', formats), rows('reprs', reprs)]) + '}\n')
