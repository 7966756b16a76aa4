// What is `time`?  Invariant: clocks are the host's, in nanoseconds; calendar arithmetic and time zones are timezone.ts's.

import { EOVERFLOW } from '../config/errno.js';
import { host } from '../config/host_interface.js';
import { PyObject_Call } from '../object/call.js';
import { defineModule, fastcall, type MethodDef, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { PyLong_AsInt, PyLong_FromBigInt, PyLong_FromLong } from '../object/long.js';
import { PyModule_Add } from '../object/module_storage.js';
import { PyBool_FromLong, PyObject_GetAttrString } from '../object/object.js';
import { port } from '../object/ports.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_OverflowError, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { fromArray, PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { _PyNamespace_New } from '../types/namespace.js';
import { PyStructSequence_GetItem, structInstance, structType } from '../types/structseq.js';
import { none } from './io_common.js';
import { raiseErrno } from './os_error.js';
import { addConstants } from './posix.js';
import { nanoseconds, wholeSeconds } from './pytime.js';
import { PyErr_CheckSignals } from './signals.js';
import { DAYS, formatTime, MONTHS, type ZonedTime } from './strftime.js';
import { type CivilTime, civilTime, daysFromCivil, localSeconds, localZone, resetZone } from './timezone.js';
import { dictOf, tupleOf } from './values.js';

const struct_time = structType(
  'time.struct_time',
  `The time value as returned by gmtime(), localtime(), and strptime(), and
 accepted by asctime(), mktime() and strftime().  May be considered as a
 sequence of 9 integers.

 Note that several fields' values are not the same as those defined by
 the C language standard for struct tm.  For example, the value of the
 field tm_year is the actual year, not year - 1900.  See individual
 fields' descriptions for details.`,
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

// ---- clocks -------------------------------------------------------------------------------------------------------------------------------------

const seconds = (ns: bigint) => PyFloat_FromDouble(Number(ns) / 1e9);

interface Clock {
  readonly id: number;
  readonly ns: () => bigint;
}

const CLOCKS: readonly (Clock & { readonly name: string })[] = [
  { name: 'CLOCK_REALTIME', id: 0, ns: () => host.wallNs() },
  { name: 'CLOCK_MONOTONIC', id: 1, ns: () => host.monotonicNs() },
  { name: 'CLOCK_PROCESS_CPUTIME_ID', id: 2, ns: () => host.processCpuNs() },
  { name: 'CLOCK_THREAD_CPUTIME_ID', id: 3, ns: () => host.threadCpuNs() },
  { name: 'CLOCK_MONOTONIC_RAW', id: 4, ns: () => host.monotonicNs() },
  { name: 'CLOCK_BOOTTIME', id: 7, ns: () => host.monotonicNs() },
];

function withClock(answer: (clock: Clock) => Obj): (m: Obj, id: number) => Obj {
  return (_m, id) => {
    const clock = CLOCKS.find((c) => c.id === id);
    return clock === undefined ? raiseErrno(-22) : answer(clock);
  };
}

function time_get_clock_info(_m: Obj, nameObj: Obj): Obj {
  const name = asString(nameObj);
  const known = new Map<string, readonly [id: string, monotonic: boolean, adjustable: boolean]>([
    ['time', ['CLOCK_REALTIME', false, true]],
    ['monotonic', ['CLOCK_MONOTONIC', true, false]],
    ['perf_counter', ['CLOCK_MONOTONIC', true, false]],
    ['process_time', ['CLOCK_PROCESS_CPUTIME_ID', true, false]],
    ['thread_time', ['CLOCK_THREAD_CPUTIME_ID', true, false]],
  ]).get(name);
  if (known === undefined) return PyErr_SetString(PyExc_ValueError, 'unknown clock');
  const d = dictOf([
    ['implementation', PyUnicode_FromString(`clock_gettime(${known[0]})`)],
    ['monotonic', PyBool_FromLong(known[1] ? 1 : 0)],
    ['adjustable', PyBool_FromLong(known[2] ? 1 : 0)],
    ['resolution', PyFloat_FromDouble(1e-9)],
  ]);
  if (d === 0) return NULL;
  const r = _PyNamespace_New(d);
  decref(d);
  return r;
}

function time_sleep(_m: Obj, o: Obj): Obj {
  const ns = nanoseconds(o, 'ceiling');
  if (ns === null) return NULL;
  if (ns < 0n) return PyErr_SetString(PyExc_ValueError, 'sleep length must be non-negative');
  const end = host.monotonicNs() + ns;
  if (PyErr_CheckSignals() < 0) return NULL;
  for (let left = ns; ; left = end - host.monotonicNs()) {
    if (left < 0n) break;
    const r = host.sleep(Number(left));
    if (r === 0) break;
    // A handler may raise; else the rest is slept (PEP 475).
    if (PyErr_CheckSignals() < 0) return NULL;
  }
  return none();
}

// ---- calendar -----------------------------------------------------------------------------------------------------------------------------------

/** The struct_time of a calendar time: a new reference, or NULL. */
function structTime(t: CivilTime, isdst: number, zone: string, offset: number): Obj {
  return structInstance(struct_time, [
    PyLong_FromLong(t.year),
    PyLong_FromLong(t.month + 1),
    PyLong_FromLong(t.day),
    PyLong_FromLong(t.hour),
    PyLong_FromLong(t.minute),
    PyLong_FromLong(t.second),
    PyLong_FromLong((t.weekday + 6) % 7),
    PyLong_FromLong(t.yearday + 1),
    PyLong_FromLong(isdst),
    PyUnicode_FromString(zone),
    PyLong_FromLong(offset),
  ]);
}

/** The seconds that an optional argument means: NaN with an exception. */
function secondsArg(o: Obj): number {
  return o === Py_None ? Number(host.wallNs() / 1000000000n) : wholeSeconds(o, 'floor');
}

/** Whether the year fits a C int; else OSError. */
function fitting(s: number): boolean {
  if (s > -67768040609740800 && s < 67768036191676800) return true;
  raiseErrno(-EOVERFLOW);
  return false;
}

function time_gmtime(_m: Obj, o: Obj): Obj {
  const s = secondsArg(o);
  return Number.isNaN(s) || !fitting(s) ? NULL : structTime(civilTime(s), 0, 'GMT', 0);
}

function time_localtime(_m: Obj, o: Obj): Obj {
  const s = secondsArg(o);
  if (Number.isNaN(s) || !fitting(s)) return NULL;
  const z = localZone().at(s);
  return structTime(civilTime(s + z.offset), z.dst ? 1 : 0, z.name, z.offset);
}

/** What a time tuple says (gettmarg): null with an exception. */
function tupleTime(o: Obj, func: string): { t: CivilTime; isdst: number } | null {
  if (!PyTuple_Check(o)) {
    PyErr_SetString(PyExc_TypeError, 'Tuple or struct_time argument required');
    return null;
  }
  if (PyTuple_GET_SIZE(o) !== 9) {
    PyErr_SetString(PyExc_TypeError, `${func}(): illegal time tuple argument`);
    return null;
  }
  const n: number[] = [];
  for (let i = 0; i < 9; i++) {
    const v = PyLong_AsInt(PyTuple_GET_ITEM(o, i));
    if (v === -1 && PyErr_Occurred() !== 0) return null;
    n.push(v);
  }
  if (n[0] < -0x80000000 + 1900) {
    PyErr_SetString(PyExc_OverflowError, 'year out of range');
    return null;
  }
  const t = {
    year: n[0],
    month: n[1] - 1,
    day: n[2],
    hour: n[3],
    minute: n[4],
    second: n[5],
    weekday: (n[6] + 1) % 7,
    yearday: n[7] - 1,
  };
  return { t, isdst: n[8] };
}

/** Refuses fields out of range, and takes 0 for the first of month and day (checktm): false with ValueError. */
function checkRanges(t: CivilTime): boolean {
  if (t.month === -1) t.month = 0;
  if (t.day === 0) t.day = 1;
  if (t.yearday === -1) t.yearday = 0;
  const wrong =
    t.month < 0 || t.month > 11
      ? 'month out of range'
      : t.day < 0 || t.day > 31
        ? 'day of month out of range'
        : t.hour < 0 || t.hour > 23
          ? 'hour out of range'
          : t.minute < 0 || t.minute > 59
            ? 'minute out of range'
            : t.second < 0 || t.second > 61
              ? 'seconds out of range'
              : t.weekday < 0
                ? 'day of week out of range'
                : t.yearday < 0 || t.yearday > 365
                  ? 'day of year out of range'
                  : null;
  if (wrong === null) return true;
  PyErr_SetString(PyExc_ValueError, wrong);
  return false;
}

/** Seconds since the epoch as if the fields, which may be out of range, were UTC. */
function naiveSeconds(t: CivilTime): number {
  return daysFromCivil(t.year, t.month, 1) * 86400 + (t.day - 1) * 86400 + t.hour * 3600 + t.minute * 60 + t.second;
}

function time_mktime(_m: Obj, o: Obj): Obj {
  const given = tupleTime(o, 'mktime');
  if (given === null) return NULL;
  const s = localSeconds(localZone(), naiveSeconds(given.t), given.isdst);
  if (civilTime(s + localZone().at(s).offset).year > 0x7fffffff + 1900) {
    return PyErr_SetString(PyExc_OverflowError, 'mktime argument out of range');
  }
  return PyFloat_FromDouble(s);
}

/** The time tuple that an optional argument is, or now: a new reference, or NULL. */
function tupleOrNow(m: Obj, o: Obj): Obj {
  return o === 0 ? time_localtime(m, Py_None) : newref(o);
}

function time_strftime(m: Obj, formatObj: Obj, tupleArg: Obj): Obj {
  const tuple = tupleOrNow(m, tupleArg);
  if (tuple === 0) return NULL;
  const given = tupleTime(tuple, 'strftime');
  if (given === null || !checkRanges(given.t)) {
    decref(tuple);
    return NULL;
  }
  const { t } = given;
  const isdst = Math.max(-1, Math.min(1, given.isdst));
  const zone = localZone();
  const at = () => localSeconds(zone, naiveSeconds(t), given.isdst);
  let name = '';
  let offset = 0;
  if (Py_TYPE(tuple) === struct_time) {
    const zoneObj = PyStructSequence_GetItem(tuple, 9);
    const offsetObj = PyStructSequence_GetItem(tuple, 10);
    if (PyUnicode_Check(zoneObj)) name = asString(zoneObj);
    if (offsetObj !== Py_None) {
      offset = PyLong_AsInt(offsetObj);
      if (offset === -1 && PyErr_Occurred() !== 0) {
        decref(tuple);
        return NULL;
      }
    }
    if (zoneObj === Py_None || offsetObj === Py_None) {
      const z = zone.at(at());
      if (zoneObj === Py_None) name = z.name;
      if (offsetObj === Py_None) offset = z.offset;
    }
  } else {
    const z = zone.at(at());
    name = isdst < 0 ? '' : z.name;
    offset = z.offset;
  }
  decref(tuple);
  const zoned: ZonedTime = { ...t, isdst, zone: name, offset, seconds: at };
  return PyUnicode_FromString(formatTime(asString(formatObj), zoned));
}

function asctime(t: CivilTime): Obj {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = DAYS[t.weekday].slice(0, 3);
  const month = MONTHS[t.month].slice(0, 3);
  return PyUnicode_FromString(
    `${day} ${month} ${String(t.day).padStart(2)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)} ${t.year}`,
  );
}

function time_asctime(m: Obj, o: Obj): Obj {
  const tuple = tupleOrNow(m, o);
  if (tuple === 0) return NULL;
  const given = tupleTime(tuple, 'asctime');
  decref(tuple);
  return given === null || !checkRanges(given.t) ? NULL : asctime(given.t);
}

function time_ctime(_m: Obj, o: Obj): Obj {
  const s = secondsArg(o);
  return Number.isNaN(s) || !fitting(s) ? NULL : asctime(civilTime(s + localZone().at(s).offset));
}

function time_strptime(_m: Obj, args: number, nargs: number): Obj {
  const module = port.importModule('_strptime');
  const f = module === 0 ? NULL : PyObject_GetAttrString(module, '_strptime_time');
  const tuple = f === 0 ? NULL : fromArray(args, nargs);
  const r = tuple === 0 ? NULL : PyObject_Call(f, tuple, NULL);
  xdecref(tuple);
  xdecref(f);
  xdecref(module);
  return r;
}

// ---- the zone's constants ---------------------------------------------------------------------------------------------------------------------

/** Sets timezone, altzone, daylight and tzname: 0, or -1. */
function addZone(m: Obj): number {
  const zone = localZone();
  const YEAR = (365 * 24 + 6) * 3600;
  const now = Math.floor(Number(host.wallNs() / 1000000000n) / YEAR) * YEAR;
  const january = zone.at(now);
  const july = zone.at(now + YEAR / 2);
  // In the south it is summer in January.
  const [std, alt] = january.offset > july.offset ? [july, january] : [january, july];
  if (PyModule_Add(m, 'timezone', PyLong_FromLong(-std.offset)) < 0) return -1;
  if (PyModule_Add(m, 'altzone', PyLong_FromLong(-alt.offset)) < 0) return -1;
  if (PyModule_Add(m, 'daylight', PyLong_FromLong(std.offset !== alt.offset ? 1 : 0)) < 0) return -1;
  return PyModule_Add(m, 'tzname', tupleOf([PyUnicode_FromString(std.name), PyUnicode_FromString(alt.name)]));
}

function time_tzset(m: Obj): Obj {
  resetZone();
  return addZone(m) < 0 ? NULL : none();
}

function clockPair(name: string, ns: () => bigint, doc: string): MethodDef[] {
  return [
    method(name, '!($module, /)', () => seconds(ns()), `${name}() -> float\n\n${doc}`),
    method(`${name}_ns`, '!($module, /)', () => PyLong_FromBigInt(ns()), `${name}_ns() -> int\n\n${doc}`),
  ];
}

defineModule({
  name: 'time',
  doc: 'This module provides various functions to manipulate time values.',
  functions: [
    ...clockPair('time', () => host.wallNs(), 'Return the current time since the Epoch.'),
    ...clockPair('monotonic', () => host.monotonicNs(), 'Monotonic clock, cannot go backward.'),
    ...clockPair('perf_counter', () => host.monotonicNs(), 'Performance counter for benchmarking.'),
    ...clockPair(
      'process_time',
      () => host.processCpuNs(),
      'Process time for profiling: sum of the kernel and user-space CPU time.',
    ),
    ...clockPair(
      'thread_time',
      () => host.threadCpuNs(),
      'Thread time for profiling: sum of the kernel and user-space CPU time.',
    ),
    method(
      'clock_gettime',
      '($module, clk_id: int, /)',
      withClock((c) => seconds(c.ns())),
    ),
    method(
      'clock_gettime_ns',
      '($module, clk_id: int, /)',
      withClock((c) => PyLong_FromBigInt(c.ns())),
    ),
    method(
      'clock_getres',
      '!($module, clk_id: int, /)',
      withClock(() => PyFloat_FromDouble(1e-9)),
    ),
    method(
      'sleep',
      '($module, object, /)',
      time_sleep,
      'sleep(seconds)\n\nDelay execution for a given number of seconds.',
    ),
    method('gmtime', '!($module, seconds=None, /)', time_gmtime),
    method('localtime', '!($module, seconds=None, /)', time_localtime),
    method('mktime', '!($module, tuple, /)', time_mktime),
    method('strftime', '!($module, format: str, tuple=<unrepresentable>, /)', time_strftime),
    method('asctime', '!($module, tuple=<unrepresentable>, /)', time_asctime),
    method('ctime', '!($module, seconds=None, /)', time_ctime),
    fastcall('strptime', null, time_strptime),
    method('tzset', '!($module, /)', time_tzset),
    method('get_clock_info', '!($module, name: str, /)', time_get_clock_info),
  ],
  types: [struct_time],
  exec: (m) => {
    resetZone();
    if (addZone(m) < 0) return -1;
    if (addConstants(m, `_STRUCT_TM_ITEMS 11 ${CLOCKS.map((c) => `${c.name} ${c.id}`).join(' ')}`) < 0) return -1;
    return 0;
  },
});
