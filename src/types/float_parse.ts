// How is a float read from text?  Invariant: as float() does: surrounding whitespace, digits of all scripts, single underscores between
// digits; correctly rounded.

import { acquireBytes, PyObject_CheckBuffer, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import { PyErr_SetString } from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { decref } from '../object/header.js';
import { H8 } from '../memory/linear.js';
import { PyObject_Repr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_ValueError } from '../object/statics.js';
import { asString, PyUnicode_Check } from '../object/unicode.js';
import { parseFloatText } from './float_text.js';
import { asciiDecimal } from './int_text.js';

/** Cuts ASCII whitespace off both ends. */
export function stripAscii(text: string): string {
  return text.replace(/^[ \t-\r]+|[ \t-\r]+$/g, '');
}

/** The double that a text stands for, or undefined. */
export function parseFloat10(text: string): number | undefined {
  return parseFloatText(stripAscii(text));
}

/** float(o) of a str or a buffer; new; NULL with ValueError, or without an exception if `o` is neither. */
export function floatFromText(o: Obj): Obj {
  let text: string;
  if (PyUnicode_Check(o)) text = asciiDecimal(o);
  else {
    const handle = PyObject_CheckBuffer(o) ? acquireBytes(o) : 0;
    if (handle === 0) return NULL;
    text = '';
    for (let i = 0; i < rangeLength; i++) text += String.fromCharCode(H8[rangeStart + i]);
    releaseBytes(handle);
  }
  const x = parseFloat10(text);
  if (x !== undefined) return PyFloat_FromDouble(x);
  const shown = PyObject_Repr(o);
  if (shown === 0) return NULL;
  PyErr_SetString(PyExc_ValueError, `could not convert string to float: ${asString(shown)}`);
  decref(shown);
  return NULL;
}
