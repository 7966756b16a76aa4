// What is the module _struct?  Invariant: a Struct keeps its format as a str; what the format means is compiled once and kept by the text of
// the format (a cache that can be made again from it).

import { H32, H8 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import {
  acquireBytes,
  acquireWritable,
  BUF_buf,
  BUF_len,
  BUF_obj,
  freeView,
  newView,
  PyBuffer_Release,
  PyBUF_SIMPLE,
  PyObject_GetBuffer,
  rangeLength,
  rangeStart,
  releaseBytes,
} from '../object/buffer.js';
import { asBytes, newBytes, PyBytes_AS_STRING, PyBytes_Check } from '../object/bytes.js';
import { defineModule, defineType, fastcall, getset, method } from '../object/declare.js';
import { PyErr_Clear, PyErr_Occurred, PyErr_SetObject, PyErr_SetString, typeName } from '../object/errors.js';
import { F } from '../object/functable.js';
import { PyObject_GC_Track, PyObject_GC_UnTrack } from '../object/gc_head.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { i32, layout, ref, weaklistField } from '../object/layout.js';
import { PyLong_FromLong } from '../object/long.js';
import { _PyObject_New, freeObject, PyType_GenericAlloc } from '../object/new_object.js';
import { PyNumber_AsSsize_t } from '../object/number.js';
import { PyObject_GenericGetAttr, PyObject_GenericSetAttr, PyObject_SelfIter } from '../object/object.js';
import { NULL, type Obj, type Ptr } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { PyExc_IndexError, PyExc_RuntimeError, PyExc_TypeError, Py_None, staticType } from '../object/statics.js';
import { PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM } from '../object/tuple.js';
import { Py_TPFLAGS_BASETYPE, Py_TPFLAGS_HAVE_GC, tp_basicsize } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString, PyUnicode_IS_ASCII } from '../object/unicode.js';
import { setRef } from '../types/exceptions.js';
import { PyUnicodeEncodeError_Create } from '../types/exceptions_unicode.js';
import { compileFormat, type Format, packItem, StructError, unpackItem } from './struct_format.js';

const Struct = layout({ format: ref, weaklist: weaklistField });
const { format: s_format } = Struct;
const Struct_Type = staticType();
const UnpackIter_Type = staticType();

const cache = new Map<string, Format>();
const MAX_CACHE = 500;

/** The text of a format argument (str or bytes); null with an exception. */
function formatText(o: Obj): string | null {
  if (PyBytes_Check(o)) return String.fromCharCode(...asBytes(o));
  if (!PyUnicode_Check(o)) {
    PyErr_SetString(PyExc_TypeError, `Struct() argument 1 must be a str or bytes object, not ${typeName(o)}`);
    return null;
  }
  const text = asString(o);
  if (PyUnicode_IS_ASCII(o)) return text;
  let at = 0;
  while (text.charCodeAt(at) < 128) at++;
  const e = PyUnicodeEncodeError_Create('ascii', o, at, at + 1, 'ordinal not in range(128)');
  if (e !== 0) {
    PyErr_SetObject(Py_TYPE(e), e);
    decref(e);
  }
  return null;
}

function formatOf(text: string): Format | null {
  let format = cache.get(text) ?? null;
  if (format === null) {
    format = compileFormat(text);
    if (format !== null) {
      if (cache.size >= MAX_CACHE) cache.clear();
      cache.set(text, format);
    }
  }
  return format;
}

function formatArgument(o: Obj): Format | null {
  const text = formatText(o);
  return text === null ? null : formatOf(text);
}

/** The format of a Struct; null with RuntimeError if it is not initialised. */
function formatOfStruct(s: Obj): Format | null {
  const text = H32[(s + s_format) >> 2] as Obj;
  if (text !== 0) return formatOf(asString(text));
  PyErr_SetString(PyExc_RuntimeError, 'Struct object is not initialized');
  return null;
}

const INIT_SIG = parseSignature('Struct', '(format)');

function struct_init(s: Obj, args: Obj, kwargs: Obj): number {
  if (!bindTuple(INIT_SIG, args, kwargs)) return -1;
  const text = formatText(bound[0] as Obj);
  if (text === null || formatOf(text) === null) return -1;
  const kept = PyUnicode_FromString(text);
  if (kept === 0) return -1;
  setRef(s, s_format, kept);
  return 0;
}

/** Writes the values from argument vector `args` on at address p: 0, or -1. */
function packInto(f: Format, p: number, args: number): number {
  let at = args >> 2;
  for (const item of f.items) {
    for (let k = 0; k < item.repeat; k++) {
      if (packItem(p + item.offset + k * item.size, item, f.little, H32[at++] as Obj) < 0) return -1;
    }
  }
  return 0;
}

function unpackFrom(f: Format, p: number): Obj {
  const t = PyTuple_New(f.count);
  if (t === 0) return NULL;
  let i = 0;
  for (const item of f.items) {
    for (let k = 0; k < item.repeat; k++) {
      const v = unpackItem(p + item.offset + k * item.size, item, f.little);
      if (v === 0) {
        decref(t);
        return NULL;
      }
      PyTuple_SET_ITEM(t, i++, v);
    }
  }
  return t;
}

function pack(f: Format, args: number, nargs: number): Obj {
  if (nargs !== f.count)
    return PyErr_SetString(StructError, `pack expected ${f.count} items for packing (got ${nargs})`);
  const bytes = newBytes(f.size);
  if (bytes === 0) return NULL;
  const p = PyBytes_AS_STRING(bytes);
  // Pad bytes are zero.
  H8.fill(0, p, p + f.size);
  if (packInto(f, p, args) < 0) {
    decref(bytes);
    return NULL;
  }
  return bytes;
}

function pack_into(f: Format, args: number, nargs: number): Obj {
  const words = args >> 2;
  if (nargs !== f.count + 2) {
    if (nargs === 0) return PyErr_SetString(StructError, 'pack_into expected buffer argument');
    if (nargs === 1) return PyErr_SetString(StructError, 'pack_into expected offset argument');
    return PyErr_SetString(StructError, `pack_into expected ${f.count} items for packing (got ${nargs - 2})`);
  }
  const target = H32[words] as Obj;
  const handle = acquireWritable(target);
  if (handle === 0) {
    PyErr_Clear();
    return PyErr_SetString(PyExc_TypeError, `argument must be read-write bytes-like object, not ${typeName(target)}`);
  }
  const start = rangeStart;
  const length = rangeLength;
  let r: Obj = NULL;
  const offset = PyNumber_AsSsize_t(H32[words + 1] as Obj, PyExc_IndexError);
  if (offset !== -1 || PyErr_Occurred() === 0) {
    const at = offset < 0 ? offset + length : offset;
    if (offset < 0 && offset + f.size > 0) {
      PyErr_SetString(StructError, `no space to pack ${f.size} bytes at offset ${offset}`);
    } else if (at < 0) PyErr_SetString(StructError, `offset ${offset} out of range for ${length}-byte buffer`);
    else if (length - at < f.size) {
      PyErr_SetString(
        StructError,
        `pack_into requires a buffer of at least ${at + f.size} bytes for packing ${f.size} bytes at offset ${at} (actual buffer size is ${length})`,
      );
    } else {
      H8.fill(0, start + at, start + at + f.size);
      if (packInto(f, start + at, args + 8) === 0) r = newref(Py_None);
    }
  }
  releaseBytes(handle);
  return r;
}

function unpack(f: Format, buffer: Obj): Obj {
  const handle = acquireBytes(buffer);
  if (handle === 0) return NULL;
  const r =
    rangeLength === f.size
      ? unpackFrom(f, rangeStart)
      : PyErr_SetString(StructError, `unpack requires a buffer of ${f.size} bytes`);
  releaseBytes(handle);
  return r;
}

function unpack_from(f: Format, buffer: Obj, offset: number): Obj {
  const handle = acquireBytes(buffer);
  if (handle === 0) return NULL;
  const length = rangeLength;
  const at = offset < 0 ? offset + length : offset;
  let r: Obj = NULL;
  if (offset < 0 && offset + f.size > 0) {
    PyErr_SetString(StructError, `not enough data to unpack ${f.size} bytes at offset ${offset}`);
  } else if (at < 0) PyErr_SetString(StructError, `offset ${offset} out of range for ${length}-byte buffer`);
  else if (length - at < f.size) {
    PyErr_SetString(
      StructError,
      `unpack_from requires a buffer of at least ${at + f.size} bytes for unpacking ${f.size} bytes at offset ${at} (actual buffer size is ${length})`,
    );
  } else r = unpackFrom(f, rangeStart + at);
  releaseBytes(handle);
  return r;
}

// ---- iter_unpack -----------------------------------------------------------------------------------------------------------------

const UnpackIter = layout({ so: ref, view: i32, index: i32 });
const { so: ui_so, view: ui_view, index: ui_index } = UnpackIter;

function iter_unpack(s: Obj, buffer: Obj): Obj {
  const f = formatOfStruct(s);
  if (f === null) return NULL;
  if (f.size === 0) return PyErr_SetString(StructError, 'cannot iteratively unpack with a struct of length 0');
  const it = _PyObject_New(UnpackIter_Type);
  if (it === 0) return NULL;
  const view = newView();
  if (view === 0 || PyObject_GetBuffer(buffer, view, PyBUF_SIMPLE) < 0) {
    if (view !== 0) freeView(view);
    decref(it);
    return NULL;
  }
  H32[(it + ui_view) >> 2] = view;
  if (H32[(view + BUF_len) >> 2] % f.size !== 0) {
    decref(it);
    return PyErr_SetString(StructError, `iterative unpacking requires a buffer of a multiple of ${f.size} bytes`);
  }
  H32[(it + ui_so) >> 2] = newref(s);
  PyObject_GC_Track(it);
  return it;
}

function releaseIterView(it: Obj): void {
  const view = H32[(it + ui_view) >> 2];
  if (view === 0) return;
  H32[(it + ui_view) >> 2] = 0;
  PyBuffer_Release(view);
  freeView(view as Ptr);
}

function iter_clear(it: Obj): number {
  setRef(it, ui_so, NULL);
  releaseIterView(it);
  return 0;
}

function iter_dealloc(it: Obj): void {
  PyObject_GC_UnTrack(it);
  iter_clear(it);
  freeObject(it);
}

function iter_traverse(it: Obj, visit: number, arg: number): number {
  const s = H32[(it + ui_so) >> 2];
  const view = H32[(it + ui_view) >> 2];
  const owner = view === 0 ? 0 : H32[(view + BUF_obj) >> 2];
  return (s !== 0 && F[visit](s, arg)) || (owner !== 0 && F[visit](owner, arg)) || 0;
}

function iter_next(it: Obj): Obj {
  const s = H32[(it + ui_so) >> 2] as Obj;
  const view = H32[(it + ui_view) >> 2];
  if (s === 0 || view === 0) return NULL;
  const f = formatOfStruct(s);
  if (f === null) return NULL;
  const at = H32[(it + ui_index) >> 2];
  if (at + f.size > H32[(view + BUF_len) >> 2]) {
    iter_clear(it);
    return NULL;
  }
  H32[(it + ui_index) >> 2] = at + f.size;
  return unpackFrom(f, H32[(view + BUF_buf) >> 2] + at);
}

function iter_length_hint(it: Obj): Obj {
  const s = H32[(it + ui_so) >> 2] as Obj;
  const f = s === 0 ? null : formatOfStruct(s);
  if (f === null) return s === 0 ? PyLong_FromLong(0) : NULL;
  const view = H32[(it + ui_view) >> 2];
  return PyLong_FromLong((H32[(view + BUF_len) >> 2] - H32[(it + ui_index) >> 2]) / f.size);
}

defineType({
  type: UnpackIter_Type,
  name: '_struct.unpack_iterator',
  layout: UnpackIter,
  flags: Py_TPFLAGS_HAVE_GC,
  slots: {
    tp_dealloc: iter_dealloc,
    tp_traverse: iter_traverse,
    tp_clear: iter_clear,
    tp_getattro: PyObject_GenericGetAttr,
    tp_iter: PyObject_SelfIter,
    tp_iternext: iter_next,
  },
  methods: [method('__length_hint__', '($self, /)', iter_length_hint)],
  edges: () => ['struct', 'buffer'],
});

// ---- the type and the functions --------------------------------------------------------------------------------------------------

/** Whether a call gives no keywords; false with an exception. */
function withoutKeywords(name: string, kwnames: Obj): boolean {
  if (kwnames === 0 || PyTuple_GET_SIZE(kwnames) === 0) return true;
  PyErr_SetString(PyExc_TypeError, `${name}() takes no keyword arguments`);
  return false;
}

/** A method in the vectorcall form whose format comes from self. */
const ofStruct =
  (name: string, f: (format: Format, args: number, nargs: number) => Obj) =>
  (s: Obj, args: number, nargs: number, kwnames: Obj): Obj => {
    if (!withoutKeywords(`Struct.${name}`, kwnames)) return NULL;
    const format = formatOfStruct(s);
    return format === null ? NULL : f(format, args, nargs);
  };

/** A function in the vectorcall form whose format is the first argument. */
const ofArgument =
  (name: string, f: (format: Format, args: number, nargs: number) => Obj) =>
  (_module: Obj, args: number, nargs: number, kwnames: Obj): Obj => {
    if (!withoutKeywords(`_struct.${name}`, kwnames)) return NULL;
    if (nargs === 0) return PyErr_SetString(PyExc_TypeError, 'missing format argument');
    const format = formatArgument(H32[args >> 2] as Obj);
    return format === null ? NULL : f(format, args + 4, nargs - 1);
  };

function newStruct(formatObj: Obj): Obj {
  const text = formatText(formatObj);
  if (text === null || formatOf(text) === null) return NULL;
  const kept = PyUnicode_FromString(text);
  const s = kept === 0 ? NULL : PyType_GenericAlloc(Struct_Type, 0);
  if (s === 0) {
    if (kept !== 0) decref(kept);
    return NULL;
  }
  H32[(s + s_format) >> 2] = kept;
  return s;
}

function struct_repr(s: Obj): Obj {
  const text = H32[(s + s_format) >> 2] as Obj;
  if (formatOfStruct(s) === null) return NULL;
  return PyUnicode_FromString(`Struct('${asString(text)}')`);
}

const FORMAT_DOC = 'struct format string';
const SIZE_DOC = 'struct size in bytes';

defineType({
  type: Struct_Type,
  name: '_struct.Struct',
  layout: Struct,
  flags: Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
  doc: 'Struct(fmt) --> compiled struct object\n\n',
  slots: {
    tp_new: (type: Obj) => PyType_GenericAlloc(type, 0),
    tp_init: struct_init,
    tp_repr: struct_repr,
    tp_getattro: PyObject_GenericGetAttr,
    tp_setattro: PyObject_GenericSetAttr,
  },
  methods: [
    method(
      'iter_unpack',
      '($self, buffer, /)',
      iter_unpack,
      `Return an iterator yielding tuples.

Tuples are unpacked from the given bytes source, like a repeated
invocation of unpack_from().

Requires that the bytes length be a multiple of the struct size.`,
    ),
    fastcall(
      'pack',
      null,
      ofStruct('pack', pack),
      `S.pack(v1, v2, ...) -> bytes

Return a bytes object containing values v1, v2, ... packed according
to the format string S.format.  See help(struct) for more on format
strings.`,
    ),
    fastcall(
      'pack_into',
      null,
      ofStruct('pack_into', pack_into),
      `S.pack_into(buffer, offset, v1, v2, ...)

Pack the values v1, v2, ... according to the format string S.format
and write the packed bytes into the writable buffer buf starting at
offset.  Note that the offset is a required argument.  A negative
offset counts from the end of the buffer.  See help(struct) for more
on format strings.`,
    ),
    method(
      'unpack',
      '($self, buffer, /)',
      (s: Obj, buffer: Obj) => {
        const f = formatOfStruct(s);
        return f === null ? NULL : unpack(f, buffer);
      },
      `Return a tuple containing unpacked values.

Unpack according to the format string Struct.format. The buffer's size
in bytes must be Struct.size.

See help(struct) for more on format strings.`,
    ),
    method(
      'unpack_from',
      '($self, /, buffer, offset: ssize = 0)',
      (s: Obj, buffer: Obj, offset: number) => {
        const f = formatOfStruct(s);
        return f === null ? NULL : unpack_from(f, buffer, offset);
      },
      `Return a tuple containing unpacked values.

Values are unpacked according to the format string Struct.format.

The buffer's size in bytes, starting at position offset, must be
at least Struct.size.  A negative offset counts from the end of the
buffer.

See help(struct) for more on format strings.`,
    ),
    method(
      '__sizeof__',
      '($self, /)',
      (s: Obj) => (formatOfStruct(s) === null ? NULL : PyLong_FromLong(H32[(Py_TYPE(s) + tp_basicsize) >> 2])),
      'S.__sizeof__() -> size of S in memory, in bytes',
    ),
  ],
  getset: [
    getset(
      'format',
      (s: Obj) => (formatOfStruct(s) === null ? NULL : newref(H32[(s + s_format) >> 2] as Obj)),
      null,
      FORMAT_DOC,
    ),
    getset(
      'size',
      (s: Obj) => {
        if (H32[(s + s_format) >> 2] === 0) return PyLong_FromLong(-1);
        const f = formatOfStruct(s);
        return f === null ? NULL : PyLong_FromLong(f.size);
      },
      null,
      SIZE_DOC,
    ),
  ],
});

defineModule({
  name: '_struct',
  doc: `Functions to convert between Python values and C structs.
Python bytes objects are used to hold the data representing the C struct
and also as format strings (explained below) to describe the layout of data
in the C struct.

The optional first format char indicates byte order, size and alignment:
  @: native order, size & alignment (default)
  =: native order, std. size & alignment
  <: little-endian, std. size & alignment
  >: big-endian, std. size & alignment
  !: same as >

The remaining characters indicate types of args and must match exactly;
these can be preceded by a decimal repeat count:
  x: pad byte (no data); c: char; b: signed byte; B: unsigned byte;
  ?: _Bool; h: short; H: unsigned short; i: int; I: unsigned int;
  l: long; L: unsigned long; q: long long; Q: unsigned long long;
  f: float; d: double; e: half-float;
  F: float complex; D: double complex.
Special cases (preceding decimal count indicates length):
  s: byte string (array of char); p: Pascal string (with count byte).
Special cases (only available in native format):
  n: ssize_t; N: size_t;
  P: an integer type that is wide enough to hold a pointer.
Whitespace between formats is ignored.

The variable struct.error is an exception raised on errors.
`,
  types: [Struct_Type, StructError],
  functions: [
    method(
      '_clearcache',
      '($module, /)',
      () => {
        cache.clear();
        return newref(Py_None);
      },
      'Clear the internal cache.',
    ),
    method(
      'calcsize',
      '($module, format, /)',
      (_module: Obj, format: Obj) => {
        const f = formatArgument(format);
        return f === null ? NULL : PyLong_FromLong(f.size);
      },
      'Return size in bytes of the struct described by the format string.',
    ),
    method(
      'iter_unpack',
      '($module, format, buffer, /)',
      (_module: Obj, format: Obj, buffer: Obj) => {
        const s = newStruct(format);
        if (s === 0) return NULL;
        const it = iter_unpack(s, buffer);
        decref(s);
        return it;
      },
      `Return an iterator yielding tuples unpacked from the given bytes.

The bytes are unpacked according to the format string, like
a repeated invocation of unpack_from().

Requires that the bytes length be a multiple of the format struct size.`,
    ),
    fastcall(
      'pack',
      null,
      ofArgument('pack', pack),
      `pack(format, v1, v2, ...) -> bytes

Return a bytes object containing the values v1, v2, ... packed according
to the format string.  See help(struct) for more on format strings.`,
    ),
    fastcall(
      'pack_into',
      null,
      ofArgument('pack_into', pack_into),
      `pack_into(format, buffer, offset, v1, v2, ...)

Pack the values v1, v2, ... according to the format string and write
the packed bytes into the writable buffer buf starting at offset.  Note
that the offset is a required argument.  A negative offset counts from
the end of the buffer.  See help(struct) for more on format strings.`,
    ),
    method(
      'unpack',
      '($module, format, buffer, /)',
      (_module: Obj, format: Obj, buffer: Obj) => {
        const f = formatArgument(format);
        return f === null ? NULL : unpack(f, buffer);
      },
      `Return a tuple containing values unpacked according to the format string.

The buffer's size in bytes must be calcsize(format).

See help(struct) for more on format strings.`,
    ),
    method(
      'unpack_from',
      '($module, format, /, buffer, offset: ssize = 0)',
      (_module: Obj, format: Obj, buffer: Obj, offset: number) => {
        const f = formatArgument(format);
        return f === null ? NULL : unpack_from(f, buffer, offset);
      },
      `Return a tuple containing values unpacked according to the format string.

The buffer's size, minus offset, must be at least calcsize(format).
A negative offset counts from the end of the buffer.

See help(struct) for more on format strings.`,
    ),
  ],
});
