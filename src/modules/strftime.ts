// How is a calendar time written as text?  Invariant: the directives, flags and widths are those of glibc's strftime in the C locale.

import type { CivilTime } from './timezone.js';
import { daysFromCivil } from './timezone.js';

export interface ZonedTime extends CivilTime {
  readonly isdst: number;
  readonly zone: string;
  readonly offset: number;
  /** Seconds since the epoch, for %s. */
  readonly seconds: () => number;
}

export const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const name = (table: readonly string[], i: number, n?: number) => (table[i] ?? '?').slice(0, n);

/** ISO 8601 year and week. */
function isoWeek(t: CivilTime): { year: number; week: number } {
  const weeks = (year: number) => {
    const jan1 = (((daysFromCivil(year, 0, 1) + 3) % 7) + 7) % 7;
    const dec31 = (((daysFromCivil(year, 11, 31) + 3) % 7) + 7) % 7;
    return jan1 === 3 || dec31 === 3 ? 53 : 52;
  };
  const week = Math.floor((t.yearday - ((t.weekday + 6) % 7) + 10) / 7);
  if (week < 1) return { year: t.year - 1, week: weeks(t.year - 1) };
  return week > weeks(t.year) ? { year: t.year + 1, week: 1 } : { year: t.year, week };
}

const mod = (a: number, b: number) => ((a % b) + b) % b;

/** strftime(format, t) */
export function formatTime(format: string, t: ZonedTime): string {
  let out = '';
  for (let i = 0; i < format.length; i++) {
    if (format[i] !== '%') {
      out += format[i];
      continue;
    }
    const m = /^%([_\-0+^#]*)(\d*)[EO]?([\s\S]?)/.exec(format.slice(i)) as RegExpExecArray;
    const text = m[3] === '' ? null : directive(m[3], m[1], m[2], t);
    if (text === null) {
      // Not a directive: as it stands.
      out += m[0];
    } else out += text;
    i += m[0].length - 1;
  }
  return out;
}

function directive(c: string, flags: string, widthText: string, t: ZonedTime): string | null {
  const pad = [...flags].reverse().find((f) => f === '_' || f === '-' || f === '0' || f === '+') ?? '';
  const upper = flags.includes('^');
  const swap = flags.includes('#');
  const width = widthText === '' ? -1 : Number(widthText);
  const number = (n: number, digits: number, blank = false): string => {
    const text = String(Math.abs(n));
    const fill = pad === '_' ? ' ' : pad === '0' || pad === '+' ? '0' : blank ? ' ' : '0';
    const wide = pad === '-' ? 0 : width < 0 ? digits : Math.max(width, digits);
    const sign = n < 0 ? '-' : '';
    if (fill === ' ') return (sign + text).padStart(wide, ' ');
    return sign + text.padStart(wide - sign.length, '0');
  };
  const string = (s: string, swapped: (s: string) => string = (x) => x.toUpperCase()): string => {
    const cased = upper ? s.toUpperCase() : swap ? swapped(s) : s;
    return width < 0 ? cased : cased.padStart(width, pad === '0' || pad === '+' ? '0' : ' ');
  };
  const sub = (f: string): string => string(formatTime(f, t), (x) => x);
  const hour12 = t.hour % 12 === 0 ? 12 : t.hour % 12;
  switch (c) {
    case '%':
      return string('%');
    case 'n':
      return string('\n');
    case 't':
      return string('\t');
    case 'a':
      return string(name(DAYS, t.weekday, 3));
    case 'A':
      return string(name(DAYS, t.weekday));
    case 'b':
    case 'h':
      return string(name(MONTHS, t.month, 3));
    case 'B':
      return string(name(MONTHS, t.month));
    case 'c':
      return sub('%a %b %e %H:%M:%S %Y');
    case 'C':
      return number(Math.floor(t.year / 100), 2);
    case 'd':
      return number(t.day, 2);
    case 'D':
    case 'x':
      return sub('%m/%d/%y');
    case 'e':
      return number(t.day, 2, true);
    case 'F':
      return sub('%Y-%m-%d');
    case 'g':
      return number(mod(isoWeek(t).year, 100), 2);
    case 'G':
      return number(isoWeek(t).year, 1);
    case 'H':
      return number(t.hour, 2);
    case 'I':
      return number(hour12, 2);
    case 'j':
      return number(t.yearday + 1, 3);
    case 'k':
      return number(t.hour, 2, true);
    case 'l':
      return number(hour12, 2, true);
    case 'm':
      return number(t.month + 1, 2);
    case 'M':
      return number(t.minute, 2);
    case 'p':
      return string(t.hour >= 12 ? 'PM' : 'AM', (x) => x.toLowerCase());
    case 'P':
      return string(t.hour >= 12 ? 'pm' : 'am', (x) => x);
    case 'r':
      return sub('%I:%M:%S %p');
    case 'R':
      return sub('%H:%M');
    case 's':
      return number(t.seconds(), 1);
    case 'S':
      return number(t.second, 2);
    case 'T':
    case 'X':
      return sub('%H:%M:%S');
    case 'u':
      return number(((t.weekday + 6) % 7) + 1, 1);
    case 'U':
      return number(Math.floor((t.yearday - t.weekday + 7) / 7), 2);
    case 'V':
      return number(isoWeek(t).week, 2);
    case 'w':
      return number(t.weekday, 1);
    case 'W':
      return number(Math.floor((t.yearday - ((t.weekday + 6) % 7) + 7) / 7), 2);
    case 'y':
      return number(mod(t.year, 100), 2);
    case 'Y':
      return number(t.year, 1);
    case 'z': {
      const minutes = Math.floor(Math.abs(t.offset) / 60);
      const digits = String(Math.floor(minutes / 60) * 100 + (minutes % 60)).padStart(4, '0');
      return t.isdst < 0 ? '' : string(`${t.offset < 0 ? '-' : '+'}${digits}`);
    }
    case 'Z':
      return string(t.zone, (x) => x.toLowerCase());
    default:
      return null;
  }
}
