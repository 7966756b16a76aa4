// What is an identifier (PEP 3131), and which characters are printable?
//
// Invariant: an identifier that leaves the tokenizer is in NFKC form, so that equal names are equal strings.

const XID = /^[_\p{XID_Start}]\p{XID_Continue}*$/u;
const XID_START = /^[_\p{XID_Start}]$/u;
const XID_CONTINUE = /^\p{XID_Continue}$/u;
const UNPRINTABLE = /^[\p{C}\p{Z}]$/u;

/** Is `text` a valid identifier in the sense of str.isidentifier()? */
export function isIdentifier(text: string): boolean {
  return XID.test(text);
}

/** The index (in UTF-16 units) of the first character that cannot be where it is in an identifier, or -1. */
export function firstInvalidIdentifierChar(text: string): number {
  if (XID.test(text)) return -1;
  let i = 0;
  for (const ch of text) {
    if (!(i === 0 ? XID_START : XID_CONTINUE).test(ch)) return i;
    i += ch.length;
  }
  return -1;
}

/** Would str.isprintable() say yes to this one code point? */
export function isPrintable(codePoint: number): boolean {
  if (codePoint < 0x7f) return codePoint >= 0x20;
  return !UNPRINTABLE.test(String.fromCodePoint(codePoint));
}

/** 'U+20AC', as the messages of the tokenizer write a code point. */
export function formatCodePoint(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}
