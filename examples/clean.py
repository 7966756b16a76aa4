"""A program that gives everything back.

    vivarium hunt examples/clean.py

It makes cycles (which the collector finds), fills a cache (which has a limit),
and listens to events only as long as it needs to.
"""

from functools import lru_cache


class Node:
    def __init__(self, name, parent=None):
        self.name = name
        self.parent = parent
        self.children = []
        if parent is not None:
            parent.children.append(self)


@lru_cache(maxsize=16)
def square(n):
    return n * n


def tree(depth, parent=None):
    node = Node(f"level {depth}", parent)
    if depth > 0:
        for _ in range(2):
            tree(depth - 1, node)
    return node


def main():
    root = tree(5)
    total = sum(square(n) for n in range(100))
    print(f"{len(root.children)} branches, {total}")


main()
