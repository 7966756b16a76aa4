// How are powers and lengths of doubles computed?
//
// Invariant: results are within one unit in the last place of the exact ones, and exact where the exact result is a double: JavaScript's
// Math.pow alone promises less.

const SPLIT = 134217729;
const HUGE = 2 ** 990;

/** The low part of a product whose high part is `p` = x * y rounded (error-free transformation, Dekker). */
export function productError(x: number, y: number, p: number): number {
  // Splitting a huge factor would overflow.
  if (!Number.isFinite(p)) return 0;
  if (x > HUGE || x < -HUGE) return productError(x * 2 ** -60, y, p * 2 ** -60) * 2 ** 60;
  if (y > HUGE || y < -HUGE) return productError(x, y * 2 ** -60, p * 2 ** -60) * 2 ** 60;
  let t = SPLIT * x;
  const xh = t - (t - x);
  const xl = x - xh;
  t = SPLIT * y;
  const yh = t - (t - y);
  const yl = y - yh;
  return xh * yh - p + xh * yl + xl * yh + xl * yl;
}

/** x ** y for finite x > 0 and finite y. */
export function power(x: number, y: number): number {
  const n = Math.abs(y);
  if (n <= 1024 && n === Math.trunc(n)) {
    // Square and multiply with twice the precision, as long as nothing leaves the comfortable range.
    let rh = 1;
    let rl = 0;
    let bh = x;
    let bl = 0;
    let k = n;
    let safe = true;
    for (;;) {
      if (k & 1) {
        const p = rh * bh;
        const e = productError(rh, bh, p) + (rh * bl + rl * bh);
        rh = p + e;
        rl = e - (rh - p);
      }
      k >>= 1;
      if (k === 0) break;
      const p = bh * bh;
      const e = productError(bh, bh, p) + 2 * bh * bl;
      bh = p + e;
      bl = e - (bh - p);
      if (!(bh < 1e140 && bh > 1e-140)) {
        safe = false;
        break;
      }
    }
    if (safe && rh < 1e280 && rh > 1e-280) {
      if (y > 0) return rh;
      const q = 1 / rh;
      const p = q * rh;
      // One Newton step on the reciprocal with the full denominator.
      return q + q * (1 - p - productError(q, rh, p) - q * rl);
    }
  }
  return x ** y;
}
