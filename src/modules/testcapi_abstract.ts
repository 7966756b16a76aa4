// How do the abstract protocols look from native code?  (PyNumber_*, PySequence_*, PyMapping_*, PyObject_*)
//
// Invariant: NULL for an object is refused with SystemError, as at the boundary of CPython's C API; the functions behind take it for granted that
// they get objects.

import { PyBytes_AS_STRING, PyBytes_Check, PyBytes_GET_SIZE } from '../object/bytes.js';
import { type MethodDef, method } from '../object/declare.js';
import { PyErr_Occurred, PyErr_SetString, PyErr_WriteUnraisable, typeName } from '../object/errors.js';
import { decref, newref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import * as M from '../object/mapping.js';
import * as N from '../object/number.js';
import * as O from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import * as S from '../object/sequence.js';
import {
  Py_None,
  PyExc_AttributeError,
  PyExc_KeyError,
  PyExc_SystemError,
  PyExc_TypeError,
} from '../object/statics.js';
import { asString, PyUnicode_FromString } from '../object/unicode.js';
import { PyUnicode_DecodeUTF8 } from '../types/codec_utf8.js';
import { _PyLong_Format } from '../types/int_text.js';
import { intResult, nullable } from './testcapi_util.js';

function nullError(): Obj {
  return PyErr_SetString(PyExc_SystemError, 'null argument to internal routine');
}

type NativeFunction = (...args: Obj[]) => Obj;

/** The function behind the boundary: it gets `self` no more, and no NULL. */
function guarded(f: NativeFunction): (m: Obj, ...args: Obj[]) => Obj {
  return (_m, ...args) => (args.some((a) => a === Py_None) ? nullError() : f(...args));
}

const parameters = (n: number): string => Array.from({ length: n }, (_, i) => `a${i}, `).join('');

/** A function of `n` objects, none of which may be NULL. */
function objects(name: string, n: number, f: NativeFunction): MethodDef {
  return method(name, `!($module, ${parameters(n)}/)`, guarded(f));
}

/** As `objects`, where the result is an int, -1 with an exception. */
function ints(name: string, n: number, f: (...args: Obj[]) => number): MethodDef {
  return objects(name, n, (...args) => intResult(f(...args)));
}

/** A check that answers 0 for NULL. */
function check(name: string, f: (o: Obj) => boolean): MethodDef {
  return method(name, '!($module, obj, /)', (_m: Obj, o: Obj) => O.PyBool_FromLong(o !== Py_None && f(o)));
}

/** The str that a C string means (bytes in UTF-8): a new reference, or NULL. */
function nameFrom(o: Obj): Obj {
  if (o === Py_None) return nullError();
  if (!PyBytes_Check(o))
    return PyErr_SetString(PyExc_TypeError, `a bytes-like object is required, not '${typeName(o)}'`);
  return PyUnicode_DecodeUTF8(PyBytes_AS_STRING(o), PyBytes_GET_SIZE(o), null);
}

/** f with its second argument, a C string, made a str; `name` is given back afterwards. */
function named(f: NativeFunction): (m: Obj, ...args: Obj[]) => Obj {
  return (_m, o, cString, ...rest) => {
    if (o === Py_None) return nullError();
    const name = nameFrom(cString);
    if (name === 0) return NULL;
    const r = f(o, name, ...rest);
    decref(name);
    return r;
  };
}

/** What an optional result is shown as: the exception's class where there is none. */
function optional(r: Obj, missing: Obj): Obj {
  return r !== 0 || PyErr_Occurred() !== 0 ? r : newref(missing);
}

/** 1 or 0; a failure is reported, not raised. */
function quiet(n: number, where: string): Obj {
  if (n >= 0) return PyLong_FromLong(n);
  PyErr_WriteUnraisable(NULL, where);
  return PyLong_FromLong(0);
}

const hasKey = (o: Obj, key: Obj): number => {
  const r = M.PyMapping_GetOptionalItem(o, key);
  if (r === 0) return PyErr_Occurred() === 0 ? 0 : -1;
  decref(r);
  return 1;
};

/** As hasKey, or as hasAttr, of a name in a C string that may be no name at all. */
function quietNamed(f: (o: Obj, name: Obj) => number, where: string): (m: Obj, o: Obj, cString: Obj) => Obj {
  return (_m, o, cString) => {
    const name = o === Py_None ? nullError() : nameFrom(cString);
    const r = name === 0 ? -1 : f(o, name);
    if (name !== 0) decref(name);
    return quiet(r, where);
  };
}

const HAS_KEY =
  'in PyMapping_HasKey(); consider using PyMapping_HasKeyWithError(), PyMapping_GetOptionalItem() or PyObject_GetItem()';
const HAS_KEY_STRING =
  'in PyMapping_HasKeyString(); consider using PyMapping_HasKeyStringWithError(), PyMapping_GetOptionalItemString() or PyMapping_GetItemString()';
const HAS_ATTR =
  'in PyObject_HasAttr(); consider using PyObject_HasAttrWithError(), PyObject_GetOptionalAttr() or PyObject_GetAttr()';
const HAS_ATTR_STRING =
  'in PyObject_HasAttrString(); consider using PyObject_HasAttrStringWithError(), PyObject_GetOptionalAttrString() or PyObject_GetAttrString()';

const text = (f: (o: Obj) => Obj) => (_m: Obj, o: Obj) => (o === Py_None ? PyUnicode_FromString('<NULL>') : f(o));

const BINARY: Record<string, (v: Obj, w: Obj) => Obj> = {
  add: N.PyNumber_Add,
  subtract: N.PyNumber_Subtract,
  multiply: N.PyNumber_Multiply,
  matrixmultiply: N.PyNumber_MatrixMultiply,
  floordivide: N.PyNumber_FloorDivide,
  truedivide: N.PyNumber_TrueDivide,
  remainder: N.PyNumber_Remainder,
  divmod: N.PyNumber_Divmod,
  lshift: N.PyNumber_Lshift,
  rshift: N.PyNumber_Rshift,
  and: N.PyNumber_And,
  xor: N.PyNumber_Xor,
  or: N.PyNumber_Or,
  inplaceadd: N.PyNumber_InPlaceAdd,
  inplacesubtract: N.PyNumber_InPlaceSubtract,
  inplacemultiply: N.PyNumber_InPlaceMultiply,
  inplacematrixmultiply: N.PyNumber_InPlaceMatrixMultiply,
  inplacefloordivide: N.PyNumber_InPlaceFloorDivide,
  inplacetruedivide: N.PyNumber_InPlaceTrueDivide,
  inplaceremainder: N.PyNumber_InPlaceRemainder,
  inplacelshift: N.PyNumber_InPlaceLshift,
  inplacershift: N.PyNumber_InPlaceRshift,
  inplaceand: N.PyNumber_InPlaceAnd,
  inplacexor: N.PyNumber_InPlaceXor,
  inplaceor: N.PyNumber_InPlaceOr,
};

const UNARY: Record<string, (o: Obj) => Obj> = {
  negative: N.PyNumber_Negative,
  positive: N.PyNumber_Positive,
  absolute: N.PyNumber_Absolute,
  invert: N.PyNumber_Invert,
  index: N.PyNumber_Index,
  long: N.PyNumber_Long,
  float: N.PyNumber_Float,
};

const power =
  (f: (v: Obj, w: Obj, z: Obj) => Obj) =>
  (_m: Obj, v: Obj, w: Obj, z: Obj): Obj =>
    v === Py_None || w === Py_None ? nullError() : f(v, w, z === 0 ? Py_None : z);

function number_tobase(_m: Obj, o: Obj, base: number): Obj {
  if (o === Py_None) return nullError();
  if (![2, 8, 10, 16].includes(base)) {
    return PyErr_SetString(PyExc_SystemError, 'PyNumber_ToBase: base must be 2, 8, 10 or 16');
  }
  const index = N.PyNumber_Index(o);
  if (index === 0) return NULL;
  const r = _PyLong_Format(index, base);
  decref(index);
  return r;
}

function number_asssizet(_m: Obj, o: Obj, exc: Obj): Obj {
  return o === Py_None ? nullError() : intResult(N.PyNumber_AsSsize_t(o, nullable(exc)));
}

/** The parts of the protocols that are in the limited API. */
export const LIMITED_ABSTRACT_FUNCTIONS: readonly MethodDef[] = [
  method('object_str', '!($module, obj, /)', text(O.PyObject_Str)),
  method('object_repr', '!($module, obj, /)', text(O.PyObject_Repr)),
  method('object_ascii', '!($module, obj, /)', text(O.PyObject_ASCII)),
  objects('object_getattr', 2, O.PyObject_GetAttr),
  method('object_getattrstring', '!($module, obj, name, /)', named(O.PyObject_GetAttr)),
  method('object_hasattr', '!($module, obj, name, /)', (_m: Obj, o: Obj, name: Obj) =>
    quiet(O.PyObject_HasAttrWithError(o, name), HAS_ATTR),
  ),
  method('object_hasattrstring', '!($module, obj, name, /)', quietNamed(O.PyObject_HasAttrWithError, HAS_ATTR_STRING)),
  method('object_setattr', '!($module, obj, name, value, /)', (_m: Obj, o: Obj, name: Obj, value: Obj) =>
    intResult(O.PyObject_SetAttr(o, name, nullable(value))),
  ),
  method(
    'object_setattrstring',
    '!($module, obj, name, value, /)',
    named((o, name, value) => intResult(O.PyObject_SetAttr(o, name, nullable(value)))),
  ),
  ints('object_delattr', 2, O.PyObject_DelAttr),
  method(
    'object_delattrstring',
    '!($module, obj, name, /)',
    named((o, name) => intResult(O.PyObject_DelAttr(o, name))),
  ),
  objects('object_getitem', 2, M.PyObject_GetItem),
  ints('object_setitem', 3, M.PyObject_SetItem),
  ints('object_delitem', 2, M.PyObject_DelItem),
  check('mapping_check', M.PyMapping_Check),
  ints('mapping_size', 1, M.PyMapping_Size),
  ints('mapping_length', 1, M.PyMapping_Size),
  objects('mapping_keys', 1, M.PyMapping_Keys),
  objects('mapping_values', 1, M.PyMapping_Values),
  objects('mapping_items', 1, M.PyMapping_Items),
  method('mapping_getitemstring', '!($module, obj, name, /)', named(M.PyObject_GetItem)),
  method('mapping_haskey', '!($module, obj, key, /)', (_m: Obj, o: Obj, key: Obj) => {
    const n = o === Py_None || key === Py_None ? -1 : hasKey(o, key);
    if (n < 0 && PyErr_Occurred() === 0) nullError();
    return quiet(n, HAS_KEY);
  }),
  method('mapping_haskeystring', '!($module, obj, key, /)', quietNamed(hasKey, HAS_KEY_STRING)),
  ints('mapping_haskeywitherror', 2, hasKey),
  method(
    'mapping_haskeystringwitherror',
    '!($module, obj, key, /)',
    named((o, key) => intResult(hasKey(o, key))),
  ),
  method(
    'mapping_setitemstring',
    '!($module, obj, name, value, /)',
    named((o, name, value) => (value === Py_None ? nullError() : intResult(M.PyObject_SetItem(o, name, value)))),
  ),
  ints('mapping_delitem', 2, M.PyObject_DelItem),
  method(
    'mapping_delitemstring',
    '!($module, obj, name, /)',
    named((o, name) => intResult(M.PyObject_DelItem(o, name))),
  ),
  check('sequence_check', S.PySequence_Check),
  ints('sequence_size', 1, S.PySequence_Size),
  ints('sequence_length', 1, S.PySequence_Size),
  objects('sequence_concat', 2, S.PySequence_Concat),
  objects('sequence_inplaceconcat', 2, S.PySequence_InPlaceConcat),
  method('sequence_repeat', '!($module, obj, n: ssize, /)', (_m: Obj, o: Obj, n: number) =>
    o === Py_None ? nullError() : S.PySequence_Repeat(o, n),
  ),
  method('sequence_inplacerepeat', '!($module, obj, n: ssize, /)', (_m: Obj, o: Obj, n: number) =>
    o === Py_None ? nullError() : S.PySequence_InPlaceRepeat(o, n),
  ),
  method('sequence_getitem', '!($module, obj, i: ssize, /)', (_m: Obj, o: Obj, i: number) =>
    o === Py_None ? nullError() : S.PySequence_GetItem(o, i),
  ),
  method('sequence_setitem', '!($module, obj, i: ssize, value, /)', (_m: Obj, o: Obj, i: number, value: Obj) =>
    o === Py_None
      ? nullError()
      : intResult(value === Py_None ? S.PySequence_DelItem(o, i) : S.PySequence_SetItem(o, i, value)),
  ),
  method('sequence_delitem', '!($module, obj, i: ssize, /)', (_m: Obj, o: Obj, i: number) =>
    o === Py_None ? nullError() : intResult(S.PySequence_DelItem(o, i)),
  ),
  method('sequence_getslice', '!($module, obj, i: ssize, j: ssize, /)', (_m: Obj, o: Obj, i: number, j: number) =>
    o === Py_None ? nullError() : S.PySequence_GetSlice(o, i, j),
  ),
  method(
    'sequence_setslice',
    '!($module, obj, i: ssize, j: ssize, value, /)',
    (_m: Obj, o: Obj, i: number, j: number, value: Obj) =>
      o === Py_None
        ? nullError()
        : intResult(value === Py_None ? S.PySequence_DelSlice(o, i, j) : S.PySequence_SetSlice(o, i, j, value)),
  ),
  method('sequence_delslice', '!($module, obj, i: ssize, j: ssize, /)', (_m: Obj, o: Obj, i: number, j: number) =>
    o === Py_None ? nullError() : intResult(S.PySequence_DelSlice(o, i, j)),
  ),
  ints('sequence_count', 2, S.PySequence_Count),
  ints('sequence_contains', 2, S.PySequence_Contains),
  ints('sequence_index', 2, S.PySequence_Index),
  objects('sequence_list', 1, S.PySequence_List),
  objects('sequence_tuple', 1, S.PySequence_Tuple),
  method('sequence_fast', '!($module, obj, message: str, /)', (_m: Obj, o: Obj, message: Obj) =>
    o === Py_None ? nullError() : S.PySequence_Fast(o, asString(message)),
  ),
];

/** The parts that are in _testcapi. */
export const ABSTRACT_FUNCTIONS: readonly MethodDef[] = [
  check('number_check', N.PyNumber_Check),
  ...Object.entries(UNARY).map(([name, f]) => objects(`number_${name}`, 1, f)),
  ...Object.entries(BINARY).map(([name, f]) => objects(`number_${name}`, 2, f)),
  method('number_power', '!($module, v, w, z=NULL, /)', power(N.PyNumber_Power)),
  method('number_inplacepower', '!($module, v, w, z=NULL, /)', power(N.PyNumber_InPlacePower)),
  method('number_tobase', '!($module, obj, base: int, /)', number_tobase),
  method('number_asssizet', '!($module, obj, exc, /)', number_asssizet),
  method('object_getoptionalattr', '!($module, obj, name, /)', (_m: Obj, o: Obj, name: Obj) =>
    optional(O.PyObject_GetOptionalAttr(o, name), PyExc_AttributeError),
  ),
  method(
    'object_getoptionalattrstring',
    '!($module, obj, name, /)',
    named((o, name) => optional(O.PyObject_GetOptionalAttr(o, name), PyExc_AttributeError)),
  ),
  ints('object_hasattrwitherror', 2, O.PyObject_HasAttrWithError),
  method(
    'object_hasattrstringwitherror',
    '!($module, obj, name, /)',
    named((o, name) => intResult(O.PyObject_HasAttrWithError(o, name))),
  ),
  method('mapping_getoptionalitem', '!($module, obj, key, /)', (_m: Obj, o: Obj, key: Obj) =>
    optional(M.PyMapping_GetOptionalItem(o, key), PyExc_KeyError),
  ),
  method(
    'mapping_getoptionalitemstring',
    '!($module, obj, key, /)',
    named((o, key) => optional(M.PyMapping_GetOptionalItem(o, key), PyExc_KeyError)),
  ),
];
