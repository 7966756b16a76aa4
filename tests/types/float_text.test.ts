// Is the text of floats CPython's?  Invariant: the expectations in float_text_expected.json were recorded from CPython
// (record_float_text.py); here they are compared, and every repr reads back as the same double.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  DTSF_ALT,
  doubleToString,
  floatHex,
  floatRepr,
  parseFloatHex,
  parseFloatText,
} from '../../src/types/float_text.js';

const expected = JSON.parse(readFileSync(join(import.meta.dirname, 'float_text_expected.json'), 'utf8')) as {
  formats: [string, string, string][];
  reprs: [string, string][];
};

function fromHex(text: string): number {
  const x = parseFloatHex(text);
  if (typeof x !== 'number') throw new Error(text);
  return x;
}

test('printf conversions', () => {
  for (const [hex, spec, text] of expected.formats) {
    const m = /^%(#?)(?:\.(\d+))?(\w)$/.exec(spec);
    if (m === null) throw new Error(spec);
    const precision = m[2] === undefined ? 6 : Number(m[2]);
    expect(doubleToString(fromHex(hex), m[3], precision, m[1] ? DTSF_ALT : 0), `${hex} ${spec}`).toBe(text);
  }
});

test('repr, hex and back', () => {
  for (const [hex, text] of expected.reprs) {
    const x = fromHex(hex);
    expect(floatHex(x)).toBe(hex);
    expect(floatRepr(x)).toBe(text);
    expect(parseFloatText(text)).toBe(x);
  }
});

test('what is a float, and what is not', () => {
  expect(parseFloatText('1_000.5e3')).toBe(1000500);
  expect(parseFloatText('-Infinity')).toBe(-Infinity);
  expect(parseFloatText('nan')).toBeNaN();
  for (const text of ['', '.', '1__0', '_1', '1_', '1e', '0x10', '1_.0', 'infinit'])
    expect(parseFloatText(text), text).toBeUndefined();
  expect(parseFloatHex('0x1p1024')).toBe('overflow');
  expect(parseFloatHex('0x1.8p3')).toBe(12);
  expect(parseFloatHex('0x0.0000000000001p-1022')).toBe(5e-324);
  expect(parseFloatHex('0x')).toBe('invalid');
});
