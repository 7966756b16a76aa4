// What time is it?
//
// Invariant: times are nanoseconds until the last moment; calendar fields are computed, not asked of a locale: the local zone is that of TZ or of the
// host, by JavaScript's own time zone data.

import { host } from '../config/host_interface.js';
import { PyObject_CallFunctionObjArgs } from '../object/call.js';
import { PyObject_GetAttrString } from '../object/object.js';
import { port } from '../object/ports.js';
import { defineModule, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString, typeName } from '../object/errors.js';
import { PyFloat_AsDouble, PyFloat_Check, PyFloat_FromDouble } from '../object/float.js';
import { decref, newref } from '../object/header.js';
import { asSafeInteger, PyLong_Check, PyLong_FromBigInt, PyLong_FromLong } from '../object/long.js';
import { PyModule_Add, PyModule_AddObjectRef } from '../object/module_storage.js';
import { PyNumber_Index, PyIndex_Check } from '../object/number.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_OverflowError, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { _PyNamespace_New } from '../types/namespace.js';
import { structInstance, structType } from '../types/structseq.js';
import { PyErr_CheckSignals } from './signals.js';
import { dictOf, toPython } from './values.js';

const none = (): Obj => newref(Py_None);
const float = PyFloat_FromDouble;
const seconds = (ns: bigint): Obj => float(Number(ns) / 1e9);

const struct_time = structType(
  'time.struct_time',
  'The time value as returned by gmtime(), localtime(), and strptime(), and\naccepted by asctime(), mktime() and strftime().  May be considered as a\nsequence of 9 integers.',
  [
    ['tm_year', 'year, for example, 1993'],
    ['tm_mon', 'month of year, range [1, 12]'],
    ['tm_mday', 'day of month, range [1, 31]'],
    ['tm_hour', 'hours, range [0, 23]'],
    ['tm_min', 'minutes, range [0, 59]'],
    ['tm_sec', 'seconds, range [0, 61])'],
    ['tm_wday', 'day of week, range [0, 6], Monday is 0'],
    ['tm_yday', 'day of year, range [1, 366]'],
    ['tm_isdst', '1 if summer time is in effect, 0 if not, and -1 if unknown'],
    ['tm_zone', 'abbreviation of timezone name'],
    ['tm_gmtoff', 'offset from UTC in seconds'],
  ],
  9,
);

/** Calendar fields: month 1–12, Monday 0. */
interface Fields {
  year: number;
  mon: number;
  mday: number;
  hour: number;
  min: number;
  sec: number;
  wday: number;
  yday: number;
  isdst: number;
  zone: string | null;
  gmtoff: number | null;
}

const DAY = 86400;

function utcFields(t: number): Fields {
  const d = new Date(t * 1000);
  const year = d.getUTCFullYear();
  const jan1 = new Date(0);
  jan1.setUTCFullYear(year, 0, 1);
  return {
    year,
    mon: d.getUTCMonth() + 1,
    mday: d.getUTCDate(),
    hour: d.getUTCHours(),
    min: d.getUTCMinutes(),
    sec: d.getUTCSeconds(),
    wday: (d.getUTCDay() + 6) % 7,
    yday: Math.floor((t - jan1.getTime() / 1000) / DAY) + 1,
    isdst: 0,
    zone: 'UTC',
    gmtoff: 0,
  };
}

/** The zone that TZ names, or the host's. */
function zoneName(): string {
  const tz = host.getenv('TZ')?.replace(/^:/, '');
  if (tz) {
    try {
      return new Intl.DateTimeFormat('en-US', { timeZone: tz }).resolvedOptions().timeZone;
    } catch {
      return 'UTC';
    }
  }
  return new Intl.DateTimeFormat('en-US').resolvedOptions().timeZone;
}

let formatter: Intl.DateTimeFormat | null = null;
let zone = '';

function useZone(): void {
  const name = zoneName();
  if (formatter !== null && name === zone) return;
  zone = name;
  formatter = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', era: 'short' });
}

/** Seconds east of UTC at a time. */
function offsetAt(t: number): number {
  useZone();
  if (zone === 'UTC') return 0;
  const parts: Record<string, string> = {};
  for (const p of (formatter as Intl.DateTimeFormat).formatToParts(t * 1000)) parts[p.type] = p.value;
  const d = new Date(0);
  d.setUTCFullYear(parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year), Number(parts.month) - 1, Number(parts.day));
  d.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second));
  return Math.round(d.getTime() / 1000 - Math.floor(t));
}

function zoneShort(t: number): string {
  if (zone === 'UTC') return 'UTC';
  const part = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'short' }).formatToParts(t * 1000).find((p) => p.type === 'timeZoneName');
  return part?.value ?? zone;
}

/** Standard and summer offsets of this year: [standard, other]. */
function yearOffsets(t: number): [number, number] {
  const year = new Date(t * 1000).getUTCFullYear();
  const jan = offsetAt(Date.UTC(year, 0, 1) / 1000);
  const jul = offsetAt(Date.UTC(year, 6, 1) / 1000);
  return jan <= jul ? [jan, jul] : [jul, jan];
}

function localFields(t: number): Fields {
  const off = offsetAt(t);
  const f = utcFields(t + off);
  const [standard, summer] = yearOffsets(t);
  return { ...f, isdst: standard !== summer && off === summer ? 1 : 0, zone: zoneShort(t), gmtoff: off };
}

function fieldsObject(f: Fields): Obj {
  return structInstance(struct_time, [...[f.year, f.mon, f.mday, f.hour, f.min, f.sec, f.wday, f.yday, f.isdst].map(toPython), f.zone === null ? none() : PyUnicode_FromString(f.zone), f.gmtoff === null ? none() : toPython(f.gmtoff)]);
}

/** A time argument (None or absent: now) as whole seconds; null with an exception. */
function timeArg(o: Obj): number | null {
  if (o === 0 || o === Py_None) return Math.floor(Number(host.wallNs() / 1000000n) / 1000);
  let t: number;
  if (PyFloat_Check(o)) {
    t = Math.floor(PyFloat_AsDouble(o));
    if (Number.isNaN(t)) {
      PyErr_SetString(PyExc_ValueError, 'Invalid value NaN (not a number)');
      return null;
    }
  } else {
    const i = PyNumber_Index(o);
    if (i === 0) return null;
    t = asSafeInteger(i);
    decref(i);
  }
  if (!Number.isFinite(t) || Math.abs(t) > 8.64e12) {
    PyErr_SetString(PyExc_OverflowError, 'timestamp out of range for platform time_t');
    return null;
  }
  return t;
}

const broken = (f: (t: number) => Fields) => (_m: Obj, o: Obj): Obj => {
  const t = timeArg(o);
  return t === null ? NULL : fieldsObject(f(t));
};

/** The nine fields of a tuple; null with an exception. */
function fieldsOf(o: Obj, name: string): Fields | null {
  if (!PyTuple_Check(o)) {
    PyErr_SetString(PyExc_TypeError, 'Tuple or struct_time argument required');
    return null;
  }
  if (PyTuple_GET_SIZE(o) !== 9) {
    PyErr_SetString(PyExc_TypeError, `${name}(): illegal time tuple argument`);
    return null;
  }
  const n: number[] = [];
  for (let i = 0; i < 9; i++) {
    const v = PyTuple_GET_ITEM(o, i);
    if (!PyLong_Check(v)) {
      PyErr_SetString(PyExc_TypeError, `'${typeName(v)}' object cannot be interpreted as an integer`);
      return null;
    }
    n.push(asSafeInteger(v));
  }
  return { year: n[0], mon: n[1], mday: n[2], hour: n[3], min: n[4], sec: n[5], wday: n[6], yday: n[7], isdst: n[8], zone: null, gmtoff: null };
}

/** Bounds of the fields, as CPython checks them: true, or false with ValueError; a 0 in month, day, day of year means 1. */
function checkFields(f: Fields): boolean {
  const bad = (m: string): false => {
    PyErr_SetString(PyExc_ValueError, m);
    return false;
  };
  if (f.mon === 0) f.mon = 1;
  if (f.mday === 0) f.mday = 1;
  if (f.yday === 0) f.yday = 1;
  if (f.mon < 1 || f.mon > 12) return bad('month out of range');
  if (f.mday < 1 || f.mday > 31) return bad('day of month out of range');
  if (f.hour < 0 || f.hour > 23) return bad('hour out of range');
  if (f.min < 0 || f.min > 59) return bad('minute out of range');
  if (f.sec < 0 || f.sec > 61) return bad('seconds out of range');
  if (f.wday < -1) return bad('day of week out of range');
  if (f.yday < 1 || f.yday > 366) return bad('day of year out of range');
  f.wday = (f.wday + 7) % 7;
  return true;
}

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const p2 = (n: number): string => String(n).padStart(2, '0');
const short = (s: string): string => s.slice(0, 3);

function asctime(_m: Obj, o: Obj): Obj {
  const f = o === 0 ? localFields(timeArg(NULL) as number) : fieldsOf(o, 'asctime');
  if (f === null || (o !== 0 && !checkFields(f))) return NULL;
  return PyUnicode_FromString(ascText(f));
}

function ascText(f: Fields): string {
  return `${short(DAYS[f.wday])} ${short(MONTHS[f.mon - 1])} ${String(f.mday).padStart(2)} ${p2(f.hour)}:${p2(f.min)}:${p2(f.sec)} ${f.year}`;
}

function ctime(_m: Obj, o: Obj): Obj {
  const t = timeArg(o);
  return t === null ? NULL : PyUnicode_FromString(ascText(localFields(t)));
}

/** ISO 8601 week: [year, week]. */
function isoWeek(f: Fields): [number, number] {
  const leap = (y: number): boolean => (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0;
  const week = Math.floor((f.yday - 1 - f.wday + 10) / 7);
  const weeks = (y: number): number => {
    const jan1 = new Date(0);
    jan1.setUTCFullYear(y, 0, 1);
    const wd = (jan1.getUTCDay() + 6) % 7;
    return wd === 3 || (wd === 2 && leap(y)) ? 53 : 52;
  };
  if (week < 1) return [f.year - 1, weeks(f.year - 1)];
  if (week > weeks(f.year)) return [f.year + 1, 1];
  return [f.year, week];
}

/** One conversion of strftime in the C locale. */
function conversion(c: string, f: Fields): string {
  switch (c) {
    case 'a':
      return short(DAYS[f.wday]);
    case 'A':
      return DAYS[f.wday];
    case 'b':
    case 'h':
      return short(MONTHS[f.mon - 1]);
    case 'B':
      return MONTHS[f.mon - 1];
    case 'c':
      return ascText(f);
    case 'C':
      return p2(Math.floor(f.year / 100));
    case 'd':
      return p2(f.mday);
    case 'D':
    case 'x':
      return `${p2(f.mon)}/${p2(f.mday)}/${p2(((f.year % 100) + 100) % 100)}`;
    case 'e':
      return String(f.mday).padStart(2);
    case 'F':
      return `${f.year}-${p2(f.mon)}-${p2(f.mday)}`;
    case 'g':
      return p2(isoWeek(f)[0] % 100);
    case 'G':
      return String(isoWeek(f)[0]);
    case 'H':
      return p2(f.hour);
    case 'I':
      return p2(f.hour % 12 || 12);
    case 'j':
      return String(f.yday).padStart(3, '0');
    case 'k':
      return String(f.hour).padStart(2);
    case 'l':
      return String(f.hour % 12 || 12).padStart(2);
    case 'm':
      return p2(f.mon);
    case 'M':
      return p2(f.min);
    case 'n':
      return '\n';
    case 'p':
      return f.hour < 12 ? 'AM' : 'PM';
    case 'P':
      return f.hour < 12 ? 'am' : 'pm';
    case 'r':
      return `${p2(f.hour % 12 || 12)}:${p2(f.min)}:${p2(f.sec)} ${f.hour < 12 ? 'AM' : 'PM'}`;
    case 'R':
      return `${p2(f.hour)}:${p2(f.min)}`;
    case 's':
      return String(mktimeOf(f));
    case 'S':
      return p2(f.sec);
    case 't':
      return '\t';
    case 'T':
    case 'X':
      return `${p2(f.hour)}:${p2(f.min)}:${p2(f.sec)}`;
    case 'u':
      return String(f.wday + 1);
    case 'U':
      return p2(Math.floor((f.yday + 6 - ((f.wday + 1) % 7)) / 7));
    case 'V':
      return p2(isoWeek(f)[1]);
    case 'w':
      return String((f.wday + 1) % 7);
    case 'W':
      return p2(Math.floor((f.yday + 6 - f.wday) / 7));
    case 'y':
      return p2(((f.year % 100) + 100) % 100);
    case 'Y':
      return String(f.year);
    case 'z': {
      const off = f.gmtoff ?? offsetAt(mktimeOf(f));
      const a = Math.abs(off);
      return `${off < 0 ? '-' : '+'}${p2(Math.floor(a / 3600))}${p2(Math.floor(a / 60) % 60)}`;
    }
    case 'Z':
      return f.zone ?? zoneShort(mktimeOf(f));
    case '%':
      return '%';
    default:
      return `%${c}`;
  }
}

function strftime(_m: Obj, format: Obj, tuple: Obj): Obj {
  const f = tuple === 0 ? localFields(timeArg(NULL) as number) : fieldsOf(tuple, 'strftime');
  if (f === null || !checkFields(f)) return NULL;
  const text = asString(format).replace(/%[-_0^#]?[EO]?([a-zA-Z%])/g, (_, c: string) => conversion(c, f));
  return PyUnicode_FromString(text);
}

/** Seconds since the epoch of local fields. */
function mktimeOf(f: Fields): number {
  const d = new Date(0);
  d.setUTCFullYear(f.year, f.mon - 1, f.mday);
  d.setUTCHours(f.hour, f.min, f.sec);
  const local = d.getTime() / 1000;
  let t = local - offsetAt(local);
  t = local - offsetAt(t);
  return t;
}

function mktime(_m: Obj, tuple: Obj): Obj {
  const f = fieldsOf(tuple, 'mktime');
  if (f === null) return NULL;
  let t = mktimeOf(f);
  const [standard, summer] = yearOffsets(t);
  if (standard !== summer && f.isdst >= 0) {
    const now = offsetAt(t);
    if (f.isdst > 0 && now === standard) t -= summer - standard;
    else if (f.isdst === 0 && now === summer) t += summer - standard;
  }
  if (!Number.isFinite(t)) return PyErr_SetString(PyExc_OverflowError, 'mktime argument out of range');
  return float(t);
}

function sleep(_m: Obj, duration: Obj): Obj {
  let ns: number;
  if (PyFloat_Check(duration)) {
    const s = PyFloat_AsDouble(duration);
    if (Number.isNaN(s)) return PyErr_SetString(PyExc_ValueError, 'Invalid value NaN (not a number)');
    ns = Math.ceil(s * 1e9);
  } else if (PyIndex_Check(duration)) {
    const i = PyNumber_Index(duration);
    if (i === 0) return NULL;
    ns = asSafeInteger(i) * 1e9;
    decref(i);
  } else {
    ns = PyFloat_AsDouble(duration) * 1e9;
    if (PyErr_Occurred() !== 0) return NULL;
  }
  if (ns < 0) return PyErr_SetString(PyExc_ValueError, 'sleep length must be non-negative');
  if (!(ns < 9.3e18)) return PyErr_SetString(PyExc_OverflowError, 'timestamp too large to convert to C PyTime_t');
  const end = host.monotonicNs() + BigInt(ns);
  for (let left = ns; ; ) {
    const rest = host.sleep(left);
    if (PyErr_CheckSignals() < 0) return NULL;
    if (rest <= 0) return none();
    left = Number(end - host.monotonicNs());
    if (left <= 0) return none();
  }
}

const CLOCKS: Record<string, [string, boolean, boolean]> = {
  time: ['clock_gettime(CLOCK_REALTIME)', false, true],
  monotonic: ['clock_gettime(CLOCK_MONOTONIC)', true, false],
  perf_counter: ['clock_gettime(CLOCK_MONOTONIC)', true, false],
  process_time: ['clock_gettime(CLOCK_PROCESS_CPUTIME_ID)', true, false],
  thread_time: ['clock_gettime(CLOCK_THREAD_CPUTIME_ID)', true, false],
};

function get_clock_info(_m: Obj, name: Obj): Obj {
  const info = CLOCKS[asString(name)];
  if (info === undefined) return PyErr_SetString(PyExc_ValueError, 'unknown clock');
  const fields = dictOf([
    ['implementation', PyUnicode_FromString(info[0])],
    ['monotonic', toPython(info[1])],
    ['adjustable', toPython(info[2])],
    ['resolution', float(1e-9)],
  ]);
  if (fields === 0) return NULL;
  const ns = _PyNamespace_New(fields);
  decref(fields);
  return ns;
}

/** tzname, timezone, altzone, daylight: 0, or -1. */
function setZone(m: Obj): number {
  formatter = null;
  useZone();
  const now = Number(host.wallNs() / 1000000000n);
  const [standard, summer] = yearOffsets(now);
  const year = new Date(now * 1000).getUTCFullYear();
  const when = (off: number): number => [0, 6].map((mon) => Date.UTC(year, mon, 1) / 1000).find((t) => offsetAt(t) === off) ?? now;
  const names = [zoneShort(when(standard)), zoneShort(when(summer))];
  if (PyModule_Add(m, 'timezone', PyLong_FromLong(-standard)) < 0 || PyModule_Add(m, 'altzone', PyLong_FromLong(-summer)) < 0) return -1;
  if (PyModule_Add(m, 'daylight', PyLong_FromLong(standard !== summer ? 1 : 0)) < 0) return -1;
  return PyModule_Add(m, 'tzname', toPython(names));
}

const CLOCK_IDS: Record<string, number> = { CLOCK_REALTIME: 0, CLOCK_MONOTONIC: 1, CLOCK_PROCESS_CPUTIME_ID: 2, CLOCK_THREAD_CPUTIME_ID: 3, CLOCK_MONOTONIC_RAW: 4, CLOCK_BOOTTIME: 7 };

function clockNs(id: number): bigint | null {
  if (id === 0) return host.wallNs();
  if (id === 1 || id === 4 || id === 7) return host.monotonicNs();
  if (id === 2) return host.processCpuNs();
  if (id === 3) return host.threadCpuNs();
  PyErr_SetString(PyExc_ValueError, 'invalid clock id');
  return null;
}

const clock = (ns: () => bigint) => [() => seconds(ns()), () => PyLong_FromBigInt(ns())] as const;
const [time, time_ns] = clock(() => host.wallNs());
const [monotonic, monotonic_ns] = clock(() => host.monotonicNs());
const [process_time, process_time_ns] = clock(() => host.processCpuNs());
const [thread_time, thread_time_ns] = clock(() => host.threadCpuNs());

defineModule({
  name: 'time',
  doc: 'This module provides various functions to manipulate time values.',
  functions: [
    method('time', '($module, /)', time, 'Return the current time in seconds since the Epoch.'),
    method('time_ns', '($module, /)', time_ns, 'Return the current time in nanoseconds since the Epoch.'),
    method('monotonic', '($module, /)', monotonic, 'Monotonic clock, cannot go backward.'),
    method('monotonic_ns', '($module, /)', monotonic_ns, 'Monotonic clock, cannot go backward, as nanoseconds.'),
    method('perf_counter', '($module, /)', monotonic, 'Performance counter for benchmarking.'),
    method('perf_counter_ns', '($module, /)', monotonic_ns, 'Performance counter for benchmarking as nanoseconds.'),
    method('process_time', '($module, /)', process_time, 'Process time for profiling: sum of the kernel and user-space CPU time.'),
    method('process_time_ns', '($module, /)', process_time_ns, 'Process time for profiling as nanoseconds.'),
    method('thread_time', '($module, /)', thread_time, 'Thread time for profiling: sum of the kernel and user-space CPU time.'),
    method('thread_time_ns', '($module, /)', thread_time_ns, 'Thread time for profiling as nanoseconds.'),
    method('clock_gettime', '($module, clk_id: int, /)', (_m: Obj, id: number) => {
      const ns = clockNs(id);
      return ns === null ? NULL : seconds(ns);
    }, 'Return the time of the specified clock clk_id as a float.'),
    method('clock_gettime_ns', '($module, clk_id: int, /)', (_m: Obj, id: number) => {
      const ns = clockNs(id);
      return ns === null ? NULL : PyLong_FromBigInt(ns);
    }, 'Return the time of the specified clock clk_id as nanoseconds (int).'),
    method('clock_getres', '($module, clk_id: int, /)', (_m: Obj, id: number) => (clockNs(id) === null ? NULL : float(1e-9)), 'Return the resolution (precision) of the specified clock clk_id.'),
    method('sleep', '($module, seconds, /)', sleep, 'Delay execution for a given number of seconds.'),
    method('gmtime', '($module, seconds=None, /)', broken(utcFields), 'Convert seconds since the Epoch to a time tuple expressing UTC (a.k.a.\nGMT).'),
    method('localtime', '($module, seconds=None, /)', broken(localFields), 'Convert seconds since the Epoch to a time tuple expressing local time.'),
    method('asctime', '!($module, tuple=..., /)', asctime, 'Convert a time tuple to a string.'),
    method('ctime', '!($module, seconds=None, /)', ctime, 'Convert a time in seconds since the Epoch to a string in local time.'),
    method('mktime', '!($module, tuple, /)', mktime, 'Convert a time tuple in local time to seconds since the Epoch.'),
    method('strftime', '!($module, format: str, tuple=..., /)', strftime, 'Convert a time tuple to a string according to a format specification.'),
    method('strptime', '!($module, string, format=..., /)', (_m: Obj, s: Obj, f: Obj) => strptime(s, f), 'Parse a string to a time tuple according to a format specification.'),
    method('get_clock_info', '!($module, name: str, /)', get_clock_info, 'Get information of the specified clock.'),
    method('tzset', '($module, /)', () => (setZoneOfModule() < 0 ? NULL : none()), 'Initialize, or reinitialize, the local timezone to the value stored in os.environ["TZ"].'),
  ],
  exec: (m) => {
    for (const [name, id] of Object.entries(CLOCK_IDS)) if (PyModule_Add(m, name, PyLong_FromLong(id)) < 0) return -1;
    if (PyModule_AddObjectRef(m, 'struct_time', struct_time) < 0 || PyModule_Add(m, '_STRUCT_TM_ITEMS', PyLong_FromLong(11)) < 0) return -1;
    return setZone(m);
  },
});


function strptime(s: Obj, format: Obj): Obj {
  const m = port.importModule('_strptime');
  const f = m === 0 ? NULL : PyObject_GetAttrString(m, '_strptime_time');
  if (m !== 0) decref(m);
  if (f === 0) return NULL;
  const r = PyObject_CallFunctionObjArgs(f, s, format);
  decref(f);
  return r;
}

function setZoneOfModule(): number {
  const m = port.importModule('time');
  if (m === 0) return -1;
  const r = setZone(m);
  decref(m);
  return r;
}
