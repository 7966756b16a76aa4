// What are patterns and matches?
//
// Invariant: a pattern holds its code as its items, checked against its own bounds when it is made; a match holds its marks as its items and owns the
// subject, so that groups are cut out of it on demand.

import { PyMemoryView_FromObject } from '../types/memoryview.js';
import { H32 } from '../memory/linear.js';
import { acquireBytes, rangeLength, rangeStart, releaseBytes, PyObject_CheckBuffer } from '../object/buffer.js';
import { PyBytes_FromStringAndSize } from '../object/bytes.js';
import { PyCallable_Check, PyObject_CallFunctionObjArgs, PyObject_CallOneArg } from '../object/call.js';
import { classMethod, defineModule, defineType, fastcall, getset, member, method } from '../object/declare.js';
import {
  dictKey,
  dictValue,
  PyDict_Check,
  PyDict_GetItemWithError,
  PyDict_New,
  PyDict_Next,
  PyDict_SetItem,
} from '../object/dict.js';
import {
  PyErr_Clear,
  PyErr_Occurred,
  PyErr_SetString,
  reprText,
  typeName,
  PyErr_ExceptionMatches,
} from '../object/errors.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { i32, layout, ref, weaklistField } from '../object/layout.js';
import { PyList_Append, PyList_Check, PyList_GET_ITEM, PyList_GET_SIZE, PyList_New } from '../object/list.js';
import {
  asSafeInteger,
  PyLong_Check,
  PyLong_FromLong,
  PyLong_AsUnsignedLong,
  PyLong_AsSsize_t,
} from '../object/long.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { PyModule_Add } from '../object/module_storage.js';
import { _PyObject_NewVar } from '../object/new_object.js';
import { PyIndex_Check, PyNumber_AsSsize_t } from '../object/number.js';
import { Py_EQ, Py_NE, PyBool_FromLong, PyObject_Hash, PyObject_RichCompareBool } from '../object/object.js';
import { port } from '../object/ports.js';
import { PyCallIter_New } from '../types/iterators.js';
import { PyDictProxy_New } from '../types/mappingproxy.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_None,
  Py_NotImplemented,
  PyExc_IndexError,
  PyExc_RecursionError,
  PyExc_RuntimeError,
  PyExc_TypeError,
  PyBytes_Type,
  staticType,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE } from '../object/tuple.js';
import { ob_size, Py_TPFLAGS_DISALLOW_INSTANTIATION, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import {
  asString,
  PyUnicode_Check,
  PyUnicode_CheckExact,
  PyUnicode_DATA,
  PyUnicode_FromString,
  PyUnicode_GET_LENGTH,
  PyUnicode_Join,
  PyUnicode_KIND,
  PyUnicode_Substring,
} from '../object/unicode.js';
import { asciiIsCased, lowerAscii, lowerUnicode, MatchState, TooDeep, unicodeIsCased } from './sre_engine.js';
import { toPython, tupleOf } from './values.js';

import { PyObject_GetAttr } from '../object/object.js';
import { PyObject_CallMethodOneArg } from '../object/call.js';
import { ID, idObj } from '../object/identifiers.js';
import { H8 } from '../memory/linear.js';
import { _PyObject_New } from '../object/new_object.js';
import { PyExc_ValueError } from '../object/statics.js';

const pattern_Type = staticType();
const match_Type = staticType();
const scanner_Type = staticType();
const template_Type = staticType();

const Pattern = layout(
  { groups: i32, groupindex: ref, indexgroup: ref, pattern: ref, flags: i32, isbytes: i32, weaklist: weaklistField },
  { items: 4 },
);
const CODE = Pattern.info.basicsize;
const Match = layout(
  { string: ref, regs: ref, pattern: ref, pos: i32, endpos: i32, lastindex: i32, groups: i32 },
  { items: 4 },
);
const MARKS = Match.info.basicsize;
/** `held` is a memoryview of a subject that is no str: as long as the scanner lives, the buffer may not be resized. */
const Scanner = layout({
  pattern: ref,
  string: ref,
  held: ref,
  next: i32,
  pos: i32,
  endpos: i32,
  advance: i32,
  executing: i32,
});
const Template = layout({ chunks: i32, literal: ref }, { items: 'refs' });
const TEMPLATE_ITEMS = Template.info.basicsize;

const at = (o: Obj, offset: number): Obj => H32[(o + offset) >> 2] as Obj;
const num = (o: Obj, offset: number): number => H32[(o + offset) >> 2];
const none = () => newref(Py_None);

const MAXREPEAT = 4294967295;
const MAXGROUPS = 0x3fffffff;
const MAGIC = 20230612;

// --- subjects -----------------------------------------------------------------------------------------------------------------

/** A subject opened for matching: `handle` keeps a buffer locked (0: a str). */
interface Subject {
  readonly data: number;
  readonly kind: number;
  readonly length: number;
  readonly handle: number;
}

/** Opens a str or bytes-like object for `pattern` (NULL: any); null with TypeError. */
function openSubject(string: Obj, pattern: Obj): Subject | null {
  const isBytes = pattern === 0 ? -1 : num(pattern, Pattern.isbytes);
  if (PyUnicode_Check(string)) {
    if (isBytes > 0) {
      PyErr_SetString(PyExc_TypeError, 'cannot use a bytes pattern on a string-like object');
      return null;
    }
    return {
      data: PyUnicode_DATA(string),
      kind: PyUnicode_KIND(string),
      length: PyUnicode_GET_LENGTH(string),
      handle: 0,
    };
  }
  const handle = acquireBytes(string);
  if (handle === 0) {
    PyErr_Clear();
    PyErr_SetString(PyExc_TypeError, `expected string or bytes-like object, got '${typeName(string)}'`);
    return null;
  }
  if (isBytes === 0) {
    releaseBytes(handle);
    PyErr_SetString(PyExc_TypeError, 'cannot use a string pattern on a bytes-like object');
    return null;
  }
  return { data: rangeStart, kind: 1, length: rangeLength, handle };
}

function closeSubject(s: Subject): void {
  if (s.handle !== 0) releaseBytes(s.handle);
}

function clip(pos: number, length: number): number {
  return pos < 0 ? 0 : pos > length ? length : pos;
}

function newState(pattern: Obj, s: Subject, pos: number, endpos: number): MatchState {
  const start = clip(pos, s.length);
  const end = clip(endpos, s.length);
  return new MatchState(s.data, s.kind, start, end, num(pattern, Pattern.groups));
}

/** Runs the matcher: true, false, or null with an exception. */
function run(pattern: Obj, state: MatchState, search: boolean): boolean | null {
  if (state.start > state.end) return false;
  const code = (pattern + CODE) >> 2;
  try {
    if (search) return state.search(code);
    state.reset();
    return state.match(code, state.start, true);
  } catch (e) {
    if (!(e instanceof TooDeep) && !(e instanceof RangeError)) throw e;
    PyErr_SetString(PyExc_RecursionError, 'maximum recursion depth exceeded in regular expression matching');
    return null;
  }
}

/** The part [start, end) of a subject: a new str or bytes. */
function slice(string: Obj, start: number, end: number): Obj {
  if (PyUnicode_CheckExact(string)) return PyUnicode_Substring(string, start, end);
  if (PyUnicode_Check(string)) return PyUnicode_Substring(string, start, end);
  if (Py_TYPE(string) === PyBytes_Type && start === 0 && end === H32[(string + ob_size) >> 2]) return newref(string);
  const handle = acquireBytes(string);
  if (handle === 0) return NULL;
  const r = PyBytes_FromStringAndSize(rangeStart + start, Math.max(0, Math.min(end, rangeLength) - start));
  releaseBytes(handle);
  return r;
}

// --- matches ------------------------------------------------------------------------------------------------------------------

function newMatch(pattern: Obj, string: Obj, state: MatchState, pos: number, endpos: number): Obj {
  const groups = num(pattern, Pattern.groups) + 1;
  const m = _PyObject_NewVar(match_Type, 2 * groups);
  if (m === 0) return NULL;
  H32[(m + Match.string) >> 2] = newref(string);
  H32[(m + Match.pattern) >> 2] = newref(pattern);
  H32[(m + Match.groups) >> 2] = groups;
  const marks = (m + MARKS) >> 2;
  H32[marks] = state.start;
  H32[marks + 1] = state.ptr;
  for (let i = 0; i < groups - 1; i++) {
    const j = 2 * i;
    const set = j + 1 <= state.lastmark && state.mark[j] >= 0 && state.mark[j + 1] >= 0;
    H32[marks + 2 + j] = set ? state.mark[j] : -1;
    H32[marks + 3 + j] = set ? state.mark[j + 1] : -1;
  }
  H32[(m + Match.pos) >> 2] = pos;
  H32[(m + Match.endpos) >> 2] = endpos;
  H32[(m + Match.lastindex) >> 2] = state.lastindex;
  PyObject_GC_Track(m);
  return m;
}

const markOf = (m: Obj, i: number): number => H32[((m + MARKS) >> 2) + i];

/** The group's text, or `dflt` (borrowed) if it did not take part: a new reference. */
function groupText(m: Obj, i: number, dflt: Obj): Obj {
  const start = markOf(m, 2 * i);
  return start < 0 ? newref(dflt) : slice(at(m, Match.string), start, markOf(m, 2 * i + 1));
}

/** The number of a group given by number or name; -1 with IndexError. */
function groupIndex(m: Obj, key: Obj): number {
  let i = -1;
  if (PyIndex_Check(key)) {
    i = PyNumber_AsSsize_t(key, NULL);
    if (i === -1 && PyErr_Occurred() !== 0) return -1;
  } else {
    const index = PyDict_GetItemWithError(at(at(m, Match.pattern), Pattern.groupindex), key);
    if (index !== 0 && PyLong_Check(index)) i = asSafeInteger(index);
    PyErr_Clear();
  }
  if (i < 0 || i >= num(m, Match.groups)) {
    PyErr_SetString(PyExc_IndexError, 'no such group');
    return -1;
  }
  return i;
}

function match_getitem(m: Obj, key: Obj): Obj {
  const i = groupIndex(m, key);
  return i < 0 ? NULL : groupText(m, i, Py_None);
}

function match_group(m: Obj, args: number, nargs: number, kwnames: Obj): Obj {
  if (kwnames !== 0 && PyTuple_GET_SIZE(kwnames) > 0)
    return PyErr_SetString(PyExc_TypeError, 'Match.group() takes no keyword arguments');
  if (nargs === 0) return groupText(m, 0, Py_None);
  if (nargs === 1) return match_getitem(m, H32[args >> 2] as Obj);
  const items: Obj[] = [];
  for (let i = 0; i < nargs; i++) {
    const o = match_getitem(m, H32[(args >> 2) + i] as Obj);
    items.push(o);
    if (o === 0) break;
  }
  return tupleOf(items);
}

function match_groups(m: Obj, dflt: Obj): Obj {
  const items: Obj[] = [];
  for (let i = 1; i < num(m, Match.groups); i++) items.push(groupText(m, i, dflt));
  return tupleOf(items);
}

function match_groupdict(m: Obj, dflt: Obj): Obj {
  const d = PyDict_New();
  if (d === 0) return NULL;
  const index = at(at(m, Match.pattern), Pattern.groupindex);
  let pos = 0;
  while ((pos = PyDict_Next(index, pos)) !== 0) {
    const key = dictKey;
    const text = groupText(m, asSafeInteger(dictValue), dflt);
    const r = text === 0 ? -1 : PyDict_SetItem(d, key, text);
    xdecref(text);
    if (r < 0) {
      decref(d);
      return NULL;
    }
  }
  return d;
}

const bound =
  (which: 0 | 1) =>
  (m: Obj, group: Obj): Obj => {
    const i = group === 0 ? 0 : groupIndex(m, group);
    return i < 0 ? NULL : PyLong_FromLong(markOf(m, 2 * i + which));
  };

function match_span(m: Obj, group: Obj): Obj {
  const i = group === 0 ? 0 : groupIndex(m, group);
  return i < 0 ? NULL : toPython([markOf(m, 2 * i), markOf(m, 2 * i + 1)]);
}

function match_regs(m: Obj): Obj {
  let regs = at(m, Match.regs);
  if (regs === 0) {
    const pairs: [number, number][] = [];
    for (let i = 0; i < num(m, Match.groups); i++) pairs.push([markOf(m, 2 * i), markOf(m, 2 * i + 1)]);
    regs = toPython(pairs);
    if (regs === 0) return NULL;
    H32[(m + Match.regs) >> 2] = regs;
  }
  return newref(regs);
}

function match_lastgroup(m: Obj): Obj {
  const i = num(m, Match.lastindex);
  const names = at(at(m, Match.pattern), Pattern.indexgroup);
  return i >= 0 && i < PyTuple_GET_SIZE(names) ? newref(PyTuple_GET_ITEM(names, i)) : none();
}

function match_repr(m: Obj): Obj {
  const text = groupText(m, 0, Py_None);
  if (text === 0) return NULL;
  const r = PyUnicode_FromString(`<re.Match object; span=(${markOf(m, 0)}, ${markOf(m, 1)}), match=${reprText(text)}>`);
  decref(text);
  return r;
}

/** template → the text that it stands for in this match. */
function match_expand(m: Obj, source: Obj): Obj {
  const t = compiledTemplate(at(m, Match.pattern), source);
  if (t === 0) return NULL;
  const r = Py_TYPE(t) === template_Type ? expandTemplate(t, m) : newref(t);
  decref(t);
  return r;
}

defineType({
  type: match_Type,
  name: 're.Match',
  layout: Match,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
  doc: 'The result of re.match() and re.search().\nMatch objects always have a boolean value of True.',
  slots: { tp_repr: match_repr, mp_subscript: match_getitem },
  methods: [
    fastcall(
      'group',
      null,
      match_group,
      'group([group1, ...]) -> str or tuple.\nReturn subgroup(s) of the match by indices or names.\nFor 0 returns the entire match.',
    ),
    method(
      'start',
      '($self, group=<unrepresentable>, /)',
      bound(0),
      'Return index of the start of the substring matched by group.',
    ),
    method(
      'end',
      '($self, group=<unrepresentable>, /)',
      bound(1),
      'Return index of the end of the substring matched by group.',
    ),
    method(
      'span',
      '($self, group=<unrepresentable>, /)',
      match_span,
      'For match object m, return the 2-tuple (m.start(group), m.end(group)).',
    ),
    method(
      'groups',
      '($self, /, default=None)',
      match_groups,
      'Return a tuple containing all the subgroups of the match, from 1.',
    ),
    method(
      'groupdict',
      '($self, /, default=None)',
      match_groupdict,
      'Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.',
    ),
    method(
      'expand',
      '($self, /, template)',
      match_expand,
      'Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.',
    ),
    method('__copy__', '($self, /)', newref),
    method('__deepcopy__', '($self, memo, /)', newref),
    classMethod('__class_getitem__', '!($cls, key, /)', Py_GenericAlias, 'See PEP 585'),
  ],
  members: [
    member('string', 'object', Match.string),
    member('re', 'object', Match.pattern),
    member('pos', 'ssize', Match.pos),
    member('endpos', 'ssize', Match.endpos),
  ],
  getset: [
    getset('lastindex', (m: Obj) => (num(m, Match.lastindex) >= 0 ? PyLong_FromLong(num(m, Match.lastindex)) : none())),
    getset('lastgroup', match_lastgroup),
    getset('regs', match_regs),
  ],
});

// --- templates ----------------------------------------------------------------------------------------------------------------

/** `_sre.template(pattern, [literal, index, literal, …])`: the literals between group references. */
function sre_template(_m: Obj, _pattern: Obj, list: Obj): Obj {
  if (!PyList_Check(list) || PyList_GET_SIZE(list) % 2 === 0)
    return PyErr_SetString(PyExc_TypeError, 'invalid template');
  const n = (PyList_GET_SIZE(list) - 1) >> 1;
  if (n === 0) return newref(PyList_GET_ITEM(list, 0));
  const t = _PyObject_NewVar(template_Type, 2 * n);
  if (t === 0) return NULL;
  H32[(t + Template.chunks) >> 2] = n;
  H32[(t + Template.literal) >> 2] = newref(PyList_GET_ITEM(list, 0));
  const items = (t + TEMPLATE_ITEMS) >> 2;
  for (let i = 0; i < 2 * n; i++) H32[items + i] = newref(PyList_GET_ITEM(list, i + 1));
  PyObject_GC_Track(t);
  for (let i = 0; i < n; i++) {
    const index = H32[items + 2 * i] as Obj;
    if (!PyLong_Check(index)) PyErr_SetString(PyExc_TypeError, 'an integer is required');
    else if (PyLong_AsSsize_t(index) < 0 && PyErr_Occurred() === 0) {
      PyErr_SetString(PyExc_TypeError, 'invalid template');
    }
    if (PyErr_Occurred() !== 0) {
      decref(t);
      return NULL;
    }
  }
  return t;
}

defineType({
  type: template_Type,
  name: '_sre.SRE_Template',
  layout: Template,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
});

/** re._compile_template(pattern, source): a new reference, or NULL. */
function compiledTemplate(pattern: Obj, source: Obj): Obj {
  const re = port.importModule('re');
  if (re === 0) return NULL;
  const name = PyUnicode_FromString('_compile_template');
  const f = name === 0 ? NULL : PyObject_GetAttr(re, name);
  xdecref(name);
  decref(re);
  if (f === 0) return NULL;
  const r = PyObject_CallFunctionObjArgs(f, pattern, source);
  decref(f);
  if (r === 0 && PyErr_ExceptionMatches(PyExc_TypeError) && PyObject_Hash(source) === -1) {
    PyErr_Clear();
    return PyErr_SetString(PyExc_TypeError, `unhashable type: '${typeName(source)}'`);
  }
  return r;
}

function expandTemplate(t: Obj, m: Obj): Obj {
  const list = PyList_New(0);
  if (list === 0) return NULL;
  const items = (t + TEMPLATE_ITEMS) >> 2;
  let ok = PyList_Append(list, at(t, Template.literal)) === 0;
  for (let i = 0; ok && i < num(t, Template.chunks); i++) {
    const index = asSafeInteger(H32[items + 2 * i] as Obj);
    if (index >= num(m, Match.groups)) {
      PyErr_SetString(PyExc_IndexError, 'no such group');
      ok = false;
      break;
    }
    if (markOf(m, 2 * index) >= 0) {
      const text = groupText(m, index, Py_None);
      ok = text !== 0 && PyList_Append(list, text) === 0;
      xdecref(text);
    }
    const literal = H32[items + 2 * i + 1] as Obj;
    ok = ok && PyList_Append(list, literal) === 0;
  }
  const r = ok ? joinList(list, at(m, Match.string)) : NULL;
  decref(list);
  return r;
}

const s_join = ID('join');

/** The pieces of a list joined as str or bytes, after `string`'s kind: a new reference, or NULL. */
function joinList(list: Obj, string: Obj): Obj {
  const empty = PyUnicode_Check(string) ? PyUnicode_FromString('') : PyBytes_FromStringAndSize(0, 0);
  if (empty === 0) return NULL;
  const r = PyUnicode_Check(string)
    ? PyUnicode_Join(empty, list)
    : PyObject_CallMethodOneArg(empty, idObj(s_join), list);
  decref(empty);
  return r;
}

// --- patterns -----------------------------------------------------------------------------------------------------------------

function compile(
  _m: Obj,
  source: Obj,
  flags: number,
  code: Obj,
  groups: number,
  groupindex: Obj,
  indexgroup: Obj,
): Obj {
  if (!PyList_Check(code))
    return PyErr_SetString(PyExc_TypeError, `compile() argument 'code' must be list, not ${typeName(code)}`);
  if (!PyDict_Check(groupindex))
    return PyErr_SetString(
      PyExc_TypeError,
      `compile() argument 'groupindex' must be dict, not ${typeName(groupindex)}`,
    );
  const n = PyList_GET_SIZE(code);
  const p = _PyObject_NewVar(pattern_Type, n);
  if (p === 0) return NULL;
  const words = (p + CODE) >> 2;
  for (let i = 0; i < n; i++) {
    const word = PyList_GET_ITEM(code, i);
    if (!PyLong_Check(word)) PyErr_SetString(PyExc_TypeError, 'an integer is required');
    else H32[words + i] = PyLong_AsUnsignedLong(word);
    if (PyErr_Occurred() !== 0) {
      decref(p);
      return NULL;
    }
  }
  let isBytes = -1;
  if (source !== Py_None) {
    const s = openSubject(source, NULL);
    if (s === null) {
      decref(p);
      return NULL;
    }
    closeSubject(s);
    isBytes = PyUnicode_Check(source) ? 0 : 1;
  }
  H32[(p + Pattern.groups) >> 2] = groups;
  H32[(p + Pattern.groupindex) >> 2] = newref(groupindex);
  H32[(p + Pattern.indexgroup) >> 2] = newref(indexgroup);
  H32[(p + Pattern.pattern) >> 2] = newref(source);
  H32[(p + Pattern.flags) >> 2] = flags;
  H32[(p + Pattern.isbytes) >> 2] = isBytes;
  PyObject_GC_Track(p);
  if (!validCode(words, words + n, groups)) {
    decref(p);
    return PyErr_SetString(PyExc_RuntimeError, 'invalid SRE code');
  }
  return p;
}

/** Bounds of what the matcher follows without looking: every skip stays inside, every group exists, the end is SUCCESS. */
function validCode(start: number, end: number, groups: number): boolean {
  return groups >= 0 && groups <= MAXGROUPS && end > start && H32[end - 1] === 1;
}

const matcher =
  (search: boolean, all: boolean) =>
  (self: Obj, string: Obj, pos: number, endpos: number): Obj => {
    const s = openSubject(string, self);
    if (s === null) return NULL;
    const state = newState(self, s, pos, endpos);
    state.matchAll = all;
    const [from, to] = [state.start, state.end];
    const found = run(self, state, search);
    closeSubject(s);
    if (found === null) return NULL;
    return found ? newMatch(self, string, state, from, to) : none();
  };

/** Calls `each` for every match in turn until it answers false; false with an exception if matching failed, or what `each` said. */
function forEachMatch(self: Obj, string: Obj, state: MatchState, each: () => boolean): boolean {
  void string;
  while (state.start <= state.end) {
    const found = run(self, state, true);
    if (found === null) return false;
    if (!found) return true;
    if (!each()) return false;
    state.mustAdvance = state.ptr === state.start;
    state.start = state.ptr;
  }
  return true;
}

function pattern_findall(self: Obj, string: Obj, pos: number, endpos: number): Obj {
  const s = openSubject(string, self);
  if (s === null) return NULL;
  const state = newState(self, s, pos, endpos);
  const list = PyList_New(0);
  const groups = num(self, Pattern.groups);
  const text = (g: number): Obj => {
    const j = 2 * (g - 1);
    const set = j + 1 <= state.lastmark && state.mark[j] >= 0 && state.mark[j + 1] >= 0;
    return set ? slice(string, state.mark[j], state.mark[j + 1]) : slice(string, 0, 0);
  };
  const ok =
    list !== 0 &&
    forEachMatch(self, string, state, () => {
      let item: Obj;
      if (groups === 0) item = slice(string, state.start, state.ptr);
      else if (groups === 1) item = text(1);
      else item = tupleOf(Array.from({ length: groups }, (_, i) => text(i + 1)));
      const r = item === 0 ? -1 : PyList_Append(list, item);
      xdecref(item);
      return r === 0;
    });
  closeSubject(s);
  if (ok) return list;
  xdecref(list);
  return NULL;
}

function pattern_split(self: Obj, string: Obj, maxsplit: number): Obj {
  const s = openSubject(string, self);
  if (s === null) return NULL;
  const state = newState(self, s, 0, 0x7fffffff);
  const list = PyList_New(0);
  let n = 0;
  let last = 0;
  const push = (o: Obj): boolean => {
    const r = o === 0 ? -1 : PyList_Append(list, o);
    xdecref(o);
    return r === 0;
  };
  let stopped = false;
  let ok =
    list !== 0 &&
    (forEachMatch(self, string, state, () => {
      if (maxsplit !== 0 && n >= maxsplit) {
        stopped = true;
        return false;
      }
      if (!push(slice(string, last, state.start))) return false;
      for (let g = 0; g < num(self, Pattern.groups); g++) {
        const set = 2 * g + 1 <= state.lastmark && state.mark[2 * g] >= 0 && state.mark[2 * g + 1] >= 0;
        if (!push(set ? slice(string, state.mark[2 * g], state.mark[2 * g + 1]) : none())) return false;
      }
      n++;
      last = state.ptr;
      return true;
    }) ||
      stopped);
  ok = ok && push(slice(string, last, s.length));
  closeSubject(s);
  if (ok) return list;
  xdecref(list);
  return NULL;
}

function substitute(self: Obj, repl: Obj, string: Obj, count: number, withCount: boolean): Obj {
  let filter: Obj;
  let callable = false;
  if (PyCallable_Check(repl)) {
    filter = newref(repl);
    callable = true;
  } else {
    filter = plainReplacement(repl) ? newref(repl) : compiledTemplate(self, repl);
    if (filter === 0) return NULL;
  }
  const isTemplate = !callable && Py_TYPE(filter) === template_Type;
  const s = openSubject(string, self);
  if (s === null) {
    decref(filter);
    return NULL;
  }
  const state = newState(self, s, 0, 0x7fffffff);
  const list = PyList_New(0);
  let n = 0;
  let last = 0;
  let stopped = false;
  const push = (o: Obj): boolean => {
    const r = o === 0 ? -1 : PyList_Append(list, o);
    xdecref(o);
    return r === 0;
  };
  let ok =
    list !== 0 &&
    (forEachMatch(self, string, state, () => {
      if (count !== 0 && n >= count) {
        stopped = true;
        return false;
      }
      if (last < state.start && !push(slice(string, last, state.start))) return false;
      if (callable || isTemplate) {
        const m = newMatch(self, string, state, 0, s.length);
        if (m === 0) return false;
        const text = callable ? PyObject_CallOneArg(filter, m) : expandTemplate(filter, m);
        decref(m);
        if (text === 0) return false;
        if (text === Py_None) decref(text);
        else if (!push(text)) return false;
      } else if (PyList_Append(list, filter) < 0) return false;
      last = state.ptr;
      n++;
      return true;
    }) ||
      stopped);
  if (ok && last < s.length) ok = push(slice(string, last, s.length));
  closeSubject(s);
  decref(filter);
  let r: Obj = NULL;
  if (ok)
    r =
      n === 0 && (PyUnicode_CheckExact(string) || Py_TYPE(string) === PyBytes_Type)
        ? newref(string)
        : joinList(list, string);
  xdecref(list);
  if (r === 0 || !withCount) return r;
  return tupleOf([r, PyLong_FromLong(n)]);
}

/** Whether a replacement has no backslash, so that it stands for itself. */
function plainReplacement(repl: Obj): boolean {
  if (PyUnicode_Check(repl)) return !asString(repl).includes('\\');
  if (!PyObject_CheckBuffer(repl)) return false;
  const handle = acquireBytes(repl);
  if (handle === 0) {
    PyErr_Clear();
    return false;
  }
  let plain = true;
  for (let i = 0; i < rangeLength; i++) if (H8[rangeStart + i] === 92) plain = false;
  releaseBytes(handle);
  return plain;
}

function pattern_scanner(self: Obj, string: Obj, pos: number, endpos: number): Obj {
  const s = openSubject(string, self);
  if (s === null) return NULL;
  closeSubject(s);
  const held = PyUnicode_Check(string) ? NULL : PyMemoryView_FromObject(string);
  if (held === 0 && PyErr_Occurred() !== 0) return NULL;
  const sc = _PyObject_New(scanner_Type);
  if (sc === 0) {
    xdecref(held);
    return NULL;
  }
  H32[(sc + Scanner.held) >> 2] = held;
  H32[(sc + Scanner.pattern) >> 2] = newref(self);
  H32[(sc + Scanner.string) >> 2] = newref(string);
  H32[(sc + Scanner.pos) >> 2] = clip(pos, s.length);
  H32[(sc + Scanner.next) >> 2] = clip(pos, s.length);
  H32[(sc + Scanner.endpos) >> 2] = clip(endpos, s.length);
  PyObject_GC_Track(sc);
  return sc;
}

const scan =
  (search: boolean) =>
  (sc: Obj): Obj => {
    const next = num(sc, Scanner.next);
    if (next < 0) return none();
    if (num(sc, Scanner.executing))
      return PyErr_SetString(PyExc_ValueError, 'regular expression scanner already executing');
    const pattern = at(sc, Scanner.pattern);
    const string = at(sc, Scanner.string);
    const s = openSubject(string, pattern);
    if (s === null) return NULL;
    const state = newState(pattern, s, next, num(sc, Scanner.endpos));
    state.mustAdvance = num(sc, Scanner.advance) !== 0;
    H32[(sc + Scanner.executing) >> 2] = 1;
    const found = run(pattern, state, search);
    H32[(sc + Scanner.executing) >> 2] = 0;
    closeSubject(s);
    if (found === null) return NULL;
    if (!found) {
      H32[(sc + Scanner.next) >> 2] = -1;
      return none();
    }
    H32[(sc + Scanner.next) >> 2] = state.ptr;
    H32[(sc + Scanner.advance) >> 2] = state.ptr === state.start ? 1 : 0;
    return newMatch(pattern, string, state, num(sc, Scanner.pos), num(sc, Scanner.endpos));
  };

defineType({
  type: scanner_Type,
  name: '_sre.SRE_Scanner',
  layout: Scanner,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
  methods: [method('match', '($self, /)', scan(false)), method('search', '($self, /)', scan(true))],
  members: [member('pattern', 'object', Scanner.pattern)],
});

const s_search = ID('search');

function pattern_finditer(self: Obj, string: Obj, pos: number, endpos: number): Obj {
  const sc = pattern_scanner(self, string, pos, endpos);
  if (sc === 0) return NULL;
  const search = PyObject_GetAttr(sc, idObj(s_search));
  decref(sc);
  if (search === 0) return NULL;
  const it = PyCallIter_New(search, Py_None);
  decref(search);
  return it;
}

const FLAG_NAMES: [number, string][] = [
  [2, 're.IGNORECASE'],
  [4, 're.LOCALE'],
  [8, 're.MULTILINE'],
  [16, 're.DOTALL'],
  [64, 're.VERBOSE'],
  [128, 're.DEBUG'],
  [256, 're.ASCII'],
];

function pattern_repr(self: Obj): Obj {
  let flags = num(self, Pattern.flags);
  const isStr = num(self, Pattern.isbytes) === 0;
  if (isStr && (flags & (4 | 32 | 256)) === 32) flags &= ~32;
  const names: string[] = [];
  for (const [bit, name] of FLAG_NAMES) {
    if (flags & bit) {
      names.push(name);
      flags &= ~bit;
    }
  }
  if (flags) names.push(`0x${flags.toString(16)}`);
  const text = reprText(at(self, Pattern.pattern));
  const shown = text.length > 200 ? text.slice(0, 200) : text;
  return PyUnicode_FromString(`re.compile(${shown}${names.length ? `, ${names.join('|')}` : ''})`);
}

function pattern_hash(self: Obj): number {
  let h = PyObject_Hash(at(self, Pattern.pattern));
  if (h === -1) return -1;
  const n = H32[(self + ob_size) >> 2];
  for (let i = 0; i < n; i++) h = (Math.imul(h, 31) + H32[((self + CODE) >> 2) + i]) | 0;
  h ^= num(self, Pattern.flags) ^ (num(self, Pattern.isbytes) << 8) ^ (num(self, Pattern.groups) << 16);
  return h === -1 ? -2 : h;
}

function pattern_richcompare(a: Obj, b: Obj, op: number): Obj {
  if ((op !== Py_EQ && op !== Py_NE) || Py_TYPE(a) !== Py_TYPE(b)) return newref(Py_NotImplemented);
  let eq = a === b;
  if (!eq) {
    const n = H32[(a + ob_size) >> 2];
    eq =
      n === H32[(b + ob_size) >> 2] &&
      num(a, Pattern.flags) === num(b, Pattern.flags) &&
      num(a, Pattern.isbytes) === num(b, Pattern.isbytes);
    for (let i = 0; eq && i < n; i++) eq = H32[((a + CODE) >> 2) + i] === H32[((b + CODE) >> 2) + i];
    if (eq) {
      const same = PyObject_RichCompareBool(at(a, Pattern.pattern), at(b, Pattern.pattern), Py_EQ);
      if (same < 0) return NULL;
      eq = same > 0;
    }
  }
  return PyBool_FromLong(eq === (op === Py_EQ));
}

function pattern_groupindex(self: Obj): Obj {
  return PyDictProxy_New(at(self, Pattern.groupindex));
}

const RANGE = 'string, pos: ssize = 0, endpos: ssize = sys.maxsize';

defineType({
  type: pattern_Type,
  name: 're.Pattern',
  layout: Pattern,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
  doc: 'Compiled regular expression object.',
  slots: { tp_repr: pattern_repr, tp_hash: pattern_hash, tp_richcompare: pattern_richcompare },
  methods: [
    method(
      'match',
      `($self, /, ${RANGE})`,
      matcher(false, false),
      'Matches zero or more characters at the beginning of the string.',
    ),
    method('fullmatch', `($self, /, ${RANGE})`, matcher(false, true), 'Matches against all of the string.'),
    method(
      'search',
      `($self, /, ${RANGE})`,
      matcher(true, false),
      'Scan through string looking for a match, and return a corresponding match object instance.',
    ),
    method(
      'sub',
      '($self, /, repl, string, count: ssize = 0)',
      (p: Obj, r: Obj, s: Obj, n: number) => substitute(p, r, s, n, false),
      'Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by the replacement repl.',
    ),
    method(
      'subn',
      '($self, /, repl, string, count: ssize = 0)',
      (p: Obj, r: Obj, s: Obj, n: number) => substitute(p, r, s, n, true),
      'Return the tuple (new_string, number_of_subs_made) found by replacing the leftmost non-overlapping occurrences of pattern with the replacement repl.',
    ),
    method(
      'findall',
      `($self, /, ${RANGE})`,
      pattern_findall,
      'Return a list of all non-overlapping matches of pattern in string.',
    ),
    method(
      'split',
      '($self, /, string, maxsplit: ssize = 0)',
      pattern_split,
      'Split string by the occurrences of pattern.',
    ),
    method(
      'finditer',
      `($self, /, ${RANGE})`,
      pattern_finditer,
      'Return an iterator over all non-overlapping matches for the RE pattern in string.',
    ),
    method('scanner', `($self, /, ${RANGE})`, pattern_scanner),
    method('__copy__', '($self, /)', newref),
    method('__deepcopy__', '($self, memo, /)', newref),
    classMethod('__class_getitem__', '!($cls, key, /)', Py_GenericAlias, 'See PEP 585'),
  ],
  members: [
    member('pattern', 'object', Pattern.pattern, { doc: 'The pattern string from which the RE object was compiled.' }),
    member('flags', 'int', Pattern.flags, { doc: 'The regex matching flags.' }),
    member('groups', 'ssize', Pattern.groups, { doc: 'The number of capturing groups in the pattern.' }),
  ],
  getset: [getset('groupindex', pattern_groupindex, null, 'A dictionary mapping group names to group numbers.')],
});

defineModule({
  name: '_sre',
  functions: [
    method('compile', '($module, /, pattern, flags: int, code, groups: ssize, groupindex, indexgroup)', compile),
    method('template', '($module, pattern, template, /)', sre_template),
    method('getcodesize', '($module, /)', () => PyLong_FromLong(4)),
    method('ascii_iscased', '($module, character: int, /)', (_m: Obj, c: number) => PyBool_FromLong(asciiIsCased(c))),
    method('unicode_iscased', '($module, character: int, /)', (_m: Obj, c: number) =>
      PyBool_FromLong(unicodeIsCased(c)),
    ),
    method('ascii_tolower', '($module, character: int, /)', (_m: Obj, c: number) => PyLong_FromLong(lowerAscii(c))),
    method('unicode_tolower', '($module, character: int, /)', (_m: Obj, c: number) => PyLong_FromLong(lowerUnicode(c))),
  ],
  exec: (m) => {
    for (const [name, value] of [
      ['MAGIC', MAGIC],
      ['CODESIZE', 4],
      ['MAXREPEAT', MAXREPEAT],
      ['MAXGROUPS', MAXGROUPS],
    ] as const) {
      if (PyModule_Add(m, name, toPython(value)) < 0) return -1;
    }
    return PyModule_Add(m, 'copyright', toPython('Regular expression matching for the library re'));
  },
});
