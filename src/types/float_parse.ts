// How is a float read from text?  Invariant: as float() does: surrounding whitespace, digits of all scripts, single underscores between
// digits; correctly rounded.

import { acquireBytes, PyObject_CheckBuffer, rangeLength, rangeStart, releaseBytes } from '../object/buffer.js';
import { PyErr_SetString } from '../object/errors.js';
import { ob_fval, PyFloat_FromDouble } from '../object/float.js';
import { decref } from '../object/header.js';
import { H8, HF64 } from '../memory/linear.js';
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

/** Gives the NaN at an address the sign of the text that it was read from: JavaScript knows only one NaN. */
export function signNaN(address: number, text: string): void {
  if (HF64[address >> 3] === HF64[address >> 3]) return;
  if (text.startsWith('-')) H8[address + 7] |= 0x80;
  else H8[address + 7] &= 0x7f;
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
  if (x !== undefined) {
    const f = PyFloat_FromDouble(x);
    if (f !== 0) signNaN(f + ob_fval, stripAscii(text));
    return f;
  }
  const shown = PyObject_Repr(o);
  if (shown === 0) return NULL;
  PyErr_SetString(PyExc_ValueError, `could not convert string to float: ${asString(shown)}`);
  decref(shown);
  return NULL;
}
