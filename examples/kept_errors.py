"""Errors that are kept for later keep the frames in which they happened.

    vivarium hunt examples/kept_errors.py::import_row

An exception has a traceback, a traceback has frames, and a frame has all its
local variables: here the row, its buffer, and the exception itself, which
makes a cycle that only the collector could break.  It cannot, because the list
of errors is alive.
"""

errors = []


def parse(row):
    buffer = bytearray(row, "utf-8") * 100
    try:
        return int(buffer[:3])
    except ValueError as error:
        problem = error
        errors.append(problem)
        return None


def import_row():
    """Read one row, which is wrong, and go on with the next."""
    return parse("n/a")


if __name__ == "__main__":
    for _ in range(3):
        import_row()
    print(f"{len(errors)} errors to show when everything has been read")
