// What is a BufferedRWPair?  Invariant: it owns a reader and a writer over two raw streams and does nothing itself; closing closes both.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { PyObject_CallFunctionObjArgs, PyObject_CallMethodNoArgs, PyObject_Vectorcall } from '../object/call.js';
import { defineType, fastcall, getset, method } from '../object/declare.js';
import { _PyErr_ChainExceptions1, PyErr_GetRaisedException, PyErr_SetString } from '../object/errors.js';
import { decref, xdecref } from '../object/header.js';
import { idObj } from '../object/identifiers.js';
import { layout, ref } from '../object/layout.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyObject_GetAttr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import { Py_False, PyExc_RuntimeError, PyExc_ValueError, staticType } from '../object/statics.js';
import { BufferedReader_Type, BufferedWriter_Type } from './io_buffered.js';
import {
  BufferedIOBase_Type,
  checkReadable,
  checkWritable,
  IO_FLAGS,
  IOBase,
  iobase_dealloc,
  iobase_finalize,
} from './io_base.js';
import {
  DEFAULT_BUFFER_SIZE,
  s_close,
  s_closed,
  s_flush,
  s_isatty,
  s_peek,
  s_read,
  s_read1,
  s_readable,
  s_readinto,
  s_readinto1,
  s_writable,
  s_write,
} from './io_common.js';

const Pair = layout({ reader: ref, writer: ref }, { base: IOBase.info });
const { reader: p_reader, writer: p_writer } = Pair;

export const BufferedRWPair_Type = staticType();

const SIG = parseSignature('BufferedRWPair', `(reader, writer, buffer_size: ssize = ${DEFAULT_BUFFER_SIZE}, /)`);

/** A buffered stream over `raw`: a new reference, or NULL. */
function wrap(type: Obj, raw: Obj, size: number): Obj {
  const n = PyLong_FromLong(size);
  const r = PyObject_CallFunctionObjArgs(type, raw, n);
  decref(n);
  return r;
}

function put(self: Obj, field: number, value: Obj): void {
  const old = H32[(self + field) >> 2] as Obj;
  H32[(self + field) >> 2] = value;
  xdecref(old);
}

function rwpair_init(self: Obj, args: Obj, kwargs: Obj): number {
  if (!bindTuple(SIG, args, kwargs)) return -1;
  const reader = bound[0] as Obj;
  const writer = bound[1] as Obj;
  const size = bound[2];
  const readable = checkReadable(reader);
  if (readable === 0) return -1;
  decref(readable);
  const writable = checkWritable(writer);
  if (writable === 0) return -1;
  decref(writable);
  const r = wrap(BufferedReader_Type, reader, size);
  if (r === 0) return -1;
  put(self, p_reader, r);
  const w = wrap(BufferedWriter_Type, writer, size);
  if (w === 0) {
    put(self, p_reader, NULL);
    return -1;
  }
  put(self, p_writer, w);
  return 0;
}

/** One of the two streams, borrowed; NULL with ValueError. */
function half(self: Obj, field: number): Obj {
  const o = H32[(self + field) >> 2] as Obj;
  return o !== 0 ? o : PyErr_SetString(PyExc_ValueError, 'I/O operation on uninitialized object');
}

/** A method that is one half's, with its arguments. */
function forward(field: number, id: number): (self: Obj, args: number, nargs: number, kwnames: Obj) => Obj {
  return (self, args, nargs, kwnames) => {
    const o = half(self, field);
    const f = o === 0 ? NULL : PyObject_GetAttr(o, idObj(id));
    if (f === 0) return NULL;
    const r = PyObject_Vectorcall(f, args, nargs, kwnames);
    decref(f);
    return r;
  };
}

function forward0(field: number, id: number): (self: Obj) => Obj {
  return (self) => {
    const o = half(self, field);
    return o === 0 ? NULL : PyObject_CallMethodNoArgs(o, idObj(id));
  };
}

function rwpair_close(self: Obj): Obj {
  const writer = half(self, p_writer);
  const closed = writer === 0 ? NULL : PyObject_CallMethodNoArgs(writer, idObj(s_close));
  const e = PyErr_GetRaisedException();
  xdecref(closed);
  const reader = half(self, p_reader);
  const r = reader === 0 ? NULL : PyObject_CallMethodNoArgs(reader, idObj(s_close));
  if (e === 0) return r;
  _PyErr_ChainExceptions1(e);
  xdecref(r);
  return NULL;
}

function rwpair_isatty(self: Obj): Obj {
  const writer = half(self, p_writer);
  const first = writer === 0 ? NULL : PyObject_CallMethodNoArgs(writer, idObj(s_isatty));
  if (first !== Py_False) return first;
  decref(first);
  const reader = half(self, p_reader);
  return reader === 0 ? NULL : PyObject_CallMethodNoArgs(reader, idObj(s_isatty));
}

function get_closed(self: Obj): Obj {
  const writer = H32[(self + p_writer) >> 2] as Obj;
  if (writer === 0) return PyErr_SetString(PyExc_RuntimeError, 'the BufferedRWPair object is being garbage-collected');
  return PyObject_GetAttr(writer, idObj(s_closed));
}

defineType({
  type: BufferedRWPair_Type,
  name: '_io.BufferedRWPair',
  base: BufferedIOBase_Type,
  layout: Pair,
  flags: IO_FLAGS,
  signature: '(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)',
  doc: `A buffered reader and writer object together.

A buffered reader object and buffered writer object put together to
form a sequential IO object that can read and write. This is typically
used with a socket or two-way pipe.

reader and writer are RawIOBase objects that are readable and
writeable respectively. If the buffer_size is omitted it defaults to
DEFAULT_BUFFER_SIZE.`,
  slots: { tp_init: rwpair_init, tp_dealloc: iobase_dealloc, tp_finalize: iobase_finalize },
  methods: [
    fastcall('read', null, forward(p_reader, s_read)),
    fastcall('peek', null, forward(p_reader, s_peek)),
    fastcall('read1', null, forward(p_reader, s_read1)),
    fastcall('readinto', null, forward(p_reader, s_readinto)),
    fastcall('readinto1', null, forward(p_reader, s_readinto1)),
    fastcall('write', null, forward(p_writer, s_write)),
    method('flush', '($self, /)', forward0(p_writer, s_flush)),
    method('readable', '($self, /)', forward0(p_reader, s_readable)),
    method('writable', '($self, /)', forward0(p_writer, s_writable)),
    method('close', '($self, /)', rwpair_close),
    method('isatty', '($self, /)', rwpair_isatty),
  ],
  getset: [getset('closed', get_closed)],
});
