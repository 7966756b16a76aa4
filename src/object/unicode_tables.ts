// What does the Unicode Character Database (16.0) say about a character?
//
// Invariant: everything is answered from dist/lib/unicode.bin (scripts/gen_unicodedata.mjs makes it), which is read when the first
// question comes; questions take code points, touch no heap, and allocate nothing where a number is the answer.
//
//   code point c ──> index[c >> 7] ──> blocks[.. << 7 | c & 127] ──> record number ──> records[9 * n ...]
//
//   record: 0 flags   1-3 distance to the upper-, lower-, titlecase character   4 place in `cases`, or 0
//           5 decimal | digit << 8 (255: none)   6 place in `numerics`
//           7 category | bidirectional << 5 | combining << 10 | mirrored << 18 | width << 19
//           8 quick checks, two bits each: NFD, NFKD, NFC, NFKC (0 yes, 1 maybe, 2 no)
//   cases:  four rows, each its length and its characters: lower, title, upper, folded

import { readResource } from '../config/resources.js';

export const UNIDATA_VERSION = '16.0.0';

export const U_ALPHA = 1;
export const U_DECIMAL = 2;
export const U_DIGIT = 4;
export const U_LOWER = 8;
export const U_LINEBREAK = 0x10;
export const U_SPACE = 0x20;
export const U_TITLE = 0x40;
export const U_UPPER = 0x80;
export const U_XID_START = 0x100;
export const U_XID_CONTINUE = 0x200;
export const U_PRINTABLE = 0x400;
export const U_NUMERIC = 0x800;
export const U_CASE_IGNORABLE = 0x1000;
export const U_CASED = 0x2000;
const EXTENDED_CASE = 0x4000;
export const U_DECOMPOSES = 0x8000;
/** Decomposes, but is not what its parts compose to. */
export const U_NOT_COMPOSED = 0x10000;

export const CATEGORY_NAMES =
  'Cn Lu Ll Lt Mn Mc Me Nd Nl No Zs Zl Zp Cc Cf Cs Co Lm Lo Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So'.split(' ');
export const BIDIRECTIONAL_NAMES = ' L LRE LRO R AL RLE RLO PDF EN ES ET AN CS NSM BN B S WS ON LRI RLI FSI PDI'.split(
  ' ',
);
export const WIDTH_NAMES = ['N', 'F', 'H', 'W', 'Na', 'A'];
export const DECOMPOSITION_TAGS = [
  '',
  '<font>',
  '<noBreak>',
  '<initial>',
  '<medial>',
  '<final>',
  '<isolated>',
  '<circle>',
  '<super>',
  '<sub>',
  '<vertical>',
  '<wide>',
  '<narrow>',
  '<small>',
  '<square>',
  '<fraction>',
  '<compat>',
];

const STRIDE = 9;
const HANGUL_FIRST = 0xac00;
const HANGUL_LAST = 0xd7a3;

/** The parts of a data file that scripts/gen_unicodedata.mjs has written. */
export class Sections {
  private readonly bytes: Uint8Array;
  private readonly head: Uint32Array;

  constructor(name: string) {
    this.bytes = readResource(name);
    const count = new Uint32Array(this.bytes.buffer, this.bytes.byteOffset, 1)[0];
    this.head = new Uint32Array(this.bytes.buffer, this.bytes.byteOffset, 2 + 2 * count);
  }
  u8(i: number): Uint8Array {
    const at = this.head[2 + 2 * i];
    return this.bytes.subarray(at, at + this.head[3 + 2 * i]);
  }
  u16(i: number): Uint16Array {
    const b = this.u8(i);
    return new Uint16Array(b.buffer, b.byteOffset, b.byteLength >> 1);
  }
  u32(i: number): Uint32Array {
    const b = this.u8(i);
    return new Uint32Array(b.buffer, b.byteOffset, b.byteLength >> 2);
  }
  f64(i: number): Float64Array {
    const b = this.u8(i);
    return new Float64Array(b.buffer, b.byteOffset, b.byteLength >> 3);
  }
}

let index: Uint16Array | undefined;
let blocks: Uint16Array;
let records: Int32Array;
let cases: Uint32Array;
let numerics: Float64Array;
let decompositionKeys: Uint32Array;
let decompositionAt: Uint32Array;
let decompositions: Uint32Array;
let oldRows: Uint32Array;
let corrections: Uint32Array;

function load(): Uint16Array {
  const s = new Sections('unicode.bin');
  index = s.u16(0);
  blocks = s.u16(1);
  records = new Int32Array(s.u32(2));
  cases = s.u32(3);
  numerics = s.f64(4);
  decompositionKeys = s.u32(5);
  decompositionAt = s.u32(6);
  decompositions = s.u32(7);
  oldRows = s.u32(8);
  corrections = s.u32(9);
  return index;
}

/** Where the record of code point `c` begins. */
function record(c: number): number {
  const i = index ?? load();
  return blocks[(i[c >> 7] << 7) | (c & 127)] * STRIDE;
}

/** Word `i` of the record of code point `c`. */
function word(c: number, i: number): number {
  // `records` is there only after `record` has been called.
  const r = record(c);
  return records[r + i];
}

/** The U_* bits of a character. */
export function unicodeFlags(c: number): number {
  return word(c, 0);
}

/** Where row `row` (0 lower, 1 title, 2 upper, 3 folded) begins in `cases`. */
function caseRow(at: number, row: number): number {
  let i = at;
  for (let k = 0; k < row; k++) i += cases[i] + 1;
  return i;
}

/** The one character that maps to: what `re` compares with IGNORECASE. */
function simple(c: number, field: number, row: number): number {
  const r = record(c);
  if ((records[r] & EXTENDED_CASE) !== 0) return cases[caseRow(records[r + 4], row) + 1];
  return c + records[r + field];
}

export function simpleUpper(c: number): number {
  return simple(c, 1, 2);
}
export function simpleLower(c: number): number {
  return simple(c, 2, 0);
}
export function simpleTitle(c: number): number {
  return simple(c, 3, 1);
}

/** The full mapping, into `out`: how many characters it has (1 to 3). */
function full(c: number, field: number, row: number, out: number[]): number {
  const r = record(c);
  if ((records[r] & EXTENDED_CASE) === 0) {
    out[0] = c + records[r + field];
    return 1;
  }
  const at = caseRow(records[r + 4], row);
  const n = cases[at];
  for (let i = 0; i < n; i++) out[i] = cases[at + 1 + i];
  return n;
}

export function fullUpper(c: number, out: number[]): number {
  return full(c, 1, 2, out);
}
export function fullLower(c: number, out: number[]): number {
  return full(c, 2, 0, out);
}
export function fullTitle(c: number, out: number[]): number {
  return full(c, 3, 1, out);
}
/** What str.casefold() makes of a character. */
export function fullFolded(c: number, out: number[]): number {
  return full(c, 2, 3, out);
}

/** The value as a decimal digit, or -1. */
export function decimalValue(c: number): number {
  const v = word(c, 5) & 255;
  return v === 255 ? -1 : v;
}

/** The value as a digit, or -1. */
export function digitValue(c: number): number {
  const v = (word(c, 5) >> 8) & 255;
  return v === 255 ? -1 : v;
}

/** The value as a number; NaN if it has none. */
export function numericValue(c: number): number {
  const r = record(c);
  return (records[r] & U_NUMERIC) !== 0 ? numerics[records[r + 6]] : Number.NaN;
}

/** An index into CATEGORY_NAMES. */
export function categoryIndex(c: number): number {
  return word(c, 7) & 31;
}
/** An index into BIDIRECTIONAL_NAMES. */
export function bidirectionalIndex(c: number): number {
  return (word(c, 7) >> 5) & 31;
}
/** The canonical combining class. */
export function combiningClass(c: number): number {
  return (word(c, 7) >> 10) & 255;
}
export function isMirrored(c: number): boolean {
  return ((word(c, 7) >> 18) & 1) !== 0;
}
/** An index into WIDTH_NAMES. */
export function widthIndex(c: number): number {
  return (word(c, 7) >> 19) & 7;
}

/** The quick checks: two bits each, from the lowest: NFD, NFKD, NFC, NFKC (0 yes, 1 maybe, 2 no). */
export function quickChecks(c: number): number {
  return word(c, 8);
}

/** Where the decomposition of a character that has U_DECOMPOSES begins in `decompositionData`. */
function decompositionPlace(c: number): number {
  let low = 0;
  let high = decompositionKeys.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (decompositionKeys[middle] < c) low = middle + 1;
    else high = middle;
  }
  return decompositionAt[low];
}

/** Into `out`: the characters of the decomposition, one step, as the database has it.  Its tag's index (0: canonical), or -1: none. */
export function decompose(c: number, out: number[]): number {
  out.length = 0;
  if (c >= HANGUL_FIRST && c <= HANGUL_LAST) {
    const s = c - HANGUL_FIRST;
    out.push(0x1100 + Math.floor(s / 588), 0x1161 + Math.floor((s % 588) / 28));
    if (s % 28 !== 0) out.push(0x11a7 + (s % 28));
    return 0;
  }
  if ((unicodeFlags(c) & U_DECOMPOSES) === 0) return -1;
  const at = decompositionPlace(c);
  const n = decompositions[at] & 255;
  for (let i = 1; i <= n; i++) out.push(decompositions[at + i]);
  return decompositions[at] >> 8;
}

/** Calls `each` for every character with a canonical decomposition into two that compose to it. */
export function eachComposition(each: (first: number, second: number, composed: number) => void): void {
  if (index === undefined) load();
  decompositionKeys.forEach((c, i) => {
    const at = decompositionAt[i];
    if (decompositions[at] !== 2 || (unicodeFlags(c) & U_NOT_COMPOSED) !== 0) return;
    each(decompositions[at + 1], decompositions[at + 2], c);
  });
}

/** What Unicode 3.2 said otherwise: category | bidirectional << 8, where 255 stands for: as now; category 0: there was no such character. */
export function oldProperties(c: number): number {
  if (index === undefined) load();
  let low = 0;
  let high = oldRows.length / 3 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (c < oldRows[3 * middle]) high = middle - 1;
    else if (c > oldRows[3 * middle + 1]) low = middle + 1;
    else return oldRows[3 * middle + 2];
  }
  return 0xffff;
}

/** The decomposition that Unicode 3.2 had by mistake, or 0. */
export function oldNormalization(c: number): number {
  if (index === undefined) load();
  for (let i = 0; i < corrections.length; i += 2) if (corrections[i] === c) return corrections[i + 1];
  return 0;
}
