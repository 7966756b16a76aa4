// What is the BLAKE2 hash (RFC 7693, and the parameters of the BLAKE2 paper)?
//
// Invariant: both kinds are one algorithm on 16 state words; they differ in the width of the word (`b`: 64 bits, kept as two halves,
// `s`: 32), the number of rounds and the rotations.  The parameter block is what Python's hashlib shows: also the tree ones, which
// libraries leave out.  Bytes are held back until it is known whether they are the last block.

const SIGMA = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];
/** Which four words each of the eight steps of a round mixes. */
const MIX = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
];
/** The square roots' fractions: low and high halves; the high ones are BLAKE2s's words. */
const IV_LOW = [0xf3bcc908, 0x84caa73b, 0xfe94f82b, 0x5f1d36f1, 0xade682d1, 0x2b3e6c1f, 0xfb41bd6b, 0x137e2179];
const IV_HIGH = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

export interface Blake2Parameters {
  readonly digestSize: number;
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
  readonly person: Uint8Array;
  readonly fanout: number;
  readonly depth: number;
  readonly leafSize: number;
  readonly nodeOffset: bigint;
  readonly nodeDepth: number;
  readonly innerSize: number;
  readonly lastNode: boolean;
}

const vl = new Int32Array(16);
const vh = new Int32Array(16);
const ml = new Int32Array(16);
const mh = new Int32Array(16);

/** v[i] += v[j] + (xl, xh), in 64 bits. */
function add(i: number, j: number, xl: number, xh: number): void {
  const low = (vl[i] >>> 0) + (vl[j] >>> 0) + (xl >>> 0);
  vh[i] = vh[i] + vh[j] + xh + Math.floor(low / 0x100000000);
  vl[i] = low;
}

/** v[i] = (v[i] ^ v[j]) rotated right by n, in 64 bits. */
function rotate(i: number, j: number, n: number): void {
  const l = vl[i] ^ vl[j];
  const h = vh[i] ^ vh[j];
  if (n === 32) {
    vl[i] = h;
    vh[i] = l;
  } else if (n < 32) {
    vl[i] = (l >>> n) | (h << (32 - n));
    vh[i] = (h >>> n) | (l << (32 - n));
  } else {
    vl[i] = (h >>> (n - 32)) | (l << (64 - n));
    vh[i] = (l >>> (n - 32)) | (h << (64 - n));
  }
}

function rotate32(i: number, j: number, n: number): void {
  const x = vl[i] ^ vl[j];
  vl[i] = (x >>> n) | (x << (32 - n));
}

export class Blake2 {
  readonly kind: 'b' | 's';
  readonly blockSize: number;
  readonly digestSize: number;
  private readonly lastNode: boolean;
  private readonly low = new Int32Array(8);
  private readonly high = new Int32Array(8);
  private readonly buffer: Uint8Array;
  private filled = 0;
  private count = 0;

  constructor(kind: 'b' | 's', p: Blake2Parameters) {
    this.kind = kind;
    this.blockSize = kind === 'b' ? 128 : 64;
    this.digestSize = p.digestSize;
    this.lastNode = p.lastNode;
    this.buffer = new Uint8Array(this.blockSize);
    const block = new Uint8Array(kind === 'b' ? 64 : 32);
    const view = new DataView(block.buffer);
    block[0] = p.digestSize;
    block[1] = p.key.length;
    block[2] = p.fanout;
    block[3] = p.depth;
    view.setUint32(4, p.leafSize, true);
    if (kind === 'b') {
      view.setBigUint64(8, p.nodeOffset, true);
      block[16] = p.nodeDepth;
      block[17] = p.innerSize;
      block.set(p.salt, 32);
      block.set(p.person, 48);
    } else {
      view.setUint32(8, Number(p.nodeOffset & 0xffffffffn), true);
      view.setUint16(12, Number(p.nodeOffset >> 32n), true);
      block[14] = p.nodeDepth;
      block[15] = p.innerSize;
      block.set(p.salt, 16);
      block.set(p.person, 24);
    }
    for (let i = 0; i < 8; i++) {
      if (kind === 'b') {
        this.low[i] = IV_LOW[i] ^ view.getInt32(8 * i, true);
        this.high[i] = IV_HIGH[i] ^ view.getInt32(8 * i + 4, true);
      } else {
        this.low[i] = IV_HIGH[i] ^ view.getInt32(4 * i, true);
      }
    }
    if (p.key.length > 0) {
      this.buffer.set(p.key);
      this.filled = this.blockSize;
    }
  }

  private compress(block: Uint8Array, at: number, last: boolean): void {
    const wide = this.kind === 'b';
    const view = new DataView(block.buffer, block.byteOffset + at, this.blockSize);
    for (let i = 0; i < 8; i++) {
      vl[i] = this.low[i];
      vh[i] = this.high[i];
      vl[i + 8] = wide ? IV_LOW[i] : IV_HIGH[i];
      vh[i + 8] = IV_HIGH[i];
    }
    const countHigh = Math.floor(this.count / 0x100000000);
    vl[12] ^= this.count;
    if (wide) vh[12] ^= countHigh;
    else vl[13] ^= countHigh;
    if (last) {
      vl[14] = ~vl[14];
      vh[14] = ~vh[14];
      if (this.lastNode) {
        vl[15] = ~vl[15];
        vh[15] = ~vh[15];
      }
    }
    if (wide) {
      for (let i = 0; i < 16; i++) {
        ml[i] = view.getInt32(8 * i, true);
        mh[i] = view.getInt32(8 * i + 4, true);
      }
      for (let round = 0; round < 12; round++) {
        const s = SIGMA[round % 10];
        for (let k = 0; k < 8; k++) {
          const [a, b, c, d] = MIX[k];
          add(a, b, ml[s[2 * k]], mh[s[2 * k]]);
          rotate(d, a, 32);
          add(c, d, 0, 0);
          rotate(b, c, 24);
          add(a, b, ml[s[2 * k + 1]], mh[s[2 * k + 1]]);
          rotate(d, a, 16);
          add(c, d, 0, 0);
          rotate(b, c, 63);
        }
      }
    } else {
      for (let i = 0; i < 16; i++) ml[i] = view.getInt32(4 * i, true);
      for (let round = 0; round < 10; round++) {
        const s = SIGMA[round];
        for (let k = 0; k < 8; k++) {
          const [a, b, c, d] = MIX[k];
          vl[a] = vl[a] + vl[b] + ml[s[2 * k]];
          rotate32(d, a, 16);
          vl[c] = vl[c] + vl[d];
          rotate32(b, c, 12);
          vl[a] = vl[a] + vl[b] + ml[s[2 * k + 1]];
          rotate32(d, a, 8);
          vl[c] = vl[c] + vl[d];
          rotate32(b, c, 7);
        }
      }
    }
    for (let i = 0; i < 8; i++) {
      this.low[i] ^= vl[i] ^ vl[i + 8];
      this.high[i] ^= vh[i] ^ vh[i + 8];
    }
  }

  update(data: Uint8Array): void {
    const size = this.blockSize;
    let at = 0;
    let left = data.length;
    if (left > size - this.filled) {
      const room = size - this.filled;
      this.buffer.set(data.subarray(0, room), this.filled);
      this.count += size;
      this.compress(this.buffer, 0, false);
      this.filled = 0;
      at = room;
      left -= room;
      for (; left > size; at += size, left -= size) {
        this.count += size;
        this.compress(data, at, false);
      }
    }
    this.buffer.set(data.subarray(at), this.filled);
    this.filled += left;
  }

  /** The hash of what came so far; more may come after. */
  digest(): Uint8Array {
    const end = this.copy();
    end.count += end.filled;
    end.buffer.fill(0, end.filled);
    end.compress(end.buffer, 0, true);
    const wide = this.kind === 'b';
    const out = new Uint8Array(wide ? 64 : 32);
    const view = new DataView(out.buffer);
    for (let i = 0; i < 8; i++) {
      view.setInt32(wide ? 8 * i : 4 * i, end.low[i], true);
      if (wide) view.setInt32(8 * i + 4, end.high[i], true);
    }
    return out.subarray(0, this.digestSize);
  }

  copy(): Blake2 {
    const none = new Uint8Array(0);
    const to = new Blake2(this.kind, {
      digestSize: this.digestSize,
      key: none,
      salt: none,
      person: none,
      fanout: 1,
      depth: 1,
      leafSize: 0,
      nodeOffset: 0n,
      nodeDepth: 0,
      innerSize: 0,
      lastNode: this.lastNode,
    });
    to.low.set(this.low);
    to.high.set(this.high);
    to.buffer.set(this.buffer);
    to.filled = this.filled;
    to.count = this.count;
    return to;
  }
}
