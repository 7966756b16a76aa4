// How are new strs made of old ones?  Invariant: operands are borrowed and unchanged (PyUnicode_Append alone consumes its left one),
// results are new references to exact strs in their narrowest kind.

import { H32, H8 } from '../memory/linear.js';
import { PyErr_SetString, errMinus1, typeName } from './errors.js';
import { decref, newref } from './header.js';
import { copyBytes, copyChars, fillBytes, maxCharOf, readChar, writeChar } from './memcpy.js';
import { NULL, type Obj } from './ptr.js';
import { fastItems } from './list.js';
import { PySequence_Fast } from './sequence.js';
import { ob_size } from './type_layout.js';
import { emptyString, PyExc_IndexError, PyExc_OverflowError, PyExc_TypeError } from './statics.js';
import {
  PyUnicode_Check,
  PyUnicode_DATA,
  PyUnicode_FromKindAndData,
  PyUnicode_GET_LENGTH,
  PyUnicode_IS_ASCII,
  PyUnicode_KIND,
  PyUnicode_MAX_CHAR_VALUE,
  PyUnicode_New,
  U_DATA,
  unicodeChar,
  unicodeExact,
  unicodeModifiable,
  unicodeResize,
} from './unicode.js';
import { countChars, equalChars, findChars, rfindChars } from './unicode_search.js';

const MAX_LENGTH = 0x7fffffff;

/** Returns characters [start, end) (clipped; start and end not negative, else IndexError). */
export function PyUnicode_Substring(o: Obj, start: number, end: number): Obj {
  const n = PyUnicode_GET_LENGTH(o);
  if (end > n) end = n;
  if (start === 0 && end === n) return unicodeExact(o);
  if (start < 0 || end < 0) return PyErr_SetString(PyExc_IndexError, 'string index out of range');
  if (start >= end) return newref(emptyString);
  const kind = PyUnicode_KIND(o);
  const from = PyUnicode_DATA(o) + start * kind;
  const size = end - start;
  if (size > 1 && PyUnicode_IS_ASCII(o)) {
    const r = PyUnicode_New(size, 0x7f);
    if (r !== 0) copyBytes(r + U_DATA, from, size);
    return r;
  }
  return PyUnicode_FromKindAndData(kind, from, size);
}

function needStr(o: Obj, text: string): Obj {
  return PyErr_SetString(PyExc_TypeError, `${text} "${typeName(o)}") to str`);
}

/** Returns left + right; NULL with TypeError if one is not a str. */
export function PyUnicode_Concat(left: Obj, right: Obj): Obj {
  if (!PyUnicode_Check(left)) return PyErr_SetString(PyExc_TypeError, `must be str, not ${typeName(left)}`);
  if (!PyUnicode_Check(right)) return needStr(right, 'can only concatenate str (not');
  const nl = PyUnicode_GET_LENGTH(left);
  const nr = PyUnicode_GET_LENGTH(right);
  if (nl === 0) return unicodeExact(right);
  if (nr === 0) return unicodeExact(left);
  if (nl + nr > MAX_LENGTH) return PyErr_SetString(PyExc_OverflowError, 'strings are too large to concat');
  const ml = PyUnicode_MAX_CHAR_VALUE(left);
  const mr = PyUnicode_MAX_CHAR_VALUE(right);
  const r = PyUnicode_New(nl + nr, ml > mr ? ml : mr);
  if (r === 0) return NULL;
  const kind = PyUnicode_KIND(r);
  copyChars(kind, r + U_DATA, PyUnicode_KIND(left), PyUnicode_DATA(left), nl);
  copyChars(kind, r + U_DATA + nl * kind, PyUnicode_KIND(right), PyUnicode_DATA(right), nr);
  return r;
}

/**
 * Returns left + right; consumes the reference to `left`, whose memory is extended in place when nobody else has it.  NULL with an
 * error (left is released then, too).
 */
export function PyUnicode_Append(left: Obj, right: Obj): Obj {
  if (left !== right && PyUnicode_Check(right) && unicodeModifiable(left)) {
    const nl = PyUnicode_GET_LENGTH(left);
    const nr = PyUnicode_GET_LENGTH(right);
    const kind = PyUnicode_KIND(left);
    const kr = PyUnicode_KIND(right);
    if (nr === 0) return left;
    if (nl !== 0 && kr <= kind && (PyUnicode_IS_ASCII(right) || !PyUnicode_IS_ASCII(left)) && nl + nr <= MAX_LENGTH) {
      const r = unicodeResize(left, nl + nr);
      if (r === 0) {
        decref(left);
        return NULL;
      }
      copyChars(kind, r + U_DATA + nl * kind, kr, PyUnicode_DATA(right), nr);
      return r;
    }
  }
  const r = PyUnicode_Concat(left, right);
  decref(left);
  return r;
}

/** Returns the strs of an iterable with `separator` (NULL: a space) between them. */
export function PyUnicode_Join(separator: Obj, iterable: Obj): Obj {
  const fast = PySequence_Fast(iterable, 'can only join an iterable');
  if (fast === 0) return NULL;
  const r = _PyUnicode_JoinArray(separator, fastItems(fast), H32[(fast + ob_size) >> 2]);
  decref(fast);
  return r;
}

/** As PyUnicode_Join for `n` references at address `items`. */
export function _PyUnicode_JoinArray(separator: Obj, items: number, n: number): Obj {
  if (n === 0) return newref(emptyString);
  const base = items >> 2;
  const first = H32[base] as Obj;
  if (n === 1 && PyUnicode_Check(first)) return unicodeExact(first);
  let max = 0x7f;
  let sepLength = 1;
  let sepKind = 1;
  let sepData = 0;
  if (separator !== 0) {
    if (!PyUnicode_Check(separator)) {
      return PyErr_SetString(PyExc_TypeError, `separator: expected str instance, ${typeName(separator)} found`);
    }
    sepLength = PyUnicode_GET_LENGTH(separator);
    sepKind = PyUnicode_KIND(separator);
    sepData = PyUnicode_DATA(separator);
    if (sepLength > 0) max = PyUnicode_MAX_CHAR_VALUE(separator);
  }
  let total = sepLength * (n - 1);
  for (let i = 0; i < n; i++) {
    const item = H32[base + i] as Obj;
    if (!PyUnicode_Check(item)) {
      return PyErr_SetString(PyExc_TypeError, `sequence item ${i}: expected str instance, ${typeName(item)} found`);
    }
    total += PyUnicode_GET_LENGTH(item);
    const m = PyUnicode_MAX_CHAR_VALUE(item);
    if (m > max) max = m;
  }
  if (total > MAX_LENGTH) return PyErr_SetString(PyExc_OverflowError, 'join() result is too long for a Python string');
  if (total === 0) return newref(emptyString);
  if (total === 1) {
    // One character in all: the unique object.
    for (let i = 0; i < n; i++) {
      const item = H32[base + i] as Obj;
      if (PyUnicode_GET_LENGTH(item) === 1) return unicodeExact(item);
    }
    return unicodeChar(sepData === 0 ? 32 : readChar(sepKind, sepData, 0));
  }
  const r = PyUnicode_New(total, max);
  if (r === 0) return NULL;
  const kind = PyUnicode_KIND(r);
  let to = r + U_DATA;
  for (let i = 0; i < n; i++) {
    if (i > 0 && sepLength > 0) {
      if (sepData === 0) writeChar(kind, to, 0, 32);
      else if (sepLength === 1) writeChar(kind, to, 0, readChar(sepKind, sepData, 0));
      else copyChars(kind, to, sepKind, sepData, sepLength);
      to += sepLength * kind;
    }
    const item = H32[base + i] as Obj;
    const length = PyUnicode_GET_LENGTH(item);
    copyChars(kind, to, PyUnicode_KIND(item), PyUnicode_DATA(item), length);
    to += length * kind;
  }
  return r;
}

/** Returns the str repeated `n` times (n <= 0: empty). */
export function unicodeRepeat(o: Obj, n: number): Obj {
  const length = PyUnicode_GET_LENGTH(o);
  if (n < 1 || length === 0) return newref(emptyString);
  if (n === 1) return unicodeExact(o);
  if (length * n > MAX_LENGTH) return PyErr_SetString(PyExc_OverflowError, 'repeated string is too long');
  const r = PyUnicode_New(length * n, PyUnicode_MAX_CHAR_VALUE(o));
  if (r === 0) return NULL;
  const kind = PyUnicode_KIND(r);
  const data = PyUnicode_DATA(o);
  if (length === 1) {
    fillChars(kind, r + U_DATA, n, readChar(kind, data, 0));
    return r;
  }
  const total = length * n * kind;
  copyBytes(r + U_DATA, data, length * kind);
  repeatBytes(r + U_DATA, length * kind, total);
  return r;
}

/** Fills `total` bytes at `p` with copies of the first `unit` of them. */
export function repeatBytes(p: number, unit: number, total: number): void {
  let done = unit;
  while (done < total) {
    const chunk = done < total - done ? done : total - done;
    H8.copyWithin(p + done, p, p + chunk);
    done += chunk;
  }
}

/** Sets `n` characters at `data` to `c`. */
export function fillChars(kind: number, data: number, n: number, c: number): void {
  if (kind === 1) fillBytes(data, c, n);
  else for (let i = 0; i < n; i++) writeChar(kind, data, i, c);
}

/** Sets up to `n` characters from `start` on (the str is still its maker's); returns how many. */
export function PyUnicode_Fill(o: Obj, start: number, n: number, c: number): number {
  const kind = PyUnicode_KIND(o);
  const count = Math.min(n, PyUnicode_GET_LENGTH(o) - start);
  if (count > 0) fillChars(kind, PyUnicode_DATA(o) + start * kind, count, c);
  return count;
}

/** Copies up to `n` characters between strs (`to` is still its maker's and wide enough); returns how many. */
export function PyUnicode_CopyCharacters(to: Obj, toStart: number, from: Obj, fromStart: number, n: number): number {
  const count = Math.min(n, PyUnicode_GET_LENGTH(from) - fromStart);
  const tk = PyUnicode_KIND(to);
  const fk = PyUnicode_KIND(from);
  if (count > 0) copyChars(tk, PyUnicode_DATA(to) + toStart * tk, fk, PyUnicode_DATA(from) + fromStart * fk, count);
  return count;
}

/** A slice bound as methods take it: negative counts from the end, clipped to [0, n]. */
export function clipStart(start: number, n: number): number {
  return start < 0 ? Math.max(0, start + n) : start;
}
export function clipEnd(end: number, n: number): number {
  return end > n ? n : end < 0 ? Math.max(0, end + n) : end;
}

/** The least (direction > 0) or greatest index of `sub` in o[start:end], or -1. */
export function PyUnicode_Find(o: Obj, sub: Obj, start: number, end: number, direction: number): number {
  const n = PyUnicode_GET_LENGTH(o);
  end = clipEnd(end, n);
  start = clipStart(start, n);
  const m = PyUnicode_GET_LENGTH(sub);
  if (end - start < m) return -1;
  const kind = PyUnicode_KIND(o);
  const nk = PyUnicode_KIND(sub);
  if (nk > kind) return -1;
  const data = PyUnicode_DATA(o) + start * kind;
  const at =
    direction > 0
      ? findChars(kind, data, end - start, nk, PyUnicode_DATA(sub), m)
      : rfindChars(kind, data, end - start, nk, PyUnicode_DATA(sub), m);
  return at < 0 ? -1 : at + start;
}

/** The number of non-overlapping occurrences of `sub` in o[start:end]. */
export function PyUnicode_Count(o: Obj, sub: Obj, start: number, end: number): number {
  const n = PyUnicode_GET_LENGTH(o);
  end = clipEnd(end, n);
  start = clipStart(start, n);
  const m = PyUnicode_GET_LENGTH(sub);
  if (end - start < m) return 0;
  const kind = PyUnicode_KIND(o);
  const nk = PyUnicode_KIND(sub);
  if (nk > kind) return 0;
  return countChars(kind, PyUnicode_DATA(o) + start * kind, end - start, nk, PyUnicode_DATA(sub), m, MAX_LENGTH);
}

/** Whether `sub` occurs in `o`: 1, 0, or -1 with TypeError if it is not a str. */
export function PyUnicode_Contains(o: Obj, sub: Obj): number {
  if (!PyUnicode_Check(sub)) {
    return errMinus1(PyExc_TypeError, `'in <string>' requires string as left operand, not ${typeName(sub)}`);
  }
  return PyUnicode_Find(o, sub, 0, MAX_LENGTH, 1) >= 0 ? 1 : 0;
}

/** Whether o[start:end] begins (direction < 0) or ends (direction > 0) with `sub`. */
export function PyUnicode_Tailmatch(o: Obj, sub: Obj, start: number, end: number, direction: number): boolean {
  const n = PyUnicode_GET_LENGTH(o);
  end = clipEnd(end, n);
  start = clipStart(start, n);
  const m = PyUnicode_GET_LENGTH(sub);
  if (end - start < m) return false;
  if (m === 0) return true;
  const kind = PyUnicode_KIND(o);
  const nk = PyUnicode_KIND(sub);
  if (nk > kind) return false;
  const at = direction > 0 ? end - m : start;
  return equalChars(kind, PyUnicode_DATA(o) + at * kind, nk, PyUnicode_DATA(sub), m);
}

/** Returns `o` with the first `max` (negative: all) occurrences of `old` replaced by `by`. */
export function PyUnicode_Replace(o: Obj, old: Obj, by: Obj, max: number): Obj {
  if (max < 0) max = MAX_LENGTH;
  const n = PyUnicode_GET_LENGTH(o);
  const m = PyUnicode_GET_LENGTH(old);
  const kind = PyUnicode_KIND(o);
  const data = PyUnicode_DATA(o);
  const ok = PyUnicode_KIND(old);
  const od = PyUnicode_DATA(old);
  if (max === 0 || m > n || ok > kind || old === by) return unicodeExact(o);
  const count = countChars(kind, data, n, ok, od, m, max);
  if (count === 0) return unicodeExact(o);
  const bn = PyUnicode_GET_LENGTH(by);
  const total = n + count * (bn - m);
  if (total > MAX_LENGTH) return PyErr_SetString(PyExc_OverflowError, 'replace string is too long');
  if (total === 0) return newref(emptyString);
  // The result's width is exact: what is replaced may have been the only wide characters.
  let maxchar = bn > 0 ? PyUnicode_MAX_CHAR_VALUE(by) : 0x7f;
  const mine = PyUnicode_MAX_CHAR_VALUE(o);
  const shrinks = mine > maxchar && PyUnicode_MAX_CHAR_VALUE(old) > maxchar;
  if (mine > maxchar) maxchar = mine;
  const r = PyUnicode_New(total, maxchar);
  if (r === 0) return NULL;
  const rk = PyUnicode_KIND(r);
  const bk = PyUnicode_KIND(by);
  const bd = PyUnicode_DATA(by);
  let to = r + U_DATA;
  let from = 0;
  for (let i = 0; i < count; i++) {
    const gap = m === 0 ? (i === 0 ? 0 : 1) : findChars(kind, data + from * kind, n - from, ok, od, m);
    copyChars(rk, to, kind, data + from * kind, gap);
    to += gap * rk;
    copyChars(rk, to, bk, bd, bn);
    to += bn * rk;
    from += gap + m;
  }
  copyChars(rk, to, kind, data + from * kind, n - from);
  if (total > 1 && !shrinks) return r;
  if (total > 1 && maxCharOf(rk, r + U_DATA, total) === maxchar) return r;
  const narrow = PyUnicode_FromKindAndData(rk, r + U_DATA, total);
  decref(r);
  return narrow;
}
