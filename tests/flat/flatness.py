"""Does running the same code again and again leave nothing behind?

check(snippets) runs each function a few times to let caches settle, then measures references and blocks over more runs.  Code whose figures
grow in every run leaks.  A snippet returns (or yields) the objects that it made, so that it can be seen which types it covers.
"""

import array
import gc
import itertools
import sys
import typing

WARMUP, RUNS = 4, 4


def settle():
    """Empties the caches that fill slowly: of type attributes, of typing's aliases."""
    for clear in typing._cleanups:
        clear()
    sys._clear_type_cache()
    gc.collect()


def consume(result):
    """The types of what a snippet made."""
    return {type(o) for o in result} if result is not None else set()


def measure(f):
    """References and blocks that each of RUNS runs left behind."""
    # An array holds no objects, so that noting a figure changes none.
    references, blocks = (array.array("q", bytes(8 * (RUNS + 1))) for _ in "rb")
    for i in range(WARMUP):
        consume(f())
    for i in range(RUNS + 1):
        consume(f())
        settle()
        references[i] = sys.gettotalrefcount()
        blocks[i] = sys.getallocatedblocks()
    return [[b - a for a, b in itertools.pairwise(column)] for column in (references, blocks)]


def check(snippets):
    """Runs all snippets; prints those that leak; answers the types that were seen."""
    seen = set()
    for name, f in snippets.items():
        try:
            seen |= consume(f())
        except Exception as e:
            print(f"{name}, line {e.__traceback__.tb_next.tb_next.tb_lineno if e.__traceback__.tb_next.tb_next else 0}: {type(e).__name__}: {e}")
            continue
        for what, grown in zip(("references", "blocks"), measure(f)):
            if min(grown) > 0:
                print(f"{name}: {what} left behind by each run: {grown}")
    return seen
