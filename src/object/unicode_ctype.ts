// What does the Unicode standard say about one character?
//
// Invariant: a function of the code point alone, with CPython's definitions (Objects/unicodectype.c's contract): `isSpace` is what
// str.split() splits at, `isPrintable` is what repr() shows as it is, the mappings are the full ones and leave up to three
// characters in `caseMap`.  ASCII is answered from `ctype`.

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

const text = (c: number): string => String.fromCodePoint(c);
const property = (re: RegExp) => (c: number) => re.test(text(c));

const spaceRe = property(/^[\p{Zs}\u0085\u2028\u2029]$/u);
const alphaRe = property(/^\p{L}$/u);
const decimalRe = property(/^\p{Nd}$/u);
const digitRe = property(/^[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792]$/u);
const numericRe = property(/^\p{N}$/u);
const lowerRe = property(/^\p{Lowercase}$/u);
const upperRe = property(/^\p{Uppercase}$/u);
const titleRe = property(/^\p{Lt}$/u);
const unprintableRe = property(/^[\p{C}\p{Z}]$/u);
const xidStartRe = property(/^\p{XID_Start}$/u);
const xidContinueRe = property(/^\p{XID_Continue}$/u);
const ignorableRe = property(/^\p{Case_Ignorable}$/u);

export function isSpace(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_SPACE) !== 0 : spaceRe(c);
}
export function isAlpha(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_ALPHA) !== 0 : alphaRe(c);
}
export function isDecimal(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_DIGIT) !== 0 : decimalRe(c);
}
export function isDigit(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_DIGIT) !== 0 : digitRe(c);
}
export function isNumeric(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_DIGIT) !== 0 : numericRe(c);
}
export function isLower(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_LOWER) !== 0 : lowerRe(c);
}
export function isUpper(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_UPPER) !== 0 : upperRe(c);
}
export function isTitle(c: number): boolean {
  return c >= 128 && titleRe(c);
}
export function isCased(c: number): boolean {
  return isLower(c) || isUpper(c) || isTitle(c);
}
export function isCaseIgnorable(c: number): boolean {
  return ignorableRe(c);
}
export function isPrintable(c: number): boolean {
  return c < 127 ? c >= 32 : !unprintableRe(c);
}
export function isXidStart(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_ALPHA) !== 0 : xidStartRe(c);
}
export function isXidContinue(c: number): boolean {
  return c < 128 ? (ctype[c] & CT_ALNUM) !== 0 || c === 0x5f : xidContinueRe(c);
}

/** The value of a decimal digit, or -1. */
export function toDecimal(c: number): number {
  if (c < 128) return c >= 48 && c <= 57 ? c - 48 : -1;
  if (!decimalRe(c)) return -1;
  let zero = c;
  while (decimalRe(zero - 1) && c - zero < 9) zero--;
  return c - zero;
}

function leave(s: string): number {
  let n = 0;
  for (const ch of s) caseMap[n++] = ch.codePointAt(0) as number;
  return n;
}

/** Leaves the full lower-case mapping in caseMap; returns how many characters. */
export function toLowerFull(c: number): number {
  return leave(text(c).toLowerCase());
}
export function toUpperFull(c: number): number {
  return leave(text(c).toUpperCase());
}
export function toTitleFull(c: number): number {
  return leave(text(c).toUpperCase());
}
export function toFoldedFull(c: number): number {
  return leave(text(c).toUpperCase().toLowerCase());
}
