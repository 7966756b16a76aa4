// Where does one run of characters (or bytes) occur in another?
//
// Invariant: these functions read memory only; a run is (kind, address, length).  The time is linear in the length of the haystack:
// a Horspool scan with a bloom filter of the needle's characters gives up in favour of the two-way algorithm (Crochemore and Perrin,
// 1991) when it makes too many false starts.

import { H8 } from '../memory/linear.js';
import { findByte, findByteBack, readChar } from './memcpy.js';

/** The least index at which the needle occurs in the haystack, or -1.  An empty needle occurs at 0. */
export function findChars(hk: number, h: number, n: number, nk: number, needle: number, m: number): number {
  if (m > n) return -1;
  if (m === 0) return 0;
  if (m === 1) return findChar(hk, h, n, readChar(nk, needle, 0));
  return hk === 1 && nk === 1 ? findBytes(h, n, needle, m) : findWide(hk, h, n, nk, needle, m);
}

/** The least index of a character, or -1. */
export function findChar(kind: number, data: number, n: number, c: number): number {
  if (kind === 1) {
    if (c > 0xff) return -1;
    const at = findByte(data, data + n, c);
    return at < 0 ? -1 : at - data;
  }
  for (let i = 0; i < n; i++) if (readChar(kind, data, i) === c) return i;
  return -1;
}

/** The greatest index of a character, or -1. */
export function findCharBack(kind: number, data: number, n: number, c: number): number {
  if (kind === 1) {
    if (c > 0xff) return -1;
    const at = findByteBack(data, data + n, c);
    return at < 0 ? -1 : at - data;
  }
  for (let i = n - 1; i >= 0; i--) if (readChar(kind, data, i) === c) return i;
  return -1;
}

function findBytes(h: number, n: number, needle: number, m: number): number {
  const last = m - 1;
  const lastChar = H8[needle + last];
  let mask = 0;
  let gap = last;
  for (let i = 0; i < last; i++) {
    const c = H8[needle + i];
    mask |= 1 << (c & 31);
    if (c === lastChar) gap = last - i - 1;
  }
  mask |= 1 << (lastChar & 31);
  const w = n - m;
  let work = 0;
  for (let i = 0; i <= w; i++) {
    if (H8[h + i + last] === lastChar) {
      let j = 0;
      while (j < last && H8[h + i + j] === H8[needle + j]) j++;
      if (j === last) return i;
      work += j;
      if (work > 4 * i + 4000) {
        const at = twoWay(1, h + i, n - i, 1, needle, m);
        return at < 0 ? -1 : at + i;
      }
      // What follows the window is not in the needle: no window that covers it can match.
      if (i < w && (mask & (1 << (H8[h + i + m] & 31))) === 0) i += m;
      else i += gap;
    } else if (i < w && (mask & (1 << (H8[h + i + m] & 31))) === 0) i += m;
  }
  return -1;
}

function findWide(hk: number, h: number, n: number, nk: number, needle: number, m: number): number {
  const last = m - 1;
  const lastChar = readChar(nk, needle, last);
  let mask = 0;
  let gap = last;
  for (let i = 0; i < last; i++) {
    const c = readChar(nk, needle, i);
    mask |= 1 << (c & 31);
    if (c === lastChar) gap = last - i - 1;
  }
  mask |= 1 << (lastChar & 31);
  const w = n - m;
  let work = 0;
  for (let i = 0; i <= w; i++) {
    if (readChar(hk, h, i + last) === lastChar) {
      let j = 0;
      while (j < last && readChar(hk, h, i + j) === readChar(nk, needle, j)) j++;
      if (j === last) return i;
      work += j;
      if (work > 4 * i + 4000) {
        const at = twoWay(hk, h + i * hk, n - i, nk, needle, m);
        return at < 0 ? -1 : at + i;
      }
      if (i < w && (mask & (1 << (readChar(hk, h, i + m) & 31))) === 0) i += m;
      else i += gap;
    } else if (i < w && (mask & (1 << (readChar(hk, h, i + m) & 31))) === 0) i += m;
  }
  return -1;
}

/** The start of the maximal suffix of the needle in one of the two orders, and its period (in `suffixPeriod`). */
let suffixPeriod = 1;
function maximalSuffix(nk: number, needle: number, m: number, inverted: boolean): number {
  let best = 0;
  let candidate = 1;
  let k = 0;
  let period = 1;
  while (candidate + k < m) {
    const a = readChar(nk, needle, candidate + k);
    const b = readChar(nk, needle, best + k);
    if (inverted ? b < a : a < b) {
      candidate += k + 1;
      k = 0;
      period = candidate - best;
    } else if (a === b) {
      if (k + 1 === period) {
        candidate += period;
        k = 0;
      } else k++;
    } else {
      best = candidate;
      candidate++;
      k = 0;
      period = 1;
    }
  }
  suffixPeriod = period;
  return best;
}

function twoWay(hk: number, h: number, n: number, nk: number, needle: number, m: number): number {
  const cut1 = maximalSuffix(nk, needle, m, false);
  const period1 = suffixPeriod;
  const cut2 = maximalSuffix(nk, needle, m, true);
  const cut = cut1 > cut2 ? cut1 : cut2;
  let period = cut1 > cut2 ? period1 : suffixPeriod;
  let periodic = cut * 2 <= m && cut + period <= m;
  for (let i = 0; periodic && i < cut; i++) {
    if (readChar(nk, needle, i) !== readChar(nk, needle, i + period)) periodic = false;
  }
  if (!periodic) period = Math.max(cut, m - cut) + 1;
  let memory = 0;
  let at = 0;
  while (at + m <= n) {
    let i = Math.max(cut, memory);
    while (i < m && readChar(nk, needle, i) === readChar(hk, h, at + i)) i++;
    if (i < m) {
      at += i - cut + 1;
      memory = 0;
      continue;
    }
    i = cut - 1;
    while (i >= memory && readChar(nk, needle, i) === readChar(hk, h, at + i)) i--;
    if (i < memory) return at;
    at += period;
    memory = periodic ? m - period : 0;
  }
  return -1;
}

/** The greatest index at which the needle occurs in the haystack, or -1.  An empty needle occurs at n. */
export function rfindChars(hk: number, h: number, n: number, nk: number, needle: number, m: number): number {
  if (m > n) return -1;
  if (m === 0) return n;
  const first = readChar(nk, needle, 0);
  if (m === 1) return findCharBack(hk, h, n, first);
  let mask = 1 << (first & 31);
  let gap = m - 1;
  for (let i = m - 1; i > 0; i--) {
    const c = readChar(nk, needle, i);
    mask |= 1 << (c & 31);
    if (c === first) gap = i - 1;
  }
  for (let i = n - m; i >= 0; i--) {
    if (readChar(hk, h, i) === first) {
      let j = m - 1;
      while (j > 0 && readChar(hk, h, i + j) === readChar(nk, needle, j)) j--;
      if (j === 0) return i;
      if (i > 0 && (mask & (1 << (readChar(hk, h, i - 1) & 31))) === 0) i -= m;
      else i -= gap;
    } else if (i > 0 && (mask & (1 << (readChar(hk, h, i - 1) & 31))) === 0) i -= m;
  }
  return -1;
}

/** The number of non-overlapping occurrences, at most `max`; an empty needle occurs n + 1 times. */
export function countChars(
  hk: number,
  h: number,
  n: number,
  nk: number,
  needle: number,
  m: number,
  max: number,
): number {
  if (m === 0) return n + 1 < max ? n + 1 : max;
  let count = 0;
  let from = 0;
  while (count < max) {
    const at = findChars(hk, h + from * hk, n - from, nk, needle, m);
    if (at < 0) break;
    count++;
    from += at + m;
  }
  return count;
}

/** Whether `m` characters at `a` equal those at `b`. */
export function equalChars(ka: number, a: number, kb: number, b: number, m: number): boolean {
  for (let i = 0; i < m; i++) if (readChar(ka, a, i) !== readChar(kb, b, i)) return false;
  return true;
}
