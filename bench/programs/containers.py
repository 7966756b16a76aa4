def run():
    d = {}
    for i in range(60000):
        d[i % 1000] = d.get(i % 1000, 0) + 1
    xs = [(i * 7919) % 10007 for i in range(30000)]
    xs.sort()
    ys = sorted(xs, key=lambda v: -v)
    return sum(ys[:10]), len(set(xs))
