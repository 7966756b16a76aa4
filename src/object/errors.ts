// What is the current exception, and how is one raised?
//
// Invariant: the current exception is one owned reference to an instance (never a class, never a triple), in `curexc`; a function
// that reports failure has set it, a function that reports success has not.  The exceptions being handled form the stack whose top
// `exc_info` is the address of: an item is [exc_value (owned, or NULL), previous item].  Generators embed an item each.

import { H32, staticAlloc, staticWord } from '../memory/linear.js';
import { AttributeErrorExc, exc_cause, exc_context, exc_suppress_context, exc_traceback } from './exc_layout.js';
import { decref, incref, newref, Py_TYPE, xdecref } from './header.js';
import { PyType_IsSubtype } from './isinstance.js';
import { setNoMemory } from './no_memory.js';
import { port } from './ports.js';
import { NULL, type Obj } from './ptr.js';
import { addRoots, rootWord } from './roots.js';
import { PyExc_MemoryError, PyExc_RecursionError, PyExc_SystemError, PyExc_TypeError, Py_None } from './statics.js';
import {
  Py_TPFLAGS_BASE_EXC_SUBCLASS,
  Py_TPFLAGS_TUPLE_SUBCLASS,
  Py_TPFLAGS_TYPE_SUBCLASS,
  tp_flags,
  tp_name,
} from './type_layout.js';
import { PyObject_CallMethodObjArgs, PyObject_CallNoArgs, PyObject_CallOneArg, PyObject_Call } from './call.js';
import { ID, idObj } from './identifiers.js';
import { asString, PyUnicode_FromString } from './unicode.js';
import { PyObject_Repr, PyObject_Str } from './object.js';
import { ob_size } from './type_layout.js';
import { PyTuple_GET_ITEM } from './tuple.js';

const s_add_note = ID('add_note');

/** Index into H32 of the current exception (owned, or 0). */
export const curexc = rootWord('the current exception');
/** Index of the address of the innermost item of the stack of handled exceptions. */
export const exc_info = staticWord();
/** An item of that stack: the exception being handled, and the next outer item. */
export const EXC_VALUE = 0;
export const EXC_PREVIOUS = 4;
/** The outermost item. */
export const excItemBase = staticAlloc(8);
addRoots((visit) => {
  const handled = H32[(excItemBase + EXC_VALUE) >> 2] as Obj;
  if (handled !== 0) visit(handled, 'the exception being handled');
});
/** Index of the depth of native recursion, and of its limit. */
export const native_depth = staticWord();
export const native_limit = staticWord();

/** The dotted or plain name of an object's type, as C code's `Py_TYPE(o)->tp_name`. */
export function typeName(o: Obj): string {
  return nameOfType(Py_TYPE(o));
}

/** tp_name of a type as a JavaScript string. */
export function nameOfType(type: Obj): string {
  return asString(H32[(type + tp_name) >> 2] as Obj);
}

export function PyType_FastSubclass(type: Obj, flag: number): boolean {
  return (H32[(type + tp_flags) >> 2] & flag) !== 0;
}

export function PyExceptionClass_Check(o: Obj): boolean {
  return (
    PyType_FastSubclass(Py_TYPE(o), Py_TPFLAGS_TYPE_SUBCLASS) && PyType_FastSubclass(o, Py_TPFLAGS_BASE_EXC_SUBCLASS)
  );
}

export function PyExceptionInstance_Check(o: Obj): boolean {
  return PyType_FastSubclass(Py_TYPE(o), Py_TPFLAGS_BASE_EXC_SUBCLASS);
}

/** The type of the current exception, borrowed, or NULL. */
export function PyErr_Occurred(): Obj {
  const e = H32[curexc] as Obj;
  return e === 0 ? NULL : Py_TYPE(e);
}

/** The current exception, a new reference, which is cleared; or NULL. */
export function PyErr_GetRaisedException(): Obj {
  const e = H32[curexc] as Obj;
  H32[curexc] = 0;
  return e;
}

/** Makes `e` (stolen, may be NULL) the current exception, in place of any other. */
export function PyErr_SetRaisedException(e: Obj): void {
  const old = H32[curexc] as Obj;
  H32[curexc] = e;
  xdecref(old);
}

export function PyErr_Clear(): void {
  PyErr_SetRaisedException(NULL);
}

/** The innermost exception being handled, borrowed, or NULL. */
export function handledException(): Obj {
  let item = H32[exc_info];
  while (item !== 0) {
    const value = H32[(item + EXC_VALUE) >> 2] as Obj;
    if (value !== 0 && value !== Py_None) return value;
    item = H32[(item + EXC_PREVIOUS) >> 2];
  }
  return NULL;
}

/** Whether `given` (class or instance) matches `wanted` (class or tuple of classes), as an except clause does. */
export function PyErr_GivenExceptionMatches(given: Obj, wanted: Obj): boolean {
  if (given === 0 || wanted === 0) return false;
  if (PyType_FastSubclass(Py_TYPE(wanted), Py_TPFLAGS_TUPLE_SUBCLASS)) {
    const n = H32[(wanted + ob_size) >> 2];
    for (let i = 0; i < n; i++) if (PyErr_GivenExceptionMatches(given, PyTuple_GET_ITEM(wanted, i))) return true;
    return false;
  }
  const cls = PyExceptionInstance_Check(given) ? Py_TYPE(given) : given;
  if (PyExceptionClass_Check(cls) && PyExceptionClass_Check(wanted)) return PyType_IsSubtype(cls, wanted);
  return cls === wanted;
}

export function PyErr_ExceptionMatches(wanted: Obj): boolean {
  return PyErr_GivenExceptionMatches(PyErr_Occurred(), wanted);
}

/** Makes an instance of exception class `type` from `value` (NULL, None, a tuple of arguments, or one argument); new, or NULL with an error. */
export function createException(type: Obj, value: Obj): Obj {
  let e: Obj;
  if (value === 0 || value === Py_None) e = PyObject_CallNoArgs(type);
  else if (PyType_FastSubclass(Py_TYPE(value), Py_TPFLAGS_TUPLE_SUBCLASS)) e = PyObject_Call(type, value, NULL);
  else e = PyObject_CallOneArg(type, value);
  if (e !== 0 && !PyExceptionInstance_Check(e)) {
    PyErr_SetString(
      PyExc_TypeError,
      `calling ${reprText(type)} should have returned an instance of BaseException, not ${typeName(e)}`,
    );
    decref(e);
    return NULL;
  }
  return e;
}

/** Raises: `type` an exception class, `value` an instance of it, or what createException takes.  Borrowed; sets __context__. */
export function PyErr_SetObject(type: Obj, value: Obj): Obj {
  if (!PyExceptionClass_Check(type)) {
    return PyErr_SetString(
      PyExc_SystemError,
      `_PyErr_SetObject: exception ${reprText(type)} is not a BaseException subclass`,
    );
  }
  let e: Obj;
  if (value !== 0 && PyExceptionInstance_Check(value)) e = newref(value);
  else {
    PyErr_Clear();
    e = createException(type, value);
    if (e === 0) return NULL;
  }
  chainContext(e);
  PyErr_SetRaisedException(e);
  return NULL;
}

/** Sets `e.__context__` to the exception being handled, and cuts the chain where it would come back to `e`. */
export function chainContext(e: Obj): void {
  const handled = handledException();
  if (handled === 0 || handled === e) return;
  let o = handled;
  let slow = handled;
  let stepSlow = false;
  for (;;) {
    const context = H32[(o + exc_context) >> 2] as Obj;
    if (context === 0) break;
    if (context === e) {
      H32[(o + exc_context) >> 2] = 0;
      decref(context);
      break;
    }
    o = context;
    // A cycle that does not go through `e` must not be followed for ever.
    if (o === slow) break;
    if (stepSlow) slow = H32[(slow + exc_context) >> 2] as Obj;
    stepSlow = !stepSlow;
  }
  PyException_SetContext(e, newref(handled));
}

/** Raises `type` with a message; returns NULL. */
export function PyErr_SetString(type: Obj, message: string): Obj {
  const text = PyUnicode_FromString(message);
  if (text === 0) return NULL;
  PyErr_SetObject(type, text);
  decref(text);
  return NULL;
}

/** As PyErr_SetString, for functions that answer an int: returns -1. */
export function errMinus1(type: Obj, message: string): -1 {
  PyErr_SetString(type, message);
  return -1;
}

/** Raises `type` without a value; returns NULL. */
export function PyErr_SetNone(type: Obj): Obj {
  return PyErr_SetObject(type, NULL);
}

/**
 * PyErr_Format: `%s` a JavaScript string or number, `%R` / `%S` / `%A`… the repr / str of an object, `%T` the name of its type, `%N` the name
 * of a type.  If making the text fails, that error is raised instead.
 */
export function PyErr_Format(type: Obj, format: string, ...args: (string | number)[]): Obj {
  let i = 0;
  let failed = false;
  const message = format.replace(/%([sdRSTNU%])/g, (_, code: string) => {
    if (code === '%') return '%';
    const arg = args[i++];
    if (code === 's' || code === 'd') return String(arg);
    if (code === 'T') return typeName(arg as Obj);
    if (code === 'N') return nameOfType(arg as Obj);
    if (failed) return '';
    if (code === 'U') return asString(arg as Obj);
    const text = code === 'R' ? PyObject_Repr(arg as Obj) : PyObject_Str(arg as Obj);
    if (text === 0) {
      failed = true;
      return '';
    }
    const s = asString(text);
    decref(text);
    return s;
  });
  return failed ? NULL : PyErr_SetString(type, message);
}

/** The repr of an object as a JavaScript string for a message; an error in it is swallowed and shown as `<…>`. */
export function reprText(o: Obj): string {
  const saved = PyErr_GetRaisedException();
  const r = PyObject_Repr(o);
  let text: string;
  if (r === 0) {
    PyErr_Clear();
    text = `<unprintable ${typeName(o)} object>`;
  } else {
    text = asString(r);
    decref(r);
  }
  if (saved !== 0) PyErr_SetRaisedException(saved);
  return text;
}

export function PyErr_BadInternalCall(where = 'bad argument to internal function'): Obj {
  return PyErr_SetString(PyExc_SystemError, where);
}

/** Replaces the current exception by a new one of `type` whose cause and context it becomes; returns NULL. */
export function _PyErr_FormatFromCause(type: Obj, message: string): Obj {
  const cause = PyErr_GetRaisedException();
  PyErr_SetString(type, message);
  const e = H32[curexc] as Obj;
  if (e !== 0 && cause !== 0) {
    incref(cause);
    PyException_SetCause(e, cause);
    PyException_SetContext(e, cause);
  } else xdecref(cause);
  return NULL;
}

/** Chains: if an exception is current, `e` (stolen) becomes its context (innermost); otherwise `e` becomes current. */
export function _PyErr_ChainExceptions1(e: Obj): void {
  if (e === 0) return;
  const current = PyErr_GetRaisedException();
  if (current === e) decref(current);
  if (current !== 0 && current !== e) {
    PyException_SetContext(current, e);
    PyErr_SetRaisedException(current);
  } else PyErr_SetRaisedException(e);
}

function setField(o: Obj, offset: number, value: Obj): void {
  const old = H32[(o + offset) >> 2] as Obj;
  H32[(o + offset) >> 2] = value;
  xdecref(old);
}

/** Sets __cause__ (stolen, may be NULL) and __suppress_context__. */
export function PyException_SetCause(e: Obj, cause: Obj): void {
  H32[(e + exc_suppress_context) >> 2] = 1;
  setField(e, exc_cause, cause);
}

/** Sets __context__ (stolen, may be NULL). */
export function PyException_SetContext(e: Obj, context: Obj): void {
  setField(e, exc_context, context);
}

/** __context__ as a new reference, or NULL. */
export function PyException_GetContext(e: Obj): Obj {
  const c = H32[(e + exc_context) >> 2] as Obj;
  return c === 0 ? NULL : newref(c);
}

/** __cause__ as a new reference, or NULL. */
export function PyException_GetCause(e: Obj): Obj {
  const c = H32[(e + exc_cause) >> 2] as Obj;
  return c === 0 ? NULL : newref(c);
}

/** __traceback__ as a new reference, or NULL. */
export function PyException_GetTraceback(e: Obj): Obj {
  const t = H32[(e + exc_traceback) >> 2] as Obj;
  return t === 0 ? NULL : newref(t);
}

/** Sets __traceback__ (borrowed; None clears). */
export function PyException_SetTraceback(e: Obj, tb: Obj): void {
  setField(e, exc_traceback, tb === 0 || tb === Py_None ? NULL : newref(tb));
}

/** Reports the current exception to sys.unraisablehook and clears it. `where` completes "Exception ignored …". */
export function PyErr_WriteUnraisable(obj: Obj, where = ''): void {
  port.unraisable(where, obj);
}

/** Issues a warning: 0, or -1 with an exception. */
export function PyErr_WarnEx(category: Obj, message: string, stackLevel: number): number {
  return port.warn(category, message, stackLevel);
}

/** One level of native recursion deeper: 0, or -1 with RecursionError; `where` is " while calling a Python object" and the like. */
export function Py_EnterRecursiveCall(where: string): number {
  if (++H32[native_depth] > H32[native_limit]) {
    H32[native_depth]--;
    return recursionError(where);
  }
  return 0;
}

function recursionError(where: string): -1 {
  // Raising needs some room itself.
  H32[native_limit] += 100;
  PyErr_SetString(PyExc_RecursionError, `maximum recursion depth exceeded${where}`);
  H32[native_limit] -= 100;
  return -1;
}

export function Py_LeaveRecursiveCall(): void {
  H32[native_depth]--;
}

/** The native recursion that a Worker with a 64 MB stack bears: some ten JavaScript frames a level. */
export const NATIVE_RECURSION_LIMIT = 6000;

/** Makes the outermost exception item current and installs the out-of-memory error. */
export function initErrors(): void {
  H32[exc_info] = excItemBase;
  H32[native_limit] = NATIVE_RECURSION_LIMIT;
  setNoMemory(() => {
    const reserve = takeMemoryError();
    if (reserve !== 0) PyErr_SetRaisedException(reserve);
    else PyErr_SetNone(PyExc_MemoryError);
  });
}

let takeMemoryError: () => Obj = () => NULL;

/** src/types/exceptions.ts hands out preallocated MemoryError instances (new references; NULL: none left). */
export function setMemoryErrorReserve(take: () => Obj): void {
  takeMemoryError = take;
}

/** Fills `name` and `obj` of the current AttributeError if it has neither (for suggestions); both borrowed. */
export function noteAttributeError(obj: Obj, name: Obj): void {
  const e = H32[curexc] as Obj;
  const at = (e + AttributeErrorExc.name) >> 2;
  const objAt = (e + AttributeErrorExc.obj) >> 2;
  if (H32[at] !== 0 || H32[objAt] !== 0) return;
  H32[at] = newref(name);
  H32[objAt] = newref(obj);
}

/** Adds a note (PEP 678) to the current exception; a failure to do so is dropped. */
export function _PyErr_AddNote(text: string): void {
  const e = H32[curexc] as Obj;
  if (e === 0) return;
  H32[curexc] = 0;
  const note = PyUnicode_FromString(text);
  if (note !== 0) {
    const r = PyObject_CallMethodObjArgs(e, idObj(s_add_note), note);
    decref(note);
    if (r !== 0) decref(r);
  }
  PyErr_Clear();
  H32[curexc] = e;
}

export { PyErr_NoMemory } from './no_memory.js';
