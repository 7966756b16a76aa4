// How is a double written, and how is it read?
//
// Invariant: every conversion is correctly rounded (half to even on exact ties), for any number of digits; the shortest text that reads
// back as the same double is JavaScript's own.  JavaScript's toFixed and toExponential round ties up, so they are used only
// where no tie is possible; else the digits come from exact integers.

const MAX_EXPONENT10 = 400;
const view = new DataView(new ArrayBuffer(8));

/** Always a decimal point and a digit behind it ('#'). */
export const DTSF_ALT = 1;
/** A point and a zero where the text would look like an integer. */
export const DTSF_ADD_DOT_0 = 2;
export const DTSF_SIGN = 4;
/** No minus on a zero result. */
export const DTSF_NO_NEG_0 = 8;

/** x >= 0 as mantissa * 2 ** exponent, both integers. */
function decompose(x: number): { mantissa: bigint; exponent: number } {
  view.setFloat64(0, x);
  const hi = view.getUint32(0);
  const lo = view.getUint32(4);
  const e = (hi >>> 20) & 0x7ff;
  const m = (BigInt(hi & 0xfffff) << 32n) | BigInt(lo);
  return e === 0 ? { mantissa: m, exponent: -1074 } : { mantissa: m | (1n << 52n), exponent: e - 1075 };
}

function roundedQuotient(n: bigint, d: bigint): bigint {
  const q = n / d;
  const r2 = (n - q * d) * 2n;
  return r2 > d || (r2 === d && (q & 1n) === 1n) ? q + 1n : q;
}

/** round(x * 10 ** places), exactly, half to even. */
function scaled(x: number, places: number): bigint {
  const { mantissa, exponent } = decompose(x);
  let n = mantissa;
  let d = 1n;
  if (exponent >= 0) n <<= BigInt(exponent);
  else d <<= BigInt(-exponent);
  if (places >= 0) n *= 10n ** BigInt(places);
  else d *= 10n ** BigInt(-places);
  return roundedQuotient(n, d);
}

/** x >= 0 with `places` digits after the point: all digits as one integer text, at least places + 1 of them. */
function fixedDigits(x: number, places: number): string {
  if (places <= 100 && x < 1e21 && !(places < 60 && Number.isInteger(x * 2 ** (places + 1)))) {
    return x.toFixed(places).replace('.', '');
  }
  // A double has at most 1074 places: further ones are zeros.
  const exact = Math.min(places, 1074);
  return (
    scaled(x, exact)
      .toString()
      .padStart(exact + 1, '0') + '0'.repeat(places - exact)
  );
}

/** More digits than these are not asked for: JavaScript could not hold the text. */
export const LONGEST_TEXT = 0x8000000;

/** The decimal exponent of the last `significant`. */
let exponent10 = 0;

/** x >= 0 with exactly `n` significant digits, rounded; leaves the exponent of the first digit in exponent10. */
function significant(x: number, n: number): string {
  if (x === 0) {
    exponent10 = 0;
    return '0'.repeat(n);
  }
  if (n <= 101) {
    const text = x.toExponential(n - 1);
    const at = text.indexOf('e');
    const e = Number(text.slice(at + 1));
    // A tie needs x * 10 ** (n - 1 - e) to be a half-integer.
    const places = n - 1 - e;
    const tie = places < 0 ? Number.isInteger(x) : places < 60 && Number.isInteger(x * 2 ** (places + 1));
    if (!tie) {
      exponent10 = e;
      return text.slice(0, at).replace('.', '');
    }
  }
  const exact = Math.min(n, 770);
  let e = Math.floor(Math.log10(x));
  if (!Number.isFinite(e)) e = -MAX_EXPONENT10;
  let digits = scaled(x, exact - 1 - e).toString();
  // log10 may be off by one, and rounding may carry.
  while (digits.length !== exact) {
    e += digits.length > exact ? 1 : -1;
    digits = scaled(x, exact - 1 - e).toString();
  }
  exponent10 = e;
  return digits + '0'.repeat(n - exact);
}

/** The digits of the shortest text that reads back as x > 0, without trailing zeros; exponent as in `significant`. */
function shortest(x: number): string {
  const text = x.toExponential();
  const at = text.indexOf('e');
  exponent10 = Number(text.slice(at + 1));
  return text.slice(0, at).replace('.', '');
}

function exponentText(e: number): string {
  const a = Math.abs(e);
  return `e${e < 0 ? '-' : '+'}${a < 10 ? '0' : ''}${a}`;
}

function scientific(digits: string, e: number, alt: boolean): string {
  const point = digits.length > 1 || alt ? '.' : '';
  return `${digits[0]}${point}${digits.slice(1)}${exponentText(e)}`;
}

function plain(digits: string, e: number, alt: boolean, dot0: boolean): string {
  if (e < 0) return `0.${'0'.repeat(-e - 1)}${digits}`;
  if (digits.length > e + 1) return `${digits.slice(0, e + 1)}.${digits.slice(e + 1)}`;
  return digits + '0'.repeat(e + 1 - digits.length) + (dot0 ? '.0' : alt ? '.' : '');
}

/**
 * PyOS_double_to_string: `code` is one of e f g E F G r; `precision` counts digits after the point (e, f) or significant ones (g); flags are
 * DTSF_*.
 */
export function doubleToString(x: number, code: string, precision: number, flags = 0): string {
  const upper = code === 'E' || code === 'F' || code === 'G';
  const kind = upper ? code.toLowerCase() : code;
  const alt = (flags & DTSF_ALT) !== 0;
  const dot0 = (flags & DTSF_ADD_DOT_0) !== 0;
  if (Number.isNaN(x)) return (flags & DTSF_SIGN ? '+' : '') + (upper ? 'NAN' : 'nan');
  const negative = x < 0 || Object.is(x, -0);
  const a = Math.abs(x);
  let text: string;
  if (a === Infinity) text = upper ? 'INF' : 'inf';
  else {
    if (kind === 'f') {
      const digits = fixedDigits(a, precision);
      const whole = digits.length - precision;
      text = precision > 0 ? `${digits.slice(0, whole)}.${digits.slice(whole)}` : digits + (alt ? '.' : '');
    } else if (kind === 'e') {
      const digits = significant(a, precision + 1);
      text = scientific(digits, exponent10, alt);
    } else if (kind === 'g') {
      const p = precision === 0 ? 1 : precision;
      let digits = significant(a, Math.min(p, 1100));
      const e = exponent10;
      if (!alt) digits = digits.replace(/0+$/, '') || '0';
      else digits = digits.padEnd(p, '0');
      // With DOT_0 (str of a float with a precision) a text without exponent has a digit after the point, which needs room.
      const limit = dot0 ? p - 1 : p;
      if (e < -4 || e >= limit)
        text = e < -4 || e >= p || dot0 ? scientific(digits, e, alt) : plain(digits, e, alt, dot0);
      else text = plain(digits, e, alt, dot0);
    } else {
      const digits = a === 0 ? '0' : shortest(a);
      const e = a === 0 ? 0 : exponent10;
      text = e < -4 || e >= 16 ? scientific(digits, e, alt) : plain(digits, e, alt, dot0);
    }
    if (upper) text = text.toUpperCase();
  }
  if (negative && ((flags & DTSF_NO_NEG_0) === 0 || !/^[0.]*(e|$)/i.test(text))) return `-${text}`;
  return flags & DTSF_SIGN ? `+${text}` : text;
}

/** repr(x): the shortest text that reads back as x. */
export function floatRepr(x: number): string {
  // JavaScript's own text agrees wherever it has a point and no exponent; integers below 1e16 want '.0'.
  if (Number.isInteger(x) && Math.abs(x) < 1e16 && x !== 0) return `${x}.0`;
  return doubleToString(x, 'r', 0, DTSF_ADD_DOT_0);
}

/** float.hex(x). */
export function floatHex(x: number): string {
  if (!Number.isFinite(x)) return doubleToString(x, 'r', 0);
  const sign = x < 0 || Object.is(x, -0) ? '-' : '';
  const a = Math.abs(x);
  if (a === 0) return `${sign}0x0.0p+0`;
  view.setFloat64(0, a);
  const hi = view.getUint32(0);
  const e = (hi >>> 20) & 0x7ff;
  const digits = (hi & 0xfffff).toString(16).padStart(5, '0') + view.getUint32(4).toString(16).padStart(8, '0');
  const exponent = e === 0 ? -1022 : e - 1023;
  return `${sign}0x${e === 0 ? 0 : 1}.${digits}p${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const UNDERSCORE = /^[^_].*[^_]$/;

/**
 * The double that a text of ASCII characters (surrounding whitespace and digits of other scripts already dealt with) stands for;
 * undefined if it is no float.  Underscores are allowed between digits.
 */
export function parseFloatText(text: string): number | undefined {
  let s = text;
  if (s.includes('_')) {
    if (!UNDERSCORE.test(s) || /[^\d]_|_[^\d]/.test(s)) return undefined;
    s = s.replaceAll('_', '');
  }
  if (DECIMAL.test(s)) return Number(s);
  const word = /^([+-]?)(?:(inf|infinity)|nan)$/i.exec(s);
  if (word === null) return undefined;
  if (word[2] === undefined) return NaN;
  return word[1] === '-' ? -Infinity : Infinity;
}

/** What float.fromhex found wrong. */
export type HexProblem = 'invalid' | 'overflow';

const HEX = /^[ \t-\r]*([+-]?)(?:(?:0x)?([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?|(inf|infinity)|(nan))[ \t-\r]*$/i;

/** float.fromhex of a text. */
export function parseFloatHex(text: string): number | HexProblem {
  const m = HEX.exec(text);
  if (m === null) return 'invalid';
  const negative = m[1] === '-';
  if (m[5] !== undefined) return negative ? -Infinity : Infinity;
  if (m[6] !== undefined) return NaN;
  const whole = m[2] ?? '';
  const fraction = m[3] ?? '';
  if (whole.length + fraction.length === 0) return 'invalid';
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return negative ? -0 : 0;
  const given = m[4] === undefined ? 0n : BigInt(m[4].replace('+', ''));
  const exponent = given - 4n * BigInt(fraction.length);
  const mantissa = BigInt(`0x${digits}`);
  const bits = BigInt(mantissa.toString(2).length);
  const top = exponent + bits;
  if (top > 1024n) return 'overflow';
  if (top < -1076n) return negative ? -0 : 0;
  // The last bit that a double of this size can have.
  const last = top - 53n > -1074n ? top - 53n : -1074n;
  const shift = last - exponent;
  const m53 = shift > 0n ? roundedQuotient(mantissa, 1n << shift) : mantissa << -shift;
  const l = Number(last);
  // Two steps, since 2 ** -1074 times a large mantissa is exact but 2 ** 1024 is not finite.
  const x = Number(m53) * 2 ** Math.max(l, -1000) * 2 ** Math.min(0, l + 1000);
  if (x === Infinity) return 'overflow';
  return negative ? -x : x;
}
