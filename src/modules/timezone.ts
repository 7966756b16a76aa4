// Which local time is it?
//
// Invariant: the time zone is what TZ says, as POSIX has it ("EST5EDT,M3.2.0,M11.1.0") or as the name of a TZif file (RFC 9636), or else
// /etc/localtime; where the host has no such file, JavaScript's own.  Nothing is remembered that TZ and those files do not say.

import { host } from '../config/host_interface.js';

/** What is true of local time at one moment: seconds east of Greenwich, whether it is summer time, the name. */
export interface ZoneInfo {
  readonly offset: number;
  readonly dst: boolean;
  readonly name: string;
}

export interface Zone {
  at(seconds: number): ZoneInfo;
}

/** A calendar date and time, as struct tm has it (month 0 to 11, weekday 0 is Sunday, yearday 0 to 365). */
export interface CivilTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  weekday: number;
  yearday: number;
}

const DAY = 86400;

/** Days since 1970-01-01 of a date in the Gregorian calendar; the month may be outside of 0 to 11. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y0 = year + Math.floor(month / 12);
  const m = (((month % 12) + 12) % 12) + 1;
  const y = m <= 2 ? y0 - 1 : y0;
  const era = Math.floor(y / 400);
  const yoe = y - era * 400;
  const doy = Math.floor((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const doe = yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy;
  return era * 146097 + doe - 719468;
}

/** The calendar time of seconds since the epoch. */
export function civilTime(seconds: number): CivilTime {
  const days = Math.floor(seconds / DAY);
  const rest = seconds - days * DAY;
  const z = days + 719468;
  const era = Math.floor(z / 146097);
  const doe = z - era * 146097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36524) - Math.floor(doe / 146096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 2 : mp - 10;
  const year = yoe + era * 400 + (month <= 1 ? 1 : 0);
  return {
    year,
    month,
    day: doy - Math.floor((153 * mp + 2) / 5) + 1,
    hour: Math.floor(rest / 3600),
    minute: Math.floor(rest / 60) % 60,
    second: rest % 60,
    weekday: (((days + 4) % 7) + 7) % 7,
    yearday: days - daysFromCivil(year, 0, 1),
  };
}

// ---- POSIX rules ------------------------------------------------------------------------------------------------------------------------------

/** When in a year a change is: seconds from the year's start, in the local time before the change. */
type Rule = (year: number) => number;

class RuleZone implements Zone {
  private readonly std: ZoneInfo;
  private readonly summer: ZoneInfo | null;
  private readonly start: Rule;
  private readonly end: Rule;

  constructor(std: ZoneInfo, summer: ZoneInfo | null, start: Rule, end: Rule) {
    this.std = std;
    this.summer = summer;
    this.start = start;
    this.end = end;
  }

  at(seconds: number): ZoneInfo {
    const { std, summer } = this;
    if (summer === null) return std;
    const { year } = civilTime(seconds + std.offset);
    const base = daysFromCivil(year, 0, 1) * DAY;
    const from = base + this.start(year) - std.offset;
    const to = base + this.end(year) - summer.offset;
    const inside = from < to ? seconds >= from && seconds < to : seconds >= from || seconds < to;
    return inside ? summer : std;
  }
}

/** Reads a TZ rule; null if it is none. */
export function parseRule(text: string): Zone | null {
  const zone =
    /^(<[^>]+>|[A-Za-z]{3,})([+-]?\d{1,3}(?::\d{1,2}){0,2})(?:(<[^>]+>|[A-Za-z]{3,})([+-]?\d{1,3}(?::\d{1,2}){0,2})?(?:,(.*))?)?$/.exec(
      text,
    );
  if (zone === null) return null;
  const [, name, offset, summerName, summerOffset, rules] = zone;
  const plain = (s: string) => (s.startsWith('<') ? s.slice(1, -1) : s);
  const std = { offset: -clock(offset), dst: false, name: plain(name) };
  if (summerName === undefined)
    return new RuleZone(
      std,
      null,
      () => 0,
      () => 0,
    );
  const east = summerOffset === undefined ? std.offset + 3600 : -clock(summerOffset);
  const [start, end] = (rules || 'M3.2.0,M11.1.0').split(',').map(parseChange);
  if (start == null || end == null) return null;
  return new RuleZone(std, { offset: east, dst: true, name: plain(summerName) }, start, end);
}

/** "[+-]hh[:mm[:ss]]" in seconds. */
function clock(text: string): number {
  const [h, m = '0', s = '0'] = text.replace(/^[+-]/, '').split(':');
  const seconds = Number(h) * 3600 + Number(m) * 60 + Number(s);
  return text.startsWith('-') ? -seconds : seconds;
}

function parseChange(text: string): Rule | null {
  const [day, time = '2'] = text.split('/');
  if (!/^[+-]?\d{1,3}(:\d{1,2}){0,2}$/.test(time)) return null;
  const at = clock(time);
  const m = /^M(\d{1,2})\.(\d)\.(\d)$/.exec(day);
  if (m !== null) {
    const [month, week, weekday] = m.slice(1).map(Number);
    return (year) => {
      const first = daysFromCivil(year, month - 1, 1);
      const next = daysFromCivil(year, month, 1);
      let d = first + ((((weekday - (first + 4)) % 7) + 7) % 7) + 7 * (week - 1);
      while (d >= next) d -= 7;
      return (d - daysFromCivil(year, 0, 1)) * DAY + at;
    };
  }
  const j = /^(J?)(\d{1,3})$/.exec(day);
  if (j === null) return null;
  const n = Number(j[2]);
  if (j[1] === '') return () => n * DAY + at;
  // Jn does not count the 29th of February.
  return (year) =>
    (n - 1 + (n >= 60 && daysFromCivil(year, 2, 1) - daysFromCivil(year, 1, 1) === 29 ? 1 : 0)) * DAY + at;
}

// ---- TZif files -------------------------------------------------------------------------------------------------------------------------------

class FileZone implements Zone {
  private readonly times: readonly number[];
  private readonly kinds: readonly ZoneInfo[];
  private readonly first: ZoneInfo;
  private readonly after: Zone | null;

  constructor(times: readonly number[], kinds: readonly ZoneInfo[], first: ZoneInfo, after: Zone | null) {
    this.times = times;
    this.kinds = kinds;
    this.first = first;
    this.after = after;
  }

  at(seconds: number): ZoneInfo {
    const { times } = this;
    if (times.length === 0 || seconds < times[0]) {
      return times.length === 0 && this.after !== null ? this.after.at(seconds) : this.first;
    }
    if (seconds >= times[times.length - 1] && this.after !== null) return this.after.at(seconds);
    let low = 0;
    let high = times.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (times[middle] <= seconds) low = middle;
      else high = middle;
    }
    return this.kinds[low];
  }
}

/** Reads a TZif file; null if it is none. */
function parseFile(bytes: Uint8Array): Zone | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 44 || view.getUint32(0) !== 0x545a6966) return null;
  const counts = (at: number) => [20, 24, 28, 32, 36, 40].map((i) => view.getUint32(at + i));
  let at = 0;
  let wide = 4;
  if (bytes[4] >= 0x32) {
    const [isut, isstd, leap, timecnt, typecnt, charcnt] = counts(0);
    at = 44 + timecnt * 5 + typecnt * 6 + charcnt + leap * 8 + isstd + isut;
    wide = 8;
  }
  const [isut, isstd, leap, timecnt, typecnt, charcnt] = counts(at);
  let p = at + 44;
  const times: number[] = [];
  for (let i = 0; i < timecnt; i++, p += wide) times.push(wide === 8 ? Number(view.getBigInt64(p)) : view.getInt32(p));
  const indices = bytes.subarray(p, p + timecnt);
  p += timecnt;
  const names = p + typecnt * 6;
  const types: ZoneInfo[] = [];
  for (let i = 0; i < typecnt; i++, p += 6) {
    let name = '';
    for (let c = names + bytes[p + 5]; bytes[c] !== 0; c++) name += String.fromCharCode(bytes[c]);
    types.push({ offset: view.getInt32(p), dst: bytes[p + 4] !== 0, name });
  }
  p = names + charcnt + leap * (wide + 4) + isstd + isut;
  const footer = wide === 8 ? String.fromCharCode(...bytes.subarray(p + 1, bytes.length - 1)) : '';
  const kinds = Array.from(indices, (i) => types[i]);
  return types.length === 0
    ? null
    : new FileZone(times, kinds, types.find((t) => !t.dst) ?? types[0], parseRule(footer));
}

function readZone(path: string): Zone | null {
  const bytes = host.readFile(path);
  return typeof bytes === 'number' ? null : parseFile(bytes);
}

const UTC: Zone = { at: () => ({ offset: 0, dst: false, name: 'UTC' }) };

/** JavaScript's local time, for hosts without zone files. */
const SCRIPT_ZONE: Zone = {
  at(seconds) {
    const offset = -60 * new Date(seconds * 1000).getTimezoneOffset();
    const sign = offset < 0 ? '-' : '+';
    const minutes = Math.abs(offset) / 60;
    const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
    return {
      offset,
      dst: false,
      name: offset === 0 ? 'UTC' : `${sign}${two(minutes / 60)}${minutes % 60 ? two(minutes % 60) : ''}`,
    };
  },
};

let current: Zone | null = null;

/** Looks at TZ again (tzset). */
export function resetZone(): void {
  current = null;
}

/** The local time zone. */
export function localZone(): Zone {
  current ??= findZone(host.getenv('TZ'));
  return current;
}

function findZone(tz: string | undefined): Zone {
  if (tz === undefined) return readZone('/etc/localtime') ?? SCRIPT_ZONE;
  const name = tz.replace(/^:/, '');
  if (name === '') return UTC;
  const rule = tz.startsWith(':') ? null : parseRule(name);
  if (rule !== null) return rule;
  const file = readZone(name.startsWith('/') ? name : `/usr/share/zoneinfo/${name}`);
  if (file !== null) return file;
  const letters = /^[A-Za-z]{3,}/.exec(name)?.[0];
  return letters === undefined ? UTC : { at: () => ({ offset: 0, dst: false, name: letters }) };
}

/** mktime: the seconds since the epoch of a local calendar time, whose fields may be out of range; `isdst` negative: whichever it is. */
export function localSeconds(zone: Zone, naive: number, isdst: number): number {
  const offsets = [zone.at(naive - DAY), zone.at(naive + DAY)];
  const fits = offsets.map((z) => naive - z.offset).filter((t) => zone.at(t).offset === naive - t);
  if (isdst < 0) return fits.length > 0 ? fits[0] : naive - offsets[0].offset;
  const same = fits.find((t) => zone.at(t).dst === isdst > 0);
  if (same !== undefined) return same;
  // The time is given by a clock that is not in use then: the nearest period in which it was tells its offset.
  for (let delta = 601200; delta < 536454000; delta += 601200) {
    for (const t of [naive - delta, naive + delta]) {
      const z = zone.at(t);
      if (z.dst === isdst > 0) return naive - z.offset;
    }
  }
  return fits.length > 0 ? fits[0] : naive - offsets[0].offset;
}
