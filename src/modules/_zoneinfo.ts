// What is the module _zoneinfo?
//
// Invariant: ZoneInfo is a subclass of `datetime.tzinfo`, whichever that is, made when the module is imported.  An instance owns its key, the text for its
// repr, its offsets as tuples (utcoffset, dst, tzname), its TZ string, and a bytes object with the numbers that are searched:
//
//   count of transitions, index of the offset before them, index after them (-1: the TZ string), whether the offset is fixed      4 doubles
//   the transitions in UTC, in local time with fold=0, with fold=1                                                       3 × count doubles
//   for each the index of its offset                                                                                         count doubles
//   for each offset its seconds                                                                                                    doubles

import { H32, H8 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { bytesFromArray, PyBytes_AS_STRING } from '../object/bytes.js';
import {
  PyObject_Call,
  PyObject_CallFunctionObjArgs,
  PyObject_CallMethodNoArgs,
  PyObject_CallMethodObjArgs,
  PyObject_CallNoArgs,
  PyObject_CallOneArg,
} from '../object/call.js';
import { classMethod, defineModule, getset, method } from '../object/declare.js';
import { errMinus1, PyErr_Occurred, PyErr_SetString, reprText } from '../object/errors.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_IsInstance } from '../object/isinstance.js';
import { PyObject_GetIter, PyIter_Next } from '../object/iter.js';
import { PyList_GET_ITEM, PyList_GET_SIZE, PyList_Insert, PyList_New, PyList_SetSlice } from '../object/list.js';
import { PyLong_AsDouble, PyLong_AsLong, PyLong_FromLong } from '../object/long.js';
import { PyModule_AddObjectRef } from '../object/module_storage.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyNumber_Add } from '../object/number.js';
import {
  Py_EQ,
  PyObject_GetAttr,
  PyObject_GetAttrString,
  PyObject_IsTrue,
  PyObject_RichCompareBool,
  PyObject_SetAttrString,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import { PySequence_Tuple } from '../object/sequence.js';
import { parseSignature } from '../object/signature.js';
import { emptyTuple, Py_False, Py_None, Py_True, PyExc_TypeError, PyExc_ValueError } from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { ht_slots_offset, Py_TPFLAGS_BASETYPE } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { heapType, PyType_FromSpec } from '../types/type_spec.js';
import { PyImport_ImportModule } from '../vm/import.js';
import { none } from './io_common.js';
import { dictOf, tupleOf } from './values.js';
import { setOwned } from '../vm/sys_state.js';
import { lastName } from '../types/exceptions.js';
import { atUtc, isDst, parseRule, type Rule } from './zone_rules.js';

const zoneClass = ownedWord();
const timedeltaClass = ownedWord();
const datetimeClass = ownedWord();
/** The latest zones, the last used first: a list. */
const strongCache = ownedWord();
const STRONG = 8;

// The references of an instance.
const KEY = 0;
const FILE = 1;
const OFFSETS = 2;
const RULE = 3;
const NUMBERS = 4;
/** True if it came from the cache's key, so that it can be pickled by it. */
const CACHED = 5;

const field = (self: Obj, i: number): number => {
  const base = H32[zoneClass] as Obj;
  return (self + H32[(base + ht_slots_offset) >> 2] + 4 * i) >> 2;
};
const get = (self: Obj, i: number): Obj => H32[field(self, i)] as Obj;

const s_load_tzdata = ID('load_tzdata');
const s_load_data = ID('load_data');
const s_find_tzfile = ID('find_tzfile');
const s_close = ID('close');
const s_get = ID('get');
const s_setdefault = ID('setdefault');
const s_pop = ID('pop');
const s_clear = ID('clear');
const s__weak_cache = ID('_weak_cache');
const s_toordinal = ID('toordinal');
const s_tzinfo = ID('tzinfo');
const s_replace = ID('replace');

const rules = new Map<string, Rule>();

/** The rule of a TZ string that was accepted before. */
function ruleOf(self: Obj): Rule | null {
  const o = get(self, RULE);
  if (o === 0) return null;
  const text = asString(o);
  let r = rules.get(text);
  if (r === undefined) {
    r = parseRule(text) as Rule;
    rules.set(text, r);
  }
  return r;
}

// --- reading ----------------------------------------------------------------------------------------------------------------------

/** A sequence of Python numbers (bool, int) as numbers; null with an exception. */
function numbersOf(o: Obj): number[] | null {
  const t = PySequence_Tuple(o);
  if (t === 0) return null;
  const out: number[] = [];
  for (let i = 0; i < PyTuple_GET_SIZE(t); i++) {
    const n = PyLong_AsDouble(PyTuple_GET_ITEM(t, i));
    if (n === -1 && PyErr_Occurred() !== 0) {
      decref(t);
      return null;
    }
    out.push(n);
  }
  decref(t);
  return out;
}

/** How much of each offset is daylight saving time: found by comparing with what is in force before or after it. */
function dstOffsets(idx: readonly number[], utcoff: readonly number[], dst: readonly number[]): number[] {
  const out = utcoff.map(() => 0);
  const wanted = dst.filter((d) => d).length;
  let found = 0;
  for (let i = 1; i < idx.length && found < wanted; i++) {
    const at = idx[i];
    if (!dst[at] || out[at] !== 0) continue;
    let off = dst[idx[i - 1]] ? 0 : utcoff[at] - utcoff[idx[i - 1]];
    if (off === 0 && at < utcoff.length - 1 && i + 1 < idx.length) {
      if (dst[idx[i + 1]]) continue;
      off = utcoff[at] - utcoff[idx[i + 1]];
    }
    if (off !== 0) {
      found++;
      out[at] = off;
    }
  }
  // An hour where nothing tells.
  if (found < wanted) for (let i = 0; i < out.length; i++) if (out[i] === 0 && dst[i]) out[i] = 3600;
  return out;
}

/** datetime.timedelta(seconds=n): new, or NULL. */
function timedelta(n: number): Obj {
  const zero = PyLong_FromLong(0);
  const secs = PyLong_FromLong(n);
  const made = zero === 0 || secs === 0 ? NULL : PyObject_CallFunctionObjArgs(H32[timedeltaClass] as Obj, zero, secs);
  xdecref(zero);
  xdecref(secs);
  return made;
}

const offsetTuple = (utcoff: number, dst: number, abbr: Obj): Obj =>
  tupleOf([timedelta(utcoff), timedelta(dst), abbr === 0 ? NULL : newref(abbr)]);

/** Fills an instance from what zoneinfo._common.load_data gives: 0, or -1. */
function fill(self: Obj, loaded: Obj): number {
  const part = (i: number) => PyTuple_GET_ITEM(loaded, i);
  const idx = numbersOf(part(0));
  const utc = idx === null ? null : numbersOf(part(1));
  const utcoff = utc === null ? null : numbersOf(part(2));
  const dst = utcoff === null ? null : numbersOf(part(3));
  if (idx === null || utc === null || utcoff === null || dst === null) return -1;
  const abbreviations = PySequence_Tuple(part(4));
  if (abbreviations === 0) return -1;
  const dstoff = dstOffsets(idx, utcoff, dst);
  const offsets = utcoff.map((u, i) => offsetTuple(u, dstoff[i], PyTuple_GET_ITEM(abbreviations, i)));
  decref(abbreviations);
  let rule: Rule | null = null;
  const tz = part(5);
  const text = tz === Py_None ? '' : PyUnicode_Check(tz) ? asString(tz) : asBytesText(tz);
  if (text !== '') {
    rule = parseRule(text);
    if (rule === null) {
      for (const o of offsets) xdecref(o);
      return errMinus1(PyExc_ValueError, `Malformed TZ string: '${text}'`);
    }
    rules.set(text, rule);
    for (const [r, shift] of [
      [rule.std, 0],
      [rule.dst ?? rule.std, rule.dst === null ? 0 : rule.dst.offset - rule.std.offset],
    ] as const) {
      const abbr = PyUnicode_FromString(r.abbr);
      offsets.push(offsetTuple(r.offset, shift, abbr));
      xdecref(abbr);
    }
    H32[field(self, RULE)] = PyUnicode_FromString(text);
  } else if (utcoff.length === 0) {
    for (const o of offsets) xdecref(o);
    return errMinus1(PyExc_ValueError, 'No time zone information found.');
  }
  const before = Math.max(
    0,
    dst.findIndex((d) => !d),
  );
  const last = idx.length > 0 ? idx[idx.length - 1] : utcoff.length - 1;
  const simple = rule !== null && rule.dst === null;
  const after = rule !== null && !simple ? -1 : simple ? utcoff.length : last;
  const all = [...utcoff, rule?.std.offset ?? 0, rule?.dst?.offset ?? 0];
  const first = utcoff.length > 0 ? offsets[0] : NULL;
  const sameAsFirst =
    rule !== null &&
    first !== 0 &&
    rule.std.offset === utcoff[0] &&
    !dst[0] &&
    rule.std.abbr === asString(PyTuple_GET_ITEM(first, 2));
  const fixed = after >= 0 && utcoff.length <= 1 && (utcoff.length === 0 || after < utcoff.length || sameAsFirst);
  const [local0, local1] = localTimes(idx, utc, utcoff);
  const numbers = new Float64Array([
    utc.length,
    before,
    after,
    fixed ? 1 : 0,
    ...utc,
    ...local0,
    ...local1,
    ...idx,
    ...all,
  ]);
  H32[field(self, OFFSETS)] = tupleOf(offsets);
  if (get(self, OFFSETS) === 0) return -1;
  H32[field(self, NUMBERS)] = bytesFromArray(new Uint8Array(numbers.buffer));
  return get(self, NUMBERS) === 0 ? -1 : 0;
}

const asBytesText = (o: Obj): string => {
  const text = reprText(o);
  return text.startsWith("b'") ? text.slice(2, -1) : text;
};

/** The transitions as the wall clock shows them, for fold 0 and 1. */
function localTimes(idx: readonly number[], utc: readonly number[], utcoff: readonly number[]): [number[], number[]] {
  const out: [number[], number[]] = [[], []];
  for (let i = 0; i < utc.length; i++) {
    const a = utcoff[i === 0 ? 0 : idx[i - 1]];
    const b = utcoff[idx[i]];
    out[0].push(utc[i] + Math.max(a, b));
    out[1].push(utc[i] + Math.min(a, b));
  }
  return out;
}

/** The numbers of a zone, read from its bytes. */
function view(self: Obj): (i: number) => number {
  const data = new DataView(H8.buffer, H8.byteOffset + PyBytes_AS_STRING(get(self, NUMBERS)));
  return (i) => data.getFloat64(8 * i, true);
}

/** How many of the `n` sorted numbers from index `first` on are not greater than x. */
function bisect(at: (i: number) => number, first: number, n: number, x: number): number {
  let [low, high] = [0, n];
  while (low < high) {
    const mid = (low + high) >> 1;
    if (x < at(first + mid)) high = mid;
    else low = mid + 1;
  }
  return low;
}

const HEAD = 4;

// --- datetimes ----------------------------------------------------------------------------------------------------------------------

/** An int attribute, or NaN with an exception. */
function intAttr(o: Obj, name: string): number {
  const v = PyObject_GetAttrString(o, name);
  if (v === 0) return Number.NaN;
  const n = PyLong_AsLong(v);
  decref(v);
  return n === -1 && PyErr_Occurred() !== 0 ? Number.NaN : n;
}

const EPOCH_ORDINAL = 719163;

/** The wall clock of a datetime in seconds; NaN with an exception. */
function wallClock(dt: Obj): number {
  const ordinal = PyObject_CallMethodNoArgs(dt, idObj(s_toordinal));
  if (ordinal === 0) return Number.NaN;
  const days = PyLong_AsLong(ordinal);
  decref(ordinal);
  const [h, m, s] = ['hour', 'minute', 'second'].map((name) => intAttr(dt, name));
  return (days - EPOCH_ORDINAL) * 86400 + h * 3600 + m * 60 + s;
}

/** Index of the offset in force at a datetime; -1: none can be told; -2 with an exception. */
function offsetAt(self: Obj, dt: Obj): number {
  const at = view(self);
  const [n, before, after] = [at(0), at(1), at(2)];
  if (dt === Py_None) return at(3) === 1 ? after : -1;
  const r = PyObject_IsInstance(dt, H32[datetimeClass] as Obj);
  if (r <= 0) {
    if (r === 0) PyErr_SetString(PyExc_TypeError, 'fromutc: argument must be a datetime instance or None');
    return -2;
  }
  const fold = intAttr(dt, 'fold');
  const local = wallClock(dt);
  if (local !== local || fold !== fold) return -2;
  const first = HEAD + (fold === 1 ? 2 * n : n);
  if (n > 0 && local < at(first)) return before;
  if (n === 0 || local > at(first + n - 1)) {
    if (after >= 0) return after;
    const count = PyTuple_GET_SIZE(get(self, OFFSETS));
    return count - (isDst(ruleOf(self) as Rule, local, intAttr(dt, 'year'), fold) ? 1 : 2);
  }
  return at(HEAD + 3 * n + bisect(at, first, n, local) - 1);
}

/** utcoffset, dst and tzname are the parts of the offset in force. */
const partAt =
  (part: number) =>
  (self: Obj, dt: Obj): Obj => {
    const i = offsetAt(self, dt);
    if (i < 0) return i === -1 ? none() : NULL;
    return newref(PyTuple_GET_ITEM(PyTuple_GET_ITEM(get(self, OFFSETS), i), part));
  };

function fromutc(self: Obj, dt: Obj): Obj {
  const ok = PyObject_IsInstance(dt, H32[datetimeClass] as Obj);
  if (ok <= 0) return ok < 0 ? NULL : PyErr_SetString(PyExc_TypeError, 'fromutc: argument must be a datetime instance');
  const tz = PyObject_GetAttr(dt, idObj(s_tzinfo));
  if (tz === 0) return NULL;
  decref(tz);
  if (tz !== self) return PyErr_SetString(PyExc_ValueError, 'fromutc: dt.tzinfo is not self');
  const time = wallClock(dt);
  const year = intAttr(dt, 'year');
  if (time !== time || year !== year) return NULL;
  const at = view(self);
  const [n, before, after] = [at(0), at(1), at(2)];
  const offset = (i: number) => at(HEAD + 4 * n + i);
  const index = (i: number) => at(HEAD + 3 * n + i);
  let chosen = before;
  let fold = false;
  if (n > 0 && time < at(HEAD)) chosen = before;
  else if (after < 0 && (n === 0 || time > at(HEAD + n - 1))) {
    const r = atUtc(ruleOf(self) as Rule, time, year);
    chosen = PyTuple_GET_SIZE(get(self, OFFSETS)) - (r.dst ? 1 : 2);
    fold = r.fold;
  } else if (n === 0) chosen = after;
  else {
    const i = bisect(at, HEAD, n, time);
    const past = time > at(HEAD + n - 1);
    chosen = past ? after : index(i - 1);
    const previous = past ? index(n - 1) : i >= 2 ? index(i - 2) : before;
    fold = offset(previous) - offset(chosen) > time - at(HEAD + i - 1);
  }
  const sum = PyNumber_Add(dt, PyTuple_GET_ITEM(PyTuple_GET_ITEM(get(self, OFFSETS), chosen), 0));
  if (sum === 0 || !fold) return sum;
  return withFold(sum);
}

/** dt.replace(fold=1); `dt` is stolen.  New, or NULL. */
function withFold(dt: Obj): Obj {
  const replace = PyObject_GetAttr(dt, idObj(s_replace));
  decref(dt);
  if (replace === 0) return NULL;
  const kwargs = dictOf([['fold', PyLong_FromLong(1)]]);
  const made = kwargs === 0 ? NULL : PyObject_Call(replace, emptyTuple, kwargs);
  xdecref(kwargs);
  decref(replace);
  return made;
}

// --- making zones -----------------------------------------------------------------------------------------------------------------

/** A new instance of `type` from an open file, or NULL.  `key` may be None. */
function fromFile(type: Obj, file: Obj, key: Obj, cached: boolean): Obj {
  const common = PyImport_ImportModule('zoneinfo._common');
  const loaded = common === 0 ? NULL : PyObject_CallMethodObjArgs(common, idObj(s_load_data), file);
  xdecref(common);
  if (loaded === 0) return NULL;
  const tuple = PySequence_Tuple(loaded);
  decref(loaded);
  const self = tuple === 0 ? NULL : PyType_GenericAlloc(type, 0);
  if (self !== 0) {
    H32[field(self, KEY)] = newref(key);
    H32[field(self, CACHED)] = newref(cached ? Py_True : Py_False);
    if (fill(self, tuple) < 0) {
      decref(self);
      decref(tuple);
      return NULL;
    }
  }
  xdecref(tuple);
  return self;
}

/** A new zone read from the data base, or NULL. */
function fromKey(type: Obj, key: Obj, cached: boolean): Obj {
  const paths = PyImport_ImportModule('zoneinfo._tzpath');
  const path = paths === 0 ? NULL : PyObject_CallMethodObjArgs(paths, idObj(s_find_tzfile), key);
  xdecref(paths);
  if (path === 0) return NULL;
  let file: Obj;
  if (path === Py_None) {
    const common = PyImport_ImportModule('zoneinfo._common');
    file = common === 0 ? NULL : PyObject_CallMethodObjArgs(common, idObj(s_load_tzdata), key);
    xdecref(common);
  } else {
    const io = PyImport_ImportModule('io');
    const open = io === 0 ? NULL : PyObject_GetAttrString(io, 'open');
    const mode = PyUnicode_FromString('rb');
    file = open === 0 || mode === 0 ? NULL : PyObject_CallFunctionObjArgs(open, path, mode);
    for (const o of [io, open, mode]) xdecref(o);
  }
  decref(path);
  if (file === 0) return NULL;
  const zone = fromFile(type, file, key, cached);
  if (zone !== 0) {
    const name = reprText(file);
    H32[field(zone, FILE)] = PyUnicode_FromString(name);
  }
  const closed = zone === 0 ? NULL : PyObject_CallMethodNoArgs(file, idObj(s_close));
  decref(file);
  if (zone !== 0 && closed === 0) {
    decref(zone);
    return NULL;
  }
  xdecref(closed);
  return zone;
}

/** Puts a zone first in the list of those that are kept alive: 0, or -1. */
function keep(zone: Obj): number {
  const list = H32[strongCache] as Obj;
  for (let i = 0; i < PyList_GET_SIZE(list); i++) {
    if (PyList_GET_ITEM(list, i) !== zone) continue;
    if (i === 0) return 0;
    newref(zone);
    const r = PyList_SetSlice(list, i, i + 1, NULL) < 0 ? -1 : PyList_Insert(list, 0, zone);
    decref(zone);
    return r;
  }
  if (PyList_Insert(list, 0, zone) < 0) return -1;
  return PyList_GET_SIZE(list) > STRONG ? PyList_SetSlice(list, STRONG, PyList_GET_SIZE(list), NULL) : 0;
}

const NEW = parseSignature('ZoneInfo', '(key)');

function zone_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  return bindTuple(NEW, args, kwargs) ? cachedZone(type, bound[0] as Obj) : NULL;
}

function cachedZone(type: Obj, key: Obj): Obj {
  const cache = PyObject_GetAttr(type, idObj(s__weak_cache));
  if (cache === 0) return NULL;
  let zone = PyObject_CallMethodObjArgs(cache, idObj(s_get), key, Py_None);
  if (zone === Py_None) {
    decref(zone);
    const made = fromKey(type, key, true);
    zone = made === 0 ? NULL : PyObject_CallMethodObjArgs(cache, idObj(s_setdefault), key, made);
    xdecref(made);
  }
  decref(cache);
  if (zone !== 0 && type === H32[zoneClass] && keep(zone) < 0) {
    decref(zone);
    return NULL;
  }
  return zone;
}

function zone_from_file(type: Obj, file: Obj, key: Obj): Obj {
  const zone = fromFile(type, file, key, false);
  if (zone !== 0) H32[field(zone, FILE)] = PyUnicode_FromString(reprText(file));
  return zone;
}

function clear_cache(type: Obj, keys: Obj): Obj {
  const cache = PyObject_GetAttr(type, idObj(s__weak_cache));
  if (cache === 0) return NULL;
  const list = H32[strongCache] as Obj;
  const strong = type === H32[zoneClass];
  let r: Obj = NULL;
  if (keys === Py_None) {
    r = PyObject_CallMethodNoArgs(cache, idObj(s_clear));
    if (r !== 0 && strong && PyList_SetSlice(list, 0, PyList_GET_SIZE(list), NULL) < 0) {
      decref(r);
      r = NULL;
    }
  } else {
    const it = PyObject_GetIter(keys);
    for (let key = it === 0 ? NULL : PyIter_Next(it); key !== 0; key = PyIter_Next(it)) {
      const popped = PyObject_CallMethodObjArgs(cache, idObj(s_pop), key, Py_None);
      const failed = popped === 0 || (strong && forget(list, key) < 0);
      xdecref(popped);
      decref(key);
      if (failed) break;
    }
    xdecref(it);
    if (PyErr_Occurred() === 0) r = none();
  }
  decref(cache);
  return r;
}

/** Takes the zone of a key out of the list: 0, or -1. */
function forget(list: Obj, key: Obj): number {
  for (let i = 0; i < PyList_GET_SIZE(list); i++) {
    const same = PyObject_RichCompareBool(get(PyList_GET_ITEM(list, i), KEY), key, Py_EQ);
    if (same !== 0) return same < 0 ? -1 : PyList_SetSlice(list, i, i + 1, NULL);
  }
  return 0;
}

function newWeakCache(type: Obj): number {
  const weakref = PyImport_ImportModule('weakref');
  const factory = weakref === 0 ? NULL : PyObject_GetAttrString(weakref, 'WeakValueDictionary');
  const cache = factory === 0 ? NULL : PyObject_CallNoArgs(factory);
  const r = cache === 0 ? -1 : PyObject_SetAttrString(type, '_weak_cache', cache);
  for (const o of [weakref, factory, cache]) xdecref(o);
  return r;
}

function zone_reduce(self: Obj): Obj {
  if (get(self, KEY) === Py_None) return cannotPickle(self);
  const unpickle = PyObject_GetAttrString(Py_TYPE(self), '_unpickle');
  return tupleOf([unpickle, tupleOf([newref(get(self, KEY)), newref(get(self, CACHED))])]);
}

function cannotPickle(self: Obj): Obj {
  const pickle = PyImport_ImportModule('pickle');
  const error = pickle === 0 ? NULL : PyObject_GetAttrString(pickle, 'PicklingError');
  const from = get(self, FILE) === 0 ? 'a file stream' : `a file stream: ${asString(get(self, FILE))}`;
  if (error !== 0) PyErr_SetString(error, `Cannot pickle a ZoneInfo file from ${from}`);
  xdecref(pickle);
  xdecref(error);
  return NULL;
}

function unpickle(type: Obj, key: Obj, fromCache: Obj): Obj {
  const cached = PyObject_IsTrue(fromCache);
  if (cached < 0) return NULL;
  return cached ? PyObject_CallOneArg(type, key) : fromKey(type, key, false);
}

function zone_str(self: Obj): Obj {
  const key = get(self, KEY);
  return key === Py_None ? zone_repr(self) : newref(key);
}

function zone_repr(self: Obj): Obj {
  const type = Py_TYPE(self);
  const name = type === H32[zoneClass] ? 'zoneinfo.ZoneInfo' : lastName(type);
  const key = get(self, KEY);
  if (key !== Py_None) return PyUnicode_FromString(`${name}(key=${reprText(key)})`);
  return PyUnicode_FromString(`${name}.from_file(${get(self, FILE) === 0 ? '' : asString(get(self, FILE))})`);
}

const ZoneInfo = heapType({
  name: 'zoneinfo.ZoneInfo',
  flags: Py_TPFLAGS_BASETYPE,
  refs: 6,
  weakref: true,
  slots: { tp_new: zone_new, tp_repr: zone_repr, tp_str: zone_str },
  getset: [getset('key', (self: Obj) => newref(get(self, KEY)))],
  methods: [
    classMethod('clear_cache', '($type, /, *, only_keys=None)', clear_cache, 'Clear the ZoneInfo cache.'),
    classMethod(
      'no_cache',
      '($type, /, key)',
      (type: Obj, key: Obj) => fromKey(type, key, false),
      'Get a new instance of ZoneInfo, bypassing the cache.',
    ),
    classMethod(
      'from_file',
      '($type, file_obj, /, key=None)',
      zone_from_file,
      'Create a ZoneInfo file from a file object.',
    ),
    classMethod('_unpickle', '($type, key, from_cache, /)', unpickle),
    classMethod('__init_subclass__', '!($type, /, **kwargs)', (type: Obj) => (newWeakCache(type) < 0 ? NULL : none())),
    method(
      'utcoffset',
      '($self, dt, /)',
      partAt(0),
      'Retrieve a timedelta representing the UTC offset in a zone at the given datetime.',
    ),
    method(
      'dst',
      '($self, dt, /)',
      partAt(1),
      'Retrieve a timedelta representing the amount of DST applied in a zone at the given datetime.',
    ),
    method(
      'tzname',
      '($self, dt, /)',
      partAt(2),
      'Retrieve a string containing the abbreviation for the time zone that applies in a zone at a given datetime.',
    ),
    method(
      'fromutc',
      '($self, object, /)',
      fromutc,
      'Given a datetime with local time in UTC, retrieve an adjusted datetime in local time.',
    ),
    method('__reduce__', '($self, /)', zone_reduce, 'Function for serialization with the pickle protocol.'),
  ],
});

function zoneinfo_exec(m: Obj): number {
  const datetime = PyImport_ImportModule('datetime');
  if (datetime === 0) return -1;
  const tzinfo = PyObject_GetAttrString(datetime, 'tzinfo');
  for (const [w, name] of [
    [timedeltaClass, 'timedelta'],
    [datetimeClass, 'datetime'],
  ] as const) {
    const o = PyObject_GetAttrString(datetime, name);
    if (o !== 0) setOwned(w, o);
  }
  decref(datetime);
  if (tzinfo === 0) return -1;
  const cls = PyErr_Occurred() === 0 ? PyType_FromSpec(ZoneInfo, tzinfo) : NULL;
  decref(tzinfo);
  const list = cls === 0 ? NULL : PyList_New(0);
  if (list === 0) {
    xdecref(cls);
    return -1;
  }
  setOwned(zoneClass, cls);
  setOwned(strongCache, list);
  return newWeakCache(cls) < 0 ? -1 : PyModule_AddObjectRef(m, 'ZoneInfo', cls);
}

defineModule({ name: '_zoneinfo', doc: 'C implementation of the zoneinfo module', exec: zoneinfo_exec });
