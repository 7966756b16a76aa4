// Which Python is this, and which Vivarium?  Invariant: the numbers of the Python version are those of the standard library that is
// shipped (the `pyodide` package), and everything that shows a version takes it from here.

export const PY_MAJOR_VERSION = 3;
export const PY_MINOR_VERSION = 14;
export const PY_MICRO_VERSION = 2;
export const PY_RELEASE_LEVEL = 'final';
export const PY_RELEASE_SERIAL = 0;
export const PY_VERSION = `${PY_MAJOR_VERSION}.${PY_MINOR_VERSION}.${PY_MICRO_VERSION}`;
export const PY_VERSION_HEX = (PY_MAJOR_VERSION << 24) | (PY_MINOR_VERSION << 16) | (PY_MICRO_VERSION << 8) | 0xf0;

/** `sys.version`, in the form that `platform` takes apart: letters, digits and blanks only after the first comma in parentheses. */
export const PY_VERSION_TEXT = `${PY_VERSION} (vivarium ${VIVARIUM_BUILD}) [TypeScript]`;
