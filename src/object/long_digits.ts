// How are magnitudes multiplied and divided digit by digit?
//
// Invariant: a magnitude is `n` digits of 30 bits in consecutive words of the heap, the lowest first, given by the index of its first word.
// Nothing is allocated here and nothing can fail.  The exact 60-bit product of two digits comes from its rounded floating-point value:
// that minus the low digit (which Math.imul gives exactly) is within 2**7 of a multiple of 2**30.

import { H32 } from '../memory/linear.js';

const MASK = 0x3fffffff;
const TWO30 = 1073741824;
const INV30 = 1 / TWO30;

/** H32[r], n + m digits, becomes the product of the `n` digits at `a` and the `m` digits at `b` (r overlaps neither). */
export function multiplyDigits(a: number, n: number, b: number, m: number, r: number): void {
  'use wasm always';
  for (let i = 0; i < n + m; i++) H32[r + i] = 0;
  for (let i = 0; i < n; i++) {
    const d = H32[a + i];
    let carry = 0;
    for (let j = 0; j < m; j++) {
      const e = H32[b + j];
      const low = Math.imul(d, e) & MASK;
      const high = Math.floor((d * e - low) * INV30 + 0.5) | 0;
      const sum = low + H32[r + i + j] + carry;
      H32[r + i + j] = sum & MASK;
      carry = high + (sum >>> 30);
    }
    H32[r + i + m] = carry;
  }
}

/** Shifts the `n` digits at `a` left by 0 <= bits < 30 into `r` (which may be `a`); returns what is shifted out. */
export function shiftDigitsLeft(a: number, n: number, bits: number, r: number): number {
  'use wasm always';
  let carry = 0;
  for (let i = 0; i < n; i++) {
    const d = H32[a + i];
    H32[r + i] = ((d << bits) & MASK) | carry;
    carry = bits === 0 ? 0 : d >>> (30 - bits);
  }
  return carry;
}

/** Shifts the `n` digits at `a` right by 0 <= bits < 30 into `r` (which may be `a`). */
export function shiftDigitsRight(a: number, n: number, bits: number, r: number): void {
  'use wasm always';
  for (let i = 0; i < n; i++) {
    const above = bits !== 0 && i + 1 < n ? (H32[a + i + 1] << (30 - bits)) & MASK : 0;
    H32[r + i] = (H32[a + i] >>> bits) | above;
  }
}

/**
 * Divides (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D): u, of n + 1 digits, by v, of m >= 2 digits whose highest bit is set
 * (n >= m).  q gets the n - m + 1 digits of the quotient; what is left in the lowest m digits of u is the remainder.
 */
export function divideDigits(u: number, n: number, v: number, m: number, q: number): void {
  'use wasm always';
  const top = H32[v + m - 1];
  const second = H32[v + m - 2];
  // The divisor's two highest digits, as a number between a half and one.
  const leading = (top + second * INV30) * INV30;
  for (let j = n - m; j >= 0; j--) {
    const high = H32[u + j + m];
    let guess = Math.floor((high + (H32[u + j + m - 1] + H32[u + j + m - 2] * INV30) * INV30) / leading) | 0;
    if (guess < 0 || guess > MASK) guess = MASK;
    let carry = 0;
    for (let i = 0; i < m; i++) {
      const e = H32[v + i];
      const low = Math.imul(guess, e) & MASK;
      const over = Math.floor((guess * e - low) * INV30 + 0.5) | 0;
      const d = H32[u + j + i] - low - carry;
      H32[u + j + i] = d & MASK;
      carry = over - (d >> 30);
    }
    let rest = high - carry;
    while (rest < 0) {
      // The guess was too large.
      guess--;
      let c = 0;
      for (let i = 0; i < m; i++) {
        const d = H32[u + j + i] + H32[v + i] + c;
        H32[u + j + i] = d & MASK;
        c = d >>> 30;
      }
      rest += c;
    }
    while (rest > 0 || atLeast(u + j, v, m)) {
      // It was too small.
      guess++;
      let c = 0;
      for (let i = 0; i < m; i++) {
        const d = H32[u + j + i] - H32[v + i] + c;
        H32[u + j + i] = d & MASK;
        c = d >> 30;
      }
      rest += c;
    }
    H32[u + j + m] = 0;
    H32[q + j] = guess;
  }
}

/** Whether the `n` digits at `a` are at least those at `b`. */
function atLeast(a: number, b: number, n: number): boolean {
  'use wasm';
  for (let i = n - 1; i >= 0; i--) {
    const x = H32[a + i];
    const y = H32[b + i];
    if (x !== y) return x > y;
  }
  return true;
}
