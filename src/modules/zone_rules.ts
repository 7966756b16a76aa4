// What does a zone's POSIX TZ string say, and when does it change the clock?
//
// Invariant: times are seconds since the epoch; "local" ones count the wall clock as if it were UTC.

export interface Rule {
  readonly std: { readonly abbr: string; readonly offset: number };
  /** null: no daylight saving time. */
  readonly dst: { readonly abbr: string; readonly offset: number } | null;
  readonly start: Change | null;
  readonly end: Change | null;
}

/** Mm.w.d (month, week, weekday), Jn (day without leap days, from 1) or n (day, from 0), and the local time in seconds. */
interface Change {
  readonly kind: 'M' | 'J' | 'D';
  readonly numbers: readonly number[];
  readonly time: number;
}

const ABBR = '[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>';
const OFFSET = '[+-]?\\d{1,3}(?::\\d{2}(?::\\d{2})?)?';
const WHOLE = new RegExp(`^(${ABBR})(${OFFSET})(?:(${ABBR})(${OFFSET})?,([^,]+),([^,]+))?$`);
const CHANGE = /^(?:M(\d{1,2})\.(\d)\.(\d)|(J)?(\d{1,3}))(?:\/([+-]?\d{1,3}(?::\d{2}(?::\d{2})?)?))?$/;

/** "hh:mm:ss" in seconds; NaN if it is out of range. */
function seconds(text: string, hours: number): number {
  const m = /^([+-]?)(\d+)(?::(\d\d))?(?::(\d\d))?$/.exec(text);
  if (m === null) return Number.NaN;
  const [h, min, s] = [Number(m[2]), Number(m[3] ?? 0), Number(m[4] ?? 0)];
  if (h > hours || min > 59 || s > 59) return Number.NaN;
  const total = h * 3600 + min * 60 + s;
  return m[1] === '-' ? -total : total;
}

function readChange(text: string): Change | null {
  const m = CHANGE.exec(text);
  if (m === null) return null;
  const time = m[6] === undefined ? 7200 : seconds(m[6], 167);
  if (time !== time) return null;
  if (m[1] !== undefined) {
    const [month, week, day] = [Number(m[1]), Number(m[2]), Number(m[3])];
    if (month < 1 || month > 12 || week < 1 || week > 5 || day > 6) return null;
    return { kind: 'M', numbers: [month, week, day], time };
  }
  const day = Number(m[5]);
  if (day > 365 || (m[4] !== undefined && day < 1)) return null;
  return { kind: m[4] === undefined ? 'D' : 'J', numbers: [day], time };
}

/** The rule, or null if the string is malformed. */
export function parseRule(text: string): Rule | null {
  const m = WHOLE.exec(text);
  if (m === null) return null;
  const name = (s: string) => s.replace(/^<|>$/g, '');
  const offset = -seconds(m[2], 24);
  if (offset !== offset) return null;
  const std = { abbr: name(m[1]), offset };
  if (m[3] === undefined) return { std, dst: null, start: null, end: null };
  const shifted = m[4] === undefined ? offset + 3600 : -seconds(m[4], 24);
  const start = readChange(m[5]);
  const end = readChange(m[6]);
  if (shifted !== shifted || start === null || end === null) return null;
  return { std, dst: { abbr: name(m[3]), offset: shifted }, start, end };
}

const DAY = 86400;

/** The local time of a change in a year. */
function changeIn(year: number, c: Change): number {
  const first = utc(year, 0, 1);
  if (c.kind === 'D') return first + c.numbers[0] * DAY + c.time;
  if (c.kind === 'J') {
    const leap = utc(year, 2, 1) - first === 60 * DAY;
    return first + (c.numbers[0] - 1 + (leap && c.numbers[0] > 59 ? 1 : 0)) * DAY + c.time;
  }
  const [month, week, weekday] = c.numbers;
  const start = utc(year, month - 1, 1);
  const days = (utc(year, month, 1) - start) / DAY;
  // 1970-01-01 was a Thursday.
  const firstWeekday = (((start / DAY + 4) % 7) + 7) % 7;
  let day = 1 + ((weekday - firstWeekday + 7) % 7) + (week - 1) * 7;
  if (day > days) day -= 7;
  return start + (day - 1) * DAY + c.time;
}

/** Midnight of a day; years below 100 are themselves. */
function utc(year: number, month: number, day: number): number {
  const d = new Date(0);
  d.setUTCFullYear(year, month, day);
  return d.getTime() / 1000;
}

/** Whether daylight saving time is in force at a local time. */
export function isDst(r: Rule, local: number, year: number, fold: number): boolean {
  if (r.dst === null || r.start === null || r.end === null) return false;
  let start = changeIn(year, r.start);
  let end = changeIn(year, r.end);
  const difference = r.dst.offset - r.std.offset;
  // Without fold the smaller offset begins at the end of the gap and ends at the end of the overlap; with fold, before both.
  if ((fold === 1) === difference >= 0) end -= difference;
  else start += difference;
  return start < end ? local >= start && local < end : !(local >= end && local < start);
}

/** Whether daylight saving time is in force at a time, and whether its local time comes for the second time. */
export function atUtc(r: Rule, time: number, year: number): { dst: boolean; fold: boolean } {
  if (r.dst === null || r.start === null || r.end === null) return { dst: false, fold: false };
  const start = changeIn(year, r.start) - r.std.offset;
  const end = changeIn(year, r.end) - r.dst.offset;
  const dst = start < end ? time >= start && time < end : !(time >= end && time < start);
  const difference = r.dst.offset - r.std.offset;
  const ambiguous = difference > 0 ? end : start;
  return { dst, fold: time >= ambiguous && time < ambiguous + Math.abs(difference) };
}
