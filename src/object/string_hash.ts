// What is the hash of text and bytes?
//
// Invariant: str, bytes and memoryview of the same bytes have the same hash; the empty range hashes to 0 and nothing hashes to -1.
// The function is HalfSipHash-1-3 (Aumasson and Bernstein's SipHash on 32-bit words), keyed per process against crafted collisions.

import { H32, H8, staticWord } from '../memory/linear.js';

/** Indices into H32 of the two words of the key. */
const key0 = staticWord();
const key1 = staticWord();

/** Name and widths, for sys.hash_info. */
export const HASH_ALGORITHM = 'halfsiphash13';
export const HASH_BITS = 32;
export const HASH_SEED_BITS = 64;

/** Sets the key; to be called before the first string is hashed. */
export function setHashKey(k0: number, k1: number): void {
  H32[key0] = k0;
  H32[key1] = k1;
}

/** The key that PYTHONHASHSEED=`seed` stands for: 0 is no randomization, others feed CPython's linear congruential generator. */
export function setHashSeed(seed: number): void {
  if (seed === 0) {
    setHashKey(0, 0);
    return;
  }
  let x = seed >>> 0;
  const next = () => {
    let word = 0;
    for (let i = 0; i < 4; i++) {
      x = (Math.imul(x, 214013) + 2531011) >>> 0;
      word |= ((x >>> 16) & 0xff) << (8 * i);
    }
    return word;
  };
  const k0 = next();
  setHashKey(k0, next());
}

/** The hash of `n` bytes from address `p` on: never -1. */
export function hashBytes(p: number, n: number): number {
  if (n === 0) return 0;
  let v0 = H32[key0];
  let v1 = H32[key1];
  let v2 = 0x6c796765 ^ v0;
  let v3 = 0x74656462 ^ v1;
  const whole = n & -4;
  const aligned = (p & 3) === 0;
  let i = 0;
  for (;;) {
    let m: number;
    if (i < whole) {
      const a = p + i;
      m = aligned ? H32[a >> 2] : H8[a] | (H8[a + 1] << 8) | (H8[a + 2] << 16) | (H8[a + 3] << 24);
    } else {
      m = n << 24;
      const rest = n - whole;
      const a = p + whole;
      if (rest > 0) m |= H8[a];
      if (rest > 1) m |= H8[a + 1] << 8;
      if (rest > 2) m |= H8[a + 2] << 16;
    }
    v3 ^= m;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= m;
    if (i >= whole) break;
    i += 4;
  }
  v2 ^= 0xff;
  for (let r = 0; r < 3; r++) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  }
  const h = v1 ^ v3;
  return h === -1 ? -2 : h;
}
