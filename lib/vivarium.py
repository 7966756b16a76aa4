"""The books of the heap: who owns what, and whether every count is right.

audit() compares the reference count of every object with the references that
can be found in the heap (in objects, frames, value stacks, generators, and in
the interpreter itself).  The result is a list of what does not balance:

    >>> import vivarium
    >>> books = vivarium.audit()
    >>> books.balanced
    True
    >>> print(books)                                        # doctest: +SKIP
    41277 objects (all objects), 148832 references
    the books balance
"""

__all__ = ["Audit", "Discrepancy", "Native", "Referrer", "audit"]

from collections import namedtuple

import _vivarium

Referrer = namedtuple("Referrer", "address type edge text")
Referrer.__doc__ = """Where a reference stands.

address is that of the object that owns it, 0 for a frame or for a root; type
is the owner's type ('frame' and 'root' for the others), edge the name of the
reference there, text the whole in words."""
Referrer.__str__ = lambda self: self.text

Native = namedtuple("Native", "name place")
Native.__doc__ = """A native function that has called Python code and waits for it."""
Native.__str__ = lambda self: f"{self.name}, called at {self.place}"

class Discrepancy(namedtuple("Discrepancy", "kind address type value counted found referrers text")):
    """An object whose count is not the number of references to it.

    kind is 'leaked' (a reference that nobody owns), 'temporary' (the same, while
    native functions are in progress that may hold it), 'uncounted' (a reference
    that was never counted: a use after free to come) or 'dangling' (a reference
    to memory that is no object)."""

    __slots__ = ()

    def __str__(self):
        return self.text


class Audit(list):
    """The discrepancies that an audit found, with what it examined.

    complete: whether the build knows all objects (trace-refs, debug), or only
    those that can be reached; objects, references: how many were examined;
    counted, total: the sum of all counts, and sys.gettotalrefcount() at that
    moment (both 0 if the build does not know all objects); natives: the native
    functions in progress; omitted: how many discrepancies are not in the list;
    text: the whole in words."""

    def __init__(self, result):
        (self.complete, self.objects, self.references, self.counted, self.total,
         found, natives, entries, self.text) = result
        super().__init__(
            Discrepancy(*e[:-2], tuple(Referrer(*r) for r in e[-2]), e[-1]) for e in entries)
        self.natives = [Native(*n) for n in natives]
        self.omitted = found - len(self)

    @property
    def faults(self):
        """The discrepancies that no native function in progress can explain."""
        return [d for d in self if d.kind != "temporary"]

    @property
    def balanced(self):
        """Whether every count is right."""
        return self.counted == self.total and not self.faults

    def __str__(self):
        return self.text

    __repr__ = object.__repr__


Place = namedtuple("Place", "file line function native")
Place.__doc__ = """On whose behalf a reference count was changed, and by which native function."""


class History:
    """What was recorded of a tracked object (of a tracked type: of all its objects).

    count: the reference count; before: references from before the recording
    that are still there; taken, given: how many increments and decrements were
    recorded; left: pairs (number, Place) for references that were taken there
    and not given back, the most first; cancelled: triples (number, Place,
    Place) for what was taken at one place and given back at another; text: the
    whole in words."""

    def __init__(self, result):
        self.text, self.count, self.before, self.taken, self.given, left, pairs = result
        self.left = [(n, Place(*p)) for n, p in left]
        self.cancelled = [(n, Place(*a), Place(*b)) for n, a, b in pairs]

    def __str__(self):
        return self.text


def audit():
    """Compare the count of every object with the references that can be found."""
    return Audit(_vivarium.audit())


if hasattr(_vivarium, "track"):
    __all__ += ["History", "Place", "history", "track", "untrack"]

    def track(object):
        """Record every change of the reference count of an object, or of all objects of exactly a type."""
        _vivarium.track(object)

    def untrack():
        """End all recording, and forget what was recorded."""
        _vivarium.untrack()

    def history(object):
        """The recorded changes of an object's (or of a type's objects') count, folded into a balance."""
        return History(_vivarium.history(object))
