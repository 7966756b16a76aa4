// Do the libraries behind zlib, hashlib and unicodedata give what CPython 3.14 gives?  What is expected here was observed there.

import { describe, expect, test } from 'vitest';
import { Blake2 } from '../../src/modules/blake2.js';
import { adler32, crc32 } from '../../src/modules/checksums.js';
import { HashState } from '../../src/modules/hash_functions.js';
import {
  DeflateStream,
  InflateStream,
  Z_DATA_ERROR,
  Z_FINISH,
  Z_NEED_DICT,
  Z_NO_FLUSH,
  Z_OK,
  Z_STREAM_END,
  Z_SYNC_FLUSH,
} from '../../src/modules/zlib_stream.js';
import { characterName, characterOfName, pointsOfName } from '../../src/object/unicode_names.js';
import { isNormalized, normalize } from '../../src/object/unicode_normalize.js';
import * as tables from '../../src/object/unicode_tables.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');
const points = (text: string) => [...text].map((c) => c.codePointAt(0) ?? 0);
const nothing = new Uint8Array(0);

function deflater(level = -1, windowBits = 15): DeflateStream {
  const s = DeflateStream.create(level, windowBits, 8, 0);
  if (typeof s === 'number') throw new Error(String(s));
  return s;
}

function inflater(windowBits = 15): InflateStream {
  const s = InflateStream.create(windowBits);
  if (typeof s === 'number') throw new Error(String(s));
  return s;
}

describe('zlib', () => {
  test('the bytes are of zlib', () => {
    const s = deflater();
    const first = s.run(bytes('hello '), Z_NO_FLUSH);
    const last = s.run(bytes('hello hello'), Z_FINISH);
    expect(last.code).toBe(Z_STREAM_END);
    expect(hex(Buffer.concat([first.data, last.data]))).toBe('789ccb48cdc9c957c84090003a2e067d');
  });
  test('in pieces, with a limit, copied on the way', () => {
    const text = bytes('0123456789,'.repeat(3000));
    let d = deflater(6, 31);
    const out = [d.run(text.subarray(0, 9), Z_SYNC_FLUSH).data];
    d = d.copy();
    out.push(d.run(text.subarray(9), Z_FINISH).data);
    const packed = Buffer.concat([...out, bytes('rest')]);
    let i = inflater(47);
    const back: Uint8Array[] = [];
    let at = 0;
    for (let code: number = Z_OK; code !== Z_STREAM_END; i = i.copy()) {
      const r = i.run(packed.subarray(at, at + 20), 500);
      expect(r.data.length).toBeLessThanOrEqual(500);
      code = r.code;
      at += i.consumed;
      back.push(r.data);
    }
    expect(packed.length - at).toBe(4);
    expect(Buffer.compare(Buffer.concat(back), text)).toBe(0);
  });
  test('dictionaries and errors', () => {
    const d = deflater(9);
    d.setDictionary(bytes('hello world'));
    const { data } = d.run(bytes('hello world, hello'), Z_FINISH);
    expect(inflater().run(data).code).toBe(Z_NEED_DICT);
    expect(Buffer.from(inflater().run(data, 0, bytes('hello world')).data).toString()).toBe('hello world, hello');
    const i = inflater();
    expect(i.run(bytes('garbage')).code).toBe(Z_DATA_ERROR);
    expect(i.message).toBe('incorrect header check');
    expect(InflateStream.create(99)).toBe(-2);
  });
});

test('checksums', () => {
  expect(crc32(bytes('123456789'))).toBe(0xcbf43926);
  expect(crc32(bytes('456789'), crc32(bytes('123')))).toBe(0xcbf43926);
  expect(crc32(nothing, 5)).toBe(5);
  expect(adler32(bytes('Wikipedia'))).toBe(0x11e60398);
  expect(adler32(new Uint8Array(100000).fill(255))).toBe(0x149a302c);
});

describe('hashes', () => {
  test('known answers, in pieces', () => {
    const answers = {
      md5: '900150983cd24fb0d6963f7d28e17f72',
      sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      sha3_224: 'e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf',
    } as const;
    for (const [name, answer] of Object.entries(answers)) {
      const h = new HashState(name as keyof typeof answers);
      h.update(bytes('a'));
      const other = h.copy();
      h.digest();
      h.update(bytes('bc'));
      expect(hex(h.digest())).toBe(answer);
      expect(hex(h.digest())).toBe(answer);
      expect(hex(other.digest())).not.toBe(answer);
    }
    expect(hex(new HashState('shake_128').digest(8))).toBe('7f9c2ba4e88f827d');
  });
  test('blake2', () => {
    const none = { digestSize: 64, key: nothing, salt: nothing, person: nothing, fanout: 1, depth: 1, leafSize: 0 };
    const rest = { nodeOffset: 0n, nodeDepth: 0, innerSize: 0, lastNode: false };
    const b = new Blake2('b', { ...none, ...rest });
    b.update(bytes('abc'));
    expect(hex(b.digest())).toMatch(/^ba80a53f981c4d0d6a2797b69f12f6e9/);
    const s = new Blake2('s', { ...none, ...rest, digestSize: 32 });
    s.update(bytes('a'));
    const copy = s.copy();
    copy.update(bytes('bc'));
    expect(hex(copy.digest())).toMatch(/^508c5e8c327c14e2e1a72ba34eeb452f/);
  });
});

describe('Unicode', () => {
  const mapped = (map: (c: number, out: number[]) => number, c: number) => {
    const out: number[] = [];
    const n = map(c, out);
    return String.fromCodePoint(...out.slice(0, n));
  };

  test('properties', () => {
    expect(tables.CATEGORY_NAMES[tables.categoryIndex(0x20ac)]).toBe('Sc');
    expect(tables.CATEGORY_NAMES[tables.categoryIndex(0x378)]).toBe('Cn');
    expect(tables.BIDIRECTIONAL_NAMES[tables.bidirectionalIndex(0x5d0)]).toBe('R');
    expect(tables.WIDTH_NAMES[tables.widthIndex(0x4e00)]).toBe('W');
    expect(tables.combiningClass(0x301)).toBe(230);
    expect(tables.isMirrored(0x28)).toBe(true);
    expect(tables.decimalValue(0x669)).toBe(9);
    expect(tables.digitValue(0xb2)).toBe(2);
    expect(tables.numericValue(0xbd)).toBe(0.5);
    expect(tables.numericValue(0x4e03)).toBe(7);
    expect(tables.numericValue(0x41)).toBeNaN();
    expect(tables.unicodeFlags(0x85) & tables.U_LINEBREAK).not.toBe(0);
  });
  test('case', () => {
    expect(mapped(tables.fullUpper, 0xdf)).toBe('SS');
    expect(mapped(tables.fullTitle, 0x1c6)).toBe('\u01c5');
    expect(mapped(tables.fullLower, 0x130)).toBe('i\u0307');
    expect(mapped(tables.fullFolded, 0xdf)).toBe('ss');
    expect(mapped(tables.fullFolded, 0x13a0)).toBe('\u13a0');
    expect(tables.simpleLower(0x130)).toBe(0x69);
  });
  test('normal forms', () => {
    expect(normalize('NFD', points('\u00c5\ud55c'))).toEqual([0x41, 0x30a, 0x1112, 0x1161, 0x11ab]);
    expect(normalize('NFC', [0x41, 0x30a, 0x1112, 0x1161, 0x11ab])).toEqual(points('\u00c5\ud55c'));
    expect(normalize('NFKC', points('\ufb01\u2460'))).toEqual(points('fi1'));
    expect(normalize('NFC', [0x44, 0x307, 0x323])).toEqual([0x1e0c, 0x307]);
    expect(normalize('NFC', [0x958])).toEqual([0x915, 0x93c]);
    expect(isNormalized('NFC', [0x41, 0x30a])).toBe(false);
    expect(isNormalized('NFC', [0x212b])).toBe(false);
    expect(isNormalized('NFD', points('abc'))).toBe(true);
  });
  test('names', () => {
    expect(characterName(0x20ac)).toBe('EURO SIGN');
    expect(characterName(0xd55c)).toBe('HANGUL SYLLABLE HAN');
    expect(characterName(0x4e00)).toBe('CJK UNIFIED IDEOGRAPH-4E00');
    expect(characterName(0)).toBe('');
    expect(characterOfName('euro sign')).toBe(0x20ac);
    expect(characterOfName('HANGUL SYLLABLE HAN')).toBe(0xd55c);
    expect(characterOfName('CJK UNIFIED IDEOGRAPH-4E00')).toBe(0x4e00);
    expect(characterOfName('CJK UNIFIED IDEOGRAPH-04E00')).toBe(-1);
    expect(characterOfName('LF')).toBe(10);
    expect(characterOfName('KEYCAP NUMBER SIGN')).toBe(-1);
    expect(pointsOfName('KEYCAP NUMBER SIGN')).toEqual([0x23, 0xfe0f, 0x20e3]);
    expect(pointsOfName('NO SUCH THING')).toBe(undefined);
  });
  test('Unicode 3.2', () => {
    expect(tables.oldProperties(0x20b9) & 255).toBe(0);
    expect(tables.oldProperties(0x41)).toBe(0xffff);
    expect(normalize('NFKC', [0x2f868], true)).toEqual([0x2136a]);
  });
});
