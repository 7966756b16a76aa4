// How do groups of exceptions hold, split and rejoin?  (PEP 654)
//
// Invariant: `exceptions` is an exact, non-empty tuple of exception instances that never changes.  Splitting keeps the nesting, the
// traceback, the cause, the context and a copy of the notes of the group that is split; which exceptions were re-raised by an except*
// clause is told by comparing that metadata.

import { H32 } from '../memory/linear.js';
import { noKwargs } from '../object/bind.js';
import {
  PyCallable_Check,
  PyObject_CallMethodOneArg,
  PyObject_CallObject,
  PyObject_CallOneArg,
} from '../object/call.js';
import { classMethod, defineType, member, method } from '../object/declare.js';
import {
  nameOfType,
  PyErr_GivenExceptionMatches,
  PyErr_Occurred,
  PyErr_SetString,
  PyException_GetCause,
  PyException_GetContext,
  PyException_SetContext,
  PyException_SetTraceback,
  PyExceptionClass_Check,
  PyExceptionInstance_Check,
  Py_EnterRecursiveCall,
  Py_LeaveRecursiveCall,
  typeName,
} from '../object/errors.js';
import {
  BaseExc,
  exc_args,
  exc_cause,
  exc_context,
  exc_suppress_context,
  exc_traceback,
  exc_notes,
} from '../object/exc_layout.js';
import { decref, newref, Py_TYPE, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_IsInstance, PyObject_IsSubclass, PyObject_TypeCheck, PyType_Check } from '../object/isinstance.js';
import { layout, ref } from '../object/layout.js';
import { PyList_Append, PyList_Check, PyList_GET_ITEM, PyList_GET_SIZE, PyList_New } from '../object/list.js';
import { PyLong_FromVoidPtr } from '../object/long.js';
import { Py_GenericAlias } from '../object/mapping.js';
import { PyObject_GetOptionalAttr, PyObject_IsTrue, PyObject_Repr, PyObject_SetAttr } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PySequence_Check, PySequence_List, PySequence_Size, PySequence_Tuple } from '../object/sequence.js';
import { PySet_Add, PySet_Contains, PySet_New } from '../object/set.js';
import * as S from '../object/statics.js';
import {
  Py_None,
  PyExc_BaseExceptionGroup,
  PyExc_Exception,
  PyExc_ExceptionGroup,
  PyExc_TypeError,
  PyExc_ValueError,
} from '../object/statics.js';
import {
  PyTuple_CheckExact,
  PyTuple_Check,
  PyTuple_GET_ITEM,
  PyTuple_GET_SIZE,
  PyTuple_Pack,
} from '../object/tuple.js';
import { asString, PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { BaseException_init, BaseException_new, EXC_FLAGS, lastName, reprOf, setRef, strText } from './exceptions.js';

export const GroupExc = layout({ message: ref, exceptions: ref, exceptions_text: ref }, { base: BaseExc.info });
const { message: eg_message, exceptions: eg_exceptions, exceptions_text: eg_text } = GroupExc;

const s_derive = ID('derive');
const s_split = ID('split');
const s_notes = ID('__notes__');

export function _PyBaseExceptionGroup_Check(o: Obj): boolean {
  return PyObject_TypeCheck(o, PyExc_BaseExceptionGroup);
}

const childrenOf = (eg: Obj): Obj => H32[(eg + eg_exceptions) >> 2] as Obj;

/** Which class a group of `type` with these exceptions gets; NULL with an exception if it cannot hold them. */
function classFor(type: Obj, exceptions: Obj): Obj {
  let hasBase = false;
  for (let i = 0; i < PyTuple_GET_SIZE(exceptions); i++) {
    const e = PyTuple_GET_ITEM(exceptions, i);
    if (!PyExceptionInstance_Check(e)) {
      return PyErr_SetString(PyExc_ValueError, `Item ${i} of second argument (exceptions) is not an exception`);
    }
    const plain = PyObject_IsInstance(e, PyExc_Exception);
    if (plain < 0) return NULL;
    if (plain === 0) hasBase = true;
  }
  if (type === PyExc_ExceptionGroup) {
    return hasBase ? PyErr_SetString(PyExc_TypeError, 'Cannot nest BaseExceptions in an ExceptionGroup') : type;
  }
  if (type === PyExc_BaseExceptionGroup) return hasBase ? type : PyExc_ExceptionGroup;
  if (hasBase) {
    const plain = PyObject_IsSubclass(type, PyExc_Exception);
    if (plain < 0) return NULL;
    if (plain > 0) return PyErr_SetString(PyExc_TypeError, `Cannot nest BaseExceptions in '${nameOfType(type)}'`);
  }
  return type;
}

function BaseExceptionGroup_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  const n = PyTuple_GET_SIZE(args);
  if (n !== 2) {
    return PyErr_SetString(PyExc_TypeError, `BaseExceptionGroup.__new__() takes exactly 2 arguments (${n} given)`);
  }
  const message = PyTuple_GET_ITEM(args, 0);
  const sequence = PyTuple_GET_ITEM(args, 1);
  if (!PyUnicode_Check(message)) {
    return PyErr_SetString(
      PyExc_TypeError,
      `BaseExceptionGroup.__new__() argument 1 must be str, not ${typeName(message)}`,
    );
  }
  if (!PySequence_Check(sequence))
    return PyErr_SetString(PyExc_TypeError, 'second argument (exceptions) must be a sequence');
  // A sequence of another type may change later: its repr is taken now.
  let text: Obj = NULL;
  if (!PyList_Check(sequence) && !PyTuple_Check(sequence)) {
    text = PyObject_Repr(sequence);
    if (text === 0) return NULL;
  }
  const exceptions = PySequence_Tuple(sequence);
  let cls: Obj = NULL;
  if (exceptions !== 0) {
    if (PyTuple_GET_SIZE(exceptions) === 0) {
      PyErr_SetString(PyExc_ValueError, 'second argument (exceptions) must be a non-empty sequence');
    } else cls = classFor(type, exceptions);
  }
  const e = cls === 0 ? NULL : BaseException_new(cls, args, kwargs);
  if (e === 0) {
    xdecref(exceptions);
    xdecref(text);
    return NULL;
  }
  setRef(e, eg_message, newref(message));
  setRef(e, eg_exceptions, exceptions);
  setRef(e, eg_text, text);
  return e;
}

function BaseExceptionGroup_init(e: Obj, args: Obj, kwargs: Obj): number {
  return noKwargs(nameOfType(Py_TYPE(e)), kwargs) ? BaseException_init(e, args, kwargs) : -1;
}

function BaseExceptionGroup_str(e: Obj): Obj {
  const text = strText(H32[(e + eg_message) >> 2] as Obj);
  if (text === null) return NULL;
  const n = PyTuple_GET_SIZE(childrenOf(e));
  return PyUnicode_FromString(`${text} (${n} sub-exception${n > 1 ? 's' : ''})`);
}

// The exceptions are shown as they are, in the brackets of the sequence that was passed.
function BaseExceptionGroup_repr(e: Obj): Obj {
  const saved = H32[(e + eg_text) >> 2] as Obj;
  let shown: string | null;
  if (saved !== 0) shown = asString(saved);
  else {
    const args = H32[(e + exc_args) >> 2] as Obj;
    const asList = PyTuple_GET_SIZE(args) > 1 && PyList_Check(PyTuple_GET_ITEM(args, 1));
    const sequence = asList ? PySequence_List(childrenOf(e)) : newref(childrenOf(e));
    if (sequence === 0) return NULL;
    shown = reprOf(sequence);
    decref(sequence);
  }
  if (shown === null) return NULL;
  const message = reprOf(H32[(e + eg_message) >> 2] as Obj);
  return message === null ? NULL : PyUnicode_FromString(`${lastName(Py_TYPE(e))}(${message}, ${shown})`);
}

function BaseExceptionGroup_derive(e: Obj, exceptions: Obj): Obj {
  const args = PyTuple_Pack(H32[(e + eg_message) >> 2] as Obj, exceptions);
  if (args === 0) return NULL;
  const eg = PyObject_CallObject(PyExc_BaseExceptionGroup, args);
  decref(args);
  return eg;
}

/** A group of `message` over a list or tuple; new, or NULL. */
export function _PyExc_CreateExceptionGroup(message: string, exceptions: Obj): Obj {
  const text = PyUnicode_FromString(message);
  if (text === 0) return NULL;
  const args = PyTuple_Pack(text, exceptions);
  decref(text);
  if (args === 0) return NULL;
  const eg = PyObject_CallObject(PyExc_BaseExceptionGroup, args);
  decref(args);
  return eg;
}

/** A group over the list `part` of orig's exceptions, with orig's metadata: new; None if the list is empty; NULL with an exception. */
function subset(orig: Obj, part: Obj): Obj {
  const n = PySequence_Size(part);
  if (n < 0) return NULL;
  if (n === 0) return newref(Py_None);
  const eg = PyObject_CallMethodOneArg(orig, idObj(s_derive), part);
  if (eg === 0) return NULL;
  if (!_PyBaseExceptionGroup_Check(eg)) {
    decref(eg);
    return PyErr_SetString(PyExc_TypeError, 'derive must return an instance of BaseExceptionGroup');
  }
  const tb = H32[(orig + exc_traceback) >> 2] as Obj;
  if (tb !== 0) PyException_SetTraceback(eg, tb);
  PyException_SetContext(eg, PyException_GetContext(orig));
  H32[(eg + exc_suppress_context) >> 2] = 1;
  setRef(eg, exc_cause, PyException_GetCause(orig));
  const notes = PyObject_GetOptionalAttr(orig, idObj(s_notes));
  let failed = notes === 0 && PyErr_Occurred() !== 0;
  if (notes !== 0) {
    // Splitting is no place to report that __notes__ is something else than a list.
    if (PySequence_Check(notes)) {
      const copy = PySequence_List(notes);
      failed = copy === 0 || PyObject_SetAttr(eg, idObj(s_notes), copy) < 0;
      xdecref(copy);
    }
    decref(notes);
  }
  if (failed) {
    decref(eg);
    return NULL;
  }
  return eg;
}

const BY_TYPE = 0;
const BY_PREDICATE = 1;
const BY_IDS = 2;

function matcherKind(matcher: Obj): number {
  if (PyCallable_Check(matcher) && !PyType_Check(matcher)) return BY_PREDICATE;
  if (PyExceptionClass_Check(matcher)) return BY_TYPE;
  if (PyTuple_CheckExact(matcher)) {
    let all = true;
    for (let i = 0; i < PyTuple_GET_SIZE(matcher); i++)
      if (!PyExceptionClass_Check(PyTuple_GET_ITEM(matcher, i))) all = false;
    if (all) return BY_TYPE;
  }
  PyErr_SetString(
    PyExc_TypeError,
    'expected an exception type, a tuple of exception types, or a callable (other than a class)',
  );
  return -1;
}

function matches(e: Obj, kind: number, matcher: Obj): number {
  if (kind === BY_TYPE) return PyErr_GivenExceptionMatches(e, matcher) ? 1 : 0;
  if (kind === BY_PREDICATE) {
    const r = PyObject_CallOneArg(matcher, e);
    if (r === 0) return -1;
    const truth = PyObject_IsTrue(r);
    decref(r);
    return truth;
  }
  if (_PyBaseExceptionGroup_Check(e)) return 0;
  const id = PyLong_FromVoidPtr(e);
  if (id === 0) return -1;
  const found = PySet_Contains(matcher, id);
  decref(id);
  return found;
}

/** The two parts of a split: each a new reference or None; `rest` is None if it was not asked for. */
interface Parts {
  match: Obj;
  rest: Obj;
}

/** Splits `e`; null with an exception. */
function split(e: Obj, kind: number, matcher: Obj, wantRest: boolean): Parts | null {
  const found = matches(e, kind, matcher);
  if (found < 0) return null;
  if (found) return { match: newref(e), rest: newref(Py_None) };
  if (!_PyBaseExceptionGroup_Check(e)) return { match: newref(Py_None), rest: newref(wantRest ? e : Py_None) };
  const matchList = PyList_New(0);
  const restList = PyList_New(0);
  let parts: Parts | null = null;
  if (matchList !== 0 && restList !== 0 && splitChildren(e, kind, matcher, wantRest, matchList, restList)) {
    const match = subset(e, matchList);
    const rest = match === 0 ? NULL : wantRest ? subset(e, restList) : newref(Py_None);
    if (rest === 0) xdecref(match);
    else parts = { match, rest };
  }
  xdecref(matchList);
  xdecref(restList);
  return parts;
}

function splitChildren(e: Obj, kind: number, matcher: Obj, wantRest: boolean, matchList: Obj, restList: Obj): boolean {
  const children = childrenOf(e);
  for (let i = 0; i < PyTuple_GET_SIZE(children); i++) {
    if (Py_EnterRecursiveCall(' in exceptiongroup_split_recursive')) return false;
    const parts = split(PyTuple_GET_ITEM(children, i), kind, matcher, wantRest);
    Py_LeaveRecursiveCall();
    if (parts === null) return false;
    const failed =
      (parts.match !== Py_None && PyList_Append(matchList, parts.match) < 0) ||
      (parts.rest !== Py_None && PyList_Append(restList, parts.rest) < 0);
    decref(parts.match);
    decref(parts.rest);
    if (failed) return false;
  }
  return true;
}

function BaseExceptionGroup_split(e: Obj, matcher: Obj): Obj {
  const kind = matcherKind(matcher);
  const parts = kind < 0 ? null : split(e, kind, matcher, true);
  if (parts === null) return NULL;
  const pair = PyTuple_Pack(parts.match, parts.rest);
  decref(parts.match);
  decref(parts.rest);
  return pair;
}

function BaseExceptionGroup_subgroup(e: Obj, matcher: Obj): Obj {
  const kind = matcherKind(matcher);
  const parts = kind < 0 ? null : split(e, kind, matcher, false);
  if (parts === null) return NULL;
  decref(parts.rest);
  return parts.match;
}

/** Adds the ids of the leaves of `e` to a set: false with an exception. */
function collectLeafIds(e: Obj, ids: Obj): boolean {
  if (e === Py_None) return true;
  if (!_PyBaseExceptionGroup_Check(e)) {
    const id = PyLong_FromVoidPtr(e);
    if (id === 0) return false;
    const failed = PySet_Add(ids, id) < 0;
    decref(id);
    return !failed;
  }
  const children = childrenOf(e);
  for (let i = 0; i < PyTuple_GET_SIZE(children); i++) {
    if (Py_EnterRecursiveCall(' in collect_exception_group_leaf_ids')) return false;
    const ok = collectLeafIds(PyTuple_GET_ITEM(children, i), ids);
    Py_LeaveRecursiveCall();
    if (!ok) return false;
  }
  return true;
}

/** The part of `eg` whose leaves are leaves of a group in the list `keep`: new, None, or NULL with an exception. */
function projection(eg: Obj, keep: Obj): Obj {
  const ids = PySet_New(NULL);
  if (ids === 0) return NULL;
  let ok = true;
  for (let i = 0; ok && i < PyList_GET_SIZE(keep); i++) ok = collectLeafIds(PyList_GET_ITEM(keep, i), ids);
  const parts = ok ? split(eg, BY_IDS, ids, false) : null;
  decref(ids);
  if (parts === null) return NULL;
  decref(parts.rest);
  return parts.match;
}

function sameMetadata(a: Obj, b: Obj): boolean {
  for (const offset of [exc_notes, exc_traceback, exc_cause, exc_context]) {
    if (H32[(a + offset) >> 2] !== H32[(b + offset) >> 2]) return false;
  }
  return true;
}

/**
 * What a try-except* raises at its end: `orig` is the exception that was caught, `excs` the list of those raised or re-raised in its
 * clauses (and None).  Returns an exception, None if there is nothing to raise, or NULL with an exception; new.
 */
export function _PyExc_PrepReraiseStar(orig: Obj, excs: Obj): Obj {
  const n = PyList_GET_SIZE(excs);
  if (n === 0) return newref(Py_None);
  // A naked exception was wrapped; only one clause can have run.
  if (!_PyBaseExceptionGroup_Check(orig)) return newref(PyList_GET_ITEM(excs, 0));
  const raised = PyList_New(0);
  const reraised = PyList_New(0);
  const result = raised === 0 || reraised === 0 ? NULL : joinRaised(orig, excs, raised, reraised);
  xdecref(raised);
  xdecref(reraised);
  return result;
}

function joinRaised(orig: Obj, excs: Obj, raised: Obj, reraised: Obj): Obj {
  for (let i = 0; i < PyList_GET_SIZE(excs); i++) {
    const e = PyList_GET_ITEM(excs, i);
    if (e === Py_None) continue;
    if (PyList_Append(sameMetadata(e, orig) ? reraised : raised, e) < 0) return NULL;
  }
  const rest = projection(orig, reraised);
  if (rest === 0 || PyList_GET_SIZE(raised) === 0) return rest;
  const failed = rest !== Py_None && PyList_Append(raised, rest) < 0;
  decref(rest);
  if (failed) return NULL;
  return PyList_GET_SIZE(raised) > 1 ? _PyExc_CreateExceptionGroup('', raised) : newref(PyList_GET_ITEM(raised, 0));
}

/** Results of _PyEval_ExceptionGroupMatch: new references (None for nothing). */
export let groupMatch: Obj = NULL;
export let groupRest: Obj = NULL;

/**
 * What an except* clause of `type` takes of `e` and what it leaves, in groupMatch and groupRest: 0, or -1 with an exception.  A naked
 * exception that matches is wrapped in a group whose traceback is what `traceback` answers (a new reference, or NULL with an exception).
 */
export function _PyEval_ExceptionGroupMatch(e: Obj, type: Obj, traceback: () => Obj): number {
  if (e === Py_None) return setParts(newref(Py_None), newref(Py_None));
  const isGroup = _PyBaseExceptionGroup_Check(e);
  if (PyErr_GivenExceptionMatches(e, type)) {
    if (isGroup) return setParts(newref(e), newref(Py_None));
    const one = PyTuple_Pack(e);
    if (one === 0) return -1;
    const eg = _PyExc_CreateExceptionGroup('', one);
    decref(one);
    if (eg === 0) return -1;
    const tb = traceback();
    if (tb === 0) {
      decref(eg);
      return -1;
    }
    PyException_SetTraceback(eg, tb);
    decref(tb);
    return setParts(eg, newref(Py_None));
  }
  if (!isGroup) return setParts(newref(Py_None), newref(e));
  const pair = PyObject_CallMethodOneArg(e, idObj(s_split), type);
  if (pair === 0) return -1;
  if (!PyTuple_CheckExact(pair)) {
    PyErr_SetString(PyExc_TypeError, `${typeName(e)}.split must return a tuple, not ${typeName(pair)}`);
  } else if (PyTuple_GET_SIZE(pair) < 2) {
    PyErr_SetString(
      PyExc_TypeError,
      `${typeName(e)}.split must return a 2-tuple, got tuple of size ${PyTuple_GET_SIZE(pair)}`,
    );
  } else {
    setParts(newref(PyTuple_GET_ITEM(pair, 0)), newref(PyTuple_GET_ITEM(pair, 1)));
    decref(pair);
    return 0;
  }
  decref(pair);
  return -1;
}

function setParts(match: Obj, rest: Obj): 0 {
  groupMatch = match;
  groupRest = rest;
  return 0;
}

defineType({
  type: PyExc_BaseExceptionGroup,
  name: 'BaseExceptionGroup',
  base: S.PyExc_BaseException,
  layout: GroupExc,
  flags: EXC_FLAGS,
  doc: 'A combination of multiple unrelated exceptions.',
  slots: {
    tp_new: BaseExceptionGroup_new,
    tp_init: BaseExceptionGroup_init,
    tp_str: BaseExceptionGroup_str,
    tp_repr: BaseExceptionGroup_repr,
  },
  methods: [
    classMethod('__class_getitem__', '!($type, object, /)', Py_GenericAlias, 'See PEP 585'),
    method('derive', '($self, excs, /)', BaseExceptionGroup_derive),
    method('split', '($self, matcher_value, /)', BaseExceptionGroup_split),
    method('subgroup', '($self, matcher_value, /)', BaseExceptionGroup_subgroup),
  ],
  members: [
    member('message', 'object', eg_message, { doc: 'exception message' }),
    member('exceptions', 'object', eg_exceptions, { doc: 'nested exceptions' }),
  ],
});

defineType({
  type: PyExc_ExceptionGroup,
  name: 'ExceptionGroup',
  base: PyExc_BaseExceptionGroup,
  bases: [PyExc_BaseExceptionGroup, PyExc_Exception],
  layout: GroupExc,
  flags: EXC_FLAGS,
});
