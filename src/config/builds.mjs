// Which builds exist, and what does each define?  Invariant: this table is the only place that names a define, an implication
// between defines, or a shipped build; the bundler, the command, the tests and `sysconfig` all read it.  (It is JavaScript so that
// the build script can import it before anything has been compiled.)

/** The compile-time defines, in the order in which they are printed. */
export const DEFINES = /** @type {const} */ ([
  'WITH_PYMALLOC',
  'Py_REF_DEBUG',
  'Py_TRACE_REFS',
  'COUNT_ALLOCS',
  'PYMALLOC_DEBUG',
  'Py_DEBUG',
]);

/** @typedef {typeof DEFINES[number]} Define */

/** The builds that are shipped: name -> what they define besides what follows by implication. */
export const BUILDS = /** @type {Record<string, readonly Define[]>} */ ({
  release: ['WITH_PYMALLOC'],
  'ref-debug': ['WITH_PYMALLOC', 'Py_REF_DEBUG'],
  'trace-refs': ['WITH_PYMALLOC', 'Py_TRACE_REFS'],
  'count-allocs': ['WITH_PYMALLOC', 'COUNT_ALLOCS'],
  'pymalloc-debug': ['WITH_PYMALLOC', 'PYMALLOC_DEBUG'],
  debug: ['WITH_PYMALLOC', 'COUNT_ALLOCS', 'Py_DEBUG'],
});

export const BUILD_NAMES = Object.keys(BUILDS);

/**
 * Closes a set of defines under the implications of BUILDS.md: Py_DEBUG brings Py_REF_DEBUG, Py_TRACE_REFS and (with pymalloc)
 * PYMALLOC_DEBUG; Py_TRACE_REFS brings Py_REF_DEBUG.
 * @param {Iterable<Define>} given
 * @returns {Record<Define, boolean>}
 */
export function resolveDefines(given) {
  const on = new Set(given);
  if (on.has('Py_DEBUG')) {
    on.add('Py_TRACE_REFS');
    if (on.has('WITH_PYMALLOC')) on.add('PYMALLOC_DEBUG');
  }
  if (on.has('Py_TRACE_REFS')) on.add('Py_REF_DEBUG');
  return /** @type {Record<Define, boolean>} */ (Object.fromEntries(DEFINES.map((name) => [name, on.has(name)])));
}
