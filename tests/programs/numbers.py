# Whole numbers around the sizes at which their storage changes, in a loop so long that its jumps need EXTENDED_ARG.
import random

random.seed(5)
edges = [0, 1, -1, 255, 256, 257, 2**30 - 1, 2**30, -(2**30), 2**31, 2**52, 2**53 - 1, 2**53, -(2**53), 2**59, 2**60 - 1, 2**60]
values = edges + [random.randint(-(2**62), 2**62) >> random.randint(0, 61) for _ in range(100)]
checksum = 0
for a in values:
    for b in values:
        x = a + b
        y = a - b
        z = a * b
        checksum = (checksum * 31 + (x ^ y ^ z ^ (a < b))) & 0xFFFFFFFF
        s = a
        s += b
        assert s == x and x - b == a and y + b == a, (a, b)
        if b:
            q, r = divmod(a, b)
            assert z // b == a and a // b == q and a % b == r and q * b + r == a, (a, b)
            assert abs(a / b - q) <= 2 or abs(q) > 2**52, (a, b)
        assert (a & b) | (a ^ b) == a | b and (a < b) == (b > a), (a, b)
    for n in (0, 1, 5, 22, 29, 30, 31):
        assert a << n == a * 2**n and (a << n) >> n == a, (a, n)
print(checksum)


def counts(n):
    d = {}
    for i in range(n):
        key = i * 7919 % 1009
        d[key] = d.get(key, 0) + 1
        d[str(key)] = key
        d[-key] = d[key]
    xs = [0] * 10
    for i in range(-10, 10):
        xs[i] = xs[i] + i
    return len(d), sum(v for k, v in d.items() if isinstance(k, int)), 5 in d, "5" in d, 5.0 in d, None in d, xs


print(counts(5000))


class Counter:
    def __init__(self):
        self.n = 0
        self.f = 0.5

    def step(self, by):
        self.n += by
        self.f = self.f * 1.0000001 + by
        return self.n


c = Counter()
for i in range(100_000):
    c.step(i)
print(c.n, round(c.f, 3), bool(c.n), bool(0), bool([]), bool(""), not 7)
for bad in ("[1][2]", "{}['x']", "{}[[]]", "[] in {}", "1 % 0", "1 // 0", "1 / 0", "1 << -1", "(2**40) // 0"):
    try:
        eval(bad)
    except Exception as e:
        print(bad, type(e).__name__, e)

# Large numbers: each size at which another algorithm takes over.
for bits in (53,60,61,64,89,90,91,119,120,121,240,241,959,960,961,1000,4000,4200):
    for _ in range(20):
        a=random.getrandbits(bits)|(1<<(bits-1)); b=random.getrandbits(bits//2+1)|1
        q,r=divmod(a*b+b-1,b); assert q==a and r==b-1
        assert int(hex(a),16)==a and int(str(a))==a
        assert (a*b)>>bits//2 == (a*b)//(1<<bits//2)
        assert pow(a,3,b)==(a*a*a)%b
        assert -a*b==-(a*b) and (-a)//b==-((a+b-1)//b)
for i in range(3000):
    a=random.getrandbits(random.randint(31,700))-random.getrandbits(random.randint(1,300)); b=random.getrandbits(random.randint(31,400))-random.getrandbits(20)
    if i%7==0: b=(1<<random.randint(60,300))-1
    if i%11==0: a=(1<<random.randint(60,600))-random.randint(0,2)
    if i%13==0: b=-b
    if i%17==0: a=-a
    if not b: continue
    q,r=divmod(a,b); assert q*b+r==a and (0<=r<b or b<r<=0),(a,b); assert a//b==q and a%b==r
    assert int(str(a*b))==a*b
print('divided')
