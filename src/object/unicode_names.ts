// What is a character called, and which character is called that?
//
// Invariant: the names are Unicode 16.0's, from dist/lib/unicode_names.bin, which is read when the first name is asked for.  Names that
// are made from the number (CJK ideographs) or the sounds (Hangul syllables) are made, not stored.  (Tangut ideographs have none
// in CPython 3.14, and so have none here.)
//
//   sections: 0 ranges of made names: first, last, kind   1 code points, ascending   2 where each name begins in 4   3 the names' order
//             4 the names, one after the other   5 aliases and sequences: NAME=HEX HEX, a line each

import { Sections } from './unicode_tables.js';

const HANGUL_FIRST = 0xac00;
const LEADS = 'G,GG,N,D,DD,R,M,B,BB,S,SS,,J,JJ,C,K,T,P,H'.split(',');
const VOWELS = 'A,AE,YA,YAE,EO,E,YEO,YE,O,WA,WAE,OE,YO,U,WEO,WE,WI,YU,EU,YI,I'.split(',');
const TAILS = ',G,GG,GS,N,NJ,NH,D,L,LG,LM,LB,LS,LT,LP,LH,M,B,BS,S,SS,NG,J,C,K,T,P,H'.split(',');
const PREFIXES = ['', 'CJK UNIFIED IDEOGRAPH-', 'HANGUL SYLLABLE '];
const HANGUL = 2;

interface Names {
  readonly ranges: Uint32Array;
  readonly points: Uint32Array;
  readonly at: Uint32Array;
  readonly order: Uint16Array;
  readonly text: string;
  readonly sections: Sections;
}

let names: Names | undefined;
let others: Map<string, readonly number[]> | undefined;

/** Names are ASCII. */
function ascii(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function load(): Names {
  const s = new Sections('unicode_names.bin');
  names = {
    ranges: s.u32(0),
    points: s.u32(1),
    at: s.u32(2),
    order: s.u16(3),
    text: ascii(s.u8(4)),
    sections: s,
  };
  return names;
}

/** Aliases and named sequences. */
function loadOthers(n: Names): Map<string, readonly number[]> {
  others = new Map();
  for (const line of ascii(n.sections.u8(5)).split('\n')) {
    const [name, points] = line.split('=');
    others.set(
      name,
      points.split(' ').map((p) => Number.parseInt(p, 16)),
    );
  }
  return others;
}

/** The name of a character; '' if it has none. */
export function characterName(c: number): string {
  const n = names ?? load();
  for (let i = 0; i < n.ranges.length; i += 3) {
    if (c < n.ranges[i] || c > n.ranges[i + 1]) continue;
    const kind = n.ranges[i + 2];
    if (kind !== HANGUL) return PREFIXES[kind] + c.toString(16).toUpperCase();
    const s = c - HANGUL_FIRST;
    return PREFIXES[kind] + LEADS[Math.floor(s / 588)] + VOWELS[Math.floor((s % 588) / 28)] + TAILS[s % 28];
  }
  let low = 0;
  let high = n.points.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (n.points[middle] === c) return n.text.slice(n.at[middle], n.at[middle + 1]);
    if (n.points[middle] < c) low = middle + 1;
    else high = middle - 1;
  }
  return '';
}

/** The longest of `parts` that `text` begins with at `at`: its index. */
function longest(parts: readonly string[], text: string, at: number): number {
  let best = -1;
  parts.forEach((part, i) => {
    if (text.startsWith(part, at) && (best < 0 || part.length > parts[best].length)) best = i;
  });
  return best;
}

/** A character with a made name, or -1. */
function madeCharacter(n: Names, name: string): number {
  for (let kind = 1; kind < PREFIXES.length; kind++) {
    const prefix = PREFIXES[kind];
    if (!name.startsWith(prefix)) continue;
    if (kind === HANGUL) {
      let at = prefix.length;
      const lead = longest(LEADS, name, at);
      at += LEADS[lead].length;
      const vowel = longest(VOWELS, name, at);
      if (vowel < 0) return -1;
      at += VOWELS[vowel].length;
      const tail = longest(TAILS, name, at);
      if (at + TAILS[tail].length !== name.length) return -1;
      return HANGUL_FIRST + (lead * 21 + vowel) * 28 + tail;
    }
    const digits = name.slice(prefix.length);
    if (!/^(10|[1-9A-F])?[0-9A-F]{4}$/.test(digits)) return -1;
    const c = Number.parseInt(digits, 16);
    for (let i = 0; i < n.ranges.length; i += 3) {
      if (c >= n.ranges[i] && c <= n.ranges[i + 1] && n.ranges[i + 2] === kind) return c;
    }
    return -1;
  }
  return -1;
}

/** The character of this name (in any case), or -1.  Aliases count, sequences do not. */
export function characterOfName(given: string): number {
  const points = pointsOfName(given);
  return points !== undefined && points.length === 1 ? points[0] : -1;
}

/** The characters of this name: one, or those of a named sequence; undefined if nothing is called that. */
export function pointsOfName(given: string): readonly number[] | undefined {
  const n = names ?? load();
  const name = given.toUpperCase();
  const made = madeCharacter(n, name);
  if (made >= 0) return [made];
  let low = 0;
  let high = n.order.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const i = n.order[middle];
    const here = n.text.slice(n.at[i], n.at[i + 1]);
    if (here === name) return [n.points[i]];
    if (here < name) low = middle + 1;
    else high = middle - 1;
  }
  return (others ?? loadOthers(n)).get(name);
}
