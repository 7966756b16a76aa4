"""A cache on a method keeps every object that the method was ever called on.

    vivarium hunt examples/cached_method.py::report

`lru_cache` stores the arguments of each call, and `self` is one of them: a
Document lives until 128 other calls have pushed it out (here: for ever, as
the cache has no limit).
"""

from functools import lru_cache


class Document:
    def __init__(self, text):
        self.text = text

    @lru_cache(maxsize=None)
    def word_count(self):
        return len(self.text.split())


def report():
    """Count the words of a document that nobody needs afterwards."""
    document = Document("to be or not to be " * 50)
    return document.word_count()


if __name__ == "__main__":
    print(report(), "words")
