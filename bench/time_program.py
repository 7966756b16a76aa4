# Runs bench program argv[1] for a while and prints the best time of one run, in seconds.
import sys
import time
space = {"__name__": "bench"}
exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"), space)
run = space["run"]
best = None
end = time.perf_counter() + 1.0
n = 0
while n < 3 or time.perf_counter() < end:
    t = time.perf_counter()
    run()
    t = time.perf_counter() - t
    best = t if best is None or t < best else best
    n += 1
print(best)
