// Reproducible randomness for the memory tests.

/** Returns a function that yields integers in [0, n), the same sequence for the same seed (xorshift32). */
export function randomIntegers(seed: number): (n: number) => number {
  let x = seed | 0 || 1;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}
