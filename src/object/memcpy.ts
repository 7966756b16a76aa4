// How are bytes moved, compared and searched?  Invariant: these functions look at memory only, never at objects, and allocate nothing;
// ranges are (address, length) and may overlap where a copy is made.

import { H16, H32, H8 } from '../memory/linear.js';

/** memmove. */
export function copyBytes(to: number, from: number, n: number): void {
  if (n > 48) {
    H8.copyWithin(to, from, from + n);
    return;
  }
  if (((to | from) & 3) === 0 && (to <= from || to >= from + n)) {
    const words = n >> 2;
    const t = to >> 2;
    const f = from >> 2;
    for (let i = 0; i < words; i++) H32[t + i] = H32[f + i];
    for (let i = words << 2; i < n; i++) H8[to + i] = H8[from + i];
    return;
  }
  if (to <= from) for (let i = 0; i < n; i++) H8[to + i] = H8[from + i];
  else for (let i = n - 1; i >= 0; i--) H8[to + i] = H8[from + i];
}

/** Whether two ranges hold the same bytes. */
export function equalBytes(a: number, b: number, n: number): boolean {
  let i = 0;
  if (((a | b) & 3) === 0) {
    const words = n >> 2;
    const x = a >> 2;
    const y = b >> 2;
    for (let w = 0; w < words; w++) if (H32[x + w] !== H32[y + w]) return false;
    i = words << 2;
  }
  for (; i < n; i++) if (H8[a + i] !== H8[b + i]) return false;
  return true;
}

/** memcmp: negative, 0 or positive. */
export function compareBytes(a: number, b: number, n: number): number {
  let i = 0;
  if (((a | b) & 3) === 0) while (i + 4 <= n && H32[(a + i) >> 2] === H32[(b + i) >> 2]) i += 4;
  for (; i < n; i++) {
    const d = H8[a + i] - H8[b + i];
    if (d !== 0) return d;
  }
  return 0;
}

/** Sets a range to one byte. */
export function fillBytes(to: number, value: number, n: number): void {
  if (n > 32) H8.fill(value, to, to + n);
  else for (let i = 0; i < n; i++) H8[to + i] = value;
}

/** The first address in [start, end) that holds `value`, or -1. */
export function findByte(start: number, end: number, value: number): number {
  'use wasm always';
  let p = start;
  for (; p < end && (p & 3) !== 0; p++) if (H8[p] === value) return p;
  // Four at a time: a byte of x is 0 where the value stands, and then (and only then) the test is not 0.
  const pattern = Math.imul(value, 0x01010101);
  for (; p + 4 <= end; p += 4) {
    const x = H32[p >> 2] ^ pattern;
    if (((x - 0x01010101) & ~x & 0x80808080) !== 0) break;
  }
  for (; p < end; p++) if (H8[p] === value) return p;
  return -1;
}

/** The last address in [start, end) that holds `value`, or -1. */
export function findByteBack(start: number, end: number, value: number): number {
  'use wasm always';
  for (let p = end - 1; p >= start; p--) if (H8[p] === value) return p;
  return -1;
}

/** Whether all bytes of a range are below 0x80. */
export function isAsciiRange(p: number, n: number): boolean {
  'use wasm always';
  let i = p;
  const end = p + n;
  for (; i < end && (i & 3) !== 0; i++) if (H8[i] >= 0x80) return false;
  for (; i + 4 <= end; i += 4) if (H32[i >> 2] & 0x80808080) return false;
  for (; i < end; i++) if (H8[i] >= 0x80) return false;
  return true;
}

// Characters: `kind` is the number of bytes of one (1, 2 or 4); addresses are multiples of it.

/** The character at index `i` of the characters at `data`. */
export function readChar(kind: number, data: number, i: number): number {
  if (kind === 1) return H8[data + i];
  if (kind === 2) return H16[(data >> 1) + i];
  return H32[(data >> 2) + i];
}

/** Stores a character that fits the kind. */
export function writeChar(kind: number, data: number, i: number, c: number): void {
  if (kind === 1) H8[data + i] = c;
  else if (kind === 2) H16[(data >> 1) + i] = c;
  else H32[(data >> 2) + i] = c;
}

/** Copies `n` characters, which fit the target's kind, between kinds; same-kind ranges may overlap. */
export function copyChars(toKind: number, to: number, fromKind: number, from: number, n: number): void {
  if (toKind === fromKind) {
    copyBytes(to, from, n * toKind);
    return;
  }
  if (toKind === 2 && fromKind === 1) {
    const t = to >> 1;
    for (let i = 0; i < n; i++) H16[t + i] = H8[from + i];
  } else if (toKind === 4 && fromKind === 1) {
    const t = to >> 2;
    for (let i = 0; i < n; i++) H32[t + i] = H8[from + i];
  } else if (toKind === 4 && fromKind === 2) {
    const t = to >> 2;
    const f = from >> 1;
    for (let i = 0; i < n; i++) H32[t + i] = H16[f + i];
  } else for (let i = 0; i < n; i++) writeChar(toKind, to, i, readChar(fromKind, from, i));
}

/** The least of 0x7f, 0xff, 0xffff, 0x10ffff that no character of the range exceeds. */
export function maxCharOf(kind: number, data: number, n: number): number {
  if (kind === 1) return isAsciiRange(data, n) ? 0x7f : 0xff;
  let all = 0;
  if (kind === 2) {
    const f = data >> 1;
    for (let i = 0; i < n; i++) all |= H16[f + i];
  } else {
    const f = data >> 2;
    for (let i = 0; i < n; i++) {
      all |= H32[f + i];
      if (all >= 0x10000) return 0x10ffff;
    }
  }
  return all < 0x80 ? 0x7f : all < 0x100 ? 0xff : 0xffff;
}
