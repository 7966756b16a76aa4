// What is the type int?
//
// Invariant: its slots take any two objects of which at least one is an int (or of a subclass) and answer NotImplemented where the other is
// not; results are exact ints.  The arithmetic itself is in src/object/long_arith.ts and long_divide.ts.

import { H32 } from '../memory/linear.js';
import { bindTuple, bound, checkPositional } from '../object/bind.js';
import { classMethod, defineType, getset, method } from '../object/declare.js';
import { errMinus1, PyErr_Occurred, PyErr_SetString } from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import { F } from '../object/functable.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import {
  _PyLong_Copy,
  _PyLong_NumBits,
  asBigInt,
  asSafeInteger,
  compactValue,
  digitCount,
  isCompact,
  isNegative,
  long_dealloc,
  long_hash,
  LongLayout,
  lv_digit,
  lv_tag,
  PyLong_AsDouble,
  PyLong_Check,
  PyLong_FromBigInt,
  PyLong_FromLong,
} from '../object/long.js';
import {
  AND,
  long_abs,
  long_add,
  long_bitwise,
  long_compare,
  long_invert,
  long_multiply,
  long_neg,
  long_subtract,
  OR,
  shiftLeft,
  shiftRight,
  XOR,
} from '../object/long_arith.js';
import {
  divmodRemainder,
  long_divmod,
  long_floordiv,
  long_mod,
  long_modular_power,
  long_power,
  long_true_divide,
} from '../object/long_divide.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyNumber_AsSsize_t, PyNumber_Index, PyNumber_Long, setNumberParsers } from '../object/number.js';
import { richCompareNumbers } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyFloat_Type,
  PyLong_Type,
} from '../object/statics.js';
import { PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import {
  nb_power,
  Py_TPFLAGS_BASETYPE,
  Py_TPFLAGS_LONG_SUBCLASS,
  Py_TPFLAGS_MATCH_SELF,
  tp_basicsize,
} from '../object/type_layout.js';
import { PyUnicode_FromString } from '../object/unicode.js';
import { floatFromText } from './float_parse.js';
import { _PyLong_FormatAdvanced } from './format_number.js';
import { int_from_bytes, int_to_bytes } from './int_bytes.js';
import { decimalText, intFromText, intFromTextWithBase } from './int_text.js';

const both = (a: Obj, b: Obj): boolean => PyLong_Check(a) && PyLong_Check(b);
const notImplemented = (): Obj => newref(Py_NotImplemented);

/** The slot of a binary operator from its function on ints. */
function binary(f: (a: Obj, b: Obj) => Obj): (a: Obj, b: Obj) => Obj {
  return (a, b) => (both(a, b) ? f(a, b) : notImplemented());
}

function true_divide(a: Obj, b: Obj): Obj {
  if (!both(a, b)) return notImplemented();
  const q = long_true_divide(a, b);
  return q !== q ? NULL : PyFloat_FromDouble(q);
}

function divmodSlot(a: Obj, b: Obj): Obj {
  if (!both(a, b)) return notImplemented();
  const q = long_divmod(a, b);
  if (q === 0) return NULL;
  const r = divmodRemainder;
  if (r === 0) {
    decref(q);
    return NULL;
  }
  const pair = PyTuple_Pack(q, r);
  decref(q);
  decref(r);
  return pair;
}

function powSlot(a: Obj, b: Obj, c: Obj): Obj {
  if (!both(a, b)) return notImplemented();
  if (c !== Py_None) return PyLong_Check(c) ? long_modular_power(a, b, c) : notImplemented();
  // A negative exponent gives a float.
  return isNegative(b) ? (F[H32[(PyFloat_Type + nb_power) >> 2]](a, b, c) as Obj) : long_power(a, b);
}

/** The count of a shift: -1 with ValueError; Infinity if it does not fit a number. */
function shiftCount(b: Obj): number {
  if (isNegative(b)) return errMinus1(PyExc_ValueError, 'negative shift count');
  const n = asSafeInteger(b);
  return n !== n ? Infinity : n;
}

/** a << n; new, or NULL. */
export function long_lshift(a: Obj, b: Obj): Obj {
  const n = shiftCount(b);
  if (n < 0) return NULL;
  if (digitCount(a) === 0) return PyLong_FromLong(0);
  if (n >= 2 ** 34) return PyErr_SetString(PyExc_OverflowError, 'too many digits in integer');
  return shiftLeft(a, Math.floor(n / 30), n % 30);
}

/** a >> n; new, or NULL. */
export function long_rshift(a: Obj, b: Obj): Obj {
  const n = shiftCount(b);
  if (n < 0) return NULL;
  if (n >= 2 ** 34) return PyLong_FromLong(isNegative(a) ? -1 : 0);
  return shiftRight(a, Math.floor(n / 30), n % 30);
}

function richcompare(a: Obj, b: Obj, op: number): Obj {
  if (!both(a, b)) return notImplemented();
  return richCompareNumbers(a === b ? 0 : long_compare(a, b), 0, op);
}

function bool(a: Obj): number {
  return digitCount(a) !== 0 ? 1 : 0;
}

function toFloat(a: Obj): Obj {
  const x = PyLong_AsDouble(a);
  return x === -1 && PyErr_Occurred() !== 0 ? NULL : PyFloat_FromDouble(x);
}

function repr(a: Obj): Obj {
  const text = decimalText(a);
  return text === null ? NULL : PyUnicode_FromString(text);
}

const NEW_SIG = parseSignature('int', '(x=<none>, /, base=<none>)');

function int_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (kwargs === 0 && !checkPositional('int', PyTuple_GET_SIZE(args), 0, 2)) return NULL;
  if (!bindTuple(NEW_SIG, args, kwargs)) return NULL;
  const x = bound[0] as Obj;
  const base = bound[1] as Obj;
  const value = fromArguments(x, base);
  return value === 0 || type === PyLong_Type ? value : ofSubclass(type, value);
}

function fromArguments(x: Obj, baseObj: Obj): Obj {
  if (x === 0)
    return baseObj === 0 ? PyLong_FromLong(0) : PyErr_SetString(PyExc_TypeError, 'int() missing string argument');
  if (baseObj === 0) return PyNumber_Long(x);
  const base = PyNumber_AsSsize_t(baseObj, NULL);
  if (base === -1 && PyErr_Occurred() !== 0) return NULL;
  if ((base !== 0 && base < 2) || base > 36)
    return PyErr_SetString(PyExc_ValueError, 'int() base must be >= 2 and <= 36, or 0');
  return intFromTextWithBase(x, base);
}

/** An instance of a subclass with the value of an exact int, which is stolen; new, or NULL. */
export function ofSubclass(type: Obj, value: Obj): Obj {
  const n = digitCount(value);
  const o = PyType_GenericAlloc(type, n);
  if (o !== 0) {
    H32[(o + lv_tag) >> 2] = H32[(value + lv_tag) >> 2];
    H32.copyWithin((o + lv_digit) >> 2, (value + lv_digit) >> 2, ((value + lv_digit) >> 2) + n);
  }
  decref(value);
  return o;
}

function bit_length(a: Obj): Obj {
  return PyLong_FromLong(_PyLong_NumBits(a));
}

function bit_count(a: Obj): Obj {
  let count = 0;
  for (let i = digitCount(a), at = ((a + lv_digit) >> 2) - 1; i > 0; i--) {
    let d = H32[at + i];
    d -= (d >>> 1) & 0x55555555;
    d = (d & 0x33333333) + ((d >>> 2) & 0x33333333);
    count += (((d + (d >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
  }
  return PyLong_FromLong(count);
}

function as_integer_ratio(a: Obj): Obj {
  const n = _PyLong_Copy(a);
  if (n === 0) return NULL;
  const one = PyLong_FromLong(1);
  const pair = PyTuple_Pack(n, one);
  decref(n);
  decref(one);
  return pair;
}

// round(a, -n): the nearest multiple of 10**n, ties to the even multiple.
function round(a: Obj, ndigits: Obj): Obj {
  if (ndigits === Py_None) return _PyLong_Copy(a);
  const index = PyNumber_Index(ndigits);
  if (index === 0) return NULL;
  const negative = isNegative(index);
  const n = -asSafeInteger(index);
  decref(index);
  if (!negative) return _PyLong_Copy(a);
  // A power of ten beyond twice the value rounds to 0, at any size.
  if (n !== n || n > _PyLong_NumBits(a) * 0.302 + 2) return PyLong_FromLong(0);
  if (isCompact(a)) {
    const x = compactValue(a);
    const unit = 10 ** n;
    const q = Math.floor(x / unit);
    const rest = x - q * unit;
    return PyLong_FromLong((rest * 2 > unit || (rest * 2 === unit && q % 2 !== 0) ? q + 1 : q) * unit + 0);
  }
  const x = asBigInt(a);
  const unit = 10n ** BigInt(n);
  let rest = x % unit;
  if (rest < 0n) rest += unit;
  const down = x - rest;
  const twice = rest * 2n;
  const up = twice > unit || (twice === unit && ((down / unit) & 1n) === 1n);
  return PyLong_FromBigInt(up ? down + unit : down);
}

function sizeof(a: Obj): Obj {
  return PyLong_FromLong(H32[(Py_TYPE(a) + tp_basicsize) >> 2] + 4 * Math.max(digitCount(a), 1));
}

function getnewargs(a: Obj): Obj {
  const copy = _PyLong_Copy(a);
  if (copy === 0) return NULL;
  const args = PyTuple_Pack(copy);
  decref(copy);
  return args;
}

const one = (): Obj => PyLong_FromLong(1);
const zero = (): Obj => PyLong_FromLong(0);

setNumberParsers((o) => intFromText(o, 10), floatFromText);

defineType({
  type: PyLong_Type,
  name: 'int',
  layout: LongLayout,
  flags: Py_TPFLAGS_BASETYPE | Py_TPFLAGS_LONG_SUBCLASS | Py_TPFLAGS_MATCH_SELF,
  doc: `int([x]) -> integer
int(x, base=10) -> integer

Convert a number or string to an integer, or return 0 if no arguments
are given.  If x is a number, return x.__int__().  For floating-point
numbers, this truncates towards zero.

If x is not a number or if base is given, then x must be a string,
bytes, or bytearray instance representing an integer literal in the
given base.  The literal can be preceded by '+' or '-' and be surrounded
by whitespace.  The base defaults to 10.  Valid bases are 0 and 2-36.
Base 0 means to interpret the base from the string as an integer
literal.
>>> int('0b100', base=0)
4`,
  slots: {
    tp_new: int_new,
    tp_dealloc: long_dealloc,
    tp_repr: repr,
    tp_hash: long_hash,
    tp_richcompare: richcompare,
    nb_add: binary(long_add),
    nb_subtract: binary(long_subtract),
    nb_multiply: binary(long_multiply),
    nb_remainder: binary(long_mod),
    nb_divmod: divmodSlot,
    nb_power: powSlot,
    nb_negative: long_neg,
    nb_positive: _PyLong_Copy,
    nb_absolute: long_abs,
    nb_bool: bool,
    nb_invert: long_invert,
    nb_lshift: binary(long_lshift),
    nb_rshift: binary(long_rshift),
    nb_and: binary((a, b) => long_bitwise(a, b, AND)),
    nb_xor: binary((a, b) => long_bitwise(a, b, XOR)),
    nb_or: binary((a, b) => long_bitwise(a, b, OR)),
    nb_int: _PyLong_Copy,
    nb_float: toFloat,
    nb_floor_divide: binary(long_floordiv),
    nb_true_divide: true_divide,
    nb_index: _PyLong_Copy,
  },
  methods: [
    method('conjugate', '($self, /)', _PyLong_Copy, 'Returns self, the complex conjugate of any int.'),
    method(
      'bit_length',
      '($self, /)',
      bit_length,
      "Number of bits necessary to represent self in binary.\n\n>>> bin(37)\n'0b100101'\n>>> (37).bit_length()\n6",
    ),
    method(
      'bit_count',
      '($self, /)',
      bit_count,
      "Number of ones in the binary representation of the absolute value of self.\n\nAlso known as the population count.\n\n>>> bin(13)\n'0b1101'\n>>> (13).bit_count()\n3",
    ),
    method(
      'to_bytes',
      "($self, /, length: ssize = 1, byteorder: str = 'big', *, signed: bool = False)",
      int_to_bytes,
      `Return an array of bytes representing an integer.

  length
    Length of bytes object to use.  An OverflowError is raised if
    the integer is not representable with the given number of bytes.
    Default is length 1.
  byteorder
    The byte order used to represent the integer.  If byteorder is
    'big', the most significant byte is at the beginning of the byte
    array.  If byteorder is 'little', the most significant byte is at
    the end of the byte array.  To request the native byte order of
    the host system, use sys.byteorder as the byte order value.
    Default is to use 'big'.
  signed
    Determines whether two's complement is used to represent the
    integer.  If signed is False and a negative integer is given,
    an OverflowError is raised.`,
    ),
    classMethod(
      'from_bytes',
      "($type, /, bytes, byteorder: str = 'big', *, signed: bool = False)",
      int_from_bytes,
      `Return the integer represented by the given array of bytes.

  bytes
    Holds the array of bytes to convert.  The argument must either
    support the buffer protocol or be an iterable object producing
    bytes.  Bytes and bytearray are examples of built-in objects that
    support the buffer protocol.
  byteorder
    The byte order used to represent the integer.  If byteorder is
    'big', the most significant byte is at the beginning of the byte
    array.  If byteorder is 'little', the most significant byte is at
    the end of the byte array.  To request the native byte order of
    the host system, use sys.byteorder as the byte order value.
    Default is to use 'big'.
  signed
    Indicates whether two's complement is used to represent the
    integer.`,
    ),
    method(
      'as_integer_ratio',
      '($self, /)',
      as_integer_ratio,
      `Return a pair of integers, whose ratio is equal to the original int.

The ratio is in lowest terms and has a positive denominator.

>>> (10).as_integer_ratio()
(10, 1)
>>> (-10).as_integer_ratio()
(-10, 1)
>>> (0).as_integer_ratio()
(0, 1)`,
    ),
    method('__trunc__', '($self, /)', _PyLong_Copy, 'Truncating an Integral returns itself.'),
    method('__floor__', '($self, /)', _PyLong_Copy, 'Flooring an Integral returns itself.'),
    method('__ceil__', '($self, /)', _PyLong_Copy, 'Ceiling of an Integral returns itself.'),
    method(
      '__round__',
      '($self, ndigits=None, /)',
      round,
      'Rounding an Integral returns itself.\n\nRounding with an ndigits argument also returns an integer.',
    ),
    method('__getnewargs__', '($self, /)', getnewargs),
    method(
      '__format__',
      '($self, format_spec: str, /)',
      _PyLong_FormatAdvanced,
      'Convert to a string according to format_spec.',
    ),
    method('__sizeof__', '($self, /)', sizeof, 'Returns size in memory, in bytes.'),
    method(
      'is_integer',
      '($self, /)',
      () => newref(Py_True),
      'Returns True. Exists for duck type compatibility with float.is_integer.',
    ),
  ],
  getset: [
    getset('real', _PyLong_Copy, null, 'the real part of a complex number'),
    getset('imag', zero, null, 'the imaginary part of a complex number'),
    getset('numerator', _PyLong_Copy, null, 'the numerator of a rational number in lowest terms'),
    getset('denominator', one, null, 'the denominator of a rational number in lowest terms'),
  ],
});
