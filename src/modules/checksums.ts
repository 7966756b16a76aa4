// What are CRC-32 and Adler-32?  Invariant: both go on from the value that they are given, and give an unsigned 32-bit number.

/** Table k tells what a byte does k places further on. */
const tables: Uint32Array[] = [];

function makeTables(): void {
  const first = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    let c = i;
    for (let k = 0; k < 8; k++) c = (c & 1) !== 0 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    first[i] = c;
  }
  tables.push(first);
  for (let k = 1; k < 4; k++) {
    const before = tables[k - 1];
    tables.push(before.map((c) => first[c & 255] ^ (c >>> 8)));
  }
}

/** CRC-32 (ISO 3309) of `data`, going on from `value`. */
export function crc32(data: Uint8Array, value = 0): number {
  if (tables.length === 0) makeTables();
  const [t0, t1, t2, t3] = tables;
  let c = ~value;
  let i = 0;
  for (const end = data.length - 3; i < end; i += 4) {
    c ^= data[i] | (data[i + 1] << 8) | (data[i + 2] << 16) | (data[i + 3] << 24);
    c = t3[c & 255] ^ t2[(c >>> 8) & 255] ^ t1[(c >>> 16) & 255] ^ t0[c >>> 24];
  }
  for (; i < data.length; i++) c = t0[(c ^ data[i]) & 255] ^ (c >>> 8);
  return ~c >>> 0;
}

const ADLER_BASE = 65521;
/** So many bytes may be added before a sum must be reduced. */
const ADLER_RUN = 5552;

/** Adler-32 (RFC 1950) of `data`, going on from `value`. */
export function adler32(data: Uint8Array, value = 1): number {
  let a = value & 0xffff;
  let b = (value >>> 16) & 0xffff;
  for (let i = 0; i < data.length; ) {
    const end = Math.min(i + ADLER_RUN, data.length);
    for (; i < end; i++) {
      a += data[i];
      b += a;
    }
    a %= ADLER_BASE;
    b %= ADLER_BASE;
  }
  return ((b << 16) | a) >>> 0;
}
