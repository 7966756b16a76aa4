// How does an argument that names a file become what the host takes?
//
// Invariant: the host gets a JavaScript string in which each byte that is no UTF-8 is the lone surrogate of PEP 383; anything that cannot be
// encoded so is refused before the host is asked.

import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_GET_SIZE } from '../object/bytes.js';
import { PyErr_SetString } from '../object/errors.js';
import { decref } from '../object/header.js';
import { findByte } from '../object/memcpy.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyExc_ValueError } from '../object/statics.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { PyOS_FSPath, PyUnicode_DecodeFSDefaultAndSize, PyUnicode_EncodeFSDefault } from '../types/codec.js';

/** The text of bytes as the host takes it; null with an exception. */
export function hostTextOfBytes(o: Obj): string | null {
  const s = PyUnicode_DecodeFSDefaultAndSize(PyBytes_AS_STRING(o), PyBytes_GET_SIZE(o));
  if (s === 0) return null;
  const text = asString(s);
  decref(s);
  return text;
}

/** The text of a str or bytes, as the host takes it; null with UnicodeEncodeError, or with ValueError(`nullMessage`). */
export function hostText(o: Obj, nullMessage = 'embedded null byte'): string | null {
  const bytes = PyBytes_Check(o);
  const text = bytes ? hostTextOfBytes(o) : asString(o);
  if (text === null) return null;
  if (!bytes && hasSurrogates(text)) {
    const encoded = PyUnicode_EncodeFSDefault(o);
    if (encoded === 0) return null;
    decref(encoded);
  }
  if (
    bytes ? findByte(PyBytes_AS_STRING(o), PyBytes_AS_STRING(o) + PyBytes_GET_SIZE(o), 0) >= 0 : text.includes('\0')
  ) {
    PyErr_SetString(PyExc_ValueError, nullMessage);
    return null;
  }
  return text;
}

function hasSurrogates(text: string): boolean {
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xf800) === 0xd800) return true;
  return false;
}

/** The text of a str, bytes or path-like object (PyUnicode_FSConverter); null with an exception. */
export function fsText(o: Obj, nullMessage?: string): string | null {
  const path = PyOS_FSPath(o);
  if (path === 0) return null;
  const text = hostText(path, nullMessage);
  decref(path);
  return text;
}

/** The str of a text from the host. */
export function fromHostText(text: string): Obj {
  return PyUnicode_FromString(text);
}

/** The bytes of a text from the host. */
export function bytesFromHostText(text: string): Obj {
  const s = PyUnicode_FromString(text);
  if (s === 0) return NULL;
  const b = PyUnicode_EncodeFSDefault(s);
  decref(s);
  return b;
}
