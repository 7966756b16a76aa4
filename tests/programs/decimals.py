# decimal and fractions of it: arithmetic, contexts, signals, formats.
import sys

del sys.path[0]  # other programs beside this one have names of the library's modules

import decimal
from decimal import *
from fractions import Fraction
import pickle
import statistics

for op in ('1/3', '2**.5', '-7//2', '-7%2', '1e30+1', '1e-30+1'):
    print(op, eval(op.replace('1e30', 'Decimal("1e30")').replace('1e-30', 'Decimal("1e-30")')
                   .replace('1/3', 'Decimal(1)/3').replace('2**.5', 'Decimal(2)**Decimal(".5")').replace('-7', 'Decimal(-7)')))
for f in ('exp', 'ln', 'log10', 'sqrt', 'next_plus', 'logb', 'normalize'):
    print(f, [str(getattr(Decimal(x), f)()) for x in ('2', '1.00000001', '1e-20', '1234.5')])
with localcontext(prec=50) as c:
    print(Decimal(2).ln(), Decimal(10) / 7, Decimal(2) ** 100, c.flags[Inexact])
for text in ('1/0', '0/0', 'x', 'sNaN+1', '1e9+1.5'):
    try:
        a, _, b = text.partition('/')
        print(text, Decimal(a) / Decimal(b) if b else Decimal(text))
    except ArithmeticError as e:
        print(text, type(e).__name__, e)
for spec in ('', '.3f', '10.2e', '+,.1f', '_', '*^20', '%', '015.2f', 'z.0f', '<8g'):
    print(repr(spec), [format(Decimal(x), spec) for x in ('1234567.891', '-0.4', '1E+5', 'NaN')])
print([round(Decimal('2.5') , n) for n in (0, 1)], round(Decimal('2.5')), int(Decimal('-3.9')), float(Decimal('1e-400')))
print(Decimal('1.1') == Fraction(11, 10), Decimal('1.5') == 1.5, hash(Decimal('1.5')) == hash(1.5), Decimal('NaN') < 1 if 0 else '')
print(Decimal('1.20').as_tuple(), Decimal('0.125').as_integer_ratio(), pickle.loads(pickle.dumps(Decimal('1E+3'))))
print(Decimal(5).quantize(Decimal('1.00')), Decimal('1.005').quantize(Decimal('.01'), ROUND_HALF_UP))
print(Context(prec=3, rounding=ROUND_UP).create_decimal('1.2345'), Context(prec=5), list(getcontext().traps)[:2])
print(statistics.stdev([Decimal('1.5'), Decimal('2.5'), Decimal('4')]))
