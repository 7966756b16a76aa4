"""Leaks that must be found: of references with blocks, and of references alone."""

import flatness

kept = []
flatness.check({"flat": lambda: [[]], "objects": lambda: kept.append(object()), "references": lambda: kept.extend([None])})
