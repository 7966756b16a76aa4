// Which hash functions are there?
//
// Invariant: a state lives outside the heap (the heap holds a handle) and copies what it is given before it returns; asking for the
// digest does not end it.  The functions are @noble/hashes'; BLAKE2 is src/modules/blake2.ts, because of its tree parameters.

import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { sha3_224, sha3_256, sha3_384, sha3_512, shake128, shake256 } from '@noble/hashes/sha3.js';

export type HashName =
  | 'md5'
  | 'sha1'
  | 'sha224'
  | 'sha256'
  | 'sha384'
  | 'sha512'
  | 'sha3_224'
  | 'sha3_256'
  | 'sha3_384'
  | 'sha3_512'
  | 'shake_128'
  | 'shake_256';

/** What is used of a library's state. */
interface Engine {
  update(data: Uint8Array): unknown;
  digest(): Uint8Array;
  clone(): Engine;
  xof?(length: number): Uint8Array;
}

interface Algorithm {
  readonly create: () => Engine;
  readonly blockSize: number;
  /** 0: any (SHAKE). */
  readonly digestSize: number;
}

export const HASHES: Readonly<Record<HashName, Algorithm>> = {
  md5: { create: () => md5.create(), blockSize: 64, digestSize: 16 },
  sha1: { create: () => sha1.create(), blockSize: 64, digestSize: 20 },
  sha224: { create: () => sha224.create(), blockSize: 64, digestSize: 28 },
  sha256: { create: () => sha256.create(), blockSize: 64, digestSize: 32 },
  sha384: { create: () => sha384.create(), blockSize: 128, digestSize: 48 },
  sha512: { create: () => sha512.create(), blockSize: 128, digestSize: 64 },
  sha3_224: { create: () => sha3_224.create(), blockSize: 144, digestSize: 28 },
  sha3_256: { create: () => sha3_256.create(), blockSize: 136, digestSize: 32 },
  sha3_384: { create: () => sha3_384.create(), blockSize: 104, digestSize: 48 },
  sha3_512: { create: () => sha3_512.create(), blockSize: 72, digestSize: 64 },
  shake_128: { create: () => shake128.create({}), blockSize: 168, digestSize: 0 },
  shake_256: { create: () => shake256.create({}), blockSize: 136, digestSize: 0 },
};

export class HashState {
  readonly name: HashName;
  private engine: Engine;

  constructor(name: HashName, engine: Engine = HASHES[name].create()) {
    this.name = name;
    this.engine = engine;
  }

  get blockSize(): number {
    return HASHES[this.name].blockSize;
  }

  get digestSize(): number {
    return HASHES[this.name].digestSize;
  }

  update(data: Uint8Array): void {
    this.engine.update(data);
  }

  /** The hash of what came so far; `length` is SHAKE's only. */
  digest(length = 0): Uint8Array {
    const end = this.engine.clone();
    if (this.digestSize > 0) return end.digest();
    return length === 0 ? new Uint8Array(0) : (end.xof?.(length) ?? new Uint8Array(0));
  }

  copy(): HashState {
    return new HashState(this.name, this.engine.clone());
  }
}
