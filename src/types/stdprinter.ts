// What is sys.stderr before the io module can be imported?  Invariant: a writer without buffer on one of the host's descriptors, so that errors of the start
// itself can be shown (PyFile_NewStdPrinter).

import { host } from '../config/host_interface.js';
import { H32 } from '../memory/linear.js';
import { defineType, getset, method } from '../object/declare.js';
import { PyErr_SetString } from '../object/errors.js';
import { newref } from '../object/header.js';
import { i32, layout } from '../object/layout.js';
import { PyLong_FromLong } from '../object/long.js';
import { _PyObject_New } from '../object/new_object.js';
import { addressText, PyBool_FromLong } from '../object/object.js';
import type { Obj } from '../object/ptr.js';
import { Py_None, PyExc_OSError, PyStdPrinter_Type } from '../object/statics.js';
import { Py_TPFLAGS_DISALLOW_INSTANTIATION } from '../object/type_layout.js';
import { asUtf8, PyUnicode_FromString, PyUnicode_GET_LENGTH } from '../object/unicode.js';

const StdPrinter = layout({ fd: i32 });
const fdOf = (o: Obj): number => H32[(o + StdPrinter.fd) >> 2];

/** A new writer on descriptor `fd`, or NULL. */
export function PyFile_NewStdPrinter(fd: number): Obj {
  const o = _PyObject_New(PyStdPrinter_Type);
  if (o !== 0) H32[(o + StdPrinter.fd) >> 2] = fd;
  return o;
}

function write(self: Obj, text: Obj): Obj {
  const bytes = asUtf8(text);
  for (let at = 0; at < bytes.length; ) {
    const n = host.write(fdOf(self), bytes, at, bytes.length - at);
    if (n < 0) return PyErr_SetString(PyExc_OSError, `cannot write to descriptor ${fdOf(self)}`);
    at += n;
  }
  return PyLong_FromLong(PyUnicode_GET_LENGTH(text));
}

const none = () => newref(Py_None);

defineType({
  type: PyStdPrinter_Type,
  name: 'stderrprinter',
  layout: StdPrinter,
  flags: Py_TPFLAGS_DISALLOW_INSTANTIATION,
  slots: { tp_repr: (o: Obj) => PyUnicode_FromString(`<stdprinter(fd=${fdOf(o)}) object at ${addressText(o)}>`) },
  methods: [
    method('close', '($self, /)', none),
    method('flush', '($self, /)', none),
    method('fileno', '($self, /)', (o: Obj) => PyLong_FromLong(fdOf(o))),
    method('isatty', '($self, /)', (o: Obj) => PyBool_FromLong(host.isatty(fdOf(o)))),
    method('write', '($self, text: str, /)', write),
  ],
  getset: [
    getset('closed', () => PyBool_FromLong(false)),
    getset('encoding', none),
    getset('mode', () => PyUnicode_FromString('w')),
  ],
});
