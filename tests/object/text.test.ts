// Does the storage of text keep its promises?  Invariant checked: narrowest kinds, equal words for equal strings, one object per short
// string, searches that agree with JavaScript's, interned strings that die.

import { beforeAll, expect, test } from 'vitest';
import { PyBytes_Hash, bytesFromLatin1 } from '../../src/object/bytes.js';
import { decref, Py_REFCNT } from '../../src/object/header.js';
import { emptyString } from '../../src/object/statics.js';
import {
  asString,
  latin1Char,
  PyUnicode_Append,
  PyUnicode_Compare,
  PyUnicode_Find,
  PyUnicode_FromString,
  PyUnicode_GET_LENGTH,
  PyUnicode_Hash,
  PyUnicode_InternInPlace,
  PyUnicode_IS_ASCII,
  PyUnicode_KIND,
  PyUnicode_Replace,
  PyUnicode_Substring,
  UnicodeWriter,
  unicode_eq,
} from '../../src/object/unicode.js';
import { internedCount } from '../../src/object/unicode_intern.js';
import { initObjects } from '../../src/vm/startup.js';

beforeAll(() => {
  expect(initObjects()).toBe(true);
});

let seed = 42;
function random(n: number): number {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return (seed >> 8) % n;
}
function randomText(alphabet: readonly string[], n: number): string {
  let s = '';
  for (let i = 0; i < n; i++) s += alphabet[random(alphabet.length)];
  return s;
}

test('kinds are the narrowest', () => {
  for (const [text, kind, length] of [
    ['abc', 1, 3],
    ['abcé', 1, 4],
    ['abc\u1234', 2, 4],
    ['abc\u{1f600}', 4, 4],
    ['\ud800x', 2, 2],
  ] as const) {
    const s = PyUnicode_FromString(text);
    expect(PyUnicode_KIND(s)).toBe(kind);
    expect(PyUnicode_GET_LENGTH(s)).toBe(length);
    expect(asString(s)).toBe(text);
    decref(s);
  }
  const s = PyUnicode_FromString('abc\u1234');
  const part = PyUnicode_Substring(s, 0, 3);
  expect(PyUnicode_KIND(part)).toBe(1);
  expect(PyUnicode_IS_ASCII(part)).toBe(true);
  decref(part);
  decref(s);
});

test('short strings are unique', () => {
  const a = PyUnicode_FromString('a');
  const b = latin1Char(97);
  expect(a).toBe(b);
  const e = PyUnicode_FromString('');
  expect(e).toBe(emptyString);
  for (const o of [a, b, e]) decref(o);
});

test('equality, order and hash', () => {
  for (let i = 0; i < 300; i++) {
    const x = randomText(['a', 'b', 'é', '\u1234', '\u{1f600}'], random(9));
    const y = random(2) ? x : randomText(['a', 'b', 'é', '\u1234', '\u{1f600}'], random(9));
    const a = PyUnicode_FromString(x);
    const b = PyUnicode_FromString(y);
    expect(unicode_eq(a, b)).toBe(x === y);
    expect(PyUnicode_Compare(a, b) === 0).toBe(x === y);
    if (x === y) expect(PyUnicode_Hash(a)).toBe(PyUnicode_Hash(b));
    decref(a);
    decref(b);
  }
  const s = PyUnicode_FromString('some text');
  const t = bytesFromLatin1('some text');
  expect(PyUnicode_Hash(s)).toBe(PyBytes_Hash(t));
  decref(s);
  decref(t);
});

test('searching and replacing agree with JavaScript', () => {
  for (let i = 0; i < 500; i++) {
    const alphabet = [
      ['a', 'b'],
      ['a', 'b', 'é'],
      ['a', '\u1234'],
    ][random(3)];
    const x = randomText(alphabet, random(80));
    const y = randomText(alphabet, 1 + random(5));
    const a = PyUnicode_FromString(x);
    const b = PyUnicode_FromString(y);
    const c = PyUnicode_FromString('<>');
    expect(PyUnicode_Find(a, b, 0, x.length, 1)).toBe(x.indexOf(y));
    expect(PyUnicode_Find(a, b, 0, x.length, -1)).toBe(x.lastIndexOf(y));
    const r = PyUnicode_Replace(a, b, c, -1);
    expect(asString(r)).toBe(x.replaceAll(y, '<>'));
    for (const o of [a, b, c, r]) decref(o);
  }
});

test('a search that makes many false starts is linear', () => {
  const a = PyUnicode_FromString('a'.repeat(200_000));
  const b = PyUnicode_FromString(`${'a'.repeat(20_000)}b${'a'.repeat(20_000)}`);
  expect(PyUnicode_Find(a, b, 0, 200_000, 1)).toBe(-1);
  decref(a);
  decref(b);
});

test('interned strings are one object and die', () => {
  const before = internedCount();
  const a = PyUnicode_InternInPlace(PyUnicode_FromString('not interned before'));
  const b = PyUnicode_InternInPlace(PyUnicode_FromString('not interned before'));
  expect(b).toBe(a);
  expect(Py_REFCNT(a)).toBe(2);
  expect(internedCount()).toBe(before + 1);
  decref(a);
  decref(b);
  expect(internedCount()).toBe(before);
});

test('appending in place, and the writer', () => {
  let s = PyUnicode_FromString('ab');
  const piece = PyUnicode_FromString('cd');
  const wide = PyUnicode_FromString('\u1234\u1235');
  for (let i = 0; i < 100; i++) s = PyUnicode_Append(s, i === 50 ? wide : piece);
  expect(asString(s)).toBe(`ab${'cd'.repeat(50)}\u1234\u1235${'cd'.repeat(49)}`);
  const w = new UnicodeWriter();
  w.ascii('x');
  w.char(0x1f600);
  w.fill(45, 3);
  w.str(piece);
  w.truncate(1);
  const r = w.finish();
  expect(PyUnicode_KIND(r)).toBe(1);
  expect(asString(r)).toBe('x');
  for (const o of [s, piece, wide, r]) decref(o);
});

test('growing by single characters keeps the characters before', () => {
  let s = PyUnicode_FromString('ab');
  for (const c of 'cdefghijklm') {
    const piece = PyUnicode_FromString(c);
    s = PyUnicode_Append(s, piece);
    decref(piece);
  }
  expect(asString(s)).toBe('abcdefghijklm');
  decref(s);
});
