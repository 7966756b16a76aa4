// How is a decimal number read and written as text?
//
// Invariant: parseDecimal reads what the specification calls a numeric string, already ASCII and without white space; the exponent letter and the
// layout of what is written are the specification's to-scientific-string and to-engineering-string, and Python's format specifications.

import {
  type Dec,
  digitsOf,
  finite,
  FINITE,
  INFINITE,
  infinity,
  isZero,
  MAX_PREC,
  pow10,
  QNAN,
  roundOff,
  type Rules,
  SNAN,
} from './decimal_number.js';
import { groupDigits } from '../types/format_number.js';

const NUMBER = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:e([+-]?\d+))?$/i;
const SPECIAL = /^([+-]?)(?:(inf(?:inity)?)|(s?)nan(\d*))$/i;
/** Exponents beyond this are as good as any larger one. */
const FAR = 4e9;

/** The exact number that the text denotes, or null. */
export function parseDecimal(text: string): Dec | null {
  const m = NUMBER.exec(text);
  if (m !== null) {
    const fraction = m[3] ?? m[4] ?? '';
    const digits = (m[2] ?? '') + fraction;
    const e = Math.max(-FAR, Math.min(FAR, Number(m[5] ?? '0')));
    return finite(m[1] === '-' ? 1 : 0, BigInt(digits), e - fraction.length);
  }
  const s = SPECIAL.exec(text);
  if (s === null) return null;
  const sign = s[1] === '-' ? 1 : 0;
  if (s[2] !== undefined) return infinity(sign);
  if (s[4].replace(/^0+/, '').length > MAX_PREC) return null;
  return { kind: s[3] === '' ? QNAN : SNAN, sign, coef: BigInt(s[4] === '' ? 0 : s[4]), exp: 0 };
}

function specialText(d: Dec): string {
  const sign = d.sign ? '-' : '';
  if (d.kind === INFINITE) return `${sign}Infinity`;
  return `${sign}${d.kind === SNAN ? 'sNaN' : 'NaN'}${d.coef === 0n ? '' : d.coef}`;
}

/** The text of the number; `letter` is 'E' or 'e'. */
export function toText(d: Dec, letter: string, engineering = false): string {
  if (d.kind !== FINITE) return specialText(d);
  const digits = d.coef.toString();
  const left = d.exp + digits.length;
  let point = 1;
  if (d.exp <= 0 && left > -6) point = left;
  else if (engineering) {
    const mod = (n: number) => ((n % 3) + 3) % 3;
    point = d.coef === 0n ? mod(left + 1) - 1 : mod(left - 1) + 1;
  }
  let text: string;
  if (point <= 0) text = `0.${'0'.repeat(-point)}${digits}`;
  else if (point >= digits.length) text = digits + '0'.repeat(point - digits.length);
  else text = `${digits.slice(0, point)}.${digits.slice(point)}`;
  const e = left - point;
  return `${d.sign ? '-' : ''}${text}${e === 0 ? '' : `${letter}${e < 0 ? '' : '+'}${e}`}`;
}

/** What a locale (or the third argument of `__format__`) says about numbers. */
export interface NumberStyle {
  readonly point: string;
  readonly separator: string;
  /** The sizes of groups from the right as lconv's `grouping`: the last repeats, 127 ends. */
  readonly grouping: readonly number[];
}

const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(?=[\d,_])(\d+)?([,_])?)?([eEfFgGnN%])?$/su;

/** Groups digits by lconv's rule; zeros fill up to `width` characters, separators included. */
function groupByStyle(digits: string, style: NumberStyle, width: number): string {
  if (style.separator === '' || style.grouping.length === 0) return digits.padStart(width, '0');
  const parts: string[] = [];
  let rest = digits;
  let room = width;
  let i = 0;
  let size = 0;
  for (;;) {
    if (i < style.grouping.length) size = style.grouping[i++] || size;
    if (size === 127) break;
    const n = Math.min(size, Math.max(rest.length, room, 1));
    parts.push(rest.slice(-n).padStart(n, '0'));
    rest = rest.slice(0, -n);
    room -= n;
    if (rest === '' && room <= 0) return parts.reverse().join(style.separator);
    room -= style.separator.length;
  }
  parts.push(rest.padStart(Math.max(room, 1), '0'));
  return parts.reverse().join(style.separator);
}

/** The digits after the point in groups of three from the point on. */
const groupFraction = (digits: string, separator: string): string =>
  separator === '' ? digits : digits.replace(/\d{3}(?=\d)/g, `$&${separator}`);

/** d with the exponent `exp`. */
function rescale(d: Dec, exp: number, rounding: number): Dec {
  if (isZero(d)) return finite(d.sign, 0n, exp);
  if (d.exp >= exp) return finite(d.sign, d.coef * pow10(d.exp - exp), exp);
  return finite(d.sign, roundOff(d.coef, exp - d.exp, d.sign, rounding), exp);
}

/** d rounded to `places` significant digits, or filled up to so many. */
function roundTo(d: Dec, places: number, rounding: number): Dec {
  if (isZero(d)) return d;
  const r = rescale(d, d.exp + digitsOf(d.coef) - places, rounding);
  return digitsOf(r.coef) > places ? finite(r.sign, r.coef / 10n, r.exp + 1) : r;
}

/** The number formatted; null: the specification is none. `style` is for the types n and N. */
export function formatDecimal(d: Dec, spec: string, c: Rules, capitals: number, style: NumberStyle): string | null {
  const m = SPEC.exec(spec);
  if (m === null) return null;
  const zero = m[6] !== undefined;
  if (zero && m[2] !== undefined) return null;
  if (Number(m[7] ?? 0) > MAX_PREC || Number(m[9] ?? 0) > MAX_PREC) return null;
  let type = m[11] ?? (capitals ? 'G' : 'g');
  const localized = type === 'n' || type === 'N';
  if (localized) {
    if (m[8] !== undefined || m[10] !== undefined) return null;
    type = type === 'n' ? 'g' : 'G';
  }
  let fill = zero ? '0' : (m[1] ?? ' ');
  let align = zero ? '=' : (m[2] ?? '>');
  const width = Number(m[7] ?? 0);
  const alternate = m[5] !== undefined;
  const plus = m[3] === '+' || m[3] === ' ' ? m[3] : '';
  if (d.kind !== FINITE) {
    // Zeros are for digits.
    if (zero) [fill, align] = [' ', '>'];
    const body = specialText(d) + (type === '%' ? '%' : '');
    return pad(d.sign ? '-' : plus, d.sign ? body.slice(1) : body, width, fill, align);
  }
  let x = type === '%' ? finite(d.sign, d.coef, d.exp + 2) : d;
  let precision = m[9] === undefined ? null : Number(m[9]);
  if (precision !== null) {
    if (precision === 0 && 'gG'.includes(type)) precision = 1;
    if ('eE'.includes(type)) x = roundTo(x, precision + 1, c.rounding);
    else if ('fF%'.includes(type)) x = rescale(x, -precision, c.rounding);
    else if (digitsOf(x.coef) > precision) x = roundTo(x, precision, c.rounding);
  }
  if (isZero(x) && x.exp > 0 && 'fF%'.includes(type)) x = rescale(x, 0, c.rounding);
  const negative = x.sign === 1 && !(m[4] !== undefined && isZero(x));
  const digits = x.coef.toString();
  const left = x.exp + digits.length;
  let point = 1;
  if ('eE'.includes(type)) point = isZero(x) && precision !== null ? 1 - precision : 1;
  else if ('fF%'.includes(type) || (x.exp <= 0 && left > -6)) point = left;
  let whole: string;
  let fraction: string;
  if (point < 0) {
    whole = '0';
    fraction = '0'.repeat(-point) + digits;
  } else if (point > digits.length) {
    whole = digits + '0'.repeat(point - digits.length);
    fraction = '';
  } else {
    whole = digits.slice(0, point) || '0';
    fraction = digits.slice(point);
  }
  const e = left - point;
  const decimalPoint = localized ? style.point : '.';
  let tail = fraction !== '' || alternate ? decimalPoint + groupFraction(fraction, m[10] ?? '') : '';
  if (e !== 0 || 'eE'.includes(type)) tail += `${'EG'.includes(type) ? 'E' : 'e'}${e < 0 ? '' : '+'}${e}`;
  if (type === '%') tail += '%';
  const sign = negative ? '-' : plus;
  const room = fill === '0' && align === '=' ? width - [...tail].length - sign.length : 0;
  const grouped = localized
    ? groupByStyle(whole, style, Math.max(room, 0))
    : groupDigits(whole, m[8] ?? '', 3, Math.max(room, 0));
  return pad(sign, grouped + tail, width, fill, align);
}

function pad(sign: string, body: string, width: number, fill: string, align: string): string {
  const n = Math.max(0, width - sign.length - [...body].length);
  if (align === '=') return sign + fill.repeat(n) + body;
  const before = align === '>' ? n : align === '^' ? n >> 1 : 0;
  return fill.repeat(before) + sign + body + fill.repeat(n - before);
}
