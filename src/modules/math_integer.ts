// How are factorials, binomial coefficients and integer roots computed?  Invariant: exact at any size; products are formed by halves, so
// that the factors of each multiplication are of similar size.

/** low * (low + 1) * … * high, 1 if there are none. */
export function productOf(low: bigint, high: bigint): bigint {
  if (low > high) return 1n;
  if (high - low < 16n) {
    let r = low;
    for (let i = low + 1n; i <= high; i++) r *= i;
    return r;
  }
  const middle = (low + high) >> 1n;
  return productOf(low, middle) * productOf(middle + 1n, high);
}

/** The product of the odd numbers from low to high. */
function oddProduct(low: number, high: number): bigint {
  if (low > high) return 1n;
  if (high - low <= 40) {
    let r = BigInt(low);
    for (let i = low + 2; i <= high; i += 2) r *= BigInt(i);
    return r;
  }
  let middle = Math.floor((low + high) / 2);
  if (middle % 2 === 0) middle++;
  return oddProduct(low, middle - 2) * oddProduct(middle, high);
}

/** n!. */
export function factorial(n: number): bigint {
  if (n < 18) {
    let r = 1;
    for (let i = 2; i <= n; i++) r *= i;
    return BigInt(r);
  }
  // The odd parts of the halves of n, each multiplied into all that follow; the powers of two at the end.
  let inner = 1n;
  let outer = 1n;
  let previous = 1;
  for (let shift = Math.floor(Math.log2(n)); shift >= 0; shift--) {
    const part = Math.floor(n / 2 ** shift);
    const top = part % 2 === 0 ? part - 1 : part;
    inner *= oddProduct(previous + 2, top);
    previous = Math.max(top, previous);
    outer *= inner;
  }
  let twos = 0;
  for (let m = Math.floor(n / 2); m > 0; m = Math.floor(m / 2)) twos += m;
  return outer << BigInt(twos);
}

/** n! / (n - k)!. */
export function permutations(n: bigint, k: bigint): bigint {
  return k > n ? 0n : productOf(n - k + 1n, n);
}

/** n over k. */
export function combinations(n: bigint, k: bigint): bigint {
  if (k > n) return 0n;
  if (n - k < k) k = n - k;
  return chooseSmall(n, k);
}

function chooseSmall(n: bigint, k: bigint): bigint {
  if (k === 0n) return 1n;
  if (k < 64n) {
    let r = 1n;
    for (let i = 1n; i <= k; i++) r = (r * (n - k + i)) / i;
    return r;
  }
  // C(n, k) = C(n, j) * C(n - j, k - j) / C(k, j): the divisions stay small.
  const j = k >> 1n;
  return (chooseSmall(n, j) * chooseSmall(n - j, k - j)) / chooseSmall(k, j < k - j ? j : k - j);
}

/** floor(sqrt(n)) for n >= 0. */
export function integerRoot(n: bigint): bigint {
  if (n < 4503599627370496n) return BigInt(Math.floor(Math.sqrt(Number(n))));
  const bits = n.toString(16).length * 4;
  if (bits <= 1000) {
    let r = BigInt(Math.floor(Math.sqrt(Number(n))));
    for (;;) {
      const next = (r + n / r) >> 1n;
      if (next === r || next === r + 1n || next === r - 1n) {
        r = next;
        break;
      }
      r = next;
    }
    while (r * r > n) r -= 1n;
    while ((r + 1n) * (r + 1n) <= n) r += 1n;
    return r;
  }
  // The root of the leading half of the bits is right to half of its own bits: one Newton step doubles that.
  const quarter = BigInt(Math.floor(bits / 8) * 2);
  const top = integerRoot(n >> (quarter * 2n));
  let r = (top << quarter) + 1n;
  r = (r + n / r) >> 1n;
  while (r * r > n) r = (r + n / r) >> 1n;
  while ((r + 1n) * (r + 1n) <= n) r += 1n;
  return r;
}
