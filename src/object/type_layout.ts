// What does a type object look like?
//
// Invariant: every type, static or heap, has the same fixed layout below; a slot holds an index into the function table (0: absent).
// CPython's suites (tp_as_number, …) are flattened into the type.  Offsets are plain constants so that the bundler inlines them.

import { HEAD_SIZE } from './head.js';

/** Number of items of a variable-size object; in types: the number of `__slots__` members. */
export const ob_size = HEAD_SIZE;
/** str (owned): for a static type the dotted name, for a heap type the same object as ht_name */
export const tp_name = HEAD_SIZE + 4;
export const tp_basicsize = HEAD_SIZE + 8;
export const tp_itemsize = HEAD_SIZE + 12;
/** Py_TPFLAGS_* bits */
export const tp_flags = HEAD_SIZE + 16;
/** str or NULL (owned) */
export const tp_doc = HEAD_SIZE + 20;
export const tp_dict = HEAD_SIZE + 24;
export const tp_base = HEAD_SIZE + 28;
export const tp_bases = HEAD_SIZE + 32;
export const tp_mro = HEAD_SIZE + 36;
export const tp_cache = HEAD_SIZE + 40;
/** dict: id of the subclass -> weak reference, or NULL (owned) */
export const tp_subclasses = HEAD_SIZE + 44;
export const tp_weaklist = HEAD_SIZE + 48;
/** 0: no valid version; see type_lookup.ts */
export const tp_version_tag = HEAD_SIZE + 52;
/** byte offset, in an instance, of the function index of its vectorcall; 0: none */
export const tp_vectorcall_offset = HEAD_SIZE + 56;
/** byte offset of the list of weak references; 0: none */
export const tp_weaklistoffset = HEAD_SIZE + 60;
/** byte offset of the instance dictionary; 0: none */
export const tp_dictoffset = HEAD_SIZE + 64;
/** index into the layouts of layout.ts: what instances look like */
export const tp_layout = HEAD_SIZE + 68;
/** byte offset in an instance of the first `__slots__` member; ob_size says how many follow */
export const ht_slots_offset = HEAD_SIZE + 72;
/** str: __name__ (NULL on static types) */
export const ht_name = HEAD_SIZE + 76;
export const ht_qualname = HEAD_SIZE + 80;
export const ht_slots = HEAD_SIZE + 84;
/** shared keys of the instances' dictionaries, or 0 (raw) */
export const ht_cached_keys = HEAD_SIZE + 88;
export const ht_module = HEAD_SIZE + 92;
/** COUNT_ALLOCS */
export const tp_allocs = HEAD_SIZE + 96;
export const tp_frees = HEAD_SIZE + 100;
export const tp_maxalloc = HEAD_SIZE + 104;
/** COUNT_ALLOCS: the type counted for the first time before this one */
export const tp_counts_next = HEAD_SIZE + 108;
/** Py_TRACE_REFS: not 0 while the references to some of its instances are recorded (src/ledger/history.ts) */
export const tp_tracked = HEAD_SIZE + 112;
/** chain of the readied static types */
export const tp_static_next = HEAD_SIZE + 116;

// Slots: the contract of each is that of the C API, with indices for pointers.
export const tp_dealloc = HEAD_SIZE + 120;
export const tp_traverse = HEAD_SIZE + 124;
export const tp_clear = HEAD_SIZE + 128;
export const tp_is_gc = HEAD_SIZE + 132;
export const tp_alloc = HEAD_SIZE + 136;
export const tp_free = HEAD_SIZE + 140;
export const tp_finalize = HEAD_SIZE + 144;
export const tp_del = HEAD_SIZE + 148;
export const tp_vectorcall = HEAD_SIZE + 152;
export const tp_new = HEAD_SIZE + 156;
export const tp_init = HEAD_SIZE + 160;
export const tp_repr = HEAD_SIZE + 164;
export const tp_str = HEAD_SIZE + 168;
export const tp_hash = HEAD_SIZE + 172;
export const tp_call = HEAD_SIZE + 176;
export const tp_getattro = HEAD_SIZE + 180;
export const tp_setattro = HEAD_SIZE + 184;
export const tp_richcompare = HEAD_SIZE + 188;
export const tp_iter = HEAD_SIZE + 192;
export const tp_iternext = HEAD_SIZE + 196;
export const tp_descr_get = HEAD_SIZE + 200;
export const tp_descr_set = HEAD_SIZE + 204;
export const nb_add = HEAD_SIZE + 208;
export const nb_subtract = HEAD_SIZE + 212;
export const nb_multiply = HEAD_SIZE + 216;
export const nb_remainder = HEAD_SIZE + 220;
export const nb_divmod = HEAD_SIZE + 224;
export const nb_power = HEAD_SIZE + 228;
export const nb_negative = HEAD_SIZE + 232;
export const nb_positive = HEAD_SIZE + 236;
export const nb_absolute = HEAD_SIZE + 240;
export const nb_bool = HEAD_SIZE + 244;
export const nb_invert = HEAD_SIZE + 248;
export const nb_lshift = HEAD_SIZE + 252;
export const nb_rshift = HEAD_SIZE + 256;
export const nb_and = HEAD_SIZE + 260;
export const nb_xor = HEAD_SIZE + 264;
export const nb_or = HEAD_SIZE + 268;
export const nb_int = HEAD_SIZE + 272;
export const nb_float = HEAD_SIZE + 276;
export const nb_inplace_add = HEAD_SIZE + 280;
export const nb_inplace_subtract = HEAD_SIZE + 284;
export const nb_inplace_multiply = HEAD_SIZE + 288;
export const nb_inplace_remainder = HEAD_SIZE + 292;
export const nb_inplace_power = HEAD_SIZE + 296;
export const nb_inplace_lshift = HEAD_SIZE + 300;
export const nb_inplace_rshift = HEAD_SIZE + 304;
export const nb_inplace_and = HEAD_SIZE + 308;
export const nb_inplace_xor = HEAD_SIZE + 312;
export const nb_inplace_or = HEAD_SIZE + 316;
export const nb_floor_divide = HEAD_SIZE + 320;
export const nb_true_divide = HEAD_SIZE + 324;
export const nb_inplace_floor_divide = HEAD_SIZE + 328;
export const nb_inplace_true_divide = HEAD_SIZE + 332;
export const nb_index = HEAD_SIZE + 336;
export const nb_matrix_multiply = HEAD_SIZE + 340;
export const nb_inplace_matrix_multiply = HEAD_SIZE + 344;
export const sq_length = HEAD_SIZE + 348;
export const sq_concat = HEAD_SIZE + 352;
export const sq_repeat = HEAD_SIZE + 356;
export const sq_item = HEAD_SIZE + 360;
export const sq_ass_item = HEAD_SIZE + 364;
export const sq_contains = HEAD_SIZE + 368;
export const sq_inplace_concat = HEAD_SIZE + 372;
export const sq_inplace_repeat = HEAD_SIZE + 376;
export const mp_length = HEAD_SIZE + 380;
export const mp_subscript = HEAD_SIZE + 384;
export const mp_ass_subscript = HEAD_SIZE + 388;
export const am_await = HEAD_SIZE + 392;
export const am_aiter = HEAD_SIZE + 396;
export const am_anext = HEAD_SIZE + 400;
export const am_send = HEAD_SIZE + 404;
export const bf_getbuffer = HEAD_SIZE + 408;
export const bf_releasebuffer = HEAD_SIZE + 412;

/** Size of a type object in bytes, a multiple of 8 in every build. */
export const TYPE_SIZE = HEAD_SIZE + 416;

/** The slots that hold functions, by name: what declarations may set and what subtypes inherit. */
export const SLOT_OFFSETS = {
  tp_dealloc,
  tp_traverse,
  tp_clear,
  tp_is_gc,
  tp_alloc,
  tp_free,
  tp_finalize,
  tp_del,
  tp_vectorcall,
  tp_new,
  tp_init,
  tp_repr,
  tp_str,
  tp_hash,
  tp_call,
  tp_getattro,
  tp_setattro,
  tp_richcompare,
  tp_iter,
  tp_iternext,
  tp_descr_get,
  tp_descr_set,
  nb_add,
  nb_subtract,
  nb_multiply,
  nb_remainder,
  nb_divmod,
  nb_power,
  nb_negative,
  nb_positive,
  nb_absolute,
  nb_bool,
  nb_invert,
  nb_lshift,
  nb_rshift,
  nb_and,
  nb_xor,
  nb_or,
  nb_int,
  nb_float,
  nb_inplace_add,
  nb_inplace_subtract,
  nb_inplace_multiply,
  nb_inplace_remainder,
  nb_inplace_power,
  nb_inplace_lshift,
  nb_inplace_rshift,
  nb_inplace_and,
  nb_inplace_xor,
  nb_inplace_or,
  nb_floor_divide,
  nb_true_divide,
  nb_inplace_floor_divide,
  nb_inplace_true_divide,
  nb_index,
  nb_matrix_multiply,
  nb_inplace_matrix_multiply,
  sq_length,
  sq_concat,
  sq_repeat,
  sq_item,
  sq_ass_item,
  sq_contains,
  sq_inplace_concat,
  sq_inplace_repeat,
  mp_length,
  mp_subscript,
  mp_ass_subscript,
  am_await,
  am_aiter,
  am_anext,
  am_send,
  bf_getbuffer,
  bf_releasebuffer,
} as const;

export type SlotName = keyof typeof SLOT_OFFSETS;

// Flags, with CPython's bits (Include/object.h).
export const Py_TPFLAGS_STATIC_BUILTIN = 1 << 1;
export const Py_TPFLAGS_INLINE_VALUES = 1 << 2;
export const Py_TPFLAGS_MANAGED_WEAKREF = 1 << 3;
export const Py_TPFLAGS_MANAGED_DICT = 1 << 4;
export const Py_TPFLAGS_SEQUENCE = 1 << 5;
export const Py_TPFLAGS_MAPPING = 1 << 6;
export const Py_TPFLAGS_DISALLOW_INSTANTIATION = 1 << 7;
export const Py_TPFLAGS_IMMUTABLETYPE = 1 << 8;
export const Py_TPFLAGS_HEAPTYPE = 1 << 9;
export const Py_TPFLAGS_BASETYPE = 1 << 10;
export const Py_TPFLAGS_HAVE_VECTORCALL = 1 << 11;
export const Py_TPFLAGS_READY = 1 << 12;
export const Py_TPFLAGS_READYING = 1 << 13;
export const Py_TPFLAGS_HAVE_GC = 1 << 14;
export const Py_TPFLAGS_METHOD_DESCRIPTOR = 1 << 17;
export const Py_TPFLAGS_VALID_VERSION_TAG = 1 << 19;
export const Py_TPFLAGS_IS_ABSTRACT = 1 << 20;
export const Py_TPFLAGS_MATCH_SELF = 1 << 22;
export const Py_TPFLAGS_ITEMS_AT_END = 1 << 23;
export const Py_TPFLAGS_LONG_SUBCLASS = 1 << 24;
export const Py_TPFLAGS_LIST_SUBCLASS = 1 << 25;
export const Py_TPFLAGS_TUPLE_SUBCLASS = 1 << 26;
export const Py_TPFLAGS_BYTES_SUBCLASS = 1 << 27;
export const Py_TPFLAGS_UNICODE_SUBCLASS = 1 << 28;
export const Py_TPFLAGS_DICT_SUBCLASS = 1 << 29;
export const Py_TPFLAGS_BASE_EXC_SUBCLASS = 1 << 30;
export const Py_TPFLAGS_TYPE_SUBCLASS = 1 << 31;
export const Py_TPFLAGS_DEFAULT = 0;
