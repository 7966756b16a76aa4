// What does the Unicode standard say about one character?
//
// Invariant: a function of the code point alone, with CPython's definitions (Objects/unicodectype.c's contract): `isSpace` is what
// str.split() splits at, `isPrintable` is what repr() shows as it is, the mappings are the full ones and leave up to three
// characters in `caseMap`.  ASCII is answered from `ctype`.

import {
  decimalValue,
  fullFolded,
  fullLower,
  fullTitle,
  fullUpper,
  U_ALPHA,
  U_CASE_IGNORABLE,
  U_CASED,
  U_DECIMAL,
  U_DIGIT,
  U_LOWER,
  U_NUMERIC,
  U_PRINTABLE,
  U_SPACE,
  U_TITLE,
  U_UPPER,
  U_XID_CONTINUE,
  U_XID_START,
  unicodeFlags,
} from './unicode_tables.js';

export const CT_LOWER = 1;
export const CT_UPPER = 2;
export const CT_ALPHA = 3;
export const CT_DIGIT = 4;
export const CT_ALNUM = 7;
export const CT_XDIGIT = 8;
/** For str: also 0x1c-0x1f. */
export const CT_SPACE = 16;
/** For bytes: space, \t \n \v \f \r. */
export const CT_BYTE_SPACE = 32;

/** Bits per byte value; nothing above 0x7f. */
export const ctype = new Uint8Array(256);
for (let c = 0; c < 128; c++) {
  let bits = 0;
  if (c >= 0x61 && c <= 0x7a) bits |= CT_LOWER;
  if (c >= 0x41 && c <= 0x5a) bits |= CT_UPPER;
  if (c >= 0x30 && c <= 0x39) bits |= CT_DIGIT;
  if ((c >= 0x30 && c <= 0x39) || (c >= 0x61 && c <= 0x66) || (c >= 0x41 && c <= 0x46)) bits |= CT_XDIGIT;
  if ((c >= 9 && c <= 13) || c === 32) bits |= CT_SPACE | CT_BYTE_SPACE;
  if (c >= 0x1c && c <= 0x1f) bits |= CT_SPACE;
  ctype[c] = bits;
}

/** The characters that the last mapping produced. */
export const caseMap = [0, 0, 0];

const table = (c: number, bits: number): boolean => (unicodeFlags(c) & bits) !== 0;

export function isSpace(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_SPACE) !== 0 : table(c, U_SPACE);
}
export function isAlpha(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_ALPHA) !== 0 : table(c, U_ALPHA);
}
export function isDecimal(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_DIGIT) !== 0 : table(c, U_DECIMAL);
}
export function isDigit(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_DIGIT) !== 0 : table(c, U_DIGIT);
}
export function isNumeric(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_DIGIT) !== 0 : table(c, U_NUMERIC);
}
export function isAlnum(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_ALNUM) !== 0 : table(c, U_ALPHA | U_DECIMAL | U_DIGIT | U_NUMERIC);
}
export function isLower(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_LOWER) !== 0 : table(c, U_LOWER);
}
export function isUpper(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_UPPER) !== 0 : table(c, U_UPPER);
}
export function isTitle(c: number): boolean {
  return c >= 128 && table(c, U_TITLE);
}
export function isCased(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_ALPHA) !== 0 : table(c, U_CASED);
}
export function isCaseIgnorable(c: number): boolean {
  return table(c, U_CASE_IGNORABLE);
}
export function isPrintable(c: number): boolean {
  return c < 127 ? c >= 32 : table(c, U_PRINTABLE);
}
export function isXidStart(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_ALPHA) !== 0 : table(c, U_XID_START);
}
export function isXidContinue(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_ALNUM) !== 0 || c === 0x5f : table(c, U_XID_CONTINUE);
}

/** The value of a decimal digit, or -1. */
export function toDecimal(c: number): number {
  if (c < 128) return c >= 48 && c <= 57 ? c - 48 : -1;
  return decimalValue(c);
}

/** Leaves the full lower-case mapping in caseMap; returns how many characters. */
export function toLowerFull(c: number): number {
  return fullLower(c, caseMap);
}
/** As toLowerFull, for upper case. */
export function toUpperFull(c: number): number {
  return fullUpper(c, caseMap);
}
/** As toLowerFull, for title case. */
export function toTitleFull(c: number): number {
  return fullTitle(c, caseMap);
}
/** As toLowerFull, for case folding. */
export function toFoldedFull(c: number): number {
  return fullFolded(c, caseMap);
}
