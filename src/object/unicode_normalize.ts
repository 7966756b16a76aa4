// What is the normal form of a text (UAX #15)?
//
// Invariant: a text is a row of code points.  Decomposition is full and recursive, marks stand in the order of their combining classes,
// and composition joins what the database says composes; Hangul syllables are computed, not looked up.

import {
  combiningClass,
  decompose,
  eachComposition,
  oldNormalization,
  oldProperties,
  quickChecks,
  U_DECOMPOSES,
  unicodeFlags,
} from './unicode_tables.js';

export type NormalForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

const S_BASE = 0xac00;
const L_BASE = 0x1100;
const V_BASE = 0x1161;
const T_BASE = 0x11a7;
const L_COUNT = 19;
const V_COUNT = 21;
const T_COUNT = 28;
const N_COUNT = V_COUNT * T_COUNT;
const S_COUNT = L_COUNT * N_COUNT;

/** The place of a form's two bits among the quick checks. */
const CHECK_SHIFT: Readonly<Record<NormalForm, number>> = { NFD: 0, NFKD: 2, NFC: 4, NFKC: 6 };

const step: number[] = [];

/** Appends the full decomposition of `c`.  `old`: as Unicode 3.2 had it. */
function appendDecomposed(out: number[], c: number, compatible: boolean, old: boolean): void {
  if (c < 0x80 || ((unicodeFlags(c) & U_DECOMPOSES) === 0 && (c < S_BASE || c >= S_BASE + S_COUNT))) {
    out.push(c);
    return;
  }
  if (old) {
    if ((oldProperties(c) & 255) === 0) {
      out.push(c);
      return;
    }
    const was = oldNormalization(c);
    if (was !== 0) {
      out.push(was);
      return;
    }
  }
  const tag = decompose(c, step);
  if (tag > 0 && !compatible) {
    out.push(c);
    return;
  }
  const parts = [...step];
  for (const part of parts) appendDecomposed(out, part, compatible, old);
}

/** Puts each run of marks into the order of their classes; equal classes keep their order. */
function order(text: number[]): void {
  for (let i = 1; i < text.length; i++) {
    const c = text[i];
    const k = combiningClass(c);
    if (k === 0) continue;
    let j = i;
    while (j > 0 && combiningClass(text[j - 1]) > k) {
      text[j] = text[j - 1];
      j--;
    }
    text[j] = c;
  }
}

let pairs: Map<number, number> | undefined;

/** What two characters compose to, or 0. */
function composed(a: number, b: number): number {
  if (a >= L_BASE && a < L_BASE + L_COUNT && b >= V_BASE && b < V_BASE + V_COUNT) {
    return S_BASE + ((a - L_BASE) * V_COUNT + (b - V_BASE)) * T_COUNT;
  }
  if (a >= S_BASE && a < S_BASE + S_COUNT && (a - S_BASE) % T_COUNT === 0 && b > T_BASE && b < T_BASE + T_COUNT) {
    return a + (b - T_BASE);
  }
  if (pairs === undefined) {
    const all = new Map<number, number>();
    eachComposition((first, second, c) => all.set(first * 0x110000 + second, c));
    pairs = all;
  }
  return pairs.get(a * 0x110000 + b) ?? 0;
}

/** Composes in place, and returns the text. */
function compose(text: number[]): number[] {
  let starter = -1;
  let last = -1;
  let n = 0;
  for (const c of text) {
    const k = combiningClass(c);
    // Blocked: between the starter and this stands something of the same or a higher class.
    if (starter >= 0 && (last < k || last === -1)) {
      const joined = composed(text[starter], c);
      if (joined !== 0) {
        text[starter] = joined;
        continue;
      }
    }
    if (k === 0) {
      starter = n;
      last = -1;
    } else {
      last = k;
    }
    text[n++] = c;
  }
  text.length = n;
  return text;
}

/** The normal form of a text. `old`: with the characters of Unicode 3.2. */
export function normalize(form: NormalForm, text: ArrayLike<number>, old = false): number[] {
  const out: number[] = [];
  const compatible = form === 'NFKC' || form === 'NFKD';
  for (let i = 0; i < text.length; i++) appendDecomposed(out, text[i], compatible, old);
  order(out);
  return form === 'NFC' || form === 'NFKC' ? compose(out) : out;
}

/** Is the text in the form already?  'maybe' where only normalizing tells (UAX #15, detecting normalization forms). */
export function quickCheck(form: NormalForm, text: ArrayLike<number>): 'yes' | 'no' | 'maybe' {
  const shift = CHECK_SHIFT[form];
  let before = 0;
  let result: 'yes' | 'maybe' = 'yes';
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c < 0x80) {
      before = 0;
      continue;
    }
    const k = combiningClass(c);
    if (k !== 0 && before > k) return 'no';
    before = k;
    const check = (quickChecks(c) >> shift) & 3;
    if (check === 2) return 'no';
    if (check === 1) result = 'maybe';
  }
  return result;
}

/** Is the text in the form? */
export function isNormalized(form: NormalForm, text: ArrayLike<number>): boolean {
  const quick = quickCheck(form, text);
  if (quick !== 'maybe') return quick === 'yes';
  const normal = normalize(form, text);
  if (normal.length !== text.length) return false;
  for (let i = 0; i < normal.length; i++) if (normal[i] !== text[i]) return false;
  return true;
}
