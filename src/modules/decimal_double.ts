// Which integer times which power of two is a double?  Invariant: the value is (-1)**sign * mantissa * 2**exponent exactly, with an odd mantissa
// (or 0).

const cell = new DataView(new ArrayBuffer(8));

export function doubleToBits(x: number): { sign: number; mantissa: bigint; exponent: number; special: boolean } {
  cell.setFloat64(0, x);
  const bits = cell.getBigUint64(0);
  const sign = Number(bits >> 63n);
  const biased = Number((bits >> 52n) & 0x7ffn);
  let mantissa = bits & 0xfffffffffffffn;
  if (biased === 0x7ff) return { sign, mantissa, exponent: 0, special: true };
  if (biased !== 0) mantissa |= 1n << 52n;
  let exponent = (biased === 0 ? 1 : biased) - 1075;
  if (mantissa === 0n) return { sign, mantissa, exponent: 0, special: false };
  while ((mantissa & 1n) === 0n) {
    mantissa >>= 1n;
    exponent++;
  }
  return { sign, mantissa, exponent, special: false };
}
