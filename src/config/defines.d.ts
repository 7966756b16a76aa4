// The compile-time defines of the build (DESIGN.md section 2), replaced by the bundler with `true` or `false` from `builds.mjs`.
declare const WITH_PYMALLOC: boolean;
declare const Py_REF_DEBUG: boolean;
declare const Py_TRACE_REFS: boolean;
declare const COUNT_ALLOCS: boolean;
declare const PYMALLOC_DEBUG: boolean;
declare const Py_DEBUG: boolean;
/** The name of the build, `release`, `debug`, … or `custom`. */
declare const VIVARIUM_BUILD: string;
