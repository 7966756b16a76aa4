// What does every object begin with?  Invariant: the header is [_ob_next, _ob_prev with Py_TRACE_REFS,] ob_refcnt, ob_type, and
// nothing else; every other offset of the object floor is derived from HEAD_SIZE.

export const HEAD_EXTRA = Py_TRACE_REFS ? 8 : 0;
/** The newer and the older neighbour in the list of all live heap objects (Py_TRACE_REFS only). */
export const _ob_next = 0;
export const _ob_prev = 4;
export const ob_refcnt = HEAD_EXTRA;
export const ob_type = HEAD_EXTRA + 4;
export const HEAD_SIZE = HEAD_EXTRA + 8;

/** Collectable objects have this many bytes in front of their header: _gc_next, _gc_prev (gc_head.ts). */
export const GC_HEAD_SIZE = 8;
