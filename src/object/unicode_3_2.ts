// What else did Unicode 3.2 say differently, besides categories and directions (unicode_tables.ts)?
//
// Invariant: each list holds the characters whose value in the database of 3.2.0 was not today's; everything else is as today.  The
// differences are facts of UnicodeData-3.2.0, EastAsianWidth-3.2.0 and Unihan-3.2.0.

/** Superscript, subscript and Ethiopic digits were decimals. */
export function oldIsDecimal(c: number): boolean {
  return (
    c === 0xb2 ||
    c === 0xb3 ||
    c === 0xb9 ||
    (c >= 0x1369 && c <= 0x1371) ||
    c === 0x2070 ||
    (c >= 0x2074 && c <= 0x2079) ||
    (c >= 0x2080 && c <= 0x2089)
  );
}

const NUMERIC = new Map<number, number>([
  [0x9f4, 1],
  [0x9f5, 2],
  [0x9f6, 3],
  [0x9f7, 4],
  [0x5146, 1e12],
  [0x5793, 1e20],
]);

/** Numeric today, not then: a Bengali fraction, ideographs, Gothic letters. */
const NOT_NUMERIC = new Set<number>([
  0x9f8, 0x3405, 0x3483, 0x382a, 0x3b4d, 0x4e24, 0x4e96, 0x4ec0, 0x4ee8, 0x4fe9, 0x5006, 0x5344, 0x534c, 0x53c4, 0x5e7a,
  0x5efe, 0x62d0, 0x6d1e, 0x6f06, 0x7695, 0x79ed, 0x8cb3, 0x920e, 0x94a9, 0x9621, 0xf96b, 0xf973, 0xf978, 0xf9b2,
  0xf9d1, 0xf9d3, 0xf9fd, 0x10341, 0x1034a, 0x20001, 0x20064, 0x200e2, 0x20121, 0x2092a, 0x20983, 0x2098c, 0x2099c,
  0x20aea, 0x20afd, 0x20b19, 0x22390, 0x22998, 0x23b1b, 0x2626d, 0x2f890,
]);

/** The numeric value, given today's (NaN: none). */
export function oldNumeric(c: number, today: number): number {
  return NOT_NUMERIC.has(c) ? Number.NaN : (NUMERIC.get(c) ?? today);
}

/** Mirrored today, not then. */
const NOT_MIRRORED = new Set<number>([
  0xf3a, 0xf3b, 0xf3c, 0xf3d, 0x169b, 0x169c, 0x226d, 0xfe59, 0xfe5a, 0xfe5b, 0xfe5c, 0xfe5d, 0xfe5e, 0xfe64, 0xfe65,
  0x1d6db, 0x1d715, 0x1d74f, 0x1d789, 0x1d7c3,
]);
/** Mirrored then, not today. */
const SPHERICAL_ANGLE_OPENING_UP = 0x29a1;

export function oldMirrored(c: number, today: boolean): boolean {
  return c === SPHERICAL_ANGLE_OPENING_UP || (today && !NOT_MIRRORED.has(c));
}

/** Symbols that are wide since they are shown as pictures. */
export function oldIsNarrow(c: number): boolean {
  return (
    c === 0x231a ||
    c === 0x231b ||
    c === 0x25fd ||
    c === 0x25fe ||
    (c >= 0x2630 && c <= 0x2637) ||
    (c >= 0x2648 && c <= 0x2653)
  );
}
